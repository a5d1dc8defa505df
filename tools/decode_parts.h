/* Private to the decoder: structure checks, the PNM reader and the stb_image wrapper. Each takes the whole
 * file and, when it says no, leaves a reason without file names, for bf_decode to complete. */
#ifndef BONAFIDE_DECODE_PARTS_H
#define BONAFIDE_DECODE_PARTS_H

#include "tools/decode.h"

/* What a look at the structure told. */
typedef struct bf_probe {
    size_t h, w;
    unsigned flags;         /* BF_IMAGE_* that the structure alone can tell */
    size_t gif_transparent; /* offset of the flag byte of a transparent first GIF picture, 0: none */
    const char *reason;     /* why not; a constant */
} bf_probe;

/* These verify what stb_image takes on trust: that the file is all there, PNG checksums, JPEG table sizes. */
bool bf_check_jpeg(const uint8_t *bytes, size_t n, bf_probe *probe);
bool bf_check_png(const uint8_t *bytes, size_t n, bf_probe *probe);
bool bf_check_bmp(const uint8_t *bytes, size_t n, bf_probe *probe);
bool bf_check_gif(const uint8_t *bytes, size_t n, bf_probe *probe);
bool bf_check_tga(const uint8_t *bytes, size_t n, bf_probe *probe);

/* PGM and PPM, plain and raw, any maxval: header into probe, then pixels into rgb [h][w][3]. */
bool bf_pnm_header(const uint8_t *bytes, size_t n, bf_probe *probe);
bool bf_pnm_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe);

/* stb_image: RGB from iv3_alloc, or NULL with a reason. `channels` is what the file has, 1 to 4. */
uint8_t *bf_stb_decode(const uint8_t *bytes, size_t n, size_t *h, size_t *w, int *channels,
                       const char **reason, bool *no_memory);

#endif
