/* What JPEG does to a picture, without the file. */
#ifndef BONAFIDE_TOOLS_SANITY_DISTURB_JPEG_H
#define BONAFIDE_TOOLS_SANITY_DISTURB_JPEG_H

#include <stddef.h>
#include <stdint.h>

/* Quantises rgb [h][w][3] in place as a baseline JPEG of this quality (1 to 100, the tables of annex K scaled
 * as libjpeg does) without chroma subsampling; rows and columns are repeated to whole blocks. */
void bf_disturb_jpeg(uint8_t *rgb, size_t h, size_t w, int quality);

#endif
