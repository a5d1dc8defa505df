/* Stand-ins for DINOv2 and CLIP, which are never run: one block, a few tokens; and how their publishers, transformers
 * and timm call and shape the tensors. The maps are the published ones, of other networks. */
#include "tests/weights/weightgen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/nets/vit_rows.h"

/* Of 4 x 4 pixels: four patches. Positions of DINOv2 are of 3 x 3. */
enum { SIDE = 4, PATCH = 2, TRAINED_SIDE = 3, TOKENS = 5, TOKENS_REG4 = 9, CLASS = VIT_FIRST + VIT_PER_BLOCK, OUT };

#define DINO(id, number_, D, T)                                                                                      \
    static const feat_shape shapes_##id[] = {[VIT_IMAGE] = {3, SIDE, SIDE},                                          \
                                             [VIT_NORMED] = {D, 1, T},                                               \
                                             VIT_LAST_SHAPES(0, D, T)[CLASS] = {D, 1, 1}};                           \
    static const feat_op ops_##id[] = {                                                                              \
        ROW_EMBED(0, "", VIT_NORMED, D, PATCH),                                                                      \
        ROW_NORM(1, "blocks.0.norm1", VIT_IN(0), VIT_NORM1(0)),                                                      \
        ROW_QKV(2, "blocks.0.attn.qkv", VIT_NORM1(0), VIT_QKV(0), D, 1),                                             \
        ROW_LINEAR(3, "blocks.0.attn.proj", VIT_ATTENDED(0), VIT_PROJECTED(0), D, D),                                \
        ROW_SCALED_SUM(4, "blocks.0.ls1", VIT_PROJECTED(0), VIT_IN(0), VIT_MIDDLE(0)),                               \
        ROW_NORM(5, "blocks.0.norm2", VIT_MIDDLE(0), VIT_NORM2(0)),                                                  \
        ROW_LINEAR(6, "blocks.0.mlp.fc1", VIT_NORM2(0), VIT_HIDDEN(0), 4 * (D), D),                                  \
        ROW_LINEAR(7, "blocks.0.mlp.fc2", VIT_ACTIVE(0), VIT_NARROWED(0), D, 4 * (D)),                               \
        ROW_SCALED_SUM(8, "blocks.0.ls2", VIT_NARROWED(0), VIT_MIDDLE(0), VIT_OUT(0)),                               \
        ROW_NORM(9, "norm", VIT_OUT(0), CLASS),                                                                      \
    };                                                                                                               \
    const feat_net gen_##id = {.name = "tiny-" #id,                                                                  \
                               .family = "tiny-dino",                                                                \
                               .variant = #id,                                                                       \
                               .number = number_,                                                                    \
                               .tensors = shapes_##id,                                                               \
                               .n_tensors = sizeof shapes_##id / sizeof shapes_##id[0],                              \
                               .ops = ops_##id,                                                                      \
                               .n_ops = sizeof ops_##id / sizeof ops_##id[0],                                        \
                               .roles = {FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP},                        \
                               .naming = &feat_dinov2_naming,                                                        \
                               .position_side = TRAINED_SIDE,                                                        \
                               .preset = "tf1"};

DINO(dino, 4, 16, TOKENS)
DINO(dino_wide, 5, 32, TOKENS)
DINO(dino_reg, 6, 16, TOKENS_REG4)

#define BLOCK "visual.transformer.resblocks.0."
#define CLIP(id, number_, side, D, T, width)                                                                         \
    static const feat_shape shapes_##id[] = {[VIT_IMAGE] = {3, side, side},                                          \
                                             [VIT_EMBEDDED] = {D, 1, T},                                             \
                                             [VIT_NORMED] = {D, 1, T},                                               \
                                             VIT_LAST_SHAPES(0, D, T)[CLASS] = {D, 1, 1},                            \
                                             [OUT] = {width, 1, 1}};                                                 \
    static const feat_op ops_##id[] = {                                                                              \
        ROW_EMBED(0, "visual.", VIT_EMBEDDED, D, PATCH),                                                             \
        ROW_NORM(1, "visual.ln_pre", VIT_EMBEDDED, VIT_NORMED),                                                      \
        ROW_NORM(2, BLOCK "ln_1", VIT_IN(0), VIT_NORM1(0)),                                                          \
        ROW_QKV(3, BLOCK "attn.in_proj", VIT_NORM1(0), VIT_QKV(0), D, 1),                                            \
        ROW_LINEAR(4, BLOCK "attn.out_proj", VIT_ATTENDED(0), VIT_PROJECTED(0), D, D),                               \
        ROW_NORM(5, BLOCK "ln_2", VIT_MIDDLE(0), VIT_NORM2(0)),                                                      \
        ROW_LINEAR(6, BLOCK "mlp.c_fc", VIT_NORM2(0), VIT_HIDDEN(0), 4 * (D), D),                                    \
        ROW_LINEAR(7, BLOCK "mlp.c_proj", VIT_ACTIVE(0), VIT_NARROWED(0), D, 4 * (D)),                               \
        ROW_NORM(8, "visual.ln_post", VIT_OUT(0), CLASS),                                                            \
        ROW_PROJECT(9, "visual.proj", CLASS, OUT, width, D),                                                         \
    };                                                                                                               \
    const feat_net gen_##id = {.name = "tiny-" #id,                                                                  \
                               .family = "tiny-clip",                                                                \
                               .variant = #id,                                                                       \
                               .number = number_,                                                                    \
                               .tensors = shapes_##id,                                                               \
                               .n_tensors = sizeof shapes_##id / sizeof shapes_##id[0],                              \
                               .ops = ops_##id,                                                                      \
                               .n_ops = sizeof ops_##id / sizeof ops_##id[0],                                        \
                               .roles = {FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP},                        \
                               .naming = &feat_clip_naming,                                                          \
                               .half_dense = 1,                                                                      \
                               .preset = "tf1"};

CLIP(clip, 7, SIDE, 16, TOKENS, 8)
CLIP(clip_large, 8, 6, 16, 10, 8)

const feat_net *const gen_vit_nets[] = {&gen_dino, &gen_dino_wide, &gen_dino_reg, &gen_clip, &gen_clip_large, NULL};

static const feat_net *const dino_nets[] = {&gen_dino, &gen_dino_wide, &gen_dino_reg, NULL};
static const feat_net *const reg_nets[] = {&gen_dino_reg, NULL};
static const feat_net *const clip_nets[] = {&gen_clip, &gen_clip_large, NULL};

static const struct {
    const feat_name_map *map;
    const feat_net *const *nets;
} likes[] = {{&feat_names_dinov2_timm_reg, reg_nets}, {&feat_names_dinov2_torch, dino_nets},
             {&feat_names_dinov2_transformers, dino_nets}, {&feat_names_clip_torch, clip_nets},
             {&feat_names_clip_timm, clip_nets}, {&feat_names_clip_transformers, clip_nets}};
enum { N_LIKES = sizeof likes / sizeof likes[0], MOST_MAPS = 16 };

const feat_name_map *const *gen_all_maps(void)
{
    static feat_name_map maps[N_LIKES];
    static const feat_name_map *all[MOST_MAPS + 1];
    size_t n = 0;
    for (size_t i = 0; gen_maps[i] != NULL; i++)
        all[n++] = gen_maps[i];
    for (size_t i = 0; i < N_LIKES; i++) {
        maps[i] = *likes[i].map;
        maps[i].nets = likes[i].nets;
        all[n++] = &maps[i];
    }
    assert_true(n <= MOST_MAPS);
    all[n] = NULL;
    return all;
}

/* --- files ---------------------------------------------------------------------------------------------- */

void gen_round_half(gen_list *list, const feat_net *net, int stored)
{
    feat_tensor tensors[GEN_MAX];
    feat_contents contents;
    feat_net_published(&contents, net);
    feat_net_list_tensors(tensors, net, &contents);
    for (size_t i = 0; i < list->n; i++) {
        gen_tensor *g = &list->t[i];
        if (tensors[i].dtype != FEAT_FLOAT16)
            continue;
        assert_string_equal(g->name, tensors[i].name);
        for (size_t k = 0; k < g->data_bytes / 4; k++) {
            float value;
            memcpy(&value, g->data + 4 * k, 4);
            uint16_t half = feat_half_round(value);
            value = feat_half_widen(half);
            memcpy(g->data + (stored ? 2 : 4) * k, stored ? (const void *)&half : &value, stored ? 2 : 4);
        }
        g->data_bytes /= stored ? 2 : 1;
        g->storage = stored ? "HalfStorage" : g->storage;
    }
}

/* A matrix is stored column by column. */
static void transpose(gen_tensor *g)
{
    size_t rows = (size_t)g->shape[0], columns = (size_t)g->shape[1];
    unsigned char *to = feat_alloc(g->data_bytes);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            memcpy(to + 4 * (c * rows + r), g->data + 4 * (r * columns + c), 4);
    feat_free(g->data);
    g->data = to;
    g->shape[0] = (int64_t)columns;
    g->shape[1] = g->stride[0] = (int64_t)rows;
    g->stride[1] = 1;
}

/* Puts axes of 1 in front until there are `rank`. */
static void widen(gen_tensor *g, size_t rank)
{
    while (g->rank < rank) {
        memmove(g->shape + 1, g->shape, g->rank * sizeof g->shape[0]);
        memmove(g->stride + 1, g->stride, g->rank * sizeof g->stride[0]);
        g->shape[0] = 1;
        g->stride[0] = g->numel;
        g->rank++;
    }
}

/* Three tensors of the thirds of one. */
static void split(gen_list *list, size_t index, const feat_name_map *map)
{
    char ours[FEAT_NAME_BYTES];
    gen_tensor whole = list->t[index];
    memcpy(ours, whole.name, sizeof ours);
    for (uint32_t piece = 0; piece < 3; piece++) {
        gen_tensor *g = piece == 0 ? &list->t[index] : &list->t[list->n++];
        assert_true(list->n <= GEN_MAX);
        *g = whole;
        g->shape[0] /= 3;
        g->numel /= 3;
        g->data_bytes /= 3;
        g->data = feat_alloc(g->data_bytes);
        memcpy(g->data, whole.data + piece * g->data_bytes, g->data_bytes);
        feat_name_theirs(g->name, map, ours, piece);
    }
    feat_free(whole.data);
}

static gen_tensor *find_maybe(gen_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->t[i].name, name) == 0)
            return &list->t[i];
    return NULL;
}

static void widen_if_there(gen_list *list, const char *name)
{
    gen_tensor *g = find_maybe(list, name);
    if (g != NULL)
        widen(g, 3);
}

/* timm's class token with its position in it, which then is not there. */
static void add_class_position(gen_list *list)
{
    gen_tensor *token = gen_find(list, "cls_token"), *positions = gen_find(list, "pos_embed");
    float *to = (float *)(void *)token->data;
    const float *from = (const float *)(const void *)positions->data;
    size_t row = token->data_bytes;
    for (size_t i = 0; i < row / 4; i++)
        to[i] += from[i];
    memmove(positions->data, positions->data + row, positions->data_bytes - row);
    positions->data_bytes -= row;
    positions->numel -= (int64_t)row / 4;
    positions->shape[positions->rank - 2]--;
}

void gen_as_published(gen_list *list)
{
    widen_if_there(list, "cls_token");
    widen_if_there(list, "pos_embed");
    widen_if_there(list, "register_tokens");
    gen_add(list, find_maybe(list, "cls_token") != NULL ? "mask_token" : "logit_scale", 1);
}

void gen_as_vit(gen_list *list, const feat_name_map *map)
{
    bool clip = find_maybe(list, "visual.proj") != NULL;
    size_t n = list->n;
    if (map == &feat_names_dinov2_timm_reg)
        add_class_position(list);
    if (!clip) {
        widen_if_there(list, "cls_token");
        widen_if_there(list, "pos_embed");
        widen_if_there(list, "register_tokens");
    }
    if (clip)
        transpose(gen_find(list, "visual.proj"));
    if (map == &feat_names_clip_timm) {
        widen_if_there(list, "visual.class_embedding");
        widen(gen_find(list, "visual.positional_embedding"), 3);
        gen_add(list, "head.bias", 8);
    }
    for (size_t i = 0; i < n; i++) {
        char theirs[FEAT_NAME_BYTES], ours[FEAT_NAME_BYTES];
        const feat_part_name *part;
        feat_name_theirs(theirs, map, list->t[i].name, 0);
        assert_true(feat_name_ours(ours, &part, map, theirs, strlen(theirs)));
        if (part != NULL && part->n_pieces == 3)
            split(list, i, map);
        else
            memcpy(list->t[i].name, theirs, sizeof theirs);
    }
}
