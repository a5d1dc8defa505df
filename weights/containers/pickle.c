/* The opcode machine, and looking things up in what it has built. Objects live in one array and refer to each other by
 * index, so a pickle that contains itself is no danger; every object costs at least one byte of input and their number
 * is bounded, so a hostile file cannot ask for more memory than a constant. */
#include "weights/containers/pickle.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "weights/containers/printable.h"

/* torchvision's state dict needs about 20,000. */
enum { MAX_OBJECTS = 1 << 20 };

enum {
    OP_MARK = '(',
    OP_STOP = '.',
    OP_NONE = 'N',
    OP_REDUCE = 'R',
    OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U',
    OP_BINUNICODE = 'X',
    OP_BINFLOAT = 'G',
    OP_BININT = 'J',
    OP_BININT1 = 'K',
    OP_BININT2 = 'M',
    OP_BINPERSID = 'Q',
    OP_EMPTY_LIST = ']',
    OP_APPEND = 'a',
    OP_APPENDS = 'e',
    OP_BUILD = 'b',
    OP_GLOBAL = 'c',
    OP_EMPTY_DICT = '}',
    OP_SETITEM = 's',
    OP_SETITEMS = 'u',
    OP_TUPLE = 't',
    OP_EMPTY_TUPLE = ')',
    OP_BINGET = 'h',
    OP_LONG_BINGET = 'j',
    OP_BINPUT = 'q',
    OP_LONG_BINPUT = 'r',
    OP_PROTO = 0x80,
    OP_NEWOBJ = 0x81,
    OP_TUPLE1 = 0x85,
    OP_TUPLE2 = 0x86,
    OP_TUPLE3 = 0x87,
    OP_NEWTRUE = 0x88,
    OP_NEWFALSE = 0x89,
    OP_LONG1 = 0x8a
};

#define MARK (UINT32_MAX - 1)

/* How the names of classes in TorchScript archives begin. */
#define MODULE_CLASS "__torch__"

typedef struct machine {
    const char *path;
    const unsigned char *bytes;
    size_t n_bytes, at;
    size_t op_at; /* of the opcode being executed */
    feat_pickle *pk;
    uint32_t *stack, *memo; /* node indices, or MARK; an empty memo slot is FEAT_PK_END */
    uint32_t n_stack, stack_capacity, memo_capacity;
    feat_error *err;
} machine;

static feat_status no_memory(machine *m)
{
    return feat_fail(m->err, FEAT_ERR_NOMEM, "%s: no memory for its pickle", m->path);
}

static feat_status damaged(machine *m, const char *what)
{
    return feat_fail(m->err, FEAT_ERR_FORMAT, "%s: damaged pickle: %s at byte %zu", m->path, what, m->op_at);
}

/* Makes room for one more element of `size` bytes; growth doubles up to MAX_OBJECTS. */
static feat_status reserve(machine *m, void **array, uint32_t *capacity, uint32_t n, size_t size)
{
    if (n < *capacity)
        return FEAT_OK;
    if (n >= MAX_OBJECTS)
        return feat_fail(m->err, FEAT_ERR_UNSUPPORTED, "%s: pickle: at most %d objects expected, more found",
                         m->path, MAX_OBJECTS);
    uint32_t grown = *capacity == 0 ? 1024 : *capacity;
    while (grown <= n)
        grown *= 2;
    void *moved = feat_realloc(*array, grown * size);
    if (moved == NULL)
        return no_memory(m);
    *array = moved;
    *capacity = grown;
    return FEAT_OK;
}

static feat_status push_index(machine *m, uint32_t index)
{
    void *stack = m->stack;
    feat_status status = reserve(m, &stack, &m->stack_capacity, m->n_stack, sizeof *m->stack);
    m->stack = stack;
    if (status == FEAT_OK)
        m->stack[m->n_stack++] = index;
    return status;
}

/* A new node of this kind on top of the stack; *node may be NULL. */
static feat_status push_new(machine *m, feat_pk_kind kind, feat_pk_node **node)
{
    void *nodes = m->pk->nodes;
    feat_status status = reserve(m, &nodes, &m->pk->nodes_capacity, m->pk->n_nodes, sizeof *m->pk->nodes);
    m->pk->nodes = nodes;
    if (status != FEAT_OK)
        return status;
    feat_pk_node *made = &m->pk->nodes[m->pk->n_nodes];
    memset(made, 0, sizeof *made);
    made->kind = kind;
    if (kind == FEAT_PK_TUPLE || kind == FEAT_PK_LIST || kind == FEAT_PK_DICT || kind == FEAT_PK_MODULE)
        made->u.chain.first = made->u.chain.last = FEAT_PK_END;
    if (node != NULL)
        *node = made;
    return push_index(m, m->pk->n_nodes++);
}

/* Pops an object; a mark there, or nothing, means a damaged pickle. */
static feat_status pop(machine *m, uint32_t *index)
{
    if (m->n_stack == 0 || m->stack[m->n_stack - 1] == MARK)
        return damaged(m, "nothing to take from the stack");
    *index = m->stack[--m->n_stack];
    return FEAT_OK;
}

/* The object on top, which must be of this kind. */
static feat_status top_of_kind(machine *m, feat_pk_kind kind, uint32_t *index)
{
    if (m->n_stack == 0 || m->stack[m->n_stack - 1] == MARK)
        return damaged(m, "nothing on the stack");
    *index = m->stack[m->n_stack - 1];
    if (m->pk->nodes[*index].kind != kind)
        return damaged(m, "an object of the wrong kind");
    return FEAT_OK;
}

static feat_status chain_add(machine *m, uint32_t container, uint32_t key, uint32_t value)
{
    feat_pickle *pk = m->pk;
    void *cells = pk->cells;
    feat_status status = reserve(m, &cells, &pk->cells_capacity, pk->n_cells, sizeof *pk->cells);
    pk->cells = cells;
    if (status != FEAT_OK)
        return status;
    uint32_t cell = pk->n_cells++;
    pk->cells[cell] = (feat_pk_cell){key, value, FEAT_PK_END};
    feat_pk_node *node = &pk->nodes[container];
    if (node->u.chain.first == FEAT_PK_END)
        node->u.chain.first = cell;
    else
        pk->cells[node->u.chain.last].next = cell;
    node->u.chain.last = cell;
    node->n++;
    return FEAT_OK;
}

/* `n` bytes of the opcode's argument. */
static feat_status take(machine *m, size_t n, const unsigned char **p)
{
    if (n > m->n_bytes - m->at)
        return feat_fail(m->err, FEAT_ERR_FORMAT, "%s: truncated: the pickle goes on after byte %zu, the end",
                         m->path, m->n_bytes);
    *p = m->bytes + m->at;
    m->at += n;
    return FEAT_OK;
}

/* A little-endian unsigned number of n <= 4 bytes. */
static feat_status take_number(machine *m, size_t n, uint32_t *value)
{
    const unsigned char *p = NULL;
    feat_status status = take(m, n, &p);
    *value = 0;
    for (size_t i = 0; status == FEAT_OK && i < n; i++)
        *value |= (uint32_t)p[i] << (8 * i);
    return status;
}

static feat_status push_integer(machine *m, feat_pk_kind kind, int64_t value)
{
    feat_pk_node *node = NULL;
    feat_status status = push_new(m, kind, &node);
    if (status == FEAT_OK)
        node->u.integer = value;
    return status;
}

static feat_status push_text(machine *m, feat_pk_kind kind, const unsigned char *text, size_t n)
{
    feat_pk_node *node = NULL;
    feat_status status = push_new(m, kind, &node);
    if (status == FEAT_OK) {
        node->u.text = text;
        node->n = (uint32_t)n;
    }
    return status;
}

static feat_status op_string(machine *m, size_t length_bytes)
{
    uint32_t n = 0;
    const unsigned char *text = NULL;
    feat_status status = take_number(m, length_bytes, &n);
    if (status == FEAT_OK)
        status = take(m, n, &text);
    return status == FEAT_OK ? push_text(m, FEAT_PK_TEXT, text, n) : status;
}

static feat_status op_integer(machine *m, size_t bytes)
{
    uint32_t value = 0;
    feat_status status = take_number(m, bytes, &value);
    if (status != FEAT_OK)
        return status;
    int64_t wide = value;
    if (bytes == 4 && value > INT32_MAX)
        wide -= INT64_C(1) << 32;
    return push_integer(m, FEAT_PK_INT, wide);
}

static feat_status op_long(machine *m)
{
    uint32_t n = 0;
    const unsigned char *p = NULL;
    feat_status status = take_number(m, 1, &n);
    if (status == FEAT_OK)
        status = take(m, n, &p);
    if (status != FEAT_OK)
        return status;
    if (n > 8)
        return damaged(m, "an integer of more than 64 bits");
    uint64_t value = n != 0 && (p[n - 1] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = n; i-- > 0;)
        value = value << 8 | p[i];
    int64_t integer;
    memcpy(&integer, &value, sizeof integer);
    return push_integer(m, FEAT_PK_INT, integer);
}

static bool text_is(const unsigned char *text, size_t n, const char *wanted)
{
    return strlen(wanted) == n && memcmp(text, wanted, n) == 0;
}

static bool starts_with(const unsigned char *text, size_t n, const char *start)
{
    return strlen(start) <= n && memcmp(text, start, strlen(start)) == 0;
}

/* "module\nname\n". Only names a state dict needs pass; they are never looked up anywhere. */
static feat_status op_global(machine *m)
{
    const unsigned char *text = m->bytes + m->at;
    size_t n = 0, n_lines = 0;
    for (; n_lines < 2; n++) {
        const unsigned char *p = NULL;
        feat_status status = take(m, 1, &p);
        if (status != FEAT_OK)
            return status;
        n_lines += *p == '\n';
    }
    n--; /* without the last line end; the first one stays as separator */
    static const char *const allowed[] = {"collections\nOrderedDict", "torch._utils\n_rebuild_tensor",
                                          "torch._utils\n_rebuild_tensor_v2",
                                          "torch._utils\n_rebuild_parameter",
                                          "torch\ndevice"};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        if (text_is(text, n, allowed[i]))
            return push_text(m, FEAT_PK_GLOBAL, text, n);
    }
    if (starts_with(text, n, "torch\n") && n > 13 && memcmp(text + n - 7, "Storage", 7) == 0)
        return push_text(m, FEAT_PK_GLOBAL, text, n);
    if (starts_with(text, n, MODULE_CLASS) || starts_with(text, n, "torch.jit._pickle\n"))
        return push_text(m, FEAT_PK_GLOBAL, text, n);
    char shown[FEAT_LABEL_BYTES];
    (void)feat_printable(shown, sizeof shown, text, n);
    return feat_fail(
        m->err, FEAT_ERR_UNSUPPORTED,
        "%s: refused: the pickle wants '%s', which no state dict needs; save model.state_dict() instead",
        m->path, shown);
}

/* Everything above the topmost mark: *first is its position on the stack; the mark itself is below. */
static feat_status above_mark(machine *m, uint32_t *first)
{
    uint32_t i = m->n_stack;
    while (i > 0 && m->stack[i - 1] != MARK)
        i--;
    if (i == 0)
        return damaged(m, "no mark on the stack");
    *first = i;
    return FEAT_OK;
}

/* A tuple of the stack's items from `first`; they, and a mark below if `marked`, are taken away. */
static feat_status make_tuple(machine *m, uint32_t first, bool marked)
{
    uint32_t end = m->n_stack;
    feat_status status = push_new(m, FEAT_PK_TUPLE, NULL);
    if (status != FEAT_OK)
        return status;
    uint32_t tuple = m->stack[--m->n_stack];
    for (uint32_t i = first; i < end && status == FEAT_OK; i++) {
        if (m->stack[i] == MARK)
            return damaged(m, "a mark inside a tuple");
        status = chain_add(m, tuple, 0, m->stack[i]);
    }
    m->n_stack = first - (marked ? 1 : 0);
    return status == FEAT_OK ? push_index(m, tuple) : status;
}

static feat_status op_tuple(machine *m)
{
    uint32_t first = 0;
    feat_status status = above_mark(m, &first);
    return status == FEAT_OK ? make_tuple(m, first, true) : status;
}

static feat_status op_small_tuple(machine *m, uint32_t n)
{
    if (m->n_stack < n)
        return damaged(m, "nothing to take from the stack");
    return make_tuple(m, m->n_stack - n, false);
}

/* Adds the items above the mark to the container below it: pairs to a dict, single ones to a list. */
static feat_status op_add_many(machine *m, feat_pk_kind kind)
{
    uint32_t first = 0, container = 0, step = kind == FEAT_PK_DICT ? 2 : 1;
    feat_status status = above_mark(m, &first);
    if (status != FEAT_OK)
        return status;
    uint32_t end = m->n_stack;
    if ((end - first) % step != 0)
        return damaged(m, "a key without a value");
    m->n_stack = first - 1;
    if ((status = top_of_kind(m, kind, &container)) != FEAT_OK)
        return status;
    for (uint32_t i = first; i < end && status == FEAT_OK; i += step)
        status = chain_add(m, container, m->stack[i], m->stack[i + step - 1]);
    return status;
}

static feat_status op_add_one(machine *m, feat_pk_kind kind)
{
    uint32_t key = 0, value = 0, container = 0;
    feat_status status = pop(m, &value);
    if (status == FEAT_OK && kind == FEAT_PK_DICT)
        status = pop(m, &key);
    if (status == FEAT_OK)
        status = top_of_kind(m, kind, &container);
    return status == FEAT_OK ? chain_add(m, container, key, value) : status;
}

/* OrderedDict(list of pairs), as Python 2 pickled it. */
static feat_status fill_dict(machine *m, uint32_t dict, uint32_t pairs)
{
    feat_status status = FEAT_OK;
    feat_pk_kind kind = m->pk->nodes[pairs].kind;
    if (kind != FEAT_PK_LIST && kind != FEAT_PK_TUPLE)
        return damaged(m, "an OrderedDict of something that is no list");
    for (uint32_t c = m->pk->nodes[pairs].u.chain.first; c != FEAT_PK_END && status == FEAT_OK;
         c = m->pk->cells[c].next) {
        uint32_t pair = m->pk->cells[c].value;
        uint32_t key = feat_pickle_item(m->pk, pair, 0), value = feat_pickle_item(m->pk, pair, 1);
        if (key == FEAT_PK_END || value == FEAT_PK_END)
            return damaged(m, "an OrderedDict of something that is no pair");
        status = chain_add(m, dict, key, value);
    }
    return status;
}

static feat_status op_reduce(machine *m)
{
    uint32_t argument = 0, function = 0;
    feat_pk_node *node = NULL;
    feat_status status = pop(m, &argument);
    if (status == FEAT_OK)
        status = pop(m, &function);
    if (status != FEAT_OK)
        return status;
    if (m->pk->nodes[function].kind != FEAT_PK_GLOBAL || m->pk->nodes[argument].kind != FEAT_PK_TUPLE)
        return damaged(m, "a call of something that is no function");
    if (feat_pickle_is(m->pk, function, "collections\nOrderedDict")) {
        uint32_t pairs = feat_pickle_item(m->pk, argument, 0);
        status = push_new(m, FEAT_PK_DICT, NULL);
        if (status == FEAT_OK && pairs != FEAT_PK_END)
            status = fill_dict(m, m->stack[m->n_stack - 1], pairs);
        return status;
    }
    if ((status = push_new(m, FEAT_PK_CALL, &node)) != FEAT_OK)
        return status;
    node->u.call.function = function;
    node->u.call.argument = argument;
    return FEAT_OK;
}

static feat_status op_persistent(machine *m)
{
    uint32_t argument = 0;
    feat_pk_node *node = NULL;
    feat_status status = pop(m, &argument);
    if (status == FEAT_OK)
        status = push_new(m, FEAT_PK_PERSISTENT, &node);
    if (status == FEAT_OK)
        node->u.call.argument = argument;
    return status;
}

/* An object of a TorchScript class, without attributes yet. */
static feat_status op_newobj(machine *m)
{
    uint32_t argument = 0, class = 0;
    feat_status status = pop(m, &argument);
    if (status == FEAT_OK)
        status = pop(m, &class);
    if (status != FEAT_OK)
        return status;
    const feat_pk_node *node = &m->pk->nodes[class];
    if (node->kind != FEAT_PK_GLOBAL || !starts_with(node->u.text, node->n, MODULE_CLASS))
        return damaged(m, "an object of something that is no TorchScript class");
    return push_new(m, FEAT_PK_MODULE, NULL);
}

/* State given to an object after it was made. torch gives a state dict its version numbers this way, which are ignored,
 * and a module its attributes. */
static feat_status op_build(machine *m)
{
    uint32_t state = 0, object = 0;
    feat_status status = pop(m, &state);
    if (status != FEAT_OK)
        return status;
    if (m->n_stack == 0 || m->stack[m->n_stack - 1] == MARK ||
        m->pk->nodes[m->stack[m->n_stack - 1]].kind != FEAT_PK_MODULE)
        return top_of_kind(m, FEAT_PK_DICT, &object);
    object = m->stack[m->n_stack - 1];
    if (m->pk->nodes[state].kind == FEAT_PK_DICT) { /* a class with a __setstate__ may be given anything */
        m->pk->nodes[object].u.chain = m->pk->nodes[state].u.chain;
        m->pk->nodes[object].n = m->pk->nodes[state].n;
    }
    return FEAT_OK;
}

static feat_status op_put(machine *m, size_t bytes)
{
    uint32_t slot = 0;
    feat_status status = take_number(m, bytes, &slot);
    if (status != FEAT_OK)
        return status;
    if (m->n_stack == 0 || m->stack[m->n_stack - 1] == MARK)
        return damaged(m, "nothing to remember");
    void *memo = m->memo;
    uint32_t before = m->memo_capacity;
    status = reserve(m, &memo, &m->memo_capacity, slot, sizeof *m->memo);
    m->memo = memo;
    if (status != FEAT_OK)
        return status;
    for (uint32_t i = before; i < m->memo_capacity; i++)
        m->memo[i] = FEAT_PK_END;
    m->memo[slot] = m->stack[m->n_stack - 1];
    return FEAT_OK;
}

static feat_status op_get(machine *m, size_t bytes)
{
    uint32_t slot = 0;
    feat_status status = take_number(m, bytes, &slot);
    if (status != FEAT_OK)
        return status;
    if (slot >= m->memo_capacity || m->memo[slot] == FEAT_PK_END)
        return damaged(m, "a reference to nothing");
    return push_index(m, m->memo[slot]);
}

static feat_status op_proto(machine *m)
{
    uint32_t version = 0;
    feat_status status = take_number(m, 1, &version);
    if (status == FEAT_OK && version != 2)
        return feat_fail(m->err, FEAT_ERR_UNSUPPORTED, "%s: pickle protocol 2 expected, %u found", m->path,
                         version);
    return status;
}

static feat_status step(machine *m, unsigned char op)
{
    const unsigned char *p = NULL;
    feat_status status;
    switch (op) {
    case OP_PROTO:
        return op_proto(m);
    case OP_MARK:
        return push_index(m, MARK);
    case OP_NONE:
        return push_new(m, FEAT_PK_NONE, NULL);
    case OP_NEWTRUE:
    case OP_NEWFALSE:
        return push_integer(m, FEAT_PK_BOOL, op == OP_NEWTRUE);
    case OP_BININT:
        return op_integer(m, 4);
    case OP_BININT1:
        return op_integer(m, 1);
    case OP_BININT2:
        return op_integer(m, 2);
    case OP_LONG1:
        return op_long(m);
    case OP_BINFLOAT:
        status = take(m, 8, &p);
        return status == FEAT_OK ? push_new(m, FEAT_PK_FLOAT, NULL) : status;
    case OP_BINSTRING:
    case OP_BINUNICODE:
        return op_string(m, 4);
    case OP_SHORT_BINSTRING:
        return op_string(m, 1);
    case OP_EMPTY_DICT:
        return push_new(m, FEAT_PK_DICT, NULL);
    case OP_EMPTY_LIST:
        return push_new(m, FEAT_PK_LIST, NULL);
    case OP_EMPTY_TUPLE:
        return push_new(m, FEAT_PK_TUPLE, NULL);
    case OP_TUPLE:
        return op_tuple(m);
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3:
        return op_small_tuple(m, (uint32_t)op - OP_TUPLE1 + 1);
    case OP_APPEND:
        return op_add_one(m, FEAT_PK_LIST);
    case OP_APPENDS:
        return op_add_many(m, FEAT_PK_LIST);
    case OP_SETITEM:
        return op_add_one(m, FEAT_PK_DICT);
    case OP_SETITEMS:
        return op_add_many(m, FEAT_PK_DICT);
    case OP_GLOBAL:
        return op_global(m);
    case OP_REDUCE:
        return op_reduce(m);
    case OP_BINPERSID:
        return op_persistent(m);
    case OP_NEWOBJ:
        return op_newobj(m);
    case OP_BUILD:
        return op_build(m);
    case OP_BINPUT:
        return op_put(m, 1);
    case OP_LONG_BINPUT:
        return op_put(m, 4);
    case OP_BINGET:
        return op_get(m, 1);
    case OP_LONG_BINGET:
        return op_get(m, 4);
    default:
        return feat_fail(m->err, FEAT_ERR_UNSUPPORTED,
                         "%s: pickle opcode 0x%02x at byte %zu is not one a state dict needs", m->path, op,
                         m->op_at);
    }
}

feat_status feat_pickle_parse(feat_pickle *out, const char *path, const unsigned char *bytes, size_t n_bytes,
                              size_t start, feat_error *err)
{
    memset(out, 0, sizeof *out);
    machine m = {.path = path, .bytes = bytes, .n_bytes = n_bytes, .at = start, .pk = out, .err = err};
    feat_status status = FEAT_OK;
    for (;;) {
        const unsigned char *op = NULL;
        m.op_at = m.at;
        if ((status = take(&m, 1, &op)) != FEAT_OK || *op == OP_STOP)
            break;
        if ((status = step(&m, *op)) != FEAT_OK)
            break;
    }
    if (status == FEAT_OK)
        status = pop(&m, &out->root);
    if (status == FEAT_OK && m.n_stack != 0)
        status = damaged(&m, "objects left on the stack");
    out->end = m.at;
    feat_free(m.stack);
    feat_free(m.memo);
    if (status != FEAT_OK)
        feat_pickle_free(out);
    return status;
}

/* --- looking things up in what the machine has built ------------------------------------------------ */

void feat_pickle_free(feat_pickle *pickle)
{
    feat_free(pickle->nodes);
    feat_free(pickle->cells);
    memset(pickle, 0, sizeof *pickle);
}

int feat_pickle_is(const feat_pickle *pickle, uint32_t index, const char *text)
{
    const feat_pk_node *node = &pickle->nodes[index];
    return (node->kind == FEAT_PK_TEXT || node->kind == FEAT_PK_GLOBAL) && strlen(text) == node->n &&
           memcmp(node->u.text, text, node->n) == 0;
}

uint32_t feat_pickle_item(const feat_pickle *pickle, uint32_t index, uint32_t position)
{
    const feat_pk_node *node = &pickle->nodes[index];
    if ((node->kind != FEAT_PK_TUPLE && node->kind != FEAT_PK_LIST) || position >= node->n)
        return FEAT_PK_END;
    uint32_t cell = node->u.chain.first;
    for (uint32_t i = 0; i < position; i++)
        cell = pickle->cells[cell].next;
    return pickle->cells[cell].value;
}

uint32_t feat_pickle_get(const feat_pickle *pickle, uint32_t index, const char *key)
{
    const feat_pk_node *node = &pickle->nodes[index];
    if (node->kind != FEAT_PK_DICT && node->kind != FEAT_PK_MODULE)
        return FEAT_PK_END;
    for (uint32_t c = node->u.chain.first; c != FEAT_PK_END; c = pickle->cells[c].next) {
        if (feat_pickle_is(pickle, pickle->cells[c].key, key))
            return pickle->cells[c].value;
    }
    return FEAT_PK_END;
}
