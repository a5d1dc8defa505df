/* KID's subsets when they are many and large for the sets they are drawn from: 100 subsets of 1,000 among
 * 1,000 images are a hundred times the same pairs. Here a pair's kernel value is computed once and then only
 * added. */
#include "metrics/twosample/kid_subsets.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/rng.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"
#include "metrics/pairs/team.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_slots.h"
#include "metrics/twosample/twosample.h"

enum { COLUMNS = GMET_PAIR_COLUMNS };

typedef struct sharing {
    const gmet_kid_kernel *kernel;
    size_t n_subsets, size;
    size_t *x, *y;        /* [n_subsets][size] ascending: the rows in each subset */
    double *slot;         /* [tiles][n_subsets]: sums of each tile of rows */
    double *xx, *yy, *xy; /* [n_subsets]: sums over the pairs of each subset, unordered in xx and yy */
    const gmet_kid_scan *own;
} sharing;

bool gmet_kid_shares(const gmet_kid_options *o, size_t n1, size_t n2)
{
    double all = (double)n1 + (double)n2, each = 2.0 * (double)o->subset_size;
    return all * all <= (double)o->n_subsets * each * each;
}

typedef struct filling {
    const gmet_kid_slots *slots;
    const feat_dmat_kernels *kernels;
} filling;

static void share_block(void *ctx, const gmet_pair_block *b)
{
    const filling *f = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        gmet_kid_apply(f->slots->kernel, f->kernels, b->value + r * COLUMNS, b->n_columns);
    gmet_kid_add_slots(f->slots, b);
}

feat_status gmet_kid_fill_slots(const gmet_kid_slots *slots, const gmet_pairs *pairs, feat_error *err)
{
    filling f = {slots, pairs->kernels};
    memset(slots->slot, 0, gmet_pairs_tiles(slots->rows->n) * slots->n_subsets * sizeof *slots->slot);
    gmet_pair_scan all = {.rows = slots->rows, .columns = slots->columns, .upper = slots->same, .first = slots->first};
    all.ctx = &f;
    all.block = share_block;
    all.products = slots->kernel->kind == GMET_KERNEL_POLYNOMIAL;
    return gmet_pairs_scan(pairs, &all, err);
}

static feat_status scan(sharing *s, double *sums, const gmet_pairs *pairs, const gmet_rows *rows,
                        const gmet_rows *columns, const size_t *row_members, const size_t *column_members,
                        feat_error *err)
{
    size_t tiles = gmet_pairs_tiles(rows->n);
    const gmet_kid_slots all = {.kernel = s->kernel,
                                .same = rows == columns,
                                .rows = rows,
                                .columns = columns,
                                .n_subsets = s->n_subsets,
                                .size = s->size,
                                .row_members = row_members,
                                .column_members = column_members,
                                .slot = s->slot};
    const gmet_set x = {rows->f, rows->n, pairs->d, NULL}, y = {columns->f, columns->n, pairs->d, NULL};
    const gmet_team *team = gmet_team_for(&pairs->context, &x, &y);
    feat_status status = s->own != NULL ? s->own->scan(s->own->ctx, &all, err)
                         : team != NULL ? team->kernel_slots(team->ctx, &pairs->context, &all, pairs->d, err)
                                        : gmet_kid_fill_slots(&all, pairs, err);
    if (status != FEAT_OK)
        return status; /* slots may not have been written */
    for (size_t i = 0; i < s->n_subsets; i++) {
        sums[i] = 0.0;
        for (size_t tile = 0; tile < tiles; tile++)
            sums[i] += s->slot[tile * s->n_subsets + i];
    }
    return FEAT_OK;
}

/* The first `size` of a permutation of n, ascending. order and inside [n]: scratch, inside all 0. */
static void draw(gmet_mt *mt, size_t *members, size_t size, size_t *order, unsigned char *inside, size_t n)
{
    gmet_mt_permutation(mt, order, n);
    for (size_t i = 0; i < size; i++)
        inside[order[i]] = 1;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (inside[i])
            members[count++] = i;
        inside[i] = 0;
    }
}

static void release(sharing *s)
{
    feat_free(s->xy);
    feat_free(s->yy);
    feat_free(s->xx);
    feat_free(s->slot);
    feat_free(s->y);
    feat_free(s->x);
}

feat_status gmet_kid_shared(double *values, const gmet_pairs *pairs, const gmet_kid_kernel *kernel,
                            const gmet_rows *x, const gmet_rows *y, const gmet_kid_options *o,
                            const gmet_kid_scan *own, feat_error *err)
{
    size_t n_max = x->n > y->n ? x->n : y->n, members, slots;
    sharing s = {.kernel = kernel, .n_subsets = o->n_subsets, .size = o->subset_size, .own = own};
    unsigned char *inside = feat_calloc(n_max, 1);
    size_t *order = feat_alloc_array(n_max, sizeof *order);
    if (feat_mul_size(s.n_subsets, s.size, &members) &&
        feat_mul_size(s.n_subsets, gmet_pairs_tiles(n_max), &slots)) {
        s.x = feat_alloc_array(members, sizeof *s.x);
        s.y = feat_alloc_array(members, sizeof *s.y);
        s.slot = feat_alloc_array(slots, sizeof *s.slot);
    }
    s.xx = feat_alloc_array(s.n_subsets, sizeof *s.xx);
    s.yy = feat_alloc_array(s.n_subsets, sizeof *s.yy);
    s.xy = feat_alloc_array(s.n_subsets, sizeof *s.xy);
    feat_status status = FEAT_OK;
    if (inside == NULL || order == NULL || s.x == NULL || s.y == NULL || s.slot == NULL || s.xx == NULL ||
        s.yy == NULL || s.xy == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu subsets of %zu rows", s.n_subsets, s.size);
        goto done;
    }
    gmet_mt mt;
    gmet_mt_seed(&mt, o->seed);
    for (size_t i = 0; i < s.n_subsets; i++) {
        draw(&mt, s.x + i * s.size, s.size, order, inside, x->n);
        draw(&mt, s.y + i * s.size, s.size, order, inside, y->n);
    }
    status = scan(&s, s.xx, pairs, x, x, s.x, s.x, err);
    if (status == FEAT_OK)
        status = scan(&s, s.yy, pairs, y, y, s.y, s.y, err);
    if (status == FEAT_OK)
        status = scan(&s, s.xy, pairs, x, y, s.x, s.y, err);
    double m = (double)s.size;
    for (size_t i = 0; i < s.n_subsets && status == FEAT_OK; i++)
        values[i] = 2.0 * ((s.xx[i] + s.yy[i]) / (m * (m - 1.0)) - s.xy[i] / (m * m));
done:
    release(&s);
    feat_free(order);
    feat_free(inside);
    return status;
}
