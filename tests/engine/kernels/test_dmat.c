/* The double kernels of every table against loops that are the contract of dmat.h, compared bit by bit. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/kernels/kernels.h"
#include "tests/metrics/metrics_fixture.h"

static double *noise(size_t n, uint64_t seed)
{
    double *x = fixture_doubles(n);
    splitmix rng = {seed};
    for (size_t i = 0; i < n; i++)
        x[i] = (splitmix_unit(&rng) - 0.5) * (i % 7 == 0 ? 1e3 : 1.0);
    return x;
}

static double naive_dot(const double *x, const double *y, size_t n)
{
    double lane[8] = {0};
    for (size_t i = 0; i < n; i++)
        lane[i % 8] = fma(x[i], y[i], lane[i % 8]);
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static void check_tiles(const feat_dmat_kernels *kern)
{
    enum { STRIDE = 31 };
    assert_true(kern->mr <= FEAT_DMAT_MAX_MR && kern->nr <= FEAT_DMAT_MAX_NR && kern->nr % kern->mr == 0);
    for (size_t k = 0; k < 20; k++) {
        size_t n_c = kern->mr * STRIDE;
        double *a = noise(kern->nr * (k + 1), 1), *b = noise(kern->nr * (k + 1), 2);
        double *got = noise(n_c, 3), *want = noise(n_c, 3), *got_d = noise(n_c, 3), *want_d = noise(n_c, 3);
        for (size_t i = 0; i < kern->mr; i++) {
            for (size_t j = 0; j < kern->nr; j++) {
                double *c = &want[i * STRIDE + j], *d = &want_d[i * STRIDE + j];
                for (size_t p = 0; p < k; p++) {
                    double x = a[p * kern->nr + i], y = b[p * kern->nr + j], t = x - y;
                    *c = fma(x, y, *c);
                    *d = fma(t, t, *d);
                }
            }
        }
        kern->mul_tile(got, STRIDE, a, b, k);
        kern->dist_tile(got_d, STRIDE, a, b, k);
        assert_memory_equal(got, want, n_c * sizeof *got);
        assert_memory_equal(got_d, want_d, n_c * sizeof *got);
        double *all[] = {a, b, got, want, got_d, want_d};
        for (size_t i = 0; i < 6; i++)
            feat_free(all[i]);
    }
}

/* Rows of c are in descending places, a little farther apart each, as the caller likes. */
static void check_sum_tiles(const feat_dmat_kernels *kern)
{
    enum { N_C = FEAT_DMAT_MAX_MR * (FEAT_DMAT_MAX_NR + 3) + 40 };
    for (size_t k = 0; k < 20; k++) {
        double *a = noise(kern->nr * (k + 1), 1), *b = noise(kern->nr * (k + 1), 2);
        double *got = noise(N_C, 3), *want = noise(N_C, 3), *row[FEAT_DMAT_MAX_MR];
        for (size_t i = 0, at = 1; i < kern->mr; at += kern->nr + i % 3, i++) {
            row[kern->mr - 1 - i] = got + at;
            for (size_t j = 0; j < kern->nr; j++) {
                double sum = 0.0;
                for (size_t p = 0; p < k; p++)
                    sum = fma(a[p * kern->nr + kern->mr - 1 - i], b[p * kern->nr + j], sum);
                want[at + j] += sum;
            }
        }
        kern->sum_tile(row, a, b, k);
        assert_memory_equal(got, want, N_C * sizeof *got);
        double *all[] = {a, b, got, want};
        for (size_t i = 0; i < 4; i++)
            feat_free(all[i]);
    }
}

static void check_float_tiles(const feat_dmat_kernels *kern)
{
    enum { STRIDE = 51 };
    assert_true(FEAT_DMAT_MAX_FNR % kern->fnr == 0 && kern->fnr % kern->fmr == 0);
    for (size_t k = 0; k < 20; k++) {
        size_t n_a = kern->fnr * (k + 1), n_c = kern->fmr * STRIDE;
        double *noise_a = noise(n_a, 1), *noise_c = noise(n_c, 3);
        float *a = feat_alloc_array(n_a, sizeof *a), *got = feat_alloc_array(n_c, sizeof *got);
        float *want = feat_alloc_array(n_c, sizeof *want);
        assert_true(a != NULL && got != NULL && want != NULL);
        for (size_t i = 0; i < n_a; i++)
            a[i] = (float)noise_a[i];
        for (size_t i = 0; i < n_c; i++)
            got[i] = want[i] = (float)noise_c[i];
        for (size_t i = 0; i < kern->fmr; i++) {
            for (size_t j = 0; j < kern->fnr; j++) {
                float sum = 0.0f;
                for (size_t p = 0; p < k; p++)
                    sum = fmaf(a[p * kern->fnr + i], a[n_a - 1 - (p * kern->fnr + j)], sum);
                want[i * STRIDE + j] += sum;
            }
        }
        float *b = feat_alloc_array(n_a, sizeof *b); /* a backwards */
        assert_non_null(b);
        for (size_t i = 0; i < n_a; i++)
            b[i] = a[n_a - 1 - i];
        kern->fmul_tile(got, STRIDE, a, b, k);
        assert_memory_equal(got, want, n_c * sizeof *got);
        void *all[] = {noise_a, noise_c, a, b, got, want};
        for (size_t i = 0; i < 6; i++)
            feat_free(all[i]);
    }
}

static void check_dist_pairs(const feat_dmat_kernels *kern)
{
    enum { N = 19, D = 37 };
    double *values = noise((N + 1) * D, 13);
    float x[(N + 1) * D];
    const float *left[N], *y[N];
    for (size_t i = 0; i < (N + 1) * D; i++)
        x[i] = (float)values[i];
    for (size_t r = 0; r < N; r++)
        y[r] = x + (N - r) * D;
    for (size_t r = 0; r < N; r++)
        left[r] = x + r * 7;
    for (size_t n = 0; n <= N; n++) {
        double got[N + 1];
        got[n] = -1.0;
        kern->dist_pairs(got, left, y, n, D);
        assert_true(got[n] == -1.0);
        for (size_t r = 0; r < n; r++) {
            double want = 0.0;
            for (size_t k = 0; k < D; k++) {
                double t = (double)left[r][k] - (double)y[r][k];
                want = fma(t, t, want);
            }
            assert_true(got[r] == want);
        }
        const double *wide[N];
        for (size_t r = 0; r < n; r++)
            wide[r] = values + (N - r) * D;
        kern->dist_mixed(got, left, wide, n, D);
        assert_true(got[n] == -1.0);
        for (size_t r = 0; r < n; r++) {
            double want = 0.0;
            for (size_t k = 0; k < D; k++) {
                double t = (double)left[r][k] - wide[r][k];
                want = fma(t, t, want);
            }
            assert_true(got[r] == want);
        }
    }
    feat_free(values);
}

static void check_rows(const feat_dmat_kernels *kern)
{
    enum { N = 150, STRIDE = 157, N_X = 5 };
    double *x = noise(STRIDE * N_X, 4), *y0 = noise(N, 5), *y1 = noise(N, 5), *coef = noise(N_X, 6);
    float floats[N];
    for (size_t n = 0; n <= N; n++) {
        double got = kern->dot(x, y0, n), want = naive_dot(x, y0, n);
        assert_memory_equal(&got, &want, sizeof got);
        kern->axpys(y0, x, STRIDE, coef, n % (N_X + 1), n);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n % (N_X + 1); k++)
                y1[i] = fma(coef[k], x[k * STRIDE + i], y1[i]);
        assert_memory_equal(y0, y1, N * sizeof *y0);
        for (size_t i = 0; i < N; i++)
            floats[i] = (float)(x[i] * coef[i % N_X]);
        kern->add_floats(y0, floats, n);
        for (size_t i = 0; i < n; i++)
            y1[i] += (double)floats[i];
        assert_memory_equal(y0, y1, N * sizeof *y0);
    }
    feat_free(x);
    feat_free(y0);
    feat_free(y1);
    feat_free(coef);
}

static void check_power(const feat_dmat_kernels *kern)
{
    enum { N = 77 };
    for (size_t n = 0; n <= N; n++) {
        double *got = noise(N, 14), *want = noise(N, 14);
        for (size_t i = 0; i < n; i++) {
            double base = fma(0.3, want[i], 1.1), power = base;
            for (size_t p = 0; p < n % 4; p++)
                power *= base;
            want[i] = power - 0.7;
        }
        kern->power(got, n, 0.3, 1.1, (unsigned)(n % 4 + 1), 0.7);
        assert_memory_equal(got, want, N * sizeof *got);
        feat_free(got);
        feat_free(want);
    }
}

/* Against the C library's, and one chain whatever the table. */
static void check_exp_gap(const feat_dmat_kernels *kern)
{
    enum { N = 77 };
    const double gamma = 0.0371;
    for (size_t n = 0; n <= N; n++) {
        double *got = noise(N, 15), *want = noise(N, 15);
        for (size_t i = 0; i < n; i++) {
            got[i] = fabs(got[i]) < 0.84 ? fabs(got[i]) : (double)i * 0x1p-70; /* t from 0 to 1/32 */
            double t = gamma * got[i], s = 0.0, factorial = 362880.0;
            for (int k = 9; k >= 2; factorial /= k, k--)
                s = fma(-t, s, 1.0 / factorial);
            want[i] = fma(t * t, s, -t);
            assert_true(t <= FEAT_DMAT_MAX_GAP);
            assert_true(fabs(want[i] - expm1(-t)) <= 1.2 * 0x1p-52 * t);
        }
        kern->exp_gap(got, n, gamma);
        for (size_t i = 0; i < N; i++)
            assert_true(got[i] == want[i]);
        feat_free(got);
        feat_free(want);
    }
}

static void naive_symv(double *y, const double *a, size_t stride, const double *x, size_t i0, size_t i1,
                       size_t n)
{
    for (size_t i = i0; i < i1; i += 4) {
        size_t g = i1 - i < 4 ? i1 - i : 4;
        for (size_t r = i; r < i + g; r++) {
            for (size_t c = r; c < i + g; c++) {
                y[r] = fma(a[r * stride + c], x[c], y[r]);
                if (c > r)
                    y[c] = fma(a[r * stride + c], x[r], y[c]);
            }
        }
        for (size_t j = i + g; j < n; j++)
            for (size_t r = i; r < i + g; r++)
                y[j] = fma(a[r * stride + j], x[r], y[j]);
        for (size_t r = i; r < i + g; r++)
            y[r] += naive_dot(a + r * stride + i + g, x + i + g, n - i - g);
    }
}

static void check_symv(const feat_dmat_kernels *kern)
{
    enum { N = 43, STRIDE = 45 };
    double *a = noise(N * STRIDE, 7), *x = noise(N, 8), *y0 = noise(N, 9), *y1 = noise(N, 9);
    for (size_t i0 = 0; i0 < N; i0 += 3) {
        for (size_t i1 = i0; i1 <= N; i1++) {
            kern->symv(y0, a, STRIDE, x, i0, i1, N);
            naive_symv(y1, a, STRIDE, x, i0, i1, N);
            assert_memory_equal(y0, y1, N * sizeof *y0);
            memcpy(y0, x, sizeof *x); /* keep the numbers from growing */
            memcpy(y1, x, sizeof *x);
        }
    }
    feat_free(a);
    feat_free(x);
    feat_free(y0);
    feat_free(y1);
}

static void check_rotate(const feat_dmat_kernels *kern)
{
    enum { ROWS = 9, W = FEAT_DMAT_ROTATE_COLUMNS };
    double *z0 = noise(ROWS * W, 10), *z1 = noise(ROWS * W, 10), *c = noise(ROWS, 11), *s = noise(ROWS, 12);
    for (int direction = -1; direction <= 1; direction += 2) {
        for (size_t n = 0; n < ROWS; n++) {
            double *from0 = z0 + (direction < 0 ? (ROWS - 1) * W : 0), *from1 = z1 + (from0 - z0);
            kern->rotate(from0, direction * W, c, s, n);
            for (size_t t = 0; t < n; t++, from1 += direction * W) {
                for (int i = 0; i < W; i++) {
                    double x = from1[i], z = from1[direction * W + i];
                    from1[i] = fma(s[t], z, c[t] * x);
                    from1[direction * W + i] = fma(-s[t], x, c[t] * z);
                }
            }
            assert_memory_equal(z0, z1, ROWS * W * sizeof *z0);
        }
    }
    feat_free(z0);
    feat_free(z1);
    feat_free(c);
    feat_free(s);
}

static void test_every_table(void **state)
{
    (void)state;
    for (size_t i = 0; feat_kernels_at(i) != NULL; i++) {
        const feat_kernels *k = feat_kernels_at(i);
        if (!feat_kernels_usable(k)) {
            print_message("%s: not on this CPU\n", k->name);
            continue;
        }
        print_message("%s: %zu x %zu\n", k->name, k->dmat.mr, k->dmat.nr);
        check_tiles(&k->dmat);
        check_sum_tiles(&k->dmat);
        check_float_tiles(&k->dmat);
        check_dist_pairs(&k->dmat);
        check_rows(&k->dmat);
        check_power(&k->dmat);
        check_exp_gap(&k->dmat);
        check_symv(&k->dmat);
        check_rotate(&k->dmat);
    }
    assert_non_null(feat_dmat_best(UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
