/* See own_folder.h. */
#include "tests/own_folder.h"

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
#include "tools/base/files.h"

enum { MOST = 128, PATH_BYTES = 512 };

char own_folder[256];
static char made[MOST][PATH_BYTES]; /* in the order it was put, for removal in reverse */
static size_t n_made;

int own_folder_make(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(own_folder, sizeof own_folder, "%s/bonafide-test-XXXXXX", base == NULL ? "/tmp" : base);
    return mkdtemp(own_folder) == NULL ? -1 : 0;
}

int own_folder_remove(void **state)
{
    (void)state;
    return rmdir(own_folder);
}

int own_folder_clear(void **state)
{
    (void)state;
    while (n_made > 0)
        own_take_back();
    return feat_alloc_live() == 0 ? 0 : -1;
}

const char *own_path(const char *name)
{
    static char path[4][PATH_BYTES];
    static size_t next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", own_folder, name);
    return path[next];
}

static const char *remember(const char *name)
{
    assert_true(n_made < MOST);
    snprintf(made[n_made], sizeof made[n_made], "%s/%s", own_folder, name);
    return made[n_made++];
}

void own_put(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(remember(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

void own_put_text(const char *name, const char *text)
{
    own_put(name, text, strlen(text));
}

void own_put_copy(const char *name, const char *from)
{
    uint8_t *bytes;
    size_t n;
    assert_int_equal(bf_file_read(&bytes, &n, from, 1 << 20, NULL), FEAT_OK);
    own_put(name, bytes, n);
    feat_free(bytes);
}

void own_put_folder(const char *name)
{
    assert_int_equal(mkdir(remember(name), 0777), 0);
}

void own_put_link(const char *name, const char *target)
{
    assert_int_equal(symlink(target, remember(name)), 0);
}

void own_take_back(void)
{
    assert_true(n_made > 0);
    remove(made[--n_made]);
}
