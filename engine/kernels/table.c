/* Which kernel tables this build has, and which one to use. */
#include "engine/base/cpu.h"
#include "engine/kernels/isa.h"

/* Best first: iv3_kernels_pick takes the first that is allowed and usable. With a tile unit only split convolutions
 * differ, so it comes first but is left to iv3_kernels_pick_split while another is allowed. */
static const iv3_kernels *const tables[] = {
#if defined(__x86_64__)
    &iv3_kernels_amx,
    &iv3_kernels_avx512,
    &iv3_kernels_avx2,
    &iv3_kernels_fma,
#elif defined(__aarch64__)
    &iv3_kernels_neon,
#endif
    &iv3_kernels_scalar,
};
enum { N_TABLES = sizeof tables / sizeof tables[0] };

const iv3_kernels *iv3_kernels_at(size_t index)
{
    return index < N_TABLES ? tables[index] : NULL;
}

int iv3_kernels_usable(const iv3_kernels *k)
{
    return (k->needs & ~iv3_cpu_features()) == 0 && ((k->needs & IV3_CPU_AMX) == 0 || iv3_cpu_allow_amx());
}

const iv3_kernels *iv3_kernels_pick_split(uint32_t mask)
{
    for (size_t i = 0; i < N_TABLES; i++)
        if ((mask >> i & 1) != 0 && tables[i]->split.in_hardware && iv3_kernels_usable(tables[i]))
            return tables[i];
    return NULL;
}

const iv3_kernels *iv3_kernels_pick(uint32_t mask)
{
    for (size_t i = 0; i < N_TABLES; i++)
        if ((mask >> i & 1) != 0 && !tables[i]->split.in_hardware && iv3_kernels_usable(tables[i]))
            return tables[i];
    return iv3_kernels_pick_split(mask);
}

const iv3_dmat_kernels *iv3_dmat_best(uint32_t isa_mask)
{
    for (size_t i = 0; i < N_TABLES; i++)
        if ((isa_mask >> i & 1) != 0 && iv3_kernels_usable(tables[i]))
            return &tables[i]->dmat;
    return NULL;
}

const iv3_bf16_kernels *iv3_bf16_of(const iv3_dmat_kernels *kernels)
{
    const iv3_bf16_kernels *k = kernels->bf16;
    return k != NULL && (k->needs & ~iv3_cpu_features()) == 0 ? k : NULL;
}
