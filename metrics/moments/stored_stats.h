/* Private to the library and the program: mean and covariance in an .npz that is open already. The program opens
 * it within limits of its own, and looks for more in it; what makes arrays a mean and a covariance is said here
 * alone. `file` is what messages call it. */
#ifndef BONAFIDE_METRICS_MOMENTS_STORED_STATS_H
#define BONAFIDE_METRICS_MOMENTS_STORED_STATS_H

#include <stdbool.h>

#include "engine/files/archive.h"
#include "metrics/moments/moments.h"

/* What both are called, without .npy. */
typedef struct gmet_stats_names {
    const char *mean, *covariance;
} gmet_stats_names;

/* The first pair of names that programs give them and that the archive has both of. False when there is none. */
bool gmet_stats_find(gmet_stats_names *names, const feat_archive *zip);

/* Whether it has both of these. */
bool gmet_stats_has(const feat_archive *zip, const gmet_stats_names *names);

/* All but `n`, in memory that gmet_stats_release frees; d: columns that are expected, 0 for any number. Any sigma
 * [d][d] is taken, symmetric or not. `out` is zeros after an error. Errors: those of gmet_stats_read. */
feat_status gmet_stats_load(gmet_stats *out, const feat_archive *zip, const gmet_stats_names *names, size_t d,
                            const char *file, feat_error *err) FEAT_NODISCARD;

/* `n`: of how many images they are; 0 where the archive does not say. Errors: those of gmet_stats_read. */
feat_status gmet_stats_load_count(size_t *n, const feat_archive *zip, const char *file, feat_error *err) FEAT_NODISCARD;

/* What holds of all statistics, wherever they were: x [n], in rows of `columns`, is finite; x [d][d] is symmetric
 * to the rounding of single precision, through which some programs pass it. Errors: NUMERIC, naming `what` and its
 * elements. */
feat_status gmet_stats_check_finite(const char *file, const char *what, const double *x, size_t n, size_t columns,
                                    feat_error *err) FEAT_NODISCARD;
feat_status gmet_stats_check_symmetric(const char *file, const char *what, const double *x, size_t d,
                                       feat_error *err) FEAT_NODISCARD;

#endif
