/* Loading weights of a file so that what is loaded is what was hashed: for engine/net, which alone loads. */
#ifndef BONAFIDE_ENGINE_FLAT_FLAT_STREAM_H
#define BONAFIDE_ENGINE_FLAT_FLAT_STREAM_H

#include "engine/flat/flat.h"

typedef struct feat_weights_stream feat_weights_stream;

#define FEAT_NOT_LOADED UINT32_MAX

/* Begins to read and hash the tensors of `weights`, each byte once, on a thread of its own where one can be had.
 * layer_of[feat_weights_count(weights)] says of each tensor which layer loads it, or FEAT_NOT_LOADED: it is hashed
 * only. Tensors of a layer follow each other, and layers are to be loaded in the order of their first tensors, though
 * several at a time. It must stay as it is while the stream is open, as must the weights. *out is NULL where there is
 * nothing to hash, as the weights are made of a seed: they are loaded from `weights`. Errors: NOMEM. */
feat_status feat_weights_stream_open(feat_weights_stream **out, feat_weights *weights, const uint32_t *layer_of,
                                     feat_error *err) FEAT_NODISCARD;
void feat_weights_stream_close(feat_weights_stream **stream);

/* What the functions of flat.h read in place of the weights, from any number of threads: each tensor that is loaded
 * once. Sums of tensors are not checked, as the digest is: nothing is to be believed before feat_weights_stream_finish.
 * It is gone with the stream; what was mapped stays. */
const feat_weights *feat_weights_stream_view(const feat_weights_stream *stream);

/* Something went wrong for a thread that loads: the others, who may wait for what it would have loaded, fail too, with
 * the same words. */
void feat_weights_stream_stop(feat_weights_stream *stream, const feat_error *why);

/* After the last tensor: hashes what is left and compares. Errors: CHECKSUM (content SHA-256), IO, NOMEM. */
feat_status feat_weights_stream_finish(feat_weights_stream *stream, feat_error *err) FEAT_NODISCARD;

/* What a stream allocates at most. */
size_t feat_weights_stream_takes(const feat_weights *weights, const uint32_t *layer_of);

#endif
