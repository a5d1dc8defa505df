/* From an image to tokens: its patches, flattened in the order channel, row, column, through a dense layer; before them
 * the tokens that are weights. Positions are added, brought to the network's size once, when the weights are loaded. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/ops/fold.h"
#include "engine/ops/panels.h"
#include "engine/ops/read_tensor.h"
#include "engine/tokens/token_rows.h"
#include "engine/tokens/tokens.h"

enum { CHUNK = 128 }; /* patches of a task */

/* Sizes of an embedding. */
typedef struct embedding {
    size_t side, patches, before; /* patches a side, of an image; tokens before them */
    size_t inputs, planes;        /* values of a patch; in blocks of 16 */
    size_t tokens, blocks;        /* of the output */
} embedding;

static embedding embedding_of(const feat_net *net, const feat_op *op)
{
    const feat_shape *in = &net->tensors[op->src], *out = &net->tensors[op->dst];
    embedding e = {.side = in->w / op->kw, .inputs = (size_t)in->c * op->kh * op->kw, .tokens = out->w};
    e.patches = e.side * e.side;
    e.before = e.tokens - e.patches;
    e.planes = feat_blocks_of(e.inputs);
    e.blocks = out->c / FEAT_BLOCK;
    return e;
}

/* --- an image ----------------------------------------------------------------------------------- */

typedef struct embed_ctx {
    const feat_tail *tail;
    const feat_step *step;
    embedding e;
    size_t n_chunks; /* of an image */
} embed_ctx;

/* Patches [first, first + n) of an image, to [planes][n][16]; what is missing in the last plane is 0. */
static void cut_patches(float *to, const feat_shape *in, const feat_op *op, const embedding *e, const float *image,
                        size_t first, size_t n)
{
    for (size_t k = e->inputs; k < e->planes * FEAT_BLOCK; k++)
        for (size_t i = 0; i < n; i++)
            to[(k / FEAT_BLOCK * n + i) * FEAT_BLOCK + k % FEAT_BLOCK] = 0.0f;
    for (size_t i = 0; i < n; i++) {
        size_t row = (first + i) / e->side * op->kh, column = (first + i) % e->side * op->kw, k = 0;
        for (size_t c = 0; c < in->c; c++)
            for (size_t y = 0; y < op->kh; y++) {
                const float *from = image + (c * in->h + row + y) * in->w + column;
                for (size_t x = 0; x < op->kw; x++, k++)
                    to[(k / FEAT_BLOCK * n + i) * FEAT_BLOCK + k % FEAT_BLOCK] = from[x];
            }
    }
}

/* Token [block][token][16] of an image's first ones: weights with their positions. */
static void put_first_tokens(const embed_ctx *ctx, float *out, size_t plane)
{
    const float *table = ctx->tail->model->packed + ctx->step->scale_offset;
    for (size_t b = 0; b < ctx->e.blocks; b++)
        memcpy(out + b * plane, table + b * ctx->e.tokens * FEAT_BLOCK, ctx->e.before * FEAT_BLOCK * sizeof *out);
}

static void embed_task(void *arg, size_t tile, size_t worker)
{
    static const float zero_bias[FEAT_PAIR * FEAT_BLOCK];
    const embed_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    const feat_model *m = t->model;
    const feat_op *op = ctx->step->op;
    const embedding *e = &ctx->e;
    const feat_shape *in = feat_shape_of(m, op->src);
    size_t image = tile / ctx->n_chunks, chunk = tile % ctx->n_chunks, plane = feat_tail_plane(t, op->dst);
    size_t first = e->patches * chunk / ctx->n_chunks, n = e->patches * (chunk + 1) / ctx->n_chunks - first;
    float *out = feat_tail_vectors(t, op->dst) + image * e->tokens * FEAT_BLOCK, *x = t->work[worker];
    const float *table = m->packed + ctx->step->scale_offset;
    cut_patches(x, in, op, e, t->images + image * in->c * in->h * in->w, first, n);
    for (size_t b = 0; b < e->blocks; b += FEAT_PAIR) {
        size_t blocks = feat_min_size(FEAT_PAIR, e->blocks - b);
        float *to = out + b * plane + (e->before + first) * FEAT_BLOCK, *y[FEAT_PAIR] = {to, to + plane};
        for (size_t p = 0; p < e->planes; p += FEAT_TOKEN_PIECE) {
            feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1, .kh = 1, .kw = 1};
            args.n_cb = feat_min_size(FEAT_TOKEN_PIECE, e->planes - p);
            args.x = x + p * n * FEAT_BLOCK;
            args.x_plane_stride = n * FEAT_BLOCK;
            args.w = m->packed + ctx->step->w_offset + (b * e->planes + p) * FEAT_PANEL;
            args.w_block_stride = e->planes * FEAT_PANEL;
            args.bias = p == 0 ? m->packed + ctx->step->bias_offset + b * FEAT_BLOCK : zero_bias;
            args.onto = p == 0 ? 0 : FEAT_CONV_ADDED;
            m->kernels->conv_row(&args, y, n, blocks);
        }
        for (size_t i = 0; i < blocks; i++)
            m->kernels->tokens.sum(y[i], table + ((b + i) * e->tokens + e->before + first) * FEAT_BLOCK, NULL, n);
    }
    if (chunk == 0)
        put_first_tokens(ctx, out, plane);
}

static void run(const feat_tail *tail, const feat_step *step)
{
    embed_ctx ctx = {tail, step, embedding_of(tail->model->net, step->op), 0};
    ctx.n_chunks = (ctx.e.patches + CHUNK - 1) / CHUNK;
    feat_parallel_for(tail->pool, tail->n * ctx.n_chunks, embed_task, &ctx);
}

/* --- positions ---------------------------------------------------------------------------------- */

/* Keys' cubic kernel. */
static double cubic(double x, double a)
{
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

/* Weights [to][from] of one axis. As PyTorch's bicubic interpolation by a scale factor with 0.1 added to the size, as
 * facebookresearch/dinov2 calls it for networks without registers (a = -3/4, borders repeated), and with antialias, as
 * it calls it for those with registers (a = -1/2, cut at the border and divided by the sum). */
static void axis_weights(double *w, size_t to, size_t from, feat_position_resize resize)
{
    memset(w, 0, to * from * sizeof *w);
    for (size_t i = 0; i < to; i++, w += from) {
        if (resize == FEAT_POSITIONS_CUBIC) {
            double source = (double)from / ((double)to + 0.1) * ((double)i + 0.5) - 0.5, base = floor(source);
            for (int k = -1; k <= 2; k++) {
                double at = fmin(fmax(base + k, 0.0), (double)(from - 1));
                w[(size_t)at] += cubic(source - base - k, -0.75);
            }
            continue;
        }
        double scale = (double)from / (double)to, widen = scale > 1.0 ? scale : 1.0, centre = scale * ((double)i + 0.5);
        double first = floor(fmax(centre - 2.0 * widen + 0.5, 0.0)), total = 0.0;
        double end = floor(fmin(centre + 2.0 * widen + 0.5, (double)from));
        for (size_t k = (size_t)first; k < (size_t)end; k++)
            total += w[k] = cubic(((double)k - centre + 0.5) / widen, -0.5);
        for (size_t k = (size_t)first; k < (size_t)end; k++)
            w[k] /= total;
    }
}

/* Value `channel` of position (y, x) of the network's size; stored [from * from][d]; w [to][from], the same for both
 * axes: horizontally first, each sum in double over ascending positions. */
static float position_at(const float *stored, size_t d, size_t channel, const double *w, size_t from, size_t y,
                         size_t x)
{
    double sum = 0.0;
    for (size_t i = 0; i < from; i++) {
        double row = 0.0;
        if (w[y * from + i] == 0.0)
            continue;
        for (size_t j = 0; j < from; j++)
            if (w[x * from + j] != 0.0)
                row = fma(w[x * from + j], (double)stored[(i * from + j) * d + channel], row);
        sum = fma(w[y * from + i], row, sum);
    }
    return (float)sum;
}

/* --- before an image ---------------------------------------------------------------------------- */

static const char *check(const feat_net *net, const feat_op *op)
{
    const feat_shape *in = &net->tensors[op->src];
    if (op->src != 0 || op->kh == 0 || op->kh != op->kw || in->h != in->w || in->h % op->kh != 0 || op->ic != in->c)
        return "a square image expected, of whole patches";
    if (!feat_is_tokens(net, op->dst) || op->oc != net->tensors[op->dst].c ||
        net->tensors[op->dst].w <= (size_t)(in->h / op->kh) * (in->w / op->kw))
        return "a token for each patch expected, and one or more before them";
    return NULL;
}

static void measure(feat_model *m, feat_step *step)
{
    embedding e = embedding_of(m->net, step->op);
    size_t d = e.blocks * FEAT_BLOCK, side = m->net->position_side > 0 ? m->net->position_side : e.side;
    step->w_offset = m->packed_floats;
    step->bias_offset = step->w_offset + e.blocks * e.planes * FEAT_PANEL;
    step->scale_offset = step->bias_offset + d;
    m->packed_floats = step->scale_offset + d * e.tokens;
    step->scratch_floats = e.planes * FEAT_BLOCK * CHUNK;
    m->raw_floats = feat_max_size(m->raw_floats, feat_max_size(d * e.inputs, d * (e.before + 1 + side * side)));
    if (side != e.side)
        m->extra_floats = feat_max_size(m->extra_floats, 2 * e.side * side); /* load_table's, which are doubles */
}

static feat_status read_named(const feat_loading *l, const char *part, size_t rank, const size_t *shape, float *dst,
                              feat_error *err)
{
    char name[FEAT_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s%s", l->op->name, part);
    return feat_read_tensor(l->weights, name, rank, shape, dst, err);
}

/* The table of what is added: the class token with its position, the other tokens, positions of the patches. tokens:
 * [before][d], positions [1 + side * side][d]. */
static void fill_table(const feat_loading *l, const embedding *e, const float *tokens, const float *positions,
                       size_t side, const double *w)
{
    size_t d = e->blocks * FEAT_BLOCK;
    float *table = l->model->packed + l->step->scale_offset;
    for (size_t t = 0; t < e->tokens; t++)
        for (size_t c = 0; c < d; c++) {
            float *to = &table[(c / FEAT_BLOCK * e->tokens + t) * FEAT_BLOCK + c % FEAT_BLOCK];
            size_t patch = t - e->before;
            if (t < e->before)
                *to = t == 0 ? tokens[c] + positions[c] : tokens[t * d + c];
            else if (w == NULL)
                *to = positions[(1 + patch) * d + c];
            else
                *to = position_at(positions + d, d, c, w, side, patch / e->side, patch % e->side);
        }
}

static feat_status load_table(const feat_loading *l, const embedding *e, feat_error *err)
{
    const feat_net *net = l->model->net;
    size_t d = e->blocks * FEAT_BLOCK, side = net->position_side > 0 ? net->position_side : e->side;
    const size_t registers[2] = {e->before - 1, d}, stored[2] = {1 + side * side, d};
    float *positions = l->raw + e->before * d;
    double *w = NULL;
    feat_status status = read_named(l, net->naming->class_token, 1, &d, l->raw, err);
    if (status == FEAT_OK && e->before > 1)
        status = read_named(l, net->naming->registers, 2, registers, l->raw + d, err);
    if (status == FEAT_OK)
        status = read_named(l, net->naming->positions, 2, stored, positions, err);
    if (status == FEAT_OK && side != e->side) {
        w = feat_alloc_array(e->side * side, sizeof *w);
        if (w == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for positions", feat_weights_path(l->weights));
        axis_weights(w, e->side, side, net->position_resize);
    }
    if (status == FEAT_OK)
        fill_table(l, e, l->raw, positions, side, w);
    feat_free(w);
    return status;
}

static feat_status load(const feat_loading *l, feat_error *err)
{
    const feat_op *op = l->op;
    const feat_naming *naming = l->model->net->naming;
    const embedding e = embedding_of(l->model->net, op);
    const size_t shape[4] = {op->oc, op->ic, op->kh, op->kw};
    float *bias = l->model->packed + l->step->bias_offset;
    feat_status status = read_named(l, naming->patch_weight, 4, shape, l->raw, err);
    if (status != FEAT_OK)
        return status;
    feat_pack_conv(l->model->packed + l->step->w_offset, l->raw, NULL, op->oc, e.inputs, 1, 1, FEAT_BLOCK);
    memset(bias, 0, op->oc * sizeof *bias);
    if (naming->patch_bias != NULL)
        status = read_named(l, naming->patch_bias, 1, shape, bias, err);
    return status == FEAT_OK ? load_table(l, &e, err) : status;
}

const feat_op_kind feat_kind_embed = {"patches and tokens", check, feat_tokens_prepare, NULL, measure, load, NULL, run};
