/* Opening flat weight files of any network. */
#ifndef BONAFIDE_ENGINE_FLAT_FLAT_READ_H
#define BONAFIDE_ENGINE_FLAT_FLAT_READ_H

#include "engine/flat/flat.h"

/* As feat_weights_open, for another network than Inception-v3: the tests' door. */
feat_status feat_weights_open_layout(feat_weights **out, const char *path, const feat_layout *layout,
                                     feat_error *err) FEAT_NODISCARD;

#endif
