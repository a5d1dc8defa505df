/* One image file. The first byte says whether its name ends in .tga; the rest is the file. */
#include "engine/base/alloc.h"
#include "tests/fuzz/fuzz.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    bf_image image;
    feat_error err = {FEAT_OK, ""};
    if (n == 0 || bf_limits_set("pixels=300k", &err) != FEAT_OK) /* large ones only cost time */
        return 0;
    uint8_t *copy = fuzz_copy(data + 1, n - 1);
    fuzz_repair_png(copy, n - 1);
    feat_status status = bf_decode(&image, copy, n - 1, "set", data[0] == 'T' ? "x.tga" : "x", &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK) {
        volatile unsigned sum = 0; /* every byte must be there to be read */
        for (size_t i = 0; i < image.h * image.w * 3; i++)
            sum = sum + image.rgb[i];
        bf_image_release(&image);
    }
    fuzz_release(copy);
    fuzz_end();
    return 0;
}
