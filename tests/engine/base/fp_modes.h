/* Whether this machine does what its control registers say. Emulators may not: valgrind rounds to nearest,
 * keeps denormal numbers and computes long double in 64 bits, whatever it is told, and a test of these has
 * nothing to see there. */
#ifndef BONAFIDE_TESTS_ENGINE_BASE_FP_MODES_H
#define BONAFIDE_TESTS_ENGINE_BASE_FP_MODES_H

#include <stdbool.h>

bool fp_rounds_as_told(void);
bool fp_flushes_as_told(void); /* x86-64; elsewhere true */
bool fp_has_long_double(void);

#endif
