/* Images in tar archives, and several files as one set: by a pattern, by a list, by a folder that holds nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/own_folder.h"
#include "tests/tools/tar_maker.h"
#include "tools/base/files.h"
#include "tools/images/image.h"
#include "tools/sets/set.h"

static tar_maker made;

static bf_set *open_spec(const char *spec)
{
    bf_set *set;
    feat_error err = {0};
    if (bf_set_open(&set, spec, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(bf_set_get_kind(set), BF_SET_IMAGES);
    return set;
}

static void expect_refused(const char *spec, feat_status status, const char *text)
{
    bf_set *set = NULL;
    feat_error err = {0};
    feat_status found = bf_set_open(&set, spec, &err);
    if (found != status || strstr(err.message, text) == NULL)
        fail_msg("%s: status %d, '%s' does not say '%s'", spec, (int)found, err.message, text);
    assert_null(set);
}

static void expect_names(const bf_set *set, const char *const *names, size_t n)
{
    assert_int_equal(bf_set_count(set), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(bf_set_item_name(set, i), names[i]);
}

/* The first byte of an image, which tells it from others. */
static int first_byte(const bf_set *set, size_t index)
{
    bf_image image;
    feat_error err = {0};
    if (bf_set_read_image(set, index, &image, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    int byte = image.rgb[0];
    bf_image_release(&image);
    return byte;
}

static void add_file(const char *name, const char *path)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    assert_int_equal(bf_file_read(&bytes, &n, path, 1 << 20, NULL), FEAT_OK);
    tar_add(&made, name, '0', bytes, n);
    feat_free(bytes);
}

/* One image of 1 x 1, whose three bytes are these. */
static void add_pixel(const char *name, const char *rgb)
{
    char pnm[16];
    snprintf(pnm, sizeof pnm, "P6 1 1 255\n%.3s", rgb);
    tar_add(&made, name, '0', pnm, 14);
}

/* In the order of the archive; the labels beside images are counted, litter is not. */
static void test_tar(void **state)
{
    (void)state;
    tar_begin(&made);
    add_file("./2.png", "tests/data/images/rgb.png");
    tar_add(&made, "./2.cls", '0', "3", 1);
    tar_add(&made, "./2.json", '0', "{}", 2);
    add_pixel("1.ppm", "abc");
    tar_add(&made, "1.txt", '0', "a caption", 9);
    add_pixel("0", "def");
    tar_add(&made, "link.png", '2', "", 0);
    tar_add(&made, "._2.png", '0', "x", 1);
    add_pixel(".hidden.ppm", "ghi");
    tar_end(&made);
    own_put("a.tar", made.bytes, made.n);
    bf_set *set = open_spec(own_path("a.tar"));
    const char *const names[] = {"2.png", "1.ppm", "0"};
    expect_names(set, names, 3);
    assert_int_equal(first_byte(set, 1), 'a');
    assert_int_equal(first_byte(set, 2), 'd');
    const bf_set_listing *listing = bf_set_get_listing(set);
    assert_int_equal(listing->left_out.n, 5);
    assert_string_equal(listing->left_out.name[0], ".hidden.ppm");
    assert_string_equal(listing->left_out.name[1], "1.txt");
    assert_string_equal(listing->left_out.name[4], "link.png");
    assert_int_equal(listing->by_content.n, 1);
    bf_set_close(&set);
    /* Told by its first header, whatever its name. */
    own_put("shard", made.bytes, made.n);
    set = open_spec(own_path("shard"));
    assert_int_equal(bf_set_count(set), 3);
    bf_set_close(&set);
    tar_begin(&made);
    tar_add(&made, "a.cls", '0', "3", 1);
    own_put("none.tar", made.bytes, made.n);
    expect_refused(own_path("none.tar"), FEAT_ERR_FORMAT, "no images in it");
    own_put("zero.tar", made.bytes + 1024, 1024);
    expect_refused(own_path("zero.tar"), FEAT_ERR_FORMAT, "no images in it");
}

/* shards/s-N.tar with the images a and b, whose first bytes are A + 2 N and the next. */
static void put_shards(void)
{
    own_put_folder("shards");
    for (int i = 0; i < 3; i++) {
        char name[32], rgb[4] = "Axy";
        tar_begin(&made);
        rgb[0] = (char)('A' + 2 * i);
        add_pixel("a.ppm", rgb);
        rgb[0]++;
        add_pixel("b.ppm", rgb);
        if (i == 1)
            tar_add(&made, "b.cls", '0', "3", 1);
        tar_end(&made);
        snprintf(name, sizeof name, "shards/s-%d.tar", i);
        own_put(name, made.bytes, made.n);
    }
}

static const char *const shard_names[] = {"s-0.tar/a.ppm", "s-0.tar/b.ppm", "s-1.tar/a.ppm",
                                          "s-1.tar/b.ppm", "s-2.tar/a.ppm", "s-2.tar/b.ppm"};

static void expect_shards(const char *spec)
{
    bf_set *set = open_spec(spec);
    expect_names(set, shard_names, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(first_byte(set, i), 'A' + (int)i);
    assert_int_equal(bf_set_get_listing(set)->left_out.n, 1);
    assert_string_equal(bf_set_get_listing(set)->left_out.name[0], "s-1.tar/b.cls");
    assert_int_equal(bf_set_get_listing(set)->in_subfolders, 0);
    assert_int_equal(bf_set_find_classes(set, NULL), FEAT_OK);
    assert_int_equal(bf_set_classes(set)->from, BF_CLASSES_NONE);
    assert_string_equal(bf_set_classes(set)->note, "of several files as one set no classes are taken");
    bf_set_close(&set);
}

static void test_shards(void **state)
{
    (void)state;
    char spec[300];
    put_shards();
    expect_shards(own_path("shards"));
    expect_shards(own_path("shards/s-?.tar"));
    expect_shards(own_path("shards/*[0-9].tar"));
    own_put_text("list.txt", "shards/s-0.tar\nshards/s-2.tar\nshards/s-0.tar\n");
    snprintf(spec, sizeof spec, "@%s", own_path("list.txt"));
    bf_set *set = open_spec(spec);
    assert_int_equal(bf_set_count(set), 6);
    assert_string_equal(bf_set_item_name(set, 3), "shards/s-2.tar/b.ppm");
    assert_int_equal(first_byte(set, 2), 'E');
    assert_int_equal(first_byte(set, 5), 'B');
    bf_set_close(&set);
    snprintf(spec, sizeof spec, "%s", own_path("shards/s-*"));
    assert_true(bf_set_is_there(spec));
    snprintf(spec, sizeof spec, "%s", own_path("shards/t-*"));
    assert_false(bf_set_is_there(spec));
    expect_refused(spec, FEAT_ERR_IO, "no file has such a name");
    expect_refused(own_path("nowhere/*.tar"), FEAT_ERR_IO, "nowhere");
    /* A name that is there is no pattern. */
    own_put_folder("a[1]*");
    own_put_copy("a[1]*/x.png", "tests/data/images/rgb.png");
    set = open_spec(own_path("a[1]*"));
    assert_string_equal(bf_set_item_name(set, 0), "x.png");
    bf_set_close(&set);
}

static void test_folders(void **state)
{
    (void)state;
    static uint8_t record[2 * 3073];
    put_shards();
    own_put_text("shards/readme.txt", "words");
    expect_shards(own_path("shards"));
    own_put("shards/test.tar", made.bytes, made.n);
    expect_refused(own_path("shards"), FEAT_ERR_FORMAT, "not all of one name: s-0.tar and test.tar; say which: '");
    expect_refused(own_path("shards"), FEAT_ERR_FORMAT, "/shards/s-*.tar' or '");
    /* Images beside them are the set, and the files are left out. */
    own_put_copy("shards/x.png", "tests/data/images/rgb.png");
    bf_set *set = open_spec(own_path("shards"));
    assert_int_equal(bf_set_count(set), 1);
    assert_int_equal(bf_set_get_listing(set)->left_out.n, 4);
    assert_string_equal(bf_set_get_listing(set)->left_out.name[3], "test.tar");
    bf_set_close(&set);
    own_put_folder("cifar");
    record[0] = record[3073] = 7;
    record[1] = 1, record[3074] = 2;
    own_put("cifar/data_batch_1.bin", record, sizeof record);
    record[1] = 3;
    own_put("cifar/data_batch_2.bin", record, 3073);
    own_put_text("cifar/batches.meta.txt", "airplane");
    own_put_text("cifar/notes.doc", "words");
    set = open_spec(own_path("cifar"));
    assert_int_equal(bf_set_count(set), 3);
    assert_string_equal(bf_set_item_name(set, 2), "data_batch_2.bin/#0");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(first_byte(set, i), (int)i + 1);
    assert_int_equal(bf_set_get_listing(set)->left_out.n, 1);
    bf_set_close(&set);
}

/* What is no set of images by itself, or other arrays than before. */
static void test_refusals(void **state)
{
    (void)state;
    char spec[300];
    put_shards();
    own_put_copy("x.png", "tests/data/images/rgb.png");
    own_put_copy("f.npy", "tests/data/sets/f4.npy");
    own_put_copy("rgb.npy", "tests/data/sets/u1_rgb.npy");
    own_put_copy("rgba.npy", "tests/data/sets/u1_rgba.npy");
    expect_refused(own_path("x.pn?"), FEAT_ERR_FORMAT, "this is one image");
    expect_refused(own_path("?.npy"), FEAT_ERR_FORMAT, "f.npy: images expected, features found");
    expect_refused(own_path("rgb*.npy"), FEAT_ERR_FORMAT, "rgba.npy: an array of other type or layout");
    static const char *const lists[] = {"rgb.npy\nx.png\n", "rgb.npy\nshards\n", "rgb.npy\nnothing.npy\n"};
    static const char *const texts[] = {"this is one image", "shards: not a file", "nothing.npy: not a file"};
    for (size_t i = 0; i < 3; i++) {
        own_put_text("l.txt", lists[i]);
        snprintf(spec, sizeof spec, "@%s", own_path("l.txt"));
        expect_refused(spec, i == 0 ? FEAT_ERR_FORMAT : FEAT_ERR_IO, texts[i]);
        own_take_back();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_tar, own_folder_clear),
        cmocka_unit_test_teardown(test_shards, own_folder_clear),
        cmocka_unit_test_teardown(test_folders, own_folder_clear),
        cmocka_unit_test_teardown(test_refusals, own_folder_clear),
    };
    return cmocka_run_group_tests_name("joined", tests, own_folder_make, own_folder_remove);
}
