/* Human judgement on the stored features and on labels drawn from their probabilities. */
#include <stdio.h>

#include "engine/base/alloc.h"
#include "metrics/judge/gjudge.h"
#include "tests/bits/bits.h"

enum { N_ALL = 1500, N = 300, N_REF = 200, D = 16, GROUPS = 5, RESAMPLES = 100 };

static const char FEATURES[] = "tests/data/judge/feat.npy", REFERENCE[] = "tests/data/judge/ref.npy",
                  TRUE_P[] = "tests/data/judge/true_p.npy";

/* Every fifth of the stored images, so that each group is there; five labels each by a linear congruence. */
typedef struct sample {
    double *x; /* [N][D] */
    uint32_t n_labels[N], k_real[N], group[N], block[N];
    signed char truth[N];
    gmet_judge_set set;
    gmet_judge_vote vote[5 * N];
    gmet_judge_votes votes;
} sample;

static void make_sample(sample *s)
{
    double *all = bits_stored(FEATURES, (size_t)N_ALL * D), *p = bits_stored(TRUE_P, N_ALL);
    uint32_t state = 99;
    s->x = bits_memory((size_t)N * D, sizeof *s->x);
    for (size_t i = 0; i < N; i++) {
        size_t row = i * (N_ALL / N);
        for (size_t j = 0; j < D; j++)
            s->x[i * D + j] = all[row * D + j];
        s->group[i] = (uint32_t)(row / (N_ALL / GROUPS));
        s->truth[i] = s->group[i] == 0;
        s->block[i] = (uint32_t)i / 2;
        s->n_labels[i] = 5;
        s->k_real[i] = 0;
        for (uint32_t v = 0; v < 5; v++) {
            state = state * 1664525u + 1013904223u;
            unsigned char label = (double)(state >> 8) * 0x1p-24 < p[row];
            s->vote[5 * i + v] = (gmet_judge_vote){(uint32_t)i, (uint32_t)(i + 3 * v) % 20, label};
            s->k_real[i] += label;
        }
    }
    s->set = (gmet_judge_set){N, s->n_labels, s->k_real, s->group, GROUPS, s->truth, s->block, N / 2};
    s->votes = (gmet_judge_votes){s->vote, 5 * N, N, 20};
    feat_free(all);
    feat_free(p);
}

static void agreement(sample *s, const gmet_context *context)
{
    gmet_judge_agreement a;
    gmet_judge_interval i, l;
    gmet_judge_hype hype[GROUPS + 1];
    const gmet_judge_boot_options boot = {sizeof boot, RESAMPLES, 2020};
    double kappa, values[3 * (GROUPS + 1)];
    size_t pairs;
    feat_error err;
    gmet_judge_agree(&a, &s->set, NULL);
    bits_doubles("judge.agree",
                 (double[]){a.pair_image, a.pair_label, a.pair_pooled, a.p_real, a.fleiss, a.alpha, a.loo_majority,
                            a.loo_majority_notie, a.loo_notie_share, a.own_majority, a.ceiling}, 11);
    bits_must(gmet_judge_cohen(&kappa, &pairs, &s->votes, 2, &err), &err, "judge.cohen");
    bits_doubles("judge.cohen", &kappa, 1);
    bits_must(gmet_judge_agree_interval(&i, &l, &s->set, &boot, context, &err), &err, "judge.interval");
    bits_doubles("judge.interval", (double[]){i.value, i.low, i.high, l.value, l.low, l.high}, 6);
    bits_must(gmet_judge_hype_table(hype, &s->set, &s->votes, &boot, context, &err), &err, "judge.hype");
    for (size_t g = 0; g <= GROUPS; g++) {
        values[3 * g] = hype[g].all.value;
        values[3 * g + 1] = hype[g].all.low;
        values[3 * g + 2] = hype[g].all.high;
    }
    bits_doubles("judge.hype", values, sizeof values / sizeof values[0]);
    gmet_judge_ceiling ceiling;
    bits_must(gmet_judge_noise_ceiling(&ceiling, &s->set, &s->votes, NULL, &boot, context, &err), &err,
              "judge.ceiling");
    bits_doubles("judge.ceiling", (double[]){ceiling.r.value, ceiling.r.low, ceiling.r.high}, 3);
}

/* All blocks that need no logits. The statistics, the first ten columns, come back in `x` [N][*p]. */
static double *activation_statistics(const sample *s, const gmet_context *context, size_t *p)
{
    double *ref_rows = bits_stored(REFERENCE, (size_t)N_REF * D);
    const gmet_judge_rows ref = {NULL, ref_rows, N_REF, D}, rows = {NULL, s->x, N, D};
    gmet_judge_ref *reference = NULL;
    gmet_judge_ref_options options;
    feat_error err;
    gmet_judge_ref_options_init(&options, sizeof options);
    options.blocks = GMET_JUDGE_ALL_BLOCKS & ~(uint32_t)GMET_JUDGE_LOGITS;
    options.components = 6;
    options.mixture = 2;
    bits_must(gmet_judge_ref_create(&reference, &ref, NULL, &options, context, &err), &err, "judge.reference");
    *p = gmet_judge_n_features(reference);
    double *x = bits_memory(N * *p, sizeof *x);
    bits_must(gmet_judge_features(x, NULL, reference, &rows, NULL, context, &err), &err, "judge.features");
    bits_doubles("judge.features", x, N * *p);
    gmet_judge_ref_close(&reference);
    feat_free(ref_rows);
    return x;
}

/* A model against the constant of its folds. */
static void rivals(const gmet_judge_cv_result *model, const gmet_judge_set *set, const gmet_context *context)
{
    gmet_judge_cv_result constant = *model;
    gmet_judge_rivals r;
    const gmet_judge_boot_options boot = {sizeof boot, RESAMPLES, 2020};
    feat_error err;
    constant.p = model->p_const;
    bits_must(gmet_judge_compare_models(&r, (const gmet_judge_cv_result *[]){model, &constant}, 2, set, &boot, context,
                                        &err), &err, "judge.models");
    const gmet_judge_rival *a = &r.of[r.best], *b = &r.of[1 - r.best];
    bits_doubles("judge.models",
                 (double[]){a->acc.low, a->skill.low, a->skill.high, a->edge.low, a->spearman.high, b->behind.value,
                            b->behind.low, b->behind.high, (double)r.best, (double)r.choice}, 10);
}

static void regression(const sample *s, const double *x, size_t p, const gmet_context *context)
{
    static double predicted[N], p_const[N], p_group[N], threshold[N];
    static uint32_t fold[N];
    gmet_judge_fit_options fit;
    gmet_judge_cv_options cv;
    gmet_judge_cv_result result = {.p = predicted, .p_const = p_const, .p_group = p_group, .threshold = threshold,
                                   .fold = fold};
    gmet_judge_scores scores;
    gmet_judge_comparison c;
    gmet_judge_interval spearman, pearson;
    const gmet_judge_boot_options boot = {sizeof boot, RESAMPLES, 2020};
    char name[64];
    feat_error err;
    gmet_judge_fit_options_init(&fit, sizeof fit);
    gmet_judge_cv_options_init(&cv, sizeof cv);
    for (int kind = GMET_JUDGE_LOGISTIC; kind <= GMET_JUDGE_KRR; kind++) {
        fit.kind = (gmet_judge_kind)kind;
        bits_must(gmet_judge_cross_validate(&result, &(gmet_judge_samples){x, p, &s->set}, &fit, &cv, context, &err),
                  &err, "judge.cv");
        snprintf(name, sizeof name, "judge.%s", gmet_judge_kind_name(fit.kind));
        bits_doubles(name, predicted, N);
    }
    bits_must(gmet_judge_score(&scores, predicted, threshold, &s->set, NULL, &err), &err, "judge.score");
    bits_doubles("judge.score",
                 (double[]){scores.acc_label, scores.acc_image, scores.acc_majority, scores.auroc, scores.auprc,
                            scores.brier, scores.log_loss, scores.ece, scores.slope, scores.intercept, scores.pearson,
                            scores.spearman, scores.kendall, scores.mean_p}, 14);
    bits_must(gmet_judge_within_folds(&spearman, &pearson, &result, &s->set, &boot, context, &err), &err,
              "judge.within");
    bits_doubles("judge.within",
                 (double[]){spearman.value, spearman.low, spearman.high, pearson.value, pearson.low, pearson.high}, 6);
    bits_must(gmet_judge_compare(&c, &result, &s->set, &boot, context, &err), &err, "judge.compare");
    bits_doubles("judge.compare",
                 (double[]){c.acc.value, c.acc.low, c.acc.high, c.pair.low, c.pair.high, c.ratio.value, c.ratio.low,
                            c.ratio.high, c.diff.low, c.diff.high, c.skill.low, c.skill.high, c.edge.low, c.edge.high,
                            c.acc_truth.low, c.acc_group.low}, 16);
    rivals(&result, &s->set, context);
}

void bits_of_judge(feat_pool *pool)
{
    static sample s;
    const gmet_context context = {.pool = pool};
    size_t p = 0;
    make_sample(&s);
    agreement(&s, &context);
    double *x = activation_statistics(&s, &context, &p);
    regression(&s, x, p, &context);
    feat_free(x);
    feat_free(s.x);
}
