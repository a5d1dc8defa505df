/* The loop of a split convolution, once for tiles in software and once for those of the machine. Included
 * after the file that defines SPLIT_CONV (the name), SPLIT_TARGET (an attribute), TILES (declares the state),
 * and over the accumulators 0 to 3, the two input tiles and the two weight tiles:
 *
 *   TILE_ZERO(c)   TILE_STORE(c, to)   TILE_X(i, from)   TILE_W(i, from)   TILE_DOT(c, x, w)
 *
 * Four tiles hold the sums and leave four for operands, so of the eight operand pieces one (hi of the first weights)
 * is loaded twice: nine loads for twelve products, which matters where loads are slow. Consecutive products go to
 * different sums; the same sum comes round every fourth product. */
SPLIT_TARGET static void SPLIT_CONV(const feat_split_args *s, float *c, const uint16_t *const *x,
                                    size_t n_tiles, size_t n_blocks)
{
    int two_x = n_tiles > 1, two_w = n_blocks > 1;
    const uint16_t *w = s->w;
    TILES
    TILE_ZERO(0);
    if (two_w)
        TILE_ZERO(1);
    if (two_x) {
        TILE_ZERO(2);
        if (two_w)
            TILE_ZERO(3);
    }
    for (size_t step = 0; step < s->n_steps; step++) {
        size_t at = s->steps[step];
        const uint16_t *x0 = x[0] + at, *x1 = two_x ? x[1] + at : x0;
        const uint16_t *w0 = w, *w1 = two_w ? w + s->w_block_stride : w0;
        const uint16_t *w0_lo = w0 + FEAT_SPLIT_W_TILE / 2, *w1_lo = w1 + FEAT_SPLIT_W_TILE / 2;
        TILE_X(0, x0);
        TILE_W(0, w0);
        if (two_x && two_w) {
            TILE_DOT(0, 0, 0);
            TILE_X(1, x1);
            TILE_DOT(2, 1, 0);
            TILE_W(1, w1);
            TILE_DOT(1, 0, 1);
            TILE_DOT(3, 1, 1);
            TILE_W(0, w0_lo);
            TILE_DOT(0, 0, 0);
            TILE_DOT(2, 1, 0);
            TILE_W(0, w1_lo);
            TILE_DOT(1, 0, 0);
            TILE_DOT(3, 1, 0);
            TILE_X(0, x0 + s->x_lo);
            TILE_W(0, w0);
            TILE_DOT(0, 0, 0);
            TILE_X(1, x1 + s->x_lo);
            TILE_DOT(2, 1, 0);
            TILE_DOT(1, 0, 1);
            TILE_DOT(3, 1, 1);
        } else if (two_x) {
            TILE_DOT(0, 0, 0);
            TILE_X(1, x1);
            TILE_DOT(2, 1, 0);
            TILE_W(1, w0_lo);
            TILE_DOT(0, 0, 1);
            TILE_DOT(2, 1, 1);
            TILE_X(0, x0 + s->x_lo);
            TILE_DOT(0, 0, 0);
            TILE_X(1, x1 + s->x_lo);
            TILE_DOT(2, 1, 0);
        } else {
            TILE_X(1, x0 + s->x_lo);
            TILE_DOT(0, 0, 0);
            TILE_W(1, w0_lo);
            TILE_DOT(0, 0, 1);
            TILE_DOT(0, 1, 0);
            if (two_w) {
                TILE_W(0, w1);
                TILE_DOT(1, 0, 0);
                TILE_W(1, w1_lo);
                TILE_DOT(1, 0, 1);
                TILE_DOT(1, 1, 0);
            }
        }
        w += FEAT_SPLIT_W_TILE;
    }
    TILE_STORE(0, c);
    if (two_w)
        TILE_STORE(1, c + FEAT_SPLIT_C_TILE);
    if (two_x) {
        TILE_STORE(2, c + 2 * FEAT_SPLIT_C_TILE);
        if (two_w)
            TILE_STORE(3, c + 3 * FEAT_SPLIT_C_TILE);
    }
}

#undef SPLIT_CONV
#undef SPLIT_TARGET
#undef TILES
#undef TILE_ZERO
#undef TILE_STORE
#undef TILE_X
#undef TILE_W
#undef TILE_DOT
