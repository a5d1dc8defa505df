/* Names and verdicts of the disturbance test. */
#include <math.h>
#include <string.h>

#include "tools/options/metric_names.h"
#include "tools/sanity/sanity.h"

/* In the order of bf_sanity_measure: the key in a result, and that of this test, where it is another. */
static const struct {
    const char *key, *own;
} metrics[] = {
    {"frechet_inception_distance", NULL},
    {"kernel_inception_distance", NULL},
    {"inception_score_mean", "inception_score"},
    {"precision", NULL},
    {"recall", NULL},
    {"density", NULL},
    {"coverage", NULL},
};
_Static_assert(sizeof metrics / sizeof metrics[0] == BF_SANITY_METRICS, "a row for each metric");

bf_sanity_metric bf_sanity_metric_at(size_t metric)
{
    const bf_metric_value *value = bf_metric_value_of_key(metrics[metric].key);
    return (bf_sanity_metric){.key = metrics[metric].own != NULL ? metrics[metric].own : value->key,
                              .label = value->label,
                              .low = value->better == BF_LOWER_IS_BETTER,
                              .of_logits = (bf_metric_at(value->metric)->needs & BF_NEEDS_LOGITS) != 0};
}

const char *bf_sanity_kind(size_t kind)
{
    return kind == BF_SANITY_DROP  ? "mode-dropping"
           : kind == BF_SANITY_MIX ? "contamination"
                                   : bf_disturb_name((bf_disturbance)kind);
}

const char *bf_sanity_level(size_t kind, int level)
{
    static const char *const drop[] = {"1/8 of the modes missing", "1/4 of the modes missing",
                                       "1/2 of the modes missing"};
    _Static_assert(sizeof drop / sizeof drop[0] == BF_SANITY_LEVELS - 1, "a text for each level of damage");
    static const char *const mix[] = {"5 % painted pictures", "15 % painted pictures",
                                      "40 % painted pictures"};
    _Static_assert(sizeof mix / sizeof mix[0] == BF_SANITY_LEVELS - 1, "a text for each level of damage");
    return kind == BF_SANITY_DROP  ? drop[level - 1]
           : kind == BF_SANITY_MIX ? mix[level - 1]
                                   : bf_disturb_level((bf_disturbance)kind, level);
}

bf_verdict bf_sanity_judge(const bf_sanity_curve *curve, bool low)
{
    bf_verdict v = {.kind = BF_VERDICT_UNKNOWN};
    double damage[BF_SANITY_LEVELS] = {0.0};
    bool back = false, wrong = false;
    double error = curve->error.error;
    if (!curve->known || !curve->error.known)
        return v;
    v.monotone = true;
    for (int i = 1; i < BF_SANITY_LEVELS; i++) {
        damage[i] = low ? curve->value[i] - curve->value[0] : curve->value[0] - curve->value[i];
        v.z[i] = damage[i] / error;
        wrong = wrong || damage[i] < -2.0 * error;
        back = back || damage[i] < damage[i - 1] - error;
        v.monotone = v.monotone && damage[i] > damage[i - 1];
    }
    for (int i = BF_SANITY_LEVELS - 1; i >= 1 && damage[i] > 2.0 * error; i--)
        v.reacts = i;
    v.kind = wrong           ? BF_VERDICT_WRONG
             : v.reacts == 0 ? BF_VERDICT_BLIND
             : back          ? BF_VERDICT_WAVERS
                             : BF_VERDICT_RISES;
    return v;
}

const char *bf_verdict_name(bf_verdict_kind kind)
{
    static const char *const names[] = {[BF_VERDICT_UNKNOWN] = "not measured",
                                        [BF_VERDICT_RISES] = "notices",
                                        [BF_VERDICT_WAVERS] = "wavers",
                                        [BF_VERDICT_BLIND] = "blind",
                                        [BF_VERDICT_WRONG] = "wrong way"};
    _Static_assert(sizeof names / sizeof names[0] == BF_VERDICT_WRONG + 1, "a name for each verdict");
    return names[kind];
}

bf_trust bf_sanity_trust(const bf_sanity *sanity, size_t metric)
{
    bf_trust t = {0};
    for (size_t k = 0; k < BF_SANITY_KINDS; k++) {
        bf_verdict v = bf_sanity_judge(&sanity->curves[k][metric], bf_sanity_metric_at(metric).low);
        t.n_unjudged += v.kind == BF_VERDICT_UNKNOWN && sanity->curves[k][metric].known;
        if (v.kind == BF_VERDICT_UNKNOWN)
            continue;
        t.n_kinds++;
        t.n_wrong += v.kind == BF_VERDICT_WRONG;
        t.n_blind += v.kind == BF_VERDICT_BLIND;
        if (v.kind != BF_VERDICT_RISES && v.kind != BF_VERDICT_WAVERS)
            continue;
        t.n_noticed++;
        t.n_monotone += v.kind == BF_VERDICT_RISES;
        t.mean_level += v.reacts;
    }
    if (t.n_noticed > 0)
        t.mean_level /= (double)t.n_noticed;
    return t;
}
