/* Models of weights that are not Inception-v3's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat_synth.h"
#include "engine/iv3.h"
#include "tests/weights/weightgen.h"

/* Weights of another network: of a tiny one, and of one with a first layer of another size. */
static void other_networks_are_refused(void **state)
{
    (void)state;
    static iv3_conv_name convs[IV3_N_CONVS];
    iv3_layout layout = iv3_inception_layout;
    const iv3_layout *const layouts[] = {&gen_layout, &gen_layout, &layout};
    static const char *const says[] = {"tensor 'fc.weight': a matrix with 2048 columns expected",
                                       "tensor 'Conv2d_1a_3x3.bn.bias' (32) is missing",
                                       "tensor 'Conv2d_1a_3x3.bn.weight': shape 32 expected, 31 found"};
    iv3_config config;
    memcpy(convs, layout.convs, sizeof convs);
    convs[0].oc = 31;
    layout.convs = convs;
    size_t live = iv3_alloc_live();
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
        iv3_error err = {IV3_OK, ""};
        iv3_weights *w = NULL;
        iv3_model *m = NULL;
        assert_int_equal(iv3_weights_synth_layout(&w, 1, IV3_VARIANT_FID, layouts[i], &err), IV3_OK);
        iv3_config_default(&config);
        config.no_classifier = i > 0;
        assert_int_equal(iv3_model_create(&m, w, &config, &err), IV3_ERR_FORMAT);
        assert_null(m);
        if (strstr(err.message, says[i]) == NULL)
            fail_msg("%s", err.message);
        iv3_weights_close(&w);
    }
    assert_int_equal(iv3_alloc_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(other_networks_are_refused)};
    return cmocka_run_group_tests_name("model_weights", tests, NULL, NULL);
}
