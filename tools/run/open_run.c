/* Setting up an invocation: options, threads, cache, where features come from. */
#include "tools/run/run.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/base/signals.h"
#include "tools/images/sandbox.h"
#include "tools/options/byte_size.h"
#include "tools/options/numerics.h"
#include "tools/options/weights_find.h"
#include "tools/run/keep_layers.h"
#include "tools/run/keep_part.h"
#include "tools/run/network.h"
#include "tools/run/source_network.h"

feat_status bf_run_take(const bf_args *args, bf_set *set, size_t index, feat_error *err)
{
    if (!bf_args_given(args, BF_OPT_TAKE))
        return FEAT_OK;
    return bf_set_take(set, bf_args_number(args, BF_OPT_TAKE), bf_args_number(args, BF_OPT_SEED), index, err);
}

/* Results of other images are other results. */
static void note_take(bf_run *run)
{
    if (!bf_args_given(run->args, BF_OPT_TAKE) || run->report.taken > 0)
        return;
    run->report.taken = bf_args_number(run->args, BF_OPT_TAKE);
    bf_report_setting(&run->report, "take", run->report.taken);
    bf_report_setting(&run->report, "take_seed", bf_args_number(run->args, BF_OPT_SEED));
}

void bf_run_bits(const bf_args *args)
{
    if (bf_command_has(args->command, BF_OPT_BITS))
        bf_limits_set_bits(bf_args_given(args, BF_OPT_BITS) ? bf_args_number(args, BF_OPT_BITS) : 0);
}

feat_status bf_run_set_how(bf_set_how *how, const bf_args *args, feat_error *err)
{
    bool arrays = bf_command_has(args->command, BF_OPT_RANGE);
    *how = (bf_set_how){.prefer_stats = bf_command_is(args->command, BF_COMMAND_PREFERS_STATS)};
    return arrays ? bf_set_how_parse(how, bf_args_text(args, BF_OPT_RANGE), bf_args_text(args, BF_OPT_LAYOUT), err)
                  : FEAT_OK;
}

feat_status bf_run_open(bf_run **out, const bf_args *args, feat_error *err)
{
    bf_run *run = feat_calloc(1, sizeof *run);
    *out = run;
    if (run == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to start");
    run->args = args;
    run->network.net = bf_network_default();
    run->source = bf_source_network(run);
    run->keeper = bf_keep_layers(run);
    run->report.command = args->command->name;
    run->report.quiet = bf_args_given(args, BF_OPT_QUIET);
    snprintf(run->report.made.mode, sizeof run->report.made.mode, "%s", feat_numerics_name(FEAT_NUMERICS_EXACT));
    bf_progress_init(&run->report.progress, !run->report.quiet,
                     bf_command_has(args->command, BF_OPT_PROGRESS) && bf_args_given(args, BF_OPT_PROGRESS));
    feat_status status = FEAT_OK;
    if (bf_command_has(args->command, BF_OPT_LIMITS))
        status = bf_limits_set(bf_args_text(args, BF_OPT_LIMITS), err);
    if (status == FEAT_OK)
        bf_run_bits(args);
    if (status == FEAT_OK && (bf_args_given(args, BF_OPT_MANIFEST) || bf_args_given(args, BF_OPT_REPORT)))
        status = bf_manifest_create(&run->manifest, err);
    if (status != FEAT_OK)
        bf_run_close(out);
    return status;
}

void bf_run_close(bf_run **run)
{
    if (run == NULL || *run == NULL)
        return;
    bf_progress_clear(&(*run)->report.progress);
    bf_featurizer_close(&(*run)->network.featurizer);
    feat_model_close(&(*run)->network.model);
    for (size_t i = 0; i < BF_MAX_NETWORKS - 1; i++)
        feat_model_close(&(*run)->other[i].model);
    feat_pool_close(&(*run)->work.context.pool);
    bf_cache_close(&(*run)->network.cache);
    if ((*run)->keeper.close != NULL)
        (*run)->keeper.close((*run)->keeper.ctx);
    if ((*run)->source.close != NULL)
        (*run)->source.close((*run)->source.ctx);
    bf_manifest_close(&(*run)->manifest);
    bf_report_release(&(*run)->report);
    feat_free(*run);
    *run = NULL;
}

feat_status bf_run_sandbox(bf_run *run, feat_error *err)
{
    char note[BF_SANDBOX_NOTE_BYTES];
    bf_sandbox_mode mode = BF_SANDBOX_AUTO;
    if (!bf_command_has(run->args->command, BF_OPT_SANDBOX))
        return FEAT_OK;
    const char *word = bf_args_text(run->args, BF_OPT_SANDBOX);
    if (strcmp(word, "auto") != 0)
        mode = strcmp(word, "on") == 0 ? BF_SANDBOX_ON : BF_SANDBOX_OFF;
    feat_status status = bf_sandbox_start(mode, note, err);
    if (status == FEAT_OK && note[0] != 0)
        bf_report_warn(&run->report, "%s", note);
    return status;
}

static feat_status find_tap(bf_network *network, const char *name, feat_error *err)
{
    network->tap =
        name == NULL ? feat_net_tap(network->net, FEAT_ROLE_FEATURES) : feat_net_find_tap(network->net, name);
    return network->tap != FEAT_NO_TAP
               ? FEAT_OK
               : feat_fail(err, FEAT_ERR_ARG, "--tap: %s has no tap '%s'", feat_net_name(network->net), name);
}

/* Of several networks some may have none of the name that was asked for. */
static feat_status find_preset(bf_run *run, feat_error *err)
{
    const feat_net *net = run->network.net;
    const char *asked = bf_args_text(run->args, BF_OPT_PRESET);
    const char *usual = bf_published_preset(bf_published_find(bf_args_text(run->args, BF_OPT_PRESET_OF)), net);
    usual = usual != NULL ? usual : feat_net_preset_name(net);
    char presets[BF_PRESETS_TEXT];
    run->network.preset = bf_preset_find(net, asked != NULL ? asked : usual);
    if (run->network.preset == NULL && bf_networks_asked(run->args) > 1) {
        bf_report_warn(&run->report, "no tool runs %s with preset '%s'; it has its usual one, %s", feat_net_name(net),
                       asked, usual);
        run->network.preset = bf_preset_find(net, usual);
    }
    if (run->network.preset == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "--preset: no tool runs %s with preset '%s'; expected one of %s",
                         feat_net_name(net), asked != NULL ? asked : usual, bf_presets_of(presets, net));
    return FEAT_OK;
}

static int interrupted(void *unused)
{
    (void)unused;
    return bf_signals_caught();
}

feat_status bf_run_network(bf_run *run, feat_error *err)
{
    const bf_args *args = run->args;
    run->network.numerics = bf_numerics_wanted(args);
    feat_status status = feat_isa_mask_parse(&run->work.isa_mask, bf_args_text(args, BF_OPT_ISA), err);
    if (status == FEAT_OK && run->network.wanted == NULL)
        status = bf_network_wanted(&run->network.wanted, args, err);
    if (run->network.wanted == NULL)
        run->network.wanted = run->network.usual;
    if (run->network.wanted != NULL)
        run->network.net = run->network.wanted;
    if (status == FEAT_OK)
        status = find_tap(&run->network, bf_args_text(args, BF_OPT_TAP), err);
    if (status != FEAT_OK)
        return status;
    status = find_preset(run, err);
    if (status == FEAT_OK)
        status = bf_run_preset(run, run->network.preset, err);
    if (status != FEAT_OK)
        return status;
    if (bf_args_given(args, BF_OPT_MEMORY))
        status = bf_memory_parse(&run->memory.asked, bf_args_text(args, BF_OPT_MEMORY), err);
    if (status != FEAT_OK)
        return status;
    run->report.is_metric = true;
    note_take(run);
    snprintf(run->report.tap, sizeof run->report.tap, "%s", bf_run_tap_name(run, run->network.tap));
    status = bf_run_cache(run, err);
    if (status == FEAT_OK)
        status = bf_keep_part(run, err);
    if (status != FEAT_OK)
        return status;
    if (run->work.context.pool == NULL)
        status = feat_pool_create(&run->work.context.pool, (size_t)bf_args_number(args, BF_OPT_THREADS), err);
    run->work.context.stop = interrupted;
    if (run->work.team != NULL) {
        run->work.context.team = run->work.team->metrics;
        run->memory.mapped = true; /* each has its share in memory, and none has all */
    }
    return status;
}

feat_status bf_run_cache(bf_run *run, feat_error *err)
{
    const bf_args *args = run->args;
    const char *folder = bf_args_text(args, BF_OPT_CACHE);
    if (folder == NULL)
        folder = getenv("BONAFIDE_CACHE");
    bool taken = bf_command_has(args->command, BF_OPT_CACHE);
    const char *key = bf_args_text(args, BF_OPT_CACHE_KEY);
    bf_hmac secret;
    if (!taken || run->auditing || !run->source.computes || bf_args_given(args, BF_OPT_NO_CACHE) ||
        run->network.cache != NULL)
        return FEAT_OK;
    if (folder == NULL || *folder == 0)
        return key == NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_ARG, "--cache-key: there is no cache; add --cache DIR");
    feat_status status = key != NULL ? bf_cache_secret_read(&secret, key, err) : FEAT_OK;
    return status == FEAT_OK ? bf_cache_open(&run->network.cache, folder, key != NULL ? &secret : NULL, err) : status;
}
