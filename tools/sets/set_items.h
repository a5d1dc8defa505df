/* A growing list of names in one block of text; a million names cost little more than their letters. */
#ifndef BONAFIDE_TOOLS_SETS_SET_ITEMS_H
#define BONAFIDE_TOOLS_SETS_SET_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"

typedef struct bf_item {
    const char *name; /* set by bf_items_finish */
    size_t name_at;   /* offset in the text */
    size_t member;    /* index in the zip, or in the order of adding */
} bf_item;

typedef struct bf_items {
    char *text;
    size_t text_used, text_room;
    bf_item *item;
    size_t n, room;
} bf_items;

bool bf_items_add(bf_items *items, const char *name, size_t length, size_t member);
/* Sets the name pointers; sorted bytewise by name, then by member, if asked for. */
void bf_items_finish(bf_items *items, bool sorted);
void bf_items_release(bf_items *items);

/* Names "#0", "#1", ..., and finishes the list. `label` is for the message. Errors: NOMEM. */
feat_status bf_items_number(bf_items *items, size_t n, const char *label, feat_error *err) FEAT_NODISCARD;

#endif
