/* The folders that hold what many runs share, weights and references: the user's own, then the machine's. */
#ifndef BONAFIDE_TOOLS_STORED_DATA_FOLDER_H
#define BONAFIDE_TOOLS_STORED_DATA_FOLDER_H

#include "engine/base/common.h"

/* The path of that name in folder number `index` of those that are looked into, be it there or not; *path, released
 * with feat_free, is NULL past the last. Errors: NOMEM. */
feat_status bf_data_path(char **path, size_t index, const char *name, feat_error *err) FEAT_NODISCARD;

/* The first file of that name, as "inception.iv3" or "refs/a.npz", in $XDG_DATA_HOME/bonafide (else
 * ~/.local/share/bonafide), /usr/local/share/bonafide and /usr/share/bonafide; *path, released with feat_free, is NULL
 * where there is none. Errors: NOMEM. */
feat_status bf_data_find(char **path, const char *name, feat_error *err) FEAT_NODISCARD;

/* Where a file of that name belongs: in the user's own folder, be it there or not. *path is released with feat_free.
 * Errors: IO (the environment names no home), NOMEM. */
feat_status bf_data_place(char **path, const char *name, feat_error *err) FEAT_NODISCARD;

/* Makes the folders that the path of a file goes through. Errors: IO, NOMEM. */
feat_status bf_data_make_folders(const char *path, feat_error *err) FEAT_NODISCARD;

#endif
