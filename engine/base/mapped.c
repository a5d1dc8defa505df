/* A table of a few mappings. Beside the counters of alloc.c it is the only thing the libraries share between
 * callers. */
#define _DEFAULT_SOURCE /* madvise */
#include "engine/base/mapped.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

enum { MAX_MAPPINGS = 32 };

typedef struct mapping {
    atomic_uintptr_t start, end; /* 0 where there is none */
} mapping;

static mapping mappings[MAX_MAPPINGS];
static atomic_size_t n_mappings;

bool feat_mapped_add(const void *start, size_t bytes)
{
    for (size_t i = 0; i < MAX_MAPPINGS; i++) {
        mapping *m = &mappings[i];
        if (atomic_load(&m->start) != 0)
            continue;
        atomic_store(&m->end, (uintptr_t)start + bytes);
        atomic_store(&m->start, (uintptr_t)start);
        atomic_fetch_add(&n_mappings, 1);
        return true;
    }
    return false;
}

void feat_mapped_remove(const void *start)
{
    for (size_t i = 0; i < MAX_MAPPINGS; i++) {
        if (start == NULL || atomic_load(&mappings[i].start) != (uintptr_t)start)
            continue;
        atomic_store(&mappings[i].start, 0);
        atomic_fetch_sub(&n_mappings, 1);
        return;
    }
}

static const mapping *find(uintptr_t at)
{
    for (size_t i = 0; i < MAX_MAPPINGS; i++) {
        const mapping *m = &mappings[i];
        uintptr_t start = atomic_load_explicit(&m->start, memory_order_relaxed);
        if (start != 0 && at >= start && at < atomic_load_explicit(&m->end, memory_order_relaxed))
            return m;
    }
    return NULL;
}

bool feat_mapped_has(const void *address)
{
    return find((uintptr_t)address) != NULL;
}

void feat_mapped_done(const void *data, size_t bytes)
{
    if (atomic_load_explicit(&n_mappings, memory_order_relaxed) == 0 || bytes == 0)
        return;
    uintptr_t at = (uintptr_t)data;
    const mapping *m = find(at);
    if (m == NULL)
        return;
    uintptr_t start = atomic_load(&m->start), end = atomic_load(&m->end);
    uintptr_t first = (at - start) / FEAT_MAPPED_GRAIN * FEAT_MAPPED_GRAIN + start;
    uintptr_t last =
        (at + bytes - first + FEAT_MAPPED_GRAIN - 1) / FEAT_MAPPED_GRAIN * FEAT_MAPPED_GRAIN + first;
    last = last > end ? end : last;
    /* A refusal leaves it resident. The cast is for a call that takes the pages away and not what is in them. */
    (void)madvise((void *)first, last - first, MADV_DONTNEED);
}
