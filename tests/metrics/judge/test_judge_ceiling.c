/* The correlation with k/n that a perfect prediction has: by hand, by brute force, and against the truth of sets drawn
 * from models of raters. BF_JUDGE_SETS=60 draws as many of each. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/splitmix.h"
#include "metrics/judge/judge_internal.h"
#include "tests/metrics/judge/judge_fixture.h"

typedef struct panel {
    size_t n;
    uint32_t *n_labels, *k, *block; /* [n] */
    gmet_judge_vote *vote;
    gmet_judge_votes votes;
    gmet_judge_set set;
} panel;

static panel open_panel(size_t n, size_t n_raters, size_t most)
{
    panel p = {.n = n};
    p.n_labels = judge_need(feat_calloc(n, 3 * sizeof *p.n_labels));
    p.k = p.n_labels + n;
    p.block = p.k + n;
    p.vote = judge_need(feat_alloc_array(n, most * sizeof *p.vote));
    p.votes = (gmet_judge_votes){.of = p.vote, .n_images = n, .n_raters = n_raters};
    for (size_t i = 0; i < n; i++)
        p.block[i] = (uint32_t)i;
    p.set = (gmet_judge_set){.n = n, .n_labels = p.n_labels, .k_real = p.k, .block = p.block, .n_blocks = n};
    return p;
}

static void release(panel *p)
{
    feat_free(p->n_labels);
    feat_free(p->vote);
}

static void vote(panel *p, size_t image, size_t rater, int label)
{
    p->vote[p->votes.n++] = (gmet_judge_vote){(uint32_t)image, (uint32_t)rater, label != 0};
    p->n_labels[image]++;
    p->k[image] += label != 0;
}

static gmet_judge_ceiling ceiling_of(const panel *p, int with_votes, size_t resamples)
{
    gmet_judge_ceiling c;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = resamples, .seed = 7};
    assert_int_equal(gmet_judge_noise_ceiling(&c, &p->set, with_votes ? &p->votes : NULL, NULL, &boot, NULL, NULL),
                     FEAT_OK);
    return c;
}

/* Six images, the same three raters: Cronbach's alpha, 3/2 (1 - sum of the raters' variances / variance of the sum). */
static void test_panel_by_hand(void **state)
{
    (void)state;
    static const char *const said[6] = {"111", "110", "101", "001", "000", "110"};
    panel p = open_panel(6, 3, 3);
    double sums[3] = {0}, sum = 0.0, square = 0.0, variances = 0.0;
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 3; j++)
            vote(&p, i, j, said[i][j] == '1');
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 3; j++)
            sums[j] += said[i][j] == '1';
        sum += p.k[i];
        square += p.k[i] * p.k[i];
    }
    for (size_t j = 0; j < 3; j++)
        variances += (sums[j] - sums[j] * sums[j] / 6.0) / 5.0;
    double alpha = 1.5 * (1.0 - variances / ((square - sum * sum / 6.0) / 5.0));
    gmet_judge_ceiling c = ceiling_of(&p, 1, 0);
    assert_true(c.raters == 1 && c.why == NULL && isnan(c.r.low));
    assert_true(fabs(c.r.value - sqrt(alpha)) < 1e-15);
    /* In count form, and where every rater judged one image, it is the analysis in one way. */
    gmet_judge_agreement a;
    gmet_judge_agree(&a, &p.set, NULL);
    c = ceiling_of(&p, 0, 0);
    assert_true(c.raters == 0 && fabs(c.r.value - a.ceiling) < 1e-15);
    for (size_t v = 0; v < p.votes.n; v++)
        p.vote[v].rater = (uint32_t)v;
    p.votes.n_raters = p.votes.n;
    c = ceiling_of(&p, 1, 0);
    assert_true(c.raters == 0 && fabs(c.r.value - a.ceiling) < 1e-15);
    release(&p);
}

/* Label of a rater about an image, -1 without. */
static int said(const panel *p, size_t image, size_t rater)
{
    for (size_t v = 0; v < p->votes.n; v++)
        if (p->vote[v].image == image && p->vote[v].rater == rater)
            return p->vote[v].label;
    return -1;
}

/* Mean of a rater's labels of images other than one. */
static double mean_elsewhere(const panel *p, size_t image, size_t rater, double *m)
{
    double sum = 0.0;
    *m = 0.0;
    for (size_t i = 0; i < p->n; i++)
        if (i != image && said(p, i, rater) >= 0) {
            sum += said(p, i, rater);
            *m += 1.0;
        }
    return sum / *m;
}

/* Ragged: two to five of nine raters an image, in no order. The definition, pair by pair. */
static void test_brute_force(void **state)
{
    (void)state;
    enum { N = 24, R = 9 };
    gmet_splitmix s = {3};
    panel p = open_panel(N, R, 5);
    double product = 0.0, share = 0.0, y = 0.0, yy = 0.0;
    for (size_t l = 0; l < 5; l++)
        for (size_t i = N; i-- > 0;)
            if (l < 2 + i % 4)
                vote(&p, i, (i * 5 + l * 2 + (i > 11)) % R, gmet_splitmix_unit(&s) < (i % 3 == 0 ? 0.8 : 0.3));
    for (size_t i = 0; i < N; i++) {
        double products = 0.0, shares = 0.0, pairs = 0.0, mean = (double)p.k[i] / p.n_labels[i];
        for (size_t a = 0; a < R; a++)
            for (size_t b = 0; b < R; b++) {
                double m_a, m_b, common = 0.0;
                if (a == b || said(&p, i, a) < 0 || said(&p, i, b) < 0)
                    continue;
                double r_a = mean_elsewhere(&p, i, a, &m_a), r_b = mean_elsewhere(&p, i, b, &m_b);
                for (size_t o = 0; o < N; o++)
                    common += o != i && said(&p, o, a) >= 0 && said(&p, o, b) >= 0;
                products += (said(&p, i, a) - r_a) * (said(&p, i, b) - r_b);
                shares += 1.0 + common / (m_a * m_b);
                pairs += 1.0;
            }
        product += products / pairs;
        share += shares / pairs;
        y += mean;
        yy += mean * mean;
    }
    double want = sqrt(product / share / ((yy - y * y / N) / (N - 1.0)));
    gmet_judge_ceiling c = ceiling_of(&p, 1, 200);
    assert_true(want > 0.1 && fabs(c.r.value - want) < 1e-14);
    assert_true(c.r.low < c.r.value && c.r.value < c.r.high && c.r.high <= 1.0);
    /* Images that are not asked for take no part, as if nobody had judged them. */
    size_t some[N - 4];
    for (size_t i = 0; i < N - 4; i++)
        some[i] = i;
    gmet_judge_ceiling part;
    assert_int_equal(
        gmet_judge_noise_ceiling(&part, &p.set, &p.votes, &(gmet_judge_subset){some, N - 4}, NULL, NULL, NULL),
        FEAT_OK);
    size_t kept = 0;
    for (size_t v = 0; v < p.votes.n; v++)
        if (p.vote[v].image < N - 4)
            p.vote[kept++] = p.vote[v];
    p.votes.n = kept;
    p.set.n = N - 4;
    c = ceiling_of(&p, 1, 2000);
    assert_true(c.r.value == part.r.value && fabs(c.r.value - want) > 1e-6);
    release(&p);
}

static void test_undefined(void **state)
{
    (void)state;
    panel p = open_panel(4, 2, 2);
    vote(&p, 0, 0, 1);
    gmet_judge_ceiling c = ceiling_of(&p, 1, 10);
    assert_true(isnan(c.r.value) && isnan(c.r.low));
    assert_string_equal(c.why, "no image has two labels");
    vote(&p, 0, 1, 1);
    assert_string_equal(ceiling_of(&p, 1, 10).why, "only one image has two labels");
    vote(&p, 1, 0, 1);
    vote(&p, 1, 1, 1);
    assert_string_equal(ceiling_of(&p, 1, 10).why, "all images have the same share of real labels");
    vote(&p, 2, 0, 0);
    vote(&p, 2, 1, 0);
    c = ceiling_of(&p, 1, 10);
    assert_true(c.why == NULL && fabs(c.r.value - 1.0) < 1e-15); /* of one mind */
    assert_true(ceiling_of(&p, 0, 0).r.value == 1.0);
    release(&p);
}

/* No resample differs where all units say the same, and none can be drawn of one unit: neither is certainty. */
static void test_limits(void **state)
{
    (void)state;
    panel p = open_panel(20, 2, 2);
    uint32_t group[20] = {0};
    signed char truth[20];
    for (size_t i = 0; i < 20; i++) {
        vote(&p, i, 0, i % 2 == 0);
        vote(&p, i, 1, i % 2 == 0);
        truth[i] = i % 2 == 0;
    }
    p.set.group = group;
    p.set.n_groups = 1;
    p.set.truth = truth;
    gmet_judge_interval image, label;
    gmet_judge_hype hype[2];
    assert_int_equal(gmet_judge_agree_interval(&image, &label, &p.set, NULL, NULL, NULL), FEAT_OK);
    assert_true(image.value == 1.0 && image.high == 1.0 && fabs(image.low - pow(0.025, 0.05)) < 1e-14);
    assert_true(label.low == image.low);
    assert_int_equal(gmet_judge_hype_table(hype, &p.set, NULL, NULL, NULL, NULL), FEAT_OK);
    assert_true(hype[1].all.value == 0.0 && hype[1].all.low == 0.0);
    assert_true(fabs(hype[1].all.high - (1.0 - pow(0.025, 0.05))) < 1e-14);
    assert_true(fabs(hype[1].real.high - (1.0 - pow(0.025, 0.1))) < 1e-14); /* of ten images */
    assert_true(isnan(ceiling_of(&p, 1, 50).r.low)); /* of one mind */
    for (size_t v = 0; v < 20; v++)
        p.vote[v] = (gmet_judge_vote){(uint32_t)v, 0, v % 2 == 0};
    assert_int_equal(gmet_judge_hype_table(hype, &p.set, &(gmet_judge_votes){p.vote, 20, p.set.n, 1}, NULL, NULL, NULL),
                     FEAT_OK);
    assert_true(hype[1].units == 1 && hype[1].all.value == 0.0 && isnan(hype[1].all.low) && isnan(hype[1].all.high));
    release(&p);
}

/* Two raters for all images, of whom the first is lenient and the second strict, in count form: they agree less than by
 * chance, which no raters drawn anew do. Told apart they are compared with themselves. Two who contradict each other
 * do so however they are told apart. Of few images it may be chance. */
static void test_less_than_chance(void **state)
{
    (void)state;
    panel p = open_panel(40, 2, 2);
    for (size_t i = 0; i < 40; i++) {
        vote(&p, i, 0, i % 10 != 0);
        vote(&p, i, 1, i % 10 == 5);
    }
    gmet_judge_ceiling c = ceiling_of(&p, 0, 100);
    assert_true(isnan(c.r.value) && isnan(c.r.low) && c.raters == 0);
    assert_non_null(strstr(c.why, "less than by chance, as no raters drawn anew do"));
    assert_null(ceiling_of(&p, 1, 100).why);
    p.set.n = p.set.n_blocks = 19;
    c = ceiling_of(&p, 0, 100);
    assert_true(c.why == NULL && c.r.value == 0.0);
    release(&p);
    p = open_panel(40, 2, 2);
    for (size_t i = 0; i < 40; i++) {
        vote(&p, i, 0, i % 2 == 0);
        vote(&p, i, 1, i % 2 == 1 || i == 0);
    }
    c = ceiling_of(&p, 1, 100);
    assert_true(isnan(c.r.value) && c.raters == 1);
    assert_non_null(strstr(c.why, "some call real what others call fake"));
    release(&p);
}

/* --- against the truth ------------------------------------------------------------------------------------ */

typedef struct model {
    const char *name;
    size_t n, labels, n_raters; /* n_raters 0: every label another's */
    size_t groups;              /* of images, each with raters of its own */
    double bias, leniency;      /* standard deviations on the logit scale: of raters, and of what a group's share */
    int panel;                  /* the first raters for all, else drawn for each image */
    int counts;                 /* what is judged is the count form */
} model;

static double bell(gmet_splitmix *s)
{
    double sum = -6.0;
    for (size_t i = 0; i < 12; i++)
        sum += gmet_splitmix_unit(s);
    return sum;
}

static double chance(double logit)
{
    return 1.0 / (1.0 + exp(-logit));
}

/* What people in general say of an image of this logit. */
static double in_general(double logit, double bias)
{
    double sum = 0.0;
    for (int i = -20; i <= 20; i++)
        sum += chance(logit + bias * 0.2 * i) * exp(-0.02 * i * i) / 12.5331;
    return sum;
}

enum { MOST_IMAGES = 400 };

/* Draws a set; returns the correlation of k/n with what people in general say. */
static double draw(panel *p, const model *m, uint64_t seed)
{
    gmet_splitmix s = {seed * 77 + 5};
    static double bias[40 * 8], truth[MOST_IMAGES], share[MOST_IMAGES];
    uint32_t order[40];
    size_t own = m->n_raters > 0 ? m->n_raters : 1;
    *p = open_panel(m->n, m->n_raters > 0 ? own * m->groups : m->n * m->labels, m->labels);
    for (size_t g = 0; g < m->groups; g++) {
        double leniency = m->leniency * bell(&s);
        for (size_t j = 0; j < own; j++)
            bias[g * own + j] = leniency + m->bias * bell(&s);
    }
    for (size_t i = 0; i < m->n; i++) {
        double logit = 1.15 * bell(&s);
        truth[i] = in_general(logit, sqrt(m->bias * m->bias + m->leniency * m->leniency));
        for (size_t j = 0; j < own; j++)
            order[j] = (uint32_t)j;
        for (size_t l = 0; l < m->labels; l++) {
            size_t rater = p->votes.n;
            double tilt = m->bias * bell(&s);
            if (m->n_raters > 0) {
                size_t at = m->panel ? l : l + gmet_judge_draw(&s, own - l);
                uint32_t t = order[at];
                order[at] = order[l];
                order[l] = t;
                rater = t + own * (i % m->groups);
                tilt = bias[rater];
            }
            vote(p, i, rater, gmet_splitmix_unit(&s) < chance(logit + tilt));
        }
        share[i] = (double)p->k[i] / p->n_labels[i];
    }
    return gmet_judge_pearson(truth, share, m->n);
}

static size_t n_sets(size_t otherwise)
{
    const char *text = getenv("BF_JUDGE_SETS");
    long n = text != NULL ? atol(text) : 0;
    return n > 0 ? (size_t)n : otherwise;
}

/* Means over sets of the printed value and of the truth; how many intervals hold the set's own truth. */
static void against_truth(const model *m, double limit)
{
    size_t sets = n_sets(12), covered = 0;
    double value = 0.0, truth = 0.0, square = 0.0, one_way = 0.0, n_one_way = 0.0;
    for (size_t set = 0; set < sets; set++) {
        panel p;
        double r = draw(&p, m, set);
        gmet_judge_ceiling c = ceiling_of(&p, !m->counts, 400);
        assert_null(c.why);
        assert_int_equal(c.raters, m->n_raters > 0 && !m->counts);
        double other = ceiling_of(&p, 0, 0).r.value; /* not known where labels agree less than by chance */
        one_way += isnan(other) ? 0.0 : other;
        n_one_way += isnan(other) ? 0 : 1;
        value += c.r.value / (double)sets;
        square += c.r.value * c.r.value / (double)sets;
        truth += r / (double)sets;
        covered += c.r.low <= r && r <= c.r.high;
        release(&p);
    }
    print_message("%-34s %.3f (+- %.3f), truth %.3f, in one way %.3f (%.0f); %zu of %zu intervals hold it\n", m->name,
                  value, sqrt(fmax(0.0, square - value * value)), truth, one_way / n_one_way, n_one_way, covered, sets);
    if (!(fabs(value - truth) < limit))
        fail_msg("%s: %.4f, and the truth is %.4f", m->name, value, truth);
    if (covered * 100 < sets * (m->leniency > 0.0 ? 75 : 85)) /* eight groups are few */
        fail_msg("%s: only %zu of %zu intervals hold the truth", m->name, covered, sets);
}

static void test_truth(void **state)
{
    (void)state;
    static const model models[] = {
        {"independent", 400, 5, 0, 1, 0.0, 0.0, 0, 0},
        {"independent, counts", 400, 5, 0, 1, 0.0, 0.0, 0, 1},
        {"random raters of 40, bias", 400, 5, 40, 1, 1.0, 0.0, 0, 0},
        {"the same 5 for all, mild bias", 400, 5, 5, 1, 0.5, 0.0, 1, 0},
        {"the same 5 for all, strong bias", 400, 5, 5, 1, 2.0, 0.0, 1, 0},
        {"every eighth its own 5, alike", 400, 5, 5, 8, 0.5, 1.1, 1, 0},
        {"8 in each eighth, unlike", 400, 5, 8, 8, 1.0, 0.0, 0, 0},
        {"60 images, 2 labels", 60, 2, 0, 1, 0.0, 0.0, 0, 0},
    };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        against_truth(&models[i], i < 7 ? 0.03 : 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panel_by_hand),
        cmocka_unit_test(test_brute_force),
        cmocka_unit_test(test_undefined),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_less_than_chance),
        cmocka_unit_test(test_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
