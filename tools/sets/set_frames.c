/* Sets made of raw frames from a pipe, which have no number until they end. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/sets/set_pixels.h"
#include "tools/sets/set_source.h"

/* Frames on their way through: the last block that was read, no more. */
struct bf_frames {
    int fd;          /* borrowed */
    bf_pixels shape; /* of one frame */
    size_t bytes;    /* of one frame */
    uint8_t *block;  /* [room] frames; the first n are images [first, first + n) */
    size_t room, first, n;
    bool ended;      /* nothing comes after these */
};

/* --- as a set ----------------------------------------------------------------------------------------- */

static feat_status load_frame(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    const bf_frames *f = set->own;
    if (index < f->first || index - f->first >= f->n)
        return feat_fail(err, FEAT_ERR_ARG,
                         "-: frame #%zu (counted from 0) has passed, a pipe is read once; write the frames to an .npy",
                         index);
    feat_status status = bf_pixels_room(&f->shape, set, index, bytes, n, err);
    if (status == FEAT_OK)
        memcpy(*bytes, f->block + (index - f->first) * f->bytes, f->bytes);
    return status;
}

static feat_status decode_frame(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                                feat_error *err)
{
    const bf_frames *f = set->own;
    return bf_pixels_decode(&f->shape, set, index, bytes, n, image, err);
}

static const char *hint_of_frame(const bf_set *set, size_t index, char text[BF_HINT_BYTES])
{
    const bf_frames *f = set->own;
    (void)index;
    return bf_pixels_hint(&f->shape, text);
}

static size_t count_frames(const bf_set *set)
{
    const bf_frames *f = set->own;
    return f->ended ? f->first + f->n : BF_COUNT_UNKNOWN;
}

static const char *name_of_frame(const bf_set *set, size_t index)
{
    enum { AT_ONCE = 8 };
    static _Thread_local char names[AT_ONCE][24];
    static _Thread_local unsigned next;
    (void)set;
    char *name = names[next++ % AT_ONCE];
    snprintf(name, sizeof names[0], "#%zu", index);
    return name;
}

static void close_frames(bf_set *set)
{
    bf_frames *f = set->own;
    feat_free(f->block);
    feat_free(f);
}

const bf_source_ops bf_source_frames = {
    .name = "frames",
    .load = load_frame,
    .decode = decode_frame,
    .hint = hint_of_frame,
    .count = count_frames,
    .item_name = name_of_frame,
    .close = close_frames,
};

bool bf_set_is_stream(const bf_set *set)
{
    return set->ops == &bf_source_frames;
}

feat_status bf_set_open_raw(bf_set **out, int fd, size_t w, size_t h, feat_error *err)
{
    *out = NULL;
    char advice[64] = "";
    if (w == 0 || h == 0 || w > BF_MAX_SIDE || h > BF_MAX_SIDE || (uint64_t)w * h > bf_limits_get()->pixels)
        return feat_fail(err, FEAT_ERR_ARG, "--size: frames of %zu x %zu pixels cannot be read%s", w, h,
                         w > 0 && h > 0 ? bf_pixels_advice(advice, w, h) : "");
    bf_set *set = feat_calloc(1, sizeof *set);
    bf_frames *f = NULL;
    if (set != NULL) {
        set->spec = feat_strdup("-");
        set->ops = &bf_source_frames;
        set->own = f = feat_calloc(1, sizeof *f);
    }
    if (set == NULL || set->spec == NULL || f == NULL) {
        bf_set_close(&set);
        return feat_fail(err, FEAT_ERR_NOMEM, "-: no memory to open the set");
    }
    set->kind = BF_SET_IMAGES;
    f->fd = fd;
    f->bytes = w * h * 3;
    f->shape = (bf_pixels){.h = h, .w = w, .channels = 3};
    *out = set;
    return FEAT_OK;
}

/* --- on their way ------------------------------------------------------------------------------------- */

bf_frames *bf_set_frames(bf_set *set)
{
    return bf_set_is_stream(set) ? set->own : NULL;
}

size_t bf_frames_bytes(const bf_frames *f)
{
    return f->bytes;
}

/* Waits for something to read, and asks from time to time whether it still is wanted: a read that a signal
 * interrupts is taken up again by the system. */
static feat_status wait_for_bytes(const bf_frames *f, bool (*interrupted)(void), feat_error *err)
{
    enum { ASK_MS = 200 };
    struct pollfd wait = {.fd = f->fd, .events = POLLIN};
    while (interrupted != NULL) {
        if (interrupted())
            return feat_fail(err, FEAT_ERR_IO, "interrupted");
        if (poll(&wait, 1, ASK_MS) > 0)
            break;
    }
    return FEAT_OK;
}

/* `bytes` of them, fewer at the end. */
static feat_status read_block(bf_frames *f, size_t bytes, size_t *used, bool (*interrupted)(void), feat_error *err)
{
    for (*used = 0; *used < bytes;) {
        feat_status status = wait_for_bytes(f, interrupted, err);
        if (status != FEAT_OK)
            return status;
        ssize_t got = read(f->fd, f->block + *used, bytes - *used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return feat_fail(err, FEAT_ERR_IO, "-: cannot read standard input: %s", strerror(errno));
        f->ended = got == 0;
        if (f->ended)
            break;
        *used += (size_t)got;
    }
    return FEAT_OK;
}

static feat_status make_room(bf_frames *f, size_t n, feat_error *err)
{
    if (n <= f->room)
        return FEAT_OK;
    feat_free(f->block);
    f->block = feat_alloc_array(n, f->bytes);
    f->room = f->block != NULL ? n : 0;
    return f->room > 0 ? FEAT_OK
                       : feat_fail(err, FEAT_ERR_NOMEM, "-: no memory for %zu frames of %zu bytes", n, f->bytes);
}

feat_status bf_frames_next(bf_frames *f, size_t n, size_t *got, bool (*interrupted)(void), feat_error *err)
{
    size_t bytes = 0, frame = f->bytes;
    *got = 0;
    f->first += f->n;
    f->n = 0;
    if (f->ended || n == 0)
        return FEAT_OK;
    feat_status status = make_room(f, n, err);
    if (status == FEAT_OK)
        status = read_block(f, n * frame, &bytes, interrupted, err);
    if (status != FEAT_OK)
        return status;
    if (f->first + bytes == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "-: nothing came on standard input; frames of %zu bytes expected",
                         frame);
    if (bytes % frame != 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "-: ends inside frame #%zu (counted from 0): %zu bytes of it expected (%zu x %zu RGB), %zu "
                         "found",
                         f->first + bytes / frame, frame, f->shape.w, f->shape.h, bytes % frame);
    f->n = *got = bytes / frame;
    return FEAT_OK;
}
