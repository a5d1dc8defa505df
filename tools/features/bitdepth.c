/* The largest sample of each of a set's 16-bit pictures, and what they say of their depth. */
#include "tools/features/bitdepth.h"

#include <stdatomic.h>
#include <stdio.h>

#include "engine/base/status.h"
#include "tools/base/limits.h"

enum { MOST_BITS = 14, BLOCK = 256 };

void bf_bitdepth_count(bf_bitdepth *seen, unsigned flags)
{
    size_t sample = flags >> BF_IMAGE_LARGEST, bits = 0;
    if ((flags & BF_IMAGE_16BIT) == 0)
        return;
    while (sample >> bits != 0)
        bits++;
    seen->n++;
    seen->n_of[bits]++;
    if (sample > seen->largest)
        seen->largest = sample;
}

void bf_bitdepth_join(bf_bitdepth *to, const bf_bitdepth *from)
{
    to->n += from->n;
    for (size_t b = 0; b <= BF_SAMPLE_BITS; b++)
        to->n_of[b] += from->n_of[b];
    if (from->largest > to->largest)
        to->largest = from->largest;
}

bool bf_bitdepth_in_doubt(const bf_bitdepth *seen)
{
    return bf_limits_get()->bits == 0 && seen->largest > 0 && seen->largest < (size_t)1 << MOST_BITS;
}

/* The depth that sensors have, 8, 10, 12, ..., and that holds such a sample. */
static unsigned even_bits(size_t sample)
{
    unsigned bits = 8;
    while (sample >> bits != 0)
        bits += 2;
    return bits;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static bool warn_of_white(char text[BF_BITDEPTH_BYTES], const bf_set *set, const bf_bitdepth *seen)
{
    unsigned bits = (unsigned)bf_limits_get()->bits, needed = bits;
    size_t n_over = 0;
    for (size_t b = bits + 1; b <= BF_SAMPLE_BITS; b++)
        n_over += seen->n_of[b];
    while (seen->largest >> needed != 0)
        needed++;
    if (n_over > 0)
        snprintf(text, BF_BITDEPTH_BYTES,
                 "%.200s: %zu of %zu 16-bit image%s %s samples above %u, the largest %zu: --bits %u takes each as "
                 "%u, the brightest; --bits %u holds them",
                 bf_set_spec(set), n_over, seen->n, plural(seen->n), n_over == 1 ? "has" : "have", (1u << bits) - 1,
                 seen->largest, bits, (1u << bits) - 1, needed);
    return n_over > 0;
}

bool bf_bitdepth_warning(char text[BF_BITDEPTH_BYTES], const bf_set *set, const bf_bitdepth *seen, bool share)
{
    size_t n_fit = 0, most = 0, n_full = seen->n_of[MOST_BITS + 1] + seen->n_of[MOST_BITS + 2];
    if (bf_limits_get()->bits != 0)
        return warn_of_white(text, set, seen);
    for (size_t b = 1; b <= MOST_BITS; b++) {
        n_fit += seen->n_of[b];
        most = seen->n_of[b] > 0 ? b : most;
    }
    unsigned bits = even_bits(((size_t)1 << most) - 1);
    if (share && bf_bitdepth_in_doubt(seen)) {
        snprintf(text, BF_BITDEPTH_BYTES,
                 "%.200s: the largest sample of the %zu 16-bit image%s of this shard is %zu, which fits %u bits; if no "
                 "other shard has larger ones, the merge stops: --bits %u for all shards takes the upper 8 of these, "
                 "--bits 16 the upper 8 of all (all but black)",
                 bf_set_spec(set), seen->n, plural(seen->n), seen->largest, bits, bits);
        return true;
    }
    if (n_full == 0 || n_fit <= n_full)
        return false;
    snprintf(text, BF_BITDEPTH_BYTES,
             "%.200s: %zu of %zu 16-bit images fit %u bits and are all but black in the upper 8 of 16, although the "
             "largest sample of all is %zu: --bits %u takes the upper 8 of these %u and makes larger samples 255, "
             "--bits 16 says that all 16 are meant",
             bf_set_spec(set), n_fit, seen->n, bits, seen->largest, bits, bits);
    return true;
}

feat_status bf_bitdepth_check(const bf_set *set, const bf_bitdepth *seen, feat_error *err)
{
    if (!bf_bitdepth_in_doubt(seen))
        return FEAT_OK;
    unsigned bits = even_bits(seen->largest);
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "%s: the largest sample of its %zu 16-bit image%s is %zu, which fits %u bits: --bits %u takes the "
                     "upper 8 of these, --bits 16 the upper 8 of all (all but black)",
                     bf_set_spec(set), seen->n, plural(seen->n), seen->largest, bits, bits);
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
    if (ended(l) || bf_set_read_image(l->set, l->items != NULL ? l->items[at] : at, &image, NULL) != FEAT_OK)
        return;
    size_t sample = image.flags >> BF_IMAGE_LARGEST, before = atomic_load(&l->largest);
    while (sample > before && !atomic_compare_exchange_weak(&l->largest, &before, sample))
        ;
    if ((image.flags & BF_IMAGE_16BIT) != 0)
        atomic_fetch_add(&l->n, 1);
    bf_image_release(&image);
}

feat_status bf_bitdepth_look_ahead(const bf_set *set, const size_t *items, size_t first, size_t count,
                                   const bf_bitdepth *seen, feat_pool *pool, bool (*interrupted)(void), feat_error *err)
{
    look l = {.set = set, .items = items, .interrupted = interrupted};
    atomic_init(&l.n, seen->n);
    atomic_init(&l.largest, seen->largest);
    for (l.first = first; l.first < count && !ended(&l); l.first += BLOCK)
        feat_parallel_for(pool, count - l.first < BLOCK ? count - l.first : BLOCK, see, &l);
    if (ended(&l))
        return FEAT_OK;
    const bf_bitdepth whole = {.n = atomic_load(&l.n), .largest = atomic_load(&l.largest)};
    return bf_bitdepth_check(set, &whole, err);
}
