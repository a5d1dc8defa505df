/* Whether the order of rows matters to the Inception Score. */
#ifndef BONAFIDE_METRICS_DIVERSITY_SPLIT_ORDER_H
#define BONAFIDE_METRICS_DIVERSITY_SPLIT_ORDER_H

#include <stdbool.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/diversity/diversity.h"

enum { GMET_ORDER_SHUFFLES = 399 };

typedef struct gmet_order_result {
    double p;    /* of 1 + GMET_ORDER_SHUFFLES orders, that of the rows and random ones, the share whose splits differ
                  * as much as those of the rows or more */
    bool beyond; /* than chance: no random order has; of rows in random order so many come out so: 1 in 400 */
} gmet_order_result;

/* Whether the Inception Score of rows that are not shuffled depends on their order: a permutation test of the splits'
 * mean predictions. With q_s the mean of the probabilities p over split s of n_s rows and q that over all, the score
 * loses exp(-sum n_s KL(q_s || q) / n), to second order sum n_s |(q_s - q) / sqrt(q)|^2 / (2 n). That sum is the
 * statistic, after the classes are added up with random signs in 32 bins (Charikar, Chen, Farach-Colton, "Finding
 * frequent items in data streams", 2002), which keeps it in the mean; where there are more than 16,384 rows, those that
 * follow each other are exchanged in groups. logits and options as for gmet_inception_score, their shuffle not looked
 * at. One split cannot differ: p is 1. Errors: ARG, NUMERIC and NOMEM as gmet_inception_score. */
feat_status gmet_is_order(gmet_order_result *out, const gmet_is_options *options, const gmet_set *logits,
                          const gmet_context *context, feat_error *err) FEAT_NODISCARD;

#endif
