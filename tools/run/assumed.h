/* What is known against taking the sets of a run for independent draws: found by measure/assume. */
#ifndef BONAFIDE_TOOLS_RUN_ASSUMED_H
#define BONAFIDE_TOOLS_RUN_ASSUMED_H

#include <stdbool.h>

enum { BF_WHY_BYTES = 112 };

/* Of one run; zero: nothing is known against its sets. */
typedef struct bf_assumed {
    bool same;                         /* both sides are the same images, or the same statistics */
    bool balanced;                     /* a side has as many images of each class as of every other */
    double excess;                     /* of gmet_copies, the larger of both sides */
    char no_correction[BF_WHY_BYTES];  /* why nothing is corrected for bias or extrapolated; "" */
    char corrected[BF_WHY_BYTES];      /* why there is no FID less its bias; "" */
    char no_error[BF_WHY_BYTES];       /* why what compares both sides has no error bar; "" */
    char no_error_of_set[BF_WHY_BYTES]; /* the same of what looks at the generated, or only, side; "" */
    char no_error_of_score[BF_WHY_BYTES]; /* and of its Inception Score alone: judged sets are sorted by generator */
} bf_assumed;

#endif
