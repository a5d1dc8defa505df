/* Private to moments*.c: what moments are made of, and the tree of finished blocks. */
#ifndef GMET_MOMENTS_TREE_H
#define GMET_MOMENTS_TREE_H

#include "metrics/internal.h"

enum { GMET_MOMENTS_CHUNK = 256, GMET_MAX_NODES = 64 };

/* The sums over an aligned run of whole blocks. */
typedef struct gmet_node {
    size_t first, span; /* places; span is a power of two of blocks, first a multiple of it */
    size_t n;           /* rows */
    double *sums;       /* [d] columns, then the packed upper triangle of products */
} gmet_node;

struct gmet_moments {
    size_t d, n_sums;
    size_t n;    /* rows taken, those in the buffer included */
    size_t next; /* the place of the next row */
    const iv3_dmat_kernels *kernels;
    iv3_pool *pool;
    float *buffer; /* [CHUNK][d]: rows of the unfinished chunk */
    size_t n_buffered;
    double *block;   /* [n_sums] finished chunks of the unfinished block; products of row i: columns i .. d - 1 */
    size_t n_block;  /* rows in it */
    double *pack;    /* one chunk in panel format */
    double *partial; /* [d]: column sums of the packed chunk */
    gmet_node nodes[GMET_MAX_NODES]; /* ascending places; no two can be joined */
    size_t n_nodes;
};

/* Moves the block that ends at m->next into the tree and begins an empty one. Errors: NOMEM. */
iv3_status gmet_tree_close_block(gmet_moments *m, iv3_error *err);

void gmet_tree_release(gmet_moments *m);

/* Sum `at` of all finished blocks, the largest first, and of `last`, that of the unfinished one. */
static inline double gmet_tree_total(const gmet_moments *m, size_t at, double last)
{
    if (m->n_nodes == 0)
        return last;
    double total = m->nodes[0].sums[at];
    for (size_t k = 1; k < m->n_nodes; k++)
        total += m->nodes[k].sums[at];
    return total + last;
}

#endif
