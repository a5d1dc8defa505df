/* The converter on files cut at every length or changed at every place, and with every allocation failing:
 * never a crash, a leak or a file left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/weights/trial.h"
#include "weights/convert.h"

/* Thousands of files are written here and none has to survive a power failure: this takes libc's place. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

enum { N_CONTAINERS = 5 };

static void make(gen_buf *b, int container)
{
    static const gen_zip_options plain = {0}, wide = {.zip64 = 1};
    static const gen_pb_options pb = {.values = 0};
    static const gen_safetensors_options st = {0};
    b->n = 0;
    gen_fill(&trial.list, &gen_fid, container != 2 && container != 4, 0);
    if (container == 0)
        gen_legacy(b, &trial.list);
    else if (container == 2)
        gen_pb(b, &trial.list, &pb);
    else if (container == 4)
        gen_safetensors(b, &trial.list, &st);
    else
        gen_zip(b, &trial.list, container == 1 ? &plain : &wide);
    gen_clear(&trial.list);
}

static void test_every_length(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    for (int container = 0; container < N_CONTAINERS; container++) {
        make(&b, container);
        for (size_t n = 0; n < b.n; n++) {
            feat_status status = trial_bytes(b.p, n);
            if (status == FEAT_OK && container == 2) {
                assert_int_equal(remove(trial.out), 0); /* nodes without weights may be cut off a graph */
                continue;
            }
            trial_error(status, trial.err.status, "");
            assert_int_not_equal(status, FEAT_OK);
        }
    }
    gen_free(&b);
}

/* Cut inside the data of a legacy file, the message names the tensor that is cut. */
static void test_truncated_names_tensor(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    gen_fill(&trial.list, &gen_fid, 1, 0);
    gen_legacy(&b, &trial.list);
    size_t end = b.n;
    for (size_t i = 0; i < trial.list.n; i++) { /* the first tensor's data is the file's last */
        char want[160];
        end -= trial.list.t[i].data_bytes;
        (void)snprintf(want, sizeof want, "truncated: tensor '%s': %zu bytes expected at byte %zu, %zu found",
                       trial.list.t[i].name, trial.list.t[i].data_bytes, end, trial.list.t[i].data_bytes - 1);
        trial_error(trial_bytes(b.p, end + trial.list.t[i].data_bytes - 1), FEAT_ERR_FORMAT, want);
        end -= 8;
    }
    gen_free(&b);
    const gen_pb_options plain = {0};
    gen_clear(&trial.list);
    gen_fill(&trial.list, &gen_fid, 0, 0);
    gen_pb(&b, &trial.list, &plain);
    trial_error(trial_bytes(b.p, b.n / 2), FEAT_ERR_FORMAT, "truncated: node 'mixed/tower/conv/");
    gen_free(&b);
}

/* A changed byte may go unnoticed in data, but never crashes. Every third byte, two changes each. */
static void test_every_byte(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    for (int container = 0; container < N_CONTAINERS; container++) {
        make(&b, container);
        for (size_t i = 0; i < b.n; i += 3) {
            for (int k = 0; k < 2; k++) {
                unsigned char kept = b.p[i];
                b.p[i] = (unsigned char)(k == 0 ? kept ^ 0x80 : kept + 1);
                feat_status status = trial_bytes(b.p, b.n);
                b.p[i] = kept;
                if (status == FEAT_OK)
                    (void)remove(trial.out);
                else
                    trial_error(status, trial.err.status, "");
            }
        }
    }
    gen_free(&b);
}

static void test_every_model_length(void **state)
{
    (void)state;
    const gen_tfjs_options options[2] = {{.no_gamma = 1}, {.modules = 1}};
    gen_buf raw = {NULL, 0, 0}, text = {NULL, 0, 0};
    gen_fill(&trial.list, &gen_keras, 1, 0);
    for (int m = 0; m < 2; m++) {
        gen_tfjs(trial.folder, &trial.list, &options[m], &raw);
        (void)snprintf(trial.in, sizeof trial.in, "%s/%s", trial.folder,
                       m == 1 ? "model.min.js" : "model.json");
        size_t n = gen_read_file(trial.in, &text);
        for (size_t i = 0; i + (m == 1 ? 20 : 0) < n; i += 1) {
            feat_status status = trial_bytes(text.p, i);
            trial_error(status, trial.err.status, "");
            assert_int_not_equal(status, FEAT_OK);
        }
        for (size_t i = 0; i < n; i += 2) {
            unsigned char kept = text.p[i];
            text.p[i] = (unsigned char)"{}[]\":,"[i / 2 % 7];
            feat_status status = trial_bytes(text.p, n);
            text.p[i] = kept;
            if (status == FEAT_OK)
                (void)remove(trial.out);
        }
    }
    gen_free(&raw);
    gen_free(&text);
}

/* --- memory, and what is left behind ------------------------------------------------------------------ */

static void fail_every_allocation(const char *in)
{
    size_t live = feat_alloc_live();
    feat_status status = FEAT_ERR_NOMEM;
    for (long n = 0; status != FEAT_OK; n++) {
        assert_true(n < 1000);
        feat_alloc_fail_after(n);
        status = trial_path(in, FEAT_FLOAT32);
        feat_alloc_fail_after(-1);
        assert_int_equal(feat_alloc_live(), live);
        if (status != FEAT_OK)
            trial_error(status, FEAT_ERR_NOMEM, "no memory");
    }
    assert_int_equal(remove(trial.out), 0);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    for (int container = 0; container < N_CONTAINERS; container++) {
        make(&b, container);
        gen_write_file(trial.in, b.p, b.n);
        fail_every_allocation(trial.in);
    }
    const gen_pb_options singles = {.values = 2};
    gen_fill(&trial.list, &gen_fid, 0, 0);
    b.n = 0;
    gen_pb(&b, &trial.list, &singles);
    gen_write_file(trial.in, b.p, b.n);
    fail_every_allocation(trial.in);
    gen_clear(&trial.list);
    const gen_tfjs_options modules = {.modules = 1};
    gen_fill(&trial.list, &gen_keras, 1, 0);
    gen_tfjs(trial.folder, &trial.list, &modules, &b);
    fail_every_allocation(trial.folder);
    gen_free(&b);
}

/* A failed conversion leaves an older output as it was; a good one replaces it. */
static void test_old_output(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0}, old = {NULL, 0, 0};
    make(&b, 0);
    gen_write_file(trial.out, "old", 3);
    assert_int_not_equal(trial_bytes(b.p, b.n - 1), FEAT_OK);
    assert_int_equal(gen_read_file(trial.out, &old), 3);
    assert_memory_equal(old.p, "old", 3);
    assert_int_equal(trial_bytes(b.p, b.n), FEAT_OK);
    assert_true(gen_read_file(trial.out, &old) > 256);
    assert_int_equal(remove(trial.out), 0);
    assert_int_equal(mkdir(trial.out, 0777), 0);
    assert_int_equal(trial_bytes(b.p, b.n), FEAT_ERR_IO);
    assert_non_null(strstr(trial.err.message, "cannot write: it is a folder"));
    const feat_convert_options nowhere = {trial.in, "/nonexistent-folder/x.iv3", FEAT_FLOAT32,
                                          NULL};
    assert_int_equal(feat_convert_among(&nowhere, gen_maps, NULL, &trial.err), FEAT_ERR_IO);
    assert_non_null(strstr(trial.err.message, "cannot create"));
    gen_free(&b);
    gen_free(&old);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_every_length),       CASE(test_truncated_names_tensor), CASE(test_every_byte),
        CASE(test_every_model_length), CASE(test_out_of_memory),          CASE(test_old_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
