/* CRC-32 in plain C, eight bytes at a time, and with the instructions that the CPU has for it. */
#include "engine/base/crc32.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <sys/auxv.h>
#endif

/* --- in plain C ------------------------------------------------------------------------------------------ */

/* Row k holds the remainders of a byte that k zero bytes follow. They are linear: the one of a byte is the
 * sum of those of its bits, which are what is written down here, from bit 0 to 7; the compiler adds. Bit b of
 * row k is 1 << b, shifted 8 (k + 1) times: c = c >> 1 ^ (c & 1 ? 0xEDB88320 : 0). */
#define SUMS1(x, a) (x), (x) ^ (a)
#define SUMS2(x, a, b) SUMS1(x, a), SUMS1((x) ^ (b), a)
#define SUMS3(x, a, b, c) SUMS2(x, a, b), SUMS2((x) ^ (c), a, b)
#define SUMS4(x, a, b, c, d) SUMS3(x, a, b, c), SUMS3((x) ^ (d), a, b, c)
#define SUMS5(x, a, b, c, d, e) SUMS4(x, a, b, c, d), SUMS4((x) ^ (e), a, b, c, d)
#define SUMS6(x, a, b, c, d, e, f) SUMS5(x, a, b, c, d, e), SUMS5((x) ^ (f), a, b, c, d, e)
#define SUMS7(x, a, b, c, d, e, f, g) SUMS6(x, a, b, c, d, e, f), SUMS6((x) ^ (g), a, b, c, d, e, f)
#define ROW(a, b, c, d, e, f, g, h)                                                                          \
    {                                                                                                        \
        SUMS7(0u, a, b, c, d, e, f, g), SUMS7(h, a, b, c, d, e, f, g)                                        \
    }
static const uint32_t remainders[8][256] = {
    ROW(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320),
    ROW(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b),
    ROW(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80),
    ROW(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b),
    ROW(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1, 0x60e09782, 0xc1c12f04, 0x58f35849, 0xb1e6b092),
    ROW(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d, 0x03d6029b, 0x07ac0536, 0x0f580a6c, 0x1eb014d8),
    ROW(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67, 0x67de9cce, 0xcfbd399c, 0x440b7579, 0x8816eaf2),
    ROW(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5, 0x7cbb312b, 0xf9766256, 0x299dc2ed, 0x533b85da)};

static uint32_t load_le32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

uint32_t feat_crc32_c(uint32_t state, const unsigned char *data, size_t bytes)
{
    for (; bytes >= 8; bytes -= 8, data += 8) {
        uint32_t a = state ^ load_le32(data), b = load_le32(data + 4);
        state = remainders[7][a & 255] ^ remainders[6][a >> 8 & 255] ^ remainders[5][a >> 16 & 255] ^
                remainders[4][a >> 24] ^ remainders[3][b & 255] ^ remainders[2][b >> 8 & 255] ^
                remainders[1][b >> 16 & 255] ^ remainders[0][b >> 24];
    }
    for (; bytes > 0; bytes--)
        state = state >> 8 ^ remainders[0][(state ^ *data++) & 255];
    return state;
}

/* --- with instructions for it ----------------------------------------------------------------------------- */

#if defined(__x86_64__)

/* With the carry-less product that x86 has: 64 bytes at a time. A block of 16 bytes, the lower half of
 * which is ahead of the upper, is moved behind what follows it by multiplying each half with the remainder of
 * the power of x by which it moves; four blocks are moved side by side. The 16 bytes that are left have the
 * same remainder as all that was there, and go through plain C. */

/* x^n modulo the polynomial, its 32 bits reversed and doubled, for n = 544, 480: 64 bytes on, and n = 160,
 * 96: 16 bytes on (V. Gopal and others, Fast CRC computation using PCLMULQDQ, Intel 2009). */
#define FAR_LOW 0x154442bd4
#define FAR_HIGH 0x1c6e41596
#define NEAR_LOW 0x1751997d0
#define NEAR_HIGH 0x0ccaa009e

enum { LEAST = 128 }; /* below this plain C is as fast */

#define CLMUL __attribute__((target("pclmul,sse2")))

CLMUL static inline __m128i load(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

CLMUL static inline __m128i moved(__m128i block, __m128i by, __m128i onto)
{
    return _mm_xor_si128(
        _mm_xor_si128(_mm_clmulepi64_si128(block, by, 0x00), _mm_clmulepi64_si128(block, by, 0x11)), onto);
}

CLMUL static uint32_t by_products(uint32_t state, const unsigned char *data, size_t bytes)
{
    if (bytes < LEAST)
        return feat_crc32_c(state, data, bytes);
    const __m128i far = _mm_set_epi64x(FAR_HIGH, FAR_LOW), near = _mm_set_epi64x(NEAR_HIGH, NEAR_LOW);
    __m128i a = _mm_xor_si128(load(data), _mm_cvtsi32_si128((int)state)), b = load(data + 16),
            c = load(data + 32), d = load(data + 48);
    for (data += 64, bytes -= 64; bytes >= 64; data += 64, bytes -= 64) {
        a = moved(a, far, load(data));
        b = moved(b, far, load(data + 16));
        c = moved(c, far, load(data + 32));
        d = moved(d, far, load(data + 48));
    }
    a = moved(moved(moved(a, near, b), near, c), near, d);
    for (; bytes >= 16; data += 16, bytes -= 16)
        a = moved(a, near, load(data));
    unsigned char left[16];
    _mm_storeu_si128((__m128i *)(void *)left, a);
    return feat_crc32_c(feat_crc32_c(0, left, sizeof left), data, bytes);
}

feat_crc32_fn feat_crc32_cpu(void)
{
    return __builtin_cpu_supports("pclmul") ? by_products : NULL;
}

#elif defined(__aarch64__) && defined(__linux__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* With AArch64's own instruction, which nearly every such CPU has. In assembly, because gcc and clang
 * do not agree on how a function for more than the target's base is declared. */

enum { HAS_CRC32 = 1 << 7 }; /* of AT_HWCAP, as in Linux' asm/hwcap.h */

static uint32_t by_instruction(uint32_t state, const unsigned char *data, size_t bytes)
{
    for (; bytes >= 8; data += 8, bytes -= 8) {
        uint64_t word;
        memcpy(&word, data, sizeof word);
        __asm__(".arch_extension crc\n\tcrc32x %w0, %w0, %x1" : "+r"(state) : "r"(word));
    }
    for (; bytes > 0; data++, bytes--)
        __asm__(".arch_extension crc\n\tcrc32b %w0, %w0, %w1" : "+r"(state) : "r"((uint32_t)*data));
    return state;
}

feat_crc32_fn feat_crc32_cpu(void)
{
    return (getauxval(AT_HWCAP) & HAS_CRC32) != 0 ? by_instruction : NULL;
}

#else

feat_crc32_fn feat_crc32_cpu(void)
{
    return NULL;
}

#endif

uint32_t feat_crc32(uint32_t crc, const void *data, size_t bytes)
{
    feat_crc32_fn way = feat_crc32_cpu();
    if (way == NULL)
        way = feat_crc32_c;
    return ~way(~crc, data, bytes);
}
