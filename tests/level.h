/* How much a test runs: BF_TEST_LEVEL in the environment is "quick" for emulators and valgrind, where a program takes
 * ten to sixty times as long, and "all" for every kernel table, scalar among them. */
#ifndef BONAFIDE_TESTS_LEVEL_H
#define BONAFIDE_TESTS_LEVEL_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef enum test_level { TEST_QUICK, TEST_NORMAL, TEST_ALL } test_level;

static inline test_level test_chosen_level(void)
{
    const char *level = getenv("BF_TEST_LEVEL");
    if (level == NULL)
        return TEST_NORMAL;
    if (strcmp(level, "quick") == 0)
        return TEST_QUICK;
    return strcmp(level, "all") == 0 ? TEST_ALL : TEST_NORMAL;
}

/* Whether long double holds more digits than double, so that sums in it can judge those of double. valgrind computes it
 * in double, and some machines have no other. */
static inline bool test_long_double_is_wide(void)
{
    volatile long double one = 1.0L, little = 0x1p-60L;
    return one + little > one;
}

#endif
