/* tools/records/manifest_compare: of every change the first thing that differs is named. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/tools/records/manifest_sample.h"

/* A manifest as it is read: every number is there twice. */
static bf_manifest *told_sample(void)
{
    bf_manifest *m = manifest_sample();
    for (size_t i = 0; i < m->n_values; i++)
        m->values[i].decimal = m->values[i].number;
    return m;
}

static const bf_compare_options everything = {.last = BF_STAGE_RESULTS};

static bf_manifest *parse_good(const char *json, const char *leaves)
{
    bf_manifest *m = NULL;
    feat_error err = {FEAT_OK, ""};
    if (bf_manifest_parse(&m, "RUN.json", json, strlen(json), leaves, strlen(leaves), &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return m;
}

/* `expected` is a shell-like pattern: '*' stands for any text. */
static bool matches(const char *text, const char *expected)
{
    while (*expected != '\0' && *expected != '*') {
        if (*text++ != *expected++)
            return false;
    }
    if (*expected == '\0')
        return *text == '\0';
    for (;; text++) {
        if (matches(text, expected + 1))
            return true;
        if (*text == '\0')
            return false;
    }
}

static void check(const bf_manifest *told, const bf_manifest *seen, const bf_compare_options *options,
                  bf_stage stage, const char *expected)
{
    bf_difference d;
    bf_manifest_compare(&d, told, seen, options);
    if (expected == NULL && d.found)
        fail_msg("found '%s'", d.text);
    if (expected == NULL)
        return;
    if (!d.found || d.stage != stage || !matches(d.text, expected))
        fail_msg("expected '%s', found %d '%s'", expected, (int)d.found, d.text);
}

static void equal_runs_do_not_differ(void **state)
{
    (void)state;
    char *json, *leaves;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    bf_manifest *told = parse_good(json, leaves);
    check(told, m, &everything, 0, NULL);
    feat_free(m->isa); /* neither does the machine */
    m->isa = NULL;
    bf_manifest_text(m, &m->version, "9.9.9");
    m->threads = 1;
    m->seconds = 0;
    check(told, m, &everything, 0, NULL);
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&told);
    bf_manifest_close(&m);
}

/* --- the manifest was edited ---------------------------------------------------------------------- */

static void edits_of_the_manifest_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        bf_stage stage;
        const char *expected;
    } cases[] = {
        {"\"value\": \"tf1\"", "\"value\": \"clean\"", BF_STAGE_SETTINGS,
         "settings differ: option 'preset' (now 'clean'): it was changed after the run: seal: * in the "
         "manifest, * now"},
        {"\"value\": \"3\"", "\"value\": \"4\"", BF_STAGE_SETTINGS,
         "settings differ: option 'k' (now '4'): *"},
        {"\"value\": \"yes\"", "\"value\": \"no\"", BF_STAGE_SETTINGS,
         "settings differ: option 'skip-bad' (now 'no'): *"},
        {"\"value\": null", "\"value\": \"keras\"", BF_STAGE_SETTINGS,
         "settings differ: option 'variant' (now 'keras'): *"},
        {"\"name\": \"k\"", "\"name\": \"splits\"", BF_STAGE_SETTINGS,
         "settings differ: option 'splits' (now '3'): *"},
        {"\"name\": \"eval\"", "\"name\": \"pr\"", BF_STAGE_SETTINGS,
         "settings differ: command 'pr' with 4 options: *"},
        {"\"name\": \"weights\"", "\"name\": \"heights\"", BF_STAGE_WEIGHTS,
         "weights differ: name: heights in the manifest, weights now"},
        {"\"variant\": \"fid\"", "\"variant\": \"keras\"", BF_STAGE_WEIGHTS,
         "weights differ: variant: keras in the manifest, fid now"},
        {"\"source_sha256\": \"", "\"source_sha256\": null, \"x\": \"", BF_STAGE_WEIGHTS,
         "weights differ: SHA-256 of the file converted from: nothing in the manifest, * now"},
        {"\"role\": \"real\"", "\"role\": \"A\"", BF_STAGE_INPUTS,
         "inputs differ: A: role: A in the manifest, real now"},
        {"\"kind\": \"images\"", "\"kind\": \"features\"", BF_STAGE_INPUTS,
         "inputs differ: real: what it holds: features in the manifest, images now"},
        {"\"n\": 2", "\"n\": 3", BF_STAGE_INPUTS, "inputs differ: real: N: 3 in the manifest, 2 now"},
        {"\"items\": 3", "\"items\": 4", BF_STAGE_INPUTS,
         "inputs differ: real: items: 4 in the manifest, 3 now"},
        {"\"skipped\": 1", "\"skipped\": 0", BF_STAGE_INPUTS,
         "inputs differ: real: images skipped: 0 in the manifest, 1 now"},
        {"\"n\": 7", "\"n\": 8", BF_STAGE_PIXELS, "pixels differ: generated: N: 8 in the manifest, 7 now"},
        {"\"count\": 1", "\"count\": 2", BF_STAGE_PIXELS,
         "pixels differ: real: decoded sizes: 32x24 2 times in the manifest, 32x24 1 times now"},
        {"\"width\": 640", "\"width\": 641", BF_STAGE_PIXELS,
         "pixels differ: real: decoded sizes: 641x480 1 times in the manifest, 640x480 1 times now"},
        {"\"taps\": \"2048\"", "\"taps\": \"768\"", BF_STAGE_FEATURES,
         "features differ: real: taps: 768 in the manifest, 2048 now"},
        {"\"decimal\": 0.10000000000000001", "\"decimal\": 0.2", BF_STAGE_RESULTS,
         "results differ: frechet_inception_distance: decimal and hexadecimal are not one number: 0.2* in "
         "the "
         "manifest, 0.1* now"},
        {"\"decimal\": 0.10000000000000001,\n      \"hex\": \"0x1.999999999999ap-4\"",
         "\"decimal\": 0.10000000000000002,\n      \"hex\": \"0x1.999999999999bp-4\"", BF_STAGE_RESULTS,
         "results differ: frechet_inception_distance: apart by 1.38777878e-17: 0.10000000000000002 in the "
         "manifest, "
         "0.10000000000000001 now"},
        {"\"integer\": 2048", "\"integer\": 768", BF_STAGE_RESULTS,
         "results differ: dim: value: 768 in the manifest, 2048 now"},
        {"\"boolean\": true", "\"boolean\": false", BF_STAGE_RESULTS,
         "results differ: shuffled: value: 0 in the manifest, 1 now"},
        {"\"integer\": 2048", "\"boolean\": true", BF_STAGE_RESULTS, "results differ: dim: kind of value: *"},
        {"\"key\": \"precision\"", "\"key\": \"recall\"", BF_STAGE_RESULTS,
         "results differ: result: recall in the manifest, precision now"},
    };
    char *json, *leaves;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = replace_text(json, cases[i].from, cases[i].to);
        bf_manifest *told = parse_good(text, leaves);
        check(told, m, &everything, cases[i].stage, cases[i].expected);
        bf_manifest_close(&told);
        feat_free(text);
    }
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&m);
}

/* Removing an option breaks the seal of the command, which covers their number. */
static void a_missing_option_is_noticed(void **state)
{
    (void)state;
    bf_manifest *m = manifest_sample(), *other = manifest_sample();
    feat_free(m->settings[3].name);
    feat_free(m->settings[3].value);
    m->n_settings = 3;
    check(m, other, &everything, BF_STAGE_SETTINGS, "settings differ: command 'eval' with 3 options: *");
    bf_manifest_close(&m);
    bf_manifest_close(&other);
}

/* --- digests in the manifest ---------------------------------------------------------------------- */

static void one_digest_differs(size_t at, const char *expected, bf_stage stage)
{
    bf_manifest *told = told_sample(), *seen = manifest_sample();
    bf_manifest_set *set = &told->sets[0];
    bf_digest *const digests[] = {&told->weights,
                                  &told->weights_file,
                                  &set->root,
                                  &set->pixels,
                                  &set->features,
                                  &set->mu,
                                  &set->sigma,
                                  &set->leaves[2].file,
                                  &set->leaves[2].pixels,
                                  &set->leaves[0].features,
                                  &told->sets[1].leaves[0].file,
                                  &told->sets[1].sigma};
    digests[at]->sha256[31] ^= 1; /* one bit */
    check(told, seen, &everything, stage, expected);
    digests[at]->sha256[31] ^= 1;
    check(told, seen, &everything, stage, NULL);
    bf_manifest_close(&told);
    bf_manifest_close(&seen);
}

static void a_bit_of_any_digest_is_named(void **state)
{
    (void)state;
    one_digest_differs(0, "weights differ: content SHA-256: * in the manifest, * now", BF_STAGE_WEIGHTS);
    one_digest_differs(1, "weights differ: SHA-256 of the file converted from: *", BF_STAGE_WEIGHTS);
    one_digest_differs(2, "inputs differ: real: Merkle root: *", BF_STAGE_INPUTS);
    one_digest_differs(3, "pixels differ: real: SHA-256 over the pixels of all images: *", BF_STAGE_PIXELS);
    one_digest_differs(4, "features differ: real: SHA-256 over the features of all images: *",
                       BF_STAGE_FEATURES);
    one_digest_differs(5, "statistics differ: real: SHA-256 of the mean: *", BF_STAGE_STATISTICS);
    one_digest_differs(6, "statistics differ: real: SHA-256 of the covariance: *", BF_STAGE_STATISTICS);
    one_digest_differs(7, "inputs differ: real: image 2 'c/\xC3\xA9\xFF.png': SHA-256 of the file: *",
                       BF_STAGE_INPUTS);
    one_digest_differs(8,
                       "pixels differ: real: image 2 'c/\xC3\xA9\xFF.png': SHA-256 of the decoded pixels: *",
                       BF_STAGE_PIXELS);
    one_digest_differs(9, "features differ: real: image 0 'a%b\n.png': SHA-256 of the features: *",
                       BF_STAGE_FEATURES);
    one_digest_differs(10, "inputs differ: generated: image 0 'f\xFF.npy': SHA-256 of the file: *",
                       BF_STAGE_INPUTS);
    one_digest_differs(11, "statistics differ: generated: SHA-256 of the covariance: *", BF_STAGE_STATISTICS);
}

/* --- the second run was another ------------------------------------------------------------------- */

static void rename_leaf(bf_manifest_set *set, size_t index, const char *name)
{
    size_t n = strlen(name);
    assert_int_equal(n, strlen(bf_leaf_name(set, index)));
    memcpy(set->names + set->leaves[index].name_at, name, n);
}

static void items_that_moved_are_named(void **state)
{
    (void)state;
    bf_manifest *told = told_sample(), *seen = manifest_sample();
    bf_manifest_set *set = &seen->sets[0];
    /* Two files change names: the order of names is the same, the files are not. */
    bf_digest first = set->leaves[0].file;
    set->leaves[0].file = set->leaves[2].file;
    set->leaves[2].file = first;
    check(told, seen, &everything, BF_STAGE_INPUTS,
          "inputs differ: real: image 0 'a%b\n.png': SHA-256 of the file: *");
    bf_manifest_close(&seen);
    /* A list in another order. */
    seen = manifest_sample();
    set = &seen->sets[0];
    bf_leaf leaf = set->leaves[0];
    set->leaves[0] = set->leaves[1];
    set->leaves[1] = leaf;
    check(told, seen, &everything, BF_STAGE_INPUTS,
          "inputs differ: real: image 0 'a%b\n.png': order of the names: a%b\n.png in the manifest, bad.png "
          "now");
    bf_manifest_close(&seen);
    bf_manifest_close(&told);
}

static void missing_and_new_items_are_told_apart(void **state)
{
    (void)state;
    bf_difference d;
    bf_manifest *told = told_sample(), *seen = manifest_sample();
    seen->sets[0].n_leaves = 2;
    check(told, seen, &everything, BF_STAGE_INPUTS,
          "inputs differ: real: image 2 'c/\xC3\xA9\xFF.png': it is missing; items in the set: 3 in the "
          "manifest, 2 now");
    bf_manifest_compare(&d, told, seen, &everything);
    assert_true(d.missing);
    bf_manifest_compare(&d, seen, told, &everything);
    assert_true(d.found);
    assert_false(d.missing);
    check(seen, told, &everything, BF_STAGE_INPUTS,
          "inputs differ: real: image 2 'c/\xC3\xA9\xFF.png': it is new; items in the set: 2 in the "
          "manifest, 3 now");
    seen->sets[0].n_leaves = 3;
    rename_leaf(&seen->sets[0], 1, "bed.png");
    check(told, seen, &everything, BF_STAGE_INPUTS,
          "inputs differ: real: image 1 'bad.png': it is missing; *");
    bf_manifest_close(&told);
    bf_manifest_close(&seen);
}

static void what_became_readable_is_named(void **state)
{
    (void)state;
    bf_manifest *told = told_sample(), *seen = manifest_sample();
    seen->sets[0].leaves[1].skipped = false;
    check(told, seen, &everything, BF_STAGE_PIXELS,
          "pixels differ: real: image 1 'bad.png': the image: skipped in the manifest, read now");
    check(seen, told, &everything, BF_STAGE_INPUTS,
          "inputs differ: real: images skipped: 1 in the manifest, 0 now");
    bf_manifest_close(&told);
    bf_manifest_close(&seen);
    told = told_sample();
    seen = manifest_sample();
    seen->sets[0].leaves[2].w = 639;
    check(told, seen, &everything, BF_STAGE_PIXELS,
          "pixels differ: real: image 2 'c/\xC3\xA9\xFF.png': decoded size: 640x480 in the manifest, 639x480 "
          "now");
    seen->n_sets = 1;
    check(told, seen, &everything, BF_STAGE_INPUTS,
          "inputs differ: number of sets: 2 in the manifest, 1 now");
    seen->n_sets = 2;
    seen->has_weights = false;
    check(told, seen, &everything, BF_STAGE_WEIGHTS,
          "weights differ: a network was run: yes in the manifest, no now");
    bf_manifest_close(&told);
    bf_manifest_close(&seen);
}

static void results_are_compared_by_bits(void **state)
{
    (void)state;
    bf_manifest *told = told_sample(), *seen = manifest_sample();
    seen->values[1].number = 1.5;
    check(told, seen, &everything, BF_STAGE_RESULTS,
          "results differ: precision: apart by 0.5: 1 in the manifest, 1.5 now");
    told->values[1].number = told->values[1].decimal = 0.0;
    seen->values[1].number = -0.0;
    check(told, seen, &everything, BF_STAGE_RESULTS,
          "results differ: precision: apart by 0: 0 in the manifest, -0 now");
    told->values[1].number = told->values[1].decimal = (double)NAN;
    seen->values[1].number = -(double)NAN;
    check(told, seen, &everything, BF_STAGE_RESULTS, NULL);
    told->values[1].number = (double)INFINITY; /* its decimal is null */
    seen->values[1].number = (double)INFINITY;
    check(told, seen, &everything, BF_STAGE_RESULTS, NULL);
    seen->n_values = 3;
    check(told, seen, &everything, BF_STAGE_RESULTS,
          "results differ: result: shuffled in the manifest, nothing now");
    seen->n_values = told->n_values;
    bf_manifest_close(&told);
    bf_manifest_close(&seen);
}

static void options_limit_the_comparison(void **state)
{
    (void)state;
    bf_manifest *told = told_sample(), *seen = manifest_sample();
    bf_compare_options inputs = {.last = BF_STAGE_INPUTS},
                       partial = {.last = BF_STAGE_FEATURES, .partial = true};
    bf_compare_options other = {.last = BF_STAGE_RESULTS, .other_weights = true};
    seen->sets[0].leaves[2].pixels.sha256[0] ^= 1;
    check(told, seen, &inputs, 0, NULL);
    check(told, seen, &partial, BF_STAGE_PIXELS,
          "pixels differ: real: image 2 '*': SHA-256 of the decoded pixels: *");
    memset(&seen->sets[0].leaves[2].pixels, 0, sizeof(bf_digest));
    memset(&seen->sets[0].leaves[2].features, 0, sizeof(bf_digest));
    memset(&seen->sets[0].leaves[2].file, 0, sizeof(bf_digest));
    bf_manifest_total(seen);
    check(told, seen, &partial, 0, NULL);
    check(told, seen, &everything, BF_STAGE_INPUTS,
          "inputs differ: real: image 2 '*': SHA-256 of the file: * now");
    bf_manifest_close(&seen);
    seen = manifest_sample();
    bf_manifest_text(seen, &seen->weights_name, "copy");
    seen->weights_file.known = false;
    check(told, seen, &other, 0, NULL);
    check(told, seen, &everything, BF_STAGE_WEIGHTS,
          "weights differ: SHA-256 of the file *: * in the manifest, nothing now");
    bf_manifest_close(&told);
    bf_manifest_close(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_runs_do_not_differ),
        cmocka_unit_test(edits_of_the_manifest_are_named),
        cmocka_unit_test(a_missing_option_is_noticed),
        cmocka_unit_test(a_bit_of_any_digest_is_named),
        cmocka_unit_test(items_that_moved_are_named),
        cmocka_unit_test(missing_and_new_items_are_told_apart),
        cmocka_unit_test(what_became_readable_is_named),
        cmocka_unit_test(results_are_compared_by_bits),
        cmocka_unit_test(options_limit_the_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
