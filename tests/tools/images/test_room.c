/* The room for pictures: threads wait for each other where it is too little, nobody waits for ever, and what is beyond
 * a limit is refused with what would do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/own_folder.h"
#include "tools/images/room.h"
#include "tools/images/sandbox.h"
#include "tools/sets/set.h"

static const uint64_t mib = 1 << 20;

static feat_error err;

static void pause_ms(long n)
{
    const struct timespec t = {.tv_nsec = n * 1000000};
    nanosleep(&t, NULL);
}

/* --- what is refused ---------------------------------------------------------------------------------------- */

static void test_refused(void **state)
{
    (void)state;
    bf_room_limit(100 * mib, 250 * mib);
    assert_true(bf_room_is_limited());
    assert_int_equal(bf_room_for_picture(75 * mib, "set", "a.png", &err), FEAT_OK);
    bf_room_picture_done(75 * mib);
    assert_int_equal(bf_room_for_picture(78 * mib, "set", "a.png", &err), FEAT_ERR_UNSUPPORTED);
    assert_string_equal(err.message,
                        "set: a.png: decoding this picture takes 78 MiB, for which --memory leaves 75 MiB; "
                        "--memory 255M at least has room for it");
    assert_int_equal(bf_room_for_file(26 * mib, NULL, "a.png", &err), FEAT_ERR_UNSUPPORTED);
    assert_string_equal(err.message,
                        "a.png: reading this file takes 26 MiB, for which --memory leaves 25 MiB; --memory "
                        "255M at least has room for it");
    bf_room_limit(105 * mib, 255 * mib); /* as it said */
    assert_int_equal(bf_room_for_picture(78 * mib, "set", "a.png", &err), FEAT_OK);
    assert_int_equal(bf_room_for_file(26 * mib, NULL, "a.png", &err), FEAT_OK);
    assert_int_equal(bf_room_for_file(26 * mib, NULL, "b.png", &err), FEAT_OK); /* instead of the first */
    bf_room_file_done();
    bf_room_file_done();
    bf_room_picture_done(78 * mib);
    bf_room_limit(mib, 2 * mib); /* small ones ask nobody */
    assert_int_equal(bf_room_for_picture(BF_ROOM_PICTURE, "set", "a.png", &err), FEAT_OK);
    bf_room_picture_done(BF_ROOM_PICTURE);
    bf_room_limit(0, 0);
    assert_false(bf_room_is_limited());
    assert_int_equal(bf_room_for_picture(UINT64_C(1) << 50, "set", "a.png", &err), FEAT_OK); /* alone */
    assert_int_equal(bf_room_for_picture(UINT64_C(1) << 50, "set", "a.png", &err), FEAT_OK); /* it has one itself */
    bf_room_picture_done(UINT64_C(1) << 50);
    bf_room_picture_done(UINT64_C(1) << 50);
}

/* --- who waits ---------------------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 40 };

static atomic_uint_fast64_t now, peak;

static void *work(void *seed)
{
    uint32_t random = *(const uint32_t *)seed;
    for (int i = 0; i < ROUNDS; i++) {
        random = random * 1664525 + 1013904223;
        uint64_t file = (2 + (random >> 28)) * mib, picture = (5 + (random >> 24) % 69) * mib;
        if (bf_room_for_file(file, "set", "a", NULL) != FEAT_OK ||
            bf_room_for_picture(picture, "set", "a", NULL) != FEAT_OK)
            return NULL;
        uint64_t sum = atomic_fetch_add(&now, picture) + picture, most = atomic_load(&peak);
        while (sum > most && !atomic_compare_exchange_weak(&peak, &most, sum))
            continue;
        pause_ms(1);
        atomic_fetch_sub(&now, picture);
        if (i % 2 == 0)
            bf_room_file_done();
        bf_room_picture_done(picture);
        bf_room_file_done();
    }
    return seed;
}

/* Never more than there is, and everybody comes through. */
static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint32_t seeds[THREADS];
    atomic_store(&peak, 0);
    bf_room_limit(100 * mib, 200 * mib);
    for (uint32_t i = 0; i < THREADS; i++) {
        seeds[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &seeds[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        void *end = NULL;
        assert_int_equal(pthread_join(threads[i], &end), 0);
        assert_ptr_equal(end, &seeds[i]);
    }
    assert_true(atomic_load(&peak) <= 75 * mib && atomic_load(&peak) > 40 * mib);
    bf_room_limit(0, 0);
}

static atomic_int large_is_in;

static void *take_large(void *unused)
{
    (void)unused;
    if (bf_room_for_picture(70 * mib, "set", "large", NULL) == FEAT_OK) {
        atomic_store(&large_is_in, 1);
        bf_room_picture_done(70 * mib);
    }
    return NULL;
}

static void *take_small(void *unused)
{
    (void)unused;
    if (bf_room_for_picture(10 * mib, "set", "small", NULL) != FEAT_OK)
        return NULL;
    int came_later = atomic_load(&large_is_in);
    bf_room_picture_done(10 * mib);
    return came_later ? &large_is_in : NULL;
}

/* A small one would fit, but a large one was there before it. */
static void test_queue(void **state)
{
    (void)state;
    pthread_t large, small;
    void *came_later = NULL;
    bf_room_limit(100 * mib, 200 * mib);
    assert_int_equal(bf_room_for_picture(10 * mib, "set", "first", &err), FEAT_OK);
    assert_int_equal(pthread_create(&large, NULL, take_large, NULL), 0);
    pause_ms(50);
    assert_int_equal(pthread_create(&small, NULL, take_small, NULL), 0);
    pause_ms(50);
    assert_int_equal(atomic_load(&large_is_in), 0);
    bf_room_picture_done(10 * mib);
    assert_int_equal(pthread_join(large, NULL), 0);
    assert_int_equal(pthread_join(small, &came_later), 0);
    assert_non_null(came_later);
    bf_room_limit(0, 0);
}

/* --- images that are read ------------------------------------------------------------------------------------- */

/* A TGA of `w` x `h` white pixels, packed; w is a multiple of 128. */
static void put_tga(const char *name, unsigned w, unsigned h)
{
    const uint8_t header[18] = {
        [2] = 10,  [12] = (uint8_t)w, [13] = (uint8_t)(w >> 8), [14] = (uint8_t)h, [15] = (uint8_t)(h >> 8),
        [16] = 24, [17] = 32};
    size_t n = sizeof header + (size_t)w / 128 * h * 4;
    uint8_t *bytes = feat_alloc(n);
    assert_non_null(bytes);
    memset(bytes, 0xFF, n);
    memcpy(bytes, header, sizeof header);
    own_put(name, bytes, n);
    feat_free(bytes);
}

/* Four threads read the same picture, of which there is room for one at a time. */
static void *read_all(void *set)
{
    feat_error own = {FEAT_OK, ""};
    for (size_t i = 0; i < bf_set_count(set); i++) {
        bf_image image;
        feat_status status = bf_set_read_image(set, i, &image, &own);
        bool large = strstr(bf_set_item_name(set, i), "large") != NULL;
        if (large ? status != FEAT_ERR_UNSUPPORTED || strstr(own.message, "decoding this picture takes ") == NULL
                  : status != FEAT_OK || image.rgb[0] != 255 || image.rgb[3 * image.h * image.w - 1] != 255)
            return NULL;
        bf_image_release(&image);
    }
    return set;
}

/* Whether decoding has its own process or not: the same are refused, and the same decoded. */
static void test_images(void **state)
{
    (void)state;
    bf_set *set = NULL;
    char note[BF_SANDBOX_NOTE_BYTES];
    own_put_folder("pictures");
    put_tga("pictures/1.tga", 1280, 1280);
    put_tga("pictures/2.tga", 1408, 1408);
    put_tga("pictures/3.tga", 128, 128);
    put_tga("pictures/large.tga", 2560, 2000);
    assert_int_equal(bf_set_open(&set, own_path("pictures"), &err), FEAT_OK);
    for (int pass = 0; pass < 2; pass++) {
        pthread_t threads[4];
        if (pass == 1)
            assert_int_equal(bf_sandbox_start(BF_SANDBOX_AUTO, note, &err), FEAT_OK);
        bf_room_limit(16 * mib, 20 * mib);
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, read_all, set), 0);
        for (int i = 0; i < 4; i++) {
            void *end = NULL;
            assert_int_equal(pthread_join(threads[i], &end), 0);
            assert_ptr_equal(end, set);
        }
        bf_room_limit(0, 0);
        bf_image image;
        for (size_t i = 0; i < bf_set_count(set); i++) { /* and all of it was given back */
            assert_int_equal(bf_set_read_image(set, i, &image, &err), FEAT_OK);
            bf_image_release(&image);
        }
        bf_room_limit(16 * mib, 20 * mib); /* though a worker has the memory for it by now */
        assert_ptr_equal(read_all(set), set);
        bf_room_limit(0, 0);
    }
    bf_sandbox_stop();
    bf_set_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_refused, own_folder_clear),
        cmocka_unit_test_teardown(test_threads, own_folder_clear),
        cmocka_unit_test_teardown(test_queue, own_folder_clear),
        cmocka_unit_test_teardown(test_images, own_folder_clear),
    };
    return cmocka_run_group_tests(tests, own_folder_make, own_folder_remove);
}
