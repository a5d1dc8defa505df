/* Split convolutions on the tile unit, where there is one, and in software, against the naive loops. */
#include <string.h>

#include "tests/engine/kernels/check.h"
#include "tests/engine/kernels/oracle.h"

/* Halves of floats, so that check_same can compare them and no two differ as NaNs do not. */
static void as_numbers(float *to, const uint16_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

/* n values, even in number, in memory that ends at an unreadable page. */
static uint16_t *halves(check *c, size_t n)
{
    return (uint16_t *)check_floats(c, n / 2, 0);
}

/* Pieces of random numbers: n pixels of a group, hi at `hi` and lo at `lo`. */
static void fill_pieces(check *c, uint16_t *hi, uint16_t *lo, size_t n, check_data kind)
{
    float x[FEAT_BLOCK];
    for (size_t i = 0; i < 2 * n; i++) {
        check_fill(c, x, FEAT_BLOCK, kind);
        oracle_split_store(hi + i * FEAT_BLOCK, lo + i * FEAT_BLOCK, x, NULL, 0, 1);
    }
}

typedef struct shape {
    size_t n_steps, n_tiles, n_blocks;
    check_data data;
} shape;

enum { MAX_STEPS = 25, MAX_DISTANCE = 40 };

static void run_conv(check *c, const shape *s)
{
    check_begin(c, "%zu steps, %zu tiles, %zu blocks, %s data", s->n_steps, s->n_tiles, s->n_blocks,
                check_data_name(s->data));
    size_t steps[MAX_STEPS], n_pixels = 0, n_w = s->n_steps * FEAT_SPLIT_W_TILE;
    for (size_t i = 0; i < s->n_steps; i++) { /* in no order, and some of them twice */
        size_t pixel = check_below(c, MAX_DISTANCE);
        steps[i] = pixel * FEAT_SPLIT_GROUP;
        n_pixels = pixel > n_pixels ? pixel : n_pixels;
    }
    size_t second = check_below(c, 20); /* of the tiles: they may overlap */
    n_pixels += second + FEAT_SPLIT_TILE;
    feat_split_args a = {
        .n_steps = s->n_steps, .steps = steps, .x_lo = n_pixels * FEAT_SPLIT_GROUP, .w_block_stride = n_w};
    uint16_t *x = halves(c, 2 * a.x_lo), *w = halves(c, s->n_blocks * n_w);
    fill_pieces(c, x, x + a.x_lo, n_pixels, s->data);
    for (size_t i = 0; i < s->n_blocks * s->n_steps; i++)
        fill_pieces(c, w + i * FEAT_SPLIT_W_TILE, w + i * FEAT_SPLIT_W_TILE + FEAT_SPLIT_W_TILE / 2, 16,
                    s->data);
    check_freeze(c, (float *)x);
    check_freeze(c, (float *)w);
    size_t n_c = ((s->n_tiles - 1) * 2 + s->n_blocks) * FEAT_SPLIT_C_TILE;
    float *got = check_floats(c, n_c, 0), *want = check_floats(c, n_c, 0);
    const uint16_t *from[2] = {x, x + second * FEAT_SPLIT_GROUP};
    a.w = w;
    c->table->split.begin();
    c->table->split.conv(&a, got, from, s->n_tiles, s->n_blocks);
    c->table->split.end();
    oracle_split_conv(&a, want, from, s->n_tiles, s->n_blocks);
    check_same(c, got, want, n_c);
}

static void conv(check *c)
{
    static const size_t n_steps[] = {1, 2, 3, 7, 9, 25};
    for (size_t i = 0; i < sizeof n_steps / sizeof n_steps[0]; i++)
        for (size_t cut = 0; cut < 4; cut++)
            run_conv(c, &(shape){n_steps[i], 1 + cut / 2, 1 + cut % 2, CHECK_UNIFORM});
    /* Subnormal, tiny and vanishing numbers: where units that flush them would differ from plain arithmetic. */
    for (int kind = 0; kind < CHECK_N_DATA; kind++)
        run_conv(c, &(shape){4, 2, 2, (check_data)kind});
}

/* Numbers whose rounding is a tie, or nearly, and those around the bound below which pieces are zero. */
static void fill_hard(check *c, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)check_random(c);
        switch (check_below(c, 3)) {
        case 0:
            bits = (bits & 0xffff0000u) | 0x8000u;
            break;
        case 1:
            bits = (bits & 0xffff0000u) + 0x7ff0u + (uint32_t)check_below(c, 32);
            break;
        default:
            bits = (bits & 0x80ffffffu) | 0x24000000u;
        }
        memcpy(x + i, &bits, sizeof bits);
    }
}

static void run_store(check *c, size_t n, int kind, int with_bias, int relu)
{
    check_begin(c, "%zu pixels, %s data, %s, %s", n,
                kind == CHECK_N_DATA ? "hard" : check_data_name((check_data)kind),
                with_bias ? "bias" : "no bias", relu ? "ReLU" : "linear");
    size_t n_pieces = n * FEAT_SPLIT_GROUP;
    float *sums = check_floats(c, n * FEAT_BLOCK, 0), *bias = check_floats(c, FEAT_BLOCK, 0);
    uint16_t *pieces[2] = {halves(c, 2 * n_pieces), halves(c, 2 * n_pieces)};
    float *numbers[2] = {check_floats(c, 2 * n_pieces, 0), check_floats(c, 2 * n_pieces, 0)};
    if (kind == CHECK_N_DATA)
        fill_hard(c, sums, n * FEAT_BLOCK);
    else
        check_fill(c, sums, n * FEAT_BLOCK, (check_data)kind);
    check_fill(c, bias, FEAT_BLOCK, CHECK_UNIFORM);
    check_freeze(c, sums);
    check_freeze(c, bias);
    for (int i = 0; i < 2; i++) {
        memset(pieces[i], 0x5a, 2 * n_pieces * sizeof(uint16_t));
        /* the second half of each group is not touched */
        (i == 0 ? c->table->split.store : oracle_split_store)(pieces[i], pieces[i] + n_pieces, sums,
                                                              with_bias ? bias : NULL, relu, n);
        as_numbers(numbers[i], pieces[i], 2 * n_pieces);
    }
    check_same(c, numbers[0], numbers[1], 2 * n_pieces);
}

static void store(check *c)
{
    for (size_t n = 1; n <= 20; n++)
        for (int kind = 0; kind <= CHECK_N_DATA; kind++)
            for (int how = 0; how < 4; how++)
                run_store(c, n, kind, how & 1, how >> 1);
}

static void store_whole(check *c)
{
    for (size_t n = 1; n <= 20; n++)
        for (int kind = 0; kind < CHECK_N_DATA; kind++)
            for (int how = 0; how < 4; how++) {
                check_begin(c, "%zu pixels, %s data, %s, %s", n, check_data_name((check_data)kind),
                            (how & 1) != 0 ? "bias" : "no bias", how >> 1 != 0 ? "ReLU" : "linear");
                float *sums = check_floats(c, n * FEAT_BLOCK, 0), *bias = check_floats(c, FEAT_BLOCK, 0);
                float *got = check_floats(c, n * FEAT_BLOCK, 0), *want = check_floats(c, n * FEAT_BLOCK, 0);
                check_fill(c, sums, n * FEAT_BLOCK, (check_data)kind);
                check_fill(c, bias, FEAT_BLOCK, CHECK_UNIFORM);
                check_freeze(c, sums);
                check_freeze(c, bias);
                c->table->split.store_whole(got, sums, (how & 1) != 0 ? bias : NULL, how >> 1, n);
                oracle_split_store_whole(want, sums, (how & 1) != 0 ? bias : NULL, how >> 1, n);
                check_same(c, got, want, n * FEAT_BLOCK);
            }
}

static void join(check *c)
{
    for (size_t n = 1; n <= 20; n++)
        for (int kind = 0; kind < CHECK_N_DATA; kind++) {
            check_begin(c, "%zu pixels, %s data", n, check_data_name((check_data)kind));
            uint16_t *pieces = halves(c, 2 * n * FEAT_SPLIT_GROUP), *lo = pieces + n * FEAT_SPLIT_GROUP;
            float *got = check_floats(c, n * FEAT_BLOCK, 0), *want = check_floats(c, n * FEAT_BLOCK, 0);
            fill_pieces(c, pieces, lo, n, (check_data)kind);
            check_freeze(c, (float *)pieces);
            c->table->split.join(got, pieces, lo, n);
            oracle_split_join(want, pieces, lo, n);
            check_same(c, got, want, n * FEAT_BLOCK);
        }
}

int main(int argc, char **argv)
{
    static const check_kernel kernels[] = {
        {"split.conv", conv, NULL},
        {"split.store", store, NULL},
        {"split.store_whole", store_whole, NULL},
        {"split.join", join, NULL},
    };
    return check_main(argc, argv, kernels, sizeof kernels / sizeof kernels[0]);
}
