/* The JPEG decoder's transform: vector instructions against plain C, and plain C against the cosines that it stands
 * for. Whole files are in test_pixels.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/images/decode_jpeg.h"

static uint32_t state = 1;

static uint32_t next(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* A block with `many` coefficients of up to `largest` in size. */
static void draw(int16_t block[64], int many, int largest)
{
    memset(block, 0, 64 * sizeof *block);
    for (int i = 0; i < many; i++)
        block[next() % 64] = (int16_t)((int)(next() % (2u * (unsigned)largest + 1)) - largest);
}

static void test_same_as_plain(void **unused)
{
    static const int largest[] = {1, 10, 300, 1100, 5000, 20000, 32767};
    int16_t block[64], quant[64];
    uint8_t got[8][16], want[8][16];
    (void)unused;
    for (int round = 0; round < 70000; round++) {
        int size = largest[round % 7];
        draw(block, round % 65, size);
        if (round % 5 == 0)
            memset(block + 8, 0, 56 * sizeof *block); /* constant columns */
        for (int i = 0; i < 64; i++)
            quant[i] = (int16_t)(uint16_t)(size > 5000 ? next() : 1 + next() % 20);
        memset(got, 1, sizeof got);
        memset(want, 1, sizeof want);
        bf_jpeg_idct(block, quant, got[0], 16, false);
        bf_jpeg_idct_plain(block, quant, want[0], 16);
        assert_memory_equal(got, want, sizeof got);
    }
}

static void test_dc_alone(void **unused)
{
    int16_t block[64] = {0}, quant[64] = {0};
    uint8_t got[8][8], want[8][8];
    (void)unused;
    for (int dc = -32768; dc < 32768; dc += 7)
        for (int q = 1; q < 300; q += 97) {
            block[0] = (int16_t)dc;
            quant[0] = (int16_t)q;
            bf_jpeg_idct(block, quant, got[0], 8, true);
            bf_jpeg_idct_plain(block, quant, want[0], 8);
            assert_memory_equal(got, want, sizeof got);
        }
}

/* Within a level of the definition (T.81, A.3.3) for what a picture can bring. */
static void test_cosines(void **unused)
{
    static double c[8][8];
    int16_t block[64], quant[64];
    (void)unused;
    for (int i = 0; i < 64; i++)
        quant[i] = 1;
    for (int k = 0; k < 8; k++)
        for (int x = 0; x < 8; x++)
            c[k][x] = (k == 0 ? sqrt(0.125) : 0.5) * cos((2 * x + 1) * k * 3.14159265358979323846 / 16);
    for (int round = 0; round < 300; round++) {
        uint8_t got[8][8];
        draw(block, 12, 150);
        bf_jpeg_idct(block, quant, got[0], 8, false);
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 8; x++) {
                double sum = 128;
                for (int k = 0; k < 64; k++)
                    sum += block[k] * c[k / 8][y] * c[k % 8][x];
                sum = sum < 0 ? 0 : sum > 255 ? 255 : sum;
                assert_true(fabs(sum - got[y][x]) < 0.51 + 0.05);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_as_plain), cmocka_unit_test(test_dc_alone),
                                       cmocka_unit_test(test_cosines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
