/* See machine.h. Functions of the C library are found by the linker here first; those of the project are wrapped by its
 * --wrap. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "tests/faults/machine.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/feat.h"
#include "metrics/gmet.h"
#include "tools/images/sandbox.h"
#include "tools/sets/set.h"

enum { MAX_SITES = 1000000, MAX_FDS = 1024 };

static struct {
    bool on;
    machine_plan plan;
    atomic_long counts[N_CALLS];
    atomic_bool struck;
    atomic_long ticks;
    bool writing[MAX_FDS]; /* descriptors that were opened to write */
} m;
static const void *sites[MAX_SITES];

void machine_start(const machine_plan *plan)
{
    m.plan = *plan;
    for (int i = 0; i < N_CALLS; i++)
        atomic_store(&m.counts[i], 0);
    atomic_store(&m.struck, false);
    atomic_store(&m.ticks, 0);
    memset(m.writing, 0, sizeof m.writing);
    m.on = true;
}

void machine_stop(void)
{
    m.on = false;
}

long machine_count(machine_call call)
{
    return atomic_load(&m.counts[call]);
}

bool machine_struck(void)
{
    return atomic_load(&m.struck);
}

const void *machine_site(long n)
{
    return n < MAX_SITES ? sites[n] : NULL;
}

/* Counts a call; true when it has to fail. */
static bool fails(machine_call call)
{
    if (!m.on)
        return false;
    long n = atomic_fetch_add(&m.counts[call], 1);
    if (call != m.plan.call || m.plan.n < 0 || (m.plan.stays ? n < m.plan.n : n != m.plan.n))
        return false;
    bool first = !atomic_exchange(&m.struck, true);
    errno = m.plan.error;
    if (m.plan.signal == 0)
        return true;
    if (first)
        (void)raise(m.plan.signal);
    return false;
}

/* Whether this one of the calls that are cut short is interrupted instead. */
static bool interrupted(machine_call call)
{
    if (!m.on || !m.plan.pieces || machine_count(call) % 2 != 0)
        return false;
    errno = EINTR;
    return true;
}

static size_t piece(size_t n)
{
    return m.on && m.plan.pieces && n > 100 ? n / 2 : n;
}

/* --- the C library -------------------------------------------------------------------------------------- */

static void *real(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (f == NULL)
        abort();
    return f;
}
/* POSIX has it that a pointer to a function fits a void *. */
#define REAL(name, type)                                                                                     \
    static type next;                                                                                        \
    if (next == NULL)                                                                                        \
    *(void **)&next = real(name)

typedef ssize_t (*pwrite_call)(int, const void *, size_t, off_t);
typedef ssize_t (*pread_call)(int, void *, size_t, off_t);
typedef ssize_t (*write_call)(int, const void *, size_t);
typedef ssize_t (*read_call)(int, void *, size_t);
typedef int (*open_call)(const char *, int, ...);
typedef int (*rename_call)(const char *, const char *);
typedef int (*truncate_call)(int, off_t);
typedef int (*fd_call)(int);
typedef int (*mkdir_call)(const char *, mode_t);
typedef DIR *(*opendir_call)(const char *);
typedef struct dirent *(*readdir_call)(DIR *);
typedef int (*thread_call)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
typedef int (*clock_call)(clockid_t, struct timespec *);
typedef time_t (*time_call)(time_t *);
typedef int (*usage_call)(__rusage_who_t, struct rusage *);

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    REAL("pwrite", pwrite_call);
    if (fails(CALL_CHANGE) || interrupted(CALL_CHANGE))
        return -1;
    return next(fd, p, piece(n), at);
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    REAL("pread", pread_call);
    if (fails(CALL_READ) || interrupted(CALL_READ))
        return -1;
    return next(fd, p, piece(n), at);
}

/* The first descriptors are the terminal's and the sandbox's sockets are no files. */
static bool is_file(int fd)
{
    struct stat info;
    return m.on && fd > 2 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

ssize_t write(int fd, const void *p, size_t n)
{
    REAL("write", write_call);
    if (!is_file(fd))
        return next(fd, p, n);
    if (fails(CALL_CHANGE) || interrupted(CALL_CHANGE))
        return -1;
    return next(fd, p, piece(n));
}

ssize_t read(int fd, void *p, size_t n)
{
    REAL("read", read_call);
    if (!is_file(fd))
        return next(fd, p, n);
    if (fails(CALL_READ) || interrupted(CALL_READ))
        return -1;
    return next(fd, p, piece(n));
}

int open(const char *path, int flags, ...)
{
    REAL("open", open_call);
    unsigned mode = 0;
    if ((flags & O_CREAT) != 0) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, unsigned);
        va_end(args);
    }
    if (m.on && fails((flags & O_CREAT) != 0 ? CALL_CHANGE : CALL_READ))
        return -1;
    int fd = next(path, flags, mode);
    if (m.on && fd >= 0 && fd < MAX_FDS)
        m.writing[fd] = (flags & O_CREAT) != 0;
    return fd;
}

int close(int fd)
{
    REAL("close", fd_call);
    bool failed = m.on && fd >= 0 && fd < MAX_FDS && m.writing[fd] && fails(CALL_CHANGE);
    if (m.on && fd >= 0 && fd < MAX_FDS)
        m.writing[fd] = false;
    int result = next(fd);
    if (failed)
        errno = m.plan.error;
    return failed ? -1 : result;
}

int rename(const char *from, const char *to)
{
    REAL("rename", rename_call);
    return fails(CALL_CHANGE) ? -1 : next(from, to);
}

int ftruncate(int fd, off_t n)
{
    REAL("ftruncate", truncate_call);
    return is_file(fd) && fails(CALL_CHANGE) ? -1 : next(fd, n);
}

/* Nothing here has to survive a power failure. */
int fsync(int fd)
{
    (void)fd;
    return fails(CALL_CHANGE) ? -1 : 0;
}

int mkdir(const char *path, mode_t mode)
{
    REAL("mkdir", mkdir_call);
    return fails(CALL_CHANGE) ? -1 : next(path, mode);
}

DIR *opendir(const char *path)
{
    REAL("opendir", opendir_call);
    return fails(CALL_READ) || fails(CALL_LIST) ? NULL : next(path);
}

struct dirent *readdir(DIR *dir)
{
    REAL("readdir", readdir_call);
    return fails(CALL_READ) || fails(CALL_LIST) ? NULL : next(dir);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
    REAL("pthread_create", thread_call);
    return fails(CALL_THREAD) ? EAGAIN : next(thread, attr, run, arg);
}

/* A millisecond for each look, or a second back. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
    REAL("clock_gettime", clock_call);
    if (!m.on)
        return next(clock, t);
    long ticks = 1000000 + atomic_fetch_add(&m.ticks, 1) * (m.plan.clock_back ? -1000 : 1);
    t->tv_sec = ticks / 1000;
    t->tv_nsec = ticks % 1000 * 1000000;
    return 0;
}

time_t time(time_t *t)
{
    REAL("time", time_call);
    if (!m.on)
        return next(t);
    if (t != NULL)
        *t = 1700000000;
    return 1700000000;
}

int getrusage(__rusage_who_t who, struct rusage *usage)
{
    REAL("getrusage", usage_call);
    int result = next(who, usage);
    if (m.on)
        memset(usage, 0, sizeof *usage);
    return result;
}

/* --- the project ------------------------------------------------------------------------------------------ */

#define WRAP(type, name, args) type __real_##name args; type __wrap_##name args; type __wrap_##name args

static bool alloc_fails(const void *site)
{
    long n = machine_count(CALL_ALLOC);
    if (m.on && n < MAX_SITES)
        sites[n] = site;
    return fails(CALL_ALLOC);
}
#define HERE __builtin_extract_return_addr(__builtin_return_address(0))

WRAP(void *, feat_alloc, (size_t bytes))
{
    return alloc_fails(HERE) ? NULL : __real_feat_alloc(bytes);
}

WRAP(void *, feat_calloc, (size_t count, size_t size))
{
    return alloc_fails(HERE) ? NULL : __real_feat_calloc(count, size);
}

WRAP(void *, feat_alloc_array, (size_t count, size_t size))
{
    return alloc_fails(HERE) ? NULL : __real_feat_alloc_array(count, size);
}

WRAP(void *, feat_realloc, (void *block, size_t bytes))
{
    return alloc_fails(HERE) ? NULL : __real_feat_realloc(block, bytes);
}

WRAP(char *, feat_strdup, (const char *text))
{
    return alloc_fails(HERE) ? NULL : __real_feat_strdup(text);
}

WRAP(feat_status, feat_session_run,
     (feat_session *session, const float *images, size_t n, const feat_output *outputs, size_t n_outputs,
      const feat_run_options *options, feat_error *err))
{
    (void)fails(CALL_NETWORK);
    return __real_feat_session_run(session, images, n, outputs, n_outputs, options, err);
}

WRAP(feat_status, bf_sandbox_decode,
     (bf_image *image, const uint8_t *bytes, size_t n, const char *set, const char *item, feat_error *err))
{
    (void)fails(CALL_DECODE);
    return __real_bf_sandbox_decode(image, bytes, n, set, item, err);
}

WRAP(feat_status, gmet_moments_get, (const gmet_moments *sums, double *mu, double *sigma, size_t ddof, feat_error *err))
{
    (void)fails(CALL_RESULT);
    return __real_gmet_moments_get(sums, mu, sigma, ddof, err);
}

WRAP(feat_status, gmet_inception_score,
     (gmet_is_result *out, const gmet_is_options *options, const gmet_set *logits, const gmet_context *context,
      feat_error *err))
{
    (void)fails(CALL_RESULT);
    return __real_gmet_inception_score(out, options, logits, context, err);
}

WRAP(feat_status, gmet_is_with_error,
     (gmet_is_result *out, gmet_is_error_result *error, const gmet_is_options *options, const gmet_set *logits,
      const gmet_context *context, feat_error *err))
{
    (void)fails(CALL_RESULT);
    return __real_gmet_is_with_error(out, error, options, logits, context, err);
}
