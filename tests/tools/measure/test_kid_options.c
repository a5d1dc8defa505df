/* tools/measure: what the options of the command line make of those of KID. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/measure/measure_twosample.h"
#include "tools/options/parse_args.h"
#include "tools/run/network.h"
#include "tools/run/run.h"

enum { MAX_WORDS = 16 };

/* The options of KID as a command line of words, separated by single blanks, has them. */
static feat_status options_of(gmet_kid_options *options, const char *line, feat_error *err)
{
    char text[256], *words[MAX_WORDS];
    bf_args args;
    bf_run *run = NULL;
    int n = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word != NULL && n < MAX_WORDS; word = strtok(NULL, " "))
        words[n++] = word;
    assert_int_equal(bf_args_parse(&args, n, words, err), FEAT_OK);
    assert_int_equal(bf_run_open(&run, &args, err), FEAT_OK);
    feat_status status = bf_run_network(run, err);
    if (status == FEAT_OK)
        *options = bf_kid_options(run, &run->network.how);
    bf_run_close(&run);
    return status;
}

static gmet_kid_options good(const char *line)
{
    gmet_kid_options options;
    feat_error err = {FEAT_OK, ""};
    if (options_of(&options, line, &err) != FEAT_OK)
        fail_msg("'%s': %s", line, err.message);
    return options;
}

static void bad(const char *line, const char *part)
{
    gmet_kid_options options;
    feat_error err = {FEAT_OK, ""};
    assert_int_equal(options_of(&options, line, &err), FEAT_ERR_ARG);
    if (strstr(err.message, part) == NULL)
        fail_msg("'%s': '%s' has no '%s'", line, err.message, part);
}

static void the_published_kernel_is_the_usual_one(void **state)
{
    (void)state;
    gmet_kid_options usual, said = good("kid a b"), named = good("kid a b --kid-kernel polynomial");
    gmet_kid_options_init(&usual, sizeof usual);
    assert_true(said.kernel == GMET_KERNEL_POLYNOMIAL && named.kernel == GMET_KERNEL_POLYNOMIAL);
    assert_true(said.gamma == usual.gamma && named.gamma == usual.gamma);
    assert_true(said.degree == usual.degree && said.coef0 == usual.coef0);
    assert_true(said.n_subsets == usual.n_subsets && said.subset_size == usual.subset_size);
    assert_true(said.seed == usual.seed && said.shrink == usual.shrink);
}

/* exp(-gamma |x - y|^2) is exp(-|x - y|^2 / (2 sigma^2)). */
static void sigma_becomes_gamma(void **state)
{
    (void)state;
    gmet_kid_options o = good("kid a b --kid-kernel rbf");
    assert_int_equal(o.kernel, GMET_KERNEL_RBF);
    assert_true(o.gamma == 1.0 / 200.0); /* the library's for 0, sigma = 10 */
    assert_true(good("kid a b --kid-kernel rbf --kid-sigma 2").gamma == 0.125);
    assert_true(good("eval a b --kid-sigma 0.5 --kid-kernel rbf").gamma == 2.0);
    assert_true(good("kid a b --kid-kernel rbf --kid-sigma 1e-100").gamma > 1e199);
    assert_true(good("kid a b --kid-kernel rbf --kid-sigma 1e100").gamma > 0.0);
    o = good("kid a b --kid-kernel rbf --kid-size 7 --kid-subsets 5 --seed 3");
    assert_true(o.subset_size == 7 && o.n_subsets == 5 && o.seed == 3 && o.gamma == 1.0 / 200.0);
}

static void what_is_no_sigma_is_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"0", "-1", "nan", "inf", "1e101", "1e-101", "0x10", "2x", "e", "."};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "kid a b --kid-kernel rbf --kid-sigma %s", words[i]);
        bad(line, "--kid-sigma: expected a number above 0");
    }
    bad("kid a b --kid-sigma 2", "add --kid-kernel rbf");
    bad("kid a b --kid-kernel polynomial --kid-sigma 2", "add --kid-kernel rbf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_kernel_is_the_usual_one),
        cmocka_unit_test(sigma_becomes_gamma),
        cmocka_unit_test(what_is_no_sigma_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
