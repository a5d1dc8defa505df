/* Convolution over blocked NCHW, included by the isa_*.c files. A tile is R pixels by B blocks of 16 output
 * channels held in registers; weights are loaded as vectors, input values broadcast. R and B are constants of
 * each instantiation, so the compiler keeps the whole tile in registers. Tiles change which outputs are
 * computed together, never how. */
#include "engine/kernels/kernels.h"
#include "engine/vec/vec.h"

/* Pixels per tile for one and two blocks, from the number of vector registers: R * B * NVB accumulators, B *
 * NVB weights and a broadcast must fit (32 registers on AVX-512 and NEON, 16 on AVX2). Scalar tiles live in
 * L1. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SMALL_TILES 1 /* instrumented tiles of full size take minutes to compile, and prove no more */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SMALL_TILES 1
#endif
#endif
#if defined(SMALL_TILES)
enum { ROWS_B1 = 4, ROWS_B2 = 4 };
#elif defined(FEAT_ISA_AVX512)
enum { ROWS_B1 = 14, ROWS_B2 = 14 };
#elif defined(FEAT_ISA_AVX2)
enum { ROWS_B1 = 6, ROWS_B2 = 0 };
#elif defined(FEAT_ISA_NEON)
enum { ROWS_B1 = 5, ROWS_B2 = 0 };
#else
enum { ROWS_B1 = 4, ROWS_B2 = 0 };
#endif

/* Weights are read once for a tile, from wherever the last tile has left them: asked for so many floats (4 KiB) before
 * they are loaded. */
enum { AHEAD = 1024 };

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* R rows, B blocks, C_IN channels per plane and pixel, STEP floats between the inputs of neighbouring output
 * pixels: all constants where this is inlined. Of every tap of `next`, n_next lines of 16 weights are asked for. */
INLINE void conv_tile(const feat_conv_args *a, const float *x, const float *w, const float *bias,
                      float *const *y, size_t y_offset, const float *next, size_t n_next, const int R,
                      const int B, const int C_IN, const int STEP)
{
    enum { MAX_ACC = 2 * NVB };
    vf acc[ROWS_B1][MAX_ACC];
    const int n_vec = B * NVB;
    if (a->onto == FEAT_CONV_ADDED) {
        UNROLL
        for (int r = 0; r < R; r++) {
            UNROLL
            for (int v = 0; v < n_vec; v++)
                acc[r][v] = v_zero();
        }
    } else if (a->onto) {
        UNROLL
        for (int v = 0; v < n_vec; v++) {
            const float *from = y[v / NVB] + y_offset + (v % NVB) * VL;
            UNROLL
            for (int r = 0; r < R; r++)
                acc[r][v] = v_ld(from + r * BLOCK);
        }
    } else {
        UNROLL
        for (int r = 0; r < R; r++) {
            UNROLL
            for (int v = 0; v < n_vec; v++)
                acc[r][v] = v_ld(bias + v * VL);
        }
    }
    for (size_t cb = 0; cb < a->n_cb; cb++) {
        const float *plane = x + cb * a->x_plane_stride;
        for (int ky = 0; ky < a->kh; ky++) {
            const float *tap = plane + (size_t)ky * a->x_row_stride;
            for (int kx = 0; kx < a->kw; kx++) {
                for (size_t i = 0; i < n_next; i++)
                    for (int b = 0; b < B; b++)
                        __builtin_prefetch(next + (size_t)b * a->w_block_stride + i * BLOCK, 0, 2);
                next += n_next > 0 ? C_IN * BLOCK : 0;
                for (int c = 0; c < C_IN; c++) {
                    vf wv[MAX_ACC];
                    UNROLL
                    for (int v = 0; v < n_vec; v++) {
                        const float *from = w + (v < NVB ? 0 : a->w_block_stride) + c * BLOCK + (v % NVB) * VL;
                        if (R > 2) /* one or two pixels wait for memory, whose own streams are faster unasked */
                            __builtin_prefetch(from + AHEAD, 0, 3);
                        wv[v] = v_ld(from);
                    }
                    UNROLL
                    for (int r = 0; r < R; r++) {
                        vf xv = v_set1(tap[r * STEP + c]);
                        UNROLL
                        for (int v = 0; v < n_vec; v++)
                            acc[r][v] = v_fma(wv[v], xv, acc[r][v]);
                    }
                }
                w += C_IN * BLOCK;
                tap += C_IN;
            }
        }
    }
    if (a->onto == FEAT_CONV_ADDED) {
        UNROLL
        for (int v = 0; v < n_vec; v++) {
            const float *from = y[v / NVB] + y_offset + (v % NVB) * VL;
            UNROLL
            for (int r = 0; r < R; r++)
                acc[r][v] = v_add(v_ld(from + r * BLOCK), acc[r][v]);
        }
    }
    UNROLL
    for (int v = 0; v < n_vec; v++) {
        float *out = y[v / NVB] + y_offset + (v % NVB) * VL;
        UNROLL
        for (int r = 0; r < R; r++)
            v_st(out + r * BLOCK, a->relu ? v_max(acc[r][v], v_zero()) : acc[r][v]);
    }
}

typedef void (*tile_fn)(const feat_conv_args *a, const float *x, const float *w, const float *bias,
                        float *const *y, size_t y_offset, const float *next, size_t n_next);

#define TILE(name, C_IN, STEP, R, B)                                                                         \
    static void name##_##R(const feat_conv_args *a, const float *x, const float *w, const float *bias,        \
                           float *const *y, size_t y_offset, const float *next, size_t n_next)               \
    {                                                                                                        \
        conv_tile(a, x, w, bias, y, y_offset, next, n_next, R, B, C_IN, STEP);                               \
    }

/* X(R) for every row count a tile of one (EACH_B1) or two (EACH_B2) blocks can have. */
#define EACH_4(X, ...) X(__VA_ARGS__, 1) X(__VA_ARGS__, 2) X(__VA_ARGS__, 3) X(__VA_ARGS__, 4)
#define EACH_5(X, ...) EACH_4(X, __VA_ARGS__) X(__VA_ARGS__, 5)
#define EACH_6(X, ...) EACH_5(X, __VA_ARGS__) X(__VA_ARGS__, 6)
#define EACH_14(X, ...)                                                                                      \
    EACH_6(X, __VA_ARGS__)                                                                                   \
    X(__VA_ARGS__, 7)                                                                                        \
    X(__VA_ARGS__, 8) X(__VA_ARGS__, 9) X(__VA_ARGS__, 10) X(__VA_ARGS__, 11) X(__VA_ARGS__, 12)             \
        X(__VA_ARGS__, 13) X(__VA_ARGS__, 14)
#if defined(SMALL_TILES)
#define EACH_B1(X, ...) EACH_4(X, __VA_ARGS__)
#define EACH_B2(X, ...) EACH_4(X, __VA_ARGS__)
#elif defined(FEAT_ISA_AVX512)
#define EACH_B1(X, ...) EACH_14(X, __VA_ARGS__)
#define EACH_B2(X, ...) EACH_14(X, __VA_ARGS__)
#elif defined(FEAT_ISA_AVX2)
#define EACH_B1(X, ...) EACH_6(X, __VA_ARGS__)
#elif defined(FEAT_ISA_NEON)
#define EACH_B1(X, ...) EACH_5(X, __VA_ARGS__)
#else
#define EACH_B1(X, ...) EACH_4(X, __VA_ARGS__)
#endif

#define DEFINE(name, C_IN, STEP, B, R) TILE(name, C_IN, STEP, R, B)
#define NAME(name, R) name##_##R,
#define NAME_TABLE(name, each)                                                                               \
    {                                                                                                        \
        NULL, each(NAME, name)                                                                               \
    }

EACH_B1(DEFINE, block_s1_b1, 16, 16, 1)
EACH_B1(DEFINE, block_s2_b1, 16, 32, 1)
EACH_B1(DEFINE, rgb_s2_b1, 3, 6, 1)
static const tile_fn tiles_b1[][ROWS_B1 + 1] = {
    NAME_TABLE(block_s1_b1, EACH_B1), NAME_TABLE(block_s2_b1, EACH_B1), NAME_TABLE(rgb_s2_b1, EACH_B1)};
_Static_assert(sizeof tiles_b1 / sizeof tiles_b1[0] == FEAT_N_CONV_FORMS, "tiles of each form");
#if defined(EACH_B2)
EACH_B2(DEFINE, block_s1_b2, 16, 16, 2)
EACH_B2(DEFINE, block_s2_b2, 16, 32, 2)
EACH_B2(DEFINE, rgb_s2_b2, 3, 6, 2)
static const tile_fn tiles_b2[][ROWS_B2 + 1] = {
    NAME_TABLE(block_s1_b2, EACH_B2), NAME_TABLE(block_s2_b2, EACH_B2), NAME_TABLE(rgb_s2_b2, EACH_B2)};
_Static_assert(sizeof tiles_b2 / sizeof tiles_b2[0] == FEAT_N_CONV_FORMS, "tiles of each form");
#endif

/* Cuts n_px pixels of the blocks from b on into tiles of nearly equal size, none above max_rows: 17 becomes 9 + 8
 * rather than 14 + 3. Each tile asks for its share of the next weights, so that memory is never busier than it must
 * be. */
static void conv_strip(const feat_conv_args *a, const tile_fn *tiles, size_t max_rows, float *const *y, size_t b,
                       size_t n_px)
{
    static const size_t steps[] = {16, 32, 6}, channels[] = {16, 16, 3};
    _Static_assert(sizeof steps / sizeof steps[0] == FEAT_N_CONV_FORMS, "a step of each form");
    _Static_assert(sizeof channels / sizeof channels[0] == FEAT_N_CONV_FORMS, "channels of a plane of each form");
    size_t step = steps[a->form], w_offset = b * a->w_block_stride, n_next = a->next != NULL ? channels[a->form] : 0;
    size_t n_tiles = (n_px + max_rows - 1) / max_rows;
    size_t rows = n_px / n_tiles, n_longer = n_px % n_tiles;
    for (size_t t = 0, px = 0; t < n_tiles; t++) {
        size_t r = rows + (t < n_longer ? 1 : 0), from = n_next * t / n_tiles, to = n_next * (t + 1) / n_tiles;
        const float *next = n_next > 0 ? a->next + w_offset + from * BLOCK : a->w;
        tiles[r](a, a->x + px * step, a->w + w_offset, a->bias + b * BLOCK, y + b, px * BLOCK, next, to - from);
        px += r;
    }
}

static void k_conv_row(const feat_conv_args *a, float *const *y, size_t n_px, size_t n_blocks)
{
    size_t b = 0;
#if defined(EACH_B2)
    for (; b + 2 <= n_blocks; b += 2)
        conv_strip(a, tiles_b2[a->form], ROWS_B2, y, b, n_px);
#endif
    for (; b < n_blocks; b++)
        conv_strip(a, tiles_b1[a->form], ROWS_B1, y, b, n_px);
}
