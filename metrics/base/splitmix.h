/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the generator
 * of everything here that is not bound to NumPy's. */
#ifndef BONAFIDE_METRICS_BASE_SPLITMIX_H
#define BONAFIDE_METRICS_BASE_SPLITMIX_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/splitmix64.h"

typedef struct gmet_splitmix {
    uint64_t state;
} gmet_splitmix;

static inline uint64_t gmet_splitmix_u64(gmet_splitmix *s)
{
    return feat_splitmix64(&s->state);
}

/* A multiple of 2^-53 in [0, 1). */
static inline double gmet_splitmix_unit(gmet_splitmix *s)
{
    return feat_splitmix64_unit(&s->state);
}

/* x [n]: normal deviates by the polar method (Marsaglia and Bray, "A convenient method for generating normal
 * variables", 1964), made in pairs; of an odd n the last partner is dropped. Returns the sum of their squares. */
double gmet_splitmix_normals(gmet_splitmix *s, double *x, size_t n);

#endif
