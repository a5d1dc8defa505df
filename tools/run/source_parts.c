/* Parts in the place of images: sets whose names come from them, rows and sums as if the network had run. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/digest.h"
#include "tools/run/source_parts.h"

const bf_part *bf_replay_first(const bf_replay *replay)
{
    return replay->parts[0];
}

const bf_part_weights *bf_replay_weights(const bf_replay *replay)
{
    return &replay->parts[0]->weights;
}

/* --- sets ----------------------------------------------------------------------------------------------- */

static iv3_status other_file(const char *spec, const bf_replay *r, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_FORMAT, "%s: not what it was when %s was made; run the shards again", spec,
                    r->parts[0]->path);
}

static void digest_names(unsigned char sha256[32], const bf_set *set)
{
    iv3_sha256 h;
    iv3_sha256_init(&h);
    for (size_t i = 0; i < bf_set_count(set); i++)
        iv3_sha256_update(&h, bf_set_item_name(set, i), strlen(bf_set_item_name(set, i)) + 1);
    iv3_sha256_final(&h, sha256);
}

static iv3_status open_names(const bf_replay *r, bf_set **out, size_t index, const char *spec, iv3_error *err)
{
    bf_set_names *names = iv3_alloc_array(r->n, sizeof *names);
    if (names == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory for its names", spec);
    for (size_t p = 0; p < r->n; p++) {
        const bf_part_set *set = &r->parts[p]->sets[index];
        names[p] = (bf_set_names){bf_part_data(r->parts[p], &set->names), set->last - set->first};
    }
    iv3_status status = bf_set_open_names(out, spec, names, r->n, err);
    const bf_part_set *first = &r->parts[0]->sets[index];
    for (size_t p = 0; p < r->n && first->labelled; p++) {
        const bf_part_set *set = &r->parts[p]->sets[index];
        bool there = set->labelled && !set->labels_broken;
        names[p] = (bf_set_labels){there ? bf_part_data(r->parts[p], &set->labels) : NULL, set->last - set->first};
    }
    if (status == IV3_OK && first->labelled)
        status = bf_set_give_classes(*out, names, r->n, first->labels_note, &first->labels_digest, err);
    if (status == IV3_OK)
        bf_set_replace_listing(*out, &first->listing);
    iv3_free(names);
    return status;
}

iv3_status bf_replay_set(const bf_run *run, bf_set **out, size_t index, const char *spec, bool prefer_stats,
                         iv3_error *err)
{
    const bf_replay *r = run->replay;
    const bf_part_set *set = &r->parts[0]->sets[index];
    unsigned char names[32];
    *out = NULL;
    if (index >= r->parts[0]->n_sets)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: has no set %zu; run the shards again", r->parts[0]->path,
                        index + 1);
    bool images = strcmp(set->kind, "images") == 0;
    if (images && !set->own_stats) {
        iv3_status status = open_names(r, out, index, spec, err);
        if (status == IV3_OK)
            digest_names(names, *out);
        if (status == IV3_OK && memcmp(names, set->list, sizeof names) != 0)
            status = other_file(spec, r, err);
        return status;
    }
    bf_digest digest = {.known = false};
    iv3_status status = bf_set_open_as(out, spec, prefer_stats, err);
    if (status == IV3_OK && images)
        digest_names(digest.sha256, *out);
    else if (status == IV3_OK)
        status = bf_digest_file(&digest, spec, err);
    if (status == IV3_OK && memcmp(digest.sha256, set->list, sizeof set->list) != 0)
        status = other_file(spec, r, err);
    return status;
}

/* --- rows ------------------------------------------------------------------------------------------------- */

/* Where in a layer the next row is. */
typedef struct cursor {
    const bf_part *part;
    const bf_part_layer *layer;
    size_t run, used;
} cursor;

static iv3_status find_layer(cursor *c, const bf_part *part, const bf_part_set *set, iv3_tap tap, iv3_error *err)
{
    *c = (cursor){part, bf_part_find_layer(set, tap), 0, 0};
    if (c->layer != NULL && c->layer->dim != part->weights.dims[tap])
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: %zu features in layer '%s' expected, %zu found", part->path,
                        part->weights.dims[tap], iv3_tap_name(tap), c->layer->dim);
    if (c->layer != NULL)
        return IV3_OK;
    return iv3_fail(err, IV3_ERR_UNSUPPORTED,
                    "%s: has no features of layer '%s'; run the shards with the options of the merge",
                    part->path, iv3_tap_name(tap));
}

static iv3_status torn(const bf_part *part, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_FORMAT, "%s: its rows are not those of its images; run its shard again",
                    part->path);
}

/* The row of the image at `place`, NULL in a stretch that was summed. */
static iv3_status next_row(cursor *c, size_t place, const float **row, iv3_error *err)
{
    const bf_part_run *run = &c->layer->runs[c->run];
    while (c->run < c->layer->n_runs && place >= run->first + run->span) {
        run++;
        c->run++;
        c->used = 0;
    }
    *row = NULL;
    if (c->run == c->layer->n_runs)
        return torn(c->part, err);
    if (run->sums)
        return IV3_OK;
    if (c->used == run->n)
        return torn(c->part, err);
    const float *rows = bf_part_data(c->part, &run->section);
    *row = rows + c->used++ * c->layer->dim;
    return IV3_OK;
}

static void read_leaf(bf_leaf *out, const bf_part_leaf *leaf)
{
    memset(out, 0, sizeof *out);
    out->skipped = (leaf->marks & BF_PART_SKIPPED) != 0;
    out->w = leaf->w;
    out->h = leaf->h;
    out->file.known = (leaf->marks & BF_PART_FILE) != 0;
    out->pixels.known = (leaf->marks & BF_PART_PIXELS) != 0;
    out->features.known = (leaf->marks & BF_PART_FEATURES) != 0;
    memcpy(out->file.sha256, leaf->file, sizeof leaf->file);
    memcpy(out->pixels.sha256, leaf->pixels, sizeof leaf->pixels);
    memcpy(out->features.sha256, leaf->features, sizeof leaf->features);
}

static iv3_status replay_part(const bf_part *part, const bf_part_set *set, const bf_featurize_job *job,
                              size_t *n_rows, iv3_error *err)
{
    cursor at[BF_MAX_TAPS];
    const float *rows[BF_MAX_TAPS] = {NULL};
    const bf_part_leaf *leaves = bf_part_data(part, &set->leaves);
    iv3_status status = IV3_OK;
    for (size_t t = 0; t < job->n_taps && status == IV3_OK; t++)
        status = find_layer(&at[t], part, set, job->taps[t], err);
    for (size_t place = set->first; place < set->last && status == IV3_OK; place++) {
        bf_leaf leaf;
        read_leaf(&leaf, &leaves[place - set->first]);
        if (job->trace != NULL)
            job->trace(job->trace_ctx, place, &leaf);
        if (leaf.skipped)
            continue;
        for (size_t t = 0; t < job->n_taps && status == IV3_OK; t++)
            status = next_row(&at[t], place, &rows[t], err);
        if (job->row_items != NULL)
            job->row_items[*n_rows] = place;
        if (status == IV3_OK)
            status = job->sink(job->ctx, *n_rows, 1, rows, err);
        ++*n_rows;
        if (status == IV3_OK && job->interrupted != NULL && job->interrupted())
            status = iv3_fail(err, IV3_ERR_IO, "interrupted");
    }
    return status;
}

static void add_found(bf_featurize_report *to, const bf_featurize_report *from)
{
    to->n_bad += from->n_bad;
    to->n_alpha += from->n_alpha;
    bf_bitdepth_join(&to->bitdepth, &from->bitdepth);
    to->n_grey += from->n_grey;
    to->n_animated += from->n_animated;
    to->n_stray += from->n_stray;
    to->n_resync += from->n_resync;
    to->n_flat += from->n_flat;
    for (size_t i = 0; i < from->n_named && to->n_named < BF_MAX_NAMED; i++) {
        memcpy(to->names[to->n_named], from->names[i], BF_NAMED_BYTES);
        memcpy(to->reasons[to->n_named++], from->reasons[i], BF_NAMED_BYTES);
    }
}

iv3_status bf_replay_featurize(const bf_run *run, const bf_side *side, const bf_featurize_job *job,
                               bf_featurize_report *found, iv3_error *err)
{
    const bf_replay *r = run->replay;
    size_t index = (size_t)(side->input - run->report.inputs);
    iv3_status status = IV3_OK;
    memset(found, 0, sizeof *found);
    for (size_t p = 0; p < r->n && status == IV3_OK; p++) {
        const bf_part_set *set = &r->parts[p]->sets[index];
        status = replay_part(r->parts[p], set, job, &found->n_rows, err);
        add_found(found, &set->found);
    }
    if (status == IV3_OK && found->n_rows == 0)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: no image can be read, %zu tried", bf_set_spec(side->set),
                          bf_set_count(side->set));
    iv3_error said = {IV3_OK, ""};
    if (status == IV3_OK && bf_bitdepth_check(side->set, &found->bitdepth, &said) != IV3_OK)
        status = iv3_fail(err, said.status, "%.400s; run the shards again with one of these", said.message);
    return status;
}

/* --- sums --------------------------------------------------------------------------------------------------- */

static iv3_status add_run(const bf_part *part, const bf_part_set *set, cursor *c, gmet_moments *sums,
                          iv3_error *err)
{
    const bf_part_run *run = &c->layer->runs[c->run];
    const bf_part_leaf *leaves = bf_part_data(part, &set->leaves);
    iv3_status status = gmet_moments_skip(sums, run->first - gmet_moments_next(sums), err);
    if (status == IV3_OK && run->sums) {
        gmet_moments_part piece = {run->first, run->span, run->n, bf_part_data(part, &run->section)};
        return gmet_moments_add_part(sums, &piece, err);
    }
    for (size_t place = run->first; place < run->first + run->span && status == IV3_OK; place++) {
        const float *row = NULL;
        if ((leaves[place - set->first].marks & BF_PART_SKIPPED) != 0)
            continue;
        status = next_row(c, place, &row, err);
        if (status == IV3_OK)
            status = gmet_moments_skip(sums, place - gmet_moments_next(sums), err);
        if (status == IV3_OK)
            status = gmet_moments_add(sums, row, 1, c->layer->dim, err);
    }
    return status;
}

iv3_status bf_replay_sums(const bf_run *run, const bf_side *side, iv3_tap tap, gmet_moments *sums,
                          iv3_error *err)
{
    const bf_replay *r = run->replay;
    size_t index = (size_t)(side->input - run->report.inputs);
    iv3_status status = IV3_OK;
    for (size_t p = 0; p < r->n && status == IV3_OK; p++) {
        cursor c;
        const bf_part_set *set = &r->parts[p]->sets[index];
        status = find_layer(&c, r->parts[p], set, tap, err);
        for (size_t i = 0; status == IV3_OK && i < c.layer->n_runs; i++) {
            c.run = i;
            c.used = 0;
            status = add_run(r->parts[p], set, &c, sums, err);
        }
    }
    return status;
}
