/* Precision, recall, density and coverage in one scan over the pairs of the two sets. Counts are integers, so
 * the order in which threads add them does not matter. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/more_internal.h"

void gmet_prdc_options_default(gmet_prdc_options *options)
{
    *options = (gmet_prdc_options){.k = 5, .strict = 1, .recall = 1};
}

typedef struct counting {
    int strict;
    double *real_radius, *gen_radius;  /* squared; gen_radius NULL when recall is left out */
    _Atomic uint32_t *n_balls;         /* [n_gen] */
    unsigned char *covered, *recalled; /* [n_real] */
} counting;

static bool inside(const counting *c, double distance, double radius)
{
    return c->strict ? distance < radius : distance <= radius;
}

/* Rows are real, columns generated. */
static void count_block(void *ctx, const gmet_pair_block *b)
{
    const counting *c = ctx;
    for (size_t r = 0; r < b->n_rows; r++) {
        size_t i = b->i0 + r;
        const double *value = b->value + r * GMET_PAIR_COLUMNS;
        for (size_t s = 0; s < b->n_columns; s++) {
            size_t j = b->j0 + s;
            if (inside(c, value[s], c->real_radius[i])) {
                (void)atomic_fetch_add_explicit(&c->n_balls[j], 1, memory_order_relaxed);
                c->covered[i] = 1;
            }
            if (c->gen_radius != NULL && inside(c, value[s], c->gen_radius[j]))
                c->recalled[i] = 1;
        }
    }
}

static double share(const unsigned char *flag, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += flag[i];
    return (double)count / (double)n;
}

static void report(gmet_prdc_result *out, const gmet_prdc_images *images, const counting *c, size_t n_real,
                   size_t n_gen, size_t k)
{
    uint64_t n_inside = 0, n_pairs = 0;
    for (size_t j = 0; j < n_gen; j++) {
        uint32_t n = atomic_load_explicit(&c->n_balls[j], memory_order_relaxed);
        n_inside += n > 0;
        n_pairs += n;
        if (images != NULL && images->n_balls != NULL)
            images->n_balls[j] = n;
    }
    for (size_t i = 0; images != NULL && images->radius != NULL && i < n_real; i++)
        images->radius[i] = sqrt(c->real_radius[i]);
    if (images != NULL && images->covered != NULL)
        memcpy(images->covered, c->covered, n_real);
    out->precision = (double)n_inside / (double)n_gen;
    out->recall = share(c->recalled, n_real);
    out->density = (double)n_pairs / ((double)k * (double)n_gen);
    out->coverage = share(c->covered, n_real);
}

static iv3_status check(const float *real, size_t n_real, const float *gen, size_t n_gen, size_t d,
                        const gmet_prdc_options *o, iv3_error *err)
{
    if (o->k == 0)
        return iv3_fail(err, IV3_ERR_ARG, "density and coverage: k >= 1 expected, 0 found");
    if (n_real <= o->k || (o->recall && n_gen <= o->k))
        return iv3_fail(err, IV3_ERR_NUMERIC,
                        "density and coverage: k = %zu needs at least %zu %s rows, %zu found", o->k, o->k + 1,
                        n_real <= o->k ? "real" : "generated", n_real <= o->k ? n_real : n_gen);
    iv3_status status = gmet_check_set("density and coverage", "real", real, n_real, d, 1, err);
    if (status == IV3_OK)
        status = gmet_check_set("density and coverage", "generated", gen, n_gen, d, 1, err);
    return status;
}

iv3_status gmet_prdc_with(gmet_prdc_result *out, const gmet_prdc_images *images, const float *real,
                          size_t n_real, const float *gen, size_t n_gen, size_t d,
                          const gmet_prdc_options *options, const iv3_dmat_kernels *kernels, iv3_pool *pool,
                          iv3_error *err)
{
    gmet_prdc_options o;
    gmet_prdc_options_default(&o);
    if (options != NULL)
        o = *options;
    iv3_status status = check(real, n_real, gen, n_gen, d, &o, err);
    if (status != IV3_OK)
        return status;
    gmet_rows x = {.f = real, .n = n_real}, y = {.f = gen, .n = n_gen};
    gmet_pairs pairs;
    counting c = {.strict = o.strict};
    status = gmet_pairs_create(&pairs, d, kernels, pool, err);
    if (status != IV3_OK)
        return status;
    c.real_radius = iv3_alloc_array(n_real, sizeof *c.real_radius);
    c.n_balls = iv3_alloc_array(n_gen, sizeof *c.n_balls);
    c.covered = iv3_calloc(n_real, 1);
    c.recalled = iv3_calloc(n_real, 1);
    if (o.recall)
        c.gen_radius = iv3_alloc_array(n_gen, sizeof *c.gen_radius);
    if (c.real_radius == NULL || c.n_balls == NULL || c.covered == NULL || c.recalled == NULL ||
        (o.recall && c.gen_radius == NULL)) {
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for density and coverage of %zu and %zu rows",
                          n_real, n_gen);
        goto done;
    }
    for (size_t j = 0; j < n_gen; j++)
        atomic_init(&c.n_balls[j], 0);
    status = gmet_radii(c.real_radius, &pairs, &x, o.k, err);
    if (status == IV3_OK && o.recall)
        status = gmet_radii(c.gen_radius, &pairs, &y, o.k, err);
    if (status != IV3_OK)
        goto done;
    gmet_pair_scan scan = {.rows = &x, .columns = &y, .ctx = &c, .block = count_block};
    gmet_pairs_scan(&pairs, &scan);
    report(out, images, &c, n_real, n_gen, o.k);
done:
    iv3_free(c.gen_radius);
    iv3_free(c.recalled);
    iv3_free(c.covered);
    iv3_free(c.n_balls);
    iv3_free(c.real_radius);
    gmet_pairs_release(&pairs);
    return status;
}

iv3_status gmet_prdc(gmet_prdc_result *out, const gmet_prdc_images *images, const float *real, size_t n_real,
                     const float *gen, size_t n_gen, size_t d, const gmet_prdc_options *options,
                     iv3_pool *pool, iv3_error *err)
{
    return gmet_prdc_with(out, images, real, n_real, gen, n_gen, d, options, NULL, pool, err);
}
