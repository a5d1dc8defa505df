/* Sixteen chains of SHA-256 in vectors of sixteen words, which the compiler cuts into registers: one with AVX-512, two
 * with AVX2, four on AArch64. A CPU that has instructions for SHA-256 and no AVX-512 takes two lanes at a time with
 * those. */
#include "engine/flat/content.h"

#include <string.h>

#include "engine/base/cpu.h"
#include "engine/base/hash.h"
#include "engine/base/sha256_rounds.h"

enum { LANES = FEAT_CONTENT_LANES, STRIPE = FEAT_CONTENT_STRIPE };

/* Lane by lane, the blocks of each one after the other. pair: NULL on a CPU that has nothing for it. (On an old
 * x86 the vectors below, in SSE2, would be twice as fast, and 45 KB of code.) */
static void take_in_turn(uint32_t state[8][LANES], const unsigned char *p, size_t n, feat_sha256_pair_fn pair)
{
    enum { MOST = 4 };
    uint32_t lane[LANES][16 * MOST], chains[LANES][8];
    for (size_t l = 0; l < LANES; l++)
        for (size_t i = 0; i < 8; i++)
            chains[l][i] = state[i][l];
    for (size_t done = 0, some; done < n; done += some, p += some * STRIPE) {
        some = n - done < MOST ? n - done : MOST;
        for (size_t t = 0; t < 16 * some; t++) {
            uint32_t row[LANES];
            memcpy(row, p + sizeof row * t, sizeof row);
            for (size_t l = 0; l < LANES; l++)
                lane[l][t] = row[l];
        }
        for (size_t l = 0; l < LANES; l += 2) {
            const unsigned char *from[] = {(const unsigned char *)lane[l], (const unsigned char *)lane[l + 1]};
            if (pair != NULL)
                pair((uint32_t *const[]){chains[l], chains[l + 1]}, from, some);
            for (size_t i = 0; i < 2 && pair == NULL; i++)
                feat_sha256_blocks_c(chains[l + i], from[i], some);
        }
    }
    for (size_t l = 0; l < LANES; l++)
        for (size_t i = 0; i < 8; i++)
            state[i][l] = chains[l][i];
}

static void take_plain(uint32_t state[8][LANES], const unsigned char *p, size_t n)
{
    take_in_turn(state, p, n, NULL);
}

#if defined(__x86_64__) || defined(__aarch64__)

typedef uint32_t words __attribute__((vector_size(4 * FEAT_CONTENT_LANES)));

__attribute__((always_inline)) static inline void take(uint32_t state[8][LANES], const unsigned char *p, size_t n)
{
    words s[8];
    memcpy(s, state, sizeof s);
    for (; n > 0; n--, p += STRIPE) {
        words w[16], v[8];
        memcpy(v, s, sizeof v);
        memcpy(w, p, sizeof w);
        for (int t = 0; t < 16; t++) /* words are big-endian */
            w[t] = w[t] << 24 | (w[t] & 0xff00u) << 8 | (w[t] >> 8 & 0xff00u) | w[t] >> 24;
        for (int first = 0; first < 64; first += 16) {
            __asm__("" : "+r"(first)); /* or compilers write all four out: 50 KB more, and no faster */
#pragma GCC unroll 16
            for (int t = 0; t < 16; t++) {
                FEAT_SHA256_ROUND(words, v, feat_sha256_constants[first + t] + w[t]);
                if (first < 48) /* word t of the next sixteen */
                    w[t] += FEAT_SHA256_ADDED(w[(t + 1) & 15], w[(t + 9) & 15], w[(t + 14) & 15]);
            }
        }
        for (int i = 0; i < 8; i++)
            s[i] += v[i];
    }
    memcpy(state, s, sizeof s);
}

#endif

#if defined(__x86_64__)

__attribute__((target("avx512f,avx512bw,avx512vl"))) static void take_avx512(uint32_t state[8][LANES],
                                                                             const unsigned char *p, size_t n)
{
    take(state, p, n);
}

__attribute__((target("avx2"))) static void take_avx2(uint32_t state[8][LANES], const unsigned char *p, size_t n)
{
    take(state, p, n);
}

static void take_pairs(uint32_t state[8][LANES], const unsigned char *p, size_t n)
{
    take_in_turn(state, p, n, feat_sha256_x86_pair());
}

feat_content_fn feat_content_way(size_t i)
{
    const uint32_t cpu = feat_cpu_features();
    feat_content_fn ways[4];
    size_t n = 0;
    if ((cpu & FEAT_CPU_AVX512) != 0)
        ways[n++] = take_avx512;
    if (feat_sha256_x86() != NULL)
        ways[n++] = take_pairs;
    if ((cpu & FEAT_CPU_AVX2) != 0)
        ways[n++] = take_avx2;
    ways[n++] = take_plain;
    return i < n ? ways[i] : NULL;
}

#else

#if defined(__aarch64__)
static void take_neon(uint32_t state[8][LANES], const unsigned char *p, size_t n)
{
    take(state, p, n);
}
#endif

feat_content_fn feat_content_way(size_t i)
{
    static const feat_content_fn ways[] = {
#if defined(__aarch64__)
        take_neon,
#endif
        take_plain
    };
    return i < sizeof ways / sizeof ways[0] ? ways[i] : NULL;
}

#endif

void feat_content_init(feat_content *c)
{
    feat_sha256 first;
    feat_sha256_init(&first);
    for (size_t i = 0; i < 8; i++)
        for (size_t l = 0; l < LANES; l++)
            c->state[i][l] = first.state[i];
    c->n_bytes = 0;
    c->take = feat_content_way(0);
}

void feat_content_update(feat_content *c, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    size_t held = (size_t)(c->n_bytes % STRIPE);
    c->n_bytes += bytes;
    if (held + bytes < STRIPE) {
        memcpy(c->held + held, p, bytes);
        return;
    }
    if (held > 0) {
        memcpy(c->held + held, p, STRIPE - held);
        c->take(c->state, c->held, 1);
        p += STRIPE - held;
        bytes -= STRIPE - held;
    }
    c->take(c->state, p, bytes / STRIPE);
    memcpy(c->held, p + bytes / STRIPE * STRIPE, bytes % STRIPE);
}

void feat_content_final(const feat_content *c, unsigned char digest[32])
{
    unsigned char of_lane[32];
    feat_sha256 all, lane;
    feat_sha256_init(&all);
    for (size_t l = 0; l < LANES; l++) {
        feat_sha256_init(&lane);
        for (size_t i = 0; i < 8; i++)
            lane.state[i] = c->state[i][l];
        lane.n_bytes = c->n_bytes / STRIPE * 64;
        for (size_t at = 4 * l, end = (size_t)(c->n_bytes % STRIPE); at < end; at += 4 * LANES)
            feat_sha256_update(&lane, c->held + at, end - at < 4 ? end - at : 4);
        feat_sha256_final(&lane, of_lane);
        feat_sha256_update(&all, of_lane, sizeof of_lane);
    }
    feat_sha256_final(&all, digest);
}
