/* Convolution, one output after the other. */
#include <math.h>

#include "tests/engine/kernels/oracle.h"

size_t oracle_conv_channels(feat_conv_form form)
{
    return form == FEAT_CONV_RGB_S2 ? 3 : FEAT_BLOCK;
}

size_t oracle_conv_step(feat_conv_form form)
{
    return form == FEAT_CONV_BLOCK_S1 ? FEAT_BLOCK : 2 * oracle_conv_channels(form);
}

/* Output channel `lane` of one block at pixel px: a chain from `from` on, to which `add` is added if it is wanted. */
static float one_output(const feat_conv_args *a, const float *w, float from, float add, size_t px, size_t lane)
{
    size_t channels = oracle_conv_channels(a->form), kh = (size_t)a->kh, kw = (size_t)a->kw;
    float acc = from;
    for (size_t cb = 0; cb < a->n_cb; cb++)
        for (size_t ky = 0; ky < kh; ky++)
            for (size_t kx = 0; kx < kw; kx++)
                for (size_t c = 0; c < channels; c++) {
                    float x = a->x[cb * a->x_plane_stride + ky * a->x_row_stride +
                                   px * oracle_conv_step(a->form) + kx * channels + c];
                    acc = fmaf(w[(((cb * kh + ky) * kw + kx) * channels + c) * FEAT_BLOCK + lane], x, acc);
                }
    if (a->onto == FEAT_CONV_ADDED)
        acc = add + acc;
    if (!a->relu)
        return acc;
    return acc > 0.0f ? acc : 0.0f;
}

void oracle_conv_row(const feat_conv_args *args, float *const *y, size_t n_px, size_t n_blocks)
{
    for (size_t b = 0; b < n_blocks; b++)
        for (size_t px = 0; px < n_px; px++)
            for (size_t lane = 0; lane < FEAT_BLOCK; lane++) {
                float *out = &y[b][px * FEAT_BLOCK + lane], from = 0.0f;
                if (args->onto != FEAT_CONV_ADDED)
                    from = args->onto ? *out : args->bias[b * FEAT_BLOCK + lane];
                *out = one_output(args, args->w + b * args->w_block_stride, from, *out, px, lane);
            }
}
