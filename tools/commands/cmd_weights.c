/* weights convert, info, verify, synth. */
#include "tools/commands/cmd_weights.h"

#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/commands/command_table.h"
#include "tools/options/weights_find.h"
#include "weights/convert.h"

static const char *dtype_name(feat_dtype dtype)
{
    return dtype == FEAT_FLOAT16 ? "float16" : "float32";
}

static feat_dtype dtype_wanted(const bf_run *run)
{
    const char *word = bf_args_text(run->args, BF_OPT_DTYPE);
    return strcmp(word, "float16") == 0 ? FEAT_FLOAT16 : strcmp(word, "float32") == 0 ? FEAT_FLOAT32 : FEAT_AS_IS;
}

void bf_tell_text(bf_run *run, const char *label, const char *key, const char *text)
{
    bf_report_line(&run->report, label, text, "", "");
    bf_report_text(&run->report, key, text);
}

static void put_count(bf_run *run, const char *label, const char *key, size_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", count);
    bf_report_line(&run->report, label, text, "", "");
    bf_report_integer(&run->report, key, count);
}

static void put_digest(bf_run *run, const char *label, const char *key, const unsigned char digest[32])
{
    char text[65];
    feat_hex(text, digest);
    bf_tell_text(run, label, key, text);
}

static bool is_zero(const unsigned char digest[32])
{
    static const unsigned char zero[32];
    return memcmp(digest, zero, sizeof zero) == 0;
}

/* How most values are stored, and how many tensors are stored otherwise. */
static void put_dtype(bf_run *run, const feat_weights *weights)
{
    feat_dtype most = feat_weights_dtype(weights), other = most == FEAT_FLOAT16 ? FEAT_FLOAT32 : FEAT_FLOAT16;
    size_t n = feat_weights_n_stored(weights, other);
    char text[96];
    snprintf(text, sizeof text, "%s, %zu tensors as %s", dtype_name(most), n, dtype_name(other));
    bf_report_line(&run->report, "stored as", n > 0 ? text : dtype_name(most), "", "");
    bf_report_text(&run->report, "dtype", dtype_name(most));
    if (n > 0)
        bf_report_integer(&run->report, "other_dtype_tensors", n);
}

static void put_name(bf_run *run, const feat_weights_info *info)
{
    char text[128];
    bool claimed = !is_zero(info->source_sha256) && feat_weights_known_content(info->content_sha256) == NULL;
    snprintf(text, sizeof text, "%s%s", info->name, claimed ? ", as the file says" : "");
    bf_report_line(&run->report, "name", text, "", "");
    bf_report_text(&run->report, "name", info->name);
}

/* Only the content is known of a file; of its source there is its maker's word, which is told as that. */
static void put_source(bf_run *run, const feat_weights_info *info)
{
    const char *content = feat_weights_known_content(info->content_sha256);
    const bool no_source = is_zero(info->source_sha256);
    const bool synthetic = content != NULL && strncmp(content, "synth:", 6) == 0;
    const feat_known_file *file = no_source ? NULL : feat_weights_known_file(info->source_sha256);
    char hex[65], text[224];
    feat_hex(hex, info->source_sha256);
    snprintf(text, sizeof text, "%s, as the file says", hex);
    bf_report_line(&run->report, "source SHA-256", no_source ? "none: synthetic" : text, "", "");
    if (!no_source)
        bf_report_text(&run->report, "source_sha256", hex);
    if (content != NULL && !synthetic)
        snprintf(text, sizeof text, "%s", content);
    else if (synthetic)
        snprintf(text, sizeof text, "no: synthetic, %s", content);
    else if (file != NULL)
        snprintf(text, sizeof text, "%s, as the file says: its tensors do not show it", file->name);
    else
        snprintf(text, sizeof text, "no, or not one known here");
    bf_report_line(&run->report, "published file", text, "", "");
    if (file != NULL && file->licence != NULL)
        bf_tell_text(run, "licence", "licence", file->licence);
    bf_report_boolean(&run->report, "known", content != NULL && !synthetic);
    bf_report_boolean(&run->report, "source_known", file != NULL);
}

/* What every one of these commands says of the weights it leaves behind or looks at. */
static feat_status describe(bf_run *run, feat_weights *weights, feat_error *err)
{
    feat_weights_info info;
    feat_status status = feat_weights_describe(weights, &info, err);
    if (status != FEAT_OK)
        return status;
    put_name(run, &info);
    bf_tell_text(run, "network", "network", feat_net_name(info.net));
    bf_tell_text(run, "variant", "variant", bf_network_variant(info.net));
    put_count(run, "classes", "classes", info.n_classes);
    put_count(run, "tensors", "tensors", info.n_tensors);
    put_count(run, "parameters", "parameters", info.n_parameters);
    put_dtype(run, weights);
    put_digest(run, "content SHA-256", "sha256", info.content_sha256);
    put_source(run, &info);
    return FEAT_OK;
}

feat_status bf_tell_weights(bf_run *run, const char *path, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_status status = bf_weights_open(&weights, path, NULL, err);
    if (status == FEAT_OK)
        status = describe(run, weights, err);
    feat_weights_close(&weights);
    return status;
}

feat_status bf_cmd_weights_convert(bf_run *run, feat_error *err)
{
    feat_convert_options options = {run->args->operands[0], run->args->operands[1], dtype_wanted(run),
                                    NULL};
    feat_convert_report report;
    run->report.command = "weights convert";
    feat_status status = bf_network_wanted(&options.net, run->args, err);
    if (status == FEAT_OK)
        status = bf_check_output(options.out, err);
    bf_progress_step(&run->report.progress, "converting");
    if (status == FEAT_OK)
        status = feat_convert(&options, &report, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < report.n_notices; i++)
        bf_report_warn(&run->report, "%s", report.notices[i]);
    bf_tell_text(run, "wrote", "output", options.out);
    bf_tell_text(run, "from", "container", report.container);
    return bf_tell_weights(run, options.out, err);
}

feat_status bf_cmd_weights_info(bf_run *run, feat_error *err)
{
    feat_weights *weights = NULL;
    run->report.command = "weights info";
    const feat_net *wanted;
    feat_status status = bf_network_wanted(&wanted, run->args, err);
    if (status == FEAT_OK)
        status = bf_weights_open(&weights, run->args->operands[0], wanted, err);
    if (status == FEAT_OK)
        bf_tell_text(run, "file", "file", run->args->operands[0]);
    if (status == FEAT_OK)
        status = describe(run, weights, err);
    feat_weights_close(&weights);
    return status;
}

feat_status bf_cmd_weights_verify(bf_run *run, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    char text[224];
    run->report.command = "weights verify";
    feat_status status = bf_weights_open(&weights, run->args->operands[0], NULL, err);
    bf_progress_step(&run->report.progress, "verifying");
    if (status == FEAT_OK)
        status = feat_weights_verify(weights, err);
    if (status == FEAT_OK)
        status = feat_weights_describe(weights, &info, err);
    bf_progress_clear(&run->report.progress);
    if (status == FEAT_OK) {
        snprintf(text, sizeof text, "%.120s: all %zu tensors are intact", run->args->operands[0],
                 info.n_tensors);
        bf_report_line(&run->report, "verified", text, "", "");
        bf_report_text(&run->report, "file", run->args->operands[0]);
        bf_report_boolean(&run->report, "intact", true);
        put_digest(run, "content SHA-256", "sha256", info.content_sha256);
    }
    feat_weights_close(&weights);
    return status;
}

feat_status bf_cmd_weights_synth(bf_run *run, feat_error *err)
{
    const char *out = run->args->operands[1];
    const feat_net *net = NULL;
    feat_weights *weights = NULL;
    uint64_t seed = 0;
    run->report.command = "weights synth";
    feat_status status = bf_seed_parse(&seed, run->args->operands[0], err);
    if (status == FEAT_OK)
        status = bf_network_wanted(&net, run->args, err);
    net = net != NULL ? net : bf_network_default();
    if (status == FEAT_OK)
        status = bf_check_output(out, err);
    if (status == FEAT_OK)
        status = feat_weights_synth(&weights, seed, net, err);
    bf_progress_step(&run->report.progress, "generating");
    if (status == FEAT_OK)
        status = feat_weights_save(weights, out, dtype_wanted(run), err);
    bf_progress_clear(&run->report.progress);
    feat_weights_close(&weights);
    if (status != FEAT_OK)
        return status;
    bf_tell_text(run, "wrote", "output", out);
    return bf_tell_weights(run, out, err);
}
