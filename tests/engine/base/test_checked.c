/* engine/base/checked.h: arithmetic at and beyond the edge of size_t. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/checked.h"

static void add_stops_at_the_largest_size(void **state)
{
    (void)state;
    size_t out = 7;
    assert_true(feat_add_size(2, 3, &out));
    assert_int_equal(out, 5);
    assert_true(feat_add_size(SIZE_MAX, 0, &out));
    assert_true(out == SIZE_MAX);
    assert_true(feat_add_size(SIZE_MAX - 9, 9, &out));
    assert_true(out == SIZE_MAX);
    out = 7;
    assert_false(feat_add_size(SIZE_MAX, 1, &out));
    assert_false(feat_add_size(1, SIZE_MAX, &out));
    assert_false(feat_add_size(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, &out));
    assert_int_equal(out, 7); /* a refused result is not written */
}

static void mul_stops_at_the_largest_size(void **state)
{
    (void)state;
    const size_t half_bits = (size_t)1 << (sizeof(size_t) * 4);
    size_t out = 7;
    assert_true(feat_mul_size(6, 7, &out));
    assert_int_equal(out, 42);
    assert_true(feat_mul_size(0, SIZE_MAX, &out));
    assert_int_equal(out, 0);
    assert_true(feat_mul_size(SIZE_MAX, 0, &out));
    assert_int_equal(out, 0);
    assert_true(feat_mul_size(SIZE_MAX, 1, &out));
    assert_true(out == SIZE_MAX);
    assert_true(feat_mul_size(half_bits, half_bits - 1, &out));
    out = 7;
    assert_false(feat_mul_size(half_bits, half_bits, &out));
    assert_false(feat_mul_size(SIZE_MAX, 2, &out));
    assert_false(feat_mul_size(SIZE_MAX / 3 + 1, 3, &out));
    assert_int_equal(out, 7);
}

static void align_rounds_up_or_refuses(void **state)
{
    (void)state;
    static const struct {
        size_t value, alignment, expected;
    } cases[] = {{0, 64, 0}, {1, 64, 64}, {63, 64, 64}, {64, 64, 64}, {65, 64, 128}, {5, 1, 5}, {7, 8, 8}};
    size_t out = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(feat_align_size(cases[i].value, cases[i].alignment, &out));
        assert_int_equal(out, cases[i].expected);
    }
    assert_true(feat_align_size(SIZE_MAX - 63, 64, &out));
    assert_true(out == SIZE_MAX - 63);
    assert_false(feat_align_size(SIZE_MAX - 62, 64, &out));
    assert_false(feat_align_size(SIZE_MAX, 2, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_stops_at_the_largest_size),
        cmocka_unit_test(mul_stops_at_the_largest_size),
        cmocka_unit_test(align_rounds_up_or_refuses),
    };
    return cmocka_run_group_tests_name("checked", tests, NULL, NULL);
}
