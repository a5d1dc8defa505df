/* Split convolutions on x86's tile unit. Included by isa_avx512.c, whose other kernels such a CPU runs as well. */
#include "engine/kernels/kernels.h"
#include "engine/vec/tile_amx.h"

/* For split_conv.inc.c, which the includer includes next. */
#define SPLIT_CONV k_amx_conv
#define SPLIT_TARGET TILE_TARGET
#define TILES                                             \
    size_t stride = s->x_pixel_stride * sizeof(uint16_t); \
    TILE_BARRIER();
#define TILE_ZERO(i) TILE_UNIT_ZERO(i)
#define TILE_STORE(i, to) TILE_UNIT_STORE(i, to)
#define TILE_X(i, from) TILE_UNIT_X(i, from, stride)
#define TILE_W(i, from) TILE_UNIT_W(i, from, 64)
#define TILE_DOT(i, x, w) TILE_UNIT_DOT(i, x, w)

#define AMX_SPLIT_TABLE 1, tile_begin, tile_end, k_amx_conv, k_split_store, k_split_join
