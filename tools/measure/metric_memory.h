/* What each metric takes at most, beside its rows: a step of the plan behind --memory. */
#ifndef BONAFIDE_TOOLS_MEASURE_METRIC_MEMORY_H
#define BONAFIDE_TOOLS_MEASURE_METRIC_MEMORY_H

#include "tools/run/memory_plan.h"

/* A Frechet distance with its error, and its two covariances; a search among neighbours, or a scan over products, of
 * n1 and n2 rows. All for rows of width d. */
double bf_memory_of_fid(double n, double d);
double bf_memory_of_search(const bf_run *run, double n1, double n2, double d, double k);
double bf_memory_of_vendi(double n, double d);
double bf_memory_of_products(const bf_run *run, double d);
double bf_memory_of_is(const bf_run *run, double n, double n_classes);
double bf_memory_of_pr(const bf_run *run, double n1, double n2, double d);
double bf_memory_of_kid(const bf_run *run, double n1, double n2, double d);

#endif
