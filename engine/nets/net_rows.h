/* How the rows of a network's table of operations are written. */
#ifndef BONAFIDE_ENGINE_NETS_NET_ROWS_H
#define BONAFIDE_ENGINE_NETS_NET_ROWS_H

#include "engine/nets/net.h"

/* A convolution with batch norm and ReLU: order in the file, name, from and to which tensor and its first channel,
 * channels out and in, kernel, stride, padding, algorithm. */
#define ROW_CONV(order, name, src, dst, dst_c, oc, ic, kh, kw, stride, ph, pw, form)                                \
    {FEAT_OP_CONV, name, src, dst, dst_c, oc, ic, kh, kw, stride, ph, pw, form, order, 0, 0, 0, 0}

/* One of 1x1, and one without bias and ReLU. */
#define ROW_CONV1(order, name, src, dst, dst_c, oc, ic)                                                             \
    ROW_CONV(order, name, src, dst, dst_c, oc, ic, 1, 1, 1, 0, 0, FEAT_WINO_NONE)
#define ROW_LINEAR1(order, name, src, dst, oc, ic)                                                                  \
    {FEAT_OP_CONV_LINEAR, name, src, dst, 0, oc, ic, 1, 1, 1, 0, 0, FEAT_WINO_NONE, order, 0, 0, 0, 0}

/* A convolution with bias and ReLU, 3x3, stride 1, padding 1. */
#define ROW_CONV_BIAS3(order, name, src, dst, oc, ic, form)                                                         \
    {FEAT_OP_CONV_BIAS, name, src, dst, 0, oc, ic, 3, 3, 1, 1, 1, form, order, 0, 0, 0, 0}

/* A fully connected layer, and ReLU of a vector. */
#define ROW_DENSE(order, name, src, dst, oc, ic)                                                                    \
    {FEAT_OP_DENSE, name, src, dst, 0, oc, ic, 0, 0, 0, 0, 0, FEAT_WINO_NONE, order, 0, 0, 0, 0}
#define ROW_RELU(src, dst) {FEAT_OP_RELU, "relu", src, dst, 0, 0, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, 0, 0, 0, 0, 0}

/* A pool of 2x2 maxima, which halves the picture. */
#define ROW_HALVE(src, dst)                                                                                         \
    {FEAT_OP_MAX_POOL, "pool", src, dst, 0, 0, 0, 2, 2, 2, 0, 0, FEAT_WINO_NONE, 0, 0, 0, 0, 0}

/* A 3x3 pool of one of the kinds. */
#define ROW_POOL(kind, src, dst, dst_c, stride, padding)                                                            \
    {kind, "pool", src, dst, dst_c, 0, 0, 3, 3, stride, padding, padding, FEAT_WINO_NONE, 0, 0, 0, 0, 0}

/* Taps: means over the picture, a vector, the first channels of every pixel. */
#define ROW_MEAN(tap, src) {FEAT_OP_TAP_MEAN, "mean", src, 0, 0, 0, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, 0, tap, 1, 0, 0}
#define ROW_VECTOR(tap, src)                                                                                        \
    {FEAT_OP_TAP_VECTOR, "vector", src, 0, 0, 0, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, 0, tap, 1, 0, 0}
#define ROW_PIXELS(tap, src, channels)                                                                              \
    {FEAT_OP_TAP_PIXELS, "pixels", src, 0, 0, channels, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, 0, tap, 1, 0, 0}

/* The classifier, which hands out logits without their bias into `tap`, with it into the tap after. */
#define ROW_HEAD(order, name, tap, src, classes, features)                                                          \
    {FEAT_OP_HEAD, name, src, 0, 0, classes, features, 0, 0, 0, 0, 0, FEAT_WINO_NONE, order, tap, 2, 0, 0}

#endif
