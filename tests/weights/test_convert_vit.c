/* DINOv2 and CLIP: which of a family a file is, pieces that do not fit, types that stay, and what timm leaves out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/weights/trial.h"
#include "weights/convert.h"

/* Thousands of files are written here and none has to survive a power failure: this takes libc's place. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

static feat_convert_report report;

/* The trial's list as safetensors, or as a zip archive. */
static feat_status convert(const feat_net *wanted, feat_dtype dtype, int zip)
{
    static const gen_safetensors_options whole = {0};
    static const gen_zip_options plain = {0};
    const feat_convert_options options = {trial.in, trial.out, dtype, wanted};
    gen_buf b = {NULL, 0, 0};
    if (zip)
        gen_zip(&b, &trial.list, &plain);
    else
        gen_safetensors(&b, &trial.list, &whole);
    gen_write_file(trial.in, b.p, b.n);
    gen_free(&b);
    memset(&trial.err, 0, sizeof trial.err);
    return feat_convert_among(&options, gen_all_maps(), &report, &trial.err);
}

static void must_convert(const feat_net *wanted, feat_dtype dtype, const feat_net *as)
{
    if (convert(wanted, dtype, 0) != FEAT_OK)
        fail_msg("%s: %s", as->name, trial.err.message);
    assert_ptr_equal(report.net, as);
}

static void fill(const feat_net *net)
{
    gen_clear(&trial.list);
    gen_fill(&trial.list, net, 0, 0);
}

static int has_notice(const char *part)
{
    for (size_t i = 0; i < report.n_notices; i++)
        if (strstr(report.notices[i], part) != NULL)
            return 1;
    return 0;
}

/* Every network from its shapes, in every way of naming. */
static void test_told_by_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; gen_vit_nets[i] != NULL; i++) {
        const feat_net *net = gen_vit_nets[i];
        bool clip = net == &gen_clip || net == &gen_clip_large;
        unsigned char first[32];
        for (int way = 0; way < 3; way++) {
            fill(net);
            if (way == 1)
                gen_as_published(&trial.list);
            if (way == 2)
                gen_as_vit(&trial.list, clip ? &feat_names_clip_timm : &feat_names_dinov2_transformers);
            must_convert(NULL, FEAT_FLOAT32, net);
            memcpy(first, way == 0 ? report.content_sha256 : first, 32);
            assert_memory_equal(first, report.content_sha256, 32);
            must_convert(net, FEAT_FLOAT32, net);
            assert_int_equal(has_notice("names and shapes do not tell OpenAI's CLIP"), clip);
        }
    }
    assert_int_equal(remove(trial.out), 0);
}

static void test_wrong_network(void **state)
{
    (void)state;
    for (size_t i = 0; gen_vit_nets[i] != NULL; i++) {
        fill(gen_vit_nets[i]);
        for (size_t k = 0; gen_vit_nets[k] != NULL; k++) {
            char part[128];
            bool family = strcmp(gen_vit_nets[i]->family, gen_vit_nets[k]->family) == 0;
            (void)snprintf(part, sizeof part, "%s was asked for, its tensors %s %s", gen_vit_nets[k]->name,
                           family ? "are those of" : "have the names of",
                           family ? gen_vit_nets[i]->name : gen_vit_nets[i]->family);
            if (k != i)
                trial_error(convert(gen_vit_nets[k], FEAT_AS_IS, k % 2 != 0), FEAT_ERR_FORMAT, part);
        }
        trial_error(convert(&gen_vgg, FEAT_AS_IS, 0), FEAT_ERR_FORMAT, "tiny-vgg was asked for, its tensors have");
        trial_error(convert(&gen_fid, FEAT_AS_IS, 1), FEAT_ERR_FORMAT, "tiny-fid was asked for, its tensors have");
    }
    fill(&gen_vgg);
    trial_error(convert(&gen_clip, FEAT_AS_IS, 0), FEAT_ERR_FORMAT, "have the names of tiny-vgg");
}

/* A width, patch, number of positions or of registers that no network has. */
static void test_shapes_of_none(void **state)
{
    (void)state;
    static const struct {
        const feat_net *net;
        const char *name, *part;
        int64_t shape[2]; /* of the first axes */
    } spoilt[] = {
        {&gen_dino, "cls_token", "(cls_token 48, pos_embed 10x16, patch_embed.proj.weight 16x3x2x2)", {48, 0}},
        {&gen_dino, "pos_embed", "pos_embed 17x16, ", {17, 16}},
        {&gen_dino_reg, "register_tokens", "register_tokens 2x16, ", {2, 16}},
        {&gen_clip, "visual.positional_embedding", "are not those of tiny-clip, tiny-clip_large", {7, 16}},
        {&gen_clip, "visual.conv1.weight", "visual.conv1.weight 32x3x2x2)", {32, 3}},
    };
    for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
        fill(spoilt[i].net);
        gen_tensor *g = gen_find(&trial.list, spoilt[i].name);
        int64_t n = 1;
        for (size_t k = 0; k < 2 && spoilt[i].shape[k] != 0; k++)
            g->shape[k] = spoilt[i].shape[k];
        for (size_t k = 0; k < g->rank; k++)
            n *= g->shape[k];
        g->numel = n;
        g->data_bytes = (size_t)n * 4;
        g->data = feat_realloc(g->data, g->data_bytes);
        memset(g->data, 0, g->data_bytes);
        trial_error(convert(NULL, FEAT_AS_IS, 0), FEAT_ERR_FORMAT, spoilt[i].part);
        if (i == 0)
            trial_error(convert(spoilt[i].net, FEAT_AS_IS, 0), FEAT_ERR_FORMAT, "are not those of tiny-dino");
    }
}

/* A tensor of tokens that is missing, and one block more than the network has. */
static void test_tokens_missing(void **state)
{
    (void)state;
    static const char *const names[] = {"cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char part[96];
        (void)snprintf(part, sizeof part, "tensor '%s' is missing", names[i]);
        for (int reg = 0; reg < 2; reg++) {
            fill(reg ? &gen_dino_reg : &gen_dino);
            gen_drop(&trial.list, names[i]);
            trial_error(convert(NULL, FEAT_AS_IS, 0), FEAT_ERR_FORMAT, part);
        }
    }
    fill(&gen_clip_large);
    gen_drop(&trial.list, "visual.positional_embedding");
    trial_error(convert(NULL, FEAT_AS_IS, 1), FEAT_ERR_FORMAT, "tensor 'visual.positional_embedding' is missing");
    fill(&gen_dino);
    gen_add(&trial.list, "blocks.1.norm1.weight", 16);
    trial_error(convert(NULL, FEAT_AS_IS, 0), FEAT_ERR_FORMAT,
                "tensor 'blocks.1.norm1.weight' does not belong to tiny-dino");
}

/* Queries, keys and values: one missing, one of another size, one twice. */
static void test_pieces(void **state)
{
    (void)state;
    static const char *const pieces[] = {"query", "key", "value"};
    char name[96], part[160];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "encoder.layer.0.attention.attention.%s.weight", pieces[i]);
        (void)snprintf(part, sizeof part, "tensor '%s' is missing", name);
        fill(&gen_dino);
        gen_as_vit(&trial.list, &feat_names_dinov2_transformers);
        gen_drop(&trial.list, name);
        trial_error(convert(NULL, FEAT_AS_IS, i == 1), FEAT_ERR_FORMAT, part);
    }
    fill(&gen_clip);
    gen_as_vit(&trial.list, &feat_names_clip_transformers);
    gen_tensor *g = gen_find(&trial.list, "vision_model.encoder.layers.0.self_attn.v_proj.bias");
    g->shape[0]--;
    g->numel--;
    g->data_bytes -= 4;
    trial_error(convert(NULL, FEAT_AS_IS, 0), FEAT_ERR_FORMAT,
                "v_proj.bias': shape 16 expected, that of 'vision_model.encoder.layers.0.self_attn.q_proj.bias', 15 "
                "found");
    (void)snprintf(g->name, sizeof g->name, "vision_model.encoder.layers.0.self_attn.k_proj.bias");
    trial_error(convert(NULL, FEAT_AS_IS, 1), FEAT_ERR_FORMAT, "k_proj.bias' is there twice");
}

/* What is published as float16 is stored so where nothing is lost, in a file of half the size; a single value that is
 * no half keeps its tensor float32. */
static void test_types(void **state)
{
    (void)state;
    unsigned char half[32];
    size_t n_half = 0;
    feat_weights *w = NULL;
    for (int stored = 0; stored < 2; stored++) {
        fill(&gen_clip);
        gen_round_half(&trial.list, &gen_clip, stored);
        must_convert(NULL, FEAT_AS_IS, &gen_clip);
        memcpy(half, stored == 0 ? report.content_sha256 : half, 32);
        assert_memory_equal(half, report.content_sha256, 32);
        assert_int_equal(feat_weights_open_among(&w, trial.out, gen_vit_nets, NULL), FEAT_OK);
        assert_int_equal(feat_weights_verify(w, NULL), FEAT_OK);
        n_half = feat_weights_n_stored(w, FEAT_FLOAT16);
        assert_int_equal(n_half, 10); /* patches, four layers of a weight and a bias, the projection */
        assert_int_equal(n_half + feat_weights_n_stored(w, FEAT_FLOAT32), feat_weights_count(w));
        assert_int_equal(feat_weights_dtype(w), FEAT_FLOAT16);
        assert_int_equal(feat_weights_at(w, 0)->dtype, FEAT_FLOAT32);
        assert_int_equal(feat_weights_save(w, trial.in, FEAT_AS_IS, NULL), FEAT_OK);
        feat_weights_close(&w);
        assert_int_equal(feat_weights_open_among(&w, trial.in, gen_vit_nets, NULL), FEAT_OK);
        assert_int_equal(feat_weights_n_stored(w, FEAT_FLOAT16), n_half);
        feat_weights_close(&w);
        must_convert(NULL, FEAT_FLOAT32, &gen_clip);
        assert_memory_not_equal(half, report.content_sha256, 32);
        assert_int_equal(feat_weights_open_among(&w, trial.out, gen_vit_nets, NULL), FEAT_OK);
        assert_int_equal(feat_weights_n_stored(w, FEAT_FLOAT16), 0);
        feat_weights_close(&w);
    }
    fill(&gen_clip);
    gen_round_half(&trial.list, &gen_clip, 0);
    gen_tensor *g = gen_find(&trial.list, "visual.proj");
    g->data[g->data_bytes - 4] ^= 1;
    must_convert(NULL, FEAT_AS_IS, &gen_clip);
    assert_int_equal(feat_weights_open_among(&w, trial.out, gen_vit_nets, NULL), FEAT_OK);
    assert_int_equal(feat_weights_n_stored(w, FEAT_FLOAT16), n_half - 1);
    feat_weights_close(&w);
    fill(&gen_dino); /* was published as float32, and stays so in float16's values too */
    for (size_t i = 0; i < trial.list.n; i++)
        memset(trial.list.t[i].data, 0, trial.list.t[i].data_bytes);
    must_convert(NULL, FEAT_AS_IS, &gen_dino);
    assert_int_equal(feat_weights_open_among(&w, trial.out, gen_vit_nets, NULL), FEAT_OK);
    assert_int_equal(feat_weights_n_stored(w, FEAT_FLOAT16), 0);
    feat_weights_close(&w);
}

/* timm's class token has its position in it: what enters the first block is the same, and the file says so. */
static void test_timm_registers(void **state)
{
    (void)state;
    enum { D = 16, N = 10 };
    float token[D], positions[N * D], hub_token[D], hub_positions[N * D];
    feat_weights *w = NULL;
    fill(&gen_dino_reg);
    memcpy(hub_token, gen_find(&trial.list, "cls_token")->data, sizeof hub_token);
    memcpy(hub_positions, gen_find(&trial.list, "pos_embed")->data, sizeof hub_positions);
    gen_as_vit(&trial.list, &feat_names_dinov2_timm_reg);
    must_convert(NULL, FEAT_AS_IS, &gen_dino_reg);
    assert_true(has_notice("the first row of pos_embed is stored as 0"));
    assert_int_equal(feat_weights_open_among(&w, trial.out, gen_vit_nets, NULL), FEAT_OK);
    assert_int_equal(feat_weights_read(w, feat_weights_find(w, "cls_token"), token, NULL), FEAT_OK);
    assert_int_equal(feat_weights_read(w, feat_weights_find(w, "pos_embed"), positions, NULL), FEAT_OK);
    feat_weights_close(&w);
    for (int i = 0; i < D; i++)
        assert_true(token[i] + positions[i] == hub_token[i] + hub_positions[i]);
    assert_memory_equal(positions + D, hub_positions + D, sizeof positions - D * sizeof(float));
    assert_int_equal(remove(trial.out), 0);
    gen_tensor *g = gen_find(&trial.list, "pos_embed");
    g->shape[g->rank - 2]--;
    g->numel -= D;
    g->data_bytes -= D * sizeof(float);
    trial_error(convert(NULL, FEAT_AS_IS, 0), FEAT_ERR_FORMAT, "pos_embed 1x8x16");
}

/* timm's bias of the projection, which no other source has, and OpenAI's network has not. */
static void test_timm_bias(void **state)
{
    (void)state;
    fill(&gen_clip);
    gen_as_vit(&trial.list, &feat_names_clip_timm);
    gen_find(&trial.list, "head.bias")->data[6] = 1;
    trial_error(convert(NULL, FEAT_AS_IS, 0), FEAT_ERR_FORMAT,
                "tensor 'head.bias': only zeros expected, which nothing adds to the features of tiny-clip");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_told_by_shapes), CASE(test_wrong_network), CASE(test_shapes_of_none), CASE(test_tokens_missing),
        CASE(test_pieces),         CASE(test_types),         CASE(test_timm_registers), CASE(test_timm_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
