/* libiv3: Inception-v3 features, bit for bit the same on every machine.
 *
 *     iv3_error err;
 *     iv3_weights *weights = NULL;
 *     iv3_model *model = NULL;
 *     iv3_session *session = NULL;
 *     float *input = malloc(IV3_INPUT_FLOATS * sizeof *input), features[IV3_FEATURE_DIM];
 *     if (iv3_weights_open(&weights, "inception.iv3", &err) == IV3_OK &&
 *         iv3_model_create(&model, weights, NULL, &err) == IV3_OK &&
 *         iv3_session_create(&session, model, NULL, &err) == IV3_OK &&
 *         iv3_preprocess(input, rgb, height, width, iv3_preset_find("tf1"), NULL, &err) == IV3_OK) {
 *         iv3_output out = {IV3_TAP_2048, features, IV3_FEATURE_DIM};
 *         iv3_status status = iv3_session_run(session, input, 1, &out, 1);
 *     }
 *     iv3_session_close(&session);
 *     iv3_model_close(&model);
 *     iv3_weights_close(&weights);
 *
 * Threads: weights and models may be shared by any number of threads once created; a session serves
 * one caller at a time. Limits: little-endian x86-64 and AArch64. Nothing here prints, exits, reads
 * the environment or keeps global state. */
#ifndef IV3_H
#define IV3_H

#include "engine/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IV3_VERSION_MAJOR 0
#define IV3_VERSION_MINOR 1
#define IV3_VERSION_PATCH 0

/* The version of the library that is running, "0.1.0": a program that loaded it may have been compiled against
 * another. */
IV3_API const char *iv3_version(void);

/* Version of the numerics contract in engine/ARITHMETIC.md. Two results can be compared bit for bit
 * only when this number, the weights and the input agree. */
#define IV3_NUMERICS_VERSION 1

#define IV3_INPUT_SIZE 299
#define IV3_INPUT_FLOATS (3 * IV3_INPUT_SIZE * IV3_INPUT_SIZE)
#define IV3_FEATURE_DIM 2048
#define IV3_SPATIAL_DIM 2023

/* --- weights ------------------------------------------------------------------------------------ */

typedef enum iv3_variant {
    IV3_VARIANT_FID = 0,         /* TensorFlow 2015-12-05, what every published FID uses; 1008 classes */
    IV3_VARIANT_TORCHVISION = 1, /* torchvision inception_v3; 1000 classes */
    IV3_VARIANT_KERAS = 2        /* Keras InceptionV3; the head is whatever the file holds */
} iv3_variant;

/* "fid", "torchvision" or "keras"; NULL for another number. */
IV3_API const char *iv3_variant_name(iv3_variant variant);

/* A verified source of weights: an open .iv3 file, or synthetic weights made on demand. */
typedef struct iv3_weights iv3_weights;

/* Opens a flat weight file (engine/flat/FORMAT.md) and verifies header, table and every offset, size,
 * shape and name; the data's checksums are verified when a model reads them.
 * Errors: IO, FORMAT, VERSION, CHECKSUM, NOMEM; the message names file and tensor. */
IV3_API iv3_status iv3_weights_open(iv3_weights **out, const char *path, iv3_error *err) IV3_NODISCARD;

/* Synthetic weights: every tensor is a fixed function of `seed` and its name (engine/flat/FORMAT.md).
 * 1008 classes for FID, 1000 for the other variants. Errors: ARG, NOMEM. */
IV3_API iv3_status iv3_weights_synth(iv3_weights **out, uint64_t seed, iv3_variant variant,
                                     iv3_error *err) IV3_NODISCARD;

/* NULL and *weights == NULL are allowed; *weights becomes NULL. A model does not need its weights
 * after iv3_model_create. */
IV3_API void iv3_weights_close(iv3_weights **weights);

typedef struct iv3_weights_info {
    iv3_variant variant;
    size_t n_classes;
    size_t n_tensors;
    size_t n_parameters;        /* float values in all tensors */
    char name[96];              /* known file's name, "synth:SEED", or the source file's base name */
    unsigned char source_sha256[32];  /* of the file converted from; zero for synth */
    unsigned char content_sha256[32]; /* of the tensors (engine/flat/FORMAT.md); the weights' identity */
} iv3_weights_info;

/* For synthetic weights the first call computes content_sha256 by generating every tensor (about half a
 * second). Errors: NOMEM. */
IV3_API iv3_status iv3_weights_describe(iv3_weights *weights, iv3_weights_info *info,
                                        iv3_error *err) IV3_NODISCARD;

IV3_API iv3_variant iv3_weights_variant(const iv3_weights *weights);

/* How a flat weight file stores its values. */
typedef enum iv3_dtype { IV3_FLOAT32 = 1, IV3_FLOAT16 = 2 } iv3_dtype;

/* How the first tensor is stored. iv3_weights_save and `weights convert` store all in one way; synthetic weights are
 * IV3_FLOAT32. */
IV3_API iv3_dtype iv3_weights_dtype(const iv3_weights *weights);

/* Reads every tensor and compares checksums and the content SHA-256 with the header's. Synthetic weights
 * always pass. Errors: IO, CHECKSUM, NUMERIC (NaN or infinity, named), NOMEM. */
IV3_API iv3_status iv3_weights_verify(iv3_weights *weights, iv3_error *err) IV3_NODISCARD;

/* Writes everything `weights` holds to a new flat weight file: a temporary file in the same folder, synced, then
 * renamed over `path`. On failure nothing is left and an older file at `path` stays as it was.
 * Errors: ARG, IO, NUMERIC (a value too large for float16; tensor named), NOMEM, those of reading. */
IV3_API iv3_status iv3_weights_save(iv3_weights *weights, const char *path, iv3_dtype dtype,
                                    iv3_error *err) IV3_NODISCARD;

/* --- model -------------------------------------------------------------------------------------- */

/* How the network computes. A result says which of the two it has: EXACT or SPLIT (iv3_model_numerics). */
typedef enum iv3_numerics {
    IV3_NUMERICS_EXACT = 0, /* floats; 5e-7 relative rms on the 2048 features */
    IV3_NUMERICS_FAST = 1,  /* SPLIT where a tile unit of the CPU is allowed and computes it, EXACT elsewhere */
    IV3_NUMERICS_SPLIT = 2  /* products of floats cut in two (engine/kernels/split.h), 8e-6 on the same features; in
                             * software, several times slower than EXACT, where there is no tile unit. Same bits */
} iv3_numerics;

/* "exact", "fast" or "split"; NULL for another number. */
IV3_API const char *iv3_numerics_name(iv3_numerics numerics);

/* What a model made with `numerics` on these kernel tables computes on this CPU: IV3_NUMERICS_EXACT or
 * IV3_NUMERICS_SPLIT. On Linux x86-64 this may ask the kernel for the use of tile registers. */
IV3_API iv3_numerics iv3_numerics_here(iv3_numerics numerics, uint32_t isa_mask);

typedef struct iv3_config {
    size_t struct_size;  /* sizeof(iv3_config), set by iv3_config_default */
    uint32_t isa_mask;   /* kernel tables allowed, see iv3_isa_mask_parse; default: all */
    iv3_pool *pool;      /* used while the model is created (packing); default NULL */
    int no_classifier;   /* not 0: the dense layers are not loaded (8 MiB less); default 0 */
    iv3_numerics numerics; /* default IV3_NUMERICS_EXACT */
} iv3_config;

IV3_API void iv3_config_default(iv3_config *config);

/* Reads "avx2,scalar" (names as iv3_isa_name gives them, or "all") into a mask. Errors: ARG, with the
 * known names in the message. */
IV3_API iv3_status iv3_isa_mask_parse(uint32_t *mask, const char *text, iv3_error *err) IV3_NODISCARD;

/* Kernel tables compiled into this build, best first; NULL past the last. */
IV3_API const char *iv3_isa_name(size_t index);

/* 1 if the CPU can run the table at `index`, else 0. */
IV3_API int iv3_isa_usable(size_t index);

/* Name of the table that exact numerics use with this mask, NULL if the CPU can run none of it: the best; one with a
 * tile unit, which computes only IV3_NUMERICS_SPLIT faster, where it stands alone. */
IV3_API const char *iv3_isa_best(uint32_t mask);

/* The network with batch norm folded in and weights packed. Immutable. */
typedef struct iv3_model iv3_model;

/* Reads all tensors, verifies their checksums, folds and packs them. config may be NULL.
 * Errors: FORMAT and CHECKSUM (tensor named), UNSUPPORTED (no kernel table inside the mask), NOMEM. */
IV3_API iv3_status iv3_model_create(iv3_model **out, iv3_weights *weights, const iv3_config *config,
                                    iv3_error *err) IV3_NODISCARD;
IV3_API void iv3_model_close(iv3_model **model);

/* Name of the kernel table in use, for example "avx2". */
IV3_API const char *iv3_model_isa(const iv3_model *model);

/* What the model computes: IV3_NUMERICS_EXACT or IV3_NUMERICS_SPLIT, never IV3_NUMERICS_FAST. */
IV3_API iv3_numerics iv3_model_numerics(const iv3_model *model);

/* 1 if a tile unit computes its convolutions, else 0. */
IV3_API int iv3_model_has_tiles(const iv3_model *model);

typedef enum iv3_tap {
    IV3_TAP_64 = 0,          /* mean over the first max pool, 73 x 73 */
    IV3_TAP_192 = 1,         /* mean over the second max pool, 35 x 35 */
    IV3_TAP_768 = 2,         /* mean over Mixed_6e, 17 x 17 */
    IV3_TAP_2048 = 3,        /* mean over Mixed_7c, 8 x 8: the FID features */
    IV3_TAP_SPATIAL = 4,     /* Mixed_6d.branch1x1, first 7 channels, height-width-channel order: sFID */
    IV3_TAP_LOGITS_UNBIASED = 5, /* 2048 features times the classifier, bias left out: Inception Score */
    IV3_TAP_LOGITS = 6
} iv3_tap;
enum { IV3_N_TAPS = 7 };

/* "64", "192", "768", "2048", "spatial", "logits_unbiased", "logits"; NULL for another number. */
IV3_API const char *iv3_tap_name(iv3_tap tap);

/* Floats per image of a tap; 0 when the model has no such tap. */
IV3_API size_t iv3_tap_dim(const iv3_model *model, iv3_tap tap);

/* --- session ------------------------------------------------------------------------------------ */

typedef struct iv3_session iv3_session;

/* Working memory to run `model`, which must outlive the session. With a pool, images of one call are
 * shared out among its threads, and a single image is computed by all of them; pool may be NULL.
 * Errors: NOMEM; UNSUPPORTED when the process has set flush-to-zero, which would change results. */
IV3_API iv3_status iv3_session_create(iv3_session **out, const iv3_model *model, iv3_pool *pool,
                                      iv3_error *err) IV3_NODISCARD;
IV3_API void iv3_session_close(iv3_session **session);

/* Bytes a session on a pool of `n_threads` will take, known beforehand. */
IV3_API size_t iv3_session_bytes(const iv3_model *model, size_t n_threads);

typedef struct iv3_output {
    iv3_tap tap;
    float *data;   /* [n][iv3_tap_dim] */
    size_t stride; /* floats from one image to the next, >= iv3_tap_dim */
} iv3_output;

/* Runs the network on `n` images.
 *   images  [n][3][299][299] float, RGB planes, scaled as iv3_preprocess does; not retained
 *   outputs one entry per tap wanted, `n_outputs` of them; no tap twice
 * Allocates nothing. Same bits for every ISA, thread count and n.
 * Errors: ARG (a tap the model lacks, a short stride), NUMERIC (an input or an output is NaN or infinite). */
IV3_API iv3_status iv3_session_run(iv3_session *session, const float *images, size_t n,
                                   const iv3_output *outputs, size_t n_outputs) IV3_NODISCARD;

/* --- preprocessing ------------------------------------------------------------------------------ */

typedef enum iv3_resize {
    IV3_RESIZE_TF1 = 0,             /* TensorFlow 1 bilinear: src = i * scale, no half pixel, no antialias */
    IV3_RESIZE_TORCH = 1,           /* F.interpolate bilinear, align_corners=False, no antialias */
    IV3_RESIZE_PIL_BICUBIC = 2,     /* Pillow bicubic on floats, antialias */
    IV3_RESIZE_PIL_BILINEAR = 3,    /* Pillow bilinear on floats, antialias */
    IV3_RESIZE_TORCH_ANTIALIAS = 4  /* F.interpolate bilinear, antialias=True */
} iv3_resize;

typedef enum iv3_scaling {
    IV3_SCALING_128 = 0,      /* (x - 128) / 128 */
    IV3_SCALING_UNIT_SYM = 1, /* 2 * (x / 255) - 1, the division before the resize as pytorch-fid does */
    IV3_SCALING_UNIT_LATE = 2 /* (x / 255 - 0.5) / 0.5 after the resize, as StudioGAN does */
} iv3_scaling;

/* A named way to get from pixels to the network's input. Constant data. What a version of a name stands for
 * never changes; a tool that changes its ways gets a new version or a new name. */
typedef struct iv3_preset {
    const char *name;
    int version;
    iv3_resize resize;
    iv3_scaling scaling;
    int clip; /* 1: to 0..255 between the two */
} iv3_preset;

/* tf1 (torch-fidelity, TTUR, TensorFlow), pytorch-fid, clean (clean-fid), adm (guided-diffusion), stylegan
 * (2-ada and 3), torchmetrics-1.8 (and later; antialiased), studiogan-legacy, studiogan-clean,
 * studiogan-friendly; NULL for another name. iv3_preset_at lists them, NULL past the end. */
IV3_API const iv3_preset *iv3_preset_find(const char *name);
IV3_API const iv3_preset *iv3_preset_at(size_t index);

/* 1 when both make the same network input of every picture (tf1, adm and stylegan do), else 0. */
IV3_API int iv3_preset_same_pixels(const iv3_preset *a, const iv3_preset *b);

/* Scratch bytes iv3_preprocess needs for one picture of this size (0 is possible). */
IV3_API size_t iv3_preprocess_scratch_bytes(size_t h, size_t w, const iv3_preset *preset);

/* Resizes to 299 x 299 and scales.
 *   out      [3][299][299] float, RGB planes
 *   rgb      [h][w][3] bytes, rows without gaps
 *   scratch  iv3_preprocess_scratch_bytes(h, w, preset) bytes, 64-byte aligned; or NULL, and the
 *            function allocates and frees it itself
 * Same bits on every machine. Errors: ARG (an empty picture), NOMEM. */
IV3_API iv3_status iv3_preprocess(float *out, const uint8_t *rgb, size_t h, size_t w,
                                  const iv3_preset *preset, void *scratch, iv3_error *err) IV3_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
