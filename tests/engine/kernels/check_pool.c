/* Pooling and the global mean against the naive loops. */
#include "engine/nets/net.h"
#include "tests/engine/kernels/check.h"
#include "tests/engine/kernels/oracle.h"

typedef struct shape {
    size_t w;
    int n_rows, n_cols, stride, count_padding;
    size_t extra_row;
    check_data data;
    int bias;
} shape;

static void run_shape(check *c, const shape *s, int max)
{
    check_begin(c, "%s, stride %d, width %zu, taps %dx%d, row gap %zu, padding %s, %s, %s data",
                max ? "max" : "average", s->stride, s->w, s->n_rows, s->n_cols, s->extra_row,
                s->count_padding ? "counts" : "left out", s->bias ? "bias" : "no bias",
                check_data_name(s->data));
    size_t shift = check_below(c, 2) * check_below(c, 16), row = s->w * FEAT_BLOCK;
    feat_pool_args a = {.x_row_stride = row + s->extra_row,
                        .n_rows = s->n_rows,
                        .n_cols = s->n_cols,
                        .w = s->w,
                        .stride = s->stride,
                        .ow = s->stride == 2 ? (s->w - (size_t)s->n_cols) / 2 + 1 : s->w,
                        .count_padding = s->count_padding};
    size_t nx = (size_t)(s->n_rows - 1) * a.x_row_stride + row, ny = a.ow * FEAT_BLOCK;
    float *x = check_floats(c, nx, shift), *got = check_floats(c, ny, shift), *want = check_floats(c, ny, 0);
    for (size_t r = 0; r < (size_t)s->n_rows; r++)
        check_fill(c, x + r * a.x_row_stride, row, s->data);
    check_freeze(c, x);
    a.x = x;
    if (s->bias) {
        float *bias = check_floats(c, FEAT_BLOCK, shift);
        check_fill(c, bias, FEAT_BLOCK, s->data);
        check_freeze(c, bias);
        a.bias = bias;
    }
    (max ? c->table->max_row : c->table->avg_row)(&a, got);
    (max ? oracle_max_row : oracle_avg_row)(&a, want);
    check_same(c, got, want, ny);
}

static void all_widths(check *c, int max)
{
    for (int stride = 1; stride <= (max ? 2 : 1); stride++)
        for (size_t w = stride == 2 ? 3 : 1; w <= 20; w++)
            for (int n_rows = stride == 2 ? 3 : 1; n_rows <= 3; n_rows++)
                for (int kind = 0; kind < 2 * CHECK_N_DATA; kind++)
                    run_shape(c,
                              &(shape){w, n_rows, 3, stride, (int)(w + (size_t)n_rows) % 2, w % 3 * 7,
                                       (check_data)(kind / 2), !max && kind % 2},
                              max);
}

static void two_by_two(check *c)
{
    for (size_t w = 2; w <= 20; w++)
        for (int kind = 0; kind < CHECK_N_DATA; kind++)
            run_shape(c, &(shape){w, 2, 2, 2, 0, w % 3 * 7, (check_data)kind, 0}, 1);
}

/* The widths the network has. */
static void inception_widths(check *c, int max)
{
    const feat_net *net = max ? &feat_inception_v3_fid : &feat_inception_v3_keras;
    for (size_t i = 0; i < net->n_ops; i++) {
        const feat_op *op = &net->ops[i];
        int is_average = op->kind == FEAT_OP_AVERAGE_POOL || op->kind == FEAT_OP_AVERAGE_POOL_BIAS;
        if (max ? op->kind == FEAT_OP_MAX_POOL : is_average)
            for (int n_rows = op->stride == 2 ? 3 : 2; n_rows <= 3; n_rows++)
                run_shape(c,
                          &(shape){net->tensors[op->src].w, n_rows, 3, op->stride, (int)i % 2, 0,
                                   CHECK_UNIFORM, !max},
                          max);
    }
}

static void max_row(check *c)
{
    all_widths(c, 1);
    two_by_two(c);
    inception_widths(c, 1);
}

static void avg_row(check *c)
{
    all_widths(c, 0);
    inception_widths(c, 0);
}

static void run_mean(check *c, size_t h, size_t w, check_data kind)
{
    check_begin(c, "mean over %zux%zu, %s data", h, w, check_data_name(kind));
    size_t shift = check_below(c, 2) * check_below(c, 16), n = h * w * FEAT_BLOCK;
    float *x = check_floats(c, n, shift), *got = check_floats(c, FEAT_BLOCK, shift),
          *want = check_floats(c, FEAT_BLOCK, 0);
    check_fill(c, x, n, kind);
    check_freeze(c, x);
    c->table->mean(got, x, h, w);
    oracle_mean(want, x, h, w);
    check_same(c, got, want, FEAT_BLOCK);
}

static void mean(check *c)
{
    static const size_t network[] = {8, 17, 35, 73};
    for (size_t h = 1; h <= 6; h++)
        for (size_t w = 1; w <= 9; w++)
            for (int kind = 0; kind < CHECK_N_DATA; kind++)
                run_mean(c, h, w, (check_data)kind);
    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++)
        run_mean(c, network[i], network[i], CHECK_UNIFORM);
}

int main(int argc, char **argv)
{
    static const check_kernel kernels[] = {
        {"pool.max", max_row, NULL},
        {"pool.average", avg_row, NULL},
        {"mean", mean, NULL},
    };
    return check_main(argc, argv, kernels, sizeof kernels / sizeof kernels[0]);
}
