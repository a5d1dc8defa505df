/* A TensorFlow.js model: model.json or, after an "M", model.min.js; behind lines of "=====" its shards. */
#include <stdio.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/weights/weightgen.h"
#include "weights/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const names[2][3] = {{"model.json", "group1-shard1of2", "group1-shard2of2"},
                                            {"model.min.js", "group1-shard1of2.min.js", "group1-shard2of2.min.js"}};
    feat_error err = {FEAT_OK, ""};
    feat_convert_report report;
    char in[600], out[600];
    if (n == 0)
        return 0;
    int module = data[0] == 'M';
    fuzz_part rest = {data + 1, n - 1};
    for (int i = 0; i < 3; i++) {
        fuzz_part part = fuzz_cut(&rest);
        fuzz_write(names[module][i], part.p, part.n);
    }
    snprintf(in, sizeof in, "%s", fuzz_path(names[module][0]));
    snprintf(out, sizeof out, "%s", fuzz_path("out.iv3"));
    const feat_convert_options options = {in, out, FEAT_FLOAT32, NULL};
    fuzz_said(feat_convert_among(&options, gen_maps, &report, &err), &err);
    fuzz_end();
    return 0;
}
