/* What the algorithms chosen for a step must compute and read. */
#include "bench/step_work.h"

#include "engine/base/checked.h"
#include "engine/conv/conv_wino.h"
#include "engine/conv/conv_way.h"
#include "engine/ops/fold.h"

static int is_dense(const feat_op *op)
{
    return op->kind == FEAT_OP_DENSE || op->kind == FEAT_OP_LINEAR || op->kind == FEAT_OP_QKV ||
           op->kind == FEAT_OP_PROJECT || op->kind == FEAT_OP_EMBED;
}

const char *bench_step_algorithm(const feat_step *step)
{
    static const char *const forms[] = {
        [FEAT_WINO_NONE] = "direct",         [FEAT_WINO_F2_3X3] = "F(2x2,3x3)", [FEAT_WINO_F4_3X3] = "F(4x4,3x3)",
        [FEAT_WINO_F4_5X5] = "F(4x4,5x5)", [FEAT_WINO_F2_3] = "F(2,3)",       [FEAT_WINO_F4_3] = "F(4,3)",
        [FEAT_WINO_F4_7] = "F(4,7)",       [FEAT_WINO_F6_3X3] = "F(6x6,3x3)", [FEAT_WINO_F6_7] = "F(6,7)",
        [FEAT_WINO_F4_3X3_CLOSE] = "F(4x4,3x3) close"};
    _Static_assert(sizeof forms / sizeof forms[0] == FEAT_N_WINO_FORMS, "the name of each form");
    if (step->way == NULL)
        return is_dense(step->op) ? "dense" : step->op->kind == FEAT_OP_ATTENTION ? "attention" : "-";
    return step->n_inputs > 0 ? "split" : forms[step->op->form];
}

/* Of the pixels and inputs that a split step computes with, the share that its results need. */
static double useful_share(const feat_model *m, const feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *out = feat_shape_of(m, op->dst);
    const feat_place *in = op->stride == 2 ? &step->phases : &m->layout[op->src];
    size_t pixels = 0;
    for (size_t first = 0; first < out->h; first += step->chunk) {
        size_t run = (feat_min_size(step->chunk, out->h - first) - 1) * in->pitch + out->w;
        pixels += (run + FEAT_SPLIT_TILE - 1) / FEAT_SPLIT_TILE * FEAT_SPLIT_TILE;
    }
    double inputs = (double)(feat_split_steps(feat_round_up(op->ic), op->kh, op->kw, op->stride) * FEAT_SPLIT_GROUP);
    return (double)op->ic * op->kh * op->kw * out->h * out->w / (inputs * (double)pixels);
}

/* Every packed weight is multiplied once for each output pixel, or for each tile of outputs. */
static void add_filtered(bench_work *work, const feat_op *op, const feat_shape *out, double weights)
{
    size_t m = (size_t)feat_winos[op->form].m;
    size_t step_h = op->kh > 1 ? m : 1, step_w = op->kw > 1 ? m : 1;
    double tiles = (double)((out->h + step_h - 1) / step_h * ((out->w + step_w - 1) / step_w));
    work->products += weights * tiles;
    work->wasted += weights * (tiles - (double)out->h * out->w / (double)(step_h * step_w));
}

/* Weights are read where they are mapped, as they are stored. */
static bench_work dense_work(const feat_model *m, const feat_step *step)
{
    const feat_shape *in = feat_shape_of(m, step->op->src);
    double weights = (double)step->op->oc * in->c * in->h * in->w;
    double size = m->panels[step->panels].dtype == FEAT_FLOAT32 ? sizeof(float) : sizeof(uint16_t);
    return (bench_work){.products = weights, .direct = weights, .weight_bytes = weights * size};
}

/* What the products of tokens need: queries that nothing reads are not computed, and patches are padded to whole blocks
 * of inputs. */
static bench_work tokens_work(const feat_model *m, const feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *in = feat_shape_of(m, op->src), *out = feat_shape_of(m, op->dst);
    double tokens = out->w, weights = (double)op->oc * op->ic, size = sizeof(float), products = weights * tokens;
    if (op->kind == FEAT_OP_ATTENTION)
        return (bench_work){.products = 2.0 * in->w * tokens * op->oc, .direct = 2.0 * in->w * tokens * op->oc};
    if (op->kind == FEAT_OP_QKV)
        products -= weights / 3.0 * (tokens - op->queries);
    if (op->kind == FEAT_OP_EMBED) {
        size_t inputs = (size_t)op->ic * op->kh * op->kw, patches = (size_t)(in->h / op->kh) * (in->w / op->kw);
        weights = (double)(op->oc * feat_round_up(inputs));
        products = weights * (double)patches;
        return (bench_work){.products = products,
                            .direct = (double)(op->oc * inputs * patches),
                            .wasted = products - (double)(op->oc * inputs * patches),
                            .weight_bytes = weights * size};
    }
    if (op->kind != FEAT_OP_PROJECT && m->panels[step->panels].dtype == FEAT_FLOAT16)
        size = sizeof(uint16_t);
    return (bench_work){.products = products, .direct = products, .weight_bytes = weights * size};
}

bench_work bench_step_work(const feat_model *m, const feat_step *step)
{
    bench_work work = {0};
    if (step->op->kind == FEAT_OP_DENSE)
        return dense_work(m, step);
    if (is_dense(step->op) || step->op->kind == FEAT_OP_ATTENTION)
        return tokens_work(m, step);
    for (size_t i = 0; step->way != NULL && i < step->n_ops; i++) {
        const feat_op *op = &step->op[i];
        const feat_shape *out = feat_shape_of(m, op->dst);
        double direct = (double)op->oc * op->ic * op->kh * op->kw * out->h * out->w;
        double weights = (double)(step->way->block_floats(op) * feat_blocks_of(op->oc));
        work.direct += direct;
        work.weight_bytes += weights * (double)sizeof(float);
        if (step->way == &feat_conv_wino) {
            add_filtered(&work, op, out, weights);
        } else if (step->n_inputs > 0) {
            double products = direct / useful_share(m, step);
            work.products += products;
            work.wasted += products - direct;
        } else {
            work.products += direct;
        }
    }
    return work;
}
