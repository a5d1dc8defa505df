/* Split convolutions: cutting and joining, and the tile unit computed in software. Contracts and numerics:
 * split.h. */
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/vec/vec.h"

static inline float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline vf split_finish(const float *c, const float *bias, int relu, size_t v)
{
    vf y = v_ld(c + v);
    if (bias != NULL)
        y = v_add(y, v_ld(bias + v));
    return relu ? v_max(y, v_zero()) : y;
}

static void k_split_store(uint16_t *hi, uint16_t *lo, const float *c, const float *bias, int relu, size_t n)
{
    for (size_t i = 0; i < n; i++, hi += FEAT_SPLIT_GROUP, lo += FEAT_SPLIT_GROUP, c += BLOCK)
        for (size_t v = 0; v < BLOCK; v += VL) {
            vf y = split_finish(c, bias, relu, v), h = v_bf16(y);
            v_st_bf16(hi + v, h);
            v_st_bf16(lo + v, v_bf16(v_sub(y, h)));
        }
}

static void k_split_store_whole(float *y, const float *c, const float *bias, int relu, size_t n)
{
    for (size_t i = 0; i < n * BLOCK; i += BLOCK)
        for (size_t v = 0; v < BLOCK; v += VL)
            v_st(y + i + v, split_finish(c + i, bias, relu, v));
}

static void k_split_join(float *y, const uint16_t *hi, const uint16_t *lo, size_t n)
{
    for (size_t i = 0; i < n; i++, hi += FEAT_SPLIT_GROUP, lo += FEAT_SPLIT_GROUP, y += BLOCK)
        for (size_t o = 0; o < BLOCK; o++)
            y[o] = float_of((uint32_t)hi[o] << 16) + float_of((uint32_t)lo[o] << 16);
}

/* --- the unit in software ------------------------------------------------------------------------ */

enum { PAIRS = FEAT_SPLIT_GROUP / 2, TILE_ROWS = 4 };

/* Results accumulate where they are to go, pixels stay where they are, weights are widened once. */
typedef struct soft_tiles {
    const uint16_t *x[2];
    float w[2][2][PAIRS * BLOCK]; /* [tile][even, odd channel][pair][output channel] */
} soft_tiles;

/* Not inlined: its copies would be most of the code. */
static __attribute__((noinline)) void soft_load(float *even, float *odd, const uint16_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        even[i] = float_of((uint32_t)from[2 * i] << 16);
        odd[i] = float_of((uint32_t)from[2 * i + 1] << 16);
    }
}

/* One tile product for four pixels. */
static inline void soft_rows(float *c, const float *xe, const float *xo, const float *we, const float *wo)
{
    for (size_t v = 0; v < BLOCK; v += VL) {
        vf even[TILE_ROWS], odd[TILE_ROWS];
        for (int r = 0; r < TILE_ROWS; r++)
            even[r] = odd[r] = v_zero();
        for (size_t k = 0; k < PAIRS; k++) {
            vf e = v_ld(we + k * BLOCK + v), o = v_ld(wo + k * BLOCK + v);
            for (int r = 0; r < TILE_ROWS; r++) {
                even[r] = v_fma(v_set1(xe[(size_t)r * PAIRS + k]), e, even[r]);
                odd[r] = v_fma(v_set1(xo[(size_t)r * PAIRS + k]), o, odd[r]);
            }
        }
        for (int r = 0; r < TILE_ROWS; r++)
            v_st(c + r * BLOCK + v, v_add(v_ld(c + r * BLOCK + v), v_add(even[r], odd[r])));
    }
}

static void soft_dot(float *c, const uint16_t *x, const float *we, const float *wo)
{
    float xe[TILE_ROWS * PAIRS], xo[TILE_ROWS * PAIRS];
    for (size_t r = 0; r < FEAT_SPLIT_TILE;
         r += TILE_ROWS, x += TILE_ROWS * FEAT_SPLIT_GROUP, c += TILE_ROWS * BLOCK) {
        soft_load(xe, xo, x, TILE_ROWS * PAIRS);
        soft_rows(c, xe, xo, we, wo);
    }
}

static void k_split_nothing(void)
{
}

/* For split_conv.inc.c, which the includer includes next. */
#define SPLIT_CONV k_split_conv
#define SPLIT_TARGET
#define TILES soft_tiles t;
#define TILE_ZERO(i) memset(c + i * FEAT_SPLIT_C_TILE, 0, FEAT_SPLIT_C_TILE * sizeof(float))
#define TILE_STORE(i, to) (void)(to)
#define TILE_X(i, from) t.x[i] = from
#define TILE_W(i, from) soft_load(t.w[i][0], t.w[i][1], from, PAIRS *BLOCK)
#define TILE_DOT(i, j, k) soft_dot(c + i * FEAT_SPLIT_C_TILE, t.x[j], t.w[k][0], t.w[k][1])

#define SPLIT_TABLE                                                                                          \
    0, k_split_nothing, k_split_nothing, k_split_conv, k_split_store, k_split_store_whole, k_split_join
