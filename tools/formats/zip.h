/* Zip archives as the program reads them. What is done with an open one is said in engine/files/archive.h. */
#ifndef BONAFIDE_TOOLS_FORMATS_ZIP_H
#define BONAFIDE_TOOLS_FORMATS_ZIP_H

#include "engine/files/archive.h"

/* feat_archive_open within the limits of tools/base/limits.h; what is packed goes through the sandbox. Errors: those of
 * feat_archive_open. */
feat_status bf_zip_open(feat_archive **out, const char *path, feat_error *err) FEAT_NODISCARD;

#endif
