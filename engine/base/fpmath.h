/* exp and log whose bits do not depend on the C library, the compiler or the CPU: glibc's own choose an
 * algorithm by CPU at run time. Only + - * / and fma on doubles, in a fixed order. */
#ifndef BONAFIDE_ENGINE_BASE_FPMATH_H
#define BONAFIDE_ENGINE_BASE_FPMATH_H

/* e^x. Error below 0.65 ulp (0.613 measured over 8 million points), below 1 ulp where the result is
 * subnormal. Infinity above 709.78271289338397, 0 below -745.13321910194122, exp(0) = 1, NaN for NaN. */
double feat_exp(double x);

/* Natural logarithm. Error below 0.6 ulp (0.545 measured). log(0) = -infinity, log(1) = +0, NaN for negative
 * numbers and NaN; subnormal arguments are exact inputs like any other. */
double feat_log(double x);

/* The same on the C library's fma, for tests; the same bits. */
double feat_exp_portable(double x);
double feat_log_portable(double x);

#endif
