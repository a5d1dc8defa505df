/* Several runs side by side, as Markdown, LaTeX or CSV. */
#include "tools/commands/compare_table.h"

#include <math.h>
#include <string.h>

#include "tools/tables/report_table.h"

bf_error_bar bf_past_bar(const bf_past_value *v, const bf_metric_value *m)
{
    bool limited = v->at_most || v->at_least;
    return (bf_error_bar){.known = v->has_error && !limited,
                          .error = v->error,
                          .has_interval = v->has_interval,
                          .low = v->low,
                          .high = v->high,
                          .top = m->most < HUGE_VAL ? m->most : 0.0,
                          .at_most = v->at_most,
                          .at_least = v->at_least,
                          .limit = v->limit};
}

static void put(bf_text *t, const char *text)
{
    bf_text_add(t, text, strlen(text));
}

/* Whether a run has a value of it. */
static bool is_there(const bf_ranking *r, size_t metric)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->runs[i].values[metric].known)
            return true;
    return false;
}

/* The metric that they are ranked by is the first column; then the others in their order. SIZE_MAX past the end. */
static size_t column(const bf_ranking *r, size_t index)
{
    size_t at = 0;
    if (index == 0)
        return r->by;
    for (size_t m = 0; bf_ranked_value_at(m) != NULL; m++)
        if (m != r->by && is_there(r, m) && ++at == index)
            return m;
    return SIZE_MAX;
}

static bf_figure figure_of(const bf_past_run *run, size_t metric)
{
    const bf_past_value *v = &run->values[metric];
    return (bf_figure){.value = v->value, .bar = bf_past_bar(v, bf_ranked_value_at(metric))};
}

static void write_markdown(bf_text *t, const bf_ranking *r, int digits)
{
    put(t, "| Run |");
    for (size_t c = 0, m; (m = column(r, c)) != SIZE_MAX; c++) {
        const bf_metric_value *metric = bf_ranked_value_at(m);
        put(t, " ");
        bf_text_markdown(t, metric->label);
        bf_text_print(t, " %s |", bf_arrow_markdown(bf_better_text(metric->better)));
    }
    put(t, "\n| --- |");
    for (size_t c = 0; column(r, c) != SIZE_MAX; c++)
        put(t, " ---: |");
    put(t, "\n");
    for (size_t i = 0; i < r->n; i++) {
        const bf_past_run *run = &r->runs[r->order[i]];
        put(t, "| ");
        bf_text_markdown(t, run->label);
        put(t, " |");
        for (size_t c = 0, m; (m = column(r, c)) != SIZE_MAX; c++) {
            bf_figure figure = figure_of(run, m);
            put(t, " ");
            if (run->values[m].known)
                bf_cell_markdown(t, &figure, digits);
            put(t, " |");
        }
        put(t, "\n");
    }
}

static void write_latex(bf_text *t, const bf_ranking *r, int digits)
{
    put(t, "\\begin{tabular}{l");
    for (size_t c = 0; column(r, c) != SIZE_MAX; c++)
        put(t, "r");
    put(t, "}\n\\hline\nRun");
    for (size_t c = 0, m; (m = column(r, c)) != SIZE_MAX; c++) {
        const bf_metric_value *metric = bf_ranked_value_at(m);
        put(t, " & ");
        bf_text_latex(t, metric->label);
        put(t, bf_arrow_latex(bf_better_text(metric->better)));
    }
    put(t, " \\\\\n\\hline\n");
    for (size_t i = 0; i < r->n; i++) {
        const bf_past_run *run = &r->runs[r->order[i]];
        bf_text_latex(t, run->label);
        for (size_t c = 0, m; (m = column(r, c)) != SIZE_MAX; c++) {
            bf_figure figure = figure_of(run, m);
            put(t, " & ");
            if (run->values[m].known)
                bf_cell_latex(t, &figure, digits);
        }
        put(t, " \\\\\n");
    }
    put(t, "\\hline\n\\end{tabular}\n");
}

/* How many images of the real or the generated set; 0: not known. */
static uint64_t count_of(const bf_past_run *run, bool real)
{
    for (size_t i = 0; i < run->n_sets; i++) {
        const char *role = run->sets[i].role;
        if (strcmp(role, real ? "real" : "generated") == 0 || strcmp(role, real ? "A" : "B") == 0 ||
            (!real && strcmp(role, "set") == 0))
            return run->sets[i].n;
    }
    return 0;
}

static void write_csv(bf_text *t, const bf_ranking *r, int digits)
{
    put(t, "run," BF_CSV_HEADER);
    for (size_t i = 0; i < r->n; i++)
        for (size_t c = 0, m; (m = column(r, c)) != SIZE_MAX; c++) {
            const bf_past_run *run = &r->runs[r->order[i]];
            const bf_metric_value *metric = bf_ranked_value_at(m);
            bool both = (bf_metric_at(metric->metric)->needs & BF_NEEDS_BOTH_SIDES) != 0;
            bf_figure figure = figure_of(run, m);
            bf_csv_figure row = {.label = metric->label,
                                 .direction = bf_better_text(metric->better),
                                 .key = metric->key,
                                 .figure = &figure,
                                 .n_real = both ? count_of(run, true) : 0,
                                 .n_generated = count_of(run, false)};
            if (!run->values[m].known)
                continue;
            bf_csv_text(t, run->label);
            put(t, ",");
            bf_csv_row(t, &row, digits);
        }
}

void bf_ranking_table(bf_text *t, const bf_table_style *style, const void *ranking)
{
    if (style->kind == BF_TABLE_MARKDOWN)
        write_markdown(t, ranking, style->digits);
    else if (style->kind == BF_TABLE_LATEX)
        write_latex(t, ranking, style->digits);
    else
        write_csv(t, ranking, style->digits);
}
