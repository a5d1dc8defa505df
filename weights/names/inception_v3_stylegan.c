/* Inception-v3 from inception-2015-12-05.pt, the TorchScript archive of StyleGAN's metrics, EDM and clean-fid: modules
 * have the scopes' names of the TensorFlow graph it was translated from, but for the two last blocks, whose branches
 * are not modules of their own. Its batch norms have no gamma (epsilon 1e-3), which is 1 then. */
#include "weights/names/name_map.h"

#define BLOCK_A(ours, theirs)                                                                                \
    {ours ".branch1x1", theirs ".conv"}, {ours ".branch5x5_1", theirs ".tower.conv"},                        \
        {ours ".branch5x5_2", theirs ".tower.conv_1"}, {ours ".branch3x3dbl_1", theirs ".tower_1.conv"},     \
        {ours ".branch3x3dbl_2", theirs ".tower_1.conv_1"},                                                  \
        {ours ".branch3x3dbl_3", theirs ".tower_1.conv_2"}, {ours ".branch_pool", theirs ".tower_2.conv"}

#define BLOCK_C(ours, theirs)                                                                                \
    {ours ".branch1x1", theirs ".conv"}, {ours ".branch7x7_1", theirs ".tower.conv"},                        \
        {ours ".branch7x7_2", theirs ".tower.conv_1"}, {ours ".branch7x7_3", theirs ".tower.conv_2"},        \
        {ours ".branch7x7dbl_1", theirs ".tower_1.conv"}, {ours ".branch7x7dbl_2", theirs ".tower_1.conv_1"}, \
        {ours ".branch7x7dbl_3", theirs ".tower_1.conv_2"},                                                  \
        {ours ".branch7x7dbl_4", theirs ".tower_1.conv_3"},                                                  \
        {ours ".branch7x7dbl_5", theirs ".tower_1.conv_4"}, {ours ".branch_pool", theirs ".tower_2.conv"}

#define BLOCK_E(ours, theirs)                                                                                \
    {ours ".branch1x1", theirs ".conv"}, {ours ".branch3x3_1", theirs ".tower_conv"},                        \
        {ours ".branch3x3_2a", theirs ".tower_mixed_conv"}, {ours ".branch3x3_2b", theirs ".tower_mixed_conv_1"}, \
        {ours ".branch3x3dbl_1", theirs ".tower_1_conv"}, {ours ".branch3x3dbl_2", theirs ".tower_1_conv_1"}, \
        {ours ".branch3x3dbl_3a", theirs ".tower_1_mixed_conv"},                                             \
        {ours ".branch3x3dbl_3b", theirs ".tower_1_mixed_conv_1"}, {ours ".branch_pool", theirs ".tower_2_conv"}

static const feat_layer_name layers[] = {
    {"Conv2d_1a_3x3", "layers.conv"},
    {"Conv2d_2a_3x3", "layers.conv_1"},
    {"Conv2d_2b_3x3", "layers.conv_2"},
    {"Conv2d_3b_1x1", "layers.conv_3"},
    {"Conv2d_4a_3x3", "layers.conv_4"},
    BLOCK_A("Mixed_5b", "layers.mixed"),
    BLOCK_A("Mixed_5c", "layers.mixed_1"),
    BLOCK_A("Mixed_5d", "layers.mixed_2"),
    {"Mixed_6a.branch3x3", "layers.mixed_3.conv"},
    {"Mixed_6a.branch3x3dbl_1", "layers.mixed_3.tower.conv"},
    {"Mixed_6a.branch3x3dbl_2", "layers.mixed_3.tower.conv_1"},
    {"Mixed_6a.branch3x3dbl_3", "layers.mixed_3.tower.conv_2"},
    BLOCK_C("Mixed_6b", "layers.mixed_4"),
    BLOCK_C("Mixed_6c", "layers.mixed_5"),
    BLOCK_C("Mixed_6d", "layers.mixed_6"),
    BLOCK_C("Mixed_6e", "layers.mixed_7"),
    {"Mixed_7a.branch3x3_1", "layers.mixed_8.tower.conv"},
    {"Mixed_7a.branch3x3_2", "layers.mixed_8.tower.conv_1"},
    {"Mixed_7a.branch7x7x3_1", "layers.mixed_8.tower_1.conv"},
    {"Mixed_7a.branch7x7x3_2", "layers.mixed_8.tower_1.conv_1"},
    {"Mixed_7a.branch7x7x3_3", "layers.mixed_8.tower_1.conv_2"},
    {"Mixed_7a.branch7x7x3_4", "layers.mixed_8.tower_1.conv_3"},
    BLOCK_E("Mixed_7b", "layers.mixed_9"),
    BLOCK_E("Mixed_7c", "layers.mixed_10"),
};

static const feat_part_name parts[] = {
    {".conv.weight", ".weight", 4, {0, 1, 2, 3}, 0, 0},
    {".bn.bias", ".beta", 1, {0}, 0, 0},
    {".bn.running_mean", ".mean", 1, {0}, 0, 0},
    {".bn.running_var", ".var", 1, {0}, 0, 0},
};
static const feat_part_name fixed[] = {
    {"fc.weight", "output.weight", 2, {0, 1}, 0, 0},
    {"fc.bias", "output.bias", 1, {0}, 0, 0},
};

static const feat_net *const nets[] = {&feat_inception_v3_fid, NULL};

const feat_name_map feat_names_inception_v3_stylegan = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "layers.mixed_10.tower_2_conv.weight",
    .layers = layers,
    .n_layers = sizeof layers / sizeof layers[0],
    .parts = parts,
    .n_parts = sizeof parts / sizeof parts[0],
    .fixed = fixed,
    .n_fixed = sizeof fixed / sizeof fixed[0],
    .ones = ".bn.weight",
};
