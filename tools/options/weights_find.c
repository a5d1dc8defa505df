/* Finding and opening the weights. Nothing here downloads any. */
#include "tools/options/weights_find.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/stored/data_folder.h"
#include "weights/convert.h"

#define SYNTH "synth:"
#define GET "get"

void bf_weights_installed_name(char name[BF_INSTALLED_NAME], const feat_net *net)
{
    bool usual = strcmp(feat_net_family(net), feat_net_family(bf_network_default())) == 0;
    snprintf(name, BF_INSTALLED_NAME, "%s.iv3", usual ? "inception" : feat_net_name(net));
}

const char *bf_weights_size_text(char text[BF_SIZE_TEXT], uint64_t bytes)
{
    if (bytes >= 1000000000)
        snprintf(text, BF_SIZE_TEXT, "%.1f GB", (double)bytes / 1e9);
    else
        snprintf(text, BF_SIZE_TEXT, "%.0f MB", (double)bytes / 1e6);
    return text;
}

/* What is missing, where it comes from, and the command that brings it: a line each. `beside` another network, whose
 * weights are named perhaps. */
static feat_status none_found(const feat_net *net, bool beside, feat_error *err)
{
    const char *name = feat_net_name(net), *trial = beside ? "" : "; for a trial: --weights synth:1";
    const feat_known_file *file = feat_weights_published(name);
    char installed[BF_INSTALLED_NAME], size[BF_SIZE_TEXT], missing[256];
    bf_weights_installed_name(installed, net);
    snprintf(missing, sizeof missing, "no weights of %s: %sno bonafide/%s is installed", name,
             beside ? "" : "--weights is not given, $BONAFIDE_WEIGHTS is not set and ", installed);
    if (file == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s\nmake them: bonafide weights convert IN OUT.iv3%s%s", missing,
                         beside ? ", and name both files: --weights FILE,FILE" : "", trial);
    bf_weights_size_text(size, file->bytes);
    const bool sized = file->bytes > 0;
    return feat_fail(err, FEAT_ERR_IO,
                     "%s\nthey come from %s%s%s%s\nget them: bonafide weights get %s (without a network: --from "
                     "FILE)%s%s",
                     missing, file->address, sized ? " (" : "", sized ? size : "", sized ? ")" : "", name,
                     beside ? ", or name both files: --weights FILE,FILE" : "", trial);
}

/* --- several names, one for each network --------------------------------------------------------------- */

/* Whether `named` names several: a comma is in it, and no file has the whole for its name. */
static bool is_list(const char *named)
{
    return strchr(named, ',') != NULL && access(named, F_OK) != 0;
}

static bool is_seed(const char *name)
{
    return strncmp(name, SYNTH, sizeof SYNTH - 1) == 0;
}

/* Which network a file holds. */
static feat_status net_of_file(const feat_net **of, const char *name, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_status status = feat_weights_open(&weights, name, err);
    *of = status == FEAT_OK ? feat_weights_net(weights) : NULL;
    feat_weights_close(&weights);
    return status;
}

/* *of <- of which network of the family of `net` these are weights; NULL: of none. Those of a seed are of `net` itself.
 * A file that cannot be read is an error among several, and else is of none: who needs it finds that out. */
static feat_status net_of(const feat_net **of, const char *name, bool list, const feat_net *net, feat_error *err)
{
    feat_error unread;
    *of = net;
    if (is_seed(name))
        return FEAT_OK;
    feat_status status = net_of_file(of, name, list ? err : &unread);
    if (*of != NULL && strcmp(feat_net_family(*of), feat_net_family(net)) != 0)
        *of = NULL;
    return list ? status : FEAT_OK;
}

/* Name number `index` of those in `named`, which are one where that is no list; NULL: there are not so many, or no
 * memory, which *status tells. The caller's to free. */
static char *name_at(const char *named, size_t index, feat_status *status, feat_error *err)
{
    bool list = is_list(named);
    for (; index > 0 && list && strchr(named, ',') != NULL; index--)
        named = strchr(named, ',') + 1;
    if (index > 0)
        return NULL;
    size_t n = list ? strcspn(named, ",") : strlen(named);
    char *name = feat_alloc(n + 1);
    if (name == NULL) {
        *status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to look for weights");
        return NULL;
    }
    memcpy(name, named, n);
    name[n] = 0;
    return name;
}

/* Every file of one or several is there, also those that are not looked into. */
static feat_status all_there(const char *named, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; status == FEAT_OK; i++) {
        char *name = name_at(named, i, &status, err);
        if (name == NULL)
            break;
        if (!is_seed(name) && access(name, R_OK) != 0)
            status = feat_fail(err, FEAT_ERR_IO, "--weights: %s: cannot open: %s", name, strerror(errno));
        feat_free(name);
    }
    return status;
}

/* The first file of `named` with weights of `net`, or else of its family, or else of a seed; *spec stays NULL without.
 * of: NULL, or which network it is. */
static feat_status pick(char **spec, const feat_net **of, const char *named, const feat_net *net, feat_error *err)
{
    enum { OF_SEED = 1, OF_FAMILY, EXACT };
    int best = 0;
    feat_status status = is_list(named) ? all_there(named, err) : FEAT_OK;
    for (size_t i = 0; best < EXACT && status == FEAT_OK; i++) {
        const feat_net *found = NULL;
        char *name = name_at(named, i, &status, err);
        if (name == NULL)
            break;
        status = net_of(&found, name, is_list(named), net, err);
        int rank = found == NULL ? 0 : is_seed(name) ? OF_SEED : found != net ? OF_FAMILY : EXACT;
        if (rank <= best) {
            feat_free(name);
            continue;
        }
        best = rank;
        if (of != NULL)
            *of = found;
        feat_free(*spec);
        *spec = name;
    }
    return status;
}

static const char *said_by(const char *option)
{
    return option != NULL ? option : getenv("BONAFIDE_WEIGHTS");
}

/* What --weights or the environment names; NULL: nothing. */
static const char *named_by(const char *option)
{
    const char *named = said_by(option);
    return named != NULL && *named != 0 && strcmp(named, GET) != 0 ? named : NULL;
}

bool bf_weights_installed_meant(const char *option, bool *get)
{
    const char *said = said_by(option);
    *get = said != NULL && strcmp(said, GET) == 0;
    return named_by(option) == NULL;
}

feat_status bf_weights_find_installed(char **path, const feat_net *net, feat_error *err)
{
    char name[BF_INSTALLED_NAME];
    bf_weights_installed_name(name, net);
    return bf_data_find(path, name, err);
}

feat_status bf_weights_find(char **spec, const char *option, const feat_net *net, feat_error *err)
{
    const char *named = named_by(option);
    feat_status status = FEAT_OK;
    *spec = NULL;
    if (named != NULL && !is_list(named)) {
        *spec = feat_strdup(named);
        return *spec != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory to look for weights");
    }
    if (named != NULL)
        status = pick(spec, NULL, named, net, err);
    if (status == FEAT_OK && *spec == NULL && named != NULL)
        return feat_fail(err, FEAT_ERR_IO, "--weights %s: none of these files holds weights of %s", named,
                         feat_net_name(net));
    if (status == FEAT_OK && *spec == NULL)
        status = bf_weights_find_installed(spec, net, err);
    if (status == FEAT_OK && *spec == NULL)
        return none_found(net, false, err);
    return status;
}

feat_status bf_weights_find_other(char **spec, const char *option, const feat_net *net, feat_error *err)
{
    const char *named = named_by(option);
    *spec = NULL;
    feat_status status = named != NULL ? all_there(named, err) : FEAT_OK;
    if (status == FEAT_OK && named != NULL)
        status = pick(spec, NULL, named, net, err);
    if (status == FEAT_OK && *spec == NULL)
        status = bf_weights_find_installed(spec, net, err);
    if (status == FEAT_OK && *spec == NULL)
        return none_found(net, true, err);
    return status;
}

feat_status bf_weights_network(const feat_net **out, const char *option, const feat_net *net, feat_error *err)
{
    const char *named = named_by(option);
    char *spec = NULL;
    *out = net;
    feat_status status = named != NULL ? pick(&spec, out, named, net, err) : FEAT_OK;
    feat_free(spec);
    return status;
}

feat_status bf_weights_listed(char **name, const feat_net **net, const char *option, size_t index, feat_error *err)
{
    feat_status status = FEAT_OK;
    *net = NULL;
    *name = option != NULL && is_list(option) ? name_at(option, index, &status, err) : NULL;
    if (*name != NULL && !is_seed(*name))
        status = net_of_file(net, *name, err);
    return status;
}

feat_status bf_weights_named(const feat_net **out, const char *option, const feat_net *net, feat_error *err)
{
    const char *named = named_by(option);
    char *spec = NULL;
    *out = NULL;
    feat_status status = named != NULL ? pick(&spec, out, named, net, err) : FEAT_OK;
    if (spec == NULL || is_seed(spec))
        *out = NULL;
    feat_free(spec);
    return status;
}

feat_status bf_seed_parse(uint64_t *seed, const char *text, feat_error *err)
{
    uint64_t value = 0;
    bool good = *text != 0;
    for (const char *c = text; *c != 0 && good; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        good = *c >= '0' && *c <= '9' && value <= (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    if (!good)
        return feat_fail(err, FEAT_ERR_ARG, "expected a decimal number as the seed, found '%s'", text);
    *seed = value;
    return FEAT_OK;
}

const feat_net *bf_network_default(void)
{
    return feat_net_find("inception-v3-fid");
}

const char *bf_network_variant(const feat_net *net)
{
    bool usual = strcmp(feat_net_family(net), feat_net_family(bf_network_default())) == 0;
    return usual ? feat_net_variant_name(net) : feat_net_name(net);
}

const char *bf_network_name(const char *variant)
{
    const feat_net *net = feat_net_find_variant(feat_net_family(bf_network_default()), variant);
    net = net != NULL ? net : feat_net_find(variant);
    return net != NULL ? feat_net_name(net) : NULL;
}

feat_status bf_network_parse(const feat_net **net, const char *name, feat_error *err)
{
    char known[512] = "";
    *net = feat_net_find_variant(feat_net_family(bf_network_default()), name);
    if (*net == NULL)
        *net = feat_net_find(name);
    if (*net != NULL)
        return FEAT_OK;
    for (size_t i = 0, used = 0; feat_net_at(i) != NULL && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                 feat_net_name(feat_net_at(i)));
    return feat_fail(err, FEAT_ERR_ARG, "expected a network, one of %s, found '%s'", known, name);
}

size_t bf_networks_asked(const bf_args *args)
{
    size_t n = 1;
    for (const char *at = bf_args_text(args, BF_OPT_NETWORK); at != NULL && *at != 0; at++)
        n += *at == ',';
    return n;
}

feat_status bf_network_asked(const feat_net **net, const bf_args *args, size_t index, feat_error *err)
{
    const char *at = bf_args_text(args, BF_OPT_NETWORK);
    char name[64];
    for (size_t i = 0; i < index; i++)
        at = strchr(at, ',') + 1;
    size_t n = strcspn(at, ",");
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name), at);
    return bf_network_parse(net, name, err);
}

/* Whether the files of a list are there: one that is not would be passed over, and an installed one taken. */
static feat_status check_files(const char *named, feat_error *err)
{
    char name[1024];
    for (const char *at = named; *at != 0;) {
        size_t n = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name), at);
        if (strncmp(name, SYNTH, sizeof SYNTH - 1) != 0 && access(name, R_OK) != 0)
            return feat_fail(err, FEAT_ERR_IO, "--weights: cannot read %s", name);
        at += n + (at[n] == ',');
    }
    return FEAT_OK;
}

feat_status bf_weights_check(const bf_args *args, feat_error *err)
{
    const char *option = bf_args_text(args, BF_OPT_WEIGHTS), *named = named_by(option);
    feat_status status = named != NULL && is_list(named) ? check_files(named, err) : FEAT_OK;
    for (size_t i = 0; i < bf_networks_asked(args) && status == FEAT_OK; i++) {
        const feat_net *net, *found = NULL;
        char *spec = NULL;
        status = bf_network_asked(&net, args, i, err);
        if (status == FEAT_OK)
            status = bf_weights_find_other(&spec, option, net, err);
        if (status == FEAT_OK)
            status = bf_weights_network(&found, option, net, err);
        if (status == FEAT_OK && found != net)
            status = feat_fail(err, FEAT_ERR_IO, "--weights %s: none of these files holds weights of %s", named,
                               feat_net_name(net));
        feat_free(spec);
    }
    return status;
}

feat_status bf_network_wanted(const feat_net **net, const bf_args *args, feat_error *err)
{
    const char *name = bf_args_text(args, BF_OPT_NETWORK), *variant = bf_args_text(args, BF_OPT_VARIANT);
    const feat_net *other = NULL;
    feat_status status = FEAT_OK;
    *net = NULL;
    if (name != NULL)
        status = bf_network_asked(net, args, 0, err);
    if (status == FEAT_OK && variant != NULL)
        status = bf_network_parse(&other, variant, err);
    if (status == FEAT_OK && *net != NULL && other != NULL && *net != other)
        return feat_fail(err, FEAT_ERR_ARG, "--network %s and --variant %s are two networks; give one of them", name,
                         variant);
    *net = *net != NULL ? *net : other;
    return status;
}

feat_status bf_weights_open(feat_weights **out, const char *spec, const feat_net *wanted, feat_error *err)
{
    *out = NULL;
    if (strncmp(spec, SYNTH, sizeof SYNTH - 1) == 0) {
        uint64_t seed = 0;
        feat_status status = bf_seed_parse(&seed, spec + sizeof SYNTH - 1, err);
        return status == FEAT_OK ? feat_weights_synth(out, seed, wanted != NULL ? wanted : bf_network_default(), err)
                                 : status;
    }
    feat_status status = feat_weights_open(out, spec, err);
    if (status != FEAT_OK || wanted == NULL || feat_weights_net(*out) == wanted)
        return status;
    const char *found = feat_net_name(feat_weights_net(*out));
    feat_weights_close(out);
    return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: expected weights of %s as asked, found %s", spec,
                     feat_net_name(wanted), found);
}
