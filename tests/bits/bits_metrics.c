/* Every metric on features of tests/data/judge: narrow as stored, and wide ones made from them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "tests/bits/bits.h"

enum { STORED_ROWS = 1500, STORED_COLUMNS = 16, NPY_HEAD = 128 };
enum { N_REAL = 260, N_GEN = 230, WIDE = 130, D = 16, CLASSES = 16, FEW = 90 };

double *bits_stored(const char *path, size_t n)
{
    feat_error err = {FEAT_ERR_IO, "cannot be read as it is expected: run this from the top of the repository"};
    double *values = bits_memory(n, sizeof *values);
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, NPY_HEAD, SEEK_SET) != 0 || fread(values, sizeof *values, n, f) != n)
        bits_must(FEAT_ERR_IO, &err, path);
    fclose(f);
    return values;
}

float *bits_rows(size_t n, size_t d, size_t first)
{
    double *stored = bits_stored("tests/data/judge/feat.npy", (size_t)STORED_ROWS * STORED_COLUMNS);
    float *rows = bits_memory(n * d, sizeof *rows);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++) {
            size_t row = (first + i + j / STORED_COLUMNS * 97) % STORED_ROWS;
            rows[i * d + j] = (float)(stored[row * STORED_COLUMNS + (i + j) % STORED_COLUMNS] + 0.25 * (double)(j % 3));
        }
    feat_free(stored);
    return rows;
}

/* The two sets, wide and narrow. */
typedef struct sets {
    float *real, *gen, *real16, *gen16;
    gmet_set wide_real, wide_gen, narrow_real, narrow_gen; /* the same */
    feat_pool *pool;
    gmet_context context;
    feat_error err;
} sets;

#define SET(x, n_rows, width) (&(const gmet_set){.rows = (x), .n = (n_rows), .d = (width)})
#define MUST(call, what) bits_must(call, &s->err, what)

/* --- mean, covariance, eigenvalues, FID ----------------------------------------------------------------- */

static void linear_algebra(sets *s)
{
    gmet_moments *m[2] = {NULL, NULL};
    const float *rows[2] = {s->real, s->gen};
    const size_t n[2] = {N_REAL, N_GEN};
    double mu[2][WIDE], *sigma[2], values[WIDE], trace;
    double *vectors = bits_memory((size_t)WIDE * WIDE, sizeof *vectors);
    gmet_fid_result fid;
    gmet_geometry geometry;
    for (size_t i = 0; i < 2; i++) {
        sigma[i] = bits_memory((size_t)WIDE * WIDE, sizeof(double));
        MUST(gmet_moments_create(&m[i], WIDE, &s->context, &s->err), "moments");
        MUST(gmet_moments_add(m[i], rows[i], n[i], WIDE, &s->err), "moments");
        MUST(gmet_moments_get(m[i], mu[i], sigma[i], 1, &s->err), "moments");
    }
    bits_doubles("moments.mean", mu[0], WIDE);
    bits_doubles("moments.covariance", sigma[0], (size_t)WIDE * WIDE);
    MUST(gmet_eigsym(values, vectors, sigma[0], WIDE, &s->context, &s->err), "eigsym");
    bits_doubles("eigsym.values", values, WIDE);
    bits_doubles("eigsym.vectors", vectors, (size_t)WIDE * WIDE);
    MUST(gmet_sqrtm(vectors, sigma[1], WIDE, &s->context, &s->err), "sqrtm");
    bits_doubles("sqrtm", vectors, (size_t)WIDE * WIDE);
    MUST(gmet_trace_sqrt_product(&trace, sigma[0], sigma[1], WIDE, &s->context, &s->err), "trace");
    bits_doubles("trace_sqrt_product", &trace, 1);
    MUST(gmet_fid_from_moments(&fid, m[0], m[1], &s->context, &s->err), "fid");
    bits_doubles("fid", (double[]){fid.value, fid.mean_term, fid.trace_term}, 3);
    MUST(gmet_geometry_of(&geometry, sigma[0], WIDE, &s->context, &s->err), "geometry");
    bits_doubles("geometry",
                 (double[]){geometry.trace, geometry.effective_rank, geometry.covariance_effective_rank,
                            (double)geometry.rank}, 4);
    for (size_t i = 0; i < 2; i++) {
        gmet_moments_close(&m[i]);
        feat_free(sigma[i]);
    }
    feat_free(vectors);
}

/* Rows enough for the tree of sums to have several levels; cut into two calls. */
static void long_sums(sets *s)
{
    enum { LONG = 7000, CUT = 2500 };
    gmet_moments *m = NULL;
    float *rows = bits_rows(LONG, D, 0);
    double sigma[D * D];
    MUST(gmet_moments_create(&m, D, &s->context, &s->err), "moments");
    MUST(gmet_moments_add(m, rows, CUT, D, &s->err), "moments");
    MUST(gmet_moments_add(m, rows + (size_t)CUT * D, LONG - CUT, D, &s->err), "moments");
    MUST(gmet_moments_get(m, NULL, sigma, 0, &s->err), "moments");
    bits_doubles("moments.long", sigma, sizeof sigma / sizeof sigma[0]);
    gmet_moments_close(&m);
    feat_free(rows);
}

static void uncertainty(sets *s)
{
    const gmet_fid_side real = {.rows = s->real, .n = N_REAL}, gen = {.rows = s->gen, .n = N_GEN};
    double of_real[N_REAL], of_gen[N_GEN];
    gmet_fid_uncertainty_result u;
    gmet_jackknife_value j[2];
    MUST(gmet_fid_uncertainty(&u, of_real, of_gen, &real, &gen, WIDE, &s->context, &s->err), "fid_uncertainty");
    bits_doubles("fid_uncertainty",
                 (double[]){u.raw.value, u.corrected, u.bias_real, u.bias_gen, u.standard_error, u.error_real,
                            u.error_gen, (double)u.rank_real, (double)u.rank_gen, u.corrected_error,
                            u.bias_left, u.bias_second}, 12);
    bits_doubles("fid_uncertainty.real", of_real, N_REAL);
    bits_doubles("fid_uncertainty.gen", of_gen, N_GEN);
    MUST(gmet_fid_jackknife(&j[0], 5, &s->narrow_real, &s->narrow_gen, &s->context, &s->err), "fid_jackknife");
    MUST(gmet_is_jackknife(&j[1], 5, NULL, SET(s->gen16, N_GEN, CLASSES), &s->context, &s->err), "is_jackknife");
    static const char *const names[] = {"jackknife.fid", "jackknife.is"};
    for (size_t i = 0; i < 2; i++)
        bits_doubles(names[i], (double[]){j[i].value, j[i].corrected, j[i].standard_error}, 3);
}

/* --- Inception Score, neighbours, KID --------------------------------------------------------------------- */

static void inception_score(sets *s)
{
    gmet_is_options options;
    gmet_is_result r;
    gmet_is_options_init(&options, sizeof options);
    options.stride = D;
    MUST(gmet_inception_score(&r, &options, SET(s->gen16, N_GEN, CLASSES), &s->context, &s->err), "inception_score");
    bits_doubles("inception_score", (double[]){r.mean, r.std}, 2);
    options.split = GMET_SPLIT_CHUNK;
    options.ddof = 1;
    MUST(gmet_inception_score(&r, &options, SET(s->gen16, N_GEN, CLASSES), &s->context, &s->err), "inception_score");
    bits_doubles("inception_score.chunk", (double[]){r.mean, r.std}, 2);
    options.split = GMET_SPLIT_BLOCK;
    options.block_size = 50;
    options.stride = 0;
    MUST(gmet_inception_score(&r, &options, &s->wide_gen, &s->context, &s->err), "inception_score");
    bits_doubles("inception_score.block", (double[]){r.mean, r.std}, 2);
}

static void kid(sets *s)
{
    gmet_kid_options options;
    gmet_kid_result r;
    gmet_kid_full_result full;
    char name[64];
    gmet_kid_options_init(&options, sizeof options);
    options.n_subsets = 10;
    options.subset_size = 100;
    for (int kernel = GMET_KERNEL_POLYNOMIAL; kernel <= GMET_KERNEL_RBF; kernel++) {
        const char *kind = kernel == GMET_KERNEL_RBF ? "rbf" : "polynomial";
        options.kernel = (gmet_kernel)kernel;
        MUST(gmet_kid(&r, &options, &s->wide_gen, &s->wide_real, &s->context, &s->err), "kid");
        snprintf(name, sizeof name, "kid.%s", kind);
        bits_doubles(name, (double[]){r.mean, r.std}, 2);
        MUST(gmet_kid_full(&full, &options, &s->wide_gen, &s->wide_real, &s->context, &s->err), "kid_full");
        snprintf(name, sizeof name, "kid_full.%s", kind);
        bits_doubles(name, (double[]){full.value, full.variance, full.standard_error}, 3);
    }
}

static void cmmd(sets *s)
{
    gmet_cmmd_options options;
    gmet_cmmd_result r;
    gmet_cmmd_options_init(&options, sizeof options);
    MUST(gmet_cmmd(&r, &options, &s->wide_gen, &s->wide_real, &s->context, &s->err), "cmmd");
    bits_doubles("cmmd", (double[]){r.value, r.unbiased, r.standard_error}, 3);
    options.normalise = 0;
    options.sigma = 0.4; /* some pairs by the series, others by exp */
    MUST(gmet_cmmd(&r, &options, &s->wide_gen, &s->wide_real, &s->context, &s->err), "cmmd");
    bits_doubles("cmmd.as_is", (double[]){r.value, r.unbiased, r.standard_error}, 3);
}

static void sampling_error(const char *name, const gmet_sampling_error *e)
{
    bits_doubles(name, (double[]){e->standard_error, e->low, e->high, e->limit}, 4);
}

static void neighbour_errors(sets *s)
{
    gmet_pr_result pr;
    gmet_prdc_result prdc;
    static uint32_t n_balls[N_GEN];
    gmet_prdc_images images = {.n_balls = n_balls};
    double percent = 0.0;
    gmet_sampling_error e[6];
    MUST(gmet_precision_recall(&pr, NULL, &s->wide_real, &s->wide_gen, &s->context, &s->err), "pr");
    MUST(gmet_pr_error(e, &pr, NULL, &s->wide_real, &s->wide_gen, &s->context, &s->err), "pr_error");
    MUST(gmet_prdc(&prdc, &images, NULL, &s->wide_real, &s->wide_gen, &s->context, &s->err), "prdc");
    MUST(gmet_prdc_error(&e[3], &e[4], &prdc, n_balls, NULL, &s->wide_real, &s->wide_gen, &s->context, &s->err),
         "prdc_error");
    MUST(gmet_authpct(&percent, NULL, &s->wide_real, &s->wide_gen, &s->context, &s->err), "authpct");
    MUST(gmet_authpct_error(&e[5], percent, &s->wide_real, &s->wide_gen, &s->context, &s->err), "authpct_error");
    static const char *const names[] = {"error.precision", "error.recall",   "error.f_score",
                                        "error.density",   "error.coverage", "error.authpct"};
    for (size_t i = 0; i < 6; i++)
        sampling_error(names[i], &e[i]);
}

static void neighbours(sets *s)
{
    gmet_pr_result pr;
    gmet_prdc_result prdc;
    static double radius[N_REAL], of_image[N_GEN][4];
    gmet_prdc_images images = {NULL, NULL, radius};
    static gmet_image_score scores[N_GEN];
    gmet_image_options options;
    MUST(gmet_precision_recall(&pr, NULL, &s->wide_real, &s->wide_gen, &s->context, &s->err), "pr");
    bits_doubles("precision_recall", (double[]){pr.precision, pr.recall, pr.f_score}, 3);
    MUST(gmet_prdc(&prdc, &images, NULL, &s->wide_real, &s->wide_gen, &s->context, &s->err), "prdc");
    bits_doubles("prdc", (double[]){prdc.precision, prdc.recall, prdc.density, prdc.coverage}, 4);
    bits_doubles("prdc.radius", radius, N_REAL);
    gmet_image_options_init(&options, sizeof options);
    for (int kind = GMET_REALISM_PAPER; kind <= GMET_REALISM_DGM_EVAL; kind++) {
        static const char *const names[] = {"images.paper", "images.kynkaat", "images.dgm_eval"};
        options.realism = (gmet_realism)kind;
        MUST(gmet_image_scores(scores, &options, &s->narrow_real, &s->narrow_gen, &s->context, &s->err), "images");
        for (size_t i = 0; i < N_GEN; i++) {
            of_image[i][0] = scores[i].realism;
            of_image[i][1] = scores[i].rarity;
            of_image[i][2] = scores[i].distance;
            of_image[i][3] = (double)scores[i].nearest + 0.5 * (double)scores[i].inside;
        }
        bits_doubles(names[kind], of_image[0], (size_t)N_GEN * 4);
    }
}

/* --- the rest -------------------------------------------------------------------------------------------------- */

static void infinity(sets *s)
{
    const gmet_fid_side real = {.rows = s->real16, .n = N_REAL};
    gmet_infinity_options options;
    gmet_infinity_result r;
    gmet_infinity_options_init(&options, sizeof options);
    options.min_size = 60;
    options.n_points = 5;
    MUST(gmet_fid_infinity(&r, NULL, &options, &real, &s->narrow_gen, &s->context, &s->err), "fid_infinity");
    bits_doubles("fid_infinity", (double[]){r.value, r.slope, r.fit_residual}, 3);
    MUST(gmet_is_infinity(&r, NULL, &options, SET(s->gen16, N_GEN, CLASSES), &s->context, &s->err), "is_infinity");
    bits_doubles("is_infinity", (double[]){r.value, r.slope, r.fit_residual}, 3);
}

static void memorisation(sets *s)
{
    gmet_mifid_options mifid_options;
    gmet_mifid_result mifid;
    gmet_ct_options ct_options;
    gmet_ct_result ct;
    double percent, z[GMET_CT_MAX_CELLS + 1];
    unsigned char authentic[N_GEN];
    gmet_mifid_options_init(&mifid_options, sizeof mifid_options);
    for (int direction = GMET_GEN_TO_REAL; direction <= GMET_REAL_TO_GEN; direction++) {
        mifid_options.direction = (gmet_direction)direction;
        MUST(gmet_mifid(&mifid, 12.5, &mifid_options, &s->wide_real, &s->wide_gen, &s->context, &s->err), "mifid");
        bits_doubles(direction == GMET_GEN_TO_REAL ? "mifid.gen_to_real" : "mifid.real_to_gen",
                     (double[]){mifid.value, mifid.distance, mifid.penalty}, 3);
    }
    MUST(gmet_authpct(&percent, authentic, &s->narrow_real, &s->narrow_gen, &s->context, &s->err), "authpct");
    bits_doubles("authpct", &percent, 1);
    bits_take("authpct.images", authentic, sizeof authentic);
    gmet_ct_options_init(&ct_options, sizeof ct_options);
    ct_options.max_dim = 8;
    ct_options.min_count = 5;
    const gmet_set train = {.rows = s->real16, .n = N_REAL - FEW, .d = D},
                   test = {.rows = s->real16 + (size_t)(N_REAL - FEW) * D, .n = FEW, .d = D};
    MUST(gmet_ct(&ct, &ct_options, &train, &test, &s->narrow_gen, &s->context, &s->err), "ct");
    z[0] = ct.value;
    for (size_t i = 0; i < ct.n_cells; i++)
        z[i + 1] = ct.cells[i].z;
    bits_doubles("ct", z, ct.n_cells + 1);
}

static void diversity(sets *s)
{
    static const double orders[] = {0.0, 0.5, 1.0, 2.0, (double)INFINITY};
    double vendi[2][5];
    gmet_prd_options prd_options;
    gmet_prd_result prd;
    gmet_mind_options mind_options;
    gmet_mind_result mind;
    for (size_t i = 0; i < 5; i++) {
        MUST(gmet_vendi(&vendi[0][i], orders[i], &s->narrow_gen, &s->context, &s->err), "vendi");
        MUST(gmet_vendi(&vendi[1][i], orders[i], SET(s->gen, FEW, WIDE), &s->context, &s->err), "vendi");
    }
    bits_doubles("vendi", vendi[0], 10);
    gmet_prd_options_init(&prd_options, sizeof prd_options);
    prd_options.n_runs = 3;
    prd_options.n_angles = 101;
    prd_options.equal_sizes = 0;
    double curve[2][101];
    MUST(gmet_prd_curve(&prd, curve[0], curve[1], &prd_options, &s->narrow_real, &s->narrow_gen, &s->context, &s->err),
         "prd");
    bits_doubles("prd", (double[]){prd.f_8, prd.f_one_eighth}, 2);
    bits_doubles("prd.curve", curve[0], 202);
    gmet_mind_options_init(&mind_options, sizeof mind_options);
    mind_options.n_directions = 100;
    for (mind_options.subsample = 0; mind_options.subsample < 2; mind_options.subsample++) {
        MUST(gmet_mind(&mind, &mind_options, &s->wide_real, &s->wide_gen, &s->context, &s->err), "mind");
        bits_doubles(mind_options.subsample ? "mind.subsample" : "mind",
                     (double[]){mind.value, mind.directions_error}, 2);
    }
}

static void per_class(sets *s)
{
    enum { N_CLASSES = 3 };
    uint32_t label[N_REAL];
    gmet_class_score classes[N_CLASSES];
    gmet_class_mean mean;
    double values[N_CLASSES][5];
    for (uint32_t i = 0; i < N_REAL; i++)
        label[i] = i % N_CLASSES;
    const gmet_class_set real = {*&s->narrow_real, label}, gen = {*&s->narrow_gen, label};
    MUST(gmet_per_class(classes, &mean, N_CLASSES, NULL, &real, &gen, SET(s->gen16, N_GEN, CLASSES), &s->context,
                        &s->err), "per_class");
    for (size_t i = 0; i < N_CLASSES; i++) {
        const gmet_class_score *c = &classes[i];
        memcpy(values[i], (double[]){c->fid, c->is_mean, c->is_std, c->precision, c->recall}, sizeof values[i]);
    }
    bits_doubles("per_class", values[0], (size_t)N_CLASSES * 5);
    bits_doubles("per_class.mean", (double[]){mean.fid, mean.is_mean, mean.precision, mean.recall}, 4);
}

void bits_of_metrics(feat_pool *pool)
{
    sets s = {.real = bits_rows(N_REAL, WIDE, 0),
              .gen = bits_rows(N_GEN, WIDE, 700),
              .real16 = bits_rows(N_REAL, D, 0),
              .gen16 = bits_rows(N_GEN, D, 700),
              .pool = pool,
              .context = {.pool = pool}};
    s.wide_real = (gmet_set){.rows = s.real, .n = N_REAL, .d = WIDE};
    s.wide_gen = (gmet_set){.rows = s.gen, .n = N_GEN, .d = WIDE};
    s.narrow_real = (gmet_set){.rows = s.real16, .n = N_REAL, .d = D};
    s.narrow_gen = (gmet_set){.rows = s.gen16, .n = N_GEN, .d = D};
    linear_algebra(&s);
    long_sums(&s);
    uncertainty(&s);
    inception_score(&s);
    kid(&s);
    cmmd(&s);
    neighbours(&s);
    neighbour_errors(&s);
    infinity(&s);
    memorisation(&s);
    diversity(&s);
    per_class(&s);
    feat_free(s.real);
    feat_free(s.gen);
    feat_free(s.real16);
    feat_free(s.gen16);
}
