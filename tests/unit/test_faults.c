/* Whole commands on a machine that fails: every allocation from the n-th on, every write, close, rename, thread, and
 * reads that come in pieces or not at all. A command must end with a message that names the file, leave nothing under a
 * final name, keep what was there, and give back all memory. The calls below take libc's place in this program. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/unit/weightgen.h"
#include "tools/cmd_common.h"
#include "tools/judge_file.h"
#include "tools/npy.h"

/* --- the machine ---------------------------------------------------------------------------------------- */

static struct {
    long fail_write; /* the n-th changing call fails with `error`; -1: none */
    long writes;     /* changing calls so far */
    int error;
    bool pieces;    /* reads and writes come in pieces, every other one interrupted */
    long fail_read; /* the n-th read fails with EIO */
    long reads;
    bool no_threads;
} machine = {.fail_write = -1, .fail_read = -1};

static bool write_fails(void)
{
    if (machine.writes++ != machine.fail_write)
        return false;
    errno = machine.error;
    return true;
}

static void *real(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    assert_non_null(f);
    return f;
}
/* POSIX has it that a pointer to a function fits a void *. */
#define REAL(name, type)                                                                                     \
    static type next;                                                                                        \
    if (next == NULL)                                                                                        \
    *(void **)&next = real(name)

typedef ssize_t (*pwrite_call)(int, const void *, size_t, off_t);
typedef ssize_t (*pread_call)(int, void *, size_t, off_t);
typedef int (*rename_call)(const char *, const char *);
typedef int (*truncate_call)(int, off_t);
typedef int (*thread_call)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    REAL("pwrite", pwrite_call);
    if (write_fails())
        return -1;
    if (machine.pieces && machine.writes % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return next(fd, p, machine.pieces && n > 1000 ? n / 2 : n, at);
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    REAL("pread", pread_call);
    if (machine.reads++ == machine.fail_read) {
        errno = EIO;
        return -1;
    }
    if (machine.pieces && machine.reads % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return next(fd, p, machine.pieces && n > 100 ? n / 2 : n, at);
}

int rename(const char *from, const char *to)
{
    REAL("rename", rename_call);
    return write_fails() ? -1 : next(from, to);
}

int ftruncate(int fd, off_t n)
{
    REAL("ftruncate", truncate_call);
    return write_fails() ? -1 : next(fd, n);
}

int fsync(int fd)
{
    (void)fd;
    return write_fails() ? -1 : 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
    REAL("pthread_create", thread_call);
    return machine.no_threads ? EAGAIN : next(thread, attr, run, arg);
}

/* --- commands -------------------------------------------------------------------------------------------- */

static char folder[256];
static iv3_error err;

/* Runs a command line in the folder as the program would; returns its status. Standard output goes nowhere. */
static iv3_status run(const char *line)
{
    static char text[1024];
    char *words[40];
    int n = 0;
    bf_args args;
    bf_run *r = NULL;
    err = (iv3_error){IV3_OK, ""};
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word != NULL && n < 40; word = strtok(NULL, " "))
        words[n++] = word;
    fflush(stdout);
    int nowhere = open("/dev/null", O_WRONLY), kept = dup(1);
    (void)dup2(nowhere, 1);
    iv3_status status = bf_args_parse(&args, n, words, &err);
    if (status == IV3_OK)
        status = bf_run_open(&r, &args, &err);
    if (status == IV3_OK)
        status = bf_run_command(r, &err);
    if (status == IV3_OK)
        status = bf_report_emit(&r->report, bf_args_given(&args, BF_OPT_JSON), bf_args_text(&args, BF_OPT_JSON), &err);
    bf_run_close(&r);
    fflush(stdout);
    (void)dup2(kept, 1);
    close(kept);
    close(nowhere);
    return status;
}

static const char *const commands[] = {
    "fid a.npy b.npy --threads 1 -q --json out.json",
    "fid a.npz b.npy --threads 1 -q",
    "is logits.npy --splits 2 --threads 1 -q",
    "kid a.npy b.npy --kid-subsets 3 --kid-size 10 --threads 1 -q",
    "pr a.npy b.npy --threads 1 -q",
    "eval a.npy b.npy --threads 1 --kid-subsets 3 --kid-size 10 -q --json out.json",
    "stats a.npy -o out.npz --threads 1 -q",
    "judge train b.npy --ref a.npy --labels labels.csv -o out.npz -k 3 --pca 4 --components 2 --threads 1 -q",
    "judge predict model.npz b.npy -o out.csv --threads 1 -q",
    "judge agree labels.csv --threads 1 -q --json out.json",
    "weights info synth:1 -q",
    "cpu -q --threads 1",
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

/* A command can fail after its file is in place, when it prints: that file must be all there then. */
static bool is_complete(size_t which, const gen_buf *b)
{
    if (which != 1) /* JSON has times in it; a CSV file ends with a line */
        return b->n > 20 && b->p[b->n - 1] == '\n' && (which == 2 || b->p[b->n - 2] == '}');
    gen_write_file("copy.npz", b->p, b->n);
    bf_judge_file file;
    bf_set *set = NULL;
    iv3_error why;
    bool judge = bf_judge_file_read(&file, "copy.npz", &why) == IV3_OK;
    bool stats = bf_set_open(&set, "copy.npz", &why) == IV3_OK && bf_set_stats_dim(set) == 8;
    bf_judge_file_close(&file);
    bf_set_close(&set);
    return judge || stats;
}

/* What a failed command may have left: what it began with, or a file that is complete. */
static void nothing_changed(const char *line, long n)
{
    DIR *dir = opendir(".");
    const struct dirent *entry;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        if (strstr(entry->d_name, ".tmp") != NULL)
            fail_msg("%s: fault %ld left %s behind", line, n, entry->d_name);
    closedir(dir);
    static const char *const outs[] = {"out.json", "out.npz", "out.csv"};
    for (size_t i = 0; i < 3; i++) {
        gen_buf b = {NULL, 0, 0};
        gen_read_file(outs[i], &b);
        bool earlier = b.n == 7 && memcmp(b.p, "earlier", 7) == 0, complete = is_complete(i, &b);
        gen_free(&b);
        if (!earlier && !complete)
            fail_msg("%s: fault %ld left a part of %s", line, n, outs[i]);
    }
}

static void earlier_results(void)
{
    gen_write_file("out.json", "earlier", 7);
    gen_write_file("out.npz", "earlier", 7);
    gen_write_file("out.csv", "earlier", 7);
}

static void fault_free(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (run(commands[i]) != IV3_OK)
            fail_msg("%s: %s", commands[i], err.message);
}

static void no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        earlier_results();
        for (long n = 0;; n += 1 + n / 64) {
            size_t live = iv3_alloc_live();
            iv3_alloc_fail_after(n);
            iv3_status status = run(commands[i]);
            iv3_alloc_fail_after(-1);
            if (iv3_alloc_live() != live)
                fail_msg("%s: allocation %ld: %zu blocks left", commands[i], n, iv3_alloc_live() - live);
            if (status == IV3_OK)
                break;
            if (status != IV3_ERR_NOMEM || err.message[0] == 0)
                fail_msg("%s: allocation %ld: status %d: %s", commands[i], n, (int)status, err.message);
            nothing_changed(commands[i], n);
        }
    }
}

/* Each write, in turn, finds the disk full or broken. */
static void no_space(void **state)
{
    static const int errors[] = {ENOSPC, EIO, EDQUOT};
    size_t most = 0;
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strstr(commands[i], " out.") == NULL)
            continue;
        earlier_results();
        for (long n = 0;; n++) {
            machine.fail_write = n;
            machine.writes = 0;
            machine.error = errors[n % 3];
            iv3_status status = run(commands[i]);
            machine.fail_write = -1;
            if (status == IV3_OK) {
                most += (size_t)n;
                break;
            }
            assert_int_equal(status, IV3_ERR_IO);
            if (strstr(err.message, "out.") == NULL || strstr(err.message, strerror(machine.error)) == NULL)
                fail_msg("%s: write %ld: %s", commands[i], n, err.message);
            nothing_changed(commands[i], n);
            assert_int_equal(iv3_alloc_live(), 0);
        }
    }
    print_message("%zu writes failed, each in turn\n", most);
    assert_true(most > 20); /* there was something to fail */
}

static void broken_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        earlier_results();
        for (long n = 0;; n++) {
            machine.fail_read = n;
            machine.reads = 0;
            iv3_status status = run(commands[i]);
            machine.fail_read = -1;
            if (status == IV3_OK)
                break;
            if (status != IV3_ERR_IO || strstr(err.message, strerror(EIO)) == NULL || strchr(err.message, ':') == NULL)
                fail_msg("%s: read %ld: status %d: %s", commands[i], n, (int)status, err.message);
            nothing_changed(commands[i], n);
            assert_int_equal(iv3_alloc_live(), 0);
        }
    }
}

/* Calls that do less than asked, or are interrupted, change nothing in the result. */
static void in_pieces(void **state)
{
    gen_buf whole = {NULL, 0, 0}, pieces = {NULL, 0, 0};
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *out = strstr(commands[i], " out.");
        assert_int_equal(run(commands[i]), IV3_OK);
        if (out != NULL && strstr(commands[i], ".npz") != NULL)
            gen_read_file("out.npz", &whole);
        machine.pieces = true;
        iv3_status status = run(commands[i]);
        machine.pieces = false;
        if (status != IV3_OK)
            fail_msg("%s: %s", commands[i], err.message);
        if (whole.n > 0) {
            gen_read_file("out.npz", &pieces);
            assert_int_equal(whole.n, pieces.n);
            assert_memory_equal(whole.p, pieces.p, whole.n);
        }
        gen_free(&whole);
        gen_free(&pieces);
        whole = pieces = (gen_buf){NULL, 0, 0};
    }
}

static void no_threads(void **state)
{
    (void)state;
    machine.no_threads = true;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        char line[512], *threads;
        snprintf(line, sizeof line, "%s", commands[i]);
        if ((threads = strstr(line, "--threads 1")) != NULL)
            threads[10] = '4';
        if (run(line) != IV3_OK)
            fail_msg("%s: %s", line, err.message);
    }
    machine.no_threads = false;
}

/* --- their files ------------------------------------------------------------------------------------------- */

static void write_rows(const char *name, size_t n, size_t d, unsigned seed)
{
    bf_npy_writer *w = NULL;
    float row[32];
    assert_int_equal(bf_npy_create(&w, name, n, d, &err), IV3_OK);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++) {
            seed = seed * 1664525u + 1013904223u;
            row[j] = (float)(seed >> 8) / (float)(1 << 24);
        }
        assert_int_equal(bf_npy_write_rows(w, i, 1, row, &err), IV3_OK);
    }
    assert_int_equal(bf_npy_finish(&w, n, &err), IV3_OK);
}

static int setup(void **state)
{
    char labels[2048] = "image,n,k\n";
    (void)state;
    gen_folder(folder);
    if (chdir(folder) != 0)
        return 1;
    write_rows("a.npy", 40, 8, 1);
    write_rows("b.npy", 30, 8, 2);
    write_rows("logits.npy", 12, 5, 3);
    for (int i = 0; i < 30; i++)
        snprintf(labels + strlen(labels), 32, "%d,4,%d\n", i, i * 7 % 5);
    gen_write_file("labels.csv", labels, strlen(labels));
    iv3_status status = run("stats a.npy -o a.npz --threads 1 -q");
    if (status == IV3_OK)
        status = run("judge train b.npy --ref a.npy --labels labels.csv -o model.npz -k 3 --pca 4 --components 2 "
                     "--threads 1 -q");
    if (status != IV3_OK)
        fprintf(stderr, "%s\n", err.message);
    return status == IV3_OK ? 0 : 1;
}

static int heal(void **state)
{
    (void)state;
    iv3_alloc_fail_after(-1);
    machine.fail_write = machine.fail_read = -1;
    machine.pieces = machine.no_threads = false;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iv3_alloc_fail_after(-1);
    if (chdir("/") != 0)
        return 1;
    gen_remove_folder(folder);
    return iv3_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fault_free),
        cmocka_unit_test_teardown(no_memory, heal),
        cmocka_unit_test_teardown(no_space, heal),
        cmocka_unit_test_teardown(broken_reads, heal),
        cmocka_unit_test_teardown(in_pieces, heal),
        cmocka_unit_test_teardown(no_threads, heal),
    };
    return cmocka_run_group_tests_name("faults", tests, setup, teardown);
}
