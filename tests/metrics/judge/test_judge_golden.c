/* The judge against a stored set with figures of an independent implementation (tests/data/judge, see README
 * there). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/metrics/judge/judge_fixture.h"

static void assert_near(double got, double want, double limit, const char *what)
{
    if (!(fabs(got - want) <= limit))
        fail_msg("%s: got %.17g, want %.17g", what, got, want);
}

static void assert_all_near(const double *got, const char *array, size_t n, double limit)
{
    double *want = judge_array(array, n), worst = 0.0;
    for (size_t i = 0; i < n; i++) {
        double error = fabs(got[i] - want[i]);
        worst = error > worst || isnan(error) ? error : worst;
    }
    feat_free(want);
    if (!(worst <= limit))
        fail_msg("%s: off by %.3g", array, worst);
    print_message("%s: within %.2g\n", array, worst);
}

static void test_labels(void **state)
{
    (void)state;
    judge_world w = judge_load();
    gmet_judge_agreement a;
    gmet_judge_agree(&a, &w.set, NULL);
    assert_int_equal(a.images, 1500);
    assert_int_equal(a.labels, 7500);
    assert_int_equal(a.images2, 1500);
    assert_int_equal(a.labels2, 7500);
    assert_near(a.pair_image, 0.6185333333333333, 1e-12, "pair_image");
    assert_near(a.pair_pooled, 0.6185333333333334, 1e-12, "pair_pooled");
    assert_near(a.pair_label, 0.6185333333333334, 1e-12, "pair_label");
    assert_near(a.p_real, 0.5054666666666666, 1e-12, "p_real");
    assert_near(a.fleiss, 0.2369754564083341, 1e-12, "fleiss");
    assert_near(a.alpha, 0.2370771930141482, 1e-12, "alpha");
    assert_near(a.loo_majority, 0.6559333333333334, 1e-12, "loo_majority");
    assert_near(a.loo_majority_notie, 0.7025108225108225, 1e-12, "loo_majority_notie");
    assert_near(a.loo_notie_share, 0.77, 1e-12, "loo_notie_share");
    assert_near(a.own_majority, 0.7709333333333334, 1e-12, "own_majority");
    judge_free(&w);
}

static void test_statistics(void **state)
{
    (void)state;
    judge_world w = judge_load();
    size_t p;
    double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p);
    assert_int_equal(p, 10);
    assert_all_near(x, "stats", w.n * p, 1e-8);
    feat_free(x);
    judge_free(&w);
}

typedef struct expected {
    const char *array;
    gmet_judge_kind kind;
    gmet_judge_cv cv;
    double acc_label, acc_majority, spearman;
    double gen_label[4], gen_spearman[4], gen_mean_p[4];
} expected;

static const expected runs[] = {
    {"p_logo_logistic",
     GMET_JUDGE_LOGISTIC,
     GMET_JUDGE_LOGO,
     0.7028,
     0.8033333333333333,
     0.6697618047780408,
     {0.652, 0.626, 0.7213333333333334, 0.7686666666666667},
     {0.3647806349453652, 0.5474871401892447, 0.7554863726061091, 0.7892352588073225},
     {0.6162360564735936, 0.5190654905380737, 0.36319259953255423, 0.34736647256013936}},
    {"p_logo_ridge",
     GMET_JUDGE_RIDGE,
     GMET_JUDGE_LOGO,
     0.7017333333333333,
     0.802,
     0.6728740096979312,
     {0.6533333333333333, 0.6313333333333333, 0.7213333333333334, 0.7566666666666667},
     {0.36786619946555027, 0.5531957587396714, 0.7513812111085824, 0.7901564212005596},
     {0.6082949499917377, 0.5183740685909379, 0.3641554290258496, 0.35893823366291844}},
    {"p_logo_krr",
     GMET_JUDGE_KRR,
     GMET_JUDGE_LOGO,
     0.7034666666666667,
     0.8066666666666666,
     0.6713061876763282,
     {0.6526666666666666, 0.6346666666666667, 0.7206666666666667, 0.7633333333333333},
     {0.3916339383215325, 0.5425954653806362, 0.7571841956779432, 0.7602969744714506},
     {0.6189224887703981, 0.5174132859989091, 0.3698389636556008, 0.3307094008055307}},
    {"p_kfold_logistic",
     GMET_JUDGE_LOGISTIC,
     GMET_JUDGE_KFOLD,
     0.7021333333333334,
     0.8013333333333333,
     0.6697716260850678,
     {0.6526666666666666, 0.6333333333333333, 0.716, 0.766},
     {0.36019605911162833, 0.5451023635980967, 0.7509513620212059, 0.785826579724233},
     {0.6239173198896241, 0.5098663852542692, 0.37255452802097316, 0.3255280554214042}},
    {"p_kfold_ridge",
     GMET_JUDGE_RIDGE,
     GMET_JUDGE_KFOLD,
     0.7014666666666667,
     0.798,
     0.6745850839505745,
     {0.652, 0.634, 0.7146666666666667, 0.7606666666666667},
     {0.3666017820439568, 0.5524192195507968, 0.7493644205782193, 0.7901160259496908},
     {0.6187647805271059, 0.5097206954720878, 0.3757733076063382, 0.3444985288187638}},
    {"p_kfold_krr",
     GMET_JUDGE_KRR,
     GMET_JUDGE_KFOLD,
     0.7028,
     0.8033333333333333,
     0.6740019793540338,
     {0.6526666666666666, 0.6333333333333333, 0.722, 0.76},
     {0.37880640864449827, 0.5310359043769988, 0.7534151100845806, 0.7761594729481266},
     {0.626579772943737, 0.5096346472797482, 0.37723021707756593, 0.3200667626580587}},
};

static void check_run(const judge_world *w, const double *x, const expected *e)
{
    gmet_judge_fit_options fit;
    gmet_judge_cv_options cv;
    gmet_judge_scores s;
    size_t rows[300];
    fit = judge_fit_options(e->kind);
    gmet_judge_cv_options_init(&cv, sizeof cv);
    cv.cv = e->cv;
    gmet_judge_cv_result r = judge_validate(w, x, 10, &fit, &cv);
    assert_int_equal(r.n_folds, e->cv == GMET_JUDGE_LOGO ? 4 : 5);
    assert_all_near(r.p, e->array, w->n, 1e-6);
    assert_int_equal(gmet_judge_score(&s, r.p, NULL, &w->set, NULL, NULL), FEAT_OK);
    /* Shares of 7500 labels: the integers must be the same. */
    assert_int_equal(lround(s.acc_label * 7500.0), lround(e->acc_label * 7500.0));
    assert_near(s.acc_label, e->acc_label, 1e-14, "acc_label");
    assert_near(s.acc_majority, e->acc_majority, 1e-14, "acc_majority");
    assert_near(s.spearman, e->spearman, 1e-9, "spearman");
    for (size_t g = 0; g < 4; g++) {
        double mean = 0.0;
        for (size_t i = 0; i < 300; i++)
            rows[i] = 300 * (g + 1) + i;
        assert_int_equal(gmet_judge_score(&s, r.p, NULL, &w->set, &(gmet_judge_subset){rows, 300}, NULL), FEAT_OK);
        assert_near(s.acc_label, e->gen_label[g], 1e-14, "acc_label of a generator");
        assert_near(s.spearman, e->gen_spearman[g], 1e-9, "spearman of a generator");
        for (size_t i = 0; i < 300; i++)
            mean += r.p[rows[i]] / 300.0;
        assert_near(mean, e->gen_mean_p[g], 1e-7, "mean p of a generator");
    }
    judge_cv_free(&r);
}

static void test_predictions(void **state)
{
    (void)state;
    judge_world w = judge_load();
    double *x = judge_array("stats", w.n * 10);
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        check_run(&w, x, &runs[i]);
    feat_free(x);
    judge_free(&w);
}

static void test_oracle(void **state)
{
    (void)state;
    judge_world w = judge_load();
    gmet_judge_scores s;
    assert_int_equal(gmet_judge_score(&s, w.true_p, NULL, &w.set, NULL, NULL), FEAT_OK);
    assert_near(s.acc_label, 0.7072, 1e-14, "acc_label");
    assert_near(s.acc_majority, 0.8066666666666666, 1e-14, "acc_majority");
    assert_near(s.spearman, 0.739847403983142, 1e-9, "spearman");
    judge_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_predictions),
        cmocka_unit_test(test_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
