/* The generator behind NumPy's legacy RandomState(seed): MT19937 (Matsumoto and Nishimura, 1998) seeded by
 * its init_genrand, with RandomState's way of drawing bounded integers and permutations. Published scores
 * depend on these draws, so they must match to the bit; for anything new prefer a simpler generator. */
#ifndef BONAFIDE_METRICS_BASE_RNG_H
#define BONAFIDE_METRICS_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

enum { GMET_MT_WORDS = 624 };

typedef struct gmet_mt {
    uint32_t word[GMET_MT_WORDS];
    size_t next; /* index of the next word to use */
} gmet_mt;

void gmet_mt_seed(gmet_mt *mt, uint32_t seed);

uint32_t gmet_mt_u32(gmet_mt *mt);

/* Uniform in [0, max]: draws masked to the bits of max until one is small enough. */
uint64_t gmet_mt_bounded(gmet_mt *mt, uint64_t max);

/* out [n]: a permutation of 0 .. n - 1, as RandomState.permutation(n). RandomState.choice(n, m,
 * replace=False) is its first m entries. */
void gmet_mt_permutation(gmet_mt *mt, size_t *out, size_t n);

#endif
