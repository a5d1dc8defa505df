/* Private to the decoder: the readers of the formats. Each has a walk through the structure and a function for the
 * pixels, and both take the whole file. The first says how large the picture is and verifies as much as can be seen
 * without decoding; the second, called when that went well and the size is within the limits, writes every byte of rgb
 * [h][w][3]. Either returns false with a reason that names no file, for bf_decode to complete. A size of 0 or of more
 * than BF_MAX_SIDE is no reason: the caller refuses it. */
#ifndef BONAFIDE_TOOLS_IMAGES_DECODE_PARTS_H
#define BONAFIDE_TOOLS_IMAGES_DECODE_PARTS_H

#include "tools/images/image.h"

/* What a look at the file told. */
typedef struct bf_probe {
    unsigned bits;      /* given: how many bits of its 16 a sample uses, 8 to 16 */
    size_t h, w;        /* of the picture */
    unsigned flags;     /* BF_IMAGE_* */
    uint32_t largest;   /* the largest 16-bit sample seen, 0: no such samples */
    uint64_t beside;    /* bytes that decoding takes beside picture, file and some rows */
    const char *reason; /* why not; a constant */
    bool no_memory;     /* that is why not */
} bf_probe;

/* "return bf_no(probe, reason)": a reader's end where the file cannot be read. */
static inline bool bf_no(bf_probe *probe, const char *reason)
{
    probe->reason = reason;
    return false;
}

typedef bool bf_header_reader(const uint8_t *bytes, size_t n, bf_probe *probe);
typedef bool bf_pixel_reader(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe);

bf_header_reader bf_jpeg_header, bf_png_header, bf_bmp_header, bf_pnm_header, bf_gif_header, bf_tga_header,
    bf_webp_header;
bf_pixel_reader bf_jpeg_pixels, bf_png_pixels, bf_bmp_pixels, bf_pnm_pixels, bf_gif_pixels, bf_tga_pixels,
    bf_webp_pixels;

/* A 16-bit sample as a byte: the upper 8 of the bits that are used; what uses more is as bright as can be. */
static inline uint8_t bf_sample16(bf_probe *probe, uint32_t sample)
{
    if (sample > probe->largest)
        probe->largest = sample;
    sample >>= probe->bits - 8;
    return sample > 255 ? 255 : (uint8_t)sample;
}

#endif
