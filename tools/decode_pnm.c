/* PGM and PPM (plain "P2", "P3"; raw "P5", "P6") with any maxval. stb_image ignores maxval, swaps no bytes in
 * 16-bit files and takes a truncated one for whole, so this small format is read here. */
#include "tools/decode_parts.h"

typedef struct pnm {
    const uint8_t *bytes;
    size_t n, at;
    unsigned kind; /* the digit after 'P' */
    uint32_t maxval;
} pnm;

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next decimal number, behind white space and comments; false at anything else or above `limit`. */
static bool read_number(pnm *p, uint32_t limit, uint32_t *value)
{
    while (p->at < p->n && (is_space(p->bytes[p->at]) || p->bytes[p->at] == '#')) {
        if (p->bytes[p->at] == '#')
            while (p->at < p->n && p->bytes[p->at] != '\n' && p->bytes[p->at] != '\r')
                p->at++;
        else
            p->at++;
    }
    size_t start = p->at;
    uint32_t v = 0;
    for (; p->at < p->n && p->bytes[p->at] >= '0' && p->bytes[p->at] <= '9'; p->at++) {
        v = v * 10 + (p->bytes[p->at] - (uint32_t)'0');
        if (v > limit)
            return false;
    }
    *value = v;
    return p->at > start;
}

/* Leaves p->at at the first sample. */
static bool read_header(pnm *p, bf_probe *probe)
{
    const uint32_t side_limit = 100000000;
    uint32_t w, h;
    p->kind = p->bytes[1] - (unsigned)'0';
    p->at = 2;
    if (p->kind != 2 && p->kind != 3 && p->kind != 5 && p->kind != 6) {
        probe->reason = "only PGM and PPM can be read";
        return false;
    }
    if (!read_number(p, side_limit, &w) || !read_number(p, side_limit, &h) ||
        !read_number(p, 65535, &p->maxval) || p->maxval == 0 || p->at >= p->n ||
        !is_space(p->bytes[p->at++])) {
        probe->reason = "bad header";
        return false;
    }
    probe->w = w;
    probe->h = h;
    probe->flags =
        (p->kind == 2 || p->kind == 5 ? BF_IMAGE_GREY : 0u) | (p->maxval > 255 ? BF_IMAGE_16BIT : 0u);
    return true;
}

bool bf_pnm_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    pnm p = {.bytes = bytes, .n = n};
    if (!read_header(&p, probe))
        return false;
    if (probe->w > BF_MAX_SIDE || probe->h > BF_MAX_SIDE)
        return true; /* refused by its size */
    /* A plain sample takes at least a digit and a separator, but for the last. */
    size_t samples = probe->w * probe->h * (p.kind == 3 || p.kind == 6 ? 3 : 1);
    size_t least = p.kind >= 5 ? samples * (p.maxval > 255 ? 2 : 1) : samples * 2 - (samples > 0);
    if (least > n - p.at) {
        probe->reason = "truncated";
        return false;
    }
    return true;
}

/* To 0..255: rounded when maxval is small; else to 16 bits first, of which the high byte is taken. */
static uint8_t to_byte(uint32_t v, uint32_t maxval)
{
    if (v > maxval)
        v = maxval;
    if (maxval <= 255)
        return (uint8_t)((v * 255 * 2 + maxval) / (2 * maxval));
    return (uint8_t)(((uint64_t)v * 65535 * 2 + maxval) / (2 * (uint64_t)maxval) >> 8);
}

bool bf_pnm_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    pnm p = {.bytes = bytes, .n = n};
    if (!read_header(&p, probe))
        return false;
    bool grey = p.kind == 2 || p.kind == 5;
    size_t n_samples = probe->w * probe->h * (grey ? 1 : 3);
    for (size_t i = 0; i < n_samples; i++) {
        uint32_t v;
        if (p.kind < 5) {
            if (!read_number(&p, 65535, &v)) {
                probe->reason = p.at < p.n ? "a sample is not a number up to 65535" : "truncated";
                return false;
            }
        } else if (p.maxval > 255) {
            v = (uint32_t)bytes[p.at] << 8 | bytes[p.at + 1];
            p.at += 2;
        } else {
            v = bytes[p.at++];
        }
        uint8_t byte = to_byte(v, p.maxval);
        if (grey)
            rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = byte;
        else
            rgb[i] = byte;
    }
    return true;
}
