/* Decoding in a process of its own, that can do nothing but compute: a file that breaks the decoder costs its image
 * and nothing else. The first call of bf_sandbox_start forks a small helper, before there are threads or secrets in
 * memory; the helper forks one worker for each decoding at a time. A worker has no capabilities, no files, no
 * descriptors but its socket and its shared memory, a limit on memory, and a seccomp filter that leaves it reading
 * and writing that socket and managing its memory. It makes way for another one after as many images as the limit
 * `worker` says, and after each that it crashed on, took too long for, or gave an answer to that no decoder gives: a
 * file that takes a worker over can falsify what that worker is given afterwards, and nothing else. Results do not
 * depend on any of this. */
#ifndef BONAFIDE_TOOLS_IMAGES_SANDBOX_H
#define BONAFIDE_TOOLS_IMAGES_SANDBOX_H

#include <stdbool.h>

#include "engine/base/common.h"
#include "tools/images/image.h"

typedef enum bf_sandbox_mode {
    BF_SANDBOX_AUTO, /* as far as the system offers it */
    BF_SANDBOX_ON,   /* all of it, or an error */
    BF_SANDBOX_OFF
} bf_sandbox_mode;

enum { BF_SANDBOX_NOTE_BYTES = 160 };

/* Starts it, once for the process, while there is only one thread; the limits (tools/base/limits.h) must have been
 * set. `note` says what AUTO could not have, or is "". Errors: UNSUPPORTED (ON), NOMEM. */
feat_status bf_sandbox_start(bf_sandbox_mode mode, char note[BF_SANDBOX_NOTE_BYTES], feat_error *err) FEAT_NODISCARD;

/* Ends helper and workers. Not while a thread decodes. Nothing happens when it was not started. */
void bf_sandbox_stop(void);

/* Whether decoding goes to a worker. */
bool bf_sandbox_active(void);

/* bf_decode, by a worker if there is one; safe from several threads. What it gives does not change any more: a copy,
 * or, of a large picture, the worker's memory after its end, which is why images must be released before the sandbox
 * is stopped. Errors: those of bf_decode, but that a file is refused with FORMAT where only its decoder had no
 * memory (in two workers, the second a fresh one); FORMAT also for a file that made the decoder crash, run too long,
 * fall silent or answer nonsense; NOMEM when no worker can be had at all. */
feat_status bf_sandbox_decode(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                              feat_error *err) FEAT_NODISCARD;

/* feat_inflate, likewise. FORMAT: damaged data. */
feat_status bf_sandbox_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes, const char *archive,
                               const char *member, feat_error *err) FEAT_NODISCARD;

/* The most bytes that were shared with a worker for that, so far. */
uint64_t bf_sandbox_inflate_peak(void);

/* feat_inflate_head, likewise. */
feat_status bf_sandbox_inflate_head(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes,
                                    const char *archive, const char *member, feat_error *err) FEAT_NODISCARD;

/* For tests: called in the worker with what it is about to decode, and with all that it has (sandbox_parts.h). To be
 * set before the start. */
struct bf_box_desk;
void bf_sandbox_hook(void (*hook)(const struct bf_box_desk *desk, const uint8_t *bytes, size_t n));

#endif
