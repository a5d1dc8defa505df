/* The classes of a side, by name. */
#include "tools/measure/classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"

/* Even numbers of images that chance makes as often as this are not taken for a choice: 16 images of two classes, 5 of
 * three. */
static const double LIKELY = 0.2;

bool bf_class_name(const bf_side *side, size_t row, char name[BF_CLASS_NAME])
{
    return bf_set_class_of(side->set, side->items != NULL ? side->items[row] : row, name);
}

int bf_class_order(const void *a, const void *b)
{
    const char *x = a, *y = b;
    size_t n = strlen(x), m = strlen(y);
    bool number = strspn(x, "0123456789") == n, other = strspn(y, "0123456789") == m;
    if (number != other)
        return number ? -1 : 1;
    if (number && n != m)
        return n < m ? -1 : 1;
    return strcmp(x, y);
}

feat_status bf_classes_list(const bf_side *side, char (**names)[BF_CLASS_NAME], size_t *n, feat_error *err)
{
    size_t room = 0, last = 0;
    *names = NULL;
    *n = 0;
    for (size_t row = 0; row < side->n; row++) {
        char name[BF_CLASS_NAME];
        if (!bf_class_name(side, row, name))
            return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s", bf_set_spec(side->set),
                             bf_set_classes(side->set)->note);
        if (*n > 0 && strcmp((*names)[last], name) == 0)
            continue;
        size_t high = *n;
        for (last = 0; last < high;) {
            size_t middle = last + (high - last) / 2;
            if (bf_class_order((*names)[middle], name) < 0)
                last = middle + 1;
            else
                high = middle;
        }
        if (last < *n && strcmp((*names)[last], name) == 0)
            continue;
        if (*n == room) {
            room = room * 2 + 16;
            void *more = feat_realloc(*names, room * sizeof **names);
            if (more == NULL)
                return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes of %s",
                                 bf_set_spec(side->set));
            *names = more;
        }
        memmove(*names + last + 1, *names + last, (*n - last) * sizeof **names);
        memcpy((*names)[last], name, BF_CLASS_NAME);
        (*n)++;
    }
    return FEAT_OK;
}

/* Chance that n images drawn at random come as evenly from n_classes as they can (the largest multinomial probability,
 * by Stirling's formula). */
static double chance_of_even(size_t n_classes, size_t n)
{
    double k = (double)n_classes, share = k / (6.283185307179586 * (double)n);
    return sqrt(k) * feat_exp(0.5 * (k - 1.0) * feat_log(share));
}

feat_status bf_classes_balanced(const bf_side *side, bool *balanced, feat_error *err)
{
    char(*names)[BF_CLASS_NAME] = NULL;
    size_t n = 0, least = SIZE_MAX, most = 0;
    *balanced = false;
    if (side->kind != BF_SET_IMAGES)
        return FEAT_OK;
    feat_status status = bf_set_find_classes(side->set, err);
    if (status != FEAT_OK || bf_set_classes(side->set)->from == BF_CLASSES_NONE)
        return status;
    status = bf_classes_list(side, &names, &n, err);
    size_t *sizes = status == FEAT_OK ? feat_calloc(n > 0 ? n : 1, sizeof *sizes) : NULL;
    if (status == FEAT_OK && sizes == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes of %s", bf_set_spec(side->set));
    for (size_t row = 0; status == FEAT_OK && row < side->n; row++) {
        char name[BF_CLASS_NAME];
        if (!bf_class_name(side, row, name))
            continue;
        void *found = bsearch(name, names, n, sizeof *names, bf_class_order);
        sizes[((char(*)[BF_CLASS_NAME])found - names)]++;
    }
    for (size_t i = 0; status == FEAT_OK && i < n; i++) {
        least = sizes[i] < least ? sizes[i] : least;
        most = sizes[i] > most ? sizes[i] : most;
    }
    *balanced = status == FEAT_OK && n >= 2 && most - least <= 1 && chance_of_even(n, side->n) < LIKELY;
    feat_free(sizes);
    feat_free(names);
    return status;
}
