/* SHA-256 digests of what passes through a run: files, pixels, features. */
#ifndef BONAFIDE_TOOLS_BASE_DIGEST_H
#define BONAFIDE_TOOLS_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

typedef struct bf_digest {
    bool known;
    unsigned char sha256[32];
} bf_digest;

/* One image of a set; or the one file that holds features or statistics. */
typedef struct bf_leaf {
    size_t name_at;     /* in a manifest: see bf_leaf_name */
    bool skipped;       /* could not be read and was left out */
    uint32_t w, h;      /* as decoded; with pixels */
    bf_digest file;     /* of the file's bytes; in an array of images: of this image's */
    bf_digest pixels;   /* see bf_digest_pixels */
    bf_digest features; /* of its rows of float32, one tap after the other */
} bf_leaf;

void bf_digest_bytes(bf_digest *out, const void *data, size_t bytes);

/* Of height and width (8 bytes each, little-endian), then the pixels [h][w][3]. */
void bf_digest_pixels(bf_digest *out, const uint8_t *rgb, size_t h, size_t w);

/* Of a whole file. Errors: IO, FORMAT, NOMEM. */
feat_status bf_digest_file(bf_digest *out, const char *path, feat_error *err) FEAT_NODISCARD;

/* 0 to 15 of a lower-case hexadecimal digit, -1 of anything else; and n bytes of a text of exactly 2 n such digits,
 * false where it is none. */
int bf_hex_value(char c);
bool bf_hex_read(unsigned char *out, const char *text, size_t n);

#endif
