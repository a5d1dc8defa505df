/* The whole network: close to a float64 reference on every tap, and the same bits on every kernel table, for
 * every number of threads and of images per call.
 *
 *     test_net --print     writes tests/golden/features.txt
 *     BF_TEST_LEVEL=quick    one image on the best table (for emulators); BF_TEST_LEVEL=all: the scalar table too
 *
 * Sanitizer builds run the best table only, with all its threads. */
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
#include "tests/engine/net/net_data.h"

static const char FIGURES[] = "tests/data/net_features.txt", GOLDEN[] = "tests/golden/features.txt";

/* Relative root mean square errors allowed. Float32 PyTorch has 1.8e-7 on tap 2048. */
static const double LIMIT_MAIN = 5e-7, LIMIT_OTHER = 2e-6;

/* --- closeness to the reference -------------------------------------------------------------------------- */

/* The model and the outputs of the picture that figures were compared with last. */
typedef struct subject {
    feat_model *model;
    feat_session *session;
    char variant[32], preset[32], picture[32];
    float *input, *data;
    feat_output outputs[NET_TAPS];
    size_t n_outputs;
} subject;

static void close_subject(subject *s)
{
    feat_free(s->data);
    s->data = NULL;
    feat_session_close(&s->session);
    feat_model_close(&s->model);
}

static void run_picture(subject *s, const char *variant, const char *preset, const char *picture)
{
    if (strcmp(s->variant, variant) != 0) {
        close_subject(s);
        s->model = net_model(feat_net_find_variant("inception-v3", variant), FEAT_NUMERICS_EXACT, UINT32_MAX);
        assert_int_equal(feat_session_create(&s->session, s->model, NULL, NULL), FEAT_OK);
        s->n_outputs = net_outputs(s->outputs, &s->data, s->model, 1);
    } else if (strcmp(s->preset, preset) == 0 && strcmp(s->picture, picture) == 0) {
        return;
    }
    snprintf(s->variant, sizeof s->variant, "%s", variant);
    snprintf(s->preset, sizeof s->preset, "%s", preset);
    snprintf(s->picture, sizeof s->picture, "%s", picture);
    net_load(s->input, picture, preset);
    assert_int_equal(feat_session_run(s->session, s->input, 1, s->outputs, s->n_outputs, NULL, NULL), FEAT_OK);
}

/* Reads one block's figures and returns the relative rms error of what the network made. */
static double error_of_block(FILE *f, const subject *s, const char *tap, size_t dim, size_t step)
{
    size_t o = 0;
    while (o < s->n_outputs && strcmp(feat_net_tap_name(&feat_inception_v3_fid, s->outputs[o].tap), tap) != 0)
        o++;
    assert_true(o < s->n_outputs);
    assert_int_equal(s->outputs[o].stride, dim);
    double difference = 0.0, size = 0.0;
    for (size_t i = 0; i < dim; i += step) {
        double expected, d;
        assert_int_equal(fscanf(f, "%lf", &expected), 1);
        d = (double)s->outputs[o].data[i] - expected;
        difference += d * d;
        size += expected * expected;
    }
    assert_true(size > 0.0);
    return sqrt(difference / size);
}

/* True where only one picture's figures are compared. */
static int few_figures(void)
{
    return test_chosen_level() == TEST_QUICK || (net_is_instrumented() && test_chosen_level() != TEST_ALL);
}

static void skip_block(FILE *f, size_t dim, size_t step)
{
    double ignored;
    for (size_t i = 0; i < dim; i += step)
        assert_int_equal(fscanf(f, "%lf", &ignored), 1);
}

static void features_are_those_of_the_reference(void **state)
{
    (void)state;
    char variant[32], preset[32], picture[32], tap[32];
    size_t dim, step, n_blocks = 0;
    double worst_main = 0.0, worst_other = 0.0;
    subject s = {.input = feat_alloc_array(NET_FLOATS, sizeof(float))};
    assert_non_null(s.input);
    FILE *f = fopen(FIGURES, "r");
    if (f == NULL)
        fail_msg("cannot open %s: run the tests from the top of the repository", FIGURES);
    while (fscanf(f, "%31s %31s %31s %31s %zu %zu", variant, preset, picture, tap, &dim, &step) == 6) {
        if (few_figures() && (strcmp(variant, "fid") != 0 || strcmp(preset, "tf1") != 0 ||
                              strcmp(picture, "plasma_32x32") != 0)) {
            skip_block(f, dim, step);
            continue;
        }
        run_picture(&s, variant, preset, picture);
        double error = error_of_block(f, &s, tap, dim, step);
        int main_tap = strcmp(variant, "fid") == 0 && strcmp(preset, "tf1") == 0 && strcmp(tap, "2048") == 0;
        double *worst = main_tap ? &worst_main : &worst_other;
        *worst = error > *worst ? error : *worst;
        if (!(error <= (main_tap ? LIMIT_MAIN : LIMIT_OTHER)))
            fail_msg("%s, preset %s, %s, tap %s: relative rms error %.2e", variant, preset, picture, tap,
                     error);
        n_blocks++;
    }
    assert_true(feof(f));
    fclose(f);
    assert_int_equal(n_blocks, few_figures() ? 7 : 50);
    print_message("relative rms error: %.2e on tap 2048 of tf1, %.2e at most elsewhere\n", worst_main,
                  worst_other);
    close_subject(&s);
    feat_free(s.input);
}

/* --- identity of bits ------------------------------------------------------------------------------------ */

/* Cuts of the eight images into calls, and numbers of threads: with fewer images than threads, as many, and
 * more. */
static const net_call cuts[] = {
    {0, 8, 5, NET_ALL_TAPS}, {0, 3, 1, NET_ALL_TAPS}, {3, 3, 2, NET_ALL_TAPS},
    {6, 1, 5, NET_ALL_TAPS}, {7, 1, 2, NET_ALL_TAPS},
};
static const net_call alone = {0, 1, 1, NET_ALL_TAPS};

static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    static net_hashes expected, got;
    float *images = net_images();
    net_read_golden(&expected, GOLDEN);
    int best = 1;
    for (size_t i = 0; feat_isa_name(i) != NULL; i++) {
        const char *isa = feat_isa_name(i);
        int slow = strcmp(isa, "fma") == 0 || strcmp(isa, "scalar") == 0;
        if (!feat_isa_usable(i)) {
            print_message("skipped: this CPU cannot run %s\n", isa);
            continue;
        }
        if (!best && (few_figures() || (strcmp(isa, "scalar") == 0 && test_chosen_level() != TEST_ALL))) {
            print_message("skipped: %s is slow (BF_TEST_LEVEL=all runs it)\n", isa);
            continue;
        }
        feat_model *model = net_model(&feat_inception_v3_fid, FEAT_NUMERICS_EXACT, UINT32_C(1) << i);
        assert_string_equal(feat_model_isa(model), isa);
        net_hash(&got, model, images, &alone);
        net_assert_same(&got, &expected, &alone, isa);
        for (size_t k = 0; !slow && test_chosen_level() != TEST_QUICK && k < sizeof cuts / sizeof cuts[0]; k++) {
            net_hash(&got, model, images, &cuts[k]);
            net_assert_same(&got, &expected, &cuts[k], isa);
        }
        feat_model_close(&model);
        best = 0;
    }
    feat_free(images);
    assert_int_equal(feat_alloc_live(), 0);
}

/* --- one tap at a time ----------------------------------------------------------------------------------- */

/* The network stops after the last step that a tap needs; what it computes until then is the same. */
static void a_tap_alone_is_the_same(void **state)
{
    (void)state;
    static net_hashes expected;
    if (test_chosen_level() == TEST_QUICK)
        skip();
    float *input = feat_alloc_array(NET_FLOATS, sizeof *input),
          *out = feat_calloc(NET_MAX_TAP, sizeof *out);
    feat_model *model = net_model(&feat_inception_v3_fid, FEAT_NUMERICS_EXACT, UINT32_MAX);
    feat_session *session = NULL;
    assert_true(input != NULL && out != NULL);
    net_load(input, "plasma_32x32", "tf1");
    net_read_golden(&expected, GOLDEN);
    assert_int_equal(feat_session_create(&session, model, NULL, NULL), FEAT_OK);
    for (int tap = 0; tap < NET_TAPS; tap++) {
        feat_output output = {(feat_tap)tap, out, NET_MAX_TAP};
        size_t dim = feat_tap_dim(model, output.tap);
        assert_in_range(dim, 64, NET_MAX_TAP);
        assert_int_equal(feat_session_run(session, input, 1, &output, 1, NULL, NULL), FEAT_OK);
        assert_int_equal(feat_hash64(out, dim * sizeof *out), expected.of[0][tap]);
    }
    feat_session_close(&session);
    feat_model_close(&model);
    feat_free(input);
    feat_free(out);
}

static int print_golden(void)
{
    feat_model *model = net_model(&feat_inception_v3_fid, FEAT_NUMERICS_EXACT, UINT32_MAX);
    net_print_golden(model, "test_net --print");
    feat_model_close(&model);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--print") == 0)
        return print_golden();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_of_the_reference),
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(a_tap_alone_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
