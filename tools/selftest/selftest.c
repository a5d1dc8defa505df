/* Arithmetic, resizing, statistics and the network on made-up inputs. */
#include "tools/selftest/selftest.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "metrics/gmet.h"

enum { POINTS = 100000, WIDTH = 45, HEIGHT = 39, ROWS = 40, COLUMNS = 24 };

uint64_t bf_selftest_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

float bf_selftest_float(uint64_t *state)
{
    return (float)(bf_selftest_random(state) >> 40) * 0x1p-23f - 1.0f;
}

static double unit(uint64_t *state)
{
    return (double)(bf_selftest_random(state) >> 11) * 0x1p-53;
}

uint64_t bf_selftest_exp(void)
{
    iv3_hash64_state h;
    uint64_t state = 1;
    iv3_hash64_init(&h);
    for (int i = 0; i < POINTS; i++) {
        double y = iv3_exp(unit(&state) * 1460.0 - 750.0); /* beyond both ends of the range */
        iv3_hash64_update(&h, &y, sizeof y);
    }
    return iv3_hash64_final(&h);
}

uint64_t bf_selftest_log(void)
{
    iv3_hash64_state h;
    uint64_t state = 2;
    iv3_hash64_init(&h);
    for (int i = 0; i < POINTS; i++) {
        uint64_t bits = bf_selftest_random(&state) >> 1;
        double x, y;
        if (bits >= UINT64_C(0x7FF) << 52)
            bits &= ~(UINT64_C(1) << 62); /* no infinities, no NaN */
        memcpy(&x, &bits, sizeof x);
        y = iv3_log(i % 2 == 0 ? x : 0.5 + unit(&state)); /* all magnitudes, and near 1 */
        iv3_hash64_update(&h, &y, sizeof y);
    }
    return iv3_hash64_final(&h);
}

/* Two waves and some noise, so that resizing has something to do and ReLU something to cut. */
static void make_picture(uint8_t rgb[HEIGHT * WIDTH * 3])
{
    uint64_t state = 3;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                int wave = (x * (c + 2) * 5 + y * (7 - 2 * c)) % 256,
                    noise = (int)(bf_selftest_random(&state) % 64);
                int disc = (x - 22) * (x - 22) + (y - 19) * (y - 19) < 150 ? 90 : 0;
                *rgb++ = (uint8_t)((wave + noise + disc) / 2 + c * 10);
            }
}

/* The picture as the preset gives it, in memory from iv3_alloc. */
static iv3_status make_input(float **input, const iv3_preset *preset, iv3_error *err)
{
    uint8_t rgb[HEIGHT * WIDTH * 3];
    *input = iv3_alloc_array(IV3_INPUT_FLOATS, sizeof **input);
    if (*input == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for a picture");
    make_picture(rgb);
    iv3_status status = iv3_preprocess(*input, rgb, HEIGHT, WIDTH, preset, NULL, err);
    if (status != IV3_OK) {
        iv3_free(*input);
        *input = NULL;
    }
    return status;
}

iv3_status bf_selftest_resize(uint64_t *hash, const iv3_preset *preset, iv3_error *err)
{
    float *input;
    iv3_status status = make_input(&input, preset, err);
    if (status == IV3_OK)
        *hash = iv3_hash64(input, IV3_INPUT_FLOATS * sizeof *input);
    iv3_free(input);
    return status;
}

/* --- statistics ----------------------------------------------------------------------------------- */

static iv3_status fid_of(gmet_fid_result *fid, const float rows[2][ROWS * COLUMNS], iv3_pool *pool,
                         iv3_error *err)
{
    gmet_moments *sides[2] = {NULL, NULL};
    iv3_status status = IV3_OK;
    for (int i = 0; i < 2 && status == IV3_OK; i++) {
        status = gmet_moments_create(&sides[i], COLUMNS, pool, err);
        if (status == IV3_OK)
            status = gmet_moments_add(sides[i], rows[i], ROWS, COLUMNS, err);
    }
    if (status == IV3_OK)
        status = gmet_fid_from_moments(fid, sides[0], sides[1], pool, err);
    gmet_moments_close(&sides[0]);
    gmet_moments_close(&sides[1]);
    return status;
}

iv3_status bf_selftest_statistics(uint64_t *hash, iv3_pool *pool, iv3_error *err)
{
    float rows[2][ROWS * COLUMNS];
    uint64_t state = 4;
    gmet_fid_result fid = {0, 0, 0};
    gmet_is_options is_options;
    gmet_is_result is = {0, 0, 0};
    gmet_pr_options pr_options;
    gmet_pr_result pr = {0, 0, 0};
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        rows[0][i] = bf_selftest_float(&state);
        rows[1][i] = bf_selftest_float(&state) + 0.25f;
    }
    gmet_is_options_default(&is_options);
    gmet_pr_options_default(&pr_options);
    iv3_status status = fid_of(&fid, (const float(*)[ROWS * COLUMNS]) rows, pool, err);
    if (status == IV3_OK)
        status = gmet_inception_score(&is, rows[0], ROWS, COLUMNS, COLUMNS, &is_options, pool, err);
    if (status == IV3_OK)
        status = gmet_precision_recall(&pr, rows[0], ROWS, rows[1], ROWS, COLUMNS, &pr_options, pool, err);
    const double results[] = {fid.value, fid.mean_term, fid.trace_term, is.mean,
                              is.std,    pr.precision,  pr.recall};
    *hash = iv3_hash64(results, sizeof results);
    return status;
}

/* --- the network ---------------------------------------------------------------------------------- */

static iv3_status run_taps(uint64_t *hash, const iv3_model *model, iv3_pool *pool, const float *input,
                           iv3_error *err)
{
    iv3_session *session = NULL;
    iv3_output outputs[IV3_N_TAPS];
    size_t dim[IV3_N_TAPS], total = 0;
    for (int t = 0; t < IV3_N_TAPS; t++)
        total += dim[t] = iv3_tap_dim(model, (iv3_tap)t);
    float *rows = iv3_alloc_array(total, sizeof *rows), *at = rows;
    iv3_status status = rows != NULL ? iv3_session_create(&session, model, pool, err)
                                     : iv3_fail(err, IV3_ERR_NOMEM, "no memory for features");
    for (int t = 0; t < IV3_N_TAPS && status == IV3_OK; t++) {
        outputs[t] = (iv3_output){(iv3_tap)t, at, dim[t]};
        at += dim[t];
    }
    if (status == IV3_OK) {
        status = iv3_session_run(session, input, 1, outputs, IV3_N_TAPS);
        if (status != IV3_OK)
            (void)iv3_fail(err, status, "the network does not run: %s", iv3_status_name(status));
    }
    if (status == IV3_OK)
        *hash = iv3_hash64(rows, total * sizeof *rows);
    iv3_session_close(&session);
    iv3_free(rows);
    return status;
}

iv3_status bf_selftest_network(uint64_t *hash, size_t table, iv3_pool *pool, iv3_error *err)
{
    iv3_weights *weights = NULL;
    iv3_model *model = NULL;
    float *input = NULL;
    iv3_config config;
    iv3_config_default(&config);
    config.pool = pool;
    iv3_status status = iv3_isa_mask_parse(&config.isa_mask, iv3_isa_name(table), err);
    if (status == IV3_OK)
        status = iv3_weights_synth(&weights, 1, IV3_VARIANT_FID, err);
    if (status == IV3_OK)
        status = iv3_model_create(&model, weights, &config, err);
    if (status == IV3_OK)
        status = make_input(&input, iv3_preset_find("tf1"), err);
    if (status == IV3_OK)
        status = run_taps(hash, model, pool, input, err);
    iv3_free(input);
    iv3_model_close(&model);
    iv3_weights_close(&weights);
    return status;
}
