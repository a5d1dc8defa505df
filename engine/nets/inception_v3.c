/* Inception-v3 in three variants: 94 convolutions and 13 pools in an order in which every tensor is complete before it
 * is read, and siblings that read the same tensor through 1x1 stand together. Sizes and names: the TensorFlow graph of
 * 2015-12-05 and the PyTorch state_dict of the same network (Szegedy et al., "Rethinking the Inception Architecture",
 * 2015). The variants differ in their pools and classifiers. */
#include "engine/nets/net.h"

#include "engine/nets/net_rows.h"
#include "engine/nets/tensors.h"

/* Tensor ids. A block's output carries the block's name; _P is the pool branch between its convolution and
 * its pool, the rest are the steps inside a branch. */
enum {
    INPUT,
    C1A, C2A, C2B, P1, C3B, C4A, P2,
    A1_5, A1_D1, A1_D2, A1_P, A1, /* Mixed_5b */
    A2_5, A2_D1, A2_D2, A2_P, A2, /* Mixed_5c */
    A3_5, A3_D1, A3_D2, A3_P, A3, /* Mixed_5d */
    B_D1, B_D2, B,                /* Mixed_6a */
    C1_71, C1_72, C1_D1, C1_D2, C1_D3, C1_D4, C1_P, C1, /* Mixed_6b */
    C2_71, C2_72, C2_D1, C2_D2, C2_D3, C2_D4, C2_P, C2, /* Mixed_6c */
    C3_71, C3_72, C3_D1, C3_D2, C3_D3, C3_D4, C3_P, C3, /* Mixed_6d */
    C4_71, C4_72, C4_D1, C4_D2, C4_D3, C4_D4, C4_P, C4, /* Mixed_6e */
    D_31, D_71, D_72, D_73, D,    /* Mixed_7a */
    E1_31, E1_D1, E1_D2, E1_P, E1, /* Mixed_7b */
    E2_31, E2_D1, E2_D2, E2_P, E2, /* Mixed_7c */
    N_TENSORS
};

#define SHAPES_A(t, pool, cout)                                                                              \
    [t##_5] = {48, 35, 35}, [t##_D1] = {64, 35, 35}, [t##_D2] = {96, 35, 35}, [t##_P] = {pool, 35, 35},      \
    [t] = {cout, 35, 35}
#define SHAPES_C(t, c7)                                                                                      \
    [t##_71] = {c7, 17, 17}, [t##_72] = {c7, 17, 17}, [t##_D1] = {c7, 17, 17}, [t##_D2] = {c7, 17, 17},      \
    [t##_D3] = {c7, 17, 17}, [t##_D4] = {c7, 17, 17}, [t##_P] = {192, 17, 17}, [t] = {768, 17, 17}
#define SHAPES_E(t, pool)                                                                                    \
    [t##_31] = {384, 8, 8}, [t##_D1] = {448, 8, 8}, [t##_D2] = {384, 8, 8}, [t##_P] = {pool, 8, 8},          \
    [t] = {2048, 8, 8}

static const feat_shape shapes[] = {
    [INPUT] = {3, 299, 299}, [C1A] = {32, 149, 149}, [C2A] = {32, 147, 147}, [C2B] = {64, 147, 147},
    [P1] = {64, 73, 73},     [C3B] = {80, 73, 73},   [C4A] = {192, 71, 71},  [P2] = {192, 35, 35},
    SHAPES_A(A1, 32, 256),   SHAPES_A(A2, 64, 288),  SHAPES_A(A3, 64, 288),
    [B_D1] = {64, 35, 35},   [B_D2] = {96, 35, 35},  [B] = {768, 17, 17},
    SHAPES_C(C1, 128),       SHAPES_C(C2, 160),      SHAPES_C(C3, 160),      SHAPES_C(C4, 192),
    [D_31] = {192, 17, 17},  [D_71] = {192, 17, 17}, [D_72] = {192, 17, 17}, [D_73] = {192, 17, 17},
    [D] = {1280, 8, 8},
    SHAPES_E(E1, 192),       SHAPES_E(E2, 2048),
};

_Static_assert(sizeof shapes / sizeof shapes[0] == N_TENSORS, "a shape for every tensor");

/* Algorithms. Larger tiles save more products and cost accuracy and memory:
 * - the large pictures of the stem get the largest tiles: few weights, much work;
 * - 8x8 pictures get the smallest, because their weights, read once per image, grow with the tile;
 * - 1x7 and 7x1 before the spatial tap (sFID), which sees single pixels and no mean, get F(4,7), later ones
 *   F(6,7). */
#define DIRECT FEAT_WINO_NONE
#define F6_3X3 FEAT_WINO_F6_3X3
#define F4_3X3 FEAT_WINO_F4_3X3
#define F2_3X3 FEAT_WINO_F2_3X3
#define F4_5X5 FEAT_WINO_F4_5X5
#define F2_3 FEAT_WINO_F2_3
#define MAX_S2(src, dst, dst_c) ROW_POOL(FEAT_OP_MAX_POOL, src, dst, dst_c, 2, 0)

/* Blocks: `n` is the order of the first convolution, `name` the block's, `t` its tensor, `x` the one it reads. AVERAGE
 * is the kind of the pool in its pool branch. */
#define BLOCK_A(n, name, t, x, cin, pool, AVERAGE)                                                           \
    ROW_CONV1(n, name ".branch1x1", x, t, 0, 64, cin),                                                       \
    ROW_CONV1(n + 1, name ".branch5x5_1", x, t##_5, 0, 48, cin),                                             \
    ROW_CONV1(n + 3, name ".branch3x3dbl_1", x, t##_D1, 0, 64, cin),                                         \
    ROW_LINEAR1(n + 6, name ".branch_pool", x, t##_P, pool, cin),                                            \
    ROW_POOL(AVERAGE, t##_P, t, 224, 1, 1),                                                                  \
    ROW_CONV(n + 2, name ".branch5x5_2", t##_5, t, 64, 64, 48, 5, 5, 1, 2, 2, F4_5X5),                       \
    ROW_CONV(n + 4, name ".branch3x3dbl_2", t##_D1, t##_D2, 0, 96, 64, 3, 3, 1, 1, 1, F4_3X3),               \
    ROW_CONV(n + 5, name ".branch3x3dbl_3", t##_D2, t, 128, 96, 96, 3, 3, 1, 1, 1, F4_3X3)

#define BLOCK_C(n, name, t, x, c7, F7, AVERAGE)                                                              \
    ROW_CONV1(n, name ".branch1x1", x, t, 0, 192, 768),                                                      \
    ROW_CONV1(n + 1, name ".branch7x7_1", x, t##_71, 0, c7, 768),                                            \
    ROW_CONV1(n + 4, name ".branch7x7dbl_1", x, t##_D1, 0, c7, 768),                                         \
    ROW_LINEAR1(n + 9, name ".branch_pool", x, t##_P, 192, 768),                                             \
    ROW_POOL(AVERAGE, t##_P, t, 576, 1, 1),                                                                  \
    ROW_CONV(n + 2, name ".branch7x7_2", t##_71, t##_72, 0, c7, c7, 1, 7, 1, 0, 3, F7),                      \
    ROW_CONV(n + 3, name ".branch7x7_3", t##_72, t, 192, 192, c7, 7, 1, 1, 3, 0, F7),                        \
    ROW_CONV(n + 5, name ".branch7x7dbl_2", t##_D1, t##_D2, 0, c7, c7, 7, 1, 1, 3, 0, F7),                   \
    ROW_CONV(n + 6, name ".branch7x7dbl_3", t##_D2, t##_D3, 0, c7, c7, 1, 7, 1, 0, 3, F7),                   \
    ROW_CONV(n + 7, name ".branch7x7dbl_4", t##_D3, t##_D4, 0, c7, c7, 7, 1, 1, 3, 0, F7),                   \
    ROW_CONV(n + 8, name ".branch7x7dbl_5", t##_D4, t, 384, 192, c7, 1, 7, 1, 0, 3, F7)

/* In Mixed_7b the pool follows the convolution, as in the blocks above; in Mixed_7c, whose pool may be one of maxima,
 * it cannot. */
#define POOL_BRANCH_7B(n, name, x, t, cin, KIND)                                                             \
    ROW_LINEAR1(n, name, x, t##_P, 192, cin), ROW_POOL(KIND, t##_P, t, 1856, 1, 1)
#define POOL_BRANCH_7C(n, name, x, t, cin, KIND)                                                             \
    ROW_POOL(KIND, x, t##_P, 0, 1, 1), ROW_CONV1(n, name, t##_P, t, 1856, 192, cin)
#define BLOCK_E(n, name, t, x, cin, POOL_BRANCH, KIND)                                                       \
    ROW_CONV1(n, name ".branch1x1", x, t, 0, 320, cin),                                                      \
    ROW_CONV1(n + 1, name ".branch3x3_1", x, t##_31, 0, 384, cin),                                           \
    ROW_CONV1(n + 4, name ".branch3x3dbl_1", x, t##_D1, 0, 448, cin),                                        \
    POOL_BRANCH(n + 8, name ".branch_pool", x, t, cin, KIND),                                                \
    ROW_CONV(n + 2, name ".branch3x3_2a", t##_31, t, 320, 384, 384, 1, 3, 1, 0, 1, F2_3),                    \
    ROW_CONV(n + 3, name ".branch3x3_2b", t##_31, t, 704, 384, 384, 3, 1, 1, 1, 0, F2_3),                    \
    ROW_CONV(n + 5, name ".branch3x3dbl_2", t##_D1, t##_D2, 0, 384, 448, 3, 3, 1, 1, 1, F2_3X3),             \
    ROW_CONV(n + 6, name ".branch3x3dbl_3a", t##_D2, t, 1088, 384, 384, 1, 3, 1, 0, 1, F2_3),                \
    ROW_CONV(n + 7, name ".branch3x3dbl_3b", t##_D2, t, 1472, 384, 384, 3, 1, 1, 1, 0, F2_3)

/* --- the variants ------------------------------------------------------------------------------- */

enum { TAP_64, TAP_192, TAP_768, TAP_2048, TAP_SPATIAL, TAP_LOGITS_UNBIASED, TAP_LOGITS, N_TAPS };

/* AVERAGE: the pools of the pool branches. LAST: that of Mixed_7c. */
#define OPS(AVERAGE, LAST, classes)                                                                          \
    ROW_CONV(0, "Conv2d_1a_3x3", INPUT, C1A, 0, 32, 3, 3, 3, 2, 0, 0, DIRECT),                               \
    ROW_CONV(1, "Conv2d_2a_3x3", C1A, C2A, 0, 32, 32, 3, 3, 1, 0, 0, F6_3X3),                                \
    ROW_CONV(2, "Conv2d_2b_3x3", C2A, C2B, 0, 64, 32, 3, 3, 1, 1, 1, F6_3X3),                                \
    MAX_S2(C2B, P1, 0),                                                                                      \
    ROW_MEAN(TAP_64, P1),                                                                                    \
    ROW_CONV1(3, "Conv2d_3b_1x1", P1, C3B, 0, 80, 64),                                                       \
    ROW_CONV(4, "Conv2d_4a_3x3", C3B, C4A, 0, 192, 80, 3, 3, 1, 0, 0, F6_3X3),                               \
    MAX_S2(C4A, P2, 0),                                                                                      \
    ROW_MEAN(TAP_192, P2),                                                                                   \
    BLOCK_A(5, "Mixed_5b", A1, P2, 192, 32, AVERAGE),                                                        \
    BLOCK_A(12, "Mixed_5c", A2, A1, 256, 64, AVERAGE),                                                       \
    BLOCK_A(19, "Mixed_5d", A3, A2, 288, 64, AVERAGE),                                                       \
    ROW_CONV1(27, "Mixed_6a.branch3x3dbl_1", A3, B_D1, 0, 64, 288),                                          \
    ROW_CONV(26, "Mixed_6a.branch3x3", A3, B, 0, 384, 288, 3, 3, 2, 0, 0, DIRECT),                           \
    MAX_S2(A3, B, 480),                                                                                      \
    ROW_CONV(28, "Mixed_6a.branch3x3dbl_2", B_D1, B_D2, 0, 96, 64, 3, 3, 1, 1, 1, F4_3X3),                   \
    ROW_CONV(29, "Mixed_6a.branch3x3dbl_3", B_D2, B, 384, 96, 96, 3, 3, 2, 0, 0, DIRECT),                    \
    BLOCK_C(30, "Mixed_6b", C1, B, 128, FEAT_WINO_F4_7, AVERAGE),                                            \
    BLOCK_C(40, "Mixed_6c", C2, C1, 160, FEAT_WINO_F4_7, AVERAGE),                                           \
    BLOCK_C(50, "Mixed_6d", C3, C2, 160, FEAT_WINO_F6_7, AVERAGE),                                           \
    ROW_PIXELS(TAP_SPATIAL, C3, 7),                                                                          \
    BLOCK_C(60, "Mixed_6e", C4, C3, 192, FEAT_WINO_F6_7, AVERAGE),                                           \
    ROW_MEAN(TAP_768, C4),                                                                                   \
    ROW_CONV1(70, "Mixed_7a.branch3x3_1", C4, D_31, 0, 192, 768),                                            \
    ROW_CONV1(72, "Mixed_7a.branch7x7x3_1", C4, D_71, 0, 192, 768),                                          \
    MAX_S2(C4, D, 512),                                                                                      \
    ROW_CONV(71, "Mixed_7a.branch3x3_2", D_31, D, 0, 320, 192, 3, 3, 2, 0, 0, DIRECT),                       \
    ROW_CONV(73, "Mixed_7a.branch7x7x3_2", D_71, D_72, 0, 192, 192, 1, 7, 1, 0, 3, FEAT_WINO_F6_7),          \
    ROW_CONV(74, "Mixed_7a.branch7x7x3_3", D_72, D_73, 0, 192, 192, 7, 1, 1, 3, 0, FEAT_WINO_F6_7),          \
    ROW_CONV(75, "Mixed_7a.branch7x7x3_4", D_73, D, 320, 192, 192, 3, 3, 2, 0, 0, DIRECT),                   \
    BLOCK_E(76, "Mixed_7b", E1, D, 1280, POOL_BRANCH_7B, AVERAGE),                                           \
    BLOCK_E(85, "Mixed_7c", E2, E1, 2048, POOL_BRANCH_7C, LAST),                                             \
    ROW_MEAN(TAP_2048, E2),                                                                                  \
    ROW_HEAD(94, "fc", TAP_LOGITS_UNBIASED, E2, classes, 2048)

/* TensorFlow's average leaves padding out, torchvision's counts it; the published graph of TensorFlow has a pool of
 * maxima in Mixed_7c. Keras publishes 1000 classes, and its files may have a classifier of several layers. */
static const feat_op fid_ops[] = {OPS(FEAT_OP_AVERAGE_POOL_BIAS, FEAT_OP_MAX_POOL, 1008)};
static const feat_op torchvision_ops[] = {OPS(FEAT_OP_AVERAGE_POOL_PADDED_BIAS, FEAT_OP_AVERAGE_POOL_PADDED, 1000)};
static const feat_op keras_ops[] = {OPS(FEAT_OP_AVERAGE_POOL_BIAS, FEAT_OP_AVERAGE_POOL, 1000)};

static const feat_tap_info taps[N_TAPS] = {
    [TAP_64] = {"64", 64},
    [TAP_192] = {"192", 192},
    [TAP_768] = {"768", 768},
    [TAP_2048] = {"2048", 2048},
    [TAP_SPATIAL] = {"spatial", 7 * 17 * 17},
    [TAP_LOGITS_UNBIASED] = {"logits_unbiased", 0},
    [TAP_LOGITS] = {"logits", 0},
};

#define INCEPTION_V3(variant_, number_, ops_, gamma_is_optional_, max_dense_)                                \
    {                                                                                                        \
        .name = "inception-v3-" variant_, .family = "inception-v3", .variant = variant_, .number = number_,  \
        .tensors = shapes, .n_tensors = N_TENSORS, .ops = ops_, .n_ops = sizeof ops_ / sizeof ops_[0],       \
        .taps = taps, .n_taps = N_TAPS,                                                                      \
        .roles = {TAP_2048, TAP_SPATIAL, TAP_LOGITS_UNBIASED, TAP_LOGITS}, .naming = &feat_torch_naming,     \
        .norm_epsilon = 0.001, .gamma_is_optional = gamma_is_optional_, .max_dense = max_dense_,             \
        .preset = "tf1",                                                                                     \
    }

const feat_net feat_inception_v3_fid = INCEPTION_V3("fid", 0, fid_ops, 0, 1);
const feat_net feat_inception_v3_torchvision = INCEPTION_V3("torchvision", 1, torchvision_ops, 0, 1);
const feat_net feat_inception_v3_keras = INCEPTION_V3("keras", 2, keras_ops, 1, FEAT_MAX_DENSE);
