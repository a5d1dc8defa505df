/* Looks at what arithmetic does under the modes that tests set. */
#include "tests/engine/base/fp_modes.h"

#include <fenv.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

bool fp_rounds_as_told(void)
{
    volatile double one = 1.0, little = 0x1p-60, sum;
    if (fesetround(FE_UPWARD) != 0)
        return false;
    sum = one + little;
    return fesetround(FE_TONEAREST) == 0 && sum > 1.0;
}

bool fp_flushes_as_told(void)
{
#if defined(__x86_64__)
    volatile double least = 0x1p-1022, half;
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8000);
    half = least * 0.5;
    _mm_setcsr(before);
    return half == 0.0;
#else
    return true;
#endif
}

bool fp_has_long_double(void)
{
    volatile long double one = 1.0L, little = 0x1p-60L;
    return one + little > 1.0L;
}
