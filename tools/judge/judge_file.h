/* A trained judge in a file: an .npz (stored) that holds the reference and the regression. metrics/README.md
 * lists its arrays. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_FILE_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_FILE_H

#include "metrics/judge/gjudge.h"

/* What the file says about where it came from; texts are cut when too long. */
typedef struct bf_judge_origin {
    char preset[32], tap[24], weights[192]; /* "" for features from files */
    uint64_t images, labels;                /* trained on */
    double p_real;                          /* share of "real" among the labels */
} bf_judge_origin;

typedef struct bf_judge_file {
    gmet_judge_ref *ref;
    gmet_judge_model *model;
    bf_judge_origin origin;
} bf_judge_file;

/* Replaces `path`. Errors: IO, NOMEM, UNSUPPORTED (a model of truth or group). */
feat_status bf_judge_file_write(const char *path, const bf_judge_file *file, feat_error *err) FEAT_NODISCARD;

/* Everything is verified: arrays, sizes, values and a SHA-256 over all of it. Errors: IO, FORMAT, CHECKSUM,
 * VERSION, NOMEM. */
feat_status bf_judge_file_read(bf_judge_file *file, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_judge_file_close(bf_judge_file *file);

#endif
