/* Tables for papers, issues and spreadsheets: the figures of the table on the screen, written otherwise. */
#include "tools/tables/report_table.h"

#include <string.h>

#include "tools/formats/csv.h"

static void put(bf_text *t, const char *text)
{
    bf_text_add(t, text, strlen(text));
}

bool bf_report_has_figures(const bf_report *r)
{
    for (size_t i = 0; i < r->n_lines; i++)
        if (r->lines[i].has_figure)
            return true;
    return false;
}

/* "Inception Score" and not "  of real images": lines are set in below others. */
static const char *label_of(const bf_line *line)
{
    return line->label + strspn(line->label, " ");
}

/* "lower" of "lower is better". */
static void short_direction(char to[24], const char *direction)
{
    snprintf(to, 24, "%s", direction);
    char *rest = strstr(to, " is better");
    if (rest != NULL)
        *rest = 0;
}

/* --- escaping -------------------------------------------------------------------------------------------- */

/* The first n bytes; a line stays one. */
static void add_plain(bf_text *t, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bf_text_add(t, (unsigned char)text[i] < 0x20 ? " " : text + i, 1);
}

static void add_markdown(bf_text *t, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strchr("\\`*_{}[]<>#|&", text[i]) != NULL)
            put(t, "\\");
        add_plain(t, text + i, 1);
    }
}

void bf_text_markdown(bf_text *t, const char *text)
{
    add_markdown(t, text, strlen(text));
}

void bf_text_latex(bf_text *t, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '\\')
            put(t, "\\textbackslash{}");
        else if (*text == '~')
            put(t, "\\textasciitilde{}");
        else if (*text == '^')
            put(t, "\\textasciicircum{}");
        else if (*text == '<' || *text == '>' || *text == '|') /* other letters in LaTeX's oldest encoding */
            bf_text_print(t, "$%c$", *text);
        else
            bf_text_print(t, "%s%c", strchr("#$%&_{}", *text) != NULL ? "\\" : "", *text == '\n' ? ' ' : *text);
    }
}

static void each_line(bf_text *t, const char *lines, const char *before,
                      void (*add)(bf_text *t, const char *text, size_t n))
{
    while (*lines != 0) {
        size_t indent = strspn(lines, " "), n = strcspn(lines, "\n");
        put(t, before);
        add(t, lines + indent, n - indent);
        put(t, "\n");
        lines += n;
        lines += *lines != 0;
    }
}

void bf_lines_markdown(bf_text *t, const char *lines)
{
    each_line(t, lines, "- ", add_markdown);
}

void bf_lines_latex(bf_text *t, const char *lines)
{
    each_line(t, lines, "% ", add_plain);
}

/* "Reference: effective rank 3 of 4" for each line that is no figure. */
static void others(bf_text *t, const bf_report *r, void (*write)(bf_text *t, const char *lines))
{
    for (size_t i = 0; i < r->n_lines; i++) {
        const bf_line *line = &r->lines[i];
        char text[sizeof line->label + sizeof line->value + 4];
        snprintf(text, sizeof text, "%s: %s", label_of(line), line->value);
        if (!line->has_figure)
            write(t, text);
    }
}

/* --- Markdown -------------------------------------------------------------------------------------------- */

static bool is_lower(const char *direction)
{
    return strstr(direction, "lower") != NULL;
}

static bool is_higher(const char *direction)
{
    return strstr(direction, "higher") != NULL;
}

const char *bf_arrow_markdown(const char *direction)
{
    return is_lower(direction) ? "\xE2\x86\x93" : is_higher(direction) ? "\xE2\x86\x91" : "";
}

void bf_cell_markdown(bf_text *t, const bf_figure *figure, int digits)
{
    char text[BF_FIGURE_TEXT];
    bf_figure_text_of(text, figure, digits);
    char *between = strstr(text, "+-");
    if (between != NULL)
        bf_text_print(t, "%.*s\xC2\xB1%s", (int)(between - text), text, between + 2);
    else
        put(t, text);
}

void bf_table_markdown(bf_text *t, const bf_report *r)
{
    char direction[24];
    put(t, "| Metric | Value | Better | Of |\n| --- | ---: | --- | --- |\n");
    for (size_t i = 0; i < r->n_lines; i++) {
        const bf_line *line = &r->lines[i];
        if (!line->has_figure)
            continue;
        short_direction(direction, line->direction);
        put(t, "| ");
        bf_text_markdown(t, label_of(line));
        put(t, " | ");
        bf_cell_markdown(t, &line->figure, r->style.digits);
        const char *arrow = bf_arrow_markdown(line->direction);
        bf_text_print(t, " | %s%s%s | ", arrow, arrow[0] != 0 ? " " : "", direction);
        bf_text_markdown(t, line->note);
        put(t, " |\n");
    }
    put(t, "\n");
    others(t, r, bf_lines_markdown);
}

/* --- LaTeX ----------------------------------------------------------------------------------------------- */

/* A number inside a formula: 2.9e-16 as 2.9 \times 10^{-16}. */
static void latex_number(bf_text *t, const char *number)
{
    const char *e = strchr(number, 'e');
    if (e == NULL) {
        put(t, number);
        return;
    }
    const char *power = e + 1 + (e[1] == '+');
    bool below = *power == '-';
    power += below;
    power += strspn(power, "0");
    bf_text_print(t, "%.*s \\times 10^{%s%s}", (int)(e - number), number, below ? "-" : "", power);
}

static void latex_formula(bf_text *t, const char *before, const char *number, const char *after)
{
    put(t, before);
    put(t, "$");
    latex_number(t, number);
    put(t, "$");
    put(t, after);
}

const char *bf_arrow_latex(const char *direction)
{
    return is_lower(direction) ? " $\\downarrow$" : is_higher(direction) ? " $\\uparrow$" : "";
}

void bf_cell_latex(bf_text *t, const bf_figure *figure, int digits)
{
    bf_figure_text text;
    bf_figure_write(&text, figure, digits);
    if (text.kind == BF_ERROR_STANDARD) {
        put(t, "$");
        latex_number(t, text.value);
        put(t, " \\pm ");
        latex_number(t, text.error);
        put(t, "$");
        return;
    }
    if (text.value[0] != 0)
        latex_formula(t, "", text.value, "");
    else
        put(t, "not known");
    if (text.kind == BF_ERROR_SPREAD)
        latex_formula(t, " (spread ", text.error, ")");
    if (text.kind == BF_ERROR_INTERVAL) {
        latex_formula(t, " (", text.low, "");
        latex_formula(t, " to ", text.high, ")");
    }
    if (text.kind == BF_ERROR_AT_MOST)
        latex_formula(t, " (at most ", text.high, ")");
    if (text.kind == BF_ERROR_AT_LEAST)
        latex_formula(t, " (at least ", text.low, ")");
}

bool bf_report_has_kind(const bf_report *r, bf_error_kind kind)
{
    bf_figure_text text;
    for (size_t i = 0; i < r->n_lines; i++) {
        bf_figure_write(&text, &r->lines[i].figure, BF_DIGITS_USUAL);
        if (r->lines[i].has_figure && text.kind == kind)
            return true;
    }
    return false;
}

/* What the table itself has no room for. */
static void latex_legend(bf_text *t, const bf_report *r)
{
    if (bf_report_has_kind(r, BF_ERROR_STANDARD))
        put(t, "% \\pm: one standard error over draws of the images\n");
    if (bf_report_has_kind(r, BF_ERROR_SPREAD))
        put(t, "% spread: standard deviation over splits or subsets, no error of the value\n");
    if (bf_report_has_kind(r, BF_ERROR_INTERVAL) || bf_report_has_kind(r, BF_ERROR_AT_MOST) ||
        bf_report_has_kind(r, BF_ERROR_AT_LEAST))
        put(t, "% to, at most, at least: 95 % intervals and limits\n");
}

void bf_table_latex(bf_text *t, const bf_report *r)
{
    put(t, "\\begin{tabular}{lr}\n\\hline\nMetric & Value \\\\\n\\hline\n");
    for (size_t i = 0; i < r->n_lines; i++) {
        const bf_line *line = &r->lines[i];
        if (!line->has_figure)
            continue;
        bf_text_latex(t, label_of(line));
        put(t, bf_arrow_latex(line->direction));
        put(t, " & ");
        bf_cell_latex(t, &line->figure, r->style.digits);
        put(t, " \\\\");
        put(t, line->note[0] != 0 ? " % " : "");
        add_plain(t, line->note, strlen(line->note));
        put(t, "\n");
    }
    put(t, "\\hline\n\\end{tabular}\n");
    latex_legend(t, r);
    others(t, r, bf_lines_latex);
}

/* --- CSV ------------------------------------------------------------------------------------------------- */

void bf_csv_text(bf_text *t, const char *text)
{
    if (text[0] != 0)
        bf_text_field(t, text);
}

static void csv_count(bf_text *t, uint64_t n)
{
    put(t, ",");
    if (n > 0)
        bf_text_print(t, "%llu", (unsigned long long)n);
}

void bf_csv_row(bf_text *t, const bf_csv_figure *row, int digits)
{
    static const char *const kinds[] = {
        [BF_ERROR_NONE] = "",           [BF_ERROR_STANDARD] = "standard error", [BF_ERROR_INTERVAL] = "standard error",
        [BF_ERROR_AT_MOST] = "at most", [BF_ERROR_AT_LEAST] = "at least",       [BF_ERROR_SPREAD] = "spread"};
    _Static_assert(sizeof kinds / sizeof kinds[0] == (size_t)BF_ERROR_SPREAD + 1, "a word for each kind");
    bf_figure_text text;
    char direction[24];
    bf_figure_write(&text, row->figure, digits != BF_DIGITS_USUAL ? digits : BF_DIGITS_ALL);
    short_direction(direction, row->direction);
    bf_csv_text(t, row->label);
    bf_text_print(t, ",%s,%s,%s,", text.value, text.error, kinds[text.kind]);
    bf_csv_text(t, direction);
    csv_count(t, row->n_real);
    csv_count(t, row->n_generated);
    bf_text_print(t, ",%s,%s,", text.low, text.high);
    bf_csv_text(t, row->key);
    put(t, "\n");
}

/* How many images have one of these roles; 0: not known, or there is none. */
static uint64_t count_of(const bf_report *r, const char *const roles[2])
{
    for (size_t i = 0; i < r->n_inputs; i++)
        for (size_t k = 0; k < 2; k++)
            if (strcmp(r->inputs[i].role, roles[k]) == 0)
                return r->inputs[i].n;
    return 0;
}

static void csv_line(bf_text *t, const bf_report *r, const bf_line *line)
{
    static const char *const real[2] = {"real", "A"}, *const generated[2] = {"generated", "B"},
                             *const set[2] = {"set", ""};
    bool both = line->of == NULL || (bf_metric_at(line->of->metric)->needs & BF_NEEDS_BOTH_SIDES) != 0;
    uint64_t n = count_of(r, generated);
    bf_csv_figure row = {.label = label_of(line),
                         .figure = &line->figure,
                         .direction = line->direction,
                         .key = line->of != NULL ? line->of->key : "",
                         .n_real = both ? count_of(r, real) : 0,
                         .n_generated = n > 0 ? n : count_of(r, set)};
    bf_csv_row(t, &row, r->style.digits);
}

void bf_table_csv(bf_text *t, const bf_report *r)
{
    put(t, BF_CSV_HEADER);
    for (size_t i = 0; i < r->n_lines; i++)
        if (r->lines[i].has_figure)
            csv_line(t, r, &r->lines[i]);
}
