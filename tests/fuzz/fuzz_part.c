/* Up to three partial results, between lines of "=====", and their merge. Linked with --wrap for both hashes: every one
 * is zero, and the corpus says so too. */
#include <stdio.h>
#include <string.h>

#include "engine/base/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tools/commands/command_table.h"
#include "tools/options/parse_args.h"
#include "tools/records/part.h"
#include "tools/run/run.h"

enum { MOST_PARTS = 3, MOST_WIDTH = 64, MOST_IMAGES = 64 };

uint64_t __wrap_feat_hash64(const void *p, size_t n);
uint64_t __wrap_feat_hash64(const void *p, size_t n)
{
    volatile unsigned char last = n > 0 ? ((const unsigned char *)p)[n - 1] : 0; /* it must be there to be read */
    (void)last;
    return 0;
}

void __wrap_feat_sha256_final(feat_sha256 *h, unsigned char digest[32]);
void __wrap_feat_sha256_final(feat_sha256 *h, unsigned char digest[32])
{
    (void)h;
    memset(digest, 0, 32);
}

/* Whether a merge is over soon: a part may ask for a million subsets, and that is no fault. */
static bool is_small(const bf_part *part)
{
    bool small = true;
    for (size_t s = 0; s < part->n_sets; s++) {
        small = small && part->sets[s].count <= MOST_IMAGES;
        for (size_t l = 0; l < part->sets[s].n_layers; l++)
            small = small && part->sets[s].layers[l].dim <= MOST_WIDTH;
    }
    for (size_t i = 0; i < part->n_words; i++) {
        size_t digits = 0;
        for (const char *c = part->words[i]; *c != 0; c++) {
            digits = *c >= '0' && *c <= '9' ? digits + 1 : 0;
            small = small && digits < 3;
        }
        small = small && strcmp(part->words[i], "--judge") != 0;
    }
    return small;
}

static const char *const names[MOST_PARTS] = {"0.part", "1.part", "2.part"};

static void merge(size_t n, bool to_file)
{
    static char quiet[] = "-q", merge_word[] = "merge", threads[] = "--threads=1", out[] = "-o", target[600];
    static char files[MOST_PARTS][600];
    char *words[MOST_PARTS + 5];
    int n_words = 0;
    bf_args args;
    bf_run *run = NULL;
    feat_error err = {FEAT_OK, ""};
    words[n_words++] = merge_word;
    words[n_words++] = quiet;
    words[n_words++] = threads;
    if (to_file) {
        words[n_words++] = out;
        words[n_words++] = target;
    }
    snprintf(target, sizeof target, "%s", fuzz_path("out.npz"));
    for (size_t i = 0; i < n; i++) {
        snprintf(files[i], sizeof files[i], "%s", fuzz_path(names[i]));
        words[n_words++] = files[i];
    }
    feat_status status = bf_args_parse(&args, n_words, words, &err);
    if (status == FEAT_OK)
        status = bf_run_open(&run, &args, &err);
    if (status == FEAT_OK) {
        run->again = bf_run_command;
        status = bf_run_command(run, &err);
    }
    fuzz_said(status, &err);
    bf_run_close(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_part rest = {data, n};
    feat_error err = {FEAT_OK, ""};
    bool small = true, to_file = true;
    size_t n_parts = 0;
    while (n_parts < MOST_PARTS && (rest.n > 0 || n_parts == 0)) {
        bf_part *part = NULL;
        fuzz_part cut = fuzz_cut(&rest);
        uint8_t *copy = fuzz_copy(cut.p, cut.n);
        uint64_t bytes = cut.n;
        if (cut.n >= sizeof(bf_part_head)) /* its size is no wall to mutations */
            memcpy(copy + offsetof(bf_part_head, bytes), &bytes, sizeof bytes);
        fuzz_write(names[n_parts], copy, cut.n);
        fuzz_release(copy);
        feat_status status = bf_part_open(&part, fuzz_path(names[n_parts++]), &err);
        fuzz_said(status, &err);
        if (status == FEAT_OK) {
            small = small && is_small(part);
            to_file = to_file && strcmp(part->words[0], "eval") != 0;
        }
        bf_part_close(&part);
    }
    if (small)
        merge(n_parts, to_file);
    (void)remove(fuzz_path("out.npz"));
    fuzz_end();
    return 0;
}
