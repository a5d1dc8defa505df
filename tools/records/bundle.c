/* Bundles written, and read again. */
#include "tools/records/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/formats/tar.h"

#define MANIFEST "run.json"
#define LEAVES "run.json.leaves"
#define NOTE "HOW-TO-CHECK.txt"
#define STATISTICS "statistics/"

enum { CHUNK = 1 << 16, MOST_MANIFEST = 64 << 20, MOST_LEAVES = 1 << 30, MOST_STATISTICS = 1 << 30, NOTE_BYTES = 8192 };

/* --- writing ------------------------------------------------------------------------------------------------ */

typedef struct writing {
    bf_new_file file;
    uint64_t at;
} writing;

/* A header of POSIX ustar. Owner and time say nothing: the same files give the same archive. */
static feat_status put_header(writing *w, const char *name, uint64_t bytes, feat_error *err)
{
    unsigned char header[BF_TAR_BLOCK] = {0};
    unsigned sum = 0;
    if (strlen(name) >= 100)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: a name of 99 bytes at most expected in a bundle", name);
    memcpy(header, name, strlen(name));
    memcpy(header + 100, "0000644", 7);
    memcpy(header + 108, "0000000", 7);
    memcpy(header + 116, "0000000", 7);
    snprintf((char *)header + 124, 12, "%011llo", (unsigned long long)bytes & 077777777777ULL);
    memcpy(header + 136, "00000000000", 11);
    memset(header + 148, ' ', 8);
    header[156] = '0';
    memcpy(header + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof header; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum & 0777777U);
    feat_status status = bf_new_file_write(&w->file, header, sizeof header, w->at, err);
    w->at += sizeof header;
    return status;
}

static feat_status put_bytes(writing *w, const void *bytes, size_t n, feat_error *err)
{
    feat_status status = bf_new_file_write(&w->file, bytes, n, w->at, err);
    w->at += n;
    return status;
}

/* Zeros up to the next block. */
static feat_status fill_block(writing *w, feat_error *err)
{
    static const unsigned char zeros[BF_TAR_BLOCK];
    size_t over = (size_t)(w->at % BF_TAR_BLOCK);
    return over > 0 ? put_bytes(w, zeros, BF_TAR_BLOCK - over, err) : FEAT_OK;
}

static feat_status put_member(writing *w, const char *name, const void *bytes, size_t n, feat_error *err)
{
    feat_status status = put_header(w, name, n, err);
    if (status == FEAT_OK)
        status = put_bytes(w, bytes, n, err);
    return status == FEAT_OK ? fill_block(w, err) : status;
}

static feat_status put_file(writing *w, const char *name, const char *path, feat_error *err)
{
    uint64_t bytes = 0;
    int fd = -1;
    unsigned char *chunk = feat_alloc(CHUNK);
    feat_status status = chunk != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to copy it", path);
    if (status == FEAT_OK)
        status = bf_file_open(&fd, &bytes, path, err);
    if (status == FEAT_OK && bytes > MOST_STATISTICS)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: too large for a bundle: %llu bytes, 1 GiB at most", path,
                           (unsigned long long)bytes);
    if (status == FEAT_OK)
        status = put_header(w, name, bytes, err);
    for (uint64_t at = 0; at < bytes && status == FEAT_OK; at += CHUNK) {
        size_t n = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
        status = bf_file_read_at(fd, chunk, n, at, path, err);
        if (status == FEAT_OK)
            status = put_bytes(w, chunk, n, err);
    }
    bf_file_close(&fd);
    feat_free(chunk);
    return status == FEAT_OK ? fill_block(w, err) : status;
}

static bool is_statistics(const bf_manifest_set *set)
{
    return strcmp(set->kind, "statistics") == 0 && strncmp(set->path, "ref:", 4) != 0;
}

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Statistics under "statistics/S/NAME", S being the number of the set: an audit compares the name as well. */
static feat_status put_statistics(writing *w, const bf_manifest *m, size_t s, feat_error *err)
{
    const bf_manifest_set *set = &m->sets[s];
    char name[256];
    bf_digest digest;
    feat_status status = bf_digest_file(&digest, set->path, err);
    if (status != FEAT_OK)
        return status;
    if (set->n_leaves != 1 || !set->leaves[0].file.known ||
        memcmp(digest.sha256, set->leaves[0].file.sha256, sizeof digest.sha256) != 0)
        return feat_fail(err, FEAT_ERR_CHECKSUM, "%s: not the file of the run any more, by its SHA-256", set->path);
    snprintf(name, sizeof name, STATISTICS "%zu/%.200s", s, last_of(set->path));
    return put_file(w, name, set->path, err);
}

/* What whoever receives the bundle has to know. */
static int write_note(char text[NOTE_BYTES], const bf_manifest *m)
{
    char hex[65] = "";
    int n = snprintf(text, NOTE_BYTES,
                     "A recorded run of bonafide %s, to be checked by anyone:\n\n"
                     "    bonafide audit THIS-FILE.tar --root FOLDER-OF-THE-IMAGES\n\n"
                     "run.json is the manifest, run.json.leaves has a line with SHA-256 for each image.\n\nSets:\n",
                     m->version != NULL ? m->version : "");
    for (size_t s = 0; s < m->n_sets && n < NOTE_BYTES - 1024; s++)
        n += snprintf(text + n, (size_t)(NOTE_BYTES - n), "    %.40s: %.300s (%.20s, N = %llu)%s\n", m->sets[s].role,
                      m->sets[s].path, m->sets[s].kind, (unsigned long long)m->sets[s].n,
                      is_statistics(&m->sets[s]) ? ", in this file" : "");
    if (m->has_weights) {
        feat_hex(hex, m->weights.sha256);
        n += snprintf(text + n, (size_t)(NOTE_BYTES - n), "\nWeights: %.100s, SHA-256 of the tensors %s\n",
                      m->weights_name, hex);
    }
    if (m->has_weights && m->weights_file.known) {
        feat_hex(hex, m->weights_file.sha256);
        n += snprintf(text + n, (size_t)(NOTE_BYTES - n),
                      "    converted from a file of SHA-256 %s; bonafide weights list says which are published\n", hex);
    }
    return n;
}

static feat_status put_all(writing *w, const char *manifest, const bf_manifest *m, feat_error *err)
{
    char *note = feat_alloc(NOTE_BYTES), *leaves = bf_leaves_path(manifest);
    feat_status status =
        note != NULL && leaves != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory for a bundle");
    if (status == FEAT_OK)
        status = put_member(w, NOTE, note, (size_t)write_note(note, m), err);
    if (status == FEAT_OK)
        status = put_file(w, MANIFEST, manifest, err);
    if (status == FEAT_OK)
        status = put_file(w, LEAVES, leaves, err);
    for (size_t s = 0; s < m->n_sets && status == FEAT_OK; s++)
        if (is_statistics(&m->sets[s]))
            status = put_statistics(w, m, s, err);
    for (int i = 0; i < 2 && status == FEAT_OK; i++) { /* the end: two blocks of zeros */
        const unsigned char zeros[BF_TAR_BLOCK] = {0};
        status = put_bytes(w, zeros, sizeof zeros, err);
    }
    feat_free(note);
    feat_free(leaves);
    return status;
}

feat_status bf_bundle_write(const char *path, const char *manifest, const bf_manifest *m, feat_error *err)
{
    writing w = {.file = {-1, NULL, NULL}};
    feat_status status = bf_new_file_open(&w.file, path, err);
    if (status == FEAT_OK)
        status = put_all(&w, manifest, m, err);
    if (status == FEAT_OK)
        return bf_new_file_commit(&w.file, err);
    bf_new_file_abandon(&w.file);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------ */

struct bf_bundle {
    char folder[4096];            /* of the files; empty: there is none */
    char *sets[BF_MAX_INPUTS];    /* the files */
    char *folders[BF_MAX_INPUTS]; /* each in its own */
};

feat_status bf_bundle_is(bool *is, const char *path, feat_error *err)
{
    uint8_t head[BF_TAR_BLOCK];
    uint64_t bytes = 0;
    int fd = -1;
    *is = false;
    feat_status status = bf_file_open(&fd, &bytes, path, err);
    if (status == FEAT_OK && bytes >= sizeof head) {
        status = bf_file_read_at(fd, head, sizeof head, 0, path, err);
        *is = status == FEAT_OK && bf_tar_is(head, sizeof head);
    }
    bf_file_close(&fd);
    return status;
}

static feat_status no_memory(const char *path, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read the bundle", path);
}

/* The member of that name, or one past the last. */
static size_t find(const bf_tar *tar, const char *name)
{
    size_t i = 0;
    while (i < bf_tar_count(tar) && (!bf_tar_is_file(tar, i) || strcmp(bf_tar_name(tar, i), name) != 0))
        i++;
    return i;
}

static feat_status read_text(uint8_t **text, size_t *n, const bf_tar *tar, const char *path, const char *name,
                             size_t limit, feat_error *err)
{
    size_t member = find(tar, name);
    if (member == bf_tar_count(tar))
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: an archive without %s; 'audit RUN.json --bundle FILE.tar' makes one", path, name);
    return bf_tar_read(tar, member, text, n, limit, err);
}

static feat_status make_folder(bf_bundle *b, const char *path, feat_error *err)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(b->folder, sizeof b->folder, "%s/bonafide-bundle.XXXXXX", tmp != NULL && *tmp != 0 ? tmp : "/tmp");
    if (n > 0 && (size_t)n < sizeof b->folder && mkdtemp(b->folder) != NULL)
        return FEAT_OK;
    b->folder[0] = 0;
    return feat_fail(err, FEAT_ERR_IO, "%s: no folder for its statistics can be made in %s: %s", path,
                     tmp != NULL && *tmp != 0 ? tmp : "/tmp", strerror(errno));
}

/* The statistics of a set, if the bundle has them. */
static feat_status unpack_set(bf_bundle *b, const bf_tar *tar, const char *path, const bf_manifest_set *set, size_t s,
                              feat_error *err)
{
    char name[256], number[24];
    uint8_t *bytes = NULL;
    size_t n = 0;
    snprintf(name, sizeof name, STATISTICS "%zu/%.200s", s, last_of(set->path));
    size_t member = find(tar, name);
    if (!is_statistics(set) || member == bf_tar_count(tar))
        return FEAT_OK;
    feat_status status = b->folder[0] != 0 ? FEAT_OK : make_folder(b, path, err);
    snprintf(number, sizeof number, "%zu", s);
    if (status == FEAT_OK)
        b->folders[s] = bf_path_join(b->folder, number);
    if (status == FEAT_OK && b->folders[s] != NULL)
        b->sets[s] = bf_path_join(b->folders[s], last_of(set->path));
    if (status == FEAT_OK && b->sets[s] == NULL)
        status = no_memory(path, err);
    if (status == FEAT_OK && mkdir(b->folders[s], 0700) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot make the folder: %s", b->folders[s], strerror(errno));
    if (status == FEAT_OK)
        status = bf_tar_read(tar, member, &bytes, &n, MOST_STATISTICS, err);
    if (status == FEAT_OK)
        status = bf_file_write(b->sets[s], bytes, n, err);
    feat_free(bytes);
    return status;
}

feat_status bf_bundle_open(bf_bundle **out, bf_manifest **m, const char *path, feat_error *err)
{
    bf_tar *tar = NULL;
    uint8_t *json = NULL, *leaves = NULL;
    size_t json_bytes = 0, leaves_bytes = 0;
    *m = NULL;
    *out = feat_calloc(1, sizeof **out);
    feat_status status = *out != NULL ? bf_tar_open(&tar, path, err) : no_memory(path, err);
    if (status == FEAT_OK)
        status = read_text(&json, &json_bytes, tar, path, MANIFEST, MOST_MANIFEST, err);
    if (status == FEAT_OK)
        status = read_text(&leaves, &leaves_bytes, tar, path, LEAVES, MOST_LEAVES, err);
    if (status == FEAT_OK)
        status = bf_manifest_parse(m, path, (const char *)json, json_bytes, (const char *)leaves, leaves_bytes, err);
    feat_free(json);
    feat_free(leaves);
    for (size_t s = 0; status == FEAT_OK && s < (*m)->n_sets; s++)
        status = unpack_set(*out, tar, path, &(*m)->sets[s], s, err);
    bf_tar_close(&tar);
    if (status != FEAT_OK) {
        bf_bundle_close(out);
        bf_manifest_close(m);
    }
    return status;
}

void bf_bundle_close(bf_bundle **bundle)
{
    bf_bundle *b = *bundle;
    if (b == NULL)
        return;
    for (size_t s = 0; s < BF_MAX_INPUTS; s++) {
        if (b->sets[s] != NULL)
            (void)unlink(b->sets[s]);
        if (b->folders[s] != NULL)
            (void)rmdir(b->folders[s]);
        feat_free(b->sets[s]);
        feat_free(b->folders[s]);
    }
    if (b->folder[0] != 0)
        (void)rmdir(b->folder);
    feat_free(b);
    *bundle = NULL;
}

const char *bf_bundle_set(const bf_bundle *bundle, size_t s)
{
    return bundle != NULL ? bundle->sets[s] : NULL;
}
