/* BMP: Windows and OS/2 headers, 1 to 32 bits, plain, run-length coded and with bit fields, to the bytes that
 * Pillow gives. Its rules that a format description does not have:
 *
 * - A sample of 5 or 6 bits becomes v * 255 / 31 or v * 255 / 63, rounded down; so does one of any width.
 * - The palette begins right behind the header and has as many colours as the header says, even where the
 *   pixels begin earlier. Where the data offset points at the palette, or is 0, the pixels begin behind it.
 * - Pixels beyond the palette are grey of that value if the palette is the beginning of a grey ramp; else
 *   black (since Pillow 10.1; earlier versions give the grey value here as well).
 * - Run-length data: a run ends with its row; an end of line in the first column does nothing; what a delta
 *   jumps over is colour 0; literal pixels may go on in the next row and are padded to an even place in the
 *   file; data that end before the last pixel are refused, whether by an end mark or not.
 *
 * Read here and not, or wrongly, by Pillow 9.4: deltas (right since 12.2), odd numbers of literal 4-bit
 * pixels (since 13), OS/2 palettes at which the data offset points (12.2), headers of 52 and 56 bytes (10.4)
 * and of 16, palettes of more than 256 colours, bit fields of any place and width, 8 bits with a palette of
 * black and white alone (which Pillow takes for 1 bit), 1 and 4 bits with the beginning of a grey ramp (for
 * 8). */
#include <string.h>

#include "tools/base/bytes.h"
#include "tools/images/decode_parts.h"

enum { RAW = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };
enum { FILE_HEADER = 14, MAX_COLOURS = 65536 };

/* Where a channel is in a pixel, and its largest value. */
typedef struct channel {
    unsigned shift;
    uint32_t largest;
} channel;

typedef struct bmp {
    const uint8_t *bytes;
    size_t n;
    size_t w, h, data;
    unsigned bits;
    uint32_t compression;
    bool top_down;
    channel channels[3];     /* of 16 bits and more */
    uint8_t palette[256][3]; /* of 8 bits and fewer; black behind its end */
} bmp;

/* The masks of the header, or those behind it in a header of 40 bytes, which *behind then passes. */
static bool read_masks(const bmp *b, size_t header, size_t *behind, uint32_t masks[4], bf_probe *probe)
{
    size_t n_masks = header >= 56 ? 4 : 3;
    size_t at = FILE_HEADER + 40; /* the same place in either case */
    if (header < 52) {
        *behind += 12;
        if (b->n < *behind)
            return bf_no(probe, "truncated");
    }
    for (size_t i = 0; i < n_masks; i++)
        masks[i] = bf_le32(b->bytes + at + 4 * i);
    if (b->bits == 32 && (masks[0] | masks[1] | masks[2] | masks[3]) == 0) {
        probe->flags |= BF_IMAGE_ALPHA;
        masks[0] = 0xFF0000;
        masks[1] = 0xFF00;
        masks[2] = 0xFF;
    }
    probe->flags |= masks[3] != 0 ? BF_IMAGE_ALPHA : 0u;
    return true;
}

/* Takes the masks apart; false unless they are runs of bits inside a pixel that do not overlap. */
static bool set_channels(bmp *b, const uint32_t masks[3])
{
    uint32_t taken = 0;
    for (size_t i = 0; i < 3; i++) {
        uint32_t mask = masks[i];
        if (mask == 0 || (mask & taken) != 0 || (b->bits < 32 && mask >> b->bits != 0))
            return false;
        taken |= mask;
        unsigned shift = 0;
        for (; (mask & 1) == 0; mask >>= 1)
            shift++;
        if ((mask & (mask + 1)) != 0)
            return false;
        b->channels[i] = (channel){shift, mask};
    }
    return true;
}

/* Whether every colour is the grey of its number, or two are black and white: where Pillow drops the palette. */
static bool is_grey_ramp(const uint8_t *entries, size_t n, size_t entry, size_t colours)
{
    if (n < (colours < 256 ? colours : 256))
        return false;
    for (size_t i = 0; i < n && i < 256; i++) {
        unsigned grey = colours == 2 && i == 1 ? 255 : (unsigned)i;
        const uint8_t *p = entries + i * entry;
        if (p[0] != grey || p[1] != grey || p[2] != grey)
            return false;
    }
    return true;
}

static void read_palette(bmp *b, size_t at, size_t entry, size_t colours, bf_probe *probe)
{
    size_t n = (b->n - at) / entry;
    n = n < colours ? n : colours;
    const uint8_t *entries = b->bytes + at;
    for (size_t i = 0; i < n && i < 256; i++)
        for (size_t c = 0; c < 3; c++)
            b->palette[i][c] = entries[i * entry + 2 - c];
    if (!is_grey_ramp(entries, n, entry, colours))
        return;
    probe->flags |= BF_IMAGE_GREY;
    for (size_t i = n; colours != 2 && i < 256; i++)
        memset(b->palette[i], (int)i, 3);
}

/* Size, bits, compression and the number of colours, from the many headers. */
static bool read_info(bmp *b, size_t header, size_t *colours, bf_probe *probe)
{
    const uint8_t *p = b->bytes + FILE_HEADER;
    if (header == 12) {
        b->w = bf_le16(p + 4);
        b->h = bf_le16(p + 6);
        b->bits = bf_le16(p + 10);
    } else {
        uint32_t height = bf_le32(p + 8);
        b->top_down = p[11] == 0xFF; /* so no more than 2^24 rows from the top, as in Pillow */
        b->w = bf_le32(p + 4);
        b->h = b->top_down ? 0u - height : height;
        b->bits = bf_le16(p + 14);
        b->compression = header == 16 ? RAW : bf_le32(p + 16);
        *colours = header == 16 ? 0 : bf_le32(p + 32);
    }
    if (b->bits != 1 && b->bits != 4 && b->bits != 8 && b->bits != 16 && b->bits != 24 && b->bits != 32)
        return bf_no(probe, "only 1, 4, 8, 16, 24 and 32 bits per pixel can be read");
    if (b->compression > BITFIELDS || (b->compression == BITFIELDS && b->bits < 16) ||
        ((b->compression == RLE8 || b->compression == RLE4) && b->bits > 8))
        return bf_no(probe, "this kind of compression cannot be read");
    if (*colours == 0 && b->bits <= 8)
        *colours = (size_t)1 << b->bits;
    if (b->bits <= 8 && *colours > MAX_COLOURS)
        return bf_no(probe, "bad number of colours");
    return true;
}

/* All that is before the pixels. A picture of no or too many pixels is left to the caller. */
static bool read_header(bmp *b, bf_probe *probe)
{
    static const uint8_t headers[] = {12, 16, 40, 52, 56, 64, 108, 124};
    if (b->n < FILE_HEADER + 4)
        return bf_no(probe, "truncated");
    size_t header = bf_le32(b->bytes + FILE_HEADER), colours = 0;
    size_t behind = FILE_HEADER + header;
    if (header > 255 || memchr(headers, (int)header, sizeof headers) == NULL)
        return bf_no(probe, "bad header size");
    if (b->n < behind)
        return bf_no(probe, "truncated");
    if (!read_info(b, header, &colours, probe))
        return false;
    probe->w = b->w;
    probe->h = b->h;

    uint32_t masks[4] = {0xFF0000, 0xFF00, 0xFF, 0};
    if (b->bits == 16) {
        masks[0] = 0x7C00;
        masks[1] = 0x3E0;
        masks[2] = 0x1F;
    }
    if (b->compression == BITFIELDS && !read_masks(b, header, &behind, masks, probe))
        return false;
    if (b->bits > 8 && !set_channels(b, masks))
        return bf_no(probe, "bad channel masks");

    size_t entry = header == 12 ? 3 : 4;
    size_t palette_bytes = b->bits <= 8 ? entry * colours : 0;
    b->data = bf_le32(b->bytes + 10);
    if (b->data == 0 || (b->bits <= 8 && b->data == FILE_HEADER + header))
        b->data = behind + palette_bytes;
    if (b->bits <= 8)
        read_palette(b, behind, entry, colours, probe);
    return true;
}

static size_t row_bytes(const bmp *b)
{
    return (b->w * b->bits + 7) / 8;
}

static size_t row_stride(const bmp *b)
{
    return (b->w * b->bits + 31) / 32 * 4;
}

/* --- run-length data ------------------------------------------------------------------------------------ */

/* Pixels in the order of the file, `done` of `total`; with rgb NULL they are only counted. */
typedef struct runs {
    const bmp *b;
    uint8_t *rgb;
    uint64_t done, total;
} runs;

/* The next `count` pixels, even ones of the first colour and odd ones of the second. */
static void emit(runs *r, uint8_t first, uint8_t second, uint64_t count)
{
    const bmp *b = r->b;
    if (count > r->total - r->done)
        count = r->total - r->done;
    if (r->rgb == NULL) {
        r->done += count;
        return;
    }
    for (uint64_t i = 0; i < count;) {
        size_t row = (size_t)(r->done / b->w), x = (size_t)(r->done % b->w);
        uint8_t *out = r->rgb + ((b->top_down ? row : b->h - 1 - row) * b->w + x) * 3;
        for (; i < count && x < b->w; i++, x++, r->done++, out += 3)
            memcpy(out, b->palette[i % 2 == 0 ? first : second], 3);
    }
}

/* Literal pixels, `count` of them, whose bytes are there. */
static void emit_literal(runs *r, const uint8_t *p, uint64_t count)
{
    if (r->b->compression == RLE8)
        for (uint64_t i = 0; i < count; i++)
            emit(r, p[i], 0, 1);
    else
        for (uint64_t i = 0; i < count; i += 2)
            emit(r, p[i / 2] >> 4, p[i / 2] & 15, i + 1 < count ? 2 : 1);
}

/* Goes through the data up to the last pixel; false when they end before it. x is the column as Pillow counts
 * it: literal pixels carry it beyond the row, and runs then do nothing until the line is ended. */
static bool decode_runs(runs *r)
{
    const bmp *b = r->b;
    uint64_t x = 0;
    for (size_t at = b->data; r->done < r->total;) {
        if (at > b->n || b->n - at < 2)
            return false;
        uint8_t count = b->bytes[at], code = b->bytes[at + 1];
        at += 2;
        if (count > 0) {
            uint64_t space = x < b->w ? b->w - x : 0, length = count < space ? count : space;
            bool two = b->compression == RLE4;
            emit(r, two ? code >> 4 : code, two ? code & 15 : code, length);
            x += length;
        } else if (code == 0) {
            uint64_t column = r->done % b->w;
            emit(r, 0, 0, column == 0 ? 0 : b->w - column);
            x = 0;
        } else if (code == 1) {
            return false;
        } else if (code == 2) {
            if (b->n - at < 2)
                return false;
            emit(r, 0, 0, b->bytes[at] + b->bytes[at + 1] * (uint64_t)b->w);
            at += 2;
            x = r->done % b->w;
        } else {
            uint64_t length = code < r->total - r->done ? code : r->total - r->done;
            size_t bytes = (size_t)(b->compression == RLE4 ? (length + 1) / 2 : length);
            if (b->n - at < bytes)
                return false;
            emit_literal(r, b->bytes + at, length);
            at += bytes;
            at += at % 2; /* of the whole file: so does Pillow, and data begin at an even place in all but
                             broken ones */
            x += code;
        }
    }
    return true;
}

/* --- plain data ----------------------------------------------------------------------------------------- */

static void unpack_indices(const bmp *b, const uint8_t *in, uint8_t *out)
{
    unsigned mask = (1u << b->bits) - 1;
    for (size_t x = 0, bit = 0; x < b->w; x++, bit += b->bits, out += 3)
        memcpy(out, b->palette[in[bit / 8] >> (8 - b->bits - bit % 8) & mask], 3);
}

static void unpack_channels(const bmp *b, const uint8_t *in, uint8_t *out)
{
    size_t bytes = b->bits / 8;
    bool whole = true; /* each channel is a byte */
    for (size_t c = 0; c < 3; c++)
        whole = whole && b->channels[c].largest == 255 && b->channels[c].shift % 8 == 0;
    for (size_t x = 0; x < b->w; x++, in += bytes, out += 3) {
        if (whole) {
            for (size_t c = 0; c < 3; c++)
                out[c] = in[b->channels[c].shift / 8];
            continue;
        }
        uint32_t pixel = bf_le16(in);
        if (bytes > 2)
            pixel |= (uint32_t)in[2] << 16;
        if (bytes > 3)
            pixel |= (uint32_t)in[3] << 24;
        for (size_t c = 0; c < 3; c++) {
            uint64_t value = pixel >> b->channels[c].shift & b->channels[c].largest;
            out[c] = (uint8_t)(value * 255 / b->channels[c].largest);
        }
    }
}

bool bf_bmp_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    bmp b = {.bytes = bytes, .n = n};
    if (!read_header(&b, probe))
        return false;
    if (b.w == 0 || b.h == 0 || b.w > BF_MAX_SIDE || b.h > BF_MAX_SIDE)
        return true; /* refused by its size */
    if (b.compression == RLE8 || b.compression == RLE4) {
        runs r = {.b = &b, .total = (uint64_t)b.w * b.h};
        return decode_runs(&r) ? true : bf_no(probe, "truncated");
    }
    /* The last row need not be padded. */
    uint64_t needed = (uint64_t)row_stride(&b) * (b.h - 1) + row_bytes(&b);
    return b.data <= n && needed <= n - b.data ? true : bf_no(probe, "truncated");
}

bool bf_bmp_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    bmp b = {.bytes = bytes, .n = n};
    if (!read_header(&b, probe))
        return false;
    if (b.compression == RLE8 || b.compression == RLE4) {
        runs r = {.b = &b, .rgb = rgb, .total = (uint64_t)b.w * b.h};
        return decode_runs(&r) ? true : bf_no(probe, "truncated");
    }
    for (size_t i = 0; i < b.h; i++) {
        const uint8_t *in = bytes + b.data + i * row_stride(&b);
        uint8_t *out = rgb + (b.top_down ? i : b.h - 1 - i) * b.w * 3;
        if (b.bits <= 8)
            unpack_indices(&b, in, out);
        else
            unpack_channels(&b, in, out);
    }
    return true;
}
