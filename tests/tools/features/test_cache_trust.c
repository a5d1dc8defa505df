/* tools/features/cache, against whoever writes into its folder: what others can write is not read, what is read was
 * checked in the copy that is used, and a secret tells whose records they are. */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "tests/weights/weightgen.h"
#include "tools/features/cache.h"

enum { DIM = 5, HEAD = 136, RECORD = HEAD + 24, ROW_HASH = 88, MAC = 96, HEAD_HASH = 128 };

static char folder[256], path[512], key_file[300];
static feat_error err;
static bf_hmac secret, other_secret;

/* --- HMAC ----------------------------------------------------------------------------------------------- */

static void hmac_is(const char *expected, const void *key, size_t n_key, const void *text, size_t n)
{
    bf_hmac hmac;
    unsigned char mac[32];
    char hex[65];
    bf_hmac_start(&hmac, key, n_key);
    for (int i = 0; i < 2; i++) { /* a key is good for many texts */
        feat_sha256 h = hmac.inner;
        feat_sha256_update(&h, text, n);
        bf_hmac_end(&hmac, &h, mac);
        feat_hex(hex, mac);
        assert_string_equal(hex, expected);
    }
}

/* RFC 4231, test cases 1 to 4, 6 and 7; the fifth is of a shortened one. */
static void hmac_as_published(void **state)
{
    unsigned char key[131], text[64];
    (void)state;
    memset(key, 0x0b, 20);
    hmac_is("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", key, 20, "Hi There", 8);
    hmac_is("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "Jefe", 4,
            "what do ya want for nothing?", 28);
    memset(key, 0xaa, sizeof key);
    memset(text, 0xdd, 50);
    hmac_is("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", key, 20, text, 50);
    for (int i = 0; i < 25; i++)
        key[i] = (unsigned char)(i + 1);
    memset(text, 0xcd, 50);
    hmac_is("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b", key, 25, text, 50);
    memset(key, 0xaa, sizeof key);
    hmac_is("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", key, 131,
            "Test Using Larger Than Block-Size Key - Hash Key First", 54);
    static const char last[] =
        "This is a test using a larger than block-size key and a larger than block-size data. The "
        "key needs to be hashed before being used by the HMAC algorithm.";
    hmac_is("9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", key, 131, last, sizeof last - 1);
}

static void a_key_is_a_secret(void **state)
{
    (void)state;
    bf_hmac hmac;
    gen_write_file(key_file, "0123456789abcde", 15);
    assert_int_equal(chmod(key_file, 0600), 0);
    assert_int_equal(bf_cache_secret_read(&hmac, key_file, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "16 to 4096 bytes expected, 15 found"));
    gen_write_file(key_file, "0123456789abcdef", 16);
    assert_int_equal(chmod(key_file, 0640), 0);
    assert_int_equal(bf_cache_secret_read(&hmac, key_file, &err), FEAT_OK);
    assert_int_equal(chmod(key_file, 0644), 0);
    assert_int_equal(bf_cache_secret_read(&hmac, key_file, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "everybody may read it"));
    assert_int_equal(unlink(key_file), 0);
    assert_int_equal(bf_cache_secret_read(&hmac, key_file, &err), FEAT_ERR_IO);
}

/* --- packs ---------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    gen_folder(folder);
    (void)snprintf(key_file, sizeof key_file, "%s/key", folder);
    bf_hmac_start(&secret, "0123456789abcdef", 16);
    bf_hmac_start(&other_secret, "0123456789abcdeg", 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

static bf_cache *open_good(const bf_hmac *with)
{
    bf_cache *c = NULL;
    if (bf_cache_open(&c, folder, with, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return c;
}

static void add(bf_cache *c, unsigned char number, float value)
{
    unsigned char key[32] = {number};
    const float row[DIM] = {value, 1, 2, 3, (float)number};
    const bf_cache_image image = {.w = 3, .h = 4};
    assert_int_equal(bf_cache_add(c, key, DIM, row, &image, &err), FEAT_OK);
}

/* The first value of a row that is found; -1: none is. */
static float value_of(bf_cache *c, unsigned char number)
{
    unsigned char key[32] = {number};
    float row[DIM];
    bf_cache_image image;
    if (!bf_cache_find(c, key, DIM, row, &image))
        return -1;
    assert_true(row[4] == (float)number && image.w == 3 && image.h == 4);
    return row[0];
}

/* A pack of its own with rows of numbers 1 and 2, written with a secret or without; its path. */
static void write_pack(const bf_hmac *with, float value)
{
    bf_cache *c = open_good(with);
    add(c, 1, value);
    add(c, 2, value);
    bf_cache_close(&c);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    path[0] = 0;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        if (strstr(e->d_name, ".pack") != NULL)
            (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    closedir(dir);
    assert_true(path[0] != 0);
}

/* As whoever may write to a pack makes its sums right. */
static void seal(unsigned char *r)
{
    uint64_t hash = feat_hash64(r + HEAD, RECORD - HEAD);
    memcpy(r + ROW_HASH, &hash, sizeof hash);
    hash = feat_hash64(r, HEAD_HASH);
    memcpy(r + HEAD_HASH, &hash, sizeof hash);
}

static void forge(size_t number, float value)
{
    gen_buf b = {NULL, 0, 0};
    gen_read_file(path, &b);
    unsigned char *r = b.p + 8 + (number - 1) * RECORD;
    memcpy(r + HEAD, &value, sizeof value);
    seal(r);
    gen_write_file(path, b.p, b.n);
    gen_free(&b);
}

static void says(bf_cache *c, const char *what)
{
    char text[512];
    if (what == NULL) {
        assert_false(bf_cache_doubts(c, text, sizeof text));
        return;
    }
    assert_true(bf_cache_doubts(c, text, sizeof text));
    if (strstr(text, what) == NULL)
        fail_msg("'%s' expected in: %s", what, text);
}

static void what_is_not_finite_is_a_miss(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
        write_pack(NULL, 7);
        forge(2, bad[i]);
        bf_cache *c = open_good(NULL);
        says(c, NULL);
        assert_true(value_of(c, 1) == 7);
        assert_true(value_of(c, 2) == -1 && value_of(c, 2) == -1);
        says(c, "rows that are NaN or infinite were computed instead: 2, the first in ");
        assert_true(value_of(c, 2) == -1);
        says(c, NULL); /* once */
        add(c, 2, 9);
        assert_int_equal(bf_cache_refresh(c, &err), FEAT_OK);
        assert_true(value_of(c, 2) == 9); /* whichever of both packs was read first */
        bf_cache_close(&c);
    }
}

/* Whoever owns a pack makes its rows longer after it was indexed, through a mapping of its own. */
static void what_changes_after_it_was_indexed(void **state)
{
    (void)state;
    write_pack(NULL, 7);
    bf_cache *c = open_good(NULL);
    assert_true(value_of(c, 1) == 7 && value_of(c, 2) == 7);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    unsigned char *map = mmap(NULL, 8 + 2 * RECORD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(map != MAP_FAILED);
    unsigned char *last = map + 8 + RECORD;
    const uint32_t dims[] = {DIM + 1, 1 << 20, UINT32_MAX, 0};
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
        float row[DIM + 1];
        bf_cache_image image;
        memcpy(last + 4, &dims[i], sizeof dims[i]);
        seal(last);
        assert_true(value_of(c, 2) == -1);
        assert_false(bf_cache_find(c, last + 24, DIM + 1, row, &image));
        assert_true(value_of(c, 1) == 7);
    }
    (void)munmap(map, 8 + 2 * RECORD);
    close(fd);
    bf_cache_close(&c);
}

/* More packs than are kept open: each is found. */
static void many_packs(void **state)
{
    (void)state;
    enum { N = 80 };
    for (unsigned char i = 0; i < N; i++) {
        bf_cache *c = open_good(NULL);
        add(c, i, i);
        bf_cache_close(&c);
    }
    bf_cache *c = open_good(NULL);
    assert_int_equal(bf_cache_count(c), N);
    for (unsigned char i = 0; i < N; i++)
        assert_true(value_of(c, i) == i);
    bf_cache_close(&c);
}

/* Of two users, one of whom may not write what the other reads. */
static void what_others_can_write_is_not_read(void **state)
{
    static const mode_t modes[] = {0664, 0646, 0666};
    (void)state;
    write_pack(NULL, 7);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 022, 0);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        bf_cache *c = open_good(NULL);
        assert_true(value_of(c, 1) == -1);
        says(c, "packs that others can write are not read: 1 of 1");
        says(c, NULL);
        bf_cache_close(&c);
    }
    forge(1, 8);
    assert_int_equal(chmod(path, 0644), 0);
    if (geteuid() != 0 || chown(path, 12345, 12345) != 0) {
        print_message("skipped: a file of another user: only root can make one\n");
        return;
    }
    bf_cache *c = open_good(NULL);
    assert_true(value_of(c, 1) == -1 && value_of(c, 2) == -1);
    says(c, "--cache-key");
    bf_cache_close(&c);
}

static void a_secret_tells_whose_it_is(void **state)
{
    (void)state;
    write_pack(&secret, 7);
    assert_int_equal(chmod(path, 0666), 0);
    bf_cache *c = open_good(&secret);
    assert_true(value_of(c, 1) == 7 && value_of(c, 2) == 7);
    says(c, NULL);
    bf_cache_close(&c);
    forge(2, 8); /* all that can be computed without the key is right */
    c = open_good(&secret);
    assert_true(value_of(c, 1) == 7);
    assert_true(value_of(c, 2) == -1);
    says(c, "not signed with this --cache-key were computed instead: 1");
    says(c, NULL);
    bf_cache_close(&c);
    c = open_good(&other_secret); /* the key was changed */
    assert_true(value_of(c, 1) == -1);
    says(c, "are not signed");
    bf_cache_close(&c);
    assert_int_equal(unlink(path), 0);
    write_pack(NULL, 7); /* not signed at all */
    c = open_good(&secret);
    assert_true(value_of(c, 1) == -1);
    add(c, 1, 9);
    assert_int_equal(bf_cache_refresh(c, &err), FEAT_OK);
    assert_true(value_of(c, 1) == 9);
    bf_cache_close(&c);
}

/* Every byte of a signed record, head and row, makes it another one. */
static void every_byte_is_signed(void **state)
{
    gen_buf b = {NULL, 0, 0};
    (void)state;
    write_pack(&secret, 7);
    gen_read_file(path, &b);
    for (size_t at = 0; at < RECORD - 4; at++) {
        unsigned char *r = b.p + 8;
        if ((at >= ROW_HASH && at < MAC) || (at >= HEAD_HASH && at < HEAD))
            continue; /* the sums, which are made right */
        r[at] ^= 1;
        seal(r);
        gen_write_file(path, b.p, b.n);
        bf_cache *c = open_good(&secret);
        assert_true(value_of(c, 1) == -1);
        bf_cache_close(&c);
        r[at] ^= 1;
    }
    gen_free(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_as_published),     TEST(a_key_is_a_secret),    TEST(what_is_not_finite_is_a_miss),
        TEST(what_changes_after_it_was_indexed), TEST(many_packs),           TEST(what_others_can_write_is_not_read),
        TEST(a_secret_tells_whose_it_is),        TEST(every_byte_is_signed),
    };
    return cmocka_run_group_tests_name("cache_trust", tests, NULL, NULL);
}
