/* 64-byte aligned allocation with a small header in front of each block, so that realloc knows the
 * size and tests can count and fail calls. Beside the table of mapped.c the counters are the only mutable
 * globals of the libraries; they never influence a result. */
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */
#include "engine/base/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/checked.h"

#ifdef __SANITIZE_ADDRESS__
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20, HUGE_FROM = 4 << 20 };

/* Fault injection. -1: off. n >= 0: every allocation after the next n fails. -2 - n: exactly one fails, the one after
 * the next n. */
static atomic_long fail_after = -1;
static atomic_size_t n_live;
static atomic_size_t n_calls;
static atomic_size_t n_bytes, n_peak; /* what live blocks take from the system, and the most they took */
static atomic_size_t n_limit = SIZE_MAX;

/* True when a test asked for this call to fail. */
static int must_fail(void)
{
    atomic_fetch_add(&n_calls, 1);
    long left = atomic_load(&fail_after);
    while (left > 0) {
        if (atomic_compare_exchange_weak(&fail_after, &left, left - 1))
            return 0;
    }
    while (left < -1) {
        if (atomic_compare_exchange_weak(&fail_after, &left, left + 1))
            return left == -2;
    }
    return left == 0;
}

/* Header and padding included; 0 on overflow. */
static size_t total_bytes(size_t bytes)
{
    size_t total;
    if (!feat_add_size(bytes == 0 ? 1 : bytes, 2 * ALIGNMENT - 1, &total))
        return 0;
    return total & ~(size_t)(ALIGNMENT - 1);
}

/* Large blocks come from the system and go back to it: a C library may keep them once they have been freed,
 * and then the peak is the sum of what stages need instead of the largest. Not under AddressSanitizer, which
 * would not watch them. */
static bool is_mapped(size_t total)
{
#ifdef WATCHED
    return total == 0;
#else
    return total >= HUGE_FROM;
#endif
}

/* Weights are streamed once per image: with 4 KiB pages, address translation alone costs several percent. */
static unsigned char *map_block(size_t total)
{
    size_t pages, room, page = (size_t)sysconf(_SC_PAGESIZE);
    if (!feat_align_size(total, page, &pages) || !feat_add_size(pages, HUGE_PAGE, &room))
        return NULL;
    unsigned char *raw = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED)
        return NULL;
    size_t before = (size_t)(-(uintptr_t)raw & (HUGE_PAGE - 1)), after = room - before - pages;
    if (before > 0)
        (void)munmap(raw, before);
    if (after > 0)
        (void)munmap(raw + before + pages, after);
    (void)madvise(raw + before, total & ~(size_t)(HUGE_PAGE - 1), MADV_HUGEPAGE); /* refusal is fine */
    return raw + before;
}

/* Of whole pages where blocks have their own. */
static size_t taken_by(size_t total)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return is_mapped(total) ? (total + page - 1) & ~(page - 1) : total;
}

size_t feat_alloc_takes(size_t bytes)
{
    size_t total = total_bytes(bytes);
    return total == 0 ? SIZE_MAX : taken_by(total);
}

/* False, and nothing is counted, when it would be more than the limit. *now: what live blocks take with it. */
static bool count_in(size_t total, size_t *now)
{
    *now = atomic_fetch_add(&n_bytes, taken_by(total)) + taken_by(total);
    if (*now <= atomic_load(&n_limit))
        return true;
    atomic_fetch_sub(&n_bytes, taken_by(total));
    return false;
}

static void raise_peak(size_t now)
{
    size_t peak = atomic_load(&n_peak);
    while (now > peak && !atomic_compare_exchange_weak(&n_peak, &peak, now))
        continue;
}

static void *allocate(size_t bytes, bool zero)
{
    size_t total = total_bytes(bytes), now;
    if (must_fail() || total == 0 || !count_in(total, &now))
        return NULL;
    unsigned char *raw = is_mapped(total) ? map_block(total) : aligned_alloc(ALIGNMENT, total);
    if (raw == NULL) {
        atomic_fetch_sub(&n_bytes, taken_by(total));
        return NULL;
    }
    raise_peak(now);
    if (zero && !is_mapped(total))
        memset(raw + ALIGNMENT, 0, bytes);
    memcpy(raw, &bytes, sizeof bytes);
    atomic_fetch_add(&n_live, 1);
    return raw + ALIGNMENT;
}

void *feat_alloc(size_t bytes)
{
    return allocate(bytes, false);
}

void *feat_alloc_array(size_t count, size_t size)
{
    size_t bytes;
    return feat_mul_size(count, size, &bytes) ? feat_alloc(bytes) : NULL;
}

void *feat_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (!feat_mul_size(count, size, &bytes))
        return NULL;
    return allocate(bytes, true);
}

void *feat_realloc(void *block, size_t bytes)
{
    void *fresh = feat_alloc(bytes);
    if (fresh == NULL || block == NULL)
        return fresh;
    size_t old;
    memcpy(&old, (unsigned char *)block - ALIGNMENT, sizeof old);
    memcpy(fresh, block, old < bytes ? old : bytes);
    feat_free(block);
    return fresh;
}

void feat_free(void *block)
{
    if (block == NULL)
        return;
    atomic_fetch_sub(&n_live, 1);
    unsigned char *raw = (unsigned char *)block - ALIGNMENT;
    size_t bytes;
    memcpy(&bytes, raw, sizeof bytes);
    size_t total = total_bytes(bytes);
    atomic_fetch_sub(&n_bytes, taken_by(total));
    if (is_mapped(total))
        (void)munmap(raw, taken_by(total));
    else
        free(raw);
}

char *feat_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = feat_alloc(bytes);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

void feat_alloc_fail_after(long n)
{
    atomic_store(&fail_after, n < 0 ? -1 : n);
}

void feat_alloc_fail_once(long n)
{
    atomic_store(&fail_after, n < 0 ? -1 : -2 - n);
}

size_t feat_alloc_live(void)
{
    return atomic_load(&n_live);
}

size_t feat_alloc_bytes(void)
{
    return atomic_load(&n_bytes);
}

size_t feat_alloc_peak(void)
{
    return atomic_load(&n_peak);
}

void feat_alloc_limit(size_t bytes)
{
    atomic_store(&n_limit, bytes);
}

size_t feat_alloc_calls(void)
{
    return atomic_load(&n_calls);
}
