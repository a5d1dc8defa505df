/* Numbering and ordering names. */
#include "tools/base/names.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

static uint64_t hash_of(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *text != 0; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h ^ (h >> 29);
}

/* The slot where `text` is or would be. */
static size_t slot_of(const bf_names *names, const char *text)
{
    size_t mask = names->n_slots - 1, slot = (size_t)hash_of(text) & mask;
    while (names->slots[slot] != 0 && strcmp(names->text[names->slots[slot] - 1], text) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static bool grow(bf_names *names)
{
    size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
    char **text = feat_realloc(names->text, capacity * sizeof *text);
    if (text == NULL)
        return false;
    names->text = text;
    uint32_t *slots = feat_calloc(2 * capacity, sizeof *slots);
    if (slots == NULL)
        return false;
    feat_free(names->slots);
    names->slots = slots;
    names->n_slots = 2 * capacity;
    names->capacity = capacity;
    for (size_t i = 0; i < names->n; i++)
        slots[slot_of(names, names->text[i])] = (uint32_t)i + 1;
    return true;
}

feat_status bf_names_add(bf_names *names, const char *text, uint32_t *number, feat_error *err)
{
    *number = bf_names_find(names, text);
    if (*number != BF_NO_NAME)
        return FEAT_OK;
    if (names->n >= INT32_MAX)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "too many names");
    if (names->n == names->capacity && !grow(names))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu names", names->n);
    char *copy = feat_strdup(text);
    if (copy == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu names", names->n);
    size_t slot = slot_of(names, text);
    *number = (uint32_t)names->n;
    names->text[names->n++] = copy;
    names->slots[slot] = *number + 1;
    return FEAT_OK;
}

uint32_t bf_names_find(const bf_names *names, const char *text)
{
    if (names->n_slots == 0)
        return BF_NO_NAME;
    return names->slots[slot_of(names, text)] - 1; /* a free slot gives 0 - 1 */
}

void bf_names_free(bf_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        feat_free(names->text[i]);
    feat_free(names->text);
    feat_free(names->slots);
    *names = (bf_names){0};
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static int compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    size_t na = strspn(*a, "0123456789"), nb = strspn(*b, "0123456789");
    int order = na != nb ? (na < nb ? -1 : 1) : memcmp(*a, *b, na);
    *a += na;
    *b += nb;
    return order;
}

int bf_names_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x != 0 && *y != 0) {
        if (digit(*x) && digit(*y)) {
            int order = compare_numbers(&x, &y);
            if (order != 0)
                return order;
        } else if (*x != *y) {
            return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
        } else {
            x++;
            y++;
        }
    }
    if (*x != *y)
        return *x == 0 ? -1 : 1;
    return strcmp(a, b);
}

feat_status bf_names_order(uint32_t *order, const char *const *text, size_t n, feat_error *err)
{
    uint32_t *other = feat_alloc_array(n, sizeof *other), *from = order, *to = other;
    if (other == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to sort %zu names", n);
    for (size_t i = 0; i < n; i++)
        from[i] = (uint32_t)i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t first = 0; first < n; first += 2 * width) {
            size_t middle = n - first < width ? n : first + width,
                   last = n - middle < width ? n : middle + width;
            size_t i = first, j = middle;
            for (size_t at = first; at < last; at++)
                to[at] = j == last || (i < middle && bf_names_compare(text[from[i]], text[from[j]]) <= 0)
                             ? from[i++]
                             : from[j++];
        }
        uint32_t *t = from;
        from = to;
        to = t;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
    feat_free(other);
    return FEAT_OK;
}

/* --- how far one is from another ----------------------------------------------------------------------- */

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static bool same_letter(char a, char b, unsigned allowed)
{
    if ((allowed & BF_EDIT_ANY_CASE) != 0) {
        a = a >= 'A' && a <= 'Z' ? (char)(a + ('a' - 'A')) : a;
        b = b >= 'A' && b <= 'Z' ? (char)(b + ('a' - 'A')) : b;
    }
    return a == b;
}

/* Row i of the table has the distances of the first i letters of a from the first 0 .. nb of b. */
size_t bf_edit_distance(const char *a, const char *b, unsigned allowed)
{
    size_t na = strlen(a), nb = strlen(b), rows[3][BF_EDIT_LONGEST + 1];
    if (na > BF_EDIT_LONGEST || nb > BF_EDIT_LONGEST)
        return SIZE_MAX;
    size_t *older = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++) {
        older[j] = 0;
        last[j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t replaced = !same_letter(a[i - 1], b[j - 1], allowed);
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + replaced);
            if ((allowed & BF_EDIT_SWAPS) != 0 && i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2], allowed) &&
                same_letter(a[i - 2], b[j - 1], allowed) && older[j - 2] + 1 < row[j])
                row[j] = older[j - 2] + 1;
        }
        size_t *spare = older;
        older = last;
        last = row;
        row = spare;
    }
    return last[nb];
}
