/* The network of an invocation: its preset, its weights, and what the report says of them. */
#include "tools/run/network.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/base/text.h"
#include "tools/images/image.h"
#include "tools/options/weights_find.h"
#include "tools/bring/bring_weights.h"
#include "weights/convert.h"

static bool all_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Everything but the image and the tap that features depend on. Presets of the same pixels share the cache. */
static void note_cache_scope(bf_network *network, const bf_provenance *made)
{
    const feat_weights_info *info = &network->weights_info;
    char hex[65], mode[sizeof made->mode];
    feat_hex(hex, info->content_sha256);
    memcpy(mode, made->mode, sizeof mode); /* lies in the same structure as what is written, as compilers see it */
    snprintf(
        network->cache_scope, sizeof network->cache_scope,
        "bonafide features 1: weights %s variant %s classes %zu resize %d scaling %d clip %d numerics %d %s "
        "pixels %d bits %d",
        hex, bf_network_variant(info->net), info->n_classes, (int)network->preset->resize,
        (int)network->preset->scaling, network->preset->clip, FEAT_NUMERICS_VERSION, mode, BF_PIXELS_VERSION,
        (int)bf_limits_bits());
}

static feat_status make_featurizer(bf_run *run, feat_error *err)
{
    feat_status status =
        bf_featurizer_create(&run->network.featurizer, run->network.model, run->work.context.pool,
                             run->network.preset, (size_t)bf_args_number(run->args, BF_OPT_BATCH), err);
    for (size_t i = 0; i < run->n_other && status == FEAT_OK; i++)
        bf_featurizer_add(run->network.featurizer, run->other[i].model, run->other[i].preset);
    return status;
}

/* KID's kernel. The limits keep 1 / (2 sigma^2) a number that is not 0. */
static feat_status take_kernel(bf_convention *how, const bf_args *args, feat_error *err)
{
    const char *kernel = bf_args_text(args, BF_OPT_KID_KERNEL), *sigma = bf_args_text(args, BF_OPT_KID_SIGMA);
    if (kernel == NULL || strcmp(kernel, "rbf") != 0)
        return sigma == NULL ? FEAT_OK
                             : feat_fail(err, FEAT_ERR_ARG,
                                         "--kid-sigma is of the RBF kernel, and KID's is the polynomial one; add "
                                         "--kid-kernel rbf");
    how->kid_kernel = GMET_KERNEL_RBF;
    how->kid_sigma = 10.0;
    if (sigma == NULL)
        return FEAT_OK;
    if (!bf_number_read(&how->kid_sigma, sigma, 0) || !(how->kid_sigma >= 1e-100 && how->kid_sigma <= 1e100))
        return feat_fail(err, FEAT_ERR_ARG, "--kid-sigma: expected a number above 0, from 1e-100 to 1e100; found '%s'",
                         sigma);
    return FEAT_OK;
}

/* What was given on the command line goes before what the preset says. */
static feat_status adapt_convention(bf_convention *how, const bf_args *args, feat_error *err)
{
    if (bf_args_given(args, BF_OPT_SPLITS)) {
        how->split = how->split == GMET_SPLIT_BLOCK ? GMET_SPLIT_EVEN : how->split;
        how->n_splits = (size_t)bf_args_number(args, BF_OPT_SPLITS);
    }
    if (bf_args_given(args, BF_OPT_NO_SHUFFLE))
        how->shuffle = false;
    if (bf_args_given(args, BF_OPT_K))
        how->pr_k = (size_t)bf_args_number(args, BF_OPT_K);
    if (bf_args_given(args, BF_OPT_DENSITY_K))
        how->dc_k = (size_t)bf_args_number(args, BF_OPT_DENSITY_K);
    if (bf_args_given(args, BF_OPT_KNN_CMP))
        how->pr_strict = how->dc_strict = strcmp(bf_args_text(args, BF_OPT_KNN_CMP), "lt") == 0;
    /* Beside the other tools each is that of its tool alone. */
    bool as = bf_args_given(args, BF_OPT_AS);
    how->pr_adm_fp16 = bf_args_given(args, BF_OPT_ADM_FP16) && (!as || strcmp(how->name, "adm") == 0);
    how->pr_stylegan_fp16 = bf_args_given(args, BF_OPT_STYLEGAN_FP16) && (!as || strcmp(how->name, "stylegan") == 0);
    if (bf_args_given(args, BF_OPT_KID_SUBSETS))
        how->kid_subsets = (size_t)bf_args_number(args, BF_OPT_KID_SUBSETS);
    if (bf_args_given(args, BF_OPT_KID_SIZE)) {
        how->kid_size = (size_t)bf_args_number(args, BF_OPT_KID_SIZE);
        how->kid_shrink = false;
    }
    return take_kernel(how, args, err);
}

feat_status bf_run_preset(bf_run *run, const feat_preset *preset, feat_error *err)
{
    run->network.preset = preset;
    run->network.how = *bf_convention_find(run->network.net, preset->name);
    feat_status status = adapt_convention(&run->network.how, run->args, err);
    if (status != FEAT_OK)
        return status;
    if (run->network.how.pr_adm_fp16 && run->network.how.pr_stylegan_fp16)
        return feat_fail(err, FEAT_ERR_ARG, "--adm-fp16 and --stylegan-fp16 exclude each other");
    if (run->network.featurizer == NULL)
        return FEAT_OK;
    bf_featurizer_close(&run->network.featurizer);
    note_cache_scope(&run->network, &run->report.made);
    return make_featurizer(run, err);
}

void bf_note_weights(bf_network *network, bf_provenance *made, const char *spec, const feat_weights_info *info)
{
    network->net = info->net;
    snprintf(made->weights_name, sizeof made->weights_name, "%s", info->name);
    snprintf(made->weights_path, sizeof made->weights_path, "%s", spec);
    snprintf(made->variant, sizeof made->variant, "%s", bf_network_variant(info->net));
    snprintf(made->preset, sizeof made->preset, "%s", network->preset->name);
    made->preset_version = network->preset->version;
    feat_hex(made->weights_sha256, info->content_sha256);
    const char *content = feat_weights_known_content(info->content_sha256);
    bool no_source = all_zero(info->source_sha256, sizeof info->source_sha256);
    made->synthetic = no_source || (content != NULL && strncmp(content, "synth:", 6) == 0);
    made->says_what_made = !no_source && content == NULL;
    if (!no_source)
        feat_hex(made->weights_source_sha256, info->source_sha256);
    snprintf(made->weights, sizeof made->weights, "%s sha256:%s", made->weights_name, made->weights_sha256);
}

/* Whether the command at hand runs the network no further than the features. */
static bool needs_no_classifier(const bf_run *run, const bf_network *network)
{
    return network != &run->network || (bf_command_is(run->args->command, BF_COMMAND_NO_CLASSIFIER) &&
           run->network.tap != bf_run_tap(run, FEAT_ROLE_LOGITS) &&
           run->network.tap != bf_run_tap(run, FEAT_ROLE_LOGITS_UNBIASED));
}

/* What is computed is part of every result; where that is not what was hoped for, it is said. */
static void note_numerics(bf_run *run, const bf_network *network, bf_provenance *made, feat_numerics wanted)
{
    feat_numerics got = feat_model_numerics(network->model);
    snprintf(made->mode, sizeof made->mode, "%s", feat_numerics_name(got));
    if (network != &run->network)
        return; /* said of the run's own network already */
    if (wanted == FEAT_NUMERICS_FAST && got == FEAT_NUMERICS_EXACT)
        bf_report_warn(&run->report,
                       "--numerics fast: no tile unit (AMX) that this program may use; computed exactly, on %s",
                       feat_model_isa(network->model));
    else if (got == FEAT_NUMERICS_SPLIT && !feat_model_has_tiles(network->model) && !run->auditing)
        bf_report_warn(&run->report,
                       "--numerics split: no tile unit (AMX) that this program may use; the same bits were computed in "
                       "software, which takes several times as long as exact");
}

/* A file may decide between networks that differ in nothing but details; one of another family must be asked for, as
 * taps and presets are its own. */
static feat_status open_weights(feat_weights **weights, const bf_network *network, const char *spec, feat_error *err)
{
    feat_status status = bf_weights_open(weights, spec, network->wanted, err);
    if (status != FEAT_OK)
        return status;
    const feat_net *found = feat_weights_net(*weights);
    if (strcmp(feat_net_family(found), feat_net_family(network->net)) == 0)
        return FEAT_OK;
    feat_weights_close(weights);
    return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: weights of %s; run it with --network %s", spec,
                     feat_net_name(found), feat_net_name(found));
}

static feat_status load_model(bf_run *run, bf_network *network, bf_provenance *made, const char *spec, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    feat_config config;
    feat_config_init(&config, sizeof config);
    config.isa_mask = run->work.isa_mask;
    config.pool = run->work.context.pool;
    config.no_classifier = needs_no_classifier(run, network);
    config.numerics = run->network.numerics;
    feat_status status = open_weights(&weights, network, spec, err);
    if (status == FEAT_OK)
        status = feat_model_create(&network->model, weights, &config, err);
    if (status == FEAT_OK) /* after it the digest is that of what was loaded, and needs no second reading */
        status = feat_weights_describe(weights, &info, err);
    if (status == FEAT_OK) {
        note_numerics(run, network, made, config.numerics);
        bf_note_weights(network, made, spec, &info);
        network->weights_info = info;
        note_cache_scope(network, made);
        made->has_weights = true;
        snprintf(made->isa, sizeof made->isa, "%s", feat_model_isa(network->model));
        for (feat_tap t = 0; t < feat_net_n_taps(info.net); t++)
            network->dims[t] = feat_tap_dim(network->model, t);
    }
    feat_weights_close(&weights);
    return status;
}

void bf_run_close_model(bf_run *run)
{
    if (run->auditing)
        return;
    bf_featurizer_close(&run->network.featurizer);
    feat_model_close(&run->network.model);
    for (size_t i = 0; i < run->n_other; i++)
        feat_model_close(&run->other[i].model);
}

void bf_run_turn_to(bf_run *run, const feat_net *net)
{
    bf_cache *cache = run->network.cache;
    bf_run_close_model(run);
    run->network = (bf_network){.net = net, .wanted = net, .cache = cache};
    run->report.made = (bf_provenance){.mode = "exact"};
}

size_t bf_run_model_bytes(const bf_run *run)
{
    size_t bytes = run->network.model_bytes;
    for (size_t i = 0; i < run->n_other; i++)
        bytes += run->other[i].model_bytes;
    return bytes;
}

void bf_run_inherit(bf_run *to, bf_run *from)
{
    to->work.context.pool = from->work.context.pool;
    to->network.model = from->network.model;
    to->network.featurizer = from->network.featurizer;
    memcpy(to->other, from->other, sizeof to->other);
    to->n_other = from->n_other;
    memcpy(to->report.others, from->report.others, sizeof to->report.others);
    to->report.n_others = from->report.n_others;
    memset(from->other, 0, sizeof from->other);
    from->work.context.pool = NULL;
    from->network.model = NULL;
    from->network.featurizer = NULL;
    from->n_other = 0;
    to->network.net = from->network.net;
    to->network.weights_info = from->network.weights_info;
    memcpy(to->network.dims, from->network.dims, sizeof to->network.dims);
    memcpy(to->network.cache_scope, from->network.cache_scope, sizeof to->network.cache_scope);
    to->report.made = from->report.made;
}

/* The network that a tap is of; NULL: the run has not so many. */
static const bf_network *network_of(const bf_run *run, feat_tap tap)
{
    size_t index = bf_tap_network(tap);
    return index == 0 ? &run->network : index <= run->n_other ? &run->other[index - 1] : NULL;
}

const char *bf_run_tap_name(const bf_run *run, feat_tap tap)
{
    const bf_network *network = network_of(run, tap);
    return network == NULL              ? NULL
           : network == &run->network ? feat_net_tap_name(network->net, tap)
                                      : network->tap_names[bf_tap_own(tap)];
}

feat_tap bf_run_find_tap(const bf_run *run, const char *name)
{
    feat_tap tap = feat_net_find_tap(run->network.net, name);
    for (feat_tap t = FEAT_MAX_TAPS; tap == FEAT_NO_TAP && t < FEAT_MAX_TAPS * (1 + run->n_other); t++)
        if (name[0] != 0 && strcmp(bf_run_tap_name(run, t), name) == 0)
            tap = t;
    return tap;
}

feat_tap bf_run_tap(const bf_run *run, feat_role role)
{
    return feat_net_tap(run->network.net, role);
}

size_t bf_run_dim(const bf_run *run, feat_tap tap)
{
    const bf_network *network = network_of(run, tap);
    return network != NULL ? network->dims[bf_tap_own(tap)] : 0;
}

feat_status bf_run_load(bf_run *run, feat_error *err)
{
    char *spec = NULL;
    if (run->network.model != NULL)
        return FEAT_OK;
    size_t before = feat_alloc_bytes();
    bool several = bf_networks_asked(run->args) > 1;
    feat_status status = bf_find_or_bring(&spec, run->args, &run->report, run->network.net, several, err);
    if (status == FEAT_OK) {
        bf_progress_step(&run->report.progress, "loading weights");
        status = load_model(run, &run->network, &run->report.made, spec, err);
        if (status == FEAT_OK)
            status = make_featurizer(run, err);
        bf_progress_clear(&run->report.progress);
        run->network.model_bytes = feat_alloc_bytes() - before;
    }
    feat_free(spec);
    return status;
}

feat_status bf_run_load_other(bf_run *run, size_t index, feat_error *err)
{
    char *spec = NULL;
    bf_network *network = &run->other[index - 1];
    if (network->model != NULL)
        return FEAT_OK;
    size_t before = feat_alloc_bytes();
    feat_status status = bf_weights_find_other(&spec, bf_args_text(run->args, BF_OPT_WEIGHTS), network->net, err);
    if (status == FEAT_OK) {
        bf_progress_step(&run->report.progress, "loading weights");
        status = load_model(run, network, &run->report.others[index - 1], spec, err);
        bf_progress_clear(&run->report.progress);
        network->model_bytes = feat_alloc_bytes() - before;
    }
    if (status == FEAT_OK && run->network.featurizer != NULL)
        bf_featurizer_add(run->network.featurizer, network->model, network->preset);
    feat_free(spec);
    return status;
}

/* That of the papers whose numbers are asked for; the preset that the run was asked for, where the network is run with
 * one of that name; else its own usual one. */
static const feat_preset *preset_of(const bf_run *run, const feat_net *net)
{
    const char *name = run->network.preset->name,
               *printed = bf_published_preset(bf_published_find(bf_args_text(run->args, BF_OPT_PRESET_OF)), net);
    if (printed != NULL)
        return feat_preset_find(printed);
    bool asked = strcmp(name, feat_net_preset_name(run->network.net)) != 0;
    const feat_preset *same = asked ? bf_preset_find(net, name) : NULL;
    return same != NULL ? same : feat_preset_find(feat_net_preset_name(net));
}

/* What bf_warn_weights says of the run's own network. */
static void warn_other(bf_run *run, const bf_network *network, const bf_provenance *made)
{
    if (made->synthetic && !run->report.made.synthetic)
        bf_report_warn(&run->report, "the weights of %s are synthetic: its numbers are for trials only",
                       feat_net_name(network->net));
    else if (!made->synthetic && feat_weights_known(network->weights_info.source_sha256) == NULL)
        bf_report_warn(&run->report,
                       "these weights are not known to be published ones of %s (%.60s is none of the files that are): "
                       "compare with published numbers only if they are the same",
                       feat_net_name(network->net), made->weights_name);
}

feat_status bf_run_other_preset(bf_run *run, size_t index, const feat_preset *preset, feat_error *err)
{
    bf_network *network = &run->other[index - 1];
    network->preset = preset;
    network->how = *bf_convention_find(network->net, preset->name);
    feat_status status = adapt_convention(&network->how, run->args, err);
    network->how.pr_adm_fp16 = false; /* guided-diffusion's, with Inception-v3 */
    if (network->model != NULL)
        note_cache_scope(network, &run->report.others[index - 1]);
    return status;
}

feat_status bf_run_other(bf_run *run, const feat_net *net, size_t *index, feat_error *err)
{
    feat_status status = run->source.network(run->source.ctx, &net, err);
    if (status != FEAT_OK)
        return status;
    for (*index = 1; *index <= run->n_other; ++*index)
        if (run->other[*index - 1].net == net)
            return FEAT_OK;
    if (run->n_other == BF_MAX_NETWORKS - 1)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: no more than %d networks in one run", feat_net_name(net),
                         (int)BF_MAX_NETWORKS);
    bf_network *network = &run->other[run->n_other];
    memset(network, 0, sizeof *network);
    network->net = network->wanted = net;
    status = bf_run_other_preset(run, *index, preset_of(run, net), err);
    if (status != FEAT_OK)
        return status;
    network->tap = (feat_tap)(*index * FEAT_MAX_TAPS) + feat_net_tap(net, FEAT_ROLE_FEATURES);
    run->network.how.pr_stylegan_fp16 = false; /* StyleGAN's, with VGG-16 where that is run */
    for (feat_tap t = 0; t < feat_net_n_taps(net); t++)
        snprintf(network->tap_names[t], sizeof network->tap_names[t], "%.23s:%.23s", feat_net_name(net),
                 feat_net_tap_name(net, t));
    status = run->source.other(run->source.ctx, *index, err);
    if (status != FEAT_OK)
        return status;
    run->report.n_others = ++run->n_other;
    warn_other(run, network, &run->report.others[*index - 1]);
    return status;
}

/* Whether one of the networks is that; NULL for the file: whatever it is from. */
static bool runs(const bf_run *run, const feat_net *net, const char *file)
{
    bool found = (net == NULL || run->network.net == net) &&
                 (file == NULL || strcmp(run->report.made.weights_path, file) == 0);
    for (size_t i = 0; i < run->n_other; i++)
        found = found || ((net == NULL || run->other[i].net == net) &&
                          (file == NULL || strcmp(run->report.others[i].weights_path, file) == 0));
    return found;
}

feat_status bf_run_warn_unused(bf_run *run, feat_error *err)
{
    const char *option = bf_args_text(run->args, BF_OPT_WEIGHTS);
    feat_status status = FEAT_OK;
    bool more = run->source.computes && run->report.made.has_weights && !run->auditing;
    for (size_t i = 0; more && status == FEAT_OK; i++) {
        char *name = NULL;
        const feat_net *net = NULL;
        status = bf_weights_listed(&name, &net, option, i, err);
        more = name != NULL;
        if (net != NULL && !runs(run, NULL, name))
            bf_report_warn(&run->report, "--weights: %s is not used: %s %s", name,
                           runs(run, net, NULL) ? "another file has weights of" : "nothing here asks for",
                           feat_net_name(net));
        feat_free(name);
    }
    return status;
}

feat_status bf_run_model(bf_run *run, feat_error *err)
{
    return run->source.weights(run->source.ctx, err);
}

feat_tap bf_run_logits_of(const bf_run *run, const bf_convention *how)
{
    return bf_run_tap(run, how->logits_with_bias ? FEAT_ROLE_LOGITS : FEAT_ROLE_LOGITS_UNBIASED);
}

feat_status bf_run_logits_tap(bf_run *run, feat_tap *tap, feat_error *err)
{
    *tap = bf_run_logits_of(run, &run->network.how);
    if (bf_run_dim(run, *tap) > 0)
        return FEAT_OK;
    *tap = bf_run_tap(run, FEAT_ROLE_LOGITS);
    if (bf_run_dim(run, *tap) == 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: these weights have no classifier, so no Inception Score",
                         run->report.made.weights_path);
    bf_report_warn(&run->report,
                   "the classifier of these weights has a bias that cannot be left out: the Inception "
                   "Score is of logits with bias");
    return FEAT_OK;
}

const char *bf_tap_of_width(const feat_net *net, size_t d)
{
    for (feat_tap t = 0; d > 0 && t < feat_net_n_taps(net); t++)
        if (feat_net_tap_dim(net, t) == d)
            return feat_net_tap_name(net, t);
    return "";
}

/* The features' network where it is no Inception-v3; NULL: it is one, or it is not known. */
static const feat_net *other_family(const bf_run *run)
{
    const feat_net *net = feat_net_find(bf_network_name(run->report.made.variant));
    return net != NULL && strcmp(feat_net_family(net), feat_net_family(bf_network_default())) != 0 ? net : NULL;
}

static void warn_unknown_file(bf_run *run, const feat_net *other)
{
    bf_report *r = &run->report;
    if (feat_weights_known(run->network.weights_info.source_sha256) != NULL)
        return;
    if (other != NULL)
        bf_report_warn(r,
                       "these weights are not known to be published ones of %s (%.60s is none of the files that are): "
                       "compare with published numbers only if they are the same",
                       feat_net_name(other), r->made.weights_name);
    else
        bf_report_warn(r,
                       "these weights are not known to be the published FID weights (%.60s is none of the files that "
                       "are): compare with published numbers only if they are the same",
                       r->made.weights_name);
}

void bf_warn_weights(bf_run *run)
{
    bf_report *r = &run->report;
    const feat_net *other = other_family(run);
    /* Not of metrics that are published of that network: the command has chosen it for them. */
    if (other != NULL && strcmp(r->command, "pr") != 0 && run->network.usual == NULL)
        bf_report_warn(r, "the features are those of %s: distances of them are no FID or KID as published, which are "
                          "of Inception-v3", feat_net_name(other));
    if (!r->made.has_weights)
        return;
    if (r->made.synthetic)
        bf_report_warn(r, "the weights are synthetic: the numbers are for trials only");
    else if (other == NULL && run->network.net != bf_network_default())
        bf_report_warn(r,
                       "these weights are not the published FID weights (%.60s is an Inception-v3 as %s has it): not "
                       "comparable with published FID or Inception Score",
                       r->made.weights_name, r->made.variant);
    else
        warn_unknown_file(run, other);
}
