/* The dense layers, by the convolution kernel. */
#include "engine/ops/head.h"

#include <string.h>

#include "engine/ops/frame.h"

enum { DENSE_BLOCKS = 64 };

/* out [blocks of 16] = bias + weights * in, by the convolution kernel on a picture of one pixel. */
static void dense_layer(const feat_model *m, const feat_dense *d, float *out, const float *in,
                        const float *bias, int relu)
{
    size_t planes = (d->in + FEAT_BLOCK - 1) / FEAT_BLOCK, n_blocks = (d->out + FEAT_BLOCK - 1) / FEAT_BLOCK;
    size_t block_floats = planes * FEAT_BLOCK * FEAT_BLOCK;
    for (size_t b = 0; b < n_blocks; b += DENSE_BLOCKS) {
        float *y[DENSE_BLOCKS];
        size_t n = feat_min_size(DENSE_BLOCKS, n_blocks - b);
        for (size_t i = 0; i < n; i++)
            y[i] = out + (b + i) * FEAT_BLOCK;
        feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1,
                               .kh = 1,
                               .kw = 1,
                               .n_cb = planes,
                               .x = in,
                               .x_plane_stride = FEAT_BLOCK,
                               .w = m->packed + d->w_offset + b * block_floats,
                               .w_block_stride = block_floats,
                               .bias = bias + b * FEAT_BLOCK,
                               .relu = relu};
        m->kernels->conv_row(&args, y, 1, n);
    }
}

void feat_exec_head(const feat_model *m, float *in, float *unbiased, float *logits)
{
    size_t widest = (m->dense_floats - FEAT_FEATURE_DIM) / 3;
    float *a = in + FEAT_FEATURE_DIM, *b = a + widest, *zero = b + widest;
    memset(zero, 0, widest * sizeof *zero);
    for (size_t i = 0; i + 1 < m->n_dense; i++) {
        dense_layer(m, &m->dense[i], a, in, m->packed + m->dense[i].bias_offset, 1);
        in = a;
        a = b;
        b = in;
    }
    const feat_dense *last = &m->dense[m->n_dense - 1];
    dense_layer(m, last, a, in, zero, 0);
    if (unbiased != NULL)
        memcpy(unbiased, a, last->out * sizeof *a);
    if (logits != NULL) {
        const float *bias = m->packed + last->bias_offset;
        for (size_t i = 0; i < last->out; i++)
            logits[i] = a[i] + bias[i];
    }
}

size_t feat_model_head_offset(const feat_model *model)
{
    return feat_round_up(model->scratch_floats);
}
