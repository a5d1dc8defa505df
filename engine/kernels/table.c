/* Which kernel tables this build has, and which one to use. */
#include "engine/base/cpu.h"
#include "engine/kernels/isa.h"

/* Best first: feat_kernels_pick takes the first that is allowed and usable. With a tile unit only split convolutions
 * differ, so it comes first but is left to feat_kernels_pick_split while another is allowed. */
static const feat_kernels *const tables[] = {
#if defined(__x86_64__)
    &feat_kernels_amx,
    &feat_kernels_avx512,
    &feat_kernels_avx2,
    &feat_kernels_fma,
#elif defined(__aarch64__)
    &feat_kernels_neon,
#endif
    &feat_kernels_scalar,
};
enum { N_TABLES = sizeof tables / sizeof tables[0] };

const feat_kernels *feat_kernels_at(size_t index)
{
    return index < N_TABLES ? tables[index] : NULL;
}

int feat_kernels_usable(const feat_kernels *k)
{
    return (k->needs & ~feat_cpu_features()) == 0 && ((k->needs & FEAT_CPU_AMX) == 0 || feat_cpu_allow_amx());
}

const feat_kernels *feat_kernels_pick_split(uint32_t mask)
{
    for (size_t i = 0; i < N_TABLES; i++)
        if ((mask >> i & 1) != 0 && tables[i]->split.in_hardware && feat_kernels_usable(tables[i]))
            return tables[i];
    return NULL;
}

const feat_kernels *feat_kernels_pick(uint32_t mask)
{
    for (size_t i = 0; i < N_TABLES; i++)
        if ((mask >> i & 1) != 0 && !tables[i]->split.in_hardware && feat_kernels_usable(tables[i]))
            return tables[i];
    return feat_kernels_pick_split(mask);
}

const feat_dmat_kernels *feat_dmat_best(uint32_t isa_mask)
{
    for (size_t i = 0; i < N_TABLES; i++)
        if ((isa_mask >> i & 1) != 0 && feat_kernels_usable(tables[i]))
            return &tables[i]->dmat;
    return NULL;
}

const feat_bf16_kernels *feat_bf16_of(const feat_dmat_kernels *kernels)
{
    const feat_bf16_kernels *k = kernels->bf16;
    return k != NULL && (k->needs & ~feat_cpu_features()) == 0 ? k : NULL;
}
