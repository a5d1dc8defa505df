/* Features of images become rows or sums in the layers of their side. */
#include "tools/run/keep_layers.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

typedef struct filling {
    bf_run *run;
    bf_side *side;
    feat_tap taps[FEAT_N_TAPS];
    size_t n_taps;
} filling;

/* The rows so far become sums. */
static feat_status sum_up(const filling *f, bf_layer *layer, size_t n, feat_error *err)
{
    feat_status status = gmet_moments_create(&layer->sums, layer->d, &f->run->work.context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(layer->sums, layer->rows, n, layer->d, err);
    feat_free(layer->own_rows);
    layer->rows = layer->own_rows = NULL;
    return status;
}

/* Room for n more rows after the first ones, which is wanting only where their number was not known; or sums, where
 * those would do and the rows have become too many. */
static feat_status make_place(const filling *f, feat_tap tap, size_t first, size_t n, feat_error *err)
{
    bf_layer *layer = &f->side->layer[tap];
    size_t row = layer->d * sizeof(float), room = 2 * layer->room;
    if (layer->rows == NULL || n <= layer->room - first)
        return FEAT_OK;
    if ((f->side->may_sum & BF_TAP_BIT(tap)) != 0 && !bf_rows_are_few(first + n, layer->d))
        return sum_up(f, layer, first, err);
    room = room < first + n ? first + n : room;
    float *rows = room <= SIZE_MAX / row ? feat_realloc(layer->own_rows, room * row) : NULL;
    if (rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the features of %zu images",
                         bf_set_spec(f->side->set), first + n);
    layer->rows = layer->own_rows = rows;
    layer->room = room;
    return FEAT_OK;
}

static feat_status take_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    const filling *f = ctx;
    const size_t *items = f->side->items;
    feat_status status = FEAT_OK;
    for (size_t t = 0; t < f->n_taps && status == FEAT_OK; t++) {
        bf_layer *layer = &f->side->layer[f->taps[t]];
        if (layer->rows != NULL && rows[t] == NULL)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: its shards kept sums where rows are needed",
                             bf_set_spec(f->side->set));
        status = make_place(f, f->taps[t], first, n, err);
        if (status == FEAT_OK && f->taps[t] == f->side->main && rows[t] != NULL)
            status = bf_side_mark(f->side, first, n, rows[t], NULL, err);
        if (status == FEAT_OK && layer->store != NULL)
            status = bf_rowstore_write(layer->store, first, n, rows[t], err);
        else if (status == FEAT_OK && layer->rows != NULL)
            memcpy(layer->own_rows + first * layer->d, rows[t], n * layer->d * sizeof(float));
        else if (status == FEAT_OK && f->run->source.sums == NULL)
            status = gmet_moments_add_at(layer->sums, rows[t], items != NULL ? items + first : NULL, n, err);
    }
    return status;
}

static feat_status fill_layers(void *ctx, bf_side *side, unsigned rows, unsigned sums, feat_error *err)
{
    bf_run *run = ctx;
    filling f = {.run = run, .side = side};
    feat_status status = FEAT_OK;
    side->n = bf_set_count(side->set);
    if (side->n != BF_COUNT_UNKNOWN) /* all frames of a pipe give rows */
        side->items = feat_alloc_array(side->n, sizeof *side->items);
    if (side->n != BF_COUNT_UNKNOWN && side->items == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its order", bf_set_spec(side->set));
    for (int t = 0; t < FEAT_N_TAPS && status == FEAT_OK; t++) {
        size_t d = bf_run_dim(run, (feat_tap)t);
        if (((rows | sums) & BF_TAP_BIT(t)) == 0 || d == 0)
            continue;
        f.taps[f.n_taps++] = (feat_tap)t;
        status = bf_layer_make(run, side, (feat_tap)t, d, (rows & BF_TAP_BIT(t)) != 0, err);
    }
    if (status == FEAT_OK && f.n_taps > 0)
        status = bf_side_featurize(run, side, f.taps, f.n_taps, take_rows, &f, err);
    for (size_t t = 0; t < f.n_taps && status == FEAT_OK && run->source.sums != NULL; t++)
        if (side->layer[f.taps[t]].sums != NULL)
            status = run->source.sums(run->source.ctx, side, f.taps[t], side->layer[f.taps[t]].sums, err);
    return status;
}

bf_keeper bf_keep_layers(bf_run *run)
{
    return (bf_keeper){.ctx = run, .fill = fill_layers, .image_bytes = 8.0};
}
