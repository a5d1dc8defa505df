/* PRD curve: the curve of given histograms, the whole way with clustering, edges. */
#define EXPECT_CLUSTERS
#include "metrics/gmet.h"
#include "metrics/manifold/prd_curve.h"
#include "tests/metrics/more_fixture.h"

enum { N_ANGLES = 1001, STEP = 50 };

/* The two ends, 1e-10 in size, hang on the last bits of the reference's angles near pi / 2. */
static void expect(const double *got, const double *want)
{
    for (size_t i = 0; i < N_ANGLES; i += STEP)
        if (!(fabs(got[i] - want[i / STEP]) <= fmax(1e-9 * want[i / STEP], 1e-15)))
            fail_msg("at %zu: got %.17g, want %.17g", i, got[i], want[i / STEP]);
}

static void test_curve(void **state)
{
    (void)state;
    double *precision = fixture_doubles(N_ANGLES), *recall = fixture_doubles(N_ANGLES);
    gmet_prd_add_curve(precision, recall, prd_gen, prd_real, 20, N_ANGLES);
    expect(precision, expected_prd_precision);
    expect(recall, expected_prd_recall);
    for (size_t i = 0; i < N_ANGLES; i++) {
        assert_true(precision[i] >= 0.0 && precision[i] <= 1.0 && recall[i] >= 0.0 && recall[i] <= 1.0);
        assert_true(i == 0 || precision[i] >= precision[i - 1] - 1e-15);
        assert_true(i == 0 || recall[i] <= recall[i - 1] + 1e-15);
    }
    feat_free(precision);
    feat_free(recall);
}

/* Equal histograms: precision is min(tan, 1), so this is the tangent itself. */
static void test_tangent(void **state)
{
    (void)state;
    const double one = 1.0;
    for (size_t n = 3; n <= 1001; n += n < 20 ? 1 : 327) {
        double *precision = fixture_doubles(n), *recall = fixture_doubles(n);
        gmet_prd_add_curve(precision, recall, &one, &one, 1, n);
        for (size_t i = 0; i < n; i++) {
            double angle = 1e-10 + (double)i * ((acos(-1.0) / 2.0 - 2e-10) / (double)(n - 1));
            if (2 * i + 1 < n)
                assert_within(precision[i], tan(angle), 1e-14);
            else
                assert_true(precision[i] == 1.0 && fabs(recall[i] / precision[n - 1 - i] - 1.0) < 3e-16);
        }
        feat_free(precision);
        feat_free(recall);
    }
}

static void test_whole_way(void **state)
{
    (void)state;
    sets s = make_sets();
    double *precision = fixture_doubles(N_ANGLES), *recall = fixture_doubles(N_ANGLES);
    gmet_prd_result r;
    gmet_prd_options o;
    gmet_prd_options_init(&o, sizeof o);
    assert_true(o.n_clusters == 20 && o.n_angles == 1001 && o.n_runs == 10 && o.seed == 2020 &&
                o.equal_sizes);
    assert_int_equal(gmet_prd_curve(&r, precision, recall, &o, SET(s.a, N_A, D), SET(s.b, N_A, D), NULL, NULL),
                     FEAT_OK);
    expect(precision, expected_prd_pipeline_precision);
    expect(recall, expected_prd_pipeline_recall);
    assert_close(r.f_8, expected_prd_f[0]);
    assert_close(r.f_one_eighth, expected_prd_f[1]);
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(s.a, N_A, D), SET(s.a, N_A, D), NULL, NULL), FEAT_OK);
    assert_within(r.f_8, 1.0, 2e-10); /* the formula's eps */
    assert_within(r.f_one_eighth, 1.0, 2e-10);
    feat_free(precision);
    feat_free(recall);
    free_sets(&s);
}

static void test_edges(void **state)
{
    (void)state;
    float *same = constant(30 * 2, 1.0f);
    const float far_away[4] = {100, 100, 101, 101};
    gmet_prd_result r;
    feat_error err;
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, NULL, SET(same, 30, 2), SET(same, 30, 2), NULL, NULL), FEAT_OK);
    assert_within(r.f_8, 1.0, 2e-10);
    gmet_prd_options o;
    gmet_prd_options_init(&o, sizeof o);
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(same, 30, 2), SET(far_away, 2, 2), NULL, &err),
                     FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "30 real and 2 generated rows found");
    o.equal_sizes = 0;
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(same, 30, 2), SET(far_away, 2, 2), NULL, &err), FEAT_OK);
    assert_true(r.f_8 == 0.0 && r.f_one_eighth == 0.0);
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(same, 5, 2), SET(same, 5, 2), NULL, &err),
                     FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "at least 20 rows in both sets together needed, 10 found");
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(same, 0, 2), SET(same, 30, 2), NULL, &err),
                     FEAT_ERR_NUMERIC);
    same[3] = NAN;
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(same, 30, 2), SET(same, 30, 2), NULL, &err),
                     FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(far_away, 2, 0), SET(far_away, 2, 0), NULL, &err),
                     FEAT_ERR_ARG);
    o.n_angles = 2;
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(same, 30, 2), SET(same, 30, 2), NULL, &err), FEAT_ERR_ARG);
    feat_free(same);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N = 130, COLUMNS = 40, ANGLES = 51 };
    float *a = fixture_features(N, COLUMNS, 1, 0.0), *b = fixture_features(N, COLUMNS, 2, 1.0);
    double curve[2][ANGLES];
    gmet_prd_result r;
    gmet_prd_options o = {
        .struct_size = sizeof o, .n_clusters = 8, .n_angles = ANGLES, .n_runs = 3, .seed = 9, .equal_sizes = 1};
    assert_int_equal(gmet_prd_curve(&r, curve[0], curve[1], &o, SET(a, N, COLUMNS), SET(b, N, COLUMNS), context, NULL),
                     FEAT_OK);
    feat_free(a);
    feat_free(b);
    const double values[2] = {r.f_8, r.f_one_eighth};
    return fixture_hash(fixture_hash(FIXTURE_HASH_START, values, sizeof values), curve, sizeof curve);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0xbab9d7101dc678deu);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_prd_result r;
    gmet_prd_options o = {
        .struct_size = sizeof o, .n_clusters = 2, .n_angles = 3, .n_runs = 1, .seed = 9, .equal_sizes = 1};
    return gmet_prd_curve(&r, NULL, NULL, &o, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11};
    fixture_survives_no_memory(allocate, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curve), cmocka_unit_test(test_tangent),   cmocka_unit_test(test_whole_way),
        cmocka_unit_test(test_edges), cmocka_unit_test(test_same_bits), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
