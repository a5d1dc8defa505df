/* The drawings of the page. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_FIGURES_H
#define BONAFIDE_TOOLS_PAGES_PAGE_FIGURES_H

#include "tools/formats/csv.h"
#include "tools/pages/page.h"

/* The section of the figures. */
void bf_page_figures(bf_text *t, const bf_page_input *input, const bf_page_data *data);

#endif
