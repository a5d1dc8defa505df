/* Cropping, blurring and painting for the demo. No part of any metric: evaluated pictures never come here. */
#include "tools/photos/photos.h"

#include <string.h>

#include "engine/base/splitmix64.h"

/* A number in [0, n); n is small, so the bias of the remainder does not matter. */
static size_t random_below(uint64_t *s, size_t n)
{
    return (size_t)(feat_splitmix64(s) % n);
}

void bf_photo_crop(uint8_t *out, size_t size, const uint8_t *rgb, size_t h, size_t w, uint64_t seed)
{
    size_t largest = (h < w ? h : w) / size;
    size_t factor = 1 + random_below(&seed, largest);
    size_t top = random_below(&seed, h - size * factor + 1);
    size_t left = random_below(&seed, w - size * factor + 1);
    uint64_t area = (uint64_t)factor * factor;
    for (size_t y = 0; y < size; y++) {
        for (size_t x = 0; x < size; x++) {
            uint64_t sum[3] = {0, 0, 0};
            for (size_t i = 0; i < factor; i++) {
                const uint8_t *pixel = rgb + ((top + y * factor + i) * w + left + x * factor) * 3;
                for (size_t j = 0; j < factor * 3; j += 3) {
                    sum[0] += pixel[j];
                    sum[1] += pixel[j + 1];
                    sum[2] += pixel[j + 2];
                }
            }
            for (size_t c = 0; c < 3; c++)
                *out++ = (uint8_t)((sum[c] + area / 2) / area);
        }
    }
}

/* One run of the kernel along `n` samples, `stride` bytes apart. */
static void blur_line(uint8_t *out, const uint8_t *in, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        unsigned a = in[(i < 2 ? 0 : i - 2) * stride];
        unsigned b = in[(i < 1 ? 0 : i - 1) * stride];
        unsigned c = in[i * stride];
        unsigned d = in[(i + 1 < n ? i + 1 : n - 1) * stride];
        unsigned e = in[(i + 2 < n ? i + 2 : n - 1) * stride];
        out[i * stride] = (uint8_t)((a + e + 4 * (b + d) + 6 * c + 8) / 16);
    }
}

void bf_photo_blur(uint8_t *rgb, size_t h, size_t w, int passes, uint8_t *scratch)
{
    for (int pass = 0; pass < passes; pass++) {
        for (size_t y = 0; y < h; y++)
            for (size_t c = 0; c < 3; c++)
                blur_line(scratch + y * w * 3 + c, rgb + y * w * 3 + c, w, 3);
        for (size_t i = 0; i < w * 3; i++)
            blur_line(rgb + i, scratch + i, h, w * 3);
    }
}

/* --- painting ----------------------------------------------------------------------------------- */

/* The value at a lattice point, 0 to 255. */
static int lattice(uint64_t seed, size_t x, size_t y)
{
    uint64_t s = seed ^ (x * 0x9E3779B1u + y * 0x85EBCA77C2B2AE63u);
    return (int)(feat_splitmix64(&s) >> 56);
}

/* Noise in 0..255 at a pixel: lattice values `cell` pixels apart, joined linearly. */
static int noise(uint64_t seed, size_t x, size_t y, size_t cell)
{
    size_t i = x / cell, j = y / cell;
    int n = (int)cell, u = (int)(x % cell), v = (int)(y % cell);
    int top = lattice(seed, i, j) * (n - u) + lattice(seed, i + 1, j) * u;
    int bottom = lattice(seed, i, j + 1) * (n - u) + lattice(seed, i + 1, j + 1) * u;
    return (top * (n - v) + bottom * v) / (n * n);
}

/* Four octaves, 0 to 255. */
static int clouds(uint64_t seed, size_t x, size_t y, size_t cell)
{
    int sum = 0;
    for (int octave = 0; octave < 4; octave++) {
        sum += noise(seed + (uint64_t)octave, x, y, cell) * (8 >> octave);
        cell = cell > 2 ? cell / 2 : 1;
    }
    return sum / 15;
}

typedef struct disc {
    size_t x, y, radius;
    int colour[3];
} disc;

static int mix(int a, int b, int weight) /* weight 0..255 of b */
{
    return (a * (255 - weight) + b * weight) / 255;
}

void bf_photo_paint(uint8_t *rgb, size_t size, uint64_t seed)
{
    enum { DISCS = 6 };
    uint64_t s = seed;
    int sky[3], ground[3];
    disc discs[DISCS];
    for (size_t c = 0; c < 3; c++) {
        sky[c] = (int)random_below(&s, 256);
        ground[c] = (int)random_below(&s, 256);
    }
    for (size_t i = 0; i < DISCS; i++) {
        discs[i].x = random_below(&s, size);
        discs[i].y = random_below(&s, size);
        discs[i].radius = 1 + random_below(&s, size / 6 + 1);
        for (size_t c = 0; c < 3; c++)
            discs[i].colour[c] = (int)random_below(&s, 256);
    }
    uint64_t texture = feat_splitmix64(&s);
    size_t coarse = size / 4 + 1, fine = size / 32 + 1;
    for (size_t y = 0; y < size; y++) {
        for (size_t x = 0; x < size; x++) {
            int horizon = (int)size / 3 + noise(texture, x, 0, coarse) * (int)size / 512;
            int below = (int)y > horizon;
            int cloud = clouds(texture + 100, x, y, below ? fine : coarse);
            const disc *hit = NULL;
            for (size_t i = 0; i < DISCS; i++) {
                int64_t dx = (int64_t)x - (int64_t)discs[i].x, dy = (int64_t)y - (int64_t)discs[i].y;
                if (dx * dx + dy * dy <= (int64_t)(discs[i].radius * discs[i].radius))
                    hit = &discs[i];
            }
            for (size_t c = 0; c < 3; c++) {
                int base = below ? ground[c] : mix(sky[c], 255, (int)(y * 160 / size));
                int colour = hit != NULL ? hit->colour[c] : base;
                *rgb++ = (uint8_t)mix(colour, cloud, hit != NULL ? 60 : 110);
            }
        }
    }
}
