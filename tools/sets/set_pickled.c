/* Statistics in a pickle, as other programs keep them: one part of it at a time. */
#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/sets/set_source.h"
#include "tools/statistics/statfile.h"

/* What the pickle has is kept only while there is a part to choose. */
typedef struct pickled {
    bf_statfile *file;
    bool chosen;
    size_t part;
} pickled;

static bool is_pickled(const bf_opening *o)
{
    return o->colon == NULL && bf_statfile_is(o->head, o->n_head);
}

/* Takes over a part in place of the one before. */
static feat_status take(bf_set *set, size_t part, feat_error *err)
{
    pickled *own = set->own;
    feat_status status = bf_set_take_stats(set, own->file, part, err);
    own->chosen = status == FEAT_OK;
    own->part = part;
    if (status == FEAT_OK && bf_statfile_parts(own->file) == 1 && bf_statfile_name(own->file, part)[0] == 0)
        bf_statfile_close(&own->file);
    return status;
}

static feat_status open_pickled(bf_set *set, const bf_opening *o, feat_error *err)
{
    pickled *own = set->own = feat_calloc(1, sizeof *own);
    (void)o;
    if (own == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the statistics", set->spec);
    set->kind = BF_SET_STATS;
    set->listing.unknown = true;
    feat_status status = bf_statfile_open(&own->file, set->spec, err);
    return status == FEAT_OK && bf_statfile_parts(own->file) == 1 && bf_statfile_name(own->file, 0)[0] == 0
               ? take(set, 0, err)
               : status;
}

feat_status bf_set_choose(bf_set *set, const char *network, feat_error *err)
{
    pickled *own = set->own;
    size_t part = 0;
    if (set->ops != &bf_source_pickled || own->file == NULL)
        return FEAT_OK;
    feat_status status = bf_statfile_choose(own->file, network, &part, err);
    if (status != FEAT_OK || (own->chosen && own->part == part))
        return status;
    return take(set, part, err);
}

const char *bf_set_part(const bf_set *set)
{
    const pickled *own = set->own;
    return set->ops == &bf_source_pickled && own->file != NULL && own->chosen ? bf_statfile_name(own->file, own->part)
                                                                            : "";
}

static size_t count_images(const bf_set *set)
{
    return bf_stats_count(set->stats);
}

static void close_pickled(bf_set *set)
{
    pickled *own = set->own;
    bf_statfile_close(&own->file);
    feat_free(own);
}

const bf_source_ops bf_source_pickled = {
    .name = "pickled statistics",
    .is = is_pickled,
    .open = open_pickled,
    .count = count_images,
    .close = close_pickled,
};
