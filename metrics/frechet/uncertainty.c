/* Standard error and bias of FID. The terms are those of uncertainty_terms.c; with V the sum of both sets'
 * first-order variances and V2 the variance of the pairs' terms, of which V holds twice too much, the
 * variance of the value is
 *
 *     V - V2,     at least V2 / 2
 *
 * (it is V2 or more, but V - 2 V2 errs by as much where few directions matter: with the bound at V2 itself
 * the mean square of the error of one direction is 2.1 times too large, with half of it 1.6 times, and the
 * interval covers all the same).
 *
 * Bias of second order: the value less its first-order bias, c, has one of the form q(1/n, 1/m), quadratic,
 * so that of half of each set is four times that of the whole, and
 *
 *     corrected = (4 c - c_half) / 3
 *
 * is free of it (Richardson's extrapolation). Which rows are in the half matters to first order, and the
 * rows' influence says how much: the mean influence of those in the half, l, is taken off c_half. Then every
 * row has weight 1 again, and pairs of rows have 2/3 within and without the half and 4/3 across: variance V -
 * 2 V2 + 10/9 V2.
 *
 * What is left is of third order. The second one relative to the first, q, tells how fast the terms fall, and
 * q times the second is what may be left: over normal, rectified and Student distributions from n = 1.2 d on
 * that is mostly 0.1 to 1.3 times what is (metrics/README.md). Below, halves no longer see all directions that
 * matter, and the terms say nothing: those of 95 of 100 of the sum of the singular values must be fewer than
 * the rows of the smaller half. */
#include "metrics/frechet/uncertainty.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/row_order.h"
#include "metrics/frechet/frechet.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

/* Below so many rows no moment of fourth order is known. */
enum { LEAST_ROWS = 20 };
/* Share that the rows' fourth powers may have in the square of their variance: 1 / n for a constant, 3 / n
 * for normal contributions. Above, a few rows make up the value, and its error is not known. */
static const double HEAVY = 0.05;
/* No distance is below 0. A corrected value so many errors below is none; of independent draws the second is
 * chance once in a thousand, and then the error of the raw value does not hold either. */
static const double DOUBT = 2.0, NO_DOUBT = 3.0;
/* What V is at least of V2: it is about 2, times chi-square over its degrees of freedom where the
 * distributions are equal, and of one degree below this once in 200. */
static const double NO_VARIATION = 1e-4;

static const char few_rows[] = "fewer than 20 images", heavy_rows[] = "a few images decide it",
                  unknown_n[] = "the statistics do not say of how many images they are",
                  few_for_bias[] = "too few images for the width and spectrum of the features",
                  dependent[] = "the sets vary less than independent draws do",
                  in_order[] = "the order of the images shows, as of frames or where they are sorted by class",
                  rank_n[] = "the statistics are not of more images than their rank";

/* Moments of a side: those given, or those of its rows. */
static feat_status take_side(gmet_fid_set *set, const gmet_fid_side *side, const char *name, size_t d,
                             const gmet_work *work, feat_error *err)
{
    bool given = side->mu != NULL && side->sigma != NULL;
    set->rows = side->rows;
    set->n = side->n;
    set->sigma = (gmet_covariance){.d = d, .done = side->sigma_done, .ctx = side->ctx, .geometry = side->geometry};
    if (side->rows == NULL && !given)
        return feat_fail(err, FEAT_ERR_ARG, "uncertainty of FID: the %s side has neither rows nor moments",
                         name);
    if (side->rows != NULL && side->n < 2)
        return feat_fail(err, FEAT_ERR_NUMERIC, "uncertainty of FID needs at least 2 %s rows, %zu found", name,
                         side->n);
    if (!given)
        return gmet_fid_set_moments(set, work, err);
    memcpy(set->mu, side->mu, d * sizeof *set->mu);
    set->sigma.full = side->sigma;
    return FEAT_OK;
}

/* A standard error from the terms; weight: of pairs of rows, squared. */
static double error_of(double first, double pairs, double weight)
{
    double variance = first - 2.0 * pairs + weight * pairs, least = 0.5 * weight * pairs;
    return sqrt(variance > least ? variance : least);
}

static void judge_error(gmet_fid_uncertainty_result *out, const gmet_fid_terms *t, const gmet_fid_set *real,
                        const gmet_fid_set *gen)
{
    double first = t->first[0] + t->first[1];
    out->error_real = sqrt(t->first[0]);
    out->error_gen = sqrt(t->first[1]);
    out->standard_error = error_of(first, t->pairs, 1.0);
    out->heavy = first > 0.0 ? t->fourth / (first * first) : 0.0;
    if (real->n == 0 || gen->n == 0)
        out->why_no_error = unknown_n;
    else if (real->n < LEAST_ROWS || gen->n < LEAST_ROWS)
        out->why_no_error = few_rows;
    else if (out->heavy > HEAVY)
        out->why_no_error = heavy_rows;
    else if (first < NO_VARIATION * t->pairs)
        out->why_no_error = dependent;
    out->dependent = out->why_no_error == dependent ? 2 : 0;
    out->has_error = out->why_no_error == NULL;
    out->why_no_corrected = out->why_no_error;
}

static void judge_bias(gmet_fid_uncertainty_result *out, const gmet_fid_terms *t, const gmet_fid_terms *half,
                       const gmet_fid_set *sets, const gmet_fid_set *halves)
{
    double first = t->bias[0] + t->bias[1];
    double c = t->raw.value - first, c_half = half->raw.value - (half->bias[0] + half->bias[1]) - t->linear;
    out->bias_second = (c_half - c) / 3.0;
    out->corrected = c - out->bias_second;
    out->corrected_error = error_of(t->corrected[0] + t->corrected[1], t->pairs, 10.0 / 9.0);
    double second = fabs(out->bias_second), q = second < first ? second / first : 1.0;
    out->bias_left = q * second;
    /* Rows behind moments may be as far from normal as the other side's are, whose excess is extrapolated as
     * well. */
    for (size_t i = 0; i < 2; i++)
        if (halves[i].rows == NULL)
            out->bias_left += fabs(2.0 * t->excess[1 - i] - half->excess[1 - i]) / (double)sets[i].n;
    size_t least = halves[0].n < halves[1].n ? halves[0].n : halves[1].n;
    if (out->why_no_corrected == NULL && (least < t->bulk || !(out->bias_left <= 0.5 * out->corrected_error)))
        out->why_no_corrected = few_for_bias;
    double spread = sqrt(t->pairs) > out->corrected_error ? sqrt(t->pairs) : out->corrected_error;
    if (out->corrected < -DOUBT * spread && out->dependent == 0)
        out->dependent = out->corrected < -NO_DOUBT * spread ? 2 : 1;
    if (out->dependent == 2 && out->why_no_error == NULL)
        out->why_no_error = dependent;
    if (out->dependent != 0)
        out->why_no_corrected = dependent;
    else if (out->in_order != 0)
        out->why_no_corrected = in_order;
    out->has_error = out->why_no_error == NULL;
    out->has_corrected = out->why_no_corrected == NULL;
}

/* Halves of both sets, made while the covariances are there. *possible false: there are none. */
static feat_status make_halves(gmet_fid_set halves[2], const gmet_fid_set sets[2], const char **why,
                               const gmet_work *work, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < 2 && status == FEAT_OK; i++) {
        status = gmet_fid_half(&halves[i], &sets[i], 1 + i, work, err);
        halves[i].sigma.again = true; /* rests until the whole sets are done with */
        gmet_covariance_rest(&halves[i].sigma);
        if (status == FEAT_ERR_NUMERIC && sets[i].rows == NULL) {
            *why = rank_n;
            *err = (feat_error){FEAT_OK, ""};
            return FEAT_OK;
        }
    }
    return status;
}

static feat_status measure_half(gmet_fid_terms *out, gmet_fid_set halves[2], const gmet_work *work,
                                feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < 2 && status == FEAT_OK; i++)
        status = halves[i].rows != NULL ? gmet_fid_set_moments(&halves[i], work, err)
                                        : gmet_covariance_wake(&halves[i].sigma, work->context, err);
    if (status == FEAT_OK)
        status = gmet_fid_terms_of(out, &halves[0], &halves[1], false, NULL, work, err);
    return status;
}

static feat_status measure(gmet_fid_uncertainty_result *out, gmet_fid_set sets[2], double *mu_half, size_t d,
                           const gmet_work *work, feat_error *err)
{
    gmet_fid_terms terms, half;
    gmet_fid_set halves[2] = {{.mu = mu_half}, {.mu = mu_half + d}};
    const char *why = NULL;
    bool enough = sets[0].n >= LEAST_ROWS && sets[1].n >= LEAST_ROWS;
    feat_status status = enough ? make_halves(halves, sets, &why, work, err) : FEAT_OK;
    if (status == FEAT_OK)
        status = gmet_fid_terms_of(&terms, &sets[0], &sets[1], true, enough && why == NULL ? halves : NULL,
                                   work, err);
    if (status != FEAT_OK)
        goto done;
    out->raw = terms.raw;
    out->bias_real = terms.bias[0];
    out->bias_gen = terms.bias[1];
    out->corrected = terms.raw.value - (terms.bias[0] + terms.bias[1]);
    out->rank_real = terms.rank[0];
    out->rank_gen = terms.rank[1];
    out->in_order = fabs(terms.alike[0]) > GMET_ORDER_LIMIT || fabs(terms.alike[1]) > GMET_ORDER_LIMIT;
    judge_error(out, &terms, &sets[0], &sets[1]);
    if (out->why_no_corrected == NULL)
        out->why_no_corrected = why;
    if (!enough || why != NULL)
        goto done;
    status = measure_half(&half, halves, work, err);
    if (status == FEAT_OK)
        judge_bias(out, &terms, &half, sets, halves);
done:
    gmet_fid_half_release(&halves[0]);
    gmet_fid_half_release(&halves[1]);
    return status;
}

feat_status gmet_fid_uncertainty(gmet_fid_uncertainty_result *out, double *real_contribution,
                                 double *gen_contribution, const gmet_fid_side *real, const gmet_fid_side *gen,
                                 size_t d, const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_work work = {0};
    gmet_fid_uncertainty_result result = {0};
    if (d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "uncertainty of FID: at least 1 column expected, 0 found");
    feat_status status =
        gmet_work_create(&work, context, d > GMET_FID_CHUNK ? d : GMET_FID_CHUNK, d + 1, d + 1, err);
    if (status != FEAT_OK)
        return status;
    gmet_fid_set sets[2] = {{.contributions = real_contribution}, {.contributions = gen_contribution}};
    double *mu = feat_alloc_array(d, 4 * sizeof *mu);
    if (mu == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the means of %zu columns", d);
        goto done;
    }
    sets[0].mu = mu;
    sets[1].mu = mu + d;
    status = take_side(&sets[0], real, "real", d, &work, err);
    if (status == FEAT_OK)
        status = take_side(&sets[1], gen, "generated", d, &work, err);
    if (status == FEAT_OK)
        status = measure(&result, sets, mu + 2 * d, d, &work, err);
    if (status == FEAT_OK)
        *out = result;
done:
    gmet_covariance_release(&sets[0].sigma);
    gmet_covariance_release(&sets[1].sigma);
    feat_free(mu);
    gmet_work_release(&work);
    return status;
}
