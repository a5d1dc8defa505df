/* Fetches one published file with curl or wget, whichever is there: this program speaks no network protocol. */
#ifndef BONAFIDE_TOOLS_BRING_DOWNLOAD_H
#define BONAFIDE_TOOLS_BRING_DOWNLOAD_H

#include "tools/base/progress.h"

#include "engine/base/common.h"

/* The file at `address` becomes `path`, which goes on from what an earlier attempt left there. What comes is not looked
 * at; the caller knows its SHA-256. `bytes`: how long it is, 0 where that is not known; `progress` shows how far it is.
 * The downloader runs without a shell, reads nothing, prints its errors to standard error, and gives up within seconds
 * when the host cannot be reached or the data stop coming. What came stays at `path` also where it fails.
 * Errors: IO (there is no downloader; it failed; interrupted), NOMEM. */
feat_status bf_download(const char *address, const char *path, uint64_t bytes, bf_progress *progress,
                        feat_error *err) FEAT_NODISCARD;

#endif
