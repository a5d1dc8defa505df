/* Decoding against Pillow (tests/data/image_data.h), and what must never be taken for a picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/crc32.h"
#include "tests/data/image_data.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"

enum { N_IMAGES = sizeof image_data / sizeof image_data[0] };

static uint8_t *load(const char *name, const char *suffix, size_t *n)
{
    char path[256];
    uint8_t *bytes;
    feat_error err;
    snprintf(path, sizeof path, "tests/data/images/%s%s", name, suffix);
    if (bf_file_read(&bytes, n, path, 1 << 20, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return bytes;
}

static feat_status decode(bf_image *image, const void *bytes, size_t n, const char *name, feat_error *err)
{
    return bf_decode(image, bytes, n, "set", name, err);
}

static void test_as_pillow(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_IMAGES; i++) {
        const char *name = image_data[i].name;
        size_t n;
        feat_error err = {0};
        bf_image image;
        uint8_t *bytes = load(name, "", &n);
        if (decode(&image, bytes, n, name, &err) != FEAT_OK)
            fail_msg("%s", err.message);
        assert_int_equal(image.h, image_data[i].h);
        assert_int_equal(image.w, image_data[i].w);
        unsigned flags = image.flags & 0xFFFF;
        if (flags != image_data[i].flags)
            fail_msg("%s: flags %u expected, %u found", name, image_data[i].flags, flags);
        assert_int_equal((flags & BF_IMAGE_16BIT) != 0, image.flags >> BF_IMAGE_LARGEST > 255);
        uint32_t crc = feat_crc32(0, image.rgb, image.h * image.w * 3);
        if (crc != image_data[i].crc)
            fail_msg("%s: CRC-32 0x%08x expected, 0x%08x found", name, image_data[i].crc, crc);
        bf_image_release(&image);
        feat_free(bytes);
    }
}

/* Every beginning of every file: an error, or (when only a trailer is missing) the whole picture. */
static void test_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_IMAGES; i++) {
        const char *name = image_data[i].name;
        size_t n, n_good = 0;
        uint8_t *bytes = load(name, "", &n);
        if (strcmp(name, "plain.pnm") == 0) { /* "25" may be all that was meant, or the start of "255" */
            feat_free(bytes);
            continue;
        }
        for (size_t length = 0; length < n; length++) {
            uint8_t *part = malloc(length + 1); /* so that a sanitizer sees reads past the end */
            uint8_t *exact = realloc(part, length == 0 ? 1 : length);
            feat_error err = {0};
            bf_image image;
            assert_non_null(exact);
            memcpy(exact, bytes, length);
            if (decode(&image, exact, length, name, &err) == FEAT_OK) {
                n_good++;
                assert_false((image.flags & BF_IMAGE_LOSSY) != 0); /* no JPEG without its end */
                assert_int_equal(feat_crc32(0, image.rgb, image.h * image.w * 3), image_data[i].crc);
                bf_image_release(&image);
            } else {
                assert_null(image.rgb);
                assert_true(err.status == FEAT_ERR_FORMAT);
            }
            free(exact);
        }
        /* Trailers: 1 byte in GIF (all that follows the first picture in two.gif), 26 in TGA, padding in BMP. */
        if (strstr(name, ".gif") == NULL && strstr(name, ".tga") == NULL && n_good > (strstr(name, ".bmp") ? 3 : 0))
            fail_msg("%s: %zu of its beginnings are taken for pictures", name, n_good);
        feat_free(bytes);
    }
}

/* Damage anywhere must neither crash nor leak, and gives the same result each time. */
static void test_damage(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (size_t i = 0; i < N_IMAGES; i++) {
        size_t n;
        uint8_t *bytes = load(image_data[i].name, "", &n);
        for (int round = 0; round < 200; round++) {
            uint32_t crc[2] = {0, 0};
            random = random * 1664525 + 1013904223;
            size_t at = (random >> 8) % n;
            random = random * 1664525 + 1013904223;
            uint8_t old = bytes[at];
            bytes[at] ^= (uint8_t)((random >> 24) | 1);
            for (int twice = 0; twice < 2; twice++) {
                bf_image image;
                if (decode(&image, bytes, n, image_data[i].name, NULL) == FEAT_OK)
                    crc[twice] = feat_crc32(0, image.rgb, image.h * image.w * 3);
                bf_image_release(&image);
            }
            assert_int_equal(crc[0], crc[1]);
            bytes[at] = old;
        }
        feat_free(bytes);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_IMAGES; i++) {
        size_t n, live;
        uint8_t *bytes = load(image_data[i].name, "", &n);
        live = feat_alloc_live();
        feat_status status = FEAT_ERR_NOMEM;
        for (long k = 0; status != FEAT_OK; k++) {
            feat_error err = {0};
            bf_image image;
            assert_true(k < 100);
            feat_alloc_fail_after(k);
            status = decode(&image, bytes, n, image_data[i].name, &err);
            feat_alloc_fail_after(-1);
            if (status != FEAT_OK && status != FEAT_ERR_NOMEM)
                fail_msg("%s: %s", image_data[i].name, err.message);
            bf_image_release(&image);
            if (feat_alloc_live() != live)
                fail_msg("%s: %zu blocks leaked when allocation %ld failed", image_data[i].name,
                         feat_alloc_live() - live, k);
        }
        feat_free(bytes);
    }
}

/* maxval to 255: rounded; above 255 by way of 16 bits, of which the high byte is taken. */
static void test_pnm_scaling(void **state)
{
    (void)state;
    const struct {
        const char *file;
        uint8_t want[4];
    } files[] = {
        {"P2 4 1 7 0 3 4 9", {0, 109, 146, 255}}, /* 3 * 255 / 7 = 109.3, 4 * 255 / 7 = 145.7; 9 is clamped */
        {"P2 4 1 1000 0 1 500 1000", {0, 0, 128, 255}},
        {"P2 4 1 65535 255 256 65279 65535", {0, 1, 254, 255}},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        bf_image image;
        assert_int_equal(decode(&image, files[i].file, strlen(files[i].file), "a.pgm", NULL), FEAT_OK);
        for (size_t k = 0; k < 12; k++)
            assert_int_equal(image.rgb[k], files[i].want[k / 3]);
        bf_image_release(&image);
    }
}

static void expect(const void *bytes, size_t n, const char *name, feat_status status, const char *text)
{
    feat_error err = {0};
    bf_image image;
    assert_int_equal(decode(&image, bytes, n, name, &err), status);
    assert_null(image.rgb);
    assert_true(strncmp(err.message, "set: ", 5) == 0);
    if (strstr(err.message, name) == NULL || strstr(err.message, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, text);
}

static void test_refused(void **state)
{
    (void)state;
    expect("", 0, "a.png", FEAT_ERR_FORMAT, "empty");
    expect("hello, world", 12, "a.png", FEAT_ERR_FORMAT, "not an image but text; look into it");
    expect("hello\0world!", 12, "a.png", FEAT_ERR_FORMAT, "not an image (JPEG, PNG");
    expect("\n<!DOCTYPE html><html>", 22, "a.jpg", FEAT_ERR_FORMAT, "not an image but an HTML page: the download was");
    expect("<html><svg></svg></html>", 24, "a.jpg", FEAT_ERR_FORMAT, "not an image but an HTML page: the download was");
    expect("<?xml version='1.0'?><svg/>", 27, "a.jpg", FEAT_ERR_FORMAT, "an SVG drawing; convert to PNG: rsvg-convert");
    expect("version https://git-lfs.github.com/spec/v1\n", 43, "a.png", FEAT_ERR_FORMAT,
           "but a pointer of Git LFS; fetch");
    expect("PK\3\4\24\0\0\0", 8, "a.png", FEAT_ERR_FORMAT, "but a ZIP archive; unpack it");
    expect("\x1F\x8B\x08\0\0\0", 6, "a.png", FEAT_ERR_FORMAT, "not an image but packed by gzip; unpack it into the");
    expect("%PDF-1.7\n", 9, "a.png", FEAT_ERR_FORMAT, "but a PDF document; extract its images");
    expect("\0\0\0\x18" "ftypisom", 12, "a.png", FEAT_ERR_FORMAT, "but a film; extract its frames");
    expect("\x93NUMPY\1\0v\0", 10, "a.png", FEAT_ERR_FORMAT, "but a NumPy array; give the file itself as the set");
    expect("II*\0\10\0\0\0", 8, "a.tif", FEAT_ERR_UNSUPPORTED,
           "TIFF images cannot be read; convert to PNG: mogrify -format png");
    expect("II+\0\10\0\0\0", 8, "big.jpg", FEAT_ERR_UNSUPPORTED, "TIFF images cannot be read");
    if (bf_format_is_read(BF_FORMAT_WEBP))
        expect("RIFF\x10\0\0\0WEBPVP8 ", 16, "a.png", FEAT_ERR_FORMAT, "WebP image cannot be decoded: truncated");
    else
        expect("RIFF\x10\0\0\0WEBPVP8 ", 16, "a.png", FEAT_ERR_UNSUPPORTED, "built with WEBP=0");
    expect("\0\0\0\x18"
           "ftypheic\0\0",
           14, "a.heic", FEAT_ERR_UNSUPPORTED, "HEIC images cannot be read");
    expect("\0\0\0\x1c"
           "ftypmif1\0\0\0\0mif1avif",
           24, "a.jpg", FEAT_ERR_UNSUPPORTED, "AVIF images cannot be read; convert to PNG: avifdec");
    expect("\0\0\0\x1c"
           "ftypavif\0\0",
           14, "a.avif", FEAT_ERR_UNSUPPORTED, "AVIF images cannot be read");
    expect("P4 8 2 \0", 8, "a.pnm", FEAT_ERR_FORMAT, "truncated");
    expect("P6 2 2 255\n123", 14, "a.ppm", FEAT_ERR_FORMAT, "truncated");
    expect("P6 2 2 70000\n", 13, "a.ppm", FEAT_ERR_FORMAT, "bad header");
    expect("P6 0 2 255\n", 11, "a.ppm", FEAT_ERR_FORMAT, "no pixels");
    expect("P2 1 1 255\n x", 13, "a.pgm", FEAT_ERR_FORMAT, "not a number");
    expect("P5 70000 1 255\n", 15, "a.pgm", FEAT_ERR_UNSUPPORTED, "70000 x 1 pixels are too many");
    char text[64];
    assert_string_equal(bf_pixels_advice(text, 10500, 10000), "; --limits pixels=105M takes it");
    assert_string_equal(bf_pixels_advice(text, 70000, 1), "");
    assert_string_equal(bf_pixels_advice(text, 60000, 60000), "");
    assert_string_equal(bf_pixels_advice(text, 50000, 14000), "; --limits pixels=700M takes it");
    expect("P5 60000 60000 255\n", 19, "a.pgm", FEAT_ERR_FORMAT, "truncated");
    expect("0123456789abcdefghij", 20, "a.tga", FEAT_ERR_FORMAT, "TGA");
}

/* More Huffman symbols than a table holds. */
static void test_huffman_overflow(void **state)
{
    (void)state;
    enum { SEGMENT = 19 + 400 };
    uint8_t bytes[15 + 2 + SEGMENT] = {0xFF, 0xD8, 0xFF, 0xC0, 0,    11, 8,    0,    8,            0,
                                       8,    1,    1,    0x11, 0,    0xFF, 0xC4, SEGMENT >> 8, SEGMENT & 255};
    bytes[20 + 14] = 200;
    bytes[20 + 15] = 200;
    expect(bytes, sizeof bytes, "a.jpg", FEAT_ERR_FORMAT, "bad Huffman table");
}

static void test_checksums(void **state)
{
    (void)state;
    size_t n;
    uint8_t *bytes = load("rgb.png", "", &n);
    bytes[n - 20] ^= 1; /* in IDAT */
    expect(bytes, n, "rgb.png", FEAT_ERR_FORMAT, "checksum");
    feat_free(bytes);
    assert_int_equal(feat_crc32(0, "123456789", 9), 0xCBF43926u); /* the check value of CRC-32 */
    assert_int_equal(feat_crc32(feat_crc32(0, "1234", 4), "56789", 5), 0xCBF43926u);
}

static void test_extensions(void **state)
{
    (void)state;
    const char *const read[] = {"a.png", "A.PNG", "x/y.Jpg", "b.jpeg", "b.jpe", "b.bmp",
                                "b.pgm", "b.ppm", "b.pnm",   "b.tga",  "b.gif", ".gif",  "m.pbm"};
    const char *const not_read[] = {"a.TIF", "a.tiff", "a.heic", "a.avif", "a.jp2"};
    const char *const other[] = {"a", "png", "a.txt", "a.pn", "a.pngx", "a.png.txt", "a.", "", "a.png/b"};
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++)
        assert_int_equal(bf_image_extension(read[i]), 1);
    for (size_t i = 0; i < sizeof not_read / sizeof not_read[0]; i++)
        assert_int_equal(bf_image_extension(not_read[i]), -1);
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_int_equal(bf_image_extension(other[i]), 0);
    assert_int_equal(bf_image_extension("a.WebP"), bf_format_is_read(BF_FORMAT_WEBP) ? 1 : -1);
}

/* 16-bit samples that use only some of their bits, and what a picture says of itself. */
static void test_bits(void **state)
{
    (void)state;
    static const char file[] = "P5 4 1 65535\n\0\0\0\x10\x0f\xff\x1f\xff";
    static const struct {
        uint64_t bits;
        uint8_t want[4];
    } cases[] = {{0, {0, 0, 15, 31}}, {16, {0, 0, 15, 31}}, {12, {0, 1, 255, 255}}, {13, {0, 0, 127, 255}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bf_image image;
        bf_limits_set_bits(cases[i].bits);
        assert_int_equal(decode(&image, file, sizeof file - 1, "a.pgm", NULL), FEAT_OK);
        for (size_t k = 0; k < 12; k++)
            assert_int_equal(image.rgb[k], cases[i].want[k / 3]);
        assert_int_equal(image.flags >> BF_IMAGE_LARGEST, 0x1fff);
        assert_int_equal(image.flags & 0xFFFF, BF_IMAGE_GREY | BF_IMAGE_16BIT);
        bf_image_release(&image);
    }
    bf_limits_set_bits(0);
    bf_image image;
    assert_int_equal(decode(&image, "P3 2 1 9 7 8 9 7 8 9", 20, "a.ppm", NULL), FEAT_OK);
    assert_int_equal(image.flags, BF_IMAGE_FLAT);
    bf_image_release(&image);
}

static int no_leak(void **state)
{
    (void)state;
    return feat_alloc_live() == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_as_pillow, no_leak),
        cmocka_unit_test_teardown(test_truncation, no_leak),
        cmocka_unit_test_teardown(test_damage, no_leak),
        cmocka_unit_test_teardown(test_no_memory, no_leak),
        cmocka_unit_test_teardown(test_refused, no_leak),
        cmocka_unit_test_teardown(test_pnm_scaling, no_leak),
        cmocka_unit_test_teardown(test_huffman_overflow, no_leak),
        cmocka_unit_test_teardown(test_checksums, no_leak),
        cmocka_unit_test_teardown(test_extensions, no_leak),
        cmocka_unit_test_teardown(test_bits, no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
