/* Distances within a set, kept from one metric to the next. */
#include "metrics/base/memo.h"

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"

struct gmet_memo {
    gmet_set set;
    size_t k;
    double *distance2; /* [set.n][k] */
    bool full;
};

feat_status gmet_memo_create(gmet_memo **out, const gmet_set *set, size_t k, feat_error *err)
{
    size_t count;
    gmet_memo *memo = *out = feat_calloc(1, sizeof *memo);
    if (memo == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to keep the neighbours of %zu rows", set->n);
    memo->set = *set;
    memo->k = k;
    memo->distance2 = feat_mul_size(set->n, k, &count) ? feat_alloc_array(count, sizeof *memo->distance2) : NULL;
    if (memo->distance2 != NULL)
        return FEAT_OK;
    gmet_memo_close(out);
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory to keep %zu neighbours of %zu rows", k, set->n);
}

void gmet_memo_close(gmet_memo **memo)
{
    if (memo == NULL || *memo == NULL)
        return;
    feat_free((*memo)->distance2);
    feat_free(*memo);
    *memo = NULL;
}

bool gmet_memo_is_of(const gmet_memo *memo, const gmet_set *set, size_t k)
{
    return memo != NULL && memo->set.rows == set->rows && memo->set.n == set->n && memo->set.d == set->d &&
           k <= memo->k;
}

size_t gmet_memo_k(const gmet_memo *memo)
{
    return memo->k;
}

double *gmet_memo_distances(gmet_memo *memo)
{
    return memo->distance2;
}

bool gmet_memo_is_full(const gmet_memo *memo)
{
    return memo->full;
}

void gmet_memo_set_full(gmet_memo *memo)
{
    memo->full = true;
}
