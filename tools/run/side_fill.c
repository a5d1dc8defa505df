/* The layers of a side are filled: from its file here, from its images by the keeper of the run; and what they say of
 * mean and covariance. */
#include "tools/run/side.h"

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"
#include "tools/run/network.h"

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
    for (feat_tap t = 0; side->layer != NULL && t < BF_MAX_TAPS; t++) {
        bf_layer *layer = &side->layer[t];
        if (side->team != NULL && layer->rows != NULL)
            side->team->forget(side->team->ctx, layer->rows);
        bf_layer_release(layer);
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

/* --- layers ------------------------------------------------------------------------------------------ */

feat_status bf_side_make_layer(bf_run *run, bf_side *side, feat_tap tap, size_t d, bool keep, feat_error *err)
{
    size_t room = side->n == BF_COUNT_UNKNOWN ? FIRST_ROOM : side->n;
    if (!keep)
        return bf_layer_keep_sums(&side->layer[tap], d, &run->work.context, err);
    return bf_layer_keep_rows(&side->layer[tap], d, room, run->memory.mapped, bf_set_spec(side->set), err);
}

/* --- files ----------------------------------------------------------------------------------------- */

/* The file's rows, block by block. */
static feat_status pass_on(bf_side *side, bf_layer *layer, feat_error *err)
{
    feat_status status = FEAT_OK;
    float *rows = feat_alloc_array(READ_ROWS, side->d * sizeof *rows);
    if (rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %d rows", bf_set_spec(side->set), READ_ROWS);
    for (size_t first = 0; first < side->n && status == FEAT_OK; first += READ_ROWS) {
        size_t n = side->n - first < READ_ROWS ? side->n - first : READ_ROWS;
        status = bf_set_read_features(side->set, first, n, rows, &side->input->n_rounded, err);
        if (status == FEAT_OK)
            status = bf_layer_add(layer, first, n, rows, NULL, err);
        if (status == FEAT_OK)
            status = bf_side_mark(side, first, n, rows, NULL, err);
        if (bf_interrupted() && status == FEAT_OK)
            status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    }
    feat_free(rows);
    return status;
}

/* All rows at once into memory. */
static feat_status read_rows(bf_run *run, bf_side *side, bf_layer *layer, feat_error *err)
{
    feat_status status =
        bf_set_read_features(side->set, 0, side->n, layer->own_rows, &side->input->n_rounded, err);
    return status == FEAT_OK ? bf_side_mark(side, 0, side->n, layer->rows, &run->work.context, err) : status;
}

/* A file whose numbers can be used as they are is mapped itself. */
static feat_status map_file(bf_run *run, bf_side *side, bf_layer *layer, bool *is_mapped, feat_error *err)
{
    bf_rowstore *store = NULL;
    feat_status status = bf_set_map_features(side->set, &store, err);
    *is_mapped = status == FEAT_OK && store != NULL;
    if (!*is_mapped)
        return status;
    bf_layer_take_store(layer, side->d, store);
    return bf_side_mark(side, 0, side->n, layer->rows, &run->work.context, err);
}

/* Metrics of files are of float32, as those of images are. */
static void warn_rounded(bf_run *run, const bf_side *side)
{
    size_t n = side->input->n_rounded;
    if (n > 0)
        bf_report_warn(&run->report, "%s: float64 rounded to float32, which changes %zu of %zu numbers",
                       bf_set_spec(side->set), n, side->n * side->d);
}

static feat_status read_features(bf_run *run, bf_side *side, bf_taps rows, bf_taps sums, feat_error *err)
{
    bf_layer *layer = &side->layer[side->main];
    bool keep = (rows & BF_TAP_BIT(side->main)) != 0, is_mapped = false;
    feat_status status = FEAT_OK;
    if (!keep && (sums & BF_TAP_BIT(side->main)) == 0)
        return FEAT_OK;
    if (keep && run->memory.mapped)
        status = map_file(run, side, layer, &is_mapped, err);
    if (status != FEAT_OK || is_mapped)
        return status;
    status = bf_side_make_layer(run, side, side->main, side->d, keep, err);
    if (status != FEAT_OK)
        return status;
    return layer->state == BF_LAYER_ROWS ? read_rows(run, side, layer, err) : pass_on(side, layer, err);
}

static feat_status fill_from_features(bf_run *run, bf_side *side, bf_taps rows, bf_taps sums, feat_error *err)
{
    side->input->n_rounded = 0;
    feat_status status = read_features(run, side, rows, sums, err);
    if (status == FEAT_OK)
        warn_rounded(run, side);
    return status;
}

feat_status bf_side_fill(bf_run *run, bf_side *side, bf_taps rows, bf_taps sums, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (side->kind == BF_SET_IMAGES)
        status = run->keeper.fill(run->keeper.ctx, side, rows, sums, err);
    else if (side->kind == BF_SET_FEATURES)
        status = fill_from_features(run, side, rows, sums, err);
    side->team = run->work.team;
    for (feat_tap t = 0; t < BF_MAX_TAPS && side->team != NULL && status == FEAT_OK; t++)
        if (side->layer[t].rows != NULL)
            side->team->hold(side->team->ctx, side->layer[t].rows, side->n, side->layer[t].d);
    return status;
}

/* --- moments --------------------------------------------------------------------------------------- */

static void record_moments(bf_side *side, const bf_layer *layer)
{
    bf_digest_bytes(&side->record->mu, layer->mu, layer->d * sizeof(double));
    bf_digest_bytes(&side->record->sigma, layer->sigma, layer->d * layer->d * sizeof(double));
}

/* Whether what the file says of a layer goes before what its images give: for guided-diffusion's reference
 * batches, whose mean is of more images than they hold. They are of TensorFlow's pixels. */
static bool is_stored(const bf_run *run, const bf_side *side, feat_tap tap)
{
    size_t d = tap == bf_run_tap(run, FEAT_ROLE_SPATIAL) && tap != side->main ? bf_set_spatial_dim(side->set)
               : tap == side->main                         ? bf_set_stats_dim(side->set)
                                                           : 0;
    const bf_layer *layer = &side->layer[tap];
    if (d == 0 || side->kind == BF_SET_STATS)
        return d != 0;
    return side->kind == BF_SET_IMAGES && layer->d == d && run->network.preset->resize == FEAT_RESIZE_TF1;
}

static feat_status read_stored(bf_run *run, bf_side *side, feat_tap tap, feat_error *err)
{
    bool spatial = tap != side->main;
    size_t d = spatial ? bf_set_spatial_dim(side->set) : bf_set_stats_dim(side->set);
    if (side->kind == BF_SET_IMAGES)
        bf_report_warn(&run->report, "%s: %s is of the statistics stored in it, not of its %zu images",
                       bf_set_spec(side->set), spatial ? "sFID" : "FID", side->n);
    return bf_layer_read_stored(&side->layer[tap], d, side->set, spatial, err);
}

feat_status bf_side_moments(bf_run *run, bf_side *side, feat_tap tap, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (tap >= BF_MAX_TAPS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: this network has no such layer", bf_set_spec(side->set));
    bf_layer *layer = &side->layer[tap];
    if (bf_layer_has_moments(layer))
        return FEAT_OK;
    bool stored = is_stored(run, side, tap);
    bool spend = side->frugal && !stored && layer->rows != NULL && side->n > 1;
    if (!stored && layer->state == BF_LAYER_EMPTY)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: has no layer '%s'", bf_set_spec(side->set),
                         bf_run_tap_name(run, tap));
    if (stored)
        status = read_stored(run, side, tap, err);
    else if (!spend || side->record != NULL) /* the record has their checksums */
        status = bf_layer_moments(layer, &run->work, side->items, side->n, bf_set_spec(side->set), err);
    if (status == FEAT_OK && side->record != NULL && tap == side->main)
        record_moments(side, layer);
    if (status == FEAT_OK && spend)
        bf_layer_spend(layer);
    return status;
}
