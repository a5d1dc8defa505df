/* How an audit ends: identical, different, or not to be checked. */
#include "tools/audit/audit.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/records/report_json.h"

feat_status bf_audit_cannot(const bf_audit *a, feat_status status, feat_error *err)
{
    char before[160];
    snprintf(before, sizeof before, "%.120s: cannot check", a->path);
    return feat_fail_again(err, status, before, err->message);
}

static void report_difference(const bf_audit *a, const bf_difference *d)
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
static feat_status ends_with(const bf_audit *a, const bf_difference *d, feat_error *err)
{
    const bf_args *args = a->run->args;
    a->run->exit_code = d->missing ? BF_AUDIT_CANNOT : BF_AUDIT_DIFFERENT;
    report_difference(a, d);
    if (bf_args_given(args, BF_OPT_JSON)) {
        feat_status status = bf_report_json(&a->run->report, bf_args_text(args, BF_OPT_JSON), err);
        if (status != FEAT_OK)
            return status;
    }
    return feat_fail(err, FEAT_ERR_CHECKSUM, "%.120s: %s%s", a->path, d->missing ? "cannot check: " : "",
                     d->text);
}

feat_status bf_audit_compare(const bf_audit *a, const bf_manifest *seen, bf_stage last, bool partial,
                             feat_error *err)
{
    bf_compare_options options = {last, partial, bf_args_given(a->run->args, BF_OPT_WEIGHTS)};
    bf_difference d;
    if (seen->failed)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to compare it", a->path);
    bf_manifest_compare(&d, a->told, seen, &options);
    return d.found ? ends_with(a, &d, err) : FEAT_OK;
}

feat_status bf_audit_damaged(const bf_audit *a, feat_error *err)
{
    bf_difference d = {.found = true, .stage = BF_STAGE_WEIGHTS};
    snprintf(d.item, sizeof d.item, "%s", a->weights);
    snprintf(d.seen, sizeof d.seen, "damaged");
    snprintf(d.text, sizeof d.text, "weights differ: %s", err->message);
    return ends_with(a, &d, err);
}

