/* Names: their numbers, their order, and how far one is from another. */
#ifndef BONAFIDE_TOOLS_BASE_NAMES_H
#define BONAFIDE_TOOLS_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

#define BF_NO_NAME UINT32_MAX

/* Zero-initialise; release with bf_names_free. Names are numbered 0, 1, .. as they come. */
typedef struct bf_names {
    char **text; /* [n] owned */
    size_t n, capacity;
    uint32_t *slots; /* hash table of numbers + 1; 0 is free */
    size_t n_slots;
} bf_names;

/* The number of a name, which is added if it is new. Errors: NOMEM, UNSUPPORTED (2^31 names). */
feat_status bf_names_add(bf_names *names, const char *text, uint32_t *number, feat_error *err) FEAT_NODISCARD;
/* BF_NO_NAME if it is not there. */
uint32_t bf_names_find(const bf_names *names, const char *text);
void bf_names_free(bf_names *names);

/* Order of names in which "img2" comes before "img10": runs of digits by their value, everything else
 * bytewise; names equal in that sense (img01, img1) bytewise. */
int bf_names_compare(const char *a, const char *b);

/* What bf_edit_distance is to allow: two neighbours that change places as one step; small letters for capitals. */
enum { BF_EDIT_SWAPS = 1, BF_EDIT_ANY_CASE = 2 };
enum { BF_EDIT_LONGEST = 48 };

/* How many letters have to be put in, left out or replaced to make b of a (Levenshtein; with swaps Damerau's distance,
 * restricted). SIZE_MAX where one is longer than BF_EDIT_LONGEST. */
size_t bf_edit_distance(const char *a, const char *b, unsigned allowed);

/* order [n]: numbers in that order. Errors: NOMEM. */
feat_status bf_names_order(uint32_t *order, const char *const *text, size_t n, feat_error *err) FEAT_NODISCARD;

#endif
