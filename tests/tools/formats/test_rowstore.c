/* Rows in files: mapped where they are, or kept in a temporary one; what goes wrong is said. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "tests/cut_short.h"
#include "tests/metrics/metrics_fixture.h"
#include "tools/formats/rowstore.h"

enum { N = 3000, D = 300 };

static char folder[256], path[300];

static int set_up(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-rows-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/rows", folder);
    return setenv("TMPDIR", folder, 1);
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails when a temporary file was left */
}

static void test_temporary(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 1, 0.0);
    bf_rowstore *s = NULL;
    assert_int_equal(bf_rowstore_create(&s, N, D, "a set", NULL), FEAT_OK);
    const float *rows = bf_rowstore_rows(s);
    assert_true(feat_mapped_has(rows));
    assert_int_equal(bf_rowstore_write(s, 1000, N - 1000, x + 1000 * D, NULL), FEAT_OK);
    assert_int_equal(bf_rowstore_write(s, 0, 1000, x, NULL), FEAT_OK);
    for (int again = 0; again < 2; again++) {
        assert_memory_equal(rows, x, (size_t)N * D * sizeof *x);
        feat_mapped_done(rows, (size_t)N * D * sizeof *x);
    }
    bf_rowstore_close(&s);
    assert_null(s);
    bf_rowstore_close(&s);
    assert_false(feat_mapped_has(rows));
    assert_int_equal(feat_alloc_live(), 1);
    feat_free(x);
}

/* Rows behind a header, in a file that is closed again. */
static FILE *write_file(const float *x)
{
    FILE *f = fopen(path, "w+b");
    assert_non_null(f);
    assert_int_equal(fwrite("head", 1, 4, f), 4);
    assert_int_equal(fwrite(x, D * sizeof *x, N, f), N);
    assert_int_equal(fflush(f), 0);
    return f;
}

static void test_in_place(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 2, 0.0);
    bf_rowstore *s = NULL;
    FILE *f = write_file(x);
    assert_int_equal(bf_rowstore_map(&s, fileno(f), 3, N, D, "rows", NULL), FEAT_ERR_UNSUPPORTED);
    assert_null(s);
    assert_int_equal(bf_rowstore_map(&s, fileno(f), 4, N, D, "rows", NULL), FEAT_OK);
    fclose(f);
    assert_memory_equal(bf_rowstore_rows(s), x, (size_t)N * D * sizeof *x);
    bf_rowstore_close(&s);
    feat_free(x);
}

static void read_what_is_gone(void *ctx)
{
    FILE *f = ctx;
    bf_rowstore *s = NULL;
    if (bf_rowstore_map(&s, fileno(f), 4, N, D, "rows", NULL) != FEAT_OK || ftruncate(fileno(f), 8) != 0)
        _exit(97);
    volatile float last = bf_rowstore_rows(s)[(size_t)N * D - 1];
    (void)last;
}

static void test_cut_short(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 3, 0.0);
    FILE *f = write_file(x);
    cut_short_ends_it(read_what_is_gone, f);
    fclose(f);
    feat_free(x);
}

static void test_no_room(void **state)
{
    (void)state;
    struct rlimit old, small;
    feat_error err;
    char want[600];
    bf_rowstore *s = NULL;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    feat_status status = bf_rowstore_create(&s, N, D, "set/", &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, FEAT_ERR_IO);
    assert_null(s);
    snprintf(want, sizeof want, "%s: cannot keep 3600000 bytes of features of set/ there: ", folder);
    assert_memory_equal(err.message, want, strlen(want));
    assert_non_null(strstr(err.message, "; set TMPDIR to a folder with room, or give more --memory"));
    assert_int_equal(setenv("TMPDIR", path, 1), 0); /* which is not there, or is a file */
    assert_int_equal(bf_rowstore_create(&s, N, D, "set/", &err), FEAT_ERR_IO);
    assert_int_equal(setenv("TMPDIR", folder, 1), 0);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    (void)ctx;
    bf_rowstore *s = NULL;
    feat_status status = bf_rowstore_create(&s, 2, 3, "a set", err);
    bf_rowstore_close(&s);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    fixture_survives_no_memory(allocate, NULL);
    bf_rowstore *s = NULL;
    assert_int_equal(bf_rowstore_create(&s, SIZE_MAX / 8, 3, "a set", NULL), FEAT_ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_temporary), cmocka_unit_test(test_in_place),  cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_no_room),   cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
