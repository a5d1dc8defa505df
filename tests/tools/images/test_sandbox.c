/* Decoding in processes of their own: the same pictures, and what a decoder that crashes, loops, scribbles or wants
 * more than it may costs. Bytes that begin with one of the words below make the worker do that before it decodes. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/images/sandbox_parts.h"

static char note[BF_SANDBOX_NOTE_BYTES];
static feat_error err;

static bool begins(const uint8_t *bytes, size_t n, const char *word)
{
    return n >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

/* In the worker. What must not succeed ends it with SIGTRAP when it does. */
static void misbehave(const struct bf_box_desk *desk, const uint8_t *bytes, size_t n)
{
    static volatile unsigned sum;
    static uintptr_t volatile nowhere = 64;
    if (begins(bytes, n, "CRASH"))
        *(int *)nowhere = 1;
    if (begins(bytes, n, "LOOP"))
        for (;;)
            sum = sum + 1;
    if (begins(bytes, n, "LEAVE"))
        _exit(0);
    if (begins(bytes, n, "OPEN") && open("/dev/null", O_RDONLY) >= 0)
        __builtin_trap();
    if (begins(bytes, n, "SOCKET") && socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
        __builtin_trap();
    if (begins(bytes, n, "FORK") && fork() >= 0)
        __builtin_trap();
    if (begins(bytes, n, "EXEC") &&
        mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        __builtin_trap();
    if (begins(bytes, n, "KILL") && kill(getppid(), 0) == 0)
        __builtin_trap();
    if (begins(bytes, n, "SCRIBBLE"))
        memset(desk->map, 0xA5, (size_t)desk->mapped);
}

static feat_status decode(bf_image *image, const void *bytes, size_t n)
{
    err = (feat_error){FEAT_OK, ""};
    return bf_sandbox_decode(image, bytes, n, "set", "item", &err);
}

/* A grey PGM of this size, all of one value. */
static uint8_t *make_pgm(size_t w, size_t h, uint8_t value, size_t *n)
{
    uint8_t *bytes = malloc(w * h + 64);
    assert_non_null(bytes);
    int head = snprintf((char *)bytes, 64, "P5 %zu %zu 255\n", w, h);
    memset(bytes + head, value, w * h);
    *n = (size_t)head + w * h;
    return bytes;
}

static void decodes_still(void)
{
    size_t n;
    uint8_t *pgm = make_pgm(3, 2, 77, &n);
    bf_image image;
    assert_int_equal(decode(&image, pgm, n), FEAT_OK);
    assert_int_equal(image.w * image.h, 6);
    assert_int_equal(image.rgb[17], 77);
    bf_image_release(&image);
    free(pgm);
}

static void same_as_without(void **state)
{
    static const char *const files[] = {"rgb.jpg", "progressive.jpg", "rgba.png", "interlaced.png", "deep.ppm",
                                        "two.gif", "transparent.gif", "bits.png", "palette.bmp"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[96];
        static uint8_t bytes[8192];
        bf_image a, b;
        snprintf(path, sizeof path, "tests/data/images/%s", files[i]);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        assert_int_equal(bf_decode(&a, bytes, n, "set", "item", &err), FEAT_OK);
        assert_int_equal(decode(&b, bytes, n), FEAT_OK);
        assert_int_equal(a.w, b.w);
        assert_int_equal(a.h, b.h);
        assert_int_equal(a.flags, b.flags);
        assert_memory_equal(a.rgb, b.rgb, a.w * a.h * 3);
        bf_image_release(&a);
        bf_image_release(&b);
        feat_error here = {FEAT_OK, ""};
        feat_status status = bf_decode(&a, bytes, n / 2, "set", "item", &here);
        assert_int_equal(decode(&b, bytes, n / 2), status);
        assert_string_equal(err.message, here.message);
        bf_image_release(&a);
        bf_image_release(&b);
    }
}

static void large_pictures_get_room(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        size_t n;
        uint8_t *pgm = make_pgm(4000, 3000, (uint8_t)(9 + round), &n); /* 36 MB of output, twice what is kept */
        bf_image image;
        assert_int_equal(decode(&image, pgm, n), FEAT_OK);
        assert_int_equal(image.rgb[0], 9 + round);
        assert_int_equal(image.rgb[(size_t)4000 * 3000 * 3 - 1], 9 + round);
        bf_image_release(&image);
        free(pgm);
        decodes_still();
    }
}

static void crash_costs_one_image(void **state)
{
    (void)state;
    bf_image image;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(decode(&image, "CRASH", 5), FEAT_ERR_FORMAT);
        assert_string_equal(err.message, "set: item: the decoder crashed on it (signal 11)");
        assert_null(image.rgb);
        decodes_still();
    }
    assert_int_equal(decode(&image, "LEAVE", 5), FEAT_ERR_FORMAT);
    decodes_still();
}

static void loop_costs_one_image(void **state)
{
    (void)state;
    bf_image image;
    assert_int_equal(bf_limits_set("seconds=1", &err), FEAT_OK);
    assert_int_equal(decode(&image, "LOOP", 4), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "set: item: decoding it took more than 1 s (--limits seconds=N)");
    assert_int_equal(bf_limits_set(NULL, &err), FEAT_OK);
    decodes_still();
}

static void scribbling_costs_one_image(void **state)
{
    (void)state;
    bf_image image;
    for (int i = 0; i < 3; i++) {
        feat_status status = decode(&image, "SCRIBBLE", 8);
        assert_int_not_equal(status, FEAT_OK);
        assert_int_equal(status, FEAT_ERR_FORMAT);
        decodes_still();
    }
}

static void worker_can_do_nothing_else(void **state)
{
    static const char *const wishes[] = {"OPEN", "SOCKET", "FORK", "EXEC", "KILL"};
    (void)state;
    if (note[0] != 0)
        skip();
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        bf_image image;
        assert_int_equal(decode(&image, wishes[i], strlen(wishes[i])), FEAT_ERR_FORMAT);
        assert_string_equal(err.message,
                            "set: item: not an image but text; look into it: it may say why a download was refused");
    }
}

static void limits_hold_in_the_worker(void **state)
{
    (void)state;
    size_t n;
    uint8_t *pgm = make_pgm(30, 20, 1, &n);
    bf_image image;
    assert_int_equal(bf_limits_set("pixels=599", &err), FEAT_OK);
    assert_int_equal(decode(&image, pgm, n), FEAT_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "30 x 20 pixels are too many (sides up to 65535, 599 pixels in all); --limits "
                                        "pixels=1M takes it"));
    assert_int_equal(bf_limits_set("pixels=600", &err), FEAT_OK);
    assert_int_equal(decode(&image, pgm, n), FEAT_OK);
    bf_image_release(&image);
    assert_int_equal(bf_limits_set(NULL, &err), FEAT_OK);
    free(pgm);
}

static void inflates(void **state)
{
    static const uint8_t packed[] = {0x4b, 0x4c, 0x4a, 0x4e, 0x01, 0x00}; /* "abcd" */
    uint8_t out[4] = "";
    (void)state;
    assert_int_equal(bf_sandbox_inflate(out, 4, packed, sizeof packed, "a.zip", "b", &err), FEAT_OK);
    assert_memory_equal(out, "abcd", 4);
    assert_in_range(bf_sandbox_inflate_peak(), 4 + sizeof packed, 8192); /* what --memory has to know of */
    assert_int_equal(bf_sandbox_inflate(out, 3, packed, sizeof packed, "a.zip", "b", &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "a.zip: b: damaged deflate data");
    assert_int_equal(bf_sandbox_inflate_head(out, 3, packed, sizeof packed, "a.zip", "b", &err), FEAT_OK);
    assert_int_equal(bf_sandbox_inflate_head(out, 5, packed, sizeof packed, "a.zip", "b", &err), FEAT_ERR_FORMAT);
    assert_int_equal(bf_sandbox_inflate(out, 4, (const uint8_t *)"CRASH", 5, "a.zip", "b", &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "a.zip: b: the decoder crashed on it (signal 11)");
    decodes_still();
}

/* Pictures of different sizes and values, good and bad, by several threads at once. */
static void one_of_many(void *ctx, size_t tile, size_t worker)
{
    int *wrong = ctx;
    size_t n, w = 5 + tile % 7, h = 3 + tile % 5;
    uint8_t *pgm = make_pgm(w, h, (uint8_t)tile, &n);
    bf_image image;
    feat_error e = {FEAT_OK, ""};
    (void)worker;
    if (tile % 16 == 5) {
        wrong[tile] = bf_sandbox_decode(&image, (const uint8_t *)"CRASH", 5, "set", "item", &e) != FEAT_ERR_FORMAT;
    } else {
        wrong[tile] = bf_sandbox_decode(&image, pgm, n, "set", "item", &e) != FEAT_OK || image.w != w || image.h != h ||
                      image.rgb[0] != (uint8_t)tile || image.rgb[w * h * 3 - 1] != (uint8_t)tile;
        bf_image_release(&image);
    }
    free(pgm);
}

static void many_threads(void **state)
{
    enum { N = 200 };
    static int wrong[N];
    feat_pool *pool = NULL;
    (void)state;
    assert_int_equal(feat_pool_create(&pool, 6, &err), FEAT_OK);
    feat_parallel_for(pool, N, one_of_many, wrong);
    feat_pool_close(&pool);
    for (int i = 0; i < N; i++)
        assert_int_equal(wrong[i], 0);
}

/* The pixels of a large picture stay where the worker put them, so the program needs no memory for them; of a small one
 * it has a copy. */
static void large_ones_need_no_memory_of_their_own(void **state)
{
    size_t n, n_small, live = feat_alloc_live();
    uint8_t *large = make_pgm(2000, 700, 7, &n), *small = make_pgm(3, 2, 7, &n_small);
    bf_image image;
    (void)state;
    feat_alloc_fail_after(0);
    feat_status status = decode(&image, large, n);
    feat_alloc_fail_after(-1);
    assert_int_equal(status, FEAT_OK);
    assert_non_null(image.rgb);
    assert_int_equal(feat_alloc_live(), live);
    bf_image_release(&image);
    feat_alloc_fail_after(0);
    status = decode(&image, small, n_small);
    feat_alloc_fail_after(-1);
    assert_int_equal(status, FEAT_ERR_NOMEM);
    assert_null(image.rgb);
    decodes_still();
    free(large);
    free(small);
}

/* Many large images at a time are copies from some point on: there is an end of lanes. */
static void many_are_held(void **state)
{
    enum { N = 40 };
    static bf_image images[N];
    size_t n;
    uint8_t *pgm = make_pgm(2000, 700, 7, &n);
    (void)state;
    for (int i = 0; i < N; i++) {
        assert_int_equal(decode(&images[i], pgm, n), FEAT_OK);
        assert_int_equal(images[i].give_back != NULL, i < 32);
    }
    for (int i = 0; i < N; i++) {
        assert_memory_equal(images[i].rgb, images[0].rgb, 18);
        if (i > 0)
            bf_image_release(&images[i]);
    }
    bf_image_release(&images[0]);
    free(pgm);
}

static int setup(void **state)
{
    (void)state;
    bf_sandbox_hook(misbehave);
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
        cmocka_unit_test(same_as_without),
        cmocka_unit_test(large_pictures_get_room),
        cmocka_unit_test(crash_costs_one_image),
        cmocka_unit_test(loop_costs_one_image),
        cmocka_unit_test(scribbling_costs_one_image),
        cmocka_unit_test(worker_can_do_nothing_else),
        cmocka_unit_test(limits_hold_in_the_worker),
        cmocka_unit_test(inflates),
        cmocka_unit_test(many_threads),
        cmocka_unit_test(large_ones_need_no_memory_of_their_own),
        cmocka_unit_test(many_are_held),
    };
    return cmocka_run_group_tests_name("sandbox", tests, setup, teardown);
}
