/* A flat weight file of a network of three convolutions, on disk and in memory; header and tensor checksums are made
 * right. */
#include "engine/flat/flat.h"
#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/flat/flat_format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/weights/weightgen.h"

static void repair(uint8_t *p, size_t n)
{
    if (n < FEAT_HDR_SIZE)
        return;
    size_t tensors = feat_get32(p + FEAT_HDR_N_TENSORS), room = (n - FEAT_HDR_SIZE) / FEAT_ENT_SIZE;
    if (tensors > room)
        return;
    for (size_t i = 0; i < tensors; i++) {
        uint8_t *entry = p + FEAT_HDR_SIZE + i * FEAT_ENT_SIZE;
        uint64_t offset = feat_get64(entry + FEAT_ENT_OFFSET), bytes = feat_get64(entry + FEAT_ENT_BYTES);
        if (offset <= n && bytes <= n - offset)
            feat_put64(entry + FEAT_ENT_CHECKSUM, feat_hash64(p + offset, (size_t)bytes));
    }
    feat_hash64_state hash;
    feat_hash64_init(&hash);
    feat_hash64_update(&hash, p, FEAT_HDR_CHECKSUM);
    feat_hash64_update(&hash, p + FEAT_HDR_SIZE, tensors * FEAT_ENT_SIZE);
    feat_put64(p + FEAT_HDR_CHECKSUM, feat_hash64_final(&hash));
}

static void read_all(feat_weights *w, feat_error *err)
{
    feat_weights_info info;
    fuzz_said(feat_weights_describe(w, &info, err), err);
    for (size_t i = 0; i < feat_weights_count(w); i++) {
        float *values = feat_alloc_array((size_t)feat_weights_at(w, i)->n_elements, sizeof *values);
        if (values != NULL)
            fuzz_said(feat_weights_read(w, i, values, err), err);
        feat_free(values);
        feat_mapped_tensor mapped;
        feat_status status = feat_weights_map(&mapped, w, i, err);
        fuzz_said(status, err);
        if (status == FEAT_OK) /* what was verified can be read to its end */
            feat_mapped_tensor_release(&mapped);
    }
    fuzz_said(feat_weights_verify(w, err), err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    feat_weights *w = NULL;
    feat_error err = {FEAT_OK, ""};
    uint8_t *copy = fuzz_copy(data, n);
    repair(copy, n);
    feat_status status = feat_weights_open_among(&w, fuzz_file(copy, n), gen_nets, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK)
        read_all(w, &err);
    feat_weights_close(&w);
    status = feat_weights_from_memory_among(&w, copy, n, "memory", gen_nets, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK)
        read_all(w, &err);
    feat_weights_close(&w);
    fuzz_release(copy);
    fuzz_end();
    return 0;
}
