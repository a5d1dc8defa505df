/* The largest sample of a set's 16-bit pictures, and what it says of their depth. */
#include "tools/bitdepth.h"

#include <stdatomic.h>

#include "engine/base/status.h"
#include "tools/limits.h"

enum { MOST_BITS = 14, BLOCK = 256 };

bool bf_bitdepth_in_doubt(const bf_bitdepth *seen)
{
    return bf_limits_get()->bits == 0 && seen->largest > 0 && seen->largest < (size_t)1 << MOST_BITS;
}

iv3_status bf_bitdepth_check(const bf_set *set, const bf_bitdepth *seen, iv3_error *err)
{
    unsigned bits = 8;
    if (!bf_bitdepth_in_doubt(seen))
        return IV3_OK;
    while (seen->largest >= (size_t)1 << bits)
        bits += 2;
    return iv3_fail(err, IV3_ERR_FORMAT,
                    "%s: the largest sample of its %zu 16-bit image%s is %zu, which fits %u bits: --bits %u takes the "
                    "upper 8 of these, --bits 16 the upper 8 of all (all but black)",
                    bf_set_spec(set), seen->n, seen->n == 1 ? "" : "s", seen->largest, bits, bits);
}

typedef struct look {
    const bf_set *set;
    const size_t *items;
    size_t first;
    bool (*interrupted)(void);
    atomic_size_t n, largest;
} look;

static bool ended(look *l)
{
    return atomic_load(&l->largest) >= (size_t)1 << MOST_BITS || (l->interrupted != NULL && l->interrupted());
}

static void see(void *ctx, size_t k, size_t worker)
{
    look *l = ctx;
    bf_image image;
    size_t at = l->first + k;
    (void)worker;
    if (ended(l) || bf_set_read_image(l->set, l->items != NULL ? l->items[at] : at, &image, NULL) != IV3_OK)
        return;
    size_t sample = image.flags >> BF_IMAGE_LARGEST, before = atomic_load(&l->largest);
    while (sample > before && !atomic_compare_exchange_weak(&l->largest, &before, sample))
        ;
    if ((image.flags & BF_IMAGE_16BIT) != 0)
        atomic_fetch_add(&l->n, 1);
    bf_image_release(&image);
}

iv3_status bf_bitdepth_look_ahead(const bf_set *set, const size_t *items, size_t first, size_t count,
                                  const bf_bitdepth *seen, iv3_pool *pool, bool (*interrupted)(void), iv3_error *err)
{
    look l = {.set = set, .items = items, .interrupted = interrupted};
    atomic_init(&l.n, seen->n);
    atomic_init(&l.largest, seen->largest);
    for (l.first = first; l.first < count && !ended(&l); l.first += BLOCK)
        iv3_parallel_for(pool, count - l.first < BLOCK ? count - l.first : BLOCK, see, &l);
    if (ended(&l))
        return IV3_OK;
    const bf_bitdepth whole = {atomic_load(&l.n), atomic_load(&l.largest)};
    return bf_bitdepth_check(set, &whole, err);
}
