/* engine/ops/fold: batch norm folded exactly as stated, and the packed layout. Expected figures:
 * tests/data/make_net_data.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/ops/fold.h"
#include "tests/engine/kernels/oracle.h"

enum { MAX_CASES = 128, BLOCK = 16, MAX_PACKED = 40000 };

typedef struct cases {
    size_t n;
    float gamma[MAX_CASES], beta[MAX_CASES], mean[MAX_CASES], var[MAX_CASES], weight[MAX_CASES];
    double scale[MAX_CASES];
    float bias[MAX_CASES], folded[MAX_CASES];
} cases;

static void read_cases(cases *c)
{
    static const char path[] = "tests/data/fold_cases.txt";
    char line[512];
    double v[8];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("cannot open %s: run the tests from the top of the repository", path);
    c->n = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "%la %la %la %la %la %la %la %la", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6],
                   &v[7]) != 8)
            continue;
        assert_true(c->n < MAX_CASES);
        c->gamma[c->n] = (float)v[0];
        c->beta[c->n] = (float)v[1];
        c->mean[c->n] = (float)v[2];
        c->var[c->n] = (float)v[3];
        c->weight[c->n] = (float)v[4];
        c->scale[c->n] = v[5];
        c->bias[c->n] = (float)v[6];
        c->folded[c->n] = (float)v[7];
        c->n++;
    }
    fclose(f);
    assert_int_equal(c->n, 64);
}

static void folding_is_rounded_as_stated(void **state)
{
    (void)state;
    static cases c;
    read_cases(&c);
    double scale[MAX_CASES];
    static float bias[MAX_CASES], packed[MAX_CASES * BLOCK];
    feat_batch_norm bn = {c.gamma, c.beta, c.mean, c.var};
    feat_fold_batch_norm(scale, bias, &bn, c.n, 0.001);
    assert_memory_equal(scale, c.scale, c.n * sizeof *scale);
    assert_memory_equal(bias, c.bias, c.n * sizeof *bias);
    feat_pack_conv(packed, c.weight, scale, c.n, 1, 1, 1, 1);
    for (size_t i = 0; i < c.n; i++)
        assert_memory_equal(&packed[i], &c.folded[i], sizeof(float));
}

static void no_gamma_counts_as_one(void **state)
{
    (void)state;
    static cases c;
    read_cases(&c);
    size_t n_ones = 0;
    for (size_t i = 0; i < c.n; i++) {
        if (c.gamma[i] < 1.0f || c.gamma[i] > 1.0f)
            continue;
        double scale;
        float bias;
        feat_batch_norm bn = {NULL, &c.beta[i], &c.mean[i], &c.var[i]};
        feat_fold_batch_norm(&scale, &bias, &bn, 1, 0.001);
        assert_memory_equal(&scale, &c.scale[i], sizeof scale);
        assert_memory_equal(&bias, &c.bias[i], sizeof bias);
        n_ones++;
    }
    assert_in_range(n_ones, 1, c.n);
}

/* Each weight [o][i][y][x] is o * 10000 + i * 100 + y * 10 + x: its place says what it must be. */
static void packs(size_t oc, size_t ic, size_t kh, size_t kw, size_t c_in, const double *scale)
{
    static float w[MAX_PACKED], packed[MAX_PACKED];
    size_t at = 0, planes = (ic + c_in - 1) / c_in, blocks = (oc + BLOCK - 1) / BLOCK;
    size_t n_packed = blocks * planes * kh * kw * c_in * BLOCK;
    assert_true(oc * ic * kh * kw <= MAX_PACKED && n_packed < MAX_PACKED);
    for (size_t o = 0; o < oc; o++)
        for (size_t i = 0; i < ic; i++)
            for (size_t y = 0; y < kh; y++)
                for (size_t x = 0; x < kw; x++)
                    w[at++] = (float)(1 + o * 10000 + i * 100 + y * 10 + x);
    packed[n_packed] = -77.0f;
    feat_pack_conv(packed, w, scale, oc, ic, kh, kw, c_in);
    assert_true(fabsf(packed[n_packed] + 77.0f) <= 0.0f);
    at = 0;
    for (size_t b = 0; b < blocks; b++)
        for (size_t p = 0; p < planes; p++)
            for (size_t y = 0; y < kh; y++)
                for (size_t x = 0; x < kw; x++)
                    for (size_t c = 0; c < c_in; c++)
                        for (size_t lane = 0; lane < BLOCK; lane++, at++) {
                            size_t o = b * BLOCK + lane, i = p * c_in + c;
                            float expected = 0.0f;
                            if (o < oc && i < ic)
                                expected = (float)(1 + o * 10000 + i * 100 + y * 10 + x) *
                                           (scale == NULL ? 1.0f : (float)scale[o]);
                            assert_memory_equal(&packed[at], &expected, sizeof expected);
                        }
    assert_int_equal(at, n_packed);
}

static void packing_puts_every_weight_in_its_place(void **state)
{
    (void)state;
    double scale[48];
    for (int i = 0; i < 48; i++)
        scale[i] = i % 2 ? 0.5 : -4.0; /* powers of two: products are exact */
    packs(32, 3, 3, 3, 3, scale);
    packs(32, 48, 1, 7, 16, scale);
    packs(48, 16, 5, 5, 16, scale);
    packs(16, 16, 1, 1, 16, NULL);
    packs(20, 18, 2, 3, 16, scale); /* padded with zeros up to whole blocks and planes */
    packs(1, 1, 1, 1, 16, NULL);
    packs(17, 33, 1, 1, 16, NULL);
}

/* --- minimal filtering --------------------------------------------------------------------------------- */

enum { OC = 32, IC = 48, MAX_WINO = OC * IC * 64 };

/* What packing must give for one output and input channel: the transform by itself on the scaled taps. */
static void packs_wino(feat_wino_form form, const feat_kernels *kernels)
{
    static float w[OC * IC * 25], packed[MAX_WINO + 1];
    const feat_wino *f = &feat_winos[form];
    size_t n_taps = (size_t)(f->dims == 2 ? f->r * f->r : f->r),
           n_products = (size_t)(f->dims == 2 ? f->a * f->a : f->a);
    oracle_wino o;
    double scale[OC];
    oracle_wino_form(&o, form);
    for (size_t i = 0; i < OC * IC * n_taps; i++)
        w[i] = (float)((i * 7919 + 13) % 1009) / 1009.0f - 0.5f;
    for (size_t i = 0; i < OC; i++)
        scale[i] = 1.0 / (3.0 + (double)i);
    packed[OC * IC * n_products] = -77.0f;
    feat_pack_wino(packed, w, scale, OC, IC, form, kernels);
    assert_true(fabsf(packed[OC * IC * n_products] + 77.0f) <= 0.0f);
    for (size_t block = 0; block < OC / BLOCK; block++)
        for (size_t c = 0; c < IC; c++) {
            static double taps[25 * BLOCK];
            static float u[64 * BLOCK];
            for (size_t lane = 0; lane < BLOCK; lane++)
                for (size_t t = 0; t < n_taps; t++)
                    taps[t * BLOCK + lane] = (double)w[((block * BLOCK + lane) * IC + c) * n_taps + t] *
                                             scale[block * BLOCK + lane];
            oracle_wino_weights(form, u, BLOCK, taps, o.g);
            for (size_t p = 0; p < n_products; p++)
                assert_memory_equal(&packed[((block * n_products + p) * IC + c) * BLOCK], &u[p * BLOCK],
                                    BLOCK * sizeof *u);
        }
}

static void minimal_filtering_weights_are_packed(void **state)
{
    (void)state;
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++)
        for (size_t i = 0; feat_kernels_at(i) != NULL; i++)
            if (feat_kernels_usable(feat_kernels_at(i)))
                packs_wino((feat_wino_form)form, feat_kernels_at(i));
}

static float piece(const uint16_t *from)
{
    uint32_t bits = (uint32_t)*from << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static const uint16_t *weight_at(const uint16_t *block, size_t step, size_t input, size_t o)
{
    return block + step * FEAT_SPLIT_W_TILE + (input / 2 * BLOCK + o % BLOCK) * 2 + input % 2;
}

/* hi is the weight rounded to bfloat16; hi + lo is within 2^-16 of it, and the sums over an output channel so far, in
 * the order of the weights, within the rounding of one: what one weight loses the next makes good. */
static void split_weights_lose_nothing_in_sum(void **state)
{
    (void)state;
    /* one group of channels, and half of one: of each row of taps 0 and 1, then 2 after a gap */
    enum { N_OUT = 32, N_IN = 48, KH = 2, KW = 3, TAPS = KH * KW, STEPS = TAPS + 2 * KH };
    static float w[N_OUT * N_IN * TAPS];
    static uint16_t packed[N_OUT / BLOCK * STEPS * FEAT_SPLIT_W_TILE + 1];
    assert_int_equal(feat_split_steps(N_IN, KH, KW, 1), STEPS);
    assert_int_equal(feat_split_steps(N_IN, KH, KW, 2), 2 * TAPS); /* where a step has one tap alone */
    assert_int_equal(feat_split_steps(N_IN, KW, 1, 1), 2 * KW);
    double scale[N_OUT];
    for (size_t i = 0; i < N_OUT * N_IN * TAPS; i++) /* few values, as quantised weights have */
        w[i] = (float)((i * 7919 + 13) % 11) / 11.0f - 0.4f;
    for (size_t i = 0; i < N_OUT; i++)
        scale[i] = 1.0 / (3.0 + (double)i);
    for (size_t table = 0; feat_kernels_at(table) != NULL; table++) {
        if (!feat_kernels_usable(feat_kernels_at(table)))
            continue;
        packed[sizeof packed / sizeof packed[0] - 1] = 0x5a5a;
        feat_pack_split(packed, w, scale, N_OUT, N_IN, KH, KW, 1, feat_kernels_at(table));
        assert_int_equal(packed[sizeof packed / sizeof packed[0] - 1], 0x5a5a);
        for (size_t o = 0; o < N_OUT; o++) {
            double lost = 0.0;
            const uint16_t *block = packed + o / BLOCK * STEPS * FEAT_SPLIT_W_TILE;
            for (size_t y = 0; y < KH; y++)
                for (size_t i = 0; i < BLOCK; i++) {
                    const uint16_t *gap = weight_at(block, TAPS + 2 * y + 1, i, o);
                    assert_true(*gap == 0 && gap[FEAT_SPLIT_W_TILE / 2] == 0);
                }
            for (size_t c = 0; c < N_IN; c++)
                for (size_t t = 0; t < TAPS; t++) {
                    static const size_t half_step[KW] = {0, 0, 1}, half_input[KW] = {0, BLOCK, BLOCK};
                    const uint16_t *at = weight_at(block, t, c, o);
                    if (c >= FEAT_SPLIT_GROUP)
                        at = weight_at(block, TAPS + t / KW * 2 + half_step[t % KW],
                                       c - FEAT_SPLIT_GROUP + half_input[t % KW], o);
                    float hi = piece(at), lo = piece(at + FEAT_SPLIT_W_TILE / 2);
                    double exact = (double)(float)((double)w[(o * N_IN + c) * TAPS + t] * scale[o]), size = fabs(exact);
                    assert_true(fabs((double)hi - exact) <= 0x1p-8 * size);
                    assert_true(fabs((double)hi + (double)lo - exact) <= 0x1p-16 * 0.2);
                    lost += exact - ((double)hi + (double)lo);
                    assert_true(fabs(lost) <= 0x1p-17 * 0.2); /* plain rounding loses a hundred times this */
                }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_is_rounded_as_stated),
        cmocka_unit_test(no_gamma_counts_as_one),
        cmocka_unit_test(packing_puts_every_weight_in_its_place),
        cmocka_unit_test(minimal_filtering_weights_are_packed),
        cmocka_unit_test(split_weights_lose_nothing_in_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
