/* The rows of a report's table as Markdown, LaTeX or CSV. */
#ifndef BONAFIDE_TOOLS_TABLES_REPORT_TABLE_H
#define BONAFIDE_TOOLS_TABLES_REPORT_TABLE_H

#include "tools/base/text.h"
#include "tools/records/report.h"

/* Whether the report has numbers of a metric: what a table for papers is made of. */
bool bf_report_has_figures(const bf_report *r);

/* Whether one of them has this beside it. */
bool bf_report_has_kind(const bf_report *r, bf_error_kind kind);

/* A pipe table; below it, as a list, the lines that are no numbers. Of r->style the digits. */
void bf_table_markdown(bf_text *t, const bf_report *r);

/* A tabular that needs no package; what it is of stands behind each row, and the lines that are no numbers below it, as
 * comments. */
void bf_table_latex(bf_text *t, const bf_report *r);

/* A line for each number, and a header; RFC 4180, with LF as every file here. All digits unless r->style says how many.
 * No cell is a formula to a spreadsheet. */
void bf_table_csv(bf_text *t, const bf_report *r);

/* --- what other tables are made of ------------------------------------------------------------------------ */

/* A value with what stands beside it, as one cell. */
void bf_cell_markdown(bf_text *t, const bf_figure *figure, int digits);
void bf_cell_latex(bf_text *t, const bf_figure *figure, int digits);

/* Down where lower is better, up where higher is, of "lower is better"; else "". In LaTeX with a blank before it. */
const char *bf_arrow_markdown(const char *direction);
const char *bf_arrow_latex(const char *direction);

/* A line of CSV, with the columns of the header. */
#define BF_CSV_HEADER "metric,value,error,kind_of_error,direction,n_real,n_generated,low,high,key\n"
typedef struct bf_csv_figure {
    const char *label, *direction, *key;
    const bf_figure *figure;
    uint64_t n_real, n_generated; /* 0: not known, or it is not of that side */
} bf_csv_figure;
void bf_csv_row(bf_text *t, const bf_csv_figure *row, int digits);

/* A field, nothing where there is no text; the comma before it is the caller's. */
void bf_csv_text(bf_text *t, const char *text);

/* Text, line by line, as a list of Markdown and as comments of LaTeX. */
void bf_lines_markdown(bf_text *t, const char *lines);
void bf_lines_latex(bf_text *t, const char *lines);

/* One text with what means something there escaped. */
void bf_text_markdown(bf_text *t, const char *text);
void bf_text_latex(bf_text *t, const char *text);

#endif
