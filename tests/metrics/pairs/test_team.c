/* Metrics whose scans a team takes over (metrics/pairs/team.h): a team that divides the rows among three, one after
 * the other in this process, finds the bits that the metric finds alone; what goes wrong in a team reaches
 * the caller; and a team is not asked about sets that it does not hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"
#include "metrics/gmet.h"
#include "metrics/pairs/neighbours.h"
#include "metrics/pairs/pairs.h"
#include "metrics/pairs/team.h"
#include "metrics/twosample/kid_slots.h"
#include "metrics/twosample/kid_subsets.h"
#include "metrics/twosample/kid_sums.h"
#include "tests/metrics/metrics_fixture.h"

enum { N = 1100, M = 700, D = 24, RANKS = 3 };

typedef struct fake_team {
    gmet_team team;
    const float *x, *y; /* [N][D], [M][D]: the sets held; y may be NULL */
    size_t asked;
    bool fails;
    size_t rank;
    double carry[N]; /* sums over columns on their way to the next rank */
} fake_team;

static bool has(void *ctx, const gmet_set *set)
{
    const fake_team *t = ctx;
    const float *x = set->rows;
    return set->d == D && x != NULL && ((x == t->x && set->n == N) || (x == t->y && set->n == M));
}

/* What each of the team works in. */
static gmet_context alone(const gmet_context *context)
{
    gmet_context own = *context;
    own.team = NULL;
    return own;
}

static feat_status begin(fake_team *t, feat_error *err)
{
    t->asked++;
    return t->fails ? feat_fail(err, FEAT_ERR_IO, "rank 1 is gone") : FEAT_OK;
}

/* Rows [*first, *first + count) of n are those of a rank: whole tiles, the last rank's may be fewer or none. */
static size_t share(size_t *first, size_t n, size_t rank)
{
    size_t tiles = (n + GMET_PAIR_ROWS - 1) / GMET_PAIR_ROWS,
           each = (tiles + RANKS - 1) / RANKS * GMET_PAIR_ROWS;
    *first = rank * each < n ? rank * each : n;
    return n - *first < each ? n - *first : each;
}

static feat_status nearest_k(void *ctx, const gmet_context *context, double *distance2, size_t *index,
                             const gmet_set *rows, const gmet_set *columns, size_t k, size_t self, feat_error *err)
{
    gmet_neighbours *s = NULL;
    const gmet_context own = alone(context);
    feat_status status = begin(ctx, err);
    if (status != FEAT_OK)
        return status;
    assert_int_equal(gmet_neighbours_create(&s, rows->d, &own, NULL), FEAT_OK);
    for (size_t rank = 0, first; rank < RANKS; rank++) {
        size_t n = share(&first, rows->n, rank);
        const gmet_set part = {.rows = rows->rows + first * rows->d, .n = n, .d = rows->d};
        assert_int_equal(gmet_nearest_k(distance2 + first * k, index != NULL ? index + first * k : NULL, s, &part,
                                        columns, k, self != GMET_NO_SELF ? self + first : GMET_NO_SELF, NULL),
                         FEAT_OK);
    }
    gmet_neighbours_close(&s);
    return FEAT_OK;
}

static feat_status find_balls(void *ctx, const gmet_context *context, const gmet_balls *balls, const gmet_set *rows,
                              const gmet_set *columns, feat_error *err)
{
    gmet_neighbours *s = NULL;
    const gmet_context own_context = alone(context);
    unsigned char inside[N], holds[N];
    feat_status status = begin(ctx, err);
    if (status != FEAT_OK)
        return status;
    assert_int_equal(gmet_neighbours_create(&s, rows->d, &own_context, NULL), FEAT_OK);
    if (balls->column_inside != NULL)
        memset(balls->column_inside, 0, columns->n);
    if (balls->column_holds != NULL)
        memset(balls->column_holds, 0, columns->n);
    for (size_t rank = 0, first; rank < RANKS; rank++) {
        size_t n = share(&first, rows->n, rank);
        const gmet_set part = {.rows = rows->rows + first * rows->d, .n = n, .d = rows->d};
        gmet_balls own = *balls;
        if (own.row_radius2 != NULL)
            own.row_radius2 += first;
        if (own.row_inside != NULL)
            own.row_inside += first;
        if (own.row_balls != NULL)
            own.row_balls += first;
        if (own.column_inside != NULL)
            own.column_inside = inside;
        if (own.column_holds != NULL)
            own.column_holds = holds;
        assert_int_equal(gmet_find_balls(&own, s, &part, columns, NULL), FEAT_OK);
        for (size_t j = 0; j < columns->n; j++) {
            if (own.column_inside != NULL)
                balls->column_inside[j] |= inside[j];
            if (own.column_holds != NULL)
                balls->column_holds[j] |= holds[j];
        }
    }
    gmet_neighbours_close(&s);
    return FEAT_OK;
}

static void take_sums(void *ctx, double *column, size_t j0, size_t n)
{
    const fake_team *t = ctx;
    if (t->rank > 0)
        memcpy(column, t->carry + j0, n * sizeof *column);
}

static void pass_sums(void *ctx, double *column, size_t j0, size_t n)
{
    fake_team *t = ctx;
    memcpy(t->carry + j0, column, n * sizeof *column);
}

static feat_status kernel_sums(void *ctx, const gmet_context *context, const gmet_kid_sums *sums, size_t d,
                               feat_error *err)
{
    fake_team *t = ctx;
    const gmet_context own_context = alone(context);
    feat_status status = begin(t, err);
    if (status != FEAT_OK)
        return status;
    for (t->rank = 0; t->rank < RANKS; t->rank++) {
        size_t first, n = share(&first, sums->rows->n, t->rank);
        const gmet_rows part = {.f = sums->rows->f + first * d, .n = n};
        gmet_kid_sums own = *sums;
        own.rows = &part;
        own.first += first;
        own.row += first;
        own.square += first;
        own.ctx = t;
        own.before = take_sums;
        own.after = pass_sums;
        gmet_kid_slots slots;
        if (sums->slots != NULL) {
            slots = *sums->slots;
            slots.rows = &part;
            slots.first += first;
            slots.slot += first / GMET_PAIR_ROWS * slots.n_subsets;
            own.slots = &slots;
        }
        assert_int_equal(gmet_kid_sum(&own, d, &own_context, NULL), FEAT_OK);
    }
    return FEAT_OK;
}

static feat_status kernel_slots(void *ctx, const gmet_context *context, const gmet_kid_slots *slots, size_t d,
                                feat_error *err)
{
    gmet_pairs pairs;
    const gmet_context own_context = alone(context);
    feat_status status = begin(ctx, err);
    if (status != FEAT_OK)
        return status;
    assert_int_equal(gmet_pairs_create(&pairs, d, &own_context, NULL), FEAT_OK);
    for (size_t rank = 0, first; rank < RANKS; rank++) {
        size_t n = share(&first, slots->rows->n, rank);
        const gmet_rows part = {.f = slots->rows->f + first * d, .n = n};
        gmet_kid_slots own = *slots;
        own.rows = &part;
        own.first += first;
        own.slot += first / GMET_PAIR_ROWS * slots->n_subsets;
        assert_int_equal(gmet_kid_fill_slots(&own, &pairs, NULL), FEAT_OK);
    }
    gmet_pairs_release(&pairs);
    return FEAT_OK;
}

typedef struct numbers {
    gmet_kid_result kid[3];
    gmet_kid_full_result full[3];
    gmet_cmmd_result cmmd;
    gmet_pr_result pr;
    gmet_prdc_result prdc;
    uint32_t balls[M];
    unsigned char covered[N];
    double radius[N];
    gmet_image_score scores[M];
} numbers;

/* Every metric that a team can help with; which: 0 .. 8. */
static feat_status compute(numbers *out, size_t which, const gmet_set *x, const gmet_set *y,
                           const gmet_context *context, feat_error *err)
{
    gmet_kid_options kid;
    gmet_kid_options_init(&kid, sizeof kid);
    kid.n_subsets = 20;
    kid.subset_size = 300;
    kid.kernel = which % 2 == 0 ? GMET_KERNEL_POLYNOMIAL : GMET_KERNEL_RBF;
    gmet_prdc_images images = {out->balls, out->covered, out->radius};
    switch (which) {
    case 0:
    case 1:
        return gmet_kid(&out->kid[which], &kid, y, x, context, err);
    case 2:
    case 3:
        return gmet_kid_full(&out->full[which - 2], &kid, x, y, context, err);
    case 7:
        return gmet_kid_both(&out->full[2], &out->kid[2], &kid, y, x, context, err);
    case 8:
        return gmet_cmmd(&out->cmmd, NULL, x, y, context, err);
    case 4:
        return gmet_precision_recall(&out->pr, NULL, x, y, context, err);
    case 5:
        return gmet_prdc(&out->prdc, &images, NULL, x, y, context, err);
    default:
        return gmet_image_scores(out->scores, NULL, x, y, context, err);
    }
}

static fake_team *open_team(const float *x, const float *y)
{
    fake_team *t = feat_calloc(1, sizeof *t);
    assert_non_null(t);
    t->x = x;
    t->y = y;
    t->team = (gmet_team){.ctx = t, .has = has, .nearest_k = nearest_k, .find_balls = find_balls};
    t->team.kernel_sums = kernel_sums;
    t->team.kernel_slots = kernel_slots;
    return t;
}

static void test_same_bits(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 1, 0.0), *y = fixture_features(M, D, 2, 0.5);
    numbers *single = feat_calloc(1, sizeof *single), *shared = feat_calloc(1, sizeof *shared);
    const gmet_set a = {.rows = x, .n = N, .d = D}, b = {.rows = y, .n = M, .d = D};
    gmet_context context = {.pool = NULL};
    feat_error err;
    assert_true(single != NULL && shared != NULL);
    assert_int_equal(feat_pool_create(&context.pool, 2, NULL), FEAT_OK);
    for (size_t which = 0; which < 9; which++)
        assert_int_equal(compute(single, which, &a, &b, &context, &err), FEAT_OK);
    fake_team *t = open_team(x, y);
    context.team = &t->team;
    for (size_t which = 0; which < 9; which++) {
        t->asked = 0;
        assert_int_equal(compute(shared, which, &a, &b, &context, &err), FEAT_OK);
        assert_true(t->asked > 0);
    }
    assert_memory_equal(single, shared, sizeof *single);
    assert_true(single->pr.precision > 0.0 && single->full[1].value > 0.0 && single->kid[2].n_subsets > 0);
    assert_true(single->cmmd.value > 0.0 && single->cmmd.has_error);
    /* What goes wrong there is what the metric returns. */
    t->fails = true;
    for (size_t which = 0; which < 9; which++) {
        assert_int_equal(compute(shared, which, &a, &b, &context, &err), FEAT_ERR_IO);
        assert_string_equal(err.message, "rank 1 is gone");
    }
    /* Of one set alone a team knows its own pairs only, of other rows nothing. */
    t->fails = false;
    t->y = NULL;
    memset(shared, 0, sizeof *shared);
    for (size_t which = 0; which < 9; which++)
        assert_int_equal(compute(shared, which, &a, &b, &context, &err), FEAT_OK);
    assert_memory_equal(single, shared, sizeof *single);
    t->x = NULL;
    t->asked = 0;
    for (size_t which = 0; which < 9; which++)
        assert_int_equal(compute(shared, which, &a, &b, &context, &err), FEAT_OK);
    assert_int_equal(t->asked, 0);
    feat_pool_close(&context.pool);
    feat_free(t);
    feat_free(shared);
    feat_free(single);
    feat_free(y);
    feat_free(x);
}

static int teardown(void **state)
{
    (void)state;
    return feat_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
    return cmocka_run_group_tests_name("team", tests, NULL, teardown);
}
