/* Precision and recall in the arithmetic of guided-diffusion's evaluator. */
#ifndef BONAFIDE_METRICS_MANIFOLD_ADM_FP16_H
#define BONAFIDE_METRICS_MANIFOLD_ADM_FP16_H

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/manifold/manifold.h"

enum { GMET_ADM_BLOCK = 10000 };

/* As gmet_precision_recall, whose checks have passed; f_score is not set. block: rows and columns that
 * are computed again together when a value overflows; GMET_ADM_BLOCK. Memory: a copy of both sets. */
feat_status gmet_adm_fp16(gmet_pr_result *out, const gmet_pr_options *options, size_t block, const gmet_set *real,
                          const gmet_set *gen, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

#endif
