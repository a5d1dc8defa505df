/* What this CPU can run. A mask given by the user can only take features away. */
#ifndef IV3_BASE_CPU_H
#define IV3_BASE_CPU_H

#include <stdint.h>

enum {
    IV3_CPU_FMA = 1u << 0,    /* x86: FMA3, usable by the OS */
    IV3_CPU_AVX2 = 1u << 1,   /* x86: AVX2, usable by the OS */
    IV3_CPU_AVX512 = 1u << 2, /* x86: AVX-512 F, DQ, VL and BW, usable by the OS */
    IV3_CPU_NEON = 1u << 3,   /* AArch64: always there */
    IV3_CPU_AVX512_BF16 = 1u << 5, /* x86: AVX512-BF16, usable by the OS */
    IV3_CPU_AMX = 1u << 4          /* x86: tiles of bfloat16 (AMX-TILE and AMX-BF16); see iv3_cpu_allow_amx */
};

/* The bits this machine has; the same on every call. */
uint32_t iv3_cpu_features(void);

/* Asks the kernel to let this process use tile registers: Linux keeps them from a process that has not asked. 1 if it
 * may. Threads that run already may use them too. */
int iv3_cpu_allow_amx(void);

#endif
