/* merge: parts (part.h) in the place of images and network. */
#ifndef BONAFIDE_TOOLS_RUN_SOURCE_PARTS_H
#define BONAFIDE_TOOLS_RUN_SOURCE_PARTS_H

#include "tools/records/part.h"
#include "tools/run/run.h"

/* The parts of a merge, in order. What the first says of the command and the weights holds for all. */
typedef struct bf_parts {
    bf_run *run;
    bf_part **parts; /* [n] shard 1 first; NULL where one is missing, while they are collected */
    size_t n;
    bf_args args; /* of the command the parts are of */
    char *text;   /* what args point into */
} bf_parts;

/* Opens parts, `files` and those in folders among them, and makes them the run's source, which owns *out. Errors: those
 * of bf_part_open; FORMAT when they do not belong together, one is there twice or missing. */
feat_status bf_source_parts(bf_parts **out, bf_run *run, const char *const *files, size_t n,
                            feat_error *err) FEAT_NODISCARD;

#endif
