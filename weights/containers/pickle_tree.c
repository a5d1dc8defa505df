/* Looking things up in what the pickle machine has built. */
#include <string.h>

#include "engine/base/alloc.h"
#include "weights/containers/pickle.h"

void iv3_pickle_free(iv3_pickle *pickle)
{
    iv3_free(pickle->nodes);
    iv3_free(pickle->cells);
    memset(pickle, 0, sizeof *pickle);
}

int iv3_pickle_is(const iv3_pickle *pickle, uint32_t index, const char *text)
{
    const iv3_pk_node *node = &pickle->nodes[index];
    return (node->kind == IV3_PK_TEXT || node->kind == IV3_PK_GLOBAL) && strlen(text) == node->n &&
           memcmp(node->u.text, text, node->n) == 0;
}

uint32_t iv3_pickle_item(const iv3_pickle *pickle, uint32_t index, uint32_t position)
{
    const iv3_pk_node *node = &pickle->nodes[index];
    if ((node->kind != IV3_PK_TUPLE && node->kind != IV3_PK_LIST) || position >= node->n)
        return IV3_PK_END;
    uint32_t cell = node->u.chain.first;
    for (uint32_t i = 0; i < position; i++)
        cell = pickle->cells[cell].next;
    return pickle->cells[cell].value;
}

uint32_t iv3_pickle_get(const iv3_pickle *pickle, uint32_t index, const char *key)
{
    const iv3_pk_node *node = &pickle->nodes[index];
    if (node->kind != IV3_PK_DICT)
        return IV3_PK_END;
    for (uint32_t c = node->u.chain.first; c != IV3_PK_END; c = pickle->cells[c].next) {
        if (iv3_pickle_is(pickle, pickle->cells[c].key, key))
            return pickle->cells[c].value;
    }
    return IV3_PK_END;
}
