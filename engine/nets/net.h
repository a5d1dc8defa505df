/* Networks as data: tensors, operations in order, and which tap reads what. No control flow, no weights. */
#ifndef BONAFIDE_ENGINE_NETS_NET_H
#define BONAFIDE_ENGINE_NETS_NET_H

#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"
#include "engine/kernels/winograd.h"

typedef enum feat_op_kind {
    FEAT_OP_CONV,        /* convolution, batch norm, ReLU */
    FEAT_OP_CONV_LINEAR, /* convolution and the scale of its batch norm; bias and ReLU follow in FEAT_OP_POOL_S1 */
    FEAT_OP_MAX_S2,      /* 3x3 max pool, stride 2, no padding */
    FEAT_OP_POOL_S1,   /* 3x3 average pool, stride 1, padding 1 (the variant says whether padding counts), then
                        * bias and ReLU of the convolution before it. The published network pools first; both
                        * are linear, so the order can be swapped, and fewer channels are left to pool. */
    FEAT_OP_POOL_LAST, /* the pool of Mixed_7c, before its convolution: max in the fid variant, else average */
    FEAT_OP_TAP        /* hands a tensor out; `oc` holds the feat_tap */
} feat_op_kind;

typedef struct feat_op {
    feat_op_kind kind;
    const char *name; /* convolutions: PyTorch's prefix of the tensor names */
    uint8_t src, dst; /* tensor ids; src 0 is the network's input */
    uint16_t dst_c;   /* first channel written in dst: concatenation costs nothing */
    uint16_t oc, ic;
    uint8_t kh, kw, stride, ph, pw;
    feat_wino_form form; /* the algorithm: part of the numerics contract, never a choice of the machine; direct
                           (FEAT_WINO_NONE) where ph and pw are 0 only */
} feat_op;

/* What the network hands out of itself. */
typedef struct feat_tap_info {
    const char *name;
    size_t dim; /* floats per image; 0: as many as the classifier of the weights has classes */
} feat_tap_info;

enum { FEAT_N_ROLES = FEAT_ROLE_LOGITS + 1 };

struct feat_net {
    const char *name, *family, *variant; /* see engine/feat.h */
    uint32_t number;                     /* of this network in the header of a flat file (engine/flat/FORMAT.md) */
    feat_shape input;
    const feat_tap_info *taps;
    size_t n_taps;
    feat_tap roles[FEAT_N_ROLES]; /* by feat_role: the tap, or FEAT_NO_TAP */
};

/* Every network there is; NULL after the last. */
extern const feat_net *const feat_nets[];

extern const feat_shape feat_inception_shapes[];
extern const size_t feat_inception_n_tensors;
extern const feat_op feat_inception_ops[];
extern const size_t feat_inception_n_ops;

/* Runs of the table that are convolutions of either kind. */
static inline int feat_op_is_conv(const feat_op *op)
{
    return op->kind == FEAT_OP_CONV || op->kind == FEAT_OP_CONV_LINEAR;
}

#endif
