/* Precision and recall as StyleGAN2-ADA and StyleGAN3 compute them on a GPU (metrics/precision_recall.py, pr50k3_full):
 * features are rounded to half precision (binary16), and torch.cdist of them gives distances in half precision. With
 * more than 25 rows on a side that is a matrix product of rows with three parts, [-2 u, |u|^2, 1] . [v, 1, |v|^2]: the
 * squares and their sum |u|^2 are rounded to half, the product adds in single precision and is rounded to half, cut
 * off at 0, and its root is rounded to half. The (k + 1)-th smallest of a row's distances is then one of these halves.
 * Rows and columns go in blocks of 10,000 there, which changes no value. In which order a GPU adds is not known, and
 * it may keep partial sums in half precision; here each sum is as if exact (double) and is then rounded once. A value
 * may so differ by one unit in the last place, and precision and recall in their fourth digit. */
#include "metrics/manifold/stylegan_fp16.h"

#include <math.h>

#include "engine/base/status.h"
#include "metrics/manifold/half_balls.h"

/* The sum of two halves is exact, so that the distance is the same from both ends. */
static bool distance(const gmet_half_search *s, size_t i, size_t j, double product, double *value)
{
    double squared = gmet_round_half((s->rows->norm[0][i] + s->columns->norm[0][j]) - 2.0 * product);
    *value = gmet_round_half(sqrt(squared > 0.0 ? squared : 0.0));
    return true;
}

static void visit(gmet_half_search *s, void (*block)(void *ctx, const gmet_pair_block *block))
{
    gmet_half_scan(s, block);
}

static const gmet_half_form form = {.visit = visit, .distance = distance};

/* With an infinite length every distance is infinite, every radius too, and everything lies inside. */
static feat_status check(const char *name, const gmet_half_rows *rows, feat_error *err)
{
    for (size_t i = 0; i < rows->n; i++)
        if (isinf(rows->norm[0][i]))
            return feat_fail(err, FEAT_ERR_NUMERIC,
                             "precision and recall in StyleGAN's half precision: the squared length of %s row %zu is "
                             "%.6g, and half precision ends at 65504; compute it without",
                             name, i, rows->norm[1][i]);
    return FEAT_OK;
}

feat_status gmet_stylegan_fp16(gmet_pr_result *out, const gmet_pr_options *options, const gmet_set *real,
                               const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    gmet_half_rows r = {0}, g = {0};
    gmet_pairs pairs;
    feat_status status = gmet_pairs_create(&pairs, real->d, context, err);
    if (status != FEAT_OK)
        return status;
    gmet_half_search s = {.form = &form, .pairs = &pairs, .k = options->k, .strict = options->strict != 0};
    status = gmet_half_rows_make(&r, real, context, err);
    if (status == FEAT_OK)
        status = check("real", &r, err);
    if (status == FEAT_OK)
        status = gmet_half_rows_make(&g, gen, context, err);
    if (status == FEAT_OK)
        status = check("generated", &g, err);
    if (status == FEAT_OK)
        status = gmet_half_count(out, &s, &r, &g, err);
    gmet_half_rows_release(&r);
    gmet_half_rows_release(&g);
    gmet_pairs_release(&pairs);
    return status;
}
