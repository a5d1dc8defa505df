/* VGG-16 without batch norm, to its second dense layer: Simonyan and Zisserman, "Very Deep Convolutional Networks for
 * Large-Scale Image Recognition", 2015 (configuration D). Names, shapes and the order of the flattened picture are
 * those of torchvision's vgg16. Its features, fc2 after ReLU, are what improved precision and recall were defined with
 * (Kynkaanniemi et al. 2019). The third dense layer, 1000 classes, is not part of it. */
#include "engine/nets/net.h"

#include "engine/nets/net_rows.h"
#include "engine/nets/tensors.h"

enum {
    INPUT,
    C1, C2, P1,
    C3, C4, P2,
    C5, C6, C7, P3,
    C8, C9, C10, P4,
    C11, C12, C13, P5,
    FC1, FC1_RELU, FC2, FC2_RELU,
    N_TENSORS
};

static const feat_shape shapes[] = {
    [INPUT] = {3, 224, 224},
    [C1] = {64, 224, 224}, [C2] = {64, 224, 224}, [P1] = {64, 112, 112},
    [C3] = {128, 112, 112}, [C4] = {128, 112, 112}, [P2] = {128, 56, 56},
    [C5] = {256, 56, 56}, [C6] = {256, 56, 56}, [C7] = {256, 56, 56}, [P3] = {256, 28, 28},
    [C8] = {512, 28, 28}, [C9] = {512, 28, 28}, [C10] = {512, 28, 28}, [P4] = {512, 14, 14},
    [C11] = {512, 14, 14}, [C12] = {512, 14, 14}, [C13] = {512, 14, 14}, [P5] = {512, 7, 7},
    [FC1] = {4096, 1, 1}, [FC1_RELU] = {4096, 1, 1}, [FC2] = {4096, 1, 1}, [FC2_RELU] = {4096, 1, 1},
};

_Static_assert(sizeof shapes / sizeof shapes[0] == N_TENSORS, "a shape for every tensor");

enum { TAP_POOL1, TAP_POOL2, TAP_POOL3, TAP_POOL4, TAP_POOL5, TAP_FC1, TAP_FC1_RELU, TAP_FC2, TAP_FC2_RELU, N_TAPS };

static const feat_tap_info taps[] = {
    {"pool1", 64},   {"pool2", 128},     {"pool3", 256}, {"pool4", 512},     {"pool5", 512},
    {"fc1", 4096},   {"fc1_relu", 4096}, {"fc2", 4096},  {"fc2_relu", 4096},
};

_Static_assert(sizeof taps / sizeof taps[0] == N_TAPS, "a row for every tap");

/* Algorithms, by measured error: thirteen convolutions and two dense layers are to stay within 1e-6, and 6x6 tiles
 * of the large pictures alone take 2e-6. The weights of 512 channels on 14x14 pixels are as large as those on 28x28,
 * and read for a quarter of the work: there the smallest tile, whose weights are the fewest. */
#define F4 FEAT_WINO_F4_3X3_CLOSE
#define F2 FEAT_WINO_F2_3X3

static const feat_op ops[] = {
    ROW_CONV_BIAS3(0, "features.0", INPUT, C1, 64, 3, F4),
    ROW_CONV_BIAS3(1, "features.2", C1, C2, 64, 64, F4),
    ROW_HALVE(C2, P1),
    ROW_MEAN(TAP_POOL1, P1),
    ROW_CONV_BIAS3(2, "features.5", P1, C3, 128, 64, F4),
    ROW_CONV_BIAS3(3, "features.7", C3, C4, 128, 128, F4),
    ROW_HALVE(C4, P2),
    ROW_MEAN(TAP_POOL2, P2),
    ROW_CONV_BIAS3(4, "features.10", P2, C5, 256, 128, F4),
    ROW_CONV_BIAS3(5, "features.12", C5, C6, 256, 256, F4),
    ROW_CONV_BIAS3(6, "features.14", C6, C7, 256, 256, F4),
    ROW_HALVE(C7, P3),
    ROW_MEAN(TAP_POOL3, P3),
    ROW_CONV_BIAS3(7, "features.17", P3, C8, 512, 256, F4),
    ROW_CONV_BIAS3(8, "features.19", C8, C9, 512, 512, F4),
    ROW_CONV_BIAS3(9, "features.21", C9, C10, 512, 512, F4),
    ROW_HALVE(C10, P4),
    ROW_MEAN(TAP_POOL4, P4),
    ROW_CONV_BIAS3(10, "features.24", P4, C11, 512, 512, F2),
    ROW_CONV_BIAS3(11, "features.26", C11, C12, 512, 512, F2),
    ROW_CONV_BIAS3(12, "features.28", C12, C13, 512, 512, F2),
    ROW_HALVE(C13, P5),
    ROW_MEAN(TAP_POOL5, P5),
    ROW_DENSE(13, "classifier.0", P5, FC1, 4096, 512),
    ROW_VECTOR(TAP_FC1, FC1),
    ROW_RELU(FC1, FC1_RELU),
    ROW_VECTOR(TAP_FC1_RELU, FC1_RELU),
    ROW_DENSE(14, "classifier.3", FC1_RELU, FC2, 4096, 4096),
    ROW_VECTOR(TAP_FC2, FC2),
    ROW_RELU(FC2, FC2_RELU),
    ROW_VECTOR(TAP_FC2_RELU, FC2_RELU),
};

static const feat_scaling scaling = FEAT_SCALING_IMAGENET;

const feat_net feat_vgg16 = {
    .name = "vgg16",
    .family = "vgg16",
    .variant = "vgg16",
    .number = 3,
    .tensors = shapes,
    .n_tensors = N_TENSORS,
    .ops = ops,
    .n_ops = sizeof ops / sizeof ops[0],
    .taps = taps,
    .n_taps = N_TAPS,
    .roles = {TAP_FC2_RELU, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP},
    .naming = &feat_plain_naming,
    .scaling = &scaling,
    .preset = "tf1",
};
