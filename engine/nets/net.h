/* Inception-v3 as data: tensors, operations in order, and which tap reads what. No control flow, no weights. */
#ifndef IV3_NET_INCEPTION_V3_H
#define IV3_NET_INCEPTION_V3_H

#include <stddef.h>
#include <stdint.h>

#include "engine/kernels/winograd.h"

/* An activation of one image. */
typedef struct iv3_shape {
    uint16_t c, h, w;
} iv3_shape;

typedef enum iv3_op_kind {
    IV3_OP_CONV,        /* convolution, batch norm, ReLU */
    IV3_OP_CONV_LINEAR, /* convolution and the scale of its batch norm; bias and ReLU follow in IV3_OP_POOL_S1 */
    IV3_OP_MAX_S2,      /* 3x3 max pool, stride 2, no padding */
    IV3_OP_POOL_S1,   /* 3x3 average pool, stride 1, padding 1 (the variant says whether padding counts), then
                       * bias and ReLU of the convolution before it. The published network pools first; both
                       * are linear, so the order can be swapped, and fewer channels are left to pool. */
    IV3_OP_POOL_LAST, /* the pool of Mixed_7c, before its convolution: max in the fid variant, else average */
    IV3_OP_TAP        /* hands a tensor out; `oc` holds the iv3_tap */
} iv3_op_kind;

typedef struct iv3_op {
    iv3_op_kind kind;
    const char *name; /* convolutions: PyTorch's prefix of the tensor names */
    uint8_t src, dst; /* tensor ids; src 0 is the network's input */
    uint16_t dst_c;   /* first channel written in dst: concatenation costs nothing */
    uint16_t oc, ic;
    uint8_t kh, kw, stride, ph, pw;
    iv3_wino_form form; /* the algorithm: part of the numerics contract, never a choice of the machine; direct
                           (IV3_WINO_NONE) where ph and pw are 0 only */
} iv3_op;

extern const iv3_shape iv3_inception_shapes[];
extern const size_t iv3_inception_n_tensors;
extern const iv3_op iv3_inception_ops[];
extern const size_t iv3_inception_n_ops;

/* Runs of the table that are convolutions of either kind. */
static inline int iv3_op_is_conv(const iv3_op *op)
{
    return op->kind == IV3_OP_CONV || op->kind == IV3_OP_CONV_LINEAR;
}

#endif
