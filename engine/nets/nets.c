/* The networks of this library, and what one says of itself. */
#include "engine/nets/net.h"

#include <string.h>

const feat_net *const feat_nets[] = {
    &feat_inception_v3_fid,   &feat_inception_v3_torchvision, &feat_inception_v3_keras, &feat_vgg16,
    &feat_dinov2_vits14,      &feat_dinov2_vitb14,            &feat_dinov2_vitl14,      &feat_dinov2_vits14_reg4,
    &feat_dinov2_vitb14_reg4, &feat_dinov2_vitl14_reg4,       &feat_clip_vit_b_32,      &feat_clip_vit_b_16,
    &feat_clip_vit_l_14,      &feat_clip_vit_l_14_336,        NULL,
};

const feat_naming feat_torch_naming = {
    .weight = ".conv.weight",
    .gamma = ".bn.weight",
    .beta = ".bn.bias",
    .mean = ".bn.running_mean",
    .var = ".bn.running_var",
    .dense_weight = ".weight",
    .dense_bias = ".bias",
};
const feat_naming feat_plain_naming = {
    .weight = ".weight", .dense_weight = ".weight", .dense_bias = ".bias", .bias = ".bias"};

const feat_naming feat_dinov2_naming = {
    .gamma = ".weight",
    .beta = ".bias",
    .dense_weight = ".weight",
    .dense_bias = ".bias",
    .class_token = "cls_token",
    .positions = "pos_embed",
    .registers = "register_tokens",
    .patch_weight = "patch_embed.proj.weight",
    .patch_bias = "patch_embed.proj.bias",
    .qkv_weight = ".weight",
    .qkv_bias = ".bias",
    .scale = ".gamma",
};
const feat_naming feat_clip_naming = {
    .gamma = ".weight",
    .beta = ".bias",
    .dense_weight = ".weight",
    .dense_bias = ".bias",
    .class_token = "class_embedding",
    .positions = "positional_embedding",
    .patch_weight = "conv1.weight",
    .qkv_weight = "_weight",
    .qkv_bias = "_bias",
};

/* --- finding one -------------------------------------------------------------------------------- */

const feat_net *feat_net_at(size_t index)
{
    return index < sizeof feat_nets / sizeof feat_nets[0] ? feat_nets[index] : NULL;
}

const feat_net *feat_net_find(const char *name)
{
    for (size_t i = 0; name != NULL && feat_nets[i] != NULL; i++)
        if (strcmp(feat_nets[i]->name, name) == 0)
            return feat_nets[i];
    return NULL;
}

const feat_net *feat_net_find_variant(const char *family, const char *variant)
{
    for (size_t i = 0; family != NULL && variant != NULL && feat_nets[i] != NULL; i++)
        if (strcmp(feat_nets[i]->family, family) == 0 && strcmp(feat_nets[i]->variant, variant) == 0)
            return feat_nets[i];
    return NULL;
}

/* --- asking it ---------------------------------------------------------------------------------- */

const char *feat_net_name(const feat_net *net)
{
    if (net == NULL)
        return NULL;
    return net->name;
}

const char *feat_net_family(const feat_net *net)
{
    if (net == NULL)
        return NULL;
    return net->family;
}

const char *feat_net_variant_name(const feat_net *net)
{
    if (net == NULL)
        return NULL;
    return net->variant;
}

feat_shape feat_net_input(const feat_net *net)
{
    if (net == NULL)
        return (feat_shape){0};
    return net->tensors[0];
}

size_t feat_net_input_floats(const feat_net *net)
{
    if (net == NULL)
        return 0;
    return (size_t)net->tensors[0].c * net->tensors[0].h * net->tensors[0].w;
}

size_t feat_net_n_taps(const feat_net *net)
{
    if (net == NULL)
        return 0;
    return net->n_taps;
}

const char *feat_net_tap_name(const feat_net *net, feat_tap tap)
{
    if (net == NULL)
        return NULL;
    return tap < net->n_taps ? net->taps[tap].name : NULL;
}

feat_tap feat_net_find_tap(const feat_net *net, const char *name)
{
    if (net == NULL || name == NULL)
        return FEAT_NO_TAP;
    for (feat_tap tap = 0; name != NULL && tap < net->n_taps; tap++)
        if (strcmp(net->taps[tap].name, name) == 0)
            return tap;
    return FEAT_NO_TAP;
}

size_t feat_net_tap_dim(const feat_net *net, feat_tap tap)
{
    if (net == NULL)
        return 0;
    return tap < net->n_taps ? net->taps[tap].dim : 0;
}

feat_tap feat_net_tap(const feat_net *net, feat_role role)
{
    if (net == NULL)
        return FEAT_NO_TAP;
    return (size_t)role < FEAT_N_ROLES ? net->roles[role] : FEAT_NO_TAP;
}

const char *feat_net_preset_name(const feat_net *net)
{
    if (net == NULL)
        return NULL;
    return net->preset;
}

feat_scaling feat_net_scaling(const feat_net *net, const feat_preset *preset)
{
    if (net == NULL || preset == NULL)
        return (feat_scaling){0};
    return net->scaling != NULL ? *net->scaling : preset->scaling;
}
