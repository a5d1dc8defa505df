/* Private to the statistics: the pickle of a file, whatever container it is in, and the storages beside it. */
#ifndef BONAFIDE_TOOLS_STATISTICS_STAT_PICKLE_H
#define BONAFIDE_TOOLS_STATISTICS_STAT_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "weights/containers/pickle.h"
#include "weights/containers/zip_stored.h"

typedef struct bf_stat_pickle {
    const char *path; /* borrowed */
    const uint8_t *bytes;
    size_t n_bytes;
    feat_pickle pk;
    feat_zip zip; /* with members: torch's archive */
    const feat_zip_member *member; /* its data.pkl */
    size_t prefix_bytes;           /* of the archive's folder */
    feat_pickle keys;              /* torch's legacy container: the list of storages, in the order of the file */
    size_t storages_at;            /* where the first begins; 0: it is no such container */
} bf_stat_pickle;

/* Whether a file that begins with these bytes is a pickle, or a container of one. */
bool bf_stat_pickle_is(const uint8_t *head, size_t n);

/* Of bytes that outlive it. Release whatever is returned. Errors: those of bf_statfile_open. */
feat_status bf_stat_pickle_open(bf_stat_pickle *p, const char *path, const uint8_t *bytes, size_t n,
                                feat_error *err) FEAT_NODISCARD;
void bf_stat_pickle_release(bf_stat_pickle *p);

/* The storage of this key, of n_bytes bytes, inside the file. Errors: FORMAT, CHECKSUM, UNSUPPORTED. */
feat_status bf_stat_storage(const bf_stat_pickle *p, const feat_pk_node *key, uint64_t n_elements, size_t item,
                            const uint8_t **data, feat_error *err) FEAT_NODISCARD;

#endif
