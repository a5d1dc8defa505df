/* --shard I/N: a command runs the network over its share of the images only and writes what it found into a
 * part (part.h) instead of a result. */
#ifndef BONAFIDE_SHARD_H
#define BONAFIDE_SHARD_H

#include "tools/records/part.h"
#include "tools/run/side.h"

/* Reads --shard and opens the file that -o names. Without --shard run->shard stays NULL. Errors: ARG, IO,
 * NOMEM. */
iv3_status bf_shard_open(bf_run *run, iv3_error *err) IV3_NODISCARD;
void bf_shard_close(bf_shard **shard);
/* For a run that was interrupted: which shard it was, how many parts lie where its part would, how to go on. */
void bf_shard_say_kept(const bf_shard *shard, char *text, size_t room);

/* Instead of filling a side's layers: runs the share of its images and writes their rows, or sums where rows
 * are not needed. Errors: those of bf_side_featurize, IO. */
iv3_status bf_shard_fill(bf_run *run, bf_side *side, unsigned rows, unsigned sums,
                         iv3_error *err) IV3_NODISCARD;

/* What bf_side_featurize does for it: the share's items and the digests of each image. */
void bf_shard_adapt(bf_shard *shard, bf_side *side, bf_featurize_job *job);
void bf_shard_note(bf_shard *shard, const bf_featurize_report *found);

/* Completes the file and the report. Errors: IO, NOMEM. */
iv3_status bf_shard_finish(bf_run *run, iv3_error *err) IV3_NODISCARD;

#endif
