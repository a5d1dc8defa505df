/* Inception-v3 from Keras, as TensorFlow.js has it: layers of a kind are numbered as they were made, wherever the count
 * began, which is the order of our operations. Kernels are [height][width][in][out]. Keras' own model has no gamma. */
#include "weights/names/name_map.h"

static const feat_part_name parts[] = {
    {".conv.weight", "conv2d*/kernel", 4, {3, 2, 0, 1}, 0, 0},
    {".bn.bias", "batch_normalization*/beta", 1, {0}, 0, 0},
    {".bn.running_mean", "batch_normalization*/moving_mean", 1, {0}, 0, 0},
    {".bn.running_var", "batch_normalization*/moving_variance", 1, {0}, 0, 0},
    {".bn.weight", "batch_normalization*/gamma", 1, {0}, 0, 0},
};

static const feat_net *const nets[] = {&feat_inception_v3_keras, NULL};

const feat_name_map feat_names_inception_v3_tfjs = {
    .origin = FEAT_ORIGIN_TFJS,
    .nets = nets,
    .probe = "conv2d_94/kernel",
    .parts = parts,
    .n_parts = sizeof parts / sizeof parts[0],
};
