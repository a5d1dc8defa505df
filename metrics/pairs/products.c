/* The bound. Rows are moved by a common vector m and rounded: x' = x - m with relative error u = 2^-24 per element, so
 * |x - y| and |x' - y'| differ by at most u (|x'| + |y'|) up to terms in u^2, and the squares by at most
 * 4 u (|x'|^2 + |y'|^2). x'.y' is summed in float over pieces of DEPTH columns and over the pieces: off by at most
 * (DEPTH + pieces) u |x'| |y'| (Higham, "Accuracy and stability of numerical algorithms", 2002, section 3.1), and
 * |x'| |y'| <= (|x'|^2 + |y'|^2) / 2. Norms, sums and the distances themselves are in double, with errors far below u.
 * Products too small for normal floats are off by at most 2^-150 each.
 *
 * In bfloat16 x' is rounded once more, to h. With e = |x' - h|, which is computed,
 * |x'.y' - h_x.h_y| <= |x'| e_y + e_x |h_y| <= |x'| e_y + e_x |y'| + e_x e_y, and twice that is at most
 * T |x'|^2 + e_y^2 / T + T |y'|^2 + e_x^2 / T + e_x^2 + e_y^2 for any T > 0: a sum of what each row knows of itself.
 * Most rows have e near 1.5e-3 |x'|, so T is that. The sum of h_x.h_y is off by (DEPTH + pieces) u |h_x| |h_y|, where
 * |h| <= (1 + 2^-8) |x'|, and by 2^-126 for each factor, product and sum that counts as 0. */
#include "metrics/pairs/products.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"

/* Columns of the rows that one sum goes over. */
enum { ROWS = GMET_PRODUCT_ROWS, COLUMNS = GMET_PRODUCT_COLUMNS, DEPTH = 256, STEP = 16, SAMPLE = 64, LANES = 8 };
_Static_assert(ROWS % FEAT_DMAT_MAX_FNR == 0 && COLUMNS % FEAT_DMAT_MAX_FNR == 0, "whole tiles");
_Static_assert(DEPTH % FEAT_BF16_STEP == 0, "whole pieces");

static const double T = 1.5e-3;

/* What one thread works in. */
typedef struct bench {
    float product[ROWS * COLUMNS];
    union {
        float f[ROWS * DEPTH];
        uint16_t h[ROWS * DEPTH];
    } rows;
} bench;

struct gmet_products {
    const feat_dmat_kernels *kernels;
    const feat_bf16_kernels *has_bf16, *bf16; /* bf16: NULL or has_bf16, as is used now */
    size_t d;
    double relative, absolute; /* of sums in floats */
    float *centre;             /* [d] */
    void *pack;                /* [pieces][panels][DEPTH][width] floats, or bfloat16 as bf16.h has it */
    bench *benches;            /* [threads] */
};

/* Columns as they lie in panels: bfloat16 is padded with zeros. */
static size_t padded(const gmet_products *p, size_t k_count)
{
    return p->bf16 == NULL ? k_count : (k_count + FEAT_BF16_STEP - 1) / FEAT_BF16_STEP * FEAT_BF16_STEP;
}

feat_status gmet_products_create(gmet_products **out, size_t d, const feat_dmat_kernels *kernels, size_t n_threads,
                                 feat_error *err)
{
    size_t pack, wide;
    *out = NULL;
    gmet_products *p = feat_calloc(1, sizeof *p);
    if (p == NULL || !feat_add_size(d, FEAT_BF16_STEP, &wide) || !feat_mul_size(wide, COLUMNS, &pack))
        goto no_memory;
    p->kernels = kernels != NULL ? kernels : feat_dmat_best(UINT32_MAX);
    p->has_bf16 = p->bf16 = feat_bf16_of(p->kernels);
    p->d = d;
    size_t pieces = (d + DEPTH - 1) / DEPTH;
    p->relative = (double)(DEPTH + pieces + 9) * 0x1p-24 * 1.001;
    p->absolute = (double)(d + pieces) * 0x1p-148;
    p->centre = feat_calloc(d, sizeof *p->centre);
    p->pack = feat_alloc_array(pack, sizeof(float));
    p->benches = feat_alloc_array(n_threads, sizeof *p->benches);
    if (p->centre == NULL || p->pack == NULL || p->benches == NULL)
        goto no_memory;
    *out = p;
    return FEAT_OK;
no_memory:
    gmet_products_close(&p);
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for distances between rows of %zu columns", d);
}

void gmet_products_close(gmet_products **p)
{
    if (p == NULL || *p == NULL)
        return;
    feat_free((*p)->centre);
    feat_free((*p)->pack);
    feat_free((*p)->benches);
    feat_free(*p);
    *p = NULL;
}

float *gmet_products_centre(gmet_products *p)
{
    return p->centre;
}

void gmet_products_centre_on(gmet_products *p, const gmet_rows *rows)
{
    size_t step = rows->n / SAMPLE + 1, count = (rows->n + step - 1) / step;
    memset(p->centre, 0, p->d * sizeof *p->centre);
    for (size_t i = 0; i < rows->n; i += step) {
        const float *row = gmet_row_floats(rows, i, p->d);
        for (size_t k = 0; k < p->d; k++)
            p->centre[k] += row[k] / (float)count;
        feat_mapped_done(row, p->d * sizeof *row);
    }
    for (size_t k = 0; k < p->d; k++)
        if (!isfinite(p->centre[k]))
            p->centre[k] = 0.0f; /* a finite centre keeps finite rows finite */
}

bool gmet_products_coarse(const gmet_products *p)
{
    return p->bf16 != NULL;
}

void gmet_products_set_coarse(gmet_products *p, bool coarse)
{
    p->bf16 = coarse ? p->has_bf16 : NULL;
}

static float widened(uint16_t h)
{
    uint32_t bits = (uint32_t)h << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Squares of n numbers, and of what rounding them to h takes: LANES sums each, since one would wait for itself. */
static inline void add_squares(double *norm, double *lost, const float *x, const float *centre, const uint16_t *h,
                               size_t n)
{
    for (size_t l = 0; l < n; l++) {
        float moved = x[l] - centre[l];
        norm[l] += (double)moved * (double)moved;
        if (h != NULL) {
            float e = moved - widened(h[l]); /* exact */
            lost[l] += (double)e * (double)e;
        }
    }
}

static double total(const double sums[LANES])
{
    double sum = 0.0;
    for (size_t l = 0; l < LANES; l++)
        sum += sums[l];
    return sum;
}

void gmet_products_sides(const gmet_products *p, double *low, double *high, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++, x += p->d) {
        double norms[LANES] = {0.0}, losts[LANES] = {0.0};
        for (size_t k0 = 0; k0 < p->d; k0 += DEPTH) {
            size_t k_count = feat_min_size(p->d - k0, DEPTH), k = 0;
            uint16_t h[DEPTH];
            const float *from = x + k0, *centre = p->centre + k0;
            if (p->bf16 != NULL)
                p->bf16->round(h, from, centre, k_count);
            for (; k + LANES <= k_count; k += LANES)
                add_squares(norms, losts, from + k, centre + k, p->bf16 != NULL ? h + k : NULL, LANES);
            add_squares(norms, losts, from + k, centre + k, p->bf16 != NULL ? h + k : NULL, k_count - k);
        }
        double norm = total(norms), lost = total(losts);
        /* |x'.y'| <= |x'| |y'|: below this no product overflows. An infinite norm makes every bound infinite or NaN,
         * and those settle nothing. */
        if (!(norm < 0x1p120))
            norm = lost = (double)INFINITY;
        double slack = p->relative * norm + 0.5 * p->absolute;
        if (p->bf16 != NULL)
            slack = 1.01 * slack + T * norm + (1.0 / T + 1.0) * lost + (double)(p->d + DEPTH) * 0x1p-124;
        low[i] = norm - slack;
        high[i] = norm + slack;
    }
}

size_t gmet_products_width(const gmet_products *p)
{
    return p->bf16 != NULL ? p->bf16->nr : p->kernels->fnr;
}

/* n_rows rows as one panel, columns k0 .. of them. */
static void pack_floats(float *out, const gmet_products *p, const float *const *x, size_t n_rows, size_t k0,
                        size_t k_count)
{
    size_t fnr = p->kernels->fnr;
    const float *centre = p->centre + k0;
    if (n_rows < fnr)
        memset(out, 0, fnr * k_count * sizeof *out);
    for (size_t k1 = 0; k1 < k_count; k1 += STEP) { /* a piece that stays in the first-level cache */
        size_t k_end = feat_min_size(k1 + STEP, k_count);
        for (size_t r = 0; r < n_rows; r++) {
            const float *src = x[r] + k0;
            for (size_t k = k1; k < k_end; k++)
                out[k * fnr + r] = src[k] - centre[k];
        }
    }
}

/* The same in bfloat16, pairs side by side. */
static void pack_pairs(uint16_t *out, const gmet_products *p, const float *const *x, size_t n_rows, size_t k0,
                       size_t k_count)
{
    size_t nr = p->bf16->nr;
    uint16_t h[DEPTH + 1];
    memset(out, 0, nr * padded(p, k_count) * sizeof *out);
    for (size_t r = 0; r < n_rows; r++) {
        p->bf16->round(h, x[r] + k0, p->centre + k0, k_count);
        h[k_count] = 0; /* the partner of an odd last one */
        for (size_t k = 0; k < k_count; k += 2)
            memcpy(out + (k / 2 * nr + r) * 2, h + k, 2 * sizeof *h);
    }
}

void gmet_products_pack(gmet_products *p, const float *x, size_t n, size_t panel)
{
    size_t width = gmet_products_width(p), first = panel * width, n_rows = feat_min_size(n - first, width);
    const float *rows[FEAT_DMAT_MAX_FNR];
    x += first * p->d;
    for (size_t r = 0; r < n_rows; r++)
        rows[r] = x + r * p->d;
    for (size_t k0 = 0; k0 < p->d; k0 += DEPTH) {
        size_t k_count = feat_min_size(p->d - k0, DEPTH), at = k0 * COLUMNS + first * padded(p, k_count);
        if (p->bf16 != NULL)
            pack_pairs((uint16_t *)p->pack + at, p, rows, n_rows, k0, k_count);
        else
            pack_floats((float *)p->pack + at, p, rows, n_rows, k0, k_count);
    }
}

static void multiply_floats(const gmet_products *p, bench *b, const float *const *x, size_t n_rows, size_t n_columns)
{
    const feat_dmat_kernels *kern = p->kernels;
    size_t fnr = kern->fnr, fmr = kern->fmr;
    for (size_t k0 = 0; k0 < p->d; k0 += DEPTH) {
        size_t k_count = feat_min_size(p->d - k0, DEPTH);
        const float *pack = (const float *)p->pack + k0 * COLUMNS;
        for (size_t r = 0; r < n_rows; r += fnr)
            pack_floats(b->rows.f + r * k_count, p, x + r, feat_min_size(n_rows - r, fnr), k0, k_count);
        for (size_t j = 0; j < n_columns; j += fnr)
            for (size_t i = 0; i < n_rows; i += fmr)
                kern->fmul_tile(b->product + i * COLUMNS + j, COLUMNS, b->rows.f + i / fnr * fnr * k_count + i % fnr,
                                pack + j * k_count, k_count);
    }
}

static void multiply_bf16(const gmet_products *p, bench *b, const float *const *x, size_t n_rows, size_t n_columns)
{
    const feat_bf16_kernels *kern = p->bf16;
    size_t whole = (n_rows + kern->mr - 1) / kern->mr * kern->mr;
    memset(b->rows.h, 0, whole * DEPTH * sizeof *b->rows.h);
    kern->begin();
    for (size_t k0 = 0; k0 < p->d; k0 += DEPTH) {
        size_t k_count = feat_min_size(p->d - k0, DEPTH), k_pad = padded(p, k_count);
        const uint16_t *pack = (const uint16_t *)p->pack + k0 * COLUMNS;
        for (size_t r = 0; r < n_rows; r++) {
            uint16_t *h = b->rows.h + r * DEPTH;
            kern->round(h, x[r] + k0, p->centre + k0, k_count);
            memset(h + k_count, 0, (k_pad - k_count) * sizeof *h);
        }
        for (size_t j = 0; j < n_columns; j += kern->nr)
            for (size_t i = 0; i < n_rows; i += kern->mr)
                kern->mul_tile(b->product + i * COLUMNS + j, COLUMNS, b->rows.h + i * DEPTH, DEPTH, pack + j * k_pad,
                               k_pad);
    }
    kern->end();
}

const float *gmet_products_multiply(gmet_products *p, const float *const *x, size_t n_rows, size_t n_columns,
                                    size_t worker)
{
    bench *b = &p->benches[worker];
    memset(b->product, 0, sizeof b->product);
    if (p->bf16 != NULL)
        multiply_bf16(p, b, x, n_rows, n_columns);
    else
        multiply_floats(p, b, x, n_rows, n_columns);
    return b->product;
}
