/* Sets of every kind: what is found, in what order, what is read, and what is said when something is wrong. */
#include <pthread.h>
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
#include "engine/base/crc32.h"
#include "tests/own_folder.h"
#include "tools/base/files.h"
#include "tools/images/image.h"
#include "tools/sets/set.h"

#define IMAGES "tests/data/images/"
#define SETS "tests/data/sets/"

static bf_set *open_set(const char *spec)
{
    bf_set *set;
    feat_error err = {0};
    if (bf_set_open(&set, spec, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_string_equal(bf_set_spec(set), spec);
    return set;
}

static void expect_open(const char *spec, feat_status status, const char *text)
{
    bf_set *set;
    feat_error err = {0};
    feat_status found = bf_set_open(&set, spec, &err);
    assert_null(set);
    if (found != status || err.status != status || strstr(err.message, text) == NULL)
        fail_msg("%s: status %d, '%s' does not say '%s'", spec, (int)found, err.message, text);
}

static void expect_names(const bf_set *set, const char *const *names, size_t n)
{
    assert_int_equal(bf_set_get_kind(set), BF_SET_IMAGES);
    assert_int_equal(bf_set_count(set), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(bf_set_item_name(set, i), names[i]);
    assert_string_equal(bf_set_item_name(set, n), "");
}

static uint32_t crc_of(const bf_set *set, size_t index)
{
    bf_image image;
    feat_error err = {0};
    if (bf_set_read_image(set, index, &image, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    uint32_t crc = feat_crc32(0, image.rgb, image.h * image.w * 3);
    bf_image_release(&image);
    assert_null(image.rgb);
    return crc;
}

static void expect_unreadable(const bf_set *set, size_t index, feat_status status, const char *text)
{
    bf_image image;
    feat_error err = {0};
    assert_int_equal(bf_set_read_image(set, index, &image, &err), status);
    assert_null(image.rgb);
    if (strstr(err.message, bf_set_item_name(set, index)) == NULL || strstr(err.message, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, text);
}

/* --- folders ------------------------------------------------------------------------------------------ */

static void test_folder(void **state)
{
    (void)state;
    own_put_folder("b");
    own_put_folder("b/deep");
    own_put_folder("empty");
    own_put_folder(".hidden");
    own_put_folder("__MACOSX");
    own_put_copy("b.png", IMAGES "grey.png");
    own_put_copy("b/2.PNG", IMAGES "rgb.png");
    own_put_copy("b/deep/x.jpeg", IMAGES "rgb.jpg");
    own_put_copy("B.gif", IMAGES "one.gif");
    own_put_copy("\xC3\xA4.ppm", IMAGES "raw.ppm");
    own_put_copy(".hidden/a.png", IMAGES "rgb.png");
    own_put_copy("__MACOSX/a.png", IMAGES "rgb.png");
    own_put_copy(".a.png", IMAGES "rgb.png");
    own_put("notes.txt", "x", 1);
    own_put("c.tif", "II*\0\4\0\0\0", 8);
    own_put("broken.png", "x", 1);
    const char *const names[] = {"B.gif",      "b.png",  "b/2.PNG",     "b/deep/x.jpeg",
                                 "broken.png", "c.tif", "\xC3\xA4.ppm"};
    bf_set *set = open_set(own_folder);
    expect_names(set, names, 7);
    assert_true(crc_of(set, 2) == crc_of(set, 6));
    bf_image image;
    assert_int_equal(bf_set_read_image(set, 1, &image, NULL), FEAT_OK);
    assert_true(image.h == 17 && image.w == 23 && image.flags == BF_IMAGE_GREY);
    bf_image_release(&image);
    expect_unreadable(set, 4, FEAT_ERR_FORMAT, "not an image");
    expect_unreadable(set, 5, FEAT_ERR_UNSUPPORTED, "TIFF images cannot be read; convert to PNG");
    assert_int_equal(bf_set_read_image(set, 7, &image, NULL), FEAT_ERR_ARG);
    float x;
    double y;
    assert_int_equal(bf_set_read_features(set, 0, 1, &x, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(bf_set_read_stats(set, &y, &y, NULL), FEAT_ERR_ARG);
    assert_int_equal(bf_set_feature_dim(set), 0);
    assert_int_equal(bf_set_stats_dim(set), 0);
    assert_int_equal(unlink(own_path("b.png")), 0); /* gone since the set was opened */
    expect_unreadable(set, 1, FEAT_ERR_IO, "No such file");
    bf_set_close(&set);
    assert_null(set);
    bf_set_close(&set);
    bf_set_close(NULL);
    char slashed[300];
    snprintf(slashed, sizeof slashed, "%s/", own_folder);
    set = open_set(slashed);
    assert_string_equal(bf_set_item_name(set, 0), "B.gif");
    bf_set_close(&set);
}

/* Links are followed, to files and folders, but a folder is not looked for inside itself. */
static void test_links(void **state)
{
    (void)state;
    own_put_folder("a");
    own_put_folder("a/b");
    own_put_copy("a/b/1.png", IMAGES "rgb.png");
    own_put_link("a/b/up", "..");
    own_put_link("a/self", ".");
    own_put_link("c", "a/b");
    own_put_link("d.png", "a/b/1.png");
    own_put_link("e.png", "nowhere");
    own_put_link("f.png", "a");
    /* c is a/b, so c/up is a, which is entered once more there; but not b in it, its ancestor by then. */
    const char *const names[] = {"a/b/1.png", "c/1.png", "d.png", "e.png", "f.png/b/1.png"};
    bf_set *set = open_set(own_folder);
    expect_names(set, names, 5);
    assert_true(crc_of(set, 0) == crc_of(set, 2));
    expect_unreadable(set, 3, FEAT_ERR_IO, "cannot open");
    bf_set_close(&set);
}

static void test_nothing_there(void **state)
{
    (void)state;
    own_put_folder("empty");
    own_put_folder("reals");
    own_put("empty/a.txt", "x", 1);
    own_put("empty/b", "x", 1);
    own_put("one.txt", "hello", 5);
    own_put("zero", "", 0);
    own_put("cut.npz", "PK\3\4", 4);
    own_put("cut.npy", "\x93NUM", 4);
    expect_open(own_path("empty"), FEAT_ERR_FORMAT, "no images in it (looked for jpg, jpeg, png");
    expect_open(own_path("empty"), FEAT_ERR_FORMAT, "2 other files");
    expect_open(own_path("real"), FEAT_ERR_IO, "no such file or folder; did you mean '");
    expect_open(own_path("real"), FEAT_ERR_IO, "/reals'?");
    expect_open(own_path("Empty/"), FEAT_ERR_IO, "/empty'?");
    expect_open(own_path("completely-different"), FEAT_ERR_IO, "completely-different: no such file or folder");
    expect_open(own_path("no/such/thing"), FEAT_ERR_IO, "does not exist either");
    expect_open(own_path("one.txt/x"), FEAT_ERR_IO, "no such file or folder");
    expect_open("", FEAT_ERR_IO, "empty name");
    expect_open(own_path("one.txt"), FEAT_ERR_FORMAT,
                "not a set (a folder, a .zip, .tar, .npz or .npy file, a file of CIFAR, STL-10 or MNIST, "
                "@LIST.txt naming image files");
    expect_open(own_path("zero"), FEAT_ERR_FORMAT, "the file is empty");
    expect_open(own_path("cut.npz"), FEAT_ERR_FORMAT, "not a whole zip archive");
    expect_open(own_path("cut.npy"), FEAT_ERR_FORMAT, "not an .npy array");
    expect_open(IMAGES "rgb.png", FEAT_ERR_FORMAT, "this is one image; a set is a folder");
}

/* --- lists and archives ------------------------------------------------------------------------------- */

static void test_list(void **state)
{
    (void)state;
    char text[1024], here[300];
    own_put_folder("pics");
    own_put_copy("pics/b.png", IMAGES "rgb.png");
    own_put_copy("pics/a b.png", IMAGES "grey.png");
    snprintf(text, sizeof text, "\xEF\xBB\xBF# comment\n\npics/b.png\r\n%s/pics/a b.png\npics/b.png\npics/c.png",
             own_folder);
    own_put("list.txt", text, strlen(text));
    snprintf(here, sizeof here, "@%s/list.txt", own_folder);
    bf_set *set = open_set(here);
    snprintf(text, sizeof text, "%s/pics/a b.png", own_folder);
    const char *const names[] = {"pics/b.png", text, "pics/b.png", "pics/c.png"};
    expect_names(set, names, 4);
    assert_true(crc_of(set, 0) == crc_of(set, 2));
    assert_true(crc_of(set, 0) != crc_of(set, 1));
    expect_unreadable(set, 3, FEAT_ERR_IO, "pics/c.png: not there; names are looked for in the list's own folder, '");
    bf_set_close(&set);
    own_put("none.txt", "# nothing\n\n", 11);
    snprintf(here, sizeof here, "@%s/none.txt", own_folder);
    expect_open(here, FEAT_ERR_FORMAT, "the list is empty");
    own_put("binary.txt", "a\0b", 3);
    snprintf(here, sizeof here, "@%s/binary.txt", own_folder);
    expect_open(here, FEAT_ERR_FORMAT, "zero bytes");
    snprintf(here, sizeof here, "@%s/lits.txt", own_folder);
    expect_open(here, FEAT_ERR_IO, "list.txt'?");
    snprintf(here, sizeof here, "@%s/pics", own_folder);
    expect_open(here, FEAT_ERR_FORMAT, "a regular file expected, found a directory");
}

/* images.zip is made by make_sets.py from files of images/. */
static void test_zip(void **state)
{
    (void)state;
    bf_set *set = open_set(SETS "images.zip");
    const char *const names[] = {"B.jpg", "a/1.png", "a/10.png", "a/2.png", "b.png"};
    expect_names(set, names, 5);
    bf_set *folder = open_set(IMAGES);
    size_t rgb = 0;
    while (strcmp(bf_set_item_name(folder, rgb), "rgb.png") != 0)
        rgb++;
    assert_true(crc_of(set, 1) == crc_of(folder, rgb));
    expect_unreadable(set, 3, FEAT_ERR_FORMAT, "PNG image cannot be decoded: truncated");
    bf_set_close(&set);
    bf_set_close(&folder);
    expect_open(SETS "deflated.zip", FEAT_ERR_FORMAT, "3 other files");
    expect_open(SETS "prefixed.zip", FEAT_ERR_FORMAT, "3 other files");
    expect_open(SETS "empty.zip", FEAT_ERR_FORMAT, "0 other files");
    expect_open(SETS "dotdot.zip", FEAT_ERR_FORMAT, "unsafe name");
}

/* --- arrays ------------------------------------------------------------------------------------------- */

static void test_array_images(void **state)
{
    (void)state;
    const struct {
        const char *name;
        size_t channels;
    } sets[] = {{SETS "u1_rgb.npy", 3},
                {SETS "batch.npz", 3},
                {SETS "batch_packed.npz", 3},
                {SETS "u1_grey.npy", 1},
                {SETS "u1_grey1.npy", 1}};
    const char *const names[] = {"#0", "#1", "#2", "#3"};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        bf_set *set = open_set(sets[i].name);
        expect_names(set, names, 4);
        for (size_t k = 0; k < 4; k++) {
            bf_image image;
            assert_int_equal(bf_set_read_image(set, k, &image, NULL), FEAT_OK);
            assert_true(image.h == 5 && image.w == 6);
            assert_int_equal(image.flags, sets[i].channels == 1 ? BF_IMAGE_GREY : 0);
            for (size_t j = 0; j < 90; j++) {
                size_t at = sets[i].channels == 3 ? k * 90 + j : k * 30 + j / 3;
                assert_int_equal(image.rgb[j], (at * 7) & 255);
            }
            bf_image_release(&image);
        }
        bf_set_close(&set);
    }
    expect_open(SETS "u1_chw.npy", FEAT_ERR_FORMAT, "give --layout nchw, or save a.transpose(0, 2, 3, 1)");
    expect_open(SETS "u1_one.npy", FEAT_ERR_FORMAT, "one picture (uint8 [5][6][3])");
    expect_open(SETS "u1_none.npy", FEAT_ERR_FORMAT, "no images in it");
    expect_open(SETS "u1_fortran.npy", FEAT_ERR_UNSUPPORTED, "Fortran order");
}

static void test_features(void **state)
{
    (void)state;
    const char *const names[] = {SETS "f4.npy",         SETS "f8.npy",         SETS "f8_v2.npy",
                                 SETS "f4_fortran.npy", SETS "features.npz",   SETS "only.npz",
                                 SETS "f2.npy",         SETS "real_feats.npz", SETS "reps.npz"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bf_set *set = open_set(names[i]);
        float x[15] = {0};
        assert_int_equal(bf_set_get_kind(set), BF_SET_FEATURES);
        assert_int_equal(bf_set_count(set), 5);
        assert_int_equal(bf_set_feature_dim(set), 3);
        for (size_t first = 0; first <= 5; first++)
            for (size_t n = 0; n <= 5 - first; n++) {
                assert_int_equal(bf_set_read_features(set, first, n, x, NULL, NULL), FEAT_OK);
                for (size_t k = 0; k < 3 * n; k++) {
                    size_t at = 3 * first + k;
                    assert_true(x[k] == (float)(at * at % 97) / 4.0f);
                }
            }
        assert_int_equal(bf_set_read_features(set, 4, 2, x, NULL, NULL), FEAT_ERR_ARG);
        assert_int_equal(bf_set_read_features(set, 6, 0, x, NULL, NULL), FEAT_ERR_ARG);
        bf_image image;
        assert_int_equal(bf_set_read_image(set, 0, &image, NULL), FEAT_ERR_ARG);
        bf_set_close(&set);
    }
    expect_open(SETS "f4_big.npy", FEAT_ERR_UNSUPPORTED, "big-endian");
    expect_open(SETS "vector.npy", FEAT_ERR_FORMAT, "float64 [5] found");
    expect_open(SETS "nothing.npz", FEAT_ERR_FORMAT, "found x.npy, y.npy");
}

static void test_not_finite(void **state)
{
    (void)state;
    const struct {
        const char *name, *text;
    } sets[] = {{SETS "f4_nan.npy", "row 3, column 1"},
                {SETS "f4_nan_fortran.npy", "row 3, column 1"},
                {SETS "f8_beyond.npy", "row 2, column 2"}};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        float x[15];
        feat_error err = {0};
        bf_set *set = open_set(sets[i].name);
        assert_int_equal(bf_set_read_features(set, 0, 2, x, NULL, &err), FEAT_OK);
        assert_int_equal(bf_set_read_features(set, 1, 4, x, NULL, &err), FEAT_ERR_NUMERIC);
        assert_non_null(strstr(err.message, sets[i].text));
        assert_non_null(strstr(err.message, sets[i].name));
        bf_set_close(&set);
    }
}

static void test_stats(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        bf_set *set = open_set(more ? SETS "stats_more.npz" : SETS "stats.npz");
        double mu[3], sigma[9];
        assert_int_equal(bf_set_get_kind(set), BF_SET_STATS);
        assert_int_equal(bf_set_stats_dim(set), 3);
        assert_int_equal(bf_set_count(set), more ? 50000 : 0);
        assert_string_equal(bf_set_origin(set)->preset, more ? "tf1" : "");
        assert_string_equal(bf_set_origin(set)->weights, more ? "d\xC3\xA9j\xC3\xA0 \xF0\x9F\x98\x80" : "");
        assert_int_equal(bf_set_read_stats(set, mu, sigma, NULL), FEAT_OK);
        for (size_t i = 0; i < 9; i++) {
            assert_true(sigma[i] == (double)(i * i % 97) / 4.0);
            assert_true(i >= 3 || mu[i] == sigma[i]);
        }
        bf_set_close(&set);
    }
    /* A reference batch as guided-diffusion has them: images and statistics, or on request statistics alone. */
    for (int only = 0; only < 3; only++) {
        const char *name = only == 2 ? SETS "adm_stats.npz" : SETS "adm.npz";
        bf_set *set = NULL;
        double mu[3], sigma[9];
        assert_int_equal(bf_set_open_as(&set, name, &(bf_set_how){.prefer_stats = only == 1}, NULL), FEAT_OK);
        assert_int_equal(bf_set_get_kind(set), only ? BF_SET_STATS : BF_SET_IMAGES);
        assert_int_equal(bf_set_count(set), only ? 0 : 4);
        assert_int_equal(bf_set_stats_dim(set), 3);
        assert_int_equal(bf_set_spatial_dim(set), 2);
        assert_int_equal(bf_set_read_stats(set, mu, sigma, NULL), FEAT_OK);
        assert_true(sigma[8] == 64.0 / 4.0);
        assert_int_equal(bf_set_read_spatial(set, mu, sigma, NULL), FEAT_OK);
        assert_true(mu[1] == 0.25 && sigma[3] == 9.0 / 4.0);
        bf_set_close(&set);
    }
    bf_set *plain = open_set(SETS "u1_rgb.npy");
    double unused[1];
    assert_int_equal(bf_set_stats_dim(plain), 0);
    assert_int_equal(bf_set_read_stats(plain, unused, unused, NULL), FEAT_ERR_ARG);
    assert_int_equal(bf_set_read_spatial(plain, unused, unused, NULL), FEAT_ERR_ARG);
    bf_set_close(&plain);
    expect_open(SETS "adm_bad.npz", FEAT_ERR_FORMAT,
                "sigma_s: [2][2] expected to go with mu_s, float64 [2][3] found");
    expect_open(SETS "stats_nan.npz", FEAT_ERR_NUMERIC, "sigma: row 0, column 1 is NaN");
    expect_open(SETS "stats_shape.npz", FEAT_ERR_FORMAT,
                "sigma: [3][3] expected to go with mu, float64 [3][4] found");
}

/* --- threads and memory ------------------------------------------------------------------------------- */

typedef struct reader {
    const bf_set *set;
    uint32_t crc;
} reader;

static void *read_often(void *arg)
{
    reader *r = arg;
    for (size_t round = 0; round < 20; round++)
        for (size_t i = 0; i < bf_set_count(r->set); i++) {
            bf_image image;
            if (bf_set_read_image(r->set, i, &image, NULL) == FEAT_OK)
                r->crc = feat_crc32(r->crc, image.rgb, image.h * image.w * 3);
            bf_image_release(&image);
        }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    const char *const names[] = {IMAGES, SETS "images.zip", SETS "u1_rgb.npy"};
    for (size_t i = 0; i < 3; i++) {
        bf_set *set = open_set(names[i]);
        reader readers[4];
        pthread_t threads[4];
        for (size_t t = 0; t < 4; t++) {
            readers[t] = (reader){.set = set};
            assert_int_equal(pthread_create(&threads[t], NULL, read_often, &readers[t]), 0);
        }
        for (size_t t = 0; t < 4; t++) {
            assert_int_equal(pthread_join(threads[t], NULL), 0);
            assert_true(readers[t].crc != 0 && readers[t].crc == readers[0].crc);
        }
        bf_set_close(&set);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    own_put("list.txt", "a.png\nb.png\n", 12);
    char list[300];
    snprintf(list, sizeof list, "@%s/list.txt", own_folder);
    const char *const names[] = {"tests/data",  SETS "images.zip",     SETS "batch.npz",
                                 SETS "f4.npy", SETS "stats_more.npz", list};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        feat_status status = FEAT_ERR_NOMEM;
        for (long k = 0; status != FEAT_OK; k++) {
            bf_set *set;
            feat_error err = {0};
            assert_true(k < 2000); /* a folder takes several for each of its files */
            feat_alloc_fail_after(k);
            status = bf_set_open(&set, names[i], &err);
            feat_alloc_fail_after(-1);
            if (status != FEAT_OK && (status != FEAT_ERR_NOMEM || err.status != FEAT_ERR_NOMEM || set != NULL))
                fail_msg("%s: %s", names[i], err.message);
            bf_set_close(&set);
            assert_int_equal(feat_alloc_live(), 0);
        }
    }
    bf_set *set = open_set(SETS "images.zip");
    for (long k = 0, status = FEAT_ERR_NOMEM; status != FEAT_OK; k++) {
        bf_image image;
        feat_alloc_fail_after(k);
        status = bf_set_read_image(set, 1, &image, NULL);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || status == FEAT_ERR_NOMEM);
        bf_image_release(&image);
    }
    bf_set_close(&set);
}

static bool never(void)
{
    return false;
}

static bool always(void)
{
    return true;
}

/* Frames pass in blocks; only those of the last block are there. */
static void test_frames(void **state)
{
    (void)state;
    enum { BYTES = 2 * 3 * 3, N = 5 };
    uint8_t frames[N * BYTES + 4];
    size_t got = 0;
    int ends[2];
    bf_set *set = NULL;
    bf_image image;
    feat_error err = {0};
    for (size_t i = 0; i < sizeof frames; i++)
        frames[i] = (uint8_t)(i * 7);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(bf_set_open_raw(&set, ends[0], 2, 3, &err), FEAT_OK);
    assert_true(bf_set_is_stream(set));
    assert_int_equal(bf_frames_bytes(bf_set_frames(set)), BYTES);
    assert_int_equal(bf_frames_next(bf_set_frames(set), 2, &got, always, &err), FEAT_ERR_IO);
    assert_string_equal(err.message, "interrupted");
    assert_int_equal(write(ends[1], frames, sizeof frames), sizeof frames);
    assert_int_equal(bf_frames_next(bf_set_frames(set), 2, &got, never, &err), FEAT_OK);
    assert_int_equal(got, 2);
    assert_int_equal(bf_frames_next(bf_set_frames(set), 3, &got, never, &err), FEAT_OK);
    assert_int_equal(got, 3);
    assert_true(bf_set_count(set) == BF_COUNT_UNKNOWN);
    for (size_t i = 2; i < N; i++) {
        assert_int_equal(bf_set_read_image(set, i, &image, &err), FEAT_OK);
        assert_memory_equal(image.rgb, frames + i * BYTES, BYTES);
        assert_true(image.h == 3 && image.w == 2);
        bf_image_release(&image);
    }
    assert_string_equal(bf_set_item_name(set, 4), "#4");
    expect_unreadable(set, 1, FEAT_ERR_ARG, "frame #1 (counted from 0) has passed");
    expect_unreadable(set, 5, FEAT_ERR_ARG, "frame #5 (counted from 0) has passed");
    close(ends[1]);
    assert_int_equal(bf_frames_next(bf_set_frames(set), 2, &got, NULL, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message,
                        "-: ends inside frame #5 (counted from 0): 18 bytes of it expected (2 x 3 RGB), 4 found");
    close(ends[0]);
    bf_set_close(&set);
    assert_int_equal(feat_alloc_live(), 0);
}

static void test_frames_end(void **state)
{
    (void)state;
    size_t got = 0;
    int ends[2];
    bf_set *set = NULL;
    feat_error err = {0};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(bf_set_open_raw(&set, ends[0], 1, 1, &err), FEAT_OK);
    assert_int_equal(write(ends[1], "abcdef", 6), 6);
    close(ends[1]);
    assert_int_equal(bf_frames_next(bf_set_frames(set), 9, &got, NULL, &err), FEAT_OK);
    assert_int_equal(got, 2);
    assert_int_equal(bf_set_count(set), 2);
    assert_int_equal(bf_frames_next(bf_set_frames(set), 9, &got, NULL, &err), FEAT_OK);
    assert_int_equal(got, 0);
    assert_int_equal(bf_set_count(set), 2);
    bf_set_close(&set);
    assert_int_equal(bf_set_open_raw(&set, ends[0], 1, 1, &err), FEAT_OK);
    assert_int_equal(bf_frames_next(bf_set_frames(set), 9, &got, NULL, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "nothing came on standard input; frames of 3 bytes expected"));
    bf_set_close(&set);
    close(ends[0]);
    assert_int_equal(bf_set_open_raw(&set, ends[0], 1, 0, &err), FEAT_ERR_ARG);
    for (long k = 0, status = FEAT_ERR_NOMEM; status != FEAT_OK; k++) {
        feat_alloc_fail_after(k);
        status = bf_set_open_raw(&set, ends[0], 1, 1, &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || (status == FEAT_ERR_NOMEM && set == NULL));
    }
    bf_set_close(&set);
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_folder, own_folder_clear),
        cmocka_unit_test_teardown(test_links, own_folder_clear),
        cmocka_unit_test_teardown(test_nothing_there, own_folder_clear),
        cmocka_unit_test_teardown(test_list, own_folder_clear),
        cmocka_unit_test_teardown(test_zip, own_folder_clear),
        cmocka_unit_test_teardown(test_array_images, own_folder_clear),
        cmocka_unit_test_teardown(test_features, own_folder_clear),
        cmocka_unit_test_teardown(test_not_finite, own_folder_clear),
        cmocka_unit_test_teardown(test_stats, own_folder_clear),
        cmocka_unit_test_teardown(test_threads, own_folder_clear),
        cmocka_unit_test_teardown(test_no_memory, own_folder_clear),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_frames_end),
    };
    return cmocka_run_group_tests(tests, own_folder_make, own_folder_remove);
}
