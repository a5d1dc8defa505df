/* PyTorch state dicts, from both containers torch.save has written: the legacy one (four pickles, a list of storage
 * keys, raw storages in that order) and the zip archive; and TorchScript archives, which are such a zip with a tree of
 * modules in place of the dict. Tensors are views: a storage, an offset, a shape and strides; the published FID weights
 * are all stored transposed, so the strides are not a detail. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/flat/flat_format.h"
#include "weights/containers/pickle.h"
#include "weights/containers/zip_stored.h"
#include "weights/readers/source.h"

/* Only tensors are counted on: every tensor may have a storage of its own. */
enum { MAX_VIEWS = FEAT_MAX_SRC_TENSORS };

typedef struct storage {
    const unsigned char *key; /* as the pickle names it */
    size_t key_bytes;
    const struct storage_type *type;
    uint64_t n_elements;
    const unsigned char *data; /* NULL until found */
    uint32_t first_view;       /* for messages */
} storage;

typedef struct storage_type {
    const char *name; /* as GLOBAL gives it */
    size_t bytes;
    int elem; /* an feat_elem, or -1: known, but no weight can be stored so */
} storage_type;

static const storage_type storage_types[] = {
    {"torch\nFloatStorage", 4, FEAT_ELEM_F32},
    {"torch\nHalfStorage", 2, FEAT_ELEM_F16},
    {"torch\nDoubleStorage", 8, -1},
    {"torch\nLongStorage", 8, -1},
    {"torch\nIntStorage", 4, -1},
    {"torch\nShortStorage", 2, -1},
    {"torch\nCharStorage", 1, -1},
    {"torch\nByteStorage", 1, -1},
    {"torch\nBoolStorage", 1, -1},
    {"torch\nBFloat16Storage", 2, FEAT_ELEM_BF16},
};

typedef struct view {
    const unsigned char *name;
    size_t name_bytes;
    bool dropped; /* the map says that no network here needs it */
    uint32_t storage;
    uint64_t offset;
    uint32_t rank;
    uint64_t shape[FEAT_MAX_RANK], stride[FEAT_MAX_RANK];
} view;

/* A tensor's name and what is pickled under it. */
typedef struct entry {
    const unsigned char *name;
    size_t name_bytes;
    uint32_t value;
} entry;

typedef struct entries {
    entry *e;
    char (*paths)[FEAT_LABEL_BYTES]; /* of modules: their names are put together here */
    size_t n, room;
} entries;

typedef struct reader {
    feat_source *s;
    feat_error *err;
    feat_pickle pk; /* the dict or module */
    entries all;
    bool archive;      /* of modules */
    size_t n_left_out; /* tensors of whole numbers */
    storage *storages;
    view *views;
    size_t n_storages, n_views;
} reader;

static const char *shown(char text[FEAT_LABEL_BYTES], const view *v)
{
    return feat_printable(text, FEAT_LABEL_BYTES, v->name, v->name_bytes);
}

static feat_status bad_view(const reader *r, const view *v, const char *what)
{
    char name[FEAT_LABEL_BYTES];
    return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: tensor '%s': %s", r->s->path, shown(name, v), what);
}

/* --- from pickle nodes to views ------------------------------------------------------------------- */

/* A non-negative integer. */
static bool get_size(const feat_pickle *pk, uint32_t index, uint64_t *value)
{
    if (index == FEAT_PK_END || pk->nodes[index].kind != FEAT_PK_INT || pk->nodes[index].u.integer < 0)
        return false;
    *value = (uint64_t)pk->nodes[index].u.integer;
    return true;
}

/* A tuple of up to FEAT_MAX_RANK sizes. */
static bool get_sizes(const feat_pickle *pk, uint32_t index, uint64_t *values, uint32_t *n)
{
    if (index == FEAT_PK_END || pk->nodes[index].kind != FEAT_PK_TUPLE || pk->nodes[index].n > FEAT_MAX_RANK)
        return false;
    *n = pk->nodes[index].n;
    for (uint32_t i = 0; i < *n; i++) {
        if (!get_size(pk, feat_pickle_item(pk, index, i), &values[i]))
            return false;
    }
    return true;
}

/* The storage that ('storage', type, key, location, n_elements[, None]) names, made on first sight. */
static feat_status take_storage(reader *r, view *v, uint32_t node)
{
    const feat_pickle *pk = &r->pk;
    if (node == FEAT_PK_END || pk->nodes[node].kind != FEAT_PK_PERSISTENT)
        return bad_view(r, v, "a storage expected");
    uint32_t tuple = pk->nodes[node].u.call.argument;
    uint32_t word = feat_pickle_item(pk, tuple, 0), type = feat_pickle_item(pk, tuple, 1);
    uint32_t key = feat_pickle_item(pk, tuple, 2), rest = feat_pickle_item(pk, tuple, 5);
    uint64_t n = 0;
    if (word == FEAT_PK_END || !feat_pickle_is(pk, word, "storage") || type == FEAT_PK_END ||
        key == FEAT_PK_END || pk->nodes[key].kind != FEAT_PK_TEXT ||
        !get_size(pk, feat_pickle_item(pk, tuple, 4), &n))
        return bad_view(r, v, "its storage is described in an unknown way");
    if (rest != FEAT_PK_END && pk->nodes[rest].kind != FEAT_PK_NONE)
        return bad_view(r, v, "a storage that is a view of another one is not supported");
    const storage_type *known = NULL;
    for (size_t i = 0; i < sizeof storage_types / sizeof storage_types[0]; i++) {
        if (feat_pickle_is(pk, type, storage_types[i].name))
            known = &storage_types[i];
    }
    if (known == NULL || n > UINT64_MAX / 16)
        return bad_view(r, v, "a storage of unknown type or impossible size");
    const feat_pk_node *k = &pk->nodes[key];
    for (v->storage = 0; v->storage < r->n_storages; v->storage++) {
        const storage *st = &r->storages[v->storage];
        if (st->key_bytes != k->n || memcmp(st->key, k->u.text, k->n) != 0)
            continue;
        return st->type == known && st->n_elements == n
                   ? FEAT_OK
                   : bad_view(r, v, "its storage has two types or sizes");
    }
    r->storages[r->n_storages++] = (storage){k->u.text, k->n, known, n, NULL, (uint32_t)r->n_views};
    return FEAT_OK;
}

static feat_status take_view(reader *r, const entry *e)
{
    const feat_pickle *pk = &r->pk;
    char name[FEAT_LABEL_BYTES];
    view *v = &r->views[r->n_views];
    memset(v, 0, sizeof *v);
    v->name = e->name;
    v->name_bytes = e->name_bytes;
    v->dropped = feat_name_is_dropped(r->s->map, v->name, v->name_bytes);
    feat_source_mark(r->s, v->name, v->name_bytes);
    uint32_t call = e->value;
    if (pk->nodes[call].kind == FEAT_PK_CALL &&
        feat_pickle_is(pk, pk->nodes[call].u.call.function, "torch._utils\n_rebuild_parameter"))
        call = feat_pickle_item(pk, pk->nodes[call].u.call.argument, 0);
    if (call == FEAT_PK_END || pk->nodes[call].kind != FEAT_PK_CALL)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: entry '%s': a tensor expected, something else found",
                         r->s->path, shown(name, v));
    uint32_t function = pk->nodes[call].u.call.function, argument = pk->nodes[call].u.call.argument;
    if (!feat_pickle_is(pk, function, "torch._utils\n_rebuild_tensor_v2") &&
        !feat_pickle_is(pk, function, "torch._utils\n_rebuild_tensor"))
        return bad_view(r, v, "made in an unknown way");
    uint32_t n_strides = 0;
    feat_status status = take_storage(r, v, feat_pickle_item(pk, argument, 0));
    if (status != FEAT_OK)
        return status;
    if (!get_size(pk, feat_pickle_item(pk, argument, 1), &v->offset) ||
        !get_sizes(pk, feat_pickle_item(pk, argument, 2), v->shape, &v->rank) ||
        !get_sizes(pk, feat_pickle_item(pk, argument, 3), v->stride, &n_strides) || n_strides != v->rank)
        return bad_view(r, v, "its offset, shape or strides cannot be read (rank 0 to 4, none negative)");
    r->n_views++;
    return FEAT_OK;
}

/* --- entries ---------------------------------------------------------------------------------------- */

static bool has_key(const void *ctx, const char *key)
{
    const entries *all = ctx;
    for (size_t i = 0; i < all->n; i++)
        if (all->e[i].name_bytes == strlen(key) && memcmp(all->e[i].name, key, strlen(key)) == 0)
            return true;
    return false;
}

static feat_status too_many(const reader *r, size_t n)
{
    return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: at most %d tensors expected, %zu found", r->s->path, MAX_VIEWS, n);
}

static feat_status make_entries(const reader *r, entries *all, size_t n, bool paths)
{
    *all = (entries){.room = n};
    all->e = feat_calloc(n + 1, sizeof *all->e);
    all->paths = paths ? feat_calloc(n, sizeof *all->paths) : NULL;
    if (all->e == NULL || (paths && all->paths == NULL))
        return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for %zu tensors", r->s->path, n);
    return FEAT_OK;
}

/* Every entry of a state dict, in its order. */
static feat_status list_dict(const reader *r, entries *all, uint32_t dict)
{
    const feat_pickle *pk = &r->pk;
    if (pk->nodes[dict].n > MAX_VIEWS)
        return too_many(r, pk->nodes[dict].n);
    feat_status status = make_entries(r, all, pk->nodes[dict].n, false);
    for (uint32_t c = pk->nodes[dict].u.chain.first; c != FEAT_PK_END && status == FEAT_OK; c = pk->cells[c].next) {
        const feat_pk_node *key = &pk->nodes[pk->cells[c].key];
        if (key->kind != FEAT_PK_TEXT || all->n == all->room)
            return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: state dict: a name expected as key", r->s->path);
        all->e[all->n++] = (entry){key->u.text, key->n, pk->cells[c].value};
    }
    return status;
}

static bool is_tensor(const feat_pickle *pk, uint32_t node)
{
    return pk->nodes[node].kind == FEAT_PK_CALL &&
           (feat_pickle_is(pk, pk->nodes[node].u.call.function, "torch._utils\n_rebuild_parameter") ||
            feat_pickle_is(pk, pk->nodes[node].u.call.function, "torch._utils\n_rebuild_tensor_v2"));
}

/* The tensors among the attributes of a module and of the modules in it, called as a state dict would call them. A
 * module that contains itself ends at the depth. */
static feat_status list_module(const reader *r, entries *all, uint32_t module, const char *prefix, size_t prefix_bytes,
                               unsigned depth)
{
    enum { MAX_DEPTH = 16 };
    const feat_pickle *pk = &r->pk;
    feat_status status = FEAT_OK;
    for (uint32_t c = pk->nodes[module].u.chain.first; c != FEAT_PK_END && status == FEAT_OK; c = pk->cells[c].next) {
        const feat_pk_node *key = &pk->nodes[pk->cells[c].key];
        uint32_t value = pk->cells[c].value;
        bool inner = pk->nodes[value].kind == FEAT_PK_MODULE;
        char path[FEAT_LABEL_BYTES];
        if (key->kind != FEAT_PK_TEXT || (!inner && !is_tensor(pk, value)))
            continue;
        if (depth == MAX_DEPTH || prefix_bytes + key->n + 2 > sizeof path)
            return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: its modules lie too deep, or their names are too long",
                             r->s->path);
        memcpy(path, prefix, prefix_bytes);
        memcpy(path + prefix_bytes, key->u.text, key->n);
        size_t n = prefix_bytes + key->n;
        if (inner) {
            path[n] = '.';
            status = list_module(r, all, value, path, n + 1, depth + 1);
            continue;
        }
        if (all->n == all->room)
            return too_many(r, all->n + 1);
        memcpy(all->paths[all->n], path, n);
        all->e[all->n] = (entry){(const unsigned char *)all->paths[all->n], n, value};
        all->n++;
    }
    return status;
}

/* What was pickled: a state dict, a checkpoint with one in it, or a module. */
static feat_status list_entries(reader *r)
{
    const feat_pickle *pk = &r->pk;
    uint32_t dict = pk->root, inner = feat_pickle_get(pk, dict, "state_dict");
    if (pk->nodes[dict].kind == FEAT_PK_MODULE) {
        r->s->report.container = "TorchScript archive";
        r->archive = true;
        feat_status status = make_entries(r, &r->all, MAX_VIEWS, true);
        return status == FEAT_OK ? list_module(r, &r->all, dict, "", 0, 0) : status;
    }
    if (inner != FEAT_PK_END && pk->nodes[inner].kind == FEAT_PK_DICT) {
        dict = inner;
        feat_source_notice(r->s, "the file is a checkpoint; only its 'state_dict' is used");
    }
    if (pk->nodes[dict].kind != FEAT_PK_DICT)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: a state dict expected, something else was pickled",
                         r->s->path);
    return list_dict(r, &r->all, dict);
}

static feat_status take_entries(reader *r)
{
    feat_status status = list_entries(r);
    if (status == FEAT_OK)
        status = feat_source_pick(r->s, FEAT_ORIGIN_TORCH, has_key, &r->all, r->err);
    if (status != FEAT_OK)
        return status;
    r->views = feat_calloc(r->all.n + 1, sizeof *r->views);
    r->storages = feat_calloc(r->all.n + 1, sizeof *r->storages);
    if (r->views == NULL || r->storages == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for %zu tensors", r->s->path, r->all.n);
    for (size_t i = 0; i < r->all.n && status == FEAT_OK; i++)
        status = take_view(r, &r->all.e[i]);
    return status;
}

/* --- from views to source tensors ----------------------------------------------------------------- */

/* Every element the view can reach must lie in its storage. */
static feat_status check_reach(const reader *r, const view *v)
{
    const storage *st = &r->storages[v->storage];
    uint64_t last = v->offset;
    bool empty = false, fits = true;
    for (uint32_t i = 0; i < v->rank; i++) {
        size_t step = 0, sum = 0;
        empty = empty || v->shape[i] == 0;
        if (v->shape[i] == 0)
            continue;
        fits = fits && feat_mul_size((size_t)v->shape[i] - 1, (size_t)v->stride[i], &step) &&
               feat_add_size((size_t)last, step, &sum);
        last = sum;
    }
    if (fits && !empty && last < st->n_elements)
        return FEAT_OK;
    char name[FEAT_LABEL_BYTES];
    return feat_fail(r->err, FEAT_ERR_FORMAT,
                     "%s: tensor '%s': its strides reach outside its storage of %llu elements", r->s->path,
                     shown(name, v), (unsigned long long)st->n_elements);
}

static feat_status add_view(reader *r, const view *v)
{
    const storage *st = &r->storages[v->storage];
    char name[FEAT_LABEL_BYTES], ours[FEAT_NAME_BYTES];
    const feat_part_name *part;
    feat_src_tensor *t = NULL;
    const char *key = shown(name, v);
    bool known = feat_name_ours(ours, &part, r->s->map, key, strlen(key));
    bool may_be_weights = part != NULL || (v->rank > 0 && r->s->map->layers == NULL); /* whose names may be ours */
    if (r->archive && st->type->elem < 0 && !may_be_weights) { /* sizes and counters, beside a module's weights */
        r->n_left_out++;
        return FEAT_OK;
    }
    feat_status status = feat_source_add_part(r->s, &t, known ? ours : key, part, v->name, v->name_bytes, r->err);
    if (status != FEAT_OK)
        return status;
    if (st->type->elem < 0)
        return feat_fail(r->err, FEAT_ERR_UNSUPPORTED,
                         "%s: tensor '%s': float32, float16 or bfloat16 expected, %s found", r->s->path, t->label,
                         st->type->name + strlen("torch\n"));
    if ((status = check_reach(r, v)) != FEAT_OK)
        return status;
    t->elem = (feat_elem)st->type->elem;
    t->rank = v->rank;
    for (uint32_t i = 0; i < v->rank; i++) {
        if (v->shape[i] > FEAT_MAX_SIZE)
            return bad_view(r, v, "a dimension is larger than any of a network here");
        t->shape[i] = (uint32_t)v->shape[i];
        t->stride[i] = v->stride[i];
    }
    for (uint32_t i = 0; part != NULL && part->rank == v->rank && i < v->rank; i++) {
        t->shape[i] = (uint32_t)v->shape[part->order[i]];
        t->stride[i] = v->stride[part->order[i]];
    }
    t->data = st->data + v->offset * st->type->bytes;
    return FEAT_OK;
}

/* Once every storage has its data. */
static feat_status add_views(reader *r)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < r->n_views && status == FEAT_OK; i++)
        status = r->views[i].dropped ? FEAT_OK : add_view(r, &r->views[i]);
    if (r->n_left_out > 0)
        feat_source_notice(r->s, "%zu tensors that are neither float32 nor half precision are left out", r->n_left_out);
    return status;
}

static void release(reader *r)
{
    feat_pickle_free(&r->pk);
    feat_free(r->all.e);
    feat_free(r->all.paths);
    feat_free(r->views);
    feat_free(r->storages);
}

/* --- legacy container ----------------------------------------------------------------------------- */

/* The version number and the facts about the machine that wrote the file. */
static feat_status skip_preamble(reader *r, size_t *at)
{
    const feat_source *s = r->s;
    feat_pickle pk;
    feat_status status = feat_pickle_parse(&pk, s->path, s->bytes, s->n_bytes, *at, r->err);
    if (status != FEAT_OK)
        return status;
    *at = pk.end;
    bool right = pk.nodes[pk.root].kind == FEAT_PK_INT && pk.nodes[pk.root].u.integer == 1001;
    feat_pickle_free(&pk);
    if (!right)
        return feat_fail(r->err, FEAT_ERR_UNSUPPORTED,
                         "%s: torch.save protocol 1001 expected, another one found", s->path);
    if ((status = feat_pickle_parse(&pk, s->path, s->bytes, s->n_bytes, *at, r->err)) != FEAT_OK)
        return status;
    *at = pk.end;
    uint32_t little = feat_pickle_get(&pk, pk.root, "little_endian");
    right = little != FEAT_PK_END && pk.nodes[little].kind == FEAT_PK_BOOL && pk.nodes[little].u.integer == 1;
    feat_pickle_free(&pk);
    if (!right)
        return feat_fail(r->err, FEAT_ERR_UNSUPPORTED, "%s: little-endian data expected", s->path);
    return FEAT_OK;
}

/* One storage: an int64 count, then the elements. */
static feat_status locate_legacy(reader *r, storage *st, size_t *at)
{
    const feat_source *s = r->s;
    const view *v = &r->views[st->first_view];
    char name[FEAT_LABEL_BYTES];
    size_t left = s->n_bytes - *at;
    uint64_t bytes = st->n_elements * st->type->bytes;
    if (left < 8 || bytes > left - 8)
        return feat_fail(r->err, FEAT_ERR_FORMAT,
                         "%s: truncated: tensor '%s': %llu bytes expected at byte %zu, %zu found", s->path,
                         shown(name, v), (unsigned long long)bytes, left < 8 ? s->n_bytes : *at + 8,
                         left < 8 ? 0 : left - 8);
    uint64_t n = feat_get64(s->bytes + *at);
    if (n != st->n_elements)
        return feat_fail(r->err, FEAT_ERR_FORMAT,
                         "%s: tensor '%s': storage of %llu elements expected, %llu found", s->path,
                         shown(name, v), (unsigned long long)st->n_elements, (unsigned long long)n);
    if (st->data != NULL)
        return bad_view(r, v, "its storage is there twice");
    st->data = s->bytes + *at + 8;
    *at += 8 + (size_t)bytes;
    return FEAT_OK;
}

static feat_status locate_all_legacy(reader *r, const feat_pickle *keys, size_t at)
{
    if (keys->nodes[keys->root].kind != FEAT_PK_LIST)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: a list of storage keys expected", r->s->path);
    for (uint32_t c = keys->nodes[keys->root].u.chain.first; c != FEAT_PK_END; c = keys->cells[c].next) {
        const feat_pk_node *key = &keys->nodes[keys->cells[c].value];
        storage *found = NULL;
        for (size_t i = 0; key->kind == FEAT_PK_TEXT && found == NULL && i < r->n_storages; i++) {
            storage *st = &r->storages[i];
            if (st->key_bytes == key->n && memcmp(st->key, key->u.text, key->n) == 0)
                found = st;
        }
        if (found == NULL)
            return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: a storage that belongs to no tensor", r->s->path);
        feat_status status = locate_legacy(r, found, &at);
        if (status != FEAT_OK)
            return status;
    }
    for (size_t i = 0; i < r->n_storages; i++) {
        if (r->storages[i].data == NULL)
            return bad_view(r, &r->views[r->storages[i].first_view], "its storage is missing");
    }
    if (at != r->s->n_bytes)
        feat_source_notice(r->s, "%zu bytes after the last tensor are ignored", r->s->n_bytes - at);
    return FEAT_OK;
}

feat_status feat_read_torch_legacy(feat_source *s, feat_error *err)
{
    enum { MAGIC_BYTES = 15 }; /* the first pickle, whose bytes told this container */
    reader r = {.s = s, .err = err};
    feat_pickle keys = {0};
    size_t at = MAGIC_BYTES;
    s->report.container = "PyTorch legacy container";
    feat_status status = skip_preamble(&r, &at);
    if (status == FEAT_OK)
        status = feat_pickle_parse(&r.pk, s->path, s->bytes, s->n_bytes, at, err);
    if (status == FEAT_OK)
        status = take_entries(&r);
    if (status == FEAT_OK)
        status = feat_pickle_parse(&keys, s->path, s->bytes, s->n_bytes, r.pk.end, err);
    if (status == FEAT_OK)
        status = locate_all_legacy(&r, &keys, keys.end);
    if (status == FEAT_OK)
        status = add_views(&r);
    feat_pickle_free(&keys);
    release(&r);
    return status;
}

/* --- zip container -------------------------------------------------------------------------------- */

/* The member "<prefix>/data.pkl"; the prefix is the name the archive had when it was saved. */
static const feat_zip_member *find_pickle(const feat_zip *zip, size_t *prefix_bytes)
{
    static const char end[] = "/data.pkl";
    for (size_t i = 0; i < zip->n_members; i++) {
        const feat_zip_member *m = &zip->members[i];
        if (m->name_bytes >= sizeof end - 1 &&
            memcmp(m->name + m->name_bytes - (sizeof end - 1), end, sizeof end - 1) == 0) {
            *prefix_bytes = m->name_bytes - (sizeof end - 1);
            return m;
        }
    }
    return NULL;
}

/* "<prefix>/<folder><key>", or NULL: not there, or a name longer than any torch writes. */
static const feat_zip_member *find_member(const feat_zip *zip, const feat_zip_member *pickle,
                                          size_t prefix_bytes, const char *folder, const void *key,
                                          size_t key_bytes)
{
    char name[1024];
    size_t folder_bytes = strlen(folder);
    if (prefix_bytes > 512 || key_bytes > 256)
        return NULL;
    memcpy(name, pickle->name, prefix_bytes);
    memcpy(name + prefix_bytes, folder, folder_bytes);
    memcpy(name + prefix_bytes + folder_bytes, key, key_bytes);
    return feat_zip_find(zip, name, prefix_bytes + folder_bytes + key_bytes);
}

static feat_status locate_zip(reader *r, const feat_zip *zip, const feat_zip_member *pickle, size_t prefix_bytes)
{
    for (size_t i = 0; i < r->n_storages; i++) {
        storage *st = &r->storages[i];
        const view *v = &r->views[st->first_view];
        char name[FEAT_LABEL_BYTES];
        const feat_zip_member *m = find_member(zip, pickle, prefix_bytes, "/data/", st->key, st->key_bytes);
        if (m == NULL)
            return bad_view(r, v, "its member is missing from the zip archive");
        feat_status status = feat_zip_check(zip, m, r->err);
        if (status != FEAT_OK)
            return status;
        if (m->bytes != st->n_elements * st->type->bytes)
            return feat_fail(r->err, FEAT_ERR_FORMAT,
                             "%s: tensor '%s': storage of %llu bytes expected, %zu found", r->s->path,
                             shown(name, v), (unsigned long long)(st->n_elements * st->type->bytes), m->bytes);
        st->data = m->data;
    }
    return FEAT_OK;
}

static feat_status read_zip(reader *r, const feat_zip *zip)
{
    size_t prefix_bytes = 0;
    const feat_zip_member *pickle = find_pickle(zip, &prefix_bytes);
    if (pickle == NULL)
        return feat_fail(r->err, FEAT_ERR_FORMAT,
                         "%s: a zip archive without a data.pkl: made neither by torch.save nor torch.jit.save",
                         r->s->path);
    const feat_zip_member *order = find_member(zip, pickle, prefix_bytes, "/byteorder", "", 0);
    if (order != NULL && (order->bytes != 6 || memcmp(order->data, "little", 6) != 0))
        return feat_fail(r->err, FEAT_ERR_UNSUPPORTED, "%s: little-endian data expected", r->s->path);
    feat_status status = feat_zip_check(zip, pickle, r->err);
    if (status == FEAT_OK)
        status = feat_pickle_parse(&r->pk, r->s->path, pickle->data, pickle->bytes, 0, r->err);
    if (status == FEAT_OK)
        status = take_entries(r);
    if (status == FEAT_OK)
        status = locate_zip(r, zip, pickle, prefix_bytes);
    return status == FEAT_OK ? add_views(r) : status;
}

feat_status feat_read_torch_zip(feat_source *s, feat_error *err)
{
    reader r = {.s = s, .err = err};
    feat_zip zip;
    s->report.container = "PyTorch zip container";
    s->has_checksums = true;
    feat_status status = feat_zip_open(&zip, s->path, s->bytes, s->n_bytes, err);
    if (status != FEAT_OK)
        return status;
    status = read_zip(&r, &zip);
    feat_zip_close(&zip);
    release(&r);
    return status;
}
