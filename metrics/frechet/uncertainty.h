/* The parts of the uncertainty of FID: one evaluation of the distance with its terms (uncertainty_terms.c),
 * and half sets (uncertainty_half.c). */
#ifndef BONAFIDE_METRICS_FRECHET_UNCERTAINTY_H
#define BONAFIDE_METRICS_FRECHET_UNCERTAINTY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "metrics/frechet/frechet.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

/* A set on its way through an evaluation: rows (all, or those of index), or moments that count as those of n
 * normal rows. */
typedef struct gmet_fid_set {
    const float *rows; /* [..][d], or NULL */
    size_t *index;     /* [n] ascending: the rows of the set; NULL: all */
    size_t n;          /* 0: not known */
    double *mu;        /* [d] */
    gmet_covariance sigma;
    double *contributions; /* [n] or NULL */
} gmet_fid_set;

/* Row i of a set that has rows. */
const float *gmet_fid_row(const gmet_fid_set *set, size_t i);

typedef struct gmet_fid_terms {
    gmet_fid_result raw;
    double bias[2];      /* first order in 1/n, of the real and the generated set */
    double excess[2];    /* n times what of it normal rows would not have; 0 without rows */
    double first[2];     /* each set's first-order variance of the raw value; 0 where n is not known */
    double corrected[2]; /* the same of the value less its bias */
    double pairs;        /* variance of the terms of pairs of rows */
    double fourth;       /* sum over rows of the fourth powers of what makes up first[0] + first[1] */
    double linear;       /* mean contributions of the rows of both halves to the value less its bias */
    double alike[2];     /* gmet_row_order_shows; 0 without rows */
    size_t rank[2];
    size_t bulk; /* singular values that hold 95 of 100 of their sum */
} gmet_fid_terms;

/* Both covariances rest for good. accuracy: also first, corrected, pairs and fourth. halves [2], or NULL:
 * also linear; those of moments rest before and after. work: for outputs of max(d, GMET_FID_CHUNK) x d, d
 * deep. Errors: NUMERIC, NOMEM. */
enum { GMET_FID_CHUNK = 512 };
feat_status gmet_fid_terms_of(gmet_fid_terms *out, gmet_fid_set *real, gmet_fid_set *gen, bool accuracy,
                              gmet_fid_set *halves, const gmet_work *work, feat_error *err) FEAT_NODISCARD;

/* Mean and covariance of the rows of a set, from its rows. Errors: NUMERIC, NOMEM. */
feat_status gmet_fid_set_moments(gmet_fid_set *set, const gmet_work *work, feat_error *err) FEAT_NODISCARD;

/* half: floor(n / 2) rows of a set, drawn by SplitMix64; or, of a set without rows, the moments of as many of
 * n normal rows that have these moments, which are random. Zero-initialise half but for mu, [d], the
 * caller's. Release with gmet_fid_half_release. seed: another for each set without rows. Errors: NUMERIC (n is
 * not above the rank of sigma), NOMEM. */
feat_status gmet_fid_half(gmet_fid_set *half, const gmet_fid_set *whole, uint64_t seed, const gmet_work *work,
                          feat_error *err) FEAT_NODISCARD;
void gmet_fid_half_release(gmet_fid_set *half);

#endif
