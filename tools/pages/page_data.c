/* What the page of a report shows beside the metrics: neighbours both ways, FID against N, a plane to look
 * at, and the network's opinion of each image. */
#include "tools/pages/page_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "tools/html/plane.h"
#include "tools/pages/page_curves.h"
#include "tools/pages/page_rows.h"

/* --- the plane ------------------------------------------------------------------------------------------ */

/* Those of the n_scored rows that are drawn: all, or BF_PAGE_DOTS. */
static feat_status make_dots(bf_page_dots *dots, const float ***rows, const bf_side *side, size_t n_scored,
                             feat_error *err)
{
    dots->n = n_scored < BF_PAGE_DOTS ? n_scored : BF_PAGE_DOTS;
    dots->x = feat_calloc(dots->n, sizeof *dots->x);
    dots->y = feat_calloc(dots->n, sizeof *dots->y);
    dots->inside = feat_calloc(dots->n, 1);
    *rows = feat_calloc(dots->n, sizeof **rows);
    if (dots->x == NULL || dots->y == NULL || dots->inside == NULL || *rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture of %zu rows", dots->n);
    for (size_t i = 0; i < dots->n; i++)
        (*rows)[i] = bf_side_rows(side).rows +
                     bf_page_row(bf_page_row(i, dots->n, n_scored), n_scored, side->n) * side->d;
    return FEAT_OK;
}

static feat_status find_plane(bf_page_data *data, const bf_page_input *in, feat_error *err)
{
    const float **real = NULL, **gen = NULL;
    bf_page_dots *a = &data->real_dots, *b = &data->gen_dots;
    feat_status status = make_dots(a, &real, in->real, data->n_real, err);
    if (status == FEAT_OK)
        status = make_dots(b, &gen, in->gen, data->n_gen, err);
    if (status == FEAT_OK)
        status = bf_page_project(a->x, a->y, b->x, b->y, data->variance, real, a->n, gen, b->n, in->real->d, err);
    for (size_t i = 0; status == FEAT_OK && i < a->n; i++)
        a->inside[i] = data->recalled[bf_page_row(i, a->n, data->n_real)];
    for (size_t i = 0; status == FEAT_OK && i < b->n; i++)
        b->inside[i] = data->scores[bf_page_row(i, b->n, data->n_gen)].inside != 0;
    feat_free(real);
    feat_free(gen);
    return status;
}

/* --- neighbours ----------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static feat_status find_limit(bf_page_data *data, size_t n, feat_error *err)
{
    double *sorted = feat_alloc_array(n, sizeof *sorted);
    if (sorted == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the distances of %zu images", n);
    memcpy(sorted, data->real_nearest, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    data->near_limit = BF_NEAR_SHARE * sorted[n / 2];
    feat_free(sorted);
    return FEAT_OK;
}

static feat_status make_scores(bf_page_data *data, feat_error *err)
{
    data->scores = feat_alloc_array(data->n_gen, sizeof *data->scores);
    data->recalled = feat_alloc(data->n_real);
    data->real_nearest = feat_alloc_array(data->n_real, sizeof *data->real_nearest);
    if (data->scores == NULL || data->recalled == NULL || data->real_nearest == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the scores of %zu images", data->n_gen);
    return FEAT_OK;
}

/* Scores of the generated rows against the real ones, and the other way round for what recall counts. */
static feat_status score_rows(bf_page_data *data, const bf_page_input *in, const gmet_set *x, const gmet_set *y,
                              const gmet_context *context, feat_error *err)
{
    gmet_image_options options;
    const gmet_prdc_options one = {.struct_size = sizeof one, .k = 1, .strict = 0, .recall = 0};
    gmet_prdc_result unused;
    const gmet_prdc_images images = {.radius = data->real_nearest};
    gmet_image_score *back = feat_alloc_array(x->n, sizeof *back);
    if (back == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the scores of %zu images", x->n);
    gmet_image_options_init(&options, sizeof options);
    options.k = in->run->network.how.pr_k;
    feat_status status = gmet_image_scores(data->scores, &options, x, y, context, err);
    if (status == FEAT_OK)
        status = gmet_image_scores(back, &options, y, x, context, err);
    if (status == FEAT_OK)
        status = gmet_prdc(&unused, &images, &one, x, y, context, err);
    for (size_t i = 0; status == FEAT_OK && i < x->n; i++)
        data->recalled[i] = back[i].inside != 0;
    for (size_t i = 0; status == FEAT_OK && i < y->n; i++)
        data->scores[i].nearest = bf_page_row(data->scores[i].nearest, x->n, in->real->n);
    feat_free(back);
    return status == FEAT_OK ? find_limit(data, x->n, err) : status;
}

static feat_status find_neighbours(bf_page_data *data, const bf_page_input *in, feat_error *err)
{
    size_t most = bf_args_given(in->run->args, BF_OPT_PER_IMAGE) ? SIZE_MAX : BF_PAGE_SCORED_ROWS;
    bf_page_rows rows;
    feat_status status = bf_page_rows_take(&rows, in, most, err);
    data->n_real = rows.real.n;
    data->n_gen = rows.gen.n;
    if (status == FEAT_OK)
        status = make_scores(data, err);
    if (status == FEAT_OK)
        status = score_rows(data, in, &rows.real, &rows.gen, &rows.context, err);
    bf_page_rows_free(&rows);
    return status;
}

/* --- FID against N -------------------------------------------------------------------------------------- */

static feat_status compute_fid_curve(bf_page_data *data, const bf_page_input *in, feat_error *err)
{
    gmet_infinity_options options;
    float *copy = NULL;
    gmet_set y;
    const gmet_fid_side x = bf_side_frechet(in->real);
    const gmet_context *context = &in->run->work.context;
    gmet_infinity_options_init(&options, sizeof options);
    options.n_points = BF_PAGE_FID_POINTS;
    options.seed = (uint32_t)bf_args_number(in->run->args, BF_OPT_SEED);
    feat_status status = bf_page_some_rows(&y, &copy, in->gen, BF_PAGE_FID_ROWS, err);
    if (status == FEAT_OK)
        status = gmet_fid_infinity(&data->fid_curve.fit, data->fid_curve.points, &options, &x, &y, context, err);
    data->fid_rows = y.n;
    feat_free(copy);
    return status;
}

static feat_status find_fid_curve(bf_page_data *data, const bf_page_input *in, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (in->infinity != NULL) {
        data->fid_curve = *in->infinity;
        data->fid_rows = in->gen->n;
    } else {
        status = compute_fid_curve(data, in, err);
    }
    data->has_fid_curve = status == FEAT_OK;
    if (status != FEAT_ERR_NUMERIC)
        return status;
    snprintf(data->no_fid_curve, sizeof data->no_fid_curve, "%.250s", err->message);
    return FEAT_OK;
}

/* --- labels --------------------------------------------------------------------------------------------- */

/* Adds the softmax of one row to `sum`; returns its entropy in nats. */
static double add_probabilities(double *sum, double *scratch, const float *logits, size_t c)
{
    double top = (double)logits[0], total = 0.0, mean = 0.0;
    for (size_t k = 1; k < c; k++)
        top = (double)logits[k] > top ? (double)logits[k] : top;
    for (size_t k = 0; k < c; k++) {
        double at = (double)logits[k] - top;
        scratch[k] = feat_exp(at);
        total += scratch[k];
        mean = fma(scratch[k], at, mean);
    }
    for (size_t k = 0; k < c; k++)
        sum[k] += scratch[k] / total;
    return feat_log(total) - mean / total;
}

feat_status bf_page_label(bf_page_labels *labels, const float *logits, size_t n, size_t c, feat_error *err)
{
    double *scratch = feat_alloc_array(c, sizeof *scratch);
    labels->n = n;
    labels->marginal = feat_calloc(c, sizeof *labels->marginal);
    labels->entropy = feat_calloc(n, sizeof *labels->entropy);
    if (scratch == NULL || labels->marginal == NULL || labels->entropy == NULL) {
        feat_free(scratch);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the labels of %zu images", n);
    }
    for (size_t i = 0; i < n; i++) {
        labels->entropy[i] = add_probabilities(labels->marginal, scratch, logits + i * c, c);
        labels->mean_entropy += labels->entropy[i];
    }
    labels->mean_entropy /= (double)n;
    for (size_t k = 0; k < c; k++) {
        double p = labels->marginal[k] /= (double)n;
        labels->total_entropy -= p > 0.0 ? p * feat_log(p) : 0.0;
    }
    feat_free(scratch);
    return FEAT_OK;
}

/* --- all of it ------------------------------------------------------------------------------------------ */

feat_status bf_page_compute(bf_page_data *data, const bf_page_input *in, feat_error *err)
{
    const bf_side *real = in->real, *gen = in->gen;
    bool rows = bf_side_rows(real).rows != NULL && bf_side_rows(gen).rows != NULL;
    size_t k = in->run->network.how.pr_k;
    feat_status status = FEAT_OK;
    bf_progress_step(&in->run->report.progress, "figures of the report");
    snprintf(data->no_fid_curve, sizeof data->no_fid_curve, "it needs the features of both sets");
    if (rows && real->n > k && gen->n > k) {
        status = find_neighbours(data, in, err);
        if (status == FEAT_OK)
            status = find_plane(data, in, err);
    }
    if (status == FEAT_OK && rows)
        status = find_fid_curve(data, in, err);
    if (status == FEAT_OK)
        status = bf_page_curves_compute(data, in, err);
    if (status == FEAT_OK && in->real_logits != NULL)
        status = bf_page_label(&data->real_labels, in->real_logits, real->n, in->n_classes, err);
    if (status == FEAT_OK && in->gen_logits != NULL)
        status = bf_page_label(&data->gen_labels, in->gen_logits, gen->n, in->n_classes, err);
    bf_progress_clear(&in->run->report.progress);
    return status;
}

void bf_page_release(bf_page_data *data)
{
    bf_page_dots *dots[2] = {&data->real_dots, &data->gen_dots};
    bf_page_labels *labels[2] = {&data->real_labels, &data->gen_labels};
    for (size_t s = 0; s < 2; s++) {
        feat_free(dots[s]->x);
        feat_free(dots[s]->y);
        feat_free(dots[s]->inside);
        feat_free(labels[s]->marginal);
        feat_free(labels[s]->entropy);
    }
    feat_free(data->real_spectrum.values);
    feat_free(data->gen_spectrum.values);
    feat_free(data->scores);
    feat_free(data->recalled);
    feat_free(data->real_nearest);
    memset(data, 0, sizeof *data);
}
