/* A small network in three variants: every kind of operation that Inception-v3 has, every algorithm that it uses,
 * merged 1x1 siblings, concatenation, both pools and the classifier. And another with what VGG-16 has. */
#include "engine/nets/net_rows.h"
#include "tests/bits/bits.h"

enum {
    INPUT, STEM, STEM_P, WIDE, HALF, T4, T2, T5, T5_P, T192, T64, HALF_P, LEFT, RIGHT, POOLED, ROW, COLUMN, SPATIAL,
    CROSS, SMALL, SMALL_P, LAST_T, N_TENSORS
};

static const feat_shape shapes[] = {
    [INPUT] = {3, 299, 299}, [STEM] = {16, 149, 149}, [STEM_P] = {16, 74, 74}, [WIDE] = {32, 72, 72},
    [HALF] = {16, 35, 35},   [T4] = {16, 35, 35},     [T2] = {32, 33, 33},     [T5] = {48, 33, 33},
    [T5_P] = {48, 16, 16},   [T192] = {192, 16, 16},  [T64] = {64, 35, 35},    [HALF_P] = {64, 17, 17},
    [LEFT] = {32, 17, 17},   [RIGHT] = {16, 17, 17},  [POOLED] = {48, 17, 17}, [ROW] = {32, 17, 17},
    [COLUMN] = {16, 17, 17}, [SPATIAL] = {112, 17, 17}, [CROSS] = {144, 8, 8}, [SMALL] = {64, 8, 8},
    [SMALL_P] = {64, 8, 8},  [LAST_T] = {2048, 8, 8},
};

/* The names are those of Inception-v3's taps, so that what is printed is called the same. */
enum { TAP_64, TAP_192, TAP_SPATIAL, TAP_2048, TAP_LOGITS_UNBIASED, TAP_LOGITS, N_TAPS };

/* clang-format off */
#define OPS(AVERAGE, LAST)                                                                                   \
    ROW_CONV(0, "stem", INPUT, STEM, 0, 16, 3, 3, 3, 2, 0, 0, FEAT_WINO_NONE),                               \
    ROW_POOL(FEAT_OP_MAX_POOL, STEM, STEM_P, 0, 2, 0),                                                       \
    ROW_CONV(1, "wide", STEM_P, WIDE, 0, 32, 16, 3, 3, 1, 0, 0, FEAT_WINO_F6_3X3),                           \
    ROW_CONV(2, "half", WIDE, HALF, 0, 16, 32, 3, 3, 2, 0, 0, FEAT_WINO_NONE),                               \
    ROW_CONV(3, "t4", HALF, T4, 0, 16, 16, 3, 3, 1, 1, 1, FEAT_WINO_F4_3X3),                                 \
    ROW_CONV(4, "t2", T4, T2, 0, 32, 16, 3, 3, 1, 0, 0, FEAT_WINO_F2_3X3),                                   \
    ROW_CONV(5, "t5", T2, T5, 0, 48, 32, 5, 5, 1, 2, 2, FEAT_WINO_F4_5X5),                                   \
    ROW_POOL(FEAT_OP_MAX_POOL, T5, T5_P, 0, 2, 0),                                                           \
    ROW_CONV(6, "t192", T5_P, T192, 0, 192, 48, 1, 3, 1, 0, 1, FEAT_WINO_F4_3),                              \
    ROW_MEAN(TAP_192, T192),                                                                                 \
    ROW_CONV(7, "beside", T4, T64, 0, 48, 16, 3, 3, 1, 1, 1, FEAT_WINO_F4_3X3),                              \
    ROW_CONV1(8, "over", HALF, T64, 48, 16, 16),                                                             \
    ROW_MEAN(TAP_64, T64),                                                                                   \
    ROW_POOL(FEAT_OP_MAX_POOL, T64, HALF_P, 0, 2, 0),                                                        \
    ROW_CONV1(9, "left", HALF_P, LEFT, 0, 32, 64),                                                           \
    ROW_CONV1(10, "right", HALF_P, RIGHT, 0, 16, 64),                                                        \
    ROW_LINEAR1(11, "pooled", HALF_P, POOLED, 48, 64),                                                       \
    ROW_POOL(AVERAGE, POOLED, SPATIAL, 48, 1, 1),                                                            \
    ROW_CONV(12, "row", LEFT, ROW, 0, 32, 32, 1, 7, 1, 0, 3, FEAT_WINO_F4_7),                                \
    ROW_CONV(13, "column", ROW, SPATIAL, 0, 48, 32, 7, 1, 1, 3, 0, FEAT_WINO_F6_7),                          \
    ROW_CONV(14, "column4", RIGHT, COLUMN, 0, 16, 16, 7, 1, 1, 3, 0, FEAT_WINO_F4_7),                        \
    ROW_CONV(15, "row6", COLUMN, SPATIAL, 96, 16, 16, 1, 7, 1, 0, 3, FEAT_WINO_F6_7),                        \
    ROW_PIXELS(TAP_SPATIAL, SPATIAL, 7),                                                                     \
    ROW_POOL(FEAT_OP_MAX_POOL, SPATIAL, CROSS, 0, 2, 0),                                                     \
    ROW_CONV(16, "stride", SPATIAL, CROSS, 112, 32, 112, 3, 3, 2, 0, 0, FEAT_WINO_NONE),                     \
    ROW_CONV(17, "cross_row", CROSS, SMALL, 0, 32, 144, 1, 3, 1, 0, 1, FEAT_WINO_F2_3),                      \
    ROW_CONV(18, "cross_column", CROSS, SMALL, 32, 32, 144, 3, 1, 1, 1, 0, FEAT_WINO_F2_3),                  \
    ROW_POOL(LAST, SMALL, SMALL_P, 0, 1, 1),                                                                 \
    ROW_CONV1(19, "last0", SMALL_P, LAST_T, 0, 512, 64),                                                     \
    ROW_CONV1(20, "last1", SMALL_P, LAST_T, 512, 512, 64),                                                   \
    ROW_CONV1(21, "last2", SMALL_P, LAST_T, 1024, 512, 64),                                                  \
    ROW_CONV1(22, "last3", SMALL_P, LAST_T, 1536, 512, 64),                                                  \
    ROW_MEAN(TAP_2048, LAST_T),                                                                              \
    ROW_HEAD(23, "fc", TAP_LOGITS_UNBIASED, LAST_T, 40, 2048)
/* clang-format on */

static const feat_op fid_ops[] = {OPS(FEAT_OP_AVERAGE_POOL_BIAS, FEAT_OP_MAX_POOL)};
static const feat_op torchvision_ops[] = {OPS(FEAT_OP_AVERAGE_POOL_PADDED_BIAS, FEAT_OP_AVERAGE_POOL_PADDED)};
static const feat_op keras_ops[] = {OPS(FEAT_OP_AVERAGE_POOL_BIAS, FEAT_OP_AVERAGE_POOL)};

static const feat_tap_info taps[N_TAPS] = {
    [TAP_64] = {"64", 64},     [TAP_192] = {"192", 192},  [TAP_SPATIAL] = {"spatial", 7 * 17 * 17},
    [TAP_2048] = {"2048", 2048}, [TAP_LOGITS_UNBIASED] = {"logits_unbiased", 0}, [TAP_LOGITS] = {"logits", 0},
};

#define NET(variant_, ops_)                                                                                  \
    {                                                                                                        \
        .name = "bits-" variant_, .family = "bits", .variant = variant_, .tensors = shapes,                  \
        .n_tensors = N_TENSORS, .ops = ops_, .n_ops = sizeof ops_ / sizeof ops_[0], .taps = taps,            \
        .n_taps = N_TAPS, .roles = {TAP_2048, TAP_SPATIAL, TAP_LOGITS_UNBIASED, TAP_LOGITS},                 \
        .naming = &feat_torch_naming, .norm_epsilon = 0.001, .max_dense = 1, .preset = "tf1",                \
    }

/* --- what VGG-16 has --------------------------------------------------------------------------------- */

enum { D_INPUT, D_FIRST, D_P1, D_SECOND, D_P2, D_HIDDEN, D_HIDDEN_RELU, D_OUT, D_N_TENSORS };

/* 80 channels are a piece of 64 and one of 16, 96 x 64 inputs are 12 pieces of 512. */
static const feat_shape dense_shapes[] = {
    [D_INPUT] = {3, 32, 32}, [D_FIRST] = {80, 32, 32}, [D_P1] = {80, 16, 16},      [D_SECOND] = {96, 16, 16},
    [D_P2] = {96, 8, 8},     [D_HIDDEN] = {48, 1, 1},  [D_HIDDEN_RELU] = {48, 1, 1}, [D_OUT] = {32, 1, 1},
};

static const feat_op dense_ops[] = {
    ROW_CONV_BIAS3(0, "features.0", D_INPUT, D_FIRST, 80, 3, FEAT_WINO_F4_3X3_CLOSE),
    ROW_HALVE(D_FIRST, D_P1),
    ROW_CONV_BIAS3(1, "features.1", D_P1, D_SECOND, 96, 80, FEAT_WINO_F2_3X3),
    ROW_HALVE(D_SECOND, D_P2),
    ROW_MEAN(0, D_P2),
    ROW_DENSE(2, "classifier.0", D_P2, D_HIDDEN, 48, 96),
    ROW_VECTOR(1, D_HIDDEN),
    ROW_RELU(D_HIDDEN, D_HIDDEN_RELU),
    ROW_DENSE(3, "classifier.1", D_HIDDEN_RELU, D_OUT, 32, 48),
    ROW_VECTOR(2, D_OUT),
};
static const feat_tap_info dense_taps[] = {{"pool", 96}, {"hidden", 48}, {"out", 32}};

const feat_net bits_nets[BITS_N_NETS] = {NET("fid", fid_ops), NET("torchvision", torchvision_ops),
                                         NET("keras", keras_ops),
                                         {.name = "bits-dense",
                                          .family = "bits",
                                          .variant = "dense",
                                          .tensors = dense_shapes,
                                          .n_tensors = D_N_TENSORS,
                                          .ops = dense_ops,
                                          .n_ops = sizeof dense_ops / sizeof dense_ops[0],
                                          .taps = dense_taps,
                                          .n_taps = sizeof dense_taps / sizeof dense_taps[0],
                                          .roles = {2, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP},
                                          .naming = &feat_plain_naming,
                                          .preset = "tf1"}};
