/* The commands of the judge, and what they share. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_JOB_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_JOB_H

#include "tools/judge/judge_file.h"
#include "tools/judge/judge_labels.h"
#include "tools/judge/judge_rows.h"
#include "tools/run/run.h"

feat_status bf_cmd_judge_agree(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_judge_features(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_judge_train(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_judge_predict(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_judge_eval(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_judge_sheet(bf_run *run, feat_error *err) FEAT_NODISCARD;

/* Images, reference and labels of one command. Zero-initialise; release with bf_judge_job_close. */
typedef struct bf_judge_job {
    bf_judge_rows images, reference;
    bf_labels labels;
    bf_judge_table table;
    gmet_judge_ref *ref;
    double *x; /* [images or table.set.n][p] statistics */
    size_t p;
    size_t n_copies; /* images that were or are in the reference */
} bf_judge_job;
void bf_judge_job_close(bf_judge_job *job);

/* What a regression is fitted to: statistics of the images in the table, and what the table says of these. */
gmet_judge_samples bf_judge_samples(const bf_judge_job *job);

/* Loads the operands from `first` on, and --ref; fits the reference. Errors: those of the loaders and of
 * gmet_judge_ref_create. */
feat_status bf_judge_load(bf_run *run, bf_judge_job *job, size_t first, feat_error *err) FEAT_NODISCARD;
/* Reads labels, with the key of --key where it is given. Errors: those of bf_judge_key_read and bf_labels_read. */
feat_status bf_judge_labels(bf_run *run, bf_labels *labels, const char *path, feat_error *err) FEAT_NODISCARD;
/* Reads --labels and joins them with the images. Errors also: ARG (labels of a page without --key). */
feat_status bf_judge_join(bf_run *run, bf_judge_job *job, feat_error *err) FEAT_NODISCARD;
/* Statistics of all images, or with `labelled` of those in the table, in its order; looks for copies, warns
 * of them or, with --exclude-self, takes them out of the reference first. */
feat_status bf_judge_measure(bf_run *run, bf_judge_job *job, bool labelled, feat_error *err) FEAT_NODISCARD;

/* From --model, --lambda (auto sets *automatic), --seed. Errors: ARG. */
feat_status bf_judge_fit_options(gmet_judge_fit_options *options, bool *automatic, const bf_args *args,
                                 feat_error *err) FEAT_NODISCARD;

/* "0.6612 (0.6533 to 0.6690)"; "-" for NaN. Returns text. */
const char *bf_judge_interval_text(char text[64], const gmet_judge_interval *interval);
/* A name as the label of a row, indented: in 21 bytes, of which "..." are the middle where it is longer, so that names
 * of one family are told apart by their ends; letters of UTF-8 are whole. Returns label. */
const char *bf_judge_row_label(char label[24], const char *name);
const char *bf_judge_number_text(char text[16], double number);
void bf_judge_interval_json(bf_json *j, const char *key, const gmet_judge_interval *interval);

/* The noise ceiling as a line of the table, and as keys of the JSON. */
void bf_judge_ceiling_show(bf_report *r, const char *label, const gmet_judge_ceiling *c);
void bf_judge_ceiling_json(bf_json *j, const gmet_judge_ceiling *c);

/* Where the features of `rows` come from: "" for files that do not say. */
void bf_judge_origin_note(bf_judge_origin *origin, const bf_judge_rows *rows);

#endif
