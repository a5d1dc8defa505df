/* SHA-256 with the instructions that x86 has for it: two rounds each, five times faster than plain C. The
 * state lies in two registers, as (a b e f) and (c d g h) from the highest word down; a quarter of the
 * message schedule in each of four others, which are replaced as they are used up. The digest is the same by
 * definition. */
#include "engine/base/sha256_rounds.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

enum { EBX_SHA = 1 << 29, ECX_SSSE3 = 1 << 9, ECX_SSE41 = 1 << 19 };

__attribute__((target("sha,sse4.1"))) static void blocks(uint32_t state[8], const unsigned char *p, size_t n)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i low =
        _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1); /* c d a b */
    __m128i high =
        _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b); /* e f g h */
    __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
    for (; n > 0; n--, p += 64) {
        __m128i abef_before = abef, cdgh_before = cdgh, w[4];
        for (int i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)), big_endian);
        for (int t = 0; t < 16; t++) {
            __m128i now = w[t & 3];
            __m128i sum = _mm_add_epi32(
                now, _mm_loadu_si128((const __m128i *)(const void *)(iv3_sha256_constants + 4 * t)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
            if (t < 12) { /* words t + 16 .. from those of t, t + 4, t + 8, t + 12 */
                __m128i next = w[(t + 1) & 3], last = w[(t + 3) & 3];
                __m128i part =
                    _mm_add_epi32(_mm_sha256msg1_epu32(now, next), _mm_alignr_epi8(last, w[(t + 2) & 3], 4));
                w[t & 3] = _mm_sha256msg2_epu32(part, last);
            }
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    low = _mm_shuffle_epi32(abef, 0x1b);  /* from the lowest: a b e f */
    high = _mm_shuffle_epi32(cdgh, 0xb1); /* from the lowest: g h c d */
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

iv3_sha256_blocks_fn iv3_sha256_x86(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & ECX_SSSE3) || !(c & ECX_SSE41))
        return NULL;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & EBX_SHA))
        return NULL;
    return blocks;
}

#else

iv3_sha256_blocks_fn iv3_sha256_x86(void)
{
    return NULL;
}

#endif
