/* What counts as an image that is itself in the judge's reference (test_judge_features.c has what follows from it). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/metrics/judge/judge_fixture.h"

/* A copy whose last digits were lost on the way is one still; a look-alike is none. */
static void test_near_copies(void **state)
{
    (void)state;
    judge_plan plan = {
        .n_ref = 200, .n_real = 20, .n_gen = 20, .n_groups = 2, .d = 8, .labels = 3, .rho = 0.3, .seed = 5};
    judge_world w = judge_make(&plan);
    double x[2 * 8];
    gmet_judge_rows ref = {.g = w.ref, .n = 200, .d = 8}, images = {.g = x, .n = 2, .d = 8};
    gmet_judge_ref *r;
    gmet_judge_ref_parts parts;
    unsigned char copies[2], drop[200];
    double out[20], typical = 0.0;
    size_t dropped = 0;
    assert_int_equal(gmet_judge_ref_create(&r, &ref, NULL, NULL, NULL, NULL), FEAT_OK);
    gmet_judge_ref_view(&parts, r);
    for (size_t i = 0; i < 200; i++)
        typical += parts.radii[i] / 200.0;
    for (size_t c = 0; c < 8; c++) {
        x[c] = w.ref[c] + (c == 3 ? 1e-7 * typical : 0.0);
        x[8 + c] = w.ref[8 + c] + (c == 3 ? 1e-5 * typical : 0.0);
    }
    assert_int_equal(gmet_judge_features(out, copies, r, &images, NULL, NULL, NULL), FEAT_OK);
    assert_true(copies[0] == 1 && copies[1] == 0);
    assert_int_equal(gmet_judge_ref_copies(drop, r, &images, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < 200; i++)
        dropped += drop[i];
    assert_true(drop[0] == 1 && dropped == 1);
    gmet_judge_ref_close(&r);
    judge_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
