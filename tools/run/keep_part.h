/* --shard I/N: a command runs the network over its share of the images only and writes what it found into a
 * part (part.h) instead of a result. */
#ifndef BONAFIDE_TOOLS_RUN_KEEP_PART_H
#define BONAFIDE_TOOLS_RUN_KEEP_PART_H

#include "tools/run/run.h"

/* Reads --shard, opens the file that -o names and makes the part the run's keeper. Without --shard the keeper stays
 * what it was. Errors: ARG, IO, NOMEM. */
feat_status bf_keep_part(bf_run *run, feat_error *err) FEAT_NODISCARD;

#endif
