/* Private to decode_png*.c: the filters of a PNG's rows (ISO 15948, chapter 9). */
#ifndef BONAFIDE_TOOLS_IMAGES_DECODE_PNG_H
#define BONAFIDE_TOOLS_IMAGES_DECODE_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


/* Undoes the filter of one row of `bytes` bytes whose pixels have `step` bytes (1, 2, 3, 4, 6 or 8). `packed`
 * begins with the filter's number; `above` is the row above, or NULL for the first. `row` overlaps neither.
 * Up to 8 bytes behind `packed` and `above` are read, without effect; none behind `row` is written. False: no
 * such filter. */
bool bf_png_unfilter(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, unsigned step);

#endif
