/* The parts of selftest: hashes over what the kernels, the arithmetic and the rest give on made-up inputs. */
#ifndef BONAFIDE_TOOLS_SELFTEST_SELFTEST_H
#define BONAFIDE_TOOLS_SELFTEST_SELFTEST_H

#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"
#include "metrics/base/context.h"

enum { BF_N_SELFTEST_GROUPS = 22 };

/* What a group of kernels is called; NULL past the last. */
const char *bf_selftest_group(size_t group);

/* XXH64 over everything each group of kernels gives, which no instruction set may change. `table` counts as
 * in feat_isa_name and must be usable; SIZE_MAX takes plain loops instead. Errors: NOMEM. */
feat_status bf_selftest_kernels(uint64_t hashes[BF_N_SELFTEST_GROUPS], size_t table,
                                feat_error *err) FEAT_NODISCARD;

/* The same over feat_exp and feat_log at many points. */
uint64_t bf_selftest_exp(void);
uint64_t bf_selftest_log(void);

/* Over the built-in picture as a preset hands it to the network. Errors: NOMEM. */
feat_status bf_selftest_resize(uint64_t *hash, const feat_preset *preset, feat_error *err) FEAT_NODISCARD;

/* Over FID, Inception Score, precision and recall of made-up features. Errors: NOMEM, NUMERIC. */
feat_status bf_selftest_statistics(uint64_t *hash, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* Over all taps of the built-in picture through a network with weights synth:1, run by one kernel table.
 * Errors: NOMEM, those of feat_model_create. */
feat_status bf_selftest_network(uint64_t *hash, const feat_net *net, size_t table, feat_pool *pool,
                                feat_error *err) FEAT_NODISCARD;

/* A float in [-1, 1) of 24 bits of the SplitMix64 stream whose state is *state. */
float bf_selftest_float(uint64_t *state);

#endif
