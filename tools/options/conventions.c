/* The table of conventions. */
#include "tools/options/conventions.h"

#include <string.h>

#include "engine/feat.h"

#define DRAWS "random draws are unseeded"

static const bf_convention conventions[] = {
    {.name = "tf1",
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
    .tool = "StudioGAN", .prints = BF_TOOL_IS | BF_TOOL_FID | BF_TOOL_PR | BF_TOOL_DC,                       \
    .logits_with_bias = true, .n_splits = 1, .fid_ddof = 1, .kid_subsets = 100, .kid_size = 1000, .pr_k = 5, \
    .pr_strict = true, .dc_k = 5, .dc_strict = true, .differs = ""
    {.name = "studiogan-legacy", STUDIOGAN},
    {.name = "studiogan-clean", STUDIOGAN},
    {.name = "studiogan-friendly", STUDIOGAN},
};

const bf_convention *bf_convention_at(size_t index)
{
    return index < sizeof conventions / sizeof conventions[0] ? &conventions[index] : NULL;
}

const bf_convention *bf_convention_find(const char *name)
{
    for (size_t i = 0; name != NULL && bf_convention_at(i) != NULL; i++)
        if (strcmp(conventions[i].name, name) == 0)
            return &conventions[i];
    return NULL;
}

bool bf_presets_agree(const char *a, const char *b)
{
    const feat_preset *pixels_a = feat_preset_find(a), *pixels_b = feat_preset_find(b);
    if (pixels_a == NULL || pixels_b == NULL)
        return strcmp(a, b) == 0;
    return feat_preset_same_pixels(pixels_a, pixels_b) &&
           bf_convention_find(a)->fid_ddof == bf_convention_find(b)->fid_ddof;
}
