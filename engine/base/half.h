/* IEEE binary16 in integers only, so that every machine and compiler agrees. */
#ifndef BONAFIDE_ENGINE_BASE_HALF_H
#define BONAFIDE_ENGINE_BASE_HALF_H

#include <stddef.h>
#include <stdint.h>

/* Exact; infinities and NaN stay what they are. */
float feat_half_widen(uint16_t half);

/* To nearest, ties to even; too large becomes infinity, NaN stays NaN. */
uint16_t feat_half_round(float value);

/* Index of the first NaN or infinity in values[n], or n. */
size_t feat_first_not_finite(const float *values, size_t n);
size_t feat_first_not_finite_half(const uint16_t *halves, size_t n);

#endif
