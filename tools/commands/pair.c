/* What commands that compare two sets have in common. */
#include "tools/commands/pair.h"

#include <string.h>

#include "engine/base/status.h"
#include "tools/run/network.h"

void bf_note_origin(bf_run *run, const bf_side *a, const bf_side *b)
{
    bf_report *r = &run->report;
    if (run->report.made.has_weights)
        return;
    r->tap[0] = 0;
    if (strcmp(a->tap, b->tap) == 0)
        snprintf(r->tap, sizeof r->tap, "%.23s", a->tap);
    if (strcmp(a->variant, b->variant) == 0)
        snprintf(r->made.variant, sizeof r->made.variant, "%.23s", a->variant);
    if (strcmp(a->preset, b->preset) == 0)
        snprintf(r->made.preset, sizeof r->made.preset, "%.31s", a->preset);
    const char *mark = strstr(a->weights, " sha256:");
    if (strcmp(a->weights, b->weights) == 0 && mark != NULL) {
        int n = mark - a->weights < 95 ? (int)(mark - a->weights) : 95;
        snprintf(r->made.weights_name, sizeof r->made.weights_name, "%.*s", n, a->weights);
        snprintf(r->made.weights_sha256, sizeof r->made.weights_sha256, "%.64s", mark + strlen(" sha256:"));
    }
}

feat_status bf_pair_open(bf_run *run, bf_side *a, bf_side *b, const char *role_a, const char *role_b,
                         feat_error *err)
{
    feat_status status = bf_run_network(run, err);
    if (status == FEAT_OK)
        status = bf_side_open(run, a, role_a, run->args->operands[0], err);
    if (status == FEAT_OK)
        status = bf_side_open(run, b, role_b, run->args->operands[1], err);
    return status;
}

feat_status bf_pair_prepare(bf_run *run, bf_side *a, bf_side *b, feat_error *err)
{
    feat_status status = bf_side_prepare(run, a, run->network.tap, err);
    if (status == FEAT_OK)
        status = bf_side_prepare(run, b, run->network.tap, err);
    if (status == FEAT_OK)
        status = bf_sides_match(run, a, b, err);
    if (status == FEAT_OK)
        bf_note_origin(run, a, b);
    if (status == FEAT_OK)
        bf_warn_weights(run);
    return status;
}
