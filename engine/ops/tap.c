/* Taps: means over the picture, the first channels at every pixel, and the logits. */
#include "engine/ops/tap.h"

#include <string.h>

#include "engine/ops/conv_split.h"
#include "engine/ops/head.h"

static void spatial_tap(const feat_frame *f, const feat_op *op, float *out)
{
    enum { CHANNELS = 7 };
    const feat_shape *s = &feat_inception_shapes[op->src];
    const float *x = feat_exec_rows(f, op->src, 0, 0, s->h, f->work[0]);
    for (size_t p = 0; p < (size_t)s->h * s->w; p++)
        memcpy(out + p * CHANNELS, x + p * FEAT_BLOCK, CHANNELS * sizeof *out);
}

static void mean_tap(const feat_frame *f, const feat_op *op, float *out)
{
    const feat_shape *s = &feat_inception_shapes[op->src];
    for (size_t cb = 0; cb < (size_t)s->c / FEAT_BLOCK; cb++)
        f->model->kernels->mean(out + cb * FEAT_BLOCK, feat_exec_rows(f, op->src, cb, 0, s->h, f->work[0]), s->h,
                                s->w);
}

void feat_exec_tap(const feat_frame *f, const feat_op *op, float *const out[FEAT_N_TAPS])
{
    feat_tap tap = (feat_tap)op->oc;
    if (tap == FEAT_TAP_SPATIAL) {
        if (out[tap] != NULL)
            spatial_tap(f, op, out[tap]);
        return;
    }
    if (out[tap] != NULL)
        mean_tap(f, op, out[tap]);
    if (tap == FEAT_TAP_2048 && (out[FEAT_TAP_LOGITS] != NULL || out[FEAT_TAP_LOGITS_UNBIASED] != NULL)) {
        float *features = f->work[0] + feat_model_head_offset(f->model);
        mean_tap(f, op, features);
        feat_exec_head(f->model, features, out[FEAT_TAP_LOGITS_UNBIASED], out[FEAT_TAP_LOGITS]);
    }
}
