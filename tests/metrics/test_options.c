/* Every structure of options, of callers whose header had it shorter or longer, or who never filled it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/diversity/split_order.h"
#include "metrics/gmet.h"
#include "metrics/judge/gjudge.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"

enum { N = 60, M = 50, D = 3, BEYOND = 16, GUARD = 0xa5 };

static float *a, *b;
static uint32_t label[N];
static judge_world world;
static gmet_judge_samples samples;
static gmet_judge_cv_result predicted;
static double *statistics;

static const gmet_set *set_a(void)
{
    static gmet_set set;
    set = (gmet_set){.rows = a, .n = N, .d = D};
    return &set;
}

static const gmet_set *set_b(void)
{
    static gmet_set set;
    set = (gmet_set){.rows = b, .n = M, .d = D};
    return &set;
}

/* --- each function that takes options: its value depends on them -------------------------------------------- */

typedef feat_status (*taking)(double *value, const void *options, feat_error *err);

static feat_status of_kid(double *value, const void *o, feat_error *err)
{
    gmet_kid_result r = {0};
    feat_status status = gmet_kid(&r, o, set_a(), set_b(), NULL, err);
    *value = r.mean + r.std;
    return status;
}

static feat_status of_kid_full(double *value, const void *o, feat_error *err)
{
    gmet_kid_full_result r = {0};
    feat_status status = gmet_kid_full(&r, o, set_a(), set_b(), NULL, err);
    *value = r.value;
    return status;
}

static feat_status of_kid_both(double *value, const void *o, feat_error *err)
{
    gmet_kid_full_result r = {0};
    gmet_kid_result subsets = {0};
    feat_status status = gmet_kid_both(&r, &subsets, o, set_a(), set_b(), NULL, err);
    *value = r.value;
    return status;
}

static feat_status of_cmmd(double *value, const void *o, feat_error *err)
{
    gmet_cmmd_result r = {0};
    feat_status status = gmet_cmmd(&r, o, set_a(), set_b(), NULL, err);
    *value = r.value;
    return status;
}

static feat_status of_mind(double *value, const void *o, feat_error *err)
{
    gmet_mind_result r = {0};
    feat_status status = gmet_mind(&r, o, set_a(), set_b(), NULL, err);
    *value = r.value;
    return status;
}

static feat_status of_ct(double *value, const void *o, feat_error *err)
{
    static gmet_ct_result r; /* large */
    feat_status status = gmet_ct(&r, o, set_a(), set_b(), set_b(), NULL, err);
    *value = status == FEAT_OK ? r.value : 0.0;
    return status;
}

static feat_status of_stats(double *value, const void *o, feat_error *err)
{
    gmet_stats r;
    feat_status status = gmet_stats_read(&r, o, "tests/data/stats/reference.npz", err);
    *value = status == FEAT_OK ? r.mu[0] : 0.0;
    gmet_stats_release(&r);
    return status;
}

static feat_status of_mifid(double *value, const void *o, feat_error *err)
{
    gmet_mifid_result r = {0};
    feat_status status = gmet_mifid(&r, 2.0, o, set_a(), set_b(), NULL, err);
    *value = r.value;
    return status;
}

static feat_status of_is(double *value, const void *o, feat_error *err)
{
    gmet_is_result r = {0};
    feat_status status = gmet_inception_score(&r, o, set_a(), NULL, err);
    *value = r.mean + r.std;
    return status;
}

static feat_status of_is_error(double *value, const void *o, feat_error *err)
{
    gmet_is_result r = {0};
    gmet_is_error_result e = {0};
    feat_status status = gmet_is_with_error(&r, &e, o, set_a(), NULL, err);
    *value = r.mean + r.std + e.standard_error;
    return status;
}

static feat_status of_is_order(double *value, const void *o, feat_error *err)
{
    gmet_order_result r = {0};
    feat_status status = gmet_is_order(&r, o, set_a(), NULL, err);
    *value = r.p;
    return status;
}

static feat_status of_is_jackknife(double *value, const void *o, feat_error *err)
{
    gmet_jackknife_value r = {0};
    feat_status status = gmet_is_jackknife(&r, 3, o, set_a(), NULL, err);
    *value = r.standard_error;
    return status;
}

static feat_status of_pr(double *value, const void *o, feat_error *err)
{
    gmet_pr_result r = {0};
    feat_status status = gmet_precision_recall(&r, o, set_a(), set_b(), NULL, err);
    *value = r.precision + 2.0 * r.recall;
    return status;
}

static feat_status of_pr_error(double *value, const void *o, feat_error *err)
{
    gmet_sampling_error e[3] = {{0}};
    const gmet_pr_result r = {.precision = 0.5, .recall = 0.25, .f_score = 1.0 / 3.0};
    feat_status status = gmet_pr_error(e, &r, o, set_a(), set_b(), NULL, err);
    *value = e[0].standard_error + e[1].standard_error;
    return status;
}

static feat_status of_prdc(double *value, const void *o, feat_error *err)
{
    gmet_prdc_result r = {0};
    feat_status status = gmet_prdc(&r, NULL, o, set_a(), set_b(), NULL, err);
    *value = r.density + 2.0 * r.coverage + 4.0 * r.recall;
    return status;
}

static feat_status of_prdc_error(double *value, const void *o, feat_error *err)
{
    gmet_sampling_error density = {0}, coverage = {0};
    uint32_t n_balls[M] = {1, 2, 3};
    const gmet_prdc_result r = {.density = 0.5, .coverage = 0.5};
    feat_status status = gmet_prdc_error(&density, &coverage, &r, n_balls, o, set_a(), set_b(), NULL, err);
    *value = density.standard_error + coverage.standard_error;
    return status;
}

static feat_status of_image_scores(double *value, const void *o, feat_error *err)
{
    gmet_image_score r[M] = {{0}};
    feat_status status = gmet_image_scores(r, o, set_a(), set_b(), NULL, err);
    for (size_t i = 0; i < M; i++)
        *value += r[i].realism;
    return status;
}

static feat_status of_prd(double *value, const void *o, feat_error *err)
{
    gmet_prd_result r = {0};
    feat_status status = gmet_prd_curve(&r, NULL, NULL, o, set_a(), set_a(), NULL, err);
    *value = r.f_8;
    return status;
}

static feat_status of_fid_infinity(double *value, const void *o, feat_error *err)
{
    gmet_infinity_result r = {0};
    const gmet_fid_side real = {.rows = a, .n = N};
    feat_status status = gmet_fid_infinity(&r, NULL, o, &real, set_b(), NULL, err);
    *value = r.value;
    return status;
}

static feat_status of_is_infinity(double *value, const void *o, feat_error *err)
{
    gmet_infinity_result r = {0};
    feat_status status = gmet_is_infinity(&r, NULL, o, set_a(), NULL, err);
    *value = r.value;
    return status;
}

static feat_status of_classes(double *value, const void *o, feat_error *err)
{
    gmet_class_score score[2] = {{0}};
    gmet_class_mean mean = {0};
    const gmet_class_set real = {*set_a(), label}, gen = {*set_b(), label};
    feat_status status = gmet_per_class(score, &mean, 2, o, &real, &gen, set_b(), NULL, err);
    *value = mean.fid + mean.is_mean + mean.precision;
    return status;
}

static feat_status of_agree(double *value, const void *o, feat_error *err)
{
    gmet_judge_interval image = {0}, of_label = {0};
    feat_status status = gmet_judge_agree_interval(&image, &of_label, &world.set, o, NULL, err);
    *value = image.low + of_label.high;
    return status;
}

static feat_status of_ceiling(double *value, const void *o, feat_error *err)
{
    gmet_judge_ceiling r = {.r = {0}};
    feat_status status = gmet_judge_noise_ceiling(&r, &world.set, &world.votes, NULL, o, NULL, err);
    *value = r.r.value + r.r.low;
    return status;
}

static feat_status of_hype(double *value, const void *o, feat_error *err)
{
    gmet_judge_hype r[8] = {{.units = 0}};
    feat_status status = gmet_judge_hype_table(r, &world.set, NULL, o, NULL, err);
    *value = r[0].all.low;
    return status;
}

static feat_status of_within_folds(double *value, const void *o, feat_error *err)
{
    gmet_judge_interval spearman = {0}, pearson = {0};
    feat_status status = gmet_judge_within_folds(&spearman, &pearson, &predicted, &world.set, o, NULL, err);
    *value = spearman.low;
    return status;
}

static feat_status of_compare(double *value, const void *o, feat_error *err)
{
    gmet_judge_comparison r = {.images = 0};
    feat_status status = gmet_judge_compare(&r, &predicted, &world.set, o, NULL, err);
    *value = r.acc.low;
    return status;
}

static feat_status of_compare_raters(double *value, const void *o, feat_error *err)
{
    gmet_judge_comparison r = {.images = 0};
    feat_status status = gmet_judge_compare_raters(&r, &predicted, &world.votes, o, NULL, err);
    *value = r.acc.low;
    return status;
}

static feat_status of_compare_models(double *value, const void *o, feat_error *err)
{
    static gmet_judge_rivals r;
    const gmet_judge_cv_result *const both[2] = {&predicted, &predicted};
    feat_status status = gmet_judge_compare_models(&r, both, 2, &world.set, o, NULL, err);
    *value = status == FEAT_OK ? r.of[0].acc.low : 0.0;
    return status;
}

static feat_status of_ref(double *value, const void *o, feat_error *err)
{
    gmet_judge_ref *ref = NULL;
    const gmet_judge_rows rows = judge_rows(world.ref, world.n_ref, world.d);
    feat_status status = gmet_judge_ref_create(&ref, &rows, NULL, o, NULL, err);
    gmet_judge_ref_parts parts;
    if (status == FEAT_OK) {
        gmet_judge_ref_view(&parts, ref);
        *value = parts.radii[0] + (double)parts.options->mixture + (double)parts.options->components;
    }
    gmet_judge_ref_close(&ref);
    return status;
}

static feat_status of_restored_ref(double *value, const void *o, feat_error *err)
{
    gmet_judge_ref *ref = NULL, *again = NULL;
    const gmet_judge_rows rows = judge_rows(world.ref, world.n_ref, world.d);
    gmet_judge_ref_parts parts;
    assert_int_equal(gmet_judge_ref_create(&ref, &rows, NULL, NULL, NULL, NULL), FEAT_OK);
    gmet_judge_ref_view(&parts, ref);
    parts.options = o;
    feat_status status = gmet_judge_ref_restore(&again, &parts, err);
    if (status == FEAT_OK) {
        gmet_judge_ref_view(&parts, again);
        *value = (double)(parts.options->mixture + parts.options->components);
    }
    gmet_judge_ref_close(&again);
    gmet_judge_ref_close(&ref);
    return status;
}

static feat_status of_fit(double *value, const void *o, feat_error *err)
{
    gmet_judge_model *model = NULL;
    gmet_judge_model_parts parts;
    feat_status status = gmet_judge_fit(&model, &samples, NULL, o, NULL, err);
    if (status == FEAT_OK) {
        gmet_judge_model_view(&parts, model);
        *value = parts.coef[0];
    }
    gmet_judge_model_close(&model);
    return status;
}

static feat_status of_folds(double *value, const void *o, feat_error *err)
{
    size_t n_folds = 0;
    uint32_t *fold = judge_need(feat_alloc_array(world.n, sizeof *fold));
    feat_status status = gmet_judge_folds(fold, &n_folds, &world.set, o, err);
    for (size_t i = 0; i < world.n && status == FEAT_OK; i++)
        *value += (double)(fold[i] * (i + 1));
    feat_free(fold);
    return status;
}

static feat_status validated(double *value, const gmet_judge_fit_options *fit, const gmet_judge_cv_options *cv,
                             feat_error *err)
{
    gmet_judge_cv_result r = {.p = judge_need(feat_calloc(world.n, 3 * sizeof(double)))};
    r.p_const = r.p + world.n;
    r.threshold = r.p_const + world.n;
    r.fold = judge_need(feat_calloc(world.n, sizeof *r.fold));
    feat_status status = gmet_judge_cross_validate(&r, &samples, fit, cv, NULL, err);
    for (size_t i = 0; i < world.n && status == FEAT_OK; i++)
        *value += r.p[i] * (double)(i + 1);
    feat_free(r.fold);
    feat_free(r.p);
    return status;
}

static feat_status of_cross_validate_fit(double *value, const void *o, feat_error *err)
{
    return validated(value, o, NULL, err);
}

static feat_status of_cross_validate_cv(double *value, const void *o, feat_error *err)
{
    return validated(value, NULL, o, err);
}

static feat_status of_cross_grid(double *value, const void *o, feat_error *err)
{
    static gmet_judge_cross r[GMET_JUDGE_MAX_CROSS * 31];
    size_t n = 0;
    feat_status status = gmet_judge_cross_grid(r, &n, &samples, o, NULL, err);
    *value = r[0].acc_label;
    return status;
}

static feat_status of_lambda_fit(double *value, const void *o, feat_error *err)
{
    return gmet_judge_choose_lambda(value, &samples, NULL, o, NULL, NULL, err);
}

static feat_status of_lambda_cv(double *value, const void *o, feat_error *err)
{
    return gmet_judge_choose_lambda(value, &samples, NULL, NULL, o, NULL, err);
}

/* --- each structure ----------------------------------------------------------------------------------------- */

/* Sets what makes a structure of options useful for the small sets here, beside its defaults. */
static void set_kid(void *o)
{
    ((gmet_kid_options *)o)->shrink = 1;
}
static void set_prd(void *o)
{
    ((gmet_prd_options *)o)->n_runs = 2;
}
static void set_mind(void *o)
{
    ((gmet_mind_options *)o)->n_directions = 30;
}
static void set_ct(void *o)
{
    ((gmet_ct_options *)o)->n_cells = 1;
}
static void set_infinity(void *o)
{
    ((gmet_infinity_options *)o)->n_points = 4;
}
static void set_pr(void *o)
{
    ((gmet_pr_options *)o)->k = 2;
}
static void set_prdc(void *o)
{
    ((gmet_prdc_options *)o)->k = 2;
}
static void set_image(void *o)
{
    ((gmet_image_options *)o)->k = 2;
}
static void set_is(void *o)
{
    ((gmet_is_options *)o)->n_splits = 4;
}
static void set_stats(void *o)
{
    ((gmet_stats_options *)o)->d = 4;
}
static void set_mifid(void *o)
{
    ((gmet_mifid_options *)o)->direction = GMET_REAL_TO_GEN;
}
static void set_cmmd(void *o)
{
    ((gmet_cmmd_options *)o)->sigma = 3.0;
}
static void set_class(void *o)
{
    ((gmet_class_options *)o)->n_splits = 2;
}
static void set_boot(void *o)
{
    ((gmet_judge_boot_options *)o)->resamples = 40;
}
static void set_ref(void *o)
{
    ((gmet_judge_ref_options *)o)->k = 2;
}
static void set_fit(void *o)
{
    ((gmet_judge_fit_options *)o)->lambda = 2.0;
}
static void set_cv(void *o)
{
    ((gmet_judge_cv_options *)o)->cv = GMET_JUDGE_BLOCK;
}

enum { MOST_TAKING = 7 };

/* The function that fills it, without its type. */
#define INIT(kind)                                                                                                    \
    static void init_##kind(void *o, size_t size)                                                                     \
    {                                                                                                                 \
        gmet_##kind##_options_init(o, size);                                                                          \
    }
INIT(kid)
INIT(cmmd)
INIT(mind)
INIT(ct)
INIT(stats)
INIT(mifid)
INIT(is)
INIT(pr)
INIT(prdc)
INIT(image)
INIT(prd)
INIT(infinity)
INIT(class)
INIT(judge_boot)
INIT(judge_ref)
INIT(judge_fit)
INIT(judge_cv)

#define KIND(kind, change) "gmet_" #kind "_options", sizeof(gmet_##kind##_options), init_##kind, change

static const struct kind {
    const char *name;
    size_t size;
    void (*init)(void *options, size_t size);
    void (*set)(void *options);
    taking take[MOST_TAKING];
} kinds[] = {
    {KIND(kid, set_kid), {of_kid, of_kid_full, of_kid_both}},
    {KIND(cmmd, set_cmmd), {of_cmmd}},
    {KIND(mind, set_mind), {of_mind}},
    {KIND(ct, set_ct), {of_ct}},
    {KIND(stats, set_stats), {of_stats}},
    {KIND(mifid, set_mifid), {of_mifid}},
    {KIND(is, set_is), {of_is, of_is_error, of_is_order, of_is_jackknife}},
    {KIND(pr, set_pr), {of_pr, of_pr_error}},
    {KIND(prdc, set_prdc), {of_prdc, of_prdc_error}},
    {KIND(image, set_image), {of_image_scores}},
    {KIND(prd, set_prd), {of_prd}},
    {KIND(infinity, set_infinity), {of_fid_infinity, of_is_infinity}},
    {KIND(class, set_class), {of_classes}},
    {KIND(judge_boot, set_boot),
     {of_agree, of_ceiling, of_hype, of_within_folds, of_compare, of_compare_raters, of_compare_models}},
    {KIND(judge_ref, set_ref), {of_ref, of_restored_ref}},
    {KIND(judge_fit, set_fit), {of_fit, of_cross_validate_fit, of_cross_grid, of_lambda_fit}},
    {KIND(judge_cv, set_cv), {of_folds, of_cross_validate_cv, of_lambda_cv}},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

/* What the t-th function of a kind gives, of memory that ends where the structure does. */
static feat_status taken(double *value, const struct kind *kind, size_t t, const void *options, size_t size,
                         feat_error *err)
{
    *value = 0.0;
    if (options == NULL)
        return kind->take[t](value, NULL, err);
    void *own = judge_need(feat_alloc(size));
    memcpy(own, options, size);
    feat_status status = kind->take[t](value, own, err);
    feat_free(own);
    return status;
}

typedef union room {
    size_t struct_size;
    unsigned char byte[256];
} room;

static void nothing_is_written_past_the_end(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t size = sizeof(size_t); size <= kinds[k].size + BEYOND; size += sizeof(size_t)) {
            room o, full = {.byte = {0}};
            memset(&o, GUARD, sizeof o);
            kinds[k].init(&o, size);
            kinds[k].init(&full, kinds[k].size);
            assert_int_equal(full.struct_size, kinds[k].size);
            assert_int_equal(o.struct_size, size);
            for (size_t i = sizeof(size_t); i < sizeof o; i++)
                if (o.byte[i] != (i >= size ? GUARD : i < kinds[k].size ? full.byte[i] : 0))
                    fail_msg("%s_init of %zu bytes: byte %zu is %d", kinds[k].name, size, i, o.byte[i]);
        }
}

static void shorter_structures_get_the_defaults(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t t = 0; t < MOST_TAKING && kinds[k].take[t] != NULL; t++) {
            /* Only its size: what NULL gives. Without its last fields: what the defaults in them give. */
            double found, expected;
            room defaults, whole;
            feat_error err = {0};
            size_t least = sizeof(size_t), size = kinds[k].size - sizeof(size_t);
            kinds[k].init(&defaults, kinds[k].size);
            defaults.struct_size = least;
            feat_status status = taken(&expected, &kinds[k], t, NULL, 0, NULL);
            if (taken(&found, &kinds[k], t, &defaults, least, &err) != status || memcmp(&found, &expected, 8) != 0)
                fail_msg("%s %zu: %g of a size alone, %g expected, %s", kinds[k].name, t, found, expected, err.message);
            kinds[k].init(&whole, kinds[k].size);
            kinds[k].set(&whole);
            status = taken(&expected, &kinds[k], t, &whole, kinds[k].size, &err);
            if (size > least)
                assert_memory_equal(whole.byte + size, defaults.byte + size, kinds[k].size - size);
            else
                continue;
            assert_int_equal(status, FEAT_OK);
            whole.struct_size = size;
            if (taken(&found, &kinds[k], t, &whole, size, &err) != FEAT_OK || memcmp(&found, &expected, 8) != 0)
                fail_msg("%s %zu: %g of %zu bytes, %g expected, %s", kinds[k].name, t, found, size, expected,
                         err.message);
        }
}

static void longer_structures_may_not_ask_for_more(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t t = 0; t < MOST_TAKING && kinds[k].take[t] != NULL; t++) {
            double found, expected;
            room o;
            feat_error err = {0};
            size_t size = kinds[k].size + BEYOND;
            kinds[k].init(&o, kinds[k].size);
            kinds[k].set(&o);
            assert_int_equal(taken(&expected, &kinds[k], t, &o, kinds[k].size, &err), FEAT_OK);
            kinds[k].init(&o, size);
            kinds[k].set(&o);
            if (taken(&found, &kinds[k], t, &o, size, &err) != FEAT_OK || memcmp(&found, &expected, 8) != 0)
                fail_msg("%s %zu: %g of a longer structure, %g expected, %s", kinds[k].name, t, found, expected,
                         err.message);
            o.byte[size - 1] = 1;
            if (taken(&found, &kinds[k], t, &o, size, &err) != FEAT_ERR_UNSUPPORTED ||
                strstr(err.message, kinds[k].name) == NULL)
                fail_msg("%s %zu: what it does not know is not refused: %s", kinds[k].name, t, err.message);
        }
}

static void structures_that_nobody_filled_are_refused(void **state)
{
    (void)state;
    const size_t absurd[] = {0, 1, SIZE_MAX};
    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t t = 0; t < MOST_TAKING && kinds[k].take[t] != NULL; t++)
            for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
                double found;
                char function[64];
                room o;
                feat_error err = {0};
                kinds[k].init(&o, kinds[k].size);
                kinds[k].set(&o);
                o.struct_size = absurd[i];
                snprintf(function, sizeof function, "call %s_init(", kinds[k].name);
                if (taken(&found, &kinds[k], t, &o, kinds[k].size, &err) != FEAT_ERR_ARG ||
                    strstr(err.message, function) == NULL)
                    fail_msg("%s %zu: a size of %zu is not refused: %s", kinds[k].name, t, absurd[i], err.message);
            }
}

static void other_structures_keep_their_size(void **state)
{
    (void)state;
    assert_int_equal(sizeof(gmet_context), 12 * sizeof(void *));
    assert_int_equal(sizeof(gmet_set), 4 * sizeof(void *));
}

static int make_data(void **state)
{
    (void)state;
    size_t p;
    gmet_judge_cv_options cv;
    a = fixture_features(N, D, 1, 0.0);
    b = fixture_features(M, D, 2, 0.25);
    for (size_t i = 0; i < N; i++)
        label[i] = i & 1;
    world = judge_small_world(60, 30, 6, 3);
    statistics = judge_statistics(&world, GMET_JUDGE_STATS, 4, &p);
    samples = (gmet_judge_samples){statistics, p, &world.set};
    gmet_judge_cv_options_init(&cv, sizeof cv);
    cv.cv = GMET_JUDGE_KFOLD;
    predicted = judge_validate(&world, statistics, p, NULL, &cv);
    return 0;
}

static int free_data(void **state)
{
    (void)state;
    judge_cv_free(&predicted);
    feat_free(statistics);
    judge_free(&world);
    feat_free(b);
    feat_free(a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_written_past_the_end),
        cmocka_unit_test(shorter_structures_get_the_defaults),
        cmocka_unit_test(longer_structures_may_not_ask_for_more),
        cmocka_unit_test(structures_that_nobody_filled_are_refused),
        cmocka_unit_test(other_structures_keep_their_size),
    };
    return cmocka_run_group_tests_name("options", tests, make_data, free_data);
}
