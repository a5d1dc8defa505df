/* FID-infinity and IS-infinity: subsets, line, edges. */
#define EXPECT_LIMITS
#include "metrics/base/rng.h"
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static gmet_moments *moments_of(const float *x, size_t n, size_t d)
{
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, d, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x, n, d, NULL), FEAT_OK);
    return m;
}

static void test_fid(void **state)
{
    (void)state;
    sets s = make_sets();
    const gmet_fid_side real = {.rows = s.a, .n = N_A};
    gmet_infinity_result r, known;
    gmet_infinity_point points[15];
    assert_int_equal(gmet_fid_infinity(&r, points, NULL, &real, SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_close(r.value, expected_fid_infinity[0]);
    assert_close(r.slope, expected_fid_infinity[1]);
    assert_close(r.fit_residual, expected_fid_infinity[2]);
    assert_true(r.n_points == 15 && points[0].n == 41 && points[14].n == N_B);
    gmet_moments *a = moments_of(s.a, N_A, D), *b = moments_of(s.b, N_B, D);
    gmet_fid_result fid; /* the last subset is the whole set in another order */
    assert_int_equal(gmet_fid_from_moments(&fid, a, b, NULL, NULL), FEAT_OK);
    assert_close(points[14].value, fid.value);
    static double mu[D], sigma[D * D]; /* who has moments already gives them */
    const gmet_fid_side moments = {.rows = s.b, .n = N_B, .mu = mu, .sigma = sigma};
    assert_int_equal(gmet_moments_get(a, mu, sigma, 1, NULL), FEAT_OK);
    assert_int_equal(gmet_fid_infinity(&known, NULL, NULL, &moments, SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_memory_equal(&known, &r, sizeof r);
    gmet_infinity_options o = {.struct_size = sizeof o, .n_points = 5, .min_size = 200, .seed = 3};
    assert_int_equal(gmet_fid_infinity(&r, NULL, &o, &real, SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_close(r.value, expected_fid_infinity_5[0]);
    assert_close(r.slope, expected_fid_infinity_5[1]);
    assert_close(r.fit_residual, expected_fid_infinity_5[2]);
    gmet_moments_close(&b);
    gmet_moments_close(&a);
    free_sets(&s);
}

/* Every subset against its FID from its own rows: the same bits where it is added up itself, near where it is all rows
 * less the others. The first subsets have fewer rows than columns, so that their factor is the smaller one. */
static void test_subsets(void **state)
{
    (void)state;
    enum { ROWS = 75, WIDTH = 20 };
    float *a = fixture_features(60, WIDTH, 1, 0.0), *b = fixture_features(ROWS, WIDTH, 2, 1.0);
    gmet_moments *moments = moments_of(a, 60, WIDTH);
    const gmet_fid_side real = {.rows = a, .n = 60};
    gmet_infinity_result r;
    gmet_infinity_point points[15];
    gmet_mt mt;
    size_t order[ROWS], same = 0, others = 0;
    assert_int_equal(gmet_fid_infinity(&r, points, NULL, &real, SET(b, ROWS, WIDTH), NULL, NULL), FEAT_OK);
    assert_true(points[0].n < WIDTH && points[4].n > WIDTH && points[4].n < ROWS / 2);
    gmet_mt_seed(&mt, 2020);
    for (size_t i = 0; i < 15; i++) {
        gmet_moments *subset = NULL;
        gmet_fid_result fid;
        gmet_mt_permutation(&mt, order, ROWS);
        assert_int_equal(gmet_moments_create(&subset, WIDTH, NULL, NULL), FEAT_OK);
        for (size_t k = 0; k < points[i].n; k++)
            assert_int_equal(gmet_moments_add(subset, b + order[k] * WIDTH, 1, WIDTH, NULL), FEAT_OK);
        assert_int_equal(gmet_fid_from_moments(&fid, moments, subset, NULL, NULL), FEAT_OK);
        if (points[i].n < ROWS / 2)
            assert_true(points[i].value == fid.value);
        else
            assert_within(points[i].value, fid.value, 1e-12);
        same += points[i].value == fid.value;
        others += points[i].n > ROWS / 2;
        gmet_moments_close(&subset);
    }
    assert_true(same >= 6 && others >= 6);
    gmet_moments_close(&moments);
    feat_free(a);
    feat_free(b);
}

static void test_is(void **state)
{
    (void)state;
    float *x = fixture_logits(103, 37, 4);
    gmet_infinity_result r;
    gmet_infinity_point points[15];
    assert_int_equal(gmet_is_infinity(&r, points, NULL, SET(x, 103, 37), NULL, NULL), FEAT_OK);
    assert_close(r.value, expected_is_infinity[0]);
    assert_close(r.slope, expected_is_infinity[1]);
    assert_close(r.fit_residual, expected_is_infinity[2]);
    assert_true(points[0].n == 10 && points[14].n == 103 && r.slope < 0.0);
    feat_free(x);
}

static void test_equal_rows(void **state)
{
    (void)state;
    float *same = constant(40 * 3, 0.5f);
    const gmet_fid_side real = {.rows = same, .n = 30};
    gmet_infinity_result r;
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &real, SET(same, 40, 3), NULL, NULL), FEAT_OK);
    assert_true(r.value == 0.0 && r.slope == 0.0 && r.fit_residual == 0.0);
    assert_int_equal(gmet_is_infinity(&r, NULL, NULL, SET(same, 40, 3), NULL, NULL), FEAT_OK);
    assert_within(r.value, 1.0, 1e-14);
    feat_free(same);
}

static void test_bad_input(void **state)
{
    (void)state;
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3}, nan[6] = {1, 2, 3, 4, NAN, 6};
    const gmet_fid_side real = {.rows = x, .n = 6}, one = {.rows = x, .n = 1}, bad = {.rows = nan, .n = 3};
    const gmet_fid_side none = {.mu = (double[]){0.0, 0.0}};
    gmet_infinity_result r;
    feat_error err;
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &none, SET(x, 6, 2), NULL, &err), FEAT_ERR_ARG);
    assert_message(err, FEAT_ERR_ARG, "FID-infinity: the real side has neither rows nor moments");
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &bad, SET(x, 6, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "real: row 2, column 0 is NaN");
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &real, SET(x, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC,
                   "FID-infinity: more than 2 rows are needed (the smallest subset), 1 found");
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &real, SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &one, SET(x, 6, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &real, SET(nan, 3, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "generated: row 2, column 0 is NaN");
    assert_int_equal(gmet_is_infinity(&r, NULL, NULL, SET(nan, 3, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_is_infinity(&r, NULL, NULL, SET(x, 3, 0), NULL, &err), FEAT_ERR_ARG);
    gmet_infinity_options o = {.struct_size = sizeof o, .n_points = 2};
    assert_int_equal(gmet_is_infinity(&r, NULL, &o, SET(x, 6, 2), NULL, &err), FEAT_ERR_ARG);
    o = (gmet_infinity_options){.struct_size = sizeof(gmet_infinity_options), .n_points = 3, .min_size = 1};
    assert_int_equal(gmet_is_infinity(&r, NULL, &o, SET(x, 6, 2), NULL, &err), FEAT_ERR_ARG);
    o.min_size = 6;
    assert_int_equal(gmet_is_infinity(&r, NULL, &o, SET(x, 6, 2), NULL, &err), FEAT_ERR_NUMERIC);
    o.min_size = 5; /* sizes 5, 5, 6 */
    assert_int_equal(gmet_is_infinity(&r, NULL, &o, SET(x, 6, 2), NULL, &err), FEAT_OK);
}

static uint64_t hash_of(const gmet_context *context)
{
    float *a = fixture_features(60, 20, 1, 0.0), *b = fixture_features(75, 20, 2, 1.0);
    float *x = fixture_logits(103, 37, 4);
    const gmet_fid_side real = {.rows = a, .n = 60};
    gmet_infinity_result r, i;
    assert_int_equal(gmet_fid_infinity(&r, NULL, NULL, &real, SET(b, 75, 20), context, NULL), FEAT_OK);
    assert_int_equal(gmet_is_infinity(&i, NULL, NULL, SET(x, 103, 37), context, NULL), FEAT_OK);
    feat_free(x);
    feat_free(a);
    feat_free(b);
    const double values[6] = {r.value, r.slope, r.fit_residual, i.value, i.slope, i.fit_residual};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    /* Eigenvalues are in it, whose bits the tests of the eigensolver pin. */
    fixture_same_bits(hash_of, hash_of(NULL));
}

static feat_status allocate(void *ctx, feat_error *err)
{
    const gmet_fid_side real = {.rows = ctx, .n = 5};
    const float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3};
    const gmet_infinity_options o = {.struct_size = sizeof o, .n_points = 3, .min_size = 2, .seed = 1};
    gmet_infinity_result r;
    return gmet_fid_infinity(&r, NULL, &o, &real, SET(x, 6, 2), NULL, err);
}

static feat_status allocate_is(void *ctx, feat_error *err)
{
    const gmet_infinity_options o = {.struct_size = sizeof o, .n_points = 3, .min_size = 2, .seed = 1};
    gmet_infinity_result r;
    return gmet_is_infinity(&r, NULL, &o, SET(ctx, 6, 2), NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3};
    fixture_survives_no_memory(allocate, x);
    fixture_survives_no_memory(allocate_is, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fid),        cmocka_unit_test(test_subsets),   cmocka_unit_test(test_is),
        cmocka_unit_test(test_equal_rows), cmocka_unit_test(test_bad_input), cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
