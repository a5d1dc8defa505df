/* compare's table for papers: a line for each run, a column for each metric. */
#ifndef BONAFIDE_TOOLS_COMMANDS_COMPARE_TABLE_H
#define BONAFIDE_TOOLS_COMMANDS_COMPARE_TABLE_H

#include "tools/base/text.h"
#include "tools/figures/table_style.h"
#include "tools/figures/value_text.h"
#include "tools/records/results_read.h"

/* What the report keeps until it is written. */
typedef struct bf_ranking {
    size_t n, by, n_known, order[BF_MAX_OPERANDS]; /* order [n]: by the metric `by`, those without it last */
    bf_past_run runs[];
} bf_ranking;

/* What an earlier result says of the error of a value. */
bf_error_bar bf_past_bar(const bf_past_value *value, const bf_metric_value *metric);

/* Of a bf_ranking, as bf_report_table has it: Markdown, LaTeX, or CSV with a line for each run and metric. */
void bf_ranking_table(bf_text *t, const bf_table_style *style, const void *ranking);

#endif
