/* What only the page shows, computed. */
#ifndef BONAFIDE_PAGE_DATA_H
#define BONAFIDE_PAGE_DATA_H

#include "tools/pages/page.h"

iv3_status bf_page_compute(bf_page_data *data, const bf_page_input *input, iv3_error *err) IV3_NODISCARD;
void bf_page_release(bf_page_data *data);

/* Mean probabilities and entropies from logits [n][c]. Errors: NOMEM. */
iv3_status bf_page_label(bf_page_labels *labels, const float *logits, size_t n, size_t c,
                         iv3_error *err) IV3_NODISCARD;

#endif
