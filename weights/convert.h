/* From the containers other tools publish to a flat weight file. Everything is read as data: no pickle
 * is executed, no JavaScript is run. Part of the tools, not of libiv3.
 *
 *     iv3_convert_options options = {"inception.pth", "inception.iv3", IV3_FLOAT32, IV3_CONVERT_AUTO};
 *     iv3_convert_report report;
 *     if (iv3_convert(&options, &report, &err) == IV3_OK)
 *         printf("%s: %s, %zu classes\n", report.container, report.name, report.n_classes); */
#ifndef IV3_WEIGHTS_CONVERT_H
#define IV3_WEIGHTS_CONVERT_H

#include "engine/flat/flat.h"

enum { IV3_CONVERT_AUTO = -1, IV3_MAX_NOTICES = 16, IV3_NOTICE_BYTES = 256 };

typedef struct iv3_convert_options {
    /* What to read, told apart by content, never by name: a PyTorch state dict (legacy or zip container),
     * a frozen TensorFlow GraphDef, a TensorFlow.js model.json with its shards beside it, or a folder
     * that holds a model.json or the nsfwjs package's model.min.js and group1-shard*.min.js. */
    const char *in;
    const char *out; /* the .iv3 file; appears only when all went well */
    iv3_dtype dtype; /* how to store it; float32 loses nothing of any source */
    int variant;     /* an iv3_variant, or IV3_CONVERT_AUTO: told from the source */
} iv3_convert_options;

typedef struct iv3_convert_report {
    const char *container; /* constant text, for example "PyTorch legacy container" */
    iv3_variant variant;
    size_t n_classes;
    size_t n_tensors;
    size_t n_parameters;
    int known;                         /* 1 if source_sha256 is a published file's */
    char name[IV3_WEIGHTS_NAME_BYTES]; /* the known file's name, else the source's base name */
    unsigned char source_sha256[32];   /* several files (model and shards): engine/flat/FORMAT.md says how */
    unsigned char content_sha256[32];
    size_t n_notices;
    char notices[IV3_MAX_NOTICES][IV3_NOTICE_BYTES]; /* one line each: what the user should know */
} iv3_convert_report;

/* Converts. On failure nothing is left at or beside options->out, and a file that was there stays as it
 * was. report may be NULL; it is filled only on IV3_OK. Needs memory for the source plus one tensor.
 * Errors: ARG, IO, FORMAT (file, tensor, expected, found), CHECKSUM (a zip member), UNSUPPORTED (a valid
 * container with something in it this build does not read), NUMERIC (a NaN or infinite weight, or a
 * weight too large for float16), NOMEM. */
iv3_status iv3_convert(const iv3_convert_options *options, iv3_convert_report *report,
                       iv3_error *err) IV3_NODISCARD;

/* Name of the published file with this SHA-256, or NULL. torchvision's two files are told by the eight
 * digits that are published in their names. */
const char *iv3_weights_known(const unsigned char source_sha256[32]);

#endif
