/* Walks the steps and hands each to its kind of operation. */
#include "engine/net/exec.h"

#include "engine/ops/conv_direct.h"
#include "engine/ops/conv_split.h"
#include "engine/ops/conv_wino.h"
#include "engine/ops/pooling.h"
#include "engine/ops/tap.h"

size_t feat_steps_needed(const feat_model *model, unsigned taps)
{
    if (taps & (1u << FEAT_TAP_LOGITS | 1u << FEAT_TAP_LOGITS_UNBIASED))
        taps |= 1u << FEAT_TAP_2048;
    size_t needed = 0;
    for (size_t s = 0; s < model->n_steps; s++)
        if (model->steps[s].op->kind == FEAT_OP_TAP && (taps >> model->steps[s].op->oc & 1) != 0)
            needed = s + 1;
    return needed;
}

/* RGB planes to interleaved pixels, as the first convolution reads them. */
static void interleave(float *to, const float *planes)
{
    enum { PIXELS = FEAT_INPUT_SIZE * FEAT_INPUT_SIZE };
    for (size_t p = 0; p < PIXELS; p++)
        for (size_t c = 0; c < 3; c++)
            to[3 * p + c] = planes[c * PIXELS + p];
}

static void run_conv(const feat_frame *f, const feat_step *step)
{
    if (f->model->numerics == FEAT_NUMERICS_SPLIT)
        feat_exec_split(f, step);
    else if (step->form != FEAT_WINO_NONE)
        feat_exec_wino(f, step);
    else
        feat_exec_direct(f, step);
}

void feat_exec_step(const feat_frame *frame, const feat_step *step, float *const out[FEAT_N_TAPS])
{
    switch (step->op->kind) {
    case FEAT_OP_CONV:
    case FEAT_OP_CONV_LINEAR:
        run_conv(frame, step);
        break;
    case FEAT_OP_MAX_S2:
    case FEAT_OP_POOL_S1:
    case FEAT_OP_POOL_LAST:
        feat_exec_pool(frame, step);
        break;
    case FEAT_OP_TAP:
        feat_exec_tap(frame, step->op, out);
        break;
    }
}

void feat_exec_image(const feat_frame *frame, const float *image, float *const out[FEAT_N_TAPS], size_t n_steps)
{
    interleave(feat_frame_tensor(frame, 0), image);
    for (size_t s = 0; s < n_steps; s++)
        feat_exec_step(frame, &frame->model->steps[s], out);
}
