/* A frozen TensorFlow graph: a GraphDef in protobuf wire format. Only Const nodes and the attributes of the batch norm
 * nodes are looked at. Field numbers are those of TensorFlow's graph.proto, node_def.proto, attr_value.proto and
 * tensor.proto. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/flat/flat_format.h"
#include "weights/readers/source.h"

/* The real graph has about 1400 nodes, 489 of them Const. */
enum { MAX_NODES = 1 << 16, DT_FLOAT = 1 };

typedef struct span {
    const unsigned char *p;
    size_t n;
} span;

typedef struct field {
    uint32_t number;
    enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 } wire;
    uint64_t value; /* varint, or the bits of a fixed field */
    span bytes;
} field;

typedef struct node {
    span name, op;
    span tensor;   /* attribute "value" */
    float epsilon; /* attribute "variance_epsilon" */
    bool has_epsilon, scale, has_scale;
    bool used;
} node;

typedef struct reader {
    feat_source *s;
    feat_error *err;
    node *nodes;
    size_t n_nodes, capacity;
    size_t extra_at; /* floats used in s->extra */
} reader;

/* --- wire format ---------------------------------------------------------------------------------- */

static bool get_varint(span *s, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && s->n > 0; shift += 7) {
        unsigned char b = *s->p;
        s->p++;
        s->n--;
        *value |= (uint64_t)(b & 127) << shift;
        if (b < 128)
            return true;
    }
    return false;
}

/* Takes the next field off the front of *s; false when it is cut or malformed. On false for a field of
 * bytes, f->bytes is what there is of it and f->value its stated length. */
static bool get_field(span *s, field *f)
{
    uint64_t tag = 0;
    memset(f, 0, sizeof *f);
    if (!get_varint(s, &tag) || tag >> 3 == 0 || tag >> 3 > 536870911)
        return false;
    f->number = (uint32_t)(tag >> 3);
    size_t fixed = 0;
    switch (tag & 7) {
    case WIRE_VARINT:
        f->wire = WIRE_VARINT;
        return get_varint(s, &f->value);
    case WIRE_64:
        f->wire = WIRE_64;
        fixed = 8;
        break;
    case WIRE_32:
        f->wire = WIRE_32;
        fixed = 4;
        break;
    case WIRE_BYTES:
        f->wire = WIRE_BYTES;
        if (!get_varint(s, &f->value))
            return false;
        f->bytes = (span){s->p, f->value < s->n ? (size_t)f->value : s->n};
        s->p += f->bytes.n;
        s->n -= f->bytes.n;
        return f->bytes.n == f->value;
    default:
        return false;
    }
    if (s->n < fixed)
        return false;
    memcpy(&f->value, s->p, fixed);
    s->p += fixed;
    s->n -= fixed;
    return true;
}

static bool span_is(span s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static float float_of(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

/* --- nodes ---------------------------------------------------------------------------------------- */

static feat_status bad_node(const reader *r, span name, const char *what)
{
    char text[FEAT_LABEL_BYTES];
    return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: node '%s': %s", r->s->path,
                     feat_printable(text, sizeof text, name.p, name.n), what);
}

/* AttrValue: f = 4, b = 5, tensor = 8. */
static bool read_attr(node *out, span key, span value)
{
    field f;
    while (value.n > 0) {
        if (!get_field(&value, &f))
            return false;
        if (f.number == 8 && f.wire == WIRE_BYTES && span_is(key, "value"))
            out->tensor = f.bytes;
        if (f.number == 4 && f.wire == WIRE_32 && span_is(key, "variance_epsilon")) {
            out->epsilon = float_of(f.value);
            out->has_epsilon = true;
        }
        if (f.number == 5 && f.wire == WIRE_VARINT && span_is(key, "scale_after_normalization")) {
            out->scale = f.value != 0;
            out->has_scale = true;
        }
    }
    return true;
}

/* NodeDef: name = 1, op = 2, attr = 5 (a map: key = 1, value = 2). */
static bool read_node(node *out, span bytes)
{
    memset(out, 0, sizeof *out);
    field f, g;
    while (bytes.n > 0) {
        if (!get_field(&bytes, &f))
            return false;
        if (f.wire != WIRE_BYTES)
            continue;
        if (f.number == 1)
            out->name = f.bytes;
        if (f.number == 2)
            out->op = f.bytes;
        if (f.number != 5)
            continue;
        span key = {NULL, 0}, value = {NULL, 0}, entry = f.bytes;
        while (entry.n > 0) {
            if (!get_field(&entry, &g))
                return false;
            if (g.number == 1)
                key = g.bytes;
            if (g.number == 2)
                value = g.bytes;
        }
        if (!read_attr(out, key, value))
            return false;
    }
    return true;
}

static feat_status add_node(reader *r, const node *n)
{
    if (r->n_nodes == MAX_NODES)
        return feat_fail(r->err, FEAT_ERR_UNSUPPORTED, "%s: at most %d graph nodes expected, more found",
                         r->s->path, MAX_NODES);
    if (r->n_nodes == r->capacity) {
        size_t grown = r->capacity == 0 ? 1024 : 2 * r->capacity;
        node *moved = feat_realloc(r->nodes, grown * sizeof *moved);
        if (moved == NULL)
            return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for %zu graph nodes", r->s->path, grown);
        r->nodes = moved;
        r->capacity = grown;
    }
    r->nodes[r->n_nodes++] = *n;
    return FEAT_OK;
}

static feat_status cut_node(const reader *r, const field *f, size_t at)
{
    node partial;
    char text[FEAT_LABEL_BYTES] = "?";
    (void)read_node(&partial, f->bytes);
    if (partial.name.n != 0)
        (void)feat_printable(text, sizeof text, partial.name.p, partial.name.n);
    return feat_fail(r->err, FEAT_ERR_FORMAT,
                     "%s: truncated: node '%s': %llu bytes expected at byte %zu, %zu found", r->s->path, text,
                     (unsigned long long)f->value, at, f->bytes.n);
}

/* GraphDef: node = 1. */
static feat_status read_graph(reader *r)
{
    span left = {r->s->bytes, r->s->n_bytes};
    feat_status status = FEAT_OK;
    while (left.n > 0 && status == FEAT_OK) {
        size_t at = r->s->n_bytes - left.n;
        field f;
        if (!get_field(&left, &f)) {
            if (f.number == 1 && f.wire == WIRE_BYTES && left.n == 0)
                return cut_node(r, &f, at);
            return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: damaged or truncated GraphDef at byte %zu of %zu",
                             r->s->path, at, r->s->n_bytes);
        }
        if (f.number != 1 || f.wire != WIRE_BYTES)
            continue;
        node n;
        if (!read_node(&n, f.bytes))
            return bad_node(r, n.name, "damaged");
        if (span_is(n.op, "Const") || span_is(n.op, "BatchNormWithGlobalNormalization"))
            status = add_node(r, &n);
    }
    return status;
}

/* The node of this name and operation; *found is NULL when there is none. */
static feat_status find_node(reader *r, node **found, const char *name, const char *op)
{
    *found = NULL;
    for (size_t i = 0; i < r->n_nodes; i++) {
        node *n = &r->nodes[i];
        if (!span_is(n->name, name) || !span_is(n->op, op))
            continue;
        if (*found != NULL)
            return bad_node(r, n->name, "is there twice");
        *found = n;
        n->used = true;
    }
    if (*found == NULL)
        return feat_fail(r->err, FEAT_ERR_FORMAT, "%s: node '%s' (%s) is missing", r->s->path, name, op);
    return FEAT_OK;
}

/* --- tensors -------------------------------------------------------------------------------------- */

typedef struct tensor_proto {
    uint64_t dtype;
    uint32_t rank, shape[FEAT_MAX_RANK];
    uint64_t n_elements;
    span content;              /* tensor_content */
    span packed;               /* float_val, when it is one packed field */
    size_t n_packed, n_single; /* fields of either kind */
} tensor_proto;

/* TensorShapeProto: dim = 2 (size = 1). */
static bool read_shape(tensor_proto *t, span bytes)
{
    field f, g;
    while (bytes.n > 0) {
        uint64_t size = 0;
        if (!get_field(&bytes, &f))
            return false;
        if (f.number != 2 || f.wire != WIRE_BYTES)
            continue;
        for (span dim = f.bytes; dim.n > 0;) {
            if (!get_field(&dim, &g))
                return false;
            if (g.number == 1 && g.wire == WIRE_VARINT)
                size = g.value;
        }
        if (t->rank == FEAT_MAX_RANK || size == 0 || size > FEAT_MAX_SIZE)
            return false;
        t->shape[t->rank++] = (uint32_t)size;
        t->n_elements *= size;
    }
    return true;
}

/* TensorProto: dtype = 1, tensor_shape = 2, tensor_content = 4, float_val = 5. */
static bool read_tensor(tensor_proto *t, span bytes)
{
    memset(t, 0, sizeof *t);
    t->n_elements = 1;
    field f;
    while (bytes.n > 0) {
        if (!get_field(&bytes, &f))
            return false;
        if (f.number == 1 && f.wire == WIRE_VARINT) {
            t->dtype = f.value;
        } else if (f.number == 2 && f.wire == WIRE_BYTES) {
            if (!read_shape(t, f.bytes))
                return false;
        } else if (f.number == 4 && f.wire == WIRE_BYTES) {
            t->content = f.bytes;
        } else if (f.number == 5 && f.wire == WIRE_BYTES && f.bytes.n % 4 == 0 && f.bytes.n > 0) {
            t->packed = f.bytes;
            t->n_packed++;
        } else if (f.number == 5 && f.wire == WIRE_32) {
            t->n_single++;
        } else if (f.number == 5) {
            return false;
        }
    }
    return true;
}

/* Values stored one field each are put together behind one another in s->extra. */
static feat_status join_singles(reader *r, span bytes, const node *n, size_t count, const unsigned char **data)
{
    field f;
    size_t capacity = r->s->n_bytes / 5 * sizeof(float); /* a single value takes 5 bytes of the file */
    if (r->s->extra == NULL)
        r->s->extra = feat_alloc(capacity + 1);
    if (r->s->extra == NULL)
        return feat_fail(r->err, FEAT_ERR_NOMEM, "%s: no memory for %zu values", r->s->path,
                         capacity / sizeof(float));
    if (count > capacity / sizeof(float) - r->extra_at)
        return bad_node(r, n->name, "is read twice");
    unsigned char *to = r->s->extra + r->extra_at * sizeof(float);
    *data = to;
    r->extra_at += count;
    while (bytes.n > 0 && get_field(&bytes, &f)) {
        if (f.number != 5)
            continue;
        memcpy(to, &f.value, sizeof(float));
        to += sizeof(float);
    }
    return FEAT_OK;
}

/* Const node `name` as our tensor; axes as in feat_source_axes. */
static feat_status add_const(reader *r, const char *ours, const char *name, size_t rank,
                             const unsigned char *order, feat_src_tensor **out)
{
    static const char whole[] = "a float tensor of plain values expected";
    node *n = NULL;
    tensor_proto t;
    feat_src_tensor *made = NULL;
    feat_status status = find_node(r, &n, name, "Const");
    if (status == FEAT_OK)
        status = feat_source_add(r->s, &made, ours, name, strlen(name), r->err);
    if (status != FEAT_OK)
        return status;
    if (!read_tensor(&t, n->tensor) || t.dtype != DT_FLOAT)
        return bad_node(r, n->name, whole);
    if (t.rank != rank) {
        char found[48], text[96];
        feat_shape_text(found, sizeof found, t.shape, t.rank);
        (void)snprintf(text, sizeof text, "rank %zu expected, shape %s found", rank, found);
        return bad_node(r, n->name, text);
    }
    made->elem = FEAT_ELEM_F32;
    feat_source_axes(made, rank, t.shape, order);
    uint64_t n_values = t.n_packed == 1 ? t.packed.n / 4 : t.n_single;
    if (t.content.n != 0 && t.n_packed + t.n_single == 0) {
        made->data = t.content.p;
        n_values = t.content.n % 4 == 0 ? t.content.n / 4 : 0;
    } else if (t.content.n != 0 || t.n_packed > 1 || (t.n_packed == 1 && t.n_single != 0)) {
        return bad_node(r, n->name, whole);
    } else if (t.n_packed == 1) {
        made->data = t.packed.p;
    } else if (t.n_single > 0) {
        status = join_singles(r, n->tensor, n, t.n_single, &made->data);
    }
    if (status == FEAT_OK && n_values == 1) { /* TensorFlow repeats a single value over the shape */
        memset(made->stride, 0, sizeof made->stride);
        n_values = t.n_elements;
    }
    if (status == FEAT_OK && n_values != t.n_elements) {
        char text[96];
        (void)snprintf(text, sizeof text, "%llu values expected, %llu found",
                       (unsigned long long)t.n_elements, (unsigned long long)n_values);
        return bad_node(r, n->name, text);
    }
    *out = made;
    return status;
}

/* --- the network ---------------------------------------------------------------------------------- */

static bool all_ones(const feat_src_tensor *t)
{
    for (uint32_t i = 0; i < t->shape[0]; i++) {
        uint32_t bits;
        memcpy(&bits, t->data + 4 * i * t->stride[0], sizeof bits);
        if (bits != 0x3f800000u)
            return false;
    }
    return true;
}

/* A tensor of a layer or a fixed one: ours and theirs are the names' beginnings. */
static feat_status add_part(reader *r, const char *ours, const char *theirs, const feat_part_name *part,
                            feat_src_tensor **t)
{
    char our_name[FEAT_NAME_BYTES], their_name[FEAT_LABEL_BYTES];
    (void)snprintf(our_name, sizeof our_name, "%s%s", ours, part->ours);
    (void)snprintf(their_name, sizeof their_name, "%s%s", theirs, part->theirs);
    return add_const(r, our_name, their_name, part->rank, part->order, t);
}

/* gamma counts only where the node says so; *n_scaled counts layers where it does and is not 1. */
static feat_status add_layer(reader *r, const feat_layer_name *layer, size_t *n_scaled, size_t *n_inert)
{
    const feat_name_map *map = r->s->map;
    const feat_net *net = feat_source_net(r->s);
    char theirs[FEAT_LABEL_BYTES], text[96];
    node *bn = NULL;
    (void)snprintf(theirs, sizeof theirs, "%s%s", layer->theirs, map->norm);
    feat_status status = find_node(r, &bn, theirs, "BatchNormWithGlobalNormalization");
    if (status != FEAT_OK)
        return status;
    if (!bn->has_epsilon || !feat_source_epsilon_is_right(r->s, (double)bn->epsilon)) {
        (void)snprintf(text, sizeof text, "attribute variance_epsilon: %g expected", net->norm_epsilon);
        return bad_node(r, bn->name, text);
    }
    if (!bn->has_scale)
        return bad_node(r, bn->name, "attribute scale_after_normalization is missing");
    for (size_t i = 0; i < map->n_parts; i++) {
        feat_src_tensor *t = NULL;
        if ((status = add_part(r, layer->ours, layer->theirs, &map->parts[i], &t)) != FEAT_OK)
            return status;
        if (strcmp(map->parts[i].ours, net->naming->gamma) != 0 || all_ones(t))
            continue;
        if (bn->scale) {
            ++*n_scaled;
        } else {
            ++*n_inert;
            feat_source_ones(t, t->shape[0]);
        }
    }
    return FEAT_OK;
}

/* A weight the map does not know, told by the last part of its name, means another network. Constants of other kinds
 * are left alone. */
static feat_status check_extra(const reader *r)
{
    const feat_name_map *map = r->s->map;
    char text[96];
    (void)snprintf(text, sizeof text, "does not belong to %s", feat_source_net(r->s)->name);
    for (size_t i = 0; i < r->n_nodes; i++) {
        const node *n = &r->nodes[i];
        for (size_t k = 0; !n->used && span_is(n->op, "Const") && k < map->n_parts; k++) {
            const char *end = strrchr(map->parts[k].theirs, '/');
            size_t length = end == NULL ? 0 : strlen(end);
            if (length > 0 && n->name.n >= length && memcmp(n->name.p + n->name.n - length, end, length) == 0)
                return bad_node(r, n->name, text);
        }
    }
    return FEAT_OK;
}

static bool has_node(const void *ctx, const char *key)
{
    const reader *r = ctx;
    for (size_t i = 0; i < r->n_nodes; i++)
        if (span_is(r->nodes[i].name, key))
            return true;
    return false;
}

static feat_status add_all(reader *r)
{
    feat_src_tensor *t = NULL;
    size_t n_scaled = 0, n_inert = 0;
    feat_status status = feat_source_pick(r->s, FEAT_ORIGIN_GRAPHDEF, has_node, r, r->err);
    const feat_name_map *map = r->s->map;
    for (size_t i = 0; status == FEAT_OK && i < map->n_layers; i++)
        status = add_layer(r, &map->layers[i], &n_scaled, &n_inert);
    for (size_t i = 0; status == FEAT_OK && i < map->n_fixed; i++)
        status = add_part(r, "", "", &map->fixed[i], &t);
    if (status == FEAT_OK)
        status = check_extra(r);
    if (n_scaled != 0)
        feat_source_notice(r->s, "gamma is not 1 and in use in %zu batch norm layers", n_scaled);
    if (n_inert != 0)
        feat_source_notice(
            r->s,
            "gamma is not 1 but switched off (scale_after_normalization) in %zu batch norm layers; "
            "stored as 1",
            n_inert);
    return status;
}

feat_status feat_read_graphdef(feat_source *s, feat_error *err)
{
    reader r = {.s = s, .err = err};
    s->report.container = "TensorFlow GraphDef";
    feat_status status = read_graph(&r);
    if (status == FEAT_OK)
        status = add_all(&r);
    feat_free(r.nodes);
    return status;
}
