/* CPU feature detection. The compiler's builtin reads CPUID and checks with XGETBV that the
 * operating system saves the wide registers. */
#include "engine/base/cpu.h"

uint32_t iv3_cpu_features(void)
{
#if defined(__x86_64__)
    uint32_t bits = 0;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("fma"))
        bits |= IV3_CPU_FMA;
    if (__builtin_cpu_supports("avx2"))
        bits |= IV3_CPU_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        bits |= IV3_CPU_AVX512;
    return bits;
#elif defined(__aarch64__)
    return IV3_CPU_NEON;
#else
    return 0;
#endif
}
