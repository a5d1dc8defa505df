/* The activation statistics of images against a reference. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"
#include "metrics/base/check_set.h"
#include "metrics/judge/judge_internal.h"
#include "metrics/linalg/mat.h"
#include "metrics/pairs/pairs.h"

enum { NEAREST = GMET_JUDGE_NEAREST, CHUNK = GMET_JUDGE_CHUNK };
static const double eps = GMET_JUDGE_LEAST, copy_share = 1e-6;

/* What one scan over the reference finds out about an image. Distances are square roots of direct sums of
 * squared differences (pairs.h), so nothing cancels between near neighbours. */
typedef struct neighbourhood {
    double near[NEAREST]; /* ascending */
    double realism;
    double rarity; /* 0: in no ball */
    size_t balls;
} neighbourhood;

typedef struct search {
    const gmet_judge_ref *ref;
    neighbourhood *found;
} search;

static void insert(double *near, double distance)
{
    size_t i = NEAREST - 1;
    for (; i > 0 && near[i - 1] > distance; i--)
        near[i] = near[i - 1];
    near[i] = distance;
}

static void search_block(void *ctx, const gmet_pair_block *b)
{
    const search *s = ctx;
    for (size_t r = 0; r < b->n_rows; r++) {
        neighbourhood *n = &s->found[b->i0 + r];
        const double *value = b->value + r * GMET_PAIR_COLUMNS;
        for (size_t c = 0; c < b->n_columns; c++) {
            double distance = sqrt(value[c]), radius = s->ref->radii[b->j0 + c];
            if (distance < n->near[NEAREST - 1])
                insert(n->near, distance);
            if (s->ref->kept[b->j0 + c]) {
                double realism = radius / (distance + s->ref->least);
                n->realism = realism > n->realism ? realism : n->realism;
            }
            n->balls += distance <= radius;
            if (distance < radius && (n->rarity == 0.0 || radius < n->rarity))
                n->rarity = radius;
        }
    }
}

static void write_neighbourhood(double *out, const neighbourhood *n, const gmet_judge_ref *ref)
{
    double sum = 0.0, least = ref->least, k = (double)ref->options.k;
    for (size_t j = 0; j < NEAREST; j++)
        sum += 1.0 / (n->near[j] + least);
    out[0] = feat_log(n->near[0] + least);
    out[1] = feat_log(n->near[2] + least);
    out[2] = feat_log(n->near[4] + least);
    out[3] = feat_log(n->realism + eps);
    out[4] = feat_log(sum);
    out[7] = feat_log(1.0 + (double)n->balls / k);
    out[8] = n->balls == 0 ? 1.0 : 0.0;
    out[9] = n->rarity;
}

/* --- one run ----------------------------------------------------------------------------------------- */

typedef struct job {
    const gmet_judge_ref *ref;
    const gmet_judge_rows *x, *logits;
    double *out;
    size_t width; /* features per row */
    const gmet_context *context;
    double *y; /* [n][n_axes] with PCA, else [CHUNK][n_axes] */
} job;

static feat_status no_memory(const job *j, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the activation statistics of %zu images", j->x->n);
}

static bool wants(const job *j, uint32_t block)
{
    return (j->ref->options.blocks & block) != 0;
}

/* The column where a block begins. */
static size_t column_of(const job *j, uint32_t block)
{
    size_t column = 0;
    for (uint32_t bit = 1; bit < block; bit <<= 1)
        if (wants(j, bit))
            column += bit == GMET_JUDGE_STATS ? GMET_JUDGE_STATS_COUNT : 1;
    return column;
}

static gmet_rows rows_for_distances(const job *j)
{
    if (j->ref->options.pca > 0)
        return (gmet_rows){.g = j->y, .n = j->x->n};
    return (gmet_rows){.f = j->x->f, .g = j->x->g, .n = j->x->n};
}

static gmet_rows reference_rows(const gmet_judge_ref *ref)
{
    return (gmet_rows){.f = ref->xf, .g = ref->xg, .n = ref->m};
}

static feat_status find_neighbours(const job *j, unsigned char *copies, const gmet_pairs *pairs,
                                   feat_error *err)
{
    gmet_rows rows = rows_for_distances(j), columns = reference_rows(j->ref);
    neighbourhood *found = feat_calloc(j->x->n, sizeof *found);
    if (found == NULL)
        return no_memory(j, err);
    for (size_t i = 0; i < j->x->n; i++)
        for (size_t k = 0; k < NEAREST; k++)
            found[i].near[k] = (double)INFINITY;
    search s = {j->ref, found};
    gmet_pair_scan scan = {.rows = &rows, .columns = &columns, .ctx = &s, .block = search_block};
    feat_status status = gmet_pairs_scan(pairs, &scan, err);
    for (size_t i = 0; i < j->x->n && status == FEAT_OK; i++) {
        if (wants(j, GMET_JUDGE_STATS))
            write_neighbourhood(j->out + i * j->width, &found[i], j->ref);
        if (copies != NULL)
            copies[i] = found[i].near[0] <= 0.0 || found[i].near[0] < copy_share * j->ref->median;
    }
    feat_free(found);
    return status;
}

typedef struct kernel_sums {
    double *sum;
    double scale; /* 1 / columns */
} kernel_sums;

static void kernel_block(void *ctx, const gmet_pair_block *b)
{
    const kernel_sums *s = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++) {
            double t = fma(b->value[r * GMET_PAIR_COLUMNS + c], s->scale, 1.0);
            s->sum[b->i0 + r] = fma(t * t, t, s->sum[b->i0 + r]);
        }
}

static feat_status kernel_means(const job *j, const gmet_pairs *pairs, feat_error *err)
{
    gmet_rows rows = rows_for_distances(j), columns = reference_rows(j->ref);
    kernel_sums s = {feat_calloc(j->x->n, sizeof(double)), 1.0 / (double)j->ref->p};
    if (s.sum == NULL)
        return no_memory(j, err);
    gmet_pair_scan scan = {
        .rows = &rows, .columns = &columns, .products = true, .ctx = &s, .block = kernel_block};
    feat_status status = gmet_pairs_scan(pairs, &scan, err);
    size_t column = column_of(j, GMET_JUDGE_KMMD);
    for (size_t i = 0; i < j->x->n; i++)
        j->out[i * j->width + column] = s.sum[i] / (double)j->ref->m;
    feat_free(s.sum);
    return status;
}

/* --- what coordinates tell ------------------------------------------------------------------------------ */

/* z [d] = x - mu, y its coordinates; z becomes what is left outside the axes. */
static double remove_axes(double *z, const gmet_judge_ref *ref, const double *y,
                          const feat_dmat_kernels *kernels)
{
    for (size_t i = 0; i < ref->n_axes; i++) {
        double coef = -y[i];
        kernels->axpys(z, ref->axes + i * ref->d, ref->d, &coef, 1, ref->d);
    }
    return kernels->dot(z, z, ref->d);
}

/* mah and dmu. With PCA both live in the projected space; else a reference of few rows spans a part of the
 * space only, and what is outside it has variance 0. */
static void write_distances(double *out, const job *j, double *z, const double *y,
                            const feat_dmat_kernels *kernels)
{
    const gmet_judge_ref *ref = j->ref;
    double inside = 0.0, square = 0.0, outside = 0.0;
    for (size_t i = 0; i < ref->n_axes; i++) {
        inside += y[i] * y[i] / (ref->w[i] + ref->lam);
        square = fma(y[i], y[i], square);
    }
    if (ref->options.pca == 0) {
        square = kernels->dot(z, z, ref->d);
        if (ref->n_axes < ref->d)
            outside = remove_axes(z, ref, y, kernels);
    }
    out[5] = feat_log(inside + outside / ref->lam + eps);
    out[6] = feat_log(sqrt(square) + ref->least);
}

static void write_raw(double *out, const gmet_judge_ref *ref, const double *y)
{
    for (size_t i = 0; i < ref->n_raw; i++)
        out[i] = ref->w[i] > copy_share * copy_share * ref->w[0] ? y[i] / sqrt(ref->w[i]) : 0.0;
}

/* ln of the distance from the space of the first n_raw components, from what z [d] = x - mu is beside them. */
static double residual(const gmet_judge_ref *ref, const double *z, const double *y)
{
    double all = 0.0, inside = 0.0;
    for (size_t c = 0; c < ref->d; c++)
        all = fma(z[c], z[c], all);
    for (size_t i = 0; i < ref->n_raw; i++)
        inside = fma(y[i], y[i], inside);
    return feat_log(sqrt(all > inside ? all - inside : 0.0) + ref->least);
}

static void write_plain(const job *j, size_t row)
{
    double square = 0.0, with_mean = 0.0, mean_square = 0.0;
    size_t zeros = 0;
    double *out = j->out + row * j->width;
    for (size_t c = 0; c < j->x->d; c++) {
        double v = gmet_judge_value(j->x, row, c), mu = j->ref->mu[c];
        square = fma(v, v, square);
        with_mean = fma(v, mu, with_mean);
        mean_square = fma(mu, mu, mean_square);
        zeros += v == 0.0;
    }
    double below = sqrt(square) * sqrt(mean_square);
    if (wants(j, GMET_JUDGE_NORM))
        out[column_of(j, GMET_JUDGE_NORM)] = feat_log(sqrt(square) + j->ref->least);
    if (wants(j, GMET_JUDGE_SPARSITY))
        out[column_of(j, GMET_JUDGE_SPARSITY)] = (double)zeros / (double)j->x->d;
    if (wants(j, GMET_JUDGE_COSMU))
        out[column_of(j, GMET_JUDGE_COSMU)] = below > 0.0 ? with_mean / below : 0.0;
}

static void write_row(const job *j, size_t row, double *z, const double *y, double *scratch,
                      const feat_dmat_kernels *kernels)
{
    double *out = j->out + row * j->width;
    if (wants(j, GMET_JUDGE_RES))
        out[column_of(j, GMET_JUDGE_RES)] = residual(j->ref, z, y);
    if (wants(j, GMET_JUDGE_STATS))
        write_distances(out, j, z, y, kernels);
    if (wants(j, GMET_JUDGE_GMM))
        out[column_of(j, GMET_JUDGE_GMM)] = gmet_judge_mixture_log(j->ref, y, scratch);
    if (wants(j, GMET_JUDGE_RAW))
        write_raw(out + column_of(j, GMET_JUDGE_RAW), j->ref, y);
    if (wants(j, GMET_JUDGE_NORM | GMET_JUDGE_SPARSITY | GMET_JUDGE_COSMU))
        write_plain(j, row);
}

static feat_status write_coordinates(job *j, feat_error *err)
{
    const gmet_judge_ref *ref = j->ref;
    gmet_work work = {0};
    size_t count, rows = ref->options.pca > 0 ? j->x->n : CHUNK;
    double *centred = NULL, *scratch = feat_alloc_array(ref->mix_d + ref->n_mix + 1, sizeof *scratch);
    feat_status status = gmet_work_create(&work, j->context, CHUNK, ref->n_axes, ref->d, err);
    if (feat_mul_size(CHUNK, ref->d, &count))
        centred = feat_alloc_array(count, sizeof *centred);
    if (feat_mul_size(rows, ref->n_axes, &count))
        j->y = feat_alloc_array(count, sizeof *j->y);
    if (status == FEAT_OK && (centred == NULL || j->y == NULL || scratch == NULL))
        status = no_memory(j, err);
    for (size_t first = 0; first < j->x->n && status == FEAT_OK; first += CHUNK) {
        size_t n = j->x->n - first < CHUNK ? j->x->n - first : CHUNK;
        double *y = j->y + (ref->options.pca > 0 ? first * ref->n_axes : 0);
        gmet_judge_project(y, centred, ref, j->x, first, n, &work);
        for (size_t r = 0; r < n; r++)
            write_row(j, first + r, centred + r * ref->d, y + r * ref->n_axes, scratch, work.kernels);
    }
    feat_free(scratch);
    feat_free(centred);
    gmet_work_release(&work);
    return status;
}

static feat_status write_classes(const job *j, feat_error *err)
{
    if (!wants(j, GMET_JUDGE_LOGITS))
        return FEAT_OK;
    size_t c_count = j->ref->n_classes;
    double *row = feat_alloc_array(c_count, sizeof *row);
    if (row == NULL)
        return no_memory(j, err);
    for (size_t i = 0; i < j->x->n; i++) {
        double entropy = 0.0, divergence = 0.0, largest = 0.0, *out = j->out + i * j->width;
        gmet_judge_log_softmax(row, j->logits, i);
        for (size_t c = 0; c < c_count; c++) {
            double p = feat_exp(row[c]);
            entropy = fma(-p, row[c], entropy);
            divergence = p > 0.0 ? fma(p, row[c] - feat_log(j->ref->real_p[c] + eps), divergence) : divergence;
            largest = p > largest ? p : largest;
        }
        if (wants(j, GMET_JUDGE_ENT))
            out[column_of(j, GMET_JUDGE_ENT)] = entropy;
        if (wants(j, GMET_JUDGE_MAXP))
            out[column_of(j, GMET_JUDGE_MAXP)] = largest;
        if (wants(j, GMET_JUDGE_KLREAL))
            out[column_of(j, GMET_JUDGE_KLREAL)] = divergence;
    }
    feat_free(row);
    return FEAT_OK;
}

/* --- entry -------------------------------------------------------------------------------------------- */

static feat_status check(const job *j, feat_error *err)
{
    if (j->x->d != j->ref->d)
        return feat_fail(err, FEAT_ERR_ARG, "judge: images have %zu columns, the reference %zu", j->x->d,
                         j->ref->d);
    feat_status status = gmet_judge_check_rows(j->x, "images", err);
    if (status != FEAT_OK || !wants(j, GMET_JUDGE_LOGITS))
        return status;
    if (j->logits == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "judge: blocks ent, maxp and klreal need the images' logits");
    if (j->logits->n != j->x->n || j->logits->d != j->ref->n_classes)
        return feat_fail(err, FEAT_ERR_ARG, "judge: logits are %zu x %zu, expected %zu x %zu", j->logits->n,
                         j->logits->d, j->x->n, j->ref->n_classes);
    return gmet_judge_check_rows(j->logits, "logits", err);
}

static feat_status check_results(const job *j, feat_error *err)
{
    char name[24];
    for (size_t i = 0; i < j->x->n; i++)
        for (size_t c = 0; c < j->width; c++)
            if (!isfinite(j->out[i * j->width + c]))
                return feat_fail(err, FEAT_ERR_NUMERIC, "judge: statistic %s of row %zu overflows",
                                 gmet_judge_feature_name(j->ref, c, name), i);
    return FEAT_OK;
}

feat_status gmet_judge_features(double *out, unsigned char *copies, const gmet_judge_ref *ref, const gmet_judge_rows *x,
                                const gmet_judge_rows *logits, const gmet_context *context, feat_error *err)
{
    if (out == NULL || ref == NULL || x == NULL)
        return feat_null(err, __func__);
    job j = {.ref = ref, .x = x, .logits = logits, .out = out, .width = gmet_judge_n_features(ref), .context = context};
    gmet_pairs pairs;
    feat_status status = check(&j, err);
    if (status == FEAT_OK)
        status = gmet_pairs_create(&pairs, ref->p, context, err);
    if (status != FEAT_OK)
        return status;
    status = write_coordinates(&j, err);
    if (status == FEAT_OK)
        status = find_neighbours(&j, copies, &pairs, err);
    if (status == FEAT_OK && wants(&j, GMET_JUDGE_KMMD))
        status = kernel_means(&j, &pairs, err);
    if (status == FEAT_OK)
        status = write_classes(&j, err);
    if (status == FEAT_OK)
        status = check_results(&j, err);
    feat_free(j.y);
    gmet_pairs_release(&pairs);
    return status;
}

/* --- images that are in the reference ----------------------------------------------------------------- */

feat_status gmet_judge_ref_copies(unsigned char *copies, const gmet_judge_ref *ref, const gmet_judge_rows *x,
                                  const gmet_context *context, feat_error *err)
{
    if (copies == NULL || ref == NULL || x == NULL)
        return feat_null(err, __func__);
    job j = {.ref = ref, .x = x, .context = context};
    gmet_pairs pairs;
    if (x->d != ref->d)
        return feat_fail(err, FEAT_ERR_ARG, "judge: images have %zu columns, the reference %zu", x->d, ref->d);
    feat_status status = gmet_check_there("judge", x->f != NULL ? (const void *)x->f : x->g, x->n, x->d, err);
    if (status == FEAT_OK)
        status = gmet_pairs_create(&pairs, ref->p, context, err);
    if (status != FEAT_OK)
        return status;
    double *distance2 = feat_alloc_array(ref->m, sizeof *distance2);
    if (distance2 == NULL)
        status = no_memory(&j, err);
    if (status == FEAT_OK && ref->options.pca > 0)
        status = gmet_judge_project_all(&j.y, ref, x, context, err);
    if (status == FEAT_OK) {
        gmet_rows rows = reference_rows(ref), images = rows_for_distances(&j);
        status = gmet_nearest(distance2, NULL, &pairs, &rows, &images, err);
        for (size_t i = 0; i < ref->m && status == FEAT_OK; i++)
            copies[i] = distance2[i] <= 0.0 || sqrt(distance2[i]) < copy_share * ref->median;
    }
    feat_free(j.y);
    feat_free(distance2);
    gmet_pairs_release(&pairs);
    return status;
}
