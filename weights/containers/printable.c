/* Untrusted text for a message. */
#include "weights/containers/printable.h"

#include <string.h>

const char *feat_printable(char *text, size_t text_bytes, const void *p, size_t n_bytes)
{
    const unsigned char *from = p;
    size_t n = n_bytes < text_bytes - 1 ? n_bytes : text_bytes - 1;
    for (size_t i = 0; i < n; i++)
        text[i] = from[i] >= 32 && from[i] < 127 ? (char)from[i] : '?';
    text[n] = '\0';
    if (n < n_bytes && n >= 3)
        memcpy(text + n - 3, "...", 3);
    return text;
}
