/* DINOv2 and CLIP: close to a float64 reference, and farther from it with every choice that other programs have made;
 * the same bits on every kernel table, for every number of threads and of images per call.
 *
 *     test_vit --print     prints the hashes to be put into this file
 *     BF_TEST_LEVEL=quick    one image on the best table (for emulators); BF_TEST_LEVEL=all: the scalar table and the
 *                            large networks too
 *
 * Sanitizer builds run the best table only. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/flat/flat.h"
#include "engine/net/model.h"
#include "engine/nets/tensors.h"
#include "engine/nets/vit_rows.h"
#include "tests/engine/net/net_data.h"
#include "tests/engine/resize/packed.h"

enum { MAX_SIZE = 336, MAX_FLOATS = 3 * MAX_SIZE * MAX_SIZE, FLOATS = 3 * 224 * 224, MAX_DIM = 1024, IMAGES = 3 };
enum { N_BLOCKS = 44 }; /* of tests/data/vit_features.txt */

/* With the relative root mean square error allowed (float32 PyTorch has 6e-7 and 1.2e-6), and XXH64 of the features of
 * the first picture, and of the three of images(). */
typedef struct network {
    const feat_net *net;
    double limit;
    uint64_t one, all;
} network;

enum { S14, S14_REG4, B32, N_SMALL };
static const network networks[N_SMALL] = {
    [S14] = {&feat_dinov2_vits14, 1e-6, UINT64_C(0x627d23922b68ff6f), UINT64_C(0xda2820265413c78e)},
    [S14_REG4] = {&feat_dinov2_vits14_reg4, 1e-6, UINT64_C(0xef216cfc50874255), UINT64_C(0x9fa5cef79efb7abe)},
    [B32] = {&feat_clip_vit_b_32, 1.5e-6, UINT64_C(0xe51755e9028681b3), UINT64_C(0x2e923aa2804dc906)},
};

/* Of the two blocks of L/14 that shorten() keeps, and of the last alone. */
static const uint64_t GOLDEN_TWO_BLOCKS = UINT64_C(0x16f72fe0761b435d);
static const uint64_t GOLDEN_LAST_BLOCK = UINT64_C(0x75f63f4501ca7427);

static feat_weights *weights[N_SMALL]; /* synth:1, drawn once for all models */

static int is_slow(void)
{
    return test_chosen_level() == TEST_QUICK || net_is_instrumented();
}

static feat_tap features_of(const feat_net *net)
{
    return feat_net_tap(net, FEAT_ROLE_FEATURES);
}

static size_t dim_of(const feat_net *net)
{
    return feat_net_tap_dim(net, features_of(net));
}

static feat_model *model_as(feat_weights *w, const feat_net *net, uint32_t isa_mask, feat_numerics numerics)
{
    feat_model *model = NULL;
    feat_config config;
    feat_error err;
    feat_config_init(&config, sizeof config);
    config.isa_mask = isa_mask;
    config.numerics = numerics;
    if (feat_model_create_net(&model, w, net, &config, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(feat_model_numerics(model), numerics);
    return model;
}

static feat_model *model_of(feat_weights *w, const feat_net *net, uint32_t isa_mask)
{
    return model_as(w, net, isa_mask, FEAT_NUMERICS_EXACT);
}

/* The network's input for tests/data/net_<picture>.ppm; bgr: its channels changed over. */
static void load(float *input, const feat_net *net, const char *picture, const char *preset, int bgr)
{
    char path[64];
    unsigned w, h;
    static uint8_t rgb[64 * 64 * 3];
    snprintf(path, sizeof path, "tests/data/net_%s.ppm", picture);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "P6 %u %u 255", &w, &h), 2);
    assert_true(w <= 64 && h <= 64 && fgetc(f) == '\n');
    assert_int_equal(fread(rgb, 3, (size_t)w * h, f), (size_t)w * h);
    fclose(f);
    for (size_t i = 0; bgr && i < (size_t)w * h; i++) {
        uint8_t red = rgb[3 * i];
        rgb[3 * i] = rgb[3 * i + 2];
        rgb[3 * i + 2] = red;
    }
    assert_int_equal(preprocess_packed(input, net, rgb, h, w, feat_preset_find(preset), NULL, NULL), FEAT_OK);
}

/* n images: two pictures and the first mirrored, again and again. All three networks take 224 x 224 pixels. */
static float *images(const feat_net *net, size_t n)
{
    float *x = feat_alloc_array(n * FLOATS, sizeof *x);
    assert_non_null(x);
    load(x, net, "plasma_32x32", "tf1", 0);
    for (size_t i = 1; i < n; i++)
        if (i == 1)
            load(x + FLOATS, net, "discs_64x48", "tf1", 0);
        else if (i == 2)
            for (size_t k = 0; k < FLOATS; k++)
                x[2 * FLOATS + k] = x[k / 224 * 224 + 223 - k % 224];
        else
            memcpy(x + i * FLOATS, x + i % IMAGES * FLOATS, FLOATS * sizeof *x);
    return x;
}

static void run(float *features, const feat_model *model, const float *x, size_t n, size_t n_threads, feat_tap tap)
{
    feat_pool *pool = NULL;
    feat_session *session = NULL;
    const feat_output out = {tap, features, feat_tap_dim(model, tap)};
    assert_int_equal(feat_pool_create(&pool, n_threads, NULL), FEAT_OK);
    assert_int_equal(feat_session_create(&session, model, pool, NULL), FEAT_OK);
    assert_int_equal(feat_session_run(session, x, n, &out, 1, NULL, NULL), FEAT_OK);
    feat_session_close(&session);
    feat_pool_close(&pool);
}

/* --- closeness to the reference -------------------------------------------------------------------------- */

/* A block of tests/data/vit_features.txt. */
typedef struct block {
    char network[32], preset[16], picture[32], tap[16];
    size_t n, step;
    double values[MAX_DIM];
} block;

static int next_block(block *b, FILE *f)
{
    if (fscanf(f, "%31s %15s %31s %15s %zu %zu", b->network, b->preset, b->picture, b->tap, &b->n, &b->step) != 6)
        return 0;
    for (size_t i = 0; i < b->n; i += b->step)
        assert_int_equal(fscanf(f, "%lf", &b->values[i / b->step]), 1);
    return 1;
}

static double error_of(const block *b, const float *values)
{
    double difference = 0.0, size = 0.0;
    for (size_t i = 0; i < b->n; i += b->step) {
        double expected = b->values[i / b->step], d = (double)values[i] - expected;
        difference += d * d;
        size += expected * expected;
    }
    return sqrt(difference / size);
}

/* Of every 16th pixel. */
static void thin(float *to, const feat_net *net, const float *input)
{
    const feat_shape in = feat_net_input(net);
    for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < in.h; y += 16)
            for (size_t x = 0; x < in.w; x += 16)
                *to++ = input[(c * in.h + y) * in.w + x];
}

static double error_of_block(const block *b, const feat_net *net, const feat_model *model, int bgr)
{
    static float input[MAX_FLOATS], values[3 * 21 * 21];
    load(input, net, b->picture, b->preset, bgr);
    if (strcmp(b->tap, "input") == 0)
        thin(values, net, input);
    else
        run(values, model, input, 1, 2, feat_net_find_tap(net, b->tap));
    return error_of(b, values);
}

/* One of the small ones, or of all with BF_TEST_LEVEL=all, made when it comes. */
static const feat_net *model_for(feat_model **model, const block *b, feat_numerics numerics)
{
    const feat_net *net = feat_net_find(b->network);
    assert_non_null(net);
    if (*model != NULL && feat_model_net(*model) == net)
        return net;
    feat_model_close(model);
    size_t i = 0;
    while (i < N_SMALL && networks[i].net != net)
        i++;
    if (i < N_SMALL) {
        *model = model_as(weights[i], net, UINT32_MAX, numerics);
    } else if (test_chosen_level() == TEST_ALL) {
        feat_weights *large = NULL;
        assert_int_equal(feat_weights_synth(&large, 1, net, NULL), FEAT_OK);
        *model = model_as(large, net, UINT32_MAX, numerics);
        feat_weights_close(&large);
    }
    return *model != NULL ? net : NULL;
}

/* Under split numerics, which software takes several times as long for, one preset of each network. */
static int is_left_out(const block *b, feat_numerics numerics)
{
    const char *usual = strcmp(b->network, "dinov2-vits14-reg4") == 0 ? "dgm" : "tf1";
    if (numerics == FEAT_NUMERICS_SPLIT && (strcmp(b->preset, usual) != 0 || is_slow()))
        return 1;
    return is_slow() && (strcmp(b->preset, "tf1") != 0 || b->picture[0] != 'p');
}

static void compare_with_reference(feat_numerics numerics)
{
    static block b;
    double worst[2] = {0.0, 0.0};
    size_t n_blocks = 0, n_left_out = 0;
    feat_model *model = NULL;
    FILE *f = fopen("tests/data/vit_features.txt", "r");
    assert_non_null(f);
    while (next_block(&b, f)) {
        const feat_net *net = feat_preset_find(b.preset) == NULL ? NULL : model_for(&model, &b, numerics);
        n_blocks++;
        if (net == NULL || is_left_out(&b, numerics)) {
            n_left_out++;
            continue;
        }
        int is_clip = strcmp(net->family, "clip") == 0;
        double error = error_of_block(&b, net, model, 0), limit = is_clip ? 1.5e-6 : 1e-6;
        if (numerics == FEAT_NUMERICS_SPLIT)
            limit = 2e-5;
        worst[is_clip] = error > worst[is_clip] ? error : worst[is_clip];
        if (!(error <= limit))
            fail_msg("%s, %s, %s, %s: relative rms error %.2e", b.network, b.preset, b.picture, b.tap, error);
    }
    assert_true(feof(f));
    fclose(f);
    assert_int_equal(n_blocks, N_BLOCKS);
    print_message("relative rms error: DINOv2 %.2e, CLIP %.2e at most; %zu of %zu blocks left out\n", worst[0],
                  worst[1], n_left_out, n_blocks);
    feat_model_close(&model);
}

static void features_are_those_of_the_reference(void **state)
{
    (void)state;
    compare_with_reference(FEAT_NUMERICS_EXACT);
}

static void split_features_are_close(void **state)
{
    (void)state;
    compare_with_reference(FEAT_NUMERICS_SPLIT);
}

/* --- what others have done differently ------------------------------------------------------------------- */

/* The features of the first picture from the reference, under the first preset that there is. */
static void expect_far(size_t which, const feat_net *changed, void (*spoil)(feat_model *), int bgr, const char *what)
{
    static block b;
    int found = 0;
    FILE *f = fopen("tests/data/vit_features.txt", "r");
    assert_non_null(f);
    while (!found && next_block(&b, f))
        found = strcmp(b.network, networks[which].net->name) == 0 && feat_preset_find(b.preset) != NULL &&
                feat_net_find_tap(changed, b.tap) == features_of(changed);
    fclose(f);
    if (!found) {
        print_message("%s, %s: left out, there is no preset of the reference\n", networks[which].net->name, what);
        return;
    }
    feat_model *model = model_of(weights[which], changed, UINT32_MAX);
    if (spoil != NULL)
        spoil(model);
    double error = error_of_block(&b, changed, model, bgr);
    print_message("%s, %s: relative rms error %.2e\n", networks[which].net->name, what, error);
    if (!(error > 2.0 * networks[which].limit))
        fail_msg("%s, %s: no test would see it: %.2e", networks[which].net->name, what, error);
    feat_model_close(&model);
}

static void another_epsilon_shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SMALL && !is_slow(); i++) {
        feat_net changed = *networks[i].net;
        changed.norm_epsilon = i == B32 ? 1e-6 : 1e-5;
        expect_far(i, &changed, NULL, 0, "epsilon of the other family");
    }
}

static void another_interpolation_of_positions_shows(void **state)
{
    (void)state;
    for (size_t i = S14; i <= S14_REG4 && !is_slow(); i++) {
        feat_net changed = *networks[i].net;
        changed.position_resize = i == S14 ? FEAT_POSITIONS_ANTIALIASED : FEAT_POSITIONS_CUBIC;
        expect_far(i, &changed, NULL, 0, "positions of the other networks");
    }
}

static void another_scaling_shows(void **state)
{
    (void)state;
    static const feat_scaling imagenet = FEAT_SCALING_IMAGENET, clip = FEAT_SCALING_CLIP;
    for (size_t i = 0; i < N_SMALL && !is_slow(); i++) {
        feat_net changed = *networks[i].net;
        changed.scaling = i == B32 ? &imagenet : &clip;
        expect_far(i, &changed, NULL, 0, "mean and deviation of the other family");
        expect_far(i, networks[i].net, NULL, 1, "blue, green, red");
    }
}

/* GELU as many programs approximate it. */
static void tanh_gelu(float *x, size_t n)
{
    for (size_t i = 0; i < n * FEAT_BLOCK; i++) {
        double v = (double)x[i];
        x[i] = (float)(0.5 * v * (1.0 + tanh(0.7978845608028654 * (v + 0.044715 * v * v * v))));
    }
}

static void use_tanh_gelu(feat_model *model)
{
    static feat_kernels kernels;
    kernels = *model->kernels;
    kernels.tokens.gelu = tanh_gelu;
    model->kernels = &kernels;
}

enum { MAX_OPS = 256 };

static void another_activation_shows(void **state)
{
    (void)state;
    static feat_op ops[MAX_OPS];
    for (size_t i = 0; i < N_SMALL && !is_slow(); i++) {
        feat_net changed = *networks[i].net;
        assert_true(changed.n_ops <= MAX_OPS);
        for (size_t k = 0; k < changed.n_ops; k++) {
            ops[k] = networks[i].net->ops[k];
            if (ops[k].kind == FEAT_OP_GELU || ops[k].kind == FEAT_OP_QUICK_GELU)
                ops[k].kind = i == B32 ? FEAT_OP_GELU : FEAT_OP_QUICK_GELU;
        }
        changed.ops = ops;
        expect_far(i, &changed, NULL, 0, "activation of the other family");
        if (i != B32)
            expect_far(i, networks[i].net, use_tanh_gelu, 0, "GELU by tanh");
    }
}

/* --- identity of bits ------------------------------------------------------------------------------------ */

typedef struct call {
    size_t n_threads, n;
} call;

/* Features of n images on so many threads, each of which must be those of its picture in `want` where that is given. */
static void features(float *to, const feat_model *model, const call *c, const float *want)
{
    const feat_net *net = feat_model_net(model);
    const size_t dim = dim_of(net);
    float *x = images(net, c->n);
    run(to, model, x, c->n, c->n_threads, features_of(net));
    feat_free(x);
    for (size_t i = 0; want != NULL && i < c->n; i++)
        if (memcmp(to + i * dim, want + i % IMAGES * dim, dim * sizeof *to) != 0)
            fail_msg("%s on %s, %zu threads: image %zu of %zu has other bits", net->name, feat_model_isa(model),
                     c->n_threads, i, c->n);
}

static uint64_t hash_of(const float *features_of_it, const feat_net *net, size_t n)
{
    return feat_hash64(features_of_it, n * dim_of(net) * sizeof *features_of_it);
}

/* Groups of eight images run together (of 261 tokens seven), so nine are a group and what is left. */
static void check_table(const network *of, const feat_model *model, int best, int few)
{
    static const call calls[] = {{1, 1}, {1, 3}, {5, 3}, {1, 8}, {5, 8}, {2, 9}};
    static float got[9 * MAX_DIM], want[IMAGES * MAX_DIM];
    const feat_net *net = of->net;
    features(want, model, &(call){2, few ? 1 : IMAGES}, NULL);
    assert_int_equal(hash_of(want, net, 1), of->one);
    if (few)
        return;
    assert_int_equal(hash_of(want, net, IMAGES), of->all);
    for (size_t i = 0; i < (best ? sizeof calls / sizeof calls[0] : 1); i++)
        features(got, model, &calls[i], want);
}

static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    int best = 1;
    for (size_t i = 0; feat_isa_name(i) != NULL; i++) {
        const char *isa = feat_isa_name(i);
        int slow = strcmp(isa, "scalar") == 0;
        if (!feat_isa_usable(i)) {
            print_message("skipped: this CPU cannot run %s\n", isa);
            continue;
        }
        if (!best && (is_slow() || (slow && test_chosen_level() != TEST_ALL))) {
            print_message("skipped: %s is slow (BF_TEST_LEVEL=all runs it)\n", isa);
            continue;
        }
        for (size_t k = 0; k < N_SMALL; k++) {
            feat_model *model = model_of(weights[k], networks[k].net, UINT32_C(1) << i);
            check_table(&networks[k], model, best, is_slow() || slow || strcmp(isa, "fma") == 0);
            feat_model_close(&model);
        }
        best = 0;
    }
}

/* --- the widest rows ------------------------------------------------------------------------------------- */

/* Of DINOv2 L/14 the first and the last block, or the last alone: a network that takes a second and not a minute. */
static void shorten(feat_net *net, feat_op *ops, int with_first)
{
    enum { PER_BLOCK = 10, BLOCKS = 24 };
    const feat_op *from = feat_dinov2_vitl14.ops;
    uint16_t order = 0;
    *net = feat_dinov2_vitl14;
    net->ops = ops;
    net->n_ops = 0;
    assert_int_equal(feat_dinov2_vitl14.n_ops, 1 + BLOCKS * PER_BLOCK + 2);
    for (size_t i = 0; i < feat_dinov2_vitl14.n_ops; i++) {
        size_t in_block = (i + PER_BLOCK - 1) / PER_BLOCK; /* from 1 on; what follows the last belongs to none */
        if ((in_block == 1 && !with_first) || (in_block > 1 && in_block < BLOCKS))
            continue;
        feat_op op = from[i];
        const uint16_t before = VIT_OUT(BLOCKS - 2), in = with_first ? VIT_OUT(0) : VIT_NORMED;
        op.src = op.src == before ? in : op.src;
        op.add = op.add == before ? in : op.add;
        if (feat_op_has_weights(&op))
            op.order = order++;
        ops[net->n_ops++] = op;
    }
    assert_int_equal(net->n_ops, 1 + PER_BLOCK * (with_first ? 2 : 1) + 2);
}

static uint64_t hash_of_short(int with_first, uint32_t isa_mask)
{
    static feat_op ops[MAX_OPS];
    static float input[FLOATS], values[MAX_DIM];
    feat_net net;
    feat_weights *w = NULL;
    shorten(&net, ops, with_first);
    assert_int_equal(feat_weights_synth(&w, 1, &net, NULL), FEAT_OK);
    feat_model *model = model_of(w, &net, isa_mask);
    feat_weights_close(&w);
    load(input, &net, "plasma_32x32", "tf1", 0);
    run(values, model, input, 1, 2, features_of(&net));
    feat_model_close(&model);
    return feat_hash64(values, sizeof values);
}

static void blocks_of_the_large_network_have_the_same_bits(void **state)
{
    (void)state;
    int best = 1;
    for (size_t i = 0; feat_isa_name(i) != NULL; i++) {
        int slow = strcmp(feat_isa_name(i), "scalar") == 0 && test_chosen_level() != TEST_ALL;
        if (!feat_isa_usable(i) || (!best && (slow || is_slow())))
            continue;
        assert_int_equal(hash_of_short(0, UINT32_C(1) << i), GOLDEN_LAST_BLOCK);
        if (best && !is_slow())
            assert_int_equal(hash_of_short(1, UINT32_C(1) << i), GOLDEN_TWO_BLOCKS);
        best = 0;
    }
}

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SMALL; i++)
        if (feat_weights_synth(&weights[i], 1, networks[i].net, NULL) != FEAT_OK)
            return -1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SMALL; i++)
        feat_weights_close(&weights[i]);
    return feat_alloc_live() == 0 ? 0 : -1;
}

static int print_golden(void)
{
    static float values[IMAGES * MAX_DIM];
    (void)setup(NULL);
    for (size_t i = 0; i < N_SMALL; i++) {
        feat_model *model = model_of(weights[i], networks[i].net, UINT32_MAX);
        features(values, model, &(call){2, IMAGES}, NULL);
        printf("%s: %016" PRIx64 " %016" PRIx64 "\n", networks[i].net->name, hash_of(values, networks[i].net, 1),
               hash_of(values, networks[i].net, IMAGES));
        feat_model_close(&model);
    }
    printf("blocks of L/14: two %016" PRIx64 ", the last %016" PRIx64 "\n", hash_of_short(1, UINT32_MAX),
           hash_of_short(0, UINT32_MAX));
    return teardown(NULL);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--print") == 0)
        return print_golden();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_of_the_reference),
        cmocka_unit_test(split_features_are_close),
        cmocka_unit_test(another_epsilon_shows),
        cmocka_unit_test(another_interpolation_of_positions_shows),
        cmocka_unit_test(another_scaling_shows),
        cmocka_unit_test(another_activation_shows),
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(blocks_of_the_large_network_have_the_same_bits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
