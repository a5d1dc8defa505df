/* Mean and covariance as pytorch-fid and clean-fid keep them: two arrays in an .npz. Shapes are looked at before
 * there is memory for numbers; the numbers, when both are there. */
#include "metrics/moments/stored_stats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"
#include "engine/files/not_fetched.h"
#include "engine/files/npy_read.h"
#include "engine/files/npy_write.h"

enum { MAX_DIM = 65536, NAME_BYTES = 256 };
static const double most_images = 9e15; /* integers up to here are doubles */

/* --- what an archive has ---------------------------------------------------------------------------------- */

static size_t find_member(const feat_archive *zip, const char *name)
{
    char member[NAME_BYTES];
    int n = snprintf(member, sizeof member, "%s.npy", name);
    return n > 0 && (size_t)n < sizeof member ? feat_archive_find(zip, member) : SIZE_MAX;
}

bool gmet_stats_has(const feat_archive *zip, const gmet_stats_names *names)
{
    return find_member(zip, names->mean) != SIZE_MAX && find_member(zip, names->covariance) != SIZE_MAX;
}

bool gmet_stats_find(gmet_stats_names *names, const feat_archive *zip)
{
    static const gmet_stats_names known[] = {{"mu", "sigma"}, {"mean", "cov"}, {"m", "s"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (gmet_stats_has(zip, &known[i])) {
            *names = known[i];
            return true;
        }
    return false;
}

/* --- checks ----------------------------------------------------------------------------------------------- */

feat_status gmet_stats_check_finite(const char *file, const char *what, const double *x, size_t n, size_t columns,
                                    feat_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return feat_fail(err, FEAT_ERR_NUMERIC, "%s: %s: row %zu, column %zu is NaN or infinite", file, what,
                             i / columns, i % columns);
    return FEAT_OK;
}

feat_status gmet_stats_check_symmetric(const char *file, const char *what, const double *x, size_t d, feat_error *err)
{
    double largest = 0.0;
    for (size_t i = 0; i < d; i++)
        largest = fabs(x[i * d + i]) > largest ? fabs(x[i * d + i]) : largest;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++)
            if (!(fabs(x[i * d + j] - x[j * d + i]) <= 1e-4 * largest))
                return feat_fail(err, FEAT_ERR_NUMERIC,
                                 "%s: %s: not symmetric: row %zu, column %zu is %.6g, row %zu, column %zu is %.6g",
                                 file, what, i, j, x[i * d + j], j, i, x[j * d + i]);
    return FEAT_OK;
}

/* Of both; what they are called is for messages. */
static feat_status check_numbers(const gmet_stats *s, const gmet_stats_names *names, const char *file, feat_error *err)
{
    feat_status status = gmet_stats_check_finite(file, names->mean, s->mu, s->d, s->d, err);
    return status == FEAT_OK ? gmet_stats_check_finite(file, names->covariance, s->sigma, s->d * s->d, s->d, err)
                             : status;
}

/* A row of numbers, d of them unless that is 0; a single one too. */
static feat_status check_mean(const feat_npy_info *info, const char *name, size_t d, const char *file, feat_error *err)
{
    char text[128];
    bool vector = info->rank <= 1 || (info->rank == 2 && (info->shape[0] == 1 || info->shape[1] == 1));
    if (!vector || info->n_items == 0 || info->n_items > MAX_DIM)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: one row of numbers expected, %s found", file, name,
                         feat_npy_describe(text, sizeof text, info));
    if (d != 0 && info->n_items != d)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: %s: %zu columns expected, %zu found: statistics of another network or layer", file, name,
                         d, info->n_items);
    return FEAT_OK;
}

static feat_status check_covariance(const feat_npy_info *info, const gmet_stats_names *names, size_t d,
                                    const char *file, feat_error *err)
{
    char text[128];
    bool square =
        info->rank == 2 ? info->shape[0] == d && info->shape[1] == d : info->rank < 2 && d == 1 && info->n_items == 1;
    if (!square)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: [%zu][%zu] expected to go with %s, %s found", file,
                         names->covariance, d, d, names->mean, feat_npy_describe(text, sizeof text, info));
    return FEAT_OK;
}

/* --- loading ---------------------------------------------------------------------------------------------- */

/* All elements of an array, in memory that the caller frees. */
static feat_status take_numbers(double **out, const feat_array *a, const char *file, feat_error *err)
{
    *out = feat_alloc_array(a->info.n_items, sizeof **out);
    if (*out == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", file);
    return feat_array_doubles(a, *out, err);
}

static feat_status load_mean(gmet_stats *out, const feat_archive *zip, const char *name, size_t d, const char *file,
                             feat_error *err)
{
    feat_array a;
    feat_status status = feat_array_open_member(&a, zip, find_member(zip, name), err);
    if (status != FEAT_OK)
        return status;
    status = check_mean(&a.info, name, d, file, err);
    if (status == FEAT_OK)
        status = take_numbers(&out->mu, &a, file, err);
    out->d = a.info.n_items;
    feat_array_close(&a);
    return status;
}

static feat_status load_covariance(gmet_stats *out, const feat_archive *zip, const gmet_stats_names *names,
                                   const char *file, feat_error *err)
{
    feat_array a;
    feat_status status = feat_array_open_member(&a, zip, find_member(zip, names->covariance), err);
    if (status != FEAT_OK)
        return status;
    status = check_covariance(&a.info, names, out->d, file, err);
    if (status == FEAT_OK)
        status = take_numbers(&out->sigma, &a, file, err);
    feat_array_close(&a);
    return status;
}

feat_status gmet_stats_load(gmet_stats *out, const feat_archive *zip, const gmet_stats_names *names, size_t d,
                            const char *file, feat_error *err)
{
    *out = (gmet_stats){.n = 0};
    feat_status status = load_mean(out, zip, names->mean, d, file, err);
    if (status == FEAT_OK)
        status = load_covariance(out, zip, names, file, err);
    if (status == FEAT_OK)
        status = check_numbers(out, names, file, err);
    if (status != FEAT_OK)
        gmet_stats_release(out);
    return status;
}

feat_status gmet_stats_load_count(size_t *n, const feat_archive *zip, const char *file, feat_error *err)
{
    size_t member = find_member(zip, "n");
    double count = 0.0;
    feat_array a;
    *n = 0;
    if (member == SIZE_MAX)
        return FEAT_OK;
    feat_status status = feat_array_open_member(&a, zip, member, err);
    if (status != FEAT_OK)
        return status;
    if (a.info.n_items == 1)
        status = feat_array_doubles(&a, &count, err);
    if (status == FEAT_OK && (a.info.n_items != 1 || !(count >= 0.0 && count <= most_images) || count != floor(count)))
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: n is not a number of images", file);
    if (status == FEAT_OK)
        *n = (size_t)count;
    feat_array_close(&a);
    return status;
}

/* --- for callers of the library --------------------------------------------------------------------------- */

void gmet_stats_options_init(gmet_stats_options *options, size_t size)
{
    static const gmet_stats_options defaults = {.struct_size = sizeof defaults};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

void gmet_stats_release(gmet_stats *stats)
{
    if (stats == NULL)
        return;
    feat_free(stats->mu);
    feat_free(stats->sigma);
    *stats = (gmet_stats){.n = 0};
}

/* What is no archive may be something known. */
static feat_status open_archive(feat_archive **zip, const char *path, feat_error *err)
{
    static const char advice[] = "; numpy.savez(FILE, mu=mu, sigma=sigma) makes one of its numbers";
    uint8_t head[64];
    int fd = -1;
    uint64_t bytes = 0;
    feat_status status = feat_archive_open(zip, path, NULL, err);
    if (status != FEAT_ERR_FORMAT || feat_file_open(&fd, &bytes, path, NULL) != FEAT_OK)
        return status;
    size_t n = bytes < sizeof head ? (size_t)bytes : sizeof head;
    bool known = feat_file_read_at(fd, head, n, 0, path, NULL) == FEAT_OK;
    const char *other = known ? feat_not_fetched(head, n) : NULL;
    bool npy = known && n >= 6 && memcmp(head, "\x93NUMPY", 6) == 0;
    feat_file_close(&fd);
    if (other != NULL || npy || (known && n > 0 && head[0] == 0x80))
        return feat_fail(err, status, "%s: mean and covariance in an .npz expected, found %s%s", path,
                         other != NULL ? other
                         : npy         ? "an .npy"
                                       : "a pickle",
                         other != NULL ? "" : advice);
    return status;
}

static feat_status choose_names(gmet_stats_names *names, const feat_archive *zip, const gmet_stats_options *options,
                                const char *path, feat_error *err)
{
    char found[256];
    *names = (gmet_stats_names){options->mean, options->covariance};
    if (options->mean == NULL ? gmet_stats_find(names, zip) : gmet_stats_has(zip, names))
        return FEAT_OK;
    feat_archive_list(zip, found, sizeof found);
    if (options->mean == NULL)
        return feat_fail(
            err, FEAT_ERR_FORMAT,
            "%s: mean and covariance (mu and sigma, mean and cov, or m and s) expected in it, found %s; if "
            "they have other names, give these in the options",
            path, found);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: the arrays %.80s and %.80s expected in it, found %s", path,
                     options->mean, options->covariance, found);
}

/* From an open archive all that gmet_stats_read gives. */
static feat_status read_all(gmet_stats *out, const feat_archive *zip, const gmet_stats_options *options,
                            const char *path, feat_error *err)
{
    gmet_stats_names names;
    feat_status status = choose_names(&names, zip, options, path, err);
    if (status == FEAT_OK)
        status = gmet_stats_load(out, zip, &names, options->d, path, err);
    if (status == FEAT_OK)
        status = gmet_stats_check_symmetric(path, names.covariance, out->sigma, out->d, err);
    if (status == FEAT_OK)
        status = gmet_stats_load_count(&out->n, zip, path, err);
    return status;
}

feat_status gmet_stats_read(gmet_stats *out, const gmet_stats_options *options, const char *path, feat_error *err)
{
    if (out == NULL || path == NULL)
        return feat_null(err, __func__);
    gmet_stats_options o;
    feat_archive *zip = NULL;
    *out = (gmet_stats){.n = 0};
    gmet_stats_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_stats_options", err);
    if (status == FEAT_OK && (o.mean == NULL) != (o.covariance == NULL))
        status =
            feat_fail(err, FEAT_ERR_ARG, "%s: names of both arrays expected or of neither, found only that of the %s",
                      path, o.mean != NULL ? "mean" : "covariance");
    if (status == FEAT_OK)
        status = open_archive(&zip, path, err);
    if (status == FEAT_OK)
        status = read_all(out, zip, &o, path, err);
    feat_archive_close(&zip);
    if (status != FEAT_OK)
        gmet_stats_release(out);
    return status;
}

feat_status gmet_stats_write(const gmet_stats *stats, const char *path, feat_error *err)
{
    if (stats == NULL || path == NULL)
        return feat_null(err, __func__);
    const gmet_stats_names names = {"mu", "sigma"};
    const int64_t n = (int64_t)stats->n;
    const size_t d = stats->d;
    const feat_npz_array arrays[] = {{names.mean, 'd', 1, {d, 0}, stats->mu},
                                     {names.covariance, 'd', 2, {d, d}, stats->sigma},
                                     {"n", 'q', 0, {0, 0}, &n}};
    if (d == 0 || d > MAX_DIM || stats->mu == NULL || stats->sigma == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: mu and sigma of 1 to %d columns expected, %zu columns found%s", path,
                         (int)MAX_DIM, d, stats->mu == NULL || stats->sigma == NULL ? ", one of them NULL" : "");
    if ((double)stats->n > most_images)
        return feat_fail(err, FEAT_ERR_ARG, "%s: n is not a number of images: %zu", path, stats->n);
    feat_status status = check_numbers(stats, &names, path, err);
    if (status == FEAT_OK)
        status = gmet_stats_check_symmetric(path, names.covariance, stats->sigma, d, err);
    return status == FEAT_OK ? feat_npz_write(path, arrays, stats->n > 0 ? 3 : 2, err) : status;
}
