/* The helper, which forks workers and waits for their end, and the worker. Both come from a fork of the
 * program while it had one thread, and leave by _exit only. */
#define _GNU_SOURCE /* SCM_RIGHTS, prctl, ppoll */
#include <errno.h>
#include <fcntl.h>
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
#include "tools/images/image.h"
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
    int socket, memory;
    pid_t pid; /* 0: none */
} lane;

static void (*test_hook)(const uint8_t *bytes, size_t n);

void bf_sandbox_hook(void (*hook)(const uint8_t *bytes, size_t n))
{
    test_hook = hook;
}

uint64_t bf_box_input(const bf_box_control *control)
{
    return (BF_BOX_DATA + control->set_bytes + control->item_bytes + 63) & ~UINT64_C(63);
}

uint64_t bf_box_output(const bf_box_control *control)
{
    return (bf_box_input(control) + control->n_in + 4095) & ~UINT64_C(4095);
}

/* --- the worker ----------------------------------------------------------------------------------------- */

typedef struct desk {
    int socket, memory;
    unsigned char *map;
    uint64_t mapped;
    unsigned char *before; /* the same memory, mapped before there was more of it: the input is still read there */
    uint64_t mapped_before;
    uint32_t id; /* of the request in hand */
} desk;

static bf_box_control *control_of(const desk *d)
{
    return (bf_box_control *)(void *)d->map;
}

static void forget_before(desk *d)
{
    if (d->before != NULL)
        munmap(d->before, (size_t)d->mapped_before);
    d->before = NULL;
}

/* Maps as much as the program has made. What was mapped is there as well until forget_before. */
static void follow(desk *d)
{
    uint64_t capacity = control_of(d)->capacity;
    if (capacity == d->mapped)
        return;
    forget_before(d);
    d->before = d->map;
    d->mapped_before = d->mapped;
    d->map = mmap(NULL, (size_t)capacity, PROT_READ | PROT_WRITE, MAP_SHARED, d->memory, 0);
    d->mapped = capacity;
    if (d->map == MAP_FAILED)
        _exit(1);
}

static void tell(const desk *d, bf_box_what what, uint32_t id, uint32_t detail)
{
    const bf_box_message m = {.what = what, .id = id, .detail = detail};
    if (write(d->socket, &m, sizeof m) != (ssize_t)sizeof m)
        _exit(0);
}

static bf_box_message listen_for(const desk *d, bf_box_what what)
{
    bf_box_message m;
    do {
        ssize_t n = read(d->socket, &m, sizeof m);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof m)
            _exit(0); /* the program is gone */
    } while (m.what != (uint32_t)what);
    return m;
}

/* Room for n bytes of output, where the program will find them. */
static uint8_t *room(void *context, size_t n)
{
    desk *d = context;
    if (bf_box_output(control_of(d)) + n > d->mapped) {
        control_of(d)->needed = n;
        tell(d, BF_BOX_GROW, d->id, 0);
        listen_for(d, BF_BOX_MORE);
        follow(d);
        if (bf_box_output(control_of(d)) + n > d->mapped)
            _exit(1);
    }
    return d->map + bf_box_output(control_of(d));
}

static void decode(desk *d)
{
    bf_box_control *c = control_of(d);
    bf_image image = {0};
    feat_error err = {FEAT_OK, ""};
    const char *set = (const char *)d->map + BF_BOX_DATA, *item = set + c->set_bytes;
    const uint8_t *in = d->map + bf_box_input(c);
    const bf_decoding how = {.set = c->has_set ? set : NULL, .item = item, .room = room, .context = d};
    if (test_hook != NULL)
        test_hook(in, (size_t)c->n_in);
    feat_status status = bf_decode_as(&image, in, (size_t)c->n_in, &how, &err);
    c = control_of(d);
    c->status = (uint32_t)status;
    c->h = image.h;
    c->w = image.w;
    c->flags = image.flags;
    memcpy(c->message, err.message, sizeof c->message);
}

static void inflate(desk *d)
{
    bf_box_control *c = control_of(d);
    if (test_hook != NULL)
        test_hook(d->map + bf_box_input(c), (size_t)c->n_in);
    bool good = (c->inflate == BF_BOX_HEAD ? feat_inflate_head : feat_inflate)(
        d->map + bf_box_output(c), (size_t)c->n_out, d->map + bf_box_input(c), (size_t)c->n_in);
    c->status = good ? FEAT_OK : FEAT_ERR_FORMAT;
}

static void limit(int what, rlim_t value)
{
    const struct rlimit r = {value, value};
    (void)setrlimit(what, &r);
}

_Noreturn static void work(int socket, int memory)
{
    const bf_limits *limits = bf_limits_get();
    desk d = {.socket = socket, .memory = memory};
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
    /* More than any image within the limits takes, so that a lack of memory is the machine's and not ours. */
    if (!SANITIZED)
        limit(RLIMIT_AS, (rlim_t)(24 * limits->pixels + 4 * limits->file + (UINT64_C(512) << 20)));
    control_of(&d)->pid = (uint32_t)getpid();
    bool filtered = bf_box_filter(socket);
    tell(&d, BF_BOX_READY, 0, filtered);
    for (;;) {
        d.id = listen_for(&d, BF_BOX_RUN).id;
        follow(&d);
        forget_before(&d);
        bf_limits_replace(&control_of(&d)->limits);
        if (control_of(&d)->inflate)
            inflate(&d);
        else
            decode(&d);
        forget_before(&d);
        tell(&d, BF_BOX_DONE, d.id, 0);
    }
}

/* --- the helper ------------------------------------------------------------------------------------------ */

static lane lanes[BF_BOX_MAX_LANES];
static size_t n_lanes;

static void note_child(int number)
{
    (void)number;
}

static void report_death(const lane *l, uint32_t detail)
{
    const bf_box_message m = {.what = BF_BOX_DIED, .detail = detail};
    (void)send(l->socket, &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void start_worker(lane *l, int control)
{
    l->pid = fork();
    if (l->pid < 0)
        report_death(l, 0);
    if (l->pid != 0)
        return;
    for (size_t i = 0; i < n_lanes; i++)
        if (&lanes[i] != l) {
            close(lanes[i].socket);
            close(lanes[i].memory);
        }
    close(control);
    work(l->socket, l->memory);
}

static void add_lane(const struct msghdr *h, int control)
{
    const struct cmsghdr *c = CMSG_FIRSTHDR(h);
    int fds[2];
    if (c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof fds) || n_lanes == BF_BOX_MAX_LANES)
        _exit(1);
    memcpy(fds, CMSG_DATA(c), sizeof fds);
    lane *l = &lanes[n_lanes++];
    *l = (lane){.socket = fds[0], .memory = fds[1]};
    start_worker(l, control);
}

static void obey(int control)
{
    bf_box_message m;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } extra;
    struct iovec part = {&m, sizeof m};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof extra};
    ssize_t n = recvmsg(control, &h, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR)
        return;
    if (n != (ssize_t)sizeof m) {
        for (size_t i = 0; i < n_lanes; i++) /* the program has closed its end */
            if (lanes[i].pid > 0)
                (void)kill(lanes[i].pid, SIGKILL);
        while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) /* no orphans, and their time is counted */
            ;
        _exit(0);
    }
    if (m.what == BF_BOX_ADD)
        add_lane(&h, control);
    if (m.what == BF_BOX_KILL && m.lane < n_lanes && lanes[m.lane].pid > 0)
        (void)kill(lanes[m.lane].pid, SIGKILL);
    if (m.what == BF_BOX_START && m.lane < n_lanes && lanes[m.lane].pid <= 0) {
        char old[sizeof m];
        while (recv(lanes[m.lane].socket, old, sizeof old, MSG_DONTWAIT) > 0)
            ;
        start_worker(&lanes[m.lane], control);
    }
}

static void bury(void)
{
    int state;
    pid_t pid;
    while ((pid = waitpid(-1, &state, WNOHANG)) > 0)
        for (size_t i = 0; i < n_lanes; i++)
            if (lanes[i].pid == pid) {
                lanes[i].pid = 0;
                report_death(&lanes[i], WIFSIGNALED(state) ? (uint32_t)WTERMSIG(state) : 0);
            }
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
        bury();
        if (ppoll(&p, 1, NULL, &none) > 0)
            obey(control);
    }
}
