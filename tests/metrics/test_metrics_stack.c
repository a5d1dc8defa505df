/* How much stack each call of the metrics takes, of its caller's thread and of those of a pool: gmet.h promises 32
 * KiB, so that a thread of musl (128 KiB) or of a small system can call everything.
 *
 * test_metrics_stack --print   prints what each call took */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/kernels/kernels.h"
#include "metrics/gmet.h"
#include "metrics/judge/gjudge.h"
#include "tests/engine/net/net_data.h"
#include "tests/level.h"
#include "tests/metrics/every_metric.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"
#include "tests/own_folder.h"
#include "tests/stack_of.h"

enum { N = 300, D = EVERY_D, THREADS = 3 };

static int printing;
static float *rows;
static judge_world world;
static char path[512];

/* --- what takes no context, or is not in every_metric.h ------------------------------------------------------- */

static feat_status of_saved_moments(const gmet_context *context, feat_error *err)
{
    gmet_moments *m = NULL, *again = NULL;
    static unsigned char bytes[1 << 19];
    feat_status status = gmet_moments_create(&m, D, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m, rows, N, D, err);
    if (status == FEAT_OK)
        status = gmet_moments_save(m, path, err);
    if (status == FEAT_OK)
        status = gmet_moments_load(&again, path, context, err);
    gmet_moments_close(&again);
    if (status == FEAT_OK)
        status = gmet_moments_save_bytes(m, bytes, sizeof bytes, err);
    if (status == FEAT_OK)
        status = gmet_moments_load_bytes(&again, bytes, gmet_moments_saved_bytes(m), context, err);
    gmet_moments_close(&again);
    gmet_moments_close(&m);
    return status;
}

static feat_status of_parts(const gmet_context *context, feat_error *err)
{
    gmet_moments *m = NULL, *again = NULL;
    feat_status status = gmet_moments_create(&m, 4, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_create(&again, 4, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m, rows, N * D / 4, 4, err);
    for (size_t i = 0; status == FEAT_OK && i < gmet_moments_n_parts(m); i++) {
        const gmet_moments_part part = gmet_moments_get_part(m, i);
        status = gmet_moments_add_part(again, &part, err);
    }
    if (status == FEAT_OK)
        status = gmet_moments_skip(again, 5000, err);
    gmet_moments_close(&again);
    gmet_moments_close(&m);
    return status;
}

static feat_status of_stats(const gmet_context *context, feat_error *err)
{
    static double mu[D], sigma[D * D];
    const gmet_stats written = {.mu = mu, .sigma = sigma, .d = D, .n = 9};
    gmet_stats read;
    (void)context;
    feat_status status = gmet_stats_write(&written, path, err);
    if (status == FEAT_OK)
        status = gmet_stats_read(&read, NULL, path, err);
    if (status == FEAT_OK)
        gmet_stats_release(&read);
    if (status == FEAT_OK) /* deflated */
        status = gmet_stats_read(&read, NULL, "tests/fuzz/corpus/zip/counted.npz", err);
    gmet_stats_release(&read);
    return status;
}

static feat_status of_distance(const gmet_context *context, feat_error *err)
{
    gmet_moments *m = NULL;
    gmet_fid_result fid;
    double trace, *sigma = fixture_doubles(D * D);
    feat_status status = gmet_moments_create(&m, D, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m, rows, N, D, err);
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(&fid, m, m, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(m, NULL, sigma, 0, err);
    if (status == FEAT_OK)
        status = gmet_trace_sqrt_product(&trace, sigma, sigma, D, context, err);
    gmet_moments_close(&m);
    feat_free(sigma);
    return status;
}

static feat_status of_errors(const gmet_context *context, feat_error *err)
{
    static uint32_t n_balls[N];
    gmet_sampling_error x, y;
    const gmet_prdc_result r = {.density = 0.5, .coverage = 0.5};
    const gmet_set *set = SET(rows, N, D);
    feat_status status = gmet_prdc_error(&x, &y, &r, n_balls, NULL, set, set, context, err);
    return status == FEAT_OK ? gmet_authpct_error(&x, 50.0, set, set, context, err) : status;
}

static feat_status of_people(const gmet_context *context, feat_error *err)
{
    static gmet_judge_ceiling ceiling;
    static gmet_judge_hype hype[16];
    gmet_judge_agreement agreement;
    double kappa;
    size_t n_pairs;
    gmet_judge_boot_options o;
    gmet_judge_boot_options_init(&o, sizeof o);
    o.resamples = 30;
    gmet_judge_agree(&agreement, &world.set, NULL);
    feat_status status = gmet_judge_cohen(&kappa, &n_pairs, &world.votes, 2, err);
    if (status == FEAT_OK)
        status = gmet_judge_noise_ceiling(&ceiling, &world.set, &world.votes, NULL, &o, context, err);
    return status == FEAT_OK ? gmet_judge_hype_table(hype, &world.set, &world.votes, &o, context, err) : status;
}

static feat_status of_judged_images(const gmet_context *context, feat_error *err)
{
    gmet_judge_ref *ref = NULL, *again = NULL;
    gmet_judge_ref_parts parts;
    const gmet_judge_rows real = judge_rows(world.ref, world.n_ref, world.d);
    const gmet_judge_rows x = judge_rows(world.feat, world.n, world.d);
    double *out = NULL;
    unsigned char *copies = feat_calloc(world.n + world.n_ref, 1);
    feat_status status = gmet_judge_ref_create(&ref, &real, NULL, NULL, context, err);
    if (status == FEAT_OK) {
        out = judge_need(feat_alloc_array(world.n * gmet_judge_n_features(ref), sizeof *out));
        status = gmet_judge_features(out, copies, ref, &x, NULL, context, err);
        gmet_judge_ref_view(&parts, ref);
    }
    if (status == FEAT_OK)
        status = gmet_judge_ref_copies(copies, ref, &x, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_ref_restore(&again, &parts, err);
    gmet_judge_ref_close(&again);
    gmet_judge_ref_close(&ref);
    feat_free(copies);
    feat_free(out);
    return status;
}

static gmet_judge_samples samples;
static gmet_judge_cv_result predicted;

/* Everything that a kind of model does. */
static feat_status of_model(gmet_judge_kind kind, const gmet_context *context, feat_error *err)
{
    gmet_judge_model *model = NULL, *again = NULL;
    gmet_judge_model_parts parts;
    double lambda, *out = judge_need(feat_alloc_array(world.n, sizeof *out));
    const gmet_judge_fit_options o = judge_fit_options(kind);
    feat_status status = gmet_judge_choose_lambda(&lambda, &samples, NULL, &o, NULL, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_fit(&model, &samples, NULL, &o, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_predict(out, model, &samples, NULL, context, err);
    if (status == FEAT_OK) {
        gmet_judge_model_view(&parts, model);
        status = gmet_judge_model_restore(&again, &parts, err);
    }
    gmet_judge_model_close(&again);
    gmet_judge_model_close(&model);
    feat_free(out);
    return status;
}

static feat_status of_models(const gmet_context *context, feat_error *err)
{
    feat_status status = of_model(GMET_JUDGE_LOGISTIC, context, err);
    return status == FEAT_OK ? of_model(GMET_JUDGE_KRR, context, err) : status;
}

static feat_status of_validation(const gmet_context *context, feat_error *err)
{
    static gmet_judge_rivals rivals;
    static gmet_judge_comparison comparison;
    const gmet_judge_cv_result *const both[2] = {&predicted, &predicted};
    gmet_judge_scores scores;
    gmet_judge_interval x, y;
    double spearman, kendall;
    gmet_judge_boot_options o;
    gmet_judge_boot_options_init(&o, sizeof o);
    o.resamples = 30;
    feat_status status = gmet_judge_score(&scores, predicted.p, NULL, &world.set, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_rank_correlation(&spearman, &kendall, predicted.p, world.true_p, world.n, err);
    if (status == FEAT_OK)
        status = gmet_judge_within_folds(&x, &y, &predicted, &world.set, &o, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_compare(&comparison, &predicted, &world.set, &o, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_compare_raters(&comparison, &predicted, &world.votes, &o, context, err);
    return status == FEAT_OK ? gmet_judge_compare_models(&rivals, both, 2, &world.set, &o, context, err) : status;
}

static const every_metric others[] = {
    {"moments that are kept", of_saved_moments},
    {"moments in parts", of_parts},
    {"stored statistics", of_stats},
    {"FID of moments", of_distance},
    {"errors of shares", of_errors},
    {"what people said", of_people},
    {"features of a judge", of_judged_images},
    {"models", of_models},
    {"comparison of judges", of_validation},
    {NULL, NULL},
};

/* --- measuring ------------------------------------------------------------------------------------------------ */

typedef struct call {
    const every_metric *metric;
    gmet_context context;
    feat_status status;
    feat_error err;
} call;

static void *make_call(void *arg)
{
    call *c = arg;
    c->status = c->metric->of(&c->context, &c->err);
    return NULL;
}

static void judge_bytes(const char *name, const char *table, const char *whose, size_t bytes)
{
    if (printing)
        printf("%-24s %-8s %-8s %6zu\n", name, table, whose, bytes);
    if (bytes > STACK_PROMISED)
        fail_msg("%s, %s: %d bytes of stack promised, %zu taken by the %s", name, table, STACK_PROMISED, bytes, whose);
}

static void check(const every_metric *metric, const feat_kernels *table, feat_pool *pool)
{
    call c = {.metric = metric, .context = {.pool = pool, .kernels = &table->dmat}};
    size_t live = feat_alloc_live();
    if (pool != NULL)
        stack_paint_pool(pool);
    judge_bytes(metric->name, table->name, pool == NULL ? "alone" : "caller", stack_of(make_call, &c));
    if (pool != NULL)
        judge_bytes(metric->name, table->name, "pool", stack_of_pool(pool));
    if (c.status != FEAT_OK)
        fail_msg("%s: %s", metric->name, c.err.message);
    assert_int_equal(feat_alloc_live(), live);
}

static void check_all(const feat_kernels *table, feat_pool *pool)
{
    for (const every_metric *m = every_metrics; m->name != NULL; m++)
        check(m, table, pool);
    for (const every_metric *m = others; m->name != NULL; m++)
        check(m, table, pool);
}

static void no_call_takes_more_than_is_promised(void **state)
{
    (void)state;
    feat_pool *pool = NULL;
    if (net_is_instrumented())
        skip(); /* its frames are other ones */
    assert_int_equal(feat_pool_create(&pool, THREADS, NULL), FEAT_OK);
    if (feat_pool_threads(pool) != THREADS)
        skip();       /* the system gives no threads */
    bool best = true; /* the first that this CPU has */
    for (size_t i = 0; feat_kernels_at(i) != NULL; i++) {
        const feat_kernels *table = feat_kernels_at(i);
        if (!feat_kernels_usable(table) || (!best && test_chosen_level() != TEST_ALL))
            continue;
        check_all(table, pool);
        if (test_chosen_level() != TEST_QUICK)
            check_all(table, NULL);
        best = false;
    }
    feat_pool_close(&pool);
}

/* What is measured is what is taken. */
static void *take_much(void *arg)
{
    volatile unsigned char much[6000];
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = 1;
    *(size_t *)arg += much[5];
    return NULL;
}

static void take_on_each(void *ctx, size_t tile, size_t worker)
{
    size_t sum[4] = {0};
    if (worker != 0)
        (void)take_much(&sum[tile]);
    pthread_barrier_wait(ctx);
}

static void the_measure_is_right(void **state)
{
    (void)state;
    size_t sum = 0, alone;
    feat_pool *pool = NULL;
    pthread_barrier_t all;
    if (net_is_instrumented())
        skip();
    alone = stack_of(take_much, &sum);
    assert_true(alone >= 6000 && alone < 7000);
    assert_int_equal(feat_pool_create(&pool, THREADS, NULL), FEAT_OK);
    if (feat_pool_threads(pool) != THREADS)
        skip();
    stack_paint_pool(pool);
    assert_true(stack_of_pool(pool) <= 4096);
    assert_int_equal(pthread_barrier_init(&all, NULL, THREADS), 0);
    feat_parallel_for(pool, THREADS, take_on_each, &all);
    pthread_barrier_destroy(&all);
    alone = stack_of_pool(pool);
    assert_true(alone >= 6000 && alone < 7000);
    feat_pool_close(&pool);
}

static int make_data(void **state)
{
    size_t p;
    if (own_folder_make(state) != 0 || every_metric_make(state) != 0)
        return -1;
    own_put_text("kept", "");
    snprintf(path, sizeof path, "%s", own_path("kept"));
    rows = fixture_features(N, D, 3, 0.0);
    world = judge_small_world(200, 100, 8, 3);
    samples = (gmet_judge_samples){judge_statistics(&world, GMET_JUDGE_STATS, 4, &p), 0, &world.set};
    samples.p = p;
    predicted = judge_validate(&world, samples.x, p, NULL, NULL);
    return 0;
}

static int free_data(void **state)
{
    judge_cv_free(&predicted);
    feat_free((void *)(uintptr_t)samples.x);
    judge_free(&world);
    feat_free(rows);
    (void)every_metric_free(state);
    return own_folder_clear(state) == 0 ? own_folder_remove(state) : -1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_measure_is_right),
        cmocka_unit_test(no_call_takes_more_than_is_promised),
    };
    printing = argc > 1 && strcmp(argv[1], "--print") == 0;
    return cmocka_run_group_tests_name("stack of the metrics", tests, make_data, free_data);
}
