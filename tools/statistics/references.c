/* Where named references lie, which there are, and how one is added. */
#include "tools/statistics/references.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/statistics/reference_images.h"
#include "tools/stored/data_folder.h"

enum { FILE_NAME = BF_REFERENCE_NAME + 16 };

/* What a file of statistics may end in. */
static const char *const endings[] = {".npz", ".pkl", ".npy", ".pth", ".pt"};

static const char *ending_of(const char *file)
{
    size_t n = strlen(file);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (n > strlen(endings[i]) && strcmp(file + n - strlen(endings[i]), endings[i]) == 0)
            return endings[i];
    return NULL;
}

bool bf_reference_is(const char *spec)
{
    return strncmp(spec, BF_REFERENCE, sizeof BF_REFERENCE - 1) == 0;
}

void bf_reference_release(bf_reference *reference)
{
    feat_free(reference->path);
    memset(reference, 0, sizeof *reference);
}

const bf_known_stats *bf_reference_known(const char *name)
{
    for (size_t i = 0; bf_known_stats_at(i) != NULL; i++)
        if (strcmp(bf_known_stats_at(i)->name, name) == 0)
            return bf_known_stats_at(i);
    return NULL;
}

/* Letters, digits, dots, dashes and underscores, the first a letter or digit; what is no ending of a file. */
static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t n = strlen(name);
    if (n == 0 || n >= BF_REFERENCE_NAME || strchr(letters, name[0]) == NULL || ending_of(name) != NULL)
        return false;
    for (const char *c = name; *c != 0; c++)
        if (strchr(letters, *c) == NULL && strchr("._-", *c) == NULL)
            return false;
    return true;
}

static bool is_images(const bf_known_stats *known)
{
    return known != NULL && known->n_parts > 0;
}

static void file_name(char text[FILE_NAME], const char *name, bool own, const char *ending)
{
    snprintf(text, FILE_NAME, "refs/%s%.*s%s", own ? "own/" : "", BF_REFERENCE_NAME - 1, name, ending);
}

feat_status bf_reference_path(char **path, const char *name, bool own, feat_error *err)
{
    char text[FILE_NAME];
    *path = NULL;
    if (!own && is_images(bf_reference_known(name))) {
        file_name(text, name, false, "");
        return bf_data_find(path, text, err);
    }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        file_name(text, name, own, endings[i]);
        feat_status status = bf_data_find(path, text, err);
        if (status != FEAT_OK || *path != NULL)
            return status;
    }
    return FEAT_OK;
}

/* --- which there are ---------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static feat_status add_names_of(bf_names *names, const char *folder, feat_error *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    feat_status status = FEAT_OK;
    if (dir == NULL)
        return FEAT_OK; /* most have none */
    while (status == FEAT_OK && (entry = readdir(dir)) != NULL) {
        const char *ending = ending_of(entry->d_name);
        char name[BF_REFERENCE_NAME];
        uint32_t number;
        size_t n = ending != NULL ? strlen(entry->d_name) - strlen(ending) : 0;
        if (n == 0 || n >= sizeof name)
            continue;
        memcpy(name, entry->d_name, n);
        name[n] = 0;
        if (is_name(name))
            status = bf_names_add(names, name, &number, err);
    }
    closedir(dir);
    return status;
}

feat_status bf_reference_own(bf_names *names, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; status == FEAT_OK; i++) {
        char *folder = NULL;
        status = bf_data_path(&folder, i, "refs/own", err);
        if (folder == NULL)
            break;
        status = add_names_of(names, folder, err);
        feat_free(folder);
    }
    if (status == FEAT_OK && names->n > 1)
        qsort(names->text, names->n, sizeof *names->text, by_bytes);
    return status;
}

/* --- found -------------------------------------------------------------------------------------------------- */

static void add_to_list(char *text, size_t room, const char *name, const char *wanted, const char **near, size_t *best)
{
    size_t used = strlen(text), distance = bf_edit_distance(wanted, name, BF_EDIT_SWAPS | BF_EDIT_ANY_CASE);
    snprintf(text + used, room - used, "%s%s", used > 0 ? ", " : "", name);
    if (distance < *best && distance <= strlen(name) / 3) {
        *best = distance;
        *near = name;
    }
}

static feat_status no_such_name(const char *name, feat_error *err)
{
    char published[160] = "", own[128] = "";
    const char *near = NULL;
    size_t best = SIZE_MAX;
    bf_names names = {0};
    feat_status status = bf_reference_own(&names, err);
    for (size_t i = 0; bf_known_stats_at(i) != NULL; i++)
        add_to_list(published, sizeof published, bf_known_stats_at(i)->name, name, &near, &best);
    for (size_t i = 0; status == FEAT_OK && i < names.n; i++)
        add_to_list(own, sizeof own, names.text[i], name, &near, &best);
    if (status == FEAT_OK)
        status = feat_fail(err, FEAT_ERR_IO,
                           "ref:%.40s: no reference has this name%s%.40s%s\npublished are %s; your own: %s\nto keep "
                           "statistics of yours under a name: bonafide refs add FILE.npz --name NAME",
                           name, near != NULL ? "; did you mean 'ref:" : "", near != NULL ? near : "",
                           near != NULL ? "'?" : "", published, own[0] != 0 ? own : "none");
    bf_names_free(&names);
    return status;
}

static feat_status not_here(const bf_known_stats *known, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_IO,
                     "ref:%s: its file is not here\nit comes from %s (SHA-256 %s)\nget it: bonafide refs get %s "
                     "(without a network bring it, then: bonafide refs add %s)",
                     known->name, known->address, known->sha256, known->name, known->file);
}

/* clean-fid has statistics under this name, perhaps. */
static feat_status not_here_of_cleanfid(const char *name, const char *address, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_IO,
                     "ref:%s: its file is not here\nclean-fid has files of such names: %s\nget it: bonafide refs get "
                     "%s (without a network bring it, then: bonafide refs add FILE.npz --name %s)",
                     name, address, name, name);
}

/* *digest <- that of the file, which must be the published one's. */
static feat_status check(bf_digest *digest, const bf_known_stats *known, const char *path, const char *advice,
                         feat_error *err)
{
    char hex[65];
    feat_status status = bf_digest_file(digest, path, err);
    if (status != FEAT_OK || known == NULL)
        return status;
    feat_hex(hex, digest->sha256);
    if (strcmp(hex, known->sha256) == 0)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_CHECKSUM, "%s: not the published file of ref:%s: SHA-256 %s expected, %s found%s",
                     path, known->name, known->sha256, hex, advice);
}

/* Images that are here in parts: each must be the published one, so that the digest is that of their archive. */
static feat_status check_images(bf_digest *digest, const bf_known_stats *known, const char *folder, feat_error *err)
{
    digest->known = bf_hex_read(digest->sha256, known->sha256, sizeof digest->sha256);
    return bf_reference_images_check(known, folder, "; remove it, and add it again", err);
}

feat_status bf_reference_find(bf_reference *out, const char *spec, feat_error *err)
{
    char address[BF_ADDRESS_BYTES];
    const char *name = spec + sizeof BF_REFERENCE - 1;
    memset(out, 0, sizeof *out);
    out->known = bf_reference_known(name);
    feat_status status = FEAT_OK;
    if (out->known != NULL || is_name(name))
        status = bf_reference_path(&out->path, name, out->known == NULL, err);
    if (status == FEAT_OK && out->path == NULL)
        status = out->known != NULL                               ? not_here(out->known, err)
                 : bf_known_stats_cleanfid(address, name) != NULL ? not_here_of_cleanfid(name, address, err)
                                                                  : no_such_name(name, err);
    if (status == FEAT_OK && is_images(out->known))
        status = check_images(&out->digest, out->known, out->path, err);
    else if (status == FEAT_OK)
        status = check(&out->digest, out->known, out->path, "; remove it, and add it again", err);
    if (status == FEAT_OK)
        snprintf(out->name, sizeof out->name, "%s", name);
    else
        bf_reference_release(out);
    return status;
}

/* --- added -------------------------------------------------------------------------------------------------- */

static feat_status copy(const char *from, const char *to, feat_error *err)
{
    enum { CHUNK = 1 << 18 };
    bf_new_file file = {-1, NULL, NULL};
    uint64_t bytes = 0;
    int fd = -1;
    unsigned char *chunk = feat_alloc(CHUNK);
    feat_status status = chunk != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to copy it", from);
    if (status == FEAT_OK)
        status = bf_file_open(&fd, &bytes, from, err);
    if (status == FEAT_OK)
        status = bf_new_file_open(&file, to, err);
    for (uint64_t at = 0; at < bytes && status == FEAT_OK; at += CHUNK) {
        size_t n = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
        status = bf_file_read_at(fd, chunk, n, at, from, err);
        if (status == FEAT_OK)
            status = bf_new_file_write(&file, chunk, n, at, err);
    }
    if (status == FEAT_OK)
        status = bf_new_file_commit(&file, err);
    else
        bf_new_file_abandon(&file);
    bf_file_close(&fd);
    feat_free(chunk);
    return status;
}

/* One of the user's own keeps its content: what lies under the name must be the same. */
static feat_status look_there(const bf_reference *r, feat_error *err)
{
    bf_digest there;
    char *path = NULL;
    feat_status status = bf_reference_path(&path, r->name, true, err);
    if (status == FEAT_OK && path != NULL)
        status = bf_digest_file(&there, path, err);
    if (status == FEAT_OK && path != NULL && memcmp(there.sha256, r->digest.sha256, sizeof there.sha256) != 0)
        status = feat_fail(err, FEAT_ERR_IO,
                           "ref:%s: %s has this name and other content; remove it, or take another name", r->name,
                           path);
    feat_free(path);
    return status;
}

/* From the archive to the folder `path`, whose files are then what they should be. */
static feat_status add_images(const bf_known_stats *known, const char *archive, const char *path, feat_error *err)
{
    char *inside = bf_path_join(path, known->parts[0].name);
    feat_status status = inside != NULL ? bf_data_make_folders(inside, err)
                                        : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to unpack it", archive);
    feat_free(inside);
    if (status == FEAT_OK)
        status = bf_reference_images_unpack(known, archive, path, err);
    return status == FEAT_OK ? bf_reference_images_check(known, path, "", err) : status;
}

feat_status bf_reference_add(bf_reference *out, const bf_known_stats *known, const char *name, const char *file,
                             feat_error *err)
{
    const char *ending = is_images(known) ? "" : ending_of(known != NULL ? known->file : file);
    char text[FILE_NAME];
    memset(out, 0, sizeof *out);
    out->known = known;
    if (known == NULL && (!is_name(name) || bf_reference_known(name) != NULL))
        return feat_fail(err, FEAT_ERR_ARG,
                         "--name: letters, digits, '.', '-' and '_' expected, and no name of a file or of a published "
                         "reference; '%s' found",
                         name);
    if (ending == NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: a file of statistics (.npz, .pkl, .npy, .pth, .pt) expected", file);
    snprintf(out->name, sizeof out->name, "%s", known != NULL ? known->name : name);
    file_name(text, out->name, known == NULL, ending);
    feat_status status = check(&out->digest, known, file, "", err);
    if (status == FEAT_OK && known == NULL)
        status = look_there(out, err);
    if (status == FEAT_OK)
        status = bf_data_place(&out->path, text, err);
    if (status == FEAT_OK && is_images(known))
        status = add_images(known, file, out->path, err);
    else if (status == FEAT_OK) {
        status = bf_data_make_folders(out->path, err);
        if (status == FEAT_OK)
            status = copy(file, out->path, err);
    }
    if (status != FEAT_OK)
        bf_reference_release(out);
    return status;
}
