/* Named references: ref:NAME is a published file of statistics or images of a published archive, both known by their
 * SHA-256 (known_stats.h), or statistics of the user's own. They lie in the data folders (data_folder.h), as
 * refs/NAME.npz, in the folder refs/NAME, and as refs/own/NAME.npz, where `refs add` and `refs get` put them. */
#ifndef BONAFIDE_TOOLS_STATISTICS_REFERENCES_H
#define BONAFIDE_TOOLS_STATISTICS_REFERENCES_H

#include "tools/base/digest.h"
#include "tools/base/names.h"
#include "tools/statistics/known_stats.h"

#define BF_REFERENCE "ref:"
enum { BF_REFERENCE_NAME = 64 };

/* Whether a set is named so. A file of such a name is meant by ./ref:NAME. */
bool bf_reference_is(const char *spec);

typedef struct bf_reference {
    char name[BF_REFERENCE_NAME];
    const bf_known_stats *known; /* NULL: the user's own */
    char *path;                  /* owned; of images, the folder */
    bf_digest digest;            /* of the file; of images, of the archive that they are from */
} bf_reference;
void bf_reference_release(bf_reference *reference);

/* The file of ref:NAME, once its SHA-256 is computed and, of a published one, found right. Errors: IO (it is not here:
 * where it comes from; no such name: those there are), CHECKSUM (it is not what was published), NOMEM. */
feat_status bf_reference_find(bf_reference *out, const char *spec, feat_error *err) FEAT_NODISCARD;

/* The published reference of that name, or NULL. */
const bf_known_stats *bf_reference_known(const char *name);

/* *path: the file of a name, published or the user's own, unread; NULL: it is not here. Errors: NOMEM. */
feat_status bf_reference_path(char **path, const char *name, bool own, feat_error *err) FEAT_NODISCARD;

/* The names of the user's own that are here, in bytewise order. Errors: NOMEM. */
feat_status bf_reference_own(bf_names *names, feat_error *err) FEAT_NODISCARD;

/* Copies a file to its place in the user's folder, by rename: a published one (`known`, whose digest it must have), or
 * one of the user's own, `name`. Images are unpacked from their archive. out->digest is that of the file. Errors: ARG
 * (no name for a reference), IO (one of the user's own has the name and other content; there is no data folder),
 * CHECKSUM, FORMAT, NOMEM. */
feat_status bf_reference_add(bf_reference *out, const bf_known_stats *known, const char *name, const char *file,
                             feat_error *err) FEAT_NODISCARD;

#endif
