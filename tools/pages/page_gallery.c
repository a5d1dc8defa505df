/* Galleries of a report, and its table of classes. */
#include "tools/pages/page_sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/pages/page_data.h"
#include "tools/pages/page_names.h"
#include "tools/pages/page_rows.h"

enum { SHOWN = 12, SHOWN_PAIRS = 8, MAX_CLASS_ROWS = 200 };

typedef struct ranked {
    size_t row, at; /* in the set, and among the scores where the key is one of them */
    double key;
} ranked;

typedef struct gallery {
    bf_text *t;
    bf_thumbs *thumbs;
    const bf_page_input *in;
    const bf_page_data *data;
    ranked *list; /* [gen->n] */
    feat_error *err;
} gallery;

/* By key, largest first; equal keys in the order of the set. */
static int by_key(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static size_t item_of(const bf_side *side, size_t row)
{
    return side->items != NULL ? side->items[row] : row;
}

static feat_status show_image(gallery *g, const bf_side *side, const char *what, size_t row)
{
    char alt[320];
    snprintf(alt, sizeof alt, "%s image %.280s", what, bf_page_file_name(bf_side_row_name(side, row)));
    return bf_thumbs_show(g->thumbs, g->t, side->set, item_of(side, row), alt, g->err);
}

/* One line, which is cut where it is too long for its picture; whole where it is pointed at. */
static void show_name(gallery *g, const bf_side *side, size_t row)
{
    const char *name = bf_page_file_name(bf_side_row_name(side, row));
    bf_html_raw(g->t, "<span class=\"name\" title=\"");
    bf_html_text(g->t, name);
    bf_html_raw(g->t, "\">");
    bf_html_name(g->t, name);
    bf_html_raw(g->t, "</span>");
}

static feat_status show_one(gallery *g, size_t row, const char *value)
{
    bf_html_raw(g->t, "<li class=\"pic\">");
    feat_status status = show_image(g, g->in->gen, "generated", row);
    bf_html_raw(g->t, "<b>");
    bf_html_text(g->t, value);
    bf_html_raw(g->t, "</b>");
    show_name(g, g->in->gen, row);
    bf_html_raw(g->t, "</li>\n");
    return status;
}

static feat_status show_pair(gallery *g, const ranked *image)
{
    const gmet_image_score *s = &g->data->scores[image->at];
    size_t row = image->row;
    bf_html_raw(g->t, "<li class=\"pic\"><div class=\"pair\">");
    feat_status status = show_image(g, g->in->gen, "generated", row);
    if (status == FEAT_OK && g->in->real->kind == BF_SET_IMAGES)
        status = show_image(g, g->in->real, "nearest real", s->nearest);
    bf_text_print(g->t, "</div><b>%.4g</b>", s->distance);
    show_name(g, g->in->gen, row);
    if (g->in->real->kind == BF_SET_IMAGES)
        show_name(g, g->in->real, s->nearest);
    else
        bf_text_print(g->t, "<span class=\"name\">real row %zu</span>", s->nearest);
    bf_html_raw(g->t, "</li>\n");
    return status;
}

static void open_list(gallery *g, const char *title, const char *reading, size_t n, bool pairs)
{
    bf_html_raw(g->t, "<div class=\"gal\">\n<h3>");
    bf_html_raw(g->t, title);
    bf_html_raw(g->t, "</h3>\n<p>");
    bf_html_raw(g->t, reading);
    bf_html_raw(g->t, "</p>\n");
    bf_page_open_pictures(g->t, n, pairs);
}

static void close_list(gallery *g)
{
    bf_html_raw(g->t, "</ul>\n</div>\n");
}

static size_t at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

/* The first n of the list as it is sorted; format takes the key. */
static feat_status show_first(gallery *g, size_t n, double sign, const char *unit)
{
    char text[48];
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < n && i < SHOWN && status == FEAT_OK; i++) {
        double v = sign * g->list[i].key;
        if (isinf(v))
            snprintf(text, sizeof text, "a copy");
        else
            snprintf(text, sizeof text, "%s%.3g", unit, v);
        status = show_one(g, g->list[i].row, text);
    }
    close_list(g);
    return status;
}

static feat_status hurting(gallery *g)
{
    size_t n = g->in->gen->n, n_up = 0;
    if (g->in->share == NULL)
        return FEAT_OK;
    for (size_t i = 0; i < n; i++)
        g->list[i] = (ranked){i, i, g->in->share[i]};
    qsort(g->list, n, sizeof *g->list, by_key);
    while (n_up < n && g->list[n_up].key > 0.0)
        n_up++;
    open_list(g, "They raise FID most",
              "What FID rises by because of each image. Look for what they have in common: that is what to "
              "repair. <span class=\"formula\">Influence of the image divided by <i>N</i>; all of them sum to "
              "0.</span>",
              at_most(n_up, SHOWN), false);
    return show_first(g, n_up, 1.0, "+");
}

/* The i-th image with scores. */
static ranked scored(const gallery *g, size_t i, double key)
{
    return (ranked){bf_page_row(i, g->data->n_gen, g->in->gen->n), i, key};
}

static feat_status realistic(gallery *g)
{
    size_t n = g->data->n_gen;
    for (size_t i = 0; i < n; i++)
        g->list[i] = scored(g, i, g->data->scores[i].realism);
    qsort(g->list, n, sizeof *g->list, by_key);
    open_list(g, "Most realistic",
              "Deep inside the real images' neighbourhoods; 1 is the edge. <span class=\"formula\">realism = "
              "max<sub>r</sub> <i>R</i><sub>k</sub>(<i>r</i>) / |<i>g</i> &minus; <i>r</i>| "
              "(Kynk&auml;&auml;nniemi "
              "et al., 2019)</span>",
              at_most(n, SHOWN), false);
    feat_status status = show_first(g, n, 1.0, "");
    for (size_t i = 0; i < n; i++)
        g->list[i].key = -g->data->scores[g->list[i].at].realism;
    qsort(g->list, n, sizeof *g->list, by_key);
    if (status == FEAT_OK) {
        open_list(g, "Least realistic", "Far from every real image, by the same measure.", at_most(n, SHOWN), false);
        status = show_first(g, n, -1.0, "");
    }
    return status;
}

static feat_status rarest(gallery *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->data->n_gen; i++)
        if (g->data->scores[i].rarity > 0.0)
            g->list[n++] = scored(g, i, g->data->scores[i].rarity);
    if (n == 0)
        return FEAT_OK;
    qsort(g->list, n, sizeof *g->list, by_key);
    open_list(g, "Rarest",
              "Realistic, but where real images lie far apart. <span class=\"formula\">rarity = the smallest "
              "<i>R</i><sub>k</sub>(<i>r</i>) whose ball holds the image (Han et al., 2023)</span>",
              at_most(n, SHOWN), false);
    return show_first(g, n, 1.0, "");
}

static void sort_by_distance(gallery *g)
{
    for (size_t i = 0; i < g->data->n_gen; i++)
        g->list[i] = scored(g, i, -g->data->scores[i].distance);
    qsort(g->list, g->data->n_gen, sizeof *g->list, by_key);
}

static feat_status neighbours(gallery *g)
{
    size_t n = g->data->n_gen, shown = n < SHOWN_PAIRS ? n : SHOWN_PAIRS;
    feat_status status = FEAT_OK;
    sort_by_distance(g);
    open_list(g, "Nearest real neighbours, side by side",
              "Left the generated image, right the real one that its features are nearest to, with the "
              "distance; from the nearest pair to the farthest, evenly spread over all.",
              shown, true);
    for (size_t i = 0; i < shown && status == FEAT_OK; i++)
        status = show_pair(g, &g->list[shown > 1 ? i * (n - 1) / (shown - 1) : 0]);
    close_list(g);
    return status;
}

static feat_status duplicates(gallery *g)
{
    size_t n = 0;
    feat_status status = FEAT_OK;
    sort_by_distance(g);
    while (n < g->data->n_gen && -g->list[n].key <= g->data->near_limit)
        n++;
    bf_html_raw(g->t, "<div class=\"gal\">\n<h3>Suspected duplicates</h3>\n");
    if (n == 0) {
        bf_text_print(g->t,
                      "<p>None: no generated image is nearer to a real one than %.4g, a quarter of the median "
                      "distance of a real image to the nearest other one.</p>\n</div>\n",
                      g->data->near_limit);
        return FEAT_OK;
    }
    size_t shown = at_most(n, SHOWN_PAIRS);
    bf_text_print(g->t,
                  "<p>%zu of %zu generated images are nearer to a real one than %.4g, a quarter of the median "
                  "distance of a real image to the nearest other one: memorised, or leaked into the set?%s</p>\n",
                  n, g->data->n_gen, g->data->near_limit, n > shown ? " The nearest:" : "");
    bf_page_open_pictures(g->t, shown, true);
    for (size_t i = 0; i < shown && status == FEAT_OK; i++)
        status = show_pair(g, &g->list[i]);
    close_list(g);
    return status;
}

feat_status bf_page_galleries(bf_text *t, bf_thumbs *thumbs, const bf_page_input *in, const bf_page_data *data,
                              feat_error *err)
{
    static feat_status (*const galleries[])(gallery *) = {hurting, realistic, rarest, neighbours, duplicates};
    gallery g = {.t = t, .thumbs = thumbs, .in = in, .data = data, .err = err};
    feat_status status = FEAT_OK;
    if (in->gen->kind != BF_SET_IMAGES || data->scores == NULL)
        return FEAT_OK;
    g.list = feat_alloc_array(in->gen->n, sizeof *g.list);
    if (g.list == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to sort %zu images", in->gen->n);
    bf_html_section(t, "galleries", "Images");
    if (data->n_real < in->real->n || data->n_gen < in->gen->n)
        bf_text_print(t,
                      "<p>Realism, rarity and neighbours are of %zu of the %zu real and %zu of the %zu generated "
                      "images, evenly spread over the sets; with <code>--per-image FILE.csv</code> of all.</p>\n",
                      data->n_real, in->real->n, data->n_gen, in->gen->n);
    bf_html_raw(t, "<div class=\"gals\">\n");
    for (size_t i = 0; i < sizeof galleries / sizeof galleries[0] && status == FEAT_OK; i++)
        status = galleries[i](&g);
    bf_html_raw(t, "</div>\n");
    bf_html_section_end(t);
    feat_free(g.list);
    return status;
}

/* --- classes ------------------------------------------------------------------------------------------ */

static void number_cell(bf_text *t, const char *label, int has, double value)
{
    bf_text_print(t, "<td class=\"n\" data-l=\"%s\">", label);
    if (has)
        bf_text_print(t, "%.4g</td>", value);
    else
        bf_html_raw(t, "&ndash;</td>");
}

/* Opinion of the network on the generated images of one class folder. */
static feat_status class_labels(bf_page_labels *labels, const bf_page_input *in, const size_t *of_row, size_t class,
                                feat_error *err)
{
    size_t n = 0, c = in->n_classes;
    float *rows;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < in->gen->n; i++)
        n += of_row[i] == class;
    if (n == 0)
        return FEAT_OK;
    rows = feat_alloc_array(n * c, sizeof *rows);
    if (rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the labels of a class");
    n = 0;
    for (size_t i = 0; i < in->gen->n; i++)
        if (of_row[i] == class)
            memcpy(rows + n++ * c, in->gen_logits + i * c, c * sizeof *rows);
    status = bf_page_label(labels, rows, n, c, err);
    feat_free(rows);
    return status;
}

static void label_cells(bf_text *t, const bf_page_input *in, const bf_page_labels *labels)
{
    size_t top = 0, c = in->n_classes;
    char name[FEAT_CLASS_NAME_BYTES];
    for (size_t k = 1; k < c && labels->marginal != NULL; k++)
        if (labels->marginal[k] > labels->marginal[top])
            top = k;
    number_cell(t, "H(y)", labels->marginal != NULL, labels->total_entropy);
    number_cell(t, "mean H(y|x)", labels->marginal != NULL, labels->mean_entropy);
    bf_html_raw(t, "<td class=\"n\" data-l=\"seen as\">");
    if (labels->marginal == NULL) {
        bf_html_raw(t, "&ndash;</td>");
        return;
    }
    bf_page_class_name(name, in, top);
    bf_html_text(t, name);
    bf_text_print(t, " (%.3g %%)</td>", 100.0 * labels->marginal[top]);
}

static feat_status class_rows(bf_text *t, const bf_page_input *in, const size_t *of_row, feat_error *err)
{
    const bf_class_table *table = in->classes;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < table->n && i < MAX_CLASS_ROWS && status == FEAT_OK; i++) {
        const gmet_class_score *s = &table->scores[i];
        bf_page_labels labels = {0};
        if (in->gen_logits != NULL)
            status = class_labels(&labels, in, of_row, i, err);
        bf_html_raw(t, "<tr><td class=\"o\">");
        bf_html_name(t, table->names[i]);
        bf_text_print(t,
                      "</td><td class=\"n\" data-l=\"N real\">%zu</td><td class=\"n\" data-l=\"N generated\">%zu</td>",
                      s->n_real, s->n_gen);
        number_cell(t, "FID", s->has_fid, s->fid);
        number_cell(t, "IS", s->has_is, s->is_mean);
        number_cell(t, "Precision", s->has_pr, s->precision);
        number_cell(t, "Recall", s->has_pr, s->recall);
        label_cells(t, in, &labels);
        bf_html_raw(t, "</tr>\n");
        feat_free(labels.marginal);
        feat_free(labels.entropy);
    }
    return status;
}

feat_status bf_page_classes(bf_text *t, const bf_page_input *in, const bf_page_data *data, feat_error *err)
{
    feat_status status = FEAT_OK;
    (void)data;
    if (in->classes == NULL)
        return FEAT_OK;
    size_t *of_row = feat_alloc_array(in->gen->n, sizeof *of_row);
    if (of_row == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes of %zu images", in->gen->n);
    for (size_t i = 0; i < in->gen->n; i++)
        of_row[i] = bf_class_of_row(in->classes, in->gen, i);
    bf_html_section(t, "classes", "Class by class");
    bool folders = bf_set_classes(in->gen->set)->from == BF_CLASSES_FOLDERS;
    bf_text_print(t, "<p>%s ",
                  folders ? "Folder names are taken as classes." : "Classes are the labels of dataset.json.");
    bf_html_raw(t, "FID of few images is mostly bias: compare "
                   "classes of equal numbers only. <i>H</i>(<i>y</i>) is the entropy of a class's mean "
                   "probabilities in nats (variety), mean <i>H</i>(<i>y</i>|<i>x</i>) that of its images (doubt); "
                   "&ldquo;seen as&rdquo; the network's most frequent class of the generated images.</p>\n");
    bf_html_table(t, "scores of classes",
                  "<th scope=\"col\">Class</th><th scope=\"col\" class=\"n\">N real</th><th scope=\"col\" "
                  "class=\"n\">N gen.</th><th scope=\"col\" class=\"n\">FID &darr;</th><th scope=\"col\" "
                  "class=\"n\">IS &uarr;</th><th scope=\"col\" class=\"n\">Precision &uarr;</th><th scope=\"col\" "
                  "class=\"n\">Recall &uarr;</th><th scope=\"col\" class=\"n\"><i>H</i>(<i>y</i>)</th><th "
                  "scope=\"col\" class=\"n\"><i>H</i>(<i>y</i>|<i>x</i>)</th><th scope=\"col\" class=\"n\">seen "
                  "as</th>");
    status = class_rows(t, in, of_row, err);
    bf_html_table_end(t);
    if (in->classes->n > MAX_CLASS_ROWS)
        bf_text_print(t, "<p>The first %d of %zu classes; --json has them all.</p>\n", (int)MAX_CLASS_ROWS,
                      in->classes->n);
    bf_html_section_end(t);
    feat_free(of_row);
    return status;
}
