/* Presets, and the step from pixels to the network's input: pick the resize, then scale in place. */
#include "engine/resize/resize.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

static const feat_preset presets[] = {
    {"tf1", 1, FEAT_RESIZE_TF1, FEAT_SCALING_128, 0},
    {"pytorch-fid", 1, FEAT_RESIZE_TORCH, FEAT_SCALING_UNIT_SYM, 0},
    {"clean", 1, FEAT_RESIZE_PIL_BICUBIC, FEAT_SCALING_128, 1},
    {"adm", 1, FEAT_RESIZE_TF1, FEAT_SCALING_128, 0},
    {"stylegan", 1, FEAT_RESIZE_TF1, FEAT_SCALING_128, 0},
    {"torchmetrics-1.8", 1, FEAT_RESIZE_TORCH_ANTIALIAS, FEAT_SCALING_128, 0},
    {"studiogan-legacy", 1, FEAT_RESIZE_TORCH, FEAT_SCALING_UNIT_LATE, 1},
    {"studiogan-clean", 1, FEAT_RESIZE_PIL_BICUBIC, FEAT_SCALING_UNIT_LATE, 0},
    {"studiogan-friendly", 1, FEAT_RESIZE_PIL_BILINEAR, FEAT_SCALING_UNIT_LATE, 0},
    {"dgm", 1, FEAT_RESIZE_PIL_BYTES, FEAT_SCALING_128, 0},
    {"dgm-clean", 1, FEAT_RESIZE_PIL_BICUBIC, FEAT_SCALING_128, 1},
    {"edm2", 1, FEAT_RESIZE_TORCH_BICUBIC, FEAT_SCALING_128, 0},
    {"clip", 1, FEAT_RESIZE_CLIP, FEAT_SCALING_128, 0},
    {"cmmd", 1, FEAT_RESIZE_CMMD, FEAT_SCALING_128, 0},
};

const feat_preset *feat_preset_at(size_t index)
{
    return index < sizeof presets / sizeof presets[0] ? &presets[index] : NULL;
}

const feat_preset *feat_preset_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

int feat_preset_same_pixels(const feat_preset *a, const feat_preset *b)
{
    return a->resize == b->resize && a->scaling == b->scaling && a->clip == b->clip;
}

static bool is_bilinear(feat_resize resize)
{
    return resize == FEAT_RESIZE_TF1 || resize == FEAT_RESIZE_TORCH;
}

static feat_size size_of(const feat_net *net)
{
    feat_shape input = feat_net_input(net);
    return (feat_size){input.h, input.w};
}

static bool scratch_bytes(feat_size to, feat_size from, const feat_preset *preset, size_t *bytes)
{
    *bytes = 0;
    if (from.h == to.h && from.w == to.w)
        return true;
    feat_geometry geometry = feat_geometry_of(preset->resize, to, from);
    return is_bilinear(preset->resize) ? feat_bilinear_bytes(to, bytes) : feat_filtered_bytes(&geometry, bytes);
}

static bool sides_are_good(size_t h, size_t w)
{
    return h > 0 && w > 0 && h <= FEAT_RESIZE_MAX_SIDE && w <= FEAT_RESIZE_MAX_SIDE;
}

size_t feat_preprocess_scratch_bytes(const feat_net *net, size_t h, size_t w, const feat_preset *preset)
{
    size_t bytes;
    if (net == NULL || preset == NULL || !sides_are_good(h, w) ||
        !scratch_bytes(size_of(net), (feat_size){h, w}, preset, &bytes))
        return 0;
    return bytes;
}

static void clip(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float low = x[i] > 0.0f ? x[i] : 0.0f;
        x[i] = low < 255.0f ? low : 255.0f;
    }
}

/* Mean and standard deviation of the levels of red, green and blue, times 255: of ImageNet, as torchvision has them,
 * and of what CLIP was trained with, as openai/CLIP has them. */
typedef struct levels {
    float mean[3], deviation[3];
} levels;

static const levels imagenet = {{0.485f * 255.0f, 0.456f * 255.0f, 0.406f * 255.0f},
                                {0.229f * 255.0f, 0.224f * 255.0f, 0.225f * 255.0f}};
static const levels clip_levels = {{0.48145466f * 255.0f, 0.4578275f * 255.0f, 0.40821073f * 255.0f},
                                   {0.26862954f * 255.0f, 0.26130258f * 255.0f, 0.27577711f * 255.0f}};

static void scale_levels(float *x, size_t n_pixels, const levels *of)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < n_pixels; i++)
            x[c * n_pixels + i] = (x[c * n_pixels + i] - of->mean[c]) / of->deviation[c];
}

/* 1/128 and 1/0.5 are powers of two: to multiply by them is to divide, exactly. */
static void scale_in_place(float *x, size_t n, feat_scaling scaling)
{
    switch (scaling) {
    case FEAT_SCALING_UNIT_SYM:
        for (size_t i = 0; i < n; i++)
            x[i] = 2.0f * x[i] - 1.0f;
        break;
    case FEAT_SCALING_UNIT_LATE:
        for (size_t i = 0; i < n; i++)
            x[i] = (x[i] / 255.0f - 0.5f) * 2.0f;
        break;
    case FEAT_SCALING_IMAGENET:
        scale_levels(x, n / 3, &imagenet);
        break;
    case FEAT_SCALING_CLIP:
        scale_levels(x, n / 3, &clip_levels);
        break;
    case FEAT_SCALING_128:
        for (size_t i = 0; i < n; i++)
            x[i] = (x[i] - 128.0f) * 0.0078125f;
        break;
    }
}

/* A picture that has the size already: no resampling, the bytes' values. */
static void copy_planes(float *out, feat_size size, const uint8_t *rgb, feat_scaling scaling)
{
    float level[256];
    for (int i = 0; i < 256; i++)
        level[i] = scaling == FEAT_SCALING_UNIT_SYM ? (float)i / 255.0f : (float)i;
    size_t n_pixels = size.h * size.w;
    for (size_t i = 0; i < n_pixels; i++)
        for (size_t c = 0; c < 3; c++)
            out[c * n_pixels + i] = level[rgb[3 * i + c]];
}

static void resize_filtered(float *out, const feat_geometry *geometry, const uint8_t *rgb, feat_resize resize,
                            void *scratch)
{
    static const feat_kernel kernels[] = {
        [FEAT_RESIZE_PIL_BICUBIC] = FEAT_KERNEL_PIL_BICUBIC,
        [FEAT_RESIZE_PIL_BILINEAR] = FEAT_KERNEL_PIL_TRIANGLE,
        [FEAT_RESIZE_TORCH_ANTIALIAS] = FEAT_KERNEL_TORCH_TRIANGLE,
        [FEAT_RESIZE_PIL_BYTES] = FEAT_KERNEL_PIL_BYTES,
        [FEAT_RESIZE_TORCH_BICUBIC] = FEAT_KERNEL_TORCH_BICUBIC,
        [FEAT_RESIZE_CLIP] = FEAT_KERNEL_PIL_BYTES,
        [FEAT_RESIZE_CMMD] = FEAT_KERNEL_PIL_BYTES,
    };
    _Static_assert(sizeof kernels / sizeof kernels[0] == FEAT_RESIZE_CMMD + 1, "a row for every way");
    feat_resize_filtered(out, geometry, rgb, kernels[resize], scratch);
}

static void resize(float *out, feat_size to, const uint8_t *rgb, feat_size from, const feat_preset *preset,
                   feat_scaling scaling, void *scratch)
{
    if (preset->resize == FEAT_RESIZE_TF1)
        feat_resize_tf1(out, to, rgb, from, scratch);
    else if (preset->resize == FEAT_RESIZE_TORCH)
        feat_resize_torch(out, to, rgb, from, scaling == FEAT_SCALING_UNIT_SYM, scratch);
    else {
        feat_geometry geometry = feat_geometry_of(preset->resize, to, from);
        resize_filtered(out, &geometry, rgb, preset->resize, scratch);
    }
    if (preset->clip)
        clip(out, 3 * to.h * to.w);
}

feat_status feat_preprocess(float *out, const feat_net *net, const uint8_t *rgb, size_t h, size_t w,
                            const feat_preset *preset, void *scratch, feat_error *err)
{
    if (out == NULL || net == NULL || rgb == NULL || preset == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "feat_preprocess: a NULL argument");
    if (!sides_are_good(h, w))
        return feat_fail(err, FEAT_ERR_ARG, "a picture of %zu x %zu cannot be resized (sides 1 to %d)", w, h,
                         FEAT_RESIZE_MAX_SIDE);
    const feat_size to = size_of(net), from = {h, w};
    const feat_scaling scaling = feat_net_scaling(net, preset);
    size_t bytes;
    if (!scratch_bytes(to, from, preset, &bytes))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to resize a picture of %zu x %zu", w, h);
    void *own = NULL;
    if (bytes != 0 && scratch == NULL) {
        scratch = own = feat_alloc(bytes);
        if (own == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory to resize a picture of %zu x %zu", w, h);
    }
    if (bytes == 0)
        copy_planes(out, to, rgb, scaling);
    else
        resize(out, to, rgb, from, preset, scaling, scratch);
    scale_in_place(out, feat_net_input_floats(net), scaling);
    feat_free(own);
    return FEAT_OK;
}
