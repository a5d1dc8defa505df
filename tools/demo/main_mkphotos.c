/* mkphotos: the two sets of pictures that `make demo` compares, and rated ones for trials of the judge. Deterministic,
 * and no part of any metric. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/say.h"
#include "tools/demo/photos_rated.h"
#include "tools/photos/photos.h"
#include "tools/sets/set.h"

enum { BLUR_PASSES = 3, JPEG_QUALITY = 50, MAX_SIZE = 4096, MAX_COUNT = 100000, PATH_BYTES = 4096 };

static const char usage_text[] =
    "usage: mkphotos crops OUTDIR N SIZE SET     N crops of SIZE x SIZE pixels (PNG) of the pictures in "
    "turn\n"
    "       mkphotos degrade SET OUTDIR          the same pictures blurred and compressed (JPEG)\n"
    "       mkphotos paint OUTDIR N SIZE SEED    N painted pictures (PNG), where there are no photographs\n"
    "       mkphotos rated OUTDIR N SEED SET     6 folders of N of the pictures, 5 of them spoilt, and labels.csv "
    "with\n"
    "                                            what simulated raters say: for trials of bonafide judge\n"
    "SET is a folder or anything else that bonafide takes for one. OUTDIR is made when it is not there.\n";

static feat_status make_folder(const char *path, feat_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
}

static feat_status name_picture(char path[PATH_BYTES], const char *dir, size_t number, const char *extension,
                                feat_error *err)
{
    int length = snprintf(path, PATH_BYTES, "%s/photo_%04zu.%s", dir, number, extension);
    if (length < 0 || length >= PATH_BYTES)
        return feat_fail(err, FEAT_ERR_ARG, "%s: the path is too long", dir);
    return FEAT_OK;
}

static feat_status open_images(bf_set **set, const char *spec, feat_error *err)
{
    feat_status status = bf_set_open(set, spec, err);
    if (status == FEAT_OK && bf_set_get_kind(*set) != BF_SET_IMAGES) {
        bf_set_close(set);
        status = feat_fail(err, FEAT_ERR_ARG, "%s: holds no images", spec);
    }
    return status;
}

/* Crops number first, first + step, ... of one photograph, so that each photograph is decoded once. */
static feat_status crop_photo(const bf_set *set, size_t first, size_t step, const char *dir, size_t n,
                              size_t size, uint8_t *pixels, feat_error *err)
{
    bf_image photo;
    feat_status status = bf_set_read_image(set, first, &photo, err);
    if (status != FEAT_OK)
        return status;
    if (photo.h < size || photo.w < size) {
        status = feat_fail(err, FEAT_ERR_ARG, "%s: %zu x %zu pixels are too few for crops of %zu",
                           bf_set_item_name(set, first), photo.w, photo.h, size);
    }
    for (size_t i = first; status == FEAT_OK && i < n; i += step) {
        char path[PATH_BYTES];
        bf_photo_crop(pixels, size, photo.rgb, photo.h, photo.w, i);
        status = name_picture(path, dir, i + 1, "png", err);
        if (status == FEAT_OK)
            status = bf_photo_write_png(path, pixels, size, size, err);
    }
    bf_image_release(&photo);
    return status;
}

static feat_status make_crops(const char *dir, size_t n, size_t size, const char *spec, feat_error *err)
{
    bf_set *set = NULL;
    uint8_t *pixels = feat_alloc_array(size * size, 3);
    feat_status status = pixels == NULL ? feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture") : FEAT_OK;
    if (status == FEAT_OK)
        status = open_images(&set, spec, err);
    if (status == FEAT_OK)
        status = make_folder(dir, err);
    size_t n_photos = status == FEAT_OK ? bf_set_count(set) : 0;
    for (size_t i = 0; status == FEAT_OK && i < n_photos && i < n; i++)
        status = crop_photo(set, i, n_photos, dir, n, size, pixels, err);
    bf_set_close(&set);
    feat_free(pixels);
    return status;
}

static feat_status degrade_picture(const bf_set *set, size_t index, const char *dir, feat_error *err)
{
    char path[PATH_BYTES];
    bf_image picture;
    feat_status status = bf_set_read_image(set, index, &picture, err);
    if (status != FEAT_OK)
        return status;
    uint8_t *scratch = feat_alloc_array(picture.h * picture.w, 3);
    if (scratch == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to blur %zu x %zu pixels", picture.w, picture.h);
    } else {
        bf_photo_blur(picture.rgb, picture.h, picture.w, BLUR_PASSES, scratch);
        status = name_picture(path, dir, index + 1, "jpg", err);
        if (status == FEAT_OK)
            status = bf_photo_write_jpeg(path, picture.rgb, picture.h, picture.w, JPEG_QUALITY, err);
    }
    feat_free(scratch);
    bf_image_release(&picture);
    return status;
}

static feat_status degrade_set(const char *spec, const char *dir, feat_error *err)
{
    bf_set *set = NULL;
    feat_status status = open_images(&set, spec, err);
    if (status == FEAT_OK)
        status = make_folder(dir, err);
    for (size_t i = 0; status == FEAT_OK && i < bf_set_count(set); i++)
        status = degrade_picture(set, i, dir, err);
    bf_set_close(&set);
    return status;
}

static feat_status paint_pictures(const char *dir, size_t n, size_t size, uint64_t seed, feat_error *err)
{
    uint8_t *pixels = feat_alloc_array(size * size, 3);
    feat_status status = pixels == NULL ? feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture") : FEAT_OK;
    if (status == FEAT_OK)
        status = make_folder(dir, err);
    for (size_t i = 0; status == FEAT_OK && i < n; i++) {
        char path[PATH_BYTES];
        bf_photo_paint(pixels, size, seed * MAX_COUNT + i);
        status = name_picture(path, dir, i + 1, "png", err);
        if (status == FEAT_OK)
            status = bf_photo_write_png(path, pixels, size, size, err);
    }
    feat_free(pixels);
    return status;
}

/* A whole number in [low, high], or SIZE_MAX. */
static size_t parse_number(const char *text, size_t low, size_t high)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    int valid =
        errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && value >= low && value <= high;
    return valid ? (size_t)value : SIZE_MAX;
}

int main(int argc, char **argv)
{
    feat_error err = {FEAT_OK, ""};
    feat_status status;
    const char *verb = argc > 1 ? argv[1] : "";
    feat_files_sync(0); /* thousands of pictures, which can be made again */
    size_t n = argc == 6 ? parse_number(argv[3], 1, MAX_COUNT) : SIZE_MAX;
    size_t size = argc == 6 ? parse_number(argv[4], 8, MAX_SIZE) : SIZE_MAX;
    int counted = n != SIZE_MAX && size != SIZE_MAX;
    size_t seed = argc == 6 ? parse_number(argv[5], 0, 1000000000) : SIZE_MAX;
    if (strcmp(verb, "crops") == 0 && counted) {
        status = make_crops(argv[2], n, size, argv[5], &err);
    } else if (strcmp(verb, "degrade") == 0 && argc == 4) {
        status = degrade_set(argv[2], argv[3], &err);
    } else if (strcmp(verb, "paint") == 0 && counted && seed != SIZE_MAX) {
        status = paint_pictures(argv[2], n, size, seed, &err);
    } else if (strcmp(verb, "rated") == 0 && n != SIZE_MAX &&
               (seed = parse_number(argv[4], 0, 1000000000)) != SIZE_MAX) {
        status = bf_photos_rated(argv[2], n, seed, argv[5], &err);
    } else {
        fputs(usage_text, strcmp(verb, "--help") == 0 ? stdout : stderr);
        return strcmp(verb, "--help") == 0 ? 0 : 2;
    }
    if (status != FEAT_OK)
        bf_say("mkphotos: %s\n", err.message);
    return status == FEAT_OK ? 0 : status == FEAT_ERR_FORMAT || status == FEAT_ERR_UNSUPPORTED ? 3 : 1;
}
