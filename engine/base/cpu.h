/* What this CPU can run. A mask given by the user can only take features away. */
#ifndef BONAFIDE_ENGINE_BASE_CPU_H
#define BONAFIDE_ENGINE_BASE_CPU_H

#include <stdint.h>

enum {
    FEAT_CPU_FMA = 1u << 0,    /* x86: FMA3, usable by the OS */
    FEAT_CPU_AVX2 = 1u << 1,   /* x86: AVX2, usable by the OS */
    FEAT_CPU_AVX512 = 1u << 2, /* x86: AVX-512 F, DQ, VL and BW, usable by the OS */
    FEAT_CPU_NEON = 1u << 3,   /* AArch64: always there */
    FEAT_CPU_AMX = 1u << 4, /* x86: tiles of bfloat16 (AMX-TILE and AMX-BF16); see feat_cpu_allow_amx */
    FEAT_CPU_AVX512_BF16 = 1u << 5, /* x86: AVX512-BF16, usable by the OS */
    FEAT_CPU_SHA = 1u << 6  /* x86: instructions for SHA-256, and SSSE3 and SSE4.1 */
};

/* The bits this machine has; the same on every call. It is asked once: in a virtual machine CPUID takes 15 us. */
uint32_t feat_cpu_features(void);

/* Asks the kernel to let this process use tile registers: Linux keeps them from a process that has not asked. 1 if it
 * may. Threads that run already may use them too. */
int feat_cpu_allow_amx(void);

#endif
