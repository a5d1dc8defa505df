/* How much a test runs: BF_TEST_LEVEL in the environment is "quick" for emulators and valgrind, where a program takes
 * ten to sixty times as long, and "all" for every kernel table, scalar among them. */
#ifndef BONAFIDE_TESTS_LEVEL_H
#define BONAFIDE_TESTS_LEVEL_H

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

#endif
