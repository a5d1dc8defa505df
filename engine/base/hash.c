/* SHA-256 (FIPS 180-4) names files and tensors; XXH64 (seed 0) catches damaged data at memory speed.
 * Both give the same value everywhere, with or without instructions for them. */
#include "engine/base/hash.h"

#include <string.h>

/* --- SHA-256 ------------------------------------------------------------------------------------ */

void feat_sha256_init(feat_sha256 *h)
{
    static const uint32_t initial[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                        0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
    memcpy(h->state, initial, sizeof initial);
    h->n_bytes = 0;
    h->blocks = feat_sha256_x86();
    if (h->blocks == NULL)
        h->blocks = feat_sha256_blocks_c;
}

void feat_sha256_update(feat_sha256 *h, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    size_t held = (size_t)(h->n_bytes % 64);
    h->n_bytes += bytes;
    if (held != 0) {
        size_t take = 64 - held < bytes ? 64 - held : bytes;
        if (take == 0)
            return;
        memcpy(h->block + held, p, take);
        if (held + take < 64)
            return;
        h->blocks(h->state, h->block, 1);
        p += take;
        bytes -= take;
    }
    h->blocks(h->state, p, bytes / 64);
    if (bytes % 64 != 0)
        memcpy(h->block, p + bytes / 64 * 64, bytes % 64);
}

void feat_sha256_final(feat_sha256 *h, unsigned char digest[32])
{
    uint64_t n_bits = h->n_bytes * 8;
    size_t held = (size_t)(h->n_bytes % 64);
    h->block[held++] = 0x80;
    if (held > 56) {
        memset(h->block + held, 0, 64 - held);
        h->blocks(h->state, h->block, 1);
        held = 0;
    }
    memset(h->block + held, 0, 56 - held);
    for (int i = 0; i < 8; i++)
        h->block[56 + i] = (unsigned char)(n_bits >> (56 - 8 * i));
    h->blocks(h->state, h->block, 1);
    for (int i = 0; i < 32; i++)
        digest[i] = (unsigned char)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

void feat_hex(char text[65], const unsigned char digest[32])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[64] = '\0';
}

/* --- XXH64 -------------------------------------------------------------------------------------- */

#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotl64(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static uint64_t load_le64(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x); /* only little-endian machines are supported */
    return x;
}

static uint64_t load_le32(const unsigned char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t mix_lane(uint64_t lane, uint64_t input)
{
    return rotl64(lane + input * PRIME_2, 31) * PRIME_1;
}

static void mix_stripe(uint64_t lane[4], const unsigned char *p)
{
    for (int i = 0; i < 4; i++)
        lane[i] = mix_lane(lane[i], load_le64(p + 8 * i));
}

void feat_hash64_init(feat_hash64_state *h)
{
    h->lane[0] = PRIME_1 + PRIME_2;
    h->lane[1] = PRIME_2;
    h->lane[2] = 0;
    h->lane[3] = UINT64_C(0) - PRIME_1;
    h->n_bytes = 0;
}

void feat_hash64_update(feat_hash64_state *h, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    size_t held = (size_t)(h->n_bytes % 32);
    h->n_bytes += bytes;
    if (held != 0) {
        size_t take = 32 - held < bytes ? 32 - held : bytes;
        if (take == 0)
            return;
        memcpy(h->tail + held, p, take);
        if (held + take < 32)
            return;
        mix_stripe(h->lane, h->tail);
        p += take;
        bytes -= take;
    }
    for (; bytes >= 32; p += 32, bytes -= 32)
        mix_stripe(h->lane, p);
    if (bytes != 0)
        memcpy(h->tail, p, bytes);
}

uint64_t feat_hash64_final(const feat_hash64_state *h)
{
    uint64_t x = PRIME_5;
    if (h->n_bytes >= 32) {
        x = rotl64(h->lane[0], 1) + rotl64(h->lane[1], 7) + rotl64(h->lane[2], 12) + rotl64(h->lane[3], 18);
        for (int i = 0; i < 4; i++)
            x = (x ^ mix_lane(0, h->lane[i])) * PRIME_1 + PRIME_4;
    }
    x += h->n_bytes;
    const unsigned char *p = h->tail;
    size_t left = (size_t)(h->n_bytes % 32);
    for (; left >= 8; p += 8, left -= 8)
        x = rotl64(x ^ mix_lane(0, load_le64(p)), 27) * PRIME_1 + PRIME_4;
    if (left >= 4) {
        x = rotl64(x ^ load_le32(p) * PRIME_1, 23) * PRIME_2 + PRIME_3;
        p += 4;
        left -= 4;
    }
    for (; left != 0; p++, left--)
        x = rotl64(x ^ *p * PRIME_5, 11) * PRIME_1;
    x = (x ^ x >> 33) * PRIME_2;
    x = (x ^ x >> 29) * PRIME_3;
    return x ^ x >> 32;
}

uint64_t feat_hash64(const void *data, size_t bytes)
{
    feat_hash64_state h;
    feat_hash64_init(&h);
    feat_hash64_update(&h, data, bytes);
    return feat_hash64_final(&h);
}
