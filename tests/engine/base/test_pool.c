/* engine/base/pool: every tile exactly once whatever the number of threads, and worker numbers that one
 * thread at a time holds. Tasks only record what they see: cmocka's asserts belong to the main thread. */
#define _DEFAULT_SOURCE /* fork */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/common.h"

enum { MAX_TILES = 5000, MAX_WORKERS = 64 };

typedef struct record {
    size_t n_workers;
    atomic_uint runs[MAX_TILES];
    atomic_uint holders[MAX_WORKERS]; /* tiles running under this worker number now */
    atomic_uint used[MAX_WORKERS];
    atomic_uint n_out_of_range;
    atomic_uint n_shared;        /* a worker number was held twice at the same time */
    unsigned plain[MAX_WORKERS]; /* not atomic: only exclusivity keeps these sums right (and TSan quiet) */
} record;

static record *record_create(size_t n_workers)
{
    record *r = feat_calloc(1, sizeof *r);
    assert_non_null(r);
    r->n_workers = n_workers;
    return r;
}

static void record_tile(void *ctx, size_t tile, size_t worker)
{
    record *r = ctx;
    if (worker >= r->n_workers || tile >= MAX_TILES) {
        atomic_fetch_add(&r->n_out_of_range, 1);
        return;
    }
    if (atomic_fetch_add(&r->holders[worker], 1) != 0)
        atomic_fetch_add(&r->n_shared, 1);
    atomic_fetch_add(&r->runs[tile], 1);
    atomic_fetch_add(&r->used[worker], 1);
    r->plain[worker]++;
    if (tile % 7 == 0)
        sched_yield(); /* let the others overtake, so that claiming is mixed */
    atomic_fetch_sub(&r->holders[worker], 1);
}

static void assert_each_tile_ran(const record *r, size_t n_tiles, unsigned times)
{
    unsigned total = 0;
    for (size_t i = 0; i < MAX_TILES; i++)
        assert_int_equal(atomic_load(&r->runs[i]), i < n_tiles ? times : 0);
    for (size_t i = 0; i < MAX_WORKERS; i++) {
        assert_int_equal(atomic_load(&r->used[i]), r->plain[i]);
        total += r->plain[i];
    }
    assert_int_equal(total, n_tiles * times);
    assert_int_equal(atomic_load(&r->n_out_of_range), 0);
    assert_int_equal(atomic_load(&r->n_shared), 0);
}

static void every_tile_runs_exactly_once(void **state)
{
    (void)state;
    static const size_t n_threads[] = {1, 2, 3, 5, 8, 17};
    static const size_t n_tiles[] = {0, 1, 2, 3, 4, 7, 16, 17, 255, MAX_TILES};
    for (size_t t = 0; t < sizeof n_threads / sizeof n_threads[0]; t++) {
        feat_pool *pool = NULL;
        assert_int_equal(feat_pool_create(&pool, n_threads[t], NULL), FEAT_OK);
        size_t n_workers = feat_pool_threads(pool);
        assert_in_range(n_workers, 1, n_threads[t]);
        for (size_t i = 0; i < sizeof n_tiles / sizeof n_tiles[0]; i++) {
            record *r = record_create(n_workers);
            feat_parallel_for(pool, n_tiles[i], record_tile, r);
            assert_each_tile_ran(r, n_tiles[i], 1);
            feat_free(r);
        }
        feat_pool_close(&pool);
        assert_null(pool);
    }
    assert_int_equal(feat_alloc_live(), 0);
}

static void a_pool_serves_many_loops(void **state)
{
    (void)state;
    enum { LOOPS = 3000, TILES = 13 };
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 4, NULL), FEAT_OK);
    record *r = record_create(feat_pool_threads(pool));
    for (int i = 0; i < LOOPS; i++)
        feat_parallel_for(pool, TILES, record_tile, r);
    assert_each_tile_ran(r, TILES, LOOPS);
    feat_free(r);
    feat_pool_close(&pool);
}

/* Each tile waits until two are running: this returns only if two threads really work at once. */
typedef struct meeting {
    atomic_uint arrived;
} meeting;

static void meet(void *ctx, size_t tile, size_t worker)
{
    meeting *m = ctx;
    (void)tile;
    (void)worker;
    atomic_fetch_add(&m->arrived, 1);
    while (atomic_load(&m->arrived) < 2)
        sched_yield();
}

static void two_threads_work_at_once(void **state)
{
    (void)state;
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 2, NULL), FEAT_OK);
    if (feat_pool_threads(pool) == 2) {
        meeting m;
        atomic_init(&m.arrived, 0);
        feat_parallel_for(pool, 2, meet, &m);
        assert_int_equal(atomic_load(&m.arrived), 2);
    }
    feat_pool_close(&pool);
}

/* The loop returns only when every tile is finished, and what the tiles wrote is visible to the caller. */
static void write_square(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    ((size_t *)ctx)[tile] = tile * tile;
}

static void results_are_visible_afterwards(void **state)
{
    (void)state;
    enum { N = 1000 };
    static size_t squares[N];
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    for (int round = 0; round < 50; round++) {
        memset(squares, 0xff, sizeof squares);
        feat_parallel_for(pool, N, write_square, squares);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(squares[i], i * i);
    }
    feat_pool_close(&pool);
}

typedef struct order {
    size_t next;
    int wrong;
} order;

static void expect_in_order(void *ctx, size_t tile, size_t worker)
{
    order *o = ctx;
    if (tile != o->next++ || worker != 0)
        o->wrong = 1;
}

static void without_a_pool_tiles_run_in_order(void **state)
{
    (void)state;
    order o = {0, 0};
    feat_parallel_for(NULL, 100, expect_in_order, &o);
    assert_int_equal(o.next, 100);
    assert_int_equal(o.wrong, 0);
    assert_int_equal(feat_pool_threads(NULL), 1);
}

/* A loop that goes on until it is told, and says how many are in it. */
typedef struct busy {
    feat_pool *pool;
    atomic_int entered, enough;
} busy;

static void take_while(void *ctx, size_t tile, size_t worker)
{
    busy *b = ctx;
    (void)tile;
    (void)worker;
    atomic_fetch_add(&b->entered, 1);
    while (atomic_load(&b->enough) == 0)
        sched_yield();
}

static void *keep_busy(void *arg)
{
    busy *b = arg;
    feat_parallel_for(b->pool, 8, take_while, b);
    return NULL;
}

/* A child of fork() has none of the threads, and locks in any state: it does the tiles itself, and ends. */
static void a_fork_works_alone(void **state)
{
    enum { N = 1000 };
    static size_t squares[N];
    (void)state;
    for (int in_a_loop = 0; in_a_loop < 2; in_a_loop++) {
        busy b = {0};
        pthread_t other;
        int result = -1;
        assert_int_equal(feat_pool_create(&b.pool, 4, NULL), FEAT_OK);
        if (in_a_loop)
            assert_int_equal(pthread_create(&other, NULL, keep_busy, &b), 0);
        while (in_a_loop && atomic_load(&b.entered) < (int)feat_pool_threads(b.pool))
            sched_yield();
        pid_t child = fork();
        if (child == 0) {
            order o = {0, 0};
            alarm(20);
            feat_parallel_for(b.pool, N, write_square, squares);
            feat_parallel_for(b.pool, 100, expect_in_order, &o);
            bool good = o.next == 100 && !o.wrong;
            for (size_t i = 0; i < N; i++)
                good = good && squares[i] == i * i;
            feat_pool_close(&b.pool);
            _exit(good && b.pool == NULL ? 0 : 1);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &result, 0), child);
        atomic_store(&b.enough, 1);
        if (in_a_loop)
            assert_int_equal(pthread_join(other, NULL), 0);
        feat_pool_close(&b.pool);
        assert_int_equal(result, 0);
    }
}

static void zero_threads_means_the_cpus_we_may_use(void **state)
{
    (void)state;
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 0, NULL), FEAT_OK);
    assert_true(feat_pool_threads(pool) >= 1);
    feat_pool_close(&pool);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    feat_pool *pool = NULL;
    feat_pool_close(NULL);
    feat_pool_close(&pool);
    assert_null(pool);
}

static void too_many_threads_are_refused(void **state)
{
    (void)state;
    feat_error err = {FEAT_OK, ""};
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 100000, &err), FEAT_ERR_ARG);
    assert_null(pool);
    assert_non_null(strstr(err.message, "100000"));
}

static void every_failing_allocation_is_reported(void **state)
{
    (void)state;
    long n = 0;
    for (;; n++) {
        feat_error err = {FEAT_OK, ""};
        feat_pool *pool = NULL;
        feat_alloc_fail_after(n);
        feat_status status = feat_pool_create(&pool, 4, &err);
        feat_alloc_fail_after(-1);
        if (status == FEAT_OK) {
            feat_pool_close(&pool);
            break;
        }
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_int_equal(err.status, FEAT_ERR_NOMEM);
        assert_null(pool);
        assert_int_equal(feat_alloc_live(), 0);
    }
    assert_true(n >= 2); /* the pool and its workers */
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tile_runs_exactly_once),
        cmocka_unit_test(a_pool_serves_many_loops),
        cmocka_unit_test(two_threads_work_at_once),
        cmocka_unit_test(results_are_visible_afterwards),
        cmocka_unit_test(without_a_pool_tiles_run_in_order),
        cmocka_unit_test(a_fork_works_alone),
        cmocka_unit_test(zero_threads_means_the_cpus_we_may_use),
        cmocka_unit_test(closing_nothing_is_allowed),
        cmocka_unit_test(too_many_threads_are_refused),
        cmocka_unit_test(every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
