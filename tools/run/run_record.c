/* From a run of the program to its manifest. */
#include "tools/run/side.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tools/base/build_id.h"
#include "tools/images/image.h"
#include "tools/options/option_table.h"

feat_status bf_record_file(bf_manifest *m, bf_manifest_set *record, const bf_set *set, feat_error *err)
{
    bf_leaf leaf = {.skipped = false};
    const char *path = bf_set_path(set), *slash = strrchr(path, '/');
    if (bf_set_get_kind(set) == BF_SET_IMAGES)
        return FEAT_OK;
    feat_status status = bf_digest_file(&leaf.file, path, err);
    if (status == FEAT_OK)
        bf_manifest_add_leaf(m, record, slash != NULL ? slash + 1 : path, &leaf);
    return status;
}

/* The value of an option as the manifest has it. */
static const char *setting_text(const bf_args *args, const bf_option *option)
{
    if (option->kind == BF_VALUE_NONE)
        return bf_args_given(args, option->id) ? "yes" : "no";
    return bf_args_text(args, option->id);
}

static void record_settings(bf_manifest *m, const bf_args *args)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        const char letter[2] = {option->letter, 0};
        if (bf_command_has(args->command, option->id) && (option->flags & BF_OPTION_SHAPES_RESULT) != 0)
            bf_manifest_add_setting(m, option->name != NULL ? option->name : letter,
                                    setting_text(args, option));
    }
    bf_manifest_set_command(m, args->command->name, args->command->verb);
}

static void record_values(bf_manifest *m, const bf_report *report)
{
    for (size_t i = 0; i < report->n_results; i++) {
        const bf_result *result = &report->results[i];
        if (result->type == BF_TYPE_TEXT)
            continue; /* where something was written, not what was found */
        bf_manifest_value *value = bf_manifest_add_value(m, result->key, result->type);
        if (value == NULL)
            return;
        value->number = result->number;
        value->integer = result->integer;
    }
}

static void record_cost(bf_manifest *m)
{
    struct timespec now = {0, 0};
    struct rusage usage;
    clock_gettime(CLOCK_MONOTONIC, &now);
    m->seconds = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - m->started;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        m->peak_bytes = (uint64_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
}

void bf_run_record(bf_run *run)
{
    bf_manifest *m = run->manifest;
    const bf_report *report = &run->report;
    char version[32];
    if (run->recorded)
        return;
    run->recorded = true;
    snprintf(version, sizeof version, "%d.%d.%d", FEAT_VERSION_MAJOR, FEAT_VERSION_MINOR, FEAT_VERSION_PATCH);
    bf_manifest_text(m, &m->version, version);
    bf_manifest_text(m, &m->build, bf_build_id());
    m->pixels = BF_PIXELS_VERSION;
    m->numerics = FEAT_NUMERICS_VERSION;
    bf_manifest_text(m, &m->mode, report->made.mode);
    record_settings(m, run->args);
    if (run->report.made.has_weights)
        bf_manifest_weights(m, &run->network.weights_info, report->made.weights_path);
    for (size_t i = 0; i < run->n_other; i++)
        bf_manifest_other(m, &run->other[i].weights_info, report->others[i].weights_path);
    record_values(m, report);
    bf_manifest_text(m, &m->isa, run->report.made.has_weights ? report->made.isa : NULL);
    m->threads = feat_pool_threads(run->work.context.pool);
    m->batch = bf_args_number(run->args, BF_OPT_BATCH);
    bf_manifest_total(m);
    record_cost(m);
}
