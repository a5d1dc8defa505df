/* A folder of a test program's own, and what its tests put into it. */
#ifndef BONAFIDE_TESTS_OWN_FOLDER_H
#define BONAFIDE_TESTS_OWN_FOLDER_H

#include <stddef.h>

extern char own_folder[256]; /* its path, in TMPDIR */

/* Set-up and teardown of a group of tests. */
int own_folder_make(void **state);
int own_folder_remove(void **state);
/* Teardown of a test: removes what it put, and fails where it still holds memory. */
int own_folder_clear(void **state);

/* The path of a name in the folder; the last four stay. */
const char *own_path(const char *name);

/* A file, folder or link of that name, until the test has ended. */
void own_put(const char *name, const void *bytes, size_t n);
void own_put_text(const char *name, const char *text);
void own_put_copy(const char *name, const char *from);
void own_put_folder(const char *name);
void own_put_link(const char *name, const char *target);
/* Removes what was put last. */
void own_take_back(void);

#endif
