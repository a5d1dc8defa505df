/* The splits of the Inception Score, for what looks at them one by one. */
#ifndef BONAFIDE_METRICS_DIVERSITY_IS_SPLITS_H
#define BONAFIDE_METRICS_DIVERSITY_IS_SPLITS_H

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/diversity/diversity.h"

/* Whether rows and options make a score at all. Errors: ARG, NUMERIC. */
feat_status gmet_is_check(const gmet_is_options *o, const gmet_set *logits, feat_error *err) FEAT_NODISCARD;

/* Floats from one row to the next. */
static inline size_t gmet_is_stride(const gmet_is_options *o, const gmet_set *logits)
{
    return o->stride != 0 ? o->stride : logits->d;
}

/* Rows of the longest part; *n_parts: how many parts there are. Options that were checked, n > 0. */
size_t gmet_is_parts(const gmet_is_options *o, size_t n, size_t *n_parts);

/* Part i has the samples *first .. *last - 1. */
void gmet_is_part(const gmet_is_options *o, size_t n, size_t i, size_t *first, size_t *last);

#endif
