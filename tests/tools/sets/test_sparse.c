/* Headers that announce sizes at the borders of 31, 32, 63 and 64 bits, in files of some gigabytes that are all hole:
 * no reader may compute a size that wraps, ask for the memory, or read what is not there; and what is really there
 * behind the fourth gigabyte is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat.h"
#include "tests/weights/weightgen.h"
#include "tools/records/part.h"
#include "tools/sets/set.h"

static const uint64_t borders[] = {INT32_MAX,           UINT64_C(1) << 31,       UINT32_MAX,
                                   UINT64_C(1) << 32,   UINT64_C(5000000000),    UINT64_C(1) << 61,
                                   UINT64_C(1) << 62,   (uint64_t)INT64_MAX - 63, (uint64_t)INT64_MAX,
                                   UINT64_C(1) << 63,   UINT64_MAX - 63,         UINT64_MAX};
enum { N_BORDERS = sizeof borders / sizeof borders[0] };
static const uint64_t LONG_FILE = UINT64_C(6000000000);

static char folder[256];
static feat_error err;
static size_t live; /* blocks when the file had been written */

/* Bytes at the start, bytes at `at`, and a hole up to `bytes`. False where the file system has no holes. */
static bool write_sparse(const gen_buf *start, const gen_buf *end, uint64_t at, uint64_t bytes)
{
    int fd = open("sparse", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    bool good = pwrite(fd, start->p, start->n, 0) == (ssize_t)start->n &&
                (end == NULL || pwrite(fd, end->p, end->n, (off_t)at) == (ssize_t)end->n) &&
                (bytes == 0 || ftruncate(fd, (off_t)bytes) == 0);
    close(fd);
    live = feat_alloc_live();
    return good;
}

static void is_refused(feat_status status, const char *what, uint64_t value)
{
    if (status == FEAT_OK || status == FEAT_ERR_NOMEM || err.message[0] == 0)
        fail_msg("%s = %" PRIu64 ": status %d: %s", what, value, (int)status, err.message);
    assert_int_equal(feat_alloc_live(), live);
}

/* --- .npy ------------------------------------------------------------------------------------------------- */

static void npy_header(gen_buf *b, const char *dictionary)
{
    const size_t n = 118;
    char text[200];
    b->n = 0;
    gen_put(b, "\x93NUMPY\1\0v\0", 10);
    snprintf(text, sizeof text, "%-117s\n", dictionary);
    gen_put(b, text, n);
}

static feat_status open_set(const char *path)
{
    bf_set *set = NULL;
    feat_status status = bf_set_open(&set, path, &err);
    bf_set_close(&set);
    return status;
}

static void npy_shapes(void **state)
{
    static const char *const types[] = {"<f4", "<f8", "<f2", "|u1"};
    gen_buf b = {NULL, 0, 0};
    char text[118];
    (void)state;
    for (size_t t = 0; t < 4; t++)
        for (size_t i = 0; i < N_BORDERS; i++)
            for (int form = 0; form < 4; form++) {
                static const char *const before[] = {"(", "(8, ", "(", "(2, "};
                static const char *const behind[] = {", 8)", ")", ", 4294967296)", ", 3, 3)"};
                char shape[40];
                snprintf(shape, sizeof shape, "%s%" PRIu64 "%s", before[form], borders[i], behind[form]);
                snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", types[t], shape);
                npy_header(&b, text);
                if (!write_sparse(&b, NULL, 0, LONG_FILE)) {
                    gen_free(&b);
                    skip();
                }
                if (borders[i] * (form == 3 ? 18 : form == 2 ? UINT64_C(1) << 32 : 8) <= LONG_FILE &&
                    borders[i] < UINT32_MAX && form != 2)
                    continue; /* that much is there */
                is_refused(open_set("sparse"), shape, borders[i]);
            }
    gen_free(&b);
}

/* Rows behind the fourth gigabyte are read. */
static void npy_that_is_long(void **state)
{
    const size_t n = 350000000, d = 4;
    const float last[4] = {1, 2, 3, 4};
    float row[4];
    bf_set *set = NULL;
    gen_buf b = {NULL, 0, 0}, end = {NULL, 0, 0};
    (void)state;
    npy_header(&b, "{'descr': '<f4', 'fortran_order': False, 'shape': (350000000, 4), }");
    gen_put(&end, last, sizeof last);
    uint64_t bytes = 128 + (uint64_t)n * d * sizeof(float);
    bool good = write_sparse(&b, &end, bytes - sizeof last, bytes);
    gen_free(&b);
    gen_free(&end);
    if (!good)
        skip();
    assert_int_equal(bf_set_open(&set, "sparse", &err), FEAT_OK);
    assert_int_equal(bf_set_count(set), n);
    assert_int_equal(bf_set_read_features(set, n - 1, 1, row, NULL, &err), FEAT_OK);
    assert_memory_equal(row, last, sizeof last);
    assert_int_not_equal(bf_set_read_features(set, n, 1, row, NULL, &err), FEAT_OK);
    bf_set_close(&set);
}

/* --- zip -------------------------------------------------------------------------------------------------- */

static void put_number(gen_buf *b, uint64_t value, size_t bytes)
{
    gen_put(b, &value, bytes);
}

/* What an archive of one stored member says of itself. */
typedef struct zip_claims {
    uint64_t size, packed, offset;                  /* of the member, in the directory's zip64 field */
    uint64_t entries, directory_bytes, directory_at; /* in the zip64 end record */
    uint64_t end_at;                                /* in the locator */
} zip_claims;

enum { LOCAL = 30 + 9, DIRECTORY = 46 + 9 + 28 };

static void zip_start(gen_buf *b)
{
    b->n = 0;
    gen_put(b, "PK\3\4", 4);
    put_number(b, 45, 2);
    put_number(b, 0, 8); /* flags, method, time, date */
    put_number(b, 0, 4);
    put_number(b, UINT32_MAX, 4);
    put_number(b, UINT32_MAX, 4);
    put_number(b, 9, 2);
    put_number(b, 0, 2);
    gen_put(b, "feats.npy", 9);
}

static void zip_end(gen_buf *b, const zip_claims *c)
{
    b->n = 0;
    gen_put(b, "PK\1\2", 4);
    put_number(b, 45, 2);
    put_number(b, 45, 2);
    put_number(b, 0, 8); /* flags, method, time, date */
    put_number(b, 0, 4);
    for (int i = 0; i < 2; i++)
        put_number(b, UINT32_MAX, 4);
    put_number(b, 9, 2);
    put_number(b, 28, 2);
    put_number(b, 0, 6);
    put_number(b, 0, 4);
    put_number(b, UINT32_MAX, 4);
    gen_put(b, "feats.npy", 9);
    put_number(b, 1, 2);
    put_number(b, 24, 2);
    put_number(b, c->size, 8);
    put_number(b, c->packed, 8);
    put_number(b, c->offset, 8);
    gen_put(b, "PK\6\6", 4);
    put_number(b, 44, 8);
    put_number(b, 45, 2);
    put_number(b, 45, 2);
    put_number(b, 0, 8);
    put_number(b, c->entries, 8);
    put_number(b, c->entries, 8);
    put_number(b, c->directory_bytes, 8);
    put_number(b, c->directory_at, 8);
    gen_put(b, "PK\6\7", 4);
    put_number(b, 0, 4);
    put_number(b, c->end_at, 8);
    put_number(b, 1, 4);
    gen_put(b, "PK\5\6", 4);
    put_number(b, 0, 4);
    put_number(b, UINT16_MAX, 2);
    put_number(b, UINT16_MAX, 2);
    put_number(b, UINT32_MAX, 4);
    put_number(b, UINT32_MAX, 4);
    put_number(b, 0, 2);
}

static void zip_claims_at_the_borders(void **state)
{
    static const char *const names[] = {"size",            "packed size",  "offset",       "entries",
                                        "directory bytes", "directory at", "end record at"};
    const uint64_t size = 128 + UINT64_C(300000000) * 16, at = LOCAL + size;
    const zip_claims truth = {size, size, 0, 1, DIRECTORY, at, at + DIRECTORY};
    gen_buf start = {NULL, 0, 0}, end = {NULL, 0, 0}, header = {NULL, 0, 0};
    bf_set *set = NULL;
    float row[4];
    (void)state;
    npy_header(&header, "{'descr': '<f4', 'fortran_order': False, 'shape': (300000000, 4), }");
    zip_start(&start);
    gen_put(&start, header.p, header.n);
    gen_free(&header);
    zip_end(&end, &truth);
    bool good = write_sparse(&start, &end, at, 0);
    if (good) { /* as it is, it is an archive */
        if (bf_set_open(&set, "sparse", &err) != FEAT_OK)
            fail_msg("%s", err.message);
        assert_int_equal(bf_set_count(set), 300000000);
        assert_int_equal(bf_set_read_features(set, 299999999, 1, row, NULL, &err), FEAT_OK);
        bf_set_close(&set);
    }
    for (size_t field = 0; field < 7 && good; field++)
        for (size_t i = 0; i < N_BORDERS && good; i++) {
            zip_claims c = truth;
            uint64_t *const fields[] = {&c.size,    &c.packed,          &c.offset,      &c.entries,
                                        &c.directory_bytes, &c.directory_at, &c.end_at};
            if (field < 2 && borders[i] < size)
                continue; /* less than there is: another kind of lie, in test_zip.c */
            *fields[field] = borders[i];
            zip_end(&end, &c);
            good = write_sparse(&start, &end, at, 0);
            if (good && field == 6)
                (void)open_set("sparse"); /* the record is looked for before its locator as well, and found */
            else if (good)
                is_refused(open_set("sparse"), names[field], borders[i]);
        }
    gen_free(&start);
    gen_free(&end);
    if (!good)
        skip();
}

/* --- .iv3 ------------------------------------------------------------------------------------------------- */

static void feat_claims_at_the_borders(void **state)
{
    static const size_t of_header[] = {FEAT_HDR_FILE_BYTES, FEAT_HDR_TABLE_OFFSET, FEAT_HDR_TABLE_BYTES,
                                       FEAT_HDR_DATA_OFFSET, FEAT_HDR_N_PARAMETERS, FEAT_HDR_N_TENSORS};
    static const size_t of_entry[] = {FEAT_ENT_OFFSET, FEAT_ENT_BYTES, FEAT_ENT_SHAPE, FEAT_ENT_SHAPE + 4};
    feat_weights *w = NULL;
    gen_buf good = {NULL, 0, 0}, bad = {NULL, 0, 0};
    (void)state;
    assert_int_equal(feat_weights_synth(&w, 1, &gen_fid, &err), FEAT_OK);
    assert_int_equal(feat_weights_save(w, "good.iv3", FEAT_FLOAT32, &err), FEAT_OK);
    feat_weights_close(&w);
    gen_read_file("good.iv3", &good);
    size_t n_tensors = feat_get32(good.p + FEAT_HDR_N_TENSORS), tried = 0;
    for (size_t place = 0; place < 6 + 4 * n_tensors; place++)
        for (size_t i = 0; i < N_BORDERS; i++)
            for (int is_long = 0; is_long < 2; is_long++) {
                bad.n = 0;
                gen_put(&bad, good.p, good.n);
                size_t at = place < 6 ? of_header[place]
                                      : FEAT_HDR_SIZE + (place - 6) / 4 * FEAT_ENT_SIZE + of_entry[(place - 6) % 4];
                bool narrow = place < 6 ? at == FEAT_HDR_N_TENSORS : (place - 6) % 4 >= 2;
                if (narrow && borders[i] > UINT32_MAX)
                    continue;
                if (narrow)
                    feat_put32(bad.p + at, (uint32_t)borders[i]);
                else
                    feat_put64(bad.p + at, borders[i]);
                if (is_long && at != FEAT_HDR_FILE_BYTES)
                    feat_put64(bad.p + FEAT_HDR_FILE_BYTES, LONG_FILE);
                feat_hash64_state hash;
                feat_hash64_init(&hash);
                feat_hash64_update(&hash, bad.p, FEAT_HDR_CHECKSUM);
                feat_hash64_update(&hash, bad.p + FEAT_HDR_SIZE, n_tensors * FEAT_ENT_SIZE);
                feat_put64(bad.p + FEAT_HDR_CHECKSUM, feat_hash64_final(&hash));
                if (!write_sparse(&bad, NULL, 0, is_long ? LONG_FILE : 0))
                    continue;
                is_refused(feat_weights_open_among(&w, "sparse", gen_nets, &err), "a field of .iv3", borders[i]);
                tried++;
            }
    assert_true(tried > 500);
    gen_free(&good);
    gen_free(&bad);
}

/* --- parts ------------------------------------------------------------------------------------------------ */

static void part_claims_at_the_borders(void **state)
{
    (void)state;
    for (size_t field = 0; field < 3; field++)
        for (size_t i = 0; i < N_BORDERS; i++)
            for (int is_long = 0; is_long < 2; is_long++) {
                bf_part_head head = {.bytes = is_long ? LONG_FILE : 128, .text_at = 64, .text_bytes = 64};
                gen_buf b = {NULL, 0, 0};
                bf_part *part = NULL;
                memcpy(head.magic, BF_PART_MAGIC, sizeof head.magic);
                *(field == 0 ? &head.bytes : field == 1 ? &head.text_at : &head.text_bytes) = borders[i];
                head.hash = feat_hash64(&head, offsetof(bf_part_head, hash));
                gen_put(&b, &head, sizeof head);
                bool good = write_sparse(&b, NULL, 0, is_long ? LONG_FILE : 128);
                if (good && !(is_long && field == 2)) /* gigabytes of zeros would be hashed to find that they differ */
                    is_refused(bf_part_open(&part, "sparse", &err), "a field of a part", borders[i]);
                gen_free(&b);
            }
}

static int setup(void **state)
{
    (void)state;
    gen_folder(folder);
    return chdir(folder);
}

static int teardown(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return 1;
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npy_shapes),
        cmocka_unit_test(npy_that_is_long),
        cmocka_unit_test(zip_claims_at_the_borders),
        cmocka_unit_test(feat_claims_at_the_borders),
        cmocka_unit_test(part_claims_at_the_borders),
    };
    return cmocka_run_group_tests_name("sparse", tests, setup, teardown);
}
