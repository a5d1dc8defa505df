/* tools/demo/photos_rated: pictures spoilt by more at every level, and raters who mind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/demo/photos_rated.h"
#include "tools/judge/judge_labels.h"
#include "tools/photos/photos.h"

enum { SIDE = 32, BYTES = SIDE * SIDE * 3, PICTURES = 4 };

/* Sum of differences of bytes that level `level` makes. */
static uint64_t harm(bf_spoil kind, int level)
{
    static uint8_t before[BYTES], after[BYTES], scratch[BYTES];
    uint64_t sum = 0;
    for (uint64_t seed = 0; seed < 8; seed++) {
        bf_photo_paint(before, SIDE, seed);
        memcpy(after, before, BYTES);
        bf_photo_spoil(after, SIDE, SIDE, kind, level, seed, scratch);
        for (size_t i = 0; i < BYTES; i++)
            sum += (uint64_t)abs(before[i] - after[i]);
    }
    return sum;
}

static void levels_go_from_nothing_to_much(void **state)
{
    (void)state;
    for (int kind = 0; kind < BF_N_SPOILS; kind++) {
        if (kind == BF_SPOIL_JPEG)
            continue;
        assert_int_equal(harm((bf_spoil)kind, 0), 0);
        for (int level = 1; level <= BF_SPOIL_LEVELS; level++)
            assert_true(harm((bf_spoil)kind, level) > harm((bf_spoil)kind, level - 1));
    }
    for (int level = 1; level <= BF_SPOIL_LEVELS; level++) {
        assert_true(bf_spoil_quality(level) < bf_spoil_quality(level - 1));
        for (unsigned rater = 0; rater < BF_RATERS; rater++)
            assert_true(bf_rater_believes(level, rater) <= bf_rater_believes(level - 1, rater));
        assert_true(bf_rater_believes(level, 1) < bf_rater_believes(level - 1, 1));
    }
}

/* Half a turn of the hues is minus the colour, twice the mean: exact up to rounding; greys stay. */
static void hues_turn_about_grey(void **state)
{
    (void)state;
    uint8_t pixel[9] = {90, 90, 90, 100, 110, 120, 250, 10, 10}, scratch[9];
    bf_photo_spoil(pixel, 1, 3, BF_SPOIL_COLOUR, BF_SPOIL_LEVELS, 0, scratch);
    const uint8_t half[9] = {90, 90, 90, 120, 110, 100, 0, 170, 170};
    assert_memory_equal(pixel, half, sizeof half);
    uint8_t third[3] = {200, 50, 50}; /* 4 levels are a quarter turn; towards green */
    bf_photo_spoil(third, 1, 1, BF_SPOIL_COLOUR, 4, 0, scratch);
    assert_in_range(third[0], 98, 102); /* the mean */
    assert_true(third[1] > third[0] && third[2] < third[0]);
}

static int compare_bytes(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* All 16 squares at the last level, none in its place, and no pixel lost. */
static void squares_change_places(void **state)
{
    (void)state;
    static uint8_t picture[SIDE][SIDE][3], scratch[BYTES], values[16];
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++)
            picture[y][x][0] = picture[y][x][1] = picture[y][x][2] = (uint8_t)(y / 8 * 4 + x / 8);
    bf_photo_spoil(&picture[0][0][0], SIDE, SIDE, BF_SPOIL_SHUFFLE, BF_SPOIL_LEVELS, 3, scratch);
    for (size_t square = 0; square < 16; square++) {
        values[square] = picture[square / 4 * 8][square % 4 * 8][0];
        assert_int_not_equal(values[square], square);
        for (size_t i = 0; i < 64; i++)
            assert_int_equal(picture[square / 4 * 8 + i / 8][square % 4 * 8 + i % 8][2], values[square]);
    }
    qsort(values, 16, 1, compare_bytes);
    for (uint8_t i = 0; i < 16; i++)
        assert_int_equal(values[i], i);
}

static void remove_pictures(const char *dir, const char *group, size_t n)
{
    char path[600];
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s/%04zu.%s", dir, group, i, strcmp(group, "jpeg") == 0 ? "jpg" : "png");
        assert_int_equal(unlink(path), 0);
    }
    snprintf(path, sizeof path, "%s/%s", dir, group);
    assert_int_equal(rmdir(path), 0);
}

static void a_rated_set_is_whole(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    char dir[400], out[500], path[600];
    static uint8_t picture[BYTES];
    bf_labels labels;
    bf_judge_table table;
    feat_error err;
    snprintf(dir, sizeof dir, "%s/bonafide-rated-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(dir));
    snprintf(out, sizeof out, "%s/photos", dir);
    assert_int_equal(mkdir(out, 0777), 0);
    for (size_t i = 0; i < 6 * PICTURES; i++) {
        snprintf(path, sizeof path, "%s/%04zu.png", out, i);
        bf_photo_paint(picture, SIDE, i);
        assert_int_equal(bf_photo_write_png(path, picture, SIDE, SIDE, NULL), FEAT_OK);
    }
    assert_int_equal(bf_photos_rated(dir, PICTURES + 1, 7, out, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "6 sets of 5 pictures need as many photographs, it has 24"));
    assert_int_equal(bf_photos_rated(dir, PICTURES, 7, out, &err), FEAT_OK);
    remove_pictures(dir, "photos", 6 * PICTURES);

    snprintf(path, sizeof path, "%s/labels.csv", dir);
    assert_int_equal(bf_labels_read(&labels, path, NULL, &err), FEAT_OK);
    assert_int_equal(bf_judge_table_make(&table, &labels, NULL, BF_NO_NAME, &err), FEAT_OK);
    assert_int_equal(labels.n_repeated, 0); /* five different raters */
    assert_int_equal(table.set.n, 6 * PICTURES);
    assert_int_equal(table.set.n_groups, 6);
    for (size_t i = 0; i < table.set.n; i++) {
        bool real = strcmp(table.groups[table.set.group[i]], "real") == 0;
        assert_int_equal(table.set.n_labels[i], BF_RATINGS);
        assert_int_equal(table.set.truth[i], real);
        snprintf(out, sizeof out, "%s/%.80s", dir, table.names[i]);
        assert_int_equal(access(out, R_OK), 0);
    }
    bf_judge_table_free(&table);
    bf_labels_free(&labels);
    assert_int_equal(unlink(path), 0);
    remove_pictures(dir, "real", PICTURES);
    for (int kind = 0; kind < BF_N_SPOILS; kind++)
        remove_pictures(dir, bf_spoil_name((bf_spoil)kind), PICTURES);
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_go_from_nothing_to_much),
        cmocka_unit_test(hues_turn_about_grey),
        cmocka_unit_test(squares_change_places),
        cmocka_unit_test(a_rated_set_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
