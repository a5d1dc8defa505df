/* Which tensors a network needs: one const table of its convolutions, and the canonical tensor list
 * made from it. Every source is put into this order, so the same values give the same content digest
 * whatever container they came in. */
#ifndef IV3_WEIGHTS_WNAMES_H
#define IV3_WEIGHTS_WNAMES_H

#include "engine/iv3.h"

enum {
    IV3_NAME_BYTES = 64,
    IV3_MAX_RANK = 4,
    IV3_N_CONVS = 94,
    IV3_MAX_DENSE = 8,     /* layers in a head */
    IV3_MAX_SIZE = 0xffff, /* of any dimension: a product of four fits 64 bits */
    IV3_MAX_TENSORS = 5 * IV3_N_CONVS + 2 * IV3_MAX_DENSE
};

typedef struct iv3_tensor {
    char name[IV3_NAME_BYTES]; /* PyTorch state_dict name, zero-terminated */
    iv3_dtype dtype;           /* storage type */
    uint32_t rank;
    uint32_t shape[IV3_MAX_RANK]; /* OIHW for convolutions, [out][in] for dense layers; row-major data */
    uint64_t n_elements;
    uint64_t offset;   /* of the data in the file; 0 for synthetic weights */
    uint64_t checksum; /* iv3_hash64 of the stored bytes; 0 for synthetic weights */
} iv3_tensor;

typedef struct iv3_conv_name {
    const char *torch; /* prefix of the PyTorch state_dict, and ours: "<torch>.conv.weight" */
    const char *tf;    /* scope in the TensorFlow 2015-12-05 graph */
    uint16_t oc, ic, kh, kw;
} iv3_conv_name;

/* A network as far as its weights are concerned. The tests use tiny ones. */
typedef struct iv3_layout {
    const iv3_conv_name *convs;
    size_t n_convs;      /* <= IV3_N_CONVS */
    uint32_t n_features; /* inputs of the classifier */
    uint32_t fid_classes, torchvision_classes;
} iv3_layout;

/* Inception-v3. The order is the order of creation in Keras too: convs[i] is conv2d_<i+1>. */
extern const iv3_layout iv3_inception_layout;

/* The dense layers after the last pooling, ReLU between them: size[0] features in, size[n_layers] classes
 * out. One layer is called "fc", several "fc.0", "fc.1", ... */
typedef struct iv3_head {
    size_t n_layers;
    uint32_t size[IV3_MAX_DENSE + 1];
} iv3_head;

/* Fills list[IV3_MAX_TENSORS] with name, rank, shape and n_elements of every tensor in canonical order:
 * per convolution conv.weight, bn.weight (if has_gamma), bn.bias, bn.running_mean, bn.running_var; then
 * per dense layer weight, bias. dtype, offset and checksum are zero. Returns how many. */
size_t iv3_layout_tensors(iv3_tensor *list, const iv3_layout *layout, const iv3_head *head, int has_gamma);

/* "32x3x3x3" into text; "scalar" for rank 0. `bytes` >= 48 always suffices for a rank up to 4. */
void iv3_shape_text(char *text, size_t bytes, const uint32_t *shape, size_t rank);

#endif
