/* gzip's header: ten bytes, and what its flags say follows. */
#include "tools/formats/gzip.h"

#include <string.h>

#include "tools/base/bytes.h"

enum { HEADER = 10 };

/* Bytes up to and with the zero that ends a text at bytes[at]; 0: it does not end. */
static size_t text_length(const uint8_t *bytes, size_t n, size_t at)
{
    const uint8_t *zero = at < n ? memchr(bytes + at, 0, n - at) : NULL;
    return zero == NULL ? 0 : (size_t)(zero - (bytes + at)) + 1;
}

size_t bf_gzip_data_at(const uint8_t *bytes, size_t n)
{
    enum { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_UNKNOWN = 0xE0 };
    if (n < HEADER || memcmp(bytes, "\x1F\x8B\x08", 3) != 0 || (bytes[3] & FLAGS_UNKNOWN) != 0)
        return 0;
    size_t at = HEADER;
    if ((bytes[3] & FLAG_EXTRA) != 0) {
        if (n - at < 2)
            return 0;
        at += 2 + bf_le16(bytes + at);
    }
    for (int flag = FLAG_NAME; flag <= FLAG_COMMENT; flag *= 2)
        if ((bytes[3] & flag) != 0) {
            size_t length = text_length(bytes, n, at);
            if (length == 0)
                return 0;
            at += length;
        }
    at += (bytes[3] & FLAG_CRC) != 0 ? 2 : 0;
    return at < n ? at : 0;
}
