/* Memory mapped from files that a run does not want resident as a whole. What reads it says with which parts
 * it is done for now; those are given back and come again when they are touched. Results do not depend on it,
 * and where nothing is mapped it costs a load. */
#ifndef BONAFIDE_ENGINE_BASE_MAPPED_H
#define BONAFIDE_ENGINE_BASE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>

/* What Linux may map around a byte that is touched: 64 KiB, since 6.18 all of a large folio. So it is the
 * grain of giving back, too, counted from the start of the file. */
enum { FEAT_MAPPED_GRAIN = 2 << 20 };

/* `start` [bytes] is a mapping of a file from its beginning that nobody writes to; its last page may be part of one.
 * While no other thread uses the functions below. Returns false, and it stays resident, when there are too many. */
bool feat_mapped_add(const void *start, size_t bytes);
/* Before it is unmapped, while no other thread uses it. NULL, or what was not added: nothing. */
void feat_mapped_remove(const void *start);

/* Whether an address lies in memory that was added. */
bool feat_mapped_has(const void *address);

/* The bytes are not needed for now; the rest of the grains at both ends goes with them, and comes again
 * should another thread be using it. Any thread, any memory. */
void feat_mapped_done(const void *data, size_t bytes);

#endif
