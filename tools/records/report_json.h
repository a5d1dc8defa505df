/* The JSON form of a report (tools/records/JSON.md). */
#ifndef BONAFIDE_TOOLS_RECORDS_REPORT_JSON_H
#define BONAFIDE_TOOLS_RECORDS_REPORT_JSON_H

#include "tools/records/report.h"

/* Writes to `path`, by way of a temporary file beside it, or to standard output when path is NULL.
 * Errors: IO, NOMEM. */
feat_status bf_report_json(const bf_report *r, const char *path, feat_error *err) FEAT_NODISCARD;

#endif
