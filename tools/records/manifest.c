/* Filling a manifest in memory. Lack of memory is remembered and said once, when the record is used. */
#include "tools/records/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/options/weights_find.h"
#include "tools/records/merkle.h"

feat_status bf_manifest_create(bf_manifest **out, feat_error *err)
{
    struct timespec now = {0, 0};
    *out = feat_calloc(1, sizeof **out);
    if (*out == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to record the run");
    clock_gettime(CLOCK_MONOTONIC, &now);
    (*out)->started = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    return FEAT_OK;
}

static void release_set(bf_manifest_set *set)
{
    feat_free(set->role);
    feat_free(set->path);
    feat_free(set->kind);
    feat_free(set->taps);
    feat_free(set->leaves);
    feat_free(set->names);
    feat_free(set->sizes);
}

void bf_manifest_close(bf_manifest **manifest)
{
    if (manifest == NULL || *manifest == NULL)
        return;
    bf_manifest *m = *manifest;
    for (size_t i = 0; i < m->n_sets; i++)
        release_set(&m->sets[i]);
    for (size_t i = 0; i < m->n_settings; i++) {
        feat_free(m->settings[i].name);
        feat_free(m->settings[i].value);
    }
    for (size_t i = 0; i < m->n_values; i++)
        feat_free(m->values[i].key);
    for (size_t i = 0; i < m->n_others; i++) {
        feat_free(m->others[i].name);
        feat_free(m->others[i].variant);
        feat_free(m->others[i].source);
    }
    char *const texts[] = {m->version,      m->build,           m->mode,           m->command, m->verb,
                           m->weights_name, m->weights_variant, m->weights_source, m->isa};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        feat_free(texts[i]);
    feat_free(m);
    *manifest = NULL;
}

void bf_manifest_text(bf_manifest *m, char **to, const char *text)
{
    feat_free(*to);
    *to = text != NULL ? feat_strdup(text) : NULL;
    m->failed = m->failed || (text != NULL && *to == NULL);
}

bf_manifest_set *bf_manifest_add_set(bf_manifest *m, const char *role, const char *path, const char *kind)
{
    if (m->n_sets == BF_MAX_INPUTS)
        return NULL;
    bf_manifest_set *set = &m->sets[m->n_sets++];
    bf_manifest_text(m, &set->role, role);
    bf_manifest_text(m, &set->path, path);
    bf_manifest_text(m, &set->kind, kind);
    bf_manifest_text(m, &set->taps, "");
    return set;
}

/* Makes room for `more` elements of `size` bytes behind `used`. */
static bool grow(void **block, size_t *room, size_t used, size_t more, size_t size)
{
    if (more <= *room - used)
        return true;
    size_t wanted = *room * 2 + more + 64;
    void *fresh = wanted < SIZE_MAX / 4 / size ? feat_realloc(*block, wanted * size) : NULL;
    if (fresh == NULL)
        return false;
    *block = fresh;
    *room = wanted;
    return true;
}

void bf_manifest_add_leaf(bf_manifest *m, bf_manifest_set *set, const char *name, const bf_leaf *leaf)
{
    void *leaves = set->leaves, *names = set->names;
    size_t bytes = strlen(name) + 1;
    bool good = grow(&leaves, &set->leaf_room, set->n_leaves, 1, sizeof *set->leaves);
    set->leaves = leaves;
    good = grow(&names, &set->names_room, set->names_used, bytes, 1) && good;
    set->names = names;
    if (!good) {
        m->failed = true;
        return;
    }
    memcpy(set->names + set->names_used, name, bytes);
    set->leaves[set->n_leaves] = *leaf;
    set->leaves[set->n_leaves++].name_at = set->names_used;
    set->names_used += bytes;
}

const char *bf_leaf_name(const bf_manifest_set *set, size_t index)
{
    return set->names + set->leaves[index].name_at;
}

static void take_digests(bf_digest *weights, bf_digest *file, const feat_weights_info *info)
{
    static const unsigned char none[32] = {0};
    weights->known = true;
    memcpy(weights->sha256, info->content_sha256, sizeof weights->sha256);
    file->known = memcmp(info->source_sha256, none, sizeof none) != 0; /* synthetic weights have none */
    memcpy(file->sha256, info->source_sha256, sizeof file->sha256);
}

void bf_manifest_weights(bf_manifest *m, const feat_weights_info *info, const char *source)
{
    m->has_weights = true;
    bf_manifest_text(m, &m->weights_name, info->name);
    bf_manifest_text(m, &m->weights_variant, bf_network_variant(info->net));
    bf_manifest_text(m, &m->weights_source, source);
    take_digests(&m->weights, &m->weights_file, info);
}

void bf_manifest_other(bf_manifest *m, const feat_weights_info *info, const char *source)
{
    bf_manifest_network *other = &m->others[m->n_others++];
    bf_manifest_text(m, &other->name, info->name);
    bf_manifest_text(m, &other->variant, bf_network_variant(info->net));
    bf_manifest_text(m, &other->source, source);
    take_digests(&other->weights, &other->weights_file, info);
}

/* --- settings and results ------------------------------------------------------------------------- */

static void seal_text(char seal[BF_SEAL_BYTES], const char *text)
{
    bf_digest digest;
    char hex[65];
    bf_digest_bytes(&digest, text, strlen(text));
    feat_hex(hex, digest.sha256);
    memcpy(seal, hex, BF_SEAL_BYTES - 1);
    seal[BF_SEAL_BYTES - 1] = '\0';
}

void bf_seal_setting(char seal[BF_SEAL_BYTES], const char *name, const char *value)
{
    char text[512];
    snprintf(text, sizeof text, "option %.200s%s%.200s\n", name, value != NULL ? "=" : "",
             value != NULL ? value : "");
    seal_text(seal, text);
}

void bf_seal_command(char seal[BF_SEAL_BYTES], const char *command, const char *verb, size_t n_settings)
{
    char text[512];
    snprintf(text, sizeof text, "command %.200s %.200s %zu\n", command, verb != NULL ? verb : "", n_settings);
    seal_text(seal, text);
}

void bf_manifest_add_setting(bf_manifest *m, const char *name, const char *value)
{
    if (m->n_settings == BF_MAX_SETTINGS)
        return;
    bf_setting *setting = &m->settings[m->n_settings++];
    bf_manifest_text(m, &setting->name, name);
    bf_manifest_text(m, &setting->value, value);
    bf_seal_setting(setting->seal, name, value);
}

void bf_manifest_set_command(bf_manifest *m, const char *command, const char *verb)
{
    bf_manifest_text(m, &m->command, command);
    bf_manifest_text(m, &m->verb, verb);
    bf_seal_command(m->command_seal, command, verb, m->n_settings);
}

bf_manifest_value *bf_manifest_add_value(bf_manifest *m, const char *key, bf_value_type type)
{
    if (m->n_values == BF_MAX_VALUES)
        return NULL;
    bf_manifest_value *value = &m->values[m->n_values++];
    bf_manifest_text(m, &value->key, key);
    value->type = type;
    return value;
}

/* --- totals --------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const bf_size_count *x = a, *y = b;
    if (x->w != y->w)
        return x->w < y->w ? -1 : 1;
    return x->h < y->h ? -1 : x->h > y->h;
}

static int by_count(const void *a, const void *b)
{
    const bf_size_count *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return by_size(a, b);
}

/* The histogram: all sizes sorted, equal ones joined, the rarest dropped. */
static void count_sizes(bf_manifest *m, bf_manifest_set *set)
{
    size_t n = 0, distinct = 0;
    bf_size_count *all = feat_alloc_array(set->n_leaves, sizeof *all);
    feat_free(set->sizes);
    set->sizes = NULL;
    set->n_sizes = 0;
    if (all == NULL) {
        m->failed = true;
        return;
    }
    for (size_t i = 0; i < set->n_leaves; i++)
        if (set->leaves[i].pixels.known)
            all[n++] = (bf_size_count){set->leaves[i].w, set->leaves[i].h, 1};
    if (n > 1)
        qsort(all, n, sizeof *all, by_size);
    for (size_t i = 0; i < n; i++) {
        if (distinct > 0 && by_size(&all[distinct - 1], &all[i]) == 0)
            all[distinct - 1].n++;
        else
            all[distinct++] = all[i];
    }
    if (distinct > 1)
        qsort(all, distinct, sizeof *all, by_count);
    set->sizes = all;
    set->n_sizes = distinct < BF_MAX_SIZES ? distinct : BF_MAX_SIZES;
}

static void total_set(bf_manifest *m, bf_manifest_set *set)
{
    static const unsigned char nothing[32] = {0};
    bf_merkle tree;
    feat_sha256 pixels, features;
    bool all_hashed = true, any_pixels = false;
    bf_merkle_init(&tree);
    feat_sha256_init(&pixels);
    feat_sha256_init(&features);
    set->n_items = set->n_leaves;
    set->n_skipped = 0;
    for (size_t i = 0; i < set->n_leaves; i++) {
        const bf_leaf *leaf = &set->leaves[i];
        set->n_skipped += leaf->skipped;
        all_hashed = all_hashed && (leaf->file.known || leaf->skipped);
        bf_merkle_add(&tree, bf_leaf_name(set, i), leaf->file.known ? leaf->file.sha256 : nothing);
        if (leaf->pixels.known)
            feat_sha256_update(&pixels, leaf->pixels.sha256, 32);
        if (leaf->features.known)
            feat_sha256_update(&features, leaf->features.sha256, 32);
        any_pixels = any_pixels || leaf->pixels.known;
    }
    bf_merkle_root(&tree, set->root.sha256);
    set->root.known = all_hashed;
    feat_sha256_final(&pixels, set->pixels.sha256);
    feat_sha256_final(&features, set->features.sha256);
    set->pixels.known = set->features.known = any_pixels;
    count_sizes(m, set);
}

void bf_manifest_total(bf_manifest *m)
{
    for (size_t i = 0; i < m->n_sets; i++)
        total_set(m, &m->sets[i]);
}
