/* What there is of one set in one layer of the network, or in the columns of a file: rows, sums, moments. */
#ifndef BONAFIDE_TOOLS_RUN_LAYER_H
#define BONAFIDE_TOOLS_RUN_LAYER_H

#include <stdbool.h>

#include "metrics/gmet.h"
#include "tools/formats/rowstore.h"
#include "tools/run/run.h"
#include "tools/sets/set.h"

/* From EMPTY a layer goes to ROWS, MAPPED or SUMS, from these to MOMENTS, STORED or SPENT; statistics go from EMPTY to
 * STORED. bf_layer_release makes it EMPTY again. Rows stay what they are while moments are made and after that. */
typedef enum bf_layer_state {
    BF_LAYER_EMPTY,
    BF_LAYER_ROWS,    /* rows in memory */
    BF_LAYER_MAPPED,  /* rows mapped from a file: that of the set, or a temporary one */
    BF_LAYER_SUMS,    /* sums over rows that were not kept */
    BF_LAYER_MOMENTS, /* mean and covariance of the rows, or of the sums, which are gone */
    BF_LAYER_STORED,  /* mean and covariance that the set's file holds, whatever rows there are */
    BF_LAYER_SPENT    /* mean and covariance of the rows were looked at and are gone */
} bf_layer_state;

/* Zero is an empty layer. The first five may be read by all, and are changed by the functions below only. */
typedef struct bf_layer {
    bf_layer_state state;
    size_t d;           /* 0 in an empty layer */
    const float *rows;  /* [n][d], or NULL */
    double *mu, *sigma; /* [d], [d][d], divisor n - 1; NULL without moments, sigma also after bf_layer_free_sigma */

    float *own_rows;    /* the rows in memory */
    bf_rowstore *store; /* the mapped ones */
    size_t room;        /* rows there is memory for, where their number is not known in advance */
    gmet_moments *sums;
} bf_layer;

/* --- an empty layer is made ready ------------------------------------------------------------------------ */
/* `name` is the set's, in messages. */

/* For `room` rows of width d, in memory or, mapped, in a temporary file. Errors: NOMEM; mapped: those of
 * bf_rowstore_create. */
feat_status bf_layer_keep_rows(bf_layer *layer, size_t d, size_t room, bool mapped, const char *name,
                               feat_error *err) FEAT_NODISCARD;

/* For sums over rows of width d. Errors: NOMEM. */
feat_status bf_layer_keep_sums(bf_layer *layer, size_t d, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* With the rows of a mapped file, whose store it takes over. */
void bf_layer_take_store(bf_layer *layer, size_t d, bf_rowstore *store);

/* --- rows come ------------------------------------------------------------------------------------------- */

/* Whether there is room for the n rows after the first ones; sums have room for any number. */
bool bf_layer_has_room(const bf_layer *layer, size_t first, size_t n);

/* Makes room for them, and as many again, in a layer with rows in memory. Errors: NOMEM. */
feat_status bf_layer_make_room(bf_layer *layer, size_t first, size_t n, const char *name,
                               feat_error *err) FEAT_NODISCARD;

/* Turns the first n rows in memory into sums. Errors: those of the moments. */
feat_status bf_layer_sum_up(bf_layer *layer, size_t n, const gmet_context *context,
                            feat_error *err) FEAT_NODISCARD;

/* Writes or adds rows [n][d], which come after the first ones. places [n] in the set, ascending, are for sums; NULL:
 * the next n. Errors: those of the moments and of bf_rowstore_write. */
feat_status bf_layer_add(bf_layer *layer, size_t first, size_t n, const float *rows, const size_t *places,
                         feat_error *err) FEAT_NODISCARD;

/* --- moments --------------------------------------------------------------------------------------------- */

/* Whether mean and covariance are there, or were and are spent. */
bool bf_layer_has_moments(const bf_layer *layer);

/* Mean and covariance of the n rows, at places [n] of the set (NULL: i), or of the sums. Errors: NUMERIC (fewer than
 * two rows), NOMEM, those of the moments. */
feat_status bf_layer_moments(bf_layer *layer, const bf_work *work, const size_t *places, size_t n, const char *name,
                             feat_error *err) FEAT_NODISCARD;

/* Mean and covariance of width d that the set's file stores, of its spatial features or of the others. Errors: NOMEM,
 * those of the readers. */
feat_status bf_layer_read_stored(bf_layer *layer, size_t d, const bf_set *set, bool spatial,
                                 feat_error *err) FEAT_NODISCARD;

/* Frees mean and covariance of rows, of which no more is needed; or makes none. */
void bf_layer_spend(bf_layer *layer);

/* Frees the covariance and leaves the mean. */
void bf_layer_free_sigma(bf_layer *layer);

/* --- the end --------------------------------------------------------------------------------------------- */

void bf_layer_release(bf_layer *layer);

#endif
