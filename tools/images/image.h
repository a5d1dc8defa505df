/* From the bytes of an image file to RGB: what Pillow's Image.open(f).convert("RGB") gives, byte for byte, in the
 * cases and with the exceptions that tools/images/PIXELS.md lists. The format is told by content; only TGA, which has
 * no signature, needs the name. A damaged or truncated file is an error, never a half-decoded picture, and no byte of a
 * picture ever comes from anywhere but its file. */
#ifndef BONAFIDE_TOOLS_IMAGES_IMAGE_H
#define BONAFIDE_TOOLS_IMAGES_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

/* Raised when the same file gives other pixels than before; results, manifests, caches and parts name it. */
#define BF_PIXELS_VERSION 1
/* Whose pixels those of this version are. */
#define BF_PIXELS_AS "libjpeg-turbo's, Pillow 9.4's"

/* Longest side taken. How many pixels are, tools/base/limits.h says. */
enum { BF_MAX_SIDE = 65535 };

/* For the message that a picture is beyond the limit on pixels: "; --limits pixels=105M takes it", or "" where no limit
 * can be set so high. */
const char *bf_pixels_advice(char text[64], size_t w, size_t h);

/* What decoding changed; summed up into one warning per set. */
enum {
    BF_IMAGE_GREY = 1u << 0,    /* one channel replicated to three */
    BF_IMAGE_ALPHA = 1u << 1,   /* alpha dropped without compositing */
    BF_IMAGE_16BIT = 1u << 2,   /* 16 bits per channel reduced to 8 */
    BF_IMAGE_LOSSY = 1u << 3,   /* JPEG, lossy WebP */
    BF_IMAGE_ANIMATED = 1u << 4, /* first frame only */
    BF_IMAGE_STRAY = 1u << 5,    /* JPEG: bytes that belong to nothing, passed over */
    BF_IMAGE_RESYNC = 1u << 6,   /* JPEG: restart markers that are not the expected ones; blocks may be lost */
    BF_IMAGE_FLAT = 1u << 7,     /* all of one colour */
    BF_IMAGE_LARGEST = 16        /* shift: the upper 16 bits are the largest sample of a 16-bit picture */
};

typedef struct bf_image {
    uint8_t *rgb; /* [h][w][3]; the image's to change, until bf_image_release */
    size_t h, w;
    unsigned flags; /* BF_IMAGE_*, and 16 bits more */
    void (*give_back)(void *owner); /* NULL: rgb is from feat_alloc; else who takes it back, and what is told */
    void *owner;
} bf_image;

/* The image is empty then. NULL: nothing happens. */
void bf_image_release(bf_image *image);

typedef enum bf_format {
    BF_FORMAT_UNKNOWN = 0,
    BF_FORMAT_JPEG,
    BF_FORMAT_PNG,
    BF_FORMAT_BMP,
    BF_FORMAT_PNM,
    BF_FORMAT_GIF,
    BF_FORMAT_TGA,
    BF_FORMAT_WEBP, /* where this build has it */
    BF_FORMAT_TIFF, /* from here on: known, not read */
    BF_FORMAT_HEIC,
    BF_FORMAT_AVIF,
    BF_FORMAT_JP2,
    BF_FORMAT_JXL,
    BF_FORMAT_PSD,
    BF_N_FORMATS
} bf_format;

/* What the bytes look like; TGA is never found this way. */
bf_format bf_format_sniff(const uint8_t *bytes, size_t n);

/* Whether the first bytes of a file without an image's extension are those of an image, be it one that is not read.
 * Two letters in front of a text are not enough for it. */
enum { BF_HEAD_BYTES = 32 };
bool bf_head_is_image(const uint8_t *head, size_t n);

/* "JPEG", "PNG", ...; "unknown" for BF_FORMAT_UNKNOWN. */
const char *bf_format_name(bf_format format);

/* Whether this build reads it. */
bool bf_format_is_read(bf_format format);

/* By extension, upper or lower case: 1 a format that is read, -1 an image format that is not, 0 anything
 * else. */
int bf_image_extension(const char *name);

/* Whether the name says TGA: what the bytes decode to can then depend on it. */
bool bf_named_tga(const char *name);

/* Who is decoded, and where to. */
typedef struct bf_decoding {
    const char *set;  /* begins error messages; may be NULL */
    const char *item; /* goes on with them; its extension tells TGA */
    /* Where the pixels go, asked for once; `beside`: what the decoder will take itself, at most. NULL: they are
     * allocated. What it gives is not the image's to release. */
    uint8_t *(*room)(void *context, size_t h, size_t w, uint64_t beside);
    void *context;
} bf_decoding;

/* Decodes. On success image->rgb is the caller's, released by bf_image_release (but where `room` gave it); on failure
 * it is NULL. Of 16-bit samples as many bits are used as tools/base/limits.h says. Errors: FORMAT, UNSUPPORTED, NOMEM,
 * with "SET: ITEM: ..." in front. */
feat_status bf_decode_as(bf_image *image, const uint8_t *bytes, size_t n, const bf_decoding *how,
                         feat_error *err) FEAT_NODISCARD;

/* The same, allocated. */
feat_status bf_decode(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                      feat_error *err) FEAT_NODISCARD;

#endif
