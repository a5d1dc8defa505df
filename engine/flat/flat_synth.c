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

/* Where values lie: centre +- amplitude, chosen so that activations keep their size through the net. */
static float amplitude_of(const feat_tensor *t, float *centre)
{
    *centre = 0.0f;
    if (ends_with(t->name, ".conv.weight")) {
        double fan_in = (double)t->shape[1] * (double)t->shape[2] * (double)t->shape[3];
        return (float)sqrt(6.0 / fan_in);
    }
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
    return ends_with(t->name, ".bn.bias") || ends_with(t->name, ".bn.running_mean") ? 0.25f : 0.5f;
}

static uint64_t first_state(uint64_t seed, const feat_tensor *t)
{
    char prefix[32];
    (void)snprintf(prefix, sizeof prefix, "%" PRIu64 ":", seed);
    return fnv1a(fnv1a(UINT64_C(0xcbf29ce484222325), prefix), t->name);
}

/* The next n values of the tensor. */
static void draw(uint64_t *state, const feat_tensor *t, float *dst, size_t n)
{
    float centre, amplitude = amplitude_of(t, &centre);
    for (size_t i = 0; i < n; i++) {
        /* 24 random bits: 2u-1 is exact in float, so the product and the sum round once each. */
        int32_t bits = (int32_t)(feat_splitmix64(state) >> 40);
        float symmetric = (float)(2 * bits - (1 << 24)) * 0x1p-24f;
        float value = symmetric * amplitude;
        dst[i] = centre == 0.0f ? value : centre + value;
    }
}

void feat_synth_fill(uint64_t seed, const feat_tensor *t, float *dst)
{
    uint64_t state = first_state(seed, t);
    draw(&state, t, dst, (size_t)t->n_elements);
}

static void begin_tensor(feat_tensor_reader *r)
{
    r->state = first_state(((const synth_weights *)r->weights)->seed, r->tensor);
}

static feat_status next_of_tensor(feat_tensor_reader *r, float *dst, size_t n, feat_error *err)
{
    (void)err;
    draw(&r->state, r->tensor, dst, n);
    return FEAT_OK;
}

static feat_status end_tensor(const feat_tensor_reader *r, feat_error *err)
{
    (void)r;
    (void)err;
    return FEAT_OK;
}

static void close_nothing(feat_weights *w)
{
    (void)w;
}

static const feat_weights_backend synth_backend = {begin_tensor, next_of_tensor, end_tensor, close_nothing, false};

feat_status feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net, feat_error *err)
{
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
