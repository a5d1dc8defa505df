/* Text from a file that is not trusted, made fit for a message. */
#ifndef IV3_CONTAINERS_PRINTABLE_H
#define IV3_CONTAINERS_PRINTABLE_H

#include <stddef.h>

enum { IV3_LABEL_BYTES = 160 };

/* Untrusted text for a message: control and non-ASCII bytes become '?', a long one ends in "...". */
const char *iv3_printable(char *text, size_t text_bytes, const void *p, size_t n_bytes);

#endif
