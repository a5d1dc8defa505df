/* Whether the thread computes as C promises: round to nearest, subnormal numbers neither flushed to zero nor taken
 * for zero. A host process (an audio program, one linked with the start-up code of fast maths) may have set its
 * threads otherwise, and every result would differ. Asked by computing, so that it holds for every CPU. */
#ifndef BONAFIDE_ENGINE_BASE_FPENV_H
#define BONAFIDE_ENGINE_BASE_FPENV_H

#include <stdbool.h>

static inline bool feat_fpenv_is_default(void)
{
    volatile float least = 0x1p-126f, half = 0.5f, subnormal = 0x1p-149f, large = 0x1p100f;
    volatile double one = 1.0, tiny = 0x1p-60, minus = -1.0, least_d = 0x1p-1022;
    bool kept = least * half != 0.0f && least_d * (double)half != 0.0; /* no flushing of results */
    bool read = subnormal * large != 0.0f;                              /* nor of operands */
    bool nearest = one + tiny == one && one - tiny == one && minus - tiny == minus && minus + tiny == minus;
    return kept && read && nearest;
}

#endif
