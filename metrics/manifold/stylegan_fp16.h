/* Precision and recall in the arithmetic of StyleGAN's pr50k3_full. */
#ifndef BONAFIDE_METRICS_MANIFOLD_STYLEGAN_FP16_H
#define BONAFIDE_METRICS_MANIFOLD_STYLEGAN_FP16_H

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/manifold/manifold.h"

/* As gmet_precision_recall, whose checks have passed; f_score is not set. Memory: a copy of both sets. Errors: NUMERIC
 * where the squared length of a row exceeds half precision (names the row), NOMEM, CANCELLED. */
feat_status gmet_stylegan_fp16(gmet_pr_result *out, const gmet_pr_options *options, const gmet_set *real,
                               const gmet_set *gen, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

#endif
