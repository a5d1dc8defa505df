/* The metrics that take a context, each called once: on more rows than a chunk of anything has, and matrices of several
 * panels and blocks. */
#ifndef BONAFIDE_TESTS_METRICS_EVERY_METRIC_H
#define BONAFIDE_TESTS_METRICS_EVERY_METRIC_H

#include "metrics/base/context.h"

/* Rows of the two sets, and columns. */
enum { EVERY_N = 1200, EVERY_M = 1020, EVERY_D = 160 };

typedef struct every_metric {
    const char *name;
    feat_status (*of)(const gmet_context *context, feat_error *err);
} every_metric;

/* NULL after the last. */
extern const every_metric every_metrics[];

/* Set-up and teardown of a group of tests: what they work on. */
int every_metric_make(void **state);
int every_metric_free(void **state);

#endif
