/* CRC-32 as in zip and PNG: polynomial 0xEDB88320, lowest bit first, inverted before and after. */
#ifndef BONAFIDE_ENGINE_BASE_CRC32_H
#define BONAFIDE_ENGINE_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continued from `crc`; start with 0. The same value everywhere, with or without instructions for it. */
uint32_t feat_crc32(uint32_t crc, const void *data, size_t bytes);

/* --- ways to compute it, over a state that is not inverted ---------------------------------------------- */

typedef uint32_t (*feat_crc32_fn)(uint32_t state, const unsigned char *data, size_t bytes);

/* In plain C. */
uint32_t feat_crc32_c(uint32_t state, const unsigned char *data, size_t bytes);

/* With x86's carry-less products, or with AArch64's instruction; NULL where this CPU has none. */
feat_crc32_fn feat_crc32_cpu(void);

#endif
