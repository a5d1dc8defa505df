/* Every kind of file against Pillow, to the last bit: what make_pixels.py has written into
 * tests/data/pixels.txt. And no picture may depend on what was decoded before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "tools/base/files.h"
#include "tools/images/image.h"

enum { MOST = 512 };

/* A line of the list: the size and hash of the pixels, or what the refusal must say. */
typedef struct entry {
    char name[64], sha256[65], text[64];
    unsigned long w, h;
    bool refused;
    uint8_t *bytes;
    size_t n;
} entry;

static entry entries[MOST];
static size_t n_entries;

/* What a file came to: the hash of its pixels, or the refusal's message. */
typedef struct outcome {
    feat_status status;
    size_t w, h;
    char hash[65];
    char message[sizeof((feat_error *)0)->message];
} outcome;

/* 64 KiB of the stack, so that what a decoder leaves unwritten of its own is not the same each time. Called
 * through a pointer, so that it is not made part of its caller, whose stack stays. */
static void fill_stack(int byte, int rounds);
static void (*volatile fill)(int byte, int rounds) = fill_stack;

static void fill_stack(int byte, int rounds)
{
    volatile unsigned char area[4 << 10];
    for (size_t i = 0; i < sizeof area; i++)
        area[i] = (unsigned char)byte;
    if (rounds > 1)
        fill(byte, rounds - 1);
}

static outcome decode(const entry *e, int byte)
{
    outcome o = {0};
    bf_image image;
    feat_error err = {0};
    fill(byte, 16);
    o.status = bf_decode(&image, e->bytes, e->n, "set", e->name, &err);
    if (o.status == FEAT_OK) {
        feat_sha256 h;
        unsigned char digest[32];
        feat_sha256_init(&h);
        feat_sha256_update(&h, image.rgb, image.h * image.w * 3);
        feat_sha256_final(&h, digest);
        feat_hex(o.hash, digest);
        o.w = image.w;
        o.h = image.h;
    } else {
        assert_null(image.rgb);
        memcpy(o.message, err.message, sizeof o.message);
    }
    bf_image_release(&image);
    return o;
}

/* A build without libwebp refuses what needs it. */
static bool left_out(const entry *e)
{
#ifdef BF_WEBP
    (void)e;
    return false;
#else
    return bf_format_sniff(e->bytes, e->n) == BF_FORMAT_WEBP;
#endif
}

/* Whether it is as the list says; tells where not. */
static bool as_listed(const entry *e, const outcome *o)
{
    if (left_out(e)) {
        if (o->status == FEAT_ERR_UNSUPPORTED)
            return true;
        print_error("%s: refusal expected, this build has no WebP\n", e->name);
        return false;
    }
    if (e->refused) {
        if ((o->status == FEAT_ERR_FORMAT || o->status == FEAT_ERR_UNSUPPORTED) &&
            strstr(o->message, e->text) != NULL && strstr(o->message, e->name) != NULL)
            return true;
        print_error("%s: refusal expected that says '%s', found: %s\n", e->name, e->text,
                    o->status == FEAT_OK ? "a picture" : o->message);
        return false;
    }
    if (o->status == FEAT_OK && o->w == e->w && o->h == e->h && strcmp(o->hash, e->sha256) == 0)
        return true;
    if (o->status == FEAT_OK)
        print_error("%s: %lu x %lu, SHA-256 %s expected, found %zu x %zu, %s\n", e->name, e->w, e->h,
                    e->sha256, o->w, o->h, o->hash);
    else
        print_error("%s: a picture expected, found: %s\n", e->name, o->message);
    return false;
}

static void test_as_pillow(void **state)
{
    (void)state;
    size_t n_wrong = 0;
    for (size_t i = 0; i < n_entries; i++) {
        outcome o = decode(&entries[i], 0);
        n_wrong += !as_listed(&entries[i], &o);
    }
    if (n_wrong > 0)
        fail_msg("%zu of %zu files are not what Pillow reads", n_wrong, n_entries);
}

static void same(const entry *e, const outcome *a, const outcome *b, const char *when)
{
    if (a->status != b->status || a->w != b->w || a->h != b->h || strcmp(a->hash, b->hash) != 0 ||
        strcmp(a->message, b->message) != 0)
        fail_msg("%s: %s%s at first, %s%s %s", e->name, a->hash, a->message, b->hash, b->message, when);
}

/* Forwards, backwards and each twice, over memory that holds other things every time. */
static void test_any_order(void **state)
{
    (void)state;
    static outcome first[MOST];
    for (size_t i = 0; i < n_entries; i++)
        first[i] = decode(&entries[i], 0xA5);
    for (size_t i = n_entries; i-- > 0;) {
        outcome o = decode(&entries[i], 0x3C);
        same(&entries[i], &first[i], &o, "in reverse order");
    }
    for (size_t i = 0; i < n_entries; i++)
        for (int twice = 0; twice < 2; twice++) {
            outcome o = decode(&entries[i], twice == 0 ? 0xFF : 0x01);
            same(&entries[i], &first[i], &o, "when decoded twice");
        }
}

/* Every beginning of a file is a refusal or, where only a trailer is missing, the picture. The bytes lie in a
 * block of their own, so that a sanitizer sees reads past the end. */
static void test_beginnings(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_entries; i++) {
        const entry *e = &entries[i];
        if (strncmp(e->name, "p1", 2) == 0 || strncmp(e->name, "p2", 2) == 0 ||
            strncmp(e->name, "p3", 2) == 0)
            continue; /* text, whose last number may be complete or not */
        for (size_t length = e->n < 40 ? 0 : e->n - 40; length < e->n; length++) {
            entry part = *e;
            part.bytes = feat_alloc(length + (length == 0));
            assert_non_null(part.bytes);
            memcpy(part.bytes, e->bytes, length);
            part.n = length;
            outcome o = decode(&part, 0);
            if (o.status == FEAT_OK && !e->refused) {
                assert_int_equal(o.w, e->w);
                assert_int_equal(o.h, e->h);
                if (strcmp(o.hash, e->sha256) != 0)
                    fail_msg("%s: another picture from %zu of its %zu bytes", e->name, length, e->n);
            }
            feat_free(part.bytes);
        }
    }
}

static void read_line(entry *e, const char *line)
{
    char path[256];
    feat_error err = {0};
    int used = 0;
    if (sscanf(line, "%63s refused%n", e->name, &used) == 1 && used > 0) {
        e->refused = true;
        used += line[used] == ' ';
        snprintf(e->text, sizeof e->text, "%s", line + used);
    } else if (sscanf(line, "%63s %lu %lu %64s", e->name, &e->w, &e->h, e->sha256) != 4 ||
               strlen(e->sha256) != 64) {
        fail_msg("tests/data/pixels.txt: no such line: %s", line);
    }
    snprintf(path, sizeof path, "tests/data/pixels/%s", e->name);
    if (bf_file_read(&e->bytes, &e->n, path, 1 << 20, &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

static int setup(void **state)
{
    (void)state;
    size_t n;
    uint8_t *bytes;
    feat_error err = {0};
    if (bf_file_read(&bytes, &n, "tests/data/pixels.txt", 1 << 20, &err) != FEAT_OK) {
        print_error("%s\n", err.message);
        return -1;
    }
    for (size_t at = 0; at < n;) {
        char line[200];
        size_t length = 0;
        while (at + length < n && bytes[at + length] != '\n')
            length++;
        assert_true(length < sizeof line);
        memcpy(line, bytes + at, length);
        line[length] = '\0';
        if (length > 0 && line[0] != '#') {
            assert_true(n_entries < MOST);
            read_line(&entries[n_entries++], line);
        }
        at += length + 1;
    }
    feat_free(bytes);
    return n_entries > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_entries; i++)
        feat_free(entries[i].bytes);
    return feat_alloc_live() == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_pillow),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_beginnings),
    };
    return cmocka_run_group_tests_name("pixels", tests, setup, teardown);
}
