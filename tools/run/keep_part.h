/* --shard I/N: a command runs the network over its share of the images only and writes what it found into a
 * part (part.h) instead of a result; and 'merge', which puts parts in the place of the images. */
#ifndef BONAFIDE_SHARD_H
#define BONAFIDE_SHARD_H

#include "tools/records/part.h"
#include "tools/run/run.h"

/* --- writing ------------------------------------------------------------------------------------------ */

/* Reads --shard and opens the file that -o names. Without --shard run->shard stays NULL. Errors: ARG, IO,
 * NOMEM. */
iv3_status bf_shard_open(bf_run *run, iv3_error *err) IV3_NODISCARD;
void bf_shard_close(bf_shard **shard);
/* For a run that was interrupted: which shard it was, how many parts lie where its part would, how to go on. */
void bf_shard_say_kept(const bf_shard *shard, char *text, size_t room);

/* The share of shard `index` (from 0 on) of n: [first, last). */
void bf_shard_share(size_t count, size_t index, size_t n, size_t *first, size_t *last);

/* Instead of filling a side's layers: runs the share of its images and writes their rows, or sums where rows
 * are not needed. Errors: those of bf_side_featurize, IO. */
iv3_status bf_shard_fill(bf_run *run, bf_side *side, unsigned rows, unsigned sums,
                         iv3_error *err) IV3_NODISCARD;

/* What bf_side_featurize does for it: the share's items and the digests of each image. */
void bf_shard_adapt(bf_shard *shard, bf_side *side, bf_featurize_job *job);
void bf_shard_note(bf_shard *shard, const bf_featurize_report *found);

/* Completes the file and the report. Errors: IO, NOMEM. */
iv3_status bf_shard_finish(bf_run *run, iv3_error *err) IV3_NODISCARD;

/* --- reading ------------------------------------------------------------------------------------------ */

/* Opens parts, `files` and those in folders among them, and puts them in the place of images and network.
 * Errors: those of bf_part_open; FORMAT when they do not belong together, one is there twice or missing. */
iv3_status bf_replay_open(bf_run *run, const char *const *files, size_t n, iv3_error *err) IV3_NODISCARD;
/* The first of them: what it says of the command and the weights holds for all. */
const bf_part *bf_replay_first(const bf_replay *replay);
void bf_replay_close(bf_replay **replay);

/* bf_set_open for a set of the command: its names come from the parts. Errors: those of bf_set_open; FORMAT
 * when a file of rows or statistics is another one than the shards had. */
iv3_status bf_replay_set(const bf_run *run, bf_set **out, size_t index, const char *spec, bool prefer_stats,
                         iv3_error *err) IV3_NODISCARD;

/* What the parts say of the weights; `known` is false when they say nothing. */
const bf_part_weights *bf_replay_weights(const bf_replay *replay);

/* bf_featurize: rows, digests and the report, image by image, out of the parts. Rows of layers that were summed
 * are NULL. Errors: UNSUPPORTED (a layer that the shards did not keep), what the sink returns. */
iv3_status bf_replay_featurize(const bf_run *run, const bf_side *side, const bf_featurize_job *job,
                               bf_featurize_report *found, iv3_error *err) IV3_NODISCARD;

/* Adds what is there of a layer that was summed. Errors: those of the moments. */
iv3_status bf_replay_sums(const bf_run *run, const bf_side *side, iv3_tap tap, gmet_moments *sums,
                          iv3_error *err) IV3_NODISCARD;

#endif
