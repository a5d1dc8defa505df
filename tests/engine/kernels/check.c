/* The harness: options, cases, guarded memory, data, comparison. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "tests/engine/kernels/check.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/splitmix64.h"
#include "tests/engine/kernels/tile_trap.h"

/* Both are NaNs, so that a kernel which reads what it should not spoils its result. */
static const uint32_t CANARY = 0x7fcabcabu, PAINT = 0x7fd1e57fu;
static const uint64_t DEFAULT_SEED = 1;
static const char GOLDEN[] = "tests/golden/kernels.txt";

enum { MAX_TESTS = 256, MAX_SHIFT = 15 };

typedef struct options {
    uint64_t seed;
    const char *kernel, *isa;
    bool list, print;
} options;

static options chosen;
static check *running; /* for the signal handler */

/* --- random numbers and data -------------------------------------------------------------------------- */

uint64_t check_random(check *c)
{
    return feat_splitmix64(&c->state);
}

size_t check_below(check *c, size_t n)
{
    return (size_t)(check_random(c) >> 16) % n;
}

size_t check_between(check *c, size_t lo, size_t hi)
{
    return lo + check_below(c, hi - lo + 1);
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

const char *check_data_name(check_data kind)
{
    static const char *const names[CHECK_N_DATA] = {"uniform", "powers of two", "cancelling", "denormal",
                                                    "zeros",   "huge",          "special"};
    return names[kind];
}

static float uniform(uint64_t r)
{
    return (float)(int32_t)(r >> 40) * 0x1p-23f - 1.0f;
}

static float special(uint64_t r)
{
    static const uint32_t table[] = {0x7fc00000u, 0x7f800000u, 0xff800000u, 0x00000000u,
                                     0x80000000u, 0x00000001u, 0x80000001u, 0x007fffffu,
                                     0x00800000u, 0x7f7fffffu, 0xff7fffffu};
    return from_bits(table[r % (sizeof table / sizeof table[0])]);
}

static float one_value(uint64_t r, check_data kind)
{
    uint32_t sign = (uint32_t)(r & 1) << 31;
    switch (kind) {
    case CHECK_POWERS:
        return from_bits(sign | (uint32_t)(127 - 12 + (r >> 8) % 25) << 23);
    case CHECK_CANCEL:
        return from_bits(sign | (0x3f800000u - 3 + (uint32_t)(r >> 8) % 8));
    case CHECK_DENORMAL:
        if ((r >> 1 & 3) == 0) /* a partner large enough for some products to survive */
            return from_bits(sign | (uint32_t)(100 + (r >> 8) % 40) << 23 | (uint32_t)(r >> 41));
        return from_bits(sign | (uint32_t)((r >> 8) % 3) << 23 | (uint32_t)(r >> 41));
    case CHECK_ZEROS:
        return (r >> 1 & 7) == 0 ? uniform(r) : from_bits(sign);
    case CHECK_HUGE:
        if ((r >> 1 & 31) == 0)
            return from_bits(sign | 0x7f7fffffu);
        return from_bits(sign | (uint32_t)(127 + 55 + (r >> 8) % 10) << 23 | (uint32_t)(r >> 41));
    case CHECK_SPECIAL:
        return (r >> 1) % 20 == 0 ? special(r >> 8) : uniform(r);
    case CHECK_UNIFORM:
    case CHECK_N_DATA:
    default:
        return uniform(r);
    }
}

void check_fill(check *c, float *data, size_t n, check_data kind)
{
    for (size_t i = 0; i < n; i++)
        data[i] = one_value(check_random(c), kind);
}

/* --- guarded memory ----------------------------------------------------------------------------------- */

static void paint(float *data, size_t n, uint32_t bits)
{
    for (size_t i = 0; i < n; i++)
        memcpy(data + i, &bits, sizeof bits);
}

float *check_floats(check *c, size_t n, size_t shift)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_true(c->n_buffers < CHECK_MAX_BUFFERS && shift <= MAX_SHIFT);
    check_buffer *b = &c->buffers[c->n_buffers++];
    size_t bytes = (n + shift + 2 * FEAT_BLOCK) * sizeof(float); /* some canaries in front in any case */
    b->map_bytes = (bytes + page - 1) / page * page + page;
    b->map = mmap(NULL, b->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b->map == MAP_FAILED || mprotect(b->map + b->map_bytes - page, page, PROT_NONE) != 0) {
        b->map = NULL;
        check_fail(c, "no memory for %zu floats", n);
        return NULL;
    }
    size_t usable = (b->map_bytes - page) / sizeof(float);
    b->data = (float *)(void *)b->map + (usable - shift - n);
    b->n = n;
    paint((float *)(void *)b->map, usable, CANARY);
    paint(b->data, n, PAINT);
    return b->data;
}

void check_freeze(check *c, float *data)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < c->n_buffers; i++)
        if (c->buffers[i].data == data)
            assert_int_equal(mprotect(c->buffers[i].map, c->buffers[i].map_bytes - page, PROT_READ), 0);
}

static bool canaries_live(const check_buffer *b)
{
    const float *start = (const float *)(const void *)b->map;
    size_t usable = (b->map_bytes - (size_t)sysconf(_SC_PAGESIZE)) / sizeof(float);
    for (size_t i = 0; i < usable; i++)
        if ((start + i < b->data || start + i >= b->data + b->n) && to_bits(start[i]) != CANARY)
            return false;
    return true;
}

/* Ends a case: gives memory back, after a look around it. */
static void end_case(check *c)
{
    size_t n = c->n_buffers, spoilt = n;
    for (size_t i = 0; i < n; i++) {
        if (c->buffers[i].map == NULL)
            continue;
        if (!canaries_live(&c->buffers[i]) && spoilt == n)
            spoilt = i;
        munmap(c->buffers[i].map, c->buffers[i].map_bytes);
    }
    c->n_buffers = 0;
    if (spoilt < n)
        check_fail(c, "memory around buffer %zu was written", spoilt);
}

/* --- cases -------------------------------------------------------------------------------------------- */

void check_begin(check *c, const char *format, ...)
{
    va_list args;
    end_case(c);
    c->n_cases++;
    c->state = feat_splitmix64_mix(c->seed ^ feat_hash64(c->kernel->name, strlen(c->kernel->name))) + c->n_cases;
    va_start(args, format);
    vsnprintf(c->text, sizeof c->text, format, args);
    va_end(args);
}

void check_fail(check *c, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "%s on %s, --seed=%" PRIu64 ", case %zu (%s): %s\n", c->kernel->name, c->table->name,
            c->seed, c->n_cases, c->text, text);
    if (chosen.print)
        exit(1);
    running = NULL;
    fail();
}

/* Neighbouring floats differ by 1, across zero too. */
static int64_t on_a_line(float x)
{
    uint32_t bits = to_bits(x);
    return bits >> 31 ? -(int64_t)(bits & 0x7fffffffu) : (int64_t)bits;
}

static uint32_t canonical(float x)
{
    uint32_t bits = to_bits(x);
    return (bits & 0x7fffffffu) > 0x7f800000u && bits != PAINT ? 0x7fc00000u : bits;
}

void check_same(check *c, const float *got, const float *want, size_t n)
{
    uint32_t block[256];
    for (size_t i = 0; i < n; i++) {
        block[i % 256] = canonical(got[i]);
        if (block[i % 256] != canonical(want[i])) {
            long long ulps = llabs((long long)(on_a_line(got[i]) - on_a_line(want[i])));
            check_fail(
                c,
                "index %zu (%zu x 16 + %zu): got %a (%08" PRIx32 "), expected %a (%08" PRIx32 "), %lld ulps",
                i, i / 16, i % 16, (double)got[i], to_bits(got[i]), (double)want[i], to_bits(want[i]), ulps);
        }
        if (i % 256 == 255 || i + 1 == n)
            feat_hash64_update(&c->hash, block, (i % 256 + 1) * sizeof block[0]);
    }
}

/* Says which case it was, then lets cmocka end the test. */
static void (*next_handler[NSIG])(int);
static void on_signal(int number)
{
    if (running != NULL) {
        static const char words[] = "signal in case: ";
        ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
        ignored += write(STDERR_FILENO, running->text, strlen(running->text));
        ignored += write(STDERR_FILENO, "\n", 1);
        (void)ignored;
    }
    void (*next)(int) = next_handler[number];
    signal(number, next == NULL ? SIG_DFL : next);
    if (next == NULL || next == SIG_DFL)
        raise(number);
    else
        next(number);
}

static uint64_t run_all_cases(check *c)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    void (*before[4])(int);
    for (size_t i = 0; i < 4; i++)
        before[i] = next_handler[signals[i]] = signal(signals[i], on_signal);
    if (c->table->split.in_hardware)
        (void)tile_trap_install(); /* takes SIGILL; can_run has seen that it can */
    feat_hash64_init(&c->hash);
    c->seed = chosen.seed;
    c->n_cases = 0;
    c->n_buffers = 0;
    running = c;
    c->kernel->run(c);
    end_case(c);
    running = NULL;
    for (size_t i = 0; i < 4; i++)
        signal(signals[i], before[i]);
    return feat_hash64_final(&c->hash);
}

/* --- tests -------------------------------------------------------------------------------------------- */

/* True if `name` is an element of the comma-separated list. */
static bool in_list(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = list; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n == length && memcmp(p, name, n) == 0)
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

/* The golden hash of a kernel; false if the file has no such line. */
static bool golden(const char *name, uint64_t *hash)
{
    char line[160], found[100];
    bool ok = false;
    FILE *f = fopen(GOLDEN, "r");
    while (f != NULL && !ok && fgets(line, sizeof line, f) != NULL)
        ok = sscanf(line, "%99s %" SCNx64, found, hash) == 2 && strcmp(found, name) == 0;
    if (f != NULL)
        fclose(f);
    return ok;
}

/* A tile unit that is not there is trapped, instruction by instruction. */
static bool can_run(const feat_kernels *table)
{
    return feat_kernels_usable(table) || (table->split.in_hardware && tile_trap_install());
}

static void test_kernel(void **state)
{
    check *c = *state;
    if (!can_run(c->table)) {
        if (in_list(getenv("FEAT_REQUIRE_ISA"), c->table->name))
            fail_msg("%s is required by FEAT_REQUIRE_ISA, and this CPU cannot run it", c->table->name);
        print_message("skipped: this CPU cannot run %s\n", c->table->name);
        skip();
    }
    uint64_t hash = run_all_cases(c), expected;
    if (c->seed != DEFAULT_SEED)
        return;
    if (!golden(c->kernel->name, &expected))
        fail_msg("%s has no line for %s", GOLDEN, c->kernel->name);
    if (hash != expected)
        fail_msg("%s: hash of all results %016" PRIx64 ", %s says %016" PRIx64, c->kernel->name, hash, GOLDEN,
                 expected);
}

/* Every table that FEAT_REQUIRE_ISA names is in this build. */
static void test_required(void **state)
{
    (void)state;
    for (const char *p = getenv("FEAT_REQUIRE_ISA"); p != NULL && *p != '\0';) {
        size_t n = strcspn(p, ","), i = 0;
        const feat_kernels *k;
        while ((k = feat_kernels_at(i)) != NULL && (strlen(k->name) != n || memcmp(k->name, p, n) != 0))
            i++;
        if (k == NULL)
            fail_msg("FEAT_REQUIRE_ISA names %.*s, which this build does not have", (int)n, p);
        p += n + (p[n] == ',');
    }
}

static bool parse(int argc, char **argv)
{
    chosen.seed = DEFAULT_SEED;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--seed=", 7) == 0)
            chosen.seed = strtoull(argv[i] + 7, NULL, 0);
        else if (strncmp(argv[i], "--kernel=", 9) == 0)
            chosen.kernel = argv[i] + 9;
        else if (strncmp(argv[i], "--isa=", 6) == 0)
            chosen.isa = argv[i] + 6;
        else if (strcmp(argv[i], "--list") == 0)
            chosen.list = true;
        else if (strcmp(argv[i], "--print") == 0)
            chosen.print = true;
        else
            return false;
    }
    return true;
}

static bool wanted(const check_kernel *kernel, const feat_kernels *table)
{
    if (kernel->only != NULL && strcmp(kernel->only, table->name) != 0)
        return false;
    if (table->split.in_hardware && strncmp(kernel->name, "split.", 6) != 0)
        return false; /* the rest of such a table is another's */
    if (chosen.kernel != NULL && fnmatch(chosen.kernel, kernel->name, 0) != 0)
        return false;
    return chosen.isa == NULL || strcmp(chosen.isa, table->name) == 0;
}

/* Golden lines come from the slowest usable table that is not the soft one: plain C with hardware FMA. */
static int print_golden(const check_kernel *kernels, size_t n)
{
    static check c;
    for (size_t k = 0; k < n; k++) {
        c.kernel = &kernels[k];
        for (size_t i = 0; feat_kernels_at(i) != NULL; i++)
            if (feat_kernels_usable(feat_kernels_at(i)) && wanted(&kernels[k], feat_kernels_at(i)))
                if (c.table == NULL || strcmp(feat_kernels_at(i)->name, "scalar") != 0 ||
                    kernels[k].only != NULL)
                    c.table = feat_kernels_at(i);
        printf("%s %016" PRIx64 "\n", c.kernel->name, run_all_cases(&c));
    }
    return 0;
}

int check_main(int argc, char **argv, const check_kernel *kernels, size_t n)
{
    static check checks[MAX_TESTS];
    static char names[MAX_TESTS][80];
    static struct CMUnitTest tests[MAX_TESTS];
    size_t n_tests = 0;
    if (!parse(argc, argv)) {
        fprintf(stderr, "usage: %s [--seed=N] [--kernel=GLOB] [--isa=NAME] [--list] [--print]\n", argv[0]);
        return 2;
    }
    if (chosen.print)
        return print_golden(kernels, n);
    tests[n_tests++] = (struct CMUnitTest)cmocka_unit_test(test_required);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; feat_kernels_at(i) != NULL; i++) {
            if (!wanted(&kernels[k], feat_kernels_at(i)) || n_tests == MAX_TESTS)
                continue;
            checks[n_tests] = (check){.kernel = &kernels[k], .table = feat_kernels_at(i)};
            snprintf(names[n_tests], sizeof names[0], "%s on %s", kernels[k].name, feat_kernels_at(i)->name);
            if (chosen.list)
                puts(names[n_tests]);
            tests[n_tests] = (struct CMUnitTest){
                .name = names[n_tests], .test_func = test_kernel, .initial_state = &checks[n_tests]};
            n_tests++;
        }
    if (chosen.list)
        return 0;
    printf("seed %" PRIu64 "\n", chosen.seed);
    return _cmocka_run_group_tests("kernels", tests, n_tests, NULL, NULL);
}
