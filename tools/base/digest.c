/* SHA-256 over memory, pictures and files. */
#include "tools/base/digest.h"

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

void bf_digest_bytes(bf_digest *out, const void *data, size_t bytes)
{
    feat_sha256 h;
    feat_sha256_init(&h);
    feat_sha256_update(&h, data, bytes);
    feat_sha256_final(&h, out->sha256);
    out->known = true;
}

void bf_digest_pixels(bf_digest *out, const uint8_t *rgb, size_t h, size_t w)
{
    const uint64_t size[2] = {h, w}; /* only little-endian machines are supported */
    feat_sha256 hash;
    feat_sha256_init(&hash);
    feat_sha256_update(&hash, size, sizeof size);
    feat_sha256_update(&hash, rgb, h * w * 3);
    feat_sha256_final(&hash, out->sha256);
    out->known = true;
}

feat_status bf_digest_file(bf_digest *out, const char *path, feat_error *err)
{
    enum { CHUNK = 1 << 18 };
    uint64_t bytes = 0;
    int fd = -1;
    feat_sha256 h;
    out->known = false;
    feat_status status = bf_file_open(&fd, &bytes, path, err);
    if (status != FEAT_OK)
        return status;
    unsigned char *chunk = feat_alloc(CHUNK);
    if (chunk == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", path);
    feat_sha256_init(&h);
    for (uint64_t at = 0; at < bytes && status == FEAT_OK;) {
        size_t n = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
        status = bf_file_read_at(fd, chunk, n, at, path, err);
        if (status == FEAT_OK)
            feat_sha256_update(&h, chunk, n);
        at += n;
    }
    feat_sha256_final(&h, out->sha256);
    out->known = status == FEAT_OK;
    feat_free(chunk);
    bf_file_close(&fd);
    return status;
}

int bf_hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool bf_hex_read(unsigned char *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = bf_hex_value(text[2 * i]), low = high >= 0 ? bf_hex_value(text[2 * i + 1]) : -1;
        if (low < 0)
            return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return text[2 * n] == '\0';
}
