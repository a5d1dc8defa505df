/* Hashes: SHA-256 (FIPS 180-4) for identities, XXH64 for checksums of large data. */
#ifndef BONAFIDE_ENGINE_BASE_HASH_H
#define BONAFIDE_ENGINE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/sha256_rounds.h"

typedef struct feat_sha256 {
    uint32_t state[8];
    uint64_t n_bytes;
    unsigned char block[64];
    feat_sha256_blocks_fn blocks;
} feat_sha256;

void feat_sha256_init(feat_sha256 *h);
void feat_sha256_update(feat_sha256 *h, const void *data, size_t bytes);
void feat_sha256_final(feat_sha256 *h, unsigned char digest[32]);

/* Lower-case hexadecimal, zero-terminated. */
void feat_hex(char text[65], const unsigned char digest[32]);

/* XXH64 with seed 0, from its published specification. */
uint64_t feat_hash64(const void *data, size_t bytes);

/* The same, over data that arrives in pieces. */
typedef struct feat_hash64_state {
    uint64_t lane[4];
    uint64_t n_bytes;
    unsigned char tail[32];
} feat_hash64_state;
void feat_hash64_init(feat_hash64_state *h);
void feat_hash64_update(feat_hash64_state *h, const void *data, size_t bytes);
uint64_t feat_hash64_final(const feat_hash64_state *h);

#endif
