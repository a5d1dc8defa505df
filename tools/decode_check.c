/* A walk through the structure of each format before stb_image sees it. stb_image reads zeros past the end of
 * a truncated file, ignores PNG checksums, and versions before 2.28 trust the sizes of JPEG Huffman tables; a
 * measurement must not go on with a picture that is half grey, so all this is verified here. */
#include <string.h>

#include "tools/decode_parts.h"

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static size_t be16(const uint8_t *p)
{
    return (size_t)p[0] << 8 | p[1];
}

static size_t le16(const uint8_t *p)
{
    return (size_t)p[1] << 8 | p[0];
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool no(bf_probe *probe, const char *reason)
{
    probe->reason = reason;
    return false;
}

uint32_t bf_crc32(uint32_t crc, const void *data, size_t bytes)
{
    /* The remainder of each 4-bit value: entry i is i shifted through the polynomial four times. */
    static const uint32_t nibble[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    const uint8_t *p = data;
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}

/* --- JPEG (ITU T.81 annex B) -------------------------------------------------------------------------- */

/* A DHT segment: at most 256 symbols per table, and tables that fill it exactly. */
static bool check_huffman(const uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t total = 0;
        if (n < 17)
            return false;
        for (int i = 1; i <= 16; i++)
            total += p[i];
        if (total > 256 || n < 17 + total)
            return false;
        p += 17 + total;
        n -= 17 + total;
    }
    return true;
}

/* The offset of the marker that ends entropy-coded data starting at `at`, or n. */
static size_t skip_entropy(const uint8_t *bytes, size_t n, size_t at)
{
    while (at < n) {
        const uint8_t *ff = memchr(bytes + at, 0xFF, n - at);
        if (ff == NULL)
            return n;
        at = (size_t)(ff - bytes);
        size_t code = at + 1;
        while (code < n && bytes[code] == 0xFF)
            code++;
        if (code >= n)
            return n;
        if (bytes[code] != 0 && (bytes[code] < 0xD0 || bytes[code] > 0xD7))
            return at;
        at = code + 1;
    }
    return n;
}

static bool check_frame(int marker, const uint8_t *p, size_t n, bf_probe *probe)
{
    if (marker != 0xC0 && marker != 0xC1 && marker != 0xC2)
        return no(probe, "arithmetic-coded, lossless and hierarchical JPEG cannot be read");
    if (n < 6)
        return no(probe, "bad frame header");
    if (p[0] != 8)
        return no(probe, "only 8 bits per sample can be read in a JPEG");
    if (probe->h != 0)
        return no(probe, "two frame headers");
    probe->h = be16(p + 1);
    probe->w = be16(p + 3);
    probe->flags |= p[5] == 1 ? BF_IMAGE_GREY : 0u;
    return probe->h != 0 ? true : no(probe, "no height in the frame header");
}

bool bf_check_jpeg(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    size_t at = 2;
    probe->flags = BF_IMAGE_LOSSY;
    for (;;) {
        while (at + 1 < n && bytes[at] == 0xFF && bytes[at + 1] == 0xFF)
            at++;
        if (at + 2 > n)
            return no(probe, "truncated");
        if (bytes[at] != 0xFF)
            return no(probe, "a marker is missing");
        int marker = bytes[at + 1];
        if (marker == 0xD9)
            return probe->h != 0 ? true : no(probe, "no frame");
        if (marker == 0xD8)
            return no(probe, "a second start marker");
        at += 2;
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7))
            continue;
        if (at + 2 > n)
            return no(probe, "truncated");
        size_t length = be16(bytes + at);
        if (length < 2)
            return no(probe, "bad segment length");
        if (length > n - at)
            return no(probe, "truncated");
        const uint8_t *body = bytes + at + 2;
        if (marker == 0xC4 && !check_huffman(body, length - 2))
            return no(probe, "bad Huffman table");
        bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame && !check_frame(marker, body, length - 2, probe))
            return false;
        at += length;
        if (marker == 0xDA)
            at = skip_entropy(bytes, n, at);
    }
}

/* --- PNG (ISO 15948) ---------------------------------------------------------------------------------- */

static bool is_chunk(const uint8_t *type, const char *name)
{
    return memcmp(type, name, 4) == 0;
}

static bool check_ihdr(const uint8_t *p, size_t n, bf_probe *probe)
{
    if (n != 13)
        return no(probe, "bad IHDR chunk");
    probe->w = be32(p);
    probe->h = be32(p + 4);
    if (p[8] == 16)
        probe->flags |= BF_IMAGE_16BIT;
    if (p[9] == 0 || p[9] == 4)
        probe->flags |= BF_IMAGE_GREY;
    if (p[9] == 4 || p[9] == 6)
        probe->flags |= BF_IMAGE_ALPHA;
    return true;
}

bool bf_check_png(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    bool first = true;
    for (size_t at = 8;;) {
        if (n - at < 12)
            return no(probe, "truncated");
        size_t length = be32(bytes + at);
        const uint8_t *type = bytes + at + 4, *body = type + 4;
        if (first != is_chunk(type, "IHDR"))
            return no(probe, "the first chunk, and only it, must be IHDR");
        if (length > n - at - 12)
            return no(probe, "truncated");
        bool critical = (type[0] & 0x20) == 0 || is_chunk(type, "tRNS");
        if (critical && bf_crc32(0, type, length + 4) != be32(body + length))
            return no(probe, "checksum mismatch");
        if (first && !check_ihdr(body, length, probe))
            return false;
        if (is_chunk(type, "tRNS"))
            probe->flags |= BF_IMAGE_ALPHA;
        if (is_chunk(type, "acTL"))
            probe->flags |= BF_IMAGE_ANIMATED;
        if (is_chunk(type, "IEND"))
            return true;
        first = false;
        at += length + 12;
    }
}

/* --- BMP ---------------------------------------------------------------------------------------------- */

bool bf_check_bmp(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    if (n < 30)
        return no(probe, "truncated");
    size_t data = le32(bytes + 10), header = le32(bytes + 14), bits;
    if (header == 12) {
        probe->w = le16(bytes + 18);
        probe->h = le16(bytes + 20);
        bits = le16(bytes + 24);
    } else {
        if (n < 54)
            return no(probe, "truncated");
        uint32_t height = le32(bytes + 22);
        probe->w = le32(bytes + 18);
        probe->h = height >> 31 ? 0u - height : height; /* negative: rows from the top */
        bits = le16(bytes + 28);
        uint32_t compression = le32(bytes + 30);
        if (compression != 0 && compression != 3)
            return no(probe, "compressed BMP cannot be read");
    }
    if (probe->w > BF_MAX_SIDE || probe->h > BF_MAX_SIDE)
        return true; /* refused by its size */
    if (bits > 32)
        return no(probe, "bad number of bits per pixel");
    size_t stride = (probe->w * bits + 31) / 32 * 4;
    return data <= n && stride * probe->h <= n - data ? true : no(probe, "truncated");
}

/* --- GIF (89a specification) ---------------------------------------------------------------------------- */

/* The offset behind a chain of data sub-blocks, or 0 when it is cut off. */
static size_t skip_blocks(const uint8_t *bytes, size_t n, size_t at)
{
    while (at < n) {
        size_t length = bytes[at];
        at += 1 + length;
        if (length == 0)
            return at;
    }
    return 0;
}

bool bf_check_gif(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    if (n < 13)
        return no(probe, "truncated");
    probe->w = le16(bytes + 6);
    probe->h = le16(bytes + 8);
    size_t at = 13 + (bytes[10] & 0x80 ? (size_t)6 << (bytes[10] & 7) : 0);
    size_t n_pictures = 0;
    while (at < n) {
        int tag = bytes[at];
        if (tag == 0x21 && n - at >= 8 && bytes[at + 1] == 0xF9 && bytes[at + 2] == 4 && n_pictures == 0)
            probe->gif_transparent = bytes[at + 3] & 1 ? at + 3 : 0;
        if (tag == 0x21) {
            at = skip_blocks(bytes, n, at + 2);
        } else if (tag == 0x2C) {
            if (n_pictures == 1) {
                probe->flags |= BF_IMAGE_ANIMATED;
                return true;
            }
            if (n - at < 11)
                break;
            at += 11 + (bytes[at + 9] & 0x80 ? (size_t)6 << (bytes[at + 9] & 7) : 0);
            at = skip_blocks(bytes, n, at);
            n_pictures++;
        } else {
            break;
        }
        if (at == 0)
            return no(probe, "truncated");
        if (probe->gif_transparent != 0)
            probe->flags |= BF_IMAGE_ALPHA;
    }
    return n_pictures != 0 ? true : no(probe, at < n && bytes[at] == 0x3B ? "no picture" : "truncated");
}

/* --- TGA ---------------------------------------------------------------------------------------------- */

/* Whether run-length packets from `at` on hold `n_pixels` of `pixel` bytes. */
static bool check_runs(const uint8_t *bytes, size_t n, size_t at, size_t n_pixels, size_t pixel)
{
    while (n_pixels > 0) {
        if (at >= n)
            return false;
        size_t run = (bytes[at] & 0x7F) + 1u;
        at += 1 + (bytes[at] & 0x80 ? pixel : run * pixel);
        if (at > n)
            return false;
        n_pixels -= run < n_pixels ? run : n_pixels;
    }
    return true;
}

bool bf_check_tga(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    if (n < 18)
        return no(probe, "truncated");
    int type = bytes[2];
    size_t pixel = (bytes[16] + 7u) / 8;
    size_t at = 18u + bytes[0] + (bytes[1] == 1 ? le16(bytes + 5) * ((bytes[7] + 7u) / 8) : 0);
    probe->w = le16(bytes + 12);
    probe->h = le16(bytes + 14);
    bool plain = type >= 1 && type <= 3, runs = type >= 9 && type <= 11;
    if (bytes[1] > 1 || (!plain && !runs) || pixel == 0 || pixel > 4)
        return no(probe, "not a kind of TGA that can be read");
    size_t n_pixels = probe->w * probe->h;
    if (at > n || (plain && n_pixels * pixel > n - at) ||
        (runs && !check_runs(bytes, n, at, n_pixels, pixel)))
        return no(probe, "truncated");
    return true;
}
