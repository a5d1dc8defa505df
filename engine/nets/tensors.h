/* The tensors of a network's weights, derived from its operations, in canonical order. Every source is put into this
 * order, so the same values give the same content digest whatever container they came in. */
#ifndef BONAFIDE_ENGINE_NETS_TENSORS_H
#define BONAFIDE_ENGINE_NETS_TENSORS_H

#include "engine/nets/net.h"

enum {
    FEAT_NAME_BYTES = 64,
    FEAT_MAX_RANK = 4,
    FEAT_MAX_DENSE = 8,    /* layers in a classifier */
    FEAT_MAX_SIZE = 0xffff /* of any dimension: a product of four fits 64 bits */
};

typedef struct feat_tensor {
    char name[FEAT_NAME_BYTES]; /* the operation's name and the part's (feat_naming), zero-terminated */
    feat_dtype dtype;           /* storage type; in a network's list the one it was published in */
    uint32_t rank;
    uint32_t shape[FEAT_MAX_RANK]; /* OIHW for convolutions, [out][in] for dense layers; row-major data */
    uint64_t n_elements;
    uint32_t pixels; /* of the weights of FEAT_OP_DENSE, which are stored in panels (below): pixels of the picture that
                      * is flattened; 0: stored row-major */
    uint64_t offset;   /* of the data in the file; 0 for synthetic weights */
    uint64_t checksum; /* feat_hash64 of the stored bytes; 0 for synthetic weights */
} feat_tensor;

/* Where element [o][i] of an [out][in] matrix lies when it is stored in panels, as the kernels read them from the
 * mapped file: [out / 16][channels / 16][pixels][16 channels][16 outputs], where i = channel * pixels + pixel. Both
 * channels and out are multiples of 16. */
static inline uint64_t feat_panel_index(const feat_tensor *t, uint64_t o, uint64_t i)
{
    uint64_t channel = i / t->pixels, pixel = i % t->pixels;
    return (o / 16 * (t->shape[1] / 16) + channel / 16 * t->pixels + pixel) * 256 + channel % 16 * 16 + o % 16;
}

/* The dense layers of a classifier, ReLU between them: size[0] features in, size[n_layers] classes out. One layer is
 * called as the operation is ("fc"), several "fc.0", "fc.1", ... 0 layers: there is none. */
typedef struct feat_head {
    size_t n_layers;
    uint32_t size[FEAT_MAX_DENSE + 1];
} feat_head;

/* What weights of one network may differ in. */
typedef struct feat_contents {
    feat_head head;
    int has_gamma;
} feat_contents;

/* 1 if the operation has weights. */
int feat_op_has_weights(const feat_op *op);

/* How many operations have weights, and the one whose `order` is this; NULL past the last. */
size_t feat_net_n_layers(const feat_net *net);
const feat_op *feat_net_layer(const feat_net *net, size_t order);

/* The classifier; NULL when the network has none. */
const feat_op *feat_net_head(const feat_net *net);

/* Name of a part of dense layer `layer` of `n_layers`. */
void feat_dense_name(char name[FEAT_NAME_BYTES], const feat_op *head, size_t layer, size_t n_layers, const char *part);

/* What weights have, told by the tensors there are: find gives the shape of a tensor by its name, NULL when there is
 * none of this name. Whether sizes fit together is not looked at. */
typedef const uint32_t *(*feat_find_shape)(const void *ctx, const char *name);
void feat_net_find_contents(feat_contents *contents, const feat_net *net, feat_find_shape find, const void *ctx);

/* Contents as published: one dense layer, every gamma. */
void feat_net_published(feat_contents *contents, const feat_net *net);

/* Fills list with name, rank, shape, n_elements and the published dtype of every tensor in canonical order; offset and
 * checksum are zero. list has room for feat_net_count_tensors of them. */
void feat_net_list_tensors(feat_tensor *list, const feat_net *net, const feat_contents *contents);
size_t feat_net_count_tensors(const feat_net *net, const feat_contents *contents);

/* How many of them are the layer's, which follow each other. */
size_t feat_net_count_layer(const feat_net *net, const feat_contents *contents, const feat_op *layer);

/* "32x3x3x3" into text; "scalar" for rank 0. `bytes` >= 48 always suffices for a rank up to 4. */
void feat_shape_text(char *text, size_t bytes, const uint32_t *shape, size_t rank);

#endif
