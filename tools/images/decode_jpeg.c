/* The file: markers, frame, scans (ITU T.81, annex B), and what goes on between them when a file keeps less
 * to the standard than to libjpeg. Whatever libjpeg-turbo reads in full is read here with the same pixels;
 * what it would fill up with grey or smooth over is refused. */
#include "tools/images/decode_jpeg.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "tools/base/bytes.h"
#include "tools/images/decode_parts.h"

enum {
    SOF0 = 0xC0,
    SOF1,
    SOF2,
    DHT = 0xC4,
    SOF9 = 0xC9,
    SOF10,
    DAC = 0xCC,
    RST0 = 0xD0,
    RST7 = 0xD7,
    SOI,
    EOI,
    SOS,
    DQT,
    DNL,
    DRI,
    APP0 = 0xE0,
    APP14 = 0xEE,
    APP15,
    COM = 0xFE,
    TEM = 0x01
};

static bool no(bf_jpeg *j, const char *reason)
{
    j->reason = reason;
    return false;
}

/* The next marker, which may already have been met; 0: the file ends. Bytes that belong to nothing are passed
 * over, and counted. */
static int next_marker(bf_jpeg_bits *bits)
{
    while (bits->marker == 0) {
        while (bits->at < bits->end && *bits->at != 0xFF) {
            bits->at++;
            bits->stray++;
        }
        while (bits->at < bits->end && *bits->at == 0xFF)
            bits->at++;
        if (bits->at == bits->end)
            break;
        bits->marker = *bits->at++;
        bits->stray += bits->marker == 0 ? 2 : 0; /* a data byte */
    }
    int marker = bits->marker > 0 ? bits->marker : 0;
    bits->marker = 0;
    return marker;
}

/* The body of a segment, as long as its first two bytes say. NULL, or why not. */
static const char *segment(bf_jpeg_bits *bits, const uint8_t **body, size_t *n)
{
    size_t left = (size_t)(bits->end - bits->at);
    if (left < 2)
        return "truncated";
    size_t length = bf_be16(bits->at);
    if (length < 2)
        return "bad segment length";
    if (length > left)
        return "truncated";
    *body = bits->at + 2;
    *n = length - 2;
    bits->at += length;
    return NULL;
}

static bool stands_alone(int marker)
{
    return marker == TEM || (marker >= RST0 && marker <= RST7);
}

/* --- tables ------------------------------------------------------------------------------------------- */

static bool read_dht(bf_jpeg *j, const uint8_t *p, size_t n)
{
    while (n >= 17) {
        size_t total = 0;
        for (int i = 1; i <= 16; i++)
            total += p[i];
        if (total > 256 || total > n - 17 || (p[0] & 15) >= BF_JPEG_TABLES || p[0] >> 4 > 1)
            return no(j, "bad Huffman table");
        bf_jpeg_huff *t = p[0] >> 4 ? &j->ac_huff[p[0] & 15] : &j->dc_huff[p[0] & 15];
        memcpy(t->count + 1, p + 1, 16);
        memset(t->symbol, 0, sizeof t->symbol);
        memcpy(t->symbol, p + 17, total);
        t->there = true;
        t->ready = false;
        p += 17 + total;
        n -= 17 + total;
    }
    return n == 0 ? true : no(j, "bad Huffman table");
}

static bool read_dqt(bf_jpeg *j, const uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t wide = p[0] >> 4 ? 2 : 1;
        int index = p[0] & 15;
        if (index >= BF_JPEG_TABLES || n < 1 + 64 * wide)
            return no(j, "bad quantisation table");
        for (size_t i = 0; i < 64; i++)
            j->quant[index][i] = (uint16_t)(wide == 2 ? bf_be16(p + 1 + 2 * i) : p[1 + i]);
        j->quant_there[index] = true;
        p += 1 + 64 * wide;
        n -= 1 + 64 * wide;
    }
    return true;
}

/* Conditioning of the arithmetic decoder. */
static bool read_dac(bf_jpeg *j, const uint8_t *p, size_t n)
{
    for (; n >= 2; p += 2, n -= 2) {
        if (p[0] >= 16 && p[0] < 16 + BF_JPEG_TABLES) {
            j->arith_k[p[0] - 16] = p[1];
        } else if (p[0] < BF_JPEG_TABLES && (p[1] & 15) <= p[1] >> 4) {
            j->arith_low[p[0]] = p[1] & 15;
            j->arith_high[p[0]] = p[1] >> 4;
        } else if (p[0] < 16 || p[0] >= 32) {
            return no(j, "bad conditioning of the arithmetic decoder");
        }
    }
    return n == 0 ? true : no(j, "bad conditioning of the arithmetic decoder");
}

static void see_app(bf_jpeg *j, int marker, const uint8_t *p, size_t n)
{
    if (marker == APP0 && n >= 14 && memcmp(p, "JFIF", 5) == 0)
        j->jfif = true;
    if (marker == APP14 && n >= 12 && memcmp(p, "Adobe", 5) == 0) {
        j->adobe = true;
        j->adobe_transform = p[11];
    }
}

/* --- frame -------------------------------------------------------------------------------------------- */

static bool is_frame(int marker)
{
    return marker >= SOF0 && marker <= 0xCF && marker != DHT && marker != 0xC8 && marker != DAC;
}

/* Why a frame cannot be read, or NULL. */
static const char *check_frame(int marker, const uint8_t *p, size_t n)
{
    if (marker > SOF2 && marker != SOF9 && marker != SOF10)
        return "lossless and hierarchical JPEG cannot be read";
    if (n < 6 || n != 6 + 3 * (size_t)p[5])
        return "bad frame header";
    if (p[0] != 8)
        return "only 8 bits per sample can be read in a JPEG";
    if (bf_be16(p + 1) == 0)
        return "no height in the frame header";
    if (p[5] != 1 && p[5] != 3 && p[5] != 4)
        return "it has neither 1, 3 nor 4 components";
    return NULL;
}

static size_t divided(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static void lay_out(const bf_jpeg *j, bf_jpeg_component *c)
{
    size_t h = (size_t)c->h, v = (size_t)c->v, h_most = (size_t)j->h_most, v_most = (size_t)j->v_most;
    c->w = divided(j->w * h, h_most);
    c->rows = divided(j->h * v, v_most);
    c->w_blocks = divided(j->w * h, h_most * 8);
    c->h_blocks = divided(j->h * v, v_most * 8);
    c->w_padded = divided(j->w, h_most * 8) * h;
    c->h_padded = divided(j->h, v_most * 8) * v;
    c->ring = 2 * 8 * v;
    memset(c->sent, -1, sizeof c->sent);
}

static bool read_frame(bf_jpeg *j, int marker, const uint8_t *p, size_t n)
{
    if (j->frame)
        return no(j, "two frame headers");
    j->reason = check_frame(marker, p, n);
    if (j->reason != NULL)
        return false;
    j->frame = true;
    j->progressive = marker == SOF2 || marker == SOF10;
    j->arithmetic = marker >= SOF9;
    j->h = bf_be16(p + 1);
    j->w = bf_be16(p + 3);
    j->n_components = p[5];
    for (int i = 0; i < j->n_components; i++) {
        bf_jpeg_component *c = &j->component[i];
        const uint8_t *q = p + 6 + 3 * i;
        *c = (bf_jpeg_component){.id = q[0], .h = q[1] >> 4, .v = q[1] & 15, .quant_index = q[2]};
        if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4)
            return no(j, "bad sampling factors");
        j->h_most = c->h > j->h_most ? c->h : j->h_most;
        j->v_most = c->v > j->v_most ? c->v : j->v_most;
    }
    for (int i = 0; i < j->n_components; i++) {
        lay_out(j, &j->component[i]);
        j->component[i].up = bf_jpeg_upsampling_of(j, &j->component[i]);
        if (j->component[i].up == BF_JPEG_NO_WAY)
            return no(j, "sampling factors that do not divide one another cannot be read");
    }
    return true;
}

/* Which colours the components are, where a file says it in one way or another, or not at all. */
static bf_jpeg_colours colours_of(const bf_jpeg *j)
{
    const bf_jpeg_component *c = j->component;
    if (j->n_components == 1)
        return BF_JPEG_GREY;
    if (j->n_components == 4)
        return j->adobe && j->adobe_transform != 0 ? BF_JPEG_YCCK : BF_JPEG_CMYK;
    if (j->jfif)
        return BF_JPEG_YCC;
    if (j->adobe)
        return j->adobe_transform == 0 ? BF_JPEG_RGB : BF_JPEG_YCC;
    return c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B' ? BF_JPEG_RGB : BF_JPEG_YCC;
}

/* --- scans -------------------------------------------------------------------------------------------- */

static bool read_scan_header(bf_jpeg *j, const uint8_t *p, size_t n)
{
    if (!j->frame)
        return no(j, "a scan before the frame header");
    if (n < 4 || p[0] < 1 || p[0] > BF_JPEG_COMPONENTS || n != 4 + 2 * (size_t)p[0])
        return no(j, "bad scan header");
    j->n_in_scan = p[0];
    bool used[BF_JPEG_COMPONENTS] = {false};
    for (int i = 0; i < j->n_in_scan; i++) {
        int at = 0;
        while (at < j->n_components && (used[at] || j->component[at].id != p[1 + 2 * i]))
            at++;
        if (at == j->n_components)
            return no(j, "a scan of a component that is not there");
        used[at] = true;
        j->in_scan[i] = at;
        j->component[at].dc_table = p[2 + 2 * i] >> 4;
        j->component[at].ac_table = p[2 + 2 * i] & 15;
    }
    const uint8_t *q = p + 1 + 2 * j->n_in_scan;
    j->from = q[0];
    j->to = q[1];
    j->high = q[2] >> 4;
    j->low = q[2] & 15;
    return true;
}

/* What a progressive scan adds to what is known (annex G.1.1.1). */
static bool note_progress(bf_jpeg *j)
{
    bool dc = j->from == 0;
    if ((dc && j->to != 0) || (!dc && (j->from > j->to || j->to > 63 || j->n_in_scan != 1)) ||
        (j->high != 0 && j->low != j->high - 1) || j->low > 13)
        return no(j, "bad progression");
    for (int i = 0; i < j->n_in_scan; i++)
        for (int k = j->from; k <= j->to; k++)
            j->component[j->in_scan[i]].sent[k] = (int8_t)j->low;
    return true;
}

/* A component's quantisation table is the one that is there at its first scan. */
static bool latch_quant(bf_jpeg *j, bf_jpeg_component *c)
{
    if (c->quant_known)
        return true;
    if (c->quant_index >= BF_JPEG_TABLES || !j->quant_there[c->quant_index])
        return no(j, "a quantisation table is missing");
    for (int k = 0; k < 64; k++)
        c->quant[bf_jpeg_zigzag[k]] = (int16_t)j->quant[c->quant_index][k];
    c->quant_known = true;
    return true;
}

static bool ready_tables(bf_jpeg *j)
{
    bool dc = !j->progressive || (j->from == 0 && j->high == 0), ac = !j->progressive || j->from > 0;
    for (int i = 0; i < j->n_in_scan; i++) {
        bf_jpeg_component *c = &j->component[j->in_scan[i]];
        if (!latch_quant(j, c))
            return false;
        c->dc = 0;
        if ((dc && c->dc_table >= BF_JPEG_TABLES) || (ac && c->ac_table >= BF_JPEG_TABLES))
            return no(j, "a Huffman table is missing");
        if (j->arithmetic)
            continue;
        if ((dc && !bf_jpeg_huff_ready(j, &j->dc_huff[c->dc_table], true)) ||
            (ac && !bf_jpeg_huff_ready(j, &j->ac_huff[c->ac_table], false)))
            return false;
    }
    return true;
}

/* A file whose restart markers are not the expected ones goes on as in libjpeg (jpeg_resync_to_restart): the
 * marker is passed over, or the data up to the next one, or it is left for later and this interval stays
 * empty. */
static bool resync(bf_jpeg *j, int marker)
{
    j->resyncs++;
    for (;;) {
        int ahead = marker - RST0 - j->next_restart;
        if (marker < SOF0 || (marker >= RST0 && marker <= RST7 && ((ahead & 7) == 7 || (ahead & 7) == 6))) {
            marker = next_marker(&j->bits);
            if (marker == 0)
                return no(j, "truncated");
        } else if (marker < RST0 || marker > RST7 || (ahead & 7) == 1 || (ahead & 7) == 2) {
            j->bits.marker = marker;
            return true;
        } else {
            return true;
        }
    }
}

/* What is left of the data read so far is passed over. */
static void drop_bits(bf_jpeg_bits *bits)
{
    int left = bits->n - bits->made_up;
    bits->stray += left > 0 ? (size_t)left / 8 : 0;
    bits->buffer = 0;
    bits->n = bits->made_up = 0;
}

static bool restart(bf_jpeg *j)
{
    drop_bits(&j->bits);
    int marker = next_marker(&j->bits);
    if (marker == 0)
        return no(j, "truncated");
    if (marker != RST0 + j->next_restart && !resync(j, marker))
        return false;
    j->next_restart = (j->next_restart + 1) & 7;
    j->to_restart = j->restart_interval;
    j->end_of_band = 0;
    for (int i = 0; i < j->n_in_scan; i++)
        j->component[j->in_scan[i]].dc = 0;
    if (j->arithmetic)
        bf_jpeg_arith_reset(j);
    if (j->bits.marker == 0)
        j->dry = false;
    return true;
}

/* Whether more was read than is there. Only before a restart marker can that be mended. */
static bool ran_dry(bf_jpeg *j)
{
    if (j->arithmetic || j->bits.made_up <= j->bits.n)
        return true;
    j->dry = true;
    if (j->restart_interval != 0 && j->bits.marker >= RST0 && j->bits.marker <= RST7)
        return true;
    return no(j,
              j->bits.marker < 0 ? "truncated" : "truncated: the data of a scan end before its last block");
}

/* Where the samples of block (x, y) of a component belong. */
static uint8_t *samples_at(const bf_jpeg_component *c, size_t x, size_t y)
{
    return c->plane + (8 * y % c->ring * c->w_padded + x) * 8;
}

/* One block of the scan; (x, y) in blocks of the component. */
static bool block_at(bf_jpeg *j, bf_jpeg_component *c, size_t x, size_t y)
{
    int last = 0;
    if (j->progressive) {
        int16_t *block = c->coefficients + (y * c->w_padded + x) * 64;
        if (j->dry)
            return true;
        return j->arithmetic ? bf_jpeg_arith_progressive(j, c, block) : bf_jpeg_huff_progressive(j, c, block);
    }
    int16_t own[64], *block = c->coefficients != NULL ? c->coefficients + (y * c->w_padded + x) * 64 : own;
    memset(block, 0, sizeof own);
    if (!j->dry &&
        !(j->arithmetic ? bf_jpeg_arith_block(j, c, block, &last) : bf_jpeg_huff_block(j, c, block, &last)))
        return false;
    if (block == own)
        bf_jpeg_idct(block, c->quant, samples_at(c, x, y), c->w_padded * 8, last == 0);
    return true;
}

static bool mcu_at(bf_jpeg *j, size_t x, size_t y)
{
    if (j->restart_interval != 0 && j->to_restart == 0 && !restart(j))
        return false;
    j->to_restart--;
    if (j->n_in_scan == 1)
        return block_at(j, &j->component[j->in_scan[0]], x, y) && ran_dry(j);
    for (int i = 0; i < j->n_in_scan; i++) {
        bf_jpeg_component *c = &j->component[j->in_scan[i]];
        size_t h = (size_t)c->h, v = (size_t)c->v;
        for (size_t by = 0; by < v; by++)
            for (size_t bx = 0; bx < h; bx++)
                if (!block_at(j, c, x * h + bx, y * v + by))
                    return false;
    }
    return ran_dry(j);
}

/* Rows of the picture that the rows of planes done so far are enough for. */
static size_t rows_ready(const bf_jpeg *j)
{
    size_t ready = j->h;
    for (int i = 0; i < j->n_components; i++) {
        const bf_jpeg_component *c = &j->component[i];
        size_t times = (size_t)(j->v_most / c->v), own = c->rows_done;
        if (own >= c->rows)
            continue;
        own -=
            (c->up == BF_JPEG_V2 || c->up == BF_JPEG_H2V2) && own > 0; /* the row below has a part in them */
        ready = own * times < ready ? own * times : ready;
    }
    return ready;
}

static void give_rows(bf_jpeg *j, size_t *given, uint8_t *rgb)
{
    size_t ready = rows_ready(j);
    if (ready > *given) {
        bf_jpeg_rows(j, *given, ready, rgb);
        *given = ready;
    }
}

/* Too many zeros were needed for data that end where they should: an encoder leaves out zero bytes at the
 * end, but one for each several thousand blocks at most. */
static bool arith_cut(const bf_jpeg *j, size_t n_blocks)
{
    return j->arithmetic && j->arith.made_up > 32 + n_blocks / 4096;
}

static bool read_scan(bf_jpeg *j, uint8_t *rgb)
{
    bf_jpeg_component *only = &j->component[j->in_scan[0]];
    bool alone = j->n_in_scan == 1;
    size_t w = alone ? only->w_blocks : divided(j->w, (size_t)j->h_most * 8);
    size_t h = alone ? only->h_blocks : divided(j->h, (size_t)j->v_most * 8), given = 0, in_mcu = 0;
    for (int i = 0; i < j->n_in_scan; i++)
        in_mcu += (size_t)(j->component[j->in_scan[i]].h * j->component[j->in_scan[i]].v);
    if (!alone && in_mcu > BF_JPEG_MCU_BLOCKS)
        return no(j, "too many blocks in an MCU");
    if ((j->progressive && !note_progress(j)) || !ready_tables(j))
        return false;
    j->bits.buffer = 0;
    j->bits.n = j->bits.made_up = 0;
    j->to_restart = j->restart_interval;
    j->next_restart = 0;
    j->end_of_band = 0;
    j->dry = false;
    if (j->arithmetic)
        bf_jpeg_arith_reset(j);
    for (size_t y = 0; y < h; y++) {
        for (size_t x = 0; x < w; x++)
            if (!mcu_at(j, x, y))
                return false;
        if (j->several_scans)
            continue;
        for (int i = 0; i < j->n_components; i++)
            j->component[i].rows_done += alone ? 8 : 8 * (size_t)j->component[i].v;
        give_rows(j, &given, rgb);
    }
    if (arith_cut(j, w * h))
        return no(j, "truncated: the data of a scan end before its last block");
    drop_bits(&j->bits);
    j->n_scans++;
    return true;
}

/* The planes of a file with several scans, once all are there. */
static void transform_all(bf_jpeg *j, uint8_t *rgb)
{
    size_t given = 0, mcu_rows = divided(j->h, (size_t)j->v_most * 8);
    for (size_t my = 0; my < mcu_rows; my++) {
        for (int i = 0; i < j->n_components; i++) {
            bf_jpeg_component *c = &j->component[i];
            for (size_t y = my * (size_t)c->v; y < (my + 1) * (size_t)c->v && y < c->h_blocks; y++)
                for (size_t x = 0; x < c->w_blocks; x++)
                    bf_jpeg_idct(c->coefficients + (y * c->w_padded + x) * 64, c->quant, samples_at(c, x, y),
                                 c->w_padded * 8, false);
            c->rows_done += 8 * (size_t)c->v;
        }
        give_rows(j, &given, rgb);
    }
}

/* --- the file ----------------------------------------------------------------------------------------- */

/* Room for the last rows of planes, for rows of the picture and, with several scans, for coefficients: one
 * block, zero where that matters. */
static uint8_t *make_room(bf_jpeg *j)
{
    size_t planes = 0, coefficients = 0, wide = divided(j->w, (size_t)j->h_most * 8) * (size_t)j->h_most * 8;
    for (int i = 0; i < j->n_components; i++) {
        const bf_jpeg_component *c = &j->component[i];
        planes += c->ring * c->w_padded * 8;
        coefficients += j->several_scans ? c->w_padded * c->h_padded * 64 * sizeof(int16_t) : 0;
    }
    size_t rows = (size_t)j->n_components * wide + wide * sizeof(uint16_t) + wide * sizeof(uint32_t);
    uint8_t *room = feat_alloc(coefficients + planes + rows), *at = room;
    if (room == NULL)
        return NULL;
    memset(at, 0, coefficients);
    for (int i = 0; i < j->n_components && j->several_scans; i++) {
        j->component[i].coefficients = (int16_t *)(void *)at;
        at += j->component[i].w_padded * j->component[i].h_padded * 64 * sizeof(int16_t);
    }
    j->pixels = (uint32_t *)(void *)at;
    at += wide * sizeof(uint32_t);
    j->sums = (uint16_t *)(void *)at;
    at += wide * sizeof(uint16_t);
    for (int i = 0; i < j->n_components; i++) {
        j->rows[i] = at;
        at += wide;
        j->component[i].plane = at;
        at += j->component[i].ring * j->component[i].w_padded * 8;
    }
    return room;
}

/* At the end: is every component there, to its last bit? libjpeg smooths what the first coefficients leave
 * open. */
static bool complete(bf_jpeg *j)
{
    for (int i = 0; i < j->n_components; i++) {
        const bf_jpeg_component *c = &j->component[i];
        bool open = !c->quant_known;
        for (int k = 0; k < 64 && j->progressive; k++)
            open = open || c->sent[k] > 0 || (k < 10 && c->sent[k] != 0);
        if (open)
            return no(j, "truncated: scans are missing");
    }
    return true;
}

/* Goes from marker to marker. */
static bool read_file(bf_jpeg *j, const bf_probe *probe, uint8_t *rgb, uint8_t **room, bool *no_memory)
{
    for (;;) {
        const uint8_t *body = NULL;
        size_t n = 0;
        bool good = true;
        int marker = next_marker(&j->bits);
        if (marker == 0)
            return no(j, "truncated");
        if (marker == EOI)
            return true;
        if (marker == SOI)
            return no(j, "a second start marker");
        if (stands_alone(marker))
            continue;
        if (marker != SOS && marker != DHT && marker != DQT && marker != DRI && marker != DAC &&
            marker != DNL && marker != COM && !(marker >= APP0 && marker <= APP15) && !is_frame(marker))
            return no(j, "unknown marker");
        j->reason = segment(&j->bits, &body, &n);
        if (j->reason != NULL)
            return false;
        if (marker == DHT)
            good = read_dht(j, body, n);
        else if (marker == DQT)
            good = read_dqt(j, body, n);
        else if (marker == DAC)
            good = read_dac(j, body, n);
        else if (marker == DRI)
            good = n == 2 ? true : no(j, "bad restart interval");
        else if (marker == SOS)
            good = read_scan_header(j, body, n);
        else if (is_frame(marker))
            good = read_frame(j, marker, body, n);
        else
            see_app(j, marker, body, n);
        if (!good)
            return false;
        if (marker == DRI)
            j->restart_interval = bf_be16(body);
        if (marker != SOS)
            continue;
        if (*room == NULL) {
            if (j->h != probe->h || j->w != probe->w)
                return no(j, "two frame headers");
            j->colours = colours_of(j);
            j->several_scans = j->progressive || j->n_in_scan < j->n_components;
            if (!j->progressive && !j->arithmetic)
                bf_jpeg_huff_standard(j);
            *room = make_room(j);
            if (*room == NULL) {
                *no_memory = true;
                return false;
            }
        } else if (!j->several_scans) {
            return no(j, "a scan behind the last one");
        }
        if (!read_scan(j, rgb))
            return false;
    }
}

/* Bytes of the coefficients of all components, which are kept where the file has several scans: known when the first
 * begins, so of every file. `body` is that of the frame, of the right length. */
static uint64_t coefficient_bytes(const uint8_t *body)
{
    uint64_t h = bf_be16(body + 1), w = bf_be16(body + 3), h_most = 1, v_most = 1, bytes = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < body[5]; i++) {
            uint64_t across = body[7 + 3 * i] >> 4, down = body[7 + 3 * i] & 15;
            h_most = across > h_most ? across : h_most;
            v_most = down > v_most ? down : v_most;
            if (pass == 1)
                bytes += divided(w, 8 * h_most) * across * divided(h, 8 * v_most) * down * 64 * sizeof(int16_t);
        }
    return bytes;
}

bool bf_jpeg_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    bf_jpeg_bits bits = {.at = bytes + 2, .end = bytes + n};
    probe->flags = BF_IMAGE_LOSSY;
    for (;;) {
        const uint8_t *body = NULL;
        size_t length = 0;
        int marker = next_marker(&bits);
        if (stands_alone(marker))
            continue;
        if (marker == 0)
            probe->reason = "truncated";
        else if (marker == EOI || marker == SOS)
            probe->reason = "no frame";
        else if (marker == SOI)
            probe->reason = "a second start marker";
        else
            probe->reason = segment(&bits, &body, &length);
        if (probe->reason == NULL && is_frame(marker))
            probe->reason = check_frame(marker, body, length);
        if (probe->reason != NULL)
            return false;
        if (is_frame(marker)) {
            probe->h = bf_be16(body + 1);
            probe->w = bf_be16(body + 3);
            probe->flags |= body[5] == 1 ? BF_IMAGE_GREY : 0u;
            probe->beside = coefficient_bytes(body);
            return true;
        }
    }
}

bool bf_jpeg_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    uint8_t *room = NULL;
    bool no_memory = false;
    bf_jpeg *j = feat_calloc(1, sizeof *j);
    if (j == NULL) {
        probe->no_memory = true;
        return false;
    }
    j->bits = (bf_jpeg_bits){.at = bytes + 2, .end = bytes + n};
    memset(j->arith_high, 1, sizeof j->arith_high);
    memset(j->arith_k, 5, sizeof j->arith_k);
    bool good = read_file(j, probe, rgb, &room, &no_memory);
    if (good && room == NULL)
        good = no(j, "no picture");
    good = good && complete(j);
    if (good && j->several_scans)
        transform_all(j, rgb);
    if (j->bits.stray > 0)
        probe->flags |= BF_IMAGE_STRAY;
    if (j->resyncs > 0)
        probe->flags |= BF_IMAGE_RESYNC;
    probe->reason = j->reason;
    probe->no_memory = no_memory;
    feat_free(room);
    feat_free(j);
    return good;
}
