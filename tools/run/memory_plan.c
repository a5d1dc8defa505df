/* The plan behind --memory. Each figure is an upper bound, measured with the allocator's own count. */
#include "tools/run/memory_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/measure/measure.h"

static const double mib = 1048576.0;

/* The program itself, and small blocks that the C library keeps after they have been freed. */
enum { PROGRAM_MIB = 20, THREAD_MIB = 1 };
/* Rows of a tile, and columns of a round, of scans over pairs. */
enum { SCAN_ROWS = 96, SCAN_COLUMNS = 480 };
/* Images that are planned for where --limits does not say: larger ones may be refused later on. */
static const double usual_pixels = 4e6;
/* Frames that may come out of a pipe: what their sums take grows with the logarithm. */
static const double many_images = 1e8;

iv3_status bf_memory_parse(uint64_t *bytes, const char *text, iv3_error *err)
{
    static const char units[] = "kMG";
    char *end = NULL;
    double value = text[0] >= '0' && text[0] <= '9' ? strtod(text, &end) : 0.0;
    const char *unit = end != NULL && *end != 0 ? strchr(units, *end) : NULL;
    if (unit == NULL || end[1] != 0 || strpbrk(text, "xXeEpP") != NULL)
        return iv3_fail(err, IV3_ERR_ARG, "--memory: a size as 512M or 1.5G expected, '%s' found", text);
    for (const char *u = units; u <= unit; u++)
        value *= 1024.0;
    if (!(value >= mib && value < 0x1p62))
        return iv3_fail(err, IV3_ERR_ARG, "--memory: at least 1M expected, '%s' found", text);
    *bytes = (uint64_t)value;
    return IV3_OK;
}

/* --- parts ------------------------------------------------------------------------------------------------
 */

static double threads_of(const bf_run *run)
{
    return (double)iv3_pool_threads(run->pool);
}

/* The block of rows under way, and one for each finished power of two of blocks; a chunk and its packed form.
 */
double bf_memory_of_sums(double n, double d)
{
    double parts = 2.0 + (n > GMET_MOMENTS_BLOCK ? ceil(log2(n / GMET_MOMENTS_BLOCK)) : 0.0);
    return parts * 4.0 * d * (d + 3.0) + 256.0 * 12.0 * d + 4096.0 * d;
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
    double bench = SCAN_ROWS * (SCAN_COLUMNS + 256.0) * 4.0 + 16.0 * 480.0;
    /* Its error has a group of both sets beside that, and the search once more. */
    double groups = (double)gmet_error_groups((size_t)n1, (size_t)n2);
    double group = (n1 + n2) * (d * 4.0 / groups + 16.0) + 1024.0 * d * 4.0;
    return d * SCAN_COLUMNS * 4.0 + d * 4.0 + threads_of(run) * bench + (n1 + n2) * (32.0 + 8.0 * (k + 1.0)) + group;
}

/* In half precision with a copy of both sets. */
double bf_memory_of_pr(const bf_run *run, double n1, double n2, double d)
{
    double half = run->how.pr_adm_fp16 ? (n1 + n2) * (d * 4.0 + 40.0) + bf_memory_of_products(run, d) : 0.0;
    return bf_memory_of_search(run, n1, n2, d, (double)run->how.pr_k) + half;
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
    return d * SCAN_COLUMNS * 8.0 + threads_of(run) * SCAN_ROWS * (SCAN_COLUMNS + 256.0) * 8.0;
}

double bf_memory_of_kid(const bf_run *run, double n1, double n2, double d)
{
    double n = n1 > n2 ? n1 : n2, subsets = (double)run->how.kid_subsets, size = (double)run->how.kid_size;
    double slots = (n / 96.0 + 1.0) * (480.0 > subsets ? 480.0 : subsets) * 8.0;
    size = size < n ? size : n;
    return bf_memory_of_products(run, d) + slots * 2.0 + 64.0 * (n1 + n2) + 16.0 * subsets * (size + 2.0) +
           2.0 * size * d * 4.0;
}

/* --- the plan ------------------------------------------------------------------------------------------ */

void bf_memory_fill(bf_memory_plan *plan, const bf_run *run, const bf_side *side, unsigned rows,
                    unsigned sums)
{
    bool images = side->kind == BF_SET_IMAGES, unknown = side->n == BF_COUNT_UNKNOWN;
    double n = unknown ? many_images : (double)side->n, floats = 0.0;
    plan->unknown = plan->unknown || (unknown && rows != 0);
    if (run->memory_asked == 0 || side->kind == BF_SET_STATS)
        return;
    for (int t = 0; t < IV3_N_TAPS; t++) {
        unsigned bit = BF_TAP_BIT(t);
        double d = (double)(images ? bf_run_dim(run, (iv3_tap)t) : t == (int)side->main ? side->d : 0);
        if ((rows & bit) != 0 && run->shard == NULL) { /* a shard writes them into its part */
            plan->rows += n * d * 4.0;
            plan->widest = d * 4.0 > plan->widest ? d * 4.0 : plan->widest;
        } else if ((sums & bit) != 0) {
            plan->kept += bf_memory_of_sums(n, d);
        }
        floats += ((rows | sums) & bit) != 0 ? d : 0.0;
    }
    if (images && !unknown)
        plan->kept += (run->shard != NULL ? 160.0 : 8.0) * n;
    if (!unknown && run->shard == NULL) { /* marks of the rows, and what compares them */
        plan->kept += 16.0 * n;
        bf_memory_step(plan, "equal rows", 64.0 * n);
    }
    double pixels = (double)bf_limits_get()->pixels;
    if (!bf_args_given(run->args, BF_OPT_LIMITS))
        pixels = pixels < usual_pixels ? pixels : usual_pixels;
    double fill = images ? bf_featurizer_bytes(run->featurizer, floats, run->cache != NULL, pixels)
                         : 256.0 * (double)side->d * 4.0;
    plan->fill = fill > plan->fill ? fill : plan->fill;
}

void bf_memory_step(bf_memory_plan *plan, const char *name, double bytes)
{
    if (bytes <= plan->step)
        return;
    plan->step = bytes;
    plan->name = name;
}

/* What is resident of mapped rows: the columns of a round, and of each thread a tile of rows, with the grains
 * at their ends. */
static double window(const bf_memory_plan *plan, const bf_run *run)
{
    double grains = 2.0 * IV3_MAPPED_GRAIN;
    return SCAN_COLUMNS * plan->widest + grains + threads_of(run) * (SCAN_ROWS * plan->widest + grains);
}

/* What the allocator does not count. */
static double beside_heap(const bf_memory_plan *plan, const bf_run *run)
{
    return (PROGRAM_MIB + THREAD_MIB * threads_of(run)) * mib + (run->mapped ? window(plan, run) : 0.0);
}

static double most_of(const bf_memory_plan *plan, const bf_run *run, double rows)
{
    double now = (double)iv3_alloc_bytes(), before = (double)iv3_alloc_peak();
    double model = plan->closes_model ? (double)run->model_bytes : 0.0;
    double filling = now + plan->fill,
           measuring = now - model + (plan->closes_model ? 0.0 : plan->fill) + plan->step;
    double most = rows + plan->kept + (filling > measuring ? filling : measuring);
    return (most > before ? most : before) + (PROGRAM_MIB + THREAD_MIB * threads_of(run)) * mib;
}

static void write_plan(bf_json *j, const void *ctx)
{
    const bf_run *run = ctx;
    bf_json_open(j, "memory", '{');
    bf_json_integer(j, "asked", run->memory_asked);
    bf_json_integer(j, "planned", run->memory_planned);
    bf_json_boolean(j, "features_mapped", run->mapped);
    bf_json_close(j, '}');
}

static void release_nothing(void *ctx)
{
    (void)ctx;
}

iv3_status bf_memory_settle(bf_memory_plan *plan, bf_run *run, iv3_error *err)
{
    char rows[64] = "";
    if (run->memory_asked == 0)
        return IV3_OK;
    if (plan->unknown)
        return iv3_fail(
            err, IV3_ERR_ARG,
            "--memory: how many frames will come on standard input is not known, nor what they take; write "
            "their features to a file first ('bonafide features')");
    double asked = (double)run->memory_asked, view = window(plan, run),
           inside = most_of(plan, run, plan->rows);
    run->mapped = inside > asked && view < plan->rows;
    double most = run->mapped ? most_of(plan, run, view) : inside;
    if (plan->rows > 0.0)
        snprintf(rows, sizeof rows, "%.0f MiB of features %s, ", ceil(plan->rows / mib),
                 run->mapped ? "mapped from files" : "in memory");
    if (most > asked)
        return iv3_fail(err, IV3_ERR_ARG,
                        "--memory %s is not enough: at least %.0fM is needed (%s%.0f MiB for %s)",
                        bf_args_text(run->args, BF_OPT_MEMORY), ceil(most / mib), rows,
                        ceil((plan->step > plan->fill ? plan->step : plan->fill) / mib),
                        plan->step > plan->fill ? plan->name : "the images");
    run->memory_planned = (uint64_t)most;
    /* Should a figure be too low, allocations fail before more is taken than was asked for. */
    iv3_alloc_limit((size_t)(asked - beside_heap(plan, run)));
    bf_progress_clear(&run->report.progress);
    if (!run->report.quiet)
        fprintf(stderr, "bonafide: memory: at most %.0f MiB of the %.0f MiB asked: %s%.0f MiB for %s\n",
                ceil(most / mib), floor(asked / mib), rows,
                ceil((plan->step > plan->fill ? plan->step : plan->fill) / mib),
                plan->step > plan->fill ? plan->name : "the images");
    if (run->memory_noted)
        return IV3_OK;
    run->memory_noted = true;
    bf_report_add_part(&run->report, write_plan, release_nothing, run);
    return IV3_OK;
}
