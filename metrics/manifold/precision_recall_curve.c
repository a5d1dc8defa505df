/* Precision and recall for several k. Balls of one row lie in each other, so a row is inside for every k from its first
 * on, and that first is all that has to be found. */
#include "metrics/manifold/manifold.h"

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/pairs/neighbours.h"

typedef struct first_inside {
    const double *nearest2; /* [columns][most]: squared distances to the nearest other columns, ascending */
    const size_t *ks;
    size_t most; /* the last of ks */
    bool strict;
    size_t *first; /* [rows]: ks[first] is the smallest k with a ball that holds the row, as far as is known */
} first_inside;

static double radius2(const first_inside *f, size_t column, size_t at)
{
    return f->nearest2[column * f->most + f->ks[at] - 1];
}

static bool holds(const first_inside *f, size_t column, size_t at, double distance2)
{
    double r2 = radius2(f, column, at);
    return f->strict ? distance2 < r2 : distance2 <= r2;
}

static bool matters(const void *ctx, size_t i, size_t j, double least)
{
    const first_inside *f = ctx;
    return f->first[i] > 0 && holds(f, j, f->first[i] - 1, least);
}

static void take(void *ctx, size_t i, size_t j, double distance2)
{
    const first_inside *f = ctx;
    while (f->first[i] > 0 && holds(f, j, f->first[i] - 1, distance2))
        f->first[i]--;
}

/* share [n_ks] of the rows that lie in a ball of a column. */
static feat_status find_shares(double *share, first_inside *f, size_t n_ks, gmet_neighbours *s, const gmet_set *rows,
                               const gmet_set *columns, feat_error *err)
{
    const gmet_visit visit = {f, matters, take};
    for (size_t i = 0; i < rows->n; i++)
        f->first[i] = n_ks;
    feat_status status = gmet_visit_pairs(&visit, s, rows, columns, err);
    for (size_t at = 0; at < n_ks && status == FEAT_OK; at++) {
        size_t count = 0;
        for (size_t i = 0; i < rows->n; i++)
            count += f->first[i] <= at;
        share[at] = (double)count / (double)rows->n;
    }
    return status;
}

static feat_status check(const size_t *ks, size_t n_ks, const gmet_pr_options *o, const gmet_set *real,
                         const gmet_set *gen, feat_error *err)
{
    const gmet_set *sets[2] = {real, gen};
    static const char *const names[2] = {"real", "generated"};
    if (n_ks == 0 || ks[0] == 0 || o->adm_fp16 || o->stylegan_fp16)
        return feat_fail(err, FEAT_ERR_ARG,
                         "precision and recall for several k: k >= 1 and no half precision expected");
    for (size_t i = 1; i < n_ks; i++)
        if (ks[i] <= ks[i - 1])
            return feat_fail(err, FEAT_ERR_ARG,
                             "precision and recall for several k: ascending k expected, %zu after %zu found", ks[i],
                             ks[i - 1]);
    feat_status status = gmet_check_widths("precision and recall", real, gen, err);
    if (status == FEAT_OK && real->d == 0)
        status = feat_fail(err, FEAT_ERR_ARG, "precision and recall: at least 1 column expected, 0 found");
    for (size_t s = 0; s < 2 && status == FEAT_OK; s++)
        if (sets[s]->n <= ks[n_ks - 1])
            status = feat_fail(err, FEAT_ERR_NUMERIC,
                               "precision and recall: k = %zu needs at least %zu %s rows, %zu found", ks[n_ks - 1],
                               ks[n_ks - 1] + 1, names[s], sets[s]->n);
        else
            status = gmet_check_finite(names[s], sets[s]->rows, sets[s]->n, real->d, real->d, 0, err);
    return status;
}

typedef struct buffers {
    double *real2, *gen2; /* [n][most] */
    double *share;        /* [2][n_ks] */
    size_t *first;        /* [larger n] */
} buffers;

static bool make_buffers(buffers *b, size_t n_real, size_t n_gen, size_t most, size_t n_ks)
{
    size_t real, gen;
    if (!feat_mul_size(n_real, most, &real) || !feat_mul_size(n_gen, most, &gen))
        return false;
    b->real2 = feat_alloc_array(real, sizeof *b->real2);
    b->gen2 = feat_alloc_array(gen, sizeof *b->gen2);
    b->share = feat_alloc_array(n_ks, 2 * sizeof *b->share);
    b->first = feat_alloc_array(n_real > n_gen ? n_real : n_gen, sizeof *b->first);
    return b->real2 != NULL && b->gen2 != NULL && b->share != NULL && b->first != NULL;
}

feat_status gmet_precision_recall_curve(gmet_pr_result *out, const size_t *ks, size_t n_ks,
                                        const gmet_pr_options *options, const gmet_set *real, const gmet_set *gen,
                                        const gmet_context *context, feat_error *err)
{
    gmet_pr_options o;
    gmet_neighbours *s = NULL;
    buffers b = {0};
    gmet_pr_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_pr_options", err);
    if (status == FEAT_OK)
        status = check(ks, n_ks, &o, real, gen, err);
    if (status != FEAT_OK)
        return status;
    size_t most = ks[n_ks - 1];
    if (!make_buffers(&b, real->n, gen->n, most, n_ks))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for precision and recall of %zu and %zu rows", real->n,
                           gen->n);
    if (status == FEAT_OK)
        status = gmet_neighbours_create(&s, real->d, context, err);
    if (status == FEAT_OK)
        status = gmet_nearest_k(b.real2, NULL, s, real, real, most, 0, err);
    if (status == FEAT_OK)
        status = gmet_nearest_k(b.gen2, NULL, s, gen, gen, most, 0, err);
    first_inside f = {.nearest2 = b.real2, .ks = ks, .most = most, .strict = o.strict != 0, .first = b.first};
    if (status == FEAT_OK)
        status = find_shares(b.share, &f, n_ks, s, gen, real, err);
    f.nearest2 = b.gen2;
    if (status == FEAT_OK)
        status = find_shares(b.share + n_ks, &f, n_ks, s, real, gen, err);
    for (size_t i = 0; i < n_ks && status == FEAT_OK; i++)
        out[i] = (gmet_pr_result){b.share[i], b.share[n_ks + i], gmet_f_score(b.share[i], b.share[n_ks + i], 1.0)};
    gmet_neighbours_close(&s);
    feat_free(b.real2);
    feat_free(b.gen2);
    feat_free(b.share);
    feat_free(b.first);
    return status;
}
