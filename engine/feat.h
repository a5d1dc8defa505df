/* libfeat: features of images by a network, bit for bit the same on every machine.
 *
 *     feat_error err;
 *     feat_weights *weights = NULL;
 *     feat_model *model = NULL;
 *     feat_session *session = NULL;
 *     const feat_preset *preset = feat_preset_find("tf1");
 *     if (feat_weights_open(&weights, "inception.iv3", &err) == FEAT_OK &&
 *         feat_model_create(&model, weights, NULL, &err) == FEAT_OK &&
 *         feat_session_create(&session, model, NULL, &err) == FEAT_OK) {
 *         const feat_net *net = feat_model_net(model);
 *         feat_tap tap = feat_net_tap(net, FEAT_ROLE_FEATURES);
 *         size_t dim = feat_tap_dim(model, tap);
 *         float *input = malloc(feat_net_input_floats(net) * sizeof *input);
 *         float *features = malloc(dim * sizeof *features);
 *         feat_picture picture = {.data = rgb, .h = height, .w = width, .order = FEAT_ORDER_RGB};
 *         feat_output out = {tap, features, dim};
 *         feat_status status = feat_preprocess(input, net, &picture, preset, NULL, &err);
 *         if (status == FEAT_OK)
 *             status = feat_session_run(session, input, 1, &out, 1, NULL, &err);
 *     }
 *     feat_session_close(&session);
 *     feat_model_close(&model);
 *     feat_weights_close(&weights);
 *
 * Threads: weights and models may be shared by any number of threads once created; a session serves
 * one caller at a time. No call takes more than 32 KiB of its thread's stack (9 as measured on x86-64), beside what
 * functions of the caller take that it calls; the threads of a pool have stacks of their own. Limits: little-endian
 * x86-64, AArch64, riscv64. NULL where a pointer is needed is an error, ARG; what has no status returns 0, NULL
 * or FEAT_NO_TAP then. Nothing here prints, exits, reads the environment or keeps global state.
 *
 * Linking: what `pkg-config --libs feat` says; of the static libraries libgmet.a, where there are metrics too, stands
 * before libfeat.a.
 *
 * What is promised. Interface: within 0.1.x nothing that is here changes; 0.2 may change anything, and its symbols then
 * have another version (here BONAFIDE_0.1, in libbonafide.so.0), so that the loader refuses a program and does not
 * mislead it. From 1.0 on a program that was compiled against 1.x runs with every later 1.x: what is there stays, and
 * structures of options grow at their end alone. Bits: the same FEAT_NUMERICS_VERSION, weights and input give the same
 * bits on every machine in every version, 0.x and 1.x alike; a change of bits raises that number. The whole of it:
 * tools/package/PROMISE.md, among the documents that are installed. */
#ifndef BONAFIDE_ENGINE_FEAT_H
#define BONAFIDE_ENGINE_FEAT_H

#include "engine/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FEAT_VERSION_MAJOR 0
#define FEAT_VERSION_MINOR 1
#define FEAT_VERSION_PATCH 0

/* The version of the library that is running, "0.1.0": a program that loaded it may have been compiled against
 * another. */
FEAT_API const char *feat_version(void);

/* Version of the numerics contract (engine/ARITHMETIC.md, among the documents that are installed). Two results can be
 * compared bit for bit only when this number, the weights and the input agree. */
#define FEAT_NUMERICS_VERSION 1

/* --- networks ----------------------------------------------------------------------------------- */

/* What a network is, without its weights: input, operations, taps. Constant data; two pointers are equal where the
 * networks are the same. */
typedef struct feat_net feat_net;

/* The networks of this library:
 *   inception-v3-fid          TensorFlow 2015-12-05, what every published FID uses; 1008 classes
 *   inception-v3-torchvision  torchvision inception_v3; 1000 classes
 *   inception-v3-keras        Keras InceptionV3; the head is whatever the file holds
 *   vgg16                     torchvision vgg16 to its second dense layer; no classifier
 *   dinov2-vits14, -vitb14, -vitl14             DINOv2 of facebookresearch/dinov2, to its class token
 *   dinov2-vits14-reg4, -vitb14-reg4, -vitl14-reg4   the same with four registers
 *   clip-vit-b-32, -vit-b-16, -vit-l-14, -vit-l-14-336   the image towers of openai/CLIP, to the projection
 * NULL for another name. feat_net_at lists them, NULL past the end. */
FEAT_API const feat_net *feat_net_find(const char *name);
FEAT_API const feat_net *feat_net_at(size_t index);
FEAT_API const char *feat_net_name(const feat_net *net);

/* A name is family and variant: "inception-v3" and "fid", "torchvision" or "keras". Other networks are of the family
 * "vgg16", "dinov2" or "clip", and their variant is their whole name. The variants of a family have taps of the same
 * names, which stand in the same order; those of Inception-v3 differ in their weights and in details of their
 * operations, others in size, and so in the width of taps. feat_net_find_variant is NULL for another pair. */
FEAT_API const char *feat_net_family(const feat_net *net);
FEAT_API const char *feat_net_variant_name(const feat_net *net);
FEAT_API const feat_net *feat_net_find_variant(const char *family, const char *variant);

/* An image, or what operations make of one: planes of h x w pixels. */
typedef struct feat_shape {
    uint16_t c, h, w;
} feat_shape;

/* What the network reads: planes of red, green and blue, [3][h][w] floats; and how many floats these are. */
FEAT_API feat_shape feat_net_input(const feat_net *net);
FEAT_API size_t feat_net_input_floats(const feat_net *net);

/* What a network hands out of itself: an index into its taps. There are 16 at the most, so that sets of those of four
 * networks fit into the bits of a number. */
typedef unsigned feat_tap;
#define FEAT_NO_TAP ((feat_tap)-1)
enum { FEAT_MAX_TAPS = 16 };

FEAT_API size_t feat_net_n_taps(const feat_net *net);

/* Inception-v3 has, in this order: "64" and "192", means over the first and the second max pool, "768" over Mixed_6e,
 * "2048" over Mixed_7c, "spatial", "logits_unbiased", "logits". vgg16: "pool1" to "pool5", means over the pools, "fc1",
 * "fc1_relu", "fc2", "fc2_relu", its features. DINOv2: "cls", the class token after the last norm. CLIP: "pooled",
 * the same of it, and "embedding", its projection, not normalised. NULL for another number, FEAT_NO_TAP for another
 * name. */
FEAT_API const char *feat_net_tap_name(const feat_net *net, feat_tap tap);
FEAT_API feat_tap feat_net_find_tap(const feat_net *net, const char *name);

/* Floats per image of a tap; 0 where only the weights know (logits), and for a tap that does not exist. */
FEAT_API size_t feat_net_tap_dim(const feat_net *net, feat_tap tap);

/* What metrics want taps for. */
typedef enum feat_role {
    FEAT_ROLE_FEATURES,        /* what an image is like: FID, KID, precision and recall */
    FEAT_ROLE_SPATIAL,         /* where in it: sFID. Of Inception-v3 the first 7 channels of Mixed_6d.branch1x1, in
                                * height-width-channel order */
    FEAT_ROLE_LOGITS_UNBIASED, /* features times the classifier, its bias left out: Inception Score */
    FEAT_ROLE_LOGITS
} feat_role;

/* FEAT_NO_TAP where the network has none for it. */
FEAT_API feat_tap feat_net_tap(const feat_net *net, feat_role role);

/* Name of the preset (below) with which its published results were made: to be taken when nothing else is wanted. */
FEAT_API const char *feat_net_preset_name(const feat_net *net);

/* --- weights ------------------------------------------------------------------------------------ */

/* A verified source of weights: an open .iv3 file or an image of one in memory, or synthetic weights made on demand. */
typedef struct feat_weights feat_weights;

/* Opens a flat weight file (.iv3) and verifies header, table and every offset, size, shape and name; the data is
 * verified when a model reads it, or feat_weights_describe. Such files are made by the program: `bonafide weights get`
 * fetches published weights, `bonafide weights convert` takes files of other tools; engine/flat/FORMAT.md, among the
 * documents that are installed, has their bytes.
 * Errors: IO, FORMAT, VERSION, CHECKSUM, NOMEM; the message names file and tensor. */
FEAT_API feat_status feat_weights_open(feat_weights **out, const char *path, feat_error *err) FEAT_NODISCARD;

/* The same for the `n` bytes of such a file in memory: flash, a mapping, what a program has decrypted. They stay the
 * caller's, and as they are until the weights and every model made of them are closed: fully connected layers of vgg16
 * and all dense layers of dinov2 and clip are read where they lie if `bytes` is 64-byte aligned, else from a copy.
 *   name  what messages call them, in place of a path; NULL: "weights in memory"
 * Errors: ARG (bytes is NULL), FORMAT, VERSION, CHECKSUM, NOMEM. */
FEAT_API feat_status feat_weights_from_memory(feat_weights **out, const void *bytes, size_t n, const char *name,
                                              feat_error *err) FEAT_NODISCARD;

/* Synthetic weights: every tensor is a fixed function of `seed` and its name (engine/flat/FORMAT.md). 1008 classes for
 * inception-v3-fid, 1000 for its other variants. Errors: ARG, NOMEM. */
FEAT_API feat_status feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net,
                                        feat_error *err) FEAT_NODISCARD;

/* NULL and *weights == NULL are allowed; *weights becomes NULL. A model does not need its weights
 * after feat_model_create. */
FEAT_API void feat_weights_close(feat_weights **weights);

typedef struct feat_weights_info {
    const feat_net *net;
    size_t n_classes;
    size_t n_tensors;
    size_t n_parameters;        /* float values in all tensors */
    char name[96]; /* known file's name, "synth:SEED", or the source file's base name: as a file says, see below */
    unsigned char source_sha256[32];  /* of the file converted from, as a file says; zero for synth */
    unsigned char content_sha256[32]; /* of the tensors (engine/flat/FORMAT.md); the weights' identity */
} feat_weights_info;

/* content_sha256 is computed of the tensors: of those that a model was made of, without a further look at the file,
 * where one has been made of these weights; else the first call reads, or generates, every tensor (a tenth of a second
 * for Inception-v3 with instructions for SHA-256, half a second generated). A file that claims another is refused. What
 * a file says of its name and its source cannot be computed: it is whatever its maker wrote.
 * Errors: IO, CHECKSUM, NUMERIC (NaN or infinity, named), NOMEM. */
FEAT_API feat_status feat_weights_describe(feat_weights *weights, feat_weights_info *info,
                                           feat_error *err) FEAT_NODISCARD;

/* The network these are weights of. */
FEAT_API const feat_net *feat_weights_net(const feat_weights *weights);

/* How a flat weight file stores the values of a tensor. What writes one takes FEAT_AS_IS too: every tensor as it is in
 * what is written. */
typedef enum feat_dtype { FEAT_AS_IS = 0, FEAT_FLOAT32 = 1, FEAT_FLOAT16 = 2 } feat_dtype;

/* How most of the values are stored; synthetic weights are FEAT_FLOAT32. And how many tensors are stored so. */
FEAT_API feat_dtype feat_weights_dtype(const feat_weights *weights);
FEAT_API size_t feat_weights_n_stored(const feat_weights *weights, feat_dtype dtype);

/* Reads every tensor and compares checksums and the content SHA-256 with the header's. Synthetic weights
 * always pass. Errors: IO, CHECKSUM, NUMERIC (NaN or infinity, named), NOMEM. */
FEAT_API feat_status feat_weights_verify(feat_weights *weights, feat_error *err) FEAT_NODISCARD;

/* Writes everything `weights` holds to a new flat weight file: a temporary file in the same folder, synced, then
 * renamed over `path`. On failure nothing is left and an older file at `path` stays as it was.
 * Errors: ARG, IO, NUMERIC (a value too large for float16; tensor named), NOMEM, those of reading. */
FEAT_API feat_status feat_weights_save(feat_weights *weights, const char *path, feat_dtype dtype,
                                       feat_error *err) FEAT_NODISCARD;

/* --- model -------------------------------------------------------------------------------------- */

/* How the network computes. A result says which of the two it has: EXACT or SPLIT (feat_model_numerics). */
typedef enum feat_numerics {
    FEAT_NUMERICS_EXACT = 0, /* floats; 5e-7 relative rms on the 2048 features */
    FEAT_NUMERICS_FAST = 1,  /* SPLIT where a tile unit of the CPU is allowed and computes it, EXACT elsewhere */
    FEAT_NUMERICS_SPLIT = 2  /* products of floats that are cut in two bfloat16, 8e-6 on the same features, and
                              * 1.3e-5 on those of other networks; in software, several times slower than EXACT, where
                              * there is no tile unit. Same bits */
} feat_numerics;

/* "exact", "fast" or "split"; NULL for another number. */
FEAT_API const char *feat_numerics_name(feat_numerics numerics);

/* What a model made with `numerics` on these kernel tables computes on this CPU: FEAT_NUMERICS_EXACT or
 * FEAT_NUMERICS_SPLIT. On Linux x86-64 this may ask the kernel for the use of tile registers. */
FEAT_API feat_numerics feat_numerics_here(feat_numerics numerics, uint32_t isa_mask);

typedef struct feat_config {
    size_t struct_size;     /* set by feat_config_init */
    uint32_t isa_mask;      /* kernel tables allowed, see feat_isa_mask_parse; default: all */
    feat_numerics numerics; /* default FEAT_NUMERICS_EXACT */
    feat_pool *pool;        /* used while the model is created (packing); default NULL */
    int no_classifier;      /* not 0: the dense layers are not loaded (8 MiB less); default 0 */
} feat_config;

/* feat_config_init(&config, sizeof config) before any field is set: the defaults, for a structure of `size` bytes. That
 * may be the structure of another version: what an older one has no field for stays at its default, and a field of a
 * later one, which this library does not know, must stay 0, else what takes the structure refuses it. */
FEAT_API void feat_config_init(feat_config *config, size_t size);

/* Reads "avx2,scalar" (names as feat_isa_name gives them, or "all") into a mask. Errors: ARG, with the
 * known names in the message. */
FEAT_API feat_status feat_isa_mask_parse(uint32_t *mask, const char *text, feat_error *err) FEAT_NODISCARD;

/* Kernel tables compiled into this build, best first; NULL past the last. */
FEAT_API const char *feat_isa_name(size_t index);

/* 1 if the CPU can run the table at `index`, else 0. */
FEAT_API int feat_isa_usable(size_t index);

/* Name of the table that exact numerics use with this mask, NULL if the CPU can run none of it: the best; one with a
 * tile unit, which computes only FEAT_NUMERICS_SPLIT faster, where it stands alone. */
FEAT_API const char *feat_isa_best(uint32_t mask);

/* The network with batch norm folded in and weights packed. Immutable. */
typedef struct feat_model feat_model;

/* Reads all tensors once, folds and packs them; of a file their content SHA-256 is computed on the way, by a thread of
 * its own where there can be one, and must be what the file claims. config may be NULL.
 * Errors: ARG (a config that feat_config_init has not filled), FORMAT and CHECKSUM (tensor named, if one is damaged),
 * UNSUPPORTED (no kernel table inside the mask, a setting of a later version), NOMEM. */
FEAT_API feat_status feat_model_create(feat_model **out, feat_weights *weights, const feat_config *config,
                                       feat_error *err) FEAT_NODISCARD;
FEAT_API void feat_model_close(feat_model **model);

/* Bytes that a model takes, with what the allocator adds. */
typedef struct feat_model_memory {
    size_t kept;     /* until it is closed */
    size_t peak;     /* at most, while it is created on the threads of config->pool; what is kept is in it */
    size_t in_place; /* of the weights beside that, which it goes on reading where they lie: pages of a file, which the
                      * system may drop and read again, or the caller's (feat_weights_from_memory) */
} feat_model_memory;

/* What feat_model_create with the same arguments will take, known before any tensor is read; the weights themselves
 * take a few hundred KiB at most beside it. Sessions: feat_session_bytes. Errors: as there. */
FEAT_API feat_status feat_model_bytes(feat_model_memory *memory, feat_weights *weights, const feat_config *config,
                                      feat_error *err) FEAT_NODISCARD;

/* The network of its weights. */
FEAT_API const feat_net *feat_model_net(const feat_model *model);

/* Name of the kernel table in use, for example "avx2". */
FEAT_API const char *feat_model_isa(const feat_model *model);

/* What the model computes: FEAT_NUMERICS_EXACT or FEAT_NUMERICS_SPLIT, never FEAT_NUMERICS_FAST. */
FEAT_API feat_numerics feat_model_numerics(const feat_model *model);

/* 1 if a tile unit computes its convolutions, else 0. */
FEAT_API int feat_model_has_tiles(const feat_model *model);

/* Floats per image of a tap of the model's network; 0 when the model has no such tap. */
FEAT_API size_t feat_tap_dim(const feat_model *model, feat_tap tap);

/* --- session ------------------------------------------------------------------------------------ */

typedef struct feat_session feat_session;

/* Working memory to run `model`, which must outlive the session. With a pool, images of one call are
 * shared out among its threads, and a single image is computed by all of them; pool may be NULL.
 * Errors: NOMEM; UNSUPPORTED when the process has set flush-to-zero, which would change results. */
FEAT_API feat_status feat_session_create(feat_session **out, const feat_model *model, feat_pool *pool,
                                         feat_error *err) FEAT_NODISCARD;
FEAT_API void feat_session_close(feat_session **session);

/* Bytes a session on a pool of `n_threads` will take, known beforehand. */
FEAT_API size_t feat_session_bytes(const feat_model *model, size_t n_threads);

typedef struct feat_output {
    feat_tap tap;
    float *data;   /* [n][feat_tap_dim] */
    size_t stride; /* floats from one image to the next, >= feat_tap_dim */
} feat_output;

/* How far a run has come: `done` of its n images have all their outputs, never fewer than the time before. */
typedef void (*feat_progress)(void *progress_ctx, size_t done, size_t n);

typedef struct feat_run_options {
    size_t struct_size; /* set by feat_run_options_init */
    /* Asked before every step of the network (of the largest networks, on one core, one may take some tenths of a
     * second). Default NULL: never. */
    feat_stop stop;
    void *stop_ctx;
    /* Called from the thread that called feat_session_run, between images or, where the layers of several are computed
     * together, between these groups. Default NULL. */
    feat_progress progress;
    void *progress_ctx;
} feat_run_options;

/* feat_run_options_init(&options, sizeof options) first, as feat_config_init. */
FEAT_API void feat_run_options_init(feat_run_options *options, size_t size);

/* Runs the network on `n` images.
 *   images  [n][feat_net_input_floats] float, RGB planes, scaled as feat_preprocess does; not retained
 *   outputs one entry per tap wanted, `n_outputs` of them; no tap twice
 *   options may be NULL
 * Allocates nothing. Same bits for every ISA, thread count and n. After an error the outputs are not to be used; the
 * session is as good as before.
 * Errors: ARG (a tap the model lacks, a short stride; which of `outputs`), NUMERIC (an input or an output is NaN or
 * infinite; which of `images`, at which tap), CANCELLED (options->stop said so; after how many images), those of
 * structures in feat_model_create. */
FEAT_API feat_status feat_session_run(feat_session *session, const float *images, size_t n, const feat_output *outputs,
                                      size_t n_outputs, const feat_run_options *options,
                                      feat_error *err) FEAT_NODISCARD;

/* --- preprocessing ------------------------------------------------------------------------------ */

typedef enum feat_resize {
    FEAT_RESIZE_TF1 = 0,            /* TensorFlow 1 bilinear: src = i * scale, no half pixel, no antialias */
    FEAT_RESIZE_TORCH = 1,          /* F.interpolate bilinear, align_corners=False, no antialias */
    FEAT_RESIZE_PIL_BICUBIC = 2,    /* Pillow bicubic on floats, antialias */
    FEAT_RESIZE_PIL_BILINEAR = 3,   /* Pillow bilinear on floats, antialias */
    FEAT_RESIZE_TORCH_ANTIALIAS = 4, /* F.interpolate bilinear, antialias=True */
    FEAT_RESIZE_PIL_BYTES = 5,      /* Pillow bicubic on bytes, antialias: each pass gives bytes */
    FEAT_RESIZE_TORCH_BICUBIC = 6,  /* F.interpolate bicubic, antialias=True */
    FEAT_RESIZE_CLIP = 7, /* the short side to the input's by Pillow bicubic on bytes, then the square in the middle */
    FEAT_RESIZE_CMMD = 8  /* the square in the middle, then Pillow bicubic on bytes. All others stretch */
} feat_resize;

typedef enum feat_scaling {
    FEAT_SCALING_128 = 0,      /* (x - 128) / 128 */
    FEAT_SCALING_UNIT_SYM = 1, /* 2 * (x / 255) - 1, the division before the resize as pytorch-fid does */
    FEAT_SCALING_UNIT_LATE = 2, /* (x / 255 - 0.5) / 0.5 after the resize, as StudioGAN does */
    FEAT_SCALING_IMAGENET = 3, /* (x - 255 mean) / (255 deviation) of each channel of ImageNet, after the resize */
    FEAT_SCALING_CLIP = 4      /* the same with mean and deviation of CLIP's pictures */
} feat_scaling;

/* A named way to get from pixels to the network's input. A network that was trained with a scaling of its own (vgg16:
 * FEAT_SCALING_IMAGENET) has that whatever the preset says; presets of tools that run only such networks have
 * FEAT_SCALING_128, so that they can be tried with any. Constant data. What a version of a name stands for
 * never changes; a tool that changes its ways gets a new version or a new name. */
typedef struct feat_preset {
    const char *name;
    int version;
    feat_resize resize;
    feat_scaling scaling;
    int clip; /* 1: to 0..255 between the two */
} feat_preset;

/* The scaling that pixels get on their way to this network: its own, or the preset's. */
FEAT_API feat_scaling feat_net_scaling(const feat_net *net, const feat_preset *preset);

/* tf1 (torch-fidelity, TTUR, TensorFlow), pytorch-fid, clean (clean-fid), adm (guided-diffusion), stylegan
 * (2-ada and 3), torchmetrics-1.8 (and later; antialiased), studiogan-legacy, studiogan-clean,
 * studiogan-friendly; of tools that run other networks than Inception-v3: dgm and dgm-clean (dgm-eval, without and with
 * --clean_resize), edm2, clip (OpenAI's transform, clean-fid's CLIP-FID), cmmd. NULL for another name. feat_preset_at
 * lists them, NULL past the end. */
FEAT_API const feat_preset *feat_preset_find(const char *name);
FEAT_API const feat_preset *feat_preset_at(size_t index);

/* 1 when both make the same network input of every picture (tf1, adm and stylegan do; clean and dgm-clean), else 0. */
FEAT_API int feat_preset_same_pixels(const feat_preset *a, const feat_preset *b);

/* Scratch bytes feat_preprocess needs for one picture of this size (0 is possible). */
FEAT_API size_t feat_preprocess_scratch_bytes(const feat_net *net, size_t h, size_t w, const feat_preset *preset);

/* How the bytes of a picture follow each other. */
typedef enum feat_order {
    FEAT_ORDER_RGB = 0, /* three bytes a pixel */
    FEAT_ORDER_BGR = 1,
    FEAT_ORDER_RGBA = 2, /* four; the last is left out: what lies behind a transparent picture is the caller's affair */
    FEAT_ORDER_BGRA = 3,
    FEAT_ORDER_RGB_PLANES = 4, /* a plane of red, then one of green, then one of blue */
    FEAT_ORDER_GREY = 5        /* one byte a pixel, which is red, green and blue */
} feat_order;

/* Where the pixels of a picture lie; they stay the caller's. */
typedef struct feat_picture {
    const uint8_t *data;    /* of the upper left pixel */
    size_t h, w;
    ptrdiff_t stride;       /* bytes from a row to the one below it, below 0 where that lies before it; 0: no gaps */
    feat_order order;
    ptrdiff_t plane_stride; /* of FEAT_ORDER_RGB_PLANES, bytes from a plane to the next; 0: h strides */
} feat_picture;

/* Resizes to the size of the network's input and scales.
 *   out      [feat_net_input_floats(net)] float, RGB planes
 *   picture  8 bits a sample; the bits that come out are those of its pixels, whatever their order and strides
 *   scratch  feat_preprocess_scratch_bytes(net, picture->h, picture->w, preset) bytes, 64-byte aligned; or NULL, and
 *            the function allocates and frees it itself
 * Same bits on every machine. Errors: ARG (an empty picture, an unknown order, a stride shorter than a row), NOMEM. */
FEAT_API feat_status feat_preprocess(float *out, const feat_net *net, const feat_picture *picture,
                                     const feat_preset *preset, void *scratch, feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
