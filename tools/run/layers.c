/* From one side of a comparison to rows, means and covariances of the layers that metrics need. */
#include "tools/run/side.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"

enum {
    READ_ROWS = 256,  /* rows of a feature file in memory at a time */
    FIRST_ROOM = 1024 /* rows of a pipe's frames there is memory for at first */
};

/* Rows are kept for their own sake, or for an error bar if they take no more than this. */
static const size_t rows_limit = (size_t)1 << 30;

bool bf_rows_are_few(size_t n, size_t d)
{
    size_t bytes = 0;
    return feat_mul_size(n, d * sizeof(float), &bytes) && bytes <= rows_limit;
}

bool bf_side_keeps_rows(bf_side *side, feat_tap tap, size_t d)
{
    if (side->n == BF_COUNT_UNKNOWN) {
        side->may_sum |= BF_TAP_BIT(tap);
        return true;
    }
    return side->kind != BF_SET_STATS && bf_rows_are_few(side->n, d);
}

void bf_side_forget(bf_side *side)
{
    for (size_t t = 0; t < FEAT_N_TAPS; t++) {
        bf_layer *layer = &side->layer[t];
        if (side->team != NULL && layer->rows != NULL)
            side->team->forget(side->team->ctx, layer->rows);
        bf_rowstore_close(&layer->store);
        feat_free(layer->own_rows);
        gmet_moments_close(&layer->sums);
        feat_free(layer->mu);
        feat_free(layer->sigma);
        memset(layer, 0, sizeof *layer);
    }
    feat_free(side->items);
    side->items = NULL;
    feat_free(side->marks);
    side->marks = NULL;
    side->n_marks = side->mark_room = 0;
}

const char *bf_side_row_name(const bf_side *side, size_t row)
{
    return bf_set_item_name(side->set, side->items != NULL ? side->items[row] : row);
}

/* --- marks ------------------------------------------------------------------------------------------- */

feat_status bf_side_mark(bf_side *side, size_t first, size_t n, const float *rows, const gmet_context *context,
                         feat_error *err)
{
    const gmet_set set = {.rows = rows, .n = n, .d = side->layer[side->main].d};
    size_t room = side->n != BF_COUNT_UNKNOWN ? side->n : 2 * side->mark_room;
    if (first == 0) {
        side->n_marks = 0;
        side->order = (gmet_row_order){.n = 0};
    }
    if (n > side->mark_room - side->n_marks) {
        room = room < side->n_marks + n ? side->n_marks + n : room;
        gmet_row_mark *marks =
            room <= SIZE_MAX / sizeof *marks ? feat_realloc(side->marks, room * sizeof *marks) : NULL;
        if (marks == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to compare %zu rows", bf_set_spec(side->set), room);
        side->marks = marks;
        side->mark_room = room;
    }
    gmet_mark_rows(side->marks + side->n_marks, &set, context);
    gmet_row_order_add(&side->order, rows, n, set.d);
    side->n_marks += n;
    return FEAT_OK;
}

/* --- places ------------------------------------------------------------------------------------------ */

static feat_status make_store(const bf_side *side, bf_layer *layer, feat_error *err)
{
    feat_status status = bf_rowstore_create(&layer->store, layer->room, layer->d, bf_set_spec(side->set), err);
    if (status == FEAT_OK)
        layer->rows = bf_rowstore_rows(layer->store);
    return status;
}

feat_status bf_layer_make(bf_run *run, bf_side *side, feat_tap tap, size_t d, bool keep, feat_error *err)
{
    bf_layer *layer = &side->layer[tap];
    size_t bytes = 0;
    layer->d = d;
    if (!keep)
        return gmet_moments_create(&layer->sums, d, &run->work.context, err);
    layer->room = side->n == BF_COUNT_UNKNOWN ? FIRST_ROOM : side->n;
    if (run->memory.mapped)
        return make_store(side, layer, err);
    if (feat_mul_size(d, sizeof(float), &bytes))
        layer->rows = layer->own_rows = feat_alloc_array(layer->room, bytes);
    if (layer->rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the features of %zu images",
                         bf_set_spec(side->set), layer->room);
    return FEAT_OK;
}

/* --- files ----------------------------------------------------------------------------------------- */

/* The file's rows, block by block, into sums or a store. */
static feat_status pass_on(bf_side *side, gmet_moments *moments, bf_rowstore *store, feat_error *err)
{
    feat_status status = FEAT_OK;
    float *rows = feat_alloc_array(READ_ROWS, side->d * sizeof *rows);
    if (rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %d rows", bf_set_spec(side->set), READ_ROWS);
    for (size_t first = 0; first < side->n && status == FEAT_OK; first += READ_ROWS) {
        size_t n = side->n - first < READ_ROWS ? side->n - first : READ_ROWS;
        status = bf_set_read_features(side->set, first, n, rows, &side->input->n_rounded, err);
        if (status == FEAT_OK)
            status = store != NULL ? bf_rowstore_write(store, first, n, rows, err)
                                   : gmet_moments_add(moments, rows, n, side->d, err);
        if (status == FEAT_OK)
            status = bf_side_mark(side, first, n, rows, NULL, err);
        if (bf_interrupted() && status == FEAT_OK)
            status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    }
    feat_free(rows);
    return status;
}

/* Where the file's numbers can be used as they are it is mapped, else a converted copy of it. */
static feat_status map_features(bf_run *run, bf_side *side, bf_layer *layer, feat_error *err)
{
    layer->d = side->d;
    layer->room = side->n;
    feat_status status = bf_set_map_features(side->set, &layer->store, err);
    if (status != FEAT_OK)
        return status;
    if (layer->store != NULL) {
        layer->rows = bf_rowstore_rows(layer->store);
        return bf_side_mark(side, 0, side->n, layer->rows, &run->work.context, err);
    }
    status = make_store(side, layer, err);
    return status == FEAT_OK ? pass_on(side, NULL, layer->store, err) : status;
}

/* Metrics of files are of float32, as those of images are. */
static void warn_rounded(bf_run *run, const bf_side *side)
{
    size_t n = side->input->n_rounded;
    if (n > 0)
        bf_report_warn(&run->report, "%s: float64 rounded to float32, which changes %zu of %zu numbers",
                       bf_set_spec(side->set), n, side->n * side->d);
}

static feat_status read_features(bf_run *run, bf_side *side, unsigned rows, unsigned sums, feat_error *err)
{
    bool keep = (rows & BF_TAP_BIT(side->main)) != 0;
    if (!keep && (sums & BF_TAP_BIT(side->main)) == 0)
        return FEAT_OK;
    if (keep && run->memory.mapped)
        return map_features(run, side, &side->layer[side->main], err);
    bf_layer *layer = &side->layer[side->main];
    feat_status status = bf_layer_make(run, side, side->main, side->d, keep, err);
    if (status == FEAT_OK && !keep)
        return pass_on(side, layer->sums, NULL, err);
    if (status == FEAT_OK)
        status = bf_set_read_features(side->set, 0, side->n, layer->own_rows, &side->input->n_rounded, err);
    if (status == FEAT_OK)
        status = bf_side_mark(side, 0, side->n, layer->rows, &run->work.context, err);
    return status;
}

static feat_status fill_from_features(bf_run *run, bf_side *side, unsigned rows, unsigned sums, feat_error *err)
{
    side->input->n_rounded = 0;
    feat_status status = read_features(run, side, rows, sums, err);
    if (status == FEAT_OK)
        warn_rounded(run, side);
    return status;
}

feat_status bf_side_fill(bf_run *run, bf_side *side, unsigned rows, unsigned sums, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (side->kind == BF_SET_IMAGES)
        status = run->keeper.fill(run->keeper.ctx, side, rows, sums, err);
    else if (side->kind == BF_SET_FEATURES)
        status = fill_from_features(run, side, rows, sums, err);
    side->team = run->work.team;
    for (size_t t = 0; t < FEAT_N_TAPS && side->team != NULL && status == FEAT_OK; t++)
        if (side->layer[t].rows != NULL)
            side->team->hold(side->team->ctx, side->layer[t].rows, side->n, side->layer[t].d);
    return status;
}

/* --- moments --------------------------------------------------------------------------------------- */

static feat_status make_room(bf_side *side, bf_layer *layer, feat_error *err)
{
    size_t square = 0;
    layer->mu = feat_alloc_array(layer->d, sizeof *layer->mu);
    if (feat_mul_size(layer->d, layer->d, &square))
        layer->sigma = feat_alloc_array(square, sizeof *layer->sigma);
    if (layer->mu != NULL && layer->sigma != NULL)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for a covariance of width %zu", bf_set_spec(side->set),
                     layer->d);
}

static feat_status moments_of_rows(bf_run *run, bf_side *side, bf_layer *layer, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (side->n < 2)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: a covariance needs at least 2 images, found %zu",
                         bf_set_spec(side->set), side->n);
    if (layer->rows == NULL) {
        status = gmet_moments_get(layer->sums, layer->mu, layer->sigma, 1, err);
        gmet_moments_close(&layer->sums);
        return status;
    }
    gmet_moments *moments = NULL;
    status = gmet_moments_create(&moments, layer->d, &run->work.context, err);
    size_t taken = 0, d = layer->d;
    if (status == FEAT_OK && run->work.team != NULL)
        status =
            run->work.team->moments(run->work.team->ctx, moments, layer->rows, side->items, side->n, d, &taken, err);
    if (status == FEAT_OK && taken < side->n)
        status = gmet_moments_add_at(moments, layer->rows + taken * d,
                                     side->items != NULL ? side->items + taken : NULL, side->n - taken, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(moments, layer->mu, layer->sigma, 1, err);
    gmet_moments_close(&moments);
    return status;
}

static void record_moments(bf_side *side, const bf_layer *layer)
{
    bf_digest_bytes(&side->record->mu, layer->mu, layer->d * sizeof(double));
    bf_digest_bytes(&side->record->sigma, layer->sigma, layer->d * layer->d * sizeof(double));
}

/* Whether what the file says of a layer goes before what its images give: for guided-diffusion's reference
 * batches, whose mean is of more images than they hold. They are of TensorFlow's pixels. */
static bool is_stored(const bf_run *run, const bf_side *side, feat_tap tap)
{
    size_t d = tap == FEAT_TAP_SPATIAL && tap != side->main ? bf_set_spatial_dim(side->set)
               : tap == side->main                         ? bf_set_stats_dim(side->set)
                                                           : 0;
    const bf_layer *layer = &side->layer[tap];
    if (d == 0 || side->kind == BF_SET_STATS)
        return d != 0;
    return side->kind == BF_SET_IMAGES && layer->d == d && run->network.preset->resize == FEAT_RESIZE_TF1;
}

static feat_status read_stored(bf_run *run, bf_side *side, bf_layer *layer, feat_tap tap, feat_error *err)
{
    layer->stored = true;
    if (side->kind == BF_SET_IMAGES)
        bf_report_warn(&run->report, "%s: %s is of the statistics stored in it, not of its %zu images",
                       bf_set_spec(side->set), tap == side->main ? "FID" : "sFID", side->n);
    if (tap == side->main)
        return bf_set_read_stats(side->set, layer->mu, layer->sigma, err);
    return bf_set_read_spatial(side->set, layer->mu, layer->sigma, err);
}

feat_status bf_side_moments(bf_run *run, bf_side *side, feat_tap tap, feat_error *err)
{
    bf_layer *layer = &side->layer[tap];
    if (layer->mu != NULL || layer->spent)
        return FEAT_OK;
    bool stored = is_stored(run, side, tap);
    if (stored)
        layer->d = tap == side->main ? bf_set_stats_dim(side->set) : bf_set_spatial_dim(side->set);
    if (layer->d == 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: has no layer '%s'", bf_set_spec(side->set),
                         feat_tap_name(tap));
    if (side->frugal && !stored && layer->rows != NULL && side->n > 1) {
        layer->spent = true;
        if (side->record == NULL)
            return FEAT_OK;
    }
    feat_status status = make_room(side, layer, err);
    if (status == FEAT_OK && stored)
        status = read_stored(run, side, layer, tap, err);
    else if (status == FEAT_OK)
        status = moments_of_rows(run, side, layer, err);
    if (status == FEAT_OK && side->record != NULL && tap == side->main)
        record_moments(side, layer);
    if (status != FEAT_OK || layer->spent) { /* a layer has both or none */
        feat_free(layer->mu);
        feat_free(layer->sigma);
        layer->mu = layer->sigma = NULL;
    }
    return status;
}
