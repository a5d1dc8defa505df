/* SHA-256's compression function, in plain C and with the instructions that x86 has for it: two rounds each, five times
 * faster. The digest is the same by definition. */
#include "engine/base/sha256_rounds.h"

#include <string.h>

#include "engine/base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

const uint32_t feat_sha256_constants[64] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
    0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
    0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
    0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
    0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
    0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
    0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u};

static uint32_t load_be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void one_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64], v[8];
    for (int t = 0; t < 16; t++)
        w[t] = load_be32(block + 4 * t);
    for (int t = 16; t < 64; t++)
        w[t] = w[t - 16] + FEAT_SHA256_ADDED(w[t - 15], w[t - 7], w[t - 2]);
    memcpy(v, state, sizeof v);
    for (int t = 0; t < 64; t++)
        FEAT_SHA256_ROUND(uint32_t, v, feat_sha256_constants[t] + w[t]);
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

void feat_sha256_blocks_c(uint32_t state[8], const unsigned char *blocks, size_t n)
{
    for (; n > 0; n--, blocks += 64)
        one_block(state, blocks);
}

#if defined(__x86_64__)

/* A state lies in two registers, as (a b e f) and (c d g h) from the highest word down; a quarter of the message
 * schedule in each of four others, which are replaced as they are used up. Each round waits for the one before: two
 * messages side by side take 1.4 times as long as one. */
__attribute__((target("sha,sse4.1"), always_inline)) static inline void
take(uint32_t *const *state, const unsigned char *const *from, size_t n, const int n_messages)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i abef[2], cdgh[2], abef_before[2], cdgh_before[2], w[2][4];
    for (int m = 0; m < n_messages; m++) {
        const __m128i *words = (const __m128i *)(const void *)state[m];
        __m128i low = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);      /* c d a b */
        __m128i high = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b); /* e f g h */
        abef[m] = _mm_alignr_epi8(low, high, 8);
        cdgh[m] = _mm_blend_epi16(high, low, 0xf0);
    }
    for (size_t block = 0; block < n; block++) {
        for (int m = 0; m < n_messages; m++) {
            const __m128i *words = (const __m128i *)(const void *)(from[m] + 64 * block);
            abef_before[m] = abef[m];
            cdgh_before[m] = cdgh[m];
            for (int i = 0; i < 4; i++)
                w[m][i] = _mm_shuffle_epi8(_mm_loadu_si128(words + i), big_endian);
        }
#pragma GCC unroll 16
        for (int t = 0; t < 16; t++) {
            const __m128i k = _mm_loadu_si128((const __m128i *)(const void *)(feat_sha256_constants + 4 * t));
#pragma GCC unroll 2
            for (int m = 0; m < n_messages; m++) {
                __m128i now = w[m][t & 3], sum = _mm_add_epi32(now, k);
                cdgh[m] = _mm_sha256rnds2_epu32(cdgh[m], abef[m], sum);
                abef[m] = _mm_sha256rnds2_epu32(abef[m], cdgh[m], _mm_shuffle_epi32(sum, 0x0e));
                if (t < 12) { /* words t + 16 .. from those of t, t + 4, t + 8, t + 12 */
                    __m128i next = w[m][(t + 1) & 3], last = w[m][(t + 3) & 3];
                    __m128i part =
                        _mm_add_epi32(_mm_sha256msg1_epu32(now, next), _mm_alignr_epi8(last, w[m][(t + 2) & 3], 4));
                    w[m][t & 3] = _mm_sha256msg2_epu32(part, last);
                }
            }
        }
        for (int m = 0; m < n_messages; m++) {
            abef[m] = _mm_add_epi32(abef[m], abef_before[m]);
            cdgh[m] = _mm_add_epi32(cdgh[m], cdgh_before[m]);
        }
    }
    for (int m = 0; m < n_messages; m++) {
        __m128i low = _mm_shuffle_epi32(abef[m], 0x1b);  /* from the lowest: a b e f */
        __m128i high = _mm_shuffle_epi32(cdgh[m], 0xb1); /* from the lowest: g h c d */
        _mm_storeu_si128((__m128i *)(void *)state[m], _mm_blend_epi16(low, high, 0xf0));
        _mm_storeu_si128((__m128i *)(void *)(state[m] + 4), _mm_alignr_epi8(high, low, 8));
    }
}

__attribute__((target("sha,sse4.1"))) static void blocks(uint32_t state[8], const unsigned char *p, size_t n)
{
    take(&state, &p, n, 1);
}

__attribute__((target("sha,sse4.1"))) static void pair(uint32_t *const state[2], const unsigned char *const from[2],
                                                       size_t n)
{
    take(state, from, n, 2);
}

feat_sha256_blocks_fn feat_sha256_x86(void)
{
    return (feat_cpu_features() & FEAT_CPU_SHA) != 0 ? blocks : NULL;
}

feat_sha256_pair_fn feat_sha256_x86_pair(void)
{
    return feat_sha256_x86() != NULL ? pair : NULL;
}

#else

feat_sha256_blocks_fn feat_sha256_x86(void)
{
    return NULL;
}

feat_sha256_pair_fn feat_sha256_x86_pair(void)
{
    return NULL;
}

#endif
