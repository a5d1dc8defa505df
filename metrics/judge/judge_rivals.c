/* Several models against each other, on the same images, folds and resamples. */
#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/sorting.h"
#include "metrics/judge/judge_internal.h"

enum { LABELS, REAL, RIGHT_CONST, RIGHT };

static const double confidence = 0.95;

const char *gmet_judge_choice_name(gmet_judge_choice choice)
{
    static const char *const names[] = {"no skill", "not told apart", "best"};
    _Static_assert(sizeof names / sizeof names[0] == GMET_JUDGE_BEST + 1, "a name for each choice");
    return (size_t)choice < sizeof names / sizeof names[0] ? names[choice] : "?";
}

/* --- families -------------------------------------------------------------------------------------------- */

/* Quantities that are looked at together. */
typedef struct family {
    size_t n, resamples;
    gmet_judge_interval **out; /* [n] with their values */
    double *draws;             /* [n][resamples] */
    double *largest, *scratch; /* [resamples] */
} family;

static feat_status open_family(family *f, size_t n, size_t resamples, feat_error *err)
{
    *f = (family){.n = n, .resamples = resamples};
    f->out = feat_alloc_array(n, sizeof *f->out);
    f->draws = feat_alloc_array(n + 2, resamples * sizeof *f->draws);
    if (f->out == NULL || f->draws == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare models over %zu resamples", resamples);
    f->largest = f->draws + n * resamples;
    f->scratch = f->largest + resamples;
    return FEAT_OK;
}

static void close_family(family *f)
{
    feat_free(f->draws);
    feat_free(f->out);
}

/* The deviation of the draws that are defined; 0 where none differs. */
static double deviation(const double *draws, size_t n)
{
    double sum = 0.0, squares = 0.0, count = 0.0;
    for (size_t b = 0; b < n; b++)
        if (!isnan(draws[b])) {
            sum += draws[b];
            count += 1.0;
        }
    double mean = sum / count;
    for (size_t b = 0; b < n; b++)
        if (!isnan(draws[b]))
            squares = fma(draws[b] - mean, draws[b] - mean, squares);
    return count > 1.0 ? sqrt(squares / (count - 1.0)) : 0.0;
}

/* Ends of all intervals from one factor, so that they hold together. */
static void hold_together(const family *f)
{
    for (size_t b = 0; b < f->resamples; b++)
        f->largest[b] = 0.0;
    for (size_t q = 0; q < f->n; q++) {
        const double *draws = f->draws + q * f->resamples, s = deviation(draws, f->resamples);
        for (size_t b = 0; b < f->resamples && s > 0.0; b++) {
            double t = fabs(draws[b] - f->out[q]->value) / s;
            f->largest[b] = t > f->largest[b] ? t : f->largest[b];
        }
    }
    gmet_sort(f->largest, f->scratch, f->resamples);
    double c = gmet_judge_quantile(f->largest, f->resamples, confidence);
    for (size_t q = 0; q < f->n; q++) {
        double s = deviation(f->draws + q * f->resamples, f->resamples), value = f->out[q]->value;
        f->out[q]->low = fma(-c, s, value);
        f->out[q]->high = fma(c, s, value);
    }
}

static void unknown(gmet_judge_interval *interval)
{
    interval->low = interval->high = (double)NAN;
}

/* --- accuracy -------------------------------------------------------------------------------------------- */

static double right(bool says_real, double n, double k)
{
    return says_real ? k : n - k;
}

static void fill_table(gmet_judge_rivals *out, gmet_judge_units *blocks, const gmet_judge_cv_result *const *predicted,
                       size_t n_models, const gmet_judge_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        double n = (double)set->n_labels[i], k = (double)set->k_real[i];
        double *unit = blocks->table + set->block[i] * blocks->n_columns;
        if (set->n_labels[i] == 0)
            continue;
        out->images++;
        out->labels += set->n_labels[i];
        unit[LABELS] += n;
        unit[REAL] += k;
        unit[RIGHT_CONST] += right(predicted[0]->p_const[i] >= 0.5, n, k);
        for (size_t m = 0; m < n_models; m++)
            unit[RIGHT + m] += right(predicted[m]->p[i] >= predicted[m]->threshold[i], n, k);
    }
}

static double accuracy_of(const void *ctx, const double *sums)
{
    const size_t *model = ctx;
    return sums[RIGHT + *model] / sums[LABELS];
}

static double skill_of(const double *sums, size_t model)
{
    return (sums[RIGHT + model] - sums[RIGHT_CONST]) / sums[LABELS];
}

static double edge_of(const double *sums, size_t model)
{
    double real = sums[REAL], fake = sums[LABELS] - real;
    return (sums[RIGHT + model] - (real > fake ? real : fake)) / sums[LABELS];
}

static feat_status measure_skill(gmet_judge_rivals *out, size_t n, const gmet_judge_units *blocks, feat_error *err)
{
    family f;
    feat_status status = open_family(&f, 2 * n, blocks->resamples, err);
    for (size_t m = 0; m < n && status == FEAT_OK; m++) {
        gmet_judge_rival *r = &out->of[m];
        double *skill = f.draws + 2 * m * f.resamples, *edge = skill + f.resamples;
        r->skill.value = skill_of(blocks->whole, m);
        r->edge.value = edge_of(blocks->whole, m);
        f.out[2 * m] = &r->skill;
        f.out[2 * m + 1] = &r->edge;
        for (size_t b = 0; b < f.resamples; b++) {
            skill[b] = skill_of(blocks->drawn + b * blocks->n_columns, m);
            edge[b] = edge_of(blocks->drawn + b * blocks->n_columns, m);
        }
    }
    if (status == FEAT_OK)
        hold_together(&f);
    close_family(&f);
    return status;
}

/* --- pairs ----------------------------------------------------------------------------------------------- */

/* Numbers of n models, and of each resample: what[m] points at [1 + resamples], the first of the images as they are. */
typedef struct measured {
    size_t n, resamples;
    const double *const *what;
} measured;

/* The first of the highest; n where none is a number. */
static size_t highest(const measured *x)
{
    size_t best = x->n;
    for (size_t m = 0; m < x->n; m++)
        if (!isnan(x->what[m][0]) && (best == x->n || x->what[m][0] > x->what[best][0]))
            best = m;
    return best;
}

/* How far each is behind the best, over all pairs: which is the best the same data decided. */
static feat_status measure_pairs(gmet_judge_interval **behind, size_t best, const measured *x, feat_error *err)
{
    gmet_judge_interval rest[GMET_JUDGE_MAX_RIVALS * GMET_JUDGE_MAX_RIVALS / 2];
    size_t q = 0, others = 0;
    family f;
    feat_status status = open_family(&f, x->n * (x->n - 1) / 2, x->resamples, err);
    for (size_t i = 0; i < x->n && status == FEAT_OK; i++)
        for (size_t j = i + 1; j < x->n; j++, q++) {
            bool of_best = i == best || j == best;
            const double *a = x->what[j == best ? j : i], *b = x->what[j == best ? i : j];
            f.out[q] = of_best ? behind[j == best ? i : j] : &rest[others++];
            f.out[q]->value = a[0] - b[0];
            for (size_t r = 0; r < x->resamples; r++)
                f.draws[q * x->resamples + r] = a[1 + r] - b[1 + r];
        }
    if (status == FEAT_OK)
        hold_together(&f);
    close_family(&f);
    for (size_t m = 0; m < x->n && best == x->n; m++)
        *behind[m] = (gmet_judge_interval){(double)NAN, (double)NAN, (double)NAN};
    if (best < x->n)
        *behind[best] = (gmet_judge_interval){0.0, 0.0, 0.0};
    return status;
}

/* The table of accuracies and their pairs. values [n][1 + resamples] are written. */
static feat_status compare_accuracy(gmet_judge_rivals *out, measured *x, double *values, gmet_judge_units *blocks,
                                    feat_error *err)
{
    gmet_judge_interval *behind[GMET_JUDGE_MAX_RIVALS];
    for (size_t m = 0; m < x->n; m++) {
        double *of = values + m * (1 + x->resamples);
        behind[m] = &out->of[m].behind;
        gmet_judge_units_interval(&out->of[m].acc, blocks, accuracy_of, &m);
        gmet_judge_share_limits(&out->of[m].acc, blocks->n);
        of[0] = out->of[m].acc.value;
        for (size_t b = 0; b < x->resamples; b++)
            of[1 + b] = accuracy_of(&m, blocks->drawn + b * blocks->n_columns);
    }
    out->best = highest(x);
    feat_status status = measure_pairs(behind, out->best, x, err);
    return status == FEAT_OK ? measure_skill(out, x->n, blocks, err) : status;
}

static feat_status compare_ranking(gmet_judge_rivals *out, measured *x, double *values,
                                   const gmet_judge_cv_result *const *predicted, const gmet_judge_set *set,
                                   const gmet_judge_boot_options *o, const gmet_context *context, feat_error *err)
{
    gmet_judge_interval *behind[GMET_JUDGE_MAX_RIVALS];
    size_t length = 1 + x->resamples;
    double *pearson = feat_alloc_array(length, 3 * sizeof *pearson), *copy = pearson + length;
    feat_status status = FEAT_OK;
    if (pearson == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare models over %zu resamples", x->resamples);
    for (size_t m = 0; m < x->n && status == FEAT_OK; m++) {
        double *of = values + m * length;
        behind[m] = &out->of[m].spearman_behind;
        status = gmet_judge_within_draws(of, pearson, predicted[m], set, o, context, err);
        for (size_t b = 0; b < length && status == FEAT_OK; b++)
            copy[b] = of[b];
        out->of[m].spearman.value = of[0];
        if (status == FEAT_OK)
            gmet_judge_percentiles(&out->of[m].spearman, copy + 1, copy + length, x->resamples);
    }
    out->best_spearman = status == FEAT_OK ? highest(x) : x->n;
    if (status == FEAT_OK)
        status = measure_pairs(behind, out->best_spearman, x, err);
    feat_free(pearson);
    return status;
}

/* --- the choice ------------------------------------------------------------------------------------------ */

static void choose(gmet_judge_rivals *out, size_t n, size_t n_blocks)
{
    bool any = false, beats_all = true;
    for (size_t m = 0; m < n; m++) {
        gmet_judge_rival *r = &out->of[m];
        if (n_blocks < 2) {
            unknown(&r->skill);
            unknown(&r->edge);
            unknown(&r->behind);
            unknown(&r->spearman_behind);
        }
        r->skilled = r->skill.low > 0.0 && r->edge.low > 0.0;
        r->beaten = m != out->best && r->behind.low > 0.0;
        any = any || r->skilled;
        beats_all = beats_all && (m == out->best || r->beaten);
    }
    out->choice = !any ? GMET_JUDGE_NONE : beats_all && out->of[out->best].skilled ? GMET_JUDGE_BEST : GMET_JUDGE_OPEN;
}

feat_status gmet_judge_compare_models(gmet_judge_rivals *out, const gmet_judge_cv_result *const *predicted, size_t n,
                                      const gmet_judge_set *set, const gmet_judge_boot_options *options,
                                      const gmet_context *context, feat_error *err)
{
    if (out == NULL || predicted == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_LABELS | GMET_JUDGE_BLOCKS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    gmet_judge_boot_options o;
    feat_status status = gmet_judge_boot_read(&o, options, err);
    if (status != FEAT_OK)
        return status;
    const double *what[GMET_JUDGE_MAX_RIVALS];
    measured x = {.n = n, .resamples = o.resamples, .what = what};
    gmet_judge_units blocks = {0};
    double *values = NULL;
    *out = (gmet_judge_rivals){0};
    if (n < 2 || n > GMET_JUDGE_MAX_RIVALS || o.resamples == 0)
        return feat_fail(err, FEAT_ERR_ARG, "%zu models over %zu resamples; expected 2 to %d over one or more", n,
                         o.resamples, (int)GMET_JUDGE_MAX_RIVALS);
    status = gmet_judge_units_open(&blocks, set->n_blocks, RIGHT + n, o.resamples, "blocks", err);
    if (status == FEAT_OK && (values = feat_alloc_array(n * (1 + o.resamples), sizeof *values)) == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu models", n);
    if (status != FEAT_OK)
        goto done;
    for (size_t m = 0; m < n; m++)
        what[m] = values + m * (1 + o.resamples);
    fill_table(out, &blocks, predicted, n, set);
    gmet_judge_units_sum(&blocks);
    if (blocks.n == 0) {
        status = feat_fail(err, FEAT_ERR_NUMERIC, "no image has a label, so models cannot be compared");
        goto done;
    }
    status = gmet_judge_units_draw(&blocks, o.seed, context, err);
    if (status != FEAT_OK)
        goto done;
    status = compare_accuracy(out, &x, values, &blocks, err);
    if (status == FEAT_OK)
        status = compare_ranking(out, &x, values, predicted, set, &o, context, err);
    if (status == FEAT_OK)
        choose(out, n, blocks.n);
done:
    feat_free(values);
    gmet_judge_units_close(&blocks);
    return status;
}
