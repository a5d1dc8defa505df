/* SHA-256's compression function, in plain C and as this CPU runs it fastest. */
#ifndef BONAFIDE_ENGINE_BASE_SHA256_ROUNDS_H
#define BONAFIDE_ENGINE_BASE_SHA256_ROUNDS_H

#include <stddef.h>
#include <stdint.h>

/* Takes n blocks of 64 bytes into the state. */
typedef void (*feat_sha256_blocks_fn)(uint32_t state[8], const unsigned char *blocks, size_t n);

/* Takes n blocks of each of two messages into their states. */
typedef void (*feat_sha256_pair_fn)(uint32_t *const state[2], const unsigned char *const from[2], size_t n);

/* Of the 64 rounds. */
extern const uint32_t feat_sha256_constants[64];

/* In plain C. */
void feat_sha256_blocks_c(uint32_t state[8], const unsigned char *blocks, size_t n);

/* With x86's SHA instructions; NULL where this CPU has none. */
feat_sha256_blocks_fn feat_sha256_x86(void);
feat_sha256_pair_fn feat_sha256_x86_pair(void);

#endif
