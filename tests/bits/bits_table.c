/* A small network: this file's table stands in for engine/nets/inception_v3.c, which the linker then leaves out,
 * so that compiling, packing and running are those of the real one. Every kind of operation, every algorithm
 * that it uses, merged 1x1 siblings, concatenation, both pools and the classifier. */
#include "engine/nets/net.h"

#include "engine/feat.h"

enum {
    INPUT, STEM, STEM_P, WIDE, HALF, T4, T2, T5, T5_P, T192, T64, HALF_P, LEFT, RIGHT, POOLED, ROW, COLUMN, SPATIAL,
    CROSS, SMALL, SMALL_P, LAST, N_TENSORS
};

const feat_shape feat_inception_shapes[] = {
    [INPUT] = {3, 299, 299}, [STEM] = {16, 149, 149}, [STEM_P] = {16, 74, 74}, [WIDE] = {32, 72, 72},
    [HALF] = {16, 35, 35},   [T4] = {16, 35, 35},     [T2] = {32, 33, 33},     [T5] = {48, 33, 33},
    [T5_P] = {48, 16, 16},   [T192] = {192, 16, 16},  [T64] = {64, 35, 35},    [HALF_P] = {64, 17, 17},
    [LEFT] = {32, 17, 17},   [RIGHT] = {16, 17, 17},  [POOLED] = {48, 17, 17}, [ROW] = {32, 17, 17},
    [COLUMN] = {16, 17, 17}, [SPATIAL] = {112, 17, 17}, [CROSS] = {144, 8, 8}, [SMALL] = {64, 8, 8},
    [SMALL_P] = {64, 8, 8},  [LAST] = {2048, 8, 8},
};
const size_t feat_inception_n_tensors = N_TENSORS;

/* clang-format off */
#define CONV(name, src, dst, dst_c, oc, ic, kh, kw, s, ph, pw, form)                                         \
    {FEAT_OP_CONV, name, src, dst, dst_c, oc, ic, kh, kw, s, ph, pw, form}
#define POOL(kind, src, dst, dst_c, s, pad) {kind, "pool", src, dst, dst_c, 0, 0, 3, 3, s, pad, pad, FEAT_WINO_NONE}
#define HAND_OUT(tap, src) {FEAT_OP_TAP, "tap", src, 0, 0, tap, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE}

const feat_op feat_inception_ops[] = {
    CONV("stem", INPUT, STEM, 0, 16, 3, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    POOL(FEAT_OP_MAX_S2, STEM, STEM_P, 0, 2, 0),
    CONV("wide", STEM_P, WIDE, 0, 32, 16, 3, 3, 1, 0, 0, FEAT_WINO_F6_3X3),
    CONV("half", WIDE, HALF, 0, 16, 32, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    CONV("t4", HALF, T4, 0, 16, 16, 3, 3, 1, 1, 1, FEAT_WINO_F4_3X3),
    CONV("t2", T4, T2, 0, 32, 16, 3, 3, 1, 0, 0, FEAT_WINO_F2_3X3),
    CONV("t5", T2, T5, 0, 48, 32, 5, 5, 1, 2, 2, FEAT_WINO_F4_5X5),
    POOL(FEAT_OP_MAX_S2, T5, T5_P, 0, 2, 0),
    CONV("t192", T5_P, T192, 0, 192, 48, 1, 3, 1, 0, 1, FEAT_WINO_F4_3),
    HAND_OUT(FEAT_TAP_192, T192),
    CONV("beside", T4, T64, 0, 48, 16, 3, 3, 1, 1, 1, FEAT_WINO_F4_3X3),
    CONV("over", HALF, T64, 48, 16, 16, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    HAND_OUT(FEAT_TAP_64, T64),
    POOL(FEAT_OP_MAX_S2, T64, HALF_P, 0, 2, 0),
    CONV("left", HALF_P, LEFT, 0, 32, 64, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    CONV("right", HALF_P, RIGHT, 0, 16, 64, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    {FEAT_OP_CONV_LINEAR, "pooled", HALF_P, POOLED, 0, 48, 64, 1, 1, 1, 0, 0, FEAT_WINO_NONE},
    POOL(FEAT_OP_POOL_S1, POOLED, SPATIAL, 48, 1, 1),
    CONV("row", LEFT, ROW, 0, 32, 32, 1, 7, 1, 0, 3, FEAT_WINO_F4_7),
    CONV("column", ROW, SPATIAL, 0, 48, 32, 7, 1, 1, 3, 0, FEAT_WINO_F6_7),
    CONV("column4", RIGHT, COLUMN, 0, 16, 16, 7, 1, 1, 3, 0, FEAT_WINO_F4_7),
    CONV("row6", COLUMN, SPATIAL, 96, 16, 16, 1, 7, 1, 0, 3, FEAT_WINO_F6_7),
    HAND_OUT(FEAT_TAP_SPATIAL, SPATIAL),
    POOL(FEAT_OP_MAX_S2, SPATIAL, CROSS, 0, 2, 0),
    CONV("stride", SPATIAL, CROSS, 112, 32, 112, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    CONV("cross_row", CROSS, SMALL, 0, 32, 144, 1, 3, 1, 0, 1, FEAT_WINO_F2_3),
    CONV("cross_column", CROSS, SMALL, 32, 32, 144, 3, 1, 1, 1, 0, FEAT_WINO_F2_3),
    POOL(FEAT_OP_POOL_LAST, SMALL, SMALL_P, 0, 1, 1),
    CONV("last0", SMALL_P, LAST, 0, 512, 64, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    CONV("last1", SMALL_P, LAST, 512, 512, 64, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    CONV("last2", SMALL_P, LAST, 1024, 512, 64, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    CONV("last3", SMALL_P, LAST, 1536, 512, 64, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    HAND_OUT(FEAT_TAP_2048, LAST),
};
/* clang-format on */
const size_t feat_inception_n_ops = sizeof feat_inception_ops / sizeof feat_inception_ops[0];
