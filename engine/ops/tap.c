/* Taps: means over the picture, the first channels at every pixel, and the logits. */
#include "engine/ops/tap.h"

#include <string.h>

#include "engine/ops/conv_split.h"
#include "engine/ops/head.h"

static void spatial_tap(const iv3_frame *f, const iv3_op *op, float *out)
{
    enum { CHANNELS = 7 };
    const iv3_shape *s = &iv3_inception_shapes[op->src];
    const float *x = iv3_exec_rows(f, op->src, 0, 0, s->h, f->work[0]);
    for (size_t p = 0; p < (size_t)s->h * s->w; p++)
        memcpy(out + p * CHANNELS, x + p * IV3_BLOCK, CHANNELS * sizeof *out);
}

static void mean_tap(const iv3_frame *f, const iv3_op *op, float *out)
{
    const iv3_shape *s = &iv3_inception_shapes[op->src];
    for (size_t cb = 0; cb < (size_t)s->c / IV3_BLOCK; cb++)
        f->model->kernels->mean(out + cb * IV3_BLOCK, iv3_exec_rows(f, op->src, cb, 0, s->h, f->work[0]), s->h,
                                s->w);
}

void iv3_exec_tap(const iv3_frame *f, const iv3_op *op, float *const out[IV3_N_TAPS])
{
    iv3_tap tap = (iv3_tap)op->oc;
    if (tap == IV3_TAP_SPATIAL) {
        if (out[tap] != NULL)
            spatial_tap(f, op, out[tap]);
        return;
    }
    if (out[tap] != NULL)
        mean_tap(f, op, out[tap]);
    if (tap == IV3_TAP_2048 && (out[IV3_TAP_LOGITS] != NULL || out[IV3_TAP_LOGITS_UNBIASED] != NULL)) {
        float *features = f->work[0] + iv3_model_head_offset(f->model);
        mean_tap(f, op, features);
        iv3_exec_head(f->model, features, out[IV3_TAP_LOGITS_UNBIASED], out[IV3_TAP_LOGITS]);
    }
}
