/* --shard I/N: a command runs the network over its share of the images only and writes what it found into a
 * part (part.h) instead of a result. */
#ifndef BONAFIDE_KEEP_PART_H
#define BONAFIDE_KEEP_PART_H

#include "tools/run/run.h"

/* Reads --shard, opens the file that -o names and makes the part the run's keeper. Without --shard the keeper stays
 * what it was. Errors: ARG, IO, NOMEM. */
iv3_status bf_keep_part(bf_run *run, iv3_error *err) IV3_NODISCARD;

#endif
