/* VGG-16, exactly and split: close to a float64 reference, and the same bits on every kernel table, for every number of
 * threads and of images per call.
 *
 *     test_vgg16 --print   prints the hashes to be put into this file
 *     BF_TEST_LEVEL=quick    one image on the best table (for emulators); BF_TEST_LEVEL=all: the scalar table too
 *
 * Sanitizer builds run the best table only. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/flat/flat.h"
#include "engine/kernels/isa.h"
#include "engine/ops/step.h"
#include "tests/engine/kernels/tile_trap.h"
#include "tests/engine/net/net_data.h"
#include "tests/engine/resize/packed.h"
#include "tests/weights/weightgen.h"

enum { SIZE = 224, FLOATS = 3 * SIZE * SIZE, DIM = 4096, POOL1_DIM = 64, IMAGES = 3, STEP = 16 };

/* Of each numerics: the relative root mean square error allowed (float32 PyTorch has 6e-7), and XXH64 of fc2_relu of
 * the first picture, and of the three of images(). */
typedef struct form {
    feat_numerics numerics;
    double limit;
    uint64_t one, all;
} form;

static const form exact = {FEAT_NUMERICS_EXACT, 1e-6, UINT64_C(0xe5985ad4ec24fda8), UINT64_C(0x4a989ec31ada6c60)};
static const form split = {FEAT_NUMERICS_SPLIT, 2e-5, UINT64_C(0xb14cf435c523c5d3), UINT64_C(0x376b24ea232e978e)};

/* XXH64 of pool1 of the first picture, split. */
static const uint64_t GOLDEN_POOL1 = UINT64_C(0x3803d6c483bc1e91);

static feat_weights *weights; /* synth:1; their dense layers take seconds to draw */

static feat_model *model_of(const form *as, uint32_t isa_mask)
{
    feat_model *model = NULL;
    feat_config config;
    feat_error err;
    feat_config_init(&config, sizeof config);
    config.isa_mask = isa_mask;
    config.numerics = as->numerics;
    if (feat_model_create(&model, weights, &config, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(feat_model_numerics(model), as->numerics);
    return model;
}

/* Where tiles in software take a hundred times as long. */
static int is_slow(void)
{
    return test_chosen_level() == TEST_QUICK || net_is_instrumented();
}

/* The network's input for tests/data/net_<picture>.ppm. */
static void load(float *input, const char *picture)
{
    char path[64];
    unsigned w, h;
    static uint8_t rgb[64 * 64 * 3];
    snprintf(path, sizeof path, "tests/data/net_%s.ppm", picture);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "P6 %u %u 255", &w, &h), 2);
    assert_true(w <= 64 && h <= 64 && fgetc(f) == '\n');
    assert_int_equal(fread(rgb, 3, (size_t)w * h, f), (size_t)w * h);
    fclose(f);
    assert_int_equal(preprocess_packed(input, &feat_vgg16, rgb, h, w, feat_preset_find("tf1"), NULL, NULL), FEAT_OK);
}

/* Two pictures, and the first mirrored. */
static float *images(void)
{
    float *x = feat_alloc_array((size_t)IMAGES * FLOATS, sizeof *x);
    assert_non_null(x);
    load(x, "plasma_32x32");
    load(x + FLOATS, "discs_64x48");
    for (size_t i = 0; i < FLOATS; i++)
        x[2 * FLOATS + i] = x[i / SIZE * SIZE + SIZE - 1 - i % SIZE];
    return x;
}

static void run(float *features, const feat_model *model, const float *x, size_t n, size_t n_threads, const char *tap)
{
    feat_pool *pool = NULL;
    feat_session *session = NULL;
    const feat_output out = {feat_net_find_tap(&feat_vgg16, tap), features, DIM};
    assert_int_equal(feat_pool_create(&pool, n_threads, NULL), FEAT_OK);
    assert_int_equal(feat_session_create(&session, model, pool, NULL), FEAT_OK);
    assert_int_equal(feat_session_run(session, x, n, &out, 1, NULL, NULL), FEAT_OK);
    feat_session_close(&session);
    feat_pool_close(&pool);
}

/* --- closeness to the reference -------------------------------------------------------------------------- */

static double error_of(FILE *f, const float *values, size_t n, size_t step)
{
    double difference = 0.0, size = 0.0, expected;
    for (size_t i = 0; i < n; i += step) {
        assert_int_equal(fscanf(f, "%lf", &expected), 1);
        double d = (double)values[i] - expected;
        difference += d * d;
        size += expected * expected;
    }
    return sqrt(difference / size);
}

/* Of every 16th pixel, planes [3][14][14]. */
static void thin(float *to, const float *input)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < SIZE; y += STEP)
            for (size_t x = 0; x < SIZE; x += STEP)
                *to++ = input[(c * SIZE + y) * SIZE + x];
}

static double worst_error(const form *as)
{
    static float input[FLOATS], values[DIM];
    char picture[32], tap[32];
    size_t n, step, n_blocks = 0;
    double worst = 0.0;
    FILE *f = fopen("tests/data/vgg16_features.txt", "r");
    assert_non_null(f);
    feat_model *model = model_of(as, UINT32_MAX);
    while (fscanf(f, "%31s %31s %zu %zu", picture, tap, &n, &step) == 4) {
        load(input, picture);
        if (strcmp(tap, "input") == 0)
            thin(values, input);
        else
            run(values, model, input, 1, 1, tap);
        double error = error_of(f, values, n, step);
        worst = error > worst ? error : worst;
        if (!(error <= as->limit))
            fail_msg("%s, %s: relative rms error %.2e", picture, tap, error);
        n_blocks++;
    }
    assert_true(feof(f));
    fclose(f);
    assert_int_equal(n_blocks, 7);
    print_message("relative rms error: %.2e at most\n", worst);
    feat_model_close(&model);
    return worst;
}

static void features_are_those_of_the_reference(void **state)
{
    (void)state;
    (void)worst_error(&exact);
}

static void split_features_are_close(void **state)
{
    (void)state;
    if (is_slow())
        skip(); /* the golden hashes are of bits that passed this */
    assert_true(worst_error(&split) > 2e-6); /* exact numerics have less */
}

/* --- identity of bits ------------------------------------------------------------------------------------ */

static uint64_t hash_of(const feat_model *model, size_t n, size_t n_threads)
{
    float *x = images(), *features = feat_calloc(IMAGES * DIM, sizeof *features);
    assert_non_null(features);
    run(features, model, x, n, n_threads, "fc2_relu");
    uint64_t hash = feat_hash64(features, n * DIM * sizeof *features);
    feat_free(features);
    feat_free(x);
    return hash;
}

static void check_tables(const form *as)
{
    int best = 1, few = is_slow();
    for (size_t i = 0; feat_isa_name(i) != NULL; i++) {
        const char *isa = feat_isa_name(i);
        if (!feat_isa_usable(i)) {
            print_message("skipped: this CPU cannot run %s\n", isa);
            continue;
        }
        int slow = strcmp(isa, "scalar") == 0 || (as->numerics == FEAT_NUMERICS_SPLIT && strcmp(isa, "fma") == 0);
        if (!best && (few || (slow && test_chosen_level() != TEST_ALL))) {
            print_message("skipped: %s is slow (BF_TEST_LEVEL=all runs it)\n", isa);
            continue;
        }
        feat_model *model = model_of(as, UINT32_C(1) << i);
        assert_int_equal(hash_of(model, 1, 1), as->one);
        if (!few && (best || as->numerics == FEAT_NUMERICS_EXACT)) {
            assert_int_equal(hash_of(model, 1, 2), as->one);
            assert_int_equal(hash_of(model, 3, 1), as->all);
            assert_int_equal(hash_of(model, 3, 2), as->all);
        }
        feat_model_close(&model);
        best = 0;
    }
}

static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    check_tables(&exact);
}

static void split_bits_are_the_same_everywhere(void **state)
{
    (void)state;
    if (test_chosen_level() == TEST_QUICK)
        skip();
    check_tables(&split);
}

static uint64_t hash_of_pool1(const feat_model *model)
{
    static float input[FLOATS], values[DIM];
    load(input, "plasma_32x32");
    run(values, model, input, 1, 1, "pool1");
    return feat_hash64(values, POOL1_DIM * sizeof *values);
}

/* The kernels written for the unit, on the unit or trapped: two convolutions and a pool. */
static void tiles_give_the_same_bits(void **state)
{
    (void)state;
#if defined(__x86_64__)
    if (is_slow() || !tile_trap_install())
        skip();
    feat_model *model = model_of(&split, UINT32_MAX);
    model->kernels = &feat_kernels_amx;
    assert_true(feat_model_has_tiles(model));
    assert_int_equal(hash_of_pool1(model), GOLDEN_POOL1);
    print_message("%zu tile instructions were trapped\n", tile_trap_count());
    feat_model_close(&model);
#else
    skip();
#endif
}

/* --- files ------------------------------------------------------------------------------------------------ */

/* The dense layers of a file are run where they are mapped; of float16 they are widened on the way. */
static void a_file_gives_the_same(void **state)
{
    (void)state;
    char folder[256], path[300];
    feat_weights *kept = weights;
    feat_error err;
    if (test_chosen_level() == TEST_QUICK || net_is_instrumented())
        skip();
    gen_folder(folder);
    snprintf(path, sizeof path, "%s/vgg16.iv3", folder);
    static float want[DIM], got[DIM], input[FLOATS];
    load(input, "plasma_32x32");
    for (int half = 0; half < 2; half++) {
        if (feat_weights_save(kept, path, half ? FEAT_FLOAT16 : FEAT_FLOAT32, &err) != FEAT_OK ||
            feat_weights_open(&weights, path, &err) != FEAT_OK)
            fail_msg("%s", err.message);
        size_t before = feat_alloc_live();
        feat_model *model = model_of(&exact, UINT32_MAX);
        assert_true(feat_alloc_live() > before);
        feat_weights_close(&weights); /* a model keeps what it has mapped */
        run(got, model, input, 1, 1, "fc2_relu");
        feat_model_close(&model);
        if (half) {
            double difference = 0.0, size = 0.0;
            for (size_t i = 0; i < DIM; i++) {
                difference += pow((double)got[i] - (double)want[i], 2.0);
                size += pow((double)want[i], 2.0);
            }
            assert_true(difference > 0.0 && sqrt(difference / size) < 2e-3);
        } else {
            memcpy(want, got, sizeof want);
            assert_int_equal(feat_hash64(got, sizeof got), exact.one);
        }
    }
    weights = kept;
    gen_remove_folder(folder);
}

static int setup(void **state)
{
    (void)state;
    return feat_weights_synth(&weights, 1, &feat_vgg16, NULL) == FEAT_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    feat_weights_close(&weights);
    return feat_alloc_live() == 0 ? 0 : -1;
}

static int print_golden(void)
{
    (void)setup(NULL);
    for (int i = 0; i < 2; i++) {
        feat_model *model = model_of(i == 0 ? &exact : &split, UINT32_MAX);
        printf("%s: %016" PRIx64 " %016" PRIx64 ", pool1 %016" PRIx64 "\n", i == 0 ? "exact" : "split",
               hash_of(model, 1, 1), hash_of(model, 3, 1), hash_of_pool1(model));
        feat_model_close(&model);
    }
    return teardown(NULL);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--print") == 0)
        return print_golden();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_of_the_reference),
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(split_features_are_close),
        cmocka_unit_test(split_bits_are_the_same_everywhere),
        cmocka_unit_test(tiles_give_the_same_bits),
        cmocka_unit_test(a_file_gives_the_same),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
