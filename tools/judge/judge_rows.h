/* Features for the judge, from images or from files, with the names labels call them by. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_ROWS_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_ROWS_H

#include "metrics/judge/gjudge.h"
#include "tools/run/run.h"

/* Zero-initialise; release with bf_judge_rows_free. */
typedef struct bf_judge_rows {
    gmet_judge_rows x;      /* float64 as soon as one file holds it */
    gmet_judge_rows logits; /* n 0 without */
    float *f, *logits_f;
    double *g, *logits_g;
    const char **names;     /* [n] */
    const char **set_names; /* [n] base name of the set, or NULL when there is one set only */
    char **owned;           /* [n_owned] texts behind both */
    size_t n_owned;
    bool from_images; /* some rows went through the network */
    bf_origin origin; /* of the rows, as far as it is known */
} bf_judge_rows;

typedef struct bf_judge_source {
    const char *const
        *specs; /* sets of images, or of features */
    size_t n_specs;
    const char *logits; /* set with logits of feature files, or NULL */
    const char *ids;    /* names of all rows, one a line, or NULL */
    bool want_logits;   /* of images too */
    const struct bf_judge_file *judge; /* that the rows are for, and the path it was read from; or NULL */
    const char *judge_path;
    const char *role;   /* for messages and progress */
} bf_judge_source;

/* Names: of one set those of its images, as a feature file says too, or the row's number in one that does not; of
 * several sets these with the set's base name and a slash in front; with ids, the lines of that file. Needs
 * bf_run_network. Errors: those of bf_set_open, bf_run_model and bf_featurize; FORMAT (widths, numbers or origins
 * that do not match each other or the judge), UNSUPPORTED (statistics), NOMEM. */
feat_status bf_judge_rows_load(bf_judge_rows *rows, bf_run *run, const bf_judge_source *source,
                               feat_error *err) FEAT_NODISCARD;
void bf_judge_rows_free(bf_judge_rows *rows);

/* The rows with index i of which drop[i] is 0, moved together; what images are called is kept too. */
void bf_judge_rows_drop(bf_judge_rows *rows, const unsigned char *drop);

/* Rows rows[0 .. n) of x (of the table) as one matrix. *f or *g owns it. Errors: NOMEM. */
feat_status bf_judge_rows_pick(gmet_judge_rows *out, float **f, double **g, const gmet_judge_rows *x,
                               const size_t *rows, size_t n, feat_error *err) FEAT_NODISCARD;

/* Errors: FORMAT, when both say which preset, layer or weights and they differ. */
feat_status bf_judge_origins_agree(const bf_origin *a, const char *name_a, const bf_origin *b, const char *name_b,
                                   feat_error *err) FEAT_NODISCARD;

/* "photos" of "some/photos.zip" and "some/photos/". Writes into text, cut if it must be. */
const char *bf_judge_base_name(char text[128], const char *spec);

#endif
