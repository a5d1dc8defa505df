/* C_T: against scikit-learn and SciPy, by hand, edges. */
#define EXPECT_CLUSTERS
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

enum { N_TEST = 220, N_GEN = 260 };

static void test_against_scipy(void **state)
{
    (void)state;
    sets s = make_sets();
    float *test = fixture_features(N_TEST, D, 31, 0.0);
    gmet_ct_result r;
    gmet_ct_options o;
    gmet_ct_options_init(&o, sizeof o);
    assert_true(o.n_cells == 3 && o.n_init == 10 && o.max_dim == 64 && o.min_count == 21 && o.seed == 2020);
    assert_int_equal(gmet_ct(&r, &o, SET(s.a, N_A, D), SET(test, N_TEST, D), SET(s.b, N_GEN, D), NULL, NULL), FEAT_OK);
    assert_close(r.value, EXPECTED_CT);
    assert_int_equal(r.n_cells, 3);
    assert_int_equal(r.cells[0].n_train + r.cells[1].n_train + r.cells[2].n_train, N_A);
    assert_int_equal(r.cells[0].n_test + r.cells[1].n_test + r.cells[2].n_test, N_TEST);
    assert_int_equal(r.cells[0].n_gen + r.cells[1].n_gen + r.cells[2].n_gen, N_GEN);
    assert_true(r.cells[0].n_train >= r.cells[1].n_train && r.cells[1].n_train >= r.cells[2].n_train);
    float *train_20 = cut(s.a, 0, N_A, 20), *test_20 = cut(test, 0, N_TEST, 20),
          *gen_20 = cut(s.b, 0, N_GEN, 20);
    assert_int_equal(
        gmet_ct(&r, NULL, SET(train_20, N_A, 20), SET(test_20, N_TEST, 20), SET(gen_20, N_GEN, 20), NULL, NULL),
        FEAT_OK);
    assert_close(r.value, EXPECTED_CT_20);
    /* Mostly copies of training rows. */
    float *copies = cut(s.a, 0, 230, D);
    for (size_t i = 0; i < 130 * D; i++)
        copies[i] += 0.01f;
    memcpy(copies + 130 * D, s.b, 100 * D * sizeof *copies);
    assert_int_equal(gmet_ct(&r, NULL, SET(s.a, N_A, D), SET(test, N_TEST, D), SET(copies, 230, D), NULL, NULL),
                     FEAT_OK);
    assert_close(r.value, EXPECTED_CT_COPIES);
    assert_true(r.value < -3.0);
    feat_free(copies);
    feat_free(gen_20);
    feat_free(test_20);
    feat_free(train_20);
    feat_free(test);
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* One cell; distances of test 1, 3, of gen 2, 3, 5: U = 1 + 1.5 + 2, n m = 6, variance 3. */
    const float train[2] = {0, 100}, test[2] = {1, -3}, gen[3] = {2, 3, -5};
    gmet_ct_options o = {.struct_size = sizeof o, .n_cells = 1, .n_init = 1, .max_dim = 64, .min_count = 1, .seed = 1};
    gmet_ct_result r;
    assert_int_equal(gmet_ct(&r, &o, SET(train, 2, 1), SET(test, 2, 1), SET(gen, 3, 1), NULL, NULL), FEAT_OK);
    assert_close(r.value, (4.5 - 2.5) / sqrt(3.0));
    assert_true(r.cells[0].used && r.cells[0].n_train == 2 && r.cells[0].n_test == 2 &&
                r.cells[0].n_gen == 3);
    /* Two cells, the one around 100 has no test row: left out. */
    const float two[5] = {0, 1, 1.5f, 100, 101}, more[4] = {2, 3, -5, 99};
    o.n_cells = 2;
    assert_int_equal(gmet_ct(&r, &o, SET(two, 5, 1), SET(test, 2, 1), SET(more, 4, 1), NULL, NULL), FEAT_OK);
    assert_true(r.cells[0].used && !r.cells[1].used && r.cells[1].n_gen == 1 && r.cells[1].n_test == 0);
    assert_true(r.value == r.cells[0].z);
    /* Rows no wider than max_dim are taken as they are: (3, 4) and (5, 0) are equally far from the origin, a tie that
     * turned axes would break. Distances of test 5, 1, of gen 5, 7, 2: U = 1.5 + 2 + 1. */
    const float plane[4] = {0, 0, 100, 37}, near[4] = {3, 4, -1, 0}, far[6] = {5, 0, 0, -7, 2, 0};
    o.n_cells = 1;
    assert_int_equal(gmet_ct(&r, &o, SET(plane, 2, 2), SET(near, 2, 2), SET(far, 3, 2), NULL, NULL), FEAT_OK);
    assert_close(r.value, (4.5 - 2.5) / sqrt(3.0));
}

/* As many cells as there can be, each around a training row of its own, with a test row 0.1 and one generated row 0.2
 * or 0.05 from it. */
static void test_most_cells(void **state)
{
    (void)state;
    enum { MOST = GMET_CT_MAX_CELLS };
    float train[MOST], test[MOST], gen[MOST];
    for (size_t i = 0; i < MOST; i++) {
        train[i] = (float)i * 10.0f;
        test[i] = train[i] + 0.1f;
        gen[i] = train[i] + (i % 2 == 0 ? 0.2f : 0.05f);
    }
    gmet_ct_options o = {
        .struct_size = sizeof o, .n_cells = MOST, .n_init = 1, .max_dim = 64, .min_count = 1, .seed = 1};
    gmet_ct_result r;
    assert_int_equal(gmet_ct(&r, &o, SET(train, MOST, 1), SET(test, MOST, 1), SET(gen, MOST, 1), NULL, NULL), FEAT_OK);
    assert_int_equal(r.n_cells, MOST);
    size_t n_far = 0;
    for (size_t i = 0; i < MOST; i++) {
        assert_true(r.cells[i].used && r.cells[i].n_train == 1 && r.cells[i].n_test == 1 && r.cells[i].n_gen == 1);
        n_far += r.cells[i].z > 0.0;
    }
    assert_int_equal(n_far, MOST / 2); /* Z is 2 where the generated row is the farther, else 0 */
    assert_close(r.value, 1.0);
}

/* Cells around 0, 100 and 200; that around 200 has `n_gen` generated rows, which are far from the training rows. The
 * mean of Z over the cells that count. */
static double with_generated(size_t n_gen, gmet_ct_result *r)
{
    enum { EACH = 30 };
    float train[3 * EACH], test[3 * EACH], gen[3 * EACH];
    size_t n = 0;
    for (size_t cell = 0; cell < 3; cell++)
        for (size_t i = 0; i < EACH; i++) {
            float at = 100.0f * (float)cell + (float)(i * 7 % EACH) / 4.0f;
            train[cell * EACH + i] = at;
            test[cell * EACH + i] = at + 0.05f;
            if (cell < 2 || i < n_gen)
                gen[n++] = at + (cell < 2 ? 0.05f : 0.1f);
        }
    assert_int_equal(gmet_ct(r, NULL, SET(train, 3 * EACH, 1), SET(test, 3 * EACH, 1), SET(gen, n, 1), NULL, NULL),
                     FEAT_OK);
    return r->value;
}

/* dgm-eval takes a cell that has a share of the generated rows above 20 / n_gen: more than 20 of them. */
static void test_twenty_are_too_few(void **state)
{
    (void)state;
    gmet_ct_result r;
    size_t used = 0, last = 0;
    double without = with_generated(20, &r);
    for (size_t i = 0; i < 3; i++) {
        used += (size_t)r.cells[i].used;
        last = r.cells[i].n_gen == 20 ? i : last;
    }
    assert_int_equal(used, 2);
    assert_false(r.cells[last].used);
    double with = with_generated(21, &r);
    assert_true(r.cells[0].used && r.cells[1].used && r.cells[2].used);
    assert_true(with > without + 1.0);
}

static void test_equal_rows(void **state)
{
    (void)state;
    float *same = constant(60 * 2, 1.5f);
    gmet_ct_result r;
    assert_int_equal(gmet_ct(&r, NULL, SET(same, 60, 2), SET(same, 30, 2), SET(same, 40, 2), NULL, NULL), FEAT_OK);
    assert_close(r.value, 0.5 / sqrt(30.0 * 40.0 * 71.0 / 12.0)); /* all ties: the continuity correction */
    gmet_ct_options o;
    gmet_ct_options_init(&o, sizeof o);
    o.max_dim = 1;
    assert_int_equal(gmet_ct(&r, &o, SET(same, 60, 2), SET(same, 30, 2), SET(same, 40, 2), NULL, NULL), FEAT_OK);
    assert_close(r.value, 0.5 / sqrt(30.0 * 40.0 * 71.0 / 12.0));
    feat_free(same);
}

static void test_bad_input(void **state)
{
    (void)state;
    const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, nan[2] = {NAN, 1};
    gmet_ct_result r;
    feat_error err;
    assert_int_equal(gmet_ct(&r, NULL, SET(x, 2, 2), SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "C_T: at least 3 training rows needed, 2 found");
    assert_int_equal(gmet_ct(&r, NULL, SET(x, 4, 2), SET(x, 0, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_ct(&r, NULL, SET(x, 4, 2), SET(x, 4, 2), SET(x, 0, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_ct(&r, NULL, SET(x, 4, 2), SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "none of 3 cells has 21 generated rows or more");
    assert_int_equal(gmet_ct(&r, NULL, SET(x, 4, 2), SET(nan, 1, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "test: row 0, column 0 is NaN");
    assert_int_equal(gmet_ct(&r, NULL, SET(x, 4, 0), SET(x, 4, 0), SET(x, 4, 0), NULL, &err), FEAT_ERR_ARG);
    gmet_ct_options o = {.struct_size = sizeof o, .n_cells = 65, .n_init = 1, .max_dim = 64};
    assert_int_equal(gmet_ct(&r, &o, SET(x, 4, 2), SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_ARG);
}

static uint64_t hash_of(const gmet_context *context)
{
    float *a = fixture_features(200, 70, 1, 0.0), *b = fixture_features(150, 70, 2, 0.5);
    gmet_ct_result r;
    assert_int_equal(gmet_ct(&r, NULL, SET(a, 120, 70), SET(a + 120 * 70, 80, 70), SET(b, 150, 70), context, NULL),
                     FEAT_OK);
    feat_free(a);
    feat_free(b);
    const double values[4] = {r.value, r.cells[0].z, r.cells[1].z, r.cells[2].z};
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
    gmet_ct_options o = {.struct_size = sizeof o, .n_cells = 1, .n_init = 1, .max_dim = 1, .min_count = 1, .seed = 1};
    gmet_ct_result r;
    return gmet_ct(&r, &o, SET(ctx, 5, 2), SET(ctx, 4, 2), SET(ctx, 3, 2), NULL, err);
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
        cmocka_unit_test(test_against_scipy), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_most_cells),    cmocka_unit_test(test_equal_rows),
        cmocka_unit_test(test_bad_input),     cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),     cmocka_unit_test(test_twenty_are_too_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
