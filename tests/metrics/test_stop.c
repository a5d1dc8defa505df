/* Whoever asks to stop gets CANCELLED from every metric, whenever it is asked, and soon: what is done between two
 * questions, and after the answer, is counted in multiplications. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/kernels/dmat.h"
#include "tests/metrics/every_metric.h"

enum { D = EVERY_D };

/* --- what is counted ------------------------------------------------------------------------------------------ */

static const feat_dmat_kernels *real;

static struct counting {
    size_t work, most; /* since the last question, and the most there was */
    size_t total, after;
    size_t asked, stop_at;
} counted;

static void count(size_t work)
{
    counted.work += work;
    counted.total += work;
    counted.most = counted.work > counted.most ? counted.work : counted.most;
    if (counted.asked >= counted.stop_at)
        counted.after += work;
}

static int stop(void *ctx)
{
    (void)ctx;
    counted.work = 0;
    return ++counted.asked >= counted.stop_at;
}

static void mul_tile(double *c, size_t c_stride, const double *x, const double *y, size_t k)
{
    count(real->mr * real->nr * k);
    real->mul_tile(c, c_stride, x, y, k);
}
static void sum_tile(double *const *c, const double *x, const double *y, size_t k)
{
    count(real->mr * real->nr * k);
    real->sum_tile(c, x, y, k);
}
static void dist_tile(double *c, size_t c_stride, const double *x, const double *y, size_t k)
{
    count(real->mr * real->nr * k);
    real->dist_tile(c, c_stride, x, y, k);
}
static void fmul_tile(float *c, size_t c_stride, const float *x, const float *y, size_t k)
{
    count(real->fmr * real->fnr * k);
    real->fmul_tile(c, c_stride, x, y, k);
}
static void dist_pairs(double *out, const float *const *x, const float *const *y, size_t n, size_t d)
{
    count(n * d);
    real->dist_pairs(out, x, y, n, d);
}
static void dist_mixed(double *out, const float *const *x, const double *const *y, size_t n, size_t d)
{
    count(n * d);
    real->dist_mixed(out, x, y, n, d);
}
static double dot(const double *x, const double *y, size_t n)
{
    count(n);
    return real->dot(x, y, n);
}
static void axpys(double *y, const double *x, size_t x_stride, const double *coef, size_t n_x, size_t n)
{
    count(n_x * n);
    real->axpys(y, x, x_stride, coef, n_x, n);
}
static void add_floats(double *y, const float *x, size_t n)
{
    count(n);
    real->add_floats(y, x, n);
}
static void power(double *x, size_t n, double gamma, double coef0, unsigned degree, double shift)
{
    count(n * degree);
    real->power(x, n, gamma, coef0, degree, shift);
}
static void exp_gap(double *x, size_t n, double gamma)
{
    count(9 * n);
    real->exp_gap(x, n, gamma);
}
static void symv(double *y, const double *m, size_t stride, const double *x, size_t i0, size_t i1, size_t n)
{
    count(2 * (i1 - i0) * (n - i0));
    real->symv(y, m, stride, x, i0, i1, n);
}
static void rotate(double *z, ptrdiff_t step, const double *c, const double *s, size_t n)
{
    count(4 * FEAT_DMAT_ROTATE_COLUMNS * n);
    real->rotate(z, step, c, s, n);
}

static feat_dmat_kernels counting_kernels(void)
{
    feat_dmat_kernels k = *real;
    k.mul_tile = mul_tile;
    k.sum_tile = sum_tile;
    k.dist_tile = dist_tile;
    k.fmul_tile = fmul_tile;
    k.dist_pairs = dist_pairs;
    k.dist_mixed = dist_mixed;
    k.dot = dot;
    k.axpys = axpys;
    k.add_floats = add_floats;
    k.power = power;
    k.exp_gap = exp_gap;
    k.symv = symv;
    k.rotate = rotate;
    k.bf16 = NULL;
    return k;
}

/* --- metrics ------------------------------------------------------------------------------------------------- */

/* Runs a metric that is asked to stop at the stop_at-th question. */
static feat_status run(size_t i, size_t stop_at, feat_pool *pool, feat_error *err)
{
    const feat_dmat_kernels kernels = counting_kernels();
    const gmet_context context = {
        .pool = pool, .kernels = pool == NULL ? &kernels : NULL, .stop = stop};
    counted = (struct counting){.stop_at = stop_at};
    *err = (feat_error){FEAT_OK, ""};
    return every_metrics[i].of(&context, err);
}

/* Multiplications between two questions: those of a block of pairs, 96 x 480 D, and 9 for an exponential. Of 2,048
 * columns that is 10^8, and the largest there is a chunk of moments, 128 D^2, 6 x 10^8; a core does 10^9 to 10^10 a
 * second. */
enum { MOST = 96 * 480 * (D + 16) };

static void every_metric_stops(void **state)
{
    (void)state;
    for (size_t i = 0; every_metrics[i].name != NULL; i++) {
        feat_error err;
        size_t live = feat_alloc_live();
        if (run(i, SIZE_MAX, NULL, &err) != FEAT_OK)
            fail_msg("%s: %s", every_metrics[i].name, err.message);
        size_t asked = counted.asked, most = counted.most, total = counted.total;
        if (asked == 0 || most > MOST)
            fail_msg("%s: asked %zu times, up to %zu of %zu multiplications between", every_metrics[i].name, asked,
                     most, total);
        const size_t at[] = {1, 2, asked / 8 + 1, asked / 2 + 1, asked - asked / 8, asked};
        for (size_t k = 0; k < sizeof at / sizeof at[0]; k++) {
            feat_status status = run(i, at[k], NULL, &err);
            if (status != FEAT_ERR_CANCELLED || err.status != status || strcmp(err.message, "interrupted") != 0)
                fail_msg("%s: stopped at question %zu of %zu: status %d, %s", every_metrics[i].name, at[k], asked,
                         (int)status, err.message);
            if (counted.after > MOST)
                fail_msg("%s: stopped at question %zu of %zu: %zu of %zu multiplications after it",
                         every_metrics[i].name, at[k], asked, counted.after, total);
            assert_int_equal(feat_alloc_live(), live);
        }
    }
}

static int stop_all(void *ctx)
{
    (void)ctx;
    return __atomic_add_fetch(&counted.asked, 1, __ATOMIC_RELAXED) >= counted.stop_at;
}

/* From several threads, which the chases of the eigensolver wait for. */
static void threads_stop(void **state)
{
    (void)state;
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    for (size_t i = 0; every_metrics[i].name != NULL; i++) {
        const size_t at[] = {1, 40, 400};
        for (size_t k = 0; k < 3; k++) {
            feat_error err = {FEAT_OK, ""};
            const gmet_context context = {.pool = pool, .stop = stop_all};
            counted = (struct counting){.stop_at = at[k]};
            feat_status status = every_metrics[i].of(&context, &err);
            if (status != FEAT_ERR_CANCELLED && (status != FEAT_OK || counted.asked >= at[k]))
                fail_msg("%s: stopped at question %zu: status %d, %s", every_metrics[i].name, at[k], (int)status,
                         err.message);
        }
    }
    feat_pool_close(&pool);
}

static int make_data(void **state)
{
    real = feat_dmat_best(UINT32_MAX);
    return every_metric_make(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_stops),
        cmocka_unit_test(threads_stop),
    };
    return cmocka_run_group_tests_name("stop", tests, make_data, every_metric_free);
}
