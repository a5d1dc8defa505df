/* The head of a report. */
#include "tools/pages/page_head.h"

#include <stdio.h>
#include <string.h>

#include "tools/html/html.h"
#include "tools/options/metric_names.h"
#include "tools/pages/page_names.h"

enum { LARGE_NUMBERS = 4 };

void bf_page_cut_value(char value[64], char error[96], const bf_line *line)
{
    static const char *const marks[] = {" +- ", " (", ", at "};
    const char *text = line->value, *first = text + strlen(text);
    size_t which = 3;
    for (size_t m = 0; m < 3; m++) {
        const char *mark = strstr(text, marks[m]);
        if (mark != NULL && mark < first) {
            first = mark;
            which = m;
        }
    }
    snprintf(value, 64, "%.*s", (int)(first - text), text);
    error[0] = 0;
    if (which == 0)
        snprintf(error, 96, "\xc2\xb1 %s", first + 4);
    else if (which == 1)
        snprintf(error, 96, "%.*s", (int)strlen(first) - 3, first + 2); /* without the brackets */
    else if (which == 2)
        snprintf(error, 96, "%s", first + 2);
}

/* --- large numbers ------------------------------------------------------------------------------------- */

static const bf_line *line_of(const bf_report *r, const char *label)
{
    for (size_t i = 0; i < r->n_lines; i++)
        if (strcmp(r->lines[i].label, label) == 0 && r->lines[i].direction[0] != 0)
            return &r->lines[i];
    return NULL;
}

/* FID, KID, precision and recall, and for those that the run has not the first of its others. */
static size_t choose_lines(const bf_line *chosen[LARGE_NUMBERS], const bf_report *r)
{
    static const char *const first[] = {"FID", "KID", "Precision", "Recall"};
    size_t n = 0, at;
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if ((chosen[n] = line_of(r, first[i])) != NULL)
            n++;
    for (size_t i = 0; i < r->n_lines && n < LARGE_NUMBERS; i++) {
        for (at = 0; at < n && chosen[at] != &r->lines[i];)
            at++;
        if (at == n && r->lines[i].direction[0] != 0)
            chosen[n++] = &r->lines[i];
    }
    return n;
}

static void large_number(bf_text *t, const bf_line *line)
{
    char value[64], error[96];
    bool low = strcmp(line->direction, bf_better_text(BF_LOWER_IS_BETTER)) == 0,
         high = strcmp(line->direction, bf_better_text(BF_HIGHER_IS_BETTER)) == 0;
    bf_page_cut_value(value, error, line);
    bf_html_raw(t, "<li><span class=\"what\">");
    bf_html_text(t, line->label);
    bf_html_raw(t, "</span> <b>");
    bf_html_text(t, value);
    bf_html_raw(t, "</b> <span class=\"err\">");
    bf_html_text(t, error[0] != 0 ? error : "error not known");
    bf_html_raw(t, "</span> <span class=\"dim\">");
    bf_html_raw(t, low ? "&darr; " : high ? "&uarr; " : "");
    bf_html_text(t, line->direction);
    bf_html_raw(t, "</span></li>\n");
}

static void large_numbers(bf_text *t, const bf_report *r)
{
    const bf_line *chosen[LARGE_NUMBERS];
    size_t n = choose_lines(chosen, r);
    if (n == 0)
        return;
    bf_html_raw(t, "<ul class=\"big\" aria-label=\"main results\">\n");
    for (size_t i = 0; i < n; i++)
        large_number(t, chosen[i]);
    bf_html_raw(t, "</ul>\n");
}

/* --- title and warnings -------------------------------------------------------------------------------- */

static void title(bf_text *t, const bf_page_input *in)
{
    char real[BF_PAGE_NAME_BYTES], gen[BF_PAGE_NAME_BYTES], plain[2 * BF_PAGE_NAME_BYTES + 32];
    const char *own = bf_args_text(in->run->args, BF_OPT_TITLE);
    bf_page_side_name(real, in, in->real);
    bf_page_side_name(gen, in, in->gen);
    snprintf(plain, sizeof plain, "%s against %s - bonafide", gen, real);
    bf_html_begin(t, own != NULL ? own : plain);
    bf_html_raw(t, "<h1>");
    if (own != NULL) {
        bf_html_text(t, own);
        bf_html_raw(t, "</h1>\n<p>");
    }
    bf_html_raw(t, "Generated images ");
    bf_html_name(t, gen);
    bf_html_raw(t, " against real images ");
    bf_html_name(t, real);
    bf_html_raw(t, own != NULL ? "</p>\n" : "</h1>\n");
}

static void made_of(bf_text *t, const bf_page_input *in)
{
    const bf_report *r = &in->run->report;
    bf_html_raw(t, "<p class=\"dim\">");
    for (size_t i = 0; i < r->n_inputs; i++) {
        bf_html_text(t, i > 0 ? ", " : "");
        bf_html_text(t, bf_side_name(r->inputs[i].role));
        bf_text_print(t, ": %zu %s", r->inputs[i].n, r->inputs[i].kind);
        if (r->inputs[i].n_skipped > 0)
            bf_text_print(t, " (%zu skipped)", r->inputs[i].n_skipped);
    }
    bf_html_raw(t, ". Preset ");
    bf_html_text(t, r->made.preset[0] != 0 ? r->made.preset : "unknown");
    bf_html_raw(t, ", weights ");
    bf_page_text(t, in, r->made.weights_name[0] != 0 ? r->made.weights_name : "unknown");
    bf_html_text(t, bf_weights_word(&r->made));
    for (size_t i = 0; i < r->n_others; i++) {
        bf_html_raw(t, "; ");
        bf_html_text(t, r->others[i].variant);
        bf_html_raw(t, ": preset ");
        bf_html_text(t, r->others[i].preset);
        bf_html_raw(t, ", weights ");
        bf_page_text(t, in, r->others[i].weights_name);
        bf_html_text(t, bf_weights_word(&r->others[i]));
    }
    bf_html_raw(t, ".</p>\n");
}

void bf_page_warning_lines(bf_text *t, const bf_page_input *in, const bf_report *r)
{
    if (r->n_warnings == 0)
        return;
    bf_text_print(
        t, "<details class=\"warn\">\n<summary>%zu warning%s: read before the numbers are used</summary>\n<ul>\n",
        r->n_warnings, r->n_warnings > 1 ? "s" : "");
    for (size_t i = 0; i < r->n_warnings; i++) {
        bf_html_raw(t, "<li>");
        bf_page_text(t, in, r->warnings[i]);
        bf_html_raw(t, "</li>\n");
    }
    bf_html_raw(t, "</ul>\n</details>\n");
}

void bf_page_head(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    title(t, in);
    made_of(t, in);
    large_numbers(t, &in->run->report);
    bf_page_warning_lines(t, in, &in->run->report);
    bf_html_raw(t, "<nav aria-label=\"Parts of this page\"><ul>");
    if (in->gen->kind == BF_SET_IMAGES || in->real->kind == BF_SET_IMAGES)
        bf_html_raw(t, "<li><a href=\"#samples\">Samples</a></li>");
    bf_html_raw(t, "<li><a href=\"#results\">Results</a></li><li><a href=\"#figures\">Figures</a></li>");
    if (in->gen->kind == BF_SET_IMAGES && data->scores != NULL)
        bf_html_raw(t, "<li><a href=\"#galleries\">Images</a></li>");
    if (in->classes != NULL)
        bf_html_raw(t, "<li><a href=\"#classes\">Class by class</a></li>");
    bf_html_raw(t, "<li><a href=\"#files\">Files</a></li><li><a href=\"#run\">The run</a></li></ul></nav>\n");
}
