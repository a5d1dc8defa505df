/* V2 = 2 E h^2 / n^2 + 2 E h^2 / m^2 + E g^2 / n m of uncertainty_terms.c: means over pairs of rows, drawn before the
 * rows are passed over, so that each row is whitened once. */
#include "metrics/frechet/uncertainty_pairs.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"

/* NORMALS: rows of normal deviates that are drawn after the partners of as many. */
enum { PAIRS = GMET_FID_PAIRS, CROSS = 2, NORMALS = 256, ROWS = GMET_FLOAT_ROWS };
_Static_assert(PAIRS % NORMALS == 0, "whole pieces");

static size_t below(gmet_splitmix *rng, size_t n)
{
    size_t i = (size_t)(gmet_splitmix_unit(rng) * (double)n);
    return i < n ? i : n - 1;
}

/* --- which rows ---------------------------------------------------------------------------------------- */

static void draw_within(gmet_fid_pairs *p, size_t side)
{
    gmet_splitmix rng = {1 + side};
    size_t n = p->sets[side]->n;
    for (size_t i = 0; i < PAIRS; i++) {
        p->at[side][0][i] = below(&rng, n);
        p->at[side][1][i] = (p->at[side][0][i] + 1 + below(&rng, n - 1)) % n; /* another row */
    }
}

/* Rows of both sets; or, of one that has none, rows from a normal distribution. */
static feat_status draw_across(gmet_fid_pairs *p, feat_error *err)
{
    size_t with = p->sets[0]->rows != NULL ? 0 : 1, k = p->white->k, count;
    const gmet_fid_set *second = p->sets[1 - with];
    gmet_kept_rows *kept = &p->kept[1 - with];
    double *normals = NULL;
    gmet_splitmix rng = {1 + CROSS};
    if (second->rows == NULL) {
        if (feat_mul_size(NORMALS, k > 0 ? k : 1, &count))
            normals = feat_alloc_array(count, sizeof *normals);
        if (feat_mul_size(PAIRS, p->white->stride > 0 ? p->white->stride : 1, &count))
            kept->z = feat_alloc_array(count, sizeof *kept->z);
        kept->n = PAIRS;
        if (normals == NULL || kept->z == NULL) {
            feat_free(normals);
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for pairs of rows of %zu columns", k);
        }
    }
    for (size_t i = 0; i < PAIRS; i++) {
        p->at[CROSS][with][i] = below(&rng, p->sets[with]->n);
        p->at[CROSS][1 - with][i] = second->rows != NULL ? below(&rng, second->n) : i;
        if (second->rows == NULL && (i + 1) % NORMALS == 0) {
            (void)gmet_splitmix_normals(&rng, normals, NORMALS * k);
            float *to = kept->z + (i + 1 - NORMALS) * p->white->stride;
            for (size_t r = 0; r < NORMALS; r++, to += p->white->stride)
                for (size_t j = 0; j < k; j++)
                    to[j] = (float)normals[r * k + j];
        }
    }
    feat_free(normals);
    return FEAT_OK;
}

/* First place of kept->index that is not below row. */
static size_t place_of(const gmet_kept_rows *kept, size_t row)
{
    size_t low = 0, high = kept->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kept->index[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds row to the ascending index, unless it is there. */
static void insert(gmet_kept_rows *kept, size_t row)
{
    size_t at = place_of(kept, row);
    if (at < kept->n && kept->index[at] == row)
        return;
    memmove(kept->index + at + 1, kept->index + at, (kept->n - at) * sizeof *kept->index);
    kept->index[at] = row;
    kept->n++;
}

/* Makes room for the rows of a side, and its drawn numbers become places there. */
static feat_status make_room(gmet_fid_pairs *p, size_t side, bool across, feat_error *err)
{
    gmet_kept_rows *kept = &p->kept[side];
    size_t *drawn[3] = {p->at[side][0], p->at[side][1], across ? p->at[CROSS][side] : NULL}, count;
    kept->index = feat_alloc_array(3 * PAIRS, sizeof *kept->index);
    for (size_t d = 0; kept->index != NULL && d < 3 && drawn[d] != NULL; d++)
        for (size_t i = 0; i < PAIRS; i++)
            insert(kept, drawn[d][i]);
    if (feat_mul_size(kept->n, p->white->stride > 0 ? p->white->stride : 1, &count))
        kept->z = feat_alloc_array(count, sizeof *kept->z);
    if (kept->index == NULL || kept->z == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for pairs of rows of %zu columns", p->white->d);
    for (size_t d = 0; d < 3 && drawn[d] != NULL; d++)
        for (size_t i = 0; i < PAIRS; i++)
            drawn[d][i] = place_of(kept, drawn[d][i]);
    return FEAT_OK;
}

feat_status gmet_fid_pairs_draw(gmet_fid_pairs **out, const gmet_whitening *white, const gmet_pair_kernel *pair,
                                const gmet_fid_set *const sets[2], feat_error *err)
{
    *out = NULL;
    gmet_fid_pairs *p = feat_calloc(1, sizeof *p);
    if (p == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %d pairs of rows", (int)PAIRS);
    *p = (gmet_fid_pairs){.white = white, .pair = pair, .sets = {sets[0], sets[1]}};
    bool any = sets[0]->rows != NULL || sets[1]->rows != NULL, across = any && sets[0]->n > 0 && sets[1]->n > 0;
    feat_status status = across ? draw_across(p, err) : FEAT_OK;
    for (size_t i = 0; i < 2 && status == FEAT_OK; i++) {
        if (sets[i]->rows == NULL)
            continue;
        draw_within(p, i);
        status = make_room(p, i, across, err);
    }
    *out = p;
    if (status != FEAT_OK)
        gmet_fid_pairs_release(out);
    return status;
}

void gmet_fid_pairs_release(gmet_fid_pairs **p)
{
    for (size_t i = 0; *p != NULL && i < 2; i++) {
        feat_free((*p)->kept[i].index);
        feat_free((*p)->kept[i].z);
    }
    feat_free(*p);
    *p = NULL;
}

void gmet_fid_pairs_keep(const gmet_fid_pairs *p, size_t side, size_t first, size_t n, const float *z)
{
    const gmet_kept_rows *kept = &p->kept[side];
    size_t stride = p->white->stride;
    for (size_t at = place_of(kept, first); at < kept->n && kept->index[at] < first + n; at++)
        memcpy(kept->z + at * stride, z + (kept->index[at] - first) * stride, stride * sizeof *z);
}

/* --- their means --------------------------------------------------------------------------------------- */

typedef struct mean {
    gmet_fid_pairs *p;
    size_t which;
    size_t first, second; /* sides */
} mean;

/* c_x . c_y */
static double centred_product(const mean *m, size_t pair, size_t worker)
{
    const gmet_fid_pairs *p = m->p;
    size_t d = p->white->d, side[2] = {m->first, m->second};
    double *c = p->white->benches[worker].wide;
    for (size_t i = 0; i < 2; i++, c += d) {
        const gmet_fid_set *set = p->sets[side[i]];
        const float *row = gmet_fid_row(set, p->kept[side[i]].index[p->at[CROSS][side[i]][pair]]);
        for (size_t j = 0; j < d; j++)
            c[j] = (double)row[j] - set->mu[j];
        feat_mapped_done(row, d * sizeof *row); /* each row is somewhere else */
    }
    c = p->white->benches[worker].wide;
    return p->white->work->kernels->dot(c, c + d, d);
}

/* h (within a set), g (across), or k alone where one has no rows. */
static void pairs_task(void *ctx, size_t tile, size_t worker)
{
    const mean *m = ctx;
    gmet_fid_pairs *p = m->p;
    const gmet_whitening *white = p->white;
    size_t first = tile * ROWS, n = feat_min_size(PAIRS - first, ROWS);
    bool within = m->which != CROSS;
    for (size_t i = first; i < first + n; i++) {
        size_t at[2] = {p->at[m->which][within ? 0 : m->first][i], p->at[m->which][within ? 1 : m->second][i]};
        const float *a = p->kept[m->first].z + at[0] * white->stride;
        const float *b = p->kept[m->second].z + at[1] * white->stride;
        float *u = white->benches[worker].z + (i - first) * white->stride;
        for (size_t j = 0; j < white->k; j++)
            u[j] = a[j] * b[j];
        /* p_jj is s_j / 2 */
        double squares = gmet_white_product(white, a, a, worker) + gmet_white_product(white, b, b, worker);
        double rest = p->pair->trace - 0.5 * squares;
        p->value[i] = within ? gmet_white_product(white, a, b, worker) + 0.5 * rest : -rest;
        if (!within && p->sets[m->second]->rows != NULL)
            p->value[i] -= 2.0 * centred_product(m, i, worker);
    }
    double form[ROWS];
    gmet_white_forms(form, white, n, worker);
    for (size_t i = 0; i < n; i++)
        p->value[first + i] += within ? 0.5 * form[i] : -form[i];
}

static double mean_square(gmet_fid_pairs *p, size_t which, size_t first, size_t second)
{
    mean m = {.p = p, .which = which, .first = first, .second = second};
    double sum = 0.0;
    gmet_parallel_for(p->white->work->context, (PAIRS + ROWS - 1) / ROWS, pairs_task, &m);
    for (size_t i = 0; i < PAIRS; i++)
        sum = fma(p->value[i], p->value[i], sum);
    return sum / (double)PAIRS;
}

/* Rows whitened by their own sample are less alike than others, which makes the mean squares of pairs of a set too
 * small by up to k / n of themselves; those of normal rows, in closed form, are not, and are the least that is
 * taken. */
double gmet_fid_pairs_variance(gmet_fid_pairs *p)
{
    /* The mean square of k(z, z') of normal rows is twice `normal`. */
    double s2 = 0.0, normal = p->pair->square + p->pair->diagonal_square, sampled = 0.0, closed = 0.0;
    for (size_t j = 0; j < p->white->k; j++)
        s2 = fma(p->white->s[j], p->white->s[j], s2);
    for (size_t i = 0; i < 2; i++) {
        double per = p->sets[i]->n > 0 ? 1.0 / (double)p->sets[i]->n : 0.0, square = s2 + 0.5 * normal;
        closed += 2.0 * square * per * per;
        if (p->sets[i]->rows != NULL)
            square = mean_square(p, i, i, i);
        sampled += 2.0 * square * per * per;
    }
    if (p->sets[0]->n > 0 && p->sets[1]->n > 0) {
        double per = 1.0 / ((double)p->sets[0]->n * (double)p->sets[1]->n), square = fma(4.0, s2, 2.0 * normal);
        size_t with = p->sets[0]->rows != NULL ? 0 : 1;
        closed += square * per;
        if (p->sets[with]->rows != NULL)
            square = mean_square(p, CROSS, with, 1 - with) + (p->sets[1 - with]->rows == NULL ? 4.0 * s2 : 0.0);
        sampled += square * per;
    }
    return sampled > closed ? sampled : closed;
}
