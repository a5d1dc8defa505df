/* Decisions about pairs of rows. Products of low precision (products.h) bound every squared distance; where that does
 * not settle a question the distance is computed. */
#include "metrics/pairs/neighbours.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "engine/kernels/dmat.h"
#include "metrics/base/context.h"
#include "metrics/base/context_of.h"
#include "metrics/base/memo.h"
#include "metrics/base/paging.h"
#include "metrics/base/rows.h"
#include "metrics/base/stopping.h"
#include "metrics/pairs/products.h"
#include "metrics/pairs/team.h"

/* ROWS, COLUMNS: a task's rows and the columns they meet at a time. WORTH: the bfloat16 pass only pays while fewer than
 * about 1.5 % of the pairs (1 in WORTH) have to be computed again. */
enum { ROWS = GMET_PRODUCT_ROWS, COLUMNS = GMET_PRODUCT_COLUMNS, FEW = 64, WORTH = 64 };

/* A row and a column whose bounds settle nothing, and which questions about them. */
typedef struct doubt {
    size_t i, j;
    unsigned open;
} doubt;

/* What one thread works in: what is in doubt comes together until it is worth measuring. */
typedef struct bench {
    doubt at[FEW + COLUMNS];
    size_t n;
} bench;

struct gmet_neighbours {
    gmet_context context;
    const feat_dmat_kernels *kernels;
    size_t d;
    gmet_products *products;
    bench *benches; /* [threads] */
    atomic_size_t n_exact;
};

/* What a row adds to the bounds of its distances (gmet_products_sides). */
typedef struct sides {
    double *low, *high;
} sides;

typedef struct scan {
    gmet_neighbours *s;
    const gmet_set *rows, *columns;
    sides row, column; /* [n], [COLUMNS of the round] */
    size_t j0, j_count;
    const float *block; /* [j_count][d]: the columns of the round */
    size_t k;           /* nearest neighbours */
    size_t self;        /* which column row 0 is, or GMET_NO_SELF */
    double *nearest;
    size_t *index;
    const gmet_balls *balls;
    const gmet_visit *visit;
    atomic_uchar *column_inside, *column_holds;
} scan;

feat_status gmet_neighbours_create(gmet_neighbours **out, size_t d, const gmet_context *context, feat_error *err)
{
    *out = NULL;
    gmet_neighbours *s = feat_calloc(1, sizeof *s);
    if (s == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for distances");
    s->context = context != NULL ? *context : (gmet_context){.pool = NULL};
    s->kernels = gmet_kernels_of(context);
    s->d = d;
    atomic_init(&s->n_exact, 0);
    size_t n_threads = feat_pool_threads(s->context.pool);
    feat_status status = gmet_products_create(&s->products, d, s->kernels, n_threads, err);
    if (status == FEAT_OK) {
        s->benches = feat_alloc_array(n_threads, sizeof *s->benches);
        if (s->benches == NULL)
            status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for distances between rows of %zu columns", d);
    }
    if (status != FEAT_OK)
        gmet_neighbours_close(&s);
    *out = s;
    return status;
}

void gmet_neighbours_close(gmet_neighbours **s)
{
    if (s == NULL || *s == NULL)
        return;
    gmet_products_close(&(*s)->products);
    feat_free((*s)->benches);
    feat_free(*s);
    *s = NULL;
}

size_t gmet_neighbours_exact(const gmet_neighbours *s)
{
    return atomic_load(&s->n_exact);
}

static void pack_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const scan *c = ctx;
    size_t width = gmet_products_width(c->s->products), first = tile * width;
    gmet_products_pack(c->s->products, c->block, c->j_count, tile);
    gmet_products_sides(c->s->products, c->column.low + first, c->column.high + first, c->block + first * c->s->d,
                        feat_min_size(c->j_count - first, width));
}

/* [n_rows][COLUMNS] of rows i0 .. and the columns of this round. */
static const float *multiply(const scan *c, size_t i0, size_t n_rows, size_t worker)
{
    const float *x[ROWS];
    for (size_t r = 0; r < n_rows; r++)
        x[r] = c->rows->rows + (i0 + r) * c->s->d;
    return gmet_products_multiply(c->s->products, x, n_rows, c->j_count, worker);
}

static void rows_done(const scan *c, size_t i0, size_t n)
{
    feat_mapped_done(c->rows->rows + i0 * c->s->d, n * c->s->d * sizeof(float));
}

static void sides_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const scan *c = ctx;
    size_t i0 = tile * ROWS, n_rows = feat_min_size(c->rows->n - i0, ROWS);
    gmet_products_sides(c->s->products, c->row.low + i0, c->row.high + i0, c->rows->rows + i0 * c->s->d, n_rows);
    rows_done(c, i0, n_rows);
}

/* Whether row i is column j, and rows do not meet themselves. */
static bool is_self(const scan *c, size_t i, size_t j)
{
    return c->self != GMET_NO_SELF && j == c->self + i;
}

static void find_sides(scan *c, bool coarse)
{
    gmet_products_set_coarse(c->s->products, coarse);
    gmet_parallel_for(&c->s->context, (c->rows->n + ROWS - 1) / ROWS, sides_task, c);
}

static feat_status run_rounds(scan *c, feat_task task, feat_error *err)
{
    gmet_neighbours *s = c->s;
    const gmet_set *columns = c->columns;
    for (c->j0 = 0; c->j0 < columns->n; c->j0 += COLUMNS) {
        size_t exact = gmet_neighbours_exact(s), width = gmet_products_width(s->products);
        c->j_count = feat_min_size(columns->n - c->j0, COLUMNS);
        feat_status status =
            gmet_fetch_columns(&c->block, columns->paging, columns->rows, c->j0, c->j_count, s->d, err);
        if (status != FEAT_OK)
            return status;
        gmet_parallel_for(&s->context, (c->j_count + width - 1) / width, pack_task, c);
        gmet_parallel_for(&s->context, (c->rows->n + ROWS - 1) / ROWS, task, c);
        gmet_columns_done(columns->paging, columns->rows, c->j0, c->j_count, s->d);
        status = gmet_go_on(&s->context, err);
        if (status != FEAT_OK)
            return status;
        /* Rows in tight clusters: floats see more. */
        if (gmet_products_coarse(s->products) &&
            (gmet_neighbours_exact(s) - exact) / c->j_count > c->rows->n / WORTH)
            find_sides(c, false);
    }
    return FEAT_OK;
}

static feat_status run(scan *c, feat_task task, feat_error *err)
{
    gmet_neighbours *s = c->s;
    size_t count;
    double *all = NULL;
    if (feat_add_size(c->rows->n, COLUMNS, &count) && feat_mul_size(count, 2, &count))
        all = feat_alloc_array(count, sizeof *all);
    if (all == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the norms of %zu rows", c->rows->n);
    c->column = (sides){all, all + COLUMNS};
    c->row = (sides){all + 2 * COLUMNS, all + 2 * COLUMNS + c->rows->n};
    const gmet_rows near = gmet_rows_of(gmet_fetches_columns(c->columns->paging) ? c->rows : c->columns);
    gmet_products_centre_on(s->products, &near);
    find_sides(c, true);
    feat_status status = run_rounds(c, task, err);
    feat_free(all);
    return status;
}

/* exact [n] <- squared distances of n <= FEW pairs. */
static void measure(const scan *c, double *exact, const doubt *at, size_t n)
{
    const float *x[FEW], *y[FEW];
    for (size_t r = 0; r < n; r++) {
        x[r] = c->rows->rows + at[r].i * c->s->d;
        y[r] = c->block + (at[r].j - c->j0) * c->s->d;
    }
    c->s->kernels->dist_pairs(exact, x, y, n, c->s->d);
    atomic_fetch_add_explicit(&c->s->n_exact, n, memory_order_relaxed);
}

/* Measures and hands on what is in doubt, in the order in which it came, until fewer than `enough` are left. */
static void settle(const scan *c, bench *b, size_t enough,
                   void (*take)(const scan *c, const doubt *at, double distance))
{
    size_t done = 0;
    while (b->n - done >= enough && b->n > done) {
        double exact[FEW];
        size_t n = feat_min_size(b->n - done, FEW);
        measure(c, exact, b->at + done, n);
        for (size_t r = 0; r < n; r++)
            take(c, &b->at[done + r], exact[r]);
        done += n;
    }
    b->n -= done;
    memmove(b->at, b->at + done, b->n * sizeof *b->at);
}

/* --- nearest neighbours ------------------------------------------------------------------------------- */

static void insert(double *nearest, size_t *index, size_t k, double distance, size_t j)
{
    size_t i = k - 1;
    for (; i > 0 && nearest[i - 1] > distance; i--) {
        nearest[i] = nearest[i - 1];
        if (index != NULL)
            index[i] = index[i - 1];
    }
    nearest[i] = distance;
    if (index != NULL)
        index[i] = j;
}

/* In a first round nothing is known: the k-th smallest upper bound takes the place of the k-th distance. */
static double bound_from(const scan *c, const float *product, size_t i, double *uppers)
{
    double high = c->row.high[i];
    size_t k = c->k;
    for (size_t r = 0; r < k; r++)
        uppers[r] = (double)INFINITY;
    for (size_t j = 0; j < c->j_count; j++) {
        double upper = high + c->column.high[j] - 2.0 * (double)product[j];
        if (upper < uppers[k - 1] && !is_self(c, i, c->j0 + j))
            insert(uppers, NULL, k, upper, 0);
    }
    double bound = uppers[k - 1];
    for (size_t r = 0; r < k; r++)
        uppers[r] = (double)INFINITY;
    return bound;
}

static void nearest_row(const scan *c, bench *b, const float *product, size_t i)
{
    size_t k = c->k;
    double *nearest = c->nearest + i * k, low = c->row.low[i];
    double limit = c->j0 == 0 ? bound_from(c, product, i, nearest) : nearest[k - 1];
    for (size_t j = 0; j < c->j_count; j++) {
        double lower = low + c->column.low[j] - 2.0 * (double)product[j];
        if (!(lower > limit) && !is_self(c, i, c->j0 + j))
            b->at[b->n++] = (doubt){i, c->j0 + j, 0};
    }
}

static void take_nearest(const scan *c, const doubt *at, double distance)
{
    size_t k = c->k;
    double *nearest = c->nearest + at->i * k;
    if (distance < nearest[k - 1])
        insert(nearest, c->index != NULL ? c->index + at->i * k : NULL, k, distance, at->j);
}

static void nearest_task(void *ctx, size_t tile, size_t worker)
{
    const scan *c = ctx;
    bench *b = &c->s->benches[worker];
    size_t i0 = tile * ROWS, n_rows = feat_min_size(c->rows->n - i0, ROWS);
    const float *product = multiply(c, i0, n_rows, worker);
    b->n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        nearest_row(c, b, product + i * COLUMNS, i0 + i);
        settle(c, b, FEW, take_nearest);
    }
    settle(c, b, 0, take_nearest);
    rows_done(c, i0, n_rows);
}

static feat_status find_nearest(double *distance2, size_t *index, gmet_neighbours *s, const gmet_set *rows,
                                const gmet_set *columns, size_t k, size_t self, feat_error *err)
{
    const gmet_team *team = gmet_team_for(&s->context, rows, columns);
    if (team != NULL)
        return team->nearest_k(team->ctx, &s->context, distance2, index, rows, columns, k, self, err);
    scan c = {.s = s, .rows = rows, .columns = columns, .k = k, .self = self};
    c.nearest = distance2;
    c.index = index;
    return run(&c, nearest_task, err);
}

/* From distances to as many neighbours or more: the first k of them are the k smallest. */
static feat_status take_kept(double *distance2, gmet_memo *memo, gmet_neighbours *s, const gmet_set *set, size_t k,
                             feat_error *err)
{
    size_t most = gmet_memo_k(memo);
    double *kept = gmet_memo_distances(memo);
    if (!gmet_memo_is_full(memo)) {
        feat_status status = find_nearest(kept, NULL, s, set, set, most, 0, err);
        if (status != FEAT_OK)
            return status;
        gmet_memo_set_full(memo);
    }
    for (size_t i = 0; i < set->n; i++)
        memcpy(distance2 + i * k, kept + i * most, k * sizeof *kept);
    return FEAT_OK;
}

feat_status gmet_nearest_k(double *distance2, size_t *index, gmet_neighbours *s, const gmet_set *rows,
                           const gmet_set *columns, size_t k, size_t self, feat_error *err)
{
    gmet_memo *memo = s->context.memo;
    bool within = self == 0 && index == NULL && rows->rows == columns->rows && rows->n == columns->n;
    return within && gmet_memo_is_of(memo, rows, k) ? take_kept(distance2, memo, s, rows, k, err)
                                                    : find_nearest(distance2, index, s, rows, columns, k, self, err);
}

feat_status gmet_find_radii(double *radius2, double *nearest, gmet_neighbours *s, const gmet_set *set, size_t k,
                            feat_error *err)
{
    feat_status status = gmet_nearest_k(nearest, NULL, s, set, set, k, 0, err);
    for (size_t i = 0; status == FEAT_OK && i < set->n; i++)
        radius2[i] = nearest[i * k + k - 1];
    return status;
}

/* --- balls -------------------------------------------------------------------------------------------- */

typedef enum verdict { OUTSIDE, INSIDE, OPEN } verdict;

static verdict judge(double lower, double upper, double radius)
{
    return lower > radius ? OUTSIDE : upper < radius ? INSIDE : OPEN;
}

static void hit_column_ball(const scan *c, size_t i, size_t j)
{
    const gmet_balls *w = c->balls;
    if (w->row_inside != NULL)
        w->row_inside[i] = 1;
    if (w->row_balls != NULL)
        w->row_balls[i]++;
    if (c->column_holds != NULL)
        atomic_store_explicit(&c->column_holds[j], 1, memory_order_relaxed);
}

/* True if it would still change something that row i is in column j's ball. */
static bool asks_column_ball(const scan *c, size_t i, size_t j)
{
    const gmet_balls *w = c->balls;
    return w->row_balls != NULL || (w->row_inside != NULL && !w->row_inside[i]) ||
           (c->column_holds != NULL && !atomic_load_explicit(&c->column_holds[j], memory_order_relaxed));
}

static bool asks_row_ball(const scan *c, size_t j)
{
    return c->column_inside != NULL && !atomic_load_explicit(&c->column_inside[j], memory_order_relaxed);
}

static void hit_row_ball(const scan *c, size_t j)
{
    atomic_store_explicit(&c->column_inside[j], 1, memory_order_relaxed);
}

enum { COLUMN_OPEN = 1, ROW_OPEN = 2 };

/* What the bounds settle is settled at once; the rest is left in doubt, with which of the two questions, unless its
 * answer would change nothing by now. */
static void judge_row(const scan *c, bench *b, const float *product, size_t i)
{
    const gmet_balls *w = c->balls;
    size_t before = b->n, kept = b->n;
    double low = c->row.low[i], high = c->row.high[i], row_radius = c->column_inside != NULL ? w->row_radius2[i] : 0.0;
    bool columns = w->row_inside != NULL || w->row_balls != NULL || c->column_holds != NULL;
    for (size_t t = 0; t < c->j_count; t++) {
        size_t j = c->j0 + t;
        double lower = low + c->column.low[t] - 2.0 * (double)product[t];
        double upper = high + c->column.high[t] - 2.0 * (double)product[t];
        verdict in_column = columns ? judge(lower, upper, w->column_radius2[j]) : OUTSIDE;
        verdict in_row = c->column_inside != NULL ? judge(lower, upper, row_radius) : OUTSIDE;
        if (in_column == INSIDE)
            hit_column_ball(c, i, j);
        if (in_row == INSIDE)
            hit_row_ball(c, j);
        unsigned open = (in_column == OPEN ? COLUMN_OPEN : 0) | (in_row == OPEN ? ROW_OPEN : 0);
        if (open != 0)
            b->at[b->n++] = (doubt){i, j, open};
    }
    for (size_t r = before; r < b->n; r++) {
        const doubt *at = &b->at[r];
        if (((at->open & COLUMN_OPEN) != 0 && asks_column_ball(c, i, at->j)) ||
            ((at->open & ROW_OPEN) != 0 && asks_row_ball(c, at->j)))
            b->at[kept++] = *at;
    }
    b->n = kept;
}

static bool inside(const gmet_balls *w, double distance, double radius)
{
    return w->strict ? distance < radius : distance <= radius;
}

static void take_balls(const scan *c, const doubt *at, double distance)
{
    const gmet_balls *w = c->balls;
    if ((at->open & COLUMN_OPEN) != 0 && inside(w, distance, w->column_radius2[at->j]))
        hit_column_ball(c, at->i, at->j);
    if ((at->open & ROW_OPEN) != 0 && inside(w, distance, w->row_radius2[at->i]))
        hit_row_ball(c, at->j);
}

static void balls_task(void *ctx, size_t tile, size_t worker)
{
    const scan *c = ctx;
    bench *b = &c->s->benches[worker];
    size_t i0 = tile * ROWS, n_rows = feat_min_size(c->rows->n - i0, ROWS);
    const float *product = multiply(c, i0, n_rows, worker);
    b->n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        judge_row(c, b, product + i * COLUMNS, i0 + i);
        settle(c, b, FEW, take_balls);
    }
    settle(c, b, 0, take_balls);
    rows_done(c, i0, n_rows);
}

static bool make_flags(atomic_uchar **flags, size_t n, const unsigned char *wanted)
{
    if (wanted == NULL)
        return true;
    *flags = feat_alloc_array(n, sizeof **flags);
    for (size_t i = 0; *flags != NULL && i < n; i++)
        atomic_init(&(*flags)[i], 0);
    return *flags != NULL;
}

static void take_flags(unsigned char *out, atomic_uchar *flags, size_t n)
{
    for (size_t i = 0; flags != NULL && i < n; i++)
        out[i] = atomic_load_explicit(&flags[i], memory_order_relaxed);
    feat_free(flags);
}

feat_status gmet_find_balls(const gmet_balls *balls, gmet_neighbours *s, const gmet_set *rows, const gmet_set *columns,
                            feat_error *err)
{
    const gmet_team *team = gmet_team_for(&s->context, rows, columns);
    if (team != NULL)
        return team->find_balls(team->ctx, &s->context, balls, rows, columns, err);
    scan c = {.s = s, .rows = rows, .columns = columns, .balls = balls};
    feat_status status;
    if (balls->row_inside != NULL)
        memset(balls->row_inside, 0, rows->n);
    if (balls->row_balls != NULL)
        memset(balls->row_balls, 0, rows->n * sizeof *balls->row_balls);
    if (make_flags(&c.column_inside, columns->n, balls->column_inside) &&
        make_flags(&c.column_holds, columns->n, balls->column_holds))
        status = run(&c, balls_task, err);
    else
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for flags of %zu rows", columns->n);
    take_flags(balls->column_inside, c.column_inside, columns->n);
    take_flags(balls->column_holds, c.column_holds, columns->n);
    return status;
}

/* --- visits ------------------------------------------------------------------------------------------- */

static void visit_row(const scan *c, const float *product, size_t i)
{
    const gmet_visit *v = c->visit;
    double low = c->row.low[i];
    for (size_t r = 0; r < c->j_count; r++) {
        size_t j = c->j0 + r;
        double lower = low + c->column.low[r] - 2.0 * (double)product[r];
        if (!v->matters(v->ctx, i, j, lower > 0.0 ? lower : 0.0)) /* 0 for NaN */
            continue;
        double distance;
        measure(c, &distance, &(doubt){i, j, 0}, 1);
        v->take(v->ctx, i, j, distance);
    }
}

static void visit_task(void *ctx, size_t tile, size_t worker)
{
    const scan *c = ctx;
    size_t i0 = tile * ROWS, n_rows = feat_min_size(c->rows->n - i0, ROWS);
    const float *product = multiply(c, i0, n_rows, worker);
    for (size_t i = 0; i < n_rows; i++)
        visit_row(c, product + i * COLUMNS, i0 + i);
    rows_done(c, i0, n_rows);
}

feat_status gmet_visit_pairs(const gmet_visit *visit, gmet_neighbours *s, const gmet_set *rows, const gmet_set *columns,
                             feat_error *err)
{
    scan c = {.s = s, .rows = rows, .columns = columns, .visit = visit};
    return run(&c, visit_task, err);
}
