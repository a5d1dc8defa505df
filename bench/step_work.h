/* What the algorithms chosen for a step must compute and read, from the tables that the engine itself runs by. */
#ifndef BONAFIDE_BENCH_STEP_WORK_H
#define BONAFIDE_BENCH_STEP_WORK_H

#include "engine/ops/step.h"

/* Of a step and one image; all zero where it is neither a convolution nor fully connected. */
typedef struct bench_work {
    double products;     /* multiplications of the algorithm, each with an addition: of minimal filtering those between
                          * its transforms, of split numerics one for the three of its pieces */
    double wasted;       /* of them, those of outputs beyond a border and of inputs that only fill up a group */
    double direct;       /* multiplications of the direct algorithm */
    double weight_bytes; /* packed weights */
} bench_work;

bench_work bench_step_work(const feat_model *model, const feat_step *step);

/* "F(6,7)", "direct", "split", "dense", "-" */
const char *bench_step_algorithm(const feat_step *step);

#endif
