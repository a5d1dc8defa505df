/* Density and coverage: hand cases, prdc's conventions, edges. */
#define EXPECT_NEIGHBOURS
#include <stdbool.h>

#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static void test_against_numpy(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_prdc_result r;
    assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_close(r.precision, expected_prdc[0]);
    assert_close(r.recall, expected_prdc[1]);
    assert_close(r.density, expected_prdc[2]);
    assert_close(r.coverage, expected_prdc[3]);
    gmet_prdc_options o = {.struct_size = sizeof o, .k = 3, .strict = 0, .recall = 1};
    assert_int_equal(gmet_prdc(&r, NULL, &o, SET(s.a, N_A, D), SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_close(r.precision, expected_prdc_3[0]);
    assert_close(r.recall, expected_prdc_3[1]);
    assert_close(r.density, expected_prdc_3[2]);
    assert_close(r.coverage, expected_prdc_3[3]);
    /* The other implementation of precision and recall agrees to the bit. */
    gmet_pr_result pr;
    assert_int_equal(gmet_precision_recall(&pr, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_true(pr.precision == r.precision && pr.recall == r.recall);
    assert_true(gmet_f_score(r.precision, r.recall, 1.0) > 0.0);
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* On a line, k = 1: real radii 1, 1, 2. 4 is in the ball of 3; 0.5 in those of 0 and 1; 3 is 2 from 1, on
     * the boundary of nothing but in 3's ball; 100 in none. */
    const float real[3] = {0, 1, 3}, gen[4] = {4, 0.5f, 3, 100};
    uint32_t n_balls[4];
    unsigned char covered[3];
    double radius[3];
    const gmet_prdc_images images = {n_balls, covered, radius};
    gmet_prdc_options o;
    gmet_prdc_options_init(&o, sizeof o);
    o.k = 1;
    gmet_prdc_result r;
    assert_int_equal(gmet_prdc(&r, &images, &o, SET(real, 3, 1), SET(gen, 4, 1), NULL, NULL), FEAT_OK);
    assert_true(n_balls[0] == 1 && n_balls[1] == 2 && n_balls[2] == 1 && n_balls[3] == 0);
    assert_true(covered[0] == 1 && covered[1] == 1 && covered[2] == 1);
    assert_true(radius[0] == 1.0 && radius[1] == 1.0 && radius[2] == 2.0);
    assert_true(r.density == 1.0 && r.coverage == 1.0 && r.precision == 0.75);
    /* Generated radii 1 (4 to 3), 2.5, 1, 96: with <, 0 and 1 lie in the ball of 0.5, 3 in its own point's. */
    assert_true(r.recall == 1.0);
    o.recall = 0;
    const float one = 0.5f;
    assert_int_equal(gmet_prdc(&r, NULL, &o, SET(real, 3, 1), SET(&one, 1, 1), NULL, NULL), FEAT_OK);
    assert_true(r.recall == 0.0 && r.density == 2.0 && r.coverage == 2.0 / 3.0);
}

/* Each set in turn the larger one by far: what is kept of neighbours has room for either. */
static void test_unequal_sizes(void **state)
{
    (void)state;
    enum { MOST = 3000, LEAST = 8 };
    float *x = fixture_features(MOST + LEAST, 2, 1, 0.0);
    gmet_pr_options o = {.struct_size = sizeof o, .k = 5, .strict = 1};
    for (int turn = 0; turn < 2; turn++) {
        size_t n = turn == 0 ? MOST : LEAST;
        gmet_prdc_result r;
        gmet_pr_result pr;
        assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(x, n, 2), SET(x + 2 * n, MOST + LEAST - n, 2), NULL, NULL),
                         FEAT_OK);
        assert_int_equal(gmet_precision_recall(&pr, &o, SET(x, n, 2), SET(x + 2 * n, MOST + LEAST - n, 2), NULL, NULL),
                         FEAT_OK);
        assert_true(pr.precision == r.precision && pr.recall == r.recall);
        assert_true(turn == 0 ? r.precision > 0.5 : r.recall > 0.5);
    }
    feat_free(x);
}

static void test_equal_rows(void **state)
{
    (void)state;
    float *same = constant(20 * 3, 0.3f);
    gmet_prdc_result r;
    gmet_prdc_options o;
    gmet_prdc_options_init(&o, sizeof o);
    assert_true(o.k == 5 && o.strict && o.recall);
    assert_int_equal(gmet_prdc(&r, NULL, &o, SET(same, 20, 3), SET(same, 20, 3), NULL, NULL), FEAT_OK);
    assert_true(r.precision == 0.0 && r.recall == 0.0 && r.density == 0.0 && r.coverage == 0.0);
    o.strict = 0;
    assert_int_equal(gmet_prdc(&r, NULL, &o, SET(same, 20, 3), SET(same, 20, 3), NULL, NULL), FEAT_OK);
    assert_true(r.precision == 1.0 && r.recall == 1.0 && r.density == 4.0 && r.coverage == 1.0);
    feat_free(same);
    float *x = fixture_features(150, 20, 3, 0.0);
    assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(x, 150, 20), SET(x, 150, 20), NULL, NULL), FEAT_OK);
    assert_true(r.precision == 1.0 && r.recall == 1.0 && r.coverage == 1.0 && r.density >= 1.0);
    feat_free(x);
}

/* --- 3,000 x 3,000 points of a coarse lattice, where ties and copies abound, against brute force -------- */

enum { MANY = 3000, FEW_COLUMNS = 5, K = 3 };

static double distance2(const float *x, const float *y)
{
    double sum = 0.0;
    for (size_t c = 0; c < FEW_COLUMNS; c++) {
        double t = (double)x[c] - (double)y[c];
        sum = fma(t, t, sum);
    }
    return sum;
}

static void lattice(float *x, uint64_t seed)
{
    splitmix rng = {seed};
    for (size_t i = 0; i < (size_t)MANY * FEW_COLUMNS; i++)
        x[i] = (float)(int)(splitmix_unit(&rng) * 7.0);
}

static void brute_radii(double *radius2, const float *x)
{
    for (size_t i = 0; i < MANY; i++) {
        double least[K] = {(double)INFINITY, (double)INFINITY, (double)INFINITY};
        for (size_t j = 0; j < MANY; j++) {
            double t = distance2(x + i * FEW_COLUMNS, x + j * FEW_COLUMNS);
            for (size_t r = 0; r < K && j != i; r++) {
                if (t < least[r]) {
                    double old = least[r];
                    least[r] = t;
                    t = old;
                }
            }
        }
        radius2[i] = least[K - 1];
    }
}

typedef struct decisions {
    double real_radius2[MANY], gen_radius2[MANY];
    uint32_t n_balls[2][MANY]; /* with <=, with < */
    unsigned char covered[2][MANY], recalled[2][MANY];
    gmet_image_score scores[MANY];
} decisions;

/* The paper's realism needs the median, which make_more_metrics_data.py checks; here all else of a score. */
static void brute_force(decisions *b, const float *real, const float *gen)
{
    memset(b, 0, sizeof *b);
    brute_radii(b->real_radius2, real);
    brute_radii(b->gen_radius2, gen);
    for (size_t j = 0; j < MANY; j++) {
        gmet_image_score *score = &b->scores[j];
        score->distance = (double)INFINITY;
        for (size_t i = 0; i < MANY; i++) {
            double t = distance2(real + i * FEW_COLUMNS, gen + j * FEW_COLUMNS), radius2 = b->real_radius2[i];
            for (size_t strict = 0; strict < 2; strict++) {
                bool in_real = strict ? t < radius2 : t <= radius2;
                b->n_balls[strict][j] += in_real;
                b->covered[strict][i] |= in_real;
                b->recalled[strict][i] |= strict ? t < b->gen_radius2[j] : t <= b->gen_radius2[j];
            }
            if (t < score->distance) {
                score->distance = t;
                score->nearest = i;
            }
            if (t < radius2 && (score->rarity == 0.0 || radius2 < score->rarity))
                score->rarity = radius2;
        }
        score->inside = b->n_balls[0][j] > 0;
    }
}

static void check_decisions(const decisions *b, const float *real, const float *gen, int strict)
{
    static uint32_t n_balls[MANY];
    static unsigned char covered[MANY];
    static double radius[MANY];
    const gmet_prdc_images images = {n_balls, covered, radius};
    const gmet_prdc_options o = {.struct_size = sizeof o, .k = K, .strict = strict, .recall = 1};
    gmet_prdc_result r;
    size_t n_inside = 0, n_pairs = 0, n_covered = 0, n_recalled = 0;
    assert_int_equal(gmet_prdc(&r, &images, &o, SET(real, MANY, FEW_COLUMNS), SET(gen, MANY, FEW_COLUMNS), NULL, NULL),
                     FEAT_OK);
    assert_memory_equal(n_balls, b->n_balls[strict], sizeof n_balls);
    assert_memory_equal(covered, b->covered[strict], sizeof covered);
    for (size_t i = 0; i < MANY; i++) {
        assert_true(radius[i] == sqrt(b->real_radius2[i]));
        n_inside += n_balls[i] > 0;
        n_pairs += n_balls[i];
        n_covered += covered[i];
        n_recalled += b->recalled[strict][i];
    }
    assert_true(r.precision == (double)n_inside / MANY && r.recall == (double)n_recalled / MANY);
    assert_true(r.density == (double)n_pairs / ((double)K * MANY) && r.coverage == (double)n_covered / MANY);
    gmet_pr_result pr;
    const gmet_pr_options p = {.struct_size = sizeof p, .k = K, .strict = strict};
    assert_int_equal(
        gmet_precision_recall(&pr, &p, SET(real, MANY, FEW_COLUMNS), SET(gen, MANY, FEW_COLUMNS), NULL, NULL), FEAT_OK);
    assert_true(pr.precision == r.precision && pr.recall == r.recall);
}

static void test_decisions(void **state)
{
    (void)state;
    static float real[MANY * FEW_COLUMNS], gen[MANY * FEW_COLUMNS];
    static decisions b;
    static gmet_image_score scores[MANY];
    lattice(real, 1);
    lattice(gen, 2);
    brute_force(&b, real, gen);
    check_decisions(&b, real, gen, 0);
    check_decisions(&b, real, gen, 1);
    assert_int_equal(
        gmet_image_scores(scores, NULL, SET(real, MANY, FEW_COLUMNS), SET(gen, MANY, FEW_COLUMNS), NULL, NULL),
        FEAT_OK);
    size_t n_copies = 0;
    for (size_t j = 0; j < MANY; j++) {
        assert_true(scores[j].distance == sqrt(b.scores[j].distance));
        assert_true(scores[j].rarity == sqrt(b.scores[j].rarity));
        assert_int_equal(scores[j].nearest, b.scores[j].nearest);
        assert_int_equal(scores[j].inside, b.scores[j].inside);
        n_copies += scores[j].distance == 0.0;
    }
    assert_true(n_copies > 100 && n_copies < MANY); /* or the lattice would not try much */
}

static void test_f_score(void **state)
{
    (void)state;
    assert_true(gmet_f_score(0.0, 0.0, 1.0) == 0.0);
    assert_true(gmet_f_score(1.0, 1.0, 8.0) == 1.0);
    assert_true(gmet_f_score(0.5, 0.0, 1.0) == 0.0);
    assert_close(gmet_f_score(0.5, 0.25, 1.0), 1.0 / 3.0);
    assert_close(gmet_f_score(0.5, 0.25, 2.0), 5.0 * 0.125 / 2.25);
}

static void test_bad_input(void **state)
{
    (void)state;
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, nan[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, NAN};
    gmet_prdc_result r;
    feat_error err;
    assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(x, 5, 2), SET(x, 6, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "k = 5 needs at least 6 real rows, 5 found");
    assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(x, 6, 2), SET(x, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "k = 5 needs at least 6 generated rows, 1 found");
    gmet_prdc_options o = {.struct_size = sizeof o, .k = 5, .strict = 1, .recall = 0};
    assert_int_equal(gmet_prdc(&r, NULL, &o, SET(x, 6, 2), SET(x, 0, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(x, 6, 2), SET(nan, 6, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "generated: row 5, column 1 is NaN");
    assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(x, 6, 0), SET(x, 6, 0), NULL, &err), FEAT_ERR_ARG);
    o.k = 0;
    assert_int_equal(gmet_prdc(&r, NULL, &o, SET(x, 6, 2), SET(x, 6, 2), NULL, &err), FEAT_ERR_ARG);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 500, N2 = 130, COLUMNS = 40 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    uint32_t n_balls[N2];
    unsigned char covered[N1];
    double radius[N1];
    const gmet_prdc_images images = {n_balls, covered, radius};
    gmet_prdc_result r;
    assert_int_equal(gmet_prdc(&r, &images, NULL, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    double values[4] = {r.precision, r.recall, r.density, r.coverage};
    uint64_t h = fixture_hash(FIXTURE_HASH_START, values, sizeof values);
    h = fixture_hash(h, n_balls, sizeof n_balls);
    h = fixture_hash(h, radius, sizeof radius);
    return fixture_hash(h, covered, sizeof covered);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x4f0890615016ca91u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_prdc_result r;
    return gmet_prdc(&r, NULL, NULL, SET(ctx, 6, 2), SET(ctx, 6, 2), NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    fixture_survives_no_memory(allocate, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_numpy),  cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_unequal_sizes),  cmocka_unit_test(test_equal_rows),
        cmocka_unit_test(test_f_score),        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),      cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_decisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
