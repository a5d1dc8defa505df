/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014) with Stafford's variant 13
 * as its mixer, as in Vigna's splitmix64.c; the paper mixes numbers with MurmurHash3's finalizer. */
#ifndef BONAFIDE_ENGINE_BASE_SPLITMIX64_H
#define BONAFIDE_ENGINE_BASE_SPLITMIX64_H

#include <stdint.h>

/* A state scrambled: no two have the same result. */
static inline uint64_t feat_splitmix64_mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* The next number; any state is a seed. */
static inline uint64_t feat_splitmix64(uint64_t *state)
{
    return feat_splitmix64_mix(*state += UINT64_C(0x9E3779B97F4A7C15));
}

/* The next number as a multiple of 2^-53 in [0, 1). */
static inline double feat_splitmix64_unit(uint64_t *state)
{
    return (double)(feat_splitmix64(state) >> 11) * 0x1p-53;
}

#endif
