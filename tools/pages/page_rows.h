/* Some rows of a side, evenly spread: what takes time with the square of the rows is of these. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_ROWS_H
#define BONAFIDE_TOOLS_PAGES_PAGE_ROWS_H

#include "tools/base/text.h"
#include "tools/pages/page.h"

/* The row of a set of n that is the i-th of `some` of them. */
size_t bf_page_row(size_t i, size_t some, size_t n);

/* All rows of a side, which lie in memory (*copy is NULL), or *copy, `most` of them, for the caller to free. Errors:
 * NOMEM. */
feat_status bf_page_some_rows(gmet_set *set, float **copy, const bf_side *side, size_t most,
                              feat_error *err) FEAT_NODISCARD;

/* At most `most` rows of each side, and how to compute with them: what other processes hold, and what metrics share, is
 * of all rows. */
typedef struct bf_page_rows {
    gmet_set real, gen;
    gmet_context context;
    float *copies[2];
} bf_page_rows;

/* Errors: NOMEM. To be freed after an error, too. */
feat_status bf_page_rows_take(bf_page_rows *rows, const bf_page_input *in, size_t most, feat_error *err) FEAT_NODISCARD;
void bf_page_rows_free(bf_page_rows *rows);

/* A sentence where they are not all of the sides: of how many what stands above it is. */
void bf_page_say_rows(bf_text *t, const bf_page_input *in, size_t n_real, size_t n_gen);

#endif
