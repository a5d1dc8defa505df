/* audit: a recorded run is done again, and what it was made of and gave is compared stage by stage. */
#include "tools/commands/command_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/images/image.h"
#include "tools/options/usage_table.h"
#include "tools/options/numerics.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"
#include "tools/options/weights_find.h"
#include "tools/records/bundle.h"
#include "tools/records/report_json.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

enum { EXIT_CANNOT = 3, EXIT_DIFFERENT = 4, MAX_WORDS = BF_MAX_SETTINGS + 16 };

typedef struct audit {
    bf_run *run;
    const char *path;  /* of the manifest, or the bundle */
    bf_bundle *bundle; /* NULL: none */
    bf_manifest *told;
    char *sets[BF_MAX_INPUTS];    /* where each set is now */
    const char *weights;          /* where the weights are now, with commas between; NULL when there were none */
    char *sources;                /* the recorded ones of several networks */
    size_t *items[BF_MAX_INPUTS]; /* with --quick: which images of each set */
    size_t n_items[BF_MAX_INPUTS];
    bool quick;
    char *words[MAX_WORDS]; /* the recorded command line */
    size_t n_words;
    bf_args args;
    char isa[16]; /* table used now */
} audit;

/* --- how it ends ---------------------------------------------------------------------------------- */

/* Puts "RUN.json: cannot check: " before a message. */
static feat_status cannot_check(const audit *a, feat_status status, feat_error *err)
{
    feat_error said = *err;
    return feat_fail(err, status, "%.120s: cannot check: %s", a->path, said.message);
}

static void report_difference(const audit *a, const bf_difference *d)
{
    bf_report *r = &a->run->report;
    bf_report_text(r, "manifest", a->path);
    bf_report_boolean(r, "identical", false);
    bf_report_boolean(r, "checked", !d->missing);
    bf_report_text(r, "stage", bf_stage_name(d->stage));
    bf_report_text(r, "item", d->item);
    bf_report_text(r, "in_manifest", d->told);
    bf_report_text(r, "now", d->seen);
}

/* A difference becomes the message and the exit code, and with --json a report as well. */
static feat_status ends_with(const audit *a, const bf_difference *d, feat_error *err)
{
    const bf_args *args = a->run->args;
    a->run->exit_code = d->missing ? EXIT_CANNOT : EXIT_DIFFERENT;
    report_difference(a, d);
    if (bf_args_given(args, BF_OPT_JSON)) {
        feat_status status = bf_report_json(&a->run->report, bf_args_text(args, BF_OPT_JSON), err);
        if (status != FEAT_OK)
            return status;
    }
    return feat_fail(err, FEAT_ERR_CHECKSUM, "%.120s: %s%s", a->path, d->missing ? "cannot check: " : "",
                     d->text);
}

static feat_status compare(const audit *a, const bf_manifest *seen, bf_stage last, bool partial,
                           feat_error *err)
{
    bf_compare_options options = {last, partial, bf_args_given(a->run->args, BF_OPT_WEIGHTS)};
    bf_difference d;
    if (seen->failed)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to compare it", a->path);
    bf_manifest_compare(&d, a->told, seen, &options);
    return d.found ? ends_with(a, &d, err) : FEAT_OK;
}

/* Weights that fail their own checksums are not those of the run; the error says which tensor is damaged. */
static feat_status damaged_weights(const audit *a, feat_error *err)
{
    bf_difference d = {.found = true, .stage = BF_STAGE_WEIGHTS};
    snprintf(d.item, sizeof d.item, "%s", a->weights);
    snprintf(d.seen, sizeof d.seen, "damaged");
    snprintf(d.text, sizeof d.text, "weights differ: %s", err->message);
    return ends_with(a, &d, err);
}

/* --- where things are now ------------------------------------------------------------------------- */

/* DIR/PATH (PATH without leading slashes), else DIR/NAME; NULL in *found when neither is there. */
static feat_status look_below(char **found, const char *root, const char *path, feat_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *tries[2] = {path + strspn(path, "/"), slash != NULL ? slash + 1 : path};
    *found = NULL;
    for (size_t i = 0; i < 2 && *found == NULL; i++) {
        char *there = tries[i][0] != '\0' ? bf_path_join(root, tries[i]) : feat_strdup(root);
        if (there == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a path");
        if (bf_set_is_there(there))
            *found = there;
        else
            feat_free(there);
    }
    if (*found == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s: neither %s nor %s is in it", root, tries[0], tries[1]);
    return FEAT_OK;
}

static feat_status locate_set(audit *a, size_t index, feat_error *err)
{
    const char *root = bf_args_text(a->run->args, BF_OPT_ROOT);
    char *path = a->told->sets[index].path;
    bool list = path[0] == '@';
    char *found = NULL;
    feat_status status = FEAT_OK;
    if (bf_bundle_set(a->bundle, index) != NULL) {
        a->sets[index] = feat_strdup(bf_bundle_set(a->bundle, index));
        return a->sets[index] != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory for a path");
    }
    /* Slashes at the end would hide the last part. */
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    if (root == NULL || bf_reference_is(path)) { /* a name is looked for where names are */
        a->sets[index] = feat_strdup(path);
    } else {
        status = look_below(&found, root, path + list, err);
        if (status != FEAT_OK)
            return status;
        a->sets[index] = feat_alloc(strlen(found) + 2);
        if (a->sets[index] != NULL)
            snprintf(a->sets[index], strlen(found) + 2, "%s%s", list ? "@" : "", found);
        feat_free(found);
    }
    return a->sets[index] != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory for a path");
}

static const char *setting(const bf_manifest *m, const char *name)
{
    for (size_t i = 0; i < m->n_settings; i++)
        if (strcmp(m->settings[i].name, name) == 0)
            return m->settings[i].value;
    return NULL;
}

/* The sources of the weights of all networks as --weights names them. */
static feat_status join_sources(audit *a, feat_error *err)
{
    const bf_manifest *m = a->told;
    size_t room = strlen(m->weights_source) + 1, used;
    for (size_t i = 0; i < m->n_others; i++)
        room += strlen(m->others[i].source) + 1;
    a->sources = feat_alloc(room);
    if (a->sources == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its weights", a->path);
    used = (size_t)snprintf(a->sources, room, "%s", m->weights_source);
    for (size_t i = 0; i < m->n_others; i++)
        if (strcmp(m->others[i].source, m->weights_source) != 0)
            used += (size_t)snprintf(a->sources + used, room - used, ",%s", m->others[i].source);
    return FEAT_OK;
}

/* Looks at the weights of network `index` beside the first. */
static feat_status see_other(const audit *a, size_t index, bf_manifest *seen, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    const feat_net *net = NULL;
    char *spec = NULL;
    feat_status status = bf_network_parse(&net, a->told->others[index].variant, err);
    if (status == FEAT_OK)
        status = bf_weights_find_other(&spec, a->weights, net, err);
    if (status == FEAT_OK)
        status = bf_weights_open(&weights, spec, net, err);
    if (status == FEAT_OK)
        status = feat_weights_describe(weights, &info, err);
    if (status == FEAT_OK)
        bf_manifest_other(seen, &info, spec);
    feat_weights_close(&weights);
    feat_free(spec);
    return status;
}

/* Looks at the weights without making a network of them. */
static feat_status see_weights(audit *a, bf_manifest *seen, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    char *spec = NULL;
    if (!a->told->has_weights)
        return FEAT_OK;
    a->weights = bf_args_text(a->run->args, BF_OPT_WEIGHTS);
    if (a->weights == NULL) {
        feat_status status = join_sources(a, err);
        if (status != FEAT_OK)
            return status;
        a->weights = a->sources;
    }
    const char *name = setting(a->told, "network");
    const feat_net *wanted = NULL;
    feat_status status = FEAT_OK;
    name = name != NULL ? name : setting(a->told, "variant");
    if (name != NULL)
        status = bf_network_parse(&wanted, name, err);
    if (status == FEAT_OK)
        status = bf_weights_find(&spec, a->weights, wanted != NULL ? wanted : bf_network_default(), err);
    if (status == FEAT_OK)
        status = bf_weights_open(&weights, spec, wanted, err);
    if (status == FEAT_OK)
        status = feat_weights_describe(weights, &info, err);
    if (status == FEAT_OK)
        bf_manifest_weights(seen, &info, spec);
    feat_weights_close(&weights);
    feat_free(spec);
    for (size_t i = 0; i < a->told->n_others && status == FEAT_OK; i++)
        status = see_other(a, i, seen, err);
    return status;
}

/* --- inputs --------------------------------------------------------------------------------------- */

typedef struct hashing {
    const bf_set *set;
    const size_t *items; /* NULL: all */
    bf_leaf *leaves;
    feat_error *errors; /* one for each worker: its first */
} hashing;

static void hash_item(void *ctx, size_t tile, size_t worker)
{
    const hashing *h = ctx;
    size_t index = h->items != NULL ? h->items[tile] : tile, n = 0;
    uint8_t *bytes = NULL;
    feat_error err = {FEAT_OK, ""};
    if (bf_interrupted())
        return;
    if (bf_set_load_item(h->set, index, &bytes, &n, &err) == FEAT_OK)
        bf_digest_bytes(&h->leaves[index].file, bytes, n);
    else if (h->errors[worker].status == FEAT_OK)
        h->errors[worker] = err;
    feat_free(bytes);
}

/* Chooses --quick's images of a set: each of the n that are not skipped equally likely, in ascending order
 * (Knuth's algorithm S with SplitMix64). */
static feat_status draw_items(audit *a, size_t s, feat_error *err)
{
    const bf_manifest_set *set = &a->told->sets[s];
    uint64_t state = bf_args_number(a->run->args, BF_OPT_SEED) + s * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t wanted = bf_args_number(a->run->args, BF_OPT_QUICK), left = 0;
    for (size_t i = 0; i < set->n_leaves; i++)
        left += !set->leaves[i].skipped;
    if (wanted > left)
        wanted = left;
    a->items[s] = feat_alloc_array((size_t)wanted, sizeof *a->items[s]);
    if (a->items[s] == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to choose images");
    for (size_t i = 0; i < set->n_leaves && a->n_items[s] < wanted; i++) {
        if (set->leaves[i].skipped)
            continue;
        if (feat_splitmix64(&state) % left-- < wanted - a->n_items[s])
            a->items[s][a->n_items[s]++] = i;
    }
    return FEAT_OK;
}

/* Lists an open set of images and digests its files: all, or --quick's. A file that cannot be read has no
 * digest; if the manifest has one, *problem says why there is none now. */
static feat_status see_images(audit *a, size_t s, const bf_set *set, bf_manifest *seen, feat_error *problem,
                              feat_error *err)
{
    size_t count = bf_set_count(set), n_workers = feat_pool_threads(a->run->work.context.pool);
    hashing h = {.set = set, .items = a->quick ? a->items[s] : NULL};
    h.leaves = feat_calloc(count, sizeof *h.leaves);
    h.errors = feat_calloc(n_workers, sizeof *h.errors);
    if (h.leaves != NULL && h.errors != NULL) {
        size_t n = a->quick ? a->n_items[s] : count;
        if (!a->quick || count == a->told->sets[s].n_leaves) /* else the difference is in the names already */
            feat_parallel_for(a->run->work.context.pool, n, hash_item, &h);
        for (size_t i = 0; i < count; i++)
            bf_manifest_add_leaf(seen, &seen->sets[s], bf_set_item_name(set, i), &h.leaves[i]);
        for (size_t i = 0; i < n_workers && problem->status == FEAT_OK; i++)
            *problem = h.errors[i];
    } else {
        seen->failed = true;
    }
    feat_free(h.leaves);
    feat_free(h.errors);
    if (bf_interrupted())
        return feat_fail(err, FEAT_ERR_IO, "interrupted");
    return FEAT_OK;
}

/* Set `s` as the recorded command took it, or a part of it. */
static feat_status open_set(const audit *a, size_t s, bf_set **set, feat_error *err)
{
    const bf_manifest *m = a->told;
    const char *range = NULL, *layout = NULL;
    bf_set_how how = {.prefer_stats = strcmp(m->sets[s].kind, "statistics") == 0};
    for (size_t i = 0; i < m->n_settings; i++) {
        range = strcmp(m->settings[i].name, "range") == 0 ? m->settings[i].value : range;
        layout = strcmp(m->settings[i].name, "layout") == 0 ? m->settings[i].value : layout;
    }
    feat_status status = bf_set_how_parse(&how, range, layout, err);
    const char *take = setting(m, "take"), *seed = setting(m, "seed");
    if (status == FEAT_OK)
        status = bf_set_open_as(set, a->sets[s], &how, err);
    if (status == FEAT_OK && take != NULL)
        status = bf_set_take(*set, strtoull(take, NULL, 10), seed != NULL ? strtoull(seed, NULL, 10) : 0, s, err);
    if (status != FEAT_OK)
        bf_set_close(set);
    return status;
}

static feat_status see_set(audit *a, size_t s, bf_manifest *seen, feat_error *problem, feat_error *err)
{
    static const char *const kinds[] = {
        [BF_SET_IMAGES] = "images", [BF_SET_FEATURES] = "features", [BF_SET_STATS] = "statistics"};
    _Static_assert(sizeof kinds / sizeof kinds[0] == BF_SET_STATS + 1, "a name for each kind");
    bf_set *set = NULL;
    feat_status status = open_set(a, s, &set, err);
    if (status != FEAT_OK)
        return status;
    bf_manifest_set *record =
        bf_manifest_add_set(seen, a->told->sets[s].role, a->sets[s], kinds[bf_set_get_kind(set)]);
    if (a->quick)
        status = draw_items(a, s, err);
    if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_IMAGES)
        status = see_images(a, s, set, seen, problem, err);
    else if (status == FEAT_OK)
        status = bf_record_file(seen, record, set, err);
    bf_set_close(&set);
    return status;
}

/* Weights and files, before the network is run. */
static feat_status check_inputs(audit *a, feat_error *err)
{
    bf_manifest *seen = NULL;
    feat_error problem = {FEAT_OK, ""};
    feat_status status = bf_manifest_create(&seen, err);
    if (status != FEAT_OK)
        return status;
    seen->pixels = BF_PIXELS_VERSION;
    seen->numerics = FEAT_NUMERICS_VERSION;
    bf_manifest_text(seen, &seen->mode, a->told->mode);
    status = see_weights(a, seen, err);
    if (status == FEAT_ERR_CHECKSUM) {
        bf_manifest_close(&seen);
        return damaged_weights(a, err);
    }
    for (size_t s = 0; s < a->told->n_sets && status == FEAT_OK; s++)
        status = see_set(a, s, seen, &problem, err);
    if (status != FEAT_OK) {
        status = cannot_check(a, status, err);
    } else {
        bf_manifest_total(seen);
        status = compare(a, seen, BF_STAGE_INPUTS, a->quick, err);
        if (status != FEAT_OK && problem.status != FEAT_OK && a->run->exit_code == EXIT_DIFFERENT) {
            /* A file that is there and cannot be read is no other file. */
            a->run->exit_code = EXIT_CANNOT;
            *err = problem;
            status = cannot_check(a, problem.status, err);
        }
    }
    bf_manifest_close(&seen);
    return status;
}

/* --- the second run ------------------------------------------------------------------------------- */

static feat_status add_word(audit *a, const char *first, const char *second, feat_error *err)
{
    size_t bytes = strlen(first) + strlen(second) + 1;
    char *word = a->n_words < MAX_WORDS ? feat_alloc(bytes) : NULL;
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

static feat_status add_setting(audit *a, const bf_setting *s, feat_error *err)
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
static feat_status make_args(audit *a, feat_error *err)
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
static feat_status read_taps(const audit *a, bf_run *again, const char *text, bf_featurize_job *job, feat_error *err)
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
static feat_status run_items(audit *a, size_t s, bf_run *again, const bf_set *set, bf_manifest_set *record,
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

static feat_status quick_set(audit *a, size_t s, bf_run *again, feat_error *err)
{
    bf_set *set = NULL;
    feat_error problem = {FEAT_OK, ""};
    feat_status status = open_set(a, s, &set, err);
    if (status != FEAT_OK)
        return status;
    bf_manifest *seen = again->manifest;
    bf_manifest_set *record =
        bf_manifest_add_set(seen, a->told->sets[s].role, a->sets[s], a->told->sets[s].kind);
    bf_manifest_text(seen, &record->taps, a->told->sets[s].taps);
    if (bf_set_get_kind(set) != BF_SET_IMAGES)
        status = bf_record_file(seen, record, set, err);
    else
        status = see_images(a, s, set, seen, &problem, err);
    if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_IMAGES && a->n_items[s] > 0 && !seen->failed)
        status = run_items(a, s, again, set, record, err);
    bf_set_close(&set);
    return status;
}

static feat_status run_again(audit *a, bf_run *again, feat_error *err)
{
    if (!a->quick)
        return again->again(again, err);
    feat_status status = bf_run_network(again, err);
    for (size_t s = 0; s < a->told->n_sets && status == FEAT_OK; s++)
        status = quick_set(a, s, again, err);
    return status;
}

static feat_status check_run(audit *a, feat_error *err)
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
        status = damaged_weights(a, err); /* tensors are verified when the network is made of them */
    } else if (status != FEAT_OK) {
        status = cannot_check(a, status, err);
    } else {
        bf_run_record(again);
        status = compare(a, again->manifest, a->quick ? BF_STAGE_FEATURES : BF_STAGE_RESULTS, a->quick, err);
        snprintf(a->isa, sizeof a->isa, "%s", again->report.made.isa);
    }
    bf_run_close(&again);
    return status;
}

/* --- the command ---------------------------------------------------------------------------------- */

static void report_identical(const audit *a)
{
    bf_report *r = &a->run->report;
    char text[224], machines[64] = "";
    uint64_t images = 0, checked = 0;
    for (size_t s = 0; s < a->told->n_sets; s++) {
        bool of_images = strcmp(a->told->sets[s].kind, "images") == 0;
        images += of_images ? a->told->sets[s].n : 0;
        checked += of_images ? a->n_items[s] : 0;
    }
    if (a->isa[0] != 0)
        snprintf(machines, sizeof machines, " (%.15s then, %.15s now)",
                 a->told->isa != NULL ? a->told->isa : "?", a->isa);
    if (a->quick)
        snprintf(text, sizeof text,
                 "%.60s as far as checked: %llu of %llu images%s; statistics and results not computed",
                 a->path, (unsigned long long)checked, (unsigned long long)images, machines);
    else
        snprintf(text, sizeof text, "%.90s: %llu images, %zu results%s", a->path, (unsigned long long)images,
                 a->told->n_values, machines);
    bf_report_line(r, "identical", text, "", "");
    bf_report_text(r, "manifest", a->path);
    bf_report_boolean(r, "identical", true);
    bf_report_boolean(r, "quick", a->quick);
    bf_report_integer(r, "images", images);
    bf_report_integer(r, "images_checked", a->quick ? checked : images);
    bf_report_integer(r, "results_checked", a->quick ? 0 : a->told->n_values);
    snprintf(r->made.isa, sizeof r->made.isa, "%s", a->isa);
}

static void audit_release(audit *a)
{
    for (size_t i = 0; i < a->n_words; i++)
        feat_free(a->words[i]);
    for (size_t i = 0; i < BF_MAX_INPUTS; i++) {
        feat_free(a->sets[i]);
        feat_free(a->items[i]);
    }
    feat_free(a->sources);
    bf_bundle_close(&a->bundle);
    bf_manifest_close(&a->told);
}

/* The manifest, of its own or in a bundle, whose seals hold. */
static feat_status read_told(audit *a, feat_error *err)
{
    bool is_bundle = false;
    feat_status status = bf_bundle_is(&is_bundle, a->path, err);
    if (status == FEAT_OK)
        status = is_bundle ? bf_bundle_open(&a->bundle, &a->told, a->path, err)
                           : bf_manifest_read(&a->told, a->path, err);
    return status == FEAT_OK ? compare(a, a->told, BF_STAGE_SETTINGS, false, err) : status;
}

/* --bundle: nothing is run. */
static feat_status write_bundle(audit *a, const char *to, feat_error *err)
{
    feat_status status = bf_check_output(to, err);
    status = status == FEAT_OK ? read_told(a, err) : status;
    if (status == FEAT_OK && a->bundle != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: a bundle already; --bundle makes one of a RUN.json", a->path);
    status = status == FEAT_OK ? bf_bundle_write(to, a->path, a->told, err) : status;
    if (status != FEAT_OK)
        return status;
    bf_report_line(&a->run->report, "wrote", to, "", "");
    bf_report_text(&a->run->report, "output", to);
    bf_report_line(&a->run->report, "to check it", "bonafide audit FILE.tar --root FOLDER-OF-THE-IMAGES", "", "");
    return FEAT_OK;
}

static feat_status check_all(audit *a, feat_error *err)
{
    feat_status status = read_told(a, err);
    if (status != FEAT_OK)
        return status;
    if (a->told->pixels != BF_PIXELS_VERSION)
        return feat_fail(err, FEAT_ERR_VERSION,
                         "%.120s: cannot check: its images were decoded to pixels of version %llu, this program has "
                         "version %d (%s)",
                         a->path, (unsigned long long)a->told->pixels, BF_PIXELS_VERSION, BF_PIXELS_AS);
    if (a->told->numerics != FEAT_NUMERICS_VERSION)
        return feat_fail(err, FEAT_ERR_VERSION,
                         "%.120s: cannot check: made with numerics version %llu, this program has version %d",
                         a->path, (unsigned long long)a->told->numerics, FEAT_NUMERICS_VERSION);
    status = bf_numerics_check(a->told->mode, a->path, err);
    if (status != FEAT_OK)
        return status;
    for (size_t s = 0; s < a->told->n_sets; s++) {
        status = locate_set(a, s, err);
        if (status != FEAT_OK)
            return cannot_check(a, status, err);
    }
    status = feat_pool_create(&a->run->work.context.pool, (size_t)bf_args_number(a->run->args, BF_OPT_THREADS), err);
    if (status == FEAT_OK)
        status = check_inputs(a, err);
    feat_pool_close(&a->run->work.context.pool); /* the second run starts its own */
    return status == FEAT_OK ? check_run(a, err) : status;
}

feat_status bf_cmd_audit(bf_run *run, feat_error *err)
{
    audit *a = feat_calloc(1, sizeof *a);
    if (a == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for an audit");
    a->run = run;
    a->path = run->args->operands[0];
    a->quick = bf_args_given(run->args, BF_OPT_QUICK);
    run->exit_code = EXIT_CANNOT;
    const char *bundle = bf_args_text(run->args, BF_OPT_BUNDLE);
    feat_status status = bundle != NULL ? write_bundle(a, bundle, err) : check_all(a, err);
    if (status == FEAT_ERR_NOMEM || (bundle != NULL && run->exit_code != EXIT_DIFFERENT))
        run->exit_code = 0;
    if (status == FEAT_OK && bundle == NULL)
        report_identical(a);
    audit_release(a);
    feat_free(a);
    return status;
}
