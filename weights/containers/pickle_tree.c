/* Looking things up in what a pickle has become. */
#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "weights/containers/pickle.h"

void feat_pickle_free(feat_pickle *pickle)
{
    feat_free(pickle->nodes);
    feat_free(pickle->cells);
    memset(pickle, 0, sizeof *pickle);
}

int feat_pickle_is(const feat_pickle *pickle, uint32_t index, const char *text)
{
    const feat_pk_node *node = &pickle->nodes[index];
    bool has_text = node->kind == FEAT_PK_TEXT || node->kind == FEAT_PK_BYTES || node->kind == FEAT_PK_GLOBAL;
    return has_text && strlen(text) == node->n && memcmp(node->u.text, text, node->n) == 0;
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
