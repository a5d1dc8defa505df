/* The classes of a side, by name: what is in which, and whether all are of one size. */
#ifndef BONAFIDE_TOOLS_MEASURE_CLASSES_H
#define BONAFIDE_TOOLS_MEASURE_CLASSES_H

#include "tools/run/side.h"

/* The class of a row; false where it has none. */
bool bf_class_name(const bf_side *side, size_t row, char name[BF_CLASS_NAME]);

/* For qsort and bsearch of names: numbers first and by their size, as labels are; other names bytewise. */
int bf_class_order(const void *a, const void *b);

/* The classes of a side, sorted: *names [*n] is the caller's to free, also after an error. Errors: UNSUPPORTED (a row
 * has none), NOMEM. */
feat_status bf_classes_list(const bf_side *side, char (**names)[BF_CLASS_NAME], size_t *n,
                            feat_error *err) FEAT_NODISCARD;

/* Whether an image set has classes and as many images of each as of every other (one more or less), where that is no
 * chance. Errors: those of bf_set_find_classes, NOMEM. */
feat_status bf_classes_balanced(const bf_side *side, bool *balanced, feat_error *err) FEAT_NODISCARD;

#endif
