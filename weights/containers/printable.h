/* Text from a file that is not trusted, made fit for a message. */
#ifndef BONAFIDE_WEIGHTS_CONTAINERS_PRINTABLE_H
#define BONAFIDE_WEIGHTS_CONTAINERS_PRINTABLE_H

#include <stddef.h>

enum { FEAT_LABEL_BYTES = 160 };

/* Untrusted text for a message: control and non-ASCII bytes become '?', a long one ends in "...". */
const char *feat_printable(char *text, size_t text_bytes, const void *p, size_t n_bytes);

#endif
