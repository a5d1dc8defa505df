/* A network of a few hundred weights in the place of the real one: whole commands then take milliseconds, and can be
 * run once for each call that may fail. Its taps are called as those of Inception-v3, but have 16 floats: covariances
 * of 2048 columns take longer than all the rest. */
#include "tests/faults/small_net.h"

#include "engine/nets/net_rows.h"

enum { INPUT, STEM, P1, P2, P3, P4, SPATIAL, T64, T192, T768, TINY, POOLED, LAST_T, N_TENSORS };

static const feat_shape shapes[] = {
    [INPUT] = {3, 299, 299}, [STEM] = {16, 150, 150}, [P1] = {16, 74, 74},  [P2] = {16, 36, 36},  [P3] = {16, 17, 17},
    [P4] = {16, 8, 8},       [SPATIAL] = {16, 6, 6},  [T64] = {16, 6, 6},   [T192] = {16, 6, 6},  [T768] = {16, 6, 6},
    [TINY] = {16, 2, 2},     [POOLED] = {16, 6, 6},   [LAST_T] = {16, 6, 6},
};

enum { TAP_64, TAP_192, TAP_768, TAP_2048, TAP_SPATIAL, TAP_LOGITS_UNBIASED, TAP_LOGITS, N_TAPS };

#define MAX_S2(src, dst) ROW_POOL(FEAT_OP_MAX_POOL, src, dst, 0, 2, 0)
#define OPS(LAST)                                                                                            \
    ROW_CONV(0, "stem", INPUT, STEM, 0, 16, 3, 1, 1, 2, 0, 0, FEAT_WINO_NONE),                               \
    MAX_S2(STEM, P1),                                                                                        \
    MAX_S2(P1, P2),                                                                                          \
    MAX_S2(P2, P3),                                                                                          \
    MAX_S2(P3, P4),                                                                                          \
    ROW_CONV(1, "spatial", P4, SPATIAL, 0, 16, 16, 3, 3, 1, 0, 0, FEAT_WINO_NONE),                           \
    MAX_S2(SPATIAL, TINY),                                                                                   \
    ROW_PIXELS(TAP_SPATIAL, TINY, 4),                                                                        \
    ROW_CONV1(2, "t64", SPATIAL, T64, 0, 16, 16),                                                            \
    ROW_CONV1(3, "t192", SPATIAL, T192, 0, 16, 16),                                                          \
    ROW_CONV1(4, "t768", SPATIAL, T768, 0, 16, 16),                                                          \
    ROW_MEAN(TAP_64, T64),                                                                                   \
    ROW_MEAN(TAP_192, T192),                                                                                 \
    ROW_MEAN(TAP_768, T768),                                                                                 \
    ROW_POOL(LAST, SPATIAL, POOLED, 0, 1, 1),                                                                \
    ROW_CONV1(5, "last", POOLED, LAST_T, 0, 16, 16),                                                         \
    ROW_MEAN(TAP_2048, LAST_T),                                                                              \
    ROW_HEAD(6, "fc", TAP_LOGITS_UNBIASED, LAST_T, 12, 16)

static const feat_op fid_ops[] = {OPS(FEAT_OP_MAX_POOL)};
static const feat_op torchvision_ops[] = {OPS(FEAT_OP_AVERAGE_POOL_PADDED)};
static const feat_op keras_ops[] = {OPS(FEAT_OP_AVERAGE_POOL)};

static const feat_tap_info taps[N_TAPS] = {
    [TAP_64] = {"64", 16},           [TAP_192] = {"192", 16},
    [TAP_768] = {"768", 16},         [TAP_2048] = {"2048", 16},
    [TAP_SPATIAL] = {"spatial", 16}, [TAP_LOGITS_UNBIASED] = {"logits_unbiased", 0},
    [TAP_LOGITS] = {"logits", 0},
};

#define NET(variant_, number_, ops_, max_dense_)                                                             \
    {                                                                                                        \
        .name = "inception-v3-" variant_, .family = "inception-v3", .variant = variant_, .number = number_,  \
        .tensors = shapes, .n_tensors = N_TENSORS, .ops = ops_, .n_ops = sizeof ops_ / sizeof ops_[0],       \
        .taps = taps, .n_taps = N_TAPS,                                                                      \
        .roles = {TAP_2048, TAP_SPATIAL, TAP_LOGITS_UNBIASED, TAP_LOGITS}, .naming = &feat_torch_naming,     \
        .norm_epsilon = 0.001, .max_dense = max_dense_, .preset = "tf1",                                     \
    }

static const feat_net fid = NET("fid", 0, fid_ops, 1), torchvision = NET("torchvision", 1, torchvision_ops, 1),
                      keras = NET("keras", 2, keras_ops, FEAT_MAX_DENSE);

const feat_net *const small_nets[] = {&fid, &torchvision, &keras, NULL};
