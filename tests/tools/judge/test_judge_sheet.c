/* What surrounds a labelling page: its key, the labels that it saves, its words, its pictures. */
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
#include "tools/judge/judge_key.h"
#include "tools/judge/judge_labels.h"
#include "tools/judge/judge_page.h"
#include "tools/judge/judge_picture.h"
#include "tools/judge/judge_words.h"

static char folder[256], path[300];

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bonafide-sheet-XXXXXX", base == NULL ? "/tmp" : base);
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

static void put_text(const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static const char key_text[] = "picture,image,group,truth\np-1,photos/a.png,real,1\np-2,gan/b.png,gan,0\n"
                               "picture,image,group,truth\np-3,gan/c.png,gan,0\np-1,photos/a.png,real,1\n";
static const char page_text[] =
    "picture,rater,label,seconds,shown\np-2,A,unsure,1.2,1\np-1,A,real,1,1\np-3,A,fake,2,1\n"
    "p-3,A,real,1,2\np-1,A,real,1,2\np-2,B,unsure,1,1\np-1,B,fake,0.5,1\n";

static bf_judge_key read_key(void)
{
    bf_judge_key key;
    put_text(key_text);
    assert_int_equal(bf_judge_key_read(&key, path, NULL), FEAT_OK);
    return key;
}

/* Answers "not sure" are counted and are no labels; what a rater says again is compared with what he said first, and
 * counts nowhere else. */
static void test_labels_of_a_page(void **state)
{
    (void)state;
    bf_judge_key key = read_key();
    bf_labels labels;
    bf_judge_table t;
    put_text(page_text);
    assert_int_equal(bf_labels_read_keyed(&labels, path, NULL, &key, NULL), FEAT_OK);
    bf_judge_key_free(&key);
    assert_true(labels.of_page && labels.has_shown && labels.has_truth);
    assert_int_equal(labels.n_votes, 3);
    assert_int_equal(labels.n_unsure, 2);
    assert_int_equal(labels.n_repeated, 2);
    assert_true(labels.by[0].labels == 2 && labels.by[0].unsure == 1 && labels.by[0].again == 2 &&
                labels.by[0].same == 1);
    assert_true(labels.by[1].labels == 1 && labels.by[1].unsure == 1 && labels.by[1].again == 0);
    assert_int_equal(bf_judge_table_make(&t, &labels, NULL, BF_NO_NAME, NULL), FEAT_OK);
    assert_int_equal(t.set.n, 2);
    assert_string_equal(t.names[0], "gan/c.png");
    assert_string_equal(t.names[1], "photos/a.png");
    assert_true(t.set.n_labels[0] == 1 && t.set.k_real[0] == 0 && t.set.n_labels[1] == 2 && t.set.k_real[1] == 1);
    assert_true(t.truth_known && t.set.truth[0] == 0 && t.set.truth[1] == 1);
    bf_judge_table_free(&t);
    bf_labels_free(&labels);
}

/* Without a key the numbers of pictures are names: enough for how people agree. */
static void test_labels_without_key(void **state)
{
    (void)state;
    bf_labels labels;
    put_text(page_text);
    assert_int_equal(bf_labels_read(&labels, path, NULL, NULL), FEAT_OK);
    assert_true(labels.of_page && !labels.has_truth);
    assert_string_equal(labels.images.text[0], "p-2");
    bf_labels_free(&labels);
}

static void test_wrong_keys(void **state)
{
    (void)state;
    feat_error err;
    bf_labels labels;
    bf_judge_key key = read_key(), other;
    put_text("picture,rater,label\np-9,A,1\n");
    assert_int_equal(bf_labels_read_keyed(&labels, path, NULL, &key, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "line 2: picture 'p-9' is not in the key"));
    put_text("image,rater,label\na,A,1\n");
    assert_int_equal(bf_labels_read_keyed(&labels, path, NULL, &key, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "needs no key"));
    bf_judge_key_free(&key);
    put_text("picture,image,group\np-1,a,g\n");
    assert_int_equal(bf_judge_key_read(&other, path, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "has no column truth"));
    put_text("picture,image,group,truth\np-1,a,g,0\np-1,b,g,0\n");
    assert_int_equal(bf_judge_key_read(&other, path, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "line 3: picture 'p-1' is another image"));
}

/* Many votes: those that are known again are found however often the table has grown. */
static void test_many_votes(void **state)
{
    (void)state;
    enum { IMAGES = 900, RATERS = 3 };
    bf_labels labels;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fprintf(f, "image,rater,label\n");
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < IMAGES; i++)
            for (int r = 0; r < RATERS; r++)
                fprintf(f, "i%d,r%d,%d\n", i, r, pass == 0 || r == 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(bf_labels_read(&labels, path, NULL, NULL), FEAT_OK);
    assert_int_equal(labels.n_votes, IMAGES * RATERS);
    assert_int_equal(labels.n_repeated, IMAGES * RATERS);
    assert_true(labels.by[0].same == IMAGES && labels.by[1].same == 0 && labels.by[1].again == IMAGES);
    bf_labels_free(&labels);
}

static void test_words(void **state)
{
    (void)state;
    const char *const lines[] = {"<b lang=\"{{lang}}\">{{real}}|{{fake}}</b>", NULL};
    bf_judge_words words;
    bf_text t = {0};
    put_text(
        "lang: de\r\nreal: echt & \"wahr\"\r\nconsent:\r\n\r\nErstens <x>\r\nzweitens.\r\n\r\n\r\nDrittens: nein.\r\n");
    assert_int_equal(bf_judge_words_read(&words, path, NULL), FEAT_OK);
    bf_judge_words_fill(&t, &words, lines);
    bf_judge_words_instructions(&t, &words);
    bf_text_add(&t, "", 1);
    assert_string_equal(t.data, "<b lang=\"de\">echt &#38; &#34;wahr&#34;|fake</b>\n"
                                "<p>Erstens &#60;x&#62;<br>\nzweitens.</p>\n<p>Drittens: nein.</p>\n");
    bf_text_free(&t);
    bf_judge_words_object(&t, &words);
    bf_text_add(&t, "", 1);
    assert_non_null(strstr(t.data, "\"real\": \"echt \\u0026 \\u0022wahr\\u0022\""));
    assert_non_null(strstr(t.data, "\"consent\": \"\""));
    bf_text_free(&t);
    bf_judge_words_free(&words);
    /* Text alone, whose first line looks like a word and is none of the page's. */
    put_text("note: this is text\nand more");
    assert_int_equal(bf_judge_words_read(&words, path, NULL), FEAT_OK);
    assert_string_equal(words.instructions, "note: this is text\nand more");
    assert_string_equal(words.of[0], "en");
    bf_judge_words_free(&words);
    /* Words alone: the instructions stay. */
    put_text("real: photo\n");
    assert_int_equal(bf_judge_words_read(&words, path, NULL), FEAT_OK);
    assert_non_null(strstr(words.instructions, "You will see pictures"));
    bf_judge_words_free(&words);
}

static void test_wrong_words(void **state)
{
    (void)state;
    feat_error err;
    bf_judge_words words;
    put_text("real: photo\nfaek: fake\n\ntext");
    assert_int_equal(bf_judge_words_read(&words, path, &err), FEAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "line 2: expected one of the page's words"));
}

/* The page has every word, and asks for none that there is not. */
static void test_words_of_the_page(void **state)
{
    (void)state;
    bf_judge_words words;
    bf_text t = {0};
    assert_int_equal(bf_judge_words_read(&words, NULL, NULL), FEAT_OK);
    bf_judge_words_fill(&t, &words, bf_judge_page_head);
    bf_judge_words_fill(&t, &words, bf_judge_page_middle);
    bf_judge_words_fill(&t, &words, bf_judge_page_tail);
    bf_text_add(&t, "", 1);
    assert_null(strstr(t.data, "{{"));
    for (size_t i = 0; bf_judge_words_key(i) != NULL; i++)
        assert_true(strlen(words.of[i]) > 0 || strcmp(bf_judge_words_key(i), "consent") == 0);
    bf_text_free(&t);
    bf_judge_words_free(&words);
}

/* Means over areas: of 3 columns 2 are made, each of one whole and half of the middle one. */
static void test_shrink(void **state)
{
    (void)state;
    const uint8_t rgb[2][3][3] = {{{0, 30, 255}, {60, 30, 255}, {240, 30, 255}},
                                  {{0, 90, 255}, {60, 90, 255}, {240, 90, 255}}};
    const uint8_t expected[2][3] = {{20, 60, 255}, {180, 60, 255}};
    uint8_t out[2][3], same[2][3][3];
    bf_judge_picture_shrink(&out[0][0], 1, 2, &rgb[0][0][0], 2, 3);
    assert_memory_equal(out, expected, sizeof expected);
    bf_judge_picture_shrink(&same[0][0][0], 2, 3, &rgb[0][0][0], 2, 3);
    assert_memory_equal(same, rgb, sizeof rgb);
}

/* Up to the limit a picture is what it was; above it is a JPEG. */
static void test_pictures(void **state)
{
    (void)state;
    for (size_t w = BF_JUDGE_PICTURE_SIDE; w <= BF_JUDGE_PICTURE_SIDE + 1; w++) {
        bf_text t = {0};
        bool shrunk;
        bf_image image = {.rgb = feat_calloc(w * 2, 3), .h = 2, .w = w};
        assert_non_null(image.rgb);
        assert_int_equal(bf_judge_picture_add(&t, &image, (const uint8_t *)"P6", 2, &shrunk, NULL), FEAT_OK);
        assert_int_equal(shrunk, w > BF_JUDGE_PICTURE_SIDE);
        assert_memory_equal(t.data, shrunk ? "data:image/jpeg" : "data:image/bmp", 14);
        bf_text_free(&t);
        feat_free(image.rgb);
    }
}

/* Readers give everything back when memory ends. */
static void test_no_memory(void **state)
{
    (void)state;
    const size_t live = feat_alloc_live();
    for (int reader = 0; reader < 3; reader++) {
        bf_judge_key known = read_key();
        const size_t before = feat_alloc_live();
        put_text(reader == 0 ? key_text : reader == 1 ? page_text : "real: photo\n\ntext");
        feat_status status = FEAT_ERR_NOMEM;
        for (long n = 0; status != FEAT_OK && n < 500; n++) {
            bf_judge_key key;
            bf_labels labels;
            bf_judge_words words;
            feat_alloc_fail_after(n);
            status = reader == 0   ? bf_judge_key_read(&key, path, NULL)
                     : reader == 1 ? bf_labels_read_keyed(&labels, path, NULL, &known, NULL)
                                   : bf_judge_words_read(&words, path, NULL);
            feat_alloc_fail_after(-1);
            assert_true(status == FEAT_OK || status == FEAT_ERR_NOMEM);
            if (status != FEAT_OK)
                assert_int_equal(feat_alloc_live(), before);
            else if (reader == 0)
                bf_judge_key_free(&key);
            else if (reader == 1)
                bf_labels_free(&labels);
            else
                bf_judge_words_free(&words);
        }
        assert_int_equal(status, FEAT_OK);
        bf_judge_key_free(&known);
    }
    assert_int_equal(feat_alloc_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_of_a_page),
        cmocka_unit_test(test_labels_without_key),
        cmocka_unit_test(test_wrong_keys),
        cmocka_unit_test(test_many_votes),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_wrong_words),
        cmocka_unit_test(test_words_of_the_page),
        cmocka_unit_test(test_shrink),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
