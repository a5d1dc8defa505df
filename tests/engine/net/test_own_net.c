/* A network that is made here: of three operations, and tables that no model can be made of. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/nets/net_rows.h"
#include "tests/engine/resize/packed.h"

/* --- three operations ---------------------------------------------------------------------------- */

enum { SIZE = 21, OUT = 10, OC = 16, TAPS = 9, CLASSES = 5 };
enum { TAP_MEAN, TAP_PIXELS, TAP_UNBIASED, TAP_LOGITS, N_TAPS };

static const feat_shape shapes[] = {{3, SIZE, SIZE}, {OC, OUT, OUT}};
static const feat_op ops[] = {
    ROW_CONV(0, "first", 0, 1, 0, OC, 3, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    ROW_MEAN(TAP_MEAN, 1),
    ROW_PIXELS(TAP_PIXELS, 1, 2),
    ROW_HEAD(1, "fc", TAP_UNBIASED, 1, CLASSES, OC),
};
enum { N_OPS = sizeof ops / sizeof ops[0] };
static const feat_tap_info taps[N_TAPS] = {{"mean", OC}, {"pixels", 2 * OUT * OUT}, {"unbiased", 0}, {"logits", 0}};
static const feat_net net = {.name = "own-one", .family = "own", .variant = "one", .number = 77, .tensors = shapes,
                             .n_tensors = 2, .ops = ops, .n_ops = N_OPS, .taps = taps, .n_taps = N_TAPS,
                             .roles = {TAP_MEAN, FEAT_NO_TAP, TAP_UNBIASED, TAP_LOGITS},
                             .naming = &feat_torch_naming, .norm_epsilon = 0.001, .max_dense = 1, .preset = "tf1"};

static void read_named(const feat_weights *w, const char *name, float *to)
{
    size_t index = feat_weights_find(w, name);
    assert_true(index != SIZE_MAX);
    assert_int_equal(feat_weights_read(w, index, to, NULL), FEAT_OK);
}

/* The convolution as the contract has it: a chain of fused multiply-adds from the bias, over kernel row, column and
 * channel. out [OUT][OUT][OC]. */
static void oracle(float *out, const feat_weights *w, const float *image)
{
    float k[OC * 3 * TAPS], gamma[OC], beta[OC], mean[OC], var[OC];
    read_named(w, "first.conv.weight", k);
    read_named(w, "first.bn.weight", gamma);
    read_named(w, "first.bn.bias", beta);
    read_named(w, "first.bn.running_mean", mean);
    read_named(w, "first.bn.running_var", var);
    for (size_t o = 0; o < OC; o++) {
        double scale = (double)gamma[o] / sqrt((double)var[o] + 0.001);
        float bias = (float)fma(-(double)mean[o], scale, (double)beta[o]);
        for (size_t p = 0; p < (size_t)OUT * OUT; p++) {
            float acc = bias;
            for (size_t t = 0; t < TAPS; t++)
                for (size_t c = 0; c < 3; c++) {
                    size_t y = p / OUT * 2 + t / 3, x = p % OUT * 2 + t % 3;
                    float weight = (float)((double)k[(o * 3 + c) * TAPS + t] * scale);
                    acc = fmaf(weight, image[(c * SIZE + y) * SIZE + x], acc);
                }
            out[p * OC + o] = acc > 0.0f ? acc : 0.0f;
        }
    }
}

static void a_network_of_its_own_runs(void **state)
{
    (void)state;
    static float image[3 * SIZE * SIZE], want[OUT * OUT * OC], pixels[2 * OUT * OUT];
    static uint8_t rgb[8 * 6 * 3];
    float mean[OC], unbiased[CLASSES], logits[CLASSES], bias[CLASSES];
    feat_error err = {FEAT_OK, ""};
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_session *session = NULL;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 37);
    assert_int_equal(feat_net_input_floats(&net), sizeof image / sizeof image[0]);
    assert_int_equal(preprocess_packed(image, &net, rgb, 8, 6, feat_preset_find("clean"), NULL, &err), FEAT_OK);
    assert_int_equal(feat_weights_synth(&weights, 1, &net, &err), FEAT_OK);
    assert_int_equal(feat_weights_count(weights), 7);
    if (feat_model_create(&model, weights, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_ptr_equal(feat_model_net(model), &net);
    assert_int_equal(feat_tap_dim(model, TAP_LOGITS), CLASSES);
    assert_int_equal(feat_session_create(&session, model, NULL, &err), FEAT_OK);
    const feat_output outputs[] = {{TAP_MEAN, mean, OC},
                                   {TAP_PIXELS, pixels, 2 * OUT * OUT},
                                   {TAP_UNBIASED, unbiased, CLASSES},
                                   {TAP_LOGITS, logits, CLASSES}};
    assert_int_equal(feat_session_run(session, image, 1, outputs, 4, NULL, NULL), FEAT_OK);
    oracle(want, weights, image);
    for (size_t p = 0; p < (size_t)OUT * OUT; p++)
        assert_memory_equal(&pixels[2 * p], &want[p * OC], 2 * sizeof(float));
    read_named(weights, "fc.bias", bias);
    for (size_t i = 0; i < CLASSES; i++)
        assert_true(logits[i] == unbiased[i] + bias[i]);
    for (size_t o = 0; o < OC; o++) {
        double sum = 0.0;
        for (size_t p = 0; p < (size_t)OUT * OUT; p++)
            sum += (double)want[p * OC + o];
        assert_true(fabs(sum / (OUT * OUT) - (double)mean[o]) <= 1e-5 * (1.0 + fabs(sum)));
    }
    feat_session_close(&session);
    feat_model_close(&model);
    feat_weights_close(&weights);
    assert_int_equal(feat_alloc_live(), 0);
}

/* Every preset, to another size than Inception-v3's: a grey picture stays grey, and nothing is written beside. */
static void pictures_get_its_size(void **state)
{
    (void)state;
    static float planes[3 * SIZE * SIZE + 1];
    static uint8_t rgb[40 * 30 * 3];
    memset(rgb, 128, sizeof rgb);
    for (size_t p = 0; feat_preset_at(p) != NULL; p++) {
        planes[3 * SIZE * SIZE] = 77.0f;
        assert_int_equal(preprocess_packed(planes, &net, rgb, 40, 30, feat_preset_at(p), NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < (size_t)3 * SIZE * SIZE; i++)
            assert_true(fabsf(planes[i]) < 0.01f);
        assert_true(planes[3 * SIZE * SIZE] == 77.0f);
    }
}

/* --- tables that are wrong ----------------------------------------------------------------------- */

static feat_op spoilt[N_OPS];

static void assert_refused(const char *says)
{
    feat_net wrong = net;
    feat_error err = {FEAT_OK, ""};
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    wrong.ops = spoilt;
    assert_int_equal(feat_weights_synth(&weights, 1, &wrong, &err), FEAT_OK);
    assert_int_equal(feat_model_create(&model, weights, NULL, &err), FEAT_ERR_ARG);
    assert_null(model);
    if (strstr(err.message, says) == NULL || strstr(err.message, "own-one: operation ") == NULL)
        fail_msg("%s; expected '%s'", err.message, says);
    feat_weights_close(&weights);
    memcpy(spoilt, ops, sizeof ops);
}

static void wrong_tables_are_refused(void **state)
{
    (void)state;
    memcpy(spoilt, ops, sizeof ops);
    spoilt[0].stride = 3;
    assert_refused("stride 1 or 2");
    spoilt[0].ph = 1;
    assert_refused("do not lead from the input's size to the output's");
    spoilt[0].dst = 2;
    assert_refused("a tensor that does not exist");
    spoilt[0].oc = 32;
    assert_refused("does not fit where it goes");
    spoilt[1].tap = N_TAPS;
    assert_refused("a tap that does not exist");
    spoilt[1].tap = TAP_PIXELS;
    assert_refused("not as many floats");
    spoilt[2].oc = 17;
    assert_refused("1 to 16 channels expected");
    spoilt[3].ic = 32;
    assert_refused("as many as its input has channels");
    spoilt[0] = ops[1];
    assert_refused("reads a tensor that is not complete");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_of_its_own_runs),
        cmocka_unit_test(pictures_get_its_size),
        cmocka_unit_test(wrong_tables_are_refused),
    };
    return cmocka_run_group_tests_name("own_net", tests, NULL, NULL);
}
