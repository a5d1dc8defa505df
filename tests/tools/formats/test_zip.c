/* The zip reader on archives made by Python's zipfile (tests/data/make_sets.py), cut and damaged ones. */
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
#include "tools/base/files.h"
#include "tools/formats/zip.h"

#define SETS "tests/data/sets/"

static char folder[256], scratch[300];

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-zip-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(scratch, sizeof scratch, "%s/a.zip", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(scratch);
    return rmdir(folder);
}

static uint8_t *load(const char *path, size_t *n)
{
    uint8_t *bytes;
    feat_error err;
    if (bf_file_read(&bytes, n, path, 1 << 20, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return bytes;
}

static void store(const uint8_t *bytes, size_t n)
{
    FILE *f = fopen(scratch, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* What make_sets.py puts into b.txt. */
static size_t make_text(char *text, size_t size)
{
    size_t n = 0;
    for (int i = 0; i < 60; i++)
        n += (size_t)snprintf(text + n, size - n, "line %d of a text that repeats itself\n", i % 7);
    return n;
}

static void check_member(const feat_archive *zip, const char *name, const void *want, size_t n_want)
{
    uint8_t *bytes;
    size_t n, index = feat_archive_find(zip, name);
    feat_error err = {0};
    assert_true(index != SIZE_MAX);
    assert_string_equal(feat_archive_name(zip, index), name);
    assert_int_equal(feat_archive_size(zip, index), n_want);
    if (feat_archive_read(zip, index, &bytes, &n, 1 << 20, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(n, n_want);
    assert_memory_equal(bytes, want, n);
    assert_int_equal(bytes[n], 0);
    feat_free(bytes);
}

static void test_read(void **state)
{
    (void)state;
    const char *const names[] = {"stored", "deflated", "described", "zip64", "prefixed"};
    char text[4096];
    size_t n_text = make_text(text, sizeof text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        feat_archive *zip;
        feat_error err = {0};
        snprintf(path, sizeof path, SETS "%s.zip", names[i]);
        if (bf_zip_open(&zip, path, &err) != FEAT_OK)
            fail_msg("%s", err.message);
        assert_string_equal(feat_archive_path(zip), path);
        assert_int_equal(feat_archive_count(zip), 4);
        assert_string_equal(feat_archive_name(zip, 1), "a/");
        assert_true(feat_archive_find(zip, "c.txt") == SIZE_MAX);
        assert_true(feat_archive_is_stored(zip, 0) == (i == 0));
        check_member(zip, "b.txt", text, n_text);
        check_member(zip, "a/c.txt", "short", 5);
        check_member(zip, "a/nothing", "", 0);
        feat_archive_close(&zip);
        assert_null(zip);
    }
    feat_archive_close(NULL);
}

/* A stored member can be read in place. */
static void test_in_place(void **state)
{
    (void)state;
    feat_archive *zip;
    uint64_t offset;
    char bytes[5];
    assert_int_equal(bf_zip_open(&zip, SETS "stored.zip", NULL), FEAT_OK);
    assert_int_equal(feat_archive_data_offset(zip, feat_archive_find(zip, "a/c.txt"), &offset, NULL), FEAT_OK);
    assert_int_equal(bf_file_read_at(feat_archive_fd(zip), bytes, 5, offset, "x", NULL), FEAT_OK);
    assert_memory_equal(bytes, "short", 5);
    feat_archive_close(&zip);
}

static void expect_open(const char *path, feat_status status, const char *text)
{
    feat_archive *zip;
    feat_error err = {0};
    assert_int_equal(bf_zip_open(&zip, path, &err), status);
    assert_null(zip);
    if (strncmp(err.message, path, strlen(path)) != 0 || strstr(err.message, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, text);
}

static void expect_read(const char *path, const char *name, size_t limit, feat_status status, const char *text)
{
    feat_archive *zip;
    uint8_t *bytes;
    size_t n;
    feat_error err = {0};
    assert_int_equal(bf_zip_open(&zip, path, &err), FEAT_OK);
    assert_int_equal(feat_archive_read(zip, feat_archive_find(zip, name), &bytes, &n, limit, &err), status);
    assert_null(bytes);
    if (strstr(err.message, path) == NULL || strstr(err.message, name) == NULL ||
        strstr(err.message, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, text);
    feat_archive_close(&zip);
}

static void test_refused(void **state)
{
    (void)state;
    feat_archive *zip;
    expect_open(SETS "dotdot.zip", FEAT_ERR_FORMAT, "unsafe name ('a/../../b.png')");
    expect_open(SETS "absolute.zip", FEAT_ERR_FORMAT, "unsafe name ('/etc/b.png')");
    expect_open(SETS "missing.zip", FEAT_ERR_IO, "cannot open");
    expect_open(SETS "f4.npy", FEAT_ERR_FORMAT, "directory at its end is missing");
    expect_open("tests/data", FEAT_ERR_FORMAT, "a regular file expected, found a directory");
    expect_read(SETS "bzip2.zip", "b.txt", 1 << 20, FEAT_ERR_UNSUPPORTED, "bzip2 (12)");
    expect_read(SETS "deflated.zip", "b.txt", 1000, FEAT_ERR_UNSUPPORTED, "too many to unpack (at most 1000)");
    assert_int_equal(bf_zip_open(&zip, SETS "empty.zip", NULL), FEAT_OK);
    assert_int_equal(feat_archive_count(zip), 0);
    feat_archive_close(&zip);
}

/* Offset of the n-th occurrence of a signature. */
static size_t find(const uint8_t *bytes, size_t n, const char *signature, int occurrence)
{
    for (size_t i = 0; i + 4 <= n; i++)
        if (memcmp(bytes + i, signature, 4) == 0 && occurrence-- == 0)
            return i;
    fail_msg("%s", "no such signature");
    return 0;
}

/* Each field that can lie, made to lie. */
static void test_lies(void **state)
{
    (void)state;
    size_t n;
    uint8_t *good = load(SETS "deflated.zip", &n), *bytes = feat_alloc(n);
    size_t entry = find(good, n, "PK\1\2", 0), end = find(good, n, "PK\5\6", 0);
    const struct {
        size_t at;
        uint8_t value;
        bool opens;
        feat_status status;
        const char *text;
    } lies[] = {
        {entry + 8, 1, true, FEAT_ERR_UNSUPPORTED, "encrypted"},
        {entry + 10, 99, true, FEAT_ERR_UNSUPPORTED, "AES encryption (99)"},
        {entry + 10, 0, true, FEAT_ERR_FORMAT, "two sizes are given"},
        {entry + 16, (uint8_t)(good[entry + 16] ^ 1), true, FEAT_ERR_CHECKSUM, "CRC-32 does not match"},
        {entry + 24, (uint8_t)(good[entry + 24] + 1), true, FEAT_ERR_FORMAT, "damaged deflate data"},
        {entry + 26, 0x0F, true, FEAT_ERR_FORMAT, "cannot unpack to"},
        {entry + 22, 0xFF, false, FEAT_ERR_FORMAT, "data are outside the archive"},
        {entry + 44, 0xFF, false, FEAT_ERR_FORMAT, "data are outside the archive"},
        {entry + 42, 1, true, FEAT_ERR_FORMAT, "damaged local header"},
        {entry + 46, 0, false, FEAT_ERR_FORMAT, "unsafe name"},
        {entry + 28, 0xFF, false, FEAT_ERR_FORMAT, "damaged directory entry"},
        {28, 0xFF, true, FEAT_ERR_FORMAT, "damaged local header"},
        {35, (uint8_t)(good[35] ^ 0x10), true, FEAT_ERR_FORMAT, "damaged deflate data"},
        {end + 4, 1, false, FEAT_ERR_UNSUPPORTED, "several parts"},
        {end + 10, 200, false, FEAT_ERR_FORMAT, "too small for its number of members"},
        {end + 15, 1, false, FEAT_ERR_FORMAT, "directory is outside the file"},
        {end + 19, 1, false, FEAT_ERR_FORMAT, "directory is outside the file"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        memcpy(bytes, good, n);
        bytes[lies[i].at] = lies[i].value;
        store(bytes, n);
        if (lies[i].opens)
            expect_read(scratch, "b.txt", 1 << 28, lies[i].status, lies[i].text);
        else
            expect_open(scratch, lies[i].status, lies[i].text);
    }
    feat_free(bytes);
    feat_free(good);
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* No byte may be two members'. */
static void test_overlaps(void **state)
{
    (void)state;
    size_t n;
    uint8_t *good = load(SETS "deflated.zip", &n), *bytes = feat_alloc(n);
    size_t first = find(good, n, "PK\1\2", 0), third = find(good, n, "PK\1\2", 2);
    uint32_t stream = 0;
    memcpy(&stream, good + third + 42, sizeof stream);
    memcpy(bytes, good, n);
    put32(bytes + third + 42, 0); /* a/c.txt is where b.txt is */
    put32(bytes + third + 20, 20);
    store(bytes, n);
    expect_open(scratch, FEAT_ERR_FORMAT, "b.txt: its data overlap those of a/c.txt (a zip bomb?)");
    memcpy(bytes, good, n);
    put32(bytes + third + 42, 40); /* or begins amidst it */
    store(bytes, n);
    expect_open(scratch, FEAT_ERR_FORMAT, "b.txt: its data overlap those of a/c.txt (a zip bomb?)");
    memcpy(bytes, good, n);
    put32(bytes + first + 42, stream); /* b.txt, which is longer, in the place of a/c.txt */
    put32(bytes + third + 42, 0);
    store(bytes, n);
    expect_open(scratch, FEAT_ERR_FORMAT, "b.txt: its data overlap those of ");
    memcpy(bytes, good, n);
    bytes[28] = 30; /* a local header that is longer than it was reaches into what follows: known when it is read */
    store(bytes, n);
    expect_read(scratch, "b.txt", 1 << 20, FEAT_ERR_FORMAT, "a zip bomb: its data overlap what lies behind them");
    feat_free(bytes);
    feat_free(good);
}

/* A file of one gigabyte, nearly all of it a hole, whose directory is said to be nearly all of it: as much is read as
 * there are entries, whatever is claimed. */
static void test_claims(void **state)
{
    enum { ENTRY = 46, END = 22, HOLE = 1 << 30 };
    (void)state;
    size_t n;
    uint8_t *good = load(SETS "stored.zip", &n);
    size_t entry = find(good, n, "PK\1\2", 0), end = n - END;
    for (uint32_t members = 1; members <= 10; members += 9) {
        feat_archive *zip = NULL;
        feat_error err = {0};
        put32(good + end + 8, members | members << 16);
        put32(good + end + 12, HOLE - (uint32_t)entry);
        FILE *f = fopen(scratch, "wb");
        assert_non_null(f);
        bool sparse = fwrite(good, 1, entry + ENTRY + 5, f) == entry + ENTRY + 5 && fseek(f, HOLE, SEEK_SET) == 0 &&
                      fwrite(good + end, 1, END, f) == END;
        assert_int_equal(fclose(f), 0);
        if (!sparse)
            skip();
        size_t before = feat_alloc_peak();
        feat_status status = bf_zip_open(&zip, scratch, &err);
        assert_int_equal(status, members == 1 ? FEAT_OK : FEAT_ERR_FORMAT);
        assert_true(feat_alloc_peak() - before < 2 << 20);
        if (members > 1)
            assert_non_null(strstr(err.message, "a damaged directory entry"));
        feat_archive_close(&zip);
    }
    feat_free(good);
}

/* A directory that is longer than the piece that is read at a time, in which entries of all lengths lie across. */
static void test_long_directory(void **state)
{
    enum { MEMBERS = 3000, ENTRY = 46, LOCAL = 30, END = 22, MOST_NAME = 400 };
    (void)state;
    uint8_t *bytes = feat_calloc(MEMBERS, LOCAL + ENTRY + 2 * MOST_NAME + END), *at = bytes;
    static uint32_t local[MEMBERS];
    char name[MOST_NAME + 1];
    for (int pass = 0; pass < 2; pass++) {
        uint32_t directory = (uint32_t)(at - bytes);
        for (uint32_t i = 0; i < MEMBERS; i++) {
            size_t length = 8 + i % (MOST_NAME - 8), head = pass == 0 ? LOCAL : ENTRY;
            snprintf(name, sizeof name, "%08u%0*d", i, MOST_NAME - 8, 0);
            memcpy(at, pass == 0 ? "PK\3\4" : "PK\1\2", 4);
            at[pass == 0 ? 26 : 28] = (uint8_t)length;
            at[pass == 0 ? 27 : 29] = (uint8_t)(length >> 8);
            if (pass == 0)
                local[i] = (uint32_t)(at - bytes);
            else
                put32(at + 42, local[MEMBERS - 1 - i]); /* not in the order of the file */
            memcpy(at + head, name, length);
            at += head + length;
        }
        if (pass == 1) {
            memcpy(at, "PK\5\6", 4);
            put32(at + 8, MEMBERS | MEMBERS << 16);
            put32(at + 12, (uint32_t)(at - bytes) - directory);
            put32(at + 16, directory);
            at += END;
        }
    }
    store(bytes, (size_t)(at - bytes));
    feat_free(bytes);
    feat_archive *zip = NULL;
    feat_error err = {0};
    if (bf_zip_open(&zip, scratch, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(feat_archive_count(zip), MEMBERS);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        snprintf(name, sizeof name, "%08u%0*d", i, MOST_NAME - 8, 0);
        name[8 + i % (MOST_NAME - 8)] = 0;
        assert_string_equal(feat_archive_name(zip, i), name);
    }
    feat_archive_close(&zip);
}

/* Reads everything that can be read; no status is an error here, only crashes and leaks are. */
static void read_all(void)
{
    feat_archive *zip;
    if (bf_zip_open(&zip, scratch, NULL) != FEAT_OK)
        return;
    for (size_t i = 0; i < feat_archive_count(zip); i++) {
        uint8_t *bytes;
        size_t n;
        uint64_t offset;
        if (feat_archive_read(zip, i, &bytes, &n, 1 << 20, NULL) == FEAT_OK)
            feat_free(bytes);
        if (feat_archive_data_offset(zip, i, &offset, NULL) == FEAT_OK)
            assert_true(offset < 1 << 20);
    }
    feat_archive_close(&zip);
}

static void test_truncation(void **state)
{
    (void)state;
    const char *const names[] = {SETS "deflated.zip", SETS "zip64.zip", SETS "described.zip"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n;
        uint8_t *bytes = load(names[i], &n);
        for (size_t length = 0; length < n; length++) {
            store(bytes, length);
            expect_open(scratch, FEAT_ERR_FORMAT, "not a whole zip archive");
        }
        uint32_t random = 1;
        for (int round = 0; round < 1000; round++) {
            random = random * 1664525 + 1013904223;
            size_t at = (random >> 8) % n;
            uint8_t old = bytes[at];
            bytes[at] = (uint8_t)(random >> 24);
            store(bytes, n);
            read_all();
            bytes[at] = old;
        }
        feat_free(bytes);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    feat_status status = FEAT_ERR_NOMEM;
    size_t live = feat_alloc_live();
    for (long k = 0; status != FEAT_OK; k++) {
        feat_archive *zip;
        uint8_t *bytes = NULL;
        size_t n;
        feat_error err = {0};
        assert_true(k < 50);
        feat_alloc_fail_after(k);
        status = bf_zip_open(&zip, SETS "deflated.zip", &err);
        if (status == FEAT_OK)
            status = feat_archive_read(zip, 0, &bytes, &n, 1 << 20, &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || (status == FEAT_ERR_NOMEM && err.status == FEAT_ERR_NOMEM));
        feat_free(bytes);
        feat_archive_close(&zip);
        assert_int_equal(feat_alloc_live(), live);
    }
}

static int no_leak(void **state)
{
    (void)state;
    return feat_alloc_live() == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_read, no_leak),
        cmocka_unit_test_teardown(test_in_place, no_leak),
        cmocka_unit_test_teardown(test_refused, no_leak),
        cmocka_unit_test_teardown(test_lies, no_leak),
        cmocka_unit_test_teardown(test_overlaps, no_leak),
        cmocka_unit_test_teardown(test_claims, no_leak),
        cmocka_unit_test_teardown(test_long_directory, no_leak),
        cmocka_unit_test_teardown(test_truncation, no_leak),
        cmocka_unit_test_teardown(test_no_memory, no_leak),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
