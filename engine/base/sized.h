/* Structures of options, whose first field says how long they are: the caller may have been compiled against a version
 * in which they were shorter or longer. A field that a later version adds begins where the structure ended, never in
 * what was padding. */
#ifndef BONAFIDE_ENGINE_BASE_SIZED_H
#define BONAFIDE_ENGINE_BASE_SIZED_H

#include <stddef.h>

#include "engine/base/common.h"

/* Behind each ..._init: fills the caller's structure of `size` bytes with this library's defaults, which has `full`
 * bytes and begins with a size_t too; what is longer becomes 0. Its struct_size is `size`. */
void feat_sized_init(void *to, size_t size, const void *defaults, size_t full);

/* Behind each function that takes one: `own`, this library's structure of `full` bytes filled with defaults, gets what
 * the caller's has of it; `given` may be NULL. `name` is the type's, whose ..._init the message asks for. Errors: ARG
 * (a struct_size that no ..._init left), UNSUPPORTED (something is set that only a later library knows). */
feat_status feat_sized_read(void *own, size_t full, const void *given, const char *name,
                            feat_error *err) FEAT_NODISCARD;

#endif
