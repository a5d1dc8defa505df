/* bench/step_work: the multiplications of a step against numbers worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/step_work.h"
#include "engine/base/alloc.h"
#include "engine/net/compile.h"
#include "engine/nets/net_rows.h"

/* An image of 35 x 35, 17 x 17 after a stride of 2; then seven taps along the row, and both ways three, and one. */
static const feat_shape shapes[] = {{3, 35, 35}, {32, 17, 17}, {48, 17, 17}, {32, 17, 17}, {48, 17, 17}, {64, 8, 8}};
static const feat_op ops[] = {
    ROW_CONV(0, "first", 0, 1, 0, 32, 3, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    ROW_CONV(0, "along", 1, 2, 0, 48, 32, 1, 7, 1, 0, 3, FEAT_WINO_F4_7),
    ROW_CONV(0, "square", 2, 3, 0, 32, 48, 3, 3, 1, 1, 1, FEAT_WINO_F6_3X3),
    ROW_CONV(0, "one", 3, 4, 0, 16, 32, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    ROW_CONV(0, "sibling", 3, 4, 16, 32, 32, 1, 1, 1, 0, 0, FEAT_WINO_NONE),
    ROW_CONV(0, "halved", 4, 5, 0, 64, 48, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    ROW_MEAN(0, 5),
};
static const feat_tap_info taps[] = {{"mean", 64}};
static const feat_net net = {.name = "own-work", .family = "own", .variant = "work", .number = 78, .tensors = shapes,
                             .n_tensors = sizeof shapes / sizeof shapes[0], .ops = ops,
                             .n_ops = sizeof ops / sizeof ops[0], .taps = taps, .n_taps = 1,
                             .roles = {0, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP}, .naming = &feat_torch_naming,
                             .norm_epsilon = 0.001, .preset = "tf1"};

typedef struct expected {
    const char *algorithm;
    double products, wasted, direct, weights;
} expected;

static void check(feat_numerics numerics, const expected *want, size_t n)
{
    feat_model m = {.net = &net, .numerics = numerics};
    size_t bad;
    assert_null(feat_compile_check(&net, &bad));
    assert_int_equal(feat_compile(&m, NULL), FEAT_OK);
    assert_int_equal(m.n_steps, n);
    for (size_t s = 0; s < n; s++) {
        bench_work work = bench_step_work(&m, &m.steps[s]);
        assert_string_equal(bench_step_algorithm(&m.steps[s]), want[s].algorithm);
        assert_true(work.products == want[s].products);
        assert_true(work.wasted == want[s].wasted);
        assert_true(work.direct == want[s].direct);
        assert_true(work.weight_bytes == 4 * want[s].weights);
    }
    feat_compile_release(&m);
    assert_int_equal(feat_alloc_live(), 0);
}

static void exact_work_is_counted(void **state)
{
    (void)state;
    const expected want[] = {
        {"direct", 32 * 27 * 289, 0, 32 * 27 * 289, 32 * 27},
        /* 10 products for 4 outputs: a row of 17 takes five tiles, of which 3 outputs are not there */
        {"F(4,7)", 10 * 32 * 48 * 17 * 5, 10 * 32 * 48 * 17 * 0.75, 7 * 32 * 48 * 289, 10 * 32 * 48},
        /* 64 for 36: nine tiles, whose 324 outputs are 35 too many */
        {"F(6x6,3x3)", 64 * 48 * 32 * 9, 64 * 48 * 32 * (9 - 289 / 36.0), 9 * 48 * 32 * 289, 64 * 48 * 32},
        {"direct", 32 * 48 * 289, 0, 32 * 48 * 289, 32 * 48}, /* two siblings */
        {"direct", 9 * 48 * 64 * 64, 0, 9 * 48 * 64 * 64, 9 * 48 * 64},
        {"-", 0, 0, 0, 0},
    };
    check(FEAT_NUMERICS_EXACT, want, sizeof want / sizeof want[0]);
}

static void split_work_is_counted(void **state)
{
    (void)state;
    /* What is left of its products without the waste is what the direct algorithm multiplies. */
    feat_model m = {.net = &net, .numerics = FEAT_NUMERICS_SPLIT};
    assert_int_equal(feat_compile(&m, NULL), FEAT_OK);
    assert_int_equal(m.n_steps, 6);
    for (size_t s = 0; s < m.n_steps; s++) {
        bench_work work = bench_step_work(&m, &m.steps[s]);
        assert_string_equal(bench_step_algorithm(&m.steps[s]), s == 0 ? "direct" : s == 5 ? "-" : "split");
        if (s == 0 || s == 5)
            continue;
        assert_true(work.wasted > 0.0 && work.wasted < work.products);
        assert_true(work.products - work.wasted > work.direct * (1 - 1e-12));
        assert_true(work.products - work.wasted < work.direct * (1 + 1e-12));
    }
    /* 17 rows of 17 pixels without a border are 19 tiles of 16, of 32 inputs each. */
    bench_work one = bench_step_work(&m, &m.steps[3]);
    assert_true(one.products > 32 * 48 * 304 - 1 && one.products < 32 * 48 * 304 + 1);
    assert_true(one.weight_bytes == 4.0 * 32 * 48);
    feat_compile_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_work_is_counted),
        cmocka_unit_test(split_work_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
