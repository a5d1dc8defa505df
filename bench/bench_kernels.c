/* Kernel x instruction set x shape: the rate of each kernel on the shapes Inception-v3 gives it.
 *
 *   bench_kernels [ISA]     one table only, otherwise every table this CPU can run
 *
 * Times are CPU time of one thread, the best of several runs of about 10 ms, with operands in the caches as
 * the network leaves them. Percent: of the FMA loop measured just before in this process. Ratio: to the table
 * "fma", plain C with hardware FMA. Transforms and pools have no FMA peak to be held against: millions of
 * tiles or pixels of 16 channels per second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/base/alloc.h"
#include "engine/nets/net.h"

enum { RUNS = 7, FLOATS = 4 << 20 };

static const double RUN_SECONDS = 0.01;

typedef struct buffers {
    float *x, *w, *y;
} buffers;

/* One timed call; `work` is what a call does in the unit of its row. */
typedef struct subject {
    const feat_kernels *k;
    const buffers *b;
    const feat_op *op;
    feat_wino_form form;
    int kind;
} subject;

enum { CONV, CONV_WINO, WINO_DATA, WINO_OUTPUT, MAX_POOL, AVG_POOL };

static void run_conv(const subject *s, int wino)
{
    const feat_op *op = s->op;
    const feat_shape *out = &feat_inception_v3_fid.tensors[op->dst];
    int pointwise = wino || (op->kh == 1 && op->kw == 1);
    feat_conv_args a = {.form = op->src == 0      ? FEAT_CONV_RGB_S2
                               : op->stride == 2 ? FEAT_CONV_BLOCK_S2
                                                 : FEAT_CONV_BLOCK_S1,
                        .kh = pointwise ? 1 : op->kh,
                        .kw = pointwise ? 1 : op->kw,
                        .n_cb = op->src == 0 ? 1 : (size_t)op->ic / FEAT_BLOCK,
                        .x = s->b->x,
                        .w = s->b->w,
                        .bias = s->b->x,
                        .relu = 1};
    size_t n_px = pointwise ? 28 : out->w;
    a.x_row_stride = (n_px * op->stride + 8) * FEAT_BLOCK;
    a.x_plane_stride = pointwise ? (n_px + 1) * FEAT_BLOCK : a.x_row_stride * op->kh;
    a.w_block_stride = a.n_cb * (size_t)(a.kh * a.kw) * (op->src == 0 ? 3 : FEAT_BLOCK) * FEAT_BLOCK;
    float *y[2] = {s->b->y, s->b->y + n_px * FEAT_BLOCK};
    s->k->conv_row(&a, y, n_px, 2);
}

static void run(const subject *s)
{
    enum { W = 35 };
    feat_pool_args pool = {
        .n_cols = 3,
        .x = s->b->x, .x_row_stride = 2 * W * FEAT_BLOCK, .n_rows = 3, .w = W, .ow = W, .stride = 1};
    size_t stride = 29 * FEAT_BLOCK;
    switch (s->kind) {
    case CONV:
        run_conv(s, 0);
        break;
    case CONV_WINO:
        run_conv(s, 1);
        break;
    case WINO_DATA:
        s->k->wino_data(s->form, s->b->y, stride, s->b->x, W * FEAT_BLOCK, FEAT_BLOCK, NULL);
        break;
    case WINO_OUTPUT:
        s->k->wino_output(s->form, s->b->y, W * FEAT_BLOCK, FEAT_BLOCK, feat_winos[s->form].m,
                          feat_winos[s->form].m, s->b->x, stride, s->b->w);
        break;
    case MAX_POOL:
        s->k->max_row(&pool, s->b->y);
        break;
    default:
        s->k->avg_row(&pool, s->b->y);
        break;
    }
}

/* Seconds per call, the best of RUNS. */
static double seconds_per_call(const subject *s)
{
    double best = 1e30;
    long calls = 1;
    for (int r = 0; r < RUNS; r++) {
        double t = bench_cpu_now();
        for (long i = 0; i < calls; i++)
            run(s);
        t = bench_cpu_now() - t;
        if (t < RUN_SECONDS && r == 0) {
            calls = t > 0.0 ? (long)((double)calls * RUN_SECONDS / t) + 1 : calls * 100;
            r = -1;
            continue;
        }
        best = t / (double)calls < best ? t / (double)calls : best;
    }
    return best;
}

/* Floating-point operations of a convolution call. */
static double conv_flop(const subject *s)
{
    const feat_op *op = s->op;
    int pointwise = s->kind == CONV_WINO || (op->kh == 1 && op->kw == 1);
    double taps = pointwise ? 1.0 : (double)op->kh * op->kw;
    double n_px = pointwise ? 28.0 : (double)feat_inception_v3_fid.tensors[op->dst].w;
    return 2.0 * n_px * 2.0 * FEAT_BLOCK * op->ic * taps;
}

/* Every table's row for one subject; `reference` is the table "fma" or NULL. */
static void print_subject(const char *kernel, const char *shape, subject s, const feat_kernels *reference,
                          double peak, double work, int flop)
{
    double t = seconds_per_call(&s), ratio = 0.0;
    if (reference != NULL) {
        subject plain = s;
        plain.k = reference;
        ratio = seconds_per_call(&plain) / t;
    }
    printf("%-8s %-10s %-34s", s.k->name, kernel, shape);
    if (flop)
        printf(" %8.1f GFLOP/s %5.0f%%", work / t * 1e-9, peak > 0.0 ? 100.0 * work / t * 1e-9 / peak : 0.0);
    else
        printf(" %8.1f M/s          ", work / t * 1e-6);
    printf(" %7.1fx\n", ratio);
}

static void bench_table(const feat_kernels *k, const buffers *b, const feat_kernels *reference)
{
    static const char *const form_names[FEAT_N_WINO_FORMS] = {
        "", "F(2x2,3x3)", "F(4x4,3x3)", "F(4x4,5x5)", "F(2,3)", "F(4,3)", "F(4,7)", "F(6x6,3x3)", "F(6,7)",
        "F(4x4,3x3) close"};
    double peak = bench_peak(k);
    char shape[64];
    printf("\n%s: FMA peak %.1f GFLOP/s per core\n", k->name, peak);
    for (size_t i = 0; i < feat_inception_v3_fid.n_ops; i++) {
        const feat_op *op = &feat_inception_v3_fid.ops[i];
        if (op->kh == 0 || op->ic == 0)
            continue;
        subject s = {k, b, op, op->form, op->form == FEAT_WINO_NONE ? CONV : CONV_WINO};
        snprintf(shape, sizeof shape, "%s %ux%u s%u, %u in%s", op->name + (strlen(op->name) > 22 ? 6 : 0),
                 op->kh, op->kw, op->stride, op->ic, s.kind == CONV_WINO ? ", product" : "");
        print_subject("conv_row", shape, s, reference, peak, conv_flop(&s), 1);
    }
    for (int f = 1; f < FEAT_N_WINO_FORMS; f++) {
        subject data = {k, b, NULL, (feat_wino_form)f, WINO_DATA},
                output = {k, b, NULL, (feat_wino_form)f, WINO_OUTPUT};
        print_subject("wino_data", form_names[f], data, reference, 0.0, 1.0, 0);
        print_subject("wino_out", form_names[f], output, reference, 0.0, 1.0, 0);
    }
    subject max = {k, b, NULL, FEAT_WINO_NONE, MAX_POOL}, avg = {k, b, NULL, FEAT_WINO_NONE, AVG_POOL};
    print_subject("max_row", "3x3 s1, 35 wide", max, reference, 0.0, 35.0, 0);
    print_subject("avg_row", "3x3 s1, 35 wide", avg, reference, 0.0, 35.0, 0);
}

int main(int argc, char **argv)
{
    buffers b = {feat_calloc(FLOATS, sizeof(float)), feat_calloc(FLOATS, sizeof(float)),
                 feat_calloc(FLOATS, sizeof(float))};
    if (b.x == NULL || b.w == NULL || b.y == NULL)
        return 1;
    const feat_kernels *reference = NULL, *k;
    for (size_t i = 0; (k = feat_kernels_at(i)) != NULL; i++)
        if (strcmp(k->name, "fma") == 0 && feat_kernels_usable(k))
            reference = k;
    for (size_t i = 0; (k = feat_kernels_at(i)) != NULL; i++) {
        int chosen = argc > 1 ? strcmp(argv[1], k->name) == 0 : strcmp(k->name, "scalar") != 0;
        if (chosen && feat_kernels_usable(k))
            bench_table(k, &b, reference);
        else
            printf("\n%s: %s\n", k->name, chosen ? "this CPU cannot run it" : "not asked for");
    }
    feat_free(b.x);
    feat_free(b.w);
    feat_free(b.y);
    return 0;
}
