/* x86's tile instructions on CPUs without them: each raises SIGILL, whose handler decodes it and does what
 * the manual says, with the manual's checks. So the code for them is run, encodings and all, wherever AVX-512
 * is. */
#ifndef BONAFIDE_TESTS_ENGINE_KERNELS_TILE_TRAP_H
#define BONAFIDE_TESTS_ENGINE_KERNELS_TILE_TRAP_H

#include <stddef.h>

/* 1 if tile instructions can be used now: the CPU has them, or the handler is in place. 0: no AVX512-BF16
 * (which the kernels around them use), or not Linux on x86-64. */
int tile_trap_install(void);

/* How many instructions were done by the handler, in all threads. */
size_t tile_trap_count(void);

#endif
