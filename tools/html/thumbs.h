/* Small pictures of a page: each is drawn once, however often it is shown. */
#ifndef BONAFIDE_TOOLS_HTML_THUMBS_H
#define BONAFIDE_TOOLS_HTML_THUMBS_H

#include "tools/html/html.h"
#include "tools/sets/set.h"

enum { BF_THUMB_SIDE = 112, BF_MAX_THUMBS = 160 };

typedef struct bf_thumbs bf_thumbs;

/* Errors: NOMEM. */
feat_status bf_thumbs_create(bf_thumbs **out, feat_error *err) FEAT_NODISCARD;
void bf_thumbs_close(bf_thumbs **thumbs);

/* Adds an image of a set, shrunk to BF_THUMB_SIDE, as it should be shown here; alt is escaped. An image that
 * cannot be read any more, and those beyond BF_MAX_THUMBS, show as an empty frame. Errors: NOMEM. */
feat_status bf_thumbs_show(bf_thumbs *thumbs, bf_text *t, const bf_set *set, size_t item, const char *alt,
                           feat_error *err) FEAT_NODISCARD;

/* The same of pixels [h][w][3] that are in no set. Errors: NOMEM. */
feat_status bf_thumbs_show_pixels(bf_thumbs *thumbs, bf_text *t, const uint8_t *rgb, size_t h, size_t w,
                                  const char *alt, feat_error *err) FEAT_NODISCARD;

/* Writes the pictures themselves; once, anywhere in the body. */
void bf_thumbs_write(const bf_thumbs *thumbs, bf_text *t);

/* Shrinks rgb [h][w][3] to fit into side x side, by means over whole pixels; smaller pictures stay. out has
 * room for side * side * 3 bytes; *out_h and *out_w are set. */
void bf_thumb_shrink(uint8_t *out, size_t *out_h, size_t *out_w, const uint8_t *rgb, size_t h, size_t w,
                     size_t side);

#endif
