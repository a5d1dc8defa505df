/* tools/tables/report_cite: a methods sentence and BibTeX of what the report has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/images/image.h"
#include "tools/tables/report_cite.h"

static int make(void **state)
{
    bf_report *r = feat_calloc(1, sizeof *r);
    *state = r;
    if (r == NULL)
        return 1;
    strcpy(r->made.mode, "exact");
    r->inputs[0] = (bf_input){.role = "A", .n = 200, .kind = "statistics"};
    r->inputs[1] = (bf_input){.role = "B", .n = 150, .kind = "images"};
    r->n_inputs = 2;
    return 0;
}

static int drop(void **state)
{
    bf_report_release(*state);
    feat_free(*state);
    return 0;
}

static void put(bf_report *r, const char *key, bf_figure figure)
{
    bf_report_figure(r, "label", key, &figure, "lower is better", "");
}

static void made_by(bf_report *r)
{
    strcpy(r->tap, "2048");
    strcpy(r->made.variant, "fid");
    strcpy(r->made.preset, "tf1");
    strcpy(r->made.weights_name, "pt_inception");
    strcpy(r->made.weights_sha256, "0123456789abcdef");
}

static void is_said(const bf_report *r, bool latex, const char *expected)
{
    bf_text t = {0};
    bf_cite_methods(&t, r, latex);
    assert_false(t.failed);
    assert_string_equal(t.data, expected);
    bf_text_free(&t);
}

#define VERSION "0.1.0"

static void what_was_computed_is_said(void **state)
{
    bf_report *r = *state;
    char expected[1024];
    put(r, "frechet_inception_distance", (bf_figure){.value = 1, .bar = {.known = true, .error = 0.1}});
    put(r, "corrected_frechet_inception_distance", (bf_figure){.value = 1, .bar = {.known = true, .error = 0.1}});
    put(r, "kernel_inception_distance_mean", (bf_figure){.value = 1, .has_spread = true, .spread = 0.1});
    made_by(r);
    snprintf(
        expected, sizeof expected,
        "Computed with bonafide " VERSION " [bonafide] (numerics %d, exact; pixels %d): FID [heusel2017], KID "
        "[binkowski2018]. N = 200 real and 150 generated images. The features are of inception-v3-fid (layer 2048, "
        "preset tf1, weights pt_inception, SHA-256 0123456789ab). Errors are standard errors over draws of the "
        "images. Spreads are standard deviations over splits or subsets, not errors of the value.",
        FEAT_NUMERICS_VERSION, BF_PIXELS_VERSION);
    is_said(r, false, expected);
    snprintf(
        expected, sizeof expected,
        "Computed with bonafide " VERSION "~\\cite{bonafide} (numerics %d, exact; pixels %d): "
        "FID~\\cite{heusel2017}, KID~\\cite{binkowski2018}. N = 200 real and 150 generated images. The features are "
        "of inception-v3-fid (layer 2048, preset tf1, weights pt\\_inception, SHA-256 0123456789ab). Errors are "
        "standard errors over draws of the images. Spreads are standard deviations over splits or subsets, not "
        "errors of the value.",
        FEAT_NUMERICS_VERSION, BF_PIXELS_VERSION);
    is_said(r, true, expected);
}

static void a_claim_is_told_as_one(void **state)
{
    bf_report *r = *state;
    bf_text t = {0};
    made_by(r);
    r->made.says_what_made = true;
    bf_cite_methods(&t, r, false);
    assert_non_null(strstr(t.data, "weights pt_inception, as their file says, SHA-256 0123456789ab"));
    bf_text_free(&t);
}

static void what_is_not_known_is_said(void **state)
{
    bf_report *r = *state;
    char expected[1024];
    put(r, "precision", (bf_figure){.value = 1, .bar = {.at_least = true, .limit = 0.9}});
    r->inputs[0] = (bf_input){.role = "set", .kind = "features"};
    r->n_inputs = 1;
    snprintf(expected, sizeof expected,
             "Computed with bonafide " VERSION " [bonafide] (numerics %d, exact): precision and recall "
             "[kynkaanniemi2019]. N = an unknown number of images. The features are of a network that is not known "
             "(preset not known, weights not known). Limits are one-sided 95 %% ones.",
             FEAT_NUMERICS_VERSION);
    is_said(r, false, expected);
}

static void papers_are_those_of_the_metrics(void **state)
{
    bf_report *r = *state;
    bf_text t = {0};
    put(r, "vendi_score", (bf_figure){.value = 3});
    bf_cite_bibtex(&t, r);
    assert_string_equal(t.data, "@software{bonafide,\n"
                                "  author = {{bonafide contributors}},\n"
                                "  title = {{bonafide: metrics of generated images, the same bits on every machine}},\n"
                                "  version = {" VERSION "},\n"
                                "  year = {2026}\n"
                                "}\n"
                                "@article{friedman2023,\n"
                                "  author = {Friedman, Dan and Dieng, Adji Bousso},\n"
                                "  title = {{The Vendi Score: A Diversity Evaluation Metric for Machine Learning}},\n"
                                "  journal = {Transactions on Machine Learning Research},\n"
                                "  year = {2023}\n"
                                "}\n");
    bf_text_free(&t);
    put(r, "frechet_distance_dinov2", (bf_figure){.value = 3});
    bf_cite_bibtex(&t, r);
    assert_non_null(strstr(t.data, "@inproceedings{heusel2017,"));
    assert_non_null(strstr(t.data, "@inproceedings{stein2023,"));
    assert_null(strstr(t.data, "salimans2016"));
    bf_text_free(&t);
}

static void it_stands_below_a_table_in_its_way(void **state)
{
    bf_report *r = *state;
    bf_text t = {0};
    put(r, "vendi_score", (bf_figure){.value = 3});
    r->style.kind = BF_TABLE_MARKDOWN;
    bf_cite_below(&t, r);
    assert_non_null(strstr(t.data, "\\[friedman2023\\]"));
    assert_non_null(strstr(t.data, "\n\n```bibtex\n@software{bonafide,\n"));
    assert_string_equal(t.data + t.n - 6, "}\n```\n");
    bf_text_free(&t);
    r->style.kind = BF_TABLE_LATEX;
    bf_cite_below(&t, r);
    assert_non_null(strstr(t.data, "~\\cite{friedman2023}"));
    assert_non_null(strstr(t.data, "\n% @article{friedman2023,\n"));
    bf_text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_computed_is_said, make, drop),
        cmocka_unit_test_setup_teardown(a_claim_is_told_as_one, make, drop),
        cmocka_unit_test_setup_teardown(what_is_not_known_is_said, make, drop),
        cmocka_unit_test_setup_teardown(papers_are_those_of_the_metrics, make, drop),
        cmocka_unit_test_setup_teardown(it_stands_below_a_table_in_its_way, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
