/* Tables of transformers: what is refused of each kind of operation, what runs in one step, and where tokens lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/net/compile.h"
#include "engine/nets/vit_rows.h"

enum { MAX_OPS = 256, MAX_TENSORS = 256 };

/* --- tables that are wrong ------------------------------------------------------------------------------- */

static feat_op ops[MAX_OPS];
static feat_shape shapes[MAX_TENSORS];
static feat_net net;

/* A copy to be spoilt. */
static void begin(const feat_net *from)
{
    assert_true(from->n_ops <= MAX_OPS && from->n_tensors <= MAX_TENSORS);
    memcpy(ops, from->ops, from->n_ops * sizeof *ops);
    memcpy(shapes, from->tensors, from->n_tensors * sizeof *shapes);
    net = *from;
    net.ops = ops;
    net.tensors = shapes;
    size_t op;
    assert_null(feat_compile_check(&net, &op));
}

/* Operation `at` for this reason; then a fresh copy. */
static void assert_refused(size_t at, const char *says)
{
    size_t op = SIZE_MAX;
    const feat_net *from = feat_net_find(net.name);
    const char *wrong = feat_compile_check(&net, &op);
    if (wrong == NULL || strstr(wrong, says) == NULL || op != at)
        fail_msg("operation %zu: %s; expected of %zu '%s'", op, wrong == NULL ? "nothing is wrong" : wrong, at, says);
    begin(from);
}

/* Places of the operations of DINOv2's first block. */
enum { EMBED, NORM, QKV, ATTENTION, PROJ, SUM1, NORM2, FC1, GELU, FC2, SUM2 };

static void embeddings_are_checked(void **state)
{
    (void)state;
    static const char image[] = "a square image expected, of whole patches";
    static const char tokens[] = "a token for each patch expected, and one or more before them";
    begin(&feat_dinov2_vits14);
    ops[EMBED].kw = 16;
    assert_refused(EMBED, image);
    ops[EMBED].kh = ops[EMBED].kw = 15;
    assert_refused(EMBED, image);
    ops[EMBED].kh = ops[EMBED].kw = 0;
    assert_refused(EMBED, image);
    shapes[VIT_IMAGE].h = 210;
    assert_refused(EMBED, image);
    ops[EMBED].ic = 1;
    assert_refused(EMBED, image);
    shapes[VIT_NORMED].w = 256;
    assert_refused(EMBED, tokens);
    shapes[VIT_NORMED].h = 2;
    assert_refused(EMBED, tokens);
    ops[EMBED].oc = 368;
    assert_refused(EMBED, tokens);
}

static void norms_and_activations_are_checked(void **state)
{
    (void)state;
    static const char alike[] = "tokens expected, of one shape with its output";
    begin(&feat_dinov2_vits14);
    shapes[VIT_NORM1(0)].w = 256;
    assert_refused(NORM, alike);
    shapes[VIT_NORM1(0)].c = 400;
    assert_refused(NORM, alike);
    shapes[VIT_NORM1(0)].h = 2;
    assert_refused(NORM, alike);
    shapes[VIT_ACTIVE(0)].w = 1;
    assert_refused(GELU, alike);
    ops[GELU].kind = FEAT_OP_QUICK_GELU;
    shapes[VIT_ACTIVE(0)].c += 16;
    assert_refused(GELU, alike);
}

static void dense_layers_are_checked(void **state)
{
    (void)state;
    static const char queries[] = "queries of 1 to all of the tokens", tokens[] = "as many tokens expected";
    static const char channels[] = "channels in a multiple of 32 expected, those of its input";
    begin(&feat_dinov2_vits14);
    ops[QKV].queries = 0;
    assert_refused(QKV, queries);
    ops[QKV].queries = 258;
    assert_refused(QKV, queries);
    ops[QKV].oc = 1136;
    assert_refused(QKV, queries);
    ops[QKV].ic = 368;
    assert_refused(QKV, channels);
    shapes[VIT_QKV(0)].w = 256;
    assert_refused(QKV, tokens);
    shapes[VIT_PROJECTED(0)].w = 256;
    assert_refused(PROJ, tokens);
    ops[PROJ].ic = 368;
    assert_refused(PROJ, channels);
    ops[PROJ].oc = 368;
    assert_refused(PROJ, channels);
    ops[FC1].oc = ops[FC2].ic = shapes[VIT_HIDDEN(0)].c = shapes[VIT_ACTIVE(0)].c = 97 * 16;
    assert_refused(FC2, channels);
    begin(&feat_clip_vit_b_32);
    const size_t project = net.n_ops - 2;
    assert_int_equal(ops[project].kind, FEAT_OP_PROJECT);
    ops[project].ic = 736;
    assert_refused(project, channels);
    shapes[ops[project].dst].w = 2;
    assert_refused(project, tokens);
    shapes[ops[project].dst].c = 528;
    assert_refused(project, channels);
}

static void attention_is_checked(void **state)
{
    (void)state;
    static const char heads[] = "queries, keys and values of heads of 64 channels expected";
    static const char most[] = "at most 1024 tokens expected, and no more queries than keys";
    begin(&feat_dinov2_vits14);
    ops[QKV].oc = shapes[VIT_QKV(0)].c = 3 * 352;
    ops[ATTENTION].oc = shapes[VIT_ATTENDED(0)].c = 352;
    assert_refused(ATTENTION, heads);
    shapes[VIT_ATTENDED(0)].c = 448;
    assert_refused(ATTENTION, heads);
    ops[ATTENTION].oc = shapes[VIT_ATTENDED(0)].c = 320;
    assert_refused(ATTENTION, heads);
    shapes[VIT_ATTENDED(0)].h = 2;
    assert_refused(ATTENTION, heads);
    shapes[VIT_ATTENDED(0)].w = 258;
    assert_refused(ATTENTION, most);
    for (size_t t = 0; t < net.n_tensors; t++)
        shapes[t].w = shapes[t].w == 257 ? 1025 : shapes[t].w;
    assert_refused(ATTENTION, most);
}

static void sums_are_checked(void **state)
{
    (void)state;
    static const char second[] = "its second tensor is not as wide as the first, or has fewer tokens";
    begin(&feat_dinov2_vits14);
    ops[SUM1].add = VIT_QKV(0);
    assert_refused(SUM1, second);
    ops[SUM1].kind = FEAT_OP_SUM;
    ops[SUM1].add = VIT_IMAGE;
    assert_refused(SUM1, second);
    ops[SUM1].add = MAX_TENSORS;
    assert_refused(SUM1, "a tensor that does not exist");
    ops[SUM1].add = VIT_OUT(3);
    assert_refused(SUM1, "reads a tensor that is not complete");
    shapes[VIT_MIDDLE(0)].w = 256;
    assert_refused(SUM1, "of one shape with its output");
    shapes[VIT_ATTENDED(0)].w = 1;
    ops[PROJ] = (feat_op)ROW_SUM(VIT_NORMED, VIT_ATTENDED(0), VIT_PROJECTED(0));
    assert_refused(PROJ, second);
}

static void what_reads_pictures_may_not_come_behind(void **state)
{
    (void)state;
    begin(&feat_dinov2_vits14);
    ops[NORM] = (feat_op)ROW_MEAN(0, VIT_NORMED);
    assert_refused(NORM, "what does not read vectors comes before what does");
}

/* --- steps and memory ------------------------------------------------------------------------------------ */

static const feat_net *const transformers[] = {
    &feat_dinov2_vits14,      &feat_dinov2_vitb14,      &feat_dinov2_vitl14,  &feat_dinov2_vits14_reg4,
    &feat_dinov2_vitb14_reg4, &feat_dinov2_vitl14_reg4, &feat_clip_vit_b_32,  &feat_clip_vit_b_16,
    &feat_clip_vit_l_14,      &feat_clip_vit_l_14_336};
enum { N_TRANSFORMERS = sizeof transformers / sizeof transformers[0] };

static feat_model *compiled(const feat_net *of)
{
    feat_model *m = feat_calloc(1, sizeof *m);
    assert_non_null(m);
    m->net = of;
    assert_int_equal(feat_compile(m, NULL), FEAT_OK);
    return m;
}

static void release(feat_model *m)
{
    feat_compile_release(m);
    feat_free(m);
}

/* Two sums and an activation of each block run with the dense layer before them; everything goes image by image in
 * groups of at most 2056 tokens. */
static void blocks_are_seven_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TRANSFORMERS; i++) {
        const feat_net *of = transformers[i];
        feat_model *m = compiled(of);
        size_t tokens = of->tensors[VIT_NORMED].w, blocks = 0;
        for (size_t k = 0; k < of->n_ops; k++)
            blocks += of->ops[k].kind == FEAT_OP_ATTENTION;
        assert_int_equal(m->n_steps, of->n_ops - 3 * blocks);
        for (size_t s = 0; s < m->n_steps; s++)
            assert_int_equal(m->steps[s].n_ops, m->steps[s].op->kind == FEAT_OP_LINEAR ? 2 : 1);
        assert_int_equal(m->first_tail, 0);
        assert_int_equal(m->tail_images, 2056 / tokens < 16 ? 2056 / tokens : 16);
        release(m);
    }
}

/* What a step reads and writes and what is read later lie apart. */
static void tokens_do_not_overlap(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TRANSFORMERS; i++) {
        const feat_net *of = transformers[i];
        feat_model *m = compiled(of);
        size_t first[MAX_TENSORS], last[MAX_TENSORS] = {0};
        assert_true(of->n_tensors <= MAX_TENSORS);
        memset(first, 0xff, sizeof first);
        for (size_t s = 0; s < m->n_steps; s++) {
            const feat_step *step = &m->steps[s];
            const feat_op *end = &step->op[step->n_ops - 1];
            last[step->op->src] = last[end->add] = s;
            if (end->n_taps == 0)
                first[end->dst] = last[end->dst] = s;
        }
        for (size_t t = 1; t < of->n_tensors; t++) {
            size_t end_t = m->layout[t].tail + (size_t)of->tensors[t].c * of->tensors[t].w;
            if (first[t] == SIZE_MAX)
                continue;
            assert_true(end_t <= m->tail_floats && m->layout[t].tail % FEAT_BLOCK == 0);
            for (size_t u = 1; u < t; u++) {
                size_t end_u = m->layout[u].tail + (size_t)of->tensors[u].c * of->tensors[u].w;
                if (first[u] != SIZE_MAX && first[t] <= last[u] && first[u] <= last[t])
                    assert_true(end_t <= m->layout[u].tail || end_u <= m->layout[t].tail);
            }
        }
        release(m);
    }
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_are_checked),
        cmocka_unit_test(norms_and_activations_are_checked),
        cmocka_unit_test(dense_layers_are_checked),
        cmocka_unit_test(attention_is_checked),
        cmocka_unit_test(sums_are_checked),
        cmocka_unit_test(what_reads_pictures_may_not_come_behind),
        cmocka_unit_test(blocks_are_seven_steps),
        cmocka_unit_test(tokens_do_not_overlap),
    };
    return cmocka_run_group_tests_name("token_tables", tests, NULL, NULL);
}
