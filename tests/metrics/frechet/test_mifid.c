/* MiFID: cosine distances in both directions, threshold, zero rows. */
#define EXPECT_NEIGHBOURS
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static void test_against_sklearn(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_mifid_options o;
    gmet_mifid_options_init(&o, sizeof o);
    assert_true(o.direction == GMET_GEN_TO_REAL && o.threshold == 0.1);
    o.threshold = 1.0;
    for (int direction = 0; direction < 2; direction++) {
        o.direction = (gmet_direction)direction;
        gmet_mifid_result r;
        assert_int_equal(gmet_mifid(&r, 12.5, &o, SET(s.a, N_A, D), SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
        assert_close(r.distance, expected_mifid_distance[direction]);
        assert_close(r.value, 12.5 / (expected_mifid_distance[direction] + 10e-15));
        assert_true(r.penalty == r.distance && r.n_zero_rows == 0);
    }
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* cos of (1,1) to (1,0) is 1/sqrt 2; (0,-3) is opposite to (0,1), |cos| = 1; the zero row is left out. */
    const float real[6] = {1, 0, 0, 1, 0, 0}, gen[4] = {1, 1, 0, -3};
    gmet_mifid_result r;
    assert_int_equal(gmet_mifid(&r, 2.0, NULL, SET(real, 3, 2), SET(gen, 2, 2), NULL, NULL), FEAT_OK);
    assert_close(r.distance, 0.5 * (1.0 - sqrt(0.5)));
    assert_true(r.penalty == 1.0 && r.n_zero_rows == 1);
    assert_close(r.value, 2.0);
    assert_int_equal(gmet_mifid(&r, 2.0, NULL, SET(real, 3, 2), SET(real, 2, 2), NULL, NULL), FEAT_OK);
    assert_true(r.distance == 0.0 && r.penalty == 0.0);
    assert_close(r.value, 2.0 / 10e-15);
}

static void test_equal_sets(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_mifid_result r;
    assert_int_equal(gmet_mifid(&r, -1e-13, NULL, SET(s.a, N_A, D), SET(s.a, N_A, D), NULL, NULL), FEAT_OK);
    assert_true(r.distance == 0.0 && r.value == 0.0);
    free_sets(&s);
}

/* The mean of 1 - the largest |cos| of each row that is not zero, pair by pair. */
static double every_pair(const float *rows, size_t n, const float *columns, size_t m, size_t d)
{
    double sum = 0.0, count = 0.0;
    for (size_t i = 0; i < n; i++) {
        double largest = 0.0, x2 = 0.0;
        for (size_t j = 0; j < m; j++) {
            double y2 = 0.0, xy = 0.0;
            x2 = 0.0;
            for (size_t k = 0; k < d; k++) {
                double x = (double)rows[i * d + k], y = (double)columns[j * d + k];
                x2 = fma(x, x, x2);
                y2 = fma(y, y, y2);
                xy = fma(x, y, xy);
            }
            if (x2 > 0.0 && y2 > 0.0 && fabs(xy) / sqrt(x2 * y2) > largest)
                largest = fabs(xy) / sqrt(x2 * y2);
        }
        sum += x2 > 0.0 && largest < 1.0 ? 1.0 - largest : 0.0;
        count += x2 > 0.0 ? 1.0 : 0.0;
    }
    return sum / count;
}

/* Bounds decide where no feature is below 0, products where one is: neither may change a bit. Sets have copies, rows of
 * zeros, and lengths that say nothing of directions. */
static void test_every_pair(void **state)
{
    (void)state;
    enum { N = 230, M = 190, WIDTH = 67 };
    static const double lengths[] = {1.0, 1e-3, 1e+18, 1e-20};
    float *x = fixture_features(N, WIDTH, 5, 0.0), *y = fixture_features(M, WIDTH, 6, 1.0);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < WIDTH; k++)
            x[i * WIDTH + k] = i == 17 ? 0.0f : (float)(fabs((double)x[i * WIDTH + k]) * lengths[i % 4]);
    for (size_t i = 0; i < M; i++)
        for (size_t k = 0; k < WIDTH; k++)
            y[i * WIDTH + k] = i == 3 ? 0.0f : i == 4 ? x[19 * WIDTH + k] : fabsf(y[i * WIDTH + k]);
    for (int negative = 0; negative < 2; negative++) {
        y[40 * WIDTH] = negative ? -1.0f : 1.0f;
        gmet_mifid_options o = {.struct_size = sizeof o, .threshold = 1.0};
        gmet_mifid_result r;
        o.direction = GMET_REAL_TO_GEN;
        assert_int_equal(gmet_mifid(&r, 1.0, &o, SET(x, N, WIDTH), SET(y, M, WIDTH), NULL, NULL), FEAT_OK);
        assert_true(r.distance == every_pair(x, N, y, M, WIDTH) && r.n_zero_rows == 2);
        o.direction = GMET_GEN_TO_REAL;
        assert_int_equal(gmet_mifid(&r, 1.0, &o, SET(x, N, WIDTH), SET(y, M, WIDTH), NULL, NULL), FEAT_OK);
        assert_true(r.distance == every_pair(y, M, x, N, WIDTH));
    }
    feat_free(x);
    feat_free(y);
}

static void test_bad_input(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 3, 4}, zero[4] = {0}, nan[2] = {1, NAN};
    gmet_mifid_result r;
    feat_error err;
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(zero, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "all 2 real rows are zero");
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 2), SET(zero, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 0, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 2), SET(nan, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, (double)NAN, NULL, SET(x, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 0), SET(x, 2, 0), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 2), SET(x, 2, 1), NULL, &err), FEAT_ERR_ARG);
    assert_message(err, FEAT_ERR_ARG, "MiFID: both sets must have the same columns, 2 and 1 found");
    gmet_mifid_options o = {.struct_size = sizeof o, .direction = (gmet_direction)2, .threshold = 0.1};
    assert_int_equal(gmet_mifid(&r, 1.0, &o, SET(x, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_ARG);
    o = (gmet_mifid_options){.struct_size = sizeof(gmet_mifid_options), .threshold = (double)NAN};
    assert_int_equal(gmet_mifid(&r, 1.0, &o, SET(x, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 1, 2), SET(x, 1, 2), NULL, &err), FEAT_OK);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 500, N2 = 130, COLUMNS = 40 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    gmet_mifid_result r;
    assert_int_equal(gmet_mifid(&r, 3.0, NULL, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    const double values[3] = {r.value, r.distance, r.penalty};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x630ca670e05df426u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_mifid_result r;
    return gmet_mifid(&r, 1.0, NULL, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    fixture_survives_no_memory(allocate, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sklearn), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_equal_sets),      cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_bad_input),       cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
