/* Sets without a header: raw frames from a pipe, and CIFAR-10's binary files. Both are as arrays of images;
 * frames have no number until they end. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/sets/imageset_parts.h"

enum { CIFAR_SIDE = 32, CIFAR_CLASSES = 10 };

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

bool bf_set_is_stream(const bf_set *set)
{
    return set->frames != NULL;
}

size_t bf_set_frame_bytes(const bf_set *set)
{
    return set->frames != NULL ? set->frames->bytes : 0;
}

void bf_frames_close(bf_frames **frames)
{
    if (*frames != NULL)
        iv3_free((*frames)->block);
    iv3_free(*frames);
    *frames = NULL;
}

iv3_status bf_set_open_raw(bf_set **out, int fd, size_t w, size_t h, iv3_error *err)
{
    *out = NULL;
    char advice[64] = "";
    if (w == 0 || h == 0 || w > BF_MAX_SIDE || h > BF_MAX_SIDE || (uint64_t)w * h > bf_limits_get()->pixels)
        return iv3_fail(err, IV3_ERR_ARG, "--size: frames of %zu x %zu pixels cannot be read%s", w, h,
                        w > 0 && h > 0 ? bf_pixels_advice(advice, w, h) : "");
    bf_set *set = iv3_calloc(1, sizeof *set);
    if (set != NULL) {
        set->spec = iv3_strdup("-");
        set->frames = iv3_calloc(1, sizeof *set->frames);
        set->array.fd = -1;
    }
    if (set == NULL || set->spec == NULL || set->frames == NULL) {
        bf_set_close(&set);
        return iv3_fail(err, IV3_ERR_NOMEM, "-: no memory to open the set");
    }
    set->frames->fd = fd;
    set->frames->bytes = w * h * 3;
    *out = set;
    return use_frames(set, 0, h, w, err);
}

/* Waits for something to read, and asks from time to time whether it still is wanted: a read that a signal
 * interrupts is taken up again by the system. */
static iv3_status wait_for_bytes(const bf_frames *f, bool (*interrupted)(void), iv3_error *err)
{
    enum { ASK_MS = 200 };
    struct pollfd wait = {.fd = f->fd, .events = POLLIN};
    while (interrupted != NULL) {
        if (interrupted())
            return iv3_fail(err, IV3_ERR_IO, "interrupted");
        if (poll(&wait, 1, ASK_MS) > 0)
            break;
    }
    return IV3_OK;
}

/* `bytes` of them, fewer at the end. */
static iv3_status read_block(bf_frames *f, size_t bytes, size_t *used, bool (*interrupted)(void), iv3_error *err)
{
    for (*used = 0; *used < bytes;) {
        iv3_status status = wait_for_bytes(f, interrupted, err);
        if (status != IV3_OK)
            return status;
        ssize_t got = read(f->fd, f->block + *used, bytes - *used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return iv3_fail(err, IV3_ERR_IO, "-: cannot read standard input: %s", strerror(errno));
        f->ended = got == 0;
        if (f->ended)
            break;
        *used += (size_t)got;
    }
    return IV3_OK;
}

static iv3_status make_room(bf_frames *f, size_t n, iv3_error *err)
{
    if (n <= f->room)
        return IV3_OK;
    iv3_free(f->block);
    f->block = iv3_alloc_array(n, f->bytes);
    f->room = f->block != NULL ? n : 0;
    return f->room > 0 ? IV3_OK : iv3_fail(err, IV3_ERR_NOMEM, "-: no memory for %zu frames of %zu bytes", n, f->bytes);
}

iv3_status bf_set_next_frames(const bf_set *set, size_t n, size_t *got, bool (*interrupted)(void), iv3_error *err)
{
    bf_frames *f = set->frames;
    size_t bytes = 0, frame = f->bytes;
    *got = 0;
    f->first += f->n;
    f->n = 0;
    if (f->ended || n == 0)
        return IV3_OK;
    iv3_status status = make_room(f, n, err);
    if (status == IV3_OK)
        status = read_block(f, n * frame, &bytes, interrupted, err);
    if (status != IV3_OK)
        return status;
    if (f->first + bytes == 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "-: nothing came on standard input; frames of %zu bytes expected", frame);
    if (bytes % frame != 0)
        return iv3_fail(err, IV3_ERR_FORMAT,
                        "-: ends inside frame #%zu (counted from 0): %zu bytes of it expected (%zu x %zu RGB), %zu "
                        "found",
                        f->first + bytes / frame, frame, set->w, set->h, bytes % frame);
    f->n = *got = bytes / frame;
    return IV3_OK;
}

iv3_status bf_set_load_frame(const bf_set *set, size_t index, uint8_t *rgb, iv3_error *err)
{
    const bf_frames *f = set->frames;
    if (index < f->first || index - f->first >= f->n)
        return iv3_fail(err, IV3_ERR_ARG,
                        "-: frame #%zu (counted from 0) has passed, a pipe is read once; write the frames to an .npy",
                        index);
    memcpy(rgb, f->block + (index - f->first) * f->bytes, f->bytes);
    return IV3_OK;
}

/* --- CIFAR-10 ----------------------------------------------------------------------------------------- */

/* A file of records of a label and 32 x 32 pixels, one plane after the other, has no mark: its size must be
 * right, its name end in .bin, and the first labels be labels. */
iv3_status bf_set_is_cifar(bool *is, const char *path, int fd, uint64_t bytes, iv3_error *err)
{
    enum { LOOKED_AT = 64 };
    size_t n = strlen(path);
    iv3_status status = IV3_OK;
    *is = n >= 4 && strcmp(path + n - 4, ".bin") == 0 && bytes > 0 && bytes % BF_CIFAR_RECORD == 0;
    for (uint64_t i = 0; i < LOOKED_AT && i * BF_CIFAR_RECORD < bytes && *is && status == IV3_OK; i++) {
        uint8_t label = 0;
        status = bf_file_read_at(fd, &label, 1, i * BF_CIFAR_RECORD, path, err);
        *is = label < CIFAR_CLASSES;
    }
    return status;
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
