/* The ways from [h][w][3] bytes to 299 x 299 planes, behind feat_preprocess. Products and sums are
 * rounded one after the other here, never fused: that is what TensorFlow and Pillow do, whose
 * bits must come out. It is safe because every object is built with -ffp-contract=off. */
#ifndef BONAFIDE_ENGINE_RESIZE_RESIZE_H
#define BONAFIDE_ENGINE_RESIZE_RESIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"

#ifdef __FAST_MATH__
#error "-ffast-math changes results; build without it"
#endif

/* Longest side taken: up to here an index is exact in float32 and fits an int32_t. */
enum { FEAT_RESIZE_MAX_SIDE = 1 << 24 };

/* Each *_bytes returns false when the number does not fit a size_t. `scratch` is 64-byte aligned. Neither is
 * called for a picture that is already 299 x 299. Nothing is clipped. */
bool feat_bilinear_bytes(size_t h, size_t w, size_t *bytes);
void feat_resize_tf1(float *out, const uint8_t *rgb, size_t h, size_t w, void *scratch);
/* unit: bytes become 0..1 before they are blended, else 0..255. */
void feat_resize_torch(float *out, const uint8_t *rgb, size_t h, size_t w, bool unit, void *scratch);

typedef enum feat_kernel {
    FEAT_KERNEL_PIL_BICUBIC,
    FEAT_KERNEL_PIL_TRIANGLE,
    FEAT_KERNEL_TORCH_TRIANGLE /* in float32 */
} feat_kernel;

bool feat_filtered_bytes(size_t h, size_t w, size_t *bytes);
void feat_resize_filtered(float *out, const uint8_t *rgb, size_t h, size_t w, feat_kernel kernel,
                          void *scratch);

#endif
