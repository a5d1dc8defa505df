/* What all metrics of this room end in. */
#ifndef BONAFIDE_METRICS_MANIFOLD_SHARE_H
#define BONAFIDE_METRICS_MANIFOLD_SHARE_H

#include <stddef.h>

/* The share of the flags [n], each 0 or 1, that are 1; n > 0. */
static inline double gmet_share(const unsigned char *flags, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += flags[i];
    return (double)count / (double)n;
}

#endif
