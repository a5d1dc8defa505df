/* Reading and writing comma-separated values: UTF-8, RFC 4180 quotes, LF or CRLF, a header in the first line. */
#ifndef BONAFIDE_TOOLS_FORMATS_CSV_H
#define BONAFIDE_TOOLS_FORMATS_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "tools/base/text.h"

enum { BF_CSV_MAX_COLUMNS = 64 };

typedef struct bf_csv bf_csv;

/* Reads the file and its header. Errors: IO, FORMAT (no header; two columns of one name), UNSUPPORTED (too
 * large, too many columns), NOMEM. */
feat_status bf_csv_open(bf_csv **out, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_csv_close(bf_csv **csv);

size_t bf_csv_columns(const bf_csv *csv);
const char *bf_csv_header(const bf_csv *csv, size_t column);
/* SIZE_MAX if there is none of that name. */
size_t bf_csv_find(const bf_csv *csv, const char *name);

/* Reads the next record, as bf_text_field wrote it, into fields [columns], valid until the file is closed; *line is
 * where it began, counted from 1. *more is false at the end. Empty lines are skipped. Errors: FORMAT, with file and
 * line. */
feat_status bf_csv_next(bf_csv *csv, const char **fields, size_t *line, bool *more,
                        feat_error *err) FEAT_NODISCARD;

/* --- writing --------------------------------------------------------------------------------------------- */

/* One field, in quotes if it needs them; the comma before it is the caller's. A text that a spreadsheet would run as a
 * formula, as it begins with = + - @ and is no number, gets an apostrophe before it, which spreadsheets do not show;
 * what shows nowhere (feat_letter_shows) and bytes that are no UTF-8 are written \xHH. So two names never become one,
 * and bf_csv_next gives them back. t->csv_plain: all of it as it is. */
void bf_text_field(bf_text *t, const char *field);

#endif
