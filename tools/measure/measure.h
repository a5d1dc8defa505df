/* The metrics as the commands report them: from sides whose layers are filled to lines and values. Each
 * returns the errors of the metric's own function, NUMERIC and UNSUPPORTED among them, which `eval` takes as
 * a reason to leave the metric out; a line is printed only by those that succeed. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_H

#include "tools/judge/judge_file.h"
#include "tools/run/side.h"

/* How far a value can be trusted. One of: `known`; `at_most` or `at_least`; or neither. */
typedef struct bf_error_bar {
    bool known; /* `error` is a standard error of the value that holds */
    double error;
    double rounding;   /* what rounding may leave of the statistic's terms: an error not above it is none */
    bool has_interval; /* with `known`: its 95 % interval, which stays inside the range, 0 to `top` (0: no end) */
    double low, high, top;
    bool at_most, at_least; /* the value is at the end of its range (0, 1, 100): `limit` is its one-sided 95 % limit */
    double limit;
    const char *why; /* neither: why there is no error, a short phrase without a full stop; NULL: it never has one */
} bf_error_bar;

/* A line of the table, and in the JSON the value under `key` with KEY_standard_error (also KEY_low and KEY_high where
 * it has an interval of its own), KEY_at_most, KEY_at_least or KEY_error_unknown (the text `why`, which the line has
 * too). An error that is 0 or lost in rounding is none. */
void bf_show(bf_run *run, const char *label, const char *key, double value, bf_error_bar bar,
             const char *direction, const char *note);

/* "0.326 +- 0.037": the value rounded to two digits of its error; "0.97 (0.88 to 0.99, 95 %)" where value +- 1.96
 * errors would leave the range; "0, at most 0.0050 (95 %)"; or six digits, as nothing tells how many hold. */
void bf_value_text(char text[128], double value, bf_error_bar bar);
/* The value alone, as bf_value_text has it. */
void bf_rounded_text(char text[32], double value, bf_error_bar bar);
/* "0.326 (spread 0.037)": of a spread that is no error of the value; below 0: there is none. */
void bf_spread_text(char text[128], double value, double spread);

/* An error or spread up to this share of its value is rounding. */
#define BF_ROUNDING 1e-12

extern const char bf_better_low[], bf_better_high[];

/* "N = 5000 vs 50000"; b NULL for one set. */
void bf_note_n(char note[64], const bf_side *a, const bf_side *b);

/* --- warnings -------------------------------------------------------------------------------------- */

void bf_warn_weights(bf_run *run);
/* Of unequal numbers of images. */
void bf_warn_n(bf_run *run, const bf_side *a, const bf_side *b);
/* Of few images for the width d of the features, said of `label`, once for each width and N. */
void bf_warn_width(bf_run *run, const bf_side *a, const bf_side *b, size_t d, const char *label);

/* --- one set ---------------------------------------------------------------------------------------- */

feat_status bf_measure_is(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                          feat_error *err) FEAT_NODISCARD;
/* Why the error of an Inception Score does not hold, a static phrase; NULL when it does. */
const char *bf_is_error_unknown(const gmet_is_error_result *error, double mean);
feat_status bf_measure_is_infinity(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                                   feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_vendi(bf_run *run, const bf_side *side, feat_error *err) FEAT_NODISCARD;

/* --- two sets ---------------------------------------------------------------------------------------- */

/* What is known of one Frechet distance. */
typedef struct bf_fid {
    gmet_fid_result raw;
    bf_error_bar bar, corrected_bar;
    bool has_corrected;
    double corrected; /* less the bias of few images */
    double bias, bias_left;
    int dependent, in_order; /* as of gmet_fid_uncertainty_result */
} bf_fid;

/* Computes, and reports nothing. share [n] of gen, or NULL,
 * gets each row's contribution; *has_share is set. */
feat_status bf_find_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, bf_fid *fid, double *share,
                        bool *has_share, feat_error *err) FEAT_NODISCARD;

/* Only the distance, without warnings or error bars. */
feat_status bf_find_raw_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, gmet_fid_result *out,
                            feat_error *err) FEAT_NODISCARD;

/* FID of the main layer, kept in *fid for others to use. */
feat_status bf_measure_fid(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, double *share,
                           bool *has_share, feat_error *err) FEAT_NODISCARD;
/* The same of another layer: sFID, FID at tap 64 ... */
feat_status bf_measure_fid_at(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap,
                              feat_error *err) FEAT_NODISCARD;

feat_status bf_measure_kid(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_pr(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_dc(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_fid_infinity(bf_run *run, const bf_side *real, const bf_side *gen,
                                    feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_mifid(bf_run *run, const bf_side *real, const bf_side *gen, double fid,
                             feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_mind(bf_run *run, const bf_side *real, const bf_side *gen,
                            feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_authpct(bf_run *run, const bf_side *real, const bf_side *gen,
                               feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_prd(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;
/* `test`: real images that were not trained on. */
feat_status bf_measure_ct(bf_run *run, const bf_side *train, const bf_side *test, const bf_side *gen,
                          feat_error *err) FEAT_NODISCARD;

/* Options of the metrics as the run's conventions and the command line say. */
gmet_is_options bf_is_options(const bf_run *run);
gmet_kid_options bf_kid_options(const bf_run *run);

/* Why the deviation over subsets of two sets says nothing, a static phrase; NULL when it does. */
const char *bf_kid_no_spread(const gmet_kid_result *kid, size_t n_real, size_t n_gen);

/* Fails when there are no rows of the main layer: UNSUPPORTED. */
feat_status bf_need_rows(const bf_side *side, feat_error *err) FEAT_NODISCARD;

/* --- what is assumed of the sets: assume.c ------------------------------------------------------------- */

/* Why the value under a key of the JSON has no error bar in this run; NULL when it may have one. The run's. */
const char *bf_assume_no_error(const bf_run *run, const char *key);

/* Fails with NUMERIC and the reason where the sets are no independent draws. */
feat_status bf_assume_independent(const bf_run *run, feat_error *err) FEAT_NODISCARD;

/* FID of sets of rows for metrics that are made of it or take the sets for independent draws, where it is not asked for
 * itself: *fid, which is told by *has_fid, and where the sets vary less than such draws, that is known from then on.
 * What keeps FID from being computed is left to those metrics to say. Errors: those of bf_find_fid but for NUMERIC and
 * UNSUPPORTED. */
feat_status bf_assume_draws(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, bool *has_fid,
                            feat_error *err) FEAT_NODISCARD;

/* Takes the corrected value out of *fid, saying why, where it does not hold: the sets share images or are the same
 * statistics, copies hide more bias than its error, classes are balanced, or it lies so far below 0 that the rows
 * cannot be independent draws; a value below -2 errors is a warning. Errors: those of bf_set_read_stats, NOMEM. */
feat_status bf_assume_corrected(bf_run *run, const bf_side *real, const bf_side *gen, bf_fid *fid,
                                feat_error *err) FEAT_NODISCARD;

/* Whether an Inception Score of unshuffled logits [n][n_classes] depends on their order (gmet_is_order): then a warning
 * that `who` begins, with what they score shuffled, and *shuffled gets that; else, and with options that shuffle,
 * shuffled->n_splits is 0. Errors: NUMERIC, NOMEM. */
feat_status bf_assume_order(bf_run *run, const char *who, const float *logits, size_t n, size_t n_classes,
                            const gmet_is_options *options, const gmet_is_result *score, gmet_is_result *shuffled,
                            feat_error *err) FEAT_NODISCARD;

/* --- more than a line -------------------------------------------------------------------------------- */

typedef struct bf_class_table {
    size_t n;
    char (*names)[BF_CLASS_NAME]; /* [n] folders or labels, sorted */
    gmet_class_score *scores;     /* [n] */
    gmet_class_mean mean;
} bf_class_table;

/* FID, Inception Score, precision and recall of each class: both sets must have the same. *table, unless it is
 * NULL, is set to what the report then owns. */
feat_status bf_measure_classes(bf_run *run, const bf_side *real, const bf_side *gen, const float *logits,
                               size_t n_classes, const bf_class_table **table, feat_error *err) FEAT_NODISCARD;

/* Whether an image set has classes and as many images of each as of every other (one more or less), where that is no
 * chance. Errors: those of bf_set_find_classes, NOMEM. */
feat_status bf_classes_balanced(const bf_side *side, bool *balanced, feat_error *err) FEAT_NODISCARD;

/* The class of an image, or table->n when it is none of them. */
size_t bf_class_of_row(const bf_class_table *table, const bf_side *side, size_t row);

/* A generated image nearly equals a real one when it is nearer to it than this share of the distance that
 * real images usually (median) have to the nearest other real one. */
#define BF_NEAR_SHARE 0.25

/* The judge for --judge, before any image is run: reads `path` and compares it with both prepared sides. The caller
 * closes *file, also after an error (zero-initialise it). Errors: those of bf_judge_file_read; FORMAT (trained on other
 * features), UNSUPPORTED (it needs logits, or gen holds statistics). */
feat_status bf_judge_open(bf_judge_file *file, const bf_side *real, const bf_side *gen,
                          const char *path, feat_error *err) FEAT_NODISCARD;
/* Mean probability that a person calls an image real, of both filled sides. *said [gen->n], that of each generated
 * image, is the caller's to free. Errors: NUMERIC, NOMEM. */
feat_status bf_measure_judge(bf_run *run, const bf_side *real, const bf_side *gen, const bf_judge_file *file,
                             double **said, feat_error *err) FEAT_NODISCARD;

/* --per-image. share [n], said [n] (what bf_measure_judge gave) and logits [n][n_classes] of gen may be NULL. */
feat_status bf_write_per_image(bf_run *run, const bf_side *real, const bf_side *gen, const double *share,
                               const double *said, const float *logits, size_t n_classes, const char *path,
                               feat_error *err) FEAT_NODISCARD;

/* eval --as all, from sides that are prepared. */
feat_status bf_measure_as_all(bf_run *run, bf_side *real, bf_side *gen, feat_error *err) FEAT_NODISCARD;

#endif
