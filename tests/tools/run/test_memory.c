/* --memory: results are the same, no more is resident than was planned, and what cannot be done is refused in
 * advance. Each command runs in a process of its own. */
#define _DEFAULT_SOURCE /* wait4 */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/files/npy_write.h"
#include "tests/level.h"
#include "tests/metrics/metrics_fixture.h"
#include "tools/options/byte_size.h"
#include "tools/options/parse_args.h"
#include "tools/program/program.h"
#include "tools/run/side.h"

enum { N = 1400, M = 1300, D = 2048, MANY = 12000, NARROW = 256, IMAGES = 3 };

static char folder[256];

static const char *in_folder(char path[300], const char *name)
{
    snprintf(path, 300, "%s/%s", folder, name);
    return path;
}

/* As a text, to be freed with free: what the allocator counts is inherited by the processes that are tested. */
static char *contents(const char *name)
{
    char path[300];
    FILE *f = fopen(in_folder(path, name), "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *text = malloc(n + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, n, f), n);
    fclose(f);
    text[n] = 0;
    return text;
}

static void write_rows(const char *name, const float *x, size_t n, size_t d)
{
    char path[300];
    feat_npy_writer *w = NULL;
    assert_int_equal(feat_npy_create(&w, in_folder(path, name), n, d, NULL), FEAT_OK);
    assert_int_equal(feat_npy_write_rows(w, 0, n, x, NULL), FEAT_OK);
    assert_int_equal(feat_npy_finish(&w, n, NULL), FEAT_OK);
}

/* The same numbers as float64, which have to be converted. */
static void write_doubles(const char *name, const float *x, size_t n, size_t d)
{
    char path[300], header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    char text[118];
    int length =
        snprintf(text, sizeof text, "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu), }", n, d);
    memcpy(header + 10, text, (size_t)length);
    header[127] = '\n';
    FILE *f = fopen(in_folder(path, name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(header, 1, 128, f), 128);
    for (size_t i = 0; i < n * d; i++) {
        double v = (double)x[i];
        assert_int_equal(fwrite(&v, sizeof v, 1, f), 1);
    }
    assert_int_equal(fclose(f), 0);
}

static void write_images(const char *name)
{
    char path[300], header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    static const char text[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 20, 20, 3), }";
    memcpy(header + 10, text, sizeof text - 1);
    header[127] = '\n';
    FILE *f = fopen(in_folder(path, name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(header, 1, 128, f), 128);
    for (int i = 0; i < IMAGES * 20 * 20 * 3; i++)
        assert_true(fputc(i * 7919 % 251, f) != EOF);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-memory-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(folder) == NULL)
        return -1;
    /* In a process of its own, as the plan counts what a process took before. */
    pid_t child = fork();
    int status = 0;
    if (child != 0)
        return child < 0 || waitpid(child, &status, 0) != child || status != 0 ? -1 : 0;
    float *x = fixture_features(N, D, 1, 0.0), *y = fixture_features(M, D, 2, 0.1);
    write_rows("a.npy", x, N, D);
    write_rows("b.npy", y, M, D);
    write_doubles("wide.npy", y, M, D);
    x[(N - 1) * D + 7] = (float)INFINITY;
    write_rows("bad.npy", x, N, D);
    float *tall = fixture_features(MANY, NARROW, 3, 0.0);
    write_rows("c.npy", tall, MANY, NARROW);
    write_rows("d.npy", tall, MANY - 7, NARROW);
    _exit(0);
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"a.npy",      "b.npy", "c.npy", "d.npy", "wide.npy", "bad.npy",
                                        "images.npy", "out",   "err",   "x.csv", "y.csv"};
    char path[300];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(in_folder(path, names[i]));
    return rmdir(folder);
}

/* Runs "bonafide" with the words of `line` in the folder, standard output and error in out and err; returns
 * its exit status. *peak: MiB. */
static int run(const char *line, double *peak)
{
    char text[400], name[] = "bonafide", *words[32] = {name};
    int n = 1, status = 0;
    struct rusage used;
    snprintf(text, sizeof text, "%s", line);
    for (char *rest = text, *word; n < 31 && (word = strtok_r(rest, " ", &rest)) != NULL;)
        words[n++] = word;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (chdir(folder) != 0 || freopen("out", "w", stdout) == NULL || freopen("err", "w", stderr) == NULL)
            _exit(99);
        int code = bf_program(n, words, NULL);
        fflush(NULL);
        _exit(code);
    }
    assert_int_equal(wait4(child, &status, 0, &used), child);
    *peak = (double)used.ru_maxrss / 1024.0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static unsigned least(const char *line)
{
    char text[400];
    double peak;
    unsigned mib = 0;
    snprintf(text, sizeof text, "%s --memory 1M", line);
    assert_int_equal(run(text, &peak), 2);
    char *said = contents("err"), *at = strstr(said, "--memory 1M is not enough: at least ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "--memory 1M is not enough: at least %uM is needed (", &mib), 1);
    free(said);
    return mib;
}

/* Not where an emulator, valgrind or a sanitizer takes memory of its own. */
static bool peaks_count(void)
{
    double peak;
    assert_int_equal(run("cpu", &peak), 0);
    return peak < 12.0;
}

/* The same table within the least that will do as without a limit. */
static void compare(const char *line)
{
    char text[400];
    double free_peak, peak;
    unsigned mib = least(line);
    assert_int_equal(run(line, &free_peak), 0);
    char *want = contents("out");
    snprintf(text, sizeof text, "%s --memory %uM", line, mib);
    assert_int_equal(run(text, &peak), 0);
    char *got = contents("out"), *said = contents("err");
    print_message("%s: %.1f MiB of %u, %.1f without a limit\n", line, peak, mib, free_peak);
    assert_string_equal(got, want);
    assert_non_null(strstr(said, "bonafide: memory: at most "));
    assert_non_null(strstr(said, "mapped from files"));
    if (peaks_count()) {
        assert_true(peak <= (double)mib);
        assert_true(peak <= free_peak - 8.0); /* were one of two sets kept, it would be 7 less */
    }
    snprintf(text, sizeof text, "%s --memory %uM", line, mib - 1);
    assert_int_equal(run(text, &peak), 2);
    free(said);
    free(got);
    free(want);
}

static void test_pr(void **state)
{
    (void)state;
    compare("pr a.npy b.npy --threads 2");
}

/* Emulated, each takes a quarter of an hour; what is resident is a matter of bytes, not of the machine. */
static bool takes_too_long(void)
{
    if (test_chosen_level() == TEST_QUICK)
        print_message("skipped: slow (BF_TEST_LEVEL=quick)\n");
    return test_chosen_level() == TEST_QUICK;
}

static void test_kid(void **state)
{
    (void)state;
    if (takes_too_long())
        return;
    compare("kid a.npy b.npy --threads 2 --kid-subsets 3");
}

static void test_converted(void **state)
{
    (void)state;
    compare("pr a.npy wide.npy -k 1 --threads 1");
}

static void test_eval(void **state)
{
    (void)state;
    char *x, *y;
    double peak;
    if (takes_too_long())
        return;
    compare("eval a.npy b.npy --metrics dc --threads 1 --per-image x.csv");
    x = contents("x.csv");
    assert_int_equal(run("eval a.npy b.npy --metrics dc --threads 1 --per-image y.csv", &peak), 0);
    y = contents("y.csv");
    assert_string_equal(x, y);
    free(y);
    free(x);
    compare("eval c.npy d.npy --metrics fid,vendi,mifid --threads 2");
    compare("fid c.npy d.npy --threads 1");
}

/* Features that are computed go into a temporary file as they come: which a plan decides only where they are
 * many. */
static void test_computed(void **state)
{
    (void)state;
    char command[] = "fid", set[300], option[] = "--weights", value[] = "synth:1", quiet[] = "-q";
    char *words[] = {command, set, set, option, value, quiet};
    bf_args args;
    bf_run *runs[2] = {NULL, NULL};
    feat_tap tap = feat_net_tap(feat_net_at(0), FEAT_ROLE_FEATURES);
    bf_side sides[2] = {{.n = 0}, {.n = 0}};
    feat_error err;
    in_folder(set, "images.npy");
    write_images("images.npy");
    assert_int_equal(bf_args_parse(&args, 6, words, &err), FEAT_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(bf_run_open(&runs[i], &args, &err), FEAT_OK);
        runs[i]->memory.mapped = i == 1;
        assert_int_equal(bf_run_network(runs[i], &err), FEAT_OK);
        assert_int_equal(bf_side_open(runs[i], &sides[i], "A", set, &err), FEAT_OK);
        assert_int_equal(bf_side_prepare(runs[i], &sides[i], tap, &err), FEAT_OK);
        assert_int_equal(bf_side_fill(runs[i], &sides[i], BF_TAP_BIT(tap), 0, &err), FEAT_OK);
        assert_int_equal(sides[i].n, IMAGES);
    }
    const bf_layer *held = &sides[0].layer[tap], *mapped = &sides[1].layer[tap];
    assert_true(held->state == BF_LAYER_ROWS && mapped->state == BF_LAYER_MAPPED && mapped->own_rows == NULL);
    assert_memory_equal(held->rows, mapped->rows, IMAGES * 2048 * sizeof(float));
    for (size_t i = 0; i < 2; i++) {
        bf_side_close(&sides[i]);
        bf_run_close(&runs[i]);
    }
}

static void test_bad_rows(void **state)
{
    (void)state;
    double peak;
    assert_int_equal(run("pr bad.npy b.npy --memory 60M", &peak), 3);
    char *said = contents("err");
    assert_non_null(strstr(said, "bad.npy: row 1399, column 7 is NaN, infinite or beyond float32"));
    free(said);
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"1M", 1 << 20}, {"512M", 512 << 20}, {"1.5G", UINT64_C(1610612736)}, {"2048k", 2 << 20}};
    static const char *const bad[] = {"",    "M",   "512", "1T",   "-1M", "0x10M", "1e3M",
                                      "1MM", "1M ", " 1M", "100k", "nan", "infG"};
    uint64_t bytes;
    feat_error err;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(bf_memory_parse(&bytes, good[i].text, &err), FEAT_OK);
        assert_true(bytes == good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(bf_memory_parse(&bytes, bad[i], &err), FEAT_ERR_ARG);
}

int main(void)
{
    /* The last one works in this process, whose heap the others would inherit. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pr),       cmocka_unit_test(test_kid),   cmocka_unit_test(test_converted),
        cmocka_unit_test(test_eval),     cmocka_unit_test(test_words), cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_computed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
