/* References that are images: the files of a published archive (.tar.gz), unpacked into a folder of their own. */
#ifndef BONAFIDE_TOOLS_STATISTICS_REFERENCE_IMAGES_H
#define BONAFIDE_TOOLS_STATISTICS_REFERENCE_IMAGES_H

#include "tools/statistics/known_stats.h"

/* Writes the parts that `known` names from the archive to the folder, which is there, each by rename; other files of
 * the archive are passed over. Takes 0.4 MB whatever the archive has. What is unpacked is not looked at: see
 * bf_reference_images_check. Errors: IO, FORMAT (no such archive, or a part is missing in it), NOMEM. */
feat_status bf_reference_images_unpack(const bf_known_stats *known, const char *archive, const char *folder,
                                       feat_error *err) FEAT_NODISCARD;

/* Every part is in the folder and has its SHA-256. `advice` ends the message where one has not. Errors: IO, CHECKSUM,
 * NOMEM. */
feat_status bf_reference_images_check(const bf_known_stats *known, const char *folder, const char *advice,
                                      feat_error *err) FEAT_NODISCARD;

#endif
