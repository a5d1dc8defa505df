/* k-means and principal axes, which C_T and the PRD curve stand on. */
#define EXPECT_CLUSTERS
#include "metrics/base/rows.h"
#include "metrics/base/splitmix.h"
#include "metrics/pairs/kmeans.h"
#include "metrics/pairs/pairs.h"
#include "metrics/pairs/pca.h"
#include "tests/metrics/more_fixture.h"

static double run(size_t *labels, const gmet_rows *rows, size_t d, const gmet_kmeans_options *o)
{
    gmet_pairs pairs;
    double *centres = fixture_doubles(o->k * d), inertia = -1.0;
    assert_int_equal(gmet_pairs_create(&pairs, d, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_kmeans(labels, centres, &inertia, rows, o, &pairs, NULL), FEAT_OK);
    gmet_pairs_release(&pairs);
    feat_free(centres);
    return inertia;
}

static void test_against_python(void **state)
{
    (void)state;
    sets s = make_sets();
    size_t labels[N_A];
    gmet_rows rows = {.f = s.a, .n = N_A};
    gmet_kmeans_options o = {.k = 4, .n_init = 10, .max_rounds = 300, .seed = 5};
    assert_close(run(labels, &rows, D, &o), EXPECTED_INERTIA_4); /* scikit-learn's best of 50 */
    o = (gmet_kmeans_options){.k = 20, .n_init = 1, .max_rounds = 300, .seed = 2020};
    assert_close(run(labels, &rows, D, &o), EXPECTED_INERTIA_20);
    for (size_t i = 0; i < 40; i++)
        assert_true((double)labels[i] == expected_labels_20[i]);
    /* The same rows as doubles, in two pieces, and by index. */
    size_t other[N_A], index[N_A];
    double *g = fixture_doubles(N_A * D);
    for (size_t i = 0; i < N_A * D; i++)
        g[i] = (double)s.a[i];
    for (size_t i = 0; i < N_A; i++)
        index[i] = i;
    const gmet_rows ways[3] = {{.g = g, .n = N_A, .index = index},
                               {.f = s.a, .n = N_A, .f_more = s.a + 77 * D, .n_first = 77},
                               {.f = s.a, .n = N_A, .index = index}};
    for (size_t i = 0; i < 3; i++) {
        memset(other, 0xff, sizeof other);
        assert_close(run(other, &ways[i], D, &o), EXPECTED_INERTIA_20);
        assert_memory_equal(labels, other, sizeof labels);
    }
    feat_free(g);
    free_sets(&s);
}

static void test_edges(void **state)
{
    (void)state;
    size_t labels[6];
    const float x[6] = {0, 0, 0, 10, 10, 11}, same[6] = {3, 3, 3, 3, 3, 3};
    gmet_rows rows = {.f = x, .n = 6};
    gmet_kmeans_options o = {.k = 6, .n_init = 2, .max_rounds = 10, .seed = 1}; /* only 3 different rows */
    assert_true(run(labels, &rows, 1, &o) == 0.0);
    o.k = 1;
    assert_close(run(labels, &rows, 1, &o), 321.0 - 31.0 * 31.0 / 6.0);
    o.k = 3;
    assert_true(run(labels, &rows, 1, &o) == 0.0);
    assert_true(labels[0] == labels[1] && labels[3] == labels[4] && labels[4] != labels[5]);
    rows.f = same;
    assert_true(run(labels, &rows, 1, &o) == 0.0);
    o.max_rounds = 0;
    assert_true(run(labels, &rows, 1, &o) == 0.0);
}

/* On its way this clustering loses all rows of one cluster, which then gets the row that is farthest from its own. */
static void test_empty_cluster(void **state)
{
    (void)state;
    const float x[12] = {9, 3, 6, 4, 4, 4, 1, 2, 3, 9, 2, 7};
    const size_t want[6] = {2, 0, 0, 0, 1, 1};
    size_t labels[6];
    gmet_rows rows = {.f = x, .n = 6};
    gmet_kmeans_options o = {.k = 3, .n_init = 1, .max_rounds = 50, .seed = 1};
    assert_close(run(labels, &rows, 2, &o), 107.0 / 6.0); /* 0, 46 / 3 and 5 / 2 */
    assert_memory_equal(labels, want, sizeof want);
}

static void test_overflow(void **state)
{
    (void)state;
    const double x[3] = {0.0, 1e200, -1e200};
    size_t labels[3];
    double centre, inertia = -1.0;
    feat_error err;
    gmet_pairs pairs;
    gmet_rows rows = {.g = x, .n = 3};
    gmet_kmeans_options o = {.k = 1, .n_init = 2, .max_rounds = 5, .seed = 1};
    assert_int_equal(gmet_pairs_create(&pairs, 1, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_kmeans(labels, &centre, &inertia, &rows, &o, &pairs, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "the distances of 3 rows overflow");
    assert_true(inertia == -1.0);
    gmet_pairs_release(&pairs);
}

static void test_pca(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_pca pca;
    gmet_pairs pairs;
    assert_int_equal(gmet_pca_fit(&pca, 10, SET(s.a, N_A, D), NULL, NULL), FEAT_OK);
    assert_int_equal(pca.n_axes, 10);
    assert_int_equal(gmet_pairs_create(&pairs, D, NULL, NULL), FEAT_OK);
    double *out = fixture_doubles(N_A * 10), before = (double)INFINITY;
    assert_int_equal(gmet_pca_project(out, &pca, SET(s.a, N_A, D), &pairs, NULL), FEAT_OK);
    for (size_t j = 0; j < 10; j++) { /* centred, uncorrelated, by decreasing variance */
        double mean = 0.0, variance = 0.0, mixed = 0.0;
        for (size_t i = 0; i < N_A; i++) {
            mean += out[i * 10 + j];
            variance += out[i * 10 + j] * out[i * 10 + j];
            mixed += out[i * 10 + j] * out[i * 10 + (j + 1) % 10];
        }
        assert_true(fabs(mean) < 1e-10 && fabs(mixed) < 1e-10 && variance < before);
        before = variance;
    }
    gmet_pca_release(&pca);
    assert_int_equal(gmet_pca_fit(&pca, 10, SET(s.a, 6, D), NULL, NULL), FEAT_OK);
    assert_int_equal(pca.n_axes, 5); /* the rank of 6 rows */
    gmet_pca_release(&pca);
    float *same = constant(4 * D, 2.0f);
    assert_int_equal(gmet_pca_fit(&pca, 10, SET(same, 4, D), NULL, NULL), FEAT_OK);
    assert_int_equal(pca.n_axes, 1);
    gmet_pca_release(&pca);
    feat_free(same);
    feat_free(out);
    gmet_pairs_release(&pairs);
    free_sets(&s);
}

/* Rows of floats go by bounds, rows of doubles by every distance. */
typedef enum numbers { ORDINARY, EQUAL, FAR_OFF, HUGE_ONES, N_NUMBERS } numbers;

static float number_of(numbers kind, double u, size_t i)
{
    if (kind == EQUAL)
        return (float)(int)(u * 3.0); /* many rows are as far from several centres */
    return (float)(kind == FAR_OFF ? 1e6 + u : kind == HUGE_ONES ? 1e25 * u : u - 0.3 * (double)(i % 5));
}

static void check_bounds(size_t n, size_t d, size_t k, size_t n_runs, numbers kind)
{
    float *f = fixture_features(n, d, 3, 0.0);
    double *g = fixture_doubles(n * d), *centres = fixture_doubles(2 * k * d), inertia[2];
    size_t *labels = feat_alloc_array(2 * n_runs * n, sizeof *labels);
    gmet_splitmix rng = {n + d};
    gmet_pairs pairs;
    for (size_t i = 0; i < n * d; i++) {
        f[i] = number_of(kind, gmet_splitmix_unit(&rng), i / d);
        g[i] = (double)f[i];
    }
    gmet_rows floats = {.f = f, .n = n}, doubles = {.g = g, .n = n};
    gmet_kmeans_options o = {.k = k, .n_init = n_runs, .max_rounds = 20, .tolerance = 1e-3, .seed = 9};
    assert_int_equal(gmet_pairs_create(&pairs, d, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_kmeans(labels, centres, &inertia[0], &floats, &o, &pairs, NULL), FEAT_OK);
    assert_int_equal(gmet_kmeans(labels + n, centres + k * d, &inertia[1], &doubles, &o, &pairs, NULL), FEAT_OK);
    assert_memory_equal(labels, labels + n, n * sizeof *labels);
    assert_memory_equal(centres, centres + k * d, k * d * sizeof *centres);
    assert_true(inertia[0] == inertia[1]);
    assert_int_equal(gmet_kmeans_runs(labels, n_runs, &floats, &o, &pairs, NULL), FEAT_OK);
    size_t *alone = labels + n_runs * n;
    for (size_t r = 0; r < n_runs; r++, o.seed++) {
        o.n_init = 1;
        assert_int_equal(gmet_kmeans(alone, centres, NULL, &doubles, &o, &pairs, NULL), FEAT_OK);
        assert_memory_equal(labels + r * n, alone, n * sizeof *labels);
    }
    gmet_pairs_release(&pairs);
    feat_free(labels);
    feat_free(centres);
    feat_free(g);
    feat_free(f);
}

static void test_bounds(void **state)
{
    (void)state;
    for (numbers kind = ORDINARY; kind < N_NUMBERS; kind++) {
        check_bounds(301, 37, 9, 19, kind); /* more runs than go on together */
        check_bounds(120, 3, 1, 2, kind);
    }
    check_bounds(500, 2, 481, 2, ORDINARY); /* more centres than there are columns */
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N = 300, COLUMNS = 70, K = 7 };
    float *a = fixture_features(N, COLUMNS, 1, 0.0);
    double *centres = fixture_doubles(K * COLUMNS);
    size_t labels[N];
    gmet_pairs pairs;
    gmet_rows rows = {.f = a, .n = N};
    gmet_kmeans_options o = {.k = K, .n_init = 3, .max_rounds = 30, .seed = 4};
    assert_int_equal(gmet_pairs_create(&pairs, COLUMNS, context, NULL), FEAT_OK);
    assert_int_equal(gmet_kmeans(labels, centres, NULL, &rows, &o, &pairs, NULL), FEAT_OK);
    gmet_pairs_release(&pairs);
    uint64_t h = fixture_hash(FIXTURE_HASH_START, labels, sizeof labels);
    h = fixture_hash(h, centres, K * COLUMNS * sizeof *centres);
    feat_free(centres);
    feat_free(a);
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x58e999f68d86d4cau);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    size_t labels[5];
    double centres[4];
    gmet_rows rows = {.f = ctx, .n = 5};
    gmet_kmeans_options o = {.k = 2, .n_init = 1, .max_rounds = 3, .seed = 1};
    gmet_pairs pairs;
    feat_status status = gmet_pairs_create(&pairs, 2, NULL, err);
    if (status != FEAT_OK)
        return status;
    status = gmet_kmeans(labels, centres, NULL, &rows, &o, &pairs, err);
    if (status == FEAT_OK)
        status = gmet_kmeans_runs(labels, 1, &rows, &o, &pairs, err);
    gmet_pairs_release(&pairs);
    return status;
}

static feat_status allocate_pca(void *ctx, feat_error *err)
{
    gmet_pca pca;
    feat_status status = gmet_pca_fit(&pca, 1, SET(ctx, 5, 2), NULL, err);
    gmet_pca_release(&pca);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11};
    fixture_survives_no_memory(allocate, x);
    fixture_survives_no_memory(allocate_pca, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_python), cmocka_unit_test(test_edges),     cmocka_unit_test(test_empty_cluster),
        cmocka_unit_test(test_overflow),       cmocka_unit_test(test_pca),       cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
