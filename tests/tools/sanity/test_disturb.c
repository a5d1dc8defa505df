/* tools/sanity/disturb: golden hashes of every disturbance and level, and what each must do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "tools/sanity/disturb.h"
#include "tools/sanity/disturb_jpeg.h"

enum { H = 45, W = 38, BYTES = H * W * 3 };

/* Slopes, an edge and some texture. */
static bf_image picture(void)
{
    bf_image image = {.rgb = feat_alloc(BYTES), .h = H, .w = W};
    assert_non_null(image.rgb);
    for (size_t y = 0; y < H; y++)
        for (size_t x = 0; x < W; x++) {
            uint8_t *p = image.rgb + (y * W + x) * 3;
            p[0] = (uint8_t)(y * 5);
            p[1] = (uint8_t)(x > 20 ? 200 : 60);
            p[2] = (uint8_t)((x * y * 7 + x * 3) % 251);
        }
    return image;
}

static double change(const bf_image *image)
{
    bf_image clean = picture();
    double sum = 0.0;
    for (size_t i = 0; i < BYTES; i++)
        sum += abs(image->rgb[i] - clean.rgb[i]);
    bf_image_release(&clean);
    return sum / BYTES;
}

static const uint64_t golden[BF_N_DISTURB][BF_DISTURB_LEVELS] = {
    {UINT64_C(0x9553c8ecef244017), UINT64_C(0x7998b50ded0798fd), UINT64_C(0x02b3a2a17296a84e)},
    {UINT64_C(0xd5921280fe500a22), UINT64_C(0xadb390a01a88da89), UINT64_C(0x77ddcf7dff023021)},
    {UINT64_C(0x850af9a2e9205d40), UINT64_C(0xaa4f9cfa9ef32956), UINT64_C(0x736e9f9f39fec081)},
    {UINT64_C(0xd8b41dc9f9b367c0), UINT64_C(0x87061ed655132072), UINT64_C(0xcbe7edde33d9600e)},
    {UINT64_C(0xf8e954f09951b950), UINT64_C(0x0d7cd173dca7b2c4), UINT64_C(0x5202c1beafd7dcfc)},
    {UINT64_C(0xaea5f1ff49446544), UINT64_C(0x032ffa45bf8360bb), UINT64_C(0x9a71049d421f44f4)},
};

static void hashes_are_golden(void **state)
{
    (void)state;
    for (int k = 0; k < BF_N_DISTURB; k++)
        for (int level = 1; level <= BF_DISTURB_LEVELS; level++) {
            bf_image image = picture();
            assert_int_equal(bf_disturb(&image, (bf_disturbance)k, level, 2020, NULL), FEAT_OK);
            uint64_t hash = feat_hash64(image.rgb, BYTES);
            if (hash != golden[k][level - 1])
                fail_msg("%s, level %d: UINT64_C(0x%016llx)", bf_disturb_name((bf_disturbance)k), level,
                         (unsigned long long)hash);
            bf_image_release(&image);
        }
}

static void higher_levels_change_more(void **state)
{
    (void)state;
    for (int k = 0; k < BF_N_DISTURB; k++) {
        double before = 0.0;
        for (int level = 0; level <= BF_DISTURB_LEVELS; level++) {
            bf_image image = picture();
            assert_int_equal(bf_disturb(&image, (bf_disturbance)k, level, 1, NULL), FEAT_OK);
            double now = change(&image);
            if (level == 0 ? now != 0.0 : now <= before)
                fail_msg("%s, level %d: %g after %g", bf_disturb_name((bf_disturbance)k), level, now, before);
            before = now;
            bf_image_release(&image);
        }
    }
}

static void what_is_drawn_follows_pixels_and_seed(void **state)
{
    (void)state;
    bf_image a = picture(), b = picture(), c = picture(), d = picture();
    d.rgb[0] ^= 1;
    assert_int_equal(bf_disturb(&a, BF_DISTURB_SALT, 3, 1, NULL), FEAT_OK);
    assert_int_equal(bf_disturb(&b, BF_DISTURB_SALT, 3, 1, NULL), FEAT_OK);
    assert_int_equal(bf_disturb(&c, BF_DISTURB_SALT, 3, 2, NULL), FEAT_OK);
    assert_int_equal(bf_disturb(&d, BF_DISTURB_SALT, 3, 1, NULL), FEAT_OK);
    assert_memory_equal(a.rgb, b.rgb, BYTES);
    assert_memory_not_equal(a.rgb, c.rgb, BYTES);
    assert_memory_not_equal(a.rgb + 3, d.rgb + 3, BYTES - 3);
    bf_image_release(&a);
    bf_image_release(&b);
    bf_image_release(&c);
    bf_image_release(&d);
}

static void a_flat_picture_stays_flat_where_it_must(void **state)
{
    (void)state;
    static const bf_disturbance kinds[] = {BF_DISTURB_BLUR, BF_DISTURB_SWIRL};
    for (size_t k = 0; k < 2; k++)
        for (int level = 1; level <= BF_DISTURB_LEVELS; level++) {
            bf_image image = picture();
            memset(image.rgb, 137, BYTES);
            assert_int_equal(bf_disturb(&image, kinds[k], level, 1, NULL), FEAT_OK);
            for (size_t i = 0; i < BYTES; i++)
                assert_int_equal(image.rgb[i], 137);
            bf_image_release(&image);
        }
}

/* The finest JPEG has steps of 1: after it no byte is off by more than rounding. */
static void jpeg_of_quality_100_is_nearly_the_picture(void **state)
{
    (void)state;
    bf_image image = picture(), clean = picture();
    bf_disturb_jpeg(image.rgb, H, W, 100);
    for (size_t i = 0; i < BYTES; i++)
        assert_true(abs(image.rgb[i] - clean.rgb[i]) <= 3);
    bf_image_release(&image);
    bf_image_release(&clean);
}

static void pictures_of_one_pixel_are_taken(void **state)
{
    (void)state;
    for (int k = 0; k <= BF_DISTURB_FOREIGN; k++)
        for (int level = 1; level <= (k < BF_N_DISTURB ? BF_DISTURB_LEVELS : 1); level++) {
            bf_image image = {.rgb = feat_calloc(3, 1), .h = 1, .w = 1};
            assert_int_equal(bf_disturb(&image, (bf_disturbance)k, level, 1, NULL), FEAT_OK);
            bf_image_release(&image);
        }
}

static void a_foreign_picture_is_another_one(void **state)
{
    (void)state;
    bf_image image = picture();
    assert_int_equal(bf_disturb(&image, BF_DISTURB_FOREIGN, 1, 1, NULL), FEAT_OK);
    assert_true(image.h == W && image.w == W); /* a square of the shorter side */
    bf_image_release(&image);
}

static void memory_that_runs_out_leaves_nothing_behind(void **state)
{
    (void)state;
    size_t live = feat_alloc_live();
    for (int k = 0; k <= BF_DISTURB_FOREIGN; k++) {
        bf_image image = picture();
        feat_alloc_fail_after(0);
        feat_error err = {FEAT_OK, ""};
        feat_status status = bf_disturb(&image, (bf_disturbance)k, 1, 1, &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || status == FEAT_ERR_NOMEM);
        bf_image_release(&image);
    }
    assert_int_equal(feat_alloc_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_golden),
        cmocka_unit_test(higher_levels_change_more),
        cmocka_unit_test(what_is_drawn_follows_pixels_and_seed),
        cmocka_unit_test(a_flat_picture_stays_flat_where_it_must),
        cmocka_unit_test(jpeg_of_quality_100_is_nearly_the_picture),
        cmocka_unit_test(pictures_of_one_pixel_are_taken),
        cmocka_unit_test(a_foreign_picture_is_another_one),
        cmocka_unit_test(memory_that_runs_out_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
