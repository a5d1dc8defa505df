/* What the readers of foreign containers produce: tensors that point into the file's bytes, under our
 * names, with strides that put their axes into our order. Shared by the converter's parts only. */
#ifndef BONAFIDE_WEIGHTS_READERS_SOURCE_H
#define BONAFIDE_WEIGHTS_READERS_SOURCE_H

#include <stdbool.h>

#include "engine/base/hash.h"
#include "engine/flat/flat.h"
#include "engine/nets/tensors.h"
#include "weights/containers/printable.h"
#include "weights/names/name_map.h"

enum { FEAT_MAX_SRC_TENSORS = 4096, FEAT_MAX_NOTICES = 16, FEAT_NOTICE_BYTES = 256 };

typedef enum feat_elem {
    FEAT_ELEM_F32,
    FEAT_ELEM_F16,
    FEAT_ELEM_BF16,
    FEAT_ELEM_U8, /* quantised: value = q * scale + min in double, rounded once to float */
    FEAT_ELEM_U16
} feat_elem;

typedef struct feat_src_tensor {
    char name[FEAT_NAME_BYTES];   /* ours */
    char label[FEAT_LABEL_BYTES]; /* the source's, made printable, for messages */
    feat_elem elem;
    uint32_t rank;
    uint32_t shape[FEAT_MAX_RANK];  /* in our axis order */
    uint64_t stride[FEAT_MAX_RANK]; /* in elements */
    const unsigned char *data;      /* the first element; all of them are known to lie in memory */
    double scale, min;
    uint32_t piece, n_pieces;           /* this is one of several that are our tensor (name_map.h); 0: the whole */
    struct feat_src_tensor *next;       /* once they are joined, the one that follows on our first axis */
    bool taken;                         /* it is part of what is written */
} feat_src_tensor;

/* What a conversion tells. */
typedef struct feat_convert_report {
    const char *container; /* constant text, for example "PyTorch legacy container" */
    const feat_net *net;
    size_t n_classes;
    size_t n_tensors;
    size_t n_parameters;
    int known;                          /* 1 if source_sha256 is a published file's */
    char name[FEAT_WEIGHTS_NAME_BYTES]; /* the known file's name, else the source's base name */
    unsigned char source_sha256[32];    /* several files (model and shards): engine/flat/FORMAT.md says how */
    unsigned char content_sha256[32];
    size_t n_notices;
    char notices[FEAT_MAX_NOTICES][FEAT_NOTICE_BYTES]; /* one line each: what the user should know */
} feat_convert_report;

/* The bytes of a file: small ones are read, larger ones mapped, and must not become shorter while they are. */
typedef struct feat_file {
    const unsigned char *bytes;
    size_t n_bytes;
    void *heap, *map; /* what holds them: one of these */
} feat_file;

typedef struct feat_source {
    const char *path;
    const feat_name_map *const *maps; /* to choose from, NULL after the last */
    const feat_net *wanted;           /* the caller's; NULL: to be told from the source */
    const feat_name_map *map;         /* chosen */
    const feat_net *told;             /* by a mark of the map; NULL: by none */
    feat_file file;
    const unsigned char *bytes; /* of the file, or the decoded shards */
    size_t n_bytes;
    unsigned char *extra; /* tensors that had to be put together, and decoded shards; may be NULL */
    feat_sha256 sha;
    feat_src_tensor *tensors; /* [FEAT_MAX_SRC_TENSORS] */
    size_t n_tensors;
    bool has_checksums; /* the container's own, over every tensor: they have been compared */
    feat_convert_report report; /* container and notices are filled by the readers */
} feat_source;

/* Readers: choose the map, fill tensors, told, report.container. `s->bytes` is the file's content, its hash is
 * taken. */
feat_status feat_read_torch_legacy(feat_source *s, feat_error *err) FEAT_NODISCARD;
feat_status feat_read_torch_zip(feat_source *s, feat_error *err) FEAT_NODISCARD;
feat_status feat_read_safetensors(feat_source *s, feat_error *err) FEAT_NODISCARD;
feat_status feat_read_graphdef(feat_source *s, feat_error *err) FEAT_NODISCARD;

/* s->bytes is model.json, or a module with the same object in it; the shards lie in `folder`. */
feat_status feat_read_tfjs(feat_source *s, const char *folder, bool is_module, feat_error *err) FEAT_NODISCARD;

/* Whether these are the first bytes, and the number of bytes, of a safetensors file: such files have no magic. */
bool feat_is_safetensors(const unsigned char *bytes, size_t n);

/* A whole regular file, to be released by feat_release_file, and its bytes into `sha`. Errors: IO, FORMAT (no regular
 * file), UNSUPPORTED (more than 2 GiB), NOMEM; then there is nothing to release. */
feat_status feat_load_file(feat_file *file, const char *path, feat_sha256 *sha, feat_error *err) FEAT_NODISCARD;

/* A zeroed one is allowed. */
void feat_release_file(feat_file *file);

/* Chooses the map for this origin. Errors: UNSUPPORTED (there is none), FORMAT (names are those of another family than
 * the caller's network). */
feat_status feat_source_pick(feat_source *s, feat_origin origin, feat_has_key has, const void *ctx,
                             feat_error *err) FEAT_NODISCARD;

/* Looks whether a key of the source is one of the map's marks. */
void feat_source_mark(feat_source *s, const void *key, size_t n);

/* The network whose convolutions the map is about, and how many there are: its layers but the classifier. */
const feat_net *feat_source_net(const feat_source *s);
size_t feat_source_n_convs(const feat_source *s);

/* Appends a tensor; *out has name and label set, and of a part of the map which piece it is, the rest zero. Errors:
 * FORMAT (the name is there already, too many, too long). `label` is `label_bytes` long, from the file, and may hold
 * anything. */
feat_status feat_source_add(feat_source *s, feat_src_tensor **out, const char *name, const void *label,
                            size_t label_bytes, feat_error *err) FEAT_NODISCARD;
feat_status feat_source_add_part(feat_source *s, feat_src_tensor **out, const char *name, const feat_part_name *part,
                                 const void *label, size_t label_bytes, feat_error *err) FEAT_NODISCARD;

/* Whether epsilon, as the source states it, is that of the network's batch norm. */
bool feat_source_epsilon_is_right(const feat_source *s, double epsilon);

/* Rank and shape into t, as they lie in memory, row-major strides; then axes reordered so that our axis i
 * is their axis order[i]. */
void feat_source_axes(feat_src_tensor *t, size_t rank, const uint32_t *shape, const unsigned char *order);

/* Makes t a tensor of ones of the given length; zeros, one row of them. */
void feat_source_ones(feat_src_tensor *t, uint32_t n);
void feat_source_zeros(feat_src_tensor *t, uint32_t n);

/* Joins the pieces of each tensor that comes in several, the first of which then stands for it. Errors: FORMAT (a piece
 * is missing; shapes differ). */
feat_status feat_source_join(feat_source *s, feat_error *err) FEAT_NODISCARD;

/* Leading axes of size 1, of which `as` has fewer, are left out. */
void feat_source_squeeze(feat_src_tensor *t, const feat_tensor *as);

/* Rows of it and of those that follow it; 0 where they are more than FEAT_MAX_SIZE. */
uint32_t feat_source_rows(const feat_src_tensor *t);

/* Whether every value is the same as float16, or zero. Those that follow are looked at too. */
bool feat_source_is_half(const feat_src_tensor *t);
bool feat_source_is_zero(const feat_src_tensor *t);

/* The elements at places [first, first + n) of the order in which tensor `as` is stored (nets/tensors.h), as float, to
 * dst[n]. */
void feat_source_gather(const feat_src_tensor *t, const feat_tensor *as, size_t first, size_t n, float *dst);

/* As many elements as these, from the first on, have been gathered for good: what of a mapped file has only them need
 * not stay in memory. */
void feat_source_done(const feat_src_tensor *t, const feat_tensor *as, size_t n);

/* Makes the kernel of a convolution over a whole picture, [out][in][h][w] as it lies, the matrix [out][in h w] that it
 * is. Whether it was one. */
bool feat_source_flatten(feat_src_tensor *t, const feat_tensor *as);

/* Adds one line to the report; further ones than fit are dropped. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void feat_source_notice(feat_source *s, const char *format, ...);

#endif
