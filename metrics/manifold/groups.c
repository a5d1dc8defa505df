/* Standard errors of the metrics of nearest neighbours, between draws of both sets.
 *
 * Precision, density and AuthPct are means over generated rows y of a function f(y; X) of the real set X alone (is y in
 * a ball; in how many; is its nearest real row further than that one's own neighbour), recall is the same with the sets
 * exchanged. Given X the rows y are independent, so with m of them
 *
 *     Var = E Var(f | X) / m  +  Var E(f | X).
 *
 * The first part is the sample variance of f at the whole X over m. The second, from which balls X happens to make, is
 * found by cutting X into G disjoint groups at random: q_g, the mean of f with group g alone as X, varies as E(f | X)
 * does for a set of n / G rows, and that is G times as much as for n. All groups meet the same t test rows; what those
 * add to the variance of q_g is known without bias, s2 / t with s2 the mean over test rows of the variance of f over
 * groups, and is taken off:
 *
 *     Var E(f | X) ~ (t var_g q_g - s2) / (t - 1) / G.
 *
 * Coverage depends on both sets at once. Both are cut, and the variance is that of the value over pairs of groups,
 * divided by G, as as many rows on both sides leave its mean where it is. A coverage C varies no less than the share of
 * n independent things, C (1 - C) / n. The F-score has the errors of precision and recall (delta method), correlated as
 * they are over pairs of groups.
 *
 * Everything is averaged over several cuts, drawn by a generator of their own from the rows' places, so that the order
 * of the rows (classes one after the other, copies at equal distances) means nothing. An error from few groups is known
 * to few degrees of freedom (Satterthwaite, "An approximate distribution of estimates of variance components", 1946)
 * and is multiplied by t / 1.96, so that value +- 1.96 errors holds the mean value in 95 % of draws. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/mapped.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/base/splitmix.h"
#include "metrics/manifold/manifold.h"
#include "metrics/manifold/share.h"
#include "metrics/pairs/neighbours.h"

/* Fewer rows say nothing of their groups. Groups of some GROUP rows are enough like the whole, and more than
 * MANY_GROUPS are needed only where they would be large. Test rows are FEW_TESTS at least, then an eighth of them. */
enum { FEWEST = 40, GROUP = 100, SMALL_GROUP = 20, GROUPS = 10, MANY_GROUPS = 20, LARGE = 10000, BIG = 2048 };
enum { DRAWS = 20, MANY_DRAWS = 40, FEW_GROUPS = 5, CUTS = 3, FEW_TESTS = 512, CHUNK = 512 };

#define Z 1.959963984540054

/* How the variance of density between choices of real rows falls with their number, n^-.85, and not n^-1 as that of a
 * share does: the few balls that hold many rows are held less often by a group than by the whole. Measured over the
 * kinds of sets in metrics/README.md at densities up to 1.4; above DENSE it falls more slowly still (n^-.5 at 2), and
 * groups say nothing of the whole. */
static const double DENSITY_POWER = 0.85, DENSE = 1.5;

static const char dense[] = "above 1.5 a few real images hold most of it, which no groups show",
                  too_few[] = "40 images of each set needed", too_few_for_k[] = "4 (k + 1) images of each set needed";

typedef struct sizes {
    size_t groups, cuts;
} sizes;

/* Groups and cuts, by the numbers of rows alone. Beyond BIG rows they cost less than the metric itself. */
static sizes choose_sizes(size_t n_real, size_t n_gen)
{
    size_t few = feat_min_size(n_real, n_gen), many = feat_max_size(n_real, n_gen);
    size_t groups = many > BIG ? few / SMALL_GROUP : few / GROUP;
    groups = feat_max_size(2, feat_min_size(groups, few >= LARGE ? MANY_GROUPS : GROUPS));
    size_t draws = groups <= FEW_GROUPS ? MANY_DRAWS : DRAWS; /* of few rows, which cost little */
    size_t cuts = many > BIG ? CUTS : feat_max_size(CUTS, (draws + groups - 1) / groups);
    return (sizes){groups, few >= LARGE ? 2 : cuts};
}

size_t gmet_error_groups(size_t n_real, size_t n_gen)
{
    return choose_sizes(n_real, n_gen).groups;
}

/* --- what is summed ------------------------------------------------------------------------------------ */

/* Variance of a mean over test rows from the choice of the groups' set. */
typedef struct manifold {
    size_t n_tests;
    double *sum, *squares;    /* [n_tests]: of f over the groups of a cut */
    double q_sum, q_squares;  /* of its mean over tests */
    double variance, between; /* summed over cuts: debiased, and as it is */
} manifold;

/* Two values of pairs of groups, or one. */
typedef struct jointly {
    double sum[2], squares[2], products;
    double variance[2], covariance; /* summed over cuts, of the mean over groups */
} jointly;

static double variance_of(double sum, double squares, size_t n)
{
    double v = (squares - sum * sum / (double)n) / (double)(n - 1);
    return v > 0.0 ? v : 0.0;
}

static void end_cut(manifold *m, size_t groups)
{
    double within = 0.0, t = (double)m->n_tests;
    for (size_t i = 0; i < m->n_tests; i++)
        within += variance_of(m->sum[i], m->squares[i], groups);
    within /= t;
    double between = variance_of(m->q_sum, m->q_squares, groups);
    m->between += between / (double)groups;
    m->variance += (t * between - within) / (t - 1.0) / (double)groups;
    memset(m->sum, 0, m->n_tests * sizeof *m->sum);
    memset(m->squares, 0, m->n_tests * sizeof *m->squares);
    m->q_sum = m->q_squares = 0.0;
}

static void add_joint(jointly *j, double first, double second)
{
    const double value[2] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        j->sum[i] += value[i];
        j->squares[i] = fma(value[i], value[i], j->squares[i]);
    }
    j->products = fma(first, second, j->products);
}

static void end_joint(jointly *j, size_t groups)
{
    double g = (double)groups;
    for (size_t i = 0; i < 2; i++)
        j->variance[i] += variance_of(j->sum[i], j->squares[i], groups) / g;
    j->covariance += (j->products - j->sum[0] * j->sum[1] / g) / (g - 1.0) / g;
    for (size_t i = 0; i < 2; i++)
        j->sum[i] = j->squares[i] = 0.0;
    j->products = 0.0;
}

/* --- sets in groups ------------------------------------------------------------------------------------ */

enum kind { PRECISION_RECALL, DENSITY_COVERAGE, AUTHENTIC };

typedef struct side {
    const gmet_set *set;
    size_t *order;   /* [set->n]: the cut */
    float *rows;     /* a group's */
    size_t n_rows;   /* in it */
    double *radius2; /* [n_rows] */
    manifold over;   /* of means over this side's rows, as the other side's groups vary */
} side;

typedef struct work {
    enum kind kind;
    size_t k, d;
    bool strict;
    sizes cut;
    gmet_neighbours *s;
    side real, gen;
    float *tests; /* [CHUNK][d] */
    double *nearest;
    size_t *index;
    unsigned char *flag, *other_flag;
    uint32_t *balls;
    jointly joint; /* precision and recall, or coverage */
} work;

static void shuffle(size_t *order, size_t n, uint64_t seed)
{
    gmet_splitmix bits = {seed};
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)(gmet_splitmix_u64(&bits) % i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

static void gather(float *to, const side *from, size_t first, size_t n, size_t d)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = from->set->rows + from->order[first + i] * d;
        memcpy(to + i * d, row, d * sizeof *to);
        feat_mapped_done(row, d * sizeof *row);
    }
}

static void take_group(side *s, size_t group, size_t groups, size_t d)
{
    size_t first = group * s->set->n / groups;
    s->n_rows = (group + 1) * s->set->n / groups - first;
    gather(s->rows, s, first, s->n_rows, d);
}

static gmet_set group_of(const side *s)
{
    return (gmet_set){.rows = s->rows, .n = s->n_rows, .d = s->set->d};
}

/* f [n] of n test rows where `group` is the other set. */
static feat_status evaluate(work *w, double *f, const gmet_set *tests, const side *group, feat_error *err)
{
    const gmet_set columns = group_of(group);
    if (w->kind == AUTHENTIC) {
        feat_status status = gmet_nearest_k(w->nearest, w->index, w->s, tests, &columns, 1, GMET_NO_SELF, err);
        for (size_t i = 0; i < tests->n && status == FEAT_OK; i++)
            f[i] = group->radius2[w->index[i]] < w->nearest[i] ? 1.0 : 0.0;
        return status;
    }
    bool counts = w->kind == DENSITY_COVERAGE;
    const gmet_balls balls = {.column_radius2 = group->radius2,
                              .strict = w->strict,
                              .row_inside = counts ? NULL : w->flag,
                              .row_balls = counts ? w->balls : NULL};
    feat_status status = gmet_find_balls(&balls, w->s, tests, &columns, err);
    for (size_t i = 0; i < tests->n && status == FEAT_OK; i++)
        f[i] = counts ? (double)w->balls[i] / (double)w->k : (double)w->flag[i];
    return status;
}

/* Test rows of one side meet a group of the other. */
static feat_status meet(work *w, side *tested, const side *group, feat_error *err)
{
    manifold *m = &tested->over;
    double f[CHUNK], q = 0.0;
    for (size_t first = 0; first < m->n_tests; first += CHUNK) {
        size_t n = feat_min_size(CHUNK, m->n_tests - first);
        gather(w->tests, tested, first, n, w->d);
        feat_status status = evaluate(w, f, &(gmet_set){.rows = w->tests, .n = n, .d = w->d}, group, err);
        if (status != FEAT_OK)
            return status;
        for (size_t i = 0; i < n; i++) {
            q += f[i];
            m->sum[first + i] += f[i];
            m->squares[first + i] = fma(f[i], f[i], m->squares[first + i]);
        }
    }
    q /= (double)m->n_tests;
    m->q_sum += q;
    m->q_squares = fma(q, q, m->q_squares);
    return FEAT_OK;
}

/* The value that needs groups of both sets. */
static feat_status join(work *w, feat_error *err)
{
    const gmet_set real = group_of(&w->real), gen = group_of(&w->gen);
    gmet_balls balls = {.column_radius2 = w->real.radius2, .strict = w->strict, .column_holds = w->flag};
    if (w->kind == PRECISION_RECALL)
        balls = (gmet_balls){.row_radius2 = w->gen.radius2,
                             .column_radius2 = w->real.radius2,
                             .strict = w->strict,
                             .row_inside = w->other_flag,
                             .column_inside = w->flag};
    feat_status status = gmet_find_balls(&balls, w->s, &gen, &real, err);
    if (status != FEAT_OK)
        return status;
    double of_real = gmet_share(w->flag, real.n);
    add_joint(&w->joint, of_real, w->kind == PRECISION_RECALL ? gmet_share(w->other_flag, gen.n) : 0.0);
    return FEAT_OK;
}

static feat_status run_group(work *w, size_t group, feat_error *err)
{
    take_group(&w->real, group, w->cut.groups, w->d);
    gmet_set rows = group_of(&w->real);
    feat_status status = gmet_find_radii(w->real.radius2, w->nearest, w->s, &rows, w->k, err);
    if (status == FEAT_OK)
        status = meet(w, &w->gen, &w->real, err);
    if (status != FEAT_OK || w->kind == AUTHENTIC)
        return status;
    take_group(&w->gen, group, w->cut.groups, w->d);
    if (w->kind == PRECISION_RECALL) {
        rows = group_of(&w->gen);
        status = gmet_find_radii(w->gen.radius2, w->nearest, w->s, &rows, w->k, err);
        if (status == FEAT_OK)
            status = meet(w, &w->real, &w->gen, err);
    }
    return status == FEAT_OK ? join(w, err) : status;
}

static bool make_side(side *s, const work *w)
{
    size_t n = s->set->n, rows = n / w->cut.groups + 1, count;
    s->over.n_tests = feat_min_size(n, feat_max_size(FEW_TESTS, n / 8));
    s->order = feat_alloc_array(n, sizeof *s->order);
    s->radius2 = feat_alloc_array(rows, sizeof *s->radius2);
    if (feat_mul_size(rows, w->d, &count))
        s->rows = feat_alloc_array(count, sizeof *s->rows);
    s->over.sum = feat_calloc(s->over.n_tests, sizeof *s->over.sum);
    s->over.squares = feat_calloc(s->over.n_tests, sizeof *s->over.squares);
    return s->order != NULL && s->radius2 != NULL && s->rows != NULL && s->over.sum != NULL && s->over.squares != NULL;
}

static void free_side(side *s)
{
    feat_free(s->order);
    feat_free(s->rows);
    feat_free(s->radius2);
    feat_free(s->over.sum);
    feat_free(s->over.squares);
}

static feat_status make_work(work *w, const gmet_context *context, feat_error *err)
{
    size_t n_real = w->real.set->n, n_gen = w->gen.set->n;
    size_t rows = feat_max_size(feat_max_size(n_real, n_gen) / w->cut.groups + 1, CHUNK), count;
    if (!make_side(&w->real, w) || !make_side(&w->gen, w) || !feat_mul_size(rows, w->k, &count))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for groups of %zu and %zu rows", n_real, n_gen);
    w->nearest = feat_alloc_array(count, sizeof *w->nearest);
    w->index = feat_alloc_array(rows, sizeof *w->index);
    w->flag = feat_alloc(rows);
    w->other_flag = feat_alloc(rows);
    w->balls = feat_alloc_array(rows, sizeof *w->balls);
    if (feat_mul_size(CHUNK, w->d, &count))
        w->tests = feat_alloc_array(count, sizeof *w->tests);
    if (w->nearest == NULL || w->index == NULL || w->flag == NULL || w->other_flag == NULL || w->balls == NULL ||
        w->tests == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for groups of %zu and %zu rows", n_real, n_gen);
    return gmet_neighbours_create(&w->s, w->d, context, err);
}

static void free_work(work *w)
{
    gmet_neighbours_close(&w->s);
    free_side(&w->real);
    free_side(&w->gen);
    feat_free(w->nearest);
    feat_free(w->index);
    feat_free(w->flag);
    feat_free(w->other_flag);
    feat_free(w->balls);
    feat_free(w->tests);
}

/* Fills in the sums of `w`, whose kind, k, strict and sets are given. *enough: whether there are rows enough. */
static feat_status run(work *w, bool *enough, const gmet_context *context, feat_error *err)
{
    size_t n_real = w->real.set->n, n_gen = w->gen.set->n, few = feat_min_size(n_real, n_gen);
    *enough = few >= FEWEST && few / 4 > w->k;
    if (!*enough)
        return FEAT_OK;
    w->cut = choose_sizes(n_real, n_gen);
    while (few / w->cut.groups < 2 * (w->k + 1))
        w->cut.groups--;
    feat_status status = make_work(w, context, err);
    for (size_t c = 0; c < w->cut.cuts && status == FEAT_OK; c++) {
        shuffle(w->real.order, n_real, 2 * c);
        shuffle(w->gen.order, n_gen, 2 * c + 1);
        for (size_t g = 0; g < w->cut.groups && status == FEAT_OK; g++)
            status = run_group(w, g, err);
        end_cut(&w->gen.over, w->cut.groups);
        end_cut(&w->real.over, w->cut.groups);
        end_joint(&w->joint, w->cut.groups);
    }
    free_work(w);
    return status;
}

/* --- errors and intervals ------------------------------------------------------------------------------ */

/* 97.5 % quantile of Student's t over that of the normal distribution (Abramowitz and Stegun, 26.7.5). */
static double student_factor(double freedom)
{
    double z2 = Z * Z;
    return 1.0 + (z2 + 1.0) / (4.0 * freedom) + (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / (96.0 * freedom * freedom);
}

/* `exact`, a variance of `n` things, and one over groups. */
static double error_of_parts(double exact, size_t n, const manifold *m, const sizes *cut)
{
    double cuts = (double)cut->cuts, group_freedom = cuts * (double)(cut->groups - 1);
    double variance = m->variance > 0.0 ? m->variance / cuts : 0.0, between = m->between / cuts;
    double total = exact + variance;
    if (!(total > 0.0))
        return 0.0;
    double loss = exact * exact / (double)(n - 1) + between * between / group_freedom;
    return sqrt(total) * (loss > 0.0 ? student_factor(total * total / loss) : 1.0);
}

static double error_of_groups(const jointly *j, double at_least, const sizes *cut)
{
    double variance = j->variance[0] / (double)cut->cuts;
    if (variance < at_least)
        variance = at_least;
    return sqrt(variance) * student_factor((double)(cut->cuts * (cut->groups - 1)));
}

/* Of the harmonic mean of precision and recall, whose errors these are. */
static double error_of_f(const gmet_pr_result *value, double p_error, double r_error, const jointly *j)
{
    double p = value->precision, r = value->recall, both = j->variance[0] * j->variance[1];
    double correlation = both > 0.0 ? j->covariance / sqrt(both) : 0.0;
    double by_p = 2.0 * r * r / ((p + r) * (p + r)) * p_error, by_r = 2.0 * p * p / ((p + r) * (p + r)) * r_error;
    double variance = by_p * by_p + by_r * by_r + 2.0 * correlation * by_p * by_r;
    return variance > 0.0 ? sqrt(variance) : 0.0;
}

/* Largest share that shows nothing in n draws in 5 % of all cases. */
static double none_in(double n)
{
    return 1.0 - feat_exp(feat_log(0.05) / n);
}

/* As many draws as both sets together are worth: the variance of a difference of means goes with its inverse. */
static double draws_of(size_t n, size_t m)
{
    return (double)n * (double)m / ((double)n + (double)m);
}

/* Of a share in [0, 1]: Wilson's interval for as many independent draws as would have this error. */
static gmet_sampling_error of_share(double value, double error, double draws)
{
    gmet_sampling_error e = {0};
    if (value <= 0.0 || value >= 1.0) {
        e.at_most = value <= 0.0;
        e.at_least = !e.at_most;
        e.limit = e.at_most ? none_in(draws) : 1.0 - none_in(draws);
        return e;
    }
    if (!(error > 0.0)) {
        e.why = "it does not vary between groups of the images";
        return e;
    }
    double v = value * (1.0 - value), n = v / (error * error), z2 = Z * Z, below = 1.0 + z2 / n;
    double half = Z / below * sqrt(v / n + z2 / (4.0 * n * n)), middle = (value + z2 / (2.0 * n)) / below;
    e.has_error = 1;
    e.standard_error = error;
    e.low = middle - half > 0.0 ? middle - half : 0.0;
    e.high = middle + half < 1.0 ? middle + half : 1.0;
    return e;
}

/* Of a number >= 0: an interval in its logarithm. */
static gmet_sampling_error of_ratio(double value, double error, double draws)
{
    gmet_sampling_error e = {0};
    if (value <= 0.0) {
        e.at_most = 1;
        e.limit = none_in(draws);
        return e;
    }
    e.has_error = error > 0.0;
    e.why = e.has_error ? NULL : "it does not vary between groups of the images";
    e.standard_error = error;
    e.low = value * feat_exp(-Z * error / value);
    e.high = value * feat_exp(Z * error / value);
    return e;
}

static double share_variance(double p, size_t n)
{
    return p * (1.0 - p) / (double)(n - 1);
}

static void have_none(gmet_sampling_error *out, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (gmet_sampling_error){.why = 4 * (k + 1) > FEWEST ? too_few_for_k : too_few};
}

static feat_status check_rows(const char *metric, const gmet_set *real, const gmet_set *gen, size_t k, feat_error *err)
{
    if (real->d > 0 && k > 0 && real->n > 0 && gen->n > 0) {
        feat_status status = gmet_check_widths(metric, real, gen, err);
        if (status == FEAT_OK)
            status = gmet_check_there("real", real->rows, real->n, real->d, err);
        return status == FEAT_OK ? gmet_check_there("generated", gen->rows, gen->n, gen->d, err) : status;
    }
    return feat_fail(err, FEAT_ERR_ARG,
                     "error of %s: rows, columns and k >= 1 expected, %zu and %zu, %zu and %zu found", metric, real->n,
                     gen->n, real->d, k);
}

static double upper_end(const gmet_sampling_error *e)
{
    return e->has_error ? e->high : e->at_most ? e->limit : 1.0;
}

feat_status gmet_pr_error(gmet_sampling_error out[3], const gmet_pr_result *value, const gmet_pr_options *options,
                          const gmet_set *real, const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (out == NULL || value == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_pr_options o;
    gmet_pr_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_pr_options", err);
    work w = {.kind = PRECISION_RECALL, .k = o.k, .d = real->d, .strict = o.strict != 0};
    w.real.set = real;
    w.gen.set = gen;
    size_t n_real = real->n, n_gen = gen->n;
    bool enough = false;
    double draws = draws_of(n_real, n_gen);
    if (status == FEAT_OK)
        status = check_rows("precision and recall", real, gen, o.k, err);
    if (status == FEAT_OK)
        status = run(&w, &enough, context, err);
    if (status != FEAT_OK)
        return status;
    have_none(out, 3, o.k);
    if (!enough)
        return FEAT_OK;
    double p = error_of_parts(share_variance(value->precision, n_gen), n_gen, &w.gen.over, &w.cut);
    double r = error_of_parts(share_variance(value->recall, n_real), n_real, &w.real.over, &w.cut);
    out[0] = of_share(value->precision, p, draws);
    out[1] = of_share(value->recall, r, draws);
    out[2] = of_share(value->f_score, value->f_score > 0.0 ? error_of_f(value, p, r, &w.joint) : 0.0, draws);
    /* A harmonic mean is at the end of its range with one of the two. */
    if (out[2].at_most)
        out[2].limit = gmet_f_score(upper_end(&out[0]), upper_end(&out[1]), 1.0);
    return FEAT_OK;
}

/* Variance of the mean of n_balls / k. */
static double density_variance(const uint32_t *n_balls, size_t n, size_t k, double density)
{
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        double t = (double)n_balls[i] / (double)k - density;
        squares = fma(t, t, squares);
    }
    return squares / (double)(n - 1) / (double)n;
}

feat_status gmet_prdc_error(gmet_sampling_error *density, gmet_sampling_error *coverage, const gmet_prdc_result *value,
                            const uint32_t *n_balls, const gmet_prdc_options *options, const gmet_set *real,
                            const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (density == NULL || coverage == NULL || value == NULL || n_balls == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_prdc_options o;
    gmet_prdc_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_prdc_options", err);
    work w = {.kind = DENSITY_COVERAGE, .k = o.k, .d = real->d, .strict = o.strict != 0};
    w.real.set = real;
    w.gen.set = gen;
    size_t n_real = real->n, n_gen = gen->n;
    bool enough = false;
    double draws = draws_of(n_real, n_gen);
    if (status == FEAT_OK)
        status = check_rows("density and coverage", real, gen, o.k, err);
    if (status == FEAT_OK)
        status = run(&w, &enough, context, err);
    if (status != FEAT_OK)
        return status;
    have_none(density, 1, o.k);
    have_none(coverage, 1, o.k);
    if (!enough)
        return FEAT_OK;
    double exact = density_variance(n_balls, n_gen, o.k, value->density);
    w.gen.over.variance *= feat_exp((1.0 - DENSITY_POWER) * feat_log((double)w.cut.groups));
    *density = of_ratio(value->density, error_of_parts(exact, n_gen, &w.gen.over, &w.cut), draws);
    if (value->density > DENSE)
        *density = (gmet_sampling_error){.why = dense};
    double c = error_of_groups(&w.joint, share_variance(value->coverage, n_real), &w.cut);
    *coverage = of_share(value->coverage, c, draws);
    return FEAT_OK;
}

feat_status gmet_authpct_error(gmet_sampling_error *out, double percent, const gmet_set *train, const gmet_set *gen,
                               const gmet_context *context, feat_error *err)
{
    if (out == NULL || train == NULL || gen == NULL)
        return feat_null(err, __func__);
    work w = {.kind = AUTHENTIC, .k = 1, .d = train->d, .real = {.set = train}, .gen = {.set = gen}};
    size_t n_train = train->n, n_gen = gen->n;
    bool enough = false;
    double p = percent / 100.0;
    feat_status status = check_rows("AuthPct", train, gen, 1, err);
    if (status == FEAT_OK)
        status = run(&w, &enough, context, err);
    if (status != FEAT_OK)
        return status;
    have_none(out, 1, 1);
    if (!enough)
        return FEAT_OK;
    double error = error_of_parts(share_variance(p, n_gen), n_gen, &w.gen.over, &w.cut);
    *out = of_share(p, error, draws_of(n_train, n_gen));
    out->standard_error *= 100.0;
    out->low *= 100.0;
    out->high *= 100.0;
    out->limit *= 100.0;
    return FEAT_OK;
}
