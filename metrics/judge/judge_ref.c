/* The reference: mean, principal axes, radii; and its parts for files. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/rows.h"
#include "metrics/base/sorting.h"
#include "metrics/judge/judge_internal.h"
#include "metrics/linalg/linalg.h"
#include "metrics/linalg/mat.h"
#include "metrics/pairs/pairs.h"

enum { CHUNK = GMET_JUDGE_CHUNK, LEAST_ROWS = 6, MAX_K = 1000 };
static const double least_variance = 1e-12, ridge_share = 1e-3;

static const struct {
    const char *name;
    uint32_t bit;
} block_names[] = {{"stats", GMET_JUDGE_STATS},
                   {"gmm", GMET_JUDGE_GMM},
                   {"res", GMET_JUDGE_RES},
                   {"norm", GMET_JUDGE_NORM},
                   {"sparsity", GMET_JUDGE_SPARSITY},
                   {"cosmu", GMET_JUDGE_COSMU},
                   {"kmmd", GMET_JUDGE_KMMD},
                   {"ent", GMET_JUDGE_ENT},
                   {"maxp", GMET_JUDGE_MAXP},
                   {"klreal", GMET_JUDGE_KLREAL},
                   {"raw", GMET_JUDGE_RAW}};
enum { N_BLOCKS = sizeof block_names / sizeof block_names[0] };

uint32_t gmet_judge_block_find(const char *name)
{
    if (name == NULL)
        return 0;
    for (size_t i = 0; i < N_BLOCKS; i++)
        if (strcmp(block_names[i].name, name) == 0)
            return block_names[i].bit;
    return 0;
}

void gmet_judge_ref_options_init(gmet_judge_ref_options *options, size_t size)
{
    static const gmet_judge_ref_options defaults = {
        .struct_size = sizeof defaults, .blocks = GMET_JUDGE_STATS, .k = 3, .components = 32, .mixture = 5};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

/* --- sizes and names -------------------------------------------------------------------------------- */

size_t gmet_judge_ref_rows(const gmet_judge_ref *ref)
{
    if (ref == NULL)
        return 0;
    return ref->m;
}

size_t gmet_judge_ref_dim(const gmet_judge_ref *ref)
{
    if (ref == NULL)
        return 0;
    return ref->d;
}

size_t gmet_judge_ref_classes(const gmet_judge_ref *ref)
{
    if (ref == NULL)
        return 0;
    return ref->n_classes;
}

uint32_t gmet_judge_ref_blocks(const gmet_judge_ref *ref)
{
    if (ref == NULL)
        return 0;
    return ref->options.blocks;
}

static size_t block_size(const gmet_judge_ref *ref, uint32_t bit)
{
    if ((ref->options.blocks & bit) == 0)
        return 0;
    return bit == GMET_JUDGE_STATS ? GMET_JUDGE_STATS_COUNT : bit == GMET_JUDGE_RAW ? ref->n_raw : 1;
}

size_t gmet_judge_n_features(const gmet_judge_ref *ref)
{
    if (ref == NULL)
        return 0;
    size_t n = 0;
    for (size_t i = 0; i < N_BLOCKS; i++)
        n += block_size(ref, block_names[i].bit);
    return n;
}

static void append_number(char *text, size_t at, size_t number)
{
    char digits[24];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (n > 0 && at < 23)
        text[at++] = digits[--n];
    text[at] = 0;
}

const char *gmet_judge_feature_name(const gmet_judge_ref *ref, size_t feature, char text[24])
{
    if (ref == NULL || text == NULL)
        return NULL;
    static const char *const stats[] = {"ld1", "ld3", "ld5",  "lreal", "knn",
                                        "mah", "dmu", "dens", "out",   "rar"};
    _Static_assert(sizeof stats / sizeof stats[0] == GMET_JUDGE_STATS_COUNT, "a name for each number of the block");
    text[0] = 0;
    for (size_t i = 0; i < N_BLOCKS; i++) {
        size_t n = block_size(ref, block_names[i].bit);
        if (feature >= n) {
            feature -= n;
            continue;
        }
        const char *name = block_names[i].bit == GMET_JUDGE_STATS ? stats[feature] : block_names[i].name;
        size_t length = strlen(name);
        memcpy(text, name, length + 1);
        if (block_names[i].bit == GMET_JUDGE_RAW)
            append_number(text, length, feature);
        break;
    }
    return text;
}

feat_status gmet_judge_check_images(const gmet_judge_set *set, int what, feat_error *err)
{
    bool labels = set->n_labels != NULL && set->k_real != NULL;
    const char *missing = (what & GMET_JUDGE_LABELS) != 0 && !labels              ? "labels"
                          : (what & GMET_JUDGE_GROUPS) != 0 && set->group == NULL ? "groups"
                          : (what & GMET_JUDGE_BLOCKS) != 0 && set->block == NULL ? "blocks"
                          : (what & GMET_JUDGE_TRUTHS) != 0 && set->truth == NULL ? "truths"
                                                                                  : NULL;
    if (missing == NULL || set->n == 0)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_ARG, "judge: %zu images, and where their %s are is NULL", set->n, missing);
}

feat_status gmet_judge_check_rows(const gmet_judge_rows *x, const char *what, feat_error *err)
{
    if (x->d == 0 || x->n == 0)
        return feat_fail(err, FEAT_ERR_NUMERIC, "judge: the %s matrix is empty (%zu x %zu)", what, x->n, x->d);
    feat_status status = gmet_check_there(what, x->f != NULL ? (const void *)x->f : x->g, x->n, x->d, err);
    if (status != FEAT_OK)
        return status;
    if (x->f != NULL)
        return gmet_check_finite(what, x->f, x->n, x->d, x->d, 0, err);
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < x->d; j++)
            if (!isfinite(x->g[i * x->d + j]))
                return feat_fail(err, FEAT_ERR_NUMERIC, "%s: row %zu, column %zu is NaN or infinite", what, i,
                                 j);
    return FEAT_OK;
}

/* --- projection --------------------------------------------------------------------------------------- */

static void centre(double *centred, const double *mu, const gmet_judge_rows *x, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < x->d; j++)
            centred[i * x->d + j] = gmet_judge_value(x, first + i, j) - mu[j];
}

void gmet_judge_project(double *y, double *centred, const gmet_judge_ref *ref, const gmet_judge_rows *x,
                        size_t first, size_t n, const gmet_work *work)
{
    centre(centred, ref->mu, x, first, n);
    memset(y, 0, n * ref->n_axes * sizeof *y);
    gmet_product product = {.c = y,
                            .c_stride = ref->n_axes,
                            .m = n,
                            .n = ref->n_axes,
                            .k = ref->d,
                            .a = {centred, ref->d, false},
                            .b = {ref->axes, ref->d, false}};
    gmet_multiply(work, &product);
}

/* --- principal axes ------------------------------------------------------------------------------------- */

static feat_status no_memory(feat_error *err, size_t m, size_t d)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a reference of %zu rows and %zu columns", m, d);
}

/* What fitting needs beside the result. */
typedef struct fitting {
    gmet_judge_ref *ref;
    const gmet_judge_rows *x;
    const gmet_context *context;
    double *values;  /* [order] ascending */
    double *vectors; /* [order][order] */
    double *matrix;  /* [order][order] */
    double *centred; /* [rows][d] */
} fitting;

static void fit_mean(double *mu, const gmet_judge_rows *x)
{
    memset(mu, 0, x->d * sizeof *mu);
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < x->d; j++)
            mu[j] += gmet_judge_value(x, i, j);
    for (size_t j = 0; j < x->d; j++)
        mu[j] /= (double)x->n;
}

/* Takes the `n_axes` largest axes out of what the eigensolver gave: rows of `vectors`, ascending. */
static feat_status keep_axes(fitting *f, size_t order, size_t n_axes, feat_error *err)
{
    gmet_judge_ref *ref = f->ref;
    size_t count;
    ref->n_axes = n_axes;
    ref->w = feat_alloc_array(n_axes, sizeof *ref->w);
    ref->axes = feat_mul_size(n_axes, ref->d, &count) ? feat_alloc_array(count, sizeof *ref->axes) : NULL;
    if (ref->w == NULL || ref->axes == NULL)
        return no_memory(err, ref->m, ref->d);
    for (size_t i = 0; i < n_axes; i++)
        ref->w[i] = f->values[order - 1 - i] > 0.0 ? f->values[order - 1 - i] : 0.0;
    return FEAT_OK;
}

/* How many of the axes are wanted. */
static size_t count_axes(const fitting *f, size_t order, bool full)
{
    size_t pca = f->ref->options.pca, most = pca > 0 && pca < order ? pca : order, n = 1;
    if (full && pca == 0)
        return order;
    double least = least_variance * f->values[order - 1];
    while (n < most && f->values[order - 1 - n] > least)
        n++;
    return n;
}

/* More rows than columns: eigenvectors of the covariance. */
static feat_status axes_of_covariance(fitting *f, const gmet_work *work, feat_error *err)
{
    gmet_judge_ref *ref = f->ref;
    size_t d = ref->d;
    memset(f->matrix, 0, d * d * sizeof *f->matrix);
    for (size_t first = 0; first < ref->m; first += CHUNK) {
        size_t n = ref->m - first < CHUNK ? ref->m - first : CHUNK;
        centre(f->centred, ref->mu, f->x, first, n);
        gmet_product product = {.c = f->matrix,
                                .c_stride = d,
                                .m = d,
                                .n = d,
                                .k = n,
                                .a = {f->centred, d, true},
                                .b = {f->centred, d, true}};
        gmet_multiply(work, &product);
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = i; j < d; j++)
            f->matrix[i * d + j] = f->matrix[j * d + i] = f->matrix[i * d + j] / (double)(ref->m - 1);
    feat_status status = gmet_eigsym(f->values, f->vectors, f->matrix, d, f->context, err);
    if (status == FEAT_OK)
        status = keep_axes(f, d, count_axes(f, d, true), err);
    for (size_t i = 0; i < ref->n_axes && status == FEAT_OK; i++)
        memcpy(ref->axes + i * d, f->vectors + (d - 1 - i) * d, d * sizeof *ref->axes);
    return status;
}

/* Axes from small eigenvalues of a Gram matrix are not quite orthogonal: each is cleared of the ones before
 * it, twice, and normalised. */
static void orthonormalise(double *axes, size_t n, size_t d, const feat_dmat_kernels *kernels)
{
    for (size_t i = 0; i < n; i++) {
        double *axis = axes + i * d;
        for (size_t j = 0; j < 2 * i; j++) {
            const double *other = axes + (j < i ? j : j - i) * d;
            double coef = -kernels->dot(axis, other, d);
            kernels->axpys(axis, other, d, &coef, 1, d);
        }
        double length = sqrt(kernels->dot(axis, axis, d));
        for (size_t c = 0; c < d && length > 0.0; c++)
            axis[c] /= length;
    }
}

/* As many columns as rows or more: eigenvectors of the matrix of inner products. */
static feat_status axes_of_gram(fitting *f, const gmet_work *work, feat_error *err)
{
    gmet_judge_ref *ref = f->ref;
    size_t d = ref->d, m = ref->m;
    centre(f->centred, ref->mu, f->x, 0, m);
    memset(f->matrix, 0, m * m * sizeof *f->matrix);
    gmet_operand rows = {f->centred, d, false};
    gmet_product gram = {.c = f->matrix, .c_stride = m, .m = m, .n = m, .k = d, .a = rows, .b = rows};
    gmet_multiply(work, &gram);
    for (size_t i = 0; i < m; i++)
        for (size_t j = i; j < m; j++)
            f->matrix[i * m + j] = f->matrix[j * m + i] = f->matrix[i * m + j] / (double)(m - 1);
    feat_status status = gmet_eigsym(f->values, f->vectors, f->matrix, m, f->context, err);
    if (status == FEAT_OK)
        status = keep_axes(f, m, count_axes(f, m, false), err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < ref->n_axes; i++)
        memcpy(f->matrix + i * m, f->vectors + (m - 1 - i) * m, m * sizeof *f->matrix);
    memset(ref->axes, 0, ref->n_axes * d * sizeof *ref->axes);
    gmet_product product = {.c = ref->axes,
                            .c_stride = d,
                            .m = ref->n_axes,
                            .n = d,
                            .k = m,
                            .a = {f->matrix, m, false},
                            .b = {f->centred, d, true}};
    gmet_multiply(work, &product);
    orthonormalise(ref->axes, ref->n_axes, d, work->kernels);
    return FEAT_OK;
}

static feat_status fit_axes(gmet_judge_ref *ref, const gmet_judge_rows *x, const gmet_context *context, feat_error *err)
{
    fitting f = {.ref = ref, .x = x, .context = context};
    gmet_work work = {0};
    bool covariance = ref->m > ref->d;
    size_t order = covariance ? ref->d : ref->m, rows = covariance ? CHUNK : ref->m, square, block;
    feat_status status = FEAT_OK;
    ref->mu = feat_alloc_array(ref->d, sizeof *ref->mu);
    if (!feat_mul_size(order, order, &square) || !feat_mul_size(rows, ref->d, &block) || ref->mu == NULL)
        return no_memory(err, ref->m, ref->d);
    f.values = feat_alloc_array(order, sizeof *f.values);
    f.vectors = feat_alloc_array(square, sizeof *f.vectors);
    f.matrix = feat_alloc_array(square, sizeof *f.matrix);
    f.centred = feat_alloc_array(block, sizeof *f.centred);
    if (f.values == NULL || f.vectors == NULL || f.matrix == NULL || f.centred == NULL)
        status = no_memory(err, ref->m, ref->d);
    size_t widest = ref->m > ref->d ? ref->m : ref->d;
    if (status == FEAT_OK)
        status = gmet_work_create(&work, context, order, covariance ? order : widest, widest, err);
    if (status == FEAT_OK) {
        fit_mean(ref->mu, x);
        status = covariance ? axes_of_covariance(&f, &work, err) : axes_of_gram(&f, &work, err);
    }
    gmet_work_release(&work);
    feat_free(f.centred);
    feat_free(f.matrix);
    feat_free(f.vectors);
    feat_free(f.values);
    return status;
}

/* --- fitting ------------------------------------------------------------------------------------------------ */

feat_status gmet_judge_project_all(double **out, const gmet_judge_ref *ref, const gmet_judge_rows *x,
                                   const gmet_context *context, feat_error *err)
{
    gmet_work work = {0};
    size_t count, block;
    double *y = NULL, *centred = NULL;
    feat_status status = gmet_work_create(&work, context, CHUNK, ref->n_axes, ref->d, err);
    if (status != FEAT_OK)
        return status;
    if (feat_mul_size(x->n, ref->n_axes, &count) && feat_mul_size(CHUNK, ref->d, &block)) {
        y = feat_alloc_array(count, sizeof *y);
        centred = feat_alloc_array(block, sizeof *centred);
    }
    if (y == NULL || centred == NULL) {
        status = no_memory(err, x->n, ref->n_axes);
        feat_free(y);
    }
    for (size_t first = 0; first < x->n && status == FEAT_OK; first += CHUNK)
        gmet_judge_project(y + first * ref->n_axes, centred, ref, x, first,
                           x->n - first < CHUNK ? x->n - first : CHUNK, &work);
    feat_free(centred);
    gmet_work_release(&work);
    if (status == FEAT_OK)
        *out = y;
    return status;
}

static feat_status keep_rows(gmet_judge_ref *ref, const gmet_judge_rows *x, const gmet_context *context,
                             feat_error *err)
{
    size_t count;
    ref->p = ref->options.pca > 0 ? ref->n_axes : ref->d;
    if (ref->options.pca > 0) /* coordinates are the reference from here on */
        return gmet_judge_project_all(&ref->xg, ref, x, context, err);
    if (!feat_mul_size(x->n, x->d, &count))
        return no_memory(err, x->n, x->d);
    if (x->f != NULL && (ref->xf = feat_alloc_array(count, sizeof *x->f)) != NULL)
        memcpy(ref->xf, x->f, count * sizeof *x->f);
    else if (x->f == NULL && (ref->xg = feat_alloc_array(count, sizeof *x->g)) != NULL)
        memcpy(ref->xg, x->g, count * sizeof *x->g);
    return ref->xf != NULL || ref->xg != NULL ? FEAT_OK : no_memory(err, x->n, x->d);
}

static feat_status fit_radii(gmet_judge_ref *ref, const gmet_context *context, feat_error *err)
{
    gmet_pairs pairs;
    gmet_rows rows = {.f = ref->xf, .g = ref->xg, .n = ref->m};
    ref->radii = feat_alloc_array(ref->m, sizeof *ref->radii);
    if (ref->radii == NULL)
        return no_memory(err, ref->m, ref->d);
    feat_status status = gmet_pairs_create(&pairs, ref->p, context, err);
    if (status != FEAT_OK)
        return status;
    status = gmet_radii(ref->radii, &pairs, &rows, ref->options.k, err);
    for (size_t i = 0; i < ref->m && status == FEAT_OK; i++)
        ref->radii[i] = sqrt(ref->radii[i]);
    gmet_pairs_release(&pairs);
    return status;
}

feat_status gmet_judge_ref_derive(gmet_judge_ref *ref, feat_error *err)
{
    double *sorted = feat_alloc_array(ref->m, 2 * sizeof *sorted);
    ref->kept = feat_alloc(ref->m);
    if (sorted == NULL || ref->kept == NULL) {
        feat_free(sorted);
        return no_memory(err, ref->m, ref->d);
    }
    memcpy(sorted, ref->radii, ref->m * sizeof *sorted);
    gmet_sort(sorted, sorted + ref->m, ref->m);
    ref->median = gmet_median(sorted, ref->m);
    for (size_t i = 0; i < ref->m; i++)
        ref->kept[i] = ref->radii[i] <= ref->median;
    feat_free(sorted);
    /* Half of the reference may be copies of the rest; one that is a single row many times has no scale at all. */
    double scale = ref->median, variance = 0.0;
    for (size_t i = 0; i < ref->n_axes; i++)
        variance += ref->w[i];
    scale = scale > 0.0 ? scale : variance > 0.0 ? sqrt(variance) : 1.0;
    ref->least = GMET_JUDGE_LEAST * scale;
    ref->n_raw = ref->options.components < ref->n_axes ? ref->options.components : ref->n_axes;
    return FEAT_OK;
}

void gmet_judge_log_softmax(double *out, const gmet_judge_rows *logits, size_t row)
{
    double max = gmet_judge_value(logits, row, 0), sum = 0.0;
    for (size_t c = 1; c < logits->d; c++)
        max = gmet_judge_value(logits, row, c) > max ? gmet_judge_value(logits, row, c) : max;
    for (size_t c = 0; c < logits->d; c++)
        sum += feat_exp(gmet_judge_value(logits, row, c) - max);
    double log_sum = feat_log(sum);
    for (size_t c = 0; c < logits->d; c++)
        out[c] = gmet_judge_value(logits, row, c) - max - log_sum;
}

static feat_status fit_classes(gmet_judge_ref *ref, const gmet_judge_rows *logits, feat_error *err)
{
    if ((ref->options.blocks & GMET_JUDGE_LOGITS) == 0)
        return FEAT_OK;
    if (logits == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "judge: blocks ent, maxp and klreal need the reference's logits");
    if (logits->n != ref->m)
        return feat_fail(err, FEAT_ERR_ARG, "judge: %zu rows of logits for %zu reference rows", logits->n,
                         ref->m);
    feat_status status = gmet_judge_check_rows(logits, "reference logits", err);
    if (status != FEAT_OK)
        return status;
    ref->n_classes = logits->d;
    ref->real_p = feat_calloc(logits->d, sizeof *ref->real_p);
    double *row = feat_alloc_array(logits->d, sizeof *row);
    if (ref->real_p == NULL || row == NULL) {
        feat_free(row);
        return no_memory(err, logits->n, logits->d);
    }
    for (size_t i = 0; i < logits->n; i++) {
        gmet_judge_log_softmax(row, logits, i);
        for (size_t c = 0; c < logits->d; c++)
            ref->real_p[c] += feat_exp(row[c]);
    }
    for (size_t c = 0; c < logits->d; c++)
        ref->real_p[c] /= (double)logits->n;
    feat_free(row);
    return FEAT_OK;
}

static feat_status fit_mixture(gmet_judge_ref *ref, const gmet_judge_rows *x, const gmet_context *context,
                               feat_error *err)
{
    double *y = NULL;
    if ((ref->options.blocks & GMET_JUDGE_GMM) == 0)
        return FEAT_OK;
    feat_status status = gmet_judge_project_all(&y, ref, x, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_mixture_fit(ref, y, context, err);
    feat_free(y);
    return status;
}

static feat_status check_options(const gmet_judge_rows *x, const gmet_judge_ref_options *o, feat_error *err)
{
    if (o->blocks == 0 || (o->blocks & ~(uint32_t)GMET_JUDGE_ALL_BLOCKS) != 0)
        return feat_fail(err, FEAT_ERR_ARG, "judge: unknown blocks 0x%x", (unsigned)o->blocks);
    if (o->k == 0 || o->k > MAX_K || o->components == 0 || o->mixture == 0)
        return feat_fail(err, FEAT_ERR_ARG,
                         "judge: k = %zu, %zu components, mixture of %zu: expected 1 or more", o->k,
                         o->components, o->mixture);
    size_t least = o->k + 1 > LEAST_ROWS ? o->k + 1 : LEAST_ROWS;
    if (x->n < least)
        return feat_fail(err, FEAT_ERR_NUMERIC, "judge: at least %zu reference rows needed, %zu found", least,
                         x->n);
    return gmet_judge_check_rows(x, "reference", err);
}

feat_status gmet_judge_ref_create(gmet_judge_ref **out, const gmet_judge_rows *x, const gmet_judge_rows *logits,
                                  const gmet_judge_ref_options *options, const gmet_context *context, feat_error *err)
{
    if (out == NULL || x == NULL)
        return feat_null(err, __func__);
    gmet_judge_ref_options o;
    gmet_judge_ref_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_judge_ref_options", err);
    *out = NULL;
    if (status == FEAT_OK)
        status = check_options(x, &o, err);
    if (status != FEAT_OK)
        return status;
    gmet_judge_ref *ref = feat_calloc(1, sizeof *ref);
    if (ref == NULL)
        return no_memory(err, x->n, x->d);
    *ref = (gmet_judge_ref){.options = o, .d = x->d, .m = x->n};
    status = fit_axes(ref, x, context, err);
    if (status == FEAT_OK)
        status = keep_rows(ref, x, context, err);
    if (status == FEAT_OK)
        status = fit_radii(ref, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_ref_derive(ref, err);
    if (status == FEAT_OK)
        status = fit_classes(ref, logits, err);
    if (status == FEAT_OK)
        status = fit_mixture(ref, x, context, err);
    if (status == FEAT_OK) {
        /* The mean is over all columns that distances are taken in, those without variance included. */
        double sum = 0.0;
        for (size_t i = 0; i < ref->n_axes; i++)
            sum += ref->w[i];
        ref->lam = ridge_share * sum / (double)ref->p;
        ref->lam = ref->lam > 0.0 ? ref->lam : GMET_JUDGE_LEAST; /* no row differs from another */
        *out = ref;
    } else {
        gmet_judge_ref_close(&ref);
    }
    return status;
}

void gmet_judge_ref_close(gmet_judge_ref **ref)
{
    if (ref == NULL || *ref == NULL)
        return;
    gmet_judge_ref *r = *ref;
    feat_free(r->xf);
    feat_free(r->xg);
    feat_free(r->radii);
    feat_free(r->kept);
    feat_free(r->mu);
    feat_free(r->axes);
    feat_free(r->w);
    feat_free(r->real_p);
    feat_free(r->mix);
    feat_free(r);
    *ref = NULL;
}
