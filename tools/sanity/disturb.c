/* The disturbances of Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
 * equilibrium", 2017, and compression; strengths are ours, and follow the size of the picture. */
#include "tools/sanity/disturb.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/hash.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "tools/photos/photos.h"
#include "tools/sanity/disturb_jpeg.h"

static const struct {
    const char *name;
    int strength[BF_DISTURB_LEVELS]; /* in the unit of each function below */
    const char *levels[BF_DISTURB_LEVELS];
} kinds[] = {
    {"noise", {10, 25, 50}, {"10 % noise", "25 % noise", "50 % noise"}},
    {"blur", {128, 64, 32}, {"sigma 1/128 of the side", "sigma 1/64 of the side", "sigma 1/32 of the side"}},
    {"occlusion",
     {10, 20, 35},
     {"5 holes of 10 % of the sides", "5 holes of 20 % of the sides", "5 holes of 35 % of the sides"}},
    {"swirl", {15, 40, 100}, {"17 degrees", "44 degrees", "90 degrees"}},
    {"salt-and-pepper", {20, 50, 150}, {"2 % of the pixels", "5 % of the pixels", "15 % of the pixels"}},
    {"jpeg", {30, 10, 3}, {"quality 30", "quality 10", "quality 3"}},
};
_Static_assert(sizeof kinds / sizeof kinds[0] == BF_N_DISTURB, "a row for each kind");

const char *bf_disturb_name(bf_disturbance kind)
{
    return kinds[kind].name;
}

const char *bf_disturb_level(bf_disturbance kind, int level)
{
    return kinds[kind].levels[level - 1];
}

static uint8_t to_byte(double v)
{
    return (uint8_t)(v <= 0.0 ? 0.0 : v >= 255.0 ? 255.0 : floor(v + 0.5));
}

/* --- one function each --------------------------------------------------------------------------------- */

/* Twelve uniform numbers of 16 bits add up to a normal one nearly enough: mean 128, deviation 64. */
static int normal_byte(uint64_t *s)
{
    int64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t z = feat_splitmix64(s);
        for (int k = 0; k < 4; k++)
            sum += (int64_t)(z >> (16 * k) & 0xffff);
    }
    int64_t v = 128 + (sum - 6 * 65535) * 64 / 65536;
    return (int)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void add_noise(bf_image *image, int percent, uint64_t seed)
{
    for (size_t i = 0; i < image->h * image->w * 3; i++)
        image->rgb[i] =
            (uint8_t)((image->rgb[i] * (100 - percent) + normal_byte(&seed) * percent + 50) / 100);
}

/* A box of 2 radius + 1 samples and, on either side, `edge` / 256 of one more; edges repeated. */
typedef struct box {
    size_t radius, edge;
} box;

/* The box of a variance: Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box
 * filtering", 2011. */
static box box_of(double variance)
{
    size_t l = 0;
    while ((double)((l + 1) * (l + 2)) / 3.0 <= variance)
        l++;
    double n = (double)(2 * l + 1), missing = variance - (double)(l * (l + 1)) / 3.0,
           alpha = n * missing / (2.0 * ((double)((l + 1) * (l + 1)) - variance));
    return (box){l, (size_t)floor(alpha * 256.0 + 0.5)};
}

static void blur_line(uint16_t *out, const uint16_t *in, size_t n, size_t stride, const box *b)
{
    size_t r = b->radius, total = (2 * r + 1) * 256 + 2 * b->edge;
    uint64_t sum = 0;
#define AT(i) ((uint64_t)in[((i) < 0 ? 0 : (size_t)(i) >= n ? n - 1 : (size_t)(i)) * stride])
    for (int64_t i = -(int64_t)r; i <= (int64_t)r; i++)
        sum += AT(i);
    for (int64_t i = 0; i < (int64_t)n; i++) {
        int64_t before = i - (int64_t)r - 1, after = i + (int64_t)r + 1;
        uint64_t v = 256 * sum + b->edge * (AT(before) + AT(after));
        out[(size_t)i * stride] = (uint16_t)((v + total / 2) / total);
        sum += AT(after);
        sum -= AT(i - (int64_t)r);
    }
#undef AT
}

/* Sigma is a part of the shorter side. 256 steps of grey within one of the picture's. */
static feat_status blur(bf_image *image, int part, feat_error *err)
{
    size_t h = image->h, w = image->w, n = h * w * 3;
    double sigma = (double)(h < w ? h : w) / part;
    box b = box_of(sigma * sigma / 3.0);
    uint16_t *a = feat_alloc_array(n, 2 * sizeof *a), *t = a != NULL ? a + n : NULL;
    if (a == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to blur a picture of %zu x %zu", w, h);
    for (size_t i = 0; i < n; i++)
        a[i] = (uint16_t)(image->rgb[i] * 256);
    for (int pass = 0; pass < 3; pass++) {
        for (size_t y = 0; y < h; y++)
            for (size_t c = 0; c < 3; c++)
                blur_line(t + y * w * 3 + c, a + y * w * 3 + c, w, 3, &b);
        for (size_t i = 0; i < w * 3; i++)
            blur_line(a + i, t + i, h, w * 3, &b);
    }
    for (size_t i = 0; i < n; i++)
        image->rgb[i] = (uint8_t)((a[i] + 128) / 256);
    feat_free(a);
    return FEAT_OK;
}

static void cut_holes(bf_image *image, int percent, uint64_t seed)
{
    size_t h = image->h * (size_t)percent / 100, w = image->w * (size_t)percent / 100;
    h += h == 0;
    w += w == 0;
    for (int i = 0; i < 5; i++) {
        /* Places are drawn as parts of the free space, so that levels differ in size only. */
        size_t top = (size_t)((feat_splitmix64(&seed) >> 40) * (image->h - h + 1) >> 24);
        size_t left = (size_t)((feat_splitmix64(&seed) >> 40) * (image->w - w + 1) >> 24);
        for (size_t y = top; y < top + h; y++)
            memset(image->rgb + (y * image->w + left) * 3, 0, 3 * w);
    }
}

/* Colour at a place between pixels, edges repeated. */
static void sample(uint8_t out[3], const bf_image *from, double y, double x)
{
    double top = (double)(from->h - 1), right = (double)(from->w - 1);
    y = y < 0.0 ? 0.0 : y > top ? top : y;
    x = x < 0.0 ? 0.0 : x > right ? right : x;
    size_t y0 = (size_t)y, x0 = (size_t)x;
    size_t y1 = y0 + (y0 + 1 < from->h), x1 = x0 + (x0 + 1 < from->w);
    double v = y - (double)y0, u = x - (double)x0;
    for (size_t c = 0; c < 3; c++) {
        double a = from->rgb[(y0 * from->w + x0) * 3 + c], b = from->rgb[(y0 * from->w + x1) * 3 + c],
               d = from->rgb[(y1 * from->w + x0) * 3 + c], e = from->rgb[(y1 * from->w + x1) * 3 + c];
        double upper = fma(u, b - a, a), lower = fma(u, e - d, d);
        out[c] = to_byte(fma(v, lower - upper, upper));
    }
}

/* A turn by 2 atan(t), t = strength (1 - r^2)^2 at r parts of half the shorter side: no sine is needed. */
static feat_status swirl(bf_image *image, int percent, feat_error *err)
{
    size_t n = image->h * image->w * 3;
    bf_image from = *image;
    double cy = 0.5 * (double)(image->h - 1), cx = 0.5 * (double)(image->w - 1);
    double radius = 0.5 * (double)(image->h < image->w ? image->h : image->w);
    from.rgb = feat_alloc(n);
    if (from.rgb == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to swirl a picture of %zu x %zu", image->w, image->h);
    memcpy(from.rgb, image->rgb, n);
    for (size_t y = 0; y < image->h; y++)
        for (size_t x = 0; x < image->w; x++) {
            double dy = ((double)y - cy) / radius, dx = ((double)x - cx) / radius;
            double r2 = fma(dy, dy, dx * dx);
            if (r2 >= 1.0)
                continue;
            double t = 0.01 * percent * (1.0 - r2) * (1.0 - r2), d = fma(t, t, 1.0);
            double c = (1.0 - t * t) / d, s = 2.0 * t / d;
            sample(image->rgb + (y * image->w + x) * 3, &from, fma(radius, fma(c, dy, s * dx), cy),
                   fma(radius, fma(c, dx, -(s * dy)), cx));
        }
    feat_free(from.rgb);
    return FEAT_OK;
}

static void salt(bf_image *image, int per_mille, uint64_t seed)
{
    for (size_t i = 0; i < image->h * image->w; i++) {
        uint64_t z = feat_splitmix64(&seed);
        if ((z >> 32) * 1000 >> 32 < (uint64_t)per_mille)
            memset(image->rgb + 3 * i, (z & 1) != 0 ? 255 : 0, 3);
    }
}

static feat_status replace(bf_image *image, uint64_t seed, feat_error *err)
{
    size_t size = image->h < image->w ? image->h : image->w;
    size = size > 256 ? 256 : size < 16 ? 16 : size;
    uint8_t *rgb = feat_alloc(size * size * 3);
    if (rgb == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to paint %zu x %zu", size, size);
    bf_photo_paint(rgb, size, seed);
    bf_image_release(image);
    *image = (bf_image){.rgb = rgb, .h = size, .w = size};
    return FEAT_OK;
}

feat_status bf_disturb(bf_image *image, bf_disturbance kind, int level, uint64_t seed, feat_error *err)
{
    if (level == 0)
        return FEAT_OK;
    seed = (seed * 0x9e3779b97f4a7c15u + (uint64_t)kind) ^ feat_hash64(image->rgb, image->h * image->w * 3);
    int strength = (int)kind < (int)BF_N_DISTURB ? kinds[kind].strength[level - 1] : 0;
    switch (kind) {
    case BF_DISTURB_NOISE:
        add_noise(image, strength, seed);
        break;
    case BF_DISTURB_BLUR:
        return blur(image, strength, err);
    case BF_DISTURB_HOLES:
        cut_holes(image, strength, seed);
        break;
    case BF_DISTURB_SWIRL:
        return swirl(image, strength, err);
    case BF_DISTURB_SALT:
        salt(image, strength, seed);
        break;
    case BF_DISTURB_JPEG:
        bf_disturb_jpeg(image->rgb, image->h, image->w, strength);
        break;
    case BF_DISTURB_FOREIGN:
        return replace(image, seed, err);
    }
    return FEAT_OK;
}
