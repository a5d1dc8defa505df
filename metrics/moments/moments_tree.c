/* The tree of finished blocks: two neighbours of equal size whose places are aligned become one, and nothing
 * else is ever added. So the sums of a run of places are the same whoever made the parts, and at most one
 * node of each size is held: log2 of the number of blocks.
 *
 * Sums are kept about a centre, which is a row, and products about the mean. With g the mean of b less that
 * of a the products of both are A + B + n_a n_b / n g g^T (Chan, Golub and LeVeque, "Updating formulae and a
 * pairwise algorithm for computing sample variances", 1979). g is the difference of the centres plus that of
 * the means less their centres: however far away the rows are, it is exact to its last digits. */
#include "metrics/moments/moments_tree.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/moments/moments.h"

enum { JOIN_ROWS = 32 };

size_t gmet_moments_sums(size_t d)
{
    size_t square;
    if (d == 0 || !feat_mul_size(d, d, &square) || square > SIZE_MAX / 2 / sizeof(double))
        return 0;
    return 2 * d + (square - d) / 2 + d;
}

/* Adds centre and sums of b to those of a, [2][d] each. apart [d] <- the mean of b less that of a. Returns
 * the weight of the products of that. An empty set changes nothing. */
static double join_sums(double *a, size_t n_a, const double *b, size_t n_b, double *apart, size_t d)
{
    if (n_a == 0 || n_b == 0) {
        memset(apart, 0, d * sizeof *apart);
        if (n_a == 0)
            memcpy(a, b, 2 * d * sizeof *a);
        return 0.0;
    }
    double na = (double)n_a, nb = (double)n_b;
    for (size_t j = 0; j < d; j++) {
        double shift = b[j] - a[j];
        apart[j] = shift + (b[d + j] / nb - a[d + j] / na);
        a[d + j] += fma(nb, shift, b[d + j]);
    }
    return na * nb / (na + nb);
}

typedef struct joining {
    const gmet_moments *m;
    double *to;
    const double *from, *apart;
    double weight;
} joining;

static void join_rows(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const joining *j = ctx;
    size_t d = j->m->d, first = tile * JOIN_ROWS, last = d - first < JOIN_ROWS ? d : first + JOIN_ROWS;
    for (size_t i = first; i < last; i++) {
        size_t at = gmet_tree_row(i, d) + i;
        double *to = j->to + at, coef = j->weight * j->apart[i];
        for (size_t k = 0; k < d - i; k++)
            to[k] += j->from[at + k];
        j->m->kernels->axpys(to, j->apart + i, 0, &coef, 1, d - i);
    }
}

static void join(const gmet_moments *m, gmet_node *a, const gmet_node *b)
{
    joining j = {.m = m, .to = a->sums, .from = b->sums, .apart = m->partial};
    j.weight = join_sums(a->sums, a->n, b->sums, b->n, m->partial, m->d);
    feat_parallel_for(m->context.pool, (m->d + JOIN_ROWS - 1) / JOIN_ROWS, join_rows, &j);
    a->span += b->span;
    a->n += b->n;
}

void gmet_tree_keep(const gmet_moments *m, double *sums)
{
    feat_free(*m->spare);
    *m->spare = sums;
}

/* Pushes a node and joins what can be joined. Returns sums that are not needed any more, or NULL. Of others one is
 * kept: to have memory cleared takes the system longer than a block's sums take to be added. */
static double *push(gmet_moments *m, gmet_node node)
{
    double *fresh = NULL;
    m->nodes[m->n_nodes++] = node;
    while (m->n_nodes >= 2) {
        gmet_node *a = &m->nodes[m->n_nodes - 2], *b = a + 1;
        if (a->span != b->span || a->first + a->span != b->first || a->first / a->span % 2 != 0)
            break;
        join(m, a, b);
        if (fresh != NULL)
            gmet_tree_keep(m, fresh);
        fresh = b->sums;
        m->n_nodes--;
    }
    return fresh;
}

static feat_status no_memory(const gmet_moments *m, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the covariance of %zu columns", m->d);
}

feat_status gmet_tree_close_span(gmet_moments *m, size_t span, feat_error *err)
{
    double *fresh = push(m, (gmet_node){m->next - span, span, m->n_block, m->block});
    m->n_block = 0;
    if (fresh == NULL) {
        fresh = *m->spare;
        *m->spare = NULL;
    }
    m->block = fresh;
    if (fresh != NULL)
        memset(fresh, 0, m->n_sums * sizeof *fresh);
    else
        m->block = feat_calloc(m->n_sums, sizeof *m->block);
    return m->block != NULL ? FEAT_OK : no_memory(m, err);
}

void gmet_tree_release(gmet_moments *m)
{
    for (size_t k = 0; k < m->n_nodes; k++)
        feat_free(m->nodes[k].sums);
    m->n_nodes = 0;
}

feat_status gmet_tree_total(gmet_total *out, const gmet_moments *m, const double *partial, size_t n,
                            feat_error *err)
{
    size_t d = m->d, there = 0;
    double *block = feat_alloc_array(d, (4 + m->n_nodes) * sizeof *block);
    *out = (gmet_total){.sums = block};
    if (block == NULL)
        return no_memory(m, err);
    double *last = block + 2 * d;
    out->apart = block + 4 * d;
    memcpy(last, m->block, 2 * d * sizeof *block);
    for (size_t j = 0; j < d; j++)
        last[d + j] += partial[j];
    const double *first = m->n_nodes > 0 ? m->nodes[0].sums : last;
    memcpy(out->sums, first, 2 * d * sizeof *block);
    for (size_t k = 0; k < m->n_nodes; k++) {
        const gmet_node *next = k + 1 < m->n_nodes ? &m->nodes[k + 1] : NULL;
        there += m->nodes[k].n;
        out->weight[k] = join_sums(out->sums, there, next != NULL ? next->sums : last,
                                   next != NULL ? next->n : m->n_block + n, out->apart + k * d, d);
    }
    return FEAT_OK;
}

void gmet_total_release(gmet_total *total)
{
    feat_free(total->sums);
    total->sums = NULL;
}

/* --- parts ------------------------------------------------------------------------------------------ */

size_t gmet_moments_next(const gmet_moments *m)
{
    if (m == NULL)
        return 0;
    return m->next;
}

feat_status gmet_moments_start(gmet_moments *m, size_t first, feat_error *err)
{
    if (m == NULL)
        return feat_null(err, __func__);
    if (m->next != 0 || first % GMET_MOMENTS_BLOCK != 0)
        return feat_fail(err, FEAT_ERR_ARG,
                         "moments: a start before the first row and at a multiple of %d expected, row %zu found",
                         GMET_MOMENTS_BLOCK, first);
    m->next = first;
    return FEAT_OK;
}

size_t gmet_moments_n_parts(const gmet_moments *m)
{
    if (m == NULL)
        return 0;
    return m->n_nodes;
}

gmet_moments_part gmet_moments_get_part(const gmet_moments *m, size_t index)
{
    if (m == NULL || index >= m->n_nodes)
        return (gmet_moments_part){0};
    const gmet_node *node = &m->nodes[index];
    return (gmet_moments_part){node->first, node->span, node->n, node->sums};
}

feat_status gmet_tree_check_part(const gmet_moments *m, const gmet_moments_part *part, feat_error *err)
{
    size_t blocks = part->span / GMET_MOMENTS_BLOCK;
    if (blocks == 0 || part->span % GMET_MOMENTS_BLOCK != 0 || (blocks & (blocks - 1)) != 0 ||
        part->first % part->span != 0 || part->n > part->span)
        return feat_fail(err, FEAT_ERR_ARG, "moments: rows %zu to %zu are no part of the tree", part->first,
                         part->first + part->span);
    if (part->first != m->next)
        return feat_fail(err, FEAT_ERR_ARG, "moments: a part from row %zu on expected, from %zu on found", m->next,
                         part->first);
    return FEAT_OK;
}

feat_status gmet_tree_check_sums(const gmet_moments *m, const gmet_moments_part *part, feat_error *err)
{
    for (size_t i = 0; i < m->n_sums; i++)
        if (!isfinite(part->sums[i]))
            return feat_fail(err, FEAT_ERR_NUMERIC, "moments: sum %zu of rows %zu to %zu is NaN or infinite", i,
                             part->first, part->first + part->span);
    for (size_t i = 0; part->n == 0 && i < m->n_sums; i++)
        if (part->sums[i] != 0.0)
            return feat_fail(err, FEAT_ERR_NUMERIC, "moments: sum %zu of no rows is 0, %g found", i,
                             part->sums[i]);
    return FEAT_OK;
}

void gmet_tree_take(gmet_moments *m, const gmet_moments_part *part, double *sums)
{
    gmet_tree_keep(m, push(m, (gmet_node){part->first, part->span, part->n, sums}));
    m->next += part->span;
    m->n += part->n;
}

feat_status gmet_moments_add_part(gmet_moments *m, const gmet_moments_part *part, feat_error *err)
{
    if (m == NULL || part == NULL || part->sums == NULL)
        return feat_null(err, __func__);
    feat_status status = gmet_tree_check_part(m, part, err);
    if (status == FEAT_OK)
        status = gmet_tree_check_sums(m, part, err);
    if (status != FEAT_OK)
        return status;
    double *sums = *m->spare != NULL ? *m->spare : feat_alloc_array(m->n_sums, sizeof *sums);
    if (sums == NULL)
        return no_memory(m, err);
    *m->spare = NULL;
    memcpy(sums, part->sums, m->n_sums * sizeof *sums);
    gmet_tree_take(m, part, sums);
    return FEAT_OK;
}
