/* Cutting images into folds. Orders are those of the set: which fold an image falls into depends neither on
 * labels nor on features. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/splitmix.h"
#include "metrics/judge/judge_internal.h"

void gmet_judge_cv_options_init(gmet_judge_cv_options *options, size_t size)
{
    static const gmet_judge_cv_options defaults = {
        .struct_size = sizeof defaults, .cv = GMET_JUDGE_LOGO, .folds = 5, .seed = 2020};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

#define NO_FOLD UINT32_MAX

typedef struct dealing {
    uint32_t *of_block; /* [n_blocks] */
    uint32_t *of_group; /* [n_groups] */
    size_t *order;      /* [n]: images in the order they are dealt in */
} dealing;

/* Real images by their truth; where that is not known an image belongs to its group as a generated one does. */
static bool is_real(const gmet_judge_set *set, size_t i)
{
    return set->truth[i] == 1;
}

static feat_status deal_generators(uint32_t *fold, size_t *n_folds, const gmet_judge_set *set, dealing *d,
                                   feat_error *err)
{
    uint32_t n = 0, next = 0;
    memset(d->of_block, 0xff, set->n_blocks * sizeof *d->of_block);
    memset(d->of_group, 0xff, set->n_groups * sizeof *d->of_group);
    for (size_t i = 0; i < set->n; i++)
        if (!is_real(set, i))
            d->of_group[set->group[i]] = 0;
    for (size_t g = 0; g < set->n_groups; g++)
        if (d->of_group[g] != NO_FOLD)
            d->of_group[g] = n++;
    if (n < 2 || n > GMET_JUDGE_MAX_FOLDS)
        return feat_fail(err, FEAT_ERR_NUMERIC,
                         "leaving one generator out needs 2 to %d generators, found %u; KFOLD needs none",
                         GMET_JUDGE_MAX_FOLDS, (unsigned)n);
    for (size_t i = 0; i < set->n; i++) {
        uint32_t *block = &d->of_block[set->block[i]];
        if (!is_real(set, i)) {
            fold[i] = d->of_group[set->group[i]];
            continue;
        }
        if (*block == NO_FOLD)
            *block = next++ % n;
        fold[i] = *block;
    }
    *n_folds = n;
    return FEAT_OK;
}

/* How many folds generator g's becomes: more than one where too much of what is outside would share a block with it
 * and could not train. of_block [n_blocks] is overwritten; *n_own: blocks inside. */
static size_t count_parts(const uint32_t *generator, uint32_t g, const gmet_judge_set *set, uint32_t *of_block,
                          size_t most)
{
    size_t outside = 0, shared = 0, n_own = 0;
    memset(of_block, 0xff, set->n_blocks * sizeof *of_block);
    for (size_t i = 0; i < set->n; i++)
        if (generator[i] == g && of_block[set->block[i]] == NO_FOLD)
            of_block[set->block[i]] = (uint32_t)n_own++;
    for (size_t i = 0; i < set->n; i++)
        if (generator[i] != g && set->n_labels[i] > 0) {
            outside++;
            shared += of_block[set->block[i]] != NO_FOLD;
        }
    if (GMET_JUDGE_PARTS * shared <= outside)
        return 1;
    most = most < GMET_JUDGE_PARTS ? most : GMET_JUDGE_PARTS;
    return n_own < most ? n_own : most;
}

/* From generators to folds: blocks of a generator that is cut are dealt to its parts in turn. */
static void cut_generators(uint32_t *fold, size_t *n_folds, const uint32_t *generator, size_t n_generators,
                           const gmet_judge_set *set, uint32_t *of_block)
{
    size_t first = 0, most = GMET_JUDGE_MAX_FOLDS / n_generators;
    for (uint32_t g = 0; g < n_generators; g++) {
        size_t parts = count_parts(generator, g, set, of_block, most);
        for (size_t i = 0; i < set->n; i++)
            if (generator[i] == g)
                fold[i] = (uint32_t)(first + of_block[set->block[i]] % parts);
        first += parts;
    }
    *n_folds = first;
}

static feat_status open_dealing(dealing *d, const gmet_judge_set *set, feat_error *err)
{
    *d = (dealing){.of_block = feat_alloc_array(set->n_blocks, sizeof(uint32_t)),
                   .of_group = feat_alloc_array(set->n_groups, sizeof(uint32_t)),
                   .order = feat_alloc_array(set->n, sizeof(size_t))};
    if (d->of_block == NULL || d->of_group == NULL || d->order == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to cut %zu images into folds", set->n);
    return FEAT_OK;
}

static void close_dealing(dealing *d)
{
    feat_free(d->order);
    feat_free(d->of_group);
    feat_free(d->of_block);
}

feat_status gmet_judge_leave_generators(uint32_t *generator, uint32_t *fold, size_t *n_generators, size_t *n_folds,
                                        const gmet_judge_set *set, feat_error *err)
{
    dealing d;
    feat_status status = open_dealing(&d, set, err);
    if (status == FEAT_OK)
        status = deal_generators(generator, n_generators, set, &d, err);
    if (status == FEAT_OK)
        cut_generators(fold, n_folds, generator, *n_generators, set, d.of_block);
    close_dealing(&d);
    return status;
}

/* A block goes where its first image is dealt to: in turn among the new blocks of that image's group, or of
 * all. */
static feat_status deal_blocks(uint32_t *fold, size_t *n_folds, const gmet_judge_set *set,
                               const gmet_judge_cv_options *o, dealing *d, feat_error *err)
{
    uint32_t *count = d->of_group;
    size_t n_blocks = 0;
    memset(d->of_block, 0xff, set->n_blocks * sizeof *d->of_block);
    memset(count, 0, set->n_groups * sizeof *count);
    for (size_t i = 0; i < set->n; i++)
        d->order[i] = i;
    if (o->shuffle) {
        gmet_splitmix s = gmet_judge_stream(o->seed, 0);
        for (size_t i = set->n; i > 1; i--) {
            size_t j = gmet_judge_draw(&s, i), t = d->order[i - 1];
            d->order[i - 1] = d->order[j];
            d->order[j] = t;
        }
    }
    for (size_t i = 0; i < set->n; i++) {
        size_t row = d->order[i];
        uint32_t *block = &d->of_block[set->block[row]];
        uint32_t *next = &count[o->cv == GMET_JUDGE_BLOCK ? 0 : set->group[row]];
        if (*block == NO_FOLD) {
            *block = (*next)++ % (uint32_t)o->folds;
            n_blocks++;
        }
        fold[row] = *block;
    }
    if (n_blocks < o->folds)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%zu folds need at least as many blocks of images, found %zu",
                         o->folds, n_blocks);
    *n_folds = o->folds;
    return FEAT_OK;
}

feat_status gmet_judge_folds(uint32_t *fold, size_t *n_folds, const gmet_judge_set *set,
                             const gmet_judge_cv_options *options, feat_error *err)
{
    if (fold == NULL || n_folds == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_GROUPS | GMET_JUDGE_BLOCKS | GMET_JUDGE_TRUTHS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    gmet_judge_cv_options o;
    gmet_judge_cv_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_judge_cv_options", err);
    if (status != FEAT_OK)
        return status;
    if ((int)o.cv < 0 || o.cv > GMET_JUDGE_BLOCK)
        return feat_fail(err, FEAT_ERR_ARG, "cross-validation: way %d of cutting is not known", (int)o.cv);
    if (o.cv != GMET_JUDGE_LOGO && (o.folds < 2 || o.folds > GMET_JUDGE_MAX_FOLDS))
        return feat_fail(err, FEAT_ERR_ARG, "cross-validation: expected 2 to %d folds, found %zu",
                         GMET_JUDGE_MAX_FOLDS, o.folds);
    dealing d;
    status = open_dealing(&d, set, err);
    if (status == FEAT_OK && o.cv != GMET_JUDGE_LOGO) {
        status = deal_blocks(fold, n_folds, set, &o, &d, err);
    } else if (status == FEAT_OK) {
        uint32_t *generator = feat_alloc_array(set->n, sizeof *generator);
        size_t n_generators;
        status = generator != NULL
                     ? gmet_judge_leave_generators(generator, fold, &n_generators, n_folds, set, err)
                     : feat_fail(err, FEAT_ERR_NOMEM, "no memory to cut %zu images into folds", set->n);
        feat_free(generator);
    }
    close_dealing(&d);
    return status;
}
