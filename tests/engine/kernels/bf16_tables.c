/* Tables of kernels with and without bfloat16, for tests. */
#include "tests/engine/kernels/bf16_tables.h"

#include "engine/kernels/isa.h"
#include "engine/kernels/kernels.h"
#include "tests/engine/kernels/tile_trap.h"

size_t bf16_tables(feat_dmat_kernels tables[BF16_TABLES_MAX])
{
    size_t n = 0;
    for (size_t at = 0; feat_kernels_at(at) != NULL; at++) {
        const feat_dmat_kernels *table = &feat_kernels_at(at)->dmat;
        if (!feat_kernels_usable(feat_kernels_at(at)))
            continue;
        tables[n] = *table;
        tables[n++].bf16 = NULL;
        if (feat_bf16_of(table) != NULL)
            tables[n++] = *table;
    }
#if defined(__x86_64__)
    static feat_bf16_kernels trapped;
    if (!feat_kernels_usable(&feat_kernels_amx) && tile_trap_install()) {
        trapped = *feat_kernels_amx.dmat.bf16;
        trapped.needs = 0;
        tables[n] = feat_kernels_amx.dmat;
        tables[n++].bf16 = &trapped;
    }
#endif
    return n;
}
