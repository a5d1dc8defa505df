/* Rows of two sets as points of a plane, to be looked at. */
#ifndef BONAFIDE_TOOLS_HTML_PLANE_H
#define BONAFIDE_TOOLS_HTML_PLANE_H

#include "engine/base/common.h"

/* Rows of two sets along the first two principal axes of both together: n rows each of width d, every step-th
 * taken. Errors: NOMEM. */
feat_status bf_page_project(double *real_x, double *real_y, double *gen_x, double *gen_y, double variance[2],
                            const float *const *real_rows, size_t n_real, const float *const *gen_rows,
                            size_t n_gen, size_t d, feat_error *err) FEAT_NODISCARD;

#endif
