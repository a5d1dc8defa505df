/* Random images of both sets, side by side. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_SAMPLES_H
#define BONAFIDE_TOOLS_PAGES_PAGE_SAMPLES_H

#include "tools/html/thumbs.h"
#include "tools/pages/page.h"

enum { BF_PAGE_SAMPLES = 16 };

/* Draws up to BF_PAGE_SAMPLES different numbers below n, in the order in which they are drawn; returns how many. The
 * same seed gives the same. */
size_t bf_page_draw(size_t drawn[BF_PAGE_SAMPLES], size_t n, uint64_t seed);

/* The section, of the sides that are images; nothing when neither is. Errors: NOMEM. */
feat_status bf_page_samples(bf_text *t, bf_thumbs *thumbs, const bf_page_input *input, feat_error *err) FEAT_NODISCARD;

/* Opens a list of n pictures or pairs in as many columns as leave no row of one. */
void bf_page_open_pictures(bf_text *t, size_t n, bool pairs);

#endif
