/* What to say of a file that is no set, and of an array that is nearly one: what it is, and the next step. */
#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/base/other_file.h"
#include "tools/images/image.h"
#include "tools/sets/set_source.h"

/* --- files -------------------------------------------------------------------------------------------- */

#define SETS "a folder, a .zip, .tar, .npz or .npy file, a file of CIFAR, STL-10 or MNIST, @LIST.txt naming image " \
             "files, or - for frames on standard input"

feat_status bf_set_fail_file(const char *path, const uint8_t *head, size_t n, feat_error *err)
{
    const bf_other *packed = bf_other_packed(head, n), *data = bf_other_data(head, n);
    size_t length = strlen(path);
    bf_format format = bf_format_sniff(head, n);
    if (format != BF_FORMAT_UNKNOWN && !bf_format_is_read(format))
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: this is one image, of a format that is not read (%s); convert images to PNG, and give "
                         "their folder",
                         path, bf_format_name(format));
    if (format != BF_FORMAT_UNKNOWN)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: this is one image; a set is " SETS, path);
    if (packed != NULL && (bf_ends_in(path, ".tar.gz") || bf_ends_in(path, ".tgz")))
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: a tar archive packed by gzip, which is not read; gunzip it and give the .tar, or unpack "
                         "it (tar xf) and give the folder",
                         path);
    if (packed != NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s, which is not read; unpack it (%s) and give the folder",
                         path, packed->what, packed->advice);
    if (data != NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: not a set but %s, which is not read; %s", path, data->what,
                         data->advice);
    if (length > 4 && strcmp(path + length - 4, ".bin") == 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: not CIFAR-10's records (3073 bytes each, the first a label from 0 to 9), CIFAR-100's "
                         "(3074, two labels to 19 and 99) or STL-10's (*_X.bin, 27648), and no other set (" SETS ")",
                         path);
    if (bf_ends_in(path, ".pkl") || bf_ends_in(path, ".pickle") || bf_ends_in(path, ".pth") || bf_ends_in(path, ".pt"))
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: not a set: a pickle of statistics is read from protocol 2 to 5; save it again by "
                         "pickle.dump(what, file, protocol=4), or the mean and covariance by numpy.savez",
                         path);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: not a set (" SETS " expected)", path);
}

/* --- arrays ------------------------------------------------------------------------------------------- */

/* Least and largest of the first values; false when there is none, or one is not finite. */
static bool look_at_values(const feat_array *array, float *low, float *high)
{
    enum { CHUNK = 256, CHUNKS = 256 };
    uint8_t bytes[CHUNK * sizeof(double)];
    float values[CHUNK];
    uint64_t done = 0;
    size_t item = array->info.item, rounded = 0;
    for (int c = 0; c < CHUNKS && done < array->info.n_items; c++) {
        size_t n = array->info.n_items - done < CHUNK ? (size_t)(array->info.n_items - done) : CHUNK;
        if (feat_array_read(array, bytes, done * item, n * item, NULL) != FEAT_OK ||
            feat_npy_floats(values, 1, bytes, n, item, &rounded) < n)
            return false;
        for (size_t i = 0; i < n; i++) {
            *low = (done == 0 && i == 0) || values[i] < *low ? values[i] : *low;
            *high = (done == 0 && i == 0) || values[i] > *high ? values[i] : *high;
        }
        done += n;
    }
    return done > 0;
}

feat_status bf_set_fail_values(const feat_array *array, feat_error *err)
{
    const feat_npy_info *info = &array->info;
    char found[128], range[64] = "";
    float low = 0.0f, high = 0.0f;
    bool planes = info->rank == 4 && info->shape[1] == 3 && info->shape[3] != 3;
    const char *a = planes ? "a.transpose(0, 2, 3, 1)" : "a", *open = "", *scale = "", *option = "";
    const char *layout = planes ? " --layout nchw" : "";
    bool seen = info->kind == 'f' && look_at_values(array, &low, &high);
    feat_npy_describe(found, sizeof found, info);
    if (seen)
        snprintf(range, sizeof range, " with values from %.3g to %.3g", (double)low, (double)high);
    if (seen && low < 0.0f && low >= -1.1f && high <= 1.1f) {
        open = "((";
        scale = " + 1) * 127.5 + 0.5)";
        option = "-1,1";
    } else if (seen && low >= 0.0f && high <= 1.0f) {
        open = "(";
        scale = " * 255 + 0.5)";
        option = "0,1";
    } else if (seen && (low < 0.0f || high > 255.5f)) {
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: images must be uint8 [n][h][w][3], %s%s found; give --range LO,HI%s with the values of "
                         "black and white, or bring them to 0 .. 255 and save %s.astype('uint8')",
                         array->label, found, range, layout, a);
    } else if (seen) {
        open = "(";
        scale = " + 0.5)";
        option = "0,255";
    }
    if (option[0] == 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: images must be uint8 [n][h][w][3], %s%s found; save %s.clip(0, 255).astype('uint8')",
                         array->label, found, range, a);
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "%s: images must be uint8 [n][h][w][3], %s%s found; if black is %.*s and white %s, give --range "
                     "%s%s, or save %s%s%s.clip(0, 255).astype('uint8')",
                     array->label, found, range, (int)strcspn(option, ","), option, strchr(option, ',') + 1, option,
                     layout, open, a, scale);
}
