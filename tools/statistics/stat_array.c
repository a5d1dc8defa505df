/* Arrays in pickles, from what numpy and torch would have called to make them: a function, its arguments, a state. */
#include "tools/statistics/stat_array.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/half.h"
#include "engine/base/status.h"

/* --- looking at nodes ------------------------------------------------------------------------------------- */

static const feat_pk_node *node_at(const feat_pickle *pk, uint32_t node)
{
    return node == FEAT_PK_END ? NULL : &pk->nodes[node];
}

static bool is_call(const feat_pickle *pk, uint32_t node)
{
    return node != FEAT_PK_END && pk->nodes[node].kind == FEAT_PK_CALL;
}

/* A call of the function `name` of a module, or of its second name. */
static bool calls(const feat_pickle *pk, uint32_t node, const char *name, const char *other)
{
    return is_call(pk, node) && (feat_pickle_is(pk, pk->nodes[node].u.call.function, name) ||
                                 (other != NULL && feat_pickle_is(pk, pk->nodes[node].u.call.function, other)));
}

static uint32_t argument(const feat_pickle *pk, uint32_t call, uint32_t i)
{
    return feat_pickle_item(pk, pk->nodes[call].u.call.argument, i);
}

static bool is_array(const feat_pickle *pk, uint32_t node)
{
    return calls(pk, node, "numpy.core.multiarray\n_reconstruct", "numpy._core.multiarray\n_reconstruct");
}

static bool is_buffer(const feat_pickle *pk, uint32_t node)
{
    return calls(pk, node, "numpy.core.numeric\n_frombuffer", "numpy._core.numeric\n_frombuffer");
}

static bool is_tensor(const feat_pickle *pk, uint32_t node)
{
    return calls(pk, node, "torch._utils\n_rebuild_tensor_v2", NULL);
}

bool bf_stat_is_array(const feat_pickle *pk, uint32_t node)
{
    return is_array(pk, node) || is_buffer(pk, node) || is_tensor(pk, node);
}

static bool get_size(const feat_pickle *pk, uint32_t node, uint64_t *out)
{
    const feat_pk_node *n = node_at(pk, node);
    if (n == NULL || n->kind != FEAT_PK_INT || n->u.integer < 0)
        return false;
    *out = (uint64_t)n->u.integer;
    return true;
}

/* --- type and shape --------------------------------------------------------------------------------------- */

static feat_status bad(const bf_stat_pickle *p, const char *what, const char *why, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: %s", p->path, what, why);
}

/* dtype('f8', ...) with the state (3, '<', ...). 'O' is an object. */
static feat_status find_type(feat_npy_info *info, const bf_stat_pickle *p, uint32_t node, const char *what,
                             feat_error *err)
{
    const feat_pickle *pk = &p->pk;
    const feat_pk_node *name = NULL, *order = NULL;
    if (calls(pk, node, "numpy\ndtype", NULL)) {
        name = node_at(pk, argument(pk, node, 0));
        if (pk->nodes[node].u.call.state != FEAT_PK_END)
            order = node_at(pk, feat_pickle_item(pk, pk->nodes[node].u.call.state, 1));
    }
    if (name == NULL || (name->kind != FEAT_PK_TEXT && name->kind != FEAT_PK_BYTES) || name->n < 1 || name->n > 2)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s: an array of a type that is not read; save it as float64",
                         p->path, what);
    char kind = (char)name->u.text[0], item = name->n > 1 ? (char)name->u.text[1] : '8';
    bool known = kind == 'O' || (kind == 'f' && (item == '2' || item == '4' || item == '8')) ||
                 ((kind == 'i' || kind == 'u') && (item == '1' || item == '2' || item == '4' || item == '8'));
    if (!known)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s: an array of type '%c%c' is not read; save it as float64",
                         p->path, what, kind >= ' ' && kind <= '~' ? kind : '?',
                         item >= ' ' && item <= '~' ? item : '?');
    if (order != NULL && order->n == 1 && order->u.text[0] == '>' && item > '1' &&
        (order->kind == FEAT_PK_TEXT || order->kind == FEAT_PK_BYTES))
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: %s: big-endian data cannot be read; save a.astype(a.dtype.newbyteorder('<'))", p->path,
                         what);
    info->kind = kind;
    info->item = (size_t)(item - '0');
    return FEAT_OK;
}

/* A tuple of at most two sizes. */
static feat_status find_shape(feat_npy_info *info, const bf_stat_pickle *p, uint32_t node, const char *what,
                              feat_error *err)
{
    const feat_pk_node *shape = node_at(&p->pk, node);
    if (shape == NULL || shape->kind != FEAT_PK_TUPLE)
        return bad(p, what, "an array without a shape", err);
    if (shape->n > 2)
        return bad(p, what, "at most two dimensions expected, more found", err);
    info->rank = shape->n;
    info->n_items = 1;
    for (uint32_t i = 0; i < shape->n; i++) {
        uint64_t size = 0;
        if (!get_size(&p->pk, feat_pickle_item(&p->pk, node, i), &size) || size > SIZE_MAX ||
            !feat_mul_size(info->n_items, (size_t)size, &info->n_items))
            return bad(p, what, "its shape overflows", err);
        info->shape[i] = (size_t)size;
    }
    if (!feat_mul_size(info->n_items, info->item, &info->n_bytes))
        return bad(p, what, "its shape overflows", err);
    return FEAT_OK;
}

/* --- numpy ------------------------------------------------------------------------------------------------ */

/* The bytes of an array: as they are, or as text that is to be encoded. */
static feat_status find_bytes(bf_stat_array *a, const bf_stat_pickle *p, uint32_t node, const char *what,
                              feat_error *err)
{
    const feat_pickle *pk = &p->pk;
    const feat_pk_node *n = node_at(pk, node);
    if (calls(pk, node, "_codecs\nencode", NULL)) {
        uint32_t codec = argument(pk, node, 1);
        n = node_at(pk, argument(pk, node, 0));
        if (codec == FEAT_PK_END || !feat_pickle_is(pk, codec, "latin1") || n == NULL || n->kind != FEAT_PK_TEXT)
            return bad(p, what, "its bytes are in a form that numpy does not write", err);
        a->latin1 = true;
    } else if (n == NULL || n->kind != FEAT_PK_BYTES) {
        return bad(p, what, "its bytes are in a form that numpy does not write", err);
    }
    a->bytes = n->u.text;
    a->n_bytes = n->n;
    if (!a->latin1 && a->n_bytes != a->info.n_bytes)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: %zu bytes expected of its shape, %zu found", p->path, what,
                         a->info.n_bytes, a->n_bytes);
    return FEAT_OK;
}

/* _reconstruct(ndarray, (0,), b'b') with the state (1, shape, type, is_fortran, bytes). */
static feat_status find_array(bf_stat_array *a, const bf_stat_pickle *p, uint32_t node, const char *what,
                              feat_error *err)
{
    const feat_pickle *pk = &p->pk;
    uint32_t state = pk->nodes[node].u.call.state;
    if (state == FEAT_PK_END || pk->nodes[state].kind != FEAT_PK_TUPLE || pk->nodes[state].n != 5)
        return bad(p, what, "an array without the state that numpy gives it", err);
    feat_status status = find_type(&a->info, p, feat_pickle_item(pk, state, 2), what, err);
    if (status == FEAT_OK && a->info.kind == 'O')
        status = bad(p, what, "numbers expected, objects found", err);
    if (status == FEAT_OK)
        status = find_shape(&a->info, p, feat_pickle_item(pk, state, 1), what, err);
    if (status != FEAT_OK)
        return status;
    const feat_pk_node *fortran = node_at(pk, feat_pickle_item(pk, state, 3));
    a->info.fortran = fortran->kind == FEAT_PK_BOOL && fortran->u.integer != 0 && a->info.rank == 2;
    return find_bytes(a, p, feat_pickle_item(pk, state, 4), what, err);
}

/* _frombuffer(bytes, type, shape, order) */
static feat_status find_buffer(bf_stat_array *a, const bf_stat_pickle *p, uint32_t node, const char *what,
                               feat_error *err)
{
    uint32_t order = argument(&p->pk, node, 3);
    if (order == FEAT_PK_END)
        return bad(p, what, "an array without the arguments that numpy gives it", err);
    feat_status status = find_type(&a->info, p, argument(&p->pk, node, 1), what, err);
    if (status == FEAT_OK && a->info.kind == 'O')
        status = bad(p, what, "numbers expected, objects found", err);
    if (status == FEAT_OK)
        status = find_shape(&a->info, p, argument(&p->pk, node, 2), what, err);
    if (status != FEAT_OK)
        return status;
    a->info.fortran = feat_pickle_is(&p->pk, order, "F") && a->info.rank == 2;
    return find_bytes(a, p, argument(&p->pk, node, 0), what, err);
}

/* --- torch ------------------------------------------------------------------------------------------------ */

static bool storage_type(feat_npy_info *info, const feat_pickle *pk, uint32_t node)
{
    static const struct {
        const char *name;
        char kind;
        size_t item;
    } types[] = {{"torch\nFloatStorage", 'f', 4},
                 {"torch\nDoubleStorage", 'f', 8},
                 {"torch\nHalfStorage", 'f', 2},
                 {"torch\nLongStorage", 'i', 8},
                 {"torch\nIntStorage", 'i', 4}};
    for (size_t i = 0; node != FEAT_PK_END && i < sizeof types / sizeof types[0]; i++)
        if (feat_pickle_is(pk, node, types[i].name)) {
            info->kind = types[i].kind;
            info->item = types[i].item;
            return true;
        }
    return false;
}

/* Whether all elements lie in the storage of n_elements. */
static bool fits(const bf_stat_array *a, uint64_t n_elements)
{
    uint64_t last = a->offset;
    for (size_t i = 0; i < a->info.rank; i++) {
        uint64_t steps = a->info.shape[i] > 0 ? a->info.shape[i] - 1 : 0;
        if (steps > 0 && a->stride[i] > n_elements / steps)
            return false;
        last += steps * a->stride[i];
        if (last >= n_elements && a->info.n_items > 0)
            return false;
    }
    return a->info.n_items == 0 || last < n_elements;
}

/* _rebuild_tensor_v2(('storage', type, key, device, n), offset, size, stride, ...) */
static feat_status find_tensor(bf_stat_array *a, const bf_stat_pickle *p, uint32_t node, const char *what,
                               feat_error *err)
{
    const feat_pickle *pk = &p->pk;
    const feat_pk_node *storage = node_at(pk, argument(pk, node, 0));
    uint64_t n = 0;
    if (storage == NULL || storage->kind != FEAT_PK_PERSISTENT)
        return bad(p, what, "a tensor without a storage", err);
    uint32_t id = storage->u.call.argument, strides = argument(pk, node, 3);
    const feat_pk_node *key = node_at(pk, feat_pickle_item(pk, id, 2));
    if (!storage_type(&a->info, pk, feat_pickle_item(pk, id, 1)) || key == NULL ||
        !get_size(pk, feat_pickle_item(pk, id, 4), &n) || !get_size(pk, argument(pk, node, 1), &a->offset))
        return bad(p, what, "a tensor in a form or type that is not read; save it as float64", err);
    feat_status status = find_shape(&a->info, p, argument(pk, node, 2), what, err);
    for (uint32_t i = 0; status == FEAT_OK && i < a->info.rank; i++)
        if (strides == FEAT_PK_END || !get_size(pk, feat_pickle_item(pk, strides, i), &a->stride[i]))
            status = bad(p, what, "a tensor without strides", err);
    if (status == FEAT_OK)
        status = bf_stat_storage(p, key, n, a->info.item, &a->bytes, err);
    if (status == FEAT_OK && (a->offset >= n || !fits(a, n)))
        status = bad(p, what, "a tensor that reaches beyond its data", err);
    a->tensor = true;
    a->n_bytes = (size_t)n * a->info.item;
    return status;
}

feat_status bf_stat_array_find(bf_stat_array *out, const bf_stat_pickle *p, uint32_t node, const char *what,
                               feat_error *err)
{
    *out = (bf_stat_array){.n_bytes = 0};
    return is_array(&p->pk, node)    ? find_array(out, p, node, what, err)
           : is_buffer(&p->pk, node) ? find_buffer(out, p, node, what, err)
           : is_tensor(&p->pk, node) ? find_tensor(out, p, node, what, err)
                                     : bad(p, what, "no array", err);
}

/* --- values ----------------------------------------------------------------------------------------------- */

/* Code points below 256, in UTF-8, are bytes. False where they are not n_out. */
static bool encode_latin1(uint8_t *out, size_t n_out, const uint8_t *text, size_t n)
{
    size_t used = 0, i = 0;
    while (i < n && used < n_out) {
        uint8_t c = text[i++];
        if (c >= 0x80) {
            if ((c != 0xc2 && c != 0xc3) || i == n || (text[i] & 0xc0) != 0x80)
                return false;
            c = (uint8_t)(c << 6 | (text[i++] & 0x3f));
        }
        out[used++] = c;
    }
    return i == n && used == n_out;
}

/* The elements of a tensor side by side, row-major. */
static void gather(uint8_t *out, const bf_stat_array *a)
{
    size_t item = a->info.item, rows = a->info.rank > 1 ? a->info.shape[0] : 1;
    size_t columns = a->info.rank == 0 ? 1 : a->info.shape[a->info.rank - 1];
    uint64_t down = a->info.rank > 1 ? a->stride[0] : 0, across = a->info.rank == 0 ? 0 : a->stride[a->info.rank - 1];
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++, out += item)
            memcpy(out, a->bytes + (size_t)(a->offset + i * down + j * across) * item, item);
}

feat_status bf_stat_array_bytes(const bf_stat_array *a, const bf_stat_pickle *p, const char *what, uint8_t **out,
                                feat_error *err)
{
    *out = NULL;
    /* A text cannot hold more bytes than it is long, nor a file more elements than bytes. */
    if ((a->latin1 && a->info.n_bytes > a->n_bytes) || (a->tensor && a->info.n_items > p->n_bytes))
        return bad(p, what, "fewer bytes found than its shape has", err);
    uint8_t *bytes = feat_alloc(a->info.n_bytes + 1);
    if (bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read %s", p->path, what);
    if (a->tensor)
        gather(bytes, a);
    else if (!a->latin1)
        memcpy(bytes, a->bytes, a->info.n_bytes);
    else if (!encode_latin1(bytes, a->info.n_bytes, a->bytes, a->n_bytes)) {
        feat_free(bytes);
        return bad(p, what, "its bytes are not those of its shape", err);
    }
    *out = bytes;
    return FEAT_OK;
}

feat_status bf_stat_array_doubles(const bf_stat_array *a, const bf_stat_pickle *p, const char *what, double *out,
                                  feat_error *err)
{
    feat_array array = {.info = a->info, .fd = -1};
    feat_status status = bf_stat_array_bytes(a, p, what, &array.memory, err);
    if (status == FEAT_OK)
        status = feat_array_doubles(&array, out, err);
    feat_free(array.memory);
    return status;
}

/* --- what is around arrays ---------------------------------------------------------------------------------- */

uint32_t bf_stat_unwrap(const feat_pickle *pk, uint32_t node)
{
    if (!is_array(pk, node) || pk->nodes[node].u.call.state == FEAT_PK_END)
        return node;
    uint32_t objects = feat_pickle_item(pk, pk->nodes[node].u.call.state, 4);
    const feat_pk_node *list = node_at(pk, objects);
    return list != NULL && list->kind == FEAT_PK_LIST && list->n == 1 ? feat_pickle_item(pk, objects, 0) : node;
}

bool bf_stat_count(const feat_pickle *pk, uint32_t node, size_t *out)
{
    const feat_pk_node *n = node_at(pk, node);
    double value = -1.0;
    if (n == NULL)
        return false;
    if (n->kind == FEAT_PK_INT)
        value = (double)n->u.integer;
    else if (n->kind == FEAT_PK_FLOAT)
        value = n->u.real;
    else if (calls(pk, node, "numpy.core.multiarray\nscalar", "numpy._core.multiarray\nscalar")) {
        bf_stat_array a = {.n_bytes = 0};
        const bf_stat_pickle p = {.path = "", .pk = *pk};
        a.info.n_items = 1;
        if (find_type(&a.info, &p, argument(pk, node, 0), "", NULL) != FEAT_OK || a.info.kind == 'O')
            return false;
        a.info.n_bytes = a.info.item;
        if (find_bytes(&a, &p, argument(pk, node, 1), "", NULL) != FEAT_OK ||
            bf_stat_array_doubles(&a, &p, "", &value, NULL) != FEAT_OK)
            return false;
    }
    if (!(value >= 0.0 && value <= 9e15) || value != floor(value))
        return false;
    *out = (size_t)value;
    return true;
}
