/* Which network a source has the weights of, told by what is in it. Shared by the converter's parts only. */
#ifndef BONAFIDE_WEIGHTS_TELLING_H
#define BONAFIDE_WEIGHTS_TELLING_H

#include "weights/readers/source.h"

/* The source's tensor of our name, of several pieces the first; NULL when there is none. And its shape. */
feat_src_tensor *feat_source_find(const feat_source *s, const char *name);
const uint32_t *feat_source_shape(const void *source, const char *name);

/* "tensor 'as the source would call it' is missing". */
feat_status feat_source_missing(const feat_source *s, const char *ours, feat_error *err) FEAT_NODISCARD;

/* The caller's network, else the one of a mark, else the only one of the map, else the one with as many classes, or
 * whose tokens have the shapes of the source's. Errors: FORMAT (none of them; of tokens, others than
 * those asked for). */
feat_status feat_source_tell(feat_source *s, const feat_net **net, feat_error *err) FEAT_NODISCARD;

#endif
