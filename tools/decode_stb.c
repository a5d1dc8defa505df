/* The one file that compiles stb_image, and what is between it and us. Its memory comes from the project's
 * allocator; it is zeroed, so that a damaged picture gives the same bytes each time; and it is kept account
 * of, because stb_image forgets some blocks when memory runs out. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "tools/decode_parts.h"

/* Blocks stb_image holds in this thread. A JPEG takes some fifteen, everything else fewer. */
enum { MAX_BLOCKS = 64 };
static _Thread_local void *blocks[MAX_BLOCKS];
static _Thread_local bool refused; /* some allocation failed; stb_image may give another reason */

static void *stb_malloc(size_t bytes)
{
    size_t i = 0;
    while (i < MAX_BLOCKS && blocks[i] != NULL)
        i++;
    void *block = i == MAX_BLOCKS ? NULL : iv3_calloc(1, bytes);
    if (block == NULL)
        refused = true;
    else
        blocks[i] = block;
    return block;
}

/* Takes a block off the account and tells its place, MAX_BLOCKS for none. */
static size_t forget(const void *block)
{
    for (size_t i = 0; i < MAX_BLOCKS; i++)
        if (block != NULL && blocks[i] == block) {
            blocks[i] = NULL;
            return i;
        }
    return MAX_BLOCKS;
}

static void *stb_realloc(void *block, size_t bytes)
{
    if (block == NULL)
        return stb_malloc(bytes);
    void *fresh = iv3_realloc(block, bytes);
    if (fresh == NULL) {
        refused = true;
        return NULL;
    }
    size_t place = forget(block);
    if (place < MAX_BLOCKS)
        blocks[place] = fresh;
    return fresh;
}

static void stb_free(void *block)
{
    forget(block);
    iv3_free(block);
}

/* Frees all that is left but `result`, which becomes the caller's. */
static void settle(const void *result)
{
    forget(result);
    for (size_t i = 0; i < MAX_BLOCKS; i++) {
        iv3_free(blocks[i]);
        blocks[i] = NULL;
    }
}

#define STBI_MALLOC(bytes) stb_malloc(bytes)
#define STBI_REALLOC(block, bytes) stb_realloc(block, bytes)
#define STBI_FREE(block) stb_free(block)
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

uint8_t *bf_stb_decode(const uint8_t *bytes, size_t n, size_t *h, size_t *w, int *channels,
                       const char **reason, bool *no_memory)
{
    int width = 0, height = 0;
    *channels = 0;
    *no_memory = refused = false;
    uint8_t *rgb = n > INT_MAX ? NULL : stbi_load_from_memory(bytes, (int)n, &width, &height, channels, 3);
    settle(rgb);
    if (rgb == NULL) {
        *reason = n > INT_MAX ? "too large" : stbi_failure_reason();
        if (*reason == NULL || (*reason)[0] == '\0')
            *reason = "damaged";
        *no_memory = refused;
        return NULL;
    }
    *w = (size_t)width;
    *h = (size_t)height;
    return rgb;
}

bool bf_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
    const size_t limit = INT_MAX - 16;
    if (out_bytes > limit || in_bytes > limit)
        return false;
    int n = stbi_zlib_decode_noheader_buffer((char *)out, (int)out_bytes, (const char *)in,
                                             (int)in_bytes + BF_INFLATE_PAD);
    return n >= 0 && (size_t)n == out_bytes;
}
