/* A set in one file: .npy, .npz, .zip, .tar, IDX or a pickle of pictures. Everything in it is read, in each way that
 * files can be taken. */
#include <string.h>

#include "engine/base/alloc.h"
#include "tests/fuzz/fuzz.h"
#include "tools/sets/set.h"

enum { MOST_VALUES = 1 << 16, MOST_IMAGES = 16 };

static void read_features(const bf_set *set, feat_error *err)
{
    size_t n = bf_set_count(set), d = bf_set_feature_dim(set);
    if (n == 0 || d == 0 || d > MOST_VALUES)
        return;
    n = n * 1.0 * d > MOST_VALUES ? MOST_VALUES / d : n;
    float *rows = feat_alloc_array(n * d, sizeof *rows);
    if (rows != NULL)
        fuzz_said(bf_set_read_features(set, 0, n, rows, NULL, err), err);
    feat_free(rows);
}

static void read_stats(const bf_set *set, feat_error *err)
{
    size_t d = bf_set_stats_dim(set), s = bf_set_spatial_dim(set), most = d > s ? d : s;
    if (d > 256 || s > 256)
        return;
    double *mu = feat_calloc(most + 1, sizeof *mu), *sigma = feat_calloc(most * most + 1, sizeof *sigma);
    if (d > 0)
        fuzz_said(bf_set_read_stats(set, mu, sigma, err), err);
    if (s > 0)
        fuzz_said(bf_set_read_spatial(set, mu, sigma, err), err);
    volatile size_t length = strlen(bf_set_origin(set)->preset) + strlen(bf_set_item_name(set, 0));
    (void)length;
    feat_free(mu);
    feat_free(sigma);
}

static void read_images(const bf_set *set, feat_error *err)
{
    size_t n = bf_set_count(set) < MOST_IMAGES ? bf_set_count(set) : MOST_IMAGES;
    char hint[96];
    for (size_t i = 0; i < n; i++) {
        bf_image image;
        feat_status status = bf_set_read_image(set, i, &image, err);
        fuzz_said(status, err);
        bf_image_release(&image);
        bf_set_decode_hint(set, i, hint);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    feat_error err = {FEAT_OK, ""};
    uint8_t *copy = fuzz_copy(data, n);
    fuzz_repair_zip(copy, n);
    fuzz_repair_tar(copy, n);
    const char *path = fuzz_file(copy, n);
    fuzz_release(copy);
    const bf_set_how ways[] = {{.prefer_stats = false},
                               {.prefer_stats = true},
                               {.has_range = true, .low = -1.0, .high = 1.0, .channels_first = true}};
    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        bf_set *set = NULL;
        feat_status status = bf_set_open_as(&set, path, &ways[way], &err);
        fuzz_said(status, &err);
        if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_IMAGES)
            read_images(set, &err);
        if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_FEATURES)
            read_features(set, &err);
        if (status == FEAT_OK)
            read_stats(set, &err);
        bf_set_close(&set);
    }
    fuzz_end();
    return 0;
}
