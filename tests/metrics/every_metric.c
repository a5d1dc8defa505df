/* See every_metric.h. */
#include "tests/metrics/every_metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/diversity/split_order.h"
#include "metrics/gmet.h"
#include "metrics/judge/gjudge.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"

enum { N = EVERY_N, M = EVERY_M, D = EVERY_D };

static float *a, *b;
static uint32_t label[N];
static judge_world world;
static gmet_judge_samples samples;
static double *statistics;

#define A SET(a, N, D)
#define B SET(b, M, D)

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

static feat_status of_pr_curve(const gmet_context *context, feat_error *err)
{
    static const size_t ks[3] = {1, 3, 5};
    gmet_pr_result r[3];
    return gmet_precision_recall_curve(r, ks, 3, NULL, A, B, context, err);
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
    const gmet_fid_side real = {.rows = a, .n = N};
    gmet_infinity_options_init(&o, sizeof o);
    o.n_points = 4;
    feat_status status = gmet_fid_infinity(&r, NULL, &o, &real, B, context, err);
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

const every_metric every_metrics[] = {
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
    {"precision and recall of several k", of_pr_curve},
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
    {NULL, NULL},
};

int every_metric_make(void **state)
{
    (void)state;
    size_t p;
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

int every_metric_free(void **state)
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
