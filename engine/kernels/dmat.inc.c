/* Double-precision kernels, included by the isa_*.c files. Contracts and orders of operations: dmat.h. */
#include <math.h>

#include "engine/kernels/dmat.h"
#include "engine/vec/vec.h"

#define DMAT_INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define DMAT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define DMAT_UNROLL _Pragma("GCC unroll 32")
#endif

/* DMR x DNV vectors of accumulators, DNV vectors of b and a broadcast must fit in the registers: 32 on
 * AVX-512 and NEON, 16 on AVX2. With one lane the tile is for the compiler to spill as it likes. */
#if defined(FEAT_ISA_AVX512)
enum { DMR = 8, DNV = 3 };
#elif defined(FEAT_ISA_AVX2)
enum { DMR = 4, DNV = 3 };
#elif defined(FEAT_ISA_NEON)
enum { DMR = 4, DNV = 6 };
#else
enum { DMR = 4, DNV = 4 };
#endif
enum { DNR = DNV * VDL, DLANES = FEAT_DMAT_LANES, DLV = DLANES / VDL };
_Static_assert(DNR % DMR == 0, "a left operand must not straddle panels");
_Static_assert((int)DNR <= (int)FEAT_DMAT_MAX_NR && (int)DMR <= (int)FEAT_DMAT_MAX_MR,
               "callers size stack tiles by these");

DMAT_INLINE void dmat_load(vd acc[DMR][DNV], const double *c, size_t c_stride)
{
    DMAT_UNROLL
    for (int i = 0; i < DMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++)
            acc[i][v] = vd_ld(c + (size_t)i * c_stride + v * VDL);
    }
}

DMAT_INLINE void dmat_store(double *c, size_t c_stride, vd acc[DMR][DNV])
{
    DMAT_UNROLL
    for (int i = 0; i < DMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++)
            vd_st(c + (size_t)i * c_stride + v * VDL, acc[i][v]);
    }
}

DMAT_INLINE void dmat_products(vd acc[DMR][DNV], const double *a, const double *b, size_t k)
{
    for (size_t p = 0; p < k; p++, a += DNR, b += DNR) {
        vd bv[DNV];
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++)
            bv[v] = vd_ld(b + v * VDL);
        DMAT_UNROLL
        for (int i = 0; i < DMR; i++) {
            vd av = vd_set1(a[i]);
            DMAT_UNROLL
            for (int v = 0; v < DNV; v++)
                acc[i][v] = vd_fma(av, bv[v], acc[i][v]);
        }
    }
}

static void k_dmat_mul_tile(double *c, size_t c_stride, const double *a, const double *b, size_t k)
{
    vd acc[DMR][DNV];
    dmat_load(acc, c, c_stride);
    dmat_products(acc, a, b, k);
    dmat_store(c, c_stride, acc);
}

/* Rows of c are asked for one by one between products: all at once they would hold up the panels. */
static void k_dmat_sum_tile(double *const *c, const double *a, const double *b, size_t k)
{
    enum { LINE = 8, STEP = 8 };
    vd acc[DMR][DNV];
    DMAT_UNROLL
    for (int i = 0; i < DMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++)
            acc[i][v] = vd_zero();
    }
    size_t p = 0;
    for (int i = 0; i < DMR; i++, p += STEP) {
        for (int j = 0; j < (int)DNR; j += LINE)
            __builtin_prefetch(c[i] + j, 1);
        __builtin_prefetch(c[i] + DNR - 1, 1);
        if (p < k)
            dmat_products(acc, a + p * DNR, b + p * DNR, k - p < STEP ? k - p : STEP);
    }
    if (p < k)
        dmat_products(acc, a + p * DNR, b + p * DNR, k - p);
    DMAT_UNROLL
    for (int i = 0; i < DMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++)
            vd_st(c[i] + v * VDL, vd_add(vd_ld(c[i] + v * VDL), acc[i][v]));
    }
}

static void k_dmat_dist_tile(double *c, size_t c_stride, const double *a, const double *b, size_t k)
{
    vd acc[DMR][DNV];
    dmat_load(acc, c, c_stride);
    for (size_t p = 0; p < k; p++, a += DNR, b += DNR) {
        DMAT_UNROLL
        for (int i = 0; i < DMR; i++) {
            vd av = vd_set1(a[i]);
            DMAT_UNROLL
            for (int v = 0; v < DNV; v++) {
                vd t = vd_sub(av, vd_ld(b + v * VDL));
                acc[i][v] = vd_fma(t, t, acc[i][v]);
            }
        }
    }
    dmat_store(c, c_stride, acc);
}

enum { FNR = DNV * VL };
_Static_assert(FNR % DMR == 0 && FEAT_DMAT_MAX_FNR % FNR == 0, "tiles of floats must fill panels");

static void k_dmat_fmul_tile(float *c, size_t c_stride, const float *a, const float *b, size_t k)
{
    vf acc[DMR][DNV];
    DMAT_UNROLL
    for (int i = 0; i < DMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++)
            acc[i][v] = v_zero();
    }
    for (size_t p = 0; p < k; p++, a += FNR, b += FNR) {
        vf bv[DNV];
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++)
            bv[v] = v_ld(b + v * VL);
        DMAT_UNROLL
        for (int i = 0; i < DMR; i++) {
            vf av = v_set1(a[i]);
            DMAT_UNROLL
            for (int v = 0; v < DNV; v++)
                acc[i][v] = v_fma(av, bv[v], acc[i][v]);
        }
    }
    DMAT_UNROLL
    for (int i = 0; i < DMR; i++) {
        DMAT_UNROLL
        for (int v = 0; v < DNV; v++) {
            float *to = c + (size_t)i * c_stride + v * VL;
            v_st(to, v_add(v_ld(to), acc[i][v]));
        }
    }
}

/* Several pairs at a time: one chain alone would wait for itself, so the last few are filled up with one of them. */
#define DMAT_DISTANCES(name, type)                                                                           \
    DMAT_INLINE void dmat_##name(double *out, const float *const *x, const type *const *y, size_t d,         \
                                 const int n)                                                                \
    {                                                                                                        \
        double s[FEAT_DMAT_PAIRS] = {0};                                                                     \
        for (size_t k = 0; k < d; k++) {                                                                     \
            DMAT_UNROLL                                                                                      \
            for (int i = 0; i < n; i++) {                                                                    \
                double t = (double)x[i][k] - (double)y[i][k];                                                \
                s[i] = fma(t, t, s[i]);                                                                      \
            }                                                                                                \
        }                                                                                                    \
        for (int i = 0; i < n; i++)                                                                          \
            out[i] = s[i];                                                                                   \
    }                                                                                                        \
    static void k_dmat_##name(double *out, const float *const *x, const type *const *y, size_t n, size_t d)  \
    {                                                                                                        \
        enum { AT_ONCE = FEAT_DMAT_PAIRS };                                                                  \
        size_t r = 0;                                                                                        \
        for (; r + AT_ONCE <= n; r += AT_ONCE)                                                               \
            dmat_##name(out + r, x + r, y + r, d, AT_ONCE);                                                  \
        if (n - r == 1) {                                                                                    \
            dmat_##name(out + r, x + r, y + r, d, 1);                                                        \
        } else if (n > r) {                                                                                  \
            const float *xs[AT_ONCE];                                                                        \
            const type *ys[AT_ONCE];                                                                         \
            double all[AT_ONCE];                                                                             \
            for (size_t i = 0; i < AT_ONCE; i++) {                                                           \
                xs[i] = x[r + i < n ? r + i : r];                                                            \
                ys[i] = y[r + i < n ? r + i : r];                                                            \
            }                                                                                                \
            dmat_##name(all, xs, ys, d, AT_ONCE);                                                            \
            for (size_t i = 0; r + i < n; i++)                                                               \
                out[r + i] = all[i];                                                                         \
        }                                                                                                    \
    }
DMAT_DISTANCES(dist_pairs, float)
DMAT_DISTANCES(dist_mixed, double)

/* Adds the last n < 8 products to their lanes and then the lanes, as the contract of dot says. */
DMAT_INLINE double dmat_finish(const vd acc[DLV], const double *x, const double *y, size_t n)
{
    double lane[DLANES];
    DMAT_UNROLL
    for (int v = 0; v < DLV; v++)
        vd_st(lane + v * VDL, acc[v]);
    for (size_t i = 0; i < n; i++)
        lane[i] = fma(x[i], y[i], lane[i]);
    double s0 = lane[0] + lane[4];
    double s1 = lane[1] + lane[5];
    double s2 = lane[2] + lane[6];
    double s3 = lane[3] + lane[7];
    return (s0 + s2) + (s1 + s3);
}

static double k_dmat_dot(const double *x, const double *y, size_t n)
{
    vd acc[DLV];
    DMAT_UNROLL
    for (int v = 0; v < DLV; v++)
        acc[v] = vd_zero();
    size_t i = 0;
    for (; i + DLANES <= n; i += DLANES) {
        DMAT_UNROLL
        for (int v = 0; v < DLV; v++)
            acc[v] = vd_fma(vd_ld(x + i + v * VDL), vd_ld(y + i + v * VDL), acc[v]);
    }
    return dmat_finish(acc, x + i, y + i, n - i);
}

/* The compiler makes vectors of it, as wide as the table's. */
static void k_dmat_add_floats(double *restrict y, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += (double)x[i];
}

static void k_dmat_axpys(double *y, const double *x, size_t x_stride, const double *coef, size_t n_x,
                         size_t n)
{
    enum { STEP = 4 * VDL };
    size_t i = 0;
    for (; i + STEP <= n; i += STEP) {
        vd acc[4];
        DMAT_UNROLL
        for (int v = 0; v < 4; v++)
            acc[v] = vd_ld(y + i + v * VDL);
        for (size_t k = 0; k < n_x; k++) {
            const double *row = x + k * x_stride + i;
            vd c = vd_set1(coef[k]);
            DMAT_UNROLL
            for (int v = 0; v < 4; v++)
                acc[v] = vd_fma(c, vd_ld(row + v * VDL), acc[v]);
        }
        DMAT_UNROLL
        for (int v = 0; v < 4; v++)
            vd_st(y + i + v * VDL, acc[v]);
    }
    for (; i < n; i++) {
        double t = y[i];
        for (size_t k = 0; k < n_x; k++)
            t = fma(coef[k], x[k * x_stride + i], t);
        y[i] = t;
    }
}

static void k_dmat_power(double *x, size_t n, double gamma, double coef0, unsigned degree, double shift)
{
    enum { N_VEC = 4, STEP = N_VEC * VDL };
    const vd g = vd_set1(gamma), c = vd_set1(coef0), less = vd_set1(shift);
    size_t i = 0;
    for (; i + STEP <= n; i += STEP) {
        vd base[N_VEC], power[N_VEC];
        DMAT_UNROLL
        for (int v = 0; v < N_VEC; v++)
            base[v] = power[v] = vd_fma(g, vd_ld(x + i + v * VDL), c);
        for (unsigned p = 1; p < degree; p++) {
            DMAT_UNROLL
            for (int v = 0; v < N_VEC; v++)
                power[v] = vd_mul(power[v], base[v]);
        }
        DMAT_UNROLL
        for (int v = 0; v < N_VEC; v++)
            vd_st(x + i + v * VDL, vd_sub(power[v], less));
    }
    for (; i < n; i++) {
        double base = fma(gamma, x[i], coef0), power = base;
        for (unsigned p = 1; p < degree; p++)
            power *= base;
        x[i] = power - shift;
    }
}

static void k_dmat_exp_gap(double *x, size_t n, double gamma)
{
    /* 1/9!, 1/8!, .. 1/2! */
    static const double c[] = {0x1.71de3a556c734p-19, 0x1.a01a01a01a01ap-16, 0x1.a01a01a01a01ap-13,
                               0x1.6c16c16c16c17p-10, 0x1.1111111111111p-7,  0x1.5555555555555p-5,
                               0x1.5555555555555p-3,  0x1p-1};
    enum { N_VEC = 4, STEP = N_VEC * VDL, N_C = sizeof c / sizeof c[0] };
    const vd g = vd_set1(gamma);
    size_t i = 0;
    for (; i + STEP <= n; i += STEP) {
        vd t[N_VEC], s[N_VEC];
        DMAT_UNROLL
        for (int v = 0; v < N_VEC; v++) {
            t[v] = vd_mul(g, vd_ld(x + i + v * VDL));
            s[v] = vd_set1(c[0]);
        }
        for (int k = 1; k < N_C; k++) {
            DMAT_UNROLL
            for (int v = 0; v < N_VEC; v++)
                s[v] = vd_fnma(t[v], s[v], vd_set1(c[k]));
        }
        DMAT_UNROLL
        for (int v = 0; v < N_VEC; v++)
            vd_st(x + i + v * VDL, vd_fma(vd_mul(t[v], t[v]), s[v], vd_sub(vd_zero(), t[v])));
    }
    for (; i < n; i++) {
        double t = gamma * x[i], s = c[0];
        for (int k = 1; k < N_C; k++)
            s = fma(-t, s, c[k]);
        x[i] = fma(t * t, s, 0.0 - t);
    }
}

DMAT_INLINE void dmat_symv(double *y, double *dots, const double *a, size_t a_stride, const double *xr,
                           const double *x, size_t n, const int R)
{
    vd acc[FEAT_DMAT_SYMV_ROWS][DLV], xv[FEAT_DMAT_SYMV_ROWS];
    DMAT_UNROLL
    for (int r = 0; r < R; r++) {
        xv[r] = vd_set1(xr[r]);
        DMAT_UNROLL
        for (int v = 0; v < DLV; v++)
            acc[r][v] = vd_zero();
    }
    size_t j = 0;
    for (; j + DLANES <= n; j += DLANES) {
        DMAT_UNROLL
        for (int v = 0; v < DLV; v++) {
            size_t at = j + (size_t)(v * VDL);
            vd yv = vd_ld(y + at);
            vd xj = vd_ld(x + at);
            DMAT_UNROLL
            for (int r = 0; r < R; r++) {
                vd av = vd_ld(a + (size_t)r * a_stride + at);
                yv = vd_fma(av, xv[r], yv);
                acc[r][v] = vd_fma(av, xj, acc[r][v]);
            }
            vd_st(y + at, yv);
        }
    }
    for (size_t t = j; t < n; t++) {
        DMAT_UNROLL
        for (int r = 0; r < R; r++)
            y[t] = fma(a[(size_t)r * a_stride + t], xr[r], y[t]);
    }
    DMAT_UNROLL
    for (int r = 0; r < R; r++)
        dots[r] = dmat_finish(acc[r], a + (size_t)r * a_stride + j, x + j, n - j);
}

static void k_dmat_symv(double *y, const double *a, size_t a_stride, const double *x, size_t i0, size_t i1,
                        size_t n)
{
    double dots[FEAT_DMAT_SYMV_ROWS];
    for (size_t i = i0; i < i1; i += FEAT_DMAT_SYMV_ROWS) {
        size_t g = i1 - i < FEAT_DMAT_SYMV_ROWS ? i1 - i : FEAT_DMAT_SYMV_ROWS;
        const double *row = a + i * a_stride;
        for (size_t r = 0; r < g; r++) {
            for (size_t c = r; c < g; c++) {
                double value = row[r * a_stride + i + c];
                y[i + r] = fma(value, x[i + c], y[i + r]);
                if (c > r)
                    y[i + c] = fma(value, x[i + r], y[i + c]);
            }
        }
        size_t j = i + g;
        if (g == FEAT_DMAT_SYMV_ROWS)
            dmat_symv(y + j, dots, row + j, a_stride, x + i, x + j, n - j, FEAT_DMAT_SYMV_ROWS);
        else
            for (size_t r = 0; r < g; r++)
                dmat_symv(y + j, dots + r, row + r * a_stride + j, a_stride, x + i + r, x + j, n - j, 1);
        for (size_t r = 0; r < g; r++)
            y[i + r] += dots[r];
    }
}

static void k_dmat_rotate(double *z, ptrdiff_t step, const double *c, const double *s, size_t n)
{
    enum { N_VEC = VDL >= 4 ? FEAT_DMAT_ROTATE_COLUMNS / VDL : 8, WIDTH = N_VEC * VDL };
    for (int col = 0; col < FEAT_DMAT_ROTATE_COLUMNS; col += WIDTH) {
        double *row = z + col;
        vd x[N_VEC];
        DMAT_UNROLL
        for (int v = 0; v < N_VEC; v++)
            x[v] = vd_ld(row + v * VDL);
        for (size_t t = 0; t < n; t++, row += step) {
            vd cv = vd_set1(c[t]);
            vd sv = vd_set1(s[t]);
            DMAT_UNROLL
            for (int v = 0; v < N_VEC; v++) {
                vd zv = vd_ld(row + step + v * VDL);
                vd_st(row + v * VDL, vd_fma(sv, zv, vd_mul(cv, x[v])));
                x[v] = vd_fnma(sv, x[v], vd_mul(cv, zv));
            }
        }
        DMAT_UNROLL
        for (int v = 0; v < N_VEC; v++)
            vd_st(row + v * VDL, x[v]);
    }
}

#define DMAT_TABLE                                                                                           \
    .mr = DMR, .nr = DNR, .fmr = DMR, .fnr = FNR, .fmul_tile = k_dmat_fmul_tile,                             \
    .dist_pairs = k_dmat_dist_pairs, .dist_mixed = k_dmat_dist_mixed, .mul_tile = k_dmat_mul_tile,           \
    .sum_tile = k_dmat_sum_tile,                                                                             \
    .dist_tile = k_dmat_dist_tile,                                                                           \
    .dot = k_dmat_dot, .axpys = k_dmat_axpys, .add_floats = k_dmat_add_floats, .symv = k_dmat_symv,           \
    .power = k_dmat_power, .exp_gap = k_dmat_exp_gap, .rotate = k_dmat_rotate
