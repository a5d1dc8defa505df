/* The plan behind --memory. Each figure is an upper bound, measured with the allocator's own count. */
#include "tools/run/memory_plan.h"

#include <math.h>
#include <stdio.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/base/say.h"
#include "tools/images/room.h"
#include "tools/images/sandbox.h"
#include "tools/run/network.h"

static const double mib = 1048576.0;

/* The program itself, and small blocks that the C library keeps after they have been freed. */
enum { PROGRAM_MIB = 20, THREAD_MIB = 1 };
/* Images that there is always room for, where --limits does not say: those that are larger have what is left. For each
 * pixel 6 bytes for files (a file of 3 and its copy), and 18 for the picture and its decoder, of which WebP needs most:
 * 3 and 14 (room.h). */
static const double usual_pixels = 4e6, bytes_per_pixel = 24.0, fixed_bytes = 4e6;
/* The processes that decode: the helper; and for each thread a worker, the memory it shares, small pictures that are
 * neither waited for nor counted, and a copy of one (sandbox.c). */
enum { HELPER_MIB = 2, WORKER_MIB = 16 };
/* Of small pictures and files where decoding has no process of its own. */
enum { SMALL_MIB = 6 };
/* Frames that may come out of a pipe: what their sums take grows with the logarithm. */
static const double many_images = 1e8;

double bf_memory_threads(const bf_run *run)
{
    return (double)feat_pool_threads(run->work.context.pool);
}

/* The block of rows under way, and one for each finished power of two of blocks; a chunk and its packed form. */
double bf_memory_of_sums(double n, double d)
{
    double parts = 2.0 + (n > GMET_MOMENTS_BLOCK ? ceil(log2(n / GMET_MOMENTS_BLOCK)) : 0.0);
    return parts * 4.0 * d * (d + 3.0) + 256.0 * 12.0 * d + 4096.0 * d;
}

void bf_memory_fill(bf_memory_plan *plan, const bf_run *run, const bf_side *side, bf_taps rows,
                    bf_taps sums)
{
    bool images = side->kind == BF_SET_IMAGES, unknown = side->n == BF_COUNT_UNKNOWN;
    bool in_layers = run->keeper.finish == NULL; /* else rows go into a part as they come */
    double n = unknown ? many_images : (double)side->n, floats = 0.0, n_taps = 0.0;
    plan->unknown = plan->unknown || (unknown && rows != 0);
    if (run->memory.asked == 0 || side->kind == BF_SET_STATS)
        return;
    for (feat_tap t = 0; t < BF_MAX_TAPS; t++) {
        bf_taps bit = BF_TAP_BIT(t);
        double d = (double)(images ? bf_run_dim(run, t) : t == side->main ? side->d : 0);
        if ((rows & bit) != 0 && in_layers) {
            plan->rows += n * d * 4.0;
            plan->widest = d * 4.0 > plan->widest ? d * 4.0 : plan->widest;
        } else if ((sums & bit) != 0) {
            plan->kept += bf_memory_of_sums(n, d);
        }
        floats += ((rows | sums) & bit) != 0 ? d : 0.0;
        n_taps += ((rows | sums) & bit) != 0 ? 1.0 : 0.0;
    }
    if (images && !unknown)
        plan->kept += run->keeper.image_bytes * n;
    if (images && !unknown && run->network.cache != NULL) /* what is there already is on the heap by now */
        plan->kept += bf_cache_index_bytes(n * n_taps);
    if (!unknown && in_layers) { /* marks of the rows, and what compares them */
        plan->kept += 16.0 * n;
        bf_memory_step(plan, "equal rows", 64.0 * n);
    }
    double fill = images ? bf_featurizer_bytes(run->network.featurizer, floats, run->network.cache != NULL)
                         : 256.0 * (double)side->d * 4.0;
    plan->fill = fill > plan->fill ? fill : plan->fill;
    if (images) {
        double pixels = (double)bf_limits_get()->pixels;
        if (!bf_args_given(run->args, BF_OPT_LIMITS))
            pixels = pixels < usual_pixels ? pixels : usual_pixels;
        plan->decoders = mib * (bf_sandbox_active() ? HELPER_MIB + WORKER_MIB * bf_memory_threads(run)
                                                    : SMALL_MIB * bf_memory_threads(run));
        plan->pictures = bytes_per_pixel * pixels + fixed_bytes;
    }
}

void bf_memory_step(bf_memory_plan *plan, const char *name, double bytes)
{
    if (bytes <= plan->step)
        return;
    plan->step = bytes;
    plan->name = name;
}

/* Bytes of the mapped rows that are in memory at once: one block of columns, and per thread one tile of rows; each with
 * a grain of the mapping (FEAT_MAPPED_GRAIN) at both ends. */
static double window(const bf_memory_plan *plan, const bf_run *run)
{
    double grains = 2.0 * FEAT_MAPPED_GRAIN;
    return BF_SCAN_COLUMNS * plan->widest + grains + bf_memory_threads(run) * (BF_SCAN_ROWS * plan->widest + grains);
}

/* What the allocator does not count. */
static double beside_heap(const bf_memory_plan *plan, const bf_run *run)
{
    double decoders = bf_sandbox_active() ? plan->decoders : 0.0;
    return (PROGRAM_MIB + THREAD_MIB * bf_memory_threads(run)) * mib + decoders +
           (run->memory.mapped ? window(plan, run) : 0.0);
}

static double most_of(const bf_memory_plan *plan, const bf_run *run, double rows)
{
    double now = (double)feat_alloc_bytes(), before = (double)feat_alloc_peak() + (double)bf_sandbox_inflate_peak();
    double model = plan->closes_model ? (double)bf_run_model_bytes(run) : 0.0;
    double filling = now + plan->fill + plan->pictures,
           measuring = now - model + (plan->closes_model ? 0.0 : plan->fill) + plan->step;
    double most = rows + plan->kept + (filling > measuring ? filling : measuring);
    most = most > before ? most : before;
    return most + plan->decoders + (PROGRAM_MIB + THREAD_MIB * bf_memory_threads(run)) * mib;
}

/* What takes most, and its name. */
static double largest_part(const bf_memory_plan *plan, const char **name)
{
    double images = plan->fill + plan->pictures + plan->decoders;
    *name = plan->step > images ? plan->name : "the images";
    return plan->step > images ? plan->step : images;
}

static void write_plan(bf_json *j, const void *ctx)
{
    const bf_run *run = ctx;
    bf_json_open(j, "memory", '{');
    bf_json_integer(j, "asked", run->memory.asked);
    bf_json_integer(j, "planned", run->memory.planned);
    bf_json_boolean(j, "features_mapped", run->memory.mapped);
    bf_json_close(j, '}');
}

static void release_nothing(void *ctx)
{
    (void)ctx;
}

feat_status bf_memory_settle(bf_memory_plan *plan, bf_run *run, feat_error *err)
{
    char rows[64] = "";
    const char *name = "";
    double part = largest_part(plan, &name);
    if (run->memory.asked == 0)
        return FEAT_OK;
    if (plan->unknown)
        return feat_fail(
            err, FEAT_ERR_ARG,
            "--memory: how many frames will come on standard input is not known, nor what they take; write "
            "their features to a file first ('bonafide features')");
    double asked = (double)run->memory.asked, view = window(plan, run),
           inside = most_of(plan, run, plan->rows);
    run->memory.mapped = inside > asked && view < plan->rows;
    double most = run->memory.mapped ? most_of(plan, run, view) : inside;
    if (plan->rows > 0.0)
        snprintf(rows, sizeof rows, "%.0f MiB of features %s, ", ceil(plan->rows / mib),
                 run->memory.mapped ? "mapped from files" : "in memory");
    if (most > asked)
        return feat_fail(err, FEAT_ERR_ARG,
                         "--memory %s is not enough: at least %.0fM is needed (%s%.0f MiB for %s)",
                         bf_args_text(run->args, BF_OPT_MEMORY), ceil(most / mib), rows,
                         ceil(part / mib), name);
    if (plan->pictures > 0.0) { /* what is left is for more of them at a time, and larger ones */
        double more = plan->pictures + asked - most, all = bytes_per_pixel * (double)bf_limits_get()->pixels;
        double useful = bf_memory_threads(run) * (all + fixed_bytes);
        more = more < useful ? more : useful > plan->pictures ? useful : plan->pictures;
        most += more - plan->pictures;
        plan->pictures = more;
        part = largest_part(plan, &name);
        bf_room_limit((uint64_t)more, run->memory.asked);
    }
    run->memory.planned = (uint64_t)most;
    /* Should a figure be too low, allocations fail before more is taken than was asked for. */
    feat_alloc_limit((size_t)(asked - beside_heap(plan, run)));
    bf_progress_clear(&run->report.progress);
    if (!run->report.quiet)
        bf_say("bonafide: memory: at most %.0f MiB of the %.0f MiB asked: %s%.0f MiB for %s\n",
                ceil(most / mib), floor(asked / mib), rows,
                ceil(part / mib), name);
    if (run->memory.noted)
        return FEAT_OK;
    run->memory.noted = true;
    bf_report_add_part(&run->report, write_plan, release_nothing, run);
    return FEAT_OK;
}
