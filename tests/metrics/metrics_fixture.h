/* Data for the tests of metrics/: the same generators as tests/data/make_metrics_data.py, and loops over
 * everything a result must not depend on. */
#ifndef BONAFIDE_TESTS_METRICS_METRICS_FIXTURE_H
#define BONAFIDE_TESTS_METRICS_METRICS_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"

typedef struct splitmix {
    uint64_t state;
} splitmix;
double splitmix_unit(splitmix *s); /* [0, 1) */

/* All of these return memory of feat_alloc and stop the test when there is none. */
float *fixture_features(size_t n, size_t d, uint64_t seed, double shift);
float *fixture_logits(size_t n, size_t c, uint64_t seed);
double *fixture_symmetric(size_t n, uint64_t seed);
double *fixture_doubles(size_t n);

/* Sets to hand to a metric: rows at x; those with the class of each. */
#define SET(x, n_rows, width) (&(const gmet_set){.rows = (x), .n = (n_rows), .d = (width)})
#define LABELLED(x, labels, n_rows, width) (&(const gmet_class_set){.set = *SET(x, n_rows, width), .label = (labels)})

/* FNV-1a over bytes, continuing from h (FIXTURE_HASH_START). */
#define FIXTURE_HASH_START 0xcbf29ce484222325u
uint64_t fixture_hash(uint64_t h, const void *data, size_t bytes);

/* Runs `fn` for contexts of every kernel table this CPU has and pools of 1, 2 and 5 threads; every run must return the
 * same hash, and that hash must be `golden`. */
typedef uint64_t (*fixture_hashed)(const gmet_context *context);
void fixture_same_bits(fixture_hashed fn, uint64_t golden);

/* Makes allocation 1, 2, 3, .. fail, with all that follow until `fn` succeeds, and then each alone, which it may do
 * without: a failure must be NOMEM with a message, and nothing may stay allocated. */
typedef feat_status (*fixture_allocating)(void *ctx, feat_error *err);
void fixture_survives_no_memory(fixture_allocating fn, void *ctx);

#endif
