/* Sessions and models: nothing allocated while running, refusals, no leak when memory runs out, flush-to-zero
 * noticed, and heads of several layers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/ops/step.h"
#include "tests/engine/base/fp_modes.h"
#include "tests/engine/net/net_data.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* One model serves most tests here. */
static feat_model *model;
static float *image;

static int open_model(void **state)
{
    (void)state;
    model = net_model(&feat_inception_v3_fid, FEAT_NUMERICS_EXACT, UINT32_MAX);
    image = feat_alloc_array(NET_FLOATS, sizeof *image);
    if (image == NULL)
        return -1;
    net_load(image, "plasma_32x32", "tf1");
    return 0;
}

static int close_model(void **state)
{
    (void)state;
    feat_free(image);
    feat_model_close(&model);
    return feat_alloc_live() == 0 ? 0 : -1;
}

static feat_session *open_session(feat_pool *pool)
{
    feat_session *session = NULL;
    assert_int_equal(feat_session_create(&session, model, pool, NULL), FEAT_OK);
    return session;
}

/* --- running ------------------------------------------------------------------------------------------ */

static void running_allocates_nothing(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= 3; n_threads += 2) {
        feat_pool *pool = NULL;
        feat_output outputs[NET_TAPS];
        float *data;
        assert_int_equal(feat_pool_create(&pool, n_threads, NULL), FEAT_OK);
        size_t n_outputs = net_outputs(outputs, &data, model, 1);
        feat_session *session = open_session(pool);
        size_t calls = feat_alloc_calls(), live = feat_alloc_live();
        feat_alloc_fail_after(0);
        feat_status status = feat_session_run(session, image, 1, outputs, n_outputs, NULL, NULL);
        feat_alloc_fail_after(-1);
        assert_int_equal(status, FEAT_OK);
        assert_int_equal(feat_alloc_calls(), calls);
        assert_int_equal(feat_alloc_live(), live);
        feat_session_close(&session);
        feat_pool_close(&pool);
        feat_free(data);
    }
}

/* Floats between rows of the caller's matrix stay as they were. */
static void strides_are_respected(void **state)
{
    (void)state;
    enum { STRIDE = 64 + 3 };
    float out[STRIDE], before[STRIDE];
    for (size_t i = 0; i < STRIDE; i++)
        before[i] = out[i] = -5.5f;
    feat_session *session = open_session(NULL);
    feat_output output = {NET_64, out, STRIDE};
    assert_int_equal(feat_session_run(session, image, 1, &output, 1, NULL, NULL), FEAT_OK);
    assert_memory_equal(out + 64, before + 64, (STRIDE - 64) * sizeof *out);
    assert_memory_not_equal(out, before, 64 * sizeof *out);
    feat_session_close(&session);
}

/* Features shrink and grow with the input: a session keeps nothing of the picture before. */
static void a_session_keeps_nothing(void **state)
{
    (void)state;
    float first[192], again[192], *other = feat_alloc_array(NET_FLOATS, sizeof *other);
    assert_non_null(other);
    net_load(other, "discs_64x48", "tf1");
    feat_session *session = open_session(NULL);
    feat_output output = {NET_192, first, 192};
    assert_int_equal(feat_session_run(session, image, 1, &output, 1, NULL, NULL), FEAT_OK);
    output.data = again;
    assert_int_equal(feat_session_run(session, other, 1, &output, 1, NULL, NULL), FEAT_OK);
    assert_memory_not_equal(first, again, sizeof first);
    assert_int_equal(feat_session_run(session, image, 1, &output, 1, NULL, NULL), FEAT_OK);
    assert_memory_equal(first, again, sizeof first);
    feat_session_close(&session);
    feat_free(other);
}

static void bad_calls_are_refused(void **state)
{
    (void)state;
    float out[64];
    feat_session *session = open_session(NULL);
    feat_output good = {NET_64, out, 64}, shorter = {NET_64, out, 63}, none = {NET_64, NULL, 64};
    feat_output unknown = {(feat_tap)NET_TAPS, out, 64}, twice[2] = {good, good};
    assert_int_equal(feat_session_run(session, image, 1, &shorter, 1, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(feat_session_run(session, image, 1, &none, 1, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(feat_session_run(session, image, 1, &unknown, 1, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(feat_session_run(session, image, 1, twice, 2, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(feat_session_run(session, image, 1, NULL, 1, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(feat_session_run(session, image, 1, &good, 0, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(feat_session_run(session, NULL, 1, &good, 1, NULL, NULL), FEAT_ERR_ARG);
    assert_int_equal(feat_session_run(session, NULL, 0, &good, 1, NULL, NULL), FEAT_OK); /* no images are no error */
    feat_session_close(&session);
    feat_session_close(&session);
    feat_session_close(NULL);
    feat_model_close(NULL);
}

/* A classifier that overflows: the call says so, for the tap concerned only. */
static void an_infinite_output_is_reported(void **state)
{
    (void)state;
    if (test_chosen_level() == TEST_QUICK)
        skip();
    static float logits[NET_MAX_TAP], unbiased[NET_MAX_TAP];
    feat_session *session = open_session(NULL);
    feat_output outputs[] = {{NET_LOGITS_UNBIASED, unbiased, NET_MAX_TAP},
                             {NET_LOGITS, logits, NET_MAX_TAP}};
    float *bias = &model->packed[model->dense[0].bias_offset + 1007], kept = *bias;
    *bias = INFINITY;
    feat_status with_bias = feat_session_run(session, image, 1, outputs, 2, NULL, NULL);
    *bias = NAN;
    feat_status with_nan = feat_session_run(session, image, 1, outputs, 2, NULL, NULL);
    feat_status without = feat_session_run(session, image, 1, outputs, 1, NULL, NULL);
    *bias = kept;
    assert_int_equal(with_bias, FEAT_ERR_NUMERIC);
    assert_int_equal(with_nan, FEAT_ERR_NUMERIC);
    assert_int_equal(without, FEAT_OK);
    feat_session_close(&session);
}

/* One bad pixel would be hidden by the first ReLU. */
static void an_infinite_pixel_is_reported(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    static float features[NET_FEATURES];
    feat_session *session = open_session(NULL);
    feat_output out = {NET_2048, features, NET_FEATURES};
    float kept = image[NET_FLOATS - 1];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        image[NET_FLOATS - 1] = bad[i];
        assert_int_equal(feat_session_run(session, image, 1, &out, 1, NULL, NULL), FEAT_ERR_NUMERIC);
    }
    image[NET_FLOATS - 1] = kept;
    feat_session_close(&session);
}

static void taps_are_described(void **state)
{
    (void)state;
    static const char *const names[] = {"64", "192", "768", "2048", "spatial", "logits_unbiased", "logits"};
    static const size_t dims[] = {64, 192, 768, 2048, 2023, 1008, 1008};
    for (int tap = 0; tap < NET_TAPS; tap++) {
        assert_string_equal(feat_net_tap_name(&feat_inception_v3_fid, (feat_tap)tap), names[tap]);
        assert_int_equal(feat_tap_dim(model, (feat_tap)tap), dims[tap]);
    }
    const feat_net *net = feat_model_net(model);
    assert_ptr_equal(net, &feat_inception_v3_fid);
    assert_int_equal(feat_net_n_taps(net), NET_TAPS);
    assert_int_equal(feat_net_input_floats(net), NET_FLOATS);
    assert_int_equal(feat_net_tap(net, FEAT_ROLE_FEATURES), NET_2048);
    assert_int_equal(feat_net_tap(net, FEAT_ROLE_SPATIAL), NET_SPATIAL);
    assert_int_equal(feat_net_tap(net, FEAT_ROLE_LOGITS_UNBIASED), NET_LOGITS_UNBIASED);
    assert_int_equal(feat_net_tap(net, FEAT_ROLE_LOGITS), NET_LOGITS);
    assert_int_equal(feat_net_find_tap(net, "768"), NET_768);
    assert_int_equal(feat_net_find_tap(net, "767"), FEAT_NO_TAP);
    assert_non_null(feat_preset_find(feat_net_preset_name(net)));
    assert_null(feat_net_tap_name(&feat_inception_v3_fid, (feat_tap)NET_TAPS));
    assert_int_equal(feat_tap_dim(model, (feat_tap)NET_TAPS), 0);
    size_t one = feat_session_bytes(model, 1), four = feat_session_bytes(model, 4);
    assert_in_range(one, 1 << 20, 100 << 20);
    assert_true(four > 3 * one && four <= 4 * one);
    assert_int_equal(feat_session_bytes(model, 0), one);
    assert_int_equal(feat_session_bytes(model, SIZE_MAX / 2), SIZE_MAX);
}

/* --- flush to zero ------------------------------------------------------------------------------------ */

static void flush_to_zero_is_noticed(void **state)
{
    (void)state;
#if defined(__x86_64__)
    if (!fp_flushes_as_told()) {
        print_message("skipped: this machine keeps denormal numbers, whatever it is told\n");
        skip();
    }
    static const unsigned bits[] = {0x8000, 0x0040}; /* FTZ: results; DAZ: operands */
    for (size_t i = 0; i < 2; i++) {
        feat_error err = {FEAT_OK, ""};
        feat_session *session = NULL;
        unsigned before = _mm_getcsr();
        _mm_setcsr(before | bits[i]);
        feat_status status = feat_session_create(&session, model, NULL, &err);
        _mm_setcsr(before);
        assert_int_equal(status, FEAT_ERR_UNSUPPORTED);
        assert_null(session);
        assert_non_null(strstr(err.message, "denormal"));
    }
#else
    print_message("skipped: the control register is written on x86-64 only\n");
    skip();
#endif
}

/* --- running out of memory ---------------------------------------------------------------------------- */

static void a_session_without_memory(void **state)
{
    (void)state;
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 2, NULL), FEAT_OK);
    size_t live = feat_alloc_live();
    for (long n = 0;; n++) {
        feat_error err = {FEAT_OK, ""};
        feat_session *session = (feat_session *)(void *)&err; /* must become NULL */
        feat_alloc_fail_after(n);
        feat_status status = feat_session_create(&session, model, pool, &err);
        feat_alloc_fail_after(-1);
        if (status == FEAT_OK) {
            assert_in_range(n, 2, 16);
            feat_session_close(&session);
            break;
        }
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_int_equal(err.status, FEAT_ERR_NOMEM);
        assert_null(session);
        assert_int_equal(feat_alloc_live(), live);
    }
    assert_int_equal(feat_alloc_live(), live);
    feat_pool_close(&pool);
}

static void a_pool_without_memory(void **state)
{
    (void)state;
    size_t live = feat_alloc_live();
    for (long n = 0;; n++) {
        feat_pool *pool = (feat_pool *)(void *)&live;
        feat_alloc_fail_after(n);
        feat_status status = feat_pool_create(&pool, 3, NULL);
        feat_alloc_fail_after(-1);
        if (status == FEAT_OK) {
            assert_in_range(n, 1, 16);
            feat_pool_close(&pool);
            break;
        }
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_null(pool);
        assert_int_equal(feat_alloc_live(), live);
    }
    assert_int_equal(feat_alloc_live(), live);
}

/* Loading takes its time, so only the first allocations, some in between and the last fail here. */
static void a_model_without_memory(void **state)
{
    (void)state;
    feat_weights *weights = NULL;
    feat_model *m = NULL;
    assert_int_equal(feat_weights_synth(&weights, 1, feat_net_at(0), NULL), FEAT_OK);
    size_t live = feat_alloc_live(), calls = feat_alloc_calls();
    if (test_chosen_level() == TEST_QUICK)
        calls = 0;
    else
        assert_int_equal(feat_model_create(&m, weights, NULL, NULL), FEAT_OK);
    long n_calls = calls == 0 ? 3 : (long)(feat_alloc_calls() - calls), failed = 0;
    feat_model_close(&m);
    for (long n = 0; n < n_calls; n = n < 6 ? n + 1 : n_calls - 1 > n ? n_calls - 1 : n_calls) {
        feat_error err = {FEAT_OK, ""};
        m = (feat_model *)(void *)&err;
        feat_alloc_fail_after(n);
        feat_status status = feat_model_create(&m, weights, NULL, &err);
        feat_alloc_fail_after(-1);
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_int_equal(err.status, FEAT_ERR_NOMEM);
        assert_null(m);
        assert_int_equal(feat_alloc_live(), live);
        failed++;
    }
    assert_in_range(failed, 3, 8);
    feat_weights_close(&weights);
}

/* --- heads of several layers, from a file ------------------------------------------------------------- */

enum { HIDDEN = 37, CLASSES = 5, MAX_LIST = 600, N_HEAD = 4 };

/* A keras network: the convolutions of synth:1 and a head made here. */
typedef struct head_file {
    feat_weights *synth;
    feat_tensor list[MAX_LIST];
    size_t n;
    struct {
        const char *name; /* of a tensor whose value 7 is replaced; NULL: none */
        float value;
    } spoil[2];
    feat_tensor_reader reader; /* of synth */
    float w0[HIDDEN * NET_FEATURES], b0[HIDDEN], w1[CLASSES * HIDDEN], b1[CLASSES];
} head_file;

static void set_tensor(feat_tensor *t, const char *name, uint32_t rank, uint32_t rows, uint32_t columns)
{
    memset(t, 0, sizeof *t);
    snprintf(t->name, sizeof t->name, "%s", name);
    t->rank = rank;
    t->shape[0] = rows;
    t->shape[1] = columns;
    t->n_elements = (uint64_t)rows * (rank == 2 ? columns : 1);
}

static void fill(float *x, size_t n, float size, uint32_t state)
{
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = ((float)(state >> 21) * 0x1p-10f - 1.0f) *
               size; /* 11 bits: exact in float16 for size a power of two */
    }
}

static head_file *make_head_file(void)
{
    head_file *h = feat_calloc(1, sizeof *h);
    assert_non_null(h);
    assert_int_equal(feat_weights_synth(&h->synth, 1, &feat_inception_v3_keras, NULL), FEAT_OK);
    size_t n_convs = feat_weights_count(h->synth) - 2;
    assert_true(n_convs + N_HEAD <= MAX_LIST);
    for (size_t i = 0; i < n_convs; i++)
        h->list[i] = *feat_weights_at(h->synth, i);
    set_tensor(&h->list[n_convs], "fc.0.weight", 2, HIDDEN, NET_FEATURES);
    set_tensor(&h->list[n_convs + 1], "fc.0.bias", 1, HIDDEN, 0);
    set_tensor(&h->list[n_convs + 2], "fc.1.weight", 2, CLASSES, HIDDEN);
    set_tensor(&h->list[n_convs + 3], "fc.1.bias", 1, CLASSES, 0);
    h->n = n_convs + N_HEAD;
    fill(h->w0, HIDDEN * NET_FEATURES, 0.03125f, 1);
    fill(h->b0, HIDDEN, 0.5f, 2);
    fill(h->w1, CLASSES * HIDDEN, 0.25f, 3);
    fill(h->b1, CLASSES, 0.5f, 4);
    return h;
}

static feat_status tensor_values(void *ctx, size_t index, const feat_tensor *tensor, size_t first, size_t n, float *dst,
                                 feat_error *err)
{
    head_file *h = ctx;
    const float *head[N_HEAD] = {h->w0, h->b0, h->w1, h->b1};
    if (index + N_HEAD >= h->n) {
        memcpy(dst, head[index + N_HEAD - h->n] + first, n * sizeof *dst);
        return FEAT_OK;
    }
    feat_status status = first == 0 ? feat_weights_begin(&h->reader, h->synth, index, err) : FEAT_OK;
    if (status == FEAT_OK)
        status = feat_weights_next(&h->reader, dst, n, err);
    for (size_t i = 0; i < 2; i++)
        if (first == 0 && h->spoil[i].name != NULL && strcmp(tensor->name, h->spoil[i].name) == 0)
            dst[7] = h->spoil[i].value;
    return status;
}

/* Writes the file under a fresh directory and opens a model of it; gives the status of the model. */
static feat_status model_of(head_file *h, feat_dtype dtype, feat_model **out, feat_error *err)
{
    const char *tmp = getenv("TMPDIR");
    char folder[256], path[300];
    feat_weights *weights = NULL;
    snprintf(folder, sizeof folder, "%s/bonafide-head-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/head.iv3", folder);
    feat_weights_spec spec = {.net = &feat_inception_v3_keras,
                              .name = "test",
                              .dtype = dtype,
                              .tensors = h->list,
                              .n_tensors = h->n};
    feat_status status = feat_weights_write(path, &spec, tensor_values, h, NULL, err);
    if (status == FEAT_OK)
        status = feat_weights_open(&weights, path, err);
    unlink(path);
    rmdir(folder);
    if (status != FEAT_OK)
        fail_msg("%s", err->message);
    status = feat_model_create(out, weights, NULL, err);
    feat_weights_close(&weights);
    return status;
}

/* One layer by the contract: a chain of fused multiply-adds from the bias (or zero) over the inputs in order. */
static void dense(float *out, const float *in, const float *w, const float *bias, size_t n_out, size_t n_in,
                  int relu)
{
    for (size_t o = 0; o < n_out; o++) {
        float acc = bias == NULL ? 0.0f : bias[o];
        for (size_t i = 0; i < n_in; i++)
            acc = fmaf(w[o * n_in + i], in[i], acc);
        out[o] = relu && !(acc > 0.0f) ? 0.0f : acc;
    }
}

static void a_head_of_two_layers(void **state)
{
    (void)state;
    if (test_chosen_level() == TEST_QUICK)
        skip();
    feat_error err = {FEAT_OK, ""};
    feat_model *m = NULL;
    feat_session *session = NULL;
    head_file *h = make_head_file();
    static float features[NET_FEATURES];
    float hidden[HIDDEN], expected[CLASSES], unbiased[CLASSES], logits[CLASSES];
    if (model_of(h, FEAT_FLOAT16, &m, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(feat_tap_dim(m, NET_LOGITS), CLASSES);
    assert_int_equal(feat_tap_dim(m, NET_LOGITS_UNBIASED), CLASSES);
    assert_int_equal(feat_session_create(&session, m, NULL, &err), FEAT_OK);
    feat_output outputs[] = {{NET_2048, features, NET_FEATURES},
                             {NET_LOGITS_UNBIASED, unbiased, CLASSES},
                             {NET_LOGITS, logits, CLASSES}};
    assert_int_equal(feat_session_run(session, image, 1, outputs, 3, NULL, NULL), FEAT_OK);
    dense(hidden, features, h->w0, h->b0, HIDDEN, NET_FEATURES, 1);
    dense(expected, hidden, h->w1, NULL, CLASSES, HIDDEN, 0);
    assert_memory_equal(unbiased, expected, sizeof expected);
    for (size_t i = 0; i < CLASSES; i++)
        expected[i] += h->b1[i];
    assert_memory_equal(logits, expected, sizeof expected);
    feat_session_close(&session);
    feat_model_close(&m);
    feat_weights_close(&h->synth);
    feat_free(h);
}

/* Numbers that make no batch norm. */
static void bad_batch_norms_are_refused(void **state)
{
    (void)state;
    if (test_chosen_level() == TEST_QUICK)
        skip();
    feat_error err = {FEAT_OK, ""};
    feat_model *m = NULL;
    head_file *h = make_head_file();
    h->spoil[0].name = "Mixed_5c.branch1x1.bn.running_var";
    h->spoil[0].value = -0.25f;
    size_t live = feat_alloc_live();
    assert_int_equal(model_of(h, FEAT_FLOAT16, &m, &err), FEAT_ERR_NUMERIC);
    assert_null(m);
    assert_non_null(strstr(err.message, "Mixed_5c.branch1x1.bn.running_var"));
    assert_non_null(strstr(err.message, "channel 7"));
    h->spoil[0].name = "Mixed_5c.branch1x1.bn.running_mean";
    h->spoil[0].value = 3e38f;
    h->spoil[1].name = "Mixed_5c.branch1x1.bn.bias";
    h->spoil[1].value = -3e38f;
    assert_int_equal(model_of(h, FEAT_FLOAT32, &m, &err), FEAT_ERR_NUMERIC);
    assert_null(m);
    assert_non_null(strstr(err.message, "batch norm of 'Mixed_5c.branch1x1' overflows in channel 7"));
    assert_int_equal(feat_alloc_live(), live);
    feat_weights_close(&h->synth);
    feat_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_allocates_nothing),      cmocka_unit_test(strides_are_respected),
        cmocka_unit_test(a_session_keeps_nothing),        cmocka_unit_test(bad_calls_are_refused),
        cmocka_unit_test(an_infinite_output_is_reported),
        cmocka_unit_test(an_infinite_pixel_is_reported), cmocka_unit_test(taps_are_described),
        cmocka_unit_test(flush_to_zero_is_noticed),       cmocka_unit_test(a_session_without_memory),
        cmocka_unit_test(a_pool_without_memory),          cmocka_unit_test(a_model_without_memory),
        cmocka_unit_test(a_head_of_two_layers),           cmocka_unit_test(bad_batch_norms_are_refused),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
