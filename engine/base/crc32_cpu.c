/* CRC-32 with the instructions that the CPU has for it. */
#include "engine/base/crc32.h"

#if defined(__x86_64__)

/* With the carry-less product that x86 has: 64 bytes at a time. A block of 16 bytes, the lower half of
 * which is ahead of the upper, is moved behind what follows it by multiplying each half with the remainder of
 * the power of x by which it moves; four blocks are moved side by side. The 16 bytes that are left have the
 * same remainder as all that was there, and go through plain C. */

#include <immintrin.h>

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
        return iv3_crc32_c(state, data, bytes);
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
    return iv3_crc32_c(iv3_crc32_c(0, left, sizeof left), data, bytes);
}

iv3_crc32_fn iv3_crc32_cpu(void)
{
    return __builtin_cpu_supports("pclmul") ? by_products : NULL;
}

#elif defined(__aarch64__) && defined(__linux__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* With AArch64's own instruction, which nearly every such CPU has. In assembly, because gcc and clang
 * do not agree on how a function for more than the target's base is declared. */

#include <string.h>
#include <sys/auxv.h>

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

iv3_crc32_fn iv3_crc32_cpu(void)
{
    return (getauxval(AT_HWCAP) & HAS_CRC32) != 0 ? by_instruction : NULL;
}

#else

iv3_crc32_fn iv3_crc32_cpu(void)
{
    return NULL;
}

#endif
