/* The table of Inception-v3 and what engine/net/compile makes of it: sizes, counts, coverage, order and memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/net/compile.h"
#include "engine/conv/conv_direct.h"
#include "engine/conv/conv_split.h"
#include "engine/conv/conv_wino.h"
#include "engine/ops/fold.h"

enum { MAX_CHANNELS = 2048, MAX_TENSORS = 128 };

static const feat_net *const net = &feat_inception_v3_fid;

static const uint64_t EXPECTED_MACS = 5711168096u; /* convolutions of one 299 x 299 picture */
static const uint64_t EXPECTED_PARAMETERS = 23885392u;

static const feat_shape *shape_of(size_t tensor)
{
    assert_true(tensor < net->n_tensors);
    return &net->tensors[tensor];
}

static int is_conv(const feat_op *op)
{
    return op->kind == FEAT_OP_CONV || op->kind == FEAT_OP_CONV_LINEAR;
}

/* Of the average pools of Inception-v3's blocks: those that add the bias of the convolution before. */
static int adds_bias(const feat_op *op)
{
    return op->kind == FEAT_OP_AVERAGE_POOL_BIAS;
}

static feat_model *compiled_as(feat_numerics numerics)
{
    feat_model *m = feat_calloc(1, sizeof *m);
    assert_non_null(m);
    m->net = net;
    m->numerics = numerics;
    m->head = (feat_head){1, {2048, 1008}};
    assert_int_equal(feat_compile(m, NULL), FEAT_OK);
    return m;
}

static void release(feat_model *m)
{
    feat_compile_release(m);
    feat_free(m);
}

static feat_model *compiled(void)
{
    return compiled_as(FEAT_NUMERICS_EXACT);
}

/* --- the table ----------------------------------------------------------------------------------------- */

static void sizes_of_the_table_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < net->n_ops; i++) {
        const feat_op *op = &net->ops[i];
        const feat_shape *in = shape_of(op->src), *out = shape_of(op->dst);
        if (op->n_taps > 0)
            continue;
        size_t oc = is_conv(op) ? op->oc : in->c;
        assert_int_equal((in->h + 2 * op->ph - op->kh) / op->stride + 1, out->h);
        assert_int_equal((in->w + 2 * op->pw - op->kw) / op->stride + 1, out->w);
        assert_true(op->dst_c + oc <= out->c);
        assert_int_equal(op->dst_c % FEAT_BLOCK, 0);
        assert_int_equal(oc % FEAT_BLOCK, 0);
        if (is_conv(op))
            assert_int_equal(op->ic, in->c);
    }
}

/* Every channel of every tensor is written exactly once, and before anybody reads it. */
static void channels_are_written_once_and_then_read(void **state)
{
    (void)state;
    static uint8_t written[MAX_TENSORS][MAX_CHANNELS];
    memset(written, 0, sizeof written);
    memset(written[0], 1, 3);
    for (size_t i = 0; i < net->n_ops; i++) {
        const feat_op *op = &net->ops[i];
        const feat_shape *in = shape_of(op->src);
        for (size_t c = 0; c < in->c; c++)
            assert_int_equal(written[op->src][c], 1);
        if (op->n_taps > 0)
            continue;
        size_t n = is_conv(op) ? op->oc : in->c;
        for (size_t c = 0; c < n; c++)
            written[op->dst][op->dst_c + c]++;
    }
    for (size_t t = 0; t < net->n_tensors; t++)
        for (size_t c = 0; c < shape_of(t)->c; c++)
            assert_int_equal(written[t][c], 1);
}

static void counts_are_those_of_the_paper_net(void **state)
{
    (void)state;
    size_t n_convs = 0, n_taps = 0;
    uint64_t macs = 0, parameters = 0;
    for (size_t i = 0; i < net->n_ops; i++) {
        const feat_op *op = &net->ops[i];
        const feat_shape *out = shape_of(op->dst);
        n_taps += op->n_taps;
        if (!is_conv(op))
            continue;
        uint64_t weights = (uint64_t)op->oc * op->ic * op->kh * op->kw;
        n_convs++;
        parameters += weights + 4u * op->oc;
        macs += weights * out->h * out->w;
    }
    assert_int_equal(n_convs, 94);
    assert_int_equal(n_taps, 7);
    assert_int_equal(macs, EXPECTED_MACS);
    assert_int_equal(parameters + 1008 * 2048 + 1008, EXPECTED_PARAMETERS);
}

/* Weights have what the operations ask for, under every name and with every shape. */
static void weights_of_every_convolution_are_listed(void **state)
{
    (void)state;
    static const char *const parts[] = {"bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"};
    for (size_t v = 0; v < 3; v++) {
        feat_weights *weights = NULL;
        char name[FEAT_NAME_BYTES];
        size_t n_listed = 0;
        assert_int_equal(feat_weights_synth(&weights, 1, feat_net_at(v), NULL), FEAT_OK);
        for (size_t i = 0; i < net->n_ops; i++) {
            const feat_op *op = &net->ops[i];
            if (!is_conv(op))
                continue;
            snprintf(name, sizeof name, "%s.conv.weight", op->name);
            const feat_tensor *t = feat_weights_at(weights, feat_weights_find(weights, name));
            if (t == NULL)
                fail_msg("no tensor %s", name);
            else
                assert_true(t->rank == 4 && t->shape[0] == op->oc && t->shape[1] == op->ic &&
                            t->shape[2] == op->kh && t->shape[3] == op->kw);
            for (size_t p = 0; p < 4; p++) {
                snprintf(name, sizeof name, "%s.%s", op->name, parts[p]);
                t = feat_weights_at(weights, feat_weights_find(weights, name));
                assert_true(t != NULL && t->shape[0] == op->oc);
                n_listed += t != NULL;
            }
            n_listed++;
        }
        assert_int_equal(n_listed + 2, feat_weights_count(weights)); /* and the classifier */
        feat_weights_close(&weights);
    }
    assert_int_equal(feat_alloc_live(), 0);
}

/* --- steps --------------------------------------------------------------------------------------------- */

/* The steps are the table's operations in order, none left out, and merged ones are pointwise siblings. */
static void steps_cover_the_table_in_order(void **state)
{
    (void)state;
    feat_model *m = compiled();
    size_t next = 0, n_merged = 0;
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        assert_ptr_equal(step->op, &net->ops[next]);
        assert_true(step->n_ops >= 1);
        for (size_t i = 1; i < step->n_ops; i++) {
            const feat_op *op = &step->op[i];
            assert_true(is_conv(op) && op->kh == 1 && op->kw == 1 && op->stride == 1);
            assert_true(is_conv(step->op) && step->op->kh == 1 && step->op->kw == 1);
            assert_int_equal(op->src, step->op->src);
            n_merged++;
        }
        next += step->n_ops;
    }
    assert_int_equal(next, net->n_ops);
    /* Four 1x1 convolutions read the same tensor in eight blocks, three in Mixed_7c, two in Mixed_7a. */
    assert_int_equal(n_merged, 3 * 8 + 2 + 1);
    release(m);
}

/* A step's blocks go where the table says, in the order in which weights are packed. */
static void blocks_go_where_the_table_says(void **state)
{
    (void)state;
    feat_model *m = compiled();
    size_t next = 0;
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        if (!is_conv(step->op))
            continue;
        size_t blocks = 0;
        assert_int_equal(step->first_block, next);
        for (size_t i = 0; i < step->n_ops; i++)
            for (size_t b = 0; b < step->op[i].oc / (size_t)FEAT_BLOCK; b++, blocks++) {
                const feat_block_dst *d = &m->dst[step->first_block + blocks];
                assert_int_equal(d->tensor, step->op[i].dst);
                assert_int_equal(d->block * FEAT_BLOCK, step->op[i].dst_c + b * FEAT_BLOCK);
                assert_int_equal(blocks < step->n_relu, step->op[i].kind == FEAT_OP_CONV);
            }
        assert_int_equal(step->n_blocks, blocks);
        next += blocks;
    }
    assert_int_equal(m->n_dst, next);
    release(m);
}

/* A convolution without bias and ReLU of its own is read by one operation: the pool that adds them. */
static void linear_convolutions_are_pooled(void **state)
{
    (void)state;
    size_t n_linear = 0;
    for (size_t i = 0; i < net->n_ops; i++) {
        const feat_op *op = &net->ops[i];
        if (op->kind != FEAT_OP_CONV_LINEAR)
            continue;
        size_t n_readers = 0;
        for (size_t j = 0; j < net->n_ops; j++)
            if (net->ops[j].src == op->dst) {
                assert_true(adds_bias(&net->ops[j]));
                n_readers++;
            }
        assert_int_equal(n_readers, 1);
        assert_true(op->oc == shape_of(op->dst)->c && op->dst_c == 0);
        n_linear++;
    }
    assert_int_equal(n_linear, 8);
}

/* Each output pixel belongs to exactly one chunk, each block to one split. */
static void chunks_cover_the_output(void **state)
{
    (void)state;
    feat_model *m = compiled();
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        const feat_op *op = step->op;
        if (!is_conv(op))
            continue;
        const feat_shape *out = shape_of(op->dst);
        size_t total = op->kh == 1 && op->kw == 1 ? (size_t)out->h * out->w : out->h;
        if (op->form != FEAT_WINO_NONE) {
            const feat_wino *f = &feat_winos[op->form];
            assert_ptr_equal(step->way, &feat_conv_wino);
            size_t tile_h = op->kh > 1 ? (size_t)f->m : 1, tile_w = op->kw > 1 ? (size_t)f->m : 1;
            assert_true(f->r == (op->kh > 1 ? op->kh : op->kw) &&
                        f->dims == (op->kh > 1 && op->kw > 1 ? 2 : 1));
            assert_true(op->stride == 1 && op->src != 0);
            assert_int_equal(step->tiles_h, (out->h + tile_h - 1) / tile_h);
            assert_int_equal(step->tiles_w, (out->w + tile_w - 1) / tile_w);
            total = step->tiles_h * step->tiles_w;
        } else {
            assert_ptr_equal(step->way, &feat_conv_direct);
            assert_true(op->ph == 0 && op->pw == 0); /* conv_direct.c reads its rows where they are */
            assert_int_equal(step->scratch_floats, 0);
        }
        assert_true(step->chunk >= 1 && step->n_chunks >= 1);
        assert_true((step->n_chunks - 1) * step->chunk < total && total <= step->n_chunks * step->chunk);
        assert_in_range(step->n_splits, 1, (step->n_blocks + 1) / 2);
        assert_true(step->scratch_floats <= m->scratch_floats);
    }
    release(m);
}

/* Packed weights and biases follow one another without overlap. */
static void packed_regions_follow_one_another(void **state)
{
    (void)state;
    feat_model *m = compiled();
    size_t end = 0;
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        if (is_conv(step->op)) {
            assert_true(step->w_offset >= end && step->w_offset % 16 == 0);
            assert_true(step->bias_offset >= step->w_offset + step->n_blocks * step->w_block_stride);
            end = step->bias_offset + step->n_blocks * FEAT_BLOCK;
        } else if (adds_bias(step->op)) {
            assert_true(step->bias_offset >= end && step->bias_offset % 16 == 0);
            end = step->bias_offset + shape_of(step->op->src)->c;
        }
    }
    assert_true(end <= m->packed_floats);
    release(m);
}

/* --- memory -------------------------------------------------------------------------------------------- */

typedef struct life {
    size_t first, last;
    int used;
} life;

static void extend(life *l, size_t step)
{
    if (!l->used)
        l->first = step;
    l->used = 1;
    l->last = step;
}

/* What a tensor takes, worked out from its shape: split tensors hold whole groups of 32 channels and their border. */
static size_t floats_of(const feat_model *m, size_t id)
{
    const feat_shape *s = shape_of(id);
    const feat_place *l = &m->layout[id];
    if (!l->split)
        return (size_t)(id == 0 ? 3 : s->c) * s->h * s->w;
    return (s->c + 31u) / 32 * 32 * ((s->h + 2 * l->ph) * (s->w + l->pw) + l->pw);
}

/* No two tensors that live at the same time overlap, all lie inside the arena, aligned to 64 bytes. */
static void check_arena(feat_numerics numerics)
{
    feat_model *m = compiled_as(numerics);
    static life lives[MAX_TENSORS];
    memset(lives, 0, sizeof lives);
    extend(&lives[0], 0);
    for (size_t s = 0; s < m->n_steps; s++)
        for (size_t i = 0; i < m->steps[s].n_ops; i++) {
            const feat_op *op = &m->steps[s].op[i];
            extend(&lives[op->src], s);
            if (op->n_taps == 0)
                extend(&lives[op->dst], s);
        }
    for (size_t s = 0; s < m->n_steps; s++) /* in bands the last step writes before the first has read all */
        if (m->steps[s].bands.n_steps > 0) {
            size_t last = s + m->steps[s].bands.n_steps - 1;
            if (lives[m->steps[s].op->src].last < last)
                lives[m->steps[s].op->src].last = last;
            lives[m->steps[last].op->dst].first = s;
        }
    for (size_t t = 0; t < net->n_tensors; t++) {
        assert_true(lives[t].used);
        assert_int_equal(m->layout[t].offset % 16, 0);
        assert_true(m->layout[t].offset + floats_of(m, t) <= m->arena_floats);
        for (size_t u = 0; u < t; u++) {
            int together = lives[t].first <= lives[u].last && lives[u].first <= lives[t].last;
            int shared = m->layout[t].offset < m->layout[u].offset + floats_of(m, u) &&
                         m->layout[u].offset < m->layout[t].offset + floats_of(m, t);
            assert_false(together && shared);
        }
    }
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_place *copy = &m->steps[s].phases;
        for (size_t t = 0; copy->floats > 0 && t < net->n_tensors; t++)
            assert_false(lives[t].first <= s && s <= lives[t].last &&
                         m->layout[t].offset < copy->offset + copy->floats &&
                         copy->offset < m->layout[t].offset + floats_of(m, t));
        assert_true(copy->offset % 16 == 0 && copy->offset + copy->floats <= m->arena_floats);
    }
    release(m);
}

/* The large pictures at the beginning run in bands: until the first pool, then the convolution whose weights are too
 * many to join what is before it, with its pool. What lies between has windows, which are smaller and fit into the
 * scratch. */
static void large_pictures_run_in_bands(void **state)
{
    (void)state;
    feat_model *m = compiled(), *split = compiled_as(FEAT_NUMERICS_SPLIT);
    size_t n_groups = 0;
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_bands *bands = &m->steps[s].bands;
        size_t floats = 0;
        assert_int_equal(split->steps[s].bands.n_steps, 0);
        if (bands->n_steps == 0)
            continue;
        assert_string_equal(m->steps[s].op->name, n_groups == 0 ? "Conv2d_1a_3x3" : "Conv2d_4a_3x3");
        assert_int_equal(bands->n_steps, n_groups == 0 ? 4 : 2);
        assert_int_equal(bands->rows % m->steps[s + bands->driver].grain, 0);
        for (size_t k = 0; k + 1 < bands->n_steps; k++) {
            const feat_shape *shape = shape_of(m->steps[s + k].op->dst);
            const feat_place *l = &m->layout[m->steps[s + k].op->dst];
            assert_int_equal(l->window, k + 1);
            assert_in_range(l->window_rows, bands->rows / 2, shape->h / 2u);
            floats += (size_t)shape->c * shape->w * l->window_rows;
        }
        for (size_t k = 0; k < bands->n_steps; k++)
            assert_true(floats + m->steps[s + k].scratch_floats <= m->scratch_floats);
        n_groups++;
    }
    assert_int_equal(n_groups, 2);
    release(m);
    release(split);
}

static void tensors_do_not_overlap(void **state)
{
    (void)state;
    check_arena(FEAT_NUMERICS_EXACT);
    check_arena(FEAT_NUMERICS_SPLIT);
}

/* In split numerics every convolution but the first reads a split tensor with a border as wide as its padding, and its
 * chunks have no fewer pixels than a tile; with stride 2 a copy with room for every pixel; and neither weights nor
 * memory grow beyond those of exact numerics. */
static void split_tensors_have_their_borders(void **state)
{
    (void)state;
    feat_model *m = compiled_as(FEAT_NUMERICS_SPLIT), *exact = compiled();
    size_t n_inputs = 0;
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        const feat_place *in = &m->layout[step->op->src];
        const feat_shape *shape = shape_of(step->op->dst);
        if (step->op->n_taps > 0)
            continue;
        if (!is_conv(step->op))
            continue;
        assert_int_equal(in->split, step->op->src != 0);
        assert_ptr_equal(step->way, in->split ? &feat_conv_split : &feat_conv_split_first);
        assert_true(in->ph >= step->op->ph && in->pw >= step->op->pw);
        size_t last = shape->h - (step->n_chunks - 1) * step->chunk; /* rows of the last chunk */
        if (!in->split)
            continue;
        const feat_op *op = step->op;
        size_t inputs = (size_t)op->ic * op->kh * op->kw,
               n_steps = feat_split_steps(op->ic, op->kh, op->kw, op->stride);
        assert_true(n_steps >= (inputs + FEAT_SPLIT_GROUP - 1) / FEAT_SPLIT_GROUP);
        assert_int_equal(step->n_inputs, n_steps);
        assert_int_equal(step->first_input, n_inputs);
        n_inputs += n_steps;
        assert_int_equal(step->w_block_stride, n_steps * FEAT_SPLIT_W_TILE / 2);
        const feat_shape *from = shape_of(step->op->src);
        assert_int_equal(step->phases.floats > 0, step->op->stride == 2);
        if (step->op->stride == 2) {
            in = &step->phases;
            assert_true(2 * in->pitch >= from->w && 4 * in->pitch * ((from->h + 1) / 2) == in->pixels);
            assert_int_equal(in->floats, (from->c + 31) / 32 * 32 * in->pixels);
        }
        assert_true((last - 1) * in->pitch + shape->w >= FEAT_SPLIT_TILE);
    }
    assert_int_equal(m->n_inputs, n_inputs);
    assert_true(m->packed_floats < exact->packed_floats);
    assert_true(m->arena_floats + m->scratch_floats <
                exact->arena_floats + exact->scratch_floats + (size_t)1024 * 1024);
    release(m);
    release(exact);
}

/* A function of the network alone: nothing of the machine or of chance goes in. */
static void compiling_twice_gives_the_same(void **state)
{
    (void)state;
    feat_model *a = compiled(), *b = compiled();
    assert_int_equal(a->n_steps, b->n_steps);
    assert_memory_equal(a->steps, b->steps, a->n_steps * sizeof *a->steps);
    assert_int_equal(a->n_dst, b->n_dst);
    assert_memory_equal(a->dst, b->dst, a->n_dst * sizeof *a->dst);
    assert_memory_equal(a->layout, b->layout, net->n_tensors * sizeof *a->layout);
    assert_int_equal(a->arena_floats, b->arena_floats);
    assert_int_equal(a->scratch_floats, b->scratch_floats);
    assert_int_equal(a->packed_floats, b->packed_floats);
    release(a);
    release(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_the_table_fit),
        cmocka_unit_test(channels_are_written_once_and_then_read),
        cmocka_unit_test(counts_are_those_of_the_paper_net),
        cmocka_unit_test(weights_of_every_convolution_are_listed),
        cmocka_unit_test(steps_cover_the_table_in_order),
        cmocka_unit_test(blocks_go_where_the_table_says),
        cmocka_unit_test(linear_convolutions_are_pooled),
        cmocka_unit_test(chunks_cover_the_output),
        cmocka_unit_test(packed_regions_follow_one_another),
        cmocka_unit_test(large_pictures_run_in_bands),
        cmocka_unit_test(tensors_do_not_overlap),
        cmocka_unit_test(split_tensors_have_their_borders),
        cmocka_unit_test(compiling_twice_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
