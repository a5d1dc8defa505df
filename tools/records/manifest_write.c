/* A manifest as JSON, and the files it goes to. */
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/formats/json_write.h"
#include "tools/images/image.h"
#include "tools/options/weights_find.h"
#include "tools/records/listing_json.h"
#include "tools/records/manifest.h"

enum { MAX_SKIPPED_NAMES = 100 };

static void put_digest(bf_json *j, const char *key, const bf_digest *digest)
{
    char hex[65];
    if (digest->known)
        feat_hex(hex, digest->sha256);
    bf_json_string(j, key, digest->known ? hex : NULL);
}

static void put_settings(bf_json *j, const bf_manifest *m)
{
    bf_json_open(j, "command", '{');
    bf_json_string(j, "name", m->command);
    bf_json_string(j, "verb", m->verb);
    bf_json_string(j, "seal", m->command_seal);
    bf_json_close(j, '}');
    bf_json_open(j, "options", '[');
    for (size_t i = 0; i < m->n_settings; i++) {
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "name", m->settings[i].name);
        bf_json_string(j, "value", m->settings[i].value);
        bf_json_string(j, "seal", m->settings[i].seal);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void put_weights(bf_json *j, const bf_manifest *m)
{
    if (!m->has_weights) {
        bf_json_string(j, "weights", NULL);
        return;
    }
    bf_json_open(j, "weights", '{');
    bf_json_string(j, "name", m->weights_name);
    bf_json_string(j, "network", bf_network_name(m->weights_variant));
    bf_json_string(j, "variant", m->weights_variant);
    bf_json_string(j, "source", m->weights_source);
    put_digest(j, "sha256", &m->weights);
    put_digest(j, "source_sha256", &m->weights_file);
    bf_json_close(j, '}');
    if (m->n_others == 0)
        return;
    bf_json_open(j, "other_weights", '[');
    for (size_t i = 0; i < m->n_others; i++) {
        const bf_manifest_network *other = &m->others[i];
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "name", other->name);
        bf_json_string(j, "network", bf_network_name(other->variant));
        bf_json_string(j, "variant", other->variant);
        bf_json_string(j, "source", other->source);
        put_digest(j, "sha256", &other->weights);
        put_digest(j, "source_sha256", &other->weights_file);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

/* A path that JSON text may not hold exactly (it need not be UTF-8) is there a second time, as bytes. */
static void put_path(bf_json *j, const char *path)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = strlen(path);
    bool plain = true;
    bf_json_string(j, "path", path);
    for (size_t i = 0; i < n; i++)
        plain = plain && (unsigned char)path[i] < 0x80;
    if (plain)
        return;
    char *hex = feat_alloc(2 * n + 1);
    if (hex == NULL) {
        j->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = digits[(unsigned char)path[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)path[i] & 15];
    }
    hex[2 * n] = '\0';
    bf_json_string(j, "path_hex", hex);
    feat_free(hex);
}

static void put_skipped(bf_json *j, const bf_manifest_set *set)
{
    size_t named = 0;
    bf_json_integer(j, "skipped", set->n_skipped);
    bf_json_open(j, "skipped_names", '[');
    for (size_t i = 0; i < set->n_leaves && named < MAX_SKIPPED_NAMES; i++) {
        if (!set->leaves[i].skipped)
            continue;
        bf_json_string(j, NULL, bf_leaf_name(set, i));
        named++;
    }
    bf_json_close(j, ']');
}

static void put_set(bf_json *j, const bf_manifest_set *set)
{
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "role", set->role);
    put_path(j, set->path);
    bf_json_string(j, "kind", set->kind);
    bf_json_integer(j, "n", set->n);
    bf_json_integer(j, "items", set->n_items);
    put_skipped(j, set);
    bf_json_listing(j, &set->listing);
    if (set->labels.known)
        put_digest(j, "labels_sha256", &set->labels);
    put_digest(j, "merkle_root", &set->root);
    bf_json_open(j, "sizes", '[');
    for (size_t i = 0; i < set->n_sizes; i++) {
        bf_json_open(j, NULL, '{');
        bf_json_integer(j, "width", set->sizes[i].w);
        bf_json_integer(j, "height", set->sizes[i].h);
        bf_json_integer(j, "count", set->sizes[i].n);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
    bf_json_string(j, "taps", set->taps);
    put_digest(j, "pixels_sha256", &set->pixels);
    put_digest(j, "features_sha256", &set->features);
    put_digest(j, "mu_sha256", &set->mu);
    put_digest(j, "sigma_sha256", &set->sigma);
    bf_json_close(j, '}');
}

static void put_values(bf_json *j, const bf_manifest *m)
{
    bf_json_open(j, "results", '[');
    for (size_t i = 0; i < m->n_values; i++) {
        const bf_manifest_value *v = &m->values[i];
        char hex[40];
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "key", v->key);
        if (v->type == BF_TYPE_NUMBER) {
            snprintf(hex, sizeof hex, "%a", v->number);
            bf_json_number(j, "decimal", v->number);
            bf_json_string(j, "hex", hex);
        } else if (v->type == BF_TYPE_INTEGER) {
            bf_json_integer(j, "integer", v->integer);
        } else {
            bf_json_boolean(j, "boolean", v->integer != 0);
        }
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void put_informational(bf_json *j, const bf_manifest *m)
{
    bf_json_open(j, "informational", '{');
    bf_json_string(j, "isa", m->isa);
    bf_json_integer(j, "threads", m->threads);
    bf_json_integer(j, "batch", m->batch);
    bf_json_integer(j, "images_from_cache", m->n_cached);
    bf_json_number(j, "seconds", m->seconds);
    bf_json_integer(j, "peak_memory_bytes", m->peak_bytes);
    bf_json_close(j, '}');
}

static void put_all(bf_json *j, const bf_manifest *m, const char *leaves)
{
    bf_digest digest;
    bf_digest_bytes(&digest, leaves, strlen(leaves));
    bf_json_open(j, NULL, '{');
    bf_json_integer(j, "bonafide_manifest", BF_MANIFEST_VERSION);
    bf_json_open(j, "tool", '{');
    bf_json_string(j, "name", "bonafide");
    bf_json_string(j, "version", m->version);
    bf_json_string(j, "build", m->build);
    bf_json_close(j, '}');
    bf_json_open(j, "pixels", '{');
    bf_json_integer(j, "version", m->pixels);
    bf_json_string(j, "as", BF_PIXELS_AS);
    bf_json_close(j, '}');
    bf_json_open(j, "numerics", '{');
    bf_json_integer(j, "version", m->numerics);
    bf_json_string(j, "mode", m->mode);
    bf_json_close(j, '}');
    put_settings(j, m);
    put_weights(j, m);
    bf_json_open(j, "sets", '[');
    for (size_t i = 0; i < m->n_sets; i++)
        put_set(j, &m->sets[i]);
    bf_json_close(j, ']');
    bf_json_open(j, "leaves", '{');
    bf_json_integer(j, "bytes", strlen(leaves));
    put_digest(j, "sha256", &digest);
    bf_json_close(j, '}');
    put_values(j, m);
    put_informational(j, m);
    bf_json_close(j, '}');
}

feat_status bf_manifest_format(const bf_manifest *m, char **json, char **leaves, feat_error *err)
{
    bf_json j = {0};
    *json = *leaves = NULL;
    if (m->failed)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to record the run");
    feat_status status = bf_leaves_format(m, leaves, err);
    if (status != FEAT_OK)
        return status;
    put_all(&j, m, *leaves);
    if (bf_json_text(&j) != NULL) {
        *json = j.text; /* from feat_realloc: the caller's now */
        return FEAT_OK;
    }
    bf_json_free(&j);
    feat_free(*leaves);
    *leaves = NULL;
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory to write the manifest");
}

char *bf_leaves_path(const char *path)
{
    static const char ending[] = ".leaves";
    size_t n = strlen(path);
    char *name = feat_alloc(n + sizeof ending);
    if (name == NULL)
        return NULL;
    memcpy(name, path, n);
    memcpy(name + n, ending, sizeof ending);
    return name;
}

feat_status bf_manifest_write(const bf_manifest *m, const char *path, feat_error *err)
{
    char *json, *leaves, *sidecar = NULL;
    feat_status status = bf_manifest_format(m, &json, &leaves, err);
    if (status != FEAT_OK)
        return status;
    sidecar = bf_leaves_path(path);
    if (sidecar == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write the manifest", path);
    if (status == FEAT_OK)
        status = bf_file_write(sidecar, leaves, strlen(leaves), err);
    if (status == FEAT_OK)
        status = bf_file_write(path, json, strlen(json), err);
    feat_free(sidecar);
    feat_free(leaves);
    feat_free(json);
    return status;
}
