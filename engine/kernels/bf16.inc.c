/* Products of bfloat16 on AVX512-BF16 and on AMX, included by isa_avx512.c. Contracts: bf16.h. */
#include "engine/base/cpu.h"
#include "engine/kernels/bf16.h"
#include "engine/vec/bf16_avx512.h"
#include "engine/vec/tile_amx.h"

BF16_TARGET static void k_bf16_round(uint16_t *h, const float *x, const float *centre, size_t n)
{
    size_t k = 0;
    for (; k + VL <= n; k += VL)
        _mm256_storeu_si256((__m256i *)(h + k), bf16_of(v_sub(v_ld(x + k), v_ld(centre + k))));
    if (k < n) {
        float rest[2][VL] = {{0.0f}};
        uint16_t rounded[VL];
        memcpy(rest[0], x + k, (n - k) * sizeof *x);
        memcpy(rest[1], centre + k, (n - k) * sizeof *x);
        _mm256_storeu_si256((__m256i *)rounded, bf16_of(v_sub(v_ld(rest[0]), v_ld(rest[1]))));
        memcpy(h + k, rounded, (n - k) * sizeof *h);
    }
}

static void k_bf16_nothing(void)
{
}

enum { HMR = 8, HNV = 3, HNR = HNV * VL };
_Static_assert((int)HNR <= (int)FEAT_BF16_MAX_NR, "callers size tiles by this");

BF16_TARGET static void k_bf16_mul_tile(float *c, size_t c_stride, const uint16_t *a, size_t a_stride,
                                        const uint16_t *b, size_t k)
{
    vf acc[HMR][HNV];
    DMAT_UNROLL
    for (int i = 0; i < HMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < HNV; v++)
            acc[i][v] = v_zero();
    }
    for (size_t p = 0; p < k; p += 2, a += 2, b += 2 * HNR) {
        vbf bv[HNV];
        DMAT_UNROLL
        for (int v = 0; v < HNV; v++)
            bv[v] = vbf_ld(b + 2 * v * VL);
        DMAT_UNROLL
        for (int i = 0; i < HMR; i++) {
            vbf av = vbf_set1(a + (size_t)i * a_stride);
            DMAT_UNROLL
            for (int v = 0; v < HNV; v++)
                acc[i][v] = vbf_dot(acc[i][v], av, bv[v]);
        }
    }
    DMAT_UNROLL
    for (int i = 0; i < HMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < HNV; v++) {
            float *to = c + (size_t)i * c_stride + v * VL;
            v_st(to, v_add(v_ld(to), acc[i][v]));
        }
    }
}

static const feat_bf16_kernels bf16_avx512 = {
    .needs = FEAT_CPU_AVX512_BF16,
    .mr = HMR,
    .nr = HNR,
    .begin = k_bf16_nothing,
    .end = k_bf16_nothing,
    .round = k_bf16_round,
    .mul_tile = k_bf16_mul_tile,
};

/* --- 32 x 32 results in four tiles of the unit: four loads for four products -------------------------- */

static void k_bf16_amx_round(uint16_t *h, const float *x, const float *centre, size_t n)
{
    size_t k = 0;
    for (; k + VL <= n; k += VL)
        v_st_bf16(h + k, v_bf16(v_sub(v_ld(x + k), v_ld(centre + k))));
    if (k < n) {
        float rest[2][VL] = {{0.0f}};
        uint16_t rounded[VL];
        memcpy(rest[0], x + k, (n - k) * sizeof *x);
        memcpy(rest[1], centre + k, (n - k) * sizeof *x);
        v_st_bf16(rounded, v_bf16(v_sub(v_ld(rest[0]), v_ld(rest[1]))));
        memcpy(h + k, rounded, (n - k) * sizeof *h);
    }
}

enum { AMX_SIDE = 16, AMX_R = 2 * AMX_SIDE };

TILE_TARGET static void k_bf16_amx_mul_tile(float *c, size_t c_stride, const uint16_t *a, size_t a_stride,
                                            const uint16_t *b, size_t k)
{
    float sums[4][AMX_SIDE * AMX_SIDE];
    size_t a_bytes = a_stride * sizeof *a, b_bytes = 2 * AMX_R * sizeof *b;
    TILE_BARRIER();
    TILE_UNIT_ZERO(0);
    TILE_UNIT_ZERO(1);
    TILE_UNIT_ZERO(2);
    TILE_UNIT_ZERO(3);
    for (size_t p = 0; p < k; p += FEAT_BF16_STEP, a += FEAT_BF16_STEP, b += FEAT_BF16_STEP * AMX_R) {
        TILE_UNIT_X(0, a, a_bytes);
        TILE_UNIT_X(1, a + AMX_SIDE * a_stride, a_bytes);
        TILE_UNIT_W(0, b, b_bytes);
        TILE_UNIT_W(1, b + 2 * AMX_SIDE, b_bytes);
        TILE_UNIT_DOT(0, 0, 0);
        TILE_UNIT_DOT(1, 0, 1);
        TILE_UNIT_DOT(2, 1, 0);
        TILE_UNIT_DOT(3, 1, 1);
    }
    TILE_UNIT_STORE(0, sums[0]);
    TILE_UNIT_STORE(1, sums[1]);
    TILE_UNIT_STORE(2, sums[2]);
    TILE_UNIT_STORE(3, sums[3]);
    for (size_t t = 0; t < 4; t++)
        for (size_t i = 0; i < AMX_SIDE; i++) {
            float *to = c + (t / 2 * AMX_SIDE + i) * c_stride + t % 2 * AMX_SIDE;
            v_st(to, v_add(v_ld(to), v_ld(sums[t] + i * AMX_SIDE)));
        }
}
_Static_assert((int)VL == (int)AMX_SIDE, "a row of a tile is a vector");

static const feat_bf16_kernels bf16_amx = {
    .needs = FEAT_CPU_AMX,
    .mr = AMX_R,
    .nr = AMX_R,
    .begin = tile_begin,
    .end = tile_end,
    .round = k_bf16_amx_round,
    .mul_tile = k_bf16_amx_mul_tile,
};
