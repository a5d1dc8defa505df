/* What feat_model_bytes and feat_session_bytes say beforehand against what is really allocated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/net/model.h"
#include "tests/engine/net/two_nets.h"
#include "tests/level.h"
#include "tests/weights/weightgen.h"

static feat_error err;

/* With `bytes` more than there are now the model can be made, or cannot. */
static feat_status make_within(size_t bytes, feat_model **model, feat_weights *weights, const feat_net *net,
                               const feat_config *config)
{
    feat_alloc_limit(feat_alloc_bytes() + bytes);
    feat_status status = feat_model_create_net(model, weights, net, config, &err);
    feat_alloc_limit(SIZE_MAX);
    return status;
}

/* A model takes what was said, to the byte, and on the way no more than was said; a session no more than a few headers
 * of blocks beyond. Returns what it said. */
static feat_model_memory check(feat_weights *weights, const feat_net *net, const feat_config *config)
{
    feat_model_memory said;
    feat_model *model = NULL;
    feat_session *session = NULL;
    size_t before = feat_alloc_bytes();
    if (feat_model_bytes_net(&said, weights, net, config, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(feat_alloc_bytes(), before);
    assert_true(said.peak >= said.kept && said.kept > 0);
    assert_int_equal(make_within(said.kept - 1, &model, weights, net, config), FEAT_ERR_NOMEM);
    if (make_within(said.peak, &model, weights, net, config) != FEAT_OK)
        fail_msg("%s: %zu bytes are not enough: %s", net->name, said.peak, err.message);
    if (feat_alloc_bytes() - before != said.kept)
        fail_msg("%s: %zu bytes said, %zu found", net->name, said.kept, feat_alloc_bytes() - before);
    size_t with_model = feat_alloc_bytes(), promised = feat_session_bytes(model, 1);
    assert_int_equal(feat_session_create(&session, model, NULL, &err), FEAT_OK);
    assert_in_range(feat_alloc_bytes() - with_model, promised, promised + 8192); /* five blocks, some of whole pages */
    feat_session_close(&session);
    feat_model_close(&model);
    assert_int_equal(feat_alloc_bytes(), before);
    return said;
}

static void check_synth(const feat_net *net)
{
    feat_weights *weights = NULL;
    feat_config config;
    feat_pool *pool = NULL;
    assert_int_equal(feat_weights_synth(&weights, 1, net, &err), FEAT_OK);
    assert_int_equal(feat_pool_create(&pool, 3, &err), FEAT_OK);
    for (int i = 0; i < 8; i++) {
        feat_config_init(&config, sizeof config);
        config.no_classifier = i & 1;
        config.numerics = (i & 2) != 0 ? FEAT_NUMERICS_SPLIT : FEAT_NUMERICS_EXACT;
        config.pool = (i & 4) != 0 ? pool : NULL;
        if (net->n_ops < 10 || i == 0 || i == 7) /* of large ones, which take their time, the first and the last */
            (void)check(weights, net, &config);
    }
    feat_pool_close(&pool);
    feat_weights_close(&weights);
}

static void synthetic_weights(void **state)
{
    (void)state;
    check_synth(&two_nets[0]);
    check_synth(&two_nets[1]);
    if (test_chosen_level() == TEST_QUICK)
        return;
    check_synth(&feat_inception_v3_fid);
    check_synth(feat_net_find("dinov2-vits14"));
    if (test_chosen_level() == TEST_ALL)
        for (size_t i = 0; feat_net_at(i) != NULL; i++)
            check_synth(feat_net_at(i));
}

/* Nothing that could be given up again is counted: with one byte less, Inception-v3 cannot be loaded. */
static void the_peak_is_no_guess(void **state)
{
    (void)state;
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_model_memory said;
    if (test_chosen_level() == TEST_QUICK)
        skip();
    assert_int_equal(feat_weights_synth(&weights, 1, &feat_inception_v3_fid, &err), FEAT_OK);
    assert_int_equal(feat_model_bytes(&said, weights, NULL, &err), FEAT_OK);
    assert_int_equal(make_within(said.peak - 1, &model, weights, &feat_inception_v3_fid, NULL), FEAT_ERR_NOMEM);
    assert_null(model);
    feat_weights_close(&weights);
}

/* Of weights that are read where they lie nothing is allocated, but it is said how much that is. */
static void weights_in_place(void **state)
{
    (void)state;
    static char folder[256], path[300];
    static gen_buf file;
    feat_weights *w = NULL;
    const size_t panels = TWO_DIM * TWO_DIM * 10 * 10; /* floats of "fc": 16 outputs of 16 x 10 x 10 inputs */
    gen_folder(folder);
    (void)snprintf(path, sizeof path, "%s/w.iv3", folder);
    for (int dtype = FEAT_FLOAT32; dtype <= FEAT_FLOAT16; dtype++) {
        const size_t stored = panels * (dtype == FEAT_FLOAT16 ? 2 : 4);
        assert_int_equal(feat_weights_synth(&w, 1, &two_nets[1], &err), FEAT_OK);
        assert_int_equal(check(w, &two_nets[1], NULL).in_place, 0);
        assert_int_equal(feat_weights_save(w, path, (feat_dtype)dtype, &err), FEAT_OK);
        feat_weights_close(&w);
        assert_int_equal(feat_weights_open_among(&w, path, two_net_list, &err), FEAT_OK);
        const feat_model_memory disk = check(w, &two_nets[1], NULL);
        assert_int_equal(disk.in_place, stored);
        feat_weights_close(&w);
        (void)gen_read_file(path, &file);
        for (size_t shift = 0; shift < 2; shift++) {
            unsigned char *block = feat_alloc(file.n + shift);
            assert_non_null(block);
            memcpy(block + shift, file.p, file.n);
            assert_int_equal(feat_weights_from_memory_among(&w, block + shift, file.n, NULL, two_net_list, &err),
                             FEAT_OK);
            const feat_model_memory memory = check(w, &two_nets[1], NULL);
            assert_int_equal(memory.in_place, shift == 0 ? stored : 0);
            assert_int_equal(memory.kept - disk.kept, shift == 0 ? 0 : feat_alloc_takes(stored));
            feat_weights_close(&w);
            feat_free(block);
        }
    }
    gen_free(&file);
    gen_remove_folder(folder);
}

static void refusals_are_those_of_creating(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    feat_config config;
    feat_model_memory said;
    assert_int_equal(feat_weights_synth(&w, 1, &feat_inception_v3_fid, &err), FEAT_OK);
    feat_config_init(&config, sizeof config);
    config.isa_mask = 0;
    assert_int_equal(feat_model_bytes(&said, w, &config, &err), FEAT_ERR_UNSUPPORTED);
    assert_int_equal(said.kept, 0);
    config.struct_size = 0;
    assert_int_equal(feat_model_bytes(&said, w, &config, &err), FEAT_ERR_ARG);
    feat_alloc_fail_after(2);
    assert_int_equal(feat_model_bytes(&said, w, NULL, &err), FEAT_ERR_NOMEM);
    feat_alloc_fail_after(-1);
    feat_weights_close(&w);
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synthetic_weights),
        cmocka_unit_test(the_peak_is_no_guess),
        cmocka_unit_test(weights_in_place),
        cmocka_unit_test(refusals_are_those_of_creating),
    };
    return cmocka_run_group_tests_name("model_bytes", tests, NULL, NULL);
}
