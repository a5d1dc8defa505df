/* Tells the format, verifies the structure, decodes, and words what went wrong. */
#include "tools/decode.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/decode_parts.h"
#include "tools/limits.h"

static bool starts(const uint8_t *bytes, size_t n, size_t at, const char *magic, size_t length)
{
    return n >= at + length && memcmp(bytes + at, magic, length) == 0;
}

/* ISO base media files: the brand says which codec. */
static bf_format sniff_ftyp(const uint8_t *bytes, size_t n)
{
    if (!starts(bytes, n, 4, "ftyp", 4))
        return BF_FORMAT_UNKNOWN;
    if (starts(bytes, n, 8, "avif", 4) || starts(bytes, n, 8, "avis", 4))
        return BF_FORMAT_AVIF;
    static const char *const heic[] = {"heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"};
    for (size_t i = 0; i < sizeof heic / sizeof heic[0]; i++)
        if (starts(bytes, n, 8, heic[i], 4))
            return BF_FORMAT_HEIC;
    return BF_FORMAT_UNKNOWN;
}

bf_format bf_format_sniff(const uint8_t *bytes, size_t n)
{
    static const struct {
        bf_format format;
        size_t at, length;
        const char *magic;
    } known[] = {
        {BF_FORMAT_JPEG, 0, 3, "\xFF\xD8\xFF"},
        {BF_FORMAT_PNG, 0, 8, "\x89PNG\r\n\x1A\n"},
        {BF_FORMAT_GIF, 0, 6, "GIF87a"},
        {BF_FORMAT_GIF, 0, 6, "GIF89a"},
        {BF_FORMAT_TIFF, 0, 4, "II*\0"},
        {BF_FORMAT_TIFF, 0, 4, "MM\0*"},
        {BF_FORMAT_JP2, 0, 8, "\0\0\0\x0CjP  "},
        {BF_FORMAT_JP2, 0, 4, "\xFF\x4F\xFF\x51"},
        {BF_FORMAT_JXL, 0, 8, "\0\0\0\x0CJXL "},
        {BF_FORMAT_JXL, 0, 2, "\xFF\x0A"},
        {BF_FORMAT_WEBP, 8, 4, "WEBP"},
        {BF_FORMAT_PSD, 0, 4, "8BPS"},
        {BF_FORMAT_BMP, 0, 2, "BM"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (starts(bytes, n, known[i].at, known[i].magic, known[i].length))
            return known[i].format;
    if (n >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
        (bytes[2] <= ' ' || bytes[2] == '#'))
        return BF_FORMAT_PNM;
    return sniff_ftyp(bytes, n);
}

const char *bf_format_name(bf_format format)
{
    static const char *const names[] = {"unknown", "JPEG",      "PNG",     "BMP",      "PNM",
                                        "GIF",     "TGA",       "WebP",    "TIFF",     "HEIC",
                                        "AVIF",    "JPEG 2000", "JPEG XL", "Photoshop"};
    return (size_t)format < sizeof names / sizeof names[0] ? names[format] : names[0];
}

/* Whether `name` ends in a dot and `extension` (lower case). */
static bool has_extension(const char *name, const char *extension)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL)
        return false;
    for (dot++; *dot != '\0' && *extension != '\0'; dot++, extension++) {
        char lower = *dot >= 'A' && *dot <= 'Z' ? (char)(*dot + ('a' - 'A')) : *dot;
        if (lower != *extension)
            return false;
    }
    return *dot == *extension;
}

bool bf_named_tga(const char *name)
{
    return has_extension(name, "tga");
}

int bf_image_extension(const char *name)
{
    static const char *const read[] = {"jpg", "jpeg", "jpe", "png", "bmp", "pgm", "ppm", "pnm", "tga", "gif"};
    static const char *const not_read[] = {"webp", "tif", "tiff", "heic", "heif", "avif", "jp2", "jxl"};
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++)
        if (has_extension(name, read[i]))
            return 1;
    for (size_t i = 0; i < sizeof not_read / sizeof not_read[0]; i++)
        if (has_extension(name, not_read[i]))
            return -1;
    return 0;
}

/* Where a message happened: the two names with their separators. */
typedef struct place {
    const char *set, *colon, *item;
} place;

static iv3_status damaged(const place *at, bf_format format, const char *reason, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_FORMAT, "%s%s%s: %s image cannot be decoded: %s", at->set, at->colon,
                    at->item, bf_format_name(format), reason);
}

static iv3_status no_memory(const place *at, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_NOMEM, "%s%s%s: no memory to decode the image", at->set, at->colon,
                    at->item);
}

static iv3_status decode_pnm(bf_image *image, const uint8_t *bytes, size_t n, bf_probe *probe,
                             const place *at, iv3_error *err)
{
    uint8_t *rgb = iv3_alloc_array(probe->h * probe->w, 3);
    if (rgb == NULL)
        return no_memory(at, err);
    if (!bf_pnm_pixels(bytes, n, rgb, probe)) {
        iv3_free(rgb);
        return damaged(at, BF_FORMAT_PNM, probe->reason, err);
    }
    *image = (bf_image){.rgb = rgb, .h = probe->h, .w = probe->w, .flags = probe->flags};
    return IV3_OK;
}

static iv3_status decode_stb(bf_image *image, const uint8_t *bytes, size_t n, bf_format format,
                             const bf_probe *probe, const place *at, iv3_error *err)
{
    uint8_t *opaque = NULL;
    if (probe->gif_transparent != 0) {
        /* stb_image leaves transparent pixels black; without the flag they keep their palette colour. */
        opaque = iv3_alloc(n);
        if (opaque == NULL)
            return no_memory(at, err);
        memcpy(opaque, bytes, n);
        opaque[probe->gif_transparent] &= 0xFE;
        bytes = opaque;
    }
    int channels;
    const char *reason = NULL;
    bool out_of_memory;
    image->rgb = bf_stb_decode(bytes, n, &image->h, &image->w, &channels, &reason, &out_of_memory);
    iv3_free(opaque);
    if (image->rgb == NULL)
        return out_of_memory ? no_memory(at, err) : damaged(at, format, reason, err);
    image->flags = probe->flags;
    if (format == BF_FORMAT_TGA && channels <= 2)
        image->flags |= BF_IMAGE_GREY;
    if ((format == BF_FORMAT_TGA || format == BF_FORMAT_BMP) && (channels == 2 || channels == 4))
        image->flags |= BF_IMAGE_ALPHA;
    return IV3_OK;
}

static bool check(bf_format format, const uint8_t *bytes, size_t n, bf_probe *probe)
{
    if (format == BF_FORMAT_JPEG)
        return bf_check_jpeg(bytes, n, probe);
    if (format == BF_FORMAT_PNG)
        return bf_check_png(bytes, n, probe);
    if (format == BF_FORMAT_BMP)
        return bf_check_bmp(bytes, n, probe);
    if (format == BF_FORMAT_GIF)
        return bf_check_gif(bytes, n, probe);
    if (format == BF_FORMAT_PNM)
        return bf_pnm_header(bytes, n, probe);
    return bf_check_tga(bytes, n, probe);
}

iv3_status bf_decode(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                     iv3_error *err)
{
    place at = {set == NULL ? "" : set, set == NULL ? "" : ": ", item};
    *image = (bf_image){0};
    if (n == 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s%s%s: the file is empty", at.set, at.colon, at.item);
    bf_format format = bf_format_sniff(bytes, n);
    if (format == BF_FORMAT_UNKNOWN && bf_named_tga(item))
        format = BF_FORMAT_TGA;
    if (format == BF_FORMAT_UNKNOWN)
        return iv3_fail(err, IV3_ERR_FORMAT,
                        "%s%s%s: not an image (JPEG, PNG, BMP, PNM, TGA or GIF expected)", at.set, at.colon,
                        at.item);
    if (format >= BF_FORMAT_WEBP)
        return iv3_fail(err, IV3_ERR_UNSUPPORTED, "%s%s%s: %s images cannot be read; convert to PNG", at.set,
                        at.colon, at.item, bf_format_name(format));
    bf_probe probe = {0};
    if (!check(format, bytes, n, &probe))
        return damaged(&at, format, probe.reason, err);
    if (probe.w == 0 || probe.h == 0)
        return damaged(&at, format, "it has no pixels", err);
    uint64_t most = bf_limits_get()->pixels;
    if (probe.w > BF_MAX_SIDE || probe.h > BF_MAX_SIDE || (uint64_t)probe.w * probe.h > most)
        return iv3_fail(err, IV3_ERR_UNSUPPORTED,
                        "%s%s%s: %zu x %zu pixels are too many (sides up to %d, %llu pixels in all)", at.set,
                        at.colon, at.item, probe.w, probe.h, BF_MAX_SIDE, (unsigned long long)most);
    if (format == BF_FORMAT_PNM)
        return decode_pnm(image, bytes, n, &probe, &at, err);
    return decode_stb(image, bytes, n, format, &probe, &at, err);
}

void bf_image_release(bf_image *image)
{
    if (image == NULL)
        return;
    iv3_free(image->rgb);
    *image = (bf_image){0};
}
