/* Where the time of a step goes: clocks around the kernels of a copy of a kernel table. */
#include "bench/phases.h"

#include <string.h>

#include "bench/bench.h"

static feat_kernels plain, hooked;
static bench_phase at;
static double since, cost, spent[BENCH_N_PHASES];

/* Between two readings lies the cost of one. */
static void enter(bench_phase phase)
{
    if (phase == at)
        return;
    double now = bench_cpu_now();
    spent[at] += now - since - cost;
    since = now;
    at = phase;
}

static double cost_of_reading(void)
{
    enum { READINGS = 1000, RUNS = 9 };
    double runs[RUNS];
    for (int run = 0; run < RUNS; run++) {
        double start = bench_cpu_now(), last = start;
        for (int i = 0; i < READINGS; i++)
            last = bench_cpu_now();
        runs[run] = (last - start) / READINGS;
    }
    return bench_median(runs, RUNS);
}

static void conv_row(const feat_conv_args *args, float *const *y, size_t n_px, size_t n_blocks)
{
    enter(BENCH_PRODUCT);
    plain.conv_row(args, y, n_px, n_blocks);
}

static void wino_data(feat_wino_form form, float *v, size_t v_stride, const float *x, size_t i_stride, size_t j_stride,
                      const feat_wino_part *inside)
{
    enter(BENCH_DATA);
    plain.wino_data(form, v, v_stride, x, i_stride, j_stride, inside);
}

static void wino_output(feat_wino_form form, float *y, size_t i_stride, size_t j_stride, int n_i, int n_j,
                        const float *mm, size_t mm_stride, const float *bias)
{
    enter(BENCH_OUTPUT);
    plain.wino_output(form, y, i_stride, j_stride, n_i, n_j, mm, mm_stride, bias);
}

static void split_conv(const feat_split_args *args, float *c, const uint16_t *const *x, size_t n_tiles, size_t n_blocks)
{
    enter(BENCH_PRODUCT);
    plain.split.conv(args, c, x, n_tiles, n_blocks);
}

static void split_store(uint16_t *hi, uint16_t *lo, const float *c, const float *bias, int relu, size_t n)
{
    enter(BENCH_OUTPUT);
    plain.split.store(hi, lo, c, bias, relu, n);
}

static void split_store_whole(float *y, const float *c, const float *bias, int relu, size_t n)
{
    enter(BENCH_OUTPUT);
    plain.split.store_whole(y, c, bias, relu, n);
}

static void max_row(const feat_pool_args *args, float *y)
{
    enter(BENCH_OTHER);
    plain.max_row(args, y);
}

static void avg_row(const feat_pool_args *args, float *y)
{
    enter(BENCH_OTHER);
    plain.avg_row(args, y);
}

static void mean(float *y, const float *x, size_t h, size_t w)
{
    enter(BENCH_OTHER);
    plain.mean(y, x, h, w);
}

static void softmax(float *s, size_t plane, size_t n_blocks, size_t n_keys, size_t n, float scale, float *sums)
{
    enter(BENCH_OTHER);
    plain.tokens.softmax(s, plane, n_blocks, n_keys, n, scale, sums);
}

static void divide(float *y, size_t plane, size_t n_blocks, const float *sums, size_t n)
{
    enter(BENCH_OTHER);
    plain.tokens.divide(y, plane, n_blocks, sums, n);
}

static void sum(float *x, const float *add, const float *scale, size_t n)
{
    enter(BENCH_OTHER);
    plain.tokens.sum(x, add, scale, n);
}

const feat_kernels *bench_phases_hook(const feat_kernels *kernels)
{
    memcpy(&plain, kernels, sizeof plain);
    memcpy(&hooked, kernels, sizeof hooked);
    hooked.conv_row = conv_row;
    hooked.wino_data = wino_data;
    hooked.wino_output = wino_output;
    hooked.split.conv = split_conv;
    hooked.split.store = split_store;
    hooked.split.store_whole = split_store_whole;
    hooked.max_row = max_row;
    hooked.avg_row = avg_row;
    hooked.mean = mean;
    hooked.tokens.softmax = softmax;
    hooked.tokens.divide = divide;
    hooked.tokens.sum = sum;
    cost = cost_of_reading();
    return &hooked;
}

void bench_phases_begin(bench_phase first)
{
    memset(spent, 0, sizeof spent);
    at = first;
    since = bench_cpu_now();
}

void bench_phases_end(double *seconds)
{
    spent[at] += bench_cpu_now() - since - cost;
    memcpy(seconds, spent, sizeof spent);
}
