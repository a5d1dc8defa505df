/* Precision and recall in StyleGAN's half precision: PyTorch's figures, cases by hand, refusals. */
#define EXPECT_NEIGHBOURS
#include "metrics/gmet.h"
#include "metrics/manifold/stylegan_fp16.h"
#include "tests/data/stylegan_fp16_expected.h"
#include "tests/level.h"
#include "tests/metrics/more_fixture.h"

static gmet_pr_result run(const float *real, size_t n_real, const float *gen, size_t n_gen, size_t d, size_t k,
                          int strict)
{
    gmet_pr_result r;
    const gmet_pr_options o = {.struct_size = sizeof o, .k = k, .strict = strict, .stylegan_fp16 = 1};
    assert_int_equal(gmet_precision_recall(&r, &o, SET(real, n_real, d), SET(gen, n_gen, d), NULL, NULL), FEAT_OK);
    assert_close(r.f_score, gmet_f_score(r.precision, r.recall, 1.0));
    return r;
}

/* want: with the product in float32, as a GPU has it, to 3 digits; in double, as here, exactly. Sets exchanged exchange
 * both numbers. */
static void expect(const double want[2][4], size_t n_real, size_t n_gen, size_t d, double shift, size_t k)
{
    float *real = fixture_features(n_real, d, 1, 0.0), *gen = fixture_features(n_gen, d, 2, shift);
    for (int strict = 0; strict < 2; strict++) {
        gmet_pr_result r = run(real, n_real, gen, n_gen, d, k, strict);
        assert_true(fabs(r.precision - want[0][2 * strict]) <= 1e-3);
        assert_true(fabs(r.recall - want[0][2 * strict + 1]) <= 1e-3);
        assert_close(r.precision, want[1][2 * strict]);
        assert_close(r.recall, want[1][2 * strict + 1]);
        gmet_pr_result back = run(gen, n_gen, real, n_real, d, k, strict);
        assert_true(back.precision == r.recall && back.recall == r.precision);
    }
    feat_free(real);
    feat_free(gen);
}

static void test_against_pytorch(void **state)
{
    (void)state;
    static const double small[2][2][4] = {EXPECTED_STYLEGAN_SMALL_3, EXPECTED_STYLEGAN_SMALL_5};
    static const double large[2][2][4] = {EXPECTED_STYLEGAN_LARGE_3, EXPECTED_STYLEGAN_LARGE_5};
    static const double wide[2][2][4] = {EXPECTED_STYLEGAN_WIDE_3, EXPECTED_STYLEGAN_WIDE_5};
    for (size_t i = 0; i < 2; i++) {
        expect(small[i], 300, 410, 96, 1.0, 3 + 2 * i);
        if (test_chosen_level() == TEST_QUICK)
            continue;
        expect(large[i], 2000, 1500, 40, 0.5, 3 + 2 * i);
        expect(wide[i], 250, 300, 4096, 1.0, 3 + 2 * i);
    }
}

/* One column, k = 1. 100.25^2 is 10,050.06, in half 10,048 (spacing 8); 100^2 is 10,000 and the product 10,025: the
 * squared distance is 10,000 + 10,048 - 20,050 = -2, cut off at 0, and that of 100.25 to itself 20,096 - 20,100.125,
 * likewise. Of 0.7, in half 0.70019531, the square is 0.4902344 in half, whose root, 0.7001674, is 0.70019531 again. */
static void test_by_hand(void **state)
{
    (void)state;
    const float real[2] = {100, 100.25f}, gen[2] = {100.25f, 0};
    gmet_pr_result r = run(real, 2, gen, 2, 1, 1, 0);
    assert_true(r.precision == 0.5 && r.recall == 1.0);
    r = run(real, 2, gen, 2, 1, 1, 1); /* real radii are 0 */
    assert_true(r.precision == 0.0 && r.recall == 1.0);
    const float same[4] = {0.1f, 0.1f, 0.1f, 0.1f};
    r = run(same, 4, same, 4, 1, 3, 0);
    assert_true(r.precision == 1.0 && r.recall == 1.0);
    /* 0.70019 is rounded to 0.7's half, and so lies on the edge of the ball of 0. */
    const float pair[2] = {0, 0.7f}, edge[2] = {-0.70019f, -50};
    r = run(pair, 2, edge, 2, 1, 1, 0);
    assert_true(r.precision == 0.5);
    r = run(pair, 2, edge, 2, 1, 1, 1);
    assert_true(r.precision == 0.0);
}

/* Of squares that half precision cannot hold StyleGAN says 1; here it is said which row and what to do. */
static void test_refusals(void **state)
{
    (void)state;
    float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[8] = {1, 2, 3, 4, 181, 181, 7, 8};
    gmet_pr_result r;
    feat_error err;
    gmet_pr_options o = {.struct_size = sizeof o, .k = 1, .stylegan_fp16 = 1};
    assert_int_equal(gmet_precision_recall(&r, &o, SET(x, 4, 2), SET(y, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "the squared length of generated row 2 is 65522"));
    assert_int_equal(gmet_precision_recall(&r, &o, SET(y, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "real row 2"));
    y[4] = 180; /* 65,161 in exact numbers, 65,152 as the sum of halves: there is room */
    assert_int_equal(gmet_precision_recall(&r, &o, SET(x, 4, 2), SET(y, 4, 2), NULL, &err), FEAT_OK);
    y[4] = 3e38f; /* not even single precision holds it */
    assert_int_equal(gmet_precision_recall(&r, &o, SET(x, 4, 2), SET(y, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    o.adm_fp16 = 1;
    assert_int_equal(gmet_precision_recall(&r, &o, SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "not both"));
}

static uint64_t hash_of(const gmet_context *context)
{
    sets s = make_sets();
    gmet_pr_result r[2];
    for (int strict = 0; strict < 2; strict++) {
        const gmet_pr_options o = {.struct_size = sizeof o, .k = 5, .strict = strict, .stylegan_fp16 = 1};
        r[strict].f_score = 0.0;
        assert_int_equal(gmet_stylegan_fp16(&r[strict], &o, SET(s.a, N_A, D), SET(s.b, N_B, D), context, NULL),
                         FEAT_OK);
    }
    free_sets(&s);
    return fixture_hash(FIXTURE_HASH_START, r, sizeof r);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0xad15b9c477fd485bu);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_pr_result r;
    const gmet_pr_options o = {.struct_size = sizeof o, .k = 3, .stylegan_fp16 = 1};
    return gmet_precision_recall(&r, &o, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
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
        cmocka_unit_test(test_against_pytorch), cmocka_unit_test(test_by_hand),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_same_bits),       cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
