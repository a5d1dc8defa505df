/* Arrays that are pictures only by --range and --layout: floats, channels first, alpha. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/half.h"
#include "tests/own_folder.h"
#include "tools/images/image.h"
#include "tools/sets/set.h"

/* An .npy of the test's folder. */
static void put_npy(const char *name, const char *descr, const char *shape, const void *data, size_t bytes)
{
    static uint8_t file[128 + 4096];
    char text[119];
    memcpy(file, "\x93NUMPY\1\0v\0", 10);
    snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
    memset(file + 10, ' ', 118);
    memcpy(file + 10, text, strlen(text));
    file[127] = '\n';
    memcpy(file + 128, data, bytes);
    own_put(name, file, 128 + bytes);
}

static bf_set_how how_of(const char *range, const char *layout)
{
    bf_set_how how = {.prefer_stats = false};
    feat_error err = {0};
    if (bf_set_how_parse(&how, range, layout, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return how;
}

static bf_set *open_set(const char *name, const char *range, const char *layout)
{
    bf_set *set;
    feat_error err = {0};
    bf_set_how how = how_of(range, layout);
    if (bf_set_open_as(&set, own_path(name), &how, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(bf_set_get_kind(set), BF_SET_IMAGES);
    return set;
}

static void expect_refused(const char *name, const char *range, const char *layout, const char *text)
{
    bf_set *set;
    feat_error err = {0};
    bf_set_how how = how_of(range, layout);
    assert_int_equal(bf_set_open_as(&set, own_path(name), &how, &err), FEAT_ERR_FORMAT);
    assert_null(set);
    if (strstr(err.message, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, text);
}

static void expect_unreadable(const bf_set *set, size_t index, const char *text)
{
    bf_image image;
    feat_error err = {0};
    assert_int_equal(bf_set_read_image(set, index, &image, &err), FEAT_ERR_FORMAT);
    assert_null(image.rgb);
    if (strstr(err.message, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, text);
}

/* What is read of image `index` is these bytes [h][w][3]. */
static void expect_pixels(const bf_set *set, size_t index, size_t h, size_t w, const uint8_t *rgb, unsigned flags)
{
    bf_image image;
    feat_error err = {0};
    if (bf_set_read_image(set, index, &image, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(image.h, h);
    assert_int_equal(image.w, w);
    assert_int_equal(image.flags, flags);
    assert_memory_equal(image.rgb, rgb, h * w * 3);
    bf_image_release(&image);
}

/* 255 x + 0.5 without the rest: halves go up, and the range's ends are 0 and 255. */
static void test_values(void **state)
{
    (void)state;
    const float x[6] = {0.0f, 1.0f, 0.5f, 0.00196f, 0.00197f, 0.999f};
    const uint8_t bytes[6] = {0, 255, 128, 0, 1, 255};
    float scaled[6];
    double wide[6];
    uint16_t half[6];
    for (size_t i = 0; i < 6; i++) {
        scaled[i] = 2.0f * x[i] - 1.0f;
        wide[i] = 510.0 * (double)x[i];
        half[i] = feat_half_round(x[i]);
    }
    put_npy("x.npy", "<f4", "(1, 1, 2, 3)", x, sizeof x);
    put_npy("y.npy", "<f4", "(1, 1, 2, 3)", scaled, sizeof scaled);
    put_npy("wide.npy", "<f8", "(1, 1, 2, 3)", wide, sizeof wide);
    put_npy("half.npy", "<f2", "(1, 1, 2, 3)", half, sizeof half);
    const struct {
        const char *name, *range, *type;
        double low, high;
    } sets[] = {{"x.npy", "0,1", "float32", 0, 1},
                {"y.npy", "-1,1", "float32", -1, 1},
                {"wide.npy", "0,510", "float64", 0, 510},
                {"half.npy", "0,1.0", "float16", 0, 1}};
    for (size_t i = 0; i < 4; i++) {
        bf_set *set = open_set(sets[i].name, sets[i].range, NULL);
        const bf_array_note *note = &bf_set_get_listing(set)->array;
        expect_pixels(set, 0, 1, 2, bytes, 0);
        assert_string_equal(note->type, sets[i].type);
        assert_true(note->has_range && note->low == sets[i].low && note->high == sets[i].high);
        assert_true(note->n_channels == 3 && !note->channels_first);
        bf_set_close(&set);
    }
}

static void test_outside(void **state)
{
    (void)state;
    float x[2 * 2 * 3 * 3] = {0};
    double wide[6] = {0, 0, 0, 0, 0, 1.0 + 1e-12};
    x[18 + 3 * 4 + 1] = NAN;
    x[5] = 1.0625f;
    put_npy("x.npy", "<f4", "(2, 2, 3, 3)", x, sizeof x);
    bf_set *set = open_set("x.npy", "0,1", NULL);
    expect_unreadable(set, 0, "x.npy: #0: row 0, column 1, channel 2 is 1.0625, outside --range 0,1");
    expect_unreadable(set, 1, "x.npy: #1: row 1, column 1, channel 1 is NaN");
    bf_set_close(&set);
    x[18 + 13] = -INFINITY;
    put_npy("planes.npy", "<f4", "(2, 3, 2, 3)", x, sizeof x);
    set = open_set("planes.npy", "0,2", "nchw");
    expect_unreadable(set, 1, "#1: row 0, column 1, channel 2 is -inf, outside --range 0,2");
    bf_set_close(&set);
    /* A bound that float32 does not hold is that of float32 for an array of it. */
    x[5] = -0.1f;
    put_npy("x.npy", "<f4", "(2, 2, 3, 3)", x, sizeof x);
    set = open_set("x.npy", "-0.1,1", NULL);
    bf_image image;
    assert_int_equal(bf_set_read_image(set, 0, &image, NULL), FEAT_OK);
    assert_true(image.rgb[5] == 0 && image.rgb[4] == 23);
    bf_image_release(&image);
    bf_set_close(&set);
    put_npy("wide.npy", "<f8", "(1, 1, 2, 3)", wide, sizeof wide);
    set = open_set("wide.npy", "0,1", NULL);
    expect_unreadable(set, 0, "outside --range 0,1");
    bf_set_close(&set);
}

static void test_layouts(void **state)
{
    (void)state;
    char hint[BF_HINT_BYTES];
    uint8_t planes[2 * 4 * 6], rgb[2 * 6 * 3], grey[6 * 3];
    float floats[2 * 4 * 6];
    for (size_t k = 0; k < 2; k++)
        for (size_t c = 0; c < 4; c++)
            for (size_t i = 0; i < 6; i++) {
                planes[(k * 4 + c) * 6 + i] = (uint8_t)(50 * c + 10 * k + i);
                floats[(k * 4 + c) * 6 + i] = c == 3 ? NAN : (float)(50 * c + 10 * k + i);
                if (c < 3)
                    rgb[(k * 6 + i) * 3 + c] = (uint8_t)(50 * c + 10 * k + i);
            }
    put_npy("planes.npy", "|u1", "(2, 4, 2, 3)", planes, sizeof planes);
    put_npy("floats.npy", "<f4", "(2, 4, 2, 3)", floats, sizeof floats); /* alpha may be anything */
    for (int f = 0; f < 2; f++) {
        bf_set *set = open_set(f ? "floats.npy" : "planes.npy", f ? "0,255" : NULL, "nchw");
        for (size_t k = 0; k < 2; k++)
            expect_pixels(set, k, 2, 3, rgb + 18 * k, BF_IMAGE_ALPHA);
        assert_true(bf_set_get_listing(set)->array.channels_first);
        assert_int_equal(bf_set_get_listing(set)->array.n_channels, 4);
        assert_string_equal(bf_set_decode_hint(set, 0, hint), f ? "array 2x3x4 planes f4 0 255" : "array 2x3x4 planes");
        bf_set_close(&set);
    }
    /* One plane is grey wherever its axis is, and channels that can only be the last are. */
    for (size_t i = 0; i < 18; i++)
        grey[i] = planes[i / 3];
    put_npy("grey.npy", "|u1", "(2, 1, 2, 3)", planes, 12);
    put_npy("last.npy", "|u1", "(2, 2, 3, 1)", planes, 12);
    put_npy("rank3.npy", "|u1", "(2, 3, 2)", planes, 12);
    const char *const greys[] = {"grey.npy", "last.npy", "rank3.npy"};
    for (size_t i = 0; i < 3; i++) {
        bf_set *set = open_set(greys[i], NULL, "nchw");
        expect_pixels(set, 0, i == 2 ? 3 : 2, i == 2 ? 2 : 3, grey, BF_IMAGE_GREY);
        assert_int_equal(bf_set_get_listing(set)->array.n_channels, i == 0 ? 1 : 0);
        bf_set_close(&set);
    }
    /* Alpha last is dropped without an option. */
    const uint8_t rgba[8] = {1, 2, 3, 9, 4, 5, 6, 9}, without[6] = {1, 2, 3, 4, 5, 6};
    put_npy("rgba.npy", "|u1", "(1, 1, 2, 4)", rgba, 8);
    bf_set *set = open_set("rgba.npy", NULL, NULL);
    expect_pixels(set, 0, 1, 2, without, BF_IMAGE_ALPHA);
    assert_int_equal(bf_set_get_listing(set)->array.n_channels, 4);
    assert_string_equal(bf_set_decode_hint(set, 0, hint), "array 1x2x4");
    bf_set_close(&set);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "0",     "0,",    ",1",   "1,0",   "1,1",    "0,1,2",
                                      "0;1", "0,nan", "0,inf", "0, 1", "0,0x1", "0,1e39", "1,1.00000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bf_set_how how = {.prefer_stats = true};
        feat_error err = {0};
        assert_int_equal(bf_set_how_parse(&how, bad[i], NULL, &err), FEAT_ERR_ARG);
        assert_non_null(strstr(err.message, "--range: LO,HI expected"));
    }
    float x[24] = {0};
    put_npy("two.npy", "<f4", "(2, 2, 3, 2)", x, sizeof x);
    expect_refused("two.npy", "0,1", NULL, "images must be [n][h][w][3]");
    put_npy("first.npy", "<f4", "(2, 3, 2, 2)", x, sizeof x);
    expect_refused("first.npy", "0,1", NULL, "give --layout nchw, or save a.transpose(0, 2, 3, 1)");
    put_npy("one.npy", "<f4", "(4, 2, 3)", x, sizeof x);
    expect_refused("one.npy", "0,1", NULL, "one picture");
    put_npy("rank5.npy", "<f4", "(2, 2, 2, 1, 3)", x, sizeof x);
    expect_refused("rank5.npy", "0,1", "nchw", "images must be [n][h][w][3]");
    put_npy("none.npy", "<f4", "(0, 2, 3, 3)", x, 0);
    expect_refused("none.npy", "0,1", NULL, "no images in it");
    put_npy("whole.npy", "<i4", "(2, 2, 2, 3)", x, sizeof x);
    expect_refused("whole.npy", "0,1", NULL, "images must be uint8 [n][h][w][3], int32");
}

/* A matrix stays features, whatever the range. */
static void test_features_stay(void **state)
{
    (void)state;
    float x[6] = {0};
    bf_set *set;
    bf_set_how how = how_of("0,1", "nchw");
    put_npy("f.npy", "<f4", "(2, 3)", x, sizeof x);
    assert_int_equal(bf_set_open_as(&set, own_path("f.npy"), &how, NULL), FEAT_OK);
    assert_int_equal(bf_set_get_kind(set), BF_SET_FEATURES);
    bf_set_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_values, own_folder_clear),
        cmocka_unit_test_teardown(test_outside, own_folder_clear),
        cmocka_unit_test_teardown(test_layouts, own_folder_clear),
        cmocka_unit_test_teardown(test_refusals, own_folder_clear),
        cmocka_unit_test_teardown(test_features_stay, own_folder_clear),
    };
    return cmocka_run_group_tests_name("arrays", tests, own_folder_make, own_folder_remove);
}
