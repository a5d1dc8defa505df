/* Statistics of other programs, read and written by the library: what NumPy writes, what is made here byte by byte, and
 * what is damaged. */
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
#include "engine/files/file_io.h"
#include "metrics/gmet.h"
#include "tests/metrics/metrics_fixture.h"
#include "tests/metrics/moments/npz_maker.h"
#include "tests/own_folder.h"

#define DATA "tests/data/"
#define F8(shape) "'descr': '<f8', 'fortran_order': False, 'shape': " shape ", "

enum { D = 3 };

/* Symmetric but for 1e-6, so that the order of rows and columns shows. */
static const double mu[D] = {0.5, -2.25, 1.0 / 3.0};
static const double sigma[D * D] = {2.0, 0.25, -0.5, 0.250001, 3.0, 0.125, -0.500001, 0.125001, 1.5};

static feat_error err;

static feat_status read_it(gmet_stats *out, const char *path)
{
    memset(out, 0xa5, sizeof *out);
    err = (feat_error){FEAT_OK, ""};
    return gmet_stats_read(out, NULL, path, &err);
}

static void assert_stats(const char *path, const double *want_mu, const double *want_sigma, size_t d, size_t n)
{
    gmet_stats s;
    if (read_it(&s, path) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(s.d, d);
    assert_int_equal(s.n, n);
    assert_memory_equal(s.mu, want_mu, d * sizeof *s.mu);
    assert_memory_equal(s.sigma, want_sigma, d * d * sizeof *s.sigma);
    gmet_stats_release(&s);
    assert_true(s.mu == NULL && s.sigma == NULL && s.d == 0 && s.n == 0);
    gmet_stats_release(&s);
}

/* It says where and what, and holds nothing. */
static void assert_refused(const char *path, feat_status expected, const char *says)
{
    gmet_stats s;
    feat_status found = read_it(&s, path);
    if (found != expected || err.status != expected || strncmp(err.message, path, strlen(path)) != 0 ||
        strstr(err.message, says) == NULL || strchr(err.message, '\n') != NULL)
        fail_msg("status %d (expected %d), \"%s\" (expected \"%s\")", (int)found, (int)expected, err.message, says);
    assert_true(s.mu == NULL && s.sigma == NULL && s.d == 0 && s.n == 0);
}

static void put_file(const char *name, npz_maker *z)
{
    npz_end(z);
    own_put(name, z->bytes, z->n);
}

/* The two arrays above, and how many images. */
static void add_usual(npz_maker *z, bool deflate)
{
    static const int64_t n = 50000;
    *z = (npz_maker){.n = 0};
    npz_add(z, "mu", F8("(3,)"), mu, sizeof mu, deflate, 0);
    npz_add(z, "sigma", F8("(3, 3)"), sigma, sizeof sigma, deflate, 0);
    npz_add(z, "n", "'descr': '<i8', 'fortran_order': False, 'shape': (), ", &n, sizeof n, deflate, 0);
}

/* --- reading ---------------------------------------------------------------------------------------------- */

static void what_numpy_wrote(void **state)
{
    (void)state;
    gmet_stats want, named;
    gmet_stats_options o;
    assert_int_equal(read_it(&want, DATA "stats/reference.npz"), FEAT_OK);
    assert_int_equal(want.d, 4);
    assert_int_equal(want.n, 0);
    assert_stats(DATA "stats/good_mean_cov.npz", want.mu, want.sigma, 4, 0);
    assert_stats(DATA "stats/good_m_s.npz", want.mu, want.sigma, 4, 0);
    gmet_stats_options_init(&o, sizeof o);
    o.d = 4;
    o.mean = "mean";
    o.covariance = "cov";
    assert_int_equal(gmet_stats_read(&named, &o, DATA "stats/good_mean_cov.npz", &err), FEAT_OK);
    assert_memory_equal(named.mu, want.mu, 4 * sizeof *want.mu);
    assert_memory_equal(named.sigma, want.sigma, 16 * sizeof *want.sigma);
    gmet_stats_release(&named);
    gmet_stats_release(&want);
}

static void stored_and_deflated(void **state)
{
    static npz_maker z;
    (void)state;
    for (int deflate = 0; deflate < 2; deflate++) {
        add_usual(&z, deflate != 0);
        put_file("made.npz", &z);
        assert_stats(own_path("made.npz"), mu, sigma, D, 50000);
        own_take_back();
    }
}

static void other_orders_and_types(void **state)
{
    static npz_maker z;
    double columns[D * D], rounded_mu[D], rounded[D * D];
    float single[D * D], single_mu[D];
    static const int16_t whole[D * D] = {2, 1, 0, 1, 3, -1, 0, -1, 4};
    const double wide[D * D] = {2, 1, 0, 1, 3, -1, 0, -1, 4}, images = 7.0;
    (void)state;
    for (size_t i = 0; i < D * D; i++) {
        columns[i % D * D + i / D] = sigma[i];
        rounded[i] = (double)(single[i] = (float)sigma[i]);
    }
    for (size_t i = 0; i < D; i++)
        rounded_mu[i] = (double)(single_mu[i] = (float)mu[i]);
    z = (npz_maker){.n = 0};
    npz_add(&z, "mu", F8("(1, 3)"), mu, sizeof mu, false, 0);
    npz_add(&z, "sigma", "'descr': '<f8', 'fortran_order': True, 'shape': (3, 3), ", columns, sizeof columns, true, 0);
    npz_add(&z, "n", F8("(1,)"), &images, sizeof images, false, 0);
    put_file("fortran.npz", &z);
    assert_stats(own_path("fortran.npz"), mu, sigma, D, 7);
    z = (npz_maker){.n = 0};
    npz_add(&z, "cov", "'descr': '<f4', 'fortran_order': False, 'shape': (3, 3), ", single, sizeof single, false, 0);
    npz_add(&z, "mean", "'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), ", single_mu, sizeof single_mu, false,
            0);
    put_file("single.npz", &z);
    assert_stats(own_path("single.npz"), rounded_mu, rounded, D, 0);
    z = (npz_maker){.n = 0};
    npz_add(&z, "mu", F8("(3,)"), mu, sizeof mu, false, 0);
    npz_add(&z, "sigma", "'descr': '<i2', 'fortran_order': False, 'shape': (3, 3), ", whole, sizeof whole, false, 0);
    put_file("whole.npz", &z);
    assert_stats(own_path("whole.npz"), mu, wide, D, 0);
    z = (npz_maker){.n = 0};
    npz_add(&z, "mu", F8("()"), mu, sizeof *mu, false, 0);
    npz_add(&z, "sigma", F8("(1,)"), sigma, sizeof *sigma, false, 0);
    put_file("one.npz", &z);
    assert_stats(own_path("one.npz"), mu, sigma, 1, 0);
}

/* Names that are given are taken, whatever else is there. */
static void names_of_the_caller(void **state)
{
    static npz_maker z;
    gmet_stats s;
    gmet_stats_options o;
    (void)state;
    add_usual(&z, false);
    npz_add(&z, "mu_s", F8("(1,)"), mu + 1, sizeof *mu, false, 0);
    npz_add(&z, "sigma_s", F8("(1, 1)"), sigma + 4, sizeof *sigma, false, 0);
    put_file("adm.npz", &z);
    assert_stats(own_path("adm.npz"), mu, sigma, D, 50000);
    gmet_stats_options_init(&o, sizeof o);
    o.mean = "mu_s";
    o.covariance = "sigma_s";
    assert_int_equal(gmet_stats_read(&s, &o, own_path("adm.npz"), &err), FEAT_OK);
    assert_true(s.d == 1 && s.mu[0] == mu[1] && s.sigma[0] == sigma[4]);
    gmet_stats_release(&s);
    o.covariance = "sigma_t";
    assert_int_equal(gmet_stats_read(&s, &o, own_path("adm.npz"), &err), FEAT_ERR_FORMAT);
    assert_non_null(
        strstr(err.message, "the arrays mu_s and sigma_t expected in it, found mu.npy, sigma.npy, n.npy, "));
    o.covariance = NULL;
    assert_int_equal(gmet_stats_read(&s, &o, own_path("adm.npz"), &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "found only that of the mean"));
    gmet_stats_options_init(&o, sizeof o);
    o.d = 2048;
    assert_int_equal(gmet_stats_read(&s, &o, own_path("adm.npz"), &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "mu: 2048 columns expected, 3 found: statistics of another network or layer"));
    assert_true(s.mu == NULL && s.d == 0);
}

/* --- refused ---------------------------------------------------------------------------------------------- */

static void arrays_that_do_not_fit(void **state)
{
    static npz_maker z;
    static const double nan_mu[D] = {0.5, (double)NAN, 0}, one[D] = {1, 2, 3}, half = 0.5, huge = 1e16;
    static double bad[D * D], skew[D * D];
    const struct {
        const char *mu, *sigma;
        const void *mu_data, *sigma_data;
        const void *n; /* a double, or NULL */
        feat_status status;
        const char *says;
    } cases[] = {
        {F8("(3, 3)"), F8("(3, 3)"), sigma, sigma, NULL, FEAT_ERR_FORMAT,
         "mu: one row of numbers expected, float64 [3][3] found"},
        {F8("(0,)"), F8("(3, 3)"), mu, sigma, NULL, FEAT_ERR_FORMAT,
         "mu: one row of numbers expected, float64 [0] found"},
        {F8("(3,)"), F8("(3,)"), mu, mu, NULL, FEAT_ERR_FORMAT,
         "sigma: [3][3] expected to go with mu, float64 [3] found"},
        {F8("(3,)"), F8("(3, 2)"), mu, sigma, NULL, FEAT_ERR_FORMAT,
         "sigma: [3][3] expected to go with mu, float64 [3][2] found"},
        {F8("(3,)"), F8("(1, 3, 3)"), mu, sigma, NULL, FEAT_ERR_FORMAT, "float64 [1][3][3] found"},
        {F8("(3,)"), F8("(3, 4)"), mu, sigma, NULL, FEAT_ERR_FORMAT, "truncated: 96 bytes of data expected, 72 found"},
        {F8("(3,)"), F8("(3, 3)"), nan_mu, sigma, NULL, FEAT_ERR_NUMERIC, "mu: row 0, column 1 is NaN or infinite"},
        {F8("(3,)"), F8("(3, 3)"), mu, bad, NULL, FEAT_ERR_NUMERIC, "sigma: row 1, column 2 is NaN or infinite"},
        {F8("(3,)"), F8("(3, 3)"), mu, skew, NULL, FEAT_ERR_NUMERIC,
         "sigma: not symmetric: row 2, column 0 is -0.4, row 0, column 2 is -0.5"},
        {F8("(3,)"), F8("(3, 3)"), mu, sigma, &half, FEAT_ERR_FORMAT, "n is not a number of images"},
        {F8("(3,)"), F8("(3, 3)"), mu, sigma, &huge, FEAT_ERR_FORMAT, "n is not a number of images"},
        {F8("(3,)"), F8("(3, 3)"), mu, sigma, nan_mu + 1, FEAT_ERR_FORMAT, "n is not a number of images"},
        {"'descr': '>f8', 'fortran_order': False, 'shape': (3,), ", F8("(3, 3)"), mu, sigma, NULL, FEAT_ERR_UNSUPPORTED,
         "mu.npy: big-endian data ('>f8')"},
        {"'descr': '<U2', 'fortran_order': False, 'shape': (3,), ", F8("(3, 3)"), mu, sigma, NULL, FEAT_ERR_UNSUPPORTED,
         "mu.npy: numbers expected, text found"},
        {F8("(3,)"), "'descr': '|O', 'fortran_order': False, 'shape': (3, 3), ", mu, sigma, NULL, FEAT_ERR_UNSUPPORTED,
         "sigma.npy: arrays of type '|O' cannot be read"},
        {F8("(3,)"), "'descr': '<f8', 'shape': (3, 3), ", mu, sigma, NULL, FEAT_ERR_FORMAT,
         "sigma.npy: damaged .npy header"},
    };
    (void)state;
    memcpy(bad, sigma, sizeof bad);
    memcpy(skew, sigma, sizeof skew);
    bad[5] = (double)-INFINITY;
    skew[6] = -0.4;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        z = (npz_maker){.n = 0};
        npz_add(&z, "sigma", cases[i].sigma, cases[i].sigma_data, cases[i].sigma_data == mu ? sizeof mu : sizeof sigma,
                i % 2 != 0, 0);
        npz_add(&z, "mu", cases[i].mu, cases[i].mu_data, cases[i].mu_data == sigma ? sizeof sigma : sizeof mu,
                i % 2 == 0, 0);
        if (cases[i].n != NULL)
            npz_add(&z, "n", F8("()"), cases[i].n, sizeof(double), false, 0);
        put_file("bad.npz", &z);
        assert_refused(own_path("bad.npz"), cases[i].status, cases[i].says);
        own_take_back();
    }
    add_usual(&z, false);
    z.n_members--; /* the last, n, which is to be another */
    z.n_directory -= 46 + sizeof "n.npy" - 1;
    npz_add(&z, "n", F8("(3,)"), one, sizeof one, false, 0);
    put_file("counts.npz", &z);
    assert_refused(own_path("counts.npz"), FEAT_ERR_FORMAT, "n is not a number of images");
    z = (npz_maker){.n = 0};
    npz_add(&z, "mu", F8("(3,)"), one, sizeof one, false, 0);
    npz_add(&z, "cov", F8("(3, 3)"), sigma, sizeof sigma, false, 0);
    put_file("half.npz", &z);
    assert_refused(own_path("half.npz"), FEAT_ERR_FORMAT,
                   "(mu and sigma, mean and cov, or m and s) expected in it, found mu.npy, cov.npy; ");
}

static void files_that_are_something_else(void **state)
{
    (void)state;
    own_put("empty.npz", "", 0);
    own_put_text("text.npz", "mu,sigma\n");
    own_put_text("page.npz", "<!DOCTYPE html><title>Sign in</title>");
    own_put_text("pointer.npz", "version https://git-lfs.github.com/spec/v1\n");
    own_put_folder("folder.npz");
    assert_refused(own_path("empty.npz"), FEAT_ERR_FORMAT, "not a whole zip archive: too short");
    assert_refused(own_path("text.npz"), FEAT_ERR_FORMAT, "not a whole zip archive");
    assert_refused(own_path("page.npz"), FEAT_ERR_FORMAT,
                   "mean and covariance in an .npz expected, found an HTML page");
    assert_refused(own_path("pointer.npz"), FEAT_ERR_FORMAT, "found a pointer of Git LFS");
    assert_refused(own_path("folder.npz"), FEAT_ERR_FORMAT, "a regular file expected, found a directory");
    assert_refused(own_path("missing.npz"), FEAT_ERR_IO, "cannot open");
    assert_refused(DATA "stats/good_mu_sigma_4.pkl", FEAT_ERR_FORMAT,
                   "found a pickle; numpy.savez(FILE, mu=mu, sigma=sigma)");
    assert_refused(DATA "sets/f8.npy", FEAT_ERR_FORMAT, "found an .npy; numpy.savez(");
    assert_refused(DATA "stats/good_tensors_zip.pth", FEAT_ERR_FORMAT, "data.pkl");
    assert_refused(DATA "sets/bzip2.zip", FEAT_ERR_FORMAT, "expected in it, found ");
}

/* Every member; what is stored and what is packed. */
static void a_wrong_checksum(void **state)
{
    static npz_maker z;
    (void)state;
    for (int which = 0; which < 4; which++) {
        z = (npz_maker){.n = 0};
        npz_add(&z, "mu", F8("(3,)"), mu, sizeof mu, which % 2 != 0, which < 2 ? 1 : 0);
        npz_add(&z, "sigma", F8("(3, 3)"), sigma, sizeof sigma, which % 2 != 0, which < 2 ? 0 : 0x80000000);
        put_file("spoilt.npz", &z);
        assert_refused(own_path("spoilt.npz"), FEAT_ERR_CHECKSUM,
                       which < 2 ? ": mu.npy: its CRC-32 does not match" : ": sigma.npy: its CRC-32 does not match");
        own_take_back();
    }
}

static void cut_off_anywhere(void **state)
{
    static npz_maker z;
    gmet_stats s;
    (void)state;
    for (int deflate = 0; deflate < 2; deflate++) {
        add_usual(&z, deflate != 0);
        npz_end(&z);
        for (size_t n = 0; n < z.n; n++) {
            own_put("cut.npz", z.bytes, n);
            if (read_it(&s, own_path("cut.npz")) == FEAT_OK || err.message[0] == 0 || s.mu != NULL || s.sigma != NULL)
                fail_msg("cut after byte %zu of %zu: \"%s\"", n, z.n, err.message);
            own_take_back();
        }
    }
}

/* It is refused, or what changed is nothing that counts; but n may be lost, whose name no sum protects. */
static void damaged_anywhere(void **state)
{
    static npz_maker z;
    gmet_stats s;
    size_t n_read = 0;
    (void)state;
    for (int deflate = 0; deflate < 2; deflate++) {
        add_usual(&z, deflate != 0);
        npz_end(&z);
        for (size_t i = 0; i < z.n; i++)
            for (int k = 0; k < 2; k++) {
                uint8_t kept = z.bytes[i];
                z.bytes[i] ^= k == 0 ? 0xff : 1;
                own_put("damaged.npz", z.bytes, z.n);
                feat_status status = read_it(&s, own_path("damaged.npz"));
                own_take_back();
                z.bytes[i] = kept;
                if (status == FEAT_OK) {
                    n_read++;
                    if (s.d != D || (s.n != 50000 && s.n != 0) || memcmp(s.mu, mu, sizeof mu) != 0 ||
                        memcmp(s.sigma, sigma, sizeof sigma) != 0)
                        fail_msg("byte %zu changed, and other numbers are read", i);
                }
                gmet_stats_release(&s);
            }
    }
    assert_true(n_read > 0); /* dates and versions */
}

/* --- writing ---------------------------------------------------------------------------------------------- */

static void the_bytes_that_are_promised(void **state)
{
    static npz_maker z;
    static double own_mu[D], own_sigma[D * D];
    gmet_stats s = {.mu = own_mu, .sigma = own_sigma, .d = D, .n = 50000};
    uint8_t *bytes = NULL;
    size_t n = 0;
    (void)state;
    memcpy(own_mu, mu, sizeof mu);
    memcpy(own_sigma, sigma, sizeof sigma);
    for (int known = 0; known < 2; known++) {
        s.n = known != 0 ? 50000 : 0;
        add_usual(&z, false);
        if (known == 0) {
            z = (npz_maker){.n = 0};
            npz_add(&z, "mu", F8("(3,)"), mu, sizeof mu, false, 0);
            npz_add(&z, "sigma", F8("(3, 3)"), sigma, sizeof sigma, false, 0);
        }
        npz_end(&z);
        own_put_text("ours.npz", "what was there");
        assert_int_equal(gmet_stats_write(&s, own_path("ours.npz"), &err), FEAT_OK);
        assert_int_equal(feat_file_read(&bytes, &n, own_path("ours.npz"), NPZ_BYTES, &err), FEAT_OK);
        assert_int_equal(n, z.n);
        assert_memory_equal(bytes, z.bytes, n);
        feat_free(bytes);
        assert_stats(own_path("ours.npz"), mu, sigma, D, s.n);
        own_take_back();
    }
}

static void every_bit_comes_back(void **state)
{
    static const double odd[4] = {5e-324, -0.0, 0x1.fffffffffffffp+1023, -0x1.23456789abcdep-300};
    static double wide_mu[4], wide[16];
    const gmet_stats s = {.mu = wide_mu, .sigma = wide, .d = 4, .n = 1};
    (void)state;
    memcpy(wide_mu, odd, sizeof odd);
    for (size_t i = 0; i < 4; i++)
        wide[i * 5] = fabs(odd[3 - i]);
    own_put_text("ours.npz", "");
    assert_int_equal(gmet_stats_write(&s, own_path("ours.npz"), &err), FEAT_OK);
    assert_stats(own_path("ours.npz"), wide_mu, wide, 4, 1);
}

static void what_is_not_written(void **state)
{
    static double m[D], v[D * D];
    gmet_stats s = {.mu = m, .sigma = v, .d = D};
    const struct {
        gmet_stats s;
        double m, v;
        feat_status status;
        const char *says;
    } cases[] = {
        {{m, v, 0, 0}, 0, 0, FEAT_ERR_ARG, "mu and sigma of 1 to 65536 columns expected, 0 columns found"},
        {{m, v, 65537, 0}, 0, 0, FEAT_ERR_ARG, "65537 columns found"},
        {{NULL, v, D, 0}, 0, 0, FEAT_ERR_ARG, "one of them NULL"},
        {{m, NULL, D, 0}, 0, 0, FEAT_ERR_ARG, "one of them NULL"},
        {{m, v, D, SIZE_MAX}, 0, 0, FEAT_ERR_ARG, "n is not a number of images"},
        {{m, v, D, 9}, (double)NAN, 0, FEAT_ERR_NUMERIC, "mu: row 0, column 2 is NaN or infinite"},
        {{m, v, D, 9}, 0, (double)INFINITY, FEAT_ERR_NUMERIC, "sigma: row 0, column 1 is NaN or infinite"},
        {{m, v, D, 9}, 0, 1.0, FEAT_ERR_NUMERIC, "sigma: not symmetric: row 1, column 0"},
    };
    (void)state;
    own_put_text("ours.npz", "what was there");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(m, mu, sizeof mu);
        memcpy(v, sigma, sizeof sigma);
        m[2] += cases[i].m;
        v[1] += cases[i].v;
        if (gmet_stats_write(&cases[i].s, own_path("ours.npz"), &err) != cases[i].status ||
            strstr(err.message, cases[i].says) == NULL || strstr(err.message, "ours.npz: ") == NULL)
            fail_msg("\"%s\" (expected \"%s\")", err.message, cases[i].says);
    }
    memcpy(v, sigma, sizeof sigma);
    m[2] = 0;
    assert_int_equal(gmet_stats_write(&s, own_path("no/ours.npz"), &err), FEAT_ERR_IO);
    uint8_t *bytes = NULL;
    size_t n = 0;
    assert_int_equal(feat_file_read(&bytes, &n, own_path("ours.npz"), NPZ_BYTES, &err), FEAT_OK);
    assert_string_equal((char *)bytes, "what was there");
    feat_free(bytes);
}

/* --- in use ----------------------------------------------------------------------------------------------- */

enum { ROWS = 60, WIDTH = 8 };

/* The distance of sets, and that of their statistics that went through files. */
static void the_distance_is_the_same(void **state)
{
    gmet_moments *m[2] = {NULL, NULL};
    gmet_stats read[2];
    gmet_fid_result want, found;
    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "real.npz" : "gen.npz";
        float *rows = fixture_features(ROWS, WIDTH, (uint64_t)i + 1, 0.25 * i);
        double *means = fixture_doubles(WIDTH), *covariance = fixture_doubles(WIDTH * WIDTH);
        const gmet_stats s = {.mu = means, .sigma = covariance, .d = WIDTH, .n = ROWS};
        assert_int_equal(gmet_moments_create(&m[i], WIDTH, NULL, &err), FEAT_OK);
        assert_int_equal(gmet_moments_add(m[i], rows, ROWS, WIDTH, &err), FEAT_OK);
        assert_int_equal(gmet_moments_get(m[i], means, covariance, 1, &err), FEAT_OK);
        own_put_text(name, "");
        assert_int_equal(gmet_stats_write(&s, own_path(name), &err), FEAT_OK);
        assert_int_equal(read_it(&read[i], own_path(name)), FEAT_OK);
        feat_free(covariance);
        feat_free(means);
        feat_free(rows);
    }
    assert_int_equal(gmet_fid_from_moments(&want, m[0], m[1], NULL, &err), FEAT_OK);
    assert_int_equal(gmet_fid(&found, read[0].mu, read[0].sigma, read[1].mu, read[1].sigma, WIDTH, NULL, &err),
                     FEAT_OK);
    assert_memory_equal(&found, &want, sizeof found);
    assert_true(found.value > 0.0);
    for (int i = 0; i < 2; i++) {
        gmet_moments_close(&m[i]);
        gmet_stats_release(&read[i]);
    }
}

static feat_status read_packed(void *ctx, feat_error *e)
{
    gmet_stats s;
    feat_status status = gmet_stats_read(&s, NULL, ctx, e);
    assert_true(status == FEAT_OK || (s.mu == NULL && s.sigma == NULL));
    gmet_stats_release(&s);
    return status;
}

static feat_status write_again(void *ctx, feat_error *e)
{
    static double m[D] = {1, 2, 3}, v[D * D] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const gmet_stats s = {.mu = m, .sigma = v, .d = D, .n = 2};
    return gmet_stats_write(&s, ctx, e);
}

static void no_memory(void **state)
{
    static npz_maker z;
    static char path[512];
    (void)state;
    add_usual(&z, true);
    put_file("made.npz", &z);
    snprintf(path, sizeof path, "%s", own_path("made.npz"));
    fixture_survives_no_memory(read_packed, path);
    fixture_survives_no_memory(write_again, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_numpy_wrote, own_folder_clear),
        cmocka_unit_test_teardown(stored_and_deflated, own_folder_clear),
        cmocka_unit_test_teardown(other_orders_and_types, own_folder_clear),
        cmocka_unit_test_teardown(names_of_the_caller, own_folder_clear),
        cmocka_unit_test_teardown(arrays_that_do_not_fit, own_folder_clear),
        cmocka_unit_test_teardown(files_that_are_something_else, own_folder_clear),
        cmocka_unit_test_teardown(a_wrong_checksum, own_folder_clear),
        cmocka_unit_test_teardown(cut_off_anywhere, own_folder_clear),
        cmocka_unit_test_teardown(damaged_anywhere, own_folder_clear),
        cmocka_unit_test_teardown(the_bytes_that_are_promised, own_folder_clear),
        cmocka_unit_test_teardown(every_bit_comes_back, own_folder_clear),
        cmocka_unit_test_teardown(what_is_not_written, own_folder_clear),
        cmocka_unit_test_teardown(the_distance_is_the_same, own_folder_clear),
        cmocka_unit_test_teardown(no_memory, own_folder_clear),
    };
    return cmocka_run_group_tests_name("stored statistics", tests, own_folder_make, own_folder_remove);
}
