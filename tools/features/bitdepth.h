/* 16-bit pictures that do not use 16 bits: 12-bit sensors, X-ray, depth. With the upper 8 bits of all 16 they are all
 * but black, and a distance between two sets of them is near 0. With too few bits they are white. */
#ifndef BONAFIDE_TOOLS_FEATURES_BITDEPTH_H
#define BONAFIDE_TOOLS_FEATURES_BITDEPTH_H

#include "engine/feat.h"
#include "tools/base/found.h"
#include "tools/sets/set.h"

/* Counts a picture by its flags (BF_IMAGE_*); the pictures of another part of the set. */
void bf_bitdepth_count(bf_bitdepth *seen, unsigned flags);
void bf_bitdepth_join(bf_bitdepth *to, const bf_bitdepth *from);

/* Whether nothing that was seen so far needs more than 14 bits, and --bits has not decided. */
bool bf_bitdepth_in_doubt(const bf_bitdepth *seen);

/* Stops a set that is in doubt, once it has been seen whole. Errors: FORMAT, with the option that decides. */
feat_status bf_bitdepth_check(const bf_set *set, const bf_bitdepth *seen, feat_error *err) FEAT_NODISCARD;

/* What is to be warned of: most pictures fit 14 bits, but not all, so that the check says nothing; or --bits has so few
 * that larger samples become white; or the pictures, of one shard (`share`), are in doubt. False: nothing. */
enum { BF_BITDEPTH_BYTES = 512 };
bool bf_bitdepth_warning(char text[BF_BITDEPTH_BYTES], const bf_set *set, const bf_bitdepth *seen, bool share);

/* Decodes images [first, count) of the set (of `items`, where that is not NULL) until one ends the doubt, so that
 * a run over a large set does not stop at its end only. *seen takes part in the check, and is not changed. What
 * cannot be read is passed over. Errors: those of bf_bitdepth_check; none where `interrupted` (may be NULL) says so. */
feat_status bf_bitdepth_look_ahead(const bf_set *set, const size_t *items, size_t first, size_t count,
                                   const bf_bitdepth *seen, feat_pool *pool, bool (*interrupted)(void),
                                   feat_error *err) FEAT_NODISCARD;

#endif
