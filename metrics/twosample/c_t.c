/* C_T, the test for data-copying: in each k-means cell of the training set, a rank test of whether generated
 * rows lie closer to the training rows than test rows do. */
#include "metrics/twosample/twosample.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/base/rows.h"
#include "metrics/base/sorting.h"
#include "metrics/pairs/kmeans.h"
#include "metrics/pairs/pairs.h"
#include "metrics/pairs/pca.h"

enum { TRAIN, TEST, GEN, N_SETS, MAX_ROUNDS = 300 };

void gmet_ct_options_init(gmet_ct_options *options, size_t size)
{
    static const gmet_ct_options defaults = {
        .struct_size = sizeof defaults, .n_cells = 3, .n_init = 10, .max_dim = 64, .min_count = 21, .seed = 2020};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

typedef struct set {
    const char *name;
    const gmet_set *from;
    size_t n;          /* from->n */
    double *projected; /* [n][axes], or NULL when the rows themselves are used */
    gmet_rows rows;
    size_t *label, *index; /* [n]; index: rows of the cell at hand */
    double *distance2;     /* [n] */
} set;

typedef struct test {
    set sets[N_SETS];
    size_t d;
    gmet_pairs pairs; /* in the space of the cells */
    double *centres;
    double *scratch; /* [largest n] */
} test;

/* Twice Mann-Whitney's U of x [n] against y [m], both sorted: pairs with x > y, ties one half. */
static uint64_t twice_u(const double *x, size_t n, const double *y, size_t m)
{
    uint64_t sum = 0;
    size_t below = 0, not_above = 0;
    for (size_t i = 0; i < n; i++) {
        while (below < m && y[below] < x[i])
            below++;
        while (not_above < m && y[not_above] <= x[i])
            not_above++;
        sum += below + not_above;
    }
    return sum;
}

static double z_score(const double *gen, size_t m, const double *test_distance, size_t n)
{
    double u = 0.5 * (double)twice_u(gen, m, test_distance, n), pairs = (double)n * (double)m;
    double mean = 0.5 * pairs - 0.5, variance = pairs * ((double)n + (double)m + 1.0) / 12.0;
    return (u - mean) / sqrt(variance);
}

/* The rows of a cell. */
static gmet_rows select_cell(set *s, size_t cell)
{
    gmet_rows rows = s->rows;
    rows.n = 0;
    rows.index = s->index;
    for (size_t i = 0; i < s->n; i++)
        if (s->label[i] == cell)
            s->index[rows.n++] = i;
    return rows;
}

static feat_status test_cell(gmet_ct_cell *out, test *t, size_t cell, size_t min_count, feat_error *err)
{
    gmet_rows rows[N_SETS];
    for (size_t s = 0; s < N_SETS; s++)
        rows[s] = select_cell(&t->sets[s], cell);
    *out = (gmet_ct_cell){.n_train = rows[TRAIN].n, .n_test = rows[TEST].n, .n_gen = rows[GEN].n};
    if (out->n_train == 0 || out->n_test == 0 || out->n_gen == 0 || out->n_gen < min_count)
        return FEAT_OK;
    for (size_t s = TEST; s <= GEN; s++) {
        feat_status status = gmet_nearest(t->sets[s].distance2, NULL, &t->pairs, &rows[s], &rows[TRAIN], err);
        if (status != FEAT_OK)
            return status;
        gmet_sort(t->sets[s].distance2, t->scratch, rows[s].n);
    }
    out->z = z_score(t->sets[GEN].distance2, out->n_gen, t->sets[TEST].distance2, out->n_test);
    out->used = 1;
    return FEAT_OK;
}

/* By decreasing number of training rows; equal ones keep their order. */
static void sort_cells(gmet_ct_cell *cells, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        gmet_ct_cell cell = cells[i];
        size_t j = i;
        for (; j > 0 && cells[j - 1].n_train < cell.n_train; j--)
            cells[j] = cells[j - 1];
        cells[j] = cell;
    }
}

static feat_status test_cells(gmet_ct_result *out, test *t, const gmet_ct_options *o, feat_error *err)
{
    gmet_ct_result r = {.n_cells = o->n_cells};
    double sum = 0.0, weight = 0.0;
    for (size_t i = 0; i < o->n_cells; i++) {
        feat_status status = test_cell(&r.cells[i], t, i, o->min_count, err);
        if (status != FEAT_OK)
            return status;
    }
    sort_cells(r.cells, r.n_cells);
    for (size_t i = 0; i < o->n_cells; i++) {
        if (!r.cells[i].used)
            continue;
        sum = fma((double)r.cells[i].n_test, r.cells[i].z, sum);
        weight += (double)r.cells[i].n_test;
    }
    if (weight == 0.0)
        return feat_fail(
            err, FEAT_ERR_NUMERIC,
            "C_T: none of %zu cells has %zu generated rows or more and a test row; more images are needed",
            o->n_cells, o->min_count);
    r.value = sum / weight;
    *out = r;
    return FEAT_OK;
}

/* Sets rows of all sets, and pairs, to the space the cells live in. */
static feat_status reduce(test *t, const gmet_ct_options *o, const gmet_context *context, feat_error *err)
{
    for (size_t s = 0; s < N_SETS; s++)
        t->sets[s].rows = gmet_rows_of(t->sets[s].from);
    feat_status status = gmet_pairs_create(&t->pairs, t->d, context, err);
    if (status != FEAT_OK || t->d <= o->max_dim)
        return status;
    gmet_pca pca;
    status = gmet_pca_fit(&pca, o->max_dim, t->sets[TRAIN].from, context, err);
    if (status != FEAT_OK)
        return status;
    for (size_t s = 0; s < N_SETS && status == FEAT_OK; s++) {
        set *to = &t->sets[s];
        to->projected = feat_alloc_array(to->n, pca.n_axes * sizeof *to->projected);
        if (to->projected == NULL)
            status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the projections of %zu rows", to->n);
        else
            status = gmet_pca_project(to->projected, &pca, to->from, &t->pairs, err);
        to->rows = (gmet_rows){.g = to->projected, .n = to->n};
    }
    t->d = pca.n_axes;
    gmet_pca_release(&pca);
    gmet_pairs_release(&t->pairs);
    return status == FEAT_OK ? gmet_pairs_create(&t->pairs, t->d, context, err) : status;
}

static feat_status make_cells(test *t, const gmet_ct_options *o, feat_error *err)
{
    size_t largest = 0;
    for (size_t s = 0; s < N_SETS; s++) {
        set *to = &t->sets[s];
        largest = to->n > largest ? to->n : largest;
        to->label = feat_alloc_array(to->n, sizeof *to->label);
        to->index = feat_alloc_array(to->n, sizeof *to->index);
        to->distance2 = feat_alloc_array(to->n, sizeof *to->distance2);
        if (to->label == NULL || to->index == NULL || to->distance2 == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the cells of %zu rows", to->n);
    }
    t->scratch = feat_alloc_array(largest, sizeof *t->scratch);
    t->centres = feat_alloc_array(o->n_cells, t->d * sizeof *t->centres);
    if (t->scratch == NULL || t->centres == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu cells", o->n_cells);
    gmet_kmeans_options k = {.k = o->n_cells, .n_init = o->n_init, .max_rounds = MAX_ROUNDS, .seed = o->seed};
    feat_status status =
        gmet_kmeans(t->sets[TRAIN].label, t->centres, NULL, &t->sets[TRAIN].rows, &k, &t->pairs, err);
    if (status != FEAT_OK)
        return status;
    gmet_rows centres = {.g = t->centres, .n = o->n_cells};
    for (size_t s = TEST; s <= GEN && status == FEAT_OK; s++)
        status = gmet_nearest(t->sets[s].distance2, t->sets[s].label, &t->pairs, &t->sets[s].rows, &centres, err);
    return status;
}

static feat_status check(const test *t, const gmet_ct_options *o, feat_error *err)
{
    if (o->n_cells == 0 || o->n_cells > GMET_CT_MAX_CELLS || o->n_init == 0 || o->max_dim == 0)
        return feat_fail(err, FEAT_ERR_ARG,
                         "C_T: 1 to %d cells, at least 1 run and 1 dimension expected, %zu, %zu and %zu found",
                         GMET_CT_MAX_CELLS, o->n_cells, o->n_init, o->max_dim);
    for (size_t s = 0; s < N_SETS; s++) {
        size_t needed = s == TRAIN ? (o->n_cells > 2 ? o->n_cells : 2) : 1;
        const gmet_set *from = t->sets[s].from;
        feat_status status = gmet_check_widths("C_T", t->sets[TRAIN].from, from, err);
        if (status == FEAT_OK)
            status = gmet_check_set("C_T", t->sets[s].name, from->rows, from->n, from->d, needed, err);
        if (status != FEAT_OK)
            return status;
    }
    return FEAT_OK;
}

feat_status gmet_ct(gmet_ct_result *out, const gmet_ct_options *options, const gmet_set *train,
                    const gmet_set *test_set, const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (out == NULL || train == NULL || test_set == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_ct_options o;
    gmet_ct_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_ct_options", err);
    test t = {.sets = {{.name = "training", .from = train, .n = train->n},
                       {.name = "test", .from = test_set, .n = test_set->n},
                       {.name = "generated", .from = gen, .n = gen->n}},
              .d = train->d};
    if (status == FEAT_OK)
        status = check(&t, &o, err);
    if (status == FEAT_OK)
        status = reduce(&t, &o, context, err);
    if (status == FEAT_OK)
        status = make_cells(&t, &o, err);
    if (status == FEAT_OK)
        status = test_cells(out, &t, &o, err);
    for (size_t s = 0; s < N_SETS; s++) {
        feat_free(t.sets[s].distance2);
        feat_free(t.sets[s].index);
        feat_free(t.sets[s].label);
        feat_free(t.sets[s].projected);
    }
    feat_free(t.centres);
    feat_free(t.scratch);
    gmet_pairs_release(&t.pairs);
    return status;
}
