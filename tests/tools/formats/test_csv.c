/* tools/formats/csv: fields that no spreadsheet runs and every program can read, and that come back as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "tools/formats/csv.h"

static void written(const char *field, const char *expected, bool plain)
{
    bf_text t = {.csv_plain = plain};
    bf_text_field(&t, field);
    assert_false(t.failed);
    assert_string_equal(t.data, expected);
    bf_text_free(&t);
}

static void formulas_get_an_apostrophe(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a.png", "a.png"},
        {"=1+1", "'=1+1"},
        {"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
        {"+a.png", "'+a.png"},
        {"-a.png", "'-a.png"},
        {"@SUM(1,2)", "\"'@SUM(1,2)\""},
        {"-", "'-"},
        {"-1", "-1"},
        {"+2.5", "+2.5"},
        {"-.5e-3", "-.5e-3"},
        {"-1e", "'-1e"},
        {"-1+1", "'-1+1"},
        {"-inf", "'-inf"},
        {"'=1", "''=1"},
        {"'-1", "''-1"},
        {"it's", "it's"},
        {"'a", "'a"},
        {"a,b", "\"a,b\""},
        {"=\"x\"", "\"'=\"\"x\"\"\""},
        {"", "\"\""},
        {"\t=1", "\\x09=1"},
        {"a\nb\r", "\"a\\x0Ab\\x0D\""},
        {"\x1b]0;x\x07", "\\x1B]0;x\\x07"},
        {"\xc3\xa9", "\xc3\xa9"},
        {"\xe9.png", "\\xE9.png"},
        {"\xc2\x9b", "\\xC2\\x9B"},
        {"\xe2\x80\xae", "\\xE2\\x80\\xAE"},
        {"a\\xE9.png", "a\\x5CxE9.png"},
        {"a\\x5CxE9", "a\\x5Cx5CxE9"},
        {"a\\x41", "a\\x41"},
        {"a\\xe9\\b", "a\\xe9\\b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        written(cases[i][0], cases[i][1], false);
}

static void plain_fields_stay(void **state)
{
    (void)state;
    written("=1+1", "=1+1", true);
    written("'=1", "'=1", true);
    written("\xe9\x1b", "\xe9\x1b", true);
    written("a\n\"b\"", "\"a\n\"\"b\"\"\"", true);
}

enum { N = 4000, LONGEST = 8 };

/* Every text that can be a name, of few letters that mean something here and of all others. */
static void make_name(char name[LONGEST + 1], size_t i)
{
    static const char meant[] = "'=+-@\\x5C09,\"\n\r\t\xc2\x9b\xe9";
    uint64_t random = feat_splitmix64_mix(i);
    size_t n = 1 + random % LONGEST;
    for (size_t k = 0; k < n; k++) {
        random = feat_splitmix64_mix(random + k);
        name[k] = random % 8 > 0 ? meant[random / 8 % (sizeof meant - 1)] : (char)(1 + random / 8 % 255);
    }
    name[n] = 0;
}

static void names_come_back(void **state)
{
    (void)state;
    char path[] = "/tmp/bonafide-csv-XXXXXX", name[LONGEST + 1];
    const char *fields[BF_CSV_MAX_COLUMNS];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    bf_text t = {0};
    bf_csv *csv = NULL;
    size_t line;
    bool more;
    bf_text_print(&t, "name,number\n");
    for (size_t i = 0; i < N; i++) {
        make_name(name, i);
        bf_text_field(&t, name);
        bf_text_print(&t, ",%zu\n", i);
    }
    for (size_t i = 0; i < t.n; i++)
        assert_true((unsigned char)t.data[i] >= 0x20 || t.data[i] == '\n');
    assert_int_equal(bf_text_write(&t, path, NULL), FEAT_OK);
    bf_text_free(&t);
    assert_int_equal(bf_csv_open(&csv, path, NULL), FEAT_OK);
    for (size_t i = 0; i < N; i++) {
        make_name(name, i);
        assert_int_equal(bf_csv_next(csv, fields, &line, &more, NULL), FEAT_OK);
        assert_true(more);
        assert_string_equal(fields[0], name);
        assert_int_equal(strtoul(fields[1], NULL, 10), i);
    }
    bf_csv_close(&csv);
    unlink(path);
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_get_an_apostrophe),
        cmocka_unit_test(plain_fields_stay),
        cmocka_unit_test(names_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
