/* What only the page shows, computed. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_DATA_H
#define BONAFIDE_TOOLS_PAGES_PAGE_DATA_H

#include "tools/pages/page.h"

feat_status bf_page_compute(bf_page_data *data, const bf_page_input *input, feat_error *err) FEAT_NODISCARD;
void bf_page_release(bf_page_data *data);

/* Mean probabilities and entropies from logits [n][c]. Errors: NOMEM. */
feat_status bf_page_label(bf_page_labels *labels, const float *logits, size_t n, size_t c,
                          feat_error *err) FEAT_NODISCARD;

#endif
