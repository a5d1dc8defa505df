/* Greedy placement by size. Pure: depends on the lives only. */
#include "engine/net/plan.h"

#include <assert.h>
#include <stdbool.h>

enum { MAX_TENSORS = 256, ALIGN_FLOATS = 16 };

static bool overlap(const feat_life *a, const feat_life *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Lowest offset at which `t` fits beside the tensors already placed. */
static size_t lowest_gap(const feat_life *lives, const bool *placed, size_t n, const feat_life *t)
{
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            const feat_life *o = &lives[i];
            if (placed[i] && overlap(o, t) && offset < o->offset + o->floats &&
                o->offset < offset + t->floats) {
                offset = (o->offset + o->floats + ALIGN_FLOATS - 1) & ~(size_t)(ALIGN_FLOATS - 1);
                moved = true;
            }
        }
    }
    return offset;
}

size_t feat_plan(feat_life *lives, size_t n)
{
    assert(n <= MAX_TENSORS);
    bool placed[MAX_TENSORS] = {false};
    size_t total = 0;
    for (;;) {
        size_t next = n;
        for (size_t i = 0; i < n; i++)
            if (!placed[i] && lives[i].floats > 0 && (next == n || lives[i].floats > lives[next].floats))
                next = i;
        if (next == n)
            return total;
        feat_life *t = &lives[next];
        t->offset = lowest_gap(lives, placed, n, t);
        placed[next] = true;
        size_t end = (t->offset + t->floats + ALIGN_FLOATS - 1) & ~(size_t)(ALIGN_FLOATS - 1);
        if (end > total)
            total = end;
    }
}
