/* A network ready to run: steps compiled from its table, packed weights, the arena plan. */
#ifndef BONAFIDE_ENGINE_OPS_STEP_H
#define BONAFIDE_ENGINE_OPS_STEP_H

#include "engine/feat.h"
#include "engine/flat/flat.h"
#include "engine/kernels/kernels.h"
#include "engine/nets/net.h"
#include "engine/nets/tensors.h"

typedef struct feat_frame feat_frame;       /* frame.h */
typedef struct feat_tail feat_tail;
typedef struct feat_op_kind feat_op_kind;   /* op.h */
typedef struct feat_conv_way feat_conv_way; /* conv_way.h */

/* Where one block of 16 output channels goes. */
typedef struct feat_block_dst {
    uint16_t tensor;
    uint16_t block;
} feat_block_dst;

/* How a tensor lies in an image's arena. */
typedef struct feat_place {
    size_t offset; /* floats from the arena's start */
    size_t floats; /* size */
    /* Split tensors (engine/kernels/split.h) have a zero border of ph rows above and below and of pw pixels before each
     * row, which is the border after the row before it. Others are [c / 16][h][w][16] floats (the input [h][w][3]). */
    int split;
    size_t ph, pw;
    size_t pitch;  /* pixels from one row to the next: w + pw */
    size_t pixels; /* of a plane, border included: (h + 2 ph) pitch + pw */
    /* What the tail reads or writes lies there as a vector, with those of the other images (frame.h). */
    int in_tail;
    size_t tail; /* floats from the tail's start, for each image */
    /* Within a group of steps that run in bands (engine/net/bands.h): the number of its window, from 1, and how many
     * rows of each plane that holds. 0: no window. */
    size_t window, window_rows;
} feat_place;

/* Steps that run together, band of rows by band of rows (engine/net/bands.h). */
typedef struct feat_bands {
    size_t n_steps; /* from this one on; 0: it runs alone */
    size_t driver;  /* which of them is cut into bands; the others follow */
    size_t rows;    /* of its output in a band */
} feat_bands;

/* One unit of execution: an operation, or several that are computed as one. Sibling 1x1 convolutions that read the same
 * tensor are one step, their output channels simply counted on. */
typedef struct feat_step {
    const feat_op *op; /* the first, when several are merged */
    size_t n_ops;
    const feat_op_kind *kind;
    void (*run)(const feat_frame *frame, const struct feat_step *step);
    size_t scratch_floats; /* per worker, while the step runs */
    /* Computes rows [first, first + n) of the output on this thread, with scratch_floats of scratch: first is a
     * multiple of `grain`, and so is n unless it ends with the last row. NULL: the step never runs in bands. */
    void (*run_rows)(const feat_frame *frame, const struct feat_step *step, size_t first, size_t n, float *scratch);
    size_t grain;
    feat_bands bands; /* in the first step of a group */
    size_t bias_offset;    /* floats into feat_model.packed: [block][16]; of convolutions, and of pools that add one */

    /* Of convolutions. */
    const feat_conv_way *way; /* the algorithm */
    size_t n_blocks;          /* output-channel blocks */
    size_t n_relu;            /* the first of them, with bias and ReLU; the rest are linear */
    size_t first_block;       /* index of the first into feat_model.dst */
    size_t w_offset;          /* floats into feat_model.packed: [block][c plane][kh][kw][c][16], or
                               * [block][product][c plane][c][16] for minimal filtering, or as split.h has it */
    size_t w_block_stride;
    /* The output is cut into chunks (rows; pixels of the flattened picture for 1x1; tiles for minimal
     * filtering) whose input stays in the L2 cache. */
    size_t chunk, n_chunks;
    size_t n_splits;         /* into how many parts the blocks are cut when threads share one image */
    size_t piece;            /* minimal filtering: planes whose products are one chain; 0: all */
    size_t tiles_h, tiles_w; /* minimal filtering: tiles that cover the output */
    size_t panels;                /* fully connected: into feat_model.panels */
    size_t scale_offset;          /* of tokens: a sum's scale, an embedding's table, into feat_model.packed */
    size_t cut_floats, cut_offset; /* of tokens, split: room for the cut input of each image, in the tail */
    size_t first_input, n_inputs; /* split: into feat_model.inputs */
    /* Split convolutions of stride 2 read a copy, in which the pixels of even and odd rows and columns lie apart,
     * [even, odd row][even, odd column][(h + 1) / 2][pitch = (w + 1) / 2]: those of neighbouring outputs side by
     * side. */
    feat_place phases;
} feat_step;

typedef struct feat_dense {
    size_t in, out;     /* true sizes; packed data are padded to whole blocks of 16 */
    size_t w_offset;    /* [out block][in plane][16][16] */
    size_t bias_offset; /* [out block][16] */
} feat_dense;

/* The numbers of steps, blocks and so on are the network's, and counted before anything is allocated. */
struct feat_model {
    const feat_kernels *kernels;
    const feat_net *net;
    feat_numerics numerics;  /* EXACT or SPLIT */
    feat_head head;          /* of the weights; no layers: features only */
    float *packed;           /* every weight and bias, one allocation */
    size_t packed_floats;
    feat_step *steps;
    size_t n_steps;
    feat_block_dst *dst;     /* of the output-channel blocks of all convolutions */
    size_t n_dst;
    size_t *inputs;          /* of all split convolutions: where the 32 inputs of each product of tiles lie */
    size_t n_inputs, inputs_room; /* there is room for more than there are */
    feat_place *layout;      /* [net->n_tensors] */
    size_t arena_floats;
    size_t scratch_floats;   /* per worker, the largest any step needs */
    feat_dense dense[FEAT_MAX_DENSE];
    size_t head_floats;      /* per worker, behind the scratch: activations of the classifier (head.c) */
    feat_mapped_tensor *panels; /* [n_panels]: weights of the fully connected layers, in panels (nets/tensors.h) */
    size_t n_panels;
    int blocks_in;           /* 1: the image is laid out in a plane of 16 channels, 13 of them 0 */
    size_t first_tail;       /* of the steps: the first that is run for several images at once; n_steps: none */
    size_t tail_floats;      /* of every image: the vectors that those steps read and write */
    size_t tail_images;      /* how many go through it together, 1 to FEAT_TAIL_IMAGES */
    size_t raw_floats;       /* per worker, while weights are loaded: the largest any operation needs */
    size_t extra_floats;     /* and of those that need it: the most that one allocates beside */
};

/* To whole blocks of channels. */
static inline size_t feat_round_up(size_t n)
{
    return (n + FEAT_BLOCK - 1) / FEAT_BLOCK * FEAT_BLOCK;
}

static inline size_t feat_blocks_of(size_t channels)
{
    return (channels + FEAT_BLOCK - 1) / FEAT_BLOCK;
}

static inline const feat_shape *feat_shape_of(const feat_model *model, size_t tensor)
{
    return &model->net->tensors[tensor];
}

#endif
