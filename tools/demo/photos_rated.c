/* See photos_rated.h. No part of any metric: evaluated pictures never come here. */
#include "tools/demo/photos_rated.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "tools/formats/csv.h"
#include "tools/photos/photos.h"
#include "tools/sets/set.h"

enum { GRID = 4, PATH_BYTES = 3072 };

static size_t below(uint64_t *s, size_t n)
{
    return (size_t)(feat_splitmix64(s) % n);
}

static uint8_t to_byte(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

const char *bf_spoil_name(bf_spoil kind)
{
    static const char *const names[] = {"blur", "jpeg", "colour", "shuffle", "noise"};
    _Static_assert(sizeof names / sizeof names[0] == BF_N_SPOILS, "a name for each way to spoil");
    return names[kind];
}

int bf_spoil_quality(int level)
{
    static const int quality[] = {95, 70, 50, 35, 25, 17, 10, 6, 3};
    _Static_assert(sizeof quality / sizeof quality[0] == BF_SPOIL_LEVELS + 1, "a quality for each level");
    return quality[level];
}

/* --- spoiling ------------------------------------------------------------------------------------------- */

/* Turns colours about the axis of greys by level * 22.5 degrees: c x + (1 - c) mean + s / sqrt(3) (next - previous),
 * in units of 1/4096. */
static void turn_hues(uint8_t *rgb, size_t n, int level)
{
    static const int cosine[] = {4096, 3784, 2896, 1567, 0, -1567, -2896, -3784, -4096};
    _Static_assert(sizeof cosine / sizeof cosine[0] == BF_SPOIL_LEVELS + 1, "a cosine for each level");
    static const int sine[] = {0, 905, 1672, 2185, 2365, 2185, 1672, 905, 0}; /* / sqrt(3) */
    _Static_assert(sizeof sine / sizeof sine[0] == BF_SPOIL_LEVELS + 1, "a sine for each level");
    int c = cosine[level], s = sine[level];
    for (size_t i = 0; i < n; i++) {
        int v[3] = {rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]};
        int mean = (4096 - c) * (v[0] + v[1] + v[2]) / 3;
        for (size_t k = 0; k < 3; k++)
            rgb[3 * i + k] = to_byte((c * v[k] + mean + s * (v[(k + 2) % 3] - v[(k + 1) % 3]) + 2048) / 4096);
    }
}

static void add_noise(uint8_t *rgb, size_t n, int level, uint64_t *s)
{
    size_t most = 8 * (size_t)level;
    for (size_t i = 0; i < n; i++)
        rgb[i] = to_byte(rgb[i] + (int)below(s, 2 * most + 1) - (int)most);
}

/* 2 * level squares of the grid, drawn without replacement, change places in a ring. Margins that the grid does not
 * reach stay. */
static void move_squares(uint8_t *rgb, size_t h, size_t w, int level, uint64_t *s, uint8_t *scratch)
{
    size_t order[GRID * GRID], moved = 2 * (size_t)level, ph = h / GRID, pw = w / GRID;
    for (size_t i = 0; i < GRID * GRID; i++)
        order[i] = i;
    for (size_t i = 0; i < moved; i++) {
        size_t j = i + below(s, GRID * GRID - i), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    memcpy(scratch, rgb, h * w * 3);
    for (size_t i = 0; i < moved; i++) {
        size_t to = order[i], from = order[(i + 1) % moved];
        for (size_t y = 0; y < ph; y++)
            memcpy(rgb + ((to / GRID * ph + y) * w + to % GRID * pw) * 3,
                   scratch + ((from / GRID * ph + y) * w + from % GRID * pw) * 3, pw * 3);
    }
}

void bf_photo_spoil(uint8_t *rgb, size_t h, size_t w, bf_spoil kind, int level, uint64_t seed, uint8_t *scratch)
{
    uint64_t s = seed;
    if (kind == BF_SPOIL_BLUR)
        bf_photo_blur(rgb, h, w, level, scratch);
    else if (kind == BF_SPOIL_COLOUR)
        turn_hues(rgb, h * w, level);
    else if (kind == BF_SPOIL_SHUFFLE && level > 0)
        move_squares(rgb, h, w, level, &s, scratch);
    else if (kind == BF_SPOIL_NOISE)
        add_noise(rgb, h * w * 3, level, &s);
}

/* --- rating --------------------------------------------------------------------------------------------- */

unsigned bf_rater_believes(int level, unsigned rater)
{
    /* 1000 / (1 + exp(0.55 level - 1.3)) */
    static const unsigned believed[] = {786, 679, 550, 413, 289, 190, 119, 72, 43};
    _Static_assert(sizeof believed / sizeof believed[0] == BF_SPOIL_LEVELS + 1, "a share for each level");
    int seen = level + (int)(rater % 3) - 1;
    return believed[seen < 0 ? 0 : seen > BF_SPOIL_LEVELS ? BF_SPOIL_LEVELS : seen];
}

/* --- files ---------------------------------------------------------------------------------------------- */

typedef struct rating {
    const char *dir;
    bf_set *set;
    size_t *order; /* of the photographs; the next one to use is order[used] */
    size_t used;
    uint64_t random;
    bf_text labels;
} rating;

static feat_status make_folder(const char *dir, const char *name, feat_error *err)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s%s%s", dir, *name ? "/" : "", name);
    if (n < 0 || n >= PATH_BYTES)
        return feat_fail(err, FEAT_ERR_ARG, "%s: the path is too long", dir);
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
}

static void rate(rating *r, const char *name, const char *group, int truth, int level)
{
    unsigned first = (unsigned)below(&r->random, BF_RATERS);
    for (unsigned k = 0; k < BF_RATINGS; k++) {
        unsigned rater = (first + 7 * k) % BF_RATERS; /* 7 k: different raters of all three kinds */
        int real = below(&r->random, 1000) < bf_rater_believes(level, rater);
        bf_text_print(&r->labels, "%s,rater%u,%d,%s,%d\n", name, rater, real, group, truth);
    }
}

/* The next photograph, spoilt; kind BF_N_SPOILS: as it is. */
static feat_status make_picture(rating *r, const char *group, bf_spoil kind, size_t number, feat_error *err)
{
    char path[PATH_BYTES], name[64];
    bf_image photo;
    bool real = kind == BF_N_SPOILS;
    int level = real ? 0 : (int)below(&r->random, 5 + (size_t)kind);
    uint64_t seed = feat_splitmix64(&r->random);
    snprintf(name, sizeof name, "%s/%04zu.%s", group, number, kind == BF_SPOIL_JPEG ? "jpg" : "png");
    snprintf(path, sizeof path, "%.2900s/%.60s", r->dir, name);
    feat_status status = bf_set_read_image(r->set, r->order[r->used++], &photo, err);
    if (status != FEAT_OK)
        return status;
    uint8_t *scratch = feat_alloc_array(photo.h * photo.w, 3);
    if (scratch == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to spoil %zu x %zu pixels", photo.w, photo.h);
    if (status == FEAT_OK && !real)
        bf_photo_spoil(photo.rgb, photo.h, photo.w, kind, level, seed, scratch);
    if (status == FEAT_OK)
        status = kind == BF_SPOIL_JPEG
                     ? bf_photo_write_jpeg(path, photo.rgb, photo.h, photo.w, bf_spoil_quality(level), err)
                     : bf_photo_write_png(path, photo.rgb, photo.h, photo.w, err);
    rate(r, name, group, real, level);
    feat_free(scratch);
    bf_image_release(&photo);
    return status;
}

static feat_status deal(rating *r, size_t n, feat_error *err)
{
    size_t count = bf_set_count(r->set);
    if (bf_set_get_kind(r->set) != BF_SET_IMAGES || count / (BF_N_SPOILS + 1) < n)
        return feat_fail(err, FEAT_ERR_ARG, "%s: %d sets of %zu pictures need as many photographs, it has %zu",
                         bf_set_spec(r->set), BF_N_SPOILS + 1, n,
                         bf_set_get_kind(r->set) == BF_SET_IMAGES ? count : 0);
    r->order = feat_alloc_array(count, sizeof *r->order);
    if (r->order == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to deal %zu photographs", count);
    for (size_t i = 0; i < count; i++)
        r->order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = below(&r->random, i), t = r->order[i - 1];
        r->order[i - 1] = r->order[j];
        r->order[j] = t;
    }
    return make_folder(r->dir, "", err);
}

feat_status bf_photos_rated(const char *dir, size_t n, uint64_t seed, const char *spec, feat_error *err)
{
    rating r = {.dir = dir, .random = seed};
    char path[PATH_BYTES];
    feat_status status = bf_set_open(&r.set, spec, err);
    if (status == FEAT_OK)
        status = deal(&r, n, err);
    bf_text_print(&r.labels, "image,rater,label,group,truth\n");
    for (int kind = 0; kind <= BF_N_SPOILS && status == FEAT_OK; kind++) {
        const char *group = kind < BF_N_SPOILS ? bf_spoil_name((bf_spoil)kind) : "real";
        status = make_folder(dir, group, err);
        for (size_t i = 0; i < n && status == FEAT_OK; i++)
            status = make_picture(&r, group, (bf_spoil)kind, i, err);
    }
    snprintf(path, sizeof path, "%.2900s/labels.csv", dir);
    if (status == FEAT_OK)
        status = bf_text_write(&r.labels, path, err);
    bf_text_free(&r.labels);
    feat_free(r.order);
    bf_set_close(&r.set);
    return status;
}
