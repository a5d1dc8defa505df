/* Paths, and what the program alone asks of files. */
#include "tools/base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
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

/* --- outputs --------------------------------------------------------------------------------------------- */

static bool ends(const char *name, const char *with)
{
    size_t n = strlen(name), m = strlen(with);
    return n >= m && strcmp(name + n - m, with) == 0;
}

/* .bonafide-PID-N.tmp, and nothing else that a user may call a file. */
static bool is_temporary(const char *name)
{
    size_t start = strlen(FEAT_TEMPORARY_START);
    if (strncmp(name, FEAT_TEMPORARY_START, start) != 0)
        return false;
    size_t digits = strspn(name + start, "0123456789-");
    return digits >= 3 && strcmp(name + start + digits, FEAT_TEMPORARY_END) == 0;
}

/* Removes a temporary file that nobody writes. It is locked as long as somebody does, and its name is looked at again,
 * as it may be another's by now. */
static void sweep(const char *path)
{
    struct stat mine, named;
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 && S_ISREG(mine.st_mode) &&
        lstat(path, &named) == 0 && named.st_ino == mine.st_ino && named.st_dev == mine.st_dev)
        (void)unlink(path);
    close(fd);
}

static bool is_page_file(const char *name)
{
    static const char *const endings[] = {".html", ".svg", ".csv", ".json"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (ends(name, endings[i]))
            return true;
    return false;
}

/* Goes through a folder. `own`: its files are the program's. */
static feat_status look_through(const char *folder, bool own, feat_error *err)
{
    DIR *dir = opendir(folder);
    feat_status status = FEAT_OK;
    if (dir == NULL)
        return FEAT_OK; /* what may be written and not read */
    for (struct dirent *entry = readdir(dir); entry != NULL && status == FEAT_OK; entry = readdir(dir)) {
        const char *name = entry->d_name;
        bool left = is_temporary(name);
        if (!left && !(own && is_page_file(name)))
            continue;
        char *path = bf_path_join(folder, name), *target = NULL;
        if (path == NULL)
            status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to look at %s", folder);
        else if (left)
            sweep(path);
        else
            status = feat_file_target(&target, path, err);
        feat_free(target);
        feat_free(path);
    }
    closedir(dir);
    return status;
}

feat_status bf_check_output(const char *path, feat_error *err)
{
    char *target = NULL;
    feat_status status = feat_file_target(&target, path, err);
    if (status != FEAT_OK)
        return status;
    char *folder = bf_path_dir(target);
    const char *where = folder != NULL && folder[0] != 0 ? folder : ".";
    if (folder == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to look at %s", path);
    else if (access(where, W_OK | X_OK) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot write into folder %s: %s", path, where, strerror(errno));
    else
        status = look_through(where, false, err);
    feat_free(folder);
    feat_free(target);
    return status;
}

feat_status bf_check_output_folder(const char *folder, feat_error *err)
{
    struct stat st;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot make the folder: %s", folder, strerror(errno));
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
        return feat_fail(err, FEAT_ERR_IO, "%s: not a folder", folder);
    if (access(folder, W_OK | X_OK) != 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot write into it: %s", folder, strerror(errno));
    return look_through(folder, true, err);
}
