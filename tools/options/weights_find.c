/* Finding and opening the weights. Nothing is ever downloaded. */
#include "tools/options/weights_find.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

#define SYNTH "synth:"
#define INSTALLED "bonafide/inception.iv3"

/* A path under `folder`, if there is such a file; else *spec stays NULL. */
static feat_status try_installed(char **spec, const char *folder, const char *between, feat_error *err)
{
    if (*spec != NULL || folder == NULL || folder[0] != '/')
        return FEAT_OK;
    size_t bytes = strlen(folder) + strlen(between) + sizeof INSTALLED;
    char *path = feat_alloc(bytes);
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to look for weights");
    snprintf(path, bytes, "%s%s%s", folder, between, INSTALLED);
    if (access(path, F_OK) == 0)
        *spec = path;
    else
        feat_free(path);
    return FEAT_OK;
}

feat_status bf_weights_find(char **spec, const char *option, feat_error *err)
{
    const char *named = option != NULL ? option : getenv("BONAFIDE_WEIGHTS");
    *spec = NULL;
    if (named != NULL && *named != 0) {
        *spec = feat_strdup(named);
        return *spec != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory to look for weights");
    }
    const char *data = getenv("XDG_DATA_HOME");
    const struct {
        const char *folder, *between;
    } places[] = {{data, "/"},
                  {data != NULL && data[0] == '/' ? NULL : getenv("HOME"), "/.local/share/"},
                  {"/usr/local/share", "/"},
                  {"/usr/share", "/"}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        feat_status status = try_installed(spec, places[i].folder, places[i].between, err);
        if (status != FEAT_OK)
            return status;
    }
    if (*spec == NULL)
        return feat_fail(err, FEAT_ERR_IO,
                         "no weights: --weights is not given, $BONAFIDE_WEIGHTS is not set and no " INSTALLED
                         " is installed; get them with 'make weights' or 'bonafide weights convert', or try "
                         "--weights synth:1 for a trial");
    return FEAT_OK;
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

feat_status bf_variant_parse(const feat_net **net, const char *name, feat_error *err)
{
    *net = feat_net_find_variant(feat_net_family(bf_network_default()), name);
    if (*net != NULL)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_ARG, "expected variant fid, torchvision or keras, found '%s'", name);
}

feat_status bf_weights_open(feat_weights **out, const char *spec, const char *variant, feat_error *err)
{
    const feat_net *net = bf_network_default();
    feat_status status = FEAT_OK;
    *out = NULL;
    if (variant != NULL)
        status = bf_variant_parse(&net, variant, err);
    if (status != FEAT_OK)
        return status;
    if (strncmp(spec, SYNTH, sizeof SYNTH - 1) == 0) {
        uint64_t seed = 0;
        status = bf_seed_parse(&seed, spec + sizeof SYNTH - 1, err);
        return status == FEAT_OK ? feat_weights_synth(out, seed, net, err) : status;
    }
    status = feat_weights_open(out, spec, err);
    if (status != FEAT_OK || variant == NULL)
        return status;
    const feat_net *found = feat_weights_net(*out);
    if (found == net)
        return FEAT_OK;
    feat_weights_close(out);
    return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: expected variant %s as --variant says, found %s", spec,
                     variant, feat_net_variant_name(found));
}
