/* A manifest and, behind a line of "=====", its leaves. What parses is formatted and compared with itself. */
#include <string.h>

#include "engine/base/alloc.h"
#include "tests/fuzz/fuzz.h"
#include "tools/records/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_part rest = {data, n}, json = fuzz_cut(&rest);
    bf_manifest *m = NULL;
    feat_error err = {FEAT_OK, ""};
    feat_status status =
        bf_manifest_parse(&m, "run.json", (const char *)json.p, json.n, (const char *)rest.p, rest.n, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK) {
        char *text = NULL, *leaves = NULL;
        bf_difference difference;
        const bf_compare_options options = {.last = BF_STAGE_RESULTS};
        bf_manifest_compare(&difference, m, m, &options);
        fuzz_said(bf_manifest_format(m, &text, &leaves, &err), &err);
        feat_free(text);
        feat_free(leaves);
    }
    bf_manifest_close(&m);
    fuzz_end();
    return 0;
}
