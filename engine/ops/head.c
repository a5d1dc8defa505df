/* The dense layers, by the convolution kernel. */
#include "engine/ops/head.h"

#include <string.h>

#include "engine/ops/frame.h"

enum { DENSE_BLOCKS = 64 };

/* out [blocks of 16] = bias + weights * in, by the convolution kernel on a picture of one pixel. */
static void dense_layer(const iv3_model *m, const iv3_dense *d, float *out, const float *in,
                        const float *bias, int relu)
{
    size_t planes = (d->in + IV3_BLOCK - 1) / IV3_BLOCK, n_blocks = (d->out + IV3_BLOCK - 1) / IV3_BLOCK;
    size_t block_floats = planes * IV3_BLOCK * IV3_BLOCK;
    for (size_t b = 0; b < n_blocks; b += DENSE_BLOCKS) {
        float *y[DENSE_BLOCKS];
        size_t n = iv3_min_size(DENSE_BLOCKS, n_blocks - b);
        for (size_t i = 0; i < n; i++)
            y[i] = out + (b + i) * IV3_BLOCK;
        iv3_conv_args args = {.form = IV3_CONV_BLOCK_S1,
                              .kh = 1,
                              .kw = 1,
                              .n_cb = planes,
                              .x = in,
                              .x_plane_stride = IV3_BLOCK,
                              .w = m->packed + d->w_offset + b * block_floats,
                              .w_block_stride = block_floats,
                              .bias = bias + b * IV3_BLOCK,
                              .relu = relu};
        m->kernels->conv_row(&args, y, 1, n);
    }
}

void iv3_exec_head(const iv3_model *m, float *in, float *unbiased, float *logits)
{
    size_t widest = (m->dense_floats - IV3_FEATURE_DIM) / 3;
    float *a = in + IV3_FEATURE_DIM, *b = a + widest, *zero = b + widest;
    memset(zero, 0, widest * sizeof *zero);
    for (size_t i = 0; i + 1 < m->n_dense; i++) {
        dense_layer(m, &m->dense[i], a, in, m->packed + m->dense[i].bias_offset, 1);
        in = a;
        a = b;
        b = in;
    }
    const iv3_dense *last = &m->dense[m->n_dense - 1];
    dense_layer(m, last, a, in, zero, 0);
    if (unbiased != NULL)
        memcpy(unbiased, a, last->out * sizeof *a);
    if (logits != NULL) {
        const float *bias = m->packed + last->bias_offset;
        for (size_t i = 0; i < last->out; i++)
            logits[i] = a[i] + bias[i];
    }
}

size_t iv3_model_head_offset(const iv3_model *model)
{
    return iv3_round_up(model->scratch_floats);
}
