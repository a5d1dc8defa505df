/* The sections of the page below its head. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_SECTIONS_H
#define BONAFIDE_TOOLS_PAGES_PAGE_SECTIONS_H

#include "tools/html/thumbs.h"
#include "tools/pages/page.h"

enum { BF_PAGE_SAMPLES = 16 };

/* Random images of both sets, side by side, of the sides that are images; nothing when neither is. Errors: NOMEM. */
feat_status bf_page_samples(bf_text *t, bf_thumbs *thumbs, const bf_page_input *input, feat_error *err) FEAT_NODISCARD;

/* Draws up to BF_PAGE_SAMPLES different numbers below n, in the order in which they are drawn; returns how many. The
 * same seed gives the same. */
size_t bf_page_draw(size_t drawn[BF_PAGE_SAMPLES], size_t n, uint64_t seed);

/* Opens a list of n pictures or pairs in as many columns as leave no row of one. */
void bf_page_open_pictures(bf_text *t, size_t n, bool pairs);

/* The drawings. */
void bf_page_figures(bf_text *t, const bf_page_input *input, const bf_page_data *data);

/* The images that stand out, and the table of classes. Errors: NOMEM, those of the sets. */
feat_status bf_page_galleries(bf_text *t, bf_thumbs *thumbs, const bf_page_input *input, const bf_page_data *data,
                              feat_error *err) FEAT_NODISCARD;
feat_status bf_page_classes(bf_text *t, const bf_page_input *input, const bf_page_data *data,
                            feat_error *err) FEAT_NODISCARD;

#endif
