/* The kernel tables' public names, masks over them, and the choice of a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/cpu.h"
#include "engine/feat.h"
#include "engine/kernels/kernels.h"

static size_t n_tables(void)
{
    size_t n = 0;
    while (feat_isa_name(n) != NULL)
        n++;
    return n;
}

static void names_are_those_of_the_tables(void **state)
{
    (void)state;
    size_t n = n_tables();
    assert_in_range(n, 1, 31);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(feat_isa_name(i), feat_kernels_at(i)->name);
        assert_int_equal(feat_isa_usable(i), feat_kernels_usable(feat_kernels_at(i)));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(feat_isa_name(i), feat_isa_name(j));
    }
    assert_string_equal(feat_isa_name(n - 1), "scalar");
    assert_int_equal(feat_isa_usable(n - 1), 1); /* everybody can */
    assert_null(feat_isa_name(n + 1));
    assert_int_equal(feat_isa_usable(n), 0);
    assert_int_equal(feat_isa_usable(SIZE_MAX), 0);
}

/* What a table says it needs is what the Makefile compiles it with. */
static void needs_follow_from_the_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t needs;
    } known[] = {{"amx", FEAT_CPU_AMX | FEAT_CPU_AVX512_BF16 | FEAT_CPU_AVX512 | FEAT_CPU_FMA},
                 {"avx512", FEAT_CPU_AVX512 | FEAT_CPU_FMA},
                 {"avx2", FEAT_CPU_AVX2 | FEAT_CPU_FMA},
                 {"fma", FEAT_CPU_FMA},
                 {"neon", FEAT_CPU_NEON},
                 {"scalar", 0}};
    for (size_t i = 0; i < n_tables(); i++) {
        size_t k = 0;
        while (k < sizeof known / sizeof known[0] && strcmp(known[k].name, feat_isa_name(i)) != 0)
            k++;
        assert_true(k < sizeof known / sizeof known[0]);
        assert_int_equal(feat_kernels_at(i)->needs, known[k].needs);
    }
}

static void tables_are_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_tables(); i++) {
        const feat_kernels *k = feat_kernels_at(i);
        assert_true(k->conv_row && k->max_row && k->avg_row && k->mean);
        assert_true(k->wino_data && k->wino_output && k->wino_weights);
        assert_true(k->tokens.layer_norm && k->tokens.softmax && k->tokens.divide && k->tokens.gelu &&
                    k->tokens.quick_gelu && k->tokens.sum && k->tokens.widen);
        assert_true(k->split.begin && k->split.end && k->split.conv && k->split.store && k->split.store_whole &&
                    k->split.join);
        assert_int_equal(k->split.in_hardware, (k->needs & FEAT_CPU_AMX) != 0);
        assert_true(k->dmat.fmul_tile && k->dmat.mul_tile && k->dmat.sum_tile && k->dmat.dist_tile && k->dmat.dot &&
                    k->dmat.axpys && k->dmat.add_floats && k->dmat.dist_pairs && k->dmat.dist_mixed &&
                    k->dmat.power && k->dmat.exp_gap && k->dmat.symv && k->dmat.rotate);
    }
}

static void masks_are_parsed(void **state)
{
    (void)state;
    uint32_t mask = 7, all = 7;
    feat_error err;
    for (size_t i = 0; i < n_tables(); i++) {
        assert_int_equal(feat_isa_mask_parse(&mask, feat_isa_name(i), &err), FEAT_OK);
        assert_int_equal(mask, UINT32_C(1) << i);
        for (size_t j = 0; j < n_tables(); j++) {
            char text[64];
            snprintf(text, sizeof text, "%s,%s", feat_isa_name(i), feat_isa_name(j));
            assert_int_equal(feat_isa_mask_parse(&mask, text, NULL), FEAT_OK);
            assert_int_equal(mask, UINT32_C(1) << i | UINT32_C(1) << j);
        }
    }
    assert_int_equal(feat_isa_mask_parse(&all, "all", &err), FEAT_OK);
    assert_int_equal(all, UINT32_MAX);
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        ",",       "scalar,",     ",scalar",    "Scalar", "scala",
                                      "scalars", "avx1024", "scalar, all", "scalar all", "allx"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t mask = 42;
        feat_error err = {FEAT_OK, ""};
        assert_int_equal(feat_isa_mask_parse(&mask, bad[i], &err), FEAT_ERR_ARG);
        assert_int_equal(err.status, FEAT_ERR_ARG);
        assert_int_equal(mask, 42); /* untouched */
        for (size_t t = 0; t < n_tables(); t++)
            assert_non_null(strstr(err.message, feat_isa_name(t)));
        assert_int_equal(feat_isa_mask_parse(&mask, bad[i], NULL), FEAT_ERR_ARG);
    }
    feat_error err;
    uint32_t mask;
    assert_int_equal(feat_isa_mask_parse(&mask, "scalar,mmx", &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "'mmx'"));
}

/* A mask removes tables and never adds one the CPU cannot run. A tile unit is for split convolutions and for bounds in
 * statistics; in a network with exact numerics its table is taken only where it is the last one left. */
static void the_best_usable_table_is_picked(void **state)
{
    (void)state;
    size_t n = n_tables();
    for (uint32_t mask = 0; mask < UINT32_C(1) << n; mask++) {
        const feat_kernels *expected = NULL, *with_tiles = NULL, *first = NULL;
        for (size_t i = n; i-- > 0;)
            if ((mask >> i & 1) != 0 && feat_kernels_usable(feat_kernels_at(i))) {
                if (feat_kernels_at(i)->split.in_hardware)
                    with_tiles = feat_kernels_at(i);
                else
                    expected = feat_kernels_at(i);
                first = feat_kernels_at(i);
            }
        if (expected == NULL)
            expected = with_tiles;
        assert_ptr_equal(feat_kernels_pick(mask), expected);
        assert_ptr_equal(feat_isa_best(mask), expected == NULL ? NULL : expected->name);
        assert_ptr_equal(feat_kernels_pick_split(mask), with_tiles);
        assert_ptr_equal(feat_dmat_best(mask), first == NULL ? NULL : &first->dmat);
    }
    assert_ptr_equal(feat_kernels_pick(UINT32_MAX), feat_kernels_pick((UINT32_C(1) << n) - 1));
    assert_null(feat_kernels_pick(UINT32_C(1) << n));
}

static void a_model_needs_a_table(void **state)
{
    (void)state;
    feat_error err;
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_config config;
    assert_int_equal(feat_weights_synth(&weights, 1, feat_net_at(0), &err), FEAT_OK);
    feat_config_init(&config, sizeof config);
    assert_int_equal(config.struct_size, sizeof config);
    assert_int_equal(config.isa_mask, UINT32_MAX);
    config.isa_mask = 0;
    assert_int_equal(feat_model_create(&model, weights, &config, &err), FEAT_ERR_UNSUPPORTED);
    assert_null(model);
    feat_config_init(&config, sizeof config);
    config.struct_size--;
    assert_int_equal(feat_model_create(&model, weights, &config, &err), FEAT_ERR_ARG);
    assert_null(model);
    feat_weights_close(&weights);
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_tables), cmocka_unit_test(needs_follow_from_the_name),
        cmocka_unit_test(tables_are_complete),           cmocka_unit_test(masks_are_parsed),
        cmocka_unit_test(unknown_names_are_refused),     cmocka_unit_test(the_best_usable_table_is_picked),
        cmocka_unit_test(a_model_needs_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
