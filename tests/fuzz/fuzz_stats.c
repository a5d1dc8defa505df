/* Statistics in a pickle, an .npy of objects, or what torch.save writes. Every part is read. */
#include <string.h>

#include "engine/base/alloc.h"
#include "tests/fuzz/fuzz.h"
#include "tools/statistics/statfile.h"

enum { MOST_COLUMNS = 256 };

static void read_part(const bf_statfile *f, size_t part, feat_error *err)
{
    size_t d = bf_statfile_dim(f, part);
    volatile size_t said = strlen(bf_statfile_name(f, part)) + bf_statfile_n(f, part);
    (void)said;
    if (d > MOST_COLUMNS)
        return;
    double *mu = feat_alloc_array(d, sizeof *mu), *sigma = feat_alloc_array(d * d, sizeof *sigma);
    if (mu != NULL && sigma != NULL)
        fuzz_said(bf_statfile_read(f, part, mu, sigma, err), err);
    feat_free(mu);
    feat_free(sigma);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    feat_error err = {FEAT_OK, ""};
    bf_statfile *f = NULL;
    size_t part = 0;
    uint8_t *copy = fuzz_copy(data, n);
    fuzz_repair_zip(copy, n);
    volatile bool is = bf_statfile_is(copy, n);
    (void)is;
    const char *path = fuzz_file(copy, n);
    fuzz_release(copy);
    feat_status status = bf_statfile_open(&f, path, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK) {
        fuzz_said(bf_statfile_choose(f, "inception-v3-fid", &part, &err), &err);
        for (size_t i = 0; i < bf_statfile_parts(f); i++)
            read_part(f, i, &err);
    }
    bf_statfile_close(&f);
    fuzz_end();
    return 0;
}
