/* Weights from memory are those of the file: values, digests, messages about damage, and the bits of a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/net/model.h"
#include "tests/engine/net/two_nets.h"
#include "tests/weights/weightgen.h"

static char folder[256], path[300];
static gen_buf file;
static feat_error err;

/* A file of a small network's weights, which `file` has too. */
static void write_file(size_t net, feat_dtype dtype)
{
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_synth(&w, 1, &two_nets[net], &err), FEAT_OK);
    assert_int_equal(feat_weights_save(w, path, dtype, &err), FEAT_OK);
    feat_weights_close(&w);
    (void)gen_read_file(path, &file);
}

static int setup(void **state)
{
    (void)state;
    gen_folder(folder);
    (void)snprintf(path, sizeof path, "%s/w.iv3", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gen_free(&file);
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

static feat_weights *of_file(void)
{
    feat_weights *w = NULL;
    if (feat_weights_open_among(&w, path, two_net_list, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return w;
}

static feat_weights *of_memory(const void *bytes, const char *name)
{
    feat_weights *w = NULL;
    if (feat_weights_from_memory_among(&w, bytes, file.n, name, two_net_list, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return w;
}

/* The file's bytes, `shift` behind a 64-byte boundary; `block` is what is to be freed. */
static unsigned char *in_memory(unsigned char **block, size_t shift)
{
    *block = feat_alloc(file.n + shift);
    assert_non_null(*block);
    return memcpy(*block + shift, file.p, file.n);
}

/* --- values ---------------------------------------------------------------------------------------- */

static void assert_same_tensor(const feat_weights *disk, const feat_weights *memory, size_t i,
                               const unsigned char *bytes)
{
    static float values[32768], same[32768];
    const feat_tensor *t = feat_weights_at(memory, i);
    size_t n = (size_t)t->n_elements, stored = t->dtype == FEAT_FLOAT16 ? 2 : 4;
    feat_mapped_tensor mapped;
    assert_true(n <= sizeof values / sizeof values[0]);
    assert_int_equal(feat_weights_read(disk, i, values, &err), FEAT_OK);
    assert_int_equal(feat_weights_read(memory, i, same, &err), FEAT_OK);
    assert_memory_equal(values, same, n * sizeof *values);
    assert_int_equal(feat_weights_map(&mapped, memory, i, &err), FEAT_OK);
    assert_int_equal((uintptr_t)mapped.data % 64, 0);
    assert_true((mapped.data == bytes + t->offset) == ((uintptr_t)bytes % 64 == 0)); /* no copy where none is needed */
    assert_memory_equal(mapped.data, bytes + t->offset, n * stored);
    feat_mapped_tensor_release(&mapped);
}

static void every_value_is_the_same(void **state)
{
    (void)state;
    for (int dtype = FEAT_FLOAT32; dtype <= FEAT_FLOAT16; dtype++)
        for (size_t shift = 0; shift < 66; shift += 13) {
            unsigned char *block;
            feat_weights_info want, info;
            write_file(1, (feat_dtype)dtype);
            const unsigned char *bytes = in_memory(&block, shift);
            feat_weights *disk = of_file(), *memory = of_memory(bytes, NULL);
            assert_string_equal(feat_weights_path(memory), "weights in memory");
            assert_int_equal(feat_weights_describe(disk, &want, &err), FEAT_OK);
            assert_int_equal(feat_weights_describe(memory, &info, &err), FEAT_OK);
            assert_string_equal(info.name, want.name);
            assert_memory_equal(info.content_sha256, want.content_sha256, sizeof info.content_sha256);
            assert_int_equal(info.n_parameters, want.n_parameters);
            assert_int_equal(feat_weights_verify(memory, &err), FEAT_OK);
            assert_int_equal(feat_weights_count(memory), feat_weights_count(disk));
            for (size_t i = 0; i < feat_weights_count(disk); i++)
                assert_same_tensor(disk, memory, i, bytes);
            feat_weights_close(&disk);
            feat_weights_close(&memory);
            feat_free(block);
        }
}

/* --- damage ---------------------------------------------------------------------------------------- */

/* What opening and verifying says of the first n bytes, in memory (shift 0 and 1) and in a file: one message. Whether
 * it is one. */
static bool assert_one_message(size_t n)
{
    feat_error said[3] = {{FEAT_OK, ""}, {FEAT_OK, ""}, {FEAT_OK, ""}};
    gen_write_file(path, file.p, n);
    for (size_t i = 0; i < 3; i++) {
        feat_weights *w = NULL;
        unsigned char *block = feat_alloc(n + i);
        memcpy(block + i, file.p, n);
        feat_status status = i == 2 ? feat_weights_open_among(&w, path, two_net_list, &said[i])
                                    : feat_weights_from_memory_among(&w, block + i, n, path, two_net_list, &said[i]);
        assert_true((w != NULL) == (status == FEAT_OK));
        if (status == FEAT_OK)
            status = feat_weights_verify(w, &said[i]);
        feat_weights_close(&w);
        feat_free(block);
        assert_int_equal(said[i].status, status);
        assert_int_equal(said[i].status, said[0].status);
        assert_string_equal(said[i].message, said[0].message);
    }
    return said[0].status != FEAT_OK;
}

static void damage_has_the_same_words(void **state)
{
    (void)state;
    size_t n = 0, n_seen = 0;
    write_file(0, FEAT_FLOAT32);
    for (size_t cut = 0; cut < file.n; cut += 1 + file.n / 211)
        assert_true(assert_one_message(cut));
    for (size_t i = 0; i < file.n; i += 7) {
        file.p[i] ^= 0x20;
        n_seen += assert_one_message(file.n);
        n++;
        file.p[i] ^= 0x20;
    }
    assert_true(n_seen > n - n / 8); /* all but the zeros between tensors */
    gen_put(&file, "", 1);
    assert_true(assert_one_message(file.n));
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_from_memory(&w, NULL, 64, "flash", &err), FEAT_ERR_ARG);
    assert_string_equal(err.message, "flash: a NULL pointer");
}

/* --- models ---------------------------------------------------------------------------------------- */

static void features_of(float *features, feat_weights *weights, size_t net)
{
    static float images[3 * TWO_FLOATS];
    feat_model *model = NULL;
    feat_session *session = NULL;
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        images[i] = (float)(i * 7919 % 256) / 128.0f - 1.0f;
    if (feat_model_create_net(&model, weights, &two_nets[net], NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    feat_weights_close(&weights); /* a model needs them no more, only the memory */
    assert_int_equal(feat_session_create(&session, model, NULL, &err), FEAT_OK);
    const feat_output outputs[] = {{TWO_FIRST, features, TWO_DIM},
                                   {TWO_SECOND, features + 3 * TWO_DIM, TWO_DIM}};
    assert_int_equal(feat_session_run(session, images, 3, outputs, 2, NULL, &err), FEAT_OK);
    feat_session_close(&session);
    feat_model_close(&model);
}

static void a_model_has_the_same_bits(void **state)
{
    (void)state;
    for (size_t net = 0; net < TWO_NETS; net++)
        for (int dtype = FEAT_FLOAT32; dtype <= FEAT_FLOAT16; dtype++) {
            float want[6 * TWO_DIM], got[6 * TWO_DIM];
            write_file(net, (feat_dtype)dtype);
            features_of(want, of_file(), net);
            for (size_t shift = 0; shift < 3; shift++) {
                unsigned char *block;
                const unsigned char *bytes = in_memory(&block, shift);
                features_of(got, of_memory(bytes, "flash"), net);
                assert_memory_equal(got, want, sizeof want);
                feat_free(block);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_value_is_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_has_the_same_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_model_has_the_same_bits, setup, teardown),
    };
    return cmocka_run_group_tests_name("from_memory", tests, NULL, NULL);
}
