/* Sets, statistics and a cache, opened and read while calls fail. */
#include "tests/faults/set_makers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "engine/base/status.h"
#include "metrics/moments/moments.h"
#include "tools/features/cache.h"
#include "tools/images/image.h"
#include "tools/run/layer.h"
#include "tools/sets/set.h"
#include "tools/statistics/statfile.h"

feat_status faults_read_set(const char *spec, bool prefer_stats, feat_error *err)
{
    static double mu[64], sigma[64 * 64];
    static float rows[64];
    bf_set *set = (bf_set *)(void *)err;
    bf_image image = {0};
    bf_layer layer = {.state = BF_LAYER_EMPTY};
    feat_status status = bf_set_open_as(&set, spec, &(bf_set_how){.prefer_stats = prefer_stats}, err);
    if (status != FEAT_OK)
        assert_null(set);
    if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_IMAGES)
        status = bf_set_read_image(set, bf_set_count(set) - 1, &image, err);
    if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_FEATURES && bf_set_feature_dim(set) <= 64)
        status = bf_set_read_features(set, 0, 1, rows, NULL, err);
    if (status == FEAT_OK && bf_set_stats_dim(set) > 0 && bf_set_stats_dim(set) <= 64)
        status = bf_set_read_stats(set, mu, sigma, err);
    if (status == FEAT_OK && bf_set_stats_dim(set) > 0)
        status = bf_layer_read_stored(&layer, bf_set_stats_dim(set), set, false, err);
    if (status == FEAT_OK && bf_set_spatial_dim(set) > 0 && bf_set_spatial_dim(set) <= 64)
        status = bf_set_read_spatial(set, mu, sigma, err);
    bf_layer_release(&layer);
    bf_image_release(&image);
    bf_set_close(&set);
    return status;
}

feat_status faults_read_pickled(const char *top, feat_error *err)
{
    static double mu[4], sigma[4 * 4];
    char path[800];
    bf_set *set = NULL;
    bf_statfile *file = (bf_statfile *)(void *)err;
    snprintf(path, sizeof path, "%s/tests/data/stats/parts_2.pkl", top);
    feat_status status = bf_set_open(&set, path, err);
    if (status == FEAT_OK)
        status = bf_set_choose(set, "inception-v3-fid", err);
    bf_set_close(&set);
    if (status != FEAT_OK)
        return status;
    snprintf(path, sizeof path, "%s/tests/data/stats/good_tensors_zip.pth", top);
    status = bf_statfile_open(&file, path, err);
    if (status != FEAT_OK)
        assert_null(file);
    else
        status = bf_statfile_read(file, 0, mu, sigma, err);
    bf_statfile_close(&file);
    return status;
}

feat_status faults_keep_moments(feat_error *err)
{
    static const float rows[3 * 2] = {1, 2, 4, 8, 16, 32};
    static unsigned char bytes[1024];
    gmet_moments *made = (gmet_moments *)(void *)err, *from_file = made, *from_bytes = made;
    feat_status status = gmet_moments_create(&made, 2, NULL, err);
    if (status != FEAT_OK)
        assert_null(made);
    if (status == FEAT_OK)
        status = gmet_moments_skip(made, 2048, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(made, rows, 3, 2, err);
    if (status == FEAT_OK)
        status = gmet_moments_save(made, "kept.moments", err);
    if (status == FEAT_OK)
        status = gmet_moments_save_bytes(made, bytes, sizeof bytes, err);
    size_t n = status == FEAT_OK ? gmet_moments_saved_bytes(made) : 0;
    gmet_moments_close(&made);
    if (status != FEAT_OK)
        return status;
    status = gmet_moments_load(&from_file, "kept.moments", NULL, err);
    if (status != FEAT_OK)
        assert_null(from_file);
    gmet_moments_close(&from_file);
    if (status != FEAT_OK)
        return status;
    status = gmet_moments_load_bytes(&from_bytes, bytes, n, NULL, err);
    if (status != FEAT_OK)
        assert_null(from_bytes);
    gmet_moments_close(&from_bytes);
    return status;
}

feat_status faults_open_cache(feat_error *err)
{
    bf_cache *cache = NULL;
    bf_hmac secret;
    feat_status status = chmod("labels.csv", 0600) == 0 ? FEAT_OK : FEAT_ERR_IO;
    if (status == FEAT_OK)
        status = bf_cache_secret_read(&secret, "labels.csv", err); /* as good a secret as any */
    if (status == FEAT_OK)
        status = bf_cache_open(&cache, "out/cache", &secret, err);
    if (status != FEAT_OK)
        assert_null(cache);
    bf_cache_close(&cache);
    return status;
}
