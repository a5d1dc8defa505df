/* Features of images become rows or sums in the layers of their side. */
#include "tools/run/keep_layers.h"

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

typedef struct filling {
    bf_run *run;
    bf_side *side;
    feat_tap taps[BF_MAX_TAPS];
    size_t n_taps;
} filling;

/* Room for n more rows after the first ones, which is wanting only where their number was not known; or sums, where
 * those would do and the rows have become too many. */
static feat_status make_place(const filling *f, feat_tap tap, size_t first, size_t n, feat_error *err)
{
    bf_layer *layer = &f->side->layer[tap];
    if (bf_layer_has_room(layer, first, n))
        return FEAT_OK;
    if ((f->side->may_sum & BF_TAP_BIT(tap)) != 0 && !bf_rows_are_few(first + n, layer->d))
        return bf_layer_sum_up(layer, first, &f->run->work.context, err);
    return bf_layer_make_room(layer, first, n, bf_set_spec(f->side->set), err);
}

static feat_status take_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    const filling *f = ctx;
    const size_t *items = f->side->items;
    feat_status status = FEAT_OK;
    for (size_t t = 0; t < f->n_taps && status == FEAT_OK; t++) {
        bf_layer *layer = &f->side->layer[f->taps[t]];
        if (layer->state != BF_LAYER_SUMS && rows[t] == NULL)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: its shards kept sums where rows are needed",
                             bf_set_spec(f->side->set));
        status = make_place(f, f->taps[t], first, n, err);
        if (status == FEAT_OK && f->taps[t] == f->side->main && rows[t] != NULL)
            status = bf_side_mark(f->side, first, n, rows[t], NULL, err);
        bool from_source = layer->state == BF_LAYER_SUMS && f->run->source.sums != NULL; /* see fill_layers */
        if (status == FEAT_OK && !from_source)
            status = bf_layer_add(layer, first, n, rows[t], items != NULL ? items + first : NULL, err);
    }
    return status;
}

static feat_status fill_layers(void *ctx, bf_side *side, bf_taps rows, bf_taps sums, feat_error *err)
{
    bf_run *run = ctx;
    filling f = {.run = run, .side = side};
    feat_status status = FEAT_OK;
    side->n = bf_set_count(side->set);
    if (side->n != BF_COUNT_UNKNOWN) /* all frames of a pipe give rows */
        side->items = feat_alloc_array(side->n, sizeof *side->items);
    if (side->n != BF_COUNT_UNKNOWN && side->items == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its order", bf_set_spec(side->set));
    for (feat_tap t = 0; t < BF_MAX_TAPS && status == FEAT_OK; t++) {
        size_t d = bf_run_dim(run, t);
        if (((rows | sums) & BF_TAP_BIT(t)) == 0 || d == 0)
            continue;
        f.taps[f.n_taps++] = t;
        status = bf_side_make_layer(run, side, t, d, (rows & BF_TAP_BIT(t)) != 0, err);
    }
    if (status == FEAT_OK && f.n_taps > 0)
        status = bf_side_featurize(run, side, f.taps, f.n_taps, take_rows, &f, err);
    for (size_t t = 0; t < f.n_taps && status == FEAT_OK && run->source.sums != NULL; t++)
        if (side->layer[f.taps[t]].state == BF_LAYER_SUMS)
            status = run->source.sums(run->source.ctx, side, f.taps[t], side->layer[f.taps[t]].sums, err);
    return status;
}

bf_keeper bf_keep_layers(bf_run *run)
{
    return (bf_keeper){.ctx = run, .fill = fill_layers, .image_bytes = 8.0};
}
