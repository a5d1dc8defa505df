/* x86's tile unit (AMX-TILE, AMX-BF16), as engine/kernels/split_conv.inc.c wants it. Tiles 0 to 3 accumulate, 4 and 5
 * are pixels, 6 and 7 weights: 16 rows of 64 bytes. Tile numbers must be literals. Neither
 * compiler knows which memory a tile instruction touches, hence the barriers. */
#ifndef BONAFIDE_ENGINE_VEC_TILE_AMX_H
#define BONAFIDE_ENGINE_VEC_TILE_AMX_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define TILE_TARGET __attribute__((target("amx-tile,amx-bf16")))
#define TILE_BARRIER() __asm__ volatile("" ::: "memory")

TILE_TARGET static inline void tile_begin(void)
{
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        config.row_bytes[tile] = 64;
        config.rows[tile] = 16;
    }
    __asm__ volatile("" : : "r"(&config) : "memory"); /* gcc 12 would drop the stores above */
    _tile_loadconfig(&config);
    TILE_BARRIER();
}

TILE_TARGET static inline void tile_end(void) { _tile_release(); }

#define TILE_UNIT_ZERO(i) _tile_zero(i)
#define TILE_UNIT_STORE(i, to) \
    do {                       \
        _tile_stored(i, to, 64); \
        TILE_BARRIER();        \
    } while (0)
#define TILE_UNIT_X(i, from, stride) TILE_UNIT_X_##i(from, stride)
#define TILE_UNIT_X_0(from, stride) _tile_loadd(4, from, stride)
#define TILE_UNIT_X_1(from, stride) _tile_loadd(5, from, stride)
#define TILE_UNIT_W(i, from, stride) TILE_UNIT_W_##i(from, stride)
#define TILE_UNIT_W_0(from, stride) _tile_loadd(6, from, stride)
#define TILE_UNIT_W_1(from, stride) _tile_loadd(7, from, stride)
#define TILE_UNIT_DOT(i, x, w) TILE_UNIT_DOT_##x##_##w(i)
#define TILE_UNIT_DOT_0_0(i) _tile_dpbf16ps(i, 4, 6)
#define TILE_UNIT_DOT_0_1(i) _tile_dpbf16ps(i, 4, 7)
#define TILE_UNIT_DOT_1_0(i) _tile_dpbf16ps(i, 5, 6)
#define TILE_UNIT_DOT_1_1(i) _tile_dpbf16ps(i, 5, 7)

#endif
