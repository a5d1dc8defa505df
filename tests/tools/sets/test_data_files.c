/* The files in which small data sets are published: CIFAR-10 and -100, binary and in Python pickles, STL-10, MNIST. All
 * are made here, of pixels that a formula gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/crc32.h"
#include "tests/own_folder.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/sets/set.h"

/* Channel c at row y, column x of image k. */
static uint8_t pixel(size_t k, size_t c, size_t y, size_t x)
{
    return (uint8_t)(31 * k + 85 * c + 3 * y + 7 * x + y * x);
}

static bf_set *open_set(const char *name)
{
    bf_set *set;
    feat_error err = {0};
    if (bf_set_open(&set, own_path(name), &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(bf_set_get_kind(set), BF_SET_IMAGES);
    return set;
}

static void expect_refused(const char *name, feat_status status, const char *text)
{
    bf_set *set = NULL;
    feat_error err = {0};
    feat_status found = bf_set_open(&set, own_path(name), &err);
    if (found != status || strstr(err.message, text) == NULL)
        fail_msg("%s: status %d, '%s' does not say '%s'", name, (int)found, err.message, text);
    assert_null(set);
}

static void expect_limit(const char *limits, const char *name, const char *text)
{
    feat_error err = {0};
    assert_int_equal(bf_limits_set(limits, &err), FEAT_OK);
    expect_refused(name, FEAT_ERR_UNSUPPORTED, text);
    assert_int_equal(bf_limits_set(NULL, &err), FEAT_OK);
}

/* A set of n such images, grey ones of channel 0. */
static void expect_images(const char *name, size_t n, size_t h, size_t w, bool grey)
{
    bf_set *set = open_set(name);
    char hint[BF_HINT_BYTES];
    assert_int_equal(bf_set_count(set), n);
    assert_string_equal(bf_set_item_name(set, n - 1), n == 2 ? "#1" : "#0");
    snprintf(hint, sizeof hint, "array %zux%zux%d", h, w, grey ? 1 : 3);
    for (size_t k = 0; k < n; k++) {
        bf_image image;
        feat_error err = {0};
        char found[BF_HINT_BYTES];
        if (bf_set_read_image(set, k, &image, &err) != FEAT_OK)
            fail_msg("%s", err.message);
        assert_true(image.h == h && image.w == w);
        assert_int_equal(image.flags, grey ? BF_IMAGE_GREY : 0);
        assert_string_equal(bf_set_decode_hint(set, k, found), hint);
        for (size_t i = 0; i < h * w * 3; i++)
            if (image.rgb[i] != pixel(k, grey ? 0 : i % 3, i / 3 / w, i / 3 % w))
                fail_msg("%s: image %zu differs at byte %zu", name, k, i);
        bf_image_release(&image);
    }
    bf_set_close(&set);
}

/* The planes of image k; by columns as STL-10 has them. */
static uint8_t *put_planes(uint8_t *to, size_t k, size_t side, bool by_columns)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < side * side; i++)
            *to++ = by_columns ? pixel(k, c, i % side, i / side) : pixel(k, c, i / side, i % side);
    return to;
}

/* --- records ------------------------------------------------------------------------------------------ */

static void test_records(void **state)
{
    (void)state;
    static uint8_t bytes[2 * 3 * 96 * 96];
    uint8_t *to = bytes;
    for (size_t k = 0; k < 2; k++) {
        *to++ = k == 0 ? 19 : 3;
        *to++ = k == 0 ? 99 : 10; /* no label of CIFAR-10 would be */
        to = put_planes(to, k, 32, false);
    }
    own_put("train.bin", bytes, 2 * 3074);
    expect_images("train.bin", 2, 32, 32, false);
    bytes[3074] = 20; /* a coarse label that is none */
    own_put("coarse.bin", bytes, 2 * 3074);
    expect_refused("coarse.bin", FEAT_ERR_FORMAT, "CIFAR-100's (3074, two labels to 19 and 99)");
    bytes[3074] = 3;
    bytes[3075] = 100;
    own_put("fine.bin", bytes, 2 * 3074);
    expect_refused("fine.bin", FEAT_ERR_FORMAT, "not CIFAR-10's records");
    own_put("cut.bin", bytes, 2 * 3074 - 1);
    expect_refused("cut.bin", FEAT_ERR_FORMAT, "not CIFAR-10's records");
    to = bytes;
    for (size_t k = 0; k < 2; k++)
        to = put_planes(to, k, 96, true);
    own_put("train_X.bin", bytes, sizeof bytes);
    expect_images("train_X.bin", 2, 96, 96, false);
    own_put("other.bin", bytes, sizeof bytes); /* without a mark and without labels the name must say it */
    expect_refused("other.bin", FEAT_ERR_FORMAT, "STL-10's (*_X.bin, 27648)");
}

/* --- pickles ------------------------------------------------------------------------------------------ */

static size_t add(uint8_t *file, size_t used, const char *text, size_t n)
{
    memcpy(file + used, text, n);
    return used + n;
}
#define ADD(text) used = add(file, used, text, sizeof text - 1)

/* What Python 2 and numpy wrote of {batch_label, labels, data: uint8 [2][3072], filenames}. */
static size_t put_batch(uint8_t *file, const char *key, const char *shape, size_t n_shape, const char *type)
{
    size_t used = 0;
    ADD("\x80\x02}q\x01(U\x0b" "batch_labelq\x02U\x05" "trainq\x03U\x06labelsq\x04]q\x05(K\x06K\x09" "eU");
    file[used++] = (uint8_t)strlen(key);
    used = add(file, used, key, strlen(key));
    ADD("q\x06" "cnumpy.core.multiarray\n_reconstruct\nq\x07" "cnumpy\nndarray\nq\x08K\0\x85U\x01" "b\x87Rq\x09(K\x01");
    used = add(file, used, shape, n_shape);
    ADD("cnumpy\ndtype\nq\x0aU\x02");
    used = add(file, used, type, 2);
    ADD("K\0K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T");
    const uint8_t length[4] = {0, 2 * 3072 / 256, 0, 0};
    memcpy(file + used, length, 4);
    used += 4;
    used = (size_t)(put_planes(put_planes(file + used, 0, 32, false), 1, 32, false) - file);
    ADD("tbU\x09" "filenamesq\x0c]q\x0d(U\x05" "a.pngq\x0eU\x05" "b.pngq\x0f" "eu.");
    return used;
}

#define BATCH_SHAPE "K\x02M\x00\x0c\x86"

static void test_batches(void **state)
{
    (void)state;
    static uint8_t file[8192], text[16384];
    size_t n = put_batch(file, "data", BATCH_SHAPE, 6, "u1");
    own_put("data_batch_1", file, n);
    expect_images("data_batch_1", 2, 32, 32, false);
    expect_limit("file=1000", "data_batch_1", "bytes are too many (at most 1000); --limits file=N raises that");
    /* Cut anywhere it is refused. */
    for (size_t cut = 40; cut < n; cut += cut < 300 || cut > n - 80 ? 1 : 501) {
        bf_set *set = NULL;
        own_put("cut", file, cut);
        assert_int_not_equal(bf_set_open(&set, own_path("cut"), NULL), FEAT_OK);
        own_take_back();
    }
    own_put("none", file, put_batch(file, "dato", BATCH_SHAPE, 6, "u1"));
    expect_refused("none", FEAT_ERR_FORMAT, "a pickle without an array 'data', as the batches of CIFAR have it");
    own_put("signed", file, put_batch(file, "data", BATCH_SHAPE, 6, "i1"));
    expect_refused("signed", FEAT_ERR_FORMAT, "(uint8 [n][3072] for 32 x 32) expected, int8 [2][3072] found");
    own_put("shape", file, put_batch(file, "data", "K\x03M\x00\x08\x86", 6, "u1"));
    expect_refused("shape", FEAT_ERR_FORMAT, "three square planes");
    own_put("huge", file, put_batch(file, "data", "J\xff\xff\xff\x7fM\x00\x0c\x86", 9, "u1"));
    expect_refused("huge", FEAT_ERR_FORMAT, "bytes expected of its shape");
    /* Python 3 writes bytes as text into protocol 2. */
    size_t used = 0;
    n = put_batch(file, "data", BATCH_SHAPE, 6, "u1");
    size_t at = n - 40 - 2 * 3072;
    assert_int_equal(file[at - 5], 'T');
    memcpy(text, file, at - 5);
    used = at - 5;
    used = add(text, used, "c_codecs\nencode\nX", 17);
    size_t length_at = used, length;
    used += 4;
    for (size_t i = 0; i < 2 * 3072; i++) {
        uint8_t c = file[at + i];
        if (c >= 0x80)
            text[used++] = (uint8_t)(0xC0 | c >> 6);
        text[used++] = c >= 0x80 ? (uint8_t)(0x80 | (c & 0x3F)) : c;
    }
    length = used - length_at - 4;
    for (int i = 0; i < 4; i++)
        text[length_at + (size_t)i] = (uint8_t)(length >> 8 * i);
    used = add(text, used, "X\6\0\0\0latin1\x86R", 13);
    used = add(text, used, (const char *)file + n - 40, 40);
    own_put("python3", text, used);
    expect_images("python3", 2, 32, 32, false);
}

/* --- IDX ---------------------------------------------------------------------------------------------- */

static void put_be32(uint8_t *to, size_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The header of an IDX file of 2 x 5 x 6, and its bytes. */
static size_t put_idx(uint8_t *file, size_t rank)
{
    const size_t shape[4] = {2, 5, 6, 3};
    const uint8_t magic[4] = {0, 0, 8, (uint8_t)rank};
    uint8_t *to = file + 4 + 4 * rank;
    memcpy(file, magic, 4);
    for (size_t i = 0; i < rank; i++)
        put_be32(file + 4 + 4 * i, shape[i]);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 30; i++)
            for (size_t c = 0; c < (rank == 4 ? 3 : 1); c++)
                *to++ = pixel(k, c, i / 6, i % 6);
    return (size_t)(to - file);
}

/* The same as gzip writes it, in one stored block behind a header with a name and an extra field. */
static size_t pack(uint8_t *to, const uint8_t *file, size_t n)
{
    static const uint8_t head[] = {0x1F, 0x8B, 8, 12, 0, 0, 0, 0, 0, 3, 2, 0, 'e', 'x', 'i', 'd', 'x', 0, 1};
    uint32_t crc = feat_crc32(0, file, n);
    uint8_t *at = to + sizeof head;
    memcpy(to, head, sizeof head);
    *at++ = (uint8_t)n, *at++ = (uint8_t)(n >> 8), *at++ = (uint8_t)~n, *at++ = (uint8_t)(~n >> 8);
    memcpy(at, file, n);
    at += n;
    for (int i = 0; i < 4; i++)
        *at++ = (uint8_t)(crc >> 8 * i);
    for (int i = 0; i < 4; i++)
        *at++ = (uint8_t)(n >> 8 * i);
    return (size_t)(at - to);
}

static void test_idx(void **state)
{
    (void)state;
    static uint8_t file[512], packed[1024];
    size_t n = put_idx(file, 3);
    own_put("t10k-images-idx3-ubyte", file, n);
    expect_images("t10k-images-idx3-ubyte", 2, 5, 6, true);
    size_t n_packed = pack(packed, file, n);
    own_put("i.gz", packed, n_packed);
    expect_images("i.gz", 2, 5, 6, true);
    expect_limit("file=60", "i.gz", "bytes are too many (at most 60); --limits file=N raises that");
    for (size_t cut = 0; cut < n_packed; cut++) {
        bf_set *set = NULL;
        own_put("cut.gz", packed, cut);
        assert_int_not_equal(bf_set_open(&set, own_path("cut.gz"), NULL), FEAT_OK);
        own_take_back();
    }
    packed[n_packed - 20] ^= 1;
    own_put("damaged.gz", packed, n_packed);
    expect_refused("damaged.gz", FEAT_ERR_CHECKSUM, "its CRC-32 is not that of the data");
    own_put("colour-idx4", file, put_idx(file, 4));
    expect_images("colour-idx4", 2, 5, 6, false);
    n = put_idx(file, 3);
    own_put("short-idx3", file, n - 1);
    expect_refused("short-idx3", FEAT_ERR_FORMAT, "60 bytes of data expected, 59 found");
    own_put("long-idx3", file, n + 1);
    expect_refused("long-idx3", FEAT_ERR_FORMAT, "60 bytes of data expected, 61 found");
    own_put("head-idx3", file, 12);
    expect_refused("head-idx3", FEAT_ERR_FORMAT, "truncated in its header");
    memset(file + 4, 0xFF, 12);
    own_put("huge-idx3", file, n);
    expect_refused("huge-idx3", FEAT_ERR_FORMAT, "huge-idx3: ");
    own_put("huge.gz", packed, pack(packed, file, n)); /* says more than there is */
    expect_refused("huge.gz", FEAT_ERR_FORMAT, "huge.gz: ");
    put_idx(file, 3);
    file[10] = 1; /* pictures of 261 x 200, the length at the end likewise */
    file[15] = 200;
    n_packed = pack(packed, file, n);
    memcpy(packed + n_packed - 4, "\xE0\x97\x01", 3);
    own_put("large.gz", packed, n_packed);
    expect_limit("file=104k", "large.gz", "unpack to 104416 here (at most 104000, and 1032 for one: --limits file=N");
    expect_limit("ratio=900", "large.gz", "and 900 for one: --limits file=N, ratio=N)");
    put_idx(file, 3);
    file[2] = 13;
    own_put("floats-idx3", file, n);
    expect_refused("floats-idx3", FEAT_ERR_UNSUPPORTED, "of type 0x0D; only bytes (0x08) are read");
    own_put("labels-idx1", "\0\0\10\1\0\0\0\2\1\2", 10);
    expect_refused("labels-idx1", FEAT_ERR_FORMAT, "2 numbers in a row, as labels are kept; images have three axes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_records, own_folder_clear),
        cmocka_unit_test_teardown(test_batches, own_folder_clear),
        cmocka_unit_test_teardown(test_idx, own_folder_clear),
    };
    return cmocka_run_group_tests_name("data_files", tests, own_folder_make, own_folder_remove);
}
