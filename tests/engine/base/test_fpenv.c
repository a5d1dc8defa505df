/* A host process that computes otherwise than C promises is told so, by metrics as by sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fenv.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/fpenv.h"
#include "metrics/gmet.h"
#include "tests/engine/base/fp_modes.h"

static feat_error err;

static feat_status add_rows(void)
{
    static const float rows[4] = {1.0f, 2.0f, 3.0f, 4.0f};
    gmet_moments *m = NULL;
    err = (feat_error){FEAT_OK, ""};
    if (gmet_moments_create(&m, 2, NULL, &err) != FEAT_OK)
        return FEAT_ERR_NOMEM;
    feat_status status = gmet_moments_add(m, rows, 2, 2, &err);
    gmet_moments_close(&m);
    return status;
}

static void is_default(void **state)
{
    (void)state;
    assert_true(feat_fpenv_is_default());
    assert_int_equal(add_rows(), FEAT_OK);
}

static void rounding(void **state)
{
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    (void)state;
    if (!fp_rounds_as_told()) {
        print_message("skipped: this machine rounds to nearest, whatever it is told\n");
        skip();
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fesetround(modes[i]), 0);
        bool found = feat_fpenv_is_default();
        feat_status status = add_rows();
        assert_int_equal(fesetround(FE_TONEAREST), 0);
        assert_false(found);
        assert_int_equal(status, FEAT_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.message, "does not round to nearest"));
    }
    assert_true(feat_fpenv_is_default());
}

static void flushing(void **state)
{
    (void)state;
    if (!fp_flushes_as_told()) {
        print_message("skipped: this machine keeps denormal numbers, whatever it is told\n");
        skip();
    }
#if defined(__x86_64__)
    static const unsigned bits[] = {0x8000, 0x0040}; /* FTZ: results; DAZ: operands */
    for (size_t i = 0; i < 2; i++) {
        unsigned kept = _mm_getcsr();
        _mm_setcsr(kept | bits[i]);
        bool found = feat_fpenv_is_default();
        feat_status status = add_rows();
        _mm_setcsr(kept);
        assert_false(found);
        assert_int_equal(status, FEAT_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.message, "flushes denormal numbers"));
    }
#elif defined(__aarch64__)
    uint64_t kept, flush;
    __asm__ volatile("mrs %0, fpcr" : "=r"(kept));
    flush = kept | UINT64_C(1) << 24;
    __asm__ volatile("msr fpcr, %0" : : "r"(flush));
    bool found = feat_fpenv_is_default();
    feat_status status = add_rows();
    __asm__ volatile("msr fpcr, %0" : : "r"(kept));
    assert_false(found);
    assert_int_equal(status, FEAT_ERR_UNSUPPORTED);
#endif
    assert_int_equal(add_rows(), FEAT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_default),
        cmocka_unit_test(rounding),
        cmocka_unit_test(flushing),
    };
    return cmocka_run_group_tests_name("fpenv", tests, NULL, NULL);
}
