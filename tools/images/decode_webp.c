/* WebP through libwebp, by the same calls as Pillow's: the first frame of what WebPAnimDecoder makes of a file,
 * still or not, without its alpha. libwebp takes its memory from malloc; in the sandbox that is limited as all
 * memory is. */
#include "tools/images/decode_parts.h"

#if defined(BF_WEBP)

#include <webp/decode.h>
#include <webp/demux.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define FROM_LIBRARY(pointer, bytes) __msan_unpoison(pointer, bytes) /* which is not instrumented */
#endif
#endif
#if !defined(FROM_LIBRARY)
#define FROM_LIBRARY(pointer, bytes) ((void)0)
#endif

bool bf_webp_header(const uint8_t *bytes, size_t n, bf_probe *probe)
{
    WebPBitstreamFeatures f;
    VP8StatusCode status = WebPGetFeatures(bytes, n, &f);
    FROM_LIBRARY(&f, sizeof f);
    if (status != VP8_STATUS_OK) {
        probe->reason = status == VP8_STATUS_NOT_ENOUGH_DATA ? "truncated" : "damaged";
        return false;
    }
    /* Two canvases of four bytes a pixel, and the frame in four more with its alpha. */
    probe->beside = 14 * (uint64_t)f.height * (uint64_t)f.width;
    probe->h = (size_t)f.height;
    probe->w = (size_t)f.width;
    probe->flags = (f.has_alpha ? BF_IMAGE_ALPHA : 0u) | (f.has_animation ? BF_IMAGE_ANIMATED : 0u) |
                   (f.format == 1 ? BF_IMAGE_LOSSY : 0u);
    return true;
}

/* The canvas, red, green, blue and alpha, once it is of the size that the header said. */
static bool first_frame(WebPAnimDecoder *decoder, uint8_t *rgb, bf_probe *probe)
{
    WebPAnimInfo info;
    uint8_t *canvas = NULL;
    int when = 0;
    if (!WebPAnimDecoderGetInfo(decoder, &info))
        return false;
    FROM_LIBRARY(&info, sizeof info);
    if (info.canvas_width != probe->w || info.canvas_height != probe->h ||
        !WebPAnimDecoderGetNext(decoder, &canvas, &when))
        return false;
    FROM_LIBRARY(&canvas, sizeof canvas);
    FROM_LIBRARY(canvas, 4 * probe->w * probe->h);
    for (size_t i = 0; i < probe->w * probe->h; i++) {
        rgb[3 * i] = canvas[4 * i];
        rgb[3 * i + 1] = canvas[4 * i + 1];
        rgb[3 * i + 2] = canvas[4 * i + 2];
    }
    return true;
}

bool bf_webp_pixels(const uint8_t *bytes, size_t n, uint8_t *rgb, bf_probe *probe)
{
    WebPAnimDecoderOptions options;
    const WebPData data = {bytes, n};
    if (!WebPAnimDecoderOptionsInit(&options))
        return false;
    FROM_LIBRARY(&options, sizeof options);
    options.color_mode = MODE_RGBA;
    options.use_threads = 0;
    WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, &options);
    bool good = decoder != NULL && first_frame(decoder, rgb, probe);
    WebPAnimDecoderDelete(decoder);
    if (!good)
        probe->reason = "damaged or truncated";
    return good;
}

#endif
