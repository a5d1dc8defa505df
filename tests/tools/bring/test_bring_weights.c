/* Published weights brought by a downloader that the test writes, or from a file: what is kept, what is removed, what
 * is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "tests/weights/weightgen.h"
#include "tools/base/digest.h"
#include "tools/options/parse_args.h"
#include "tools/options/weights_find.h"
#include "tools/bring/bring_weights.h"

static char folder[256], old_path[4096], sha256[65], address[300];
static gen_buf published;
static feat_error err;
static feat_known_file file = {sha256, "small.pth", 0, "MIT", "inception-v3-fid", address};

static const char *in_folder(const char *name)
{
    static char path[4][400];
    static size_t next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

/* A downloader of that name. It knows -o and -O, has the address as its last word, and runs these lines with $from,
 * $to, and $have, the bytes of $to that are there. */
static void put_downloader(const char *name, const char *lines)
{
    char text[2048];
    int n = snprintf(text, sizeof text,
                     "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$0 $*\" >>%s\nfor word; do\n    case $before in -o | -O) "
                     "to=$word ;; esac\n    before=$word\ndone\nfrom=${word#file://}\nhave=0\n[ ! -f \"$to\" ] || "
                     "have=$(wc -c <\"$to\")\n%s",
                     in_folder("asked"), lines);
    assert_true(n > 0 && (size_t)n < sizeof text);
    gen_write_file(in_folder(name), text, (size_t)n);
    assert_int_equal(chmod(in_folder(name), 0700), 0);
}

static int setup(void **state)
{
    static gen_list list; /* large */
    feat_sha256 h;
    unsigned char digest[32];
    (void)state;
    gen_folder(folder);
    gen_fill(&list, &gen_fid, 1, 0);
    published.n = 0;
    gen_legacy(&published, &list);
    gen_clear(&list);
    gen_write_file(in_folder("small.pth"), published.p, published.n);
    feat_sha256_init(&h);
    feat_sha256_update(&h, published.p, published.n);
    feat_sha256_final(&h, digest);
    feat_hex(sha256, digest);
    snprintf(address, sizeof address, "file://%s/small.pth", folder);
    file.bytes = published.n;
    snprintf(old_path, sizeof old_path, "%s", getenv("PATH"));
    assert_int_equal(mkdir(in_folder("bin"), 0700) | mkdir(in_folder("to"), 0700), 0);
    return setenv("PATH", in_folder("bin"), 1);
}

static int teardown(void **state)
{
    (void)state;
    (void)setenv("PATH", old_path, 1);
    gen_free(&published);
    file.bytes = 0;
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

static feat_status bring(const char *from)
{
    bf_progress progress = {.enabled = false};
    feat_convert_report report;
    const bf_bringing b = {&file, from, in_folder("to/w.iv3"), &gen_fid, gen_maps};
    err.message[0] = 0;
    return bf_bring_weights(&b, &progress, &report, &err);
}

static void assert_brought(feat_status status)
{
    feat_weights *weights = NULL;
    if (status != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(feat_weights_open_among(&weights, in_folder("to/w.iv3"), gen_nets, &err), FEAT_OK);
    feat_weights_close(&weights);
    assert_false(gen_exists(in_folder("to/small.pth.part")));
    assert_int_equal(unlink(in_folder("to/w.iv3")), 0);
}

static void assert_failed(feat_status status, feat_status expected, const char *words)
{
    assert_int_equal(status, expected);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' expected, found '%s'", words, err.message);
    assert_false(gen_exists(in_folder("to/w.iv3")));
}

static long size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (long)info.st_size : -1;
}

static void assert_asked(const char *words)
{
    gen_buf b = {NULL, 0, 0};
    gen_read_file(in_folder("asked"), &b);
    gen_put(&b, "", 1);
    if (strstr((const char *)b.p, words) == NULL)
        fail_msg("'%s' expected, found '%s'", words, (const char *)b.p);
    gen_free(&b);
    (void)unlink(in_folder("asked"));
}

/* curl before wget, and either alone. */
static void test_downloads(void **state)
{
    (void)state;
    put_downloader("bin/wget", "cp \"$from\" \"$to\"\n");
    assert_brought(bring(NULL));
    assert_asked("--tries=1 --timeout=8 -c -O ");
    put_downloader("bin/curl", "cp \"$from\" \"$to\"\n");
    assert_brought(bring(NULL));
    assert_asked("--connect-timeout 5 --speed-limit 1000 --speed-time 15 -C - -o ");
}

/* Neither is there: the lines that do it by hand. */
static void test_no_downloader(void **state)
{
    (void)state;
    char line[600];
    assert_failed(bring(NULL), FEAT_ERR_IO, "there is neither curl nor wget here; on a machine with a network");
    snprintf(line, sizeof line, "\ncurl -fLO %s\necho '%s  small.pth' | sha256sum -c\n", address, sha256);
    assert_failed(bring(NULL), FEAT_ERR_IO, line);
    assert_failed(bring(NULL), FEAT_ERR_IO, "\nbonafide weights get inception-v3-fid --from small.pth");
    (void)setenv("PATH", "", 1); /* and none of the current folder */
    put_downloader("curl", "cp \"$from\" \"$to\"\n");
    assert_failed(bring(NULL), FEAT_ERR_IO, "neither curl nor wget");
}

/* A download that stops keeps what came, and the next goes on from there. */
static void test_resumes(void **state)
{
    (void)state;
    put_downloader("bin/curl", "head -c 1000 \"$from\" >\"$to\"\nexit 18\n");
    assert_failed(bring(NULL), FEAT_ERR_IO, "curl ended with status 18");
    assert_int_equal(size_of(in_folder("to/small.pth.part")), 1000);
    put_downloader("bin/curl", "[ $have = 1000 ] || exit 9\ntail -c +1001 \"$from\" >>\"$to\"\n");
    assert_brought(bring(NULL));
    /* A file that is whole already is not asked for. */
    gen_write_file(in_folder("to/small.pth.part"), published.p, published.n);
    put_downloader("bin/curl", "exit 9\n");
    assert_brought(bring(NULL));
}

/* A host that does not go on where the file ends is asked for all of it, once. */
static void test_starts_again(void **state)
{
    (void)state;
    gen_write_file(in_folder("to/small.pth.part"), "other bytes", 11);
    put_downloader("bin/curl", "[ $have = 0 ] || exit 33\ncp \"$from\" \"$to\"\n");
    assert_brought(bring(NULL));
    put_downloader("bin/curl", "exit 22\n");
    assert_failed(bring(NULL), FEAT_ERR_IO, "curl ended with status 22");
    put_downloader("bin/curl", ": >\"$to\"\nexit 6\n");
    assert_failed(bring(NULL), FEAT_ERR_IO, "curl ended with status 6");
    assert_false(gen_exists(in_folder("to/small.pth.part")));
}

/* --- what a run does that finds none ------------------------------------------------------------------------ */

/* Calls of the run come here, by the linker's --wrap: the published file, and the network, are those of this test. */
const feat_known_file *__real_feat_weights_published(const char *network);
const feat_known_file *__wrap_feat_weights_published(const char *network);
const feat_known_file *__wrap_feat_weights_published(const char *network)
{
    return strcmp(network, file.network) == 0 && file.bytes > 0 ? &file : __real_feat_weights_published(network);
}

feat_status __wrap_feat_convert(const feat_convert_options *options, feat_convert_report *report, feat_error *error);
feat_status __wrap_feat_convert(const feat_convert_options *options, feat_convert_report *report, feat_error *error)
{
    feat_convert_options tiny = *options;
    tiny.net = &gen_fid;
    return feat_convert_among(&tiny, gen_maps, report, error);
}

/* fid a b --weights WEIGHTS. */
static feat_status find(char **spec, const char *weights)
{
    static char words[5][12] = {"fid", "a", "b", "--weights"};
    char *argv[] = {words[0], words[1], words[2], words[3], words[4], NULL};
    static bf_args args;
    static bf_report report; /* large */
    memset(&report, 0, sizeof report);
    snprintf(words[4], sizeof words[4], "%s", weights);
    assert_int_equal(bf_args_parse(&args, 5, argv, &err), FEAT_OK);
    bf_progress_init(&report.progress, false, false);
    report.quiet = true;
    return bf_find_or_bring(spec, &args, &report, feat_net_find("inception-v3-fid"), false, &err);
}

/* --weights get brings them once, into the user's folder; a name is never downloaded. */
static void test_get(void **state)
{
    char *spec = NULL;
    (void)state;
    assert_int_equal(setenv("XDG_DATA_HOME", in_folder("data"), 1), 0);
    assert_int_equal(unsetenv("BONAFIDE_WEIGHTS"), 0);
    put_downloader("bin/curl", "exit 6\n");
    assert_int_equal(find(&spec, "get"), FEAT_ERR_IO);
    assert_non_null(strstr(err.message, "curl ended with status 6"));
    assert_null(spec);
    put_downloader("bin/curl", "cp \"$from\" \"$to\"\n");
    assert_int_equal(find(&spec, "get"), FEAT_OK);
    assert_string_equal(spec, in_folder("data/bonafide/inception.iv3"));
    assert_true(gen_exists(spec));
    feat_free(spec);
    put_downloader("bin/curl", "exit 9\n"); /* they are there now */
    assert_int_equal(find(&spec, "get"), FEAT_OK);
    feat_free(spec);
    assert_int_equal(find(&spec, "x.iv3"), FEAT_OK);
    assert_string_equal(spec, "x.iv3");
    feat_free(spec);
}

/* What is not the published file goes, and weights that were there stay. */
static void test_other_bytes(void **state)
{
    (void)state;
    put_downloader("bin/curl", "echo '<html>' >\"$to\"\n");
    assert_failed(bring(NULL), FEAT_ERR_CHECKSUM, "is not the published file, and is removed: SHA-256 ");
    assert_false(gen_exists(in_folder("to/small.pth.part")));
}

static void test_from(void **state)
{
    (void)state;
    assert_brought(bring(in_folder("small.pth")));
    assert_true(gen_exists(in_folder("small.pth")));
    assert_false(gen_exists(in_folder("asked")));
    gen_write_file(in_folder("other.pth"), "other", 5);
    assert_failed(bring(in_folder("other.pth")), FEAT_ERR_CHECKSUM,
                  "not a published file of inception-v3-fid: SHA-256 ");
    assert_true(gen_exists(in_folder("other.pth")));
}

/* Every network has one published file at most, with all of its SHA-256 and a name in its address; the words of the
 * longest fit into a message. */
static void test_table(void **state)
{
    size_t n = 0;
    (void)state;
    for (size_t i = 0; feat_weights_known_at(i) != NULL; i++) {
        const feat_known_file *known = feat_weights_known_at(i);
        if (known->address == NULL)
            continue;
        n++;
        assert_ptr_equal(feat_weights_published(known->network), known);
        assert_int_equal(strlen(known->sha256), 64);
        assert_int_equal(strncmp(known->address, "https://", 8), 0);
        assert_true(strlen(bf_published_name(known)) > 4);
        size_t names = 2 * strlen(bf_published_name(known)) + 2 * strlen(known->network);
        assert_true(strlen(known->address) + names + 64 < 340);
    }
    assert_int_equal(n, 12);
    assert_null(feat_weights_published("inception-v3-keras"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_downloads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_downloader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resumes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_starts_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_from, setup, teardown),
        cmocka_unit_test_setup_teardown(test_get, setup, teardown),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
