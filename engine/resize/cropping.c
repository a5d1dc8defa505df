/* What part of a picture a way of resizing takes, which size that part becomes, and what of it the network sees. */
#include "engine/resize/resize.h"

/* Half of what `n` is longer than `size`, as Python's round has it: half a pixel goes to the even neighbour. */
static size_t half_to_even(size_t n, size_t size)
{
    size_t longer = n - size, half = longer / 2;
    return half + (longer & half & 1);
}

/* All of `n`, made `size` long. */
static feat_axis stretched(size_t n, size_t size)
{
    return (feat_axis){.n = n, .size = size, .count = size};
}

/* All of `n`, made longer than `count` or as long, and the middle of that. */
static feat_axis cropped_after(size_t n, size_t size, size_t count)
{
    size = size < count ? count : size; /* only where the input is no square */
    return (feat_axis){.n = n, .size = size, .first = half_to_even(size, count), .count = count};
}

/* The `n` in the middle of `all`, made `size` long. */
static feat_axis cropped_before(size_t all, size_t n, size_t size)
{
    return (feat_axis){.start = (all - n) / 2, .n = n, .size = size, .count = size};
}

feat_geometry feat_geometry_of(feat_resize resize, feat_size to, feat_size from)
{
    size_t side = from.h < from.w ? from.h : from.w;
    if (resize == FEAT_RESIZE_CMMD)
        return (feat_geometry){cropped_before(from.h, side, to.h), cropped_before(from.w, side, to.w)};
    if (resize != FEAT_RESIZE_CLIP)
        return (feat_geometry){stretched(from.h, to.h), stretched(from.w, to.w)};
    if (from.w <= from.h)
        return (feat_geometry){cropped_after(from.h, to.w * from.h / from.w, to.h), stretched(from.w, to.w)};
    return (feat_geometry){stretched(from.h, to.h), cropped_after(from.w, to.h * from.w / from.h, to.w)};
}
