/* A PyTorch state dict, legacy or zip, or a TorchScript archive, converted for a network of three convolutions. */
#include "tests/fuzz/fuzz_convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_convert(data, n, fuzz_repair_zip);
}
