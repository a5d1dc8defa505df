/* What the tests of the network share: pictures, inputs and models. Everything fails the test at hand when it
 * cannot be had. */
#ifndef BONAFIDE_TESTS_ENGINE_NET_NET_DATA_H
#define BONAFIDE_TESTS_ENGINE_NET_NET_DATA_H

#include <stddef.h>

#include "engine/feat.h"
#include "engine/nets/net.h"
#include "tests/level.h"

/* Inception-v3, which these tests are about: its input, and its taps in their order. */
enum { NET_SIZE = 299, NET_FLOATS = 3 * NET_SIZE * NET_SIZE, NET_FEATURES = 2048 };
enum { NET_64, NET_192, NET_768, NET_2048, NET_SPATIAL, NET_LOGITS_UNBIASED, NET_LOGITS, NET_TAPS };

enum { NET_IMAGES = 8, NET_MAX_TAP = 2048 };

/* 1 in builds with a sanitizer, where the network takes many times as long. */
int net_is_instrumented(void);

/* The network's input for tests/data/net_<picture>.ppm, NET_FLOATS at `input`. */
void net_load(float *input, const char *picture, const char *preset);

/* Eight different inputs, allocated: each of two pictures under each preset, and two mirrored ones. */
float *net_images(void);

/* A model of synth:1 on the tables in isa_mask. */
feat_model *net_model(const feat_net *net, feat_numerics numerics, uint32_t isa_mask);

/* Outputs for all taps the model has, each [n][dim] in one allocation `*data`; returns how many. */
size_t net_outputs(feat_output outputs[NET_TAPS], float **data, const feat_model *model, size_t n);

/* XXH64 of each tap of each of net_images. Sets of taps have a bit for each. */
typedef struct net_hashes {
    uint64_t of[NET_IMAGES][NET_TAPS];
} net_hashes;
enum { NET_ALL_TAPS = (1 << NET_TAPS) - 1 };

/* Which images go through the network in one call, on how many threads, and what is kept of them. */
typedef struct net_call {
    size_t first, n, n_threads;
    unsigned taps;
} net_call;
void net_hash(net_hashes *h, const feat_model *model, const float *images, const net_call *call);
void net_assert_same(const net_hashes *got, const net_hashes *want, const net_call *call, const char *what);

/* Golden files: "numerics VERSION", and a line "image tap hash" for each of NET_IMAGES and of the taps. */
void net_read_golden(net_hashes *h, const char *path);
void net_print_golden(const feat_model *model, const char *title);

#endif
