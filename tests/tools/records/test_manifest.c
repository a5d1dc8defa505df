/* tools/records/manifest: what is written reads back the same, anything damaged is refused in one clear line, and
 * memory may run out anywhere. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/tools/records/manifest_sample.h"
#include "tools/base/files.h"

static bf_manifest *parse_good(const char *json, const char *leaves)
{
    bf_manifest *m = NULL;
    feat_error err = {FEAT_OK, ""};
    if (bf_manifest_parse(&m, "RUN.json", json, strlen(json), leaves, strlen(leaves), &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return m;
}

static void texts_survive_a_round_trip(void **state)
{
    (void)state;
    char *json, *leaves, *json2, *leaves2;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    bf_manifest *read = parse_good(json, leaves);
    assert_string_equal(read->sets[1].path, "f\xFF.npy");
    assert_string_equal(bf_leaf_name(&read->sets[0], 0), "a%b\n.png");
    assert_string_equal(bf_leaf_name(&read->sets[0], 2), "c/\xC3\xA9\xFF.png");
    assert_true(read->sets[0].leaves[1].skipped);
    assert_false(read->sets[0].leaves[1].pixels.known);
    assert_int_equal(read->sets[0].leaves[2].w, 640);
    assert_null(read->settings[1].value);
    assert_true(read->values[0].number == 0.1 && read->values[0].decimal == 0.1);
    read->threads = m->threads; /* informational: written, but nothing is done with it when read */
    read->batch = m->batch;
    read->seconds = m->seconds;
    read->peak_bytes = m->peak_bytes;
    manifest_texts(read, &json2, &leaves2);
    assert_string_equal(json, json2);
    assert_string_equal(leaves, leaves2);
    feat_free(json);
    feat_free(leaves);
    feat_free(json2);
    feat_free(leaves2);
    bf_manifest_close(&read);
    bf_manifest_close(&m);
    bf_manifest_close(&m);
    bf_manifest_close(NULL);
}

static void the_sidecar_has_a_line_for_each_item(void **state)
{
    (void)state;
    char *json, *leaves;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    static const char start[] = "bonafide leaves 1\nset 0 3\n0 ";
    assert_memory_equal(leaves, start, sizeof start - 1);
    assert_non_null(strstr(leaves, " 32x24 a%25b%0A.png\n"));
    assert_non_null(strstr(leaves, " skipped - - bad.png\n"));
    assert_non_null(strstr(leaves, " 640x480 c/\xC3\xA9\xFF.png\nset 1 1\n0 "));
    assert_non_null(strstr(leaves, " - - - f\xFF.npy\nend\n"));
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&m);
}

static void totals_follow_from_the_leaves(void **state)
{
    (void)state;
    bf_manifest *m = manifest_sample();
    assert_int_equal(m->sets[0].n_items, 3);
    assert_int_equal(m->sets[0].n_skipped, 1);
    assert_int_equal(m->sets[0].n_sizes, 2);
    assert_true(m->sets[0].root.known && m->sets[0].pixels.known && m->sets[0].features.known);
    assert_true(m->sets[1].root.known);
    assert_false(m->sets[1].pixels.known);
    /* Many sizes: the most frequent stay, most frequent first. */
    for (uint32_t i = 0; i < 200; i++) {
        bf_leaf leaf = {.w = 100 + i % 100, .h = 5, .pixels = {true, {0}}};
        if (i >= 150)
            leaf.w = 177;
        bf_manifest_add_leaf(m, &m->sets[0], "x", &leaf);
    }
    bf_manifest_total(m);
    assert_int_equal(m->sets[0].n_sizes, BF_MAX_SIZES);
    assert_int_equal(m->sets[0].sizes[0].w, 177);
    assert_int_equal(m->sets[0].sizes[0].n, 51);
    assert_int_equal(m->sets[0].sizes[1].w, 100);
    assert_int_equal(m->sets[0].sizes[1].n, 2);
    bf_manifest_close(&m);
}

static void special_numbers_survive(void **state)
{
    (void)state;
    static const double numbers[] = {0.0,  -0.0,        1e-310,           1.7976931348623157e308,
                                     -3.0, (double)NAN, (double)INFINITY, -(double)INFINITY};
    bf_manifest *m = manifest_sample();
    char *json, *leaves;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        bf_manifest_add_value(m, "x", BF_TYPE_NUMBER)->number = numbers[i];
    manifest_texts(m, &json, &leaves);
    bf_manifest *read = parse_good(json, leaves);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double got = read->values[4 + i].number;
        assert_true(isnan(numbers[i]) ? isnan(got) : memcmp(&got, &numbers[i], sizeof got) == 0);
    }
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&read);
    bf_manifest_close(&m);
}

/* --- what is refused ------------------------------------------------------------------------------ */

typedef struct mutation {
    const char *from, *to;
    feat_status status;
    const char *message; /* its beginning */
} mutation;

static void refused(const char *json, const char *leaves, size_t leaves_bytes, const mutation *c)
{
    bf_manifest *m = NULL;
    feat_error err = {FEAT_OK, ""};
    feat_status status = bf_manifest_parse(&m, "RUN.json", json, strlen(json), leaves, leaves_bytes, &err);
    assert_null(m);
    if (status != c->status || err.status != c->status ||
        strncmp(err.message, c->message, strlen(c->message)) != 0 || strchr(err.message, '\n') != NULL)
        fail_msg("'%s': %d '%s'", c->from, (int)status, err.message);
}

static void damaged_manifests_are_refused(void **state)
{
    (void)state;
    static const mutation cases[] = {
        {"\"bonafide_manifest\": 1", "\"bonafide_manifest\": 2", FEAT_ERR_VERSION,
         "RUN.json: manifest version 2, this program reads version 1: use a newer bonafide"},
        {"\"bonafide_manifest\": 1", "\"bonafide_manifest\": 0", FEAT_ERR_VERSION,
         "RUN.json: manifest version 0, this program reads version 1"},
        {"\"bonafide_manifest\": 1", "\"bonafide_manifest\": \"1\"", FEAT_ERR_FORMAT,
         "RUN.json: bonafide_manifest: expected a whole number, found a string"},
        {"\"bonafide_manifest\": 1", "\"schema\": 1", FEAT_ERR_FORMAT,
         "RUN.json: not a manifest of bonafide ('bonafide_manifest' is missing)"},
        {"\"bonafide_manifest\": 1", "\"numerics\": 1", FEAT_ERR_FORMAT,
         "RUN.json: numerics: the key is there twice"},
        {"\"options\": [", "\"options\": {\"a\": 1}, \"x\": [", FEAT_ERR_FORMAT,
         "RUN.json: options: expected an array, found an object"},
        {"\"name\": \"variant\"", "\"name\": \"preset\"", FEAT_ERR_FORMAT,
         "RUN.json: options[1]: option 'preset' is there twice"},
        {"\"name\": \"preset\"", "\"nome\": \"preset\"", FEAT_ERR_FORMAT,
         "RUN.json: options[0]: 'name' is missing"},
        {"\"value\": \"tf1\"", "\"value\": 1", FEAT_ERR_FORMAT,
         "RUN.json: options[0].value: expected a string, found a number"},
        {"\"seal\": \"", "\"seal\": \"0", FEAT_ERR_FORMAT,
         "RUN.json: command.seal: expected 16 digits, found '0"},
        {"\"sets\": [", "\"sets\": [1, 1, 1, 1, ", FEAT_ERR_FORMAT, "RUN.json: sets: more than "},
        {"\"n\": 2,", "\"n\": -2,", FEAT_ERR_FORMAT, "RUN.json: sets[0].n: expected a whole number, found -2"},
        {"\"n\": 7,", "\"n\": 7.5,", FEAT_ERR_FORMAT,
         "RUN.json: sets[1].n: expected a whole number, found 7.5"},
        {"\"merkle_root\": \"", "\"merkle_root\": \"x", FEAT_ERR_FORMAT,
         "RUN.json: sets[0].merkle_root: expected a SHA-256 of 64 hexadecimal digits, found 'x"},
        {"\"sizes\": [", "\"sizes\": [[], ", FEAT_ERR_FORMAT,
         "RUN.json: sets[0].sizes[0]: expected an object, found an array"},
        {"\"path_hex\": \"66ff", "\"path_hex\": \"6600", FEAT_ERR_FORMAT,
         "RUN.json: sets[1].path_hex: expected two hexadecimal digits for each byte, none of them 00"},
        {"\"hex\": \"0x", "\"hex\": \"0y", FEAT_ERR_FORMAT,
         "RUN.json: results[0].hex: expected a hexadecimal float as printf's %a writes it, found '0y"},
        {"\"results\": [", "\"results\": [7, ", FEAT_ERR_FORMAT,
         "RUN.json: results[0]: expected an object, found a number"},
        {"\"decimal\": 0.1", "\"decimal\": \"0.1\", \"x\": 0.1", FEAT_ERR_FORMAT,
         "RUN.json: results[0].decimal: expected a number, found a string"},
        {"\"weights\": {", "\"weights\": 1, \"w\": {", FEAT_ERR_FORMAT,
         "RUN.json: weights: expected an object, found a number"},
        {"\"informational\"", "\"other\"", FEAT_ERR_FORMAT, "RUN.json: 'informational' is missing"},
        {"\"isa\": \"avx2\"", "\"isa\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         FEAT_ERR_FORMAT, "RUN.json: line 1"},
        {"}\n", "", FEAT_ERR_FORMAT, "RUN.json: line "},
    };
    char *json, *leaves;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = replace_text(json, cases[i].from, cases[i].to);
        refused(text, leaves, strlen(leaves), &cases[i]);
        feat_free(text);
    }
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&m);
}

static void damaged_sidecars_are_refused(void **state)
{
    (void)state;
    static const mutation changed = {"bad.png", "bed.png", FEAT_ERR_FORMAT,
                                     "RUN.json.leaves: changed since it was written: SHA-256 "};
    static const mutation longer = {"bad.png", "baad.png", FEAT_ERR_FORMAT,
                                    "RUN.json.leaves: not of this manifest: "};
    static const mutation cut = {"cut", "", FEAT_ERR_FORMAT, "RUN.json.leaves: truncated: "};
    char *json, *leaves;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    const mutation *const cases[] = {&changed, &longer};
    for (size_t i = 0; i < 2; i++) {
        char *text = replace_text(leaves, cases[i]->from, cases[i]->to);
        refused(json, text, strlen(text), cases[i]);
        feat_free(text);
    }
    for (size_t n = 0; n < strlen(leaves); n++)
        refused(json, leaves, n, &cut);
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&m);
}

/* With a digest that fits, the lines themselves are looked at. */
static void lines_of_the_sidecar_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"leaves 1", "leaves 2", "L: line 1: expected 'bonafide leaves 1'"},
        {"set 0 3", "set 1 3", "L: line 2: a line 'set NUMBER COUNT' expected"},
        {"set 0 3", "set 0 x", "L: line 2: a number expected"},
        {"set 0 3", "set 0 99999999999999999999999", "L: line 2: a number is too large"},
        {"set 0 3", "set 0 4", "L: line 6: a number expected"},
        {"set 0 3", "set 0 2", "L: line 5: a line 'set NUMBER COUNT' expected"},
        {"\n1 ", "\n2 ", "L: line 4: a line is missing or out of order"},
        {"32x24", "32y24", "L: line 3: a number expected"},
        {"32x24", "99999999999x24", "L: line 3: a number is too large"},
        {"skipped - -", "skipped - 3x3", "L: line 4: '-' expected"},
        {"skipped", "Skipped", "L: line 4: a SHA-256 of 64 digits expected"},
        {"a%25b", "a%2", "L: line 3: a broken % escape in a name"},
        {"a%25b", "a%00b", "L: line 3: a broken % escape in a name"},
        {"bad.png", "b\x01.png", "L: line 4: a control character in a name"},
        {"bad.png", "", "L: line 4: a name expected"},
        {"end\n", "end", "L: line 8: expected 'end'"},
        {"end\n", "end\nx", "L: line 8: something follows the end"},
    };
    char *json, *leaves;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        feat_error err = {FEAT_OK, ""};
        bf_manifest *empty = NULL;
        char *text = replace_text(leaves, cases[i].from, cases[i].to);
        assert_int_equal(bf_manifest_create(&empty, NULL), FEAT_OK);
        (void)bf_manifest_add_set(empty, "a", "b", "c");
        (void)bf_manifest_add_set(empty, "a", "b", "c");
        feat_status status = bf_leaves_parse(empty, "L", text, strlen(text), &err);
        if (status != FEAT_ERR_FORMAT || strcmp(err.message, cases[i].message) != 0)
            fail_msg("'%s': %d '%s'", cases[i].to, (int)status, err.message);
        feat_free(text);
        bf_manifest_close(&empty);
    }
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&m);
}

/* --- files and memory ----------------------------------------------------------------------------- */

static void files_are_written_and_read(void **state)
{
    (void)state;
    char folder[256], path[272], sidecar[288];
    const char *base = getenv("TMPDIR");
    feat_error err = {FEAT_OK, ""};
    snprintf(folder, sizeof folder, "%s/bonafide-manifest.XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run.json", folder);
    snprintf(sidecar, sizeof sidecar, "%s.leaves", path);
    bf_manifest *m = manifest_sample(), *read = NULL;
    assert_int_equal(bf_manifest_write(m, path, &err), FEAT_OK);
    assert_int_equal(bf_manifest_read(&read, path, &err), FEAT_OK);
    assert_int_equal(read->sets[0].n_leaves, 3);
    bf_manifest_close(&read);
    bf_digest of_file, of_text;
    char *json, *leaves;
    manifest_texts(m, &json, &leaves);
    assert_int_equal(bf_digest_file(&of_file, sidecar, &err), FEAT_OK);
    bf_digest_bytes(&of_text, leaves, strlen(leaves));
    assert_memory_equal(of_file.sha256, of_text.sha256, 32);
    assert_int_equal(unlink(sidecar), 0);
    assert_int_equal(bf_manifest_read(&read, path, &err), FEAT_ERR_IO);
    assert_null(read);
    assert_int_equal(bf_digest_file(&of_file, sidecar, &err), FEAT_ERR_IO);
    assert_false(of_file.known);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(bf_manifest_write(m, path, &err), FEAT_ERR_IO);
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&m);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    char *json, *leaves;
    bf_manifest *m = manifest_sample();
    manifest_texts(m, &json, &leaves);
    size_t live = feat_alloc_live();
    feat_status status = FEAT_ERR_NOMEM;
    feat_error err;
    for (long n = 0; status != FEAT_OK; n++) {
        bf_manifest *read = NULL;
        feat_alloc_fail_after(n);
        status = bf_manifest_parse(&read, "RUN.json", json, strlen(json), leaves, strlen(leaves), &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK ? read != NULL : status == FEAT_ERR_NOMEM && read == NULL);
        bf_manifest_close(&read);
        assert_int_equal(feat_alloc_live(), live);
        assert_true(n < 200);
    }
    status = FEAT_ERR_NOMEM;
    for (long n = 0; status != FEAT_OK; n++) {
        char *json2, *leaves2;
        feat_alloc_fail_after(n);
        status = bf_manifest_format(m, &json2, &leaves2, &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || (status == FEAT_ERR_NOMEM && json2 == NULL && leaves2 == NULL));
        feat_free(json2);
        feat_free(leaves2);
        assert_int_equal(feat_alloc_live(), live);
        assert_true(n < 200);
    }
    feat_free(json);
    feat_free(leaves);
    bf_manifest_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_survive_a_round_trip),
        cmocka_unit_test(the_sidecar_has_a_line_for_each_item),
        cmocka_unit_test(totals_follow_from_the_leaves),
        cmocka_unit_test(special_numbers_survive),
        cmocka_unit_test(damaged_manifests_are_refused),
        cmocka_unit_test(damaged_sidecars_are_refused),
        cmocka_unit_test(lines_of_the_sidecar_are_checked),
        cmocka_unit_test(files_are_written_and_read),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
