/* --memory: what a command will take is added up before it starts, from what each step of it takes at most.
 * If that is more than was asked for with all features in memory, they are mapped from files (rowstore.h); if
 * it still is, the command is refused. */
#ifndef BONAFIDE_TOOLS_RUN_MEMORY_PLAN_H
#define BONAFIDE_TOOLS_RUN_MEMORY_PLAN_H

#include "tools/run/side.h"

/* Rows of a tile, and columns of a round, of scans over pairs. */
enum { BF_SCAN_ROWS = 96, BF_SCAN_COLUMNS = 480 };

/* Bytes, as doubles: nothing overflows. Zero-initialise. */
typedef struct bf_memory_plan {
    double rows;       /* features that are kept */
    double widest;     /* bytes of a row of the widest */
    double kept;       /* beside them, to the end */
    double fill;       /* while images are run, beside the network */
    double decoders;   /* processes that decode, and what each thread may take without asking */
    double pictures;   /* files and pictures that are being decoded, over all threads */
    double step;       /* of the metric that takes most */
    const char *name;  /* that metric */
    bool closes_model; /* before the metrics */
    bool unknown;      /* the number of rows is not known */
} bf_memory_plan;

/* What bf_side_fill(run, side, rows, sums) will keep, and take on the way. */
void bf_memory_fill(bf_memory_plan *plan, const bf_run *run, const bf_side *side, bf_taps rows,
                    bf_taps sums);
/* A metric that takes so much beside what is kept. */
void bf_memory_step(bf_memory_plan *plan, const char *name, double bytes);

/* Threads of the run, to multiply with. */
double bf_memory_threads(const bf_run *run);

/* Sums of n rows of width d. */
double bf_memory_of_sums(double n, double d);

/* Compares the plan with --memory (without it: nothing to do), says it in a line and in the report, and sets
 * run->memory.mapped when rows are to be mapped. From then on no more than was asked for can be allocated. Errors:
 * ARG, with the least that would do. */
feat_status bf_memory_settle(bf_memory_plan *plan, bf_run *run, feat_error *err) FEAT_NODISCARD;

#endif
