/* Sets without a header: raw frames from a pipe, and CIFAR-10's binary files. Both become arrays of images. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/decode.h"
#include "tools/fsutil.h"
#include "tools/imageset_parts.h"
#include "tools/limits.h"

enum { FIRST_ROOM = 1 << 20, CIFAR_SIDE = 32, CIFAR_CLASSES = 10 };

/* An array [n][h][w][3] of bytes, as an .npy of them would be. */
static iv3_status use_frames(bf_set *set, size_t n, size_t h, size_t w, iv3_error *err)
{
    bf_npy_info *info = &set->array.info;
    const size_t shape[4] = {n, h, w, 3};
    *info = (bf_npy_info){.kind = 'u', .item = 1, .rank = 4, .n_items = n * h * w * 3};
    info->n_bytes = info->n_items;
    memcpy(info->shape, shape, sizeof shape);
    set->h = h;
    set->w = w;
    set->channels = 3;
    set->kind = BF_SET_IMAGES;
    set->source = BF_SOURCE_ARRAY;
    return bf_set_number_items(set, n, err);
}

/* --- frames ------------------------------------------------------------------------------------------- */

static iv3_status read_all(bf_set *set, int fd, size_t *used, iv3_error *err)
{
    size_t room = 0;
    for (*used = 0;;) {
        if (*used == room) {
            size_t more = room == 0 ? FIRST_ROOM : room * 2;
            uint8_t *memory = more > room ? iv3_realloc(set->array.memory, more) : NULL;
            if (memory == NULL)
                return iv3_fail(err, IV3_ERR_NOMEM,
                                "%s: no memory after %zu bytes of frames; write fewer, or an .npy", set->spec,
                                *used);
            set->array.memory = memory;
            room = more;
        }
        ssize_t got = read(fd, set->array.memory + *used, room - *used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return iv3_fail(err, IV3_ERR_IO, "%s: cannot read standard input: %s", set->spec, strerror(errno));
        if (got == 0)
            return IV3_OK;
        *used += (size_t)got;
    }
}

iv3_status bf_set_open_raw(bf_set **out, int fd, size_t w, size_t h, iv3_error *err)
{
    size_t bytes = 0;
    *out = NULL;
    if (w == 0 || h == 0 || w > BF_MAX_SIDE || h > BF_MAX_SIDE || (uint64_t)w * h > bf_limits_get()->pixels)
        return iv3_fail(err, IV3_ERR_ARG, "--size: frames of %zu x %zu pixels cannot be read", w, h);
    bf_set *set = iv3_calloc(1, sizeof *set);
    if (set == NULL || (set->spec = iv3_strdup("-")) == NULL) {
        iv3_free(set);
        return iv3_fail(err, IV3_ERR_NOMEM, "-: no memory to open the set");
    }
    set->array.fd = -1;
    set->array.label = iv3_strdup("-");
    iv3_status status = set->array.label == NULL
                            ? iv3_fail(err, IV3_ERR_NOMEM, "-: no memory to open the set")
                            : read_all(set, fd, &bytes, err);
    size_t frame = w * h * 3;
    if (status == IV3_OK && bytes == 0)
        status = iv3_fail(err, IV3_ERR_FORMAT, "-: nothing came on standard input; frames of %zu bytes expected",
                          frame);
    if (status == IV3_OK && bytes % frame != 0)
        status = iv3_fail(err, IV3_ERR_FORMAT,
                          "-: ends inside frame #%zu: %zu bytes of it expected (%zu x %zu RGB), %zu found",
                          bytes / frame, frame, w, h, bytes % frame);
    if (status == IV3_OK)
        status = use_frames(set, bytes / frame, h, w, err);
    if (status != IV3_OK)
        bf_set_close(&set);
    *out = set;
    return status;
}

/* --- CIFAR-10 ----------------------------------------------------------------------------------------- */

/* A file of records of a label and 32 x 32 pixels, one plane after the other, has no mark: its size must be
 * right, its name end in .bin, and the first labels be labels. */
bool bf_set_is_cifar(const char *path, int fd, uint64_t bytes)
{
    enum { LOOKED_AT = 64 };
    size_t n = strlen(path);
    if (n < 4 || strcmp(path + n - 4, ".bin") != 0 || bytes == 0 || bytes % BF_CIFAR_RECORD != 0)
        return false;
    for (uint64_t i = 0; i < LOOKED_AT && i * BF_CIFAR_RECORD < bytes; i++) {
        uint8_t label = 0;
        if (bf_file_read_at(fd, &label, 1, i * BF_CIFAR_RECORD, path, NULL) != IV3_OK || label >= CIFAR_CLASSES)
            return false;
    }
    return true;
}

iv3_status bf_set_open_cifar(bf_set *set, iv3_error *err)
{
    uint64_t bytes = 0;
    iv3_status status = bf_file_open(&set->array.fd, &bytes, set->spec, err);
    if (status != IV3_OK)
        return status;
    set->array.own_fd = true;
    set->array.label = iv3_strdup(set->spec);
    set->cifar = true;
    if (set->array.label == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to open the set", set->spec);
    return use_frames(set, (size_t)(bytes / BF_CIFAR_RECORD), CIFAR_SIDE, CIFAR_SIDE, err);
}

iv3_status bf_set_load_cifar(const bf_set *set, size_t index, uint8_t *rgb, iv3_error *err)
{
    enum { PIXELS = CIFAR_SIDE * CIFAR_SIDE };
    uint8_t planes[3 * PIXELS];
    iv3_status status = bf_file_read_at(set->array.fd, planes, sizeof planes,
                                        (uint64_t)index * BF_CIFAR_RECORD + 1, set->spec, err);
    for (size_t i = 0; status == IV3_OK && i < PIXELS; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = planes[c * PIXELS + i];
    return status;
}
