/* A network of a few thousand weights in the place of the real one: whole commands then take milliseconds, and can be
 * run once for each call that may fail. The table stands in for engine/nets/inception_v3.c, which the linker leaves
 * out; small_weights.c has its weights. Widths of the taps are those of the real network. */
#include "engine/nets/net.h"

#include "engine/feat.h"

enum { INPUT, STEM, SPATIAL, SMALL, T64, T192, T768, POOLED, LAST, N_TENSORS };

const feat_shape feat_inception_shapes[] = {
    [INPUT] = {3, 299, 299}, [STEM] = {16, 19, 19},  [SPATIAL] = {16, 17, 17},
    [SMALL] = {16, 8, 8},    [T64] = {64, 8, 8},     [T192] = {192, 8, 8},
    [T768] = {768, 8, 8},    [POOLED] = {16, 8, 8},  [LAST] = {2048, 8, 8},
};
const size_t feat_inception_n_tensors = N_TENSORS;

/* clang-format off */
#define CONV(name, src, dst, dst_c, oc, ic, k, s)                                                            \
    {FEAT_OP_CONV, name, src, dst, dst_c, oc, ic, k, k, s, 0, 0, FEAT_WINO_NONE}
#define POOL(kind, src, dst, s, pad) {kind, "pool", src, dst, 0, 0, 0, 3, 3, s, pad, pad, FEAT_WINO_NONE}
#define HAND_OUT(tap, src) {FEAT_OP_TAP, "tap", src, 0, 0, tap, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE}

const feat_op feat_inception_ops[] = {
    CONV("stem", INPUT, STEM, 0, 16, 3, 3, 16),
    CONV("spatial", STEM, SPATIAL, 0, 16, 16, 3, 1),
    HAND_OUT(FEAT_TAP_SPATIAL, SPATIAL),
    POOL(FEAT_OP_MAX_S2, SPATIAL, SMALL, 2, 0),
    CONV("t64", SMALL, T64, 0, 64, 16, 1, 1),
    HAND_OUT(FEAT_TAP_64, T64),
    CONV("t192", SMALL, T192, 0, 192, 16, 1, 1),
    HAND_OUT(FEAT_TAP_192, T192),
    CONV("t768a", SMALL, T768, 0, 384, 16, 1, 1),
    CONV("t768b", SMALL, T768, 384, 384, 16, 1, 1),
    HAND_OUT(FEAT_TAP_768, T768),
    POOL(FEAT_OP_POOL_LAST, SMALL, POOLED, 1, 1),
    CONV("last0", POOLED, LAST, 0, 512, 16, 1, 1),
    CONV("last1", POOLED, LAST, 512, 512, 16, 1, 1),
    CONV("last2", POOLED, LAST, 1024, 512, 16, 1, 1),
    CONV("last3", POOLED, LAST, 1536, 512, 16, 1, 1),
    HAND_OUT(FEAT_TAP_2048, LAST),
};
/* clang-format on */
const size_t feat_inception_n_ops = sizeof feat_inception_ops / sizeof feat_inception_ops[0];
