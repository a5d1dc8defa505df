/* What a tile unit does at best, for percentages measured in the same process. */
#ifndef BONAFIDE_BENCH_TILES_H
#define BONAFIDE_BENCH_TILES_H

typedef struct bench_tile_rates {
    double gflops;                /* of bfloat16 products in registers, a core */
    double best_load, worst_load; /* nanoseconds of a tile load from the L1 cache: machines flip between two states */
} bench_tile_rates;

/* 1, or 0 where there is no unit. */
int bench_tiles(bench_tile_rates *rates);

#endif
