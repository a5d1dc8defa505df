/* The parts of a merge in the place of images and network: collected, all of them, each once, and nothing that does not
 * belong to them; then sets whose names come from them, rows and sums as if the network had run. */
#include "tools/run/source_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/digest.h"
#include "tools/base/files.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

/* --- collecting ------------------------------------------------------------------------------------------ */

enum { MAX_TEXT = 220 };

/* The command of a part as one would type it. */
static void command_text(char text[MAX_TEXT], const bf_part *part)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < part->n_words && used < MAX_TEXT - 1; i++)
        if (strcmp(part->words[i], "--") != 0)
            used += (size_t)snprintf(text + used, MAX_TEXT - used, "%s%s", used > 0 ? " " : "", part->words[i]);
}

static bool same_words(const bf_part *a, const bf_part *b)
{
    return a->text.bytes == b->text.bytes &&
           memcmp(bf_part_data(a, &a->text), bf_part_data(b, &b->text), (size_t)a->text.bytes) == 0;
}

static feat_status check_set(const bf_part *a, const bf_part *b, size_t s, feat_error *err)
{
    const bf_part_set *x = &a->sets[s], *y = &b->sets[s];
    char hex_x[65], hex_y[65];
    size_t first, last;
    feat_hex(hex_x, x->list);
    feat_hex(hex_y, y->list);
    if (strcmp(x->kind, y->kind) != 0 || x->count != y->count || memcmp(x->list, y->list, sizeof x->list) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: another list for %s: %zu %s (SHA-256 %.12s), %s has %zu %s (%.12s); run its shard "
                         "again",
                         b->path, y->path, y->count, y->kind, hex_y, a->path, x->count, x->kind, hex_x);
    if (strcmp(y->kind, "images") != 0)
        return FEAT_OK;
    bf_part_share(y->count, b->shard - 1, b->n_shards, &first, &last);
    if (first != y->first || last != y->last)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: images %zu to %zu expected in shard %zu of %zu, %zu to %zu found",
                         b->path, first, last, b->shard, b->n_shards, y->first, y->last);
    return FEAT_OK;
}

static feat_status check_weights(const bf_part *a, const bf_part *b, const bf_part_weights *x,
                                 const bf_part_weights *y, feat_error *err)
{
    char hex_x[65], hex_y[65];
    feat_hex(hex_x, x->info.content_sha256);
    feat_hex(hex_y, y->info.content_sha256);
    if (x->known == y->known && x->info.net == y->info.net && strcmp(hex_x, hex_y) == 0 &&
        memcmp(x->dims, y->dims, sizeof x->dims) == 0)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: other weights: %s (%.12s), %s has %s (%.12s)", b->path, y->info.name,
                     hex_y, a->path, x->info.name, hex_x);
}

/* Whether `b` goes with `a`; the message names what differs. */
static feat_status check_pair(const bf_part *a, const bf_part *b, feat_error *err)
{
    char text_a[MAX_TEXT], text_b[MAX_TEXT];
    command_text(text_a, a);
    command_text(text_b, b);
    if (!same_words(a, b))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: of another command: '%s', %s is of '%s'", b->path, text_b,
                         a->path, text_a);
    feat_status status = check_weights(a, b, &a->weights, &b->weights, err);
    if (status == FEAT_OK && a->n_others != b->n_others)
        status = feat_fail(err, FEAT_ERR_FORMAT,
                           "%s: of %zu networks, %s is of %zu; weights were missing where one was made", b->path,
                           1 + b->n_others, a->path, 1 + a->n_others);
    for (size_t i = 0; i < a->n_others && status == FEAT_OK; i++)
        status = check_weights(a, b, &a->others[i], &b->others[i], err);
    if (status != FEAT_OK)
        return status;
    if (a->numerics != b->numerics || strcmp(a->mode, b->mode) != 0 || a->pixels != b->pixels)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: made by another build: pixels %llu, numerics %llu %s; %s has %llu, %llu %s", b->path,
                         (unsigned long long)b->pixels, (unsigned long long)b->numerics, b->mode, a->path,
                         (unsigned long long)a->pixels, (unsigned long long)a->numerics, a->mode);
    if (a->n_shards != b->n_shards)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: shard %zu of %zu, but %s is one of %zu", b->path, b->shard,
                         b->n_shards, a->path, a->n_shards);
    if (a->n_sets != b->n_sets)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %zu sets, %s has %zu", b->path, b->n_sets, a->path, a->n_sets);
    for (size_t s = 0; s < a->n_sets && status == FEAT_OK; s++)
        status = check_set(a, b, s, err);
    return status;
}

/* Opens one and puts it into its place. `first` is the first that was opened. */
static feat_status take_part(bf_parts *r, const bf_part **first, const char *path, feat_error *err)
{
    bf_part *part = NULL;
    feat_status status = bf_part_open(&part, path, err);
    if (status == FEAT_OK && *first == NULL) {
        r->n = part->n_shards;
        r->parts = feat_calloc(r->n, sizeof(bf_part *));
        if (r->parts == NULL) {
            r->n = 0;
            status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %zu shards", path, part->n_shards);
        }
    }
    if (status == FEAT_OK)
        status = check_pair(*first != NULL ? *first : part, part, err);
    if (status == FEAT_OK && r->parts[part->shard - 1] != NULL)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: shard %zu of %zu again: %s is it already", path,
                           part->shard, part->n_shards, r->parts[part->shard - 1]->path);
    if (status != FEAT_OK) {
        bf_part_close(&part);
        return status;
    }
    r->parts[part->shard - 1] = part;
    *first = *first != NULL ? *first : part;
    return FEAT_OK;
}

/* Every NAME.part in a folder. */
static feat_status take_folder(bf_parts *r, const bf_part **first, const char *folder, feat_error *err)
{
    DIR *dir = opendir(folder);
    feat_status status = FEAT_OK;
    size_t n_parts = 0;
    if (dir == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot open: %s", folder, strerror(errno));
    while (status == FEAT_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL && errno != 0)
            status = feat_fail(err, FEAT_ERR_IO, "%s: cannot list the folder: %s", folder, strerror(errno));
        if (entry == NULL)
            break;
        size_t n = strlen(entry->d_name);
        if (n <= 5 || strcmp(entry->d_name + n - 5, ".part") != 0)
            continue;
        char *path = bf_path_join(folder, entry->d_name);
        status = path == NULL ? feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", folder)
                               : take_part(r, first, path, err);
        feat_free(path);
        n_parts++;
    }
    closedir(dir);
    if (status == FEAT_OK && n_parts == 0)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: no file in it ends in .part", folder);
    return status;
}

static feat_status check_complete(const bf_parts *r, const bf_part *first, feat_error *err)
{
    size_t n_missing = 0, missing = 0;
    char text[MAX_TEXT], more[48] = "";
    for (size_t p = r->n; p-- > 0;) {
        if (r->parts[p] == NULL) {
            missing = p + 1;
            n_missing++;
        }
    }
    if (n_missing == 0)
        return FEAT_OK;
    command_text(text, first);
    if (n_missing > 1)
        snprintf(more, sizeof more, " and %zu more", n_missing - 1);
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "shard %zu of %zu%s missing; to make it: bonafide %s --shard %zu/%zu -o FILE", missing, r->n,
                     n_missing > 1 ? more : " is", text, missing, r->n);
}

/* --- sets ----------------------------------------------------------------------------------------------- */

static feat_status other_file(const char *spec, const bf_parts *r, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: not what it was when %s was made; run the shards again", spec,
                     r->parts[0]->path);
}

static void digest_names(unsigned char sha256[32], const bf_set *set)
{
    feat_sha256 h;
    feat_sha256_init(&h);
    for (size_t i = 0; i < bf_set_count(set); i++)
        feat_sha256_update(&h, bf_set_item_name(set, i), strlen(bf_set_item_name(set, i)) + 1);
    feat_sha256_final(&h, sha256);
}

static feat_status open_names(const bf_parts *r, bf_set **out, size_t index, const char *spec, feat_error *err)
{
    bf_set_names *names = feat_alloc_array(r->n, sizeof *names);
    if (names == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its names", spec);
    for (size_t p = 0; p < r->n; p++) {
        const bf_part_set *set = &r->parts[p]->sets[index];
        names[p] = (bf_set_names){bf_part_data(r->parts[p], &set->names), set->last - set->first};
    }
    feat_status status = bf_set_open_names(out, spec, names, r->n, err);
    const bf_part_set *first = &r->parts[0]->sets[index];
    for (size_t p = 0; p < r->n && first->labelled; p++) {
        const bf_part_set *set = &r->parts[p]->sets[index];
        bool there = set->labelled && !set->labels_broken;
        names[p] = (bf_set_labels){there ? bf_part_data(r->parts[p], &set->labels) : NULL, set->last - set->first};
    }
    if (status == FEAT_OK && first->labelled)
        status = bf_set_give_classes(*out, names, r->n, first->labels_note, &first->labels_digest, err);
    if (status == FEAT_OK)
        bf_set_replace_listing(*out, &first->listing);
    feat_free(names);
    return status;
}

static feat_status open_set(void *ctx, bf_set **out, size_t index, const char *spec, const bf_set_how *how,
                            feat_error *err)
{
    const bf_parts *r = ctx;
    const bf_part_set *set = &r->parts[0]->sets[index];
    unsigned char names[32];
    *out = NULL;
    if (index >= r->parts[0]->n_sets)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: has no set %zu; run the shards again", r->parts[0]->path,
                         index + 1);
    bool images = strcmp(set->kind, "images") == 0;
    if (images && !set->own_stats) {
        feat_status status = open_names(r, out, index, spec, err);
        if (status == FEAT_OK)
            digest_names(names, *out);
        if (status == FEAT_OK && memcmp(names, set->list, sizeof names) != 0)
            status = other_file(spec, r, err);
        return status;
    }
    bf_digest digest = {.known = false};
    feat_status status = bf_set_open_as(out, spec, how, err);
    if (status == FEAT_OK)
        status = bf_run_take(&r->args, *out, index, err);
    if (status == FEAT_OK && images)
        digest_names(digest.sha256, *out);
    else if (status == FEAT_OK)
        status = bf_digest_file(&digest, bf_set_reference(*out) != NULL ? bf_set_path(*out) : spec, err);
    if (status == FEAT_OK && memcmp(digest.sha256, set->list, sizeof set->list) != 0)
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

static feat_status find_layer(cursor *c, const bf_part *part, const bf_part_set *set, feat_tap tap, feat_error *err)
{
    *c = (cursor){part, bf_part_find_layer(set, tap), 0, 0};
    if (c->layer != NULL && c->layer->dim != bf_part_dim(part, tap))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %zu features in layer '%s' expected, %zu found", part->path,
                         bf_part_dim(part, tap), bf_part_tap_name(part, tap), c->layer->dim);
    if (c->layer != NULL)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                     "%s: has no features of layer '%s'; run the shards with the options of the merge",
                     part->path, bf_part_tap_name(part, tap));
}

static feat_status torn(const bf_part *part, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: its rows are not those of its images; run its shard again",
                     part->path);
}

/* The row of the image at `place`, NULL in a stretch that was summed. */
static feat_status next_row(cursor *c, size_t place, const float **row, feat_error *err)
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
        return FEAT_OK;
    if (c->used == run->n)
        return torn(c->part, err);
    const float *rows = bf_part_data(c->part, &run->section);
    *row = rows + c->used++ * c->layer->dim;
    return FEAT_OK;
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

static feat_status replay_part(const bf_part *part, const bf_part_set *set, const bf_featurize_job *job,
                               size_t *n_rows, feat_error *err)
{
    cursor at[BF_MAX_TAPS];
    const float *rows[BF_MAX_TAPS] = {NULL};
    const bf_part_leaf *leaves = bf_part_data(part, &set->leaves);
    feat_status status = FEAT_OK;
    for (size_t t = 0; t < job->n_taps && status == FEAT_OK; t++)
        status = find_layer(&at[t], part, set, job->taps[t], err);
    for (size_t place = set->first; place < set->last && status == FEAT_OK; place++) {
        bf_leaf leaf;
        read_leaf(&leaf, &leaves[place - set->first]);
        if (job->trace != NULL)
            job->trace(job->trace_ctx, place, &leaf);
        if (leaf.skipped)
            continue;
        for (size_t t = 0; t < job->n_taps && status == FEAT_OK; t++)
            status = next_row(&at[t], place, &rows[t], err);
        if (job->row_items != NULL)
            job->row_items[*n_rows] = place;
        if (status == FEAT_OK)
            status = job->sink(job->ctx, *n_rows, 1, rows, err);
        ++*n_rows;
        if (status == FEAT_OK && job->interrupted != NULL && job->interrupted())
            status = feat_fail(err, FEAT_ERR_IO, "interrupted");
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

static feat_status replay(void *ctx, const bf_side *side, const bf_featurize_job *job, bf_featurize_report *found,
                          feat_error *err)
{
    const bf_parts *r = ctx;
    size_t index = (size_t)(side->input - r->run->report.inputs);
    feat_status status = FEAT_OK;
    memset(found, 0, sizeof *found);
    for (size_t p = 0; p < r->n && status == FEAT_OK; p++) {
        const bf_part_set *set = &r->parts[p]->sets[index];
        status = replay_part(r->parts[p], set, job, &found->n_rows, err);
        add_found(found, &set->found);
    }
    if (status == FEAT_OK && found->n_rows == 0)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: no image can be read, %zu tried", bf_set_spec(side->set),
                           bf_set_count(side->set));
    feat_error said = {FEAT_OK, ""};
    if (status == FEAT_OK && bf_bitdepth_check(side->set, &found->bitdepth, &said) != FEAT_OK)
        status = feat_fail(err, said.status, "%.400s; run the shards again with one of these", said.message);
    return status;
}

/* --- sums --------------------------------------------------------------------------------------------------- */

static feat_status add_run(const bf_part *part, const bf_part_set *set, cursor *c, gmet_moments *sums,
                           feat_error *err)
{
    const bf_part_run *run = &c->layer->runs[c->run];
    const bf_part_leaf *leaves = bf_part_data(part, &set->leaves);
    feat_status status = gmet_moments_skip(sums, run->first - gmet_moments_next(sums), err);
    if (status == FEAT_OK && run->sums) {
        gmet_moments_part piece = {run->first, run->span, run->n, bf_part_data(part, &run->section)};
        return gmet_moments_add_part(sums, &piece, err);
    }
    for (size_t place = run->first; place < run->first + run->span && status == FEAT_OK; place++) {
        const float *row = NULL;
        if ((leaves[place - set->first].marks & BF_PART_SKIPPED) != 0)
            continue;
        status = next_row(c, place, &row, err);
        if (status == FEAT_OK)
            status = gmet_moments_skip(sums, place - gmet_moments_next(sums), err);
        if (status == FEAT_OK)
            status = gmet_moments_add(sums, row, 1, c->layer->dim, err);
    }
    return status;
}

static feat_status add_sums(void *ctx, const bf_side *side, feat_tap tap, gmet_moments *sums, feat_error *err)
{
    const bf_parts *r = ctx;
    size_t index = (size_t)(side->input - r->run->report.inputs);
    feat_status status = FEAT_OK;
    for (size_t p = 0; p < r->n && status == FEAT_OK; p++) {
        cursor c;
        const bf_part_set *set = &r->parts[p]->sets[index];
        status = find_layer(&c, r->parts[p], set, tap, err);
        for (size_t i = 0; status == FEAT_OK && i < c.layer->n_runs; i++) {
            c.run = i;
            c.used = 0;
            status = add_run(r->parts[p], set, &c, sums, err);
        }
    }
    return status;
}

/* --- the source ---------------------------------------------------------------------------------------------- */

static void recall(bf_network *network, bf_provenance *made, const bf_part *part, const bf_part_weights *w)
{
    bf_note_weights(network, made, w->source, &w->info);
    network->weights_info = w->info;
    snprintf(made->isa, sizeof made->isa, "%s", w->isa);
    snprintf(made->mode, sizeof made->mode, "%s", part->mode);
    memcpy(network->dims, w->dims, sizeof network->dims);
    made->has_weights = true;
}

/* The parts say which weights it was. */
static feat_status recall_weights(void *ctx, feat_error *err)
{
    const bf_parts *r = ctx;
    bf_run *run = r->run;
    const bf_part *first = r->parts[0];
    const bf_part_weights *w = &first->weights;
    if (run->report.made.has_weights)
        return FEAT_OK;
    if (!w->known)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: does not say which weights it was made with", first->path);
    recall(&run->network, &run->report.made, first, w);
    return FEAT_OK;
}

/* And of which networks beside it there are rows. */
static feat_status recall_other(void *ctx, size_t index, feat_error *err)
{
    const bf_parts *r = ctx;
    const bf_part *first = r->parts[0];
    bf_network *network = &r->run->other[index - 1];
    const bf_part_weights *w = NULL;
    for (size_t i = 1; i <= first->n_others && w == NULL; i++)
        if (bf_part_net(bf_part_weights_of(first, i)) == network->net)
            w = i == index ? bf_part_weights_of(first, i) : NULL;
    if (w == NULL || !w->known)
        return feat_fail(err, FEAT_ERR_IO, "%s: has no features of %s", first->path, feat_net_name(network->net));
    recall(network, &r->run->report.others[index - 1], first, w);
    return FEAT_OK;
}

static feat_status find_network(void *ctx, const feat_net **net, feat_error *err)
{
    const bf_parts *r = ctx;
    const bf_part *first = r->parts[0];
    const feat_net *of_family = NULL;
    (void)err;
    for (size_t i = 0; i <= first->n_others; i++) {
        const feat_net *found = bf_part_net(bf_part_weights_of(first, i));
        if (found == *net)
            return FEAT_OK;
        if (of_family == NULL && found != NULL && strcmp(feat_net_family(found), feat_net_family(*net)) == 0)
            of_family = found;
    }
    *net = of_family != NULL ? of_family : *net;
    return FEAT_OK;
}

static void say_kept(const void *ctx, char *text, size_t room)
{
    (void)ctx;
    snprintf(text, room, "; the parts are as they were, and the same command merges them again");
}

static void close_parts(void *ctx)
{
    bf_parts *r = ctx;
    for (size_t p = 0; p < r->n; p++)
        bf_part_close(&r->parts[p]);
    feat_free(r->parts);
    feat_free(r->text);
    feat_free(r);
}

feat_status bf_source_parts(bf_parts **out, bf_run *run, const char *const *files, size_t n, feat_error *err)
{
    const bf_part *first = NULL;
    struct stat info;
    feat_status status = FEAT_OK;
    bf_parts *r = *out = feat_calloc(1, sizeof *r);
    if (r == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to merge");
    r->run = run;
    run->source = (bf_feature_source){.ctx = r,
                                      .open_set = open_set,
                                      .weights = recall_weights,
                                      .other = recall_other,
                                      .network = find_network,
                                      .featurize = replay,
                                      .sums = add_sums,
                                      .say_kept = say_kept,
                                      .close = close_parts};
    for (size_t i = 0; i < n && status == FEAT_OK; i++) {
        bool folder = stat(files[i], &info) == 0 && S_ISDIR(info.st_mode);
        status = folder ? take_folder(r, &first, files[i], err) : take_part(r, &first, files[i], err);
    }
    return status == FEAT_OK ? check_complete(r, first, err) : status;
}
