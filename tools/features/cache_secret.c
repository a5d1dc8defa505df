/* See cache_secret.h. */
#include "tools/features/cache_secret.h"

#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

enum { BLOCK = 64, LEAST = 16, MOST = 4096 };

static void start_half(feat_sha256 *half, const unsigned char key[BLOCK], unsigned char with)
{
    unsigned char block[BLOCK];
    for (int i = 0; i < BLOCK; i++)
        block[i] = key[i] ^ with;
    feat_sha256_init(half);
    feat_sha256_update(half, block, BLOCK);
}

void bf_hmac_start(bf_hmac *hmac, const void *key, size_t n)
{
    unsigned char whole[BLOCK] = {0};
    if (n <= BLOCK) {
        memcpy(whole, key, n);
    } else {
        feat_sha256 h;
        feat_sha256_init(&h);
        feat_sha256_update(&h, key, n);
        feat_sha256_final(&h, whole);
    }
    start_half(&hmac->inner, whole, 0x36);
    start_half(&hmac->outer, whole, 0x5c);
}

void bf_hmac_end(const bf_hmac *hmac, feat_sha256 *text, unsigned char mac[32])
{
    feat_sha256 outer = hmac->outer;
    feat_sha256_final(text, mac);
    feat_sha256_update(&outer, mac, 32);
    feat_sha256_final(&outer, mac);
}

feat_status bf_cache_secret_read(bf_hmac *hmac, const char *path, feat_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    struct stat info;
    feat_status status = bf_file_read(&bytes, &n, path, MOST, err);
    if (status != FEAT_OK)
        return status;
    if (n < LEAST)
        status = feat_fail(err, FEAT_ERR_ARG,
                           "--cache-key: %s: a key of %d to %d bytes expected, %zu found; make one: head -c 32 "
                           "/dev/urandom",
                           path, (int)LEAST, (int)MOST, n);
    else if (stat(path, &info) != 0 || (info.st_mode & S_IROTH) != 0)
        status = feat_fail(err, FEAT_ERR_ARG,
                           "--cache-key: %s: everybody may read it, so it is no secret; chmod o-r it", path);
    else
        bf_hmac_start(hmac, bytes, n);
    feat_free(bytes);
    return status;
}
