/* SHA-256's compression function, in plain C and as this CPU runs it fastest. */
#ifndef BONAFIDE_ENGINE_BASE_SHA256_ROUNDS_H
#define BONAFIDE_ENGINE_BASE_SHA256_ROUNDS_H

#include <stddef.h>
#include <stdint.h>

/* Takes n blocks of 64 bytes into the state. */
typedef void (*feat_sha256_blocks_fn)(uint32_t state[8], const unsigned char *blocks, size_t n);

/* Takes n blocks of each of two messages into their states. */
typedef void (*feat_sha256_pair_fn)(uint32_t *const state[2], const unsigned char *const from[2], size_t n);

/* Of the 64 rounds (FIPS 180-4, 4.2.2). */
extern const uint32_t feat_sha256_constants[64];

/* FIPS 180-4, 6.2.2, of words or of vectors of words (as macros: how a function takes vectors depends on the CPU). */
#define FEAT_SHA256_ROTATED(x, n) ((x) >> (n) | (x) << (32 - (n)))
/* What is to be added to word t - 16 of the schedule for word t, from words t - 15, t - 7 and t - 2. */
#define FEAT_SHA256_ADDED(w15, w7, w2)                                                                                 \
    ((FEAT_SHA256_ROTATED(w15, 7) ^ FEAT_SHA256_ROTATED(w15, 18) ^ (w15) >> 3) + (w7) +                                \
     (FEAT_SHA256_ROTATED(w2, 17) ^ FEAT_SHA256_ROTATED(w2, 19) ^ (w2) >> 10))
/* One round of v[8], which are a to h; kw: constant plus word. */
#define FEAT_SHA256_ROUND(word, v, kw)                                                                                 \
    do {                                                                                                               \
        word t1 = v[7] + (kw) + (v[6] ^ (v[4] & (v[5] ^ v[6]))) +                                                      \
                  (FEAT_SHA256_ROTATED(v[4], 6) ^ FEAT_SHA256_ROTATED(v[4], 11) ^ FEAT_SHA256_ROTATED(v[4], 25));      \
        word t2 = ((v[0] & v[1]) | (v[2] & (v[0] | v[1]))) +                                                           \
                  (FEAT_SHA256_ROTATED(v[0], 2) ^ FEAT_SHA256_ROTATED(v[0], 13) ^ FEAT_SHA256_ROTATED(v[0], 22));      \
        for (int i = 7; i > 0; i--)                                                                                    \
            v[i] = v[i - 1];                                                                                           \
        v[4] += t1;                                                                                                    \
        v[0] = t1 + t2;                                                                                                \
    } while (0)

/* In plain C. */
void feat_sha256_blocks_c(uint32_t state[8], const unsigned char *blocks, size_t n);

/* With x86's SHA instructions; NULL where this CPU has none. */
feat_sha256_blocks_fn feat_sha256_x86(void);
feat_sha256_pair_fn feat_sha256_x86_pair(void);

#endif
