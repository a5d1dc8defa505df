/* What libfeat (the network) and libgmet (the metrics) share in public: status codes, the caller's
 * error message, and the thread pool. Include feat.h or gmet.h instead of this file. */
#ifndef BONAFIDE_ENGINE_BASE_COMMON_H
#define BONAFIDE_ENGINE_BASE_COMMON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define FEAT_API __attribute__((visibility("default")))
#define FEAT_NODISCARD __attribute__((warn_unused_result))
#else
#define FEAT_API
#define FEAT_NODISCARD
#endif

typedef enum feat_status {
    FEAT_OK = 0,
    FEAT_ERR_ARG = 1,         /* a parameter is outside its documented range */
    FEAT_ERR_NOMEM = 2,       /* memory could not be had */
    FEAT_ERR_IO = 3,          /* the operating system refused to open, read or write */
    FEAT_ERR_FORMAT = 4,      /* bytes are not what the format says */
    FEAT_ERR_VERSION = 5,     /* a newer format than this build knows */
    FEAT_ERR_CHECKSUM = 6,    /* a checksum does not match its data */
    FEAT_ERR_UNSUPPORTED = 7, /* valid, but not something this build does */
    FEAT_ERR_NUMERIC = 8,     /* NaN, infinity, no convergence, or too few samples */
    FEAT_ERR_CANCELLED = 9    /* the caller's stop function said so */
} feat_status;

/* Filled by functions that can fail in more ways than a code can say. The caller owns it and may
 * pass NULL. `message` is one line without a trailing full stop or newline, and names the file,
 * the item, what was expected and what was found. */
typedef struct feat_error {
    feat_status status;
    char message[512];
} feat_error;

/* Short lower-case name of a status, for example "format"; never NULL. */
FEAT_API const char *feat_status_name(feat_status status);

/* Asked now and then by what takes long, from any of the threads that compute, with the pointer that the caller gave
 * beside it: once it returns other than 0, which it must from then on, the call ends with an error, soon. */
typedef int (*feat_stop)(void *ctx);

/* A stop function for callers who want none of their own in these threads: `flag` points to an int, which any thread,
 * or a signal handler, makes other than 0 (a volatile sig_atomic_t, an atomic_int or a plain int). */
FEAT_API int feat_stop_flag(void *flag);

/* A fixed set of worker threads. Results never depend on how many there are. A process that forks has its threads
 * for itself: in the child all that is given the parent's pool runs on the calling thread alone, with the same
 * results, and the child may close its copy, or make a pool of its own. */
typedef struct feat_pool feat_pool;

/* Starts `n_threads` - 1 threads; the thread that calls a parallel function is the remaining one.
 * 0 means one per CPU in this process's affinity mask. If the system refuses a thread the pool is
 * smaller, which is not an error: ask feat_pool_threads. Errors: NOMEM. */
FEAT_API feat_status feat_pool_create(feat_pool **out, size_t n_threads, feat_error *err) FEAT_NODISCARD;

/* Number of threads that work, the caller included, or did in the process that made the pool. NULL counts as 1. */
FEAT_API size_t feat_pool_threads(const feat_pool *pool);

/* Joins the threads and frees the pool; NULL and *pool == NULL are allowed; *pool becomes NULL. */
FEAT_API void feat_pool_close(feat_pool **pool);

/* Runs fn(ctx, tile, worker) once for every tile in [0, n_tiles), in any order, and returns when all
 * are done. `worker` is in [0, feat_pool_threads(pool)): no two tiles run with one worker number at
 * the same time. Tiles must write disjoint outputs. Nesting a call on the same pool inside fn is
 * not allowed. pool may be NULL: the tiles then run in order on the caller. */
typedef void (*feat_task)(void *ctx, size_t tile, size_t worker);
FEAT_API void feat_parallel_for(feat_pool *pool, size_t n_tiles, feat_task fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
