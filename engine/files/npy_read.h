/* Reading NumPy arrays: the .npy header (versions 1 to 3), and the data behind it, in a file of their own or
 * inside an .npz. Large arrays are read piece by piece, never loaded whole (a deflated member has to be). */
#ifndef BONAFIDE_ENGINE_FILES_NPY_READ_H
#define BONAFIDE_ENGINE_FILES_NPY_READ_H

#include "engine/files/archive.h"

enum { FEAT_NPY_MAX_RANK = 8 };

typedef struct feat_npy_info {
    char kind;    /* 'f' float, 'i' signed, 'u' unsigned, 'b' bool, 'U' text (UTF-32), 'S' bytes */
    size_t item;  /* bytes per element */
    bool fortran; /* column-major; false where it makes no difference */
    size_t rank;  /* 0: a single value */
    size_t shape[FEAT_NPY_MAX_RANK];
    size_t n_items; /* product of shape */
    size_t n_bytes; /* n_items * item */
    size_t header;  /* bytes before the data */
} feat_npy_info;

/* An array ready to be read. The zip it came from must outlive it. */
typedef struct feat_array {
    feat_npy_info info;
    char *label; /* "a.npy" or "a.npz: arr_0.npy" */
    int fd;
    bool own_fd;
    uint64_t data_at; /* in fd */
    uint8_t *memory;  /* instead of fd: the whole member, header and data */
} feat_array;

/* Reads the header from the `n` bytes at the start of a file of `total` bytes, and verifies that the data are
 * all there. Objects, structures and big-endian data are refused by name. `label` is for messages. Errors:
 * FORMAT, VERSION, UNSUPPORTED. */
feat_status feat_npy_parse(feat_npy_info *info, const uint8_t *bytes, size_t n, uint64_t total, const char *label,
                           feat_error *err) FEAT_NODISCARD;

/* Errors: IO, FORMAT, VERSION, CHECKSUM, UNSUPPORTED, NOMEM. On failure `a` holds nothing. */
feat_status feat_array_open_file(feat_array *a, const char *path, feat_error *err) FEAT_NODISCARD;
feat_status feat_array_open_member(feat_array *a, const feat_archive *zip, size_t member,
                                   feat_error *err) FEAT_NODISCARD;
void feat_array_close(feat_array *a);

/* `n` bytes of the data, from byte `first` on. Safe from several threads. Errors: IO. */
feat_status feat_array_read(const feat_array *a, void *out, uint64_t first, size_t n, feat_error *err) FEAT_NODISCARD;

/* `n` elements of a float array's bytes (item: 2, 4 or 8 bytes each) as float32, to out[0], out[step] ...;
 * float64 is rounded, and *n_rounded grows by how many that changed. Returns the index of the first that is not finite
 * then, or n. */
size_t feat_npy_floats(float *out, size_t step, const uint8_t *bytes, size_t n, size_t item, size_t *n_rounded);

/* All elements of a numeric array as double, row-major. Errors: IO, NOMEM; UNSUPPORTED for other kinds. */
feat_status feat_array_doubles(const feat_array *a, double *out, feat_error *err) FEAT_NODISCARD;

/* "float32 [1000][2048]": for messages. Returns `text`. */
const char *feat_npy_describe(char *text, size_t size, const feat_npy_info *info);

#endif
