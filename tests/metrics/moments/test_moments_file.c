/* Moments that are saved and loaded go on with the bits of those that never stopped; damaged files are refused. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
#include "metrics/moments/moments.h"
#include "tests/metrics/metrics_fixture.h"
#include "tests/own_folder.h"

enum { D = 5, N = 9000, LEFT_OUT = 7 };

static float *rows;

static gmet_moments *make(void)
{
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    return m;
}

/* Rows first .. last - 1 in calls of several sizes; places of every LEFT_OUT-th stay empty if asked. */
static void add(gmet_moments *m, size_t first, size_t last, bool holes)
{
    while (first < last) {
        size_t n = first % 700 + 1 < last - first ? first % 700 + 1 : last - first;
        if (holes && first % LEFT_OUT == 0)
            assert_int_equal(gmet_moments_skip(m, 3 * first % 5000, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_add(m, rows + first * D, n, D, NULL), FEAT_OK);
        first += n;
    }
}

typedef struct numbers {
    double mu[D], sigma[D * D];
} numbers;

static numbers of(gmet_moments *m)
{
    numbers x;
    assert_int_equal(gmet_moments_get(m, x.mu, x.sigma, 1, NULL), FEAT_OK);
    return x;
}

static unsigned char *saved(const gmet_moments *m, size_t *n)
{
    *n = gmet_moments_saved_bytes(m);
    unsigned char *bytes = feat_alloc(*n);
    assert_non_null(bytes);
    assert_int_equal(gmet_moments_save_bytes(m, bytes, *n, NULL), FEAT_OK);
    return bytes;
}

/* Stops after `stop` rows, goes on from a file, and from memory. */
static void stops_at(size_t start, size_t stop, bool holes)
{
    gmet_moments *whole = make(), *before = make(), *from_file = NULL, *from_bytes = NULL;
    feat_error err = {0};
    if (start > 0) {
        assert_int_equal(gmet_moments_start(whole, start, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_start(before, start, NULL), FEAT_OK);
    }
    add(whole, 0, stop, holes);
    add(before, 0, stop, holes);
    size_t n, n_again, n_file = 0;
    unsigned char *bytes = saved(before, &n), *in_file = feat_alloc(n + 1);
    assert_int_equal(gmet_moments_save(before, own_path("kept"), &err), FEAT_OK);
    FILE *file = fopen(own_path("kept"), "rb");
    assert_true(file != NULL && in_file != NULL);
    n_file = fread(in_file, 1, n + 1, file);
    fclose(file);
    assert_int_equal(n_file, n);
    assert_memory_equal(in_file, bytes, n);
    feat_free(in_file);
    gmet_moments_close(&before);
    assert_int_equal(gmet_moments_load(&from_file, own_path("kept"), NULL, &err), FEAT_OK);
    assert_int_equal(gmet_moments_load_bytes(&from_bytes, bytes, n, NULL, &err), FEAT_OK);
    unsigned char *again = saved(from_file, &n_again);
    assert_int_equal(n_again, n);
    assert_memory_equal(again, bytes, n);
    feat_free(again);
    feat_free(bytes);
    gmet_moments *const gone_on[] = {whole, from_file, from_bytes};
    numbers expected, found;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(gmet_moments_count(gone_on[i]), stop);
        assert_int_equal(gmet_moments_dim(gone_on[i]), D);
        add(gone_on[i], stop, N, holes);
        found = of(gone_on[i]);
        expected = i == 0 ? found : expected;
        if (memcmp(&found, &expected, sizeof found) != 0)
            fail_msg("stopped at row %zu: other bits than without", stop);
    }
    gmet_moments_close(&whole);
    gmet_moments_close(&from_file);
    gmet_moments_close(&from_bytes);
}

static void they_go_on_with_the_same_bits(void **state)
{
    (void)state;
    const size_t stops[] = {0, 1, 2, 255, 256, 257, 511, 2047, 2048, 2049, 2303, 4096, 6143, 6144, 8192, 8999, N};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        stops_at(0, stops[i], false);
        stops_at(0, stops[i], true);
        stops_at(6144, stops[i], false);
    }
}

/* The checksum of what was changed. */
static void seal(unsigned char *bytes, size_t n)
{
    const uint64_t sum = feat_hash64(bytes, n - 8);
    memcpy(bytes + n - 8, &sum, sizeof sum);
}

static void is_refused(const unsigned char *bytes, size_t n, feat_status status, const char *says)
{
    feat_error err = {0};
    gmet_moments *m = (gmet_moments *)(void *)&err;
    feat_status found = gmet_moments_load_bytes(&m, bytes, n, NULL, &err);
    if (found != status || strstr(err.message, says) == NULL)
        fail_msg("status %d (expected %d), \"%s\" (expected \"%s\")", (int)found, (int)status, err.message, says);
    assert_null(m);
}

static void damage_is_found(void **state)
{
    (void)state;
    gmet_moments *m = make(), *other = NULL;
    size_t n;
    add(m, 0, 2 * 2048 + 300, false);
    unsigned char *bytes = saved(m, &n);
    for (size_t i = 0; i < n; i++) {
        feat_error err = {0};
        unsigned char *part = feat_alloc(i > 0 ? i : 1); /* nothing is read past its end */
        assert_non_null(part);
        memcpy(part, bytes, i);
        assert_int_equal(gmet_moments_load_bytes(&other, part, i, NULL, &err), FEAT_ERR_FORMAT);
        assert_null(other);
        feat_free(part);
        bytes[i] ^= 1;
        feat_status status = gmet_moments_load_bytes(&other, bytes, n, NULL, &err);
        bool refused =
            i >= 8 && i < 12 ? status == FEAT_ERR_VERSION : status == FEAT_ERR_FORMAT || status == FEAT_ERR_CHECKSUM;
        if (!refused || other != NULL || err.message[0] == 0)
            fail_msg("byte %zu of %zu changed: status %d, \"%s\"", i, n, (int)status, err.message);
        bytes[i] ^= 1;
    }
    feat_free(bytes);
    gmet_moments_close(&m);
}

static void forgeries_are_refused(void **state)
{
    (void)state;
    gmet_moments *m = make();
    size_t n;
    add(m, 0, 2048 + 600, false); /* a part; 512 rows and 88 of an unfinished chunk */
    unsigned char *bytes = saved(m, &n);
    const struct {
        size_t at;
        unsigned char to;
        feat_status status;
        const char *says;
    } forged[] = {
        {0, 'g', FEAT_ERR_FORMAT, "no saved moments"},
        {8, 2, FEAT_ERR_VERSION, "of version 2; this library reads 1"},
        {12, 1, FEAT_ERR_FORMAT, "numbers of its head"},
        {16, 1, FEAT_ERR_FORMAT, "bytes expected"},
        {24, 0, FEAT_ERR_FORMAT, "numbers of its head"}, /* no columns */
        {24, 6, FEAT_ERR_FORMAT, "its length"},
        {32, 0x59, FEAT_ERR_FORMAT, "not as many as it says"},
        {40, 0x57, FEAT_ERR_FORMAT, "numbers of its head"}, /* fewer places than rows of the chunk */
        {41, 0x12, FEAT_ERR_FORMAT, "do not reach"},
        {49, 3, FEAT_ERR_FORMAT, "numbers of its head"},
        {52, 0xff, FEAT_ERR_FORMAT, "numbers of its head"},
        {56, 2, FEAT_ERR_FORMAT, "its length"},
        {56, 65, FEAT_ERR_FORMAT, "numbers of its head"},
        {60, 1, FEAT_ERR_FORMAT, "numbers of its head"},
        {65, 1, FEAT_ERR_FORMAT, "a start before the first row"},
        {65, 8, FEAT_ERR_FORMAT, "do not reach"}, /* the part begins at block 1 */
        {73, 12, FEAT_ERR_FORMAT, "no part of the tree"},
        {81, 9, FEAT_ERR_FORMAT, "no part of the tree"},
        {88 + 7, 0x7f, FEAT_ERR_FORMAT, "sum 0 of rows 0 to 2048"},
        {88 + 8 * 25 + 7, 0x7f, FEAT_ERR_FORMAT, "a sum of its last block"},
        {88 + 8 * 50 + 3, 0x7f, FEAT_ERR_FORMAT, "a row of its last block"},
    };
    assert_int_equal(n, 64 + 24 + 2 * 8 * gmet_moments_sums(D) + 4 * 88 * D + 8);
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        unsigned char was = bytes[forged[i].at], before[2] = {bytes[94], bytes[88 + 8 * 25 + 6]};
        bytes[forged[i].at] = forged[i].to;
        if (forged[i].to == 0x7f) /* an exponent of ones */
            bytes[forged[i].at - 1] = 0xff;
        unsigned char row = bytes[88 + 8 * 50 + 2];
        seal(bytes, n);
        is_refused(bytes, n, forged[i].status, forged[i].says);
        bytes[forged[i].at] = was;
        bytes[94] = before[0];
        bytes[88 + 8 * 25 + 6] = before[1];
        bytes[88 + 8 * 50 + 2] = row;
    }
    feat_free(bytes);
    gmet_moments_close(&m);
}

/* Nobody takes gigabytes for the width of moments without rows: a damaged one is told first. */
static void empty_moments_are_checked_first(void **state)
{
    (void)state;
    gmet_moments *m = NULL, *other = NULL;
    unsigned char bytes[128];
    assert_int_equal(gmet_moments_create(&m, 4, NULL, NULL), FEAT_OK);
    size_t n = gmet_moments_saved_bytes(m);
    assert_true(n <= sizeof bytes);
    assert_int_equal(gmet_moments_save_bytes(m, bytes, n, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_load_bytes(&other, bytes, n, NULL, NULL), FEAT_OK);
    gmet_moments_close(&other);
    feat_alloc_limit(1 << 20);
    for (size_t i = 0; i < n - 8; i++) {
        bytes[i] ^= 0x80;
        feat_status status = gmet_moments_load_bytes(&other, bytes, n, NULL, NULL);
        assert_true(status == FEAT_ERR_FORMAT || status == FEAT_ERR_VERSION || status == FEAT_ERR_CHECKSUM);
        bytes[i] ^= 0x80;
    }
    feat_alloc_limit(SIZE_MAX);
    gmet_moments_close(&m);
}

static void files_say_what_is_wrong(void **state)
{
    (void)state;
    gmet_moments *m = make(), *other = NULL;
    feat_error err = {0};
    unsigned char little[16];
    add(m, 0, 10, false);
    assert_int_equal(gmet_moments_save_bytes(m, little, sizeof little, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "472 bytes to save them expected, 16 found"));
    assert_int_equal(gmet_moments_save(m, own_path("missing/kept"), &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "missing/kept: cannot create"));
    assert_int_equal(gmet_moments_load(&other, own_path("nothing"), NULL, &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "nothing: cannot open"));
    assert_int_equal(gmet_moments_load(&other, own_folder, NULL, &err), FEAT_ERR_FORMAT);
    assert_int_equal(mkdir(own_path("taken"), 0700), 0);
    assert_int_equal(gmet_moments_save(m, own_path("taken"), &err), FEAT_ERR_IO);
    assert_null(other);
    assert_int_equal(rmdir(own_path("taken")), 0);
    /* Of what failed nothing is left. */
    DIR *all = opendir(own_folder);
    assert_non_null(all);
    for (const struct dirent *e = readdir(all); e != NULL; e = readdir(all))
        if (strstr(e->d_name, "tmp") != NULL)
            fail_msg("%s is left behind", e->d_name);
    closedir(all);
    gmet_moments_close(&m);
}

typedef struct kept {
    unsigned char *bytes;
    size_t n;
} kept;

static feat_status load_again(void *ctx, feat_error *err)
{
    const kept *k = ctx;
    gmet_moments *m = NULL;
    feat_status status = gmet_moments_load_bytes(&m, k->bytes, k->n, NULL, err);
    gmet_moments_close(&m);
    return status;
}

static void no_memory_is_said(void **state)
{
    (void)state;
    gmet_moments *m = make();
    kept k;
    add(m, 0, 3 * 2048 + 300, false);
    k.bytes = saved(m, &k.n);
    fixture_survives_no_memory(load_again, &k);
    feat_free(k.bytes);
    gmet_moments_close(&m);
}

static int make_data(void **state)
{
    rows = fixture_features(N, D, 7, 100.0);
    return own_folder_make(state);
}

static int free_data(void **state)
{
    unlink(own_path("kept"));
    feat_free(rows);
    return own_folder_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_go_on_with_the_same_bits), cmocka_unit_test(damage_is_found),
        cmocka_unit_test(forgeries_are_refused),         cmocka_unit_test(empty_moments_are_checked_first),
        cmocka_unit_test(files_say_what_is_wrong),       cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests_name("moments_file", tests, make_data, free_data);
}
