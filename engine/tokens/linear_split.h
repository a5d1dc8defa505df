/* Split numerics of the dense layers of tokens. */
#ifndef BONAFIDE_ENGINE_TOKENS_LINEAR_SPLIT_H
#define BONAFIDE_ENGINE_TOKENS_LINEAR_SPLIT_H

#include "engine/ops/op.h"

/* What the step needs for `tokens` tokens of an image: scratch_floats, and cut_floats of the tail. */
void feat_linear_split_measure(feat_step *step, size_t tokens);
void feat_linear_split_run(const feat_tail *tail, const feat_step *step);

#endif
