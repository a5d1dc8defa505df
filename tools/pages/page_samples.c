/* What a reader wants to see first: what both sets look like. */
#include "tools/pages/page_sections.h"

#include <stdio.h>

#include "engine/base/splitmix64.h"
#include "tools/pages/page_names.h"

size_t bf_page_draw(size_t drawn[BF_PAGE_SAMPLES], size_t n, uint64_t seed)
{
    size_t m = n < BF_PAGE_SAMPLES ? n : BF_PAGE_SAMPLES, n_drawn = 0;
    uint64_t state = seed;
    /* Floyd, 1987: each subset of m is as likely, and no list of n is needed. */
    for (size_t last = n - m; last < n; last++) {
        size_t at = (size_t)(feat_splitmix64(&state) % ((uint64_t)last + 1)), i = 0;
        while (i < n_drawn && drawn[i] != at)
            i++;
        drawn[n_drawn] = i < n_drawn ? last : at;
        n_drawn++;
    }
    return m;
}

void bf_page_open_pictures(bf_text *t, size_t n, bool pairs)
{
    static const int pictures[] = {4, 3, 5}, double_ones[] = {2, 3, 4};
    const int *tried = pairs ? double_ones : pictures;
    size_t i = 0;
    while (i < 2 && n > (size_t)tried[i] && n % (size_t)tried[i] == 1)
        i++;
    bf_text_print(t, "<ul class=\"shots c%d\">\n", tried[i]);
}

static feat_status side_samples(bf_text *t, bf_thumbs *thumbs, const bf_page_input *in, const bf_side *side,
                                feat_error *err)
{
    size_t rows[BF_PAGE_SAMPLES];
    size_t n = bf_page_draw(rows, side->n, bf_metric_seed(in->run) + (side == in->gen));
    const char *what = side == in->gen ? "generated" : "real";
    feat_status status = FEAT_OK;
    bf_text_print(t, "<div class=\"gal\">\n<h3>%s</h3>\n", side == in->gen ? "Generated" : "Real");
    bf_page_open_pictures(t, n, false);
    for (size_t i = 0; i < n && status == FEAT_OK; i++) {
        char alt[320];
        snprintf(alt, sizeof alt, "%s image %.280s", what, bf_page_file_name(bf_side_row_name(side, rows[i])));
        bf_html_raw(t, "<li class=\"pic\">");
        status = bf_thumbs_show(thumbs, t, side->set, side->items != NULL ? side->items[rows[i]] : rows[i], alt, err);
        bf_html_raw(t, "</li>\n");
    }
    bf_html_raw(t, "</ul>\n</div>\n");
    return status;
}

feat_status bf_page_samples(bf_text *t, bf_thumbs *thumbs, const bf_page_input *in, feat_error *err)
{
    const bf_side *sides[2] = {in->real, in->gen};
    feat_status status = FEAT_OK;
    if (in->real->kind != BF_SET_IMAGES && in->gen->kind != BF_SET_IMAGES)
        return FEAT_OK;
    bf_html_section(t, "samples", "Random images of both sets");
    bf_html_raw(t, "<div class=\"gals\">\n");
    for (size_t i = 0; i < 2 && status == FEAT_OK; i++)
        if (sides[i]->kind == BF_SET_IMAGES)
            status = side_samples(t, thumbs, in, sides[i], err);
    bf_html_raw(t, "</div>\n<p class=\"dim\">Drawn with --seed, and not chosen.</p>\n");
    bf_html_section_end(t);
    return status;
}
