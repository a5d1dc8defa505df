/* tools/photos/photos: crops, blur and painting are the same pictures everywhere, and the files can be read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "tools/images/image.h"
#include "tools/photos/photos.h"

enum { SIZE = 16 };

static void a_crop_is_the_mean_of_whole_blocks(void **state)
{
    (void)state;
    enum { H = 40, W = 70 };
    static uint8_t photo[H][W][3];
    uint8_t crop[SIZE][SIZE][3];
    int seen_factor[4] = {0};
    for (size_t y = 0; y < H; y++) {
        for (size_t x = 0; x < W; x++) {
            photo[y][x][0] = (uint8_t)(3 * x); /* the column, the row, and a constant */
            photo[y][x][1] = (uint8_t)(6 * y);
            photo[y][x][2] = 77;
        }
    }
    for (uint64_t seed = 0; seed < 64; seed++) {
        bf_photo_crop(&crop[0][0][0], SIZE, &photo[0][0][0], H, W, seed);
        int step = (crop[0][1][0] - crop[0][0][0]) / 3; /* the factor, read off the ramp */
        assert_in_range(step, 1, 2);
        seen_factor[step] = 1;
        for (size_t y = 0; y < SIZE; y++) {
            for (size_t x = 0; x < SIZE; x++) {
                assert_int_equal(crop[y][x][0], crop[0][0][0] + 3 * step * (int)x);
                assert_int_equal(crop[y][x][1], crop[0][0][1] + 6 * step * (int)y);
                assert_int_equal(crop[y][x][2], 77);
            }
        }
    }
    assert_true(seen_factor[1] && seen_factor[2]);
    /* Exactly as large as asked for: the picture itself. */
    static uint8_t small[SIZE][SIZE][3];
    memset(small, 9, sizeof small);
    small[3][4][1] = 200;
    bf_photo_crop(&crop[0][0][0], SIZE, &small[0][0][0], SIZE, SIZE, 5);
    assert_memory_equal(crop, small, sizeof small);
}

static void blur_spreads_one_point_by_the_kernel(void **state)
{
    (void)state;
    static const int kernel[5] = {1, 4, 6, 4, 1};
    uint8_t picture[SIZE][SIZE][3], scratch[sizeof picture];
    memset(picture, 0, sizeof picture);
    picture[8][7][1] = 255;
    bf_photo_blur(&picture[0][0][0], SIZE, SIZE, 1, scratch);
    for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
            int dy = y - 8, dx = x - 7, expected = 0;
            if (abs(dy) <= 2 && abs(dx) <= 2)
                expected = ((255 * kernel[dx + 2] + 8) / 16 * kernel[dy + 2] + 8) / 16;
            assert_int_equal(picture[y][x][1], expected);
            assert_int_equal(picture[y][x][0], 0);
            assert_int_equal(picture[y][x][2], 0);
        }
    }
    memset(picture, 131, sizeof picture); /* edges repeat: a flat picture stays flat */
    bf_photo_blur(&picture[0][0][0], SIZE, SIZE, 3, scratch);
    for (size_t i = 0; i < sizeof picture; i++)
        assert_int_equal((&picture[0][0][0])[i], 131);
}

static void painted_pictures_depend_on_the_seed_alone(void **state)
{
    (void)state;
    enum { SIDE = 64 };
    static uint8_t a[SIDE * SIDE * 3], b[sizeof a];
    bf_photo_paint(a, SIDE, 12);
    memset(b, 1, sizeof b);
    bf_photo_paint(b, SIDE, 12);
    assert_memory_equal(a, b, sizeof a);
    /* The hash was taken on x86-64; AArch64 agrees. */
    assert_int_equal(feat_hash64(a, sizeof a), UINT64_C(0xD91D42D66F0F965A));
    bf_photo_paint(b, SIDE, 13);
    assert_memory_not_equal(a, b, sizeof a);
}

static uint8_t *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *n = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = feat_alloc(*n);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    fclose(file);
    return bytes;
}

static void written_files_read_back(void **state)
{
    (void)state;
    enum { H = 24, W = 40 };
    const char *base = getenv("TMPDIR");
    char dir[512], path[600];
    uint8_t picture[H][W][3];
    for (size_t y = 0; y < H; y++)
        for (size_t x = 0; x < W; x++)
            for (size_t c = 0; c < 3; c++)
                picture[y][x][c] = (uint8_t)(5 * x + 3 * y + 20 * c);
    snprintf(dir, sizeof dir, "%s/photos-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(dir));

    for (int jpeg = 0; jpeg < 2; jpeg++) {
        size_t n;
        bf_image back;
        snprintf(path, sizeof path, "%s/a.%s", dir, jpeg ? "jpg" : "png");
        assert_int_equal(jpeg ? bf_photo_write_jpeg(path, &picture[0][0][0], H, W, 95, NULL)
                              : bf_photo_write_png(path, &picture[0][0][0], H, W, NULL),
                         FEAT_OK);
        uint8_t *bytes = read_file(path, &n);
        assert_int_equal(bf_decode(&back, bytes, n, NULL, path, NULL), FEAT_OK);
        assert_int_equal(back.h, H);
        assert_int_equal(back.w, W);
        int largest = 0;
        for (size_t i = 0; i < sizeof picture; i++) {
            int d = abs(back.rgb[i] - (&picture[0][0][0])[i]);
            largest = d > largest ? d : largest;
        }
        assert_in_range(largest, jpeg ? 1 : 0, jpeg ? 40 : 0);
        bf_image_release(&back);
        feat_free(bytes);
        assert_int_equal(unlink(path), 0);
    }

    feat_error err;
    snprintf(path, sizeof path, "%s/not-there/a.png", dir);
    assert_int_equal(bf_photo_write_png(path, &picture[0][0][0], H, W, &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "not-there"));
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crop_is_the_mean_of_whole_blocks),
        cmocka_unit_test(blur_spreads_one_point_by_the_kernel),
        cmocka_unit_test(painted_pictures_depend_on_the_seed_alone),
        cmocka_unit_test(written_files_read_back),
    };
    return cmocka_run_group_tests_name("photos", tests, NULL, NULL);
}
