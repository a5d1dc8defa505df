/* What a run was made of, looked at before the network is run. */
#include "tools/audit/audit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"
#include "tools/images/image.h"
#include "tools/options/weights_find.h"
#include "tools/run/network.h"
#include "tools/statistics/references.h"

/* Looks at the weights of network `index` beside the first. */
static feat_status see_other(const bf_audit *a, size_t index, bf_manifest *seen, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    const feat_net *net = NULL;
    char *spec = NULL;
    feat_status status = bf_network_parse(&net, a->told->others[index].variant, err);
    if (status == FEAT_OK)
        status = bf_weights_find_other(&spec, a->weights, net, err);
    if (status == FEAT_OK)
        status = bf_weights_open(&weights, spec, net, err);
    if (status == FEAT_OK)
        status = feat_weights_describe(weights, &info, err);
    if (status == FEAT_OK)
        bf_manifest_other(seen, &info, spec);
    feat_weights_close(&weights);
    feat_free(spec);
    return status;
}

/* Whether weights that nobody named are those of the run. */
static bool are_recorded(const bf_audit *a, const feat_weights_info *info)
{
    return !a->told->weights.known || memcmp(a->told->weights.sha256, info->content_sha256, 32) == 0;
}

/* Looks at the weights without making a network of them. */
static feat_status see_weights(bf_audit *a, bf_manifest *seen, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    char *spec = NULL;
    if (!a->told->has_weights)
        return FEAT_OK;
    const char *name = bf_audit_setting(a->told, "network");
    const feat_net *wanted = NULL;
    feat_status status = bf_audit_find_weights(a, err);
    name = name != NULL ? name : bf_audit_setting(a->told, "variant");
    if (status == FEAT_OK && name != NULL)
        status = bf_network_parse(&wanted, name, err);
    if (status == FEAT_OK)
        status = bf_weights_find(&spec, a->weights, wanted != NULL ? wanted : bf_network_default(), err);
    if (status == FEAT_OK)
        status = bf_weights_open(&weights, spec, wanted, err);
    if (status == FEAT_OK)
        status = feat_weights_describe(weights, &info, err);
    if (a->weights == NULL && status != FEAT_ERR_NOMEM && (status != FEAT_OK || !are_recorded(a, &info)))
        status = feat_fail(err, FEAT_ERR_IO,
                           "the run's weights are not where they were (%.300s); --weights FILE says where they are",
                           a->told->weights_source);
    if (status == FEAT_OK)
        bf_manifest_weights(seen, &info, spec);
    feat_weights_close(&weights);
    feat_free(spec);
    for (size_t i = 0; i < a->told->n_others && status == FEAT_OK; i++)
        status = see_other(a, i, seen, err);
    return status;
}

/* --- inputs --------------------------------------------------------------------------------------- */

typedef struct hashing {
    const bf_set *set;
    const size_t *items; /* NULL: all */
    bf_leaf *leaves;
    feat_error *errors; /* one for each worker: its first */
} hashing;

static void hash_item(void *ctx, size_t tile, size_t worker)
{
    const hashing *h = ctx;
    size_t index = h->items != NULL ? h->items[tile] : tile, n = 0;
    uint8_t *bytes = NULL;
    feat_error err = {FEAT_OK, ""};
    if (bf_interrupted())
        return;
    if (bf_set_load_item(h->set, index, &bytes, &n, &err) == FEAT_OK)
        bf_digest_bytes(&h->leaves[index].file, bytes, n);
    else if (h->errors[worker].status == FEAT_OK)
        h->errors[worker] = err;
    bf_set_free_item(bytes);
}

/* Chooses --quick's images of a set: each of the n that are not skipped equally likely, in ascending order
 * (Knuth's algorithm S with SplitMix64). */
static feat_status draw_items(bf_audit *a, size_t s, feat_error *err)
{
    const bf_manifest_set *set = &a->told->sets[s];
    uint64_t state = bf_args_number(a->run->args, BF_OPT_SEED) + s * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t wanted = bf_args_number(a->run->args, BF_OPT_QUICK), left = 0;
    for (size_t i = 0; i < set->n_leaves; i++)
        left += !set->leaves[i].skipped;
    if (wanted > left)
        wanted = left;
    a->items[s] = feat_alloc_array((size_t)wanted, sizeof *a->items[s]);
    if (a->items[s] == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to choose images");
    for (size_t i = 0; i < set->n_leaves && a->n_items[s] < wanted; i++) {
        if (set->leaves[i].skipped)
            continue;
        if (feat_splitmix64(&state) % left-- < wanted - a->n_items[s])
            a->items[s][a->n_items[s]++] = i;
    }
    return FEAT_OK;
}

feat_status bf_audit_images(bf_audit *a, size_t s, const bf_set *set, bf_manifest *seen, feat_error *problem,
                              feat_error *err)
{
    size_t count = bf_set_count(set), n_workers = feat_pool_threads(a->run->work.context.pool);
    hashing h = {.set = set, .items = a->quick ? a->items[s] : NULL};
    h.leaves = feat_calloc(count, sizeof *h.leaves);
    h.errors = feat_calloc(n_workers, sizeof *h.errors);
    if (h.leaves != NULL && h.errors != NULL) {
        size_t n = a->quick ? a->n_items[s] : count;
        if (!a->quick || count == a->told->sets[s].n_leaves) /* else the difference is in the names already */
            feat_parallel_for(a->run->work.context.pool, n, hash_item, &h);
        for (size_t i = 0; i < count; i++)
            bf_manifest_add_leaf(seen, &seen->sets[s], bf_set_item_name(set, i), &h.leaves[i]);
        for (size_t i = 0; i < n_workers && problem->status == FEAT_OK; i++)
            *problem = h.errors[i];
    } else {
        seen->failed = true;
    }
    feat_free(h.leaves);
    feat_free(h.errors);
    if (bf_interrupted())
        return feat_fail(err, FEAT_ERR_IO, "interrupted");
    return FEAT_OK;
}

feat_status bf_audit_take_set(const bf_audit *a, size_t s, bf_set **set, feat_error *err)
{
    const bf_manifest *m = a->told;
    const char *range = NULL, *layout = NULL;
    bf_set_how how = {.prefer_stats = strcmp(m->sets[s].kind, "statistics") == 0};
    for (size_t i = 0; i < m->n_settings; i++) {
        range = strcmp(m->settings[i].name, "range") == 0 ? m->settings[i].value : range;
        layout = strcmp(m->settings[i].name, "layout") == 0 ? m->settings[i].value : layout;
    }
    feat_status status = bf_set_how_parse(&how, range, layout, err);
    const char *take = bf_audit_setting(m, "take"), *seed = bf_audit_setting(m, "seed");
    if (status == FEAT_OK)
        status = bf_set_open_as(set, a->sets[s], &how, err);
    if (status == FEAT_OK && take != NULL)
        status = bf_set_take(*set, strtoull(take, NULL, 10), seed != NULL ? strtoull(seed, NULL, 10) : 0, s, err);
    if (status != FEAT_OK)
        bf_set_close(set);
    return status;
}

static feat_status see_set(bf_audit *a, size_t s, bf_manifest *seen, feat_error *problem, feat_error *err)
{
    static const char *const kinds[] = {
        [BF_SET_IMAGES] = "images", [BF_SET_FEATURES] = "features", [BF_SET_STATS] = "statistics"};
    _Static_assert(sizeof kinds / sizeof kinds[0] == BF_SET_STATS + 1, "a name for each kind");
    bf_set *set = NULL;
    feat_status status = bf_audit_take_set(a, s, &set, err);
    if (status == FEAT_ERR_IO && !bf_reference_is(a->told->sets[s].path) &&
        !bf_set_is_there(a->sets[s] + (a->sets[s][0] == '@')))
        return feat_fail(err, status,
                         "the run's set '%.200s' is neither in this folder nor beside the manifest; --root DIR says in "
                         "which folder it is",
                         a->told->sets[s].path);
    if (status != FEAT_OK)
        return status;
    bf_manifest_set *record =
        bf_manifest_add_set(seen, a->told->sets[s].role, a->sets[s], kinds[bf_set_get_kind(set)]);
    if (a->quick)
        status = draw_items(a, s, err);
    if (status == FEAT_OK && bf_set_get_kind(set) == BF_SET_IMAGES)
        status = bf_audit_images(a, s, set, seen, problem, err);
    else if (status == FEAT_OK)
        status = bf_record_file(seen, record, set, err);
    bf_set_close(&set);
    return status;
}

feat_status bf_audit_inputs(bf_audit *a, feat_error *err)
{
    bf_manifest *seen = NULL;
    feat_error problem = {FEAT_OK, ""};
    feat_status status = bf_manifest_create(&seen, err);
    if (status != FEAT_OK)
        return status;
    seen->pixels = BF_PIXELS_VERSION;
    seen->numerics = FEAT_NUMERICS_VERSION;
    bf_manifest_text(seen, &seen->mode, a->told->mode);
    status = see_weights(a, seen, err);
    if (status == FEAT_ERR_CHECKSUM) {
        bf_manifest_close(&seen);
        return bf_audit_damaged(a, err);
    }
    for (size_t s = 0; s < a->told->n_sets && status == FEAT_OK; s++)
        status = see_set(a, s, seen, &problem, err);
    if (status != FEAT_OK) {
        status = bf_audit_cannot(a, status, err);
    } else {
        bf_manifest_total(seen);
        status = bf_audit_compare(a, seen, BF_STAGE_INPUTS, a->quick, err);
        if (status != FEAT_OK && problem.status != FEAT_OK && a->run->exit_code == BF_AUDIT_DIFFERENT) {
            /* A file that is there and cannot be read is no other file. */
            a->run->exit_code = BF_AUDIT_CANNOT;
            *err = problem;
            status = bf_audit_cannot(a, problem.status, err);
        }
    }
    bf_manifest_close(&seen);
    return status;
}

