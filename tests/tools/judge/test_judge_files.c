/* The judge's files: comma-separated values, labels in both forms, their union with images, and models. */
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
#include "engine/base/crc32.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tools/base/files.h"
#include "tools/formats/csv.h"
#include "tools/formats/zip.h"
#include "tools/images/image.h"
#include "tools/judge/judge_file.h"
#include "tools/judge/judge_job.h"
#include "tools/judge/judge_labels.h"

static char folder[256], path[300];

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-judge-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder) == 0 && feat_alloc_live() == 0 ? 0 : -1;
}

static void put_file(const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void put_text(const char *text)
{
    put_file(text, strlen(text));
}

static void test_csv(void **state)
{
    (void)state;
    bf_csv *csv;
    const char *field[BF_CSV_MAX_COLUMNS];
    size_t line;
    bool more;
    put_text("\xef\xbb\xbf\n a,\"b \"\"x\"\"\",c\r\n\r\n1,\"two\r\nlines, and a comma\",\n\"\",3,lone\rreturn");
    assert_int_equal(bf_csv_open(&csv, path, NULL), FEAT_OK);
    assert_int_equal(bf_csv_columns(csv), 3);
    assert_string_equal(bf_csv_header(csv, 0), " a");
    assert_int_equal(bf_csv_find(csv, "b \"x\""), 1);
    assert_true(bf_csv_find(csv, "d") == SIZE_MAX);
    assert_int_equal(bf_csv_next(csv, field, &line, &more, NULL), FEAT_OK);
    assert_true(more && line == 4);
    assert_string_equal(field[1], "two\r\nlines, and a comma");
    assert_string_equal(field[2], "");
    assert_int_equal(bf_csv_next(csv, field, &line, &more, NULL), FEAT_OK);
    assert_true(more && line == 6);
    assert_string_equal(field[0], "");
    assert_string_equal(field[2], "lone\rreturn");
    assert_int_equal(bf_csv_next(csv, field, &line, &more, NULL), FEAT_OK);
    assert_false(more);
    bf_csv_close(&csv);
    put_file("a,b\n1\0,2\n", 9);
    assert_int_equal(bf_csv_open(&csv, path, NULL), FEAT_ERR_FORMAT);
    assert_null(csv);
}

static void test_fields(void **state)
{
    (void)state;
    const char *const texts[] = {"plain", "", "a,b", "say \"so\"", "two\nlines", " space "};
    bf_text t = {0};
    bf_csv *csv;
    const char *field[BF_CSV_MAX_COLUMNS];
    size_t line;
    bool more;
    bf_text_print(&t, "a,b,c,d,e,f\n");
    for (size_t i = 0; i < 6; i++) {
        bf_text_field(&t, texts[i]);
        bf_text_print(&t, i < 5 ? "," : "\n");
    }
    assert_int_equal(bf_text_write(&t, path, NULL), FEAT_OK);
    bf_text_free(&t);
    assert_int_equal(bf_csv_open(&csv, path, NULL), FEAT_OK);
    assert_int_equal(bf_csv_next(csv, field, &line, &more, NULL), FEAT_OK);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(field[i], texts[i]);
    bf_csv_close(&csv);
}

static void test_natural_order(void **state)
{
    (void)state;
    const char *const sorted[] = {"", "1", "01", "2", "10", "a1b", "a2", "a02", "a10", "b"};
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j < 10; j++) {
            int order = bf_names_compare(sorted[i], sorted[j]);
            bool tied = (i == 1 && j == 2) || (i == 2 && j == 1) || (i == 6 && j == 7) || (i == 7 && j == 6);
            if (tied) /* equal numbers: bytewise, the zero first */
                assert_true((order < 0) == (sorted[i][i < 5 ? 0 : 1] == '0'));
            else
                assert_true(i == j ? order == 0 : (order < 0) == (i < j));
        }
}

/* Lines in any order and either form are the same table; blocks of real photographs come from their path. */
static void test_table(void **state)
{
    (void)state;
    const char *const forms[] = {
        "image,rater,label,group\nb10,r1,1,g\nb2,r1,0,g\nb2,r2,1,g\nx,r2,real,real\nx,r1,real,real\n",
        "group,label,rater,image\nreal,1,r1,x\ng,real,r2,b2\nreal,1,r2,x\ng,fake,r1,b2\ng,1,r1,b10\n",
        "image,n,k,group\nx,2,2,real\nb10,1,1,g\nb2,2,1,g\n"};
    const uint32_t n[3] = {2, 1, 2}, k[3] = {1, 1, 2}, group[3] = {0, 0, 1};
    for (size_t form = 0; form < 3; form++) {
        bf_labels labels;
        bf_judge_table t;
        put_text(forms[form]);
        assert_int_equal(bf_labels_read(&labels, path, NULL, NULL), FEAT_OK);
        assert_int_equal(bf_judge_table_make(&t, &labels, NULL, BF_NO_NAME, NULL), FEAT_OK);
        assert_int_equal(t.set.n, 3);
        assert_string_equal(t.names[0], "b2");
        assert_string_equal(t.names[1], "b10");
        assert_string_equal(t.groups[1], "real");
        assert_memory_equal(t.set.n_labels, n, sizeof n);
        assert_memory_equal(t.set.k_real, k, sizeof k);
        assert_memory_equal(t.set.group, group, sizeof group);
        assert_true(t.truth_known && t.set.truth[0] == 0 && t.set.truth[2] == 1 && t.set.n_blocks == 3);
        if (form < 2) {
            const uint32_t image[5] = {0, 0, 1, 2, 2}, rater[5] = {0, 1, 0, 0, 1};
            assert_int_equal(t.votes.n, 5);
            for (size_t v = 0; v < 5; v++)
                assert_true(t.vote[v].image == image[v] && t.vote[v].rater == rater[v]);
        }
        bf_judge_table_free(&t);
        bf_labels_free(&labels);
    }
}

static void test_join(void **state)
{
    (void)state;
    const char *const names[] = {"10", "9", "8"}, *const twice[] = {"8", "8"};
    bf_judge_images images = {.n = 3, .names = names}, doubled = {.n = 2, .names = twice};
    bf_labels labels;
    bf_judge_table t;
    feat_error err;
    put_text("image_id,n_labels,n_judged_real,truth_real,path,group\n9,2,1,1,p,g\n10,1,0,1,p,g\n8,0,0,0,p,"
             "g\n7,1,1,0,p,g\n");
    assert_int_equal(bf_labels_read(&labels, path, NULL, NULL), FEAT_OK);
    assert_int_equal(bf_judge_table_make(&t, &labels, &images, BF_NO_NAME, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "line 5 is about image '7'"));
    images.ignore_missing = true;
    assert_int_equal(bf_judge_table_make(&t, &labels, &images, BF_NO_NAME, &err), FEAT_OK);
    assert_true(t.set.n == 2 && t.n_missing == 1 && t.n_unlabelled == 1);
    assert_true(t.rows[0] == 1 && t.rows[1] == 0); /* "9" before "10" */
    assert_true(t.set.n_blocks == 1);              /* one photograph, shown twice */
    bf_judge_table_free(&t);
    doubled.ignore_missing = true;
    assert_int_equal(bf_judge_table_make(&t, &labels, &doubled, BF_NO_NAME, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "two images are called '8'"));
    bf_labels_free(&labels);
}

/* A file of every kind of model gives the same predictions, bit for bit, and no other content is accepted. */
static void test_model_file(void **state)
{
    (void)state;
    judge_plan plan = {.n_ref = 40, .n_real = 20, .n_gen = 20, .n_groups = 2, .d = 6, .labels = 3, .rho = 1, .seed = 1};
    judge_world w = judge_make(&plan);
    gmet_judge_rows ref = {.g = w.ref, .n = 40, .d = 6}, x = {.g = w.feat, .n = w.n, .d = 6};
    gmet_judge_ref_options o;
    gmet_judge_fit_options fit;
    double before[60], after[60], *f = feat_alloc_array(w.n, 64 * sizeof *f);
    assert_non_null(f);
    for (int kind = GMET_JUDGE_LOGISTIC; kind <= GMET_JUDGE_CONST; kind++) {
        bf_judge_file file = {.origin = {.preset = "tf1", .weights = "w\xc3\xa9", .images = 60}}, again;
        gmet_judge_ref_options_init(&o, sizeof o);
        o.blocks = GMET_JUDGE_STATS | GMET_JUDGE_GMM | GMET_JUDGE_RAW;
        o.components = 2;
        o.pca = kind == GMET_JUDGE_KRR ? 4 : 0;
        gmet_judge_fit_options_init(&fit, sizeof fit);
        fit.kind = (gmet_judge_kind)kind;
        assert_int_equal(gmet_judge_ref_create(&file.ref, &ref, NULL, &o, NULL, NULL), FEAT_OK);
        size_t p = gmet_judge_n_features(file.ref);
        assert_int_equal(gmet_judge_features(f, NULL, file.ref, &x, NULL, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_judge_fit(&file.model, &(gmet_judge_samples){f, p, &w.set}, NULL, &fit, NULL, NULL),
                         FEAT_OK);
        assert_int_equal(gmet_judge_predict(before, file.model,
                                            &(gmet_judge_samples){f, p, &(gmet_judge_set){.n = w.n}}, NULL, NULL, NULL),
                         FEAT_OK);
        assert_int_equal(bf_judge_file_write(path, &file, NULL), FEAT_OK);
        bf_judge_file_close(&file);
        assert_int_equal(bf_judge_file_read(&again, path, NULL), FEAT_OK);
        assert_string_equal(again.origin.preset, "tf1");
        assert_string_equal(again.origin.weights, "w??");
        assert_int_equal(gmet_judge_features(f, NULL, again.ref, &x, NULL, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_judge_predict(after, again.model,
                                            &(gmet_judge_samples){f, p, &(gmet_judge_set){.n = w.n}}, NULL, NULL, NULL),
                         FEAT_OK);
        assert_memory_equal(after, before, sizeof before);
        bf_judge_file_close(&again);
    }
    feat_free(f);
    judge_free(&w);
}

static void test_damage(void **state)
{
    (void)state;
    judge_plan plan = {.n_ref = 8, .n_real = 6, .n_gen = 6, .n_groups = 1, .d = 2, .labels = 2, .rho = 1, .seed = 1};
    judge_world w = judge_make(&plan);
    gmet_judge_rows ref = {.g = w.ref, .n = 8, .d = 2}, x = {.g = w.feat, .n = w.n, .d = 2};
    double f[120], want[12], got[12];
    bf_judge_file file = {0}, read;
    uint8_t *bytes;
    size_t n, refused = 0, same = 0;
    assert_int_equal(gmet_judge_ref_create(&file.ref, &ref, NULL, NULL, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_judge_features(f, NULL, file.ref, &x, NULL, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_judge_fit(&file.model, &(gmet_judge_samples){f, 10, &w.set}, NULL, NULL, NULL, NULL),
                     FEAT_OK);
    assert_int_equal(gmet_judge_predict(want, file.model, &(gmet_judge_samples){f, 10, &(gmet_judge_set){.n = w.n}},
                                        NULL, NULL, NULL),
                     FEAT_OK);
    assert_int_equal(bf_judge_file_write(path, &file, NULL), FEAT_OK);
    assert_int_equal(bf_file_read(&bytes, &n, path, SIZE_MAX / 2, NULL), FEAT_OK);
    for (size_t at = 0; at < n; at++) {
        bytes[at] ^= 0x10;
        put_file(bytes, n);
        bytes[at] ^= 0x10;
        if (bf_judge_file_read(&read, path, NULL) != FEAT_OK) {
            refused++;
            continue;
        }
        /* What does not matter to a zip (dates, versions) may differ; the model may not. */
        assert_int_equal(gmet_judge_features(f, NULL, read.ref, &x, NULL, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_judge_predict(got, read.model, &(gmet_judge_samples){f, 10, &(gmet_judge_set){.n = w.n}},
                                            NULL, NULL, NULL),
                         FEAT_OK);
        assert_memory_equal(got, want, sizeof want);
        bf_judge_file_close(&read);
        same++;
    }
    print_message("%zu bytes changed: %zu files refused, %zu with the same content\n", n, refused, same);
    assert_true(same < n / 5);
    for (size_t cut = 0; cut < n; cut += 7) {
        put_file(bytes, cut);
        assert_int_not_equal(bf_judge_file_read(&read, path, NULL), FEAT_OK);
    }
    feat_free(bytes);
    bf_judge_file_close(&file);
    judge_free(&w);
}

static void replace32(uint8_t *bytes, size_t n, uint32_t from, uint32_t to)
{
    size_t found = 0;
    for (size_t i = 0; i + 4 <= n; i++) {
        uint32_t v =
            bytes[i] | (uint32_t)bytes[i + 1] << 8 | (uint32_t)bytes[i + 2] << 16 | (uint32_t)bytes[i + 3] << 24;
        for (size_t k = 0; v == from && k < 4; k++)
            bytes[i + k] = (uint8_t)(to >> (8 * k));
        found += v == from;
    }
    assert_int_equal(found, 2); /* in the member's header and in the directory */
}

/* Another array under a checksum of the zip that fits: the sum over the content tells. */
static void test_forgery(void **state)
{
    (void)state;
    static const char *const members[] = {"coef.npy", "ref.npy", "radii.npy", "feat_mean.npy"};
    judge_plan plan = {.n_ref = 8, .n_real = 6, .n_gen = 6, .n_groups = 1, .d = 2, .labels = 2, .rho = 1, .seed = 1};
    judge_world w = judge_make(&plan);
    gmet_judge_rows ref = {.g = w.ref, .n = 8, .d = 2}, x = {.g = w.feat, .n = w.n, .d = 2};
    double f[120];
    bf_judge_file file = {0}, read;
    assert_int_equal(gmet_judge_ref_create(&file.ref, &ref, NULL, NULL, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_judge_features(f, NULL, file.ref, &x, NULL, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_judge_fit(&file.model, &(gmet_judge_samples){f, 10, &w.set}, NULL, NULL, NULL, NULL),
                     FEAT_OK);
    for (size_t m = 0; m < sizeof members / sizeof members[0]; m++) {
        feat_archive *zip;
        uint8_t *bytes;
        uint64_t at;
        size_t n;
        feat_error err;
        assert_int_equal(bf_judge_file_write(path, &file, NULL), FEAT_OK);
        assert_int_equal(bf_zip_open(&zip, path, NULL), FEAT_OK);
        size_t index = feat_archive_find(zip, members[m]), size = (size_t)feat_archive_size(zip, index);
        assert_int_equal(feat_archive_data_offset(zip, index, &at, NULL), FEAT_OK);
        feat_archive_close(&zip);
        assert_int_equal(bf_file_read(&bytes, &n, path, SIZE_MAX / 2, NULL), FEAT_OK);
        uint32_t before = feat_crc32(0, bytes + at, size);
        bytes[at + size - 8] ^= 1; /* the last bit of the last number */
        replace32(bytes, n, before, feat_crc32(0, bytes + at, size));
        put_file(bytes, n);
        feat_free(bytes);
        assert_int_equal(bf_judge_file_read(&read, path, &err), FEAT_ERR_CHECKSUM);
        assert_non_null(strstr(err.message, "its content is not what was written"));
    }
    bf_judge_file_close(&file);
    judge_free(&w);
}

/* Readers give everything back when memory ends. */
static void test_no_memory(void **state)
{
    (void)state;
    size_t live = feat_alloc_live();
    put_text("image,rater,label,group,block\na,r,1,g,b\nb,r,0,real,b\nb,s,1,real,b\n");
    for (long n = 0;; n++) {
        bf_labels labels;
        bf_judge_table t;
        feat_error err = {FEAT_OK, ""};
        feat_alloc_fail_after(n);
        feat_status status = bf_labels_read(&labels, path, NULL, &err);
        if (status == FEAT_OK) {
            status = bf_judge_table_make(&t, &labels, NULL, BF_NO_NAME, &err);
            if (status == FEAT_OK)
                bf_judge_table_free(&t);
            bf_labels_free(&labels);
        }
        feat_alloc_fail_after(-1);
        assert_int_equal(feat_alloc_live(), live);
        if (status == FEAT_OK)
            break;
        assert_int_equal(status, FEAT_ERR_NOMEM);
        assert_true(n < 500);
    }
}

/* Names that are too long for a row keep both ends, and whole letters. */
static void test_row_label(void **state)
{
    static const char *const rows[][2] = {
        {"", "  "},
        {"a name of 21 letters.", "  a name of 21 letters."},
        {"stylegan2-ada-ffhq-256", "  stylegan2...-ffhq-256"},
        {"stylegan2-ada-ffhq-512", "  stylegan2...-ffhq-512"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4-and-more-of-these-\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
         "  \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4...\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"}};
    char label[24];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(bf_judge_row_label(label, rows[i][0]), rows[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),       cmocka_unit_test(test_fields),  cmocka_unit_test(test_natural_order),
        cmocka_unit_test(test_table),     cmocka_unit_test(test_join),    cmocka_unit_test(test_model_file),
        cmocka_unit_test(test_damage),    cmocka_unit_test(test_forgery), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_row_label),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
