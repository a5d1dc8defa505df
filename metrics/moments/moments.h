/* Mean and covariance of rows. What holds of all of libgmet is said in gmet.h. */
#ifndef BONAFIDE_METRICS_MOMENTS_MOMENTS_H
#define BONAFIDE_METRICS_MOMENTS_MOMENTS_H

#include "engine/base/common.h"
#include "metrics/base/context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gmet_moments gmet_moments;

/* Accumulates mean and covariance of float rows of width d. Rows are taken in order, each at the next place;
 * the result depends on rows and places only, never on how calls split them or on the context, which is copied
 * (its pool is used inside add). Memory: d (d + 1) / 2 doubles, as much for each bit of n / 2048 and, until
 * gmet_moments_get, once more, and 400 d; 39 MiB for d = 2,048 and fewer than 2,048 rows. Errors: ARG, NOMEM. */
FEAT_API feat_status gmet_moments_create(gmet_moments **out, size_t d, const gmet_context *context,
                                         feat_error *err) FEAT_NODISCARD;
/* rows [n][d], row stride in floats. Errors: NUMERIC (NaN or infinity; row and column named), NOMEM,
 * CANCELLED (the rows before gmet_moments_next are in, and m can go on),
 * UNSUPPORTED (the calling thread flushes denormal numbers or does not round to nearest). */
FEAT_API feat_status gmet_moments_add(gmet_moments *m, const float *rows, size_t n, size_t stride,
                                      feat_error *err) FEAT_NODISCARD;
/* The same for rows [n][d] at places [n], ascending, which leaves those between them empty; places NULL: the next n.
 * Errors: also ARG (a place before gmet_moments_next). */
FEAT_API feat_status gmet_moments_add_at(gmet_moments *m, const float *rows, const size_t *places, size_t n,
                                         feat_error *err) FEAT_NODISCARD;
/* Leaves the next n places empty, as those of images that could not be read, in time that grows with the bits of n.
 * Errors: ARG (so many places are not left), NOMEM. */
FEAT_API feat_status gmet_moments_skip(gmet_moments *m, size_t n, feat_error *err) FEAT_NODISCARD;
FEAT_API size_t gmet_moments_count(const gmet_moments *m);
FEAT_API size_t gmet_moments_dim(const gmet_moments *m);
/* mu [d], sigma [d][d] with divisor n - ddof. Either may be NULL. Means far above the deviations cost no
 * digits, and a constant column has variance 0. Errors: NUMERIC when n <= ddof, NOMEM. */
FEAT_API feat_status gmet_moments_get(const gmet_moments *m, double *mu, double *sigma, size_t ddof,
                                      feat_error *err) FEAT_NODISCARD;
FEAT_API void gmet_moments_close(gmet_moments **m);

/* --- moments that are kept ---------------------------------------------------------------------- */

/* Writes all that m holds, rows of an unfinished block included, to a file: under a temporary name in the same folder,
 * synced, then renamed over `path`, so that a loss of power leaves the old file or the new one. m is not changed, and
 * goes on. The file has 72 bytes, 24 and 8 gmet_moments_sums(d) for each finished part (gmet_moments_n_parts), as much
 * for an unfinished block, and 4 d for each row of its last 256 (MOMENTS.md, in the documents that are installed,
 * describes it). Errors: IO, NOMEM. */
FEAT_API feat_status gmet_moments_save(const gmet_moments *m, const char *path, feat_error *err) FEAT_NODISCARD;

/* Moments that were saved: rows added from here on give the bits that they would have given if nothing had happened
 * between, on any machine. *out is NULL after an error; context as gmet_moments_create takes it, and memory likewise.
 * Errors: IO, FORMAT (it is no file of moments, too short or too long, or holds what no moments hold), VERSION (of a
 * later library), CHECKSUM, NOMEM; the message names the file and what was found. */
FEAT_API feat_status gmet_moments_load(gmet_moments **out, const char *path, const gmet_context *context,
                                       feat_error *err) FEAT_NODISCARD;

/* The same without files: how many bytes it takes to save m as it is now, to the caller's bytes [n], and from them
 * (copied). Errors: as above; ARG where n is less than gmet_moments_saved_bytes. */
FEAT_API size_t gmet_moments_saved_bytes(const gmet_moments *m);
FEAT_API feat_status gmet_moments_save_bytes(const gmet_moments *m, void *bytes, size_t n,
                                             feat_error *err) FEAT_NODISCARD;
FEAT_API feat_status gmet_moments_load_bytes(gmet_moments **out, const void *bytes, size_t n,
                                             const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- statistics, as other programs keep them ------------------------------------------------------ */

/* Mean and covariance of features, all that a Frechet distance needs of a reference set: what pytorch-fid,
 * clean-fid and `bonafide stats` write into an .npz. */
typedef struct gmet_stats {
    double *mu;    /* [d] */
    double *sigma; /* [d][d] */
    size_t d;
    size_t n; /* images (rows) that they are of; 0: not known */
} gmet_stats;

typedef struct gmet_stats_options {
    size_t struct_size; /* filled by _init */
    size_t d;           /* columns that are expected, others refused; 0, the default: as many as the file has */
    /* What the arrays are called, say mu_s and sigma_s (guided-diffusion's spatial features). Both NULL, the
     * default: mu and sigma; or, where one of these is missing, mean and cov, or m and s. */
    const char *mean, *covariance;
} gmet_stats_options;
FEAT_API void gmet_stats_options_init(gmet_stats_options *options, size_t size);

/* Reads an .npz, stored or deflated: a mean [d] (or [1][d], [d][1]) and a covariance [d][d], d from 1 to 65,536, both
 * of any type of numbers that NumPy keeps in little-endian order (float64, float32, float16, integers), in C or
 * Fortran order; and `n`, a single number, where it is there. Float64 is taken over bit for bit. What else the file
 * holds is not looked at, nothing in it is executed, and its data are unpacked in this process. sigma must be
 * symmetric to 1e-4 of its largest variance, as it is after single precision, and is left as it is; divisor and
 * network are whatever they were for whoever wrote it (all programs named here divide by n - 1).
 *
 * *out need not be filled; it gets memory of its own, which gmet_stats_release frees, and is zeros after an error.
 * Memory: d * d doubles, and as much again as the file has for the covariance. Errors: ARG (options), IO, FORMAT
 * (no .npz, cut off, damaged, arrays that are missing or of other shapes), CHECKSUM (which an array above 64 MiB
 * that is not compressed is not asked for), VERSION, UNSUPPORTED (text, pickled objects, big-endian numbers, other
 * compression), NUMERIC (NaN, infinity, a sigma that is not symmetric), NOMEM; the message names file and array,
 * what was expected and what was found. */
FEAT_API feat_status gmet_stats_read(gmet_stats *out, const gmet_stats_options *options, const char *path,
                                     feat_error *err) FEAT_NODISCARD;

/* Frees what gmet_stats_read made, and makes it zeros. NULL and zeros are allowed. */
FEAT_API void gmet_stats_release(gmet_stats *stats);

/* Writes mu and sigma, the caller's, which nothing changes: under a temporary name in the same folder, then
 * renamed over `path`. The file is a zip without compression, dated 1980-01-01, of mu.npy [d] and sigma.npy [d][d]
 * (float64, C order, .npy version 1.0) and, unless n is 0, n.npy (an int64 without axes). The same numbers give
 * the same bytes on every machine; `bonafide stats` writes mu and sigma with the same bytes, and after them what
 * it knows of their origin. numpy.load reads it, and so do pytorch-fid, clean-fid, the program and
 * gmet_stats_read, bit for bit. Errors: ARG (d is 0 or above 65,536; mu or sigma is NULL; n above 9e15), NUMERIC
 * (what gmet_stats_read would refuse), IO, NOMEM. */
FEAT_API feat_status gmet_stats_write(const gmet_stats *stats, const char *path, feat_error *err) FEAT_NODISCARD;

/* --- moments in parts --------------------------------------------------------------------------- */

/* Moments in parts, for sets that several machines work on: places are cut into blocks of 2048, and finished
 * blocks are added pairwise in a tree that their places fix (block 0 with 1, 2 with 3, then those two ...).
 * Parts taken from one object and added to another in the order of places, the rows of blocks that no one has
 * whole between them, leave it as if it had been given all rows: the same bits. After NOMEM only close. */
enum { GMET_MOMENTS_BLOCK = 2048 };

typedef struct gmet_moments_part {
    size_t first, span; /* places [first, first + span): 2048 times a power of two, first a multiple of it */
    size_t n;           /* rows in them */
    /* [gmet_moments_sums(d)]: a centre [d], one of the rows; sums of rows less the centre [d]; and products of
     * rows less their mean, row i of the upper triangle from column i on. All 0 for n = 0. */
    const double *sums;
} gmet_moments_part;

/* 2 d + d (d + 1) / 2; 0 when that is too large. */
FEAT_API size_t gmet_moments_sums(size_t d);
/* Sets the place of the first row, a multiple of 2048. Errors: ARG, also when there are rows. */
FEAT_API feat_status gmet_moments_start(gmet_moments *m, size_t first, feat_error *err) FEAT_NODISCARD;
/* The place of the next row. */
FEAT_API size_t gmet_moments_next(const gmet_moments *m);
/* Parts of the finished blocks, ascending; borrowed until the next call that adds. Zeros for an index past the last. */
FEAT_API size_t gmet_moments_n_parts(const gmet_moments *m);
FEAT_API gmet_moments_part gmet_moments_get_part(const gmet_moments *m, size_t index);
/* Adds a part (copied) at the next place. Errors: ARG (it begins elsewhere, or cannot be a part), NUMERIC (a
 * sum that is not finite, or of no rows and not 0), NOMEM. */
FEAT_API feat_status gmet_moments_add_part(gmet_moments *m, const gmet_moments_part *part,
                                           feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
