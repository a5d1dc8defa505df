/* Walks the steps. */
#include "engine/net/exec.h"

#include <string.h>

#include "engine/net/bands.h"
#include "engine/ops/op.h"
#include "engine/ops/split_tensor.h"

size_t feat_steps_needed(const feat_model *model, uint32_t taps)
{
    size_t needed = 0;
    for (size_t s = 0; s < model->n_steps; s++) {
        const feat_op *op = model->steps[s].op;
        for (size_t i = 0; i < op->n_taps; i++)
            if ((taps >> (op->tap + i) & 1) != 0)
                needed = s + 1;
    }
    return needed;
}

/* Planes to interleaved pixels, as the first operation reads them: [3][h][w] to [h][w][3]. */
static void interleave(float *to, const float *planes, size_t n_pixels)
{
    for (size_t p = 0; p < n_pixels; p++)
        for (size_t c = 0; c < 3; c++)
            to[3 * p + c] = planes[c * n_pixels + p];
}

/* To a plane of 16 channels, of which 13 are 0: [h][w][16], or as split tensors are. */
static void block(const feat_frame *f, const float *planes, size_t h, size_t w)
{
    for (size_t row = 0; row < h; row++) {
        float *to = feat_exec_row(f, 0, 0, row, f->work[0]);
        memset(to, 0, w * FEAT_BLOCK * sizeof *to);
        for (size_t x = 0; x < w; x++)
            for (size_t c = 0; c < 3; c++)
                to[FEAT_BLOCK * x + c] = planes[(c * h + row) * w + x];
        feat_exec_row_done(f, 0, 0, row, to);
    }
}

/* Runs step `index`, or the group of steps that begins with it; returns how many these are. */
static size_t exec_step(const feat_frame *frame, size_t index)
{
    const feat_step *step = &frame->model->steps[index];
    if (step->bands.n_steps > 0 && feat_pool_threads(frame->pool) == 1) {
        feat_bands_run(frame, step);
        return step->bands.n_steps;
    }
    step->run(frame, step);
    return 1;
}

void feat_exec_image(const feat_frame *frame, const float *image, size_t n_steps)
{
    const feat_shape *input = feat_shape_of(frame->model, 0);
    if (frame->model->blocks_in)
        block(frame, image, input->h, input->w);
    else
        interleave(feat_frame_tensor(frame, 0), image, (size_t)input->h * input->w);
    for (size_t s = 0; s < n_steps && !feat_halt_now(frame->halt);)
        s += exec_step(frame, s);
}

void feat_exec_tail(const feat_tail *tail, size_t n_steps)
{
    for (size_t s = tail->model->first_tail; s < n_steps && !feat_halt_now(tail->halt); s++)
        tail->model->steps[s].kind->run_tail(tail, &tail->model->steps[s]);
}
