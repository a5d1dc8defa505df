/* Realism, rarity and nearest real rows. */
#define EXPECT_NEIGHBOURS
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

enum { N_GEN = 24 };

static void test_against_numpy(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_image_score scores[N_GEN];
    gmet_image_options o;
    gmet_image_options_init(&o, sizeof o);
    assert_true(o.k == 3 && o.realism == GMET_REALISM_PAPER);
    const double *const want[3] = {expected_realism_paper, expected_realism_kynkaat, expected_realism_dgm};
    for (int convention = 0; convention < 3; convention++) {
        o.realism = (gmet_realism)convention;
        assert_int_equal(gmet_image_scores(scores, &o, SET(s.a, N_A, D), SET(s.b, N_GEN, D), NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < N_GEN; i++)
            assert_close(scores[i].realism, want[convention][i]);
    }
    for (size_t i = 0; i < N_GEN; i++) {
        assert_close(scores[i].rarity, expected_rarity[i]);
        assert_close(scores[i].distance, expected_nearest_distance[i]);
        assert_true((double)scores[i].nearest == expected_nearest[i]);
        assert_int_equal(scores[i].inside, expected_rarity[i] > 0.0);
    }
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* k = 1: radii 1, 1, 2, 2 at 0, 1, 3, 5; median 1.5 keeps the first two. */
    const float real[4] = {0, 1, 3, 5}, gen[5] = {0.5f, 2, 5, 3, 7};
    gmet_image_options o = {.struct_size = sizeof o, .k = 1, .realism = GMET_REALISM_PAPER};
    gmet_image_score s[5];
    assert_int_equal(gmet_image_scores(s, &o, SET(real, 4, 1), SET(gen, 5, 1), NULL, NULL), FEAT_OK);
    assert_true(s[0].realism == 2.0 && s[0].rarity == 1.0 && s[0].distance == 0.5 && s[0].nearest == 0);
    /* 2 is 1 from 1 (boundary, not strictly in) and 1 from 3 (in a ball of 2); equal distances: the first. */
    assert_true(s[1].realism == 1.0 && s[1].rarity == 2.0 && s[1].nearest == 1 && s[1].inside);
    /* A copy of a row whose radius was trimmed: 1 / 4 from the row at 1. */
    assert_true(s[2].realism == 0.25 && s[2].rarity == 2.0 && s[2].distance == 0.0);
    assert_true(s[4].realism == 1.0 / 6.0 && s[4].rarity == 0.0 && s[4].inside); /* on the sphere around 5 */
    /* Three radii 1, 1, 2: those at the median stay, but not for dgm-eval, which is left with none and keeps
     * all. */
    assert_int_equal(gmet_image_scores(s, &o, SET(real, 3, 1), SET(gen + 2, 1, 1), NULL, NULL), FEAT_OK);
    assert_true(s[0].realism == 0.25);
    o.realism = GMET_REALISM_DGM_EVAL;
    assert_int_equal(gmet_image_scores(s, &o, SET(real, 3, 1), SET(gen + 2, 1, 1), NULL, NULL), FEAT_OK);
    assert_true(s[0].realism == 1.0);
    o.realism = GMET_REALISM_KYNKAAT;
    assert_int_equal(gmet_image_scores(s, &o, SET(real, 4, 1), SET(gen, 5, 1), NULL, NULL), FEAT_OK);
    assert_true(s[1].realism == 1.0 / (1.0 + 1e-5));
}

static void test_copies(void **state)
{
    (void)state;
    const float real[4] = {0, 1, 3, 5}, same[4] = {2, 2, 2, 2}, one = 1, two = 2, three = 3;
    gmet_image_options o = {.struct_size = sizeof o, .k = 1, .realism = GMET_REALISM_PAPER};
    gmet_image_score s;
    assert_int_equal(gmet_image_scores(&s, &o, SET(real, 4, 1), SET(&one, 1, 1), NULL, NULL), FEAT_OK);
    assert_true(isinf(s.realism) && s.realism > 0.0 && s.distance == 0.0 && s.inside);
    for (int convention = 0; convention < 3; convention++) {
        o.realism = (gmet_realism)convention;
        assert_int_equal(gmet_image_scores(&s, &o, SET(same, 4, 1), SET(&two, 1, 1), NULL, NULL), FEAT_OK);
        assert_true(s.realism == (o.realism == GMET_REALISM_KYNKAAT ? 0.0 : 1.0));
        assert_true(s.inside && s.rarity == 0.0);
        assert_int_equal(gmet_image_scores(&s, &o, SET(same, 4, 1), SET(&three, 1, 1), NULL, NULL), FEAT_OK);
        assert_true(s.realism == 0.0 && !s.inside && s.distance == 1.0);
    }
}

static void test_bad_input(void **state)
{
    (void)state;
    float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, inf[2] = {1, INFINITY};
    gmet_image_score s[4];
    feat_error err;
    assert_int_equal(gmet_image_scores(s, NULL, SET(x, 3, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "k = 3 needs at least 4 real rows, 3 found");
    assert_int_equal(gmet_image_scores(s, NULL, SET(x, 4, 2), SET(x, 0, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_image_scores(s, NULL, SET(x, 4, 2), SET(inf, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "generated: row 0, column 1 is infinite");
    assert_int_equal(gmet_image_scores(s, NULL, SET(x, 4, 0), SET(x, 1, 0), NULL, &err), FEAT_ERR_ARG);
    gmet_image_options o = {.struct_size = sizeof o, .k = 0, .realism = GMET_REALISM_PAPER};
    assert_int_equal(gmet_image_scores(s, &o, SET(x, 4, 2), SET(x, 1, 2), NULL, &err), FEAT_ERR_ARG);
    o = (gmet_image_options){.struct_size = sizeof(gmet_image_options), .k = 1, .realism = (gmet_realism)3};
    assert_int_equal(gmet_image_scores(s, &o, SET(x, 4, 2), SET(x, 1, 2), NULL, &err), FEAT_ERR_ARG);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 500, N2 = 130, COLUMNS = 40 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    gmet_image_score s[N2];
    assert_int_equal(gmet_image_scores(s, NULL, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    uint64_t h = FIXTURE_HASH_START;
    for (size_t i = 0; i < N2; i++) {
        const double values[5] = {s[i].realism, s[i].rarity, s[i].distance, (double)s[i].nearest,
                                  s[i].inside};
        h = fixture_hash(h, values, sizeof values);
    }
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x0a53fe20d7f9b53fu);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_image_score s[5];
    return gmet_image_scores(s, NULL, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
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
        cmocka_unit_test(test_against_numpy), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_copies),        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),     cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
