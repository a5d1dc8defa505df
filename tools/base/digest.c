/* SHA-256 over memory, pictures and files. */
#include "tools/base/digest.h"

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

void bf_digest_bytes(bf_digest *out, const void *data, size_t bytes)
{
    iv3_sha256 h;
    iv3_sha256_init(&h);
    iv3_sha256_update(&h, data, bytes);
    iv3_sha256_final(&h, out->sha256);
    out->known = true;
}

void bf_digest_pixels(bf_digest *out, const uint8_t *rgb, size_t h, size_t w)
{
    const uint64_t size[2] = {h, w}; /* only little-endian machines are supported */
    iv3_sha256 hash;
    iv3_sha256_init(&hash);
    iv3_sha256_update(&hash, size, sizeof size);
    iv3_sha256_update(&hash, rgb, h * w * 3);
    iv3_sha256_final(&hash, out->sha256);
    out->known = true;
}

iv3_status bf_digest_file(bf_digest *out, const char *path, iv3_error *err)
{
    enum { CHUNK = 1 << 18 };
    uint64_t bytes = 0;
    int fd = -1;
    iv3_sha256 h;
    out->known = false;
    iv3_status status = bf_file_open(&fd, &bytes, path, err);
    if (status != IV3_OK)
        return status;
    unsigned char *chunk = iv3_alloc(CHUNK);
    if (chunk == NULL)
        status = iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to read it", path);
    iv3_sha256_init(&h);
    for (uint64_t at = 0; at < bytes && status == IV3_OK;) {
        size_t n = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
        status = bf_file_read_at(fd, chunk, n, at, path, err);
        if (status == IV3_OK)
            iv3_sha256_update(&h, chunk, n);
        at += n;
    }
    iv3_sha256_final(&h, out->sha256);
    out->known = status == IV3_OK;
    iv3_free(chunk);
    bf_file_close(&fd);
    return status;
}
