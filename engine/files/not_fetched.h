/* Files that are there, but are not what was to be fetched. */
#ifndef BONAFIDE_ENGINE_FILES_NOT_FETCHED_H
#define BONAFIDE_ENGINE_FILES_NOT_FETCHED_H

#include <stddef.h>

/* What a file that begins with these bytes is instead, and what to do: "an HTML page ...", "a pointer of Git LFS ...";
 * NULL for anything else. */
const char *feat_not_fetched(const void *bytes, size_t n);

#endif
