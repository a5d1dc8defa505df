/* The description of a part: writing it, and what both directions need. */
#include "tools/records/part.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "metrics/gmet.h"
#include "tools/options/weights_find.h"
#include "tools/records/listing_json.h"

enum { MANY_BLOCKS = 16 };

void bf_part_share(size_t count, size_t index, size_t n, size_t *first, size_t *last)
{
    size_t share = count / n, rest = count % n, bounds[2];
    for (size_t i = 0; i < 2; i++) {
        size_t at = index + i;
        bounds[i] = at * share + (at < rest ? at : rest);
        /* Large shares end with a block of the moments: nothing of it has to be kept as rows. */
        if (share >= (size_t)MANY_BLOCKS * GMET_MOMENTS_BLOCK && at < n)
            bounds[i] -= bounds[i] % GMET_MOMENTS_BLOCK;
    }
    *first = bounds[0];
    *last = bounds[1];
}

bf_part_run *bf_part_add_run(bf_part_layer *layer)
{
    if (layer->n_runs == layer->room) {
        size_t room = 2 * layer->room + 8;
        bf_part_run *runs = feat_realloc(layer->runs, room * sizeof *runs);
        if (runs == NULL)
            return NULL;
        layer->runs = runs;
        layer->room = room;
    }
    bf_part_run *run = &layer->runs[layer->n_runs++];
    memset(run, 0, sizeof *run);
    return run;
}

void bf_part_release(bf_part *part)
{
    for (size_t s = 0; s < BF_MAX_INPUTS; s++)
        for (size_t l = 0; l < BF_MAX_TAPS; l++)
            feat_free(part->sets[s].layers[l].runs);
}

const void *bf_part_data(const bf_part *part, const bf_part_section *section)
{
    return part->map + section->at;
}

const bf_part_weights *bf_part_weights_of(const bf_part *part, size_t index)
{
    return index == 0 ? &part->weights : index <= part->n_others ? &part->others[index - 1] : NULL;
}

const feat_net *bf_part_net(const bf_part_weights *weights)
{
    return weights->known ? weights->info.net : bf_network_default();
}

size_t bf_part_dim(const bf_part *part, feat_tap tap)
{
    const bf_part_weights *w = bf_part_weights_of(part, bf_tap_network(tap));
    return w != NULL ? w->dims[bf_tap_own(tap)] : 0;
}

const char *bf_part_tap_name(const bf_part *part, feat_tap tap)
{
    const bf_part_weights *w = bf_part_weights_of(part, bf_tap_network(tap));
    const char *name = w != NULL ? feat_net_tap_name(bf_part_net(w), bf_tap_own(tap)) : NULL;
    return name != NULL ? name : "";
}

const bf_part_layer *bf_part_find_layer(const bf_part_set *set, feat_tap tap)
{
    for (size_t l = 0; l < set->n_layers; l++)
        if (set->layers[l].tap == tap)
            return &set->layers[l];
    return NULL;
}

/* --- writing ----------------------------------------------------------------------------------------- */

static void write_hex(bf_json *j, const char *key, const unsigned char sha256[32])
{
    char hex[65];
    feat_hex(hex, sha256);
    bf_json_string(j, key, hex);
}

static void write_place(bf_json *j, const bf_part_section *section)
{
    char hash[17];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)section->hash);
    bf_json_integer(j, "at", section->at);
    bf_json_integer(j, "bytes", section->bytes);
    bf_json_string(j, "xxh64", hash);
}

static void write_section(bf_json *j, const char *key, const bf_part_section *section)
{
    bf_json_open(j, key, '{');
    write_place(j, section);
    bf_json_close(j, '}');
}

static void write_layer(bf_json *j, const bf_part *part, const bf_part_layer *layer)
{
    bf_json_open(j, NULL, '{');
    if (bf_tap_network(layer->tap) > 0)
        bf_json_integer(j, "network", bf_tap_network(layer->tap));
    bf_json_string(j, "tap", bf_part_tap_name(part, layer->tap));
    bf_json_integer(j, "dim", layer->dim);
    bf_json_open(j, "runs", '[');
    for (size_t i = 0; i < layer->n_runs; i++) {
        const bf_part_run *run = &layer->runs[i];
        bf_json_open(j, NULL, '{');
        bf_json_boolean(j, "sums", run->sums);
        bf_json_integer(j, "first", run->first);
        bf_json_integer(j, "span", run->span);
        bf_json_integer(j, "n", run->n);
        write_place(j, &run->section);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
    bf_json_close(j, '}');
}

static void write_found(bf_json *j, const bf_featurize_report *found)
{
    char bits[8];
    bf_json_integer(j, "rows", found->n_rows);
    bf_json_integer(j, "skipped", found->n_bad);
    bf_json_integer(j, "alpha", found->n_alpha);
    bf_json_integer(j, "sixteen_bit", found->bitdepth.n);
    bf_json_integer(j, "grey", found->n_grey);
    bf_json_integer(j, "animated", found->n_animated);
    bf_json_integer(j, "stray_bytes", found->n_stray);
    bf_json_integer(j, "resynchronised", found->n_resync);
    bf_json_integer(j, "one_colour", found->n_flat);
    bf_json_integer(j, "largest_sample", found->bitdepth.largest);
    bf_json_open(j, "sample_bits", '{');
    for (size_t b = 0; b <= BF_SAMPLE_BITS; b++) {
        snprintf(bits, sizeof bits, "%zu", b);
        if (found->bitdepth.n_of[b] > 0)
            bf_json_integer(j, bits, found->bitdepth.n_of[b]);
    }
    bf_json_close(j, '}');
    bf_json_open(j, "skipped_names", '[');
    for (size_t i = 0; i < found->n_named; i++) {
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "name", found->names[i]);
        bf_json_string(j, "reason", found->reasons[i]);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void write_set(bf_json *j, const bf_part *part, const bf_part_set *set)
{
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "role", set->role);
    bf_json_string(j, "path", set->path);
    bf_json_string(j, "kind", set->kind);
    write_hex(j, "list", set->list);
    bf_json_integer(j, "count", set->count);
    bf_json_integer(j, "first", set->first);
    bf_json_integer(j, "last", set->last);
    bf_json_boolean(j, "own_stats", set->own_stats);
    bf_json_listing(j, &set->listing);
    if (set->labelled) {
        bf_json_boolean(j, "labels_broken", set->labels_broken);
        bf_json_string(j, "labels_note", set->labels_note);
        write_hex(j, "labels_sha256", set->labels_digest.sha256);
        write_section(j, "labels", &set->labels);
    }
    write_found(j, &set->found);
    write_section(j, "names", &set->names);
    write_section(j, "leaves", &set->leaves);
    bf_json_open(j, "layers", '[');
    for (size_t l = 0; l < set->n_layers; l++)
        write_layer(j, part, &set->layers[l]);
    bf_json_close(j, ']');
    bf_json_close(j, '}');
}

static void write_weights(bf_json *j, const char *key, const bf_part_weights *w)
{
    if (!w->known) {
        bf_json_string(j, key, NULL);
        return;
    }
    bf_json_open(j, key, '{');
    bf_json_string(j, "name", w->info.name);
    bf_json_string(j, "variant", bf_network_variant(w->info.net));
    bf_json_integer(j, "classes", w->info.n_classes);
    bf_json_string(j, "source", w->source);
    write_hex(j, "sha256", w->info.content_sha256);
    write_hex(j, "source_sha256", w->info.source_sha256);
    bf_json_string(j, "isa", w->isa);
    bf_json_open(j, "taps", '{');
    for (feat_tap t = 0; t < feat_net_n_taps(w->info.net); t++)
        bf_json_integer(j, feat_net_tap_name(w->info.net, t), w->dims[t]);
    bf_json_close(j, '}');
    bf_json_close(j, '}');
}

const char *bf_part_format(const bf_part *part, bf_json *j)
{
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "format", "bonafide part");
    bf_json_integer(j, "version", BF_PART_VERSION);
    bf_json_integer(j, "shard", part->shard);
    bf_json_integer(j, "shards", part->n_shards);
    bf_json_open(j, "command", '[');
    for (size_t i = 0; i < part->n_words; i++)
        bf_json_string(j, NULL, part->words[i]);
    bf_json_close(j, ']');
    write_section(j, "words", &part->text);
    bf_json_integer(j, "numerics", part->numerics);
    bf_json_string(j, "mode", part->mode);
    bf_json_integer(j, "pixels", part->pixels);
    write_weights(j, "weights", &part->weights);
    if (part->n_others > 0) {
        bf_json_open(j, "other_weights", '[');
        for (size_t i = 0; i < part->n_others; i++)
            write_weights(j, NULL, &part->others[i]);
        bf_json_close(j, ']');
    }
    bf_json_open(j, "sets", '[');
    for (size_t s = 0; s < part->n_sets; s++)
        write_set(j, part, &part->sets[s]);
    bf_json_close(j, ']');
    bf_json_close(j, '}');
    return bf_json_text(j);
}
