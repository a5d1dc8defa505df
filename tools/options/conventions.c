/* The table of conventions. */
#include "tools/options/conventions.h"

#include <stdio.h>
#include <string.h>

#define DRAWS "random draws are unseeded"
#define INCEPTION "inception-v3"
#define VGG16 "vgg16"
#define DINOV2 "dinov2"
#define CLIP "clip"

static const bf_convention conventions[] = {
    {.name = "tf1",
     .network = INCEPTION,
     .tool = "torch-fidelity",
     .prints = BF_TOOL_IS | BF_TOOL_FID | BF_TOOL_KID | BF_TOOL_PR,
     .n_splits = 10,
     .shuffle = true,
     .fid_ddof = 1,
     .kid_subsets = 100,
     .kid_size = 1000,
     .pr_k = 3,
     .dc_k = 5,
     .dc_strict = true,
     .one_level = "torch-fidelity (without --samples-find-deep)",
     .pr_of_vgg16 = true,
     .differs = ""},
    {.name = "pytorch-fid",
     .network = INCEPTION,
     .tool = "pytorch-fid",
     .prints = BF_TOOL_FID,
     .n_splits = 10,
     .shuffle = true,
     .fid_ddof = 1,
     .kid_subsets = 100,
     .kid_size = 1000,
     .pr_k = 3,
     .dc_k = 5,
     .dc_strict = true,
     .one_level = "pytorch-fid",
     .differs = ""},
    {.name = "clean",
     .network = INCEPTION,
     .tool = "clean-fid",
     .prints = BF_TOOL_FID | BF_TOOL_KID,
     .n_splits = 10,
     .shuffle = true,
     .fid_ddof = 1,
     .kid_subsets = 100,
     .kid_size = 1000,
     .kid_shrink = true,
     .pr_k = 3,
     .dc_k = 5,
     .dc_strict = true,
     .differs = "its KID's " DRAWS},
    {.name = "adm",
     .network = INCEPTION,
     .tool = "guided-diffusion",
     .prints = BF_TOOL_IS | BF_TOOL_FID | BF_TOOL_SFID | BF_TOOL_PR,
     .split = GMET_SPLIT_BLOCK,
     .n_splits = 10,
     .fid_ddof = 1,
     .kid_subsets = 100,
     .kid_size = 1000,
     .pr_k = 3,
     .dc_k = 5,
     .dc_strict = true,
     .differs = "its distances are float16 where they fit; --adm-fp16 follows it"},
    {.name = "stylegan",
     .network = INCEPTION,
     .tool = "stylegan2-ada, 3",
     .prints = BF_TOOL_IS | BF_TOOL_FID | BF_TOOL_KID | BF_TOOL_PR,
     .n_splits = 10,
     .fid_ddof = 0,
     .kid_subsets = 100,
     .kid_size = 1000,
     .kid_shrink = true,
     .pr_k = 3,
     .dc_k = 5,
     .dc_strict = true,
     .pr_of_vgg16 = true,
     .differs = "its KID's " DRAWS},
    {.name = "torchmetrics-1.8",
     .network = INCEPTION,
     .tool = "torchmetrics",
     .prints = BF_TOOL_IS | BF_TOOL_FID | BF_TOOL_KID | BF_TOOL_MIFID,
     .split = GMET_SPLIT_CHUNK,
     .n_splits = 10,
     .shuffle = true,
     .is_ddof = 1,
     .fid_ddof = 1,
     .kid_subsets = 100,
     .kid_size = 1000,
     .pr_k = 3,
     .dc_k = 5,
     .dc_strict = true,
     .mifid = GMET_REAL_TO_GEN,
     .differs = "its " DRAWS},
#define STUDIOGAN                                                                                            \
    .network = INCEPTION, .tool = "StudioGAN",                                                               \
    .prints = BF_TOOL_IS | BF_TOOL_FID | BF_TOOL_PR | BF_TOOL_DC,                                            \
    .logits_with_bias = true, .n_splits = 1, .fid_ddof = 1, .kid_subsets = 100, .kid_size = 1000, .pr_k = 5, \
    .pr_strict = true, .dc_k = 5, .dc_strict = true, .differs = ""
    {.name = "studiogan-legacy", STUDIOGAN},
    {.name = "studiogan-clean", STUDIOGAN},
    {.name = "studiogan-friendly", STUDIOGAN},
#define OF_VGG16                                                                                             \
    .network = VGG16, .prints = BF_TOOL_PR, .n_splits = 10, .shuffle = true, .fid_ddof = 1, .kid_subsets = 100, \
    .kid_size = 1000, .pr_k = 3, .dc_k = 5, .dc_strict = true
    {.name = "tf1", OF_VGG16, .tool = "torch-fidelity", .differs = ""},
    {.name = "stylegan", OF_VGG16, .tool = "StyleGAN",
     .differs = "its distances are float16; --stylegan-fp16 follows it, to 3 digits"},
#define USUAL                                                                                                \
    .n_splits = 10, .shuffle = true, .fid_ddof = 1, .kid_subsets = 100, .kid_size = 1000, .dc_k = 5, .dc_strict = true
#define DGM_EVAL                                                                                             \
    .network = DINOV2, .tool = "dgm-eval", .prints = BF_TOOL_FID | BF_TOOL_KID | BF_TOOL_PR | BF_TOOL_DC, USUAL, \
    .kid_shrink = true, .pr_k = 5, .pr_strict = true,                                                        \
    .differs = "precision to coverage are of at most 10,000 images of each set; its " DRAWS
#define TORCH_FIDELITY                                                                                       \
    .tool = "torch-fidelity", .prints = BF_TOOL_FID | BF_TOOL_KID | BF_TOOL_PR, USUAL, .pr_k = 3,            \
    .one_level = "torch-fidelity (without --samples-find-deep)", .differs = ""
    {.name = "dgm", DGM_EVAL},
    {.name = "dgm-clean", DGM_EVAL},
    {.name = "edm2", .network = DINOV2, .tool = "EDM2", .prints = BF_TOOL_FID, USUAL, .pr_k = 3, .differs = ""},
    {.name = "tf1", .network = DINOV2, TORCH_FIDELITY},
    {.name = "clip", .network = CLIP, .tool = "clean-fid", .prints = BF_TOOL_FID, USUAL, .kid_shrink = true, .pr_k = 3,
     .differs = "on a GPU its network computes in float16"},
    {.name = "tf1", .network = CLIP, TORCH_FIDELITY},
    {.name = "cmmd", .network = CLIP, .tool = "CMMD", .prints = BF_TOOL_CMMD, USUAL, .pr_k = 3,
     .differs = "it leaves out what remains of a last batch of 32 images"},
};

const bf_convention *bf_convention_at(size_t index)
{
    return index < sizeof conventions / sizeof conventions[0] ? &conventions[index] : NULL;
}

bool bf_convention_is_for(const bf_convention *convention, const feat_net *net)
{
    return strcmp(convention->network, feat_net_family(net)) == 0;
}

const bf_convention *bf_convention_find(const feat_net *net, const char *name)
{
    for (size_t i = 0; name != NULL && bf_convention_at(i) != NULL; i++)
        if (bf_convention_is_for(&conventions[i], net) && strcmp(conventions[i].name, name) == 0)
            return &conventions[i];
    return NULL;
}

const feat_preset *bf_preset_find(const feat_net *net, const char *name)
{
    return bf_convention_find(net, name) != NULL ? feat_preset_find(name) : NULL;
}

const char *bf_presets_of(char to[BF_PRESETS_TEXT], const feat_net *net)
{
    size_t used = 0;
    to[0] = 0;
    for (size_t i = 0; bf_convention_at(i) != NULL && used < BF_PRESETS_TEXT; i++)
        if (bf_convention_is_for(&conventions[i], net))
            used += (size_t)snprintf(to + used, BF_PRESETS_TEXT - used, "%s%s", used > 0 ? "|" : "",
                                     conventions[i].name);
    return to;
}

bool bf_presets_agree(const feat_net *net, const char *a, const char *b)
{
    const feat_preset *pixels_a = bf_preset_find(net, a), *pixels_b = bf_preset_find(net, b);
    if (pixels_a == NULL || pixels_b == NULL)
        return strcmp(a, b) == 0;
    return feat_preset_same_pixels(pixels_a, pixels_b) &&
           bf_convention_find(net, a)->fid_ddof == bf_convention_find(net, b)->fid_ddof;
}

/* --- what papers print ----------------------------------------------------------------------------------- */

/* EDM2 (Karras et al., 2024) prints FID and FD-DINOv2 of its own code; the others what their tool prints: dgm-eval
 * (Stein et al., 2023), clean-fid's clip_vit_b_32 and CMMD (Jayasumana et al., 2024). */
static const bf_published published[] = {
    {"edm2", "EDM2", "fid,fd-dinov2", {{"inception-v3-fid", "tf1"}, {"dinov2-vitl14", "edm2"}}},
    {"dgm", "dgm-eval", "fd-dinov2,kd,pr,dc", {{"dinov2-vitl14", "dgm"}}},
    {"clip-fid", "clean-fid", "clip-fid", {{"clip-vit-b-32", "clip"}}},
    {"cmmd", "CMMD", "cmmd", {{"clip-vit-l-14-336", "cmmd"}}},
};

const bf_published *bf_published_at(size_t index)
{
    return index < sizeof published / sizeof published[0] ? &published[index] : NULL;
}

const bf_published *bf_published_find(const char *name)
{
    for (size_t i = 0; name != NULL && bf_published_at(i) != NULL; i++)
        if (strcmp(published[i].name, name) == 0)
            return &published[i];
    return NULL;
}

const char *bf_published_preset(const bf_published *row, const feat_net *net)
{
    for (size_t i = 0; row != NULL && i < 2 && row->runs[i].network != NULL; i++)
        if (strcmp(feat_net_family(feat_net_find(row->runs[i].network)), feat_net_family(net)) == 0)
            return row->runs[i].preset;
    return NULL;
}

const char *bf_published_text(char to[BF_PUBLISHED_TEXT], const bf_published *row)
{
    size_t used = (size_t)snprintf(to, BF_PUBLISHED_TEXT, "%s", row->metrics);
    for (size_t i = 0; i < 2 && row->runs[i].network != NULL && used < BF_PUBLISHED_TEXT; i++)
        used += (size_t)snprintf(to + used, BF_PUBLISHED_TEXT - used, "%s %s with preset %s", i == 0 ? ";" : ",",
                                 row->runs[i].network, row->runs[i].preset);
    return to;
}
