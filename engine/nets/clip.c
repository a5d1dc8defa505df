/* The image towers of CLIP that are transformers: Radford et al., "Learning Transferable Visual Models From Natural
 * Language Supervision", 2021. Names and shapes are those of openai/CLIP's published models. The features are the
 * projected class token, not normalised: what clean-fid and torch-fidelity compare, and CMMD after it has normalised
 * them. */
#include "engine/nets/vit_rows.h"

#define POOLED(blocks) VIT_AT(blocks, 0)
#define PROJECTION(blocks) VIT_AT(blocks, 1)

/* Names of the operations of block i, and their places in a file. */
#define PLACE(i, k) (2 + 6 * (i) + (k))
#define BLOCK_NAME(i) "visual.transformer.resblocks." #i
#define BLOCK_OPS(i, D, queries)                                                                                     \
    ROW_NORM(PLACE(i, 0), BLOCK_NAME(i) ".ln_1", VIT_IN(i), VIT_NORM1(i)),                                           \
    ROW_QKV(PLACE(i, 1), BLOCK_NAME(i) ".attn.in_proj", VIT_NORM1(i), VIT_QKV(i), D, queries),                       \
    ROW_ATTENTION(VIT_QKV(i), VIT_ATTENDED(i), D),                                                                   \
    ROW_LINEAR(PLACE(i, 2), BLOCK_NAME(i) ".attn.out_proj", VIT_ATTENDED(i), VIT_PROJECTED(i), D, D),                \
    ROW_SUM(VIT_PROJECTED(i), VIT_IN(i), VIT_MIDDLE(i)),                                                             \
    ROW_NORM(PLACE(i, 3), BLOCK_NAME(i) ".ln_2", VIT_MIDDLE(i), VIT_NORM2(i)),                                       \
    ROW_LINEAR(PLACE(i, 4), BLOCK_NAME(i) ".mlp.c_fc", VIT_NORM2(i), VIT_HIDDEN(i), 4 * (D), D),                     \
    ROW_ACTIVATE(FEAT_OP_QUICK_GELU, VIT_HIDDEN(i), VIT_ACTIVE(i)),                                                  \
    ROW_LINEAR(PLACE(i, 5), BLOCK_NAME(i) ".mlp.c_proj", VIT_ACTIVE(i), VIT_NARROWED(i), D, 4 * (D)),                \
    ROW_SUM(VIT_NARROWED(i), VIT_MIDDLE(i), VIT_OUT(i)),
#define OPS(i, D, T) BLOCK_OPS(i, D, T)
#define LAST_OPS(i, D, T) BLOCK_OPS(i, D, 1)

static const feat_scaling scaling = FEAT_SCALING_CLIP;

/* id: of the C names; label: after "clip-"; EACH: VIT_TWELVE or VIT_TWENTY_FOUR, which is `depth`; width: of the
 * features; usual: the preset of the metric that the network is known for. */
#define NETWORK(id, label, place, side, patch, D, T, EACH, depth, width, usual)                                  \
    static const feat_shape shapes_##id[] = {                                                                        \
        [VIT_IMAGE] = {3, side, side}, [VIT_EMBEDDED] = {D, 1, T}, [VIT_NORMED] = {D, 1, T},                         \
        EACH(VIT_SHAPES, VIT_LAST_SHAPES, D, T)[POOLED(depth)] = {D, 1, 1}, [PROJECTION(depth)] = {width, 1, 1}};    \
    static const feat_tap_info taps_##id[] = {{"pooled", D}, {"embedding", width}};                                  \
    static const feat_op ops_##id[] = {ROW_EMBED(0, "visual.", VIT_EMBEDDED, D, patch),                              \
                                       ROW_NORM(1, "visual.ln_pre", VIT_EMBEDDED, VIT_NORMED),                       \
                                       EACH(OPS, LAST_OPS, D, T)                                                     \
                                           ROW_NORM(PLACE(depth, 0), "visual.ln_post", VIT_OUT((depth) - 1),         \
                                                    POOLED(depth)),                                                  \
                                       ROW_VECTOR(0, POOLED(depth)),                                                 \
                                       ROW_PROJECT(PLACE(depth, 1), "visual.proj", POOLED(depth), PROJECTION(depth), \
                                                   width, D),                                                        \
                                       ROW_VECTOR(1, PROJECTION(depth))};                                            \
    const feat_net feat_clip_##id = {                                                                                \
        VIT_FIELDS("clip", label, place, id),                                                                        \
        .naming = &feat_clip_naming,                                                                                 \
        .norm_epsilon = 1e-5,                                                                                        \
        .half_dense = 1,                                                                                             \
        .scaling = &scaling,                                                                                         \
        .preset = usual,                                                                                             \
    };

NETWORK(vit_b_32, "vit-b-32", 10, 224, 32, 768, 50, VIT_TWELVE, 12, 512, "clip")
NETWORK(vit_b_16, "vit-b-16", 11, 224, 16, 768, 197, VIT_TWELVE, 12, 512, "clip")
NETWORK(vit_l_14, "vit-l-14", 12, 224, 14, 1024, 257, VIT_TWENTY_FOUR, 24, 768, "clip")
NETWORK(vit_l_14_336, "vit-l-14-336", 13, 336, 14, 1024, 577, VIT_TWENTY_FOUR, 24, 768, "cmmd")
