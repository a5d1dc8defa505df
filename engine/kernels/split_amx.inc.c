/* Split convolutions on x86's tile unit. Included by isa_avx512.c, whose other kernels such a CPU runs as
 * well. */
#include "engine/kernels/kernels.h"
#include "engine/vec/bf16_avx512.h"
#include "engine/vec/tile_amx.h"

/* k_split_store in half the instructions: whoever has the tile unit has AVX512-BF16. */
BF16_TARGET static void k_amx_store(uint16_t *hi, uint16_t *lo, const float *c, const float *bias, int relu,
                                    size_t n)
{
    vf add = bias != NULL ? v_ld(bias) : v_zero();
    for (size_t i = 0; i < n; i++, hi += FEAT_SPLIT_GROUP, lo += FEAT_SPLIT_GROUP, c += BLOCK) {
        vf y = v_ld(c);
        if (bias != NULL)
            y = v_add(y, add);
        if (relu)
            y = v_max(y, v_zero());
        __m256i h = bf16_of(y);
        _mm256_storeu_si256((__m256i *)hi, h);
        _mm256_storeu_si256((__m256i *)lo, bf16_of(v_sub(y, float_of_bf16(h))));
    }
}
_Static_assert((int)VL == (int)BLOCK, "a block of channels is a vector");

/* For split_conv.inc.c, which the includer includes next. */
#define SPLIT_CONV k_amx_conv
#define SPLIT_TARGET TILE_TARGET
#define TILES TILE_BARRIER();
#define TILE_ZERO(i) TILE_UNIT_ZERO(i)
#define TILE_STORE(i, to) TILE_UNIT_STORE(i, to)
#define TILE_X(i, from) TILE_UNIT_X(i, from, 64)
#define TILE_W(i, from) TILE_UNIT_W(i, from, 64)
#define TILE_DOT(i, x, w) TILE_UNIT_DOT(i, x, w)

#define AMX_SPLIT_TABLE 1, tile_begin, tile_end, k_amx_conv, k_amx_store, k_split_store_whole, k_split_join
