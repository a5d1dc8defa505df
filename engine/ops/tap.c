/* Taps: means over the picture, and the first channels at every pixel. */
#include "engine/ops/tap.h"

#include <string.h>

#include "engine/ops/split_tensor.h"

size_t feat_mean_scratch(const feat_model *m, size_t tensor)
{
    const feat_shape *s = feat_shape_of(m, tensor);
    return m->numerics == FEAT_NUMERICS_SPLIT ? feat_plane_floats(s) : 0;
}

void feat_mean_of(const feat_frame *f, size_t tensor, float *out)
{
    const feat_shape *s = feat_shape_of(f->model, tensor);
    for (size_t cb = 0; cb < (size_t)s->c / FEAT_BLOCK; cb++)
        f->model->kernels->mean(out + cb * FEAT_BLOCK, feat_exec_rows(f, tensor, cb, 0, s->h, f->work[0]), s->h, s->w);
}

static void measure(feat_model *m, feat_step *step)
{
    step->scratch_floats = feat_mean_scratch(m, step->op->src);
}

/* --- means -------------------------------------------------------------------------------------- */

static const char *check_mean(const feat_net *net, const feat_op *op)
{
    const feat_shape *in = &net->tensors[op->src];
    if (op->src == 0 || in->c % FEAT_BLOCK != 0)
        return "a tensor with channels in a multiple of 16 expected, and not the image";
    return op->n_taps == 1 && net->taps[op->tap].dim == in->c ? NULL : "its tap has not as many floats as it channels";
}

static void run_mean(const feat_frame *f, const feat_step *step)
{
    if (f->out[step->op->tap] != NULL)
        feat_mean_of(f, step->op->src, f->out[step->op->tap]);
}

const feat_op_kind feat_kind_tap_mean = {"mean", check_mean, NULL, NULL, measure, NULL, run_mean, NULL};

/* --- pixels ------------------------------------------------------------------------------------- */

static const char *check_pixels(const feat_net *net, const feat_op *op)
{
    const feat_shape *in = &net->tensors[op->src];
    if (op->src == 0 || in->c % FEAT_BLOCK != 0 || op->oc == 0 || op->oc > FEAT_BLOCK)
        return "1 to 16 channels expected, of a tensor with a multiple of 16";
    return op->n_taps == 1 && net->taps[op->tap].dim == (size_t)op->oc * in->h * in->w
               ? NULL
               : "its tap has not as many floats as these pixels";
}

static void run_pixels(const feat_frame *f, const feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *s = feat_shape_of(f->model, op->src);
    float *out = f->out[op->tap];
    if (out == NULL)
        return;
    const float *x = feat_exec_rows(f, op->src, 0, 0, s->h, f->work[0]);
    for (size_t p = 0; p < (size_t)s->h * s->w; p++)
        memcpy(out + p * op->oc, x + p * FEAT_BLOCK, op->oc * sizeof *out);
}

const feat_op_kind feat_kind_tap_pixels = {"pixels", check_pixels, NULL, NULL, measure, NULL, run_pixels, NULL};
