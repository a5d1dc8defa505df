/* Tells the format, verifies the structure, decodes, and words what went wrong. */
#include "tools/images/image.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/bytes.h"
#include "tools/base/limits.h"
#include "tools/base/other_file.h"
#include "tools/images/decode_parts.h"

#if defined(BF_WEBP)
#define WEBP_HEADER bf_webp_header
#define WEBP_PIXELS bf_webp_pixels
#else
#define WEBP_HEADER NULL
#define WEBP_PIXELS NULL
#endif

static bool starts(const uint8_t *bytes, size_t n, size_t at, const char *magic, size_t length)
{
    return n >= at + length && memcmp(bytes + at, magic, length) == 0;
}

static bool is_webp(const uint8_t *bytes, size_t n)
{
    return starts(bytes, n, 0, "RIFF", 4) && starts(bytes, n, 8, "WEBP", 4);
}

static bool is_pnm(const uint8_t *bytes, size_t n)
{
    return n >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' && (bytes[2] <= ' ' || bytes[2] == '#');
}

/* ISO base media files: the brands say which codec, the compatible ones where the major one does not. */
static bool is_avif(const uint8_t *bytes, size_t n)
{
    if (!starts(bytes, n, 4, "ftyp", 4))
        return false;
    size_t end = bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] < n ? bytes[3] : n;
    for (size_t at = 8; at + 4 <= end; at += 4)
        if (starts(bytes, n, at, "avif", 4) || starts(bytes, n, at, "avis", 4))
            return true;
    return false;
}

static bool is_heic(const uint8_t *bytes, size_t n)
{
    static const char *const heic[] = {"heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"};
    if (!starts(bytes, n, 4, "ftyp", 4) || is_avif(bytes, n))
        return false;
    for (size_t i = 0; i < sizeof heic / sizeof heic[0]; i++)
        if (starts(bytes, n, 8, heic[i], 4))
            return true;
    return false;
}

/* "BM" begins words as well: the size of the header that follows is one of those there are. */
static bool has_bmp_header(const uint8_t *head, size_t n)
{
    static const uint32_t sizes[] = {12, 16, 40, 52, 56, 64, 108, 124};
    if (n < 18)
        return false;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (bf_le32(head + 14) == sizes[i])
            return true;
    return false;
}

/* "P6" and blank space, then the width or a comment. */
static bool has_pnm_width(const uint8_t *head, size_t n)
{
    size_t at = 2;
    while (at < n && head[at] <= ' ')
        at++;
    return at < n && (head[at] == '#' || (head[at] >= '0' && head[at] <= '9'));
}

enum { MAX_MAGICS = 4 };

/* One row per format: all that is said of a format as such. */
static const struct format {
    const char *name, *extensions; /* the latter with a space in front of and behind each */
    struct {
        size_t length;
        const char *bytes;
    } magics[MAX_MAGICS]; /* how its files begin */
    bool (*is)(const uint8_t *bytes, size_t n); /* where a beginning does not tell; asked when none of all does */
    bool (*is_too)(const uint8_t *head, size_t n); /* where two letters are not enough for a file without extension */
    bf_header_reader *header;
    bf_pixel_reader *pixels;
    const char *instead; /* of what is not read: a command that makes PNG of it */
} formats[] = {
    [BF_FORMAT_UNKNOWN] = {.name = "unknown", .extensions = "", .instead = ""},
    [BF_FORMAT_JPEG] = {.name = "JPEG",
                        .extensions = " jpg jpeg jpe ",
                        .magics = {{3, "\xFF\xD8\xFF"}},
                        .header = bf_jpeg_header,
                        .pixels = bf_jpeg_pixels},
    [BF_FORMAT_PNG] = {.name = "PNG",
                       .extensions = " png ",
                       .magics = {{8, "\x89PNG\r\n\x1A\n"}},
                       .header = bf_png_header,
                       .pixels = bf_png_pixels},
    [BF_FORMAT_BMP] = {.name = "BMP",
                       .extensions = " bmp ",
                       .magics = {{2, "BM"}},
                       .is_too = has_bmp_header,
                       .header = bf_bmp_header,
                       .pixels = bf_bmp_pixels},
    [BF_FORMAT_PNM] = {.name = "PNM",
                       .extensions = " pbm pgm ppm pnm ",
                       .is = is_pnm,
                       .is_too = has_pnm_width,
                       .header = bf_pnm_header,
                       .pixels = bf_pnm_pixels},
    [BF_FORMAT_GIF] = {.name = "GIF",
                       .extensions = " gif ",
                       .magics = {{6, "GIF87a"}, {6, "GIF89a"}},
                       .header = bf_gif_header,
                       .pixels = bf_gif_pixels},
    [BF_FORMAT_TGA] = {.name = "TGA", .extensions = " tga ", .header = bf_tga_header, .pixels = bf_tga_pixels},
    [BF_FORMAT_WEBP] = {.name = "WebP",
                        .extensions = " webp ",
                        .is = is_webp,
                        .header = WEBP_HEADER,
                        .pixels = WEBP_PIXELS,
                        .instead = "dwebp FILE -o FILE.png (this program was built with WEBP=0)"},
    [BF_FORMAT_TIFF] = {.name = "TIFF",
                        .extensions = " tif tiff ",
                        .magics = {{4, "II*\0"}, {4, "MM\0*"}, {4, "II+\0"}, {4, "MM\0+"}}, /* + is BigTIFF */
                        .instead = "mogrify -format png FILE (ImageMagick)"},
    [BF_FORMAT_HEIC] = {.name = "HEIC",
                        .extensions = " heic heif ",
                        .is = is_heic,
                        .instead = "heif-convert FILE FILE.png (libheif)"},
    [BF_FORMAT_AVIF] = {.name = "AVIF",
                        .extensions = " avif ",
                        .is = is_avif,
                        .instead = "avifdec FILE FILE.png (libavif)"},
    [BF_FORMAT_JP2] = {.name = "JPEG 2000",
                       .extensions = " jp2 j2k jpx ",
                       .magics = {{8, "\0\0\0\x0CjP  "}, {4, "\xFF\x4F\xFF\x51"}},
                       .instead = "opj_decompress -i FILE -o FILE.png (OpenJPEG)"},
    [BF_FORMAT_JXL] = {.name = "JPEG XL",
                       .extensions = " jxl ",
                       .magics = {{8, "\0\0\0\x0CJXL "}, {2, "\xFF\x0A"}},
                       .instead = "djxl FILE FILE.png (libjxl)"},
    [BF_FORMAT_PSD] = {.name = "Photoshop",
                       .extensions = " psd ",
                       .magics = {{4, "8BPS"}},
                       .instead = "convert 'FILE[0]' FILE.png (ImageMagick)"},
};
_Static_assert(sizeof formats / sizeof formats[0] == BF_N_FORMATS, "a row for each format");

bf_format bf_format_sniff(const uint8_t *bytes, size_t n)
{
    for (int f = 1; f < BF_N_FORMATS; f++)
        for (size_t i = 0; i < MAX_MAGICS && formats[f].magics[i].length > 0; i++)
            if (starts(bytes, n, 0, formats[f].magics[i].bytes, formats[f].magics[i].length))
                return (bf_format)f;
    for (int f = 1; f < BF_N_FORMATS; f++)
        if (formats[f].is != NULL && formats[f].is(bytes, n))
            return (bf_format)f;
    return BF_FORMAT_UNKNOWN;
}

bool bf_head_is_image(const uint8_t *head, size_t n)
{
    bf_format format = bf_format_sniff(head, n);
    return format != BF_FORMAT_UNKNOWN && (formats[format].is_too == NULL || formats[format].is_too(head, n));
}

const char *bf_format_name(bf_format format)
{
    return formats[(size_t)format < BF_N_FORMATS ? format : BF_FORMAT_UNKNOWN].name;
}

bool bf_format_is_read(bf_format format)
{
    return (size_t)format < BF_N_FORMATS && formats[format].header != NULL;
}

/* The format whose extension the name ends in, BF_FORMAT_UNKNOWN for none. */
static bf_format by_extension(const char *name)
{
    const char *dot = strrchr(name, '.');
    char word[32] = " "; /* longer than any extension in the table */
    size_t n = 1;
    for (const char *p = dot == NULL ? "" : dot + 1; *p != '\0'; p++) {
        if (n == sizeof word - 2 || *p == ' ')
            return BF_FORMAT_UNKNOWN;
        word[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p + ('a' - 'A')) : *p;
    }
    word[n] = ' ';
    for (int f = 1; f < BF_N_FORMATS && n > 1; f++)
        if (strstr(formats[f].extensions, word) != NULL)
            return (bf_format)f;
    return BF_FORMAT_UNKNOWN;
}

bool bf_named_tga(const char *name)
{
    return by_extension(name) == BF_FORMAT_TGA;
}

int bf_image_extension(const char *name)
{
    bf_format format = by_extension(name);
    return format == BF_FORMAT_UNKNOWN ? 0 : bf_format_is_read(format) ? 1 : -1;
}

/* Where a message happened: the two names with their separators. */
typedef struct place {
    const char *set, *colon, *item;
} place;

static feat_status failed(const place *at, bf_format format, const bf_probe *probe, feat_error *err)
{
    if (probe->no_memory)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s%s%s: no memory to decode the image", at->set, at->colon, at->item);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s%s%s: %s image cannot be decoded: %s", at->set, at->colon, at->item,
                     formats[format].name, probe->reason != NULL ? probe->reason : "damaged");
}

static feat_status not_read(const place *at, bf_format format, const uint8_t *bytes, size_t n, feat_error *err)
{
    bf_other other = format == BF_FORMAT_UNKNOWN ? bf_other_tell(bytes, n) : (bf_other){NULL, NULL};
    if (other.what != NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s%s%s: not an image but %s%s%s", at->set, at->colon, at->item,
                         other.what, other.advice != NULL ? "; " : "", other.advice != NULL ? other.advice : "");
    if (format == BF_FORMAT_UNKNOWN)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s%s%s: not an image (JPEG, PNG, WebP, BMP, PNM, TGA or GIF expected)", at->set, at->colon,
                         at->item);
    return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s%s%s: %s images cannot be read; convert to PNG: %s", at->set,
                     at->colon, at->item, formats[format].name, formats[format].instead);
}

const char *bf_pixels_advice(char text[64], size_t w, size_t h)
{
    uint64_t millions = ((uint64_t)w * h + 999999) / 1000000;
    text[0] = '\0';
    if (w <= BF_MAX_SIDE && h <= BF_MAX_SIDE && millions * 1000000 <= BF_MAX_PIXELS)
        snprintf(text, 64, "; --limits pixels=%lluM takes it", (unsigned long long)millions);
    return text;
}

static feat_status too_many(const place *at, size_t w, size_t h, uint64_t most, feat_error *err)
{
    char advice[64];
    return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                     "%s%s%s: %zu x %zu pixels are too many (sides up to %d, %llu pixels in all)%s", at->set, at->colon,
                     at->item, w, h, BF_MAX_SIDE, (unsigned long long)most, bf_pixels_advice(advice, w, h));
}

static bool one_colour(const uint8_t *rgb, size_t n_pixels)
{
    return memcmp(rgb, rgb + 3, 3 * (n_pixels - 1)) == 0;
}

static feat_status read_pixels(bf_image *image, const uint8_t *bytes, size_t n, const bf_decoding *how,
                               bf_format format, bf_probe *probe, const place *at, feat_error *err)
{
    enum { ROWS = 320, FIXED = 1 << 20 }; /* bytes of all rows of a decoder for one of its width; the rest of it */
    uint64_t beside = probe->beside + ROWS * (uint64_t)probe->w + FIXED;
    uint8_t *rgb = how->room != NULL ? how->room(how->context, probe->h, probe->w, beside)
                                     : feat_alloc(probe->h * probe->w * 3);
    probe->no_memory = rgb == NULL;
    if (rgb == NULL || !formats[format].pixels(bytes, n, rgb, probe)) {
        if (how->room == NULL)
            feat_free(rgb);
        return failed(at, format, probe, err);
    }
    *image = (bf_image){.rgb = rgb, .h = probe->h, .w = probe->w, .flags = probe->flags};
    image->flags |= probe->largest << BF_IMAGE_LARGEST;
    image->flags |= one_colour(rgb, probe->h * probe->w) ? BF_IMAGE_FLAT : 0u;
    return FEAT_OK;
}

feat_status bf_decode_as(bf_image *image, const uint8_t *bytes, size_t n, const bf_decoding *how, feat_error *err)
{
    const char *set = how->set;
    place at = {set == NULL ? "" : set, set == NULL ? "" : ": ", how->item};
    *image = (bf_image){0};
    if (n == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s%s%s: the file is empty", at.set, at.colon, at.item);
    bf_format format = bf_format_sniff(bytes, n);
    if (format == BF_FORMAT_UNKNOWN && bf_named_tga(how->item))
        format = BF_FORMAT_TGA;
    if (!bf_format_is_read(format))
        return not_read(&at, format, bytes, n, err);
    bf_probe probe = {.bits = (unsigned)bf_limits_bits()};
    if (!formats[format].header(bytes, n, &probe))
        return failed(&at, format, &probe, err);
    if (probe.w == 0 || probe.h == 0) {
        probe.reason = "it has no pixels";
        return failed(&at, format, &probe, err);
    }
    uint64_t most = bf_limits_get()->pixels;
    if (probe.w > BF_MAX_SIDE || probe.h > BF_MAX_SIDE || (uint64_t)probe.w * probe.h > most)
        return too_many(&at, probe.w, probe.h, most, err);
    return read_pixels(image, bytes, n, how, format, &probe, &at, err);
}

feat_status bf_decode(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                      feat_error *err)
{
    const bf_decoding how = {.set = set, .item = item};
    return bf_decode_as(image, bytes, n, &how, err);
}

void bf_image_release(bf_image *image)
{
    if (image == NULL)
        return;
    if (image->give_back != NULL)
        image->give_back(image->owner);
    else
        feat_free(image->rgb);
    *image = (bf_image){0};
}
