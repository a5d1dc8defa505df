/* See metrics_fixture.h. */
#include "tests/metrics/metrics_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/kernels/kernels.h"
#include "tests/level.h"

enum { LATENT = 12, MIX_SEED = 77 };

double splitmix_unit(splitmix *s)
{
    return feat_splitmix64_unit(&s->state);
}

double *fixture_doubles(size_t n)
{
    double *x = feat_calloc(n, sizeof *x);
    assert_non_null(x);
    return x;
}

float *fixture_features(size_t n, size_t d, uint64_t seed, double shift)
{
    double *mix = fixture_doubles(LATENT * d), *x = fixture_doubles(d);
    float *out = feat_alloc_array(n * d, sizeof *out);
    assert_non_null(out);
    splitmix rng = {MIX_SEED};
    for (size_t i = 0; i < LATENT * d; i++)
        mix[i] = splitmix_unit(&rng) - 0.5;
    rng.state = seed;
    for (size_t i = 0; i < n; i++) {
        double g[LATENT];
        for (size_t k = 0; k < LATENT; k++)
            g[k] = splitmix_unit(&rng) - 0.5;
        for (size_t j = 0; j < d; j++)
            x[j] = 0.35 + shift * (splitmix_unit(&rng) * 0.125);
        for (size_t k = 0; k < LATENT; k++) {
            double weight = g[k] * (4.0 / (double)(k + 1));
            for (size_t j = 0; j < d; j++)
                x[j] = x[j] + weight * mix[k * d + j];
        }
        for (size_t j = 0; j < d; j++)
            out[i * d + j] = (float)(x[j] > 0.0 ? x[j] : 0.0);
    }
    feat_free(mix);
    feat_free(x);
    return out;
}

float *fixture_logits(size_t n, size_t c, uint64_t seed)
{
    float *out = feat_alloc_array(n * c, sizeof *out);
    assert_non_null(out);
    splitmix rng = {seed};
    for (size_t i = 0; i < n * c; i++)
        out[i] = (float)((splitmix_unit(&rng) - 0.5) * 12.0);
    return out;
}

double *fixture_symmetric(size_t n, uint64_t seed)
{
    double *a = fixture_doubles(n * n);
    splitmix rng = {seed};
    for (size_t i = 0; i < n * n; i++)
        a[i] = splitmix_unit(&rng) - 0.5;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            a[i * n + j] = a[j * n + i];
    return a;
}

uint64_t fixture_hash(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

void fixture_same_bits(fixture_hashed fn, uint64_t golden)
{
    const size_t threads[] = {1, 2, 5};
    for (size_t p = 0; p < sizeof threads / sizeof threads[0]; p++) {
        feat_pool *pool = NULL;
        assert_int_equal(feat_pool_create(&pool, threads[p], NULL), FEAT_OK);
        for (size_t i = 0; feat_kernels_at(i) != NULL; i++) {
            const feat_kernels *k = feat_kernels_at(i);
            if (!feat_kernels_usable(k))
                continue;
            const gmet_context context = {.pool = pool, .kernels = &k->dmat};
            uint64_t h = fn(&context);
            if (h != golden)
                fail_msg("%s, %zu threads: hash 0x%016llx instead of 0x%016llx", k->name, threads[p],
                         (unsigned long long)h, (unsigned long long)golden);
        }
        feat_pool_close(&pool);
    }
}

static void fail_each_alone(fixture_allocating fn, void *ctx, long n_calls)
{
    long step = test_chosen_level() == TEST_QUICK ? 3 : 1; /* valgrind takes minutes for all */
    size_t live = feat_alloc_live();
    for (long n = 0; n < n_calls; n += step) {
        feat_error err = {FEAT_OK, ""};
        feat_alloc_fail_once(n);
        feat_status status = fn(ctx, &err);
        feat_alloc_fail_once(-1);
        assert_int_equal(feat_alloc_live(), live);
        if (status == FEAT_OK)
            continue; /* it goes on with more memory, as covariances do that find no room to rest */
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_true(strlen(err.message) > 0);
    }
}

void fixture_survives_no_memory(fixture_allocating fn, void *ctx)
{
    size_t live = feat_alloc_live();
    for (long n = 0; n < 1000; n++) {
        feat_error err = {FEAT_OK, ""};
        feat_alloc_fail_after(n);
        feat_status status = fn(ctx, &err);
        feat_alloc_fail_after(-1);
        assert_int_equal(feat_alloc_live(), live);
        if (status == FEAT_OK) {
            assert_true(n > 0);
            fail_each_alone(fn, ctx, n);
            return;
        }
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_int_equal(err.status, FEAT_ERR_NOMEM);
        assert_true(strlen(err.message) > 0);
    }
    fail_msg("never succeeded");
}
