/* Results of two earlier runs, result files or manifests, with a line of "=====" between them, side by side. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/records/results_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static bf_past_run runs[2];
    fuzz_part rest = {data, n};
    feat_error err = {FEAT_OK, ""};
    char text[400];
    size_t order[2], n_read = 0;
    for (size_t i = 0; i < 2; i++) {
        fuzz_part cut = fuzz_cut(&rest);
        feat_status status = bf_past_read(&runs[n_read], fuzz_file(cut.p, cut.n), &err);
        fuzz_said(status, &err);
        n_read += status == FEAT_OK;
    }
    if (n_read == 2) {
        for (int k = 0; k < BF_N_PAST_CHECKS; k++)
            (void)bf_past_differ(text, &runs[0], &runs[1], (bf_past_check)k);
        for (size_t m = 0; bf_ranked_value_at(m) != NULL; m++) {
            (void)bf_past_rank(order, runs, 2, m);
            (void)bf_gap_between(&runs[0].values[m], &runs[1].values[m]);
        }
    }
    fuzz_end();
    return 0;
}
