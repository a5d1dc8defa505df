/* Opening flat weight files of any network. */
#ifndef IV3_FLAT_READ_H
#define IV3_FLAT_READ_H

#include "engine/flat/flat.h"

/* As iv3_weights_open, for another network than Inception-v3: the tests' door. */
iv3_status iv3_weights_open_layout(iv3_weights **out, const char *path, const iv3_layout *layout,
                                   iv3_error *err) IV3_NODISCARD;

#endif
