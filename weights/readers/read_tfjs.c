/* TensorFlow.js layers-models of Keras: model.json names the weights, shards hold them one
 * after another, in full or quantised to 8 or 16 bits. The npm package nsfwjs ships the same two things
 * as JavaScript modules: the object as a literal, every shard as a base64 string. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "weights/containers/json_tree.h"
#include "weights/readers/source.h"

enum { MAX_ENTRIES = FEAT_MAX_SRC_TENSORS, PATH_TEXT_BYTES = 4096 };

/* One weight of the manifest. */
typedef struct entry {
    const char *name; /* inside the model's text */
    size_t name_bytes;
    uint32_t rank, shape[FEAT_MAX_RANK];
    feat_elem elem;
    double scale, min;
    size_t offset, bytes; /* in the decoded weights */
    bool used;
} entry;

/* A numbered Keras layer: "<stem>" is 0, "<stem>_<number>" the others. */
typedef struct numbered {
    uint32_t number;
    size_t entry;
} numbered;

typedef struct reader {
    feat_source *s;
    feat_error *err;
    const char *folder;
    bool is_module;
    char *text; /* the model's, with a zero byte behind it */
    feat_js *js;
    entry *entries;
    numbered *order; /* [MAX_ENTRIES] */
    size_t n_entries;
} reader;

static feat_status bad_model(const reader *r, const char *what)
{
    return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: %s", r->s->path, what);
}

static feat_status bad_entry(const reader *r, const char *name, size_t name_bytes, const char *what)
{
    char shown[FEAT_LABEL_BYTES];
    return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: weight '%s': %s", r->s->path,
                     feat_printable(shown, sizeof shown, name, name_bytes), what);
}

/* --- manifest ------------------------------------------------------------------------------------- */

static bool get_shape(const reader *r, size_t node, entry *e, size_t *n_elements)
{
    *n_elements = 1;
    const feat_js *js = r->js;
    if (node == FEAT_JS_NONE)
        return false;
    for (size_t i = feat_js_first(js, node); i != FEAT_JS_NONE; i = feat_js_next(js, node, i)) {
        double size = 0.0;
        if (e->rank == FEAT_MAX_RANK || !feat_js_number(js, i, &size) ||
            !(size >= 1.0 && size <= FEAT_MAX_SIZE) || size != (double)(uint32_t)size)
            return false;
        e->shape[e->rank++] = (uint32_t)size;
        *n_elements *= (uint32_t)size;
    }
    return true;
}

/* How the values are stored; *size is bytes per value. */
static feat_status get_storage(const reader *r, size_t weight, entry *e, size_t *size)
{
    static const char kinds[] = "float32, or float32 quantised to uint8, uint16 or float16, expected";
    const feat_js *js = r->js;
    size_t q = feat_js_get(js, weight, "quantization"), dtype = feat_js_get(js, q, "dtype");
    if (!feat_js_is(js, feat_js_get(js, weight, "dtype"), "float32"))
        return bad_entry(r, e->name, e->name_bytes, kinds);
    *size = 4;
    e->elem = FEAT_ELEM_F32;
    if (q == FEAT_JS_NONE)
        return FEAT_OK;
    *size = 2;
    e->elem = FEAT_ELEM_F16;
    if (feat_js_is(js, dtype, "float16"))
        return FEAT_OK;
    if (!feat_js_is(js, dtype, "uint8") && !feat_js_is(js, dtype, "uint16"))
        return bad_entry(r, e->name, e->name_bytes, kinds);
    if (!feat_js_number(js, feat_js_get(js, q, "scale"), &e->scale) ||
        !feat_js_number(js, feat_js_get(js, q, "min"), &e->min))
        return bad_entry(r, e->name, e->name_bytes, "quantization needs numbers as scale and min");
    e->elem = FEAT_ELEM_U16;
    if (feat_js_is(js, dtype, "uint8")) {
        *size = 1;
        e->elem = FEAT_ELEM_U8;
    }
    return FEAT_OK;
}

static feat_status take_entry(reader *r, size_t weight, size_t *offset)
{
    if (r->n_entries == MAX_ENTRIES)
        return bad_model(r, "more weights in the manifest than any network here has");
    entry *e = &r->entries[r->n_entries++];
    size_t size = 0, n_elements = 0;
    memset(e, 0, sizeof *e);
    e->name = feat_js_text(r->js, feat_js_get(r->js, weight, "name"), &e->name_bytes);
    if (e->name == NULL)
        return bad_model(r, "weightsManifest: a weight without a name");
    if (!get_shape(r, feat_js_get(r->js, weight, "shape"), e, &n_elements))
        return bad_entry(r, e->name, e->name_bytes,
                         "its shape cannot be read (at most 4 sizes of 1 to 65535)");
    feat_status status = get_storage(r, weight, e, &size);
    if (status != FEAT_OK)
        return status;
    e->offset = *offset;
    if (!feat_mul_size(n_elements, size, &e->bytes) || !feat_add_size(*offset, e->bytes, offset) ||
        *offset > (size_t)1 << 31)
        return bad_entry(r, e->name, e->name_bytes, "with it the weights would exceed 2 GiB");
    return FEAT_OK;
}

/* All entries of all groups, with the offset at which each will lie; *total is the sum of the sizes. */
static feat_status take_manifest(reader *r, size_t *total)
{
    const feat_js *js = r->js;
    size_t groups = feat_js_get(js, 0, "weightsManifest");
    if (feat_js_first(js, groups) == FEAT_JS_NONE)
        return bad_model(r, "no weightsManifest: a TensorFlow.js layers-model expected");
    *total = 0;
    for (size_t g = feat_js_first(js, groups); g != FEAT_JS_NONE; g = feat_js_next(js, groups, g)) {
        size_t weights = feat_js_get(js, g, "weights");
        for (size_t w = feat_js_first(js, weights); w != FEAT_JS_NONE; w = feat_js_next(js, weights, w)) {
            feat_status status = take_entry(r, w, total);
            if (status != FEAT_OK)
                return status;
        }
    }
    return FEAT_OK;
}

/* --- shards --------------------------------------------------------------------------------------- */

/* Appends one shard's bytes at *at of s->extra[total]; more than fit are counted but not kept. */
static feat_status load_shard(reader *r, const char *name, size_t name_bytes, size_t total, size_t *at)
{
    char path[PATH_TEXT_BYTES];
    for (size_t i = 0; i < name_bytes; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c == '/' || c == '\\' || c < 32 || c == 127)
            return bad_entry(r, name, name_bytes, "a shard's plain file name expected in paths");
    }
    int length = snprintf(path, sizeof path, "%s/%.*s%s", r->folder, (int)name_bytes, name,
                          r->is_module ? ".min.js" : "");
    if (name_bytes > 255 || length < 0 || (size_t)length >= sizeof path)
        return bad_model(r, "a shard's path is too long");
    feat_file file;
    size_t n = 0, room = total - (*at < total ? *at : total);
    feat_status status = feat_load_file(&file, path, &r->s->sha, r->err);
    if (status != FEAT_OK)
        return status;
    if (!r->is_module) {
        n = file.n_bytes;
        memcpy(r->s->extra + (total - room), file.bytes, n < room ? n : room);
    } else {
        size_t n_text = 0;
        const char *text = feat_js_exported_string((const char *)file.bytes, file.n_bytes, &n_text);
        if (text == NULL || !feat_base64(r->s->extra + (total - room), room, text, n_text, &n))
            status = feat_fail(r->err, FEAT_ERR_FORMAT, "%s: a module that exports one base64 string expected",
                               path);
    }
    feat_release_file(&file);
    *at += n;
    return status;
}

static feat_status check_total(const reader *r, size_t total, size_t found)
{
    if (found == total)
        return FEAT_OK;
    if (found > total)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: shards of %zu bytes expected, %zu found", r->s->path,
                         total, found);
    const entry *e = r->entries;
    while (e->offset + e->bytes <= found)
        e++;
    char shown[FEAT_LABEL_BYTES];
    return feat_fail(r->err, FEAT_ERR_FORMAT,
                     "%s: truncated: weight '%s': %zu bytes expected at byte %zu of the shards, %zu found",
                     r->s->path, feat_printable(shown, sizeof shown, e->name, e->name_bytes), e->bytes,
                     e->offset, found > e->offset ? found - e->offset : 0);
}

/* All shards, one after another, into s->extra; they are the source's bytes from there on. */
static feat_status load_shards(reader *r, size_t total)
{
    const feat_js *js = r->js;
    size_t groups = feat_js_get(js, 0, "weightsManifest"), at = 0;
    r->s->bytes = r->s->extra = feat_alloc(total + 1);
    if (r->s->extra == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for %zu bytes of weights", r->s->path, total);
    r->s->extra[total] = 0;
    r->s->n_bytes = total;
    for (size_t g = feat_js_first(js, groups); g != FEAT_JS_NONE; g = feat_js_next(js, groups, g)) {
        size_t paths = feat_js_get(js, g, "paths");
        for (size_t p = feat_js_first(js, paths); p != FEAT_JS_NONE; p = feat_js_next(js, paths, p)) {
            size_t n = 0;
            const char *name = feat_js_text(js, p, &n);
            if (name == NULL || n == 0)
                return bad_model(r, "weightsManifest: paths: a shard's name expected");
            feat_status status = load_shard(r, name, n, total, &at);
            if (status != FEAT_OK)
                return status;
            if (at > total) /* one shard may be named a million times */
                return check_total(r, total, at);
        }
    }
    return check_total(r, total, at);
}

/* --- names ---------------------------------------------------------------------------------------- */

static feat_status add_entry(reader *r, entry *e, const char *ours, const unsigned char *order, size_t rank)
{
    feat_src_tensor *t = NULL;
    feat_status status = feat_source_add(r->s, &t, ours, e->name, e->name_bytes, r->err);
    if (status != FEAT_OK)
        return status;
    if (e->rank != rank) {
        char found[48], text[96];
        feat_shape_text(found, sizeof found, e->shape, e->rank);
        (void)snprintf(text, sizeof text, "rank %zu expected, shape %s found", rank, found);
        return bad_entry(r, e->name, e->name_bytes, text);
    }
    e->used = true;
    feat_source_axes(t, rank, e->shape, order);
    t->elem = e->elem;
    t->scale = e->scale;
    t->min = e->min;
    t->data = r->s->bytes + e->offset;
    return FEAT_OK;
}

/* The entry of this name; NULL when there is none. */
static entry *find_entry(const reader *r, const char *name)
{
    for (size_t i = 0; i < r->n_entries; i++) {
        entry *e = &r->entries[i];
        if (e->name_bytes == strlen(name) && memcmp(e->name, name, e->name_bytes) == 0)
            return e;
    }
    return NULL;
}

static feat_status add_named(reader *r, const char *theirs, const char *ours, const unsigned char *order,
                             size_t rank)
{
    entry *e = find_entry(r, theirs);
    if (e == NULL)
        return bad_entry(r, theirs, strlen(theirs), "is missing");
    return add_entry(r, e, ours, order, rank);
}

/* A part's name in two: STEM*LEAF. */
typedef struct pattern {
    const char *stem, *leaf; /* leaf: behind "/" */
    size_t stem_bytes;
} pattern;

static pattern pattern_of(const feat_part_name *part)
{
    const char *star = strchr(part->theirs, '*');
    return (pattern){part->theirs, star + strlen("*/"), (size_t)(star - part->theirs)};
}

/* Number of "<stem>/<leaf>" (0) or "<stem>_<number>/<leaf>"; false for any other name. */
static bool layer_number(const entry *e, pattern of, uint32_t *number)
{
    const char *p = e->name, *end = e->name + e->name_bytes;
    size_t n_leaf = strlen(of.leaf);
    if (e->name_bytes < of.stem_bytes + n_leaf + 1 || memcmp(p, of.stem, of.stem_bytes) != 0 ||
        memcmp(end - n_leaf, of.leaf, n_leaf) != 0)
        return false;
    end -= n_leaf + 1;
    p += of.stem_bytes;
    *number = 0;
    if (*end != '/' || p == end)
        return *end == '/';
    if (*p++ != '_' || p == end || end - p > 6)
        return false;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        *number = 10 * *number + (uint32_t)(*p - '0');
    }
    return true;
}

/* Fills r->order with the layers of a part in ascending number; there must be one per convolution. Keras counts layers
 * as it makes them, so the k-th one is the network's k-th, wherever the count began. */
static feat_status sort_layers(reader *r, pattern of)
{
    size_t n = 0, n_convs = feat_source_n_convs(r->s);
    for (size_t i = 0; i < r->n_entries; i++) {
        uint32_t number = 0;
        if (!layer_number(&r->entries[i], of, &number))
            continue;
        size_t at = n++;
        for (; at > 0 && r->order[at - 1].number > number; at--)
            r->order[at] = r->order[at - 1];
        r->order[at] = (numbered){number, i};
        if (at > 0 && r->order[at - 1].number == number)
            return bad_entry(r, r->entries[i].name, r->entries[i].name_bytes, "is there twice");
    }
    if (n == n_convs)
        return FEAT_OK;
    return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: %zu weights named %.*s_N/%s expected, %zu found", r->s->path,
                     n_convs, (int)of.stem_bytes, of.stem, of.leaf, n);
}

static void our_name(char ours[FEAT_NAME_BYTES], const reader *r, size_t layer, const feat_part_name *part)
{
    (void)snprintf(ours, FEAT_NAME_BYTES, "%s%s", feat_net_layer(feat_source_net(r->s), layer)->name, part->ours);
}

static feat_status add_kernels(reader *r)
{
    const feat_part_name *part = &r->s->map->parts[0];
    feat_status status = sort_layers(r, pattern_of(part));
    for (size_t i = 0; i < feat_source_n_convs(r->s) && status == FEAT_OK; i++) {
        char ours[FEAT_NAME_BYTES];
        our_name(ours, r, i, part);
        status = add_entry(r, &r->entries[r->order[i].entry], ours, part->order, part->rank);
    }
    return status;
}

static size_t count_of(const reader *r, const feat_part_name *part)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_entries; i++) {
        uint32_t number;
        n += layer_number(&r->entries[i], pattern_of(part), &number);
    }
    return n;
}

/* One part of the layer that is the network's `layer`. A gamma that the source has nowhere is made. */
static feat_status add_norm(reader *r, size_t layer, const feat_part_name *part, bool make)
{
    const pattern of = pattern_of(part);
    char ours[FEAT_NAME_BYTES], theirs[64];
    feat_src_tensor *t = NULL;
    uint32_t number = r->order[layer].number;
    our_name(ours, r, layer, part);
    if (number == 0)
        (void)snprintf(theirs, sizeof theirs, "%.*s/%s", (int)of.stem_bytes, of.stem, of.leaf);
    else
        (void)snprintf(theirs, sizeof theirs, "%.*s_%" PRIu32 "/%s", (int)of.stem_bytes, of.stem, number, of.leaf);
    if (!make)
        return add_named(r, theirs, ours, part->order, part->rank);
    feat_status status = feat_source_add(r->s, &t, ours, theirs, strlen(theirs), r->err);
    if (status == FEAT_OK)
        feat_source_ones(t, feat_net_layer(feat_source_net(r->s), layer)->oc);
    return status;
}

/* The parts of batch norm of every layer; gamma where there is one, or where the network wanted cannot do without. */
static feat_status add_norms(reader *r)
{
    const feat_name_map *map = r->s->map;
    feat_status status = sort_layers(r, pattern_of(&map->parts[1]));
    for (size_t i = 0; i < feat_source_n_convs(r->s) && status == FEAT_OK; i++)
        for (size_t k = 1; k < map->n_parts && status == FEAT_OK; k++) {
            const feat_part_name *part = &map->parts[k];
            bool lacking = strcmp(part->ours, feat_source_net(r->s)->naming->gamma) == 0 && count_of(r, part) == 0;
            if (!lacking || (r->s->wanted != NULL && !r->s->wanted->gamma_is_optional))
                status = add_norm(r, i, part, lacking);
        }
    return status;
}

/* --- topology ------------------------------------------------------------------------------------- */

/* What the engine assumes and the weights alone cannot show. */
static feat_status check_norms(const reader *r)
{
    const feat_js *js = r->js;
    for (size_t i = feat_js_class(js, 0, "BatchNormalization"); i != FEAT_JS_NONE;
         i = feat_js_class(js, i, "BatchNormalization")) {
        double epsilon = 0.0;
        char text[64];
        size_t config = feat_js_get(js, feat_js_owner(js, i), "config");
        if (!feat_js_number(js, feat_js_get(js, config, "epsilon"), &epsilon) ||
            !feat_source_epsilon_is_right(r->s, epsilon)) {
            (void)snprintf(text, sizeof text, "BatchNormalization: epsilon %g expected",
                           feat_source_net(r->s)->norm_epsilon);
            return bad_model(r, text);
        }
    }
    return FEAT_OK;
}

static feat_status check_activation(const reader *r, const char *name, size_t name_bytes, size_t node,
                                    bool is_last)
{
    char shown[FEAT_LABEL_BYTES], found[64];
    bool good = is_last ? feat_js_is(r->js, node, "softmax") || feat_js_is(r->js, node, "linear")
                        : feat_js_is(r->js, node, "relu");
    if (good)
        return FEAT_OK;
    size_t n = 0;
    const char *text = feat_js_text(r->js, node, &n);
    return feat_fail(r->err, FEAT_ERR_UNSUPPORTED, "%s: dense layer '%s': activation %s expected, %s found",
                     r->s->path, feat_printable(shown, sizeof shown, name, name_bytes),
                     is_last ? "softmax or linear" : "relu",
                     text == NULL ? "none" : feat_printable(found, sizeof found, text, n));
}

/* One dense layer: kernel [in][out] and bias, named as the topology names the layer. */
static feat_status add_dense(reader *r, size_t key, size_t index, size_t n_dense)
{
    static const unsigned char transposed[] = {1, 0}, plain[] = {0};
    const feat_js *js = r->js;
    size_t config = feat_js_get(js, feat_js_owner(js, key), "config"), n = 0;
    const char *name = feat_js_text(js, feat_js_get(js, config, "name"), &n);
    const feat_net *net = feat_source_net(r->s);
    char ours[FEAT_NAME_BYTES], theirs[FEAT_LABEL_BYTES];
    bool has_bias = true;
    if (name == NULL || n > 100)
        return bad_model(r, "modelTopology: a dense layer without a usable name");
    feat_status status =
        check_activation(r, name, n, feat_js_get(js, config, "activation"), index + 1 == n_dense);
    if (status != FEAT_OK)
        return status;
    if (feat_js_bool(js, feat_js_get(js, config, "use_bias"), &has_bias) && !has_bias)
        return bad_entry(r, name, n, "a dense layer without a bias is not supported");
    feat_dense_name(ours, feat_net_head(net), index, n_dense, net->naming->dense_weight);
    (void)snprintf(theirs, sizeof theirs, "%.*s/kernel", (int)n, name);
    if ((status = add_named(r, theirs, ours, transposed, 2)) != FEAT_OK)
        return status;
    feat_dense_name(ours, feat_net_head(net), index, n_dense, net->naming->dense_bias);
    (void)snprintf(theirs, sizeof theirs, "%.*s/bias", (int)n, name);
    return add_named(r, theirs, ours, plain, 1);
}

static feat_status add_head(reader *r)
{
    const feat_js *js = r->js;
    size_t keys[FEAT_MAX_DENSE], n = 0;
    if (feat_js_get(js, 0, "modelTopology") == FEAT_JS_NONE)
        return bad_model(r, "no modelTopology: it is needed to know the dense layers' order and activation");
    for (size_t i = feat_js_class(js, 0, "Dense"); i != FEAT_JS_NONE; i = feat_js_class(js, i, "Dense")) {
        if (n == FEAT_MAX_DENSE)
            return bad_model(r, "more dense layers than 8 are not supported");
        keys[n++] = i;
    }
    if (n == 0)
        return bad_model(r, "no dense layer: a model with its classifier expected");
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < n && status == FEAT_OK; i++)
        status = add_dense(r, keys[i], i, n);
    return status;
}

static feat_status check_used(const reader *r)
{
    char text[96];
    (void)snprintf(text, sizeof text, "is there twice or does not belong to %s", feat_source_net(r->s)->name);
    for (size_t i = 0; i < r->n_entries; i++) {
        const entry *e = &r->entries[i];
        if (!e->used)
            return bad_entry(r, e->name, e->name_bytes, text);
    }
    return FEAT_OK;
}

static bool has_entry(const void *ctx, const char *key)
{
    return find_entry(ctx, key) != NULL;
}

static feat_status read_model(reader *r)
{
    size_t total = 0, format = 0, n = 0;
    feat_status status = feat_js_parse(&r->js, r->s->path, r->text, strlen(r->text), r->is_module, r->err);
    if (status != FEAT_OK)
        return status;
    format = feat_js_get(r->js, 0, "format");
    if (feat_js_text(r->js, format, &n) != NULL && !feat_js_is(r->js, format, "layers-model"))
        return feat_fail(r->err, FEAT_ERR_UNSUPPORTED,
                         "%s: a TensorFlow.js layers-model expected, another kind found", r->s->path);
    r->entries = feat_alloc_array(MAX_ENTRIES, sizeof *r->entries);
    r->order = feat_alloc_array(MAX_ENTRIES, sizeof *r->order);
    if (r->entries == NULL || r->order == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for the weights' list", r->s->path);
    if ((status = take_manifest(r, &total)) == FEAT_OK &&
        (status = feat_source_pick(r->s, FEAT_ORIGIN_TFJS, has_entry, r, r->err)) == FEAT_OK &&
        (status = check_norms(r)) == FEAT_OK &&
        (status = load_shards(r, total)) == FEAT_OK && (status = add_kernels(r)) == FEAT_OK &&
        (status = add_norms(r)) == FEAT_OK && (status = add_head(r)) == FEAT_OK)
        status = check_used(r);
    return status;
}

static feat_status take_text(reader *r)
{
    r->text = feat_alloc(r->s->n_bytes + 1);
    if (r->text == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for its %zu bytes", r->s->path, r->s->n_bytes);
    memcpy(r->text, r->s->bytes, r->s->n_bytes);
    r->text[r->s->n_bytes] = 0;
    return FEAT_OK;
}

feat_status feat_read_tfjs(feat_source *s, const char *folder, bool is_module, feat_error *err)
{
    reader r = {.s = s, .err = err, .folder = folder, .is_module = is_module};
    s->report.container =
        is_module ? "TensorFlow.js layers-model in JavaScript modules" : "TensorFlow.js layers-model";
    feat_status status = take_text(&r);
    if (status == FEAT_OK)
        status = read_model(&r);
    feat_js_close(&r.js);
    feat_free(r.entries);
    feat_free(r.order);
    feat_free(r.text);
    return status;
}
