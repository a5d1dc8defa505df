/* Deflated are members by the fixed code, a literal for every byte: what inflate makes of matches and of codes of
 * its own is tested elsewhere. */
#include "tests/metrics/moments/npz_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/crc32.h"

enum { HEADER = 128 };

static uint8_t *put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    return put16(put16(p, v & 0xFFFF), v >> 16);
}

typedef struct bits {
    uint8_t *out;
    size_t n; /* bits */
} bits;

/* Codes go in from their first bit on. */
static void put_code(bits *b, unsigned code, unsigned n)
{
    while (n-- > 0) {
        if (b->n % 8 == 0)
            b->out[b->n / 8] = 0;
        b->out[b->n / 8] |= (uint8_t)((code >> n & 1) << b->n % 8);
        b->n++;
    }
}

static size_t deflate_literals(uint8_t *out, const uint8_t *in, size_t n)
{
    bits b = {out, 0};
    put_code(&b, 6, 3); /* the last block, by the fixed code */
    for (size_t i = 0; i < n; i++) {
        if (in[i] < 144)
            put_code(&b, 0x30u + in[i], 8);
        else
            put_code(&b, 0x190u + in[i] - 144u, 9);
    }
    put_code(&b, 0, 7);
    return (b.n + 7) / 8;
}

static size_t make_npy(uint8_t *out, const char *header, const void *data, size_t n)
{
    char text[HEADER];
    int length = snprintf(text, sizeof text, "{%s}", header);
    assert_true(length > 0 && length < HEADER - 10);
    memset(out, ' ', HEADER);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    put16(out + 8, HEADER - 10);
    memcpy(out + 10, text, (size_t)length);
    out[HEADER - 1] = '\n';
    memcpy(out + HEADER, data, n);
    return HEADER + n;
}

void npz_add(npz_maker *z, const char *name, const char *header, const void *data, size_t n, bool deflate,
             uint32_t spoil)
{
    uint8_t npy[2048], common[26], *p = common;
    char file[64];
    assert_true(HEADER + n <= sizeof npy);
    size_t size = make_npy(npy, header, data, n), n_name = (size_t)snprintf(file, sizeof file, "%s.npy", name);
    size_t start = z->n, packed_at = start + 30 + n_name;
    assert_true(packed_at + 2 * size + 16 < NPZ_BYTES && z->n_directory + 46 + n_name <= sizeof z->directory);
    size_t packed = deflate ? deflate_literals(z->bytes + packed_at, npy, size) : size;
    if (!deflate)
        memcpy(z->bytes + packed_at, npy, size);
    /* From "version needed" to the length of the extra field; flags: the name is UTF-8; 1980-01-01. */
    p = put16(put16(put16(p, 20), 0x0800), deflate ? 8 : 0);
    p = put32(put16(put16(p, 0), 0x0021), feat_crc32(0, npy, size) ^ spoil);
    put16(put16(put32(put32(p, (uint32_t)packed), (uint32_t)size), (unsigned)n_name), 0);
    memcpy(put32(z->bytes + start, 0x04034B50), common, sizeof common);
    memcpy(z->bytes + start + 30, file, n_name);
    uint8_t *entry = z->directory + z->n_directory;
    memset(entry, 0, 46);
    memcpy(put16(put32(entry, 0x02014B50), 20), common, sizeof common);
    put32(entry + 42, (uint32_t)start);
    memcpy(entry + 46, file, n_name);
    z->n = packed_at + packed;
    z->n_directory += 46 + n_name;
    z->n_members++;
}

void npz_end(npz_maker *z)
{
    size_t at = z->n;
    assert_true(at + z->n_directory + 22 <= NPZ_BYTES);
    memcpy(z->bytes + at, z->directory, z->n_directory);
    uint8_t *p = put16(put16(put32(z->bytes + at + z->n_directory, 0x06054B50), 0), 0);
    p = put16(put16(p, (unsigned)z->n_members), (unsigned)z->n_members);
    put16(put32(put32(p, (uint32_t)z->n_directory), (uint32_t)at), 0);
    z->n = at + z->n_directory + 22;
}
