/* A safetensors file, converted for a network of three convolutions. */
#include <stdio.h>

#include "tests/fuzz/fuzz.h"
#include "tests/weights/weightgen.h"
#include "weights/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    feat_error err = {FEAT_OK, ""};
    feat_convert_report report;
    char out[600];
    uint8_t *copy = fuzz_copy(data, n);
    snprintf(out, sizeof out, "%s", fuzz_path("out.iv3"));
    const feat_convert_options options = {fuzz_file(copy, n), out, FEAT_FLOAT32, NULL};
    fuzz_release(copy);
    fuzz_said(feat_convert_among(&options, gen_maps, &report, &err), &err);
    fuzz_end();
    return 0;
}
