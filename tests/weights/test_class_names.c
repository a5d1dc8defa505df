/* What classes are called: landmarks of each order that others publish, and no name that nobody published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weights/class_names.h"
#include "weights/convert.h"

/* Of the published file with this word in its name. */
static feat_weights_info published(const char *word, size_t n_classes)
{
    feat_weights_info info = {.n_classes = n_classes};
    for (size_t i = 0; feat_weights_known_at(i) != NULL; i++) {
        const feat_known_file *file = feat_weights_known_at(i);
        if (strstr(file->name, word) == NULL)
            continue;
        for (size_t b = 0; b < 32 && file->sha256[2 * b] != 0; b++) {
            unsigned byte;
            char two[3] = {file->sha256[2 * b], file->sha256[2 * b + 1], 0};
            byte = (unsigned)strtoul(two, NULL, 16);
            info.source_sha256[b] = (unsigned char)byte;
        }
        return info;
    }
    fail_msg("no published file is called %s", word);
    return info;
}

static void assert_name(const feat_weights_info *info, size_t class, const char *expected)
{
    char name[FEAT_CLASS_NAME_BYTES];
    assert_true(feat_class_name(name, info, class) == (expected[0] != 0));
    assert_string_equal(name, expected);
}

static void test_fid(void **state)
{
    (void)state;
    const feat_weights_info info = published("pt_inception-2015", 1008);
    /* classify_image.py's own picture is a giant panda, node 169; its list begins with the kit fox. */
    assert_name(&info, 0, "");
    assert_name(&info, 1, "kit fox");
    assert_name(&info, 169, "giant panda");
    assert_name(&info, 449, "tench");
    assert_name(&info, 866, "military uniform");
    assert_name(&info, 1000, "dumbbell");
    for (size_t class = 1001; class < 1010; class++)
        assert_name(&info, class, "");
}

static void test_torchvision(void **state)
{
    (void)state;
    const feat_weights_info inception = published("inception_v3_google-0cc3c7bd", 1000),
                            vgg = published("vgg16-397923af", 1000), wider = published("vgg16-397923af", 1001);
    assert_name(&inception, 0, "tench");
    assert_name(&inception, 207, "golden retriever");
    assert_name(&vgg, 134, "crane (bird)");
    assert_name(&vgg, 517, "crane (machine)");
    assert_name(&vgg, 999, "toilet tissue");
    assert_name(&vgg, 1000, "");
    assert_name(&wider, 0, "");
}

static void test_others(void **state)
{
    (void)state;
    const feat_weights_info five = published("nsfwjs", 5), synthetic = {.n_classes = 1008};
    assert_name(&five, 0, "drawing");
    assert_name(&five, 4, "sexy");
    assert_name(&five, 5, "");
    assert_name(&synthetic, 169, "");
}

/* A list that lost a name or an order that is no permutation would shift all that follow. */
static void test_all_differ(void **state)
{
    (void)state;
    const feat_weights_info fid = published("pt_inception-2015", 1008),
                            sorted = published("inception_v3_google-0cc3c7bd", 1000);
    static char names[1000][FEAT_CLASS_NAME_BYTES];
    static unsigned char met[1001]; /* the last: of a name that is none */
    char name[FEAT_CLASS_NAME_BYTES];
    for (size_t i = 0; i < 1000; i++) {
        assert_true(feat_class_name(names[i], &sorted, i));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
    for (size_t class = 1; class <= 1000; class++) {
        assert_true(feat_class_name(name, &fid, class));
        size_t i = 0;
        while (i < 1000 && strcmp(names[i], name) != 0)
            i++;
        assert_int_equal(met[i], 0);
        met[i] = 1;
    }
    assert_int_equal(met[1000], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fid),
        cmocka_unit_test(test_torchvision),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_all_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
