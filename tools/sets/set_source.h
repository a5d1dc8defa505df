/* Private to the sets: what a set is made of, and the table of operations that each kind of source has. */
#ifndef BONAFIDE_TOOLS_SETS_SET_SOURCE_H
#define BONAFIDE_TOOLS_SETS_SET_SOURCE_H

#include "engine/files/npy_read.h"
#include "tools/formats/zip.h"
#include "tools/sets/set.h"
#include "tools/sets/set_items.h"

/* What stands under a name that is to be opened. */
typedef struct bf_opening {
    const char *spec;
    const bf_set_how *how;
    const char *colon; /* in FILE.npz:KEY, where nothing has the whole name; else NULL */
    bool is_folder;
    bool is_pattern; /* DIR/data_*.bin, and nothing has that name itself */
    uint64_t bytes;    /* of a file */
    uint8_t head[512]; /* and the first of them */
    size_t n_head;
} bf_opening;

typedef struct bf_source_ops {
    const char *name; /* for whoever looks into a set with a debugger */
    /* Whether the set is of this source, and opening it: fills the set, whose spec and ops are set. NULL where a call
     * of its own opens the source. What a failed opening leaves is closed with the set. */
    bool (*is)(const bf_opening *o);
    feat_status (*open)(bf_set *set, const bf_opening *o, feat_error *err);
    /* An image that is there: its bytes, the picture they make, and what that depends on beside them. */
    feat_status (*load)(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err);
    feat_status (*decode)(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                          feat_error *err);
    const char *(*hint)(const bf_set *set, size_t index, char text[BF_HINT_BYTES]);
    /* The rest may be NULL. How many there are and what they are called, where set->items does not say it. */
    size_t (*count)(const bf_set *set);
    const char *(*item_name)(const bf_set *set, size_t index);
    /* A file of that name at the top; *bytes, from feat_alloc, stays as it is when there is none. */
    feat_status (*read_beside)(const bf_set *set, const char *name, size_t limit, uint8_t **bytes, size_t *n,
                               feat_error *err);
    /* Releases set->own, which is not NULL. */
    void (*close)(bf_set *set);
} bf_source_ops;

extern const bf_source_ops bf_source_folder, bf_source_list, bf_source_zip, bf_source_tar, bf_source_array,
    bf_source_records, bf_source_joined, bf_source_frames, bf_source_names, bf_source_pickled;

typedef struct bf_stored_stats bf_stored_stats;

struct bf_set {
    bf_set_kind kind;
    char *spec;
    char *path;     /* the file, where the spec names one of its arrays; NULL: the spec */
    bf_items items; /* names of images; of the rows of features, where the file says them */
    bf_set_listing listing;
    bf_classes classes;
    bf_origin origin;       /* of features and statistics */
    bf_stored_stats *stats; /* NULL: there are none */
    size_t *taken;          /* [n_taken] ascending: which of its images or rows the set has; NULL: all */
    size_t n_taken;
    bf_reference reference; /* of ref:NAME; without a name: it is none */
    const bf_source_ops *ops;
    void *own; /* the source's */
};

bool bf_ends_in(const char *name, const char *end);

/* What the path of an archive's member says of it. What is hidden, itself or by a folder, may have been meant as an
 * image; litter is what bf_name_is_litter knows. */
typedef enum bf_told { BF_TOLD_IMAGE, BF_TOLD_NOTHING, BF_TOLD_HIDDEN, BF_TOLD_LITTER } bf_told;
bf_told bf_path_tells(const char *path);

/* Whether the first bytes are those of an archive; a program may be in front of one, too. */
bool bf_opening_is_zip(const bf_opening *o);

/* An .npz, which is the set's to close from here on. */
feat_status bf_set_open_npz(bf_set *set, feat_archive *zip, const bf_opening *o, feat_error *err) FEAT_NODISCARD;

/* What an .npz says of itself; with `n_names` rows also what they are called, if it says that. */
feat_status bf_set_load_origin(bf_set *set, const feat_archive *zip, size_t n_names, feat_error *err) FEAT_NODISCARD;

/* mu and sigma (or mean and cov, m and s) of an .npz that has them; mu_s and sigma_s (sFID) when they are there too,
 * and of how many images. */
bool bf_stats_are_there(const feat_archive *zip);
feat_status bf_set_load_stats(bf_set *set, const feat_archive *zip, feat_error *err) FEAT_NODISCARD;
/* A part of a pickle in their place, which is what the set has from then on. Errors: those of bf_statfile_read. */
struct bf_statfile;
feat_status bf_set_take_stats(bf_set *set, const struct bf_statfile *file, size_t part,
                              feat_error *err) FEAT_NODISCARD;
size_t bf_stats_count(const bf_stored_stats *stats); /* 0: the file does not say */
void bf_stats_release(bf_stored_stats *stats);

/* Several files as one set: those of a list, below `base`; all that a folder without images holds which are sets, whose
 * names may differ in their digits only. The set's `own` is this from here on. Errors: those of bf_set_open; FORMAT. */
feat_status bf_set_join(bf_set *set, const char *base, const bf_items *names, const bf_set_how *how,
                        feat_error *err) FEAT_NODISCARD;
feat_status bf_set_join_folder(bf_set *set, bf_items *names, const bf_set_how *how, feat_error *err) FEAT_NODISCARD;
/* Whether a file of this name that begins so is a set of images by itself. */
bool bf_file_is_set(const char *name, const uint8_t *head, size_t n);
/* Whether the last part of a path has *, ? or [; whether a file fits it. */
bool bf_spec_is_pattern(const char *spec);
bool bf_pattern_is_there(const char *spec);

/* Images that are files of their own: the bytes of one below the folder `base`, the picture, the hint. */
feat_status bf_set_load_file(const bf_set *set, const char *base, size_t index, uint8_t **bytes, size_t *n,
                             feat_error *err) FEAT_NODISCARD;
feat_status bf_set_decode_file(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                               feat_error *err) FEAT_NODISCARD;
const char *bf_set_file_hint(const bf_set *set, size_t index, char text[BF_HINT_BYTES]);

/* Fails with the message for a file that is no set, of which the first bytes are these; for an array of images that
 * are not bytes. */
feat_status bf_set_fail_file(const char *path, const uint8_t *head, size_t n, feat_error *err);
feat_status bf_set_fail_values(const feat_array *array, feat_error *err);

/* Place `index` of the set among all that its source has. */
static inline size_t bf_set_place(const bf_set *set, size_t index)
{
    return set->taken != NULL && index < set->n_taken ? set->taken[index] : index;
}

/* Rows of features by their places. */
feat_status bf_set_read_rows(const bf_set *set, size_t first, size_t n, float *out, size_t *n_rounded,
                             feat_error *err) FEAT_NODISCARD;

void bf_classes_release(bf_classes *classes);

/* Fails with the message for a set without images. `n_other` files were passed over, litter among them. */
feat_status bf_set_fail_empty(const bf_set *set, size_t n_other, feat_error *err);

/* An image of an archive, its member number `member`; by_content: its first bytes told it, not its name, which is kept
 * with the first of these. Errors: NOMEM. */
feat_status bf_set_add_member(bf_set *set, const char *name, size_t member, bool by_content, feat_error *err);

/* After the last one: sorted by name, or in the order of the archive. Errors: FORMAT (none was an image, and n_other
 * members were passed over). */
feat_status bf_set_end_members(bf_set *set, size_t n_other, bool sorted, feat_error *err);

#endif
