/* What files of features say of themselves, FILE.npz:KEY, and what is told of numbers not taken as they are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "engine/files/not_fetched.h"
#include "engine/files/npy_write.h"
#include "tools/base/files.h"
#include "tools/sets/set.h"

enum { N = 5, D = 3 };

static char folder[256], file[300], spec[400];

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-origin-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/x.npz", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(folder);
}

static const float rows[N * D] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
static const double mu[D] = {1, 2, 3}, sigma[D * D] = {1, 0, 0, 0, 1, 0, 0, 0, 1};

static const char *name_of(const void *ctx, size_t i)
{
    static const char *const names[N] = {"a/1.png", "", "d\xC3\xA9j\xC3\xA0.png", "a longer name than the others.png",
                                         "e"};
    (void)ctx;
    return names[i];
}

static void write_file(const feat_npz_array *arrays, size_t n)
{
    feat_error err = {0};
    if (feat_npz_write(file, arrays, n, &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

static bf_set *open_set(const char *what)
{
    bf_set *set;
    feat_error err = {0};
    if (bf_set_open(&set, what, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_string_equal(bf_set_spec(set), what);
    return set;
}

static void expect_error(const char *what, feat_status status, const char *text)
{
    bf_set *set;
    feat_error err = {0};
    feat_status found = bf_set_open(&set, what, &err);
    assert_null(set);
    if (found != status || strstr(err.message, text) == NULL)
        fail_msg("%s: status %d, '%s' does not say '%s'", what, (int)found, err.message, text);
}

static const char *with_key(const char *key)
{
    snprintf(spec, sizeof spec, "%s:%s", file, key);
    return spec;
}

static void test_origin(void **state)
{
    (void)state;
    const int64_t pixels = 3, numerics = 2;
    const feat_npz_texts names = {name_of, NULL};
    const feat_npz_array arrays[] = {
        {"feats", 'f', 2, {N, D}, rows},         {"names", 'N', 1, {N, 0}, &names},
        {"preset", 'U', 0, {0, 0}, "clean"},     {"weights", 'U', 0, {0, 0}, "w sha256:00ff"},
        {"variant", 'U', 0, {0, 0}, "fid"},      {"tap", 'U', 0, {0, 0}, "64"},
        {"mode", 'U', 0, {0, 0}, "split"},       {"pixels", 'q', 0, {0, 0}, &pixels},
        {"numerics", 'q', 0, {0, 0}, &numerics},
    };
    write_file(arrays, sizeof arrays / sizeof arrays[0]);
    /* Under its key the array is the same set, any other way of naming it too. */
    for (int key = 0; key < 2; key++) {
        bf_set *set = open_set(key ? with_key("feats") : file);
        const bf_origin *o = bf_set_origin(set);
        assert_int_equal(bf_set_get_kind(set), BF_SET_FEATURES);
        assert_string_equal(bf_set_path(set), file);
        assert_string_equal(o->preset, "clean");
        assert_string_equal(o->weights, "w sha256:00ff");
        assert_string_equal(o->variant, "fid");
        assert_string_equal(o->tap, "64");
        assert_string_equal(o->mode, "split");
        assert_int_equal(o->pixels, 3);
        assert_int_equal(o->numerics, 2);
        for (size_t i = 0; i < N; i++)
            assert_string_equal(bf_set_item_name(set, i), name_of(NULL, i));
        assert_string_equal(bf_set_item_name(set, N), "");
        bf_set_close(&set);
    }
}

/* Of statistics it is the same; what other programs keep under these names is none of it. */
static void test_other_files(void **state)
{
    (void)state;
    const double seven[7] = {0}, half = 0.5;
    const feat_npz_texts names = {name_of, NULL};
    const feat_npz_array stats[] = {
        {"mu", 'd', 1, {D, 0}, mu}, {"sigma", 'd', 2, {D, D}, sigma}, {"tap", 'U', 0, {0, 0}, "192"}};
    write_file(stats, 3);
    bf_set *set = open_set(file);
    assert_string_equal(bf_set_origin(set)->tap, "192");
    assert_string_equal(bf_set_origin(set)->preset, "");
    assert_int_equal(bf_set_origin(set)->pixels, 0);
    bf_set_close(&set);
    const feat_npz_array foreign[] = {{"feats", 'f', 2, {N, D}, rows},   {"names", 'N', 1, {N - 1, 0}, &names},
                                      {"tap", 'd', 1, {7, 0}, seven},    {"preset", 'q', 1, {0, 0}, seven},
                                      {"pixels", 'd', 0, {0, 0}, &half}, {"numerics", 'U', 0, {0, 0}, "one"}};
    write_file(foreign, sizeof foreign / sizeof foreign[0]);
    set = open_set(file);
    assert_string_equal(bf_set_item_name(set, 0), "");
    assert_string_equal(bf_set_origin(set)->tap, "");
    assert_string_equal(bf_set_origin(set)->preset, "");
    assert_int_equal(bf_set_origin(set)->pixels, 0);
    assert_int_equal(bf_set_origin(set)->numerics, 0);
    bf_set_close(&set);
}

static void test_key(void **state)
{
    (void)state;
    const double other[2 * D] = {0.5, 1, 1.5, 2, 2.5, 3};
    const feat_npz_array arrays[] = {
        {"feats", 'f', 2, {N, D}, rows}, {"tap", 'U', 0, {0, 0}, "64"}, {"other", 'd', 2, {2, D}, other}};
    write_file(arrays, 3);
    bf_set *set = open_set(with_key("other"));
    double x[2 * D];
    assert_int_equal(bf_set_count(set), 2);
    assert_true(bf_set_has_doubles(set));
    assert_int_equal(bf_set_read_doubles(set, x, NULL), FEAT_OK);
    assert_memory_equal(x, other, sizeof x);
    assert_string_equal(bf_set_origin(set)->tap, ""); /* that is of feats */
    bf_set_close(&set);
    expect_error(with_key("none"), FEAT_ERR_FORMAT, "has no array 'none'; found feats.npy, tap.npy, other.npy");
    expect_error(with_key("tap"), FEAT_ERR_FORMAT, "text scalar found");
    snprintf(spec, sizeof spec, "%s/nowhere.npz:x", folder);
    expect_error(spec, FEAT_ERR_IO, "nowhere.npz: cannot open");
    assert_false(bf_set_is_there(spec));
    assert_true(bf_set_is_there((char *)(uintptr_t)with_key("whatever")));
    assert_string_equal(spec + strlen(file), ":whatever");
    const feat_npz_array unknown[] = {{"p", 'f', 2, {N, D}, rows}, {"q", 'f', 2, {N, D}, rows}};
    write_file(unknown, 2);
    expect_error(file, FEAT_ERR_FORMAT, "x.npz:KEY takes the array KEY");
}

static void test_rounding(void **state)
{
    (void)state;
    const double x[2 * D] = {0.5, 0.1, -3.0, 1e-50, 16777217.0, 1.0 / 3.0};
    float out[2 * D];
    size_t n = 100;
    const feat_npz_array wide = {"feats", 'd', 2, {2, D}, x}, narrow = {"feats", 'f', 2, {N, D}, rows};
    write_file(&wide, 1);
    bf_set *set = open_set(file);
    assert_int_equal(bf_set_read_features(set, 0, 1, out, &n, NULL), FEAT_OK);
    assert_int_equal(n, 101); /* 0.1 */
    assert_int_equal(bf_set_read_features(set, 0, 2, out, &n, NULL), FEAT_OK);
    assert_int_equal(n, 105);
    assert_true(out[1] == 0.1f && out[3] == 0.0f && out[4] == 16777216.0f);
    bf_set_close(&set);
    write_file(&narrow, 1);
    set = open_set(file);
    assert_false(bf_set_has_doubles(set));
    assert_int_equal(bf_set_read_features(set, 0, 2, out, &n, NULL), FEAT_OK);
    assert_int_equal(n, 105);
    bf_set_close(&set);
}

/* A float array of pixels is refused with what would make bytes of it. */
static void put_npy(const char *descr, const char *shape, const void *data, size_t bytes)
{
    char header[128];
    bf_new_file f;
    snprintf(header, sizeof header, "\x93NUMPY%c%c%c%c{'descr': '%s', 'fortran_order': False, 'shape': %s}", 1, 0, 118,
             0, descr, shape);
    size_t n = 10 + strlen(header + 10);
    memset(header + n, ' ', sizeof header - n);
    assert_int_equal(bf_new_file_open(&f, file, NULL), FEAT_OK);
    assert_int_equal(bf_new_file_write(&f, header, sizeof header, 0, NULL), FEAT_OK);
    assert_int_equal(bf_new_file_write(&f, data, bytes, sizeof header, NULL), FEAT_OK);
    assert_int_equal(bf_new_file_commit(&f, NULL), FEAT_OK);
}

static void test_hints(void **state)
{
    (void)state;
    float x[2 * 3 * 2 * 2];
    int64_t whole[24] = {0};
    for (size_t i = 0; i < 24; i++)
        x[i] = (float)i / 12.0f - 1.0f;
    put_npy("<f4", "(2, 3, 2, 2)", x, sizeof x);
    expect_error(file, FEAT_ERR_FORMAT,
                 "if black is -1 and white 1, give --range -1,1 --layout nchw, or save ((a.transpose(0, 2, 3, 1) "
                 "+ 1) * 127.5 + 0.5).clip(0, 255).astype('uint8')");
    for (size_t i = 0; i < 24; i++)
        x[i] = (float)i / 24.0f;
    put_npy("<f4", "(2, 2, 2, 3)", x, sizeof x);
    expect_error(file, FEAT_ERR_FORMAT,
                 "if black is 0 and white 1, give --range 0,1, or save (a * 255 + 0.5).clip(0, 255).astype('uint8')");
    x[5] = 200.0f;
    put_npy("<f4", "(2, 2, 2, 3)", x, sizeof x);
    expect_error(file, FEAT_ERR_FORMAT, "give --range 0,255, or save (a + 0.5).clip(0, 255).astype('uint8')");
    put_npy("<i8", "(2, 2, 2, 3)", whole, sizeof whole);
    expect_error(file, FEAT_ERR_FORMAT, "save a.clip(0, 255).astype('uint8')");
    put_npy("<i8", "(4, 6)", whole, sizeof whole);
    expect_error(file, FEAT_ERR_FORMAT, "int64 [4][6] found; of features save a.astype('float32')");
}

static void test_not_fetched(void **state)
{
    (void)state;
    static const char *const pages[] = {"<!DOCTYPE html>", "\n\t <HTML lang=\"en\">", "<?xml version='1.0'?>"};
    for (size_t i = 0; i < 3; i++)
        assert_non_null(strstr(feat_not_fetched(pages[i], strlen(pages[i])), "an HTML page"));
    assert_non_null(strstr(feat_not_fetched("version https://git-lfs.github.com/spec/v1\n", 43), "Git LFS"));
    assert_null(feat_not_fetched("PK\3\4", 4));
    assert_null(feat_not_fetched("<htm", 4));
    assert_null(feat_not_fetched("   ", 3));
    assert_null(feat_not_fetched("", 0));
    put_npy("<f4", "(1, 1)", "abcd", 4);
    bf_new_file f;
    assert_int_equal(bf_new_file_open(&f, file, NULL), FEAT_OK);
    assert_int_equal(bf_new_file_write(&f, pages[1], strlen(pages[1]), 0, NULL), FEAT_OK);
    assert_int_equal(bf_new_file_commit(&f, NULL), FEAT_OK);
    expect_error(file, FEAT_ERR_FORMAT, "not a set but an HTML page: the download was refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origin),   cmocka_unit_test(test_other_files), cmocka_unit_test(test_key),
        cmocka_unit_test(test_rounding), cmocka_unit_test(test_hints),       cmocka_unit_test(test_not_fetched),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
