/* Requests to the workers: what is asked, how long they may take, and what of the answer is believed. */
#define _GNU_SOURCE /* clock_getcpuclockid */
#include "tools/images/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/files/inflate.h"
#include "tools/base/limits.h"
#include "tools/images/room.h"
#include "tools/images/sandbox_parts.h"

/* A worker computes or waits for us. Where its CPU time stands still for QUIET_SECONDS it waits, and we for it; on a
 * machine that has no time for it either it gets some of it sooner. WALL_FACTOR is for systems that do not tell. */
enum { LOOK_MS = 250, QUIET_SECONDS = 10, WALL_FACTOR = 20, COPIED_BYTES = 4 << 20 };

static struct {
    bool active;
    pid_t owner; /* a fork of the program must not use what is here */
} state;

static _Atomic uint64_t inflate_peak;

/* What is asked, and who is being served, for messages. */
typedef struct job {
    const char *set, *item, *colon; /* set: may be NULL */
    const uint8_t *in;
    bf_box_request ask; /* our own, whatever the worker does to its memory */
    uint64_t out_at;
    bool starved; /* for want of memory, as far as can be told: another worker may do better */
} job;

static feat_status fail(const job *j, feat_status status, const char *what, feat_error *err)
{
    return feat_fail(err, status, "%s%s%s: %s", j->set == NULL ? "" : j->set, j->colon, j->item, what);
}

/* --- time --------------------------------------------------------------------------------------------------- */

typedef struct watch {
    double began, looked, quiet; /* wall clock; quiet: for so long no CPU time was taken */
    double cpu_began, cpu;       /* of the worker; negative: cannot be told */
} watch;

static double cpu_of(const bf_box_lane *l)
{
    clockid_t clock;
    return l->pid > 0 && clock_getcpuclockid(l->pid, &clock) == 0 ? bf_box_seconds(clock) : -1.0;
}

static watch start_watch(const bf_box_lane *l)
{
    double now = bf_box_seconds(CLOCK_MONOTONIC), cpu = cpu_of(l);
    return (watch){.began = now, .looked = now, .cpu_began = cpu, .cpu = cpu};
}

typedef enum why { IN_TIME, SLOW, SILENT, UNRULY, DEAD } why;

/* Whether the worker has had its time. A look counts as two at most: we may have been stopped, and it with us. */
static why look(watch *w, const bf_box_lane *l)
{
    double most = (double)bf_limits_get()->seconds, now = bf_box_seconds(CLOCK_MONOTONIC), cpu = cpu_of(l);
    double passed = now - w->looked, longest = 2e-3 * LOOK_MS;
    w->quiet = cpu < 0.0 || cpu > w->cpu ? 0.0 : w->quiet + (passed < longest ? passed : longest);
    w->looked = now;
    w->cpu = cpu;
    if (cpu - w->cpu_began > most || now - w->began > most * WALL_FACTOR)
        return SLOW;
    return w->quiet > (most < QUIET_SECONDS ? most : QUIET_SECONDS) ? SILENT : IN_TIME;
}

/* --- one request -------------------------------------------------------------------------------------------- */

/* Ends a worker that is not to be trusted any more. False: not even that is certain. */
static bool end_worker(bf_box_lane *l)
{
    l->used = l->mapped; /* as far as one can know */
    bf_box_replace(l);
    return bf_box_reach(l, BF_BOX_REPLACED);
}

/* The worker has failed on this file, which is to blame for it; but for SIGKILL: the system's, or a person's. */
static feat_status give_up(bf_box_lane *l, job *j, why reason, feat_error *err)
{
    char text[128];
    if (!end_worker(l))
        return fail(j, FEAT_ERR_NOMEM, "the process that decodes images is gone", err);
    if (reason == SLOW)
        snprintf(text, sizeof text, "decoding it took more than %llu s (--limits seconds=N)",
                 (unsigned long long)bf_limits_get()->seconds);
    else if (reason == SILENT)
        snprintf(text, sizeof text, "the decoder fell silent over it");
    else if (reason == UNRULY)
        snprintf(text, sizeof text, "the decoder answered what it was not asked");
    else if (l->signal == 0)
        snprintf(text, sizeof text, "the decoder left while it was at it");
    else if (l->signal != SIGKILL)
        snprintf(text, sizeof text, "the decoder crashed on it (signal %u)", (unsigned)l->signal);
    else
        snprintf(text, sizeof text, "the process that decodes it was killed (memory?)");
    j->starved = reason == DEAD && l->signal == SIGKILL;
    return fail(j, FEAT_ERR_FORMAT, text, err);
}

/* There is no memory to share, for errno's reason. */
static feat_status no_room(bf_box_lane *l, const job *j, feat_error *err)
{
    bool limited = errno == EFBIG;
    if (l->stage == BF_BOX_WAITING)
        (void)end_worker(l);
    return fail(j, FEAT_ERR_NOMEM,
                limited ? "no memory to decode the image: the limit on file sizes (ulimit -f) is too low"
                        : "no memory to decode the image",
                err);
}

/* Whether this is the one time that the decoder of an image may ask for room: as much as an image can need, and more
 * than there is. */
static bool may_grow(const bf_box_lane *l, const job *j, const bf_box_answer *a)
{
    uint64_t pixels = bf_limits_get()->pixels;
    return j->ask.work == BF_BOX_IMAGE && j->ask.what == BF_BOX_RUN && a->what == BF_BOX_GROW &&
           a->number <= 3 * pixels && a->beside <= BF_BOX_MOST &&
           (j->out_at + a->number > l->mapped || a->number + a->beside > BF_ROOM_PICTURE);
}

/* Waits until there is room for the picture that the worker is about to decode, which costs it no time. */
static feat_status wait_for_room(watch *w, bf_box_lane *l, const job *j, const bf_box_answer *a, feat_error *err)
{
    double before = bf_box_seconds(CLOCK_MONOTONIC);
    uint64_t bytes = a->number + a->beside;
    feat_status status = bf_room_for_picture(bytes, j->set, j->item, err);
    if (status == FEAT_OK)
        l->charged = bytes;
    else
        (void)end_worker(l);
    w->looked = bf_box_seconds(CLOCK_MONOTONIC);
    w->began += w->looked - before;
    return status;
}

/* Sends the request and waits until it is done. The worker may send two messages in all: anything else ends it. */
static feat_status serve(bf_box_lane *l, job *j, bf_box_answer *a, feat_error *err)
{
    watch w = start_watch(l);
    feat_status status;
    l->served++;
    j->ask.id = ++l->id;
    why reason = bf_box_say(l, &j->ask) ? IN_TIME : DEAD;
    while (reason == IN_TIME) {
        bf_box_heard heard = bf_box_hear(l, a, LOOK_MS);
        if (heard == BF_BOX_NOTHING) {
            reason = look(&w, l);
        } else if (heard == BF_BOX_GONE) {
            reason = DEAD;
        } else if (heard != BF_BOX_MESSAGE || a->id != l->id) {
            reason = UNRULY;
        } else if (a->what == BF_BOX_DONE) {
            return FEAT_OK;
        } else if (!may_grow(l, j, a)) {
            reason = UNRULY;
        } else if ((status = wait_for_room(&w, l, j, a, err)) != FEAT_OK) {
            return status;
        } else if (!bf_box_grow(l, j->out_at + a->number)) {
            return no_room(l, j, err);
        } else {
            j->ask.what = BF_BOX_MORE;
            j->ask.capacity = l->mapped;
            reason = bf_box_say(l, &j->ask) ? IN_TIME : DEAD;
        }
    }
    return give_up(l, j, reason, err);
}

/* Puts the request together, and the input into the memory. False when there is no room, for errno's reason. */
static bool prepare(bf_box_lane *l, job *j, size_t n_in, size_t n_out)
{
    bf_box_request *r = &j->ask;
    r->what = BF_BOX_RUN;
    r->has_set = j->set != NULL;
    r->set_bytes = j->set == NULL ? 1 : strlen(j->set) + 1;
    r->item_bytes = strlen(j->item) + 1;
    r->n_in = n_in;
    r->n_out = n_out;
    r->limits = *bf_limits_get();
    errno = ENOMEM;
    if (r->set_bytes > BF_BOX_MOST || r->item_bytes > BF_BOX_MOST || n_in > BF_BOX_MOST || n_out > BF_BOX_MOST)
        return false;
    j->out_at = bf_box_output(r);
    if (!bf_box_grow(l, j->out_at + n_out))
        return false;
    r->capacity = l->mapped;
    memcpy(l->map, j->set == NULL ? "" : j->set, (size_t)r->set_bytes);
    memcpy(l->map + r->set_bytes, j->item, (size_t)r->item_bytes);
    memcpy(l->map + bf_box_input(r), j->in, n_in);
    l->used = j->out_at + n_out;
    return true;
}

/* --- images ------------------------------------------------------------------------------------------------- */

/* A message from the worker is text of the right length, which feat_fail cleans. */
static void take_message(char text[sizeof(((feat_error *)0)->message)], const char *from)
{
    size_t n = sizeof(((feat_error *)0)->message);
    memcpy(text, from, n);
    text[n - 1] = 0;
}

static void take_back(void *owner)
{
    bf_box_release(owner);
}

/* The pixels: a copy, or, of large ones, the memory itself once nobody else has it. They cannot change any more. */
static feat_status take_pixels(bf_box_lane *l, const job *j, const bf_box_answer *a, bf_image *image, feat_error *err)
{
    size_t bytes = (size_t)(a->h * a->w * 3);
    l->used = feat_max_size((size_t)l->used, (size_t)j->out_at + bytes);
    *image = (bf_image){.h = (size_t)a->h, .w = (size_t)a->w, .flags = a->flags};
    if (bytes > COPIED_BYTES && bf_box_may_keep()) {
        if (!end_worker(l))
            return fail(j, FEAT_ERR_NOMEM, "the process that decodes images is gone", err);
        image->rgb = l->map + j->out_at;
        image->give_back = take_back;
        image->owner = l;
        bf_box_empty(l, (bf_box_input(&j->ask) + 4095) & ~UINT64_C(4095), j->out_at); /* the file: done with */
        return FEAT_OK;
    }
    image->rgb = feat_alloc(bytes);
    if (image->rgb == NULL)
        return fail(j, FEAT_ERR_NOMEM, "no memory to decode the image", err);
    memcpy(image->rgb, l->map + j->out_at, bytes);
    return FEAT_OK;
}

static feat_status take_image(bf_box_lane *l, job *j, const bf_box_answer *a, bf_image *image, feat_error *err)
{
    char text[sizeof a->message];
    if (a->status == FEAT_ERR_FORMAT || a->status == FEAT_ERR_UNSUPPORTED || a->status == FEAT_ERR_NOMEM) {
        take_message(text, a->message);
        j->starved = a->status == FEAT_ERR_NOMEM && end_worker(l);
        return feat_fail(err, a->status == FEAT_ERR_NOMEM ? FEAT_ERR_FORMAT : (feat_status)a->status, "%s", text);
    }
    if (a->status == FEAT_OK && a->h > 0 && a->w > 0 && a->h <= BF_MAX_SIDE && a->w <= BF_MAX_SIDE &&
        a->h * a->w <= bf_limits_get()->pixels && a->h * a->w * 3 <= l->mapped - j->out_at)
        return take_pixels(l, j, a, image, err);
    (void)end_worker(l);
    return fail(j, FEAT_ERR_FORMAT, "the decoder gave no picture", err);
}

/* One attempt at an image. */
static feat_status decode(bf_image *image, job *j, size_t n, feat_error *err)
{
    bf_box_answer a;
    bf_box_lane *l = bf_box_take();
    j->starved = false;
    *image = (bf_image){0};
    if (l == NULL)
        return fail(j, FEAT_ERR_NOMEM, "no process can be started to decode it", err);
    feat_status status = prepare(l, j, n, 0) ? serve(l, j, &a, err) : no_room(l, j, err);
    if (status == FEAT_OK)
        status = take_image(l, j, &a, image, err);
    if (status != FEAT_OK)
        *image = (bf_image){0};
    if (image->give_back == NULL)
        bf_box_release(l);
    return status;
}

/* --- without workers ---------------------------------------------------------------------------------------- */

typedef struct here {
    const char *set, *item;
    bf_image *image;
    feat_status status;
    feat_error own;
} here;

static uint8_t *room_here(void *context, size_t h, size_t w, uint64_t beside)
{
    here *c = context;
    c->status = bf_room_make_image(c->image, h, w, beside, c->set, c->item, &c->own);
    return c->image->rgb;
}

/* In this process. */
static feat_status decode_here(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                               feat_error *err)
{
    bf_image room = {0}, decoded = {0};
    here c = {.set = set, .item = item, .image = &room};
    const bf_decoding how = {.set = set, .item = item, .room = room_here, .context = &c};
    feat_status status = bf_decode_as(&decoded, bytes, n, &how, err);
    room.flags = decoded.flags;
    if (status != FEAT_OK)
        bf_image_release(&room);
    *image = room;
    return c.status != FEAT_OK ? feat_fail(err, c.status, "%s", c.own.message) : status;
}

/* An image that wants of memory failed in two workers, the second of which had nothing else behind it, is refused for
 * itself: the run is not the file's to end. */
feat_status bf_sandbox_decode(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                              feat_error *err)
{
    if (!bf_sandbox_active() || n == 0)
        return decode_here(image, bytes, n, set, item, err);
    job j = {.set = set, .item = item, .colon = set == NULL ? "" : ": ", .in = bytes, .ask = {.work = BF_BOX_IMAGE}};
    feat_status status = decode(image, &j, n, err);
    return j.starved ? decode(image, &j, n, err) : status;
}

/* --- deflate ------------------------------------------------------------------------------------------------ */

static void note_peak(uint64_t bytes)
{
    uint64_t most = atomic_load(&inflate_peak);
    while (bytes > most && !atomic_compare_exchange_weak(&inflate_peak, &most, bytes))
        continue;
}

uint64_t bf_sandbox_inflate_peak(void)
{
    return atomic_load(&inflate_peak);
}

/* One attempt in a worker; *good: it says that the data are not damaged. */
static feat_status unpack_there(job *j, uint8_t *out, size_t out_bytes, size_t in_bytes, bool *good, feat_error *err)
{
    bf_box_answer a;
    bf_box_lane *l = bf_box_take();
    j->starved = false;
    if (l == NULL)
        return fail(j, FEAT_ERR_NOMEM, "no process can be started to unpack it", err);
    feat_status status = prepare(l, j, in_bytes, out_bytes) ? serve(l, j, &a, err) : no_room(l, j, err);
    note_peak(l->used);
    *good = status == FEAT_OK && a.status == FEAT_OK;
    if (*good)
        memcpy(out, l->map + j->out_at, out_bytes);
    bf_box_release(l);
    return status;
}

/* what: BF_BOX_WHOLE, BF_BOX_HEAD. */
static feat_status unpack(unsigned what, uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes,
                          const char *archive, const char *member, feat_error *err)
{
    job j = {.set = archive, .item = member, .colon = ": ", .in = in, .ask = {.work = what}};
    bool good = true;
    feat_status status = FEAT_OK;
    if (!bf_sandbox_active())
        good = (what == BF_BOX_HEAD ? feat_inflate_head : feat_inflate)(out, out_bytes, in, in_bytes);
    else
        status = unpack_there(&j, out, out_bytes, in_bytes, &good, err);
    if (j.starved)
        status = unpack_there(&j, out, out_bytes, in_bytes, &good, err);
    return status == FEAT_OK && !good ? fail(&j, FEAT_ERR_FORMAT, "damaged deflate data", err) : status;
}

feat_status bf_sandbox_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes, const char *archive,
                               const char *member, feat_error *err)
{
    return unpack(BF_BOX_WHOLE, out, out_bytes, in, in_bytes, archive, member, err);
}

feat_status bf_sandbox_inflate_head(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes,
                                    const char *archive, const char *member, feat_error *err)
{
    return unpack(BF_BOX_HEAD, out, out_bytes, in, in_bytes, archive, member, err);
}

/* --- start and end ------------------------------------------------------------------------------------------ */

bool bf_sandbox_active(void)
{
    return state.active && state.owner == getpid();
}

void bf_sandbox_stop(void)
{
    if (!bf_sandbox_active())
        return;
    state.active = false;
    bf_box_close();
}

feat_status bf_sandbox_start(bf_sandbox_mode mode, char note[BF_SANDBOX_NOTE_BYTES], feat_error *err)
{
    bool filtered = false;
    note[0] = 0;
    if (mode == BF_SANDBOX_OFF || state.active)
        return FEAT_OK;
    const char *missing = bf_box_open(&filtered);
    state.active = missing == NULL;
    state.owner = getpid();
    if (state.active && !filtered)
        missing = "a seccomp filter";
    if (mode == BF_SANDBOX_ON && missing != NULL)
        state.active = false;
    if (!state.active)
        bf_box_close();
    if (mode == BF_SANDBOX_ON && missing != NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "--sandbox on: this system refuses %s; auto does without",
                         missing);
    if (!state.active)
        snprintf(note, BF_SANDBOX_NOTE_BYTES, "%s cannot be had here: images are decoded in this process", missing);
    else if (!filtered)
        snprintf(note, BF_SANDBOX_NOTE_BYTES,
                 "no seccomp filter can be had here: decoding has a process of its own, but not less rights");
    return FEAT_OK;
}
