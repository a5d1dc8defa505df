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
    return (channels + IV3_BLOCK - 1) / IV3_BLOCK;
}

static bool is_pointwise(const iv3_op *op)
{
    return iv3_op_is_conv(op) && op->kh == 1 && op->kw == 1 && op->stride == 1;
}

static size_t groups_of(size_t channels)
{
    return (channels + IV3_SPLIT_GROUP - 1) / IV3_SPLIT_GROUP;
}

/* Where numerics are split, every tensor that a convolution reads is, but the input, whose three channels
 * would fill a tenth of a tile. The border is the widest that one of its readers wants. */
static void lay_out(iv3_model *m)
{
    for (size_t i = 0; i < iv3_inception_n_ops && m->numerics == IV3_NUMERICS_SPLIT; i++) {
        const iv3_op *op = &iv3_inception_ops[i];
        iv3_place *l = &m->layout[op->src];
        if (!iv3_op_is_conv(op) || op->src == 0)
            continue;
        l->split = 1;
        l->ph = op->ph > l->ph ? op->ph : l->ph;
        l->pw = op->pw > l->pw ? op->pw : l->pw;
    }
    for (size_t id = 0; id < iv3_inception_n_tensors; id++) {
        const iv3_shape *s = &iv3_inception_shapes[id];
        iv3_place *l = &m->layout[id];
        l->pitch = s->w + l->pw;
        l->pixels = (s->h + 2 * l->ph) * l->pitch + l->pw;
        size_t channels = id == 0    ? 3
                          : l->split ? groups_of(s->c) * IV3_SPLIT_GROUP
                                     : blocks_of(s->c) * IV3_BLOCK;
        l->floats = channels * l->pixels; /* two pieces of half the size */
    }
}

/* Tiles and chunks of a minimal filtering step. Scratch of a worker: transformed tiles
 * [product][plane][tile][16], the products of two blocks [product][block][tile][16], and one tile with its
 * border. A product's stride has 16 floats more than it needs, so that strides are never a power of two,
 * which would crowd one set of the L1 cache. */
static void cut_wino(iv3_step *step)
{
    const iv3_op *op = step->op;
    const iv3_shape *out = &iv3_inception_shapes[op->dst];
    const iv3_wino *f = &iv3_winos[step->form];
    size_t m = (size_t)f->m, a = (size_t)f->a, planes = blocks_of(op->ic);
    size_t n_products = f->dims == 2 ? a * a : a;
    step->tiles_h = op->kh > 1 ? (out->h + m - 1) / m : out->h;
    step->tiles_w = op->kw > 1 ? (out->w + m - 1) / m : out->w;
    size_t total = step->tiles_h * step->tiles_w;
    size_t most = WINO_FLOATS / (n_products * (planes + 2) * IV3_BLOCK) / WINO_MULTIPLE * WINO_MULTIPLE;
    if (most == 0)
        most = WINO_MULTIPLE;
    step->n_chunks = (total + most - 1) / most;
    step->chunk = (total + step->n_chunks - 1) / step->n_chunks;
    step->scratch_floats = n_products * ((planes + 2) * step->chunk + 2) * IV3_BLOCK + n_products * IV3_BLOCK;
}

/* Chunk sizes: how many output rows (or pixels, for 1x1) have their input within CHUNK_FLOATS. */
static void cut_conv(iv3_step *step)
{
    const iv3_op *op = step->op;
    const iv3_shape *in = &iv3_inception_shapes[op->src], *out = &iv3_inception_shapes[op->dst];
    size_t channels = op->src == 0 ? 3 : blocks_of(in->c) * IV3_BLOCK;
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
        step->chunk = iv3_min_size(step->chunk, total);
    }
    step->chunk = iv3_min_size(step->chunk, total);
    step->n_chunks = (total + step->chunk - 1) / step->chunk;
}

/* Split convolutions: rows whose input is within CHUNK_FLOATS, never so few that their pixels do not fill a
 * tile. Scratch: four tiles of results. Stride 2: room for the copy in phases. */
static void cut_split(const iv3_model *m, iv3_step *step)
{
    const iv3_op *op = step->op;
    const iv3_shape *out = &iv3_inception_shapes[op->dst];
    size_t row_floats = groups_of(op->ic) * IV3_SPLIT_GROUP * m->layout[op->src].pitch;
    size_t rows = CHUNK_FLOATS / row_floats;
    step->chunk = rows > (size_t)op->kh - 1 + op->stride ? (rows - (op->kh - 1u)) / op->stride : 1;
    if (step->chunk > out->h || out->w < IV3_SPLIT_TILE)
        step->chunk = out->h;
    step->n_chunks = (out->h + step->chunk - 1) / step->chunk;
    step->scratch_floats = 4 * IV3_SPLIT_C_TILE;
    assert(iv3_split_steps(op->ic, op->kh, op->kw, op->stride) <= IV3_MAX_SPLIT_STEPS);
    if (op->stride == 2) {
        const iv3_shape *in = &iv3_inception_shapes[op->src];
        assert(op->ph == 0 && op->pw == 0);
        step->phases.split = 1;
        step->phases.pitch = (in->w + 1u) / 2;
        step->phases.pixels = 4 * ((in->h + 1u) / 2) * step->phases.pitch;
        step->phases.floats = groups_of(op->ic) * IV3_SPLIT_GROUP * step->phases.pixels;
    }
}

/* Scratch of the other steps that read or write split tensors, in floats: a row of results of a pair of
 * blocks before it is cut (the first convolution); three joined rows and a row of results (pools); a joined
 * plane (taps). */
static size_t joined_floats(const iv3_model *m, const iv3_op *op)
{
    const iv3_shape *in = &iv3_inception_shapes[op->src], *out = &iv3_inception_shapes[op->dst];
    if (m->numerics != IV3_NUMERICS_SPLIT)
        return 0;
    if (iv3_op_is_conv(op))
        return (size_t)2 * IV3_BLOCK * out->w;
    return (size_t)IV3_BLOCK * (op->kind == IV3_OP_TAP ? (size_t)in->h * in->w : 3u * in->w + out->w);
}

static void cut_blocks(iv3_step *step)
{
    size_t pairs = (step->n_blocks + 1) / 2;
    size_t wanted = (MIN_PARTS + step->n_chunks - 1) / step->n_chunks;
    step->n_splits = iv3_min_size(wanted, pairs);
}

static void add_conv_blocks(iv3_model *m, iv3_step *step, const iv3_op *op)
{
    size_t blocks = blocks_of(op->oc);
    assert(m->n_dst + blocks <= IV3_MAX_BLOCKS);
    for (size_t b = 0; b < blocks; b++) {
        m->dst[m->n_dst].tensor = op->dst;
        m->dst[m->n_dst].block = (uint16_t)(op->dst_c / IV3_BLOCK + b);
        m->n_dst++;
    }
    step->n_blocks += blocks;
    if (op->kind == IV3_OP_CONV)
        step->n_relu = step->n_blocks;
    step->n_ops++;
}

/* Makes one step from the ops at `i`; returns how many ops it took. */
static size_t add_step(iv3_model *m, size_t i)
{
    const iv3_op *op = &iv3_inception_ops[i];
    assert(m->n_steps < IV3_MAX_STEPS);
    iv3_step *step = &m->steps[m->n_steps++];
    step->op = op;
    step->n_ops = 0;
    if (!iv3_op_is_conv(op)) {
        step->n_ops = 1;
        if (op->kind == IV3_OP_POOL_S1) {
            step->bias_offset = m->packed_floats;
            m->packed_floats += iv3_inception_shapes[op->src].c;
        }
        return 1;
    }
    step->first_block = m->n_dst;
    add_conv_blocks(m, step, op);
    while (is_pointwise(op) && i + step->n_ops < iv3_inception_n_ops) {
        const iv3_op *next = &iv3_inception_ops[i + step->n_ops];
        if (!is_pointwise(next) || next->src != op->src)
            break;
        add_conv_blocks(m, step, next);
    }
    size_t planes = blocks_of(op->ic);
    size_t c_in = op->src == 0 ? 3 : IV3_BLOCK;
    step->split = m->layout[op->src].split;
    step->form = step->split ? IV3_WINO_NONE : op->form;
    const iv3_wino *f = &iv3_winos[step->form];
    size_t taps = (size_t)op->kh * op->kw;
    if (step->form != IV3_WINO_NONE)
        taps = (size_t)(f->dims == 2 ? f->a * f->a : f->a);
    step->w_block_stride = planes * taps * c_in * IV3_BLOCK;
    if (step->split)
        /* two bfloat16 in a float */
        step->w_block_stride = iv3_split_steps(op->ic, op->kh, op->kw, op->stride) * (IV3_SPLIT_W_TILE / 2);
    step->w_offset = m->packed_floats;
    m->packed_floats += step->n_blocks * step->w_block_stride;
    step->bias_offset = m->packed_floats;
    m->packed_floats += step->n_blocks * IV3_BLOCK;
    if (step->split)
        cut_split(m, step);
    else if (step->form != IV3_WINO_NONE)
        cut_wino(step);
    else
        cut_conv(step);
    cut_blocks(step);
    return step->n_ops;
}

static void extend(const iv3_model *m, iv3_life *lives, size_t id, size_t step)
{
    iv3_life *life = &lives[id];
    if (life->floats == 0) {
        life->floats = m->layout[id].floats;
        life->first = step;
    }
    life->last = step;
}

void iv3_compile(iv3_model *m)
{
    m->n_steps = 0;
    m->n_dst = 0;
    m->packed_floats = 0;
    m->scratch_floats = 0;
    lay_out(m);
    for (size_t i = 0; i < iv3_inception_n_ops;)
        i += add_step(m, i);

    iv3_life lives[IV3_MAX_ACTIVATIONS] = {{0, 0, 0, 0}}; /* of tensors, then of copies in phases, step by step */
    size_t n_lives = iv3_inception_n_tensors;
    assert(n_lives <= IV3_MAX_ACTIVATIONS);
    extend(m, lives, 0, 0);
    for (size_t s = 0; s < m->n_steps; s++) {
        for (size_t i = 0; i < m->steps[s].n_ops; i++) {
            const iv3_op *op = &m->steps[s].op[i];
            extend(m, lives, op->src, s);
            if (op->kind != IV3_OP_TAP)
                extend(m, lives, op->dst, s);
        }
        if (m->steps[s].phases.floats > 0) {
            assert(n_lives < IV3_MAX_ACTIVATIONS);
            lives[n_lives++] = (iv3_life){.floats = m->steps[s].phases.floats, .first = s, .last = s};
        }
        size_t joined = joined_floats(m, m->steps[s].op);
        if (m->steps[s].scratch_floats > m->scratch_floats)
            m->scratch_floats = m->steps[s].scratch_floats;
        if (joined > m->scratch_floats)
            m->scratch_floats = joined;
    }
    m->arena_floats = iv3_plan(lives, n_lives);
    for (size_t t = 0; t < iv3_inception_n_tensors; t++)
        m->layout[t].offset = lives[t].offset;
    for (size_t s = m->n_steps; s-- > 0;)
        if (m->steps[s].phases.floats > 0)
            m->steps[s].phases.offset = lives[--n_lives].offset;
}
