/* What calls of the C library write that clang's MemorySanitizer does not follow (14 knows the names of glibc before
 * 2.33 only): linked with --wrap into what is tested with it, see nightly.sh. */
#include <dirent.h>
#include <sanitizer/msan_interface.h>
#include <sys/stat.h>

int __real_fstat64(int fd, struct stat *st);
int __real_stat64(const char *path, struct stat *st);
int __real_lstat64(const char *path, struct stat *st);
int __real_fstatat64(int folder, const char *path, struct stat *st, int flags);
struct dirent *__real_readdir64(DIR *dir);
int __wrap_fstat64(int fd, struct stat *st);
int __wrap_stat64(const char *path, struct stat *st);
int __wrap_lstat64(const char *path, struct stat *st);
int __wrap_fstatat64(int folder, const char *path, struct stat *st, int flags);
struct dirent *__wrap_readdir64(DIR *dir);

static int written(int result, struct stat *st)
{
    if (result == 0)
        __msan_unpoison(st, sizeof *st);
    return result;
}

int __wrap_fstat64(int fd, struct stat *st)
{
    return written(__real_fstat64(fd, st), st);
}

int __wrap_stat64(const char *path, struct stat *st)
{
    return written(__real_stat64(path, st), st);
}

int __wrap_lstat64(const char *path, struct stat *st)
{
    return written(__real_lstat64(path, st), st);
}

int __wrap_fstatat64(int folder, const char *path, struct stat *st, int flags)
{
    return written(__real_fstatat64(folder, path, st, flags), st);
}

struct dirent *__wrap_readdir64(DIR *dir)
{
    struct dirent *entry = __real_readdir64(dir);
    if (entry != NULL) {
        __msan_unpoison(entry, sizeof entry->d_ino + sizeof entry->d_off + sizeof entry->d_reclen);
        __msan_unpoison(entry, entry->d_reclen);
    }
    return entry;
}
