/* Images go through the network. */
#include "tools/run/source_network.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/status.h"
#include "tools/options/weights_find.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

/* WxH, two numbers of at most five digits. (sscanf alone would make a static program 80 KB larger.) */
static bool read_size(const char *text, size_t *w, size_t *h)
{
    static const char digits[] = "0123456789";
    size_t n_w = strspn(text, digits);
    const char *height = text + n_w + (text[n_w] == 'x');
    size_t n_h = strspn(height, digits);
    *w = strtoul(text, NULL, 10);
    *h = strtoul(height, NULL, 10);
    return n_w >= 1 && n_w <= 5 && text[n_w] == 'x' && n_h >= 1 && n_h <= 5 && height[n_h] == 0;
}

/* "-": frames on standard input, of the size that --size says. */
static feat_status open_frames(const bf_run *run, bf_set **out, feat_error *err)
{
    size_t w, h;
    const char *size = bf_args_text(run->args, BF_OPT_SIZE);
    if (size == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "-: frames on standard input need their size: --size WxH");
    if (!read_size(size, &w, &h))
        return feat_fail(err, FEAT_ERR_ARG, "--size: WxH expected, as 256x256; '%s' found", size);
    for (size_t i = 0; i < run->report.n_inputs; i++)
        if (strcmp(run->report.inputs[i].path, "-") == 0)
            return feat_fail(err, FEAT_ERR_ARG, "-: standard input is one set, not two");
    if (run->keeper.finish != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "-: --shard needs a set that each shard can read for itself");
    const char *again = bf_command_is(run->args->command, BF_COMMAND_READS_TWICE) ? run->args->command->name
                        : bf_args_given(run->args, BF_OPT_AS)                     ? "--as"
                        : bf_args_given(run->args, BF_OPT_REPORT)                 ? "--report"
                                                                                  : NULL;
    if (again != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "-: %s looks at the images more than once, and a pipe is read once; write "
                         "the frames to an .npy", again);
    return bf_set_open_raw(out, STDIN_FILENO, w, h, err);
}

static feat_status open_set(void *ctx, bf_set **out, size_t index, const char *spec, const bf_set_how *how,
                            feat_error *err)
{
    const bf_run *run = ctx;
    feat_status status = strcmp(spec, "-") == 0 ? open_frames(ctx, out, err) : bf_set_open_as(out, spec, how, err);
    if (status == FEAT_OK)
        status = bf_run_take(run->args, *out, index, err);
    if (status != FEAT_OK)
        bf_set_close(out);
    return status;
}

static feat_status load_weights(void *ctx, feat_error *err)
{
    return bf_run_load(ctx, err);
}

static feat_status load_other(void *ctx, size_t index, feat_error *err)
{
    return bf_run_load_other(ctx, index, err);
}

static feat_status find_network(void *ctx, const feat_net **net, feat_error *err)
{
    const bf_run *run = ctx;
    return bf_weights_network(net, bf_args_text(run->args, BF_OPT_WEIGHTS), *net, err);
}

static feat_status featurize(void *ctx, const bf_side *side, const bf_featurize_job *job, bf_featurize_report *found,
                             feat_error *err)
{
    const bf_run *run = ctx;
    (void)side;
    return bf_featurize(run->network.featurizer, job, found, err);
}

bf_feature_source bf_source_network(bf_run *run)
{
    return (bf_feature_source){.ctx = run,
                               .open_set = open_set,
                               .weights = load_weights,
                               .other = load_other,
                               .network = find_network,
                               .featurize = featurize,
                               .computes = true};
}
