/* Pictures, inputs and models for the tests of the network. */
#include "tests/unit/net_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"

net_level net_chosen_level(void)
{
    const char *level = getenv("BF_TEST_NET");
    if (level == NULL)
        return NET_NORMAL;
    if (strcmp(level, "quick") == 0)
        return NET_QUICK;
    return strcmp(level, "all") == 0 ? NET_ALL : NET_NORMAL;
}

int net_is_instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 1;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
    return 1;
#else
    return 0;
#endif
#else
    return 0;
#endif
}

void net_load(float *input, const char *picture, const char *preset)
{
    char path[128];
    size_t w = 0, h = 0;
    snprintf(path, sizeof path, "tests/data/net_%s.ppm", picture);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("cannot open %s: run the tests from the top of the repository", path);
    assert_int_equal(fscanf(f, "P6 %zu %zu 255", &w, &h), 2);
    assert_int_equal(fgetc(f), '\n');
    assert_true(w > 0 && h > 0 && w <= 1000 && h <= 1000);
    unsigned char *rgb = iv3_alloc(w * h * 3);
    assert_non_null(rgb);
    assert_int_equal(fread(rgb, 3, w * h, f), w * h);
    fclose(f);
    assert_int_equal(iv3_preprocess(input, rgb, h, w, iv3_preset_find(preset), NULL, NULL), IV3_OK);
    iv3_free(rgb);
}

/* Left and right changed over. */
static void mirror(float *to, const float *from)
{
    for (size_t row = 0; row < 3 * IV3_INPUT_SIZE; row++)
        for (size_t i = 0; i < IV3_INPUT_SIZE; i++)
            to[row * IV3_INPUT_SIZE + i] = from[row * IV3_INPUT_SIZE + IV3_INPUT_SIZE - 1 - i];
}

float *net_images(void)
{
    static const char *const pictures[] = {"plasma_32x32", "discs_64x48"};
    float *images = iv3_alloc_array(NET_IMAGES, IV3_INPUT_FLOATS * sizeof *images);
    assert_non_null(images);
    for (size_t p = 0; p < 2; p++) {
        for (size_t preset = 0; preset < 3; preset++)
            net_load(images + (2 * preset + p) * IV3_INPUT_FLOATS, pictures[p], iv3_preset_at(preset)->name);
        mirror(images + (6 + p) * IV3_INPUT_FLOATS, images + p * IV3_INPUT_FLOATS);
    }
    return images;
}

iv3_model *net_model(iv3_variant variant, uint32_t isa_mask)
{
    iv3_error err = {IV3_OK, ""};
    iv3_weights *weights = NULL;
    iv3_model *model = NULL;
    iv3_config config;
    iv3_config_default(&config);
    config.isa_mask = isa_mask;
    if (iv3_weights_synth(&weights, 1, variant, &err) != IV3_OK ||
        iv3_model_create(&model, weights, &config, &err) != IV3_OK)
        fail_msg("no model: %s", err.message);
    iv3_weights_close(&weights);
    return model;
}

size_t net_outputs(iv3_output outputs[IV3_N_TAPS], float **data, const iv3_model *model, size_t n)
{
    size_t total = 0, count = 0;
    for (int tap = 0; tap < IV3_N_TAPS; tap++)
        total += iv3_tap_dim(model, (iv3_tap)tap);
    float *next = *data = iv3_calloc(n, total * sizeof *next);
    assert_non_null(next);
    for (int tap = 0; tap < IV3_N_TAPS; tap++) {
        size_t dim = iv3_tap_dim(model, (iv3_tap)tap);
        if (dim == 0)
            continue;
        outputs[count++] = (iv3_output){(iv3_tap)tap, next, dim};
        next += n * dim;
    }
    return count;
}
