/* The converter on well-formed files of every container: the same values in, the same flat file out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/flat/flat.h"
#include "tests/weights/weightgen.h"
#include "weights/convert.h"

static char folder[256], in_path[300], out_path[300];
static gen_list list; /* large: not on the stack */
static feat_convert_report report;

static int setup(void **state)
{
    (void)state;
    gen_folder(folder);
    (void)snprintf(in_path, sizeof in_path, "%s/in", folder);
    (void)snprintf(out_path, sizeof out_path, "%s/out.iv3", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

static void convert_path(const char *in, feat_dtype dtype, const feat_net *net)
{
    const feat_convert_options options = {in, out_path, dtype, net};
    feat_error err = {FEAT_OK, ""};
    if (feat_convert_among(&options, gen_maps, &report, &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

static void convert(const gen_buf *b, feat_dtype dtype, const feat_net *net)
{
    gen_write_file(in_path, b->p, b->n);
    convert_path(in_path, dtype, net);
}

static feat_weights *open_out(void)
{
    feat_weights *w = NULL;
    feat_error err;
    if (feat_weights_open_among(&w, out_path, gen_nets, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(feat_weights_verify(w, &err), FEAT_OK);
    return w;
}

/* out_path holds exactly the synthetic weights, seed 1, of this network. */
static void assert_synth(const feat_net *net)
{
    feat_weights *w = open_out(), *synth = NULL;
    feat_weights_info have, want;
    assert_int_equal(feat_weights_synth(&synth, 1, net, NULL), FEAT_OK);
    assert_int_equal(feat_weights_describe(w, &have, NULL), FEAT_OK);
    assert_int_equal(feat_weights_describe(synth, &want, NULL), FEAT_OK);
    assert_ptr_equal(have.net, net);
    assert_int_equal(have.n_classes, want.n_classes);
    assert_int_equal(have.n_tensors, want.n_tensors);
    assert_int_equal(have.n_parameters, want.n_parameters);
    assert_memory_equal(have.content_sha256, want.content_sha256, 32);
    assert_memory_equal(report.content_sha256, want.content_sha256, 32);
    assert_memory_equal(report.source_sha256, have.source_sha256, 32);
    assert_ptr_equal(report.net, net);
    assert_int_equal(report.n_classes, want.n_classes);
    feat_weights_close(&synth);
    feat_weights_close(&w);
}

static int has_notice(const char *part)
{
    for (size_t i = 0; i < report.n_notices; i++) {
        if (strstr(report.notices[i], part) != NULL)
            return 1;
    }
    return 0;
}

static void test_legacy(void **state)
{
    (void)state;
    for (int strided = 0; strided < 2; strided++) {
        gen_buf b = {NULL, 0, 0};
        gen_fill(&list, &gen_fid, strided, 0);
        gen_legacy(&b, &list);
        convert(&b, FEAT_FLOAT32, NULL);
        assert_synth(&gen_fid);
        assert_string_equal(report.container, "PyTorch legacy container");
        assert_string_equal(report.name, "in");
        assert_int_equal(report.known, 0);
        assert_true(has_notice("not a file known") && !has_notice("are ignored"));
        assert_true(has_notice("a PyTorch legacy container has no checksums"));
        gen_put(&b, "more", 4);
        convert(&b, FEAT_FLOAT32, NULL);
        assert_synth(&gen_fid);
        assert_true(has_notice("4 bytes after the last tensor are ignored"));
        gen_clear(&list);
        gen_free(&b);
    }
}

/* Two views of one storage, and a view that starts inside it. */
static void test_shared_storage(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    gen_fill(&list, &gen_fid, 1, 0);
    gen_tensor *g = gen_find(&list, "fc.weight");
    unsigned char *grown = feat_calloc(1, g->data_bytes + 12);
    memcpy(grown + 12, g->data, g->data_bytes);
    feat_free(g->data);
    g->data = grown;
    g->data_bytes += 12;
    g->numel += 3;
    g->offset = 3;
    gen_legacy(&b, &list);
    convert(&b, FEAT_FLOAT32, NULL);
    assert_synth(&gen_fid);
    gen_clear(&list);
    gen_free(&b);
}

static void test_zip(void **state)
{
    (void)state;
    static const gen_zip_options options[] = {{.zip64 = 0}, {.zip64 = 1}, {.byteorder = "little"}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        gen_buf b = {NULL, 0, 0};
        gen_fill(&list, &gen_fid, i == 1, 0);
        gen_zip(&b, &list, &options[i]);
        convert(&b, FEAT_FLOAT32, NULL);
        assert_synth(&gen_fid);
        assert_string_equal(report.container, "PyTorch zip container");
        assert_false(has_notice("has no checksums"));
        gen_clear(&list);
        gen_free(&b);
    }
}

static void test_safetensors(void **state)
{
    (void)state;
    static const gen_safetensors_options plain = {0}, rounded = {.bfloat16 = 1};
    gen_buf b = {NULL, 0, 0};
    gen_fill(&list, &gen_fid, 0, 0);
    gen_safetensors(&b, &list, &plain);
    convert(&b, FEAT_FLOAT32, NULL);
    assert_synth(&gen_fid);
    assert_string_equal(report.container, "safetensors file");
    /* a dense layer that was stored as a convolution over the whole picture */
    gen_tensor *g = gen_find(&list, "fc.weight");
    g->rank = 4;
    g->shape[2] = g->shape[3] = 1;
    b.n = 0;
    gen_safetensors(&b, &list, &plain);
    convert(&b, FEAT_FLOAT32, NULL);
    assert_synth(&gen_fid);
    g->rank = 2;
    b.n = 0;
    gen_safetensors(&b, &list, &rounded);
    convert(&b, FEAT_FLOAT32, NULL);
    feat_weights *w = open_out();
    for (size_t i = 0; i < feat_weights_count(w); i++) {
        const feat_tensor *t = feat_weights_at(w, i);
        uint32_t values[512], want[512];
        assert_int_equal(feat_weights_read(w, i, (float *)values, NULL), FEAT_OK);
        feat_synth_fill(1, t, (float *)want);
        for (size_t k = 0; k < t->n_elements; k++)
            assert_int_equal(values[k], want[k] & 0xffff0000);
    }
    feat_weights_close(&w);
    gen_clear(&list);
    gen_free(&b);
}

/* float16 in: the values are the roundings. float16 out: the same bytes from either source. */
static void test_half(void **state)
{
    (void)state;
    static const gen_zip_options plain = {0};
    unsigned char digest[2][32];
    for (int half = 0; half < 2; half++) {
        gen_buf b = {NULL, 0, 0};
        gen_fill(&list, &gen_fid, 0, half);
        gen_zip(&b, &list, &plain);
        convert(&b, FEAT_FLOAT16, NULL);
        memcpy(digest[half], report.content_sha256, 32);
        convert(&b, half ? FEAT_FLOAT32 : FEAT_FLOAT16, NULL);
        feat_weights *w = open_out();
        for (size_t i = 0; i < feat_weights_count(w); i++) {
            const feat_tensor *t = feat_weights_at(w, i);
            float values[512], want[512];
            assert_int_equal(t->dtype, half ? FEAT_FLOAT32 : FEAT_FLOAT16);
            assert_int_equal(feat_weights_read(w, i, values, NULL), FEAT_OK);
            feat_synth_fill(1, t, want);
            for (size_t k = 0; k < t->n_elements; k++)
                want[k] = feat_half_widen(feat_half_round(want[k]));
            assert_memory_equal(values, want, t->n_elements * sizeof(float));
        }
        feat_weights_close(&w);
        gen_clear(&list);
        gen_free(&b);
    }
    assert_memory_equal(digest[0], digest[1], 32);
}

/* Four classes, or an auxiliary head, mean torchvision; the auxiliary head is dropped. */
static void test_torchvision(void **state)
{
    (void)state;
    static const gen_zip_options plain = {0};
    gen_buf b = {NULL, 0, 0};
    gen_fill(&list, &gen_torchvision, 0, 0);
    gen_add(&list, "AuxLogits.fc.weight", 7);
    gen_zip(&b, &list, &plain);
    convert(&b, FEAT_FLOAT32, NULL);
    assert_synth(&gen_torchvision);
    gen_clear(&list);
    b.n = 0;

    gen_fill(&list, &gen_fid, 0, 0);
    gen_add(&list, "AuxLogits.conv0.conv.weight", 2);
    gen_zip(&b, &list, &plain);
    convert(&b, FEAT_FLOAT32, NULL);
    assert_ptr_equal(report.net, &gen_torchvision);
    assert_int_equal(report.n_classes, 5);
    convert(&b, FEAT_FLOAT32, &gen_fid);
    assert_synth(&gen_fid);
    assert_true(has_notice("looks like variant torchvision"));
    gen_clear(&list);
    gen_free(&b);
}

static void test_graphdef(void **state)
{
    (void)state;
    for (int values = 0; values < 3; values++) {
        const gen_pb_options options = {.values = values};
        gen_buf b = {NULL, 0, 0};
        gen_fill(&list, &gen_fid, 0, 0);
        gen_pb(&b, &list, &options);
        convert(&b, FEAT_FLOAT32, NULL);
        assert_synth(&gen_fid);
        assert_string_equal(report.container, "TensorFlow GraphDef");
        assert_true(has_notice("gamma is not 1 and in use in 3 "));
        gen_clear(&list);
        gen_free(&b);
    }
}

/* Values of a tensor in out_path. */
static void read_out(const char *name, float *values)
{
    feat_weights *w = open_out();
    assert_int_equal(feat_weights_read(w, feat_weights_find(w, name), values, NULL), FEAT_OK);
    feat_weights_close(&w);
}

static void test_graphdef_gamma(void **state)
{
    (void)state;
    const gen_pb_options unscaled = {.unscaled = 1}, splat = {.splat = "conv/batchnorm/beta"};
    gen_buf b = {NULL, 0, 0};
    float values[16];
    gen_fill(&list, &gen_fid, 0, 0);
    gen_pb(&b, &list, &unscaled);
    convert(&b, FEAT_FLOAT32, NULL);
    assert_true(has_notice("switched off (scale_after_normalization) in 3 "));
    read_out("Stem_1a.bn.weight", values);
    for (int i = 0; i < 4; i++)
        assert_true(values[i] == 1.0f);
    b.n = 0;
    gen_pb(&b, &list, &splat);
    convert(&b, FEAT_FLOAT32, NULL);
    read_out("Stem_1a.bn.bias", values);
    for (int i = 0; i < 4; i++)
        assert_memory_equal(&values[i], gen_find(&list, "Stem_1a.bn.bias")->data, 4);
    gen_clear(&list);
    gen_free(&b);
}

static void test_tfjs(void **state)
{
    (void)state;
    gen_buf raw = {NULL, 0, 0};
    gen_fill(&list, &gen_keras, 1, 0);
    for (int i = 0; i < 4; i++) {
        const gen_tfjs_options options = {.modules = i & 1, .first = i < 2 ? 0 : 95};
        char path[300], model[340];
        unsigned char sha[32];
        (void)snprintf(path, sizeof path, "%s/tfjs%d", folder, i);
        assert_int_equal(mkdir(path, 0777), 0);
        gen_tfjs(path, &list, &options, &raw);
        (void)snprintf(model, sizeof model, "%s/%s", path, options.modules ? "model.min.js" : "model.json");
        convert_path(model, FEAT_FLOAT32, NULL);
        memcpy(sha, report.source_sha256, 32);
        convert_path(path, FEAT_FLOAT32, NULL);
        assert_synth(&gen_keras);
        assert_memory_equal(report.source_sha256, sha, 32);
        assert_string_equal(report.container, options.modules
                                                  ? "TensorFlow.js layers-model in JavaScript modules"
                                                  : "TensorFlow.js layers-model");
    }
    gen_clear(&list);
    gen_free(&raw);
}

/* No gamma in the source: none in the file, or ones where the variant asked for has it. */
static void test_tfjs_no_gamma(void **state)
{
    (void)state;
    const gen_tfjs_options options = {.no_gamma = 1};
    gen_buf raw = {NULL, 0, 0};
    float values[16];
    gen_fill(&list, &gen_keras, 1, 0);
    gen_tfjs(folder, &list, &options, &raw);
    convert_path(folder, FEAT_FLOAT32, NULL);
    assert_int_equal(report.n_tensors, 3 * 4 + 2);
    feat_weights *w = open_out();
    assert_true(feat_weights_find(w, "Stem_1a.bn.weight") == SIZE_MAX);
    feat_weights_close(&w);
    convert_path(folder, FEAT_FLOAT32, &gen_torchvision);
    assert_int_equal(report.n_tensors, 3 * 5 + 2);
    read_out("Stem_1a.bn.weight", values);
    for (int i = 0; i < 4; i++)
        assert_true(values[i] == 1.0f);
    gen_clear(&list);
    gen_free(&raw);
}

/* q * scale + min in double, rounded once. */
static void test_tfjs_quantised(void **state)
{
    (void)state;
    static const char *const dtypes[] = {"uint8", "uint16", "float16"};
    for (size_t d = 0; d < 3; d++) {
        const gen_tfjs_options options = {.dtype = dtypes[d], .no_gamma = 1, .modules = d == 0};
        gen_buf raw = {NULL, 0, 0};
        float values[16];
        char path[300];
        gen_fill(&list, &gen_keras, 1, 0);
        (void)snprintf(path, sizeof path, "%s/q%zu", folder, d);
        assert_int_equal(mkdir(path, 0777), 0);
        gen_tfjs(path, &list, &options, &raw);
        convert_path(path, FEAT_FLOAT32, NULL);
        read_out("Mix_5b.branch_a.bn.running_var", values);
        for (size_t i = 0; i < 5; i++) {
            uint16_t q = (uint16_t)(i * 97);
            double product = (d == 0 ? q & 255 : q) * GEN_SCALE;
            float original, want = (float)(product + GEN_MIN);
            memcpy(&original, gen_find(&list, "Mix_5b.branch_a.bn.running_var")->data + 4 * i, 4);
            if (d == 2)
                want = feat_half_widen(feat_half_round(original));
            assert_memory_equal(&values[i], &want, 4);
        }
        gen_clear(&list);
        gen_free(&raw);
    }
}

static void test_tfjs_two_dense(void **state)
{
    (void)state;
    const gen_tfjs_options options = {.no_gamma = 1, .two_dense = 1};
    gen_buf raw = {NULL, 0, 0};
    gen_fill(&list, &gen_keras, 1, 0);
    gen_tensor *second = gen_add(&list, "second.weight", 12);
    second->rank = 2;
    second->shape[0] = 3;
    second->shape[1] = 4;
    gen_add(&list, "second.bias", 3);
    gen_tfjs(folder, &list, &options, &raw);
    convert_path(folder, FEAT_FLOAT32, NULL);
    assert_int_equal(report.n_classes, 3);
    feat_weights *w = open_out();
    const feat_tensor *t = feat_weights_at(w, feat_weights_find(w, "fc.1.weight"));
    assert_non_null(t);
    assert_int_equal(t->shape[0], 3);
    assert_int_equal(t->shape[1], 4);
    assert_true(feat_weights_find(w, "fc.0.bias") != SIZE_MAX);
    assert_true(feat_weights_find(w, "fc.weight") == SIZE_MAX);
    feat_weights_close(&w);
    gen_clear(&list);
    gen_free(&raw);
}

static void test_known(void **state)
{
    (void)state;
    unsigned char sha[32] = {0x67, 0x26, 0x82, 0x5d, 0x0a, 0xf5, 0xf7, 0x29, 0xce, 0xbd, 0x58,
                             0x21, 0xdb, 0x51, 0x0b, 0x11, 0xb1, 0xcf, 0xad, 0x8f, 0xaa, 0xd8,
                             0x8a, 0x03, 0xf1, 0xbe, 0xfd, 0x49, 0xfb, 0x91, 0x29, 0xb2};
    assert_string_equal(feat_weights_known(sha), "pt_inception-2015-12-05-6726825d.pth");
    assert_int_equal(feat_weights_known_file(sha)->bytes, 95628359);
    assert_non_null(feat_weights_known_file(sha)->licence);
    sha[31] ^= 1;
    assert_null(feat_weights_known(sha));
    assert_null(feat_weights_known_content(sha));
    feat_error err;
    feat_weights *synthetic = NULL;
    feat_weights_info info;
    assert_int_equal(feat_weights_synth(&synthetic, 1, feat_net_find("dinov2-vits14"), &err), FEAT_OK);
    assert_int_equal(feat_weights_describe(synthetic, &info, &err), FEAT_OK);
    assert_string_equal(feat_weights_known_content(info.content_sha256), "synth:1"); /* whatever a file calls itself */
    feat_weights_close(&synthetic);
    size_t n_vgg = 0;
    for (size_t i = 0; feat_weights_known_at(i) != NULL; i++) {
        const feat_known_file *file = feat_weights_known_at(i);
        size_t digits = strlen(file->sha256);
        assert_true((digits == 64 || digits == 8) && strspn(file->sha256, "0123456789abcdef") == digits);
        assert_non_null(feat_net_find(file->network));
        n_vgg += strstr(file->name, "vgg16") != NULL;
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(file->sha256, feat_weights_known_at(k)->sha256);
    }
    assert_int_equal(n_vgg, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_legacy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shared_storage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_zip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_safetensors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torchvision, setup, teardown),
        cmocka_unit_test_setup_teardown(test_graphdef, setup, teardown),
        cmocka_unit_test_setup_teardown(test_graphdef_gamma, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tfjs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tfjs_no_gamma, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tfjs_quantised, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tfjs_two_dense, setup, teardown),
        cmocka_unit_test(test_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
