/* Writes the containers weights are published in, with the structure of the real files but for a network
 * of three convolutions, so that the converter's tests are quick and can spoil any part of a file. */
#ifndef BONAFIDE_TESTS_WEIGHTS_WEIGHTGEN_H
#define BONAFIDE_TESTS_WEIGHTS_WEIGHTGEN_H

#include "engine/nets/tensors.h"
#include "weights/names/name_map.h"

enum { GEN_CONVS = 3 };

/* Three convolutions and a classifier of 6 features; 5 classes for fid, 4 for the others. And one like VGG-16, with
 * dense layers in panels. */
extern const feat_net gen_fid, gen_torchvision, gen_keras, gen_vgg;
/* By number; NULL after the last. */
extern const feat_net *const gen_nets[];

/* Stand-ins for DINOv2 (two widths, one with registers) and CLIP (two sizes of pictures). By number; NULL after the
 * last. */
extern const feat_net gen_dino, gen_dino_wide, gen_dino_reg, gen_clip, gen_clip_large;
extern const feat_net *const gen_vit_nets[];

/* Names of the convolutions, ours and TensorFlow's; and all maps, NULL after the last. */
extern const feat_layer_name gen_layers[GEN_CONVS];
extern const feat_name_map *const gen_maps[];
/* These and the published ones of DINOv2 and CLIP, for the stand-ins. */
const feat_name_map *const *gen_all_maps(void);

enum { GEN_MAX = 64 };

typedef struct gen_buf {
    unsigned char *p;
    size_t n, capacity;
} gen_buf;

void gen_put(gen_buf *b, const void *data, size_t n);
void gen_free(gen_buf *b);

/* One tensor of a state dict: a view of a storage. */
typedef struct gen_tensor {
    char name[FEAT_NAME_BYTES];
    const char *storage; /* "FloatStorage" or another */
    size_t rank;
    int64_t shape[6], stride[6], offset, numel; /* numel: of the storage */
    unsigned char *data;                        /* the storage's bytes */
    size_t data_bytes;
} gen_tensor;

typedef struct gen_list {
    gen_tensor t[GEN_MAX];
    size_t n;
} gen_list;

/* The tensors of synthetic weights, seed 1. With `strided` they are views of TensorFlow-ordered data as in
 * the published file. With `half` they are stored as float16. One num_batches_tracked per convolution. */
void gen_fill(gen_list *list, const feat_net *net, int strided, int half);
gen_tensor *gen_find(gen_list *list, const char *name);
/* A further float tensor of zeros, rank 1. */
gen_tensor *gen_add(gen_list *list, const char *name, int64_t n);
void gen_drop(gen_list *list, const char *name);
void gen_clear(gen_list *list);
/* The names that StyleGAN's TorchScript archives have, of gen_fid without gamma or of gen_vgg; and of gen_vgg timm's,
 * whose dense layers are convolutions. */
void gen_as_stylegan(gen_list *list, const feat_net *net);
void gen_as_timm(gen_list *list);

/* Of a list of `net` as gen_fill made it: what is published as float16 has values that are, and with `stored` is. */
void gen_round_half(gen_list *list, const feat_net *net, int stored);
/* The list as its publisher has it: axes of 1 in front of DINOv2's tokens, and a tensor that is not needed. And as one
 * of the published maps has it: names, queries, keys and values apart, the projection transposed, timm's bias of
 * zeros. */
void gen_as_published(gen_list *list);
void gen_as_vit(gen_list *list, const feat_name_map *map);

/* The pickle of the dict alone: legacy keys are long numbers, zip keys are "0", "1", ... */
void gen_pickle(gen_buf *b, const gen_list *list, int legacy);
void gen_legacy(gen_buf *b, const gen_list *list);
/* The pickle of a TorchScript archive: a tree of modules, with attributes that are no tensors. */
void gen_modules(gen_buf *b, const gen_list *list);

typedef struct gen_zip_options {
    int method;  /* 0 is right, 8 claims deflate */
    int bad_crc; /* member data/1 */
    int zip64;
    const char *skip;      /* a member left out, for example "data/3" */
    const char *byteorder; /* NULL: no such member */
    const gen_buf *pickle; /* instead of the list's */
} gen_zip_options;
void gen_zip(gen_buf *b, const gen_list *list, const gen_zip_options *options);

typedef struct gen_safetensors_options {
    int bfloat16;     /* float32 tensors are stored as their upper halves */
    const char *tail; /* what ends the header, instead of "}" */
} gen_safetensors_options;
/* `list` is one that gen_fill made without `strided`. */
void gen_safetensors(gen_buf *b, const gen_list *list, const gen_safetensors_options *options);

typedef struct gen_pb_options {
    int values;   /* 0 tensor_content, 1 packed float_val, 2 a field per value */
    int unscaled; /* scale_after_normalization false */
    int no_scale_attr;
    float epsilon;     /* 0: 0.001 */
    const char *skip;  /* node left out */
    const char *twice; /* node written twice */
    const char *extra; /* a further Const of this name */
    const char *splat; /* node whose values are one value, repeated */
    const char *whole; /* node whose type is int32 */
} gen_pb_options;
/* `list` is one that gen_fill made without `strided`. */
void gen_pb(gen_buf *b, const gen_list *list, const gen_pb_options *options);

typedef struct gen_tfjs_options {
    const char *dtype; /* NULL: plain float32; "uint8", "uint16", "float16" */
    int modules;       /* JavaScript modules instead of model.json */
    int no_gamma;
    int first;              /* number of the first layer: 0 is "conv2d", 1 "conv2d_1" */
    int two_dense;          /* a 6-3-classes head instead of 6-classes */
    const char *activation; /* of the first of two dense layers; NULL: relu */
    const char *epsilon;    /* NULL: 0.001 */
    const char *skip;       /* weight left out of the manifest, for example "conv2d_2/kernel" */
    const char *extra;      /* a further weight of one value */
    int short_by;           /* bytes cut off the last shard */
} gen_tfjs_options;
/* Of quantised weights, written as minifiers write them. Not floats: rounding them first would show. */
#define GEN_SCALE .0031415926535897931
#define GEN_MIN -.32718281828459045

/* Writes the model and its two shards into `folder`; returns the raw weight bytes in *raw (in manifest
 * order, before base64). */
void gen_tfjs(const char *folder, const gen_list *list, const gen_tfjs_options *options, gen_buf *raw);

void gen_write_file(const char *path, const void *data, size_t n);
/* Returns the size; the bytes in *b. */
size_t gen_read_file(const char *path, gen_buf *b);
int gen_exists(const char *path);

/* A fresh folder for one test program, and its end with everything in it. */
void gen_folder(char path[256]);
void gen_remove_folder(const char *path);

/* Makes the sums of a flat file right again after bytes of it were changed: those of tensors, header and table. And
 * gives it the content SHA-256 that another file, or it itself before, claims. */
void gen_flat_sums(gen_buf *file);
void gen_flat_claim(gen_buf *file, const unsigned char content[32]);

/* The content SHA-256 that it claims [32]. */
const unsigned char *gen_flat_claimed(const gen_buf *file);

#endif
