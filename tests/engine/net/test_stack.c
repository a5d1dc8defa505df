/* How much stack each call of the public header takes, of a thread whose stack was painted before: feat.h promises 32
 * KiB, so that a thread of musl (128 KiB) or of a small system can call everything.
 *
 *     test_stack --print   prints what each call took */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/net/model.h"
#include "tests/engine/net/net_data.h"
#include "tests/engine/net/two_nets.h"
#include "tests/stack_of.h"
#include "tests/weights/weightgen.h"

enum { N_IMAGES = 2 };

/* What the calls work on. */
typedef struct work {
    const feat_net *net;
    const feat_preset *preset;
    const char *path;
    feat_config config;
    feat_weights *weights;
    feat_model *model;
    feat_session *session;
    float *images, *rows;
    feat_status status;
    feat_error err;
} work;

static int printing;

static void check(const char *name, void *(*call)(void *), work *w)
{
    size_t bytes = stack_of(call, w);
    if (w->status != FEAT_OK)
        fail_msg("%s: %s", name, w->err.message);
    if (printing)
        printf("%-24s %-28s %6zu\n", w->net->name, name, bytes);
    if (bytes > STACK_PROMISED)
        fail_msg("%s, %s: %d bytes of stack promised, %zu taken", w->net->name, name, STACK_PROMISED, bytes);
}

static void *call_synth(void *arg)
{
    work *w = arg;
    w->status = feat_weights_synth(&w->weights, 1, w->net, &w->err);
    return NULL;
}

static void *call_describe(void *arg)
{
    work *w = arg;
    feat_weights_info info;
    w->status = feat_weights_describe(w->weights, &info, &w->err);
    return NULL;
}

static void *call_save(void *arg)
{
    work *w = arg;
    w->status = feat_weights_save(w->weights, w->path, FEAT_FLOAT16, &w->err);
    return NULL;
}

static void *call_open(void *arg)
{
    work *w = arg;
    feat_weights *opened = NULL;
    w->status = feat_weights_open(&opened, w->path, &w->err);
    if (w->status == FEAT_OK)
        w->status = feat_weights_verify(opened, &w->err);
    feat_weights_close(&opened);
    return NULL;
}

static void *call_bytes(void *arg)
{
    work *w = arg;
    feat_model_memory memory;
    w->status = feat_model_bytes_net(&memory, w->weights, w->net, &w->config, &w->err);
    return NULL;
}

static void *call_create(void *arg)
{
    work *w = arg;
    w->status = feat_model_create_net(&w->model, w->weights, w->net, &w->config, &w->err);
    return NULL;
}

static void *call_session(void *arg)
{
    work *w = arg;
    w->status = feat_session_create(&w->session, w->model, NULL, &w->err);
    return NULL;
}

static void *call_run(void *arg)
{
    work *w = arg;
    feat_output outputs[FEAT_MAX_TAPS];
    size_t n = 0, used = 0;
    for (feat_tap t = 0; t < feat_net_n_taps(w->net); t++) {
        size_t dim = feat_tap_dim(w->model, t);
        outputs[n++] = (feat_output){t, w->rows + used, dim};
        used += N_IMAGES * dim;
    }
    w->status = feat_session_run(w->session, w->images, N_IMAGES, outputs, n, NULL, &w->err);
    return NULL;
}

static void *call_preprocess(void *arg)
{
    static uint8_t bgr[50 * 70 * 3];
    work *w = arg;
    const feat_picture picture = {.data = bgr, .h = 50, .w = 69, .stride = 70 * 3, .order = FEAT_ORDER_BGR};
    w->status = feat_preprocess(w->images, w->net, &picture, w->preset, NULL, &w->err);
    return NULL;
}

static void check_model(work *w)
{
    size_t floats = 0;
    check("feat_model_bytes", call_bytes, w);
    check("feat_model_create", call_create, w);
    check("feat_session_create", call_session, w);
    for (feat_tap t = 0; t < feat_net_n_taps(w->net); t++)
        floats += N_IMAGES * feat_tap_dim(w->model, t);
    w->images = feat_calloc(N_IMAGES * feat_net_input_floats(w->net), sizeof *w->images);
    w->rows = feat_alloc_array(floats, sizeof *w->rows);
    assert_true(w->images != NULL && w->rows != NULL);
    check("feat_session_run", call_run, w);
    for (size_t p = 0; feat_preset_at(p) != NULL; p++) {
        w->preset = feat_preset_at(p);
        check(w->preset->name, call_preprocess, w);
    }
    feat_free(w->images);
    feat_free(w->rows);
    feat_session_close(&w->session);
    feat_model_close(&w->model);
}

/* Both numerics on each table of the mask. */
static void check_net(const feat_net *net, uint32_t tables)
{
    work w = {.net = net};
    check("feat_weights_synth", call_synth, &w);
    for (size_t t = 0; feat_isa_name(t) != NULL; t++)
        for (int n = 0; n < 2; n++) {
            feat_config_init(&w.config, sizeof w.config);
            w.config.isa_mask = UINT32_C(1) << t;
            w.config.numerics = n == 0 ? FEAT_NUMERICS_EXACT : FEAT_NUMERICS_SPLIT;
            if (feat_isa_usable(t) && (tables >> t & 1) != 0)
                check_model(&w);
        }
    feat_weights_close(&w.weights);
    assert_int_equal(feat_alloc_live(), 0);
}

static uint32_t best_table(void)
{
    uint32_t mask = 0;
    assert_int_equal(feat_isa_mask_parse(&mask, feat_isa_best(UINT32_MAX), NULL), FEAT_OK);
    return mask;
}

static void networks(void **state)
{
    (void)state;
    if (net_is_instrumented())
        skip(); /* its frames are other ones */
    check_net(&two_nets[0], UINT32_MAX);
    check_net(&two_nets[1], UINT32_MAX);
    if (test_chosen_level() == TEST_QUICK)
        return;
    check_net(&feat_inception_v3_fid, best_table());
    check_net(feat_net_find("dinov2-vits14"), best_table());
    for (size_t i = 1; feat_net_at(i) != NULL && test_chosen_level() == TEST_ALL; i++)
        check_net(feat_net_at(i), best_table());
}

static void files(void **state)
{
    (void)state;
    static char folder[256], path[300];
    work w = {.net = &feat_inception_v3_fid, .path = path};
    if (net_is_instrumented() || test_chosen_level() == TEST_QUICK)
        skip();
    gen_folder(folder);
    (void)snprintf(path, sizeof path, "%s/w.iv3", folder);
    check("feat_weights_synth", call_synth, &w);
    check("feat_weights_describe", call_describe, &w);
    check("feat_weights_save", call_save, &w);
    check("feat_weights_open, _verify", call_open, &w);
    feat_weights_close(&w.weights);
    gen_remove_folder(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(networks), cmocka_unit_test(files)};
    printing = argc > 1 && strcmp(argv[1], "--print") == 0;
    return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
