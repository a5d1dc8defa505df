/* Pictures in a Python pickle: the array `data` of a dictionary. */
#include "tools/statistics/picture_batch.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/statistics/stat_array.h"
#include "tools/statistics/stat_pickle.h"
#include "tools/statistics/statfile.h"

static const char data_key[] = "data";

bool bf_picture_batch_is(const uint8_t *head, size_t n)
{
    static const char *const keys[] = {data_key, "batch_label", "labels", "filenames", "fine_labels", "coarse_labels"};
    enum { LOOKED_AT = 96 };
    if (n < 3 || head[0] != 0x80 || head[1] < 2 || head[1] > 5)
        return false;
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        size_t length = strlen(keys[k]);
        /* Behind the length, in one byte or in four. */
        for (size_t i = 6; i + length <= n && i < LOOKED_AT; i++) {
            bool wide = head[i - 4] == length && head[i - 3] == 0 && head[i - 2] == 0 && head[i - 1] == 0;
            if ((head[i - 1] == length || wide) && memcmp(head + i, keys[k], length) == 0)
                return true;
        }
    }
    return false;
}

/* The side of square pictures of three planes; 0: they are none. */
static size_t side_of(size_t row)
{
    enum { MOST = 1024 };
    size_t side = 1;
    while (side < MOST && 3 * side * side < row)
        side++;
    return 3 * side * side == row ? side : 0;
}

static feat_status find_pictures(bf_picture_batch *out, const bf_stat_pickle *p, feat_error *err)
{
    bf_stat_array a;
    uint32_t data = feat_pickle_get(&p->pk, p->pk.root, data_key);
    if (data == FEAT_PK_END || !bf_stat_is_array(&p->pk, data))
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: a pickle without an array '%s', as the batches of CIFAR have it; of statistics mu and "
                         "sigma, or mean and cov, are expected",
                         p->path, data_key);
    feat_status status = bf_stat_array_find(&a, p, data, data_key, err);
    if (status != FEAT_OK)
        return status;
    char found[128];
    size_t side = a.info.rank == 2 ? side_of(a.info.shape[1]) : 0;
    if (a.info.kind != 'u' || a.info.item != 1 || side == 0 || a.info.shape[0] == 0 || a.info.fortran || a.tensor)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: %s: pictures of three square planes (uint8 [n][3072] for 32 x 32) expected, %s found",
                         p->path, data_key, feat_npy_describe(found, sizeof found, &a.info));
    *out = (bf_picture_batch){.n = a.info.shape[0], .side = side};
    if (!a.latin1) {
        out->at = (uint64_t)(a.bytes - p->bytes);
        return FEAT_OK;
    }
    return bf_stat_array_bytes(&a, p, data_key, &out->memory, err);
}

feat_status bf_picture_batch_open(bf_picture_batch *out, const char *path, feat_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    bf_stat_pickle p;
    *out = (bf_picture_batch){.n = 0};
    feat_status status = bf_file_read(&bytes, &n, path, (size_t)bf_limits_get()->file, err);
    if (status != FEAT_OK)
        return status == FEAT_ERR_UNSUPPORTED ? bf_limits_too_long(err) : status;
    status = bf_stat_pickle_open(&p, path, bytes, n, err);
    if (status == FEAT_OK)
        status = find_pictures(out, &p, err);
    bf_stat_pickle_release(&p);
    feat_free(bytes);
    return status;
}
