/* One layer of a set: kept as rows or as sums, then its mean and covariance. */
#include "tools/run/layer.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"

feat_status bf_layer_keep_rows(bf_layer *layer, size_t d, size_t room, bool mapped, const char *name, feat_error *err)
{
    size_t bytes = 0;
    layer->d = d;
    layer->room = room;
    if (mapped) {
        feat_status status = bf_rowstore_create(&layer->store, room, d, name, err);
        if (status == FEAT_OK)
            bf_layer_take_store(layer, d, layer->store);
        return status;
    }
    if (feat_mul_size(d, sizeof(float), &bytes))
        layer->rows = layer->own_rows = feat_alloc_array(room, bytes);
    if (layer->rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the features of %zu images", name, room);
    layer->state = BF_LAYER_ROWS;
    return FEAT_OK;
}

feat_status bf_layer_keep_sums(bf_layer *layer, size_t d, const gmet_context *context, feat_error *err)
{
    feat_status status = gmet_moments_create(&layer->sums, d, context, err);
    layer->d = d;
    if (status == FEAT_OK)
        layer->state = BF_LAYER_SUMS;
    return status;
}

void bf_layer_take_store(bf_layer *layer, size_t d, bf_rowstore *store)
{
    layer->d = d;
    layer->store = store;
    layer->rows = bf_rowstore_rows(store);
    layer->state = BF_LAYER_MAPPED;
}

/* --- rows come ------------------------------------------------------------------------------------------- */

bool bf_layer_has_room(const bf_layer *layer, size_t first, size_t n)
{
    return layer->state == BF_LAYER_SUMS || n <= layer->room - first;
}

feat_status bf_layer_make_room(bf_layer *layer, size_t first, size_t n, const char *name, feat_error *err)
{
    size_t row = layer->d * sizeof(float), room = 2 * layer->room;
    room = room < first + n ? first + n : room;
    float *rows = room <= SIZE_MAX / row ? feat_realloc(layer->own_rows, room * row) : NULL;
    if (rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the features of %zu images", name, first + n);
    layer->rows = layer->own_rows = rows;
    layer->room = room;
    return FEAT_OK;
}

feat_status bf_layer_sum_up(bf_layer *layer, size_t n, const gmet_context *context, feat_error *err)
{
    feat_status status = bf_layer_keep_sums(layer, layer->d, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(layer->sums, layer->rows, n, layer->d, err);
    feat_free(layer->own_rows);
    layer->rows = layer->own_rows = NULL;
    return status;
}

feat_status bf_layer_add(bf_layer *layer, size_t first, size_t n, const float *rows, const size_t *places,
                         feat_error *err)
{
    if (layer->state == BF_LAYER_SUMS)
        return gmet_moments_add_at(layer->sums, rows, places, n, err);
    if (layer->state == BF_LAYER_MAPPED)
        return bf_rowstore_write(layer->store, first, n, rows, err);
    memcpy(layer->own_rows + first * layer->d, rows, n * layer->d * sizeof(float));
    return FEAT_OK;
}

/* --- moments --------------------------------------------------------------------------------------------- */

bool bf_layer_has_moments(const bf_layer *layer)
{
    return layer->state == BF_LAYER_MOMENTS || layer->state == BF_LAYER_STORED || layer->state == BF_LAYER_SPENT;
}

/* A layer has both mean and covariance, or none. */
static void free_moments(bf_layer *layer)
{
    feat_free(layer->mu);
    feat_free(layer->sigma);
    layer->mu = layer->sigma = NULL;
}

static feat_status make_moments(bf_layer *layer, const char *name, feat_error *err)
{
    size_t square = 0;
    layer->mu = feat_alloc_array(layer->d, sizeof *layer->mu);
    if (feat_mul_size(layer->d, layer->d, &square))
        layer->sigma = feat_alloc_array(square, sizeof *layer->sigma);
    if (layer->mu != NULL && layer->sigma != NULL)
        return FEAT_OK;
    free_moments(layer);
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for a covariance of width %zu", name, layer->d);
}

static feat_status moments_of_rows(bf_layer *layer, const bf_work *work, const size_t *places, size_t n,
                                   feat_error *err)
{
    gmet_moments *moments = NULL;
    size_t taken = 0, d = layer->d;
    feat_status status = gmet_moments_create(&moments, d, &work->context, err);
    if (status == FEAT_OK && work->team != NULL)
        status = work->team->moments(work->team->ctx, moments, layer->rows, places, n, d, &taken, err);
    if (status == FEAT_OK && taken < n)
        status = gmet_moments_add_at(moments, layer->rows + taken * d, places != NULL ? places + taken : NULL,
                                     n - taken, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(moments, layer->mu, layer->sigma, 1, err);
    gmet_moments_close(&moments);
    return status;
}

feat_status bf_layer_moments(bf_layer *layer, const bf_work *work, const size_t *places, size_t n, const char *name,
                             feat_error *err)
{
    if (n < 2)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: a covariance needs at least 2 images, found %zu", name, n);
    feat_status status = make_moments(layer, name, err);
    if (status == FEAT_OK && layer->state == BF_LAYER_SUMS)
        status = gmet_moments_get(layer->sums, layer->mu, layer->sigma, 1, err);
    else if (status == FEAT_OK)
        status = moments_of_rows(layer, work, places, n, err);
    if (status != FEAT_OK) {
        free_moments(layer);
        return status;
    }
    gmet_moments_close(&layer->sums);
    layer->state = BF_LAYER_MOMENTS;
    return FEAT_OK;
}

feat_status bf_layer_read_stored(bf_layer *layer, size_t d, const bf_set *set, bool spatial, feat_error *err)
{
    layer->d = d;
    feat_status status = make_moments(layer, bf_set_spec(set), err);
    if (status == FEAT_OK)
        status = spatial ? bf_set_read_spatial(set, layer->mu, layer->sigma, err)
                         : bf_set_read_stats(set, layer->mu, layer->sigma, err);
    if (status != FEAT_OK)
        free_moments(layer);
    else
        layer->state = BF_LAYER_STORED;
    return status;
}

void bf_layer_spend(bf_layer *layer)
{
    free_moments(layer);
    layer->state = BF_LAYER_SPENT;
}

void bf_layer_free_sigma(bf_layer *layer)
{
    feat_free(layer->sigma);
    layer->sigma = NULL;
}

/* --- the end --------------------------------------------------------------------------------------------- */

void bf_layer_release(bf_layer *layer)
{
    bf_rowstore_close(&layer->store);
    feat_free(layer->own_rows);
    gmet_moments_close(&layer->sums);
    free_moments(layer);
    memset(layer, 0, sizeof *layer);
}
