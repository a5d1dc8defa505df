/* Precision and recall in half precision: the rounding, NumPy's float16, cases by hand, edges. */
#define EXPECT_NEIGHBOURS
#include "engine/base/half.h"
#include "metrics/gmet.h"
#include "metrics/manifold/adm_fp16.h"
#include "metrics/manifold/half_balls.h"
#include "tests/data/adm_fp16_expected.h"
#include "tests/metrics/more_fixture.h"

/* Every half is its own rounding; half way between two goes to the even one, a hair beside it does not. */
static void test_rounding(void **state)
{
    (void)state;
    double before = 0.0;
    for (unsigned bits = 0; bits < 0x7C00; bits++) {
        double x = (double)feat_half_widen((uint16_t)bits), middle = 0.5 * (before + x);
        assert_true(gmet_round_half(x) == x && gmet_round_half(-x) == -x);
        if (bits > 0) {
            assert_true(gmet_round_half(middle) == (bits % 2 == 0 ? x : before));
            assert_true(gmet_round_half(middle * (1 + 0x1p-50)) == x);
            assert_true(gmet_round_half(middle * (1 - 0x1p-50)) == before);
        }
        before = x;
    }
    assert_true(before == 65504.0 && gmet_round_half(65519.99) == 65504.0);
    assert_true(isinf(gmet_round_half(65520.0)) && gmet_round_half(-1e300) < 0.0);
    assert_true(isinf(gmet_round_half(-1e300)) && isnan(gmet_round_half((double)NAN)));
    assert_true(gmet_round_half(1e-300) == 0.0 && gmet_round_half(0.0) == 0.0);
}

static gmet_pr_result run(const float *real, size_t n_real, const float *gen, size_t n_gen, size_t d,
                          size_t k, int strict, size_t block)
{
    gmet_pr_result r;
    const gmet_pr_options o = {.struct_size = sizeof o, .k = k, .strict = strict, .adm_fp16 = 1};
    assert_int_equal(gmet_adm_fp16(&r, &o, block, SET(real, n_real, d), SET(gen, n_gen, d), NULL, NULL), FEAT_OK);
    return r;
}

static void expect(const double want[5], const float *real, const float *gen, size_t k, size_t block)
{
    for (int strict = 0; strict < 2; strict++) {
        gmet_pr_result r = run(real, N_A, gen, N_B, D, k, strict, block);
        assert_close(r.precision, want[2 * strict]);
        assert_close(r.recall, want[2 * strict + 1]);
    }
}

static void scale(float *x, size_t n, float by)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by;
}

static void test_against_numpy(void **state)
{
    (void)state;
    static const double expected[4][2][5] = {
        {EXPECTED_ADM_WHOLE_3, EXPECTED_ADM_WHOLE_5},
        {EXPECTED_ADM_BLOCKS_3, EXPECTED_ADM_BLOCKS_5},
        {EXPECTED_ADM_MIXED_3, EXPECTED_ADM_MIXED_5},
        {EXPECTED_ADM_LARGE_3, EXPECTED_ADM_LARGE_5},
    };
    sets s = make_sets();
    for (size_t i = 0; i < 2; i++) {
        expect(expected[0][i], s.a, s.b, 3 + 2 * i, GMET_ADM_BLOCK);
        expect(expected[1][i], s.a, s.b, 3 + 2 * i, 70);
    }
    scale(s.a + 250 * D, 50 * D, 64.0f); /* the last of three blocks overflows */
    assert_true(expected[2][0][4] == 5.0);
    for (size_t i = 0; i < 2; i++)
        expect(expected[2][i], s.a, s.b, 3 + 2 * i, 100);
    free_sets(&s);
    s = make_sets();
    scale(s.a, N_A * D, 200.0f); /* all do */
    scale(s.b, N_B * D, 200.0f);
    assert_true(expected[3][0][4] == 30.0);
    for (size_t i = 0; i < 2; i++)
        expect(expected[3][i], s.a, s.b, 3 + 2 * i, 70);
    /* By way of the options, F-score and all. */
    gmet_pr_result r, direct = run(s.a, N_A, s.b, N_B, D, 3, 0, GMET_ADM_BLOCK);
    const gmet_pr_options o = {.struct_size = sizeof o, .k = 3, .adm_fp16 = 1};
    assert_int_equal(gmet_precision_recall(&r, &o, SET(s.a, N_A, D), SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_true(r.precision == direct.precision && r.recall == direct.recall);
    assert_close(r.f_score, gmet_f_score(r.precision, r.recall, 1.0));
    free_sets(&s);
}

/* One column, k = 1. In halves 100^2 is 10,000, 100.25^2 is 10,048 (spacing 8), their product 10,024: the
 * distance is 10,000 - 20,048 + 10,048 = 0, so a row 0.25 away counts as equal. */
static void test_by_hand(void **state)
{
    (void)state;
    const float real[2] = {100, 100.25f}, gen[2] = {100.25f, 0};
    gmet_pr_result r = run(real, 2, gen, 2, 1, 1, 0, GMET_ADM_BLOCK);
    assert_true(r.precision == 0.5 && r.recall == 1.0);
    r = run(real, 2, gen, 2, 1, 1, 1, GMET_ADM_BLOCK); /* radii are 0 */
    assert_true(r.precision == 0.0 && r.recall == 1.0);
    const float same[4] = {0.1f, 0.1f, 0.1f, 0.1f};
    r = run(same, 4, same, 4, 1, 3, 0, GMET_ADM_BLOCK);
    assert_true(r.precision == 1.0 && r.recall == 1.0);
    const float huge[3] = {3e38f, -3e38f, 3e38f}; /* squares overflow single precision too */
    r = run(huge, 3, huge, 3, 1, 1, 0, GMET_ADM_BLOCK);
    assert_true(r.precision >= 0.0 && r.precision <= 1.0 && r.recall >= 0.0 && r.recall <= 1.0);
}

static uint64_t hash_of(const gmet_context *context)
{
    sets s = make_sets();
    gmet_pr_result r[2];
    scale(s.a + 250 * D, 50 * D, 64.0f);
    for (int strict = 0; strict < 2; strict++) {
        const gmet_pr_options o = {.struct_size = sizeof o, .k = 5, .strict = strict, .adm_fp16 = 1};
        r[strict].f_score = 0.0;
        assert_int_equal(gmet_adm_fp16(&r[strict], &o, 100, SET(s.a, N_A, D), SET(s.b, N_B, D), context, NULL),
                         FEAT_OK);
    }
    free_sets(&s);
    return fixture_hash(FIXTURE_HASH_START, r, sizeof r);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x5b0c341950eba8e5u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_pr_result r;
    const gmet_pr_options o = {.struct_size = sizeof o, .k = 3, .adm_fp16 = 1};
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
        cmocka_unit_test(test_rounding),  cmocka_unit_test(test_against_numpy),
        cmocka_unit_test(test_by_hand),   cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
