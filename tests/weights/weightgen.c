/* Container writers for the tests: see weightgen.h. Any failure here is a failed assertion. */
#include "tests/weights/weightgen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/crc32.h"
#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/flat/flat.h"
#include "weights/containers/zip_stored.h"

static void put_text(gen_buf *b, const char *text)
{
    gen_put(b, text, strlen(text));
}

static void put_byte(gen_buf *b, int byte)
{
    unsigned char c = (unsigned char)byte;
    gen_put(b, &c, 1);
}

static void put_le(gen_buf *b, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_byte(b, i < 8 ? (int)(value >> (8 * i) & 255) : 0);
}

/* --- state dicts ------------------------------------------------------------------------------------ */

/* Storage order of axis i in TensorFlow: HWIO for OIHW, [in][out] for [out][in]. */
static void tf_order(size_t rank, size_t order[4])
{
    static const size_t conv[4] = {2, 3, 1, 0}, dense[4] = {1, 0};
    memcpy(order, rank == 4 ? conv : dense, sizeof conv);
    if (rank == 1)
        order[0] = 0;
}

/* Row-major values of t in storage order `order`, and the strides that see them in t's own order. */
static void permute(float *to, int64_t stride[4], const float *from, const feat_tensor *t,
                    const size_t order[4])
{
    int64_t step = 1;
    for (size_t i = t->rank; i-- > 0;) {
        stride[order[i]] = step;
        step *= t->shape[order[i]];
    }
    size_t index[4] = {0};
    for (size_t k = 0; k < t->n_elements; k++) {
        int64_t at = 0;
        for (size_t i = 0; i < t->rank; i++)
            at += (int64_t)index[i] * stride[i];
        to[at] = from[k];
        for (size_t i = t->rank; i-- > 0 && ++index[i] == t->shape[i];)
            index[i] = 0;
    }
}

/* A matrix row by row, of its panels. */
static void from_panels(float *rows, const float *panels, const feat_tensor *t)
{
    for (uint64_t o = 0; o < t->shape[0]; o++)
        for (uint64_t i = 0; i < t->shape[1]; i++)
            rows[o * t->shape[1] + i] = panels[feat_panel_index(t, o, i)];
}

static void fill_one(gen_tensor *g, const feat_tensor *t, int strided, int half)
{
    size_t n = (size_t)t->n_elements, order[4] = {0, 1, 2, 3};
    float *values = feat_alloc_array(n, sizeof *values), *stored = feat_alloc_array(n, sizeof *stored);
    int64_t stride[4] = {0};
    memset(g, 0, sizeof *g);
    if (strided)
        tf_order(t->rank, order);
    feat_synth_fill(1, t, values);
    if (t->pixels > 0) {
        from_panels(stored, values, t);
        memcpy(values, stored, n * sizeof *values);
    }
    permute(stored, stride, values, t, order);
    memcpy(g->name, t->name, sizeof g->name);
    g->storage = half ? "HalfStorage" : "FloatStorage";
    g->rank = t->rank;
    g->numel = (int64_t)n;
    for (size_t i = 0; i < t->rank; i++) {
        g->shape[i] = t->shape[i];
        g->stride[i] = stride[i];
    }
    g->data_bytes = n * (half ? 2 : 4);
    g->data = feat_alloc(g->data_bytes);
    memcpy(g->data, stored, half ? 0 : g->data_bytes);
    for (size_t i = 0; half && i < n; i++) {
        uint16_t h = feat_half_round(stored[i]);
        memcpy(g->data + 2 * i, &h, sizeof h);
    }
    feat_free(values);
    feat_free(stored);
}

void gen_fill(gen_list *list, const feat_net *net, int strided, int half)
{
    feat_tensor tensors[GEN_MAX];
    feat_contents contents;
    feat_net_published(&contents, net);
    size_t n = feat_net_count_tensors(net, &contents);
    assert_true(n + GEN_CONVS < GEN_MAX);
    feat_net_list_tensors(tensors, net, &contents);
    memset(list, 0, sizeof *list);
    for (size_t i = 0; i < n; i++)
        fill_one(&list->t[list->n++], &tensors[i], strided, half);
    for (size_t i = 0; net->naming->mean != NULL && i < GEN_CONVS; i++) {
        gen_tensor *g = &list->t[list->n++];
        (void)snprintf(g->name, sizeof g->name, "%s.bn.num_batches_tracked", gen_layers[i].ours);
        g->storage = "LongStorage";
        g->numel = 1;
        g->data_bytes = 8;
        g->data = feat_calloc(1, 8);
    }
}

gen_tensor *gen_find(gen_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->t[i].name, name) == 0)
            return &list->t[i];
    }
    fail_msg("no tensor %s", name);
    return NULL;
}

gen_tensor *gen_add(gen_list *list, const char *name, int64_t n)
{
    gen_tensor *g = &list->t[list->n++];
    memset(g, 0, sizeof *g);
    (void)snprintf(g->name, sizeof g->name, "%s", name);
    g->storage = "FloatStorage";
    g->rank = 1;
    g->shape[0] = g->numel = n;
    g->stride[0] = 1;
    g->data_bytes = (size_t)n * 4;
    g->data = feat_calloc(1, g->data_bytes);
    return g;
}

void gen_drop(gen_list *list, const char *name)
{
    gen_tensor *g = gen_find(list, name);
    feat_free(g->data);
    *g = list->t[--list->n];
}

void gen_clear(gen_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        feat_free(list->t[i].data);
    list->n = 0;
}

/* --- pickle ------------------------------------------------------------------------------------------ */

static void pk_text(gen_buf *b, const char *text)
{
    put_byte(b, 'X');
    put_le(b, strlen(text), 4);
    put_text(b, text);
}

static void pk_int(gen_buf *b, int64_t value)
{
    if (value >= 0 && value < 256) {
        put_byte(b, 'K');
        put_le(b, (uint64_t)value, 1);
    } else if (value >= 0 && value < 65536) {
        put_byte(b, 'M');
        put_le(b, (uint64_t)value, 2);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
        put_byte(b, 'J');
        put_le(b, (uint64_t)value, 4);
    } else {
        put_byte(b, 0x8a);
        put_byte(b, 8);
        put_le(b, (uint64_t)value, 8);
    }
}

static void pk_sizes(gen_buf *b, const int64_t *values, size_t n)
{
    if (n == 0) {
        put_byte(b, ')');
        return;
    }
    if (n > 3)
        put_byte(b, '(');
    for (size_t i = 0; i < n; i++)
        pk_int(b, values[i]);
    if (n > 3)
        put_byte(b, 't');
    else
        put_byte(b, 0x84 + (int)n);
}

static void key_of(char text[32], size_t index, int legacy)
{
    (void)snprintf(text, 32, legacy ? "9394554098%04zu" : "%zu", index);
}

/* Tensor `i`; its function is remembered as object 1 by the first. */
static void pk_tensor(gen_buf *b, const gen_list *list, size_t i, int legacy)
{
    const gen_tensor *g = &list->t[i];
    char text[64];
    if (i == 0)
        put_text(b, "ctorch._utils\n_rebuild_tensor_v2\nq\x01");
    else
        gen_put(b, "h\x01", 2);
    put_text(b, "((");
    pk_text(b, "storage");
    (void)snprintf(text, sizeof text, "ctorch\n%s\n", g->storage);
    put_text(b, text);
    key_of(text, i, legacy);
    pk_text(b, text);
    pk_text(b, "cpu");
    pk_int(b, g->numel);
    put_text(b, legacy ? "NtQ" : "tQ");
    pk_int(b, g->offset);
    pk_sizes(b, g->shape, g->rank);
    pk_sizes(b, g->stride, g->rank);
    if (legacy)
        put_text(b, "\x89NtR");
    else
        put_text(b, "\x89"
                    "ccollections\nOrderedDict\n)RtR");
}

void gen_pickle(gen_buf *b, const gen_list *list, int legacy)
{
    int memo = 0;
    gen_put(b, "\x80\x02", 2);
    if (legacy)
        put_text(b, "}");
    else
        put_text(b, "ccollections\nOrderedDict\n)R");
    put_byte(b, 'q');
    put_byte(b, memo);
    put_byte(b, '(');
    for (size_t i = 0; i < list->n; i++) {
        pk_text(b, list->t[i].name);
        put_byte(b, 'r');
        put_le(b, 300 + i, 4);
        pk_tensor(b, list, i, legacy);
    }
    put_byte(b, 'u');
    if (!legacy) { /* OrderedDict carries its version numbers as state */
        put_byte(b, '}');
        pk_text(b, "_metadata");
        put_text(b, "ccollections\nOrderedDict\n)Rsb");
    }
    put_byte(b, '.');
}

/* A module with all tensors whose names begin with the first `from` bytes of that of tensor `first`. */
static void pk_module(gen_buf *b, const gen_list *list, size_t first, size_t from)
{
    put_text(b, "c__torch__.net.___torch_mangle_1\nLayer\n)\x81}(");
    pk_text(b, "training");
    put_text(b, "\x89");
    pk_text(b, "_is_full_backward_hook");
    put_text(b, "N");
    for (size_t i = first; i < list->n; i++) {
        const char *name = list->t[i].name, *dot = strchr(name + from, '.');
        size_t end = dot == NULL ? strlen(name) : (size_t)(dot - name) + 1, earlier = first;
        char part[FEAT_NAME_BYTES];
        if (strncmp(name, list->t[first].name, from) != 0)
            continue;
        while (earlier < i && (dot == NULL || strncmp(list->t[earlier].name, name, end) != 0))
            earlier++;
        if (earlier < i)
            continue; /* its module is there */
        (void)snprintf(part, sizeof part, "%.*s", (int)(end - from - (dot != NULL)), name + from);
        pk_text(b, part);
        if (dot == NULL)
            pk_tensor(b, list, i, 0);
        else
            pk_module(b, list, i, end);
    }
    put_text(b, "ub");
}

void gen_modules(gen_buf *b, const gen_list *list)
{
    gen_put(b, "\x80\x02", 2);
    pk_module(b, list, 0, 0);
    put_text(b, ".");
}

void gen_legacy(gen_buf *b, const gen_list *list)
{
    char key[32];
    gen_put(b, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    gen_put(b, "\x80\x02M\xe9\x03.", 6);
    gen_put(b, "\x80\x02}(", 4);
    pk_text(b, "protocol_version");
    pk_int(b, 1001);
    pk_text(b, "little_endian");
    put_byte(b, 0x88);
    put_text(b, "u.");
    gen_pickle(b, list, 1);
    gen_put(b, "\x80\x02](", 4); /* keys, and then data, in another order than the dict's */
    for (size_t i = list->n; i-- > 0;) {
        key_of(key, i, 1);
        pk_text(b, key);
    }
    put_text(b, "e.");
    for (size_t i = list->n; i-- > 0;) {
        put_le(b, (uint64_t)list->t[i].numel, 8);
        gen_put(b, list->t[i].data, list->t[i].data_bytes);
    }
}

/* --- zip --------------------------------------------------------------------------------------------- */

typedef struct zip_state {
    gen_buf *out;
    gen_buf directory;
    uint64_t n;
    const gen_zip_options *options;
} zip_state;

static void zip_member(zip_state *z, const char *name, const void *data, size_t n, int spoil)
{
    char full[96];
    if (z->options->skip != NULL && strcmp(z->options->skip, name) == 0)
        return;
    (void)snprintf(full, sizeof full, "archive/%s", name);
    uint32_t crc = feat_crc32(0, data, n) ^ (spoil ? 1u : 0u);
    uint64_t local = z->out->n;
    int wide = z->options->zip64;
    put_le(z->out, 0x04034b50, 4);
    put_le(z->out, 0, 2);
    put_le(z->out, 0x0808, 2);
    put_le(z->out, (uint64_t)z->options->method, 2);
    put_le(z->out, 0, 4 + 4 + 4 + 4); /* time, and what stands in the data descriptor */
    put_le(z->out, strlen(full), 2);
    put_le(z->out, 5, 2);
    put_text(z->out, full);
    gen_put(z->out, "FB\x01\x00Z", 5);
    gen_put(z->out, data, n);
    gen_buf *d = &z->directory;
    put_le(d, 0x02014b50, 4);
    put_le(d, 0, 4);
    put_le(d, 0x0808, 2);
    put_le(d, (uint64_t)z->options->method, 2);
    put_le(d, 0, 4);
    put_le(d, crc, 4);
    put_le(d, wide ? 0xffffffffu : n, 4);
    put_le(d, wide ? 0xffffffffu : n, 4);
    put_le(d, strlen(full), 2);
    put_le(d, wide ? 28 : 0, 2);
    put_le(d, 0, 2 + 2 + 2 + 4);
    put_le(d, wide ? 0xffffffffu : local, 4);
    put_text(d, full);
    if (wide) {
        put_le(d, 1, 2);
        put_le(d, 24, 2);
        put_le(d, n, 8);
        put_le(d, n, 8);
        put_le(d, local, 8);
    }
    z->n++;
}

void gen_zip(gen_buf *b, const gen_list *list, const gen_zip_options *options)
{
    zip_state z = {b, {NULL, 0, 0}, 0, options};
    gen_buf pickle = {NULL, 0, 0};
    gen_pickle(&pickle, list, 0);
    const gen_buf *used = options->pickle != NULL ? options->pickle : &pickle;
    zip_member(&z, "data.pkl", used->p, used->n, 0);
    if (options->byteorder != NULL)
        zip_member(&z, "byteorder", options->byteorder, strlen(options->byteorder), 0);
    for (size_t i = 0; i < list->n; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "data/%zu", i);
        zip_member(&z, name, list->t[i].data, list->t[i].data_bytes, options->bad_crc && i == 1);
    }
    zip_member(&z, "version", "3\n", 2, 0);
    uint64_t at = b->n, bytes = z.directory.n;
    gen_put(b, z.directory.p, z.directory.n);
    if (options->zip64) {
        uint64_t end64 = b->n;
        put_le(b, 0x06064b50, 4);
        put_le(b, 44, 8);
        put_le(b, 0, 12);
        put_le(b, z.n, 8);
        put_le(b, z.n, 8);
        put_le(b, bytes, 8);
        put_le(b, at, 8);
        put_le(b, 0x07064b50, 4);
        put_le(b, 0, 4);
        put_le(b, end64, 8);
        put_le(b, 1, 4);
    }
    put_le(b, 0x06054b50, 4);
    put_le(b, 0, 4);
    put_le(b, z.n, 2);
    put_le(b, z.n, 2);
    put_le(b, options->zip64 ? 0xffffffffu : bytes, 4);
    put_le(b, options->zip64 ? 0xffffffffu : at, 4);
    put_le(b, 0, 2);
    gen_free(&pickle);
    gen_free(&z.directory);
}

/* --- GraphDef ---------------------------------------------------------------------------------------- */

static void put_varint(gen_buf *b, uint64_t value)
{
    for (; value > 127; value >>= 7)
        put_byte(b, (int)(value & 127) | 128);
    put_byte(b, (int)value);
}

static void pb_varint(gen_buf *b, unsigned number, uint64_t value)
{
    put_varint(b, number << 3);
    put_varint(b, value);
}

static void pb_bytes(gen_buf *b, unsigned number, const void *data, size_t n)
{
    put_varint(b, number << 3 | 2);
    put_varint(b, n);
    gen_put(b, data, n);
}

static void pb_text(gen_buf *b, unsigned number, const char *text)
{
    pb_bytes(b, number, text, strlen(text));
}

static void pb_float(gen_buf *b, unsigned number, float value)
{
    put_varint(b, number << 3 | 5);
    gen_put(b, &value, sizeof value);
}

/* Takes `value` over. */
static void pb_attr(gen_buf *node, const char *key, gen_buf *value)
{
    gen_buf entry = {NULL, 0, 0};
    pb_text(&entry, 1, key);
    pb_bytes(&entry, 2, value->p, value->n);
    pb_bytes(node, 5, entry.p, entry.n);
    gen_free(&entry);
    gen_free(value);
}

static int is(const char *name, const char *wanted)
{
    return wanted != NULL && strcmp(name, wanted) == 0;
}

static void pb_node(gen_buf *b, gen_buf *node, const char *name, const gen_pb_options *o)
{
    for (int i = 0; i < (is(name, o->skip) ? 0 : is(name, o->twice) ? 2 : 1); i++)
        pb_bytes(b, 1, node->p, node->n);
    gen_free(node);
}

static void pb_const(gen_buf *b, const char *name, const size_t *shape, size_t rank, const float *values,
                     size_t n, const gen_pb_options *o)
{
    gen_buf node = {NULL, 0, 0}, attr = {NULL, 0, 0}, tensor = {NULL, 0, 0}, dims = {NULL, 0, 0};
    pb_text(&node, 1, name);
    pb_text(&node, 2, "Const");
    for (size_t i = 0; i < rank; i++) {
        gen_buf dim = {NULL, 0, 0};
        pb_varint(&dim, 1, shape[i]);
        pb_bytes(&dims, 2, dim.p, dim.n);
        gen_free(&dim);
    }
    pb_varint(&tensor, 1, is(name, o->whole) ? 3 : 1);
    pb_bytes(&tensor, 2, dims.p != NULL ? (const void *)dims.p : "", dims.n);
    if (is(name, o->splat))
        n = 1;
    if (o->values == 0 && !is(name, o->splat))
        pb_bytes(&tensor, 4, values, n * 4);
    else if (o->values == 1)
        pb_bytes(&tensor, 5, values, n * 4);
    else
        for (size_t i = 0; i < n; i++)
            pb_float(&tensor, 5, values[i]);
    pb_varint(&attr, 6, is(name, o->whole) ? 3 : 1);
    pb_attr(&node, "dtype", &attr);
    pb_bytes(&attr, 8, tensor.p, tensor.n);
    pb_attr(&node, "value", &attr);
    pb_node(b, &node, name, o);
    gen_free(&tensor);
    gen_free(&dims);
}

/* Tensor `ours` of the list as Const `theirs`, in TensorFlow's axis order. */
static void pb_tensor(gen_buf *b, const gen_list *list, const char *ours, const char *theirs,
                      const gen_pb_options *o)
{
    const gen_tensor *g = NULL;
    for (size_t i = 0; i < list->n; i++)
        g = strcmp(list->t[i].name, ours) == 0 ? &list->t[i] : g;
    assert_non_null(g);
    feat_tensor t = {.rank = (uint32_t)g->rank, .n_elements = (uint64_t)g->numel};
    size_t order[4] = {0}, shape[4] = {0};
    int64_t stride[4];
    tf_order(g->rank, order);
    for (size_t i = 0; i < g->rank; i++) {
        t.shape[i] = (uint32_t)g->shape[i];
        shape[i] = (size_t)g->shape[order[i]];
    }
    float *from = feat_alloc(g->data_bytes), *to = feat_calloc(1, g->data_bytes); /* a test may shrink the rank */
    memcpy(from, g->data, g->data_bytes);
    permute(to, stride, from, &t, order);
    pb_const(b, theirs, shape, g->rank, to, (size_t)g->numel, o);
    feat_free(from);
    feat_free(to);
}

static void pb_norm(gen_buf *b, const char *scope, const gen_pb_options *o)
{
    gen_buf node = {NULL, 0, 0}, attr = {NULL, 0, 0};
    char name[96];
    (void)snprintf(name, sizeof name, "%s/batchnorm", scope);
    pb_text(&node, 1, name);
    pb_text(&node, 2, "BatchNormWithGlobalNormalization");
    pb_text(&node, 3, "some/input");
    pb_float(&attr, 4, o->epsilon == 0.0f ? 0.001f : o->epsilon);
    pb_attr(&node, "variance_epsilon", &attr);
    pb_varint(&attr, 5, !o->unscaled);
    if (!o->no_scale_attr)
        pb_attr(&node, "scale_after_normalization", &attr);
    gen_free(&attr);
    pb_node(b, &node, name, o);
}

void gen_pb(gen_buf *b, const gen_list *list, const gen_pb_options *o)
{
    static const char *const parts[][2] = {{"conv.weight", "conv2d_params"},
                                           {"bn.weight", "batchnorm/gamma"},
                                           {"bn.bias", "batchnorm/beta"},
                                           {"bn.running_mean", "batchnorm/moving_mean"},
                                           {"bn.running_var", "batchnorm/moving_variance"}};
    char ours[96], theirs[96];
    static const size_t one[1] = {1};
    const float zero = 0.0f;
    for (size_t i = GEN_CONVS; i-- > 0;) { /* the order of nodes means nothing */
        const feat_layer_name *c = &gen_layers[i];
        pb_norm(b, c->theirs, o);
        for (size_t k = 0; k < 5; k++) {
            (void)snprintf(ours, sizeof ours, "%s.%s", c->ours, parts[k][0]);
            (void)snprintf(theirs, sizeof theirs, "%s/%s", c->theirs, parts[k][1]);
            pb_tensor(b, list, ours, theirs, o);
        }
    }
    pb_tensor(b, list, "fc.weight", "softmax/weights", o);
    pb_tensor(b, list, "fc.bias", "softmax/biases", o);
    pb_const(b, "pool_3/_reshape/shape", one, 1, &zero, 1, o);
    if (o->extra != NULL)
        pb_const(b, o->extra, one, 1, &zero, 1, o);
    gen_buf versions = {NULL, 0, 0};
    pb_varint(&versions, 1, 8);
    pb_bytes(b, 4, versions.p, versions.n);
    gen_free(&versions);
}
