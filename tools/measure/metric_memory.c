/* What metrics take at most, for --memory. Each figure is an upper bound, measured with the allocator's own count. */
#include "tools/measure/metric_memory.h"

static const double mib = 1048576.0;

/* Seven matrices, found by measuring; or sums and two covariances while the rows are many and narrow; or two and a
 * half beside the 6144 rows that the error's pairs are made of, and what 16 threads whiten rows in. */
double bf_memory_of_distance(double n, double d)
{
    double matrix = 8.0 * d * d, beside = 4608.0 * d + 4.0 * mib + 64.0 * n;
    double sums = 2.0 * matrix + bf_memory_of_sums(n, d);
    double passes = 2.5 * matrix + 4.0 * (6144.0 * (d + 48.0) + 16.0 * 96.0 * (2.0 * d + 144.0));
    double most = sums > 7.0 * matrix ? sums : 7.0 * matrix;
    return (most > passes ? most : passes) + beside;
}

double bf_memory_of_search(const bf_run *run, double n1, double n2, double d, double k)
{
    double bench = BF_SCAN_ROWS * (BF_SCAN_COLUMNS + 256.0) * 4.0 + 16.0 * 480.0;
    /* Its error has a group of both sets beside that, and the search once more. */
    double groups = (double)gmet_error_groups((size_t)n1, (size_t)n2);
    double group = (n1 + n2) * (d * 4.0 / groups + 16.0) + 1024.0 * d * 4.0;
    return d * BF_SCAN_COLUMNS * 4.0 + d * 4.0 + bf_memory_threads(run) * bench + (n1 + n2) * (32.0 + 8.0 * (k + 1.0)) +
           group;
}

double bf_memory_of_products(const bf_run *run, double d)
{
    return d * BF_SCAN_COLUMNS * 8.0 + bf_memory_threads(run) * BF_SCAN_ROWS * (BF_SCAN_COLUMNS + 256.0) * 8.0;
}
