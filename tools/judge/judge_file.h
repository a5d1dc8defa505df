/* A trained judge in a file: an .npz (stored) that holds the reference and the regression. metrics/README.md
 * lists its arrays. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_FILE_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_FILE_H

#include "metrics/judge/gjudge.h"

/* What the file says about where it came from; texts are cut when too long. */
typedef struct bf_judge_origin {
    char network[32]; /* its name; "" where it is not known, as in files of earlier versions */
    char preset[32], tap[24], weights[192]; /* "" for features from files that do not say */
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

/* The name of the network that files call by this variant; "" where it is not known. */
const char *bf_judge_network_of(const char *variant);

/* Features as the judge of a file would be given them: where they are from ("" for what is not known), and how wide. */
typedef struct bf_judge_given {
    const char *variant, *preset, *tap, *weights;
    const char *name; /* of the set */
    size_t d;
} bf_judge_given;

/* Whether they are of the network, preset, layer, weights and width of a model's training (path: for the message);
 * nothing to say where either is not known. Errors: FORMAT. */
feat_status bf_judge_file_check(const bf_judge_file *file, const bf_judge_given *given, const char *path,
                                feat_error *err) FEAT_NODISCARD;

#endif
