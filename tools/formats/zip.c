/* The program's rules for zip archives. */
#include "tools/formats/zip.h"

#include "tools/base/limits.h"
#include "tools/images/sandbox.h"

feat_status bf_zip_open(feat_archive **out, const char *path, feat_error *err)
{
    const bf_limits *limits = bf_limits_get();
    const feat_archive_rules rules = {.members = limits->members,
                                      .name = limits->name,
                                      .ratio = limits->ratio,
                                      .file = limits->file,
                                      .archive = limits->archive,
                                      .option = "--limits",
                                      .unpack = bf_sandbox_inflate,
                                      .unpack_head = bf_sandbox_inflate_head};
    return feat_archive_open(out, path, &rules, err);
}
