/* Synthetic weights of any network. */
#ifndef IV3_FLAT_SYNTH_H
#define IV3_FLAT_SYNTH_H

#include "engine/flat/flat.h"

/* Fills dst[t->n_elements] with the values of a tensor of this name and shape. */
void iv3_synth_fill(uint64_t seed, const iv3_tensor *t, float *dst);

/* As iv3_weights_synth, for another network than Inception-v3: the tests' door. */
iv3_status iv3_weights_synth_layout(iv3_weights **out, uint64_t seed, iv3_variant variant,
                                    const iv3_layout *layout, iv3_error *err) IV3_NODISCARD;

#endif
