/* A path that is not there. */
#ifndef BONAFIDE_TOOLS_SETS_MISSING_H
#define BONAFIDE_TOOLS_SETS_MISSING_H

#include "engine/base/common.h"

/* Fails with the message for a missing path, which looks for what may have been meant. */
feat_status bf_set_fail_missing(const char *path, feat_error *err);

#endif
