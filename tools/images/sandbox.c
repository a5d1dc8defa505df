/* The program's side: lanes, each a socket and shared memory with a worker behind it; a thread that wants
 * something decoded takes a free one. Nothing a worker says is believed before it is checked. */
#define _GNU_SOURCE /* memfd_create, SCM_RIGHTS */
#include "tools/images/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/files/inflate.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/images/sandbox_parts.h"

enum { START_SECONDS = 20, WALL_FACTOR = 20, MOST_LENT = 64 };

typedef struct lane {
    int socket, memory;
    unsigned char *map;
    uint64_t mapped, used; /* used: at most this much of it has been written */
    uint32_t id;
    bool taken, broken;
} lane;

/* Who is being served, for messages. */
typedef struct place {
    const char *set, *colon, *item;
} place;

static struct {
    bool active;
    pid_t owner, helper; /* owner: a fork of the program must not use what is here */
    int control;
    lane lanes[BF_BOX_MAX_LANES];
    size_t n_lanes;
    pthread_mutex_t mutex; /* over lanes[].taken, n_lanes and the control socket */
    pthread_cond_t freed;
} box = {.control = -1, .mutex = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};

static bf_box_control *control_of(const lane *l)
{
    return (bf_box_control *)(void *)l->map;
}

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0.0;
}

/* --- lanes ------------------------------------------------------------------------------------------------ */

static void drop_lane(lane *l)
{
    if (l->map != NULL)
        munmap(l->map, (size_t)l->mapped);
    if (l->socket >= 0)
        close(l->socket);
    if (l->memory >= 0)
        close(l->memory);
    *l = (lane){.socket = -1, .memory = -1};
}

/* Makes the memory of a lane at least `bytes` long. */
static bool grow(lane *l, uint64_t bytes)
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
    control_of(l)->capacity = bytes;
    return true;
}

/* Sends a lane's other end to the helper, which starts a worker there. */
static bool hand_over(const lane *l, uint32_t index, int worker_end)
{
    const bf_box_message m = {.what = BF_BOX_ADD, .lane = index};
    const int fds[2] = {worker_end, l->memory};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof fds)];
    } extra;
    bf_box_message copy = m;
    struct iovec part = {&copy, sizeof copy};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof extra};
    memset(&extra, 0, sizeof extra);
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(c), fds, sizeof fds);
    return sendmsg(box.control, &h, MSG_NOSIGNAL) == (ssize_t)sizeof m;
}

/* Appends a lane; the caller holds the mutex. */
static lane *add_lane(void)
{
    int pair[2] = {-1, -1};
    if (box.n_lanes == BF_BOX_MAX_LANES)
        return NULL;
    lane *l = &box.lanes[box.n_lanes];
    *l = (lane){.socket = -1, .memory = memfd_create("bonafide-decoder", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    bool good = l->memory >= 0 && grow(l, BF_BOX_FIRST) &&
                fcntl(l->memory, F_ADD_SEALS, F_SEAL_SHRINK) == 0 && /* a shorter file would end us with SIGBUS */
                socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0;
    l->socket = pair[0];
    good = good && hand_over(l, (uint32_t)box.n_lanes, pair[1]);
    if (pair[1] >= 0)
        close(pair[1]);
    if (!good) {
        drop_lane(l);
        return NULL;
    }
    box.n_lanes++;
    return l;
}

static lane *take_lane(void)
{
    pthread_mutex_lock(&box.mutex);
    lane *found = NULL;
    while (found == NULL) {
        size_t usable = 0;
        for (size_t i = 0; i < box.n_lanes && found == NULL; i++) {
            usable += !box.lanes[i].broken;
            if (!box.lanes[i].taken && !box.lanes[i].broken)
                found = &box.lanes[i];
        }
        if (found == NULL)
            found = add_lane();
        if (found == NULL && usable == 0)
            break;
        if (found == NULL)
            pthread_cond_wait(&box.freed, &box.mutex);
    }
    if (found != NULL)
        found->taken = true;
    pthread_mutex_unlock(&box.mutex);
    return found;
}

static void release_lane(lane *l)
{
    if (l->used > BF_BOX_KEEP)
        (void)fallocate(l->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, BF_BOX_KEEP,
                        (off_t)(l->mapped - BF_BOX_KEEP));
    l->used = 0;
    pthread_mutex_lock(&box.mutex);
    l->taken = false;
    pthread_cond_signal(&box.freed);
    pthread_mutex_unlock(&box.mutex);
}

/* --- talking ------------------------------------------------------------------------------------------------ */

static bool say(const lane *l, bf_box_what what)
{
    const bf_box_message m = {.what = what, .id = l->id};
    return send(l->socket, &m, sizeof m, MSG_NOSIGNAL) == (ssize_t)sizeof m;
}

/* To the helper, about the worker of a lane. */
static void order(const lane *l, bf_box_what what)
{
    const bf_box_message m = {.what = what, .lane = (uint32_t)(l - box.lanes)};
    pthread_mutex_lock(&box.mutex);
    (void)send(box.control, &m, sizeof m, MSG_NOSIGNAL);
    pthread_mutex_unlock(&box.mutex);
}

/* One message, or false when none came in `milliseconds`. */
static bool receive(const lane *l, bf_box_message *m, int milliseconds)
{
    struct pollfd p = {.fd = l->socket, .events = POLLIN};
    return poll(&p, 1, milliseconds) > 0 && recv(l->socket, m, sizeof *m, MSG_DONTWAIT) == (ssize_t)sizeof *m;
}

static bool helper_gone(void)
{
    int state;
    return waitpid(box.helper, &state, WNOHANG) != 0;
}

/* Waits for a message of this kind from a lane's other end; false when there is none to come. */
static bool await(const lane *l, bf_box_what what, bf_box_message *m)
{
    double deadline = seconds_of(CLOCK_MONOTONIC) + START_SECONDS;
    while (seconds_of(CLOCK_MONOTONIC) < deadline)
        if (receive(l, m, 250)) {
            if (m->what == (uint32_t)what)
                return true;
            if (m->what == BF_BOX_DIED) /* before it was ready */
                return false;
        } else if (helper_gone()) {
            break;
        }
    return false;
}

/* Threads that look for a lane read this one's state, too. */
static void set_broken(lane *l, bool broken)
{
    pthread_mutex_lock(&box.mutex);
    l->broken = broken;
    pthread_mutex_unlock(&box.mutex);
}

/* Has a new worker started where one has died. */
static void revive(lane *l)
{
    bf_box_message m;
    order(l, BF_BOX_START);
    set_broken(l, !await(l, BF_BOX_READY, &m));
}

static double cpu_of(const lane *l)
{
    clockid_t clock;
    pid_t pid = (pid_t)control_of(l)->pid;
    return pid > 0 && clock_getcpuclockid(pid, &clock) == 0 ? seconds_of(clock) : 0.0;
}

static feat_status lost(lane *l, const place *at, feat_error *err)
{
    set_broken(l, true);
    return feat_fail(err, FEAT_ERR_IO, "%s%s%s: the process that decodes images is gone", at->set, at->colon,
                     at->item);
}

/* The worker died. Only the file can be to blame, but for SIGKILL: that is the system or a person. */
static feat_status say_died(lane *l, const place *at, uint32_t signal_number, bool slow, feat_error *err)
{
    revive(l);
    if (slow)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s%s%s: decoding it took more than %llu s (--limits seconds=N)",
                         at->set, at->colon, at->item, (unsigned long long)bf_limits_get()->seconds);
    if (signal_number == SIGKILL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s%s%s: the process that decodes it was killed (memory?)", at->set,
                         at->colon, at->item);
    if (signal_number == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s%s%s: the decoder left while it was at it", at->set, at->colon,
                         at->item);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s%s%s: the decoder crashed on it (signal %u)", at->set, at->colon,
                     at->item, (unsigned)signal_number);
}

/* Gives a worker that asks for it more room for its output, or ends it. */
static feat_status give_room(lane *l, const place *at, uint64_t out_at, feat_error *err)
{
    bf_box_message m;
    uint64_t needed = control_of(l)->needed;
    if (needed <= 3 * bf_limits_get()->pixels && grow(l, out_at + needed))
        return say(l, BF_BOX_MORE) ? FEAT_OK : lost(l, at, err);
    order(l, BF_BOX_KILL);
    if (!await(l, BF_BOX_DIED, &m))
        return lost(l, at, err);
    revive(l);
    return feat_fail(err, FEAT_ERR_NOMEM, "%s%s%s: no memory to decode the image", at->set, at->colon, at->item);
}

/* Sends the request that the control block holds, and waits until it is done. */
static feat_status serve(lane *l, const place *at, uint64_t out_at, feat_error *err)
{
    bf_box_message m;
    feat_status status = FEAT_OK;
    while (receive(l, &m, 0))
        if (m.what == BF_BOX_DIED) /* between two requests */
            revive(l);
    l->id++;
    double cpu = cpu_of(l), wall = seconds_of(CLOCK_MONOTONIC), most = (double)bf_limits_get()->seconds;
    if (l->broken || !say(l, BF_BOX_RUN))
        return lost(l, at, err);
    for (bool killed = false; status == FEAT_OK;) {
        if (!receive(l, &m, 250)) {
            if (helper_gone())
                return lost(l, at, err);
            if (!killed && (cpu_of(l) - cpu > most || seconds_of(CLOCK_MONOTONIC) - wall > most * WALL_FACTOR)) {
                order(l, BF_BOX_KILL);
                killed = true;
            }
        } else if (m.what == BF_BOX_DIED) {
            return say_died(l, at, m.detail, killed, err);
        } else if (m.id == l->id && !killed && m.what == BF_BOX_DONE) {
            return FEAT_OK;
        } else if (m.id == l->id && !killed && m.what == BF_BOX_GROW) {
            status = give_room(l, at, out_at, err);
        }
    }
    return status;
}

/* --- requests ----------------------------------------------------------------------------------------------- */

/* Fills the control block and the input. False when there is no memory. */
static bool prepare(lane *l, const char *set, const char *item, const uint8_t *in, size_t n, uint64_t n_out)
{
    bf_box_control c = {.set_bytes = set == NULL ? 1 : strlen(set) + 1,
                        .item_bytes = strlen(item) + 1,
                        .has_set = set != NULL,
                        .n_in = n,
                        .n_out = n_out};
    if (!grow(l, bf_box_output(&c) + n_out))
        return false;
    bf_box_control *to = control_of(l);
    to->capacity = l->mapped; /* a worker may have written here */
    to->set_bytes = c.set_bytes;
    to->item_bytes = c.item_bytes;
    to->has_set = c.has_set;
    to->n_in = n;
    to->n_out = n_out;
    to->limits = *bf_limits_get();
    memcpy(l->map + BF_BOX_DATA, set == NULL ? "" : set, (size_t)c.set_bytes);
    memcpy(l->map + BF_BOX_DATA + c.set_bytes, item, (size_t)c.item_bytes);
    memcpy(l->map + bf_box_input(&c), in, n);
    l->used = bf_box_output(&c) + n_out;
    return true;
}

/* A message from the worker is text of the right length, or its image is bad. */
static void take_message(char text[sizeof(((feat_error *)0)->message)], const char *from)
{
    size_t n = sizeof(((feat_error *)0)->message);
    memcpy(text, from, n);
    text[n - 1] = 0;
    for (char *p = text; *p != 0; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = '?';
}

static void take_back(void *owner)
{
    release_lane(owner);
}

/* Whether a lane may stay with its image until that is released: not where somebody keeps many images, each of which
 * would cost a process. */
static bool lent_out(void)
{
    pthread_mutex_lock(&box.mutex);
    bool few = box.n_lanes <= MOST_LENT;
    pthread_mutex_unlock(&box.mutex);
    return few;
}

/* The pixels stay where the worker put them, and it does nothing until it is asked again. */
static feat_status take_image(lane *l, uint64_t out_at, bf_image *image, const place *at, feat_error *err)
{
    const bf_limits *limits = bf_limits_get();
    bf_box_control c;
    char text[sizeof c.message];
    memcpy(&c, l->map, sizeof c); /* once: it may change while we look */
    if (c.status != FEAT_OK) {
        take_message(text, c.message);
        bool known = c.status == FEAT_ERR_FORMAT || c.status == FEAT_ERR_UNSUPPORTED || c.status == FEAT_ERR_NOMEM;
        return feat_fail(err, known ? (feat_status)c.status : FEAT_ERR_FORMAT, "%s", text);
    }
    bool sane = c.h > 0 && c.w > 0 && c.h <= BF_MAX_SIDE && c.w <= BF_MAX_SIDE && c.h * c.w <= limits->pixels &&
                out_at + c.h * c.w * 3 <= l->mapped;
    if (!sane)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s%s%s: the decoder gave no picture", at->set, at->colon, at->item);
    size_t bytes = (size_t)(c.h * c.w * 3);
    l->used = out_at + bytes > l->used ? out_at + bytes : l->used;
    *image = (bf_image){.rgb = l->map + out_at, .h = (size_t)c.h, .w = (size_t)c.w, .flags = c.flags};
    if (lent_out()) {
        image->give_back = take_back;
        image->owner = l;
        return FEAT_OK;
    }
    image->rgb = feat_alloc(bytes);
    if (image->rgb == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s%s%s: no memory to decode the image", at->set, at->colon, at->item);
    memcpy(image->rgb, l->map + out_at, bytes);
    return FEAT_OK;
}

/* Where the output of the request just prepared is; taken before the worker can change the sizes. */
static uint64_t output_of(const lane *l)
{
    return bf_box_output(control_of(l));
}

feat_status bf_sandbox_decode(bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item,
                              feat_error *err)
{
    if (!bf_sandbox_active() || n == 0)
        return bf_decode(image, bytes, n, set, item, err);
    const place at = {set == NULL ? "" : set, set == NULL ? "" : ": ", item};
    *image = (bf_image){0};
    lane *l = take_lane();
    if (l == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s%s%s: no process can be started to decode it", at.set, at.colon, at.item);
    feat_status status;
    if (!prepare(l, set, item, bytes, n, 0)) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s%s%s: no memory to decode the image", at.set, at.colon, at.item);
    } else {
        uint64_t out_at = output_of(l);
        control_of(l)->inflate = 0;
        status = serve(l, &at, out_at, err);
        if (status == FEAT_OK)
            status = take_image(l, out_at, image, &at, err);
    }
    if (image->give_back == NULL)
        release_lane(l);
    return status;
}

/* what: BF_BOX_WHOLE, BF_BOX_HEAD. */
static feat_status unpack(unsigned what, uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes,
                          const char *archive, const char *member, feat_error *err)
{
    const place at = {archive, ": ", member};
    bool good = true;
    feat_status status = FEAT_OK;
    if (!bf_sandbox_active()) {
        good = (what == BF_BOX_HEAD ? feat_inflate_head : feat_inflate)(out, out_bytes, in, in_bytes);
    } else {
        lane *l = take_lane();
        if (l == NULL)
            return feat_fail(err, FEAT_ERR_IO, "%s: %s: no process can be started to unpack it", archive, member);
        if (!prepare(l, archive, member, in, in_bytes, out_bytes)) {
            status = feat_fail(err, FEAT_ERR_NOMEM, "%s: %s: no memory to unpack it", archive, member);
        } else {
            uint64_t out_at = output_of(l);
            control_of(l)->inflate = what;
            status = serve(l, &at, out_at, err);
            good = control_of(l)->status == FEAT_OK;
            if (status == FEAT_OK && good)
                memcpy(out, l->map + out_at, out_bytes);
        }
        release_lane(l);
    }
    if (status == FEAT_OK && !good)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: damaged deflate data", archive, member);
    return status;
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
    return box.active && box.owner == getpid();
}

/* Starts the helper and the first worker; *filtered says whether its filter holds. */
static bool start(bool *filtered)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    fflush(NULL);
    box.helper = fork();
    if (box.helper == 0)
        bf_box_helper(pair[1]);
    close(pair[1]);
    box.control = pair[0];
    box.owner = getpid();
    if (box.helper < 0)
        return false;
    const lane *l = add_lane();
    bf_box_message m;
    if (l == NULL || !await(l, BF_BOX_READY, &m))
        return false;
    *filtered = m.detail == 1;
    return true;
}

void bf_sandbox_stop(void)
{
    if (box.control < 0 || box.owner != getpid())
        return;
    box.active = false;
    for (size_t i = 0; i < box.n_lanes; i++)
        drop_lane(&box.lanes[i]);
    box.n_lanes = 0;
    close(box.control);
    box.control = -1;
    if (box.helper > 0)
        while (waitpid(box.helper, NULL, 0) < 0 && errno == EINTR)
            ;
    box.helper = -1;
}

feat_status bf_sandbox_start(bf_sandbox_mode mode, char note[BF_SANDBOX_NOTE_BYTES], feat_error *err)
{
    bool filtered = false;
    note[0] = 0;
    if (mode == BF_SANDBOX_OFF || box.control >= 0)
        return FEAT_OK;
    bool started = start(&filtered);
    if (mode == BF_SANDBOX_ON && (!started || !filtered)) {
        bf_sandbox_stop();
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "--sandbox on: this system refuses %s; auto does without",
                         started ? "a seccomp filter" : "a process for decoding");
    }
    box.active = started;
    if (!started) {
        bf_sandbox_stop();
        snprintf(note, BF_SANDBOX_NOTE_BYTES,
                 "no process for decoding can be had here: images are decoded in this one");
    } else if (!filtered) {
        snprintf(note, BF_SANDBOX_NOTE_BYTES,
                 "no seccomp filter can be had here: decoding has a process of its own, but not less rights");
    }
    return FEAT_OK;
}
