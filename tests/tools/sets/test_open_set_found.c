/* What a set takes for an image, what it leaves out and says so, and what its classes are. */
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
#include "engine/base/crc32.h"
#include "tests/own_folder.h"
#include "tools/base/files.h"
#include "tools/sets/set.h"

#define IMAGES "tests/data/images/"

static bf_set *open_set(const char *spec)
{
    bf_set *set;
    feat_error err = {0};
    if (bf_set_open(&set, spec, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return set;
}

static void expect_first(const bf_first_names *found, size_t n, const char *const *names, size_t n_named)
{
    assert_int_equal(found->n, n);
    assert_int_equal(found->n_named, n_named);
    for (size_t i = 0; i < n_named; i++)
        assert_string_equal(found->name[i], names[i]);
}

/* --- content ------------------------------------------------------------------------------------------ */

static const char heic[] = "\0\0\0\x18"
                           "ftypheic\0\0\0\0mif1heic";

static void test_first_bytes(void **state)
{
    (void)state;
    own_put_copy("a.jfif", IMAGES "rgb.jpg");
    own_put_copy("b", IMAGES "rgb.png");
    own_put_copy("c.dat", IMAGES "rgb.bmp");
    own_put_copy("d.1", IMAGES "raw.ppm");
    own_put("e.pic", "II*\0\4\0\0\0", 8);
    own_put("f.photo", heic, sizeof heic - 1);
    own_put_copy("known.png", IMAGES "rgb.png");
    own_put_text("g", "BM is how a Windows bitmap begins");
    own_put_text("h.note", "P6 or P5?");
    own_put_text("zero.x", "");
    bf_set *set = open_set(own_folder);
    const char *const names[] = {"a.jfif", "b", "c.dat", "d.1", "e.pic", "f.photo", "known.png"};
    assert_int_equal(bf_set_count(set), 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(bf_set_item_name(set, i), names[i]);
    const char *const left[] = {"g", "h.note", "zero.x"};
    expect_first(&bf_set_get_listing(set)->by_content, 6, names, 6);
    expect_first(&bf_set_get_listing(set)->left_out, 3, left, 3);
    assert_int_equal(bf_set_get_listing(set)->in_subfolders, 0);
    for (size_t i = 0; i < 7; i++) {
        bf_image image;
        bool read = i != 4 && i != 5;
        assert_int_equal(bf_set_read_image(set, i, &image, NULL), read ? FEAT_OK : FEAT_ERR_UNSUPPORTED);
        bf_image_release(&image);
    }
    bf_set_close(&set);
}

static void test_litter(void **state)
{
    (void)state;
    static const char *const silent[] = {"Thumbs.db", "desktop.ini", ".DS_Store",  "._a.png", ".gitignore",  "README",
                                         "a.TXT",     "x.json",      "SHA256SUMS", "b.md5",   "labels.csv", ".profile"};
    static const char *const counted[] = {".x.png", "movie.mp4", "noise", "pics.npy", "set.zip", "sub/deep.svg"};
    own_put_folder("sub");
    own_put_folder(".git");
    own_put_folder(".ipynb_checkpoints");
    own_put_folder(".kept");
    own_put_copy(".git/a.png", IMAGES "rgb.png");
    own_put_copy(".ipynb_checkpoints/a.png", IMAGES "rgb.png");
    own_put_copy(".kept/a.png", IMAGES "rgb.png");
    own_put_copy("sub/a.png", IMAGES "rgb.png");
    own_put_copy("a.png", IMAGES "rgb.png");
    own_put_link("gone", "nowhere");
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        own_put_text(silent[i], "text");
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        own_put_text(counted[i], "text");
    bf_set *set = open_set(own_folder);
    assert_int_equal(bf_set_count(set), 2);
    const char *const left[] = {".kept/", ".x.png",   "gone",    "movie.mp4",
                                "noise",  "pics.npy", "set.zip", "sub/deep.svg"};
    expect_first(&bf_set_get_listing(set)->left_out, 8, left, 8);
    expect_first(&bf_set_get_listing(set)->by_content, 0, NULL, 0);
    assert_int_equal(bf_set_get_listing(set)->in_subfolders, 1);
    bf_set_close(&set);
}

static void test_first_names(void **state)
{
    (void)state;
    bf_first_names names = {.n = 0};
    char text[400];
    for (size_t i = 0; i < 50; i++) {
        snprintf(text, sizeof text, "%02zu", i * 37 % 50);
        bf_first_names_add(&names, text);
    }
    assert_int_equal(names.n, 50);
    assert_int_equal(names.n_named, BF_FIRST_NAMES);
    for (size_t i = 0; i < BF_FIRST_NAMES; i++)
        assert_int_equal(atoi(names.name[i]), i);
    memset(text, '!', sizeof text);
    text[sizeof text - 1] = '\0';
    bf_first_names_add(&names, text);
    assert_int_equal(strlen(names.name[0]), BF_FIRST_NAME_BYTES - 1);
    assert_string_equal(names.name[9], "08");
}

/* --- archives ----------------------------------------------------------------------------------------- */

/* A zip being made: members one after the other, then the directory. */
typedef struct archive {
    uint8_t bytes[65536], directory[8192];
    size_t n, n_directory, members;
} archive;

static void put16(uint8_t *to, size_t x)
{
    to[0] = (uint8_t)x;
    to[1] = (uint8_t)(x >> 8);
}

static void put32(uint8_t *to, size_t x)
{
    put16(to, x & 0xFFFF);
    put16(to + 2, x >> 16);
}

/* Stored; or deflated, as one stored block (RFC 1951, 3.2.4). */
static void add_member(archive *a, const char *name, const uint8_t *data, size_t n, bool deflated)
{
    uint8_t head[46] = {'P', 'K', 3, 4, 20};
    size_t length = strlen(name), packed = deflated ? n + 5 : n, at = a->n;
    put16(head + 8, deflated ? 8 : 0);
    put32(head + 14, feat_crc32(0, data, n));
    put32(head + 18, packed);
    put32(head + 22, n);
    put16(head + 26, length);
    memcpy(a->bytes + a->n, head, 30);
    memcpy(a->bytes + a->n + 30, name, length);
    a->n += 30 + length;
    if (deflated) {
        a->bytes[a->n] = 1;
        put16(a->bytes + a->n + 1, n);
        put16(a->bytes + a->n + 3, ~n & 0xFFFF);
        a->n += 5;
    }
    memcpy(a->bytes + a->n, data, n);
    a->n += n;
    uint8_t entry[46] = {'P', 'K', 1, 2, 20, 0, 20};
    memcpy(entry + 10, head + 8, 22); /* method, time, CRC, sizes, length of the name */
    put32(entry + 42, at);
    memcpy(a->directory + a->n_directory, entry, 46);
    memcpy(a->directory + a->n_directory + 46, name, length);
    a->n_directory += 46 + length;
    a->members++;
}

static void add_file(archive *a, const char *name, const char *path, bool deflated)
{
    uint8_t *bytes;
    size_t n;
    assert_int_equal(bf_file_read(&bytes, &n, path, 1 << 14, NULL), FEAT_OK);
    add_member(a, name, bytes, n, deflated);
    feat_free(bytes);
}

static void put_archive(const char *name, archive *a)
{
    uint8_t end[22] = {'P', 'K', 5, 6};
    put16(end + 8, a->members);
    put16(end + 10, a->members);
    put32(end + 12, a->n_directory);
    put32(end + 16, a->n);
    memcpy(a->bytes + a->n, a->directory, a->n_directory);
    memcpy(a->bytes + a->n + a->n_directory, end, sizeof end);
    own_put(name, a->bytes, a->n + a->n_directory + sizeof end);
}

static void test_archive(void **state)
{
    (void)state;
    archive *a = calloc(1, sizeof *a);
    assert_non_null(a);
    const uint8_t *text = (const uint8_t *)"some text";
    add_file(a, "z.png", IMAGES "rgb.png", false);
    add_file(a, "b", IMAGES "rgb.png", true);
    add_file(a, "a.jfif", IMAGES "rgb.jpg", false);
    add_file(a, "d/.x.png", IMAGES "rgb.png", false);
    add_file(a, "__MACOSX/z.png", IMAGES "rgb.png", false);
    add_file(a, ".git/z.png", IMAGES "rgb.png", false);
    add_member(a, "d/", text, 0, false);
    add_member(a, "clip.mp4", text, 9, true);
    add_member(a, "notes.txt", text, 9, true);
    put_archive("set.zip", a);
    bf_set *set = open_set(own_path("set.zip"));
    const char *const names[] = {"a.jfif", "b", "z.png"}, *const left[] = {"clip.mp4", "d/.x.png"};
    assert_int_equal(bf_set_count(set), 3);
    for (size_t i = 0; i < 3; i++) {
        bf_image image;
        assert_string_equal(bf_set_item_name(set, i), names[i]);
        assert_int_equal(bf_set_read_image(set, i, &image, NULL), FEAT_OK);
        bf_image_release(&image);
    }
    expect_first(&bf_set_get_listing(set)->by_content, 2, names, 2);
    expect_first(&bf_set_get_listing(set)->left_out, 2, left, 2);
    bf_set_close(&set);
    free(a);
}

/* --- classes ------------------------------------------------------------------------------------------ */

/* A set of these names, each with its zero, and what its classes are. */
static void expect_folders(const char *names, size_t n, bf_class_source from, const char *note)
{
    const bf_set_names text = {names, n};
    bf_set *set = NULL;
    assert_int_equal(bf_set_open_names(&set, "set", &text, 1, NULL), FEAT_OK);
    assert_int_equal(bf_set_find_classes(set, NULL), FEAT_OK);
    if (bf_set_classes(set)->from != from || strstr(bf_set_classes(set)->note, note) == NULL)
        fail_msg("%s: %d, '%s'", names, (int)bf_set_classes(set)->from, bf_set_classes(set)->note);
    char name[BF_CLASS_NAME];
    assert_int_equal(bf_set_class_of(set, 0, name), from != BF_CLASSES_NONE);
    bf_set_close(&set);
}

static void test_folders(void **state)
{
    (void)state;
    static const char shards[] = "numbered shards, no classes";
    expect_folders("cat/1.png\0dog/1.png", 2, BF_CLASSES_FOLDERS, "");
    expect_folders("cat/1.png\0dog.png", 2, BF_CLASSES_NONE, "not all its images are in class folders");
    /* StyleGAN's tool, FFHQ, below a folder; the last may be smaller, and the numbers go on. */
    expect_folders("00000/img00000000.png\00000000/img00000001.png\00000001/img00001000.png", 3, BF_CLASSES_NONE,
                   shards);
    expect_folders("00000/0.png\00000000/1.png\00001000/2.png\00001000/3.png\00002000/4.png", 5, BF_CLASSES_NONE,
                   shards);
    expect_folders("a/00/00.png\0a/01/01.png\0a/02/02.png", 3, BF_CLASSES_NONE, shards);
    /* Numbers of five digits that need fewer. */
    expect_folders("00000/a.png\00000000/b.png\00000001/a.png\00000001/b.png", 4, BF_CLASSES_NONE, shards);
    /* Classes with numbers as names: their images are counted anew, or are not equally many, or gaps show. */
    expect_folders("0/0.png\0000/1.png\0001/0.png\0001/1.png", 4, BF_CLASSES_FOLDERS, "");
    expect_folders("0/0.png\0000/1.png\0001/2.png\0001/3.png\0001/4.png", 5, BF_CLASSES_FOLDERS, "");
    expect_folders("00000/0.png\00000000/1.png\00000001/2.png\00000002/3.png", 4, BF_CLASSES_FOLDERS, "");
    expect_folders("00000/0.png\00000001/2.png\00000003/3.png", 3, BF_CLASSES_FOLDERS, "");
    expect_folders("00000/0.png\0000001/2.png", 2, BF_CLASSES_FOLDERS, "");
    expect_folders("a/00000/0.png\0b/00001/2.png", 2, BF_CLASSES_FOLDERS, "");
    expect_folders("00000/0.png", 1, BF_CLASSES_FOLDERS, "");
}

static void expect_labels(const char *json, bf_class_source from, bool broken, const char *note)
{
    own_put_text("dataset.json", json);
    bf_set *set = open_set(own_folder);
    assert_int_equal(bf_set_find_classes(set, NULL), FEAT_OK);
    assert_int_equal(bf_set_find_classes(set, NULL), FEAT_OK);
    const bf_classes *c = bf_set_classes(set);
    bool silent = note[0] == '\0';
    if (c->from != from || c->broken != broken || strstr(c->note, note) == NULL || (silent && c->note[0] != '\0'))
        fail_msg("%s: %d %d, '%s'", json, (int)c->from, (int)c->broken, c->note);
    assert_int_equal(c->digest.known, broken || from == BF_CLASSES_LABELS);
    if (from == BF_CLASSES_LABELS) {
        char name[BF_CLASS_NAME];
        assert_true(bf_set_class_of(set, 0, name));
        assert_string_equal(name, "7");
        assert_true(bf_set_class_of(set, 1, name));
        assert_string_equal(name, "cat");
        assert_false(bf_set_class_of(set, 2, name));
    }
    bf_set_close(&set);
    own_take_back();
}

static void test_labels(void **state)
{
    (void)state;
    own_put_folder("00000");
    own_put_copy("00000/a.png", IMAGES "rgb.png");
    own_put_copy("00000/b.png", IMAGES "rgb.png");
#define A "[\"00000/a.png\", 7]"
#define B "[\"00000/b.png\", \"cat\"]"
    expect_labels("{\"labels\": [" B ", " A "]}", BF_CLASSES_LABELS, false, "");
    expect_labels("{\"x\": {}, \"labels\": [" A ", " B ", [\"c.png\", 1]]}", BF_CLASSES_LABELS, false,
                  "labels for 1 names that are not in the set, the first: c.png");
    expect_labels("{\"labels\": null}", BF_CLASSES_FOLDERS, false, "");
    expect_labels("{\"other\": 1}", BF_CLASSES_FOLDERS, false, "");
    expect_labels("{\"labels\": [" A "]}", BF_CLASSES_NONE, true,
                  "dataset.json: no label for 1 of 2 images, the first: 00000/b.png");
    expect_labels("{\"labels\": []}", BF_CLASSES_NONE, true, "no label for 2 of 2 images");
    expect_labels("{\"labels\": [" A ", " A ", " B "]}", BF_CLASSES_NONE, true, "'00000/a.png' is labelled twice");
    expect_labels("{\"labels\": {}}", BF_CLASSES_NONE, true, "labels: expected an array, found an object");
    expect_labels("{\"labels\": [1]}", BF_CLASSES_NONE, true, "labels[0]: expected [name, class]");
    expect_labels("{\"labels\": [[]]}", BF_CLASSES_NONE, true, "labels[0]: expected [name, class]");
    expect_labels("{\"labels\": [{\"a\": 1, \"b\": 2}]}", BF_CLASSES_NONE, true, "labels[0]: expected [name, class]");
    expect_labels("{\"labels\": [[3, 4]]}", BF_CLASSES_NONE, true, "labels[0][0]: expected a string, found a number");
    expect_labels("{\"labels\": [[\"00000/a.png\", [0.5, 1]]]}", BF_CLASSES_NONE, true,
                  "labels[0][1]: expected a string or a whole number, found an array");
    expect_labels("{\"labels\": [[\"00000/a.png\", 1.5]]}", BF_CLASSES_NONE, true, "found a number");
    expect_labels("{\"labels\": [[\"00000/a.png\", \"\"]]}", BF_CLASSES_NONE, true, "a class of 1 to 127 letters");
    expect_labels("[1, 2]", BF_CLASSES_NONE, true, "dataset.json: a JSON object expected");
    expect_labels("{\"labels\": [", BF_CLASSES_NONE, true, "dataset.json: ");
    expect_labels("", BF_CLASSES_NONE, true, "dataset.json: ");
}

static void test_labels_of_archive(void **state)
{
    (void)state;
    archive *a = calloc(1, sizeof *a);
    assert_non_null(a);
    static const char labels[] = "{\"labels\": [" A ", " B "]}";
    add_file(a, "00000/b.png", IMAGES "rgb.png", false);
    add_file(a, "00000/a.png", IMAGES "rgb.png", false);
    add_member(a, "dataset.json", (const uint8_t *)labels, sizeof labels - 1, true);
    put_archive("set.zip", a);
    bf_set *set = open_set(own_path("set.zip"));
    char name[BF_CLASS_NAME];
    assert_int_equal(bf_set_find_classes(set, NULL), FEAT_OK);
    assert_int_equal(bf_set_classes(set)->from, BF_CLASSES_LABELS);
    assert_true(bf_set_class_of(set, 1, name));
    assert_string_equal(name, "cat");
    bf_set_close(&set);
    free(a);
}

static void test_given_labels(void **state)
{
    (void)state;
    const bf_set_names names[2] = {{"a\0b", 2}, {"c", 1}};
    const bf_set_labels labels[2] = {{"1\0002", 2}, {"2", 1}}, broken[2] = {{NULL, 2}, {NULL, 1}};
    const bf_digest digest = {.known = true};
    bf_set *set = NULL;
    char name[BF_CLASS_NAME];
    assert_int_equal(bf_set_open_names(&set, "set", names, 2, NULL), FEAT_OK);
    assert_int_equal(bf_set_give_classes(set, labels, 2, "a remark", &digest, NULL), FEAT_OK);
    assert_int_equal(bf_set_find_classes(set, NULL), FEAT_OK);
    assert_string_equal(bf_set_classes(set)->note, "a remark");
    for (size_t i = 0; i < 3; i++) {
        assert_true(bf_set_class_of(set, i, name));
        assert_string_equal(name, i == 0 ? "1" : "2");
    }
    bf_set_close(&set);
    assert_int_equal(bf_set_open_names(&set, "set", names, 2, NULL), FEAT_OK);
    assert_int_equal(bf_set_give_classes(set, broken, 2, "why not", &digest, NULL), FEAT_OK);
    assert_true(bf_set_classes(set)->broken && bf_set_classes(set)->from == BF_CLASSES_NONE);
    bf_set_close(&set);
}

/* --- messages ----------------------------------------------------------------------------------------- */

static void expect_refused(const char *name, feat_status status, const char *text)
{
    bf_set *set = NULL;
    feat_error err = {0};
    if (bf_set_open(&set, own_path(name), &err) != status || strstr(err.message, text) == NULL)
        fail_msg("%s: '%s' does not say '%s'", name, err.message, text);
    bf_set_close(&set);
}

/* An .npy of version 1 with `n` values in the file. */
static void put_npy(const char *name, const char *type, const char *shape, const void *values, size_t n)
{
    uint8_t file[128 + 4096] = "\x93NUMPY\1";
    memset(file + 10, ' ', 118);
    put16(file + 8, 118);
    int length =
        snprintf((char *)file + 10, 118, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    file[10 + length] = ' ';
    file[127] = '\n';
    assert_true(n <= 4096);
    memcpy(file + 128, values, n);
    own_put(name, file, 128 + n);
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        float low, high;
        const char *shape, *text;
    } floats[] = {
        {-1.0f, 1.0f, "(2, 2, 4, 3)",
         "-1 to 1 found; if black is -1 and white 1, give --range -1,1, or save ((a + 1) * 127.5 + 0.5).clip(0, 255)"},
        {0.0f, 1.0f, "(2, 2, 4, 3)",
         "from 0 to 1 found; if black is 0 and white 1, give --range 0,1, or save (a * 255 + 0.5).clip(0, 255).a"},
        {-1.0f, 0.5f, "(2, 3, 4, 2)",
         "give --range -1,1 --layout nchw, or save ((a.transpose(0, 2, 3, 1) + 1) * 127.5 + 0.5).clip"},
        {0.0f, 255.0f, "(2, 2, 4, 3)", "white 255, give --range 0,255, or save (a + 0.5).clip(0, 255)"},
        {-30.0f, 20.0f, "(4, 4, 3)",
         "from -30 to 20 found; give --range LO,HI with the values of black and white, or bring them to 0 .. 255 and"},
    };
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        float values[48];
        for (size_t k = 0; k < 48; k++)
            values[k] = k % 2 == 0 ? floats[i].low : floats[i].high;
        put_npy("f.npy", "<f4", floats[i].shape, values, sizeof values);
        expect_refused("f.npy", FEAT_ERR_FORMAT, "images must be uint8 [n][h][w][3], float32 [");
        expect_refused("f.npy", FEAT_ERR_FORMAT, floats[i].text);
        own_take_back();
    }
    const int16_t wide[24] = {0};
    put_npy("i.npy", "<i2", "(2, 2, 2, 3)", wide, sizeof wide);
    expect_refused("i.npy", FEAT_ERR_FORMAT, "found; save a.clip(0, 255).astype('uint8')");
}

static void test_no_sets(void **state)
{
    (void)state;
    char tar[512] = "a.png";
    memcpy(tar + 257, "ustar", 6);
    own_put("s.tar", tar, sizeof tar);
    own_put("s.tgz", "\x1F\x8B\10\0", 4);
    own_put("s.gz", "\x1F\x8B\10\0", 4);
    own_put_text("cut.bin", "cut");
    own_put_text("x", "words");
    own_put_folder("cifar");
    own_put_folder("arrays");
    own_put_folder("deep");
    own_put_folder("deep/er");
    own_put_text("cifar/data_batch_1.bin", "bytes");
    own_put_text("deep/er/data_batch_1.bin", "bytes");
    own_put_text("arrays/1.npy", "bytes");
    expect_refused("s.tar", FEAT_ERR_FORMAT, "not a whole tar archive: a header whose sum is wrong");
    expect_refused("s.tgz", FEAT_ERR_UNSUPPORTED, "a tar archive packed by gzip, which is not read; gunzip it and");
    expect_refused("s.gz", FEAT_ERR_UNSUPPORTED, "packed by gzip, which is not read; unpack it (tar xf or gunzip)");
    expect_refused("cut.bin", FEAT_ERR_FORMAT, "not CIFAR-10's records (3073 bytes each");
    expect_refused("x", FEAT_ERR_FORMAT, "a file of CIFAR, STL-10 or MNIST, @LIST.txt naming image files, or - for");
    expect_refused("cifar", FEAT_ERR_FORMAT, "/data_batch_1.bin: not CIFAR-10's records");
    expect_refused("deep", FEAT_ERR_FORMAT, "the first: er/data_batch_1.bin); such files are sets by themselves: give");
    expect_refused("arrays", FEAT_ERR_FORMAT, "the first: 1.npy); arrays are sets by themselves: numpy.save");
}

/* What is known by its first bytes is named, with what to do. */
static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *text;
        feat_status status;
    } kinds[] = {
        {"\x89HDF\r\n\x1A\n....", 12, "not a set but an HDF5 file, which is not read; take its",
         FEAT_ERR_UNSUPPORTED},
        {"0123456789abcdef\xDE\xC0\xEF\xBE..", 22, "an LMDB, which is not read; write its images",
         FEAT_ERR_UNSUPPORTED},
        /* The length 100 and its checksum, as TensorFlow masks it. */
        {"d\0\0\0\0\0\0\0\x43\x5F\x1C\xDF\n..", 15, "a TFRecord, which is not read", FEAT_ERR_UNSUPPORTED},
        {"PAR1\x15\4", 6, "a Parquet file, which", FEAT_ERR_UNSUPPORTED},
        {"ARROW1\0\0", 8, "an Arrow file, which", FEAT_ERR_UNSUPPORTED},
        {"\xFF\xFF\xFF\xFF\x10\1\0\0\x10\0\0\0", 12, "an Arrow stream, which", FEAT_ERR_UNSUPPORTED},
        {"\xFF\xFF\xFF\xFF\x10\1\0\0\x11\0\0\0", 12, "not a set (a folder", FEAT_ERR_FORMAT},
        {"MATLAB 5.0 MAT-file", 19, "a MATLAB file, which is not read; take its array", FEAT_ERR_UNSUPPORTED},
        {"\x14\0\0\0\0\0\0\0{\"a\":", 13, "a safetensors file, which", FEAT_ERR_UNSUPPORTED},
        {"II*\0\4\0\0\0", 8, "one image, of a format that is not read (TIFF); convert", FEAT_ERR_FORMAT},
        {"\0\0\0\x20" "ftypavif", 12, "one image, of a format that is not read (AVIF)", FEAT_ERR_FORMAT},
        {"\0\0\0\x20" "ftypheic", 12, "one image, of a format that is not read (HEIC)", FEAT_ERR_FORMAT},
        {"7z\xBC\xAF\x27\x1C..", 8, "a 7-Zip archive, which is not read; unpack it (7z x)", FEAT_ERR_UNSUPPORTED},
        {"Rar!\x1A\7\0", 7, "a RAR archive, which is not read; unpack it (unrar x)", FEAT_ERR_UNSUPPORTED},
        {"\x80\4]\x94.", 5, "if it holds images, give numpy.save('images.npy', a)", FEAT_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        own_put("x", kinds[i].bytes, kinds[i].n);
        expect_refused("x", kinds[i].status, kinds[i].text);
        own_take_back();
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    own_put_folder("00000");
    own_put_copy("00000/a.jfif", IMAGES "rgb.jpg");
    own_put_text("dataset.json", "{\"labels\": [[\"00000/a.jfif\", 7]]}");
    feat_status status = FEAT_ERR_NOMEM;
    for (long k = 0; status != FEAT_OK; k++) {
        bf_set *set = open_set(own_folder);
        feat_error err = {0};
        assert_true(k < 100);
        feat_alloc_fail_after(k);
        status = bf_set_find_classes(set, &err);
        feat_alloc_fail_after(-1);
        assert_true(status == FEAT_OK || (status == FEAT_ERR_NOMEM && err.status == FEAT_ERR_NOMEM));
        if (status != FEAT_OK) /* nothing is remembered */
            assert_int_equal(bf_set_find_classes(set, NULL), FEAT_OK);
        assert_int_equal(bf_set_classes(set)->from, BF_CLASSES_LABELS);
        bf_set_close(&set);
        assert_int_equal(feat_alloc_live(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_first_bytes, own_folder_clear),
                                       cmocka_unit_test_teardown(test_litter, own_folder_clear),
                                       cmocka_unit_test(test_first_names),
                                       cmocka_unit_test_teardown(test_archive, own_folder_clear),
                                       cmocka_unit_test_teardown(test_folders, own_folder_clear),
                                       cmocka_unit_test_teardown(test_labels, own_folder_clear),
                                       cmocka_unit_test_teardown(test_labels_of_archive, own_folder_clear),
                                       cmocka_unit_test_teardown(test_given_labels, own_folder_clear),
                                       cmocka_unit_test_teardown(test_values, own_folder_clear),
                                       cmocka_unit_test_teardown(test_no_sets, own_folder_clear),
        cmocka_unit_test_teardown(test_kinds, own_folder_clear),
                                       cmocka_unit_test_teardown(test_no_memory, own_folder_clear)};
    return cmocka_run_group_tests(tests, own_folder_make, own_folder_remove);
}
