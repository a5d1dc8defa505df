/* A path that is not there. */
#ifndef BONAFIDE_MISSING_H
#define BONAFIDE_MISSING_H

#include "engine/base/common.h"

/* Fails with the message for a missing path, which looks for what may have been meant. */
iv3_status bf_set_fail_missing(const char *path, iv3_error *err);

#endif
