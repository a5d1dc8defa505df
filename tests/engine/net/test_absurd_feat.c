/* Every public function of libfeat with NULL in the place of each pointer, one after the other. Each call is a
 * process of its own: one that crashes or does not end is a failure, with its name. test_absurd.c has the same of
 * libgmet. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/feat.h"

enum { SIDE = 8, MOST_ARGS = 8, SECONDS = 120 };

static float image[3 * 299 * 299], features[2048];
static uint8_t pixels[SIDE * SIDE * 3];
static feat_weights *weights;
static feat_model *model;
static feat_session *session;
static void *made;
static feat_weights_info info;
static feat_model_memory memory;
static uint32_t mask;
static char text[] = "scalar", nowhere[] = "/nonexistent/x.iv3";
static feat_picture picture = {.data = pixels, .h = SIDE, .w = SIDE}, no_pixels = {.h = SIDE, .w = SIDE},
                    many_pixels = {.data = pixels, .h = SIZE_MAX, .w = SIZE_MAX};
static feat_output output = {.data = features, .stride = 2048}, no_output = {.stride = 2048};
static const feat_net *net;
static const feat_preset *preset;

#define CALL(f, ...)                                                                                                   \
    static feat_status call_##f(void **a, feat_error *err)                                                             \
    {                                                                                                                  \
        return f(__VA_ARGS__, err);                                                                                    \
    }
#define GET(f, zero, ...)                                                                                              \
    static feat_status call_##f(void **a, feat_error *err)                                                             \
    {                                                                                                                  \
        (void)err;                                                                                                     \
        return f(__VA_ARGS__) == (zero) ? FEAT_ERR_ARG : FEAT_OK;                                                      \
    }
CALL(feat_weights_open, a[0], a[1])
CALL(feat_weights_from_memory, a[0], a[1], sizeof text, a[2])
CALL(feat_weights_synth, a[0], 1, a[1])
CALL(feat_weights_describe, a[0], a[1])
CALL(feat_weights_verify, a[0])
CALL(feat_weights_save, a[0], a[1], FEAT_FLOAT32)
CALL(feat_isa_mask_parse, a[0], a[1])
CALL(feat_model_create, a[0], a[1], NULL)
CALL(feat_model_bytes, a[0], a[1], NULL)
CALL(feat_session_create, a[0], a[1], NULL)
CALL(feat_session_run, a[0], a[1], 1, a[2], 1, NULL)
CALL(feat_preprocess, a[0], a[1], a[2], a[3], NULL)
CALL(feat_pool_create, a[0], 1)
GET(feat_net_find, NULL, a[0])
GET(feat_net_name, NULL, a[0])
GET(feat_net_family, NULL, a[0])
GET(feat_net_variant_name, NULL, a[0])
GET(feat_net_find_variant, NULL, a[0], a[1])
GET(feat_net_input_floats, 0, a[0])
GET(feat_net_n_taps, 0, a[0])
GET(feat_net_tap_name, NULL, a[0], 0)
GET(feat_net_find_tap, FEAT_NO_TAP, a[0], a[1])
GET(feat_net_tap_dim, 0, a[0], 0)
GET(feat_net_tap, FEAT_NO_TAP, a[0], FEAT_ROLE_FEATURES)
GET(feat_net_preset_name, NULL, a[0])
GET(feat_weights_net, NULL, a[0])
GET(feat_weights_dtype, FEAT_AS_IS, a[0])
GET(feat_weights_n_stored, 0, a[0], FEAT_FLOAT32)
GET(feat_model_net, NULL, a[0])
GET(feat_model_isa, NULL, a[0])
GET(feat_tap_dim, 0, a[0], 0)
GET(feat_session_bytes, 0, a[0], 1)
GET(feat_preset_find, NULL, a[0])
GET(feat_preset_same_pixels, 0, a[0], a[1])
GET(feat_preprocess_scratch_bytes, 0, a[0], SIDE, SIDE, a[1])
GET(feat_stop_flag, 0, a[0])

static feat_status call_others(void **a, feat_error *err)
{
    (void)err;
    feat_weights_close(a[0]);
    feat_model_close(a[0]);
    feat_session_close(a[0]);
    feat_pool_close(a[0]);
    feat_config_init(a[0], sizeof(feat_config));
    feat_run_options_init(a[0], SIZE_MAX);
    feat_parallel_for(a[0], 3, NULL, NULL);
    (void)feat_net_input(a[0]);
    (void)feat_net_scaling(a[0], a[0]);
    (void)feat_model_numerics(a[0]);
    (void)feat_model_has_tiles(a[0]);
    (void)feat_net_tap_name(net, 99);
    (void)feat_net_tap_dim(net, (feat_tap)-1);
    (void)feat_status_name((feat_status)99);
    (void)feat_isa_name(SIZE_MAX);
    (void)feat_isa_usable(SIZE_MAX);
    (void)feat_numerics_name((feat_numerics)99);
    return feat_pool_threads(a[0]) == 1 ? FEAT_ERR_ARG : FEAT_OK;
}

/* Of each argument n: a pointer that is needed; o: one that may be NULL. */
typedef struct call {
    const char *name;
    feat_status (*call)(void **a, feat_error *err);
    const char *kinds;
    const void *args[MOST_ARGS]; /* those of handles, networks and presets are where these are */
} call;
#define ROW(f, kinds, ...)                                                                                             \
    {                                                                                                                  \
#f, call_##f, kinds,                                                                                           \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
static const call calls[] = {
    ROW(feat_weights_open, "nn", &made, nowhere),
    ROW(feat_weights_from_memory, "nno", &made, text, text),
    ROW(feat_weights_synth, "nn", &made, &net),
    ROW(feat_weights_describe, "nn", &weights, &info),
    ROW(feat_weights_verify, "n", &weights),
    ROW(feat_weights_save, "nn", &weights, nowhere),
    ROW(feat_isa_mask_parse, "nn", &mask, text),
    ROW(feat_model_create, "nn", &made, &weights),
    ROW(feat_model_bytes, "nn", &memory, &weights),
    ROW(feat_session_create, "nn", &made, &model),
    ROW(feat_session_run, "nnn", &session, image, &output),
    ROW(feat_preprocess, "nnnn", image, &net, &picture, &preset),
    ROW(feat_pool_create, "n", &made),
    ROW(feat_net_find, "n", text),
    ROW(feat_net_name, "n", &net),
    ROW(feat_net_family, "n", &net),
    ROW(feat_net_variant_name, "n", &net),
    ROW(feat_net_find_variant, "nn", text, text),
    ROW(feat_net_input_floats, "n", &net),
    ROW(feat_net_n_taps, "n", &net),
    ROW(feat_net_tap_name, "n", &net),
    ROW(feat_net_find_tap, "nn", &net, text),
    ROW(feat_net_tap_dim, "n", &net),
    ROW(feat_net_tap, "n", &net),
    ROW(feat_net_preset_name, "n", &net),
    ROW(feat_weights_net, "n", &weights),
    ROW(feat_weights_dtype, "n", &weights),
    ROW(feat_weights_n_stored, "n", &weights),
    ROW(feat_model_net, "n", &model),
    ROW(feat_model_isa, "n", &model),
    ROW(feat_tap_dim, "n", &model),
    ROW(feat_session_bytes, "n", &model),
    ROW(feat_preset_find, "n", text),
    ROW(feat_preset_same_pixels, "nn", &preset, &preset),
    ROW(feat_preprocess_scratch_bytes, "nn", &net, &preset),
    ROW(feat_stop_flag, "n", &mask),
    ROW(others, "n", NULL),
};

/* The status of the call; -1 where it crashed, did not end, or failed without a word. */
static int ends_with(const call *c, size_t at, const void *value)
{
    void *args[MOST_ARGS];
    memcpy(args, c->args, sizeof args);
    for (size_t i = 0; i < MOST_ARGS; i++)
        if (args[i] == &weights || args[i] == &model || args[i] == &session || args[i] == (void *)&net ||
            args[i] == (void *)&preset)
            args[i] = *(void **)args[i];
    memcpy(&args[at], &value, sizeof value);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        feat_error err = {FEAT_OK, "said"};
        signal(SIGSEGV, SIG_DFL); /* cmocka's would go on with the next test, in this process */
        signal(SIGFPE, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        alarm(SECONDS);
        int status = (int)c->call(args, &err);
        _exit(status != FEAT_OK && err.message[0] == 0 ? 100 : status);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) < 100 ? WEXITSTATUS(status) : -1;
}

static void null_is_said(void **state)
{
    (void)state;
    size_t n_wrong = 0;
    for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++)
        for (size_t i = 0; calls[k].kinds[i] != 0; i++) {
            int status = ends_with(&calls[k], i, NULL);
            if (calls[k].kinds[i] == 'n' ? status != FEAT_ERR_ARG : status < 0) {
                printf("%s: argument %zu NULL: %d\n", calls[k].name, i, status);
                n_wrong++;
            }
        }
    assert_int_equal(n_wrong, 0);
}

static void structures_that_cannot_be_are_said(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++) {
        if (strcmp(calls[k].name, "feat_preprocess") == 0) {
            assert_int_equal(ends_with(&calls[k], 2, &no_pixels), FEAT_ERR_ARG);
            assert_in_range(ends_with(&calls[k], 2, &many_pixels), FEAT_ERR_ARG, FEAT_ERR_NOMEM);
        }
        if (strcmp(calls[k].name, "feat_session_run") == 0)
            assert_int_equal(ends_with(&calls[k], 2, &no_output), FEAT_ERR_ARG);
    }
}

static int prepare(void **state)
{
    (void)state;
    net = feat_net_at(0);
    preset = feat_preset_at(0);
    output.tap = no_output.tap = feat_net_tap(net, FEAT_ROLE_FEATURES);
    return feat_weights_synth(&weights, 1, net, NULL) != FEAT_OK ||
           feat_model_create(&model, weights, NULL, NULL) != FEAT_OK ||
           feat_session_create(&session, model, NULL, NULL) != FEAT_OK;
}

static int clean_up(void **state)
{
    (void)state;
    feat_session_close(&session);
    feat_model_close(&model);
    feat_weights_close(&weights);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_said),
        cmocka_unit_test(structures_that_cannot_be_are_said),
    };
    return cmocka_run_group_tests(tests, prepare, clean_up);
}
