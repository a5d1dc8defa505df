/* Arithmetic, resizing, statistics and the network on made-up inputs. */
#include "tools/selftest/selftest.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/hash.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "metrics/gmet.h"

enum { POINTS = 100000, WIDTH = 45, HEIGHT = 39, ROWS = 40, COLUMNS = 24 };

float bf_selftest_float(uint64_t *state)
{
    return (float)(feat_splitmix64(state) >> 40) * 0x1p-23f - 1.0f;
}

static double unit(uint64_t *state)
{
    return feat_splitmix64_unit(state);
}

uint64_t bf_selftest_exp(void)
{
    feat_hash64_state h;
    uint64_t state = 1;
    feat_hash64_init(&h);
    for (int i = 0; i < POINTS; i++) {
        double y = feat_exp(unit(&state) * 1460.0 - 750.0); /* beyond both ends of the range */
        feat_hash64_update(&h, &y, sizeof y);
    }
    return feat_hash64_final(&h);
}

uint64_t bf_selftest_log(void)
{
    feat_hash64_state h;
    uint64_t state = 2;
    feat_hash64_init(&h);
    for (int i = 0; i < POINTS; i++) {
        uint64_t bits = feat_splitmix64(&state) >> 1;
        double x, y;
        if (bits >= UINT64_C(0x7FF) << 52)
            bits &= ~(UINT64_C(1) << 62); /* no infinities, no NaN */
        memcpy(&x, &bits, sizeof x);
        y = feat_log(i % 2 == 0 ? x : 0.5 + unit(&state)); /* all magnitudes, and near 1 */
        feat_hash64_update(&h, &y, sizeof y);
    }
    return feat_hash64_final(&h);
}

/* Two waves and some noise, so that resizing has something to do and ReLU something to cut. */
static void make_picture(uint8_t rgb[HEIGHT * WIDTH * 3])
{
    uint64_t state = 3;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                int wave = (x * (c + 2) * 5 + y * (7 - 2 * c)) % 256, noise = (int)(feat_splitmix64(&state) % 64);
                int disc = (x - 22) * (x - 22) + (y - 19) * (y - 19) < 150 ? 90 : 0;
                *rgb++ = (uint8_t)((wave + noise + disc) / 2 + c * 10);
            }
}

/* The picture as the preset gives it to the network, in memory from feat_alloc. */
static feat_status make_input(float **input, const feat_net *net, const feat_preset *preset, feat_error *err)
{
    uint8_t rgb[HEIGHT * WIDTH * 3];
    *input = feat_alloc_array(feat_net_input_floats(net), sizeof **input);
    if (*input == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture");
    make_picture(rgb);
    const feat_picture picture = {.data = rgb, .h = HEIGHT, .w = WIDTH, .order = FEAT_ORDER_RGB};
    feat_status status = feat_preprocess(*input, net, &picture, preset, NULL, err);
    if (status != FEAT_OK) {
        feat_free(*input);
        *input = NULL;
    }
    return status;
}

feat_status bf_selftest_resize(uint64_t *hash, const feat_preset *preset, feat_error *err)
{
    float *input;
    feat_status status = make_input(&input, feat_net_at(0), preset, err);
    if (status == FEAT_OK)
        *hash = feat_hash64(input, feat_net_input_floats(feat_net_at(0)) * sizeof *input);
    feat_free(input);
    return status;
}

/* --- statistics ----------------------------------------------------------------------------------- */

static feat_status fid_of(gmet_fid_result *fid, const float rows[2][ROWS * COLUMNS], const gmet_context *context,
                          feat_error *err)
{
    gmet_moments *sides[2] = {NULL, NULL};
    feat_status status = FEAT_OK;
    for (int i = 0; i < 2 && status == FEAT_OK; i++) {
        status = gmet_moments_create(&sides[i], COLUMNS, context, err);
        if (status == FEAT_OK)
            status = gmet_moments_add(sides[i], rows[i], ROWS, COLUMNS, err);
    }
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(fid, sides[0], sides[1], context, err);
    gmet_moments_close(&sides[0]);
    gmet_moments_close(&sides[1]);
    return status;
}

feat_status bf_selftest_statistics(uint64_t *hash, const gmet_context *context, feat_error *err)
{
    float rows[2][ROWS * COLUMNS];
    uint64_t state = 4;
    gmet_fid_result fid = {0, 0, 0};
    gmet_is_options is_options;
    gmet_is_result is = {0, 0, 0};
    gmet_pr_options pr_options;
    gmet_pr_result pr = {0, 0, 0};
    const gmet_set sets[2] = {{.rows = rows[0], .n = ROWS, .d = COLUMNS}, {.rows = rows[1], .n = ROWS, .d = COLUMNS}};
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        rows[0][i] = bf_selftest_float(&state);
        rows[1][i] = bf_selftest_float(&state) + 0.25f;
    }
    gmet_is_options_init(&is_options, sizeof is_options);
    gmet_pr_options_init(&pr_options, sizeof pr_options);
    feat_status status = fid_of(&fid, (const float(*)[ROWS * COLUMNS]) rows, context, err);
    if (status == FEAT_OK)
        status = gmet_inception_score(&is, &is_options, &sets[0], context, err);
    if (status == FEAT_OK)
        status = gmet_precision_recall(&pr, &pr_options, &sets[0], &sets[1], context, err);
    const double results[] = {fid.value, fid.mean_term, fid.trace_term, is.mean,
                              is.std,    pr.precision,  pr.recall};
    *hash = feat_hash64(results, sizeof results);
    return status;
}

/* --- the network ---------------------------------------------------------------------------------- */

static feat_status run_taps(uint64_t *hash, const feat_model *model, feat_pool *pool, const float *input,
                            feat_error *err)
{
    feat_session *session = NULL;
    feat_output outputs[FEAT_MAX_TAPS];
    size_t dim[FEAT_MAX_TAPS], n_taps = feat_net_n_taps(feat_model_net(model)), total = 0;
    for (size_t t = 0; t < n_taps; t++)
        total += dim[t] = feat_tap_dim(model, (feat_tap)t);
    float *rows = feat_alloc_array(total, sizeof *rows), *at = rows;
    feat_status status = rows != NULL ? feat_session_create(&session, model, pool, err)
                                     : feat_fail(err, FEAT_ERR_NOMEM, "no memory for features");
    for (size_t t = 0; t < n_taps && status == FEAT_OK; t++) {
        outputs[t] = (feat_output){(feat_tap)t, at, dim[t]};
        at += dim[t];
    }
    if (status == FEAT_OK)
        status = feat_session_run(session, input, 1, outputs, n_taps, NULL, err);
    if (status == FEAT_OK)
        *hash = feat_hash64(rows, total * sizeof *rows);
    feat_session_close(&session);
    feat_free(rows);
    return status;
}

feat_status bf_selftest_network(uint64_t *hash, const feat_net *net, size_t table, feat_pool *pool, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    float *input = NULL;
    feat_config config;
    feat_config_init(&config, sizeof config);
    config.pool = pool;
    feat_status status = feat_isa_mask_parse(&config.isa_mask, feat_isa_name(table), err);
    if (status == FEAT_OK)
        status = feat_weights_synth(&weights, 1, net, err);
    if (status == FEAT_OK)
        status = feat_model_create(&model, weights, &config, err);
    if (status == FEAT_OK)
        status = make_input(&input, net, feat_preset_find("tf1"), err);
    if (status == FEAT_OK)
        status = run_taps(hash, model, pool, input, err);
    feat_free(input);
    feat_model_close(&model);
    feat_weights_close(&weights);
    return status;
}
