/* A manifest from its JSON and its sidecar. Nothing in them is trusted: everything has a type and a limit. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/formats/json_read.h"
#include "tools/records/listing_json.h"
#include "tools/records/manifest.h"

/* About ten million images. */
static const size_t MAX_LEAVES_BYTES = (size_t)3 << 30;

typedef struct reader {
    const char *path; /* of the manifest */
    bf_jsonread *json;
    bf_manifest *m;
    feat_error *err;
} reader;

/* --- pieces --------------------------------------------------------------------------------------- */

static feat_status get_text(const reader *r, size_t object, const char *key, char **to)
{
    const char *text;
    feat_status status = bf_jsonread_string(r->json, object, key, &text, r->err);
    if (status == FEAT_OK)
        bf_manifest_text(r->m, to, text);
    return status;
}

/* A SHA-256 or null. */
static feat_status get_digest(const reader *r, size_t object, const char *key, bf_digest *digest)
{
    const char *text;
    feat_status status = bf_jsonread_nullable(r->json, object, key, &text, r->err);
    digest->known = false;
    if (status != FEAT_OK || text == NULL)
        return status;
    if (!bf_hex_read(digest->sha256, text, sizeof digest->sha256))
        return bf_jsonread_fail(r->json, bf_jsonread_find(r->json, object, key), r->err,
                                "expected a SHA-256 of 64 hexadecimal digits, found '%.70s'", text);
    digest->known = true;
    return FEAT_OK;
}

static feat_status get_seal(const reader *r, size_t object, char seal[BF_SEAL_BYTES])
{
    const char *text;
    feat_status status = bf_jsonread_string(r->json, object, "seal", &text, r->err);
    if (status != FEAT_OK)
        return status;
    if (strlen(text) != BF_SEAL_BYTES - 1)
        return bf_jsonread_fail(r->json, bf_jsonread_find(r->json, object, "seal"), r->err,
                                "expected %d digits, found '%.70s'", BF_SEAL_BYTES - 1, text);
    memcpy(seal, text, BF_SEAL_BYTES);
    return FEAT_OK;
}

/* --- sections ------------------------------------------------------------------------------------- */

static feat_status read_version(const reader *r)
{
    uint64_t version = 0;
    if (bf_jsonread_find(r->json, 0, "bonafide_manifest") == BF_JSON_NONE)
        return bf_jsonread_fail(r->json, 0, r->err,
                                "not a manifest of bonafide ('bonafide_manifest' is missing)");
    feat_status status = bf_jsonread_integer(r->json, 0, "bonafide_manifest", &version, r->err);
    if (status == FEAT_OK && version != BF_MANIFEST_VERSION)
        return feat_fail(r->err, FEAT_ERR_VERSION, "%s: manifest version %llu, this program reads version %d%s",
                         r->path, (unsigned long long)version, BF_MANIFEST_VERSION,
                         version > BF_MANIFEST_VERSION ? ": use a newer bonafide" : "");
    return status;
}

static feat_status read_tool(const reader *r)
{
    size_t node;
    feat_status status = bf_jsonread_object(r->json, 0, "tool", &node, r->err);
    if (status == FEAT_OK)
        status = get_text(r, node, "version", &r->m->version);
    if (status == FEAT_OK)
        status = get_text(r, node, "build", &r->m->build);
    if (status == FEAT_OK && bf_jsonread_find(r->json, 0, "pixels") != BF_JSON_NONE) {
        status = bf_jsonread_object(r->json, 0, "pixels", &node, r->err);
        if (status == FEAT_OK)
            status = bf_jsonread_integer(r->json, node, "version", &r->m->pixels, r->err);
    }
    if (status == FEAT_OK)
        status = bf_jsonread_object(r->json, 0, "numerics", &node, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, node, "version", &r->m->numerics, r->err);
    if (status == FEAT_OK)
        status = get_text(r, node, "mode", &r->m->mode);
    return status;
}

static feat_status read_setting(const reader *r, size_t item)
{
    const char *name, *value;
    char seal[BF_SEAL_BYTES];
    feat_status status = bf_jsonread_need_object(r->json, item, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, item, "name", &name, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_nullable(r->json, item, "value", &value, r->err);
    if (status == FEAT_OK)
        status = get_seal(r, item, seal);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < r->m->n_settings; i++)
        if (r->m->settings[i].name != NULL && strcmp(r->m->settings[i].name, name) == 0)
            return bf_jsonread_fail(r->json, item, r->err, "option '%.60s' is there twice", name);
    bf_manifest_add_setting(r->m, name, value);
    memcpy(r->m->settings[r->m->n_settings - 1].seal, seal, sizeof seal);
    return FEAT_OK;
}

static feat_status read_settings(const reader *r)
{
    size_t list, node;
    const char *name, *verb;
    char seal[BF_SEAL_BYTES];
    feat_status status = bf_jsonread_array(r->json, 0, "options", &list, r->err);
    if (status == FEAT_OK && bf_jsonread_size(r->json, list) > BF_MAX_SETTINGS)
        return bf_jsonread_fail(r->json, list, r->err, "more than %d options", BF_MAX_SETTINGS);
    if (status != FEAT_OK)
        return status;
    for (size_t item = bf_jsonread_first(r->json, list); item != BF_JSON_NONE && status == FEAT_OK;
         item = bf_jsonread_next(r->json, list, item))
        status = read_setting(r, item);
    if (status == FEAT_OK)
        status = bf_jsonread_object(r->json, 0, "command", &node, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, node, "name", &name, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_nullable(r->json, node, "verb", &verb, r->err);
    if (status == FEAT_OK)
        status = get_seal(r, node, seal);
    if (status != FEAT_OK)
        return status;
    bf_manifest_set_command(r->m, name, verb);
    memcpy(r->m->command_seal, seal, sizeof seal);
    return FEAT_OK;
}

static feat_status read_network(const reader *r, size_t node, bf_manifest_network *to)
{
    feat_status status = get_text(r, node, "name", &to->name);
    if (status == FEAT_OK)
        status = get_text(r, node, "variant", &to->variant);
    if (status == FEAT_OK)
        status = get_text(r, node, "source", &to->source);
    if (status == FEAT_OK)
        status = get_digest(r, node, "sha256", &to->weights);
    if (status == FEAT_OK)
        status = get_digest(r, node, "source_sha256", &to->weights_file);
    if (status == FEAT_OK && !to->weights.known)
        status = bf_jsonread_fail(r->json, node, r->err, "'sha256' must not be null");
    return status;
}

/* The key is absent where there was one network. */
static feat_status read_others(const reader *r)
{
    size_t list = 0;
    if (bf_jsonread_find(r->json, 0, "other_weights") == BF_JSON_NONE)
        return FEAT_OK;
    feat_status status = bf_jsonread_array(r->json, 0, "other_weights", &list, r->err);
    for (size_t node = status == FEAT_OK ? bf_jsonread_first(r->json, list) : BF_JSON_NONE;
         node != BF_JSON_NONE && status == FEAT_OK; node = bf_jsonread_next(r->json, list, node)) {
        if (r->m->n_others == BF_MAX_NETWORKS - 1)
            return bf_jsonread_fail(r->json, node, r->err, "%d networks at most", BF_MAX_NETWORKS);
        status = bf_jsonread_need_object(r->json, node, r->err);
        if (status == FEAT_OK)
            status = read_network(r, node, &r->m->others[r->m->n_others++]);
    }
    return status;
}

static feat_status read_weights(const reader *r)
{
    size_t node = bf_jsonread_find(r->json, 0, "weights");
    if (node != BF_JSON_NONE && bf_jsonread_is_null(r->json, node))
        return FEAT_OK;
    feat_status status = bf_jsonread_object(r->json, 0, "weights", &node, r->err);
    bf_manifest_network first = {.name = NULL};
    if (status == FEAT_OK)
        status = read_network(r, node, &first);
    r->m->weights_name = first.name; /* also where reading failed: the manifest releases them */
    r->m->weights_variant = first.variant;
    r->m->weights_source = first.source;
    r->m->weights = first.weights;
    r->m->weights_file = first.weights_file;
    r->m->has_weights = true;
    return status == FEAT_OK ? read_others(r) : status;
}

static feat_status read_sizes(const reader *r, size_t node, bf_manifest_set *set)
{
    size_t list;
    uint64_t w = 0, h = 0;
    feat_status status = bf_jsonread_array(r->json, node, "sizes", &list, r->err);
    if (status != FEAT_OK)
        return status;
    size_t n = bf_jsonread_size(r->json, list);
    if (n > BF_MAX_SIZES)
        return bf_jsonread_fail(r->json, list, r->err, "more than %d sizes", BF_MAX_SIZES);
    set->sizes = feat_calloc(n, sizeof *set->sizes);
    if (set->sizes == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "no memory to read the manifest");
    for (size_t item = bf_jsonread_first(r->json, list); item != BF_JSON_NONE && status == FEAT_OK;
         item = bf_jsonread_next(r->json, list, item)) {
        bf_size_count *size = &set->sizes[set->n_sizes++];
        status = bf_jsonread_need_object(r->json, item, r->err);
        if (status == FEAT_OK)
            status = bf_jsonread_integer(r->json, item, "width", &w, r->err);
        if (status == FEAT_OK)
            status = bf_jsonread_integer(r->json, item, "height", &h, r->err);
        if (status == FEAT_OK)
            status = bf_jsonread_integer(r->json, item, "count", &size->n, r->err);
        if (status == FEAT_OK && (w > UINT32_MAX || h > UINT32_MAX))
            status = bf_jsonread_fail(r->json, item, r->err, "a width or height above 4294967295");
        size->w = (uint32_t)w;
        size->h = (uint32_t)h;
    }
    return status;
}

/* "path", or the exact bytes in "path_hex". */
static feat_status read_path(const reader *r, size_t node, char **path)
{
    const char *text;
    feat_status status = get_text(r, node, "path", path);
    size_t exact = bf_jsonread_find(r->json, node, "path_hex");
    if (status != FEAT_OK || exact == BF_JSON_NONE || *path == NULL)
        return status;
    status = bf_jsonread_string(r->json, node, "path_hex", &text, r->err);
    if (status != FEAT_OK)
        return status;
    size_t n = strlen(text) / 2;
    char *bytes = feat_calloc(n + 1, 1);
    if (bytes == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "no memory to read the manifest");
    bool good = bf_hex_read((unsigned char *)bytes, text, n) && memchr(bytes, '\0', n) == NULL;
    feat_free(*path);
    *path = bytes;
    return good ? FEAT_OK : bf_jsonread_fail(r->json, exact, r->err,
                                                     "expected two hexadecimal digits for each byte, none of them 00");
}

static feat_status read_set(const reader *r, size_t node)
{
    feat_status status = bf_jsonread_need_object(r->json, node, r->err);
    if (status != FEAT_OK)
        return status;
    bf_manifest_set *set = bf_manifest_add_set(r->m, "", "", "");
    status = get_text(r, node, "role", &set->role);
    if (status == FEAT_OK)
        status = read_path(r, node, &set->path);
    if (status == FEAT_OK)
        status = get_text(r, node, "kind", &set->kind);
    if (status == FEAT_OK)
        status = get_text(r, node, "taps", &set->taps);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, node, "n", &set->n, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, node, "items", &set->n_items, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, node, "skipped", &set->n_skipped, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_listing(r->json, node, &set->listing, r->err);
    if (status == FEAT_OK && bf_jsonread_find(r->json, node, "labels_sha256") != BF_JSON_NONE)
        status = get_digest(r, node, "labels_sha256", &set->labels);
    if (status == FEAT_OK)
        status = read_sizes(r, node, set);
    const struct {
        const char *key;
        bf_digest *digest;
    } digests[] = {{"merkle_root", &set->root},
                   {"pixels_sha256", &set->pixels},
                   {"features_sha256", &set->features},
                   {"mu_sha256", &set->mu},
                   {"sigma_sha256", &set->sigma}};
    for (size_t i = 0; i < sizeof digests / sizeof digests[0] && status == FEAT_OK; i++)
        status = get_digest(r, node, digests[i].key, digests[i].digest);
    return status;
}

static feat_status read_sets(const reader *r)
{
    size_t list;
    feat_status status = bf_jsonread_array(r->json, 0, "sets", &list, r->err);
    if (status == FEAT_OK && bf_jsonread_size(r->json, list) > BF_MAX_INPUTS)
        return bf_jsonread_fail(r->json, list, r->err, "more than %d sets", BF_MAX_INPUTS);
    if (status != FEAT_OK)
        return status;
    for (size_t item = bf_jsonread_first(r->json, list); item != BF_JSON_NONE && status == FEAT_OK;
         item = bf_jsonread_next(r->json, list, item))
        status = read_set(r, item);
    return status;
}

static feat_status read_value(const reader *r, size_t item)
{
    const char *key, *hex;
    bool truth = false;
    feat_status status = bf_jsonread_need_object(r->json, item, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, item, "key", &key, r->err);
    if (status != FEAT_OK)
        return status;
    bf_manifest_value *value = bf_manifest_add_value(r->m, key, BF_TYPE_NUMBER);
    if (bf_jsonread_find(r->json, item, "integer") != BF_JSON_NONE) {
        value->type = BF_TYPE_INTEGER;
        return bf_jsonread_integer(r->json, item, "integer", &value->integer, r->err);
    }
    if (bf_jsonread_find(r->json, item, "boolean") != BF_JSON_NONE) {
        value->type = BF_TYPE_BOOLEAN;
        status = bf_jsonread_boolean(r->json, item, "boolean", &truth, r->err);
        value->integer = truth;
        return status;
    }
    status = bf_jsonread_number(r->json, item, "decimal", &value->decimal, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, item, "hex", &hex, r->err);
    if (status != FEAT_OK)
        return status;
    const char *digits = hex + (*hex == '-'); /* strtod takes blanks and decimals as well */
    bool written = strncmp(digits, "0x", 2) == 0 || strcmp(digits, "inf") == 0 || strcmp(digits, "nan") == 0;
    char *end = NULL;
    value->number = strtod(hex, &end);
    if (!written || *end != '\0')
        return bf_jsonread_fail(r->json, bf_jsonread_find(r->json, item, "hex"), r->err,
                                "expected a hexadecimal float as printf's %%a writes it, found '%.40s'", hex);
    return FEAT_OK;
}

static feat_status read_values(const reader *r)
{
    size_t list;
    feat_status status = bf_jsonread_array(r->json, 0, "results", &list, r->err);
    if (status == FEAT_OK && bf_jsonread_size(r->json, list) > BF_MAX_VALUES)
        return bf_jsonread_fail(r->json, list, r->err, "more than %d results", BF_MAX_VALUES);
    if (status != FEAT_OK)
        return status;
    for (size_t item = bf_jsonread_first(r->json, list); item != BF_JSON_NONE && status == FEAT_OK;
         item = bf_jsonread_next(r->json, list, item))
        status = read_value(r, item);
    return status;
}

/* Never compared; of it an audit says only which isa it was (null: no network was run). */
static feat_status read_informational(const reader *r)
{
    size_t node;
    const char *isa;
    feat_status status = bf_jsonread_object(r->json, 0, "informational", &node, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_nullable(r->json, node, "isa", &isa, r->err);
    if (status == FEAT_OK)
        bf_manifest_text(r->m, &r->m->isa, isa);
    return status;
}

/* --- the sidecar ---------------------------------------------------------------------------------- */

/* The leaves must be the ones this manifest was written with. */
static feat_status check_leaves(const reader *r, const char *path, const char *text, size_t bytes)
{
    size_t node;
    uint64_t told_bytes = 0;
    bf_digest told, seen;
    feat_status status = bf_jsonread_object(r->json, 0, "leaves", &node, r->err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, node, "bytes", &told_bytes, r->err);
    if (status == FEAT_OK)
        status = get_digest(r, node, "sha256", &told);
    if (status != FEAT_OK)
        return status;
    if (bytes != told_bytes)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: %s: %llu bytes expected, %zu found", path,
                         bytes < told_bytes ? "truncated" : "not of this manifest",
                         (unsigned long long)told_bytes, bytes);
    bf_digest_bytes(&seen, text, bytes);
    if (!told.known || memcmp(told.sha256, seen.sha256, sizeof seen.sha256) != 0) {
        char told_hex[65] = "nothing", seen_hex[65];
        if (told.known)
            feat_hex(told_hex, told.sha256);
        feat_hex(seen_hex, seen.sha256);
        return feat_fail(r->err, FEAT_ERR_FORMAT,
                         "%s: changed since it was written: SHA-256 %s expected, %s found", path, told_hex,
                         seen_hex);
    }
    return FEAT_OK;
}

static feat_status read_all(const reader *r)
{
    static feat_status (*const sections[])(const reader *) = {
        read_version, read_tool, read_settings, read_weights, read_sets, read_values, read_informational};
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0] && status == FEAT_OK; i++)
        status = sections[i](r);
    if (status == FEAT_OK && r->m->failed)
        status = feat_fail(r->err, FEAT_ERR_NOMEM, "no memory to read the manifest");
    return status;
}

/* Takes the JSON. leaves NULL: the file beside `path`. */
static feat_status parse(bf_manifest **out, const char *path, bf_jsonread *json, const char *leaves,
                         size_t leaves_bytes, feat_error *err)
{
    reader r = {path, json, NULL, err};
    char *sidecar = bf_leaves_path(path);
    uint8_t *bytes = NULL;
    *out = NULL;
    feat_status status = bf_manifest_create(&r.m, err);
    if (status == FEAT_OK && sidecar == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", path);
    if (status == FEAT_OK)
        status = read_all(&r);
    if (status == FEAT_OK && leaves == NULL) {
        if (access(sidecar, F_OK) != 0)
            status = feat_fail(err, FEAT_ERR_IO, "%s: is not there: the list of images, which --manifest writes beside "
                               "%s, belongs to it", sidecar, path);
        else
            status = bf_file_read(&bytes, &leaves_bytes, sidecar, MAX_LEAVES_BYTES, err);
        leaves = (const char *)bytes;
    }
    if (status == FEAT_OK)
        status = check_leaves(&r, sidecar, leaves, leaves_bytes);
    if (status == FEAT_OK)
        status = bf_leaves_parse(r.m, sidecar, leaves, leaves_bytes, err);
    feat_free(bytes);
    feat_free(sidecar);
    if (status != FEAT_OK)
        bf_manifest_close(&r.m);
    *out = r.m;
    return status;
}

feat_status bf_manifest_parse(bf_manifest **out, const char *path, const char *json, size_t json_bytes,
                              const char *leaves, size_t leaves_bytes, feat_error *err)
{
    bf_jsonread *tree = NULL;
    *out = NULL;
    feat_status status = bf_jsonread_text(&tree, path, json, json_bytes, err);
    if (status == FEAT_OK)
        status = parse(out, path, tree, leaves, leaves_bytes, err);
    bf_jsonread_close(&tree);
    return status;
}

feat_status bf_manifest_read(bf_manifest **out, const char *path, feat_error *err)
{
    bf_jsonread *tree = NULL;
    *out = NULL;
    feat_status status = bf_jsonread_file(&tree, path, err);
    if (status == FEAT_OK)
        status = parse(out, path, tree, NULL, 0, err);
    bf_jsonread_close(&tree);
    return status;
}
