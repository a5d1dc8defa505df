/* Which tensors a network needs: one const table of its convolutions, and the canonical tensor list
 * made from it. Every source is put into this order, so the same values give the same content digest
 * whatever container they came in. */
#ifndef BONAFIDE_ENGINE_NETS_TENSORS_H
#define BONAFIDE_ENGINE_NETS_TENSORS_H

#include "engine/feat.h"

enum {
    FEAT_NAME_BYTES = 64,
    FEAT_MAX_RANK = 4,
    FEAT_N_CONVS = 94,
    FEAT_MAX_DENSE = 8,     /* layers in a head */
    FEAT_MAX_SIZE = 0xffff, /* of any dimension: a product of four fits 64 bits */
    FEAT_MAX_TENSORS = 5 * FEAT_N_CONVS + 2 * FEAT_MAX_DENSE
};

typedef struct feat_tensor {
    char name[FEAT_NAME_BYTES]; /* PyTorch state_dict name, zero-terminated */
    feat_dtype dtype;           /* storage type */
    uint32_t rank;
    uint32_t shape[FEAT_MAX_RANK]; /* OIHW for convolutions, [out][in] for dense layers; row-major data */
    uint64_t n_elements;
    uint64_t offset;   /* of the data in the file; 0 for synthetic weights */
    uint64_t checksum; /* feat_hash64 of the stored bytes; 0 for synthetic weights */
} feat_tensor;

typedef struct feat_conv_name {
    const char *torch; /* prefix of the PyTorch state_dict, and ours: "<torch>.conv.weight" */
    const char *tf;    /* scope in the TensorFlow 2015-12-05 graph */
    uint16_t oc, ic, kh, kw;
} feat_conv_name;

/* A network as far as its weights are concerned. The tests use tiny ones. */
typedef struct feat_layout {
    const feat_conv_name *convs;
    size_t n_convs;      /* <= FEAT_N_CONVS */
    uint32_t n_features; /* inputs of the classifier */
    uint32_t fid_classes, torchvision_classes;
} feat_layout;

/* Inception-v3. The order is the order of creation in Keras too: convs[i] is conv2d_<i+1>. */
extern const feat_layout feat_inception_layout;

/* The dense layers after the last pooling, ReLU between them: size[0] features in, size[n_layers] classes
 * out. One layer is called "fc", several "fc.0", "fc.1", ... */
typedef struct feat_head {
    size_t n_layers;
    uint32_t size[FEAT_MAX_DENSE + 1];
} feat_head;

/* Fills list[FEAT_MAX_TENSORS] with name, rank, shape and n_elements of every tensor in canonical order:
 * per convolution conv.weight, bn.weight (if has_gamma), bn.bias, bn.running_mean, bn.running_var; then
 * per dense layer weight, bias. dtype, offset and checksum are zero. Returns how many. */
size_t feat_layout_tensors(feat_tensor *list, const feat_layout *layout, const feat_head *head, int has_gamma);

/* "32x3x3x3" into text; "scalar" for rank 0. `bytes` >= 48 always suffices for a rank up to 4. */
void feat_shape_text(char *text, size_t bytes, const uint32_t *shape, size_t rank);

#endif
