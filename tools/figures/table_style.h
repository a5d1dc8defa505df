/* What --table, --digits and --cite ask of the table. */
#ifndef BONAFIDE_TOOLS_FIGURES_TABLE_STYLE_H
#define BONAFIDE_TOOLS_FIGURES_TABLE_STYLE_H

#include <stdbool.h>

#include "tools/options/options.h"

typedef enum bf_table_kind { BF_TABLE_TEXT, BF_TABLE_MARKDOWN, BF_TABLE_LATEX, BF_TABLE_CSV } bf_table_kind;

typedef struct bf_table_style {
    bf_table_kind kind;
    int digits; /* of each number, 17 being all; 0: as the errors say */
    bool cite, csv_plain;
} bf_table_style;

/* Errors: ARG, of a number of digits that is none, and of options that do not go together. */
feat_status bf_table_style_parse(bf_table_style *style, const bf_args *args, feat_error *err) FEAT_NODISCARD;

#endif
