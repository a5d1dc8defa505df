/* The weights of small_net.c: these calls are put in the place of libiv3's by the linker's --wrap. */
#include <stdlib.h>
#include <string.h>

#include "engine/flat/flat_read.h"
#include "engine/flat/flat_synth.h"
#include "engine/iv3.h"
#include "tests/weights/weightgen.h"
#include "weights/convert.h"

enum { CLASSES = 12 };

/* The convolutions of small_net.c. */
static const iv3_conv_name convs[] = {
    {"stem", "", 16, 3, 3, 3},    {"spatial", "", 16, 16, 3, 3}, {"t64", "", 64, 16, 1, 1},
    {"t192", "", 192, 16, 1, 1},  {"t768a", "", 384, 16, 1, 1},  {"t768b", "", 384, 16, 1, 1},
    {"last0", "", 512, 16, 1, 1}, {"last1", "", 512, 16, 1, 1},  {"last2", "", 512, 16, 1, 1},
    {"last3", "", 512, 16, 1, 1},
};
static const iv3_layout layout = {convs, sizeof convs / sizeof convs[0], IV3_FEATURE_DIM, CLASSES, 10};

iv3_status __wrap_iv3_weights_synth(iv3_weights **out, uint64_t seed, iv3_variant variant, iv3_error *err);
iv3_status __wrap_iv3_weights_synth(iv3_weights **out, uint64_t seed, iv3_variant variant, iv3_error *err)
{
    return iv3_weights_synth_layout(out, seed, variant, &layout, err);
}

iv3_status __wrap_iv3_weights_open(iv3_weights **out, const char *path, iv3_error *err);
iv3_status __wrap_iv3_weights_open(iv3_weights **out, const char *path, iv3_error *err)
{
    iv3_status status = iv3_weights_open_layout(out, path, &layout, err);
    if (status == IV3_ERR_FORMAT) /* one that was converted, and is looked at again */
        status = iv3_weights_open_layout(out, path, &gen_layout, err);
    return status;
}

/* What is converted are the files of weightgen.h, for its own tiny layout. */
iv3_status __wrap_iv3_convert(const iv3_convert_options *options, iv3_convert_report *report, iv3_error *err);
iv3_status __wrap_iv3_convert(const iv3_convert_options *options, iv3_convert_report *report, iv3_error *err)
{
    return iv3_convert_layout(options, &gen_layout, report, err);
}

/* --- narrow features ---------------------------------------------------------------------------------------- */

/* Covariances of 2048 columns take longer than all the rest: the tools see the first few of each layer. */
enum { NARROW = 16 };
static _Thread_local int inside; /* a run of the network, which needs the true widths */

size_t __real_iv3_tap_dim(const iv3_model *model, iv3_tap tap);
size_t __wrap_iv3_tap_dim(const iv3_model *model, iv3_tap tap);
size_t __wrap_iv3_tap_dim(const iv3_model *model, iv3_tap tap)
{
    size_t dim = __real_iv3_tap_dim(model, tap);
    return !inside && dim > NARROW ? (size_t)NARROW : dim;
}

iv3_status small_session_run(iv3_session *session, const float *images, size_t n, const iv3_output *outputs,
                             size_t n_outputs);
iv3_status __real_iv3_session_run(iv3_session *session, const float *images, size_t n, const iv3_output *outputs,
                                  size_t n_outputs);
iv3_status small_session_run(iv3_session *session, const float *images, size_t n, const iv3_output *outputs,
                             size_t n_outputs)
{
    size_t floats = n * IV3_FEATURE_DIM;
    float *wide = malloc(n_outputs * floats * sizeof *wide); /* not one of those that are counted */
    iv3_output all[IV3_N_TAPS] = {{IV3_TAP_64, NULL, 0}};
    if (wide == NULL || n_outputs > IV3_N_TAPS)
        abort();
    for (size_t o = 0; o < n_outputs; o++)
        all[o] = (iv3_output){outputs[o].tap, wide + o * floats, IV3_FEATURE_DIM};
    inside = 1;
    iv3_status status = __real_iv3_session_run(session, images, n, all, n_outputs);
    inside = 0;
    for (size_t o = 0; o < n_outputs && status == IV3_OK; o++)
        for (size_t i = 0; i < n; i++)
            memcpy(outputs[o].data + i * outputs[o].stride, wide + o * floats + i * IV3_FEATURE_DIM,
                   (outputs[o].tap < IV3_TAP_LOGITS_UNBIASED ? NARROW : CLASSES) * sizeof(float));
    free(wide);
    return status;
}
