/* Models of weights that are not Inception-v3's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/feat.h"
#include "engine/net/model.h"
#include "tests/weights/weightgen.h"

/* The first test, since the peak is the whole program's. Most of the room beside the model is for a block of 16 output
 * channels of the widest layer: the largest layer is 6 MB. */
static void loading_keeps_no_second_copy(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    feat_model *m = NULL;
    assert_int_equal(feat_weights_synth(&w, 1, &feat_inception_v3_fid, NULL), FEAT_OK);
    assert_int_equal(feat_model_create(&m, w, NULL, NULL), FEAT_OK);
    size_t model_bytes = feat_alloc_bytes();
    assert_in_range(model_bytes, m->packed_floats * sizeof(float), m->packed_floats * sizeof(float) + (1 << 18));
    assert_in_range(feat_alloc_peak(), model_bytes, model_bytes + (512 << 10));
    feat_model_close(&m);
    feat_weights_close(&w);
}

/* Weights of another network: of a tiny one, and of one with a first layer of another size. */
static void other_networks_are_refused(void **state)
{
    (void)state;
    const feat_net *net = &feat_inception_v3_fid;
    feat_net spoilt = *net;
    feat_op *ops = feat_alloc_array(net->n_ops, sizeof *ops);
    const feat_net *const nets[] = {&gen_fid, &gen_fid, &spoilt};
    static const char *const says[] = {"tensor 'fc.weight': a matrix with 2048 columns expected",
                                       "tensor 'Conv2d_1a_3x3.bn.bias' (32) is missing",
                                       "tensor 'Conv2d_1a_3x3.bn.weight': shape 32 expected, 31 found"};
    feat_config config;
    assert_non_null(ops);
    memcpy(ops, net->ops, net->n_ops * sizeof *ops);
    ops[0].oc = 31;
    spoilt.ops = ops;
    size_t live = feat_alloc_live();
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
        feat_error err = {FEAT_OK, ""};
        feat_weights *w = NULL;
        feat_model *m = NULL;
        assert_int_equal(feat_weights_synth(&w, 1, nets[i], &err), FEAT_OK);
        feat_config_init(&config, sizeof config);
        config.no_classifier = i > 0;
        assert_int_equal(feat_model_create_net(&m, w, net, &config, &err), FEAT_ERR_FORMAT);
        assert_null(m);
        if (strstr(err.message, says[i]) == NULL)
            fail_msg("%s", err.message);
        feat_weights_close(&w);
    }
    assert_int_equal(feat_alloc_live(), live);
    feat_free(ops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(loading_keeps_no_second_copy),
                                       cmocka_unit_test(other_networks_are_refused)};
    return cmocka_run_group_tests_name("model_weights", tests, NULL, NULL);
}
