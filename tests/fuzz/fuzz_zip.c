/* A zip archive: its directory and every member; and as a mean and covariance, where it has such arrays. */
#include "engine/base/alloc.h"
#include "metrics/moments/moments.h"
#include "tests/fuzz/fuzz.h"
#include "tools/formats/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { MOST_BYTES = 1 << 20, MOST_MEMBERS = 32 };
    feat_archive *zip = NULL;
    gmet_stats stats;
    feat_error err = {FEAT_OK, ""};
    uint8_t *copy = fuzz_copy(data, n);
    fuzz_repair_zip(copy, n);
    const char *path = fuzz_file(copy, n);
    feat_status status = bf_zip_open(&zip, path, &err);
    fuzz_release(copy);
    fuzz_said(status, &err);
    for (size_t i = 0; status == FEAT_OK && i < feat_archive_count(zip) && i < MOST_MEMBERS; i++) {
        uint8_t *bytes = NULL;
        size_t size = 0;
        uint64_t offset = 0;
        fuzz_said(feat_archive_read(zip, i, &bytes, &size, MOST_BYTES, &err), &err);
        feat_free(bytes);
        fuzz_said(feat_archive_data_offset(zip, i, &offset, &err), &err);
        (void)feat_archive_find(zip, feat_archive_name(zip, i));
    }
    feat_archive_close(&zip);
    fuzz_said(gmet_stats_read(&stats, NULL, path, &err), &err);
    gmet_stats_release(&stats);
    fuzz_end();
    return 0;
}
