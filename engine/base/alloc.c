/* 64-byte aligned allocation with a small header in front of each block, so that realloc knows the
 * size and tests can count and fail calls. The counters are the only mutable globals of the
 * libraries; they never influence a result. */
#define _DEFAULT_SOURCE /* madvise */
#include "engine/base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/checked.h"

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20, HUGE_FROM = 4 << 20 };

static atomic_long fail_after = -1;
static atomic_size_t n_live;
static atomic_size_t n_calls;

/* True when a test asked for this call to fail. */
static int must_fail(void)
{
    atomic_fetch_add(&n_calls, 1);
    long left = atomic_load(&fail_after);
    while (left > 0) {
        if (atomic_compare_exchange_weak(&fail_after, &left, left - 1))
            return 0;
    }
    return left == 0;
}

void *iv3_alloc(size_t bytes)
{
    size_t total;
    if (must_fail() || !iv3_add_size(bytes == 0 ? 1 : bytes, 2 * ALIGNMENT - 1, &total))
        return NULL;
    total &= ~(size_t)(ALIGNMENT - 1);
    /* Weights are streamed once per image: with 4 KiB pages, address translation alone costs several percent.
     * aligned_alloc wants a multiple of the alignment; what that adds is never touched. */
    bool huge = total >= HUGE_FROM;
    size_t whole_pages = total & ~(size_t)(HUGE_PAGE - 1);
    if (huge && !iv3_align_size(total, HUGE_PAGE, &total))
        return NULL;
    unsigned char *raw = aligned_alloc(huge ? HUGE_PAGE : ALIGNMENT, total);
    if (raw == NULL)
        return NULL;
    if (huge)
        (void)madvise(raw, whole_pages, MADV_HUGEPAGE); /* a wish; refusal is fine */
    memcpy(raw, &bytes, sizeof bytes);
    atomic_fetch_add(&n_live, 1);
    return raw + ALIGNMENT;
}

void *iv3_alloc_array(size_t count, size_t size)
{
    size_t bytes;
    return iv3_mul_size(count, size, &bytes) ? iv3_alloc(bytes) : NULL;
}

void *iv3_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (!iv3_mul_size(count, size, &bytes))
        return NULL;
    void *block = iv3_alloc(bytes);
    if (block != NULL)
        memset(block, 0, bytes);
    return block;
}

void *iv3_realloc(void *block, size_t bytes)
{
    void *fresh = iv3_alloc(bytes);
    if (fresh == NULL || block == NULL)
        return fresh;
    size_t old;
    memcpy(&old, (unsigned char *)block - ALIGNMENT, sizeof old);
    memcpy(fresh, block, old < bytes ? old : bytes);
    iv3_free(block);
    return fresh;
}

void iv3_free(void *block)
{
    if (block == NULL)
        return;
    atomic_fetch_sub(&n_live, 1);
    free((unsigned char *)block - ALIGNMENT);
}

char *iv3_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = iv3_alloc(bytes);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

void iv3_alloc_fail_after(long n)
{
    atomic_store(&fail_after, n);
}

size_t iv3_alloc_live(void)
{
    return atomic_load(&n_live);
}

size_t iv3_alloc_calls(void)
{
    return atomic_load(&n_calls);
}
