/* What the judge's functions refuse, in what words, and that a refusal hands out nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"

static feat_error err;

#define assert_refused(call, status, says) refused_at(call, status, says, __LINE__)
static void refused_at(feat_status found, feat_status expected, const char *says, int line)
{
    if (found != expected || strstr(err.message, says) == NULL)
        fail_msg("line %d: status %d (expected %d), \"%s\" (expected \"%s\")", line, (int)found,
                 (int)expected, err.message, says);
    memset(&err, 0, sizeof err);
}

/* --- references --------------------------------------------------------------------------------------- */

enum { ROWS = 40, WIDE = 6, CLASSES = 3 };

static gmet_judge_ref *make_ref(const judge_world *w, const double *logits)
{
    gmet_judge_rows ref = {.g = w->ref, .n = ROWS, .d = WIDE}, l = {.g = logits, .n = ROWS, .d = CLASSES};
    gmet_judge_ref_options o;
    gmet_judge_ref *made = NULL;
    gmet_judge_ref_options_init(&o, sizeof o);
    o.blocks = GMET_JUDGE_STATS | GMET_JUDGE_GMM | GMET_JUDGE_ENT | GMET_JUDGE_KLREAL;
    o.mixture = 2;
    assert_int_equal(gmet_judge_ref_create(&made, &ref, &l, &o, NULL, &err), FEAT_OK);
    assert_int_equal(gmet_judge_ref_rows(made), ROWS);
    assert_int_equal(gmet_judge_ref_dim(made), WIDE);
    assert_int_equal(gmet_judge_ref_classes(made), CLASSES);
    assert_int_equal(gmet_judge_ref_blocks(made), o.blocks);
    return made;
}

static void refuses_parts(const gmet_judge_ref_parts *bad, const char *says)
{
    gmet_judge_ref *made = (gmet_judge_ref *)(void *)&err;
    refused_at(gmet_judge_ref_restore(&made, bad, &err), FEAT_ERR_ARG, says, __LINE__);
    assert_null(made);
}

/* Parts of a reference that a damaged or forged file could bring. */
static void test_reference_parts(void **state)
{
    (void)state;
    static const char options[] = "the reference's options cannot be",
                      sizes[] = "sizes that do not belong together";
    judge_world w = judge_small_world(ROWS, 20, WIDE, 3);
    double *logits = fixture_doubles(ROWS * CLASSES), axis[WIDE * WIDE];
    for (size_t i = 0; i < ROWS * CLASSES; i++)
        logits[i] = (double)(i * i % 7);
    gmet_judge_ref *ref = make_ref(&w, logits);
    gmet_judge_ref_parts good, bad;
    gmet_judge_ref_options o;
    gmet_judge_ref_view(&good, ref);
#define REFUSES(change, says)                                                                                \
    do {                                                                                                     \
        bad = good;                                                                                          \
        o = *good.options;                                                                                   \
        bad.options = &o;                                                                                    \
        change;                                                                                              \
        refuses_parts(&bad, says);                                                                           \
    } while (0)
    REFUSES(o.blocks = 0, options);
    REFUSES(o.blocks |= 1u << 11, options);
    REFUSES(o.k = 0, options);
    REFUSES(o.components = 0, options);
    REFUSES(o.struct_size = 0, "gmet_judge_ref_options");
    REFUSES(bad.d = 0, sizes);
    REFUSES(o.k = ROWS, sizes);
    REFUSES(bad.n_axes = 0, sizes);
    REFUSES(bad.n_axes = WIDE + 1, sizes);
    REFUSES(bad.x.d = WIDE - 1, sizes);
    REFUSES((o.pca = 2, bad.n_axes = WIDE - 1), sizes);
    REFUSES(bad.n_mix = 0, sizes);
    REFUSES(bad.mix_d = bad.n_axes + 1, sizes);
    REFUSES(bad.n_classes = 0, sizes);
    REFUSES(bad.lam = (double)INFINITY, "lam is inf");
    REFUSES(bad.lam = (double)NAN, "lam is nan");
    REFUSES(bad.x.g = NULL, "ref is missing");
    REFUSES(bad.radii = NULL, "radii is missing");
    REFUSES(bad.mu = NULL, "mu is missing");
    REFUSES(bad.axes = NULL, "V is missing");
    REFUSES(bad.w = NULL, "w is missing");
    REFUSES(bad.real_p = NULL, "real_p is missing");
    REFUSES(bad.mix = NULL, "mixture is missing");
    memcpy(axis, good.axes, WIDE * good.n_axes * sizeof *axis);
    axis[7] = (double)NAN;
    REFUSES(bad.axes = axis, "V[7] is nan");
    axis[7] = -(double)INFINITY;
    REFUSES(bad.axes = axis, "V[7] is -inf");
    memcpy(axis, good.w, good.n_axes * sizeof *axis);
    axis[1] = -axis[1];
    REFUSES(bad.w = axis, "w[1] is -");
#undef REFUSES
    gmet_judge_ref_close(&ref);
    feat_free(logits);
    judge_free(&w);
}

/* A reference that was made of floats keeps them, and comes back with them. */
static void test_float_reference(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 20, WIDE, 4);
    float *f = feat_alloc_array(ROWS, WIDE * sizeof *f);
    assert_non_null(f);
    for (size_t i = 0; i < ROWS * WIDE; i++)
        f[i] = (float)w.ref[i];
    gmet_judge_rows rows = {.f = f, .n = ROWS, .d = WIDE}, x = {.g = w.feat, .n = w.n, .d = WIDE};
    gmet_judge_ref *ref = NULL, *again = NULL;
    gmet_judge_ref_parts parts;
    assert_int_equal(gmet_judge_ref_create(&ref, &rows, NULL, NULL, NULL, &err), FEAT_OK);
    gmet_judge_ref_view(&parts, ref);
    assert_non_null(parts.x.f);
    assert_memory_equal(parts.x.f, f, ROWS * WIDE * sizeof *f);
    assert_int_equal(gmet_judge_ref_restore(&again, &parts, &err), FEAT_OK);
    size_t p = gmet_judge_n_features(ref);
    double *one = fixture_doubles(w.n * p), *two = fixture_doubles(w.n * p);
    assert_int_equal(gmet_judge_features(one, NULL, ref, &x, NULL, NULL, &err), FEAT_OK);
    assert_int_equal(gmet_judge_features(two, NULL, again, &x, NULL, NULL, &err), FEAT_OK);
    assert_memory_equal(one, two, w.n * p * sizeof *one);
    f[WIDE + 2] = (float)NAN;
    parts.x.f = f;
    gmet_judge_ref_close(&again);
    assert_refused(gmet_judge_ref_restore(&again, &parts, &err), FEAT_ERR_NUMERIC, "ref: row 1, column 2");
    assert_null(again);
    feat_free(two);
    feat_free(one);
    gmet_judge_ref_close(&ref);
    feat_free(f);
    judge_free(&w);
}

static void test_reference_options(void **state)
{
    (void)state;
    const struct {
        gmet_judge_ref_options options; /* size, blocks, k, pca, components, mixture */
        const char *text;
    } refused[] = {
        {{sizeof(gmet_judge_ref_options), 0, 3, 0, 32, 5}, "unknown blocks 0x0"},
        {{sizeof(gmet_judge_ref_options), GMET_JUDGE_STATS, 0, 0, 32, 5}, "k = 0"},
        {{sizeof(gmet_judge_ref_options), GMET_JUDGE_STATS, 1001, 0, 32, 5}, "k = 1001"},
        {{sizeof(gmet_judge_ref_options), GMET_JUDGE_STATS, 3, 0, 0, 5}, "0 components"},
        {{sizeof(gmet_judge_ref_options), GMET_JUDGE_STATS, 3, 0, 32, 0}, "mixture of 0"},
        {{sizeof(gmet_judge_ref_options), GMET_JUDGE_MAXP, 3, 0, 32, 5}, "39 rows of logits for 40 reference rows"},
    };
    judge_world w = judge_small_world(ROWS, 20, WIDE, 5);
    gmet_judge_rows rows = judge_rows(w.ref, ROWS, WIDE), none = judge_rows(w.ref, ROWS, 0);
    gmet_judge_rows few = judge_rows(w.ref, ROWS - 1, CLASSES);
    gmet_judge_ref *ref = NULL;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_refused(gmet_judge_ref_create(&ref, &rows, &few, &refused[i].options, NULL, &err), FEAT_ERR_ARG,
                       refused[i].text);
    assert_refused(gmet_judge_ref_create(&ref, &none, NULL, NULL, NULL, &err), FEAT_ERR_NUMERIC,
                   "the reference matrix is empty (40 x 0)");
    assert_null(ref);
    judge_free(&w);
}

static void test_logits_of_images(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 20, WIDE, 6);
    double *logits = fixture_doubles(ROWS * (CLASSES + 1)), out[400];
    unsigned char copies[ROWS];
    for (size_t i = 0; i < ROWS * CLASSES; i++)
        logits[i] = (double)(i % 5);
    gmet_judge_ref *ref = make_ref(&w, logits);
    gmet_judge_rows x = {.g = w.feat, .n = 4, .d = WIDE}, narrow = {.g = w.feat, .n = 4, .d = WIDE - 1};
    gmet_judge_rows l = {.g = logits, .n = 4, .d = CLASSES};
    assert_true(4 * gmet_judge_n_features(ref) <= sizeof out / sizeof out[0]);
    assert_int_equal(gmet_judge_features(out, NULL, ref, &x, &l, NULL, &err), FEAT_OK);
    assert_refused(gmet_judge_features(out, NULL, ref, &x, NULL, NULL, &err), FEAT_ERR_ARG,
                   "need the images' logits");
    l.n = 5;
    assert_refused(gmet_judge_features(out, NULL, ref, &x, &l, NULL, &err), FEAT_ERR_ARG,
                   "logits are 5 x 3, expected 4 x 3");
    l.n = 4;
    l.d = CLASSES + 1;
    assert_refused(gmet_judge_features(out, NULL, ref, &x, &l, NULL, &err), FEAT_ERR_ARG,
                   "logits are 4 x 4, expected 4 x 3");
    l.d = CLASSES;
    logits[4] = (double)NAN;
    assert_refused(gmet_judge_features(out, NULL, ref, &x, &l, NULL, &err), FEAT_ERR_NUMERIC,
                   "logits: row 1, column 1 is NaN");
    assert_refused(gmet_judge_ref_copies(copies, ref, &narrow, NULL, &err), FEAT_ERR_ARG,
                   "images have 5 columns, the reference 6");
    gmet_judge_ref_close(&ref);
    feat_free(logits);
    judge_free(&w);
}

/* --- models ------------------------------------------------------------------------------------------- */

static void test_model_parts(void **state)
{
    (void)state;
    double mean[2] = {0.0, 1.0}, scale[2] = {1.0, 0.0}, coef[3] = {0.5, 0.1, 0.0}, points[4] = {0},
           alpha[2] = {1, 2};
    const gmet_judge_model_parts good = {.kind = GMET_JUDGE_KRR,
                                         .lambda = 1.0,
                                         .p = 2,
                                         .mean = mean,
                                         .scale = scale,
                                         .coef = coef,
                                         .n_points = 2,
                                         .points = points,
                                         .alpha = alpha,
                                         .h = 1.0};
    gmet_judge_model_parts bad = good;
    gmet_judge_model *m = NULL;
    assert_int_equal(gmet_judge_model_restore(&m, &bad, &err), FEAT_OK);
    gmet_judge_model_close(&m);
#define REFUSES(change, says)                                                                                \
    do {                                                                                                     \
        bad = good;                                                                                          \
        change;                                                                                              \
        m = (gmet_judge_model *)(void *)&err;                                                                \
        assert_refused(gmet_judge_model_restore(&m, &bad, &err), FEAT_ERR_ARG, says);                         \
        assert_null(m);                                                                                      \
    } while (0)
    REFUSES(bad.kind = GMET_JUDGE_GROUP, "of kind 5 cannot be kept");
    REFUSES(bad.kind = (gmet_judge_kind)17, "of kind 17 cannot be kept");
    REFUSES(bad.p = 0, "a model of 0 features");
    REFUSES(bad.n_points = 0, "0 points");
    REFUSES(bad.h = 0.0, "h = 0 cannot be");
    REFUSES(bad.h = (double)INFINITY, "h = inf cannot be");
    REFUSES(bad.h = (double)NAN, "h = nan cannot be");
    REFUSES(bad.mean = NULL, "feat_mean is missing");
    REFUSES(bad.scale = NULL, "feat_sd is missing");
    REFUSES(bad.coef = NULL, "coef is missing");
    REFUSES(bad.points = NULL, "train_x is missing");
    REFUSES(bad.alpha = NULL, "alpha is missing");
    scale[1] = -1.0;
    REFUSES((void)bad, "feat_sd[1] is -1");
#undef REFUSES
}

static void test_fit_options(void **state)
{
    (void)state;
    const struct {
        int kind;
        double lambda;
        size_t columns, landmarks;
        const char *text;
    } refused[] = {
        {GMET_JUDGE_LOGISTIC, 1.0, 0, 2000, "0 statistics"},
        {GMET_JUDGE_LOGISTIC, 1.0, WIDE, 0, "0 landmarks"},
        {-1, 1.0, WIDE, 2000, "model kind -1 is not known"},
        {6, 1.0, WIDE, 2000, "model kind 6 is not known"},
        {GMET_JUDGE_KRR, 0.0, WIDE, 2000, "lambda 0;"},
        {GMET_JUDGE_RIDGE, (double)NAN, WIDE, 2000, "lambda nan;"},
        {GMET_JUDGE_RIDGE, (double)INFINITY, WIDE, 2000, "lambda inf;"},
    };
    judge_world w = judge_small_world(ROWS, 10, WIDE, 7);
    gmet_judge_model *m = NULL;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        gmet_judge_fit_options fit = judge_fit_options((gmet_judge_kind)refused[i].kind);
        gmet_judge_samples samples = {w.feat, refused[i].columns, &w.set};
        fit.lambda = refused[i].lambda;
        fit.landmarks = refused[i].landmarks;
        assert_refused(gmet_judge_fit(&m, &samples, NULL, &fit, NULL, &err), FEAT_ERR_ARG, refused[i].text);
    }
    assert_null(m);
    judge_free(&w);
}

/* Labels of one kind have no logistic regression, whatever lambda is; a larger one would not help. */
static void test_one_kind_of_label(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 15);
    gmet_judge_model *m = NULL;
    for (int real = 0; real <= 1; real++) {
        for (size_t i = 0; i < w.n; i++)
            w.numbers[w.n + i] = real ? w.numbers[i] : 0;
        assert_refused(gmet_judge_fit(&m, &(gmet_judge_samples){w.feat, WIDE, &w.set}, NULL, NULL, NULL, &err),
                       FEAT_ERR_NUMERIC,
                       real ? "all labels of the 30 training images say \"real\", both kinds are needed"
                            : "all labels of the 30 training images say \"fake\", both kinds are needed");
        assert_null(m);
    }
    judge_free(&w);
}

/* A kernel of equal rows cannot be inverted; lambda is what helps. */
static void test_singular(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 17);
    double x[60] = {0};
    gmet_judge_fit_options fit;
    gmet_judge_model *m = NULL;
    assert_int_equal(w.n, 30);
    for (size_t i = 0; i < 30; i++)
        x[2 * i] = x[2 * i + 1] = i < 15 ? -1.0 : 1.0; /* two different rows */
    for (size_t i = 0; i < 30; i++)
        w.numbers[i] = 4;
    fit = judge_fit_options(GMET_JUDGE_KRR);
    fit.lambda = 1e-300;
    assert_refused(gmet_judge_fit(&m, &(gmet_judge_samples){x, 2, &w.set}, NULL, &fit, NULL, &err), FEAT_ERR_NUMERIC,
                   "the kernel of 30 rows is singular (lambda 1e-300)");
    assert_null(m);
    fit.lambda = 0.5;
    assert_int_equal(gmet_judge_fit(&m, &(gmet_judge_samples){x, 2, &w.set}, NULL, &fit, NULL, &err), FEAT_OK);
    gmet_judge_model_close(&m);
    judge_free(&w);
}

/* Rows that are all equal have no width of their own: the kernel takes 1, and everyone gets the mean. */
static void test_equal_rows(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 8);
    double *x = fixture_doubles(w.n), p[60], share = 0.0, labels = 0.0;
    gmet_judge_fit_options fit;
    gmet_judge_model *m = NULL;
    gmet_judge_model_parts parts;
    assert_true(w.n <= 60);
    for (size_t i = 0; i < w.n; i++) {
        x[i] = 2.5;
        share += w.set.k_real[i];
        labels += w.set.n_labels[i];
    }
    fit = judge_fit_options(GMET_JUDGE_KRR);
    assert_int_equal(gmet_judge_fit(&m, &(gmet_judge_samples){x, 1, &w.set}, NULL, &fit, NULL, &err), FEAT_OK);
    gmet_judge_model_view(&parts, m);
    assert_true(parts.h == 1.0);
    assert_int_equal(
        gmet_judge_predict(p, m, &(gmet_judge_samples){x, 1, &(gmet_judge_set){.n = w.n}}, NULL, NULL, &err), FEAT_OK);
    for (size_t i = 0; i < w.n; i++)
        assert_true(fabs(p[i] - share / labels) < 1e-12);
    gmet_judge_model_close(&m);
    feat_free(x);
    judge_free(&w);
}

/* What a model of truth or of groups knows nothing about gets the share of all. */
static void test_unknown_to_baselines(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 9);
    const signed char truth[3] = {1, 0, -1};
    const uint32_t group[3] = {0, 2, 77};
    const gmet_judge_set three = {.n = 3, .group = group, .truth = truth};
    double p[3];
    gmet_judge_fit_options fit;
    gmet_judge_model *m = NULL;
    gmet_judge_model_parts parts;
    for (int kind = GMET_JUDGE_TRUTH; kind <= GMET_JUDGE_GROUP; kind++) {
        fit = judge_fit_options((gmet_judge_kind)kind);
        assert_int_equal(gmet_judge_fit(&m, &(gmet_judge_samples){w.feat, WIDE, &w.set}, NULL, &fit, NULL, &err),
                         FEAT_OK);
        gmet_judge_model_view(&parts, m);
        assert_int_equal(gmet_judge_predict(p, m, &(gmet_judge_samples){w.feat, WIDE, &three}, NULL, NULL, &err),
                         FEAT_OK);
        assert_true(p[2] == parts.coef[0] && p[0] != p[1]);
        gmet_judge_model_close(&m);
    }
    judge_free(&w);
}

/* --- cross-validation --------------------------------------------------------------------------------- */

static void test_folds_options(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 10);
    uint32_t fold[60];
    size_t n_folds;
    gmet_judge_cv_options cv;
    gmet_judge_cv_options_init(&cv, sizeof cv);
    cv.cv = GMET_JUDGE_KFOLD;
    cv.folds = 257;
    assert_refused(gmet_judge_folds(fold, &n_folds, &w.set, &cv, &err), FEAT_ERR_ARG,
                   "expected 2 to 256 folds, found 257");
    cv.folds = 5;
    cv.cv = (gmet_judge_cv)3;
    assert_refused(gmet_judge_folds(fold, &n_folds, &w.set, &cv, &err), FEAT_ERR_ARG,
                   "way 3 of cutting is not known");
    cv.cv = (gmet_judge_cv)-1;
    assert_refused(gmet_judge_folds(fold, &n_folds, &w.set, &cv, &err), FEAT_ERR_ARG,
                   "way -1 of cutting is not known");
    judge_free(&w);
}

/* A fold whose training images nobody judged is named. */
static void test_fold_without_labels(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 11);
    double values[4][60];
    uint32_t fold[60];
    size_t n_folds;
    gmet_judge_cv_result r = {
        .p = values[0], .p_const = values[1], .p_group = values[2], .threshold = values[3], .fold = fold};
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &w.set, NULL, &err), FEAT_OK);
    for (size_t i = 0; i < w.n; i++)
        if (fold[i] == 0)
            w.numbers[i] = w.numbers[w.n + i] = 0;
    assert_refused(gmet_judge_cross_validate(&r, &(gmet_judge_samples){w.feat, WIDE, &w.set}, NULL, NULL, NULL, &err),
                   FEAT_ERR_NUMERIC, "fold 1 of 2: ");
    judge_free(&w);
}

static void test_too_many_generators(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.3, 12);
    static gmet_judge_cross grid[6 * 31];
    size_t n = 5;
    plan.n_real = plan.n_gen = 8;
    plan.n_groups = 7;
    judge_world w = judge_make(&plan);
    assert_refused(gmet_judge_cross_grid(grid, &n, &(gmet_judge_samples){w.feat, w.d, &w.set}, NULL, NULL, &err),
                   FEAT_ERR_NUMERIC, "takes up to 6, found 7");
    assert_int_equal(n, 0);
    judge_free(&w);
}

/* F1 of "real" at a threshold. */
static double f1(const gmet_judge_set *set, const size_t *rows, const double *p, size_t m, double threshold)
{
    double hits = 0.0, said = 0.0, real = 0.0;
    for (size_t i = 0; i < m; i++) {
        double n = set->n_labels[rows[i]], k = set->k_real[rows[i]];
        real += k;
        if (p[i] >= threshold) {
            said += n;
            hits += k;
        }
    }
    return real + said > 0.0 ? 2.0 * hits / (real + said) : 0.0;
}

/* The threshold of each fold has the largest F1 that any has on its training images. */
static void test_f1_threshold(void **state)
{
    (void)state;
    enum { MOST = 180 };
    judge_plan plan = judge_plan_default(0.3, 13);
    plan.n_real = plan.n_gen = 40;
    plan.n_groups = 3;
    judge_world w = judge_make(&plan);
    size_t rows[MOST];
    double p[MOST];
    gmet_judge_cv_options cv;
    gmet_judge_model *m = NULL;
    gmet_judge_cv_options_init(&cv, sizeof cv);
    cv.tune = GMET_JUDGE_F1;
    gmet_judge_cv_result r = judge_validate(&w, w.feat, w.d, NULL, &cv);
    assert_int_equal(r.n_folds, 3);
    for (uint32_t f = 0; f < 3; f++) {
        size_t n = 0, tested = 0;
        for (size_t i = 0; i < w.n; i++)
            if (r.fold[i] != f)
                rows[n++] = i;
            else
                tested = i;
        assert_true(n > 0 && n <= MOST);
        assert_int_equal(gmet_judge_fit(&m, &(gmet_judge_samples){w.feat, w.d, &w.set}, &(gmet_judge_subset){rows, n},
                                        NULL, NULL, &err),
                         FEAT_OK);
        assert_int_equal(gmet_judge_predict(p, m, &(gmet_judge_samples){w.feat, w.d, &(gmet_judge_set){.n = n}},
                                            &(gmet_judge_subset){rows, n}, NULL, &err),
                         FEAT_OK);
        gmet_judge_model_close(&m);
        double best = 0.0, found = f1(&w.set, rows, p, n, r.threshold[tested]);
        for (size_t i = 0; i < n; i++)
            best = fmax(best, f1(&w.set, rows, p, n, p[i]));
        assert_true(best > 0.5 && fabs(found - best) < 1e-12);
    }
    judge_cv_free(&r);
    /* Nobody says "real": every threshold has F1 0, and the one next to 1/2 is taken. */
    gmet_judge_fit_options fit;
    fit = judge_fit_options(GMET_JUDGE_RIDGE);
    for (size_t i = 0; i < w.n; i++)
        w.numbers[w.n + i] = 0;
    r = judge_validate(&w, w.feat, w.d, &fit, &cv);
    for (size_t i = 0; i < w.n; i++)
        assert_true(r.p[i] == 0.0 && r.threshold[i] == 0.5);
    judge_cv_free(&r);
    judge_free(&w);
}

/* --- people ------------------------------------------------------------------------------------------- */

/* Images that one person judged say nothing of agreement: left out, or refused when there are no others. */
static void test_single_labels(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 14);
    const gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 50, .seed = 1};
    gmet_judge_interval image, label, without_image, without_label;
    gmet_judge_comparison c, without;
    double *half = fixture_doubles(w.n);
    gmet_judge_cv_result known = {.p = w.true_p, .p_const = half, .threshold = half};
    const gmet_judge_vote alone[2] = {{0, 0, 1}, {1, 1, 0}};
    for (size_t i = 0; i < w.n; i++)
        half[i] = 0.5;
    for (size_t i = 10; i < w.n; i++)
        w.numbers[i] = w.numbers[w.n + i] = 1;
    assert_int_equal(gmet_judge_agree_interval(&image, &label, &w.set, &boot, NULL, &err), FEAT_OK);
    assert_int_equal(gmet_judge_compare(&c, &known, &w.set, &boot, NULL, &err), FEAT_OK);
    assert_true(isnan(c.acc_group.value) && !isnan(c.acc_truth.value));
    w.set.n = 10; /* the others are not there at all */
    assert_int_equal(gmet_judge_agree_interval(&without_image, &without_label, &w.set, &boot, NULL, &err),
                     FEAT_OK);
    assert_int_equal(gmet_judge_compare(&without, &known, &w.set, &boot, NULL, &err), FEAT_OK);
    assert_memory_equal(&image, &without_image, sizeof image);
    assert_memory_equal(&label, &without_label, sizeof label);
    assert_int_equal(c.images, 10);
    assert_memory_equal(&c.acc, &without.acc, sizeof c.acc);
    assert_memory_equal(&c.pair, &without.pair, sizeof c.pair);
    w.truth[3] = -1; /* one image's truth is not known: nobody can be said to have known it */
    assert_int_equal(gmet_judge_compare(&c, &known, &w.set, &boot, NULL, &err), FEAT_OK);
    assert_true(isnan(c.acc_truth.value) && isnan(c.acc_truth.low) && isnan(c.acc_truth.high));
    for (size_t i = 0; i < 10; i++)
        w.numbers[i] = w.numbers[w.n + i] = 1;
    assert_refused(gmet_judge_agree_interval(&image, &label, &w.set, &boot, NULL, &err), FEAT_ERR_NUMERIC,
                   "no image has two labels");
    assert_refused(gmet_judge_compare(&c, &known, &w.set, &boot, NULL, &err), FEAT_ERR_NUMERIC,
                   "no image has two labels");
    assert_refused(gmet_judge_compare_raters(&c, &known, &(gmet_judge_votes){alone, 2, 2, 2}, &boot, NULL, &err),
                   FEAT_ERR_NUMERIC, "no image has labels of two raters");
    feat_free(half);
    judge_free(&w);
}

static void test_one_value(void **state)
{
    (void)state;
    const double x = 1.0;
    double spearman = 0.0, kendall = 0.0;
    assert_int_equal(gmet_judge_rank_correlation(&spearman, &kendall, &x, &x, 1, &err), FEAT_OK);
    assert_true(isnan(spearman) && isnan(kendall));
    assert_string_equal(gmet_judge_kind_name((gmet_judge_kind)6), "?");
    assert_string_equal(gmet_judge_kind_name(GMET_JUDGE_GROUP), "group");
    assert_string_equal(gmet_judge_verdict_name((gmet_judge_verdict)4), "?");
}

/* --- no memory ---------------------------------------------------------------------------------------- */

/* What test_judge_failures.c leaves out: references with logits, of floats and of principal components,
 * images looked for in one, and the grid over sets of generators. */
static feat_status do_the_rest(void *ctx, feat_error *e)
{
    const judge_world *w = ctx;
    static double out[60 * 20], logits[60 * CLASSES];
    static float f[ROWS * WIDE];
    static gmet_judge_cross grid[2 * 1];
    unsigned char copies[ROWS];
    size_t n;
    for (size_t i = 0; i < sizeof f / sizeof f[0]; i++)
        f[i] = (float)w->ref[i];
    for (size_t i = 0; i < sizeof logits / sizeof logits[0]; i++)
        logits[i] = (double)(i % 4);
    const gmet_judge_rows ref = {.f = f, .n = ROWS, .d = WIDE}, l = {.g = logits, .n = ROWS, .d = CLASSES};
    const gmet_judge_rows x = {.g = w->feat, .n = w->n, .d = WIDE},
                          xl = {.g = logits, .n = w->n, .d = CLASSES};
    gmet_judge_ref *r = NULL;
    gmet_judge_ref_options o;
    gmet_judge_fit_options fit;
    gmet_judge_ref_options_init(&o, sizeof o);
    fit = judge_fit_options(GMET_JUDGE_RIDGE);
    o.blocks = GMET_JUDGE_LOGITS | GMET_JUDGE_RES;
    feat_status status = gmet_judge_ref_create(&r, &ref, &l, &o, NULL, e);
    if (status == FEAT_OK)
        status = gmet_judge_features(out, copies, r, &x, &xl, NULL, e);
    gmet_judge_ref_close(&r);
    o.blocks = GMET_JUDGE_STATS;
    o.pca = 2;
    if (status == FEAT_OK)
        status = gmet_judge_ref_create(&r, &ref, NULL, &o, NULL, e);
    if (status == FEAT_OK)
        status = gmet_judge_ref_copies(copies, r, &x, NULL, e);
    gmet_judge_ref_close(&r);
    if (status == FEAT_OK)
        status = gmet_judge_cross_grid(grid, &n, &(gmet_judge_samples){w->feat, WIDE, &w->set}, &fit, NULL, e);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    judge_world w = judge_small_world(ROWS, 10, WIDE, 16);
    assert_true(w.n <= ROWS);
    fixture_survives_no_memory(do_the_rest, &w);
    judge_free(&w);
}

static int teardown(void **state)
{
    (void)state;
    return feat_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_parts),
        cmocka_unit_test(test_float_reference),
        cmocka_unit_test(test_reference_options),
        cmocka_unit_test(test_logits_of_images),
        cmocka_unit_test(test_model_parts),
        cmocka_unit_test(test_fit_options),
        cmocka_unit_test(test_one_kind_of_label),
        cmocka_unit_test(test_equal_rows),
        cmocka_unit_test(test_singular),
        cmocka_unit_test(test_unknown_to_baselines),
        cmocka_unit_test(test_folds_options),
        cmocka_unit_test(test_fold_without_labels),
        cmocka_unit_test(test_too_many_generators),
        cmocka_unit_test(test_f1_threshold),
        cmocka_unit_test(test_single_labels),
        cmocka_unit_test(test_one_value),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("judge_refusals", tests, NULL, teardown);
}
