/* Reading a part: nothing in it is believed before sizes, places and checksums agree. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "metrics/gmet.h"
#include "tools/base/files.h"
#include "tools/options/numerics.h"
#include "tools/options/weights_find.h"
#include "tools/records/listing_json.h"
#include "tools/records/part.h"

static const char again[] = "run its shard again";

typedef struct reader {
    bf_part *part;
    const bf_jsonread *json;
    feat_error *err;
} reader;

/* --- values ------------------------------------------------------------------------------------------ */

static feat_status read_size(const reader *r, size_t object, const char *key, uint64_t most, size_t *out)
{
    uint64_t number = 0;
    feat_status status = bf_jsonread_integer(r->json, object, key, &number, r->err);
    if (status == FEAT_OK && number > most)
        return bf_jsonread_fail(r->json, bf_jsonread_find(r->json, object, key), r->err,
                                "at most %llu expected, %llu found", (unsigned long long)most,
                                (unsigned long long)number);
    *out = (size_t)number;
    return status;
}

/* n bytes, the most significant digit first. */
static feat_status read_hex(const reader *r, size_t object, const char *key, unsigned char *out, size_t n)
{
    const char *text = NULL;
    feat_status status = bf_jsonread_string(r->json, object, key, &text, r->err);
    if (status != FEAT_OK)
        return status;
    return bf_hex_read(out, text, n)
                ? FEAT_OK
                : bf_jsonread_fail(r->json, bf_jsonread_find(r->json, object, key), r->err,
                                   "%zu hexadecimal digits expected, '%.70s' found", 2 * n, text);
}

static feat_status read_section_of(const reader *r, size_t node, bf_part_section *out)
{
    unsigned char hash[8];
    size_t at = 0, bytes = 0;
    feat_status status = read_size(r, node, "at", r->part->map_bytes, &at);
    if (status == FEAT_OK)
        status = read_size(r, node, "bytes", r->part->map_bytes - at, &bytes);
    if (status == FEAT_OK)
        status = read_hex(r, node, "xxh64", hash, sizeof hash);
    if (status != FEAT_OK)
        return status;
    *out = (bf_part_section){.at = at, .bytes = bytes};
    for (size_t i = 0; i < sizeof hash; i++)
        out->hash = out->hash << 8 | hash[i];
    if (at % 64 != 0 || feat_hash64(r->part->map + at, bytes) != out->hash)
        return feat_fail(r->err, FEAT_ERR_CHECKSUM, "%s: damaged: bytes %zu to %zu have another checksum; %s",
                         r->part->path, at, at + bytes, again);
    return FEAT_OK;
}

static feat_status read_section(const reader *r, size_t object, const char *key, bf_part_section *out)
{
    size_t node = 0;
    feat_status status = bf_jsonread_object(r->json, object, key, &node, r->err);
    return status == FEAT_OK ? read_section_of(r, node, out) : status;
}

static feat_status copy_text(const reader *r, size_t object, const char *key, char *out, size_t room)
{
    const char *text = NULL;
    feat_status status = bf_jsonread_string(r->json, object, key, &text, r->err);
    if (status == FEAT_OK)
        snprintf(out, room, "%s", text);
    return status;
}

/* --- sets --------------------------------------------------------------------------------------------- */

static feat_status misfit(const reader *r, size_t node, const char *what)
{
    return bf_jsonread_fail(r->json, node, r->err, "%s; %s", what, again);
}

static feat_status read_run(const reader *r, const bf_part_set *set, const bf_part_layer *layer, size_t node,
                            bf_part_run *run)
{
    size_t row = 0, bytes = 0;
    feat_status status = bf_jsonread_need_object(r->json, node, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_boolean(r->json, node, "sums", &run->sums, r->err);
    if (status == FEAT_OK)
        status = read_size(r, node, "first", set->last, &run->first);
    if (status == FEAT_OK)
        status = read_size(r, node, "span", set->last - run->first, &run->span);
    if (status == FEAT_OK)
        status = read_size(r, node, "n", run->span, &run->n);
    if (status == FEAT_OK)
        status = read_section_of(r, node, &run->section);
    if (status != FEAT_OK)
        return status;
    bool fits = run->sums ? feat_mul_size(gmet_moments_sums(layer->dim), sizeof(double), &bytes)
                          : feat_mul_size(layer->dim, sizeof(float), &row) && feat_mul_size(row, run->n, &bytes);
    return fits && bytes == run->section.bytes ? FEAT_OK : misfit(r, node, "its size is not that of its rows");
}

/* The stretches of a layer follow each other and cover the share. */
static feat_status read_layer(const reader *r, bf_part_set *set, size_t node)
{
    char tap[24] = "";
    size_t list = 0, at = set->first, n_rows = 0, network = 0;
    feat_status status = bf_jsonread_need_object(r->json, node, r->err);
    if (status == FEAT_OK && set->n_layers == sizeof set->layers / sizeof set->layers[0])
        return misfit(r, node, "more layers than there are");
    bf_part_layer *layer = &set->layers[set->n_layers];
    if (status == FEAT_OK)
        status = copy_text(r, node, "tap", tap, sizeof tap);
    if (status == FEAT_OK && bf_jsonread_find(r->json, node, "network") != BF_JSON_NONE)
        status = read_size(r, node, "network", r->part->n_others, &network);
    if (status == FEAT_OK)
        status = read_size(r, node, "dim", 1 << 16, &layer->dim);
    if (status == FEAT_OK)
        status = bf_jsonread_array(r->json, node, "runs", &list, r->err);
    if (status != FEAT_OK)
        return status;
    feat_tap own = feat_net_find_tap(bf_part_net(bf_part_weights_of(r->part, network)), tap);
    layer->tap = own != FEAT_NO_TAP ? (feat_tap)(network * FEAT_MAX_TAPS) + own : FEAT_NO_TAP;
    if (layer->tap == FEAT_NO_TAP || bf_part_find_layer(set, layer->tap) != NULL || layer->dim == 0)
        return misfit(r, node, "not a layer, or one that is there twice");
    set->n_layers++;
    for (size_t item = bf_jsonread_first(r->json, list); item != BF_JSON_NONE && status == FEAT_OK;
         item = bf_jsonread_next(r->json, list, item)) {
        bf_part_run *run = bf_part_add_run(layer);
        if (run == NULL)
            return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory to read it", r->part->path);
        status = read_run(r, set, layer, item, run);
        if (status == FEAT_OK && run->first != at)
            return misfit(r, item, "a gap before it");
        at += run->span;
        n_rows += run->n;
    }
    if (status == FEAT_OK && (at != set->last || n_rows != set->found.n_rows))
        return misfit(r, node, "it does not cover the shard's images");
    return status;
}

static feat_status read_skipped(const reader *r, size_t object, bf_featurize_report *found)
{
    size_t list = 0;
    feat_status status = bf_jsonread_array(r->json, object, "skipped_names", &list, r->err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(r->json, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK && found->n_named < BF_MAX_NAMED;
         item = bf_jsonread_next(r->json, list, item)) {
        size_t k = found->n_named++;
        status = bf_jsonread_need_object(r->json, item, r->err);
        if (status == FEAT_OK)
            status = copy_text(r, item, "name", found->names[k], BF_NAMED_BYTES);
        if (status == FEAT_OK)
            status = copy_text(r, item, "reason", found->reasons[k], BF_NAMED_BYTES);
    }
    return status;
}

/* Counts of images by the bits of their largest sample; parts of older builds have none. */
static feat_status read_bits(const reader *r, size_t object, bf_bitdepth *to)
{
    size_t node = 0, n = 0;
    char key[8];
    if (bf_jsonread_find(r->json, object, "sample_bits") == BF_JSON_NONE)
        return FEAT_OK;
    feat_status status = bf_jsonread_object(r->json, object, "sample_bits", &node, r->err);
    for (size_t b = 0; b <= BF_SAMPLE_BITS && status == FEAT_OK; b++) {
        snprintf(key, sizeof key, "%zu", b);
        if (bf_jsonread_find(r->json, node, key) != BF_JSON_NONE)
            status = read_size(r, node, key, to->n, &to->n_of[b]);
        n += to->n_of[b];
    }
    return status == FEAT_OK && n != to->n ? misfit(r, node, "samples and 16-bit images do not agree") : status;
}

static feat_status read_found(const reader *r, size_t object, size_t most, bf_featurize_report *found)
{
    const struct {
        const char *key;
        size_t *to;
    } counts[] = {{"rows", &found->n_rows},          {"skipped", &found->n_bad},
                  {"alpha", &found->n_alpha},        {"sixteen_bit", &found->bitdepth.n},
                  {"grey", &found->n_grey},          {"animated", &found->n_animated},
                  {"stray_bytes", &found->n_stray},  {"resynchronised", &found->n_resync},
                  {"one_colour", &found->n_flat}};
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && status == FEAT_OK; i++)
        status = read_size(r, object, counts[i].key, most, counts[i].to);
    if (status == FEAT_OK)
        status = read_size(r, object, "largest_sample", UINT16_MAX, &found->bitdepth.largest);
    if (status == FEAT_OK)
        status = read_bits(r, object, &found->bitdepth);
    return status == FEAT_OK ? read_skipped(r, object, found) : status;
}

static bool has_names(const bf_part *part, const bf_part_section *names, size_t n)
{
    const char *text = bf_part_data(part, names);
    size_t zeros = 0;
    for (size_t i = 0; i < names->bytes; i++)
        zeros += text[i] == '\0';
    return zeros == n && (n == 0 || text[names->bytes - 1] == '\0');
}

/* As many rows as images that are not marked as skipped: the marks say which row is of which image. */
static bool leaves_agree(const bf_part *part, const bf_part_set *set)
{
    const bf_part_leaf *leaf = bf_part_data(part, &set->leaves);
    size_t n = set->last - set->first, n_rows = 0;
    if (set->leaves.bytes / sizeof *leaf != n || set->leaves.bytes % sizeof *leaf != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        n_rows += (leaf[i].marks & BF_PART_SKIPPED) == 0;
    return n_rows == set->found.n_rows && set->found.n_bad == n - n_rows;
}

static feat_status read_labels(const reader *r, bf_part_set *set, size_t node)
{
    set->labelled = set->labels_digest.known = true;
    feat_status status = bf_jsonread_boolean(r->json, node, "labels_broken", &set->labels_broken, r->err);
    if (status == FEAT_OK)
        status = copy_text(r, node, "labels_note", set->labels_note, sizeof set->labels_note);
    if (status == FEAT_OK)
        status = read_hex(r, node, "labels_sha256", set->labels_digest.sha256, sizeof set->labels_digest.sha256);
    if (status == FEAT_OK)
        status = read_section(r, node, "labels", &set->labels);
    if (status == FEAT_OK && !has_names(r->part, &set->labels, set->labels_broken ? 0 : set->last - set->first))
        status = misfit(r, node, "labels and images do not agree");
    return status;
}

static feat_status read_images(const reader *r, bf_part_set *set, size_t node)
{
    size_t list = 0;
    feat_status status = read_size(r, node, "last", set->count, &set->last);
    if (status == FEAT_OK)
        status = read_size(r, node, "first", set->last, &set->first);
    if (status == FEAT_OK)
        status = bf_jsonread_boolean(r->json, node, "own_stats", &set->own_stats, r->err);
    if (status == FEAT_OK)
        status = read_found(r, node, set->last - set->first, &set->found);
    if (status == FEAT_OK)
        status = read_section(r, node, "names", &set->names);
    if (status == FEAT_OK)
        status = read_section(r, node, "leaves", &set->leaves);
    if (status == FEAT_OK)
        status = bf_jsonread_listing(r->json, node, &set->listing, r->err);
    if (status == FEAT_OK && bf_jsonread_find(r->json, node, "labels") != BF_JSON_NONE)
        status = read_labels(r, set, node);
    if (status == FEAT_OK && (!has_names(r->part, &set->names, set->last - set->first) ||
                              !leaves_agree(r->part, set)))
        status = misfit(r, node, "names and images do not agree");
    if (status == FEAT_OK)
        status = bf_jsonread_array(r->json, node, "layers", &list, r->err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(r->json, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK; item = bf_jsonread_next(r->json, list, item))
        status = read_layer(r, set, item);
    return status;
}

static feat_status read_set(const reader *r, size_t node)
{
    feat_status status = bf_jsonread_need_object(r->json, node, r->err);
    if (status == FEAT_OK && r->part->n_sets == BF_MAX_INPUTS)
        return misfit(r, node, "more sets than a command has");
    if (status != FEAT_OK)
        return status;
    bf_part_set *set = &r->part->sets[r->part->n_sets++];
    status = bf_jsonread_string(r->json, node, "role", &set->role, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, node, "path", &set->path, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, node, "kind", &set->kind, r->err);
    if (status == FEAT_OK)
        status = read_hex(r, node, "list", set->list, sizeof set->list);
    if (status == FEAT_OK)
        status = read_size(r, node, "count", SIZE_MAX / 4096, &set->count);
    if (status == FEAT_OK && strcmp(set->kind, "images") == 0)
        status = read_images(r, set, node);
    return status;
}

/* --- the whole ----------------------------------------------------------------------------------------- */

static feat_status read_weights_of(const reader *r, size_t node, bf_part_weights *w)
{
    size_t taps = 0;
    const char *variant = NULL;
    w->known = true;
    feat_status status = bf_jsonread_need_object(r->json, node, r->err);
    if (status == FEAT_OK)
        status = copy_text(r, node, "name", w->info.name, sizeof w->info.name);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, node, "variant", &variant, r->err);
    if (status == FEAT_OK)
        status = bf_network_parse(&w->info.net, variant, r->err);
    if (status == FEAT_OK)
        status = read_size(r, node, "classes", 1 << 16, &w->info.n_classes);
    if (status == FEAT_OK)
        status = copy_text(r, node, "source", w->source, sizeof w->source);
    if (status == FEAT_OK)
        status = read_hex(r, node, "sha256", w->info.content_sha256, 32);
    if (status == FEAT_OK)
        status = read_hex(r, node, "source_sha256", w->info.source_sha256, 32);
    if (status == FEAT_OK)
        status = copy_text(r, node, "isa", w->isa, sizeof w->isa);
    if (status == FEAT_OK)
        status = bf_jsonread_object(r->json, node, "taps", &taps, r->err);
    for (feat_tap t = 0; status == FEAT_OK && t < feat_net_n_taps(w->info.net); t++)
        status = read_size(r, taps, feat_net_tap_name(w->info.net, t), 1 << 16, &w->dims[t]);
    return status;
}

static feat_status read_weights(const reader *r)
{
    bf_part *part = r->part;
    size_t node = bf_jsonread_find(r->json, 0, "weights"), list = 0;
    if (node != BF_JSON_NONE && bf_jsonread_is_null(r->json, node))
        return FEAT_OK;
    feat_status status = bf_jsonread_object(r->json, 0, "weights", &node, r->err);
    if (status == FEAT_OK)
        status = read_weights_of(r, node, &part->weights);
    if (status != FEAT_OK || bf_jsonread_find(r->json, 0, "other_weights") == BF_JSON_NONE)
        return status;
    status = bf_jsonread_array(r->json, 0, "other_weights", &list, r->err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(r->json, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK; item = bf_jsonread_next(r->json, list, item)) {
        if (part->n_others == BF_MAX_NETWORKS - 1)
            return misfit(r, item, "more networks than there can be");
        status = read_weights_of(r, item, &part->others[part->n_others++]);
    }
    return status;
}

static feat_status read_words(const reader *r)
{
    bf_part *part = r->part;
    feat_status status = read_section(r, 0, "words", &part->text);
    const char *text = bf_part_data(part, &part->text);
    if (status == FEAT_OK && (part->text.bytes == 0 || text[part->text.bytes - 1] != '\0'))
        return misfit(r, 0, "it does not say which command it is of");
    for (size_t at = 0; status == FEAT_OK && at < part->text.bytes; at += strlen(text + at) + 1) {
        if (part->n_words == BF_PART_MAX_WORDS)
            return misfit(r, 0, "its command has too many words");
        part->words[part->n_words++] = text + at;
    }
    return status;
}

static feat_status read_text(const reader *r)
{
    const char *format = NULL;
    size_t version = 0, list = 0;
    bf_part *part = r->part;
    feat_status status = bf_jsonread_string(r->json, 0, "format", &format, r->err);
    if (status == FEAT_OK)
        status = read_size(r, 0, "version", SIZE_MAX, &version);
    if (status == FEAT_OK && (strcmp(format, "bonafide part") != 0 || version != BF_PART_VERSION))
        return feat_fail(r->err, FEAT_ERR_VERSION,
                         "%s: version %zu of partial results, this build reads version %d; %s", part->path, version,
                         BF_PART_VERSION, again);
    if (status == FEAT_OK)
        status = read_size(r, 0, "shards", BF_PART_MAX_SHARDS, &part->n_shards);
    if (status == FEAT_OK)
        status = read_size(r, 0, "shard", part->n_shards, &part->shard);
    if (status == FEAT_OK && part->shard == 0)
        return misfit(r, 0, "shards are counted from 1 on");
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, 0, "numerics", &part->numerics, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, 0, "mode", &part->mode, r->err);
    if (status == FEAT_OK)
        status = bf_numerics_check(part->mode, part->path, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, 0, "pixels", &part->pixels, r->err);
    if (status == FEAT_OK)
        status = read_words(r);
    if (status == FEAT_OK)
        status = read_weights(r);
    if (status == FEAT_OK)
        status = bf_jsonread_array(r->json, 0, "sets", &list, r->err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(r->json, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK; item = bf_jsonread_next(r->json, list, item))
        status = read_set(r, item);
    return status;
}

static feat_status check_head(const bf_part *part, bf_part_head *head, feat_error *err)
{
    if (part->map_bytes < sizeof *head)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated: at least %zu bytes expected, %zu found; %s",
                         part->path, sizeof *head, part->map_bytes, again);
    memcpy(head, part->map, sizeof *head);
    if (memcmp(head->magic, BF_PART_MAGIC, sizeof head->magic) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: not a partial result; a file that --shard wrote expected",
                         part->path);
    if (feat_hash64(head, offsetof(bf_part_head, hash)) != head->hash)
        return feat_fail(err, FEAT_ERR_CHECKSUM, "%s: damaged: its first %zu bytes have another checksum; %s",
                         part->path, sizeof *head, again);
    if (head->bytes != part->map_bytes)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated: %llu bytes expected, %zu found; %s", part->path,
                         (unsigned long long)head->bytes, part->map_bytes, again);
    if (head->text_at > head->bytes || head->text_bytes > head->bytes - head->text_at ||
        feat_hash64(part->map + head->text_at, head->text_bytes) != head->text_hash)
        return feat_fail(err, FEAT_ERR_CHECKSUM, "%s: damaged: its description has another checksum; %s",
                         part->path, again);
    return FEAT_OK;
}

static feat_status map_file(bf_part *part, feat_error *err)
{
    int fd = -1;
    uint64_t bytes = 0;
    feat_status status = bf_file_open(&fd, &bytes, part->path, err);
    if (status == FEAT_OK && bytes == 0)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated: the file is empty; %s", part->path, again);
    if (status == FEAT_OK) {
        void *map = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
            status = feat_fail(err, FEAT_ERR_IO, "%s: cannot map: %s", part->path, strerror(errno));
        else {
            bf_file_catch_faults();
            part->map = map;
            part->map_bytes = (size_t)bytes;
        }
    }
    bf_file_close(&fd);
    return status;
}

feat_status bf_part_open(bf_part **out, const char *path, feat_error *err)
{
    bf_part_head head;
    bf_part *part = feat_calloc(1, sizeof *part);
    *out = NULL;
    if (part == NULL || (part->path = feat_strdup(path)) == NULL) {
        feat_free(part);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", path);
    }
    reader r = {part, NULL, err};
    feat_status status = map_file(part, err);
    if (status == FEAT_OK)
        status = check_head(part, &head, err);
    if (status == FEAT_OK)
        status = bf_jsonread_text(&part->json, path, (const char *)part->map + head.text_at,
                                  (size_t)head.text_bytes, err);
    r.json = part->json;
    if (status == FEAT_OK)
        status = read_text(&r);
    if (status != FEAT_OK)
        bf_part_close(&part);
    *out = part;
    return status;
}

void bf_part_close(bf_part **part)
{
    if (part == NULL || *part == NULL)
        return;
    bf_part *p = *part;
    bf_part_release(p);
    bf_jsonread_close(&p->json);
    if (p->map != NULL) {
        union {
            const unsigned char *read;
            void *unmap;
        } map = {p->map};
        munmap(map.unmap, p->map_bytes);
    }
    feat_free(p->path);
    feat_free(p);
    *part = NULL;
}
