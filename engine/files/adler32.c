/* Adler-32 (RFC 1950): two sums modulo 65521, of the bytes and of those sums. 16 bytes at a time: for each of
 * 16 columns the sum of its bytes, and the sum of these sums as they were before each step, in 16 bits, which
 * hold 23 steps of the largest bytes. */
#include <string.h>

#include "engine/files/inflate.h"

enum { MODULUS = 65521, LANES = 16, STEPS = 23, ROUNDS = 15 }; /* so many rounds' sums stay below 2^32 */

typedef uint16_t words8 __attribute__((vector_size(16)));

/* `steps` x 16 bytes, added to the two sums. */
static void add_columns(uint32_t *a, uint32_t *b, const uint8_t *p, uint32_t steps)
{
    words8 low = {0}, high = {0}, low_before = {0}, high_before = {0};
    for (uint32_t i = 0; i < steps; i++, p += LANES) {
        words8 pairs;
        memcpy(&pairs, p, sizeof pairs);
        low_before += low;
        high_before += high;
        low += pairs & 0xFF;
        high += pairs >> 8;
    }
    uint32_t bytes = 0, weighted = 0, before = 0;
    for (uint32_t j = 0; j < LANES / 2; j++) {
        bytes += (uint32_t)low[j] + high[j];
        before += (uint32_t)low_before[j] + high_before[j];
        weighted += (LANES - 2 * j) * low[j] + (LANES - 1 - 2 * j) * high[j];
    }
    *b += LANES * steps * *a + LANES * before + weighted;
    *a += bytes;
}

uint32_t feat_adler32(uint32_t adler, const uint8_t *data, size_t bytes)
{
    uint32_t a = adler & 0xFFFF, b = adler >> 16;
    while (bytes >= LANES) {
        for (uint32_t round = 0; round < ROUNDS && bytes >= LANES; round++) {
            uint32_t steps = bytes / LANES < STEPS ? (uint32_t)(bytes / LANES) : STEPS;
            add_columns(&a, &b, data, steps);
            data += LANES * steps;
            bytes -= LANES * steps;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    for (; bytes > 0; bytes--) {
        a += *data++;
        b += a;
    }
    return b % MODULUS << 16 | a % MODULUS;
}
