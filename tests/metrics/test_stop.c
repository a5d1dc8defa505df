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
#include "metrics/diversity/split_order.h"
#include "metrics/gmet.h"
#include "metrics/judge/gjudge.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"

/* More rows than a chunk of anything, and matrices of several panels and blocks. */
enum { N = 1200, M = 1020, D = 160 };

static float *a, *b;
static uint32_t label[N];
static judge_world world;
static gmet_judge_samples samples;
static double *statistics;

#define A SET(a, N, D)
#define B SET(b, M, D)

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

typedef feat_status (*metric)(const gmet_context *context, feat_error *err);

static feat_status of_moments(const gmet_context *context, feat_error *err)
{
    gmet_moments *m = NULL;
    feat_status status = gmet_moments_create(&m, D, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m, a, N, D, err);
    /* What is in them is whole rows, and they go on. */
    if (status == FEAT_ERR_CANCELLED && gmet_moments_count(m) != gmet_moments_next(m))
        fail_msg("moments: %zu rows, place %zu", gmet_moments_count(m), gmet_moments_next(m));
    gmet_moments_close(&m);
    return status;
}

static gmet_moments *moments_of(const float *rows, size_t n)
{
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, rows, n, D, NULL), FEAT_OK);
    return m;
}

static double mu[2][D], *sigma[2];

static feat_status of_fid(const gmet_context *context, feat_error *err)
{
    gmet_fid_result r;
    return gmet_fid(&r, mu[0], sigma[0], mu[1], sigma[1], D, context, err);
}

static feat_status of_uncertainty(const gmet_context *context, feat_error *err)
{
    gmet_fid_uncertainty_result r;
    gmet_geometry geometry;
    const gmet_fid_side x = {.rows = a, .n = N, .geometry = &geometry}, y = {.rows = b, .n = M};
    return gmet_fid_uncertainty(&r, NULL, NULL, &x, &y, D, context, err);
}

static feat_status of_uncertainty_of_moments(const gmet_context *context, feat_error *err)
{
    gmet_fid_uncertainty_result r;
    const gmet_fid_side x = {.mu = mu[0], .sigma = sigma[0], .n = N}, y = {.rows = b, .n = M};
    return gmet_fid_uncertainty(&r, NULL, NULL, &x, &y, D, context, err);
}

static feat_status of_geometry(const gmet_context *context, feat_error *err)
{
    gmet_geometry r;
    return gmet_geometry_of(&r, sigma[0], D, context, err);
}

static feat_status of_eigenvalues(const gmet_context *context, feat_error *err)
{
    double values[D];
    return gmet_eigsym(values, NULL, sigma[0], D, context, err);
}

static feat_status of_eigenvectors(const gmet_context *context, feat_error *err)
{
    double values[D], *vectors = fixture_doubles(D * D);
    feat_status status = gmet_eigsym(values, vectors, sigma[0], D, context, err);
    feat_free(vectors);
    return status;
}

static feat_status of_root(const gmet_context *context, feat_error *err)
{
    double *root = fixture_doubles(D * D);
    feat_status status = gmet_sqrtm(root, sigma[0], D, context, err);
    feat_free(root);
    return status;
}

static feat_status of_mifid(const gmet_context *context, feat_error *err)
{
    gmet_mifid_result r;
    return gmet_mifid(&r, 1.0, NULL, A, B, context, err);
}

static feat_status of_kid(const gmet_context *context, feat_error *err)
{
    gmet_kid_result r;
    return gmet_kid(&r, NULL, A, B, context, err);
}

static feat_status of_kid_alone(const gmet_context *context, feat_error *err)
{
    gmet_kid_options o;
    gmet_kid_result r;
    gmet_kid_options_init(&o, sizeof o);
    o.n_subsets = 4;
    o.subset_size = 300;
    return gmet_kid(&r, &o, A, B, context, err);
}

static feat_status of_kid_full(const gmet_context *context, feat_error *err)
{
    gmet_kid_full_result r;
    return gmet_kid_full(&r, NULL, A, B, context, err);
}

static feat_status of_kid_both(const gmet_context *context, feat_error *err)
{
    gmet_kid_full_result r;
    gmet_kid_result subsets;
    return gmet_kid_both(&r, &subsets, NULL, A, B, context, err);
}

static feat_status of_cmmd(const gmet_context *context, feat_error *err)
{
    gmet_cmmd_result r;
    return gmet_cmmd(&r, NULL, A, B, context, err);
}

static feat_status of_mind(const gmet_context *context, feat_error *err)
{
    gmet_mind_options o;
    gmet_mind_result r;
    gmet_mind_options_init(&o, sizeof o);
    o.n_directions = 200;
    return gmet_mind(&r, &o, A, B, context, err);
}

static feat_status of_ct(const gmet_context *context, feat_error *err)
{
    static gmet_ct_result r;
    return gmet_ct(&r, NULL, A, B, B, context, err);
}

static feat_status of_is(const gmet_context *context, feat_error *err)
{
    gmet_is_result r;
    gmet_is_error_result e;
    return gmet_is_with_error(&r, &e, NULL, A, context, err);
}

static feat_status of_is_order(const gmet_context *context, feat_error *err)
{
    gmet_order_result r;
    return gmet_is_order(&r, NULL, A, context, err);
}

static feat_status of_vendi(const gmet_context *context, feat_error *err)
{
    double score;
    return gmet_vendi(&score, 1.0, A, context, err);
}

static feat_status of_pr(const gmet_context *context, feat_error *err)
{
    gmet_pr_result r;
    return gmet_precision_recall(&r, NULL, A, B, context, err);
}

static feat_status of_pr_error(const gmet_context *context, feat_error *err)
{
    gmet_sampling_error e[3];
    const gmet_pr_result r = {.precision = 0.5, .recall = 0.25, .f_score = 1.0 / 3.0};
    return gmet_pr_error(e, &r, NULL, A, B, context, err);
}

static feat_status of_adm(const gmet_context *context, feat_error *err)
{
    gmet_pr_options o;
    gmet_pr_result r;
    gmet_pr_options_init(&o, sizeof o);
    o.adm_fp16 = 1;
    return gmet_precision_recall(&r, &o, A, B, context, err);
}

static feat_status of_stylegan(const gmet_context *context, feat_error *err)
{
    gmet_pr_options o;
    gmet_pr_result r;
    gmet_pr_options_init(&o, sizeof o);
    o.stylegan_fp16 = 1;
    return gmet_precision_recall(&r, &o, A, B, context, err);
}

static feat_status of_prdc(const gmet_context *context, feat_error *err)
{
    gmet_prdc_result r;
    return gmet_prdc(&r, NULL, NULL, A, B, context, err);
}

static feat_status of_images(const gmet_context *context, feat_error *err)
{
    gmet_image_score *scores = feat_alloc_array(M, sizeof *scores);
    assert_non_null(scores);
    feat_status status = gmet_image_scores(scores, NULL, A, B, context, err);
    feat_free(scores);
    return status;
}

static feat_status of_authpct(const gmet_context *context, feat_error *err)
{
    double percent;
    return gmet_authpct(&percent, NULL, A, B, context, err);
}

static feat_status of_prd(const gmet_context *context, feat_error *err)
{
    gmet_prd_options o;
    gmet_prd_result r;
    gmet_prd_options_init(&o, sizeof o);
    o.equal_sizes = 0;
    return gmet_prd_curve(&r, NULL, NULL, &o, A, B, context, err);
}

static feat_status of_fid_infinity(const gmet_context *context, feat_error *err)
{
    gmet_infinity_options o;
    gmet_infinity_result r;
    gmet_moments *m = moments_of(a, N);
    gmet_infinity_options_init(&o, sizeof o);
    o.n_points = 4;
    counted.total = counted.most = counted.work = counted.after = 0;
    feat_status status = gmet_fid_infinity(&r, NULL, &o, m, B, context, err);
    gmet_moments_close(&m);
    return status;
}

static feat_status of_is_infinity(const gmet_context *context, feat_error *err)
{
    gmet_infinity_result r;
    return gmet_is_infinity(&r, NULL, NULL, A, context, err);
}

static feat_status of_fid_jackknife(const gmet_context *context, feat_error *err)
{
    gmet_jackknife_value r;
    return gmet_fid_jackknife(&r, 3, A, B, context, err);
}

static feat_status of_is_jackknife(const gmet_context *context, feat_error *err)
{
    gmet_jackknife_value r;
    return gmet_is_jackknife(&r, 5, NULL, A, context, err);
}

static feat_status of_classes(const gmet_context *context, feat_error *err)
{
    gmet_class_score score[4];
    gmet_class_mean mean;
    return gmet_per_class(score, &mean, 4, NULL, LABELLED(a, label, N, D), LABELLED(b, label, M, D), B, context, err);
}

static feat_status of_judge_ref(const gmet_context *context, feat_error *err)
{
    gmet_judge_ref_options o;
    gmet_judge_ref *ref = NULL;
    const gmet_judge_rows rows = {.f = a, .n = N, .d = D};
    gmet_judge_ref_options_init(&o, sizeof o);
    o.blocks = GMET_JUDGE_STATS | GMET_JUDGE_GMM | GMET_JUDGE_KMMD;
    feat_status status = gmet_judge_ref_create(&ref, &rows, NULL, &o, context, err);
    if (status != FEAT_OK)
        assert_null(ref);
    gmet_judge_ref_close(&ref);
    return status;
}

static feat_status of_judge_fit(const gmet_context *context, feat_error *err)
{
    gmet_judge_model *model = NULL;
    const gmet_judge_fit_options o = judge_fit_options(GMET_JUDGE_KRR);
    feat_status status = gmet_judge_fit(&model, &samples, NULL, &o, context, err);
    if (status != FEAT_OK)
        assert_null(model);
    gmet_judge_model_close(&model);
    return status;
}

static feat_status of_judge_agree(const gmet_context *context, feat_error *err)
{
    gmet_judge_interval x, y;
    return gmet_judge_agree_interval(&x, &y, &world.set, NULL, context, err);
}

static feat_status of_judge_grid(const gmet_context *context, feat_error *err)
{
    static gmet_judge_cross r[GMET_JUDGE_MAX_CROSS * 31];
    size_t n;
    return gmet_judge_cross_grid(r, &n, &samples, NULL, context, err);
}

static const struct {
    const char *name;
    metric of;
} metrics[] = {
    {"moments", of_moments},
    {"FID", of_fid},
    {"error of FID", of_uncertainty},
    {"error of FID, moments", of_uncertainty_of_moments},
    {"geometry", of_geometry},
    {"eigenvalues", of_eigenvalues},
    {"eigenvectors", of_eigenvectors},
    {"square root", of_root},
    {"MiFID", of_mifid},
    {"KID", of_kid},
    {"KID, own pairs", of_kid_alone},
    {"KID, all pairs", of_kid_full},
    {"KID, both", of_kid_both},
    {"CMMD", of_cmmd},
    {"MIND", of_mind},
    {"C_T", of_ct},
    {"Inception Score", of_is},
    {"order", of_is_order},
    {"Vendi score", of_vendi},
    {"precision and recall", of_pr},
    {"their error", of_pr_error},
    {"the same, ADM", of_adm},
    {"the same, StyleGAN", of_stylegan},
    {"density and coverage", of_prdc},
    {"realism", of_images},
    {"AuthPct", of_authpct},
    {"PRD", of_prd},
    {"FID-infinity", of_fid_infinity},
    {"IS-infinity", of_is_infinity},
    {"jackknife of FID", of_fid_jackknife},
    {"jackknife of IS", of_is_jackknife},
    {"per class", of_classes},
    {"reference of a judge", of_judge_ref},
    {"kernel ridge", of_judge_fit},
    {"agreement", of_judge_agree},
    {"grid of judges", of_judge_grid},
};

/* Runs a metric that is asked to stop at the stop_at-th question. */
static feat_status run(size_t i, size_t stop_at, feat_pool *pool, feat_error *err)
{
    const feat_dmat_kernels kernels = counting_kernels();
    const gmet_context context = {
        .pool = pool, .kernels = pool == NULL ? &kernels : NULL, .stop = stop};
    counted = (struct counting){.stop_at = stop_at};
    *err = (feat_error){FEAT_OK, ""};
    return metrics[i].of(&context, err);
}

/* Multiplications between two questions: those of a block of pairs, 96 x 480 D, and 9 for an exponential. Of 2,048
 * columns that is 10^8, and the largest there is a chunk of moments, 128 D^2, 6 x 10^8; a core does 10^9 to 10^10 a
 * second. */
enum { MOST = 96 * 480 * (D + 16) };

static void every_metric_stops(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        feat_error err;
        size_t live = feat_alloc_live();
        if (run(i, SIZE_MAX, NULL, &err) != FEAT_OK)
            fail_msg("%s: %s", metrics[i].name, err.message);
        size_t asked = counted.asked, most = counted.most, total = counted.total;
        if (asked == 0 || most > MOST)
            fail_msg("%s: asked %zu times, up to %zu of %zu multiplications between", metrics[i].name, asked, most,
                     total);
        const size_t at[] = {1, 2, asked / 8 + 1, asked / 2 + 1, asked - asked / 8, asked};
        for (size_t k = 0; k < sizeof at / sizeof at[0]; k++) {
            feat_status status = run(i, at[k], NULL, &err);
            if (status != FEAT_ERR_CANCELLED || err.status != status || strcmp(err.message, "interrupted") != 0)
                fail_msg("%s: stopped at question %zu of %zu: status %d, %s", metrics[i].name, at[k], asked,
                         (int)status, err.message);
            if (counted.after > MOST)
                fail_msg("%s: stopped at question %zu of %zu: %zu of %zu multiplications after it", metrics[i].name,
                         at[k], asked, counted.after, total);
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
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        const size_t at[] = {1, 40, 400};
        for (size_t k = 0; k < 3; k++) {
            feat_error err = {FEAT_OK, ""};
            const gmet_context context = {.pool = pool, .stop = stop_all};
            counted = (struct counting){.stop_at = at[k]};
            feat_status status = metrics[i].of(&context, &err);
            if (status != FEAT_ERR_CANCELLED && (status != FEAT_OK || counted.asked >= at[k]))
                fail_msg("%s: stopped at question %zu: status %d, %s", metrics[i].name, at[k], (int)status,
                         err.message);
        }
    }
    feat_pool_close(&pool);
}

static int make_data(void **state)
{
    (void)state;
    size_t p;
    real = feat_dmat_best(UINT32_MAX);
    a = fixture_features(N, D, 1, 0.0);
    b = fixture_features(M, D, 2, 0.25);
    for (size_t i = 0; i < N; i++)
        label[i] = i & 3;
    for (size_t i = 0; i < 2; i++) {
        gmet_moments *m = moments_of(i == 0 ? a : b, i == 0 ? N : M);
        sigma[i] = fixture_doubles(D * D);
        assert_int_equal(gmet_moments_get(m, mu[i], sigma[i], 1, NULL), FEAT_OK);
        gmet_moments_close(&m);
    }
    world = judge_small_world(300, 200, 12, 3);
    statistics = judge_statistics(&world, GMET_JUDGE_STATS, 4, &p);
    samples = (gmet_judge_samples){statistics, p, &world.set};
    return 0;
}

static int free_data(void **state)
{
    (void)state;
    feat_free(statistics);
    judge_free(&world);
    feat_free(sigma[1]);
    feat_free(sigma[0]);
    feat_free(b);
    feat_free(a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_stops),
        cmocka_unit_test(threads_stop),
    };
    return cmocka_run_group_tests_name("stop", tests, make_data, free_data);
}
