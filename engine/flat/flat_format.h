/* Byte positions of the flat weight file, as engine/flat/FORMAT.md gives them; used by its reader and its
 * writer only. Everything is little-endian, as are all machines this builds for. */
#ifndef IV3_WEIGHTS_WFORMAT_H
#define IV3_WEIGHTS_WFORMAT_H

#include <stdint.h>
#include <string.h>

#include "engine/nets/tensors.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bonafide supports little-endian machines only"
#endif

#define IV3_FILE_MAGIC "\x89IV3\r\n\x1a\n"

enum {
    IV3_FILE_VERSION = 1,
    IV3_FILE_ALIGN = 64,

    IV3_HDR_MAGIC = 0, /* 8 bytes */
    IV3_HDR_VERSION = 8,
    IV3_HDR_BYTES_FIELD = 12, /* size of the header: 256 */
    IV3_HDR_VARIANT = 16,
    IV3_HDR_N_TENSORS = 20,
    IV3_HDR_FILE_BYTES = 24,   /* u64, as are the four that follow */
    IV3_HDR_TABLE_OFFSET = 32, /* 256 */
    IV3_HDR_TABLE_BYTES = 40,  /* 128 * n_tensors */
    IV3_HDR_DATA_OFFSET = 48,
    IV3_HDR_N_PARAMETERS = 56,
    IV3_HDR_SOURCE_SHA = 64,
    IV3_HDR_CONTENT_SHA = 96,
    IV3_HDR_NAME = 128,
    IV3_HDR_RESERVED = 224, /* zero */
    IV3_HDR_CHECKSUM = 248, /* XXH64 of header bytes 0..247 followed by the table */
    IV3_HDR_SIZE = 256,

    IV3_ENT_NAME = 0,
    IV3_ENT_DTYPE = 64,
    IV3_ENT_RANK = 68,
    IV3_ENT_SHAPE = 72,
    IV3_ENT_IDENTITY = 88, /* name, dtype, rank, shape: what enters the content SHA-256 */
    IV3_ENT_OFFSET = 88,
    IV3_ENT_BYTES = 96,
    IV3_ENT_CHECKSUM = 104,
    IV3_ENT_RESERVED = 112, /* zero */
    IV3_ENT_SIZE = 128
};

static inline uint32_t iv3_get32(const unsigned char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint64_t iv3_get64(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline void iv3_put32(unsigned char *p, uint32_t x)
{
    memcpy(p, &x, sizeof x);
}

static inline void iv3_put64(unsigned char *p, uint64_t x)
{
    memcpy(p, &x, sizeof x);
}

static inline size_t iv3_dtype_bytes(iv3_dtype dtype)
{
    return dtype == IV3_FLOAT16 ? 2 : 4;
}

/* Name, dtype, rank and shape of a table entry. */
static inline void iv3_put_identity(unsigned char entry[IV3_ENT_IDENTITY], const iv3_tensor *t,
                                    iv3_dtype dtype)
{
    memset(entry, 0, IV3_ENT_IDENTITY);
    memcpy(entry + IV3_ENT_NAME, t->name, strnlen(t->name, IV3_NAME_BYTES - 1));
    iv3_put32(entry + IV3_ENT_DTYPE, (uint32_t)dtype);
    iv3_put32(entry + IV3_ENT_RANK, t->rank);
    for (size_t i = 0; i < IV3_MAX_RANK; i++)
        iv3_put32(entry + IV3_ENT_SHAPE + 4 * i, t->shape[i]);
}

#endif
