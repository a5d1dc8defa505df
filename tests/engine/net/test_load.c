/* A file is what its tensors are: models of files whose header claims another content, whose bytes change while they
 * are open, or that are damaged. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat_stream.h"
#include "engine/net/model.h"
#include "tests/engine/net/two_nets.h"
#include "tests/weights/weightgen.h"

/* Many files are written here and none has to survive a power failure: this takes libc's place. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

static char folder[256], path[300], other_path[300];
static gen_buf one, two; /* flat files of seeds 1 and 2 */
static feat_error err;
static feat_pool *pools[3]; /* none, of two and of four threads */

static const feat_net *net; /* the one whose files they are */
static const feat_net *const *list = two_net_list;

static void write_seed(gen_buf *file, uint64_t seed, feat_dtype dtype)
{
    feat_weights *w = NULL;
    assert_int_equal(feat_weights_synth(&w, seed, net, &err), FEAT_OK);
    assert_int_equal(feat_weights_save(w, path, dtype, &err), FEAT_OK);
    feat_weights_close(&w);
    (void)gen_read_file(path, file);
}

static void use_net(size_t of, feat_dtype dtype)
{
    net = two_net_list[of];
    write_seed(&one, 1, dtype);
    write_seed(&two, 2, dtype);
}

static feat_status make(feat_weights *w, feat_pool *pool, int no_classifier)
{
    feat_model *m = NULL;
    feat_config config;
    feat_config_init(&config, sizeof config);
    config.pool = pool;
    config.no_classifier = no_classifier;
    feat_status status = feat_model_create_net(&m, w, net, &config, &err);
    assert_true((status == FEAT_OK) == (m != NULL));
    feat_model_close(&m);
    return status;
}

static void open_path(feat_weights **w)
{
    if (feat_weights_open_among(w, path, list, &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

/* The bytes of the file at `path`, which stays the same file. */
static void overwrite(const gen_buf *bytes)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes->p, bytes->n, 0), bytes->n);
    close(fd);
}

static void says(const char *what)
{
    if (strstr(err.message, what) == NULL)
        fail_msg("'%s' expected in: %s", what, err.message);
}

/* Both digests are named, and what to do. */
static void says_content(const gen_buf *claims, const gen_buf *is)
{
    char claimed[65], found[65];
    feat_hex(claimed, gen_flat_claimed(claims));
    feat_hex(found, gen_flat_claimed(is));
    assert_int_equal(err.status, FEAT_ERR_CHECKSUM);
    says(claimed);
    says(found);
    says("weights convert");
}

/* --- tests --------------------------------------------------------------------------------------------- */

/* Through every way to the tensors: a model on several threads, with and without the classifier, of a file, of memory
 * that is aligned and of memory that is not; what is said of it, and what verifies it. */
static void a_forged_file_is_refused(void **state)
{
    (void)state;
    feat_weights_info info;
    feat_weights *w = NULL;
    unsigned char *memory = feat_alloc(two.n + 4);
    unsigned char honest[32];
    memcpy(honest, gen_flat_claimed(&two), 32);
    gen_flat_claim(&two, gen_flat_claimed(&one));
    gen_write_file(path, two.p, two.n);
    gen_buf is = {NULL, 0, 0};
    gen_put(&is, two.p, two.n);
    gen_flat_claim(&is, honest);
    for (int i = 0; i < 6; i++) {
        open_path(&w);
        assert_int_not_equal(make(w, pools[i / 2], i & 1), FEAT_OK);
        says(path);
        says_content(&one, &is);
        assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_ERR_CHECKSUM);
        says_content(&one, &is);
        assert_int_equal(feat_weights_verify(w, &err), FEAT_ERR_CHECKSUM);
        says_content(&one, &is);
        feat_weights_close(&w);
    }
    for (size_t shift = 0; shift <= 4; shift += 4) {
        memcpy(memory + shift, two.p, two.n);
        assert_int_equal(feat_weights_from_memory_among(&w, memory + shift, two.n, "flash", list, &err), FEAT_OK);
        assert_int_not_equal(make(w, pools[1], 0), FEAT_OK);
        says("flash: ");
        says_content(&one, &is);
        feat_weights_close(&w);
    }
    gen_free(&is);
    feat_free(memory);
}

/* The digest is that of verifying, of describing and of the writer, whichever comes first; of synthetic weights too. */
static void the_digest_is_one(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    feat_weights_info info;
    gen_write_file(path, one.p, one.n);
    for (int i = 0; i < 8; i++) {
        open_path(&w);
        if (i < 6)
            assert_int_equal(make(w, pools[i / 2], i & 1), FEAT_OK);
        else if (i < 7)
            assert_int_equal(feat_weights_verify(w, &err), FEAT_OK);
        assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_OK);
        assert_memory_equal(info.content_sha256, gen_flat_claimed(&one), 32);
        feat_weights_close(&w);
    }
}

/* After loading nothing is read again: what lies at the path by then does not matter. Another file that takes its place
 * while it is open is not looked at; bytes that are changed in the file itself are found. */
static void a_swapped_file(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    feat_weights_info info;
    gen_write_file(path, one.p, one.n);
    open_path(&w);
    gen_write_file(other_path, two.p, two.n);
    assert_int_equal(rename(other_path, path), 0);
    assert_int_equal(make(w, pools[1], 0), FEAT_OK);
    assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_OK);
    assert_memory_equal(info.content_sha256, gen_flat_claimed(&one), 32);
    feat_weights_close(&w);

    gen_write_file(path, one.p, one.n);
    open_path(&w);
    assert_int_equal(make(w, pools[1], 0), FEAT_OK);
    overwrite(&two); /* the digest is that of what was loaded */
    assert_int_equal(feat_weights_describe(w, &info, &err), FEAT_OK);
    assert_memory_equal(info.content_sha256, gen_flat_claimed(&one), 32);
    feat_weights_close(&w);

    gen_write_file(path, one.p, one.n);
    open_path(&w);
    overwrite(&two);
    assert_int_equal(make(w, pools[1], 0), FEAT_ERR_CHECKSUM);
    feat_weights_close(&w);
}

/* A bit of each tensor in turn: it is named, whatever the network made of it. */
static void damage_is_named(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    for (uint32_t i = 0; i < feat_get32(one.p + FEAT_HDR_N_TENSORS); i++) {
        unsigned char *entry = one.p + FEAT_HDR_SIZE + (size_t)i * FEAT_ENT_SIZE;
        unsigned char *byte = one.p + feat_get64(entry + FEAT_ENT_OFFSET) + feat_get64(entry + FEAT_ENT_BYTES) - 1;
        for (int bit = 0x40; bit <= 0x80; bit <<= 1) { /* too large to be finite perhaps; a variance below 0 perhaps */
            *byte ^= (unsigned char)bit;
            gen_write_file(path, one.p, one.n);
            *byte ^= (unsigned char)bit;
            open_path(&w);
            assert_int_equal(make(w, pools[i % 3], 0), FEAT_ERR_CHECKSUM);
            says((const char *)entry);
            says("is damaged");
            feat_weights_close(&w);
        }
    }
}

/* A NaN in a file whose sums and digest are right is said to be that. */
static void a_nan_is_named(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    static const unsigned char nan[4] = {0, 0, 0xc0, 0x7f}, half_nan[2] = {0, 0x7e};
    for (uint32_t i = 0; i < feat_get32(one.p + FEAT_HDR_N_TENSORS); i++) {
        unsigned char *entry = one.p + FEAT_HDR_SIZE + (size_t)i * FEAT_ENT_SIZE, kept[4];
        size_t each = feat_get32(entry + FEAT_ENT_DTYPE) == FEAT_FLOAT16 ? 2 : 4;
        unsigned char *value = one.p + feat_get64(entry + FEAT_ENT_OFFSET);
        memcpy(kept, value, each);
        memcpy(value, each == 2 ? half_nan : nan, each);
        gen_flat_sums(&one);
        gen_write_file(path, one.p, one.n);
        memcpy(value, kept, each);
        open_path(&w);
        assert_int_equal(make(w, pools[i % 3], 0), FEAT_ERR_NUMERIC);
        says((const char *)entry);
        says("element 0 is NaN");
        feat_weights_close(&w);
    }
    gen_flat_sums(&one);
}

/* No allocation fails in silence, and none is left behind. */
static void without_memory(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    size_t live = feat_alloc_live();
    gen_write_file(path, one.p, one.n);
    for (long n = 0;; n++) {
        open_path(&w);
        feat_alloc_fail_once(n);
        feat_status status = make(w, pools[1], 0);
        feat_alloc_fail_once(-1);
        feat_weights_close(&w);
        assert_int_equal(feat_alloc_live(), live);
        if (status == FEAT_OK)
            break;
        assert_int_equal(status, FEAT_ERR_NOMEM);
    }
}

/* Rows of layers far larger than what hashing may go ahead: all of it is promised, and enough. */
static void large_layers_wait_for_memory(void **state)
{
    (void)state;
    feat_weights *w = NULL;
    feat_model_memory said;
    feat_model *m = NULL;
    feat_config config;
    net = &feat_inception_v3_fid;
    list = (const feat_net *const[]){net, NULL};
    write_seed(&one, 1, FEAT_FLOAT32);
    for (int i = 0; i < 4; i++) {
        feat_config_init(&config, sizeof config);
        config.pool = pools[i % 3];
        config.no_classifier = i == 3;
        open_path(&w);
        assert_int_equal(feat_model_bytes_net(&said, w, net, &config, &err), FEAT_OK);
        feat_alloc_limit(feat_alloc_bytes() + said.peak);
        if (feat_model_create_net(&m, w, net, &config, &err) != FEAT_OK)
            fail_msg("%s", err.message);
        feat_alloc_limit(SIZE_MAX);
        assert_in_range(said.peak - said.kept, 6 << 20, (20 << 20) + ((size_t)feat_pool_threads(config.pool) << 19));
        feat_model_close(&m);
        feat_weights_close(&w);
    }
}

static int start(void **state)
{
    (void)state;
    gen_folder(folder);
    (void)snprintf(path, sizeof path, "%s/w.iv3", folder);
    (void)snprintf(other_path, sizeof other_path, "%s/other.iv3", folder);
    return feat_pool_create(&pools[1], 2, &err) == FEAT_OK && feat_pool_create(&pools[2], 4, &err) == FEAT_OK ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        feat_pool_close(&pools[i]);
    gen_free(&one);
    gen_free(&two);
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

static int convolutions(void **state)
{
    (void)state;
    use_net(0, FEAT_FLOAT32);
    return 0;
}

static int panels_and_halves(void **state)
{
    (void)state;
    use_net(1, FEAT_FLOAT16);
    return 0;
}

#define WITH(test) cmocka_unit_test_setup(test, convolutions), cmocka_unit_test_setup(test, panels_and_halves)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_forged_file_is_refused),
        WITH(the_digest_is_one),
        WITH(a_swapped_file),
        WITH(damage_is_named),
        WITH(a_nan_is_named),
        WITH(without_memory),
        cmocka_unit_test(large_layers_wait_for_memory),
    };
    return cmocka_run_group_tests_name("load", tests, start, end);
}
