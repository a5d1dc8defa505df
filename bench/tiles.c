/* What a tile unit does at best, for percentages measured in the same process. */
#include "bench/tiles.h"

#if defined(__x86_64__)
#include <string.h>

#include "bench/bench.h"
#include "engine/base/cpu.h"
#include "engine/vec/tile_amx.h"

enum { PRODUCTS = 100000, LOADS = 100000, RUNS = 9 };

TILE_TARGET static double seconds_of_products(void)
{
    double t = bench_cpu_now();
    for (int i = 0; i < PRODUCTS; i += 4) { /* four accumulators, as a convolution has */
        TILE_UNIT_DOT(0, 0, 0);
        TILE_UNIT_DOT(1, 0, 1);
        TILE_UNIT_DOT(2, 1, 0);
        TILE_UNIT_DOT(3, 1, 1);
    }
    return bench_cpu_now() - t;
}

TILE_TARGET static double seconds_of_loads(const uint16_t *l1)
{
    double t = bench_cpu_now();
    for (int i = 0; i < LOADS; i += 4) {
        TILE_UNIT_X(0, l1, 64);
        TILE_UNIT_X(1, l1 + 512, 64);
        TILE_UNIT_W(0, l1 + 1024, 64);
        TILE_UNIT_W(1, l1 + 1536, 64);
    }
    return bench_cpu_now() - t;
}

int bench_tiles(bench_tile_rates *rates)
{
    static uint16_t l1[2048] __attribute__((aligned(64)));
    if (!feat_cpu_allow_amx())
        return 0;
    memset(rates, 0, sizeof *rates);
    tile_begin();
    (void)seconds_of_loads(l1);
    for (int run = 0; run < RUNS; run++) {
        double products = 2.0 * 16 * 16 * 32 * PRODUCTS / seconds_of_products() * 1e-9;
        double load = seconds_of_loads(l1) / LOADS * 1e9;
        rates->gflops = products > rates->gflops ? products : rates->gflops;
        rates->best_load = run == 0 || load < rates->best_load ? load : rates->best_load;
        rates->worst_load = load > rates->worst_load ? load : rates->worst_load;
    }
    tile_end();
    return 1;
}

#else

int bench_tiles(bench_tile_rates *rates)
{
    (void)rates;
    return 0;
}

#endif
