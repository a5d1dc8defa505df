/* Paths, and what the program alone asks of files. */
#include "tools/base/files.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

static void end_by_fault(int number, siginfo_t *info, void *context)
{
    static const char said[] = "bonafide: a file became shorter, or could not be read, while it was in use\n";
    (void)context;
    if (info->si_code == BUS_ADRERR) {
        ssize_t ignored = write(STDERR_FILENO, said, sizeof said - 1);
        (void)ignored;
        _exit(1);
    }
    signal(number, SIG_DFL); /* some other fault: it happens again, and ends the program as it would have */
}

void bf_file_catch_faults(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = end_by_fault;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGBUS, &action, NULL);
}

char *bf_path_join(const char *dir, const char *name)
{
    size_t a = strlen(dir), b = strlen(name);
    if (a == 0 || name[0] == '/')
        return feat_strdup(name);
    char *path = feat_alloc(a + b + 2);
    if (path == NULL)
        return NULL;
    memcpy(path, dir, a);
    if (dir[a - 1] != '/')
        path[a++] = '/';
    memcpy(path + a, name, b + 1);
    return path;
}

char *bf_path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    char *dir = feat_alloc(n + 1);
    if (dir == NULL)
        return NULL;
    memcpy(dir, path, n);
    dir[n] = '\0';
    return dir;
}

feat_status bf_check_output(const char *path, feat_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot write: it is a folder", path);
        if (!S_ISREG(st.st_mode))
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot write: only a regular file can be replaced", path);
    }
    char *folder = bf_path_dir(path);
    if (folder == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to look at %s", path);
    const char *where = folder[0] != 0 ? folder : ".";
    feat_status status = FEAT_OK;
    if (access(where, W_OK | X_OK) != 0)
        status =
            feat_fail(err, FEAT_ERR_IO, "%s: cannot write into folder %s: %s", path, where, strerror(errno));
    feat_free(folder);
    return status;
}
