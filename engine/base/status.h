/* What lies between a caller and every public function: the feat_error that is filled, and structures of options. */
#ifndef BONAFIDE_ENGINE_BASE_STATUS_H
#define BONAFIDE_ENGINE_BASE_STATUS_H

#include "engine/base/common.h"

/* Writes `status` and the formatted message into err (if not NULL) and returns `status`, so that a
 * failing check reads `return feat_fail(err, FEAT_ERR_FORMAT, "%s: ...", path)`. Too long a message is
 * cut and ends in "...". */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
feat_status feat_fail(feat_error *err, feat_status status, const char *format, ...);

#endif
