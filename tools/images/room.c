/* Two shares of memory, each with a queue: who comes first is served first, so that a large picture is not passed by
 * small ones for ever. */
#include "tools/images/room.h"

#include <math.h>
#include <pthread.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

typedef struct share {
    uint64_t total, used;
    uint64_t last, served; /* numbers of those who asked, and of those who were let in */
} share;

static const uint64_t least_total = UINT64_C(1) << 30;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    share files, pictures;
    uint64_t asked; /* 0: no limit */
} room = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static _Thread_local uint64_t file_held;
static _Thread_local long pictures_held;

static void divide(uint64_t bytes)
{
    room.files.total = bytes / 4;
    room.pictures.total = bytes - bytes / 4;
}

void bf_room_limit(uint64_t bytes, uint64_t asked)
{
    pthread_mutex_lock(&room.mutex);
    room.asked = bytes > 0 ? asked : 0;
    divide(bytes);
    pthread_mutex_unlock(&room.mutex);
}

bool bf_room_is_limited(void)
{
    return room.asked > 0;
}

/* The caller holds the mutex. */
static void look_at_machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t quarter = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 4 : 0;
    divide(quarter > least_total ? quarter : least_total);
}

/* Waits until it is this one's turn and its bytes are free, or nothing is used at all. False: never. */
static bool take(share *s, uint64_t bytes, bool at_once)
{
    pthread_mutex_lock(&room.mutex);
    if (s->total == 0)
        look_at_machine();
    bool good = room.asked == 0 || bytes <= s->total;
    if (good && !at_once) {
        uint64_t number = s->last++;
        while (s->served != number || (s->used > 0 && (s->used >= s->total || bytes > s->total - s->used)))
            pthread_cond_wait(&room.changed, &room.mutex);
        s->served++;
        pthread_cond_broadcast(&room.changed);
    }
    if (good)
        s->used += bytes;
    pthread_mutex_unlock(&room.mutex);
    return good;
}

static void give(share *s, uint64_t bytes)
{
    pthread_mutex_lock(&room.mutex);
    s->used -= bytes;
    pthread_cond_broadcast(&room.changed);
    pthread_mutex_unlock(&room.mutex);
}

/* `share_of_all`: what part of all the share is. */
static feat_status too_large(const share *s, double share_of_all, uint64_t bytes, const char *what, const char *set,
                             const char *item, feat_error *err)
{
    const double mib = 1048576.0;
    double least = (double)room.asked + (double)(bytes - s->total) / share_of_all;
    return feat_fail(
        err, FEAT_ERR_UNSUPPORTED,
        "%s%s%s: %s takes %.0f MiB, for which --memory leaves %.0f MiB; --memory %.0fM at least has room for it",
        set == NULL ? "" : set, set == NULL ? "" : ": ", item, what, ceil((double)bytes / mib),
        floor((double)s->total / mib), ceil(least / mib) + 1.0);
}

feat_status bf_room_for_file(uint64_t bytes, const char *set, const char *item, feat_error *err)
{
    bf_room_file_done();
    if (bytes <= BF_ROOM_FILE)
        return FEAT_OK;
    if (!take(&room.files, bytes, false))
        return too_large(&room.files, 0.25, bytes, "reading this file", set, item, err);
    file_held = bytes;
    return FEAT_OK;
}

void bf_room_file_done(void)
{
    if (file_held > 0)
        give(&room.files, file_held);
    file_held = 0;
}

feat_status bf_room_for_picture(uint64_t bytes, const char *set, const char *item, feat_error *err)
{
    if (bytes <= BF_ROOM_PICTURE)
        return FEAT_OK;
    /* Who keeps several pictures would wait for itself. */
    if (!take(&room.pictures, bytes, pictures_held > 0))
        return too_large(&room.pictures, 0.75, bytes, "decoding this picture", set, item, err);
    pictures_held++;
    return FEAT_OK;
}

void bf_room_picture_done(uint64_t bytes)
{
    if (bytes <= BF_ROOM_PICTURE)
        return;
    pictures_held--;
    give(&room.pictures, bytes);
}

/* In front of the pixels. */
typedef struct made {
    uint64_t bytes;
    uint8_t padding[64 - sizeof(uint64_t)];
} made;

static void unmake(void *owner)
{
    made *m = owner;
    bf_room_picture_done(m->bytes);
    feat_free(m);
}

feat_status bf_room_make_image(bf_image *image, size_t h, size_t w, uint64_t beside, const char *set, const char *item,
                               feat_error *err)
{
    size_t pixels = 3 * h * w;
    *image = (bf_image){0};
    feat_status status = bf_room_for_picture(pixels + beside, set, item, err);
    if (status != FEAT_OK)
        return status;
    made *m = feat_alloc(sizeof *m + pixels);
    if (m == NULL) {
        bf_room_picture_done(pixels + beside);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s%s%s: no memory for the image", set == NULL ? "" : set,
                         set == NULL ? "" : ": ", item);
    }
    m->bytes = pixels + beside;
    *image = (bf_image){.rgb = (uint8_t *)(m + 1), .h = h, .w = w, .give_back = unmake, .owner = m};
    return FEAT_OK;
}
