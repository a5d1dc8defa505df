/* What each metric takes at most, for --memory. Each figure is an upper bound, measured with the allocator's own
 * count. */
#include "tools/measure/metric_memory.h"

static const double mib = 1048576.0;

static double threads_of(const bf_run *run)
{
    return (double)feat_pool_threads(run->work.context.pool);
}

/* Seven matrices, found by measuring; or sums and two covariances while the rows are many and narrow. */
double bf_memory_of_fid(double n, double d)
{
    double matrix = 8.0 * d * d, beside = 4608.0 * d + 4.0 * mib + 64.0 * n;
    double sums = 2.0 * matrix + bf_memory_of_sums(n, d);
    return (sums > 7.0 * matrix ? sums : 7.0 * matrix) + beside;
}

double bf_memory_of_search(const bf_run *run, double n1, double n2, double d, double k)
{
    double bench = BF_SCAN_ROWS * (BF_SCAN_COLUMNS + 256.0) * 4.0 + 16.0 * 480.0;
    /* Its error has a group of both sets beside that, and the search once more. */
    double groups = (double)gmet_error_groups((size_t)n1, (size_t)n2);
    double group = (n1 + n2) * (d * 4.0 / groups + 16.0) + 1024.0 * d * 4.0;
    return d * BF_SCAN_COLUMNS * 4.0 + d * 4.0 + threads_of(run) * bench + (n1 + n2) * (32.0 + 8.0 * (k + 1.0)) +
           group;
}

/* In half precision with a copy of both sets. */
double bf_memory_of_pr(const bf_run *run, double n1, double n2, double d)
{
    double half = run->network.how.pr_adm_fp16 ? (n1 + n2) * (d * 4.0 + 40.0) + bf_memory_of_products(run, d) : 0.0;
    return bf_memory_of_search(run, n1, n2, d, (double)run->network.how.pr_k) + half;
}

/* The jackknife has a copy of the rows. */
double bf_memory_of_is(const bf_run *run, double n, double n_classes)
{
    return n * (n_classes * 4.0 + 24.0) + threads_of(run) * n_classes * 8.0 +
           (n / 256.0 + 64.0) * (n_classes + 1.0) * 8.0;
}

/* The smaller Gram matrix, and what its eigenvalues take; of few rows all, in double. */
double bf_memory_of_vendi(double n, double d)
{
    double order = n < d ? n : d;
    return 4.0 * 8.0 * order * order + 8.0 * d * (n < d ? n : 256.0) + 8192.0 * order + 4.0 * mib;
}

double bf_memory_of_products(const bf_run *run, double d)
{
    return d * BF_SCAN_COLUMNS * 8.0 + threads_of(run) * BF_SCAN_ROWS * (BF_SCAN_COLUMNS + 256.0) * 8.0;
}

double bf_memory_of_kid(const bf_run *run, double n1, double n2, double d)
{
    const bf_convention *how = &run->network.how;
    double n = n1 > n2 ? n1 : n2, subsets = (double)how->kid_subsets, size = (double)how->kid_size;
    double slots = (n / 96.0 + 1.0) * (480.0 > subsets ? 480.0 : subsets) * 8.0;
    size = size < n ? size : n;
    return bf_memory_of_products(run, d) + slots * 2.0 + 64.0 * (n1 + n2) + 16.0 * subsets * (size + 2.0) +
           2.0 * size * d * 4.0;
}
