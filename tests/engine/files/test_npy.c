/* .npy and .npz: what NumPy writes is read (tests/data/make_sets.py), what we write is what NumPy would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/files/npy_read.h"
#include "engine/files/npy_write.h"
#include "engine/files/file_io.h"

#define SETS "tests/data/sets/"

static char folder[256], scratch[300];

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-npy-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(scratch, sizeof scratch, "%s/out", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* Element i of make_sets.py's values(). */
static double value(size_t i)
{
    return (double)(i * i % 97) / 4.0;
}

static feat_status parse(feat_npy_info *info, const char *header, size_t data, feat_error *err)
{
    uint8_t bytes[512] = "\x93NUMPY\x01";
    size_t n = strlen(header);
    bytes[8] = (uint8_t)n;
    memcpy(bytes + 10, header, n);
    return feat_npy_parse(info, bytes, 10 + n, 10 + n + data, "a.npy", err);
}

static void test_header(void **state)
{
    (void)state;
    feat_npy_info info;
    feat_error err = {0};
    char text[64];
    assert_int_equal(parse(&info, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } \n", 48, &err), FEAT_OK);
    assert_true(info.kind == 'f' && info.item == 4 && !info.fortran && info.rank == 2);
    assert_true(info.shape[0] == 3 && info.shape[1] == 4 && info.n_items == 12 && info.n_bytes == 48);
    assert_string_equal(feat_npy_describe(text, sizeof text, &info), "float32 [3][4]");
    assert_int_equal(parse(&info, "{\"shape\":(5L,),\"fortran_order\":True,\"descr\":\"|u1\"}", 5, &err), FEAT_OK);
    assert_true(info.kind == 'u' && info.item == 1 && !info.fortran && info.rank == 1 && info.shape[0] == 5);
    assert_int_equal(parse(&info, "{'descr': '<U7', 'fortran_order': False, 'shape': ()}", 28, &err), FEAT_OK);
    assert_true(info.kind == 'U' && info.item == 28 && info.rank == 0 && info.n_items == 1);
    assert_string_equal(feat_npy_describe(text, sizeof text, &info), "text scalar");
    assert_int_equal(parse(&info, "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4)}", 48, &err), FEAT_OK);
    assert_true(info.fortran);
    assert_int_equal(parse(&info, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4)}", 0, &err), FEAT_OK);
    assert_int_equal(info.n_items, 0);
}

static void test_bad_headers(void **state)
{
    (void)state;
    const struct {
        const char *header;
        feat_status status;
        const char *text;
    } bad[] = {
        {"", FEAT_ERR_FORMAT, "damaged .npy header"},
        {"{", FEAT_ERR_FORMAT, "damaged .npy header"},
        {"{}", FEAT_ERR_FORMAT, "damaged .npy header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3, 4)}", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'colour': (3, 4)}", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '<f4', 'fortran_order': False}", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (13,)}", FEAT_ERR_FORMAT, "52 bytes of data expected, 48"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999)}", FEAT_ERR_FORMAT, "overflows"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,)}", FEAT_ERR_FORMAT, "overflows"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}", FEAT_ERR_FORMAT, "damaged"},
        {"{'descr': '>f8', 'fortran_order': False, 'shape': (1,)}", FEAT_ERR_UNSUPPORTED, "big-endian data ('>f8')"},
        {"{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}", FEAT_ERR_UNSUPPORTED, "'<f3'"},
        {"{'descr': '>f2', 'fortran_order': False, 'shape': (1,)}", FEAT_ERR_UNSUPPORTED, "big-endian"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", FEAT_ERR_UNSUPPORTED, "'|O'"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", FEAT_ERR_UNSUPPORTED, "'<c8'"},
        {"{'descr': '<f4x', 'fortran_order': False, 'shape': (1,)}", FEAT_ERR_UNSUPPORTED, "'<f4x'"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", FEAT_ERR_UNSUPPORTED, "structures"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        feat_npy_info info;
        feat_error err = {0};
        assert_int_equal(parse(&info, bad[i].header, 48, &err), bad[i].status);
        if (strncmp(err.message, "a.npy: ", 7) != 0 || strstr(err.message, bad[i].text) == NULL)
            fail_msg("'%s' does not say '%s'", err.message, bad[i].text);
    }
    feat_npy_info info;
    assert_int_equal(feat_npy_parse(&info, (const uint8_t *)"\x93NUMPY\x04\0\1\0 ", 11, 11, "a", NULL),
                     FEAT_ERR_VERSION);
    assert_int_equal(feat_npy_parse(&info, (const uint8_t *)"\x93NUMPX\x01\0\1\0 ", 11, 11, "a", NULL),
                     FEAT_ERR_FORMAT);
    assert_int_equal(feat_npy_parse(&info, (const uint8_t *)"\x93NUMPY\x01\0\x50\0 ", 11, 11, "a", NULL),
                     FEAT_ERR_FORMAT);
    assert_int_equal(feat_npy_parse(&info, (const uint8_t *)"\x93NUMPY\x02\0\1\0\0\xFF ", 13, 13, "a", NULL),
                     FEAT_ERR_FORMAT);
}

static void test_numpy_files(void **state)
{
    (void)state;
    const char *const names[] = {SETS "f4.npy", SETS "f8.npy", SETS "f8_v2.npy", SETS "f4_fortran.npy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        feat_array a;
        double x[15];
        feat_error err = {0};
        if (feat_array_open_file(&a, names[i], &err) != FEAT_OK)
            fail_msg("%s", err.message);
        assert_int_equal(a.info.n_items, 15);
        assert_int_equal(feat_array_doubles(&a, x, &err), FEAT_OK);
        for (size_t k = 0; k < 15; k++)
            assert_true(x[k] == value(k));
        assert_int_equal(feat_array_read(&a, x, a.info.n_bytes, 1, &err), FEAT_ERR_ARG);
        feat_array_close(&a);
    }
}

/* Signed and unsigned integers of every width, and truth values. */
static void test_integers(void **state)
{
    (void)state;
    const struct {
        const char *descr, *data;
        double want[2];
    } cases[] = {
        {"|i1", "\xFF\x05", {-1, 5}},
        {"<i2", "\xFE\xFF\x01\x02", {-2, 513}},
        {"<i4", "\0\0\0\x80\1\0\0\0", {-2147483648.0, 1}},
        {"<i8", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0\1\0\0\0", {-1, 4294967296.0}},
        {"|u1", "\xFF\x05", {255, 5}},
        {"<u8", "\0\0\0\0\0\0\0\x80\1\0\0\0\0\0\0\0", {9223372036854775808.0, 1}},
        {"|b1", "\1\0", {1, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char header[100];
        uint8_t bytes[16];
        double x[2];
        feat_array a = {.fd = -1, .memory = bytes};
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2,)}", cases[i].descr);
        assert_int_equal(parse(&a.info, header, 16, NULL), FEAT_OK);
        a.info.header = 0;
        memcpy(bytes, cases[i].data, a.info.n_bytes);
        assert_int_equal(feat_array_doubles(&a, x, NULL), FEAT_OK);
        assert_true(x[0] == cases[i].want[0] && x[1] == cases[i].want[1]);
    }
}

static void test_write_npy(void **state)
{
    (void)state;
    feat_npy_writer *w;
    feat_error err = {0};
    float rows[15];
    size_t n, n_want;
    uint8_t *got, *want;
    for (size_t i = 0; i < 15; i++)
        rows[i] = (float)value(i);
    assert_int_equal(feat_npy_create(&w, scratch, 9, 3, &err), FEAT_OK);
    assert_int_equal(access(scratch, F_OK), -1);                         /* nothing under the final name yet */
    assert_int_equal(feat_npy_write_rows(w, 7, 2, rows, &err), FEAT_OK); /* cut off again below */
    assert_int_equal(feat_npy_write_rows(w, 3, 2, rows + 9, &err), FEAT_OK);
    assert_int_equal(feat_npy_write_rows(w, 0, 3, rows, &err), FEAT_OK);
    assert_int_equal(feat_npy_write_rows(w, 8, 2, rows, &err), FEAT_ERR_ARG);
    assert_int_equal(feat_npy_finish(&w, 5, &err), FEAT_OK);
    assert_null(w);
    assert_int_equal(feat_file_read(&got, &n, scratch, 1 << 20, &err), FEAT_OK);
    assert_int_equal(feat_file_read(&want, &n_want, SETS "f4.npy", 1 << 20, &err), FEAT_OK);
    assert_int_equal(n, n_want); /* byte for byte what NumPy writes */
    assert_memory_equal(got, want, n);
    feat_free(got);
    feat_free(want);
    struct stat info;
    assert_int_equal(stat(scratch, &info), 0);
    assert_true((info.st_mode & 0400) != 0 && (info.st_mode & 0111) == 0);

    assert_int_equal(feat_npy_create(&w, scratch, 2, 2, &err), FEAT_OK);
    feat_npy_abandon(&w);
    assert_null(w);
    feat_npy_abandon(&w);
    assert_int_equal(feat_npy_create(&w, scratch, 2, 2, &err), FEAT_OK);
    assert_int_equal(feat_npy_finish(&w, 3, &err), FEAT_ERR_ARG);
    assert_null(w);
    assert_int_equal(feat_npy_create(&w, scratch, SIZE_MAX, 8, &err), FEAT_ERR_ARG);
    unlink(scratch);
}

static feat_status write_stats(feat_error *err)
{
    static const double mu[3] = {1, -2, 0.5}, sigma[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const float f[2] = {0.25f, 1e30f};
    static const int64_t n = -123456789012;
    const feat_npz_array arrays[] = {
        {"mu", 'd', 1, {3, 0}, mu},
        {"sigma", 'd', 2, {3, 3}, sigma},
        {"n", 'q', 0, {0, 0}, &n},
        {"text", 'U', 0, {0, 0}, "d\xC3\xA9j\xC3\xA0 \xF0\x9F\x98\x80\xFF\xE2\x82"}, /* ends in damage */
        {"empty", 'U', 0, {0, 0}, ""},
        {"f", 'f', 1, {2, 0}, f},
    };
    return feat_npz_write(scratch, arrays, sizeof arrays / sizeof arrays[0], err);
}

static void open_member(feat_array *a, const feat_archive *zip, const char *name)
{
    feat_error err = {0};
    if (feat_array_open_member(a, zip, feat_archive_find(zip, name), &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

static void test_write_npz(void **state)
{
    (void)state;
    feat_archive *zip;
    feat_array a;
    feat_error err = {0};
    double x[9];
    assert_int_equal(write_stats(&err), FEAT_OK);
    assert_int_equal(feat_archive_open(&zip, scratch, NULL, &err), FEAT_OK);
    assert_int_equal(feat_archive_count(zip), 6);
    open_member(&a, zip, "sigma.npy");
    assert_true(a.info.rank == 2 && a.info.kind == 'f' && a.info.item == 8);
    assert_int_equal(feat_array_doubles(&a, x, &err), FEAT_OK);
    for (int i = 0; i < 9; i++)
        assert_true(x[i] == i + 1);
    feat_array_close(&a);
    open_member(&a, zip, "n.npy");
    assert_true(a.info.rank == 0 && a.info.kind == 'i' && a.info.item == 8);
    assert_int_equal(feat_array_doubles(&a, x, &err), FEAT_OK);
    assert_true(x[0] == -123456789012.0);
    feat_array_close(&a);
    open_member(&a, zip, "text.npy");
    const uint32_t text[] = {'d', 0xE9, 'j', 0xE0, ' ', 0x1F600, 0xFFFD, 0xFFFD};
    assert_true(a.info.rank == 0 && a.info.kind == 'U');
    assert_int_equal(a.info.n_bytes, sizeof text);
    assert_memory_equal(a.memory + a.info.header, text, sizeof text);
    feat_array_close(&a);
    open_member(&a, zip, "empty.npy");
    assert_int_equal(a.info.n_bytes, 4);
    feat_array_close(&a);
    open_member(&a, zip, "f.npy");
    assert_int_equal(feat_array_doubles(&a, x, &err), FEAT_OK);
    assert_true(x[0] == 0.25 && x[1] == (double)1e30f);
    feat_array_close(&a);
    feat_archive_close(&zip);
    unlink(scratch);
}

static void test_write_errors(void **state)
{
    (void)state;
    feat_npy_writer *w;
    feat_error err = {0};
    char path[400];
    const double x = 0;
    const feat_npz_array odd = {"x", 'z', 0, {0, 0}, &x}, text = {"x", 'U', 1, {1, 0}, "a"};
    snprintf(path, sizeof path, "%s/missing/x.npy", folder);
    assert_int_equal(feat_npy_create(&w, path, 1, 1, &err), FEAT_ERR_IO);
    assert_null(w);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "No such file or directory"));
    assert_int_equal(feat_npz_write(path, &odd, 1, &err), FEAT_ERR_ARG);
    assert_int_equal(feat_npz_write(path, &text, 1, &err), FEAT_ERR_ARG);
    assert_int_equal(feat_npz_write(path, NULL, 0, &err), FEAT_ERR_IO);
}

/* A full disk, as a limit on the size of files. */
static void test_disk_full(void **state)
{
    (void)state;
    struct rlimit old, small;
    feat_npy_writer *w;
    feat_error err = {0};
    static const float rows[4096];
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    feat_status created = feat_npy_create(&w, scratch, 4096, 1, &err);
    feat_status status = created == FEAT_OK ? feat_npy_write_rows(w, 0, 4096, rows, &err) : created;
    feat_npy_abandon(&w);
    feat_status npz = write_stats(NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(created, FEAT_OK);
    assert_int_equal(status, FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "out: cannot write: "));
    assert_int_equal(npz, FEAT_ERR_IO);
    assert_int_equal(access(scratch, F_OK), -1);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (int what = 0; what < 4; what++) {
        feat_status status = FEAT_ERR_NOMEM;
        for (long k = 0; status != FEAT_OK; k++) {
            feat_npy_writer *w = NULL;
            feat_archive *zip = NULL;
            feat_array a = {.fd = -1};
            feat_error err = {0};
            assert_true(k < 60);
            if (what == 3)
                assert_int_equal(feat_archive_open(&zip, SETS "stats_more.npz", NULL, NULL), FEAT_OK);
            feat_alloc_fail_after(k);
            if (what == 0)
                status = feat_npy_create(&w, scratch, 3, 3, &err);
            else if (what == 1)
                status = write_stats(&err);
            else
                status = what == 2 ? feat_array_open_file(&a, SETS "f4.npy", &err)
                                   : feat_array_open_member(&a, zip, 0, &err);
            feat_alloc_fail_after(-1);
            feat_npy_abandon(&w);
            feat_array_close(&a);
            feat_archive_close(&zip);
            assert_true(status == FEAT_OK || (status == FEAT_ERR_NOMEM && err.status == FEAT_ERR_NOMEM));
            assert_int_equal(feat_alloc_live(), 0);
        }
    }
    unlink(scratch);
}

/* No test may leave memory, or a file of any name. */
static int no_leak(void **state)
{
    (void)state;
    if (rmdir(folder) != 0 || mkdir(folder, 0777) != 0)
        return -1;
    return feat_alloc_live() == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_header, no_leak),
        cmocka_unit_test_teardown(test_bad_headers, no_leak),
        cmocka_unit_test_teardown(test_numpy_files, no_leak),
        cmocka_unit_test_teardown(test_integers, no_leak),
        cmocka_unit_test_teardown(test_write_npy, no_leak),
        cmocka_unit_test_teardown(test_write_npz, no_leak),
        cmocka_unit_test_teardown(test_write_errors, no_leak),
        cmocka_unit_test_teardown(test_disk_full, no_leak),
        cmocka_unit_test_teardown(test_no_memory, no_leak),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
