/* Numbers of two and four bytes as files store them, whatever the machine's own order and alignment are. The
 * caller has seen to it that the bytes are there. */
#ifndef BONAFIDE_TOOLS_BASE_BYTES_H
#define BONAFIDE_TOOLS_BASE_BYTES_H

#include <stdint.h>

static inline uint32_t bf_le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t bf_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t bf_be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t bf_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#endif
