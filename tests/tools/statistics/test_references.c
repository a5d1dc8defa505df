/* Named references: added, found, and not taken for what they are not. The published one is the test's own. */
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
#include "engine/base/hash.h"
#include "tests/own_folder.h"
#include "tools/base/files.h"
#include "tools/statistics/references.h"

static char sha256[65];
static const bf_known_stats published = {.name = "made-up", .sha256 = sha256, .file = "made_up.pkl", .preset = "tf1"};
static feat_error err;
static bf_reference r;

static int setup(void **state)
{
    bf_digest digest;
    if (own_folder_make(state) != 0)
        return -1;
    bf_digest_bytes(&digest, "statistics", 10);
    feat_hex(sha256, digest.sha256);
    return setenv("XDG_DATA_HOME", own_folder, 1);
}

static int teardown(void **state)
{
    static const char *const made[] = {"bonafide/refs/own", "bonafide/refs", "bonafide"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        (void)rmdir(own_path(made[i]));
    return own_folder_remove(state);
}

static int clear(void **state)
{
    static const char *const made[] = {"bonafide/refs/made-up.pkl", "bonafide/refs/own/mine.npz",
                                       "bonafide/refs/own/a.b-c_1.pth"};
    bf_reference_release(&r);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        (void)unlink(own_path(made[i]));
    return own_folder_clear(state);
}

static feat_status add(const bf_known_stats *known, const char *name, const char *file)
{
    bf_reference_release(&r);
    err.message[0] = 0;
    return bf_reference_add(&r, known, name, own_path(file), &err);
}

static void assert_holds(const char *name, const char *text)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    assert_int_equal(bf_file_read(&bytes, &n, own_path(name), 1000, &err), FEAT_OK);
    assert_string_equal((const char *)bytes, text);
    feat_free(bytes);
}

/* A published file is copied under its name and known ending, whatever it was called; what lay there goes. */
static void test_published(void **state)
{
    (void)state;
    own_put_text("some.download", "statistics");
    own_put_text("other.pkl", "something else");
    assert_int_equal(add(&published, NULL, "other.pkl"), FEAT_ERR_CHECKSUM);
    assert_int_equal(access(own_path("bonafide/refs/made-up.pkl"), F_OK), -1);
    assert_int_equal(add(&published, NULL, "some.download"), FEAT_OK);
    assert_string_equal(r.name, "made-up");
    assert_string_equal(r.path, own_path("bonafide/refs/made-up.pkl"));
    assert_holds("bonafide/refs/made-up.pkl", "statistics");
    assert_int_equal(bf_file_write(own_path("bonafide/refs/made-up.pkl"), "spoilt", 6, &err), FEAT_OK);
    assert_int_equal(add(&published, NULL, "some.download"), FEAT_OK);
    assert_holds("bonafide/refs/made-up.pkl", "statistics");
}

static void test_own(void **state)
{
    bf_names names = {0};
    (void)state;
    own_put_text("stats.npz", "mine");
    own_put_text("stats.pth", "other");
    assert_int_equal(add(NULL, "mine", "stats.npz"), FEAT_OK);
    assert_null(r.known);
    assert_int_equal(add(NULL, "mine", "stats.npz"), FEAT_OK); /* the same again */
    assert_int_equal(add(NULL, "a.b-c_1", "stats.pth"), FEAT_OK);
    assert_int_equal(add(NULL, "mine", "stats.pth"), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "has this name and other content"));
    assert_holds("bonafide/refs/own/mine.npz", "mine");
    assert_int_equal(bf_reference_own(&names, &err), FEAT_OK);
    assert_int_equal(names.n, 2);
    assert_string_equal(names.text[0], "a.b-c_1");
    assert_string_equal(names.text[1], "mine");
    bf_names_free(&names);
    bf_reference_release(&r);
    assert_int_equal(bf_reference_find(&r, "ref:mine", &err), FEAT_OK);
    assert_null(r.known);
    assert_true(r.digest.known);
    assert_string_equal(r.path, own_path("bonafide/refs/own/mine.npz"));
}

static void test_names(void **state)
{
    static const char *const bad[] = {"",      ".hidden", "-k",          "a/b",  "..",  "x.npz",
                                      "a b",   "\xC3\xA9", "ref:x",      "imagenet256-jit", "imagenet512-jit",
                                      "a123456789b123456789c123456789d123456789e123456789f123456789g123"};
    (void)state;
    own_put_text("stats.npz", "mine");
    own_put_text("stats.txt", "mine");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (add(NULL, bad[i], "stats.npz") != FEAT_ERR_ARG)
            fail_msg("'%s' is taken for a name", bad[i]);
    assert_int_equal(add(NULL, "mine", "stats.txt"), FEAT_ERR_FORMAT);
    assert_true(bf_reference_is("ref:") && bf_reference_is("ref:x") && !bf_reference_is("./ref:x"));
}

/* Every published one has a name, a file whose ending is known, and an address; two of a name there are not. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; bf_known_stats_at(i) != NULL; i++) {
        const bf_known_stats *k = bf_known_stats_at(i);
        assert_ptr_equal(bf_reference_known(k->name), k);
        assert_int_equal(strncmp(k->address, "https://", 8), 0);
        assert_string_equal(k->address + strlen(k->address) - strlen(k->file), k->file);
        assert_true(strlen(k->address) + 2 * strlen(k->file) + strlen(k->name) < 350); /* fits into a message */
    }
    assert_null(bf_reference_known("made-up"));
}

/* What is not here says where it comes from; what is nobody's says which there are. */
static void test_missing(void **state)
{
    (void)state;
    assert_int_equal(bf_reference_find(&r, "ref:imagenet512-jit", &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "bonafide refs add jit_in512_stats.npz"));
    assert_int_equal(bf_reference_find(&r, "ref:imagenet512jit", &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "did you mean 'ref:imagenet512-jit'?"));
    assert_int_equal(bf_reference_find(&r, "ref:../own/mine", &err), FEAT_ERR_IO);
    assert_int_equal(bf_reference_find(&r, "ref:", &err), FEAT_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_published, clear), cmocka_unit_test_teardown(test_own, clear),
        cmocka_unit_test_teardown(test_names, clear),     cmocka_unit_test_teardown(test_table, clear),
        cmocka_unit_test_teardown(test_missing, clear),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
