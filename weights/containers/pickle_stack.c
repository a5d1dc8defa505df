/* The opcode machine's memory. Objects live in one array and refer to each other by index, so a pickle that contains
 * itself is no danger; every object costs at least one byte of input and their number is bounded, so a hostile file
 * cannot ask for more memory than a constant. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "weights/containers/pickle_parts.h"

/* torchvision's state dict needs about 20,000. */
enum { MAX_OBJECTS = 1 << 20 };

static feat_status no_memory(feat_pk_machine *m)
{
    return feat_fail(m->err, FEAT_ERR_NOMEM, "%s: no memory for its pickle", m->path);
}

feat_status feat_pk_damaged(feat_pk_machine *m, const char *what)
{
    return feat_fail(m->err, FEAT_ERR_FORMAT, "%s: damaged pickle: %s at byte %zu", m->path, what, m->op_at);
}

feat_status feat_pk_reserve(feat_pk_machine *m, void **array, uint32_t *capacity, uint32_t n, size_t size)
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

feat_status feat_pk_push(feat_pk_machine *m, uint32_t index)
{
    void *stack = m->stack;
    feat_status status = feat_pk_reserve(m, &stack, &m->stack_capacity, m->n_stack, sizeof *m->stack);
    m->stack = stack;
    if (status == FEAT_OK)
        m->stack[m->n_stack++] = index;
    return status;
}

feat_status feat_pk_push_new(feat_pk_machine *m, feat_pk_kind kind, feat_pk_node **node)
{
    void *nodes = m->pk->nodes;
    feat_status status = feat_pk_reserve(m, &nodes, &m->pk->nodes_capacity, m->pk->n_nodes, sizeof *m->pk->nodes);
    m->pk->nodes = nodes;
    if (status != FEAT_OK)
        return status;
    feat_pk_node *made = &m->pk->nodes[m->pk->n_nodes];
    memset(made, 0, sizeof *made);
    made->kind = kind;
    if (kind == FEAT_PK_CALL)
        made->u.call.state = FEAT_PK_END;
    if (kind == FEAT_PK_TUPLE || kind == FEAT_PK_LIST || kind == FEAT_PK_DICT || kind == FEAT_PK_MODULE)
        made->u.chain.first = made->u.chain.last = FEAT_PK_END;
    if (node != NULL)
        *node = made;
    return feat_pk_push(m, m->pk->n_nodes++);
}

feat_status feat_pk_pop(feat_pk_machine *m, uint32_t *index)
{
    if (m->n_stack == 0 || m->stack[m->n_stack - 1] == FEAT_PK_MARK)
        return feat_pk_damaged(m, "nothing to take from the stack");
    *index = m->stack[--m->n_stack];
    return FEAT_OK;
}

feat_status feat_pk_top(feat_pk_machine *m, feat_pk_kind kind, uint32_t *index)
{
    if (m->n_stack == 0 || m->stack[m->n_stack - 1] == FEAT_PK_MARK)
        return feat_pk_damaged(m, "nothing on the stack");
    *index = m->stack[m->n_stack - 1];
    if (m->pk->nodes[*index].kind != kind)
        return feat_pk_damaged(m, "an object of the wrong kind");
    return FEAT_OK;
}

feat_status feat_pk_chain_add(feat_pk_machine *m, uint32_t container, uint32_t key, uint32_t value)
{
    feat_pickle *pk = m->pk;
    void *cells = pk->cells;
    feat_status status = feat_pk_reserve(m, &cells, &pk->cells_capacity, pk->n_cells, sizeof *pk->cells);
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

feat_status feat_pk_take(feat_pk_machine *m, uint64_t n, const unsigned char **p)
{
    if (n > m->n_bytes - m->at)
        return feat_fail(m->err, FEAT_ERR_FORMAT, "%s: truncated: the pickle goes on after byte %zu, the end",
                         m->path, m->n_bytes);
    *p = m->bytes + m->at;
    m->at += (size_t)n;
    return FEAT_OK;
}

feat_status feat_pk_take_number(feat_pk_machine *m, size_t n, uint64_t *value)
{
    const unsigned char *p = NULL;
    feat_status status = feat_pk_take(m, n, &p);
    *value = 0;
    for (size_t i = 0; status == FEAT_OK && i < n; i++)
        *value |= (uint64_t)p[i] << (8 * i);
    return status;
}
