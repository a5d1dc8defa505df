/* Stage by stage, set by set, image by image: the first thing that is not as the manifest says. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/hash.h"
#include "tools/records/manifest.h"

const char *bf_stage_name(bf_stage stage)
{
    static const char *const names[] = {"settings", "weights",    "inputs", "pixels",
                                        "features", "statistics", "results"};
    _Static_assert(sizeof names / sizeof names[0] == BF_N_STAGES, "a name for each stage");
    return (unsigned)stage < BF_N_STAGES ? names[stage] : "nothing";
}

typedef struct compare {
    bf_difference *d;
    const bf_manifest *told, *seen;
    const bf_compare_options *options;
    bf_stage stage;
    size_t set;
} compare;

/* --- saying what differs -------------------------------------------------------------------------- */

/* Notes the difference; `item` says of what. Always returns false, as every check does that found one. */
static bool differ(compare *c, const char *item, const char *what, const char *told, const char *seen)
{
    bf_difference *d = c->d;
    d->found = true;
    d->stage = c->stage;
    snprintf(d->item, sizeof d->item, "%s", item);
    snprintf(d->told, sizeof d->told, "%s", told);
    snprintf(d->seen, sizeof d->seen, "%s", seen);
    snprintf(d->text, sizeof d->text, "%s differ: %.200s%s%.60s: %s in the manifest, %s now",
             bf_stage_name(c->stage), item, item[0] ? ": " : "", what, d->told, d->seen);
    return false;
}

/* "real: image 2 'b/img.png'"; a name that is too long loses its middle, as both ends may tell it apart. */
static void name_item(const compare *c, char text[256], size_t index, const bf_manifest_set *set)
{
    const char *name = bf_leaf_name(set, index);
    size_t n = strlen(name);
    if (n <= 120)
        snprintf(text, 256, "%.40s: image %zu '%s'", c->told->sets[c->set].role, index, name);
    else
        snprintf(text, 256, "%.40s: image %zu '%.56s...%s'", c->told->sets[c->set].role, index, name,
                 name + n - 56);
}

static const char *role(const compare *c)
{
    return c->told->sets[c->set].role;
}

static bool same_text(compare *c, const char *item, const char *what, const char *told, const char *seen)
{
    const char *a = told != NULL ? told : "nothing", *b = seen != NULL ? seen : "nothing";
    return strcmp(a, b) == 0 ? true : differ(c, item, what, a, b);
}

static bool same_number(compare *c, const char *item, const char *what, uint64_t told, uint64_t seen)
{
    char a[24], b[24];
    if (told == seen)
        return true;
    snprintf(a, sizeof a, "%llu", (unsigned long long)told);
    snprintf(b, sizeof b, "%llu", (unsigned long long)seen);
    return differ(c, item, what, a, b);
}

static bool same_digest(compare *c, const char *item, const char *what, const bf_digest *told,
                        const bf_digest *seen)
{
    char a[65] = "nothing", b[65] = "nothing";
    if (told->known == seen->known &&
        (!told->known || memcmp(told->sha256, seen->sha256, sizeof told->sha256) == 0))
        return true;
    if (told->known)
        feat_hex(a, told->sha256);
    if (seen->known)
        feat_hex(b, seen->sha256);
    return differ(c, item, what, a, b);
}

/* --- settings and weights ------------------------------------------------------------------------- */

static bool check_settings(compare *c)
{
    const bf_manifest *m = c->told;
    char seal[BF_SEAL_BYTES], item[96];
    for (size_t i = 0; i < m->n_settings; i++) {
        const bf_setting *s = &m->settings[i];
        bf_seal_setting(seal, s->name, s->value);
        snprintf(item, sizeof item, "option '%.40s' (now '%.30s')", s->name,
                 s->value != NULL ? s->value : "");
        if (!same_text(c, item, "it was changed after the run: seal", s->seal, seal))
            return false;
    }
    bf_seal_command(seal, m->command, m->verb, m->n_settings);
    snprintf(item, sizeof item, "command '%.30s' with %zu options", m->command, m->n_settings);
    if (!same_number(c, "", "pixels version", m->pixels, c->seen->pixels) ||
        !same_number(c, "", "numerics version", m->numerics, c->seen->numerics) ||
        !same_text(c, "", "numerics mode", m->mode, c->seen->mode))
        return false;
    return same_text(c, item, "it was changed after the run: seal", m->command_seal, seal);
}

static bool check_weights(compare *c)
{
    const bf_manifest *a = c->told, *b = c->seen;
    if (a->has_weights != b->has_weights)
        return differ(c, "", "a network was run", a->has_weights ? "yes" : "no",
                      b->has_weights ? "yes" : "no");
    if (!a->has_weights)
        return true;
    if (!same_digest(c, "", "content SHA-256", &a->weights, &b->weights) ||
        !same_text(c, "", "variant", a->weights_variant, b->weights_variant) ||
        !same_number(c, "", "networks beside the first", a->n_others, b->n_others))
        return false;
    for (size_t i = 0; i < a->n_others; i++)
        if (!same_text(c, "", "variant", a->others[i].variant, b->others[i].variant) ||
            !same_digest(c, a->others[i].variant, "content SHA-256", &a->others[i].weights, &b->others[i].weights))
            return false;
    if (c->options->other_weights)
        return true;
    for (size_t i = 0; i < a->n_others; i++)
        if (!same_digest(c, a->others[i].variant, "SHA-256 of the file converted from", &a->others[i].weights_file,
                         &b->others[i].weights_file) ||
            !same_text(c, a->others[i].variant, "name", a->others[i].name, b->others[i].name))
            return false;
    return same_digest(c, "", "SHA-256 of the file converted from", &a->weights_file, &b->weights_file) &&
           same_text(c, "", "name", a->weights_name, b->weights_name);
}

/* --- inputs --------------------------------------------------------------------------------------- */

static bool has_name(const bf_manifest_set *set, const char *name)
{
    for (size_t i = 0; i < set->n_leaves; i++)
        if (strcmp(bf_leaf_name(set, i), name) == 0)
            return true;
    return false;
}

/* Place `i` holds different names in the two, or nothing in one of them. */
static bool names_differ(compare *c, const bf_manifest_set *told, const bf_manifest_set *seen, size_t i)
{
    char item[256], told_n[24], seen_n[24];
    snprintf(told_n, sizeof told_n, "%zu", told->n_leaves);
    snprintf(seen_n, sizeof seen_n, "%zu", seen->n_leaves);
    if (i < told->n_leaves && !has_name(seen, bf_leaf_name(told, i))) {
        name_item(c, item, i, told);
        c->d->missing = true;
        return differ(c, item, "it is missing; items in the set", told_n, seen_n);
    }
    if (i < seen->n_leaves && !has_name(told, bf_leaf_name(seen, i))) {
        name_item(c, item, i, seen);
        return differ(c, item, "it is new; items in the set", told_n, seen_n);
    }
    name_item(c, item, i, i < told->n_leaves ? told : seen);
    return differ(c, item, "order of the names", i < told->n_leaves ? bf_leaf_name(told, i) : "nothing",
                  i < seen->n_leaves ? bf_leaf_name(seen, i) : "nothing");
}

/* What the manifest says of a set of images, held against its own list of them. */
static bool check_own_counts(compare *c, const bf_manifest_set *told)
{
    size_t n_skipped = 0;
    if (strcmp(told->kind, "images") != 0)
        return true;
    for (size_t i = 0; i < told->n_leaves; i++)
        n_skipped += told->leaves[i].skipped;
    return same_number(c, role(c), "images skipped", told->n_skipped, n_skipped) &&
           same_number(c, role(c), "N", told->n, told->n_leaves - n_skipped);
}

static bool check_inputs(compare *c, const bf_manifest_set *told, const bf_manifest_set *seen)
{
    char item[256];
    size_t n = told->n_leaves > seen->n_leaves ? told->n_leaves : seen->n_leaves;
    if (!same_text(c, role(c), "role", told->role, seen->role) ||
        !same_text(c, role(c), "what it holds", told->kind, seen->kind))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i >= told->n_leaves || i >= seen->n_leaves ||
            strcmp(bf_leaf_name(told, i), bf_leaf_name(seen, i)) != 0)
            return names_differ(c, told, seen, i);
        const bf_leaf *a = &told->leaves[i], *b = &seen->leaves[i];
        name_item(c, item, i, told);
        /* A file that could not be read then has no digest to compare; whether it is read now shows in its
         * pixels. */
        bool pass = (c->options->partial && !b->file.known) || (a->skipped && !a->file.known);
        if (!pass && !same_digest(c, item, "SHA-256 of the file", &a->file, &b->file))
            return false;
    }
    if (!same_number(c, role(c), "items", told->n_items, seen->n_items) || !check_own_counts(c, told))
        return false;
    if (told->labels.known && seen->labels.known &&
        !same_digest(c, role(c), "SHA-256 of dataset.json", &told->labels, &seen->labels))
        return false;
    return c->options->partial || same_digest(c, role(c), "Merkle root", &told->root, &seen->root);
}

/* --- pixels, features, statistics ----------------------------------------------------------------- */

static bool check_sizes(compare *c, const bf_manifest_set *told, const bf_manifest_set *seen)
{
    size_t n = told->n_sizes > seen->n_sizes ? told->n_sizes : seen->n_sizes;
    for (size_t i = 0; i < n; i++) {
        char text[2][96] = {"nothing", "nothing"};
        const bf_manifest_set *const sets[2] = {told, seen};
        for (int k = 0; k < 2; k++)
            if (i < sets[k]->n_sizes)
                snprintf(text[k], sizeof text[k], "%lux%lu %llu times", (unsigned long)sets[k]->sizes[i].w,
                         (unsigned long)sets[k]->sizes[i].h, (unsigned long long)sets[k]->sizes[i].n);
        if (!same_text(c, role(c), "decoded sizes", text[0], text[1]))
            return false;
    }
    return true;
}

static bool check_pixels(compare *c, const bf_manifest_set *told, const bf_manifest_set *seen)
{
    char item[256], sizes[2][48];
    for (size_t i = 0; i < told->n_leaves; i++) {
        const bf_leaf *a = &told->leaves[i], *b = &seen->leaves[i];
        if (c->options->partial && !b->pixels.known && !b->skipped)
            continue;
        name_item(c, item, i, told);
        if (a->skipped != b->skipped)
            return differ(c, item, "the image", a->skipped ? "skipped" : "read",
                          b->skipped ? "skipped" : "read");
        snprintf(sizes[0], sizeof sizes[0], "%lux%lu", (unsigned long)a->w, (unsigned long)a->h);
        snprintf(sizes[1], sizeof sizes[1], "%lux%lu", (unsigned long)b->w, (unsigned long)b->h);
        if (!same_text(c, item, "decoded size", sizes[0], sizes[1]) ||
            !same_digest(c, item, "SHA-256 of the decoded pixels", &a->pixels, &b->pixels))
            return false;
    }
    if (c->options->partial)
        return true;
    return same_number(c, role(c), "images skipped", told->n_skipped, seen->n_skipped) &&
           same_number(c, role(c), "N", told->n, seen->n) && check_sizes(c, told, seen) &&
           same_digest(c, role(c), "SHA-256 over the pixels of all images", &told->pixels, &seen->pixels);
}

static bool check_features(compare *c, const bf_manifest_set *told, const bf_manifest_set *seen)
{
    char item[256];
    if (!same_text(c, role(c), "taps", told->taps, seen->taps))
        return false;
    for (size_t i = 0; i < told->n_leaves; i++) {
        const bf_leaf *a = &told->leaves[i], *b = &seen->leaves[i];
        if (c->options->partial && !b->features.known)
            continue;
        name_item(c, item, i, told);
        if (!same_digest(c, item, "SHA-256 of the features", &a->features, &b->features))
            return false;
    }
    return c->options->partial || same_digest(c, role(c), "SHA-256 over the features of all images",
                                              &told->features, &seen->features);
}

static bool check_statistics(compare *c, const bf_manifest_set *told, const bf_manifest_set *seen)
{
    return same_digest(c, role(c), "SHA-256 of the mean", &told->mu, &seen->mu) &&
           same_digest(c, role(c), "SHA-256 of the covariance", &told->sigma, &seen->sigma);
}

/* --- results -------------------------------------------------------------------------------------- */

static bool same_bits(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool check_number(compare *c, const bf_manifest_value *told, double seen)
{
    char a[40], b[40], what[64];
    bool finite = isfinite(told->number) != 0;
    snprintf(a, sizeof a, "%.17g", told->decimal);
    snprintf(b, sizeof b, "%.17g", told->number);
    if (finite ? !same_bits(told->number, told->decimal) : !isnan(told->decimal))
        return differ(c, told->key, "decimal and hexadecimal are not one number", a, b);
    if (same_bits(told->number, seen))
        return true;
    snprintf(what, sizeof what, "apart by %.9g", fabs(told->number - seen));
    snprintf(a, sizeof a, "%.17g", told->number);
    snprintf(b, sizeof b, "%.17g", seen);
    return differ(c, told->key, what, a, b);
}

static bool check_results(compare *c)
{
    const bf_manifest *a = c->told, *b = c->seen;
    for (size_t i = 0; i < a->n_values || i < b->n_values; i++) {
        const bf_manifest_value *told = &a->values[i], *seen = &b->values[i];
        if (!same_text(c, "", "result", i < a->n_values ? told->key : NULL,
                       i < b->n_values ? seen->key : NULL))
            return false;
        if (told->type != seen->type)
            return differ(c, told->key, "kind of value", "another", "this");
        bool same = told->type == BF_TYPE_NUMBER
                        ? check_number(c, told, seen->number)
                        : same_number(c, told->key, "value", told->integer, seen->integer);
        if (!same)
            return false;
    }
    return true;
}

/* --- all of it ------------------------------------------------------------------------------------ */

static bool check_sets(compare *c)
{
    static bool (*const checks[BF_N_STAGES])(compare *, const bf_manifest_set *, const bf_manifest_set *) = {
        [BF_STAGE_INPUTS] = check_inputs,
        [BF_STAGE_PIXELS] = check_pixels,
        [BF_STAGE_FEATURES] = check_features,
        [BF_STAGE_STATISTICS] = check_statistics};
    if (!same_number(c, "", "number of sets", c->told->n_sets, c->seen->n_sets))
        return false;
    for (c->set = 0; c->set < c->told->n_sets; c->set++)
        if (!checks[c->stage](c, &c->told->sets[c->set], &c->seen->sets[c->set]))
            return false;
    return true;
}

void bf_manifest_compare(bf_difference *difference, const bf_manifest *told, const bf_manifest *seen,
                         const bf_compare_options *options)
{
    compare c = {.d = difference, .told = told, .seen = seen, .options = options};
    bool same = true;
    memset(difference, 0, sizeof *difference);
    for (int stage = 0; stage <= (int)options->last && same; stage++) {
        c.stage = (bf_stage)stage;
        if (stage == BF_STAGE_SETTINGS)
            same = check_settings(&c);
        else if (stage == BF_STAGE_WEIGHTS)
            same = check_weights(&c);
        else if (stage == BF_STAGE_RESULTS)
            same = check_results(&c);
        else
            same = check_sets(&c);
    }
}
