/* The contracts of engine/kernels as plain loops. */
#ifndef BONAFIDE_TOOLS_SELFTEST_SELFTEST_ORACLE_H
#define BONAFIDE_TOOLS_SELFTEST_SELFTEST_ORACLE_H

#include "engine/kernels/kernels.h"

/* A kernel table like the others, but slow and easy to check by eye; it runs anywhere. */
const feat_kernels *bf_selftest_oracle(void);

#endif
