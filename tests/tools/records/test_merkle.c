/* tools/records/merkle: roots of the recursive definition, and that every change shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/hash.h"
#include "tools/records/merkle.h"

static void add(bf_merkle *tree, int file, int name)
{
    char text[40];
    unsigned char digest[32];
    feat_sha256 h;
    int n = snprintf(text, sizeof text, "file %d", file);
    feat_sha256_init(&h);
    feat_sha256_update(&h, text, (size_t)n);
    feat_sha256_final(&h, digest);
    snprintf(text, sizeof text, "dir/img%d.png", name);
    bf_merkle_add(tree, text, digest);
}

static void root_hex(const bf_merkle *tree, char hex[65])
{
    unsigned char root[32];
    bf_merkle_root(tree, root);
    feat_hex(hex, root);
}

/* From tests/data/make_merkle_roots.py. */
static void roots_are_those_of_the_definition(void **state)
{
    (void)state;
    static const struct {
        int n;
        const char *root;
    } cases[] = {
        {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {1, "c5adc6dd44ff83de524aab5298a1731982ad897e2742fa38042af1c41a319623"},
        {2, "31431383a445c1f712a9026fa885eff582bb4577694e7c98c020dc46dc629cea"},
        {3, "f25b1fe09661b006af34d3e9be4fe931a2c9bb9950e434e1b02fe6bdbbbc8f6b"},
        {4, "938a391399bb05214cb2562ba6109bca0e2fe4068139a26d44f83fe3c6a9fee6"},
        {5, "0106821d3bb9fb8f7deb35424545b3c01a970b84e5ec8293121ffdf7a4730977"},
        {6, "2280bbbc8fc30157e2c40a03d11e434d247122e1bbe10a9f7c1abb836257344d"},
        {7, "a9f6c9b0b0b2fa19b32424b90bbc3850940bee1a9955526f4d4c531d59344f7d"},
        {8, "51d7e7007bbb19fd1cd1880cde947fe591bbac3b00898d4005fdf747177cb8db"},
        {9, "f2736b1fade96b6b63e36d29d1c854d8971a7b492aa8b8001a748a4ab294bc9c"},
        {100, "5995a1522ffd364823c4426d4ab7f9bd911e9d825abedb2c30f1b3e6893f2bc4"},
        {1000, "1700b3ba4fd57a2beee851c4309a48f20f0d5142c7c69252adaaa04f18dd6d17"},
    };
    bf_merkle tree;
    char hex[65];
    int n = 0;
    bf_merkle_init(&tree);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (; n < cases[i].n; n++)
            add(&tree, n, n);
        root_hex(&tree, hex); /* taking a root changes nothing: the tree goes on growing */
        assert_string_equal(hex, cases[i].root);
    }
}

static void build(int changed, int kind, char hex[65])
{
    bf_merkle tree;
    bf_merkle_init(&tree);
    for (int i = 0; i < 13; i++) {
        int other = i == changed ? changed + 1 : i == changed + 1 ? changed : i;
        add(&tree,
            kind == 0 && i == changed ? 99
            : kind == 2               ? other
                                      : i,
            kind == 1 && i == changed ? 99
            : kind == 3               ? other
                                      : i);
    }
    root_hex(&tree, hex);
}

static void every_change_shows(void **state)
{
    (void)state;
    char whole[65], hex[65];
    build(-9, 0, whole);
    for (int kind = 0; kind < 4; kind++) { /* a file, a name, two files swapped, two names swapped */
        for (int i = 0; i < 12; i++) {
            build(i, kind, hex);
            assert_string_not_equal(hex, whole);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_of_the_definition),
        cmocka_unit_test(every_change_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
