/* Reading result files and manifests for `compare`, and whether two of them may be compared. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/compare.h"
#include "tools/conventions.h"
#include "tools/jsonread.h"

static const bf_ranked_metric ranked[] = {
    {"fid", "FID", "frechet_inception_distance", "frechet_inception_distance_standard_error", true},
    {"kid", "KID", "kernel_inception_distance", "kernel_inception_distance_standard_error", true},
    {"is", "Inception Score", "inception_score_mean", "inception_score_standard_error", false},
    {"precision", "Precision", "precision", "precision_standard_error", false},
    {"recall", "Recall", "recall", "recall_standard_error", false},
    {"f-score", "F-score", "f_score", "f_score_standard_error", false},
    {"density", "Density", "density", "density_standard_error", false},
    {"coverage", "Coverage", "coverage", "coverage_standard_error", false},
    {"fid-corrected", "FID less its bias", "corrected_frechet_inception_distance", NULL, true},
    {"kid-subsets", "KID of subsets", "kernel_inception_distance_mean", NULL, true},
    {"sfid", "sFID", "frechet_inception_distance_spatial",
     "frechet_inception_distance_spatial_standard_error", true},
    {"fid64", "FID at tap 64", "frechet_inception_distance_64",
     "frechet_inception_distance_64_standard_error", true},
    {"fid192", "FID at tap 192", "frechet_inception_distance_192",
     "frechet_inception_distance_192_standard_error", true},
    {"fid768", "FID at tap 768", "frechet_inception_distance_768",
     "frechet_inception_distance_768_standard_error", true},
    {"fid-inf", "FID-infinity", "frechet_inception_distance_infinity",
     "frechet_inception_distance_infinity_standard_error", true},
    {"is-inf", "IS-infinity", "inception_score_infinity", "inception_score_infinity_standard_error", false},
    {"mifid", "MiFID", "memorization_informed_frechet_inception_distance", NULL, true},
    {"mind", "MIND", "monge_inception_distance", "monge_inception_distance_standard_error", true},
    {"vendi", "Vendi score", "vendi_score", NULL, false},
    {"authpct", "AuthPct", "authpct", "authpct_standard_error", false},
    {"prd-recall", "PRD F8", "prd_f_8", NULL, false},
    {"prd-precision", "PRD F1/8", "prd_f_one_eighth", NULL, false},
};
_Static_assert(sizeof ranked / sizeof ranked[0] <= (size_t)BF_N_RANKED, "room for every metric");

const bf_ranked_metric *bf_ranked_metric_at(size_t index)
{
    return index < sizeof ranked / sizeof ranked[0] ? &ranked[index] : NULL;
}

/* Options that change a metric's meaning: their names in a result's settings, and in a manifest's options. */
static const char *const setting_names[][2] = {
    {"splits", "splits"},
    {"split_size", NULL},
    {"shuffle", "no-shuffle"},
    {"seed", "seed"},
    {"kid_subsets", "kid-subsets"},
    {"kid_subset_size", "kid-size"},
    {"kid_seed", NULL},
    {"k", "k"},
    {"strict", "knn-cmp"},
    {"density_k", "density-k"},
};
enum { N_SETTINGS = sizeof setting_names / sizeof setting_names[0] };
_Static_assert((int)N_SETTINGS <= (int)BF_PAST_SETTINGS, "room for every setting");

/* --- reading ---------------------------------------------------------------------------------------- */

static bool has(const bf_jsonread *j, size_t object, const char *key)
{
    size_t at = bf_jsonread_find(j, object, key);
    return at != BF_JSON_NONE && !bf_jsonread_is_null(j, at);
}

/* A text that may be absent or null: then `to` stays "". */
static iv3_status take_text(const bf_jsonread *j, size_t object, const char *key, char *to, size_t room,
                            iv3_error *err)
{
    const char *text = NULL;
    if (!has(j, object, key))
        return IV3_OK;
    iv3_status status = bf_jsonread_string(j, object, key, &text, err);
    if (status == IV3_OK)
        snprintf(to, room, "%s", text);
    return status;
}

static iv3_status take_numerics(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    size_t node = 0;
    iv3_status status = IV3_OK;
    if (has(j, 0, "pixels")) {
        status = bf_jsonread_object(j, 0, "pixels", &node, err);
        if (status == IV3_OK)
            status = bf_jsonread_integer(j, node, "version", &run->pixels, err);
    }
    if (status == IV3_OK)
        status = bf_jsonread_object(j, 0, "numerics", &node, err);
    if (status == IV3_OK)
        status = bf_jsonread_integer(j, node, "version", &run->numerics, err);
    if (status == IV3_OK)
        status = take_text(j, node, "mode", run->mode, sizeof run->mode, err);
    return status;
}

static iv3_status take_weights(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    size_t node = 0;
    if (!has(j, 0, "weights"))
        return IV3_OK;
    iv3_status status = bf_jsonread_object(j, 0, "weights", &node, err);
    if (status == IV3_OK)
        status = take_text(j, node, "name", run->weights_name, sizeof run->weights_name, err);
    if (status == IV3_OK)
        status = take_text(j, node, "sha256", run->weights, sizeof run->weights, err);
    return status;
}

static iv3_status take_sets(const bf_jsonread *j, const char *key, bf_past_run *run, iv3_error *err)
{
    size_t list = 0;
    iv3_status status = bf_jsonread_array(j, 0, key, &list, err);
    for (size_t item = status == IV3_OK ? bf_jsonread_first(j, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == IV3_OK && run->n_sets < BF_PAST_SETS;
         item = bf_jsonread_next(j, list, item)) {
        bf_past_set *set = &run->sets[run->n_sets++];
        status = bf_jsonread_need_object(j, item, err);
        if (status == IV3_OK)
            status = take_text(j, item, "role", set->role, sizeof set->role, err);
        if (status == IV3_OK)
            status = take_text(j, item, "path", set->path, sizeof set->path, err);
        if (status == IV3_OK)
            status = take_text(j, item, "merkle_root", set->root, sizeof set->root, err);
        if (status == IV3_OK && has(j, item, "n"))
            status = bf_jsonread_integer(j, item, "n", &set->n, err);
    }
    return status;
}

static iv3_status take_values(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    iv3_status status = IV3_OK;
    for (size_t m = 0; bf_ranked_metric_at(m) != NULL && status == IV3_OK; m++) {
        bf_past_value *v = &run->values[m];
        v->known = has(j, 0, ranked[m].key);
        if (v->known)
            status = bf_jsonread_number(j, 0, ranked[m].key, &v->value, err);
        v->has_error = v->known && ranked[m].error_key != NULL && has(j, 0, ranked[m].error_key);
        if (status == IV3_OK && v->has_error)
            status = bf_jsonread_number(j, 0, ranked[m].error_key, &v->error, err);
    }
    return status;
}

static iv3_status take_settings(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    size_t node = 0;
    iv3_status status = IV3_OK;
    if (!has(j, 0, "settings"))
        return IV3_OK;
    status = bf_jsonread_object(j, 0, "settings", &node, err);
    for (size_t i = 0; i < N_SETTINGS && status == IV3_OK; i++) {
        const char *key = setting_names[i][0];
        uint64_t number = 0;
        bool truth = false;
        if (!has(j, node, key))
            continue;
        if (strcmp(key, "shuffle") == 0 || strcmp(key, "strict") == 0) {
            status = bf_jsonread_boolean(j, node, key, &truth, err);
            snprintf(run->settings[i], sizeof run->settings[i], "%s=%s", key, truth ? "true" : "false");
        } else {
            status = bf_jsonread_integer(j, node, key, &number, err);
            snprintf(run->settings[i], sizeof run->settings[i], "%s=%llu", key, (unsigned long long)number);
        }
    }
    return status;
}

static iv3_status read_result(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    uint64_t schema = 0;
    iv3_status status = bf_jsonread_integer(j, 0, "schema", &schema, err);
    if (status == IV3_OK && schema != 1)
        return iv3_fail(err, IV3_ERR_VERSION, "%s: a result of schema %llu, this program reads 1", run->path,
                        (unsigned long long)schema);
    if (status == IV3_OK)
        status = take_text(j, 0, "command", run->command, sizeof run->command, err);
    if (status == IV3_OK)
        status = take_text(j, 0, "preset", run->preset, sizeof run->preset, err);
    if (status == IV3_OK)
        status = take_text(j, 0, "tap", run->tap, sizeof run->tap, err);
    if (status == IV3_OK)
        status = take_sets(j, "inputs", run, err);
    if (status == IV3_OK)
        status = take_settings(j, run, err);
    if (status == IV3_OK)
        status = take_values(j, run, err);
    return status;
}

/* --- manifests -------------------------------------------------------------------------------------- */

/* Options as settings; a value that was not given is what this command does without it. */
static iv3_status take_options(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    size_t list = 0;
    iv3_status status = bf_jsonread_array(j, 0, "options", &list, err);
    for (size_t item = status == IV3_OK ? bf_jsonread_first(j, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == IV3_OK; item = bf_jsonread_next(j, list, item)) {
        const char *name = NULL, *value = NULL;
        status = bf_jsonread_need_object(j, item, err);
        if (status == IV3_OK)
            status = bf_jsonread_string(j, item, "name", &name, err);
        if (status == IV3_OK)
            status = bf_jsonread_nullable(j, item, "value", &value, err);
        if (status != IV3_OK)
            return status;
        if (strcmp(name, "preset") == 0 && value != NULL)
            snprintf(run->preset, sizeof run->preset, "%s", value);
        if (strcmp(name, "tap") == 0 && value != NULL)
            snprintf(run->tap, sizeof run->tap, "%s", value);
        for (size_t i = 0; i < N_SETTINGS; i++)
            if (setting_names[i][1] != NULL && strcmp(name, setting_names[i][1]) == 0)
                snprintf(run->settings[i], sizeof run->settings[i], "%s=%s", name,
                         value != NULL ? value : "default");
    }
    return status;
}

static void enter_value(bf_past_run *run, const char *key, double value)
{
    for (size_t m = 0; bf_ranked_metric_at(m) != NULL; m++) {
        bf_past_value *v = &run->values[m];
        if (strcmp(key, ranked[m].key) == 0) {
            v->known = true;
            v->value = value;
        } else if (ranked[m].error_key != NULL && strcmp(key, ranked[m].error_key) == 0) {
            v->has_error = true;
            v->error = value;
        }
    }
}

static iv3_status take_results(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    size_t list = 0;
    iv3_status status = bf_jsonread_array(j, 0, "results", &list, err);
    for (size_t item = status == IV3_OK ? bf_jsonread_first(j, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == IV3_OK; item = bf_jsonread_next(j, list, item)) {
        const char *key = NULL;
        double value = 0.0;
        status = bf_jsonread_need_object(j, item, err);
        if (status == IV3_OK)
            status = bf_jsonread_string(j, item, "key", &key, err);
        if (status != IV3_OK || !has(j, item, "decimal"))
            continue;
        status = bf_jsonread_number(j, item, "decimal", &value, err);
        if (status == IV3_OK)
            enter_value(run, key, value);
    }
    return status;
}

static iv3_status read_manifest(const bf_jsonread *j, bf_past_run *run, iv3_error *err)
{
    uint64_t version = 0;
    size_t command = 0;
    run->is_manifest = true;
    iv3_status status = bf_jsonread_integer(j, 0, "bonafide_manifest", &version, err);
    if (status == IV3_OK && version != 1)
        return iv3_fail(err, IV3_ERR_VERSION, "%s: a manifest of version %llu, this program reads 1",
                        run->path, (unsigned long long)version);
    if (status == IV3_OK)
        status = bf_jsonread_object(j, 0, "command", &command, err);
    if (status == IV3_OK)
        status = take_text(j, command, "name", run->command, sizeof run->command, err);
    if (status == IV3_OK)
        status = take_options(j, run, err);
    if (status == IV3_OK)
        status = take_sets(j, "sets", run, err);
    if (status == IV3_OK)
        status = take_results(j, run, err);
    return status;
}

iv3_status bf_past_read(bf_past_run *run, const char *path, iv3_error *err)
{
    bf_jsonread *j = NULL;
    memset(run, 0, sizeof *run);
    run->path = path;
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    snprintf(run->label, sizeof run->label, "%s", base);
    iv3_status status = bf_jsonread_file(&j, path, err);
    if (status != IV3_OK)
        return status;
    if (bf_jsonread_find(j, 0, "bonafide_manifest") != BF_JSON_NONE)
        status = read_manifest(j, run, err);
    else if (bf_jsonread_find(j, 0, "schema") != BF_JSON_NONE)
        status = read_result(j, run, err);
    else
        status = iv3_fail(err, IV3_ERR_FORMAT,
                          "%s: neither a result ('bonafide eval ... --json FILE') nor a manifest", path);
    if (status == IV3_OK)
        status = take_numerics(j, run, err);
    if (status == IV3_OK)
        status = take_weights(j, run, err);
    for (size_t m = 0; status == IV3_OK && bf_ranked_metric_at(m) != NULL; m++)
        run->values[m].known = run->values[m].known && isfinite(run->values[m].value);
    bf_jsonread_close(&j);
    return status;
}

/* --- whether they go together ------------------------------------------------------------------------- */

static bool texts_differ(const char *a, const char *b)
{
    return a[0] != 0 && b[0] != 0 && strcmp(a, b) != 0;
}

static bool sets_differ(char text[400], const bf_past_run *a, const bf_past_run *b)
{
    for (size_t i = 0; i < a->n_sets && i < b->n_sets; i++) {
        const bf_past_set *x = &a->sets[i], *y = &b->sets[i];
        if (x->n != 0 && y->n != 0 && x->n != y->n) {
            snprintf(text, 400, "%s and %s differ in N of '%s': %llu and %llu", a->label, b->label, x->role,
                     (unsigned long long)x->n, (unsigned long long)y->n);
            return true;
        }
        if (strcmp(x->role, "real") == 0 && texts_differ(x->root, y->root)) {
            snprintf(text, 400, "%s and %s have other real images: Merkle roots %.12s and %.12s", a->label,
                     b->label, x->root, y->root);
            return true;
        }
    }
    return false;
}

bool bf_past_differ(char text[400], const bf_past_run *a, const bf_past_run *b)
{
    if (a->preset[0] != 0 && b->preset[0] != 0 && !bf_presets_agree(a->preset, b->preset)) {
        snprintf(text, 400, "%s and %s differ in preset: %s and %s", a->label, b->label, a->preset,
                 b->preset);
        return true;
    }
    if (texts_differ(a->weights, b->weights)) {
        snprintf(text, 400, "%s and %s differ in weights: %.90s (%.12s) and %.90s (%.12s)", a->label,
                 b->label, a->weights_name, a->weights, b->weights_name, b->weights);
        return true;
    }
    if (texts_differ(a->tap, b->tap)) {
        snprintf(text, 400, "%s and %s differ in tap: %s and %s", a->label, b->label, a->tap, b->tap);
        return true;
    }
    if (a->pixels != 0 && b->pixels != 0 && a->pixels != b->pixels) {
        snprintf(text, 400, "%s and %s differ in how images were decoded: pixels %llu and %llu", a->label, b->label,
                 (unsigned long long)a->pixels, (unsigned long long)b->pixels);
        return true;
    }
    if (a->numerics != b->numerics || texts_differ(a->mode, b->mode)) {
        snprintf(text, 400, "%s and %s differ in numerics: %llu %s and %llu %s", a->label, b->label,
                 (unsigned long long)a->numerics, a->mode, (unsigned long long)b->numerics, b->mode);
        return true;
    }
    if (sets_differ(text, a, b))
        return true;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        const char *x = a->settings[i], *y = b->settings[i];
        /* A manifest and a result name settings in different words. */
        if (a->is_manifest == b->is_manifest && texts_differ(x, y)) {
            snprintf(text, 400, "%s and %s differ in a setting: %s and %s", a->label, b->label, x, y);
            return true;
        }
    }
    return false;
}

/* --- ranking ------------------------------------------------------------------------------------------ */

bf_gap bf_gap_between(const bf_past_value *first, const bf_past_value *second)
{
    bf_gap gap = {.difference = second->value - first->value,
                  .known = first->has_error && second->has_error && isfinite(first->error) &&
                           isfinite(second->error)};
    if (!gap.known)
        return gap;
    gap.error = sqrt(fma(first->error, first->error, second->error * second->error));
    gap.z = gap.error > 0.0 ? fabs(gap.difference) / gap.error : 0.0;
    gap.inside = fabs(gap.difference) <= BF_NOISE_Z * gap.error;
    return gap;
}

static bool goes_before(const bf_past_value *a, const bf_past_value *b, bool low)
{
    if (a->known != b->known)
        return a->known;
    return a->known && (low ? a->value < b->value : a->value > b->value);
}

size_t bf_past_rank(size_t *order, const bf_past_run *runs, size_t n, size_t metric)
{
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 &&
               goes_before(&runs[i].values[metric], &runs[order[at - 1]].values[metric], ranked[metric].low);
             at--)
            order[at] = order[at - 1];
        order[at] = i;
        n_known += runs[i].values[metric].known;
    }
    return n_known;
}
