/* Byte positions of the flat weight file, as engine/flat/FORMAT.md gives them; used by its reader and its
 * writer only. Everything is little-endian, as are all machines this builds for. */
#ifndef BONAFIDE_ENGINE_FLAT_FLAT_FORMAT_H
#define BONAFIDE_ENGINE_FLAT_FLAT_FORMAT_H

#include <stdint.h>
#include <string.h>

#include "engine/nets/tensors.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bonafide supports little-endian machines only"
#endif

#define FEAT_FILE_MAGIC "\x89IV3\r\n\x1a\n"

enum {
    FEAT_FILE_VERSION = 3, /* 1 and 2 had another content SHA-256, and were never released */
    FEAT_FILE_ALIGN = 64,
    FEAT_FILE_MAX_TENSORS = 16384, /* more than any network has */

    FEAT_HDR_MAGIC = 0, /* 8 bytes */
    FEAT_HDR_VERSION = 8,
    FEAT_HDR_BYTES_FIELD = 12, /* size of the header: 256 */
    FEAT_HDR_VARIANT = 16,
    FEAT_HDR_N_TENSORS = 20,
    FEAT_HDR_FILE_BYTES = 24,   /* u64, as are the four that follow */
    FEAT_HDR_TABLE_OFFSET = 32, /* 256 */
    FEAT_HDR_TABLE_BYTES = 40,  /* 128 * n_tensors */
    FEAT_HDR_DATA_OFFSET = 48,
    FEAT_HDR_N_PARAMETERS = 56,
    FEAT_HDR_SOURCE_SHA = 64,
    FEAT_HDR_CONTENT_SHA = 96,
    FEAT_HDR_NAME = 128,
    FEAT_HDR_RESERVED = 224, /* zero */
    FEAT_HDR_CHECKSUM = 248, /* XXH64 of header bytes 0..247 followed by the table */
    FEAT_HDR_SIZE = 256,

    FEAT_ENT_NAME = 0,
    FEAT_ENT_DTYPE = 64,
    FEAT_ENT_RANK = 68,
    FEAT_ENT_SHAPE = 72,
    FEAT_ENT_IDENTITY = 88, /* name, dtype, rank, shape: what enters the content SHA-256 */
    FEAT_ENT_OFFSET = 88,
    FEAT_ENT_BYTES = 96,
    FEAT_ENT_CHECKSUM = 104,
    FEAT_ENT_PIXELS = 112,   /* version 2: of a tensor in panels */
    FEAT_ENT_RESERVED = 116, /* zero */
    FEAT_ENT_SIZE = 128
};

static inline uint32_t feat_get32(const unsigned char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint64_t feat_get64(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline void feat_put32(unsigned char *p, uint32_t x)
{
    memcpy(p, &x, sizeof x);
}

static inline void feat_put64(unsigned char *p, uint64_t x)
{
    memcpy(p, &x, sizeof x);
}

static inline size_t feat_dtype_bytes(feat_dtype dtype)
{
    return dtype == FEAT_FLOAT16 ? 2 : 4;
}

/* Name, dtype, rank and shape of a table entry. */
static inline void feat_put_identity(unsigned char entry[FEAT_ENT_IDENTITY], const feat_tensor *t,
                                     feat_dtype dtype)
{
    memset(entry, 0, FEAT_ENT_IDENTITY);
    memcpy(entry + FEAT_ENT_NAME, t->name, strnlen(t->name, FEAT_NAME_BYTES - 1));
    feat_put32(entry + FEAT_ENT_DTYPE, (uint32_t)dtype);
    feat_put32(entry + FEAT_ENT_RANK, t->rank);
    for (size_t i = 0; i < FEAT_MAX_RANK; i++)
        feat_put32(entry + FEAT_ENT_SHAPE + 4 * i, t->shape[i]);
}

#endif
