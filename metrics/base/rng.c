/* MT19937 and the draws of NumPy's legacy RandomState. */
#include "metrics/base/rng.h"

enum { SHIFT_WORDS = 397 };

void gmet_mt_seed(gmet_mt *mt, uint32_t seed)
{
    mt->word[0] = seed;
    for (uint32_t i = 1; i < GMET_MT_WORDS; i++) {
        uint32_t previous = mt->word[i - 1];
        mt->word[i] = 1812433253u * (previous ^ (previous >> 30)) + i;
    }
    mt->next = GMET_MT_WORDS;
}

static void next_block(gmet_mt *mt)
{
    for (size_t i = 0; i < GMET_MT_WORDS; i++) {
        uint32_t high = mt->word[i] & 0x80000000u;
        uint32_t low = mt->word[(i + 1) % GMET_MT_WORDS] & 0x7fffffffu;
        uint32_t twist = (low & 1) != 0 ? 0x9908b0dfu : 0;
        mt->word[i] = mt->word[(i + SHIFT_WORDS) % GMET_MT_WORDS] ^ ((high | low) >> 1) ^ twist;
    }
    mt->next = 0;
}

uint32_t gmet_mt_u32(gmet_mt *mt)
{
    if (mt->next >= GMET_MT_WORDS)
        next_block(mt);
    uint32_t y = mt->word[mt->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

uint64_t gmet_mt_bounded(gmet_mt *mt, uint64_t max)
{
    if (max == 0)
        return 0;
    uint64_t mask = max;
    for (int shift = 1; shift < 64; shift *= 2)
        mask |= mask >> shift;
    for (;;) {
        uint64_t draw = gmet_mt_u32(mt);
        if (max > UINT32_MAX)
            draw = draw << 32 | gmet_mt_u32(mt);
        draw &= mask;
        if (draw <= max)
            return draw;
    }
}

void gmet_mt_permutation(gmet_mt *mt, size_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = i;
    for (size_t i = n; i-- > 1;) {
        size_t j = (size_t)gmet_mt_bounded(mt, i);
        size_t t = out[i];
        out[i] = out[j];
        out[j] = t;
    }
}
