/* What to say about a path that is not there: which neighbour of it may have been meant. */
#include "tools/sets/missing.h"

#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/names.h"

/* The entry of `dir` nearest to `word`, at most a third of its letters off; the first in byte order among
 * equals. */
static bool nearest(const char *dir, const char *word, char *best, size_t size)
{
    DIR *d = opendir(dir[0] == '\0' ? "." : dir);
    if (d == NULL)
        return false;
    size_t best_distance = strlen(word) / 3 + 1;
    bool found = false;
    for (const struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d)) {
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= size)
            continue;
        size_t off = bf_edit_distance(entry->d_name, word, BF_EDIT_ANY_CASE);
        if (off < best_distance || (off == best_distance && (!found || strcmp(entry->d_name, best) < 0))) {
            best_distance = off;
            found = true;
            memcpy(best, entry->d_name, strlen(entry->d_name) + 1);
        }
    }
    closedir(d);
    return found;
}

feat_status bf_set_fail_missing(const char *path, feat_error *err)
{
    char *copy = feat_strdup(path), best[BF_EDIT_LONGEST + 1];
    feat_status status = FEAT_ERR_IO;
    if (copy == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s: no such file or folder", path);
    size_t n = strlen(copy);
    while (n > 1 && copy[n - 1] == '/')
        copy[--n] = '\0';
    char *slash = strrchr(copy, '/');
    const char *word = slash == NULL ? copy : slash + 1;
    const char *dir = slash == NULL ? "" : slash == copy ? "/" : copy;
    if (slash != NULL && slash != copy)
        *slash = '\0';
    if (word[0] == '\0')
        feat_fail(err, status, "%s: no such file or folder", path);
    else if (dir[0] != '\0' && access(dir, F_OK) != 0)
        feat_fail(err, status, "%s: no such file or folder (its parent '%s' does not exist either)", path,
                  dir);
    else if (nearest(dir, word, best, sizeof best))
        feat_fail(err, status, "%s: no such file or folder; did you mean '%s%s%s'?", path, dir,
                  dir[0] == '\0' || strcmp(dir, "/") == 0 ? "" : "/", best);
    else
        feat_fail(err, status, "%s: no such file or folder", path);
    feat_free(copy);
    return status;
}
