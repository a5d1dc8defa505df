/* safetensors: the length of a header, the header (a JSON object: name to type, shape and place), the data. Read as
 * huggingface/safetensors describes and checks it (README.md and tensor.rs at 24b0b28): tensors follow each other
 * without holes, from the header's end to the file's. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/flat/flat_format.h"
#include "weights/containers/json_tree.h"
#include "weights/readers/source.h"

enum { LENGTH_BYTES = 8 };

typedef struct stored_type {
    const char *name;
    size_t bits;
    int elem; /* an feat_elem, or -1: known, but no weight can be stored so */
} stored_type;

static const stored_type types[] = {
    {"F32", 32, FEAT_ELEM_F32}, {"F16", 16, FEAT_ELEM_F16}, {"BF16", 16, FEAT_ELEM_BF16},
    {"F64", 64, -1},            {"I64", 64, -1},            {"U64", 64, -1},
    {"C64", 64, -1},            {"I32", 32, -1},            {"U32", 32, -1},
    {"I16", 16, -1},            {"U16", 16, -1},            {"I8", 8, -1},
    {"U8", 8, -1},              {"BOOL", 8, -1},            {"F8_E4M3", 8, -1},
    {"F8_E5M2", 8, -1},         {"F8_E8M0", 8, -1},         {"F6_E2M3", 6, -1},
    {"F6_E3M2", 6, -1},         {"F4", 4, -1},
};

typedef struct entry {
    const char *name; /* in the header; not zero-terminated */
    size_t name_bytes;
    const stored_type *type;
    uint64_t begin, end; /* in the data */
    uint32_t rank;       /* of more axes than FEAT_MAX_RANK only their number is kept */
    uint64_t shape[FEAT_MAX_RANK];
} entry;

typedef struct reader {
    feat_source *s;
    feat_error *err;
    feat_js *js;
    const unsigned char *data;
    uint64_t n_data;
    entry *entries;   /* in the header's order */
    entry **order;    /* for sorting */
    size_t n_entries;
} reader;

bool feat_is_safetensors(const unsigned char *bytes, size_t n)
{
    return n > LENGTH_BYTES && bytes[LENGTH_BYTES] == '{' && feat_get64(bytes) <= n - LENGTH_BYTES;
}

static feat_status bad_entry(const reader *r, const entry *e, const char *what)
{
    char name[FEAT_LABEL_BYTES];
    return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: tensor '%s': %s", r->s->path,
                     feat_printable(name, sizeof name, e->name, e->name_bytes), what);
}

/* --- the header ------------------------------------------------------------------------------------- */

/* A number without sign, fraction or exponent. */
static bool get_number(const feat_js *js, size_t node, uint64_t *value)
{
    size_t n = 0;
    const char *text = feat_js_text(js, node, &n);
    *value = 0;
    for (size_t i = 0; text != NULL && i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || *value > (UINT64_MAX - 9) / 10)
            return false;
        *value = *value * 10 + (uint64_t)(text[i] - '0');
    }
    return text != NULL && n > 0;
}

static bool get_shape(entry *e, const feat_js *js, size_t node, uint64_t *n_elements)
{
    *n_elements = 1;
    if (!feat_js_is_array(js, node))
        return false;
    for (size_t item = feat_js_first(js, node); item != FEAT_JS_NONE; item = feat_js_next(js, node, item)) {
        uint64_t size;
        if (!get_number(js, item, &size) || (size != 0 && *n_elements > UINT64_MAX / size) || e->rank == 1000)
            return false;
        *n_elements *= size;
        if (e->rank < FEAT_MAX_RANK)
            e->shape[e->rank] = size;
        e->rank++;
    }
    return true;
}

static feat_status take_entry(reader *r, size_t key)
{
    const feat_js *js = r->js;
    entry *e = &r->entries[r->n_entries];
    size_t value = feat_js_value(js, key), places, second;
    uint64_t n_elements;
    memset(e, 0, sizeof *e);
    e->name = feat_js_text(js, key, &e->name_bytes);
    if (e->name == NULL || memchr(e->name, '\\', e->name_bytes) != NULL)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: its header has a name with an escape, or none", r->s->path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (feat_js_is(js, feat_js_get(js, value, "dtype"), types[i].name))
            e->type = &types[i];
    if (e->type == NULL)
        return bad_entry(r, e, "its type is missing or unknown");
    if (!get_shape(e, js, feat_js_get(js, value, "shape"), &n_elements) || n_elements > UINT64_MAX / 64)
        return bad_entry(r, e, "its shape cannot be read");
    places = feat_js_get(js, value, "data_offsets");
    second = feat_js_next(js, places, feat_js_first(js, places));
    if (!get_number(js, feat_js_first(js, places), &e->begin) || !get_number(js, second, &e->end) ||
        feat_js_next(js, places, second) != FEAT_JS_NONE)
        return bad_entry(r, e, "its place in the file cannot be read");
    if (e->begin > e->end || e->end > r->n_data)
        return bad_entry(r, e, "truncated: it lies outside the file");
    if (n_elements * e->type->bits % 8 != 0 || e->end - e->begin != n_elements * e->type->bits / 8)
        return bad_entry(r, e, "its shape and type do not give as many bytes as it has");
    r->n_entries++;
    return FEAT_OK;
}

static feat_status take_entries(reader *r)
{
    size_t n = 0;
    for (size_t k = feat_js_key(r->js, 0, 0); k != FEAT_JS_NONE; k = feat_js_key(r->js, 0, k))
        n++;
    if (n > FEAT_MAX_SRC_TENSORS)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: at most %d tensors expected, %zu found", r->s->path,
                         FEAT_MAX_SRC_TENSORS, n);
    r->entries = feat_calloc(n + 1, sizeof *r->entries);
    r->order = feat_calloc(n + 1, sizeof *r->order);
    if (r->entries == NULL || r->order == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for %zu tensors", r->s->path, n);
    feat_status status = FEAT_OK;
    for (size_t k = feat_js_key(r->js, 0, 0); k != FEAT_JS_NONE && status == FEAT_OK; k = feat_js_key(r->js, 0, k))
        if (!feat_js_is(r->js, k, "__metadata__"))
            status = take_entry(r, k);
    for (size_t i = 0; i < r->n_entries; i++)
        r->order[i] = &r->entries[i];
    return status;
}

static int by_name(const void *a, const void *b)
{
    const entry *x = *(entry *const *)a, *y = *(entry *const *)b;
    size_t n = x->name_bytes < y->name_bytes ? x->name_bytes : y->name_bytes;
    int c = memcmp(x->name, y->name, n);
    return c != 0 ? c : (x->name_bytes > y->name_bytes) - (x->name_bytes < y->name_bytes);
}

/* Empty ones before the one that begins where they lie. */
static int by_place(const void *a, const void *b)
{
    const entry *x = *(entry *const *)a, *y = *(entry *const *)b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static feat_status check_places(const reader *r)
{
    uint64_t at = 0;
    qsort(r->order, r->n_entries, sizeof *r->order, by_name);
    for (size_t i = 1; i < r->n_entries; i++)
        if (by_name(&r->order[i - 1], &r->order[i]) == 0)
            return bad_entry(r, r->order[i], "it is there twice");
    qsort(r->order, r->n_entries, sizeof *r->order, by_place);
    for (size_t i = 0; i < r->n_entries; i++) {
        if (r->order[i]->begin != at)
            return bad_entry(r, r->order[i], r->order[i]->begin > at ? "there is a hole before it"
                                                                      : "it lies over the one before it");
        at = r->order[i]->end;
    }
    if (at != r->n_data)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: tensors end at byte %llu of its data, the file at %llu",
                         r->s->path, (unsigned long long)at, (unsigned long long)r->n_data);
    return FEAT_OK;
}

/* --- tensors ------------------------------------------------------------------------------------------ */

static bool has_key(const void *ctx, const char *key)
{
    const reader *r = ctx;
    for (size_t i = 0; i < r->n_entries; i++)
        if (r->entries[i].name_bytes == strlen(key) && memcmp(r->entries[i].name, key, strlen(key)) == 0)
            return true;
    return false;
}

static feat_status add_entry(reader *r, const entry *e)
{
    static const unsigned char as_is[] = {0, 1, 2, 3};
    _Static_assert(sizeof as_is == FEAT_MAX_RANK, "every axis");
    char key[FEAT_LABEL_BYTES], ours[FEAT_NAME_BYTES];
    uint32_t shape[FEAT_MAX_RANK] = {0};
    const feat_part_name *part;
    feat_src_tensor *t = NULL;
    (void)feat_printable(key, sizeof key, e->name, e->name_bytes);
    bool known = feat_name_ours(ours, &part, r->s->map, key, strlen(key));
    feat_status status = feat_source_add_part(r->s, &t, known ? ours : key, part, e->name, e->name_bytes, r->err);
    if (status != FEAT_OK)
        return status;
    if (e->type->elem < 0)
        return feat_fail(r->err, FEAT_ERR_UNSUPPORTED, "%s: tensor '%s': F32, F16 or BF16 expected, %s found",
                         r->s->path, t->label, e->type->name);
    if (e->rank > FEAT_MAX_RANK)
        return bad_entry(r, e, "more than four axes");
    for (uint32_t i = 0; i < e->rank; i++) {
        if (e->shape[i] > FEAT_MAX_SIZE || e->shape[i] == 0)
            return bad_entry(r, e, "a dimension is 0, or larger than any of a network here");
        shape[i] = (uint32_t)e->shape[i];
    }
    feat_source_axes(t, e->rank, shape, part != NULL && part->rank == e->rank ? part->order : as_is);
    t->elem = (feat_elem)e->type->elem;
    t->data = r->data + e->begin;
    return FEAT_OK;
}

static feat_status read_all(reader *r)
{
    feat_source *s = r->s;
    uint64_t n_header = feat_get64(s->bytes);
    const char *header = (const char *)s->bytes + LENGTH_BYTES;
    r->data = s->bytes + LENGTH_BYTES + n_header;
    r->n_data = s->n_bytes - LENGTH_BYTES - n_header;
    feat_status status = feat_js_parse(&r->js, s->path, header, (size_t)n_header, false, r->err);
    if (status == FEAT_OK)
        status = take_entries(r);
    if (status == FEAT_OK)
        status = check_places(r);
    if (status == FEAT_OK)
        status = feat_source_pick(s, FEAT_ORIGIN_TORCH, has_key, r, r->err);
    for (size_t i = 0; i < r->n_entries && status == FEAT_OK; i++) {
        const entry *e = &r->entries[i];
        feat_source_mark(s, e->name, e->name_bytes);
        if (!feat_name_is_dropped(s->map, e->name, e->name_bytes))
            status = add_entry(r, e);
    }
    return status;
}

feat_status feat_read_safetensors(feat_source *s, feat_error *err)
{
    reader r = {.s = s, .err = err};
    s->report.container = "safetensors file";
    feat_status status = read_all(&r);
    feat_js_close(&r.js);
    feat_free(r.order);
    feat_free(r.entries);
    return status;
}
