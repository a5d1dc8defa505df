/* Decoders that a file has taken over: code of an attacker that runs in the worker and may do whatever its filter
 * leaves it. Each costs its own image at most, in the time of one; other images have their pixels. Bytes that begin
 * with "EVIL " and a name make the worker do what the table below says for it. */
#define _GNU_SOURCE /* MADV_HWPOISON, syscall, MAP_ANONYMOUS */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/images/sandbox_parts.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static char note[BF_SANDBOX_NOTE_BYTES];
static feat_error err;

/* --- what happens in the worker ----------------------------------------------------------------------------- */

static void tell(const bf_box_desk *d, uint32_t what, uint32_t id, uint64_t number)
{
    const bf_box_answer a = {.what = what, .id = id, .number = number};
    (void)!write(d->socket, &a, sizeof a);
}

/* A picture of h x w is claimed to lie where it belongs. */
static void claim(const bf_box_desk *d, uint32_t status, uint64_t h, uint64_t w, char filling)
{
    bf_box_answer a = {.what = BF_BOX_DONE, .id = d->request.id, .status = status, .h = h, .w = w};
    memset(a.message, filling, sizeof a.message);
    (void)!write(d->socket, &a, sizeof a);
}

/* For ever, but no compiler may know it: before a call that does not return AddressSanitizer asks the system for its
 * stacks, which a worker may not. */
static void spin(void)
{
    static volatile unsigned sum, more = 1;
    while (more != 0)
        sum = sum + 1;
}

/* Sleeps until the program says something, again and again. */
static void sleep_in_read(const bf_box_desk *d)
{
    bf_box_request r;
    while (read(d->socket, &r, sizeof r) >= 0)
        continue;
}

/* Writes over all memory that is shared, for ever. */
static void scribble(const bf_box_desk *d)
{
    static volatile unsigned more = 1;
    for (unsigned value = 1; more != 0; value++)
        memset(d->map, (int)(value % 251), (size_t)d->mapped);
}

static void flood(const bf_box_desk *d)
{
    for (uint32_t i = 0;; i++)
        tell(d, i % 7, i * 2654435761u, i);
}

static void flood_of_right_id(const bf_box_desk *d)
{
    for (;;)
        tell(d, BF_BOX_GROW, d->request.id, 1);
}

static void crash(const bf_box_desk *d)
{
    static uintptr_t volatile nowhere = 64;
    (void)d;
    *(int *)nowhere = 1;
}

/* Asks for room that it may have, waits for it, and asks again: the second time that it is given some shows. */
static void ping_pong(const bf_box_desk *d)
{
    bf_box_request r;
    for (uint64_t i = 1; i <= 2; i++) {
        tell(d, BF_BOX_GROW, d->request.id, d->mapped + (i << 22));
        (void)!read(d->socket, &r, sizeof r);
    }
    crash(d);
}

static void grow_too_far(const bf_box_desk *d)
{
    tell(d, BF_BOX_GROW, d->request.id, UINT64_MAX);
    sleep_in_read(d);
}

static void grow_round_the_corner(const bf_box_desk *d)
{
    tell(d, BF_BOX_GROW, d->request.id, UINT64_MAX - bf_box_output(&d->request) + 2);
    sleep_in_read(d);
}

static void spin_with_forged_words(const bf_box_desk *d)
{
    for (size_t i = 0; i < 4096; i++)
        ((uint32_t *)(void *)d->map)[i] = 1; /* a process that there is */
    spin();
}

static void just_spin(const bf_box_desk *d)
{
    (void)d;
    spin();
}

static void forged_death(const bf_box_desk *d)
{
    for (int i = 0; i < 100; i++)
        tell(d, BF_BOX_BURIED, d->request.id, 11);
    sleep_in_read(d);
}

static void forged_ready(const bf_box_desk *d)
{
    tell(d, BF_BOX_READY, d->request.id, 1);
    sleep_in_read(d);
}

static void done_for_the_next(const bf_box_desk *d)
{
    tell(d, BF_BOX_DONE, d->request.id + 1, 0);
    claim(d, FEAT_OK, 2, 2, 0);
}

static void empty_message(const bf_box_desk *d)
{
    (void)!syscall(SYS_write, d->socket, "", 0);
    (void)!write(d->socket, "x", 1); /* where the kernel lets an empty one fall */
    sleep_in_read(d);
}

static void long_message(const bf_box_desk *d)
{
    static const char text[3 * sizeof(bf_box_answer)];
    (void)!write(d->socket, text, sizeof text);
    sleep_in_read(d);
}

static void largest_sides(const bf_box_desk *d)
{
    claim(d, FEAT_OK, 65535, 65535, 0);
}

static void sides_that_wrap(const bf_box_desk *d)
{
    claim(d, FEAT_OK, UINT64_MAX / 3 + 1, 1, 0); /* times 3 it is 2 */
}

static void sides_that_wrap_to_nothing(const bf_box_desk *d)
{
    claim(d, FEAT_OK, UINT64_C(1) << 32, UINT64_C(1) << 32, 0);
}

static void behind_the_memory(const bf_box_desk *d)
{
    claim(d, FEAT_OK, 1024, d->mapped / 3 / 1024 + 1, 0);
}

static void no_sides(const bf_box_desk *d)
{
    claim(d, FEAT_OK, 0, 5, 0);
}

static void unknown_status(const bf_box_desk *d)
{
    claim(d, 77, 2, 2, 'x');
}

static void escapes(const bf_box_desk *d)
{
    claim(d, FEAT_ERR_FORMAT, 0, 0, 27);
}

static void no_memory_it_says(const bf_box_desk *d)
{
    claim(d, FEAT_ERR_NOMEM, 0, 0, 'm');
}

static void leave(const bf_box_desk *d)
{
    (void)d;
    _exit(0);
}

/* All the address space that there is for it: far less than this. */
static void huge_memory(const bf_box_desk *d)
{
    uint64_t had = 0;
    while (had < UINT64_C(64) << 30 && mmap(NULL, (size_t)1 << 28, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED)
        had += UINT64_C(1) << 28;
    if (!SANITIZED && had >= UINT64_C(64) << 30)
        sleep_in_read(d); /* too much: seen by the message */
    crash(d);
}

/* What must not succeed: descriptors of others, and calls that sleep or ask for more. Silence says that one did. */
static void try_all(const bf_box_desk *d)
{
    const struct timespec second = {.tv_sec = 100};
    uint32_t word = 0;
    bool refused = true;
    for (int fd = 0; fd < 1024; fd++) {
        if (fd != d->socket)
            refused = refused && write(fd, "x", 1) < 0 && read(fd, &word, 1) < 0;
        if (fd != d->memory)
            refused = refused && mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED;
    }
    refused = refused && nanosleep(&second, NULL) != 0 && errno == EPERM;
    refused = refused && syscall(SYS_futex, &word, FUTEX_WAIT, 0, &second, NULL, 0) != 0 && errno == EPERM;
    refused = refused && madvise(d->map, 4096, 100 /* MADV_HWPOISON */) != 0 && errno == EPERM;
    refused = refused && madvise(d->map, 4096, MADV_REMOVE) != 0 && errno == EPERM;
    refused = refused && shutdown(d->socket, SHUT_RDWR) != 0 && errno == EPERM;
    refused = refused && close(d->socket) != 0 && errno == EPERM;
    refused = refused && ftruncate(d->memory, 0) != 0 && errno == EPERM;
    refused = refused && madvise(d->map, 4096, MADV_NOHUGEPAGE) == 0;
    if (!refused)
        sleep_in_read(d);
    crash(d);
}

/* Answers well, and then does not keep still. */
static void later(const bf_box_desk *d)
{
    memset(d->map + bf_box_output(&d->request), 7, 48);
    claim(d, FEAT_OK, 4, 4, 0);
    scribble(d);
}

static void later_and_large(const bf_box_desk *d)
{
    bf_box_request r;
    tell(d, BF_BOX_GROW, d->request.id, UINT64_C(3) * 1200 * 1200);
    (void)!read(d->socket, &r, sizeof r);
    claim(d, FEAT_OK, 1200, 1200, 0); /* 4.3 MB: not copied */
    scribble(d);
}

static void before_time(const bf_box_desk *d)
{
    claim(d, FEAT_OK, 2, 2, 0);
    sleep_in_read(d);
}

static void twice(const bf_box_desk *d)
{
    claim(d, FEAT_OK, 2, 2, 0);
    claim(d, FEAT_OK, 2, 2, 0);
}

static void toctou(const bf_box_desk *d)
{
    claim(d, FEAT_OK, 2, 2, 0);
    for (uint64_t i = 0;; i++) /* where sizes and places could be, what would lead out of the memory */
        ((volatile uint64_t *)(void *)d->map)[i % 1024] = UINT64_MAX - 4096 * i;
}

#define CRASHED "the decoder crashed on it (signal 11)"
#define UNRULY "the decoder answered what it was not asked"
#define NO_PICTURE "the decoder gave no picture"
#define SLOW "decoding it took more than 1 s (--limits seconds=N)"
#if defined(__SANITIZE_THREAD__) /* which has a thread of its own in the worker, and that takes CPU time */
#define SILENT SLOW
#else
#define SILENT "the decoder fell silent over it"
#endif

/* says: how it is refused; NULL: it is taken for an image. alone: what its worker does afterwards is noticed by the
 * image after it, if it is given one: it is tried with one image for each worker. */
static const struct evil {
    const char *name;
    void (*act)(const bf_box_desk *d);
    const char *says;
    bool alone;
} evils[] = {
    {"spin", just_spin, SLOW, false},
    {"forged words", spin_with_forged_words, SLOW, false},
    {"silence", sleep_in_read, SILENT, false},
    {"scribble", scribble, SLOW, false},
    {"flood", flood, UNRULY, false},
    {"flood of right id", flood_of_right_id, UNRULY, false},
    {"ping-pong", ping_pong, UNRULY, false},
    {"grow 2^64", grow_too_far, UNRULY, false},
    {"grow round", grow_round_the_corner, UNRULY, false},
    {"forged death", forged_death, UNRULY, false},
    {"forged ready", forged_ready, UNRULY, false},
    {"next id", done_for_the_next, UNRULY, false},
    {"empty", empty_message, UNRULY, false},
    {"long", long_message, UNRULY, false},
    {"largest sides", largest_sides, NO_PICTURE, false},
    {"sides that wrap", sides_that_wrap, NO_PICTURE, false},
    {"sides to nothing", sides_that_wrap_to_nothing, NO_PICTURE, false},
    {"behind", behind_the_memory, NO_PICTURE, false},
    {"no sides", no_sides, NO_PICTURE, false},
    {"unknown status", unknown_status, NO_PICTURE, false},
    {"escapes", escapes, "????", true},
    {"no memory", no_memory_it_says, "mmmm", false},
    {"crash", crash, CRASHED, false},
    {"leave", leave, "the decoder left while it was at it", false},
    {"huge memory", huge_memory, CRASHED, false},
    {"all calls", try_all, CRASHED, false},
    {"later", later, NULL, true},
    {"later and large", later_and_large, NULL, true},
    {"before time", before_time, NULL, true},
    {"twice", twice, NULL, true},
    {"toctou", toctou, NULL, true},
};
enum { N_EVILS = sizeof evils / sizeof evils[0] };

static bool begins(const uint8_t *bytes, size_t n, const char *word)
{
    return n >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

/* All pictures that come from now on are black. */
static void possess(const bf_box_desk *d)
{
    bf_box_desk mine = *d;
    do {
        memset(mine.map + bf_box_output(&mine.request), 0, 3 * 5 * 3);
        claim(&mine, FEAT_OK, 3, 5, 0);
    } while (read(mine.socket, &mine.request, sizeof mine.request) > 0);
}

static void act(const bf_box_desk *d, const uint8_t *bytes, size_t n)
{
    if (begins(bytes, n, "EVIL possess"))
        possess(d);
    for (size_t i = 0; i < N_EVILS; i++)
        if (n > 5 && begins(bytes, n, "EVIL ") && begins(bytes + 5, n - 5, evils[i].name) &&
            strlen(evils[i].name) == n - 5)
            evils[i].act(d);
}

/* --- and in the program ------------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Decodes a picture of 3 x 5 whose pixels are `value`; false when that is not what comes of it. */
static bool decodes_well(uint8_t value)
{
    char pgm[32];
    bf_image image;
    feat_error why = {FEAT_OK, ""};
    int head = snprintf(pgm, sizeof pgm, "P5 5 3 255\n");
    memset(pgm + head, value, 15);
    if (bf_sandbox_decode(&image, (const uint8_t *)pgm, (size_t)head + 15, "set", "good", &why) != FEAT_OK) {
        print_message("a good image: %s\n", why.message);
        return false;
    }
    bool well = image.h == 3 && image.w == 5;
    for (size_t i = 0; i < 45 && well; i++)
        well = image.rgb[i] == value;
    bf_image_release(&image);
    return well;
}

static feat_status decode_evil(bf_image *image, const char *name, feat_error *why)
{
    char bytes[64];
    int n = snprintf(bytes, sizeof bytes, "EVIL %s", name);
    *why = (feat_error){FEAT_OK, ""};
    return bf_sandbox_decode(image, (const uint8_t *)bytes, (size_t)n, "set", "evil", why);
}

/* The pixels that were given stay as they are, whatever the worker writes meanwhile. */
static bool keeps_still(const bf_image *image)
{
    size_t bytes = image->h * image->w * 3;
    uint8_t *copy = malloc(bytes);
    const struct timespec while_it_writes = {.tv_nsec = 20000000};
    bool same = copy != NULL;
    if (same)
        memcpy(copy, image->rgb, bytes);
    for (int i = 0; i < 5 && same; i++) {
        nanosleep(&while_it_writes, NULL);
        same = memcmp(copy, image->rgb, bytes) == 0;
    }
    free(copy);
    return same;
}

/* Why one of them was not the worse for its own image only; NULL: it was. */
static const char *suffer(const struct evil *e)
{
    bf_image image;
    feat_error why;
    double began = now();
    if (!decodes_well(31))
        return "before it";
    feat_status status = decode_evil(&image, e->name, &why);
    if (now() - began > 30.0)
        return "it takes too long";
    if (e->says == NULL && (status != FEAT_OK || !keeps_still(&image)))
        return status != FEAT_OK ? "it is refused" : "its pixels change";
    if (e->says != NULL && (status != FEAT_ERR_FORMAT || strstr(why.message, e->says) == NULL || image.rgb != NULL)) {
        print_message("%s: status %d: %s\n", e->name, (int)status, why.message);
        return "another error";
    }
    for (const char *p = why.message; *p != 0; p++)
        if ((unsigned char)*p < ' ')
            return "a message that is none";
    if (!decodes_well(32)) /* its pixels are still lent */
        return "the next one";
    bf_image_release(&image);
    return decodes_well(33) ? NULL : "the one after the next";
}

typedef struct trial {
    const struct evil *evil;
    const char *wrong;
} trial;

static void one_trial(void *ctx, size_t tile, size_t worker)
{
    trial *t = (trial *)ctx + tile;
    (void)worker;
    t->wrong = suffer(t->evil);
}

/* All of them at once, in as many threads, with these limits. */
static void try_evils(const char *limits, bool alone)
{
    trial trials[N_EVILS];
    feat_pool *pool = NULL;
    size_t n = 0;
    int wrong = 0;
    assert_int_equal(bf_limits_set(limits, &err), FEAT_OK);
    for (size_t i = 0; i < N_EVILS; i++)
        if (alone == evils[i].alone && (note[0] == 0 || evils[i].act != try_all))
            trials[n++] = (trial){&evils[i], NULL};
    assert_int_equal(feat_pool_create(&pool, 8, &err), FEAT_OK);
    feat_parallel_for(pool, n, one_trial, trials);
    feat_pool_close(&pool);
    for (size_t i = 0; i < n; i++)
        if (trials[i].wrong != NULL) {
            print_message("%s: %s\n", trials[i].evil->name, trials[i].wrong);
            wrong++;
        }
    assert_int_equal(wrong, 0);
    assert_int_equal(bf_limits_set(NULL, &err), FEAT_OK);
}

static void each_costs_itself(void **state)
{
    (void)state;
    try_evils("seconds=1", false);
}

static void alone_they_can_do_no_more(void **state)
{
    (void)state;
    try_evils("seconds=1,worker=1", true);
}

/* A worker that has been taken over has what is left of its number of images, and with one of each there is none. */
static void possessed_until_it_is_replaced(void **state)
{
    static const struct {
        const char *limits;
        int before, falsified;
    } cases[] = {{"worker=1", 0, 0}, {"worker=4", 0, 3}, {"worker=4", 2, 1}, {"worker=16", 15, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bf_image image;
        int falsified = 0;
        assert_int_equal(bf_limits_set("worker=1", &err), FEAT_OK);
        assert_true(decodes_well(1)); /* what follows begins with a fresh worker */
        assert_int_equal(bf_limits_set(cases[i].limits, &err), FEAT_OK);
        for (int k = 0; k < cases[i].before; k++)
            assert_true(decodes_well(2));
        if (decode_evil(&image, "possess", &err) != FEAT_OK)
            fail_msg("case %zu: %s", i, err.message);
        bf_image_release(&image);
        for (int k = 0; k < 20; k++)
            falsified += !decodes_well(100);
        assert_int_equal(falsified, cases[i].falsified);
    }
    assert_int_equal(bf_limits_set(NULL, &err), FEAT_OK);
}

/* A worker that has said more than it was asked is replaced before it is given another image. */
static void speaks_unasked(void **state)
{
    const struct timespec until_it_has = {.tv_nsec = 500000000};
    bf_image image;
    (void)state;
    assert_int_equal(decode_evil(&image, "twice", &err), FEAT_OK);
    bf_image_release(&image);
    nanosleep(&until_it_has, NULL);
    assert_true(decodes_well(6));
}

static size_t open_descriptors(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        closedir(d);
    return n;
}

/* More of them than there can be lanes: none is lost, nor anything that belongs to it. */
static void as_many_as_like(void **state)
{
    enum { N = SANITIZED ? 60 : BF_BOX_MAX_LANES + 20 };
    static const char *const names[] = {"forged death", "ping-pong", "crash", "behind"};
    size_t before = open_descriptors();
    (void)state;
    for (int i = 0; i < N; i++) {
        bf_image image;
        assert_int_equal(decode_evil(&image, names[i % 4], &err), FEAT_ERR_FORMAT);
    }
    assert_true(decodes_well(5));
    assert_int_equal(open_descriptors(), before);
}

/* The number behind `key` in the status of a process; false when there is none. */
static bool status_of(const char *pid, const char *key, int base, unsigned long long *value)
{
    char path[64], line[256];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%.20s/status", pid);
    FILE *f = fopen(path, "r");
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':') {
            *value = strtoull(line + strlen(key) + 1, NULL, base);
            found = true;
        }
    if (f != NULL)
        fclose(f);
    return found;
}

/* Workers are the children of our child. */
static bool is_worker(const char *pid)
{
    unsigned long long parent, grandparent;
    char text[24];
    if (!status_of(pid, "PPid", 10, &parent))
        return false;
    snprintf(text, sizeof text, "%llu", parent);
    return status_of(text, "PPid", 10, &grandparent) && grandparent == (unsigned long long)getpid();
}

static void workers_have_no_rights(void **state)
{
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    unsigned long long value, ours = 0;
    size_t n_workers = 0;
    (void)state;
    DIR *d = note[0] == 0 ? opendir("/proc") : NULL;
    if (d == NULL || !status_of("self", "CapEff", 16, &ours))
        skip();
    bool may_drop = (ours >> 8 & 1) != 0; /* CAP_SETPCAP: else the bounding set stays, of no use to who has none */
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || !is_worker(e->d_name))
            continue;
        n_workers++;
        for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
            if (status_of(e->d_name, sets[i], 16, &value) && (may_drop || strcmp(sets[i], "CapBnd") != 0))
                assert_int_equal(value, 0);
        if (status_of(e->d_name, "NoNewPrivs", 10, &value))
            assert_int_equal(value, 1);
        if (status_of(e->d_name, "Seccomp", 10, &value))
            assert_int_equal(value, 2);
    }
    closedir(d);
    assert_true(n_workers > 0);
}

static int setup(void **state)
{
    (void)state;
    bf_sandbox_hook(act);
    return bf_sandbox_start(BF_SANDBOX_AUTO, note, &err) == FEAT_OK && bf_sandbox_active() ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    bf_sandbox_stop();
    return !bf_sandbox_active() && feat_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const char *preload = getenv("LD_PRELOAD");
    if (preload != NULL && strstr(preload, "valgrind") != NULL) {
        print_message("skipped: valgrind needs system calls that a worker does not have\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_costs_itself),
        cmocka_unit_test(alone_they_can_do_no_more),
        cmocka_unit_test(possessed_until_it_is_replaced),
        cmocka_unit_test(speaks_unasked),
        cmocka_unit_test(as_many_as_like),
        cmocka_unit_test(workers_have_no_rights),
    };
    return cmocka_run_group_tests_name("sandbox: hostile decoders", tests, setup, teardown);
}
