/* Memorisation-informed FID: FID divided by the mean cosine distance to the nearest row of the other set, if
 * that is suspiciously small. cos = x.y / sqrt(|x|^2 |y|^2) is exactly 1 for a copy, because all three
 * products are the same chain and the root of a square is exact.
 *
 * Only the largest |cos| of a row counts. Where no feature is below 0 it belongs to a large x.y, which a lower bound on
 * |x - y|^2 bounds from above; such bounds come at the speed of float products (neighbours.h), and almost every pair is
 * settled by one. Features of both signs need every product. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/rows.h"
#include "metrics/base/stopping.h"
#include "metrics/frechet/frechet.h"
#include "metrics/pairs/neighbours.h"
#include "metrics/pairs/pairs.h"

static const double divisor_eps = 10e-15, fid_of_equals = 1e-8;

void gmet_mifid_options_init(gmet_mifid_options *options, size_t size)
{
    static const gmet_mifid_options defaults = {
        .struct_size = sizeof defaults, .direction = GMET_GEN_TO_REAL, .threshold = 0.1};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

/* Rows between two questions whether to stop. */
enum { LOOK = 256 };

typedef struct side {
    const gmet_set *set;
    gmet_rows rows;   /* those that are not zero */
    size_t *index;    /* their places in the set */
    double *norm2;    /* of all rows of the set, 0 for a row of zeros */
    bool negative;    /* a feature is below 0 */
} side;

typedef struct matching {
    const side *rows, *columns;
    double *largest; /* [rows of the set]: |cos| to the closest column so far */
} matching;

static void match_block(void *ctx, const gmet_pair_block *b)
{
    const matching *m = ctx;
    for (size_t r = 0; r < b->n_rows; r++) {
        size_t i = m->rows->index[b->i0 + r];
        const double *value = b->value + r * GMET_PAIR_COLUMNS;
        for (size_t c = 0; c < b->n_columns; c++) {
            double cosine = fabs(value[c]) / sqrt(m->rows->norm2[i] * m->columns->norm2[m->columns->index[b->j0 + c]]);
            if (cosine > m->largest[i])
                m->largest[i] = cosine;
        }
    }
}

/* --- the largest cosine by bounds ---------------------------------------------------------------------- */

typedef struct bounding {
    const side *rows, *columns;
    double *largest; /* [rows of the set] */
    double margin;   /* what rounding may take from |x|^2 + |y|^2 - |x - y|^2, as a share of |x|^2 + |y|^2 */
    size_t d;
} bounding;

static bool may_be_larger(const void *ctx, size_t i, size_t j, double least)
{
    const bounding *b = ctx;
    double x = b->rows->norm2[i], y = b->columns->norm2[j], largest = b->largest[i];
    if (x == 0.0 || y == 0.0)
        return false;
    double product = 0.5 * fma(b->margin, x + y, x + y - least);
    return product > 0.0 && product * product > largest * largest * (1.0 - 1e-12) * x * y;
}

static void take_cosine(void *ctx, size_t i, size_t j, double distance2)
{
    (void)distance2;
    const bounding *b = ctx;
    const float *x = b->rows->set->rows + i * b->d, *y = b->columns->set->rows + j * b->d;
    double product = 0.0;
    for (size_t k = 0; k < b->d; k++)
        product = fma((double)x[k], (double)y[k], product);
    double cosine = product / sqrt(b->rows->norm2[i] * b->columns->norm2[j]);
    if (cosine > b->largest[i])
        b->largest[i] = cosine;
}

static feat_status bound_cosines(double *largest, const side *rows, const side *columns, const gmet_context *context,
                                 feat_error *err)
{
    size_t d = rows->set->d;
    bounding b = {rows, columns, largest, (double)(4 * d + 32) * 0x1p-53, d};
    const gmet_visit visit = {&b, may_be_larger, take_cosine};
    gmet_neighbours *s = NULL;
    feat_status status = gmet_neighbours_create(&s, d, context, err);
    if (status == FEAT_OK)
        status = gmet_visit_pairs(&visit, s, rows->set, columns->set, err);
    gmet_neighbours_close(&s);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */

static feat_status make_side(side *s, const char *name, const gmet_set *set, const gmet_context *context,
                             feat_error *err)
{
    const float *x = set->rows;
    size_t n = set->n, d = set->d;
    s->set = set;
    s->index = feat_alloc_array(n, sizeof *s->index);
    s->norm2 = feat_alloc_array(n, sizeof *s->norm2);
    if (s->index == NULL || s->norm2 == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the MiFID of %zu rows", n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < d; j++) {
            sum = fma((double)x[i * d + j], (double)x[i * d + j], sum);
            s->negative = s->negative || x[i * d + j] < 0.0f;
        }
        s->norm2[i] = sum;
        feat_status status = i % LOOK == 0 ? gmet_go_on(context, err) : FEAT_OK;
        if (status != FEAT_OK)
            return status;
        if (sum > 0.0)
            s->index[count++] = i;
        feat_mapped_done(x + i * d, d * sizeof *x);
    }
    s->rows = (gmet_rows){.f = x, .n = count, .index = s->index};
    if (count == 0)
        return feat_fail(err, FEAT_ERR_NUMERIC, "MiFID: all %zu %s rows are zero, which has no direction", n,
                         name);
    return FEAT_OK;
}

static void free_side(side *s)
{
    feat_free(s->norm2);
    feat_free(s->index);
}

static feat_status every_cosine(double *largest, const side *rows, const side *columns, const gmet_context *context,
                                feat_error *err)
{
    gmet_pairs pairs;
    matching m = {.rows = rows, .columns = columns, .largest = largest};
    feat_status status = gmet_pairs_create(&pairs, rows->set->d, context, err);
    if (status != FEAT_OK)
        return status;
    gmet_pair_scan scan = {.rows = &rows->rows, .columns = &columns->rows, .products = true, .ctx = &m};
    scan.block = match_block;
    status = gmet_pairs_scan(&pairs, &scan, err);
    gmet_pairs_release(&pairs);
    return status;
}

static feat_status mean_distance(double *mean, const side *rows, const side *columns, const gmet_context *context,
                                 feat_error *err)
{
    size_t n = rows->rows.n;
    bool bounds = !rows->negative && !columns->negative;
    double *largest = feat_calloc(rows->set->n, sizeof *largest);
    if (largest == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the MiFID of %zu rows", n);
    feat_status status = bounds ? bound_cosines(largest, rows, columns, context, err)
                                : every_cosine(largest, rows, columns, context, err);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double cosine = largest[rows->index[i]];
        sum += cosine < 1.0 ? 1.0 - cosine : 0.0;
    }
    *mean = sum / (double)n;
    feat_free(largest);
    return status;
}

static feat_status check(double fid, const gmet_mifid_options *o, const gmet_set *real, const gmet_set *gen,
                         feat_error *err)
{
    if (o->direction != GMET_GEN_TO_REAL && o->direction != GMET_REAL_TO_GEN)
        return feat_fail(err, FEAT_ERR_ARG, "MiFID: direction %d is not known", (int)o->direction);
    if (!(o->threshold >= 0.0 && o->threshold <= 1.0))
        return feat_fail(err, FEAT_ERR_ARG, "MiFID: threshold 0 to 1 expected, %g found", o->threshold);
    if (!isfinite(fid))
        return feat_fail(err, FEAT_ERR_NUMERIC, "MiFID: a finite FID expected, %g found", fid);
    return gmet_check_sets("MiFID", real, gen, 1, err);
}

feat_status gmet_mifid(gmet_mifid_result *out, double fid, const gmet_mifid_options *options, const gmet_set *real,
                       const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_mifid_options o;
    gmet_mifid_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_mifid_options", err);
    if (status == FEAT_OK)
        status = check(fid, &o, real, gen, err);
    if (status != FEAT_OK)
        return status;
    side x = {.index = NULL}, y = {.index = NULL};
    gmet_mifid_result r = {0};
    status = make_side(&x, "real", real, context, err);
    if (status == FEAT_OK)
        status = make_side(&y, "generated", gen, context, err);
    if (status == FEAT_OK && o.direction == GMET_GEN_TO_REAL)
        status = mean_distance(&r.distance, &y, &x, context, err);
    else if (status == FEAT_OK)
        status = mean_distance(&r.distance, &x, &y, context, err);
    if (status == FEAT_OK) {
        r.n_zero_rows = real->n - x.rows.n + (gen->n - y.rows.n);
        r.penalty = r.distance < o.threshold ? r.distance : 1.0;
        r.value = fid > fid_of_equals ? fid / (r.penalty + divisor_eps) : 0.0;
        *out = r;
    }
    free_side(&y);
    free_side(&x);
    return status;
}
