/* Bicubic resizing with antialiasing as Pillow does it on a float picture: Keys' kernel with a = -1/2,
 * widened by the scale when shrinking; weights and sums in double, the result of each pass stored as float32;
 * horizontal pass first, a pass left out when it would not change the size; clipped to 0..255 at the end. */
#include "engine/resize/resize.h"

#include <math.h>
#include <string.h>

#include "engine/base/checked.h"

enum { SIZE = IV3_INPUT_SIZE, PLANE = IV3_INPUT_SIZE * IV3_INPUT_SIZE, ROW = 3 * SIZE };

/* The taps of the 299 output positions of one axis. */
typedef struct taps {
    size_t max;                   /* places per output position in `weight` */
    int32_t first[SIZE], n[SIZE]; /* taps [first, first + n) */
    double *weight;               /* [SIZE][max] */
} taps;

typedef struct filter {
    taps x, y;
    double sum[ROW];
    float *ring; /* [ring_rows][ROW]: source row r, horizontally resampled, at r % ring_rows */
    size_t ring_rows;
    float *line; /* [3][w]: one source row as planes */
} filter;

/* 2 for the kernel's half-width, times the shrinking, both sides and the middle. */
static size_t max_taps(size_t n)
{
    double scale = (double)n / SIZE;
    double support = 2.0 * (scale < 1.0 ? 1.0 : scale);
    return (size_t)ceil(support) * 2 + 1;
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

static void make_taps(taps *t, size_t n)
{
    double scale = (double)n / SIZE;
    double widen = scale < 1.0 ? 1.0 : scale;
    double support = 2.0 * widen;
    double narrow = 1.0 / widen;
    for (int i = 0; i < SIZE; i++) {
        double centre = (i + 0.5) * scale;
        double left = centre - support + 0.5, right = centre + support + 0.5;
        int32_t first = left < 0.0 ? 0 : (int32_t)left;
        int32_t end = right > (double)n ? (int32_t)n : (int32_t)right;
        double *weight = t->weight + (size_t)i * t->max;
        double total = 0.0;
        for (int32_t k = 0; k < end - first; k++) {
            weight[k] = keys((k + first - centre + 0.5) * narrow);
            total += weight[k];
        }
        for (int32_t k = 0; k < end - first; k++)
            if (total != 0.0)
                weight[k] /= total;
        t->first[i] = first;
        t->n[i] = end - first;
    }
}

typedef struct layout {
    size_t weight_x, weight_y, ring, line, total;
} layout;

static bool plan(size_t h, size_t w, layout *at)
{
    size_t bytes;
    at->weight_x = 0;
    if (!iv3_align_size(sizeof(filter), 64, &at->weight_x) ||
        !iv3_mul_size(max_taps(w), SIZE * sizeof(double), &bytes) ||
        !iv3_add_size(at->weight_x, bytes, &at->weight_y) ||
        !iv3_align_size(at->weight_y, 64, &at->weight_y) ||
        !iv3_mul_size(max_taps(h), SIZE * sizeof(double), &bytes) ||
        !iv3_add_size(at->weight_y, bytes, &at->ring) || !iv3_align_size(at->ring, 64, &at->ring) ||
        !iv3_mul_size(max_taps(h), ROW * sizeof(float), &bytes) ||
        !iv3_add_size(at->ring, bytes, &at->line) || !iv3_align_size(at->line, 64, &at->line) ||
        !iv3_mul_size(w, 3 * sizeof(float), &bytes) || !iv3_add_size(at->line, bytes, &at->total))
        return false;
    return iv3_align_size(at->total, 64, &at->total);
}

bool iv3_bicubic_bytes(size_t h, size_t w, size_t *bytes)
{
    layout at;
    if (!plan(h, w, &at))
        return false;
    *bytes = at.total;
    return true;
}

/* Source row `src` [w][3] to `row` [3][SIZE]. */
static void horizontal(filter *f, float *row, const uint8_t *src, size_t w)
{
    float *plane = w == SIZE ? row : f->line;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < w; i++)
            plane[c * w + i] = (float)src[3 * i + c];
    if (w == SIZE)
        return;
    const float *r = plane, *g = plane + w, *b = plane + 2 * w;
    for (size_t i = 0; i < SIZE; i++) {
        const double *weight = f->x.weight + i * f->x.max;
        size_t first = (size_t)f->x.first[i], n = (size_t)f->x.n[i];
        double sum_r = 0.0, sum_g = 0.0, sum_b = 0.0;
        for (size_t k = 0; k < n; k++) {
            sum_r += (double)r[first + k] * weight[k];
            sum_g += (double)g[first + k] * weight[k];
            sum_b += (double)b[first + k] * weight[k];
        }
        row[i] = (float)sum_r;
        row[SIZE + i] = (float)sum_g;
        row[2 * SIZE + i] = (float)sum_b;
    }
}

static float clip(float x)
{
    x = x > 0.0f ? x : 0.0f;
    return x < 255.0f ? x : 255.0f;
}

/* Output row `i` from rows of the ring that are all there. */
static void vertical(filter *f, float *out, size_t i)
{
    const double *weight = f->y.weight + i * f->y.max;
    memset(f->sum, 0, sizeof f->sum);
    for (size_t k = 0; k < (size_t)f->y.n[i]; k++) {
        const float *row = f->ring + ((size_t)f->y.first[i] + k) % f->ring_rows * ROW;
        double factor = weight[k];
        for (size_t j = 0; j < ROW; j++)
            f->sum[j] += (double)row[j] * factor;
    }
    for (size_t c = 0; c < 3; c++)
        for (size_t j = 0; j < SIZE; j++)
            out[c * PLANE + j] = clip((float)f->sum[c * SIZE + j]);
}

void iv3_resize_bicubic(float *out, const uint8_t *rgb, size_t h, size_t w, void *scratch)
{
    layout at;
    if (!plan(h, w, &at))
        return; /* the caller asked iv3_bicubic_bytes, which failed */
    unsigned char *base = scratch;
    filter *f = scratch;
    f->x.max = max_taps(w);
    f->y.max = f->ring_rows = max_taps(h);
    f->x.weight = (double *)(void *)(base + at.weight_x);
    f->y.weight = (double *)(void *)(base + at.weight_y);
    f->ring = (float *)(void *)(base + at.ring);
    f->line = (float *)(void *)(base + at.line);
    make_taps(&f->x, w);
    make_taps(&f->y, h);
    size_t n_made = 0; /* source rows resampled so far; taps never go back */
    for (size_t i = 0; i < SIZE; i++) {
        size_t end = h == SIZE ? i + 1 : (size_t)(f->y.first[i] + f->y.n[i]);
        for (; n_made < end; n_made++)
            horizontal(f, f->ring + n_made % f->ring_rows * ROW, rgb + n_made * w * 3, w);
        if (h != SIZE) {
            vertical(f, out + i * SIZE, i);
            continue;
        }
        const float *row = f->ring + i % f->ring_rows * ROW;
        for (size_t c = 0; c < 3; c++)
            for (size_t j = 0; j < SIZE; j++)
                out[c * PLANE + i * SIZE + j] = clip(row[c * SIZE + j]);
    }
}
