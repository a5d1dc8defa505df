/* Metrics per class: NumPy's figures, classes too small for one or the other, edges. */
#define EXPECT_CLASSES
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

enum { N_CLASSES = 6, C = 37 }; /* class 5 is empty */

typedef struct labels {
    uint32_t real[N_A], gen[N_B];
} labels;

static labels make_labels(void)
{
    labels l;
    for (uint32_t i = 0; i < N_A; i++)
        l.real[i] = i % 5;
    for (uint32_t i = 0; i < N_B; i++)
        l.gen[i] = i == 0 ? 3 : i < 4 ? 4 : i % 3;
    return l;
}

static void test_against_numpy(void **state)
{
    (void)state;
    const double *const want[5] = {expected_class_0, expected_class_1, expected_class_2, expected_class_3,
                                   expected_class_4};
    sets s = make_sets();
    labels l = make_labels();
    float *x = fixture_logits(N_B, C, 4);
    gmet_class_score k[N_CLASSES];
    gmet_class_mean mean;
    assert_int_equal(gmet_per_class(k, &mean, N_CLASSES, NULL, LABELLED(s.a, l.real, N_A, D),
                                    LABELLED(s.b, l.gen, N_B, D), SET(x, N_B, C), NULL, NULL), FEAT_OK);
    double fid = 0.0, is = 0.0;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(k[i].n_real, 60);
        assert_int_equal(k[i].has_fid, i != 3);
        assert_int_equal(k[i].has_is, 1);
        assert_int_equal(k[i].has_pr, i < 3);
        assert_close(k[i].fid, want[i][0]);
        assert_close(k[i].is_mean, want[i][1]);
        assert_close(k[i].precision, want[i][2]);
        assert_close(k[i].recall, want[i][3]);
        fid += want[i][0];
        is += want[i][1];
    }
    assert_true(k[3].n_gen == 1 && k[4].n_gen == 3 && k[5].n_gen == 0 && k[5].n_real == 0);
    assert_true(!k[5].has_fid && !k[5].has_is && !k[5].has_pr);
    assert_true(mean.n_fid == 4 && mean.n_is == 5 && mean.n_pr == 3);
    assert_close(mean.fid, fid / 4.0);
    assert_close(mean.is_mean, is / 5.0);
    assert_close(mean.precision, (want[0][2] + want[1][2] + want[2][2]) / 3.0);
    assert_close(mean.recall, (want[0][3] + want[1][3] + want[2][3]) / 3.0);
    feat_free(x);
    free_sets(&s);
}

static void test_parts(void **state)
{
    (void)state;
    sets s = make_sets();
    labels l = make_labels();
    gmet_class_score k[N_CLASSES];
    gmet_class_mean mean;
    gmet_class_options o;
    gmet_class_options_init(&o, sizeof o);
    assert_true(o.n_splits == 1 && o.k == 3 && !o.strict && o.fid && o.is && o.pr);
    o.fid = 0;
    o.pr = 0;
    assert_int_equal(gmet_per_class(k, &mean, N_CLASSES, &o, LABELLED(s.a, l.real, N_A, D),
                                    LABELLED(s.b, l.gen, N_B, D), NULL, NULL, NULL), FEAT_OK);
    assert_true(mean.n_fid == 0 && mean.n_is == 0 && mean.n_pr == 0);
    assert_true(mean.fid == 0.0 && mean.is_mean == 0.0 && mean.precision == 0.0 && mean.recall == 0.0);
    /* A class against itself. */
    gmet_class_options_init(&o, sizeof o);
    assert_int_equal(gmet_per_class(k, &mean, 5, &o, LABELLED(s.a, l.real, N_A, D), LABELLED(s.a, l.real, N_A, D), NULL,
                                    NULL, NULL), FEAT_OK);
    assert_true(mean.n_fid == 5 && mean.n_pr == 5 && mean.precision == 1.0 && mean.recall == 1.0);
    assert_true(fabs(mean.fid) < 1e-12);
    free_sets(&s);
}

static void test_bad_input(void **state)
{
    (void)state;
    const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, nan[8] = {1, 2, 3, NAN, 5, 6, 7, 8};
    const uint32_t label[4] = {0, 1, 1, 2};
    gmet_class_score k[3];
    gmet_class_mean mean;
    feat_error err;
    assert_int_equal(gmet_per_class(k, &mean, 2, NULL, LABELLED(x, label, 3, 2), LABELLED(x, label, 4, 2), NULL, NULL,
                                    &err), FEAT_ERR_ARG);
    assert_message(err, FEAT_ERR_ARG, "generated: row 3 has label 2, below 2 expected");
    assert_int_equal(gmet_per_class(k, &mean, 3, NULL, LABELLED(x, label, 4, 2), LABELLED(nan, label, 4, 2), NULL, NULL,
                                    &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_per_class(k, &mean, 3, NULL, LABELLED(x, label, 4, 2), LABELLED(x, label, 4, 2),
                                    SET(nan, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_per_class(k, &mean, 3, NULL, LABELLED(x, label, 0, 2), LABELLED(x, label, 4, 2), NULL, NULL,
                                    &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_per_class(k, &mean, 0, NULL, LABELLED(x, label, 4, 2), LABELLED(x, label, 4, 2), NULL, NULL,
                                    &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_per_class(k, &mean, 3, NULL, LABELLED(x, label, 4, 0), LABELLED(x, label, 4, 0), NULL, NULL,
                                    &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_per_class(k, &mean, 3, NULL, LABELLED(x, label, 4, 2), LABELLED(x, label, 4, 1), NULL, NULL,
                                    &err), FEAT_ERR_ARG);
    assert_message(err, FEAT_ERR_ARG, "per class: both sets must have the same columns, 2 and 1 found");
    assert_int_equal(gmet_per_class(k, &mean, 3, NULL, LABELLED(x, label, 4, 2), LABELLED(x, label, 4, 2),
                                    SET(x, 3, 2), NULL, &err), FEAT_ERR_ARG);
    assert_message(err, FEAT_ERR_ARG, "per class: logits of 4 generated rows expected, 3 rows found");
    gmet_class_options o;
    gmet_class_options_init(&o, sizeof o);
    o.k = 0;
    assert_int_equal(gmet_per_class(k, &mean, 3, &o, LABELLED(x, label, 4, 2), LABELLED(x, label, 4, 2), NULL, NULL,
                                    &err), FEAT_ERR_ARG);
}

static uint64_t hash_of(const gmet_context *context)
{
    float *a = fixture_features(100, 20, 1, 0.0), *b = fixture_features(100, 20, 2, 1.0);
    float *x = fixture_logits(100, C, 4);
    labels l = make_labels();
    gmet_class_score k[5];
    gmet_class_mean mean;
    memset(k, 0, sizeof k);
    assert_int_equal(gmet_per_class(k, &mean, 5, NULL, LABELLED(a, l.real, 100, 20), LABELLED(b, l.gen, 100, 20),
                                    SET(x, 100, C), context, NULL), FEAT_OK);
    feat_free(x);
    feat_free(a);
    feat_free(b);
    uint64_t h = FIXTURE_HASH_START;
    for (size_t i = 0; i < 5; i++) {
        const double values[5] = {k[i].fid, k[i].is_mean, k[i].is_std, k[i].precision, k[i].recall};
        h = fixture_hash(h, values, sizeof values);
    }
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    /* Eigenvalues are in it, whose bits the tests of the eigensolver pin. */
    fixture_same_bits(hash_of, hash_of(NULL));
}

static feat_status allocate(void *ctx, feat_error *err)
{
    const uint32_t label[10] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
    gmet_class_score k[2];
    gmet_class_mean mean;
    return gmet_per_class(k, &mean, 2, NULL, LABELLED(ctx, label, 10, 2), LABELLED(ctx, label, 10, 2), SET(ctx, 10, 2),
                          NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[20];
    splitmix rng = {3};
    for (size_t i = 0; i < 20; i++)
        x[i] = (float)splitmix_unit(&rng);
    fixture_survives_no_memory(allocate, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_numpy), cmocka_unit_test(test_parts),
        cmocka_unit_test(test_bad_input),     cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
