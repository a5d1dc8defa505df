/* Tables of kernels with and without bfloat16, for tests. */
#include "tests/engine/kernels/bf16_tables.h"

#include "engine/kernels/isa.h"
#include "engine/kernels/kernels.h"
#include "tests/engine/kernels/tile_trap.h"

size_t bf16_tables(iv3_dmat_kernels tables[BF16_TABLES_MAX])
{
    size_t n = 0;
    for (size_t at = 0; iv3_kernels_at(at) != NULL; at++) {
        const iv3_dmat_kernels *table = &iv3_kernels_at(at)->dmat;
        if (!iv3_kernels_usable(iv3_kernels_at(at)))
            continue;
        tables[n] = *table;
        tables[n++].bf16 = NULL;
        if (iv3_bf16_of(table) != NULL)
            tables[n++] = *table;
    }
#if defined(__x86_64__)
    static iv3_bf16_kernels trapped;
    if (!iv3_kernels_usable(&iv3_kernels_amx) && tile_trap_install()) {
        trapped = *iv3_kernels_amx.dmat.bf16;
        trapped.needs = 0;
        tables[n] = iv3_kernels_amx.dmat;
        tables[n++].bf16 = &trapped;
    }
#endif
    return n;
}
