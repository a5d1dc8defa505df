/* Pictures in every order and with every kind of stride give the bits of packed RGB, under all presets; what lies
 * between rows is never looked at, and nothing outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/nets/net.h"
#include "tests/engine/resize/packed.h"

enum { H = 24, W = 24, FLOATS = 3 * H * W };

static const feat_shape shape = {3, H, W};
static const feat_net net = {.name = "of 24", .tensors = &shape, .n_tensors = 1};
static const size_t sizes[][2] = {{1, 1}, {1, 13}, {13, 1}, {H, W}, {37, 53}, {53, 37}, {23, 25}, {101, 7}, {24, 96}};
static const size_t n_channels[] = {[FEAT_ORDER_RGB] = 3,  [FEAT_ORDER_BGR] = 3,        [FEAT_ORDER_RGBA] = 4,
                                    [FEAT_ORDER_BGRA] = 4, [FEAT_ORDER_RGB_PLANES] = 1, [FEAT_ORDER_GREY] = 1};
enum { N_ORDERS = sizeof n_channels / sizeof n_channels[0] };

/* A picture in memory that has exactly the bytes from its first to its last pixel: `gap` bytes between rows. */
typedef struct laid {
    uint8_t *memory;
    feat_picture picture;
} laid;

/* Where a channel of a pixel goes, behind the start of its row. */
static size_t place_of(feat_order order, size_t x, size_t c)
{
    size_t swapped = order == FEAT_ORDER_BGR || order == FEAT_ORDER_BGRA ? 2 - c : c;
    return n_channels[order] >= 3 ? x * n_channels[order] + swapped : x;
}

static laid lay(const uint8_t *rgb, size_t h, size_t w, feat_order order, size_t gap, bool upwards)
{
    size_t row = w * n_channels[order], stride = row + gap, plane = (h - 1) * stride + row;
    size_t between = gap == 0 ? 0 : 5, planes = order == FEAT_ORDER_RGB_PLANES ? 3 : 1;
    size_t bytes = planes * plane + (planes - 1) * between;
    laid l = {.memory = feat_alloc(bytes)};
    uint8_t *top = l.memory + (upwards ? (h - 1) * stride : 0);
    assert_non_null(l.memory);
    memset(l.memory, 0xee, bytes);
    for (size_t y = 0; y < h; y++)
        for (size_t i = 0; i < 3 * w; i++) {
            size_t x = i / 3, c = i % 3;
            uint8_t *to = upwards ? top - y * stride : top + y * stride;
            to[place_of(order, x, c) + (planes == 3 ? c * (plane + between) : 0)] = rgb[(y * w + x) * 3 + c];
        }
    l.picture = (feat_picture){.data = top, .h = h, .w = w, .order = order};
    if (gap > 0 || upwards)
        l.picture.stride = upwards ? -(ptrdiff_t)stride : (ptrdiff_t)stride;
    if (gap > 0 && planes == 3)
        l.picture.plane_stride = (ptrdiff_t)(plane + between);
    return l;
}

static void check_size(size_t h, size_t w, bool grey)
{
    static float want[FLOATS], got[FLOATS];
    uint64_t state = h * 1000 + w;
    uint8_t *rgb = feat_alloc(h * w * 3);
    assert_non_null(rgb);
    for (size_t i = 0; i < h * w * 3; i++)
        rgb[i] = grey && i % 3 != 0 ? rgb[i - 1] : (uint8_t)feat_splitmix64(&state);
    for (size_t p = 0; feat_preset_at(p) != NULL; p++) {
        assert_int_equal(preprocess_packed(want, &net, rgb, h, w, feat_preset_at(p), NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < 4 * N_ORDERS; i++) {
            feat_order order = (feat_order)(i / 4);
            size_t gap = i % 2 * 7;
            bool upwards = i / 2 % 2 != 0;
            if (order == FEAT_ORDER_GREY && !grey)
                continue;
            laid l = lay(rgb, h, w, order, gap, upwards);
            memset(got, 0xff, sizeof got);
            assert_int_equal(feat_preprocess(got, &net, &l.picture, feat_preset_at(p), NULL, NULL), FEAT_OK);
            if (memcmp(got, want, sizeof got) != 0)
                fail_msg("%s, %zu x %zu, order %d, gap %zu, %s: other bits", feat_preset_at(p)->name, w, h, (int)order,
                         gap, upwards ? "upwards" : "downwards");
            feat_free(l.memory);
        }
    }
    feat_free(rgb);
}

static void every_order_gives_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_size(sizes[i][0], sizes[i][1], false);
        check_size(sizes[i][0], sizes[i][1], true);
    }
    assert_int_equal(feat_alloc_live(), 0);
}

/* A picture cut out of a larger one in place. */
static void a_part_of_a_picture(void **state)
{
    (void)state;
    static float want[FLOATS], got[FLOATS];
    static uint8_t all[40 * 50 * 3], part[11 * 17 * 3];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)(i * i / 7);
    for (size_t y = 0; y < 11; y++)
        memcpy(part + y * 17 * 3, all + ((y + 20) * 50 + 30) * 3, sizeof part / 11);
    const feat_picture cut = {.data = all + (20 * 50 + 30) * 3, .h = 11, .w = 17, .stride = 150};
    const feat_preset *preset = feat_preset_find("clean");
    assert_int_equal(preprocess_packed(want, &net, part, 11, 17, preset, NULL, NULL), FEAT_OK);
    assert_int_equal(feat_preprocess(got, &net, &cut, preset, NULL, NULL), FEAT_OK);
    assert_memory_equal(got, want, sizeof got);
}

static void assert_refused(const feat_picture *picture, const char *says)
{
    static float out[FLOATS];
    feat_error err = {FEAT_OK, ""};
    assert_int_equal(feat_preprocess(out, &net, picture, feat_preset_at(0), NULL, &err), FEAT_ERR_ARG);
    if (strstr(err.message, says) == NULL)
        fail_msg("'%s': '%s' expected", err.message, says);
}

static void what_is_no_picture_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    const feat_picture good = {.data = bytes, .h = 2, .w = 5, .stride = 16};
    feat_picture bad = good;
    bad.order = (feat_order)N_ORDERS;
    assert_refused(&bad, "a picture's order: 0 to 5 expected, 6 found");
    bad.order = (feat_order)-1;
    assert_refused(&bad, "a picture's order: 0 to 5 expected, -1 found");
    bad = good;
    bad.stride = 14;
    assert_refused(&bad, "a picture's stride: 15 bytes or more expected for 5 pixels in RGB, 14 found");
    bad.stride = -14;
    assert_refused(&bad, "15 bytes or more expected for 5 pixels in RGB, -14 found");
    bad.order = FEAT_ORDER_BGRA;
    bad.stride = 19;
    assert_refused(&bad, "20 bytes or more expected for 5 pixels in BGRA, 19 found");
    bad.order = FEAT_ORDER_GREY;
    bad.stride = 4;
    assert_refused(&bad, "5 bytes or more expected for 5 pixels in grey, 4 found");
    bad = good;
    bad.data = NULL;
    assert_refused(&bad, "a NULL argument");
    assert_refused(NULL, "a NULL argument");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_gives_the_same_bits),
        cmocka_unit_test(a_part_of_a_picture),
        cmocka_unit_test(what_is_no_picture_is_refused),
    };
    return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
