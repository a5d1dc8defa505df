/* NumPy's .npy and .npz: reading views and writing files. */
#ifndef BONAFIDE_ENGINE_FILES_NPY_WRITE_H
#define BONAFIDE_ENGINE_FILES_NPY_WRITE_H

#include "engine/base/common.h"

/* Streams a C-order little-endian .npy of float32 rows: created under a temporary name beside `path`, renamed
 * by feat_npy_finish. Anything but a successful finish leaves no file. */
typedef struct feat_npy_writer feat_npy_writer;
feat_status feat_npy_create(feat_npy_writer **out, const char *path, size_t n, size_t d,
                            feat_error *err) FEAT_NODISCARD;
/* Writes rows [first, first + n); rows may come in any order, from one thread at a time. */
feat_status feat_npy_write_rows(feat_npy_writer *w, size_t first, size_t n, const float *rows,
                                feat_error *err) FEAT_NODISCARD;
/* Shrinks the file to `n` rows (n <= the n given at creation) and renames it into place. Frees the writer in
 * every case. */
feat_status feat_npy_finish(feat_npy_writer **w, size_t n, feat_error *err) FEAT_NODISCARD;
/* Removes the temporary file and frees the writer. NULL allowed. */
void feat_npy_abandon(feat_npy_writer **w);

/* One array of an .npz to be written. */
typedef struct feat_npz_array {
    const char *name; /* without .npy */
    char kind;        /* 'd' float64, 'f' float32, 'q' int64, 'U' a UTF-8 string (0-dimensional array), 'N' many */
    size_t rank;      /* 0, 1 or 2; of 'N' 1 */
    size_t shape[2];
    const void *data; /* for 'U' a zero-terminated string; for 'N' a feat_npz_texts */
} feat_npz_array;

/* The strings of an 'N' array: the one at `index`, always the same, until the next is asked for. */
typedef struct feat_npz_texts {
    const char *(*text)(const void *ctx, size_t index);
    const void *ctx;
} feat_npz_texts;

/* Writes a stored (uncompressed) .npz under a temporary name, then renames it. NumPy reads it. */
feat_status feat_npz_write(const char *path, const feat_npz_array *arrays, size_t n_arrays,
                           feat_error *err) FEAT_NODISCARD;

#endif
