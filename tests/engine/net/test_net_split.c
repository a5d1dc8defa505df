/* Split numerics: close to the float64 reference, the same bits on every kernel table, on a tile unit (or its
 * instructions one by one, see tile_trap.h), for every number of threads and images; and what fast comes to.
 *
 *     test_net_split --print    writes tests/golden/split.txt
 *     BF_TEST_LEVEL=quick         the start of one image on the best table, as with a sanitizer; =all: the scalar table
 *                               and the whole network on tiles too */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/kernels/isa.h"
#include "engine/ops/step.h"
#include "tests/engine/kernels/tile_trap.h"
#include "tests/engine/net/net_data.h"

static const char FIGURES[] = "tests/data/net_features.txt", GOLDEN[] = "tests/golden/split.txt";

/* Relative root mean square errors against float64. Exact numerics have 5e-7 on tap 2048, one bfloat16
 * product 4e-3. */
static const double LIMIT_MAIN = 8e-6, LIMIT_OTHER = 2e-5;

static feat_model *fid_model(feat_numerics numerics, uint32_t isa_mask)
{
    return net_model(&feat_inception_v3_fid, numerics, isa_mask);
}

/* Where tiles in software take a hundred times as long. */
static int is_slow(void)
{
    return test_chosen_level() == TEST_QUICK || (net_is_instrumented() && test_chosen_level() != TEST_ALL);
}

static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    static const net_call cuts[] = {{0, 8, 5, NET_ALL_TAPS}, {5, 3, 2, NET_ALL_TAPS}};
    static net_hashes expected, got;
    float *images = net_images();
    int best = 1, few = is_slow();
    net_call first = {0, 1, net_is_instrumented() ? 3 : 1, NET_ALL_TAPS};
    if (few)
        first.taps = 1u << NET_64 | (net_is_instrumented() ? 0 : 1u << NET_192);
    net_read_golden(&expected, GOLDEN);
    for (size_t i = 0; feat_isa_name(i) != NULL; i++) {
        const char *isa = feat_isa_name(i);
        int slow = strcmp(isa, "fma") == 0 || strcmp(isa, "scalar") == 0;
        if (!feat_isa_usable(i) || (!best && (few || (slow && test_chosen_level() != TEST_ALL)))) {
            print_message("skipped: %s %s\n", isa, feat_isa_usable(i) ? "is slow" : "is not for this CPU");
            continue;
        }
        feat_model *model = fid_model(FEAT_NUMERICS_SPLIT, UINT32_C(1) << i);
        assert_int_equal(feat_model_numerics(model), FEAT_NUMERICS_SPLIT);
        net_hash(&got, model, images, &first);
        net_assert_same(&got, &expected, &first, isa);
        for (size_t k = 0; best && !few && k < sizeof cuts / sizeof cuts[0]; k++) {
            net_hash(&got, model, images, &cuts[k]);
            net_assert_same(&got, &expected, &cuts[k], isa);
        }
        feat_model_close(&model);
        best = 0;
    }
    feat_free(images);
}

/* The kernels written for the unit, on the unit or trapped: up to the first max pool, or all of it. */
static void tiles_give_the_same_bits(void **state)
{
    (void)state;
#if defined(__x86_64__)
    static net_hashes expected, got;
    const net_call second = {1, 1, 2, test_chosen_level() == TEST_ALL ? NET_ALL_TAPS : 1u << NET_64};
    if (is_slow() || net_is_instrumented() || !tile_trap_install())
        skip();
    float *images = net_images();
    feat_model *model = fid_model(FEAT_NUMERICS_SPLIT, UINT32_MAX);
    model->kernels = &feat_kernels_amx;
    assert_true(feat_model_has_tiles(model));
    net_read_golden(&expected, GOLDEN);
    net_hash(&got, model, images, &second);
    net_assert_same(&got, &expected, &second, "tiles");
    print_message("%zu tile instructions were trapped\n", tile_trap_count());
    feat_model_close(&model);
    feat_free(images);
#else
    skip();
#endif
}

static void features_are_close_to_the_reference(void **state)
{
    (void)state;
    char variant[32], preset[32], picture[32], tap[32], last[32] = "";
    size_t dim, step, n_blocks = 0;
    double worst_main = 0.0, worst_other = 0.0;
    if (is_slow())
        skip(); /* the golden hashes are of bits that passed this */
    float *input = feat_alloc_array(NET_FLOATS, sizeof *input), *data;
    feat_model *model = fid_model(FEAT_NUMERICS_SPLIT, UINT32_MAX);
    feat_session *session = NULL;
    feat_output outputs[NET_TAPS];
    size_t n_outputs = net_outputs(outputs, &data, model, 1);
    FILE *f = fopen(FIGURES, "r");
    assert_true(f != NULL && input != NULL);
    assert_int_equal(feat_session_create(&session, model, NULL, NULL), FEAT_OK);
    while (fscanf(f, "%31s %31s %31s %31s %zu %zu", variant, preset, picture, tap, &dim, &step) == 6) {
        int ours = strcmp(variant, "fid") == 0 && strcmp(preset, "tf1") == 0;
        if (ours && strcmp(picture, last) != 0) {
            net_load(input, picture, preset);
            assert_int_equal(feat_session_run(session, input, 1, outputs, n_outputs, NULL, NULL), FEAT_OK);
            snprintf(last, sizeof last, "%s", picture);
        }
        size_t o = 0;
        while (strcmp(feat_net_tap_name(&feat_inception_v3_fid, outputs[o].tap), tap) != 0)
            o++;
        double difference = 0.0, size = 0.0;
        for (size_t i = 0; i < dim; i += step) {
            double expected;
            assert_int_equal(fscanf(f, "%lf", &expected), 1);
            double d = (double)outputs[o].data[i] - expected;
            difference += d * d;
            size += expected * expected;
        }
        if (!ours)
            continue;
        double error = sqrt(difference / size),
               *worst = strcmp(tap, "2048") == 0 ? &worst_main : &worst_other;
        *worst = error > *worst ? error : *worst;
        n_blocks++;
    }
    fclose(f);
    print_message("relative rms error: %.2e on tap 2048, %.2e at most elsewhere\n", worst_main, worst_other);
    assert_true(n_blocks >= 2 * NET_TAPS);
    assert_true(worst_main <= LIMIT_MAIN && worst_main > 1e-6); /* exact numerics would have less */
    assert_true(worst_other <= LIMIT_OTHER);
    feat_session_close(&session);
    feat_model_close(&model);
    feat_free(data);
    feat_free(input);
}

/* Where no tile unit is allowed fast is exact, bit for bit. */
static void fast_without_a_unit_is_exact(void **state)
{
    (void)state;
    static net_hashes exact, fast;
    const net_call alone = {0, 1, 1, NET_ALL_TAPS};
    uint32_t mask = 0;
    for (size_t i = 0; feat_isa_name(i) != NULL; i++)
        mask |= strcmp(feat_isa_name(i), "amx") == 0 ? 0 : UINT32_C(1) << i;
    if (is_slow())
        skip();
    float *images = net_images();
    feat_model *model = fid_model(FEAT_NUMERICS_FAST, mask);
    assert_int_equal(feat_model_numerics(model), FEAT_NUMERICS_EXACT);
    assert_int_equal(feat_numerics_here(FEAT_NUMERICS_FAST, mask), FEAT_NUMERICS_EXACT);
    assert_int_equal(feat_numerics_here(FEAT_NUMERICS_SPLIT, mask), FEAT_NUMERICS_SPLIT);
    net_hash(&fast, model, images, &alone);
    feat_model_close(&model);
    model = fid_model(FEAT_NUMERICS_EXACT, mask);
    net_hash(&exact, model, images, &alone);
    net_assert_same(&fast, &exact, &alone, "fast");
    assert_false(feat_model_has_tiles(model));
    feat_model_close(&model);
    feat_free(images);
}

static void names_and_refusals(void **state)
{
    (void)state;
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_error err;
    feat_config config;
    feat_config_init(&config, sizeof config);
    assert_int_equal(config.numerics, FEAT_NUMERICS_EXACT);
    assert_string_equal(feat_numerics_name(FEAT_NUMERICS_EXACT), "exact");
    assert_string_equal(feat_numerics_name(FEAT_NUMERICS_FAST), "fast");
    assert_string_equal(feat_numerics_name(FEAT_NUMERICS_SPLIT), "split");
    assert_null(feat_numerics_name((feat_numerics)3));
    assert_int_equal(feat_weights_synth(&weights, 1, feat_net_at(0), &err), FEAT_OK);
    config.numerics = (feat_numerics)3;
    assert_int_equal(feat_model_create(&model, weights, &config, &err), FEAT_ERR_ARG);
    assert_string_equal(err.message, "unknown numerics 3");
    assert_null(model);
    feat_weights_close(&weights);
}

static int print_golden(void)
{
    feat_model *model = fid_model(FEAT_NUMERICS_SPLIT, UINT32_MAX);
    net_print_golden(model, "split numerics, test_net_split --print");
    feat_model_close(&model);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--print") == 0)
        return print_golden();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_close_to_the_reference),
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(tiles_give_the_same_bits),
        cmocka_unit_test(fast_without_a_unit_is_exact),
        cmocka_unit_test(names_and_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
