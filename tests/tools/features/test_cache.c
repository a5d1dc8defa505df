/* tools/features/cache: what is kept is found by this and other processes, nothing damaged is believed, and a process
 * that is killed loses nothing it had finished. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/base/files.h"
#include "tools/features/cache.h"

enum { DIM = 37, HEAD = 136, RECORD_BYTES = HEAD + 152 };

typedef struct place {
    char top[160], folder[192];
} place;

static int set_up(void **state)
{
    place *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -1;
    const char *base = getenv("TMPDIR");
    snprintf(p->top, sizeof p->top, "%s/bonafide-cache.XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(p->top) == NULL)
        return -1;
    snprintf(p->folder, sizeof p->folder, "%s/a/b", p->top);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    char path[512];
    DIR *dir = opendir(p->folder);
    for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        snprintf(path, sizeof path, "%s/%s", p->folder, e->d_name);
        (void)unlink(path);
    }
    if (dir != NULL)
        closedir(dir);
    (void)rmdir(p->folder);
    snprintf(path, sizeof path, "%s/a", p->top);
    (void)rmdir(path);
    int status = rmdir(p->top);
    free(p);
    return status;
}

static bf_cache *open_good(const place *p)
{
    bf_cache *c = NULL;
    feat_error err = {FEAT_OK, ""};
    if (bf_cache_open(&c, p->folder, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return c;
}

static void make_key(unsigned char key[32], int number)
{
    unsigned char file[32] = {0};
    memcpy(file, &number, sizeof number);
    bf_cache_key(key, "scope", file, "");
}

static void make_entry(int number, float row[DIM], bf_cache_image *image)
{
    memset(image, 0, sizeof *image);
    for (int i = 0; i < DIM; i++)
        row[i] = (float)(number * 100 + i);
    image->w = (uint32_t)number;
    image->h = 7;
    image->flags = 5;
    image->pixels[31] = (unsigned char)number;
}

static feat_status add(bf_cache *c, int number)
{
    unsigned char key[32];
    float row[DIM];
    bf_cache_image image;
    feat_error err = {FEAT_OK, ""};
    make_key(key, number);
    make_entry(number, row, &image);
    return bf_cache_add(c, key, DIM, row, &image, &err);
}

static bool find(bf_cache *c, int number)
{
    unsigned char key[32];
    float row[DIM], expected[DIM];
    bf_cache_image image, expected_image;
    make_key(key, number);
    if (!bf_cache_find(c, key, DIM, row, &image))
        return false;
    make_entry(number, expected, &expected_image);
    assert_memory_equal(row, expected, sizeof row);
    assert_memory_equal(&image, &expected_image, sizeof image);
    assert_false(bf_cache_find(c, key, DIM - 1, row, &image));
    return true;
}

static void refresh(bf_cache *c)
{
    feat_error err = {FEAT_OK, ""};
    if (bf_cache_refresh(c, &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

/* The only pack in the folder. */
static void pack_path(const place *p, char path[512])
{
    DIR *dir = opendir(p->folder);
    int n = 0;
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (strstr(e->d_name, ".pack") == NULL)
            continue;
        snprintf(path, 512, "%s/%s", p->folder, e->d_name);
        n++;
    }
    closedir(dir);
    assert_int_equal(n, 1);
}

static void entries_are_found_again(void **state)
{
    const place *p = *state;
    bf_cache *c = open_good(p);
    assert_string_equal(bf_cache_folder(c), p->folder);
    assert_false(find(c, 1));
    for (int i = 0; i < 3000; i++) /* more than the first table holds */
        assert_int_equal(add(c, i), FEAT_OK);
    assert_int_equal(bf_cache_count(c), 0);
    refresh(c);
    assert_int_equal(bf_cache_count(c), 3000);
    assert_true(find(c, 2999));
    assert_int_equal(add(c, 3000), FEAT_OK);
    refresh(c);
    assert_true(find(c, 0) && find(c, 3000));
    assert_false(find(c, 3001));
    bf_cache_close(&c);
    c = open_good(p);
    assert_int_equal(bf_cache_count(c), 3001);
    for (int i = 0; i <= 3000; i++)
        assert_true(find(c, i));
    bf_cache_close(&c);
    bf_cache_close(&c);
    bf_cache_close(NULL);
}

static void two_processes_share_a_folder(void **state)
{
    const place *p = *state;
    bf_cache *a = open_good(p), *b = open_good(p);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(add(a, i), FEAT_OK);
        assert_int_equal(add(b, i + 25), FEAT_OK); /* half of them twice */
    }
    refresh(a);
    assert_int_equal(bf_cache_count(a), 75);
    assert_int_equal(add(b, 99), FEAT_OK);
    refresh(a);
    assert_true(find(a, 99));
    bf_cache_close(&a);
    bf_cache_close(&b);
}

/* What its owner cuts off after it was indexed is not there, and nothing else happens. */
static void a_pack_cut_short_while_used(void **state)
{
    place *p = *state;
    char path[512];
    bf_cache *c = open_good(p);
    assert_int_equal(add(c, 0), FEAT_OK);
    assert_int_equal(add(c, 1), FEAT_OK);
    refresh(c);
    assert_true(find(c, 0) && find(c, 1));
    pack_path(p, path);
    for (long n = 8 + 2 * RECORD_BYTES - 1; n >= 0; n--) {
        assert_int_equal(truncate(path, n), 0);
        assert_int_equal(find(c, 0), n >= 8 + RECORD_BYTES);
        assert_false(find(c, 1));
    }
    refresh(c);
    bf_cache_close(&c);
}

static void every_truncation_leaves_the_records_before(void **state)
{
    const place *p = *state;
    char path[512];
    bf_cache *c = open_good(p);
    for (int i = 0; i < 3; i++)
        assert_int_equal(add(c, i), FEAT_OK);
    bf_cache_close(&c);
    pack_path(p, path);
    for (long n = 8 + 3 * RECORD_BYTES; n >= 0; n--) {
        assert_int_equal(truncate(path, n), 0);
        c = open_good(p);
        size_t expected = n < 8 ? 0 : (size_t)(n - 8) / RECORD_BYTES;
        assert_int_equal(bf_cache_count(c), expected);
        for (int i = 0; i < (int)expected; i++)
            assert_true(find(c, i));
        bf_cache_close(&c);
    }
}

static void flip(const char *path, off_t at)
{
    unsigned char byte;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void damaged_bytes_are_not_believed(void **state)
{
    const place *p = *state;
    char path[512];
    bf_cache *c = open_good(p);
    for (int i = 0; i < 3; i++)
        assert_int_equal(add(c, i), FEAT_OK);
    bf_cache_close(&c);
    pack_path(p, path);
    for (off_t at = 8 + RECORD_BYTES; at < 8 + 2 * RECORD_BYTES; at++) { /* every byte of the second record */
        flip(path, at);
        c = open_good(p);
        assert_true(find(c, 0));
        assert_false(find(c, 1));
        assert_int_equal(find(c, 2),
                         at >= 8 + RECORD_BYTES + HEAD); /* behind a damaged head nothing is known */
        bf_cache_close(&c);
        flip(path, at);
    }
    flip(path, 8 + RECORD_BYTES + HEAD + 6);
    c = open_good(p);
    assert_false(find(c, 1));
    assert_int_equal(add(c, 1), FEAT_OK); /* computed again: the new one is found */
    refresh(c);
    assert_true(find(c, 1));
    bf_cache_close(&c);
    c = open_good(p);
    bf_cache_close(&c);
}

static void other_files_are_passed_over(void **state)
{
    const place *p = *state;
    char path[512];
    bf_cache *c = open_good(p);
    assert_int_equal(add(c, 1), FEAT_OK);
    static const char *const names[] = {"empty.pack", "text.pack", "notes.txt"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", p->folder, names[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        if (i > 0)
            fputs("this is something else altogether, longer than a head of a record ever will be, I should "
                  "think "
                  "so, or else it would not test much\n",
                  file);
        fclose(file);
    }
    snprintf(path, sizeof path, "%s/folder.pack", p->folder);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof path, "%s/fifo.pack", p->folder);
    assert_int_equal(mkfifo(path, 0666), 0);
    refresh(c);
    assert_int_equal(bf_cache_count(c), 1);
    bf_cache_close(&c);
    snprintf(path, sizeof path, "%s/folder.pack", p->folder);
    assert_int_equal(rmdir(path), 0);
}

/* A child appends until it is killed; it says after each entry that it is done. */
static void a_kill_loses_nothing_finished(void **state)
{
    const place *p = *state;
    int ends[2], last = -1, number;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bf_cache *c = NULL;
        close(ends[0]);
        if (bf_cache_open(&c, p->folder, NULL, NULL) != FEAT_OK)
            _exit(1);
        for (number = 0;; number++)
            if (add(c, number) != FEAT_OK || write(ends[1], &number, sizeof number) != sizeof number)
                _exit(1);
    }
    close(ends[1]);
    while (last < 500 && read(ends[0], &number, sizeof number) == sizeof number)
        last = number;
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(ends[0], &number, sizeof number) == sizeof number)
        last = number;
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    bf_cache *c = open_good(p);
    assert_true(last >= 500);
    for (int i = 0; i <= last; i++)
        assert_true(find(c, i));
    bf_cache_close(&c);
}

static void keys_depend_on_everything(void **state)
{
    unsigned char a[32], b[32], file[32] = {0};
    (void)state;
    bf_cache_key(a, "scope", file, "hint");
    bf_cache_key(b, "scope", file, "hint");
    assert_memory_equal(a, b, 32);
    bf_cache_key(b, "scopf", file, "hint");
    assert_memory_not_equal(a, b, 32);
    bf_cache_key(b, "tscope", file, "hin");
    assert_memory_not_equal(a, b, 32);
    file[31] = 1;
    bf_cache_key(b, "scope", file, "hint");
    assert_memory_not_equal(a, b, 32);
}

static void what_cannot_be_had_is_said(void **state)
{
    const place *p = *state;
    bf_cache *c = NULL;
    feat_error err = {FEAT_OK, ""};
    unsigned char key[32] = {0};
    bf_cache_image image = {0};
    float row[1] = {0};
    assert_int_equal(bf_cache_open(&c, "/dev/null/x", NULL, &err), FEAT_ERR_IO);
    assert_string_equal(err.message, "/dev/null/x: cannot make the cache's folder: Not a directory");
    assert_int_equal(bf_cache_open(&c, "/dev/null", NULL, &err), FEAT_ERR_IO);
    assert_null(c);
    c = open_good(p);
    assert_int_equal(bf_cache_add(c, key, 0, row, &image, &err), FEAT_ERR_ARG);
    char moved[208];
    snprintf(moved, sizeof moved, "%s.gone", p->folder);
    assert_int_equal(rename(p->folder, moved), 0);
    assert_int_equal(bf_cache_add(c, key, 1, row, &image, &err), FEAT_ERR_IO);
    assert_int_equal(bf_cache_refresh(c, &err), FEAT_ERR_IO);
    assert_int_equal(rename(moved, p->folder), 0);
    assert_int_equal(bf_cache_add(c, key, 1, row, &image, &err), FEAT_ERR_IO); /* once broken, always broken */
    bf_cache_close(&c);
}

static void memory_may_run_out(void **state)
{
    const place *p = *state;
    bf_cache *c = open_good(p);
    for (int i = 0; i < 700; i++)
        assert_int_equal(add(c, i), FEAT_OK);
    bf_cache_close(&c);
    size_t live = feat_alloc_live();
    feat_status status = FEAT_ERR_NOMEM;
    for (long n = 0; status != FEAT_OK; n++) {
        feat_error err;
        feat_alloc_fail_after(n);
        status = bf_cache_open(&c, p->folder, NULL, &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || (status == FEAT_ERR_NOMEM && c == NULL));
        bf_cache_close(&c);
        assert_int_equal(feat_alloc_live(), live);
        assert_true(n < 100);
    }
}

/* One process finds what another has added: its index grows from nothing to all entries. */
static void the_index_takes_what_is_said(void **state)
{
    enum { N = 20000 };
    bf_cache *c = open_good(*state), *writer = open_good(*state);
    float row[DIM];
    bf_cache_image image;
    unsigned char key[32];
    feat_error err = {FEAT_OK, ""};
    for (int n = 0; n < N; n++) {
        make_key(key, n);
        make_entry(n, row, &image);
        assert_int_equal(bf_cache_add(writer, key, DIM, row, &image, &err), FEAT_OK);
    }
    size_t before = feat_alloc_bytes(), peak = feat_alloc_peak();
    refresh(c);
    assert_int_equal(bf_cache_count(c), N);
    assert_true(feat_alloc_peak() > peak);
    double most = (double)(feat_alloc_peak() - before);
    if (most > bf_cache_index_bytes(N) || most < bf_cache_index_bytes(N) / 4.0)
        fail_msg("%.0f bytes, %.0f are said", most, bf_cache_index_bytes(N));
    bf_cache_close(&writer);
    bf_cache_close(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entries_are_found_again),
        TEST(two_processes_share_a_folder),
        TEST(every_truncation_leaves_the_records_before),
        TEST(a_pack_cut_short_while_used),
        TEST(damaged_bytes_are_not_believed),
        TEST(other_files_are_passed_over),
        TEST(a_kill_loses_nothing_finished),
        TEST(keys_depend_on_everything),
        TEST(what_cannot_be_had_is_said),
        TEST(memory_may_run_out),
        TEST(the_index_takes_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
