/* The list of a set's names: adding, ordering, numbering. */
#include "tools/sets/set_items.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

/* Makes room for one more of `size` bytes in a block of `room` such. */
static bool grow(void **block, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return true;
    size_t more = *room < 32 ? 64 : *room * 2;
    if (more < wanted)
        more = wanted;
    if (more > SIZE_MAX / 2 / size)
        return false;
    void *fresh = feat_realloc(*block, more * size);
    if (fresh == NULL)
        return false;
    *block = fresh;
    *room = more;
    return true;
}

bool bf_items_add(bf_items *items, const char *name, size_t length, size_t member)
{
    void *text = items->text, *item = items->item;
    bool good = grow(&text, &items->text_room, items->text_used + length + 1, 1);
    items->text = text;
    good = good && grow(&item, &items->room, items->n + 1, sizeof *items->item);
    items->item = item;
    if (!good)
        return false;
    items->item[items->n++] = (bf_item){.name_at = items->text_used, .member = member};
    memcpy(items->text + items->text_used, name, length);
    items->text_used += length;
    items->text[items->text_used++] = '\0';
    return true;
}

static int by_name(const void *a, const void *b)
{
    const bf_item *x = a, *y = b;
    int order = strcmp(x->name, y->name); /* compares as unsigned bytes */
    if (order != 0)
        return order;
    return x->member < y->member ? -1 : x->member > y->member;
}

void bf_items_finish(bf_items *items, bool sorted)
{
    for (size_t i = 0; i < items->n; i++)
        items->item[i].name = items->text + items->item[i].name_at;
    if (sorted && items->n > 1)
        qsort(items->item, items->n, sizeof *items->item, by_name);
}

void bf_items_release(bf_items *items)
{
    feat_free(items->text);
    feat_free(items->item);
    *items = (bf_items){0};
}

feat_status bf_items_number(bf_items *items, size_t n, const char *label, feat_error *err)
{
    char name[32];
    for (size_t i = 0; i < n; i++) {
        int length = snprintf(name, sizeof name, "#%zu", i);
        if (!bf_items_add(items, name, (size_t)length, i))
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", label);
    }
    bf_items_finish(items, false);
    return FEAT_OK;
}
