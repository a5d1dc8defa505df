/* Every way that this machine has of computing products for bounds. */
#ifndef BONAFIDE_TESTS_ENGINE_KERNELS_BF16_TABLES_H
#define BONAFIDE_TESTS_ENGINE_KERNELS_BF16_TABLES_H

#include <stddef.h>

#include "engine/kernels/dmat.h"

enum { BF16_TABLES_MAX = 12 };

/* The tables this CPU can run, each without bfloat16 and, where it has that, with it; and that of the tile unit, with
 * its instructions done by tile_trap.h where there is none. Returns how many. */
size_t bf16_tables(feat_dmat_kernels tables[BF16_TABLES_MAX]);

#endif
