/* The weights of small_net.c: these calls are put in the place of libfeat's by the linker's --wrap. */
#include <stdlib.h>
#include <string.h>

#include "engine/flat/flat_read.h"
#include "engine/flat/flat_synth.h"
#include "engine/feat.h"
#include "engine/nets/net.h"
#include "tests/weights/weightgen.h"
#include "weights/convert.h"

enum { CLASSES = 12 };

/* The convolutions of small_net.c. */
static const feat_conv_name convs[] = {
    {"stem", "", 16, 3, 3, 3},    {"spatial", "", 16, 16, 3, 3}, {"t64", "", 64, 16, 1, 1},
    {"t192", "", 192, 16, 1, 1},  {"t768a", "", 384, 16, 1, 1},  {"t768b", "", 384, 16, 1, 1},
    {"last0", "", 512, 16, 1, 1}, {"last1", "", 512, 16, 1, 1},  {"last2", "", 512, 16, 1, 1},
    {"last3", "", 512, 16, 1, 1},
};
static const feat_layout layout = {convs, sizeof convs / sizeof convs[0], FEAT_FEATURE_DIM, CLASSES, 10};

feat_status __wrap_feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net, feat_error *err);
feat_status __wrap_feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net, feat_error *err)
{
    return feat_weights_synth_layout(out, seed, (feat_variant)net->number, &layout, err);
}

feat_status __wrap_feat_weights_open(feat_weights **out, const char *path, feat_error *err);
feat_status __wrap_feat_weights_open(feat_weights **out, const char *path, feat_error *err)
{
    feat_status status = feat_weights_open_layout(out, path, &layout, err);
    if (status == FEAT_ERR_FORMAT) /* one that was converted, and is looked at again */
        status = feat_weights_open_layout(out, path, &gen_layout, err);
    return status;
}

/* What is converted are the files of weightgen.h, for its own tiny layout. */
feat_status __wrap_feat_convert(const feat_convert_options *options, feat_convert_report *report, feat_error *err);
feat_status __wrap_feat_convert(const feat_convert_options *options, feat_convert_report *report, feat_error *err)
{
    return feat_convert_layout(options, &gen_layout, report, err);
}

/* --- narrow features ---------------------------------------------------------------------------------------- */

/* Covariances of 2048 columns take longer than all the rest: the tools see the first few of each layer. */
enum { NARROW = 16 };
static _Thread_local int inside; /* a run of the network, which needs the true widths */

size_t __real_feat_tap_dim(const feat_model *model, feat_tap tap);
size_t __wrap_feat_tap_dim(const feat_model *model, feat_tap tap);
size_t __wrap_feat_tap_dim(const feat_model *model, feat_tap tap)
{
    size_t dim = __real_feat_tap_dim(model, tap);
    return !inside && dim > NARROW ? (size_t)NARROW : dim;
}

feat_status small_session_run(feat_session *session, const float *images, size_t n, const feat_output *outputs,
                              size_t n_outputs);
feat_status __real_feat_session_run(feat_session *session, const float *images, size_t n, const feat_output *outputs,
                                    size_t n_outputs);
feat_status small_session_run(feat_session *session, const float *images, size_t n, const feat_output *outputs,
                              size_t n_outputs)
{
    size_t floats = n * FEAT_FEATURE_DIM;
    float *wide = malloc(n_outputs * floats * sizeof *wide); /* not one of those that are counted */
    feat_output all[FEAT_N_TAPS] = {{FEAT_TAP_64, NULL, 0}};
    if (wide == NULL || n_outputs > FEAT_N_TAPS)
        abort();
    for (size_t o = 0; o < n_outputs; o++)
        all[o] = (feat_output){outputs[o].tap, wide + o * floats, FEAT_FEATURE_DIM};
    inside = 1;
    feat_status status = __real_feat_session_run(session, images, n, all, n_outputs);
    inside = 0;
    for (size_t o = 0; o < n_outputs && status == FEAT_OK; o++)
        for (size_t i = 0; i < n; i++)
            memcpy(outputs[o].data + i * outputs[o].stride, wide + o * floats + i * FEAT_FEATURE_DIM,
                   (outputs[o].tap < FEAT_TAP_LOGITS_UNBIASED ? NARROW : CLASSES) * sizeof(float));
    free(wide);
    return status;
}
