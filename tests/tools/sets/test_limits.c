/* The limits: what --limits takes, what it refuses, and that the readers hold to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/base/limits.h"
#include "tools/formats/zip.h"
#include "tools/sets/set.h"

static feat_error err;

static void defaults(void **state)
{
    (void)state;
    const bf_limits *l = bf_limits_get();
    const bf_limits before = *l;
    assert_int_equal(bf_limits_set(NULL, &err), FEAT_OK);
    assert_memory_equal(&before, l, sizeof before); /* the same without ever having been set */
    assert_int_equal(l->pixels, 100000000);
    assert_int_equal(l->file, 1 << 30);
    assert_int_equal(l->seconds, 60);
    assert_int_equal(l->worker, 16);
}

static void takes_lists(void **state)
{
    (void)state;
    assert_int_equal(bf_limits_set("pixels=20M,depth=3,ratio=1k", &err), FEAT_OK);
    assert_int_equal(bf_limits_get()->pixels, 20000000);
    assert_int_equal(bf_limits_get()->depth, 3);
    assert_int_equal(bf_limits_get()->ratio, 1000);
    assert_int_equal(bf_limits_get()->name, 4096);
    assert_int_equal(bf_limits_set("file=1G", &err), FEAT_OK);
    assert_int_equal(bf_limits_get()->file, 1000000000);
    assert_int_equal(bf_limits_set("archive=2T", &err), FEAT_OK);
    assert_int_equal(bf_limits_get()->archive, 2000000000000);
    assert_int_equal(bf_limits_get()->pixels, 100000000); /* each list starts from the defaults */
}

static void refuses(void **state)
{
    static const struct {
        const char *list, *says;
    } cases[] = {
        {"", "NAME=NUMBER expected"},
        {"pixel=3",
         "NAME=NUMBER expected with NAME one of pixels, file, members, archive, ratio, depth, name, seconds, worker; "
         "found 'pixel=3'"},
        {"pixels", "--limits: pixels: a whole number from 1 to 700000000 expected, found ''"},
        {"pixels=", "found ''"},
        {"pixels=0", "found '0'"},
        {"pixels=-1", "found '-1'"},
        {"pixels=1.5", "found '1.5'"},
        {"pixels=M", "found 'M'"},
        {"pixels=701M", "found '701M'"},
        {"pixels=18446744073709551617", "found '18446744073709551617'"},
        {"pixels=18446744073709551616k", "found"},
        {"ratio=1033", "from 1 to 1032"},
        {"pixels=5,,depth=2", "NAME=NUMBER expected"},
        {"pixels=5,depth=2,", "NAME=NUMBER expected"},
        {"pixels=5;depth=2", "found '5;depth=2'"},
    };
    (void)state;
    assert_int_equal(bf_limits_set("pixels=7", &err), FEAT_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(bf_limits_set(cases[i].list, &err), FEAT_ERR_ARG);
        assert_non_null(strstr(err.message, cases[i].says));
        assert_int_equal(bf_limits_get()->pixels, 7); /* as it was */
    }
}

static void archives_hold_to_them(void **state)
{
    static const struct {
        const char *list, *says;
    } cases[] = {{"members=2", "members are too many (at most 2); --limits members=N"},
                 {"name=4", "bytes (at most 4); --limits name=N"},
                 {"archive=1000", "bytes in all, too many (at most 1000); --limits archive=N raises that"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        feat_archive *zip = NULL;
        assert_int_equal(bf_limits_set(cases[i].list, &err), FEAT_OK);
        assert_int_equal(bf_zip_open(&zip, "tests/data/sets/images.zip", &err), FEAT_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.message, cases[i].says));
        assert_null(zip);
    }
    bf_set *set = NULL;
    bf_image image;
    assert_int_equal(bf_limits_set("file=100", &err), FEAT_OK);
    assert_int_equal(bf_set_open(&set, "tests/data/images", &err), FEAT_OK);
    size_t refused = 0;
    for (size_t i = 0; i < bf_set_count(set); i++) {
        refused += bf_set_read_image(set, i, &image, &err) == FEAT_ERR_UNSUPPORTED;
        bf_image_release(&image);
    }
    assert_true(refused > 20 && refused < bf_set_count(set));
    bf_set_close(&set);
}

/* What is read or unpacked into memory as a whole is `file` long at most, whatever it is. */
static void arrays_hold_to_them(void **state)
{
    static const struct {
        const char *list, *set, *says;
    } cases[] = {
        {"file=400", "tests/data/sets/batch_packed.npz",
         "a compressed array of 488 bytes is too large to unpack (at most 400); save it with numpy.savez, which does "
         "not "
         "compress, or raise that by --limits file=N"},
        {"ratio=1", "tests/data/sets/batch_packed.npz", "bytes cannot unpack to 488 (at most 1 for one)"},
        {"archive=600", "tests/data/sets/batch_packed.npz", "--limits archive=N raises that"},
        {"members=1", "tests/data/sets/batch_packed.npz", "--limits members=N raises that"},
        {"name=8", "tests/data/sets/batch_packed.npz", "--limits name=N raises that"},
        {"file=400", "tests/data/sets/real_feats.npz", NULL},
        {"file=200", "tests/data/sets/real_feats.npz", "a compressed array of 248 bytes"},
        {"file=130", "tests/data/sets/stats_more.npz", "bytes is too large to unpack (at most 130)"},
        {"file=100", "tests/data/stats/good_mu_sigma_2.pkl", "bytes are too many (at most 100); --limits file=N"},
        {"file=100", "tests/data/stats/good_tensors_zip.pth", "bytes are too many (at most 100); --limits file=N"},
        {"file=100", "tests/data/sets/batch.npz", NULL}, /* stored: read in place */
        {"file=100", "tests/data/sets/u1_rgb.npy", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bf_set *set = NULL;
        assert_int_equal(bf_limits_set(cases[i].list, &err), FEAT_OK);
        feat_status status = bf_set_open(&set, cases[i].set, &err);
        if (cases[i].says == NULL ? status != FEAT_OK : status == FEAT_OK || strstr(err.message, cases[i].says) == NULL)
            fail_msg("%s, %s: status %d, '%s'", cases[i].list, cases[i].set, (int)status, err.message);
        bf_set_close(&set);
    }
}

static int teardown(void **state)
{
    (void)state;
    return bf_limits_set(NULL, &err) == FEAT_OK && feat_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(takes_lists),
        cmocka_unit_test(refuses),
        cmocka_unit_test(arrays_hold_to_them),
        cmocka_unit_test(archives_hold_to_them),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, teardown);
}
