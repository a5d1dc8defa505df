/* Sets made of CIFAR-10's binary files: records of a label and 32 x 32 pixels, one plane after the other. */
#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/images/image.h"
#include "tools/sets/set_pixels.h"
#include "tools/sets/set_source.h"

enum { CIFAR_SIDE = 32, CIFAR_CLASSES = 10 };
static const bf_pixels cifar_shape = {.h = CIFAR_SIDE, .w = CIFAR_SIDE, .channels = 3};

typedef struct cifar {
    int fd;
} cifar;

/* The files have no mark: their size must be right, the name end in .bin, and, which opening looks at, the first labels
 * be labels. */
static bool is_cifar(const bf_opening *o)
{
    return bf_ends_in(o->spec, ".bin") && o->bytes > 0 && o->bytes % BF_CIFAR_RECORD == 0;
}

static feat_status look_at_labels(const char *path, int fd, uint64_t bytes, bool *good, feat_error *err)
{
    enum { LOOKED_AT = 64 };
    feat_status status = FEAT_OK;
    *good = true;
    for (uint64_t i = 0; i < LOOKED_AT && i * BF_CIFAR_RECORD < bytes && *good && status == FEAT_OK; i++) {
        uint8_t label = 0;
        status = bf_file_read_at(fd, &label, 1, i * BF_CIFAR_RECORD, path, err);
        *good = label < CIFAR_CLASSES;
    }
    return status;
}

static feat_status open_cifar(bf_set *set, const bf_opening *o, feat_error *err)
{
    uint64_t bytes = 0;
    bool good = true;
    cifar *own = set->own = feat_calloc(1, sizeof *own);
    if (own == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the set", set->spec);
    own->fd = -1;
    feat_status status = bf_file_open(&own->fd, &bytes, set->spec, err);
    if (status == FEAT_OK)
        status = look_at_labels(set->spec, own->fd, bytes, &good, err);
    if (status == FEAT_OK && !good)
        status = bf_set_fail_file(set->spec, o->head, o->n_head, err);
    set->kind = BF_SET_IMAGES;
    return status == FEAT_OK ? bf_items_number(&set->items, (size_t)(bytes / BF_CIFAR_RECORD), set->spec, err) : status;
}

static feat_status load_record(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    enum { PIXELS = CIFAR_SIDE * CIFAR_SIDE };
    const cifar *own = set->own;
    uint8_t planes[3 * PIXELS];
    feat_status status = bf_pixels_room(&cifar_shape, set, index, bytes, n, err);
    if (status != FEAT_OK)
        return status;
    status = bf_file_read_at(own->fd, planes, sizeof planes, (uint64_t)index * BF_CIFAR_RECORD + 1, set->spec, err);
    if (status != FEAT_OK) {
        feat_free(*bytes);
        *bytes = NULL;
        return status;
    }
    for (size_t i = 0; i < PIXELS; i++)
        for (size_t c = 0; c < 3; c++)
            (*bytes)[3 * i + c] = planes[c * PIXELS + i];
    return FEAT_OK;
}

static feat_status decode_record(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                                 feat_error *err)
{
    return bf_pixels_decode(&cifar_shape, set, index, bytes, n, image, err);
}

static const char *hint_of_record(const bf_set *set, size_t index, char text[BF_HINT_BYTES])
{
    (void)set, (void)index;
    return bf_pixels_hint(&cifar_shape, text);
}

static void close_cifar(bf_set *set)
{
    cifar *own = set->own;
    bf_file_close(&own->fd);
    feat_free(own);
}

const bf_source_ops bf_source_cifar = {
    .name = "CIFAR-10",
    .is = is_cifar,
    .open = open_cifar,
    .load = load_record,
    .decode = decode_record,
    .hint = hint_of_record,
    .close = close_cifar,
};
