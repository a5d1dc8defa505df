/* Pairs of rows drawn for the second-order part of FID's error (uncertainty_terms.c). */
#ifndef BONAFIDE_METRICS_FRECHET_UNCERTAINTY_PAIRS_H
#define BONAFIDE_METRICS_FRECHET_UNCERTAINTY_PAIRS_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/frechet/uncertainty.h"
#include "metrics/frechet/whitening.h"

/* Pairs of each mean, and how many means there are: of pairs within each set, and of pairs across. */
enum { GMET_FID_PAIRS = 1024, GMET_FID_MEANS = 3 };

/* z of rows that pairs are made of. */
typedef struct gmet_kept_rows {
    size_t *index; /* [n] ascending: which rows; NULL: normal rows, drawn */
    size_t n;
    float *z; /* [n][stride] */
} gmet_kept_rows;

typedef struct gmet_fid_pairs {
    const gmet_whitening *white;
    const gmet_pair_kernel *pair;
    const gmet_fid_set *sets[2];
    gmet_kept_rows kept[2];
    size_t at[GMET_FID_MEANS][2][GMET_FID_PAIRS]; /* rows of kept */
    double value[GMET_FID_PAIRS];
} gmet_fid_pairs;

/* Draws the pairs, once and for all: all but *out is borrowed and stays as it is. Errors: NOMEM. */
feat_status gmet_fid_pairs_draw(gmet_fid_pairs **out, const gmet_whitening *white, const gmet_pair_kernel *pair,
                                const gmet_fid_set *const sets[2], feat_error *err) FEAT_NODISCARD;
void gmet_fid_pairs_release(gmet_fid_pairs **p);

/* Takes what is needed of z [n][stride] of rows first, first + 1, .. of a set. Any thread; each row once. */
void gmet_fid_pairs_keep(const gmet_fid_pairs *p, size_t side, size_t first, size_t n, const float *z);

/* V2, once all rows were kept. */
double gmet_fid_pairs_variance(gmet_fid_pairs *p);

#endif
