/* The program's side: lanes, each a worker with its socket and the memory that both share. A thread that wants
 * something decoded takes a free one. A worker that is replaced leaves its socket with it: what comes from a socket
 * is always the worker's that was started with it, and until that is asked something, the truth. */
#define _GNU_SOURCE /* memfd_create, SCM_RIGHTS */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/limits.h"
#include "tools/images/room.h"
#include "tools/images/sandbox_parts.h"

enum { START_SECONDS = 60, START_ATTEMPTS = 5, START_PAUSE_MS = 100, MOST_KEPT = 32 };

static bf_box_lane lanes[BF_BOX_MAX_LANES]; /* not in `box`: zeros need no room in the program's file */

static struct {
    pid_t helper;
    int control; /* each order is one message: threads send theirs without a lock */
    bool must_filter;
    size_t n_lanes;
    double start_again;    /* no worker could be started: not to be tried before this time while others are there */
    pthread_mutex_t mutex; /* over lanes[].taken, those that are not taken, n_lanes, start_again */
    pthread_cond_t freed;
} box = {.control = -1, .mutex = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};

double bf_box_seconds(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : -1.0;
}

/* --- memory ------------------------------------------------------------------------------------------------- */

static void drop_lane(bf_box_lane *l)
{
    if (l->map != NULL)
        munmap(l->map, (size_t)l->mapped);
    if (l->socket >= 0)
        close(l->socket);
    if (l->memory >= 0)
        close(l->memory);
    *l = (bf_box_lane){.socket = -1, .memory = -1};
}

bool bf_box_grow(bf_box_lane *l, uint64_t bytes)
{
    if (bytes <= l->mapped)
        return true;
    bytes = (bytes + (1 << 20) - 1) >> 20 << 20;
    if (ftruncate(l->memory, (off_t)bytes) != 0)
        return false;
    unsigned char *map = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, l->memory, 0);
    if (map == MAP_FAILED)
        return false;
    if (l->map != NULL)
        munmap(l->map, (size_t)l->mapped);
    l->map = map;
    l->mapped = bytes;
    return true;
}

void bf_box_empty(const bf_box_lane *l, uint64_t from, uint64_t to)
{
    if (from < to)
        (void)fallocate(l->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(to - from));
}

static bool give_memory(bf_box_lane *l)
{
    *l = (bf_box_lane){.socket = -1, .memory = memfd_create("bonafide-decoder", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (l->memory >= 0 && bf_box_grow(l, BF_BOX_FIRST) &&
        fcntl(l->memory, F_ADD_SEALS, F_SEAL_SHRINK) == 0) /* a shorter file would end us with SIGBUS */
        return true;
    int why = errno;
    drop_lane(l);
    errno = why;
    return false;
}

/* --- workers ------------------------------------------------------------------------------------------------ */

bool bf_box_say(const bf_box_lane *l, const bf_box_request *r)
{
    return send(l->socket, r, sizeof *r, MSG_NOSIGNAL) == (ssize_t)sizeof *r;
}

bf_box_heard bf_box_hear(const bf_box_lane *l, bf_box_answer *a, int milliseconds)
{
    struct pollfd p = {.fd = l->socket, .events = POLLIN};
    if (poll(&p, 1, milliseconds) <= 0)
        return BF_BOX_NOTHING;
    ssize_t n = recv(l->socket, a, sizeof *a, MSG_DONTWAIT | MSG_TRUNC);
    if (n == (ssize_t)sizeof *a)
        return BF_BOX_MESSAGE;
    if (n <= 0 && (p.revents & POLLHUP) != 0) /* an empty message is none of these */
        return BF_BOX_GONE;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? BF_BOX_NOTHING : BF_BOX_NONSENSE;
}

static void leave_cold(bf_box_lane *l)
{
    if (l->socket >= 0)
        close(l->socket);
    l->socket = -1;
    l->pid = 0;
    l->served = 0;
    l->stage = BF_BOX_COLD;
}

/* Tells the helper to replace the worker of a lane. */
static bool order(const bf_box_lane *l, int worker_end)
{
    bf_box_order o = {.lane = (uint32_t)(l - lanes)};
    const int fds[2] = {worker_end, l->memory};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof fds)];
    } extra;
    struct iovec part = {&o, sizeof o};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof extra};
    memset(&extra, 0, sizeof extra);
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(c), fds, sizeof fds);
    return sendmsg(box.control, &h, MSG_NOSIGNAL) == (ssize_t)sizeof o;
}

void bf_box_replace(bf_box_lane *l)
{
    int pair[2];
    leave_cold(l);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    if (order(l, pair[1])) {
        l->socket = pair[0];
        l->stage = BF_BOX_ORDERED;
    } else {
        close(pair[0]);
    }
    close(pair[1]);
}

/* Takes the message that leads to the next stage; false for any other. */
static bool step(bf_box_lane *l, const bf_box_answer *a)
{
    if (l->stage == BF_BOX_ORDERED && a->what == BF_BOX_BURIED) {
        l->signal = (uint32_t)a->number;
        l->stage = BF_BOX_REPLACED;
        return true;
    }
    if (l->stage != BF_BOX_REPLACED || a->what != BF_BOX_READY || (box.must_filter && a->status != 1))
        return false;
    l->pid = (pid_t)a->number;
    l->filtered = a->status == 1;
    l->stage = BF_BOX_WAITING;
    return true;
}

bool bf_box_reach(bf_box_lane *l, bf_box_stage stage)
{
    double deadline = bf_box_seconds(CLOCK_MONOTONIC) + START_SECONDS;
    bf_box_answer a;
    while (l->stage != BF_BOX_COLD && l->stage < stage) {
        bf_box_heard heard = bf_box_hear(l, &a, 250);
        bool good = heard == BF_BOX_MESSAGE ? step(l, &a)
                                            : heard == BF_BOX_NOTHING && bf_box_seconds(CLOCK_MONOTONIC) < deadline;
        if (!good)
            leave_cold(l);
    }
    return l->stage >= stage;
}

/* Whether the worker waits for a request and has nothing to say: one that speaks unasked is replaced. */
static bool is_ready(bf_box_lane *l)
{
    bf_box_answer a;
    if (l->stage == BF_BOX_WAITING && bf_box_hear(l, &a, 0) != BF_BOX_NOTHING)
        leave_cold(l);
    if (l->stage == BF_BOX_COLD)
        bf_box_replace(l);
    return bf_box_reach(l, BF_BOX_WAITING);
}

/* --- lanes and threads -------------------------------------------------------------------------------------- */

static void put_back(bf_box_lane *l, bool works)
{
    pthread_mutex_lock(&box.mutex);
    if (!works)
        box.start_again = bf_box_seconds(CLOCK_MONOTONIC) + 1.0;
    l->taken = false;
    pthread_cond_signal(&box.freed);
    pthread_mutex_unlock(&box.mutex);
}

/* A free lane, the further its worker the better; one more where there is none. A cold one, and one more, only while
 * workers can be started or when nobody else has a lane; NULL then: there is none at all. The caller holds the
 * mutex. */
static bf_box_lane *find_lane(size_t *n_taken)
{
    bf_box_lane *best = NULL;
    bool may_start = bf_box_seconds(CLOCK_MONOTONIC) >= box.start_again;
    *n_taken = 0;
    for (size_t i = 0; i < box.n_lanes; i++) {
        bf_box_lane *l = &lanes[i];
        if (l->taken)
            ++*n_taken;
        else if (best == NULL || l->stage > best->stage)
            best = l;
    }
    if (best != NULL && (best->stage != BF_BOX_COLD || may_start || *n_taken == 0))
        return best;
    if (best == NULL && box.n_lanes < BF_BOX_MAX_LANES && (may_start || *n_taken == 0) &&
        give_memory(&lanes[box.n_lanes]))
        return &lanes[box.n_lanes++];
    return NULL;
}

static bf_box_lane *take_lane(void)
{
    size_t n_taken;
    pthread_mutex_lock(&box.mutex);
    bf_box_lane *l = find_lane(&n_taken);
    while (l == NULL && n_taken > 0) {
        pthread_cond_wait(&box.freed, &box.mutex);
        l = find_lane(&n_taken);
    }
    if (l != NULL)
        l->taken = true;
    pthread_mutex_unlock(&box.mutex);
    return l;
}

bf_box_lane *bf_box_take(void)
{
    for (long attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
        const struct timespec pause = {.tv_nsec = attempt * START_PAUSE_MS * 1000000};
        bf_box_lane *l = take_lane();
        if (l != NULL && is_ready(l))
            return l;
        if (l != NULL)
            put_back(l, false);
        if (attempt < START_ATTEMPTS)
            nanosleep(&pause, NULL);
    }
    return NULL;
}

void bf_box_release(bf_box_lane *l)
{
    uint64_t keep = bf_room_is_limited() ? BF_BOX_FIRST : BF_BOX_KEEP;
    if (l->used > keep)
        bf_box_empty(l, keep, l->mapped);
    l->used = 0;
    bf_room_picture_done(l->charged);
    l->charged = 0;
    if (l->stage == BF_BOX_WAITING && l->served >= bf_limits_get()->worker)
        bf_box_replace(l);
    put_back(l, true);
}

bool bf_box_may_keep(void)
{
    pthread_mutex_lock(&box.mutex);
    bool few = box.n_lanes <= MOST_KEPT;
    pthread_mutex_unlock(&box.mutex);
    return few;
}

/* --- start and end ------------------------------------------------------------------------------------------ */

const char *bf_box_open(bool *filtered)
{
    static const char none[] = "a process for decoding";
    int pair[2];
    if (!give_memory(&lanes[0]))
        return errno == EFBIG ? "memory shared with a decoder (the limit on file sizes, ulimit -f, is too low)"
                              : "memory shared with a decoder";
    box.n_lanes = 1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return none;
    fflush(NULL);
    box.helper = fork();
    if (box.helper == 0)
        bf_box_helper(pair[1]);
    close(pair[1]);
    box.control = pair[0];
    bf_box_lane *l = box.helper > 0 ? bf_box_take() : NULL;
    if (l == NULL)
        return none;
    box.must_filter = *filtered = l->filtered;
    bf_box_release(l);
    return NULL;
}

void bf_box_close(void)
{
    for (size_t i = 0; i < box.n_lanes; i++)
        drop_lane(&lanes[i]);
    box.n_lanes = 0;
    if (box.control >= 0)
        close(box.control);
    box.control = -1;
    if (box.helper > 0)
        while (waitpid(box.helper, NULL, 0) < 0 && errno == EINTR)
            ;
    box.helper = -1;
    box.must_filter = false;
    box.start_again = 0.0;
}
