/* Resizing with antialiasing: a kernel, widened by the scale when shrinking, horizontally first, then
 * vertically; a pass is left out when it would not change the size. As Pillow does it on a float picture
 * (Keys' cubic kernel with a = -1/2, or the triangle; weights and sums in double, the result of each pass
 * stored as float32), as Pillow does it on bytes (the cubic kernel; weights are integers, the result of each pass is
 * bytes), and as PyTorch does it with antialias=True (the cubic kernel or the triangle; everything in float32). */
#include "engine/resize/resize.h"

#include <math.h>
#include <string.h>

#include "engine/base/checked.h"

enum { LANES = 4 }; /* source rows that are resampled together, horizontally */

/* The taps of the wanted output positions of one axis. */
typedef struct taps {
    feat_axis axis;
    bool same;          /* nothing is resampled, and there are no taps */
    size_t size;        /* output positions */
    size_t from, end;   /* source positions that are read, counted from axis.start, as `first` is */
    size_t max;         /* places per output position in `weight` */
    int32_t *first, *n; /* [size]: taps [first, first + n) */
    double *weight;     /* [size][max] */
} taps;

typedef struct filter {
    feat_kernel kernel;
    taps x, y;
    feat_pixels pixels; /* from the first that is resampled on */
    bool packed;        /* red, green, blue, and the next pixel */
    size_t row;         /* floats of a row of output: three planes of x.size */
    /* [ring_rows][row]: source row r, horizontally resampled, at r % ring_rows. What a pass in double leaves
     * is kept as double, for the next, though its values are those of floats. */
    double *ring;
    float *ring_single; /* the same place, for passes in float */
    size_t ring_rows;
    size_t n_made; /* source rows below this one are resampled, as far as they are needed; taps never go back */
    double *lanes; /* [x.end - x.from][3][LANES]: the source rows, side by side */
    float *line;   /* the same place, [3][x.end - x.from]: one source row as planes */
    float *sums;   /* [row]: an output row before it is divided into planes */
} filter;

/* The kernel's half-width (at most 2) times the shrinking, both sides and the middle. */
static size_t max_taps(size_t n, size_t size)
{
    double scale = (double)n / (double)size;
    double support = 2.0 * (scale < 1.0 ? 1.0 : scale);
    return (size_t)ceil(support) * 2 + 1;
}

/* Rows are made LANES at a time, so that some are there before they are needed. */
static size_t ring_rows(size_t h, size_t size)
{
    return max_taps(h, size) + LANES - 1;
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

static void taps_pil(taps *t, bool cubic)
{
    size_t n = t->axis.n;
    double scale = (double)n / (double)t->axis.size;
    double widen = scale < 1.0 ? 1.0 : scale;
    double support = (cubic ? 2.0 : 1.0) * widen;
    double narrow = 1.0 / widen;
    for (size_t i = 0; i < t->size; i++) {
        double centre = ((double)(t->axis.first + i) + 0.5) * scale;
        double left = centre - support + 0.5, right = centre + support + 0.5;
        int32_t first = left < 0.0 ? 0 : (int32_t)left;
        int32_t end = right > (double)n ? (int32_t)n : (int32_t)right;
        double *weight = t->weight + i * t->max;
        double total = 0.0;
        for (int32_t k = 0; k < end - first; k++) {
            double x = (k + first - centre + 0.5) * narrow;
            weight[k] = cubic ? keys(x) : triangle(x);
            total += weight[k];
        }
        for (int32_t k = 0; k < end - first; k++)
            if (total != 0.0)
                weight[k] /= total;
        t->first[i] = first;
        t->n[i] = end - first;
    }
}

/* Weights for bytes are multiples of 2^-22, and are kept as those integers. Products with bytes, and their sums, are
 * integers below 2^31 (the positive weights of a position sum to less than 2), so that in double all of them are
 * exact, whatever their order. */
static void make_whole(taps *t)
{
    for (size_t i = 0; i < t->size; i++)
        for (size_t k = 0; k < (size_t)t->n[i]; k++) {
            double scaled = t->weight[i * t->max + k] * 4194304.0;
            t->weight[i * t->max + k] = (double)(int32_t)(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
        }
}

/* PyTorch's positions and weights are floats, computed by way of double where its source says 0.5. The
 * weights, kept as doubles, are float32 values. */
static void taps_torch(taps *t, bool cubic)
{
    size_t n = t->axis.n;
    float scale = (float)n / (float)t->axis.size;
    float support = (cubic ? 2.0f : 1.0f) * (scale >= 1.0f ? scale : 1.0f);
    float narrow = scale >= 1.0f ? (float)(1.0 / (double)scale) : 1.0f;
    for (size_t i = 0; i < t->size; i++) {
        float centre = (float)((double)scale * ((double)(t->axis.first + i) + 0.5));
        double left = (double)(centre - support) + 0.5, right = (double)(centre + support) + 0.5;
        int32_t first = left < 0.0 ? 0 : (int32_t)left;
        int32_t end = right > (double)n ? (int32_t)n : (int32_t)right;
        double *weight = t->weight + i * t->max;
        float total = 0.0f;
        for (int32_t k = 0; k < end - first; k++) {
            float at = (float)(((double)((float)(k + first) - centre) + 0.5) * (double)narrow);
            float w = (float)(cubic ? keys((double)at) : triangle((double)at));
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

static bool is_single(feat_kernel kernel)
{
    return kernel == FEAT_KERNEL_TORCH_TRIANGLE || kernel == FEAT_KERNEL_TORCH_BICUBIC;
}

static void make_taps(taps *t, feat_kernel kernel)
{
    t->from = t->axis.first;
    t->end = t->from + t->size;
    t->same = t->axis.n == t->axis.size;
    if (t->same)
        return;
    if (is_single(kernel))
        taps_torch(t, kernel == FEAT_KERNEL_TORCH_BICUBIC);
    else
        taps_pil(t, kernel != FEAT_KERNEL_PIL_TRIANGLE);
    if (kernel == FEAT_KERNEL_PIL_BYTES)
        make_whole(t);
    t->from = (size_t)t->first[0];
    t->end = (size_t)(t->first[t->size - 1] + t->n[t->size - 1]);
}

/* Bytes from the start of the scratch. */
typedef struct layout {
    size_t taps_x, taps_y, weight_x, weight_y, ring, lanes, sums, total;
} layout;

/* Room for n times each bytes at *end, which grows; *at is where it begins. */
static bool reserve(size_t *at, size_t *end, size_t n, size_t each)
{
    size_t bytes;
    *at = *end;
    return feat_mul_size(n, each, &bytes) && feat_add_size(*end, bytes, end) && feat_align_size(*end, 64, end);
}

static bool plan(const feat_geometry *g, layout *at)
{
    size_t row;
    return feat_mul_size(g->x.count, 3, &row) && feat_align_size(sizeof(filter), 64, &at->total) &&
           reserve(&at->taps_x, &at->total, g->x.count, 2 * sizeof(int32_t)) &&
           reserve(&at->taps_y, &at->total, g->y.count, 2 * sizeof(int32_t)) &&
           reserve(&at->sums, &at->total, row, sizeof(float)) &&
           reserve(&at->weight_x, &at->total, max_taps(g->x.n, g->x.size), g->x.count * sizeof(double)) &&
           reserve(&at->weight_y, &at->total, max_taps(g->y.n, g->y.size), g->y.count * sizeof(double)) &&
           reserve(&at->ring, &at->total, ring_rows(g->y.n, g->y.size), row * sizeof(double)) &&
           reserve(&at->lanes, &at->total, g->x.n, 3 * LANES * sizeof(double));
}

bool feat_filtered_bytes(const feat_geometry *geometry, size_t *bytes)
{
    layout at;
    if (!plan(geometry, &at))
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

/* x where it is above 0, else 0. */
static two above_zero(two x)
{
    typedef long long two_masks __attribute__((vector_size(16)));
    return (two)((two_masks)x & (x > (two){0.0, 0.0}));
}

/* Sums of weights for bytes, to the nearest bytes; a half goes up. To a sum, which is an integer, one half is added:
 * now no quotient is as far from one byte as from the next, and 1.5 * 2^52 leaves the nearest. */
static two bytes_of(two sums)
{
    const two half = {0.5, 0.5}, unit = {0x1p-22, 0x1p-22}, whole = {0x1.8p52, 0x1.8p52}, most = {255.0, 255.0};
    two x = ((sums + half) * unit + whole) - whole;
    return above_zero(most - above_zero(most - x));
}

/* Where source pixel `x` of a row is, of one channel. */
static const uint8_t *pixel_at(const filter *f, size_t c, size_t row, size_t x)
{
    return f->pixels.channel[c] + (ptrdiff_t)row * f->pixels.row + (ptrdiff_t)x * f->pixels.pixel;
}

/* lanes[i][c][r] = pixel i of row r, of `n` pixels from the first that is read. */
static void gather(const filter *f, const size_t rows[LANES], size_t n)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t r = 0; r < LANES; r++) {
            const uint8_t *src = pixel_at(f, c, rows[r], f->x.from);
            for (size_t i = 0; i < n; i++)
                f->lanes[(3 * i + c) * LANES + r] = src[(ptrdiff_t)i * f->pixels.pixel];
        }
}

/* lanes[i][r] = src[r][i], i < n: the same where the channels lie side by side. (Spelled out like this, compilers make
 * vectors of it.) */
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

/* Source rows [first, first + LANES), of which those past the end are not there, into the ring. */
static void horizontal_double(filter *f, size_t first)
{
    const bool bytes = f->kernel == FEAT_KERNEL_PIL_BYTES;
    const uint8_t *src[LANES];
    size_t rows[LANES];
    double *row[LANES];
    for (size_t r = 0; r < LANES; r++) {
        rows[r] = first + r < f->y.axis.n ? first + r : f->y.axis.n - 1;
        src[r] = pixel_at(f, 0, rows[r], f->x.from);
        row[r] = f->ring + (first + r) % f->ring_rows * f->row;
    }
    if (f->packed)
        interleave(f->lanes, src, 3 * (f->x.end - f->x.from));
    else
        gather(f, rows, f->x.end - f->x.from);
    for (size_t i = 0; i < f->x.size; i++) {
        double sum[SUMS] = {0};
        if (f->x.same)
            memcpy(sum, f->lanes + i * SUMS, sizeof sum);
        else
            add_taps(sum, f->lanes + ((size_t)f->x.first[i] - f->x.from) * SUMS, SUMS, f->x.weight + i * f->x.max,
                     (size_t)f->x.n[i]);
        for (size_t c = 0; c < 3; c++)
            for (size_t r = 0; r < LANES; r += 2) {
                two x = load(sum + c * LANES + r);
                if (!f->x.same)
                    x = bytes ? bytes_of(x) : rounded(x);
                row[r][c * f->x.size + i] = x[0];
                row[r + 1][c * f->x.size + i] = x[1];
            }
    }
}

/* Output row `i` from rows of the ring that are all there. */
static void vertical_double(filter *f, float *out, size_t i)
{
    const double *weight = f->y.weight + i * f->y.max;
    size_t n = (size_t)f->y.n[i], slot = (size_t)f->y.first[i] % f->ring_rows;
    size_t n_before = n < f->ring_rows - slot ? n : f->ring_rows - slot; /* the ring's end */
    size_t row = f->row, width = f->x.size;
    for (size_t j = 0; j < row; j += SUMS) {
        size_t at = j < row - SUMS ? j : row - SUMS; /* the last sums: some are made twice */
        double sum[SUMS] = {0};
        add_taps(sum, f->ring + slot * row + at, row, weight, n_before);
        add_taps(sum, f->ring + at, row, weight + n_before, n - n_before);
        for (size_t t = 0; t < SUMS; t += 2) {
            two x = load(sum + t);
            if (f->kernel == FEAT_KERNEL_PIL_BYTES)
                x = bytes_of(x);
            f->sums[at + t] = (float)x[0];
            f->sums[at + t + 1] = (float)x[1];
        }
    }
    for (size_t c = 0; c < 3; c++)
        memcpy(out + c * f->y.size * width, f->sums + c * width, width * sizeof *out);
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

/* Source row `index`, from x.from to x.end, to `row` [3][x.size]. */
static void horizontal_single(filter *f, float *row, size_t index)
{
    size_t size = f->x.size, w = f->x.end - f->x.from;
    float *plane = f->x.same ? row : f->line;
    for (size_t c = 0; c < 3; c++) {
        const uint8_t *src = pixel_at(f, c, index, f->x.from);
        for (size_t i = 0; i < w; i++)
            plane[c * w + i] = (float)src[(ptrdiff_t)i * f->pixels.pixel];
    }
    if (f->x.same)
        return;
    for (size_t i = 0; i < size; i++) {
        const double *weight = f->x.weight + i * f->x.max;
        size_t first = (size_t)f->x.first[i] - f->x.from, n = (size_t)f->x.n[i];
        float out[3];
        sum_single(out, plane + first, w, weight, n);
        row[i] = out[0];
        row[size + i] = out[1];
        row[2 * size + i] = out[2];
    }
}

static void vertical_single(filter *f, float *out, size_t i)
{
    const double *weight = f->y.weight + i * f->y.max;
    size_t width = f->x.size, plane = width * f->y.size;
    for (size_t c = 0; c < 3; c++)
        memset(out + c * plane, 0, width * sizeof *out);
    for (size_t k = 0; k < (size_t)f->y.n[i]; k++) {
        const float *row = f->ring_single + ((size_t)f->y.first[i] + k) % f->ring_rows * f->row;
        float factor = (float)weight[k];
        for (size_t c = 0; c < 3; c++)
            for (size_t j = 0; j < width; j++)
                out[c * plane + j] += row[c * width + j] * factor;
    }
}

/* Makes the source rows that are needed below `end`. */
static void make_rows(filter *f, size_t end)
{
    while (f->n_made < end)
        if (is_single(f->kernel)) {
            float *row = f->ring_single + f->n_made % f->ring_rows * f->row;
            horizontal_single(f, row, f->n_made++);
        } else {
            horizontal_double(f, f->n_made);
            f->n_made += LANES;
        }
}

/* Output row `i` where that is source row `index`. */
static void copy_row(const filter *f, float *out, size_t index)
{
    size_t at = index % f->ring_rows * f->row, width = f->x.size, plane = width * f->y.size;
    for (size_t c = 0; c < 3; c++)
        for (size_t j = 0; j < width; j++)
            out[c * plane + j] = is_single(f->kernel) ? f->ring_single[at + c * width + j]
                                                      : (float)f->ring[at + c * width + j];
}

static void place_taps(taps *t, const feat_axis *axis, unsigned char *base, size_t numbers, size_t weight)
{
    t->axis = *axis;
    t->size = axis->count;
    t->max = max_taps(axis->n, axis->size);
    t->first = (int32_t *)(void *)(base + numbers);
    t->n = t->first + t->size;
    t->weight = (double *)(void *)(base + weight);
}

/* The pixels from the first on that the geometry takes. */
static void place_pixels(filter *f, const feat_geometry *geometry, const feat_pixels *pixels)
{
    f->pixels = *pixels;
    for (size_t c = 0; c < 3; c++)
        f->pixels.channel[c] = pixel_at(f, c, geometry->y.start, geometry->x.start);
    f->packed = pixels->pixel == 3 && pixels->channel[1] == pixels->channel[0] + 1 &&
                pixels->channel[2] == pixels->channel[0] + 2;
}

void feat_resize_filtered(float *out, const feat_geometry *geometry, const feat_pixels *pixels, feat_kernel kernel,
                          void *scratch)
{
    layout at;
    if (!plan(geometry, &at))
        return; /* the caller asked feat_filtered_bytes, which failed */
    unsigned char *base = scratch;
    filter *f = scratch;
    f->kernel = kernel;
    place_pixels(f, geometry, pixels);
    f->row = 3 * geometry->x.count;
    place_taps(&f->x, &geometry->x, base, at.taps_x, at.weight_x);
    place_taps(&f->y, &geometry->y, base, at.taps_y, at.weight_y);
    f->ring_rows = ring_rows(geometry->y.n, geometry->y.size);
    f->ring = (double *)(void *)(base + at.ring);
    f->ring_single = (float *)(void *)(base + at.ring);
    f->lanes = (double *)(void *)(base + at.lanes);
    f->line = (float *)(void *)(base + at.lanes);
    f->sums = (float *)(void *)(base + at.sums);
    make_taps(&f->x, kernel);
    make_taps(&f->y, kernel);
    f->n_made = f->y.from;
    for (size_t i = 0; i < f->y.size; i++) {
        make_rows(f, f->y.same ? f->y.from + i + 1 : (size_t)(f->y.first[i] + f->y.n[i]));
        if (f->y.same)
            copy_row(f, out + i * f->x.size, f->y.from + i);
        else if (is_single(kernel))
            vertical_single(f, out + i * f->x.size, i);
        else
            vertical_double(f, out + i * f->x.size, i);
    }
}
