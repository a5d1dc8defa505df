/* Every public function of libgmet with NULL in the place of each pointer, one after the other, and with sets that
 * cannot be: rows that are nowhere, more rows than memory has bytes. Each call is a process of its own, so that
 * one that crashes or does not end is a failure, with its name. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "metrics/gmet.h"
#include "metrics/judge/gjudge.h"

enum { N = 60, D = 4, MOST_ARGS = 8, SECONDS = 60 };

static float rows[N * D];
static double mu[D] = {0.0}, sigma[D * D], big[N * N], number, other, cube[MOST_ARGS * 64];
static unsigned char flags[N], bytes[1 << 16];
static uint32_t counts[N], ones[N], groups[N], folds[N];
static size_t places[N], sizes[1 << 10];
static signed char truths[N];
static gmet_judge_vote vote[2 * N];
static char stats_name[] = "stats", file[300]; /* a name in TMPDIR */

static gmet_set set = {.rows = rows, .n = N, .d = D};
static gmet_class_set classed = {.set = {.rows = rows, .n = N, .d = D}, .label = groups};
static gmet_fid_side side = {.rows = rows, .n = N}, known = {.n = N, .mu = mu, .sigma = sigma};
static gmet_judge_rows real = {.g = big, .n = N, .d = D};
static gmet_judge_set judged = {.n = N,
                                .n_labels = ones,
                                .k_real = counts,
                                .group = groups,
                                .n_groups = 3,
                                .truth = truths,
                                .block = folds,
                                .n_blocks = N};
static gmet_judge_votes votes = {.of = vote, .n = 2 * N, .n_images = N, .n_raters = 2};
static gmet_judge_samples samples = {.x = big, .p = D, .set = &judged};
static gmet_judge_cv_result predicted = {
    .p = big, .p_const = big + N, .threshold = big + 2 * N, .fold = folds, .n_folds = 3};
static const gmet_judge_cv_result *all_predicted[2] = {&predicted, &predicted};
static gmet_stats stats = {.mu = mu, .sigma = sigma, .d = D, .n = N};
static union {
    gmet_fid_result fid;
    gmet_fid_uncertainty_result uncertainty;
    gmet_is_result is;
    gmet_is_error_result is_error;
    gmet_infinity_result infinity;
    gmet_kid_result kid;
    gmet_kid_full_result full;
    gmet_pr_result pr;
    gmet_prdc_result prdc;
    gmet_judge_comparison comparison;
    char room[1 << 16];
} out, out2;
static gmet_pr_result pr_value = {.precision = 0.5, .recall = 0.5, .f_score = 0.5};
static gmet_prdc_result prdc_value = {.precision = 0.5, .recall = 0.5, .density = 0.5, .coverage = 0.5};
static gmet_moments *moments;
static gmet_judge_ref *ref;
static gmet_judge_model *model;
static void *made; /* what a call creates; its process ends with it */
static gmet_moments_part part;

static feat_status first_mean(void *ctx, double *values, const gmet_set *first, const gmet_set *second, feat_error *err)
{
    (void)ctx;
    (void)second;
    (void)err;
    values[0] = (double)first->rows[0];
    return FEAT_OK;
}

/* --- the calls ------------------------------------------------------------------------------------------- */

#define CALL(f, ...)                                                                                                   \
    static feat_status call_##f(void **a, feat_error *err)                                                             \
    {                                                                                                                  \
        return f(__VA_ARGS__, err);                                                                                    \
    }
#define GET(f, zero)                                                                                                   \
    static feat_status call_##f(void **a, feat_error *err)                                                             \
    {                                                                                                                  \
        (void)err;                                                                                                     \
        return f(a[0]) == (zero) ? FEAT_ERR_ARG : FEAT_OK;                                                             \
    }

CALL(gmet_jackknife, a[0], 1, 5, first_mean, NULL, a[1], a[2])
CALL(gmet_fid_jackknife, a[0], 2, a[1], a[2], NULL)
CALL(gmet_is_jackknife, a[0], 5, NULL, a[1], NULL)
CALL(gmet_fid_infinity, a[0], a[1], NULL, a[2], a[3], NULL)
CALL(gmet_is_infinity, a[0], a[1], NULL, a[2], NULL)
CALL(gmet_per_class, a[0], a[1], 3, NULL, a[2], a[3], a[4], NULL)
CALL(gmet_inception_score, a[0], NULL, a[1], NULL)
CALL(gmet_is_with_error, a[0], a[1], NULL, a[2], NULL)
CALL(gmet_vendi, a[0], 1.0, a[1], NULL)
CALL(gmet_geometry_of, a[0], a[1], D, NULL)
CALL(gmet_trace_sqrt_product, a[0], a[1], a[2], D, NULL)
CALL(gmet_fid, a[0], a[1], a[2], a[3], a[4], D, NULL)
CALL(gmet_fid_from_moments, a[0], a[1], a[2], NULL)
CALL(gmet_fid_of_sides, a[0], a[1], a[2], D, NULL)
CALL(gmet_fid_uncertainty, a[0], a[1], a[2], a[3], a[4], D, NULL)
CALL(gmet_mifid, a[0], 1.0, NULL, a[1], a[2], NULL)
CALL(gmet_judge_cohen, a[0], a[1], a[2], 2)
CALL(gmet_judge_agree_interval, a[0], a[1], a[2], NULL, NULL)
CALL(gmet_judge_noise_ceiling, a[0], a[1], a[2], NULL, NULL, NULL)
CALL(gmet_judge_hype_table, a[0], a[1], a[2], NULL, NULL)
CALL(gmet_judge_ref_create, a[0], a[1], a[2], NULL, NULL)
CALL(gmet_judge_features, a[0], a[1], a[2], a[3], a[4], NULL)
CALL(gmet_judge_ref_copies, a[0], a[1], a[2], NULL)
CALL(gmet_judge_fit, a[0], a[1], NULL, NULL, NULL)
CALL(gmet_judge_predict, a[0], a[1], a[2], NULL, NULL)
CALL(gmet_judge_folds, a[0], a[1], a[2], NULL)
CALL(gmet_judge_cross_validate, a[0], a[1], NULL, NULL, NULL)
CALL(gmet_judge_choose_lambda, a[0], a[1], NULL, NULL, NULL, NULL)
CALL(gmet_judge_cross_grid, a[0], a[1], a[2], NULL, NULL)
CALL(gmet_judge_score, a[0], a[1], a[2], a[3], NULL)
CALL(gmet_judge_rank_correlation, a[0], a[1], a[2], a[3], N)
CALL(gmet_judge_within_folds, a[0], a[1], a[2], a[3], NULL, NULL)
CALL(gmet_judge_compare, a[0], a[1], a[2], NULL, NULL)
CALL(gmet_judge_compare_raters, a[0], a[1], a[2], NULL, NULL)
CALL(gmet_judge_compare_models, a[0], a[1], 2, a[2], NULL, NULL)
CALL(gmet_eigsym, a[0], a[1], a[2], D, NULL)
CALL(gmet_sqrtm, a[0], a[1], D, NULL)
CALL(gmet_precision_recall, a[0], NULL, a[1], a[2], NULL)
CALL(gmet_pr_error, a[0], a[1], NULL, a[2], a[3], NULL)
CALL(gmet_prdc, a[0], a[1], NULL, a[2], a[3], NULL)
CALL(gmet_prdc_error, a[0], a[1], a[2], a[3], NULL, a[4], a[5], NULL)
CALL(gmet_image_scores, a[0], NULL, a[1], a[2], NULL)
CALL(gmet_authpct, a[0], a[1], a[2], a[3], NULL)
CALL(gmet_authpct_error, a[0], 50.0, a[1], a[2], NULL)
CALL(gmet_prd_curve, a[0], a[1], a[2], NULL, a[3], a[4], NULL)
CALL(gmet_kid, a[0], NULL, a[1], a[2], NULL)
CALL(gmet_kid_full, a[0], NULL, a[1], a[2], NULL)
CALL(gmet_kid_both, a[0], a[1], NULL, a[2], a[3], NULL)
CALL(gmet_cmmd, a[0], NULL, a[1], a[2], NULL)
CALL(gmet_mind, a[0], NULL, a[1], a[2], NULL)
CALL(gmet_ct, a[0], NULL, a[1], a[2], a[3], NULL)
CALL(gmet_moments_create, a[0], D, NULL)
CALL(gmet_moments_add, a[0], a[1], N, D)
CALL(gmet_moments_add_at, a[0], a[1], a[2], N)
CALL(gmet_moments_skip, a[0], 5)
CALL(gmet_moments_get, a[0], a[1], a[2], 1)
CALL(gmet_moments_save, a[0], a[1])
CALL(gmet_moments_load, a[0], a[1], NULL)
CALL(gmet_moments_save_bytes, a[0], a[1], sizeof bytes)
CALL(gmet_moments_load_bytes, a[0], a[1], sizeof bytes, NULL)
CALL(gmet_moments_start, a[0], 2048)
CALL(gmet_moments_add_part, a[0], a[1])
CALL(gmet_stats_read, a[0], NULL, a[1])
CALL(gmet_stats_write, a[0], a[1])
CALL(gmet_judge_ref_restore, a[0], a[1])
CALL(gmet_judge_model_restore, a[0], a[1])
GET(gmet_moments_count, 0)
GET(gmet_moments_dim, 0)
GET(gmet_moments_saved_bytes, 0)
GET(gmet_moments_next, 0)
GET(gmet_moments_n_parts, 0)
GET(gmet_judge_ref_rows, 0)
GET(gmet_judge_ref_dim, 0)
GET(gmet_judge_ref_classes, 0)
GET(gmet_judge_ref_blocks, 0)
GET(gmet_judge_n_features, 0)
GET(gmet_judge_block_find, 0)

static feat_status call_others(void **a, feat_error *err)
{
    (void)err;
    gmet_moments_close(a[0]);
    gmet_stats_release(a[0]);
    gmet_judge_ref_close(a[0]);
    gmet_judge_model_close(a[0]);
    gmet_judge_agree(a[0], &judged, NULL);
    gmet_judge_ref_view(a[0], ref);
    gmet_judge_model_view(a[0], model);
    gmet_kid_options_init(a[0], sizeof(gmet_kid_options));
    gmet_judge_boot_options_init(a[0], SIZE_MAX);
    (void)gmet_judge_feature_name(a[0], 0, (char *)bytes);
    (void)gmet_moments_get_part(a[0], 0);
    return FEAT_ERR_ARG;
}

/* A letter for each argument: n a pointer that is needed, o one that may be NULL, s a gmet_set, j a gmet_judge_set, r
 * gmet_judge_rows, p gmet_judge_samples, f a gmet_fid_side, which are needed too. */
typedef struct call {
    const char *name;
    feat_status (*call)(void **a, feat_error *err);
    const char *kinds;
    void *args[MOST_ARGS];
} call;
#define ROW(f, kinds, ...)                                                                                             \
    {                                                                                                                  \
#f, call_##f, kinds,                                                                                           \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

static const call calls[] = {
    ROW(gmet_jackknife, "nso", &out, &set, &set),
    ROW(gmet_fid_jackknife, "nss", &out, &set, &set),
    ROW(gmet_is_jackknife, "ns", &out, &set),
    ROW(gmet_fid_infinity, "nons", &out, &out2, &side, &set),
    ROW(gmet_is_infinity, "nos", &out, &out2, &set),
    ROW(gmet_per_class, "nnnno", &out, &out2, &classed, &classed, &set),
    ROW(gmet_inception_score, "ns", &out, &set),
    ROW(gmet_is_with_error, "nns", &out, &out2, &set),
    ROW(gmet_vendi, "ns", &number, &set),
    ROW(gmet_geometry_of, "nn", &out, sigma),
    ROW(gmet_trace_sqrt_product, "nnn", &number, sigma, sigma),
    ROW(gmet_fid, "nnnnn", &out, mu, sigma, mu, sigma),
    ROW(gmet_fid_from_moments, "nnn", &out, &moments, &moments),
    ROW(gmet_fid_of_sides, "nff", &out, &known, &known),
    ROW(gmet_fid_uncertainty, "nooff", &out, big, big + N, &side, &side),
    ROW(gmet_mifid, "nss", &out, &set, &set),
    ROW(gmet_judge_cohen, "nnn", &number, sizes, &votes),
    ROW(gmet_judge_agree_interval, "nnj", &out, &out2, &judged),
    ROW(gmet_judge_noise_ceiling, "njo", &out, &judged, &votes),
    ROW(gmet_judge_hype_table, "njo", &out, &judged, &votes),
    ROW(gmet_judge_ref_create, "nro", &made, &real, &real),
    ROW(gmet_judge_features, "nonro", &out, flags, &ref, &real, &real),
    ROW(gmet_judge_ref_copies, "nnr", flags, &ref, &real),
    ROW(gmet_judge_fit, "np", &made, &samples),
    ROW(gmet_judge_predict, "nnp", cube, &model, &samples),
    ROW(gmet_judge_folds, "nnj", counts, sizes, &judged),
    ROW(gmet_judge_cross_validate, "np", &predicted, &samples),
    ROW(gmet_judge_choose_lambda, "np", &number, &samples),
    ROW(gmet_judge_cross_grid, "nnp", &out, sizes, &samples),
    ROW(gmet_judge_score, "nnoj", &out, big, big, &judged),
    ROW(gmet_judge_rank_correlation, "nnnn", &number, &other, big, big + N),
    ROW(gmet_judge_within_folds, "nnnj", &out, &out2, &predicted, &judged),
    ROW(gmet_judge_compare, "nnj", &out, &predicted, &judged),
    ROW(gmet_judge_compare_raters, "nnn", &out, &predicted, &votes),
    ROW(gmet_judge_compare_models, "nnj", &out, all_predicted, &judged),
    ROW(gmet_eigsym, "non", big, big + N, sigma),
    ROW(gmet_sqrtm, "nn", big, sigma),
    ROW(gmet_precision_recall, "nss", &out, &set, &set),
    ROW(gmet_pr_error, "nnss", &out, &pr_value, &set, &set),
    ROW(gmet_prdc, "noss", &out, NULL, &set, &set),
    ROW(gmet_prdc_error, "nnnnss", &out, &out2, &prdc_value, counts, &set, &set),
    ROW(gmet_image_scores, "nss", &out, &set, &set),
    ROW(gmet_authpct, "noss", &number, flags, &set, &set),
    ROW(gmet_authpct_error, "nss", &out, &set, &set),
    ROW(gmet_prd_curve, "nooss", &out, NULL, NULL, &set, &set),
    ROW(gmet_kid, "nss", &out, &set, &set),
    ROW(gmet_kid_full, "nss", &out, &set, &set),
    ROW(gmet_kid_both, "nnss", &out, &out2, &set, &set),
    ROW(gmet_cmmd, "nss", &out, &set, &set),
    ROW(gmet_mind, "nss", &out, &set, &set),
    ROW(gmet_ct, "nsss", &out, &set, &set, &set),
    ROW(gmet_moments_create, "n", &made),
    ROW(gmet_moments_add, "nn", &moments, rows),
    ROW(gmet_moments_add_at, "nno", &moments, rows, places),
    ROW(gmet_moments_skip, "n", &moments),
    ROW(gmet_moments_get, "noo", &moments, mu, sigma),
    ROW(gmet_moments_save, "nn", &moments, file),
    ROW(gmet_moments_load, "nn", &made, file),
    ROW(gmet_moments_save_bytes, "nn", &moments, bytes),
    ROW(gmet_moments_load_bytes, "nn", &made, bytes),
    ROW(gmet_moments_start, "n", &moments),
    ROW(gmet_moments_add_part, "nn", &moments, &part),
    ROW(gmet_stats_read, "nn", &out, file),
    ROW(gmet_stats_write, "nn", &stats, file),
    ROW(gmet_judge_ref_restore, "nn", &made, &out),
    ROW(gmet_judge_model_restore, "nn", &made, &out),
    ROW(gmet_moments_count, "n", &moments),
    ROW(gmet_moments_dim, "n", &moments),
    ROW(gmet_moments_saved_bytes, "n", &moments),
    ROW(gmet_moments_next, "n", &moments),
    ROW(gmet_moments_n_parts, "n", &moments),
    ROW(gmet_judge_ref_rows, "n", &ref),
    ROW(gmet_judge_ref_dim, "n", &ref),
    ROW(gmet_judge_ref_classes, "n", &ref),
    ROW(gmet_judge_ref_blocks, "n", &ref),
    ROW(gmet_judge_n_features, "n", &ref),
    ROW(gmet_judge_block_find, "n", stats_name),
    ROW(others, "n", &out),
};

/* --- how they end ---------------------------------------------------------------------------------------- */

/* The status of the call; -1 where it crashed, did not end, or failed without a word. */
static int ends_with(const call *c, size_t at, void *value)
{
    void *args[MOST_ARGS];
    memcpy(args, c->args, sizeof args);
    for (size_t i = 0; i < MOST_ARGS; i++) /* handles are made when the test runs */
        if (args[i] == &moments || args[i] == &ref || args[i] == &model)
            args[i] = *(void **)args[i];
    args[at] = value;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        feat_error err = {FEAT_OK, "said"};
        signal(SIGSEGV, SIG_DFL); /* cmocka's would go on with the next test, in this process */
        signal(SIGFPE, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        alarm(SECONDS);
        int status = (int)c->call(args, &err);
        _exit(status != FEAT_OK && err.message[0] == 0 ? 100 : status);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) < 100 ? WEXITSTATUS(status) : -1;
}

static size_t n_wrong;

static void must(const call *c, size_t at, const char *what, void *value, bool null)
{
    int status = ends_with(c, at, value);
    if (null ? status != FEAT_ERR_ARG : status == -1 || status == FEAT_OK) {
        printf("%s: argument %zu %s: %d\n", c->name, at, what, status);
        n_wrong++;
    }
}

static void null_is_said(void **state)
{
    (void)state;
    n_wrong = 0;
    for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++)
        for (size_t i = 0; calls[k].kinds[i] != 0; i++)
            if (calls[k].kinds[i] != 'o') {
                must(&calls[k], i, "NULL", NULL, true);
            } else if (ends_with(&calls[k], i, NULL) < 0) {
                printf("%s: argument %zu, which may be NULL, is\n", calls[k].name, i);
                n_wrong++;
            }
    assert_int_equal(n_wrong, 0);
}

/* The rows say what is right without which they would say nothing. */
static void calls_are_right_otherwise(void **state)
{
    (void)state;
    n_wrong = 0;
    for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++) {
        int status = calls[k].call == call_others ? FEAT_OK : ends_with(&calls[k], MOST_ARGS - 1, NULL);
        if (status == -1 || status == FEAT_ERR_NOMEM) {
            printf("%s: %d\n", calls[k].name, status);
            n_wrong++;
        }
    }
    assert_int_equal(n_wrong, 0);
}

static void sets_that_cannot_be_are_said(void **state)
{
    (void)state;
    static gmet_set nowhere = {.n = N, .d = D}, many = {.rows = rows, .n = SIZE_MAX, .d = D},
                    wide = {.rows = rows, .n = N, .d = SIZE_MAX}, thin = {.rows = rows, .n = N};
    static gmet_judge_rows no_rows = {.n = N, .d = D}, many_rows = {.g = big, .n = SIZE_MAX, .d = D};
    static gmet_judge_set no_set = {.n = N, .n_groups = 3, .n_blocks = N};
    static gmet_judge_samples no_x = {.p = D, .set = &judged}, no_images = {.x = big, .p = D};
    static gmet_fid_side no_side = {.n = N}, many_sides = {.rows = rows, .n = SIZE_MAX};
    static const struct {
        char kind;
        const char *what;
        void *value;
    } absurd[] = {{'s', "without rows", &nowhere},       {'s', "of too many rows", &many},
                  {'s', "of too wide rows", &wide},      {'s', "of no columns", &thin},
                  {'r', "without rows", &no_rows},       {'r', "of too many rows", &many_rows},
                  {'j', "without arrays", &no_set},      {'p', "without numbers", &no_x},
                  {'p', "without a set", &no_images},    {'f', "without rows or moments", &no_side},
                  {'f', "of too many rows", &many_sides}};
    n_wrong = 0;
    for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++)
        for (size_t i = 0; calls[k].kinds[i] != 0; i++)
            for (size_t v = 0; v < sizeof absurd / sizeof absurd[0]; v++)
                if (calls[k].kinds[i] == absurd[v].kind)
                    must(&calls[k], i, absurd[v].what, absurd[v].value, false);
    assert_int_equal(n_wrong, 0);
}

/* A skip of everything ends, and leaves what one of each block leaves. */
static void skips_are_short(void **state)
{
    (void)state;
    gmet_moments *a = NULL, *b = NULL;
    feat_error err;
    assert_int_equal(gmet_moments_create(&a, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_create(&b, D, NULL, NULL), FEAT_OK);
    const size_t steps[] = {3, 2045, 2048, 5 * 2048 + 100, 64 * 2048, 1948, 77 * 2048};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_int_equal(gmet_moments_add(a, rows, 3, D, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_add(b, rows, 3, D, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_skip(a, steps[i], NULL), FEAT_OK);
        for (size_t k = 0; k < steps[i]; k++)
            assert_int_equal(gmet_moments_skip(b, 1, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_next(a), gmet_moments_next(b));
        size_t n = gmet_moments_saved_bytes(a);
        assert_int_equal(n, gmet_moments_saved_bytes(b));
        assert_int_equal(gmet_moments_save_bytes(a, bytes, sizeof bytes / 2, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_save_bytes(b, bytes + sizeof bytes / 2, sizeof bytes / 2, NULL), FEAT_OK);
        assert_memory_equal(bytes, bytes + sizeof bytes / 2, n);
    }
    assert_int_equal(gmet_moments_skip(a, SIZE_MAX, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_moments_skip(a, SIZE_MAX - gmet_moments_next(a), NULL), FEAT_OK);
    assert_int_equal(gmet_moments_next(a), SIZE_MAX);
    assert_int_equal(gmet_moments_add(a, rows, 1, D, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "no 1 places are left"));
    assert_int_equal(gmet_moments_get(a, mu, sigma, 1, NULL), FEAT_OK);
    gmet_moments_close(&a);
    gmet_moments_close(&b);
}

static int prepare(void **state)
{
    (void)state;
    uint32_t x = 1;
    for (size_t i = 0; i < N * D; i++)
        rows[i] = (float)((x = x * 1664525u + 1013904223u) >> 8) / (float)(1 << 23) - 1.0f;
    for (size_t i = 0; i < N; i++) {
        ones[i] = 2;
        counts[i] = (uint32_t)(i * 7 % 3);
        groups[i] = (uint32_t)(i % 3);
        truths[i] = groups[i] == 0;
        folds[i] = (uint32_t)(i % 3);
        places[i] = N + i;
        vote[2 * i] = (gmet_judge_vote){(uint32_t)i, 0, counts[i] > 0};
        vote[2 * i + 1] = (gmet_judge_vote){(uint32_t)i, 1, counts[i] > 1};
    }
    for (size_t i = 0; i < N * N; i++)
        big[i] = (double)(i * i * 31 % 977) / 977.0;
    for (size_t i = 0; i < D; i++)
        sigma[i * D + i] = 1.0;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(file, sizeof file, "%s/bonafide-absurd-XXXXXX", tmp == NULL || tmp[0] == 0 ? "/tmp" : tmp);
    int fd = mkstemp(file);
    return fd < 0 || close(fd) != 0 || gmet_moments_create(&moments, D, NULL, NULL) != FEAT_OK ||
           gmet_moments_add(moments, rows, N, D, NULL) != FEAT_OK ||
           gmet_judge_ref_create(&ref, &real, NULL, NULL, NULL, NULL) != FEAT_OK ||
           gmet_judge_fit(&model, &samples, NULL, NULL, NULL, NULL) != FEAT_OK;
}

static int clean_up(void **state)
{
    (void)state;
    gmet_moments_close(&moments);
    gmet_judge_ref_close(&ref);
    gmet_judge_model_close(&model);
    return unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_right_otherwise),
        cmocka_unit_test(null_is_said),
        cmocka_unit_test(sets_that_cannot_be_are_said),
        cmocka_unit_test(skips_are_short),
    };
    return cmocka_run_group_tests(tests, prepare, clean_up);
}
