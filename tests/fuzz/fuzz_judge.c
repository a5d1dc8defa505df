/* A judge's model. Linked with --wrap=feat_sha256_final: every SHA-256 is zero, and the corpus says so too. */
#include <string.h>

#include "engine/base/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tools/judge/judge_file.h"

void __wrap_feat_sha256_final(feat_sha256 *h, unsigned char digest[32]);
void __wrap_feat_sha256_final(feat_sha256 *h, unsigned char digest[32])
{
    (void)h;
    memset(digest, 0, 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    bf_judge_file file;
    feat_error err = {FEAT_OK, ""};
    uint8_t *copy = fuzz_copy(data, n);
    fuzz_repair_zip(copy, n);
    const char *path = fuzz_file(copy, n);
    fuzz_release(copy);
    fuzz_said(bf_judge_file_read(&file, path, &err), &err);
    bf_judge_file_close(&file);
    fuzz_end();
    return 0;
}
