/* A small pthread pool with one parallel loop. No queue: a loop publishes its task, and tiles are claimed from one
 * atomic counter. Which thread runs a tile is left to chance, so a tile must be a fixed function of the problem.
 *
 * Waking a sleeping thread costs tens of microseconds, as much as a small layer. So threads first spin for a moment,
 * where every thread can have a CPU to itself, before they sleep; now and then they offer the CPU to who else wants it.
 * A loop waits for the threads that have joined it and for no others: where other processes have the CPUs, a thread may
 * not come for milliseconds, and the caller has done its tiles by then. */
#define _GNU_SOURCE /* sched_getaffinity: threads follow what the process may use, not the board */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

enum { MAX_THREADS = 1024, STACK_BYTES = 512 * 1024, SPINS = 40000, YIELD = 256 };

/* The state of a pool in one number: whether the loop can be joined, how many workers are in it, which loop it is. */
#define OPEN UINT64_C(1)
#define ONE_IN UINT64_C(2)
#define ONE_LOOP (UINT64_C(1) << 21)
#define N_IN(state) ((state) & (ONE_LOOP - ONE_IN))
#define LOOP(state) ((state) / ONE_LOOP)
_Static_assert(MAX_THREADS < ONE_LOOP / ONE_IN, "all threads can be in a loop");

typedef struct worker {
    feat_pool *pool;
    size_t index;
    pthread_t thread;
} worker;

struct feat_pool {
    pthread_mutex_t mutex;
    pthread_cond_t start;   /* a new loop, or stop */
    pthread_cond_t done;    /* a closed loop has no workers any more */
    _Atomic uint64_t state; /* opened under the mutex; all else without it */
    bool stop;
    int n_spins; /* before sleeping; 0 when there are more threads than CPUs */
    /* Of the loop; changed while nobody is in it. */
    feat_task fn;
    void *ctx;
    size_t n_tiles;
    atomic_size_t next_tile;
    size_t n_threads;
    pid_t owner; /* who has the threads: a child of fork() has none of them */
    worker *workers;
};

static void run_tiles(feat_pool *pool, size_t index)
{
    for (;;) {
        size_t tile = atomic_fetch_add_explicit(&pool->next_tile, 1, memory_order_relaxed);
        if (tile >= pool->n_tiles)
            return;
        pool->fn(pool->ctx, tile, index);
    }
}

/* Tells the CPU that this is a waiting loop. */
static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void spin(int i)
{
    relax();
    if (i % YIELD == YIELD - 1)
        sched_yield();
}

static bool is_new(uint64_t state, uint64_t seen)
{
    return (state & OPEN) != 0 && LOOP(state) != seen;
}

/* Waits for a loop other than `seen` and joins it: its number, or `seen` itself when the pool is to stop. What the loop
 * published is visible then, and stays until this worker has left. */
static uint64_t join_next(feat_pool *pool, uint64_t seen)
{
    uint64_t state = atomic_load(&pool->state);
    for (;;) {
        for (int i = 0; i < pool->n_spins && !is_new(state, seen); i++) {
            spin(i);
            state = atomic_load_explicit(&pool->state, memory_order_relaxed);
        }
        if (!is_new(state, seen)) {
            pthread_mutex_lock(&pool->mutex);
            while (!pool->stop && !is_new(state = atomic_load(&pool->state), seen))
                pthread_cond_wait(&pool->start, &pool->mutex);
            bool stop = pool->stop;
            pthread_mutex_unlock(&pool->mutex);
            if (stop)
                return seen;
        }
        while (is_new(state, seen)) /* until it is joined, or closed before */
            if (atomic_compare_exchange_weak(&pool->state, &state, state + ONE_IN))
                return LOOP(state);
    }
}

static void *worker_main(void *arg)
{
    worker *self = arg;
    feat_pool *pool = self->pool;
    for (uint64_t seen = 0, loop; (loop = join_next(pool, seen)) != seen; seen = loop) {
        run_tiles(pool, self->index);
        uint64_t state = atomic_fetch_sub(&pool->state, ONE_IN) - ONE_IN;
        if ((state & OPEN) == 0 && N_IN(state) == 0) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
    return NULL;
}

static size_t cpus_allowed(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (size_t)n : 1;
}

feat_status feat_pool_create(feat_pool **out, size_t n_threads, feat_error *err)
{
    if (out == NULL)
        return feat_null(err, __func__);
    *out = NULL;
    if (n_threads == 0)
        n_threads = cpus_allowed();
    if (n_threads > MAX_THREADS)
        return feat_fail(err, FEAT_ERR_ARG, "at most %d threads, %zu asked for", MAX_THREADS, n_threads);
    feat_pool *pool = feat_calloc(1, sizeof *pool);
    if (pool == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a pool of %zu threads", n_threads);
    pool->workers = feat_calloc(n_threads, sizeof *pool->workers);
    if (pool->workers == NULL) {
        feat_free(pool);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a pool of %zu threads", n_threads);
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->n_threads = 1;
    pool->owner = getpid();
    pool->n_spins = n_threads <= cpus_allowed() ? SPINS : 0;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    for (size_t i = 1; i < n_threads; i++) {
        worker *w = &pool->workers[i];
        w->pool = pool;
        w->index = i;
        if (pthread_create(&w->thread, &attr, worker_main, w) != 0)
            break;
        pool->n_threads++;
    }
    pthread_attr_destroy(&attr);
    *out = pool;
    return FEAT_OK;
}

size_t feat_pool_threads(const feat_pool *pool)
{
    return pool == NULL ? 1 : pool->n_threads;
}

static void end_threads(feat_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->stop = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 1; i < pool->n_threads; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->mutex);
}

void feat_pool_close(feat_pool **pool)
{
    if (pool == NULL || *pool == NULL)
        return;
    feat_pool *p = *pool;
    if (p->owner == getpid())
        end_threads(p); /* a child of fork() has copies of locks, in whatever state */
    feat_free(p->workers);
    feat_free(p);
    *pool = NULL;
}

void feat_parallel_for(feat_pool *pool, size_t n_tiles, feat_task fn, void *ctx)
{
    if (fn == NULL)
        return;
    if (pool == NULL || pool->n_threads == 1 || n_tiles <= 1 || pool->owner != getpid()) {
        for (size_t tile = 0; tile < n_tiles; tile++)
            fn(ctx, tile, 0);
        return;
    }
    pool->fn = fn;
    pool->ctx = ctx;
    pool->n_tiles = n_tiles;
    atomic_store_explicit(&pool->next_tile, 0, memory_order_relaxed);
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->state, ONE_LOOP + OPEN);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
    run_tiles(pool, 0);
    uint64_t state = atomic_fetch_sub(&pool->state, OPEN);
    for (int i = 0; i < pool->n_spins && N_IN(state) != 0; i++) {
        spin(i);
        state = atomic_load(&pool->state);
    }
    if (N_IN(state) == 0)
        return;
    pthread_mutex_lock(&pool->mutex);
    while (N_IN(atomic_load(&pool->state)) != 0)
        pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}
