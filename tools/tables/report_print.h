/* Giving a report out: to the screen, as JSON, or both. */
#ifndef BONAFIDE_TOOLS_TABLES_REPORT_PRINT_H
#define BONAFIDE_TOOLS_TABLES_REPORT_PRINT_H

#include "tools/records/report.h"

/* Clears the progress line, then prints the table, or the JSON, or both, as --json says (json_given, json_file NULL for
 * standard output); with --cite the JSON gets that, too. Once for a report. Errors: IO, NOMEM. */
feat_status bf_report_emit(bf_report *r, bool json_given, const char *json_file, feat_error *err) FEAT_NODISCARD;

#endif
