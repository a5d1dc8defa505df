/* PNG and JPEG files through stb_image_write, the one file that compiles it. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"
#include "tools/photos/photos.h"

#define STBIW_MALLOC(bytes) feat_alloc(bytes)
#define STBIW_REALLOC(block, bytes) feat_realloc(block, bytes)
#define STBIW_FREE(block) feat_free(block)
#define STBIW_ASSERT(condition) ((void)0)
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
/* The warnings are about code that is not ours; some are given only where it is inlined. */
#pragma GCC diagnostic ignored "-Wframe-larger-than="
#pragma GCC diagnostic ignored "-Wunused-function"
#if __has_include(<stb/stb_image_write.h>)
#include <stb/stb_image_write.h>
#else
#include <stb_image_write.h> /* where Alpine has it */
#endif

typedef struct memory_file {
    uint8_t *bytes;
    size_t n, room;
    int failed;
} memory_file;

static void append_to_memory(void *file, void *data, int bytes)
{
    memory_file *m = file;
    size_t more = (size_t)bytes;
    if (m->failed)
        return;
    if (m->room - m->n < more) {
        size_t room = 2 * m->room + more + 4096;
        uint8_t *grown = feat_realloc(m->bytes, room);
        if (grown == NULL) {
            m->failed = 1;
            return;
        }
        m->bytes = grown;
        m->room = room;
    }
    memcpy(m->bytes + m->n, data, more);
    m->n += more;
}

/* quality 0 means PNG. */
static feat_status encode(uint8_t **bytes, size_t *n, const uint8_t *rgb, size_t h, size_t w, int quality,
                          feat_error *err)
{
    memory_file m = {NULL, 0, 0, 0};
    int encoded = quality == 0 ? stbi_write_png_to_func(append_to_memory, &m, (int)w, (int)h, 3, rgb, (int)w * 3)
                               : stbi_write_jpg_to_func(append_to_memory, &m, (int)w, (int)h, 3, rgb, quality);
    *bytes = NULL;
    *n = 0;
    if (!encoded || m.failed) {
        feat_free(m.bytes);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to encode %zu x %zu pixels", w, h);
    }
    *bytes = m.bytes;
    *n = m.n;
    return FEAT_OK;
}

feat_status bf_photo_encode_jpeg(uint8_t **bytes, size_t *n, const uint8_t *rgb, size_t h, size_t w, int quality,
                                 feat_error *err)
{
    return encode(bytes, n, rgb, h, w, quality, err);
}

static feat_status write_picture(const char *path, const uint8_t *rgb, size_t h, size_t w, int quality, feat_error *err)
{
    uint8_t *bytes;
    size_t n;
    feat_status status = encode(&bytes, &n, rgb, h, w, quality, err);
    if (status == FEAT_OK)
        status = feat_file_write(path, bytes, n, err);
    feat_free(bytes);
    return status;
}

feat_status bf_photo_write_png(const char *path, const uint8_t *rgb, size_t h, size_t w, feat_error *err)
{
    return write_picture(path, rgb, h, w, 0, err);
}

feat_status bf_photo_write_jpeg(const char *path, const uint8_t *rgb, size_t h, size_t w, int quality, feat_error *err)
{
    return write_picture(path, rgb, h, w, quality, err);
}
