/* One image file of any format. The first byte says whether its name ends in .tga; the rest is the file. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 0)
        fuzz_decode_named(data[0] == 'T' ? "x.tga" : "x", data + 1, n - 1);
    return 0;
}
