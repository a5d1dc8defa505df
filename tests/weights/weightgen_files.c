/* Buffers, files and folders for the tests that write containers. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/weights/weightgen.h"

void gen_put(gen_buf *b, const void *data, size_t n)
{
    if (b->n + n > b->capacity) {
        b->capacity = 2 * (b->n + n) + 64;
        b->p = feat_realloc(b->p, b->capacity);
        assert_non_null(b->p);
    }
    memcpy(b->p + b->n, data, n);
    b->n += n;
}

void gen_free(gen_buf *b)
{
    feat_free(b->p);
    memset(b, 0, sizeof *b);
}

void gen_write_file(const char *path, const void *data, size_t n)
{
    (void)unlink(path); /* file systems flush a file that is cut to nothing and written again: slow */
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(n == 0 || fwrite(data, 1, n, f) == n);
    assert_int_equal(fclose(f), 0);
}

size_t gen_read_file(const char *path, gen_buf *b)
{
    char block[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    b->n = 0;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        gen_put(b, block, n);
    assert_int_equal(fclose(f), 0);
    return b->n;
}

int gen_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

void gen_folder(char path[256])
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(path, 256, "%s/bonafide-XXXXXX", tmp != NULL && strlen(tmp) < 200 ? tmp : "/tmp");
    assert_non_null(mkdtemp(path));
}

void gen_remove_folder(const char *path)
{
    DIR *d = opendir(path);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        char full[600];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(full, sizeof full, "%s/%s", path, e->d_name);
        struct stat st;
        if (lstat(full, &st) == 0 && S_ISDIR(st.st_mode))
            gen_remove_folder(full);
        else
            (void)unlink(full);
    }
    closedir(d);
    (void)rmdir(path);
}
