/* Histograms of the page: of one set or of both in one field. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_HISTOGRAM_H
#define BONAFIDE_TOOLS_PAGES_PAGE_HISTOGRAM_H

#include "tools/pages/page_files.h"

typedef struct bf_page_histogram {
    const char *name; /* of its files */
    const char *alt, *x_label;
    const double *real, *gen; /* [n_real], [n_gen]; none of 0 */
    size_t n_real, n_gen;
    double low, high;    /* of the field; what lies outside is in the first bin and the last */
    const double *marks; /* [2]: upright lines of both, NaN for none; or NULL */
} bf_page_histogram;

void bf_page_histograms(bf_text *t, bf_page_files *files, const bf_page_histogram *h);

#endif
