/* feat_preprocess against NumPy, PyTorch and Pillow (tests/data/resize_data.h), its limits and its memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/crc32.h"
#include "engine/feat.h"
#include "engine/nets/net.h"
#include "tests/data/resize_data.h"
#include "tests/engine/resize/packed.h"
#include "tools/base/files.h"
#include "tools/images/image.h"

enum { SIZE = 299, FLOATS = 3 * SIZE * SIZE, N_DATA = sizeof resize_data / sizeof resize_data[0], LARGEST = 336 };

/* Inputs of other sizes, with the presets' own scaling. */
static const feat_shape shapes[] = {{3, 224, 224}, {3, LARGEST, LARGEST}};
static const feat_net nets[] = {{.name = "of 224", .tensors = &shapes[0], .n_tensors = 1},
                                {.name = "of 336", .tensors = &shapes[1], .n_tensors = 1}};

/* CRC-32 of what the presets that follow PyTorch give here, in the order of resize_data.h: the same on every
 * machine. */
static const uint32_t torch_crc[] = {
    0xfd92048du, 0xfd3063edu, 0xa2b19ca3u, 0x488a038cu, 0xa4c16419u, 0x72c58d66u, 0x1eba715au, 0xb07aa0a3u,
    0x77a0c5c3u, 0x70082802u, 0xe6d49e1au, 0x3cdc7769u, 0xd75dc8b0u, 0xa8ba636eu, 0xd75dc8b0u, 0xbcca0af1u,
    0x6084ea41u, 0xde2aa10bu, 0x47b2e55du, 0x79c40ee7u, 0xdf5a4a42u, 0xd0f59b46u, 0x847ff472u, 0xd4155523u,
    0x8363dd4cu, 0x75f2377fu, 0x2d781a0du, 0xf47929d7u, 0x85fc3e50u, 0x79111916u, 0x0b970144u, 0xf17f0532u,
    0xec8c005fu, 0x95010163u, 0x7ee91937u, 0xc04e2733u, 0xd0eb0f09u, 0x79dfb2a7u, 0x3d314c10u, 0x73fe061eu,
    0x6dfb2d82u, 0xdf0f24b1u, 0x2ff918a5u, 0x6d050c12u, 0x259fe8d3u, 0x1a128d3bu, 0x85ad2df7u, 0xe71651eeu,
    0xfd3063edu, 0x24af4553u, 0x47ea1893u, 0x3586dfd8u, 0xa8ba636eu, 0xe2881056u, 0xad16aeddu, 0xa1c751a7u,
    0xf658f366u, 0xf3c967d3u, 0xe61ed3a0u, 0xf2199de2u, 0x049dd360u, 0x8934d68cu, 0xf929876fu, 0xea37c134u,
};

static uint8_t *noise(size_t h, size_t w)
{
    uint8_t *rgb = feat_alloc(h * w * 3);
    assert_non_null(rgb);
    for (size_t i = 0; i < h * w * 3; i++) {
        uint32_t x = (uint32_t)i;
        x ^= x >> 16;
        x *= 0x7FEB352Du;
        x ^= x >> 15;
        x *= 0x846CA68Bu;
        x ^= x >> 16;
        rgb[i] = (uint8_t)x;
    }
    return rgb;
}

static uint8_t *picture(size_t i)
{
    if (resize_data[i].file == NULL)
        return noise(resize_data[i].h, resize_data[i].w);
    feat_error err = {0};
    uint8_t *bytes;
    size_t n;
    bf_image image;
    assert_int_equal(bf_file_read(&bytes, &n, resize_data[i].file, 1 << 20, &err), FEAT_OK);
    assert_int_equal(bf_decode(&image, bytes, n, NULL, resize_data[i].file, &err), FEAT_OK);
    assert_int_equal(image.h, resize_data[i].h);
    assert_int_equal(image.w, resize_data[i].w);
    feat_free(bytes);
    return image.rgb;
}

static void test_reference_figures(void **state)
{
    (void)state;
    float *out = feat_alloc(FLOATS * sizeof *out);
    assert_non_null(out);
    for (size_t i = 0, n_torch = 0; i < N_DATA; i++) {
        feat_error err = {0};
        const feat_preset *preset = feat_preset_find(resize_data[i].preset);
        bool torch = resize_data[i].crc == 0, cubic = strcmp(resize_data[i].preset, "edm2") == 0;
        uint8_t *rgb = picture(i);
        const size_t h = resize_data[i].h, w = resize_data[i].w;
        assert_int_equal(preprocess_packed(out, feat_net_at(0), rgb, h, w, preset, NULL, &err), FEAT_OK);
        feat_free(rgb);
        for (size_t k = 0; k < RESIZE_SAMPLES; k++) {
            float got = out[(k % 3 * SIZE + 13 * (k * 5 % 23)) * SIZE + 13 * (k * 7 % 23)];
            float want = resize_data[i].sample[k];
            if (fabsf(got - want) > (cubic ? 2e-6f : torch ? 4e-7f : 0.0f)) /* 2e-6 is 1e-6 of the bytes' 255 */
                fail_msg("%s, %zu x %zu, sample %zu: %a expected, %a found", resize_data[i].preset,
                         resize_data[i].w, resize_data[i].h, k, (double)want, (double)got);
        }
        uint32_t crc = torch ? torch_crc[n_torch++] : resize_data[i].crc;
        uint32_t found = feat_crc32(0, out, FLOATS * sizeof *out);
        if (found != crc)
            fail_msg("%s, %zu x %zu: CRC-32 0x%08x expected, 0x%08x found", resize_data[i].preset,
                     resize_data[i].w, resize_data[i].h, crc, found);
    }
    feat_free(out);
}

/* Presets on bytes are Pillow's own to the last byte, whichever part of the picture they take. */
static void test_bytes_of_pillow(void **state)
{
    (void)state;
    float *out = feat_alloc(3 * LARGEST * LARGEST * sizeof *out);
    uint8_t *bytes = feat_alloc(3 * LARGEST * LARGEST);
    for (size_t i = 0; i < sizeof bytes_data / sizeof bytes_data[0]; i++) {
        const size_t side = bytes_data[i].side, h = bytes_data[i].h, w = bytes_data[i].w, pixels = side * side;
        uint8_t *rgb = noise(h, w);
        for (size_t p = 0; p < sizeof bytes_presets / sizeof bytes_presets[0]; p++) {
            const feat_preset *preset = feat_preset_find(bytes_presets[p]);
            assert_int_equal(preprocess_packed(out, &nets[side == LARGEST], rgb, h, w, preset, NULL, NULL), FEAT_OK);
            for (size_t k = 0; k < pixels; k++)
                for (size_t c = 0; c < 3; c++) {
                    float byte = out[c * pixels + k] * 128.0f + 128.0f;
                    assert_true(byte >= 0.0f && byte <= 255.0f && byte == floorf(byte));
                    bytes[3 * k + c] = (uint8_t)byte;
                }
            uint32_t found = feat_crc32(0, bytes, 3 * pixels);
            if (found != bytes_data[i].crc[p])
                fail_msg("%s, %zu x %zu to %zu: CRC-32 0x%08x expected, 0x%08x found", bytes_presets[p], w, h, side,
                         bytes_data[i].crc[p], found);
        }
        feat_free(rgb);
    }
    feat_free(bytes);
    feat_free(out);
}

/* A picture of the right size, to every network's own scaling: figures of torchvision and of CLIP's own transform. */
static void test_scalings(void **state)
{
    (void)state;
    static const struct {
        feat_scaling scaling;
        double mean[3], deviation[3];
    } of[] = {{FEAT_SCALING_IMAGENET, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
              {FEAT_SCALING_CLIP, {0.48145466, 0.4578275, 0.40821073}, {0.26862954, 0.26130258, 0.27577711}}};
    const size_t side = 224, pixels = side * side;
    float *out = feat_alloc(3 * pixels * sizeof *out);
    uint8_t *rgb = noise(side, side);
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        for (size_t p = 0; feat_preset_at(p) != NULL; p++) {
            feat_net net = nets[0];
            net.scaling = &of[i].scaling;
            assert_int_equal(feat_net_scaling(&net, feat_preset_at(p)), of[i].scaling);
            assert_int_equal(preprocess_packed(out, &net, rgb, side, side, feat_preset_at(p), NULL, NULL), FEAT_OK);
            for (size_t k = 0; k < 3 * pixels; k++) {
                double level = rgb[3 * k % (3 * pixels) + k / pixels] / 255.0;
                double want = (level - of[i].mean[k / pixels]) / of[i].deviation[k / pixels];
                assert_true(fabs((double)out[k] - want) <= 1e-6);
            }
        }
    feat_free(rgb);
    feat_free(out);
}

static void test_presets(void **state)
{
    (void)state;
    const char *const names[] = {"tf1",
                                 "pytorch-fid",
                                 "clean",
                                 "adm",
                                 "stylegan",
                                 "torchmetrics-1.8",
                                 "studiogan-legacy",
                                 "studiogan-clean",
                                 "studiogan-friendly",
                                 "dgm",
                                 "dgm-clean",
                                 "edm2",
                                 "clip",
                                 "cmmd"};
    const size_t n = sizeof names / sizeof names[0];
    for (size_t i = 0; i < n; i++) {
        const feat_preset *preset = feat_preset_at(i);
        assert_non_null(preset);
        assert_string_equal(preset->name, names[i]);
        assert_int_equal(preset->version, 1);
        assert_ptr_equal(feat_preset_find(names[i]), preset);
        for (size_t k = 0; k < i; k++) /* adm and stylegan only measure in other ways than tf1, dgm-clean than clean */
            assert_int_equal(feat_preset_same_pixels(preset, feat_preset_at(k)),
                             ((i == 3 || i == 4) && (k == 0 || k == 3)) || (i == 10 && k == 2));
    }
    assert_null(feat_preset_at(n));
    assert_null(feat_preset_find("TF1"));
    assert_null(feat_preset_find(NULL));
}

/* The scratch asked for is enough and is all that is touched, and its old contents do not matter. */
static void test_scratch(void **state)
{
    (void)state;
    const size_t sizes[][2] = {{1, 1},      {1, 2000}, {2000, 1},  {299, 1000},
                               {1000, 299}, {31, 57},  {640, 480}, {299, 299}};
    float *a = feat_alloc(FLOATS * sizeof *a), *b = feat_alloc(FLOATS * sizeof *b);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t h = sizes[i][0], w = sizes[i][1];
        uint8_t *rgb = noise(h, w);
        for (size_t p = 0; feat_preset_at(p) != NULL; p++) {
            const feat_preset *preset = feat_preset_at(p);
            size_t bytes = feat_preprocess_scratch_bytes(feat_net_at(0), h, w, preset);
            uint8_t *scratch = feat_alloc(bytes + 64);
            memset(scratch, 0xFF, bytes + 64);
            assert_int_equal(preprocess_packed(a, feat_net_at(0), rgb, h, w, preset, scratch, NULL), FEAT_OK);
            for (size_t k = 0; k < 64; k++)
                assert_int_equal(scratch[bytes + k], 0xFF);
            assert_int_equal(preprocess_packed(b, feat_net_at(0), rgb, h, w, preset, NULL, NULL), FEAT_OK);
            assert_memory_equal(a, b, FLOATS * sizeof *a);
            assert_true(bytes == 0 ? h == SIZE && w == SIZE : bytes % 64 == 0);
            feat_free(scratch);
        }
        feat_free(rgb);
    }
    feat_free(a);
    feat_free(b);
}

/* One colour stays that colour, whatever the size. */
static void test_constant(void **state)
{
    (void)state;
    const size_t sizes[][2] = {{1, 1}, {7, 1200}, {1200, 7}, {299, 299}, {300, 298}};
    float *out = feat_alloc(FLOATS * sizeof *out);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t h = sizes[i][0], w = sizes[i][1];
        uint8_t *rgb = noise(h, w);
        for (size_t k = 0; k < h * w; k++)
            memcpy(rgb + 3 * k, "\xFF\x00\x40", 3);
        for (size_t p = 0; feat_preset_at(p) != NULL; p++) {
            const float tf[3] = {127.0f / 128.0f, -1.0f, -0.5f},
                        unit[3] = {1.0f, -1.0f, 2.0f * 64.0f / 255.0f - 1.0f};
            assert_int_equal(preprocess_packed(out, feat_net_at(0), rgb, h, w, feat_preset_at(p), NULL, NULL), FEAT_OK);
            const float *want = feat_preset_at(p)->scaling == FEAT_SCALING_128 ? tf : unit;
            /* PyTorch's cubic weights are floats of both signs: its own results are up to 1.2e-6 beside. */
            const float most = feat_preset_at(p)->resize == FEAT_RESIZE_TORCH_BICUBIC ? 2e-6f : 3e-7f;
            for (size_t k = 0; k < FLOATS; k++)
                assert_true(fabsf(out[k] - want[k / (SIZE * SIZE)]) <= most);
        }
        feat_free(rgb);
    }
    feat_free(out);
}

static void test_errors(void **state)
{
    (void)state;
    feat_error err = {0};
    const feat_preset *preset = feat_preset_find("clean");
    uint8_t rgb[12] = {0};
    float *out = feat_alloc(FLOATS * sizeof *out);
    assert_int_equal(preprocess_packed(out, feat_net_at(0), rgb, 0, 4, preset, NULL, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "4 x 0"));
    assert_int_equal(preprocess_packed(out, feat_net_at(0), rgb, 4, 0, preset, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(preprocess_packed(out, feat_net_at(0), rgb, (size_t)1 << 40, 1, preset, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(preprocess_packed(out, feat_net_at(0), NULL, 1, 1, preset, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(preprocess_packed(out, feat_net_at(0), rgb, 1, 1, NULL, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(feat_preprocess_scratch_bytes(feat_net_at(0), 0, 1, preset), 0);
    assert_int_equal(feat_preprocess_scratch_bytes(feat_net_at(0), SIZE_MAX, SIZE_MAX, preset), 0);
    for (size_t p = 0; feat_preset_at(p) != NULL; p++) {
        feat_alloc_fail_after(0);
        feat_status status = preprocess_packed(out, feat_net_at(0), rgb, 2, 2, feat_preset_at(p), NULL, &err);
        feat_alloc_fail_after(-1);
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_int_equal(err.status, FEAT_ERR_NOMEM);
    }
    feat_free(out);
}

static int no_leak(void **state)
{
    (void)state;
    return feat_alloc_live() == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_reference_figures, no_leak),
        cmocka_unit_test_teardown(test_bytes_of_pillow, no_leak),
        cmocka_unit_test_teardown(test_scalings, no_leak),
        cmocka_unit_test_teardown(test_presets, no_leak),
        cmocka_unit_test_teardown(test_scratch, no_leak),
        cmocka_unit_test_teardown(test_constant, no_leak),
        cmocka_unit_test_teardown(test_errors, no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
