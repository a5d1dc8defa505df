/* The flat weight file (.iv3): tensor table, reading, writing, synthetic weights.
 * Public part: feat_weights_* in engine/feat.h. Byte layout: engine/flat/FORMAT.md. */
#ifndef BONAFIDE_ENGINE_FLAT_FLAT_H
#define BONAFIDE_ENGINE_FLAT_FLAT_H

#include "engine/base/hash.h"
#include "engine/feat.h"
#include "engine/nets/tensors.h"

enum { FEAT_WEIGHTS_NAME_BYTES = 96 };

/* As feat_weights_open, of a network that is one of `nets`, NULL after the last. */
feat_status feat_weights_open_among(feat_weights **out, const char *path, const feat_net *const *nets,
                                    feat_error *err) FEAT_NODISCARD;

/* As feat_weights_from_memory, the same way. */
feat_status feat_weights_from_memory_among(feat_weights **out, const void *bytes, size_t n, const char *name,
                                           const feat_net *const *nets, feat_error *err) FEAT_NODISCARD;

/* Fills dst[t->n_elements] with the synthetic values of a tensor of this name and shape, in the order in which they are
 * stored. */
void feat_synth_fill(uint64_t seed, const feat_tensor *t, float *dst);

/* Number of tensors, and the tensor at an index (NULL past the end). */
size_t feat_weights_count(const feat_weights *weights);
const feat_tensor *feat_weights_at(const feat_weights *weights, size_t index);

/* Index of a tensor by name, or SIZE_MAX. */
size_t feat_weights_find(const feat_weights *weights, const char *name);

/* Display name of what is open (path or "synth:1"), for messages; owned by the weights. */
const char *feat_weights_path(const feat_weights *weights);

/* Reads tensor `index` as float32 into dst[n_elements] (float16 is widened exactly), in the order in which it is
 * stored (tensors.h), and verifies its checksum. Safe to call from several threads at once. Errors: IO, CHECKSUM,
 * NUMERIC (NaN or infinity, named), NOMEM. */
feat_status feat_weights_read(const feat_weights *weights, size_t index, float *dst,
                              feat_error *err) FEAT_NODISCARD;

/* A tensor read in pieces from front to back, so that one never lies in memory as a whole. Each reader belongs to one
 * thread; several may read the same weights at once. What it holds is for the functions below alone. */
typedef struct feat_tensor_reader {
    const feat_weights *weights;
    const feat_tensor *tensor;
    size_t n_read;          /* values handed out so far */
    size_t first_bad;       /* the first of them that is NaN or infinite; SIZE_MAX: none */
    feat_hash64_state hash; /* of a file: over the stored bytes so far */
    uint64_t state;         /* of a seed: of its random numbers */
} feat_tensor_reader;

/* At the front of tensor `index`. Errors: ARG. */
feat_status feat_weights_begin(feat_tensor_reader *reader, const feat_weights *weights, size_t index,
                               feat_error *err) FEAT_NODISCARD;

/* The next n values into dst[n]. They are to be believed only after feat_weights_end. Errors: ARG (fewer are left),
 * IO. */
feat_status feat_weights_next(feat_tensor_reader *reader, float *dst, size_t n, feat_error *err) FEAT_NODISCARD;

/* After the last value: whether all were what they should be. Errors: ARG (some were not read), CHECKSUM, NUMERIC. */
feat_status feat_weights_end(const feat_tensor_reader *reader, feat_error *err) FEAT_NODISCARD;

/* A tensor's values where they are stored, of its dtype, in the order in which they are stored; 64-byte aligned. */
typedef struct feat_mapped_tensor {
    const void *data;
    feat_dtype dtype;
    /* Of the file, map_bytes; or allocated, and map_bytes is 0: of synthetic weights, and of an image in memory that is
     * not 64-byte aligned. Of one that is, NULL. */
    void *map;
    size_t map_bytes;
} feat_mapped_tensor;

/* Maps tensor `index` of a file, which must not become shorter while it is mapped, and verifies its checksum; of an
 * image in memory points into it; of synthetic weights makes it. It outlives the weights. Errors: IO, CHECKSUM,
 * NUMERIC (NaN or infinity, named), NOMEM. */
feat_status feat_weights_map(feat_mapped_tensor *out, const feat_weights *weights, size_t index,
                             feat_error *err) FEAT_NODISCARD;

/* What feat_weights_map will allocate for a tensor; 0 where it is read where it lies. */
size_t feat_weights_map_takes(const feat_weights *weights, const feat_tensor *tensor);

/* A zeroed one is allowed. */
void feat_mapped_tensor_release(feat_mapped_tensor *tensor);

/* --- writing ------------------------------------------------------------------------------------ */

/* Of a tensor this many values at most lie in memory at a time where it is written, or its content's digest is made. A
 * multiple of the 256 of a panel. */
enum { FEAT_PIECE_VALUES = 1 << 18 };

/* Fills dst[n] with the values at places [first, first + n) of tensor `index` of the list being written, in the order
 * in which they are stored. Pieces of a tensor are asked for once each, front to back, n at most FEAT_PIECE_VALUES. */
typedef feat_status (*feat_weights_source)(void *ctx, size_t index, const feat_tensor *tensor, size_t first, size_t n,
                                           float *dst, feat_error *err);

typedef struct feat_weights_spec {
    const feat_net *net;
    const char *name;                   /* cut to FEAT_WEIGHTS_NAME_BYTES - 1 bytes */
    const unsigned char *source_sha256; /* 32 bytes, or NULL for zeros */
    feat_dtype dtype;                   /* storage type of every tensor; FEAT_AS_IS: each of that of the list. float16
                                         * rounds to nearest even */
    const feat_tensor *tensors;         /* name, rank, shape, dtype; the rest is computed */
    size_t n_tensors;
} feat_weights_spec;

/* Writes a flat weight file: a temporary file in the same folder, synced, then renamed over `path`. Asks
 * for each tensor once, in order, in pieces. content_sha256 (32 bytes) may be NULL. On failure nothing is left and an
 * older file at `path` stays as it was. The list is written as given: a list that is not a network's
 * complete one gives a file that feat_weights_open refuses.
 * Errors: ARG, IO, NUMERIC (a NaN or infinity, or a value too large for float16; tensor named), NOMEM, and
 * whatever `get` returns. */
feat_status feat_weights_write(const char *path, const feat_weights_spec *spec, feat_weights_source get,
                               void *ctx, unsigned char *content_sha256, feat_error *err) FEAT_NODISCARD;

#endif
