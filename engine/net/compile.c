/* Compiles the architecture table into steps. Every number here is a function of the network alone: a choice
 * that depended on the machine would still give the same bits, but not the same schedule everywhere. */
#include "engine/net/compile.h"

#include <assert.h>
#include <stdbool.h>

#include "engine/base/checked.h"
#include "engine/net/plan.h"
#include "engine/ops/fold.h"

enum {
    CHUNK_FLOATS =
        144 * 1024,  /* input of one chunk: 576 KiB, to stay in an L2 cache of 1 MiB beside the weights */
    PIXEL_STEP = 42, /* a multiple of the tile heights 14 and 6 */
    WINO_FLOATS = 96 * 1024, /* transformed tiles and products of one chunk: 384 KiB */
    WINO_MULTIPLE = 14,      /* tiles per chunk, preferred multiple: the tallest register tile */
    MIN_PARTS = 16           /* chunks x splits, so that a few threads share one image evenly */
};

static size_t blocks_of(size_t channels)
{
    return (channels + FEAT_BLOCK - 1) / FEAT_BLOCK;
}

static bool is_pointwise(const feat_op *op)
{
    return feat_op_is_conv(op) && op->kh == 1 && op->kw == 1 && op->stride == 1;
}

static size_t groups_of(size_t channels)
{
    return (channels + FEAT_SPLIT_GROUP - 1) / FEAT_SPLIT_GROUP;
}

/* Where numerics are split, every tensor that a convolution reads is, but the input, whose three channels
 * would fill a tenth of a tile. The border is the widest that one of its readers wants. */
static void lay_out(feat_model *m)
{
    for (size_t i = 0; i < feat_inception_n_ops && m->numerics == FEAT_NUMERICS_SPLIT; i++) {
        const feat_op *op = &feat_inception_ops[i];
        feat_place *l = &m->layout[op->src];
        if (!feat_op_is_conv(op) || op->src == 0)
            continue;
        l->split = 1;
        l->ph = op->ph > l->ph ? op->ph : l->ph;
        l->pw = op->pw > l->pw ? op->pw : l->pw;
    }
    for (size_t id = 0; id < feat_inception_n_tensors; id++) {
        const feat_shape *s = &feat_inception_shapes[id];
        feat_place *l = &m->layout[id];
        l->pitch = s->w + l->pw;
        l->pixels = (s->h + 2 * l->ph) * l->pitch + l->pw;
        size_t channels = id == 0    ? 3
                          : l->split ? groups_of(s->c) * FEAT_SPLIT_GROUP
                                     : blocks_of(s->c) * FEAT_BLOCK;
        l->floats = channels * l->pixels; /* two pieces of half the size */
    }
}

/* Tiles and chunks of a minimal filtering step. Scratch of a worker: transformed tiles
 * [product][plane][tile][16], the products of two blocks [product][block][tile][16], and one tile with its
 * border. A product's stride has 16 floats more than it needs, so that strides are never a power of two,
 * which would crowd one set of the L1 cache. */
static void cut_wino(feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *out = &feat_inception_shapes[op->dst];
    const feat_wino *f = &feat_winos[step->form];
    size_t m = (size_t)f->m, a = (size_t)f->a, planes = blocks_of(op->ic);
    size_t n_products = f->dims == 2 ? a * a : a;
    step->tiles_h = op->kh > 1 ? (out->h + m - 1) / m : out->h;
    step->tiles_w = op->kw > 1 ? (out->w + m - 1) / m : out->w;
    size_t total = step->tiles_h * step->tiles_w;
    size_t most = WINO_FLOATS / (n_products * (planes + 2) * FEAT_BLOCK) / WINO_MULTIPLE * WINO_MULTIPLE;
    if (most == 0)
        most = WINO_MULTIPLE;
    step->n_chunks = (total + most - 1) / most;
    step->chunk = (total + step->n_chunks - 1) / step->n_chunks;
    step->scratch_floats = n_products * ((planes + 2) * step->chunk + 2) * FEAT_BLOCK + n_products * FEAT_BLOCK;
}

/* Chunk sizes: how many output rows (or pixels, for 1x1) have their input within CHUNK_FLOATS. */
static void cut_conv(feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *in = &feat_inception_shapes[op->src], *out = &feat_inception_shapes[op->dst];
    size_t channels = op->src == 0 ? 3 : blocks_of(in->c) * FEAT_BLOCK;
    size_t total;
    if (is_pointwise(op)) {
        total = (size_t)in->h * in->w;
        step->chunk = CHUNK_FLOATS / channels;
        if (step->chunk < total)
            step->chunk = step->chunk < PIXEL_STEP ? PIXEL_STEP : step->chunk / PIXEL_STEP * PIXEL_STEP;
    } else {
        total = out->h;
        size_t rows = CHUNK_FLOATS / (channels * in->w);
        assert(op->ph == 0 && op->pw == 0);
        step->chunk = rows > (size_t)op->kh - 1 + op->stride ? (rows - (op->kh - 1)) / op->stride : 1;
        step->chunk = feat_min_size(step->chunk, total);
    }
    step->chunk = feat_min_size(step->chunk, total);
    step->n_chunks = (total + step->chunk - 1) / step->chunk;
}

/* Split convolutions: rows whose input is within CHUNK_FLOATS, never so few that their pixels do not fill a
 * tile. Scratch: four tiles of results. Stride 2: room for the copy in phases. */
static void cut_split(const feat_model *m, feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *out = &feat_inception_shapes[op->dst];
    size_t row_floats = groups_of(op->ic) * FEAT_SPLIT_GROUP * m->layout[op->src].pitch;
    size_t rows = CHUNK_FLOATS / row_floats;
    step->chunk = rows > (size_t)op->kh - 1 + op->stride ? (rows - (op->kh - 1u)) / op->stride : 1;
    if (step->chunk > out->h || out->w < FEAT_SPLIT_TILE)
        step->chunk = out->h;
    step->n_chunks = (out->h + step->chunk - 1) / step->chunk;
    step->scratch_floats = 4 * FEAT_SPLIT_C_TILE;
    assert(feat_split_steps(op->ic, op->kh, op->kw, op->stride) <= FEAT_MAX_SPLIT_STEPS);
    if (op->stride == 2) {
        const feat_shape *in = &feat_inception_shapes[op->src];
        assert(op->ph == 0 && op->pw == 0);
        step->phases.split = 1;
        step->phases.pitch = (in->w + 1u) / 2;
        step->phases.pixels = 4 * ((in->h + 1u) / 2) * step->phases.pitch;
        step->phases.floats = groups_of(op->ic) * FEAT_SPLIT_GROUP * step->phases.pixels;
    }
}

/* Scratch of the other steps that read or write split tensors, in floats: a row of results of a pair of
 * blocks before it is cut (the first convolution); three joined rows and a row of results (pools); a joined
 * plane (taps). */
static size_t joined_floats(const feat_model *m, const feat_op *op)
{
    const feat_shape *in = &feat_inception_shapes[op->src], *out = &feat_inception_shapes[op->dst];
    if (m->numerics != FEAT_NUMERICS_SPLIT)
        return 0;
    if (feat_op_is_conv(op))
        return (size_t)2 * FEAT_BLOCK * out->w;
    return (size_t)FEAT_BLOCK * (op->kind == FEAT_OP_TAP ? (size_t)in->h * in->w : 3u * in->w + out->w);
}

static void cut_blocks(feat_step *step)
{
    size_t pairs = (step->n_blocks + 1) / 2;
    size_t wanted = (MIN_PARTS + step->n_chunks - 1) / step->n_chunks;
    step->n_splits = feat_min_size(wanted, pairs);
}

static void add_conv_blocks(feat_model *m, feat_step *step, const feat_op *op)
{
    size_t blocks = blocks_of(op->oc);
    assert(m->n_dst + blocks <= FEAT_MAX_BLOCKS);
    for (size_t b = 0; b < blocks; b++) {
        m->dst[m->n_dst].tensor = op->dst;
        m->dst[m->n_dst].block = (uint16_t)(op->dst_c / FEAT_BLOCK + b);
        m->n_dst++;
    }
    step->n_blocks += blocks;
    if (op->kind == FEAT_OP_CONV)
        step->n_relu = step->n_blocks;
    step->n_ops++;
}

/* Makes one step from the ops at `i`; returns how many ops it took. */
static size_t add_step(feat_model *m, size_t i)
{
    const feat_op *op = &feat_inception_ops[i];
    assert(m->n_steps < FEAT_MAX_STEPS);
    feat_step *step = &m->steps[m->n_steps++];
    step->op = op;
    step->n_ops = 0;
    if (!feat_op_is_conv(op)) {
        step->n_ops = 1;
        if (op->kind == FEAT_OP_POOL_S1) {
            step->bias_offset = m->packed_floats;
            m->packed_floats += feat_inception_shapes[op->src].c;
        }
        return 1;
    }
    step->first_block = m->n_dst;
    add_conv_blocks(m, step, op);
    while (is_pointwise(op) && i + step->n_ops < feat_inception_n_ops) {
        const feat_op *next = &feat_inception_ops[i + step->n_ops];
        if (!is_pointwise(next) || next->src != op->src)
            break;
        add_conv_blocks(m, step, next);
    }
    size_t planes = blocks_of(op->ic);
    size_t c_in = op->src == 0 ? 3 : FEAT_BLOCK;
    step->split = m->layout[op->src].split;
    step->form = step->split ? FEAT_WINO_NONE : op->form;
    const feat_wino *f = &feat_winos[step->form];
    size_t taps = (size_t)op->kh * op->kw;
    if (step->form != FEAT_WINO_NONE)
        taps = (size_t)(f->dims == 2 ? f->a * f->a : f->a);
    step->w_block_stride = planes * taps * c_in * FEAT_BLOCK;
    if (step->split)
        /* two bfloat16 in a float */
        step->w_block_stride = feat_split_steps(op->ic, op->kh, op->kw, op->stride) * (FEAT_SPLIT_W_TILE / 2);
    step->w_offset = m->packed_floats;
    m->packed_floats += step->n_blocks * step->w_block_stride;
    step->bias_offset = m->packed_floats;
    m->packed_floats += step->n_blocks * FEAT_BLOCK;
    if (step->split)
        cut_split(m, step);
    else if (step->form != FEAT_WINO_NONE)
        cut_wino(step);
    else
        cut_conv(step);
    cut_blocks(step);
    return step->n_ops;
}

static void extend(const feat_model *m, feat_life *lives, size_t id, size_t step)
{
    feat_life *life = &lives[id];
    if (life->floats == 0) {
        life->floats = m->layout[id].floats;
        life->first = step;
    }
    life->last = step;
}

void feat_compile(feat_model *m)
{
    m->n_steps = 0;
    m->n_dst = 0;
    m->packed_floats = 0;
    m->scratch_floats = 0;
    lay_out(m);
    for (size_t i = 0; i < feat_inception_n_ops;)
        i += add_step(m, i);

    feat_life lives[FEAT_MAX_ACTIVATIONS] = {{0, 0, 0, 0}}; /* of tensors, then of copies in phases, step by step */
    size_t n_lives = feat_inception_n_tensors;
    assert(n_lives <= FEAT_MAX_ACTIVATIONS);
    extend(m, lives, 0, 0);
    for (size_t s = 0; s < m->n_steps; s++) {
        for (size_t i = 0; i < m->steps[s].n_ops; i++) {
            const feat_op *op = &m->steps[s].op[i];
            extend(m, lives, op->src, s);
            if (op->kind != FEAT_OP_TAP)
                extend(m, lives, op->dst, s);
        }
        if (m->steps[s].phases.floats > 0) {
            assert(n_lives < FEAT_MAX_ACTIVATIONS);
            lives[n_lives++] = (feat_life){.floats = m->steps[s].phases.floats, .first = s, .last = s};
        }
        size_t joined = joined_floats(m, m->steps[s].op);
        if (m->steps[s].scratch_floats > m->scratch_floats)
            m->scratch_floats = m->steps[s].scratch_floats;
        if (joined > m->scratch_floats)
            m->scratch_floats = joined;
    }
    m->arena_floats = feat_plan(lives, n_lives);
    for (size_t t = 0; t < feat_inception_n_tensors; t++)
        m->layout[t].offset = lives[t].offset;
    for (size_t s = m->n_steps; s-- > 0;)
        if (m->steps[s].phases.floats > 0)
            m->steps[s].phases.offset = lives[--n_lives].offset;
}
