/* CPU feature detection. The compiler's builtin reads CPUID and checks with XGETBV that the
 * operating system saves the wide registers. */
#define _GNU_SOURCE /* syscall */
#include "engine/base/cpu.h"

#include <stdatomic.h>
#include <stdbool.h>

static _Atomic uint32_t known; /* 0: the machine was not asked yet */

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* CPUID leaf 7: AMX-BF16 is bit 22 of EDX and AMX-TILE bit 24; XCR0: tile configuration is bit 17, tile data bit 18. */
static bool has_amx(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_OSXSAVE) == 0 || !__get_cpuid_count(7, 0, &a, &b, &c, &d) ||
        (d >> 22 & 1) == 0 || (d >> 24 & 1) == 0)
        return false;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low >> 17 & 3) == 3;
}

static bool has_sha(void)
{
    enum { EBX_SHA = 1 << 29, ECX_SSSE3 = 1 << 9, ECX_SSE41 = 1 << 19 };
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & ECX_SSSE3) && (c & ECX_SSE41) &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & EBX_SHA);
}
#endif

static uint32_t ask(void)
{
#if defined(__x86_64__)
    uint32_t bits = 0;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("fma"))
        bits |= FEAT_CPU_FMA;
    if (__builtin_cpu_supports("avx2"))
        bits |= FEAT_CPU_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
        bits |= FEAT_CPU_AVX512;
    if ((bits & FEAT_CPU_AVX512) != 0 && __builtin_cpu_supports("avx512bf16"))
        bits |= FEAT_CPU_AVX512_BF16;
    if (has_amx())
        bits |= FEAT_CPU_AMX;
    if (has_sha())
        bits |= FEAT_CPU_SHA;
    return bits;
#elif defined(__aarch64__)
    return FEAT_CPU_NEON;
#else
    return 0;
#endif
}

uint32_t feat_cpu_features(void)
{
    static const uint32_t ASKED = 1u << 31;
    uint32_t bits = atomic_load_explicit(&known, memory_order_relaxed);
    if (bits == 0) {
        bits = ask() | ASKED;
        atomic_store_explicit(&known, bits, memory_order_relaxed);
    }
    return bits & ~ASKED;
}

int feat_cpu_allow_amx(void)
{
#if defined(__x86_64__) && defined(SYS_arch_prctl)
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 }; /* ARCH_REQ_XCOMP_PERM, Linux 5.16; XFEATURE_XTILEDATA */
    return (feat_cpu_features() & FEAT_CPU_AMX) != 0 && syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
    return 0;
#endif
}
