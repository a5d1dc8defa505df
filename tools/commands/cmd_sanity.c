/* sanity: which metrics notice noise, blur, missing modes ... on these very images. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/html/html.h"
#include "tools/options/parse_args.h"
#include "tools/run/network.h"
#include "tools/run/side.h"
#include "tools/sanity/sanity_run.h"

static feat_status choose_kinds(bf_sanity_job *j, feat_error *err)
{
    const char *text = bf_args_text(j->run->args, BF_OPT_DISTURB), *names[BF_SANITY_KINDS];
    for (size_t k = 0; k < BF_SANITY_KINDS; k++) {
        names[k] = bf_sanity_kind(k);
        j->sanity->wanted[k] = text == NULL;
    }
    while (text != NULL && *text != 0) {
        char word[32];
        size_t n = strcspn(text, ","), k = 0;
        snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), text);
        while (k < BF_SANITY_KINDS && strcmp(word, names[k]) != 0)
            k++;
        const char *near = k < BF_SANITY_KINDS ? NULL : bf_nearest(word, names, BF_SANITY_KINDS);
        if (near != NULL)
            return feat_fail(err, FEAT_ERR_ARG, "--disturb: unknown disturbance '%s'; did you mean '%s'?", word,
                             near);
        if (k == BF_SANITY_KINDS)
            return feat_fail(err, FEAT_ERR_ARG,
                             "--disturb: unknown disturbance '%s'; see 'bonafide help sanity'", word);
        j->sanity->wanted[k] = true;
        text += n + (text[n] == ',');
    }
    return FEAT_OK;
}

static feat_status prepare(bf_sanity_job *j, feat_error *err)
{
    bf_run *run = j->run;
    const char *dir = bf_args_text(run->args, BF_OPT_OUTPUT);
    feat_status status = choose_kinds(j, err);
    if (status == FEAT_OK)
        status = bf_run_network(run, err);
    if (status == FEAT_OK)
        status = bf_check_output_folder(dir, err);
    if (status == FEAT_OK)
        status = bf_side_open(run, &j->side, "set", run->args->operands[0], err);
    if (status == FEAT_OK && j->side.kind != BF_SET_IMAGES)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: expected images, found %s", bf_set_spec(j->side.set),
                         j->side.input->kind);
    if (status == FEAT_OK)
        status = bf_side_prepare(run, &j->side, run->network.tap, err);
    if (status != FEAT_OK)
        return status;
    j->taps[0] = run->network.tap;
    j->d = j->side.d;
    j->n_taps = 1;
    status = bf_run_logits_tap(run, &j->taps[1], err);
    if (status == FEAT_ERR_UNSUPPORTED) {
        bf_report_warn(&run->report, "Inception Score left out: %s", err->message);
        return FEAT_OK;
    }
    j->n_taps = 2;
    j->n_classes = feat_tap_dim(run->network.model, j->taps[1]);
    return status;
}

/* "N = 100 vs 100 (mode-dropping 50): " */
static size_t put_n(char *text, size_t room, const bf_sanity *s)
{
    size_t used = (size_t)snprintf(text, room, "N = %zu vs %zu", s->n_real, s->n_changed);
    if (s->wanted[BF_SANITY_DROP])
        used += (size_t)snprintf(text + used, room - used, " (%s %zu)", bf_sanity_kind(BF_SANITY_DROP), s->n_drop);
    return used + (size_t)snprintf(text + used, room - used, ": ");
}

static void say(bf_sanity_job *j)
{
    char text[224];
    for (size_t m = 0; m < BF_SANITY_METRICS; m++) {
        bf_trust t = bf_sanity_trust(j->sanity, m);
        if (t.n_kinds == 0 && t.n_unjudged == 0)
            continue;
        size_t used = put_n(text, sizeof text, j->sanity);
        if (t.n_kinds > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "notices %zu of %zu", t.n_noticed, t.n_kinds);
        if (t.n_noticed > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, ", from level %.1f on average",
                                     t.mean_level);
        if (t.n_kinds == 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s (no error to judge by)",
                                     bf_verdict_name(BF_VERDICT_UNKNOWN));
        else if (t.n_unjudged > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "; %zu %s (no error to judge by)", t.n_unjudged,
                                     bf_verdict_name(BF_VERDICT_UNKNOWN));
        for (size_t k = 0; k < BF_SANITY_KINDS && used + 1 < sizeof text; k++) {
            bf_verdict v = bf_sanity_judge(&j->sanity->curves[k][m], bf_sanity_metric_at(m).low);
            if (v.kind == BF_VERDICT_BLIND || v.kind == BF_VERDICT_WRONG || v.kind == BF_VERDICT_WAVERS)
                used += (size_t)snprintf(text + used, sizeof text - used, "; %s: %s", bf_sanity_kind(k),
                                         bf_verdict_name(v.kind));
        }
        bf_report_line(&j->run->report, bf_sanity_metric_at(m).label, text, "", "");
    }
}

/* The first image that is spoilt. */
static size_t changed_item(const bf_sanity_job *j)
{
    size_t i = 0;
    while (i + 1 < j->n_items && j->is_real[i])
        i++;
    return j->items[i];
}

static feat_status finish(bf_sanity_job *j, feat_error *err)
{
    const char *dir = bf_args_text(j->run->args, BF_OPT_OUTPUT);
    char text[224];
    feat_status status = bf_sanity_write(j->run, j->sanity, j->side.set, changed_item(j), dir, err);
    if (status != FEAT_OK)
        return status;
    say(j);
    snprintf(text, sizeof text, "%.150s: " BF_PAGE_NAME ", sanity.csv, sanity.json", dir);
    bf_report_line(&j->run->report, "wrote", text, "", "");
    bf_report_text(&j->run->report, "output", dir);
    bf_report_setting(&j->run->report, "seed", bf_args_number(j->run->args, BF_OPT_SEED));
    bf_report_add_part(&j->run->report, bf_sanity_json, feat_free, j->sanity);
    j->sanity = NULL;
    return FEAT_OK;
}

feat_status bf_cmd_sanity(bf_run *run, feat_error *err)
{
    bf_sanity_job j = {.run = run, .sanity = feat_calloc(1, sizeof(bf_sanity))};
    if (j.sanity == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the disturbance test");
    feat_status status = prepare(&j, err);
    if (status == FEAT_OK)
        status = bf_sanity_run(&j, err);
    if (status == FEAT_OK)
        status = finish(&j, err);
    bf_sanity_release(&j);
    return status;
}
