/* Some rows of a side, evenly spread. */
#include "tools/pages/page_rows.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/html/html.h"

size_t bf_page_row(size_t i, size_t some, size_t n)
{
    return (size_t)((uint64_t)i * n / some);
}

feat_status bf_page_some_rows(gmet_set *set, float **copy, const bf_side *side, size_t most, feat_error *err)
{
    *set = bf_side_rows(side);
    *copy = NULL;
    if (set->n <= most)
        return FEAT_OK;
    *copy = feat_alloc_array(most * set->d, sizeof **copy);
    if (*copy == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu rows of a figure", most);
    for (size_t i = 0; i < most; i++)
        memcpy(*copy + i * set->d, set->rows + bf_page_row(i, most, set->n) * set->d, set->d * sizeof **copy);
    *set = (gmet_set){.rows = *copy, .n = most, .d = set->d};
    return FEAT_OK;
}

feat_status bf_page_rows_take(bf_page_rows *rows, const bf_page_input *in, size_t most, feat_error *err)
{
    *rows = (bf_page_rows){.context = in->run->work.context};
    feat_status status = bf_page_some_rows(&rows->real, &rows->copies[0], in->real, most, err);
    if (status == FEAT_OK)
        status = bf_page_some_rows(&rows->gen, &rows->copies[1], in->gen, most, err);
    if (rows->copies[0] != NULL || rows->copies[1] != NULL)
        rows->context.team = NULL;
    if (rows->copies[0] != NULL)
        rows->context.memo = NULL;
    return status;
}

void bf_page_rows_free(bf_page_rows *rows)
{
    feat_free(rows->copies[0]);
    feat_free(rows->copies[1]);
    *rows = (bf_page_rows){0};
}

void bf_page_say_rows(bf_text *t, const bf_page_input *in, size_t n_real, size_t n_gen)
{
    if (n_real < in->real->n || n_gen < in->gen->n)
        bf_text_print(t,
                      "<p class=\"dim\">Of %zu of the %zu real and %zu of the %zu generated images, evenly spread over "
                      "the sets: of all of them values differ a little.</p>\n",
                      n_real, in->real->n, n_gen, in->gen->n);
}
