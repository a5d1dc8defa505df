/* Features kept from run to run, found again by content: the key says which bytes of a file, which weights,
 * preset and numerics they came from, so an entry is never stale, only unused. The folder holds pack files;
 * each process appends to one of its own, so any number of processes may share a folder, and what was
 * appended before a process was killed stays. Nothing in a pack is believed without its checksum, which guards against
 * accidents; whose packs are believed: tools/records/MANIFEST.md, as the layout. */
#ifndef BONAFIDE_TOOLS_FEATURES_CACHE_H
#define BONAFIDE_TOOLS_FEATURES_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "tools/features/cache_secret.h"

typedef struct bf_cache bf_cache;

/* What is kept of an image beside its features. */
typedef struct bf_cache_image {
    uint32_t w, h;
    unsigned flags;           /* BF_IMAGE_* */
    unsigned char pixels[32]; /* see bf_digest_pixels */
} bf_cache_image;

/* Opens a folder, which is made if it is not there, and reads what it holds. Without a secret (NULL) only packs that
 * nobody but this user and root can write are read; with one all are, and of them the records that it has signed.
 * Errors: IO, NOMEM. */
feat_status bf_cache_open(bf_cache **out, const char *folder, const bf_hmac *secret, feat_error *err) FEAT_NODISCARD;
void bf_cache_close(bf_cache **cache);
const char *bf_cache_folder(const bf_cache *cache);

/* Takes in what this process and others have appended since. Not while another thread uses the cache.
 * Errors: IO, NOMEM. */
feat_status bf_cache_refresh(bf_cache *cache, feat_error *err) FEAT_NODISCARD;

/* Bytes that the index of `n` entries takes at most, also while it grows. */
double bf_cache_index_bytes(double n);

/* Entries known; those added since the last refresh are not. */
size_t bf_cache_count(const bf_cache *cache);

/* The key of one tap of one image:
 *   scope  what shapes features beside the image, as text: weights, preset, numerics, pixels, tap
 *   file   SHA-256 of the image file's bytes
 *   hint   what its decoding depends on beside the bytes (bf_set_decode_hint) */
void bf_cache_key(unsigned char key[32], const char *scope, const unsigned char file[32], const char *hint);

/* Looks up a row of exactly `dim` floats: O(1). False when there is none, or what there is is damaged, gone, not signed
 * with the secret, or not finite; row and image are then undefined. Any number of threads at once. */
bool bf_cache_find(bf_cache *cache, const unsigned char key[32], size_t dim, float *row, bf_cache_image *image);

/* True: something that a user should know was found, and text[room] says it; each is said once. Not while another
 * thread uses the cache. */
bool bf_cache_doubts(bf_cache *cache, char *text, size_t room);

/* Appends an entry. When this returns OK the entry outlives the process. Any number of threads at once. After
 * a failure nothing more is written, and every call fails. Errors: IO, NOMEM. */
feat_status bf_cache_add(bf_cache *cache, const unsigned char key[32], size_t dim, const float *row,
                         const bf_cache_image *image, feat_error *err) FEAT_NODISCARD;

#endif
