/* The opcode machine: what each opcode does. */
#include "weights/containers/pickle.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "weights/containers/pickle_parts.h"
#include "weights/containers/printable.h"

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
    OP_LONG1 = 0x8a,
    /* Of protocols above 2, and what numbers in data need. */
    OP_BINBYTES = 'B',
    OP_SHORT_BINBYTES = 'C',
    OP_LONG4 = 0x8b,
    OP_SHORT_BINUNICODE = 0x8c,
    OP_BINUNICODE8 = 0x8d,
    OP_BINBYTES8 = 0x8e,
    OP_STACK_GLOBAL = 0x93,
    OP_MEMOIZE = 0x94,
    OP_FRAME = 0x95,
    OP_BYTEARRAY8 = 0x96
};

/* How the names of classes in TorchScript archives begin. */
#define MODULE_CLASS "__torch__"

static feat_status push_integer(feat_pk_machine *m, feat_pk_kind kind, int64_t value)
{
    feat_pk_node *node = NULL;
    feat_status status = feat_pk_push_new(m, kind, &node);
    if (status == FEAT_OK)
        node->u.integer = value;
    return status;
}

static feat_status push_text(feat_pk_machine *m, feat_pk_kind kind, const unsigned char *text, size_t n)
{
    feat_pk_node *node = NULL;
    feat_status status = feat_pk_push_new(m, kind, &node);
    if (status == FEAT_OK) {
        node->u.text = text;
        node->n = (uint32_t)n;
    }
    return status;
}

static feat_status op_string(feat_pk_machine *m, feat_pk_kind kind, size_t length_bytes)
{
    uint64_t n = 0;
    const unsigned char *text = NULL;
    feat_status status = feat_pk_take_number(m, length_bytes, &n);
    if (status == FEAT_OK)
        status = feat_pk_take(m, n, &text);
    if (status == FEAT_OK && n >= FEAT_PK_END)
        return feat_pk_damaged(m, "a text of more than 4 GiB");
    return status == FEAT_OK ? push_text(m, kind, text, (size_t)n) : status;
}

static feat_status op_integer(feat_pk_machine *m, size_t bytes)
{
    uint64_t value = 0;
    feat_status status = feat_pk_take_number(m, bytes, &value);
    if (status != FEAT_OK)
        return status;
    int64_t wide = (int64_t)value;
    if (bytes == 4 && value > INT32_MAX)
        wide -= INT64_C(1) << 32;
    return push_integer(m, FEAT_PK_INT, wide);
}

static feat_status op_long(feat_pk_machine *m, size_t length_bytes)
{
    uint64_t n = 0;
    const unsigned char *p = NULL;
    feat_status status = feat_pk_take_number(m, length_bytes, &n);
    if (status == FEAT_OK)
        status = feat_pk_take(m, n, &p);
    if (status != FEAT_OK)
        return status;
    if (n > 8)
        return feat_pk_damaged(m, "an integer of more than 64 bits");
    uint64_t value = n != 0 && (p[n - 1] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = (size_t)n; i-- > 0;)
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

static const feat_pk_global *find_global(const feat_pk_machine *m, const unsigned char *text, size_t n)
{
    for (size_t i = 0; i < m->rules->n_globals; i++)
        if (text_is(text, n, m->rules->globals[i].name))
            return &m->rules->globals[i];
    return NULL;
}

/* A name that the rules have, or not; it stands for itself and is never looked up anywhere. */
static feat_status push_global(feat_pk_machine *m, const unsigned char *text, size_t n)
{
    char shown[FEAT_LABEL_BYTES];
    const feat_pk_global *known = find_global(m, text, n);
    if (known != NULL)
        return push_text(m, FEAT_PK_GLOBAL, (const unsigned char *)known->name, n);
    (void)feat_printable(shown, sizeof shown, text, n);
    for (size_t i = 0; i < n && i + 1 < sizeof shown && shown[i] != 0; i++) /* "module.name", as people write it */
        if (text[i] == '\n')
            shown[i] = '.';
    return feat_fail(m->err, FEAT_ERR_UNSUPPORTED, "%s: refused: the pickle wants '%s', %s", m->path, shown,
                     m->rules->refusal);
}

/* A name from two texts on the stack. */
static feat_status op_stack_global(feat_pk_machine *m)
{
    unsigned char text[256];
    uint32_t name = 0, module = 0;
    feat_status status = feat_pk_pop(m, &name);
    if (status == FEAT_OK)
        status = feat_pk_pop(m, &module);
    if (status != FEAT_OK)
        return status;
    const feat_pk_node *a = &m->pk->nodes[module], *b = &m->pk->nodes[name];
    if (a->kind != FEAT_PK_TEXT || b->kind != FEAT_PK_TEXT || a->n > 120 || b->n > 120)
        return feat_pk_damaged(m, "a name that is no text, or too long");
    memcpy(text, a->u.text, a->n);
    text[a->n] = '\n';
    memcpy(text + a->n + 1, b->u.text, b->n);
    return push_global(m, text, (size_t)a->n + 1 + b->n);
}

/* "module\nname\n". Only names a state dict needs pass; they are never looked up anywhere. */
static feat_status op_global(feat_pk_machine *m)
{
    const unsigned char *text = m->bytes + m->at;
    size_t n = 0, n_lines = 0;
    for (; n_lines < 2; n++) {
        const unsigned char *p = NULL;
        feat_status status = feat_pk_take(m, 1, &p);
        if (status != FEAT_OK)
            return status;
        n_lines += *p == '\n';
    }
    n--; /* without the last line end; the first one stays as separator */
    if (m->rules != NULL)
        return push_global(m, text, n);
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
static feat_status above_mark(feat_pk_machine *m, uint32_t *first)
{
    uint32_t i = m->n_stack;
    while (i > 0 && m->stack[i - 1] != FEAT_PK_MARK)
        i--;
    if (i == 0)
        return feat_pk_damaged(m, "no mark on the stack");
    *first = i;
    return FEAT_OK;
}

/* A tuple of the stack's items from `first`; they, and a mark below if `marked`, are taken away. */
static feat_status make_tuple(feat_pk_machine *m, uint32_t first, bool marked)
{
    uint32_t end = m->n_stack;
    feat_status status = feat_pk_push_new(m, FEAT_PK_TUPLE, NULL);
    if (status != FEAT_OK)
        return status;
    uint32_t tuple = m->stack[--m->n_stack];
    for (uint32_t i = first; i < end && status == FEAT_OK; i++) {
        if (m->stack[i] == FEAT_PK_MARK)
            return feat_pk_damaged(m, "a mark inside a tuple");
        status = feat_pk_chain_add(m, tuple, 0, m->stack[i]);
    }
    m->n_stack = first - (marked ? 1 : 0);
    return status == FEAT_OK ? feat_pk_push(m, tuple) : status;
}

static feat_status op_tuple(feat_pk_machine *m)
{
    uint32_t first = 0;
    feat_status status = above_mark(m, &first);
    return status == FEAT_OK ? make_tuple(m, first, true) : status;
}

static feat_status op_small_tuple(feat_pk_machine *m, uint32_t n)
{
    if (m->n_stack < n)
        return feat_pk_damaged(m, "nothing to take from the stack");
    return make_tuple(m, m->n_stack - n, false);
}

/* Adds the items above the mark to the container below it: pairs to a dict, single ones to a list. */
static feat_status op_add_many(feat_pk_machine *m, feat_pk_kind kind)
{
    uint32_t first = 0, container = 0, step = kind == FEAT_PK_DICT ? 2 : 1;
    feat_status status = above_mark(m, &first);
    if (status != FEAT_OK)
        return status;
    uint32_t end = m->n_stack;
    if ((end - first) % step != 0)
        return feat_pk_damaged(m, "a key without a value");
    m->n_stack = first - 1;
    if ((status = feat_pk_top(m, kind, &container)) != FEAT_OK)
        return status;
    for (uint32_t i = first; i < end && status == FEAT_OK; i += step)
        status = feat_pk_chain_add(m, container, m->stack[i], m->stack[i + step - 1]);
    return status;
}

static feat_status op_add_one(feat_pk_machine *m, feat_pk_kind kind)
{
    uint32_t key = 0, value = 0, container = 0;
    feat_status status = feat_pk_pop(m, &value);
    if (status == FEAT_OK && kind == FEAT_PK_DICT)
        status = feat_pk_pop(m, &key);
    if (status == FEAT_OK)
        status = feat_pk_top(m, kind, &container);
    return status == FEAT_OK ? feat_pk_chain_add(m, container, key, value) : status;
}

/* OrderedDict(list of pairs), as Python 2 pickled it. */
static feat_status fill_dict(feat_pk_machine *m, uint32_t dict, uint32_t pairs)
{
    feat_status status = FEAT_OK;
    feat_pk_kind kind = m->pk->nodes[pairs].kind;
    if (kind != FEAT_PK_LIST && kind != FEAT_PK_TUPLE)
        return feat_pk_damaged(m, "an OrderedDict of something that is no list");
    for (uint32_t c = m->pk->nodes[pairs].u.chain.first; c != FEAT_PK_END && status == FEAT_OK;
         c = m->pk->cells[c].next) {
        uint32_t pair = m->pk->cells[c].value;
        uint32_t key = feat_pickle_item(m->pk, pair, 0), value = feat_pickle_item(m->pk, pair, 1);
        if (key == FEAT_PK_END || value == FEAT_PK_END)
            return feat_pk_damaged(m, "an OrderedDict of something that is no pair");
        status = feat_pk_chain_add(m, dict, key, value);
    }
    return status;
}

static feat_status op_reduce(feat_pk_machine *m)
{
    uint32_t argument = 0, function = 0;
    feat_pk_node *node = NULL;
    feat_status status = feat_pk_pop(m, &argument);
    if (status == FEAT_OK)
        status = feat_pk_pop(m, &function);
    if (status != FEAT_OK)
        return status;
    if (m->pk->nodes[function].kind != FEAT_PK_GLOBAL || m->pk->nodes[argument].kind != FEAT_PK_TUPLE)
        return feat_pk_damaged(m, "a call of something that is no function");
    if (feat_pickle_is(m->pk, function, "collections\nOrderedDict")) {
        uint32_t pairs = feat_pickle_item(m->pk, argument, 0);
        status = feat_pk_push_new(m, FEAT_PK_DICT, NULL);
        if (status == FEAT_OK && pairs != FEAT_PK_END)
            status = fill_dict(m, m->stack[m->n_stack - 1], pairs);
        return status;
    }
    if ((status = feat_pk_push_new(m, FEAT_PK_CALL, &node)) != FEAT_OK)
        return status;
    node->u.call.function = function;
    node->u.call.argument = argument;
    return FEAT_OK;
}

static feat_status op_persistent(feat_pk_machine *m)
{
    uint32_t argument = 0;
    feat_pk_node *node = NULL;
    feat_status status = feat_pk_pop(m, &argument);
    if (status == FEAT_OK)
        status = feat_pk_push_new(m, FEAT_PK_PERSISTENT, &node);
    if (status == FEAT_OK)
        node->u.call.argument = argument;
    return status;
}

/* An object of a TorchScript class, without attributes yet. */
static feat_status op_newobj(feat_pk_machine *m)
{
    uint32_t argument = 0, class = 0;
    feat_status status = feat_pk_pop(m, &argument);
    if (status == FEAT_OK)
        status = feat_pk_pop(m, &class);
    if (status != FEAT_OK)
        return status;
    const feat_pk_node *node = &m->pk->nodes[class];
    const feat_pk_global *known =
        m->rules != NULL && node->kind == FEAT_PK_GLOBAL ? find_global(m, node->u.text, node->n) : NULL;
    if (m->rules != NULL && (known == NULL || known->role == FEAT_PK_FUNCTION))
        return feat_pk_damaged(m, "an object of something that is no class");
    if (known != NULL)
        return feat_pk_push_new(m, known->role == FEAT_PK_DICT_CLASS ? FEAT_PK_DICT : FEAT_PK_MODULE, NULL);
    if (node->kind != FEAT_PK_GLOBAL || !starts_with(node->u.text, node->n, MODULE_CLASS))
        return feat_pk_damaged(m, "an object of something that is no TorchScript class");
    return feat_pk_push_new(m, FEAT_PK_MODULE, NULL);
}

/* State given to an object after it was made. torch gives a state dict its version numbers this way, which are ignored,
 * and a module its attributes. */
static feat_status op_build(feat_pk_machine *m)
{
    uint32_t state = 0, object = 0;
    feat_status status = feat_pk_pop(m, &state);
    if (status != FEAT_OK)
        return status;
    bool any = m->n_stack > 0 && m->stack[m->n_stack - 1] != FEAT_PK_MARK;
    if (any && m->rules != NULL && m->pk->nodes[m->stack[m->n_stack - 1]].kind == FEAT_PK_CALL) {
        m->pk->nodes[m->stack[m->n_stack - 1]].u.call.state = state;
        return FEAT_OK;
    }
    if (!any || m->pk->nodes[m->stack[m->n_stack - 1]].kind != FEAT_PK_MODULE)
        return feat_pk_top(m, FEAT_PK_DICT, &object);
    object = m->stack[m->n_stack - 1];
    if (m->pk->nodes[state].kind == FEAT_PK_DICT) { /* a class with a __setstate__ may be given anything */
        m->pk->nodes[object].u.chain = m->pk->nodes[state].u.chain;
        m->pk->nodes[object].n = m->pk->nodes[state].n;
    }
    return FEAT_OK;
}

static feat_status put_at(feat_pk_machine *m, uint32_t slot)
{
    if (m->n_stack == 0 || m->stack[m->n_stack - 1] == FEAT_PK_MARK)
        return feat_pk_damaged(m, "nothing to remember");
    void *memo = m->memo;
    uint32_t before = m->memo_capacity;
    feat_status status = feat_pk_reserve(m, &memo, &m->memo_capacity, slot, sizeof *m->memo);
    m->memo = memo;
    if (status != FEAT_OK)
        return status;
    for (uint32_t i = before; i < m->memo_capacity; i++)
        m->memo[i] = FEAT_PK_END;
    m->memo[slot] = m->stack[m->n_stack - 1];
    return FEAT_OK;
}

static feat_status op_put(feat_pk_machine *m, size_t bytes)
{
    uint64_t slot = 0;
    feat_status status = feat_pk_take_number(m, bytes, &slot);
    return status == FEAT_OK ? put_at(m, (uint32_t)slot) : status;
}

static feat_status op_get(feat_pk_machine *m, size_t bytes)
{
    uint64_t slot = 0;
    feat_status status = feat_pk_take_number(m, bytes, &slot);
    if (status != FEAT_OK)
        return status;
    if (slot >= m->memo_capacity || m->memo[slot] == FEAT_PK_END)
        return feat_pk_damaged(m, "a reference to nothing");
    return feat_pk_push(m, m->memo[slot]);
}

static feat_status op_proto(feat_pk_machine *m)
{
    uint64_t version = 0;
    feat_status status = feat_pk_take_number(m, 1, &version);
    unsigned last = m->rules != NULL ? 5 : 2;
    if (status == FEAT_OK && (version < 2 || version > last))
        return feat_fail(m->err, FEAT_ERR_UNSUPPORTED, "%s: pickle protocol 2%s expected, %u found", m->path,
                         last > 2 ? " to 5" : "", (unsigned)version);
    return status;
}

static feat_status op_float(feat_pk_machine *m)
{
    const unsigned char *p = NULL;
    feat_pk_node *node = NULL;
    feat_status status = feat_pk_take(m, 8, &p);
    if (status == FEAT_OK)
        status = feat_pk_push_new(m, FEAT_PK_FLOAT, &node);
    if (status != FEAT_OK)
        return status;
    uint64_t bits = 0;
    for (size_t i = 0; i < 8; i++) /* big-endian */
        bits = bits << 8 | p[i];
    memcpy(&node->u.real, &bits, sizeof bits);
    return FEAT_OK;
}

/* Opcodes that a state dict does not have. */
static feat_status step_in_data(feat_pk_machine *m, unsigned char op)
{
    uint64_t frame = 0;
    switch (op) {
    case OP_BINSTRING: /* of Python 2, whose texts are bytes */
    case OP_BINBYTES:
        return op_string(m, FEAT_PK_BYTES, 4);
    case OP_SHORT_BINSTRING:
    case OP_SHORT_BINBYTES:
        return op_string(m, FEAT_PK_BYTES, 1);
    case OP_BINBYTES8:
    case OP_BYTEARRAY8:
        return op_string(m, FEAT_PK_BYTES, 8);
    case OP_SHORT_BINUNICODE:
        return op_string(m, FEAT_PK_TEXT, 1);
    case OP_BINUNICODE8:
        return op_string(m, FEAT_PK_TEXT, 8);
    case OP_LONG4:
        return op_long(m, 4);
    case OP_STACK_GLOBAL:
        return op_stack_global(m);
    case OP_MEMOIZE:
        return put_at(m, m->n_memo++);
    case OP_FRAME: /* how many bytes could be read ahead */
        return feat_pk_take_number(m, 8, &frame);
    default:
        return feat_fail(m->err, FEAT_ERR_UNSUPPORTED, "%s: pickle opcode 0x%02x at byte %zu is not one that data need",
                         m->path, op, m->op_at);
    }
}

static feat_status step(feat_pk_machine *m, unsigned char op)
{
    bool text_is_bytes = m->rules != NULL && (op == OP_BINSTRING || op == OP_SHORT_BINSTRING);
    if (text_is_bytes)
        return step_in_data(m, op);
    switch (op) {
    case OP_PROTO:
        return op_proto(m);
    case OP_MARK:
        return feat_pk_push(m, FEAT_PK_MARK);
    case OP_NONE:
        return feat_pk_push_new(m, FEAT_PK_NONE, NULL);
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
        return op_long(m, 1);
    case OP_BINFLOAT:
        return op_float(m);
    case OP_BINSTRING:
    case OP_BINUNICODE:
        return op_string(m, FEAT_PK_TEXT, 4);
    case OP_SHORT_BINSTRING:
        return op_string(m, FEAT_PK_TEXT, 1);
    case OP_EMPTY_DICT:
        return feat_pk_push_new(m, FEAT_PK_DICT, NULL);
    case OP_EMPTY_LIST:
        return feat_pk_push_new(m, FEAT_PK_LIST, NULL);
    case OP_EMPTY_TUPLE:
        return feat_pk_push_new(m, FEAT_PK_TUPLE, NULL);
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
        if (m->rules != NULL)
            return step_in_data(m, op);
        return feat_fail(m->err, FEAT_ERR_UNSUPPORTED,
                         "%s: pickle opcode 0x%02x at byte %zu is not one a state dict needs", m->path, op,
                         m->op_at);
    }
}

feat_status feat_pickle_parse(feat_pickle *out, const char *path, const unsigned char *bytes, size_t n_bytes,
                              size_t start, feat_error *err)
{
    return feat_pickle_parse_by(out, NULL, path, bytes, n_bytes, start, err);
}

feat_status feat_pickle_parse_by(feat_pickle *out, const feat_pk_rules *rules, const char *path,
                                 const unsigned char *bytes, size_t n_bytes, size_t start, feat_error *err)
{
    memset(out, 0, sizeof *out);
    feat_pk_machine m = {.path = path, .bytes = bytes, .n_bytes = n_bytes, .at = start, .pk = out, .err = err};
    m.rules = rules;
    feat_status status = FEAT_OK;
    for (;;) {
        const unsigned char *op = NULL;
        m.op_at = m.at;
        if ((status = feat_pk_take(&m, 1, &op)) != FEAT_OK || *op == OP_STOP)
            break;
        if ((status = step(&m, *op)) != FEAT_OK)
            break;
    }
    if (status == FEAT_OK)
        status = feat_pk_pop(&m, &out->root);
    if (status == FEAT_OK && m.n_stack != 0)
        status = feat_pk_damaged(&m, "objects left on the stack");
    out->end = m.at;
    feat_free(m.stack);
    feat_free(m.memo);
    if (status != FEAT_OK)
        feat_pickle_free(out);
    return status;
}
