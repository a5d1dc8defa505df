/* Published files of statistics: rows that hold together, found by digest and by clean-fid's names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/options/conventions.h"
#include "tools/statistics/known_stats.h"

static bf_digest digest_of(const char *hex)
{
    bf_digest d = {.known = true};
    assert_int_equal(strlen(hex), 64);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
    for (size_t i = 0; i < 32; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        d.sha256[i] = (unsigned char)byte;
    }
    return d;
}

static bool is_preset(const char *name)
{
    for (size_t i = 0; bf_convention_at(i) != NULL; i++)
        if (strcmp(bf_convention_at(i)->name, name) == 0)
            return true;
    return false;
}

static void test_rows(void **state)
{
    (void)state;
    size_t n = 0;
    for (const bf_known_stats *k = bf_known_stats_at(0); k != NULL; k = bf_known_stats_at(++n)) {
        bf_digest d = digest_of(k->sha256);
        /* No digest is there twice, but that of an archive whose files are several references. */
        const bf_known_stats *found = bf_known_stats_find(&d, "renamed.npz");
        assert_true(found == k || (found->n_parts > 0 && k->n_parts > 0 && strcmp(found->file, k->file) == 0));
        assert_true(k->file != NULL && k->data_set != NULL && k->by != NULL);
        assert_true(k->n_parts > 0 ? k->network == NULL && k->preset == NULL
                                   : k->network != NULL && is_preset(k->preset));
        for (size_t i = 0; i < k->n_parts; i++)
            (void)digest_of(k->parts[i].sha256);
        assert_true(k->bytes == 0 || bf_known_stats_may_be(k->bytes));
        d.sha256[31] ^= 1;
        assert_null(bf_known_stats_find(&d, k->file));
    }
    assert_true(n >= 3);
}

static void test_text(void **state)
{
    (void)state;
    char text[256], small[12];
    bf_digest d = digest_of("b32732719497e42660a9affb4a966068cba0855ac449b82015e34ec376d20758");
    const bf_known_stats *k = bf_known_stats_find(&d, "x");
    assert_string_equal(bf_known_stats_text(text, sizeof text, k),
                        "ImageNet 256x256, guided-diffusion's, the whole data set, Inception-v3 tf1");
    d = digest_of("cdd15b54f9d1f26a881fcdc920a3410fa7a934047d6c4f5b8395b87182a9ab42");
    k = bf_known_stats_find(&d, "x");
    assert_string_equal(bf_known_stats_text(text, sizeof text, k), "ImageNet 512x512, JiT's, Inception-v3 tf1");
    assert_string_equal(bf_known_stats_text(small, sizeof small, k), "ImageNet 51");
    assert_string_equal(bf_known_stats_text(text, sizeof text, bf_known_stats_at(0)),
                        "CIFAR-10, Krizhevsky's, its 50,000 training images");
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *path, *preset;
    } names[] = {
        {"cifar10_clean_train_32.npz", "clean"},
        {"/stats/cifar10_legacy_tensorflow_train_32.npz", "tf1"},
        {"ffhq_legacy_pytorch_trainval_256.npz", "pytorch-fid"},
        {"my_set_clean_custom_na.npz", "clean"},
        {"cifar10_clean_train_32.pkl", NULL},
        {"_clean_train_32.npz", NULL},
        {"cifar10_clean_32.npz", NULL},
        {"a_clean_room_with_a_view.npz", NULL},
        {"a_clean_train_32/stats.npz", NULL},
        {"clean.npz", NULL},
        {"", NULL},
    };
    const bf_digest unknown = {.known = false};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const bf_known_stats *k = bf_known_stats_find(&unknown, names[i].path);
        if ((k == NULL) != (names[i].preset == NULL))
            fail_msg("%s", names[i].path);
        assert_true(k == NULL || (strcmp(k->preset, names[i].preset) == 0 && is_preset(k->preset)));
    }
}

static void test_cleanfid(void **state)
{
    char text[BF_ADDRESS_BYTES], name[200] = "a_clean_b_";
    (void)state;
    assert_string_equal(bf_known_stats_cleanfid(text, "ffhq_clean_trainval70k_256"),
                        "https://www.cs.cmu.edu/~clean-fid/stats/ffhq_clean_trainval70k_256.npz");
    assert_null(bf_known_stats_cleanfid(text, "imagenet256-jit"));
    assert_null(bf_known_stats_cleanfid(text, "../x_clean_train_32"));
    assert_null(bf_known_stats_cleanfid(text, "x_clean_train_32?"));
    memset(name + 10, '1', 120);
    assert_null(bf_known_stats_cleanfid(text, name));
}

/* Reading 2 GB to learn that they are unknown is not worth it; statistics of 2048 columns are 32 MB. */
static void test_sizes(void **state)
{
    (void)state;
    assert_true(bf_known_stats_may_be(33571000));
    assert_true(bf_known_stats_may_be(2037122530));
    assert_false(bf_known_stats_may_be(2037122531));
    assert_false(bf_known_stats_may_be(100 << 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_cleanfid),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
