/* curl or wget as a child: no shell between, no other use of the network. */
#include "tools/bring/download.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"

enum { MAX_WORDS = 20, NOT_STARTED = 127 };

/* The program of that name in a folder of $PATH; NULL: there is none, or no memory. The caller's to free. */
static char *find_program(const char *name)
{
    const char *at = getenv("PATH");
    while (at != NULL && *at != 0) {
        size_t n = strcspn(at, ":"), bytes = n + strlen(name) + 2;
        char *path = n > 0 ? feat_alloc(bytes) : NULL; /* an empty folder would be the current one */
        if (path != NULL) {
            snprintf(path, bytes, "%.*s/%s", (int)n, at, name);
            if (access(path, X_OK) == 0)
                return path;
        }
        feat_free(path);
        at += n + (at[n] == ':');
    }
    return NULL;
}

/* The command lines. Both go on from a file that is there, follow redirections, and fail on an error page. */
static void words_of(const char *words[MAX_WORDS], bool curl, const char *address, const char *path)
{
    const char *const of_curl[] = {"curl",
                                   "-fL",
                                   "--silent",
                                   "--show-error",
                                   "--connect-timeout",
                                   "5",
                                   "--speed-limit",
                                   "1000",
                                   "--speed-time",
                                   "15",
                                   "-C",
                                   "-",
                                   "-o",
                                   path,
                                   address,
                                   NULL};
    const char *const of_wget[] = {"wget", "-nv", "--tries=1", "--timeout=8", "-c", "-O", path, address, NULL};
    _Static_assert(sizeof of_curl / sizeof of_curl[0] <= MAX_WORDS, "room for every word");
    memcpy(words, curl ? of_curl : of_wget, curl ? sizeof of_curl : sizeof of_wget);
}

/* In the child: never returns. Standard output is the result's, so nothing else may write there. */
static void become(const char *program, const char *const *words)
{
    union {
        const char *const *words;
        char *const *argv;
    } as = {words}; /* execv changes none of them, and says so nowhere */
    int in = open("/dev/null", O_RDONLY);
    if (in >= 0)
        (void)dup2(in, STDIN_FILENO);
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    (void)execv(program, as.argv);
    _exit(NOT_STARTED);
}

static uint64_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

/* *code: how the child ended, 128 + n by signal n. */
static feat_status wait_for(pid_t child, const char *path, bf_progress *progress, int *code, feat_error *err)
{
    const struct timespec pause = {0, 50000000};
    bool asked = false;
    int state = 0;
    for (;;) {
        pid_t ended = waitpid(child, &state, WNOHANG);
        if (ended == child)
            break;
        if (ended < 0 && errno != EINTR)
            return feat_fail(err, FEAT_ERR_IO, "cannot wait for the downloader: %s", strerror(errno));
        if (bf_interrupted() && !asked)
            asked = kill(child, SIGTERM) == 0;
        bf_progress_update(progress, (size_t)size_of(path));
        (void)nanosleep(&pause, NULL);
    }
    *code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    return bf_interrupted() ? feat_fail(err, FEAT_ERR_IO, "interrupted") : FEAT_OK;
}

static feat_status run_once(const char *program, bool curl, const char *address, const char *path,
                            bf_progress *progress, int *code, feat_error *err)
{
    const char *words[MAX_WORDS];
    words_of(words, curl, address, path);
    pid_t child = fork();
    if (child < 0)
        return feat_fail(err, FEAT_ERR_IO, "cannot start %s: %s", program, strerror(errno));
    if (child == 0)
        become(program, words);
    return wait_for(child, path, progress, code, err);
}

/* Whether the host would not go on from where the file ends: curl 22, 33, 36, wget 8. */
static bool no_way_on(bool curl, int code)
{
    return curl ? code == 22 || code == 33 || code == 36 : code == 8;
}

feat_status bf_download(const char *address, const char *path, uint64_t bytes, bf_progress *progress, feat_error *err)
{
    char *program = find_program("curl");
    bool curl = program != NULL;
    uint64_t before = size_of(path);
    int code = 0;
    if (program == NULL)
        program = find_program("wget");
    if (program == NULL)
        return feat_fail(err, FEAT_ERR_IO, "there is neither curl nor wget here");
    bf_progress_start_bytes(progress, "downloading", bytes > 0 ? (size_t)bytes : SIZE_MAX);
    feat_status status = run_once(program, curl, address, path, progress, &code, err);
    if (status == FEAT_OK && before > 0 && no_way_on(curl, code)) {
        (void)unlink(path);
        status = run_once(program, curl, address, path, progress, &code, err);
    }
    bf_progress_clear(progress);
    if (status == FEAT_OK && code != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s ended with status %d", curl ? "curl" : "wget", code);
    feat_free(program);
    return status;
}
