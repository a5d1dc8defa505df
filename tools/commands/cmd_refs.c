/* refs get, add, list: named references. */
#include "tools/commands/cmd_weights.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/bring/bring_reference.h"
#include "tools/commands/command_table.h"
#include "tools/sets/set.h"
#include "tools/statistics/references.h"

/* What is known of one, for the table and the JSON. */
typedef struct reference {
    const bf_known_stats *known; /* NULL: the user's own */
    char name[BF_REFERENCE_NAME], preset[64], network[32], sha256[65];
    char *path; /* NULL: it is not here */
    size_t n;   /* 0: it does not say */
} reference;

typedef struct references {
    reference *all;
    size_t n;
} references;

/* Of the user's own, what the file says; one that cannot be read says nothing. */
static feat_status look_into(reference *r, feat_error *err)
{
    feat_error unread;
    bf_digest digest;
    bf_set *set = NULL;
    feat_status status = bf_digest_file(&digest, r->path, &unread);
    if (status == FEAT_OK)
        feat_hex(r->sha256, digest.sha256);
    if (status == FEAT_OK)
        status = bf_set_open_as(&set, r->path, &(bf_set_how){.prefer_stats = true}, &unread);
    if (status == FEAT_ERR_NOMEM)
        return feat_fail(err, status, "%s", unread.message);
    if (set == NULL)
        return FEAT_OK;
    r->n = bf_set_count(set);
    snprintf(r->preset, sizeof r->preset, "%s", bf_set_origin(set)->preset);
    snprintf(r->network, sizeof r->network, "%s", bf_set_origin(set)->variant);
    bf_set_close(&set);
    return FEAT_OK;
}

static feat_status take(references *all, const char *name, const bf_known_stats *known, feat_error *err)
{
    reference *r = &all->all[all->n];
    r->known = known;
    snprintf(r->name, sizeof r->name, "%s", name);
    feat_status status = bf_reference_path(&r->path, name, known == NULL, err);
    all->n++;
    if (status != FEAT_OK || known == NULL)
        return status == FEAT_OK && r->path != NULL ? look_into(r, err) : status;
    snprintf(r->preset, sizeof r->preset, "%s", known->preset != NULL ? known->preset : "");
    snprintf(r->network, sizeof r->network, "%s", known->network != NULL ? known->network : "");
    snprintf(r->sha256, sizeof r->sha256, "%s", known->sha256);
    return FEAT_OK;
}

static void release(void *ctx)
{
    references *all = ctx;
    for (size_t i = 0; i < all->n; i++)
        feat_free(all->all[i].path);
    feat_free(all->all);
    feat_free(all);
}

static feat_status find_all(references *all, feat_error *err)
{
    bf_names own = {0};
    size_t n = 0;
    feat_status status = bf_reference_own(&own, err);
    while (bf_known_stats_at(n) != NULL)
        n++;
    all->all = status == FEAT_OK ? feat_calloc(n + own.n, sizeof *all->all) : NULL;
    if (status == FEAT_OK && all->all == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the references");
    for (size_t i = 0; i < n && status == FEAT_OK; i++)
        status = take(all, bf_known_stats_at(i)->name, bf_known_stats_at(i), err);
    for (size_t i = 0; i < own.n && status == FEAT_OK; i++)
        status = take(all, own.text[i], NULL, err);
    bf_names_free(&own);
    return status;
}

static const char *or_null(const char *text)
{
    return text[0] != 0 ? text : NULL;
}

static void write_all(bf_json *j, const void *ctx)
{
    const references *all = ctx;
    bf_json_open(j, "references", '[');
    for (size_t i = 0; i < all->n; i++) {
        const reference *r = &all->all[i];
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "name", r->name);
        bf_json_boolean(j, "own", r->known == NULL);
        if (r->known != NULL) {
            bf_json_string(j, "file", r->known->file);
            bf_json_string(j, "data_set", r->known->data_set);
            bf_json_string(j, "by", r->known->by);
            bf_json_string(j, "images", r->known->images);
            bf_json_string(j, "address", r->known->address);
        }
        bf_json_string(j, "network", or_null(r->network));
        bf_json_string(j, "preset", or_null(r->preset));
        if (r->n > 0)
            bf_json_integer(j, "n", r->n);
        bf_json_string(j, "sha256", or_null(r->sha256));
        bf_json_string(j, "installed", r->path);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void tell(bf_run *run, const reference *r)
{
    char text[224], known[160] = "", n[32] = "N unknown";
    if (r->n > 0)
        snprintf(n, sizeof n, "N = %zu", r->n);
    if (r->known != NULL)
        bf_known_stats_text(known, sizeof known, r->known);
    else
        snprintf(known, sizeof known, "your own, %s, preset %.40s", n, r->preset[0] != 0 ? r->preset : "unknown");
    if (r->path != NULL)
        snprintf(text, sizeof text, "%s; here: %s", known, r->path);
    else
        snprintf(text, sizeof text, "%s; not here: %s", known, r->known->address);
    bf_report_line(&run->report, r->name, text, "", "");
}

feat_status bf_cmd_refs_list(bf_run *run, feat_error *err)
{
    references *all = feat_calloc(1, sizeof *all);
    run->report.command = "refs list";
    if (all == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the references");
    feat_status status = find_all(all, err);
    for (size_t i = 0; i < all->n && status == FEAT_OK; i++)
        tell(run, &all->all[i]);
    bf_report_add_part(&run->report, write_all, release, all);
    return status;
}

/* --- add ---------------------------------------------------------------------------------------------------- */

/* The user's own must be what a comparison takes: statistics. */
static feat_status check_own(bf_run *run, const char *file, feat_error *err)
{
    bf_set *set = NULL;
    feat_status status = bf_set_open_as(&set, file, &(bf_set_how){.prefer_stats = true}, err);
    if (status == FEAT_OK && bf_set_get_kind(set) != BF_SET_STATS)
        status = feat_fail(err, FEAT_ERR_FORMAT,
                           "%s: holds %s, and a reference is statistics: bonafide stats %s -o FILE.npz makes them",
                           file, bf_set_get_kind(set) == BF_SET_IMAGES ? "images" : "features", file);
    if (status == FEAT_OK && bf_set_origin(set)->preset[0] == 0)
        bf_report_warn(&run->report, "%s does not say which preset and weights it was made with", file);
    bf_set_close(&set);
    return status;
}

static feat_status find_known(const bf_known_stats **known, const char *file, const char *name, feat_error *err)
{
    bf_digest digest;
    char hex[65];
    feat_status status = bf_digest_file(&digest, file, err);
    if (status != FEAT_OK)
        return status;
    *known = bf_known_stats_find(&digest, ""); /* by the digest alone */
    feat_hex(hex, digest.sha256);
    if (*known == NULL && name == NULL)
        return feat_fail(err, FEAT_ERR_CHECKSUM,
                         "%s: no published reference has its SHA-256, %s\nto keep it as your own: bonafide refs add "
                         "FILE --name NAME ('bonafide refs list' has the published ones)",
                         file, hex);
    if (*known != NULL && name != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "--name: %s is published, as ref:%s; add it without a name of your own",
                         file, (*known)->name);
    return FEAT_OK;
}

static void tell_added(bf_run *run, const char *what, const bf_reference *r)
{
    char text[256], hex[65];
    feat_hex(hex, r->digest.sha256);
    bf_tell_text(run, what, "output", r->path);
    snprintf(text, sizeof text, BF_REFERENCE "%s", r->name);
    bf_tell_text(run, "its name", "name", text);
    if (r->known != NULL)
        bf_report_line(&run->report, "it is", bf_known_stats_text(text, sizeof text, r->known), "", "");
    else
        bf_report_line(&run->report, "it is", "your own", "", "");
    bf_tell_text(run, "SHA-256", "sha256", hex);
    bf_report_boolean(&run->report, "own", r->known == NULL);
}

feat_status bf_cmd_refs_add(bf_run *run, feat_error *err)
{
    const char *file = run->args->operands[0], *name = bf_args_text(run->args, BF_OPT_NAME);
    const bf_known_stats *known = NULL;
    bf_reference added = {.path = NULL};
    run->report.command = "refs add";
    bf_progress_step(&run->report.progress, "checking");
    feat_status status = find_known(&known, file, name, err);
    if (status == FEAT_OK && known == NULL)
        status = check_own(run, file, err);
    if (status == FEAT_OK)
        status = bf_add_references(&added, known, name, file, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    tell_added(run, "added", &added);
    bf_reference_release(&added);
    return FEAT_OK;
}

/* --- get ---------------------------------------------------------------------------------------------------- */

/* Whether it is here, and what it should be. Nothing is said of what is not. */
static bool is_here(bf_reference *out, const char *name)
{
    char spec[BF_REFERENCE_NAME + sizeof BF_REFERENCE];
    feat_error why;
    snprintf(spec, sizeof spec, BF_REFERENCE "%.*s", BF_REFERENCE_NAME - 1, name);
    return strlen(name) < BF_REFERENCE_NAME && bf_reference_find(out, spec, &why) == FEAT_OK;
}

feat_status bf_cmd_refs_get(bf_run *run, feat_error *err)
{
    const char *name = run->args->operands[0];
    bf_reference found = {.path = NULL};
    run->report.command = "refs get";
    name += bf_reference_is(name) ? sizeof BF_REFERENCE - 1 : 0; /* as it is said elsewhere */
    bool here = is_here(&found, name);
    feat_status status = here ? FEAT_OK : bf_bring_reference(&found, name, &run->report, err);
    if (status != FEAT_OK)
        return status;
    tell_added(run, here ? "there already" : "added", &found);
    bf_report_boolean(&run->report, "already_there", here);
    bf_reference_release(&found);
    return FEAT_OK;
}
