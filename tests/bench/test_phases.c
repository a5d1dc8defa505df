/* bench/phases: kernels behind clocks give the same bits, and the time goes where it was spent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/bench.h"
#include "bench/phases.h"

enum { PIXELS = 64, CALLS = 3000, FLOATS = PIXELS * PIXELS };

static float x[FLOATS], w[FEAT_BLOCK * FEAT_BLOCK], bias[FEAT_BLOCK], plain[FLOATS], hooked[FLOATS];

static void convolve(const feat_kernels *k, float *y)
{
    const feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1, .kh = 1, .kw = 1, .n_cb = 1, .x = x,
                                 .x_plane_stride = PIXELS * FEAT_BLOCK, .w = w, .bias = bias, .relu = 1};
    float *to[2] = {y, NULL};
    k->conv_row(&args, to, PIXELS, 1);
}

/* Pools of one row; transforms of one tile, whose products lie one after the other. */
static void call(const feat_kernels *k, bench_phase phase, float *y)
{
    const feat_pool_args pool = {
        .x = x, .x_row_stride = PIXELS * FEAT_BLOCK, .n_rows = 1, .n_cols = 3, .w = PIXELS, .ow = PIXELS, .stride = 1};
    switch (phase) {
    case BENCH_DATA:
        k->wino_data(FEAT_WINO_F4_3X3, y, FEAT_BLOCK, x, 6 * FEAT_BLOCK, FEAT_BLOCK, NULL);
        break;
    case BENCH_PRODUCT:
        convolve(k, y);
        break;
    case BENCH_OUTPUT:
        k->wino_output(FEAT_WINO_F4_3X3, y, 4 * FEAT_BLOCK, FEAT_BLOCK, 4, 4, x, FEAT_BLOCK, bias);
        break;
    case BENCH_OTHER:
        k->max_row(&pool, y);
        k->avg_row(&pool, y + PIXELS * FEAT_BLOCK);
        k->mean(y + 2 * PIXELS * FEAT_BLOCK, x, 4, 4);
        break;
    }
}

static void bits_are_the_same_and_time_is_kept(void **state)
{
    (void)state;
    const feat_kernels *k = feat_kernels_pick(UINT32_MAX), *timed = bench_phases_hook(k);
    assert_string_equal(timed->name, k->name);
    for (size_t i = 0; i < FLOATS; i++)
        x[i] = (float)((i * 2654435761u >> 8) % 256) / 128.0f - 1.0f;
    memcpy(w, x + 7, sizeof w);
    for (int phase = 0; phase < BENCH_N_PHASES; phase++) {
        bench_phase other = phase == BENCH_OTHER ? BENCH_DATA : BENCH_OTHER;
        double spent[BENCH_N_PHASES], all = 0.0, start = bench_cpu_now();
        memset(plain, 0, sizeof plain);
        memset(hooked, 0, sizeof hooked);
        call(k, (bench_phase)phase, plain);
        bench_phases_begin(other);
        for (int i = 0; i < CALLS; i++)
            call(timed, (bench_phase)phase, hooked);
        bench_phases_end(spent);
        double gone = bench_cpu_now() - start;
        assert_memory_equal(plain, hooked, sizeof plain);
        for (int p = 0; p < BENCH_N_PHASES; p++)
            all += spent[p];
        assert_true(spent[phase] > 0.5 * all);
        assert_true(all > 0.0 && all <= gone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_the_same_and_time_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
