/* The flat weight file (.iv3): tensor table, reading, writing, synthetic weights.
 * Public part: iv3_weights_* in engine/iv3.h. Byte layout: weights/FORMAT.md. */
#ifndef IV3_WEIGHTS_WFILE_H
#define IV3_WEIGHTS_WFILE_H

#include "engine/iv3.h"

enum { IV3_NAME_BYTES = 64, IV3_MAX_RANK = 4 };

typedef enum iv3_dtype { IV3_FLOAT32 = 1, IV3_FLOAT16 = 2 } iv3_dtype;

typedef struct iv3_tensor {
    char name[IV3_NAME_BYTES]; /* PyTorch state_dict name, zero-terminated */
    iv3_dtype dtype;           /* storage type */
    uint32_t rank;
    uint32_t shape[IV3_MAX_RANK]; /* OIHW for convolutions, [out][in] for dense layers; row-major data */
    uint64_t n_elements;
    uint64_t offset;   /* of the data in the file; 0 for synthetic weights */
    uint64_t checksum; /* iv3_hash64 of the stored bytes; 0 for synthetic weights */
} iv3_tensor;

/* Number of tensors, and the tensor at an index (NULL past the end). */
size_t iv3_weights_count(const iv3_weights *weights);
const iv3_tensor *iv3_weights_at(const iv3_weights *weights, size_t index);

/* Index of a tensor by name, or SIZE_MAX. */
size_t iv3_weights_find(const iv3_weights *weights, const char *name);

iv3_variant iv3_weights_variant(const iv3_weights *weights);

/* Display name of what is open (path or "synth:1"), for messages; owned by the weights. */
const char *iv3_weights_path(const iv3_weights *weights);

/* Reads tensor `index` as float32 into dst[n_elements] (float16 is widened exactly) and verifies its
 * checksum. Safe to call from several threads at once. Errors: IO, CHECKSUM, NUMERIC (NaN or infinity,
 * named), NOMEM. */
iv3_status iv3_weights_read(const iv3_weights *weights, size_t index, float *dst, iv3_error *err)
    IV3_NODISCARD;

#endif
