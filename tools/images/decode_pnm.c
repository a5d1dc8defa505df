/* PBM, PGM and PPM (plain "P1" to "P3", raw "P4" to "P6") with any maxval, to the bytes that Pillow gives. It
 * computes v / maxval * 255 in double precision and rounds ties to even; so it is done here. One thing is
 * ours: grey with a maxval above 255, which Pillow saturates, is scaled to 16 bits, of which the upper 8 are
 * taken.
 *
 * Read here and not, or otherwise, by Pillow: a comment right behind a number ends it (Pillow joins what is
 * before and behind the comment); a plain sample above maxval is as bright as can be (Pillow refuses it);
 * what follows the last plain sample is of no interest (Pillow wants numbers). */
#include "tools/base/bytes.h"
#include "tools/images/decode_parts.h"

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

/* Passes white space and comments. */
static void skip_space(pnm *p)
{
    while (p->at < p->n && (is_space(p->bytes[p->at]) || p->bytes[p->at] == '#')) {
        if (p->bytes[p->at] == '#')
            while (p->at < p->n && p->bytes[p->at] != '\n' && p->bytes[p->at] != '\r')
                p->at++;
        else
            p->at++;
    }
}

/* The next decimal number, behind white space and comments; false at anything else or above `limit`. */
static bool read_number(pnm *p, uint32_t limit, uint32_t *value)
{
    skip_space(p);
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

static bool is_bitmap(const pnm *p)
{
    return p->kind == 1 || p->kind == 4;
}

static bool is_colour(const pnm *p)
{
    return p->kind == 3 || p->kind == 6;
}

/* Leaves p->at at the first sample. */
static bool read_header(pnm *p, bf_probe *probe)
{
    const uint32_t side_limit = 100000000;
    uint32_t w, h;
    if (p->n < 3 || p->bytes[1] < '1' || p->bytes[1] > '6')
        return bf_no(probe, "only PBM, PGM and PPM can be read");
    p->kind = p->bytes[1] - (unsigned)'0';
    p->at = 2;
    p->maxval = 1;
    if (!read_number(p, side_limit, &w) || !read_number(p, side_limit, &h) ||
        (!is_bitmap(p) && !read_number(p, 65535, &p->maxval)) || p->maxval == 0 || p->at >= p->n ||
        !is_space(p->bytes[p->at++]))
        return bf_no(probe, "bad header");
    probe->w = w;
    probe->h = h;
    probe->flags |= (is_colour(p) ? 0u : BF_IMAGE_GREY) | (p->maxval > 255 ? BF_IMAGE_16BIT : 0u);
    return true;
}

bool bf_pnm_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    pnm p = {.bytes = bytes, .n = n};
    if (!read_header(&p, probe))
        return false;
    if (probe->w > BF_MAX_SIDE || probe->h > BF_MAX_SIDE)
        return true; /* refused by its size */
    size_t samples = probe->w * probe->h * (is_colour(&p) ? 3 : 1), least;
    if (p.kind == 1)
        least = samples; /* bits need no white space between them */
    else if (p.kind < 4)
        least = samples * 2 - (samples > 0); /* a digit and a separator each, but for the last */
    else if (p.kind == 4)
        least = (probe->w + 7) / 8 * probe->h;
    else
        least = samples * (p.maxval > 255 ? 2 : 1);
    return least <= n - p.at ? true : bf_no(probe, "truncated");
}

/* From 0..maxval to 0..top, as Pillow rounds. */
static uint32_t scale(uint32_t v, uint32_t maxval, uint32_t top)
{
    if (v >= maxval)
        return top;
    double exact = (double)v / maxval * top;
    uint32_t whole = (uint32_t)exact;
    double rest = exact - whole;
    return rest > 0.5 || (rest == 0.5 && (whole & 1) != 0) ? whole + 1 : whole;
}

/* A sample of a maxval above 255. Colours with all 16 bits in use are scaled to a byte at once, as Pillow
 * does. */
static uint8_t wide_to_byte(const pnm *p, uint32_t v, bf_probe *probe)
{
    uint8_t byte = bf_sample16(probe, scale(v, p->maxval, 65535));
    return is_colour(p) && probe->bits == 16 ? (uint8_t)scale(v, p->maxval, 255) : byte;
}

/* The next sample of a plain file. */
static bool read_plain(pnm *p, uint32_t *v, bf_probe *probe)
{
    if (p->kind == 1) {
        skip_space(p);
        if (p->at >= p->n)
            return bf_no(probe, "truncated");
        *v = p->bytes[p->at++] - (uint32_t)'0';
        return *v <= 1 ? true : bf_no(probe, "a sample is neither 0 nor 1");
    }
    if (!read_number(p, 65535, v) || (p->at < p->n && !is_space(p->bytes[p->at]) && p->bytes[p->at] != '#'))
        return bf_no(probe, p->at < p->n ? "a sample is not a number up to 65535" : "truncated");
    return true;
}

/* PBM, where 1 is black. */
static bool read_bitmap(pnm *p, size_t w, size_t h, uint8_t *rgb, bf_probe *probe)
{
    for (size_t y = 0; y < h; y++) {
        for (size_t x = 0; x < w; x++, rgb += 3) {
            uint32_t v;
            if (p->kind == 4)
                v = p->bytes[p->at + x / 8] >> (7 - x % 8) & 1u;
            else if (!read_plain(p, &v, probe))
                return false;
            rgb[0] = rgb[1] = rgb[2] = v != 0 ? 0 : 255;
        }
        if (p->kind == 4)
            p->at += (w + 7) / 8;
    }
    return true;
}

bool bf_pnm_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    pnm p = {.bytes = bytes, .n = n};
    uint8_t levels[256]; /* of samples of a byte */
    if (!read_header(&p, probe))
        return false;
    if (is_bitmap(&p))
        return read_bitmap(&p, probe->w, probe->h, rgb, probe);
    for (uint32_t v = 0; v < 256; v++)
        levels[v] = (uint8_t)scale(v, p.maxval, 255);
    size_t n_samples = probe->w * probe->h * (is_colour(&p) ? 3 : 1);
    for (size_t i = 0; i < n_samples; i++) {
        uint32_t v;
        if (p.kind < 4) {
            if (!read_plain(&p, &v, probe))
                return false;
        } else if (p.maxval > 255) {
            v = bf_be16(bytes + p.at);
            p.at += 2;
        } else {
            v = bytes[p.at++];
        }
        uint8_t byte = p.maxval > 255 ? wide_to_byte(&p, v, probe) : levels[v > 255 ? 255 : v];
        if (is_colour(&p))
            rgb[i] = byte;
        else
            rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = byte;
    }
    return true;
}
