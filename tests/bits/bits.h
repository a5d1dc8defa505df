/* One golden hash for each thing that this project computes, to be the same for every kernel table, number of
 * threads, images per call, compiler and optimisation level. Needs no test framework, so that it runs wherever
 * the program does. */
#ifndef BONAFIDE_TESTS_BITS_BITS_H
#define BONAFIDE_TESTS_BITS_BITS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"
#include "engine/nets/net.h"

/* A value under a name: printed, or compared with the golden one. Floats and doubles only, no structs: their
 * padding is nobody's. Names are unique; a name given again (for another table) must give the same hash. */
void bits_take(const char *name, const void *data, size_t bytes);
void bits_doubles(const char *name, const double *values, size_t n);

/* Ends the program, naming what failed, unless `status` is FEAT_OK. */
void bits_must(feat_status status, const feat_error *err, const char *what);
void *bits_memory(size_t n, size_t size);

/* exp, log, and resizing of the test pictures under every preset: no kernel table, no threads. */
void bits_of_arithmetic(void);

/* Every function of metrics/gmet.h and gjudge.h that computes something, on stored features. */
void bits_of_metrics(feat_pool *pool);
void bits_of_judge(feat_pool *pool);

/* Small networks that have every kind of layer and every algorithm, in all variants; `batch` images per call. */
enum { BITS_N_NETS = 7 };
extern const feat_net bits_nets[BITS_N_NETS];
void bits_of_network(uint32_t isa_mask, feat_pool *pool, size_t batch);

/* n rows of d columns made from the stored features, allocated. `first`: the row to begin with. */
float *bits_rows(size_t n, size_t d, size_t first);

/* The float64 matrix of a .npy of tests/data/judge, allocated; ends the program unless it has n values. */
double *bits_stored(const char *path, size_t n);

#endif
