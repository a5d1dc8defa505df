/* Groups of steps that run in bands: every row of every step is the same, whatever is grouped and however large bands
 * are, and no row is read that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/net/bands.h"
#include "engine/net/exec.h"
#include "engine/net/model.h"
#include "engine/nets/net_rows.h"

/* A chain of every kind of step that can run in bands, with tiles of 6, 4, 2 and 1 rows and all borders; then two that
 * cannot be joined, because what lies between is read twice, and handed out. */
enum { INPUT, FIRST, SIX, POOLED, POINTS, FOUR, STRIDED, ROW, COLUMN, MAXIMA, TWO, LAST_T, N_TENSORS };
enum { TAP_TWO, TAP_LAST, TAP_LOGITS_UNBIASED, TAP_LOGITS, N_TAPS };
enum { SIZE = 59, CLASSES = 5, N_JOINED = 10 };

static const feat_shape shapes[N_TENSORS] = {
    [INPUT] = {3, SIZE, SIZE}, [FIRST] = {32, 29, 29},   [SIX] = {48, 27, 27},    [POOLED] = {48, 13, 13},
    [POINTS] = {16, 13, 13},   [FOUR] = {48, 13, 13},    [STRIDED] = {32, 6, 6}, [ROW] = {16, 6, 6},
    [COLUMN] = {32, 6, 6},   [MAXIMA] = {32, 6, 6},  [TWO] = {16, 6, 6},    [LAST_T] = {16, 6, 6},
};

static const feat_op ops[] = {
    ROW_CONV(0, "first", INPUT, FIRST, 0, 32, 3, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    ROW_CONV(1, "six", FIRST, SIX, 0, 48, 32, 3, 3, 1, 0, 0, FEAT_WINO_F6_3X3),
    ROW_POOL(FEAT_OP_MAX_POOL, SIX, POOLED, 0, 2, 0),
    ROW_CONV1(2, "points", POOLED, POINTS, 0, 16, 48),
    ROW_CONV(3, "four", POINTS, FOUR, 0, 48, 16, 5, 5, 1, 2, 2, FEAT_WINO_F4_5X5),
    ROW_CONV(4, "strided", FOUR, STRIDED, 0, 32, 48, 3, 3, 2, 0, 0, FEAT_WINO_NONE),
    ROW_CONV(5, "row", STRIDED, ROW, 0, 16, 32, 1, 7, 1, 0, 3, FEAT_WINO_F4_7),
    ROW_CONV(6, "column", ROW, COLUMN, 0, 32, 16, 7, 1, 1, 3, 0, FEAT_WINO_F6_7),
    ROW_POOL(FEAT_OP_MAX_POOL, COLUMN, MAXIMA, 0, 1, 1),
    ROW_CONV(7, "two", MAXIMA, TWO, 0, 16, 32, 3, 3, 1, 1, 1, FEAT_WINO_F2_3X3),
    ROW_PIXELS(TAP_TWO, TWO, 16),
    ROW_POOL(FEAT_OP_MAX_POOL, TWO, LAST_T, 0, 1, 1),
    ROW_PIXELS(TAP_LAST, LAST_T, 16),
    ROW_HEAD(8, "fc", TAP_LOGITS_UNBIASED, LAST_T, CLASSES, 16),
};
enum { TAP_FLOATS = 16 * 6 * 6 };

static const feat_tap_info taps[N_TAPS] = {
    {"two", TAP_FLOATS}, {"last", TAP_FLOATS}, {"unbiased", 0}, {"logits", 0}};
static const feat_net net = {.name = "own-bands", .family = "own", .variant = "bands", .number = 79,
                             .tensors = shapes, .n_tensors = N_TENSORS, .ops = ops,
                             .n_ops = sizeof ops / sizeof ops[0], .taps = taps, .n_taps = N_TAPS,
                             .roles = {TAP_TWO, FEAT_NO_TAP, TAP_LOGITS_UNBIASED, TAP_LOGITS},
                             .naming = &feat_torch_naming, .norm_epsilon = 0.001, .max_dense = 1, .preset = "tf1"};

/* A model in which every tensor has a place of its own, as groups made afterwards need it. */
static feat_model *make_model(feat_weights *weights, const feat_config *config)
{
    feat_error err = {FEAT_OK, ""};
    feat_model *m = NULL;
    if (feat_model_create_net(&m, weights, &net, config, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    m->arena_floats = 0;
    for (size_t t = 0; t < N_TENSORS; t++) {
        m->layout[t].offset = m->arena_floats;
        m->arena_floats += feat_round_up(m->layout[t].floats);
    }
    return m;
}

/* Runs an image in memory full of NaN; out [2][TAP_FLOATS]. */
static void run(const feat_model *m, const float *image, float *out)
{
    size_t work_floats = feat_model_worker_floats(m);
    float *arena = feat_alloc_array(m->arena_floats, sizeof *arena);
    float *work = feat_alloc_array(work_floats, sizeof *work);
    float *outs[FEAT_MAX_TAPS] = {out, out + TAP_FLOATS};
    assert_true(arena != NULL && work != NULL);
    memset(arena, 0xff, m->arena_floats * sizeof *arena);
    memset(work, 0xff, work_floats * sizeof *work);
    feat_frame frame = {.model = m, .arena = arena, .work = &work, .out = outs};
    feat_exec_image(&frame, image, m->n_steps);
    feat_free(arena);
    feat_free(work);
}

static void ungroup(feat_model *m)
{
    for (size_t s = 0; s < m->n_steps; s++)
        m->steps[s].bands = (feat_bands){0, 0, 0};
    for (size_t t = 0; t < N_TENSORS; t++)
        m->layout[t].window = m->layout[t].window_rows = 0;
}

/* Groups from each of the first n_first steps on, of no fewer than n_least. */
static void check_groups(feat_weights *weights, const feat_config *config, size_t n_first, size_t n_least)
{
    static const size_t band_rows[] = {1, 5, 12, 100};
    static float image[3 * SIZE * SIZE], want[2 * TAP_FLOATS], got[2 * TAP_FLOATS];
    feat_model *m = make_model(weights, config);
    for (size_t i = 0; i < sizeof image / sizeof image[0]; i++)
        image[i] = (float)((i * 2654435761u >> 8) % 256) / 128.0f - 1.0f;
    run(m, image, want);
    for (size_t first = 0; first < n_first; first++)
        for (size_t n = n_least; first + n <= N_JOINED && n <= FEAT_BANDS_STEPS; n++)
            for (size_t r = 0; r < sizeof band_rows / sizeof band_rows[0]; r++) {
                feat_bands_join(m, &m->steps[first], n, band_rows[r]);
                memset(got, 0xff, sizeof got);
                run(m, image, got);
                if (memcmp(want, got, sizeof want) != 0)
                    fail_msg("%zu steps from %s on, bands of %zu rows", n, ops[first].name, band_rows[r]);
                ungroup(m);
            }
    feat_model_close(&m);
}

static void bands_change_no_bit(void **state)
{
    (void)state;
    feat_config config;
    feat_weights *weights = NULL;
    feat_config_init(&config, sizeof config);
    assert_int_equal(feat_weights_synth(&weights, 1, &net, NULL), FEAT_OK);
    check_groups(weights, &config, N_JOINED, 2);
    for (size_t i = 0; feat_isa_name(i) != NULL; i++)
        if (feat_isa_usable(i)) {
            config.isa_mask = UINT32_C(1) << i;
            check_groups(weights, &config, 1, FEAT_BANDS_STEPS);
        }
    feat_weights_close(&weights);
    assert_int_equal(feat_alloc_live(), 0);
}

/* Not what is read twice, nor handed out, nor what has no rows of its own. */
static void only_chains_are_joined(void **state)
{
    (void)state;
    feat_weights *weights = NULL;
    assert_int_equal(feat_weights_synth(&weights, 1, &net, NULL), FEAT_OK);
    feat_model *m = make_model(weights, NULL);
    for (size_t s = 0; s < m->n_steps; s++) {
        assert_int_equal(feat_bands_can_join(m, &m->steps[s]), s + 1 < N_JOINED);
        assert_int_equal(m->steps[s].bands.n_steps, 0); /* small tensors: none pays */
    }
    feat_model_close(&m);
    feat_weights_close(&weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_change_no_bit),
        cmocka_unit_test(only_chains_are_joined),
    };
    return cmocka_run_group_tests_name("bands", tests, NULL, NULL);
}
