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
#include "tools/statistics/reference_images.h"
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

/* --- images ------------------------------------------------------------------------------------------------- */

static uint8_t packed[1 << 18];
static size_t n_packed;

static void pack(const void *bytes, size_t n)
{
    assert_true(n_packed + n <= sizeof packed);
    memcpy(packed + n_packed, bytes, n);
    n_packed += n;
}

/* gzip's frame around a stored block of these bytes. */
static void pack_stored(const uint8_t *bytes, size_t n)
{
    for (size_t at = 0; at < n; at += 65535) {
        size_t part = n - at < 65535 ? n - at : 65535;
        const uint8_t head[5] = {at + part == n, (uint8_t)part, (uint8_t)(part >> 8), (uint8_t)~part,
                                 (uint8_t)(~part >> 8)};
        pack(head, sizeof head);
        pack(bytes + at, part);
    }
}

static uint8_t archive[1 << 17];
static size_t n_archive;

/* A member of the archive; type 0 is that of old archives. */
static void member(const char *name, char type, const char *text, size_t n)
{
    uint8_t *header = archive + n_archive;
    memset(header, 0, 512);
    snprintf((char *)header, 100, "%s", name);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)n);
    header[156] = (uint8_t)type;
    n_archive += 512;
    for (size_t i = 0; i < n; i++)
        archive[n_archive + i] = (uint8_t)text[i % strlen(text)];
    n_archive += (n + 511) / 512 * 512;
}

static char sha_of[2][65], sha_of_archive[65];
static const bf_known_part parts[] = {{"one.bin", sha_of[0]}, {"two.bin", sha_of[1]}};
static bf_known_stats images = {.name = "made-up", .sha256 = sha_of_archive, .file = "made.tar.gz", .parts = parts,
                                .n_parts = 2};

static void take_digest(char hex[65], const void *bytes, size_t n)
{
    bf_digest digest;
    bf_digest_bytes(&digest, bytes, n);
    feat_hex(hex, digest.sha256);
}

/* The archive as the test's published one: a folder, two files, something else, and an end. */
static void make_archive(void)
{
    static const char header[] = "\x1F\x8B\x08\0\0\0\0\0\0\3";
    memset(archive, 0, sizeof archive);
    n_archive = n_packed = 0;
    member("set", '5', "", 0);
    member("set/two.bin", '0', "222", 70000); /* longer than the window and than one piece that is read */
    take_digest(sha_of[1], archive + n_archive - 70144, 70000);
    member("set/readme.html", '0', "words", 600);
    member("one.bin", 0, "1", 3);
    take_digest(sha_of[0], "111", 3);
    member("set/two.bin.link", '2', "", 0);
    n_archive += 1024;
    pack(header, 10);
    pack_stored(archive, n_archive);
    pack("\0\0\0\0\0\0\0\0", 8);
    take_digest(sha_of_archive, packed, n_packed);
    own_put("made.tar.gz", packed, n_packed);
}

static int clear_images(void **state)
{
    static const char *const made[] = {"bonafide/refs/made-up/one.bin", "bonafide/refs/made-up/two.bin"};
    bf_reference_release(&r);
    for (size_t i = 0; i < 2; i++)
        (void)unlink(own_path(made[i]));
    (void)rmdir(own_path("bonafide/refs/made-up"));
    return own_folder_clear(state);
}

static void test_images(void **state)
{
    (void)state;
    make_archive();
    if (add(&images, NULL, "made.tar.gz") != FEAT_OK)
        fail_msg("%s", err.message);
    assert_string_equal(r.path, own_path("bonafide/refs/made-up"));
    assert_holds("bonafide/refs/made-up/one.bin", "111");
    assert_int_equal(bf_reference_images_check(&images, r.path, "", &err), FEAT_OK);
    /* A part that is another, or is not there; adding mends both. */
    assert_int_equal(bf_file_write(own_path("bonafide/refs/made-up/one.bin"), "112", 3, &err), FEAT_OK);
    assert_int_equal(bf_reference_images_check(&images, r.path, "; ADVICE", &err), FEAT_ERR_CHECKSUM);
    assert_non_null(strstr(err.message, "; ADVICE"));
    assert_int_equal(unlink(own_path("bonafide/refs/made-up/two.bin")), 0);
    assert_int_equal(add(&images, NULL, "made.tar.gz"), FEAT_OK);
    assert_int_equal(bf_reference_images_check(&images, r.path, "", &err), FEAT_OK);
    assert_int_equal(unlink(own_path("bonafide/refs/made-up/two.bin")), 0);
    assert_int_equal(bf_reference_images_check(&images, r.path, "", &err), FEAT_ERR_IO);
}

/* Archives that were published with a digest and are damaged all the same: an error, and nothing half written. */
static void test_damaged_images(void **state)
{
    static const char zeros[512];
    (void)state;
    make_archive();
    assert_int_equal(add(&images, NULL, "nowhere.tar.gz"), FEAT_ERR_IO);
    for (size_t n = 0; n < n_packed - 1600; n += n < 700 ? 1 : 997) { /* up to the link behind the last part */
        own_put("short.tar.gz", packed, n);
        take_digest(sha_of_archive, packed, n);
        assert_int_equal(add(&images, NULL, "short.tar.gz"), FEAT_ERR_FORMAT);
        assert_int_equal(access(own_path("bonafide/refs/made-up/one.bin"), F_OK), -1);
        own_take_back();
    }
    /* A size that is no number, a part that is missing, no gzip. */
    archive[512 + 124] = 'x';
    n_packed = 10;
    pack_stored(archive, n_archive);
    own_put("number.tar.gz", packed, n_packed);
    take_digest(sha_of_archive, packed, n_packed);
    assert_int_equal(add(&images, NULL, "number.tar.gz"), FEAT_ERR_FORMAT);
    n_packed = 10;
    pack_stored((const uint8_t *)zeros, sizeof zeros);
    own_put("empty.tar.gz", packed, n_packed);
    take_digest(sha_of_archive, packed, n_packed);
    assert_int_equal(add(&images, NULL, "empty.tar.gz"), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "0 of the 2 files of ref:made-up"));
    own_put_text("text.tar.gz", "no archive");
    take_digest(sha_of_archive, "no archive", 10);
    assert_int_equal(add(&images, NULL, "text.tar.gz"), FEAT_ERR_FORMAT);
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
    assert_int_equal(bf_reference_find(&r, "ref:cifar10-test", &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "bonafide refs get cifar10-test"));
    assert_int_equal(bf_reference_find(&r, "ref:ffhq_clean_trainval70k_256", &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "clean-fid has files of such names: https://"));
    assert_int_equal(bf_reference_find(&r, "ref:../own/mine", &err), FEAT_ERR_IO);
    assert_int_equal(bf_reference_find(&r, "ref:", &err), FEAT_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_published, clear), cmocka_unit_test_teardown(test_own, clear),
        cmocka_unit_test_teardown(test_names, clear),     cmocka_unit_test_teardown(test_table, clear),
        cmocka_unit_test_teardown(test_missing, clear),   cmocka_unit_test_teardown(test_images, clear_images),
        cmocka_unit_test_teardown(test_damaged_images, clear_images),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
