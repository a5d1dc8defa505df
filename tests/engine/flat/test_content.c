/* The content SHA-256 against its definition, in every way that this CPU has, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/hash.h"
#include "engine/flat/content.h"

enum { MOST = 5 * FEAT_CONTENT_STRIPE + 77 };

static unsigned char data[MOST];

/* Byte b belongs to lane b / 4 mod 16; the digest is of the lanes' digests. */
static void defined(unsigned char digest[32], size_t bytes)
{
    feat_sha256 all;
    feat_sha256_init(&all);
    for (size_t l = 0; l < FEAT_CONTENT_LANES; l++) {
        feat_sha256 lane;
        unsigned char of_lane[32];
        feat_sha256_init(&lane);
        for (size_t b = 0; b < bytes; b++)
            if (b / 4 % FEAT_CONTENT_LANES == l)
                feat_sha256_update(&lane, data + b, 1);
        feat_sha256_final(&lane, of_lane);
        feat_sha256_update(&all, of_lane, 32);
    }
    feat_sha256_final(&all, digest);
}

/* In pieces of `piece` bytes. */
static void found(unsigned char digest[32], size_t bytes, size_t piece, feat_content_fn way)
{
    feat_content c;
    feat_content_init(&c);
    c.take = way;
    for (size_t at = 0; at < bytes; at += piece) {
        feat_content_update(&c, data + at, bytes - at < piece ? bytes - at : piece);
        feat_content_update(&c, data, 0);
    }
    feat_content_final(&c, digest);
}

static void every_way_is_the_definition(void **state)
{
    static const size_t lengths[] = {0, 1, 3, 4, 5, 63, 64, 65, 1023, 1024, 1025, 2048, 3999, MOST};
    static const size_t pieces[] = {1, 4, 88, 1000, 1024, 1025, 3000, MOST};
    size_t n_ways = 0;
    (void)state;
    while (feat_content_way(n_ways) != NULL)
        n_ways++;
    assert_true(n_ways > 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        unsigned char want[32], got[32];
        defined(want, lengths[i]);
        for (size_t w = 0; w < n_ways; w++)
            for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
                found(got, lengths[i], pieces[p], feat_content_way(w));
                assert_memory_equal(got, want, 32);
            }
    }
}

/* What moves a byte to another place, or leaves a zero away at the end, is another content. */
static void places_and_length_are_in_it(void **state)
{
    unsigned char before[32], after[32];
    (void)state;
    memset(data, 0, sizeof data);
    data[70] = 1;
    found(before, 2000, MOST, feat_content_way(0));
    found(after, 2001, MOST, feat_content_way(0));
    assert_memory_not_equal(before, after, 32);
    data[70] = 0;
    data[71] = 1;
    found(after, 2000, MOST, feat_content_way(0));
    assert_memory_not_equal(before, after, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_is_the_definition),
        cmocka_unit_test(places_and_length_are_in_it),
    };
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)((x = x * 1664525u + 1013904223u) >> 24);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
