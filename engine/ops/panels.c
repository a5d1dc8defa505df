/* Halves are widened panel by panel, so that a large network costs page cache and not memory. */
#include "engine/ops/panels.h"

#include <stdio.h>

#include "engine/base/status.h"
#include "engine/ops/read_tensor.h"

const float *feat_panels_at(size_t *stride, const feat_model *model, const feat_mapped_tensor *weights, size_t planes,
                            size_t b, size_t blocks, size_t plane, size_t n, float *room)
{
    size_t first = (b * planes + plane) * FEAT_PANEL;
    *stride = planes * FEAT_PANEL;
    if (weights->dtype == FEAT_FLOAT32)
        return (const float *)weights->data + first;
    for (size_t i = 0; i < blocks; i++)
        model->kernels->tokens.widen(room + i * n * FEAT_PANEL, (const uint16_t *)weights->data + first + i * *stride,
                                     n * FEAT_PANEL);
    *stride = n * FEAT_PANEL;
    return room;
}

feat_status feat_panels_load(const feat_loading *l, const char *weight, const char *bias, size_t out, size_t in,
                             size_t pixels, feat_error *err)
{
    const feat_model *m = l->model;
    const size_t shape[2] = {out, in};
    char name[FEAT_NAME_BYTES];
    size_t index;
    (void)snprintf(name, sizeof name, "%s%s", l->op->name, weight);
    feat_status status = feat_find_tensor(&index, l->weights, name, 2, shape, err);
    if (status == FEAT_OK && feat_weights_at(l->weights, index)->pixels != pixels)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is not stored in panels",
                           feat_weights_path(l->weights), name);
    if (status == FEAT_OK)
        status = feat_weights_map(&m->panels[l->step->panels], l->weights, index, err);
    (void)snprintf(name, sizeof name, "%s%s", l->op->name, bias);
    return status == FEAT_OK ? feat_read_tensor(l->weights, name, 1, shape, m->packed + l->step->bias_offset, err)
                             : status;
}
