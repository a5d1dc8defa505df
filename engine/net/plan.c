/* Greedy placement by size. Pure: depends on the lives only. */
#include "engine/net/plan.h"

#include <stdbool.h>
#include <stdint.h>

enum { ALIGN_FLOATS = 16 };
#define NOWHERE SIZE_MAX /* the offset of what has not been placed yet */

static bool overlap(const feat_life *a, const feat_life *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Lowest offset at which `t` fits beside the tensors already placed. */
static size_t lowest_gap(const feat_life *lives, size_t n, const feat_life *t)
{
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            const feat_life *o = &lives[i];
            if (o->offset != NOWHERE && overlap(o, t) && offset < o->offset + o->floats &&
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
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        lives[i].offset = lives[i].floats > 0 ? NOWHERE : 0;
    for (;;) {
        size_t next = n;
        for (size_t i = 0; i < n; i++)
            if (lives[i].offset == NOWHERE && (next == n || lives[i].floats > lives[next].floats))
                next = i;
        if (next == n)
            return total;
        feat_life *t = &lives[next];
        t->offset = lowest_gap(lives, n, t);
        size_t end = (t->offset + t->floats + ALIGN_FLOATS - 1) & ~(size_t)(ALIGN_FLOATS - 1);
        if (end > total)
            total = end;
    }
}
