/* SHA-256 and XXH64 against published vectors, in one piece and in every split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/hash.h"
#include "engine/base/sha256_rounds.h"

static void sha256_text(char text[65], const void *data, size_t bytes)
{
    feat_sha256 h;
    unsigned char digest[32];
    feat_sha256_init(&h);
    feat_sha256_update(&h, data, bytes);
    feat_sha256_final(&h, digest);
    feat_hex(text, digest);
}

/* The examples of FIPS 180-4 / NIST CSRC. */
static void test_sha256_published(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
         "mnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[65];
        sha256_text(text, cases[i].message, strlen(cases[i].message));
        assert_string_equal(text, cases[i].digest);
    }
}

static void test_sha256_million_a(void **state)
{
    (void)state;
    char block[1000];
    memset(block, 'a', sizeof block);
    feat_sha256 h;
    feat_sha256_init(&h);
    for (int i = 0; i < 1000; i++)
        feat_sha256_update(&h, block, sizeof block);
    unsigned char digest[32];
    char text[65];
    feat_sha256_final(&h, digest);
    feat_hex(text, digest);
    assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* What the CPU has for it against plain C, from any state and any number of blocks. */
static void test_sha256_instructions(void **state)
{
    (void)state;
    feat_sha256_blocks_fn fast = feat_sha256_x86();
    if (fast == NULL)
        skip();
    unsigned char data[64 * 5];
    uint32_t x = 1, want[8], got[8];
    for (int turn = 0; turn < 200; turn++) {
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (unsigned char)((x = x * 1664525u + 1013904223u) >> 24);
        for (size_t i = 0; i < 8; i++)
            want[i] = got[i] = (x = x * 1664525u + 1013904223u);
        size_t n = (size_t)turn % 6;
        feat_sha256_blocks_c(want, data, n);
        fast(got, data, n);
        assert_memory_equal(got, want, sizeof got);
    }
}

static void test_sha256_pieces(void **state)
{
    (void)state;
    unsigned char data[200];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 37 + 11);
    for (size_t bytes = 0; bytes <= sizeof data; bytes += 7) {
        char whole[65];
        sha256_text(whole, data, bytes);
        for (size_t cut = 0; cut <= bytes; cut++) {
            feat_sha256 h;
            unsigned char digest[32];
            char text[65];
            feat_sha256_init(&h);
            feat_sha256_update(&h, data, cut);
            feat_sha256_update(&h, data + cut, 0);
            feat_sha256_update(&h, data + cut, bytes - cut);
            feat_sha256_final(&h, digest);
            feat_hex(text, digest);
            assert_string_equal(text, whole);
        }
    }
}

/* Short strings as commonly published, and the sanity buffer of the reference implementation (PRIME32
 * times powers of PRIME64, top bytes), seed 0. */
static void test_hash64_published(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        uint64_t hash;
    } cases[] = {
        {"", UINT64_C(0xef46db3751d8e999)},
        {"a", UINT64_C(0xd24ec4f1a98c6e5b)},
        {"abc", UINT64_C(0x44bc2cf5ad770999)},
        {"Nobody inspects the spammish repetition", UINT64_C(0xfbcea83c8a378bf1)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(feat_hash64(cases[i].message, strlen(cases[i].message)) == cases[i].hash);
    unsigned char data[222];
    uint64_t x = UINT64_C(2654435761);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)(x >> 56);
        x *= UINT64_C(11400714785074694797);
    }
    assert_true(feat_hash64(data, 1) == UINT64_C(0xe934a84adb052768));
    assert_true(feat_hash64(data, 4) == UINT64_C(0x9136a0dca57457ee));
    assert_true(feat_hash64(data, 14) == UINT64_C(0x8282dcc4994e35c8));
    assert_true(feat_hash64(data, 222) == UINT64_C(0xb641ae8cb691c174));
}

static void test_hash64_pieces(void **state)
{
    (void)state;
    unsigned char data[150];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 91 + 5);
    for (size_t bytes = 0; bytes <= sizeof data; bytes++) {
        uint64_t whole = feat_hash64(data, bytes);
        for (size_t cut = 0; cut <= bytes; cut++) {
            feat_hash64_state h;
            feat_hash64_init(&h);
            feat_hash64_update(&h, data, cut);
            feat_hash64_update(&h, data + cut, 0);
            feat_hash64_update(&h, data + cut, bytes - cut);
            assert_true(feat_hash64_final(&h) == whole);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_published),    cmocka_unit_test(test_sha256_million_a),
        cmocka_unit_test(test_sha256_instructions), cmocka_unit_test(test_sha256_pieces),
        cmocka_unit_test(test_hash64_published),    cmocka_unit_test(test_hash64_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
