/* What a paper says of its numbers, from what the report knows. */
#include "tools/tables/report_cite.h"

#include <string.h>

#include "tools/figures/papers.h"
#include "tools/images/image.h"
#include "tools/options/weights_find.h"
#include "tools/tables/report_table.h"

/* A text that grows, with what LaTeX needs. */
typedef struct sentence {
    bf_text *t;
    bool latex;
} sentence;

static void put(bf_text *t, const char *text)
{
    bf_text_add(t, text, strlen(text));
}

static void say(const sentence *s, const char *text)
{
    if (s->latex)
        bf_text_latex(s->t, text);
    else
        put(s->t, text);
}

static void cite(const sentence *s, const char *keys)
{
    bf_text_print(s->t, s->latex ? "~\\cite{%s}" : " [%s]", keys);
}

/* --- what was computed ----------------------------------------------------------------------------------- */

static bool has_metric(const bf_report *r, size_t n_lines, bf_metric_id id)
{
    for (size_t i = 0; i < n_lines; i++)
        if (r->lines[i].has_figure && r->lines[i].of != NULL && r->lines[i].of->metric == id)
            return true;
    return false;
}

/* "FID [heusel2017], KID [binkowski2018]", in the order of the table. */
static void say_metrics(const sentence *s, const bf_report *r)
{
    const char *between = "";
    for (size_t i = 0; i < r->n_lines; i++) {
        const bf_line *line = &r->lines[i];
        if (!line->has_figure || line->of == NULL || has_metric(r, i, line->of->metric))
            continue;
        const bf_metric *metric = bf_metric_at(line->of->metric);
        put(s->t, between);
        say(s, metric->label);
        cite(s, metric->papers);
        between = ", ";
    }
}

static void say_program(const sentence *s, const bf_report *r)
{
    put(s->t, "Computed with bonafide ");
    bf_text_print(s->t, "%d.%d.%d", FEAT_VERSION_MAJOR, FEAT_VERSION_MINOR, FEAT_VERSION_PATCH);
    cite(s, "bonafide");
    bf_text_print(s->t, " (numerics %d, %s", FEAT_NUMERICS_VERSION, r->made.mode);
    if (bf_report_has_images(r))
        bf_text_print(s->t, "; pixels %d", BF_PIXELS_VERSION);
    put(s->t, "): ");
    say_metrics(s, r);
    put(s->t, ". ");
}

/* "N = 200 real and 150 generated images. " */
static void say_sets(const sentence *s, const bf_report *r)
{
    put(s->t, "N = ");
    for (size_t i = 0; i < r->n_inputs; i++) {
        const bf_input *input = &r->inputs[i];
        bool alone = strcmp(input->role, "set") == 0;
        put(s->t, i == 0 ? "" : i + 1 == r->n_inputs ? " and " : ", ");
        if (input->n > 0)
            bf_text_print(s->t, "%zu", input->n);
        else
            put(s->t, "an unknown number of");
        bf_text_print(s->t, "%s%s", alone ? "" : " ", alone ? "" : bf_side_name(input->role));
    }
    put(s->t, r->taken > 0 ? " images, drawn at random. " : " images. ");
}

/* "inception-v3-fid (layer 2048, preset tf1, weights pt_inception, SHA-256 6726825d0af5)" */
static void say_network(const sentence *s, const bf_provenance *made, const char *tap)
{
    char text[256];
    const char *network = bf_network_name(made->variant);
    say(s, network != NULL ? network : "a network that is not known");
    snprintf(text, sizeof text, " (%s%s%spreset %s, weights %s%s", tap[0] != 0 ? "layer " : "", tap,
             tap[0] != 0 ? ", " : "", made->preset[0] != 0 ? made->preset : "not known",
             made->weights_name[0] != 0 ? made->weights_name : "not known", bf_weights_word(made));
    say(s, text);
    if (made->weights_sha256[0] != 0)
        bf_text_print(s->t, ", SHA-256 %.12s", made->weights_sha256);
    put(s->t, ")");
}

static void say_networks(const sentence *s, const bf_report *r)
{
    put(s->t, "The features are of ");
    say_network(s, &r->made, r->tap);
    for (size_t i = 0; i < r->n_others; i++) {
        put(s->t, i + 1 == r->n_others ? " and " : ", ");
        say_network(s, &r->others[i], "");
    }
    put(s->t, ".");
}

static void say_errors(const sentence *s, const bf_report *r)
{
    if (bf_report_has_kind(r, BF_ERROR_STANDARD))
        put(s->t, " Errors are standard errors over draws of the images.");
    if (bf_report_has_kind(r, BF_ERROR_SPREAD))
        put(s->t, " Spreads are standard deviations over splits or subsets, not errors of the value.");
    if (bf_report_has_kind(r, BF_ERROR_INTERVAL))
        say(s, " Intervals are 95 % ones.");
    if (bf_report_has_kind(r, BF_ERROR_AT_MOST) || bf_report_has_kind(r, BF_ERROR_AT_LEAST))
        say(s, " Limits are one-sided 95 % ones.");
}

void bf_cite_methods(bf_text *t, const bf_report *r, bool latex)
{
    sentence s = {t, latex};
    say_program(&s, r);
    say_sets(&s, r);
    say_networks(&s, r);
    say_errors(&s, r);
}

/* --- BibTeX ---------------------------------------------------------------------------------------------- */

/* Whether a list with commas has the word. */
static bool lists(const char *list, const char *word)
{
    for (size_t n; *list != 0; list += n + (list[n] == ',')) {
        n = strcspn(list, ",");
        if (strlen(word) == n && memcmp(list, word, n) == 0)
            return true;
    }
    return false;
}

static bool is_used(const bf_report *r, const bf_paper *paper)
{
    for (int id = 0; id < BF_N_METRICS; id++)
        if (lists(bf_metric_at((bf_metric_id)id)->papers, paper->key) && has_metric(r, r->n_lines, (bf_metric_id)id))
            return true;
    return false;
}

static const char *venue_field(const bf_paper *paper)
{
    return strcmp(paper->kind, "article") == 0         ? "journal"
           : strcmp(paper->kind, "inproceedings") == 0 ? "booktitle"
                                                       : "howpublished";
}

void bf_cite_bibtex(bf_text *t, const bf_report *r)
{
    put(t, "@software{bonafide,\n  author = {{bonafide contributors}},\n"
           "  title = {{bonafide: metrics of generated images, the same bits on every machine}},\n");
    bf_text_print(t, "  version = {%d.%d.%d},\n  year = {2026}\n}\n", FEAT_VERSION_MAJOR, FEAT_VERSION_MINOR,
                  FEAT_VERSION_PATCH);
    for (size_t i = 0; bf_paper_at(i) != NULL; i++) {
        const bf_paper *paper = bf_paper_at(i);
        if (!is_used(r, paper))
            continue;
        bf_text_print(t, "@%s{%s,\n  author = {%s},\n", paper->kind, paper->key, paper->authors);
        bf_text_print(t, "  title = {{%s}},\n  %s = {%s},\n  year = {%d}\n}\n", paper->title, venue_field(paper),
                      paper->venue, paper->year);
    }
}

/* --- below a table --------------------------------------------------------------------------------------- */

void bf_cite_below(bf_text *t, const bf_report *r)
{
    bf_text methods = {0}, bibtex = {0};
    bf_cite_methods(&methods, r, r->style.kind == BF_TABLE_LATEX);
    bf_cite_bibtex(&bibtex, r);
    if (methods.failed || bibtex.failed) {
        t->failed = true;
    } else if (r->style.kind == BF_TABLE_MARKDOWN) {
        put(t, "\n");
        bf_text_markdown(t, methods.data);
        put(t, "\n\n```bibtex\n");
        put(t, bibtex.data);
        put(t, "```\n");
    } else if (r->style.kind == BF_TABLE_LATEX) {
        put(t, "\n");
        put(t, methods.data);
        put(t, "\n\n% For the .bib file, without the comment signs:\n");
        bf_lines_latex(t, bibtex.data);
    } else {
        put(t, "\n");
        put(t, methods.data);
        put(t, "\n\n");
        put(t, bibtex.data);
    }
    bf_text_free(&methods);
    bf_text_free(&bibtex);
}
