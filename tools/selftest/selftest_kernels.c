/* Every kernel of a table on small made-up inputs. What is hashed does not depend on the table: of the tiles
 * of matrix products the whole product. */
#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/selftest/selftest.h"
#include "tools/selftest/selftest_oracle.h"

enum {
    FLOATS = 1 << 16, /* of inputs and of outputs; each run uses the beginning */
    ORDER = 48,       /* of the matrix product: a multiple of every table's panel width */
    DEPTH = 37
};

/* Memory of a run: inputs made from the seed, outputs to be hashed. */
typedef struct bench {
    const feat_kernels *table;
    float *in, *out;
    double *din, *dout;
    uint64_t state;
    feat_hash64_state hash;
} bench;

static void fill(bench *b)
{
    for (size_t i = 0; i < FLOATS; i++)
        b->in[i] = bf_selftest_float(&b->state);
    for (size_t i = 0; i < FLOATS / 2; i++)
        b->din[i] = (double)bf_selftest_float(&b->state) + 0x1p-24 * (double)bf_selftest_float(&b->state);
    memset(b->out, 0, FLOATS * sizeof *b->out);
    memset(b->dout, 0, FLOATS / 2 * sizeof *b->dout);
}

static void take(bench *b, const void *data, size_t bytes)
{
    feat_hash64_update(&b->hash, data, bytes);
}

/* --- the groups ----------------------------------------------------------------------------------- */

static void run_conv(bench *b, feat_conv_form form, int kh, int kw)
{
    enum { PIXELS = 13, BLOCKS = 3, PLANES = 2, ROW = 64 * FEAT_BLOCK };
    const size_t channels = form == FEAT_CONV_RGB_S2 ? 3 : FEAT_BLOCK,
                 planes = form == FEAT_CONV_RGB_S2 ? 1 : PLANES;
    const size_t block = planes * (size_t)(kh * kw) * channels * FEAT_BLOCK;
    for (int relu = 0; relu < 2; relu++) {
        fill(b);
        float *y[BLOCKS];
        for (size_t i = 0; i < BLOCKS; i++)
            y[i] = b->out + i * PIXELS * FEAT_BLOCK;
        feat_conv_args args = {.form = form,
                               .kh = kh,
                               .kw = kw,
                               .n_cb = planes,
                               .x = b->in,
                               .x_plane_stride = (size_t)kh * ROW,
                               .x_row_stride = ROW,
                               .w = b->in + 20000,
                               .w_block_stride = block,
                               .bias = b->in + 19000,
                               .relu = relu};
        b->table->conv_row(&args, y, PIXELS, BLOCKS);
        take(b, b->out, (size_t)PIXELS * BLOCKS * FEAT_BLOCK * sizeof(float));
    }
}

static void conv_s1(bench *b)
{
    run_conv(b, FEAT_CONV_BLOCK_S1, 1, 1);
    run_conv(b, FEAT_CONV_BLOCK_S1, 1, 7);
}

static void conv_s2(bench *b)
{
    run_conv(b, FEAT_CONV_BLOCK_S2, 3, 3);
}

static void conv_rgb(bench *b)
{
    run_conv(b, FEAT_CONV_RGB_S2, 3, 3);
}

static void run_pool(bench *b, feat_pool_row_fn pool, int stride, int count_padding, const float *bias)
{
    for (int n_rows = stride == 2 ? 3 : 1; n_rows <= 3; n_rows++) {
        const size_t w = 11, ow = stride == 2 ? 5 : w;
        feat_pool_args args = {b->in, w * FEAT_BLOCK, n_rows, 3, w, ow, stride, count_padding, bias};
        pool(&args, b->out);
        take(b, b->out, ow * FEAT_BLOCK * sizeof(float));
    }
}

static void pool_max(bench *b)
{
    fill(b);
    run_pool(b, b->table->max_row, 1, 0, NULL);
    run_pool(b, b->table->max_row, 2, 0, NULL);
}

static void pool_average(bench *b)
{
    fill(b);
    run_pool(b, b->table->avg_row, 1, 0, NULL);
    run_pool(b, b->table->avg_row, 1, 1, NULL);
    run_pool(b, b->table->avg_row, 1, 0, b->in + 5000);
}

static void mean(bench *b)
{
    static const size_t sizes[][2] = {{1, 1}, {8, 8}, {3, 17}};
    fill(b);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        b->table->mean(b->out, b->in, sizes[i][0], sizes[i][1]);
        take(b, b->out, FEAT_BLOCK * sizeof(float));
    }
}

static void filter_data(bench *b)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++) {
        const feat_wino *f = &feat_winos[form];
        const feat_wino_part edge = {1, f->a - 1, 0, f->dims == 1 ? 1 : f->a - 1};
        for (int cut = 0; cut < 2; cut++) {
            fill(b);
            b->table->wino_data((feat_wino_form)form, b->out, FEAT_BLOCK, b->in, 10 * FEAT_BLOCK, FEAT_BLOCK,
                                cut ? &edge : NULL);
            take(b, b->out, (size_t)(f->dims == 1 ? f->a : f->a * f->a) * FEAT_BLOCK * sizeof(float));
        }
    }
}

static void filter_output(bench *b)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++) {
        const feat_wino *f = &feat_winos[form];
        for (int cut = 0; cut < 2; cut++) {
            int n_i = f->m - cut, n_j = f->dims == 1 ? 1 : f->m - cut;
            fill(b);
            b->table->wino_output((feat_wino_form)form, b->out, 8 * FEAT_BLOCK, FEAT_BLOCK, n_i, n_j, b->in,
                                  FEAT_BLOCK, b->in + 10000);
            take(b, b->out, 64 * FEAT_BLOCK * sizeof(float));
        }
    }
}

static void filter_weights(bench *b)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++) {
        const feat_wino *f = &feat_winos[form];
        fill(b);
        b->table->wino_weights((feat_wino_form)form, b->out, FEAT_BLOCK, b->din, b->din + 1000);
        take(b, b->out, (size_t)(f->dims == 1 ? f->a : f->a * f->a) * FEAT_BLOCK * sizeof(float));
    }
}

/* Two operands of ORDER rows, packed into panels as the table wants them. */
static void pack_operands(bench *b, double *left, double *right)
{
    const size_t nr = b->table->dmat.nr;
    fill(b);
    for (size_t row = 0; row < ORDER; row++)
        for (size_t k = 0; k < DEPTH; k++) {
            size_t at = row / nr * nr * DEPTH + k * nr + row % nr;
            left[at] = b->din[row * DEPTH + k];
            right[at] = b->din[(ORDER + row) * DEPTH + k];
        }
}

/* C [ORDER][ORDER] from two operands. */
static void run_tiles(bench *b, feat_dmat_mul_tile_fn tile)
{
    const size_t mr = b->table->dmat.mr, nr = b->table->dmat.nr;
    double *left = b->dout + ORDER * ORDER, *right = left + ORDER * DEPTH;
    pack_operands(b, left, right);
    for (size_t i = 0; i < ORDER; i += mr)
        for (size_t j = 0; j < ORDER; j += nr)
            tile(b->dout + i * ORDER + j, ORDER, left + i / nr * nr * DEPTH + i % nr, right + j * DEPTH,
                 DEPTH);
    take(b, b->dout, (size_t)ORDER * ORDER * sizeof(double));
}

static void product(bench *b)
{
    run_tiles(b, b->table->dmat.mul_tile);
}

static void distance(bench *b)
{
    run_tiles(b, b->table->dmat.dist_tile);
}

static void sums_of_products(bench *b)
{
    const size_t mr = b->table->dmat.mr, nr = b->table->dmat.nr;
    double *left = b->dout + ORDER * ORDER, *right = left + ORDER * DEPTH, *row[FEAT_DMAT_MAX_MR];
    pack_operands(b, left, right);
    for (size_t i = 0; i < ORDER; i += mr)
        for (size_t j = 0; j < ORDER; j += nr) {
            for (size_t r = 0; r < mr; r++)
                row[r] = b->dout + (ORDER - 1 - i - r) * ORDER + j;
            b->table->dmat.sum_tile(row, left + i / nr * nr * DEPTH + i % nr, right + j * DEPTH, DEPTH);
        }
    take(b, b->dout, (size_t)ORDER * ORDER * sizeof(double));
}

static void powers(bench *b)
{
    for (unsigned n = 1; n < 70; n += 9) {
        fill(b);
        b->table->dmat.power(b->din, n, 0.25, 1.0, n % 5 + 1, 0.5);
        take(b, b->din, n * sizeof(double));
    }
}

/* The same of floats. */
static void product_of_floats(bench *b)
{
    const size_t mr = b->table->dmat.fmr, nr = b->table->dmat.fnr;
    fill(b);
    float *left = b->out + ORDER * ORDER, *right = left + ORDER * DEPTH;
    for (size_t row = 0; row < ORDER; row++)
        for (size_t k = 0; k < DEPTH; k++) {
            size_t at = row / nr * nr * DEPTH + k * nr + row % nr;
            left[at] = b->in[row * DEPTH + k];
            right[at] = b->in[(ORDER + row) * DEPTH + k];
        }
    for (size_t i = 0; i < ORDER; i += mr)
        for (size_t j = 0; j < ORDER; j += nr)
            b->table->dmat.fmul_tile(b->out + i * ORDER + j, ORDER, left + i / nr * nr * DEPTH + i % nr,
                                     right + j * DEPTH, DEPTH);
    take(b, b->out, (size_t)ORDER * ORDER * sizeof(float));
}

static void distances_of_rows(bench *b)
{
    const float *left[ORDER], *rows[ORDER];
    const double *wide[ORDER];
    fill(b);
    for (size_t n = 1; n <= ORDER; n += 11) {
        for (size_t i = 0; i < n; i++) {
            left[i] = b->in;
            wide[i] = b->din + i;
            rows[i] = b->in + (n - i) * DEPTH;
        }
        b->table->dmat.dist_pairs(b->dout, left, rows, n, DEPTH);
        take(b, b->dout, n * sizeof(double));
        b->table->dmat.dist_mixed(b->dout, left, wide, n, DEPTH);
        take(b, b->dout, n * sizeof(double));
    }
}

static void dot(bench *b)
{
    fill(b);
    for (size_t n = 0; n < 70; n++)
        b->dout[n] = b->table->dmat.dot(b->din + n, b->din + 200, n);
    take(b, b->dout, 70 * sizeof(double));
}

static void axpys(bench *b)
{
    for (size_t n = 1; n < 70; n += 9) {
        fill(b);
        b->table->dmat.axpys(b->dout, b->din, 80, b->din + 1000, 5, n);
        b->table->dmat.add_floats(b->dout, b->in, n);
        take(b, b->dout, n * sizeof(double));
    }
}

static void symv(bench *b)
{
    fill(b);
    for (size_t i1 = 1; i1 <= 29; i1 += 7)
        b->table->dmat.symv(b->dout, b->din, 31, b->din + 1000, i1 / 3, i1, 29);
    take(b, b->dout, 29 * sizeof(double));
}

static void rotation(bench *b)
{
    enum { ROWS = 10 };
    fill(b);
    memcpy(b->dout, b->din, (size_t)ROWS * FEAT_DMAT_ROTATE_COLUMNS * sizeof(double));
    b->table->dmat.rotate(b->dout, FEAT_DMAT_ROTATE_COLUMNS, b->din + 1000, b->din + 1100, ROWS - 1);
    b->table->dmat.rotate(b->dout + (size_t)(ROWS - 1) * FEAT_DMAT_ROTATE_COLUMNS, -FEAT_DMAT_ROTATE_COLUMNS,
                          b->din + 1200, b->din + 1300, ROWS - 1);
    take(b, b->dout, (size_t)ROWS * FEAT_DMAT_ROTATE_COLUMNS * sizeof(double));
}

/* Of the plain loops, which have none of tokens: the last table, which is plain C. */
static const feat_token_kernels *tokens_of(const bench *b)
{
    size_t last = 0;
    while (feat_kernels_at(last + 1) != NULL)
        last++;
    return b->table->tokens.layer_norm != NULL ? &b->table->tokens : &feat_kernels_at(last)->tokens;
}

static void layer_norm(bench *b)
{
    enum { TOKENS = 7, PLANES = 5, PLANE = TOKENS * FEAT_BLOCK };
    fill(b);
    const feat_norm_args args = {.x = b->in,
                                 .x_plane = PLANE,
                                 .y = b->out,
                                 .y_plane = PLANE,
                                 .n_planes = PLANES,
                                 .gamma = b->in + 10000,
                                 .beta = b->in + 11000,
                                 .epsilon = 1e-6};
    tokens_of(b)->layer_norm(&args, TOKENS);
    take(b, b->out, (size_t)PLANES * PLANE * sizeof(float));
}

static void attention(bench *b)
{
    enum { ROWS = 5, BLOCKS = 3, KEYS = 37, PLANE = ROWS * FEAT_BLOCK };
    float sums[ROWS];
    fill(b);
    memcpy(b->out, b->in, (size_t)BLOCKS * PLANE * sizeof(float));
    tokens_of(b)->softmax(b->out, PLANE, BLOCKS, KEYS, ROWS, 0.125f, sums);
    tokens_of(b)->divide(b->out, PLANE, BLOCKS, sums, ROWS);
    take(b, sums, sizeof sums);
    take(b, b->out, (size_t)BLOCKS * PLANE * sizeof(float));
}

static void activations(bench *b)
{
    enum { PIXELS = 40 };
    void (*const functions[])(float *, size_t) = {tokens_of(b)->gelu, tokens_of(b)->quick_gelu};
    fill(b);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < PIXELS * FEAT_BLOCK; k++)
            b->out[k] = 8.0f * b->in[k];
        functions[i](b->out, PIXELS);
        tokens_of(b)->sum(b->out, b->in, i == 0 ? NULL : b->in + 5000, PIXELS);
        take(b, b->out, (size_t)PIXELS * FEAT_BLOCK * sizeof(float));
    }
}

/* --- all of them ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*run)(bench *b);
} groups[] = {{"convolution", conv_s1},
              {"convolution, stride 2", conv_s2},
              {"convolution of RGB", conv_rgb},
              {"maximum pool", pool_max},
              {"average pool", pool_average},
              {"mean", mean},
              {"filter data", filter_data},
              {"filter output", filter_output},
              {"filter weights", filter_weights},
              {"matrix product", product},
              {"distances", distance},
              {"dot product", dot},
              {"sums of rows", axpys},
              {"symmetric product", symv},
              {"rotations", rotation},
              {"product of floats", product_of_floats},
              {"distances of rows", distances_of_rows},
              {"sums of products", sums_of_products},
              {"powers", powers},
              {"layer norm", layer_norm},
              {"attention", attention},
              {"activations", activations}};
_Static_assert(sizeof groups / sizeof groups[0] == BF_N_SELFTEST_GROUPS, "a row for each group");

const char *bf_selftest_group(size_t group)
{
    return group < BF_N_SELFTEST_GROUPS ? groups[group].name : NULL;
}

feat_status bf_selftest_kernels(uint64_t hashes[BF_N_SELFTEST_GROUPS], size_t table, feat_error *err)
{
    bench b = {.table = table == SIZE_MAX ? bf_selftest_oracle() : feat_kernels_at(table)};
    b.in = feat_calloc(FLOATS, sizeof *b.in);
    b.out = feat_calloc(FLOATS, sizeof *b.out);
    b.din = feat_calloc(FLOATS / 2, sizeof *b.din);
    b.dout = feat_calloc(FLOATS / 2, sizeof *b.dout);
    bool good = b.in != NULL && b.out != NULL && b.din != NULL && b.dout != NULL;
    for (size_t g = 0; g < BF_N_SELFTEST_GROUPS && good; g++) {
        b.state = g; /* each group has inputs of its own, whatever the others use */
        feat_hash64_init(&b.hash);
        groups[g].run(&b);
        hashes[g] = feat_hash64_final(&b.hash);
    }
    feat_free(b.in);
    feat_free(b.out);
    feat_free(b.din);
    feat_free(b.dout);
    return good ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory to test the kernels");
}
