/* Equal rows within a set and across two, by 128-bit marks in a hash table with open addressing. Everything is done in
 * the order of the rows, so that who is called the first does not depend on chance. */
#include "metrics/base/equal_rows.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/hash.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"

enum { TILE = 64, PIECE = 256 };

/* --- marks -------------------------------------------------------------------------------------------- */

typedef struct marking {
    gmet_row_mark *marks;
    const gmet_set *set;
} marking;

static gmet_row_mark mark_row(const float *row, size_t d)
{
    static const unsigned char behind[8] = {'r', 'o', 'w', ' ', 'm', 'a', 'r', 'k'};
    feat_hash64_state first, second;
    float piece[PIECE];
    feat_hash64_init(&first);
    feat_hash64_init(&second);
    feat_hash64_update(&second, behind, sizeof behind);
    for (size_t i = 0; i < d; i += PIECE) {
        size_t n = d - i < PIECE ? d - i : PIECE;
        for (size_t k = 0; k < n; k++)
            piece[k] = row[i + k] + 0.0f; /* -0 becomes 0, all else stays */
        feat_hash64_update(&first, piece, n * sizeof *piece);
        feat_hash64_update(&second, piece, n * sizeof *piece);
    }
    return (gmet_row_mark){{feat_hash64_final(&first), feat_hash64_final(&second)}};
}

static void mark_tile(void *ctx, size_t tile, size_t worker)
{
    const marking *m = ctx;
    const float *rows = m->set->rows;
    size_t d = m->set->d, first = tile * TILE, n = m->set->n - first < TILE ? m->set->n - first : TILE;
    (void)worker;
    for (size_t i = first; i < first + n; i++)
        m->marks[i] = mark_row(rows + i * d, d);
    feat_mapped_done(rows + first * d, n * d * sizeof *rows);
}

void gmet_mark_rows(gmet_row_mark *marks, const gmet_set *set, const gmet_context *context)
{
    marking m = {marks, set};
    feat_parallel_for(gmet_pool_of(context), set->n / TILE + (set->n % TILE != 0), mark_tile, &m);
}

/* --- the table ------------------------------------------------------------------------------------------ */

typedef struct table {
    const gmet_row_mark *marks; /* of the rows in it */
    size_t *slots;              /* [mask + 1]: 1 + the first row of its mark, 0 for none */
    size_t mask;
} table;

static feat_status make_table(table *t, const gmet_row_mark *marks, size_t n, feat_error *err)
{
    size_t room = 16, least = 0;
    if (!feat_mul_size(n, 2, &least) || least > SIZE_MAX / 2)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu rows", n);
    while (room < least)
        room *= 2;
    *t = (table){marks, feat_calloc(room, sizeof *t->slots), room - 1};
    return t->slots != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu rows", n);
}

static bool equal(gmet_row_mark a, gmet_row_mark b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

/* The slot of a mark: what it holds, or the free one where it would go. */
static size_t *find_slot(const table *t, gmet_row_mark mark)
{
    size_t at = (size_t)mark.word[0] & t->mask;
    while (t->slots[at] != 0 && !equal(t->marks[t->slots[at] - 1], mark))
        at = (at + 1) & t->mask;
    return &t->slots[at];
}

/* Enters n rows; count [n] gets at the first row of each kind how many there are, and 0 at the others. */
static void fill(table *t, size_t *count, size_t n)
{
    memset(count, 0, n * sizeof *count);
    for (size_t i = 0; i < n; i++) {
        size_t *slot = find_slot(t, t->marks[i]);
        if (*slot == 0)
            *slot = i + 1;
        count[*slot - 1]++;
    }
}

feat_status gmet_find_copies(gmet_copies *out, size_t *n_equal, const gmet_row_mark *marks, size_t n, feat_error *err)
{
    table t;
    double squares = 0.0;
    *out = (gmet_copies){.n_copies = 0};
    feat_status status = make_table(&t, marks, n, err);
    if (status != FEAT_OK)
        return status;
    size_t *count = feat_alloc_array(n, sizeof *count);
    if (count == NULL) {
        feat_free(t.slots);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu rows", n);
    }
    fill(&t, count, n);
    for (size_t i = 0; i < n; i++) {
        size_t first = *find_slot(&t, marks[i]) - 1;
        if (n_equal != NULL)
            n_equal[i] = count[first];
        squares += (double)count[first];
        if (first != i && out->n_copies++ == 0) {
            out->copy = i;
            out->original = first;
        }
    }
    out->excess = n > 0 ? squares / (double)n - 1.0 : 0.0;
    feat_free(count);
    feat_free(t.slots);
    return FEAT_OK;
}

/* left [n_a]: how many of a row of a are there, less the rows of b that equal it. */
static void match(gmet_shared *out, const table *t, size_t *count, size_t *left, size_t n_a, const gmet_row_mark *b,
                  size_t n_b)
{
    bool same = n_a == n_b;
    memcpy(left, count, n_a * sizeof *left);
    for (size_t i = 0; i < n_b; i++) {
        size_t slot = *find_slot(t, b[i]);
        if (slot == 0) {
            same = false;
            continue;
        }
        size_t first = slot - 1;
        if (out->n_b++ == 0) {
            out->first_a = first;
            out->first_b = i;
        }
        out->n_a += count[first];
        count[first] = 0; /* those of a are counted once */
        same = same && left[first] > 0;
        left[first] -= left[first] > 0;
    }
    out->same = same && n_b > 0;
}

feat_status gmet_find_shared(gmet_shared *out, const gmet_row_mark *a, size_t n_a, const gmet_row_mark *b, size_t n_b,
                             feat_error *err)
{
    table t;
    *out = (gmet_shared){.n_a = 0};
    feat_status status = make_table(&t, a, n_a, err);
    if (status != FEAT_OK)
        return status;
    size_t *count = feat_alloc_array(n_a, sizeof *count), *left = feat_alloc_array(n_a, sizeof *left);
    if (count == NULL || left == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu rows", n_a);
    } else {
        fill(&t, count, n_a);
        match(out, &t, count, left, n_a, b, n_b);
    }
    feat_free(left);
    feat_free(count);
    feat_free(t.slots);
    return status;
}
