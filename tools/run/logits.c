/* Features, logits or probabilities? */
#include "tools/run/logits.h"

#include <math.h>
#include <string.h>

#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "tools/run/network.h"

/* Whether the network has a layer of that name for that purpose. */
static bool is_for(const feat_net *net, feat_role role, const char *tap)
{
    const char *name = feat_net_tap_name(net, feat_net_tap(net, role));
    return name != NULL && strcmp(tap, name) == 0;
}

bool bf_tap_is_logits(const feat_net *net, const char *tap)
{
    return is_for(net, FEAT_ROLE_LOGITS, tap) || is_for(net, FEAT_ROLE_LOGITS_UNBIASED, tap);
}

/* Classes of the usual data sets: ImageNet, with a background class, as TensorFlow's Inception has it; CIFAR. */
static bool is_usual(size_t n_classes)
{
    static const size_t usual[] = {10, 100, 1000, 1001, 1008};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (usual[i] == n_classes)
            return true;
    return false;
}

/* Within what float16 leaves of a sum of 1. */
static bool is_probabilities(const float *row, size_t d)
{
    double sum = 0.0;
    for (size_t j = 0; j < d; j++) {
        if (!(row[j] >= 0.0f && row[j] <= 1.0f))
            return false;
        sum += (double)row[j];
    }
    return fabs(sum - 1.0) <= 1e-3;
}

/* Whether all rows are; NUMERIC if nearly all are. */
static feat_status look_at_rows(bool *probabilities, const bf_side *side, feat_error *err)
{
    const float *rows = bf_side_rows(side).rows;
    size_t n_good = 0, first_bad = side->n;
    for (size_t i = 0; i < side->n; i++) {
        bool good = is_probabilities(rows + i * side->d, side->d);
        n_good += good;
        if (!good && first_bad == side->n)
            first_bad = i;
        feat_mapped_done(rows + i * side->d, side->d * sizeof *rows);
    }
    *probabilities = n_good == side->n;
    if (*probabilities || n_good <= side->n / 2)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_NUMERIC,
                     "%s: %zu of %zu rows are probabilities (from 0 to 1, with a sum of 1), row %zu is not",
                     bf_set_spec(side->set), n_good, side->n, first_bad);
}

feat_status bf_logits_allowed(const bf_run *run, const bf_side *side, feat_error *err)
{
    static const char needed[] = "the Inception Score needs those of 'bonafide features SET -o FILE.npz --tap "
                                 "logits_unbiased'";
    const feat_net *net = run->network.net;
    const char *spec = bf_set_spec(side->set), *tap = bf_tap_of_width(net, side->d);
    if (side->tap[0] != 0 && !bf_tap_is_logits(net, side->tap))
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: holds features of layer %.24s, no logits; %s", spec, side->tap,
                         needed);
    if (side->tap[0] == 0 && tap[0] != 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %zu columns are features of layer %s, no logits; %s", spec,
                         side->d, tap, needed);
    return FEAT_OK;
}

feat_status bf_logits_take(bf_run *run, const bf_side *side, feat_error *err)
{
    const char *spec = bf_set_spec(side->set);
    bool probabilities = false;
    feat_status status = side->tap[0] == 0 ? look_at_rows(&probabilities, side, err) : FEAT_OK;
    run->probabilities = probabilities;
    if (status != FEAT_OK || probabilities)
        return status;
    status = bf_logits_allowed(run, side, err);
    if (status == FEAT_OK && side->tap[0] == 0 && !is_usual(side->d))
        bf_report_warn(&run->report, "%s: its %zu columns are taken as logits", spec, side->d);
    bool biased = is_for(run->network.net, FEAT_ROLE_LOGITS, side->tap);
    if (status == FEAT_OK && side->tap[0] != 0 && biased != run->network.how.logits_with_bias)
        bf_report_warn(&run->report, "%s: its logits are %s bias, those of preset %s are %s", spec,
                       biased ? "with" : "without", run->network.how.name, biased ? "without" : "with");
    return status;
}
