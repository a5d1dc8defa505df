/* See manifest_sample.h. */
#include "tests/tools/records/manifest_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"

static void digest(bf_digest *out, const char *text)
{
    bf_digest_bytes(out, text, strlen(text));
}

static void add_image(bf_manifest *m, bf_manifest_set *set, const char *name, bool skipped, uint32_t w,
                      uint32_t h)
{
    char text[80];
    bf_leaf leaf = {.skipped = skipped, .w = w, .h = h};
    snprintf(text, sizeof text, "file %s", name);
    digest(&leaf.file, text);
    if (!skipped) {
        snprintf(text, sizeof text, "pixels %s", name);
        digest(&leaf.pixels, text);
        snprintf(text, sizeof text, "features %s", name);
        digest(&leaf.features, text);
    }
    bf_manifest_add_leaf(m, set, name, &leaf);
}

static void add_sets(bf_manifest *m)
{
    bf_leaf file = {.skipped = false};
    bf_manifest_set *set = bf_manifest_add_set(m, "real", "photos", "images");
    assert_non_null(set);
    bf_manifest_text(m, &set->taps, "2048");
    set->n = 2;
    add_image(m, set, "a%b\n.png", false, 32, 24);
    add_image(m, set, "bad.png", true, 0, 0);
    add_image(m, set, "c/\xC3\xA9\xFF.png", false, 640, 480);
    digest(&set->mu, "mu");
    digest(&set->sigma, "sigma");
    set = bf_manifest_add_set(m, "generated", "f\xFF.npy", "features");
    assert_non_null(set);
    set->n = 7;
    digest(&file.file, "features file");
    bf_manifest_add_leaf(m, set, "f\xFF.npy", &file);
    digest(&set->mu, "mu 2");
    digest(&set->sigma, "sigma 2");
}

bf_manifest *manifest_sample(void)
{
    bf_manifest *m = NULL;
    assert_int_equal(bf_manifest_create(&m, NULL), FEAT_OK);
    bf_manifest_text(m, &m->version, "0.1.0");
    bf_manifest_text(m, &m->build, "release");
    bf_manifest_text(m, &m->mode, "exact");
    m->numerics = 1;
    bf_manifest_add_setting(m, "preset", "tf1");
    bf_manifest_add_setting(m, "variant", NULL);
    bf_manifest_add_setting(m, "skip-bad", "yes");
    bf_manifest_add_setting(m, "k", "3");
    bf_manifest_set_command(m, "eval", NULL);
    m->has_weights = true;
    bf_manifest_text(m, &m->weights_name, "weights");
    bf_manifest_text(m, &m->weights_variant, "fid");
    bf_manifest_text(m, &m->weights_source, "w.iv3");
    digest(&m->weights, "tensors");
    digest(&m->weights_file, "published");
    add_sets(m);
    bf_manifest_add_value(m, "frechet_inception_distance", BF_TYPE_NUMBER)->number = 0.1;
    bf_manifest_add_value(m, "precision", BF_TYPE_NUMBER)->number = 1;
    bf_manifest_add_value(m, "dim", BF_TYPE_INTEGER)->integer = 2048;
    bf_manifest_add_value(m, "shuffled", BF_TYPE_BOOLEAN)->integer = 1;
    bf_manifest_text(m, &m->isa, "avx2");
    m->threads = 5;
    m->batch = 8;
    m->seconds = 1.5;
    m->peak_bytes = 1000;
    bf_manifest_total(m);
    assert_false(m->failed);
    return m;
}

void manifest_texts(const bf_manifest *m, char **json, char **leaves)
{
    feat_error err = {FEAT_OK, ""};
    if (bf_manifest_format(m, json, leaves, &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

char *replace_text(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (at == NULL)
        fail_msg("'%s' is not in the text", from);
    size_t before = (size_t)(at - text), after = strlen(at + strlen(from));
    char *out = feat_alloc(before + strlen(to) + after + 1);
    assert_non_null(out);
    memcpy(out, text, before);
    memcpy(out + before, to, strlen(to));
    memcpy(out + before + strlen(to), at + strlen(from), after + 1);
    return out;
}
