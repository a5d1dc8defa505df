/* DINOv2: Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023; with four registers:
 * Darcet et al., "Vision Transformers Need Registers", 2024. Names and shapes are those of facebookresearch/dinov2's
 * published checkpoints, the positions for 224 x 224 pixels those that its models compute. The features are the class
 * token after the last norm: what dgm-eval, EDM2 and torch-fidelity compare. */
#include "engine/nets/vit_rows.h"

enum { SIDE = 224, PATCH = 14, TRAINED_SIDE = 37, TOKENS = 257, TOKENS_REG4 = 261 };

#define FEATURES(blocks) VIT_AT(blocks, 0)

/* Names of the operations of block i, and their places in a file. */
#define PLACE(i, k) (1 + 8 * (i) + (k))
#define BLOCK_OPS(i, D, queries)                                                                                     \
    ROW_NORM(PLACE(i, 0), "blocks." #i ".norm1", VIT_IN(i), VIT_NORM1(i)),                                           \
    ROW_QKV(PLACE(i, 1), "blocks." #i ".attn.qkv", VIT_NORM1(i), VIT_QKV(i), D, queries),                            \
    ROW_ATTENTION(VIT_QKV(i), VIT_ATTENDED(i), D),                                                                   \
    ROW_LINEAR(PLACE(i, 2), "blocks." #i ".attn.proj", VIT_ATTENDED(i), VIT_PROJECTED(i), D, D),                     \
    ROW_SCALED_SUM(PLACE(i, 3), "blocks." #i ".ls1", VIT_PROJECTED(i), VIT_IN(i), VIT_MIDDLE(i)),                    \
    ROW_NORM(PLACE(i, 4), "blocks." #i ".norm2", VIT_MIDDLE(i), VIT_NORM2(i)),                                       \
    ROW_LINEAR(PLACE(i, 5), "blocks." #i ".mlp.fc1", VIT_NORM2(i), VIT_HIDDEN(i), 4 * (D), D),                       \
    ROW_ACTIVATE(FEAT_OP_GELU, VIT_HIDDEN(i), VIT_ACTIVE(i)),                                                        \
    ROW_LINEAR(PLACE(i, 6), "blocks." #i ".mlp.fc2", VIT_ACTIVE(i), VIT_NARROWED(i), D, 4 * (D)),                    \
    ROW_SCALED_SUM(PLACE(i, 7), "blocks." #i ".ls2", VIT_NARROWED(i), VIT_MIDDLE(i), VIT_OUT(i)),
#define OPS(i, D, T) BLOCK_OPS(i, D, T)
#define LAST_OPS(i, D, T) BLOCK_OPS(i, D, 1)

static const feat_scaling scaling = FEAT_SCALING_IMAGENET;

/* id: of the C names; label: after "dinov2-"; EACH: VIT_TWELVE or VIT_TWENTY_FOUR, which is `depth`. */
#define NETWORK(id, label, place, D, T, EACH, depth, resizing)                                                       \
    static const feat_shape shapes_##id[] = {[VIT_IMAGE] = {3, SIDE, SIDE}, [VIT_NORMED] = {D, 1, T},                \
                                             EACH(VIT_SHAPES, VIT_LAST_SHAPES, D, T)[FEATURES(depth)] = {D, 1, 1}};  \
    static const feat_tap_info taps_##id[] = {{"cls", D}};                                                           \
    static const feat_op ops_##id[] = {ROW_EMBED(0, "", VIT_NORMED, D, PATCH), EACH(OPS, LAST_OPS, D, T)             \
                                           ROW_NORM(PLACE(depth, 0), "norm", VIT_OUT((depth) - 1), FEATURES(depth)), \
                                       ROW_VECTOR(0, FEATURES(depth))};                                              \
    const feat_net feat_dinov2_##id = {                                                                              \
        VIT_FIELDS("dinov2", label, place, id),                                                                      \
        .naming = &feat_dinov2_naming,                                                                               \
        .norm_epsilon = 1e-6,                                                                                        \
        .position_side = TRAINED_SIDE,                                                                               \
        .position_resize = resizing,                                                                                 \
        .scaling = &scaling,                                                                                         \
        .preset = "dgm",                                                                                             \
    };

NETWORK(vits14, "vits14", 4, 384, TOKENS, VIT_TWELVE, 12, FEAT_POSITIONS_CUBIC)
NETWORK(vitb14, "vitb14", 5, 768, TOKENS, VIT_TWELVE, 12, FEAT_POSITIONS_CUBIC)
NETWORK(vitl14, "vitl14", 6, 1024, TOKENS, VIT_TWENTY_FOUR, 24, FEAT_POSITIONS_CUBIC)
NETWORK(vits14_reg4, "vits14-reg4", 7, 384, TOKENS_REG4, VIT_TWELVE, 12, FEAT_POSITIONS_ANTIALIASED)
NETWORK(vitb14_reg4, "vitb14-reg4", 8, 768, TOKENS_REG4, VIT_TWELVE, 12, FEAT_POSITIONS_ANTIALIASED)
NETWORK(vitl14_reg4, "vitl14-reg4", 9, 1024, TOKENS_REG4, VIT_TWENTY_FOUR, 24, FEAT_POSITIONS_ANTIALIASED)
