/* Does `compare` call equal things different, and does it find what differs? Draws a set of real rows and two
 * generators, again and again, and lets the program itself measure and compare them, as its users do.
 *
 *   bench_compare PROGRAM FOLDER [NAME=VALUE...]     n=200,400,600,2000  pairs=60  d=16  seed=1  case=equal
 *
 * Files are written into FOLDER. case=equal: both generators are of the real distribution. case=apart: both are of one
 * other distribution, a mean of 0.5 in every column. case=differ: the second generator's mean is farther off, by steps;
 * for every metric the step is told at which it differs by about 3 of the standard errors that compare gives the
 * difference, and how often that was found. Prints for every N and metric how many of the pairs were called different,
 * how many not measured, and how many had no such value. */
#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/splitmix64.h"
#include "engine/files/npy_write.h"

extern char **environ;

enum { CLASSES = 10, STEPS = 12, MAX_SIZES = 8, MAX_PATH = 512, MAX_WORDS = 12, FEW = 3 };

static const double offsets[STEPS] = {0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.3, 16.0};
static const double apart = 0.5;

/* As compare names them; those of `is` are in files of their own. `undecided`: of a metric without an error of the
 * value a few pairs show that nothing is decided. */
static const struct {
    const char *by;
    bool of_logits, undecided;
} metrics[] = {
    {"fid", false, false},       {"fid-corrected", false, false}, {"kid", false, false},     {"is", true, false},
    {"precision", false, false}, {"recall", false, false},        {"f-score", false, false}, {"density", false, false},
    {"coverage", false, false},  {"authpct", false, false},       {"fid-inf", false, true},  {"mind", false, true},
    {"vendi", false, true},
};
enum { N_METRICS = sizeof metrics / sizeof metrics[0] };

typedef struct settings {
    const char *program, *folder;
    size_t sizes[MAX_SIZES], n_sizes, pairs, d;
    uint64_t seed;
    char what[16];
} settings;

typedef struct tally {
    size_t n, different, unmeasured, absent;
    double difference, error; /* sums over the measured */
} tally;

static void stop(const char *what)
{
    fprintf(stderr, "bench_compare: %s\n", what);
    exit(1);
}

/* --- draws ------------------------------------------------------------------------------------------ */

typedef struct source {
    uint64_t state;
    double spare;
    bool has_spare;
} source;

static double uniform(source *s)
{
    return feat_splitmix64_unit(&s->state);
}

/* Marsaglia's polar method. */
static double normal(source *s)
{
    double x, y, r;
    if (s->has_spare) {
        s->has_spare = false;
        return s->spare;
    }
    do {
        x = 2.0 * uniform(s) - 1.0;
        y = 2.0 * uniform(s) - 1.0;
        r = x * x + y * y;
    } while (r >= 1.0 || r == 0.0);
    double scale = sqrt(-2.0 * feat_log(r) / r);
    s->spare = y * scale;
    s->has_spare = true;
    return x * scale;
}

static void path_of(char path[MAX_PATH], const settings *s, const char *name)
{
    if (snprintf(path, MAX_PATH, "%s/%s", s->folder, name) >= MAX_PATH)
        stop("the folder's name is too long");
}

/* Rows [n][d] of normal columns: mean, and a deviation times `scale`. */
static void draw(const settings *s, const char *name, size_t n, size_t d, double mean, double scale, uint64_t draw_seed)
{
    char path[MAX_PATH];
    source g = {.state = s->seed * UINT64_C(0xd1342543de82ef95) + draw_seed};
    feat_npy_writer *w = NULL;
    feat_error err;
    float *rows = feat_alloc_array(n, d * sizeof *rows);
    path_of(path, s, name);
    if (rows == NULL)
        stop("no memory");
    for (size_t i = 0; i < n * d; i++)
        rows[i] = (float)(mean + scale * normal(&g));
    if (feat_npy_create(&w, path, n, d, &err) != FEAT_OK || feat_npy_write_rows(w, 0, n, rows, &err) != FEAT_OK ||
        feat_npy_finish(&w, n, &err) != FEAT_OK)
        stop(err.message);
    feat_free(rows);
}

/* --- the program ------------------------------------------------------------------------------------ */

/* words ends with NULL. */
static int run(const char *const *words)
{
    static char copies[MAX_WORDS][MAX_PATH];
    char *argv[MAX_WORDS + 1];
    size_t n = 0;
    for (; words[n] != NULL && n < MAX_WORDS; n++) {
        snprintf(copies[n], sizeof copies[n], "%s", words[n]);
        argv[n] = copies[n];
    }
    argv[n] = NULL;
    pid_t child;
    int state = 0;
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1 /* O_WRONLY */, 0) != 0)
        stop("cannot start a program");
    if (posix_spawn(&child, argv[0], &actions, NULL, argv, environ) != 0)
        stop(argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

static void measure(const settings *s, bool all, const char *gen, const char *logits, const char *result,
                    const char *is_result)
{
    char real[MAX_PATH], rows[MAX_PATH], scores[MAX_PATH], out[MAX_PATH], is_out[MAX_PATH];
    path_of(real, s, "real.npy");
    path_of(rows, s, gen);
    path_of(scores, s, logits);
    path_of(out, s, result);
    path_of(is_out, s, is_result);
    const char *const list =
        all ? "--metrics=fid,kid,pr,dc,authpct,fid-inf,mind,vendi" : "--metrics=fid,kid,pr,dc,authpct";
    const char *const eval[] = {s->program, "eval", real, rows, list, "--threads=1", "-q", "--json", out, NULL};
    const char *const is[] = {s->program, "is", scores, "--threads=1", "-q", "--json", is_out, NULL};
    if (run(eval) != 0 || run(is) != 0)
        stop("eval or is failed");
}

static double number_after(const char *text, const char *key)
{
    const char *at = text != NULL ? strstr(text, key) : NULL;
    return at != NULL ? strtod(at + strlen(key), NULL) : 0.0;
}

/* One metric of the two results. */
static void compare(const settings *s, size_t metric, tally *t)
{
    static char text[65536];
    char a[MAX_PATH], b[MAX_PATH], out[MAX_PATH];
    path_of(a, s, metrics[metric].of_logits ? "is_a.json" : "a.json");
    path_of(b, s, metrics[metric].of_logits ? "is_b.json" : "b.json");
    path_of(out, s, "compared.json");
    remove(out);
    const char *const words[] = {s->program, "compare", a, b, "-q", "--by", metrics[metric].by, "--json", out, NULL};
    int status = run(words);
    FILE *f = status == 0 ? fopen(out, "r") : NULL;
    t->n++;
    if (f == NULL) {
        t->absent++;
        return;
    }
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    const char *pair = strstr(text, "\"pairs\"");
    if (pair == NULL || strstr(pair, "\"inside_noise\"") == NULL)
        stop("compare's JSON has no pair");
    if (strstr(pair, "\"inside_noise\": null") != NULL) {
        t->unmeasured++;
        return;
    }
    t->different += strstr(pair, "\"inside_noise\": false") != NULL;
    const char *first = strstr(pair, "\"first\""), *end = first != NULL ? strchr(first, '\n') : NULL;
    bool a_first = end != NULL && memcmp(end - strlen("a.json\","), "a.json", strlen("a.json")) == 0;
    t->difference += (a_first ? 1.0 : -1.0) * number_after(pair, "\"difference\": ");
    t->error += number_after(pair, "\"standard_error\": ");
}

/* The second generator is at `mean_b`. */
static void try_pairs(const settings *s, size_t n, double mean_a, double mean_b, tally *tallies)
{
    for (size_t p = 0; p < s->pairs; p++) {
        uint64_t base = (uint64_t)(p + 1) * 64 + (uint64_t)n * 4096;
        draw(s, "real.npy", n, s->d, 0.0, 1.0, base * 1000003);
        draw(s, "a.npy", n, s->d, mean_a, 1.0, (base + 1) * 1000003);
        draw(s, "b.npy", n, s->d, mean_b, 1.0, (base + 2) * 1000003);
        draw(s, "logits_a.npy", n, CLASSES, 0.0, 1.5, (base + 3) * 1000003);
        draw(s, "logits_b.npy", n, CLASSES, 0.0, 1.5 + mean_b - mean_a, (base + 4) * 1000003);
        measure(s, p < FEW, "a.npy", "logits_a.npy", "a.json", "is_a.json");
        measure(s, p < FEW, "b.npy", "logits_b.npy", "b.json", "is_b.json");
        for (size_t m = 0; m < N_METRICS; m++)
            if (p < FEW || !metrics[m].undecided)
                compare(s, m, &tallies[m]);
    }
}

/* --- tables ----------------------------------------------------------------------------------------- */

static void same(const settings *s, double mean)
{
    printf("| metric | N | called different | not measured | no value | pairs |\n"
           "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < s->n_sizes; i++) {
        tally t[N_METRICS];
        memset(t, 0, sizeof t);
        try_pairs(s, s->sizes[i], mean, mean, t);
        for (size_t m = 0; m < N_METRICS; m++)
            printf("| %s | %zu | %zu | %zu | %zu | %zu |\n", metrics[m].by, s->sizes[i], t[m].different,
                   t[m].unmeasured, t[m].absent, t[m].n);
        fflush(stdout);
    }
}

static double in_errors(const tally *t)
{
    return t->error > 0.0 ? fabs(t->difference) / t->error : 0.0;
}

static void differing(const settings *s)
{
    printf("| metric | N | difference in its errors | found | pairs | not measured |\n"
           "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < s->n_sizes; i++) {
        static tally t[STEPS][N_METRICS];
        memset(t, 0, sizeof t);
        for (size_t k = 0; k < STEPS; k++)
            try_pairs(s, s->sizes[i], apart, apart + offsets[k] / sqrt((double)s->sizes[i]), t[k]);
        for (size_t m = 0; m < N_METRICS; m++) {
            size_t best = 0;
            for (size_t k = 1; k < STEPS; k++)
                if (fabs(in_errors(&t[k][m]) - 3.0) < fabs(in_errors(&t[best][m]) - 3.0))
                    best = k;
            printf("| %s | %zu | %.2f | %zu | %zu | %zu |\n", metrics[m].by, s->sizes[i], in_errors(&t[best][m]),
                   t[best][m].different, t[best][m].n, t[best][m].unmeasured);
        }
        fflush(stdout);
    }
}

/* --- the command line ------------------------------------------------------------------------------- */

static void take(settings *s, const char *word)
{
    char *end = NULL;
    if (strncmp(word, "n=", 2) == 0) {
        s->n_sizes = 0;
        for (const char *at = word + 2; *at != 0 && s->n_sizes < MAX_SIZES; at = *end == ',' ? end + 1 : end) {
            s->sizes[s->n_sizes++] = (size_t)strtoul(at, &end, 10);
            if (end == at)
                stop(word);
        }
    } else if (strncmp(word, "pairs=", 6) == 0) {
        s->pairs = (size_t)strtoul(word + 6, NULL, 10);
    } else if (strncmp(word, "d=", 2) == 0) {
        s->d = (size_t)strtoul(word + 2, NULL, 10);
    } else if (strncmp(word, "seed=", 5) == 0) {
        s->seed = strtoull(word + 5, NULL, 10);
    } else if (strncmp(word, "case=", 5) == 0) {
        snprintf(s->what, sizeof s->what, "%s", word + 5);
    } else {
        stop(word);
    }
}

int main(int argc, char **argv)
{
    settings s = {.sizes = {200, 400, 600, 2000}, .n_sizes = 4, .pairs = 60, .d = 16, .seed = 1, .what = "equal"};
    if (argc < 3) {
        printf("usage: bench_compare PROGRAM FOLDER [n=200,400,600,2000] [pairs=60] [d=16] [seed=1] "
               "[case=equal|apart|differ]\n");
        return 0;
    }
    s.program = argv[1];
    s.folder = argv[2];
    for (int i = 3; i < argc; i++)
        take(&s, argv[i]);
    if (strcmp(s.what, "equal") == 0)
        same(&s, 0.0);
    else if (strcmp(s.what, "apart") == 0)
        same(&s, apart);
    else if (strcmp(s.what, "differ") == 0)
        differing(&s);
    else
        stop("case is equal, apart or differ");
    return 0;
}
