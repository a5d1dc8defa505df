/* Statistics in Python pickles, read as data: nothing in them is imported or called. What is understood is the mean and
 * covariance of {mu, sigma}, {mean, cov} or {m, s}, of StyleGAN's raw sums {num_items, raw_mean, raw_cov}, of a pair
 * (mean, covariance), and of a dictionary of such parts; numpy arrays and torch tensors; protocols 2 to 5; in a file of
 * their own, in an .npy of objects, or in what torch.save writes, zip archive or legacy. */
#ifndef BONAFIDE_TOOLS_STATISTICS_STATFILE_H
#define BONAFIDE_TOOLS_STATISTICS_STATFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

/* No more columns and parts than these. */
enum { BF_STATFILE_MAX_DIM = 65536, BF_STATFILE_MAX_PARTS = 32 };

/* Whether a file that begins with these bytes is such a pickle, or a container of one. */
bool bf_statfile_is(const uint8_t *head, size_t n);

typedef struct bf_statfile bf_statfile;

/* Finds the parts, and checks types and shapes; values are looked at by bf_statfile_read. Errors: IO, FORMAT,
 * CHECKSUM, UNSUPPORTED (a name or opcode that no statistics need, types and byte orders that are not read), NOMEM. */
feat_status bf_statfile_open(bf_statfile **out, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_statfile_close(bf_statfile **f);

/* At least 1; a file of one part may have no name for it, "". Names are cut and printable. */
size_t bf_statfile_parts(const bf_statfile *f);
const char *bf_statfile_name(const bf_statfile *f, size_t part);
size_t bf_statfile_dim(const bf_statfile *f, size_t part);
size_t bf_statfile_n(const bf_statfile *f, size_t part); /* images; 0: it does not say */

/* The part for a network (feat_net_name): one without a name, one of the network's name, or one that a known program
 * calls otherwise (EDM2: fid is Inception-v3's, fd_dinov2 DINOv2's). *part stays as it is when there is none: FORMAT,
 * with the parts that were found. */
feat_status bf_statfile_choose(const bf_statfile *f, const char *network, size_t *part,
                               feat_error *err) FEAT_NODISCARD;

/* mu [d], sigma [d][d], divisor n - 1 where the file says raw sums and n. Errors: NUMERIC (NaN, infinity, a sigma that
 * is not symmetric), NOMEM. */
feat_status bf_statfile_read(const bf_statfile *f, size_t part, double *mu, double *sigma,
                             feat_error *err) FEAT_NODISCARD;

#endif
