/* Model files. The arrays in the order of write_all are hashed with their names and shapes; the sum is the
 * last array. */
#include "tools/judge/judge_file.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/files/npy_read.h"
#include "engine/files/npy_write.h"
#include "tools/formats/json_read.h"
#include "tools/formats/json_write.h"
#include "tools/formats/zip.h"
#include "tools/options/weights_find.h"

enum { FORMAT = 1, MAX_ARRAYS = 20, MAX_CONFIG = 1 << 16 };

/* --- the sum -------------------------------------------------------------------------------------------- */

static size_t count_of(size_t rank, const size_t *shape)
{
    size_t n = 1;
    for (size_t i = 0; i < rank; i++)
        n *= shape[i];
    return n;
}

static void add_to_sum(feat_sha256 *h, const char *name, size_t rank, const size_t *shape, const void *data,
                       size_t item)
{
    char head[128];
    snprintf(head, sizeof head, "%s %zu %zu %zu\n", name, rank, rank > 0 ? shape[0] : 0,
             rank > 1 ? shape[1] : 0);
    feat_sha256_update(h, head, strlen(head));
    feat_sha256_update(h, data, count_of(rank, shape) * item);
}

static void add_text_to_sum(feat_sha256 *h, const char *name, const char *text)
{
    const size_t shape[2] = {strlen(text), 0};
    add_to_sum(h, name, 1, shape, text, 1);
}

/* --- writing ------------------------------------------------------------------------------------------ */

static const char *config_text(bf_json *j, const bf_judge_file *file, const gmet_judge_ref_parts *ref,
                               const gmet_judge_model_parts *model)
{
    char name[24], weights[sizeof file->origin.weights];
    snprintf(weights, sizeof weights, "%s", file->origin.weights);
    for (char *c = weights; *c != 0; c++) /* arrays of text are read back byte for byte: no more than ASCII */
        if ((unsigned char)*c > 126)
            *c = '?';
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "model", gmet_judge_kind_name(model->kind));
    bf_json_number(j, "lambda", model->lambda);
    bf_json_number(j, "h", model->h);
    bf_json_integer(j, "blocks", ref->options->blocks);
    bf_json_integer(j, "k", ref->options->k);
    bf_json_integer(j, "pca", ref->options->pca);
    bf_json_integer(j, "components", ref->options->components);
    bf_json_integer(j, "mixture", ref->options->mixture);
    bf_json_number(j, "lam", ref->lam);
    bf_json_open(j, "statistics", '[');
    for (size_t i = 0; i < gmet_judge_n_features(file->ref); i++)
        bf_json_string(j, NULL, gmet_judge_feature_name(file->ref, i, name));
    bf_json_close(j, ']');
    if (file->origin.network[0] != 0)
        bf_json_string(j, "network", file->origin.network);
    bf_json_string(j, "preset", file->origin.preset);
    bf_json_string(j, "tap", file->origin.tap);
    bf_json_string(j, "weights", weights);
    bf_json_integer(j, "images", file->origin.images);
    bf_json_integer(j, "labels", file->origin.labels);
    bf_json_number(j, "p_real", file->origin.p_real);
    bf_json_close(j, '}');
    return bf_json_text(j);
}

typedef struct writing {
    feat_npz_array arrays[MAX_ARRAYS];
    size_t n;
    feat_sha256 sum;
} writing;

static void add(writing *w, const char *name, char kind, size_t rows, size_t columns, const void *data)
{
    feat_npz_array a = {.name = name, .kind = kind, .rank = columns > 0 ? 2 : 1, .data = data};
    if (rows == 0)
        return;
    a.shape[0] = rows;
    a.shape[1] = columns;
    add_to_sum(&w->sum, name, a.rank, a.shape, data, kind == 'f' ? 4 : 8);
    w->arrays[w->n++] = a;
}

feat_status bf_judge_file_write(const char *path, const bf_judge_file *file, feat_error *err)
{
    static const int64_t format = FORMAT;
    gmet_judge_ref_parts ref;
    gmet_judge_model_parts model;
    bf_json j = {0};
    writing w = {.n = 0};
    unsigned char digest[32];
    char hex[65];
    gmet_judge_ref_view(&ref, file->ref);
    gmet_judge_model_view(&model, file->model);
    if (model.kind == GMET_JUDGE_TRUTH || model.kind == GMET_JUDGE_GROUP)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: a model '%s' needs to know the answer; it cannot be kept", path,
                         gmet_judge_kind_name(model.kind));
    const char *config = config_text(&j, file, &ref, &model);
    if (config == NULL) {
        bf_json_free(&j);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write it", path);
    }
    feat_sha256_init(&w.sum);
    w.arrays[w.n++] = (feat_npz_array){"format", 'q', 0, {0, 0}, &format};
    w.arrays[w.n++] = (feat_npz_array){"config", 'U', 0, {0, 0}, config};
    add_text_to_sum(&w.sum, "config", config);
    add(&w, "ref", ref.x.f != NULL ? 'f' : 'd', ref.x.n, ref.x.d,
        ref.x.f != NULL ? (const void *)ref.x.f : (const void *)ref.x.g);
    add(&w, "radii", 'd', ref.x.n, 0, ref.radii);
    add(&w, "mu", 'd', ref.d, 0, ref.mu);
    add(&w, "V", 'd', ref.n_axes, ref.d, ref.axes);
    add(&w, "w", 'd', ref.n_axes, 0, ref.w);
    add(&w, "real_p", 'd', ref.n_classes, 0, ref.real_p);
    add(&w, "mixture", 'd', ref.n_mix, ref.n_mix > 0 ? 1 + ref.mix_d + ref.mix_d * ref.mix_d : 0, ref.mix);
    add(&w, "feat_mean", 'd', model.p, 0, model.mean);
    add(&w, "feat_sd", 'd', model.p, 0, model.scale);
    add(&w, "coef", 'd', 1 + model.p, 0, model.coef);
    add(&w, "train_x", 'd', model.n_points, model.p, model.points);
    add(&w, "alpha", 'd', model.n_points, 0, model.alpha);
    feat_sha256_final(&w.sum, digest);
    feat_hex(hex, digest);
    w.arrays[w.n++] = (feat_npz_array){"sha256", 'U', 0, {0, 0}, hex};
    feat_status status = feat_npz_write(path, w.arrays, w.n, err);
    bf_json_free(&j);
    return status;
}

/* --- reading
 * ------------------------------------------------------------------------------------------------ */

/* One array as it was read. */
typedef struct held {
    double *g;
    float *f;
    size_t rank, shape[2];
} held;

enum {
    A_REF,
    A_RADII,
    A_MU,
    A_V,
    A_W,
    A_REAL_P,
    A_MIXTURE,
    A_MEAN,
    A_SD,
    A_COEF,
    A_POINTS,
    A_ALPHA,
    N_ARRAYS
};
static const char *const array_names[] = {
    "ref", "radii", "mu", "V", "w", "real_p", "mixture", "feat_mean", "feat_sd", "coef", "train_x", "alpha"};
_Static_assert(sizeof array_names / sizeof array_names[0] == N_ARRAYS, "a name for each array");

typedef struct reading {
    const char *path;
    feat_archive *zip;
    held arrays[N_ARRAYS];
    char *config, *sum;
    bf_jsonread *json;
    feat_sha256 hash;
} reading;

static feat_status open_member(const reading *r, const char *name, feat_array *a, bool *there, feat_error *err)
{
    char member[64];
    snprintf(member, sizeof member, "%s.npy", name);
    size_t at = feat_archive_find(r->zip, member);
    *there = at != SIZE_MAX;
    return *there ? feat_array_open_member(a, r->zip, at, err) : FEAT_OK;
}

/* A text of ASCII, as config and sum are. */
static feat_status read_text(const reading *r, const char *name, char **text, feat_error *err)
{
    feat_array a;
    bool there;
    uint8_t *units = NULL;
    feat_status status = open_member(r, name, &a, &there, err);
    if (status != FEAT_OK)
        return status;
    if (!there)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: is no judge's model: it has no array '%s'", r->path, name);
    size_t n = a.info.n_bytes / 4;
    if (a.info.kind != 'U' || a.info.rank != 0 || n > MAX_CONFIG) {
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: array '%s' is not a text", r->path, name);
        goto done;
    }
    units = feat_alloc(a.info.n_bytes);
    *text = feat_alloc(n + 1);
    if (units == NULL || *text == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", r->path);
        goto done;
    }
    status = feat_array_read(&a, units, 0, a.info.n_bytes, err);
    for (size_t i = 0; i < n && status == FEAT_OK; i++) {
        (*text)[i] = (char)units[4 * i];
        if (units[4 * i] > 126 || units[4 * i + 1] != 0 || units[4 * i + 2] != 0 || units[4 * i + 3] != 0)
            status = feat_fail(err, FEAT_ERR_FORMAT, "%s: array '%s' holds strange characters", r->path, name);
    }
    (*text)[n] = 0;
done:
    feat_free(units);
    feat_array_close(&a);
    return status;
}

static feat_status read_doubles(reading *r, size_t which, const feat_array *a, feat_error *err)
{
    held *out = &r->arrays[which];
    const char *name = array_names[which];
    bool floats = a->info.item == 4;
    bool right_type = a->info.kind == 'f' && (a->info.item == 8 || (floats && which == A_REF));
    if (!right_type || a->info.rank < 1 || a->info.rank > 2 || a->info.n_items == 0 || a->info.fortran)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: array '%s' is not what a model holds", r->path, name);
    out->rank = a->info.rank;
    out->shape[0] = a->info.shape[0];
    out->shape[1] = out->rank > 1 ? a->info.shape[1] : 0;
    void *data = feat_alloc(a->info.n_bytes);
    if (data == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for array '%s'", r->path, name);
    if (floats)
        out->f = data;
    else
        out->g = data;
    feat_status status = feat_array_read(a, data, 0, a->info.n_bytes, err);
    if (status == FEAT_OK)
        add_to_sum(&r->hash, name, out->rank, out->shape, data, a->info.item);
    return status;
}

static feat_status read_arrays(reading *r, feat_error *err)
{
    unsigned char digest[32];
    char hex[65];
    feat_status status = read_text(r, "config", &r->config, err);
    if (status == FEAT_OK)
        status = read_text(r, "sha256", &r->sum, err);
    if (status != FEAT_OK)
        return status;
    feat_sha256_init(&r->hash);
    add_text_to_sum(&r->hash, "config", r->config);
    for (size_t i = 0; i < N_ARRAYS && status == FEAT_OK; i++) {
        feat_array a;
        bool there;
        status = open_member(r, array_names[i], &a, &there, err);
        if (status != FEAT_OK || !there)
            continue;
        status = read_doubles(r, i, &a, err);
        feat_array_close(&a);
    }
    if (status != FEAT_OK)
        return status;
    feat_sha256_final(&r->hash, digest);
    feat_hex(hex, digest);
    if (strcmp(hex, r->sum) != 0)
        return feat_fail(err, FEAT_ERR_CHECKSUM,
                         "%s: its content is not what was written: SHA-256 %.16s..., expected %.16s...",
                         r->path, hex, r->sum);
    return FEAT_OK;
}

static feat_status read_format(const reading *r, feat_error *err)
{
    feat_array a;
    bool there;
    double format = 0.0;
    feat_status status = open_member(r, "format", &a, &there, err);
    if (status != FEAT_OK)
        return status;
    if (!there)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: is no judge's model: it has no array 'format'", r->path);
    if (a.info.n_items != 1 || a.info.kind != 'i')
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: array 'format' is not a number", r->path);
    else
        status = feat_array_doubles(&a, &format, err);
    if (status == FEAT_OK && format != (double)FORMAT)
        status = feat_fail(err, FEAT_ERR_VERSION, "%s: is a model of format %g; this version reads %d", r->path,
                           format, FORMAT);
    feat_array_close(&a);
    return status;
}

static feat_status read_size(const reading *r, const char *key, size_t *value, feat_error *err)
{
    uint64_t number = 0;
    feat_status status = bf_jsonread_integer(r->json, 0, key, &number, err);
    *value = (size_t)number;
    return status;
}

static feat_status read_config(const reading *r, gmet_judge_ref_options *options, gmet_judge_ref_parts *ref,
                               gmet_judge_model_parts *model, bf_judge_origin *origin, feat_error *err)
{
    const char *kind = "", *network = "", *preset = "", *tap = "", *weights = "";
    size_t blocks = 0;
    feat_status status = bf_jsonread_string(r->json, 0, "model", &kind, err);
    if (status == FEAT_OK)
        status = bf_jsonread_number(r->json, 0, "lambda", &model->lambda, err);
    if (status == FEAT_OK)
        status = bf_jsonread_number(r->json, 0, "h", &model->h, err);
    if (status == FEAT_OK)
        status = bf_jsonread_number(r->json, 0, "lam", &ref->lam, err);
    if (status == FEAT_OK)
        status = read_size(r, "blocks", &blocks, err);
    if (status == FEAT_OK)
        status = read_size(r, "k", &options->k, err);
    if (status == FEAT_OK)
        status = read_size(r, "pca", &options->pca, err);
    if (status == FEAT_OK)
        status = read_size(r, "components", &options->components, err);
    if (status == FEAT_OK)
        status = read_size(r, "mixture", &options->mixture, err);
    if (status == FEAT_OK && bf_jsonread_find(r->json, 0, "network") != BF_JSON_NONE)
        status = bf_jsonread_string(r->json, 0, "network", &network, err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, 0, "preset", &preset, err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, 0, "tap", &tap, err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(r->json, 0, "weights", &weights, err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, 0, "images", &origin->images, err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(r->json, 0, "labels", &origin->labels, err);
    if (status == FEAT_OK)
        status = bf_jsonread_number(r->json, 0, "p_real", &origin->p_real, err);
    if (status != FEAT_OK)
        return status;
    options->blocks = blocks <= UINT32_MAX ? (uint32_t)blocks : 0;
    snprintf(origin->network, sizeof origin->network, "%s", network);
    snprintf(origin->preset, sizeof origin->preset, "%s", preset);
    snprintf(origin->tap, sizeof origin->tap, "%s", tap);
    snprintf(origin->weights, sizeof origin->weights, "%s", weights);
    for (int i = GMET_JUDGE_LOGISTIC; i <= GMET_JUDGE_CONST; i++)
        if (strcmp(kind, gmet_judge_kind_name((gmet_judge_kind)i)) == 0) {
            model->kind = (gmet_judge_kind)i;
            return FEAT_OK;
        }
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: holds a model '%.40s', which this version does not know",
                     r->path, kind);
}

/* Whether the arrays have the shapes that the first of them calls for. */
static bool shapes_match(const reading *r)
{
    const held *a = r->arrays;
    size_t m = a[A_REF].shape[0], d = a[A_MU].shape[0], axes = a[A_V].shape[0], p = a[A_MEAN].shape[0];
    size_t points = a[A_POINTS].shape[0], mix = 0;
    while (mix * mix < a[A_MIXTURE].shape[1])
        mix++; /* 1 + q + q^2 lies between q^2 and (q + 1)^2 */
    mix = mix > 0 ? mix - 1 : 0;
    return a[A_REF].rank == 2 && a[A_V].rank == 2 && a[A_RADII].rank == 1 && a[A_RADII].shape[0] == m &&
           a[A_MU].rank == 1 && a[A_V].shape[1] == d && a[A_W].rank == 1 && a[A_W].shape[0] == axes &&
           a[A_REAL_P].rank <= 1 && a[A_MEAN].rank == 1 && a[A_SD].rank == 1 && a[A_SD].shape[0] == p &&
           a[A_COEF].rank == 1 && a[A_COEF].shape[0] == p + 1 && a[A_MIXTURE].rank != 1 &&
           (a[A_MIXTURE].rank == 0 || a[A_MIXTURE].shape[1] == 1 + mix + mix * mix) &&
           (a[A_POINTS].rank == 0 || (a[A_POINTS].rank == 2 && a[A_POINTS].shape[1] == p)) &&
           (a[A_POINTS].rank == 0 || (a[A_ALPHA].rank == 1 && a[A_ALPHA].shape[0] == points));
}

static feat_status build(const reading *r, bf_judge_file *file, feat_error *err)
{
    const held *a = r->arrays;
    gmet_judge_ref_options options;
    gmet_judge_ref_options_init(&options, sizeof options);
    gmet_judge_ref_parts ref = {.options = &options, .d = a[A_MU].shape[0]};
    gmet_judge_model_parts model = {.p = a[A_MEAN].shape[0]};
    feat_status status = read_config(r, &options, &ref, &model, &file->origin, err);
    if (status != FEAT_OK)
        return status;
    if (!shapes_match(r))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: its arrays do not fit each other", r->path);
    ref.x = (gmet_judge_rows){a[A_REF].f, a[A_REF].g, a[A_REF].shape[0], a[A_REF].shape[1]};
    ref.radii = a[A_RADII].g;
    ref.mu = a[A_MU].g;
    ref.n_axes = a[A_V].shape[0];
    ref.axes = a[A_V].g;
    ref.w = a[A_W].g;
    ref.n_classes = a[A_REAL_P].shape[0];
    ref.real_p = a[A_REAL_P].g;
    ref.n_mix = a[A_MIXTURE].shape[0];
    while ((ref.mix_d + 1) * (ref.mix_d + 1) + ref.mix_d + 2 <= a[A_MIXTURE].shape[1])
        ref.mix_d++;
    ref.mix = a[A_MIXTURE].g;
    model.mean = a[A_MEAN].g;
    model.scale = a[A_SD].g;
    model.coef = a[A_COEF].g;
    model.n_points = a[A_POINTS].shape[0];
    model.points = a[A_POINTS].g;
    model.alpha = a[A_ALPHA].g;
    feat_error why = {FEAT_OK, ""};
    status = gmet_judge_ref_restore(&file->ref, &ref, &why);
    if (status == FEAT_OK)
        status = gmet_judge_model_restore(&file->model, &model, &why);
    if (status == FEAT_OK && gmet_judge_n_features(file->ref) != model.p)
        status = feat_fail(&why, FEAT_ERR_FORMAT, "%zu statistics, but coefficients for %zu",
                           gmet_judge_n_features(file->ref), model.p);
    if (status != FEAT_OK)
        return feat_fail(err, status == FEAT_ERR_NOMEM ? status : FEAT_ERR_FORMAT, "%s: %.400s", r->path,
                         why.message);
    return FEAT_OK;
}

feat_status bf_judge_file_read(bf_judge_file *file, const char *path, feat_error *err)
{
    reading r = {.path = path};
    *file = (bf_judge_file){0};
    feat_status status = bf_zip_open(&r.zip, path, err);
    if (status == FEAT_OK)
        status = read_format(&r, err);
    if (status == FEAT_OK)
        status = read_arrays(&r, err);
    if (status == FEAT_OK)
        status = bf_jsonread_text(&r.json, path, r.config, strlen(r.config), err);
    if (status == FEAT_OK)
        status = build(&r, file, err);
    bf_jsonread_close(&r.json);
    for (size_t i = 0; i < N_ARRAYS; i++) {
        feat_free(r.arrays[i].f);
        feat_free(r.arrays[i].g);
    }
    feat_free(r.config);
    feat_free(r.sum);
    feat_archive_close(&r.zip);
    if (status != FEAT_OK)
        bf_judge_file_close(file);
    return status;
}

void bf_judge_file_close(bf_judge_file *file)
{
    gmet_judge_ref_close(&file->ref);
    gmet_judge_model_close(&file->model);
    *file = (bf_judge_file){0};
}

/* --- what it is for ------------------------------------------------------------------------------------- */

const char *bf_judge_network_of(const char *variant)
{
    const char *name = bf_network_name(variant);
    return name != NULL ? name : "";
}

static feat_status check_origin(const bf_judge_origin *origin, const bf_judge_given *given, const char *path,
                                feat_error *err)
{
    const char *network = bf_judge_network_of(given->variant), *weights = given->weights;
    if (origin->network[0] != 0 && network[0] != 0 && strcmp(network, origin->network) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s was trained on features of %s, and %.200s is of %s: use --network %s, or train again",
                         path, origin->network, given->name, network, origin->network);
    if (origin->weights[0] == 0 || weights[0] == 0)
        return FEAT_OK;
    if (strcmp(given->preset, origin->preset) != 0 || strcmp(given->tap, origin->tap) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s was trained with --preset %s and tap %s, not %s and %s: use those, or train again", path,
                         origin->preset, origin->tap, given->preset, given->tap);
    const char *mine = strstr(weights, " sha256:"), *its = strstr(origin->weights, " sha256:");
    if (mine != NULL && its != NULL && strcmp(mine, its) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s was trained with other weights: %.100s, not %.100s: use those, or train again", path,
                         origin->weights, weights);
    return FEAT_OK;
}

feat_status bf_judge_file_check(const bf_judge_file *file, const bf_judge_given *given, const char *path,
                                feat_error *err)
{
    feat_status status = check_origin(&file->origin, given, path, err);
    if (status == FEAT_OK && given->d != gmet_judge_ref_dim(file->ref))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s was trained on %zu columns, %.200s has %zu", path,
                         gmet_judge_ref_dim(file->ref), given->name, given->d);
    return status;
}
