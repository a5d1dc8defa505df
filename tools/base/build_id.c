/* Compiled again whenever the id changes; nothing else is. */
#include "tools/base/build_id.h"

#ifndef BONAFIDE_BUILD_ID
#define BONAFIDE_BUILD_ID "release"
#endif

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#if defined(__clang__)
#define COMPILER \
    "clang " TEXT(__clang_major__) "." TEXT(__clang_minor__) "." TEXT(__clang_patchlevel__)
#elif defined(__GNUC__)
#define COMPILER "gcc " TEXT(__GNUC__) "." TEXT(__GNUC_MINOR__) "." TEXT(__GNUC_PATCHLEVEL__)
#else
#define COMPILER "another compiler"
#endif
#if defined(__x86_64__)
#define ARCHITECTURE "x86-64"
#elif defined(__aarch64__)
#define ARCHITECTURE "AArch64"
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE "riscv64"
#else
#define ARCHITECTURE "another architecture"
#endif

const char *bf_build_id(void)
{
    return BONAFIDE_BUILD_ID ", " COMPILER ", " ARCHITECTURE;
}
