/* PNG: chunks, and from the unpacked rows to RGB. The rows are unpacked some 64 KB at a time behind the 32 KB
 * that distances reach back to, and made into pixels from there: no copy of the whole picture or of its data
 * is made. */
#include "tools/images/decode_png.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/crc32.h"
#include "tools/base/bytes.h"
#include "engine/files/inflate.h"
#include "tools/images/decode_parts.h"

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6 };
enum { SIGNATURE = 8, CHUNK = 12 /* length, type and checksum */ };

/* --- structure ------------------------------------------------------------------------------------------ */

static bool is_chunk(const uint8_t *type, const char *name)
{
    return memcmp(type, name, 4) == 0;
}

static bool check_ihdr(const uint8_t *p, size_t n, bf_probe *probe)
{
    /* Bit d: depth d is one of this colour type's. */
    static const uint32_t depths[7] = {1u << 1 | 1u << 2 | 1u << 4 | 1u << 8 | 1u << 16,
                                       0,
                                       1u << 8 | 1u << 16,
                                       1u << 1 | 1u << 2 | 1u << 4 | 1u << 8,
                                       1u << 8 | 1u << 16,
                                       0,
                                       1u << 8 | 1u << 16};
    if (n != 13)
        return bf_no(probe, "bad IHDR chunk");
    unsigned depth = p[8], colour = p[9];
    if (colour > 6 || depth > 16 || (depths[colour] >> depth & 1) == 0)
        return bf_no(probe, "no such kind of pixels");
    if (p[10] != 0 || p[11] != 0 || p[12] > 1)
        return bf_no(probe, "unknown compression, filter or interlace method");
    probe->w = bf_be32(p);
    probe->h = bf_be32(p + 4);
    if (depth == 16)
        probe->flags |= BF_IMAGE_16BIT;
    if (colour == GREY || colour == GREY_ALPHA)
        probe->flags |= BF_IMAGE_GREY;
    if (colour == GREY_ALPHA || colour == RGB_ALPHA)
        probe->flags |= BF_IMAGE_ALPHA;
    return true;
}

/* What has been met on the way through the chunks. */
typedef struct met {
    bool header, palette, data;
    unsigned colour;
} met;

static bool check_chunk(const uint8_t *type, const uint8_t *body, size_t length, met *m, bf_probe *probe)
{
    bool critical = (type[0] & 0x20) == 0 || is_chunk(type, "tRNS");
    if (critical && feat_crc32(0, type, length + 4) != bf_be32(body + length))
        return bf_no(probe, "checksum mismatch");
    if (is_chunk(type, "IHDR")) {
        m->header = true;
        m->colour = length > 9 ? body[9] : 0u;
        return check_ihdr(body, length, probe);
    }
    if (is_chunk(type, "PLTE")) {
        /* Of other kinds of pixels it is a suggestion, and not read. */
        if (m->colour == PALETTE && (m->data || m->palette || length == 0 || length % 3 != 0 || length > 768))
            return bf_no(probe, "bad palette");
        m->palette = true;
    } else if (is_chunk(type, "IDAT")) {
        if (m->colour == PALETTE && !m->palette)
            return bf_no(probe, "no palette");
        m->data = true;
    } else if (is_chunk(type, "IEND")) {
        return m->data ? true : bf_no(probe, "no data");
    } else if (is_chunk(type, "tRNS")) {
        probe->flags |= BF_IMAGE_ALPHA;
    } else if (is_chunk(type, "acTL")) {
        probe->flags |= BF_IMAGE_ANIMATED;
    } else if (critical) {
        return bf_no(probe, "a chunk that is not known but needed");
    }
    return true;
}

bool bf_png_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    met m = {.header = false};
    for (size_t at = SIGNATURE;;) {
        if (n < at || n - at < CHUNK)
            return bf_no(probe, "truncated");
        size_t length = bf_be32(bytes + at);
        const uint8_t *type = bytes + at + 4;
        if (m.header == is_chunk(type, "IHDR"))
            return bf_no(probe, "the first chunk, and only it, must be IHDR");
        if (length > n - at - CHUNK)
            return bf_no(probe, "truncated");
        if (!check_chunk(type, type + 4, length, &m, probe))
            return false;
        if (is_chunk(type, "IEND"))
            return true;
        at += length + CHUNK;
    }
}

/* --- rows ----------------------------------------------------------------------------------------------- */

enum { WINDOW = 32768, AHEAD = 65536, SLACK = 16 };

typedef struct png {
    feat_inflater z;
    const uint8_t *next_chunk; /* behind the data that z has got; the file goes on up to IEND */
    uint8_t *band;             /* what was unpacked last, and room for more */
    size_t band_bytes;
    uint8_t *unread; /* in band: the next row */
    uint32_t adler;
    bool ended; /* the stream has, and its checksum was right */
    unsigned depth, colour, step;
    uint8_t *row, *above;  /* rows that are not rows of the result: of other kinds of pixels, or interlaced */
    uint8_t entry[256][3]; /* of an index, or of a grey of less than 8 bits */
    bf_probe *probe;
} png;

/* For the unpacker: the next of the IDAT chunks, which follow one another. */
static const uint8_t *next_data(void *context, size_t *bytes)
{
    png *p = context;
    while (is_chunk(p->next_chunk + 4, "IDAT")) {
        const uint8_t *chunk = p->next_chunk;
        *bytes = bf_be32(chunk);
        p->next_chunk += *bytes + CHUNK;
        if (*bytes > 0)
            return chunk + 8;
    }
    return NULL;
}

/* Unpacks as much as there is room for, after making room: what distances cannot reach and rows do not need
 * goes. */
static bool unpack(png *p)
{
    feat_inflater *z = &p->z;
    size_t used = (size_t)(z->out - p->band), unread = (size_t)(z->out - p->unread);
    size_t kept = used < WINDOW ? used : WINDOW;
    kept = kept < unread ? unread : kept;
    memmove(p->band, z->out - kept, kept);
    z->begin = p->band;
    z->out = p->band + kept;
    z->out_end = p->band + p->band_bytes;
    p->unread = z->out - unread;
    uint8_t *fresh = z->out;
    feat_inflate_end end = feat_inflate_run(z);
    if (end == FEAT_INFLATE_DAMAGED)
        return bf_no(p->probe, "damaged data");
    p->adler = feat_adler32(p->adler, fresh, (size_t)(z->out - fresh));
    uint32_t adler;
    if (end == FEAT_INFLATE_DONE) {
        if (!feat_inflate_zlib_check(z, &adler))
            return bf_no(p->probe, "truncated data");
        if (adler != p->adler)
            return bf_no(p->probe, "checksum mismatch in the data");
        p->ended = true;
    }
    return true;
}

/* The next row, of `bytes` bytes with its filter's number; NULL: there is a reason. */
static const uint8_t *next_row(png *p, size_t bytes)
{
    while ((size_t)(p->z.out - p->unread) < bytes) {
        if (p->ended) {
            p->probe->reason = "not enough data";
            return NULL;
        }
        if (!unpack(p))
            return NULL;
    }
    const uint8_t *row = p->unread;
    p->unread += bytes;
    return row;
}

/* What more there is than the picture needs is not used, but must be sound like the rest. */
static bool rest_is_good(png *p)
{
    while (!p->ended) {
        p->unread = p->z.out;
        if (!unpack(p))
            return false;
    }
    return true;
}

/* --- pixels --------------------------------------------------------------------------------------------- */

static unsigned channels_of(unsigned colour)
{
    return colour == RGB ? 3 : colour == RGB_ALPHA ? 4 : colour == GREY_ALPHA ? 2 : 1;
}

static size_t row_bytes(const png *p, size_t w)
{
    return (w * channels_of(p->colour) * p->depth + 7) / 8;
}

static void put_entries(const png *p, uint8_t *to, size_t to_step, size_t w)
{
    unsigned mask = (1u << p->depth) - 1;
    for (size_t i = 0; i < w; i++, to += to_step) {
        size_t bit = i * p->depth;
        unsigned value = (unsigned)p->row[bit / 8] >> (8 - p->depth - bit % 8) & mask;
        memcpy(to, p->entry[value], 3);
    }
}

static void put_words(png *p, uint8_t *to, size_t to_step, size_t w)
{
    bool grey = p->colour == GREY || p->colour == GREY_ALPHA;
    const uint8_t *from = p->row;
    for (size_t i = 0; i < w; i++, to += to_step, from += p->step) {
        to[0] = bf_sample16(p->probe, bf_be16(from));
        to[1] = grey ? to[0] : bf_sample16(p->probe, bf_be16(from + 2));
        to[2] = grey ? to[0] : bf_sample16(p->probe, bf_be16(from + 4));
    }
}

static inline void put_bytes(const uint8_t *from, size_t from_step, uint8_t *to, size_t to_step, size_t w)
{
    size_t green = from_step < 3 ? 0 : 1, blue = from_step < 3 ? 0 : 2;
    for (size_t i = 0; i < w; i++, to += to_step, from += from_step) {
        to[0] = from[0];
        to[1] = from[green];
        to[2] = from[blue];
    }
}

/* The w pixels of p->row, each `to_step` bytes behind the one before. */
static void put_row(png *p, uint8_t *to, size_t to_step, size_t w)
{
    if (p->depth == 16)
        put_words(p, to, to_step, w);
    else if (p->depth < 8 || p->colour == PALETTE)
        put_entries(p, to, to_step, w);
    else if (p->colour == GREY)
        put_bytes(p->row, 1, to, to_step, w);
    else if (p->colour == GREY_ALPHA)
        put_bytes(p->row, 2, to, to_step, w);
    else if (p->colour == RGB)
        put_bytes(p->row, 3, to, to_step, w);
    else
        put_bytes(p->row, 4, to, to_step, w);
}

/* Every `dy`-th row from `y` on, and in it every `dx`-th pixel from `x` on: all, or one pass of an interlaced
 * picture. */
static bool put_pass(png *p, uint8_t *rgb, size_t x, size_t y, size_t dx, size_t dy)
{
    size_t h = p->probe->h, w = p->probe->w;
    if (x >= w || y >= h)
        return true;
    size_t across = (w - x + dx - 1) / dx, bytes = row_bytes(p, across);
    bool direct = p->colour == RGB && p->depth == 8 && dx == 1;
    const uint8_t *above = NULL;
    for (; y < h; y += dy) {
        const uint8_t *packed = next_row(p, 1 + bytes);
        if (packed == NULL)
            return false;
        uint8_t *to = rgb + (y * w + x) * 3, *row = direct ? to : p->row;
        if (!bf_png_unfilter(row, packed, above, bytes, p->step))
            return bf_no(p->probe, "damaged data: no such filter");
        if (!direct) {
            put_row(p, to, 3 * dx, across);
            p->row = p->above;
            p->above = row;
        }
        above = row;
    }
    return true;
}

static bool put_all(png *p, uint8_t *rgb, bool interlaced)
{
    if (!interlaced)
        return put_pass(p, rgb, 0, 0, 1, 1);
    static const uint8_t passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                         {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    for (int i = 0; i < 7; i++)
        if (!put_pass(p, rgb, passes[i][0], passes[i][1], passes[i][2], passes[i][3]))
            return false;
    return true;
}

/* The first IDAT chunk; and from a palette on the way to it the colours, those that are not there being
 * black. */
static void find_data(png *p, const uint8_t *bytes)
{
    const uint8_t *chunk = bytes + SIGNATURE;
    unsigned n_greys = p->depth < 8 ? 1u << p->depth : 0;
    memset(p->entry, 0, sizeof p->entry);
    for (unsigned i = 0; i < n_greys && p->colour == GREY; i++)
        memset(p->entry[i], (int)(i * 255 / (n_greys - 1)), 3);
    for (; !is_chunk(chunk + 4, "IDAT"); chunk += bf_be32(chunk) + (size_t)CHUNK)
        if (is_chunk(chunk + 4, "PLTE") && p->colour == PALETTE)
            memcpy(p->entry, chunk + 8, bf_be32(chunk));
    p->next_chunk = chunk;
}

static png *make_png(const uint8_t *bytes, bf_probe *probe)
{
    const uint8_t *header = bytes + SIGNATURE + 8;
    png kind = {.depth = header[8], .colour = header[9]};
    size_t row = row_bytes(&kind, probe->w), total = (row + 1) * probe->h;
    /* Beyond the window, or a row that has only begun: room for some rows, or for all and so much that the
     * unpacker's fast steps do not stop short of the last. */
    size_t ahead = (total < AHEAD ? total : AHEAD) + 512;
    size_t band = (row + 1 > WINDOW ? row + 1 : WINDOW) + ahead;
    png *p = feat_alloc(sizeof *p + 2 * (row + SLACK) + band + SLACK);
    if (p == NULL)
        return NULL;
    memset(p, 0, offsetof(png, z.lengths));
    memset(&p->next_chunk, 0, sizeof *p - offsetof(png, next_chunk));
    p->depth = kind.depth;
    p->colour = kind.colour;
    p->step = (channels_of(p->colour) * p->depth + 7) / 8;
    p->row = (uint8_t *)(p + 1);
    p->above = p->row + row + SLACK;
    p->band = p->unread = p->above + row + SLACK;
    p->band_bytes = band;
    p->z.begin = p->z.out = p->z.out_end = p->band;
    p->z.more = next_data;
    p->z.context = p;
    p->adler = 1;
    p->probe = probe;
    find_data(p, bytes);
    return p;
}

bool bf_png_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    (void)n; /* bf_png_header has seen that IEND comes before the end */
    png *p = make_png(bytes, probe);
    if (p == NULL) {
        probe->no_memory = true;
        return bf_no(probe, "no memory");
    }
    bool interlaced = bytes[SIGNATURE + 8 + 12] != 0, good = feat_inflate_zlib_header(&p->z);
    if (!good)
        probe->reason = "damaged data: no zlib header";
    good = good && put_all(p, rgb, interlaced) && rest_is_good(p);
    feat_free(p);
    return good;
}
