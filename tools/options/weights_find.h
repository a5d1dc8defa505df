/* Which weights a command uses: --weights, else $BONAFIDE_WEIGHTS, else an installed file. */
#ifndef BONAFIDE_WEIGHTSOURCE_H
#define BONAFIDE_WEIGHTSOURCE_H

#include "engine/iv3.h"

/* Finds the weights' name: a path or "synth:SEED". `option` is the value of --weights or NULL. *spec is
 * released with iv3_free. Errors: IO when there is none (says how to get some), NOMEM. */
iv3_status bf_weights_find(char **spec, const char *option, iv3_error *err) IV3_NODISCARD;

/* Opens a path or "synth:SEED". `variant` is the value of --variant or NULL: which network synthetic weights
 * are for (default fid); a file must hold it. Errors: ARG (a bad seed), UNSUPPORTED (another variant in the
 * file), those of iv3_weights_open and iv3_weights_synth. */
iv3_status bf_weights_open(iv3_weights **out, const char *spec, const char *variant,
                           iv3_error *err) IV3_NODISCARD;

/* The number in a decimal seed. Errors: ARG. */
iv3_status bf_seed_parse(uint64_t *seed, const char *text, iv3_error *err) IV3_NODISCARD;

/* The variant of that name. Errors: ARG. */
iv3_status bf_variant_parse(iv3_variant *variant, const char *name, iv3_error *err) IV3_NODISCARD;

#endif
