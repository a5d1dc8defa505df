/* Blocks of 8 x 8: colour transform, discrete cosine transform, quantisation, and back (ITU-T T.81). */
#include "tools/sanity/disturb_jpeg.h"

#include <math.h>

enum { BLOCK = 8 };

/* Tables K.1 and K.2. */
static const uint8_t tables[2][BLOCK * BLOCK] = {
    {16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
     69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
     81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99},
    {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
     99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
     99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99},
};

/* cos(k pi / 16) / 2 for k = 0 .. 8; the first with the factor of the constant term, 1 / sqrt 8. */
static const double half_cos[9] = {0.5,
                                   0.49039264020161522456,
                                   0.46193976625564337806,
                                   0.41573480615127261854,
                                   0.35355339059327376220,
                                   0.27778511650980111237,
                                   0.19134171618254488586,
                                   0.09754516100806413392,
                                   0.0};

/* basis[u][x] = c(u) / 2 cos((2x + 1) u pi / 16). */
static void fill_basis(double basis[BLOCK][BLOCK])
{
    for (int x = 0; x < BLOCK; x++) {
        basis[0][x] = half_cos[4];
        for (int u = 1; u < BLOCK; u++) {
            int k = (2 * x + 1) * u % 32;
            k = k > 16 ? 32 - k : k;
            basis[u][x] = k > 8 ? -half_cos[16 - k] : half_cos[k];
        }
    }
}

/* out = basis * in * basis', or with the basis transposed; one chain of fma per element. */
static void transform(double out[BLOCK][BLOCK], double in[BLOCK][BLOCK], double basis[BLOCK][BLOCK], int back)
{
    double half[BLOCK][BLOCK];
    for (int i = 0; i < BLOCK; i++)
        for (int j = 0; j < BLOCK; j++) {
            double sum = 0.0;
            for (int k = 0; k < BLOCK; k++)
                sum = fma(back ? basis[k][i] : basis[i][k], in[k][j], sum);
            half[i][j] = sum;
        }
    for (int i = 0; i < BLOCK; i++)
        for (int j = 0; j < BLOCK; j++) {
            double sum = 0.0;
            for (int k = 0; k < BLOCK; k++)
                sum = fma(half[i][k], back ? basis[k][j] : basis[j][k], sum);
            out[i][j] = sum;
        }
}

static void quantise(double block[BLOCK][BLOCK], const uint8_t *table, int scale)
{
    for (int i = 0; i < BLOCK * BLOCK; i++) {
        int step = (table[i] * scale + 50) / 100;
        double q = step < 1 ? 1.0 : step > 255 ? 255.0 : step, *v = &block[i / BLOCK][i % BLOCK];
        *v = q * (*v < 0.0 ? -floor(0.5 - *v / q) : floor(0.5 + *v / q));
    }
}

static uint8_t to_byte(double v)
{
    return (uint8_t)(v <= 0.0 ? 0.0 : v >= 255.0 ? 255.0 : floor(v + 0.5));
}

static void one_block(uint8_t *rgb, size_t h, size_t w, size_t top, size_t left, int scale,
                      double basis[BLOCK][BLOCK])
{
    double ycc[3][BLOCK][BLOCK], spectrum[BLOCK][BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        for (size_t j = 0; j < BLOCK; j++) {
            size_t y = top + i < h ? top + i : h - 1, x = left + j < w ? left + j : w - 1;
            const uint8_t *p = rgb + (y * w + x) * 3;
            double r = p[0], g = p[1], b = p[2];
            ycc[0][i][j] = fma(0.299, r, fma(0.587, g, 0.114 * b)) - 128.0;
            ycc[1][i][j] = fma(-0.168735892, r, fma(-0.331264108, g, 0.5 * b));
            ycc[2][i][j] = fma(0.5, r, fma(-0.418687589, g, -0.081312411 * b));
        }
    for (size_t c = 0; c < 3; c++) {
        transform(spectrum, ycc[c], basis, 0);
        quantise(spectrum, tables[c > 0], scale);
        transform(ycc[c], spectrum, basis, 1);
    }
    for (size_t i = 0; i < BLOCK && top + i < h; i++)
        for (size_t j = 0; j < BLOCK && left + j < w; j++) {
            uint8_t *p = rgb + ((top + i) * w + left + j) * 3;
            double y = ycc[0][i][j] + 128.0, cb = ycc[1][i][j], cr = ycc[2][i][j];
            p[0] = to_byte(fma(1.402, cr, y));
            p[1] = to_byte(fma(-0.344136286, cb, fma(-0.714136286, cr, y)));
            p[2] = to_byte(fma(1.772, cb, y));
        }
}

void bf_disturb_jpeg(uint8_t *rgb, size_t h, size_t w, int quality)
{
    double basis[BLOCK][BLOCK];
    int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    fill_basis(basis);
    for (size_t top = 0; top < h; top += BLOCK)
        for (size_t left = 0; left < w; left += BLOCK)
            one_block(rgb, h, w, top, left, scale, basis);
}
