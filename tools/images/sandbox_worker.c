/* The helper, which forks workers and waits for their end, and the worker. Both come from a fork of the
 * program while it had one thread, and leave by _exit only. */
#define _GNU_SOURCE /* SCM_RIGHTS, prctl, ppoll */
#include <errno.h>
#include <fcntl.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/files/inflate.h"
#include "tools/base/limits.h"
#include "tools/images/room.h"
#include "tools/images/sandbox_parts.h"

/* Sanitizers map terabytes of shadow, and say on standard error what they found. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

typedef struct lane {
    pid_t pid;          /* 0: no worker */
    uint32_t signal;    /* what ended the last one */
    int socket, memory; /* of the next one, which starts when this one is dead; -1: none is to be started */
} lane;

static void (*test_hook)(const bf_box_desk *desk, const uint8_t *bytes, size_t n);

void bf_sandbox_hook(void (*hook)(const bf_box_desk *desk, const uint8_t *bytes, size_t n))
{
    test_hook = hook;
}

uint64_t bf_box_input(const bf_box_request *r)
{
    return (r->set_bytes + r->item_bytes + 63) & ~UINT64_C(63);
}

uint64_t bf_box_output(const bf_box_request *r)
{
    return (bf_box_input(r) + r->n_in + 4095) & ~UINT64_C(4095);
}

/* --- the worker ----------------------------------------------------------------------------------------- */

static void forget_before(bf_box_desk *d)
{
    if (d->before != NULL)
        munmap(d->before, (size_t)d->mapped_before);
    d->before = NULL;
}

/* Maps as much as the program has made. What was mapped is there as well until forget_before. */
static void follow(bf_box_desk *d)
{
    if (d->request.capacity == d->mapped)
        return;
    forget_before(d);
    d->before = d->map;
    d->mapped_before = d->mapped;
    d->map = mmap(NULL, (size_t)d->request.capacity, PROT_READ | PROT_WRITE, MAP_SHARED, d->memory, 0);
    d->mapped = d->request.capacity;
    if (d->map == MAP_FAILED)
        _exit(1);
}

static void tell(const bf_box_desk *d, const bf_box_answer *a)
{
    if (write(d->socket, a, sizeof *a) != (ssize_t)sizeof *a)
        _exit(0);
}

/* Takes the next request of this kind. */
static void listen_for(bf_box_desk *d, bf_box_what what)
{
    do {
        ssize_t n = read(d->socket, &d->request, sizeof d->request);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof d->request)
            _exit(0); /* the program is gone */
    } while (d->request.what != (uint32_t)what);
}

/* Room for a picture, where the program will find it. */
static uint8_t *room(void *context, size_t h, size_t w, uint64_t beside)
{
    bf_box_desk *d = context;
    uint64_t at = bf_box_output(&d->request), n = 3 * (uint64_t)h * w;
    if (at + n > d->mapped || n + beside > BF_ROOM_PICTURE) {
        const bf_box_answer a = {.what = BF_BOX_GROW, .id = d->request.id, .number = n, .beside = beside};
        tell(d, &a);
        listen_for(d, BF_BOX_MORE);
        follow(d);
        if (at + n > d->mapped)
            _exit(1);
    }
    return d->map + at;
}

static void decode(bf_box_desk *d, bf_box_answer *a)
{
    const bf_box_request *r = &d->request;
    const char *set = (const char *)d->map, *item = set + r->set_bytes;
    const uint8_t *in = d->map + bf_box_input(r);
    const bf_decoding how = {.set = r->has_set ? set : NULL, .item = item, .room = room, .context = d};
    bf_image image = {0};
    feat_error err = {FEAT_OK, ""};
    a->status = (uint32_t)bf_decode_as(&image, in, (size_t)r->n_in, &how, &err);
    a->h = image.h;
    a->w = image.w;
    a->flags = image.flags;
    memcpy(a->message, err.message, sizeof a->message);
}

static void inflate(bf_box_desk *d, bf_box_answer *a)
{
    const bf_box_request *r = &d->request;
    bool good = (r->work == BF_BOX_HEAD ? feat_inflate_head : feat_inflate)(d->map + bf_box_output(r), (size_t)r->n_out,
                                                                            d->map + bf_box_input(r), (size_t)r->n_in);
    a->status = good ? FEAT_OK : FEAT_ERR_FORMAT;
}

static void serve(bf_box_desk *d)
{
    bf_box_answer a = {.what = BF_BOX_DONE};
    listen_for(d, BF_BOX_RUN);
    a.id = d->request.id;
    follow(d);
    forget_before(d);
    bf_limits_replace(&d->request.limits);
    if (test_hook != NULL)
        test_hook(d, d->map + bf_box_input(&d->request), (size_t)d->request.n_in);
    if (d->request.work == BF_BOX_IMAGE)
        decode(d, &a);
    else
        inflate(d, &a);
    forget_before(d);
    tell(d, &a);
}

static void limit(int what, rlim_t value)
{
    const struct rlimit r = {value, value};
    (void)setrlimit(what, &r);
}

_Noreturn static void work(int socket, int memory)
{
    const bf_limits *limits = bf_limits_get();
    bf_box_desk d = {.socket = socket, .memory = memory};
    bf_box_answer ready = {.what = BF_BOX_READY, .number = (uint64_t)getpid()};
    struct stat info;
    if (fstat(memory, &info) != 0)
        _exit(1);
    d.mapped = (uint64_t)info.st_size;
    d.map = mmap(NULL, (size_t)d.mapped, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (d.map == MAP_FAILED)
        _exit(1);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, 0); /* what is open stays open */
#if defined(__GLIBC__)
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20); /* what a picture took goes back to the system with it */
#endif
    /* More than any image within the limits takes, so that a lack of memory is the machine's and not ours. */
    if (!SANITIZED)
        limit(RLIMIT_AS, (rlim_t)(24 * limits->pixels + 4 * limits->file + (UINT64_C(512) << 20)));
    ready.status = bf_box_confine(socket) ? 1 : 0;
    tell(&d, &ready);
    for (;;)
        serve(&d);
}

/* --- the helper ------------------------------------------------------------------------------------------ */

static lane lanes[BF_BOX_MAX_LANES];
static size_t n_lanes;

static void note_child(int number)
{
    (void)number;
}

/* The program's end sees at once that there is nobody when no worker comes of it. */
static void close_next(lane *l)
{
    if (l->socket >= 0)
        close(l->socket);
    if (l->memory >= 0)
        close(l->memory);
    l->socket = l->memory = -1;
}

/* Starts the worker that is due in a lane, where none lives any more; the program hears that first. */
static void start_worker(lane *l, int control)
{
    const bf_box_answer a = {.what = BF_BOX_BURIED, .number = l->signal};
    pid_t pid = -1;
    if (send(l->socket, &a, sizeof a, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof a)
        pid = fork();
    if (pid == 0) {
        close(control);
        for (size_t i = 0; i < n_lanes; i++)
            if (&lanes[i] != l)
                close_next(&lanes[i]);
        work(l->socket, l->memory);
    }
    l->pid = pid > 0 ? pid : 0;
    close_next(l);
}

static void bury(int control)
{
    int state;
    pid_t pid;
    while ((pid = waitpid(-1, &state, WNOHANG)) > 0)
        for (size_t i = 0; i < n_lanes; i++)
            if (lanes[i].pid == pid) {
                lanes[i].pid = 0;
                lanes[i].signal = WIFSIGNALED(state) ? (uint32_t)WTERMSIG(state) : 0;
                if (lanes[i].socket >= 0)
                    start_worker(&lanes[i], control);
            }
}

/* An order: a worker is to be replaced, or is the first of its lane. */
static void replace(const struct msghdr *h, uint32_t index, int control)
{
    const struct cmsghdr *c = CMSG_FIRSTHDR(h);
    int fds[2];
    if (c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof fds) || index >= BF_BOX_MAX_LANES)
        _exit(1);
    lane *l = &lanes[index];
    for (; n_lanes <= index; n_lanes++)
        lanes[n_lanes] = (lane){.socket = -1, .memory = -1};
    close_next(l);
    memcpy(fds, CMSG_DATA(c), sizeof fds);
    l->socket = fds[0];
    l->memory = fds[1];
    if (l->pid == 0)
        start_worker(l, control);
    else
        (void)kill(l->pid, SIGKILL); /* the next one starts when it is buried */
}

static void obey(int control)
{
    bf_box_order o;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } extra;
    struct iovec part = {&o, sizeof o};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof extra};
    ssize_t n = recvmsg(control, &h, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR)
        return;
    if (n == (ssize_t)sizeof o) {
        replace(&h, o.lane, control);
        return;
    }
    for (size_t i = 0; i < n_lanes; i++) /* the program has closed its end */
        if (lanes[i].pid > 0)
            (void)kill(lanes[i].pid, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) /* no orphans, and their time is counted */
        ;
    _exit(0);
}

/* The descriptors of the program are none of the helper's business. */
static void close_others(int control)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3 && null >= 0; fd++)
        if (fd < 2 || !SANITIZED)
            (void)dup2(null, fd);
#if defined(SYS_close_range)
    if (control > 3)
        (void)syscall(SYS_close_range, 3u, (unsigned)control - 1, 0u);
    if (syscall(SYS_close_range, (unsigned)control + 1, ~0u, 0u) == 0)
        return;
#endif
    for (int fd = 3; fd < 1024; fd++)
        if (fd != control)
            close(fd);
}

_Noreturn void bf_box_helper(int control)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGTSTP};
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    struct sigaction action;
    sigset_t children, none;
    close_others(control);
    bf_box_drop_capabilities();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        (void)sigaction(ignored[i], &action, NULL);
    /* Whoever linked this may have handlers; a crash must be one. */
    action.sa_handler = SIG_DFL;
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)sigaction(fatal[i], &action, NULL);
    action.sa_handler = note_child;
    (void)sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&none);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &children, NULL);
    for (;;) {
        struct pollfd p = {.fd = control, .events = POLLIN};
        bury(control);
        if (ppoll(&p, 1, NULL, &none) > 0)
            obey(control);
    }
}
