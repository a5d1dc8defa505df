/* What the fuzzers of weight files share: the input, converted for a small network. */
#ifndef BONAFIDE_TESTS_FUZZ_FUZZ_CONVERT_H
#define BONAFIDE_TESTS_FUZZ_FUZZ_CONVERT_H

#include <stdio.h>

#include "tests/fuzz/fuzz.h"
#include "tests/weights/weightgen.h"
#include "weights/convert.h"

/* repair: puts right what a mutation breaks in data[n] only by chance, as checksums are; NULL: nothing. */
static inline int fuzz_convert(const uint8_t *data, size_t n, void (*repair)(uint8_t *data, size_t n))
{
    feat_error err = {FEAT_OK, ""};
    feat_convert_report report;
    char out[600];
    uint8_t *copy = fuzz_copy(data, n);
    if (repair != NULL)
        repair(copy, n);
    snprintf(out, sizeof out, "%s", fuzz_path("out.iv3"));
    const feat_convert_options options = {fuzz_file(copy, n), out, FEAT_AS_IS, NULL};
    fuzz_release(copy);
    fuzz_said(feat_convert_among(&options, gen_all_maps(), &report, &err), &err);
    fuzz_end();
    return 0;
}

#endif
