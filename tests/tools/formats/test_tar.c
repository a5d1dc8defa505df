/* Tar archives as POSIX, GNU and older programs write them; what is refused, and that no cut or damaged one does more
 * than say so. All are made here. */
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
#include "tools/base/limits.h"
#include "tools/formats/tar.h"

static tar_maker made;

static bf_tar *open_made(void)
{
    bf_tar *tar;
    feat_error err = {0};
    own_put("a.tar", made.bytes, made.n);
    if (bf_tar_open(&tar, own_path("a.tar"), &err) != FEAT_OK)
        fail_msg("%s", err.message);
    own_take_back();
    return tar;
}

static void expect_refused(feat_status status, const char *text)
{
    bf_tar *tar;
    feat_error err = {0};
    own_put("a.tar", made.bytes, made.n);
    feat_status found = bf_tar_open(&tar, own_path("a.tar"), &err);
    assert_null(tar);
    if (found != status || strstr(err.message, text) == NULL)
        fail_msg("status %d, '%s' does not say '%s'", (int)found, err.message, text);
    own_take_back();
}

static void test_forms(void **state)
{
    (void)state;
    char deep[230], longer[400], text[600];
    memset(deep, 'd', sizeof deep);
    deep[130] = '/';
    deep[229] = 0;
    memset(longer, 'e', sizeof longer);
    longer[399] = 0;
    tar_begin(&made);
    tar_add(&made, "./one.png", '0', "first", 5);
    tar_add(&made, "folder/", '5', "", 0);
    tar_add(&made, "old", 0, "", 0); /* V7's type, and no magic */
    memset(made.bytes + made.last + 257, 0, 8);
    tar_sum(&made);
    tar_add(&made, deep + 131, '0', "posix", 5); /* the folders stand in the prefix */
    memcpy(made.bytes + made.last + 345, deep, 130);
    tar_sum(&made);
    tar_add(&made, "././@LongLink", 'L', longer, 400); /* GNU's magic, whose prefix is no name */
    tar_add(&made, "cut", '0', "gnu", 3);
    memcpy(made.bytes + made.last + 257, "ustar  ", 8);
    memcpy(made.bytes + made.last + 345, "no prefix", 9);
    tar_sum(&made);
    tar_add(&made, "pax_global_header", 'g', "20 comment=something\n", 21);
    snprintf(text, sizeof text, "411 path=./%.399s\n", longer);
    size_t n = strlen(text);
    n += (size_t)snprintf(text + n, sizeof text - n, "9 size=6\n11 x=y z=0\n");
    tar_add(&made, "x", 'x', text, n);
    tar_add(&made, "cut", '0', "sixten", 6);
    memcpy(made.bytes + made.last + 124, "00000000000", 12); /* pax knows the size */
    tar_sum(&made);
    tar_add(&made, "link", '2', "", 0);
    tar_add(&made, "hard", '1', "", 0);
    memcpy(made.bytes + made.last + 124, "00000000077", 12); /* of what it leads to */
    tar_sum(&made);
    tar_add(&made, "binary", '0', "0123456789", 10);
    memcpy(made.bytes + made.last + 124, "\x80\0\0\0\0\0\0\0\0\0\0\x0a", 12);
    tar_sum(&made);
    tar_end(&made);
    bf_tar *tar = open_made();
    const struct {
        const char *name, *bytes;
    } members[] = {{"one.png", "first"}, {"old", ""},  {deep, "posix"}, {longer, "gnu"}, {longer, "sixten"},
                   {"link", NULL},       {"hard", NULL}, {"binary", "0123456789"}};
    assert_int_equal(bf_tar_count(tar), sizeof members / sizeof members[0]);
    own_put("a.tar", made.bytes, made.n);
    for (size_t i = 0; i < bf_tar_count(tar); i++) {
        uint8_t *bytes, head[3];
        size_t length = 0;
        assert_string_equal(bf_tar_name(tar, i), members[i].name);
        assert_int_equal(bf_tar_is_file(tar, i), members[i].bytes != NULL);
        if (members[i].bytes == NULL) {
            assert_int_equal(bf_tar_read(tar, i, &bytes, &length, 100, NULL), FEAT_ERR_UNSUPPORTED);
            continue;
        }
        assert_int_equal(bf_tar_read(tar, i, &bytes, &length, 10, NULL), FEAT_OK);
        assert_int_equal(length, strlen(members[i].bytes));
        assert_int_equal(bf_tar_size(tar, i), length);
        assert_string_equal((char *)bytes, members[i].bytes);
        feat_free(bytes);
        assert_int_equal(bf_tar_peek(tar, i, head, 3, &n, NULL), FEAT_OK);
        assert_int_equal(n, length < 3 ? length : 3);
        assert_memory_equal(head, members[i].bytes, n);
    }
    uint8_t *bytes;
    assert_int_equal(bf_tar_read(tar, 0, &bytes, &n, 4, NULL), FEAT_ERR_UNSUPPORTED);
    assert_null(bytes);
    bf_tar_close(&tar);
    assert_true(bf_tar_is(made.bytes, made.n));
    assert_false(bf_tar_is(made.bytes, 511));
}

static void add_one(const char *name)
{
    tar_begin(&made);
    tar_add(&made, name, '0', "bytes", 5);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const unsafe[] = {"/a.png", "../a.png", "a/../b.png", "./../a", ".."};
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++) {
        add_one(unsafe[i]);
        expect_refused(FEAT_ERR_FORMAT, "unsafe name");
    }
    add_one("a");
    made.bytes[0] = 'b';
    expect_refused(FEAT_ERR_FORMAT, "a header whose sum is wrong at byte 0");
    add_one("a");
    memcpy(made.bytes + 124, "7777777777x", 11);
    tar_sum(&made);
    expect_refused(FEAT_ERR_FORMAT, "a size that is none");
    memcpy(made.bytes + 124, "77777777777", 11);
    tar_sum(&made);
    expect_refused(FEAT_ERR_FORMAT, "it ends before the data of a member do");
    memset(made.bytes + 124, 0xFF, 12);
    tar_sum(&made);
    expect_refused(FEAT_ERR_FORMAT, "a size that is none");
    memset(made.bytes + 125, 0xFF, 11);
    made.bytes[made.last + 124] = 0x80;
    tar_sum(&made);
    expect_refused(FEAT_ERR_FORMAT, "a size that is none");
    static const char *const lists[] = {"12 path=a.png\n", "0 path=a\n", "99999999999999999999 path=a\n", "9 pathaaa\n",
                                        "path=a\n", "8 path=a", "9 size=x\n", "-9 path=a\n", "3 \n"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        tar_begin(&made);
        tar_add(&made, "x", 'x', lists[i], strlen(lists[i]));
        tar_add(&made, "a", '0', "bytes", 5);
        expect_refused(FEAT_ERR_FORMAT, "pax");
    }
    tar_begin(&made);
    tar_add(&made, "holes", 'S', "bytes", 5);
    expect_refused(FEAT_ERR_UNSUPPORTED, "make the archive without");
    tar_begin(&made);
    tar_add(&made, "holes", 'x', "22 GNU.sparse.major=1\n", 22);
    tar_add(&made, "a", '0', "bytes", 5);
    bf_tar *tar = open_made();
    assert_false(bf_tar_is_file(tar, 0));
    bf_tar_close(&tar);
    tar_begin(&made);
    tar_add(&made, "././@LongLink", 'L', "name", 4);
    memcpy(made.bytes + 124, "00007777777", 11); /* a name of 2 MB, if it were there */
    tar_sum(&made);
    expect_refused(FEAT_ERR_FORMAT, "it ends before");
    bf_limits limits = *bf_limits_get();
    limits.members = 1;
    limits.name = 3;
    bf_limits_replace(&limits);
    add_one("a");
    tar_add(&made, "b", '0', "", 0);
    expect_refused(FEAT_ERR_UNSUPPORTED, "--limits members=N raises that");
    add_one("abcd");
    expect_refused(FEAT_ERR_UNSUPPORTED, "--limits name=N raises that");
    assert_int_equal(bf_limits_set("archive=9", NULL), FEAT_OK);
    tar_begin(&made);
    tar_add(&made, "a", '0', "bytes", 5);
    tar_add(&made, "b", '0', "bytes", 5);
    expect_refused(FEAT_ERR_UNSUPPORTED, "more than 9 bytes in all; --limits archive=N raises that");
    assert_int_equal(bf_limits_set(NULL, NULL), FEAT_OK);
}

/* Every cut of an archive, and every byte of its headers changed, gives members or an error. */
static void test_damage(void **state)
{
    (void)state;
    static tar_maker whole;
    char name[200];
    memset(name, 'n', sizeof name);
    name[199] = 0;
    tar_begin(&whole);
    tar_add(&whole, "././@LongLink", 'L', name, 200);
    tar_add(&whole, "a", '0', "bytes", 5);
    tar_add(&whole, "x", 'x', "18 path=other.png\n", 18);
    tar_add(&whole, "b", '0', "more", 4);
    size_t end = whole.n;
    for (size_t cut = 0; cut < end; cut += 37) {
        bf_tar *tar;
        made = whole;
        own_put("cut.tar", made.bytes, cut);
        feat_status status = bf_tar_open(&tar, own_path("cut.tar"), NULL);
        assert_true(status == FEAT_OK || status == FEAT_ERR_FORMAT);
        bf_tar_close(&tar);
        own_take_back();
    }
    for (size_t i = 0; i < end; i++) {
        bf_tar *tar;
        made = whole;
        made.bytes[i] ^= (uint8_t)(1u << i % 8);
        tar_sum_all(&made);
        own_put("bad.tar", made.bytes, made.n);
        if (bf_tar_open(&tar, own_path("bad.tar"), NULL) == FEAT_OK)
            for (size_t k = 0; k < bf_tar_count(tar); k++) {
                uint8_t *bytes = NULL;
                size_t n;
                if (bf_tar_read(tar, k, &bytes, &n, 1 << 20, NULL) == FEAT_OK)
                    feat_free(bytes);
            }
        bf_tar_close(&tar);
        own_take_back();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_forms, own_folder_clear),
        cmocka_unit_test_teardown(test_refusals, own_folder_clear),
        cmocka_unit_test_teardown(test_damage, own_folder_clear),
    };
    return cmocka_run_group_tests_name("tar", tests, own_folder_make, own_folder_remove);
}
