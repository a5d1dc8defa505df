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
    if (a == NULL || b == NULL)
        return 0;
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
static void copy_planes(float *out, feat_size size, const feat_pixels *pixels, feat_scaling scaling)
{
    float level[256];
    for (int i = 0; i < 256; i++)
        level[i] = scaling == FEAT_SCALING_UNIT_SYM ? (float)i / 255.0f : (float)i;
    for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < size.h; y++) {
            const uint8_t *src = pixels->channel[c] + (ptrdiff_t)y * pixels->row;
            for (size_t x = 0; x < size.w; x++)
                *out++ = level[src[(ptrdiff_t)x * pixels->pixel]];
        }
}

static void resize_filtered(float *out, const feat_geometry *geometry, const feat_pixels *pixels, feat_resize resize,
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
    feat_resize_filtered(out, geometry, pixels, kernels[resize], scratch);
}

static void resize(float *out, feat_size to, const feat_pixels *pixels, feat_size from, const feat_preset *preset,
                   feat_scaling scaling, void *scratch)
{
    if (preset->resize == FEAT_RESIZE_TF1)
        feat_resize_tf1(out, to, pixels, from, scratch);
    else if (preset->resize == FEAT_RESIZE_TORCH)
        feat_resize_torch(out, to, pixels, from, scaling == FEAT_SCALING_UNIT_SYM, scratch);
    else {
        feat_geometry geometry = feat_geometry_of(preset->resize, to, from);
        resize_filtered(out, &geometry, pixels, preset->resize, scratch);
    }
    if (preset->clip)
        clip(out, 3 * to.h * to.w);
}

/* Where each order has red, green and blue, in bytes from its pixel's first (of planes: planes from the first), and how
 * many bytes a pixel takes. */
static const struct {
    const char *name;
    size_t place[3], bytes;
} orders[] = {
    [FEAT_ORDER_RGB] = {"RGB", {0, 1, 2}, 3},
    [FEAT_ORDER_BGR] = {"BGR", {2, 1, 0}, 3},
    [FEAT_ORDER_RGBA] = {"RGBA", {0, 1, 2}, 4},
    [FEAT_ORDER_BGRA] = {"BGRA", {2, 1, 0}, 4},
    [FEAT_ORDER_RGB_PLANES] = {"RGB planes", {0, 1, 2}, 1},
    [FEAT_ORDER_GREY] = {"grey", {0, 0, 0}, 1},
};
_Static_assert(sizeof orders / sizeof orders[0] == FEAT_ORDER_GREY + 1, "a row for every order");

/* The sides have been found good: no product overflows. */
static feat_status find_pixels(feat_pixels *pixels, const feat_picture *picture, feat_error *err)
{
    size_t order = (size_t)picture->order;
    if (order >= sizeof orders / sizeof orders[0])
        return feat_fail(err, FEAT_ERR_ARG, "a picture's order: 0 to %zu expected, %d found",
                         sizeof orders / sizeof orders[0] - 1, (int)picture->order);
    ptrdiff_t row = (ptrdiff_t)(picture->w * orders[order].bytes), stride = picture->stride;
    if (stride == 0)
        stride = row;
    else if (stride < row && stride > -row)
        return feat_fail(err, FEAT_ERR_ARG,
                         "a picture's stride: %td bytes or more expected for %zu pixels in %s, %td found", row,
                         picture->w, orders[order].name, stride);
    ptrdiff_t step = 1;
    if (picture->order == FEAT_ORDER_RGB_PLANES)
        step = picture->plane_stride != 0 ? picture->plane_stride
                                          : (ptrdiff_t)picture->h * (stride < 0 ? -stride : stride);
    pixels->row = stride;
    pixels->pixel = (ptrdiff_t)orders[order].bytes;
    for (size_t c = 0; c < 3; c++)
        pixels->channel[c] = picture->data + (ptrdiff_t)orders[order].place[c] * step;
    return FEAT_OK;
}

feat_status feat_preprocess(float *out, const feat_net *net, const feat_picture *picture, const feat_preset *preset,
                            void *scratch, feat_error *err)
{
    if (out == NULL || net == NULL || picture == NULL || picture->data == NULL || preset == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "feat_preprocess: a NULL argument");
    const size_t h = picture->h, w = picture->w;
    if (!sides_are_good(h, w))
        return feat_fail(err, FEAT_ERR_ARG, "a picture of %zu x %zu cannot be resized (sides 1 to %d)", w, h,
                         FEAT_RESIZE_MAX_SIDE);
    const feat_size to = size_of(net), from = {h, w};
    const feat_scaling scaling = feat_net_scaling(net, preset);
    feat_pixels pixels;
    feat_status status = find_pixels(&pixels, picture, err);
    if (status != FEAT_OK)
        return status;
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
        copy_planes(out, to, &pixels, scaling);
    else
        resize(out, to, &pixels, from, preset, scaling, scratch);
    scale_in_place(out, feat_net_input_floats(net), scaling);
    feat_free(own);
    return FEAT_OK;
}
