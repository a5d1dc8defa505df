/* What the tests of the judge share: the stored set of tests/data/judge, and sets drawn from a known model. */
#ifndef BONAFIDE_TESTS_METRICS_JUDGE_JUDGE_FIXTURE_H
#define BONAFIDE_TESTS_METRICS_JUDGE_JUDGE_FIXTURE_H

#include "metrics/judge/gjudge.h"

/* Real rows r of d columns; generated rows r + t u_g, with t exponential of a mean that grows with g and u_g
 * the unit direction of generator g's artefact; a person says "real" with logit 1.2 - t / 2. rho is the
 * squared cosine between directions of different generators: 1 when all share one. */
typedef struct judge_plan {
    size_t n_ref, n_real, n_gen, n_groups, d; /* n_gen for each of n_groups generators */
    uint32_t labels;                          /* per image */
    double rho;
    int null; /* labels depend on nothing */
    uint64_t seed;
} judge_plan;

typedef struct judge_world {
    size_t n, d, n_ref;
    double *ref, *feat, *true_p; /* [n_ref][d], [n][d], [n] */
    uint32_t *numbers;           /* [n][4]: labels, real, group, block; group 0 is real */
    signed char *truth;
    gmet_judge_vote *vote;  /* the array of votes */
    gmet_judge_votes votes; /* of a set drawn from a model: n * labels, 40 raters */
    gmet_judge_set set;
} judge_world;

/* Sizes of the stored set. */
judge_plan judge_plan_default(double rho, uint64_t seed);
judge_world judge_make(const judge_plan *plan);
/* A set of two generators, n_gen images each and as many real ones. */
judge_world judge_small_world(size_t n_ref, size_t n_gen, size_t d, uint64_t seed);
/* The stored set, read with the product's readers. */
judge_world judge_load(void);
void judge_free(judge_world *world);

double *judge_array(const char *name, size_t n); /* tests/data/judge/NAME.npy */

/* Statistics [n][*p] of the world's images. */
double *judge_statistics(const judge_world *world, uint32_t blocks, size_t components, size_t *p);

/* Returns the memory, and fails the test where there is none. */
void *judge_need(void *memory);
gmet_judge_rows judge_rows(const double *x, size_t n, size_t d);
/* The default options, for a model of that kind. */
gmet_judge_fit_options judge_fit_options(gmet_judge_kind kind);

/* Cross-validated predictions; release them with judge_cv_free. */
gmet_judge_cv_result judge_validate(const judge_world *world, const double *x, size_t p,
                                    const gmet_judge_fit_options *fit, const gmet_judge_cv_options *cv);
void judge_cv_free(gmet_judge_cv_result *cv);

#endif
