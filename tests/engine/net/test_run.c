/* feat_session_run as its caller sees it, with two small networks, one of which runs layers of several images together:
 * what its errors say, that it can be stopped, how it tells its progress, and structures of other versions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/engine/net/two_nets.h"

enum { SIZE = TWO_SIZE, FLOATS = TWO_FLOATS, OC = TWO_DIM, N = 37 };
enum { TAP_FIRST = TWO_FIRST, TAP_SECOND = TWO_SECOND, N_TAPS = TWO_TAPS };

static float images[N * FLOATS], first[N * OC], second[N * OC];
static const feat_output outputs[N_TAPS] = {{TAP_FIRST, first, OC}, {TAP_SECOND, second, OC}};

/* A network on a pool. */
typedef struct runner {
    feat_weights *weights;
    feat_model *model;
    feat_pool *pool;
    feat_session *session;
} runner;

static void open_runner(runner *r, size_t net, size_t n_threads)
{
    feat_error err;
    *r = (runner){NULL, NULL, NULL, NULL};
    if (feat_weights_synth(&r->weights, 1, &two_nets[net], &err) != FEAT_OK ||
        feat_model_create(&r->model, r->weights, NULL, &err) != FEAT_OK ||
        feat_pool_create(&r->pool, n_threads, &err) != FEAT_OK ||
        feat_session_create(&r->session, r->model, r->pool, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        images[i] = (float)(i * 7919 % 256) / 128.0f - 1.0f;
}

static void close_runner(runner *r)
{
    feat_session_close(&r->session);
    feat_pool_close(&r->pool);
    feat_model_close(&r->model);
    feat_weights_close(&r->weights);
    assert_int_equal(feat_alloc_live(), 0);
}

/* --- errors --------------------------------------------------------------------------------------- */

static void assert_says(feat_session *session, const float *from, const feat_output *wanted, size_t n,
                        feat_status status, const char *says)
{
    feat_error err = {FEAT_OK, ""};
    assert_int_equal(feat_session_run(session, from, 3, wanted, n, NULL, &err), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.message, says);
    assert_int_equal(feat_session_run(session, from, 3, wanted, n, NULL, NULL), status);
}

static void errors_say_what_and_where(void **state)
{
    (void)state;
    runner r;
    open_runner(&r, 0, 1);
    feat_output wrong[2] = {outputs[0], outputs[1]};
    assert_says(r.session, images, wrong, 0, FEAT_ERR_ARG, "no outputs are asked for");
    assert_says(r.session, images, NULL, 1, FEAT_ERR_ARG, "no outputs are asked for");
    assert_says(r.session, NULL, wrong, 2, FEAT_ERR_ARG, "images is NULL");
    wrong[1].stride = OC - 1;
    assert_says(r.session, images, wrong, 2, FEAT_ERR_ARG,
                "outputs[1]: tap 'second': a stride of 16 or more expected, 15 found");
    wrong[1].data = NULL;
    assert_says(r.session, images, wrong, 2, FEAT_ERR_ARG, "outputs[1]: no memory for tap 'second': data is NULL");
    wrong[1].tap = N_TAPS;
    assert_says(r.session, images, wrong, 2, FEAT_ERR_ARG, "outputs[1]: taps 0 to 1 expected, 2 found");
    wrong[1] = wrong[0];
    assert_says(r.session, images, wrong, 2, FEAT_ERR_ARG, "outputs[1]: tap 'first' is asked for twice");
    images[2 * FLOATS + (2 * SIZE + 5) * SIZE + 20] = NAN;
    assert_says(r.session, images, outputs, 2, FEAT_ERR_NUMERIC,
                "images[2]: NaN or infinite at channel 2, row 5, column 20");
    close_runner(&r);
}

/* Pixels so bright that a sum overflows: of the images the second, of its taps the second. */
static void an_output_that_overflows_is_named(void **state)
{
    (void)state;
    runner r;
    open_runner(&r, 1, 2);
    for (size_t i = 0; i < FLOATS; i++)
        images[FLOATS + i] *= 1e38f;
    feat_error err = {FEAT_OK, ""};
    assert_int_equal(feat_session_run(r.session, images, 3, &outputs[1], 1, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "images[1]: tap 'second' is NaN or infinite at "));
    assert_int_equal(feat_session_run(r.session, images + 2 * FLOATS, 1, outputs, 2, NULL, &err), FEAT_OK);
    close_runner(&r);
}

/* --- stopping and progress ------------------------------------------------------------------------- */

/* Counts how often it is asked, and says yes from a certain time on. */
typedef struct question {
    atomic_int asked;
    int yes_after;
} question;

static int ask(void *ctx)
{
    question *q = ctx;
    return atomic_fetch_add(&q->asked, 1) >= q->yes_after;
}

static void a_stopped_run_says_so(void **state)
{
    (void)state;
    for (size_t net = 0; net < 2; net++)
        for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
            runner r;
            feat_error err = {FEAT_OK, ""};
            feat_run_options options;
            int flag = 1;
            open_runner(&r, net, n_threads);
            feat_run_options_init(&options, sizeof options);
            options.stop = feat_stop_flag;
            options.stop_ctx = &flag;
            memset(first, 0, sizeof first);
            assert_int_equal(feat_session_run(r.session, images, N, outputs, 2, &options, &err), FEAT_ERR_CANCELLED);
            assert_string_equal(err.message, "stopped by the caller, after 0 of 37 images");
            for (size_t i = 0; i < N * OC; i++)
                assert_true(first[i] == 0.0f); /* nothing was begun */
            flag = 0;
            assert_int_equal(feat_session_run(r.session, images, N, outputs, 2, &options, &err), FEAT_OK);
            close_runner(&r);
        }
}

/* However far it came: no image is begun after the answer, and the next run on this session is whole. */
static void a_run_stops_between_steps(void **state)
{
    (void)state;
    static float whole[2][N * OC];
    for (size_t net = 0; net < 2; net++)
        for (size_t n_threads = 1; n_threads <= 2; n_threads++) {
            runner r;
            feat_run_options options;
            question q = {0, 1 << 30};
            open_runner(&r, net, n_threads);
            feat_run_options_init(&options, sizeof options);
            options.stop = ask;
            options.stop_ctx = &q;
            assert_int_equal(feat_session_run(r.session, images, N, outputs, 2, &options, NULL), FEAT_OK);
            memcpy(whole[0], first, sizeof first);
            memcpy(whole[1], second, sizeof second);
            const int all = q.asked;
            assert_true(all > N); /* more often than images come */
            for (int after = 0; after < all; after += 1 + all / 11) {
                q.asked = 0;
                q.yes_after = after;
                feat_status status = feat_session_run(r.session, images, N, outputs, 2, &options, NULL);
                assert_int_equal(status, FEAT_ERR_CANCELLED);
                assert_in_range(q.asked, after + 1, after + (int)n_threads);
            }
            options.stop = NULL;
            assert_int_equal(feat_session_run(r.session, images, N, outputs, 2, &options, NULL), FEAT_OK);
            assert_memory_equal(whole[0], first, sizeof first);
            assert_memory_equal(whole[1], second, sizeof second);
            close_runner(&r);
        }
}

/* What the caller is told, and how often. */
typedef struct told {
    size_t n, last, calls;
} told;

static void tell(void *ctx, size_t done, size_t n)
{
    told *t = ctx;
    assert_true(done > t->last && done <= n);
    assert_int_equal(n, t->n);
    t->last = done;
    t->calls++;
}

static void progress_ends_with_the_last_image(void **state)
{
    (void)state;
    for (size_t net = 0; net < 2; net++)
        for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
            runner r;
            feat_run_options options;
            told t = {N, 0, 0};
            open_runner(&r, net, n_threads);
            feat_run_options_init(&options, sizeof options);
            options.progress = tell;
            options.progress_ctx = &t;
            assert_int_equal(feat_session_run(r.session, images, N, outputs, 2, &options, NULL), FEAT_OK);
            assert_int_equal(t.last, N);
            if (n_threads == 1)
                assert_int_equal(t.calls, net == 0 ? N : (N + 15) / 16); /* images; groups of 16 */
            close_runner(&r);
        }
}

/* --- structures of other versions ------------------------------------------------------------------- */

static void callers_of_other_versions(void **state)
{
    (void)state;
    struct {
        size_t struct_size;
        uint32_t isa_mask, numerics;
        unsigned char behind[64];
    } shorter;
    struct {
        feat_config known;
        double later;
    } longer;
    runner r;
    feat_error err = {FEAT_OK, ""};
    feat_model *model = NULL;
    open_runner(&r, 0, 1);
    memset(&shorter, 0xa5, sizeof shorter);
    feat_config_init((feat_config *)(void *)&shorter, offsetof(feat_config, pool));
    assert_int_equal(shorter.isa_mask, UINT32_MAX);
    for (size_t i = 0; i < sizeof shorter.behind; i++)
        assert_int_equal(shorter.behind[i], 0xa5); /* where this library has a pool */
    assert_int_equal(feat_model_create(&model, r.weights, (const feat_config *)(const void *)&shorter, &err), FEAT_OK);
    feat_model_close(&model);
    shorter.isa_mask = 0; /* it is read */
    assert_int_equal(feat_model_create(&model, r.weights, (const feat_config *)(const void *)&shorter, &err),
                     FEAT_ERR_UNSUPPORTED);

    memset(&longer, 0xa5, sizeof longer);
    feat_config_init(&longer.known, sizeof longer);
    assert_int_equal(longer.known.struct_size, sizeof longer);
    assert_true(longer.later == 0.0);
    assert_int_equal(feat_model_create(&model, r.weights, &longer.known, &err), FEAT_OK);
    feat_model_close(&model);
    longer.later = 1.0;
    assert_int_equal(feat_model_create(&model, r.weights, &longer.known, &err), FEAT_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "feat_config: byte "));
    longer.known.struct_size = 0;
    assert_int_equal(feat_model_create(&model, r.weights, &longer.known, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "call feat_config_init(&it, sizeof it) first"));

    feat_run_options options = {.stop = NULL};
    assert_int_equal(feat_session_run(r.session, images, 1, outputs, 2, &options, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "call feat_run_options_init(&it, sizeof it) first"));
    close_runner(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_say_what_and_where),     cmocka_unit_test(an_output_that_overflows_is_named),
        cmocka_unit_test(a_stopped_run_says_so),         cmocka_unit_test(a_run_stops_between_steps),
        cmocka_unit_test(progress_ends_with_the_last_image), cmocka_unit_test(callers_of_other_versions),
    };
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
