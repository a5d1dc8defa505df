/* Kernel values are computed block by block from products (or distances) and summed by row and by column. Of a set
 * against itself only pairs i < j are computed. */
#include "metrics/twosample/kid_sums.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"
#include "metrics/pairs/team.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_slots.h"
#include "metrics/twosample/kid_variance.h"
#include "metrics/twosample/twosample.h"

enum { COLUMNS = GMET_PAIR_COLUMNS };

static void sum_block(void *ctx, const gmet_pair_block *b)
{
    const gmet_kid_summing *s = ctx;
    const feat_dmat_kernels *kernels = s->pairs.kernels;
    double *slot = s->slot + b->tile * COLUMNS;
    for (size_t r = 0; r < b->n_rows; r++)
        if (s->kernel.unit)
            gmet_kid_apply_unit(&s->kernel, kernels, b->value + r * COLUMNS, s->norm2[b->i0 + r], b->column_norm2,
                                b->n_columns);
        else
            gmet_kid_apply(&s->kernel, kernels, b->value + r * COLUMNS, b->n_columns);
    if (s->now.slots != NULL)
        gmet_kid_add_slots(s->now.slots, b);
    for (size_t r = 0; r < b->n_rows; r++) {
        size_t i = b->i0 + r;
        double *value = b->value + r * COLUMNS;
        for (size_t c = 0; s->now.same && c < b->n_columns && b->j0 + c <= s->now.first + i; c++)
            value[c] = 0.0;
        s->now.row[i] += kernels->dot(value, s->ones, b->n_columns);
        s->now.square[i] += kernels->dot(value, value, b->n_columns);
    }
    memset(slot, 0, b->n_columns * sizeof *slot);
    kernels->axpys(slot, b->value, COLUMNS, s->ones, b->n_rows, b->n_columns);
}

static void sum_round(void *ctx, size_t j0, size_t n_columns)
{
    const gmet_kid_summing *s = ctx;
    const gmet_kid_sums *now = &s->now;
    if (now->before != NULL)
        now->before(now->ctx, now->column + j0, j0, n_columns);
    for (size_t tile = 0; tile < gmet_pairs_tiles(now->rows->n); tile++) {
        if (now->same && now->first + tile * GMET_PAIR_ROWS >= j0 + n_columns)
            break;
        for (size_t c = 0; c < n_columns; c++)
            now->column[j0 + c] += s->slot[tile * COLUMNS + c];
    }
    if (now->after != NULL)
        now->after(now->ctx, now->column + j0, j0, n_columns);
}

/* Fills what s->now names. */
static feat_status scan_sums(gmet_kid_summing *s, feat_error *err)
{
    const gmet_kid_sums *now = &s->now;
    memset(now->row, 0, now->rows->n * sizeof *now->row);
    memset(now->column, 0, now->columns->n * sizeof *now->column);
    memset(now->square, 0, now->rows->n * sizeof *now->square);
    if (now->slots != NULL)
        memset(now->slots->slot, 0,
               gmet_pairs_tiles(now->rows->n) * now->slots->n_subsets * sizeof *now->slots->slot);
    gmet_pair_scan scan = {
        .rows = now->rows, .columns = now->columns, .upper = now->same, .first = now->first, .ctx = s};
    scan.products = s->kernel.kind == GMET_KERNEL_POLYNOMIAL || s->kernel.unit;
    scan.norms = s->kernel.unit;
    if (s->kernel.unit)
        gmet_row_norms(s->norm2, now->rows, s->pairs.d, &s->pairs.context);
    scan.block = sum_block;
    scan.round = sum_round;
    return gmet_pairs_scan(&s->pairs, &scan, err);
}

/* Never inlined: the copies of this function, one for each call, would be most of the code of this file. */
__attribute__((noinline)) feat_status gmet_kid_sum_pairs(double *squares, gmet_kid_summing *s, const gmet_rows *rows,
                                                         const gmet_rows *columns, double *row, double *column,
                                                         const gmet_kid_slots *slots, feat_error *err)
{
    const gmet_set x = {rows->f, rows->n, s->pairs.d, NULL}, y = {columns->f, columns->n, s->pairs.d, NULL};
    bool whole = rows->index == NULL && columns->index == NULL;
    const gmet_team *team = whole ? gmet_team_for(&s->pairs.context, &x, &y) : NULL;
    s->now = (gmet_kid_sums){.kernel = &s->kernel,
                             .same = rows == columns,
                             .rows = rows,
                             .columns = columns,
                             .row = row,
                             .square = s->square,
                             .column = column,
                             .slots = slots};
    feat_status status =
        team != NULL ? team->kernel_sums(team->ctx, &s->pairs.context, &s->now, s->pairs.d, err) : scan_sums(s, err);
    *squares = 0.0;
    for (size_t i = 0; i < rows->n; i++)
        *squares += s->square[i];
    if (!s->now.same)
        return status;
    for (size_t i = 0; i < rows->n; i++)
        row[i] += column[i];
    *squares *= 2.0;
    return status;
}

feat_status gmet_kid_sum_all(gmet_mmd_sums *sums, gmet_kid_summing *s, const gmet_rows *x, const gmet_rows *y,
                             double *scratch, feat_error *err)
{
    sums->n1 = x->n;
    sums->n2 = y->n;
    feat_status status = gmet_kid_sum_pairs(&sums->xx_squares, s, x, x, sums->xx, scratch, NULL, err);
    if (status == FEAT_OK)
        status = gmet_kid_sum_pairs(&sums->yy_squares, s, y, y, sums->yy, scratch, NULL, err);
    if (status == FEAT_OK)
        status = gmet_kid_sum_pairs(&sums->xy_squares, s, x, y, sums->xy, sums->yx, NULL, err);
    return status;
}

feat_status gmet_kid_sum(const gmet_kid_sums *sums, size_t d, const gmet_context *context, feat_error *err)
{
    gmet_kid_summing *s = feat_calloc(1, sizeof *s);
    if (s == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the KID of %zu rows", sums->rows->n);
    feat_status status = gmet_pairs_create(&s->pairs, d, context, err);
    s->kernel = *sums->kernel;
    s->now = *sums;
    for (size_t i = 0; i < COLUMNS; i++)
        s->ones[i] = 1.0;
    s->slot = feat_alloc_array(gmet_pairs_tiles(sums->rows->n) + 1, COLUMNS * sizeof *s->slot);
    s->norm2 = sums->kernel->unit ? feat_alloc_array(sums->rows->n + 1, sizeof *s->norm2) : NULL;
    if (status == FEAT_OK && (s->slot == NULL || (sums->kernel->unit && s->norm2 == NULL)))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the KID of %zu rows", sums->rows->n);
    if (status == FEAT_OK)
        status = scan_sums(s, err);
    feat_free(s->norm2);
    feat_free(s->slot);
    gmet_pairs_release(&s->pairs);
    feat_free(s);
    return status;
}

feat_status gmet_kid_room_make(gmet_kid_room *room, size_t n1, size_t n2, size_t d, const gmet_kid_kernel *kernel,
                               const gmet_context *context)
{
    size_t n_max = n1 > n2 ? n1 : n2;
    gmet_kid_summing *s = &room->s;
    gmet_mmd_sums *sums = &room->sums;
    memset(room, 0, sizeof *room);
    if (gmet_pairs_create(&s->pairs, d, context, NULL) != FEAT_OK)
        return FEAT_ERR_NOMEM;
    s->kernel = *kernel;
    for (size_t i = 0; i < COLUMNS; i++)
        s->ones[i] = 1.0;
    s->slot = feat_alloc_array(gmet_pairs_tiles(n_max), COLUMNS * sizeof *s->slot);
    s->square = feat_alloc_array(n_max, sizeof *s->square);
    s->norm2 = kernel->unit ? feat_alloc_array(n_max, sizeof *s->norm2) : NULL;
    sums->xx = feat_alloc_array(n1, sizeof *sums->xx);
    sums->yy = feat_alloc_array(n2, sizeof *sums->yy);
    sums->xy = feat_alloc_array(n1, sizeof *sums->xy);
    sums->yx = feat_alloc_array(n2, sizeof *sums->yx);
    room->scratch = feat_alloc_array(n_max, sizeof *room->scratch);
    return s->slot != NULL && s->square != NULL && (!kernel->unit || s->norm2 != NULL) && sums->xx != NULL &&
                   sums->yy != NULL && sums->xy != NULL && sums->yx != NULL && room->scratch != NULL
               ? FEAT_OK
               : FEAT_ERR_NOMEM;
}

void gmet_kid_room_release(gmet_kid_room *room)
{
    feat_free(room->scratch);
    feat_free(room->sums.yx);
    feat_free(room->sums.xy);
    feat_free(room->sums.yy);
    feat_free(room->sums.xx);
    feat_free(room->s.norm2);
    feat_free(room->s.square);
    feat_free(room->s.slot);
    gmet_pairs_release(&room->s.pairs);
}
