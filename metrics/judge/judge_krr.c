/* Kernel ridge regression with a Gaussian kernel; with many rows on landmarks (Williams and Seeger, "Using
 * the Nystroem method to speed up kernel machines", 2001). */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/judge/judge_model.h"
#include "metrics/linalg/mat.h"
#include "metrics/pairs/pairs.h"

enum { DIGITS = 16, BINS = 1 << DIGITS, DEEPEST = 64 };
static const double jitter = 1e-10;

/* --- exact median in constant memory -------------------------------------------------------------------- */

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The value of rank `rank` (from 0) in the upper triangle without diagonal of d2 [n][n], 0 or positive: bit
 * patterns of such doubles are in the order of the values, so 16 bits are settled in each pass. count [BINS] */
static double select_rank(const double *d2, size_t n, uint64_t rank, size_t *count)
{
    uint64_t prefix = 0;
    for (int shift = 64 - DIGITS; shift >= 0; shift -= DIGITS) {
        uint64_t high = shift + DIGITS < 64 ? prefix >> (shift + DIGITS) : 0;
        memset(count, 0, BINS * sizeof *count);
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                uint64_t bits = bits_of(d2[i * n + j]);
                if (shift + DIGITS == 64 || bits >> (shift + DIGITS) == high)
                    count[(bits >> shift) & (BINS - 1)]++;
            }
        size_t bin = 0;
        while (bin + 1 < BINS && rank >= count[bin])
            rank -= count[bin++];
        prefix |= (uint64_t)bin << shift;
    }
    double value;
    memcpy(&value, &prefix, sizeof value);
    return value;
}

static feat_status median_distance(double *median, const double *d2, size_t n, feat_error *err)
{
    uint64_t pairs = (uint64_t)n * (n - 1) / 2;
    size_t *count = feat_alloc_array(BINS, sizeof *count);
    if (count == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the median of %zu rows' distances", n);
    *median = pairs > 0 ? select_rank(d2, n, pairs / 2, count) : 0.0;
    if (pairs > 0 && pairs % 2 == 0)
        *median = 0.5 * select_rank(d2, n, pairs / 2 - 1, count) + 0.5 * *median;
    feat_free(count);
    if (!(*median > 0.0)) /* most rows are equal: any width does */
        *median = 1.0;
    return FEAT_OK;
}

/* --- kernels ------------------------------------------------------------------------------------------------ */

typedef struct filling {
    double *out;
    size_t stride;
} filling;

static void fill_block(void *ctx, const gmet_pair_block *b)
{
    const filling *f = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        memcpy(f->out + (b->i0 + r) * f->stride + b->j0, b->value + r * GMET_PAIR_COLUMNS,
               b->n_columns * sizeof *f->out);
}

/* Calls block with ctx for all rectangles of squared distances between rows of p columns. */
static feat_status scan_distances(const gmet_rows *rows, const gmet_rows *columns, size_t p,
                                  void (*block)(void *ctx, const gmet_pair_block *b), void *ctx,
                                  const gmet_context *context, feat_error *err)
{
    gmet_pairs pairs;
    feat_status status = gmet_pairs_create(&pairs, p, context, err);
    if (status != FEAT_OK)
        return status;
    gmet_pair_scan scan = {.rows = rows, .columns = columns, .ctx = ctx, .block = block};
    status = gmet_pairs_scan(&pairs, &scan, err);
    gmet_pairs_release(&pairs);
    return status;
}

/* out [rows->n][columns->n]: squared distances. */
static feat_status squares(double *out, const gmet_rows *rows, const gmet_rows *columns, size_t p,
                           const gmet_context *context, feat_error *err)
{
    filling f = {out, columns->n};
    return scan_distances(rows, columns, p, fill_block, &f, context, err);
}

static double kernel(double d2, double h)
{
    return feat_exp(-d2 / h);
}

static double *matrix(size_t m, size_t n)
{
    size_t count;
    return feat_mul_size(m, n, &count) ? feat_alloc_array(count, sizeof(double)) : NULL;
}

/* --- all rows ----------------------------------------------------------------------------------------------- */

static feat_status fit_all(gmet_judge_model *model, const gmet_judge_training *t, const gmet_context *context,
                           feat_error *err)
{
    size_t m = t->m;
    gmet_work work = {0};
    gmet_rows rows = {.g = t->z, .n = m};
    double *a = matrix(m, m);
    feat_status status = FEAT_OK;
    model->alpha = feat_alloc_array(m, sizeof *model->alpha);
    if (a == NULL || model->alpha == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a kernel of %zu rows", m);
        goto done;
    }
    status = squares(a, &rows, &rows, model->p, context, err);
    if (status == FEAT_OK)
        status = median_distance(&model->h, a, m, err);
    if (status == FEAT_OK)
        status = gmet_work_create(&work, context, m, m, DEEPEST, err);
    if (status != FEAT_OK)
        goto done;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = i; j < m; j++)
            a[i * m + j] = kernel(a[i * m + j], model->h);
        a[i * m + i] += model->lambda / (double)t->n_labels[i];
        model->alpha[i] = (double)t->k[i] / (double)t->n_labels[i] - model->coef[0];
    }
    bool solved = gmet_judge_solve(a, model->alpha, m, &work);
    status = gmet_go_on(context, err);
    if (status == FEAT_OK && !solved)
        status = feat_fail(err, FEAT_ERR_NUMERIC,
                           "kernel ridge: the kernel of %zu rows is singular (lambda %g)", m, model->lambda);
done:
    gmet_work_release(&work);
    feat_free(a);
    return status;
}

/* --- landmarks ---------------------------------------------------------------------------------------------- */

/* Copies `count` rows drawn without replacement into points. */
static feat_status draw_landmarks(gmet_judge_model *model, const gmet_judge_training *t, size_t count, uint64_t seed,
                                  feat_error *err)
{
    size_t m = t->m;
    size_t *order = feat_alloc_array(m, sizeof *order);
    model->points = matrix(count, model->p);
    if (order == NULL || model->points == NULL) {
        feat_free(order);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu landmarks", count);
    }
    gmet_splitmix s = gmet_judge_stream(seed, 0);
    for (size_t i = 0; i < m; i++)
        order[i] = i;
    for (size_t i = 0; i < count; i++) {
        size_t j = i + gmet_judge_draw(&s, m - i), drawn = order[j];
        order[j] = order[i];
        order[i] = drawn;
        memcpy(model->points + i * model->p, t->z + drawn * model->p, model->p * sizeof *t->z);
    }
    model->n_points = count;
    feat_free(order);
    return FEAT_OK;
}

/* (K_lm N K_ml + lambda K_ll) alpha = K_lm N (y - m), rows in pieces. a [l][l] holds lambda K_ll, and model->alpha,
 * which becomes the right side, is 0. */
static feat_status accumulate(gmet_judge_model *model, double *a, const gmet_judge_training *t,
                              const gmet_context *context, feat_error *err)
{
    enum { PIECE = 256 };
    size_t l = model->n_points;
    double *b = model->alpha;
    gmet_work work = {0};
    gmet_rows points = {.g = model->points, .n = l};
    double *piece = matrix(PIECE, 2 * l);
    if (piece == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a kernel of %zu landmarks", l);
    feat_status status = gmet_work_create(&work, context, l, l, PIECE, err);
    for (size_t first = 0; first < t->m && status == FEAT_OK; first += PIECE) {
        size_t n = t->m - first < PIECE ? t->m - first : PIECE;
        gmet_rows rows = {.g = t->z + first * model->p, .n = n};
        double *weighted = piece + PIECE * l;
        status = squares(piece, &rows, &points, model->p, context, err);
        if (status != FEAT_OK)
            break;
        for (size_t r = 0; r < n; r++) {
            double labels = (double)t->n_labels[first + r];
            double target = (double)t->k[first + r] / labels - model->coef[0];
            for (size_t j = 0; j < l; j++) {
                piece[r * l + j] = kernel(piece[r * l + j], model->h);
                weighted[r * l + j] = labels * piece[r * l + j];
                b[j] = fma(weighted[r * l + j], target, b[j]);
            }
        }
        gmet_product product = {
            .c = a, .c_stride = l, .m = l, .n = l, .k = n, .a = {piece, l, true}, .b = {weighted, l, true}};
        gmet_multiply(&work, &product);
    }
    gmet_work_release(&work);
    feat_free(piece);
    return status;
}

static feat_status fit_landmarks(gmet_judge_model *model, const gmet_judge_training *t, const gmet_judge_fit_options *o,
                                 const gmet_context *context, feat_error *err)
{
    size_t l = o->landmarks < t->m ? o->landmarks : t->m;
    gmet_work work = {0};
    feat_status status = draw_landmarks(model, t, l, o->seed, err);
    gmet_rows points = {.g = model->points, .n = l};
    double *a = matrix(l, l);
    model->alpha = feat_calloc(l, sizeof *model->alpha);
    if (status == FEAT_OK && (a == NULL || model->alpha == NULL))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a kernel of %zu landmarks", l);
    if (status == FEAT_OK)
        status = squares(a, &points, &points, model->p, context, err);
    if (status == FEAT_OK)
        status = median_distance(&model->h, a, l, err);
    if (status == FEAT_OK) {
        for (size_t i = 0; i < l * l; i++)
            a[i] = model->lambda * kernel(a[i], model->h);
        status = accumulate(model, a, t, context, err);
    }
    if (status == FEAT_OK)
        status = gmet_work_create(&work, context, l, l, DEEPEST, err);
    if (status == FEAT_OK) {
        double trace = 0.0;
        for (size_t i = 0; i < l; i++)
            trace += a[i * l + i];
        for (size_t i = 0; i < l; i++)
            a[i * l + i] += jitter * trace / (double)l;
        bool solved = gmet_judge_solve(a, model->alpha, l, &work);
        status = gmet_go_on(context, err);
        if (status == FEAT_OK && !solved)
            status =
                feat_fail(err, FEAT_ERR_NUMERIC, "kernel ridge: the kernel of %zu landmarks is singular", l);
    }
    gmet_work_release(&work);
    feat_free(a);
    return status;
}

feat_status gmet_judge_krr_fit(gmet_judge_model *model, gmet_judge_training *t, const gmet_judge_fit_options *options,
                               const gmet_context *context, feat_error *err)
{
    if (t->m > options->max_rows)
        return fit_landmarks(model, t, options, context, err);
    feat_status status = fit_all(model, t, context, err);
    model->points = t->z;
    model->n_points = t->m;
    t->z = NULL;
    return status;
}

typedef struct applying {
    double *out;
    const double *alpha;
    double h;
} applying;

static void apply_block(void *ctx, const gmet_pair_block *b)
{
    const applying *a = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++)
            a->out[b->i0 + r] = fma(kernel(b->value[r * GMET_PAIR_COLUMNS + c], a->h), a->alpha[b->j0 + c],
                                    a->out[b->i0 + r]);
}

feat_status gmet_judge_krr_apply(double *out, const gmet_judge_model *model, const double *z, size_t m,
                                 const gmet_context *context, feat_error *err)
{
    gmet_rows rows = {.g = z, .n = m}, points = {.g = model->points, .n = model->n_points};
    applying a = {out, model->alpha, model->h};
    memset(out, 0, m * sizeof *out);
    return scan_distances(&rows, &points, model->p, apply_block, &a, context, err);
}
