/* Activation statistics: against direct formulas, and what must not change them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/splitmix.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"

enum { LD1, LD3, LD5, LREAL, KNN, MAH, DMU, DENS, OUT, RAR, STATS };

#define assert_near(got, want, limit) near_at(got, want, limit, __LINE__)
static void near_at(double got, double want, double limit, int line)
{
    if (!(fabs(got - want) <= limit))
        fail_msg("line %d: got %.17g, want %.17g", line, got, want);
}

static double *measure(const gmet_judge_rows *ref, const gmet_judge_rows *x, const gmet_judge_ref_options *options,
                       const gmet_context *context, unsigned char *copies, size_t *p)
{
    gmet_judge_ref *r;
    feat_error err;
    if (gmet_judge_ref_create(&r, ref, NULL, options, context, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    *p = gmet_judge_n_features(r);
    double *out = feat_alloc_array(x->n, *p * sizeof *out);
    assert_non_null(out);
    if (gmet_judge_features(out, copies, r, x, NULL, context, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    gmet_judge_ref_close(&r);
    return out;
}

/* Solves a x = b by elimination with pivoting; the answer replaces b. */
static void eliminate(double *a, double *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[best * n + k]))
                best = i;
        for (size_t j = 0; j < n; j++) {
            double t = a[k * n + j];
            a[k * n + j] = a[best * n + j];
            a[best * n + j] = t;
        }
        double t = b[k];
        b[k] = b[best];
        b[best] = t;
        for (size_t i = k + 1; i < n; i++) {
            double f = a[i * n + k] / a[k * n + k];
            for (size_t j = k; j < n; j++)
                a[i * n + j] -= f * a[k * n + j];
            b[i] -= f * b[k];
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t j = k + 1; j < n; j++)
            b[k] -= a[k * n + j] * b[j];
        b[k] /= a[k * n + k];
    }
}

/* (x - mu)' (sigma + lam I)^-1 (x - mu), for more rows than columns and for fewer. */
static void check_mahalanobis(size_t n_ref, size_t d)
{
    judge_world w = judge_small_world(n_ref, 20, d, 7);
    gmet_judge_rows ref = judge_rows(w.ref, n_ref, d), x = judge_rows(w.feat, w.n, d);
    size_t p;
    double *out = measure(&ref, &x, NULL, NULL, NULL, &p), mu[64] = {0}, trace = 0.0;
    double *sigma = fixture_doubles(d * d), *a = fixture_doubles(d * d), b[64], z[64];
    for (size_t i = 0; i < n_ref; i++)
        for (size_t j = 0; j < d; j++)
            mu[j] += w.ref[i * d + j] / (double)n_ref;
    memset(sigma, 0, d * d * sizeof *sigma);
    for (size_t i = 0; i < n_ref; i++)
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k < d; k++)
                sigma[j * d + k] +=
                    (w.ref[i * d + j] - mu[j]) * (w.ref[i * d + k] - mu[k]) / (double)(n_ref - 1);
    for (size_t j = 0; j < d; j++)
        trace += sigma[j * d + j];
    for (size_t i = 0; i < w.n; i++) {
        double value = 0.0, square = 0.0;
        memcpy(a, sigma, d * d * sizeof *a);
        for (size_t j = 0; j < d; j++) {
            a[j * d + j] += 1e-3 * trace / (double)d;
            b[j] = z[j] = w.feat[i * d + j] - mu[j];
        }
        eliminate(a, b, d);
        for (size_t j = 0; j < d; j++) {
            value += b[j] * z[j];
            square += z[j] * z[j];
        }
        assert_near(out[i * p + MAH], log(value), 1e-9);
        assert_near(out[i * p + DMU], 0.5 * log(square), 1e-11);
    }
    feat_free(a);
    feat_free(sigma);
    feat_free(out);
    judge_free(&w);
}

static void test_mahalanobis(void **state)
{
    (void)state;
    check_mahalanobis(300, 24);
    check_mahalanobis(30, 48);
    check_mahalanobis(48, 48);
}

/* Rows on a line, where everything can be counted. */
static void test_by_hand(void **state)
{
    (void)state;
    /* Radii to the 3rd other row: 0: 3, 1: 2, 2: 2, 3: 2, 4: 3, 10: 8; the median is 2.5. */
    const double ref[6] = {0, 1, 2, 3, 4, 10}, x[4] = {2.5, 12, 100, 5};
    gmet_judge_rows reals = judge_rows(ref, 6, 1), images = judge_rows(x, 4, 1);
    size_t p;
    double *o = measure(&reals, &images, NULL, NULL, NULL, &p);
    assert_int_equal(p, STATS);
    assert_near(o[LD1], log(0.5), 1e-11);
    assert_near(o[LD3], log(1.5), 1e-11);
    assert_near(o[LD5], log(2.5), 1e-11);
    assert_near(o[LREAL], log(2.0 / 0.5), 1e-11); /* kept: the balls around 1, 2, 3 */
    assert_near(o[KNN], log(1 / 0.5 + 1 / 0.5 + 1 / 1.5 + 1 / 1.5 + 1 / 2.5), 1e-11);
    assert_near(o[DENS], log(1.0 + 6.0 / 3.0), 1e-15); /* inside all six */
    assert_near(o[OUT], 0.0, 0.0);
    assert_near(o[RAR], 2.0, 0.0);
    assert_near(o[p + LREAL], log(2.0 / 9.0), 1e-11);
    assert_near(o[p + DENS], log(1.0 + 1.0 / 3.0), 1e-15);
    assert_near(o[p + RAR], 8.0, 0.0);
    assert_near(o[2 * p + OUT], 1.0, 0.0);
    assert_near(o[2 * p + RAR], 0.0, 0.0);
    assert_near(o[2 * p + DENS], 0.0, 0.0);
    /* 5 is on the boundary of the ball around 3, which counts as a ball but not as one that holds it strictly. */
    assert_near(o[3 * p + DENS], log(1.0 + 3.0 / 3.0), 1e-15);
    assert_near(o[3 * p + RAR], 3.0, 0.0);
    feat_free(o);
}

static void test_more_blocks(void **state)
{
    (void)state;
    enum { N_REF = 80, D = 6 };
    judge_world w = judge_small_world(N_REF, 10, D, 3);
    gmet_judge_rows ref = judge_rows(w.ref, N_REF, D), x = judge_rows(w.feat, w.n, D);
    gmet_judge_rows ref_logits = judge_rows(w.ref, N_REF, 3), logits = judge_rows(w.feat, w.n, 3);
    gmet_judge_ref_options o;
    gmet_judge_ref *r;
    char name[24];
    w.feat[1] = w.feat[4] = 0.0;
    gmet_judge_ref_options_init(&o, sizeof o);
    o.blocks = GMET_JUDGE_ALL_BLOCKS;
    o.components = 2;
    o.mixture = 1;
    assert_int_equal(gmet_judge_ref_create(&r, &ref, &ref_logits, &o, NULL, NULL), FEAT_OK);
    size_t p = gmet_judge_n_features(r);
    const char *const names[] = {"ld1",   "ld3",  "ld5", "lreal", "knn",    "mah",  "dmu",
                                 "dens",  "out",  "rar", "gmm",   "res",    "norm", "sparsity",
                                 "cosmu", "kmmd", "ent", "maxp",  "klreal", "raw0", "raw1"};
    assert_int_equal(p, sizeof names / sizeof names[0]);
    for (size_t c = 0; c < p; c++)
        assert_string_equal(gmet_judge_feature_name(r, c, name), names[c]);
    double *out = fixture_doubles(w.n * p), mu[D] = {0}, real_p[3] = {0};
    assert_int_equal(gmet_judge_features(out, NULL, r, &x, &logits, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < N_REF; i++) {
        double sum = 0.0;
        for (size_t c = 0; c < 3; c++)
            sum += exp(w.ref[i * 3 + c]);
        for (size_t c = 0; c < 3; c++)
            real_p[c] += exp(w.ref[i * 3 + c]) / sum / N_REF;
        for (size_t c = 0; c < D; c++)
            mu[c] += w.ref[i * D + c] / N_REF;
    }
    for (size_t i = 0; i < w.n; i++) {
        double *f = out + i * p, norm = 0.0, dot = 0.0, mean = 0.0, kernel = 0.0, off = 0.0, sum = 0.0,
               entropy = 0.0;
        double divergence = 0.0, largest = 0.0;
        size_t zeros = 0;
        for (size_t c = 0; c < D; c++) {
            double v = w.feat[i * D + c];
            norm += v * v;
            dot += v * mu[c];
            mean += mu[c] * mu[c];
            off += (v - mu[c]) * (v - mu[c]);
            zeros += v == 0.0;
        }
        for (size_t r_ = 0; r_ < N_REF; r_++) {
            double product = 0.0;
            for (size_t c = 0; c < D; c++)
                product += w.feat[i * D + c] * w.ref[r_ * D + c];
            kernel += pow(product / D + 1.0, 3.0) / N_REF;
        }
        for (size_t c = 0; c < 3; c++)
            sum += exp(w.feat[i * 3 + c]);
        for (size_t c = 0; c < 3; c++) {
            double q = exp(w.feat[i * 3 + c]) / sum;
            entropy -= q * log(q);
            divergence += q * log(q / real_p[c]);
            largest = q > largest ? q : largest;
        }
        assert_near(f[12], 0.5 * log(norm), 1e-11);
        assert_near(f[13], (double)zeros / D, 0.0);
        assert_near(f[14], dot / sqrt(norm * mean), 1e-12);
        assert_near(f[15], kernel, 1e-12 * fabs(kernel) + 1e-12);
        assert_near(f[16], entropy, 1e-12);
        assert_near(f[17], largest, 1e-14);
        assert_near(f[18], divergence, 1e-9);
        /* Whitened coordinates and the residual add up to the distance from the mean. */
        gmet_judge_ref_parts parts;
        gmet_judge_ref_view(&parts, r);
        double inside = f[19] * f[19] * parts.w[0] + f[20] * f[20] * parts.w[1];
        assert_near(inside + exp(2.0 * f[11]), off, 1e-9);
        /* One component: the log-density of a Gaussian with the reference's moments (divisor n, same ridge). */
        double quadratic = 0.0, half_log = 0.0;
        double ridge =
            1e-3 * (parts.w[0] + parts.w[1] + parts.w[2] + parts.w[3] + parts.w[4] + parts.w[5]) / D;
        for (size_t a = 0; a < D; a++) {
            double y = 0.0, variance = parts.w[a] * (N_REF - 1.0) / N_REF + ridge;
            for (size_t c = 0; c < D; c++)
                y += parts.axes[a * D + c] * (w.feat[i * D + c] - mu[c]);
            quadratic += y * y / variance;
            half_log += 0.5 * log(variance);
        }
        assert_near(f[10], -0.5 * quadratic - half_log - 0.5 * D * log(6.283185307179586477), 1e-8);
    }
    feat_free(out);
    gmet_judge_ref_close(&r);
    judge_free(&w);
}

/* --- what must not matter
 * --------------------------------------------------------------------------------------- */

/* Rotations in random planes. */
static void rotate(double *x, size_t n, size_t d, uint64_t seed)
{
    gmet_splitmix s = {seed};
    for (size_t turn = 0; turn < 8 * d; turn++) {
        size_t a = (size_t)(gmet_splitmix_unit(&s) * (double)d),
               b = (size_t)(gmet_splitmix_unit(&s) * (double)d);
        double t = gmet_splitmix_unit(&s) * 6.0, c = cos(t), q = sin(t);
        for (size_t i = 0; i < n && a != b; i++) {
            double u = x[i * d + a], v = x[i * d + b];
            x[i * d + a] = c * u - q * v;
            x[i * d + b] = q * u + c * v;
        }
    }
}

static void test_rotation(void **state)
{
    (void)state;
    for (size_t n_ref = 40; n_ref <= 400; n_ref += 360) { /* fewer rows than columns, and more */
        judge_world w = judge_small_world(n_ref, 50, 48, 5);
        gmet_judge_rows ref = judge_rows(w.ref, n_ref, 48), x = judge_rows(w.feat, w.n, 48);
        size_t p;
        double *before = measure(&ref, &x, NULL, NULL, NULL, &p);
        rotate(w.ref, n_ref, 48, 9);
        rotate(w.feat, w.n, 48, 9);
        double *after = measure(&ref, &x, NULL, NULL, NULL, &p);
        for (size_t i = 0; i < w.n * p; i++)
            assert_near(after[i], before[i], 1e-9 * (1.0 + fabs(before[i])));
        feat_free(before);
        feat_free(after);
        judge_free(&w);
    }
}

static void test_scaling(void **state)
{
    (void)state;
    const double c = 3.7;
    judge_world w = judge_small_world(200, 50, 12, 6);
    gmet_judge_rows ref = judge_rows(w.ref, 200, 12), x = judge_rows(w.feat, w.n, 12);
    size_t p;
    double *before = measure(&ref, &x, NULL, NULL, NULL, &p);
    for (size_t i = 0; i < 200 * 12; i++)
        w.ref[i] *= c;
    for (size_t i = 0; i < w.n * 12; i++)
        w.feat[i] *= c;
    double *after = measure(&ref, &x, NULL, NULL, NULL, &p);
    for (size_t i = 0; i < w.n; i++) {
        const double *a = after + i * p, *b = before + i * p;
        for (size_t j = LD1; j <= LD5; j++)
            assert_near(a[j], b[j] + log(c), 1e-9);
        assert_near(a[DMU], b[DMU] + log(c), 1e-9);
        assert_near(a[KNN], b[KNN] - log(c), 1e-9);
        assert_near(a[RAR], b[RAR] * c, 1e-9);
        assert_near(a[LREAL], b[LREAL], 1e-9);
        assert_near(a[MAH], b[MAH], 1e-9);
        assert_near(a[DENS], b[DENS], 0.0);
        assert_near(a[OUT], b[OUT], 0.0);
    }
    feat_free(before);
    feat_free(after);
    judge_free(&w);
}

/* The order of reference rows moves rounding only; that of images moves nothing but their rows. */
static void test_order(void **state)
{
    (void)state;
    judge_world w = judge_small_world(150, 40, 10, 8);
    gmet_judge_rows ref = judge_rows(w.ref, 150, 10), x = judge_rows(w.feat, w.n, 10);
    size_t p;
    double *before = measure(&ref, &x, NULL, NULL, NULL, &p), *turned = fixture_doubles(w.n * 10);
    for (size_t i = 0; i < w.n; i++)
        memcpy(turned + i * 10, w.feat + (w.n - 1 - i) * 10, 10 * sizeof *turned);
    x.g = turned;
    double *after = measure(&ref, &x, NULL, NULL, NULL, &p);
    for (size_t i = 0; i < w.n; i++)
        assert_memory_equal(after + i * p, before + (w.n - 1 - i) * p, p * sizeof *after);
    feat_free(after);
    double *back = fixture_doubles(150 * 10);
    for (size_t i = 0; i < 150; i++)
        memcpy(back + i * 10, w.ref + (149 - i) * 10, 10 * sizeof *back);
    ref.g = back;
    x.g = w.feat;
    after = measure(&ref, &x, NULL, NULL, NULL, &p);
    for (size_t i = 0; i < w.n * p; i++)
        assert_near(after[i], before[i], 1e-10);
    feat_free(after);
    feat_free(back);
    feat_free(turned);
    feat_free(before);
    judge_free(&w);
}

/* All principal components are another coordinate system; a few are fewer columns. */
static void test_pca(void **state)
{
    (void)state;
    judge_world w = judge_small_world(150, 40, 10, 8);
    gmet_judge_rows ref = judge_rows(w.ref, 150, 10), x = judge_rows(w.feat, w.n, 10);
    gmet_judge_ref_options o;
    size_t p;
    double *plain = measure(&ref, &x, NULL, NULL, NULL, &p);
    gmet_judge_ref_options_init(&o, sizeof o);
    o.pca = 10;
    double *turned = measure(&ref, &x, &o, NULL, NULL, &p);
    for (size_t i = 0; i < w.n * p; i++)
        assert_near(turned[i], plain[i], 1e-9 * (1.0 + fabs(plain[i])));
    o.pca = 3;
    double *few = measure(&ref, &x, &o, NULL, NULL, &p);
    for (size_t i = 0; i < w.n; i++)
        assert_true(few[i * p + LD1] < plain[i * p + LD1]);
    feat_free(few);
    feat_free(turned);
    feat_free(plain);
    judge_free(&w);
}

static uint64_t hash_of(const gmet_context *context)
{
    judge_world w = judge_small_world(300, 100, 33, 2);
    gmet_judge_rows ref = judge_rows(w.ref, 300, 33), x = judge_rows(w.feat, w.n, 33);
    gmet_judge_ref_options o;
    gmet_judge_fit_options fit;
    gmet_judge_ref_options_init(&o, sizeof o);
    o.blocks = GMET_JUDGE_STATS | GMET_JUDGE_GMM | GMET_JUDGE_KMMD | GMET_JUDGE_RAW;
    size_t p;
    double *out = measure(&ref, &x, &o, context, NULL, &p), *q = fixture_doubles(w.n);
    uint64_t h = fixture_hash(FIXTURE_HASH_START, out, w.n * p * sizeof *out);
    for (int kind = GMET_JUDGE_LOGISTIC; kind <= GMET_JUDGE_KRR; kind++) {
        gmet_judge_model *model;
        fit = judge_fit_options((gmet_judge_kind)kind);
        assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){out, p, &w.set}, NULL, &fit, context, NULL),
                         FEAT_OK);
        assert_int_equal(gmet_judge_predict(q, model, &(gmet_judge_samples){out, p, &(gmet_judge_set){.n = w.n}}, NULL,
                                            context, NULL),
                         FEAT_OK);
        h = fixture_hash(h, q, w.n * sizeof *q);
        gmet_judge_model_close(&model);
    }
    gmet_judge_interval a, b;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 50, .seed = 1};
    assert_int_equal(gmet_judge_agree_interval(&a, &b, &w.set, &boot, context, NULL), FEAT_OK);
    h = fixture_hash(h, &a, sizeof a);
    feat_free(q);
    feat_free(out);
    judge_free(&w);
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, hash_of(NULL));
}

/* --- images in the reference
 * ------------------------------------------------------------------------------------ */

static void check_leak(size_t pca)
{
    enum { LEAKED = 50, N_REF = 400 };
    judge_world w = judge_small_world(N_REF, 100, 12, 4);
    double *mixed = fixture_doubles((N_REF + LEAKED) * 12);
    gmet_judge_rows clean = judge_rows(w.ref, N_REF, 12), dirty = judge_rows(mixed, N_REF + LEAKED, 12);
    gmet_judge_rows x = judge_rows(w.feat, w.n, 12);
    unsigned char copies[300], drop[N_REF + LEAKED];
    gmet_judge_ref_options o;
    gmet_judge_ref *ref;
    size_t p, n = 0, dropped = 0, kept = 0;
    gmet_judge_ref_options_init(&o, sizeof o);
    o.pca = pca;
    double *want = measure(&clean, &x, &o, NULL, copies, &p);
    for (size_t i = 0; i < w.n; i++)
        n += copies[i];
    assert_int_equal(n, 0);
    for (size_t i = 0, leaked = 0; i < N_REF + LEAKED;
         i++) { /* every ninth row is a real image under judgement */
        bool leak = i % 9 == 8;
        memcpy(mixed + i * 12, leak ? w.feat + leaked * 12 : w.ref + (i - leaked) * 12, 12 * sizeof *mixed);
        leaked += leak;
    }
    double *spoilt = measure(&dirty, &x, &o, NULL, copies, &p);
    for (size_t i = 0; i < w.n; i++) {
        n += copies[i];
        assert_int_equal(copies[i], i < LEAKED);
    }
    assert_int_equal(n, LEAKED);
    assert_memory_not_equal(spoilt, want, w.n * p * sizeof *want);
    assert_int_equal(gmet_judge_ref_create(&ref, &dirty, NULL, &o, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_judge_ref_copies(drop, ref, &x, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < N_REF + LEAKED; i++) {
        dropped += drop[i];
        if (!drop[i])
            memmove(mixed + kept++ * 12, mixed + i * 12, 12 * sizeof *mixed);
    }
    assert_int_equal(dropped, LEAKED);
    dirty.n = kept;
    double *again = measure(&dirty, &x, &o, NULL, NULL, &p);
    assert_memory_equal(again, want, w.n * p * sizeof *want);
    gmet_judge_ref_close(&ref);
    feat_free(again);
    feat_free(spoilt);
    feat_free(want);
    feat_free(mixed);
    judge_free(&w);
}

static void test_leak(void **state)
{
    (void)state;
    check_leak(0);
    check_leak(5);
}

/* Rows that occur often: balls of radius 0 hold exact copies only. */
static void test_duplicates(void **state)
{
    (void)state;
    double ref[10 * 2], x[2 * 2] = {1, 1, 1.5, 1};
    for (size_t i = 0; i < 20; i++)
        ref[i] = 1.0;
    gmet_judge_rows reals = judge_rows(ref, 10, 2), images = judge_rows(x, 2, 2);
    unsigned char copies[2];
    size_t p;
    double *o = measure(&reals, &images, NULL, NULL, copies, &p);
    assert_true(copies[0] == 1 && copies[1] == 0);
    assert_near(o[OUT], 0.0, 0.0);
    assert_near(o[DENS], log(1.0 + 10.0 / 3.0), 1e-15);
    assert_near(o[p + OUT], 1.0, 0.0);
    feat_free(o);
}

/* Predictions [n] of a model fitted to all images, their statistics against a reference; features times c. */
static double *predict_scaled(const judge_world *w, uint32_t blocks, gmet_judge_kind kind, double c)
{
    gmet_judge_ref_options options;
    gmet_judge_fit_options fit;
    gmet_judge_model *model;
    feat_error err;
    double *x = feat_alloc_array(w->n * w->d, sizeof *x), *r = feat_alloc_array(w->n_ref * w->d, sizeof *r),
           *out = feat_alloc_array(w->n, sizeof *out);
    size_t p;
    assert_true(x != NULL && r != NULL && out != NULL);
    for (size_t i = 0; i < w->n * w->d; i++)
        x[i] = c * w->feat[i];
    for (size_t i = 0; i < w->n_ref * w->d; i++)
        r[i] = c * w->ref[i];
    gmet_judge_rows reals = judge_rows(r, w->n_ref, w->d), rows = judge_rows(x, w->n, w->d);
    gmet_judge_ref_options_init(&options, sizeof options);
    options.blocks = blocks;
    options.components = 4;
    double *f = measure(&reals, &rows, &options, NULL, NULL, &p);
    fit = judge_fit_options(kind);
    if (gmet_judge_fit(&model, &(gmet_judge_samples){f, p, &w->set}, NULL, &fit, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(
        gmet_judge_predict(out, model, &(gmet_judge_samples){f, p, &(gmet_judge_set){.n = w->n}}, NULL, NULL, NULL),
        FEAT_OK);
    gmet_judge_model_close(&model);
    feat_free(f);
    feat_free(x);
    feat_free(r);
    return out;
}

/* Features in other units are the same features: nothing in the judge has a length of its own (but kmmd, whose kernel
 * is the published one). References: as ever, with fewer rows than columns, most rows copies of one. */
static void test_no_length_of_its_own(void **state)
{
    (void)state;
    const uint32_t blocks = GMET_JUDGE_STATS | GMET_JUDGE_GMM | GMET_JUDGE_RES | GMET_JUDGE_NORM | GMET_JUDGE_SPARSITY |
                            GMET_JUDGE_COSMU | GMET_JUDGE_RAW;
    for (int what = 0; what < 3; what++) {
        judge_world w = judge_small_world(what == 1 ? 10 : 60, 30, 12, 21);
        for (size_t i = 0; i < 40 * w.d && what == 2; i++)
            w.ref[i] = w.ref[i % w.d];
        memcpy(w.feat, w.ref, w.d * sizeof *w.feat); /* an image at distance 0 */
        for (int kind = GMET_JUDGE_LOGISTIC; kind <= GMET_JUDGE_KRR; kind++) {
            double *plain = predict_scaled(&w, blocks, (gmet_judge_kind)kind, 1.0);
            for (int power = -60; power <= 30; power += 30) {
                double *scaled = predict_scaled(&w, blocks, (gmet_judge_kind)kind, ldexp(1.0, power));
                double worst = 0.0;
                for (size_t i = 0; i < w.n; i++)
                    worst = fmax(worst, fabs(scaled[i] - plain[i]));
                if (!(worst < 1e-11))
                    fail_msg("reference %d, model %d, 2^%d: off by %.3g", what, kind, power, worst);
                feat_free(scaled);
            }
            feat_free(plain);
        }
        judge_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mahalanobis), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_more_blocks), cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_scaling),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_pca),         cmocka_unit_test(test_leak),
        cmocka_unit_test(test_duplicates),  cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_length_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
