/* A pack of the cache, as somebody else may have left it. Hashes of record heads are made right. */
#include <string.h>

#include "engine/base/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tools/features/cache.h"

enum { HEAD = 136, HEAD_HASH = 128, KEY = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    bf_cache *cache = NULL;
    bf_cache_image image;
    feat_error err = {FEAT_OK, ""};
    float row[64];
    uint8_t *copy = fuzz_copy(data, n);
    for (size_t at = 8; at + HEAD <= n;) {
        uint32_t dim;
        uint64_t hash = feat_hash64(copy + at, HEAD_HASH);
        memcpy(copy + at + HEAD_HASH, &hash, sizeof hash);
        memcpy(&dim, copy + at + 4, sizeof dim);
        at += HEAD + ((size_t)dim * 4 + 7) / 8 * 8;
    }
    fuzz_write("one.pack", copy, n);
    fuzz_said(bf_cache_open(&cache, fuzz_folder(), NULL, &err), &err);
    for (size_t at = 8; cache != NULL && at + HEAD <= n; at += HEAD)
        for (size_t dim = 0; dim <= 64; dim += 4)
            (void)bf_cache_find(cache, copy + at + KEY, dim, row, &image);
    bf_cache_close(&cache);
    fuzz_release(copy);
    fuzz_end();
    return 0;
}
