/* Convolution kernels against the naive loops. */
#include <string.h>

#include "engine/nets/net.h"
#include "tests/engine/kernels/check.h"
#include "tests/engine/kernels/oracle.h"

enum { MAX_BLOCKS = 4 };

typedef struct shape {
    feat_conv_form form;
    size_t kh, kw, n_cb, n_px, n_blocks;
    size_t extra_row, extra_plane, extra_w, extra_y; /* floats by which strides exceed what is needed */
    int relu, onto;
    check_data data;
} shape;

static const char *form_name(feat_conv_form form)
{
    return form == FEAT_CONV_RGB_S2 ? "rgb stride 2" : form == FEAT_CONV_BLOCK_S2 ? "stride 2" : "stride 1";
}

/* Fills only what may be read; gaps between rows, planes and blocks stay painted with NaN. */
static void fill_x(check *c, float *x, const shape *s, const feat_conv_args *a, size_t row)
{
    for (size_t cb = 0; cb < s->n_cb; cb++)
        for (size_t ky = 0; ky < s->kh; ky++)
            check_fill(c, x + cb * a->x_plane_stride + ky * a->x_row_stride, row, s->data);
}

static void run_shape(check *c, const shape *s)
{
    check_begin(c, "%s %zux%zu, planes %zu, pixels %zu, blocks %zu, gaps %zu %zu %zu %zu, relu %d, onto %d, %s data",
                form_name(s->form), s->kh, s->kw, s->n_cb, s->n_px, s->n_blocks, s->extra_row, s->extra_plane,
                s->extra_w, s->extra_y, s->relu, s->onto, check_data_name(s->data));
    size_t channels = oracle_conv_channels(s->form),
           row = (s->n_px - 1) * oracle_conv_step(s->form) + s->kw * channels;
    size_t block = s->n_cb * s->kh * s->kw * channels * FEAT_BLOCK,
           shift = check_below(c, 2) * check_below(c, 16);
    feat_conv_args a = {.form = s->form,
                        .kh = (int)s->kh,
                        .kw = (int)s->kw,
                        .n_cb = s->n_cb,
                        .onto = s->onto,
                        .relu = s->relu};
    a.x_row_stride = row + s->extra_row;
    a.x_plane_stride = s->kh * a.x_row_stride + s->extra_plane;
    a.w_block_stride = block + s->extra_w;
    size_t nx = (s->n_cb - 1) * a.x_plane_stride + (s->kh - 1) * a.x_row_stride + row;
    size_t nw = (s->n_blocks - 1) * a.w_block_stride + block;
    size_t y_block = s->n_px * FEAT_BLOCK + s->extra_y, ny = s->n_blocks * y_block - s->extra_y;
    float *x = check_floats(c, nx, shift), *w = check_floats(c, nw, shift);
    float *bias = check_floats(c, s->n_blocks * FEAT_BLOCK, shift);
    float *got = check_floats(c, ny, shift), *want = check_floats(c, ny, 0);
    fill_x(c, x, s, &a, row);
    for (size_t b = 0; b < s->n_blocks; b++)
        check_fill(c, w + b * a.w_block_stride, block, s->data);
    if (s->onto) /* bias stays painted with NaN */
        for (size_t b = 0; b < s->n_blocks; b++) {
            check_fill(c, got + b * y_block, s->n_px * FEAT_BLOCK, s->data);
            memcpy(want + b * y_block, got + b * y_block, s->n_px * FEAT_BLOCK * sizeof *got);
        }
    else
        check_fill(c, bias, s->n_blocks * FEAT_BLOCK, s->data);
    check_freeze(c, x);
    check_freeze(c, w);
    check_freeze(c, bias);
    a.x = x;
    a.w = w;
    a.bias = bias;
    a.next = s->n_px % 2 == 0 ? got + ny : NULL; /* an unreadable page: it is asked for and not read */
    float *y_got[MAX_BLOCKS], *y_want[MAX_BLOCKS];
    size_t turn = check_below(c, s->n_blocks); /* blocks need not lie in order */
    for (size_t b = 0; b < s->n_blocks; b++) {
        y_got[b] = got + (b + turn) % s->n_blocks * y_block;
        y_want[b] = want + (b + turn) % s->n_blocks * y_block;
    }
    c->table->conv_row(&a, y_got, s->n_px, s->n_blocks);
    oracle_conv_row(&a, y_want, s->n_px, s->n_blocks);
    check_same(c, got, want, ny);
}

/* Every number of pixels up to beyond the highest tile, every number of blocks up to two pairs. */
static void tails(check *c)
{
    for (int form = 0; form < FEAT_N_CONV_FORMS; form++)
        for (size_t n_px = 1; n_px <= 30; n_px++)
            for (size_t n_blocks = 1; n_blocks <= MAX_BLOCKS; n_blocks++)
                run_shape(c, &(shape){.form = (feat_conv_form)form,
                                      .kh = 1 + n_px % 2,
                                      .kw = 1 + (n_px + n_blocks) % 3,
                                      .n_cb = form == FEAT_CONV_RGB_S2 ? 1 : 2,
                                      .n_px = n_px,
                                      .n_blocks = n_blocks,
                                      .extra_row = 16,
                                      .extra_plane = 16,
                                      .extra_y = 16,
                                      .relu = (int)(n_px + n_blocks) % 2,
                                      .data = CHECK_UNIFORM});
}

/* Each convolution of the network: kernel, planes and the pixels of a row (1x1: a tile's worth) as they are;
 * two blocks and an odd one. */
static void inception(check *c)
{
    for (size_t i = 0; i < feat_inception_v3_fid.n_ops; i++) {
        const feat_op *op = &feat_inception_v3_fid.ops[i];
        if (op->kind != FEAT_OP_CONV && op->kind != FEAT_OP_CONV_LINEAR)
            continue;
        shape s = {.kh = op->kh,
                   .kw = op->kw,
                   .n_px = feat_inception_v3_fid.tensors[op->dst].w,
                   .n_blocks = 1 + i % 2,
                   .data = CHECK_UNIFORM,
                   .relu = op->kind == FEAT_OP_CONV};
        s.form = op->src == 0 ? FEAT_CONV_RGB_S2 : op->stride == 2 ? FEAT_CONV_BLOCK_S2 : FEAT_CONV_BLOCK_S1;
        s.n_cb = op->src == 0 ? 1 : op->ic / (size_t)FEAT_BLOCK;
        if (s.n_px > 42)
            s.n_px = 42 + i % 3;
        run_shape(c, &s);
    }
}

static shape random_shape(check *c)
{
    shape s = {.form = (feat_conv_form)check_below(c, FEAT_N_CONV_FORMS),
               .kh = check_between(c, 1, 5),
               .kw = check_between(c, 1, 7),
               .n_cb = check_between(c, 1, 4),
               .n_px = check_between(c, 1, 33),
               .n_blocks = check_between(c, 1, MAX_BLOCKS),
               .relu = (int)check_below(c, 2),
               .data = (check_data)check_below(c, CHECK_N_DATA)};
    s.extra_row = check_below(c, 2) * check_below(c, 40);
    s.extra_plane = check_below(c, 2) * check_below(c, 100);
    s.extra_w = check_below(c, 2) * check_below(c, 20);
    s.extra_y = check_below(c, 2) * check_below(c, 50);
    return s;
}

/* Chains that go on from what is there, as where the planes of a step are taken in pieces. */
static void onto(check *c)
{
    for (int i = 0; i < 100; i++) {
        check_begin(c, "choosing shape %d", i);
        shape s = random_shape(c);
        s.onto = 1;
        run_shape(c, &s);
    }
}

/* Pieces of a long chain, each from +0, added to what is there: every number of pixels, and random shapes. */
static void added(check *c)
{
    for (size_t n_px = 1; n_px <= 30; n_px++)
        run_shape(c, &(shape){.form = FEAT_CONV_BLOCK_S1,
                              .kh = 1,
                              .kw = 1,
                              .n_cb = 16,
                              .n_px = n_px,
                              .n_blocks = 1 + n_px % 3,
                              .extra_plane = n_px % 4 * 16,
                              .extra_y = 16,
                              .onto = FEAT_CONV_ADDED,
                              .data = CHECK_UNIFORM});
    for (int i = 0; i < 100; i++) {
        check_begin(c, "choosing shape %d", i);
        shape s = random_shape(c);
        s.onto = FEAT_CONV_ADDED;
        run_shape(c, &s);
    }
}

static void random_shapes(check *c)
{
    for (int i = 0; i < 200; i++) {
        check_begin(c, "choosing shape %d", i);
        shape s = random_shape(c);
        run_shape(c, &s);
    }
}

/* Every kind of data with and without ReLU, on shapes that use a full tile and a tail. */
static void data_kinds(check *c)
{
    static const size_t pixels[] = {1, 5, 14, 29};
    for (int kind = 0; kind < CHECK_N_DATA; kind++)
        for (int form = 0; form < FEAT_N_CONV_FORMS; form++)
            for (int relu = 0; relu < 2; relu++)
                for (size_t i = 0; i < sizeof pixels / sizeof pixels[0]; i++)
                    run_shape(c, &(shape){.form = (feat_conv_form)form,
                                          .kh = 2,
                                          .kw = 2,
                                          .n_cb = 1,
                                          .n_px = pixels[i],
                                          .n_blocks = 3,
                                          .relu = relu,
                                          .data = (check_data)kind});
}

int main(int argc, char **argv)
{
    static const check_kernel kernels[] = {
        {"conv.tails", tails, NULL},
        {"conv.inception", inception, NULL},
        {"conv.random", random_shapes, NULL},
        {"conv.data", data_kinds, NULL},
        {"conv.onto", onto, NULL},
        {"conv.added", added, NULL},
    };
    return check_main(argc, argv, kernels, sizeof kernels / sizeof kernels[0]);
}
