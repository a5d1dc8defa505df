/* The ways from a picture's bytes to the planes of a network's input, behind feat_preprocess. Products and sums are
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

/* A picture's size. */
typedef struct feat_size {
    size_t h, w;
} feat_size;

/* Where the pixels of a picture lie, whatever its order: red, green and blue of its upper left one, and bytes from a
 * pixel to the one on its right and to the one below. */
typedef struct feat_pixels {
    const uint8_t *channel[3];
    ptrdiff_t pixel, row;
} feat_pixels;

/* From a picture of from.h x from.w pixels to planes out [3][to.h][to.w]; to.w is 4 or more. Each *_bytes returns false
 * when the number does not fit a size_t. `scratch` is 64-byte aligned. Neither is called for a picture that has the
 * size already. Nothing is clipped. */
bool feat_bilinear_bytes(feat_size to, size_t *bytes);
void feat_resize_tf1(float *out, feat_size to, const feat_pixels *pixels, feat_size from, void *scratch);
/* unit: bytes become 0..1 before they are blended, else 0..255. */
void feat_resize_torch(float *out, feat_size to, const feat_pixels *pixels, feat_size from, bool unit, void *scratch);

/* What becomes of one axis: the picture's positions [start, start + n) are resampled to `size`, and of these [first,
 * first + count) are wanted. Where size is n nothing is resampled. */
typedef struct feat_axis {
    size_t start, n, size, first, count;
} feat_axis;

typedef struct feat_geometry {
    feat_axis y, x;
} feat_geometry;

/* Of the ways that filter: FEAT_RESIZE_CLIP takes the middle of what it has resampled, FEAT_RESIZE_CMMD resamples the
 * middle, the others stretch. Sides are 1 to FEAT_RESIZE_MAX_SIDE. */
feat_geometry feat_geometry_of(feat_resize resize, feat_size to, feat_size from);

typedef enum feat_kernel {
    FEAT_KERNEL_PIL_BICUBIC,
    FEAT_KERNEL_PIL_TRIANGLE,
    FEAT_KERNEL_PIL_BYTES,      /* bicubic; each pass gives bytes */
    FEAT_KERNEL_TORCH_TRIANGLE, /* in float32 */
    FEAT_KERNEL_TORCH_BICUBIC   /* in float32 */
} feat_kernel;

/* From a picture to planes out [3][y.count][x.count], x.count 4 or more; as the functions above otherwise. */
bool feat_filtered_bytes(const feat_geometry *geometry, size_t *bytes);
void feat_resize_filtered(float *out, const feat_geometry *geometry, const feat_pixels *pixels, feat_kernel kernel,
                          void *scratch);

#endif
