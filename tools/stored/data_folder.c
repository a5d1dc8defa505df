/* Folders of shared files, after the XDG Base Directory Specification. */
#include "tools/stored/data_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

/* The user's own: a folder, and what of it comes before /bonafide. NULL: the environment names none. */
static const char *own_folder(const char **between)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    *between = "";
    if (data != NULL && data[0] == '/')
        return data;
    *between = "/.local/share";
    return home != NULL && home[0] == '/' ? home : NULL;
}

static feat_status join(char **path, const char *folder, const char *between, const char *name, feat_error *err)
{
    size_t bytes = strlen(folder) + strlen(between) + sizeof "/bonafide/" + strlen(name);
    *path = feat_alloc(bytes);
    if (*path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to look for %s", name);
    snprintf(*path, bytes, "%s%s/bonafide/%s", folder, between, name);
    return FEAT_OK;
}

feat_status bf_data_path(char **path, size_t index, const char *name, feat_error *err)
{
    const char *between, *own = own_folder(&between), *places[] = {own, "/usr/local/share", "/usr/share"};
    *path = NULL;
    index += own == NULL; /* then there is one folder less */
    if (index >= sizeof places / sizeof places[0])
        return FEAT_OK;
    return join(path, places[index], index == 0 ? between : "", name, err);
}

feat_status bf_data_find(char **path, const char *name, feat_error *err)
{
    for (size_t i = 0;; i++) {
        feat_status status = bf_data_path(path, i, name, err);
        if (status != FEAT_OK || *path == NULL || access(*path, F_OK) == 0)
            return status;
        feat_free(*path);
    }
}

feat_status bf_data_place(char **path, const char *name, feat_error *err)
{
    const char *between, *own = own_folder(&between);
    *path = NULL;
    if (own == NULL)
        return feat_fail(err, FEAT_ERR_IO,
                         "neither HOME nor XDG_DATA_HOME is set, so there is no folder of yours for %s", name);
    return join(path, own, between, name, err);
}

feat_status bf_data_make_folders(const char *path, feat_error *err)
{
    char *folder = feat_strdup(path);
    feat_status status = FEAT_OK;
    if (folder == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to make the folder of %s", path);
    for (char *at = folder; (at = strchr(at + 1, '/')) != NULL && status == FEAT_OK; *at = '/') {
        *at = 0;
        if (access(folder, F_OK) != 0 && mkdir(folder, 0777) != 0 && errno != EEXIST)
            status = feat_fail(err, FEAT_ERR_IO, "%s: cannot make this folder: %s", folder, strerror(errno));
    }
    feat_free(folder);
    return status;
}
