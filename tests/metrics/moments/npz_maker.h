/* Archives of arrays as other programs write them, made in memory: numpy.savez and numpy.savez_compressed. */
#ifndef BONAFIDE_TESTS_METRICS_MOMENTS_NPZ_MAKER_H
#define BONAFIDE_TESTS_METRICS_MOMENTS_NPZ_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NPZ_BYTES = 1 << 15 };

typedef struct npz_maker {
    uint8_t bytes[NPZ_BYTES], directory[1024];
    size_t n, n_directory, n_members;
} npz_maker;

/* One array: `header` is what stands between "{" and "}" of an .npy, say "'descr': '<f8', 'fortran_order': False,
 * 'shape': (3,), "; its CRC-32 is exclusive-ored with `spoil`. */
void npz_add(npz_maker *z, const char *name, const char *header, const void *data, size_t n, bool deflate,
             uint32_t spoil);

/* The directory behind the members: z->bytes [z->n] is the archive then. */
void npz_end(npz_maker *z);

#endif
