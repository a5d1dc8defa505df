/* Resizing with antialiasing: a kernel, widened by the scale when shrinking, horizontally first, then
 * vertically; a pass is left out when it would not change the size. As Pillow does it on a float picture
 * (Keys' cubic kernel with a = -1/2, or the triangle; weights and sums in double, the result of each pass
 * stored as float32), and as PyTorch does it with antialias=True (the triangle; everything in float32). */
#include "engine/resize/resize.h"

#include <math.h>
#include <string.h>

#include "engine/base/checked.h"

enum { SIZE = FEAT_INPUT_SIZE, PLANE = FEAT_INPUT_SIZE * FEAT_INPUT_SIZE, ROW = 3 * SIZE };
enum { LANES = 4 }; /* source rows that are resampled together, horizontally */

/* The taps of the 299 output positions of one axis. */
typedef struct taps {
    size_t max;                   /* places per output position in `weight` */
    int32_t first[SIZE], n[SIZE]; /* taps [first, first + n) */
    double *weight;               /* [SIZE][max] */
} taps;

typedef struct filter {
    feat_kernel kernel;
    taps x, y;
    /* [ring_rows][ROW]: source row r, horizontally resampled, at r % ring_rows. What a pass in double leaves
     * is kept as double, for the next, though its values are those of floats. */
    double *ring;
    float *ring_single; /* the same place, for passes in float */
    size_t ring_rows;
    size_t n_made; /* source rows resampled so far; taps never go back */
    double *lanes; /* [w][3][LANES]: the source rows, side by side */
    float *line;   /* the same place, [3][w]: one source row as planes */
} filter;

/* The kernel's half-width (at most 2) times the shrinking, both sides and the middle. */
static size_t max_taps(size_t n)
{
    double scale = (double)n / SIZE;
    double support = 2.0 * (scale < 1.0 ? 1.0 : scale);
    return (size_t)ceil(support) * 2 + 1;
}

/* Rows are made LANES at a time, so that some are there before they are needed. */
static size_t ring_rows(size_t h)
{
    return max_taps(h) + LANES - 1;
}

static double keys(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static void taps_pil(taps *t, size_t n, feat_kernel kernel)
{
    double scale = (double)n / SIZE;
    double widen = scale < 1.0 ? 1.0 : scale;
    double support = (kernel == FEAT_KERNEL_PIL_BICUBIC ? 2.0 : 1.0) * widen;
    double narrow = 1.0 / widen;
    for (int i = 0; i < SIZE; i++) {
        double centre = (i + 0.5) * scale;
        double left = centre - support + 0.5, right = centre + support + 0.5;
        int32_t first = left < 0.0 ? 0 : (int32_t)left;
        int32_t end = right > (double)n ? (int32_t)n : (int32_t)right;
        double *weight = t->weight + (size_t)i * t->max;
        double total = 0.0;
        for (int32_t k = 0; k < end - first; k++) {
            double x = (k + first - centre + 0.5) * narrow;
            weight[k] = kernel == FEAT_KERNEL_PIL_BICUBIC ? keys(x) : triangle(x);
            total += weight[k];
        }
        for (int32_t k = 0; k < end - first; k++)
            if (total != 0.0)
                weight[k] /= total;
        t->first[i] = first;
        t->n[i] = end - first;
    }
}

/* PyTorch's positions and weights are floats, computed by way of double where its source says 0.5. The
 * weights, kept as doubles, are float32 values. */
static void taps_torch(taps *t, size_t n)
{
    float scale = (float)n / (float)SIZE;
    float support = scale >= 1.0f ? scale : 1.0f;
    float narrow = scale >= 1.0f ? (float)(1.0 / (double)scale) : 1.0f;
    for (int i = 0; i < SIZE; i++) {
        float centre = (float)((double)scale * (i + 0.5));
        double left = (double)(centre - support) + 0.5, right = (double)(centre + support) + 0.5;
        int32_t first = left < 0.0 ? 0 : (int32_t)left;
        int32_t end = right > (double)n ? (int32_t)n : (int32_t)right;
        double *weight = t->weight + (size_t)i * t->max;
        float total = 0.0f;
        for (int32_t k = 0; k < end - first; k++) {
            float at = (float)(((double)((float)(k + first) - centre) + 0.5) * (double)narrow);
            float w = (float)triangle((double)at);
            weight[k] = (double)w;
            total += w;
        }
        for (int32_t k = 0; k < end - first; k++)
            if (total != 0.0f)
                weight[k] = (double)((float)weight[k] / total);
        t->first[i] = first;
        t->n[i] = end - first;
    }
}

static void make_taps(taps *t, size_t n, feat_kernel kernel)
{
    if (kernel == FEAT_KERNEL_TORCH_TRIANGLE)
        taps_torch(t, n);
    else
        taps_pil(t, n, kernel);
}

typedef struct layout {
    size_t weight_x, weight_y, ring, lanes, total;
} layout;

static bool plan(size_t h, size_t w, layout *at)
{
    size_t bytes;
    at->weight_x = 0;
    if (!feat_align_size(sizeof(filter), 64, &at->weight_x) ||
        !feat_mul_size(max_taps(w), SIZE * sizeof(double), &bytes) ||
        !feat_add_size(at->weight_x, bytes, &at->weight_y) ||
        !feat_align_size(at->weight_y, 64, &at->weight_y) ||
        !feat_mul_size(max_taps(h), SIZE * sizeof(double), &bytes) ||
        !feat_add_size(at->weight_y, bytes, &at->ring) || !feat_align_size(at->ring, 64, &at->ring) ||
        !feat_mul_size(ring_rows(h), ROW * sizeof(double), &bytes) ||
        !feat_add_size(at->ring, bytes, &at->lanes) || !feat_align_size(at->lanes, 64, &at->lanes) ||
        !feat_mul_size(w, 3 * LANES * sizeof(double), &bytes) || !feat_add_size(at->lanes, bytes, &at->total))
        return false;
    return feat_align_size(at->total, 64, &at->total);
}

bool feat_filtered_bytes(size_t h, size_t w, size_t *bytes)
{
    layout at;
    if (!plan(h, w, &at))
        return false;
    *bytes = at.total;
    return true;
}

/* --- in double ------------------------------------------------------------------------------------------ */

/* Two values that take the same steps side by side. */
typedef double two __attribute__((vector_size(16)));

static two load(const double *p)
{
    two x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* To the nearest floats. */
static two rounded(two x)
{
    typedef float two_floats __attribute__((vector_size(8)));
    return __builtin_convertvector(__builtin_convertvector(x, two_floats), two);
}

/* lanes[i][r] = src[r][i], i < n. (Spelled out like this, compilers make vectors of it.) */
static void interleave(double *restrict lanes, const uint8_t *const src[LANES], size_t n)
{
    const uint8_t *restrict a = src[0], *restrict b = src[1], *restrict c = src[2], *restrict d = src[3];
    for (size_t i = 0; i < n; i++) {
        lanes[LANES * i] = a[i];
        lanes[LANES * i + 1] = b[i];
        lanes[LANES * i + 2] = c[i];
        lanes[LANES * i + 3] = d[i];
    }
}

/* Sums that are made together: as many as keep the adders busy, each waiting for the one before. */
enum { SUMS = 3 * LANES };

/* sum[j] += at[k * stride + j] * weight[k], k ascending. */
static void add_taps(double sum[SUMS], const double *at, size_t stride, const double *weight, size_t n)
{
    two s0 = load(sum), s1 = load(sum + 2), s2 = load(sum + 4);
    two s3 = load(sum + 6), s4 = load(sum + 8), s5 = load(sum + 10);
    for (size_t k = 0; k < n; k++, at += stride) {
        two factor = {weight[k], weight[k]};
        s0 += load(at) * factor;
        s1 += load(at + 2) * factor;
        s2 += load(at + 4) * factor;
        s3 += load(at + 6) * factor;
        s4 += load(at + 8) * factor;
        s5 += load(at + 10) * factor;
    }
    const two sums[SUMS / 2] = {s0, s1, s2, s3, s4, s5};
    memcpy(sum, sums, sizeof sums);
}

/* Source rows [first, first + LANES), of which those from h on are not there, into the ring. */
static void horizontal_double(filter *f, const uint8_t *rgb, size_t h, size_t w, size_t first)
{
    const uint8_t *src[LANES];
    double *row[LANES];
    for (size_t r = 0; r < LANES; r++) {
        src[r] = rgb + (first + r < h ? first + r : h - 1) * w * 3;
        row[r] = f->ring + (first + r) % f->ring_rows * ROW;
    }
    interleave(f->lanes, src, 3 * w);
    for (size_t i = 0; i < SIZE; i++) {
        double sum[SUMS] = {0};
        if (w == SIZE)
            memcpy(sum, f->lanes + i * SUMS, sizeof sum);
        else
            add_taps(sum, f->lanes + (size_t)f->x.first[i] * SUMS, SUMS, f->x.weight + i * f->x.max,
                     (size_t)f->x.n[i]);
        for (size_t c = 0; c < 3; c++)
            for (size_t r = 0; r < LANES; r += 2) {
                two x = rounded(load(sum + c * LANES + r));
                row[r][c * SIZE + i] = x[0];
                row[r + 1][c * SIZE + i] = x[1];
            }
    }
}

/* Output row `i` from rows of the ring that are all there. */
static void vertical_double(filter *f, float *out, size_t i)
{
    const double *weight = f->y.weight + i * f->y.max;
    size_t n = (size_t)f->y.n[i], slot = (size_t)f->y.first[i] % f->ring_rows;
    size_t n_before = n < f->ring_rows - slot ? n : f->ring_rows - slot; /* the ring's end */
    float row[ROW];
    for (size_t j = 0; j < ROW; j += SUMS) {
        size_t at = j < ROW - SUMS ? j : ROW - SUMS; /* the last sums: some are made twice */
        double sum[SUMS] = {0};
        add_taps(sum, f->ring + slot * ROW + at, ROW, weight, n_before);
        add_taps(sum, f->ring + at, ROW, weight + n_before, n - n_before);
        for (size_t t = 0; t < SUMS; t++)
            row[at + t] = (float)sum[t];
    }
    for (size_t c = 0; c < 3; c++)
        memcpy(out + c * PLANE, row + c * SIZE, SIZE * sizeof *out);
}

/* --- in float ------------------------------------------------------------------------------------------- */

static void sum_single(float out[3], const float *plane, size_t w, const double *weight, size_t n)
{
    const float *r = plane, *g = plane + w, *b = plane + 2 * w;
    float sum_r = 0.0f, sum_g = 0.0f, sum_b = 0.0f;
    for (size_t k = 0; k < n; k++) {
        float factor = (float)weight[k];
        sum_r += r[k] * factor;
        sum_g += g[k] * factor;
        sum_b += b[k] * factor;
    }
    out[0] = sum_r;
    out[1] = sum_g;
    out[2] = sum_b;
}

/* Source row `src` [w][3] to `row` [3][SIZE]. */
static void horizontal_single(filter *f, float *row, const uint8_t *src, size_t w)
{
    float *plane = w == SIZE ? row : f->line;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < w; i++)
            plane[c * w + i] = (float)src[3 * i + c];
    if (w == SIZE)
        return;
    for (size_t i = 0; i < SIZE; i++) {
        const double *weight = f->x.weight + i * f->x.max;
        size_t first = (size_t)f->x.first[i], n = (size_t)f->x.n[i];
        float out[3];
        sum_single(out, plane + first, w, weight, n);
        row[i] = out[0];
        row[SIZE + i] = out[1];
        row[2 * SIZE + i] = out[2];
    }
}

static void vertical_single(filter *f, float *out, size_t i)
{
    const double *weight = f->y.weight + i * f->y.max;
    for (size_t c = 0; c < 3; c++)
        memset(out + c * PLANE, 0, SIZE * sizeof *out);
    for (size_t k = 0; k < (size_t)f->y.n[i]; k++) {
        const float *row = f->ring_single + ((size_t)f->y.first[i] + k) % f->ring_rows * ROW;
        float factor = (float)weight[k];
        for (size_t c = 0; c < 3; c++)
            for (size_t j = 0; j < SIZE; j++)
                out[c * PLANE + j] += row[c * SIZE + j] * factor;
    }
}

/* Makes the source rows that are needed below `end`. */
static void make_rows(filter *f, const uint8_t *rgb, size_t h, size_t w, size_t end)
{
    while (f->n_made < end)
        if (f->kernel == FEAT_KERNEL_TORCH_TRIANGLE) {
            float *row = f->ring_single + f->n_made % f->ring_rows * ROW;
            horizontal_single(f, row, rgb + f->n_made * w * 3, w);
            f->n_made++;
        } else {
            horizontal_double(f, rgb, h, w, f->n_made);
            f->n_made += LANES;
        }
}

/* Output row `i` where that is source row `i`. */
static void copy_row(const filter *f, float *out, size_t i)
{
    size_t at = i % f->ring_rows * ROW;
    for (size_t c = 0; c < 3; c++)
        for (size_t j = 0; j < SIZE; j++)
            out[c * PLANE + j] = f->kernel == FEAT_KERNEL_TORCH_TRIANGLE ? f->ring_single[at + c * SIZE + j]
                                                                        : (float)f->ring[at + c * SIZE + j];
}

void feat_resize_filtered(float *out, const uint8_t *rgb, size_t h, size_t w, feat_kernel kernel, void *scratch)
{
    layout at;
    if (!plan(h, w, &at))
        return; /* the caller asked feat_filtered_bytes, which failed */
    unsigned char *base = scratch;
    filter *f = scratch;
    f->kernel = kernel;
    f->x.max = max_taps(w);
    f->y.max = max_taps(h);
    f->ring_rows = ring_rows(h);
    f->x.weight = (double *)(void *)(base + at.weight_x);
    f->y.weight = (double *)(void *)(base + at.weight_y);
    f->ring = (double *)(void *)(base + at.ring);
    f->ring_single = (float *)(void *)(base + at.ring);
    f->lanes = (double *)(void *)(base + at.lanes);
    f->line = (float *)(void *)(base + at.lanes);
    make_taps(&f->x, w, kernel);
    make_taps(&f->y, h, kernel);
    f->n_made = 0;
    for (size_t i = 0; i < SIZE; i++) {
        make_rows(f, rgb, h, w, h == SIZE ? i + 1 : (size_t)(f->y.first[i] + f->y.n[i]));
        if (h == SIZE)
            copy_row(f, out + i * SIZE, i);
        else if (kernel == FEAT_KERNEL_TORCH_TRIANGLE)
            vertical_single(f, out + i * SIZE, i);
        else
            vertical_double(f, out + i * SIZE, i);
    }
}
