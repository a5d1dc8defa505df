/* The image towers of CLIP from PyTorch: the names of OpenAI's TorchScript archives, which are ours; transformers';
 * timm's. The text tower is not needed. */
#include "weights/names/name_map.h"

static const feat_net *const nets[] = {&feat_clip_vit_b_32, &feat_clip_vit_b_16, &feat_clip_vit_l_14,
                                       &feat_clip_vit_l_14_336, NULL};

static const char unknown[] =
    "names and shapes do not tell OpenAI's CLIP from that of LAION or DataComp, most of which "
    "want another activation (GELU) and give wrong features here";

static const char *const torch_dropped[] = {
    "transformer.*", "token_embedding.weight", "positional_embedding", "ln_final.*", "text_projection",
    "logit_scale",   "input_resolution",       "context_length",       "vocab_size", NULL};

const feat_name_map feat_names_clip_torch = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "visual.class_embedding",
    .dropped = torch_dropped,
    .unknown = unknown,
};

#define OURS "visual.transformer.resblocks.*"
static const feat_layer_name hf_blocks[] = {{OURS, "vision_model.encoder.layers.*"}};
static const feat_layer_name timm_blocks[] = {{OURS, "blocks.*"}};

/* transformers' matrix [out][in] is the transpose of ours. */
static const feat_part_name hf_parts[] = {
    {".ln_1.weight", ".layer_norm1.weight", 1, {0}, 0, 0},
    {".ln_1.bias", ".layer_norm1.bias", 1, {0}, 0, 0},
    {".attn.in_proj_weight", ".self_attn.q_proj.weight", 2, {0, 1}, 0, 3},
    {".attn.in_proj_weight", ".self_attn.k_proj.weight", 2, {0, 1}, 1, 3},
    {".attn.in_proj_weight", ".self_attn.v_proj.weight", 2, {0, 1}, 2, 3},
    {".attn.in_proj_bias", ".self_attn.q_proj.bias", 1, {0}, 0, 3},
    {".attn.in_proj_bias", ".self_attn.k_proj.bias", 1, {0}, 1, 3},
    {".attn.in_proj_bias", ".self_attn.v_proj.bias", 1, {0}, 2, 3},
    {".attn.out_proj.weight", ".self_attn.out_proj.weight", 2, {0, 1}, 0, 0},
    {".attn.out_proj.bias", ".self_attn.out_proj.bias", 1, {0}, 0, 0},
    {".ln_2.weight", ".layer_norm2.weight", 1, {0}, 0, 0},
    {".ln_2.bias", ".layer_norm2.bias", 1, {0}, 0, 0},
    {".mlp.c_fc.weight", ".mlp.fc1.weight", 2, {0, 1}, 0, 0},
    {".mlp.c_fc.bias", ".mlp.fc1.bias", 1, {0}, 0, 0},
    {".mlp.c_proj.weight", ".mlp.fc2.weight", 2, {0, 1}, 0, 0},
    {".mlp.c_proj.bias", ".mlp.fc2.bias", 1, {0}, 0, 0},
};
static const feat_part_name hf_fixed[] = {
    {.ours = "visual.class_embedding", .theirs = "vision_model.embeddings.class_embedding"},
    {.ours = "visual.positional_embedding", .theirs = "vision_model.embeddings.position_embedding.weight"},
    {.ours = "visual.conv1.weight", .theirs = "vision_model.embeddings.patch_embedding.weight"},
    {.ours = "visual.ln_pre.weight", .theirs = "vision_model.pre_layrnorm.weight"}, /* spelt so */
    {.ours = "visual.ln_pre.bias", .theirs = "vision_model.pre_layrnorm.bias"},
    {.ours = "visual.ln_post.weight", .theirs = "vision_model.post_layernorm.weight"},
    {.ours = "visual.ln_post.bias", .theirs = "vision_model.post_layernorm.bias"},
    {"visual.proj", "visual_projection.weight", 2, {1, 0}, 0, 0},
};
static const char *const hf_dropped[] = {"text_model.*", "text_projection.weight", "logit_scale", "*.position_ids",
                                         NULL};

const feat_name_map feat_names_clip_transformers = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "vision_model.embeddings.class_embedding",
    .layers = hf_blocks,
    .n_layers = 1,
    .parts = hf_parts,
    .n_parts = sizeof hf_parts / sizeof hf_parts[0],
    .fixed = hf_fixed,
    .n_fixed = sizeof hf_fixed / sizeof hf_fixed[0],
    .dropped = hf_dropped,
    .unknown = unknown,
};

static const feat_part_name timm_parts[] = {
    {".ln_1.weight", ".norm1.weight", 1, {0}, 0, 0},
    {".ln_1.bias", ".norm1.bias", 1, {0}, 0, 0},
    {".attn.in_proj_weight", ".attn.qkv.weight", 2, {0, 1}, 0, 0},
    {".attn.in_proj_bias", ".attn.qkv.bias", 1, {0}, 0, 0},
    {".attn.out_proj.weight", ".attn.proj.weight", 2, {0, 1}, 0, 0},
    {".attn.out_proj.bias", ".attn.proj.bias", 1, {0}, 0, 0},
    {".ln_2.weight", ".norm2.weight", 1, {0}, 0, 0},
    {".ln_2.bias", ".norm2.bias", 1, {0}, 0, 0},
    {".mlp.c_fc.weight", ".mlp.fc1.weight", 2, {0, 1}, 0, 0},
    {".mlp.c_fc.bias", ".mlp.fc1.bias", 1, {0}, 0, 0},
    {".mlp.c_proj.weight", ".mlp.fc2.weight", 2, {0, 1}, 0, 0},
    {".mlp.c_proj.bias", ".mlp.fc2.bias", 1, {0}, 0, 0},
};
static const feat_part_name timm_fixed[] = {
    {.ours = "visual.class_embedding", .theirs = "cls_token"},
    {.ours = "visual.positional_embedding", .theirs = "pos_embed"},
    {.ours = "visual.conv1.weight", .theirs = "patch_embed.proj.weight"},
    {.ours = "visual.ln_pre.weight", .theirs = "norm_pre.weight"},
    {.ours = "visual.ln_pre.bias", .theirs = "norm_pre.bias"},
    {.ours = "visual.ln_post.weight", .theirs = "norm.weight"},
    {.ours = "visual.ln_post.bias", .theirs = "norm.bias"},
    {"visual.proj", "head.weight", 2, {1, 0}, 0, 0},
};

const feat_name_map feat_names_clip_timm = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "norm_pre.weight",
    .layers = timm_blocks,
    .n_layers = 1,
    .parts = timm_parts,
    .n_parts = sizeof timm_parts / sizeof timm_parts[0],
    .fixed = timm_fixed,
    .n_fixed = sizeof timm_fixed / sizeof timm_fixed[0],
    .zeros = "head.bias",
    .unknown = unknown,
};
