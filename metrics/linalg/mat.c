/* The threaded product and its packing. Work is cut into blocks of outputs; each output stays one chain over
 * k, stored and reloaded between blocks of k, so neither the cut nor the tile shape of a kernel table changes
 * a bit. */
#include "metrics/linalg/mat.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/stopping.h"

/* K_BLOCK deep panels of both operands stay in the second-level cache; the block sizes are multiples of every
 * nr. Rows are packed in pieces of PACK_STEP, which stay in the first-level cache. */
enum { K_BLOCK = 256, M_BLOCK = 96, N_BLOCK = 192, MIRROR_BLOCK = 64, PACK_STEP = 32 };

/* With few rows in a, packing b for all threads to share costs about as much as multiplying it: each task
 * then packs the piece of b it is about to use, WIDE_K deep, which stays in its first-level cache. */
enum { WIDE_ROWS = 64, WIDE_K = 128, WIDE_COLUMNS = 96, WIDE_OWN = WIDE_K * WIDE_COLUMNS, AHEAD = 6 };

static size_t round_up(size_t x, size_t unit)
{
    return (x + unit - 1) / unit * unit;
}

size_t gmet_padded_stride(size_t n)
{
    return n < 128 ? n : round_up(n, 8) + 8;
}

feat_status gmet_work_create(gmet_work *work, const gmet_context *context, size_t m, size_t n, size_t k,
                             feat_error *err)
{
    memset(work, 0, sizeof *work);
    work->context = context;
    work->kernels = gmet_kernels_of(context);
    work->pool = gmet_pool_of(context);
    size_t rows, count, own;
    if (!feat_add_size(m, n, &rows) || !feat_add_size(rows, 2 * work->kernels->nr, &rows) ||
        !feat_mul_size(rows, feat_min_size(k, K_BLOCK), &count) ||
        !feat_mul_size(feat_pool_threads(work->pool), WIDE_OWN, &own) || !feat_add_size(count, own, &count))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to multiply matrices of %zu and %zu rows", m, n);
    work->pack = feat_alloc_array(count, sizeof *work->pack);
    if (work->pack == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to multiply matrices of %zu and %zu rows", m, n);
    work->n_pack = count;
    return FEAT_OK;
}

void gmet_work_release(gmet_work *work)
{
    feat_free(work->pack);
    memset(work, 0, sizeof *work);
}

/* One block of k of one product. */
typedef struct block {
    const gmet_product *p;
    const feat_dmat_kernels *kernels;
    double *a_pack, *b_pack; /* panels of nr rows, each [k_count][nr] */
    size_t a_panels, b_panels;
    size_t m; /* rows of a that take part */
    size_t k0, k_count;
} block;

static void pack_panel(double *out, const gmet_operand *from, size_t row, size_t n_rows, size_t nr, size_t k0,
                       size_t k_count, double sign)
{
    if (from->k_major) {
        if (n_rows < nr)
            memset(out, 0, nr * k_count * sizeof *out);
        for (size_t k = 0; k < k_count; k++) {
            const double *src = from->data + (k0 + k) * from->stride + row;
            if (sign > 0.0)
                memcpy(out + k * nr, src, n_rows * sizeof *src);
            else
                for (size_t r = 0; r < n_rows; r++)
                    out[k * nr + r] = -src[r];
        }
        return;
    }
    double piece[PACK_STEP * FEAT_DMAT_MAX_NR] = {0}; /* put together in the first-level cache */
    for (size_t k1 = 0; k1 < k_count; k1 += PACK_STEP) {
        size_t n = feat_min_size(k_count - k1, PACK_STEP);
        for (size_t r = 0; r < n_rows; r++) {
            const double *src = from->data + (row + r) * from->stride + k0 + k1;
            for (size_t k = 2 * PACK_STEP; k < 3 * PACK_STEP && k1 + k < k_count; k += 8)
                __builtin_prefetch(src + k);
            for (size_t k = 0; k < n; k++)
                piece[k * nr + r] = sign * src[k];
        }
        memcpy(out + k1 * nr, piece, n * nr * sizeof *out);
    }
}

static void pack_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const block *b = ctx;
    size_t nr = b->kernels->nr;
    bool is_a = tile < b->a_panels;
    size_t panel = is_a ? tile : tile - b->a_panels;
    size_t row = panel * nr;
    double *out = (is_a ? b->a_pack : b->b_pack) + panel * nr * b->k_count;
    size_t n_rows = feat_min_size((is_a ? b->m : b->p->n) - row, nr);
    double sign = is_a && b->p->negate ? -1.0 : 1.0;
    pack_panel(out, is_a ? &b->p->a : &b->p->b, row, n_rows, nr, b->k0, b->k_count, sign);
}

/* Outputs come from far away: those of the next tile are asked for while this one is computed. */
static void prefetch_tile(const block *b, size_t i, size_t j)
{
    const gmet_product *p = b->p;
    if (i + b->kernels->mr > p->m || j + b->kernels->nr > p->n)
        return;
    for (size_t r = 0; r < b->kernels->mr; r++) {
        const double *row = p->c + (i + r) * p->c_stride + j;
        for (size_t s = 0; s < b->kernels->nr; s += 8)
            __builtin_prefetch(row + s, 1);
    }
}

/* The tile at (i, j), which may stick out of c, from the panels that hold its rows. */
static void run_tile(const block *b, const double *a_panel, const double *bp, size_t i, size_t j)
{
    const feat_dmat_kernels *kern = b->kernels;
    const gmet_product *p = b->p;
    size_t nr = kern->nr;
    const double *a = a_panel + i % nr;
    double *c = p->c + i * p->c_stride + j;
    size_t rows = feat_min_size(p->m - i, kern->mr), columns = feat_min_size(p->n - j, nr);
    if (rows == kern->mr && columns == nr) {
        kern->mul_tile(c, p->c_stride, a, bp, b->k_count);
        return;
    }
    double tile[FEAT_DMAT_MAX_MR * FEAT_DMAT_MAX_NR] = {0};
    for (size_t r = 0; r < rows; r++)
        memcpy(tile + r * nr, c + r * p->c_stride, columns * sizeof *c);
    kern->mul_tile(tile, nr, a, bp, b->k_count);
    for (size_t r = 0; r < rows; r++)
        memcpy(c + r * p->c_stride, tile + r * nr, columns * sizeof *c);
}

/* Copies rows i0 .. i1 of columns j0 .. j1, what of them lies above the diagonal, below it. */
static void mirror_block(const gmet_product *p, size_t i0, size_t i1, size_t j0, size_t j1)
{
    enum { STEP = 8 };
    size_t stride = p->c_stride;
    for (size_t j = j0 > i0 ? j0 : i0; j < j1; j += STEP) {
        size_t j_end = feat_min_size(j + STEP, j1);
        size_t i = i0;
        for (; j_end - j == STEP && i + STEP <= i1 && i + STEP <= j; i += STEP) {
            const double *from = p->c + i * stride + j;
            double *to = p->c + j * stride + i;
            for (size_t s = 0; s < STEP; s++)
                for (size_t r = 0; r < STEP; r++)
                    to[s * stride + r] = from[r * stride + s];
        }
        for (; i < feat_min_size(i1, j_end); i++)
            for (size_t s = i >= j ? i + 1 : j; s < j_end; s++)
                p->c[s * stride + i] = p->c[i * stride + s];
    }
}

static void multiply_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const block *b = ctx;
    const gmet_product *p = b->p;
    size_t per_row = (p->n + N_BLOCK - 1) / N_BLOCK;
    size_t i0 = tile / per_row * M_BLOCK, j0 = tile % per_row * N_BLOCK;
    size_t i1 = feat_min_size(i0 + M_BLOCK, b->m), j1 = feat_min_size(j0 + N_BLOCK, p->n);
    if (p->upper && i0 > j1 - 1)
        return;
    for (size_t j = j0; j < j1; j += b->kernels->nr) {
        for (size_t i = i0; i < i1; i += b->kernels->mr) {
            if (p->upper && i > j + b->kernels->nr - 1)
                break;
            prefetch_tile(b, i + b->kernels->mr < i1 ? i + b->kernels->mr : i0,
                          i + b->kernels->mr < i1 ? j : j + b->kernels->nr);
            run_tile(b, b->a_pack + i / b->kernels->nr * b->kernels->nr * b->k_count,
                     b->b_pack + j * b->k_count, i, j);
        }
    }
    if (p->mirror && b->k0 + b->k_count == p->k)
        mirror_block(p, i0, i1, j0, j1);
}

/* Rows of b lie along a row of its matrix: whole rows are read, and dealt out to the panels. */
static void pack_wide(double *out, const gmet_product *p, size_t nr, size_t j0, size_t j1, size_t k0,
                      size_t k_count)
{
    size_t full = (j1 - j0) / nr * nr, rest = j1 - j0 - full;
    if (rest != 0)
        memset(out + full * k_count, 0, nr * k_count * sizeof *out);
    for (size_t k = 0; k < k_count; k++) {
        const double *src = p->b.data + (k0 + k) * p->b.stride + j0;
        for (size_t j = 0; j < full + rest && k + AHEAD < k_count; j += 8)
            __builtin_prefetch(src + AHEAD * p->b.stride + j);
        for (size_t j = 0; j < full; j += nr)
            memcpy(out + j * k_count + k * nr, src + j, nr * sizeof *out);
        memcpy(out + full * k_count + k * nr, src + full, rest * sizeof *out);
    }
}

/* Columns of c for all rows and all k: a is packed as a whole, in blocks of WIDE_K. */
static void wide_task(void *ctx, size_t tile, size_t worker)
{
    const block *shared = ctx;
    const gmet_product *p = shared->p;
    block b = *shared;
    size_t nr = b.kernels->nr, j0 = tile * WIDE_COLUMNS, j1 = feat_min_size(j0 + WIDE_COLUMNS, p->n);
    double *own = b.b_pack + worker * WIDE_OWN;
    for (b.k0 = 0; b.k0 < p->k; b.k0 += WIDE_K) {
        b.k_count = feat_min_size(WIDE_K, p->k - b.k0);
        const double *a = b.a_pack + b.k0 * b.a_panels * nr;
        pack_wide(own, p, nr, j0, j1, b.k0, b.k_count);
        for (size_t j = j0; j < j1; j += nr)
            for (size_t i = 0; i < p->m; i += b.kernels->mr)
                run_tile(&b, a + i / nr * nr * b.k_count, own + (j - j0) * b.k_count, i, j);
    }
}

static void wide_pack_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const block *b = ctx;
    const gmet_product *p = b->p;
    size_t nr = b->kernels->nr, k0 = tile * WIDE_K, k_count = feat_min_size(WIDE_K, p->k - k0);
    for (size_t i = 0; i < b->a_panels; i++)
        pack_panel(b->a_pack + (k0 * b->a_panels + i * k_count) * nr, &p->a, i * nr,
                   feat_min_size(p->m - i * nr, nr), nr, k0, k_count, p->negate ? -1.0 : 1.0);
}

/* False if the product is not one of few rows, or the packed rows find no room. */
static bool multiply_wide(const gmet_work *work, const gmet_product *p)
{
    block b = {.p = p, .kernels = work->kernels, .a_pack = work->pack};
    size_t nr = work->kernels->nr;
    b.a_panels = (p->m + nr - 1) / nr;
    size_t a_count = b.a_panels * nr * p->k;
    if (p->m > WIDE_ROWS || p->upper || p->a_upper || !p->b.k_major ||
        a_count + feat_pool_threads(work->pool) * WIDE_OWN > work->n_pack)
        return false;
    b.b_pack = work->pack + a_count;
    gmet_parallel_for(work->context, (p->k + WIDE_K - 1) / WIDE_K, wide_pack_task, &b);
    gmet_parallel_for(work->context, (p->n + WIDE_COLUMNS - 1) / WIDE_COLUMNS, wide_task, &b);
    return true;
}

void gmet_multiply(const gmet_work *work, const gmet_product *p)
{
    block b = {.p = p, .kernels = work->kernels};
    size_t nr = work->kernels->nr;
    if (p->m == 0 || p->n == 0 || multiply_wide(work, p))
        return;
    for (size_t k0 = 0; k0 < p->k && !gmet_stopped(work->context); k0 += K_BLOCK) {
        b.k0 = k0;
        b.k_count = feat_min_size(K_BLOCK, p->k - k0);
        b.m = p->a_upper ? feat_min_size(p->m, k0 + b.k_count) : p->m;
        b.a_panels = (b.m + nr - 1) / nr;
        b.b_panels = (p->n + nr - 1) / nr;
        b.a_pack = work->pack;
        b.b_pack = work->pack + b.a_panels * nr * b.k_count;
        gmet_parallel_for(work->context, b.a_panels + b.b_panels, pack_task, &b);
        size_t n_tiles = round_up(b.m, M_BLOCK) / M_BLOCK * (round_up(p->n, N_BLOCK) / N_BLOCK);
        gmet_parallel_for(work->context, n_tiles, multiply_task, &b);
    }
}

typedef struct square {
    double *to;
    const double *from;
    size_t n;
    double factor;
    atomic_bool bad;
} square;

static void mirror_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    square *s = ctx;
    const gmet_product p = {.c = s->to, .c_stride = s->n};
    size_t i0 = tile * MIRROR_BLOCK, i1 = feat_min_size(i0 + MIRROR_BLOCK, s->n);
    mirror_block(&p, i0, i1, i0, s->n);
}

void gmet_mirror(double *a, size_t n, const gmet_context *context)
{
    square s = {.to = a, .n = n};
    gmet_parallel_for(context, round_up(n, MIRROR_BLOCK) / MIRROR_BLOCK, mirror_task, &s);
}

static void transpose_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    square *s = ctx;
    double sum = 0.0; /* of x * 0: NaN if any x is not finite */
    size_t i0 = tile * MIRROR_BLOCK, i1 = feat_min_size(i0 + MIRROR_BLOCK, s->n);
    for (size_t j0 = i0; j0 < s->n; j0 += MIRROR_BLOCK) {
        for (size_t i = i0; i < i1; i++) {
            for (size_t j = j0 > i ? j0 : i; j < feat_min_size(j0 + MIRROR_BLOCK, s->n); j++) {
                double x = s->from[j * s->n + i];
                s->to[i * s->n + j] = x * s->factor;
                sum += x * 0.0;
            }
        }
    }
    if (sum != 0.0)
        atomic_store(&s->bad, true);
}

bool gmet_transpose_lower(double *upper, const double *lower, size_t n, double factor, const gmet_context *context)
{
    square s = {.to = upper, .from = lower, .n = n, .factor = factor};
    atomic_init(&s.bad, false);
    gmet_parallel_for(context, round_up(n, MIRROR_BLOCK) / MIRROR_BLOCK, transpose_task, &s);
    return !atomic_load(&s.bad);
}

double gmet_max_abs_lower(const double *a, size_t n)
{
    double max = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double x = fabs(a[i * n + j]);
            if (!(x <= max))
                max = x;
            if (x != x)
                return x;
        }
    }
    return max;
}
