/* Files that are there, but are not what was to be fetched. */
#ifndef IV3_BASE_NOT_FETCHED_H
#define IV3_BASE_NOT_FETCHED_H

#include <stddef.h>

/* What a file that begins with these bytes is instead, and what to do: "an HTML page ...", "a pointer of Git LFS ...";
 * NULL for anything else. */
const char *iv3_not_fetched(const void *bytes, size_t n);

#endif
