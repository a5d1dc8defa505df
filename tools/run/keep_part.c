/* Writing a part: rows go to their place in the file as they come, sums and the description at the end. */
#include "tools/run/keep_part.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/digest.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/images/image.h"
#include "tools/options/numerics.h"
#include "tools/options/option_table.h"
#include "tools/records/part.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

enum { ALIGN = 64 };

/* Rows of consecutive places on their way into the file. */
typedef struct stretch {
    size_t first, last; /* places */
    size_t n;
    uint64_t at;
    feat_hash64_state hash;
} stretch;

/* One layer of the side that is being run: a stretch of rows; or whole blocks summed, and the rows of the cut
 * ones at both ends. */
typedef struct keeping {
    bf_part_layer *layer;
    stretch rows[2];
    gmet_moments *sums; /* of the places between the two */
} keeping;

typedef struct bf_shard {
    bf_run *run;
    bf_part part;
    char options[BF_N_OPTIONS][32]; /* names of those given, with their dashes */
    bf_new_file file;
    const char *path; /* of the part; borrowed from the options */
    uint64_t end; /* of what is in the file, or has its place there */
    bf_part_set *set;
    bf_side *side;
    size_t *items; /* places of the share */
    bf_part_leaf *leaves;
    keeping keep[BF_MAX_TAPS];
    size_t n_keep;
} bf_shard;

/* --- opening ------------------------------------------------------------------------------------------ */

/* "3/8" */
static feat_status parse_shard(const char *text, size_t *index, size_t *n, feat_error *err)
{
    char *end = NULL;
    bool good = text[0] >= '0' && text[0] <= '9';
    unsigned long long i = good ? strtoull(text, &end, 10) : 0, count = 0;
    good = good && *end == '/' && end[1] >= '0' && end[1] <= '9';
    if (good)
        count = strtoull(end + 1, &end, 10);
    if (!good || *end != '\0' || i < 1 || i > count || count > BF_PART_MAX_SHARDS)
        return feat_fail(err, FEAT_ERR_ARG, "--shard: I/N with I from 1 to N expected, as 2/8; '%s' found", text);
    *index = (size_t)i;
    *n = (size_t)count;
    return FEAT_OK;
}

static bool add_word(bf_part *part, const char *word)
{
    if (part->n_words == BF_PART_MAX_WORDS)
        return false;
    part->words[part->n_words++] = word;
    return true;
}

/* The command as it has to be done again, without what only says where to and how fast. */
static feat_status note_words(bf_shard *s, const bf_args *args, feat_error *err)
{
    bf_part *part = &s->part;
    bool fits = add_word(part, args->command->name);
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        char *name = s->options[option->id];
        if (!bf_args_given(args, option->id) || (option->flags & BF_OPTION_GOES_TO_PART) == 0)
            continue;
        if (option->name != NULL)
            snprintf(name, sizeof s->options[0], "--%s", option->name);
        else
            snprintf(name, sizeof s->options[0], "-%c", option->letter);
        fits = fits && add_word(part, name);
        if (option->kind != BF_VALUE_NONE)
            fits = fits && add_word(part, bf_args_text(args, option->id));
    }
    fits = fits && add_word(part, "--");
    for (size_t i = 0; i < args->n_operands; i++)
        fits = fits && add_word(part, args->operands[i]);
    return fits ? FEAT_OK : feat_fail(err, FEAT_ERR_ARG, "--shard: more options than a part holds");
}

static feat_status check_args(const bf_args *args, feat_error *err)
{
    if (bf_args_given(args, BF_OPT_MANIFEST))
        return feat_fail(err, FEAT_ERR_ARG,
                         "--manifest does not go with --shard: give it to 'bonafide merge'");
    if (bf_args_given(args, BF_OPT_REPORT))
        return feat_fail(err, FEAT_ERR_ARG, "--report does not go with --shard: it shows images");
    if (bf_args_given(args, BF_OPT_AS))
        return feat_fail(err, FEAT_ERR_ARG, "--as does not go with --shard: run each preset by itself");
    if (!bf_args_given(args, BF_OPT_OUTPUT))
        return feat_fail(err, FEAT_ERR_ARG, "--shard needs -o FILE, the part to write");
    return FEAT_OK;
}

static void end_side(bf_shard *s)
{
    for (size_t t = 0; t < s->n_keep; t++)
        gmet_moments_close(&s->keep[t].sums);
    s->n_keep = 0;
    feat_free(s->leaves);
    s->leaves = NULL;
    s->side = NULL;
}

static void close_part(void *ctx)
{
    bf_shard *s = ctx;
    end_side(s);
    bf_new_file_abandon(&s->file);
    bf_part_release(&s->part);
    feat_free(s);
}

static size_t count_parts(const char *path)
{
    char folder[512];
    const char *slash = strrchr(path, '/');
    size_t n_parts = 0, n = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    snprintf(folder, sizeof folder, "%.*s", n > 0 && n < sizeof folder ? (int)n : 1, n > 0 ? path : ".");
    DIR *dir = opendir(folder);
    const char *end = strrchr(path, '.');
    for (const struct dirent *entry = NULL; dir != NULL && (entry = readdir(dir)) != NULL;) {
        const char *own_end = strrchr(entry->d_name, '.');
        n_parts += end != NULL && own_end != NULL && strcmp(end, own_end) == 0;
    }
    if (dir != NULL)
        closedir(dir);
    return n_parts;
}

static void say_kept(const void *ctx, char *text, size_t room)
{
    const bf_shard *shard = ctx;
    snprintf(text, room,
             "; it was shard %zu of %zu (parts finished beside it: %zu), and the same command does it again (with "
             "--cache DIR it would go on from here)",
             shard->part.shard, shard->part.n_shards, count_parts(shard->path));
}

/* --- sections ------------------------------------------------------------------------------------------ */

/* A place for `bytes` more. */
static uint64_t take_place(bf_shard *s, uint64_t bytes)
{
    uint64_t at = s->end;
    s->end = (at + bytes + ALIGN - 1) / ALIGN * ALIGN;
    return at;
}

static feat_status append(bf_shard *s, const void *data, size_t bytes, bf_part_section *out, feat_error *err)
{
    *out = (bf_part_section){take_place(s, bytes), bytes, feat_hash64(data, bytes)};
    return bf_new_file_write(&s->file, data, bytes, out->at, err);
}

/* --- one side ------------------------------------------------------------------------------------------- */

static void begin_stretch(bf_shard *s, stretch *to, size_t first, size_t last, size_t dim)
{
    to->first = first;
    to->last = last;
    to->n = 0;
    to->at = take_place(s, (uint64_t)(last - first) * dim * sizeof(float));
    feat_hash64_init(&to->hash);
}

static feat_status begin_layer(bf_shard *s, bf_run *run, feat_tap tap, bool sum, feat_error *err)
{
    keeping *k = &s->keep[s->n_keep++];
    size_t first = s->set->first, last = s->set->last, d = bf_run_dim(run, tap);
    memset(k, 0, sizeof *k);
    k->layer = &s->set->layers[s->set->n_layers++];
    k->layer->tap = tap;
    k->layer->dim = d;
    size_t from = (first + GMET_MOMENTS_BLOCK - 1) / GMET_MOMENTS_BLOCK * GMET_MOMENTS_BLOCK;
    size_t to = last / GMET_MOMENTS_BLOCK * GMET_MOMENTS_BLOCK;
    if (!sum || from >= to) {
        begin_stretch(s, &k->rows[0], first, last, d);
        begin_stretch(s, &k->rows[1], last, last, d);
        return FEAT_OK;
    }
    begin_stretch(s, &k->rows[0], first, from, d);
    begin_stretch(s, &k->rows[1], to, last, d);
    feat_status status = gmet_moments_create(&k->sums, d, &run->work.context, err);
    return status == FEAT_OK ? gmet_moments_start(k->sums, from, err) : status;
}

static feat_status add_sum(gmet_moments *sums, size_t place, const float *row, size_t d, feat_error *err)
{
    feat_status status = gmet_moments_skip(sums, place - gmet_moments_next(sums), err);
    return status == FEAT_OK ? gmet_moments_add(sums, row, 1, d, err) : status;
}

static feat_status keep_row(bf_shard *s, keeping *k, size_t place, const float *row, feat_error *err)
{
    size_t d = k->layer->dim;
    stretch *to = place < k->rows[0].last ? &k->rows[0] : place >= k->rows[1].first ? &k->rows[1] : NULL;
    if (to == NULL)
        return add_sum(k->sums, place, row, d, err);
    uint64_t at = to->at + (uint64_t)to->n++ * d * sizeof *row;
    feat_hash64_update(&to->hash, row, d * sizeof *row);
    return bf_new_file_write(&s->file, row, d * sizeof *row, at, err);
}

static feat_status keep_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    bf_shard *s = ctx;
    feat_status status = FEAT_OK;
    for (size_t t = 0; t < s->n_keep; t++)
        for (size_t i = 0; i < n && status == FEAT_OK; i++)
            status = keep_row(s, &s->keep[t], s->side->items[first + i],
                              rows[t] + i * s->keep[t].layer->dim, err);
    return status;
}

static feat_status end_stretch(keeping *k, const stretch *rows, feat_error *err)
{
    if (rows->first == rows->last)
        return FEAT_OK;
    bf_part_run *run = bf_part_add_run(k->layer);
    if (run == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to describe the shard");
    run->first = rows->first;
    run->span = rows->last - rows->first;
    run->n = rows->n;
    run->section = (bf_part_section){rows->at, (uint64_t)rows->n * k->layer->dim * sizeof(float),
                                     feat_hash64_final(&rows->hash)};
    return FEAT_OK;
}

static feat_status end_sums(bf_shard *s, keeping *k, feat_error *err)
{
    feat_status status = gmet_moments_skip(k->sums, k->rows[1].first - gmet_moments_next(k->sums), err);
    for (size_t i = 0; status == FEAT_OK && i < gmet_moments_n_parts(k->sums); i++) {
        gmet_moments_part part = gmet_moments_get_part(k->sums, i);
        bf_part_run *run = bf_part_add_run(k->layer);
        if (run == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory to describe the shard");
        *run = (bf_part_run){.sums = true, .first = part.first, .span = part.span, .n = part.n};
        status = append(s, part.sums, gmet_moments_sums(k->layer->dim) * sizeof *part.sums, &run->section, err);
    }
    return status;
}

static feat_status end_layers(bf_shard *s, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t t = 0; t < s->n_keep && status == FEAT_OK; t++) {
        keeping *k = &s->keep[t];
        status = end_stretch(k, &k->rows[0], err);
        if (status == FEAT_OK && k->sums != NULL)
            status = end_sums(s, k, err);
        if (status == FEAT_OK)
            status = end_stretch(k, &k->rows[1], err);
    }
    return status;
}

/* The digest of all names, and the share's names. */
static feat_status write_names(bf_shard *s, const bf_set *set, feat_error *err)
{
    feat_sha256 h;
    size_t bytes = 0;
    feat_sha256_init(&h);
    for (size_t i = 0; i < bf_set_count(set); i++) {
        size_t n = strlen(bf_set_item_name(set, i)) + 1;
        feat_sha256_update(&h, bf_set_item_name(set, i), n);
        bytes += i >= s->set->first && i < s->set->last ? n : 0;
    }
    feat_sha256_final(&h, s->set->list);
    char *text = feat_alloc(bytes + 1);
    if (text == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its names", bf_set_spec(set));
    size_t used = 0;
    for (size_t i = s->set->first; i < s->set->last; i++) {
        size_t n = strlen(bf_set_item_name(set, i)) + 1;
        memcpy(text + used, bf_set_item_name(set, i), n);
        used += n;
    }
    feat_status status = append(s, text, bytes, &s->set->names, err);
    feat_free(text);
    return status;
}

/* Labels, where they were looked for and there are any: a merge has no dataset.json. */
static feat_status write_labels(bf_shard *s, const bf_set *set, feat_error *err)
{
    const bf_classes *c = bf_set_classes(set);
    size_t bytes = 0, used = 0;
    char label[BF_CLASS_NAME];
    if (!c->digest.known)
        return FEAT_OK;
    s->set->labelled = true;
    s->set->labels_broken = c->broken;
    s->set->labels_digest = c->digest;
    memcpy(s->set->labels_note, c->note, sizeof c->note);
    for (size_t i = s->set->first; i < s->set->last && !c->broken; i++)
        bytes += bf_set_class_of(set, i, label) ? strlen(label) + 1 : 0;
    char *text = feat_alloc(bytes + 1);
    if (text == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its labels", bf_set_spec(set));
    for (size_t i = s->set->first; i < s->set->last && !c->broken; i++) {
        if (!bf_set_class_of(set, i, label))
            continue;
        memcpy(text + used, label, strlen(label) + 1);
        used += strlen(label) + 1;
    }
    feat_status status = append(s, text, bytes, &s->set->labels, err);
    feat_free(text);
    return status;
}

static void note_leaf(void *ctx, size_t index, const bf_leaf *leaf)
{
    bf_shard *s = ctx;
    bf_part_leaf *out = &s->leaves[index - s->set->first];
    out->marks = (leaf->skipped ? BF_PART_SKIPPED : 0u) | (leaf->file.known ? BF_PART_FILE : 0u) |
                 (leaf->pixels.known ? BF_PART_PIXELS : 0u) | (leaf->features.known ? BF_PART_FEATURES : 0u);
    out->w = leaf->w;
    out->h = leaf->h;
    memcpy(out->file, leaf->file.sha256, sizeof out->file);
    memcpy(out->pixels, leaf->pixels.sha256, sizeof out->pixels);
    memcpy(out->features, leaf->features.sha256, sizeof out->features);
}

static feat_status run_share(bf_shard *s, bf_side *side, bf_taps rows, bf_taps sums, feat_error *err)
{
    bf_run *run = s->run;
    feat_tap taps[BF_MAX_TAPS];
    size_t n = s->set->last - s->set->first, n_taps = 0;
    feat_status status = FEAT_OK;
    s->items = feat_alloc_array(n + 1, sizeof *s->items);
    side->items = feat_alloc_array(n + 1, sizeof *side->items);
    s->leaves = feat_calloc(n + 1, sizeof *s->leaves);
    if (s->items == NULL || side->items == NULL || s->leaves == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its order", bf_set_spec(side->set));
    for (size_t i = 0; i < n; i++)
        s->items[i] = s->set->first + i;
    for (feat_tap t = 0; t < BF_MAX_TAPS && status == FEAT_OK; t++) {
        if (((rows | sums) & BF_TAP_BIT(t)) == 0 || bf_run_dim(run, t) == 0)
            continue;
        taps[n_taps++] = t;
        status = begin_layer(s, run, t, (rows & BF_TAP_BIT(t)) == 0, err);
    }
    s->side = side;
    bf_side_share share = {s->items, n, note_leaf, s, &s->set->found};
    if (status == FEAT_OK)
        status = bf_side_featurize_share(run, side, &share, taps, n_taps, keep_rows, s, err);
    if (status == FEAT_OK)
        status = end_layers(s, err);
    if (status == FEAT_OK)
        status = append(s, s->leaves, n * sizeof *s->leaves, &s->set->leaves, err);
    return status;
}

static feat_status fill_part(void *ctx, bf_side *side, bf_taps rows, bf_taps sums, feat_error *err)
{
    bf_shard *s = ctx;
    bf_part_set *set = s->set = &s->part.sets[side->input - s->run->report.inputs];
    size_t count = bf_set_count(side->set);
    if (set->n_layers > 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: --shard runs a set once only", bf_set_spec(side->set));
    set->count = count;
    set->own_stats = bf_set_stats_dim(side->set) > 0;
    bf_part_share(count, s->part.shard - 1, s->part.n_shards, &set->first, &set->last);
    set->listing = *bf_set_get_listing(side->set);
    feat_status status = write_names(s, side->set, err);
    if (status == FEAT_OK)
        status = write_labels(s, side->set, err);
    if (status == FEAT_OK)
        status = run_share(s, side, rows, sums, err);
    end_side(s);
    feat_free(s->items);
    s->items = NULL;
    return status;
}

/* --- the end --------------------------------------------------------------------------------------------- */

static void note_weights(bf_part_weights *w, const bf_network *network, const bf_provenance *made)
{
    w->known = made->has_weights;
    if (!w->known)
        return;
    w->info = network->weights_info;
    snprintf(w->source, sizeof w->source, "%s", made->weights_path);
    snprintf(w->isa, sizeof w->isa, "%s", made->isa);
    memcpy(w->dims, network->dims, sizeof w->dims);
}

static feat_status note_sets(bf_shard *s, const bf_run *run, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < run->report.n_inputs && status == FEAT_OK; i++) {
        const bf_input *input = &run->report.inputs[i];
        bf_part_set *set = &s->part.sets[s->part.n_sets++];
        bf_digest digest = {.known = false};
        set->role = input->role;
        set->path = input->path;
        set->kind = input->kind;
        if (strcmp(set->kind, "images") == 0)
            continue;
        digest = input->named;
        if (!digest.known)
            status = bf_digest_file(&digest, input->path, err);
        memcpy(set->list, digest.sha256, sizeof set->list);
    }
    return status;
}

static feat_status write_words(bf_shard *s, feat_error *err)
{
    size_t bytes = 0, used = 0;
    for (size_t i = 0; i < s->part.n_words; i++)
        bytes += strlen(s->part.words[i]) + 1;
    char *text = feat_alloc(bytes);
    if (text == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to describe it", s->file.path);
    for (size_t i = 0; i < s->part.n_words; i++, used += strlen(text + used) + 1)
        memcpy(text + used, s->part.words[i], strlen(s->part.words[i]) + 1);
    feat_status status = append(s, text, bytes, &s->part.text, err);
    feat_free(text);
    return status;
}

static feat_status write_description(bf_shard *s, feat_error *err)
{
    bf_json j = {0};
    bf_part_section place = {0};
    bf_part_head head = {.zero = {0, 0}};
    const char *text = bf_part_format(&s->part, &j);
    feat_status status = text == NULL
                            ? feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to describe it", s->file.path)
                            : append(s, text, strlen(text), &place, err);
    bf_json_free(&j);
    memcpy(head.magic, BF_PART_MAGIC, sizeof head.magic);
    head.bytes = place.at + place.bytes;
    head.text_at = place.at;
    head.text_bytes = place.bytes;
    head.text_hash = place.hash;
    head.hash = feat_hash64(&head, offsetof(bf_part_head, hash));
    return status == FEAT_OK ? bf_new_file_write(&s->file, &head, sizeof head, 0, err) : status;
}

static feat_status finish_part(void *ctx, feat_error *err)
{
    bf_shard *s = ctx;
    bf_run *run = s->run;
    char text[224];
    size_t n = 0;
    note_weights(&s->part.weights, &run->network, &run->report.made);
    for (size_t i = 0; i < run->n_other; i++)
        note_weights(&s->part.others[s->part.n_others++], &run->other[i], &run->report.others[i]);
    feat_status status = note_sets(s, run, err);
    if (status == FEAT_OK)
        status = write_words(s, err);
    if (status == FEAT_OK)
        status = write_description(s, err);
    if (status == FEAT_OK && bf_interrupted())
        status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    if (status == FEAT_OK)
        status = bf_new_file_commit(&s->file, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < s->part.n_sets; i++)
        n += s->part.sets[i].found.n_rows;
    const char *path = bf_args_text(run->args, BF_OPT_OUTPUT);
    snprintf(text, sizeof text, "%.120s: shard %zu of %zu, %zu images", path, s->part.shard, s->part.n_shards, n);
    bf_report_line(&run->report, "wrote", text, "", "");
    bf_report_text(&run->report, "output", path);
    bf_report_integer(&run->report, "shard", s->part.shard);
    bf_report_integer(&run->report, "shards", s->part.n_shards);
    bf_report_integer(&run->report, "n", n);
    return FEAT_OK;
}

/* --- the keeper ------------------------------------------------------------------------------------------ */

feat_status bf_keep_part(bf_run *run, feat_error *err)
{
    const bf_args *args = run->args;
    const char *path = bf_args_text(args, BF_OPT_OUTPUT);
    bool takes = bf_command_is(args->command, BF_COMMAND_DEALS_IMAGES);
    if (!takes || !bf_args_given(args, BF_OPT_SHARD)) {
        if (takes && !args->command->required.has[BF_OPT_OUTPUT] && path != NULL)
            return feat_fail(err, FEAT_ERR_ARG, "%s: -o is for --shard; --json=FILE writes the result",
                             args->command->name);
        return FEAT_OK;
    }
    bf_shard *shard = feat_calloc(1, sizeof *shard);
    if (shard == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write it", path);
    run->keeper = (bf_keeper){.ctx = shard,
                              .fill = fill_part,
                              .finish = finish_part,
                              .say_kept = say_kept,
                              .close = close_part,
                              .image_bytes = 160.0};
    shard->run = run;
    shard->file.fd = -1;
    shard->path = path != NULL ? path : "";
    shard->end = sizeof(bf_part_head);
    bf_part *part = &shard->part;
    feat_status status = check_args(args, err);
    if (status == FEAT_OK)
        status = parse_shard(bf_args_text(args, BF_OPT_SHARD), &part->shard, &part->n_shards, err);
    if (status == FEAT_OK)
        status = note_words(shard, args, err);
    part->numerics = FEAT_NUMERICS_VERSION;
    part->mode = bf_numerics_mode(args);
    part->pixels = BF_PIXELS_VERSION;
    if (status == FEAT_OK)
        status = bf_check_output(path, err);
    return status == FEAT_OK ? bf_new_file_open(&shard->file, path, err) : status;
}
