/* eval --report: one HTML page that shows what the numbers are made of. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_REPORT_H
#define BONAFIDE_TOOLS_PAGES_PAGE_REPORT_H

#include "tools/pages/page.h"

/* Computes what only the page shows, and writes it; last of all, as it shows the report's lines and warnings
 * and the manifest. Errors: IO, NOMEM, those of the metrics. */
feat_status bf_page_write(const bf_page_input *input, const char *dir, feat_error *err) FEAT_NODISCARD;

#endif
