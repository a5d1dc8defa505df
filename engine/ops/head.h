/* The classifier: the dense layers after the last pooling. */
#ifndef BONAFIDE_ENGINE_OPS_HEAD_H
#define BONAFIDE_ENGINE_OPS_HEAD_H

#include "engine/ops/step.h"

/* Hidden layers add their bias first and apply ReLU; the last gives the logits without bias, then with. Either may be
 * NULL. in: the 2048 features, followed by room for two activations and a zero bias (model->dense_floats in all). */
void feat_exec_head(const feat_model *model, float *in, float *unbiased, float *logits);

/* Where `in` is in a worker's memory, in floats. */
size_t feat_model_head_offset(const feat_model *model);

#endif
