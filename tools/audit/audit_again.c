/* The recorded command, done again. */
#include "tools/audit/audit.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"
#include "tools/images/image.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"
#include "tools/options/usage_table.h"
#include "tools/options/weights_find.h"
#include "tools/run/network.h"

static feat_status add_word(bf_audit *a, const char *first, const char *second, feat_error *err)
{
    size_t bytes = strlen(first) + strlen(second) + 1;
    char *word = a->n_words < BF_AUDIT_MAX_WORDS ? feat_alloc(bytes) : NULL;
    if (word == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the recorded command");
    snprintf(word, bytes, "%s%s", first, second);
    a->words[a->n_words++] = word;
    return FEAT_OK;
}

static const bf_option *option_called(const char *name)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        if (option->name != NULL ? strcmp(option->name, name) == 0
                                 : name[0] == option->letter && name[1] == 0)
            return option;
    }
    return NULL;
}

static feat_status add_setting(bf_audit *a, const bf_setting *s, feat_error *err)
{
    char start[48];
    const bf_option *option = option_called(s->name);
    if (option == NULL || (option->flags & BF_OPTION_SHAPES_RESULT) == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: this program has no option '%.40s' to record", a->path,
                         s->name);
    if (s->value == NULL || (option->kind == BF_VALUE_NONE && strcmp(s->value, "no") == 0))
        return FEAT_OK;
    if (option->name != NULL)
        snprintf(start, sizeof start, "--%s%s", option->name, option->kind == BF_VALUE_NONE ? "" : "=");
    else
        snprintf(start, sizeof start, "-%c", option->letter);
    return add_word(a, start, option->kind == BF_VALUE_NONE ? "" : s->value, err);
}

/* The recorded command line, with sets and weights where they are now, read as any command line is. */
static feat_status make_args(bf_audit *a, feat_error *err)
{
    const bf_manifest *m = a->told;
    const bf_command *command = bf_command_find(m->command, m->verb);
    if (command == NULL || !bf_command_has(command, BF_OPT_MANIFEST))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: '%.40s' is no command that is recorded", a->path,
                         m->command);
    feat_status status = add_word(a, m->command, "", err);
    if (status == FEAT_OK && m->verb != NULL)
        status = add_word(a, m->verb, "", err);
    for (size_t i = 0; i < m->n_settings && status == FEAT_OK; i++)
        status = add_setting(a, &m->settings[i], err);
    if (status == FEAT_OK && command->required.has[BF_OPT_OUTPUT])
        status = add_word(a, "-oaudit", "", err); /* nothing is written to it */
    if (status == FEAT_OK)
        status = add_word(a, "--", "", err);
    for (size_t s = 0; s < m->n_sets && status == FEAT_OK; s++)
        status = add_word(a, a->sets[s], "", err);
    if (status != FEAT_OK)
        return status;
    feat_error said;
    if (bf_args_parse(&a->args, (int)a->n_words, a->words, &said) != FEAT_OK)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: the recorded command is not valid: %s", a->path,
                         said.message);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if ((bf_option_at(i)->flags & BF_OPTION_AUDIT_SAYS) != 0)
            a->args.values[i] = a->run->args->values[i];
    a->args.values[BF_OPT_NUMERICS] = (bf_value){true, m->mode, 0}; /* not what was asked for, what it came to */
    a->args.values[BF_OPT_WEIGHTS] = (bf_value){a->weights != NULL, a->weights, 0};
    return FEAT_OK;
}

typedef struct quick_trace {
    bf_leaf *leaves;
} quick_trace;

static void keep_leaf(void *ctx, size_t index, const bf_leaf *leaf)
{
    quick_trace *t = ctx;
    size_t name_at = t->leaves[index].name_at;
    t->leaves[index] = *leaf;
    t->leaves[index].name_at = name_at;
}

/* "2048+logits" as taps, of networks that are loaded. */
static feat_status read_taps(const bf_audit *a, bf_run *again, const char *text, bf_featurize_job *job, feat_error *err)
{
    char name[64];
    feat_status status = bf_run_model(again, err);
    for (size_t i = 0; i < a->told->n_others && status == FEAT_OK; i++) {
        const feat_net *net = NULL;
        size_t index;
        status = bf_network_parse(&net, a->told->others[i].variant, err);
        if (status == FEAT_OK)
            status = bf_run_other(again, net, &index, err);
    }
    if (status != FEAT_OK)
        return status;
    while (*text != '\0') {
        size_t n = strcspn(text, "+");
        snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : 0, text);
        feat_tap tap = bf_run_find_tap(again, name);
        if (tap == FEAT_NO_TAP || job->n_taps == BF_MAX_TAPS)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: sets: no taps '%.60s'", a->path, text);
        job->taps[job->n_taps++] = tap;
        text += n + (text[n] == '+');
    }
    return FEAT_OK;
}

/* The drawn images of one set through the network. */
static feat_status run_items(bf_audit *a, size_t s, bf_run *again, const bf_set *set, bf_manifest_set *record,
                             feat_error *err)
{
    quick_trace t = {record->leaves};
    bf_featurize_job job = {.set = set,
                            .items = a->items[s],
                            .n_items = a->n_items[s],
                            .skip_bad = true,
                            .sink = bf_drop_rows,
                            .trace = keep_leaf,
                            .trace_ctx = &t,
                            .progress = &again->report.progress,
                            .interrupted = bf_interrupted};
    bf_featurize_report *found = feat_calloc(1, sizeof *found);
    if (found == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to run %s", a->sets[s]);
    feat_status status = read_taps(a, again, a->told->sets[s].taps, &job, err);
    bf_progress_start(&again->report.progress, a->told->sets[s].role, a->n_items[s]);
    if (status == FEAT_OK)
        status = bf_featurize(again->network.featurizer, &job, found, err);
    bf_progress_clear(&again->report.progress);
    if (status == FEAT_ERR_FORMAT && found->n_bad > 0)
        status = FEAT_OK; /* none could be read: the comparison says so of the first */
    feat_free(found);
    return status;
}

static feat_status quick_set(bf_audit *a, size_t s, bf_run *again, feat_error *err)
{
    bf_set *set = NULL;
    feat_error problem = {FEAT_OK, ""};
    feat_status status = bf_audit_take_set(a, s, &set, err);
    if (status != FEAT_OK)
        return status;
    bf_manifest *seen = again->manifest;
    bf_manifest_set *record =
        bf_manifest_add_set(seen, a->told->sets[s].role, a->sets[s], a->told->sets[s].kind);
    bf_manifest_text(seen, &record->taps, a->told->sets[s].taps);
    if (bf_set_get_kind(set) != BF_SET_IMAGES)
        status = bf_record_file(seen, record, set, err);
    else
        status = bf_audit_images(a, s, set, seen, &problem, err);
    if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_IMAGES && a->n_items[s] > 0 && !seen->failed)
        status = run_items(a, s, again, set, record, err);
    bf_set_close(&set);
    return status;
}

static feat_status run_again(bf_audit *a, bf_run *again, feat_error *err)
{
    if (!a->quick)
        return again->again(again, err);
    feat_status status = bf_run_network(again, err);
    for (size_t s = 0; s < a->told->n_sets && status == FEAT_OK; s++)
        status = quick_set(a, s, again, err);
    return status;
}

/* What the second run found, for people and for programs; of the first only that it is the same is known. */
static void take_results(bf_audit *a, const bf_run *again)
{
    const bf_report *from = &again->report;
    bf_report *to = &a->run->report;
    char text[320];
    for (size_t i = 0; i < from->n_lines && to->n_lines < BF_MAX_LINES - 8; i++)
        if (from->lines[i].direction[0] != 0)
            to->lines[to->n_lines++] = from->lines[i];
    snprintf(text, sizeof text, "preset %.31s, weights %.95s%s%.12s%s, numerics %d %.7s, pixels %d",
             from->made.preset[0] != 0 ? from->made.preset : "unknown",
             from->made.has_weights ? from->made.weights_name : "unknown", from->made.has_weights ? " (" : "",
             from->made.has_weights ? from->made.weights_sha256 : "", from->made.has_weights ? ")" : "",
             FEAT_NUMERICS_VERSION, from->made.mode, BF_PIXELS_VERSION);
    to->style.digits = BF_DIGITS_ALL; /* a number in a paper may have any */
    if (!a->quick)
        bf_report_line(to, "made with", text, "", "");
    if (from->made.synthetic)
        bf_report_warn(to, "the weights are synthetic: the numbers are for trials only");
}

feat_status bf_audit_again(bf_audit *a, feat_error *err)
{
    bf_run *again = NULL;
    feat_status status = make_args(a, err);
    if (status == FEAT_OK)
        status = bf_run_open(&again, &a->args, err);
    if (status != FEAT_OK)
        return status;
    again->again = a->run->again;
    again->auditing = true;
    again->report.quiet = true; /* what there is to warn of was said the first time */
    bf_manifest_close(&again->manifest); /* of --report */
    status = bf_manifest_create(&again->manifest, err);
    if (status == FEAT_OK)
        status = run_again(a, again, err);
    if (status == FEAT_ERR_CHECKSUM && a->told->has_weights && again->network.model == NULL) {
        status = bf_audit_damaged(a, err); /* tensors are verified when the network is made of them */
    } else if (status != FEAT_OK) {
        status = bf_audit_cannot(a, status, err);
    } else {
        bf_run_record(again);
        status = bf_audit_compare(a, again->manifest, a->quick ? BF_STAGE_FEATURES : BF_STAGE_RESULTS, a->quick, err);
        snprintf(a->isa, sizeof a->isa, "%s", again->report.made.isa);
        if (status == FEAT_OK)
            take_results(a, again);
    }
    bf_run_close(&again);
    return status;
}

