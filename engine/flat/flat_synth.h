/* Synthetic weights of any network. */
#ifndef BONAFIDE_ENGINE_FLAT_FLAT_SYNTH_H
#define BONAFIDE_ENGINE_FLAT_FLAT_SYNTH_H

#include "engine/flat/flat.h"

/* Fills dst[t->n_elements] with the values of a tensor of this name and shape. */
void feat_synth_fill(uint64_t seed, const feat_tensor *t, float *dst);

/* As feat_weights_synth, for another network than Inception-v3: the tests' door. */
feat_status feat_weights_synth_layout(feat_weights **out, uint64_t seed, feat_variant variant,
                                      const feat_layout *layout, feat_error *err) FEAT_NODISCARD;

#endif
