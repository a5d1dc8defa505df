/* GIF: the first picture, placed on the screen as Pillow places it. Its rules that the format description
 * does not have:
 *
 * - The screen grows to hold the picture. Around the picture it has the transparent colour if there is one,
 *   else colour 0; the background colour is not used, and transparent pixels keep their colour.
 * - A picture of no width at the left edge covers the screen.
 * - A colour table that is a grey ramp is as good as none: a local one leaves the global one in force.
 * Without any, pixels are grey levels.
 * - Pixels beyond the table are black (since Pillow 10.1; earlier versions give the grey level here as well).
 * - Bytes between blocks that begin no block are skipped.
 * - LZW: a first clear code is not needed; a full table is used until the next clear code; codes have 1 to 13
 *   bits. What comes after the last pixel, and whether anything does, is of no interest.
 *
 * Data that end before the last pixel are refused; Pillow may go on with what is behind them. */
#include <string.h>

#include "engine/base/alloc.h"
#include "tools/base/bytes.h"
#include "tools/images/decode_parts.h"

typedef struct gif {
    const uint8_t *bytes;
    size_t n, at;
    size_t screen_w, screen_h; /* with what the picture adds */
    size_t x, y, w, h;         /* of the picture */
    const uint8_t *table;      /* NULL: grey levels */
    size_t n_table;
    int transparent; /* -1: none */
    bool interlaced;
    size_t data; /* offset of the LZW data: bits, then blocks */
} gif;

/* --- structure (89a specification) -------------------------------------------------------------------- */

/* Passes a chain of data sub-blocks; false when it is cut off. */
static bool skip_blocks(gif *g)
{
    while (g->at < g->n) {
        size_t length = g->bytes[g->at];
        if (length >= g->n - g->at)
            return false;
        g->at += 1 + length;
        if (length == 0)
            return true;
    }
    return false;
}

/* A colour table of `flags`, if there is one. The one before it stays if this is a grey ramp, as in Pillow. */
static bool read_table(gif *g, unsigned flags)
{
    if ((flags & 0x80) == 0)
        return true;
    size_t n = (size_t)2 << (flags & 7);
    if (g->n - g->at < 3 * n)
        return false;
    const uint8_t *table = g->bytes + g->at;
    g->at += 3 * n;
    for (size_t i = 0; i < n; i++)
        if (table[3 * i] != i || table[3 * i + 1] != i || table[3 * i + 2] != i) {
            g->table = table;
            g->n_table = n;
            break;
        }
    return true;
}

/* An extension, of which g->at is the label. Of several transparent colours before a picture the last counts. */
static bool read_extension(gif *g, bf_probe *probe)
{
    if (g->n - g->at < 2)
        return bf_no(probe, "truncated");
    const uint8_t *block = g->bytes + g->at + 1;
    size_t length = block[0];
    bool control = g->bytes[g->at] == 0xF9 && length != 0;
    g->at++;
    if (!skip_blocks(g))
        return bf_no(probe, "truncated");
    if (control && (length < 3 || ((block[1] & 1) != 0 && length < 4)))
        return bf_no(probe, "bad graphic control extension");
    if (control && (block[1] & 1) != 0)
        g->transparent = block[4];
    return true;
}

/* The picture's own header, of which g->at is behind the comma. */
static bool read_picture(gif *g, bf_probe *probe)
{
    if (g->n - g->at < 9)
        return bf_no(probe, "truncated");
    const uint8_t *p = g->bytes + g->at;
    g->x = bf_le16(p);
    g->y = bf_le16(p + 2);
    g->w = bf_le16(p + 4);
    g->h = bf_le16(p + 6);
    g->interlaced = (p[8] & 0x40) != 0;
    g->at += 9;
    if (!read_table(g, p[8]) || g->at >= g->n)
        return bf_no(probe, "truncated");
    g->data = g->at;
    if (g->bytes[g->data] > 12)
        return bf_no(probe, "bad code size");
    if (g->x + g->w > g->screen_w)
        g->screen_w = g->x + g->w;
    if (g->y + g->h > g->screen_h)
        g->screen_h = g->y + g->h;
    if (g->x + g->w == 0) {
        g->y = 0;
        g->w = g->screen_w;
        g->h = g->screen_h;
    }
    probe->w = g->screen_w;
    probe->h = g->screen_h;
    probe->flags |= (g->table == NULL ? BF_IMAGE_GREY : 0u) | (g->transparent >= 0 ? BF_IMAGE_ALPHA : 0u);
    return (g->w != 0 && g->h != 0) || g->screen_w == 0 || g->screen_h == 0
               ? true
               : bf_no(probe, "the first picture has no pixels");
}

/* Up to the next picture (true, g->at behind its comma) or the end. */
static bool find_picture(gif *g, bf_probe *probe)
{
    while (g->at < g->n) {
        uint8_t tag = g->bytes[g->at++];
        if (tag == ',')
            return true;
        if (tag == ';')
            return bf_no(probe, "no picture");
        if (tag == '!' && !read_extension(g, probe))
            return false;
    }
    return bf_no(probe, "truncated");
}

static bool read_header(gif *g, bf_probe *probe)
{
    if (g->n < 13)
        return bf_no(probe, "truncated");
    g->screen_w = bf_le16(g->bytes + 6);
    g->screen_h = bf_le16(g->bytes + 8);
    g->transparent = -1;
    g->at = 13;
    if (!read_table(g, g->bytes[10]))
        return bf_no(probe, "truncated");
    return find_picture(g, probe) && read_picture(g, probe);
}

bool bf_gif_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    gif g = {.bytes = bytes, .n = n};
    if (!read_header(&g, probe))
        return false;
    /* Whether more follows is told by a walk that nothing stands or falls with. */
    bf_probe rest = {0};
    g.at = g.data + 1;
    if (skip_blocks(&g) && find_picture(&g, &rest))
        probe->flags |= BF_IMAGE_ANIMATED;
    return true;
}

/* --- pixels ------------------------------------------------------------------------------------------- */

/* Takes the picture's pixels in the order of the file. */
typedef struct canvas {
    const gif *g;
    uint8_t *rgb;
    uint8_t palette[256][3];
    size_t x, y, step;
    int pass; /* of an interlaced picture; 3: the last, or the only one */
} canvas;

static void set_palette(canvas *c)
{
    const gif *g = c->g;
    if (g->table != NULL)
        memcpy(c->palette, g->table, 3 * g->n_table);
    else
        for (size_t i = 0; i < 256; i++)
            memset(c->palette[i], (int)i, 3);
}

/* To the next row; false behind the last. */
static bool next_row(canvas *c)
{
    static const uint8_t starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
    c->x = 0;
    c->y += c->step;
    while (c->y >= c->g->h) {
        if (c->pass == 3)
            return false;
        c->pass++;
        c->y = starts[c->pass];
        c->step = steps[c->pass];
    }
    return true;
}

/* False when the picture is full; more pixels do not matter. */
static bool put(canvas *c, const uint8_t *pixels, size_t n)
{
    const gif *g = c->g;
    while (n > 0) {
        size_t length = n < g->w - c->x ? n : g->w - c->x;
        uint8_t *out = c->rgb + ((g->y + c->y) * g->screen_w + g->x + c->x) * 3;
        for (size_t i = 0; i < length; i++)
            memcpy(out + 3 * i, c->palette[pixels[i]], 3);
        pixels += length;
        n -= length;
        c->x += length;
        if (c->x == g->w && !next_row(c))
            return false;
    }
    return true;
}

enum { N_CODES = 4096 };

typedef struct lzw {
    const uint8_t *bytes;
    size_t n, at, block; /* bytes left in this block */
    uint32_t bits;       /* read and not used yet, n_bits of them */
    unsigned n_bits, size;
    uint32_t clear, next;
    int last;      /* the code before, -1 behind a clear code */
    uint8_t first; /* its first pixel */
    uint16_t link[N_CODES];
    uint8_t data[N_CODES], string[N_CODES + 1];
} lzw;

/* False when the data end. Only whole blocks are used. */
static bool next_code(lzw *z, uint32_t *code)
{
    while (z->n_bits < z->size) {
        if (z->block == 0) {
            if (z->at >= z->n || z->bytes[z->at] == 0 || z->bytes[z->at] >= z->n - z->at)
                return false;
            z->block = z->bytes[z->at++];
        }
        z->block--;
        z->bits |= (uint32_t)z->bytes[z->at++] << z->n_bits;
        z->n_bits += 8;
    }
    *code = z->bits & ((1u << z->size) - 1);
    z->bits >>= z->size;
    z->n_bits -= z->size;
    return true;
}

static void reset(lzw *z, unsigned bits)
{
    z->size = bits + 1;
    z->next = z->clear + 2;
    z->last = -1;
}

/* The pixels of a code, at the end of z->string; how many, 0 for a code that cannot be. */
static size_t expand(lzw *z, uint32_t code)
{
    size_t from = sizeof z->string;
    if (z->last < 0) {
        if (code > z->clear)
            return 0;
        z->first = z->string[--from] = (uint8_t)code;
        z->last = (int)code;
        return 1;
    }
    if (code > z->next)
        return 0;
    uint32_t c = code;
    if (code == z->next) {
        z->string[--from] = z->first;
        c = (uint32_t)z->last;
    }
    for (; c >= z->clear; c = z->link[c]) {
        if (c >= N_CODES || from == 1)
            return 0;
        z->string[--from] = z->data[c];
    }
    z->first = z->string[--from] = (uint8_t)c;
    if (z->next < N_CODES) {
        z->data[z->next] = z->first;
        z->link[z->next] = (uint16_t)z->last;
        if (z->next == (1u << z->size) - 1 && z->size < 12)
            z->size++;
        z->next++;
    }
    z->last = (int)code;
    return sizeof z->string - from;
}

static bool decode(lzw *z, const gif *g, canvas *c, bf_probe *probe)
{
    unsigned bits = g->bytes[g->data];
    memset(z, 0, sizeof *z);
    z->bytes = g->bytes;
    z->n = g->n;
    z->at = g->data + 1;
    z->clear = 1u << bits;
    reset(z, bits);
    for (;;) {
        uint32_t code;
        if (!next_code(z, &code) || code == z->clear + 1)
            return bf_no(probe, "truncated");
        if (code == z->clear) {
            reset(z, bits);
            continue;
        }
        size_t length = expand(z, code);
        if (length == 0)
            return bf_no(probe, "a code that cannot be");
        if (!put(c, z->string + sizeof z->string - length, length))
            return true;
    }
}

bool bf_gif_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    gif g = {.bytes = bytes, .n = n};
    if (!read_header(&g, probe))
        return false;
    canvas c = {.g = &g, .rgb = rgb, .step = g.interlaced ? 8 : 1, .pass = g.interlaced ? 0 : 3};
    set_palette(&c);
    const uint8_t *around = c.palette[g.transparent >= 0 ? g.transparent : 0];
    if (g.w != g.screen_w || g.h != g.screen_h)
        for (size_t i = 0; i < g.screen_w * g.screen_h; i++)
            memcpy(rgb + 3 * i, around, 3);
    lzw *z = feat_alloc(sizeof *z);
    probe->no_memory = z == NULL;
    if (z == NULL)
        return bf_no(probe, "no memory");
    bool ok = decode(z, &g, &c, probe);
    feat_free(z);
    return ok;
}
