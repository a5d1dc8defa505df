/* The same bits everywhere:  same_bits [--all | --print]
 *
 * Computes everything on every kernel table this CPU can run, with 1, 2 and 5 threads and 1, 3 and 8 images per
 * call, and compares with tests/golden/bits.txt; --print writes that file. Without --all plain C without fused
 * multiply-adds in hardware, and every table under a sanitizer, runs once only, with 2 threads and 3 images.
 * FEAT_REQUIRE_ISA=avx2,avx512 in the environment makes a table that this CPU lacks a failure instead of a line
 * that names it. */
#include "tests/bits/bits.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/cpu.h"
#include "engine/base/fpmath.h"
#include "engine/base/hash.h"
#include "engine/kernels/kernels.h"
#include "tests/engine/resize/packed.h"

static const char GOLDEN[] = "tests/golden/bits.txt";

enum { MAX_ITEMS = 200, NAME_BYTES = 64, POINTS = 200000 };

static struct {
    struct {
        char name[NAME_BYTES];
        uint64_t hash;
        bool seen;
    } items[MAX_ITEMS];
    size_t n_items;
    bool print;
    char where[100]; /* the table, threads and batch at work */
    size_t n_compared, n_failed;
} t;

/* --- the CPU, less what is to be left out
 * ------------------------------------------------------------------------------ */

/* The metrics take the best table of the CPU, whatever a caller would like. The linker's --wrap puts this in
 * the place of feat_cpu_features, so that they can be run on each. */
static uint32_t cpu_mask = UINT32_MAX;
uint32_t __real_feat_cpu_features(void);
uint32_t __wrap_feat_cpu_features(void);
uint32_t __wrap_feat_cpu_features(void)
{
    return __real_feat_cpu_features() & cpu_mask;
}

/* --- golden values
 * ----------------------------------------------------------------------------------------------------- */

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2), noreturn))
#endif
static void
stop(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "same_bits: %s: ", t.where);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void bits_must(feat_status status, const feat_error *err, const char *what)
{
    if (status != FEAT_OK)
        stop("%s: %s", what, err->message);
}

void *bits_memory(size_t n, size_t size)
{
    void *memory = feat_calloc(n, size);
    if (memory == NULL)
        stop("no memory");
    return memory;
}

static size_t find(const char *name)
{
    size_t i = 0;
    while (i < t.n_items && strcmp(t.items[i].name, name) != 0)
        i++;
    return i;
}

static void add(const char *name, uint64_t hash)
{
    if (t.n_items == MAX_ITEMS || strlen(name) >= NAME_BYTES)
        stop("%s: the name is too long or one too many", name);
    snprintf(t.items[t.n_items].name, NAME_BYTES, "%s", name);
    t.items[t.n_items++].hash = hash;
}

void bits_take(const char *name, const void *data, size_t bytes)
{
    uint64_t hash = feat_hash64(data, bytes);
    size_t i = find(name);
    if (i == t.n_items) {
        if (!t.print)
            stop("%s is not in %s: write it again with --print", name, GOLDEN);
        printf("%s %016" PRIx64 "\n", name, hash);
        add(name, hash);
    }
    t.items[i].seen = true;
    t.n_compared++;
    if (hash == t.items[i].hash)
        return;
    t.n_failed++;
    fprintf(stderr, "FAILED %s: %s: hash %016" PRIx64 ", expected %016" PRIx64 "\n", t.where, name, hash,
            t.items[i].hash);
}

void bits_doubles(const char *name, const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(values[i]))
            stop("%s: value %zu is not a number", name, i);
    bits_take(name, values, n * sizeof *values);
}

static void read_golden(void)
{
    char line[200], name[NAME_BYTES];
    uint64_t hash;
    unsigned version = 0;
    FILE *f = fopen(GOLDEN, "r");
    if (f == NULL)
        stop("cannot open %s: run it from the top of the repository", GOLDEN);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "numerics %u", &version) != 1 && line[0] != '#' &&
            sscanf(line, "%63s %" SCNx64, name, &hash) == 2)
            add(name, hash);
    fclose(f);
    if (version != FEAT_NUMERICS_VERSION)
        stop("%s is of numerics version %u, this is %d", GOLDEN, version, FEAT_NUMERICS_VERSION);
}

/* --- arithmetic and resizing
 * ------------------------------------------------------------------------------------------- */

/* Sweeps over the whole range of the argument, both ends passed, and a dense one around 0 and 1. */
static void sweep(const char *name, double (*fn)(double), double from, double to)
{
    double *y = bits_memory(POINTS, sizeof *y);
    for (int i = 0; i < POINTS; i++)
        y[i] = fn(from + (to - from) * ((double)i / POINTS));
    bits_doubles(name, y, POINTS);
    feat_free(y);
}

/* 2^x by bits: every magnitude of the logarithm's argument, subnormal numbers too. */
static double log_of_power(double x)
{
    return feat_log(ldexp(1.0 + (x - floor(x)), (int)floor(x)));
}

static void resize(const char *picture)
{
    char path[100], name[NAME_BYTES];
    unsigned w = 0, h = 0;
    snprintf(path, sizeof path, "tests/data/net_%s.ppm", picture);
    FILE *f = fopen(path, "rb");
    if (f == NULL || fscanf(f, "P6 %u %u 255", &w, &h) != 2 || fgetc(f) != '\n' || w == 0 || w > 999 || h == 0 ||
        h > 999)
        stop("%s: cannot be read", path);
    unsigned char *rgb = bits_memory((size_t)w * h, 3);
    size_t n_floats = feat_net_input_floats(feat_net_at(0));
    float *input = bits_memory(n_floats, sizeof *input);
    if (fread(rgb, 3, (size_t)w * h, f) != (size_t)w * h)
        stop("%s: truncated", path);
    fclose(f);
    for (size_t i = 0; feat_preset_at(i) != NULL; i++) {
        feat_error err;
        bits_must(preprocess_packed(input, feat_net_at(0), rgb, h, w, feat_preset_at(i), NULL, &err), &err, path);
        snprintf(name, sizeof name, "resize.%s.%s", feat_preset_at(i)->name, picture);
        bits_take(name, input, n_floats * sizeof *input);
    }
    feat_free(rgb);
    feat_free(input);
}

void bits_of_arithmetic(void)
{
    sweep("exp.range", feat_exp, -760.0, 720.0);
    sweep("exp.small", feat_exp, -0.75, 0.75);
    sweep("log.range", log_of_power, -1074.0, 1023.0);
    sweep("log.small", feat_log, 0.5, 2.0);
    resize("plasma_32x32");
    resize("discs_64x48");
}

/* --- everything, everywhere
 * -------------------------------------------------------------------------------------------- */

/* Every multiply-add of such a table is a function call; with a sanitizer everything is slow. */
static bool is_slow(const feat_kernels *table)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)table;
    return true;
#elif defined(__x86_64__)
    return table->needs == 0;
#else
    (void)table;
    return false;
#endif
}

static void on_table(size_t index, bool all)
{
    static const size_t threads[] = {1, 2, 5}, batches[] = {1, 3, 8};
    const feat_kernels *table = feat_kernels_at(index);
    const size_t first = all ? 0 : 1, end = all ? 3 : 2;
    cpu_mask = table->needs | (table->dmat.bf16 != NULL ? table->dmat.bf16->needs : 0);
    for (size_t i = first; i < end; i++) {
        feat_pool *pool = NULL;
        feat_error err;
        snprintf(t.where, sizeof t.where, "%s, %zu threads", table->name, threads[i]);
        bits_must(feat_pool_create(&pool, threads[i], &err), &err, "threads");
        bits_of_metrics(pool);
        bits_of_judge(pool);
        for (size_t b = first; b < end; b++) {
            snprintf(t.where, sizeof t.where, "%s, %zu threads, batch %zu", table->name, threads[i], batches[b]);
            bits_of_network(UINT32_C(1) << index, pool, batches[b]);
        }
        feat_pool_close(&pool);
    }
    cpu_mask = UINT32_MAX;
}

/* True if `name` is an element of the comma-separated list. */
static bool in_list(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = list; p != NULL && *p != '\0'; p += *p == ',') {
        if (strncmp(p, name, length) == 0 && (p[length] == ',' || p[length] == '\0'))
            return true;
        p += strcspn(p, ",");
    }
    return false;
}

static void on_every_table(bool all)
{
    for (size_t i = 0; feat_kernels_at(i) != NULL; i++) {
        const char *name = feat_kernels_at(i)->name;
        if (feat_kernels_usable(feat_kernels_at(i))) {
            bool full = all || !is_slow(feat_kernels_at(i));
            size_t before = t.n_failed;
            on_table(i, full);
            printf("%s, threads %s, batch %s: %s\n", name, full ? "1 2 5" : "2 (--all: 1 5 too)", full ? "1 3 8" : "3",
                   t.n_failed == before ? "the same bits" : "OTHER BITS");
        } else if (in_list(getenv("FEAT_REQUIRE_ISA"), name)) {
            stop("%s is required by FEAT_REQUIRE_ISA, and this CPU cannot run it", name);
        } else {
            printf("%s: NOT TESTED, this CPU cannot run it\n", name);
        }
    }
}

/* The golden file comes from the last table, plain C; where that has no fused multiply-add in hardware it takes
 * longest and is the plainest. */
static void print_all(void)
{
    size_t last = 0;
    while (feat_kernels_at(last + 1) != NULL)
        last++;
    printf("# Hashes (XXH64) of what tests/bits computes: build/<target>/tests/same_bits --print. A change here is a\n"
           "# change of the numerics contract (engine/ARITHMETIC.md).\nnumerics %d\n",
           FEAT_NUMERICS_VERSION);
    t.print = true;
    bits_of_arithmetic();
    on_table(last, false);
}

int main(int argc, char **argv)
{
    snprintf(t.where, sizeof t.where, "any table");
    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        print_all();
        return t.n_failed != 0;
    }
    bool all = argc == 2 && strcmp(argv[1], "--all") == 0;
    if (argc != 1 && !all) {
        fprintf(stderr, "usage: same_bits [--all | --print]\n");
        return 2;
    }
    read_golden();
    bits_of_arithmetic();
    on_every_table(all);
    for (size_t i = 0; i < t.n_items; i++)
        if (!t.items[i].seen)
            stop("%s has a line for %s, which is not computed any more", GOLDEN, t.items[i].name);
    printf("%zu hashes of %zu things compared, %zu differ\n", t.n_compared, t.n_items, t.n_failed);
    return t.n_failed != 0;
}
