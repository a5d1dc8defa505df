/* Writer of the flat weight file. The file grows under a temporary name and takes its place by rename,
 * so a reader never meets half of one and a failure leaves nothing. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"
#include "engine/flat/content.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat_internal.h"

typedef struct writer {
    const char *path;
    const feat_weights_spec *spec;
    feat_new_file file;
    unsigned char *head; /* header and table */
    size_t head_bytes;
    float *buffer; /* [FEAT_PIECE_VALUES], or fewer */
    uint64_t end;  /* of the data so far */
    feat_content content;
} writer;

static feat_dtype dtype_of(const feat_weights_spec *spec, const feat_tensor *t)
{
    return spec->dtype == FEAT_AS_IS ? t->dtype : spec->dtype;
}

static bool has_types(const feat_weights_spec *spec)
{
    for (size_t i = 0; i < spec->n_tensors; i++)
        if (dtype_of(spec, &spec->tensors[i]) != FEAT_FLOAT32 && dtype_of(spec, &spec->tensors[i]) != FEAT_FLOAT16)
            return false;
    return true;
}

static feat_status prepare(writer *w, feat_error *err)
{
    const feat_weights_spec *spec = w->spec;
    size_t largest = 0;
    if (spec->n_tensors == 0 || spec->n_tensors > FEAT_FILE_MAX_TENSORS || !has_types(spec) || spec->net == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: no network, or an impossible type or number of tensors", w->path);
    for (size_t i = 0; i < spec->n_tensors; i++) {
        if (spec->tensors[i].n_elements > largest)
            largest = (size_t)spec->tensors[i].n_elements;
    }
    largest = largest > FEAT_PIECE_VALUES ? FEAT_PIECE_VALUES : largest;
    w->head_bytes = FEAT_HDR_SIZE + spec->n_tensors * FEAT_ENT_SIZE;
    w->end = w->head_bytes;
    w->head = feat_calloc(1, w->head_bytes);
    w->buffer = feat_alloc_array(largest, sizeof *w->buffer);
    if (w->head == NULL || w->buffer == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %zu values of a tensor", w->path, largest);
    feat_content_init(&w->content);
    return FEAT_OK;
}

/* Turns the n values in the buffer, those from `first` on, into stored form, in place. */
static feat_status encode(const writer *w, const feat_tensor *t, size_t first, size_t n, feat_error *err)
{
    size_t bad = feat_first_not_finite(w->buffer, n);
    if (bad < n)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: tensor '%s': element %zu is NaN or infinite", w->path,
                         t->name, first + bad);
    for (size_t i = 0; dtype_of(w->spec, t) == FEAT_FLOAT16 && i < n; i++) {
        uint16_t half = feat_half_round(w->buffer[i]);
        if ((half & 0x7c00u) == 0x7c00u)
            return feat_fail(err, FEAT_ERR_NUMERIC,
                             "%s: tensor '%s': element %zu is %g, too large for float16; store float32",
                             w->path, t->name, first + i, (double)w->buffer[i]);
        memcpy((unsigned char *)w->buffer + 2 * i, &half, sizeof half);
    }
    return FEAT_OK;
}

/* All values of a tensor to `offset`, piece by piece; *checksum is of their bytes. */
static feat_status write_values(writer *w, size_t index, uint64_t offset, uint64_t *checksum,
                                feat_weights_source get, void *ctx, feat_error *err)
{
    const feat_tensor *t = &w->spec->tensors[index];
    size_t each = feat_dtype_bytes(dtype_of(w->spec, t)), all = (size_t)t->n_elements;
    feat_status status = FEAT_OK;
    feat_hash64_state hash;
    feat_hash64_init(&hash);
    for (size_t first = 0, n = 0; first < all && status == FEAT_OK; first += n) {
        n = all - first < FEAT_PIECE_VALUES ? all - first : FEAT_PIECE_VALUES;
        status = get(ctx, index, t, first, n, w->buffer, err);
        if (status == FEAT_OK)
            status = encode(w, t, first, n, err);
        if (status != FEAT_OK)
            break;
        feat_hash64_update(&hash, w->buffer, n * each);
        feat_content_update(&w->content, w->buffer, n * each);
        status = feat_new_file_write(&w->file, w->buffer, n * each, offset + (uint64_t)first * each, err);
    }
    *checksum = feat_hash64_final(&hash);
    return status;
}

static feat_status write_tensor(writer *w, size_t index, feat_weights_source get, void *ctx, feat_error *err)
{
    const feat_tensor *t = &w->spec->tensors[index];
    unsigned char *entry = w->head + FEAT_HDR_SIZE + index * FEAT_ENT_SIZE;
    feat_dtype dtype = dtype_of(w->spec, t);
    size_t bytes = (size_t)t->n_elements * feat_dtype_bytes(dtype);
    uint64_t offset = (w->end + FEAT_FILE_ALIGN - 1) / FEAT_FILE_ALIGN * FEAT_FILE_ALIGN, checksum = 0;
    feat_put_identity(entry, t, dtype);
    feat_content_update(&w->content, entry, FEAT_ENT_IDENTITY);
    w->end = offset + bytes; /* the gap before it reads as zeros */
    feat_status status = write_values(w, index, offset, &checksum, get, ctx, err);
    feat_put32(entry + FEAT_ENT_PIXELS, t->pixels);
    feat_put64(entry + FEAT_ENT_OFFSET, offset);
    feat_put64(entry + FEAT_ENT_BYTES, bytes);
    feat_put64(entry + FEAT_ENT_CHECKSUM, checksum);
    return status;
}

static feat_status write_head(writer *w, const unsigned char content[32], feat_error *err)
{
    const feat_weights_spec *spec = w->spec;
    unsigned char *h = w->head;
    uint64_t n_parameters = 0;
    for (size_t i = 0; i < spec->n_tensors; i++)
        n_parameters += spec->tensors[i].n_elements;
    memcpy(h + FEAT_HDR_MAGIC, FEAT_FILE_MAGIC, 8);
    feat_put32(h + FEAT_HDR_VERSION, FEAT_FILE_VERSION);
    feat_put32(h + FEAT_HDR_BYTES_FIELD, FEAT_HDR_SIZE);
    feat_put32(h + FEAT_HDR_VARIANT, spec->net->number);
    feat_put32(h + FEAT_HDR_N_TENSORS, (uint32_t)spec->n_tensors);
    feat_put64(h + FEAT_HDR_FILE_BYTES, w->end);
    feat_put64(h + FEAT_HDR_TABLE_OFFSET, FEAT_HDR_SIZE);
    feat_put64(h + FEAT_HDR_TABLE_BYTES, spec->n_tensors * FEAT_ENT_SIZE);
    feat_put64(h + FEAT_HDR_DATA_OFFSET, w->head_bytes);
    feat_put64(h + FEAT_HDR_N_PARAMETERS, n_parameters);
    if (spec->source_sha256 != NULL)
        memcpy(h + FEAT_HDR_SOURCE_SHA, spec->source_sha256, 32);
    memcpy(h + FEAT_HDR_CONTENT_SHA, content, 32);
    memcpy(h + FEAT_HDR_NAME, spec->name, strnlen(spec->name, FEAT_WEIGHTS_NAME_BYTES - 1));
    feat_hash64_state hash;
    feat_hash64_init(&hash);
    feat_hash64_update(&hash, h, FEAT_HDR_CHECKSUM);
    feat_hash64_update(&hash, h + FEAT_HDR_SIZE, w->head_bytes - FEAT_HDR_SIZE);
    feat_put64(h + FEAT_HDR_CHECKSUM, feat_hash64_final(&hash));
    return feat_new_file_write(&w->file, h, w->head_bytes, 0, err);
}

feat_status feat_weights_write(const char *path, const feat_weights_spec *spec, feat_weights_source get,
                               void *ctx, unsigned char *content_sha256, feat_error *err)
{
    writer w = {.path = path, .spec = spec, .file = {-1, NULL, NULL}};
    unsigned char content[32];
    feat_status status = prepare(&w, err);
    if (status == FEAT_OK)
        status = feat_new_file_open(&w.file, path, err);
    for (size_t i = 0; i < spec->n_tensors && status == FEAT_OK; i++)
        status = write_tensor(&w, i, get, ctx, err);
    if (status == FEAT_OK) {
        feat_content_final(&w.content, content);
        status = write_head(&w, content, err);
    }
    if (status == FEAT_OK)
        status = feat_new_file_commit(&w.file, err);
    if (status == FEAT_OK && content_sha256 != NULL)
        memcpy(content_sha256, content, sizeof content);
    feat_new_file_abandon(&w.file);
    feat_free(w.buffer);
    feat_free(w.head);
    return status;
}

typedef struct saved {
    const feat_weights *weights;
    feat_tensor_reader reader;
} saved;

static feat_status get_from_weights(void *ctx, size_t index, const feat_tensor *t, size_t first, size_t n, float *dst,
                                    feat_error *err)
{
    saved *from = ctx;
    feat_status status = first == 0 ? feat_weights_begin(&from->reader, from->weights, index, err) : FEAT_OK;
    if (status == FEAT_OK)
        status = feat_weights_next(&from->reader, dst, n, err);
    return status == FEAT_OK && first + n == (size_t)t->n_elements ? feat_weights_end(&from->reader, err) : status;
}

feat_status feat_weights_save(feat_weights *weights, const char *path, feat_dtype dtype, feat_error *err)
{
    if (weights == NULL || path == NULL)
        return feat_null(err, __func__);
    const feat_weights_spec spec = {
        weights->info.net,     weights->info.name,     weights->info.source_sha256, dtype,
        weights->tensors,      weights->info.n_tensors};
    saved from = {.weights = weights};
    return feat_weights_write(path, &spec, get_from_weights, &from, NULL, err);
}
