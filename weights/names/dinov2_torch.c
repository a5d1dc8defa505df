/* DINOv2 from PyTorch: the hub's names, which are ours, and timm's, the same without registers; timm's with registers;
 * transformers'. The token that masked patches had in training is not needed. */
#include "weights/names/name_map.h"

static const feat_net *const nets[] = {
    &feat_dinov2_vits14,      &feat_dinov2_vitb14,      &feat_dinov2_vitl14, &feat_dinov2_vits14_reg4,
    &feat_dinov2_vitb14_reg4, &feat_dinov2_vitl14_reg4, NULL};

static const char *const torch_dropped[] = {"mask_token", NULL};

const feat_name_map feat_names_dinov2_torch = {
    .origin = FEAT_ORIGIN_TORCH, .nets = nets, .probe = "blocks.0.ls1.gamma", .dropped = torch_dropped};

/* timm gives registers and class token no position: it has added the class token's to the token. What enters the first
 * block is the same float. */
static const feat_net *const reg_nets[] = {&feat_dinov2_vits14_reg4, &feat_dinov2_vitb14_reg4,
                                           &feat_dinov2_vitl14_reg4, NULL};
static const feat_part_name reg_fixed[] = {{.ours = "register_tokens", .theirs = "reg_token"}};

const feat_name_map feat_names_dinov2_timm_reg = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = reg_nets,
    .probe = "reg_token",
    .fixed = reg_fixed,
    .n_fixed = sizeof reg_fixed / sizeof reg_fixed[0],
    .zero_row = "pos_embed",
    .dropped = torch_dropped,
};

static const feat_layer_name blocks[] = {{"blocks.*", "encoder.layer.*"}};
#define ATTENTION ".attention.attention"
static const feat_part_name parts[] = {
    {".norm1.weight", ".norm1.weight", 1, {0}, 0, 0},
    {".norm1.bias", ".norm1.bias", 1, {0}, 0, 0},
    {".attn.qkv.weight", ATTENTION ".query.weight", 2, {0, 1}, 0, 3},
    {".attn.qkv.weight", ATTENTION ".key.weight", 2, {0, 1}, 1, 3},
    {".attn.qkv.weight", ATTENTION ".value.weight", 2, {0, 1}, 2, 3},
    {".attn.qkv.bias", ATTENTION ".query.bias", 1, {0}, 0, 3},
    {".attn.qkv.bias", ATTENTION ".key.bias", 1, {0}, 1, 3},
    {".attn.qkv.bias", ATTENTION ".value.bias", 1, {0}, 2, 3},
    {".attn.proj.weight", ".attention.output.dense.weight", 2, {0, 1}, 0, 0},
    {".attn.proj.bias", ".attention.output.dense.bias", 1, {0}, 0, 0},
    {".ls1.gamma", ".layer_scale1.lambda1", 1, {0}, 0, 0},
    {".norm2.weight", ".norm2.weight", 1, {0}, 0, 0},
    {".norm2.bias", ".norm2.bias", 1, {0}, 0, 0},
    {".mlp.fc1.weight", ".mlp.fc1.weight", 2, {0, 1}, 0, 0},
    {".mlp.fc1.bias", ".mlp.fc1.bias", 1, {0}, 0, 0},
    {".mlp.fc2.weight", ".mlp.fc2.weight", 2, {0, 1}, 0, 0},
    {".mlp.fc2.bias", ".mlp.fc2.bias", 1, {0}, 0, 0},
    {".ls2.gamma", ".layer_scale2.lambda1", 1, {0}, 0, 0},
};
static const feat_part_name fixed[] = {
    {.ours = "cls_token", .theirs = "embeddings.cls_token"},
    {.ours = "pos_embed", .theirs = "embeddings.position_embeddings"},
    {.ours = "register_tokens", .theirs = "embeddings.register_tokens"},
    {.ours = "patch_embed.proj.weight", .theirs = "embeddings.patch_embeddings.projection.weight"},
    {.ours = "patch_embed.proj.bias", .theirs = "embeddings.patch_embeddings.projection.bias"},
    {.ours = "norm.weight", .theirs = "layernorm.weight"},
    {.ours = "norm.bias", .theirs = "layernorm.bias"},
};
static const char *const dropped[] = {"embeddings.mask_token", NULL};

const feat_name_map feat_names_dinov2_transformers = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "encoder.layer.0.layer_scale1.lambda1",
    .layers = blocks,
    .n_layers = 1,
    .parts = parts,
    .n_parts = sizeof parts / sizeof parts[0],
    .fixed = fixed,
    .n_fixed = sizeof fixed / sizeof fixed[0],
    .dropped = dropped,
};
