/* Name maps: how the weights of a network are called where they come from. One constant map for every network, or
 * family of networks with the same names, and origin. */
#ifndef BONAFIDE_WEIGHTS_NAMES_NAME_MAP_H
#define BONAFIDE_WEIGHTS_NAMES_NAME_MAP_H

#include <stdbool.h>

#include "engine/nets/tensors.h"

/* What wrote the source: it decides how names are built. */
typedef enum feat_origin {
    FEAT_ORIGIN_TORCH,    /* a PyTorch state dict: a key is the layer's name and the part's */
    FEAT_ORIGIN_GRAPHDEF, /* a TensorFlow graph: likewise, and a node for every batch norm */
    FEAT_ORIGIN_TFJS      /* a Keras model: layers are numbered in the order in which they were made */
} feat_origin;

/* A layer: the operation's name, and the source's. A '*' in both stands for the number of a block. */
typedef struct feat_layer_name {
    const char *ours, *theirs;
} feat_layer_name;

/* A part of a layer. Our axis i is their axis order[i], where theirs has `rank` axes; otherwise axes are as ours. The
 * source may have one of ours as several, which together are it, one after another on our first axis: this is number
 * `piece` of `n_pieces`. */
typedef struct feat_part_name {
    const char *ours;   /* behind the operation's name, as feat_naming has it; of a fixed tensor its whole name */
    const char *theirs; /* behind the source's name of the layer; of numbered layers STEM*LEAF, * being the number */
    uint32_t rank;
    unsigned char order[FEAT_MAX_RANK];
    uint32_t piece, n_pieces; /* n_pieces 0: the whole */
} feat_part_name;

/* A key by which a source is told to be of one of the map's networks; '*' stands for anything, at its beginning or
 * end. */
typedef struct feat_mark {
    const char *key;
    const feat_net *net;
} feat_mark;

typedef struct feat_name_map {
    feat_origin origin;
    const feat_net *const *nets; /* whose weights come so, NULL after the last; of several the source's number of
                                  * classes tells which, or the shapes of what makes tokens of the image */
    const char *probe;           /* a key that no source lacks, to tell maps of one origin apart */

    /* Convolutions. layers is NULL where names are the same as ours, and where layers are numbered. parts is NULL where
     * they are the same too; with FEAT_ORIGIN_TFJS the first is the kernel. */
    const feat_layer_name *layers;
    size_t n_layers;
    const feat_part_name *parts;
    size_t n_parts;

    const feat_part_name *fixed; /* tensors of no layer (the classifier), whole names; NULL where the same as ours, and
                                  * with FEAT_ORIGIN_TFJS, whose topology names dense layers */
    size_t n_fixed;
    const char *norm;            /* FEAT_ORIGIN_GRAPHDEF: the node of a layer's batch norm */
    const char *ones;            /* a part, as ours, that the source never has, because it is 1; NULL: none */
    const char *zero_row;        /* our tensor whose first row the source has added to another one: it is 0 */
    const char *zeros;           /* a key of values that no network here adds: they must be 0 */
    const char *unknown;         /* to be said of a file that is not known by its SHA-256; NULL: nothing */

    const char *const *dropped;  /* keys that no network here needs, with '*' as above; NULL after the last */
    const feat_mark *marks;
    size_t n_marks;
} feat_name_map;

/* Every map there is; NULL after the last. */
extern const feat_name_map *const feat_name_maps[];

extern const feat_name_map feat_names_inception_v3_torch, feat_names_inception_v3_stylegan,
    feat_names_inception_v3_graphdef, feat_names_inception_v3_tfjs, feat_names_vgg16_torch, feat_names_vgg16_timm,
    feat_names_vgg16_stylegan, feat_names_dinov2_torch, feat_names_dinov2_timm_reg, feat_names_dinov2_transformers,
    feat_names_clip_torch, feat_names_clip_timm, feat_names_clip_transformers;

/* 1 if key[0..n) fits the pattern, in which '*' stands for anything at its beginning or end. */
bool feat_name_fits(const char *pattern, const void *key, size_t n);

bool feat_name_is_dropped(const feat_name_map *map, const void *key, size_t n);

/* 1 if our tensor of this name is one that the source never has, because it is 1 throughout. */
bool feat_name_is_ones(const feat_name_map *map, const char *ours);

/* Our name of the tensor that the source calls key[0..n), and where its axes are; of a key that the map does not know,
 * the key itself. *part is NULL where axes are as ours. False when the name is too long for any of ours. For origins
 * whose keys are layer and part. */
bool feat_name_ours(char ours[FEAT_NAME_BYTES], const feat_part_name **part, const feat_name_map *map, const void *key,
                    size_t n);

/* What the source calls our tensor of this name, of several pieces the one of this number, for messages; the name
 * itself where the map does not know it. For origins whose keys are layer and part. */
void feat_name_theirs(char theirs[FEAT_NAME_BYTES], const feat_name_map *map, const char *ours, uint32_t piece);

/* The map to read a source with: of `origin`, with `wanted` (NULL: any) or another of its family among its networks,
 * and with a probe that `has` finds; the first of this origin when none does. NULL when there is none of this
 * origin. */
typedef bool (*feat_has_key)(const void *ctx, const char *key);
const feat_name_map *feat_name_map_pick(const feat_name_map *const *maps, feat_origin origin, const feat_net *wanted,
                                        feat_has_key has, const void *ctx);

#endif
