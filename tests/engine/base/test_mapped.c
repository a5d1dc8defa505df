/* Metrics of sets that are mapped from files: the same bits as of sets in memory, and when each is done
 * hardly anything of the files is resident. */
#define _DEFAULT_SOURCE /* mkstemp, MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "metrics/gmet.h"
#include "tests/level.h"
#include "tests/metrics/metrics_fixture.h"

enum { N = 1400, M = 1200, LEFT_KIB = 64 };
static size_t dim = 480; /* of a row */

/* [n][dim], in a file that is deleted while it is mapped; the mapping is in the table. */
static float *map_rows(const float *x, size_t n)
{
    char path[300];
    const char *base = getenv("TMPDIR");
    size_t bytes = n * dim * sizeof *x;
    snprintf(path, sizeof path, "%s/bonafide-mapped-XXXXXX", base == NULL || strlen(base) > 200 ? "/tmp" : base);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    for (size_t at = 0; at < bytes;) {
        ssize_t done = write(fd, (const char *)x + at, bytes - at);
        assert_true(done > 0);
        at += (size_t)done;
    }
    float *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(map != MAP_FAILED);
    close(fd);
    assert_true(feat_mapped_add(map, bytes));
    return map;
}

static void unmap_rows(float *map, size_t n)
{
    feat_mapped_remove(map);
    assert_int_equal(munmap(map, n * dim * sizeof *map), 0);
}

/* KiB that are resident of the mapping that starts at `map`; 0 where the system does not tell. */
static unsigned long resident(const void *map)
{
    char line[256];
    unsigned long start = 0, end = 0, kib = 0;
    bool inside = false;
    FILE *f = fopen("/proc/self/smaps", "r");
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            inside = start == (unsigned long)(uintptr_t)map;
        else if (inside && sscanf(line, "Rss: %lu kB", &kib) == 1)
            break;
    }
    fclose(f);
    return kib;
}

/* --- each metric, as a hash of what it returns -------------------------------------------------------- */

typedef struct sets {
    const float *x, *y; /* [N][dim], [M][dim] */
    feat_pool *pool;
    gmet_context context;
} sets;

static uint64_t hash(const void *data, size_t bytes)
{
    return fixture_hash(FIXTURE_HASH_START, data, bytes);
}

static uint64_t of_pr(const sets *s)
{
    gmet_pr_result r;
    assert_int_equal(gmet_precision_recall(&r, NULL, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r, sizeof r);
}

static uint64_t of_prdc(const sets *s)
{
    gmet_prdc_result r;
    assert_int_equal(gmet_prdc(&r, NULL, NULL, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r, sizeof r);
}

static uint64_t of_kid(const sets *s)
{
    gmet_kid_full_result r;
    assert_int_equal(gmet_kid_full(&r, NULL, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r.value, sizeof r.value);
}

static uint64_t kid_of_subsets(const sets *s, size_t n_subsets, size_t size)
{
    gmet_kid_options o;
    gmet_kid_result r;
    gmet_kid_options_init(&o, sizeof o);
    o.n_subsets = n_subsets;
    o.subset_size = size;
    assert_int_equal(gmet_kid(&r, &o, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r.mean, sizeof r.mean);
}

static uint64_t of_few_subsets(const sets *s)
{
    return kid_of_subsets(s, 3, 300);
}

static uint64_t of_many_subsets(const sets *s)
{
    return kid_of_subsets(s, 20, 1000);
}

static uint64_t of_fid(const sets *s)
{
    gmet_fid_uncertainty_result r;
    const gmet_fid_side a = {.rows = s->x, .n = N}, b = {.rows = s->y, .n = M};
    assert_int_equal(gmet_fid_uncertainty(&r, NULL, NULL, &a, &b, dim, &s->context, NULL), FEAT_OK);
    return hash(&r.corrected, sizeof r.corrected);
}

static uint64_t of_images(const sets *s)
{
    gmet_image_score *r = feat_calloc(M, sizeof *r);
    assert_non_null(r);
    assert_int_equal(gmet_image_scores(r, NULL, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    uint64_t h = FIXTURE_HASH_START;
    for (size_t i = 0; i < M; i++)
        h = fixture_hash(h, &r[i].realism, sizeof r[i].realism);
    feat_free(r);
    return h;
}

static uint64_t of_authpct(const sets *s)
{
    double r;
    assert_int_equal(gmet_authpct(&r, NULL, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r, sizeof r);
}

static uint64_t of_vendi(const sets *s)
{
    double r;
    assert_int_equal(gmet_vendi(&r, 1.0, SET(s->x, N, dim), &s->context, NULL), FEAT_OK);
    return hash(&r, sizeof r);
}

static uint64_t of_mifid(const sets *s)
{
    gmet_mifid_result r;
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r.value, sizeof r.value);
}

static uint64_t of_mind(const sets *s)
{
    gmet_mind_result r;
    assert_int_equal(gmet_mind(&r, NULL, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r.value, sizeof r.value);
}

static uint64_t of_prd(const sets *s)
{
    gmet_prd_options o;
    gmet_prd_result r;
    gmet_prd_options_init(&o, sizeof o);
    o.equal_sizes = 0;
    assert_int_equal(gmet_prd_curve(&r, NULL, NULL, &o, SET(s->x, N, dim), SET(s->y, M, dim), &s->context, NULL),
                     FEAT_OK);
    return hash(&r.f_8, sizeof r.f_8);
}

static uint64_t of_is(const sets *s)
{
    gmet_is_result r;
    assert_int_equal(gmet_inception_score(&r, NULL, SET(s->x, N, dim), &s->context, NULL), FEAT_OK);
    return hash(&r.mean, sizeof r.mean);
}

static uint64_t of_infinity(const sets *s)
{
    const gmet_fid_side real = {.rows = s->x, .n = N};
    gmet_infinity_options o;
    gmet_infinity_result r;
    gmet_infinity_options_init(&o, sizeof o);
    o.n_points = 3;
    o.min_size = 600;
    assert_int_equal(gmet_fid_infinity(&r, NULL, &o, &real, SET(s->y, M, dim), &s->context, NULL), FEAT_OK);
    return hash(&r.value, sizeof r.value);
}

static const struct {
    const char *name;
    uint64_t (*run)(const sets *s);
} metrics[] = {
    {"precision and recall", of_pr},
    {"density and coverage", of_prdc},
    {"KID", of_kid},
    {"KID of few subsets", of_few_subsets},
    {"KID of many subsets", of_many_subsets},
    {"FID with its error", of_fid},
    {"scores of images", of_images},
    {"AuthPct", of_authpct},
    {"Vendi score", of_vendi},
    {"MiFID", of_mifid},
    {"MIND", of_mind},
    {"PRD", of_prd},
    {"Inception Score", of_is},
    {"FID-infinity", of_infinity},
};

static void test_metrics(void **state)
{
    (void)state;
    float *x = fixture_features(N, dim, 1, 0.0), *y = fixture_features(M, dim, 2, 0.1);
    float *file_x = map_rows(x, N), *file_y = map_rows(y, M);
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    const sets memory = {x, y, pool, {.pool = pool}}, files = {file_x, file_y, pool, {.pool = pool}};
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        uint64_t want = metrics[i].run(&memory), got = metrics[i].run(&files);
        print_message("%s: %lu + %lu KiB are left resident\n", metrics[i].name, resident(file_x),
                      resident(file_y));
        assert_true(want == got);
        assert_true(resident(file_x) <= LEFT_KIB);
        assert_true(resident(file_y) <= LEFT_KIB);
    }
    feat_pool_close(&pool);
    unmap_rows(file_y, M);
    unmap_rows(file_x, N);
    feat_free(y);
    feat_free(x);
}

static void test_table(void **state)
{
    (void)state;
    enum { PAGES = 64 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    memset(memory, 1, PAGES * page);
    feat_mapped_done(memory, PAGES * page); /* not in the table: nothing happens to it */
    for (size_t i = 0; i < PAGES * page; i++)
        assert_int_equal(memory[i], 1);
    assert_false(feat_mapped_has(memory));
    size_t n = 0;
    while (n < PAGES && feat_mapped_add(memory + n * page, page))
        n++;
    assert_true(n >= 16 && n < PAGES);
    assert_true(feat_mapped_has(memory + n * page - 1));
    assert_false(feat_mapped_has(memory + n * page));
    for (size_t i = 0; i < n; i++)
        feat_mapped_remove(memory + i * page);
    feat_mapped_remove(NULL);
    assert_false(feat_mapped_has(memory));
    assert_int_equal(munmap(memory, PAGES * page), 0);
}

int main(void)
{
    if (test_chosen_level() == TEST_QUICK)
        dim = 64; /* still five times what may be left, a side */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
