/* Walks the steps and hands each to its kind of operation. */
#include "engine/net/exec.h"

#include "engine/ops/conv_direct.h"
#include "engine/ops/conv_split.h"
#include "engine/ops/conv_wino.h"
#include "engine/ops/pooling.h"
#include "engine/ops/tap.h"

size_t iv3_steps_needed(const iv3_model *model, unsigned taps)
{
    if (taps & (1u << IV3_TAP_LOGITS | 1u << IV3_TAP_LOGITS_UNBIASED))
        taps |= 1u << IV3_TAP_2048;
    size_t needed = 0;
    for (size_t s = 0; s < model->n_steps; s++)
        if (model->steps[s].op->kind == IV3_OP_TAP && (taps >> model->steps[s].op->oc & 1) != 0)
            needed = s + 1;
    return needed;
}

/* RGB planes to interleaved pixels, as the first convolution reads them. */
static void interleave(float *to, const float *planes)
{
    enum { PIXELS = IV3_INPUT_SIZE * IV3_INPUT_SIZE };
    for (size_t p = 0; p < PIXELS; p++)
        for (size_t c = 0; c < 3; c++)
            to[3 * p + c] = planes[c * PIXELS + p];
}

static void run_conv(const iv3_frame *f, const iv3_step *step)
{
    if (f->model->numerics == IV3_NUMERICS_SPLIT)
        iv3_exec_split(f, step);
    else if (step->form != IV3_WINO_NONE)
        iv3_exec_wino(f, step);
    else
        iv3_exec_direct(f, step);
}

void iv3_exec_step(const iv3_frame *frame, const iv3_step *step, float *const out[IV3_N_TAPS])
{
    switch (step->op->kind) {
    case IV3_OP_CONV:
    case IV3_OP_CONV_LINEAR:
        run_conv(frame, step);
        break;
    case IV3_OP_MAX_S2:
    case IV3_OP_POOL_S1:
    case IV3_OP_POOL_LAST:
        iv3_exec_pool(frame, step);
        break;
    case IV3_OP_TAP:
        iv3_exec_tap(frame, step->op, out);
        break;
    }
}

void iv3_exec_image(const iv3_frame *frame, const float *image, float *const out[IV3_N_TAPS], size_t n_steps)
{
    interleave(iv3_frame_tensor(frame, 0), image);
    for (size_t s = 0; s < n_steps; s++)
        iv3_exec_step(frame, &frame->model->steps[s], out);
}
