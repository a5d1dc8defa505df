/* Reading result files and manifests for `compare`, and whether two of them may be compared. */
#include "tools/records/results_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/status.h"
#include "tools/formats/json_read.h"
#include "tools/options/conventions.h"
#include "tools/options/weights_find.h"

/* Options that change a metric's meaning: their names in a result's settings, and in a manifest's options. */
static const char *const setting_names[][2] = {
    {"splits", "splits"},
    {"split_size", NULL},
    {"shuffle", "no-shuffle"},
    {"seed", "seed"},
    {"take", "take"},
    {"take_seed", NULL},
    {"kid_subsets", "kid-subsets"},
    {"kid_subset_size", "kid-size"},
    {"kid_seed", NULL},
    {"kid_kernel", "kid-kernel"},
    {"kid_sigma", "kid-sigma"},
    {"k", "k"},
    {"strict", "knn-cmp"},
    {"density_k", "density-k"},
    /* Of metrics of a network of their own; the options are those above. */
    {"k_vgg16", NULL},
    {"strict_vgg16", NULL},
    {"kid_subsets_dinov2", NULL},
    {"kid_subset_size_dinov2", NULL},
    {"kid_seed_dinov2", NULL},
    {"kid_kernel_dinov2", NULL},
    {"kid_sigma_dinov2", NULL},
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
static feat_status take_text(const bf_jsonread *j, size_t object, const char *key, char *to, size_t room,
                             feat_error *err)
{
    const char *text = NULL;
    if (!has(j, object, key))
        return FEAT_OK;
    feat_status status = bf_jsonread_string(j, object, key, &text, err);
    if (status == FEAT_OK)
        snprintf(to, room, "%s", text);
    return status;
}

static feat_status take_numerics(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    size_t node = 0;
    feat_status status = FEAT_OK;
    if (has(j, 0, "pixels")) {
        status = bf_jsonread_object(j, 0, "pixels", &node, err);
        if (status == FEAT_OK)
            status = bf_jsonread_integer(j, node, "version", &run->pixels, err);
    }
    if (status == FEAT_OK)
        status = bf_jsonread_object(j, 0, "numerics", &node, err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(j, node, "version", &run->numerics, err);
    if (status == FEAT_OK)
        status = take_text(j, node, "mode", run->mode, sizeof run->mode, err);
    return status;
}

static feat_status take_weights(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    size_t node = 0;
    if (!has(j, 0, "weights"))
        return FEAT_OK;
    feat_status status = bf_jsonread_object(j, 0, "weights", &node, err);
    if (status == FEAT_OK)
        status = take_text(j, node, "name", run->weights_name, sizeof run->weights_name, err);
    if (status == FEAT_OK)
        status = take_text(j, node, "sha256", run->weights, sizeof run->weights, err);
    return status;
}

static feat_status take_sets(const bf_jsonread *j, const char *key, bf_past_run *run, feat_error *err)
{
    size_t list = 0;
    feat_status status = bf_jsonread_array(j, 0, key, &list, err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(j, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK && run->n_sets < BF_PAST_SETS;
         item = bf_jsonread_next(j, list, item)) {
        bf_past_set *set = &run->sets[run->n_sets++];
        status = bf_jsonread_need_object(j, item, err);
        if (status == FEAT_OK)
            status = take_text(j, item, "role", set->role, sizeof set->role, err);
        if (status == FEAT_OK)
            status = take_text(j, item, "path", set->path, sizeof set->path, err);
        if (status == FEAT_OK)
            status = take_text(j, item, "merkle_root", set->root, sizeof set->root, err);
        if (status == FEAT_OK && has(j, item, "n"))
            status = bf_jsonread_integer(j, item, "n", &set->n, err);
    }
    return status;
}

/* Whether `key` is the metric's with an ending: that of a limit or of an end of its interval. */
static bool is_limit(const char *key, const bf_metric_value *metric, const char *ending)
{
    size_t n = strlen(metric->key);
    return metric->error_key != NULL && strncmp(key, metric->key, n) == 0 && strcmp(key + n, ending) == 0;
}

/* A number of the file that may be the value of a metric, its error, its limit or an end of its interval. */
static void enter_value(bf_past_run *run, const char *key, double value)
{
    for (size_t m = 0; bf_ranked_value_at(m) != NULL; m++) {
        const bf_metric_value *metric = bf_ranked_value_at(m);
        bf_past_value *v = &run->values[m];
        if (strcmp(key, metric->key) == 0) {
            v->known = true;
            v->value = value;
        } else if (metric->error_key != NULL && strcmp(key, metric->error_key) == 0) {
            v->has_error = true;
            v->error = value;
        } else if (is_limit(key, metric, "_at_most") || is_limit(key, metric, "_at_least")) {
            v->at_most = is_limit(key, metric, "_at_most");
            v->at_least = !v->at_most;
            v->limit = value;
        } else if (is_limit(key, metric, "_low")) {
            v->low = value;
        } else if (is_limit(key, metric, "_high")) {
            v->has_interval = true;
            v->high = value;
        }
    }
}

/* What the entries come to, once all are there. */
static void settle(bf_past_value *v)
{
    bool limited = (v->at_most || v->at_least) && isfinite(v->limit);
    v->known = v->known && isfinite(v->value);
    if (!v->has_error && limited)
        v->error = fabs(v->limit - v->value) / BF_NOISE_Z;
    v->at_most = v->at_most && limited && !v->has_error;
    v->at_least = v->at_least && limited && !v->has_error;
    v->has_error = v->known && (v->has_error || limited) && isfinite(v->error) && v->error > 0.0;
    v->has_interval = v->has_interval && v->has_error && !v->at_most && !v->at_least && isfinite(v->low) &&
                      isfinite(v->high) && v->low <= v->value && v->value <= v->high && v->low < v->high;
}

static feat_status take_number(const bf_jsonread *j, bf_past_run *run, const char *key, feat_error *err)
{
    double value = 0.0;
    if (key == NULL || !has(j, 0, key))
        return FEAT_OK;
    feat_status status = bf_jsonread_number(j, 0, key, &value, err);
    if (status == FEAT_OK)
        enter_value(run, key, value);
    return status;
}

static feat_status take_values(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    static const char *const endings[] = {"_at_most", "_at_least", "_low", "_high", "_error_unknown"};
    enum { N_NUMBERS = 4, N_ENDINGS };
    _Static_assert(sizeof endings / sizeof endings[0] == N_ENDINGS, "an ending for each key");
    feat_status status = FEAT_OK;
    for (size_t m = 0; bf_ranked_value_at(m) != NULL && status == FEAT_OK; m++) {
        const bf_metric_value *metric = bf_ranked_value_at(m);
        char keys[N_ENDINGS][96];
        for (size_t i = 0; i < N_ENDINGS; i++)
            snprintf(keys[i], sizeof keys[i], "%s%s", metric->key, endings[i]);
        status = take_number(j, run, metric->key, err);
        if (status == FEAT_OK)
            status = take_number(j, run, metric->error_key, err);
        for (size_t i = 0; i < N_NUMBERS && status == FEAT_OK; i++)
            status = take_number(j, run, keys[i], err);
        if (status == FEAT_OK)
            status = take_text(j, 0, keys[N_NUMBERS], run->values[m].why, sizeof run->values[m].why, err);
    }
    return status;
}

/* What a value is called where it is left out: as its metric, unless that is the name of another of its values. */
static const char *name_in_warnings(char text[BF_METRIC_LABEL], const bf_metric_value *value)
{
    const char *label = bf_metric_at(value->metric)->label;
    return bf_metric_value_of_label(label) == NULL ? label : bf_ranked_label(text, value);
}

/* Of metrics that are not there the warnings may say why: "FID-infinity left out: WHY". */
static feat_status take_reasons(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    size_t list = 0;
    if (!has(j, 0, "warnings"))
        return FEAT_OK;
    feat_status status = bf_jsonread_array(j, 0, "warnings", &list, err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(j, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK; item = bf_jsonread_next(j, list, item)) {
        const char *text = NULL;
        size_t n = 0;
        status = bf_jsonread_word(j, item, &text, &n, err);
        for (size_t m = 0; status == FEAT_OK && bf_ranked_value_at(m) != NULL; m++) {
            char start[64], name[BF_METRIC_LABEL];
            size_t length = (size_t)snprintf(start, sizeof start, "%s left out: ",
                                             name_in_warnings(name, bf_ranked_value_at(m)));
            bf_past_value *v = &run->values[m];
            if (!v->known && v->why[0] == 0 && n > length && strncmp(text, start, length) == 0)
                snprintf(v->why, sizeof v->why, "%.*s", (int)(n - length), text + length);
        }
    }
    return status;
}

static feat_status take_settings(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    size_t node = 0;
    feat_status status = FEAT_OK;
    if (!has(j, 0, "settings"))
        return FEAT_OK;
    status = bf_jsonread_object(j, 0, "settings", &node, err);
    for (size_t i = 0; i < N_SETTINGS && status == FEAT_OK; i++) {
        const char *key = setting_names[i][0];
        const char *word = NULL;
        uint64_t number = 0;
        double real = 0.0;
        bool truth = false;
        if (!has(j, node, key))
            continue;
        if (strcmp(key, "shuffle") == 0 || strncmp(key, "strict", 6) == 0) {
            status = bf_jsonread_boolean(j, node, key, &truth, err);
            snprintf(run->settings[i], sizeof run->settings[i], "%s=%s", key, truth ? "true" : "false");
        } else if (strncmp(key, "kid_kernel", 10) == 0) {
            status = bf_jsonread_string(j, node, key, &word, err);
            if (status == FEAT_OK)
                snprintf(run->settings[i], sizeof run->settings[i], "%s=%.20s", key, word);
        } else if (strncmp(key, "kid_sigma", 9) == 0) {
            status = bf_jsonread_number(j, node, key, &real, err);
            snprintf(run->settings[i], sizeof run->settings[i], "%s=%.17g", key, real);
        } else {
            status = bf_jsonread_integer(j, node, key, &number, err);
            snprintf(run->settings[i], sizeof run->settings[i], "%s=%llu", key, (unsigned long long)number);
        }
    }
    return status;
}

static feat_status read_result(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    uint64_t schema = 0;
    feat_status status = bf_jsonread_integer(j, 0, "schema", &schema, err);
    if (status == FEAT_OK && schema != 1)
        return feat_fail(err, FEAT_ERR_VERSION, "%s: a result of schema %llu, this program reads 1", run->path,
                         (unsigned long long)schema);
    if (status == FEAT_OK)
        status = take_text(j, 0, "command", run->command, sizeof run->command, err);
    if (status == FEAT_OK)
        status = take_text(j, 0, "preset", run->preset, sizeof run->preset, err);
    if (status == FEAT_OK && has(j, 0, "preset_version"))
        status = bf_jsonread_integer(j, 0, "preset_version", &run->preset_version, err);
    if (status == FEAT_OK)
        status = take_text(j, 0, "tap", run->tap, sizeof run->tap, err);
    if (status == FEAT_OK)
        status = take_sets(j, "inputs", run, err);
    if (status == FEAT_OK)
        status = take_settings(j, run, err);
    if (status == FEAT_OK)
        status = take_values(j, run, err);
    return status == FEAT_OK ? take_reasons(j, run, err) : status;
}

/* --- manifests -------------------------------------------------------------------------------------- */

/* Options as settings; a value that was not given is what this command does without it. */
static feat_status take_options(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    size_t list = 0;
    feat_status status = bf_jsonread_array(j, 0, "options", &list, err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(j, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK; item = bf_jsonread_next(j, list, item)) {
        const char *name = NULL, *value = NULL;
        status = bf_jsonread_need_object(j, item, err);
        if (status == FEAT_OK)
            status = bf_jsonread_string(j, item, "name", &name, err);
        if (status == FEAT_OK)
            status = bf_jsonread_nullable(j, item, "value", &value, err);
        if (status != FEAT_OK)
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

static feat_status take_results(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    size_t list = 0;
    feat_status status = bf_jsonread_array(j, 0, "results", &list, err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(j, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK; item = bf_jsonread_next(j, list, item)) {
        const char *key = NULL;
        double value = 0.0;
        status = bf_jsonread_need_object(j, item, err);
        if (status == FEAT_OK)
            status = bf_jsonread_string(j, item, "key", &key, err);
        if (status != FEAT_OK || !has(j, item, "decimal"))
            continue;
        status = bf_jsonread_number(j, item, "decimal", &value, err);
        if (status == FEAT_OK)
            enter_value(run, key, value);
    }
    return status;
}

static feat_status read_manifest(const bf_jsonread *j, bf_past_run *run, feat_error *err)
{
    uint64_t version = 0;
    size_t command = 0;
    run->is_manifest = true;
    feat_status status = bf_jsonread_integer(j, 0, "bonafide_manifest", &version, err);
    if (status == FEAT_OK && version != 1)
        return feat_fail(err, FEAT_ERR_VERSION, "%s: a manifest of version %llu, this program reads 1",
                         run->path, (unsigned long long)version);
    if (status == FEAT_OK)
        status = bf_jsonread_object(j, 0, "command", &command, err);
    if (status == FEAT_OK)
        status = take_text(j, command, "name", run->command, sizeof run->command, err);
    if (status == FEAT_OK)
        status = take_options(j, run, err);
    if (status == FEAT_OK)
        status = take_sets(j, "sets", run, err);
    if (status == FEAT_OK)
        status = take_results(j, run, err);
    return status;
}

feat_status bf_past_read(bf_past_run *run, const char *path, feat_error *err)
{
    bf_jsonread *j = NULL;
    memset(run, 0, sizeof *run);
    run->path = path;
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    snprintf(run->label, sizeof run->label, "%s", base);
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%.300s: a folder; compare reads results: first bonafide eval REAL %.300s --json=FILE, each",
                         path, path);
    feat_status status = bf_jsonread_file(&j, path, err);
    if (status != FEAT_OK)
        return status;
    if (bf_jsonread_find(j, 0, "bonafide_manifest") != BF_JSON_NONE)
        status = read_manifest(j, run, err);
    else if (bf_jsonread_find(j, 0, "schema") != BF_JSON_NONE)
        status = read_result(j, run, err);
    else
        status = feat_fail(err, FEAT_ERR_FORMAT,
                           "%s: neither a result ('bonafide eval ... --json FILE') nor a manifest", path);
    if (status == FEAT_OK)
        status = take_numerics(j, run, err);
    if (status == FEAT_OK)
        status = take_weights(j, run, err);
    for (size_t m = 0; status == FEAT_OK && bf_ranked_value_at(m) != NULL; m++)
        settle(&run->values[m]);
    bf_jsonread_close(&j);
    return status;
}

/* --- whether they go together ------------------------------------------------------------------------- */

static bool texts_differ(const char *a, const char *b)
{
    return a[0] != 0 && b[0] != 0 && strcmp(a, b) != 0;
}

static bool numbers_differ(char text[400], const bf_past_run *a, const bf_past_run *b)
{
    for (size_t i = 0; i < a->n_sets && i < b->n_sets; i++) {
        const bf_past_set *x = &a->sets[i], *y = &b->sets[i];
        if (x->n == 0 || y->n == 0 || x->n == y->n)
            continue;
        snprintf(text, 400, "%s and %s differ in N of '%s': %llu and %llu", a->label, b->label, x->role,
                 (unsigned long long)x->n, (unsigned long long)y->n);
        return true;
    }
    return false;
}

bool bf_past_names_differ(const bf_past_run *a, const bf_past_run *b)
{
    const bf_past_set *x = a->sets, *y = b->sets;
    if (a->n_sets < 2 || b->n_sets < 2 || (x[0].root[0] != 0 && y[0].root[0] != 0) || strcmp(x[0].path, y[0].path) == 0)
        return false;
    return strcmp(x[0].role, "A") != 0 || strcmp(x[1].path, y[1].path) != 0;
}

static bool real_sets_differ(char text[400], const bf_past_run *a, const bf_past_run *b)
{
    /* fid's sides are equal: either may be the real one. */
    if (a->n_sets > 1 && b->n_sets > 1 && strcmp(a->sets[0].role, "A") == 0 && strcmp(b->sets[0].role, "A") == 0 &&
        texts_differ(a->sets[0].root, b->sets[0].root) && texts_differ(a->sets[1].root, b->sets[1].root)) {
        snprintf(text, 400, "%s and %s have no set of images in common: Merkle roots %.12s and %.12s", a->label,
                 b->label, a->sets[0].root, b->sets[0].root);
        return true;
    }
    for (size_t i = 0; i < a->n_sets && i < b->n_sets; i++) {
        const bf_past_set *x = &a->sets[i], *y = &b->sets[i];
        if (strcmp(x->role, "real") != 0 || !texts_differ(x->root, y->root))
            continue;
        snprintf(text, 400, "%s and %s have other real images: Merkle roots %.12s and %.12s", a->label, b->label,
                 x->root, y->root);
        return true;
    }
    return false;
}

static bool settings_differ(char text[400], const bf_past_run *a, const bf_past_run *b)
{
    for (size_t i = 0; i < N_SETTINGS; i++) {
        const char *x = a->settings[i], *y = b->settings[i];
        /* A manifest and a result name settings in different words. Without --take all images are taken. */
        bool taken = strcmp(setting_names[i][0], "take") == 0;
        if (a->is_manifest != b->is_manifest || !(taken ? strcmp(x, y) != 0 : texts_differ(x, y)))
            continue;
        snprintf(text, 400, "%s and %s differ in a setting: %s and %s", a->label, b->label,
                 x[0] != 0 ? x : "all images", y[0] != 0 ? y : "all images");
        return true;
    }
    return false;
}

static bool numerics_differ(char text[400], const bf_past_run *a, const bf_past_run *b)
{
    if (a->numerics == b->numerics && !texts_differ(a->mode, b->mode))
        return false;
    snprintf(text, 400, "%s and %s differ in numerics: %llu %s and %llu %s", a->label, b->label,
             (unsigned long long)a->numerics, a->mode, (unsigned long long)b->numerics, b->mode);
    return true;
}

bool bf_past_differ(char text[400], const bf_past_run *a, const bf_past_run *b, bf_past_check check)
{
    bool differ = false;
    switch (check) {
    case BF_PAST_PRESET:
        differ = a->preset[0] != 0 && b->preset[0] != 0 &&
                 !bf_presets_agree(bf_network_default(), a->preset, b->preset);
        if (differ)
            snprintf(text, 400, "%s and %s differ in preset: %s and %s", a->label, b->label, a->preset, b->preset);
        else if (strcmp(a->preset, b->preset) == 0 && a->preset_version != 0 && b->preset_version != 0 &&
                 a->preset_version != b->preset_version) {
            differ = true;
            snprintf(text, 400, "%s and %s differ in the version of preset %s: %llu and %llu", a->label, b->label,
                     a->preset, (unsigned long long)a->preset_version, (unsigned long long)b->preset_version);
        }
        return differ;
    case BF_PAST_WEIGHTS:
        differ = texts_differ(a->weights, b->weights);
        if (differ)
            snprintf(text, 400, "%s and %s differ in weights: %.90s (%.12s) and %.90s (%.12s)", a->label, b->label,
                     a->weights_name, a->weights, b->weights_name, b->weights);
        return differ;
    case BF_PAST_TAP:
        differ = texts_differ(a->tap, b->tap);
        if (differ)
            snprintf(text, 400, "%s and %s differ in tap: %s and %s", a->label, b->label, a->tap, b->tap);
        return differ;
    case BF_PAST_PIXELS:
        differ = a->pixels != 0 && b->pixels != 0 && a->pixels != b->pixels;
        if (differ)
            snprintf(text, 400, "%s and %s differ in how images were decoded: pixels %llu and %llu", a->label,
                     b->label, (unsigned long long)a->pixels, (unsigned long long)b->pixels);
        return differ;
    case BF_PAST_NUMERICS:
        return numerics_differ(text, a, b);
    case BF_PAST_N:
        return numbers_differ(text, a, b);
    case BF_PAST_REAL:
        return real_sets_differ(text, a, b);
    case BF_PAST_SETTING:
        return settings_differ(text, a, b);
    case BF_N_PAST_CHECKS:
        break;
    }
    return false;
}

const char *bf_past_check_name(bf_past_check check)
{
    static const char *const names[] = {"preset",   "weights", "tap",  "pixels",
                                        "numerics", "n",       "real", "settings"};
    _Static_assert(sizeof names / sizeof names[0] == BF_N_PAST_CHECKS, "a name for each check");
    return names[check];
}

/* --- ranking ------------------------------------------------------------------------------------------ */

static double error_towards(const bf_past_value *from, double other)
{
    if (!from->has_interval || other == from->value)
        return from->error;
    return (other > from->value ? from->high - from->value : from->value - from->low) / BF_NOISE_Z;
}

bf_gap bf_gap_between(const bf_past_value *first, const bf_past_value *second)
{
    double e1 = error_towards(first, second->value), e2 = error_towards(second, first->value);
    bf_gap gap = {.difference = second->value - first->value,
                  .known = first->has_error && second->has_error};
    if (!gap.known)
        return gap;
    gap.error = sqrt(fma(e1, e1, e2 * e2));
    gap.known = gap.error > 0.0; /* two intervals may end at their values */
    if (!gap.known)
        return gap;
    gap.z = fabs(gap.difference) / gap.error;
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
    bool low = bf_ranked_value_at(metric)->better == BF_LOWER_IS_BETTER;
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && goes_before(&runs[i].values[metric], &runs[order[at - 1]].values[metric], low); at--)
            order[at] = order[at - 1];
        order[at] = i;
        n_known += runs[i].values[metric].known;
    }
    return n_known;
}
