/* Pictures for the demo and for trials: crops of photographs, the same pictures spoilt, painted ones. All is
 * integer arithmetic seeded by the caller, so a machine's pictures are every machine's pictures. */
#ifndef BONAFIDE_TOOLS_PHOTOS_PHOTOS_H
#define BONAFIDE_TOOLS_PHOTOS_PHOTOS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

/* Takes a square out of a picture and shrinks it by a whole factor: the mean of factor x factor pixels.
 *   out    [size][size][3] bytes
 *   rgb    [h][w][3] bytes, both sides at least `size`
 *   seed   chooses the factor, among those that fit, and the place */
void bf_photo_crop(uint8_t *out, size_t size, const uint8_t *rgb, size_t h, size_t w, uint64_t seed);

/* Blurs rgb [h][w][3] in place: `passes` times the binomial kernel 1 4 6 4 1 along rows and columns, edges
 * repeated. Each pass adds 1 to the variance of the blur. scratch holds as many bytes as rgb. */
void bf_photo_blur(uint8_t *rgb, size_t h, size_t w, int passes, uint8_t *scratch);

/* Paints [size][size][3]: a sky, hills and discs out of lattice noise. */
void bf_photo_paint(uint8_t *rgb, size_t size, uint64_t seed);

/* Write [h][w][3] bytes to a file. quality is 1 to 100. Errors: IO, NOMEM; what was written of a file that
 * failed is removed. */
feat_status bf_photo_write_png(const char *path, const uint8_t *rgb, size_t h, size_t w,
                               feat_error *err) FEAT_NODISCARD;
feat_status bf_photo_write_jpeg(const char *path, const uint8_t *rgb, size_t h, size_t w, int quality,
                                feat_error *err) FEAT_NODISCARD;

/* The bytes of a JPEG file of [h][w][3] bytes; *bytes is released with feat_free. Errors: NOMEM. */
feat_status bf_photo_encode_jpeg(uint8_t **bytes, size_t *n, const uint8_t *rgb, size_t h, size_t w,
                                 int quality, feat_error *err) FEAT_NODISCARD;

#endif
