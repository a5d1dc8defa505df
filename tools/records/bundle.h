/* A bundle: one archive of what another needs to check a recorded run, beside its images: the manifest, its leaves, the
 * files of statistics it was made with, and a note that says what to do. A tar, whose bytes follow from these files. */
#ifndef BONAFIDE_TOOLS_RECORDS_BUNDLE_H
#define BONAFIDE_TOOLS_RECORDS_BUNDLE_H

#include "tools/records/manifest.h"

/* Writes the bundle of the manifest at `manifest`, which `m` is. Files of statistics must still be those of the run;
 * named references are left out, since who checks has them by name. Errors: IO, CHECKSUM (another file), NOMEM. */
feat_status bf_bundle_write(const char *path, const char *manifest, const bf_manifest *m,
                            feat_error *err) FEAT_NODISCARD;

/* Whether a file is an archive, and no manifest. Errors: IO. */
feat_status bf_bundle_is(bool *is, const char *path, feat_error *err) FEAT_NODISCARD;

typedef struct bf_bundle bf_bundle;

/* Reads a bundle: *m is its manifest, and its files of statistics are put into a folder of TMPDIR, which
 * bf_bundle_close removes. Errors: IO, FORMAT (also what bf_manifest_parse says), UNSUPPORTED, VERSION, NOMEM. */
feat_status bf_bundle_open(bf_bundle **out, bf_manifest **m, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_bundle_close(bf_bundle **bundle);

/* Where the statistics that are set number `s` are; NULL: they are not in the bundle, or it is NULL. */
const char *bf_bundle_set(const bf_bundle *bundle, size_t s);

#endif
