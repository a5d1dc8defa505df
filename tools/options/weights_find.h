/* Which weights a command uses: --weights, else $BONAFIDE_WEIGHTS, else an installed file. */
#ifndef BONAFIDE_TOOLS_OPTIONS_WEIGHTS_FIND_H
#define BONAFIDE_TOOLS_OPTIONS_WEIGHTS_FIND_H

#include "engine/feat.h"

/* Finds the weights' name: a path or "synth:SEED". `option` is the value of --weights or NULL. *spec is
 * released with feat_free. Errors: IO when there is none (says how to get some), NOMEM. */
feat_status bf_weights_find(char **spec, const char *option, feat_error *err) FEAT_NODISCARD;

/* The network of commands that are not told otherwise, and of files that do not say theirs: what every published FID
 * uses. */
const feat_net *bf_network_default(void);

/* Its variant of that name: "fid", which is the default itself, "torchvision" or "keras". Errors: ARG. */
feat_status bf_variant_parse(const feat_net **net, const char *name, feat_error *err) FEAT_NODISCARD;

/* Opens a path or "synth:SEED". `variant` is the value of --variant or NULL: which network synthetic weights
 * are for (default fid); a file must hold it. Errors: ARG (a bad seed), UNSUPPORTED (another variant in the
 * file), those of feat_weights_open and feat_weights_synth. */
feat_status bf_weights_open(feat_weights **out, const char *spec, const char *variant,
                            feat_error *err) FEAT_NODISCARD;

/* The number in a decimal seed. Errors: ARG. */
feat_status bf_seed_parse(uint64_t *seed, const char *text, feat_error *err) FEAT_NODISCARD;

#endif
