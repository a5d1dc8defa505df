/* Statistics in pickles: every form that numpy, torch and other programs write gives the same mean and covariance; what
 * is refused, and in which words; and no cut or damaged file does more than say so. Files of make_stats_pickles.py. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/own_folder.h"
#include "tools/base/files.h"
#include "tools/sets/set.h"
#include "tools/statistics/statfile.h"

#define FOLDER "tests/data/stats/"
enum { D = 4, N = 50 };

static feat_error err;
static double mu[D], sigma[D * D];

static void read_reference(void)
{
    bf_set *set = NULL;
    assert_int_equal(bf_set_open(&set, FOLDER "reference.npz", &err), FEAT_OK);
    assert_int_equal(bf_set_stats_dim(set), D);
    assert_int_equal(bf_set_read_stats(set, mu, sigma, &err), FEAT_OK);
    bf_set_close(&set);
}

static void assert_near(const double *found, const double *expected, size_t n, double share, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(found[i] - expected[i]) <= share * (fabs(expected[i]) + 1.0)))
            fail_msg("%s: element %zu: %.17g expected, %.17g found", name, i, expected[i], found[i]);
}

/* By their names: "good" files have the same doubles, "parts" EDM2's two parts, "float" what was rounded to float32,
 * "counted" raw sums of 50 images. */
static void try_good(const char *name)
{
    char path[512];
    double m[D], s[D * D];
    bf_set *set = NULL;
    bool counted = strncmp(name, "counted", 7) == 0, floats = strncmp(name, "float", 5) == 0;
    bool parts = strncmp(name, "parts", 5) == 0;
    snprintf(path, sizeof path, FOLDER "%s", name);
    if (bf_set_open(&set, path, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(bf_set_get_kind(set), BF_SET_STATS);
    assert_int_equal(bf_set_stats_dim(set), parts ? 0 : D);
    assert_int_equal(bf_set_choose(set, "inception-v3-fid", &err), FEAT_OK);
    assert_string_equal(bf_set_part(set), parts ? "fid" : "");
    assert_int_equal(bf_set_stats_dim(set), D);
    assert_int_equal(bf_set_count(set), counted ? N : 0);
    assert_int_equal(bf_set_read_stats(set, m, s, &err), FEAT_OK);
    assert_near(m, mu, D, floats ? 1e-7 : counted ? 1e-14 : 0.0, name);
    assert_near(s, sigma, D * D, floats ? 1e-7 : counted ? 1e-13 : 0.0, name);
    bf_set_close(&set);
}

static void test_forms(void **state)
{
    (void)state;
    size_t n = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    read_reference();
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (entry->d_name[0] != '.' && strncmp(entry->d_name, "bad", 3) != 0) {
            try_good(entry->d_name);
            n++;
        }
    closedir(folder);
    assert_true(n >= 30);
}

static void test_parts(void **state)
{
    (void)state;
    bf_statfile *f = NULL;
    size_t part = 7;
    double m[3], s[9];
    assert_int_equal(bf_statfile_open(&f, FOLDER "parts_4.pkl", &err), FEAT_OK);
    assert_int_equal(bf_statfile_parts(f), 2);
    assert_string_equal(bf_statfile_name(f, 0), "fid");
    assert_string_equal(bf_statfile_name(f, 1), "fd_dinov2");
    assert_int_equal(bf_statfile_dim(f, 0), D);
    assert_int_equal(bf_statfile_dim(f, 1), 3);
    assert_int_equal(bf_statfile_choose(f, "dinov2-vitl14", &part, &err), FEAT_OK);
    assert_int_equal(part, 1);
    assert_int_equal(bf_statfile_read(f, part, m, s, &err), FEAT_OK);
    assert_true(s[0] == 6.0 && s[1] == 14.0 && s[4] == 51.0);
    assert_int_equal(bf_statfile_choose(f, "inception-v3-fid", &part, &err), FEAT_OK);
    assert_int_equal(part, 0);
    /* Neither another network nor another Inception. */
    assert_int_equal(bf_statfile_choose(f, "vgg16", &part, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "no part of it is statistics of vgg16: found 'fid', 'fd_dinov2'"));
    assert_int_equal(bf_statfile_choose(f, "inception-v3-keras", &part, &err), FEAT_ERR_FORMAT);
    assert_int_equal(part, 0);
    bf_statfile_close(&f);
    bf_set *set = NULL;
    assert_int_equal(bf_set_open(&set, FOLDER "parts_2.pkl", &err), FEAT_OK);
    assert_int_equal(bf_set_choose(set, "vgg16", &err), FEAT_ERR_FORMAT);
    assert_int_equal(bf_set_choose(set, "dinov2-vitl14", &err), FEAT_OK);
    assert_string_equal(bf_set_part(set), "fd_dinov2");
    assert_int_equal(bf_set_stats_dim(set), 3);
    assert_int_equal(bf_set_choose(set, "inception-v3-fid", &err), FEAT_OK);
    assert_int_equal(bf_set_stats_dim(set), D);
    bf_set_close(&set);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        feat_status status;
        const char *says;
    } bad[] = {
        {"bad_call.pkl", FEAT_ERR_UNSUPPORTED, "the pickle wants 'posix.system', which no statistics need"},
        {"bad_call_4.pkl", FEAT_ERR_UNSUPPORTED, "the pickle wants 'posix.system', which no statistics need"},
        {"bad_keys.pkl", FEAT_ERR_FORMAT, "found 'a', 'b'"},
        {"bad_features.pkl", FEAT_ERR_FORMAT, "StyleGAN's cache of features"},
        {"bad_number.pkl", FEAT_ERR_FORMAT, "a pickle without statistics"},
        {"bad_cycle.pkl", FEAT_ERR_FORMAT, "found 'x', 'self'"},
        {"bad_asymmetric.pkl", FEAT_ERR_NUMERIC, "sigma: not symmetric: row 1, column 0"},
        {"bad_nan.pkl", FEAT_ERR_NUMERIC, "sigma: row 2, column 1 is NaN or infinite"},
        {"bad_shape.pkl", FEAT_ERR_FORMAT, "sigma: [4][4] expected to go with mu, float64 [2][4] found"},
        {"bad_rank.pkl", FEAT_ERR_FORMAT, "sigma: at most two dimensions expected"},
        {"bad_endian.pkl", FEAT_ERR_UNSUPPORTED, "mu: big-endian data cannot be read"},
        {"bad_complex.pkl", FEAT_ERR_UNSUPPORTED, "mu: an array of a type that is not read"},
        {"bad_strings.pkl", FEAT_ERR_UNSUPPORTED, "mu: an array of type 'U1' is not read"},
        {"bad_objects.pkl", FEAT_ERR_FORMAT, "mu: numbers expected, objects found"},
        {"bad_count.pkl", FEAT_ERR_FORMAT, "num_items is not a number of images"},
        {"bad_one.pkl", FEAT_ERR_FORMAT, "raw sums of at least 2 images expected"},
        {"bad_text.pkl", FEAT_ERR_FORMAT, "mu: no array"},
        {"bad_parts.pkl", FEAT_ERR_UNSUPPORTED, "at most 32 parts"},
        {"bad_huge.pkl", FEAT_ERR_FORMAT, "truncated"},
        {"bad_shape_huge.pkl", FEAT_ERR_FORMAT, "17179869176 bytes expected of its shape, 32 found"},
        {"bad_protocol.pkl", FEAT_ERR_FORMAT, "protocol 2 to 5"},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[512];
        bf_set *set = NULL;
        snprintf(path, sizeof path, FOLDER "%s", bad[i].name);
        feat_status status = bf_set_open(&set, path, &err);
        assert_null(set);
        if (status != bad[i].status || strstr(err.message, bad[i].says) == NULL ||
            strstr(err.message, bad[i].name) == NULL || strchr(err.message, '\n') != NULL)
            fail_msg("%s: status %d: %s", bad[i].name, (int)status, err.message);
    }
    DIR *folder = opendir(FOLDER); /* all of them */
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        n += strncmp(entry->d_name, "bad", 3) == 0;
    closedir(folder);
    assert_int_equal(n, sizeof bad / sizeof bad[0]);
}

/* Opens what is there under `path` and reads all of it. */
static feat_status read_all(const char *path)
{
    static double m[64], s[64 * 64];
    bf_statfile *f = NULL;
    feat_status status = bf_statfile_open(&f, path, &err);
    for (size_t i = 0; status == FEAT_OK && i < bf_statfile_parts(f); i++)
        if (bf_statfile_dim(f, i) <= 64)
            status = bf_statfile_read(f, i, m, s, &err);
    bf_statfile_close(&f);
    if (status != FEAT_OK && (err.message[0] == 0 || strchr(err.message, '\n') != NULL))
        fail_msg("an error that says nothing, or more than a line: '%s'", err.message);
    return status;
}

/* Cut at every byte: an error. Every byte changed in three ways: whatever, but no crash (the sanitizers look on). */
static void test_hostile(void **state)
{
    (void)state;
    static const char *const names[] = {"parts_2.pkl", "parts_5.pkl", "counted_sums_4.pkl", "good_objects.npy",
                                        "good_tensors_legacy.pth", "good_tensors_zip.pth", "good_pair.pkl"};
    char path[512];
    snprintf(path, sizeof path, "%s", own_path("damaged.pkl"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char from[512];
        uint8_t *bytes = NULL;
        size_t n = 0;
        snprintf(from, sizeof from, FOLDER "%s", names[i]);
        assert_int_equal(bf_file_read(&bytes, &n, from, 1 << 20, &err), FEAT_OK);
        for (size_t cut = 1; cut < n; cut++) {
            own_put("damaged.pkl", bytes, cut);
            if (read_all(path) == FEAT_OK)
                fail_msg("%s cut after %zu of %zu bytes is read", names[i], cut, n);
            own_take_back();
        }
        for (size_t at = 0; at < n; at++) {
            static const uint8_t changes[] = {0x01, 0x80, 0xff};
            for (size_t c = 0; c < sizeof changes; c++) {
                bytes[at] ^= changes[c];
                own_put("damaged.pkl", bytes, n);
                (void)read_all(path);
                own_take_back();
                bytes[at] ^= changes[c];
            }
        }
        feat_free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_forms, own_folder_clear),
        cmocka_unit_test_teardown(test_parts, own_folder_clear),
        cmocka_unit_test_teardown(test_refused, own_folder_clear),
        cmocka_unit_test_teardown(test_hostile, own_folder_clear),
    };
    return cmocka_run_group_tests(tests, own_folder_make, own_folder_remove);
}
