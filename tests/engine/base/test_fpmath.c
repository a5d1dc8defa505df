/* feat_exp and feat_log against the long double functions of the C library, and against fixed bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/fpmath.h"
#include "engine/base/splitmix64.h"
#include "tests/engine/base/fp_modes.h"

enum { N_SWEEP = 200000 };

static double next_unit(uint64_t *state)
{
    return feat_splitmix64_unit(state);
}

static uint64_t fnv1a(uint64_t h, double x)
{
    unsigned char bytes[sizeof x];
    memcpy(bytes, &x, sizeof x);
    for (size_t i = 0; i < sizeof x; i++)
        h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

static double exp_argument(uint64_t *state, int i)
{
    double u = next_unit(state);
    switch (i % 4) {
    case 0:
        return (u - 0.5) * 1416.0; /* all of the normal results */
    case 1:
        return u - 0.5;
    case 2:
        return -40.0 * u;
    default:
        return (u - 0.5) * 1e-6;
    }
}

static double log_argument(uint64_t *state, int i)
{
    double u = next_unit(state);
    switch (i % 4) {
    case 0:
        return ldexp(1.0 + u, (i / 4) % 2098 - 1074); /* all exponents, subnormal numbers included */
    case 1:
        return 0.5 + 1.5 * u;
    case 2:
        return 1.0 + (u - 0.5) * 1e-4;
    default:
        return 1100.0 * u + 0x1p-40;
    }
}

static double error_in_ulps(double got, long double want)
{
    int e;
    frexpl(want, &e);
    double ulp = ldexp(1.0, e - 53 < -1074 ? -1074 : e - 53);
    return (double)(fabsl((long double)got - want) / (long double)ulp);
}

static void test_exp_error(void **state)
{
    (void)state;
    if (!fp_has_long_double()) {
        print_message("skipped: long double has no more bits than double here\n");
        skip();
    }
    uint64_t rng = 11;
    for (int i = 0; i < N_SWEEP; i++) { /* each by itself: a NaN would not be the largest */
        double x = exp_argument(&rng, i);
        assert_true(error_in_ulps(feat_exp(x), expl((long double)x)) < 0.65);
    }
    for (int i = 0; i < N_SWEEP / 10; i++) { /* subnormal results */
        double x = -708.4 - 36.0 * next_unit(&rng);
        assert_true(error_in_ulps(feat_exp(x), expl((long double)x)) < 1.0);
    }
}

static void test_log_error(void **state)
{
    (void)state;
    if (!fp_has_long_double()) {
        print_message("skipped: long double has no more bits than double here\n");
        skip();
    }
    uint64_t rng = 12;
    for (int i = 0; i < N_SWEEP; i++) { /* each by itself, as above */
        double x = log_argument(&rng, i);
        assert_true(error_in_ulps(feat_log(x), logl((long double)x)) < 0.6);
    }
}

static void check_specials(double (*exp_)(double), double (*log_)(double))
{
    const double infinity = (double)INFINITY;
    assert_true(exp_(infinity) == infinity);
    assert_true(exp_(-infinity) == 0.0);
    assert_true(isnan(exp_((double)NAN)));
    assert_true(exp_(0.0) == 1.0 && exp_(-0.0) == 1.0);
    assert_true(exp_(0x1.62e42fefa39efp+9) == 0x1.fffffffffff2ap+1023); /* the last finite result */
    assert_true(exp_(0x1.62e42fefa39f0p+9) == infinity);
    assert_true(exp_(-0x1.74910d52d3051p+9) == 0x1p-1074);
    assert_true(exp_(-0x1.74910d52d3052p+9) == 0.0);
    assert_true(exp_(1e300) == infinity && exp_(-1e300) == 0.0);

    assert_true(log_(0.0) == -infinity && log_(-0.0) == -infinity);
    assert_true(isnan(log_(-1.0)) && isnan(log_(-infinity)) && isnan(log_((double)NAN)));
    assert_true(log_(infinity) == infinity);
    assert_true(log_(1.0) == 0.0 && !signbit(log_(1.0)));
    assert_true(log_(0x1p-1074) == -0x1.74385446d71c3p+9);
}

static void test_specials(void **state)
{
    (void)state;
    check_specials(feat_exp, feat_log);
    check_specials(feat_exp_portable, feat_log_portable);
}

static uint64_t hash_of(double (*function)(double), double (*argument)(uint64_t *, int))
{
    uint64_t rng = 13, h = 0xcbf29ce484222325u;
    if (argument == log_argument) /* the sweep of exp comes before it */
        for (int i = 0; i < N_SWEEP; i++)
            (void)exp_argument(&rng, i);
    for (int i = 0; i < N_SWEEP; i++)
        h = fnv1a(h, function(argument(&rng, i)));
    return h;
}

/* The same bits from every compiler, -O level and CPU. */
static void test_golden_bits(void **state)
{
    (void)state;
    assert_true(hash_of(feat_exp, exp_argument) == 0xb2af19344f119efbu);
    assert_true(hash_of(feat_exp_portable, exp_argument) == 0xb2af19344f119efbu);
    assert_true(hash_of(feat_log, log_argument) == 0xbb81b58fc88b711bu);
    assert_true(hash_of(feat_log_portable, log_argument) == 0xbb81b58fc88b711bu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_error),
        cmocka_unit_test(test_log_error),
        cmocka_unit_test(test_specials),
        cmocka_unit_test(test_golden_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
