/* weights convert, info, verify, synth. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/options/weights_find.h"
#include "weights/convert.h"

static const char *dtype_name(iv3_dtype dtype)
{
    return dtype == IV3_FLOAT16 ? "float16" : "float32";
}

static iv3_dtype dtype_wanted(const bf_run *run)
{
    return strcmp(bf_args_text(run->args, BF_OPT_DTYPE), "float16") == 0 ? IV3_FLOAT16 : IV3_FLOAT32;
}

static void put_text(bf_run *run, const char *label, const char *key, const char *text)
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
    iv3_hex(text, digest);
    put_text(run, label, key, text);
}

static bool is_zero(const unsigned char digest[32])
{
    static const unsigned char zero[32];
    return memcmp(digest, zero, sizeof zero) == 0;
}

/* What every one of these commands says of the weights it leaves behind or looks at. */
static iv3_status describe(bf_run *run, iv3_weights *weights, iv3_error *err)
{
    iv3_weights_info info;
    iv3_status status = iv3_weights_describe(weights, &info, err);
    if (status != IV3_OK)
        return status;
    put_text(run, "name", "name", info.name);
    put_text(run, "variant", "variant", iv3_variant_name(info.variant));
    put_count(run, "classes", "classes", info.n_classes);
    put_count(run, "tensors", "tensors", info.n_tensors);
    put_count(run, "parameters", "parameters", info.n_parameters);
    put_text(run, "stored as", "dtype", dtype_name(iv3_weights_dtype(weights)));
    put_digest(run, "content SHA-256", "sha256", info.content_sha256);
    if (is_zero(info.source_sha256))
        bf_report_line(&run->report, "source SHA-256", "none: synthetic", "", "");
    else
        put_digest(run, "source SHA-256", "source_sha256", info.source_sha256);
    const char *known = is_zero(info.source_sha256) ? NULL : iv3_weights_known(info.source_sha256);
    bf_report_line(&run->report, "published file", known != NULL ? known : "no, or not one known here", "",
                   "");
    bf_report_boolean(&run->report, "known", known != NULL);
    return IV3_OK;
}

static iv3_status describe_file(bf_run *run, const char *path, iv3_error *err)
{
    iv3_weights *weights = NULL;
    iv3_status status = bf_weights_open(&weights, path, NULL, err);
    if (status == IV3_OK)
        status = describe(run, weights, err);
    iv3_weights_close(&weights);
    return status;
}

iv3_status bf_cmd_weights_convert(bf_run *run, iv3_error *err)
{
    const char *variant = bf_args_text(run->args, BF_OPT_VARIANT);
    iv3_convert_options options = {run->args->operands[0], run->args->operands[1], dtype_wanted(run),
                                   IV3_CONVERT_AUTO};
    iv3_convert_report report;
    iv3_variant wanted;
    run->report.command = "weights convert";
    if (variant != NULL) {
        if (bf_variant_parse(&wanted, variant, err) != IV3_OK)
            return IV3_ERR_ARG;
        options.variant = (int)wanted;
    }
    iv3_status status = bf_check_output(options.out, err);
    bf_progress_step(&run->report.progress, "converting");
    if (status == IV3_OK)
        status = iv3_convert(&options, &report, err);
    bf_progress_clear(&run->report.progress);
    if (status != IV3_OK)
        return status;
    for (size_t i = 0; i < report.n_notices; i++)
        bf_report_warn(&run->report, "%s", report.notices[i]);
    put_text(run, "wrote", "output", options.out);
    put_text(run, "from", "container", report.container);
    return describe_file(run, options.out, err);
}

iv3_status bf_cmd_weights_info(bf_run *run, iv3_error *err)
{
    iv3_weights *weights = NULL;
    run->report.command = "weights info";
    iv3_status status =
        bf_weights_open(&weights, run->args->operands[0], bf_args_text(run->args, BF_OPT_VARIANT), err);
    if (status == IV3_OK)
        put_text(run, "file", "file", run->args->operands[0]);
    if (status == IV3_OK)
        status = describe(run, weights, err);
    iv3_weights_close(&weights);
    return status;
}

iv3_status bf_cmd_weights_verify(bf_run *run, iv3_error *err)
{
    iv3_weights *weights = NULL;
    iv3_weights_info info;
    char text[224];
    run->report.command = "weights verify";
    iv3_status status = bf_weights_open(&weights, run->args->operands[0], NULL, err);
    bf_progress_step(&run->report.progress, "verifying");
    if (status == IV3_OK)
        status = iv3_weights_verify(weights, err);
    if (status == IV3_OK)
        status = iv3_weights_describe(weights, &info, err);
    bf_progress_clear(&run->report.progress);
    if (status == IV3_OK) {
        snprintf(text, sizeof text, "%.120s: all %zu tensors are intact", run->args->operands[0],
                 info.n_tensors);
        bf_report_line(&run->report, "verified", text, "", "");
        bf_report_text(&run->report, "file", run->args->operands[0]);
        bf_report_boolean(&run->report, "intact", true);
        put_digest(run, "content SHA-256", "sha256", info.content_sha256);
    }
    iv3_weights_close(&weights);
    return status;
}

iv3_status bf_cmd_weights_synth(bf_run *run, iv3_error *err)
{
    const char *variant_name = bf_args_text(run->args, BF_OPT_VARIANT), *out = run->args->operands[1];
    iv3_variant variant = IV3_VARIANT_FID;
    iv3_weights *weights = NULL;
    uint64_t seed = 0;
    run->report.command = "weights synth";
    iv3_status status = bf_seed_parse(&seed, run->args->operands[0], err);
    if (status == IV3_OK && variant_name != NULL)
        status = bf_variant_parse(&variant, variant_name, err);
    if (status == IV3_OK)
        status = bf_check_output(out, err);
    if (status == IV3_OK)
        status = iv3_weights_synth(&weights, seed, variant, err);
    bf_progress_step(&run->report.progress, "generating");
    if (status == IV3_OK)
        status = iv3_weights_save(weights, out, dtype_wanted(run), err);
    bf_progress_clear(&run->report.progress);
    iv3_weights_close(&weights);
    if (status != IV3_OK)
        return status;
    put_text(run, "wrote", "output", out);
    return describe_file(run, out, err);
}
