/* The images of the page, and its table of classes. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_GALLERY_H
#define BONAFIDE_TOOLS_PAGES_PAGE_GALLERY_H

#include "tools/html/thumbs.h"
#include "tools/pages/page.h"

/* The sections of the images and of the classes. Errors: NOMEM, those of the sets. */
feat_status bf_page_galleries(bf_text *t, bf_thumbs *thumbs, const bf_page_input *input, const bf_page_data *data,
                              feat_error *err) FEAT_NODISCARD;
feat_status bf_page_classes(bf_text *t, const bf_page_input *input, const bf_page_data *data,
                            feat_error *err) FEAT_NODISCARD;

#endif
