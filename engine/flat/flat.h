/* The flat weight file (.iv3): tensor table, reading, writing, synthetic weights.
 * Public part: iv3_weights_* in engine/iv3.h. Byte layout: engine/flat/FORMAT.md. */
#ifndef IV3_WEIGHTS_WFILE_H
#define IV3_WEIGHTS_WFILE_H

#include "engine/iv3.h"
#include "engine/nets/tensors.h"

enum { IV3_WEIGHTS_NAME_BYTES = 96 };

/* Number of tensors, and the tensor at an index (NULL past the end). */
size_t iv3_weights_count(const iv3_weights *weights);
const iv3_tensor *iv3_weights_at(const iv3_weights *weights, size_t index);

/* Index of a tensor by name, or SIZE_MAX. */
size_t iv3_weights_find(const iv3_weights *weights, const char *name);

/* Display name of what is open (path or "synth:1"), for messages; owned by the weights. */
const char *iv3_weights_path(const iv3_weights *weights);

/* Reads tensor `index` as float32 into dst[n_elements] (float16 is widened exactly) and verifies its
 * checksum. Safe to call from several threads at once. Errors: IO, CHECKSUM, NUMERIC (NaN or infinity,
 * named), NOMEM. */
iv3_status iv3_weights_read(const iv3_weights *weights, size_t index, float *dst,
                            iv3_error *err) IV3_NODISCARD;

/* --- writing ------------------------------------------------------------------------------------ */

/* Fills dst[tensor->n_elements] with the values of tensor `index` of the list being written. */
typedef iv3_status (*iv3_weights_source)(void *ctx, size_t index, const iv3_tensor *tensor, float *dst,
                                         iv3_error *err);

typedef struct iv3_weights_spec {
    iv3_variant variant;
    const char *name;                   /* cut to IV3_WEIGHTS_NAME_BYTES - 1 bytes */
    const unsigned char *source_sha256; /* 32 bytes, or NULL for zeros */
    iv3_dtype dtype;                    /* storage type of every tensor; float16 rounds to nearest even */
    const iv3_tensor *tensors;          /* name, rank, shape; the rest is computed */
    size_t n_tensors;
} iv3_weights_spec;

/* Writes a flat weight file: a temporary file in the same folder, synced, then renamed over `path`. Asks
 * for each tensor once, in order. content_sha256 (32 bytes) may be NULL. On failure nothing is left and an
 * older file at `path` stays as it was. The list is written as given: a list that is not a variant's
 * complete one gives a file that iv3_weights_open refuses.
 * Errors: ARG, IO, NUMERIC (a NaN or infinity, or a value too large for float16; tensor named), NOMEM, and
 * whatever `get` returns. */
iv3_status iv3_weights_write(const char *path, const iv3_weights_spec *spec, iv3_weights_source get,
                             void *ctx, unsigned char *content_sha256, iv3_error *err) IV3_NODISCARD;

#endif
