/* The curves of the page: error bars of what was measured, precision and recall against k, PRD, scores of images,
 * spectra, classes. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_CURVES_H
#define BONAFIDE_TOOLS_PAGES_PAGE_CURVES_H

#include "tools/base/text.h"
#include "tools/pages/page.h"

/* Computes those that the run's metrics ask for: precision and recall against k where it has these, the PRD curve where
 * it has PRD, spectra where there are rows or covariances. Errors: NOMEM, those of the metrics. */
feat_status bf_page_curves_compute(bf_page_data *data, const bf_page_input *input, feat_error *err) FEAT_NODISCARD;

/* Figures, each nothing where its data are missing. */
void bf_page_error_bars(bf_text *t, const bf_page_input *input);
void bf_page_k_curve(bf_text *t, const bf_page_input *input, const bf_page_data *data);
void bf_page_prd_curve(bf_text *t, const bf_page_input *input, const bf_page_data *data);
void bf_page_image_scores(bf_text *t, const bf_page_input *input, const bf_page_data *data);
void bf_page_spectra(bf_text *t, const bf_page_input *input, const bf_page_data *data);
void bf_page_class_bars(bf_text *t, const bf_page_input *input);

/* The first result of that key in the report; false: there is none. */
bool bf_page_result(double *value, const bf_report *r, const char *key);

#endif
