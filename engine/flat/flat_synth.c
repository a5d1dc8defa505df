/* Synthetic weights: the same numbers in any language from a seed and a tensor's name, so that tests
 * and demonstrations need no download. Definition: engine/flat/FORMAT.md. Tensors are made when asked for;
 * nothing is kept. */
#include "engine/flat/flat.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "engine/flat/flat_internal.h"

typedef struct synth_weights {
    feat_weights weights;
    uint64_t seed;
} synth_weights;

static uint64_t fnv1a(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static bool ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static float fan_in(const feat_tensor *t, double factor)
{
    double inputs = 1.0;
    for (size_t i = 1; i < t->rank; i++)
        inputs *= (double)t->shape[i];
    return (float)sqrt(factor / inputs);
}

/* A tensor of a convolutional network. */
static float conv_amplitude(const feat_tensor *t, float *centre)
{
    if (t->rank == 4 || t->pixels > 0)
        return fan_in(t, 6.0);
    if (ends_with(t->name, ".bn.running_var")) {
        *centre = 1.0f;
        return 0.5f;
    }
    if (ends_with(t->name, ".bn.weight")) {
        *centre = 1.0f;
        return 0.25f;
    }
    if (t->rank == 2)
        return 0.05f;
    return starts_with(t->name, "fc.") ? 0.5f : 0.25f; /* biases, and means of norms */
}

/* A tensor of a transformer. */
static float vit_amplitude(const feat_tensor *t, float *centre)
{
    if (ends_with(t->name, "cls_token") || ends_with(t->name, "class_embedding") ||
        ends_with(t->name, "register_tokens"))
        return 1.0f;
    if (ends_with(t->name, "pos_embed") || ends_with(t->name, "positional_embedding"))
        return 0.5f;
    if (ends_with(t->name, "bias"))
        return 0.25f;
    if (t->rank == 1) {
        *centre = 1.0f;
        return ends_with(t->name, ".gamma") ? 0.5f : 0.25f;
    }
    if (ends_with(t->name, ".proj") && t->rank == 2) /* stored input by input */
        return (float)sqrt(3.0 / (double)t->shape[0]);
    return fan_in(t, ends_with(t->name, ".qkv.weight") || ends_with(t->name, "in_proj_weight") ? 6.0 : 3.0);
}

/* Where values lie: centre +- amplitude, chosen so that activations keep their size through the net. */
static float amplitude_of(const feat_tensor *t, float *centre)
{
    static const char *const vit[] = {"visual.",      "blocks.", "patch_embed.", "norm.",
                                      "cls_token", "pos_embed", "register_tokens"};
    *centre = 0.0f;
    for (size_t i = 0; i < sizeof vit / sizeof vit[0]; i++)
        if (starts_with(t->name, vit[i]))
            return vit_amplitude(t, centre);
    return conv_amplitude(t, centre);
}

/* 24 random bits of the draw: 2u-1 is exact in float, so the product and the sum round once each. */
static float value_of(uint64_t drawn, float centre, float amplitude)
{
    int32_t draw = (int32_t)(drawn >> 40);
    float symmetric = (float)(2 * draw - (1 << 24)) * 0x1p-24f;
    float value = symmetric * amplitude;
    return centre == 0.0f ? value : centre + value;
}

/* Values of a tensor in panels from stored place `first` on: the draws are numbered row by row, and value k is made of
 * the state after k + 1 steps, which can be had without those before. */
static void draw_panels(uint64_t state, const feat_tensor *t, uint64_t first, float *dst, size_t n)
{
    float centre, amplitude = amplitude_of(t, &centre);
    uint64_t k = 0, wide = t->shape[1];
    for (size_t j = 0; j < n; j++) {
        uint64_t at = first + j, plane = at / 256, lane = at % 256, planes = wide / 16;
        if (j == 0 || at % 16 == 0) {
            uint64_t channel = plane % planes / t->pixels * 16 + lane / 16, pixel = plane % planes % t->pixels;
            k = (plane / planes * 16 + lane % 16) * wide + channel * t->pixels + pixel;
        } else {
            k += wide; /* the next output */
        }
        dst[j] = value_of(feat_splitmix64_mix(state + (k + 1) * UINT64_C(0x9E3779B97F4A7C15)), centre, amplitude);
    }
}

static uint64_t first_state(uint64_t seed, const feat_tensor *t)
{
    char prefix[32];
    (void)snprintf(prefix, sizeof prefix, "%" PRIu64 ":", seed);
    return fnv1a(fnv1a(UINT64_C(0xcbf29ce484222325), prefix), t->name);
}

/* The next n values of the tensor, from stored place `first` on. */
static void draw(uint64_t *state, const feat_tensor *t, uint64_t first, float *dst, size_t n)
{
    float centre, amplitude = amplitude_of(t, &centre);
    if (t->pixels > 0) {
        draw_panels(*state, t, first, dst, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        dst[i] = value_of(feat_splitmix64(state), centre, amplitude);
}

void feat_synth_fill(uint64_t seed, const feat_tensor *t, float *dst)
{
    uint64_t state = first_state(seed, t);
    draw(&state, t, 0, dst, (size_t)t->n_elements);
}

static void begin_tensor(feat_tensor_reader *r)
{
    r->state = first_state(((const synth_weights *)r->weights)->seed, r->tensor);
}

static feat_status next_of_tensor(feat_tensor_reader *r, float *dst, size_t n, feat_error *err)
{
    (void)err;
    draw(&r->state, r->tensor, r->n_read, dst, n);
    return FEAT_OK;
}

static feat_status end_tensor(const feat_tensor_reader *r, feat_error *err)
{
    (void)r;
    (void)err;
    return FEAT_OK;
}

static feat_status map_tensor(feat_mapped_tensor *out, const feat_weights *w, const feat_tensor *t, feat_error *err)
{
    float *values = feat_alloc_array((size_t)t->n_elements, sizeof *values);
    if (values == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for tensor '%s'", w->path, t->name);
    out->data = out->map = values;
    feat_synth_fill(((const synth_weights *)w)->seed, t, values);
    return FEAT_OK;
}

static size_t map_takes(const feat_weights *w, const feat_tensor *t)
{
    (void)w;
    return feat_alloc_takes((size_t)t->n_elements * sizeof(float));
}

static void close_nothing(feat_weights *w)
{
    (void)w;
}

static const feat_weights_backend synth_backend = {begin_tensor, next_of_tensor, end_tensor, map_tensor, map_takes,
                                                   close_nothing, false};

feat_status feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net, feat_error *err)
{
    if (out == NULL || net == NULL)
        return feat_null(err, __func__);
    *out = NULL;
    if (net == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "synthetic weights: no network");
    feat_weights *w = NULL;
    feat_contents contents;
    synth_weights *synth = feat_calloc(1, sizeof *synth);
    if (synth == NULL)
        goto no_memory;
    synth->seed = seed;
    w = &synth->weights;
    w->backend = &synth_backend;
    w->info.net = net;
    (void)snprintf(w->info.name, sizeof w->info.name, "synth:%" PRIu64, seed);
    if (pthread_mutex_init(&w->mutex, NULL) != 0)
        goto no_memory;
    w->has_mutex = true;
    feat_net_published(&contents, net);
    w->path = feat_strdup(w->info.name);
    w->info.n_tensors = feat_net_count_tensors(net, &contents);
    w->tensors = feat_alloc_array(w->info.n_tensors, sizeof *w->tensors);
    if (w->path == NULL || w->tensors == NULL)
        goto no_memory;
    feat_net_list_tensors(w->tensors, net, &contents);
    w->info.n_classes = contents.head.size[contents.head.n_layers];
    for (size_t i = 0; i < w->info.n_tensors; i++) {
        w->tensors[i].dtype = FEAT_FLOAT32;
        w->info.n_parameters += (size_t)w->tensors[i].n_elements;
    }
    *out = w;
    return FEAT_OK;

no_memory:
    feat_weights_close(&w);
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for synthetic weights");
}
