/* The top of the page: title, the numbers that most readers want, warnings. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_HEAD_H
#define BONAFIDE_TOOLS_PAGES_PAGE_HEAD_H

#include "tools/base/text.h"
#include "tools/pages/page.h"

/* From the doctype to the links to the parts of the page. */
void bf_page_head(bf_text *t, const bf_page_input *input, const bf_page_data *data);

/* The warnings of a run as one line, which unfolds; nothing when there are none. input may be NULL: of no sets. */
void bf_page_warning_lines(bf_text *t, const bf_page_input *input, const bf_report *report);

/* The value of a line that has a direction, a text of bf_figure_text_of, cut in two: the number, and what is known of
 * its error ("" for nothing), with "+-" as U+00B1. */
void bf_page_cut_value(char value[64], char error[96], const bf_line *line);

#endif
