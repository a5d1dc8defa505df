/* One WebP file. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_decode(BF_FORMAT_WEBP, data, n);
    return 0;
}
