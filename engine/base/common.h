/* What libiv3 (the network) and libgmet (the metrics) share in public: status codes, the caller's
 * error message, and the thread pool. Include iv3.h or gmet.h instead of this file. */
#ifndef IV3_COMMON_H
#define IV3_COMMON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define IV3_API __attribute__((visibility("default")))
#define IV3_NODISCARD __attribute__((warn_unused_result))
#else
#define IV3_API
#define IV3_NODISCARD
#endif

typedef enum iv3_status {
    IV3_OK = 0,
    IV3_ERR_ARG = 1,         /* a parameter is outside its documented range */
    IV3_ERR_NOMEM = 2,       /* memory could not be had */
    IV3_ERR_IO = 3,          /* the operating system refused to open, read or write */
    IV3_ERR_FORMAT = 4,      /* bytes are not what the format says */
    IV3_ERR_VERSION = 5,     /* a newer format than this build knows */
    IV3_ERR_CHECKSUM = 6,    /* a checksum does not match its data */
    IV3_ERR_UNSUPPORTED = 7, /* valid, but not something this build does */
    IV3_ERR_NUMERIC = 8      /* NaN, infinity, no convergence, or too few samples */
} iv3_status;

/* Filled by functions that can fail in more ways than a code can say. The caller owns it and may
 * pass NULL. `message` is one line without a trailing full stop or newline, and names the file,
 * the item, what was expected and what was found. */
typedef struct iv3_error {
    iv3_status status;
    char message[512];
} iv3_error;

/* Short lower-case name of a status, for example "format"; never NULL. */
IV3_API const char *iv3_status_name(iv3_status status);

/* A fixed set of worker threads. Results never depend on how many there are. */
typedef struct iv3_pool iv3_pool;

/* Starts `n_threads` - 1 threads; the thread that calls a parallel function is the remaining one.
 * 0 means one per CPU in this process's affinity mask. If the system refuses a thread the pool is
 * smaller, which is not an error: ask iv3_pool_threads. Errors: NOMEM. */
IV3_API iv3_status iv3_pool_create(iv3_pool **out, size_t n_threads, iv3_error *err) IV3_NODISCARD;

/* Number of threads that work, the caller included. NULL counts as 1. */
IV3_API size_t iv3_pool_threads(const iv3_pool *pool);

/* `asked` is called now and then, from any thread, by the loops over pairs of rows (gmet.h) that this pool runs; once
 * it returns other than 0, which it must from then on, they end with IO "interrupted". NULL: never. pool may be
 * NULL: nothing happens. */
IV3_API void iv3_pool_stop_when(iv3_pool *pool, int (*asked)(void));
/* Whether a loop should stop. */
IV3_API int iv3_pool_stops(const iv3_pool *pool);

/* Something of the caller's that goes with the pool: metrics/pairs/team.h. Borrowed; NULL for nothing. */
IV3_API void iv3_pool_attach(iv3_pool *pool, const void *thing);
IV3_API const void *iv3_pool_attached(const iv3_pool *pool);

/* Joins the threads and frees the pool; NULL and *pool == NULL are allowed; *pool becomes NULL. */
IV3_API void iv3_pool_close(iv3_pool **pool);

/* Runs fn(ctx, tile, worker) once for every tile in [0, n_tiles), in any order, and returns when all
 * are done. `worker` is in [0, iv3_pool_threads(pool)): no two tiles run with one worker number at
 * the same time. Tiles must write disjoint outputs. Nesting a call on the same pool inside fn is
 * not allowed. pool may be NULL: the tiles then run in order on the caller. */
typedef void (*iv3_task)(void *ctx, size_t tile, size_t worker);
IV3_API void iv3_parallel_for(iv3_pool *pool, size_t n_tiles, iv3_task fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
