/* What the readers share: elements gathered in pieces, a large file mapped; and the names of the published maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "tests/weights/trial.h"
#include "weights/convert.h"

/* A matrix [32][96], its rows 100 apart: element [o][i] is 1000 o + i. */
enum { OUT = 32, IN = 96, APART = 100 };

static void fill_matrix(float m[OUT * APART], feat_src_tensor *t)
{
    for (int o = 0; o < OUT; o++)
        for (int i = 0; i < APART; i++)
            m[o * APART + i] = (float)(1000 * o + i);
    *t = (feat_src_tensor){.elem = FEAT_ELEM_F32, .rank = 2, .shape = {OUT, IN}, .stride = {APART, 1}};
    t->data = (const unsigned char *)m;
}

static void test_panels_in_pieces(void **state)
{
    (void)state;
    static float m[OUT * APART], got[OUT * IN];
    feat_src_tensor t;
    fill_matrix(m, &t);
    for (uint32_t pixels = 1; pixels <= 6; pixels++) {
        const feat_tensor as = {.rank = 2, .shape = {OUT, IN}, .n_elements = OUT * IN, .pixels = pixels};
        if (IN % (16 * pixels) != 0)
            continue;
        for (size_t piece = 1; piece < 3000; piece = piece * 7 + 1) {
            memset(got, 0, sizeof got);
            for (size_t first = 0, n; first < OUT * IN; first += n) {
                n = OUT * IN - first < piece ? OUT * IN - first : piece;
                feat_source_gather(&t, &as, first, n, got + first);
                feat_source_done(&t, &as, first + n);
            }
            for (uint64_t o = 0; o < OUT; o++)
                for (uint64_t i = 0; i < IN; i++)
                    assert_true(got[feat_panel_index(&as, o, i)] == (float)(1000 * o + i));
        }
    }
}

/* Axes in any order, as a view of transposed data has them. */
static void test_rows_in_pieces(void **state)
{
    (void)state;
    float m[2 * 3 * 4 * 5], got[2 * 3 * 4 * 5];
    const feat_src_tensor t = {.elem = FEAT_ELEM_F32, .rank = 4, .shape = {2, 3, 4, 5}, .stride = {1, 2, 30, 6},
                               .data = (const unsigned char *)m};
    const feat_tensor as = {.rank = 4, .shape = {2, 3, 4, 5}, .n_elements = 120};
    for (int i = 0; i < 120; i++)
        m[i] = (float)i;
    for (size_t piece = 1; piece <= 120; piece++) {
        for (size_t first = 0, n; first < 120; first += n) {
            n = 120 - first < piece ? 120 - first : piece;
            feat_source_gather(&t, &as, first, n, got + first);
            feat_source_done(&t, &as, first + n);
        }
        for (size_t k = 0; k < 120; k++) {
            size_t a = k / 60, b = k / 20 % 3, c = k / 5 % 4, d = k % 5;
            assert_true(got[k] == (float)(a + 2 * b + 30 * c + 6 * d));
        }
    }
}

/* Of more than a megabyte: mapped, the same bytes, and nothing left of the mapping. */
static void test_large_file(void **state)
{
    (void)state;
    enum { BYTES = 3 << 20 };
    unsigned char *bytes = feat_alloc(BYTES), digest[32], want[32];
    feat_sha256 sha;
    feat_file file;
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    gen_write_file(trial.in, bytes, BYTES);
    feat_sha256_init(&sha);
    size_t live = feat_alloc_live();
    assert_int_equal(feat_load_file(&file, trial.in, &sha, &trial.err), FEAT_OK);
    assert_int_equal(feat_alloc_live(), live); /* nothing of it on the heap */
    assert_int_equal(file.n_bytes, BYTES);
    assert_true(feat_mapped_has(file.bytes));
    assert_memory_equal(file.bytes, bytes, BYTES);
    const unsigned char *at = file.bytes;
    feat_release_file(&file);
    assert_null(file.bytes);
    assert_false(feat_mapped_has(at));
    feat_sha256_final(&sha, digest);
    feat_sha256_init(&sha);
    feat_sha256_update(&sha, bytes, BYTES);
    feat_sha256_final(&sha, want);
    assert_memory_equal(digest, want, 32);
    feat_free(bytes);
}

/* A conversion of such a file: what follows the last tensor makes it large. */
static void test_large_conversion(void **state)
{
    (void)state;
    enum { MORE = 2 << 20 };
    gen_buf b = {NULL, 0, 0};
    unsigned char *more = feat_calloc(1, MORE), digest[2][32];
    gen_fill(&trial.list, &gen_vgg, 0, 0);
    gen_legacy(&b, &trial.list);
    for (int large = 0; large < 2; large++) {
        const feat_convert_options options = {trial.in, trial.out, FEAT_FLOAT32, NULL};
        feat_convert_report report;
        gen_put(&b, more, large ? MORE : 0);
        gen_write_file(trial.in, b.p, b.n);
        assert_int_equal(feat_convert_among(&options, gen_maps, &report, &trial.err), FEAT_OK);
        memcpy(digest[large], report.content_sha256, 32);
    }
    assert_memory_equal(digest[0], digest[1], 32);
    feat_free(more);
    gen_free(&b);
}

/* Names in StyleGAN's archive are those of the graph it was translated from, with dots; branches of the two last blocks
 * are no modules of their own. */
static void test_stylegan_names(void **state)
{
    (void)state;
    const feat_name_map *map = &feat_names_inception_v3_stylegan, *graph = &feat_names_inception_v3_graphdef;
    assert_int_equal(map->n_layers, 94);
    assert_int_equal(graph->n_layers, 94);
    for (size_t i = 0; i < graph->n_layers; i++) {
        const char *scope = graph->layers[i].theirs;
        bool flat = strncmp(scope, "mixed_9/", 8) == 0 || strncmp(scope, "mixed_10/", 9) == 0;
        char want[FEAT_NAME_BYTES], ours[FEAT_NAME_BYTES], theirs[FEAT_NAME_BYTES];
        (void)snprintf(want, sizeof want, "layers.%s.var", scope);
        char *block = strchr(want, '/');
        for (char *slash = block; slash != NULL; slash = strchr(slash, '/'))
            *slash = slash != block && flat ? '_' : '.';
        const feat_part_name *part;
        assert_true(feat_name_ours(ours, &part, map, want, strlen(want)));
        assert_non_null(part);
        (void)snprintf(theirs, sizeof theirs, "%s.bn.running_var", graph->layers[i].ours);
        assert_string_equal(ours, theirs);
        feat_name_theirs(theirs, map, ours);
        assert_string_equal(theirs, want);
    }
}

/* Every tensor of a network that a map is for can be told from its name in the source and back. */
static void test_names_there_and_back(void **state)
{
    (void)state;
    static const feat_name_map *const maps[] = {&feat_names_inception_v3_stylegan, &feat_names_inception_v3_torch,
                                                &feat_names_inception_v3_graphdef, &feat_names_vgg16_torch,
                                                &feat_names_vgg16_timm, &feat_names_vgg16_stylegan};
    for (size_t m = 0; m < sizeof maps / sizeof maps[0]; m++) {
        const feat_net *net = maps[m]->nets[0];
        feat_contents contents;
        feat_net_published(&contents, net);
        size_t n = feat_net_count_tensors(net, &contents), n_probe = 0;
        feat_tensor *list = feat_alloc_array(n, sizeof *list);
        feat_net_list_tensors(list, net, &contents);
        for (size_t i = 0; i < n; i++) {
            char theirs[FEAT_NAME_BYTES], ours[FEAT_NAME_BYTES];
            const feat_part_name *part;
            feat_name_theirs(theirs, maps[m], list[i].name);
            assert_true(feat_name_ours(ours, &part, maps[m], theirs, strlen(theirs)));
            assert_string_equal(ours, list[i].name);
            assert_false(feat_name_is_dropped(maps[m], theirs, strlen(theirs)));
            n_probe += strcmp(theirs, maps[m]->probe) == 0;
        }
        assert_int_equal(n_probe, 1);
        feat_free(list);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_panels_in_pieces), CASE(test_rows_in_pieces), CASE(test_large_file),
        CASE(test_large_conversion), CASE(test_stylegan_names), CASE(test_names_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
