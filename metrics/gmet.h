/* libgmet: statistics of generated-image evaluation on feature matrices, in double precision, the same
 * bits on every machine. It knows nothing of images or networks: features may come from anywhere.
 *
 *     gmet_moments *real = NULL, *gen = NULL;
 *     gmet_fid_result fid;
 *     if (gmet_moments_create(&real, d, NULL, &err) == FEAT_OK && ... add rows of both sets ... &&
 *         gmet_fid_from_moments(&fid, real, gen, NULL, &err) == FEAT_OK)
 *         printf("%.9g\n", fid.value);
 *
 * Parameters come in one order: the result and other outputs, options, sets, how to run it, the caller's error. A set
 * is a gmet_set, and how to run it is said by one gmet_context:
 *
 *     gmet_context context = {.pool = pool};                   ... all of its threads
 *     gmet_set set = {.rows = rows, .n = n, .d = d};
 *     if (gmet_vendi(&score, 1.0, &set, &context, &err) == FEAT_OK)
 *         printf("%.9g\n", score);
 *
 * Letters: n rows (images), d columns (features), k neighbours, c classes. Matrices are row-major.
 *
 * What holds of every function: floats without gaps where no stride is given; double arithmetic; the same bits for
 * every context (kernel table, number of threads) and compiler. Nothing is written to a result unless FEAT_OK is
 * returned, arrays given by the caller excepted. No result is ever NaN. Where not said otherwise every function returns
 *   ARG      an option or a size is outside its range, or a pointer is NULL that must not be (the message says of which
 *            function),
 *   NUMERIC  too few rows (the message names the set, what is needed and what was found), a NaN or infinite
 *            feature (set, row and column named), or values so large that the result overflows,
 *   NOMEM,
 *   CANCELLED  the context's stop function asked for it: within a tenth of a second on 50,000 rows of 2,048 columns,
 * takes `options` NULL for the defaults, and `context` NULL for one thread and the best kernels of this CPU. Sets
 * and context are neither changed nor kept (moments copy the context). No call takes more than 32 KiB of its thread's
 * stack (14 as measured on x86-64), nor of that of a thread of the pool (7), beside what functions of the caller take
 * that it calls. metrics/README.md has the definitions.
 *
 * Options are filled by the function of their name before anything is set in them:
 *
 *     gmet_kid_options options;
 *     gmet_kid_options_init(&options, sizeof options);         ... the defaults, which the header has as comments
 *     options.subset_size = 500;
 *
 * That makes programs and libraries of different versions go together: options only grow at their end, a library takes
 * the defaults for fields that its caller's header did not have (nothing is written or read past the size given), and
 * refuses, with UNSUPPORTED, a field that is set and that it does not know. A structure that was never filled is
 * refused with ARG. All other structures (sets, sides, results) stay as they are: what comes later has a type or a
 * function of its own, or takes one of the places that gmet_context keeps free. */
#ifndef BONAFIDE_METRICS_GMET_H
#define BONAFIDE_METRICS_GMET_H

#include "metrics/across/across.h"       /* jackknife, N to infinity, per class */
#include "metrics/base/context.h"        /* how to run a function, sets of rows */
#include "metrics/diversity/diversity.h" /* Inception Score, Vendi score */
#include "metrics/frechet/frechet.h"     /* FID, its error and bias, MiFID */
#include "metrics/linalg/linalg.h"       /* eigenvalues, square roots */
#include "metrics/manifold/manifold.h"   /* precision and recall, density and coverage, realism, AuthPct, PRD curves */
#include "metrics/moments/moments.h"     /* mean and covariance */
#include "metrics/twosample/twosample.h" /* KID, MIND, C_T */

#endif
