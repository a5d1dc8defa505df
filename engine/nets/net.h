/* Networks as data: tensors, operations in order, which tap reads what, and what their weights are called. No control
 * flow, no weights. */
#ifndef BONAFIDE_ENGINE_NETS_NET_H
#define BONAFIDE_ENGINE_NETS_NET_H

#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"
#include "engine/kernels/winograd.h"

/* The kinds of operation. What each computes, and where its weights go, is in engine/ops (one row of kinds.c each);
 * which tensors it has in a file, in tensors.c. */
typedef enum feat_kind {
    FEAT_OP_CONV,                /* convolution, batch norm, ReLU */
    FEAT_OP_CONV_LINEAR,         /* convolution and the scale of its batch norm; bias and ReLU follow in the pool that
                                  * reads it, one of the two that end in _BIAS */
    FEAT_OP_CONV_BIAS,           /* convolution, bias, ReLU, by minimal filtering. May read the image */
    FEAT_OP_MAX_POOL,            /* 3x3: stride 2 without padding, or stride 1 with 1 of it, which never wins; 2x2 with
                                  * stride 2 */
    FEAT_OP_AVERAGE_POOL,        /* 3x3, stride 1, padding 1: over the pixels inside the picture */
    FEAT_OP_AVERAGE_POOL_PADDED, /* the same with padding counted as zeros: always over nine */
    FEAT_OP_AVERAGE_POOL_BIAS,   /* those two, then bias and ReLU of the convolution before. The published network */
    FEAT_OP_AVERAGE_POOL_PADDED_BIAS, /* pools first; both are linear, so the order can be swapped, and fewer channels
                                       * are left to pool. */
    FEAT_OP_DENSE,               /* fully connected: all values of a tensor, in the order channel, row, column, times
                                  * weights, and a bias; gives a vector, a picture of one pixel. What reads vectors
                                  * comes last in a table: it is run for several images at once */
    FEAT_OP_RELU,                /* of a vector */
    FEAT_OP_TAP_VECTOR,          /* hands out a vector */
    FEAT_OP_TAP_MEAN,            /* hands out means over the picture, a float for each channel */
    FEAT_OP_TAP_PIXELS,          /* hands out the first `oc` channels of every pixel, in height-width-channel order */
    FEAT_OP_HEAD,                /* the classifier: means over the picture, then dense layers with ReLU between them, as
                                  * many as the weights have; hands out logits without and with the last bias */
    /* Of tokens: a tensor of them is a picture of one row. An output with fewer of them than its input is that of the
     * first ones. They are run for several images at once, and come last in a table. */
    FEAT_OP_EMBED,      /* patches of the image, flattened, times weights, and a bias if there is one: tokens, behind
                         * one and, where the output has more, others that are weights; then positions are added */
    FEAT_OP_LAYER_NORM, /* of each token */
    FEAT_OP_QKV,        /* dense layer: queries, keys and values of each token, a third of the channels each */
    FEAT_OP_ATTENTION,  /* of heads of 64 channels, from queries, keys and values */
    FEAT_OP_LINEAR,     /* dense layer of each token */
    FEAT_OP_PROJECT,    /* times a matrix that is stored input by input; no bias */
    FEAT_OP_GELU,       /* x (1 + erf(x / sqrt 2)) / 2 */
    FEAT_OP_QUICK_GELU, /* x / (1 + exp(-1.702 x)) */
    FEAT_OP_SUM,        /* of two tensors */
    FEAT_OP_SCALED_SUM, /* the same, the first times a weight for each channel */
    FEAT_N_KINDS
} feat_kind;

typedef struct feat_op {
    feat_kind kind;
    const char *name;    /* with weights: the beginning of their tensors' names */
    uint16_t src, dst;   /* tensors, by index; 0 is the network's input. What hands out has no dst */
    uint16_t dst_c;      /* first channel written in dst: concatenation costs nothing */
    uint16_t oc, ic;     /* channels out and in; of the classifier classes (as published) and features */
    uint8_t kh, kw, stride, ph, pw;
    feat_wino_form form; /* of a convolution, the algorithm: part of the numerics contract, never a choice of the
                          * machine; direct (FEAT_WINO_NONE) where ph and pw are 0 only */
    uint16_t order;      /* with weights: its place among those that have some, in a file; the order in which the code
                          * that trained the network makes its layers */
    uint8_t tap, n_taps; /* what hands out: into taps [tap, tap + n_taps) */
    uint16_t add;        /* of a sum: the second tensor */
    uint16_t queries;    /* of FEAT_OP_QKV: so many tokens' queries are computed, from the first; others are not read */
} feat_op;

/* What the network hands out of itself. */
typedef struct feat_tap_info {
    const char *name;
    size_t dim; /* floats per image; 0: as many as the classifier of the weights has classes */
} feat_tap_info;

enum { FEAT_N_ROLES = FEAT_ROLE_LOGITS + 1 };

/* How tensors are called in a flat file: the operation's name, then one of these. */
typedef struct feat_naming {
    const char *weight;                    /* of a convolution */
    const char *gamma, *beta, *mean, *var; /* of its batch norm */
    const char *dense_weight, *dense_bias; /* of dense layers */
    const char *bias;                      /* of a convolution without batch norm */
    /* Of transformers. Of layer norms gamma and beta. NULL: the network has none */
    const char *class_token, *positions, *registers, *patch_weight, *patch_bias;
    const char *qkv_weight, *qkv_bias;
    const char *scale; /* of a scaled sum */
} feat_naming;

/* As PyTorch has convolutions with batch norm: ".conv.weight", ".bn.weight", ..., ".weight", ".bias". And layers whose
 * own names are the operation's: ".weight", ".bias". */
extern const feat_naming feat_torch_naming, feat_plain_naming;

/* As facebookresearch/dinov2 and openai/CLIP call what transformers have. */
extern const feat_naming feat_dinov2_naming, feat_clip_naming;

/* From the positions that a network was trained with, a square of them, to those of its input: bicubic, as PyTorch's
 * interpolation with an offset of 0.1 pixels, or with antialias. */
typedef enum feat_position_resize {
    FEAT_POSITIONS_AS_STORED,
    FEAT_POSITIONS_CUBIC,
    FEAT_POSITIONS_ANTIALIASED
} feat_position_resize;

struct feat_net {
    const char *name, *family, *variant; /* see engine/feat.h */
    uint32_t number;                     /* in the header of a flat file (engine/flat/FORMAT.md): unique for ever */
    const feat_shape *tensors;           /* the first is the input */
    size_t n_tensors;
    const feat_op *ops; /* in an order in which every tensor is complete before it is read */
    size_t n_ops;
    const feat_tap_info *taps;
    size_t n_taps;
    feat_tap roles[FEAT_N_ROLES]; /* by feat_role: the tap, or FEAT_NO_TAP */
    const feat_naming *naming;
    double norm_epsilon;   /* of batch or layer norm, what the network was trained with */
    int gamma_is_optional; /* 1: weights may have no gamma, which then is 1 */
    size_t max_dense;      /* layers a classifier may have */
    size_t position_side;  /* of the square of positions in its weights; 0: as many as the input has patches */
    feat_position_resize position_resize;
    int half_dense;              /* 1: weights and biases of its patches and dense layers were published as float16 */
    const feat_scaling *scaling; /* what it was trained with; NULL: that of the preset */
    const char *preset;    /* from pixels to input, as its published results have it */
};

/* Every network there is; NULL after the last. */
extern const feat_net *const feat_nets[];

extern const feat_net feat_inception_v3_fid, feat_inception_v3_torchvision, feat_inception_v3_keras, feat_vgg16;
extern const feat_net feat_dinov2_vits14, feat_dinov2_vitb14, feat_dinov2_vitl14, feat_dinov2_vits14_reg4,
    feat_dinov2_vitb14_reg4, feat_dinov2_vitl14_reg4;
extern const feat_net feat_clip_vit_b_32, feat_clip_vit_b_16, feat_clip_vit_l_14, feat_clip_vit_l_14_336;

#endif
