/* See stack_of.h. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, pthread_getattr_np */
#include "tests/stack_of.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

/* OWN: what painting and looking take themselves. */
enum { STACK = 1 << 20, PAINT = 0xa5, MOST_THREADS = 16, OWN = 4096 };

static size_t untouched(const unsigned char *stack, size_t n)
{
    size_t i = 0;
    while (i < n && stack[i] == PAINT)
        i++;
    return i;
}

/* A thread that runs `call`, and looks before it ends, which may take more than the call. */
typedef struct measuring {
    void *(*call)(void *);
    void *arg;
    unsigned char *stack;
    size_t touched;
} measuring;

static void *measure(void *arg)
{
    measuring *m = arg;
    size_t n = (size_t)((uintptr_t)__builtin_frame_address(0) - (uintptr_t)m->stack);
    (void)m->call(m->arg);
    m->touched = n - untouched(m->stack, n);
    return NULL;
}

size_t stack_of(void *(*call)(void *), void *arg)
{
    measuring m = {.call = call, .arg = arg};
    pthread_attr_t attr;
    pthread_t thread;
    m.stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(m.stack != MAP_FAILED);
    memset(m.stack, PAINT, STACK);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, m.stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, measure, &m), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attr);
    (void)munmap(m.stack, STACK);
    return m.touched;
}

/* --- pools ------------------------------------------------------------------------------------------------ */

/* A loop that gives every thread one tile, as none is done before all have begun. */
typedef struct round {
    pthread_barrier_t all;
    size_t touched[MOST_THREADS]; /* of each tile's thread */
    int paint;
} round;

/* The part of this thread's stack that lies OWN bytes and more below `here`. */
static unsigned char *free_stack(const unsigned char *here, size_t *n)
{
    pthread_attr_t attr;
    void *low = NULL;
    size_t size = 0, guard = 0;
    assert_int_equal(pthread_getattr_np(pthread_self(), &attr), 0);
    assert_int_equal(pthread_attr_getstack(&attr, &low, &size), 0);
    assert_int_equal(pthread_attr_getguardsize(&attr, &guard), 0);
    pthread_attr_destroy(&attr);
    *n = (size_t)(here - ((unsigned char *)low + guard)) - OWN;
    return (unsigned char *)low + guard;
}

static void look(void *ctx, size_t tile, size_t worker)
{
    round *r = ctx;
    size_t n;
    if (worker != 0) { /* the caller's is measured by stack_of, and may be huge */
        unsigned char *stack = free_stack(__builtin_frame_address(0), &n);
        if (r->paint)
            memset(stack, PAINT, n);
        else
            r->touched[tile] = n - untouched(stack, n) + OWN;
    }
    pthread_barrier_wait(&r->all);
}

static size_t go_round(feat_pool *pool, int paint)
{
    round r = {.paint = paint};
    size_t n = feat_pool_threads(pool), most = 0;
    assert_true(n > 1 && n <= MOST_THREADS);
    assert_int_equal(pthread_barrier_init(&r.all, NULL, (unsigned)n), 0);
    feat_parallel_for(pool, n, look, &r);
    pthread_barrier_destroy(&r.all);
    for (size_t i = 0; i < n; i++)
        most = r.touched[i] > most ? r.touched[i] : most;
    return most;
}

void stack_paint_pool(feat_pool *pool)
{
    (void)go_round(pool, 1); /* twice: what is called for the first time takes more */
    (void)go_round(pool, 1);
}

size_t stack_of_pool(feat_pool *pool)
{
    return go_round(pool, 0);
}
