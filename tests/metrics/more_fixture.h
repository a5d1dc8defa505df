/* What the tests of the metrics beside FID, Inception Score, precision and recall share: the two sets of
 * make_more_metrics_data.py, and comparison. */
#ifndef BONAFIDE_TESTS_METRICS_MORE_FIXTURE_H
#define BONAFIDE_TESTS_METRICS_MORE_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/data/more_metrics_expected.h"
#include "tests/metrics/metrics_fixture.h"

enum { N_A = 300, N_B = 410, D = 96 };

typedef struct sets {
    float *a, *b; /* [N_A][D], [N_B][D] */
} sets;

static inline sets make_sets(void)
{
    return (sets){fixture_features(N_A, D, 1, 0.0), fixture_features(N_B, D, 2, 1.0)};
}

static inline void free_sets(sets *s)
{
    feat_free(s->a);
    feat_free(s->b);
}

/* Rows i0 .. i0 + n - 1 and columns 0 .. width - 1 of x [..][D]. */
static inline float *cut(const float *x, size_t i0, size_t n, size_t width)
{
    float *out = feat_alloc_array(n * width, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * width, x + (i0 + i) * D, width * sizeof *out);
    return out;
}

static inline float *constant(size_t n, float value)
{
    float *out = feat_alloc_array(n, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++)
        out[i] = value;
    return out;
}

#define assert_close(got, want) assert_close_at(got, want, 1e-9, __FILE__, __LINE__)
#define assert_within(got, want, relative) assert_close_at(got, want, relative, __FILE__, __LINE__)
static inline void assert_close_at(double got, double want, double relative, const char *file, int line)
{
    if (!(fabs(got - want) <= relative * fabs(want))) {
        print_error("got %.17g, want %.17g, relative error %.3g\n", got, want, fabs(got / want - 1.0));
        _fail(file, line);
    }
}

#define assert_message(err, status_, text)                                                                   \
    do {                                                                                                     \
        assert_int_equal((err).status, status_);                                                             \
        if (strstr((err).message, text) == NULL)                                                             \
            fail_msg("message: %s", (err).message);                                                          \
    } while (0)

#endif
