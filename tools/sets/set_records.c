/* Sets made of records: the files of CIFAR-10, CIFAR-100 and STL-10, and CIFAR's Python batches. A record is a few
 * bytes of labels, which are passed over, and the pixels of one square image, one plane after the other. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/images/image.h"
#include "tools/sets/set_pixels.h"
#include "tools/sets/set_source.h"
#include "tools/statistics/picture_batch.h"

/* What a .bin may be; none of them has a mark. */
typedef struct record_format {
    size_t side, n_labels;
    uint8_t most[2];     /* each label is at most this */
    const char *ends_in; /* the file's name; without labels there is nothing else to tell it by */
    bool by_columns;     /* planes are written so */
} record_format;

static const record_format formats[] = {
    {.side = 32, .n_labels = 1, .most = {9}, .ends_in = ".bin"},      /* CIFAR-10 */
    {.side = 32, .n_labels = 2, .most = {19, 99}, .ends_in = ".bin"}, /* CIFAR-100: coarse and fine */
    {.side = 96, .ends_in = "_X.bin", .by_columns = true},            /* STL-10, labels in a file of their own */
};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

typedef struct records {
    int fd;          /* -1: `memory` */
    uint8_t *memory; /* records, the first at 0 */
    uint64_t at;     /* of the first record in the file */
    size_t bytes, n_labels, side; /* of a record; in front of its pixels; of its picture */
    bool by_columns;
} records;

static size_t record_bytes(const record_format *format)
{
    return format->n_labels + 3 * format->side * format->side;
}

static bool may_be(const record_format *format, const char *spec, uint64_t bytes)
{
    return bf_ends_in(spec, format->ends_in) && bytes > 0 && bytes % record_bytes(format) == 0;
}

static bool is_records(const bf_opening *o)
{
    for (size_t f = 0; f < N_FORMATS; f++)
        if (may_be(&formats[f], o->spec, o->bytes))
            return true;
    return bf_picture_batch_is(o->head, o->n_head);
}

static feat_status look_at_labels(const record_format *format, const char *path, int fd, uint64_t bytes, bool *good,
                                  feat_error *err)
{
    enum { LOOKED_AT = 64 };
    feat_status status = FEAT_OK;
    size_t size = record_bytes(format);
    *good = true;
    for (uint64_t i = 0; i < LOOKED_AT && i * size < bytes && *good && status == FEAT_OK; i++) {
        uint8_t labels[sizeof format->most] = {0};
        status = bf_file_read_at(fd, labels, format->n_labels, i * size, path, err);
        for (size_t l = 0; l < format->n_labels; l++)
            *good = *good && labels[l] <= format->most[l];
    }
    return status;
}

/* A .bin: the first format whose size and labels are its. */
static feat_status open_bin(bf_set *set, records *own, const bf_opening *o, size_t *n, feat_error *err)
{
    uint64_t bytes = 0;
    bool good = false;
    feat_status status = bf_file_open(&own->fd, &bytes, set->spec, err);
    for (size_t f = 0; f < N_FORMATS && status == FEAT_OK && !good; f++) {
        const record_format *format = &formats[f];
        if (!may_be(format, set->spec, bytes))
            continue;
        own->bytes = record_bytes(format);
        own->n_labels = format->n_labels;
        own->side = format->side;
        own->by_columns = format->by_columns;
        status = look_at_labels(format, set->spec, own->fd, bytes, &good, err);
    }
    if (status == FEAT_OK && !good)
        return bf_set_fail_file(set->spec, o->head, o->n_head, err);
    *n = status == FEAT_OK ? (size_t)(bytes / own->bytes) : 0;
    return status;
}

/* Records without labels, inside a pickle. */
static feat_status open_batch(bf_set *set, records *own, size_t *n, feat_error *err)
{
    uint64_t bytes = 0;
    bf_picture_batch batch;
    feat_status status = bf_picture_batch_open(&batch, set->spec, err);
    if (status != FEAT_OK)
        return status;
    own->memory = batch.memory;
    own->at = batch.at;
    own->side = batch.side;
    own->bytes = 3 * batch.side * batch.side;
    *n = batch.n;
    return own->memory == NULL ? bf_file_open(&own->fd, &bytes, set->spec, err) : FEAT_OK;
}

static feat_status open_records(bf_set *set, const bf_opening *o, feat_error *err)
{
    size_t n = 0;
    records *own = set->own = feat_calloc(1, sizeof *own);
    if (own == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the set", set->spec);
    own->fd = -1;
    feat_status status = bf_picture_batch_is(o->head, o->n_head) ? open_batch(set, own, &n, err)
                                                                 : open_bin(set, own, o, &n, err);
    set->kind = BF_SET_IMAGES;
    return status == FEAT_OK ? bf_items_number(&set->items, n, set->spec, err) : status;
}

static bf_pixels shape_of(const records *own)
{
    return (bf_pixels){.h = own->side, .w = own->side, .channels = 3};
}

static feat_status load_record(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    const records *own = set->own;
    bf_pixels shape = shape_of(own);
    size_t side = own->side, pixels = side * side;
    uint64_t at = own->at + (uint64_t)index * own->bytes + own->n_labels;
    uint8_t *planes = feat_alloc(3 * pixels);
    if (planes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: #%zu: no memory for the image", set->spec, index);
    feat_status status = bf_pixels_room(&shape, set, index, bytes, n, err);
    if (status == FEAT_OK && own->fd >= 0)
        status = bf_file_read_at(own->fd, planes, 3 * pixels, at, set->spec, err);
    else if (status == FEAT_OK)
        memcpy(planes, own->memory + at, 3 * pixels);
    for (size_t i = 0; i < pixels && status == FEAT_OK; i++)
        for (size_t c = 0; c < 3; c++)
            (*bytes)[3 * i + c] = planes[c * pixels + (own->by_columns ? i % side * side + i / side : i)];
    feat_free(planes);
    if (status != FEAT_OK) {
        feat_free(*bytes);
        *bytes = NULL;
    }
    return status;
}

static feat_status decode_record(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                                 feat_error *err)
{
    bf_pixels shape = shape_of(set->own);
    return bf_pixels_decode(&shape, set, index, bytes, n, image, err);
}

static const char *hint_of_record(const bf_set *set, size_t index, char text[BF_HINT_BYTES])
{
    bf_pixels shape = shape_of(set->own);
    (void)index;
    return bf_pixels_hint(&shape, text);
}

static void close_records(bf_set *set)
{
    records *own = set->own;
    bf_file_close(&own->fd);
    feat_free(own->memory);
    feat_free(own);
}

const bf_source_ops bf_source_records = {
    .name = "records",
    .is = is_records,
    .open = open_records,
    .load = load_record,
    .decode = decode_record,
    .hint = hint_of_record,
    .close = close_records,
};
