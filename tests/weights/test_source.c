/* What the readers share: elements gathered in pieces, a large file mapped; and the names of the published maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "tests/weights/trial.h"
#include "weights/convert.h"

/* A matrix [32][96], its rows 100 apart: element [o][i] is 1000 o + i. */
enum { OUT = 32, IN = 96, APART = 100 };

static void fill_matrix(float m[OUT * APART], feat_src_tensor *t)
{
    for (int o = 0; o < OUT; o++)
        for (int i = 0; i < APART; i++)
            m[o * APART + i] = (float)(1000 * o + i);
    *t = (feat_src_tensor){.elem = FEAT_ELEM_F32, .rank = 2, .shape = {OUT, IN}, .stride = {APART, 1}};
    t->data = (const unsigned char *)m;
}

static void test_panels_in_pieces(void **state)
{
    (void)state;
    static float m[OUT * APART], got[OUT * IN];
    feat_src_tensor t;
    fill_matrix(m, &t);
    for (uint32_t pixels = 1; pixels <= 6; pixels++) {
        const feat_tensor as = {.rank = 2, .shape = {OUT, IN}, .n_elements = OUT * IN, .pixels = pixels};
        if (IN % (16 * pixels) != 0)
            continue;
        for (size_t piece = 1; piece < 3000; piece = piece * 7 + 1) {
            memset(got, 0, sizeof got);
            for (size_t first = 0, n; first < OUT * IN; first += n) {
                n = OUT * IN - first < piece ? OUT * IN - first : piece;
                feat_source_gather(&t, &as, first, n, got + first);
                feat_source_done(&t, &as, first + n);
            }
            for (uint64_t o = 0; o < OUT; o++)
                for (uint64_t i = 0; i < IN; i++)
                    assert_true(got[feat_panel_index(&as, o, i)] == (float)(1000 * o + i));
        }
    }
}

/* Axes in any order, as a view of transposed data has them. */
static void test_rows_in_pieces(void **state)
{
    (void)state;
    float m[2 * 3 * 4 * 5], got[2 * 3 * 4 * 5];
    const feat_src_tensor t = {.elem = FEAT_ELEM_F32, .rank = 4, .shape = {2, 3, 4, 5}, .stride = {1, 2, 30, 6},
                               .data = (const unsigned char *)m};
    const feat_tensor as = {.rank = 4, .shape = {2, 3, 4, 5}, .n_elements = 120};
    for (int i = 0; i < 120; i++)
        m[i] = (float)i;
    for (size_t piece = 1; piece <= 120; piece++) {
        for (size_t first = 0, n; first < 120; first += n) {
            n = 120 - first < piece ? 120 - first : piece;
            feat_source_gather(&t, &as, first, n, got + first);
            feat_source_done(&t, &as, first + n);
        }
        for (size_t k = 0; k < 120; k++) {
            size_t a = k / 60, b = k / 20 % 3, c = k / 5 % 4, d = k % 5;
            assert_true(got[k] == (float)(a + 2 * b + 30 * c + 6 * d));
        }
    }
}

/* Of more than a megabyte: mapped, the same bytes, and nothing left of the mapping. */
static void test_large_file(void **state)
{
    (void)state;
    enum { BYTES = 3 << 20 };
    unsigned char *bytes = feat_alloc(BYTES), digest[32], want[32];
    feat_sha256 sha;
    feat_file file;
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    gen_write_file(trial.in, bytes, BYTES);
    feat_sha256_init(&sha);
    size_t live = feat_alloc_live();
    assert_int_equal(feat_load_file(&file, trial.in, &sha, &trial.err), FEAT_OK);
    assert_int_equal(feat_alloc_live(), live); /* nothing of it on the heap */
    assert_int_equal(file.n_bytes, BYTES);
    assert_true(feat_mapped_has(file.bytes));
    assert_memory_equal(file.bytes, bytes, BYTES);
    const unsigned char *at = file.bytes;
    feat_release_file(&file);
    assert_null(file.bytes);
    assert_false(feat_mapped_has(at));
    feat_sha256_final(&sha, digest);
    feat_sha256_init(&sha);
    feat_sha256_update(&sha, bytes, BYTES);
    feat_sha256_final(&sha, want);
    assert_memory_equal(digest, want, 32);
    feat_free(bytes);
}

/* A conversion of such a file: what follows the last tensor makes it large. */
static void test_large_conversion(void **state)
{
    (void)state;
    enum { MORE = 2 << 20 };
    gen_buf b = {NULL, 0, 0};
    unsigned char *more = feat_calloc(1, MORE), digest[2][32];
    gen_fill(&trial.list, &gen_vgg, 0, 0);
    gen_legacy(&b, &trial.list);
    for (int large = 0; large < 2; large++) {
        const feat_convert_options options = {trial.in, trial.out, FEAT_FLOAT32, NULL};
        feat_convert_report report;
        gen_put(&b, more, large ? MORE : 0);
        gen_write_file(trial.in, b.p, b.n);
        assert_int_equal(feat_convert_among(&options, gen_maps, &report, &trial.err), FEAT_OK);
        memcpy(digest[large], report.content_sha256, 32);
    }
    assert_memory_equal(digest[0], digest[1], 32);
    feat_free(more);
    gen_free(&b);
}

/* Names in StyleGAN's archive are those of the graph it was translated from, with dots; branches of the two last blocks
 * are no modules of their own. */
static void test_stylegan_names(void **state)
{
    (void)state;
    const feat_name_map *map = &feat_names_inception_v3_stylegan, *graph = &feat_names_inception_v3_graphdef;
    assert_int_equal(map->n_layers, 94);
    assert_int_equal(graph->n_layers, 94);
    for (size_t i = 0; i < graph->n_layers; i++) {
        const char *scope = graph->layers[i].theirs;
        bool flat = strncmp(scope, "mixed_9/", 8) == 0 || strncmp(scope, "mixed_10/", 9) == 0;
        char want[FEAT_NAME_BYTES], ours[FEAT_NAME_BYTES], theirs[FEAT_NAME_BYTES];
        (void)snprintf(want, sizeof want, "layers.%s.var", scope);
        char *block = strchr(want, '/');
        for (char *slash = block; slash != NULL; slash = strchr(slash, '/'))
            *slash = slash != block && flat ? '_' : '.';
        const feat_part_name *part;
        assert_true(feat_name_ours(ours, &part, map, want, strlen(want)));
        assert_non_null(part);
        (void)snprintf(theirs, sizeof theirs, "%s.bn.running_var", graph->layers[i].ours);
        assert_string_equal(ours, theirs);
        feat_name_theirs(theirs, map, ours, 0);
        assert_string_equal(theirs, want);
    }
}

/* Which piece of our tensor a key of the map is, of `theirs`, and nothing else. */
static size_t count_pieces(const feat_name_map *map, const char *name)
{
    size_t n = 0;
    for (uint32_t piece = 0; piece == 0 || piece < n; piece++) {
        char theirs[FEAT_NAME_BYTES], ours[FEAT_NAME_BYTES];
        const feat_part_name *part;
        feat_name_theirs(theirs, map, name, piece);
        assert_true(feat_name_ours(ours, &part, map, theirs, strlen(theirs)));
        assert_string_equal(ours, name);
        assert_false(feat_name_is_dropped(map, theirs, strlen(theirs)));
        if (part != NULL && part->n_pieces > 0)
            assert_int_equal(part->piece, piece);
        n = part != NULL && part->n_pieces > 0 ? part->n_pieces : 1;
    }
    return n;
}

/* Every tensor of a network that a map is for can be told from its name in the source and back. */
static void test_names_there_and_back(void **state)
{
    (void)state;
    for (size_t m = 0; feat_name_maps[m] != NULL; m++) {
        const feat_name_map *map = feat_name_maps[m];
        for (size_t k = 0; map->origin != FEAT_ORIGIN_TFJS && map->nets[k] != NULL; k++) {
            feat_contents contents;
            feat_net_published(&contents, map->nets[k]);
            size_t n = feat_net_count_tensors(map->nets[k], &contents), n_probe = 0;
            feat_tensor *list = feat_alloc_array(n, sizeof *list);
            feat_net_list_tensors(list, map->nets[k], &contents);
            for (size_t i = 0; i < n; i++) {
                char theirs[FEAT_NAME_BYTES];
                (void)count_pieces(map, list[i].name);
                feat_name_theirs(theirs, map, list[i].name, 0);
                n_probe += strcmp(theirs, map->probe) == 0;
            }
            assert_int_equal(n_probe, 1);
            feat_free(list);
        }
    }
}

/* Keys as the publishers' files have them, and what is ours of them: `piece` of 3 (0 of 0: the whole), transposed. */
static void test_published_names(void **state)
{
    (void)state;
    static const feat_name_map *const maps[] = {&feat_names_dinov2_transformers, &feat_names_dinov2_timm_reg,
                                                &feat_names_clip_transformers, &feat_names_clip_timm,
                                                &feat_names_clip_torch, &feat_names_dinov2_torch};
    enum { DINO_HF, DINO_REG, CLIP_HF, CLIP_TIMM, CLIP_OPENAI, DINO_HUB };
#define DINO "encoder.layer.17."
#define CLIP "vision_model.encoder.layers.23."
#define BLOCK "visual.transformer.resblocks.23."
    static const struct {
        int map;
        const char *theirs, *ours; /* NULL: dropped */
        uint32_t piece, n_pieces;
        int transposed;
    } keys[] = {
        {DINO_HF, "embeddings.cls_token", "cls_token", 0, 0, 0},
        {DINO_HF, "embeddings.mask_token", NULL, 0, 0, 0},
        {DINO_HF, "embeddings.register_tokens", "register_tokens", 0, 0, 0},
        {DINO_HF, "embeddings.position_embeddings", "pos_embed", 0, 0, 0},
        {DINO_HF, "embeddings.patch_embeddings.projection.weight", "patch_embed.proj.weight", 0, 0, 0},
        {DINO_HF, "embeddings.patch_embeddings.projection.bias", "patch_embed.proj.bias", 0, 0, 0},
        {DINO_HF, DINO "norm1.weight", "blocks.17.norm1.weight", 0, 0, 0},
        {DINO_HF, DINO "norm2.bias", "blocks.17.norm2.bias", 0, 0, 0},
        {DINO_HF, DINO "attention.attention.query.weight", "blocks.17.attn.qkv.weight", 0, 3, 0},
        {DINO_HF, DINO "attention.attention.key.weight", "blocks.17.attn.qkv.weight", 1, 3, 0},
        {DINO_HF, DINO "attention.attention.value.bias", "blocks.17.attn.qkv.bias", 2, 3, 0},
        {DINO_HF, DINO "attention.output.dense.weight", "blocks.17.attn.proj.weight", 0, 0, 0},
        {DINO_HF, DINO "layer_scale1.lambda1", "blocks.17.ls1.gamma", 0, 0, 0},
        {DINO_HF, DINO "layer_scale2.lambda1", "blocks.17.ls2.gamma", 0, 0, 0},
        {DINO_HF, DINO "mlp.fc1.weight", "blocks.17.mlp.fc1.weight", 0, 0, 0},
        {DINO_HF, DINO "mlp.fc2.bias", "blocks.17.mlp.fc2.bias", 0, 0, 0},
        {DINO_HF, "layernorm.weight", "norm.weight", 0, 0, 0},
        {DINO_HF, "encoder.layer.x.norm1.weight", "encoder.layer.x.norm1.weight", 0, 0, 0},
        {DINO_HF, "encoder.layer.01.norm1.weight", "encoder.layer.01.norm1.weight", 0, 0, 0},
        {DINO_REG, "reg_token", "register_tokens", 0, 0, 0},
        {DINO_REG, "pos_embed", "pos_embed", 0, 0, 0},
        {DINO_HUB, "mask_token", NULL, 0, 0, 0},
        {DINO_HUB, "blocks.3.attn.qkv.bias", "blocks.3.attn.qkv.bias", 0, 0, 0},
        {CLIP_HF, "vision_model.embeddings.class_embedding", "visual.class_embedding", 0, 0, 0},
        {CLIP_HF, "vision_model.embeddings.position_embedding.weight", "visual.positional_embedding", 0, 0, 0},
        {CLIP_HF, "vision_model.embeddings.position_ids", NULL, 0, 0, 0},
        {CLIP_HF, "vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight", 0, 0, 0},
        {CLIP_HF, "vision_model.pre_layrnorm.bias", "visual.ln_pre.bias", 0, 0, 0},
        {CLIP_HF, "vision_model.post_layernorm.weight", "visual.ln_post.weight", 0, 0, 0},
        {CLIP_HF, "visual_projection.weight", "visual.proj", 0, 0, 1},
        {CLIP_HF, CLIP "self_attn.q_proj.bias", BLOCK "attn.in_proj_bias", 0, 3, 0},
        {CLIP_HF, CLIP "self_attn.k_proj.weight", BLOCK "attn.in_proj_weight", 1, 3, 0},
        {CLIP_HF, CLIP "self_attn.v_proj.weight", BLOCK "attn.in_proj_weight", 2, 3, 0},
        {CLIP_HF, CLIP "self_attn.out_proj.weight", BLOCK "attn.out_proj.weight", 0, 0, 0},
        {CLIP_HF, CLIP "layer_norm1.weight", BLOCK "ln_1.weight", 0, 0, 0},
        {CLIP_HF, CLIP "layer_norm2.bias", BLOCK "ln_2.bias", 0, 0, 0},
        {CLIP_HF, CLIP "mlp.fc1.bias", BLOCK "mlp.c_fc.bias", 0, 0, 0},
        {CLIP_HF, CLIP "mlp.fc2.weight", BLOCK "mlp.c_proj.weight", 0, 0, 0},
        {CLIP_HF, "text_model.encoder.layers.0.layer_norm1.bias", NULL, 0, 0, 0},
        {CLIP_HF, "text_projection.weight", NULL, 0, 0, 0},
        {CLIP_HF, "logit_scale", NULL, 0, 0, 0},
        {CLIP_TIMM, "cls_token", "visual.class_embedding", 0, 0, 0},
        {CLIP_TIMM, "norm_pre.weight", "visual.ln_pre.weight", 0, 0, 0},
        {CLIP_TIMM, "norm.weight", "visual.ln_post.weight", 0, 0, 0},
        {CLIP_TIMM, "blocks.23.attn.qkv.weight", BLOCK "attn.in_proj_weight", 0, 0, 0},
        {CLIP_TIMM, "blocks.23.norm2.weight", BLOCK "ln_2.weight", 0, 0, 0},
        {CLIP_TIMM, "head.weight", "visual.proj", 0, 0, 1},
        {CLIP_OPENAI, "positional_embedding", NULL, 0, 0, 0},
        {CLIP_OPENAI, "transformer.resblocks.0.ln_1.weight", NULL, 0, 0, 0},
        {CLIP_OPENAI, "token_embedding.weight", NULL, 0, 0, 0},
        {CLIP_OPENAI, BLOCK "ln_1.weight", BLOCK "ln_1.weight", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const feat_name_map *map = maps[keys[i].map];
        const feat_part_name *part;
        char ours[FEAT_NAME_BYTES];
        assert_int_equal(feat_name_is_dropped(map, keys[i].theirs, strlen(keys[i].theirs)), keys[i].ours == NULL);
        if (keys[i].ours == NULL)
            continue;
        assert_true(feat_name_ours(ours, &part, map, keys[i].theirs, strlen(keys[i].theirs)));
        assert_string_equal(ours, keys[i].ours);
        assert_int_equal(part != NULL ? part->piece : 0, keys[i].piece);
        assert_int_equal(part != NULL ? part->n_pieces : 0, keys[i].n_pieces);
        assert_int_equal(part != NULL && part->rank == 2 && part->order[0] == 1, keys[i].transposed);
    }
    char ours[FEAT_NAME_BYTES];
    const feat_part_name *part;
    const char *longest = "encoder.layer.1000000000000000000000000000000000000000.norm1.weight";
    assert_true(feat_name_ours(ours, &part, maps[DINO_HF], longest, strlen(longest)));
    longest = "encoder.layer.10000000000000000000000000000000000000000000.attention.attention.key.bias";
    (void)feat_name_ours(ours, &part, maps[DINO_HF], longest, strlen(longest));
    assert_true(strnlen(ours, sizeof ours) < sizeof ours);
}

/* Three pieces on the first axis, two more than the first row apart; in panels and row by row, in parts of any size. */
static void test_joined_in_pieces(void **state)
{
    (void)state;
    static float m[OUT * APART], got[OUT * IN];
    feat_src_tensor t[3];
    fill_matrix(m, &t[0]);
    t[1] = t[2] = t[0];
    t[0].shape[0] = 10;
    t[1].shape[0] = 1;
    t[2].shape[0] = OUT - 11;
    t[1].data = (const unsigned char *)(m + 10 * APART);
    t[2].data = (const unsigned char *)(m + 11 * APART);
    t[0].next = &t[1];
    t[1].next = &t[2];
    assert_int_equal(feat_source_rows(&t[0]), OUT);
    for (uint32_t pixels = 0; pixels <= 1; pixels++) {
        const feat_tensor as = {.rank = 2, .shape = {OUT, IN}, .n_elements = OUT * IN, .pixels = pixels};
        for (size_t piece = 1; piece < 3000; piece = piece * 3 + 1) {
            memset(got, 0, sizeof got);
            for (size_t first = 0, n; first < OUT * IN; first += n) {
                n = OUT * IN - first < piece ? OUT * IN - first : piece;
                feat_source_gather(&t[0], &as, first, n, got + first);
                feat_source_done(&t[0], &as, first + n);
            }
            for (uint64_t o = 0; o < OUT; o++)
                for (uint64_t i = 0; i < IN; i++)
                    assert_true(got[pixels > 0 ? feat_panel_index(&as, o, i) : o * IN + i] == (float)(1000 * o + i));
        }
    }
    /* thousands up to 2048 are halfs, 3001 is none */
    t[0].shape[0] = 3;
    t[0].next = NULL;
    assert_false(feat_source_is_half(&t[0]));
    t[0].shape[0] = 2;
    t[0].next = &t[2];
    assert_false(feat_source_is_half(&t[0]));
    t[0].next = NULL;
    assert_true(feat_source_is_half(&t[0]));
    assert_false(feat_source_is_zero(&t[0]));
    t[0].shape[0] = t[0].shape[1] = 1;
    assert_true(feat_source_is_zero(&t[0]));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_panels_in_pieces), CASE(test_rows_in_pieces), CASE(test_large_file),
        CASE(test_large_conversion), CASE(test_stylegan_names), CASE(test_names_there_and_back),
        CASE(test_published_names), CASE(test_joined_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
