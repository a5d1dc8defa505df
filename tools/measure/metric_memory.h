/* What metrics take at most, beside their rows, is a step of the plan behind --memory. What several of them are made of
 * is here; the rest stands with each metric. In bytes, as doubles: nothing overflows. */
#ifndef BONAFIDE_TOOLS_MEASURE_METRIC_MEMORY_H
#define BONAFIDE_TOOLS_MEASURE_METRIC_MEMORY_H

#include "tools/run/memory_plan.h"

/* A Frechet distance of n rows of width d with its error, and its two covariances. */
double bf_memory_of_distance(double n, double d);

/* A search among neighbours, or a scan over products, of n1 and n2 rows of width d. */
double bf_memory_of_search(const bf_run *run, double n1, double n2, double d, double k);
double bf_memory_of_products(const bf_run *run, double d);

#endif
