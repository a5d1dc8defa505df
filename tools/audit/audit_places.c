/* Where the sets and the weights of a recorded run are now. */
#include "tools/audit/audit.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/statistics/references.h"

static feat_status no_memory(feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a path");
}

/* --- sets ----------------------------------------------------------------------------------------- */

/* DIR/PATH (PATH without leading slashes), else DIR/NAME; *found is NULL after an error. */
static feat_status look_below(char **found, const char *root, const char *path, feat_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *tries[2] = {path + strspn(path, "/"), slash != NULL ? slash + 1 : path};
    *found = NULL;
    for (size_t i = 0; i < 2 && *found == NULL; i++) {
        char *there = tries[i][0] != '\0' ? bf_path_join(root, tries[i]) : feat_strdup(root);
        if (there == NULL)
            return no_memory(err);
        if (bf_set_is_there(there))
            *found = there;
        else
            feat_free(there);
    }
    if (*found != NULL)
        return FEAT_OK;
    if (strcmp(tries[0], tries[1]) == 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: there is no %s in it", root, tries[0]);
    return feat_fail(err, FEAT_ERR_IO, "%s: neither %s nor %s is in it", root, tries[0], tries[1]);
}

static feat_status below(char **set, const char *root, const char *path, feat_error *err)
{
    bool list = path[0] == '@';
    char *found = NULL;
    feat_status status = look_below(&found, root, path + list, err);
    if (status != FEAT_OK)
        return status;
    *set = feat_alloc(strlen(found) + 2);
    if (*set != NULL)
        snprintf(*set, strlen(found) + 2, "%s%s", list ? "@" : "", found);
    feat_free(found);
    return *set != NULL ? FEAT_OK : no_memory(err);
}

/* A name is looked for where names are, and what a bundle has is in it. */
static bool has_a_path(const bf_audit *a, size_t index)
{
    return bf_bundle_set(a->bundle, index) == NULL && !bf_reference_is(a->told->sets[index].path);
}

/* Whether every recorded path is there, those that are not absolute in `folder`, NULL being the current one. */
static bool all_are_there(const bf_audit *a, const char *folder)
{
    bool there = true;
    for (size_t s = 0; s < a->told->n_sets && there; s++) {
        const char *path = a->told->sets[s].path + (a->told->sets[s].path[0] == '@');
        if (!has_a_path(a, s))
            continue;
        char *full = folder == NULL || path[0] == '/' ? feat_strdup(path) : bf_path_join(folder, path);
        there = full != NULL && bf_set_is_there(full);
        feat_free(full);
    }
    return there;
}

/* The folder of the manifest where all recorded paths are there and not here, "": else. NULL: no memory. */
static char *folder_beside(const bf_audit *a)
{
    const char *slash = strrchr(a->path, '/');
    char *folder = feat_strdup(slash != NULL ? a->path : "");
    if (folder == NULL || slash == NULL)
        return folder;
    folder[slash == a->path ? 1 : slash - a->path] = 0;
    if (all_are_there(a, NULL) || !all_are_there(a, folder))
        folder[0] = 0;
    return folder;
}

feat_status bf_audit_locate(bf_audit *a, feat_error *err)
{
    const char *given = bf_args_text(a->run->args, BF_OPT_ROOT);
    feat_status status = FEAT_OK;
    for (size_t s = 0; s < a->told->n_sets; s++) { /* slashes at the end would hide the last part */
        char *path = a->told->sets[s].path;
        for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
            path[n - 1] = '\0';
    }
    char *beside = given == NULL ? folder_beside(a) : NULL;
    if (given == NULL && beside == NULL)
        return no_memory(err);
    const char *root = given != NULL ? given : beside;
    if (given == NULL && root[0] != 0)
        bf_report_line(&a->run->report, "sets", "not in this folder, but beside the manifest: those were taken", "",
                       "");
    for (size_t s = 0; s < a->told->n_sets && status == FEAT_OK; s++) {
        const char *path = a->told->sets[s].path;
        bool move = root[0] != 0 && has_a_path(a, s) && (given != NULL || path[path[0] == '@'] != '/');
        if (move) {
            status = below(&a->sets[s], root, path, err);
            continue;
        }
        a->sets[s] = feat_strdup(bf_bundle_set(a->bundle, s) != NULL ? bf_bundle_set(a->bundle, s) : path);
        status = a->sets[s] != NULL ? FEAT_OK : no_memory(err);
    }
    feat_free(beside);
    return status;
}

/* --- weights -------------------------------------------------------------------------------------- */

const char *bf_audit_setting(const bf_manifest *m, const char *name)
{
    for (size_t i = 0; i < m->n_settings; i++)
        if (strcmp(m->settings[i].name, name) == 0)
            return m->settings[i].value;
    return NULL;
}

/* The sources of the weights of all networks as --weights names them. */
static feat_status join_sources(bf_audit *a, feat_error *err)
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

/* Whether a recorded source is a file that is not there. */
static bool is_missing(const char *source)
{
    return strncmp(source, "synth:", 6) != 0 && access(source, F_OK) != 0;
}

feat_status bf_audit_find_weights(bf_audit *a, feat_error *err)
{
    const bf_manifest *m = a->told;
    bool missing = is_missing(m->weights_source);
    for (size_t i = 0; i < m->n_others; i++)
        missing = missing || is_missing(m->others[i].source);
    a->weights = bf_args_text(a->run->args, BF_OPT_WEIGHTS);
    if (a->weights != NULL || missing)
        return FEAT_OK;
    feat_status status = join_sources(a, err);
    a->weights = a->sources;
    return status;
}
