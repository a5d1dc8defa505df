/* Does a printed error hold? Pairs of sets with known distributions, drawn again and again, and what a metric says of
 * each draw. The driver is bench_errors.c, the sets are errors_sets.c, the metrics errors_neighbours.c and
 * errors_frechet.c. */
#ifndef BONAFIDE_BENCH_ERRORS_H
#define BONAFIDE_BENCH_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"

/* --- sets ------------------------------------------------------------------------------------------- */

typedef enum errors_set {
    ERRORS_FLAT,         /* normal, unit deviations */
    ERRORS_ROOT,         /* normal, deviation j^-1/2 of column j = 1 .. d */
    ERRORS_DECAY,        /* normal, deviation 1/j */
    ERRORS_STUDENT,      /* Student with 5 degrees of freedom, columns independent */
    ERRORS_STUDENT_ROWS, /* the same, all columns of a row with one denominator */
    ERRORS_RELU,         /* max(0, normal of mean -0.5), deviations j^-1/2 */
    ERRORS_CLASSES,      /* ten normal clusters of deviations j^-1/2, as many rows of each, in their order */
    ERRORS_SHUFFLED,     /* the same in random order */
    ERRORS_N_SETS
} errors_set;

typedef enum errors_gap {
    ERRORS_EQUAL, /* both sets are of one distribution */
    ERRORS_NEAR,  /* the mean 0.3 deviations off, in all columns together, and deviations 1.02 times as large */
    ERRORS_APART, /* 1.5 deviations off, and 0.9 times */
    ERRORS_N_GAPS
} errors_gap;

extern const char *const errors_set_names[ERRORS_N_SETS], *const errors_gap_names[ERRORS_N_GAPS];

/* What is measured: a cell of the table. */
typedef struct errors_cell {
    errors_set set;
    errors_gap gap;
    size_t d, n_real, n_gen;
    bool statistics; /* the real side is its mean and covariance and n, without rows */
} errors_cell;

/* Side `which` (0 real, 1 generated) of draw `draw`: rows [n][d], the same for the same arguments. */
void errors_draw(float *rows, const errors_cell *cell, size_t which, size_t n, uint64_t seed, uint64_t draw);

/* Mean [d] and covariance [d][d] of the distribution of a side. */
void errors_population(double *mu, double *sigma, const errors_cell *cell, size_t which);

/* --- metrics ---------------------------------------------------------------------------------------- */

/* One draw. */
typedef struct errors_pair {
    const float *real, *gen;  /* [n_real][d], [n_gen][d]; real is NULL where it is given by statistics */
    const double *mu, *sigma; /* of real, divisor n - 1, where it is given by statistics; else NULL */
    size_t n_real, n_gen, d;
    double true_fid; /* of the distributions, where the metric has wants_fid */
} errors_pair;

/* Its rows, as the metrics take them. */
static inline gmet_set errors_real(const errors_pair *p)
{
    return (gmet_set){.rows = p->real, .n = p->n_real, .d = p->d};
}

static inline gmet_set errors_gen(const errors_pair *p)
{
    return (gmet_set){.rows = p->gen, .n = p->n_gen, .d = p->d};
}

/* What the program says of one value of one draw. */
typedef struct errors_value {
    bool has_value;
    double value;
    bool has_error; /* `error` would be printed behind +- */
    double error;
    bool has_interval; /* a 95 % interval of its own is printed, in place of value +- 1.96 errors */
    double low, high;
    bool at_most, at_least; /* `limit` would be printed instead */
    double limit;
    bool has_truth; /* a corrected value: what it should be. Else the mean over draws is taken for it */
    double truth;
    const char *why; /* without error: why. Static text */
} errors_value;

enum { ERRORS_VALUES = 4 };
typedef struct errors_metric {
    const char *name; /* for --metric; NULL ends a list */
    const char *values[ERRORS_VALUES + 1];
    bool wants_fid; /* true_fid of the pair */
    /* out [as many as `values`], zeroed. pool NULL: draws run side by side. Errors of the metric: the value is then
     * taken as left out, except NOMEM and ARG. */
    feat_status (*measure)(errors_value *out, const errors_pair *pair, feat_error *err);
} errors_metric;

extern const errors_metric errors_neighbours[], errors_frechet[];

/* A value and its error, or, without one, why (static text; not kept where there is an error). */
errors_value errors_plain(double value, bool has_error, double error, const char *why);

#endif
