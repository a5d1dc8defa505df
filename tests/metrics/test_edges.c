/* Every metric on inputs at the edge of its definition: one row, as many rows as neighbours, fewer rows than
 * splits or a subset, constant features, one constant column, equal sets, numbers that are none, classes of
 * one row. Each gives a message that names what is wrong, or a number; never NaN. What the number is, is in
 * the metric's own test. */
#include <stdbool.h>

#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

enum { COLUMNS = 7, MOST = 60, VALUES = 8 };

typedef struct input {
    const char *name;
    float *real, *gen;
    size_t n_real, n_gen, d;
} input;

#define REAL(in) SET((in)->real, (in)->n_real, (in)->d)
#define GEN(in) SET((in)->gen, (in)->n_gen, (in)->d)

typedef feat_status (*metric_fn)(const input *in, double *values, size_t *n, feat_error *err);

static feat_status of_fid(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_fid_uncertainty_result u;
    gmet_fid_side real = {.rows = in->real, .n = in->n_real}, gen = {.rows = in->gen, .n = in->n_gen};
    static double a[MOST], b[MOST];
    feat_status status = gmet_fid_uncertainty(&u, a, b, &real, &gen, in->d, NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = u.raw.value;
        v[(*n)++] = u.corrected;
        v[(*n)++] = u.standard_error;
        v[(*n)++] = u.bias_gen;
        v[(*n)++] = a[0];
        v[(*n)++] = b[in->n_gen - 1];
    }
    return status;
}

static feat_status of_is(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_is_result r;
    feat_status status = gmet_inception_score(&r, NULL, SET(in->gen, in->n_gen, in->d), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.mean;
        v[(*n)++] = r.std;
    }
    return status;
}

static feat_status of_kid(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_kid_options o;
    gmet_kid_result r;
    gmet_kid_options_init(&o, sizeof o);
    o.subset_size = 20;
    feat_status status = gmet_kid(&r, &o, GEN(in), REAL(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.mean;
        v[(*n)++] = r.std;
    }
    return status;
}

static feat_status of_kid_full(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_kid_full_result r;
    feat_status status = gmet_kid_full(&r, NULL, GEN(in), REAL(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.value;
        v[(*n)++] = r.variance;
        v[(*n)++] = r.standard_error;
    }
    return status;
}

static feat_status of_pr(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_pr_result r;
    feat_status status = gmet_precision_recall(&r, NULL, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.precision;
        v[(*n)++] = r.recall;
        v[(*n)++] = r.f_score;
    }
    return status;
}

static feat_status of_half(const gmet_pr_options *o, const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_pr_result r;
    feat_status status = gmet_precision_recall(&r, o, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.precision;
        v[(*n)++] = r.recall;
        v[(*n)++] = r.f_score;
    }
    return status;
}

static feat_status of_fp16(const input *in, double *v, size_t *n, feat_error *err)
{
    return of_half(&(gmet_pr_options){.struct_size = sizeof(gmet_pr_options), .k = 3, .adm_fp16 = 1}, in, v, n, err);
}

static feat_status of_stylegan(const input *in, double *v, size_t *n, feat_error *err)
{
    return of_half(&(gmet_pr_options){.struct_size = sizeof(gmet_pr_options), .k = 3, .stylegan_fp16 = 1}, in, v, n,
                   err);
}

static feat_status of_dc(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_prdc_result r;
    feat_status status = gmet_prdc(&r, NULL, NULL, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.density;
        v[(*n)++] = r.coverage;
    }
    return status;
}

/* A copy's realism is infinite by definition: 0 stands for that here. */
static feat_status of_images(const input *in, double *v, size_t *n, feat_error *err)
{
    static gmet_image_score s[MOST];
    feat_status status = gmet_image_scores(s, NULL, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = isinf(s[0].realism) && s[0].distance == 0.0 ? 0.0 : s[0].realism;
        v[(*n)++] = s[0].rarity;
        v[(*n)++] = s[in->n_gen - 1].distance;
    }
    return status;
}

static feat_status of_infinity(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_infinity_result r;
    const gmet_fid_side real = {.rows = in->real, .n = in->n_real};
    feat_status status = gmet_fid_infinity(&r, NULL, NULL, &real, SET(in->gen, in->n_gen, in->d), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.value;
        v[(*n)++] = r.slope;
        v[(*n)++] = r.fit_residual;
    }
    return status;
}

static feat_status of_is_infinity(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_infinity_result r;
    feat_status status = gmet_is_infinity(&r, NULL, NULL, SET(in->gen, in->n_gen, in->d), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.value;
        v[(*n)++] = r.slope;
    }
    return status;
}

static feat_status of_mifid(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_mifid_result r;
    feat_status status = gmet_mifid(&r, 2.0, NULL, SET(in->real, in->n_real, in->d), SET(in->gen, in->n_gen, in->d),
                                    NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.value;
        v[(*n)++] = r.distance;
    }
    return status;
}

static feat_status of_cmmd(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_cmmd_result r;
    feat_status status = gmet_cmmd(&r, NULL, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.value;
        v[(*n)++] = r.unbiased;
        v[(*n)++] = r.standard_error;
    }
    return status;
}

static feat_status of_mind(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_mind_result r;
    const gmet_mind_options o = {.struct_size = sizeof o, .n_directions = 20, .seed = 1, .subsample = 1};
    feat_status status = gmet_mind(&r, &o, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.value;
        v[(*n)++] = r.directions_error;
    }
    return status;
}

static feat_status of_authpct(const input *in, double *v, size_t *n, feat_error *err)
{
    double percent = 0.0;
    feat_status status = gmet_authpct(&percent, NULL, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK)
        v[(*n)++] = percent;
    return status;
}

static feat_status of_ct(const input *in, double *v, size_t *n, feat_error *err)
{
    static gmet_ct_result r;
    feat_status status = gmet_ct(&r, NULL, REAL(in), REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK)
        v[(*n)++] = r.value;
    return status;
}

static feat_status of_vendi(const input *in, double *v, size_t *n, feat_error *err)
{
    feat_status status = gmet_vendi(&v[0], 1.0, SET(in->gen, in->n_gen, in->d), NULL, err);
    *n = status == FEAT_OK;
    return status;
}

static feat_status of_prd(const input *in, double *v, size_t *n, feat_error *err)
{
    gmet_prd_result r;
    gmet_prd_options o;
    gmet_prd_options_init(&o, sizeof o);
    o.equal_sizes = 0;
    feat_status status = gmet_prd_curve(&r, NULL, NULL, &o, REAL(in), GEN(in), NULL, err);
    if (status == FEAT_OK) {
        v[(*n)++] = r.f_8;
        v[(*n)++] = r.f_one_eighth;
    }
    return status;
}

/* Row 0 of each set is a class of its own. */
static feat_status of_classes(const input *in, double *v, size_t *n, feat_error *err)
{
    uint32_t label[MOST];
    gmet_class_score s[2];
    gmet_class_mean mean;
    for (size_t i = 0; i < MOST; i++)
        label[i] = i > 0;
    feat_status status = gmet_per_class(s, &mean, 2, NULL, LABELLED(in->real, label, in->n_real, in->d),
                                        LABELLED(in->gen, label, in->n_gen, in->d), SET(in->gen, in->n_gen, in->d),
                                        NULL, err);
    if (status == FEAT_OK) {
        assert_true(!s[0].has_fid && !s[0].has_pr && s[0].n_real == 1 && s[0].fid == 0.0);
        v[(*n)++] = mean.fid;
        v[(*n)++] = mean.is_mean;
        v[(*n)++] = mean.precision;
        v[(*n)++] = s[0].is_mean;
        v[(*n)++] = s[1].fid;
    }
    return status;
}

static const struct {
    const char *name;
    metric_fn fn;
    bool needs_two_reals, needs_two_gens, one_set;
} metrics[] = {
    {"FID", of_fid, true, true, false},
    {"Inception Score", of_is, false, true, true},
    {"KID of subsets", of_kid, true, true, false},
    {"KID", of_kid_full, true, true, false},
    {"precision and recall", of_pr, true, true, false},
    {"the same in half precision", of_fp16, true, true, false},
    {"density and coverage", of_dc, true, true, false},
    {"scores of images", of_images, true, false, false},
    {"FID-infinity", of_infinity, true, true, false},
    {"IS-infinity", of_is_infinity, false, true, true},
    {"MiFID", of_mifid, false, false, false},
    {"MIND", of_mind, false, false, false},
    {"AuthPct", of_authpct, true, false, false},
    {"C_T", of_ct, true, false, false},
    {"Vendi", of_vendi, false, false, true},
    {"PRD curve", of_prd, false, false, false},
    {"per class", of_classes, false, false, false},
    {"precision and recall in StyleGAN's half precision", of_stylegan, true, true, false},
    {"CMMD", of_cmmd, true, true, false},
};
enum { N_METRICS = sizeof metrics / sizeof metrics[0] };

/* Runs a metric: values, all of them numbers; or an error that says something. */
static feat_status run(size_t m, const input *in)
{
    double values[VALUES];
    size_t n = 0;
    feat_error err = {.message = ""};
    for (size_t i = 0; i < VALUES; i++)
        values[i] = 0.0;
    feat_status status = metrics[m].fn(in, values, &n, &err);
    if (status != FEAT_OK) {
        if (status != FEAT_ERR_NUMERIC || strlen(err.message) < 20)
            fail_msg("%s, %s: status %d, \"%s\"", metrics[m].name, in->name, (int)status, err.message);
        return status;
    }
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            fail_msg("%s, %s: value %zu is %g", metrics[m].name, in->name, i, values[i]);
    return status;
}

static void run_all(const input *in)
{
    for (size_t m = 0; m < N_METRICS; m++)
        (void)run(m, in);
}

static input make(const char *name, size_t n_real, size_t n_gen)
{
    return (input){name,
                   fixture_features(n_real, COLUMNS, 3, 0.5),
                   fixture_features(n_gen, COLUMNS, 4, 0.6),
                   n_real,
                   n_gen,
                   COLUMNS};
}

static void drop(input *in)
{
    feat_free(in->real);
    feat_free(in->gen);
}

static void test_few_rows(void **state)
{
    (void)state;
    for (size_t n_real = 1; n_real <= 26; n_real++)
        for (size_t n_gen = 1; n_gen <= 26; n_gen += n_gen < 6 ? 1 : 5) {
            input in = make("few rows", n_real, n_gen);
            for (size_t m = 0; m < N_METRICS; m++) {
                feat_status status = run(m, &in);
                if ((n_real == 1 && metrics[m].needs_two_reals) || (n_gen == 1 && metrics[m].needs_two_gens))
                    assert_int_equal(status, FEAT_ERR_NUMERIC);
            }
            /* Few neighbours, few for the splits, few for a subset. */
            assert_int_equal(run(4, &in) == FEAT_OK, n_real > 3 && n_gen > 3);
            assert_int_equal(run(6, &in) == FEAT_OK, n_real > 5 && n_gen > 5);
            assert_int_equal(run(1, &in) == FEAT_OK, n_gen >= 10);
            assert_int_equal(run(2, &in) == FEAT_OK, n_real >= 20 && n_gen >= 20);
            drop(&in);
        }
}

static void test_no_variance(void **state)
{
    (void)state;
    static const float levels[] = {0.0f, 0.7f, -3.0f};
    for (size_t c = 0; c < 3; c++)
        for (size_t other = 0; other < 3; other++) {
            input in = make("constant", MOST, MOST - 10);
            for (size_t i = 0; i < MOST * COLUMNS; i++)
                in.real[i] = levels[c];
            for (size_t i = 0; other > 0 && i < (MOST - 10) * COLUMNS; i++)
                in.gen[i] = other == 1 ? levels[c] : levels[(c + 1) % 3];
            run_all(&in);
            drop(&in);
        }
    input in = make("a constant column", MOST, MOST);
    for (size_t i = 0; i < MOST; i++)
        in.real[i * COLUMNS + 2] = in.gen[i * COLUMNS + 2] = 0.25f;
    for (size_t m = 0; m < N_METRICS; m++)
        assert_int_equal(run(m, &in), FEAT_OK);
    drop(&in);
}

static void test_equal_sets(void **state)
{
    (void)state;
    input in = make("equal sets", MOST, MOST);
    memcpy(in.gen, in.real, MOST * COLUMNS * sizeof *in.gen);
    for (size_t m = 0; m < N_METRICS; m++)
        assert_int_equal(run(m, &in), FEAT_OK);
    drop(&in);
}

static void test_one_column(void **state)
{
    (void)state;
    input in = make("one column", MOST, MOST);
    in.d = 1;
    run_all(&in);
    drop(&in);
}

/* Numbers whose squares or products overflow a float, or vanish in it. */
static void test_huge_and_tiny(void **state)
{
    (void)state;
    static const float factors[] = {1e18f, 3e37f, 1e-30f, 1e-44f};
    for (size_t f = 0; f < 4; f++) {
        input in = make(f < 2 ? "huge" : "tiny", MOST, MOST);
        for (size_t i = 0; i < MOST * COLUMNS; i++) {
            in.real[i] *= factors[f];
            in.gen[i] *= factors[f];
        }
        run_all(&in);
        drop(&in);
    }
}

static void test_not_a_number(void **state)
{
    (void)state;
    static const float bad[] = {(float)NAN, (float)INFINITY, -(float)INFINITY};
    for (size_t b = 0; b < 3; b++)
        for (size_t side = 0; side < 2; side++) {
            input in = make("not a number", MOST, MOST);
            (side == 0 ? in.real : in.gen)[41 * COLUMNS + 3] = bad[b];
            for (size_t m = 0; m < N_METRICS; m++) {
                if (side == 0 && metrics[m].one_set)
                    continue;
                if (run(m, &in) == FEAT_OK)
                    fail_msg("%s took a number that is none", metrics[m].name);
            }
            drop(&in);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_rows),      cmocka_unit_test(test_no_variance),
        cmocka_unit_test(test_equal_sets),    cmocka_unit_test(test_one_column),
        cmocka_unit_test(test_huge_and_tiny), cmocka_unit_test(test_not_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
