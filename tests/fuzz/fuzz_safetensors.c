/* A safetensors file, converted for a network of three convolutions. */
#include "tests/fuzz/fuzz_convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_convert(data, n, NULL);
}
