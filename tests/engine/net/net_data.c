/* Pictures, inputs and models for the tests of the network. */
#include "tests/engine/net/net_data.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "tests/engine/resize/packed.h"

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

static const char *tap_name(int tap)
{
    return feat_net_tap_name(&feat_inception_v3_fid, (feat_tap)tap);
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
    unsigned char *rgb = feat_alloc(w * h * 3);
    assert_non_null(rgb);
    assert_int_equal(fread(rgb, 3, w * h, f), w * h);
    fclose(f);
    assert_int_equal(preprocess_packed(input, feat_net_at(0), rgb, h, w, feat_preset_find(preset), NULL, NULL),
                     FEAT_OK);
    feat_free(rgb);
}

/* Left and right changed over. */
static void mirror(float *to, const float *from)
{
    for (size_t row = 0; row < 3 * NET_SIZE; row++)
        for (size_t i = 0; i < NET_SIZE; i++)
            to[row * NET_SIZE + i] = from[row * NET_SIZE + NET_SIZE - 1 - i];
}

float *net_images(void)
{
    static const char *const pictures[] = {"plasma_32x32", "discs_64x48"};
    float *images = feat_alloc_array(NET_IMAGES, NET_FLOATS * sizeof *images);
    assert_non_null(images);
    for (size_t p = 0; p < 2; p++) {
        for (size_t preset = 0; preset < 3; preset++)
            net_load(images + (2 * preset + p) * NET_FLOATS, pictures[p], feat_preset_at(preset)->name);
        mirror(images + (6 + p) * NET_FLOATS, images + p * NET_FLOATS);
    }
    return images;
}

feat_model *net_model(const feat_net *net, feat_numerics numerics, uint32_t isa_mask)
{
    feat_error err = {FEAT_OK, ""};
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_config config;
    feat_config_init(&config, sizeof config);
    config.isa_mask = isa_mask;
    config.numerics = numerics;
    if (feat_weights_synth(&weights, 1, net, &err) != FEAT_OK ||
        feat_model_create(&model, weights, &config, &err) != FEAT_OK)
        fail_msg("no model: %s", err.message);
    feat_weights_close(&weights);
    return model;
}

size_t net_outputs(feat_output outputs[NET_TAPS], float **data, const feat_model *model, size_t n)
{
    size_t total = 0, count = 0;
    for (int tap = 0; tap < NET_TAPS; tap++)
        total += feat_tap_dim(model, (feat_tap)tap);
    float *next = *data = feat_calloc(n, total * sizeof *next);
    assert_non_null(next);
    for (int tap = 0; tap < NET_TAPS; tap++) {
        size_t dim = feat_tap_dim(model, (feat_tap)tap);
        if (dim == 0)
            continue;
        outputs[count++] = (feat_output){(feat_tap)tap, next, dim};
        next += n * dim;
    }
    return count;
}

void net_hash(net_hashes *h, const feat_model *model, const float *images, const net_call *call)
{
    feat_pool *pool = NULL;
    feat_session *session = NULL;
    feat_output all[NET_TAPS], outputs[NET_TAPS];
    float *data;
    size_t n_all = net_outputs(all, &data, model, call->n), n_outputs = 0;
    for (size_t o = 0; o < n_all; o++)
        if ((call->taps >> all[o].tap & 1) != 0)
            outputs[n_outputs++] = all[o];
    if (call->n_threads > 1)
        assert_int_equal(feat_pool_create(&pool, call->n_threads, NULL), FEAT_OK);
    assert_int_equal(feat_session_create(&session, model, pool, NULL), FEAT_OK);
    images += call->first * NET_FLOATS;
    assert_int_equal(feat_session_run(session, images, call->n, outputs, n_outputs, NULL, NULL), FEAT_OK);
    for (size_t o = 0; o < n_outputs; o++)
        for (size_t i = 0; i < call->n; i++)
            h->of[call->first + i][outputs[o].tap] =
                feat_hash64(outputs[o].data + i * outputs[o].stride, outputs[o].stride * sizeof(float));
    feat_session_close(&session);
    feat_pool_close(&pool);
    feat_free(data);
}

void net_assert_same(const net_hashes *got, const net_hashes *want, const net_call *call, const char *what)
{
    for (size_t i = call->first; i < call->first + call->n; i++)
        for (int tap = 0; tap < NET_TAPS; tap++)
            if ((call->taps >> tap & 1) != 0 && got->of[i][tap] != want->of[i][tap])
                fail_msg("%s, %zu images, %zu threads: image %zu, tap %s: hash %016" PRIx64
                         ", expected %016" PRIx64,
                         what, call->n, call->n_threads, i, tap_name(tap), got->of[i][tap],
                         want->of[i][tap]);
}

void net_read_golden(net_hashes *h, const char *path)
{
    char line[128], tap[32];
    size_t image, n = 0;
    unsigned version = 0;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("cannot open %s: run the tests from the top of the repository", path);
    while (fgets(line, sizeof line, f) != NULL) {
        uint64_t hash;
        if (sscanf(line, "numerics %u", &version) == 1 ||
            sscanf(line, "%zu %31s %" SCNx64, &image, tap, &hash) != 3)
            continue;
        for (int t = 0; t < NET_TAPS && image < NET_IMAGES; t++)
            if (strcmp(tap_name(t), tap) == 0) {
                h->of[image][t] = hash;
                n++;
            }
    }
    fclose(f);
    assert_int_equal(n, NET_IMAGES * NET_TAPS);
    assert_int_equal(version, FEAT_NUMERICS_VERSION);
}

void net_print_golden(const feat_model *model, const char *title)
{
    static net_hashes h;
    const net_call all_at_once = {0, NET_IMAGES, 1, NET_ALL_TAPS};
    float *images = net_images();
    net_hash(&h, model, images, &all_at_once);
    printf("# Hashes (XXH64) of every tap of the eight images of tests/engine/net/net_data.c with the weights "
           "synth:1, variant fid:\n"
           "# %s. A change here is a change of the numerics contract (engine/ARITHMETIC.md).\n"
           "numerics %d\n",
           title, FEAT_NUMERICS_VERSION);
    for (size_t i = 0; i < NET_IMAGES; i++)
        for (int tap = 0; tap < NET_TAPS; tap++)
            printf("%zu %s %016" PRIx64 "\n", i, tap_name(tap), h.of[i][tap]);
    feat_free(images);
}
