/* From the bytes of an image file to RGB. The format is told by content; only TGA, which has no signature,
 * needs the name. What happens to other kinds of pixels is what Pillow's convert("RGB") does, except where
 * noted.
 *
 * - grey: replicated to three channels
 * - alpha: dropped, colours kept as stored (in palettes, tRNS chunks and transparent GIF pixels as well)
 * - 16 bits: the high byte of each sample (Pillow saturates 16-bit grey instead)
 * - CMYK, in JPEG only: each channel times the black channel, as stb_image does
 * - JPEG: stb_image's integer transform and upsampling; libjpeg can differ by a level or two
 * - GIF: the first picture
 * - colour profiles, gamma and EXIF orientation: ignored
 *
 * A damaged or truncated file is an error, never a half-decoded picture. */
#ifndef BONAFIDE_DECODE_H
#define BONAFIDE_DECODE_H

#include <stdbool.h>

#include "tools/imageset.h"

/* Longest side taken. How many pixels are, tools/limits.h says. */
enum { BF_MAX_SIDE = 65535 };

typedef enum bf_format {
    BF_FORMAT_UNKNOWN = 0,
    BF_FORMAT_JPEG,
    BF_FORMAT_PNG,
    BF_FORMAT_BMP,
    BF_FORMAT_PNM,
    BF_FORMAT_GIF,
    BF_FORMAT_TGA,
    BF_FORMAT_WEBP, /* from here on: known, not read */
    BF_FORMAT_TIFF,
    BF_FORMAT_HEIC,
    BF_FORMAT_AVIF,
    BF_FORMAT_JP2,
    BF_FORMAT_JXL,
    BF_FORMAT_PSD
} bf_format;

/* What the bytes look like; TGA is never found this way. */
bf_format bf_format_sniff(const uint8_t *bytes, size_t n);

/* "JPEG", "PNG", ...; "unknown" for BF_FORMAT_UNKNOWN. */
const char *bf_format_name(bf_format format);

/* By extension, upper or lower case: 1 a format that is read, -1 an image format that is not, 0 anything
 * else. */
int bf_image_extension(const char *name);

/* Whether the name says TGA: what the bytes decode to can then depend on it. */
bool bf_named_tga(const char *name);

/* Decodes. `set` and `item` begin the error message ("SET: ITEM: ..."; `set` may be NULL); the item's
 * extension tells TGA. On success image->rgb is the caller's, released by bf_image_release; on failure it is
 * NULL. Errors: FORMAT, UNSUPPORTED, NOMEM. */
iv3_status bf_decode(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                     iv3_error *err) IV3_NODISCARD;

/* Raw deflate (RFC 1951) into exactly `out_bytes` bytes. False when the data are damaged, or longer or
 * shorter. Neither size may exceed INT_MAX - 16. BF_INFLATE_PAD readable bytes must follow the `in_bytes`:
 * stb_image wants to see two bytes behind the last code, which in a zip are not there. */
enum { BF_INFLATE_PAD = 8 };
bool bf_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes);

/* CRC-32 as in zip and PNG (polynomial 0xEDB88320), continued from `crc`; start with 0. */
uint32_t bf_crc32(uint32_t crc, const void *data, size_t bytes);

#endif
