/* tools/formats/json_read: what is read, what is refused and in which words, and memory running out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/formats/json_read.h"

static bf_jsonread *open_good(const char *text)
{
    bf_jsonread *j = NULL;
    feat_error err = {FEAT_OK, ""};
    if (bf_jsonread_text(&j, "t.json", text, strlen(text), &err) != FEAT_OK)
        fail_msg("%s: %s", text, err.message);
    return j;
}

static void refused_bytes(const char *text, size_t n, feat_status expected, const char *message)
{
    bf_jsonread *j = NULL;
    feat_error err = {FEAT_OK, ""};
    feat_status status = bf_jsonread_text(&j, "t.json", text, n, &err);
    if (status != expected || strcmp(err.message, message) != 0)
        fail_msg("%.60s: %d '%s'", text, (int)status, err.message);
    assert_null(j);
}

static void refused(const char *text, const char *message)
{
    refused_bytes(text, strlen(text), FEAT_ERR_FORMAT, message);
}

static void values_are_read(void **state)
{
    (void)state;
    feat_error err = {FEAT_OK, ""};
    bf_jsonread *j =
        open_good(" {\"a\": 18446744073709551615, \"b\": [true, {\"c\": null}, []], \"d\": \"x\",\n"
                  "\"e\": -1.5e+3, \"f\": {}, \"g\": false } ");
    uint64_t number;
    bool truth;
    const char *text;
    size_t list;
    assert_int_equal(bf_jsonread_size(j, 0), 6);
    assert_int_equal(bf_jsonread_integer(j, 0, "a", &number, &err), FEAT_OK);
    assert_true(number == UINT64_MAX);
    assert_int_equal(bf_jsonread_array(j, 0, "b", &list, &err), FEAT_OK);
    assert_int_equal(bf_jsonread_size(j, list), 3);
    size_t item = bf_jsonread_next(j, list, bf_jsonread_first(j, list));
    assert_int_equal(bf_jsonread_need_object(j, item, &err), FEAT_OK);
    assert_true(bf_jsonread_is_null(j, bf_jsonread_find(j, item, "c")));
    assert_int_equal(bf_jsonread_nullable(j, item, "c", &text, &err), FEAT_OK);
    assert_null(text);
    item = bf_jsonread_next(j, list, item);
    assert_int_equal(bf_jsonread_size(j, item), 0);
    assert_true(bf_jsonread_next(j, list, item) == BF_JSON_NONE);
    assert_int_equal(bf_jsonread_string(j, 0, "d", &text, &err), FEAT_OK);
    assert_string_equal(text, "x");
    double real;
    assert_int_equal(bf_jsonread_number(j, 0, "e", &real, &err), FEAT_OK);
    assert_true(real == -1500);
    assert_int_equal(bf_jsonread_boolean(j, 0, "g", &truth, &err), FEAT_OK);
    assert_false(truth);
    assert_true(bf_jsonread_find(j, 0, "c") == BF_JSON_NONE);
    assert_true(bf_jsonread_find(j, list, "c") == BF_JSON_NONE);
    bf_jsonread_close(&j);
    assert_null(j);
    bf_jsonread_close(&j);
    bf_jsonread_close(NULL);
}

static void escapes_are_resolved(void **state)
{
    (void)state;
    feat_error err = {FEAT_OK, ""};
    const char *text;
    bf_jsonread *j =
        open_good("{\"s\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\ude00.\", \"t\": 1}");
    assert_int_equal(bf_jsonread_string(j, 0, "s", &text, &err), FEAT_OK);
    assert_string_equal(text, "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80.");
    uint64_t number;
    assert_int_equal(bf_jsonread_integer(j, 0, "t", &number, &err), FEAT_OK);
    assert_int_equal(number, 1);
    bf_jsonread_close(&j);
}

static void grammar_is_held(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"", "line 1: not valid JSON: the text ends too early (truncated?)"},
        {"{", "line 1: not valid JSON: a key expected"},
        {"{\"a\"", "line 1: not valid JSON: ':' expected after a key"},
        {"{\"a\":1", "line 1: not valid JSON: the text ends too early (truncated?)"},
        {"{\"a\":\n[1,", "line 2: not valid JSON: the text ends too early (truncated?)"},
        {"{\"a\":1,}", "line 1: not valid JSON: a key expected"},
        {"{\"a\":[1,]}", "line 1: not valid JSON: a value expected"},
        {"{\"a\" \"b\"}", "line 1: not valid JSON: ':' expected after a key"},
        {"{\"a\":1 \"b\":2}", "line 1: not valid JSON: ',' or a closing bracket expected"},
        {"{\"a\":1]", "line 1: not valid JSON: ',' or a closing bracket expected"},
        {"{a:1}", "line 1: not valid JSON: a key expected"},
        {"{'a':1}", "line 1: not valid JSON: a key expected"},
        {"{\"a\":tru}", "line 1: not valid JSON: a value expected"},
        {"{\"a\":truex}", "line 1: not valid JSON: ',' or a closing bracket expected"},
        {"{\"a\":01}", "line 1: not valid JSON: a number with a leading zero"},
        {"{\"a\":1.}", "line 1: not valid JSON: a number that is none"},
        {"{\"a\":-}", "line 1: not valid JSON: a number that is none"},
        {"{\"a\":1e}", "line 1: not valid JSON: a number that is none"},
        {"{\"a\":+1}", "line 1: not valid JSON: a value expected"},
        {"{\"a\":NaN}", "line 1: not valid JSON: a value expected"},
        {"{\"a\":\"\\x\"}", "line 1: not valid JSON: an unknown escape in a string"},
        {"{\"a\":\"\\u12g4\"}", "line 1: not valid JSON: a broken \\u escape"},
        {"{\"a\":\"\\u0000\"}", "line 1: not valid JSON: a zero byte in a string"},
        {"{\"a\":\"\\ud800\"}", "line 1: not valid JSON: half a surrogate pair in a string"},
        {"{\"a\":\"\\ud800\\u0041\"}", "line 1: not valid JSON: half a surrogate pair in a string"},
        {"{\"a\":\"\\udc00\"}", "line 1: not valid JSON: half a surrogate pair in a string"},
        {"{\"a\":\"x\ny\"}", "line 2: not valid JSON: a control character in a string"},
        {"{\"a\":\"x", "line 1: not valid JSON: a string without end"},
        {"{\"\\u0061\":1}", "line 1: not valid JSON: an escape in a key"},
        {"{} {}", "line 1: not valid JSON: something follows the end"},
        {"{}x", "line 1: not valid JSON: something follows the end"},
        {"[1]", "a JSON object expected"},
        {"7", "a JSON object expected"},
    };
    char message[200];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(message, sizeof message, "t.json: %s", cases[i].problem);
        refused(cases[i].text, message);
    }
    refused_bytes("{\"a\":\"\0\"}", 9, FEAT_ERR_FORMAT,
                  "t.json: line 1: not valid JSON: a control character in a string");
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1, -2.5e1, {\"b\": \"\\u00e9\\n\", \"c\": null}], \"d\": true}";
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        bf_jsonread *j = NULL;
        feat_error err;
        assert_int_equal(bf_jsonread_text(&j, "t", text, n, &err), FEAT_ERR_FORMAT);
        assert_null(j);
    }
}

static void a_key_twice_is_refused(void **state)
{
    (void)state;
    refused("{\"a\": 1, \"b\": {\"c\": 1, \"d\": [{\"e\": 2, \"e\": 2}]}}",
            "t.json: b.d[0].e: the key is there twice");
    refused("{\"a\": 1, \"a\": 1}", "t.json: a: the key is there twice");
    bf_jsonread *j = open_good("{\"a\": {\"a\": 1}, \"b\": [{\"a\": 1}, {\"a\": 2}]}");
    bf_jsonread_close(&j);
}

static void limits_hold(void **state)
{
    (void)state;
    char text[256];
    size_t n = 0;
    for (int levels = 32; levels <= 33; levels++) {
        n = (size_t)snprintf(text, sizeof text, "{\"a\":");
        for (int i = 1; i < levels; i++)
            text[n++] = '[';
        for (int i = 1; i < levels; i++)
            text[n++] = ']';
        text[n++] = '}';
        text[n] = 0;
        if (levels == 33)
            refused(text, "t.json: line 1: not valid JSON: nested too deep (at most 32 levels)");
    }
    size_t many = 2 * (size_t)BF_JSON_MAX_NODES + 16;
    char *big = feat_alloc(many + 16);
    memcpy(big, "{\"a\":[0", 7);
    for (n = 7; n < many; n += 2)
        memcpy(big + n, ",0", 2);
    memcpy(big + n, "]}", 3);
    refused_bytes(big, n + 2, FEAT_ERR_UNSUPPORTED, "t.json: too many values (at most 1048576)");
    refused_bytes(big, (size_t)BF_JSON_MAX_BYTES + 1, FEAT_ERR_UNSUPPORTED,
                  "t.json: 67108865 bytes are too many (at most 67108864)");
    feat_free(big);
}

static void wrong_types_are_named(void **state)
{
    (void)state;
    bf_jsonread *j =
        open_good("{\"a\": {\"list\": [{\"n\": -1}, {\"n\": \"7\"}, 3, {\"n\": 18446744073709551616}]}}");
    feat_error err;
    size_t a, list, node;
    uint64_t number;
    bool truth;
    const char *text;
    assert_int_equal(bf_jsonread_object(j, 0, "a", &a, &err), FEAT_OK);
    assert_int_equal(bf_jsonread_array(j, a, "list", &list, &err), FEAT_OK);
    size_t item = bf_jsonread_first(j, list);
    assert_int_equal(bf_jsonread_integer(j, item, "n", &number, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "t.json: a.list[0].n: expected a whole number, found -1");
    item = bf_jsonread_next(j, list, item);
    assert_int_equal(bf_jsonread_integer(j, item, "n", &number, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "t.json: a.list[1].n: expected a whole number, found a string");
    assert_int_equal(bf_jsonread_string(j, item, "m", &text, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "t.json: a.list[1]: 'm' is missing");
    item = bf_jsonread_next(j, list, item);
    assert_int_equal(bf_jsonread_need_object(j, item, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "t.json: a.list[2]: expected an object, found a number");
    item = bf_jsonread_next(j, list, item);
    assert_int_equal(bf_jsonread_integer(j, item, "n", &number, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message,
                        "t.json: a.list[3].n: expected a whole number, found 18446744073709551616");
    assert_int_equal(bf_jsonread_array(j, 0, "a", &node, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "t.json: a: expected an array, found an object");
    assert_int_equal(bf_jsonread_boolean(j, 0, "a", &truth, &err), FEAT_ERR_FORMAT);
    assert_int_equal(bf_jsonread_string(j, 0, "a", &text, &err), FEAT_ERR_FORMAT);
    assert_int_equal(bf_jsonread_nullable(j, 0, "a", &text, &err), FEAT_ERR_FORMAT);
    double real;
    assert_int_equal(bf_jsonread_number(j, 0, "a", &real, &err), FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "t.json: a: expected a number, found an object");
    bf_jsonread_close(&j);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1, 2], \"b\": \"c\"}";
    size_t live = feat_alloc_live();
    feat_status status = FEAT_ERR_NOMEM;
    for (long n = 0; status != FEAT_OK; n++) {
        bf_jsonread *j = NULL;
        feat_error err;
        feat_alloc_fail_after(n);
        status = bf_jsonread_text(&j, "t", text, sizeof text - 1, &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || (status == FEAT_ERR_NOMEM && j == NULL));
        bf_jsonread_close(&j);
        assert_int_equal(feat_alloc_live(), live);
        assert_true(n < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),        cmocka_unit_test(escapes_are_resolved),
        cmocka_unit_test(grammar_is_held),        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_key_twice_is_refused), cmocka_unit_test(limits_hold),
        cmocka_unit_test(wrong_types_are_named),  cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
