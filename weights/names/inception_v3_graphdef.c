/* Inception-v3 from the frozen TensorFlow graph of 2015-12-05 (classify_image_graph_def.pb): scopes are numbered by
 * block and branch. */
#include "weights/names/name_map.h"

#define BLOCK_A(ours, theirs)                                                                                \
    {ours ".branch1x1", theirs "/conv"}, {ours ".branch5x5_1", theirs "/tower/conv"},                        \
        {ours ".branch5x5_2", theirs "/tower/conv_1"}, {ours ".branch3x3dbl_1", theirs "/tower_1/conv"},     \
        {ours ".branch3x3dbl_2", theirs "/tower_1/conv_1"},                                                  \
        {ours ".branch3x3dbl_3", theirs "/tower_1/conv_2"}, {ours ".branch_pool", theirs "/tower_2/conv"}

#define BLOCK_C(ours, theirs)                                                                                \
    {ours ".branch1x1", theirs "/conv"}, {ours ".branch7x7_1", theirs "/tower/conv"},                        \
        {ours ".branch7x7_2", theirs "/tower/conv_1"}, {ours ".branch7x7_3", theirs "/tower/conv_2"},        \
        {ours ".branch7x7dbl_1", theirs "/tower_1/conv"}, {ours ".branch7x7dbl_2", theirs "/tower_1/conv_1"}, \
        {ours ".branch7x7dbl_3", theirs "/tower_1/conv_2"},                                                  \
        {ours ".branch7x7dbl_4", theirs "/tower_1/conv_3"},                                                  \
        {ours ".branch7x7dbl_5", theirs "/tower_1/conv_4"}, {ours ".branch_pool", theirs "/tower_2/conv"}

#define BLOCK_E(ours, theirs)                                                                                \
    {ours ".branch1x1", theirs "/conv"}, {ours ".branch3x3_1", theirs "/tower/conv"},                        \
        {ours ".branch3x3_2a", theirs "/tower/mixed/conv"}, {ours ".branch3x3_2b", theirs "/tower/mixed/conv_1"}, \
        {ours ".branch3x3dbl_1", theirs "/tower_1/conv"}, {ours ".branch3x3dbl_2", theirs "/tower_1/conv_1"}, \
        {ours ".branch3x3dbl_3a", theirs "/tower_1/mixed/conv"},                                             \
        {ours ".branch3x3dbl_3b", theirs "/tower_1/mixed/conv_1"}, {ours ".branch_pool", theirs "/tower_2/conv"}

static const feat_layer_name layers[] = {
    {"Conv2d_1a_3x3", "conv"},
    {"Conv2d_2a_3x3", "conv_1"},
    {"Conv2d_2b_3x3", "conv_2"},
    {"Conv2d_3b_1x1", "conv_3"},
    {"Conv2d_4a_3x3", "conv_4"},
    BLOCK_A("Mixed_5b", "mixed"),
    BLOCK_A("Mixed_5c", "mixed_1"),
    BLOCK_A("Mixed_5d", "mixed_2"),
    {"Mixed_6a.branch3x3", "mixed_3/conv"},
    {"Mixed_6a.branch3x3dbl_1", "mixed_3/tower/conv"},
    {"Mixed_6a.branch3x3dbl_2", "mixed_3/tower/conv_1"},
    {"Mixed_6a.branch3x3dbl_3", "mixed_3/tower/conv_2"},
    BLOCK_C("Mixed_6b", "mixed_4"),
    BLOCK_C("Mixed_6c", "mixed_5"),
    BLOCK_C("Mixed_6d", "mixed_6"),
    BLOCK_C("Mixed_6e", "mixed_7"),
    {"Mixed_7a.branch3x3_1", "mixed_8/tower/conv"},
    {"Mixed_7a.branch3x3_2", "mixed_8/tower/conv_1"},
    {"Mixed_7a.branch7x7x3_1", "mixed_8/tower_1/conv"},
    {"Mixed_7a.branch7x7x3_2", "mixed_8/tower_1/conv_1"},
    {"Mixed_7a.branch7x7x3_3", "mixed_8/tower_1/conv_2"},
    {"Mixed_7a.branch7x7x3_4", "mixed_8/tower_1/conv_3"},
    BLOCK_E("Mixed_7b", "mixed_9"),
    BLOCK_E("Mixed_7c", "mixed_10"),
};

/* Kernels are [height][width][in][out], dense layers [in][out]. */
static const feat_part_name parts[] = {
    {".conv.weight", "/conv2d_params", 4, {3, 2, 0, 1}, 0, 0},
    {".bn.weight", "/batchnorm/gamma", 1, {0}, 0, 0},
    {".bn.bias", "/batchnorm/beta", 1, {0}, 0, 0},
    {".bn.running_mean", "/batchnorm/moving_mean", 1, {0}, 0, 0},
    {".bn.running_var", "/batchnorm/moving_variance", 1, {0}, 0, 0},
};
static const feat_part_name fixed[] = {
    {"fc.weight", "softmax/weights", 2, {1, 0}, 0, 0},
    {"fc.bias", "softmax/biases", 1, {0}, 0, 0},
};

static const feat_net *const nets[] = {&feat_inception_v3_fid, NULL};

const feat_name_map feat_names_inception_v3_graphdef = {
    .origin = FEAT_ORIGIN_GRAPHDEF,
    .nets = nets,
    .probe = "mixed_10/tower_2/conv/conv2d_params",
    .layers = layers,
    .n_layers = sizeof layers / sizeof layers[0],
    .parts = parts,
    .n_parts = sizeof parts / sizeof parts[0],
    .fixed = fixed,
    .n_fixed = sizeof fixed / sizeof fixed[0],
    .norm = "/batchnorm",
};
