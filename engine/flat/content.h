/* The content SHA-256 of weights, in sixteen lanes: a chain of SHA-256 cannot be shortened, sixteen of them go side by
 * side in the registers of any CPU. engine/flat/FORMAT.md has the definition. */
#ifndef BONAFIDE_ENGINE_FLAT_CONTENT_H
#define BONAFIDE_ENGINE_FLAT_CONTENT_H

#include <stddef.h>
#include <stdint.h>

enum { FEAT_CONTENT_LANES = 16, FEAT_CONTENT_STRIPE = 64 * FEAT_CONTENT_LANES };

/* Takes n stripes, a block of each lane, into the states of the lanes: state[i][l] is word i of lane l. */
typedef void (*feat_content_fn)(uint32_t state[8][FEAT_CONTENT_LANES], const unsigned char *stripes, size_t n);

typedef struct feat_content {
    uint32_t state[8][FEAT_CONTENT_LANES];
    uint64_t n_bytes;
    unsigned char held[FEAT_CONTENT_STRIPE]; /* of the stripe that is not whole */
    feat_content_fn take;
} feat_content;

/* Begins a digest; *c is the caller's and holds no memory of its own. */
void feat_content_init(feat_content *c);
/* Takes the next bytes of the content, in pieces of any size. */
void feat_content_update(feat_content *c, const void *data, size_t bytes);
/* The digest of what was taken so far; *c is as before. */
void feat_content_final(const feat_content *c, unsigned char digest[32]);

/* The ways that this CPU has, the fastest first; NULL from the last on. For tests: all give the same. */
feat_content_fn feat_content_way(size_t i);

#endif
