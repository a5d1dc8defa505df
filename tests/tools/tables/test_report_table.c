/* tools/tables/report_table: the same rows as Markdown, LaTeX and CSV. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/tables/report_table.h"

static int make(void **state)
{
    *state = feat_calloc(1, sizeof(bf_report));
    return *state == NULL;
}

static int drop(void **state)
{
    bf_report_release(*state);
    feat_free(*state);
    return 0;
}

static void put(bf_report *r, const char *key, bf_figure figure, const char *note)
{
    const bf_metric_value *row = bf_metric_value_of_key(key);
    bf_report_figure(r, row->label, key, &figure, bf_better_text(row->better), note);
}

static void expect(void (*write)(bf_text *t, const bf_report *r), const bf_report *r, const char *expected)
{
    bf_text t = {0};
    write(&t, r);
    assert_false(t.failed);
    assert_string_equal(t.data, expected);
    bf_text_free(&t);
}

/* One row of each kind of error. */
static void fill(bf_report *r)
{
    put(r, "frechet_inception_distance", (bf_figure){.value = 12.3456, .bar = {.known = true, .error = 0.12}}, "N = 9");
    put(r, "inception_score_mean", (bf_figure){.value = 2.5, .has_spread = true, .spread = 0.25}, "");
    put(r, "precision", (bf_figure){.value = 1.0, .bar = {.at_least = true, .limit = 0.75}}, "");
    put(r, "recall", (bf_figure){.value = 0.0, .bar = {.at_most = true, .limit = 0.25}}, "");
    put(r, "coverage",
        (bf_figure){.value = 0.95,
                    .bar = {.known = true, .error = 0.0625, .has_interval = true, .low = 0.75, .high = 0.99, .top = 1}},
        "");
    put(r, "kernel_inception_distance", (bf_figure){.value = -2.9312e-16, .bar = {.known = true, .error = 1.23e-18}},
        "");
    put(r, "vendi_score", (bf_figure){.value = 3.0}, "");
    bf_report_line(r, "features", "100 % of a_b|c", "", "");
}

static void markdown_is_a_pipe_table(void **state)
{
    fill(*state);
    expect(bf_table_markdown, *state,
           "| Metric | Value | Better | Of |\n"
           "| --- | ---: | --- | --- |\n"
           "| FID | 12.35 \xC2\xB1 0.12 | \xE2\x86\x93 lower | N = 9 |\n"
           "| Inception Score | 2.50 (spread 0.25) | \xE2\x86\x91 higher |  |\n"
           "| Precision | 1, at least 0.75 (95 %) | \xE2\x86\x91 higher |  |\n"
           "| Recall | 0, at most 0.25 (95 %) | \xE2\x86\x91 higher |  |\n"
           "| Coverage | 0.950 (0.750 to 0.990, 95 %) | \xE2\x86\x91 higher |  |\n"
           "| KID | -2.931e-16 \xC2\xB1 1.2e-18 | \xE2\x86\x93 lower |  |\n"
           "| Vendi score | 3 | \xE2\x86\x91 higher |  |\n"
           "\n"
           "- features: 100 % of a\\_b\\|c\n");
}

static void latex_needs_no_package(void **state)
{
    fill(*state);
    expect(bf_table_latex, *state,
           "\\begin{tabular}{lr}\n"
           "\\hline\n"
           "Metric & Value \\\\\n"
           "\\hline\n"
           "FID $\\downarrow$ & $12.35 \\pm 0.12$ \\\\ % N = 9\n"
           "Inception Score $\\uparrow$ & $2.50$ (spread $0.25$) \\\\\n"
           "Precision $\\uparrow$ & $1$ (at least $0.75$) \\\\\n"
           "Recall $\\uparrow$ & $0$ (at most $0.25$) \\\\\n"
           "Coverage $\\uparrow$ & $0.950$ ($0.750$ to $0.990$) \\\\\n"
           "KID $\\downarrow$ & $-2.931 \\times 10^{-16} \\pm 1.2 \\times 10^{-18}$ \\\\\n"
           "Vendi score $\\uparrow$ & $3$ \\\\\n"
           "\\hline\n"
           "\\end{tabular}\n"
           "% \\pm: one standard error over draws of the images\n"
           "% spread: standard deviation over splits or subsets, no error of the value\n"
           "% to, at most, at least: 95 % intervals and limits\n"
           "% features: 100 % of a_b|c\n");
}

static void csv_has_all_digits_and_sides(void **state)
{
    bf_report *r = *state;
    fill(r);
    r->inputs[0] = (bf_input){.role = "A", .n = 50};
    r->inputs[1] = (bf_input){.role = "B", .n = 40};
    r->n_inputs = 2;
    expect(bf_table_csv, r,
           "metric,value,error,kind_of_error,direction,n_real,n_generated,low,high,key\n"
           "FID,12.3456,0.12,standard error,lower,50,40,,,frechet_inception_distance\n"
           "Inception Score,2.5,0.25,spread,higher,,40,,,inception_score_mean\n"
           "Precision,1,,at least,higher,50,40,0.75,,precision\n"
           "Recall,0,,at most,higher,50,40,,0.25,recall\n"
           "Coverage,0.95,0.0625,standard error,higher,50,40,0.75,0.99,coverage\n"
           "KID,-2.9312e-16,1.23e-18,standard error,lower,50,40,,,kernel_inception_distance\n"
           "Vendi score,3,,,higher,,40,,,vendi_score\n");
    r->style.digits = 2;
    r->n_lines = 1;
    expect(bf_table_csv, r,
           "metric,value,error,kind_of_error,direction,n_real,n_generated,low,high,key\n"
           "FID,12,0.12,standard error,lower,50,40,,,frechet_inception_distance\n");
}

/* No label is such a thing; if one ever is, no spreadsheet runs it, and no line is two. */
static void texts_do_nothing(void **state)
{
    bf_report *r = *state;
    bf_figure figure = {.value = 1.0};
    bf_report_figure(r, "=1+1,\"x\"", "", &figure, "@better", "a\nb | 50 %");
    expect(bf_table_csv, r,
           "metric,value,error,kind_of_error,direction,n_real,n_generated,low,high,key\n"
           "\"'=1+1,\"\"x\"\"\",1,,,'@better,,,,,\n");
    expect(bf_table_markdown, r,
           "| Metric | Value | Better | Of |\n| --- | ---: | --- | --- |\n"
           "| =1+1,\"x\" | 1 | @better | a?b \\| 50 % |\n\n");
    bf_text t = {0};
    bf_text_latex(&t, "50 % of a_b & {c} #1 $2 \\x ~ ^ <d|e>");
    assert_string_equal(t.data, "50 \\% of a\\_b \\& \\{c\\} \\#1 \\$2 \\textbackslash{}x \\textasciitilde{} "
                                "\\textasciicircum{} $<$d$|$e$>$");
    bf_text_free(&t);
}

static void a_result_without_numbers_is_none(void **state)
{
    bf_report_line(*state, "wrote", "x.npz", "", "");
    assert_false(bf_report_has_figures(*state));
    fill(*state);
    assert_true(bf_report_has_figures(*state));
}

static void sides_are_named(void **state)
{
    (void)state;
    assert_string_equal(bf_side_name("A"), "real");
    assert_string_equal(bf_side_name("B"), "generated");
    assert_string_equal(bf_side_name("test"), "test");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(markdown_is_a_pipe_table, make, drop),
        cmocka_unit_test_setup_teardown(latex_needs_no_package, make, drop),
        cmocka_unit_test_setup_teardown(csv_has_all_digits_and_sides, make, drop),
        cmocka_unit_test_setup_teardown(texts_do_nothing, make, drop),
        cmocka_unit_test_setup_teardown(a_result_without_numbers_is_none, make, drop),
        cmocka_unit_test(sides_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
