/* Parts from a stranger: their words are a command line, and must not say where a merge writes or what it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/files/npy_write.h"
#include "tests/cut_short.h"
#include "tests/weights/weightgen.h"
#include "tools/program/program.h"
#include "tools/records/part.h"

static char folder[256];

static int run(const char *line)
{
    static char text[600];
    static char name[] = "bonafide";
    char *words[32] = {name};
    int n = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word != NULL && n < 31; word = strtok(NULL, " "))
        words[n++] = word;
    words[n] = NULL;
    return bf_program(n, words, NULL);
}

static uint64_t number_behind(const char *text, const char *key)
{
    unsigned long long n = 0;
    const char *at = strstr(text, key);
    assert_non_null(at);
    assert_int_equal(sscanf(at + strlen(key), "%llu", &n), 1);
    return n;
}

/* The part "good.part" with other words and the right checksums, as "bad.part". `words` are separated by blanks. */
static void other_words(const char *words)
{
    gen_buf b = {NULL, 0, 0}, out = {NULL, 0, 0};
    bf_part_head head;
    static char section[600], text[8192], line[160];
    static const char zeros[64];
    gen_read_file("good.part", &b);
    memcpy(&head, b.p, sizeof head);
    assert_true(head.text_bytes < sizeof text);
    memcpy(text, b.p + head.text_at, (size_t)head.text_bytes);
    text[head.text_bytes] = 0;
    char *place = strstr(text, "\"words\"");
    assert_non_null(place);
    char *end = strchr(place, '}');
    assert_non_null(end);
    uint64_t at = number_behind(place, "\"at\":");
    size_t n = strlen(words) + 1;
    memcpy(section, words, n);
    for (size_t i = 0; i < n; i++)
        if (section[i] == ' ')
            section[i] = 0;
    snprintf(line, sizeof line, "\"words\": { \"at\": %llu, \"bytes\": %zu, \"xxh64\": \"%016llx\" ",
             (unsigned long long)at, n, (unsigned long long)feat_hash64(section, n));
    gen_put(&out, b.p, (size_t)at);
    gen_put(&out, section, n);
    gen_put(&out, zeros, (64 - out.n % 64) % 64);
    head.text_at = out.n;
    gen_put(&out, text, (size_t)(place - text));
    gen_put(&out, line, strlen(line));
    gen_put(&out, end, strlen(end));
    head.text_bytes = out.n - head.text_at;
    head.text_hash = feat_hash64(out.p + head.text_at, (size_t)head.text_bytes);
    head.bytes = out.n;
    head.hash = feat_hash64(&head, offsetof(bf_part_head, hash));
    memcpy(out.p, &head, sizeof head);
    gen_write_file("bad.part", out.p, out.n);
    gen_free(&b);
    gen_free(&out);
}

static void foreign_words(void **state)
{
    static const char *const bad[] = {
        "stats -o stolen.npz -- a.npy",      "stats --manifest stolen.json -- a.npy",
        "stats --cache stolen -- a.npy",     "stats --threads 900 -- a.npy",
        "stats --weights stolen -- a.npy",   "stats --shard 1/1 -o stolen.npz -- a.npy",
        "eval --report stolen -- a.npy a.npy", "eval --per-image stolen.csv -- a.npy a.npy",
        "eval --json=stolen.json -- a.npy a.npy", "fid -- a.npy a.npy",
        "weights synth 1 stolen.iv3",        "merge -o stolen.npz bad.part",
    };
    (void)state;
    other_words("stats -- a.npy");
    assert_int_equal(run("merge bad.part -o out.npz -q"), 0); /* the file is a good one but for its words */
    assert_true(gen_exists("out.npz"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        other_words(bad[i]);
        assert_int_not_equal(run("merge bad.part -o out2.npz -q"), 0);
        assert_int_not_equal(run("merge bad.part -q"), 0);
        assert_false(gen_exists("out2.npz"));
        assert_false(gen_exists("stolen") || gen_exists("stolen.npz") || gen_exists("stolen.json") ||
                     gen_exists("stolen.csv") || gen_exists("stolen.iv3"));
    }
    /* What the caller says holds even where the part says the same. */
    other_words("stats -o out3.npz -- a.npy");
    assert_int_equal(run("merge bad.part -o out3.npz -q"), 0);
}

/* Opens "good.part" with `from` in its text replaced by `to`, and right checksums: an error with `word` in it. */
static void refused_as(feat_status status, const char *from, const char *to, const char *word)
{
    gen_buf b = {NULL, 0, 0}, out = {NULL, 0, 0};
    bf_part_head head;
    feat_error err;
    bf_part *part = NULL;
    size_t length = strlen(from), place;
    gen_read_file("good.part", &b);
    memcpy(&head, b.p, sizeof head);
    for (place = (size_t)head.text_at; place + length < b.n && memcmp(b.p + place, from, length) != 0;)
        place++;
    assert_true(place + length < b.n);
    gen_put(&out, b.p, place);
    gen_put(&out, to, strlen(to));
    gen_put(&out, b.p + place + length, b.n - place - length);
    head.text_bytes += out.n - head.bytes;
    head.bytes = out.n;
    head.text_hash = feat_hash64(out.p + head.text_at, (size_t)head.text_bytes);
    head.hash = feat_hash64(&head, offsetof(bf_part_head, hash));
    memcpy(out.p, &head, sizeof head);
    gen_write_file("bad.part", out.p, out.n);
    assert_int_equal(bf_part_open(&part, "bad.part", &err), status);
    if (strstr(err.message, word) == NULL)
        fail_msg("%s", err.message);
    assert_null(part);
    gen_free(&b);
    gen_free(&out);
}

static void foreign_texts(void **state)
{
    (void)state;
    refused_as(FEAT_ERR_FORMAT, "\"shards\": 1", "\"shards\": 1000000000", "shards");
    refused_as(FEAT_ERR_FORMAT, "\"mode\": \"exact\"", "\"mode\": \"fast\"",
               "\"exact\" or \"split\" expected, \"fast\" found");
    refused_as(FEAT_ERR_VERSION, "\"version\": 2", "\"version\": 1",
               "bad.part: version 1 of partial results, this build reads version 2; run its shard again");
}

/* What a part says of its 16-bit images has to agree with itself; parts of older builds do not say it. */
static void foreign_samples(void **state)
{
    (void)state;
    feat_error err;
    bf_part *part = NULL;
    static const char picture[] = "P5 2 1 65535\n\x0A\x01\x03\x02";
    assert_int_equal(mkdir("pictures", 0777), 0);
    gen_write_file("pictures/a.pgm", picture, sizeof picture - 1);
    assert_int_equal(run("features pictures --weights synth:1 --tap 64 --shard 1/1 -o good.part -q"), 0);
    assert_int_equal(bf_part_open(&part, "good.part", &err), FEAT_OK);
    const bf_bitdepth *seen = &part->sets[0].found.bitdepth;
    assert_true(seen->n == 1 && seen->largest == 0x0A01 && seen->n_of[12] == 1);
    bf_part_close(&part);
    refused_as(FEAT_ERR_FORMAT, "\"12\": 1", "\"12\": 2", "at most 1 expected, 2 found");
    refused_as(FEAT_ERR_FORMAT, "\"sixteen_bit\": 1", "\"sixteen_bit\": 0", "at most 0 expected, 1 found");
    refused_as(FEAT_ERR_FORMAT, "\"12\": 1", "\"17\": 1", "samples and 16-bit images do not agree");
}

static void read_what_is_gone(void *ctx)
{
    bf_part *part = NULL;
    (void)ctx;
    if (bf_part_open(&part, "out.part", NULL) != FEAT_OK || truncate("out.part", 0) != 0)
        _exit(97);
    volatile unsigned char first = *(const unsigned char *)bf_part_data(part, &part->text);
    (void)first;
}

static void cut_short_while_mapped(void **state)
{
    (void)state;
    assert_int_equal(run("stats a.npy --shard 1/1 -o out.part -q"), 0);
    cut_short_ends_it(read_what_is_gone, NULL);
}

static int setup(void **state)
{
    feat_npy_writer *w = NULL;
    feat_error err;
    const float rows[12] = {1, 2, 3, 4, 5, 7, 7, 8, 9, 9, 11, 15};
    (void)state;
    gen_folder(folder);
    if (chdir(folder) != 0 || feat_npy_create(&w, "a.npy", 4, 3, &err) != FEAT_OK ||
        feat_npy_write_rows(w, 0, 4, rows, &err) != FEAT_OK || feat_npy_finish(&w, 4, &err) != FEAT_OK)
        return 1;
    return run("stats a.npy --shard 1/1 -o good.part -q");
}

static int teardown(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return 1;
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_words),
        cmocka_unit_test(foreign_texts),
        cmocka_unit_test(cut_short_while_mapped),
        cmocka_unit_test(foreign_samples),
    };
    return cmocka_run_group_tests_name("part", tests, setup, teardown);
}
