/* engine/files/new_file: what a target may be, how long its name, that the disk has data before the name and the name
 * before the end, and that a temporary file is locked while it is written. fsync and rename are those below. */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/files/file_io.h"

static char folder[128], path[512], said[64];
static int fail_fsync; /* this one, counted from 1 */
static size_t n_fsync;

int fsync(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    strcat(said, S_ISDIR(st.st_mode) ? "d" : "f");
    errno = EIO;
    return (int)++n_fsync == fail_fsync ? -1 : 0;
}

int rename(const char *from, const char *to)
{
    int fd = open(from, O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1); /* it is locked until it has its name */
    close(fd);
    strcat(said, "r");
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static const char *in(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static feat_status writes(const char *name, const char *text)
{
    said[0] = 0;
    n_fsync = 0;
    return feat_file_write(in(name), text, strlen(text), NULL);
}

static void holds(const char *name, const char *text)
{
    uint8_t *bytes;
    size_t n;
    assert_int_equal(feat_file_read(&bytes, &n, in(name), 100, NULL), FEAT_OK);
    assert_string_equal((char *)bytes, text);
    feat_free(bytes);
}

static size_t n_files(void)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 2;
}

static int make(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-new-XXXXXX", base == NULL ? "/tmp" : base);
    fail_fsync = 0;
    feat_files_sync(1);
    return mkdtemp(folder) == NULL;
}

static int drop(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        remove(in(entry->d_name));
    closedir(dir);
    assert_int_equal(feat_alloc_live(), 0);
    return rmdir(folder);
}

static void names_may_be_long(void **state)
{
    (void)state;
    char name[257];
    for (size_t n = 200; n <= 255; n++) {
        memset(name, 'n', sizeof name);
        name[n] = 0;
        assert_int_equal(writes(name, "long"), FEAT_OK);
        holds(name, "long");
        assert_int_equal(unlink(in(name)), 0);
    }
    name[255] = 'n';
    name[256] = 0;
    assert_int_equal(writes(name, "longer"), FEAT_ERR_IO);
    assert_int_equal(n_files(), 0);
}

static void links_are_written_through(void **state)
{
    (void)state;
    assert_int_equal(writes("file", "old"), FEAT_OK);
    assert_int_equal(symlink("file", in("link")), 0);
    assert_int_equal(symlink("link", in("linked")), 0);
    assert_int_equal(writes("linked", "new"), FEAT_OK);
    holds("file", "new");
    struct stat st;
    assert_int_equal(lstat(in("linked"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(n_files(), 3);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    feat_error err;
    static const char *const names[][2] = {{"pipe", "only a regular file can be replaced"},
                                           {"folder", "it is a folder"},
                                           {"dangling", "it is a link to a file that is not there"},
                                           {"to_pipe", "only a regular file can be replaced"},
                                           {"to_folder", "it is a folder"},
                                           {"loop", "Too many levels of symbolic links"}};
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    assert_int_equal(mkdir(in("folder"), 0700), 0);
    assert_int_equal(symlink("nothing", in("dangling")), 0);
    assert_int_equal(symlink("pipe", in("to_pipe")), 0);
    assert_int_equal(symlink("folder", in("to_folder")), 0);
    assert_int_equal(symlink("loop", in("loop")), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(feat_file_write(in(names[i][0]), "x", 1, &err), FEAT_ERR_IO);
        assert_non_null(strstr(err.message, names[i][1]));
    }
    assert_int_equal(n_files(), 6);
}

static void data_then_name_then_folder(void **state)
{
    (void)state;
    assert_int_equal(writes("file", "a"), FEAT_OK);
    assert_string_equal(said, "frd");
    feat_files_sync(0);
    assert_int_equal(writes("file", "b"), FEAT_OK);
    assert_string_equal(said, "r");
    holds("file", "b");
    feat_files_sync(1);
    fail_fsync = 1;
    assert_int_equal(writes("file", "c"), FEAT_ERR_IO);
    assert_string_equal(said, "f");
    holds("file", "b");
    fail_fsync = 2;
    assert_int_equal(writes("file", "d"), FEAT_ERR_IO);
    assert_int_equal(n_files(), 1);
}

static void names_of_others_are_left(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof name, ".bonafide-%ld-0.tmp", (long)getpid());
    int fd = open(in(name), O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_int_equal(write(fd, "mine", 4), 4);
    close(fd);
    feat_new_file one, other;
    assert_int_equal(feat_new_file_open(&one, in("one"), NULL), FEAT_OK);
    assert_int_equal(feat_new_file_open(&other, in("other"), NULL), FEAT_OK);
    assert_string_not_equal(one.temporary, other.temporary);
    feat_new_file_abandon(&one);
    assert_int_equal(feat_new_file_commit(&other, NULL), FEAT_OK);
    holds(name, "mine");
    assert_int_equal(n_files(), 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make, drop)
    const struct CMUnitTest tests[] = {
        CASE(names_may_be_long),          CASE(links_are_written_through), CASE(what_is_no_file_is_refused),
        CASE(data_then_name_then_folder), CASE(names_of_others_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
