/* HMAC-SHA-256 (RFC 2104), and the file that has its key: how users share a cache who do not trust its folder. */
#ifndef BONAFIDE_TOOLS_FEATURES_CACHE_SECRET_H
#define BONAFIDE_TOOLS_FEATURES_CACHE_SECRET_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/base/hash.h"

/* A key, as the states of SHA-256 behind its two blocks. Begin with a copy of `inner`, add the text, then
 * bf_hmac_end. */
typedef struct bf_hmac {
    feat_sha256 inner, outer;
} bf_hmac;

void bf_hmac_start(bf_hmac *hmac, const void *key, size_t n);
void bf_hmac_end(const bf_hmac *hmac, feat_sha256 *text, unsigned char mac[32]);

/* The bytes of a file as they are, 16 to 4096, are the key. Nobody but its owner and group may read it. Errors: IO, ARG
 * (too short or too long, others may read it), NOMEM. */
feat_status bf_cache_secret_read(bf_hmac *hmac, const char *path, feat_error *err) FEAT_NODISCARD;

#endif
