/* The one file that compiles stb_image, and what is between it and us: its memory comes from the project's allocator
 * and is zeroed, so that a damaged picture gives the same bytes each time. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "tools/decode_parts.h"

static void *stb_malloc(size_t bytes)
{
    return iv3_calloc(1, bytes);
}

#define STBI_MALLOC(bytes) stb_malloc(bytes)
#define STBI_REALLOC(block, bytes) iv3_realloc(block, bytes)
#define STBI_FREE(block) iv3_free(block)
#define STBI_ASSERT(condition) ((void)0)
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_TGA
#define STBI_ONLY_GIF
#define STBI_MAX_DIMENSIONS BF_MAX_SIDE
#define STB_IMAGE_IMPLEMENTATION
/* The warnings are about stb_image's code; they are given where it is inlined, so they stay off below. */
#pragma GCC diagnostic ignored "-Wframe-larger-than="
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <stb/stb_image.h>

uint8_t *bf_stb_decode(const uint8_t *bytes, size_t n, size_t *h, size_t *w, int *channels, const char **reason,
                       bool *no_memory)
{
    int width = 0, height = 0;
    *channels = 0;
    *no_memory = false;
    uint8_t *rgb = n > INT_MAX ? NULL : stbi_load_from_memory(bytes, (int)n, &width, &height, channels, 3);
    if (rgb == NULL) {
        *reason = n > INT_MAX ? "too large" : stbi_failure_reason();
        if (*reason == NULL || (*reason)[0] == '\0')
            *reason = "damaged";
        *no_memory = strcmp(*reason, "outofmem") == 0;
        return NULL;
    }
    *w = (size_t)width;
    *h = (size_t)height;
    return rgb;
}

bool bf_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
    if (out_bytes > INT_MAX || in_bytes > INT_MAX)
        return false;
    int n = stbi_zlib_decode_noheader_buffer((char *)out, (int)out_bytes, (const char *)in, (int)in_bytes);
    return n >= 0 && (size_t)n == out_bytes;
}
