/* What the metrics refuse and in what words: options outside their range, sizes that overflow, values too
 * large, a run that is to stop; and that they hold at the ends of the range of floats. */
#include <stdatomic.h>

#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static feat_error err;

#define assert_refused(call, status, says) refused_at(call, status, says, __LINE__)
static void refused_at(feat_status found, feat_status expected, const char *says, int line)
{
    if (found != expected || err.status != expected || strstr(err.message, says) == NULL)
        fail_msg("line %d: status %d (expected %d), \"%s\" (expected \"%s\")", line, (int)found,
                 (int)expected, err.message, says);
    memset(&err, 0, sizeof err);
}

static const float few[8] = {0, 1, 2, 3, 5, 8, 13, 21}; /* 4 rows of 2, 8 of 1 */

static void test_options(void **state)
{
    (void)state;
    gmet_kid_options kid;
    gmet_kid_result kid_result;
    gmet_kid_options_init(&kid, sizeof kid);
    kid.subset_size = 2;
    kid.gamma = (double)NAN;
    assert_refused(gmet_kid(&kid_result, &kid, SET(few, 4, 2), SET(few, 4, 2), NULL, &err), FEAT_ERR_ARG,
                   "finite coef0 and gamma >= 0");
    kid.gamma = -1.0;
    assert_refused(gmet_kid(&kid_result, &kid, SET(few, 4, 2), SET(few, 4, 2), NULL, &err), FEAT_ERR_ARG,
                   "1 and -1 found");
    kid.gamma = 0.0;
    kid.coef0 = (double)INFINITY;
    assert_refused(gmet_kid(&kid_result, &kid, SET(few, 4, 2), SET(few, 4, 2), NULL, &err), FEAT_ERR_ARG,
                   "inf and 0 found");
    gmet_ct_options ct;
    gmet_ct_result ct_result;
    size_t *const of_ct[] = {&ct.n_cells, &ct.n_init, &ct.max_dim};
    for (size_t i = 0; i < 3; i++) {
        gmet_ct_options_init(&ct, sizeof ct);
        *of_ct[i] = 0;
        assert_refused(gmet_ct(&ct_result, &ct, SET(few, 4, 2), SET(few, 4, 2), SET(few, 4, 2), NULL, &err),
                       FEAT_ERR_ARG, "C_T: ");
    }
    gmet_mifid_options mifid;
    gmet_mifid_result mifid_result;
    const double thresholds[] = {-0.1, 1.1, (double)NAN};
    for (size_t i = 0; i < 3; i++) {
        gmet_mifid_options_init(&mifid, sizeof mifid);
        mifid.threshold = thresholds[i];
        assert_refused(gmet_mifid(&mifid_result, 1.0, &mifid, SET(few, 4, 2), SET(few, 4, 2), NULL, &err), FEAT_ERR_ARG,
                       "threshold 0 to 1 expected");
    }
    gmet_prd_options prd;
    gmet_prd_result prd_result;
    size_t *const of_prd[] = {&prd.n_clusters, &prd.n_runs, &prd.n_angles};
    for (size_t i = 0; i < 3; i++) {
        gmet_prd_options_init(&prd, sizeof prd);
        prd.n_clusters = 2;
        *of_prd[i] = i == 2 ? 2 : 0;
        assert_refused(gmet_prd_curve(&prd_result, NULL, NULL, &prd, SET(few, 4, 2), SET(few, 4, 2), NULL, &err),
                       FEAT_ERR_ARG, "PRD");
    }
    const uint32_t label[4] = {0, 0, 0, 0};
    gmet_class_options classes;
    gmet_class_score score;
    gmet_class_mean mean;
    size_t *const of_classes[] = {&classes.n_splits, &classes.k};
    for (size_t i = 0; i < 2; i++) {
        gmet_class_options_init(&classes, sizeof classes);
        *of_classes[i] = 0;
        assert_refused(gmet_per_class(&score, &mean, 1, &classes, LABELLED(few, label, 4, 2),
                                      LABELLED(few, label, 4, 2), NULL, NULL, &err), FEAT_ERR_ARG, "per class: ");
    }
}

/* Logits are left alone when no Inception Score is asked for. */
static void test_classes_without_score(void **state)
{
    (void)state;
    const float logits[8] = {(float)NAN, 0, 0, 0, 0, 0, 0, 0};
    const uint32_t label[4] = {0, 0, 0, 0};
    gmet_class_options classes;
    gmet_class_score score;
    gmet_class_mean mean;
    gmet_class_options_init(&classes, sizeof classes);
    classes.is = 0;
    assert_int_equal(gmet_per_class(&score, &mean, 1, &classes, LABELLED(few, label, 4, 2), LABELLED(few, label, 4, 2),
                                    SET(logits, 4, 2), NULL, &err), FEAT_OK);
    assert_true(score.has_fid && !score.has_is && mean.n_is == 0);
    classes.is = 1;
    assert_refused(gmet_per_class(&score, &mean, 1, &classes, LABELLED(few, label, 4, 2), LABELLED(few, label, 4, 2),
                                  SET(logits, 4, 2), NULL, &err), FEAT_ERR_NUMERIC, "row 0, column 0");
}

typedef struct freed {
    size_t times;
} freed;

static void count(void *ctx)
{
    ((freed *)ctx)->times++;
}

static void test_fid(void **state)
{
    (void)state;
    const double mu[2] = {1, 2}, nan[2] = {0, (double)NAN}, one[4] = {1, 0.5, 0.5, 1},
                 two[4] = {2, 0.25, 0.25, 3};
    const double large[4] = {1e200, 0, 0, 1e200}, larger[4] = {2e200, 0, 0, 1e200};
    const double largest[4] = {1e308, 0, 0, 1e308}, far[2] = {1e200, 0};
    gmet_fid_result r, same;
    assert_refused(gmet_fid(&r, mu, one, mu, one, 0, NULL, &err), FEAT_ERR_ARG, "order at least 1 expected");
    assert_refused(gmet_fid(&r, nan, one, mu, two, 2, NULL, &err), FEAT_ERR_NUMERIC, "mean 1: element 1");
    assert_refused(gmet_fid(&r, mu, one, nan, two, 2, NULL, &err), FEAT_ERR_NUMERIC, "mean 2: element 1");
    /* Too large for the product of the covariances, for a square of a mean, and for a trace. */
    assert_refused(gmet_fid(&r, mu, large, mu, larger, 2, NULL, &err), FEAT_ERR_NUMERIC,
                   "too large to be multiplied");
    assert_refused(gmet_fid(&r, far, one, mu, one, 2, NULL, &err), FEAT_ERR_NUMERIC, "the distance overflows");
    assert_refused(gmet_fid(&r, mu, largest, mu, largest, 2, NULL, &err), FEAT_ERR_NUMERIC,
                   "the distance overflows");
    /* The same from sides, which are told when their covariance is done with; not when nothing was begun. */
    freed first = {0}, second = {0};
    gmet_fid_side real = {.mu = mu, .sigma = one, .sigma_done = count, .ctx = &first};
    gmet_fid_side gen = {.mu = nan, .sigma = two, .sigma_done = count, .ctx = &second};
    assert_refused(gmet_fid_of_sides(&r, &real, &gen, 0, NULL, &err), FEAT_ERR_ARG, "order at least 1");
    assert_true(first.times == 0 && second.times == 0);
    gen.mu = mu;
    assert_int_equal(gmet_fid_of_sides(&r, &real, &gen, 2, NULL, &err), FEAT_OK);
    assert_int_equal(gmet_fid(&same, mu, one, mu, two, 2, NULL, &err), FEAT_OK);
    assert_memory_equal(&r, &same, sizeof r);
    assert_true(first.times == 1 && second.times == 1);
    gmet_fid_uncertainty_result u;
    real.rows = few;
    real.n = 4;
    gen.sigma = NULL; /* neither rows nor all of the moments */
    assert_refused(gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, 2, NULL, &err), FEAT_ERR_ARG,
                   "neither rows nor moments");
}

/* Sizes whose product no size_t holds are memory that there is not; nothing of the arguments is read. */
static void test_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {(size_t)1 << 32, (size_t)1 << 33, SIZE_MAX / 8,
                                   SIZE_MAX / 2,    SIZE_MAX - 1,    SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        gmet_moments *m = (gmet_moments *)(void *)&err;
        assert_refused(gmet_moments_create(&m, sizes[i], NULL, &err), FEAT_ERR_NOMEM,
                       "no memory for the covariance");
        assert_null(m);
        assert_int_equal(gmet_moments_sums(sizes[i]), 0);
    }
    assert_int_equal(gmet_moments_sums(0), 0);
    assert_int_equal(gmet_moments_sums(1), 3);
    assert_int_equal(gmet_moments_sums(2048), 2 * 2048 + 2048 * 2049 / 2);
}

/* Means of parts from elsewhere may be so large that the sum of a few distances overflows. */
static void test_extrapolation_overflows(void **state)
{
    (void)state;
    enum { ROWS = 60 };
    const double sums[] = {0x1p511, 0.0, 2.0 * 0x1p1002}; /* of two rows */
    const gmet_moments_part part = {.first = 0, .span = GMET_MOMENTS_BLOCK, .n = 2, .sums = sums};
    double mu, sigma;
    const gmet_fid_side real = {.mu = &mu, .sigma = &sigma};
    gmet_infinity_options o;
    gmet_infinity_result r;
    gmet_infinity_point points[4];
    gmet_moments *m = NULL;
    float *x = fixture_features(ROWS, 1, 3, 0.0);
    gmet_infinity_options_init(&o, sizeof o);
    o.n_points = 4;
    assert_int_equal(gmet_moments_create(&m, 1, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add_part(m, &part, &err), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, &mu, &sigma, 1, &err), FEAT_OK);
    assert_refused(gmet_fid_infinity(&r, points, &o, &real, SET(x, ROWS, 1), NULL, &err), FEAT_ERR_NUMERIC,
                   "the values of 4 subsets overflow");
    gmet_moments_close(&m);
    feat_free(x);
}

/* Sets of 4 rows of 2 columns and of 8 rows of 1: no metric takes them together. */
static void test_widths(void **state)
{
    (void)state;
    const gmet_set *wide = SET(few, 4, 2), *narrow = SET(few, 8, 1);
    double number;
    gmet_pr_result pr = {0};
    gmet_prdc_result prdc = {0};
    gmet_prd_result prd;
    gmet_kid_result kid;
    gmet_kid_full_result full;
    gmet_mind_result mind;
    gmet_cmmd_result cmmd;
    gmet_ct_result ct;
    gmet_image_score scores[8];
    gmet_sampling_error e[3];
    gmet_prd_options any = {.struct_size = sizeof any, .n_clusters = 2, .n_angles = 5, .n_runs = 1};
    gmet_kid_options subsets = {.struct_size = sizeof subsets, .n_subsets = 1, .subset_size = 2, .degree = 3};
    const char *says = "the same columns, 2 and 1 found";
    assert_refused(gmet_precision_recall(&pr, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_pr_error(e, &pr, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_prdc(&prdc, NULL, &(gmet_prdc_options){.struct_size = sizeof(gmet_prdc_options), .k = 1}, wide,
                             narrow, NULL, &err),
                   FEAT_ERR_ARG, says);
    assert_refused(gmet_prdc_error(e, e + 1, &prdc, &(uint32_t){0}, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG,
                   says);
    assert_refused(gmet_image_scores(scores, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_authpct(&number, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_authpct_error(e, 0.0, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_prd_curve(&prd, NULL, NULL, &any, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_kid(&kid, &subsets, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_kid_full(&full, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_kid_both(&full, &kid, &subsets, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_mind(&mind, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_cmmd(&cmmd, NULL, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
    assert_refused(gmet_ct(&ct, NULL, wide, wide, narrow, NULL, &err), FEAT_ERR_ARG, says);
}

static int yes(void *count)
{
    ++*(atomic_int *)count;
    return 1;
}

/* Whoever asks to stop gets no number from the scans over pairs. */
static void test_stops(void **state)
{
    (void)state;
    sets s = make_sets();
    feat_pool *pool = NULL;
    gmet_pr_options pr;
    gmet_pr_result pr_result;
    gmet_prdc_result prdc;
    gmet_kid_options kid;
    gmet_kid_result kid_result;
    gmet_kid_full_result full;
    gmet_cmmd_result cmmd;
    double percent;
    gmet_image_score *scores = feat_alloc_array(N_B, sizeof *scores);
    assert_non_null(scores);
    assert_int_equal(feat_pool_create(&pool, 2, NULL), FEAT_OK);
    atomic_int asked = 0;
    gmet_context context = {.pool = pool, .stop = yes, .stop_ctx = &asked};
    gmet_pr_options_init(&pr, sizeof pr);
    for (int form = 0; form < 3; form++) {
        pr.adm_fp16 = form == 1;
        pr.stylegan_fp16 = form == 2;
        assert_refused(gmet_precision_recall(&pr_result, &pr, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err),
                       FEAT_ERR_CANCELLED, "interrupted");
    }
    assert_refused(gmet_prdc(&prdc, NULL, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err), FEAT_ERR_CANCELLED,
                   "interrupted");
    assert_refused(gmet_image_scores(scores, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err),
                   FEAT_ERR_CANCELLED, "interrupted");
    assert_refused(gmet_authpct(&percent, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err), FEAT_ERR_CANCELLED,
                   "interrupted");
    gmet_kid_options_init(&kid, sizeof kid);
    kid.subset_size = 250;
    assert_refused(gmet_kid(&kid_result, &kid, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err), FEAT_ERR_CANCELLED,
                   "interrupted");
    kid.n_subsets = 1;
    kid.subset_size = 40;
    assert_refused(gmet_kid(&kid_result, &kid, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err), FEAT_ERR_CANCELLED,
                   "interrupted");
    assert_refused(gmet_kid_full(&full, &kid, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err), FEAT_ERR_CANCELLED,
                   "interrupted");
    assert_refused(gmet_cmmd(&cmmd, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err), FEAT_ERR_CANCELLED,
                   "interrupted");
    assert_true(asked > 0);
    context.stop = NULL;
    assert_int_equal(gmet_precision_recall(&pr_result, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), &context, &err),
                     FEAT_OK);
    feat_pool_close(&pool);
    feat_free(scores);
    free_sets(&s);
}

/* Features times a power of two have the same neighbours, up to the largest float there is, where squares and
 * even the mean of rows overflow single precision, and down to where squares vanish in it. */
static void test_range_of_floats(void **state)
{
    (void)state;
    enum { N = 131, M = 90, W = 5 };
    const int powers[] = {124, 100, -60, -100};
    float *x = fixture_features(N, W, 7, 0.0), *y = fixture_features(M, W, 8, 0.3), *xs = constant(N * W, 0),
          *ys = constant(M * W, 0);
    gmet_prdc_result want, got;
    uint32_t balls[2][M];
    double radius[2][N];
    for (size_t i = 0; i < N * W; i++)
        x[i] = (float)lrintf(fmaxf(-7.0f, fminf(7.0f, x[i])) * 1024.0f) / 1024.0f;
    for (size_t i = 0; i < M * W; i++)
        y[i] = (float)lrintf(fmaxf(-7.0f, fminf(7.0f, y[i])) * 1024.0f) / 1024.0f;
    gmet_prdc_images images = {.n_balls = balls[0], .radius = radius[0]};
    assert_int_equal(gmet_prdc(&want, &images, NULL, SET(x, N, W), SET(y, M, W), NULL, &err), FEAT_OK);
    assert_true(want.precision > 0.2 && want.precision < 1.0);
    images = (gmet_prdc_images){.n_balls = balls[1], .radius = radius[1]};
    for (size_t p = 0; p < sizeof powers / sizeof powers[0]; p++) {
        for (size_t i = 0; i < N * W; i++)
            xs[i] = ldexpf(x[i], powers[p]);
        for (size_t i = 0; i < M * W; i++)
            ys[i] = ldexpf(y[i], powers[p]);
        assert_int_equal(gmet_prdc(&got, &images, NULL, SET(xs, N, W), SET(ys, M, W), NULL, &err), FEAT_OK);
        assert_memory_equal(&got, &want, sizeof got);
        assert_memory_equal(balls[1], balls[0], sizeof balls[0]);
        for (size_t i = 0; i < N; i++)
            assert_true(radius[1][i] == ldexp(radius[0][i], powers[p]));
    }
    /* Rows at the very end: the mean of equal ones overflows by rounding alone. Each still lies on the next. */
    float *ends = constant(N * W, 3.40282347e38f);
    gmet_pr_result pr;
    for (size_t n = 4; n <= N; n++) {
        assert_int_equal(gmet_precision_recall(&pr, NULL, SET(ends, n, W), SET(ends, n, W), NULL, &err), FEAT_OK);
        assert_true(pr.precision == 1.0 && pr.recall == 1.0);
    }
    float *all[] = {x, y, xs, ys, ends};
    for (size_t i = 0; i < 5; i++)
        feat_free(all[i]);
}

/* KID whose subsets share the pairs of all rows, and the other metrics with what is left out elsewhere. */
static feat_status allocate(void *ctx, feat_error *e)
{
    const sets *s = ctx;
    gmet_kid_options kid;
    gmet_kid_result kid_result;
    gmet_pr_options pr;
    gmet_pr_result pr_result;
    gmet_kid_options_init(&kid, sizeof kid);
    kid.n_subsets = 30;
    kid.subset_size = 20;
    feat_status status = gmet_kid(&kid_result, &kid, SET(s->a, 40, 4), SET(s->b, 50, 4), NULL, e);
    kid.n_subsets = 1;
    if (status == FEAT_OK)
        status = gmet_kid(&kid_result, &kid, SET(s->a, 400, 4), SET(s->b, 500, 4), NULL, e);
    gmet_pr_options_init(&pr, sizeof pr);
    pr.adm_fp16 = 1;
    if (status == FEAT_OK)
        status = gmet_precision_recall(&pr_result, &pr, SET(s->a, 20, 4), SET(s->b, 30, 4), NULL, e);
    pr.adm_fp16 = 0;
    pr.stylegan_fp16 = 1;
    if (status == FEAT_OK)
        status = gmet_precision_recall(&pr_result, &pr, SET(s->a, 20, 4), SET(s->b, 30, 4), NULL, e);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    sets s = make_sets();
    fixture_survives_no_memory(allocate, &s);
    free_sets(&s);
}

static int teardown(void **state)
{
    (void)state;
    return feat_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_classes_without_score),
        cmocka_unit_test(test_fid),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_extrapolation_overflows),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_range_of_floats),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("metric_refusals", tests, NULL, teardown);
}
