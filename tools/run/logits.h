/* What the rows of a file are when the file does not say it: told by their number of columns and by their values. */
#ifndef BONAFIDE_TOOLS_RUN_LOGITS_H
#define BONAFIDE_TOOLS_RUN_LOGITS_H

#include "tools/run/side.h"

/* Whether `tap` is the name of a layer of logits of the network. */
bool bf_tap_is_logits(const feat_net *net, const char *tap);

/* Whether a prepared side of features may be taken for logits as far as layer and width say. Errors: UNSUPPORTED, with
 * what is needed instead. */
feat_status bf_logits_allowed(const bf_run *run, const bf_side *side, feat_error *err) FEAT_NODISCARD;

/* What a filled side of features holds for the Inception Score: rows from 0 to 1 that sum to 1 are probabilities, which
 * sets run->probabilities; others are logits, which is said where nothing but an unusual width tells it, or where they
 * are not the logits that the conventions want. Errors: those of bf_logits_allowed; NUMERIC when most rows, but not
 * all, are probabilities. */
feat_status bf_logits_take(bf_run *run, const bf_side *side, feat_error *err) FEAT_NODISCARD;

#endif
