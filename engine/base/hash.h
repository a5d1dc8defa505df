/* Hashes: SHA-256 (FIPS 180-4) for identities, XXH64 for checksums of large data. */
#ifndef IV3_BASE_HASH_H
#define IV3_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/sha256_rounds.h"

typedef struct iv3_sha256 {
    uint32_t state[8];
    uint64_t n_bytes;
    unsigned char block[64];
    iv3_sha256_blocks_fn blocks;
} iv3_sha256;

void iv3_sha256_init(iv3_sha256 *h);
void iv3_sha256_update(iv3_sha256 *h, const void *data, size_t bytes);
void iv3_sha256_final(iv3_sha256 *h, unsigned char digest[32]);

/* Lower-case hexadecimal, zero-terminated. */
void iv3_hex(char text[65], const unsigned char digest[32]);

/* XXH64 with seed 0, from its published specification. */
uint64_t iv3_hash64(const void *data, size_t bytes);

/* The same, over data that arrives in pieces. */
typedef struct iv3_hash64_state {
    uint64_t lane[4];
    uint64_t n_bytes;
    unsigned char tail[32];
} iv3_hash64_state;
void iv3_hash64_init(iv3_hash64_state *h);
void iv3_hash64_update(iv3_hash64_state *h, const void *data, size_t bytes);
uint64_t iv3_hash64_final(const iv3_hash64_state *h);

#endif
