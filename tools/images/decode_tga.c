/* TGA: true colour of 15, 16, 24 and 32 bits, grey of 1, 8 and 16 (grey and alpha) and palettes, plain and
 * run-length coded, in every orientation, to the bytes that Pillow gives. Its rules that the format
 * description does not have:
 *
 * - A sample of 5 bits becomes v * 255 / 31, rounded down.
 * - Grey pixels of a file with a colour map are looked up in it; palette pixels of a file without one, or
 * with one of no entries, are grey levels.
 * - Pixels before or behind the colour map are black (behind it since Pillow 10.1; grey levels before).
 *
 * Read here and not by Pillow: true colour with a colour map, which is passed over; colour maps of 15 and 32
 * bits, or that reach beyond 256 entries; 15 bits per pixel; runs that go on in the next row. */
#include <string.h>

#include "tools/base/bytes.h"
#include "tools/images/decode_parts.h"

typedef struct tga {
    const uint8_t *bytes;
    size_t n;
    size_t w, h, data;
    unsigned kind;  /* 1 palette, 2 true colour, 3 grey */
    unsigned depth; /* bits of a pixel */
    size_t pixel;   /* its bytes */
    bool runs, top_down, right_to_left;
    bool grey_levels;        /* no colour map is used */
    uint8_t palette[256][3]; /* of all but true colour */
} tga;

/* Blue, green and red, at five bits each or as bytes. */
static void to_rgb(uint8_t *out, const uint8_t *in, size_t bytes)
{
    if (bytes == 2) {
        unsigned v = bf_le16(in);
        out[0] = (uint8_t)((v >> 10 & 31) * 255 / 31);
        out[1] = (uint8_t)((v >> 5 & 31) * 255 / 31);
        out[2] = (uint8_t)((v & 31) * 255 / 31);
    } else {
        out[0] = in[2];
        out[1] = in[1];
        out[2] = in[0];
    }
}

/* The colour map, of which the header's five bytes are at `map` and the entries at t->data, which then passes
 * them. */
static bool read_map(tga *t, const uint8_t *map, bf_probe *probe)
{
    size_t first = bf_le16(map), count = bf_le16(map + 2), bits = map[4], entry = (bits + 7) / 8;
    bool used = t->kind != 2 && t->depth >= 8 && count != 0;
    const uint8_t *in = t->bytes + t->data;
    if (used && bits != 15 && bits != 16 && bits != 24 && bits != 32)
        return bf_no(probe, "a colour map of this depth cannot be read");
    if (t->data > t->n || count * entry > t->n - t->data)
        return bf_no(probe, "truncated");
    t->data += count * entry;
    if (!used)
        return true;
    t->grey_levels = false;
    probe->flags |= bits == 32 ? BF_IMAGE_ALPHA : 0u;
    memset(t->palette, 0, sizeof t->palette);
    for (size_t i = 0; i < count && first + i < 256; i++)
        to_rgb(t->palette[first + i], in + i * entry, entry);
    return true;
}

/* Which depths go with which kind. */
static bool is_known(unsigned kind, unsigned depth)
{
    if (kind == 1)
        return depth == 8;
    if (kind == 2)
        return depth == 15 || depth == 16 || depth == 24 || depth == 32;
    return kind == 3 && (depth == 1 || depth == 8 || depth == 16);
}

static bool read_header(tga *t, bf_probe *probe)
{
    if (t->n < 18)
        return bf_no(probe, "truncated");
    const uint8_t *p = t->bytes;
    t->kind = p[2] & 7;
    t->runs = (p[2] & 8) != 0;
    t->w = bf_le16(p + 12);
    t->h = bf_le16(p + 14);
    t->depth = p[16];
    t->pixel = (t->depth + 7u) / 8;
    t->top_down = (p[17] & 0x20) != 0;
    t->right_to_left = (p[17] & 0x10) != 0;
    t->data = 18u + p[0];
    t->grey_levels = t->kind != 2;
    if (p[1] > 1 || p[2] > 15 || !is_known(t->kind, t->depth) || (t->runs && t->depth == 1))
        return bf_no(probe, "not a kind of TGA that can be read");
    probe->w = t->w;
    probe->h = t->h;
    if (t->depth == 32 || (t->kind == 3 && t->depth == 16))
        probe->flags |= BF_IMAGE_ALPHA;
    for (size_t i = 0; i < 256; i++)
        memset(t->palette[i], (int)i, 3);
    if (p[1] == 1 && !read_map(t, p + 3, probe))
        return false;
    probe->flags |= t->grey_levels ? BF_IMAGE_GREY : 0u;
    return true;
}

/* Whether run-length packets hold all pixels. */
static bool check_runs(const tga *t)
{
    size_t at = t->data;
    for (size_t left = t->w * t->h; left > 0;) {
        if (at >= t->n)
            return false;
        size_t run = (t->bytes[at] & 0x7F) + 1u;
        size_t length = (t->bytes[at] & 0x80) != 0 ? t->pixel : run * t->pixel;
        if (length > t->n - at - 1)
            return false;
        at += 1 + length;
        left -= run < left ? run : left;
    }
    return true;
}

/* Takes pixels in the order of the file. */
typedef struct canvas {
    const tga *t;
    uint8_t *rgb;
    size_t x, row;
} canvas;

static void put(canvas *c, const uint8_t *in)
{
    const tga *t = c->t;
    size_t x = t->right_to_left ? t->w - 1 - c->x : c->x;
    size_t y = t->top_down ? c->row : t->h - 1 - c->row;
    uint8_t *out = c->rgb + (y * t->w + x) * 3;
    if (t->kind == 2)
        to_rgb(out, in, t->pixel);
    else
        memcpy(out, t->palette[in[0]], 3);
    if (++c->x == t->w) {
        c->x = 0;
        c->row++;
    }
}

static void put_runs(canvas *c)
{
    const tga *t = c->t;
    size_t at = t->data;
    for (size_t left = t->w * t->h; left > 0;) {
        bool repeat = (t->bytes[at] & 0x80) != 0;
        size_t run = (t->bytes[at++] & 0x7F) + 1u;
        run = run < left ? run : left;
        for (size_t i = 0; i < run; i++)
            put(c, t->bytes + at + (repeat ? 0 : i * t->pixel));
        at += repeat ? t->pixel : run * t->pixel;
        left -= run;
    }
}

/* One bit a pixel, rows padded to bytes. */
static void put_bits(canvas *c)
{
    static const uint8_t levels[2] = {0, 255};
    const tga *t = c->t;
    const uint8_t *in = t->bytes + t->data;
    for (size_t y = 0; y < t->h; y++, in += (t->w + 7) / 8)
        for (size_t x = 0; x < t->w; x++)
            put(c, &levels[in[x / 8] >> (7 - x % 8) & 1]);
}

bool bf_tga_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    tga t = {.bytes = bytes, .n = n};
    if (!read_header(&t, probe))
        return false;
    size_t row = t.depth == 1 ? (t.w + 7) / 8 : t.w * t.pixel;
    if (t.data > n || (t.runs ? !check_runs(&t) : row * t.h > n - t.data))
        return bf_no(probe, "truncated");
    return true;
}

bool bf_tga_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    tga t = {.bytes = bytes, .n = n};
    if (!read_header(&t, probe))
        return false;
    canvas c = {.t = &t, .rgb = rgb};
    if (t.runs) {
        put_runs(&c);
    } else if (t.depth == 1) {
        put_bits(&c);
    } else {
        for (size_t i = 0; i < t.w * t.h; i++)
            put(&c, bytes + t.data + i * t.pixel);
    }
    return true;
}
