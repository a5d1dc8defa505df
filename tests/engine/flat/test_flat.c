/* The flat weight file: float16, synthetic weights, writing, and an opening that believes nothing. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat.h"
#include "tests/data/synth_digest.h"
#include "tests/weights/weightgen.h"

/* Hundreds of files are written here and none has to survive a power failure: this takes libc's place. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

static char folder[256], path[300];
static gen_buf file; /* a flat file of the tiny network's synthetic weights */
static feat_error err;

static void write_tiny(feat_dtype dtype)
{
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_synth(&w, 1, &gen_fid, &err), FEAT_OK);
    assert_int_equal(feat_weights_save(w, path, dtype, &err), FEAT_OK);
    feat_weights_close(&w);
    (void)gen_read_file(path, &file);
}

static int setup(void **state)
{
    (void)state;
    gen_folder(folder);
    (void)snprintf(path, sizeof path, "%s/w.iv3", folder);
    write_tiny(FEAT_FLOAT32);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    feat_alloc_fail_after(-1);
    gen_free(&file);
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

/* --- float16 ------------------------------------------------------------------------------------------ */

static void test_half_exhaustive(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        unsigned exponent = h >> 10 & 31, fraction = h & 1023;
        float value = feat_half_widen((uint16_t)h);
        if (exponent == 31) {
            assert_true(fraction == 0 ? isinf(value) : isnan(value));
            assert_true(feat_first_not_finite(&value, 1) == 0);
            continue;
        }
        double want = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, (int)exponent - 25);
        assert_true((double)value == ((h & 0x8000) != 0 ? -want : want));
        assert_int_equal(feat_half_round(value), h);
        assert_true(feat_first_not_finite(&value, 1) == 1);
    }
}

/* The first of two, at every place of an array longer than what is looked at at once. */
static void test_first_not_finite(void **state)
{
    (void)state;
    static float values[600];
    for (size_t n = 0; n <= 600; n += 40)
        assert_int_equal(feat_first_not_finite(values, n), n);
    for (size_t i = 0; i + 1 < 600; i++) {
        values[i] = i % 2 == 0 ? INFINITY : NAN;
        values[(i + 600) / 2] = NAN;
        assert_int_equal(feat_first_not_finite(values, 600), i);
        assert_int_equal(feat_first_not_finite(values, i), i);
        values[i] = values[(i + 600) / 2] = 0.0f;
    }
}

/* Between neighbours a < b: the middle goes to the even one, the floats beside it to the nearer. */
static void test_half_ties(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x7bff; h++) {
        float a = feat_half_widen((uint16_t)h), b = feat_half_widen((uint16_t)(h + 1));
        float middle = a + (b - a) / 2;
        assert_int_equal(feat_half_round(middle), h + (h & 1));
        assert_int_equal(feat_half_round(-middle), 0x8000 + h + (h & 1));
        assert_int_equal(feat_half_round(nextafterf(middle, 0.0f)), h);
        assert_int_equal(feat_half_round(nextafterf(middle, 1e9f)), h + 1);
    }
    assert_int_equal(feat_half_round(65504.0f), 0x7bff);
    assert_int_equal(feat_half_round(nextafterf(65520.0f, 0.0f)), 0x7bff);
    assert_int_equal(feat_half_round(65520.0f), 0x7c00);
    assert_int_equal(feat_half_round(1e30f), 0x7c00);
    assert_int_equal(feat_half_round(1e-30f), 0);
    assert_int_equal(feat_half_round(-INFINITY), 0xfc00);
    assert_int_equal(feat_half_round(NAN), 0x7e00);
}

/* --- synthetic weights -------------------------------------------------------------------------------- */

static void test_synth_values(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_synth(&w, 7, feat_net_at(0), &err), FEAT_OK);
    assert_string_equal(feat_weights_path(w), "synth:7");
    float *values = feat_alloc_array(1008 * 2048, sizeof *values);
    for (size_t i = 0; i < sizeof synth7 / sizeof synth7[0]; i++) {
        size_t at = feat_weights_find(w, synth7[i].name);
        assert_true(at != SIZE_MAX);
        assert_int_equal(feat_weights_read(w, at, values, &err), FEAT_OK);
        assert_true(values[0] == synth7[i].first);
        assert_true(values[feat_weights_at(w, at)->n_elements - 1] == synth7[i].last);
    }
    feat_free(values);
    feat_weights_close(&w);
    assert_int_equal(feat_weights_synth(&w, 7, NULL, &err), FEAT_ERR_ARG);
    assert_null(w);
}

static void assert_digest(feat_weights *w, const char *want, size_t n_classes)
{
    feat_weights_info info;
    char hex[65];
    assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_OK);
    feat_hex(hex, info.content_sha256);
    assert_string_equal(hex, want);
    assert_int_equal(info.n_classes, n_classes);
    assert_int_equal(info.n_tensors, 94 * 5 + 2);
}

/* The whole network: digests made by NumPy, and a float16 file through the disk. */
static void test_synth_digests(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_synth(&w, 1, feat_net_at(0), &err), FEAT_OK);
    assert_digest(w, SYNTH1_1008_FLOAT32, 1008);
    assert_int_equal(feat_weights_save(w, path, FEAT_FLOAT16, &err), FEAT_OK);
    feat_weights_close(&w);
    assert_int_equal(feat_weights_open(&w, path, &err), FEAT_OK);
    assert_digest(w, SYNTH1_1008_FLOAT16, 1008);
    assert_int_equal(feat_weights_verify(w, &err), FEAT_OK);
    feat_weights_close(&w);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(feat_weights_synth(&w, 1, feat_net_at(i), &err), FEAT_OK);
        assert_digest(w, SYNTH1_1000_FLOAT32, 1000);
        assert_ptr_equal(feat_weights_net(w), feat_net_at(i));
        feat_weights_close(&w);
    }
}

/* --- round trip --------------------------------------------------------------------------------------- */

static void test_round_trip(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    feat_weights_info info;
    for (int dtype = FEAT_FLOAT32; dtype <= FEAT_FLOAT16; dtype++) {
        write_tiny((feat_dtype)dtype);
        assert_int_equal(feat_weights_open_among(&w, path, gen_nets, &err), FEAT_OK);
        assert_string_equal(feat_weights_path(w), path);
        assert_int_equal(feat_weights_count(w), 17);
        assert_null(feat_weights_at(w, 17));
        assert_true(feat_weights_find(w, "fc.weigh") == SIZE_MAX);
        for (size_t i = 0; i < 17; i++) {
            const feat_tensor *t = feat_weights_at(w, i);
            float values[256], want[256];
            assert_int_equal(feat_weights_find(w, t->name), i);
            assert_int_equal(t->offset % 64, 0);
            assert_int_equal(feat_weights_read(w, i, values, &err), FEAT_OK);
            feat_synth_fill(1, t, want);
            for (size_t k = 0; dtype == FEAT_FLOAT16 && k < t->n_elements; k++)
                want[k] = feat_half_widen(feat_half_round(want[k]));
            assert_memory_equal(values, want, t->n_elements * sizeof(float));
        }
        assert_int_equal(feat_weights_read(w, 17, NULL, &err), FEAT_ERR_ARG);
        assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_OK);
        assert_string_equal(info.name, "synth:1");
        assert_int_equal(info.n_classes, 5);
        assert_int_equal(info.n_parameters, 337);
        assert_int_equal(feat_weights_verify(w, &err), FEAT_OK);
        feat_weights_close(&w);
    }
    feat_weights_close(&w);
    feat_weights_close(NULL);
    assert_int_equal(feat_weights_open(&w, path, &err), FEAT_ERR_FORMAT); /* three convolutions, not 94 */
}

/* --- damage ------------------------------------------------------------------------------------------- */

/* An image in memory is refused as the file was: the same status, and every word of the message. The copy has no byte
 * more than the file. */
static void same_in_memory(const void *p, size_t n, feat_status status)
{
    feat_weights *w = NULL;
    feat_error own = {FEAT_OK, ""};
    unsigned char *copy = feat_alloc(n);
    assert_non_null(copy);
    memcpy(copy, p, n);
    assert_int_equal(feat_weights_from_memory_among(&w, copy, n, path, gen_nets, &own), status);
    assert_true((status == FEAT_OK) == (w != NULL));
    if (status != FEAT_OK)
        assert_string_equal(own.message, err.message);
    feat_weights_close(&w);
    feat_free(copy);
}

static feat_status open_bytes(const void *p, size_t n)
{
    feat_weights *w = NULL;
    memset(&err, 0, sizeof err);
    gen_write_file(path, p, n);
    feat_status status = feat_weights_open_among(&w, path, gen_nets, &err);
    assert_true((status == FEAT_OK) == (w != NULL));
    if (status != FEAT_OK) {
        assert_int_equal(err.status, status);
        assert_non_null(strstr(err.message, path));
    }
    feat_weights_close(&w);
    same_in_memory(p, n, status);
    return status;
}

static void test_truncated(void **state)
{
    (void)state;
    for (size_t n = 0; n < file.n; n++) {
        assert_int_equal(open_bytes(file.p, n), FEAT_ERR_FORMAT);
        if (n >= 8)
            assert_non_null(strstr(err.message, "truncated"));
    }
    gen_put(&file, "", 1);
    assert_int_equal(open_bytes(file.p, file.n), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "too long"));
}

static size_t head_bytes(void)
{
    return FEAT_HDR_SIZE + 17 * FEAT_ENT_SIZE;
}

/* Reads tensor k in pieces of `piece` values; returns what the end says. */
static feat_status read_pieces(const feat_weights *w, size_t k, size_t piece, float *values)
{
    feat_tensor_reader reader;
    assert_int_equal(feat_weights_begin(&reader, w, k, &err), FEAT_OK);
    size_t n = (size_t)reader.tensor->n_elements;
    for (size_t at = 0; at < n; at += piece)
        assert_int_equal(feat_weights_next(&reader, values + at, n - at < piece ? n - at : piece, &err), FEAT_OK);
    return feat_weights_end(&reader, &err);
}

/* A tensor in pieces is the tensor, of a file and of a seed; its reader keeps to its end, and waits for it. */
static void test_pieces(void **state)
{
    (void)state;
    float values[256], want[256];
    for (int dtype = FEAT_FLOAT32; dtype <= FEAT_FLOAT16; dtype++) {
        feat_weights *both[2] = {NULL, NULL};
        write_tiny((feat_dtype)dtype);
        assert_int_equal(feat_weights_open_among(&both[0], path, gen_nets, &err), FEAT_OK);
        assert_int_equal(feat_weights_synth(&both[1], 1, &gen_fid, &err), FEAT_OK);
        for (size_t i = 0; i < 2 * 17; i++) {
            const feat_weights *w = both[i / 17];
            size_t k = i % 17, n = (size_t)feat_weights_at(w, k)->n_elements;
            assert_int_equal(feat_weights_read(w, k, want, &err), FEAT_OK);
            for (size_t piece = 1; piece <= n; piece += piece < 9 ? 1 : 30) {
                memset(values, 0, sizeof values);
                assert_int_equal(read_pieces(w, k, piece, values), FEAT_OK);
                assert_memory_equal(values, want, n * sizeof *values);
            }
            feat_tensor_reader reader;
            assert_int_equal(feat_weights_begin(&reader, w, k, &err), FEAT_OK);
            assert_int_equal(feat_weights_next(&reader, values, n - 1, &err), FEAT_OK);
            assert_int_equal(feat_weights_end(&reader, &err), FEAT_ERR_ARG);
            assert_int_equal(feat_weights_next(&reader, values, 2, &err), FEAT_ERR_ARG);
            assert_int_equal(feat_weights_next(&reader, values, 1, &err), FEAT_OK);
            assert_int_equal(feat_weights_end(&reader, &err), FEAT_OK);
        }
        feat_weights_close(&both[0]);
        feat_weights_close(&both[1]);
    }
}

/* Any changed byte of header or table is refused; any changed byte of data is found on reading. */
static void test_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < head_bytes(); i++) {
        file.p[i] ^= 0x41;
        assert_int_not_equal(open_bytes(file.p, file.n), FEAT_OK);
        file.p[i] ^= 0x41;
    }
    assert_int_equal(open_bytes(file.p, file.n), FEAT_OK);
    for (size_t k = 0; k < 17; k++) {
        const unsigned char *entry = file.p + FEAT_HDR_SIZE + k * FEAT_ENT_SIZE;
        uint64_t at = feat_get64(entry + FEAT_ENT_OFFSET) + feat_get64(entry + FEAT_ENT_BYTES) - 1;
        feat_weights *w = NULL;
        float values[256];
        file.p[at] ^= 1;
        gen_write_file(path, file.p, file.n);
        file.p[at] ^= 1;
        assert_int_equal(feat_weights_open_among(&w, path, gen_nets, &err), FEAT_OK);
        assert_int_equal(feat_weights_read(w, k, values, &err), FEAT_ERR_CHECKSUM);
        assert_non_null(strstr(err.message, feat_weights_at(w, k)->name));
        assert_int_equal(read_pieces(w, k, 3, values), FEAT_ERR_CHECKSUM);
        assert_int_equal(feat_weights_verify(w, &err), FEAT_ERR_CHECKSUM);
        feat_weights_close(&w);
    }
}

/* Makes the header's checksum right again, as a hostile writer would. */
static void seal(void)
{
    feat_hash64_state hash;
    feat_hash64_init(&hash);
    feat_hash64_update(&hash, file.p, FEAT_HDR_CHECKSUM);
    feat_hash64_update(&hash, file.p + FEAT_HDR_SIZE, head_bytes() - FEAT_HDR_SIZE);
    feat_put64(file.p + FEAT_HDR_CHECKSUM, feat_hash64_final(&hash));
}

typedef struct change {
    size_t entry; /* table index, or SIZE_MAX: the header */
    size_t field, bytes;
    uint64_t value;
    feat_status status;
    const char *part;
} change;

static void test_hostile(void **state)
{
    (void)state;
    enum { HDR = 999 };
    static const change changes[] = {
        {HDR, FEAT_HDR_VERSION, 4, 4, FEAT_ERR_VERSION, "format version 4, this build reads version 3"},
        {HDR, FEAT_HDR_VERSION, 4, 1, FEAT_ERR_UNSUPPORTED, "format version 1, whose digests were others"},
        {HDR, FEAT_HDR_BYTES_FIELD, 4, 128, FEAT_ERR_FORMAT, "header size 256 expected, 128 found"},
        {HDR, FEAT_HDR_VARIANT, 4, 4, FEAT_ERR_FORMAT, "variant 0 to 3 expected, 4 found"},
        {HDR, FEAT_HDR_N_TENSORS, 4, 0, FEAT_ERR_FORMAT, "tensors expected, 0 found"},
        {HDR, FEAT_HDR_N_TENSORS, 4, 0xffffffffu, FEAT_ERR_FORMAT, "tensors expected, 4294967295 found"},
        {HDR, FEAT_HDR_FILE_BYTES, 8, UINT64_MAX, FEAT_ERR_FORMAT,
         "truncated: 18446744073709551615 bytes expected"},
        {HDR, FEAT_HDR_TABLE_OFFSET, 8, 512, FEAT_ERR_FORMAT, "table offset 256 expected, 512 found"},
        {HDR, FEAT_HDR_DATA_OFFSET, 8, 0, FEAT_ERR_FORMAT, "data offset"},
        {HDR, FEAT_HDR_N_PARAMETERS, 8, 340, FEAT_ERR_FORMAT, "337 parameters expected, 340 found"},
        {HDR, FEAT_HDR_NAME, 1, 27, FEAT_ERR_FORMAT, "not zero-padded printable text"},
        {HDR, FEAT_HDR_NAME + 95, 1, 'x', FEAT_ERR_FORMAT, "not zero-padded printable text"},
        {HDR, FEAT_HDR_RESERVED, 1, 1, FEAT_ERR_FORMAT, "byte 224: 0 expected, 1 found"},
        {0, FEAT_ENT_NAME, 1, 'X', FEAT_ERR_FORMAT,
         "'Stem_1a.conv.weight' expected, 'Xtem_1a.conv.weight' found"},
        {0, FEAT_ENT_NAME, 1, 7, FEAT_ERR_FORMAT, "tensor 0: the name is not"},
        {0, FEAT_ENT_NAME + 63, 1, 'x', FEAT_ERR_FORMAT, "tensor 0: the name is not"},
        {3, FEAT_ENT_DTYPE, 4, 3, FEAT_ERR_FORMAT, "type 1 or 2 expected, 3 found"},
        {3, FEAT_ENT_DTYPE, 4, 2, FEAT_ERR_FORMAT, "4 elements do not take 16 bytes"},
        {3, FEAT_ENT_RANK, 4, 5, FEAT_ERR_FORMAT, "rank 1 to 4 expected, 5 found"},
        {3, FEAT_ENT_RANK, 4, 2, FEAT_ERR_FORMAT, "impossible size 0 in dimension 1"},
        {3, FEAT_ENT_SHAPE, 4, 0xffffffffu, FEAT_ERR_FORMAT, "impossible size 4294967295 in dimension 0"},
        {3, FEAT_ENT_SHAPE, 4, 5, FEAT_ERR_FORMAT, "5 elements do not take 16 bytes"},
        {3, FEAT_ENT_OFFSET, 8, 0, FEAT_ERR_FORMAT, "offset"},
        {3, FEAT_ENT_OFFSET, 8, UINT64_MAX, FEAT_ERR_FORMAT, "offset"},
        {3, FEAT_ENT_BYTES, 8, UINT64_MAX, FEAT_ERR_FORMAT,
         "4 elements do not take 18446744073709551615 bytes"},
        {16, FEAT_ENT_PIXELS, 4, 7, FEAT_ERR_FORMAT, "panels of 0 pixels expected, 7 found"},
        {16, FEAT_ENT_RESERVED, 1, 1, FEAT_ERR_FORMAT, "reserved byte 116 is not 0"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const change *c = &changes[i];
        size_t base = c->entry == HDR ? 0 : FEAT_HDR_SIZE + c->entry * FEAT_ENT_SIZE;
        write_tiny(FEAT_FLOAT32);
        memcpy(file.p + base + c->field, &c->value, c->bytes);
        seal();
        feat_status status = open_bytes(file.p, file.n);
        if (status != c->status || strstr(err.message, c->part) == NULL)
            fail_msg("change %zu: %s, expected '%s'", i, err.message, c->part);
    }
}

/* Two entries exchanged, one renamed to another, a transposed shape: the list must be the canonical one. */
static void test_wrong_list(void **state)
{
    (void)state;
    unsigned char *table = file.p + FEAT_HDR_SIZE, held[FEAT_NAME_BYTES];
    memcpy(held, table + 2 * FEAT_ENT_SIZE, FEAT_NAME_BYTES);
    memcpy(table + 2 * FEAT_ENT_SIZE, table + 3 * FEAT_ENT_SIZE, FEAT_NAME_BYTES);
    seal();
    assert_int_equal(open_bytes(file.p, file.n), FEAT_ERR_FORMAT);
    memcpy(table + 3 * FEAT_ENT_SIZE, held, FEAT_NAME_BYTES);
    seal();
    assert_int_equal(open_bytes(file.p, file.n), FEAT_ERR_FORMAT);
    assert_non_null(
        strstr(err.message, "tensor 2: 'Stem_1a.bn.bias' expected, 'Stem_1a.bn.running_mean' found"));
    write_tiny(FEAT_FLOAT32);
    table = file.p + FEAT_HDR_SIZE;
    feat_put32(table + FEAT_ENT_SHAPE, 3);
    feat_put32(table + FEAT_ENT_SHAPE + 4, 4);
    seal();
    assert_int_equal(open_bytes(file.p, file.n), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "'Stem_1a.conv.weight': shape 4x3x3x3 expected, 3x4x3x3 found"));
}

/* Numbers that agree with each other, but not with the length of the file. */
static void test_shorter_than_it_says(void **state)
{
    (void)state;
    enum { LAST = 16, MANY = 400 };
    unsigned char *last = file.p + FEAT_HDR_SIZE + LAST * FEAT_ENT_SIZE;
    feat_put32(last + FEAT_ENT_SHAPE, 60);
    feat_put64(last + FEAT_ENT_BYTES, 240);
    seal();
    assert_int_equal(open_bytes(file.p, file.n), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "tensor 'fc.bias': reaches beyond the end of the file"));
    feat_put32(file.p + FEAT_HDR_N_TENSORS, MANY);
    feat_put64(file.p + FEAT_HDR_TABLE_BYTES, MANY * FEAT_ENT_SIZE);
    feat_put64(file.p + FEAT_HDR_DATA_OFFSET, FEAT_HDR_SIZE + MANY * FEAT_ENT_SIZE);
    seal();
    assert_int_equal(open_bytes(file.p, file.n), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "truncated: the table of 400 tensors does not fit into"));
}

static feat_status zeros(void *ctx, size_t index, const feat_tensor *tensor, size_t first, size_t n, float *dst,
                         feat_error *e)
{
    (void)ctx;
    (void)index;
    (void)tensor;
    (void)first;
    (void)e;
    memset(dst, 0, n * sizeof *dst);
    return FEAT_OK;
}

/* Writes the list as it is, which nobody is kept from, and opens that. */
static void expect_list(const feat_tensor *list, size_t n, const char *says)
{
    const feat_weights_spec spec = {
        .net = &gen_fid, .name = "list", .dtype = FEAT_FLOAT32, .tensors = list, .n_tensors = n};
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_write(path, &spec, zeros, NULL, NULL, &err), FEAT_OK);
    assert_int_equal(feat_weights_open_among(&w, path, gen_nets, &err), FEAT_ERR_FORMAT);
    assert_null(w);
    if (strstr(err.message, says) == NULL)
        fail_msg("%s; expected '%s'", err.message, says);
}

/* Well-formed files with other tensors than the variant's. */
static void test_other_lists(void **state)
{
    (void)state;
    feat_tensor list[20];
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_open_among(&w, path, gen_nets, &err), FEAT_OK);
    assert_int_equal(feat_weights_count(w), 17);
    for (size_t i = 0; i < 17; i++)
        list[i] = *feat_weights_at(w, i);
    feat_weights_close(&w);
    expect_list(list, 15, "tensor 'fc.weight' is missing");
    expect_list(list, 16, "tensor 'fc.bias' is missing");
    list[17] = list[16];
    (void)snprintf(list[17].name, sizeof list[17].name, "fc.extra");
    expect_list(list, 18, "tensor 'fc.extra' does not belong to variant fid");
    list[18] = list[16];
    static const char *const heads[] = {"fc.0.weight", "fc.0.bias", "fc.1.weight", "fc.1.bias"};
    for (size_t i = 0; i < 4; i++) {
        memset(list[15 + i].name, 0, sizeof list[15].name);
        (void)snprintf(list[15 + i].name, sizeof list[15].name, "%s", heads[i]);
    }
    list[17] = list[15];
    (void)snprintf(list[17].name, sizeof list[17].name, "fc.1.weight");
    expect_list(list, 19, "variant fid: one dense layer expected, 2 found");
}

/* Someone cuts the file off while it is open. */
static void test_shrinks_in_use(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    float values[256];
    assert_int_equal(feat_weights_open_among(&w, path, gen_nets, &err), FEAT_OK);
    assert_int_equal(feat_weights_read(w, 16, values, &err), FEAT_OK);
    assert_int_equal(truncate(path, (off_t)file.n - 4), 0);
    assert_int_equal(feat_weights_read(w, 16, values, &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "became shorter while in use"));
    feat_weights_close(&w);
}

/* A file longer than its tensors, and saying so. */
static void test_longer_than_data(void **state)
{
    (void)state;
    static const unsigned char more[64] = {0};
    gen_put(&file, more, sizeof more);
    feat_put64(file.p + FEAT_HDR_FILE_BYTES, file.n);
    seal();
    assert_int_equal(open_bytes(file.p, file.n), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "data ends at byte"));
}

static void test_nan_in_data(void **state)
{
    (void)state;
    for (int dtype = FEAT_FLOAT32; dtype <= FEAT_FLOAT16; dtype++) {
        static const unsigned char infinity[2][4] = {{0, 0, 0x80, 0xff}, {0, 0xfc}};
        feat_weights *w = NULL;
        float values[8];
        write_tiny((feat_dtype)dtype);
        unsigned char *entry = file.p + FEAT_HDR_SIZE + 16 * FEAT_ENT_SIZE;
        unsigned char *data = file.p + feat_get64(entry + FEAT_ENT_OFFSET);
        size_t size = feat_dtype_bytes((feat_dtype)dtype);
        memcpy(data + 2 * size, infinity[dtype - 1], size);
        feat_put64(entry + FEAT_ENT_CHECKSUM, feat_hash64(data, 5 * size));
        seal();
        gen_write_file(path, file.p, file.n);
        assert_int_equal(feat_weights_open_among(&w, path, gen_nets, &err), FEAT_OK);
        assert_int_equal(feat_weights_read(w, 16, values, &err), FEAT_ERR_NUMERIC);
        assert_non_null(strstr(err.message, "tensor 'fc.bias': element 2 is NaN or infinite"));
        assert_int_equal(read_pieces(w, 16, 2, values), FEAT_ERR_NUMERIC); /* in the second of three */
        assert_non_null(strstr(err.message, "element 2 is NaN or infinite"));
        feat_weights_close(&w);
    }
}

/* Data and its checksum changed together: only the content SHA-256 can tell. */
static void test_content_digest(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    unsigned char *entry = file.p + FEAT_HDR_SIZE + 16 * FEAT_ENT_SIZE;
    unsigned char *data = file.p + feat_get64(entry + FEAT_ENT_OFFSET);
    data[0] ^= 1;
    feat_put64(entry + FEAT_ENT_CHECKSUM, feat_hash64(data, 20));
    seal();
    gen_write_file(path, file.p, file.n);
    assert_int_equal(feat_weights_open_among(&w, path, gen_nets, &err), FEAT_OK);
    assert_int_equal(feat_weights_verify(w, &err), FEAT_ERR_CHECKSUM);
    assert_non_null(strstr(err.message, "content SHA-256"));
    feat_weights_close(&w);
}

static void test_not_files(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_open(&w, folder, &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "not a regular file"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(feat_weights_open(&w, path, &err), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, strerror(ENOENT)));
    gen_write_file(path, "PK\3\4 and so on", 14);
    assert_int_equal(feat_weights_open(&w, path, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "'bonafide weights convert'"));
    assert_null(w);
}

/* --- writing ------------------------------------------------------------------------------------------ */

static feat_status get_broken(void *ctx, size_t index, const feat_tensor *t, size_t first, size_t n, float *dst,
                              feat_error *e)
{
    (void)t;
    (void)first;
    (void)e;
    for (size_t i = 0; i < n; i++)
        dst[i] = 1.0f;
    if (index == 3)
        memcpy(dst, ctx, sizeof(float));
    return *(const float *)ctx == 0.0f && index == 3 ? FEAT_ERR_CHECKSUM : FEAT_OK;
}

static void assert_write_fails(float value, feat_dtype dtype, feat_status status)
{
    feat_tensor tensors[GEN_MAX];
    char out[320];
    feat_contents contents;
    feat_net_published(&contents, &gen_fid);
    size_t n = feat_net_count_tensors(&gen_fid, &contents);
    feat_net_list_tensors(tensors, &gen_fid, &contents);
    const feat_weights_spec spec = {&gen_fid, "test", NULL, dtype, tensors, n};
    (void)snprintf(out, sizeof out, "%s/new.iv3", folder);
    assert_int_equal(feat_weights_write(out, &spec, get_broken, &value, NULL, &err), status);
    assert_false(gen_exists(out));
    assert_int_equal(unlink(path), 0); /* setup's file: now the folder must be empty */
    assert_int_equal(rmdir(folder), 0);
    gen_folder(folder);
    (void)snprintf(path, sizeof path, "%s/w.iv3", folder);
    write_tiny(FEAT_FLOAT32);
}

static void test_write_failures(void **state)
{
    (void)state;
    assert_write_fails(0.0f, FEAT_FLOAT32, FEAT_ERR_CHECKSUM); /* the source's own error */
    assert_write_fails(NAN, FEAT_FLOAT32, FEAT_ERR_NUMERIC);
    assert_write_fails(-INFINITY, FEAT_FLOAT16, FEAT_ERR_NUMERIC);
    assert_write_fails(70000.0f, FEAT_FLOAT16, FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "too large for float16"));
    feat_tensor tensor;
    const feat_weights_spec none = {&gen_fid, "test", NULL, FEAT_FLOAT32, &tensor, 0};
    assert_int_equal(feat_weights_write(path, &none, get_broken, NULL, NULL, &err), FEAT_ERR_ARG);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    size_t live = feat_alloc_live();
    feat_weights *w = NULL;
    feat_weights_info info;
    long n = 0;
    for (feat_status s = FEAT_ERR_NOMEM; s != FEAT_OK; n++) {
        feat_alloc_fail_after(n);
        s = feat_weights_open_among(&w, path, gen_nets, &err);
        feat_alloc_fail_after(-1);
        assert_true(s == FEAT_OK || (s == FEAT_ERR_NOMEM && w == NULL && feat_alloc_live() == live));
    }
    assert_true(n > 4);
    feat_alloc_fail_after(0);
    assert_int_equal(feat_weights_verify(w, &err), FEAT_ERR_NOMEM);
    feat_alloc_fail_after(-1);
    feat_weights_close(&w);
    for (feat_status s = FEAT_ERR_NOMEM; s != FEAT_OK; n++) {
        feat_alloc_fail_after(n - 5 < 0 ? 0 : n - 5);
        s = feat_weights_synth(&w, 1, &gen_fid, &err);
        feat_alloc_fail_after(-1);
        assert_true(s == FEAT_OK || (s == FEAT_ERR_NOMEM && w == NULL && feat_alloc_live() == live));
    }
    feat_alloc_fail_after(0);
    assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_ERR_NOMEM);
    feat_alloc_fail_after(-1);
    assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_OK);
    for (n = 0; n < 3; n++) {
        feat_alloc_fail_after(n);
        assert_int_equal(feat_weights_save(w, path, FEAT_FLOAT32, &err), FEAT_ERR_NOMEM);
        feat_alloc_fail_after(-1);
    }
    feat_weights_close(&w);
    assert_int_equal(feat_alloc_live(), live);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_exhaustive),
        cmocka_unit_test(test_half_ties),
        cmocka_unit_test(test_first_not_finite),
        cmocka_unit_test(test_synth_values),
        CASE(test_synth_digests),
        CASE(test_round_trip),
        CASE(test_pieces),
        CASE(test_truncated),
        CASE(test_every_byte),
        CASE(test_hostile),
        CASE(test_wrong_list),
        CASE(test_longer_than_data),
        CASE(test_shorter_than_it_says),
        CASE(test_other_lists),
        CASE(test_shrinks_in_use),
        CASE(test_nan_in_data),
        CASE(test_content_digest),
        CASE(test_not_files),
        CASE(test_write_failures),
        CASE(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
