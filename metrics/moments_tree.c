/* The tree of finished blocks: two neighbours of equal size whose places are aligned become one, and nothing
 * else is ever added. So the sums of a run of places are the same whoever made the parts, and at most one node
 * of each size is held: log2 of the number of blocks. */
#include "metrics/moments_tree.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"

enum { SLICE = 1 << 16 };

size_t gmet_moments_sums(size_t d)
{
    size_t square;
    if (d == 0 || !iv3_mul_size(d, d, &square) || square > SIZE_MAX / 2 / sizeof(double))
        return 0;
    return d + (square - d) / 2 + d;
}

typedef struct joining {
    double *to;
    const double *from;
    size_t n;
} joining;

static void join_slice(void *ctx, size_t slice, size_t worker)
{
    (void)worker;
    const joining *j = ctx;
    size_t first = slice * SLICE, last = j->n - first < SLICE ? j->n : first + SLICE;
    for (size_t i = first; i < last; i++)
        j->to[i] += j->from[i];
}

/* Pushes a node and joins what can be joined. Returns sums that are not needed any more, or NULL. */
static double *push(gmet_moments *m, gmet_node node)
{
    double *spare = NULL;
    m->nodes[m->n_nodes++] = node;
    while (m->n_nodes >= 2) {
        gmet_node *a = &m->nodes[m->n_nodes - 2], *b = a + 1;
        if (a->span != b->span || a->first + a->span != b->first || a->first / a->span % 2 != 0)
            break;
        joining j = {a->sums, b->sums, m->n_sums};
        iv3_parallel_for(m->pool, (m->n_sums + SLICE - 1) / SLICE, join_slice, &j);
        a->span += b->span;
        a->n += b->n;
        iv3_free(spare);
        spare = b->sums;
        m->n_nodes--;
    }
    return spare;
}

static iv3_status no_memory(const gmet_moments *m, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_NOMEM, "no memory for the covariance of %zu columns", m->d);
}

iv3_status gmet_tree_close_block(gmet_moments *m, iv3_error *err)
{
    double *fresh = push(m, (gmet_node){m->next - GMET_MOMENTS_BLOCK, GMET_MOMENTS_BLOCK, m->n_block, m->block});
    m->n_block = 0;
    m->block = fresh;
    if (fresh != NULL)
        memset(fresh, 0, m->n_sums * sizeof *fresh);
    else
        m->block = iv3_calloc(m->n_sums, sizeof *m->block);
    return m->block != NULL ? IV3_OK : no_memory(m, err);
}

void gmet_tree_release(gmet_moments *m)
{
    for (size_t k = 0; k < m->n_nodes; k++)
        iv3_free(m->nodes[k].sums);
    m->n_nodes = 0;
}

/* --- parts ------------------------------------------------------------------------------------------ */

size_t gmet_moments_next(const gmet_moments *m)
{
    return m->next;
}

iv3_status gmet_moments_start(gmet_moments *m, size_t first, iv3_error *err)
{
    if (m->next != 0 || first % GMET_MOMENTS_BLOCK != 0)
        return iv3_fail(err, IV3_ERR_ARG,
                        "moments: a start before the first row and at a multiple of %d expected, row %zu found",
                        GMET_MOMENTS_BLOCK, first);
    m->next = first;
    return IV3_OK;
}

size_t gmet_moments_n_parts(const gmet_moments *m)
{
    return m->n_nodes;
}

gmet_moments_part gmet_moments_get_part(const gmet_moments *m, size_t index)
{
    const gmet_node *node = &m->nodes[index];
    return (gmet_moments_part){node->first, node->span, node->n, node->sums};
}

iv3_status gmet_moments_add_part(gmet_moments *m, const gmet_moments_part *part, iv3_error *err)
{
    size_t blocks = part->span / GMET_MOMENTS_BLOCK;
    if (blocks == 0 || part->span % GMET_MOMENTS_BLOCK != 0 || (blocks & (blocks - 1)) != 0 ||
        part->first % part->span != 0 || part->n > part->span)
        return iv3_fail(err, IV3_ERR_ARG, "moments: rows %zu to %zu are no part of the tree", part->first,
                        part->first + part->span);
    if (part->first != m->next)
        return iv3_fail(err, IV3_ERR_ARG, "moments: a part from row %zu on expected, from %zu on found", m->next,
                        part->first);
    for (size_t i = 0; i < m->n_sums; i++)
        if (!isfinite(part->sums[i]))
            return iv3_fail(err, IV3_ERR_NUMERIC, "moments: sum %zu of rows %zu to %zu is NaN or infinite", i,
                            part->first, part->first + part->span);
    double *sums = iv3_alloc_array(m->n_sums, sizeof *sums);
    if (sums == NULL)
        return no_memory(m, err);
    memcpy(sums, part->sums, m->n_sums * sizeof *sums);
    iv3_free(push(m, (gmet_node){part->first, part->span, part->n, sums}));
    m->next += part->span;
    m->n += part->n;
    return IV3_OK;
}
