/* What commands that compare two sets have in common. */
#ifndef BONAFIDE_TOOLS_COMMANDS_PAIR_H
#define BONAFIDE_TOOLS_COMMANDS_PAIR_H

#include "tools/run/side.h"

/* Opens the command's two operands. Errors: those of bf_run_network and bf_side_open. */
feat_status bf_pair_open(bf_run *run, bf_side *a, bf_side *b, const char *role_a, const char *role_b,
                         feat_error *err) FEAT_NODISCARD;

/* Prepares both for the run's tap, compares their origin, and says what the numbers are not good for. Errors:
 * those of bf_side_prepare and bf_sides_match. */
feat_status bf_pair_prepare(bf_run *run, bf_side *a, bf_side *b, feat_error *err) FEAT_NODISCARD;

/* Enters into the report where features are from: without a network of ours what both files agree on. */
void bf_note_origin(bf_run *run, const bf_side *a, const bf_side *b);

#endif
