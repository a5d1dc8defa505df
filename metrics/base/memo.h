/* Distances within a set, kept from one metric to the next: precision and recall, density and coverage, AuthPct and
 * realism all ask for the nearest neighbours of the same real rows, with a k of their own. */
#ifndef BONAFIDE_METRICS_BASE_MEMO_H
#define BONAFIDE_METRICS_BASE_MEMO_H

#include <stdbool.h>
#include <stddef.h>

#include "metrics/base/context.h"

typedef struct gmet_memo gmet_memo;

/* A place in `context->memo` for the distances of each row of `set` to its k nearest others, k < set->n; they are found
 * when a metric first asks for as many or fewer. The rows are borrowed and must not change while it is there. What the
 * metrics return is the same with it and without. Takes 8 n k bytes. Errors: NOMEM. */
feat_status gmet_memo_create(gmet_memo **out, const gmet_set *set, size_t k, feat_error *err) FEAT_NODISCARD;
void gmet_memo_close(gmet_memo **memo);

/* --- for the scan ----------------------------------------------------------------------------------------- */

/* Whether it is of these rows and of k neighbours at least. memo may be NULL. */
bool gmet_memo_is_of(const gmet_memo *memo, const gmet_set *set, size_t k);

/* How many neighbours of each row there are; the squared distances [n][that], ascending, or room for them; and whether
 * they have been found, which whoever fills them says. */
size_t gmet_memo_k(const gmet_memo *memo);
double *gmet_memo_distances(gmet_memo *memo);
bool gmet_memo_is_full(const gmet_memo *memo);
void gmet_memo_set_full(gmet_memo *memo);

#endif
