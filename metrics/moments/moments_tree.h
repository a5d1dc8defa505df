/* Private to moments_*.c: what moments are made of, and the tree of finished blocks. */
#ifndef BONAFIDE_METRICS_MOMENTS_MOMENTS_TREE_H
#define BONAFIDE_METRICS_MOMENTS_MOMENTS_TREE_H

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/base/context.h"
#include "metrics/moments/moments.h"

enum { GMET_MOMENTS_CHUNK = 256, GMET_MAX_NODES = 64 };

/* The sums over an aligned run of whole blocks. */
typedef struct gmet_node {
    size_t first, span; /* places; span is a power of two of blocks, first a multiple of it */
    size_t n;           /* rows */
    double *sums;       /* as those of gmet_moments_part */
} gmet_node;

struct gmet_moments {
    size_t d, n_sums;
    size_t n;    /* rows taken, those in the buffer included */
    size_t next; /* the place of the next row */
    gmet_context context; /* a copy: the caller's may be gone when rows are added */
    const feat_dmat_kernels *kernels;
    float *buffer; /* [CHUNK][d]: rows of the unfinished chunk */
    size_t n_buffered;
    double *block; /* [n_sums] finished chunks of the unfinished block; its centre also before there is one */
    size_t n_block;  /* rows in it */
    double **spare;  /* [1]: NULL, or sums [n_sums] that a join has left, for a block to come */
    double *pack;    /* one chunk in panel format */
    double *partial; /* [d]: column sums of the packed chunk; scratch between chunks */
    gmet_node nodes[GMET_MAX_NODES]; /* ascending places; no two can be joined */
    size_t n_nodes;
};

/* Moves the block that ends at m->next into the tree and begins an empty one. Errors: NOMEM. */
feat_status gmet_tree_close_span(gmet_moments *m, size_t span, feat_error *err);

/* Sums (NULL: none) become the spare ones; those before are freed. */
void gmet_tree_keep(const gmet_moments *m, double *sums);

void gmet_tree_release(gmet_moments *m);

/* Whether a part can be the next of m, and whether its sums can be those of one. Errors: those of
 * gmet_moments_add_part. */
feat_status gmet_tree_check_part(const gmet_moments *m, const gmet_moments_part *part, feat_error *err);
feat_status gmet_tree_check_sums(const gmet_moments *m, const gmet_moments_part *part, feat_error *err);
/* Takes a part that was checked; its sums become the tree's. */
void gmet_tree_take(gmet_moments *m, const gmet_moments_part *part, double *sums);

/* Where row i of the packed triangle in `sums` would have its column 0. */
static inline size_t gmet_tree_row(size_t i, size_t d)
{
    return 2 * d + i * d - (i * i + i) / 2;
}

/* What the finished blocks, the largest first, and then the unfinished one come to. */
typedef struct gmet_total {
    double *sums;  /* [2][d]: centre, sums about it */
    double *apart; /* [n_nodes][d]: how far the mean of what is added is from that of what is there */
    double weight[GMET_MAX_NODES]; /* [n_nodes]: of the products of that */
} gmet_total;

/* partial [d]: sums of the chunk that `block` still lacks, n rows. Errors: NOMEM. */
feat_status gmet_tree_total(gmet_total *out, const gmet_moments *m, const double *partial, size_t n,
                            feat_error *err);
void gmet_total_release(gmet_total *total);

#endif
