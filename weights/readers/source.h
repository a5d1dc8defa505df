/* What the readers of foreign containers produce: tensors that point into the file's bytes, under our
 * names, with strides that put their axes into our order. Shared by the converter's parts only. */
#ifndef IV3_WEIGHTS_SOURCE_H
#define IV3_WEIGHTS_SOURCE_H

#include "engine/base/hash.h"
#include "engine/flat/flat.h"
#include "engine/nets/tensors.h"
#include "weights/containers/printable.h"

enum { IV3_MAX_SRC_TENSORS = 4096, IV3_CONVERT_AUTO = -1, IV3_MAX_NOTICES = 16, IV3_NOTICE_BYTES = 256 };

typedef enum iv3_elem {
    IV3_ELEM_F32,
    IV3_ELEM_F16,
    IV3_ELEM_U8, /* quantised: value = q * scale + min in double, rounded once to float */
    IV3_ELEM_U16
} iv3_elem;

typedef struct iv3_src_tensor {
    char name[IV3_NAME_BYTES];   /* ours */
    char label[IV3_LABEL_BYTES]; /* the source's, made printable, for messages */
    iv3_elem elem;
    uint32_t rank;
    uint32_t shape[IV3_MAX_RANK];  /* in our axis order */
    uint64_t stride[IV3_MAX_RANK]; /* in elements */
    const unsigned char *data;     /* the first element; all of them are known to lie in memory */
    double scale, min;
} iv3_src_tensor;

/* What a conversion tells. */
typedef struct iv3_convert_report {
    const char *container; /* constant text, for example "PyTorch legacy container" */
    iv3_variant variant;
    size_t n_classes;
    size_t n_tensors;
    size_t n_parameters;
    int known;                         /* 1 if source_sha256 is a published file's */
    char name[IV3_WEIGHTS_NAME_BYTES]; /* the known file's name, else the source's base name */
    unsigned char source_sha256[32];   /* several files (model and shards): engine/flat/FORMAT.md says how */
    unsigned char content_sha256[32];
    size_t n_notices;
    char notices[IV3_MAX_NOTICES][IV3_NOTICE_BYTES]; /* one line each: what the user should know */
} iv3_convert_report;

typedef struct iv3_source {
    const char *path;
    const iv3_layout *layout;
    int wanted_variant;   /* the caller's, or IV3_CONVERT_AUTO */
    unsigned char *bytes; /* the file, or the decoded shards; one zero byte follows */
    size_t n_bytes;
    unsigned char *extra; /* tensors that had to be put together; may be NULL */
    iv3_sha256 sha;
    int variant;             /* found; IV3_CONVERT_AUTO: cannot be told */
    iv3_src_tensor *tensors; /* [IV3_MAX_SRC_TENSORS] */
    size_t n_tensors;
    iv3_convert_report report; /* container and notices are filled by the readers */
} iv3_source;

/* Readers: fill tensors, variant, report.container. `s->bytes` is the file's content, its hash is taken. */
iv3_status iv3_read_torch_legacy(iv3_source *s, iv3_error *err) IV3_NODISCARD;
iv3_status iv3_read_torch_zip(iv3_source *s, iv3_error *err) IV3_NODISCARD;
iv3_status iv3_read_graphdef(iv3_source *s, iv3_error *err) IV3_NODISCARD;

/* s->bytes is model.json, or a module with the same object in it; the shards lie in `folder`. */
iv3_status iv3_read_tfjs(iv3_source *s, const char *folder, int is_module, iv3_error *err) IV3_NODISCARD;

/* A whole regular file with a zero byte after it, and its bytes into `sha`. Release *bytes with iv3_free. */
iv3_status iv3_load_file(unsigned char **bytes, size_t *n_bytes, const char *path, iv3_sha256 *sha,
                         iv3_error *err) IV3_NODISCARD;

/* Appends a tensor; *out has name and label set, the rest zero. Errors: FORMAT (the name is there already,
 * too many, too long). `label` is `label_bytes` long, from the file, and may hold anything. */
iv3_status iv3_source_add(iv3_source *s, iv3_src_tensor **out, const char *name, const void *label,
                          size_t label_bytes, iv3_error *err) IV3_NODISCARD;

/* Rank and shape into t, as they lie in memory, row-major strides; then axes reordered so that our axis i
 * is their axis order[i]. */
void iv3_source_axes(iv3_src_tensor *t, size_t rank, const uint32_t *shape, const unsigned char *order);

/* Makes t a tensor of ones of the given length. */
void iv3_source_ones(iv3_src_tensor *t, uint32_t n);

/* Copies all elements as float, in our order, to dst. */
void iv3_source_gather(const iv3_src_tensor *t, float *dst);

/* Adds one line to the report; further ones than fit are dropped. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void iv3_source_notice(iv3_source *s, const char *format, ...);

#endif
