/* feat_preprocess of a picture in the usual order: [h][w][3], rows without gaps. */
#ifndef BONAFIDE_TESTS_ENGINE_RESIZE_PACKED_H
#define BONAFIDE_TESTS_ENGINE_RESIZE_PACKED_H

#include "engine/feat.h"

static inline feat_status preprocess_packed(float *out, const feat_net *net, const uint8_t *rgb, size_t h, size_t w,
                                            const feat_preset *preset, void *scratch, feat_error *err)
{
    const feat_picture picture = {.data = rgb, .h = h, .w = w, .order = FEAT_ORDER_RGB};
    return feat_preprocess(out, net, &picture, preset, scratch, err);
}

#endif
