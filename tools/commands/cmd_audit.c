/* audit: a recorded run is done again, and what it was made of and gave is compared stage by stage. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/audit/audit.h"
#include "tools/base/files.h"
#include "tools/images/image.h"
#include "tools/options/numerics.h"
#include "tools/options/parse_args.h"

/* The verdict comes before the numbers that it is of, which were there first. */
static void lift_last_line(bf_report *r)
{
    bf_line last = r->lines[r->n_lines - 1];
    memmove(r->lines + 1, r->lines, (r->n_lines - 1) * sizeof r->lines[0]);
    r->lines[0] = last;
}

static void report_identical(const bf_audit *a)
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
    lift_last_line(r);
    bf_report_text(r, "manifest", a->path);
    bf_report_boolean(r, "identical", true);
    bf_report_boolean(r, "quick", a->quick);
    bf_report_integer(r, "images", images);
    bf_report_integer(r, "images_checked", a->quick ? checked : images);
    bf_report_integer(r, "results_checked", a->quick ? 0 : a->told->n_values);
    for (size_t i = 0; i < a->told->n_values && !a->quick && r->n_results < BF_MAX_VALUES; i++) {
        const bf_manifest_value *v = &a->told->values[i];
        if (v->type == BF_TYPE_NUMBER)
            bf_report_number(r, v->key, v->number);
        else
            bf_report_integer(r, v->key, v->integer);
    }
    snprintf(r->made.isa, sizeof r->made.isa, "%s", a->isa);
}

static void audit_release(bf_audit *a)
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
static feat_status read_told(bf_audit *a, feat_error *err)
{
    bool is_bundle = false;
    feat_status status = bf_bundle_is(&is_bundle, a->path, err);
    if (status == FEAT_OK)
        status = is_bundle ? bf_bundle_open(&a->bundle, &a->told, a->path, err)
                           : bf_manifest_read(&a->told, a->path, err);
    return status == FEAT_OK ? bf_audit_compare(a, a->told, BF_STAGE_SETTINGS, false, err) : status;
}

/* --bundle: nothing is run. */
static feat_status write_bundle(bf_audit *a, const char *to, feat_error *err)
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

static feat_status check_all(bf_audit *a, feat_error *err)
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
    status = bf_audit_locate(a, err);
    if (status != FEAT_OK)
        return bf_audit_cannot(a, status, err);
    status = feat_pool_create(&a->run->work.context.pool, (size_t)bf_args_number(a->run->args, BF_OPT_THREADS), err);
    if (status == FEAT_OK)
        status = bf_audit_inputs(a, err);
    feat_pool_close(&a->run->work.context.pool); /* the second run starts its own */
    return status == FEAT_OK ? bf_audit_again(a, err) : status;
}

feat_status bf_cmd_audit(bf_run *run, feat_error *err)
{
    bf_audit *a = feat_calloc(1, sizeof *a);
    if (a == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for an audit");
    a->run = run;
    a->path = run->args->operands[0];
    a->quick = bf_args_given(run->args, BF_OPT_QUICK);
    run->exit_code = BF_AUDIT_CANNOT;
    const char *bundle = bf_args_text(run->args, BF_OPT_BUNDLE);
    feat_status status = bundle != NULL ? write_bundle(a, bundle, err) : check_all(a, err);
    /* What is checked is checked: that it cannot be printed is no fault of the manifest. */
    if (status == FEAT_OK || status == FEAT_ERR_NOMEM || (bundle != NULL && run->exit_code != BF_AUDIT_DIFFERENT))
        run->exit_code = 0;
    if (status == FEAT_OK && bundle == NULL)
        report_identical(a);
    audit_release(a);
    feat_free(a);
    return status;
}
