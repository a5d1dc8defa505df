/* The frame that gzip (RFC 1952) puts around deflated data. */
#ifndef BONAFIDE_TOOLS_FORMATS_GZIP_H
#define BONAFIDE_TOOLS_FORMATS_GZIP_H

#include <stddef.h>
#include <stdint.h>

enum { BF_GZIP_TRAILER = 8 }; /* bytes behind the data: CRC-32 and length */

/* Where the packed data begin in a file that begins with these bytes; 0: that is no header of gzip, or not all of
 * it. */
size_t bf_gzip_data_at(const uint8_t *bytes, size_t n);

#endif
