/* Filling an iv3_error. */
#ifndef IV3_BASE_STATUS_H
#define IV3_BASE_STATUS_H

#include "engine/base/common.h"

/* Writes `status` and the formatted message into err (if not NULL) and returns `status`, so that a
 * failing check reads `return iv3_fail(err, IV3_ERR_FORMAT, "%s: ...", path)`. Too long a message is
 * cut and ends in "...". */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
iv3_status iv3_fail(iv3_error *err, iv3_status status, const char *format, ...);

#endif
