/* How a result is cited: a sentence for the methods section, and BibTeX. */
#ifndef BONAFIDE_TOOLS_TABLES_REPORT_CITE_H
#define BONAFIDE_TOOLS_TABLES_REPORT_CITE_H

#include "tools/base/text.h"
#include "tools/records/report.h"

/* What was computed, with which version, of how many images, by which network, and what the errors are; papers as
 * [key], in LaTeX as \cite{key}. */
void bf_cite_methods(bf_text *t, const bf_report *r, bool latex);

/* An entry for the program, and one for each paper of a metric of the report. */
void bf_cite_bibtex(bf_text *t, const bf_report *r);

/* Both, as they stand below a table of r->style: in LaTeX the sentence is text and BibTeX a comment. */
void bf_cite_below(bf_text *t, const bf_report *r);

#endif
