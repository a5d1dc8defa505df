/* tools/features/featurize: rows in the order of the set for every number of threads and batch size, bad images
 * counted or fatal, and failures of sink, signal and memory passed on without a leak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/flat/flat.h"
#include "tests/engine/net/two_nets.h"
#include "tests/engine/resize/packed.h"
#include "tests/level.h"
#include "tools/features/featurize.h"

enum { N_ITEMS = 4, BAD_ITEM = 1, DIM = 64, WIDTH = 9, HEIGHT = 8 };

static feat_weights *weights;
static feat_model *model;
static char folder[256];

static void item_path(char path[300], int i)
{
    snprintf(path, 300, "%s/%d.ppm", folder, i);
}

static void write_item(int i)
{
    char path[300];
    item_path(path, i);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, i == BAD_ITEM ? "P6 broken" : "P6\n%d %d\n255\n", WIDTH, HEIGHT);
    for (int k = 0; k < WIDTH * HEIGHT * 3 && i != BAD_ITEM; k++)
        fputc((k * (7 + 4 * i)) & 255, file);
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    feat_error err;
    snprintf(folder, sizeof folder, "%s/featurize.XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL)
        return 1;
    for (int i = 0; i < N_ITEMS; i++)
        write_item(i);
    return feat_weights_synth(&weights, 1, feat_net_at(0), &err) != FEAT_OK ||
           feat_model_create(&model, weights, NULL, &err) != FEAT_OK;
}

static int teardown(void **state)
{
    (void)state;
    feat_model_close(&model);
    feat_weights_close(&weights);
    for (int i = 0; i < N_ITEMS; i++) {
        char path[300];
        item_path(path, i);
        unlink(path);
    }
    return rmdir(folder);
}

/* What the sink got: of one network, or of two. */
typedef struct taken {
    float rows[N_ITEMS][DIM], second[N_ITEMS][DIM];
    size_t n;
    bool two;
    feat_status answer;
} taken;

static feat_status take(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    taken *t = ctx;
    assert_int_equal(first, t->n);
    assert_true(first + n <= N_ITEMS);
    memcpy(t->rows[first], rows[0], n * sizeof t->rows[0]);
    if (t->two)
        memcpy(t->second[first], rows[1], n * sizeof t->second[0]);
    t->n += n;
    return t->answer == FEAT_OK ? FEAT_OK : feat_fail(err, t->answer, "the sink is full");
}

static bool always(void)
{
    return true;
}

typedef struct settings {
    size_t n_threads, batch;
    bool skip_bad;
    bool (*interrupted)(void);
} settings;

static feat_status run(taken *t, const settings *how, bf_featurize_report *report, feat_error *err)
{
    bf_featurizer *f = NULL;
    bf_set *set = NULL;
    feat_pool *pool = NULL;
    feat_status status = bf_set_open(&set, folder, err);
    if (status == FEAT_OK && how->n_threads > 1)
        status = feat_pool_create(&pool, how->n_threads, err);
    if (status == FEAT_OK)
        status = bf_featurizer_create(&f, model, pool, feat_preset_find("tf1"), how->batch, err);
    if (status == FEAT_OK && t->two)
        bf_featurizer_add(f, model, feat_preset_find("clean"));
    if (status == FEAT_OK) {
        feat_tap tap = feat_net_find_tap(feat_model_net(model), "64");
        bf_featurize_job job = {.set = set,
                                .taps = {tap, FEAT_MAX_TAPS + tap},
                                .n_taps = t->two ? 2 : 1,
                                .skip_bad = how->skip_bad,
                                .sink = take,
                                .ctx = t,
                                .interrupted = how->interrupted};
        status = bf_featurize(f, &job, report, err);
    }
    bf_featurizer_close(&f);
    feat_pool_close(&pool);
    bf_set_close(&set);
    return status;
}

/* Row `row` of one image alone, straight from the engine. */
static void expect_row(const float *row, int item, const char *preset)
{
    const feat_net *net = feat_model_net(model);
    float features[DIM], *input = malloc(feat_net_input_floats(net) * sizeof *input);
    uint8_t rgb[WIDTH * HEIGHT * 3];
    feat_error err;
    feat_session *session = NULL;
    feat_output output = {feat_net_find_tap(net, "64"), features, DIM};
    assert_non_null(input);
    for (int k = 0; k < WIDTH * HEIGHT * 3; k++)
        rgb[k] = (uint8_t)(k * (7 + 4 * item));
    assert_int_equal(preprocess_packed(input, net, rgb, HEIGHT, WIDTH, feat_preset_find(preset), NULL, &err), FEAT_OK);
    assert_int_equal(feat_session_create(&session, model, NULL, &err), FEAT_OK);
    assert_int_equal(feat_session_run(session, input, 1, &output, 1, NULL, NULL), FEAT_OK);
    feat_session_close(&session);
    free(input);
    assert_memory_equal(row, features, sizeof features);
}

static void rows_come_in_order(void **state)
{
    (void)state;
    static const settings ways[] = {
        {1, 1, true, NULL}, {2, 1, true, NULL}, {2, 3, true, NULL}, {5, 1, true, NULL}};
    static taken first, other;
    static bf_featurize_report report;
    feat_error err;
    memset(&first, 0, sizeof first);
    assert_int_equal(run(&first, &ways[0], &report, &err), FEAT_OK);
    assert_int_equal(first.n, N_ITEMS - 1);
    expect_row(first.rows[0], 0, "tf1");
    expect_row(first.rows[1], 2, "tf1");
    expect_row(first.rows[2], 3, "tf1");
    for (size_t i = 1; i < sizeof ways / sizeof ways[0]; i++) {
        memset(&other, 0, sizeof other);
        assert_int_equal(run(&other, &ways[i], &report, &err), FEAT_OK);
        assert_int_equal(report.n_rows, N_ITEMS - 1);
        assert_int_equal(report.n_bad, 1);
        assert_string_equal(report.names[0], "1.ppm");
        assert_memory_equal(&other, &first, sizeof first);
    }
}

/* An image is decoded once and goes through both; here they are one network with two presets. */
static void two_networks_have_rows_of_their_own(void **state)
{
    (void)state;
    static const settings ways[] = {{1, 2, true, NULL}, {2, 1, true, NULL}, {5, 1, true, NULL}};
    static taken both;
    static bf_featurize_report report;
    feat_error err;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        memset(&both, 0, sizeof both);
        both.two = true;
        assert_int_equal(run(&both, &ways[i], &report, &err), FEAT_OK);
        assert_int_equal(both.n, N_ITEMS - 1);
        assert_int_equal(report.n_bad, 1);
        expect_row(both.rows[1], 2, "tf1");
        expect_row(both.second[0], 0, "clean");
        expect_row(both.second[2], 3, "clean");
    }
}

static void a_bad_image_is_fatal_by_default(void **state)
{
    (void)state;
    static const settings ways[] = {{1, 1, false, NULL}, {2, 1, false, NULL}, {5, 1, false, NULL}};
    static taken t;
    static bf_featurize_report report;
    feat_error err;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        memset(&t, 0, sizeof t);
        assert_int_equal(run(&t, &ways[i], &report, &err), FEAT_ERR_FORMAT);
        assert_int_equal(t.n, 0);
        assert_int_equal(report.n_bad, 1);
        assert_int_equal(report.n_named, 1);
        assert_non_null(strstr(err.message, "1 of 4 images cannot be read"));
    }
}

static void failures_are_passed_on(void **state)
{
    (void)state;
    static const settings plain = {2, 1, true, NULL}, stopped = {2, 1, true, always};
    static taken t;
    static bf_featurize_report report;
    feat_error err;
    memset(&t, 0, sizeof t);
    t.answer = FEAT_ERR_IO;
    assert_int_equal(run(&t, &plain, &report, &err), FEAT_ERR_IO);
    assert_string_equal(err.message, "the sink is full");
    memset(&t, 0, sizeof t);
    assert_int_equal(run(&t, &stopped, &report, &err), FEAT_ERR_IO);
    assert_string_equal(err.message, "interrupted");
    assert_int_equal(t.n, 0);
}

/* Each allocation fails once, on both ways through a group; under valgrind every seventh. */
static void lack_of_memory_leaks_nothing(void **state)
{
    (void)state;
    static const settings ways[] = {{1, 2, true, NULL}, {5, 1, true, NULL}};
    static taken t;
    static bf_featurize_report report;
    feat_error err;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        size_t before = feat_alloc_live();
        feat_status status = FEAT_ERR_NOMEM;
        for (long n = 0; status != FEAT_OK; n += test_chosen_level() == TEST_QUICK ? 7 : 1) {
            memset(&t, 0, sizeof t);
            feat_alloc_fail_after(n);
            status = run(&t, &ways[i], &report, &err);
            feat_alloc_fail_after(-1);
            assert_int_equal(feat_alloc_live(), before);
            assert_true(status == FEAT_OK || status == FEAT_ERR_NOMEM);
            assert_true(n < 200);
        }
        assert_int_equal(t.n, N_ITEMS - 1);
    }
}

/* Weights of a small network, those of its convolution as large as they can be: pixels that differ from grey make sums
 * that overflow, grey ones do not. */
static feat_status large_values(void *ctx, size_t index, const feat_tensor *tensor, size_t first, size_t n, float *dst,
                                feat_error *err)
{
    static feat_tensor_reader reader;
    feat_status status = first == 0 ? feat_weights_begin(&reader, ctx, index, err) : FEAT_OK;
    if (status == FEAT_OK)
        status = feat_weights_next(&reader, dst, n, err);
    for (size_t i = 0; i < n && tensor->rank == 4; i++)
        dst[i] = 3e38f;
    return status;
}

static feat_model *large_model(void)
{
    char path[300];
    feat_error err = {FEAT_OK, ""};
    feat_weights *synth = NULL, *large = NULL;
    feat_model *m = NULL;
    feat_tensor list[8];
    snprintf(path, sizeof path, "%s.iv3", folder);
    assert_int_equal(feat_weights_synth(&synth, 1, &two_nets[0], &err), FEAT_OK);
    feat_weights_spec spec = {.net = &two_nets[0], .name = "large", .dtype = FEAT_FLOAT32, .tensors = list};
    spec.n_tensors = feat_weights_count(synth);
    assert_true(spec.n_tensors <= sizeof list / sizeof list[0]);
    for (size_t i = 0; i < spec.n_tensors; i++)
        list[i] = *feat_weights_at(synth, i);
    if (feat_weights_write(path, &spec, large_values, synth, NULL, &err) != FEAT_OK ||
        feat_weights_open_among(&large, path, two_net_list, &err) != FEAT_OK ||
        feat_model_create(&m, large, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    unlink(path);
    feat_weights_close(&large);
    feat_weights_close(&synth);
    return m;
}

/* Of a tile of two images the second is not finite in either of two networks. */
static void who_is_not_finite_is_named(void **state)
{
    (void)state;
    feat_error err = {FEAT_OK, ""};
    static bf_featurize_report report;
    static taken t;
    feat_model *large = large_model();
    bf_featurizer *f = NULL;
    bf_set *set = NULL;
    char grey[300];
    item_path(grey, 0);
    FILE *file = fopen(grey, "wb");
    assert_non_null(file);
    fprintf(file, "P6\n%d %d\n255\n", WIDTH, HEIGHT);
    for (int k = 0; k < WIDTH * HEIGHT * 3; k++)
        fputc(128, file);
    assert_int_equal(fclose(file), 0);
    item_path(grey, BAD_ITEM);
    unlink(grey);
    assert_int_equal(bf_set_open(&set, folder, &err), FEAT_OK);
    assert_int_equal(bf_featurizer_create(&f, large, NULL, feat_preset_find("tf1"), 2, &err), FEAT_OK);
    bf_featurizer_add(f, large, feat_preset_find("clean"));
    bf_featurize_job job = {
        .set = set, .taps = {TWO_FIRST, FEAT_MAX_TAPS + TWO_FIRST}, .n_taps = 2, .sink = take, .ctx = &t};
    assert_int_equal(bf_featurize(f, &job, &report, &err), FEAT_ERR_NUMERIC);
    assert_string_equal(err.message, "2.ppm: the network's output is NaN or infinite");
    bf_featurizer_close(&f);
    bf_set_close(&set);
    feat_model_close(&large);
    write_item(0);
    write_item(BAD_ITEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_order),
        cmocka_unit_test(two_networks_have_rows_of_their_own),
        cmocka_unit_test(a_bad_image_is_fatal_by_default),
        cmocka_unit_test(failures_are_passed_on),
        cmocka_unit_test(lack_of_memory_leaks_nothing),
        cmocka_unit_test(who_is_not_finite_is_named),
    };
    return cmocka_run_group_tests_name("featurize", tests, setup, teardown);
}
