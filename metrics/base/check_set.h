/* The second half of the metrics with the kernel table as an argument (NULL: the best of this CPU), and the
 * pieces tests reach for. Otherwise as gmet_more.h says. */
#ifndef GMET_MORE_INTERNAL_H
#define GMET_MORE_INTERNAL_H

#include "metrics/gmet_more.h"
#include "metrics/linalg/linalg.h"
#include "metrics/pairs/pairs.h"

/* d >= 1 (ARG), n >= needed (NUMERIC, with the metric's name), and all values finite (NUMERIC). */
iv3_status gmet_check_set(const char *metric, const char *set, const float *x, size_t n, size_t d,
                          size_t needed, iv3_error *err) IV3_NODISCARD;

/* Mean and standard deviation (divisor n - ddof; 0 where that is 0) of the values of parts of a set; 0 too where it is
 * no more than rounding leaves of equal values. */
double gmet_spread(double *mean, const double *values, size_t n, size_t ddof);

iv3_status gmet_kid_with(gmet_kid_result *out, const float *first, size_t n1, const float *second, size_t n2,
                         size_t d, const gmet_kid_options *options, const iv3_dmat_kernels *kernels,
                         iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_kid_full_with(gmet_kid_full_result *out, const float *first, size_t n1, const float *second,
                              size_t n2, size_t d, const gmet_kid_options *options,
                              const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;
iv3_status gmet_kid_both_with(gmet_kid_full_result *full, gmet_kid_result *subsets, const float *first, size_t n1,
                              const float *second, size_t n2, size_t d, const gmet_kid_options *options,
                              const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* Sums of a kernel k over all pairs of a two-sample problem, k(x, x) left out, and what they say. Row sums:
 * xx [n1] over the other x, yy [n2] over the other y, xy [n1] over all y, yx [n2] over all x. Squares: sums
 * of k^2 over ordered pairs. A constant may have been subtracted from k: it cancels in both. */
typedef struct gmet_mmd_sums {
    size_t n1, n2;
    double *xx, *yy, *xy, *yx;
    double xx_squares, yy_squares, xy_squares;
} gmet_mmd_sums;
double gmet_mmd_value(const gmet_mmd_sums *sums);
typedef struct gmet_mmd_spread {
    double variance;       /* unbiased estimate of that of the value */
    double standard_error; /* its root, or more */
} gmet_mmd_spread;
/* Needs n1, n2 >= 4. */
gmet_mmd_spread gmet_mmd_variance(const gmet_mmd_sums *sums);

iv3_status gmet_prdc_with(gmet_prdc_result *out, const gmet_prdc_images *images, const float *real,
                          size_t n_real, const float *gen, size_t n_gen, size_t d,
                          const gmet_prdc_options *options, const iv3_dmat_kernels *kernels, iv3_pool *pool,
                          iv3_error *err) IV3_NODISCARD;

iv3_status gmet_image_scores_with(gmet_image_score *scores, const float *real, size_t n_real,
                                  const float *gen, size_t n_gen, size_t d, const gmet_image_options *options,
                                  const iv3_dmat_kernels *kernels, iv3_pool *pool,
                                  iv3_error *err) IV3_NODISCARD;

iv3_status gmet_mifid_with(gmet_mifid_result *out, double fid, const float *real, size_t n_real,
                           const float *gen, size_t n_gen, size_t d, const gmet_mifid_options *options,
                           const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_mind_with(gmet_mind_result *out, const float *real, size_t n_real, const float *gen,
                          size_t n_gen, size_t d, const gmet_mind_options *options,
                          const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_authpct_with(double *percent, unsigned char *authentic, const float *train, size_t n_train,
                             const float *gen, size_t n_gen, size_t d, const iv3_dmat_kernels *kernels,
                             iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_ct_with(gmet_ct_result *out, const float *train, size_t n_train, const float *test,
                        size_t n_test, const float *gen, size_t n_gen, size_t d,
                        const gmet_ct_options *options, const iv3_dmat_kernels *kernels, iv3_pool *pool,
                        iv3_error *err) IV3_NODISCARD;

iv3_status gmet_vendi_with(double *score, const float *x, size_t n, size_t d, double q,
                           const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_prd_curve_with(gmet_prd_result *out, double *precision, double *recall, const float *real,
                               size_t n_real, const float *gen, size_t n_gen, size_t d,
                               const gmet_prd_options *options, const iv3_dmat_kernels *kernels,
                               iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* Adds precision and recall [n_angles] of two normalised histograms [n_bins] to what is there. */
void gmet_prd_add_curve(double *precision, double *recall, const double *gen, const double *real,
                        size_t n_bins, size_t n_angles);

#endif
