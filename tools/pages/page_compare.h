/* compare --report: several runs on one page. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_COMPARE_H
#define BONAFIDE_TOOLS_PAGES_PAGE_COMPARE_H

#include "tools/records/report.h"
#include "tools/records/results_read.h"

typedef struct bf_page_comparison {
    bf_report *report;
    const bf_past_run *runs; /* [n] */
    size_t n;
    size_t by;           /* the metric that they are ranked by */
    const size_t *order; /* [n_known] runs that have it, from best to worst */
    size_t n_known;
    const char *title; /* NULL: made of the metric */
} bf_page_comparison;

/* Writes DIR/index.html, and beside it figures and numbers; enters it into the report. Errors: IO, NOMEM. */
feat_status bf_page_compare(const bf_page_comparison *c, const char *dir, feat_error *err) FEAT_NODISCARD;

#endif
