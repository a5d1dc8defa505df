/* Presets, and the step from pixels to the network's input: pick the resize, then scale in place. */
#include "engine/resize/resize.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

enum { SIZE = IV3_INPUT_SIZE, PLANE = IV3_INPUT_SIZE * IV3_INPUT_SIZE };

static const iv3_preset presets[] = {
    {"tf1", IV3_RESIZE_TF1, IV3_SCALING_128},
    {"pytorch-fid", IV3_RESIZE_TORCH, IV3_SCALING_UNIT_SYM},
    {"clean", IV3_RESIZE_PIL_BICUBIC, IV3_SCALING_128},
};

const iv3_preset *iv3_preset_at(size_t index)
{
    return index < sizeof presets / sizeof presets[0] ? &presets[index] : NULL;
}

const iv3_preset *iv3_preset_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

static bool scratch_bytes(size_t h, size_t w, const iv3_preset *preset, size_t *bytes)
{
    *bytes = 0;
    if (h == SIZE && w == SIZE)
        return true;
    return preset->resize == IV3_RESIZE_PIL_BICUBIC ? iv3_bicubic_bytes(h, w, bytes)
                                                    : iv3_bilinear_bytes(h, w, bytes);
}

static bool sides_are_good(size_t h, size_t w)
{
    return h > 0 && w > 0 && h <= IV3_RESIZE_MAX_SIDE && w <= IV3_RESIZE_MAX_SIDE;
}

size_t iv3_preprocess_scratch_bytes(size_t h, size_t w, const iv3_preset *preset)
{
    size_t bytes;
    if (preset == NULL || !sides_are_good(h, w) || !scratch_bytes(h, w, preset, &bytes))
        return 0;
    return bytes;
}

/* x -> 2x - 1 or (x - 128) / 128; the latter multiplies by 1/128, which is exact. */
static void scale_in_place(float *x, iv3_scaling scaling)
{
    if (scaling == IV3_SCALING_UNIT_SYM) {
        for (size_t i = 0; i < IV3_INPUT_FLOATS; i++)
            x[i] = 2.0f * x[i] - 1.0f;
    } else {
        for (size_t i = 0; i < IV3_INPUT_FLOATS; i++)
            x[i] = (x[i] - 128.0f) * 0.0078125f;
    }
}

/* A picture that has the size already: no resampling, the bytes' values. */
static void copy_planes(float *out, const uint8_t *rgb, iv3_scaling scaling)
{
    float level[256];
    for (int i = 0; i < 256; i++)
        level[i] = scaling == IV3_SCALING_UNIT_SYM ? (float)i / 255.0f : (float)i;
    for (size_t i = 0; i < PLANE; i++)
        for (size_t c = 0; c < 3; c++)
            out[c * PLANE + i] = level[rgb[3 * i + c]];
}

iv3_status iv3_preprocess(float *out, const uint8_t *rgb, size_t h, size_t w, const iv3_preset *preset,
                          void *scratch, iv3_error *err)
{
    if (out == NULL || rgb == NULL || preset == NULL)
        return iv3_fail(err, IV3_ERR_ARG, "iv3_preprocess: a NULL argument");
    if (!sides_are_good(h, w))
        return iv3_fail(err, IV3_ERR_ARG, "a picture of %zu x %zu cannot be resized (sides 1 to %d)", w, h,
                        IV3_RESIZE_MAX_SIDE);
    size_t bytes;
    if (!scratch_bytes(h, w, preset, &bytes))
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory to resize a picture of %zu x %zu", w, h);
    void *own = NULL;
    if (bytes != 0 && scratch == NULL) {
        scratch = own = iv3_alloc(bytes);
        if (own == NULL)
            return iv3_fail(err, IV3_ERR_NOMEM, "no memory to resize a picture of %zu x %zu", w, h);
    }
    if (bytes == 0)
        copy_planes(out, rgb, preset->scaling);
    else if (preset->resize == IV3_RESIZE_TF1)
        iv3_resize_tf1(out, rgb, h, w, scratch);
    else if (preset->resize == IV3_RESIZE_TORCH)
        iv3_resize_torch(out, rgb, h, w, scratch);
    else
        iv3_resize_bicubic(out, rgb, h, w, scratch);
    scale_in_place(out, preset->scaling);
    iv3_free(own);
    return IV3_OK;
}
